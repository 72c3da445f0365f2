//! The caller's family, and the families that name the caller.

use actix_web::{HttpResponse, delete, get, http::StatusCode, post, put};
use app::residents::{self, AddMember};
use chrono::{DateTime, Utc};
use domain::{division::DivisionCode, person::Relation};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web::{ApiError, ApiResult, AppData, Caller, Json, Path, Problem, TagRequest};

/// The members the caller named.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FamilyReply {
    /// Oldest first.
    items: Vec<MemberReply>,
}

/// A member.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MemberReply {
    /// Outward id of the link.
    id: String,
    /// `spouse`, `parent`, `child`, `grandparent`, `grandchild`, `sibling` or `other`.
    #[schema(value_type = String)]
    relation: &'static str,
    /// What that is called.
    #[schema(value_type = String)]
    relation_name: &'static str,
    /// `invited` or `active`.
    state: String,
    /// The name with all but its first character hidden.
    name: Option<String>,
    /// The phone with its middle hidden.
    phone: Option<String>,
    /// Protected; null for who has not agreed to be guarded.
    protected: Option<bool>,
    /// The caller learns of the member's warnings.
    guarded: bool,
    /// When an invitation lapses.
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<DateTime<Utc>>,
}

fn family(members: Vec<residents::MemberView>) -> FamilyReply {
    let member = |member: residents::MemberView| MemberReply {
        id: member.id,
        relation: member.relation.as_str(),
        relation_name: member.relation.words_zh(),
        state: member.state,
        name: member.name,
        phone: member.phone,
        protected: member.protected,
        guarded: member.guarded,
        expires_at: member.expires_at,
    };
    FamilyReply { items: members.into_iter().map(member).collect() }
}

/// The members one named.
#[utoipa::path(tag = "family", operation_id = "family_list",
    responses((status = 200, body = FamilyReply), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("access_token" = [])))]
#[get("/family-members")]
pub(crate) async fn family_list(caller: Caller, app: AppData) -> ApiResult<FamilyReply> {
    Ok(actix_web::web::Json(family(residents::family_list(&app, &caller.0).await?)))
}

/// A member to name.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MemberRequest {
    /// `spouse`, `parent`, `child`, `grandparent`, `grandchild`, `sibling` or `other`.
    #[schema(value_type = String)]
    relation: Relation,
    /// The member's name.
    name: String,
    /// The member's phone.
    phone: String,
    /// Year of birth; needed of minors.
    birth_year: Option<i16>,
    /// Risk groups.
    #[serde(default)]
    tags: Vec<TagRequest>,
    /// Code of the home village; the caller's if absent.
    #[schema(value_type = Option<String>)]
    division: Option<DivisionCode>,
    /// The caller is guardian of this minor and agrees for them: warnings to the minor, and that the caller learns of them.
    #[serde(default)]
    as_guardian: bool,
    /// For a minor with a phone of their own: the code sent to it.
    phone_code: Option<String>,
}

/// Name a member: a minor is protected at once on the guardian's word, everybody else is invited and agrees for
/// themselves within 14 days.
#[utoipa::path(tag = "family", operation_id = "family_member_create", request_body = MemberRequest,
    responses((status = 201, body = FamilyReply), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("access_token" = [])))]
#[post("/family-members")]
pub(crate) async fn family_member_create(
    caller: Caller,
    app: AppData,
    body: Json<MemberRequest>,
) -> Result<HttpResponse, ApiError> {
    let said = body.0;
    let member = AddMember {
        relation: said.relation,
        name: said.name,
        phone: said.phone,
        birth_year: said.birth_year,
        tags: said.tags.into_iter().map(Into::into).collect(),
        division: said.division,
        as_guardian: said.as_guardian,
        phone_code: said.phone_code,
    };
    let members = residents::family_add(&app, &caller.0, member).await?;
    Ok(HttpResponse::build(StatusCode::CREATED).json(family(members)))
}

/// Let a member go, or leave a family.
#[utoipa::path(tag = "family", operation_id = "family_member_delete",
    params(("id" = String, Path, description = "Outward id of the link")),
    responses((status = 204), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("access_token" = [])))]
