//! Residents, officers and keys of upstream systems.

use diesel::{ExpressionMethods as _, QueryDsl as _, RunQueryDsl as _};
use keyring::{PublicId, Suite};
use store::{
    Address, StoreError,
    officers::{
        officer_active, officer_close, officer_named, officer_of_session, officer_open, officer_secrets,
        officer_totp_use, officer_unit_find,
    },
    persons::{person_find, person_openid, resident_sign_in},
    schema::{divisions, persons, unit_divisions, units},
    sessions::{EndReason, HolderKind, sessions_end_all},
    types::At,
    upstream_keys::{upstream_key_create, upstream_key_disable, upstream_key_find},
};

use super::support::{at, at_once, each_database, officer, session, write};

#[test]
fn two_first_sign_ins_at_once_make_one_resident() {
    each_database(|store| {
        for person in 0..5 {
            let openid = format!("o-race-{person}");
            let found =
                at_once(8, |_| write(store, |connection| resident_sign_in(connection, &store.keyring, &openid, at(0))));
            assert!(found.windows(2).all(|pair| pair[0] == pair[1]), "{found:?}");
        }
        let count: i64 = write(store, |connection| Ok(persons::table.count().get_result(connection)?));
        assert_eq!(count, 5);
    });
}

#[test]
fn an_openid_is_read_back_but_never_stands_in_the_database() {
    const OPENID: &str = "oGZUI0egBJY1zhBYw2KhdUfwVJJE";
    each_database(|store| {
        let signed_in = write(store, |connection| resident_sign_in(connection, &store.keyring, OPENID, at(0)));
        let read = write(store, |connection| {
            let resident = person_find(connection, &store.keyring, &signed_in.public_id.to_string())?.unwrap();
            person_openid(connection, &store.keyring, &resident)
        });
        assert_eq!(read.as_deref(), Some(OPENID));
        if let Address::Sqlite(path) = store.db.address() {
            let files = [path.clone(), path.with_extension("db-wal")].map(std::fs::read);
            let bytes: Vec<u8> = files.into_iter().flatten().flatten().collect();
            assert!(bytes.len() > 10_000);
            let holds = |text: &[u8]| bytes.windows(text.len()).any(|window| window == text);
            assert!(holds(signed_in.public_id.to_string().as_bytes()));
            assert!(!holds(OPENID.as_bytes()));
        }
    });
}

#[test]
fn a_resident_is_found_after_the_index_key_was_changed_and_needs_the_old_one_no_more() {
    each_database(|store| {
        let before = write(store, |connection| resident_sign_in(connection, &store.keyring, "o-1", at(0)));
        let rotated = store.keyring.with_suite(Suite::Sm4Gcm);
        let during = write(store, |connection| resident_sign_in(connection, &rotated, "o-1", at(1)));
        let old = rotated.blind_index_key_ids().last().unwrap();
        let alone = rotated.remove_blind_index(old).unwrap();
        let after = write(store, |connection| resident_sign_in(connection, &alone, "o-1", at(2)));
        assert_eq!((&before, &before), (&during, &after));
    });
}

#[test]
fn of_equal_one_time_codes_at_once_one_passes() {
    each_database(|store| {
        officer(store, "zhang", None);
        let secrets = write(store, |connection| officer_secrets(connection, &store.keyring, "zhang")).unwrap();
        for step in [100, 101, 102] {
            let passed = at_once(8, |_| write(store, |connection| officer_totp_use(connection, secrets.id, step)));
            assert_eq!(passed.iter().filter(|passed| **passed).count(), 1);
        }
        assert!(!write(store, |connection| officer_totp_use(connection, secrets.id, 101)));
    });
}

#[test]
fn a_name_in_use_is_not_given_again() {
    each_database(|store| {
        officer(store, "zhang", None);
        let secret = keyring::totp::TotpSecret::random();
        let new = store::officers::NewOfficer {
            username: "zhang",
            password_hash: "x",
            totp_secret: &secret,
            role: domain::authorization::Role::Auditor,
            unit_id: None,
        };
        let again = store
            .db
            .write_blocking(|connection| store::officers::officer_create(connection, &store.keyring, &new, at(0)));
        assert!(matches!(again, Err(StoreError::AlreadyExists(_))), "{again:?}");
    });
}

