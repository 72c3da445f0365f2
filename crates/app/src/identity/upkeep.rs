//! Forgetting what is over.

use store::{
    idempotency_keys::idempotency_prune, link_expansions::link_expansions_prune, revocations::revocations_prune,
    sessions::sessions_prune, sign_in_attempts::sign_in_attempts_prune, upstream_keys::upstream_nonces_prune,
};

use crate::{App, error::AppError};

/// Removes expired sessions, revocations, nonces, counts of failures, where links lead and replies kept for repeats. Called every minute;
/// one server's work is enough, and several do no harm.
///
/// # Errors
/// The database is away.
pub async fn prune(app: &App) -> Result<(), AppError> {
    let now = app.now();
    app.store.db.write(move |connection| revocations_prune(connection, now)).await?;
    app.store.db.write(move |connection| upstream_nonces_prune(connection, now)).await?;
    app.store.db.write(move |connection| sign_in_attempts_prune(connection, now)).await?;
    app.store.db.write(move |connection| idempotency_prune(connection, now)).await?;
    app.store.db.write(move |connection| link_expansions_prune(connection, now)).await?;
    while app.store.db.write(move |connection| sessions_prune(connection, now)).await? > 0 {}
    Ok(())
}
