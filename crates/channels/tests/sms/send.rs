//! Single sends by both vendors: what arrives, what is refused, and what must not be repeated.

use std::time::Duration;

use crate::support::{PHONE, VENDORS, calls, code, config, now, path, sender, sender_ahead, start};
use channels::TransportFailure;
use channels::sms::{Account, Config, Doubt, Message, Outcome, Refusal, SetupError, SmsSender, Template, Vendor};
use chrono::Timelike;
use sandbox::{Fault, Handle};

/// Changes the keys of an account.
fn with_keys(mut config: Config, id: Option<&str>, key: Option<&str>) -> Config {
    let (known_id, known_key) = match &mut config.account {
        Account::Tencent(account) => (&mut account.secret_id, &mut account.secret_key),
        Account::Aliyun(account) => (&mut account.access_key_id, &mut account.access_key_secret),
    };
    if let Some(id) = id {
        id.clone_into(known_id);
    }
    if let Some(key) = key {
        key.clone_into(known_key);
    }
    config
}

fn refused(why: Refusal, code: &str) -> Outcome {
    Outcome::Refused { why, code: Some(code.to_owned()) }
}

async fn send(sender: &SmsSender) -> Outcome {
    sender.send_code(PHONE, "123456", 5, None).await
}

/// The outcome of a send to which the vendor answers this code.
async fn outcome_of(vendor: Vendor, text: &str) -> (Outcome, u64) {
    let sandbox = start();
    sandbox.add_fault(path(vendor), code(text), 10);
    let outcome = send(&sender(config(vendor, &sandbox))).await;
    (outcome, calls(&sandbox, vendor))
}

#[tokio::test]
async fn a_code_arrives_with_the_signature_the_template_and_the_reference() {
    for vendor in VENDORS {
        let sandbox = start();
        let sender = sender(config(vendor, &sandbox));
        assert_eq!(sender.vendor(), vendor);
        let outcome = sender.send_code(PHONE, "123456", 5, Some("delivery-1")).await;
        let sent = sandbox.sent_sms().pop().expect("a text");
        assert_eq!(outcome, Outcome::Accepted { message_id: sent.message_id.clone() });
        assert_eq!((sent.phone.as_str(), sent.code(), sent.sign_name.as_str()), (PHONE, Some("123456"), "金钟反诈"));
        assert_eq!(sent.reference.as_deref(), Some("delivery-1"));
        let parameters: Vec<_> = sent.parameters.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let expected: &[(&str, &str)] = match vendor {
            Vendor::Tencent => &[("1", "123456"), ("2", "5")],
            Vendor::Aliyun => &[("code", "123456")],
        };
        assert_eq!(parameters, expected);
    }
}

#[tokio::test]
async fn what_can_be_no_text_is_refused_without_a_call() {
    for vendor in VENDORS {
        let sandbox = start();
        let sender = sender(config(vendor, &sandbox));
        let none = |why| Outcome::Refused { why, code: None };
        for phone in ["", "13800138000", "+86138", "+86 13800138000"] {
            assert_eq!(sender.send_code(phone, "1234", 5, None).await, none(Refusal::NumberInvalid), "{phone}");
        }
        for code in ["", "123", "1234567", "12a4", "１２３４"] {
            assert_eq!(sender.send_code(PHONE, code, 5, None).await, none(Refusal::Defect), "{code}");
        }
        let template = Template::new("1", &["name"]);
        let message = Message { phone: PHONE, template: &template, values: &[("code", "1")], reference: None };
        assert_eq!(sender.send(&message).await, none(Refusal::Defect));
        assert_eq!(calls(&sandbox, vendor), 0);
    }
}

