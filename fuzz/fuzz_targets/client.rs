//! The crawler's HTTP client against a server that answers by a script.
#![no_main]

#[path = "../../demos/tests/it/support/client_model.rs"]
mod client_model;

wakeful_fuzz::target!(client_model::check);
