//! The program `golden-bell`: commands, configuration, start-up, workers. Wiring only.
//!
//! Players: a [`Config`] is read from three layers; an [`Application`] is a running server built from it and a clock;
//! `commands` are the other things the program does.

pub mod application;
pub mod commands;
pub mod config;
mod health;
mod keys;
mod logging;
pub mod private_check;
mod providers;
mod routes;
mod start;
mod workers;

pub use application::Application;
pub use config::Config;
pub use routes::openapi;
pub use workers::Workers;
