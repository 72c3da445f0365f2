//! A JSON reply in one buffer, and one that is sent only if it changed.

use actix_web::{
    HttpRequest, HttpResponse, Responder, ResponseError as _,
    body::BoxBody,
    http::header::{CacheControl, CacheDirective, ETag, EntityTag, Header as _, IfNoneMatch},
};
use app::AppError;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::problem::ApiError;

/// About how long a reply gets.
pub trait About {
    /// In bytes of JSON.
    fn about_bytes(&self) -> usize;
}

/// A JSON reply written into one buffer of the right size: the framework's own grows from nothing.
#[derive(Debug)]
pub struct Rendered<T>(pub T);

impl<T: Serialize + About> Responder for Rendered<T> {
    type Body = BoxBody;

    fn respond_to(self, _request: &HttpRequest) -> HttpResponse {
        match rendered(&self.0) {
            Ok(body) => HttpResponse::Ok().content_type("application/json").body(body),
            Err(error) => error.error_response(),
        }
    }
}

/// The same for what changes seldom: with a tag made of its content. Who sends that tag in `If-None-Match` gets 304 (RFC 9110).
#[derive(Debug)]
pub struct Tagged<T>(pub T);

impl<T: Serialize + About> Responder for Tagged<T> {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        let body = match rendered(&self.0) {
            Ok(body) => body,
            Err(error) => return error.error_response(),
        };
        let digest = Sha256::digest(&body);
        let tag = EntityTag::new_strong(hex::encode(digest.first_chunk::<16>().copied().unwrap_or_default()));
        let known = match IfNoneMatch::parse(request) {
            Ok(IfNoneMatch::Any) => request.headers().contains_key(IfNoneMatch::name()),
            Ok(IfNoneMatch::Items(tags)) => tags.iter().any(|known| known.weak_eq(&tag)),
            Err(_) => false,
        };
        let mut response = if known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
        response.insert_header(ETag(tag));
        response.insert_header(CacheControl(vec![CacheDirective::Private, CacheDirective::NoCache]));
        if known { response.finish() } else { response.content_type("application/json").body(body) }
    }
}

fn rendered<T: Serialize + About>(reply: &T) -> Result<Vec<u8>, ApiError> {
    let mut body = Vec::with_capacity(reply.about_bytes());
    match serde_json::to_writer(&mut body, reply) {
        Ok(()) => Ok(body),
        Err(error) => Err(ApiError(AppError::internal(error.to_string()))),
    }
}
