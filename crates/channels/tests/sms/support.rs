//! Senders over a stand-in, one a vendor.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use channels::sms::{Account, AliyunAccount, Config, SmsSender, Template, TencentAccount, Vendor};
use channels::{Clock, Url};
use chrono::{DateTime, TimeDelta, Utc};
use sandbox::{ALIYUN_SMS, AliyunSms, Fault, Handle, TENCENT_SMS, TencentSms};

pub(crate) const PHONE: &str = "+8613800138000";
pub(crate) const VENDORS: [Vendor; 2] = [Vendor::Tencent, Vendor::Aliyun];

pub(crate) fn start() -> Handle {
    sandbox::start("127.0.0.1:0").expect("a free port")
}

pub(crate) fn path(vendor: Vendor) -> &'static str {
    match vendor {
        Vendor::Tencent => TENCENT_SMS,
        Vendor::Aliyun => ALIYUN_SMS,
    }
}

/// How often the vendor was called.
pub(crate) fn calls(sandbox: &Handle, vendor: Vendor) -> u64 {
    sandbox.counters().get(path(vendor)).copied().unwrap_or_default()
}

pub(crate) fn code(text: &str) -> Fault {
    Fault::Code(text.to_owned())
}

/// The account the stand-in knows, with short repeats.
pub(crate) fn config(vendor: Vendor, sandbox: &Handle) -> Config {
    let address = Url::parse(&format!("{}{}", sandbox.url(), path(vendor))).expect("an address");
    let mut config = match vendor {
        Vendor::Tencent => {
            let TencentSms { secret_id, secret_key, sdk_app_id, sign_name, template_id } = TencentSms::default();
            let region = "ap-guangzhou".to_owned();
            let account = TencentAccount { address, secret_id, secret_key, sdk_app_id, region };
            Config::new(Account::Tencent(account), sign_name, Template::new(template_id, &["code", "minutes"]))
        }
        Vendor::Aliyun => {
            let AliyunSms { access_key_id, access_key_secret, sign_name, template_code } = AliyunSms::default();
            let account = AliyunAccount { address, access_key_id, access_key_secret };
            Config::new(Account::Aliyun(account), sign_name, Template::new(template_code, &["code"]))
        }
    };
    config.repeat_after = Duration::from_millis(1);
    config
}

pub(crate) fn now() -> DateTime<Utc> {
    DateTime::<Utc>::from(SystemTime::now())
}

/// A sender whose clock is ahead by so many seconds.
pub(crate) fn sender_ahead(config: Config, ahead_s: i64) -> SmsSender {
    let clock: Clock = Arc::new(move || now() + TimeDelta::seconds(ahead_s));
    SmsSender::new(config, clock).expect("a sender")
}

pub(crate) fn sender(config: Config) -> SmsSender {
    sender_ahead(config, 0)
}
