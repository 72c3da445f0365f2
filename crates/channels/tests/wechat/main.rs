//! The way to WeChat, driven against the stand-in.

#![cfg(test)]

mod login;
mod shared_token;
mod silence;
mod support;
mod token;
