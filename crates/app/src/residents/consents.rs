//! Giving and withdrawing consents, one by one.

use domain::person::{ConsentBasis, Purpose};
use serde_json::json;
use store::{
    own_checks::own_checks_forget,
    persons::{NewConsent, consent_give, consent_withdraw},
};

use super::{me::Me, profile::change, rules};
use crate::{App, AppError, Context};

/// The caller agrees to a purpose (`version` of its text), or withdraws that (`None`). Either twice changes nothing.
pub async fn consent_set(app: &App, context: &Context, purpose: &str, version: Option<String>) -> Result<Me, AppError> {
    let purpose = Purpose::from_word(purpose).ok_or_else(AppError::not_found)?;
    if let Some(version) = &version {
        let given = [(purpose.as_str().to_owned(), version.clone())];
        rules::consents("", &given).map_err(|mut error| {
            error.fields.iter_mut().for_each(|field| "/version".clone_into(&mut field.pointer));
            error
        })?;
    }
    let (keyring, now) = (app.store.keyring.clone(), app.now());
    let action = if version.is_some() { "consent.given" } else { "consent.withdrawn" };
    change(app, context, action, json!({ "purpose": purpose.as_str() }), move |connection, person| {
        match version {
            Some(version) => {
                let given_by = person.public_id.to_string();
                let (version, basis) = (version.as_str(), ConsentBasis::Own);
                let consent = NewConsent { purpose, version, basis, given_by: &given_by, reason: None };
                consent_give(connection, &keyring, person, consent, now)?;
            }
            None => {
                consent_withdraw(connection, person.id, purpose, now)?;
                if purpose == Purpose::LookBack {
                    own_checks_forget(connection, person.id)?;
                }
            }
        }
        Ok(())
    })
    .await
}
