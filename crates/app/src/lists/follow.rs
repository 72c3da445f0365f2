//! Following the changes of the lists: from the database into the overlay in memory.

use domain::authorization::{Action, Scope};
use lookup::{Change, Record};
use store::list_entries::{ChangedKey, list_entries_changed};

use super::{name_of, record_of};
use crate::{App, AppError, Context};

/// Changes read at once.
const PAGE: i64 = 10_000;

/// What the lists in memory hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListStatus {
    /// The number of the last change that is effective here.
    pub version: u64,
    /// The last change in the open snapshot.
    pub snapshot_version: u64,
    /// Changes lying over the snapshot.
    pub overlay: usize,
}

/// What the lists in memory hold.
pub fn status(app: &App, context: &Context) -> Result<ListStatus, AppError> {
    context.authorize(Action::ReadLists, Scope::Whole)?;
    Ok(ListStatus {
        version: app.lists.version(),
        snapshot_version: app.lists.snapshot_version(),
        overlay: app.lists.overlay_len(),
    })
}

/// Applies what was committed after number `seen`, and returns the number up to which that is everything. Called on a
/// wake-up and, because wake-ups may be lost, every 250 ms.
pub async fn follow(app: &App, seen: i64) -> Result<i64, AppError> {
    let mut seen = seen;
    loop {
        let (changed, covered) =
            app.store.db.run(move |connection| list_entries_changed(connection, seen, PAGE)).await?;
        apply(&app.lists, changed)?;
        if covered == seen {
            return Ok(seen);
        }
        seen = covered;
    }
}

/// [`follow`] for commands.
pub fn follow_blocking(store: &store::Store, lists: &lookup::Lists, seen: i64) -> Result<i64, AppError> {
    let mut seen = seen;
    loop {
        let (changed, covered) = store.db.run_blocking(|connection| list_entries_changed(connection, seen, PAGE))?;
        apply(lists, changed)?;
        if covered == seen {
            return Ok(seen);
        }
        seen = covered;
    }
}

fn apply(lists: &lookup::Lists, changed: Vec<ChangedKey>) -> Result<(), AppError> {
    if changed.is_empty() {
        return Ok(());
    }
    lists.apply(changed.into_iter().map(change_of)).map_err(|error| AppError::internal(error.to_string()))
}

fn change_of(changed: ChangedKey) -> Change {
    // The allowlist's name comes first: it is whose the subject is.
    let named = changed.active.iter().max_by_key(|entry| entry.list == domain::ListKind::Allowlist);
    Change {
        number: u64::try_from(changed.change_number).unwrap_or(0),
        key: changed.key,
        record: changed.active.iter().map(record_of).reduce(Record::merge),
        name: named.and_then(name_of),
    }
}
