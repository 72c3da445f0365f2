//! What can go wrong in the store, as far as a caller can act on it.

use diesel::result::{DatabaseErrorKind, Error as DieselError};

/// An error of the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database cannot be reached or is too busy: the caller may try again later.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// No such row, or none the caller asked for.
    #[error("not found")]
    NotFound,
    /// A row with the same unique value exists already.
    #[error("already exists: {0}")]
    AlreadyExists(String),
    /// Something else refers to the row, or the row it refers to is missing.
    #[error("a referenced row is missing or still in use: {0}")]
    BrokenReference(String),
    /// What was stored cannot be decrypted or decoded with the keys at hand.
    #[error("stored data cannot be read: {0}")]
    Unreadable(String),
    /// Any other fault; a defect or a damaged database.
    #[error("database fault: {0}")]
    Fault(String),
}

impl From<keyring::SealError> for StoreError {
    fn from(error: keyring::SealError) -> Self {
        Self::Unreadable(error.to_string())
    }
}

impl From<DieselError> for StoreError {
    fn from(error: DieselError) -> Self {
        match error {
            DieselError::NotFound => Self::NotFound,
            DieselError::DatabaseError(kind, info) => from_database(kind, &*info),
            DieselError::BrokenTransactionManager => {
                Self::Unavailable("connection lost inside a transaction".to_owned())
            }
            other => Self::Fault(other.to_string()),
        }
    }
}

fn from_database(kind: DatabaseErrorKind, info: &dyn diesel::result::DatabaseErrorInformation) -> StoreError {
    let message = info.message().to_owned();
    match kind {
        DatabaseErrorKind::UniqueViolation => StoreError::AlreadyExists(message),
        DatabaseErrorKind::ForeignKeyViolation => StoreError::BrokenReference(message),
        DatabaseErrorKind::ClosedConnection
        | DatabaseErrorKind::UnableToSendCommand
        | DatabaseErrorKind::SerializationFailure
        | DatabaseErrorKind::ReadOnlyTransaction => StoreError::Unavailable(message),
        // PostgreSQL keeps no text with a NUL: whatever has one is not there.
        _ if message.contains("invalid byte sequence for encoding") => StoreError::NotFound,
        _ if is_passing(&message) => StoreError::Unavailable(message),
        _ => StoreError::Fault(message),
    }
}

/// Faults that the drivers do not class but that pass by themselves.
fn is_passing(message: &str) -> bool {
    const PASSING: [&str; 12] = [
        "database is locked",
        "database or disk is full",
        "disk I/O error",
        "terminating connection",
        "server closed the connection",
        "connection to server",
        "the database system is",
        "canceling statement",
        "no connection to the server",
        "could not receive data",
        "could not send data",
        "SSL connection has been closed",
    ];
    PASSING.iter().any(|words| message.contains(words))
}
