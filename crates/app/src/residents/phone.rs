//! Proving a phone: by WeChat's button, or by a code sent to it.

use channels::wechat::PhoneError;
use domain::{
    authorization::{Action, Scope},
    person::PhoneProof,
};
use rand::RngExt as _;
use serde_json::json;
use store::{
    audit_log::audit_log_add,
    persons::{self, person_find, person_hold, person_phone_set, person_reached, persons_settle, phone_contest},
    phone_codes::{CODE_MINUTES, CodeOutcome, phone_code_forget, phone_code_issue, phone_code_use},
};

use super::{me, me::Me, rules};
use crate::{App, AppError, Context, beijing_day, error::ErrorCode};

/// Codes one person may ask for in a day.
const CODES_PER_PERSON_DAY: u32 = 10;

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
    let resident = context.resident()?;
    let phone = rules::phone("/phone", phone)?;
    let sms = app.sms.as_ref().ok_or_else(|| sms_unavailable("no vendor is configured", None))?;
    let day = std::time::Duration::from_secs(24 * 3600);
    let decision = app.signals.limiter().allow("phone-codes", &resident.public_id, CODES_PER_PERSON_DAY, day).await;
    if !decision.allowed {
        return Err(AppError::too_many(u32::try_from(decision.retry_after.as_secs() + 1).unwrap_or(u32::MAX)));
    }
    let code = format!("{:06}", rand::rng().random_range(0..1_000_000_u32));
    let (keyring, now, to, sent) = (app.store.keyring.clone(), app.now(), phone.clone(), code.clone());
    let issued = app.store.db.write(move |connection| phone_code_issue(connection, &keyring, &to, &sent, now)).await?;
    if let Err(left) = issued {
        return Err(AppError::too_many(u32::try_from(left).unwrap_or(u32::MAX)));
    }
    let minutes = u32::try_from(CODE_MINUTES).unwrap_or(1);
    let outcome = sms.send_code(&phone, &code, minutes, None).await;
    let Some(words) = outcome.message() else { return Ok(()) };
    if matches!(outcome, channels::sms::Outcome::Unknown(_)) {
        // It may have arrived: the code stays good.
        return Ok(());
    }
    let keyring = app.store.keyring.clone();
    app.store.db.write(move |connection| phone_code_forget(connection, &keyring, &phone)).await?;
    Err(sms_unavailable(&format!("{outcome:?}"), Some(words)))
}

fn sms_unavailable(cause: &str, words: Option<&str>) -> AppError {
    let detail = words.unwrap_or("短信验证码暂时发不出，请改用微信验证手机号，或稍后再试。").to_owned();
    let mut error = AppError::new(ErrorCode::SmsUnavailable, detail);
    error.retry_after = Some(60);
    error.cause = Some(cause.to_owned());
    error
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
        use_code(app, &phone, code).await?;
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

/// Uses up a code that was sent to a phone. The wrong ones are counted whatever becomes of the request.
pub(super) async fn use_code(app: &App, phone: &str, code: String) -> Result<(), AppError> {
    let (keyring, now, phone) = (app.store.keyring.clone(), app.now(), phone.to_owned());
    let used = app.store.db.write(move |connection| phone_code_use(connection, &keyring, &phone, code.trim(), now));
    match used.await? {
        CodeOutcome::Right => Ok(()),
        CodeOutcome::Wrong => {
            Err(AppError::new(ErrorCode::SmsCodeInvalid, "验证码不对，请核对短信后再填；填错5次须重新获取。"))
        }
        CodeOutcome::None => Err(AppError::new(ErrorCode::SmsCodeInvalid, "验证码已过期或已用过，请重新获取。")),
    }
}
