//! The steps of a rotation, as two servers go through them one after another.

use super::*;
use crate::{PersonKey, PublicId, SealContext};

const EVERYTHING: Exchange = Exchange { blind_index: true, token: true, suite: Some(Suite::Sm4Gcm) };

/// Whether a server with `reader` opens, and finds, all that one with `writer` writes.
fn reads_all(reader: &Keyring, writer: &Keyring) -> bool {
    let (key, owner) = (PersonKey::random(), PublicId::random());
    let wrapped = writer.wrap_key(&key, owner).unwrap();
    let context = SealContext::new("person.phone", owner);
    let sealed = writer.seal(&key, context, b"+8613800138000").unwrap();
    let opens = reader.unwrap_key(&wrapped, owner).is_ok_and(|key| reader.open(&key, context, &sealed).is_ok());
    let index = writer.blind_index("person.phone", "+8613800138000");
    let finds = reader.blind_index_candidates("person.phone", "+8613800138000").contains(&index);
    let verifies = reader.token.get(writer.token.current().0).is_some();
    opens && finds && verifies
}

#[test]
fn at_every_step_a_server_reads_what_one_a_step_ahead_or_behind_writes() {
    let start = Keyring::random(Suite::Aes256Gcm);
    let prepared = start.prepare(EVERYTHING);
    let promoted = prepared.promote();
    let finished = promoted.without_older();
    for (one, other) in [(&start, &prepared), (&prepared, &promoted), (&promoted, &finished)] {
        assert!(reads_all(one, one) && reads_all(one, other) && reads_all(other, one));
    }
    assert!(!reads_all(&start, &promoted), "which is why no server may be two steps behind");
}

#[test]
fn every_step_has_its_own_fingerprint_and_survives_its_text() {
    let start = Keyring::random(Suite::Aes256Gcm);
    let prepared = start.prepare(EVERYTHING);
    let steps = [&start, &prepared, &prepared.promote(), &prepared.promote().without_older()];
    let mut seen = Vec::new();
    for step in steps {
        let read = Keyring::from_toml(&step.to_toml()).unwrap();
        assert_eq!(read.fingerprint(), step.fingerprint());
        assert_eq!(read.is_prepared(), step.is_prepared());
        assert!(!seen.contains(&step.fingerprint()));
        assert!(step.is_of_same_installation(&start));
        seen.push(step.fingerprint());
    }
    assert!(!Keyring::random(Suite::Aes256Gcm).is_of_same_installation(&start));
}

#[test]
fn only_what_was_asked_is_exchanged() {
    let start = Keyring::random(Suite::Aes256Gcm);
    let promoted = start.prepare(Exchange::default()).promote();
    assert_eq!(promoted.blind_index_keys().count(), 1);
    assert_eq!(promoted.token_keys().count(), 1);
    assert_eq!(promoted.suite(), Suite::Aes256Gcm);
    let states: Vec<_> = promoted.master_keys().map(|(_, state)| state).collect();
    assert_eq!(states, [KeyState::Current, KeyState::Older]);
    let same = start.prepare(Exchange { suite: Some(Suite::Aes256Gcm), ..Exchange::default() });
    assert_eq!(same.blind_index_keys().count(), 1, "the suite is the same");
}

#[test]
fn preparing_twice_keeps_the_first_keys_and_promoting_nothing_changes_nothing() {
    let start = Keyring::random(Suite::Aes256Gcm);
    let prepared = start.prepare(Exchange::default());
    assert_eq!(prepared.prepare(EVERYTHING).fingerprint(), prepared.fingerprint());
    assert_eq!(start.promote().fingerprint(), start.fingerprint());
}

#[test]
fn a_file_with_two_next_keys_or_no_current_one_is_refused() {
    let text = Keyring::random(Suite::Aes256Gcm).prepare(EVERYTHING).to_toml().to_string();
    let none_current = text.replace("\n[[blind_index]]", "next = true\n\n[[blind_index]]");
    assert!(Keyring::from_toml(&none_current).is_err());
    let only_next = text.replacen("[[master]]", "[[token]]", 1);
    assert!(Keyring::from_toml(&only_next).is_err());
}

#[test]
fn a_live_keyring_is_the_newest_one_for_all_its_clones() {
    let (first, second, third) =
        (Keyring::random(Suite::Aes256Gcm), Keyring::random(Suite::Aes256Gcm), Keyring::random(Suite::Aes256Gcm));
    let live = LiveKeyring::from(first.clone());
    let (clone, taken): (LiveKeyring, &Keyring) = (live.clone(), &live);
    clone.replace(second.clone());
    assert_eq!(live.fingerprint(), second.fingerprint());
    assert_eq!(taken.fingerprint(), first.fingerprint(), "what was taken stays");
    live.replace(third.clone());
    assert_eq!(clone.fingerprint(), third.fingerprint());
    assert!(!format!("{live:?}").contains("key = "));
}

#[test]
fn replacing_at_once_from_many_threads_loses_nothing() {
    let live = LiveKeyring::from(Keyring::random(Suite::Aes256Gcm));
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| live.replace(Keyring::random(Suite::Aes256Gcm)));
        }
    });
    assert!(live.master_keys().count() == 1);
}
