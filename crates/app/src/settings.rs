//! What is configurable about the use cases. Defaults and their reasons stand in the program's default configuration.

use std::{num::NonZeroU32, path::PathBuf};

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
    /// Reports of residents.
    pub reports: ReportSettings,
    /// Looking back from changes of the lists.
    pub look_back: LookBackSettings,
    /// Registration.
    pub registration: RegistrationSettings,
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
    /// Replies of the private check have a multiple of so many entries.
    pub private_padding_step: NonZeroU32,
    /// Links that lead elsewhere.
    pub expansion: ExpansionSettings,
}

/// Settings of links that lead elsewhere.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpansionSettings {
    /// Which are followed.
    pub links: ExpandedLinks,
    /// For one link, all its hops included, in milliseconds.
    pub deadline_ms: u64,
    /// Redirects that are followed.
    pub hops: usize,
    /// Most bytes that are read of a page.
    pub largest_page: usize,
    /// Links followed at once by one server.
    pub at_once: usize,
    /// Links that may wait, and again as many out of batches.
    pub queue: usize,
    /// Links of which a server remembers where they lead.
    pub remembered: usize,
    /// How long it is remembered where a link leads, in minutes.
    pub remember_minutes: u32,
    /// How long it is remembered that nobody could find out, in minutes.
    pub remember_failures_minutes: u32,
    /// What the program calls itself there.
    pub user_agent: String,
    /// Ports that are asked.
    pub ports: Vec<u16>,
    /// A stand-in for the whole web, `address:port`; empty in production.
    pub stand_in: String,
}

impl Default for ExpansionSettings {
    fn default() -> Self {
        Self {
            links: ExpandedLinks::None,
            deadline_ms: 3_000,
            hops: 5,
            largest_page: 256 * 1024,
            at_once: 4,
            queue: 1_000,
            remembered: 10_000,
            remember_minutes: 24 * 60,
            remember_failures_minutes: 60,
            user_agent: "Mozilla/5.0".to_owned(),
            ports: vec![80, 443],
            stand_in: String::new(),
        }
    }
}

/// Which links are followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExpandedLinks {
    /// None.
    None,
    /// Short links.
    Short,
    /// Short links, and all links that are on no list.
    Unknown,
}

/// Settings of the lists.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListSettings {
    /// How often changes are looked for without a wake-up, in milliseconds.
    pub poll_ms: u64,
    /// A new snapshot is built when this many changes lie over the open one.
    pub rebuild_after_changes: usize,
    /// How sure a source is whose confidence nobody said, 0 to 100.
    pub confidence: u8,
    /// The share of its entries, in percent, that is active while a source that pushes or is fetched is new.
    pub probation_share: u8,
    /// Hours in which a proved objection of an owner has to be decided.
    pub appeal_hours: u16,
    /// Entries worked out anew in one transaction when they have aged.
    pub rescore_page: usize,
    /// How entries age.
    pub decay: domain::standing::DecayRules,
    /// Folders in which files of feeds appear.
    pub feeds: Vec<FeedSettings>,
}

/// A feed whose files appear in a folder.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeedSettings {
    /// Name of the source.
    pub source: String,
    /// The folder.
    pub folder: PathBuf,
    /// Which list.
    pub list: domain::ListKind,
    /// Kind of the subjects.
    pub kind: domain::SubjectKind,
    /// Code of the fraud type of rows that name none.
    #[serde(default)]
    pub fraud_type: Option<String>,
    /// 0 to 3, of rows that name none.
    #[serde(default)]
    pub severity: u8,
    /// The value's column, by its header.
    #[serde(default)]
    pub column: Option<String>,
    /// Whether each file is the whole feed, so that what is missing in it is taken back.
    #[serde(default)]
    pub whole: bool,
    /// How sure the source is while it is new, 0 to 100.
    #[serde(default = "eighty")]
    pub confidence: u8,
    /// The share (percent) of its entries that is active while the source is new; that of a new partner if absent.
    #[serde(default)]
    pub share: Option<u8>,
}

const fn eighty() -> u8 {
    80
}

/// Settings of looking back.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LookBackSettings {
    /// Whether own checks are kept, and residents told when the answer changed.
    pub enabled: bool,
    /// Days for which own checks are kept; the text of the consent says how many.
    pub days: u16,
}

impl Default for LookBackSettings {
    fn default() -> Self {
        Self { enabled: true, days: 30 }
    }
}

/// Settings of reports.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReportSettings {
    /// Full votes of independent residents that propose an entry.
    pub votes: u32,
    /// Days for which a vote counts.
    pub days: u16,
    /// Votes from one network address that count together for one subject.
    pub votes_per_address: usize,
    /// Reports one person may make in a day.
    pub per_person_day: u32,
    /// Reports that may come from one device in a day.
    pub per_device_day: u32,
    /// Screenshots of one report.
    pub screenshots: u32,
    /// Bytes of one screenshot.
    pub screenshot_bytes: usize,
    /// Where WeChat reaches this service, to fetch screenshots it is asked about. Empty: it is not asked.
    pub public_url: String,
}

impl Default for ReportSettings {
    fn default() -> Self {
        Self {
            votes: 10,
            days: 30,
            votes_per_address: 20,
            per_person_day: 20,
            per_device_day: 50,
            screenshots: 6,
            screenshot_bytes: 4 << 20,
            public_url: String::new(),
        }
    }
}

/// Settings of registration.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegistrationSettings {
    /// Page of the mini-program that an officer's code opens.
    pub code_page: String,
    /// Which version of the mini-program it opens: `release`, `trial` or `develop`.
    pub code_env_version: String,
    /// Days for which an invitation into a family is open.
    pub invitation_days: u16,
    /// Sign-ups from one device in a day beyond which further ones are looked at.
    pub sign_ups_per_device_day: u32,
    /// Sign-ups from one address in a minute beyond which further ones are looked at.
    pub sign_ups_per_address_minute: u32,
    /// Sign-ups with one officer's code in a day, and how many times the officer's usual day, both beyond which further ones
    /// are looked at.
    pub sign_ups_per_officer_day: u32,
    /// See above.
    pub sign_ups_times_usual: u32,
    /// Whether WeChat is asked for a risk rank at each sign-up.
    pub risk_rank: bool,
}

impl Default for RegistrationSettings {
    fn default() -> Self {
        Self {
            code_page: "pages/register/index".to_owned(),
            code_env_version: "release".to_owned(),
            invitation_days: 14,
            sign_ups_per_device_day: 3,
            sign_ups_per_address_minute: 30,
            sign_ups_per_officer_day: 100,
            sign_ups_times_usual: 5,
            risk_rank: false,
        }
    }
}
