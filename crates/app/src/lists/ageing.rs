//! Ageing of entries, in the background and a page at a time.

use serde_json::json;
use store::{
    list_entries::{list_entries_expire, list_entries_rescore},
    list_events::Doing,
    list_sources::list_sources_all,
};

use crate::{App, AppError, beijing_day};

/// Ends the life of entries whose day has come, and works all out anew where what scores depend on has changed: the rules of
/// ageing, or the share of a source. Says whether it did anything; call it until it did not. Several servers may do it at
/// once: each page is a transaction, and doing it twice changes nothing.
pub async fn age(app: &App) -> Result<bool, AppError> {
    let (settings, now) = (app.settings.lists.clone(), app.now());
    let done = app
        .store
        .db
        .write(move |connection| {
            let doing = Doing { actor_kind: "system", actor_id: "", action: "aged", reason: "", now };
            let (rules, limit) = (&settings.decay, settings.rescore_page);
            let expired = list_entries_expire(connection, beijing_day(now), limit, rules, &doing)?;
            if expired > 0 {
                return Ok(expired);
            }
            let shares: Vec<(i64, i16)> =
                list_sources_all(connection)?.iter().map(|source| (source.id, source.share)).collect();
            let parameters = json!({ "decay": rules, "shares": shares }).to_string();
            let doing = Doing { action: "rescored", ..doing };
            list_entries_rescore(connection, &parameters, limit, rules, &doing)
        })
        .await?;
    if done > 0 {
        app.signals.publish(signals::Topic::ListChanged, "").await;
    }
    Ok(done > 0)
}
