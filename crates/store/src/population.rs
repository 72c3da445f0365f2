//! Counts of the protected population: per village, and what happened on each day.

mod recount;

pub use recount::{Difference, population_recount, population_repair};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use diesel::{ExpressionMethods as _, QueryDsl as _, RunQueryDsl as _, upsert::excluded};
use domain::{division::DivisionCode, population::Deltas};

use crate::{
    connection::DbConnection,
    dialect::native,
    error::StoreError,
    schema::{persons, population_counts, population_days, population_reached},
    types::At,
};

/// Rows in one statement: well below SQLite's limit of 32,766 bound values.
const ROWS_PER_STATEMENT: usize = 1_000;

#[derive(diesel::Insertable)]
#[diesel(table_name = population_counts, treat_none_as_default_value = false)]
struct CountRow {
    division_code: String,
    metric: String,
    count: i64,
    updated_at: At,
}

#[derive(diesel::Insertable)]
#[diesel(table_name = population_days, treat_none_as_default_value = false)]
struct DayRow {
    day: NaiveDate,
    division_code: String,
    metric: &'static str,
    count: i64,
    updated_at: At,
}

#[derive(diesel::Insertable)]
#[diesel(table_name = population_reached, treat_none_as_default_value = false)]
struct ReachedRow {
    division_code: String,
    day: NaiveDate,
    count: i64,
    updated_at: At,
}

/// Writes changes of the counts in key order, so that two transactions never wait for each other. Call it last before the
/// commit: whoever wants the same rows waits until then.
pub(crate) fn apply(connection: &mut DbConnection, deltas: &Deltas, now: DateTime<Utc>) -> Result<(), StoreError> {
    let day = (now + TimeDelta::hours(8)).date_naive();
    let counts: Vec<CountRow> = deltas
        .counts
        .iter()
        .map(|((code, metric), count)| CountRow {
            division_code: code.to_string(),
            metric: metric.clone(),
            count: *count,
            updated_at: At::new(now),
        })
        .collect();
    for rows in counts.chunks(ROWS_PER_STATEMENT) {
        native!(connection, |inner| diesel::insert_into(population_counts::table)
            .values(rows)
            .on_conflict((population_counts::division_code, population_counts::metric))
            .do_update()
            .set((
                population_counts::count.eq(population_counts::count + excluded(population_counts::count)),
                population_counts::updated_at.eq(excluded(population_counts::updated_at)),
            ))
            .execute(inner))?;
    }
    let days: Vec<DayRow> = deltas
        .events
        .iter()
        .map(|((code, event), count)| DayRow {
            day,
            division_code: code.to_string(),
            metric: event.as_str(),
            count: *count,
            updated_at: At::new(now),
        })
        .collect();
    for rows in days.chunks(ROWS_PER_STATEMENT) {
        native!(connection, |inner| diesel::insert_into(population_days::table)
            .values(rows)
            .on_conflict((population_days::day, population_days::division_code, population_days::metric))
            .do_update()
            .set((
                population_days::count.eq(population_days::count + excluded(population_days::count)),
                population_days::updated_at.eq(excluded(population_days::updated_at)),
            ))
            .execute(inner))?;
    }
    let reached: Vec<ReachedRow> = deltas
        .reached
        .iter()
        .map(|((code, day), count)| ReachedRow {
            division_code: code.to_string(),
            day: *day,
            count: *count,
            updated_at: At::new(now),
        })
        .collect();
    for rows in reached.chunks(ROWS_PER_STATEMENT) {
        native!(connection, |inner| diesel::insert_into(population_reached::table)
            .values(rows)
            .on_conflict((population_reached::division_code, population_reached::day))
            .do_update()
            .set((
                population_reached::count.eq(population_reached::count + excluded(population_reached::count)),
                population_reached::updated_at.eq(excluded(population_reached::updated_at)),
            ))
            .execute(inner))?;
    }
    Ok(())
}

