//! A corpus of forged and misused tokens; none may be accepted. Each class says what a wrong checker would have let pass.

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD},
};
use chrono::{DateTime, Utc};
use jsonwebtoken::{Algorithm, EncodingKey, crypto};

use super::*;
use crate::{Keyring, Suite, keys::KeyId};

const NOW: i64 = 1_767_225_600;
const GOOD: &str = r#"{"iss":"golden-bell","aud":"console","sub":"01010101010101010101010101010101","role":"city_lead","fam":"02020202020202020202020202020202","iat":1767225600,"nbf":1767225600,"exp":1767226500}"#;

struct Forger {
    keyring: Keyring,
    kid: KeyId,
    key: Vec<u8>,
}

impl Forger {
    fn new() -> Self {
        let keyring = Keyring::random(Suite::Aes256Gcm).rotate_token_key();
        let (kid, key) = keyring.token.current().clone();
        Self { key: key.secret().expose().to_vec(), keyring, kid }
    }

    fn header(&self) -> String {
        format!(r#"{{"typ":"at+jwt","alg":"HS256","kid":"{}"}}"#, self.kid)
    }

    /// The parts joined, signed with our own key: only what they say can betray them.
    fn signed(&self, header: &str, payload: &str) -> String {
        signed_with(&self.key, Algorithm::HS256, header.as_bytes(), payload.as_bytes())
    }

    fn verify(&self, token: &str) -> Result<AccessClaims, TokenError> {
        let now: DateTime<Utc> = DateTime::from_timestamp(NOW, 0).unwrap();
        self.keyring.verify_token(token, Audience::Console, now)
    }

    fn refuse(&self, tokens: &[String], error: TokenError) {
        for token in tokens {
            let shown: String = token.chars().take(400).collect();
            assert_eq!(self.verify(token), Err(error), "{shown}");
        }
    }

    fn refuse_payloads(&self, payloads: &[String], error: TokenError) {
        for payload in payloads {
            assert_eq!(self.verify(&self.signed(&self.header(), payload)), Err(error), "{payload}");
        }
    }
}

fn signed_with(key: &[u8], algorithm: Algorithm, header: &[u8], payload: &[u8]) -> String {
    let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
    let signature = crypto::sign(message.as_bytes(), &EncodingKey::from_secret(key), algorithm).unwrap();
    format!("{message}.{signature}")
}

/// `GOOD` with the value of `name` replaced by other JSON.
fn with(name: &str, value: &str) -> String {
    let (before, rest) = GOOD.split_once(&format!("\"{name}\":")).unwrap();
    let after = rest.trim_start_matches(|character| !matches!(character, ',' | '}'));
    format!("{before}\"{name}\":{value}{after}")
}

const NAMES: [&str; 8] = ["iss", "aud", "sub", "role", "fam", "iat", "nbf", "exp"];

#[test]
fn the_forger_can_make_a_good_token() {
    let forger = Forger::new();
    assert!(forger.verify(&forger.signed(&forger.header(), GOOD)).is_ok());
}

#[test]
fn no_other_algorithm_is_accepted() {
    let forger = Forger::new();
    let header = |alg: &str| forger.header().replace("HS256", alg);
    let mut tokens = Vec::new();
    for alg in
        ["none", "None", "NONE", "nOnE", "", "HS384", "HS512", "RS256", "ES256", "EdDSA", "PS256", "hs256", "HS256 "]
    {
        let unsigned = forger.signed(&header(alg), GOOD);
        let (message, _) = unsigned.rsplit_once('.').unwrap();
        tokens.extend([format!("{message}."), unsigned]);
    }
    for algorithm in [Algorithm::HS384, Algorithm::HS512] {
        let name = format!("{algorithm:?}");
        tokens.push(signed_with(&forger.key, algorithm, header(&name).as_bytes(), GOOD.as_bytes()));
    }
    forger.refuse(&tokens, TokenError::Header);
}

#[test]
fn a_signature_of_another_algorithm_under_our_header_is_refused() {
    let forger = Forger::new();
    let header = forger.header();
    let tokens = [Algorithm::HS384, Algorithm::HS512]
        .map(|algorithm| signed_with(&forger.key, algorithm, header.as_bytes(), GOOD.as_bytes()));
    forger.refuse(&tokens, TokenError::Signature);
}

#[test]
fn no_other_header_is_accepted() {
    let forger = Forger::new();
    let kid = forger.kid;
    let headers = [
        format!(r#"{{"typ":"JWT","alg":"HS256","kid":"{kid}"}}"#),
        format!(r#"{{"typ":"rt+jwt","alg":"HS256","kid":"{kid}"}}"#),
        format!(r#"{{"typ":"AT+JWT","alg":"HS256","kid":"{kid}"}}"#),
        format!(r#"{{"alg":"HS256","kid":"{kid}"}}"#),
        format!(r#"{{"typ":"at+jwt","kid":"{kid}"}}"#),
        r#"{"typ":"at+jwt","alg":"HS256"}"#.to_owned(),
        r#"{"typ":"at+jwt","alg":"HS256","kid":"00000000"}"#.to_owned(),
        r#"{"typ":"at+jwt","alg":"HS256","kid":""}"#.to_owned(),
        r#"{"typ":"at+jwt","alg":"HS256","kid":null}"#.to_owned(),
        r#"{"typ":"at+jwt","alg":"HS256","kid":0}"#.to_owned(),
        r#"{"typ":"at+jwt","alg":"HS256","kid":"../../../../dev/null"}"#.to_owned(),
        r#"{"typ":"at+jwt","alg":"HS256","kid":"' OR 1=1 --"}"#.to_owned(),
        format!(r#"{{"typ":"at+jwt","alg":"HS256","kid":"{kid}","jku":"https://evil.example/keys"}}"#),
        format!(r#"{{"typ":"at+jwt","alg":"HS256","kid":"{kid}","x5u":"https://evil.example/cert"}}"#),
        format!(r#"{{"typ":"at+jwt","alg":"HS256","kid":"{kid}","jwk":{{"kty":"oct","k":"AAAA"}}}}"#),
        format!(r#"{{"typ":"at+jwt","alg":"HS256","kid":"{kid}","crit":["exp"]}}"#),
        format!(r#"{{"typ":"at+jwt","alg":"HS256","kid":"{kid}","b64":false}}"#),
        format!(r#"{{"typ":"at+jwt","alg":"HS256","kid":"{kid}","zip":"DEF"}}"#),
        format!(r#"{{"alg":"none","typ":"at+jwt","alg":"HS256","kid":"{kid}"}}"#),
        format!(r#"{{"typ":"at+jwt","alg":["HS256"],"kid":"{kid}"}}"#),
        format!(r#" {{"typ":"at+jwt","alg":"HS256","kid":"{kid}"}}"#),
        "{}".to_owned(),
        "[]".to_owned(),
        "null".to_owned(),
        String::new(),
    ];
    let tokens: Vec<_> = headers.iter().map(|header| forger.signed(header, GOOD)).collect();
    forger.refuse(&tokens, TokenError::Header);
}

#[test]
fn no_other_key_signs() {
    let forger = Forger::new();
    let header = forger.header();
    let older = forger.keyring.token.iter().nth(1).map(|(_, key)| key.secret().expose().to_vec()).unwrap();
    let keys = [vec![0; 32], Vec::new(), b"secret".to_vec(), older, hex::encode(&forger.key).into_bytes()];
    let tokens = keys.map(|key| signed_with(&key, Algorithm::HS256, header.as_bytes(), GOOD.as_bytes()));
    forger.refuse(&tokens, TokenError::Signature);
}

#[test]
fn every_claim_is_required_and_known_and_given_once() {
    let forger = Forger::new();
    let mut payloads = Vec::new();
    for name in NAMES {
        let renamed = GOOD.replace(&format!("\"{name}\":"), &format!("\"{name}_\":"));
        let (_, rest) = GOOD.split_once(&format!("\"{name}\":")).unwrap();
        let value = rest.split([',', '}']).next().unwrap();
        let pair = format!("\"{name}\":{value}");
        let missing = GOOD.replace(&format!("{pair},"), "").replace(&format!(",{pair}"), "");
        assert_ne!(missing, GOOD);
        payloads.extend([renamed, missing, GOOD.replace(&pair, &format!("{pair},{pair}")), with(name, "null")]);
    }
    for extra in [r#""jti":"1""#, r#""role_":"administrator""#, r#""scope":"all""#, r#""":0"#] {
        payloads.push(GOOD.replacen('{', &format!("{{{extra},"), 1));
    }
    forger.refuse_payloads(&payloads, TokenError::Claims);
}

#[test]
fn claims_of_another_type_or_range_are_refused() {
    let forger = Forger::new();
    let mut payloads = Vec::new();
    for name in ["iat", "nbf", "exp"] {
        for value in [
            "\"1767226000\"",
            "1767226000.0",
            "1767226000.5",
            "1.767226e9",
            "1e999",
            "-1",
            "0",
            "true",
            "[1767226000]",
            "{}",
            "9223372036854775807",
            "-9223372036854775808",
            "9223372036854775808",
            "18446744073709551616",
            "99999999999999999999999999999999",
            "NaN",
            "Infinity",
            "0x6955b900",
            "01767226000",
            "+1767226000",
            "",
        ] {
            payloads.push(with(name, value));
        }
    }
    for name in ["iss", "aud", "sub", "role", "fam"] {
        for value in [
            "1",
            "true",
            "[]",
            "{}",
            "\"\"",
            "[\"console\"]",
            "\"\\u0063onsole\"",
            "\"console\\u0000\"",
            "\" console\"",
        ] {
            payloads.push(with(name, value));
        }
    }
    payloads.extend([
        with("iss", "\"golden-bell.evil\""),
        with("iss", "\"Golden-Bell\""),
        with("iss", "[\"golden-bell\"]"),
        with("iss", "\"\\u0067olden-bell\""),
        with("aud", "\"upstream\""),
        with("aud", "\"console mini-program\""),
        with("aud", "[\"console\",\"mini-program\"]"),
        with("sub", "\"0101010101010101010101010101010\""),
        with("sub", "\"0101010101010101010101010101010A\""),
        with("sub", "\"' OR 1=1 --\""),
        with("role", "\"City_Lead\""),
        with("role", "\"city-lead\""),
        with("role", &format!("\"{}\"", "a".repeat(65))),
    ]);
    forger.refuse_payloads(&payloads, TokenError::Claims);
}

#[test]
fn a_lifetime_beyond_an_hour_or_none_is_refused() {
    let forger = Forger::new();
    let payloads: Vec<_> =
        [NOW, NOW - 1, NOW + 3601, NOW + 86_400 * 365, 253_402_300_799].map(|exp| with("exp", &exp.to_string())).into();
    forger.refuse_payloads(&payloads, TokenError::Claims);
}

#[test]
fn expired_early_and_foreign_tokens_are_told_apart() {
    let forger = Forger::new();
    let shifted = |by: i64| {
        let (issued, expires) = ((NOW + by).to_string(), (NOW + 900 + by).to_string());
        GOOD.replace("1767225600", &issued).replace("1767226500", &expires)
    };
    forger.refuse_payloads(&[shifted(-905), shifted(-1_000_000)], TokenError::Expired);
    forger.refuse_payloads(&[shifted(6), shifted(1_000_000)], TokenError::NotYetValid);
    forger.refuse_payloads(&[with("aud", "\"mini-program\"")], TokenError::Audience);
}

#[test]
fn payloads_that_are_no_object_are_refused() {
    let forger = Forger::new();
    let array = r#"["golden-bell","console","01010101010101010101010101010101","city_lead","02020202020202020202020202020202",1767225600,1767225600,1767226500]"#;
    let payloads = [
        array.to_owned(),
        format!("[{GOOD}]"),
        format!("{GOOD}{GOOD}"),
        format!("{GOOD}x"),
        GOOD.trim_end_matches('}').to_owned(),
        format!("\u{feff}{GOOD}"),
        format!(" {GOOD}"),
        "[".repeat(2_000),
        "{\"iss\":".repeat(200),
        "null".to_owned(),
        "\"\"".to_owned(),
        String::new(),
    ];
    forger.refuse_payloads(&payloads, TokenError::Claims);

    let not_utf8 = [b"{\"iss\":\"", [0xff, 0xfe].as_slice(), b"\"}"].concat();
    let token = signed_with(&forger.key, Algorithm::HS256, forger.header().as_bytes(), &not_utf8);
    forger.refuse(&[token], TokenError::Claims);
}

#[test]
fn other_encodings_of_the_parts_are_refused() {
    let forger = Forger::new();
    let good = forger.signed(&forger.header(), GOOD);
    let parts: Vec<_> = good.split('.').collect();
    let signature = URL_SAFE_NO_PAD.decode(parts[2]).unwrap();
    let message = format!("{}.{}", parts[0], parts[1]);
    let sign = |message: &str| {
        let signature =
            crypto::sign(message.as_bytes(), &EncodingKey::from_secret(&forger.key), Algorithm::HS256).unwrap();
        format!("{message}.{signature}")
    };
    forger.refuse(
        &[
            format!("{message}.{}", URL_SAFE.encode(&signature)),
            format!("{message}.{}", hex::encode(&signature)),
            format!("{message}.{}\n", parts[2]),
            format!("{message}. {}", parts[2]),
            format!("{message}.{}", parts[2].chars().take(42).collect::<String>()),
            format!("{message}."),
        ],
        TokenError::Signature,
    );
    // The last character of 43 carries four bits; its other two must be zero, else one token has four spellings.
    let (last, rest) = (parts[2].chars().last().unwrap(), parts[2].chars().take(42).collect::<String>());
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let place = alphabet.find(last).unwrap();
    let twins: Vec<_> =
        alphabet.chars().skip(place + 1).take(3).map(|twin| format!("{message}.{rest}{twin}")).collect();
    forger.refuse(&twins, TokenError::Signature);

    let padded = format!("{GOOD} ");
    let encodings =
        [URL_SAFE.encode(&padded), STANDARD.encode(&padded), format!("{}=", parts[1]), format!("{}\n", parts[1])];
    let tokens: Vec<_> = encodings.iter().map(|payload| sign(&format!("{}.{payload}", parts[0]))).collect();
    forger.refuse(&tokens, TokenError::Claims);
}

#[test]
fn texts_that_are_no_token_are_refused() {
    let forger = Forger::new();
    let good = forger.signed(&forger.header(), GOOD);
    let (message, signature) = good.rsplit_once('.').unwrap();
    let (header, payload) = message.split_once('.').unwrap();
    forger.refuse(
        &[String::new(), "Bearer".to_owned(), header.to_owned(), message.replace('.', ""), new_refresh_token()],
        TokenError::Malformed,
    );
    forger.refuse(
        &["...".to_owned(), format!(".{good}"), format!(" {good}"), format!("Bearer {good}")],
        TokenError::Header,
    );
    forger.refuse(
        &[
            format!("{good}.{signature}"),
            format!("{good}."),
            format!("{header}..{payload}.{signature}"),
            format!("{good} "),
        ],
        TokenError::Signature,
    );
    forger.refuse(&[format!("{good}{}", "A".repeat(4_096)), "a.".repeat(500_000)], TokenError::TooLong);
}