#[tokio::test]
async fn wrong_keys_and_a_wrong_clock_are_told_apart() {
    let of = |vendor, tencent, aliyun| if vendor == Vendor::Tencent { tencent } else { aliyun };
    for vendor in VENDORS {
        let sandbox = start();
        let config = || config(vendor, &sandbox);
        let key = of(vendor, "AuthFailure.SignatureFailure", "SignatureDoesNotMatch");
        let outcome = send(&sender(with_keys(config(), None, Some("another")))).await;
        assert_eq!(outcome, refused(Refusal::Credentials, key));
        if vendor == Vendor::Tencent {
            let outcome = send(&sender(with_keys(config(), Some("nobody"), None))).await;
            assert_eq!(outcome, refused(Refusal::Credentials, "AuthFailure.SecretIdNotFound"));
        }
        let clock = of(vendor, "AuthFailure.SignatureExpire", "InvalidTimeStamp.Expired");
        for ahead_s in [-1000, 1000] {
            let outcome = send(&sender_ahead(config(), ahead_s)).await;
            assert_eq!(outcome, refused(Refusal::Clock, clock), "{ahead_s}");
        }
        assert!(matches!(send(&sender(config())).await, Outcome::Accepted { .. }));
    }
}

#[tokio::test]
async fn a_signature_or_template_that_is_not_approved_is_told() {
    for vendor in VENDORS {
        let sandbox = start();
        let mut unknown = config(vendor, &sandbox);
        unknown.sign_name = "别的签名".to_owned();
        let sign = if vendor == Vendor::Tencent {
            "FailedOperation.SignatureIncorrectOrUnapproved"
        } else {
            "isv.SMS_SIGNATURE_ILLEGAL"
        };
        assert_eq!(send(&sender(unknown)).await, refused(Refusal::NotApproved, sign));
        let mut unknown = config(vendor, &sandbox);
        unknown.verification.id = "999".to_owned();
        let template = if vendor == Vendor::Tencent {
            "FailedOperation.TemplateIncorrectOrUnapproved"
        } else {
            "isv.SMS_TEMPLATE_ILLEGAL"
        };
        assert_eq!(send(&sender(unknown)).await, refused(Refusal::NotApproved, template));
    }
}

#[tokio::test]
async fn a_number_that_had_its_share_is_limited_and_others_are_not() {
    for vendor in VENDORS {
        let sandbox = start();
        let sender = sender(config(vendor, &sandbox));
        assert!(matches!(send(&sender).await, Outcome::Accepted { .. }));
        assert!(matches!(send(&sender).await, Outcome::Refused { why: Refusal::NumberLimited, .. }));
        let other = sender.send_code("+8613800138001", "123456", 5, None).await;
        assert!(matches!(other, Outcome::Accepted { .. }));
        assert_eq!(sandbox.sent_sms().len(), 2);
    }
}

#[tokio::test]
async fn each_class_of_code_becomes_its_outcome() {
    for (vendor, code, why) in [
        (Vendor::Tencent, "FailedOperation.PhoneNumberInBlacklist", Refusal::NumberBlocked),
        (Vendor::Tencent, "LimitExceeded.AppDailyLimit", Refusal::QuotaUsedUp),
        (Vendor::Tencent, "UnauthorizedOperation.SerivceSuspendDueToArrears", Refusal::Account),
        (Vendor::Tencent, "FailedOperation.ContainSensitiveWord", Refusal::Content),
        (Vendor::Tencent, "FailedOperation.SomethingNew", Refusal::Undocumented),
        (Vendor::Aliyun, "isv.MOBILE_NUMBER_ILLEGAL", Refusal::NumberInvalid),
        (Vendor::Aliyun, "isv.DAY_LIMIT_CONTROL", Refusal::QuotaUsedUp),
        (Vendor::Aliyun, "isv.AMOUNT_NOT_ENOUGH", Refusal::Account),
        (Vendor::Aliyun, "isv.BLACK_KEY_CONTROL_LIMIT", Refusal::Content),
        (Vendor::Aliyun, "isv.PARAM_LENGTH_LIMIT", Refusal::Defect),
        (Vendor::Aliyun, "NoSuchThing", Refusal::Undocumented),
    ] {
        assert_eq!(outcome_of(vendor, code).await, (refused(why, code), 1), "{code}");
    }
    let (outcome, calls) = outcome_of(Vendor::Tencent, "FailedOperation.MarketingSendTimeConstraint").await;
    assert!(matches!(outcome, Outcome::Retry { at, .. } if at.hour() == 0 && at > now()) && calls == 1);
}