/// Counts that changed at or after an instant, all without one: village, metric, count.
pub fn population_counts_since(
    connection: &mut DbConnection,
    since: Option<DateTime<Utc>>,
) -> Result<Vec<(String, String, i64)>, StoreError> {
    let mut query = population_counts::table
        .select((population_counts::division_code, population_counts::metric, population_counts::count))
        .into_boxed();
    if let Some(since) = since {
        query = query.filter(population_counts::updated_at.ge(At::new(since)));
    }
    Ok(query.load(connection)?)
}

/// Days of reaching whose counts changed at or after an instant, all without one: village, day, count.
pub fn population_reached_since(
    connection: &mut DbConnection,
    since: Option<DateTime<Utc>>,
    first_day: NaiveDate,
) -> Result<Vec<(String, NaiveDate, i64)>, StoreError> {
    let mut query = population_reached::table
        .filter(population_reached::day.ge(first_day))
        .select((population_reached::division_code, population_reached::day, population_reached::count))
        .into_boxed();
    if let Some(since) = since {
        query = query.filter(population_reached::updated_at.ge(At::new(since)));
    }
    Ok(query.load(connection)?)
}

/// Events of a day whose counts changed at or after an instant, all without one: node, metric, count.
pub fn population_days_since(
    connection: &mut DbConnection,
    since: Option<DateTime<Utc>>,
    day: NaiveDate,
) -> Result<Vec<(String, String, i64)>, StoreError> {
    let mut query = population_days::table
        .filter(population_days::day.eq(day))
        .select((population_days::division_code, population_days::metric, population_days::count))
        .into_boxed();
    if let Some(since) = since {
        query = query.filter(population_days::updated_at.ge(At::new(since)));
    }
    Ok(query.load(connection)?)
}

/// What happened from one day to another, both included: node, metric, count, a row a day.
pub fn population_days_between(
    connection: &mut DbConnection,
    first: NaiveDate,
    last: NaiveDate,
) -> Result<Vec<(String, String, i64)>, StoreError> {
    Ok(population_days::table
        .filter(population_days::day.ge(first))
        .filter(population_days::day.le(last))
        .select((population_days::division_code, population_days::metric, population_days::count))
        .load(connection)?)
}

/// Forgets on which days people were reached who are no longer reachable. Returns how many rows.
pub fn population_reached_prune(connection: &mut DbConnection, before: NaiveDate) -> Result<usize, StoreError> {
    Ok(diesel::delete(population_reached::table.filter(population_reached::day.lt(before))).execute(connection)?)
}

/// Persons of a closed village are at home in another from now on, with all that is counted of them. Nobody has moved: no
/// such event is counted. Returns how many persons.
pub fn persons_follow(
    connection: &mut DbConnection,
    old: DivisionCode,
    new: DivisionCode,
    now: DateTime<Utc>,
) -> Result<usize, StoreError> {
    let (from, to) = (Some(old.to_string()), Some(new.to_string()));
    let followed = diesel::update(persons::table.filter(persons::division_code.eq(&from)))
        .set(persons::division_code.eq(&to))
        .execute(connection)?;
    diesel::update(persons::table.filter(persons::counted_in.eq(&from)))
        .set(persons::counted_in.eq(&to))
        .execute(connection)?;
    let mut deltas = Deltas::default();
    let counts: Vec<(String, i64)> = population_counts::table
        .filter(population_counts::division_code.eq(old.as_str()))
        .select((population_counts::metric, population_counts::count))
        .load(connection)?;
    for (metric, count) in counts.into_iter().filter(|(_, count)| *count != 0) {
        deltas.counts.insert((old, metric.clone()), -count);
        deltas.counts.insert((new, metric), count);
    }
    let reached: Vec<(NaiveDate, i64)> = population_reached::table
        .filter(population_reached::division_code.eq(old.as_str()))
        .select((population_reached::day, population_reached::count))
        .load(connection)?;
    for (day, count) in reached.into_iter().filter(|(_, count)| *count != 0) {
        deltas.reached.insert((old, day), -count);
        deltas.reached.insert((new, day), count);
    }
    apply(connection, &deltas, now)?;
    Ok(followed)
}
