//! Codes that are sent to a phone, and come back from whoever reads them there.

use rand::RngExt as _;
use store::phone_codes::{CODE_MINUTES, CodeOutcome, phone_code_forget, phone_code_issue, phone_code_use};

use crate::{App, AppError, error::ErrorCode};

/// Codes one person may ask for in a day.
const CODES_PER_PERSON_DAY: u32 = 10;

/// Sends a code to a phone (canonical), so that whoever reads it there can prove it.
pub(crate) async fn send(app: &App, resident: &str, phone: String) -> Result<(), AppError> {
    let sms = app.sms.as_ref().ok_or_else(|| sms_unavailable("no vendor is configured", None))?;
    let day = std::time::Duration::from_secs(24 * 3600);
    app.within("phone-codes", resident, CODES_PER_PERSON_DAY, day).await?;
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

/// Uses up a code that was sent to a phone. The wrong ones are counted whatever becomes of the request.
pub(crate) async fn use_up(app: &App, phone: &str, code: String) -> Result<(), AppError> {
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
