//! The site that the crawlers fetch from: every request is answered with the same 14 KB page, and
//! then the connection is closed. One epoll loop, so that it keeps ahead of any client.

use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::fd::AsRawFd;

use rustix::event::epoll::{self, CreateFlags, Event, EventData, EventFlags};

use super::floor::EVENTS;

/// The body of a page; its head comes on top.
pub const PAGE_BYTES: usize = 14_000;

/// What a crawler sends.
pub const REQUEST: &[u8] = b"GET /page HTTP/1.0\r\nHost: site\r\n\r\n";

pub fn serve(listener: TcpListener) -> io::Result<()> {
    let mut page = format!("HTTP/1.0 200 OK\r\nContent-Length: {PAGE_BYTES}\r\n\r\n").into_bytes();
    page.resize(page.len() + PAGE_BYTES, b'x');
    let poll = epoll::create(CreateFlags::CLOEXEC)?;
    listener.set_nonblocking(true)?;
    let door = listener.as_raw_fd() as u64;
    epoll::add(&poll, &listener, EventData::new_u64(door), EventFlags::IN)?;
    let mut open: HashMap<u64, TcpStream> = HashMap::new();
    let mut events: Vec<Event> = Vec::with_capacity(EVENTS);
    let mut buffer = [0; 512];
    loop {
        events.clear();
        epoll::wait(&poll, rustix::buffer::spare_capacity(&mut events), None)?;
        for event in &events {
            let key = event.data.u64();
            if key == door {
                let (stream, _) = listener.accept()?;
                let key = stream.as_raw_fd() as u64;
                let wanted = EventFlags::IN;
                epoll::add(&poll, &stream, EventData::new_u64(key), wanted)?;
                open.insert(key, stream);
            } else if let Some(mut stream) = open.remove(&key) {
                // The page fits the socket's buffer, and a crawler that left is none of ours.
                if stream.read(&mut buffer).is_ok_and(|length| length > 0) {
                    let _ = stream.write_all(&page);
                }
            }
        }
    }
}