#[test]
fn a_disabled_officer_is_gone_at_once() {
    each_database(|store| {
        let public_id = officer(store, "zhang", None);
        let id = write(store, |connection| officer_secrets(connection, &store.keyring, "zhang")).unwrap().id;
        let session = session(store, HolderKind::Officer, id, [1; 32]);
        let now = || write(store, |connection| officer_of_session(connection, public_id, session.public_id, at(1)));
        assert_eq!(now().unwrap().officer.id, id);
        write(store, |connection| officer_close(connection, id, at(2)));
        assert_eq!(now(), None);
        assert!(write(store, |connection| officer_secrets(connection, &store.keyring, "zhang")).is_none());
        assert_eq!(write(store, |connection| officer_active(connection, id)), None);
        assert!(!write(store, |connection| officer_totp_use(connection, id, 100)));
        let named = || write(store, |connection| officer_named(connection, &store.keyring, "zhang")).unwrap();
        assert_eq!((named().active, named().disabled_at), (false, Some(at(2))));
        write(store, |connection| officer_open(connection, id));
        assert_eq!((named().active, named().disabled_at), (true, None));
    });
}

#[test]
fn an_officer_is_known_only_by_a_living_session_of_their_own() {
    each_database(|store| {
        let (zhang, li) = (officer(store, "zhang", None), officer(store, "li", None));
        let id = write(store, |connection| officer_secrets(connection, &store.keyring, "zhang")).unwrap().id;
        let session = session(store, HolderKind::Officer, id, [1; 32]).public_id;
        let known = |officer, session, seconds| {
            write(store, |connection| officer_of_session(connection, officer, session, at(seconds))).is_some()
        };
        assert!(known(zhang, session, 1));
        assert!(!known(li, session, 1));
        assert!(!known(zhang, PublicId::random(), 1));
        assert!(!known(zhang, session, 90 * 86_400));
        let holder = (HolderKind::Officer, id);
        write(store, |connection| sessions_end_all(connection, holder, EndReason::SignedOut, at(2), at(3_602)));
        assert!(!known(zhang, session, 3));
    });
}

#[test]
fn an_officer_serves_what_the_unit_serves_now() {
    each_database(|store| {
        let unit_id = unit(store, &["411602000000", "411603000000"]);
        assert_eq!(write(store, |connection| officer_unit_find(connection, "派出所")), Some(unit_id));
        assert_eq!(write(store, |connection| officer_unit_find(connection, "别的")), None);
        let public_id = officer(store, "zhang", Some(unit_id));
        let id = write(store, |connection| officer_secrets(connection, &store.keyring, "zhang")).unwrap().id;
        let session = session(store, HolderKind::Officer, id, [1; 32]).public_id;
        let served =
            || write(store, |connection| officer_of_session(connection, public_id, session, at(1))).unwrap().served;
        assert_eq!(served(), ["411602000000", "411603000000"]);
        write(store, |connection| {
            Ok(diesel::delete(unit_divisions::table.find((unit_id, "411602000000"))).execute(connection)?)
        });
        assert_eq!(served(), ["411603000000"]);
        write(store, |connection| {
            let close = diesel::update(units::table.find(unit_id)).set(units::closed_at.eq(Some(At::new(at(1)))));
            Ok(close.execute(connection)?)
        });
        assert_eq!(served(), [""; 0]);
    });
}

fn unit(store: &store::Store, codes: &[&str]) -> i64 {
    write(store, |connection| {
        for code in codes {
            diesel::insert_into(divisions::table)
                .values((
                    divisions::code.eq(*code),
                    divisions::name.eq("县"),
                    divisions::level.eq("county"),
                    divisions::year.eq(2026),
                    divisions::opened_year.eq(2026),
                ))
                .execute(connection)?;
        }
        let id: i64 = diesel::insert_into(units::table)
            .values((
                units::public_id.eq(PublicId::random().to_string()),
                units::name.eq("派出所"),
                units::kind.eq("police_station"),
                units::created_at.eq(At::new(at(0))),
            ))
            .returning(units::id)
            .get_result(connection)?;
        for code in codes {
            diesel::insert_into(unit_divisions::table)
                .values((unit_divisions::unit_id.eq(id), unit_divisions::division_code.eq(*code)))
                .execute(connection)?;
        }
        Ok(id)
    })
}

#[test]
fn an_upstream_secret_comes_back_until_its_key_is_disabled() {
    each_database(|store| {
        let key_id =
            write(store, |connection| upstream_key_create(connection, &store.keyring, "移动", "the-secret", at(0)));
        let find = || write(store, |connection| upstream_key_find(connection, &store.keyring, key_id));
        assert_eq!(find().unwrap().secret, "the-secret");
        assert!(write(store, |connection| upstream_key_disable(connection, key_id)));
        assert!(find().is_none());
        assert!(!write(store, |connection| upstream_key_disable(connection, key_id)));
    });
}
