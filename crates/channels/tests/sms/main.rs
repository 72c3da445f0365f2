//! The way to the vendors of SMS, driven against their stand-ins.

#![cfg(test)]

mod send;
mod silence;
mod support;
