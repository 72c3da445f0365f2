//! Replies of JSON lines (`application/x-ndjson`): what takes long says how far it is, and last what came of it.

use std::convert::Infallible;

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{self, HeaderName},
    web::Bytes,
};
use app::AppError;
use futures_util::stream;
use serde::Serialize;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use utoipa::ToSchema;

use crate::{
    access_log::log_cause,
    problem::{ApiError, Problem},
    request_id::RequestId,
};

/// What such a reply is called.
const CONTENT_TYPE: &str = "application/x-ndjson";

/// A line: how far it is, or the last one, which says what came of it. Without a last one nothing is known of the end.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub enum Line<T> {
    /// How far it is.
    Progress {
        /// What is being done.
        #[schema(value_type = String)]
        phase: &'static str,
        /// How many are through it.
        done: usize,
        /// Of how many.
        of: usize,
    },
    /// The last line: it was done.
    Report {
        /// What the reply is without lines.
        report: T,
    },
    /// The last line: it was not done.
    Problem {
        /// What the reply is without lines.
        problem: Problem,
    },
}

/// Where lines about progress go.
pub struct Lines(UnboundedSender<Bytes>);

impl Lines {
    /// Says how many of how many are through a phase.
    pub fn progress(&self, phase: &'static str, done: usize, of: usize) {
        write(&self.0, &Line::<()>::Progress { phase, done, of });
    }
}

fn write<T: Serialize>(sender: &UnboundedSender<Bytes>, line: &Line<T>) {
    let Ok(mut bytes) = serde_json::to_vec(line) else { return };
    bytes.push(b'\n');
    // Where the caller has gone nobody reads it; the work goes on.
    let _ = sender.send(bytes.into());
}

/// Whether the caller asks for lines.
pub fn lines_wanted(request: &HttpRequest) -> bool {
    let named = |value: &header::HeaderValue| {
        let ranges = value.to_str().unwrap_or_default().split(',');
        let mut types = ranges.filter_map(|range| range.split(';').next());
        types.any(|name| name.trim().eq_ignore_ascii_case(CONTENT_TYPE))
    };
    request.headers().get_all(header::ACCEPT).any(named)
}

/// Replies in lines while `work` runs, which comes to its end even where the caller has gone.
pub fn in_lines<T: Serialize + 'static>(
    request: &HttpRequest,
    work: impl AsyncFnOnce(Lines) -> Result<T, AppError> + 'static,
) -> HttpResponse {
    let (sender, mut receiver) = unbounded_channel();
    let id = RequestId::of(request);
    actix_web::rt::spawn(async move {
        let line = match work(Lines(sender.clone())).await.map_err(ApiError) {
            Ok(report) => Line::Report { report },
            Err(error) => {
                log_cause(id, &error);
                Line::Problem { problem: error.problem() }
            }
        };
        write(&sender, &line);
    });
    let lines = stream::poll_fn(move |context| receiver.poll_recv(context).map(|line| line.map(Ok::<_, Infallible>)));
    // nginx would otherwise keep the lines until the reply is complete.
    let unbuffered = (HeaderName::from_static("x-accel-buffering"), "no");
    HttpResponse::Ok().content_type(CONTENT_TYPE).insert_header(unbuffered).streaming(lines)
}
