//! Counting anew from the persons themselves, and comparing that with the counts that are kept.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::{
    QueryDsl as _, QueryableByName, RunQueryDsl as _, sql_query,
    sql_types::{BigInt, Text},
};

use crate::{
    connection::DbConnection,
    dialect::{self, begin_stable_read, end_stable_read},
    error::StoreError,
    schema::population_counts,
    types::{At, Instant},
};

/// A count that is not what it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The village.
    pub division: String,
    /// The metric; `reached:` and a day for who was last reached then.
    pub metric: String,
    /// What is kept.
    pub kept: i64,
    /// What the persons add up to.
    pub counted: i64,
}

#[derive(QueryableByName)]
struct Counted {
    #[diesel(sql_type = Text)]
    division_code: String,
    #[diesel(sql_type = Text)]
    metric: String,
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// Who is protected, from the facts alone. `ranked` orders the holders of a phone as [`crate::persons`] does.
const PROTECTED: &str = "with eligible as (
    select p.id, p.division_code, p.origin, p.last_reached_day,
        row_number() over (partition by p.phone_index
            order by case when p.origin = 'family' then 1 else 0 end, p.registered_at, p.id) as ranked
    from persons p
    join consents c on c.person_id = p.id and c.purpose = 'warnings' and c.withdrawn_at is null
    where p.state = 'active' and p.registered_at is not null and p.division_code is not null
        and p.phone_index is not null and p.phone_proof is not null and p.paused_at is null and p.review = 'clear'
), protected as (select * from eligible where ranked = 1) ";

const RESIDENTS: &str = "select division_code, 'residents' as metric, count(*) as count from persons
    where state = 'active' and registered_at is not null and division_code is not null and review = 'clear'
        and origin <> 'family' group by division_code";
const WHOLE: &str =
    "select division_code, 'protected' as metric, count(*) as count from protected group by division_code";
const FAMILY: &str = "select division_code, 'family_members' as metric, count(*) as count from protected
    where origin = 'family' group by division_code";
const TAGS: &str = "select p.division_code, 'tag:' || t.tag as metric, count(*) as count from protected p
    join person_tags t on t.person_id = p.id group by p.division_code, t.tag";

/// Compares the kept counts with the persons, as both stood at one moment. Tags that are over but not yet tidied away count
/// in both. Days before `since` are left out: what was counted of them is forgotten ([`super::population_reached_prune`]).
pub fn population_recount(connection: &mut DbConnection, since: NaiveDate) -> Result<Vec<Difference>, StoreError> {
    begin_stable_read(connection)?;
    let compared = compare(connection, since);
    end_stable_read(connection)?;
    compared
}

fn compare(connection: &mut DbConnection, since: NaiveDate) -> Result<Vec<Difference>, StoreError> {
    dialect::allow_long_statement(connection)?;
    let mut both = BTreeMap::<(String, String), (i64, i64)>::new();
    for counted in count(connection, since)? {
        both.entry((counted.division_code, counted.metric)).or_default().1 = counted.count;
    }
    let kept: Vec<(String, String, i64)> = population_counts::table
        .select((population_counts::division_code, population_counts::metric, population_counts::count))
        .load(connection)?;
    for (division, metric, count) in kept {
        both.entry((division, metric)).or_default().0 = count;
    }
    let kept = format!(
        "select division_code, cast(day as text) as metric, count from population_reached where day >= '{since}'"
    );
    for row in sql_query(kept).load::<Counted>(connection)? {
        both.entry((row.division_code, format!("reached:{}", row.metric))).or_default().0 = row.count;
    }
    let differing = both.into_iter().filter(|(_, (kept, counted))| kept != counted);
    let difference = |((division, metric), (kept, counted))| Difference { division, metric, kept, counted };
    Ok(differing.map(difference).collect())
}

fn count(connection: &mut DbConnection, since: NaiveDate) -> Result<Vec<Counted>, StoreError> {
    let mut counted: Vec<Counted> = sql_query(RESIDENTS).load(connection)?;
    for part in [WHOLE, FAMILY, TAGS] {
        counted.extend(sql_query(format!("{PROTECTED}{part}")).load::<Counted>(connection)?);
    }
    let reached = format!(
        "{PROTECTED}select division_code, 'reached:' || cast(last_reached_day as text) as metric, count(*) as count
         from protected where last_reached_day >= '{since}' group by division_code, last_reached_day"
    );
    counted.extend(sql_query(reached).load::<Counted>(connection)?);
    Ok(counted)
}

/// Sets kept counts to what the persons add up to. Call it with what [`population_recount`] found, while nobody registers.
pub fn population_repair(
    connection: &mut DbConnection,
    differences: &[Difference],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    for difference in differences {
        let amount = difference.counted - difference.kept;
        let (statement, key) = match difference.metric.strip_prefix("reached:") {
            Some(day) => (REACHED, day),
            None => (COUNTS, difference.metric.as_str()),
        };
        let bound = |statement: &str| {
            sql_query(statement.to_owned())
                .bind::<Text, _>(difference.division.clone())
                .bind::<Text, _>(key.to_owned())
                .bind::<BigInt, _>(amount)
        };
        match connection {
            DbConnection::Pg(inner) => {
                let day = statement.replace("$day", "cast($2 as date)");
                bound(&day).bind::<Instant, _>(At::new(now)).execute(inner)?;
            }
            DbConnection::Sqlite(inner) => {
                let day = statement.replace("$day", "$2");
                bound(&day).bind::<Instant, _>(At::new(now)).execute(inner)?;
            }
        }
    }
    Ok(())
}

const COUNTS: &str = "insert into population_counts (division_code, metric, count, updated_at) values ($1, $2, $3, $4)
    on conflict (division_code, metric)
    do update set count = population_counts.count + excluded.count, updated_at = excluded.updated_at";
const REACHED: &str = "insert into population_reached (division_code, day, count, updated_at) values ($1, $day, $3, $4)
    on conflict (division_code, day)
    do update set count = population_reached.count + excluded.count, updated_at = excluded.updated_at";
