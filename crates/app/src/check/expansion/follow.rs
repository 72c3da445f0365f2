//! The round of a worker that follows links.

use std::sync::Arc;

use channels::fetch::{FetchError, Trail};
use chrono::{DateTime, TimeDelta, Utc};
use domain::{Subject, SubjectKind, link::Link};
use store::link_expansions::{LinkExpansion, StoredTrail, link_expansion_find, link_expansion_set};

use super::{Expansions, Known, key};
use crate::{App, AppError};

/// Most bytes that are kept of a link on the way.
const LONGEST_TARGET: usize = 1_024;

/// Follows what is queued, one link after the other; several may run at once. What was found is remembered even where the
/// database is away: the next server then looks for itself.
///
/// # Errors
/// The database is away; what is still queued waits for the next round.
pub async fn expansions_follow(app: &App) -> Result<(), AppError> {
    while let Some(link) = app.expansions.next() {
        let followed = follow(app, &link).await;
        app.expansions.done(&link);
        followed?;
    }
    Ok(())
}

async fn follow(app: &App, link: &Link) -> Result<(), AppError> {
    let (now, canonical) = (app.now(), link.canonical().to_owned());
    let keyring = app.store.keyring.clone();
    let asked = canonical.clone();
    let stored = app.store.db.run(move |connection| link_expansion_find(connection, &keyring, &asked, now)).await;
    // A database that is away does not keep anybody from an answer.
    if let Ok(Some(stored)) = stored {
        app.expansions.remember(link, &stored);
        return Ok(());
    }
    let trail = app.fetch.follow(&canonical).await;
    let found = expansion(&trail, |minutes| app.now() + TimeDelta::minutes(minutes), &app.expansions);
    app.expansions.remember(link, &found);
    let (keyring, now) = (app.store.keyring.clone(), app.now());
    let write = move |connection: &mut _| link_expansion_set(connection, &keyring, &canonical, &found, now);
    Ok(app.store.db.write(write).await?)
}

impl Expansions {
    fn remember(&self, link: &Link, found: &LinkExpansion) {
        let targets = found.trail.targets.iter().filter_map(|text| Subject::parse(SubjectKind::Link, text).ok());
        let known = Known { targets: targets.collect(), arrived: found.trail.arrived, expires_at: found.expires_at };
        self.known.insert(key(link), Arc::new(known));
    }
}

/// As much of a link as is kept: strangers choose how long it is, and thousands are in memory. What is left decides by host and
/// path all the same.
fn bounded(link: &Link) -> &str {
    let whole = link.canonical();
    let without_query = whole.get(..link.host().len() + link.path().len()).unwrap_or_default();
    [whole, without_query].into_iter().find(|text| text.len() <= LONGEST_TARGET).unwrap_or_else(|| link.host())
}

/// What is kept of a trail. A way that ends at a host which is gone ends there all the same, but is looked at again soon.
fn expansion(trail: &Trail, after: impl Fn(i64) -> DateTime<Utc>, expansions: &Expansions) -> LinkExpansion {
    let gone = matches!(trail.end, Err(FetchError::Connect | FetchError::NoSuchHost)) && !trail.hops.is_empty();
    let targets = trail.hops.iter().filter_map(|url| Link::parse(url.as_str()).ok());
    let targets = targets.map(|link| bounded(&link).to_owned());
    let settings = &expansions.settings;
    let minutes = if trail.end.is_ok() { settings.remember_minutes } else { settings.remember_failures_minutes };
    LinkExpansion {
        trail: StoredTrail { targets: targets.collect(), arrived: trail.end.is_ok() || gone },
        expires_at: after(i64::from(minutes)),
    }
}
