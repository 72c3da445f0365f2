//! The access token against the stand-in: one call for many askers, renewed in time, dropped when refused.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::support::{Hand, STABLE, alone, client, config, impatient, start};
use channels::TransportFailure;
use channels::wechat::{AccessToken, Call, Failure, Outcome, Refusal, WeChat};
use sandbox::{Fault, Handle};
use signals::Signals;

fn calls(sandbox: &Handle) -> u64 {
    sandbox.counters().get(STABLE).copied().unwrap_or_default()
}

/// Moves the clocks of the client and of the stand-in together.
fn advance(hand: &Hand, sandbox: &Handle, seconds: u32) {
    hand.advance(i64::from(seconds));
    sandbox.advance(Duration::from_secs(u64::from(seconds)));
}

async fn all_at_once<F>(count: usize, ask: impl Fn() -> F) -> Vec<Result<AccessToken, Failure>>
where
    F: Future<Output = Result<AccessToken, Failure>> + Send + 'static,
{
    let asking: Vec<_> = (0..count).map(|_| tokio::spawn(ask())).collect();
    let mut answers = Vec::new();
    for task in asking {
        answers.push(task.await.expect("no panic"));
    }
    answers
}

async fn asked_by_many(wechat: &WeChat) -> Vec<Result<AccessToken, Failure>> {
    all_at_once(50, || {
        let wechat = wechat.clone();
        async move { wechat.access_token().await }
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn many_askers_cost_one_call_and_the_request_is_the_documented_one() {
    let sandbox = start();
    let wechat = alone(config(&sandbox.url())).await;
    sandbox.add_fault(STABLE, Fault::SlowMs(20), 1);
    let answers = asked_by_many(&wechat).await;
    let token = answers[0].clone().expect("a token");
    assert!(answers.iter().all(|answer| answer.as_ref() == Ok(&token)));
    assert_eq!(sandbox.working_tokens()[0].token, token.as_str());
    assert_eq!(calls(&sandbox), 1);
    let received = &sandbox.received()[0];
    assert_eq!((received.method.as_str(), received.query.as_str()), ("POST", ""));
    assert!(received.body.contains(r#""force_refresh":false"#) && received.body.contains("client_credential"));
    assert_eq!(format!("{token:?}"), "AccessToken(..)");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_askers_share_one_failure_and_the_next_asks_anew() {
    let sandbox = start();
    let wechat = alone(config(&sandbox.url())).await;
    sandbox.add_fault(STABLE, Fault::Errcode(40125), 1);
    // Late enough that all of them wait by then.
    sandbox.add_fault(STABLE, Fault::SlowMs(1), 100);
    let answers = asked_by_many(&wechat).await;
    let failed = answers.iter().filter(|answer| answer.is_err()).count();
    assert!(failed >= 1);
    assert!(calls(&sandbox) <= 2);
    assert!(wechat.access_token().await.is_ok());
}

#[tokio::test]
async fn a_token_is_renewed_when_it_lives_less_than_five_minutes() {
    let (sandbox, hand) = (start(), Hand::default());
    let wechat = client(config(&sandbox.url()), Signals::connect(None).await, &hand);
    let first = wechat.access_token().await.expect("a token");
    advance(&hand, &sandbox, 6_890);
    assert_eq!(wechat.access_token().await.as_ref(), Ok(&first));
    assert_eq!(calls(&sandbox), 1);
    advance(&hand, &sandbox, 11);
    let second = wechat.access_token().await.expect("a token");
    assert_ne!(first, second);
    assert_eq!(calls(&sandbox), 2);
    assert_eq!(wechat.access_token().await, Ok(second));
    assert_eq!(calls(&sandbox), 2);
}

#[tokio::test]
async fn while_wechat_is_away_the_token_before_is_used_to_its_end() {
    let (sandbox, hand) = (start(), Hand::default());
    let wechat = client(config(&sandbox.url()), Signals::connect(None).await, &hand);
    let first = wechat.access_token().await.expect("a token");
    sandbox.add_fault(STABLE, Fault::Status(503), 100);
    hand.advance(7_000);
    assert_eq!(wechat.access_token().await, Ok(first));
    hand.advance(300);
    assert_eq!(wechat.access_token().await, Err(Failure::Transport(TransportFailure::Status(503))));
}

#[tokio::test]
async fn a_busy_wechat_is_asked_twice_more_and_a_wrong_secret_is_not_repeated() {
    let sandbox = start();
    let wechat = alone(config(&sandbox.url())).await;
    sandbox.add_fault(STABLE, Fault::Errcode(-1), 2);
    assert!(wechat.access_token().await.is_ok());
    assert_eq!(calls(&sandbox), 3);
    for errcode in [40001, 40002, 40013, 40125, 40164, 40243, 41002, 41004, 43002, 89503] {
        sandbox.reset();
        sandbox.add_fault(STABLE, Fault::Errcode(errcode), 1);
        let refused = alone(config(&sandbox.url())).await.access_token().await.expect_err("a refusal");
        assert!(matches!(&refused, Failure::Refused(refusal) if refusal.errcode == errcode && refusal.rid.is_some()));
        assert_eq!(calls(&sandbox), 1, "{errcode}");
    }
}

#[tokio::test]
async fn a_full_quota_stops_the_calls_for_the_documented_time() {
    for (errcode, outcome, seconds) in [
        (45011, Outcome::TooFrequent, 60),
        (45009, Outcome::QuotaUsedUp, 86_400),
        (89507, Outcome::AwaitingAdministrator, 3_600),
        (89506, Outcome::AwaitingAdministrator, 86_400),
    ] {
        let (sandbox, hand) = (start(), Hand::default());
        let wechat = client(config(&sandbox.url()), Signals::connect(None).await, &hand);
        sandbox.add_fault(STABLE, Fault::Errcode(errcode), 1);
        for _ in 0..2 {
            let refused = wechat.access_token().await.expect_err("a refusal");
            assert_eq!(refused.outcome(), Some(outcome));
        }
        assert_eq!(calls(&sandbox), 1);
        hand.advance(seconds);
        assert!(wechat.access_token().await.is_ok(), "{errcode}");
    }
}

#[tokio::test]
async fn a_broken_answer_gives_no_token() {
    let sandbox = start();
    let cases = [
        (Fault::Html, TransportFailure::Malformed),
        (Fault::Cut, TransportFailure::Cut),
        (Fault::Hang, TransportFailure::TimedOut),
    ];
    for (fault, failure) in cases {
        let wechat = alone(impatient(&sandbox.url())).await;
        sandbox.add_fault(STABLE, fault, 1);
        assert_eq!(wechat.access_token().await, Err(Failure::Transport(failure)));
    }
}

#[tokio::test]
async fn only_the_token_that_was_refused_is_dropped() {
    let (sandbox, hand) = (start(), Hand::default());
    let wechat = client(config(&sandbox.url()), Signals::connect(None).await, &hand);
    let first = wechat.access_token().await.expect("a token");
    advance(&hand, &sandbox, 7_000);
    let second = wechat.access_token().await.expect("a token");
    wechat.invalidate(&first).await;
    assert_eq!(wechat.access_token().await, Ok(second.clone()));
    assert_eq!(calls(&sandbox), 2);
    wechat.invalidate(&second).await;
    assert_eq!(wechat.access_token().await, Ok(second));
    assert_eq!(calls(&sandbox), 3);
}

#[tokio::test]
async fn a_call_whose_token_is_refused_is_repeated_once_with_the_token_asked_for_anew() {
    let sandbox = start();
    for errcode in [40001, 40014, 42001] {
        sandbox.reset();
        let wechat = alone(config(&sandbox.url())).await;
        let tried = Arc::new(AtomicUsize::new(0));
        let refuse = |times: usize| {
            let (tried, now) = (Arc::clone(&tried), Hand::default().now());
            move |token: AccessToken| {
                let try_number = tried.fetch_add(1, Ordering::SeqCst);
                let refusal = Refusal::new(Call::Api, errcode, "", now);
                async move { if try_number < times { Err(Failure::Refused(refusal)) } else { Ok(token) } }
            }
        };
        assert!(wechat.with_token(refuse(1)).await.is_ok());
        assert_eq!((tried.swap(0, Ordering::SeqCst), calls(&sandbox)), (2, 2));
        let refused = wechat.with_token(refuse(9)).await.expect_err("still refused");
        assert_eq!(refused.outcome(), Some(Outcome::TokenInvalid));
        assert_eq!((tried.load(Ordering::SeqCst), calls(&sandbox)), (2, 3));
    }
}

#[tokio::test]
async fn other_failures_of_a_call_are_left_to_the_caller() {
    let sandbox = start();
    let wechat = alone(config(&sandbox.url())).await;
    let tried = AtomicUsize::new(0);
    let now = Hand::default().now();
    let failed: Result<(), Failure> = wechat
        .with_token(|_| {
            tried.fetch_add(1, Ordering::SeqCst);
            let refusal = Refusal::new(Call::Api, 45009, "", now);
            async move { Err(Failure::Refused(refusal)) }
        })
        .await;
    assert_eq!(failed.expect_err("a refusal").outcome(), Some(Outcome::QuotaUsedUp));
    assert_eq!((tried.load(Ordering::SeqCst), calls(&sandbox)), (1, 1));
}
