//! An export as the body of a reply.

use std::{sync::Arc, time::Duration};

use domain::authorization::{Action, Scope};
use serde_json::json;
use store::{StoreError, audit_log::audit_log_add};
use tokio::{
    runtime::Handle,
    sync::{
        Semaphore,
        mpsc::{Receiver, Sender, channel},
    },
};

use super::{ExportRequest, each};
use crate::{App, AppError, Context};

/// Exports at once: each keeps a connection and a reading transaction.
const AT_ONCE: usize = 2;
/// Chunks that wait for the caller.
const CHUNKS: usize = 4;
/// When to come back while as many run as may, in seconds.
const RETRY_AFTER: u32 = 30;
/// How long the caller may take nothing.
const PATIENCE: Duration = Duration::from_secs(30);

/// Bounds how many exports run at once.
pub struct ExportGate(Arc<Semaphore>);

impl Default for ExportGate {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(AT_ONCE)))
    }
}

/// An export that has begun.
pub struct ExportStream {
    /// Number of the last change included.
    pub version: i64,
    /// The bytes. A failure on the way is the last one: what came before is not the whole.
    pub chunks: Receiver<Result<Vec<u8>, AppError>>,
}

/// Begins an export. The walk runs only as fast as the caller reads; one who stops reading ends it.
///
/// # Errors
/// `too_many_requests` while as many exports run as may.
pub async fn export(app: &App, context: &Context, request: ExportRequest) -> Result<ExportStream, AppError> {
    context.authorize(Action::ReadLists, Scope::Whole)?;
    let place = Arc::clone(&app.exports.0).try_acquire_owned();
    let place = place.map_err(|_| AppError::too_many(RETRY_AFTER))?;
    let now = app.now();
    let detail = json!({
        "format": request.format.as_str(), "kind": request.kind, "changed_after": request.changed_after,
    });
    let audit = context.clone();
    app.write(move |connection| {
        let list = request.list.as_str();
        Ok(audit_log_add(connection, &audit.audit(now, "list.exported", "list", list, detail))?)
    })
    .await?;
    let (begun, beginning) = tokio::sync::oneshot::channel();
    let (sender, chunks) = channel(CHUNKS);
    let (db, runtime) = (app.store.db.clone(), Handle::current());
    let mut begun = Some(begun);
    tokio::spawn(async move {
        let failed = sender.clone();
        let walked = db.run(move |connection| {
            let mut begin = |version| {
                let _ = begun.take().map(|begun| begun.send(version));
                Ok(())
            };
            each(connection, &request, now, &mut begin, &mut |chunk| hand_over(&runtime, &sender, chunk))
        });
        if let Err(error) = walked.await {
            // Where the caller has gone nobody hears it.
            let _ = failed.send(Err(error.into())).await;
        }
        drop(place);
    });
    begin(beginning, chunks).await
}

async fn begin(
    beginning: tokio::sync::oneshot::Receiver<i64>,
    mut chunks: Receiver<Result<Vec<u8>, AppError>>,
) -> Result<ExportStream, AppError> {
    match beginning.await {
        Ok(version) => Ok(ExportStream { version, chunks }),
        Err(_) => match chunks.recv().await {
            Some(Err(error)) => Err(error),
            _ => Err(AppError::internal("an export ended before it began")),
        },
    }
}

fn hand_over(runtime: &Handle, sender: &Sender<Result<Vec<u8>, AppError>>, chunk: Vec<u8>) -> Result<(), StoreError> {
    match runtime.block_on(tokio::time::timeout(PATIENCE, sender.send(Ok(chunk)))) {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) | Err(_) => Err(StoreError::Unavailable("the caller of an export no longer reads".to_owned())),
    }
}
