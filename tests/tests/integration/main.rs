//! The tests of the whole service; the tree mirrors the routes. `house` holds what must be true of the code itself.

mod api;
mod commands;
mod house;
