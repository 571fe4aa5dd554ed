//! async-tungstenite, unchanged, on wakeful: a WebSocket server that gives back what it is sent.
//!
//! ```sh
//! cargo run -p wakeful-demos --example websocket_echo -- 127.0.0.1:8081
//! ```
//!
//! and in a browser's console:
//! `s = new WebSocket("ws://127.0.0.1:8081"); s.onmessage = m => console.log(m.data); s.onopen = () => s.send("hi")`.
#![forbid(unsafe_code)]

mod common;

use std::net::TcpStream;

use async_tungstenite::accept_async_with_config;
use async_tungstenite::tungstenite::protocol::WebSocketConfig;
use futures_lite::StreamExt;
use wakeful_reactor::Async;

/// The longest message that is accepted, in bytes.
const LONGEST_MESSAGE: usize = 1 << 20;

async fn echo(stream: Async<TcpStream>) -> common::Served {
    let config = WebSocketConfig::default()
        .max_message_size(Some(LONGEST_MESSAGE))
        .max_frame_size(Some(LONGEST_MESSAGE));
    let mut socket = accept_async_with_config(stream, Some(config)).await?;
    // It ends when the peer has said goodbye and has been answered; pings are answered inside.
    while let Some(message) = socket.next().await {
        let message = message?;
        if message.is_text() || message.is_binary() {
            socket.send(message).await?;
        }
    }
    Ok(())
}

fn main() -> common::Served {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8081".into());
    common::serve(&address, echo)
}
