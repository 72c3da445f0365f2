//! The private check: somebody asks about a phone number or a bank account without telling it.
//!
//! They send the first bits of its lookup key and get the whole bucket of keys that begin so, padded so that every bucket
//! has as many entries; what is on it they find themselves, with [`client::lists`] and [`super::check_offline`]. Number
//! prefixes and official numbers, which are public, come as two small lists. Nothing here leaves a warning or a trace.

pub mod client;
mod entry;
mod small;

use domain::{
    KeyPrefix, LookupKey,
    authorization::{Action, Scope},
};
use lookup::{Record, View};
use sha2::{Digest as _, Sha256};

pub use entry::BucketEntry;
pub use small::{OfficialNumber, PrefixRule, SmallLists, SmallListsCache, private_small_lists};

use crate::{App, AppError, Context};

/// The answer to a private check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrivateBucket {
    /// The list version. Replies of one version all have the same number of entries.
    pub version: u64,
    /// What is listed there, padded, in key order.
    pub entries: Vec<BucketEntry>,
}

/// The bucket of `prefix`.
pub fn private_bucket(app: &App, context: &Context, prefix: KeyPrefix) -> Result<PrivateBucket, AppError> {
    context.authorize(Action::CheckPrivately, Scope::Own)?;
    let view = app.lists.view();
    let step = u64::from(app.settings.checks.private_padding_step.get());
    let wanted = usize::try_from(view.fullest_bucket().max(1).next_multiple_of(step)).unwrap_or(0);
    let listed = view.bucket(prefix);
    let secret = app.store.keyring.blind_index("private_check.padding", &prefix.to_string());
    let padding =
        (0_u64..).take(wanted.saturating_sub(listed.len())).map(|place| padding(&view, prefix, secret, place));
    let mut entries = Vec::with_capacity(wanted);
    entries.extend(listed.iter().map(|(key, record)| BucketEntry::of(*key, record)));
    entries.extend(padding);
    entries.sort_unstable();
    Ok(PrivateBucket { version: view.version(), entries })
}

/// An entry that is nobody's: its key is a keyed hash, so nobody has a number for it, and its record is that of an entry
/// somewhere else, so that what is said of it is as frequent as among the others. On all servers and in all versions the same
/// for the same place: otherwise two replies held side by side would show which entries are padding.
fn padding(view: &View, prefix: KeyPrefix, secret: [u8; 16], place: u64) -> BucketEntry {
    let hash: [u8; 32] = Sha256::new().chain_update(secret).chain_update(place.to_be_bytes()).finalize().into();
    let (key, elsewhere) = hash
        .split_first_chunk()
        .map_or(([0; 16], [0; 16]), |(key, rest)| (*key, rest.first_chunk().copied().unwrap_or_default()));
    let record = view.record_near(&LookupKey(elsewhere)).unwrap_or_else(unknown);
    BucketEntry::of(LookupKey(key).beginning(prefix), &record)
}

/// Stands in where the lists have nothing to take a sample of.
fn unknown() -> Record {
    Record::blacklisted(domain::MatchRule::Exact, 0, domain::fraud_type::UNKNOWN.as_str(), 0)
}
