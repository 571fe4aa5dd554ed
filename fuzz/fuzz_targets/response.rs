//! The crawler's response reader against its oracle, which the demos' tests keep.
#![no_main]

#[path = "../../demos/tests/it/support/response_model.rs"]
mod response_model;

wakeful_fuzz::target!(response_model::check);
