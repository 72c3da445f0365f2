//! Families: which resident named which person, and what that person agreed to.

use chrono::{DateTime, Utc};
use diesel::{
    BoolExpressionMethods as _, ExpressionMethods as _, JoinOnDsl as _, OptionalExtension as _, QueryDsl as _,
    RunQueryDsl as _,
};
use domain::person::{ConsentBasis, Relation};
use keyring::PublicId;

use crate::{
    connection::DbConnection,
    error::StoreError,
    schema::{family_links, persons},
    sought::sought_if_any,
    types::At,
};

/// A link as stored.
#[derive(Debug, Clone)]
pub struct FamilyLink {
    /// Key in the database.
    pub id: i64,
    /// Outward id.
    pub public_id: String,
    /// The resident who named the member.
    pub resident_id: i64,
    /// The person who was named.
    pub member_id: i64,
    /// What the member is to the resident.
    pub relation: Relation,
    /// `invited`, `active` or `ended`.
    pub state: String,
    /// Since when the resident is guardian of the member; none without that consent.
    pub guard_consented_at: Option<DateTime<Utc>>,
    /// On whose word.
    pub guard_basis: Option<ConsentBasis>,
    /// When the member was named.
    pub created_at: DateTime<Utc>,
    /// When an invitation lapses.
    pub expires_at: Option<DateTime<Utc>>,
}

/// A link to add.
#[derive(Debug, Clone, Copy)]
pub struct NewFamilyLink {
    /// The resident who names the member.
    pub resident_id: i64,
    /// The person who is named.
    pub member_id: i64,
    /// What the member is to the resident.
    pub relation: Relation,
    /// When the invitation lapses; none where the link is active at once.
    pub invited_until: Option<DateTime<Utc>>,
    /// On whose word the resident is guardian; none where the member has not agreed to that.
    pub guard_basis: Option<ConsentBasis>,
}

#[derive(diesel::Insertable)]
#[diesel(table_name = family_links, treat_none_as_default_value = false)]
struct Row<'a> {
    public_id: String,
    resident_id: i64,
    member_id: i64,
    relation: &'a str,
    state: &'a str,
    guard_consented_at: Option<At>,
    guard_basis: Option<&'a str>,
    created_at: At,
    expires_at: Option<At>,
}

type Stored = (i64, String, i64, i64, String, String, Option<At>, Option<String>, At, Option<At>);

type Columns = (
    family_links::id,
    family_links::public_id,
    family_links::resident_id,
    family_links::member_id,
    family_links::relation,
    family_links::state,
    family_links::guard_consented_at,
    family_links::guard_basis,
    family_links::created_at,
    family_links::expires_at,
);

/// What is read of it.
const COLUMNS: Columns = (
    family_links::id,
    family_links::public_id,
    family_links::resident_id,
    family_links::member_id,
    family_links::relation,
    family_links::state,
    family_links::guard_consented_at,
    family_links::guard_basis,
    family_links::created_at,
    family_links::expires_at,
);

fn decoded(row: Stored) -> Result<FamilyLink, StoreError> {
    let (id, public_id, resident_id, member_id, relation, state, guarded_at, basis, created_at, expires_at) = row;
    let unreadable = |what: &str| StoreError::Unreadable(format!("{what} of a family link"));
    let basis = basis.map(|word| ConsentBasis::from_word(&word).ok_or_else(|| unreadable("basis")));
    Ok(FamilyLink {
        id,
        public_id,
        resident_id,
        member_id,
        relation: Relation::from_word(&relation).ok_or_else(|| unreadable("relation"))?,
        state,
        guard_consented_at: guarded_at.map(Into::into),
        guard_basis: basis.transpose()?,
        created_at: created_at.into(),
        expires_at: expires_at.map(Into::into),
    })
}

/// Adds a link and returns its outward id.
pub fn family_link_add(
    connection: &mut DbConnection,
    new: NewFamilyLink,
    now: DateTime<Utc>,
) -> Result<String, StoreError> {
    let public_id = PublicId::random().to_string();
    let row = Row {
        public_id: public_id.clone(),
        resident_id: new.resident_id,
        member_id: new.member_id,
        relation: new.relation.as_str(),
        state: if new.invited_until.is_some() { "invited" } else { "active" },
        guard_consented_at: new.guard_basis.map(|_| At::new(now)),
        guard_basis: new.guard_basis.map(ConsentBasis::as_str),
        created_at: At::new(now),
        expires_at: new.invited_until.map(At::new),
    };
    diesel::insert_into(family_links::table).values(row).execute(connection)?;
    Ok(public_id)
}

