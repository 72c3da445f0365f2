//! Population, households and place of communities.

use chrono::{DateTime, Utc};
use diesel::{ExpressionMethods as _, QueryDsl as _, RunQueryDsl as _, upsert::excluded};
use domain::division::{DivisionCode, Place};

use crate::{
    connection::DbConnection, dialect::native, divisions::read_code, error::StoreError, schema::division_facts,
    types::At,
};

/// Rows in one statement: well below SQLite's limit of 32,766 bound values.
const ROWS_PER_STATEMENT: usize = 1_000;

/// What is known of a community.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DivisionFacts {
    /// Its code.
    pub code: DivisionCode,
    /// People who live there.
    pub population: Option<i64>,
    /// Households.
    pub households: Option<i64>,
    /// Where it lies (GCJ-02).
    pub place: Option<Place>,
    /// True for the demo's inventions.
    pub made_up: bool,
}

#[derive(diesel::Insertable)]
#[diesel(table_name = division_facts, treat_none_as_default_value = false)]
struct Row<'a> {
    code: &'a str,
    population: Option<i64>,
    households: Option<i64>,
    latitude: Option<f64>,
    longitude: Option<f64>,
    made_up: bool,
    updated_at: At,
}

/// The facts of all communities, closed ones too.
pub fn division_facts_all(connection: &mut DbConnection) -> Result<Vec<DivisionFacts>, StoreError> {
    type Stored = (String, Option<i64>, Option<i64>, Option<f64>, Option<f64>, bool);
    let rows: Vec<Stored> = division_facts::table
        .order(division_facts::code)
        .select((
            division_facts::code,
            division_facts::population,
            division_facts::households,
            division_facts::latitude,
            division_facts::longitude,
            division_facts::made_up,
        ))
        .load(connection)?;
    rows.into_iter()
        .map(|(code, population, households, latitude, longitude, made_up)| {
            let place = latitude.zip(longitude).and_then(|(lat, lon)| Place::on_earth(lat, lon).ok());
            Ok(DivisionFacts { code: read_code(&code)?, population, households, place, made_up })
        })
        .collect()
}

/// Sets the facts of communities, each as a whole.
pub fn division_facts_put(
    connection: &mut DbConnection,
    facts: &[DivisionFacts],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    for chunk in facts.chunks(ROWS_PER_STATEMENT) {
        let rows: Vec<Row<'_>> = chunk
            .iter()
            .map(|facts| Row {
                code: facts.code.as_str(),
                population: facts.population,
                households: facts.households,
                latitude: facts.place.map(Place::latitude),
                longitude: facts.place.map(Place::longitude),
                made_up: facts.made_up,
                updated_at: At::new(now),
            })
            .collect();
        native!(connection, |inner| diesel::insert_into(division_facts::table)
            .values(&rows)
            .on_conflict(division_facts::code)
            .do_update()
            .set((
                division_facts::population.eq(excluded(division_facts::population)),
                division_facts::households.eq(excluded(division_facts::households)),
                division_facts::latitude.eq(excluded(division_facts::latitude)),
                division_facts::longitude.eq(excluded(division_facts::longitude)),
                division_facts::made_up.eq(excluded(division_facts::made_up)),
                division_facts::updated_at.eq(excluded(division_facts::updated_at)),
            ))
            .execute(inner))?;
    }
    Ok(())
}

/// Takes the facts away from a division: they went to its successor.
pub fn division_facts_remove(connection: &mut DbConnection, code: DivisionCode) -> Result<(), StoreError> {
    diesel::delete(division_facts::table.find(code.as_str())).execute(connection)?;
    Ok(())
}
