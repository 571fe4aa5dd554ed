#![no_std]
//! wakeful-executor.

pub mod coroutine;
