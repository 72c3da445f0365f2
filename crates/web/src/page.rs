//! Lists that are read page by page.

use app::Page;
use serde::Serialize;
use utoipa::ToSchema;

/// Some of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct PageReply<T> {
    /// What stands on the page.
    items: Vec<T>,
    /// What to ask with (`cursor`) for the next page; null on the last.
    next_cursor: Option<String>,
}

impl<T> PageReply<T> {
    /// The reply with a page of views.
    pub fn of<V: Into<T>>(page: Page<V>) -> Self {
        Self { items: page.items.into_iter().map(Into::into).collect(), next_cursor: page.next_cursor }
    }
}
