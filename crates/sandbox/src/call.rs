//! A call of a provider's path and its answer.

use std::collections::HashMap;

use actix_web::web::{Bytes, Query};
use serde_json::Value;

/// One call as it came.
#[derive(Default)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    /// By lower-case name; of a header that came twice, the last.
    pub(crate) headers: HashMap<String, String>,
    pub(crate) body: Bytes,
}

impl Request {
    /// The parameters of the query, decoded; of one that came twice, the last.
    pub(crate) fn parameters(&self) -> HashMap<String, String> {
        Query::from_query(&self.query).map(Query::into_inner).unwrap_or_default()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(String::as_str).unwrap_or_default()
    }
}

/// What a stand-in answers.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: &'static str,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn json(status: u16, content_type: &'static str, body: &Value) -> Self {
        Self { status, content_type, body: body.to_string().into() }
    }
}
