//! Extractors that read input into types, with errors that name the field and the rule.

use std::{future::Future, pin::Pin};

use actix_web::{
    FromRequest, HttpRequest,
    dev::Payload,
    http::header::HeaderMap,
    web::{self, Bytes},
};
use app::{AppError, ErrorCode, FieldError};
use serde::de::DeserializeOwned;

use crate::{body, problem::ApiError};

/// Bodies of ordinary JSON routes.
const JSON_LIMIT: usize = 64 * 1024;
/// Bodies of batch and import routes.
const LARGE_LIMIT: usize = 4 * 1024 * 1024;

type Extracted<T> = Pin<Box<dyn Future<Output = Result<T, ApiError>>>>;

/// A JSON body of at most `LIMIT` bytes, read into `T`.
#[derive(Debug)]
pub struct Json<T, const LIMIT: usize = JSON_LIMIT>(pub T);

impl<T: DeserializeOwned + 'static, const LIMIT: usize> FromRequest for Json<T, LIMIT> {
    type Error = ApiError;
    type Future = Extracted<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let mut payload = payload.take();
        Box::pin(async move {
            body::require_json(&request)?;
            let bytes = body::read(&request, &mut payload, LIMIT).await?;
            Ok(Self(from_json(&bytes)?))
        })
    }
}

/// Reads a JSON object; the error points to the field at fault.
pub fn from_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, AppError> {
    // A derived reader would take an array for an object, by position: that is nobody's contract.
    if bytes.trim_ascii_start().first().is_some_and(|byte| *byte != b'{') {
        return Err(AppError::new(ErrorCode::MalformedRequest, "请求内容须为一个JSON对象（以{开头）。"));
    }
    serde_json::from_slice(bytes).map_err(|plain| {
        // Only a failing body is read again, this time keeping track of where.
        let mut reader = serde_json::Deserializer::from_slice(bytes);
        match serde_path_to_error::deserialize::<_, T>(&mut reader) {
            Err(error) if error.inner().is_data() => wrong_data(&error),
            _ => AppError::new(
                ErrorCode::MalformedRequest,
                format!("请求内容不是合法的JSON（第{}行第{}列）。", plain.line(), plain.column()),
            ),
        }
    })
}

fn wrong_data(error: &serde_path_to_error::Error<serde_json::Error>) -> AppError {
    let mut pointer = String::new();
    for segment in error.path() {
        match segment {
            serde_path_to_error::Segment::Seq { index } => pointer.push_str(&format!("/{index}")),
            // What is no name of a field of ours is input, and is not said again.
            serde_path_to_error::Segment::Map { key } if is_field_name(key) => {
                pointer.push('/');
                pointer.push_str(key);
            }
            serde_path_to_error::Segment::Map { .. } => pointer.push_str("/*"),
            serde_path_to_error::Segment::Enum { .. } | serde_path_to_error::Segment::Unknown => {}
        }
    }
    AppError::invalid(pointer, rule_in_chinese(&error.inner().to_string()))
}

/// True for what could be the name of a field: people are not called so, and phones neither.
fn is_field_name(word: &str) -> bool {
    (1..=40).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

/// What serde says, for a person; of the input nothing is repeated but what looks like a field.
fn rule_in_chinese(message: &str) -> String {
    let named = |rest: &str| {
        let word = rest.split('`').next().unwrap_or_default();
        if is_field_name(word) { word.to_owned() } else { "（未列出）".to_owned() }
    };
    if let Some(rest) = message.strip_prefix("unknown field `") {
        format!("不认识的字段：{}", named(rest))
    } else if let Some(rest) = message.strip_prefix("missing field `") {
        format!("缺少字段：{}", named(rest))
    } else if let Some(rest) = message.strip_prefix("duplicate field `") {
        format!("字段重复：{}", named(rest))
    } else if message.starts_with("unknown variant `") {
        "不认识的取值，请按接口说明填写".to_owned()
    } else if message.starts_with("invalid type") {
        "数据类型不对".to_owned()
    } else if message.contains("invalid digit") || message.contains("invalid float") || message.contains("number too") {
        "须为数字，且不能过大".to_owned()
    } else if message.contains("provided string was not") {
        "须为true或false".to_owned()
    } else if message.starts_with("invalid length") {
        "长度不对".to_owned()
    } else {
        // Our own types say their rule in Chinese already; what a library says in English may repeat the input.
        let said = message.split(" at line ").next().unwrap_or_default();
        if said.starts_with(|first: char| !first.is_ascii()) {
            said.to_owned()
        } else {
            "内容不符合接口说明".to_owned()
        }
    }
}

/// Query parameters read into `T`.
#[derive(Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for Query<T> {
    type Error = ApiError;
    type Future = std::future::Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _payload: &mut Payload) -> Self::Future {
        std::future::ready(
            web::Query::<T>::from_query(request.query_string()).map(|query| Self(query.into_inner())).map_err(
                |error| {
                    let message = error.to_string();
                    let rule = rule_in_chinese(message.rsplit(": ").next().unwrap_or_default());
                    ApiError(AppError::invalid("query", format!("查询参数有误：{rule}")))
                },
            ),
        )
    }
}

/// Path parameters read into `T`; what cannot be one of ours does not exist.
#[derive(Debug)]
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for Path<T> {
    type Error = ApiError;
    type Future = std::future::Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let read = web::Path::<T>::from_request(request, payload).into_inner();
        std::future::ready(read.map(|path| Self(path.into_inner())).map_err(|_| ApiError(AppError::not_found())))
    }
}

/// A file sent as the whole body, of at most `LIMIT` bytes.
#[derive(Debug)]
pub struct Upload<const LIMIT: usize = LARGE_LIMIT> {
    /// Its bytes.
    pub bytes: Bytes,
    /// The content type as sent, lower case, without parameters.
    pub content_type: String,
}

impl<const LIMIT: usize> FromRequest for Upload<LIMIT> {
    type Error = ApiError;
    type Future = Extracted<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        use actix_web::HttpMessage as _;
        let request = request.clone();
        let mut payload = payload.take();
        Box::pin(async move {
            let bytes = body::read(&request, &mut payload, LIMIT).await?;
            Ok(Self { bytes, content_type: request.content_type().to_ascii_lowercase() })
        })
    }
}

/// The `Idempotency-Key` header, if sent: 8 to 128 visible ASCII characters.
#[derive(Debug, Clone)]
pub struct IdempotencyKey(pub Option<String>);

impl FromRequest for IdempotencyKey {
    type Error = ApiError;
    type Future = std::future::Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _payload: &mut Payload) -> Self::Future {
        std::future::ready(idempotency_key(request.headers()).map(Self).map_err(ApiError))
    }
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, AppError> {
    let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
    let key =
        value.to_str().ok().filter(|key| (8..=128).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic()));
    let error = || {
        let mut error = AppError::new(ErrorCode::InvalidField, "请求编号须为8至128个可见的英文字符。");
        error
            .fields
            .push(FieldError {
                pointer: "Idempotency-Key".to_owned(), detail: "8至128个可见的英文字符".to_owned()
            });
        error
    };
    key.map(|key| Some(key.to_owned())).ok_or_else(error)
}
