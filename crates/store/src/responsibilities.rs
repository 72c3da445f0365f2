//! Who answers for which village, township or county (包保责任制). Name and phone are sealed under a key of the row; a row is
//! ended, never deleted.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::{
    BoolExpressionMethods as _, ExpressionMethods as _, OptionalExtension as _, QueryDsl as _, Queryable,
    RunQueryDsl as _,
};
use domain::division::DivisionCode;
use keyring::{Keyring, PersonKey, PublicId, SealContext};

use crate::{
    connection::DbConnection,
    divisions::read_code,
    error::StoreError,
    persons::{parse_id, profile::open_text},
    schema::responsibility_assignments as assignments,
    sought::{sought, sought_if_any},
    types::At,
};

/// Names the sealed name.
pub(crate) const NAME: &str = "responsibility_assignments.name";
/// Names the sealed phone and its blind index.
pub(crate) const PHONE: &str = "responsibility_assignments.phone";

/// An assignment, with what is sealed opened.
#[derive(Debug, Clone)]
pub struct StoredAssignment {
    /// Key in the database.
    pub id: i64,
    /// Outward id.
    pub public_id: PublicId,
    /// Name of the person.
    pub name: String,
    /// Canonical phone of the person.
    pub phone: String,
    /// What they are in the village, e.g. 村支书.
    pub post: String,
    /// What they answer for.
    pub division: DivisionCode,
    /// The part of the village, where it is not the whole.
    pub patch: Option<String>,
    /// First day, in Beijing.
    pub from_day: NaiveDate,
    /// Last day, in Beijing, where one was set.
    pub to_day: Option<NaiveDate>,
    /// When it was entered.
    pub created_at: DateTime<Utc>,
    /// When it was ended.
    pub ended_at: Option<DateTime<Utc>>,
}

/// An assignment to add.
#[derive(Debug, Clone)]
pub struct NewAssignment {
    /// Name of the person.
    pub name: String,
    /// Canonical phone of the person.
    pub phone: String,
    /// What they are in the village.
    pub post: String,
    /// What they answer for.
    pub division: DivisionCode,
    /// The part of the village, where it is not the whole.
    pub patch: Option<String>,
    /// First day, in Beijing.
    pub from_day: NaiveDate,
    /// Last day, in Beijing, where one is known.
    pub to_day: Option<NaiveDate>,
}

#[derive(Queryable)]
struct Row {
    id: i64,
    public_id: String,
    key: Vec<u8>,
    name: Vec<u8>,
    phone: Vec<u8>,
    post: String,
    division_code: String,
    patch: Option<String>,
    from_day: NaiveDate,
    to_day: Option<NaiveDate>,
    created_at: At,
    ended_at: Option<At>,
}

const COLUMNS: (
    assignments::id,
    assignments::public_id,
    assignments::key,
    assignments::name,
    assignments::phone,
    assignments::post,
    assignments::division_code,
    assignments::patch,
    assignments::from_day,
    assignments::to_day,
    assignments::created_at,
    assignments::ended_at,
) = (
    assignments::id,
    assignments::public_id,
    assignments::key,
    assignments::name,
    assignments::phone,
    assignments::post,
    assignments::division_code,
    assignments::patch,
    assignments::from_day,
    assignments::to_day,
    assignments::created_at,
    assignments::ended_at,
);

fn opened(keyring: &Keyring, row: Row) -> Result<StoredAssignment, StoreError> {
    let public_id = parse_id(&row.public_id)?;
    let key = keyring.unwrap_key(&row.key, public_id)?;
    let text = |column: &'static str, sealed: Vec<u8>| {
        open_text(keyring, &key, column, public_id, Some(sealed)).map(Option::unwrap_or_default)
    };
    Ok(StoredAssignment {
        id: row.id,
        public_id,
        name: text(NAME, row.name)?,
        phone: text(PHONE, row.phone)?,
        post: row.post,
        division: read_code(&row.division_code)?,
        patch: row.patch,
        from_day: row.from_day,
        to_day: row.to_day,
        created_at: row.created_at.into(),
        ended_at: row.ended_at.map(Into::into),
    })
}

/// Adds an assignment and returns its outward id. `created_by` is kind and outward id of who enters it.
pub fn responsibility_add(
    connection: &mut DbConnection,
    keyring: &Keyring,
    new: &NewAssignment,
    created_by: &str,
    now: DateTime<Utc>,
) -> Result<PublicId, StoreError> {
    let (public_id, key) = (PublicId::random(), PersonKey::random());
    let seal =
        |column: &'static str, text: &str| keyring.seal(&key, SealContext::new(column, public_id), text.as_bytes());
    diesel::insert_into(assignments::table)
        .values((
            assignments::public_id.eq(public_id.to_string()),
            assignments::key.eq(keyring.wrap_key(&key, public_id)?),
            assignments::name.eq(seal(NAME, &new.name)?),
            assignments::phone.eq(seal(PHONE, &new.phone)?),
            assignments::phone_index.eq(keyring.blind_index(PHONE, &new.phone).to_vec()),
            assignments::post.eq(&new.post),
            assignments::division_code.eq(new.division.as_str()),
            assignments::patch.eq(new.patch.as_deref()),
            assignments::from_day.eq(new.from_day),
            assignments::to_day.eq(new.to_day),
            assignments::created_at.eq(At::new(now)),
            assignments::created_by.eq(created_by),
        ))
        .execute(connection)?;
    Ok(public_id)
}

