//! The crawler's HTTP client against a server that answers by a script.
#![no_main]

// Only the ordinary tests ask how often a byte was late.
#[allow(dead_code)]
#[path = "../../demos/tests/it/support/client_model.rs"]
mod client_model;

wakeful_fuzz::target!(client_model::check);
