//! Votes: how many independent residents reported a subject, and what came of it.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::{
    AggregateExpressionMethods as _, ExpressionMethods as _, QueryDsl as _, RunQueryDsl as _,
    dsl::{count, max},
};
use domain::{SubjectKind, report::Vote};
use keyring::Keyring;

use super::subject_indexes;
use crate::{
    connection::DbConnection,
    dialect,
    error::StoreError,
    schema::{report_subjects, reports},
    types::At,
};

/// Voters looked at: many times more than any number of votes that could be asked for.
const MOST_VOTERS: i64 = 2_000;

/// What was said of a subject.
#[derive(Debug, Clone, Default)]
pub struct Votes {
    /// One of each independent voter.
    pub votes: Vec<Vote>,
    /// Code of the fraud type that most of them named.
    pub fraud_type: Option<String>,
}

/// Who votes, from where, and the heaviest vote of those.
type Voter = (Vec<u8>, Option<Vec<u8>>, Option<i16>);

/// Makes others who report the same subjects wait until the transaction ends, so that none misses the vote of another.
pub fn report_subject_hold(
    connection: &mut DbConnection,
    keyring: &Keyring,
    subjects: &[(SubjectKind, String)],
) -> Result<(), StoreError> {
    let mut names: Vec<_> =
        subjects.iter().map(|(kind, canonical)| super::subject_index(keyring, *kind, canonical)).collect();
    names.sort_unstable();
    names.iter().try_for_each(|name| dialect::hold_name(connection, name))
}

/// The votes on a subject since an instant. A device votes once, with the heaviest of the reports that came from it.
pub fn report_votes(
    connection: &mut DbConnection,
    keyring: &Keyring,
    kind: SubjectKind,
    canonical: &str,
    since: DateTime<Utc>,
) -> Result<Votes, StoreError> {
    let indexes = subject_indexes(keyring, kind, canonical);
    let about = || {
        report_subjects::table
            .inner_join(reports::table)
            .filter(report_subjects::subject_index.eq_any(indexes.clone()))
            .filter(report_subjects::reported_at.gt(At::new(since)))
            .filter(reports::weight.gt(0))
    };
    let voters: Vec<Voter> = about()
        .group_by((reports::voter_index, reports::address_index))
        .select((reports::voter_index, reports::address_index, max(reports::weight)))
        .limit(MOST_VOTERS)
        .load(connection)?;
    let types: Vec<(Option<String>, i64)> = about()
        .filter(reports::fraud_type.is_not_null())
        .group_by(reports::fraud_type)
        .order(count(reports::id).desc())
        .select((reports::fraud_type, count(reports::id)))
        .limit(1)
        .load(connection)?;
    let fraud_type = types.into_iter().next().and_then(|(fraud_type, _)| fraud_type);
    Ok(Votes { votes: one_each(voters), fraud_type })
}

/// The heaviest vote of each voter, wherever it came from.
fn one_each(voters: Vec<Voter>) -> Vec<Vote> {
    let mut heaviest = HashMap::<Vec<u8>, Vote>::new();
    for (voter, address, weight) in voters {
        let vote = Vote {
            weight: weight.and_then(|weight| u16::try_from(weight).ok()).unwrap_or(0),
            address: address.and_then(|index| index.try_into().ok()),
        };
        let held = heaviest.entry(voter).or_insert(vote);
        if vote.weight > held.weight {
            *held = vote;
        }
    }
    heaviest.into_values().collect()
}

/// How many of a person's reports proved right and wrong.
pub fn report_record(connection: &mut DbConnection, person: i64) -> Result<(i64, i64), StoreError> {
    let mut number = |outcome: &str| {
        report_subjects::table
            .filter(report_subjects::person_id.eq(person))
            .filter(report_subjects::outcome.eq(outcome))
            .count()
            .get_result(connection)
    };
    Ok((number("right")?, number("wrong")?))
}

/// How many residents reported a subject.
pub fn reporters_count(
    connection: &mut DbConnection,
    keyring: &Keyring,
    kind: SubjectKind,
    canonical: &str,
) -> Result<i64, StoreError> {
    let indexes = subject_indexes(keyring, kind, canonical);
    let about = report_subjects::table.filter(report_subjects::subject_index.eq_any(indexes));
    Ok(about.select(count(report_subjects::person_id).aggregate_distinct()).get_result(connection)?)
}

/// Notes of all who reported a subject whether they were right.
pub fn reports_judge(
    connection: &mut DbConnection,
    keyring: &Keyring,
    kind: SubjectKind,
    canonical: &str,
    right: bool,
) -> Result<(), StoreError> {
    let about =
        report_subjects::table.filter(report_subjects::subject_index.eq_any(subject_indexes(keyring, kind, canonical)));
    let outcome = if right { "right" } else { "wrong" };
    diesel::update(about).set(report_subjects::outcome.eq(Some(outcome))).execute(connection)?;
    Ok(())
}
