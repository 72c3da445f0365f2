//! An officer signs in with user name, password and one-time code.

use std::{net::IpAddr, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use keyring::{
    PublicId,
    passwords::{verify_dummy, verify_password},
    tokens::new_refresh_token,
};
use store::{
    DbConnection, Store, StoreError,
    audit_log::{NewAudit, audit_log_add},
    officers::{OfficerSecrets, officer_active, officer_secrets, officer_totp_use},
    sessions::{HolderKind, NewSession, session_create},
    sign_in_attempts::{sign_in_attempts_index, sign_in_attempts_lock, sign_in_attempts_save},
};

use super::{
    IdentitySettings,
    accounts::username_canonical,
    addresses::network,
    lockout::{Factors, Judgement, judge, second_factor_locked},
    tokens::{Holder, Tokens, tokens},
};
use crate::{
    App,
    error::{AppError, ErrorCode},
};

/// Longer than any name, password or code that could be right; refused before any work.
const LONGEST_NAME: usize = 256;
const LONGEST_PASSWORD: usize = 512;
const LONGEST_CODE: usize = 16;

/// What an officer proves themselves with. Has no `Debug`: it holds the password.
pub struct OfficerSignIn {
    /// User name.
    pub username: String,
    /// Password.
    pub password: String,
    /// The code of this half minute, six digits.
    pub totp: String,
    /// Where the request comes from.
    pub address: IpAddr,
    /// Names the request in the audit log.
    pub request_id: String,
}

/// Signs an officer in.
///
/// # Errors
/// `sign_in_refused` when anything is wrong, whichever it is; `too_many_requests` when the name, the second factor or the
/// address has failed too often; `unavailable` when the database is away or too many sign in at once.
pub async fn officer_sign_in(app: &App, request: OfficerSignIn) -> Result<Tokens, AppError> {
    refuse_oversized(&request)?;
    let address = request.address;
    if let Some(wait) = app.password_gate.blocked.wait(address, app.now()) {
        return Err(AppError::too_many(wait));
    }
    let outcome = verify(app, request).await?;
    match outcome.judgement {
        Judgement::Passes => outcome.tokens.ok_or_else(|| AppError::internal("a sign-in without tokens")),
        Judgement::TooMany(wait) => {
            count_address(app, address).await?;
            Err(AppError::too_many(wait))
        }
        Judgement::Refused => {
            count_address(app, address).await?;
            Err(AppError::new(ErrorCode::SignInRefused, "用户名、密码或动态验证码不正确，请核对后重新登录。"))
        }
    }
}

fn refuse_oversized(request: &OfficerSignIn) -> Result<(), AppError> {
    let fields = [
        ("/username", &request.username, LONGEST_NAME),
        ("/password", &request.password, LONGEST_PASSWORD),
        ("/totp", &request.totp, LONGEST_CODE),
    ];
    let wrong = fields.into_iter().find(|(_, text, longest)| text.is_empty() || text.len() > *longest);
    wrong.map_or(Ok(()), |(pointer, ..)| Err(AppError::invalid(pointer, "不能为空，也不能过长")))
}

/// Counts a failure of an address; the one too many, and all that follow for a while, are told to wait.
async fn count_address(app: &App, address: IpAddr) -> Result<(), AppError> {
    let network = network(address);
    // An address may be a person's: the shared counter knows it by a keyed hash only.
    let index = app.store.keyring.blind_index("sign_in.address", &network.to_string());
    let key = PublicId::from_bytes(index).to_string();
    let limit = app.settings.identity.failures_per_address_minute;
    let decision = app.signals.limiter().allow("sign_in_failures", &key, limit, Duration::from_secs(60)).await;
    if decision.allowed {
        return Ok(());
    }
    let now = app.now();
    let wait = TimeDelta::from_std(decision.retry_after).unwrap_or(TimeDelta::minutes(1)).max(TimeDelta::seconds(1));
    app.password_gate.blocked.block(network, wait, now);
    Err(AppError::too_many(super::addresses::seconds_until(now + wait, now).unwrap_or(1)))
}

struct Outcome {
    judgement: Judgement,
    tokens: Option<Tokens>,
}

/// Everything about an attempt that is decided without the database's lock, and what is to be stored with it.
struct Attempt {
    username: String,
    officer: Option<OfficerSecrets>,
    password_holds: bool,
    step: Option<i64>,
    token_hash: [u8; 32],
    now: DateTime<Utc>,
    request_id: String,
}

/// Does the same work for every name, known or not.
async fn verify(app: &App, request: OfficerSignIn) -> Result<Outcome, AppError> {
    let OfficerSignIn { username, password, totp, request_id, .. } = request;
    // A name that no officer can have goes the same way as one that none has.
    // What was typed there by mistake, a phone or a password, reaches no statement of the database.
    let name = username_canonical(&username);
    let username = name.clone().unwrap_or(username);
    let (store, name) = (app.store.clone(), name.unwrap_or_default());
    let officer = app.store.db.run(move |connection| officer_secrets(connection, &store.keyring, &name)).await?;
    let stored = officer.as_ref().map(|officer| officer.password_hash.clone());
    let password_holds = app.password_gate.run(move || match stored {
        Some(stored) => verify_password(&stored, &password),
        None => {
            verify_dummy(&password);
            false
        }
    });
    let password_holds = password_holds.await?;
    let (now, refresh_token) = (app.now(), new_refresh_token());
    let step =
        officer.as_ref().and_then(|officer| officer.totp_secret.verify(totp.trim(), now, Some(officer.totp_step)));
    let token_hash = app.store.keyring.hash_refresh(&refresh_token);
    let attempt = Attempt { username, officer, password_holds, step, token_hash, now, request_id };
    let (store, settings) = (app.store.clone(), app.settings.identity.clone());
    let settled = app.store.db.write(move |connection| settle(connection, &store, &settings, &attempt));
    let (judgement, holder) = settled.await?;
    let issue = |holder| tokens(&app.store.keyring, &app.settings.identity, holder, refresh_token, now);
    Ok(Outcome { judgement, tokens: holder.map(issue).transpose()? })
}

/// Judges, counts, records and, if all is right, begins the session: in one transaction, one attempt at a name after
/// another.
fn settle(
    connection: &mut DbConnection,
    store: &Store,
    settings: &IdentitySettings,
    attempt: &Attempt,
) -> Result<(Judgement, Option<Holder>), StoreError> {
    let index = sign_in_attempts_index(&store.keyring, &attempt.username);
    let mut counts = sign_in_attempts_lock(connection, &index, attempt.now)?;
    let locked = second_factor_locked(settings, &counts, attempt.now);
    let factors = factors(connection, attempt, locked)?;
    let judgement = judge(settings, &mut counts, factors, attempt.now);
    sign_in_attempts_save(connection, &index, &counts)?;
    let holder = match (judgement, &attempt.officer) {
        (Judgement::Passes, Some(officer)) => Some(begin(connection, settings, attempt, officer)?),
        _ => None,
    };
    audit(connection, attempt, judgement, holder)?;
    Ok((judgement, holder))
}

fn factors(connection: &mut DbConnection, attempt: &Attempt, locked: bool) -> Result<Factors, StoreError> {
    let (true, Some(officer)) = (attempt.password_holds, &attempt.officer) else { return Ok(Factors::Wrong) };
    let Some(step) = attempt.step else { return Ok(Factors::PasswordOnly) };
    // While the second factor is locked a code is not used up: it may still be good when the lock ends.
    let passes = locked || officer_totp_use(connection, officer.id, step)?;
    Ok(if passes { Factors::All } else { Factors::PasswordOnly })
}

fn begin(
    connection: &mut DbConnection,
    settings: &IdentitySettings,
    attempt: &Attempt,
    officer: &OfficerSecrets,
) -> Result<Holder, StoreError> {
    let idle = TimeDelta::hours(settings.officer_idle_hours.into());
    let new = NewSession {
        holder_kind: HolderKind::Officer,
        holder_id: officer.id,
        token_hash: attempt.token_hash,
        now: attempt.now,
        expires_at: attempt.now + idle.min(TimeDelta::hours(settings.officer_session_hours.into())),
    };
    let session = session_create(connection, &new)?;
    let role = officer_active(connection, officer.id)?.ok_or(StoreError::NotFound)?.role;
    Ok(Holder { public_id: officer.public_id, role, session: session.public_id })
}

/// The row names the officer by outward id, and a name that no officer has not at all: people mistype passwords there.
fn audit(
    connection: &mut DbConnection,
    attempt: &Attempt,
    judgement: Judgement,
    holder: Option<Holder>,
) -> Result<(), StoreError> {
    let officer = attempt.officer.as_ref().map_or_else(String::new, |officer| officer.public_id.to_string());
    let (actor_kind, action) =
        if holder.is_some() { ("officer", "session.created") } else { ("anonymous", "session.refused") };
    let detail = match (judgement, holder) {
        (_, Some(holder)) => serde_json::json!({ "session": holder.session }),
        (Judgement::TooMany(_), None) => serde_json::json!({ "reason": "too_many" }),
        (_, None) => serde_json::json!({ "reason": "wrong" }),
    };
    let audit = NewAudit {
        at: attempt.now,
        actor_kind,
        actor_id: if holder.is_some() { &officer } else { "" },
        action,
        object_kind: "officer",
        object_id: &officer,
        request_id: &attempt.request_id,
        detail,
    };
    audit_log_add(connection, &audit)
}
