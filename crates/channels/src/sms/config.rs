//! What the operator sets.

use std::fmt;
use std::time::Duration;

use reqwest::Url;

use super::outcome::Vendor;
use crate::http::Limits;

/// The variable of a template that a verification code goes into.
pub(super) const CODE: &str = "code";
/// The variable that says for how many minutes the code works.
pub(super) const MINUTES: &str = "minutes";

/// By whom and as whom texts are sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The vendor and the account there.
    pub account: Account,
    /// The approved signature in front of every text, without 【】.
    pub sign_name: String,
    /// The approved template of verification codes. Its variables are `code` and, if it has it, `minutes`.
    pub verification: Template,
    /// Deadlines and caps of a call. Aliyun asks for at least a second.
    pub limits: Limits,
    /// How often at most a call is repeated when the vendor is busy or not reached.
    pub repeats: u32,
    /// The wait before the first repeat; it doubles, and is shortened by up to a half at random.
    pub repeat_after: Duration,
    /// When to try again, after all repeats ([`super::Outcome::Retry`]).
    pub retry_after: Duration,
}

impl Config {
    /// The documented limits, for this account.
    #[must_use]
    pub fn new(account: Account, sign_name: impl Into<String>, verification: Template) -> Self {
        Self {
            account,
            sign_name: sign_name.into(),
            verification,
            limits: Limits::default(),
            repeats: 2,
            repeat_after: Duration::from_millis(200),
            retry_after: Duration::from_secs(60),
        }
    }

    /// Whether calls can be made of it at all.
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        self.account.check()?;
        if self.sign_name.trim().is_empty() || self.sign_name.contains(['【', '】']) {
            return Err(ConfigError("sign_name"));
        }
        let variables = &self.verification.variables;
        let known = variables.iter().all(|name| name == CODE || name == MINUTES);
        let codes = variables.iter().filter(|name| *name == CODE).count();
        if self.verification.id.is_empty() || !known || codes != 1 || variables.len() > 2 {
            return Err(ConfigError("verification"));
        }
        Ok(())
    }
}

/// A field of the configuration that can't work. The error never repeats what it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the SMS configuration needs another {0}")]
pub struct ConfigError(pub &'static str);

/// An approved text with variables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    /// Its id at the vendor.
    pub id: String,
    /// The names of its variables: at Aliyun as the template spells them, at Tencent Cloud what `{1}`, `{2}`… stand for,
    /// in this order.
    pub variables: Vec<String>,
}

impl Template {
    /// A template of this id with these variables.
    #[must_use]
    pub fn new(id: impl Into<String>, variables: &[&str]) -> Self {
        Self { id: id.into(), variables: variables.iter().map(|&name| name.to_owned()).collect() }
    }
}

/// An account at a vendor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Account {
    /// Tencent Cloud.
    Tencent(TencentAccount),
    /// Aliyun.
    Aliyun(AliyunAccount),
}

impl Account {
    /// Whose account it is.
    #[must_use]
    pub fn vendor(&self) -> Vendor {
        match self {
            Self::Tencent(_) => Vendor::Tencent,
            Self::Aliyun(_) => Vendor::Aliyun,
        }
    }

    fn check(&self) -> Result<(), ConfigError> {
        let fields: &[(&'static str, &String)] = match self {
            Self::Tencent(account) => &[
                ("secret_id", &account.secret_id),
                ("secret_key", &account.secret_key),
                ("sdk_app_id", &account.sdk_app_id),
                ("region", &account.region),
            ],
            Self::Aliyun(account) => {
                &[("access_key_id", &account.access_key_id), ("access_key_secret", &account.access_key_secret)]
            }
        };
        // They go into headers, or into what is signed.
        let sound = |text: &str| (1..=256).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        match fields.iter().find(|(_, text)| !sound(text)) {
            Some((name, _)) => Err(ConfigError(name)),
            None => Ok(()),
        }
    }
}

/// An account at Tencent Cloud.
#[derive(Clone, PartialEq, Eq)]
pub struct TencentAccount {
    /// `https://sms.tencentcloudapi.com`, or a named proxy, or a stand-in. A path in it is called but not signed.
    pub address: Url,
    /// The id of the key.
    pub secret_id: String,
    /// The key.
    pub secret_key: String,
    /// The SMS application, `1400…`.
    pub sdk_app_id: String,
    /// The region, `ap-guangzhou`.
    pub region: String,
}

/// An account at Aliyun.
#[derive(Clone, PartialEq, Eq)]
pub struct AliyunAccount {
    /// `https://dysmsapi.aliyuncs.com`, or a named proxy, or a stand-in. A path in it is called but not signed.
    pub address: Url,
    /// The id of the key.
    pub access_key_id: String,
    /// The key.
    pub access_key_secret: String,
}

impl fmt::Debug for TencentAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let address = self.address.as_str();
        let mut shown = f.debug_struct("TencentAccount");
        shown.field("address", &address).field("sdk_app_id", &self.sdk_app_id).field("region", &self.region);
        shown.finish_non_exhaustive()
    }
}

impl fmt::Debug for AliyunAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AliyunAccount").field("address", &self.address.as_str()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tencent() -> Config {
        let account = TencentAccount {
            address: "https://sms.tencentcloudapi.com".parse().unwrap(),
            secret_id: "the-id".to_owned(),
            secret_key: "the-key".to_owned(),
            sdk_app_id: "1400006666".to_owned(),
            region: "ap-guangzhou".to_owned(),
        };
        Config::new(Account::Tencent(account), "金钟反诈", Template::new("1110", &["code", "minutes"]))
    }

    fn changed(change: impl FnOnce(&mut Config, &mut TencentAccount)) -> Result<(), ConfigError> {
        let mut config = tencent();
        let Account::Tencent(mut account) = config.account.clone() else { panic!("another vendor") };
        change(&mut config, &mut account);
        config.account = Account::Tencent(account);
        config.check()
    }

    #[test]
    fn what_can_not_work_is_named() {
        assert_eq!(tencent().check(), Ok(()));
        let empty = String::new;
        assert_eq!(changed(|_, account| account.secret_id = empty()), Err(ConfigError("secret_id")));
        assert_eq!(changed(|_, account| account.secret_key = "a\nb".to_owned()), Err(ConfigError("secret_key")));
        assert_eq!(changed(|_, account| account.sdk_app_id = empty()), Err(ConfigError("sdk_app_id")));
        assert_eq!(changed(|_, account| account.region = "区".to_owned()), Err(ConfigError("region")));
        assert_eq!(changed(|config, _| config.sign_name = "【金钟】".to_owned()), Err(ConfigError("sign_name")));
        for template in
            [("", &["code"][..]), ("1", &[]), ("1", &["minutes"]), ("1", &["code", "name"]), ("1", &["code"; 2])]
        {
            let set = |config: &mut Config| config.verification = Template::new(template.0, template.1);
            assert_eq!(changed(|config, _| set(config)), Err(ConfigError("verification")), "{template:?}");
        }
    }

    #[test]
    fn the_debug_form_shows_no_key() {
        let aliyun = Account::Aliyun(AliyunAccount {
            address: "https://dysmsapi.aliyuncs.com".parse().unwrap(),
            access_key_id: "the-id".to_owned(),
            access_key_secret: "the-key".to_owned(),
        });
        for text in [format!("{:?}", tencent()), format!("{aliyun:?}")] {
            assert!(text.contains("https://") && !text.contains("the-id") && !text.contains("the-key"), "{text}");
        }
    }
}
