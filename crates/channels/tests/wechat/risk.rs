//! Risk ranks against the stand-in: every documented error code, and an answer that is waited for only a little.

use std::net::IpAddr;
use std::time::Duration;

use crate::support::{Hand, RISK, alone, answering, client, config, pair, start};
use channels::TransportFailure;
use channels::wechat::{Failure, Outcome, Risk, RiskError, WeChat};
use sandbox::Fault;
use signals::Signals;

const IP: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(203, 0, 113, 9));

/// Signs somebody in, so that WeChat has seen them.
async fn visit(wechat: &WeChat) -> String {
    wechat.login("demo-li").await.expect("a session").openid
}

async fn error_of(errcode: i64) -> RiskError {
    let (sandbox, wechat) = pair().await;
    sandbox.add_fault(RISK, Fault::Errcode(errcode), 10);
    wechat.risk_rank("o1", IP, None).await.expect_err("a refusal")
}

#[tokio::test]
async fn a_visitor_has_a_rank_and_the_request_is_the_documented_one() {
    let (sandbox, wechat) = pair().await;
    let openid = visit(&wechat).await;
    assert_eq!(wechat.risk_rank(&openid, IP, None).await.map(|risk| risk.rank), Ok(0));
    sandbox.set_risk_rank(&openid, 4);
    let mapped: IpAddr = "::ffff:203.0.113.9".parse().expect("an address");
    let risk = wechat.risk_rank(&openid, mapped, Some("+8613800138000")).await.expect("a rank");
    assert!(risk.rank == 4 && risk.id.is_some());
    let received = sandbox.received().pop().expect("a call");
    let app_id = sandbox::Settings::default().app_id;
    let body = format!(
        r#"{{"appid":"{app_id}","client_ip":"203.0.113.9","mobile_no":"13800138000","openid":"{openid}","scene":0}}"#
    );
    assert_eq!((received.method.as_str(), received.body), ("POST", body));
    wechat.risk_rank(&openid, IP, Some("+85261234567")).await.expect("a rank");
    assert!(!sandbox.received().pop().expect("a call").body.contains("mobile_no"));
}

#[tokio::test]
async fn a_script_that_was_never_in_the_app_is_told_apart() {
    let (sandbox, wechat) = pair().await;
    assert_eq!(wechat.risk_rank("oNeverSeen", IP, None).await, Err(RiskError::NoRecentVisit));
    let openid = visit(&wechat).await;
    sandbox.advance(Duration::from_secs(2 * 3600));
    assert_eq!(wechat.risk_rank(&openid, IP, None).await, Err(RiskError::NoRecentVisit));
}

#[tokio::test]
async fn every_documented_code_has_its_error() {
    for errcode in [48001, 48004] {
        assert_eq!(error_of(errcode).await, RiskError::NotEnabled);
    }
    assert_eq!(error_of(61010).await, RiskError::NoRecentVisit);
    for errcode in [40003, 43104] {
        assert_eq!(error_of(errcode).await, RiskError::Mismatch);
    }
    for (errcode, outcome) in [
        (-1, Outcome::Busy),
        (40001, Outcome::TokenInvalid),
        (40014, Outcome::TokenInvalid),
        (42001, Outcome::TokenInvalid),
        (40013, Outcome::Misconfigured),
        (45009, Outcome::QuotaUsedUp),
        (45011, Outcome::TooFrequent),
        (47001, Outcome::Defect),
        (99999, Outcome::Unknown),
    ] {
        let unknown = error_of(errcode).await;
        assert!(matches!(unknown, RiskError::Unknown(failure) if failure.outcome() == Some(outcome)), "{errcode}");
    }
}

#[tokio::test]
async fn a_capability_that_is_off_is_asked_for_once_an_hour() {
    let (sandbox, hand) = (start(), Hand::default());
    let wechat = client(config(&sandbox.url()), Signals::connect(None).await, &hand);
    let openid = visit(&wechat).await;
    sandbox.add_fault(RISK, Fault::Errcode(48001), 1);
    for _ in 0..3 {
        assert_eq!(wechat.risk_rank(&openid, IP, None).await, Err(RiskError::NotEnabled));
    }
    assert_eq!(sandbox.counters()[RISK], 1);
    hand.advance(3600);
    assert!(wechat.risk_rank(&openid, IP, None).await.is_ok());
}

#[tokio::test]
async fn a_registration_does_not_wait_long_for_a_rank() {
    let sandbox = start();
    let mut config = config(&sandbox.url());
    config.risk_within = Duration::from_millis(300);
    let wechat = alone(config).await;
    sandbox.add_fault(RISK, Fault::Hang, 1);
    let late = RiskError::Unknown(Failure::Transport(TransportFailure::TimedOut));
    assert_eq!(wechat.risk_rank("o1", IP, None).await, Err(late));
}

#[tokio::test]
async fn the_number_of_an_answer_may_be_spelled_either_way_and_a_rank_is_zero_to_four() {
    let malformed = Err(RiskError::Unknown(Failure::Transport(TransportFailure::Malformed)));
    let cases = [
        (r#"{"errcode":0,"risk_rank":2,"unoin_id":18446744073709551615}"#, Ok(Risk { rank: 2, id: Some(u64::MAX) })),
        (r#"{"risk_rank":4,"union_id":7,"label_list":[1]}"#, Ok(Risk { rank: 4, id: Some(7) })),
        (r#"{"risk_rank":0}"#, Ok(Risk { rank: 0, id: None })),
        (r#"{"risk_rank":5}"#, malformed.clone()),
        (r#"{"risk_rank":"1"}"#, malformed.clone()),
        ("{}", malformed.clone()),
    ];
    for (body, expected) in cases {
        let wechat = alone(config(&answering("", body.into()).await)).await;
        assert_eq!(wechat.risk_rank("o1", IP, None).await, expected, "{body}");
    }
}
