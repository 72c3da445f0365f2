//! A person who signed in registers: a home village, consents, and what else they like to say.

use std::net::IpAddr;

use channels::wechat::RiskError;
use chrono::{DateTime, Utc};
use domain::{
    authorization::{Action, Scope},
    division::DivisionCode,
    person::{ConsentBasis, Origin, Purpose, TagSource},
};
use serde_json::json;
use store::{
    DbConnection, StoreError,
    audit_log::audit_log_add,
    persons::{
        NewConsent, NewTag, StoredPerson, consent_give, person_birth_year_set, person_find, person_hold,
        person_name_set, person_openid, person_reached, person_register, persons_settle, tags_set,
    },
    registration_codes::{CodeHolder, registration_code_find},
    sign_ups::{SignUpOrigin, sign_up_add, sign_up_review_open, sign_ups_count},
};

use super::{NamedTag, me, me::Me, rules, tags};
use crate::{App, AppError, Context, beijing_day, error::ErrorCode};

/// What somebody says to register.
#[derive(Debug, Clone)]
pub struct Register {
    /// The code of the officer whose QR code was scanned.
    pub officer_code: Option<String>,
    /// Home village.
    pub division: DivisionCode,
    /// Name.
    pub name: Option<String>,
    /// Year of birth; whoever is not of age must say it.
    pub birth_year: Option<i16>,
    /// Risk groups, by code or name.
    pub tags: Vec<NamedTag>,
    /// Purposes agreed to, each with the version of its text.
    pub consents: Vec<(String, String)>,
    /// What the client calls its device: a random word it keeps.
    pub device: Option<String>,
    /// Where the request came from.
    pub address: IpAddr,
}

/// What was said, in types.
struct Said {
    division: DivisionCode,
    name: Option<String>,
    birth_year: Option<i16>,
    tags: Vec<NewTag>,
    purposes: Vec<Purpose>,
    officer: Option<CodeHolder>,
    origin: SignUpOrigin,
    /// What WeChat thinks of the account, if that is odd.
    risk: Option<&'static str>,
}

/// Registers the caller. The same again changes nothing and is answered alike; another home is refused, for that is a move.
pub async fn register(app: &App, context: &Context, request: Register) -> Result<Me, AppError> {
    context.authorize(Action::ManageOwnData, Scope::Own)?;
    let resident = context.resident()?.public_id.clone();
    let said = read(app, &resident, request).await?;
    let (keyring, now, asker) = (app.store.keyring.clone(), app.now(), context.clone());
    let settings = app.settings.registration.clone();
    app.write(move |connection| {
        let person = person_hold(connection, &keyring, &resident, None).map_err(me::gone)?;
        if person.is_registered() {
            return already(&person, &said);
        }
        let reasons = odd(connection, &keyring, &said, &settings, now)?;
        let review = if reasons.is_empty() { "clear" } else { "held" };
        let officer = said.officer.as_ref().map(|holder| holder.officer_id);
        person_register(connection, &person, Origin::Own, said.division, officer, review, now)?;
        if said.name.is_some() {
            person_name_set(connection, &keyring, &person, said.name.as_deref())?;
        }
        if said.birth_year.is_some() {
            person_birth_year_set(connection, person.id, said.birth_year)?;
        }
        tags_set(connection, person.id, &said.tags, TagSource::Own, now)?;
        for purpose in &said.purposes {
            let (version, given_by) = (purpose.version(), resident.as_str());
            let consent = NewConsent { purpose: *purpose, version, basis: ConsentBasis::Own, given_by, reason: None };
            consent_give(connection, &keyring, &person, consent, now)?;
        }
        sign_up_add(connection, &keyring, person.id, &said.origin, now)?;
        if !reasons.is_empty() {
            sign_up_review_open(connection, person.id, &reasons.join(","), now)?;
        }
        person_reached(connection, person.id, beijing_day(now))?;
        let phones: Vec<&str> = person.phone.as_deref().into_iter().collect();
        persons_settle(connection, &keyring, &[person.id], &phones, now)?;
        let detail = json!({ "division": said.division, "review": review, "officer": said.officer.as_ref().map(|o| &o.officer) });
        audit_log_add(connection, &asker.audit(now, "person.registered", "person", &resident, detail))?;
        Ok(())
    })
    .await?;
    me::me(app, context).await
}

