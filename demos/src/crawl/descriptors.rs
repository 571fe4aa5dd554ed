//! File descriptors, of which a process has only so many.

use crate::system;

/// Descriptors that are left for what is no connection: the reactor's own, files that are written,
/// and the resolver's.
const RESERVE: usize = 16;

/// How many connections there can be at once. Raises the process's limit as far as it may go.
pub fn for_connections() -> usize {
    // The system's folder of them, where it has one; reading it takes another.
    let open = std::fs::read_dir("/dev/fd").map_or(RESERVE, Iterator::count);
    let limit = system::descriptors();
    limit.saturating_sub(open + RESERVE).clamp(1, 1 << 20)
}

pub use system::is_out_of_descriptors as are_out;
