//! Wake-ups: what they are about and how they reach a reader.

mod hub;
mod listener;

pub(crate) use hub::Hub;
pub use hub::{News, Subscription};
pub(crate) use listener::listen;

/// What a wake-up is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    /// The blacklist, the allowlist or a guard list changed; the payload is the change number.
    ListChanged,
    /// Access was taken back: a sign-out everywhere, a changed role, an erased person.
    Revoked,
}

impl Topic {
    pub(crate) const ALL: [Self; 2] = [Self::ListChanged, Self::Revoked];

    const fn name(self) -> &'static str {
        match self {
            Self::ListChanged => "list-changed",
            Self::Revoked => "revoked",
        }
    }

    pub(crate) fn channel(self, prefix: &str) -> String {
        format!("{prefix}news:{}", self.name())
    }
}
