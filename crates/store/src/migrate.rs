//! Brings a database to the schema of this program.

use diesel::connection::SimpleConnection as _;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness as _, embed_migrations};

use crate::{
    connection::{Address, DbConnection},
    error::StoreError,
};

const POSTGRES: EmbeddedMigrations = embed_migrations!("../../migrations/postgres");
const SQLITE: EmbeddedMigrations = embed_migrations!("../../migrations/sqlite");

/// Runs the migrations that are missing. Safe when several servers start at once.
pub fn migrate(address: &Address) -> Result<(), StoreError> {
    let _alone = alone(address)?;
    let mut connection = address.connect().map_err(|error| StoreError::Unavailable(error.to_string()))?;
    let outcome = match &mut connection {
        DbConnection::Pg(inner) => {
            // Session-level: each migration commits for itself. Held until the connection closes.
            inner.batch_execute("set lock_timeout = 0; select pg_advisory_lock(4116000)")?;
            inner.run_pending_migrations(POSTGRES).map(|_| ())
        }
        DbConnection::Sqlite(inner) => inner.run_pending_migrations(SQLITE).map(|_| ()),
    };
    outcome.map_err(|error| StoreError::Fault(format!("migration failed: {error}")))
}

/// A server and a command may open a new SQLite file at once: one of them migrates, the other waits here.
fn alone(address: &Address) -> Result<Option<std::fs::File>, StoreError> {
    let Address::Sqlite(path) = address else { return Ok(None) };
    let locked = std::fs::File::create(path.with_extension("migrating")).and_then(|file| file.lock().map(|()| file));
    locked.map(Some).map_err(|error| StoreError::Unavailable(format!("{}: {error}", path.display())))
}
