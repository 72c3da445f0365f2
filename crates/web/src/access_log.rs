//! One JSON line a request, and the request's name.
//!
//! Written by hand into one shared buffer: the line is on the hot path of every check, and a general log record costs
//! several times as much. No personal data: the route's pattern stands for the path, the query is left out.

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    io::Write as _,
    sync::Arc,
    time::Instant,
};

use actix_web::{
    Error, HttpMessage as _,
    body::{BodySize, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::header::{HeaderName, HeaderValue},
    middleware::Next,
    web::Data,
};
use chrono::{DateTime, Utc};
use metrics::Counter;

use crate::{problem::ApiError, request_id::RequestId};

/// Where finished lines go.
pub trait LineSink: Send + Sync {
    /// Takes one line, its end included.
    fn write_line(&self, line: &[u8]);
}

/// The sink as handlers see it.
pub type Sink = Data<dyn LineSink>;

/// Names the request, serves it, writes its line. For `actix_web::middleware::from_fn`.
pub async fn access_log<B: MessageBody>(request: ServiceRequest, next: Next<B>) -> Result<ServiceResponse<B>, Error> {
    let started = Instant::now();
    let id = RequestId::next();
    request.extensions_mut().insert(id);
    let sink = request.app_data::<Sink>().map(|sink| Arc::clone(sink));
    let mut response = next.call(request).await?;
    if let Some(error) = response.response().error().and_then(|error| error.as_error::<ApiError>()) {
        log_cause(id, error);
    }
    if let Ok(value) = HeaderValue::from_str(&id.to_string()) {
        response.headers_mut().insert(HeaderName::from_static("x-request-id"), value);
    }
    let pattern = response.request().match_pattern();
    let route = pattern.as_deref().unwrap_or("-");
    count(route, response.status().as_u16());
    if let Some(sink) = sink {
        sink.write_line(&line(id, route, &response, started));
    }
    Ok(response)
}

thread_local! {
    /// The counters this worker has used, by status and route: asking the recorder for one costs more than counting. Routes
    /// are our patterns, so there are few.
    static COUNTERS: RefCell<HashMap<u16, HashMap<String, Counter>>> = RefCell::default();
    /// The present second as text: broken down once a second, not once a request.
    static SECOND: Cell<(i64, [u8; 19])> = const { Cell::new((i64::MIN, [0; 19])) };
}

fn count(route: &str, status: u16) {
    COUNTERS.with_borrow_mut(|counters| {
        let by_route = counters.entry(status).or_default();
        if let Some(counter) = by_route.get(route) {
            return counter.increment(1);
        }
        let labels = [("route", route.to_owned()), ("status", status.to_string())];
        let counter = metrics::counter!("http_requests_total", &labels);
        counter.increment(1);
        by_route.insert(route.to_owned(), counter);
    });
}

/// `2026-11-24T08:01:02`.
fn second_as_text(now: DateTime<Utc>) -> [u8; 19] {
    let (second, text) = SECOND.get();
    if second == now.timestamp() {
        return text;
    }
    let mut text = [b' '; 19];
    let _ = write!(text.as_mut_slice(), "{}", now.format("%Y-%m-%dT%H:%M:%S"));
    SECOND.set((now.timestamp(), text));
    text
}

fn line<B: MessageBody>(id: RequestId, route: &str, response: &ServiceResponse<B>, started: Instant) -> Vec<u8> {
    let bytes = match response.response().body().size() {
        BodySize::Sized(bytes) => bytes,
        BodySize::None | BodySize::Stream => 0,
    };
    let now = Utc::now();
    let mut line = Vec::with_capacity(256);
    line.extend_from_slice(br#"{"timestamp":""#);
    line.extend_from_slice(&second_as_text(now));
    // Patterns are ours and methods are tokens (RFC 9110): neither needs escaping.
    let _ = writeln!(
        line,
        r#".{:06}Z","kind":"access","request_id":"{id}","method":"{}","route":"{route}","status":{},"bytes":{bytes},"micros":{}}}"#,
        now.timestamp_subsec_micros(),
        response.request().method(),
        response.status().as_u16(),
        started.elapsed().as_micros(),
    );
    line
}

/// Faults are logged once, here, with what the reply does not say.
pub(crate) fn log_cause(id: RequestId, error: &ApiError) {
    let Some(cause) = &error.0.cause else { return };
    let code = error.0.code.as_str();
    if error.0.code.status() >= 500 {
        tracing::error!(request_id = %id, code, cause, "request failed");
    } else {
        tracing::info!(request_id = %id, code, cause, "request refused");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_is_written_anew_when_it_passes() {
        let at = |seconds| DateTime::from_timestamp(seconds, 999_000_000).unwrap();
        assert_eq!(&second_as_text(at(1_767_225_599)), b"2025-12-31T23:59:59");
        assert_eq!(&second_as_text(at(1_767_225_599)), b"2025-12-31T23:59:59");
        assert_eq!(&second_as_text(at(1_767_225_600)), b"2026-01-01T00:00:00");
    }
}
