//! Proving a phone: by WeChat's button, or by a code sent to it.

use channels::wechat::PhoneError;
use domain::{
    authorization::{Action, Scope},
    person::PhoneProof,
};
use serde_json::json;
use store::{
    audit_log::audit_log_add,
    persons::{self, person_find, person_hold, person_phone_set, person_reached, persons_settle, phone_contest},
};

use super::{me, me::Me, rules};
use crate::{App, AppError, Context, beijing_day, error::ErrorCode, phone_codes};

/// What proves a phone.
#[derive(Debug, Clone)]
pub enum Proof {
    /// The code of WeChat's phone button (`bindgetphonenumber`): good for five minutes, once.
    Wechat(String),
    /// A phone and the code that was sent to it.
    Sms {
        /// The phone.
        phone: String,
        /// The code.
        code: String,
    },
}

/// Sends a code to a phone, so that whoever reads it there can prove it.
pub async fn phone_code_send(app: &App, context: &Context, phone: &str) -> Result<(), AppError> {
    context.authorize(Action::ManageOwnData, Scope::Own)?;
    let phone = rules::phone("/phone", phone)?;
    phone_codes::send(app, &context.resident()?.public_id, phone).await
}

/// Proves that a phone is the caller's. Older holders of it who cannot prove it too within seven days lose it.
pub async fn phone_prove(app: &App, context: &Context, proof: Proof) -> Result<Me, AppError> {
    context.authorize(Action::ManageOwnData, Scope::Own)?;
    let resident = context.resident()?.public_id.clone();
    let (phone, code, how) = match proof {
        Proof::Wechat(code) => (phone_of_wechat(app, &resident, &code).await?, None, PhoneProof::Wechat),
        Proof::Sms { phone, code } => (rules::phone("/phone", &phone)?, Some(code), PhoneProof::Sms),
    };
    if let Some(code) = code {
        phone_codes::use_up(app, &phone, code).await?;
    }
    let (keyring, now, asker) = (app.store.keyring.clone(), app.now(), context.clone());
    app.write(move |connection| {
        let person = person_hold(connection, &keyring, &resident, Some(&phone)).map_err(me::gone)?;
        person_phone_set(connection, &keyring, &person, &phone, how, now)?;
        let asked = phone_contest(connection, &keyring, &person, &phone, now)?;
        person_reached(connection, person.id, beijing_day(now))?;
        let phones: Vec<&str> = person.phone.as_deref().into_iter().chain([phone.as_str()]).collect();
        persons_settle(connection, &keyring, &[person.id], &phones, now)?;
        let detail = json!({ "proof": how.as_str(), "contested": asked });
        audit_log_add(connection, &asker.audit(now, "person.phone_proved", "person", &resident, detail))?;
        Ok(())
    })
    .await?;
    me::me(app, context).await
}

/// The number that WeChat knows of the caller.
async fn phone_of_wechat(app: &App, resident: &str, code: &str) -> Result<String, AppError> {
    let (public_id, keyring) = (resident.to_owned(), app.store.keyring.clone());
    let read = app.store.db.run(move |connection| {
        let person = person_find(connection, &keyring, &public_id)?.ok_or(store::StoreError::NotFound)?;
        persons::person_openid(connection, &keyring, &person)
    });
    let openid = read.await.map_err(me::gone)?.ok_or_else(AppError::forbidden)?;
    let number = app.wechat.phone_number(code, &openid).await.map_err(|error| refusal(app, &error))?;
    rules::phone("/wechat_code", number.as_str())
}

/// The reply for each way in which WeChat gives no number.
fn refusal(app: &App, error: &PhoneError) -> AppError {
    let code = match error {
        PhoneError::CodeInvalid | PhoneError::ForeignMark | PhoneError::NotFresh => ErrorCode::PhoneCodeInvalid,
        PhoneError::UserRestricted => ErrorCode::WechatUserBlocked,
        PhoneError::TooFrequent { .. } => ErrorCode::TooManyRequests,
        _ => ErrorCode::WechatUnavailable,
    };
    let wait = match code {
        ErrorCode::PhoneCodeInvalid | ErrorCode::WechatUserBlocked => None,
        _ => Some(error.retry_at().map_or(60, |at| u32::try_from((at - app.now()).num_seconds().max(1)).unwrap_or(60))),
    };
    let mut refusal = AppError::new(code, format!("{}。", error.message().trim_end_matches('。')));
    refusal.retry_after = wait;
    refusal.cause = Some(error.to_string());
    refusal
}
