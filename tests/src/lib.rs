//! The harness: a whole service in-process on a real port, with a database of its own, a clock that stands still until it is
//! moved, a stand-in WeChat, and one client for each sort of caller.

mod client;
mod clock;
mod database;
mod installation;
mod partner;
pub mod postgres_files;
pub mod privacy;
pub mod program;
mod proxy;
mod service;
pub mod web;

pub use client::{Client, Reply};
pub use clock::TestClock;
pub use database::{Backend, TestDatabase};
pub use installation::Installation;
pub use partner::Partner;
pub use proxy::Proxy;
pub use service::{NewOfficer, TestService};

/// The folder with sample data, or none: then the test says so and passes, unless everything is required.
pub fn sample_dir() -> Option<std::path::PathBuf> {
    let named = std::env::var("GOLDEN_BELL_SAMPLE_DIR").ok().filter(|dir| !dir.is_empty());
    let default = || std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let folder =
        named.map_or_else(default, |dir| std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(dir));
    if folder.is_dir() {
        return Some(folder);
    }
    skipped("no data");
    None
}

/// Says that a test was skipped; fails where everything is required.
pub fn skipped(why: &str) {
    println!("skipped: {why}");
    assert!(std::env::var("GOLDEN_BELL_REQUIRE_ALL").is_err(), "required, but would be skipped: {why}");
}
