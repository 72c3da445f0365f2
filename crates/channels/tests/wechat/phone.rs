//! Phone numbers against the stand-in: every documented error code, and answers that must not be taken.

use std::time::Duration;

use crate::support::{Hand, PHONE, STABLE, alone, answering, client, config, impatient, pair, start};
use channels::TransportFailure;
use channels::wechat::PhoneError;
use chrono::Timelike;
use sandbox::{Fault, Settings};
use signals::Signals;

const CODE: &str = "phone-13800138000";

/// The error of a call that WeChat always answers with `errcode`.
async fn error_of(errcode: i64) -> PhoneError {
    let (sandbox, wechat) = pair().await;
    sandbox.add_fault(PHONE, Fault::Errcode(errcode), 10);
    wechat.phone_number(CODE, "o1").await.expect_err("a refusal")
}

#[tokio::test]
async fn a_code_becomes_a_number_once_and_only_for_its_person() {
    let (sandbox, wechat) = pair().await;
    let code = sandbox.create_phone_code("852", "61234567", Some("o1"));
    assert_eq!(wechat.phone_number(&code, "o2").await, Err(PhoneError::CodeInvalid));
    let number = wechat.phone_number(&code, "o1").await.expect("a number");
    assert_eq!(number.as_str(), "+85261234567");
    assert_eq!(format!("{number:?}"), "PhoneNumber(..)");
    assert_eq!(wechat.phone_number(&code, "o1").await, Err(PhoneError::CodeInvalid));
    assert_eq!(wechat.phone_number(CODE, "o2").await.expect("a number").as_str(), "+8613800138000");
}

