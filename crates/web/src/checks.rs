//! What is asked and answered by the check routes of both APIs, and by the check command.

mod private;
mod reply;
mod request;

pub use private::{OfficialNumberReply, OfficialNumbersReply, PrefixRuleReply, PrefixRulesReply, PrivateBucketReply};
pub use reply::{BatchReply, CheckReply};
pub use request::{BatchRequest, CheckRequest};
