//! Checking a phone number or a bank account without telling it.

use actix_web::{
    HttpRequest, HttpResponse, Responder as _, get,
    http::header::{CACHE_CONTROL, HeaderValue},
    web::Data,
};
use app::{AppError, check::private};
use domain::KeyPrefix;
use web::{
    ApiError, AppData, Caller, Limits, Path, Problem, Rendered, Tagged,
    checks::{OfficialNumbersReply, PrefixRulesReply, PrivateBucketReply},
};

/// What is listed under lookup keys that begin so.
///
/// The lookup key of a number is the first 16 bytes of SHA-256 over `golden-bell/1`, the kind, a zero byte and the canonical
/// form; send its first five hexadecimal digits and look for the whole key in the reply. Entries of other kinds and padding
/// are among the others and match no number of yours.
#[utoipa::path(tag = "private checks", operation_id = "private_bucket_get",
    params(("prefix" = String, Path, description = "five hexadecimal digits, lower case", example = "87554")),
    responses((status = 200, body = PrivateBucketReply), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("access_token" = [])))]
#[get("/checks/private/{prefix}")]
pub(crate) async fn private_bucket_get(
    caller: Caller,
    app: AppData,
    limits: Data<Limits>,
    request: HttpRequest,
    prefix: Path<String>,
) -> Result<HttpResponse, ApiError> {
    limits.charge_private_check(&caller.0)?;
    let prefix = KeyPrefix::parse(&prefix.0).ok_or_else(AppError::not_found)?;
    let bucket = private::private_bucket(&app, &caller.0, prefix)?;
    let mut response = Rendered(PrivateBucketReply::from(bucket)).respond_to(&request);
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// Number prefixes on the lists.
///
/// For phone numbers whose own key is not in its bucket. Ask again with `If-None-Match`: as long as nothing changed the answer is
/// 304.
#[utoipa::path(tag = "private checks", operation_id = "private_prefix_rules_list",
    responses((status = 200, body = PrefixRulesReply), (status = 304, description = "nothing changed"),
        (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("access_token" = [])))]
#[get("/checks/private/prefix-rules")]
pub(crate) async fn private_prefix_rules_list(
    caller: Caller,
    app: AppData,
    limits: Data<Limits>,
    request: HttpRequest,
) -> Result<Tagged<PrefixRulesReply>, ApiError> {
    limits.charge_checks(&caller.0, &request, 1)?;
    let lists = private::private_small_lists(&app, &caller.0)?;
    Ok(Tagged(PrefixRulesReply::from(&*lists)))
}

/// Official numbers with their owners.
///
/// What a bucket has no room for: whose an `official` number is, and which numbers others may pass themselves off as. With
/// `If-None-Match` as above.
#[utoipa::path(tag = "private checks", operation_id = "private_official_numbers_list",
    responses((status = 200, body = OfficialNumbersReply), (status = 304, description = "nothing changed"),
        (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("access_token" = [])))]
#[get("/checks/private/official-numbers")]
pub(crate) async fn private_official_numbers_list(
    caller: Caller,
    app: AppData,
    limits: Data<Limits>,
    request: HttpRequest,
) -> Result<Tagged<OfficialNumbersReply>, ApiError> {
    limits.charge_checks(&caller.0, &request, 1)?;
    let lists = private::private_small_lists(&app, &caller.0)?;
    Ok(Tagged(OfficialNumbersReply::from(&*lists)))
}
