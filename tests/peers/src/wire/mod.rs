//! The other end of the wire: hand-written loops that serve pages, put load on echo servers, and
//! set the floor. They use epoll directly, so that they cost the measured process as little as can be.

pub mod floor;
pub mod load;
pub mod site;
