//! What a person sees of themselves: protected or not, reachable or not, and what is missing, in plain words.

use chrono::{DateTime, Utc};
use domain::{
    authorization::{Action, Scope},
    division::DivisionCode,
    person::{ConsentBasis, PhoneProof, Purpose, phone_masked},
    protection::{self, Facts, Missing},
};
use store::{
    DbConnection, StoreError,
    persons::{StoredConsent, StoredPerson, StoredTag, consents_of, person_find, tags_of_persons},
};

use super::{TagView, tags};
use crate::{App, AppError, Context, beijing_day};

/// What a person sees of themselves.
#[derive(Debug, Clone)]
pub struct Me {
    /// Outward id.
    pub id: String,
    /// Registered, and not gone.
    pub registered: bool,
    /// Protected and counted.
    pub protected: bool,
    /// Something reached them in the last thirty days.
    pub reachable: bool,
    /// All that in a sentence.
    pub state: String,
    /// What keeps them from being protected.
    pub missing: Vec<MissingView>,
    /// The phone with its middle hidden.
    pub phone: Option<String>,
    /// How it is known to be theirs.
    pub phone_proof: Option<PhoneProof>,
    /// Somebody else proved the same phone: until then it has to be proved anew.
    pub phone_contested_until: Option<DateTime<Utc>>,
    /// Name.
    pub name: Option<String>,
    /// Year of birth.
    pub birth_year: Option<i16>,
    /// Home village.
    pub division: Option<DivisionCode>,
    /// Names from the city down to it.
    pub division_path: Vec<String>,
    /// Since when protection rests at their own wish.
    pub paused_at: Option<DateTime<Utc>>,
    /// Risk groups.
    pub tags: Vec<TagView>,
    /// What they agreed to.
    pub consents: Vec<ConsentView>,
}

/// A thing that is missing.
#[derive(Debug, Clone)]
pub struct MissingView {
    /// Which.
    pub missing: Missing,
    /// What to do.
    pub detail: &'static str,
}

/// A purpose, and what a person says to it.
#[derive(Debug, Clone)]
pub struct ConsentView {
    /// What for.
    pub purpose: Purpose,
    /// The text of today.
    pub text: &'static str,
    /// Its version.
    pub version: &'static str,
    /// Whether they agree now.
    pub given: bool,
    /// The version they agreed to.
    pub given_version: Option<String>,
    /// On whose word.
    pub basis: Option<ConsentBasis>,
    /// Since when.
    pub given_at: Option<DateTime<Utc>>,
    /// When they last withdrew it.
    pub withdrawn_at: Option<DateTime<Utc>>,
}

/// What the caller sees of themselves.
pub async fn me(app: &App, context: &Context) -> Result<Me, AppError> {
    context.authorize(Action::ManageOwnData, Scope::Own)?;
    let (resident, keyring) = (context.resident()?.public_id.clone(), app.store.keyring.clone());
    let read = app.store.db.run(move |connection| {
        let person = person_find(connection, &keyring, &resident)?.ok_or(StoreError::NotFound)?;
        Seen::read(connection, person)
    });
    let seen = read.await.map_err(gone)?;
    seen.view(app).await
}

/// Who erased themselves has no data any more, but perhaps still a token.
pub(super) fn gone(error: StoreError) -> AppError {
    match error {
        StoreError::NotFound => AppError::unauthenticated(),
        other => other.into(),
    }
}

/// A person with what belongs to them, read at one moment.
pub(super) struct Seen {
    pub(super) person: StoredPerson,
    pub(super) consents: Vec<StoredConsent>,
    pub(super) tags: Vec<StoredTag>,
}

impl Seen {
    pub(super) fn read(connection: &mut DbConnection, person: StoredPerson) -> Result<Self, StoreError> {
        let consents = consents_of(connection, person.id)?;
        let tags = tags_of_persons(connection, &[person.id])?.remove(&person.id).unwrap_or_default();
        Ok(Self { person, consents, tags })
    }

    /// What decides about their protection.
    pub(super) fn facts(&self) -> Facts {
        let person = &self.person;
        let given = |consent: &StoredConsent| consent.purpose == Purpose::Warnings && consent.withdrawn_at.is_none();
        Facts {
            registered: person.is_registered(),
            home: person.division.is_some(),
            phone: person.phone.is_some() && person.phone_proof.is_some(),
            warnings: self.consents.iter().any(given),
            paused: person.paused_at.is_some(),
            held: person.review != "clear",
            principal: person.is_protected(),
        }
    }

    pub(super) async fn view(self, app: &App) -> Result<Me, AppError> {
        let now = app.now();
        let tree = app.divisions.get(&app.store.db).await?;
        let facts = self.facts();
        let reachable = protection::is_reachable(self.person.last_reached, beijing_day(now));
        let node = self.person.division.and_then(|code| tree.get(code));
        let missing: Vec<MissingView> = facts.missing().into_iter().map(missing_view).collect();
        Ok(Me {
            state: state(facts.protected(), reachable, &missing),
            registered: facts.registered,
            protected: facts.protected(),
            reachable,
            missing,
            phone: self.person.phone.as_deref().map(phone_masked),
            division_path: node.map(|node| tree.path(node)).unwrap_or_default(),
            tags: tags::views(&self.tags, now),
            consents: Purpose::ALL.iter().map(|purpose| consent(*purpose, &self.consents)).collect(),
            id: self.person.public_id.to_string(),
            phone_proof: self.person.phone_proof,
            phone_contested_until: self.person.phone_contested_until,
            name: self.person.name,
            birth_year: self.person.birth_year,
            division: self.person.division,
            paused_at: self.person.paused_at,
        })
    }
}

fn missing_view(missing: Missing) -> MissingView {
    MissingView { missing, detail: missing.words_zh() }
}

fn consent(purpose: Purpose, stored: &[StoredConsent]) -> ConsentView {
    let newest = stored.iter().rev().find(|consent| consent.purpose == purpose);
    let held = newest.filter(|consent| consent.withdrawn_at.is_none());
    ConsentView {
        purpose,
        text: purpose.words_zh(),
        version: purpose.version(),
        given: held.is_some(),
        given_version: held.map(|consent| consent.version.clone()),
        basis: held.map(|consent| consent.basis),
        given_at: held.map(|consent| consent.given_at),
        withdrawn_at: newest.and_then(|consent| consent.withdrawn_at),
    }
}

/// In a sentence.
fn state(protected: bool, reachable: bool, missing: &[MissingView]) -> String {
    match (protected, reachable, missing.first()) {
        (true, true, _) => "您正受到保护：发现危险会马上通知您和社区民警。".to_owned(),
        (true, false, _) => {
            "您已受到保护，但近30天没有联系上您：请打开一次本程序，或核对手机号，确保危险时能找到您。".to_owned()
        }
        (false, _, Some(first)) => format!("您还没有受到保护。{}", first.detail),
        (false, _, None) => "您还没有受到保护，请联系社区民警。".to_owned(),
    }
}
