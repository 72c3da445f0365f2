//! What is asked and answered by the check routes of both APIs, and by the check command.

mod reply;
mod request;

pub use reply::{BatchReply, CheckReply};
pub use request::{BatchRequest, CheckRequest};
