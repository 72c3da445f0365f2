//! Who stands in for whom.

use actix_web::{CustomizeResponder, HttpResponse, Responder as _, delete, get, http::StatusCode, post, web as actix};
use app::duty::{self, NameSubstitute, SubstituteView};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use web::{ApiError, ApiResult, AppData, Caller, IdempotencyKey, Json, PageReply, Path, Problem, Query};

use super::{OfficerNameReply, hundred};
use crate::times::day;

/// Who stands in for whom.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SubstituteReply {
    /// Outward id.
    id: String,
    /// Who is away.
    officer: OfficerNameReply,
    /// Who stands in.
    substitute: OfficerNameReply,
    /// First day, in Beijing.
    #[schema(format = Date)]
    from_day: String,
    /// Last day, in Beijing.
    #[schema(format = Date)]
    to_day: String,
}

impl From<SubstituteView> for SubstituteReply {
    fn from(view: SubstituteView) -> Self {
        Self {
            id: view.id,
            officer: view.officer.into(),
            substitute: view.substitute.into(),
            from_day: view.from_day.to_string(),
            to_day: view.to_day.to_string(),
        }
    }
}

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct SubstituteQuery {
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// Substitutions on a page, 1 to 200.
    #[serde(default = "hundred")]
    #[param(default = 100, minimum = 1, maximum = 200)]
    limit: u32,
}

/// Who stands in for whom, today and later, in units inside one's own divisions, in the order in which it was entered.
#[utoipa::path(tag = "duty", operation_id = "substitutes_list", params(SubstituteQuery),
    responses((status = 200, body = PageReply<SubstituteReply>), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("access_token" = [])))]
#[get("/console/substitutes")]
pub(crate) async fn substitutes_list(
    caller: Caller,
    app: AppData,
    query: Query<SubstituteQuery>,
) -> ApiResult<PageReply<SubstituteReply>> {
    let page = duty::substitutes_list(&app, &caller.0, query.0.cursor, query.0.limit).await?;
    Ok(actix::Json(PageReply::of(page)))
}

/// A substitute to name.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SubstituteRequest {
    /// Outward id of the officer who is away.
    officer: String,
    /// Outward id of who stands in.
    substitute: String,
    /// First day, in Beijing, today or later.
    #[schema(format = Date, example = "2026-12-01")]
    from_day: String,
    /// Last day, in Beijing, at most 366 days later.
    #[schema(format = Date, example = "2026-12-07")]
    to_day: String,
}

/// Name who stands in for an officer on certain days. With an `Idempotency-Key` the same request names them once.
#[utoipa::path(tag = "duty", operation_id = "substitute_create", request_body = SubstituteRequest,
    params(("Idempotency-Key" = Option<String>, Header, description = "Names the request, so that a repeat does nothing new")),
    responses((status = 201, body = SubstituteReply), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("access_token" = [])))]
#[post("/console/substitutes")]
pub(crate) async fn substitute_create(
    caller: Caller,
    app: AppData,
    key: IdempotencyKey,
    body: Json<SubstituteRequest>,
) -> Result<CustomizeResponder<actix::Json<SubstituteReply>>, ApiError> {
    let SubstituteRequest { officer, substitute, from_day, to_day } = body.0;
    let (from_day, to_day) = (day("/from_day", &from_day)?, day("/to_day", &to_day)?);
    let request = NameSubstitute { officer, substitute, from_day, to_day };
    let view = duty::substitute_create(&app, &caller.0, request, key.0).await?;
    Ok(actix::Json(SubstituteReply::from(view)).customize().with_status(StatusCode::CREATED))
}

/// End a substitution at once: the officer is on duty again.
#[utoipa::path(tag = "duty", operation_id = "substitute_end",
    params(("id" = String, Path, description = "Outward id of the substitution")),
    responses((status = 204), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("access_token" = [])))]
#[delete("/console/substitutes/{id}")]
pub(crate) async fn substitute_end(caller: Caller, app: AppData, id: Path<String>) -> Result<HttpResponse, ApiError> {
    duty::substitute_end(&app, &caller.0, &id.0).await?;
    Ok(HttpResponse::NoContent().finish())
}
