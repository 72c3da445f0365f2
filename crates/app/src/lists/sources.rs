//! The sources of the blacklist and what became of their entries.

use domain::authorization::{Action, Scope};
use store::{
    Store,
    list_sources::{ListSource, list_source_share_set, list_sources_all, never_trusted},
};

use super::rules;
use crate::{App, AppError, Context};

/// A source with the quality of what it brought.
#[derive(Debug, Clone, PartialEq)]
pub struct SourceView {
    /// Its name.
    pub name: String,
    /// How sure it is, 0 to 100.
    pub confidence: i16,
    /// Percent of its entries that are active on its word alone.
    pub share: i16,
    /// Its entries that proved right.
    pub confirmed: i64,
    /// Its entries that proved wrong.
    pub refuted: i64,
    /// Part of the judged entries that proved right, 0 to 1; none before one was judged.
    pub precision: Option<f64>,
}

impl From<ListSource> for SourceView {
    fn from(source: ListSource) -> Self {
        let judged = source.confirmed + source.refuted;
        Self {
            precision: (judged > 0).then(|| source.confirmed as f64 / judged as f64),
            name: source.name,
            confidence: source.confidence,
            share: source.share,
            confirmed: source.confirmed,
            refuted: source.refuted,
        }
    }
}

/// All sources by name.
pub async fn sources_list(app: &App, context: &Context) -> Result<Vec<SourceView>, AppError> {
    context.authorize(Action::ReadLists, Scope::Whole)?;
    Ok(app.store.db.run(list_sources_all).await?.into_iter().map(SourceView::from).collect())
}

/// Sets how far a source is trusted, for the operator's command. Its entries follow in the background.
///
/// # Errors
/// `conflict` for what officers or residents say: two officers decide about that.
pub fn source_share_set(store: &Store, name: &str, share: u8) -> Result<(), AppError> {
    if share > 0 && never_trusted(name) {
        return Err(rules::conflict("工作人员手工提出和居民举报的条目须由两人决定，不能按来源直接生效。"));
    }
    Ok(store.db.write_blocking(|connection| list_source_share_set(connection, name, share.min(100)))?)
}