#[tokio::test]
async fn the_request_is_the_documented_one_and_holds_the_openid() {
    let (sandbox, wechat) = pair().await;
    wechat.phone_number(CODE, "o1").await.expect("a number");
    let token = wechat.access_token().await.expect("a token");
    let received = sandbox.received().pop().expect("a call");
    assert_eq!((received.method.as_str(), received.path.as_str()), ("POST", PHONE));
    assert_eq!(received.query, format!("access_token={}", token.as_str()));
    assert_eq!(received.body, format!(r#"{{"code":"{CODE}","openid":"o1"}}"#));
}

#[tokio::test]
async fn a_text_that_can_be_no_code_is_refused_without_a_call() {
    let (sandbox, wechat) = pair().await;
    for (code, openid) in [("", "o1"), ("a b", "o1"), ("码", "o1"), (CODE, ""), (CODE, "o 1"), (&"a".repeat(129), "o1")]
    {
        assert_eq!(wechat.phone_number(code, openid).await, Err(PhoneError::CodeInvalid), "{code:?} {openid:?}");
    }
    assert!(sandbox.received().is_empty());
}

#[tokio::test]
async fn every_documented_code_has_its_error() {
    assert_eq!(error_of(-1).await, PhoneError::Busy);
    assert_eq!(error_of(40029).await, PhoneError::CodeInvalid);
    assert_eq!(error_of(40163).await, PhoneError::CodeInvalid);
    for errcode in [40001, 40014, 42001] {
        assert_eq!(error_of(errcode).await, PhoneError::TokenRefused { errcode });
    }
    for errcode in [40013, 40125, 41002, 41004] {
        assert_eq!(error_of(errcode).await, PhoneError::Misconfigured { errcode });
    }
    assert_eq!(error_of(40164).await, PhoneError::IpNotAllowed { ip: Some([203, 0, 113, 7].into()) });
    assert_eq!(error_of(61004).await, PhoneError::IpNotAllowed { ip: None });
    assert_eq!(error_of(40243).await, PhoneError::SecretFrozen);
    for errcode in [48001, 48004] {
        assert_eq!(error_of(errcode).await, PhoneError::NotAuthorised { errcode });
    }
    assert_eq!(error_of(50002).await, PhoneError::UserRestricted);
    for errcode in [41001, 43002, 43003, 44002, 47001] {
        assert_eq!(error_of(errcode).await, PhoneError::Defect { errcode });
    }
    for errcode in [40003, 61010, 99999] {
        assert_eq!(error_of(errcode).await, PhoneError::Unexpected { errcode });
    }
    assert!(matches!(error_of(45011).await, PhoneError::TooFrequent { retry_at } if retry_at.second() == 0));
    assert!(matches!(error_of(45009).await, PhoneError::QuotaUsedUp { retry_at } if retry_at.hour() == 16));
}

#[tokio::test]
async fn a_failure_to_get_a_token_is_told_as_what_it_is() {
    for (errcode, expected) in [
        (40001, PhoneError::Misconfigured { errcode: 40001 }),
        (89503, PhoneError::AwaitingAdministrator { errcode: 89503 }),
    ] {
        let (sandbox, wechat) = pair().await;
        sandbox.add_fault(STABLE, Fault::Errcode(errcode), 1);
        assert_eq!(wechat.phone_number(CODE, "o1").await, Err(expected));
        assert_eq!(sandbox.counters().get(PHONE), None);
    }
}

#[tokio::test]
async fn every_error_tells_the_resident_something_in_chinese() {
    for errcode in [-1, 40001, 40029, 45011, 45009, 50002, 40013, 40164, 40243, 48001, 47001, 99999] {
        let message = error_of(errcode).await.message();
        assert!(message.chars().all(|c| ('\u{4e00}'..='\u{9fff}').contains(&c) || c == '，'), "{message}");
    }
}

#[tokio::test]
async fn a_token_that_is_refused_is_renewed_and_the_code_sent_once_more() {
    for errcode in [40001, 40014, 42001] {
        let (sandbox, wechat) = pair().await;
        sandbox.add_fault(PHONE, Fault::Errcode(errcode), 1);
        assert!(wechat.phone_number(CODE, "o1").await.is_ok());
        assert_eq!((sandbox.counters()[STABLE], sandbox.counters()[PHONE]), (2, 2), "{errcode}");
    }
    let (sandbox, wechat) = pair().await;
    sandbox.add_fault(PHONE, Fault::Errcode(40001), 9);
    assert!(wechat.phone_number(CODE, "o1").await.is_err());
    assert_eq!((sandbox.counters()[STABLE], sandbox.counters()[PHONE]), (2, 2));
}

#[tokio::test]
async fn a_busy_wechat_is_asked_twice_more_and_a_call_whose_end_is_unknown_is_not_repeated() {
    let (sandbox, wechat) = pair().await;
    sandbox.add_fault(PHONE, Fault::Errcode(-1), 2);
    assert!(wechat.phone_number(CODE, "o1").await.is_ok());
    assert_eq!(sandbox.counters()[PHONE], 3);
    let cases = [
        (Fault::Html, TransportFailure::Malformed, 1),
        (Fault::Cut, TransportFailure::Cut, 1),
        (Fault::Hang, TransportFailure::TimedOut, 1),
        (Fault::Status(302), TransportFailure::Status(302), 1),
    ];
    for (fault, failure, calls) in cases {
        sandbox.reset();
        sandbox.add_fault(PHONE, fault.clone(), 5);
        let config = if fault == Fault::Hang { impatient(&sandbox.url()) } else { config(&sandbox.url()) };
        let wechat = alone(config).await;
        assert_eq!(wechat.phone_number(CODE, "o1").await, Err(PhoneError::Unreachable(failure)));
        assert_eq!(sandbox.counters()[PHONE], calls, "{failure}");
    }
}

#[tokio::test]
async fn a_limit_of_the_minute_holds_up_nobody_else_and_the_one_of_the_day_all_until_midnight() {
    let (sandbox, hand) = (start(), Hand::default());
    let wechat = client(config(&sandbox.url()), Signals::connect(None).await, &hand);
    sandbox.add_fault(PHONE, Fault::Errcode(45011), 1);
    let frequent = wechat.phone_number(CODE, "o1").await.expect_err("too frequent");
    assert!(frequent.retry_at().is_some_and(|at| at > hand.now()));
    assert!(wechat.phone_number(CODE, "o1").await.is_ok());

    sandbox.add_fault(PHONE, Fault::Errcode(45009), 1);
    let used_up = wechat.phone_number("phone-13800138001", "o1").await;
    assert_eq!(wechat.phone_number("phone-13800138001", "o2").await, used_up);
    assert_eq!(sandbox.counters()[PHONE], 3);
    hand.advance(24 * 3600);
    sandbox.advance(Duration::from_secs(24 * 3600));
    assert!(wechat.phone_number("phone-13800138001", "o1").await.is_ok());
}

#[tokio::test]
async fn a_number_with_another_time_than_ours_is_not_taken() {
    let (sandbox, wechat) = pair().await;
    wechat.access_token().await.expect("a token");
    sandbox.advance(Duration::from_secs(400));
    assert_eq!(wechat.phone_number(CODE, "o1").await, Err(PhoneError::NotFresh));
}

#[tokio::test]
async fn a_number_marked_for_another_app_and_strange_json_are_not_taken() {
    let now = Hand::default().now().timestamp();
    let app_id = Settings::default().app_id;
    let body = |country_code: &str, number: &str, appid: &str| {
        format!(
            r#"{{"errcode":0,"errmsg":"ok","phone_info":{{"phoneNumber":"{number}","purePhoneNumber":"{number}",
            "countryCode":{country_code},"watermark":{{"timestamp":{now},"appid":"{appid}"}}}}}}"#
        )
    };
    let malformed = PhoneError::Unreachable(TransportFailure::Malformed);
    let cases = [
        (body("86", "13800138000", &app_id), Ok("+8613800138000")),
        (body("86", "13800138000", "wx0"), Err(PhoneError::ForeignMark)),
        (body("86", "138-0013", &app_id), Err(malformed.clone())),
        ("{}".to_owned(), Err(malformed.clone())),
        (r#"{"errcode":0,"phone_info":{}}"#.to_owned(), Err(malformed.clone())),
        (" ".repeat(256 * 1024 + 1), Err(PhoneError::Unreachable(TransportFailure::TooLarge))),
    ];
    for (body, expected) in cases {
        let wechat = alone(config(&answering("", body.into_bytes()).await)).await;
        let number = wechat.phone_number("a-code", "o1").await;
        assert_eq!(number.as_ref().map(|number| number.as_str()), expected.as_ref().copied());
    }
}
