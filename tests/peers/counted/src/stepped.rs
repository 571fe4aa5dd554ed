//! A signal's handler wakes a task before the first instruction of a script, before the second, and
//! so on to the last: the processor's single-step flag traps at each, and a copy of the process goes
//! on from there with the wake. What is checked is the code that the compiler made, with all that it
//! has reordered.
//!
//! Nothing may be lost: a task that was woken is polled afterwards, while the run is polled only
//! when it is told to. And the queue stays whole: what is woken later is polled once, in order.

#![cfg(all(target_os = "linux", target_arch = "x86_64"))]

use std::arch::asm;
use std::cell::RefCell;
use std::convert::Infallible;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use wakeful_executor::LocalExecutor;

const TASKS: usize = 3;

/// Instructions so far.
static STEPS: AtomicUsize = AtomicUsize::new(0);
/// Whether this is a copy, which has been interrupted.
static IS_COPY: AtomicBool = AtomicBool::new(false);
/// Whom the handler wakes, and whether that task is owed a poll.
static WAKER: AtomicPtr<Waker> = AtomicPtr::new(std::ptr::null_mut());
static VICTIM: AtomicUsize = AtomicUsize::new(0);
static OWED: AtomicBool = AtomicBool::new(false);

/// The processor's single-step flag.
const TRAP: i64 = 0x100;

extern "C" fn trapped(_: i32, _: *mut libc::siginfo_t, context: *mut libc::c_void) {
    STEPS.fetch_add(1, Ordering::Relaxed);
    let mut status = 0;
    // SAFETY: the plain system call, because the library's may want a lock that is held here. There
    // is one thread, and the copy ends by itself.
    let copy = unsafe { libc::syscall(libc::SYS_fork) } as libc::pid_t;
    if copy != 0 {
        // SAFETY: `status` is a place for a status.
        let waited = copy > 0 && unsafe { libc::waitpid(copy, &mut status, 0) } == copy;
        if !waited || status != 0 {
            // SAFETY: ends the process, as is meant. The copy has said why.
            unsafe { libc::_exit(1) };
        }
        return;
    }
    // SAFETY: the system passes a context, which nobody else uses until this returns.
    let context = unsafe { &mut *context.cast::<libc::ucontext_t>() };
    context.uc_mcontext.gregs[libc::REG_EFL as usize] &= !TRAP;
    IS_COPY.store(true, Ordering::Relaxed);
    OWED.store(true, Ordering::Relaxed);
    // SAFETY: it points to a waker for as long as steps are trapped.
    if let Some(waker) = unsafe { WAKER.load(Ordering::Relaxed).as_ref() } {
        waker.wake_by_ref();
    }
}

/// Runs `work` step by step. The copies return from this, too.
fn stepped(waker: &Waker, work: impl FnOnce()) {
    WAKER.store(std::ptr::from_ref(waker).cast_mut(), Ordering::Relaxed);
    // SAFETY: sets one flag; the stack is used, as the compiler is told by saying nothing.
    unsafe { asm!("pushfq", "or qword ptr [rsp], 0x100", "popfq") };
    work();
    // SAFETY: likewise.
    unsafe { asm!("pushfq", "and qword ptr [rsp], -257", "popfq") };
}

#[derive(Default)]
struct Parent(AtomicUsize);

impl Wake for Parent {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }
    fn wake_by_ref(self: &Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// Who was polled: three bits each, the latest lowest.
static POLLED: AtomicUsize = AtomicUsize::new(0);
thread_local! {
    static WAKERS: RefCell<Vec<Waker>> = const { RefCell::new(Vec::new()) };
}

/// An executor with tasks that wait, and a run that sleeps.
struct World {
    local: LocalExecutor<128>,
    run: Pin<Box<dyn Future<Output = Infallible>>>,
    told: Arc<Parent>,
    parent: Waker,
    wakers: Vec<Waker>,
}

impl World {
    fn new(local: LocalExecutor<128>) -> World {
        for name in 0..TASKS {
            let mut is_first = true;
            let task = poll_fn::<(), _>(move |cx| {
                if std::mem::take(&mut is_first) {
                    WAKERS.with_borrow_mut(|wakers| wakers.push(cx.waker().clone()));
                }
                if VICTIM.load(Ordering::Relaxed) == name {
                    OWED.store(false, Ordering::Relaxed);
                }
                note(name);
                Poll::Pending
            });
            local.spawn(task).expect("a slot is free").detach();
        }
        let told = Arc::<Parent>::default();
        let mut world = World {
            local,
            run: Box::pin(local.run()),
            parent: told.clone().into(),
            told,
            wakers: Vec::new(),
        };
        world.poll_run();
        world.wakers = WAKERS.take();
        world
    }

    fn wake(&self, name: usize) {
        self.wakers[name].wake_by_ref();
    }

    fn poll_run(&mut self) {
        self.told.0.store(0, Ordering::Relaxed);
        let mut cx = Context::from_waker(&self.parent);
        let Poll::Pending = self.run.as_mut().poll(&mut cx);
    }

    /// Polls the run as long as it asks for it.
    fn settle(&mut self) {
        while self.told.0.load(Ordering::Relaxed) > 0 {
            self.poll_run();
        }
    }
}

/// What the owner does, each ending with a run that sleeps.
const SCRIPTS: [fn(&mut World); 4] = [
    World::poll_run,
    |world| {
        world.wake(0);
        world.poll_run();
    },
    |world| {
        world.wake(0);
        world.wake(1);
        world.poll_run();
    },
    |world| {
        world.wake(0);
        world.local.tick(1);
        world.wake(1);
        world.local.tick(9);
        world.poll_run();
    },
];

pub fn run(local: LocalExecutor<128>) -> io::Result<()> {
    // SAFETY: all zeros are a valid action; the handler does what handlers may.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = trapped as *const () as usize;
        action.sa_flags = libc::SA_SIGINFO;
        if libc::sigaction(libc::SIGTRAP, &action, std::ptr::null_mut()) != 0 {
            return Err(io::Error::last_os_error());
        }
    }
    let mut world = World::new(local);
    for (number, script) in SCRIPTS.into_iter().enumerate() {
        for victim in 0..TASKS {
            VICTIM.store(victim, Ordering::Relaxed);
            let waker = world.wakers[victim].clone();
            let before = STEPS.load(Ordering::Relaxed);
            stepped(&waker, || script(&mut world));
            if IS_COPY.load(Ordering::Relaxed) {
                let fault = check(&mut world);
                let step = STEPS.load(Ordering::Relaxed) - before;
                if let Err(fault) = &fault {
                    eprintln!("script {number}, task {victim}, step {step}: {fault}");
                }
                // SAFETY: ends the copy at once, without what the process does at its end.
                unsafe { libc::_exit(i32::from(fault.is_err())) };
            }
            world.settle();
        }
    }
    println!(
        "interrupted before {} instructions",
        STEPS.load(Ordering::Relaxed)
    );
    Ok(())
}

/// What a copy finds at the end of its script.
fn check(world: &mut World) -> Result<(), &'static str> {
    world.settle();
    if OWED.load(Ordering::Relaxed) {
        return Err("a wake was lost");
    }
    POLLED.store(0, Ordering::Relaxed);
    for name in [2, 0, 1] {
        world.wake(name);
    }
    world.settle();
    match POLLED.load(Ordering::Relaxed) {
        0o312 => Ok(()),
        _ => Err("the queue is broken"),
    }
}

fn note(name: usize) {
    let polled = POLLED.load(Ordering::Relaxed);
    POLLED.store(polled << 3 | name + 1, Ordering::Relaxed);
}
