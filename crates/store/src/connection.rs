//! One connection type over both databases, and how one is opened.
#![expect(missing_docs, reason = "the derive of the enum writes public items without docs")]

use diesel::{Connection as _, PgConnection, SqliteConnection, connection::SimpleConnection as _, r2d2};

/// A connection to either database. Queries are written on this enum; see [`crate::dialect`] for those that cannot be.
#[derive(diesel::MultiConnection)]
pub enum DbConnection {
    /// A city's PostgreSQL.
    Pg(PgConnection),
    /// The embedded database.
    Sqlite(SqliteConnection),
}

/// Where the data lives.
#[derive(Clone, PartialEq, Eq)]
pub enum Address {
    /// A `postgres://` URL. Never logged: it may carry a password.
    Postgres(String),
    /// Path of the SQLite file; created when absent.
    Sqlite(std::path::PathBuf),
}

impl Address {
    /// Opens one connection and prepares it.
    pub(crate) fn connect(&self) -> Result<DbConnection, diesel::ConnectionError> {
        match self {
            Self::Postgres(url) => {
                let mut connection = PgConnection::establish(url)?;
                connection
                    .batch_execute(
                        "set statement_timeout = '30s'; set lock_timeout = '5s'; \
                         set idle_in_transaction_session_timeout = '60s'; set timezone = 'UTC'",
                    )
                    .map_err(diesel::ConnectionError::CouldntSetupConfiguration)?;
                Ok(DbConnection::Pg(connection))
            }
            Self::Sqlite(path) => {
                let mut connection = SqliteConnection::establish(&path.to_string_lossy())?;
                // FULL: an acknowledged commit survives a power cut. What is deleted is overwritten: an erased person's key
                // must not lie about in unused parts of the file.
                connection
                    .batch_execute(
                        "pragma busy_timeout = 10000; pragma journal_mode = wal; pragma synchronous = full; \
                         pragma secure_delete = on; \
                         pragma foreign_keys = on; pragma cache_size = -2048; pragma temp_store = memory;",
                    )
                    .map_err(diesel::ConnectionError::CouldntSetupConfiguration)?;
                Ok(DbConnection::Sqlite(connection))
            }
        }
    }
}

/// Opens and checks connections for the pool.
pub(crate) struct Manager(pub(crate) Address);

impl r2d2::ManageConnection for Manager {
    type Connection = DbConnection;
    type Error = r2d2::Error;

    fn connect(&self) -> Result<DbConnection, r2d2::Error> {
        self.0.connect().map_err(r2d2::Error::ConnectionError)
    }

    fn is_valid(&self, connection: &mut DbConnection) -> Result<(), r2d2::Error> {
        connection.batch_execute("select 1").map_err(r2d2::Error::QueryError)
    }

    fn has_broken(&self, connection: &mut DbConnection) -> bool {
        // A panic inside a transaction leaves it open: such a connection must not return to the pool.
        std::thread::panicking() || r2d2::R2D2Connection::is_broken(connection)
    }
}
