//! Walking over the entries of a list with all that is told to others, as they stood at one moment.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::{
    BoolExpressionMethods as _, ExpressionMethods as _, JoinOnDsl as _, NullableExpressionMethods as _, QueryDsl as _,
    QueryResult, RunQueryDsl as _, connection::DefaultLoadingMode, pg::PgRowByRowLoadingMode,
};
use domain::{
    ListKind, LookupKey, MatchRule, SubjectKind,
    standing::{EntryState, Ruling},
};

use super::{key_of, kind_of, rule_of, state_of};
use crate::{
    change_counters::{self, Counter},
    connection::DbConnection,
    dialect,
    error::StoreError,
    list_sources::list_sources_all,
    schema::{list_claims, list_entries},
    types::At,
};

/// Which entries are exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExportFilter {
    /// Of this list.
    pub list: ListKind,
    /// Of this kind; of all where absent.
    pub kind: Option<SubjectKind>,
    /// Changed after this number, then in the order of changes; all, in the order of their keys, where absent.
    pub changed_after: Option<i64>,
}

/// An entry with all that is told of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportEntry {
    /// Where it is looked up.
    pub key: LookupKey,
    /// Kind of its subjects.
    pub kind: SubjectKind,
    /// How far it reaches.
    pub rule: MatchRule,
    /// Canonical name of the rule.
    pub canonical: String,
    /// Code of the fraud type.
    pub fraud_type: Option<String>,
    /// 0 (unknown) to 3 (grave).
    pub severity: i16,
    /// Who brought it first.
    pub source: String,
    /// Whose subject it is.
    pub owner: Option<String>,
    /// First day seen.
    pub first_seen: Option<NaiveDate>,
    /// Last day seen.
    pub last_seen: Option<NaiveDate>,
    /// Where it is in its life.
    pub state: EntryState,
    /// What two officers decided.
    pub ruling: Option<Ruling>,
    /// When it last changed.
    pub updated_at: chrono::DateTime<chrono::Utc>,
    /// What sources say, by their names.
    pub claims: Vec<ExportClaim>,
}

/// What one source says of an entry.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ExportClaim {
    /// Its name.
    pub source: String,
    /// How sure it is, 0 to 100.
    pub confidence: i16,
    /// The day on which it last said so.
    pub seen_on: NaiveDate,
}

type Row = (
    (Vec<u8>, String, String, String, Option<String>, i16, String, Option<String>),
    (Option<NaiveDate>, Option<NaiveDate>, String, Option<String>, At),
    Option<(i64, i16, NaiveDate)>,
);

/// Walks the entries. `begin` gets the number of the last change included; `visit` gets each entry. Memory is bounded: rows are
/// streamed, and nothing is sorted here that has no index.
pub fn list_entries_export<B>(
    connection: &mut DbConnection,
    filter: ExportFilter,
    begin: impl FnOnce(i64) -> Result<B, StoreError>,
    visit: impl FnMut(&mut B, ExportEntry) -> Result<(), StoreError>,
) -> Result<B, StoreError> {
    dialect::begin_stable_read(connection)?;
    let walked = walk(connection, filter, begin, visit);
    dialect::end_stable_read(connection)?;
    walked
}

/// The rows of a filter, on one of the two back ends.
macro_rules! rows {
    ($inner:expr, $backend:ty, $mode:ty, $filter:expr) => {{
        let said = list_claims::lookup_key
            .eq(list_entries::lookup_key)
            .and(list_entries::list.eq(ListKind::Blacklist.as_str()));
        let mut query = list_entries::table
            .left_join(list_claims::table.on(said))
            .filter(list_entries::list.eq($filter.list.as_str()))
            .select((
                (
                    list_entries::lookup_key,
                    list_entries::kind,
                    list_entries::rule,
                    list_entries::canonical,
                    list_entries::fraud_type,
                    list_entries::severity,
                    list_entries::source,
                    list_entries::owner,
                ),
                (
                    list_entries::first_seen,
                    list_entries::last_seen,
                    list_entries::state,
                    list_entries::ruling,
                    list_entries::updated_at,
                ),
                (list_claims::source_id, list_claims::confidence, list_claims::seen_on).nullable(),
            ))
            .into_boxed::<$backend>();
        if let Some(kind) = $filter.kind {
            query = query.filter(list_entries::kind.eq(kind.as_str()));
        }
        query = match $filter.changed_after {
            Some(number) => query.filter(list_entries::change_number.gt(number)).order(list_entries::change_number),
            None => query.order(list_entries::lookup_key),
        };
        query.load_iter::<Row, $mode>($inner)?
    }};
}

