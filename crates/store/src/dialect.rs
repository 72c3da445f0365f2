//! All SQL that differs between the two databases.

use diesel::connection::SimpleConnection as _;

use crate::{connection::DbConnection, error::StoreError};

/// Runs one expression on whichever connection is open: for what the enum over both cannot express
/// (`on conflict`, several rows in one insert).
macro_rules! native {
    ($connection:expr, |$inner:ident| $query:expr) => {
        match $connection {
            $crate::connection::DbConnection::Pg($inner) => $query,
            $crate::connection::DbConnection::Sqlite($inner) => $query,
        }
    };
}
pub(crate) use native;

/// Reads one row, if it is there, and holds it to the end of the transaction. SQLite needs no more than the transaction:
/// its only writer holds everything.
macro_rules! first_for_update {
    ($connection:expr, $query:expr) => {
        match $connection {
            $crate::connection::DbConnection::Pg(inner) => $query.for_update().first(inner).optional(),
            $crate::connection::DbConnection::Sqlite(inner) => $query.first(inner).optional(),
        }
    };
}
pub(crate) use first_for_update;

/// Reads rows and holds them to the end of the transaction; rows that another transaction holds are left out. Others may
/// meanwhile add rows that refer to them.
macro_rules! load_unheld {
    ($connection:expr, $query:expr) => {
        match $connection {
            $crate::connection::DbConnection::Pg(inner) => $query.for_no_key_update().skip_locked().load(inner),
            $crate::connection::DbConnection::Sqlite(inner) => $query.load(inner),
        }
    };
}
pub(crate) use load_unheld;

/// Begins a read transaction that sees one state of the database until it ends.
pub(crate) fn begin_stable_read(connection: &mut DbConnection) -> Result<(), StoreError> {
    match connection {
        DbConnection::Pg(inner) => inner.batch_execute("begin isolation level repeatable read read only"),
        DbConnection::Sqlite(inner) => inner.batch_execute("begin"),
    }
    .map_err(StoreError::from)
}

/// Lifts the limit on how long one statement may run, for the rest of the transaction: a walk over all entries is long.
pub(crate) fn allow_long_statement(connection: &mut DbConnection) -> Result<(), StoreError> {
    match connection {
        DbConnection::Pg(inner) => inner.batch_execute("set local statement_timeout = 0").map_err(StoreError::from),
        DbConnection::Sqlite(_) => Ok(()),
    }
}

/// Lifts the limit on how long a statement may run for as long as the connection lives: for operators' commands.
pub(crate) fn expect_long_statements(connection: &mut DbConnection) -> Result<(), StoreError> {
    match connection {
        DbConnection::Pg(inner) => inner.batch_execute("set statement_timeout = 0").map_err(StoreError::from),
        DbConnection::Sqlite(_) => Ok(()),
    }
}

/// Prepares a command's connection for a long run of inserts: SQLite keeps more of its indexes in memory, and writes its log
/// back less often. Not for servers: the connection keeps that memory.
pub fn expect_many_inserts(connection: &mut DbConnection) -> Result<(), StoreError> {
    match connection {
        DbConnection::Pg(_) => Ok(()),
        DbConnection::Sqlite(inner) => inner
            .batch_execute("pragma cache_size = -262144; pragma wal_autocheckpoint = 16384")
            .map_err(StoreError::from),
    }
}

/// Ends what [`begin_stable_read`] began.
pub(crate) fn end_stable_read(connection: &mut DbConnection) -> Result<(), StoreError> {
    connection.batch_execute("commit").map_err(StoreError::from)
}

/// Empties SQLite's log of changes into the file, so that what was overwritten there is not kept in the log; the next time
/// where somebody still reads from it. PostgreSQL keeps its own house.
pub(crate) fn empty_log(connection: &mut DbConnection) -> Result<(), StoreError> {
    let DbConnection::Sqlite(inner) = connection else { return Ok(()) };
    // Writers wait while this waits for readers: so it does not.
    let emptied = inner.batch_execute("pragma busy_timeout = 0; pragma wal_checkpoint(truncate)");
    inner.batch_execute("pragma busy_timeout = 10000")?;
    match emptied.map_err(StoreError::from) {
        Err(StoreError::Unavailable(_)) => Ok(()),
        outcome => outcome,
    }
}

/// Names every phone at once: see [`hold_name`].
const ALL_NAMES: i64 = 4_116_001;

/// Makes others who hold the same name, or all names, wait until the transaction ends. SQLite needs nothing: it has one
/// writer.
pub(crate) fn hold_name(connection: &mut DbConnection, name: &[u8; 16]) -> Result<(), StoreError> {
    let DbConnection::Pg(inner) = connection else { return Ok(()) };
    let (first, _) = name.split_first_chunk::<8>().ok_or_else(|| StoreError::Fault("a short name".to_owned()))?;
    lock(inner, "select pg_advisory_xact_lock_shared($1)", ALL_NAMES)?;
    lock(inner, "select pg_advisory_xact_lock($1)", i64::from_be_bytes(*first))
}

/// Makes everybody who holds any name wait: for a batch, which would need more locks than a database has.
pub(crate) fn hold_all_names(connection: &mut DbConnection) -> Result<(), StoreError> {
    let DbConnection::Pg(inner) = connection else { return Ok(()) };
    lock(inner, "select pg_advisory_xact_lock($1)", ALL_NAMES)
}

/// Makes PostgreSQL find rows by index for the rest of the transaction. It knows nothing yet of the size of a table that is
/// being filled, and would look each reference up by reading all of it.
pub(crate) fn prefer_indexes(connection: &mut DbConnection) -> Result<(), StoreError> {
    match connection {
        DbConnection::Pg(inner) => inner.batch_execute("set local enable_seqscan = off").map_err(StoreError::from),
        DbConnection::Sqlite(_) => Ok(()),
    }
}

fn lock(inner: &mut diesel::PgConnection, statement: &str, number: i64) -> Result<(), StoreError> {
    use diesel::RunQueryDsl as _;
    let bound = diesel::sql_query(statement).bind::<diesel::sql_types::BigInt, _>(number);
    bound.execute(inner).map(|_| ()).map_err(StoreError::from)
}
