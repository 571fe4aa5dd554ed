//! The floor of the echo rows: one epoll loop by hand. A connection is registered once, read once
//! an event and written once; there is no task, no timer and no table but the file descriptors.

use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::fd::AsRawFd;

use rustix::event::epoll::{self, CreateFlags, Event, EventData, EventFlags};

/// How many events one wait may bring.
pub const EVENTS: usize = 1_024;

pub fn serve(listener: TcpListener) -> io::Result<()> {
    let poll = epoll::create(CreateFlags::CLOEXEC)?;
    listener.set_nonblocking(true)?;
    let door = listener.as_raw_fd() as u64;
    epoll::add(&poll, &listener, EventData::new_u64(door), EventFlags::IN)?;
    let mut connections: HashMap<u64, TcpStream> = HashMap::new();
    let mut events: Vec<Event> = Vec::with_capacity(EVENTS);
    let mut buffer = [0; 256];
    loop {
        events.clear();
        epoll::wait(&poll, rustix::buffer::spare_capacity(&mut events), None)?;
        for event in &events {
            let key = event.data.u64();
            if key == door {
                let (stream, _) = listener.accept()?;
                stream.set_nonblocking(true)?;
                let key = stream.as_raw_fd() as u64;
                let wanted = EventFlags::IN | EventFlags::RDHUP | EventFlags::ET;
                epoll::add(&poll, &stream, EventData::new_u64(key), wanted)?;
                connections.insert(key, stream);
            } else if let Some(stream) = connections.get_mut(&key) {
                let over = match stream.read(&mut buffer) {
                    Ok(0) | Err(_) => true,
                    Ok(length) => stream.write_all(&buffer[..length]).is_err(),
                };
                if over {
                    connections.remove(&key);
                }
            }
        }
    }
}
