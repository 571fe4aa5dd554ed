//! A slot: a header, a body, and what may lie in a body.

use core::cell::UnsafeCell;
use core::future::Future;
use core::mem::{MaybeUninit, offset_of};

use super::{Header, Slots};

/// A slot. A cell, because futures are written into it while others have pointers to its header.
#[repr(transparent)]
pub(crate) struct Slot<const BYTES: usize>(UnsafeCell<Parts<BYTES>>);

#[repr(C)]
struct Parts<const BYTES: usize> {
    /// On a host, each slot has room for the waker of another executor: see `joiner`.
    #[cfg(feature = "std")]
    tail: core::cell::Cell<Option<core::task::Waker>>,
    header: Header,
    body: Body<BYTES>,
}

#[repr(C)]
#[cfg_attr(any(target_pointer_width = "64", feature = "std"), repr(align(16)))]
struct Body<const BYTES: usize>(MaybeUninit<[u8; BYTES]>);

/// What an executor, and so at most a body, is aligned to.
pub(super) const MOST_ALIGNED: usize = align_of::<Aligned>();
/// In an executor, it aligns the whole.
#[cfg_attr(any(target_pointer_width = "64", feature = "std"), repr(align(16)))]
#[cfg_attr(not(any(target_pointer_width = "64", feature = "std")), repr(align(8)))]
pub(crate) struct Aligned;

/// How far a header is from the beginning of its slot.
pub(super) const TAIL: usize = offset_of!(Parts<0>, header);
/// How far a body is from its header.
pub(super) const BODY: usize = offset_of!(Parts<0>, body) - TAIL;

impl<const BYTES: usize> Slot<BYTES> {
    /// What bodies are aligned to.
    const ALIGN: usize = {
        let bits = (Slots::FIRST + TAIL + BODY) | size_of::<Self>() | MOST_ALIGNED;
        1 << bits.trailing_zeros()
    };

    /// Whether a future of this type, and then its output, may lie in a body.
    pub(crate) const fn aligns<F: Future>() -> bool {
        align_of::<F>() <= Self::ALIGN && align_of::<F::Output>() <= Self::ALIGN
    }

    /// Does not compile if a future of this type, or its output, does not fit. The compiler's message
    /// gives both sizes, and shows the line in here that they belong to.
    #[allow(clippy::no_effect, unconditional_panic)]
    pub(crate) const fn assert_fits<F: Future>() {
        let slot = [(); BYTES];
        if size_of::<F>() > BYTES {
            slot[size_of::<F>()] // The future is larger than a slot: raise BYTES, or use a `Storage`.
        }
        if size_of::<F::Output>() > BYTES {
            slot[size_of::<F::Output>()] // The output is larger than a slot: raise BYTES, or box it.
        }
        assert!(
            Self::aligns::<F>(),
            "wakeful: the future or its output needs a larger alignment than a slot has. Where \
             pointers have 8 bytes, it is 16. Where they have 4, it is 8 if BYTES is 4 more than a \
             multiple of 8 (20, 60, 252), and otherwise 4: change BYTES, or box what needs more"
        );
    }
}
