//! One JSON line a request, and the request's name.
//!
//! Written by hand into one shared buffer: the line is on the hot path of every check, and a general log record costs
//! several times as much. No personal data: the route's pattern stands for the path, the query is left out.

use std::{io::Write as _, sync::Arc, time::Instant};

use actix_web::{
    Error, HttpMessage as _,
    body::{BodySize, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::header::{HeaderName, HeaderValue},
    middleware::Next,
    web::Data,
};
use chrono::Utc;

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
    count(&response);
    if let Some(sink) = sink {
        sink.write_line(&line(id, &response, started));
    }
    Ok(response)
}

fn count<B: MessageBody>(response: &ServiceResponse<B>) {
    let route = response.request().match_pattern().unwrap_or_else(|| "-".to_owned());
    let status = match response.status().as_u16() {
        200 => "200",
        other => {
            return metrics::counter!("http_requests_total", "route" => route, "status" => other.to_string())
                .increment(1);
        }
    };
    metrics::counter!("http_requests_total", "route" => route, "status" => status).increment(1);
}

fn line<B: MessageBody>(id: RequestId, response: &ServiceResponse<B>, started: Instant) -> Vec<u8> {
    let request = response.request();
    let pattern = request.match_pattern();
    let bytes = match response.response().body().size() {
        BodySize::Sized(bytes) => bytes,
        BodySize::None | BodySize::Stream => 0,
    };
    let now = Utc::now();
    let mut line = Vec::with_capacity(224);
    // Patterns are ours and methods are tokens (RFC 9110): neither needs escaping.
    let _ = writeln!(
        line,
        r#"{{"timestamp":"{}.{:06}Z","kind":"access","request_id":"{id}","method":"{}","route":"{}","status":{},"bytes":{bytes},"micros":{}}}"#,
        now.format("%Y-%m-%dT%H:%M:%S"),
        now.timestamp_subsec_micros(),
        request.method(),
        pattern.as_deref().unwrap_or("-"),
        response.status().as_u16(),
        started.elapsed().as_micros(),
    );
    line
}

/// Faults are logged once, here, with what the reply does not say.
fn log_cause(id: RequestId, error: &ApiError) {
    let Some(cause) = &error.0.cause else { return };
    let code = error.0.code.as_str();
    if error.0.code.status() >= 500 {
        tracing::error!(request_id = %id, code, cause, "request failed");
    } else {
        tracing::info!(request_id = %id, code, cause, "request refused");
    }
}
