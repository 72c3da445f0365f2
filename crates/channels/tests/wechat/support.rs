//! A WeChat client over a stand-in, with a clock that tests move.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime};

use channels::wechat::{Config, WeChat};
use channels::{Clock, Url};
use chrono::{DateTime, TimeDelta, Utc};
use sandbox::{Handle, Settings};
use signals::Signals;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

pub(crate) const LOGIN: &str = "/sns/jscode2session";
pub(crate) const STABLE: &str = "/cgi-bin/stable_token";
pub(crate) const PHONE: &str = "/wxa/business/getuserphonenumber";
pub(crate) const IMAGE: &str = "/wxa/getwxacodeunlimit";
pub(crate) const RISK: &str = "/wxa/getuserriskrank";

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

/// A stand-in and a client of it.
pub(crate) async fn pair() -> (Handle, WeChat) {
    let sandbox = start();
    let wechat = alone(config(&sandbox.url())).await;
    (sandbox, wechat)
}

/// A client of its own process, without Redis.
pub(crate) async fn alone(config: Config) -> WeChat {
    client(config, Signals::connect(None).await, &Hand::default())
}

/// A server that answers every token call with a token and every other call with `head` (more header lines, each ended by
/// `\r\n`) and `body`, status 200. It ends with the test.
pub(crate) async fn answering(head: &'static str, body: Vec<u8>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = vec![0; 8192];
            let read = stream.read(&mut request).await.unwrap_or_default();
            let asks_token = String::from_utf8_lossy(&request[..read]).contains(STABLE);
            let token: &[u8] = br#"{"access_token":"t","expires_in":7200}"#;
            let (head, body) = if asks_token { ("", token) } else { (head, &body[..]) };
            let length = body.len();
            let head = format!("HTTP/1.1 200 OK\r\n{head}Content-Length: {length}\r\nConnection: close\r\n\r\n");
            let _ = stream.write_all(&[head.as_bytes(), body].concat()).await;
            let _ = stream.shutdown().await;
            // Until the client hangs up: closing with unread bytes would reset what it still reads.
            let _ = tokio::time::timeout(Duration::from_secs(5), stream.read(&mut request)).await;
        }
    });
    address
}
