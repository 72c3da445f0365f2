//! The clients of those who carry our messages, as configured. Production accepts only their own hosts, by https.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use anyhow::{Context as _, ensure};
use app::Clock;
use channels::{
    Url,
    fetch::{FetchSettings, Resolver, Resolving, ResolvingTexts, SafeFetch, SystemResolver},
    sms::{self, SmsSender},
    wechat::{self, WeChat},
};
use signals::Signals;

use crate::config::{self, Config, SmsVendor};

/// The WeChat platform.
pub(crate) fn wechat(config: &Config, signals: &Signals, clock: &Clock) -> anyhow::Result<WeChat> {
    let account = &config.wechat;
    let address = address(config, &account.address, &account.allowed_hosts).context("wechat.address")?;
    let mut settings = wechat::Config::new(&account.app_id, &account.app_secret.0, address);
    settings.push = push(config)?;
    WeChat::new(settings, signals.clone(), clock.clone()).context("the WeChat client cannot be made")
}

/// What proves pushes of WeChat. Who is asked about screenshots has to be able to fetch them and to answer.
fn push(config: &Config) -> anyhow::Result<Option<wechat::PushSettings>> {
    let (token, key) = (config.wechat.push_token.0.as_str(), config.wechat.push_aes_key.0.as_str());
    let public_url = config.reports.public_url.as_str();
    if !public_url.is_empty() {
        let url: Url = public_url.parse().context("reports.public_url")?;
        let secure = url.scheme() == "https" || !config.is_production();
        ensure!(secure, "reports.public_url: production hands screenshots out by https alone");
        ensure!(url.has_host() && url.query().is_none(), "reports.public_url must be an address without a query");
        ensure!(!token.is_empty(), "reports.public_url needs wechat.push_token: WeChat answers by a push");
    }
    if token.is_empty() {
        ensure!(key.is_empty(), "wechat.push_aes_key needs wechat.push_token");
        return Ok(None);
    }
    let key = Some(key).filter(|key| !key.is_empty());
    wechat::PushSettings::new(token, key).map(Some).context("wechat.push_token, wechat.push_aes_key")
}

/// The vendor of texts, if there is one.
pub(crate) fn sms(config: &Config, clock: &Clock) -> anyhow::Result<Option<SmsSender>> {
    let set = &config.sms;
    let own = match set.vendor {
        SmsVendor::None => return Ok(None),
        SmsVendor::Tencent => "https://sms.tencentcloudapi.com",
        SmsVendor::Aliyun => "https://dysmsapi.aliyuncs.com",
    };
    let wanted = if set.address.is_empty() { own } else { &set.address };
    let address = address(config, wanted, &set.allowed_hosts).context("sms.address")?;
    let account = match set.vendor {
        SmsVendor::Aliyun => sms::Account::Aliyun(sms::AliyunAccount {
            address,
            access_key_id: set.access_id.0.clone(),
            access_key_secret: set.access_secret.0.clone(),
        }),
        SmsVendor::Tencent | SmsVendor::None => sms::Account::Tencent(sms::TencentAccount {
            address,
            secret_id: set.access_id.0.clone(),
            secret_key: set.access_secret.0.clone(),
            sdk_app_id: set.app_id.clone(),
            region: set.region.clone(),
        }),
    };
    let names = ["code", "minutes"];
    let variables = names.iter().take(usize::from(set.code_template_variables)).map(|name| (*name).to_owned());
    let template = sms::Template { id: set.code_template.clone(), variables: variables.collect() };
    let settings = sms::Config::new(account, set.sign_name.clone(), template);
    SmsSender::new(settings, clock.clone()).map(Some).context("the client for texts cannot be made")
}

/// The way to addresses that strangers name.
pub(crate) fn safe_fetch(config: &Config, resolver: Arc<dyn Resolver>) -> anyhow::Result<SafeFetch> {
    let set = &config.checks.expansion;
    if config.is_production() {
        ensure!(set.stand_in.is_empty(), "checks.expansion.stand_in: production follows links on the real web");
        let usual = set.ports.iter().all(|port| matches!(port, 80 | 443));
        ensure!(usual, "checks.expansion.ports: production asks ports 80 and 443 alone");
    }
    let settings = FetchSettings {
        deadline: Duration::from_millis(set.deadline_ms.clamp(10, 60_000)),
        hops: set.hops,
        largest_body: set.largest_page,
        ports: set.ports.clone(),
        user_agent: set.user_agent.clone(),
        stand_in: stand_in(config)?,
    };
    SafeFetch::new(settings, resolver).context("the client for links cannot be made")
}

/// Who knows the names of the web: this machine, or before a stand-in nobody.
pub(crate) fn resolver(config: &Config) -> Arc<dyn Resolver> {
    if config.checks.expansion.stand_in.is_empty() { Arc::new(SystemResolver) } else { Arc::new(StandInNames) }
}

fn stand_in(config: &Config) -> anyhow::Result<Option<SocketAddr>> {
    let text = config.checks.expansion.stand_in.as_str();
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).context("checks.expansion.stand_in must be address:port")
}

/// Before a stand-in every name has a public address: connections to it are made to the stand-in.
struct StandInNames;

impl Resolver for StandInNames {
    fn resolve(&self, _: &str) -> Resolving {
        Box::pin(std::future::ready(Ok(vec![IpAddr::V4(Ipv4Addr::new(1, 1, 1, 1))])))
    }

    fn texts(&self, _: &str) -> ResolvingTexts {
        Box::pin(std::future::ready(Ok(Vec::new())))
    }
}

fn address(config: &Config, text: &str, allowed_hosts: &[String]) -> anyhow::Result<Url> {
    let environment = match config.environment {
        config::Environment::Production => channels::Environment::Production,
        config::Environment::Development => channels::Environment::Development,
    };
    Ok(channels::check_provider_address(text, environment, allowed_hosts)?)
}
