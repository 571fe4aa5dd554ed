//! The backends, one module each, and the macro that finds one by its name.

pub mod edge;
pub mod embassy;
pub mod floor;
pub mod futures;
pub mod smol;
pub mod tokio;
pub mod tokio_local;
pub mod unordered;
pub mod wakeful;

/// Calls `$function::<Backend>($arguments)` for the backend that `$name` names, among those listed.
#[macro_export]
macro_rules! with_backend {
    ($name:expr, [$($word:literal => $backend:ty),* $(,)?], $function:ident $arguments:tt) => {
        match $name {
            $($word => $function::<$backend> $arguments,)*
            other => Err($crate::unknown_backend(other)),
        }
    };
}
