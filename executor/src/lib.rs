#![no_std]
//! wakeful-executor.
