//! A JSON reply in one buffer.

use actix_web::{HttpRequest, HttpResponse, Responder, ResponseError as _, body::BoxBody};
use app::AppError;
use serde::Serialize;

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
        let mut body = Vec::with_capacity(self.0.about_bytes());
        match serde_json::to_writer(&mut body, &self.0) {
            Ok(()) => HttpResponse::Ok().content_type("application/json").body(body),
            Err(error) => ApiError(AppError::internal(error.to_string())).error_response(),
        }
    }
}
