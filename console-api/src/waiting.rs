//! What waits for an officer's word: sign-ups that look odd, invitations that somebody cannot answer themselves.

use actix_web::{HttpResponse, get, put};
use app::residents;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use web::{ApiError, ApiResult, AppData, Caller, Json, Path, Problem, Query};

use crate::persons::PersonReply;

const fn fifty() -> u32 {
    50
}

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ReviewQuery {
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// Reviews on a page, 1 to 100.
    #[serde(default = "fifty")]
    #[param(default = 50, minimum = 1, maximum = 100)]
    limit: u32,
}

/// Sign-ups that wait for a decision, oldest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReviewListReply {
    /// The reviews.
    items: Vec<ReviewReply>,
    /// Where the next page begins; null at the end.
    next_cursor: Option<String>,
}

/// A sign-up that waits.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReviewReply {
    /// Outward id.
    id: String,
    /// Why it looks odd: `device`, `address`, `officer`, `risk_rank`, `no_recent_visit`.
    reasons: Vec<String>,
    /// Since when.
    #[schema(value_type = String, format = DateTime)]
    opened_at: DateTime<Utc>,
    /// Who signed up.
    person: PersonReply,
}

/// The sign-ups in one's divisions that look odd and wait for a decision.
#[utoipa::path(tag = "residents", operation_id = "sign_up_reviews_list", params(ReviewQuery),
    responses((status = 200, body = ReviewListReply), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("access_token" = [])))]
#[get("/console/sign-up-reviews")]
pub(crate) async fn sign_up_reviews_list(
    caller: Caller,
    app: AppData,
    query: Query<ReviewQuery>,
) -> ApiResult<ReviewListReply> {
    let page = residents::reviews_list(&app, &caller.0, query.0.cursor, query.0.limit).await?;
    let review = |view: residents::ReviewView| ReviewReply {
        id: view.id,
        reasons: view.reasons,
        opened_at: view.opened_at,
        person: view.person.into(),
    };
    let items = page.items.into_iter().map(review).collect();
    Ok(actix_web::web::Json(ReviewListReply { items, next_cursor: page.next_cursor }))
}

/// A decision.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DecisionRequest {
    /// True if the sign-up is sound: then it counts.
    accept: bool,
}

/// Decide on a sign-up. The same decision twice is the same answer.
#[utoipa::path(tag = "residents", operation_id = "sign_up_review_decide", request_body = DecisionRequest,
    params(("id" = String, Path, description = "Outward id of the review")),
    responses((status = 204), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("access_token" = [])))]
#[put("/console/sign-up-reviews/{id}/decision")]
pub(crate) async fn sign_up_review_decide(
    caller: Caller,
    app: AppData,
    id: Path<String>,
    body: Json<DecisionRequest>,
) -> Result<HttpResponse, ApiError> {
    residents::review_decide(&app, &caller.0, &id.0, body.0.accept).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Invitations that wait for an answer, oldest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WaitingInvitationListReply {
    /// The invitations.
    items: Vec<WaitingInvitationReply>,
    /// Where the next page begins; null at the end.
    next_cursor: Option<String>,
}

/// An invitation that waits.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WaitingInvitationReply {
    /// Outward id of the link.
    id: String,
    /// What the invited person is to the resident.
    #[schema(value_type = String)]
    relation: &'static str,
    /// Who is invited.
    person: PersonReply,
    /// When it lapses.
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<DateTime<Utc>>,
}

/// The invitations into families, of persons in one's divisions, that wait for an answer.
#[utoipa::path(tag = "residents", operation_id = "family_invitations_list", params(ReviewQuery),
    responses((status = 200, body = WaitingInvitationListReply), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("access_token" = [])))]
#[get("/console/family-invitations")]
pub(crate) async fn family_invitations_list(
    caller: Caller,
    app: AppData,
    query: Query<ReviewQuery>,
) -> ApiResult<WaitingInvitationListReply> {
    let page = residents::waiting_invitations(&app, &caller.0, query.0.cursor, query.0.limit).await?;
    let waiting = |one: residents::WaitingInvitation| WaitingInvitationReply {
        id: one.id,
        relation: one.relation.as_str(),
        person: one.person.into(),
        expires_at: one.expires_at,
    };
    let items = page.items.into_iter().map(waiting).collect();
    Ok(actix_web::web::Json(WaitingInvitationListReply { items, next_cursor: page.next_cursor }))
}

/// An officer's word for somebody who cannot accept an invitation themselves.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct InvitationAttestRequest {
    /// How the person agreed, and why they could not do it themselves: 2 to 100 characters.
    attestation: String,
    /// They also agreed to be guarded by who invited them.
    #[serde(default)]
    guarded: bool,
}

/// Accept an invitation on one's word.
#[utoipa::path(tag = "residents", operation_id = "family_invitation_attest", request_body = InvitationAttestRequest,
    params(("id" = String, Path, description = "Outward id of the link")),
    responses((status = 200, body = PersonReply), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("access_token" = [])))]
#[put("/console/family-invitations/{id}/attestation")]
pub(crate) async fn family_invitation_attest(
    caller: Caller,
    app: AppData,
    id: Path<String>,
    body: Json<InvitationAttestRequest>,
) -> ApiResult<PersonReply> {
    let InvitationAttestRequest { attestation, guarded } = body.0;
    let view = residents::invitation_attest(&app, &caller.0, &id.0, &attestation, guarded).await?;
    Ok(actix_web::web::Json(view.into()))
}
