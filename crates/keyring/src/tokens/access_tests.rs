//! Access tokens that are good, and when they stop being so.

use chrono::{DateTime, Utc};
use proptest::prelude::*;

use super::*;
use crate::{Keyring, PublicId, Suite};

const ISSUED: i64 = 1_767_225_600;

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap()
}

fn claims() -> AccessClaims {
    AccessClaims {
        audience: Audience::Console,
        subject: PublicId::from_bytes([1; 16]),
        role: "city_lead".to_owned(),
        family: PublicId::from_bytes([2; 16]),
        issued_at: at(ISSUED),
        expires_at: at(ISSUED + 900),
    }
}

#[test]
fn an_issued_token_gives_its_claims_back() {
    let keyring = Keyring::random(Suite::Aes256Gcm);
    for audience in [Audience::Console, Audience::MiniProgram] {
        let claims = AccessClaims { audience, ..claims() };
        let token = keyring.issue_token(&claims).unwrap();
        assert_eq!(keyring.verify_token(&token, audience, at(ISSUED)), Ok(claims));
    }
}

#[test]
fn the_written_form_is_a_standard_jwt() {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

    let keyring = Keyring::random(Suite::Aes256Gcm);
    let token = keyring.issue_token(&claims()).unwrap();
    let parts: Vec<_> = token.split('.').map(|part| URL_SAFE_NO_PAD.decode(part).unwrap()).collect();
    let kid = keyring.token.current().0;
    assert_eq!(
        String::from_utf8(parts[0].clone()).unwrap(),
        format!(r#"{{"typ":"at+jwt","alg":"HS256","kid":"{kid}"}}"#)
    );
    assert_eq!(
        String::from_utf8(parts[1].clone()).unwrap(),
        r#"{"iss":"golden-bell","aud":"console","sub":"01010101010101010101010101010101","role":"city_lead","fam":"02020202020202020202020202020202","iat":1767225600,"nbf":1767225600,"exp":1767226500}"#
    );
    assert_eq!(parts[2].len(), 32);
    assert!(token.len() < 512);
}

#[test]
fn a_token_is_valid_from_issue_to_expiry_with_five_seconds_of_leeway() {
    let keyring = Keyring::random(Suite::Aes256Gcm);
    let token = keyring.issue_token(&claims()).unwrap();
    for (now, refusal) in [
        (ISSUED - 6, Some(TokenError::NotYetValid)),
        (ISSUED - 5, None),
        (ISSUED + 899, None),
        (ISSUED + 904, None),
        (ISSUED + 905, Some(TokenError::Expired)),
        (ISSUED + 1_000_000, Some(TokenError::Expired)),
    ] {
        assert_eq!(keyring.verify_token(&token, Audience::Console, at(now)).err(), refusal, "{now}");
    }
}

#[test]
fn a_token_is_for_one_audience() {
    let keyring = Keyring::random(Suite::Aes256Gcm);
    let token = keyring.issue_token(&claims()).unwrap();
    assert_eq!(keyring.verify_token(&token, Audience::MiniProgram, at(ISSUED)), Err(TokenError::Audience));
}

#[test]
fn an_older_token_key_verifies_until_two_rotations_later() {
    let keyring = Keyring::random(Suite::Aes256Gcm);
    let token = keyring.issue_token(&claims()).unwrap();
    let verify = |keyring: &Keyring| keyring.verify_token(&token, Audience::Console, at(ISSUED)).err();
    let once = keyring.rotate_token_key();
    let twice = once.rotate_token_key();
    assert_eq!((verify(&once), verify(&twice)), (None, None));
    assert_eq!(verify(&twice.rotate_token_key()), Some(TokenError::Header));
    let newer = once.issue_token(&claims()).unwrap();
    assert_eq!(keyring.verify_token(&newer, Audience::Console, at(ISSUED)), Err(TokenError::Header));
}

#[test]
fn a_token_survives_the_key_file() {
    let keyring = Keyring::random(Suite::Aes256Gcm);
    let token = keyring.issue_token(&claims()).unwrap();
    let read = Keyring::from_toml(&keyring.to_toml()).unwrap();
    assert!(read.verify_token(&token, Audience::Console, at(ISSUED)).is_ok());
}

#[test]
fn claims_that_would_not_verify_are_not_issued() {
    let keyring = Keyring::random(Suite::Aes256Gcm);
    let wrong = [
        AccessClaims { role: String::new(), ..claims() },
        AccessClaims { role: "City Lead".to_owned(), ..claims() },
        AccessClaims { role: "a".repeat(65), ..claims() },
        AccessClaims { expires_at: at(ISSUED), ..claims() },
        AccessClaims { expires_at: at(ISSUED - 1), ..claims() },
        AccessClaims { expires_at: at(ISSUED + 3601), ..claims() },
        AccessClaims { expires_at: DateTime::<Utc>::MAX_UTC, issued_at: DateTime::<Utc>::MIN_UTC, ..claims() },
    ];
    for claims in wrong {
        assert_eq!(keyring.issue_token(&claims), Err(TokenError::Claims), "{claims:?}");
    }
}

proptest! {
    #[test]
    fn whatever_is_issued_verifies(
        subject: [u8; 16],
        family: [u8; 16],
        role in "[a-z_]{1,64}",
        issued in 0_i64..4_000_000_000,
        lifetime in 1_i64..=3600,
    ) {
        let keyring = Keyring::random(Suite::Aes256Gcm);
        let claims = AccessClaims {
            audience: Audience::MiniProgram,
            subject: PublicId::from_bytes(subject),
            role,
            family: PublicId::from_bytes(family),
            issued_at: at(issued),
            expires_at: at(issued + lifetime),
        };
        let token = keyring.issue_token(&claims).unwrap();
        prop_assert_eq!(keyring.verify_token(&token, Audience::MiniProgram, at(issued)), Ok(claims));
    }

    #[test]
    fn a_changed_character_is_refused(at_character in 0_usize..400, to in "[A-Za-z0-9_.=-]") {
        let keyring = Keyring::random(Suite::Aes256Gcm);
        let token = keyring.issue_token(&claims()).unwrap();
        let place = at_character % token.len();
        let mut changed = token.clone();
        changed.replace_range(place..=place, &to);
        let verified = keyring.verify_token(&changed, Audience::Console, at(ISSUED));
        prop_assert_eq!(verified.is_ok(), changed == token);
    }

    #[test]
    fn any_text_is_refused(text in "\\PC{0,200}|[A-Za-z0-9_-]{0,60}\\.[A-Za-z0-9_-]{0,60}\\.[A-Za-z0-9_-]{0,60}") {
        let keyring = Keyring::random(Suite::Aes256Gcm);
        prop_assert!(keyring.verify_token(&text, Audience::Console, at(ISSUED)).is_err());
    }
}
