//! Who is protected, and what that changes in the counts: worked out anew for the persons a transaction touched.

use std::collections::{BTreeMap, HashMap, HashSet, hash_map::Entry};

use chrono::{DateTime, NaiveDate, Utc};
use diesel::{BoolExpressionMethods as _, ExpressionMethods as _, QueryDsl as _, RunQueryDsl as _};
use domain::{
    division::DivisionCode,
    person::{Origin, Purpose},
    population::{Counted, Deltas},
    protection::Facts,
};
use keyring::Keyring;

use super::{profile::PHONE, tags::tags_of_persons};
use crate::{
    connection::DbConnection,
    divisions::read_code,
    error::StoreError,
    population,
    schema::{consents, divisions, persons},
    types::At,
};

/// What of a person decides whether and where they count.
#[derive(Debug, Clone)]
pub(crate) struct Holder {
    pub(crate) id: i64,
    pub(crate) active: bool,
    pub(crate) origin: Origin,
    pub(crate) registered_at: Option<DateTime<Utc>>,
    pub(crate) division: Option<DivisionCode>,
    pub(crate) phone_index: Option<Vec<u8>>,
    pub(crate) phone_proved: bool,
    pub(crate) paused: bool,
    pub(crate) clear: bool,
    pub(crate) warnings: bool,
    pub(crate) tags: Vec<String>,
    pub(crate) reached: Option<NaiveDate>,
    pub(crate) before: Counted,
}

impl Holder {
    /// The facts of protection; `principal` is another's to say.
    pub(crate) fn facts(&self, principal: bool) -> Facts {
        Facts {
            registered: self.active && self.registered_at.is_some(),
            home: self.division.is_some(),
            phone: self.phone_proved,
            warnings: self.warnings,
            paused: self.paused,
            held: !self.clear,
            principal,
        }
    }

    /// What they add to the counts.
    pub(crate) fn counted(&self, principal: bool) -> Counted {
        let facts = self.facts(principal);
        let family = self.origin == Origin::Family;
        let resident = facts.registered && self.clear && !family;
        Counted::of(self.division, resident, facts.protected(), family, &self.tags, self.reached)
    }

    /// Own registrations come before what families say, the earlier before the later.
    fn rank(&self) -> (bool, Option<DateTime<Utc>>, i64) {
        (self.origin == Origin::Family, self.registered_at, self.id)
    }
}

/// The first of those who could be protected under one phone.
pub(crate) fn principal<'a>(holders: impl Iterator<Item = &'a Holder>) -> Option<i64> {
    holders.filter(|holder| holder.facts(true).eligible()).min_by_key(|holder| holder.rank()).map(|holder| holder.id)
}

/// Works out anew who of the persons `ids`, and of all who hold one of `phones`, is protected, and brings the counts to it.
/// Call it last in the transaction that changed them; hold the phones first ([`super::phones_hold`]).
pub fn persons_settle(
    connection: &mut DbConnection,
    keyring: &Keyring,
    ids: &[i64],
    phones: &[&str],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let mut deltas = Deltas::default();
    settle(connection, keyring, ids, phones, &mut deltas)?;
    population::apply(connection, &deltas, now)
}

pub(crate) fn settle(
    connection: &mut DbConnection,
    keyring: &Keyring,
    ids: &[i64],
    phones: &[&str],
    deltas: &mut Deltas,
) -> Result<(), StoreError> {
    let indexes: Vec<Vec<u8>> = phones
        .iter()
        .flat_map(|phone| keyring.blind_index_candidates(PHONE, phone))
        .map(|index| index.to_vec())
        .collect();
    let mut indexes = indexes;
    indexes.extend(indexes_of(connection, ids)?);
    let holders = holders(connection, ids, indexes)?;
    let groups = grouped(&holders, keyring, phones);
    let mut changed = Vec::new();
    for group in groups.values() {
        let first = principal(group.iter().copied());
        for holder in group {
            let after = holder.counted(first == Some(holder.id));
            if after != holder.before {
                changed.push((*holder, after));
            }
        }
    }
    let paths = paths(connection, &changed)?;
    let path = |village: DivisionCode| paths.get(&village).cloned().unwrap_or_else(|| vec![village]);
    for (holder, after) in changed {
        deltas.change(&holder.before, &after, path);
        diesel::update(persons::table.find(holder.id))
            .set((
                persons::counted_in.eq(after.division.map(|code| code.to_string())),
                persons::counted_as.eq(after.words()),
                persons::counted_reached.eq(after.reached),
            ))
            .execute(connection)?;
    }
    Ok(())
}

/// The indexes under which the phones of these persons stand.
fn indexes_of(connection: &mut DbConnection, ids: &[i64]) -> Result<Vec<Vec<u8>>, StoreError> {
    let indexes: Vec<Option<Vec<u8>>> =
        persons::table.filter(persons::id.eq_any(ids.to_vec())).select(persons::phone_index).load(connection)?;
    Ok(indexes.into_iter().flatten().collect())
}

