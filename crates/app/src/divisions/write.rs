//! Changing divisions over HTTP.

use domain::{
    authorization::{Action, Scope},
    division::DivisionCode,
};
use store::divisions::{divisions_all, divisions_begin_change};

use super::{
    DivisionView, FactsReport, ImportOptions, ImportReport, Successors, facts,
    facts::FactsFile,
    import, read_tree_file,
    successors::{self, Fault, States},
};
use crate::{
    App, Context,
    error::{AppError, ErrorCode},
    tables::{HeaderRule, Limits, Table},
};

/// Imports a division file sent as a body (CSV or Excel, packed or not).
pub async fn divisions_import(
    app: &App,
    context: &Context,
    body: Vec<u8>,
    options: ImportOptions,
) -> Result<ImportReport, AppError> {
    context.authorize(Action::EditDivisions, Scope::Whole)?;
    let file = off_the_workers(move || read_tree_file(uploaded(body)?, &|_, _| ())).await?;
    let (context, now, dry_run) = (context.clone(), app.now(), options.dry_run);
    let change = move |connection: &mut store::DbConnection| import::import(connection, &context, file, &options, now);
    let report = if dry_run { app.store.db.run(change).await? } else { app.store.db.write(change).await? }?;
    follow(app).await;
    Ok(report)
}

/// Imports a file of facts sent as a body.
pub async fn facts_import(app: &App, context: &Context, body: Vec<u8>) -> Result<FactsReport, AppError> {
    context.authorize(Action::EditDivisions, Scope::Whole)?;
    let file = off_the_workers(move || FactsFile::read(uploaded(body)?)).await?;
    let (context, now) = (context.clone(), app.now());
    let report = app.store.db.write(move |connection| facts::import(connection, &context, file, now)).await?;
    follow(app).await;
    Ok(report)
}

/// Names what a closed division became; the first successor is the main one.
pub async fn division_succeed(
    app: &App,
    context: &Context,
    code: &str,
    successors: Vec<DivisionCode>,
) -> Result<DivisionView, AppError> {
    context.authorize(Action::EditDivisions, Scope::Whole)?;
    let old: DivisionCode = code.parse().map_err(|_| AppError::not_found())?;
    let (context, now) = (context.clone(), app.now());
    app.store
        .db
        .write(move |connection| {
            divisions_begin_change(connection)?;
            let stored = divisions_all(connection)?;
            match successors::judge(&States::of(&stored), old, &successors) {
                Err(fault) => return Ok(Err(refusal(fault))),
                Ok(false) => return Ok(Ok(())),
                Ok(true) => {}
            }
            let mut named = Successors::default();
            named.add(0, old, successors.iter().copied());
            successors::apply(connection, &context, &named, successors::closed_year(&stored), now)?;
            Ok(Ok(()))
        })
        .await??;
    app.divisions.refresh(app).await?;
    let tree = app.divisions.get(&app.store.db).await?;
    let node = tree.get(old).ok_or_else(AppError::not_found)?;
    Ok(DivisionView::of(&tree, node))
}

fn refusal(fault: Fault) -> AppError {
    let (_, reason) = fault.facts();
    match fault {
        Fault::UnknownCode => AppError::not_found(),
        Fault::StillInUse | Fault::NamedBefore => AppError::new(ErrorCode::Conflict, format!("{reason}。")),
        _ => AppError::invalid("/successors", format!("{reason}。")),
    }
}

/// A body as a table with a header.
pub(crate) fn uploaded(body: Vec<u8>) -> Result<Table, AppError> {
    Ok(Table::from_bytes(body, None, HeaderRule::Always, Limits::UPLOAD)?)
}

/// Runs what takes long away from the threads that serve requests.
pub(crate) async fn off_the_workers<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, AppError> + Send + 'static,
) -> Result<T, AppError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| AppError::internal(format!("a file could not be read: {error}")))?
}

/// Shows the change to the next reader here. Should that fail, the worker's next look does it: the change is committed.
async fn follow(app: &App) {
    if let Err(error) = app.divisions.refresh(app).await {
        tracing::warn!(%error, "the tree of divisions could not be reloaded");
    }
}
