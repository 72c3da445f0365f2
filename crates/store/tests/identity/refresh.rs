//! Refresh tokens and the end of sessions.

use std::sync::atomic::{AtomicU32, Ordering};

use chrono::TimeDelta;
use diesel::{ExpressionMethods as _, QueryDsl as _, RunQueryDsl as _};
use store::{
    Store,
    revocations::{revocations_after, revocations_prune},
    schema::refresh_tokens,
    sessions::{EndReason, HolderKind, Rotated, Rotation, session_rotate, sessions_end_all, sessions_prune},
};

use super::support::{at, at_once, each_database, resident, session, write};

const FIRST: [u8; 32] = [0; 32];

fn hash(number: u32) -> [u8; 32] {
    let mut hash = [9; 32];
    hash[..4].copy_from_slice(&number.to_be_bytes());
    hash
}

fn rotation(presented: [u8; 32], successor: [u8; 32], seconds: i64) -> Rotation {
    Rotation {
        holder_kind: HolderKind::Resident,
        presented,
        successor,
        now: at(seconds),
        retry_window: TimeDelta::seconds(10),
        idle: TimeDelta::days(90),
        absolute: TimeDelta::days(365),
        revoked_until: at(seconds + 3_600),
    }
}

fn rotate(store: &Store, presented: [u8; 32], successor: [u8; 32], seconds: i64) -> Rotated {
    write(store, |connection| session_rotate(connection, &rotation(presented, successor, seconds)))
}

fn live_tokens(store: &Store) -> Vec<Vec<u8>> {
    write(store, |connection| {
        Ok(refresh_tokens::table
            .filter(refresh_tokens::used_at.is_null())
            .filter(refresh_tokens::retired_at.is_null())
            .select(refresh_tokens::token_hash)
            .load(connection)?)
    })
}

fn revoked(store: &Store) -> Vec<keyring::PublicId> {
    write(store, |connection| revocations_after(connection, 0, at(0))).into_iter().map(|row| row.session).collect()
}

#[test]
fn a_token_gives_the_next_one_and_an_unknown_one_gives_nothing() {
    each_database(|store| {
        let session = session(store, HolderKind::Resident, resident(store, "o-1"), FIRST);
        assert_eq!(rotate(store, hash(404), hash(1), 0), Rotated::Refused);
        assert_eq!(rotate(store, FIRST, hash(1), 60), Rotated::Renewed(session));
        assert_eq!(rotate(store, hash(1), hash(2), 120), Rotated::Renewed(session));
        assert_eq!(live_tokens(store), [hash(2).to_vec()]);
        assert_eq!(revoked(store), []);
    });
}

#[test]
fn a_second_use_ends_the_session_and_revokes_its_access_tokens() {
    each_database(|store| {
        let first = session(store, HolderKind::Resident, resident(store, "o-1"), FIRST);
        assert_eq!(rotate(store, FIRST, hash(1), 0), Rotated::Renewed(first));
        assert_eq!(rotate(store, FIRST, hash(2), 11), Rotated::Reused(first));
        assert_eq!(revoked(store), [first.public_id]);
        assert_eq!(rotate(store, hash(1), hash(3), 12), Rotated::Refused);
    });
}

#[test]
fn a_lost_reply_is_made_good_once_and_its_token_never_works() {
    each_database(|store| {
        let first = session(store, HolderKind::Resident, resident(store, "o-1"), FIRST);
        assert_eq!(rotate(store, FIRST, hash(1), 0), Rotated::Renewed(first));
        assert_eq!(rotate(store, FIRST, hash(2), 10), Rotated::Renewed(first));
        assert_eq!(live_tokens(store), [hash(2).to_vec()]);
        assert_eq!(rotate(store, hash(1), hash(3), 11), Rotated::Reused(first));
        assert_eq!(rotate(store, hash(2), hash(4), 11), Rotated::Refused);
    });
}

#[test]
fn a_token_whose_successor_was_used_is_no_lost_reply() {
    each_database(|store| {
        let first = session(store, HolderKind::Resident, resident(store, "o-1"), FIRST);
        assert_eq!(rotate(store, FIRST, hash(1), 0), Rotated::Renewed(first));
        assert_eq!(rotate(store, hash(1), hash(2), 1), Rotated::Renewed(first));
        assert_eq!(rotate(store, FIRST, hash(3), 2), Rotated::Reused(first));
        assert_eq!(revoked(store), [first.public_id]);
    });
}

#[test]
fn a_thousand_uses_at_once_leave_one_live_token_and_it_is_one_of_those_given_out() {
    each_database(|store| {
        let first = session(store, HolderKind::Resident, resident(store, "o-1"), FIRST);
        let next = AtomicU32::new(1);
        let given: Vec<[u8; 32]> = at_once(8, |_| {
            let uses = (0..125).map(|_| {
                let successor = hash(next.fetch_add(1, Ordering::Relaxed));
                assert_eq!(rotate(store, FIRST, successor, 1), Rotated::Renewed(first));
                successor
            });
            uses.collect::<Vec<_>>()
        })
        .concat();
        assert_eq!(given.len(), 1_000);
        let live = live_tokens(store);
        assert_eq!(live.len(), 1);
        assert!(given.iter().any(|hash| hash.to_vec() == live[0]));
    });
}

