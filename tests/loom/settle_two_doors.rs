//! Uses everything in a node once.

use loom::sync::atomic::Ordering;

pub(crate) fn settle(node: &crate::queue::Node) {
    node.next.store(0, Ordering::Relaxed);
    node.mark.set();
    node.mark.clear();
}
