//! Code images against the stand-in: images, and every documented error code.

use crate::support::{Hand, IMAGE, STABLE, alone, answering, client, config, pair, start};
use channels::TransportFailure;
use channels::wechat::{CodeImageError, CodeImageRequest, EnvVersion, ImageType, Outcome, Scene, WeChat};
use chrono::Timelike;
use sandbox::Fault;
use signals::Signals;

fn request() -> CodeImageRequest {
    let scene = Scene::parse("r_A1b2-C3").expect("a scene");
    CodeImageRequest {
        scene,
        page: Some("pages/register/index".to_owned()),
        env_version: EnvVersion::Trial,
        width: None,
    }
}

/// The error of a call that WeChat always answers with `errcode`.
async fn error_of(errcode: i64) -> CodeImageError {
    let (sandbox, wechat) = pair().await;
    sandbox.add_fault(IMAGE, Fault::Errcode(errcode), 10);
    wechat.code_image(&request()).await.expect_err("a refusal")
}

#[tokio::test]
async fn a_code_is_an_image_and_the_request_the_documented_one() {
    let (sandbox, wechat) = pair().await;
    let image = wechat.code_image(&request()).await.expect("an image");
    assert_eq!((image.image_type, image.image_type.content_type()), (ImageType::Jpeg, "image/jpeg"));
    assert!(String::from_utf8_lossy(&image.bytes).contains("scene=r_A1b2-C3;page=pages/register/index"));
    let received = sandbox.received().pop().expect("a call");
    let body = r#"{"check_path":false,"env_version":"trial","page":"pages/register/index","scene":"r_A1b2-C3"}"#;
    assert_eq!((received.method.as_str(), received.body.as_str()), ("POST", body));
}

#[tokio::test]
async fn a_request_that_wechat_would_not_take_is_not_sent() {
    let (sandbox, wechat) = pair().await;
    assert_eq!(Scene::parse("a&b"), Err(CodeImageError::SceneInvalid));
    let page = CodeImageRequest { page: Some("/pages".to_owned()), ..request() };
    assert_eq!(wechat.code_image(&page).await, Err(CodeImageError::PageInvalid));
    let wide = CodeImageRequest { width: Some(1281), ..request() };
    assert_eq!(wechat.code_image(&wide).await, Err(CodeImageError::WidthInvalid));
    assert!(sandbox.received().is_empty());
}

#[tokio::test]
async fn every_documented_code_has_its_error() {
    assert_eq!(error_of(-1).await, CodeImageError::Busy);
    for errcode in [40129, 40169] {
        assert_eq!(error_of(errcode).await, CodeImageError::SceneInvalid);
    }
    assert_eq!(error_of(41030).await, CodeImageError::PageNotReleased);
    for errcode in [45063, 40013, 40125, 41002, 41004] {
        assert_eq!(error_of(errcode).await, CodeImageError::Misconfigured { errcode });
    }
    for errcode in [47001, 40097, 85096, 41001, 43002, 43003, 44002] {
        assert_eq!(error_of(errcode).await, CodeImageError::Defect { errcode });
    }
    for errcode in [45009, 45011] {
        assert!(matches!(error_of(errcode).await, CodeImageError::TooFrequent { retry_at } if retry_at.second() == 0));
    }
    for (errcode, outcome) in [
        (40001, Outcome::TokenInvalid),
        (40014, Outcome::TokenInvalid),
        (42001, Outcome::TokenInvalid),
        (40164, Outcome::IpNotAllowed),
        (61004, Outcome::IpNotAllowed),
        (40243, Outcome::SecretFrozen),
        (48001, Outcome::NotAuthorised),
        (48004, Outcome::NotAuthorised),
        (50002, Outcome::UserRestricted),
        (99999, Outcome::Unknown),
    ] {
        let refused = error_of(errcode).await;
        assert!(matches!(refused, CodeImageError::Refused(refusal) if refusal.outcome == outcome), "{errcode}");
    }
}

#[tokio::test]
async fn a_full_minute_stops_the_calls_until_it_ends() {
    let (sandbox, hand) = (start(), Hand::default());
    let wechat = client(config(&sandbox.url()), Signals::connect(None).await, &hand);
    sandbox.add_fault(IMAGE, Fault::Errcode(45009), 1);
    let full = wechat.code_image(&request()).await;
    assert_eq!(wechat.code_image(&request()).await, full);
    assert_eq!(sandbox.counters()[IMAGE], 1);
    hand.advance(60);
    assert!(wechat.code_image(&request()).await.is_ok());
}

#[tokio::test]
async fn a_busy_wechat_is_asked_again_and_a_refused_token_renewed() {
    let (sandbox, wechat) = pair().await;
    sandbox.add_fault(IMAGE, Fault::Errcode(-1), 1);
    sandbox.add_fault(IMAGE, Fault::Errcode(40001), 1);
    assert!(wechat.code_image(&request()).await.is_ok());
    assert_eq!((sandbox.counters()[STABLE], sandbox.counters()[IMAGE]), (2, 3));
}

/// What comes of an answer with these header lines and this body.
async fn answered_with(head: &'static str, body: &[u8]) -> Result<ImageType, CodeImageError> {
    let wechat: WeChat = alone(config(&answering(head, body.to_vec()).await)).await;
    wechat.code_image(&request()).await.map(|image| image.image_type)
}

#[tokio::test]
async fn an_image_is_known_by_its_bytes_and_an_error_by_its_brace_or_its_content_type() {
    assert_eq!(answered_with("Content-Type: image/jpeg\r\n", b"\xff\xd8\xff\xe0 and on").await, Ok(ImageType::Jpeg));
    assert_eq!(answered_with("", b"\x89PNG\r\n\x1a\n and on").await, Ok(ImageType::Png));
    let error = br#"{"errcode":41030,"errmsg":"invalid page rid: 1"}"#;
    for head in ["", "Content-Type: image/jpeg\r\n", "Content-Type: application/json; encoding=utf-8\r\n"] {
        assert_eq!(answered_with(head, error).await, Err(CodeImageError::PageNotReleased), "{head}");
    }
    let malformed = Err(CodeImageError::Unreachable(TransportFailure::Malformed));
    for body in ["", "{", r#"{"errcode":0}"#, "<html>", "GIF89a"] {
        assert_eq!(answered_with("", body.as_bytes()).await, malformed, "{body}");
    }
    assert_eq!(answered_with("Content-Type: application/json\r\n", b"\xff\xd8\xff").await, malformed);
}

#[tokio::test]
async fn an_image_may_be_longer_than_other_answers_but_not_endless() {
    let long = |length| [b"\xff\xd8\xff".to_vec(), vec![0; length]].concat();
    assert!(answered_with("", &long(512 * 1024)).await.is_ok());
    let too_large = Err(CodeImageError::Unreachable(TransportFailure::TooLarge));
    assert_eq!(answered_with("", &long(1024 * 1024)).await, too_large);
}
