//! An owner follows an objection.

use chrono::{DateTime, NaiveDate, Utc};
use domain::{
    ListKind, Subject, SubjectKind,
    appeal::{FILE_PATH, TXT_LABEL, methods},
    authorization::{Action, Scope},
    fraud_type::{self, FraudCode},
};
use lookup::Record;
use store::{
    DbConnection, StoreError,
    appeals::{StoredAppeal, appeal_hold, appeals_of},
    list_entries::list_entry_claims,
    list_proposals::list_proposal_hold,
    persons::person_find,
};

use super::prove::host;
use crate::{App, AppError, Context};

/// Appeals in one reply; nobody has as many.
const MOST: i64 = 200;

/// Where an appeal stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AppealState {
    /// Ownership is not proved: nothing moves.
    Unproved,
    /// The clock runs.
    Open,
    /// It was right: the entry is off, or has its exception.
    Lifted,
    /// It was not.
    Upheld,
    /// It is over without a decision.
    Withdrawn,
}

impl AppealState {
    /// The stable word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unproved => "unproved",
            Self::Open => "open",
            Self::Lifted => "lifted",
            Self::Upheld => "upheld",
            Self::Withdrawn => "withdrawn",
        }
    }

    pub(super) fn of(appeal: &StoredAppeal) -> Self {
        match (appeal.outcome.as_deref(), appeal.proved_at) {
            (Some("lifted"), _) => Self::Lifted,
            (Some("upheld"), _) => Self::Upheld,
            (Some(_), _) => Self::Withdrawn,
            (None, Some(_)) => Self::Open,
            (None, None) => Self::Unproved,
        }
    }
}

/// Why a subject is listed: in fact and in law. Told to a proved owner.
#[derive(Debug, Clone)]
pub struct AppealWhy {
    /// Code of the fraud type.
    pub fraud_type: String,
    /// What it is called.
    pub fraud_type_name: String,
    /// First day seen.
    pub first_seen: Option<NaiveDate>,
    /// Last day seen.
    pub last_seen: Option<NaiveDate>,
    /// How many sources say so. Who they are is not told.
    pub sources: usize,
    /// All that in words, with the article.
    pub text: String,
}

/// An appeal as its owner sees it.
#[derive(Debug, Clone)]
pub struct AppealView {
    /// Outward id.
    pub id: String,
    /// Kind of the subject.
    pub kind: SubjectKind,
    /// Canonical form of the subject.
    pub canonical: String,
    /// What the owner said.
    pub statement: String,
    /// Where it stands.
    pub state: AppealState,
    /// That in a sentence.
    pub text: String,
    /// How ownership can be proved.
    pub methods: Vec<&'static str>,
    /// The text to publish.
    pub token: String,
    /// The name of the TXT record, for sites.
    pub txt_name: Option<String>,
    /// The address of the file, for sites.
    pub file_url: Option<String>,
    /// Why it is listed.
    pub why: Option<AppealWhy>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was proved.
    pub proved_at: Option<DateTime<Utc>>,
    /// By when it has to be decided.
    pub due_at: Option<DateTime<Utc>>,
    /// Whether that has passed.
    pub late: bool,
    /// When it was closed.
    pub closed_at: Option<DateTime<Utc>>,
    /// The reasons of the decision.
    pub decision: Option<String>,
}

/// The caller's own appeals, newest first.
pub async fn own_appeals(app: &App, context: &Context) -> Result<Vec<AppealView>, AppError> {
    context.authorize(Action::AppealListing, Scope::Own)?;
    let resident = context.resident()?.public_id.clone();
    let (keyring, lists, now) = (app.store.keyring.clone(), app.lists.clone(), app.now());
    let read = app.store.db.run(move |connection| {
        let person = person_find(connection, &keyring, &resident)?.ok_or(StoreError::NotFound)?;
        let appeals = appeals_of(connection, &keyring, &person, MOST)?;
        appeals.into_iter().map(|appeal| view(connection, &lists, appeal, now)).collect()
    });
    Ok(read.await?)
}

