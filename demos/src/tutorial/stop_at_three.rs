//! A consumer inside a producer, and a main program that stops both at 3 (tutorial S3).
//!
//! The idea: three parties take turns on one thread. The giver yields what the taker answered, so
//! the main program sees each answer and schedules the end: it stops asking, and both coroutines
//! are dropped where they stand. 2 and 1 are never sent.

use super::coroutine::{Coroutine, Exchange, Step};
use std::cell::RefCell;
use std::pin::{Pin, pin};

const NUMBERS: [u32; 5] = [5, 4, 3, 2, 1];

/// Takes numbers and answers whether it wants more.
async fn taker(counter: &Exchange<u32, bool>) {
    let mut go_on = true;
    loop {
        let n = counter.yield_(go_on).await;
        println!("我拿到了{n}!");
        if n == 3 {
            go_on = false;
        }
    }
}

/// Gives the numbers to the taker and yields the answers.
async fn giver<F: Future>(
    out: &Exchange<(), bool>,
    mut sink: Pin<&mut Coroutine<'_, u32, bool, F>>,
    sent: &RefCell<Vec<u32>>,
) {
    for n in NUMBERS {
        sent.borrow_mut().push(n);
        let Ok(Step::Yielded(go_on)) = sink.as_mut().send(n) else { return };
        out.yield_(go_on).await;
    }
}

pub fn run() {
    let sent = RefCell::new(Vec::new());
    {
        let (counter, out) = (Exchange::new(), Exchange::new());
        let mut sink = pin!(Coroutine::new(&counter, taker(&counter)));
        let _ = sink.as_mut().start();
        let source = pin!(Coroutine::new(&out, giver(&out, sink, &sent)));
        for go_on in source {
            if !go_on {
                println!("我只要3,4,5就行啦");
                break;
            }
        }
    }
    println!("程序结束");
    let sent = sent.borrow();
    let never: Vec<String> =
        NUMBERS.iter().filter(|n| !sent.contains(n)).map(u32::to_string).collect();
    println!("# sent = {sent:?} ({} never sent)", never.join(" and "));
}
