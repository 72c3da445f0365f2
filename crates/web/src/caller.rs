//! Who calls: a token of a resident or officer, a signature of an upstream system, or nobody known.

use std::{future::Future, pin::Pin};

use actix_web::{FromRequest, HttpRequest, dev::Payload, http::header, web::Bytes};
use app::{Actor, AppError, Context, ErrorCode, identity};

use crate::{AppData, body, problem::ApiError, request_id::RequestId};

/// Largest signed body: a batch of contact events or list changes.
const SIGNED_LIMIT: usize = 8 * 1024 * 1024;

/// Who calls, from the `Authorization` header. Without one: nobody known.
#[derive(Debug)]
pub struct Caller(pub Context);

impl FromRequest for Caller {
    type Error = ApiError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, ApiError>>>>;

    fn from_request(request: &HttpRequest, _payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let app = app_of(&request)?;
            let actor = identity::authenticate(app, bearer(&request)?).await?;
            Ok(Self(context(&request, actor)))
        })
    }
}

/// An upstream system whose signature over the whole request holds.
#[derive(Debug)]
pub struct SignedCaller {
    /// Who.
    pub context: Context,
    /// The body that was signed.
    pub body: Bytes,
}

impl FromRequest for SignedCaller {
    type Error = ApiError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, ApiError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let mut payload = payload.take();
        Box::pin(async move {
            let app = app_of(&request)?;
            let body = body::read(&request, &mut payload, SIGNED_LIMIT).await?;
            let path_and_query = request.uri().path_and_query().map_or("/", |both| both.as_str());
            let parts = identity::SignedParts {
                key_id: signed_header(&request, "x-key-id")?,
                timestamp: signed_header(&request, "x-timestamp")?,
                nonce: signed_header(&request, "x-nonce")?,
                signature: signed_header(&request, "x-signature")?,
                method: request.method().as_str(),
                path_and_query,
                body: &body,
            };
            let upstream = identity::verify_upstream(app, parts).await?;
            Ok(Self { context: context(&request, Actor::Upstream(upstream)), body })
        })
    }
}

impl SignedCaller {
    /// The signed body as JSON.
    pub fn json<T: serde::de::DeserializeOwned>(&self) -> Result<T, ApiError> {
        crate::extract::from_json(&self.body).map_err(ApiError)
    }
}

fn app_of(request: &HttpRequest) -> Result<&app::App, AppError> {
    request.app_data::<AppData>().map(|data| &***data).ok_or_else(|| AppError::internal("the application is not wired"))
}

fn context(request: &HttpRequest, actor: Actor) -> Context {
    Context { actor, request_id: RequestId::of(request).to_string() }
}

/// The token of `Authorization: Bearer …` (RFC 6750).
fn bearer(request: &HttpRequest) -> Result<Option<&str>, AppError> {
    let Some(value) = request.headers().get(header::AUTHORIZATION) else { return Ok(None) };
    let token = value.to_str().ok().and_then(|value| {
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    });
    token.map(Some).ok_or_else(AppError::unauthenticated)
}

fn signed_header<'a>(request: &'a HttpRequest, name: &str) -> Result<&'a str, AppError> {
    let value = request.headers().get(name).and_then(|value| value.to_str().ok()).filter(|value| !value.is_empty());
    value.ok_or_else(|| {
        let mut error = AppError::new(ErrorCode::SignatureRefused, format!("缺少签名所需的请求头 {name}。"));
        error.fields.push(app::FieldError { pointer: name.to_owned(), detail: "必填".to_owned() });
        error
    })
}
