//! Finding entries and showing all that is known of one.

use std::ops::ControlFlow;

use domain::{
    ListKind, LookupKey, Subject, SubjectKind,
    authorization::{Action, Scope},
    candidates::{self, Reaches},
    fraud_type,
    standing::EntryState,
};
use store::{
    DbConnection, StoreError,
    list_entries::{
        EntryClaim, EntryFilter, EntryRow, list_entries_page, list_entry_claims, list_entry_find, list_entry_standing,
    },
    list_events::{ListEvent, list_events_of},
    list_proposals::{StoredProposal, list_proposals_of},
};

use crate::{App, AppError, Context, beijing_day};

/// Events shown of one entry.
const EVENTS: i64 = 200;

/// What is looked for; what is absent does not matter.
#[derive(Debug, Clone, Default)]
pub struct EntrySearch {
    /// On this list.
    pub list: Option<ListKind>,
    /// Of this kind; needed where a value is given.
    pub kind: Option<SubjectKind>,
    /// In this state.
    pub state: Option<EntryState>,
    /// Of this fraud type.
    pub fraud_type: Option<String>,
    /// Claimed by this source.
    pub source: Option<String>,
    /// That covers this number, link or account, as typed.
    pub value: Option<String>,
    /// Changed after this number: then in the order of changes.
    pub changed_after: Option<i64>,
}

/// Some entries.
#[derive(Debug, Clone)]
pub struct EntryPage {
    /// The entries.
    pub items: Vec<EntryRow>,
    /// Where the next page begins; none at the end. For changes this is a change number.
    pub next_cursor: Option<String>,
}

/// All that is known of an entry.
#[derive(Debug, Clone)]
pub struct EntryStory {
    /// The entry.
    pub entry: EntryRow,
    /// Its score today, 0 to 100; none where nothing is scored.
    pub score: Option<u8>,
    /// What sources say.
    pub claims: Vec<EntryClaim>,
    /// What was proposed and decided, newest first.
    pub proposals: Vec<StoredProposal>,
    /// What happened, newest first.
    pub events: Vec<ListEvent>,
}

/// Entries, newest first; or what changed since a number, in order.
pub async fn entries_list(
    app: &App,
    context: &Context,
    search: EntrySearch,
    cursor: Option<String>,
    limit: u32,
) -> Result<EntryPage, AppError> {
    context.authorize(Action::ReadLists, Scope::Whole)?;
    if !(1..=200).contains(&limit) {
        return Err(AppError::invalid("limit", "每页条数须在1到200之间。"));
    }
    let changes = search.changed_after.is_some();
    let mut filter = filter(search)?;
    if let (true, Some(cursor)) = (changes, &cursor) {
        filter.changed_after = Some(cursor.parse().map_err(|_| bad_cursor())?);
    }
    let wanted = i64::from(limit) + 1;
    let db = &app.store.db;
    let before = match cursor.filter(|_| !changes) {
        Some(cursor) => {
            let found = db.run(move |connection| list_entry_find(connection, &cursor)).await;
            Some(
                found
                    .map_err(|error| if matches!(error, StoreError::NotFound) { bad_cursor() } else { error.into() })?
                    .id,
            )
        }
        None => None,
    };
    let mut items = db.run(move |connection| list_entries_page(connection, &filter, before, wanted)).await?;
    let more = items.len() > limit as usize;
    items.truncate(limit as usize);
    let cursor = |entry: &EntryRow| if changes { entry.change_number.to_string() } else { entry.public_id.clone() };
    let next_cursor = items.last().filter(|_| more).map(cursor);
    Ok(EntryPage { items, next_cursor })
}

fn bad_cursor() -> AppError {
    AppError::invalid("cursor", "翻页位置无效，请从第一页重新开始。")
}

fn filter(search: EntrySearch) -> Result<EntryFilter, AppError> {
    let EntrySearch { list, kind, state, fraud_type, source, value, changed_after } = search;
    let keys = match (kind, value) {
        (_, None) => None,
        (None, Some(_)) => return Err(AppError::invalid("kind", "按内容查找时请同时选择类别。")),
        (Some(kind), Some(value)) => Some(covering(kind, &value)?),
    };
    let fraud_type = match fraud_type {
        None => None,
        Some(word) => {
            let known = fraud_type::table().named(&word);
            let known = known.ok_or_else(|| AppError::invalid("fraud_type", "诈骗类型须为代码表中的代码或名称。"))?;
            Some(known.code().as_str().to_owned())
        }
    };
    Ok(EntryFilter { list, kind, state, fraud_type, source, keys, changed_after })
}

/// The keys of all rules that would cover a value.
fn covering(kind: SubjectKind, value: &str) -> Result<Vec<LookupKey>, AppError> {
    let subject = Subject::parse(kind, value).map_err(|error| AppError::invalid("value", error.detail))?;
    let mut keys = vec![subject.key()];
    let _: ControlFlow<()> = candidates::search(&subject, Reaches::ANY, |candidate| {
        keys.push(candidate.key);
        ControlFlow::Continue(())
    });
    Ok(keys)
}

/// All that is known of one entry.
pub async fn entry_get(app: &App, context: &Context, id: String) -> Result<EntryStory, AppError> {
    context.authorize(Action::ReadLists, Scope::Whole)?;
    let (rules, today) = (app.settings.lists.decay.clone(), beijing_day(app.now()));
    let story = move |connection: &mut DbConnection| {
        let entry = list_entry_find(connection, &id)?;
        let (_, score) = list_entry_standing(connection, &entry, entry.ruling, &rules, today)?;
        Ok(EntryStory {
            score,
            claims: list_entry_claims(connection, entry.key)?,
            proposals: list_proposals_of(connection, entry.key, entry.list)?,
            events: list_events_of(connection, entry.key, entry.list, EVENTS)?,
            entry,
        })
    };
    Ok(app.store.db.run(story).await?)
}
