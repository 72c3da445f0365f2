//! Configuration: one documented default file, then a file, then the environment.

use std::{net::IpAddr, num::NonZeroU32, path::PathBuf};

use anyhow::Context as _;
use app::{
    identity::IdentitySettings,
    settings::{CheckSettings, ListSettings, LookBackSettings, RegistrationSettings, ReportSettings},
};
use serde::Deserialize;

/// The defaults and the documentation of every setting.
pub const DEFAULTS: &str = include_str!("config.default.toml");

/// What the program runs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Environment {
    /// A developer's machine, the demo, the tests.
    Development,
    /// A city.
    Production,
}

/// All settings; see `config.default.toml` for what each means.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the default file documents every setting, in one place")]
pub struct Config {
    pub environment: Environment,
    pub data_dir: PathBuf,
    pub database_url: Secret,
    pub redis_url: Secret,
    pub sample_dir: PathBuf,
    pub keys_file: PathBuf,
    pub roles: Roles,
    pub http: Http,
    pub database: Database,
    pub log: Log,
    pub identity: IdentitySettings,
    pub limits: Limits,
    pub checks: CheckSettings,
    pub lists: ListSettings,
    pub registration: RegistrationSettings,
    /// Reports of residents.
    pub reports: ReportSettings,
    /// Looking back from changes of the lists.
    pub look_back: LookBackSettings,
    pub wechat: WeChat,
    pub sms: Sms,
}

/// A setting that may carry a password: never shown.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret(pub String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.0.is_empty() { "(none)" } else { "(set)" })
    }
}

/// What this process does.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "see the default file")]
pub struct Roles {
    pub api: bool,
    pub worker: bool,
}

/// The listener.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "see the default file")]
pub struct Http {
    pub listen: String,
    pub workers: usize,
    pub trusted_proxies: Vec<IpAddr>,
    pub drain_seconds: u64,
}

/// The database pool.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "see the default file")]
pub struct Database {
    pub connections: u32,
}

/// Logs.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "see the default file")]
pub struct Log {
    pub format: LogFormat,
    pub filter: String,
    pub file: PathBuf,
}

/// How log events are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// JSON in production, text otherwise.
    Auto,
    /// One JSON object a line.
    Json,
    /// For people.
    Text,
}

/// Limits of the check routes.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "see the default file")]
pub struct Limits {
    pub checks_per_person_minute: NonZeroU32,
    pub checks_per_address_minute: NonZeroU32,
    pub private_checks_per_person_hour: NonZeroU32,
}

/// The mini-program's account at WeChat.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "see the default file")]
pub struct WeChat {
    pub app_id: String,
    pub app_secret: Secret,
    pub address: String,
    pub allowed_hosts: Vec<String>,
    pub push_token: Secret,
    pub push_aes_key: Secret,
}

/// The vendor of texts.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "see the default file")]
pub struct Sms {
    pub vendor: SmsVendor,
    pub address: String,
    pub allowed_hosts: Vec<String>,
    pub access_id: Secret,
    pub access_secret: Secret,
    pub app_id: String,
    pub region: String,
    pub sign_name: String,
    pub code_template: String,
    pub code_template_variables: u8,
}

/// Who sends texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SmsVendor {
    /// Nobody: codes by SMS are not offered.
    None,
    /// Tencent Cloud.
    Tencent,
    /// Aliyun.
    Aliyun,
}

impl Config {
    /// Reads the three layers. `file` is what `--config` named.
    pub fn load(file: Option<&std::path::Path>) -> anyhow::Result<Self> {
        let environment: Vec<(String, String)> = std::env::vars().collect();
        Self::from_layers(file, environment)
    }

    /// [`Config::load`] with the environment passed in.
    pub fn from_layers(file: Option<&std::path::Path>, environment: Vec<(String, String)>) -> anyhow::Result<Self> {
        let mut layers =
            config::Config::builder().add_source(config::File::from_str(DEFAULTS, config::FileFormat::Toml));
        if let Some(file) = file {
            layers = layers.add_source(config::File::from(file).format(config::FileFormat::Toml));
        }
        // The demo, the tests and some arguments have variables of their own.
        let ours = environment.into_iter().filter(|(name, _)| {
            name.strip_prefix("GOLDEN_BELL_").is_some_and(|key| {
                !key.starts_with("TEST_")
                    && !key.starts_with("DEMO_")
                    && !["CONFIG", "REQUIRE_ALL", "SIGN_SECRET", "CHECK_TOKEN"].contains(&key)
            })
        });
        let variables = config::Environment::with_prefix("GOLDEN_BELL")
            .prefix_separator("_")
            .separator("__")
            .try_parsing(true)
            .list_separator(",")
            .with_list_parse_key("http.trusted_proxies")
            .with_list_parse_key("checks.expansion.ports")
            .with_list_parse_key("wechat.allowed_hosts")
            .with_list_parse_key("sms.allowed_hosts")
            .source(Some(ours.collect()));
        let layered = layers.add_source(variables).build().context("the configuration cannot be read")?;
        let config: Self = layered.try_deserialize().context("the configuration is not valid")?;
        config.identity.check().map_err(|rule| anyhow::anyhow!("the configuration is not valid: identity.{rule}"))?;
        Ok(config)
    }

    /// Whether this is production.
    pub fn is_production(&self) -> bool {
        self.environment == Environment::Production
    }
}
