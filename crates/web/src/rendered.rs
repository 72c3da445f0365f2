//! A JSON reply in one buffer.

use actix_web::{HttpRequest, HttpResponse, Responder, ResponseError as _, body::BoxBody};
use app::AppError;
use serde::Serialize;

use crate::problem::ApiError;

/// A JSON reply written into one buffer of the right size: the framework's own grows from nothing.
#[derive(Debug)]
pub struct Rendered<T>(pub T);

impl<T: Serialize> Responder for Rendered<T> {
    type Body = BoxBody;

    fn respond_to(self, _request: &HttpRequest) -> HttpResponse {
        match serde_json::to_vec(&self.0) {
            Ok(body) => HttpResponse::Ok().content_type("application/json").body(body),
            Err(error) => ApiError(AppError::internal(error.to_string())).error_response(),
        }
    }
}
