//! The routes under `/sandbox`.

use std::time::Duration;

use actix_web::web::{self, Bytes, Data, ServiceConfig};
use actix_web::{HttpResponse, Responder};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::fault::Fault;
use crate::state::Sandbox;
use crate::wechat::is_openid;

pub(crate) fn routes(config: &mut ServiceConfig) {
    config
        .route("/wechat/codes", web::post().to(create_code))
        .route("/wechat/tokens", web::get().to(list_tokens))
        .route("/faults", web::post().to(add_fault))
        .route("/received", web::get().to(list_received))
        .route("/counters", web::get().to(list_counters))
        .route("/clock", web::post().to(advance))
        .route("/reset", web::post().to(reset));
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct NewCode {
    openid: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewFault {
    path: String,
    fault: Fault,
    #[serde(default = "once")]
    times: u32,
}

fn once() -> u32 {
    1
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    advance_s: u64,
}

async fn create_code(body: Bytes, sandbox: Data<Sandbox>) -> HttpResponse {
    let NewCode { openid } = match if body.is_empty() { Ok(NewCode::default()) } else { parse(&body) } {
        Ok(wish) => wish,
        Err(reason) => return refuse(&reason),
    };
    if openid.as_deref().is_some_and(|openid| !is_openid(openid)) {
        return refuse("openid: 1 to 64 letters, digits, - or _");
    }
    let (code, openid) = sandbox.create_code(openid.as_deref());
    HttpResponse::Ok().json(json!({ "code": code, "openid": openid }))
}

async fn list_tokens(sandbox: Data<Sandbox>) -> impl Responder {
    web::Json(json!({ "tokens": sandbox.working_tokens() }))
}

async fn add_fault(body: Bytes, sandbox: Data<Sandbox>) -> HttpResponse {
    match parse::<NewFault>(&body) {
        Ok(NewFault { times: 0, .. }) => refuse("times: at least 1"),
        Ok(NewFault { path, fault, times }) => {
            sandbox.add_fault(&path, fault, times);
            HttpResponse::NoContent().finish()
        }
        Err(reason) => refuse(&reason),
    }
}

async fn list_received(sandbox: Data<Sandbox>) -> impl Responder {
    web::Json(json!({ "received": sandbox.received() }))
}

async fn list_counters(sandbox: Data<Sandbox>) -> impl Responder {
    web::Json(sandbox.counters())
}

async fn advance(body: Bytes, sandbox: Data<Sandbox>) -> HttpResponse {
    match parse::<Advance>(&body) {
        Ok(Advance { advance_s }) => {
            sandbox.advance(Duration::from_secs(advance_s));
            HttpResponse::NoContent().finish()
        }
        Err(reason) => refuse(&reason),
    }
}

async fn reset(sandbox: Data<Sandbox>) -> HttpResponse {
    sandbox.reset();
    HttpResponse::NoContent().finish()
}

/// Parses whatever the content type says, so that a plain `curl -d` works.
fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, String> {
    serde_json::from_slice(body).map_err(|error| error.to_string())
}

fn refuse(detail: &str) -> HttpResponse {
    HttpResponse::BadRequest().json(json!({ "error": detail }))
}