fn walk<B>(
    connection: &mut DbConnection,
    filter: ExportFilter,
    begin: impl FnOnce(i64) -> Result<B, StoreError>,
    visit: impl FnMut(&mut B, ExportEntry) -> Result<(), StoreError>,
) -> Result<B, StoreError> {
    dialect::allow_long_statement(connection)?;
    let number = change_counters::current(connection, Counter::Lists)?;
    let names = list_sources_all(connection)?.into_iter().map(|source| (source.id, source.name)).collect();
    let mut grouped = Grouped { state: begin(number)?, visit, names, open: None };
    let mut take = |row: QueryResult<Row>| grouped.take(row?);
    match connection {
        DbConnection::Pg(inner) => {
            rows!(inner, diesel::pg::Pg, PgRowByRowLoadingMode, filter).try_for_each(&mut take)?;
        }
        DbConnection::Sqlite(inner) => {
            rows!(inner, diesel::sqlite::Sqlite, DefaultLoadingMode, filter).try_for_each(&mut take)?;
        }
    }
    grouped.finish()
}

/// Rows, one a claim, on their way to entries.
struct Grouped<B, V> {
    state: B,
    visit: V,
    names: HashMap<i64, String>,
    open: Option<ExportEntry>,
}

impl<B, V: FnMut(&mut B, ExportEntry) -> Result<(), StoreError>> Grouped<B, V> {
    fn take(&mut self, (what, facts, claim): Row) -> Result<(), StoreError> {
        let key = key_of(what.0.clone())?;
        if self.open.as_ref().is_none_or(|open| open.key != key) {
            self.close()?;
            self.open = Some(entry(key, what, facts)?);
        }
        let (Some(open), Some((source, confidence, seen_on))) = (&mut self.open, claim) else { return Ok(()) };
        let source = self.names.get(&source).cloned();
        let source = source.ok_or_else(|| StoreError::Unreadable("a claim without a source".to_owned()))?;
        open.claims.push(ExportClaim { source, confidence, seen_on });
        Ok(())
    }

    fn close(&mut self) -> Result<(), StoreError> {
        let Some(mut entry) = self.open.take() else { return Ok(()) };
        entry.claims.sort();
        (self.visit)(&mut self.state, entry)
    }

    fn finish(mut self) -> Result<B, StoreError> {
        self.close()?;
        Ok(self.state)
    }
}

type What = (Vec<u8>, String, String, String, Option<String>, i16, String, Option<String>);
type Facts = (Option<NaiveDate>, Option<NaiveDate>, String, Option<String>, At);

fn entry(key: LookupKey, what: What, facts: Facts) -> Result<ExportEntry, StoreError> {
    let (_, kind, rule, canonical, fraud_type, severity, source, owner) = what;
    let (first_seen, last_seen, state, ruling, updated_at) = facts;
    Ok(ExportEntry {
        key,
        kind: kind_of(&kind)?,
        rule: rule_of(&rule)?,
        canonical,
        fraud_type,
        severity,
        source,
        owner,
        first_seen,
        last_seen,
        state: state_of(&state)?,
        ruling: ruling.as_deref().and_then(Ruling::from_word),
        updated_at: updated_at.into(),
        claims: Vec::new(),
    })
}
