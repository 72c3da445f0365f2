//! What becomes of each column of bytes when keys are exchanged. A new column fails here, until the walk of
//! `store::rotation` brings it over or it is written down why it need not be.

use std::collections::BTreeMap;

const WALKED: &str = "brought over by the walk";
const KEYLESS: &str = "no key is in it";

/// Column, what becomes of it.
const COLUMNS: &[(&str, &str)] = &[
    ("persons.key", WALKED),
    ("persons.openid_index", WALKED),
    ("persons.openid", WALKED),
    ("persons.phone", WALKED),
    ("persons.phone_index", WALKED),
    ("persons.name", WALKED),
    ("officers.key", WALKED),
    ("officers.totp_secret", WALKED),
    ("officers.name", WALKED),
    ("officers.phone", WALKED),
    ("officers.phone_index", WALKED),
    ("upstream_keys.secret", WALKED),
    ("warnings.subject_index", WALKED),
    ("warnings.canonical", WALKED),
    ("consents.reason", WALKED),
    ("appeals.canonical", WALKED),
    ("appeals.statement", WALKED),
    ("appeals.lookup_key", KEYLESS),
    ("reports.text", WALKED),
    ("reports.note", WALKED),
    ("report_subjects.subject_index", WALKED),
    ("report_subjects.canonical", WALKED),
    ("report_screenshots.image", WALKED),
    ("own_checks.subject_index", "found under older keys too until they are removed; gone after 30 days"),
    ("reports.fingerprint", KEYLESS),
    ("reports.voter_index", "a device may vote once more within the days a vote counts"),
    ("reports.address_index", "counting begins anew; a vote counts for some days"),
    ("audit_log.purpose", WALKED),
    ("responsibility_assignments.key", WALKED),
    ("responsibility_assignments.name", WALKED),
    ("responsibility_assignments.phone", WALKED),
    ("responsibility_assignments.phone_index", WALKED),
    ("sign_in_attempts.username_index", "counting begins anew; old rows go after 2 days"),
    ("phone_codes.phone_index", "another code is asked for; gone after 5 minutes"),
    ("phone_codes.code_index", "another code is asked for; gone after 5 minutes"),
    ("sign_ups.device_index", "counting begins anew; a count covers a day"),
    ("sign_ups.address_index", "counting begins anew; a count covers a minute"),
    ("refresh_tokens.token_hash", "under the key that is never exchanged"),
    ("list_entries.public_id", KEYLESS),
    ("list_entries.lookup_key", KEYLESS),
    ("list_conflicts.lookup_key", KEYLESS),
    ("list_claims.lookup_key", KEYLESS),
    ("list_events.lookup_key", KEYLESS),
    ("list_proposals.lookup_key", KEYLESS),
    ("list_sightings.lookup_key", KEYLESS),
    ("list_sources.pushed_hash", KEYLESS),
    ("list_feed_files.hash", KEYLESS),
    ("link_expansions.link_index", "the link is followed anew; a trail holds for a day"),
    ("link_expansions.trail", "one under a removed key does not open and the link is followed anew; holds for a day"),
    ("idempotency_keys.request_hash", "under the key that is never exchanged"),
];

#[test]
fn it_is_known_of_every_column_of_bytes_what_an_exchange_of_keys_does_to_it() {
    let schema = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/store/src/schema.rs");
    let schema = std::fs::read_to_string(schema).unwrap();
    let (mut table, mut found) = (String::new(), BTreeMap::new());
    for line in schema.lines().map(str::trim) {
        if let Some((name, _)) = line.split_once(" (").filter(|_| line.ends_with(") {")) {
            table = name.to_owned();
        } else if let Some((column, kind)) = line.split_once(" -> ").filter(|(_, kind)| kind.contains("Binary")) {
            found.insert(format!("{table}.{column}"), kind.to_owned());
        }
    }
    let known: Vec<String> = COLUMNS.iter().map(|(column, _)| (*column).to_owned()).collect();
    for column in found.keys() {
        assert!(known.contains(column), "{column} is new: bring it over in store::rotation, or write down why not");
    }
    for column in &known {
        assert!(found.contains_key(column), "{column} is gone");
    }
}
