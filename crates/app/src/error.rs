//! The one kind of failure: a stable code for programs, a sentence for people, a cause for the log.

use std::{borrow::Cow, fmt};

use store::StoreError;

/// Every code an error reply can carry. Stable: clients depend on the words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ErrorCode {
    /// A field breaks its rule; the reply points to it.
    InvalidField,
    /// The body, query or header cannot be read at all.
    MalformedRequest,
    /// The body is larger than this route takes.
    BodyTooLarge,
    /// The body did not arrive in time.
    BodyTooSlow,
    /// No valid sign-in.
    Unauthenticated,
    /// The WeChat code is wrong, used or too old: the client signs in again.
    WechatCodeInvalid,
    /// WeChat holds the person for high-risk.
    WechatUserBlocked,
    /// WeChat is busy or out of reach.
    WechatUnavailable,
    /// User name, password or one-time code is wrong; which one is not said.
    SignInRefused,
    /// The refresh token is wrong, used or too old.
    RefreshRefused,
    /// The signature of an upstream request does not hold.
    SignatureRefused,
    /// The code of the phone button is wrong, used or too old, or belongs to somebody else.
    PhoneCodeInvalid,
    /// The code sent by SMS is wrong, used or too old.
    SmsCodeInvalid,
    /// The text cannot be sent now.
    SmsUnavailable,
    /// First the caller has to register.
    NotRegistered,
    /// Eight members are named already.
    FamilyFull,
    /// Signed in, but without the right.
    Forbidden,
    /// No such thing, or none the caller may know of.
    NotFound,
    /// The route exists, the method does not.
    MethodNotAllowed,
    /// It contradicts what is there.
    Conflict,
    /// The same Idempotency-Key came with another request.
    IdempotencyKeyReused,
    /// Content type or encoding this route does not take.
    UnsupportedMediaType,
    /// Too many requests; try again after the time given.
    TooManyRequests,
    /// Something the request needs is down; try again after the time given.
    Unavailable,
    /// A defect. The cause stands in the log under the request id.
    Internal,
}

impl ErrorCode {
    /// Every code.
    pub const ALL: [Self; 25] = [
        Self::InvalidField,
        Self::MalformedRequest,
        Self::BodyTooLarge,
        Self::BodyTooSlow,
        Self::Unauthenticated,
        Self::WechatCodeInvalid,
        Self::WechatUserBlocked,
        Self::WechatUnavailable,
        Self::SignInRefused,
        Self::RefreshRefused,
        Self::SignatureRefused,
        Self::PhoneCodeInvalid,
        Self::SmsCodeInvalid,
        Self::SmsUnavailable,
        Self::NotRegistered,
        Self::FamilyFull,
        Self::Forbidden,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::Conflict,
        Self::IdempotencyKeyReused,
        Self::UnsupportedMediaType,
        Self::TooManyRequests,
        Self::Unavailable,
        Self::Internal,
    ];

    /// The stable word, the HTTP status (RFC 9110) and a short title.
    const fn facts(self) -> (&'static str, u16, &'static str) {
        match self {
            Self::InvalidField => ("invalid_field", 422, "内容有误"),
            Self::MalformedRequest => ("malformed_request", 400, "请求格式有误"),
            Self::BodyTooLarge => ("body_too_large", 413, "内容过大"),
            Self::BodyTooSlow => ("body_too_slow", 408, "内容发送超时"),
            Self::Unauthenticated => ("unauthenticated", 401, "请先登录"),
            Self::WechatCodeInvalid => ("wechat_code_invalid", 401, "微信登录已过期"),
            Self::WechatUserBlocked => ("wechat_user_blocked", 403, "微信限制登录"),
            Self::WechatUnavailable => ("wechat_unavailable", 503, "微信暂时无法登录"),
            Self::SignInRefused => ("sign_in_refused", 401, "登录失败"),
            Self::RefreshRefused => ("refresh_refused", 401, "登录已失效"),
            Self::SignatureRefused => ("signature_refused", 401, "签名无效"),
            Self::PhoneCodeInvalid => ("phone_code_invalid", 422, "手机号没有验证成功"),
            Self::SmsCodeInvalid => ("sms_code_invalid", 422, "验证码不对"),
            Self::SmsUnavailable => ("sms_unavailable", 503, "短信暂时发不出"),
            Self::NotRegistered => ("not_registered", 409, "还没有登记"),
            Self::FamilyFull => ("family_full", 409, "家人已满"),
            Self::Forbidden => ("forbidden", 403, "没有权限"),
            Self::NotFound => ("not_found", 404, "没有找到"),
            Self::MethodNotAllowed => ("method_not_allowed", 405, "不支持的方法"),
            Self::Conflict => ("conflict", 409, "与已有内容冲突"),
            Self::IdempotencyKeyReused => ("idempotency_key_reused", 409, "重复的请求编号"),
            Self::UnsupportedMediaType => ("unsupported_media_type", 415, "不支持的内容类型"),
            Self::TooManyRequests => ("too_many_requests", 429, "操作过于频繁"),
            Self::Unavailable => ("unavailable", 503, "暂时无法处理"),
            Self::Internal => ("internal", 500, "系统出错"),
        }
    }