/// Holders by phone. A phone that stands under an older index too is still one phone; who has none stands alone.
fn grouped<'a>(holders: &'a [Holder], keyring: &Keyring, phones: &[&str]) -> BTreeMap<Vec<u8>, Vec<&'a Holder>> {
    let mut one_of: HashMap<Vec<u8>, Vec<u8>> = HashMap::new();
    for phone in phones {
        let candidates = keyring.blind_index_candidates(PHONE, phone);
        let Some(current) = candidates.first().map(|index| index.to_vec()) else { continue };
        one_of.extend(candidates.iter().map(|index| (index.to_vec(), current.clone())));
    }
    let mut groups = BTreeMap::<Vec<u8>, Vec<&Holder>>::new();
    for holder in holders {
        let group = match &holder.phone_index {
            Some(index) => one_of.get(index).unwrap_or(index).clone(),
            None => holder.id.to_be_bytes().to_vec(),
        };
        groups.entry(group).or_default().push(holder);
    }
    groups
}

type Row = (
    (i64, String, String, Option<At>, Option<String>, Option<Vec<u8>>, Option<At>),
    (String, Option<NaiveDate>, Option<String>, String, Option<NaiveDate>, Option<String>),
);

/// The persons with these keys and those whose phone stands under one of these indexes, held to the end of the transaction
/// by who holds their phones.
fn holders(connection: &mut DbConnection, ids: &[i64], indexes: Vec<Vec<u8>>) -> Result<Vec<Holder>, StoreError> {
    let rows: Vec<Row> = persons::table
        .filter(persons::id.eq_any(ids.to_vec()).or(persons::phone_index.eq_any(indexes.into_iter().map(Some))))
        .order(persons::id)
        .select((
            (
                persons::id,
                persons::state,
                persons::origin,
                persons::registered_at,
                persons::division_code,
                persons::phone_index,
                persons::paused_at,
            ),
            (
                persons::review,
                persons::last_reached_day,
                persons::counted_in,
                persons::counted_as,
                persons::counted_reached,
                persons::phone_proof,
            ),
        ))
        .load(connection)?;
    let keys: Vec<i64> = rows.iter().map(|((id, ..), _)| *id).collect();
    let warnings: HashSet<i64> = consents::table
        .filter(consents::person_id.eq_any(keys.clone()))
        .filter(consents::purpose.eq(Purpose::Warnings.as_str()))
        .filter(consents::withdrawn_at.is_null())
        .select(consents::person_id)
        .load(connection)?
        .into_iter()
        .collect();
    // A tag counts as long as it stands: who takes it away at its end settles the person.
    let mut tags = tags_of_persons(connection, &keys)?;
    rows.into_iter()
        .map(|((id, state, origin, registered_at, division, phone_index, paused_at), counted)| {
            let (review, reached, counted_in, counted_as, counted_reached, phone_proof) = counted;
            let before_in = counted_in.as_deref().map(read_code).transpose()?;
            Ok(Holder {
                id,
                active: state == "active",
                origin: Origin::from_word(&origin)
                    .ok_or_else(|| StoreError::Unreadable("origin of a person".to_owned()))?,
                registered_at: registered_at.map(Into::into),
                division: division.as_deref().map(read_code).transpose()?,
                phone_index,
                phone_proved: phone_proof.is_some(),
                paused: paused_at.is_some(),
                clear: review == "clear",
                warnings: warnings.contains(&id),
                tags: tags.remove(&id).unwrap_or_default().into_iter().map(|tag| tag.tag).collect(),
                reached,
                before: Counted::from_words(before_in, &counted_as, counted_reached),
            })
        })
        .collect()
}

/// Each village somebody moved from or to, with all that lies above it.
fn paths(
    connection: &mut DbConnection,
    changed: &[(&Holder, Counted)],
) -> Result<HashMap<DivisionCode, Vec<DivisionCode>>, StoreError> {
    let mut paths = HashMap::new();
    for (holder, after) in changed {
        let (Some(old), Some(new)) = (holder.before.division, after.division) else { continue };
        for village in [old, new].into_iter().filter(|_| old != new) {
            if let Entry::Vacant(new) = paths.entry(village) {
                new.insert(path(connection, village)?);
            }
        }
    }
    Ok(paths)
}

fn path(connection: &mut DbConnection, village: DivisionCode) -> Result<Vec<DivisionCode>, StoreError> {
    let (mut path, mut next) = (Vec::new(), Some(village.to_string()));
    while let Some(code) = next.take() {
        let node = read_code(&code)?;
        if path.contains(&node) {
            return Err(StoreError::Fault(format!("division {node} lies below itself")));
        }
        path.push(node);
        next = divisions::table.find(code).select(divisions::parent_code).first(connection)?;
    }
    Ok(path)
}

/// The person opened the service: something reached them on `day`. Does nothing for who has not registered, or was reached on
/// that day already.
pub fn person_seen(
    connection: &mut DbConnection,
    keyring: &Keyring,
    public_id: &str,
    day: NaiveDate,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let Some(seen) = super::person_find(connection, keyring, public_id)? else { return Ok(()) };
    if !seen.is_registered() || seen.last_reached.is_some_and(|last| last >= day) {
        return Ok(());
    }
    let person = super::person_hold(connection, keyring, public_id, None)?;
    super::person_reached(connection, person.id, day)?;
    let phones: Vec<&str> = person.phone.as_deref().into_iter().collect();
    persons_settle(connection, keyring, &[person.id], &phones, now)
}
