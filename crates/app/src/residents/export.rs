//! Everything that is kept of a person, for that person (PIPL articles 44 and 45).

use domain::{
    authorization::{Action, Scope},
    person::{ConsentBasis, Origin, PhoneProof},
};
use serde_json::{Value, json};
use store::{
    StoreError,
    appeals::appeals_of,
    audit_log::{audit_log_add, audit_log_of_person},
    families::{families_naming, family_of},
    own_checks::own_checks_count,
    persons::{person_find, persons_by_id},
    reports::reports_of,
    warnings::warnings_of_resident,
};

use super::{access_log, me, me::Seen};
use crate::{App, AppError, Context};

/// Warnings in an export at most; nobody has as many.
const MOST_WARNINGS: i64 = 10_000;
/// Reports and appeals in an export at most.
const MOST_REPORTS: i64 = 10_000;

/// Everything that is kept of a person.
#[derive(Debug, Clone)]
pub struct Export {
    /// As data: sections with their contents.
    pub data: Value,
}

/// Everything that is kept of the caller.
pub async fn export(app: &App, context: &Context) -> Result<Export, AppError> {
    context.authorize(Action::ManageOwnData, Scope::Own)?;
    let resident = context.resident()?.public_id.clone();
    let (keyring, now, asker) = (app.store.keyring.clone(), app.now(), context.clone());
    let read = app.store.db.write(move |connection| {
        let person = person_find(connection, &keyring, &resident)?.ok_or(StoreError::NotFound)?;
        let named = family_of(connection, person.id)?;
        let members =
            persons_by_id(connection, &keyring, &named.iter().map(|link| link.member_id).collect::<Vec<_>>())?;
        let family: Vec<Value> = named
            .iter()
            .map(|link| {
                let member = members.iter().find(|member| member.id == link.member_id);
                // Of who agreed for themselves, only what the caller said stays the caller's to read.
                let own_word = member.filter(|member| member.origin == Origin::Family);
                json!({
                    "relation": link.relation.as_str(), "state": link.state, "named_at": link.created_at,
                    "name": own_word.and_then(|member| member.name.clone()),
                    "phone": own_word.and_then(|member| member.phone.clone()),
                    "guarded_since": link.guard_consented_at,
                })
            })
            .collect();
        let naming = families_naming(connection, person.id)?.len();
        let warnings: Vec<Value> = warnings_of_resident(connection, &keyring, &resident, None, MOST_WARNINGS)?
            .into_iter()
            .map(|warning| {
                json!({
                    "at": warning.created_at, "kind": warning.kind.as_str(), "subject": warning.canonical,
                    "fraud_type": warning.fraud_type, "reason": warning.reason.as_str(),
                })
            })
            .collect();
        let reports: Vec<Value> = reports_of(connection, &keyring, &person, None, MOST_REPORTS)?
            .into_iter()
            .map(|report| {
                let subjects: Vec<&str> = report.subjects.iter().map(|subject| subject.canonical.as_str()).collect();
                json!({
                    "at": report.created_at, "subjects": subjects, "fraud_type": report.fraud_type,
                    "text": report.text, "note": report.note, "id": report.public_id,
                })
            })
            .collect();
        let appeals: Vec<Value> = appeals_of(connection, &keyring, &person, MOST_REPORTS)?
            .into_iter()
            .map(|appeal| {
                json!({
                    "at": appeal.created_at, "subject": appeal.canonical, "statement": appeal.statement,
                    "proved_at": appeal.proved_at, "closed_at": appeal.closed_at, "id": appeal.public_id,
                })
            })
            .collect();
        let checks = own_checks_count(connection, person.id)?;
        let seen_by = audit_log_of_person(connection, &keyring, &person)?;
        audit_log_add(connection, &asker.audit(now, "person.exported", "person", &resident, json!({})))?;
        Ok((Seen::read(connection, person)?, family, naming, (warnings, reports, appeals, checks), seen_by))
    });
    let (seen, family, naming, (warnings, reports, appeals, checks), audits) = read.await.map_err(me::gone)?;
    let phone = seen.person.phone.clone();
    let created_at = seen.person.created_at;
    let me = seen.view(app).await?;
    let consents: Vec<Value> = me
        .consents
        .iter()
        .map(|consent| {
            json!({
                "purpose": consent.purpose.as_str(), "text": consent.text, "given": consent.given,
                "basis": consent.basis.map(ConsentBasis::as_str), "version": consent.given_version,
                "given_at": consent.given_at, "withdrawn_at": consent.withdrawn_at,
            })
        })
        .collect();
    let tags: Vec<Value> = me
        .tags
        .iter()
        .map(|tag| json!({ "code": tag.code, "name": tag.name, "source": tag.source, "expires_on": tag.expires_on }))
        .collect();
    let looked: Vec<Value> = audits
        .iter()
        .map(|row| {
            let view = access_log::view(row);
            json!({ "at": view.at, "who": row.actor_kind, "role": view.role, "unit": view.unit, "purpose": view.purpose })
        })
        .collect();
    Ok(Export {
        data: json!({
            "exported_at": now,
            "person": {
                "id": me.id, "since": created_at, "state": me.state, "name": me.name, "birth_year": me.birth_year,
                "phone": phone, "phone_proof": me.phone_proof.map(PhoneProof::as_str),
                "home": me.division_path, "home_code": me.division, "paused_at": me.paused_at,
            },
            "consents": consents, "tags": tags, "family": family, "named_by_families": naming,
            "warnings": warnings, "reports": reports, "appeals": appeals, "own_checks": checks, "log": looked,
        }),
    })
}