fn already(person: &StoredPerson, said: &Said) -> Result<(), AppError> {
    if person.division == Some(said.division) {
        return Ok(());
    }
    Err(AppError::new(ErrorCode::Conflict, "您已经登记过了。搬了家请用“我搬家了”，不用重新登记。"))
}

async fn read(app: &App, resident: &str, request: Register) -> Result<Said, AppError> {
    let now = app.now();
    let division = rules::village(app, "/division", request.division).await?;
    let purposes = rules::consents("/consents", &request.consents)?;
    if !purposes.contains(&Purpose::Warnings) {
        return Err(AppError::invalid("/consents", "登记需要您同意接收预警：不同意就无法在有危险时通知您。"));
    }
    let officer = match &request.officer_code {
        Some(code) => Some(officer_of(app, code).await?),
        None => None,
    };
    let device = request.device.filter(|device| !device.is_empty());
    if device.as_ref().is_some_and(|device| device.len() > 64 || !device.is_ascii()) {
        return Err(AppError::invalid("/device", "设备标识须为至多64个英文字符。"));
    }
    let officer_id = officer.as_ref().map(|holder| holder.officer_id);
    Ok(Said {
        division,
        name: rules::name("/name", request.name.as_deref())?,
        birth_year: rules::birth_year("/birth_year", request.birth_year, now)?,
        tags: tags::tags("/tags", &request.tags, now)?,
        purposes,
        origin: SignUpOrigin { device, address: Some(request.address.to_string()), officer: officer_id },
        risk: if app.settings.registration.risk_rank { risk(app, resident, request.address).await? } else { None },
        officer,
    })
}

async fn officer_of(app: &App, code: &str) -> Result<CodeHolder, AppError> {
    let code = code.to_owned();
    let found = app.store.db.run(move |connection| registration_code_find(connection, &code)).await?;
    found.ok_or_else(|| {
        AppError::invalid("/officer_code", "这个登记码已失效，请向社区民警要新的码，或直接选择所在的村或社区。")
    })
}

/// What WeChat thinks of the account; where it cannot say, the sign-up goes on (the other limits hold).
async fn risk(app: &App, resident: &str, address: IpAddr) -> Result<Option<&'static str>, AppError> {
    let (public_id, keyring) = (resident.to_owned(), app.store.keyring.clone());
    let read = app.store.db.run(move |connection| {
        let person = person_find(connection, &keyring, &public_id)?.ok_or(StoreError::NotFound)?;
        Ok((person_openid(connection, &keyring, &person)?, person.phone))
    });
    let (openid, phone) = read.await.map_err(me::gone)?;
    let Some(openid) = openid else { return Ok(None) };
    Ok(match app.wechat.risk_rank(&openid, address, phone.as_deref()).await {
        Ok(risk) if risk.rank >= 3 => Some("risk_rank"),
        // Who reaches the API by script has not opened the mini-program.
        Err(RiskError::NoRecentVisit) => Some("no_recent_visit"),
        Ok(_) => None,
        Err(error) => {
            tracing::warn!(%error, "no risk rank");
            None
        }
    })
}

/// Why the sign-up looks odd; nothing for nearly all.
fn odd(
    connection: &mut DbConnection,
    keyring: &keyring::Keyring,
    said: &Said,
    settings: &crate::settings::RegistrationSettings,
    now: DateTime<Utc>,
) -> Result<Vec<&'static str>, StoreError> {
    let counts = sign_ups_count(connection, keyring, &said.origin, now)?;
    let usual = counts.officer_before / 30;
    let far_above = usual.saturating_mul(settings.sign_ups_times_usual.into());
    let reasons = [
        (counts.device >= i64::from(settings.sign_ups_per_device_day), "device"),
        (counts.address >= i64::from(settings.sign_ups_per_address_minute), "address"),
        (counts.officer >= i64::from(settings.sign_ups_per_officer_day) && counts.officer >= far_above, "officer"),
    ];
    let mut reasons: Vec<&'static str> =
        reasons.into_iter().filter_map(|(odd, reason)| odd.then_some(reason)).collect();
    reasons.extend(said.risk);
    Ok(reasons)
}
