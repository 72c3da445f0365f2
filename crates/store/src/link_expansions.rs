//! Where links lead. The link stands under a keyed hash, where it leads is sealed under the master key: both carry what was
//! sent to one person alone.

use chrono::{DateTime, Utc};
use diesel::{ExpressionMethods as _, QueryDsl as _, RunQueryDsl as _, upsert::excluded};
use keyring::{BlindIndex, Keyring, PublicId, SealContext};
use serde::{Deserialize, Serialize};

use crate::{connection::DbConnection, dialect::native, error::StoreError, schema::link_expansions, types::At};

const LINK: &str = "link_expansions.link";
const TRAIL: &str = "link_expansions.trail";

/// Where a link leads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredTrail {
    /// The canonical links it was sent on to, in order.
    pub targets: Vec<String>,
    /// Whether the last of them was reached and sends no further.
    pub arrived: bool,
}

/// A trail that is remembered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkExpansion {
    /// Where it leads.
    pub trail: StoredTrail,
    /// Until when this holds.
    pub expires_at: DateTime<Utc>,
}

#[derive(diesel::Insertable)]
#[diesel(table_name = link_expansions, treat_none_as_default_value = false)]
struct Row {
    link_index: Vec<u8>,
    trail: Vec<u8>,
    fetched_at: At,
    expires_at: At,
}

/// Where the canonical link leads, if that is remembered and holds. A trail that does not open, because its key is gone, is
/// none: it is looked for anew.
pub fn link_expansion_find(
    connection: &mut DbConnection,
    keyring: &Keyring,
    canonical: &str,
    now: DateTime<Utc>,
) -> Result<Option<LinkExpansion>, StoreError> {
    let indexes = keyring.blind_index_candidates(LINK, canonical);
    let found: Vec<(Vec<u8>, Vec<u8>, At)> = link_expansions::table
        .filter(link_expansions::link_index.eq_any(indexes.iter().map(|index| index.to_vec()).collect::<Vec<_>>()))
        .filter(link_expansions::expires_at.gt(At::new(now)))
        .order(link_expansions::fetched_at.desc())
        .select((link_expansions::link_index, link_expansions::trail, link_expansions::expires_at))
        .load(connection)?;
    let opened = found.into_iter().find_map(|(index, sealed, expires_at)| {
        let index = indexes.iter().find(|known| known.as_slice() == index)?;
        let bytes = keyring.open_system(SealContext::new(TRAIL, owner(*index)), &sealed).ok()?;
        let trail = serde_json::from_slice(&bytes).ok()?;
        Some(LinkExpansion { trail, expires_at: expires_at.into() })
    });
    Ok(opened)
}

/// Remembers where the canonical link leads, in the place of what was known before.
pub fn link_expansion_set(
    connection: &mut DbConnection,
    keyring: &Keyring,
    canonical: &str,
    expansion: &LinkExpansion,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let index = keyring.blind_index(LINK, canonical);
    let plain = serde_json::to_vec(&expansion.trail).map_err(|error| StoreError::Fault(error.to_string()))?;
    let row = Row {
        trail: keyring.seal_system(SealContext::new(TRAIL, owner(index)), &plain)?,
        link_index: index.to_vec(),
        fetched_at: At::new(now),
        expires_at: At::new(expansion.expires_at),
    };
    native!(connection, |inner| diesel::insert_into(link_expansions::table)
        .values(&row)
        .on_conflict(link_expansions::link_index)
        .do_update()
        .set((
            link_expansions::trail.eq(excluded(link_expansions::trail)),
            link_expansions::fetched_at.eq(excluded(link_expansions::fetched_at)),
            link_expansions::expires_at.eq(excluded(link_expansions::expires_at)),
        ))
        .execute(inner))?;
    Ok(())
}

/// Forgets trails that no longer hold. Returns how many.
pub fn link_expansions_prune(connection: &mut DbConnection, now: DateTime<Utc>) -> Result<usize, StoreError> {
    let over = link_expansions::table.filter(link_expansions::expires_at.le(At::new(now)));
    Ok(diesel::delete(over).execute(connection)?)
}

/// A trail opens in its own row alone.
const fn owner(index: BlindIndex) -> PublicId {
    PublicId::from_bytes(index)
}
