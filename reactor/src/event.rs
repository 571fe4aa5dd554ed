//! What the reactor asks of the system, and what the system reports: plain types.

/// Reading or writing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    Read,
    Write,
}

/// What one event is to report of a source. Only backends that forget a source after each event
/// are asked again and again.
#[derive(Clone, Copy, Debug)]
#[allow(dead_code, reason = "only the portable wait needs it")]
pub(crate) struct Interest {
    pub(crate) key: usize,
    pub(crate) readable: bool,
    pub(crate) writable: bool,
}

/// One report of the system.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Event {
    /// The key that the source was registered with.
    pub(crate) key: usize,
    pub(crate) readable: bool,
    pub(crate) writable: bool,
    /// It reports more than data and room for data: the end of the stream, a hang-up, an error,
    /// urgent data. Always set where the backend does not distinguish them.
    pub(crate) exceptional: bool,
}