/// True if the person with this phone answers for the same place already, on a day of the new assignment.
pub fn responsibility_overlaps(
    connection: &mut DbConnection,
    keyring: &Keyring,
    new: &NewAssignment,
) -> Result<bool, StoreError> {
    let indexes: Vec<Vec<u8>> =
        keyring.blind_index_candidates(PHONE, &new.phone).into_iter().map(|index| index.to_vec()).collect();
    let found: Vec<(Option<String>, NaiveDate, Option<NaiveDate>)> = assignments::table
        .filter(assignments::phone_index.eq_any(indexes))
        .filter(assignments::division_code.eq(new.division.as_str()))
        .filter(assignments::ended_at.is_null())
        .select((assignments::patch, assignments::from_day, assignments::to_day))
        .load(connection)?;
    Ok(found.into_iter().any(|(patch, from, to)| {
        let before = to.is_some_and(|to| to < new.from_day);
        let after = new.to_day.is_some_and(|last| last < from);
        patch == new.patch && !before && !after
    }))
}

/// Which assignments.
#[derive(Debug, Clone)]
pub struct AssignmentFilter {
    /// Those for one of these divisions.
    pub divisions: Vec<DivisionCode>,
    /// Those that hold on this day; none for all that ever were.
    pub on: Option<NaiveDate>,
}

/// Assignments in the order in which they were entered, after the one with outward id `after`.
pub fn responsibilities_page(
    connection: &mut DbConnection,
    keyring: &Keyring,
    filter: &AssignmentFilter,
    after: Option<&str>,
    limit: i64,
) -> Result<Vec<StoredAssignment>, StoreError> {
    let codes: Vec<&str> = filter.divisions.iter().map(DivisionCode::as_str).collect();
    let mut query = assignments::table
        .filter(assignments::division_code.eq_any(codes))
        .order(assignments::id)
        .limit(limit)
        .select(COLUMNS)
        .into_boxed();
    if let Some(day) = filter.on {
        query = query
            .filter(assignments::ended_at.is_null())
            .filter(assignments::from_day.le(day))
            .filter(assignments::to_day.is_null().or(assignments::to_day.ge(Some(day))));
    }
    if let Some(after) = after {
        let after = sought(after)?;
        let id: Option<i64> = assignments::table
            .filter(assignments::public_id.eq(after))
            .select(assignments::id)
            .first(connection)
            .optional()?;
        query = query.filter(assignments::id.gt(id.ok_or(StoreError::NotFound)?));
    }
    let rows: Vec<Row> = query.load(connection)?;
    rows.into_iter().map(|row| opened(keyring, row)).collect()
}

/// The assignment with this outward id, ended ones too.
pub fn responsibility_find(
    connection: &mut DbConnection,
    keyring: &Keyring,
    public_id: &str,
) -> Result<Option<StoredAssignment>, StoreError> {
    let Some(public_id) = sought_if_any(public_id) else { return Ok(None) };
    let found: Option<Row> =
        assignments::table.filter(assignments::public_id.eq(public_id)).select(COLUMNS).first(connection).optional()?;
    found.map(|row| opened(keyring, row)).transpose()
}

/// Ends an assignment that was not ended. `ended_by` is kind and outward id of who does.
pub fn responsibility_end(
    connection: &mut DbConnection,
    id: i64,
    ended_by: &str,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    diesel::update(assignments::table.find(id).filter(assignments::ended_at.is_null()))
        .set((assignments::ended_at.eq(Some(At::new(now))), assignments::ended_by.eq(Some(ended_by))))
        .execute(connection)?;
    Ok(())
}

/// How many assignments of a division hold on a day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AssignmentCount {
    /// For the whole of it.
    pub whole: u32,
    /// For a part of it.
    pub patches: u32,
}

/// The counts of every division that has any on this day.
pub fn responsibilities_count(
    connection: &mut DbConnection,
    day: NaiveDate,
) -> Result<HashMap<DivisionCode, AssignmentCount>, StoreError> {
    let rows: Vec<(String, Option<String>)> = assignments::table
        .filter(assignments::ended_at.is_null())
        .filter(assignments::from_day.le(day))
        .filter(assignments::to_day.is_null().or(assignments::to_day.ge(Some(day))))
        .select((assignments::division_code, assignments::patch))
        .load(connection)?;
    let mut counts: HashMap<DivisionCode, AssignmentCount> = HashMap::new();
    for (code, patch) in rows {
        let count = counts.entry(read_code(&code)?).or_default();
        *(if patch.is_some() { &mut count.patches } else { &mut count.whole }) += 1;
    }
    Ok(counts)
}
