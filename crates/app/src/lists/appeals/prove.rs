//! An owner proves that a subject is theirs.

use std::time::Duration;

use channels::fetch::FetchError;
use domain::{
    Subject, SubjectKind,
    appeal::{FILE_PATH, ProofMethod, TXT_LABEL, is_published, methods},
    authorization::{Action, Scope},
    phone::{PhoneClass, PhoneNumber},
};
use serde_json::json;
use store::{
    StoreError,
    appeals::{StoredAppeal, appeal_hold, appeal_prove as appeal_proved},
    audit_log::audit_log_add,
    persons::person_find,
};

use super::{
    due, open,
    own::{self, AppealView},
};
use crate::{App, AppError, Context, error::ErrorCode, phone_codes};

/// Tries to prove one appeal in an hour.
const TRIES_PER_HOUR: u32 = 20;

/// What proves it.
#[derive(Debug, Clone)]
pub enum AppealProof {
    /// The code that was sent to the number.
    Sms(String),
    /// The token stands in a TXT record.
    Dns,
    /// The token stands in a file on the site.
    File,
}

impl AppealProof {
    const fn method(&self) -> ProofMethod {
        match self {
            Self::Sms(_) => ProofMethod::Sms,
            Self::Dns => ProofMethod::Dns,
            Self::File => ProofMethod::File,
        }
    }
}

/// Sends a code to the number that an appeal is about.
pub async fn appeal_code_send(app: &App, context: &Context, id: String) -> Result<(), AppError> {
    let appeal = unproved(app, context, id, ProofMethod::Sms).await?;
    let mobile = PhoneNumber::parse(&appeal.canonical).is_ok_and(|phone| phone.class() == PhoneClass::Mobile);
    if !mobile {
        return Err(conflict("这个号码收不到短信验证码，请携带身份证明和归属证明到派出所或反诈中心办理。"));
    }
    phone_codes::send(app, &context.resident()?.public_id, appeal.canonical).await
}

/// Proves ownership. From then on the clock runs, and the owner sees why the subject is listed.
///
/// # Errors
/// `conflict` where the proof is not there, says what was looked for; `sms_code_invalid`.
pub async fn appeal_prove(
    app: &App,
    context: &Context,
    id: String,
    proof: AppealProof,
) -> Result<AppealView, AppError> {
    let method = proof.method();
    let appeal = unproved(app, context, id.clone(), method).await?;
    app.within("appeal-proofs", &id, TRIES_PER_HOUR, Duration::from_secs(3600)).await?;
    match proof {
        AppealProof::Sms(code) => phone_codes::use_up(app, &appeal.canonical, code).await?,
        AppealProof::Dns => in_dns(app, &appeal).await?,
        AppealProof::File => in_file(app, &appeal).await?,
    }
    let resident = context.resident()?.public_id.clone();
    let (keyring, settings, now) = (app.store.keyring.clone(), app.settings.lists.clone(), app.now());
    let (asker, appeal_id) = (context.clone(), id.clone());
    app.write(move |connection| {
        let person = person_find(connection, &keyring, &resident)?.ok_or(StoreError::NotFound)?;
        let appeal = appeal_hold(connection, &keyring, &person, &appeal_id)?;
        if appeal.proved_at.is_some() {
            return Ok(());
        }
        appeal_proved(connection, appeal.id, method, now, due(&settings, now))?;
        open(connection, &settings, &appeal, method, now)?;
        let detail = json!({ "method": method });
        audit_log_add(connection, &asker.audit(now, "appeal.proved", "appeal", &appeal_id, detail))?;
        Ok(())
    })
    .await?;
    own::own_appeal(app, context, id).await
}

/// The caller's own appeal, if it can still be proved in this way.
async fn unproved(app: &App, context: &Context, id: String, method: ProofMethod) -> Result<StoredAppeal, AppError> {
    context.authorize(Action::AppealListing, Scope::Own)?;
    let appeal = own::find(app, context, id).await?;
    if appeal.closed_at.is_some() || appeal.proved_at.is_some() {
        return Err(conflict("这一申诉已经证明过归属，或已办结。"));
    }
    if !methods(appeal.kind).contains(&method) {
        return Err(AppError::invalid("/method", "这一类对象不能用这种方式证明归属。"));
    }
    Ok(appeal)
}

/// The host of the site that an appeal is about.
pub(super) fn host(appeal: &StoredAppeal) -> Option<String> {
    match Subject::parse(SubjectKind::Link, &appeal.canonical) {
        Ok(Subject::Link(link)) if appeal.kind == SubjectKind::Link => Some(link.host().to_owned()),
        _ => None,
    }
}

async fn in_dns(app: &App, appeal: &StoredAppeal) -> Result<(), AppError> {
    let host = host(appeal).ok_or_else(AppError::not_found)?;
    let name = format!("{TXT_LABEL}.{host}");
    let texts = app.fetch.texts(&name).await.map_err(|error| unreachable(&error))?;
    match texts.iter().any(|text| is_published(&appeal.token, text)) {
        true => Ok(()),
        false => Err(conflict(format!(
            "在{name}没有找到内容为{}的TXT记录。新加的记录要过一会儿才查得到，请稍后再试。",
            appeal.token
        ))),
    }
}

async fn in_file(app: &App, appeal: &StoredAppeal) -> Result<(), AppError> {
    let host = host(appeal).ok_or_else(AppError::not_found)?;
    let page = match app.fetch.get(&format!("https://{host}{FILE_PATH}")).await {
        Err(FetchError::Connect) => app.fetch.get(&format!("http://{host}{FILE_PATH}")).await,
        answer => answer,
    };
    let page = page.map_err(|error| unreachable(&error))?;
    // A site that sends on to anywhere proves nothing of its owner.
    let own = page.url.host_str() == Some(host.as_str()) && page.status == 200;
    match own && is_published(&appeal.token, &String::from_utf8_lossy(&page.body)) {
        true => Ok(()),
        false => {
            Err(conflict(format!("在https://{host}{FILE_PATH}没有找到单独一行的{}，请核对后再试。", appeal.token)))
        }
    }
}

fn unreachable(error: &FetchError) -> AppError {
    let mut refusal = conflict("这个网站现在连不上，无法核实归属，请稍后再试，或换一种方式。");
    refusal.cause = Some(error.to_string());
    refusal
}

fn conflict(detail: impl Into<std::borrow::Cow<'static, str>>) -> AppError {
    AppError::new(ErrorCode::Conflict, detail)
}
