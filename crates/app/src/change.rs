//! A transaction that a refusal undoes, for commands.

use std::cell::RefCell;

use store::{Db, DbConnection, StoreError};

use crate::error::AppError;

/// [`App::write`](crate::App) for commands, which have no async runtime. Blocking.
pub(crate) fn change_blocking<T>(
    db: &Db,
    change: impl FnOnce(&mut DbConnection) -> Result<T, AppError>,
) -> Result<T, AppError> {
    let refusal = RefCell::new(None);
    let written = db.write_blocking(|connection| {
        change(connection).map_err(|error| {
            refusal.replace(Some(error));
            StoreError::Fault("refused".to_owned())
        })
    });
    written.map_err(|fault| refusal.take().unwrap_or_else(|| fault.into()))
}
