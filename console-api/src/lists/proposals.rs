//! What is proposed about entries, and deciding on it.

use actix_web::{get, post, web as actix};
use app::lists::{self, Outcome, Proposal, ProposalPage};
use chrono::{DateTime, Utc};
use domain::standing::Ruling;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use web::{ApiResult, AppData, Caller, Json, Problem, Query};

use super::entries::fifty;

/// Which proposals.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ProposalQuery {
    /// `open` or `decided`.
    #[serde(default)]
    #[param(value_type = Option<String>, default = "open")]
    state: ProposalState,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// Proposals on a page, 1 to 200.
    #[serde(default = "fifty")]
    #[param(default = 50, minimum = 1, maximum = 200)]
    limit: u32,
}

/// Whether proposals wait or are decided.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ProposalState {
    /// They wait.
    #[default]
    Open,
    /// They are decided.
    Decided,
}

/// What somebody wants decided about an entry.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProposalReply {
    /// Outward id.
    id: String,
    /// Outward id of the entry.
    entry: String,
    /// The list it is on.
    list: &'static str,
    /// Kind of its subjects.
    kind: &'static str,
    /// Canonical name of its rule.
    canonical: String,
    /// State of the entry now.
    state: String,
    /// What is proposed: `listed`, `suspended` or `lifted`.
    ruling: &'static str,
    /// Where it comes from: `officer`, `guard`, `reports`, `appeal` or `sighting`.
    origin: String,
    /// Why.
    reason: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    created_at: DateTime<Utc>,
    /// True once an officer stands by it; then another one approves.
    supported: bool,
    /// When it was decided; null while it waits.
    #[schema(value_type = Option<String>, format = DateTime)]
    decided_at: Option<DateTime<Utc>>,
    /// How it was decided.
    approved: Option<bool>,
    /// Why it was decided so.
    decision_reason: Option<String>,
}

impl From<Proposal> for ProposalReply {
    fn from(proposal: Proposal) -> Self {
        Self {
            id: proposal.public_id,
            entry: proposal.entry,
            list: proposal.list.as_str(),
            kind: proposal.kind.as_str(),
            canonical: proposal.canonical,
            state: proposal.state,
            ruling: proposal.ruling.as_str(),
            origin: proposal.origin,
            reason: proposal.reason,
            created_at: proposal.created_at,
            supported: proposal.proposed_by.is_some(),
            decided_at: proposal.decided_at,
            approved: proposal.approved,
            decision_reason: proposal.decision_reason,
        }
    }
}

/// Some proposals.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProposalListReply {
    /// The proposals, newest first.
    items: Vec<ProposalReply>,
    /// Where the next page begins; null at the end.
    next_cursor: Option<String>,
}

/// Proposals that wait, or were decided.
#[utoipa::path(tag = "lists", operation_id = "list_proposal_list", params(ProposalQuery),
    responses((status = 200, body = ProposalListReply), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("access_token" = [])))]
#[get("/console/lists/proposals")]
pub(crate) async fn list_proposal_list(
    caller: Caller,
    app: AppData,
    query: Query<ProposalQuery>,
) -> ApiResult<ProposalListReply> {
    let ProposalQuery { state, cursor, limit } = query.0;
    let open = state == ProposalState::Open;
    let ProposalPage { items, next_cursor } = lists::proposals_list(&app, &caller.0, open, cursor, limit).await?;
    Ok(actix::Json(ProposalListReply { items: items.into_iter().map(ProposalReply::from).collect(), next_cursor }))
}

/// A ruling that is wanted for entries.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RulingsRequest {
    /// Outward ids of 1 to 200 entries.
    entries: Vec<String>,
    /// `listed`, `suspended` or `lifted`.
    #[schema(value_type = String)]
    ruling: Ruling,
    /// Why.
    reason: String,
    /// Only say what would come of it.
    #[serde(default)]
    preview: bool,
}

/// What became of each.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OutcomesReply {
    /// In the order of the request.
    items: Vec<OutcomeReply>,
}

/// What became of one, or in a preview would become of it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OutcomeReply {
    /// The outward id in the request.
    id: String,
    /// What it is about.
    canonical: Option<String>,
    /// Outward id of the proposal.
    proposal: Option<String>,
    /// State of the entry before.
    state: Option<&'static str>,
    /// State of the entry once all that is needed is decided.
    state_after: Option<&'static str>,
    /// Why it cannot be done; null where it can.
    refused: Option<String>,
}

impl From<Vec<Outcome>> for OutcomesReply {
    fn from(outcomes: Vec<Outcome>) -> Self {
        let reply = |outcome: Outcome| OutcomeReply {
            id: outcome.id,
            canonical: outcome.canonical,
            proposal: outcome.proposal,
            state: outcome.state.map(|state| state.as_str()),
            state_after: outcome.state_after.map(|state| state.as_str()),
            refused: outcome.refused,
        };
        Self { items: outcomes.into_iter().map(reply).collect() }
    }
}

/// Propose a ruling for entries, all or none. Nothing changes until another officer approves.
#[utoipa::path(tag = "lists", operation_id = "list_rulings_propose", request_body = RulingsRequest,
    responses((status = 200, body = OutcomesReply), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("access_token" = [])))]
#[post("/console/lists/proposals")]
pub(crate) async fn list_rulings_propose(
    caller: Caller,
    app: AppData,
    body: Json<RulingsRequest>,
) -> ApiResult<OutcomesReply> {
    let RulingsRequest { entries, ruling, reason, preview } = body.0;
    let outcomes = lists::rulings_propose(&app, &caller.0, entries, ruling, &reason, preview).await?;
    Ok(actix::Json(outcomes.into()))
}

/// A decision on proposals.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DecisionsRequest {
    /// Outward ids of 1 to 200 proposals.
    proposals: Vec<String>,
    /// True approves, false declines.
    approve: bool,
    /// Why.
    reason: String,
    /// Only say what would come of it.
    #[serde(default)]
    preview: bool,
}

/// Decide on proposals, all or none. An officer's proposal is approved by another officer; what the system proposed by two
/// officers, one after the other.
#[utoipa::path(tag = "lists", operation_id = "list_proposals_decide", request_body = DecisionsRequest,
    responses((status = 200, body = OutcomesReply), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("access_token" = [])))]
#[post("/console/lists/proposals/decisions")]
pub(crate) async fn list_proposals_decide(
    caller: Caller,
    app: AppData,
    body: Json<DecisionsRequest>,
) -> ApiResult<OutcomesReply> {
    let DecisionsRequest { proposals, approve, reason, preview } = body.0;
    let outcomes = lists::proposals_decide(&app, &caller.0, proposals, approve, &reason, preview).await?;
    Ok(actix::Json(outcomes.into()))
}
