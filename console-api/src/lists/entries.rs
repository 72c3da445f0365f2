//! Entries: finding them, all that is known of one, and proposing a new one.

use actix_web::{HttpResponse, get, post, web as actix};
use app::lists::{self, EntryPage, EntryProposal, EntrySearch, EntryStory, SourceView};
use chrono::{DateTime, NaiveDate, Utc};
use domain::{ListKind, MatchRule, SubjectKind, standing::EntryState};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use web::{ApiError, ApiResult, AppData, Caller, Json, Path, Problem, Query};

use super::ProposalReply;

/// What is looked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct EntryQuery {
    /// `blacklist`, `allowlist` or `guardlist`.
    #[param(value_type = Option<String>)]
    list: Option<ListKind>,
    /// Kind of the subject; needed with `value`.
    #[param(value_type = Option<String>)]
    kind: Option<SubjectKind>,
    /// `proposed`, `active`, `suspended`, `withdrawn` or `expired`.
    #[param(value_type = Option<String>)]
    state: Option<EntryState>,
    /// Code or name of the fraud type.
    fraud_type: Option<String>,
    /// Name of a source that claims it.
    source: Option<String>,
    /// A number, link or account: entries that cover it.
    value: Option<String>,
    /// Only what changed after this number, in the order of changes.
    changed_after: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// Entries on a page, 1 to 200.
    #[serde(default = "fifty")]
    #[param(default = 50, minimum = 1, maximum = 200)]
    limit: u32,
}

pub(super) const fn fifty() -> u32 {
    50
}

/// An entry.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EntryReply {
    /// Outward id.
    id: String,
    /// `blacklist`, `allowlist` or `guardlist`.
    list: &'static str,
    /// Kind of its subjects.
    kind: &'static str,
    /// How far it reaches.
    rule: &'static str,
    /// Canonical name of the rule.
    canonical: String,
    /// Code of the fraud type.
    fraud_type: Option<String>,
    /// 0 (unknown) to 3 (grave).
    severity: i16,
    /// Who brought it first.
    source: String,
    /// Whose subject it is.
    owner: Option<String>,
    /// First day seen, as sources say.
    #[schema(value_type = Option<String>, format = Date)]
    first_seen: Option<NaiveDate>,
    /// Last day seen.
    #[schema(value_type = Option<String>, format = Date)]
    last_seen: Option<NaiveDate>,
    /// `proposed`, `active`, `suspended`, `withdrawn` or `expired`.
    state: &'static str,
    /// True where a guard list holds it until two officers decide.
    held: bool,
    /// What two officers decided: `listed`, `suspended`, `lifted`; null if nothing.
    ruling: Option<&'static str>,
    /// The day on which it expires if no source says it again.
    #[schema(value_type = Option<String>, format = Date)]
    expires_on: Option<NaiveDate>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    created_at: DateTime<Utc>,
    /// When it last changed.
    #[schema(value_type = String, format = DateTime)]
    updated_at: DateTime<Utc>,
    /// Number of its last change.
    change_number: i64,
}

impl From<lists::Entry> for EntryReply {
    fn from(entry: lists::Entry) -> Self {
        Self {
            id: entry.public_id,
            list: entry.list.as_str(),
            kind: entry.kind.as_str(),
            rule: entry.rule.as_str(),
            canonical: entry.canonical,
            fraud_type: entry.fraud_type,
            severity: entry.severity,
            source: entry.source,
            owner: entry.owner,
            first_seen: entry.first_seen,
            last_seen: entry.last_seen,
            state: entry.state.as_str(),
            held: entry.held,
            ruling: entry.ruling.map(|ruling| ruling.as_str()),
            expires_on: entry.expires_on,
            created_at: entry.created_at,
            updated_at: entry.updated_at,
            change_number: entry.change_number,
        }
    }
}

/// Some entries.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EntryListReply {
    /// The entries, newest first; in the order of changes where changes were asked for.
    items: Vec<EntryReply>,
    /// Where the next page begins; null at the end.
    next_cursor: Option<String>,
}

/// Entries of the lists.
#[utoipa::path(tag = "lists", operation_id = "list_entry_list", params(EntryQuery),
    responses((status = 200, body = EntryListReply), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("access_token" = [])))]
#[get("/console/lists/entries")]
pub(crate) async fn list_entry_list(
    caller: Caller,
    app: AppData,
    query: Query<EntryQuery>,
) -> ApiResult<EntryListReply> {
    let EntryQuery { list, kind, state, fraud_type, source, value, changed_after, cursor, limit } = query.0;
    let search = EntrySearch { list, kind, state, fraud_type, source, value, changed_after };
    let EntryPage { items, next_cursor } = lists::entries_list(&app, &caller.0, search, cursor, limit).await?;
    Ok(actix::Json(EntryListReply { items: items.into_iter().map(EntryReply::from).collect(), next_cursor }))
}

/// All that is known of an entry.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EntryStoryReply {
    /// The entry.
    entry: EntryReply,
    /// Its score today, 0 to 100: what its sources say, less what their word has lost with age. Null where nothing is scored.
    score: Option<u8>,
    /// What each source says.
    claims: Vec<ClaimReply>,
    /// What was proposed and decided, newest first.
    proposals: Vec<ProposalReply>,
    /// What happened, newest first.
    events: Vec<EventReply>,
}

