//! Uses everything in a node once.

use loom::sync::atomic::Ordering;

pub(crate) fn settle(node: &crate::queue::Node) {
    assert_eq!(node.next.load(Ordering::Relaxed), 0);
}
