//! Get a message, process it, repeat: the loop of every graphical program (tutorial S1).
//!
//! The idea: one thread can serve many sources if each message is handled quickly. IO is only
//! issued; its end comes back as a message, "io done". A slow handler shows the price: every later
//! message is late by its whole length. The loop here is the demo's own. While it has nothing to
//! process, it lends the thread to the executor and the reactor until somebody posts.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io;
use std::rc::Rc;
use std::thread;

use wakeful_executor::sync::Event;
use wakeful_executor::{Executor, LocalExecutor};
use wakeful_reactor::{block_on, sleep};

use super::stage::{Clock, lane, note, say, seconds, watch};

type Message = (&'static str, &'static str);

static EXECUTOR: Executor<4, 256> = Executor::new();

/// The messages that wait to be processed.
#[derive(Default)]
struct Inbox {
    messages: RefCell<VecDeque<Message>>,
    posted: Event,
}

impl Inbox {
    fn post(&self, message: Message) {
        self.messages.borrow_mut().push_back(message);
        self.posted.set();
    }

    /// The next message; runs the tasks while there is none.
    fn get(&self, local: LocalExecutor<256>) -> Message {
        loop {
            if let Some(message) = self.messages.borrow_mut().pop_front() {
                return message;
            }
            self.posted.clear();
            block_on(local.run_until(self.posted.wait()));
        }
    }
}

/// Starts what will post "io done" in a second.
fn issue_io(local: LocalExecutor<256>, inbox: &Rc<Inbox>, name: &'static str) {
    say(format!("io {name} issued"));
    let inbox = inbox.clone();
    let io = async move {
        sleep(seconds(1)).await;
        inbox.post(("io done", name));
    };
    local.spawn(lane(name, io)).expect("four slots").detach();
}

pub fn run() -> io::Result<()> {
    let local = watch(EXECUTOR.take().expect("taken once"));
    let clock = Clock::start();
    let inbox = Rc::new(Inbox::default());
    for message in [
        ("key", "a"),
        ("io", "disk"),
        ("mouse", "click"),
        ("key", "b"),
    ] {
        inbox.post(message);
    }
    let (mut handled, mut asked, mut late) = (0, 0, 0);
    loop {
        let message = inbox.get(local);
        if message.0 == "quit" {
            say("quit");
            break;
        }
        handled += 1;
        match message {
            ("io", name) => issue_io(local, &inbox, name),
            ("io done", name) => {
                say(format!("io {name} done"));
                for message in [("slow", "handler"), ("key", "c"), ("quit", "")] {
                    inbox.post(message);
                }
                asked = clock.units();
            }
            ("slow", name) => {
                thread::sleep(seconds(3));
                say(format!("slow {name} ran"));
            }
            (kind, what) => {
                say(format!("{kind} {what}"));
                late = clock.units() - asked;
            }
        }
    }
    note(format!("messages handled = {handled}"));
    note(format!("key c was late by units = {late}"));
    Ok(())
}
