//! Sealing, wrapping and what must not open.

use proptest::prelude::*;

use super::*;
use crate::{Keyring, PublicId};

const OWNER: PublicId = PublicId::from_bytes([1; 16]);
const OTHER: PublicId = PublicId::from_bytes([2; 16]);
const PHONE: SealContext<'static> = SealContext::new("person.phone", OWNER);

#[test]
fn a_sealed_value_opens_in_its_place_only() {
    for suite in [Suite::Aes256Gcm, Suite::Sm4Gcm] {
        let keyring = Keyring::random(suite);
        let key = PersonKey::random();
        let sealed = keyring.seal(&key, PHONE, "+8613800138000".as_bytes()).unwrap();
        assert_eq!(keyring.open(&key, PHONE, &sealed).unwrap(), b"+8613800138000");
        assert_eq!(sealed.len(), 1 + 12 + 14 + 16);

        let elsewhere = [SealContext::new("person.name", OWNER), SealContext::new("person.phone", OTHER)];
        for context in elsewhere {
            assert_eq!(keyring.open(&key, context, &sealed), Err(SealError::Refused));
        }
        assert_eq!(keyring.open(&PersonKey::random(), PHONE, &sealed), Err(SealError::Refused));
    }
}

#[test]
fn the_same_value_is_never_sealed_alike() {
    let keyring = Keyring::random(Suite::Aes256Gcm);
    let key = PersonKey::random();
    assert_ne!(keyring.seal(&key, PHONE, b"x").unwrap(), keyring.seal(&key, PHONE, b"x").unwrap());
}

#[test]
fn after_a_change_of_suite_both_stay_readable() {
    let before = Keyring::random(Suite::Aes256Gcm);
    let after = before.with_suite(Suite::Sm4Gcm);
    let key = PersonKey::random();
    let (old, new) = (before.seal(&key, PHONE, b"old").unwrap(), after.seal(&key, PHONE, b"new").unwrap());
    assert_ne!(old[0], new[0]);
    assert_eq!(after.open(&key, PHONE, &old).unwrap(), b"old");
    assert_eq!(before.open(&key, PHONE, &new).unwrap(), b"new");
}

#[test]
fn the_suite_byte_is_bound() {
    let keyring = Keyring::random(Suite::Aes256Gcm);
    let key = PersonKey::random();
    let mut sealed = keyring.seal(&key, PHONE, b"x").unwrap();
    sealed[0] = Suite::Sm4Gcm.id();
    assert_eq!(keyring.open(&key, PHONE, &sealed), Err(SealError::Refused));
    sealed[0] = 9;
    assert_eq!(keyring.open(&key, PHONE, &sealed), Err(SealError::UnknownSuite(9)));
}

#[test]
fn a_wrapped_key_belongs_to_its_person() {
    let keyring = Keyring::random(Suite::Aes256Gcm);
    let key = PersonKey::random();
    let wrapped = keyring.wrap_key(&key, OWNER).unwrap();
    assert_eq!(wrapped.len(), 65);
    assert_eq!(keyring.unwrap_key(&wrapped, OWNER).unwrap(), key);
    assert_eq!(keyring.unwrap_key(&wrapped, OTHER), Err(SealError::Refused));
    let stranger = Keyring::random(Suite::Aes256Gcm);
    assert!(matches!(stranger.unwrap_key(&wrapped, OWNER), Err(SealError::UnknownMasterKey(_))));
}

#[test]
fn wrapping_anew_moves_to_the_current_master_key_and_suite_once() {
    let before = Keyring::random(Suite::Aes256Gcm);
    let key = PersonKey::random();
    let wrapped = before.wrap_key(&key, OWNER).unwrap();
    assert_eq!(before.rewrap_key(&wrapped, OWNER), Ok(None));

    let after = before.rotate_master().with_suite(Suite::Sm4Gcm);
    let anew = after.rewrap_key(&wrapped, OWNER).unwrap().unwrap();
    assert_eq!(after.rewrap_key(&anew, OWNER), Ok(None));
    let old = after.master_key_ids().last().unwrap();
    assert_eq!(after.remove_master(old).unwrap().unwrap_key(&anew, OWNER).unwrap(), key);
}

#[test]
fn a_value_is_sealed_anew_with_the_current_suite_once() {
    let before = Keyring::random(Suite::Aes256Gcm);
    let after = before.with_suite(Suite::Sm4Gcm);
    let key = PersonKey::random();
    let sealed = before.seal(&key, PHONE, b"x").unwrap();
    assert_eq!(before.reseal(&key, PHONE, &sealed), Ok(None));
    let anew = after.reseal(&key, PHONE, &sealed).unwrap().unwrap();
    assert_eq!(after.reseal(&key, PHONE, &anew), Ok(None));
    assert_eq!(after.open(&key, PHONE, &anew).unwrap(), b"x");
    assert!(after.reseal(&PersonKey::random(), PHONE, &sealed).is_err());
}

#[test]
fn the_first_bytes_tell_suite_and_master_key() {
    let keyring = Keyring::random(Suite::Aes256Gcm);
    let wrapped = keyring.wrap_key(&PersonKey::random(), OWNER).unwrap();
    assert!(wrapped.starts_with(&keyring.seal_header()));
    let current = keyring.master_key_ids().next().unwrap();
    assert_eq!(crate::sealed_under(&wrapped), Ok((Suite::Aes256Gcm, current)));
    assert_eq!(crate::sealed_under(b""), Err(SealError::Malformed));
}

#[test]
fn a_system_secret_is_no_person_key() {
    let keyring = Keyring::random(Suite::Aes256Gcm);
    let sealed = keyring.seal_system(SealContext::new("upstream_key.secret", OWNER), &[5; 32]).unwrap();
    assert_eq!(keyring.open_system(SealContext::new("upstream_key.secret", OWNER), &sealed).unwrap(), [5; 32]);
    assert_eq!(keyring.unwrap_key(&sealed, OWNER), Err(SealError::Refused));
}

proptest! {
    #[test]
    fn what_was_sealed_opens(text: Vec<u8>, column in "[a-z_.]{1,20}", owner: [u8; 16], chinese: bool) {
        let keyring = Keyring::random(if chinese { Suite::Sm4Gcm } else { Suite::Aes256Gcm });
        let context = SealContext::new(&column, PublicId::from_bytes(owner));
        let key = PersonKey::random();
        let sealed = keyring.seal(&key, context, &text).unwrap();
        prop_assert_eq!(keyring.open(&key, context, &sealed).unwrap(), text);
    }

    #[test]
    fn a_changed_bit_does_not_open(at in 0_usize..43, bit in 0_u8..8) {
        let keyring = Keyring::random(Suite::Aes256Gcm);
        let key = PersonKey::random();
        let mut sealed = keyring.seal(&key, PHONE, b"+8613800138000").unwrap();
        sealed[at] ^= 1 << bit;
        prop_assert!(keyring.open(&key, PHONE, &sealed).is_err());
    }

    #[test]
    fn any_bytes_are_refused(bytes: Vec<u8>, suite in 0_u8..4) {
        let keyring = Keyring::random(Suite::Aes256Gcm);
        let with_suite = [&[suite], bytes.as_slice()].concat();
        for bytes in [bytes, with_suite] {
            prop_assert!(keyring.open(&PersonKey::random(), PHONE, &bytes).is_err());
            prop_assert!(keyring.open_system(PHONE, &bytes).is_err());
        }
    }
}