/// The members a resident named, those ended left out, oldest first.
pub fn family_of(connection: &mut DbConnection, resident: i64) -> Result<Vec<FamilyLink>, StoreError> {
    let rows: Vec<Stored> = family_links::table
        .filter(family_links::resident_id.eq(resident))
        .filter(family_links::state.ne("ended"))
        .order(family_links::id)
        .select(COLUMNS)
        .load(connection)?;
    rows.into_iter().map(decoded).collect()
}

/// The links in which a person is the member, those ended left out, oldest first.
pub fn families_naming(connection: &mut DbConnection, member: i64) -> Result<Vec<FamilyLink>, StoreError> {
    let rows: Vec<Stored> = family_links::table
        .filter(family_links::member_id.eq(member))
        .filter(family_links::state.ne("ended"))
        .order(family_links::id)
        .select(COLUMNS)
        .load(connection)?;
    rows.into_iter().map(decoded).collect()
}

/// The link with this outward id, unless ended.
pub fn family_link_find(connection: &mut DbConnection, public_id: &str) -> Result<Option<FamilyLink>, StoreError> {
    let Some(public_id) = sought_if_any(public_id) else { return Ok(None) };
    let row: Option<Stored> = family_links::table
        .filter(family_links::public_id.eq(public_id))
        .filter(family_links::state.ne("ended"))
        .select(COLUMNS)
        .first(connection)
        .optional()?;
    row.map(decoded).transpose()
}

/// Makes a link active: `member` is who answers it, which may be another person than the one that was named.
pub fn family_link_accept(
    connection: &mut DbConnection,
    link: i64,
    member: i64,
    guard_basis: Option<ConsentBasis>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    diesel::update(family_links::table.find(link))
        .set((
            family_links::member_id.eq(member),
            family_links::state.eq("active"),
            family_links::expires_at.eq(None::<At>),
            family_links::guard_consented_at.eq(guard_basis.map(|_| At::new(now))),
            family_links::guard_basis.eq(guard_basis.map(ConsentBasis::as_str)),
        ))
        .execute(connection)?;
    Ok(())
}

/// Gives or withdraws the consent to be guarded by the resident of a link.
pub fn family_link_guard_set(
    connection: &mut DbConnection,
    link: i64,
    basis: Option<ConsentBasis>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    diesel::update(family_links::table.find(link))
        .set((
            family_links::guard_consented_at.eq(basis.map(|_| At::new(now))),
            family_links::guard_basis.eq(basis.map(ConsentBasis::as_str)),
        ))
        .execute(connection)?;
    Ok(())
}

/// Ends a link: `declined`, `expired`, `removed`, `left`, `withdrawn` or `erased`.
pub fn family_link_end(
    connection: &mut DbConnection,
    link: i64,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    diesel::update(family_links::table.find(link))
        .set((
            family_links::state.eq("ended"),
            family_links::guard_consented_at.eq(None::<At>),
            family_links::guard_basis.eq(None::<&str>),
            family_links::ended_at.eq(Some(At::new(now))),
            family_links::end_reason.eq(Some(reason)),
        ))
        .execute(connection)?;
    Ok(())
}

/// Invitations that lapsed, at most `limit`.
pub fn invitations_lapsed(
    connection: &mut DbConnection,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<FamilyLink>, StoreError> {
    let rows: Vec<Stored> = family_links::table
        .filter(family_links::state.eq("invited"))
        .filter(family_links::expires_at.le(Some(At::new(now))))
        .order(family_links::expires_at)
        .limit(limit)
        .select(COLUMNS)
        .load(connection)?;
    rows.into_iter().map(decoded).collect()
}

/// Open invitations of persons who are to be at home in one of these villages, after the one with key `after`.
pub fn invitations_waiting(
    connection: &mut DbConnection,
    villages: &[String],
    after: i64,
    limit: i64,
    now: DateTime<Utc>,
) -> Result<Vec<FamilyLink>, StoreError> {
    let rows: Vec<Stored> = family_links::table
        .inner_join(persons::table.on(persons::id.eq(family_links::member_id)))
        .filter(family_links::state.eq("invited"))
        .filter(family_links::expires_at.gt(Some(At::new(now))))
        .filter(persons::division_code.eq_any(villages.iter().map(|code| Some(code.clone()))))
        .filter(family_links::id.gt(after))
        .order(family_links::id)
        .limit(limit)
        .select(COLUMNS)
        .load(connection)?;
    rows.into_iter().map(decoded).collect()
}

/// All open links of a person, on either side.
pub fn family_links_touching(connection: &mut DbConnection, person: i64) -> Result<Vec<FamilyLink>, StoreError> {
    let rows: Vec<Stored> = family_links::table
        .filter(family_links::resident_id.eq(person).or(family_links::member_id.eq(person)))
        .filter(family_links::state.ne("ended"))
        .order(family_links::id)
        .select(COLUMNS)
        .load(connection)?;
    rows.into_iter().map(decoded).collect()
}
