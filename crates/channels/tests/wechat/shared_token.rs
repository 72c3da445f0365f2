//! Two clients over one Redis, as two servers would be. The address is `GOLDEN_BELL_TEST_REDIS_URL`, default the standard
//! port of this machine; each test has a prefix of its own and cleans up after itself.

use std::time::Duration;

use crate::support::{Hand, STABLE, client, config, start};
use channels::wechat::WeChat;
use sandbox::Fault;
use signals::{Settings, Signals, State};

const PATIENCE: Duration = Duration::from_secs(30);

struct Redis {
    connection: redis::aio::MultiplexedConnection,
    url: String,
    prefix: String,
}

impl Redis {
    async fn connect() -> Option<Self> {
        let url = std::env::var("GOLDEN_BELL_TEST_REDIS_URL").unwrap_or_else(|_| "redis://127.0.0.1:6379".to_owned());
        let client = redis::Client::open(url.as_str()).expect("a Redis address");
        let Ok(connection) = client.get_multiplexed_async_connection().await else {
            assert!(std::env::var("GOLDEN_BELL_REQUIRE_ALL").as_deref() != Ok("1"), "no redis");
            println!("skipped: no redis");
            return None;
        };
        let prefix = format!("golden-bell-test-{:032x}:", rand::random::<u128>());
        Some(Self { connection, url, prefix })
    }

    async fn server(&self, address: &str, hand: &Hand) -> WeChat {
        let settings = Settings { prefix: self.prefix.clone(), budget: PATIENCE };
        let signals = Signals::connect_with(Some(&self.url), settings).await;
        let wait = async {
            while signals.state() != State::Connected {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(PATIENCE, wait).await.expect("Redis answers");
        client(config(address), signals, hand)
    }

    async fn clean(mut self) {
        let pattern = format!("{}*", self.prefix);
        let keys: Vec<String> = redis::cmd("KEYS").arg(pattern).query_async(&mut self.connection).await.expect("keys");
        for key in keys {
            redis::cmd("DEL").arg(key).query_async::<()>(&mut self.connection).await.expect("delete");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_servers_ask_wechat_once_and_again_only_after_a_refusal() {
    let Some(redis) = Redis::connect().await else { return };
    let (sandbox, hand) = (start(), Hand::default());
    let first = redis.server(&sandbox.url(), &hand).await;
    let second = redis.server(&sandbox.url(), &hand).await;
    sandbox.add_fault(STABLE, Fault::SlowMs(50), 1);
    let (one, other) = tokio::join!(first.access_token(), second.access_token());
    let token = one.expect("a token");
    assert_eq!(other.as_ref(), Ok(&token));
    assert_eq!(sandbox.received().len(), 1);

    // Dropped by one server: the other learns it when it next looks, a minute later at most.
    first.invalidate(&token).await;
    hand.advance(61);
    assert_eq!(second.access_token().await, Ok(token.clone()));
    assert_eq!(first.access_token().await, Ok(token));
    assert_eq!(sandbox.received().len(), 2);
    redis.clean().await;
}

#[tokio::test]
async fn a_server_left_with_an_older_token_does_not_drop_the_newer_one() {
    let Some(redis) = Redis::connect().await else { return };
    let (sandbox, hand) = (start(), Hand::default());
    let first = redis.server(&sandbox.url(), &hand).await;
    let second = redis.server(&sandbox.url(), &hand).await;
    let old = second.access_token().await.expect("a token");
    hand.advance(7_000);
    sandbox.advance(Duration::from_secs(7_000));
    let new = first.access_token().await.expect("a token");
    assert_ne!(old, new);
    second.invalidate(&old).await;
    assert_eq!(second.access_token().await, Ok(new));
    assert_eq!(sandbox.received().len(), 2);
    redis.clean().await;
}
