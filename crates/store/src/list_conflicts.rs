//! Subjects that stand on both the blacklist and the allowlist: until the centre settles it, the allowlist holds.

use chrono::{DateTime, Utc};
use diesel::{alias, prelude::*};
use domain::{
    ListKind,
    standing::{DecayRules, Ruling},
};

use crate::{
    connection::DbConnection,
    dialect::{first_for_update, native},
    error::StoreError,
    list_entries::{key_of, list_entry_rule},
    list_events::Doing,
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

/// How far the settlement of a conflict has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settling {
    /// One officer wants it so; another has to agree.
    Proposed,
    /// It is settled so.
    Settled,
}

/// Key, how it is settled, who wants what.
type Settlement = (Vec<u8>, Option<String>, Option<i64>, Option<String>);

/// One officer says which entry stays; when another says the same, the other entry is lifted. Repeating the same decision
/// changes nothing; another one after it is settled is [`StoreError::AlreadyExists`]. `independent` says whether two officers
/// can decide together. Call inside a write transaction.
pub fn list_conflict_settle(
    connection: &mut DbConnection,
    public_id: &str,
    keep: ListKind,
    officer: i64,
    independent: impl FnOnce(&mut DbConnection, i64) -> Result<bool, StoreError>,
    rules: &DecayRules,
    doing: &Doing<'_>,
) -> Result<Settling, StoreError> {
    let query = list_conflicts::table.filter(list_conflicts::public_id.eq(public_id)).select((
        list_conflicts::lookup_key,
        list_conflicts::settlement,
        list_conflicts::proposed_by,
        list_conflicts::proposed_keep,
    ));
    let found: Option<Settlement> = first_for_update!(connection, query)?;
    let (lookup_key, settlement, proposed_by, proposed_keep) = found.ok_or(StoreError::NotFound)?;
    match settlement {
        Some(settled) if settled == keep.as_str() => return Ok(Settling::Settled),
        Some(_) => return Err(StoreError::AlreadyExists("the conflict was settled the other way".to_owned())),
        None => {}
    }
    let conflict = list_conflicts::table.filter(list_conflicts::public_id.eq(public_id));
    let agreed = match proposed_by.filter(|_| proposed_keep.as_deref() == Some(keep.as_str())) {
        Some(first) => first != officer && independent(connection, first)?,
        None => {
            diesel::update(conflict)
                .set((
                    list_conflicts::proposed_by.eq(Some(officer)),
                    list_conflicts::proposed_keep.eq(Some(keep.as_str())),
                ))
                .execute(connection)?;
            false
        }
    };
    if !agreed {
        return Ok(Settling::Proposed);
    }
    diesel::update(conflict)
        .set((
            list_conflicts::settled_at.eq(Some(At::new(doing.now))),
            list_conflicts::settlement.eq(Some(keep.as_str())),
            list_conflicts::settled_by.eq(Some(format!("{}:{}", doing.actor_kind, doing.actor_id))),
        ))
        .execute(connection)?;
    let other = if keep == ListKind::Blacklist { ListKind::Allowlist } else { ListKind::Blacklist };
    list_entry_rule(connection, other, key_of(lookup_key)?, Some(Ruling::Lifted), rules, doing)?;
    Ok(Settling::Settled)
}
