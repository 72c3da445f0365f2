//! What is configurable about the use cases. Defaults and their reasons stand in the program's default configuration.

use std::path::PathBuf;

use serde::Deserialize;

use crate::identity::IdentitySettings;

/// The settings of all use cases.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Sign-in and tokens.
    pub identity: IdentitySettings,
    /// Checks.
    pub checks: CheckSettings,
    /// The lists.
    pub lists: ListSettings,
    /// Where snapshots and reports of refused rows are written.
    pub data_dir: PathBuf,
}

/// Settings of checks.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckSettings {
    /// Longest text that is checked, in Unicode code points.
    pub longest_text: usize,
    /// How long a reply waits for the commit of its warning, in milliseconds.
    pub warning_wait_ms: u64,
}

/// Settings of the lists.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListSettings {
    /// How often changes are looked for without a wake-up, in milliseconds.
    pub poll_ms: u64,
    /// A new snapshot is built when this many changes lie over the open one.
    pub rebuild_after_changes: usize,
}
