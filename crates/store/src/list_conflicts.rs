//! Subjects that stand on both the blacklist and the allowlist: until the centre settles it, the allowlist holds.

use chrono::{DateTime, Utc};
use diesel::{alias, prelude::*};
use domain::ListKind;

use crate::{
    change_counters::{self, Counter},
    connection::DbConnection,
    dialect::native,
    error::StoreError,
    schema::{list_conflicts, list_entries},
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

/// Settles a conflict: the entry of `keep` stays active, the other one is withdrawn. Repeating the same decision changes
/// nothing; another decision is [`StoreError::AlreadyExists`]. Call inside a write transaction.
pub fn list_conflict_settle(
    connection: &mut DbConnection,
    public_id: &str,
    keep: ListKind,
    settled_by: &str,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let settled = diesel::update(
        list_conflicts::table
            .filter(list_conflicts::public_id.eq(public_id))
            .filter(list_conflicts::settled_at.is_null()),
    )
    .set((
        list_conflicts::settled_at.eq(Some(At::new(now))),
        list_conflicts::settlement.eq(Some(keep.as_str())),
        list_conflicts::settled_by.eq(Some(settled_by)),
    ))
    .execute(connection)?;
    if settled == 0 {
        return settled_already(connection, public_id, keep);
    }
    let lookup_key: Vec<u8> = list_conflicts::table
        .filter(list_conflicts::public_id.eq(public_id))
        .select(list_conflicts::lookup_key)
        .first(connection)?;
    let number = change_counters::take(connection, Counter::Lists, 1)?.saturating_add(1);
    let other = if keep == ListKind::Blacklist { ListKind::Allowlist } else { ListKind::Blacklist };
    diesel::update(
        list_entries::table
            .filter(list_entries::lookup_key.eq(lookup_key))
            .filter(list_entries::list.eq(other.as_str())),
    )
    .set((
        list_entries::state.eq("withdrawn"),
        list_entries::updated_at.eq(At::new(now)),
        list_entries::change_number.eq(number),
    ))
    .execute(connection)?;
    Ok(())
}

fn settled_already(connection: &mut DbConnection, public_id: &str, keep: ListKind) -> Result<(), StoreError> {
    let settlement: Option<String> = list_conflicts::table
        .filter(list_conflicts::public_id.eq(public_id))
        .select(list_conflicts::settlement)
        .first(connection)?;
    if settlement.as_deref() == Some(keep.as_str()) {
        return Ok(());
    }
    Err(StoreError::AlreadyExists("the conflict was settled the other way".to_owned()))
}