/// What a source says of an entry.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ClaimReply {
    /// Its name.
    source: String,
    /// How sure it is, 0 to 100.
    confidence: i16,
    /// The day on which it last said so.
    #[schema(value_type = String, format = Date)]
    seen_on: NaiveDate,
    /// The share of its entries that is active on its word alone, in percent.
    share: i16,
}

/// Something that happened to an entry.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EventReply {
    /// When.
    #[schema(value_type = String, format = DateTime)]
    at: DateTime<Utc>,
    /// `officer`, `source`, `system` or `operator`.
    actor_kind: String,
    /// Outward id of the officer, or name of the source.
    actor_id: String,
    /// What was done.
    action: String,
    /// The state afterwards.
    state: String,
    /// Why.
    reason: String,
}

impl From<EntryStory> for EntryStoryReply {
    fn from(story: EntryStory) -> Self {
        let EntryStory { entry, score, claims, proposals, events } = story;
        let claim = |claim: lists::EntryClaim| ClaimReply {
            source: claim.source,
            confidence: claim.confidence,
            seen_on: claim.seen_on,
            share: claim.share,
        };
        let event = |event: lists::ListEvent| EventReply {
            at: event.at,
            actor_kind: event.actor_kind,
            actor_id: event.actor_id,
            action: event.action,
            state: event.state,
            reason: event.reason,
        };
        Self {
            entry: entry.into(),
            score,
            claims: claims.into_iter().map(claim).collect(),
            proposals: proposals.into_iter().map(ProposalReply::from).collect(),
            events: events.into_iter().map(event).collect(),
        }
    }
}

/// All that is known of one entry.
#[utoipa::path(tag = "lists", operation_id = "list_entry_get",
    params(("id" = String, Path, description = "Outward id of the entry")),
    responses((status = 200, body = EntryStoryReply), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("access_token" = [])))]
#[get("/console/lists/entries/{id}")]
pub(crate) async fn list_entry_get(caller: Caller, app: AppData, id: Path<String>) -> ApiResult<EntryStoryReply> {
    Ok(actix::Json(lists::entry_get(&app, &caller.0, id.0).await?.into()))
}

/// An entry that is wanted on a list.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EntryRequest {
    /// `blacklist`, `allowlist` or `guardlist`.
    #[schema(value_type = String)]
    list: ListKind,
    /// Kind of its subjects.
    #[schema(value_type = String)]
    kind: SubjectKind,
    /// How far it reaches; by the look of the value if absent.
    #[schema(value_type = Option<String>)]
    rule: Option<MatchRule>,
    /// The number, link or account.
    value: String,
    /// Code or name of the fraud type; needed for the blacklist.
    fraud_type: Option<String>,
    /// 0 (unknown) to 3 (grave).
    #[serde(default)]
    severity: u8,
    /// Whose subject it is.
    owner: Option<String>,
    /// Why it belongs there.
    reason: String,
}

/// What was made.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EntryProposedReply {
    /// Outward id of the entry, which waits.
    entry: String,
    /// Outward id of the proposal that another officer decides.
    proposal: String,
}

/// Propose a new entry. It has no effect until another officer approves.
#[utoipa::path(tag = "lists", operation_id = "list_entry_propose", request_body = EntryRequest,
    responses((status = 201, body = EntryProposedReply), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("access_token" = [])))]
#[post("/console/lists/entries")]
pub(crate) async fn list_entry_propose(
    caller: Caller,
    app: AppData,
    body: Json<EntryRequest>,
) -> Result<HttpResponse, ApiError> {
    let EntryRequest { list, kind, rule, value, fraud_type, severity, owner, reason } = body.0;
    let request = EntryProposal { list, kind, rule, value, fraud_type, severity, owner, reason };
    let (entry, proposal) = lists::entry_propose(&app, &caller.0, request).await?;
    Ok(HttpResponse::Created().json(EntryProposedReply { entry, proposal }))
}

/// A source of the blacklist.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SourceReply {
    /// Its name.
    name: String,
    /// How sure it is, 0 to 100.
    confidence: i16,
    /// Percent of its entries that are active on its word alone.
    share: i16,
    /// Its entries that proved right.
    confirmed: i64,
    /// Its entries that proved wrong.
    refuted: i64,
    /// Part of the judged ones that proved right, 0 to 1; null before one was judged.
    precision: Option<f64>,
}

/// All sources.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SourceListReply {
    /// By name.
    items: Vec<SourceReply>,
}

/// The sources of the blacklist and the quality of what they brought.
#[utoipa::path(tag = "lists", operation_id = "list_source_list",
    responses((status = 200, body = SourceListReply), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("access_token" = [])))]
#[get("/console/lists/sources")]
pub(crate) async fn list_source_list(caller: Caller, app: AppData) -> ApiResult<SourceListReply> {
    let source = |source: SourceView| {
        let SourceView { name, confidence, share, confirmed, refuted, precision } = source;
        SourceReply { name, confidence, share, confirmed, refuted, precision }
    };
    let items = lists::sources_list(&app, &caller.0).await?.into_iter().map(source).collect();
    Ok(actix::Json(SourceListReply { items }))
}