#[test]
fn thieves_and_owner_racing_for_the_next_token_end_the_session() {
    each_database(|store| {
        let first = session(store, HolderKind::Resident, resident(store, "o-1"), FIRST);
        assert_eq!(rotate(store, FIRST, hash(1), 0), Rotated::Renewed(first));
        let outcomes = at_once(8, |number| {
            let number = u32::try_from(number).unwrap();
            let presented = if number % 2 == 0 { FIRST } else { hash(1) };
            rotate(store, presented, hash(100 + number), 60)
        });
        assert!(outcomes.contains(&Rotated::Reused(first)), "{outcomes:?}");
        assert_eq!(revoked(store), [first.public_id]);
        for live in live_tokens(store) {
            let live = live.try_into().unwrap();
            assert_eq!(rotate(store, live, hash(999), 61), Rotated::Refused);
        }
    });
}

#[test]
fn a_session_lives_while_it_is_used_and_never_longer_than_its_cap() {
    const DAY: i64 = 86_400;
    each_database(|store| {
        let first = session(store, HolderKind::Resident, resident(store, "o-1"), FIRST);
        assert_eq!(rotate(store, FIRST, hash(1), 89 * DAY), Rotated::Renewed(first));
        assert_eq!(rotate(store, hash(1), hash(2), 178 * DAY), Rotated::Renewed(first));
        assert_eq!(rotate(store, hash(2), hash(3), 267 * DAY), Rotated::Renewed(first));
        assert_eq!(rotate(store, hash(3), hash(4), 356 * DAY), Rotated::Renewed(first));
        assert_eq!(rotate(store, hash(4), hash(5), 365 * DAY), Rotated::Refused);
        let second = session(store, HolderKind::Resident, first.holder_id, hash(50));
        assert_eq!(rotate(store, hash(50), hash(51), 90 * DAY), Rotated::Refused);
        assert_ne!(first.public_id, second.public_id);
    });
}

#[test]
fn a_token_of_another_kind_of_holder_is_refused_and_stays_good() {
    each_database(|store| {
        let first = session(store, HolderKind::Officer, 1, FIRST);
        assert_eq!(rotate(store, FIRST, hash(1), 0), Rotated::Refused);
        let right = Rotation { holder_kind: HolderKind::Officer, ..rotation(FIRST, hash(1), 0) };
        assert_eq!(write(store, |connection| session_rotate(connection, &right)), Rotated::Renewed(first));
    });
}

#[test]
fn signing_out_ends_all_sessions_of_the_holder_and_of_nobody_else() {
    each_database(|store| {
        let (one, other) = (resident(store, "o-1"), resident(store, "o-2"));
        let ended =
            [session(store, HolderKind::Resident, one, FIRST), session(store, HolderKind::Resident, one, hash(1))];
        let kept = session(store, HolderKind::Resident, other, hash(2));
        let officer = session(store, HolderKind::Officer, one, hash(3));
        let holder = (HolderKind::Resident, one);
        let end = |connection: &mut store::DbConnection| {
            sessions_end_all(connection, holder, EndReason::SignedOut, at(10), at(3_610))
        };
        let mut ids = write(store, end);
        ids.sort_unstable();
        let mut expected = ended.map(|session| session.public_id);
        expected.sort_unstable();
        assert_eq!(ids, expected);
        assert_eq!(rotate(store, FIRST, hash(10), 11), Rotated::Refused);
        assert_eq!(rotate(store, hash(1), hash(11), 11), Rotated::Refused);
        assert_eq!(rotate(store, hash(2), hash(12), 11), Rotated::Renewed(kept));
        let mut seen = revoked(store);
        seen.sort_unstable();
        assert_eq!(seen, expected);
        assert!(!seen.contains(&officer.public_id));
        assert_eq!(write(store, end), []);
    });
}

#[test]
fn revocations_are_followed_by_number_and_forgotten_when_expired() {
    each_database(|store| {
        let one = resident(store, "o-1");
        for (number, until) in [(1, 100), (2, 200), (3, 300)] {
            session(store, HolderKind::Resident, one, hash(number));
            let holder = (HolderKind::Resident, one);
            write(store, |connection| sessions_end_all(connection, holder, EndReason::SignedOut, at(0), at(until)));
        }
        let numbers = |after, now| {
            let rows = write(store, |connection| revocations_after(connection, after, at(now)));
            rows.into_iter().map(|row| row.change_number).collect::<Vec<_>>()
        };
        assert_eq!(numbers(0, 0), [1, 2, 3]);
        assert_eq!(numbers(2, 0), [3]);
        assert_eq!(numbers(0, 100), [2, 3]);
        assert_eq!(write(store, |connection| revocations_prune(connection, at(200))), 2);
        assert_eq!(numbers(0, 0), [3]);
    });
}

#[test]
fn sessions_are_removed_a_day_after_their_end_with_their_tokens() {
    each_database(|store| {
        session(store, HolderKind::Resident, resident(store, "o-1"), FIRST);
        let end = 90 * 86_400;
        assert_eq!(write(store, |connection| sessions_prune(connection, at(end + 86_400))), 0);
        assert_eq!(write(store, |connection| sessions_prune(connection, at(end + 86_401))), 1);
        assert_eq!(live_tokens(store).len(), 0);
        assert_eq!(rotate(store, FIRST, hash(1), 0), Rotated::Refused);
    });
}
