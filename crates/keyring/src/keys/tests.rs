//! Rotation and the text of the key file.

use proptest::prelude::*;

use super::*;
use crate::{PersonKey, PublicId, SealContext};

fn context() -> SealContext<'static> {
    SealContext::new("person.phone", PublicId::from_bytes([7; 16]))
}

#[test]
fn the_text_of_a_keyring_gives_the_same_keyring() {
    let keyring = Keyring::random(Suite::Aes256Gcm).rotate_master().rotate_token_key().with_suite(Suite::Sm4Gcm);
    let read = Keyring::from_toml(&keyring.to_toml()).unwrap();
    assert_eq!(read.fingerprint(), keyring.fingerprint());
    assert_eq!(read.to_toml().as_str(), keyring.to_toml().as_str());
    assert_eq!(read.suite(), Suite::Sm4Gcm);
}

#[test]
fn a_new_keyring_shares_nothing_with_another() {
    let (one, other) = (Keyring::random(Suite::Aes256Gcm), Keyring::random(Suite::Aes256Gcm));
    assert_ne!(one.fingerprint(), other.fingerprint());
    assert_eq!(one.fingerprint().len(), 16);
}

#[test]
fn every_rotation_changes_the_fingerprint() {
    let keyring = Keyring::random(Suite::Aes256Gcm);
    for changed in [
        keyring.rotate_master(),
        keyring.rotate_token_key(),
        keyring.rotate_blind_index(),
        keyring.with_suite(Suite::Sm4Gcm),
    ] {
        assert_ne!(changed.fingerprint(), keyring.fingerprint());
    }
    assert_eq!(keyring.with_suite(Suite::Aes256Gcm).fingerprint(), keyring.fingerprint());
}

#[test]
fn debug_output_holds_no_key() {
    let keyring = Keyring::random(Suite::Aes256Gcm).rotate_token_key();
    let shown = format!("{keyring:?} {keyring:#?}").to_lowercase();
    for line in keyring.to_toml().lines() {
        if let Some(key) = line.strip_prefix("key = ").or(line.strip_prefix("refresh = ")) {
            assert!(!shown.contains(key.trim_matches('"')));
        }
    }
    for (_, key) in keyring.master.iter() {
        let listed: Vec<_> = key.expose().iter().take(4).map(u8::to_string).collect();
        assert!(!shown.contains(&listed.join(", ")));
    }
}

#[test]
fn an_older_master_key_opens_until_it_is_removed() {
    let before = Keyring::random(Suite::Aes256Gcm);
    let key = PersonKey::random();
    let wrapped = before.wrap_key(&key, context().owner()).unwrap();
    let after = before.rotate_master();
    assert_eq!(after.unwrap_key(&wrapped, context().owner()).unwrap(), key);

    let old = after.master_key_ids().nth(1).unwrap();
    let without = after.remove_master(old).unwrap();
    assert_eq!(without.unwrap_key(&wrapped, context().owner()), Err(crate::SealError::UnknownMasterKey(old)));
}

#[test]
fn the_current_key_cannot_be_removed() {
    let keyring = Keyring::random(Suite::Aes256Gcm).rotate_master().rotate_blind_index();
    let master = keyring.master_key_ids().next().unwrap();
    let blind = keyring.blind_index_key_ids().next().unwrap();
    assert!(matches!(keyring.remove_master(master), Err(KeyringError::NotRemovable(id)) if id == master));
    assert!(matches!(keyring.remove_blind_index(blind), Err(KeyringError::NotRemovable(id)) if id == blind));
    assert!(matches!(keyring.remove_master(blind), Err(KeyringError::NotRemovable(_))));
}

#[test]
fn only_three_token_keys_are_kept() {
    let mut keyring = Keyring::random(Suite::Aes256Gcm);
    for _ in 0..5 {
        keyring = keyring.rotate_token_key();
    }
    assert_eq!(keyring.token.iter().count(), 3);
}

#[test]
fn files_with_a_fault_are_refused_without_repeating_a_key() {
    let good = Keyring::random(Suite::Aes256Gcm).rotate_master().to_toml().to_string();
    let key = good.lines().find_map(|line| line.strip_prefix("key = \"")).unwrap().trim_end_matches('"').to_owned();
    let short: String = key.chars().skip(1).collect();
    let refresh = good.lines().find_map(|line| line.strip_prefix("refresh = \"")).unwrap().trim_end_matches('"');
    let faults = [
        String::new(),
        good.replace("version = 1", "version = 2"),
        good.replace("version = 1\n", ""),
        good.replace("aes-256-gcm", "rot13"),
        good.replace("[[token]]", "[[tokens]]"),
        good.replace("[[token]]", "[token]"),
        good.replace(&key, &short),
        good.replace(&key, &format!("{key}00")),
        good.replace(&key, &key.replace(|digit: char| digit.is_ascii_hexdigit(), "z")),
        good.replace(&key, refresh),
        good.replace(&format!("\"{key}\""), &format!("\"{key}")),
        format!("{good}\nextra = \"{key}\"\n"),
        good.replace("[[master]]", "[[blind_index]]"),
    ];
    for text in faults {
        let error = Keyring::from_toml(&text).expect_err(&text);
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains(&short), "{shown}");
    }
}

#[test]
fn one_id_for_two_keys_is_refused() {
    let keyring = Keyring::random(Suite::Aes256Gcm).rotate_master();
    let ids: Vec<_> = keyring.master_key_ids().map(|id| id.to_string()).collect();
    let text = keyring.to_toml().replace(&ids[0], &ids[1]);
    assert!(matches!(Keyring::from_toml(&text), Err(KeyringError::Keys("master"))));
}

#[test]
fn the_faulty_line_is_named() {
    let text = Keyring::random(Suite::Aes256Gcm).to_toml().replace("version = 1", "version = x");
    assert!(matches!(Keyring::from_toml(&text), Err(KeyringError::Text { line: 3 })));
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,200}") {
        let _ = Keyring::from_toml(&text);
    }

    #[test]
    fn a_damaged_file_is_read_or_refused(at in 0_usize..900, byte in 0_u8..128) {
        let mut text = Keyring::random(Suite::Aes256Gcm).to_toml().as_bytes().to_vec();
        if let Some(place) = text.get_mut(at) {
            *place = byte;
        }
        let _ = Keyring::from_toml(std::str::from_utf8(&text).unwrap());
    }
}
