//! The pool, and the only ways to use a connection: [`Db::run`] to read, [`Db::write`] to change.

use std::{sync::Arc, time::Duration};

use diesel::{
    connection::{AnsiTransactionManager, SimpleConnection as _, TransactionManager},
    r2d2::Pool,
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::{
    connection::{Address, DbConnection, Manager},
    error::StoreError,
};

/// How long a caller waits for a connection before the database counts as unavailable.
const PATIENCE: Duration = Duration::from_secs(2);

/// A bounded pool of connections to one database.
#[derive(Clone)]
pub struct Db {
    pool: Pool<Manager>,
    connections: Arc<Semaphore>,
    writers: Arc<Semaphore>,
    address: Arc<Address>,
}

impl Db {
    /// Makes the pool; opens nothing yet, so that a server starts without its database.
    pub fn new(address: Address, connections: u32) -> Self {
        let writers = match address {
            Address::Postgres(_) => connections,
            // SQLite has one writer at a time: the others queue here instead of spinning on its lock.
            Address::Sqlite(_) => 1,
        };
        let pool = Pool::builder()
            .max_size(connections)
            .min_idle(Some(0))
            .connection_timeout(Duration::from_secs(1))
            .test_on_check_out(true)
            .error_handler(Box::new(diesel::r2d2::NopErrorHandler))
            .build_unchecked(Manager(address.clone()));
        Self {
            pool,
            connections: Arc::new(Semaphore::new(connections as usize)),
            writers: Arc::new(Semaphore::new(writers as usize)),
            address: Arc::new(address),
        }
    }

    /// Where the data lives.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// Runs `query` on a connection, off the async workers.
    pub async fn run<T, F>(&self, query: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut DbConnection) -> Result<T, StoreError> + Send + 'static,
    {
        self.run_holding(None, query).await
    }

    /// Waiters queue for permits, not in blocking threads, so that they cannot fill those. The permits go with the work: a
    /// caller who stops waiting does not make room for another while the work goes on.
    async fn run_holding<T, F>(&self, writer: Option<OwnedSemaphorePermit>, query: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut DbConnection) -> Result<T, StoreError> + Send + 'static,
    {
        let permits = (writer, permit(&self.connections).await?);
        let pool = self.pool.clone();
        let ran = tokio::task::spawn_blocking(move || {
            let _permits = permits;
            query(&mut *checked_out(&pool)?)
        });
        ran.await.map_err(|error| StoreError::Fault(format!("a query ended abnormally: {error}")))?
    }

    /// Runs `change` in one transaction: committed when it returns `Ok`, undone otherwise.
    pub async fn write<T, F>(&self, change: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut DbConnection) -> Result<T, StoreError> + Send + 'static,
    {
        let writer = permit(&self.writers).await?;
        self.run_holding(Some(writer), move |connection| in_transaction(connection, change)).await
    }

    /// [`Db::run`] for commands, which have no async runtime.
    pub fn run_blocking<T>(
        &self,
        query: impl FnOnce(&mut DbConnection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        query(&mut *checked_out(&self.pool)?)
    }

    /// Runs statements as they stand, outside a transaction: for operators' tools and tests.
    pub fn execute_blocking(&self, statements: &str) -> Result<(), StoreError> {
        self.run_blocking(|connection| Ok(connection.batch_execute(statements)?))
    }

    /// Leaves nothing in SQLite's log of what was overwritten in its file, as far as nobody still reads from it. Called every
    /// minute; PostgreSQL needs nothing.
    pub async fn empty_log(&self) -> Result<(), StoreError> {
        self.run(crate::dialect::empty_log).await
    }

    /// [`Db::write`] for commands, which have no async runtime.
    pub fn write_blocking<T>(
        &self,
        change: impl FnOnce(&mut DbConnection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.run_blocking(|connection| in_transaction(connection, change))
    }
}

async fn permit(semaphore: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit, StoreError> {
    match tokio::time::timeout(PATIENCE, Arc::clone(semaphore).acquire_owned()).await {
        Ok(Ok(permit)) => Ok(permit),
        Ok(Err(_)) | Err(_) => Err(StoreError::Unavailable("all connections are busy".to_owned())),
    }
}

fn checked_out(pool: &Pool<Manager>) -> Result<diesel::r2d2::PooledConnection<Manager>, StoreError> {
    pool.get().map_err(|error| StoreError::Unavailable(error.to_string()))
}

/// Begins, runs and ends a transaction. SQLite takes its write lock at once: a transaction that reads first and writes
/// later would fail under concurrency, however long it were willing to wait.
pub(crate) fn in_transaction<T>(
    connection: &mut DbConnection,
    change: impl FnOnce(&mut DbConnection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    type Transactions = <DbConnection as diesel::Connection>::TransactionManager;
    match connection {
        DbConnection::Pg(inner) => AnsiTransactionManager::begin_transaction(inner)?,
        DbConnection::Sqlite(inner) => AnsiTransactionManager::begin_transaction_sql(inner, "BEGIN IMMEDIATE")?,
    }
    match change(connection) {
        Ok(value) => {
            Transactions::commit_transaction(connection)?;
            Ok(value)
        }
        Err(error) => {
            // The first error is the cause; a failing rollback breaks the connection and the pool drops it.
            let _ = Transactions::rollback_transaction(connection);
            Err(error)
        }
    }
}
