//! Counts of checks by day, hour, actor, kind and verdict: nothing about who or what.

use chrono::NaiveDate;
use diesel::{ExpressionMethods as _, RunQueryDsl as _, upsert::excluded};

use crate::{connection::DbConnection, dialect::native, error::StoreError, schema::check_counts};

/// How many checks of one sort were made in one hour.
#[derive(Debug, Clone, PartialEq, Eq, diesel::Insertable)]
#[diesel(table_name = check_counts, treat_none_as_default_value = false)]
pub struct CheckCount {
    /// Day in Beijing time.
    pub day: NaiveDate,
    /// Hour of that day, 0 to 23.
    pub hour: i16,
    /// Sort of actor.
    pub actor: String,
    /// Kind of subject, or `text`.
    pub kind: String,
    /// The verdict.
    pub verdict: String,
    /// How many.
    pub count: i64,
}

/// Adds counts to those already there.
pub fn check_counts_add(connection: &mut DbConnection, counts: &[CheckCount]) -> Result<(), StoreError> {
    native!(connection, |inner| diesel::insert_into(check_counts::table)
        .values(counts)
        .on_conflict((
            check_counts::day,
            check_counts::hour,
            check_counts::actor,
            check_counts::kind,
            check_counts::verdict
        ))
        .do_update()
        .set(check_counts::count.eq(check_counts::count + excluded(check_counts::count)))
        .execute(inner))?;
    Ok(())
}
