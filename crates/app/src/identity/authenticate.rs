//! Who a bearer of an access token is.

use std::sync::Arc;

use keyring::{AccessClaims, Audience, TokenError};
use store::{
    StoreError,
    officers::{ActingOfficer, officer_of_session},
};

use crate::{Actor, App, Officer, Resident, error::AppError};

/// Who sends a request: nobody known without a token, else the resident or officer it was issued to.
///
/// A resident's token is judged in memory alone. An officer's role, unit and state are read at each request, so that a
/// change holds from the next one on; while the database is away they are as this server last saw them.
///
/// # Errors
/// `unauthenticated` for a token that is not ours, has expired, or whose session has ended.
pub async fn authenticate(app: &App, bearer: Option<&str>) -> Result<Actor, AppError> {
    let Some(token) = bearer else { return Ok(Actor::Anonymous) };
    let claims = verified(app, token).map_err(|_| AppError::unauthenticated())?;
    if app.revocations.contains(claims.family) {
        return Err(AppError::unauthenticated());
    }
    match claims.audience {
        Audience::MiniProgram => {
            Ok(Actor::Resident(Resident { public_id: claims.subject.to_string(), session: claims.family.to_string() }))
        }
        Audience::Console => officer(app, &claims).await.map(Actor::Officer),
    }
}

/// A token is for one API; which actor it makes follows from that, and what the actor may do from the role.
fn verified(app: &App, token: &str) -> Result<Arc<AccessClaims>, TokenError> {
    let now = app.now();
    if let Some(known) = app.known_tokens.recall(token, now) {
        return known;
    }
    match app.store.keyring.verify_token(token, Audience::MiniProgram, now) {
        Ok(claims) => Ok(app.known_tokens.remember(token, claims)),
        Err(TokenError::Audience) => app.store.keyring.verify_token(token, Audience::Console, now).map(Arc::new),
        Err(error) => Err(error),
    }
}

async fn officer(app: &App, claims: &AccessClaims) -> Result<Officer, AppError> {
    let (subject, family, now) = (claims.subject, claims.family, app.now());
    let found = app.store.db.run(move |connection| officer_of_session(connection, subject, family, now)).await;
    match found {
        Ok(Some(ActingOfficer { officer, unit, served })) => {
            let officer = Officer {
                id: officer.id,
                public_id: officer.public_id.to_string(),
                session: family.to_string(),
                role: officer.role,
                unit,
                served,
            };
            app.known_officers.remember(family, &officer);
            Ok(officer)
        }
        Ok(None) => {
            app.known_officers.forget(family);
            Err(AppError::unauthenticated())
        }
        Err(StoreError::Unavailable(cause)) => {
            app.known_officers.recall(family).ok_or_else(|| AppError::unavailable(cause))
        }
        Err(error) => Err(error.into()),
    }
}
