//! Login against the stand-in: every documented error code, and a WeChat that is slow, broken or strange.

use crate::support::{Hand, LOGIN, alone, answering, client, config, impatient, pair, start};
use channels::TransportFailure;
use channels::wechat::LoginError;
use chrono::Timelike;
use sandbox::Fault;
use signals::Signals;

/// The error a login meets when WeChat always answers with `errcode`.
async fn error_of(errcode: i64) -> LoginError {
    let (sandbox, wechat) = pair().await;
    sandbox.add_fault(LOGIN, Fault::Errcode(errcode), 10);
    wechat.login("demo-li").await.expect_err("a refusal")
}

#[tokio::test]
async fn a_code_becomes_an_openid_once() {
    let (sandbox, wechat) = pair().await;
    let code = sandbox.create_code(Some("oSomebody"));
    let session = wechat.login(&code).await.expect("a session");
    assert_eq!((session.openid.as_str(), session.unionid.as_deref()), ("oSomebody", None));
    assert!(session.session_key.is_some());
    assert_eq!(format!("{session:?}"), "Session { .. }");
    assert_eq!(wechat.login(&code).await, Err(LoginError::CodeInvalid));
    assert_eq!(wechat.login("unheard-of").await, Err(LoginError::CodeInvalid));
}

#[tokio::test]
async fn the_request_is_the_documented_one() {
    let (sandbox, wechat) = pair().await;
    wechat.login("demo-li").await.expect("a session");
    let received = sandbox.received();
    let known = config(&sandbox.url());
    let expected =
        format!("appid={}&secret={}&js_code=demo-li&grant_type=authorization_code", known.app_id, known.secret);
    assert_eq!((received[0].method.as_str(), &received[0].query), ("GET", &expected));
}

#[tokio::test]
async fn a_text_that_can_be_no_code_is_refused_without_a_call() {
    let (sandbox, wechat) = pair().await;
    for code in ["", " ", "a b", "码", "a\n", &"a".repeat(129)] {
        assert_eq!(wechat.login(code).await, Err(LoginError::CodeInvalid), "{code:?}");
    }
    assert!(sandbox.received().is_empty());
}

#[tokio::test]
async fn every_documented_code_has_its_error() {
    assert_eq!(error_of(-1).await, LoginError::Busy);
    for errcode in [40029, 40163] {
        assert_eq!(error_of(errcode).await, LoginError::CodeInvalid);
    }
    assert_eq!(error_of(40226).await, LoginError::Blocked);
    for errcode in [40001, 40013, 40125, 41002, 41004] {
        assert_eq!(error_of(errcode).await, LoginError::Misconfigured { errcode });
    }
    assert_eq!(error_of(40164).await, LoginError::IpNotAllowed { ip: Some([203, 0, 113, 7].into()) });
    assert_eq!(error_of(61004).await, LoginError::IpNotAllowed { ip: None });
    assert_eq!(error_of(40243).await, LoginError::SecretFrozen);
    for errcode in [48001, 48004] {
        assert_eq!(error_of(errcode).await, LoginError::NotAuthorised { errcode });
    }
    assert_eq!(error_of(50002).await, LoginError::UserRestricted);
    for errcode in [40014, 41001, 42001, 43002, 43003, 44002, 47001, 99999] {
        assert_eq!(error_of(errcode).await, LoginError::Unexpected { errcode });
    }
    assert!(matches!(error_of(45011).await, LoginError::TooFrequent { retry_at } if retry_at.second() == 0));
    assert!(matches!(error_of(45009).await, LoginError::QuotaUsedUp { retry_at } if retry_at.hour() == 16));
}

#[tokio::test]
async fn every_error_tells_the_resident_something_in_chinese() {
    for errcode in [-1, 40029, 40226, 45011, 45009, 50002, 40013, 40164, 40243, 48001, 99999] {
        let message = error_of(errcode).await.message();
        assert!(message.chars().all(|c| ('\u{4e00}'..='\u{9fff}').contains(&c) || c == '，'), "{message}");
    }
}

#[tokio::test]
async fn a_busy_wechat_is_asked_once_more_and_other_refusals_are_final() {
    let (sandbox, wechat) = pair().await;
    sandbox.add_fault(LOGIN, Fault::Errcode(-1), 1);
    assert!(wechat.login("demo-li").await.is_ok());
    sandbox.reset();
    sandbox.add_fault(LOGIN, Fault::Errcode(-1), 2);
    assert_eq!(wechat.login("demo-li").await, Err(LoginError::Busy));
    sandbox.reset();
    sandbox.add_fault(LOGIN, Fault::Errcode(40226), 1);
    assert_eq!(wechat.login("demo-li").await, Err(LoginError::Blocked));
    assert_eq!(sandbox.received().len(), 1);
}

