//! The routes under `/sandbox`.

use std::time::Duration;

use actix_web::web::{self, Bytes, Data, ServiceConfig};
use actix_web::{HttpResponse, Responder};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::fault::Fault;
use crate::state::Sandbox;
use crate::wechat::{MediaRule, PushTo, is_aes_key, is_openid, is_phone};

const OPENID: &str = "openid: 1 to 64 letters, digits, - or _";

pub(crate) fn routes(config: &mut ServiceConfig) {
    config
        .route("/wechat/codes", web::post().to(create_code))
        .route("/wechat/phone-codes", web::post().to(create_phone_code))
        .route("/wechat/risk-ranks", web::post().to(set_risk_rank))
        .route("/wechat/push", web::post().to(set_push))
        .route("/wechat/pushed", web::get().to(list_pushed))
        .route("/wechat/media-rules", web::post().to(add_media_rule))
        .route("/wechat/tokens", web::get().to(list_tokens))
        .route("/sms", web::get().to(list_sms))
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
struct NewPhoneCode {
    number: String,
    #[serde(default = "china")]
    country_code: String,
    openid: Option<String>,
}

fn china() -> String {
    "86".to_owned()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewRiskRank {
    openid: String,
    rank: u8,
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
        return refuse(OPENID);
    }
    let (code, openid) = sandbox.create_code(openid.as_deref());
    HttpResponse::Ok().json(json!({ "code": code, "openid": openid }))
}

async fn create_phone_code(body: Bytes, sandbox: Data<Sandbox>) -> HttpResponse {
    match parse::<NewPhoneCode>(&body) {
        Ok(wish) if wish.openid.as_deref().is_some_and(|openid| !is_openid(openid)) => refuse(OPENID),
        Ok(wish) if !is_phone(&wish.country_code, &wish.number) => refuse("country_code, number: digits, 15 at most"),
        Ok(NewPhoneCode { number, country_code, openid }) => {
            let code = sandbox.create_phone_code(&country_code, &number, openid.as_deref());
            HttpResponse::Ok().json(json!({ "code": code }))
        }
        Err(reason) => refuse(&reason),
    }
}

async fn set_risk_rank(body: Bytes, sandbox: Data<Sandbox>) -> HttpResponse {
    match parse::<NewRiskRank>(&body) {
        Ok(NewRiskRank { openid, .. }) if !is_openid(&openid) => refuse(OPENID),
        Ok(NewRiskRank { rank: 5.., .. }) => refuse("rank: 0 to 4"),
        Ok(NewRiskRank { openid, rank }) => {
            sandbox.set_risk_rank(&openid, rank);
            HttpResponse::NoContent().finish()
        }
        Err(reason) => refuse(&reason),
    }
}

async fn set_push(body: Bytes, sandbox: Data<Sandbox>) -> HttpResponse {
    match parse::<PushTo>(&body) {
        Ok(target) if target.aes_key.as_deref().is_some_and(|key| !is_aes_key(key)) => {
            refuse("aes_key: 43 letters and digits")
        }
        Ok(target) => {
            sandbox.push_to(target);
            HttpResponse::NoContent().finish()
        }
        Err(reason) => refuse(&reason),
    }
}

async fn list_pushed(sandbox: Data<Sandbox>) -> impl Responder {
    web::Json(json!({ "pushed": sandbox.pushed() }))
}

async fn add_media_rule(body: Bytes, sandbox: Data<Sandbox>) -> HttpResponse {
    match parse::<MediaRule>(&body) {
        Ok(rule) if rule.times == Some(0) => refuse("times: at least 1"),
        Ok(rule) => {
            sandbox.add_media_rule(rule);
            HttpResponse::NoContent().finish()
        }
        Err(reason) => refuse(&reason),
    }
}

async fn list_tokens(sandbox: Data<Sandbox>) -> impl Responder {
    web::Json(json!({ "tokens": sandbox.working_tokens() }))
}

async fn list_sms(sandbox: Data<Sandbox>) -> impl Responder {
    web::Json(json!({ "sms": sandbox.sent_sms() }))
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
