//! Is the process alive, can it serve, what has it counted.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use actix_web::{HttpResponse, Responder, get, http::StatusCode, web::Data};
use chrono::{DateTime, Utc};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use serde::Serialize;
use utoipa::ToSchema;
use web::AppData;

/// What the workers know about the state of this server.
#[derive(Debug, Default)]
pub(crate) struct Readiness {
    /// Whether the schema was found or made.
    pub(crate) prepared: AtomicBool,
    /// When the database last answered, in milliseconds since 1970.
    pub(crate) database_seen_ms: AtomicI64,
    /// When the counts of checks were last written, in milliseconds since 1970.
    pub(crate) counts_written_ms: AtomicI64,
    /// Whether a stop was asked.
    pub(crate) stopping: AtomicBool,
}

impl Readiness {
    /// Notes that the database answered.
    pub(crate) fn database_answered(&self, now: DateTime<Utc>) {
        self.database_seen_ms.store(now.timestamp_millis(), Ordering::Relaxed);
    }
}

/// The state of this server.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReadyReply {
    /// Whether checks are answered. They are also while the database is away.
    ready: bool,
    /// `answers` or `away`: without it checks go on and writes are refused with 503.
    #[schema(value_type = String)]
    database: &'static str,
    /// `in_process`, `connected` or `disconnected`.
    #[schema(value_type = String)]
    signals: &'static str,
    /// Number of the last list change that is effective here.
    list_version: u64,
    /// Changes lying over the open snapshot.
    list_overlay: usize,
    /// Milliseconds since the lists were last compared with the database.
    list_age_ms: i64,
    /// Milliseconds since the queue of check counts was last written.
    queue_age_ms: i64,
}

/// The process runs.
#[utoipa::path(tag = "operation", operation_id = "live", responses((status = 200, description = "It runs.")))]
#[get("/health/live")]
pub(crate) async fn live() -> impl Responder {
    std::future::ready(HttpResponse::Ok().body("live\n")).await
}

/// The server can serve.
#[utoipa::path(tag = "operation", operation_id = "ready",
    responses((status = 200, body = ReadyReply), (status = 503, description = "Starting or stopping.", body = ReadyReply)))]
#[get("/health/ready")]
pub(crate) async fn ready(app: AppData, readiness: Data<Readiness>) -> impl Responder {
    let now = app.now().timestamp_millis();
    let age = |instant: &AtomicI64| now.saturating_sub(instant.load(Ordering::Relaxed)).max(0);
    let list_age_ms = age(&readiness.database_seen_ms);
    let stopping = readiness.stopping.load(Ordering::Relaxed);
    let reply = ReadyReply {
        ready: !stopping,
        database: if list_age_ms < 5_000 { "answers" } else { "away" },
        signals: match app.signals.state() {
            signals::State::InProcess => "in_process",
            signals::State::Connected => "connected",
            signals::State::Disconnected => "disconnected",
        },
        list_version: app.lists.version(),
        list_overlay: app.lists.overlay_len(),
        list_age_ms,
        queue_age_ms: age(&readiness.counts_written_ms),
    };
    let status = if stopping { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK };
    std::future::ready(HttpResponse::build(status).json(reply)).await
}

/// What was counted, for Prometheus.
#[utoipa::path(tag = "operation", operation_id = "metrics",
    responses((status = 200, description = "Prometheus text format.", content_type = "text/plain")))]
#[get("/metrics")]
pub(crate) async fn metrics(app: AppData, prometheus: Data<PrometheusHandle>) -> impl Responder {
    ::metrics::gauge!("lists_version").set(app.lists.version() as f64);
    ::metrics::gauge!("lists_overlay").set(app.lists.overlay_len() as f64);
    let text = prometheus.render();
    std::future::ready(HttpResponse::Ok().content_type("text/plain; version=0.0.4").body(text)).await
}

/// The recorder of this process: installed once, shared by all applications in it.
pub(crate) fn recorder() -> anyhow::Result<PrometheusHandle> {
    static INSTALLED: std::sync::Mutex<Option<PrometheusHandle>> = std::sync::Mutex::new(None);
    let mut installed = INSTALLED.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some(handle) = installed.as_ref() {
        return Ok(handle.clone());
    }
    let handle = PrometheusBuilder::new().install_recorder()?;
    Ok(installed.insert(handle).clone())
}