/// One of the caller's own appeals.
pub async fn own_appeal(app: &App, context: &Context, id: String) -> Result<AppealView, AppError> {
    let appeal = find(app, context, id).await?;
    let (lists, now) = (app.lists.clone(), app.now());
    Ok(app.store.db.run(move |connection| view(connection, &lists, appeal, now)).await?)
}

/// One of the caller's own appeals, as stored.
pub(super) async fn find(app: &App, context: &Context, id: String) -> Result<StoredAppeal, AppError> {
    context.authorize(Action::AppealListing, Scope::Own)?;
    let resident = context.resident()?.public_id.clone();
    let keyring = app.store.keyring.clone();
    let found = app.store.db.write(move |connection| {
        let person = person_find(connection, &keyring, &resident)?.ok_or(StoreError::NotFound)?;
        appeal_hold(connection, &keyring, &person, &id)
    });
    Ok(found.await?)
}

fn view(
    connection: &mut DbConnection,
    lists: &lookup::Lists,
    appeal: StoredAppeal,
    now: DateTime<Utc>,
) -> Result<AppealView, StoreError> {
    let state = AppealState::of(&appeal);
    let decision = match &appeal.proposal {
        Some(proposal) if appeal.closed_at.is_some() => list_proposal_hold(connection, proposal)?.decision_reason,
        _ => None,
    };
    let why = if state == AppealState::Open { why(connection, lists, &appeal)? } else { None };
    let late = state == AppealState::Open && appeal.due_at.is_some_and(|due| due < now);
    let host = host(&appeal);
    Ok(AppealView {
        methods: methods(appeal.kind).iter().map(|method| method.as_str()).collect(),
        txt_name: host.as_ref().map(|host| format!("{TXT_LABEL}.{host}")),
        file_url: host.as_ref().map(|host| format!("https://{host}{FILE_PATH}")),
        text: sentence(state, late).to_owned(),
        id: appeal.public_id,
        kind: appeal.kind,
        canonical: appeal.canonical,
        statement: appeal.statement,
        state,
        token: appeal.token,
        why,
        created_at: appeal.created_at,
        proved_at: appeal.proved_at,
        due_at: appeal.due_at,
        late,
        closed_at: appeal.closed_at,
        decision,
    })
}

/// What the lists say of it, without who says so.
fn why(
    connection: &mut DbConnection,
    lists: &lookup::Lists,
    appeal: &StoredAppeal,
) -> Result<Option<AppealWhy>, StoreError> {
    let Ok(subject) = Subject::parse(appeal.kind, &appeal.canonical) else { return Ok(None) };
    let matched = lists.view().find(&subject).matched.filter(|found| found.list == ListKind::Blacklist);
    let Some(matched) = matched else { return Ok(None) };
    let table = fraud_type::table();
    let code = FraudCode::parse(matched.record.fraud_code()).unwrap_or(fraud_type::UNKNOWN);
    let name = table.get(code).unwrap_or_else(|| table.unknown()).name_zh().to_owned();
    let sources = list_entry_claims(connection, matched.key)?.len();
    let wider = if appeal.list == ListKind::Allowlist { "所在的号段或网站" } else { "" };
    let text = format!(
        "{sources}个来源反映它{wider}涉嫌“{name}”。依据《反电信网络诈骗法》第三十二条，您有权申诉；核实无误后立即撤下，并告知此前收到预警的人。"
    );
    Ok(Some(AppealWhy {
        fraud_type: code.to_string(),
        fraud_type_name: name,
        first_seen: Record::date(matched.record.first_seen),
        last_seen: Record::date(matched.record.last_seen),
        sources,
        text,
    }))
}

const fn sentence(state: AppealState, late: bool) -> &'static str {
    match state {
        AppealState::Unproved => "请先证明它归您所有，证明之后开始计时办理。",
        AppealState::Open if late => "已超过办理期限，已提醒反诈中心优先办理。您也可以拨打96110催办。",
        AppealState::Open => "已收到，由两名民警复核，办结后会在这里告诉您理由。",
        AppealState::Lifted => "申诉成立，已从黑名单撤下。给您带来不便，请谅解。",
        AppealState::Upheld => "经复核维持原结论，理由见下。有新的材料可以再次申诉，也可依法申请行政复议。",
        AppealState::Withdrawn => "这一申诉已结束。",
    }
}
