//! The way to WeChat, driven against the stand-in.

#![cfg(test)]

mod code_image;
mod login;
mod phone;
mod risk;
mod shared_token;
mod silence;
mod support;
mod token;
