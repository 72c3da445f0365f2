//! Two services over one Redis, as two processes would be. The address is `GOLDEN_BELL_TEST_REDIS_URL`, default the
//! standard port of this machine; each test has a prefix of its own and cleans up after itself.

#![cfg(test)]

use std::time::Duration;

use signals::{News, Settings, Signals, State, Subscription, Topic};

const MINUTE: Duration = Duration::from_secs(60);
const PATIENCE: Duration = Duration::from_secs(30);

struct Pair {
    first: Signals,
    second: Signals,
    prefix: String,
    connection: redis::aio::MultiplexedConnection,
}

impl Pair {
    async fn connect() -> Option<Self> {
        let url = std::env::var("GOLDEN_BELL_TEST_REDIS_URL").unwrap_or_else(|_| "redis://127.0.0.1:6379".to_owned());
        let client = redis::Client::open(url.as_str()).expect("a Redis address");
        let Ok(connection) = client.get_multiplexed_async_connection().await else {
            assert!(std::env::var("GOLDEN_BELL_REQUIRE_ALL").as_deref() != Ok("1"), "no redis");
            println!("skipped: no redis");
            return None;
        };
        let prefix = format!("golden-bell-test-{:032x}:", rand::random::<u128>());
        let first = connected(&url, &prefix).await;
        let second = connected(&url, &prefix).await;
        Some(Self { first, second, prefix, connection })
    }

    async fn keys(&mut self) -> Vec<String> {
        redis::cmd("KEYS").arg(format!("{}*", self.prefix)).query_async(&mut self.connection).await.expect("keys")
    }

    async fn clean(mut self) {
        for key in self.keys().await {
            redis::cmd("DEL").arg(key).query_async::<()>(&mut self.connection).await.expect("delete");
        }
    }
}

/// A busy machine may answer the first PING late; the background task then connects a moment after.
async fn connected(url: &str, prefix: &str) -> Signals {
    let signals = Signals::connect_with(Some(url), Settings { prefix: prefix.to_owned(), budget: PATIENCE }).await;
    let wait = async {
        while signals.state() != State::Connected {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, wait).await.expect("Redis answers");
    signals
}

/// Publishes until the reader hears it: the listener may still be connecting.
async fn call_until_heard(caller: &Signals, reader: &mut Subscription, payload: &str) {
    let call = async {
        loop {
            caller.publish(Topic::ListChanged, payload).await;
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::select! {
        () = heard(reader, payload) => {}
        () = call => {}
    }
}

async fn heard(reader: &mut Subscription, payload: &str) {
    let wait = async { while reader.next().await.expect("the signals live") != News::Heard(payload.into()) {} };
    tokio::time::timeout(PATIENCE, wait).await.expect("heard");
}

#[tokio::test]
async fn a_value_set_by_one_is_read_and_dropped_by_the_other() {
    let Some(pair) = Pair::connect().await else { return };
    pair.first.shared_set("token", "one", MINUTE).await;
    assert_eq!(pair.second.shared_get("token").await.as_deref(), Some("one"));
    pair.second.shared_delete_if("token", "another").await;
    assert_eq!(pair.first.shared_get("token").await.as_deref(), Some("one"));
    pair.second.shared_delete_if("token", "one").await;
    assert_eq!(pair.first.shared_get("token").await, None);
    pair.clean().await;
}

#[tokio::test]
async fn a_shared_value_ends_by_itself() {
    let Some(mut pair) = Pair::connect().await else { return };
    pair.first.shared_set("token", "one", MINUTE).await;
    for key in pair.keys().await {
        let lasts: i64 = redis::cmd("PTTL").arg(key).query_async(&mut pair.connection).await.expect("time to live");
        assert!((1..=60_000).contains(&lasts));
    }
    pair.clean().await;
}

#[tokio::test]
async fn a_lock_is_held_by_one_of_all_processes_and_given_back_when_dropped() {
    let Some(mut pair) = Pair::connect().await else { return };
    let lock = pair.first.try_lock("work", MINUTE).await.expect("free");
    assert!(pair.second.try_lock("work", MINUTE).await.is_none());
    lock.release().await;
    let lock = pair.second.try_lock("work", MINUTE).await.expect("given back");
    drop(lock);
    let wait = async {
        while !pair.keys().await.is_empty() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, wait).await.expect("given back by the drop");
    pair.clean().await;
}

#[tokio::test]
async fn news_reach_the_other_process_and_are_heard_once_by_the_own() {
    let Some(pair) = Pair::connect().await else { return };
    let mut far = pair.second.subscribe(Topic::ListChanged);
    let mut near = pair.first.subscribe(Topic::ListChanged);
    // Both listen once each was heard by the other, so what follows is neither lost nor late.
    call_until_heard(&pair.first, &mut far, "1").await;
    call_until_heard(&pair.second, &mut near, "2").await;
    pair.first.publish(Topic::ListChanged, "3").await;
    pair.second.publish(Topic::ListChanged, "4").await;
    heard(&mut near, "3").await;
    while let Some(news) = near.next().await {
        assert_ne!(news, News::Heard("3".into()), "an echo");
        if news == News::Heard("4".into()) {
            break;
        }
    }
    heard(&mut far, "3").await;
    pair.clean().await;
}

#[tokio::test]
async fn a_limit_is_shared_and_counted_as_in_process() {
    let Some(pair) = Pair::connect().await else { return };
    let (first, second) = (pair.first.limiter(), pair.second.limiter());
    // A day is long enough that no window ends while this runs.
    let day = Duration::from_secs(86_400);
    let mut allowed = 0;
    for _ in 0..5 {
        allowed += u32::from(first.allow("login", "a", 6, day).await.allowed);
        allowed += u32::from(second.allow("login", "a", 6, day).await.allowed);
    }
    assert_eq!(allowed, 6);
    let refused = second.allow("login", "a", 6, day).await;
    assert!(!refused.allowed && refused.retry_after > Duration::ZERO && refused.retry_after <= 2 * day);
    assert!(!first.allow("login", "zero", 0, day).await.allowed);
    assert!(second.allow("login", "b", 1, day).await.allowed);
    pair.clean().await;
}

#[tokio::test]
async fn a_redis_that_comes_back_empty_gives_no_fresh_start() {
    let Some(mut pair) = Pair::connect().await else { return };
    let limiter = pair.first.limiter();
    let day = Duration::from_secs(86_400);
    for _ in 0..3 {
        assert!(limiter.allow("login", "a", 3, day).await.allowed);
    }
    for key in pair.keys().await {
        redis::cmd("DEL").arg(key).query_async::<()>(&mut pair.connection).await.expect("delete");
    }
    assert!(!limiter.allow("login", "a", 3, day).await.allowed);
    pair.clean().await;
}
