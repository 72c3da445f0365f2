//! WeChat makes sure that the address set there is ours.

use super::{PushQuery, refusal};
use crate::{App, AppError};

/// What WeChat wants to hear again. Nobody signs in for this: the signature is the proof.
///
/// # Errors
/// `not_found` where pushes are not configured; `forbidden` where the signature does not hold or is not of now;
/// `malformed_request` where there is nothing to echo.
pub fn wechat_address_prove(app: &App, query: &PushQuery) -> Result<String, AppError> {
    app.wechat.push_echo(query).map_err(refusal)
}
