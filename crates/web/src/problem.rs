//! Failures as `application/problem+json` (RFC 9457).

use std::{borrow::Cow, fmt};

use actix_web::{
    HttpRequest, HttpResponse, ResponseError,
    http::{StatusCode, header},
};
use app::{AppError, ErrorCode};
use serde::Serialize;
use utoipa::ToSchema;

/// The body of every error reply; the header `X-Request-Id` names the request.
#[derive(Debug, Serialize, ToSchema)]
pub struct Problem {
    /// Stable word for programs.
    #[schema(example = "invalid_field", value_type = String)]
    pub code: &'static str,
    /// HTTP status, repeated.
    #[schema(example = 422)]
    pub status: u16,
    /// Short title in Chinese.
    #[schema(value_type = String)]
    pub title: &'static str,
    /// What is wrong and what to do next, in Chinese.
    #[schema(value_type = String)]
    pub detail: Cow<'static, str>,
    /// The fields at fault.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<ProblemField>,
}

/// A field at fault.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProblemField {
    /// JSON pointer into the body (RFC 6901), or the name of a parameter or header.
    pub pointer: String,
    /// The rule it breaks, in Chinese.
    pub detail: String,
}

/// A failure on its way out.
#[derive(Debug)]
pub struct ApiError(pub AppError);

impl From<AppError> for ApiError {
    fn from(error: AppError) -> Self {
        Self(error)
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.0.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        response.content_type("application/problem+json");
        if let Some(seconds) = self.0.retry_after {
            response.insert_header((header::RETRY_AFTER, seconds));
        }
        if self.0.code.status() == 401 {
            response.insert_header((header::WWW_AUTHENTICATE, "Bearer"));
        }
        response.json(self.problem())
    }
}

impl ApiError {
    /// The body.
    pub(crate) fn problem(&self) -> Problem {
        let error = &self.0;
        Problem {
            code: error.code.as_str(),
            status: error.code.status(),
            title: error.code.title(),
            detail: error.detail.clone(),
            errors: error
                .fields
                .iter()
                .map(|field| ProblemField { pointer: field.pointer.clone(), detail: field.detail.clone() })
                .collect(),
        }
    }
}

/// The reply where no route matches.
pub async fn not_found(_request: HttpRequest) -> Result<HttpResponse, ApiError> {
    std::future::ready(Err(AppError::not_found().into())).await
}

/// The reply where the path exists, but not with this method.
pub async fn method_not_allowed(_request: HttpRequest) -> Result<HttpResponse, ApiError> {
    std::future::ready(Err(AppError::new(ErrorCode::MethodNotAllowed, "此地址不支持这种请求方法。").into())).await
}
