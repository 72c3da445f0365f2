//! The newest tree this server has seen.

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use store::{Db, divisions};
use tokio::sync::Mutex;

use super::Tree;
use crate::{App, error::AppError};

struct Loaded {
    version: i64,
    tree: Arc<Tree>,
}

/// Holds the tree of divisions. A worker calls [`TreeCache::refresh`] every two seconds; a change made by this server is
/// seen at once. While the database is away the last tree answers.
#[derive(Default)]
pub struct TreeCache {
    loaded: ArcSwapOption<Loaded>,
    /// One load at a time, so that an older tree never replaces a newer one.
    loading: Mutex<()>,
}

impl TreeCache {
    /// Nothing loaded yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The tree, if one was loaded.
    pub fn current(&self) -> Option<Arc<Tree>> {
        self.loaded.load().as_ref().map(|loaded| loaded.tree.clone())
    }

    /// The tree; loads it the first time.
    pub async fn get(&self, db: &Db) -> Result<Arc<Tree>, AppError> {
        if let Some(tree) = self.current() {
            return Ok(tree);
        }
        let _alone = self.loading.lock().await;
        match self.current() {
            Some(tree) => Ok(tree),
            None => self.load(db, None).await,
        }
    }

    /// Loads the tree anew if the database has another version of it.
    pub async fn refresh(&self, app: &App) -> Result<(), AppError> {
        self.refresh_from(&app.store.db).await
    }

    /// [`TreeCache::refresh`] without the rest of the application.
    pub async fn refresh_from(&self, db: &Db) -> Result<(), AppError> {
        let _alone = self.loading.lock().await;
        let known = self.loaded.load().as_ref().map(|loaded| loaded.version);
        self.load(db, known).await.map(|_| ())
    }

    async fn load(&self, db: &Db, known: Option<i64>) -> Result<Arc<Tree>, AppError> {
        let read = db
            .run(move |connection| {
                // The version first: rows read after it can only be newer, and then the next look loads them again.
                let version = divisions::divisions_version(connection)?;
                if known == Some(version) {
                    return Ok(None);
                }
                Ok(Some(Loaded { version, tree: Arc::new(Tree::load(connection)?) }))
            })
            .await?;
        match (read, self.current()) {
            (None, Some(tree)) => Ok(tree),
            (Some(loaded), _) => {
                let tree = loaded.tree.clone();
                self.loaded.store(Some(Arc::new(loaded)));
                Ok(tree)
            }
            (None, None) => Err(AppError::internal("the tree of divisions is known and not loaded")),
        }
    }
}