#[tokio::test]
async fn a_user_who_comes_too_often_holds_up_nobody_and_a_used_up_quota_stops_all_until_midnight() {
    let sandbox = start();
    let hand = Hand::default();
    let wechat = client(config(&sandbox.url()), Signals::connect(None).await, &hand);
    sandbox.add_fault(LOGIN, Fault::Errcode(45011), 1);
    let frequent = wechat.login("demo-li").await.expect_err("too frequent");
    assert!(frequent.retry_at().is_some_and(|at| at > hand.now()));
    assert!(wechat.login("demo-wang").await.is_ok());

    sandbox.reset();
    sandbox.add_fault(LOGIN, Fault::Errcode(45009), 1);
    let used_up = wechat.login("demo-li").await;
    assert_eq!(wechat.login("demo-wang").await, used_up);
    assert_eq!(sandbox.received().len(), 1);
    hand.advance(24 * 3600);
    assert!(wechat.login("demo-wang").await.is_ok());

    sandbox.add_fault(LOGIN, Fault::Errcode(45009), 1);
    assert!(wechat.login("demo-li").await.is_err());
    wechat.resume();
    assert!(wechat.login("demo-li").await.is_ok());
}

#[tokio::test]
async fn a_broken_answer_has_its_own_error_and_only_a_server_error_is_repeated() {
    let (sandbox, wechat) = pair().await;
    let cases = [
        (Fault::Html, TransportFailure::Malformed, 1),
        (Fault::Cut, TransportFailure::Cut, 1),
        (Fault::Status(503), TransportFailure::Status(503), 2),
        (Fault::Status(404), TransportFailure::Status(404), 1),
        (Fault::Status(302), TransportFailure::Status(302), 1),
    ];
    for (fault, failure, calls) in cases {
        sandbox.reset();
        sandbox.add_fault(LOGIN, fault, 5);
        assert_eq!(wechat.login("demo-li").await, Err(LoginError::Unreachable(failure)));
        assert_eq!(sandbox.received().len(), calls, "{failure}");
    }
    sandbox.reset();
    sandbox.add_fault(LOGIN, Fault::Status(500), 1);
    assert!(wechat.login("demo-li").await.is_ok());
}

#[tokio::test]
async fn a_late_answer_is_waited_for_and_a_hanging_one_is_left() {
    let (sandbox, wechat) = pair().await;
    sandbox.add_fault(LOGIN, Fault::SlowMs(50), 1);
    assert!(wechat.login("demo-li").await.is_ok());
    let impatient = alone(impatient(&sandbox.url())).await;
    let timed_out = Err(LoginError::Unreachable(TransportFailure::TimedOut));
    for fault in [Fault::Hang, Fault::SlowMs(600_000)] {
        sandbox.reset();
        sandbox.add_fault(LOGIN, fault, 1);
        assert_eq!(impatient.login("demo-li").await, timed_out);
        // The provider may have acted: a code works once, so it is not sent again.
        assert_eq!(sandbox.received().len(), 1);
    }
}

#[tokio::test]
async fn nothing_listening_is_told_apart() {
    let (sandbox, wechat) = pair().await;
    sandbox.stop();
    assert_eq!(wechat.login("demo-li").await, Err(LoginError::Unreachable(TransportFailure::Connect)));
}

/// The openid or error of a login whose answer is `body` with status 200.
async fn answered_with(body: Vec<u8>) -> Result<String, LoginError> {
    let address = answering("", body).await;
    alone(config(&address)).await.login("a-code").await.map(|session| session.openid)
}

#[tokio::test]
async fn strange_json_is_no_session() {
    let malformed = Err(LoginError::Unreachable(TransportFailure::Malformed));
    for body in
        ["", "{}", "[]", "null", "1", r#"{"openid":""}"#, r#"{"openid":1}"#, r#"{"errcode":"0"}"#, r#"{"errcode":0}"#]
    {
        assert_eq!(answered_with(body.into()).await, malformed, "{body}");
    }
    let long = format!(r#"{{"openid":"{}"}}"#, "o".repeat(65));
    assert_eq!(answered_with(long.into_bytes()).await, malformed);
    assert_eq!(answered_with(vec![0xff, 0xfe, 0]).await, malformed);
    let spelled_out = br#"{"openid":"o1","errcode":0,"errmsg":"ok","new_field":[1]}"#;
    assert_eq!(answered_with(spelled_out.to_vec()).await.as_deref(), Ok("o1"));
    assert_eq!(answered_with(br#"{"openid":"o1","errcode":40226}"#.to_vec()).await, Err(LoginError::Blocked));
}

#[tokio::test]
async fn an_endless_answer_is_not_read_to_its_end() {
    let too_large = Err(LoginError::Unreachable(TransportFailure::TooLarge));
    assert_eq!(answered_with(vec![b' '; 256 * 1024 + 1]).await, too_large);
}