#[tokio::test]
async fn a_busy_vendor_is_asked_twice_more_with_a_new_signature() {
    for (vendor, busy) in [
        (Vendor::Tencent, "InternalError.OtherError"),
        (Vendor::Tencent, "RequestLimitExceeded"),
        (Vendor::Aliyun, "isp.SYSTEM_ERROR"),
        (Vendor::Aliyun, "Throttling.User"),
    ] {
        let sandbox = start();
        sandbox.add_fault(path(vendor), code(busy), 2);
        assert!(matches!(send(&sender(config(vendor, &sandbox))).await, Outcome::Accepted { .. }), "{busy}");
        assert_eq!(calls(&sandbox, vendor), 3);
        let (outcome, calls) = outcome_of(vendor, busy).await;
        assert!(
            matches!(&outcome, Outcome::Retry { at, code: Some(code) } if *at > now() && code == busy),
            "{outcome:?}"
        );
        assert_eq!(calls, 3);
    }
}

#[tokio::test]
async fn what_may_have_been_sent_is_not_sent_again() {
    for vendor in VENDORS {
        let cases = [
            (Fault::Html, TransportFailure::Malformed),
            (Fault::Cut, TransportFailure::Cut),
            (Fault::Hang, TransportFailure::TimedOut),
            (Fault::Status(503), TransportFailure::Status(503)),
            (Fault::Status(404), TransportFailure::Status(404)),
            (Fault::Status(302), TransportFailure::Status(302)),
        ];
        for (fault, failure) in cases {
            let sandbox = start();
            let mut config = config(vendor, &sandbox);
            if matches!(fault, Fault::Hang) {
                config.limits.total = Duration::from_millis(300);
            }
            sandbox.add_fault(path(vendor), fault, 5);
            assert_eq!(send(&sender(config)).await, Outcome::Unknown(Doubt::Transport(failure)));
            assert_eq!(calls(&sandbox, vendor), 1, "{failure}");
        }
    }
    for (vendor, code) in [
        (Vendor::Tencent, "InternalError.Timeout"),
        (Vendor::Aliyun, "SignatureNonceUsed"),
        (Vendor::Aliyun, "ServiceUnavailable"),
    ] {
        assert_eq!(outcome_of(vendor, code).await, (Outcome::Unknown(Doubt::Code(code.to_owned())), 1));
    }
}

#[tokio::test]
async fn a_late_answer_is_waited_for() {
    for vendor in VENDORS {
        let sandbox = start();
        sandbox.add_fault(path(vendor), Fault::SlowMs(50), 1);
        assert!(matches!(send(&sender(config(vendor, &sandbox))).await, Outcome::Accepted { .. }));
    }
}

#[tokio::test]
async fn a_vendor_that_was_never_reached_may_be_tried_later() {
    for vendor in VENDORS {
        let sandbox: Handle = start();
        let config = config(vendor, &sandbox);
        sandbox.stop();
        let outcome = send(&sender(config)).await;
        assert!(matches!(outcome, Outcome::Retry { at, code: None } if at > now()), "{outcome:?}");
    }
}

#[tokio::test]
async fn a_configuration_that_can_not_work_makes_no_sender() {
    let sandbox = start();
    let bad = with_keys(config(Vendor::Aliyun, &sandbox), None, Some(""));
    let error = SmsSender::new(bad, std::sync::Arc::new(now)).map(drop).expect_err("a refusal");
    assert!(matches!(error, SetupError::Config(_)) && error.to_string().contains("access_key_secret"));
}
