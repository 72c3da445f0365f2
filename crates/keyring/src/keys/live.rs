//! The keyring a running program uses, which may be exchanged under it.

use std::{
    fmt,
    ops::Deref,
    sync::{Arc, OnceLock},
};

use super::Keyring;

/// The newest of the keyrings this process was given; clones share it. Used like a `&Keyring`, which goes on to be the one
/// it was taken from while a newer one comes.
///
/// The older ones stay in memory until the process ends: a rotation is rare, a keyring is small, and whoever is in the
/// middle of something still uses the one they began with.
#[derive(Clone)]
pub struct LiveKeyring(Arc<Link>);

struct Link {
    keyring: Keyring,
    newer: OnceLock<Box<Self>>,
}

impl Link {
    const fn new(keyring: Keyring) -> Self {
        Self { keyring, newer: OnceLock::new() }
    }
}

impl LiveKeyring {
    /// From now on `keyring` is used. One that was taken before keeps the keys it has.
    pub fn replace(&self, keyring: Keyring) {
        let mut new = Box::new(Link::new(keyring));
        // Another thread may come first; then this one is put behind it.
        while let Err(back) = self.newest().newer.set(new) {
            new = back;
        }
    }

    fn newest(&self) -> &Link {
        let mut link = &*self.0;
        while let Some(newer) = link.newer.get() {
            link = newer;
        }
        link
    }
}

impl From<Keyring> for LiveKeyring {
    fn from(keyring: Keyring) -> Self {
        Self(Arc::new(Link::new(keyring)))
    }
}

impl Deref for LiveKeyring {
    type Target = Keyring;

    fn deref(&self) -> &Keyring {
        &self.newest().keyring
    }
}

impl fmt::Debug for LiveKeyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
