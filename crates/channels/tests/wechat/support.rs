//! A WeChat client over a stand-in, with a clock that tests move.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime};

use channels::wechat::{Config, WeChat};
use channels::{Clock, Url};
use chrono::{DateTime, TimeDelta, Utc};
use sandbox::{Handle, Settings};
use signals::Signals;

pub(crate) const LOGIN: &str = "/sns/jscode2session";
pub(crate) const STABLE: &str = "/cgi-bin/stable_token";

/// The clock of one or several clients: real time, moved on by hand.
#[derive(Clone, Default)]
pub(crate) struct Hand(Arc<AtomicI64>);

impl Hand {
    pub(crate) fn advance(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        DateTime::<Utc>::from(SystemTime::now()) + TimeDelta::seconds(self.0.load(Ordering::SeqCst))
    }

    pub(crate) fn clock(&self) -> Clock {
        let hand = self.clone();
        Arc::new(move || hand.now())
    }
}

pub(crate) fn start() -> Handle {
    sandbox::start("127.0.0.1:0").expect("a free port")
}

/// Short repeats, and a total deadline that a busy machine keeps and a hanging call reaches soon.
pub(crate) fn config(address: &str) -> Config {
    let Settings { app_id, secret } = Settings::default();
    let mut config = Config::new(app_id, secret, Url::parse(address).expect("an address"));
    config.repeat_after = Duration::from_millis(1);
    config
}

pub(crate) fn impatient(address: &str) -> Config {
    let mut config = config(address);
    config.limits.total = Duration::from_millis(300);
    config
}

pub(crate) fn client(config: Config, signals: Signals, hand: &Hand) -> WeChat {
    WeChat::new(config, signals, hand.clock()).expect("a client")
}

/// A client of its own process, without Redis.
pub(crate) async fn alone(config: Config) -> WeChat {
    client(config, Signals::connect(None).await, &Hand::default())
}
