//! What must happen once: nonces and idempotency keys; and the small tables beside them.

use store::{
    StoreError,
    audit_log::{NewAudit, audit_log_add, audit_log_of},
    idempotency_keys::{Idempotency, idempotency_begin, idempotency_finish, idempotency_prune},
    servers::{servers_beat, servers_leave},
    upstream_keys::{upstream_key_create, upstream_key_find, upstream_nonce_use, upstream_nonces_prune},
};

use super::support::{at, at_once, each_database, write};

#[test]
fn of_equal_nonces_at_once_one_passes_and_each_key_has_its_own() {
    each_database(|store| {
        let [one, other] = ["one", "other"].map(|name| {
            write(store, |connection| {
                let key_id = upstream_key_create(connection, &store.keyring, name, "secret", at(0))?;
                Ok(upstream_key_find(connection, &store.keyring, key_id)?.unwrap().id)
            })
        });
        let uses = |key, nonce| write(store, |connection| upstream_nonce_use(connection, key, nonce, at(660)));
        for nonce in ["nonce-0001", "nonce-0002"] {
            let passed = at_once(8, |_| uses(one, nonce));
            assert_eq!(passed.iter().filter(|passed| **passed).count(), 1);
        }
        assert!(uses(other, "nonce-0001"));
        assert_eq!(write(store, |connection| upstream_nonces_prune(connection, at(659))), 0);
        assert!(!uses(one, "nonce-0001"));
        assert_eq!(write(store, |connection| upstream_nonces_prune(connection, at(660))), 3);
    });
}

#[test]
fn of_equal_requests_at_once_one_is_done_and_the_others_get_its_reply() {
    each_database(|store| {
        let outcomes = at_once(8, |number| {
            write(store, |connection| {
                let outcome = idempotency_begin(connection, "actor", "key-00001", b"hash", at(0))?;
                if outcome == Idempotency::New {
                    idempotency_finish(connection, "actor", "key-00001", 201, &format!("reply {number}"))?;
                }
                Ok((number, outcome))
            })
        });
        let new: Vec<_> = outcomes.iter().filter(|(_, outcome)| *outcome == Idempotency::New).collect();
        assert_eq!(new.len(), 1);
        let reply = Idempotency::Replay { status: 201, response: format!("reply {}", new[0].0) };
        assert_eq!(outcomes.iter().filter(|(_, outcome)| *outcome == reply).count(), 7);
    });
}

#[test]
fn a_key_belongs_to_one_actor_and_one_request_for_a_day() {
    each_database(|store| {
        let begin = |actor, hash: &[u8], seconds| {
            write(store, |connection| {
                let outcome = idempotency_begin(connection, actor, "key-00001", hash, at(seconds))?;
                if outcome == Idempotency::New {
                    idempotency_finish(connection, actor, "key-00001", 200, "{}")?;
                }
                Ok(outcome)
            })
        };
        assert_eq!(begin("a", b"one", 0), Idempotency::New);
        assert_eq!(begin("b", b"two", 0), Idempotency::New);
        assert_eq!(begin("a", b"two", 1), Idempotency::OtherRequest);
        assert_eq!(begin("a", b"one", 86_399), Idempotency::Replay { status: 200, response: "{}".to_owned() });
        assert_eq!(begin("a", b"two", 86_400), Idempotency::New);
        assert_eq!(write(store, |connection| idempotency_prune(connection, at(86_400))), 1);
    });
}

#[test]
fn a_request_that_fails_leaves_its_key_free() {
    each_database(|store| {
        let failed: Result<(), _> = store.db.write_blocking(|connection| {
            assert_eq!(idempotency_begin(connection, "a", "key-00001", b"one", at(0))?, Idempotency::New);
            Err(StoreError::NotFound)
        });
        assert!(matches!(failed, Err(StoreError::NotFound)));
        let again = write(store, |connection| idempotency_begin(connection, "a", "key-00001", b"two", at(1)));
        assert_eq!(again, Idempotency::New);
    });
}

#[test]
fn servers_count_while_they_are_seen() {
    each_database(|store| {
        let beat = |id, seconds| write(store, |connection| servers_beat(connection, id, "", at(seconds)));
        assert_eq!(beat("one", 0), 1);
        assert_eq!(beat("two", 3), 2);
        assert_eq!(beat("two", 9), 2);
        assert_eq!(beat("two", 10), 1);
        assert_eq!(beat("one", 11), 2);
        write(store, |connection| servers_leave(connection, "two"));
        assert_eq!(beat("one", 12), 1);
    });
}

#[test]
fn an_audit_row_is_kept_with_the_change_and_only_with_it() {
    each_database(|store| {
        let audit = NewAudit {
            at: at(0),
            actor_kind: "operator",
            actor_id: "",
            action: "officer.created",
            object_kind: "officer",
            object_id: "0123",
            request_id: "command",
            detail: serde_json::json!({ "role": "auditor" }),
        };
        let undone: Result<(), _> = store.db.write_blocking(|connection| {
            audit_log_add(connection, &audit)?;
            Err(StoreError::NotFound)
        });
        assert!(undone.is_err());
        let rows = || write(store, |connection| audit_log_of(connection, "officer", "0123"));
        assert_eq!(rows(), []);
        write(store, |connection| audit_log_add(connection, &audit));
        let rows = rows();
        assert_eq!(rows.len(), 1);
        assert_eq!((rows[0].at, rows[0].action.as_str()), (at(0), "officer.created"));
        assert_eq!(rows[0].detail, serde_json::json!({ "role": "auditor" }));
    });
}