    /// The stable word.
    pub const fn as_str(self) -> &'static str {
        self.facts().0
    }

    /// The HTTP status.
    pub const fn status(self) -> u16 {
        self.facts().1
    }

    /// A short title in Chinese.
    pub const fn title(self) -> &'static str {
        self.facts().2
    }
}

/// A field that breaks its rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// JSON pointer into the body (RFC 6901), or the name of a query parameter or header.
    pub pointer: String,
    /// The rule, in Chinese.
    pub detail: String,
}

/// A failure of a use case.
#[derive(Debug)]
pub struct AppError {
    /// For programs.
    pub code: ErrorCode,
    /// For people: what is wrong and what to do next.
    pub detail: Cow<'static, str>,
    /// The fields at fault, if any.
    pub fields: Vec<FieldError>,
    /// Seconds after which trying again makes sense.
    pub retry_after: Option<u32>,
    /// For the log only; never in a reply, never personal data.
    pub cause: Option<String>,
}

impl AppError {
    /// A failure with its code and sentence.
    pub fn new(code: ErrorCode, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { code, detail: detail.into(), fields: Vec::new(), retry_after: None, cause: None }
    }

    /// One field breaks its rule.
    pub fn invalid(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        let mut error = Self::new(ErrorCode::InvalidField, detail.clone());
        error.fields.push(FieldError { pointer: pointer.into(), detail });
        error
    }

    /// No valid sign-in.
    pub fn unauthenticated() -> Self {
        Self::new(ErrorCode::Unauthenticated, "请先登录，再进行此操作。")
    }

    /// Signed in, but without the right.
    pub fn forbidden() -> Self {
        Self::new(ErrorCode::Forbidden, "您的账号没有此项权限，如有需要请联系管理员。")
    }

    /// Nothing there, or nothing the caller may know of.
    pub fn not_found() -> Self {
        Self::new(ErrorCode::NotFound, "没有找到您要的内容，请核对后再试。")
    }

    /// Too many requests.
    pub fn too_many(retry_after: u32) -> Self {
        let mut error = Self::new(ErrorCode::TooManyRequests, format!("操作过于频繁，请在{retry_after}秒后再试。"));
        error.retry_after = Some(retry_after);
        error
    }

    /// Something the request needs is down.
    pub fn unavailable(cause: impl Into<String>) -> Self {
        let mut error = Self::new(ErrorCode::Unavailable, "系统正忙，内容没有保存，请稍后再试。");
        error.retry_after = Some(2);
        error.cause = Some(cause.into());
        error
    }

    /// A defect.
    pub fn internal(cause: impl Into<String>) -> Self {
        let mut error = Self::new(ErrorCode::Internal, "系统出错，请稍后再试；如仍不行，请把请求编号告诉工作人员。");
        error.cause = Some(cause.into());
        error
    }
}

impl fmt::Display for AppError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code.as_str(), self.detail)?;
        self.cause.iter().try_for_each(|cause| write!(f, " ({cause})"))
    }
}

impl std::error::Error for AppError {}

impl From<StoreError> for AppError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(cause) => Self::unavailable(cause),
            StoreError::NotFound => Self::not_found(),
            StoreError::AlreadyExists(cause) => {
                let mut error = Self::new(ErrorCode::Conflict, "已有相同的内容，请勿重复提交。");
                error.cause = Some(cause);
                error
            }
            StoreError::BrokenReference(cause) => {
                let mut error = Self::new(ErrorCode::Conflict, "所引用的内容不存在，或仍被使用。");
                error.cause = Some(cause);
                error
            }
            fault @ (StoreError::Unreadable(_) | StoreError::Fault(_)) => Self::internal(fault.to_string()),
        }
    }
}
