//! Without Redis everything works inside this process.

#![cfg(test)]

use std::time::Duration;

use signals::{News, Signals, State, Topic};

const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn values_locks_and_news_work_without_redis() {
    let signals = Signals::connect(None).await;
    assert_eq!(signals.state(), State::InProcess);

    signals.shared_set("token", "one", MINUTE).await;
    signals.shared_delete_if("token", "another").await;
    assert_eq!(signals.shared_get("token").await.as_deref(), Some("one"));
    signals.shared_delete_if("token", "one").await;
    assert_eq!(signals.shared_get("token").await, None);

    let lock = signals.try_lock("work", MINUTE).await;
    assert!(lock.is_some());
    assert!(signals.try_lock("work", MINUTE).await.is_none());
    assert!(signals.try_lock("other work", MINUTE).await.is_some());
    drop(lock);
    let again = signals.try_lock("work", MINUTE).await.expect("given back");
    again.release().await;
    assert!(signals.try_lock("work", MINUTE).await.is_some());

    let mut reader = signals.subscribe(Topic::ListChanged);
    signals.publish(Topic::Revoked, "not this").await;
    signals.publish(Topic::ListChanged, "7").await;
    assert_eq!(reader.next().await, Some(News::Heard("7".into())));
    drop(signals);
    assert_eq!(reader.next().await, None);
}

#[tokio::test]
async fn a_wrong_address_never_fails_the_start() {
    for address in ["", "not an address", "http://127.0.0.1/", "redis://127.0.0.1:99999/"] {
        assert_eq!(Signals::connect(Some(address)).await.state(), State::InProcess, "{address}");
    }
}

#[tokio::test]
async fn servers_divide_a_limit_and_each_allows_at_least_one() {
    let limiter = Signals::connect(None).await.limiter();
    let mut allowed = 0;
    limiter.set_live_servers(3);
    for _ in 0..20 {
        allowed += u32::from(limiter.allow("login", "a", 10, MINUTE).await.allowed);
    }
    assert_eq!(allowed, 3);
    limiter.set_live_servers(100);
    assert!(limiter.allow("login", "b", 10, MINUTE).await.allowed);
    let refused = limiter.allow("login", "b", 10, MINUTE).await;
    assert!(!refused.allowed && refused.retry_after > Duration::ZERO && refused.retry_after <= 2 * MINUTE);
    limiter.set_live_servers(0);
    assert!(limiter.allow("login", "c", 1, MINUTE).await.allowed);
    assert!(!limiter.allow("login", "d", 0, MINUTE).await.allowed);
}