#[delete("/family-members/{id}")]
pub(crate) async fn family_member_delete(
    caller: Caller,
    app: AppData,
    id: Path<String>,
) -> Result<HttpResponse, ApiError> {
    residents::family_remove(&app, &caller.0, &id.0).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Invitations to the caller, and the families the caller belongs to.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct InvitationsReply {
    /// Oldest first.
    items: Vec<InvitationReply>,
}

/// One of them.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct InvitationReply {
    /// Outward id of the link.
    id: String,
    /// `invited` or `active`.
    state: String,
    /// The resident's name with all but its first character hidden.
    from: Option<String>,
    /// What the caller is to that resident.
    #[schema(value_type = String)]
    relation: &'static str,
    /// The resident learns of the caller's warnings.
    guarded: bool,
    /// Code of the home village that was named for the caller.
    division: Option<String>,
    /// When an invitation lapses.
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<DateTime<Utc>>,
}

/// The invitations to one's proved phone, and the families one belongs to.
#[utoipa::path(tag = "family", operation_id = "invitations_list",
    responses((status = 200, body = InvitationsReply), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("access_token" = [])))]
#[get("/invitations")]
pub(crate) async fn invitations_list(caller: Caller, app: AppData) -> ApiResult<InvitationsReply> {
    let views = residents::invitations_list(&app, &caller.0).await?.into_iter();
    let items = views.map(|view| InvitationReply {
        id: view.id,
        state: view.state,
        from: view.from,
        relation: view.relation.as_str(),
        guarded: view.guarded,
        division: view.division.map(|code| code.to_string()),
        expires_at: view.expires_at,
    });
    Ok(actix_web::web::Json(InvitationsReply { items: items.collect() }))
}

/// The answer to an invitation: two consents, each by itself.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AnswerRequest {
    /// Whether the caller accepts.
    accept: bool,
    /// To be protected: the version of the text of `warnings`. Needed to accept.
    warnings_version: Option<String>,
    /// To be guarded: the inviting resident learns that there is a warning, its tier and what to do. Never the content.
    #[serde(default)]
    guarded: bool,
}

/// Answer an invitation.
#[utoipa::path(tag = "family", operation_id = "invitation_answer", request_body = AnswerRequest,
    params(("id" = String, Path, description = "Outward id of the link")),
    responses((status = 204), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("access_token" = [])))]
#[put("/invitations/{id}/answer")]
pub(crate) async fn invitation_answer(
    caller: Caller,
    app: AppData,
    id: Path<String>,
    body: Json<AnswerRequest>,
) -> Result<HttpResponse, ApiError> {
    let AnswerRequest { accept, warnings_version, guarded } = body.0;
    let accepted = match (accept, warnings_version) {
        (false, _) => None,
        (true, Some(version)) => Some((version, guarded)),
        (true, None) => {
            let rule = "接受邀请需要您同意接收预警，请先阅读授权说明。";
            return Err(ApiError(app::AppError::invalid("/warnings_version", rule)));
        }
    };
    residents::invitation_answer(&app, &caller.0, &id.0, accepted).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Agree to be guarded by the resident of a family one belongs to.
#[utoipa::path(tag = "family", operation_id = "guard_set",
    params(("id" = String, Path, description = "Outward id of the link")),
    responses((status = 204), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("access_token" = [])))]
#[put("/invitations/{id}/guard")]
pub(crate) async fn guard_set(caller: Caller, app: AppData, id: Path<String>) -> Result<HttpResponse, ApiError> {
    residents::guard_set(&app, &caller.0, &id.0, true).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Withdraw that.
#[utoipa::path(tag = "family", operation_id = "guard_delete",
    params(("id" = String, Path, description = "Outward id of the link")),
    responses((status = 204), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("access_token" = [])))]
#[delete("/invitations/{id}/guard")]
pub(crate) async fn guard_delete(caller: Caller, app: AppData, id: Path<String>) -> Result<HttpResponse, ApiError> {
    residents::guard_set(&app, &caller.0, &id.0, false).await?;
    Ok(HttpResponse::NoContent().finish())
}
