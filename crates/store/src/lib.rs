//! The database, all of it: schema, queries, both back ends. Personal data is encrypted and decrypted here, at the border.
//!
//! Players: a [`Db`] is the bounded pool; a [`DbConnection`] is one connection to either database; a [`Store`] is a `Db`
//! together with the keys. Queries are functions named `resource_verb` that take a connection; what must happen together
//! happens inside one [`Db::write`].

pub mod appeals;
pub mod audit_log;
pub mod change_counters;
pub mod check_counts;
pub mod connection;
pub mod db;
pub mod development_keys;
pub mod dialect;
pub mod division_facts;
pub mod divisions;
pub mod duty_shifts;
pub mod error;
pub mod families;
pub mod idempotency_keys;
pub mod link_expansions;
pub mod list_conflicts;
pub mod list_entries;
pub mod list_events;
pub mod list_feed_files;
pub mod list_proposals;
pub mod list_sightings;
pub mod list_sources;
mod migrate;
pub mod officer_substitutes;
pub mod officers;
pub mod own_checks;
pub mod parity;
pub mod persons;
pub mod phone_codes;
pub mod population;
pub mod registration_codes;
pub mod reports;
pub mod responsibilities;
pub mod revocations;
pub mod rotation;
pub mod schema;
pub mod servers;
pub mod sessions;
pub mod sign_in_attempts;
pub mod sign_ups;
mod sought;
pub mod types;
pub mod units;
pub mod upstream_keys;
pub mod warnings;

use keyring::LiveKeyring;

pub use connection::{Address, DbConnection};
pub use db::Db;
pub use error::StoreError;
pub use migrate::migrate;
pub use types::At;

/// The database and the keys that open what is stored in it.
#[derive(Clone)]
pub struct Store {
    /// The pool.
    pub db: Db,
    /// The keys, which may be exchanged while the program runs.
    pub keyring: LiveKeyring,
}
