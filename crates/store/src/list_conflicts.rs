//! Subjects that stand on both the blacklist and the allowlist: until the centre settles it, the allowlist holds.

use chrono::{DateTime, Utc};
use diesel::{alias, prelude::*};
use domain::{
    ListKind, LookupKey,
    standing::{DecayRules, Ruling},
};

use crate::{
    connection::DbConnection,
    dialect::{first_for_update, native},
    error::StoreError,
    list_entries::{key_of, list_entry_rule, list_of},
    list_events::Doing,
    schema::{list_conflicts, list_entries},
    sought::{sought, sought_if_any},
    types::At,
};

/// An open conflict.
#[derive(Debug, Clone, diesel::Queryable)]
pub struct ListConflict {
    /// Outward id.
    pub public_id: String,
    /// Kind of the subject.
    pub kind: String,
    /// Canonical name of the rule on both lists.
    pub canonical: String,
    opened_at: At,
}

impl ListConflict {
    /// When it was found.
    pub fn opened_at(&self) -> DateTime<Utc> {
        self.opened_at.into()
    }
}

#[derive(diesel::Insertable)]
#[diesel(table_name = list_conflicts, treat_none_as_default_value = false)]
struct NewConflict {
    public_id: String,
    lookup_key: Vec<u8>,
    kind: String,
    canonical: String,
    opened_at: At,
}

/// Opens a conflict for every entry changed after `change_number` that meets an active one of the other list.
pub(crate) fn list_conflicts_open(
    connection: &mut DbConnection,
    change_number: i64,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let other = alias!(list_entries as other);
    let met: Vec<(Vec<u8>, String, String)> = list_entries::table
        .inner_join(other.on(other.field(list_entries::lookup_key).eq(list_entries::lookup_key)))
        .filter(list_entries::change_number.gt(change_number))
        .filter(list_entries::state.eq("active"))
        .filter(other.field(list_entries::state).eq("active"))
        .filter(list_entries::list.eq_any(["blacklist", "allowlist"]))
        .filter(other.field(list_entries::list).eq_any(["blacklist", "allowlist"]))
        .filter(other.field(list_entries::list).ne(list_entries::list))
        .select((list_entries::lookup_key, list_entries::kind, list_entries::canonical))
        .load(connection)?;
    for (lookup_key, kind, canonical) in met {
        let conflict = NewConflict {
            public_id: keyring::PublicId::random().to_string(),
            lookup_key,
            kind,
            canonical,
            opened_at: At::new(now),
        };
        native!(connection, |inner| diesel::insert_into(list_conflicts::table)
            .values(&conflict)
            .on_conflict(list_conflicts::lookup_key)
            .do_nothing()
            .execute(inner))?;
    }
    Ok(())
}

/// Open conflicts, newest first, after the one whose outward id is `after`.
pub fn list_conflicts_open_list(
    connection: &mut DbConnection,
    after: Option<String>,
    limit: i64,
) -> Result<Vec<ListConflict>, StoreError> {
    let mut query = list_conflicts::table
        .filter(list_conflicts::settled_at.is_null())
        .order(list_conflicts::id.desc())
        .limit(limit)
        .select((list_conflicts::public_id, list_conflicts::kind, list_conflicts::canonical, list_conflicts::opened_at))
        .into_boxed();
    if let Some(after) = after {
        // One that names nothing gives no rows, as an unknown one does.
        let Some(after) = sought_if_any(&after) else { return Ok(Vec::new()) };
        let cursor = alias!(list_conflicts as cursor);
        query = query.filter(
            list_conflicts::id.nullable().lt(cursor
                .filter(cursor.field(list_conflicts::public_id).eq(after))
                .select(cursor.field(list_conflicts::id))
                .single_value()),
        );
    }
    Ok(query.load(connection)?)
}

/// How far a conflict is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConflictStanding {
    key: LookupKey,
    /// The list whose entry stays, once it is settled.
    pub settlement: Option<ListKind>,
    /// Key of the officer who wants it so, and the list whose entry that officer wants to stay.
    pub proposed: Option<(i64, ListKind)>,
}

/// Key, how it is settled, who wants what.
type Standing = (Vec<u8>, Option<String>, Option<i64>, Option<String>);

/// A conflict by its outward id, held to the end of the transaction.
pub fn list_conflict_hold(connection: &mut DbConnection, public_id: &str) -> Result<ConflictStanding, StoreError> {
    let public_id = sought(public_id)?;
    let query = list_conflicts::table.filter(list_conflicts::public_id.eq(public_id)).select((
        list_conflicts::lookup_key,
        list_conflicts::settlement,
        list_conflicts::proposed_by,
        list_conflicts::proposed_keep,
    ));
    let found: Option<Standing> = first_for_update!(connection, query)?;
    let (key, settlement, proposed_by, proposed_keep) = found.ok_or(StoreError::NotFound)?;
    let proposed_keep = proposed_keep.as_deref().map(list_of).transpose()?;
    Ok(ConflictStanding {
        key: key_of(key)?,
        settlement: settlement.as_deref().map(list_of).transpose()?,
        proposed: proposed_by.zip(proposed_keep),
    })
}

/// One officer wants the entry of `keep` to stay.
pub fn list_conflict_propose(
    connection: &mut DbConnection,
    public_id: &str,
    keep: ListKind,
    officer: i64,
) -> Result<(), StoreError> {
    diesel::update(list_conflicts::table.filter(list_conflicts::public_id.eq(public_id)))
        .set((list_conflicts::proposed_by.eq(Some(officer)), list_conflicts::proposed_keep.eq(Some(keep.as_str()))))
        .execute(connection)?;
    Ok(())
}

/// Settles a conflict: the entry of `keep` stays, the other one is lifted.
pub fn list_conflict_settle(
    connection: &mut DbConnection,
    public_id: &str,
    conflict: &ConflictStanding,
    keep: ListKind,
    rules: &DecayRules,
    doing: &Doing<'_>,
) -> Result<(), StoreError> {
    diesel::update(list_conflicts::table.filter(list_conflicts::public_id.eq(public_id)))
        .set((
            list_conflicts::settled_at.eq(Some(At::new(doing.now))),
            list_conflicts::settlement.eq(Some(keep.as_str())),
            list_conflicts::settled_by.eq(Some(format!("{}:{}", doing.actor_kind, doing.actor_id))),
        ))
        .execute(connection)?;
    let other = if keep == ListKind::Blacklist { ListKind::Allowlist } else { ListKind::Blacklist };
    list_entry_rule(connection, other, conflict.key, Some(Ruling::Lifted), rules, doing)?;
    Ok(())
}
