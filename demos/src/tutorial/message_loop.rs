//! Get a message, process it, repeat: the loop of every graphical program (tutorial S1).
//!
//! The idea: one thread can serve many sources if each message is handled quickly. IO is only
//! issued; its end comes back as a message, "io done". A slow handler shows the price: every later
//! message is late by its whole length. The loop here is the demo's own. While it has nothing to
//! process, it lends the thread to the executor and the reactor until somebody posts.

use super::stage::{seconds, units};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::thread;
use std::time::Instant;
use wakeful_executor::sync::Event;
use wakeful_executor::{Executor, LocalExecutor};
use wakeful_reactor::{block_on, sleep};

type Message = (&'static str, &'static str);

pub static EXECUTOR: Executor<4, 256> = Executor::new();

/// The messages that wait to be processed.
#[derive(Default)]
struct Inbox {
    messages: RefCell<VecDeque<Message>>,
    posted: Event,
}

impl Inbox {
    fn post(&self, messages: &[Message]) {
        self.messages.borrow_mut().extend(messages);
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

/// What posts "io done" in a second.
async fn io(inbox: Rc<Inbox>, name: &'static str) {
    sleep(seconds(1)).await;
    inbox.post(&[("io done", name)]);
}

pub fn run(local: LocalExecutor<256>) {
    let inbox = Rc::new(Inbox::default());
    inbox.post(&[("key", "a"), ("io", "disk"), ("mouse", "click"), ("key", "b")]);
    let (mut handled, mut asked, mut late) = (0, Instant::now(), 0);
    loop {
        let message = inbox.get(local);
        if message.0 == "quit" {
            println!("quit");
            break;
        }
        handled += 1;
        match message {
            ("io", name) => {
                println!("io {name} issued");
                local.spawn_detached(io(inbox.clone(), name)).expect("four slots");
            }
            ("io done", name) => {
                println!("io {name} done");
                inbox.post(&[("slow", "handler"), ("key", "c"), ("quit", "")]);
                asked = Instant::now();
            }
            ("slow", name) => {
                thread::sleep(seconds(3));
                println!("slow {name} ran");
            }
            (kind, what) => {
                println!("{kind} {what}");
                late = units(asked);
            }
        }
    }
    println!("# messages handled = {handled}");
    println!("# key c was late by units = {late}");
}
