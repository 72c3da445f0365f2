//! What providers tell us of their own accord: proved, kept, acknowledged, in this order. A receipt that comes twice does
//! nothing twice.

mod wechat_address;
mod wechat_push;

use channels::wechat::PushError;
pub use channels::wechat::PushQuery;
pub use wechat_address::wechat_address_prove;
pub use wechat_push::wechat_push_take;

use crate::{AppError, ErrorCode};

/// Who is refused is a program: the sentence is for whoever reads its log.
fn refusal(error: PushError) -> AppError {
    let mut refusal = match error {
        PushError::NotConfigured => return AppError::not_found(),
        PushError::Forged | PushError::Stale => AppError::new(ErrorCode::Forbidden, "推送的签名无效或已过期，未处理。"),
        PushError::Malformed => AppError::new(ErrorCode::MalformedRequest, "推送的内容无法识别，未处理。"),
    };
    refusal.cause = Some(error.to_string());
    refusal
}
