//! Who opens the service can be reached.

use store::persons::person_seen;

use super::tokens::Holder;
use crate::{App, beijing_day};

/// Notes that a resident opened the service today. In a transaction of its own, for it takes other locks than a sign-in;
/// where it fails they stay signed in, and the next time notes it.
pub(super) async fn note_seen(app: &App, holder: &Holder) {
    let (keyring, now, public_id) = (app.store.keyring.clone(), app.now(), holder.public_id.to_string());
    let noted =
        app.store.db.write(move |connection| person_seen(connection, &keyring, &public_id, beijing_day(now), now));
    if let Err(error) = noted.await {
        tracing::warn!(%error, "not noted that a resident was here");
    }
}
