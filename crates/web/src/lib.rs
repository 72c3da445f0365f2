//! What both HTTP APIs share: who calls, how bodies are read, how failures look, how much one may ask.
//!
//! Flow of a request: [`access_log`] names it and will write its line; an extractor ([`Caller`], [`SignedCaller`]) finds
//! out who asks; [`Json`], [`Query`] or [`Upload`] read the input within its limits; the handler makes one call into
//! `app`; an [`ApiError`] becomes `application/problem+json` (RFC 9457).

pub mod access_log;
mod body;
mod caller;
pub mod checks;
mod download;
mod extract;
pub mod limits;
mod lines;
mod page;
mod problem;
mod rendered;
mod request_id;
mod tags;

pub use caller::{Caller, SignedCaller};
pub use download::{Download, download};
pub use extract::{IdempotencyKey, Json, Path, Query, Upload, from_json};
pub use limits::Limits;
pub use lines::{Line, Lines, in_lines, lines_wanted};
pub use page::PageReply;
pub use problem::{ApiError, Problem, ProblemField, method_not_allowed, not_found};
pub use rendered::{About, Rendered, Tagged};
pub use request_id::RequestId;
pub use tags::{EndingTagRequest, TagReply, TagRequest};

/// What handlers take as `app`.
pub type AppData = actix_web::web::Data<app::App>;

/// What handlers return.
pub type ApiResult<T> = Result<actix_web::web::Json<T>, ApiError>;
