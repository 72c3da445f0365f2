//! Sign-ups that look odd are kept apart until somebody decides: never dropped, and not counted meanwhile.

use chrono::{DateTime, Utc};
use domain::authorization::{Action, Scope};
use store::{
    StoreError,
    audit_log::audit_log_add,
    persons::{StoredPerson, person_hold, person_review_set, persons_by_id},
    sign_ups::{SignUpReview, sign_up_review_decide, sign_up_review_find, sign_up_reviews_waiting},
};

use super::{
    console::{PersonView, is_served, page_size, served_villages, shown, view},
    profile::settle_one,
};
use crate::{App, AppError, Context, error::ErrorCode};

/// A sign-up that waits.
#[derive(Debug, Clone)]
pub struct ReviewView {
    /// Outward id.
    pub id: String,
    /// Why it looks odd: `device`, `address`, `officer`, `risk_rank`, `no_recent_visit`.
    pub reasons: Vec<String>,
    /// Since when.
    pub opened_at: DateTime<Utc>,
    /// Who signed up.
    pub person: PersonView,
}

/// Some sign-ups that wait, oldest first.
#[derive(Debug, Clone)]
pub struct ReviewPage {
    /// The reviews.
    pub items: Vec<ReviewView>,
    /// Where the next page begins; none at the end.
    pub next_cursor: Option<String>,
}

/// The sign-ups that wait for a decision, of persons at home in the caller's divisions.
pub async fn reviews_list(
    app: &App,
    context: &Context,
    cursor: Option<String>,
    limit: u32,
) -> Result<ReviewPage, AppError> {
    context.authorize(Action::ReviewSignUps, Scope::Served)?;
    page_size(limit)?;
    let tree = app.divisions.get(&app.store.db).await?;
    let villages = served_villages(context, &tree)?;
    let (keyring, now, asker) = (app.store.keyring.clone(), app.now(), context.clone());
    let page = app.store.db.write(move |connection| {
        let after = match cursor {
            Some(cursor) => sign_up_review_find(connection, &cursor)?.ok_or(StoreError::NotFound)?.id,
            None => 0,
        };
        let mut waiting = sign_up_reviews_waiting(connection, &villages, after, i64::from(limit) + 1)?;
        let more = waiting.len() > limit as usize;
        waiting.truncate(limit as usize);
        let persons =
            persons_by_id(connection, &keyring, &waiting.iter().map(|one| one.person_id).collect::<Vec<_>>())?;
        Ok((waiting, shown(connection, &asker, persons, ("person.listed", "sign_up_review"), now)?, more))
    });
    let (waiting, shown, more) = page.await?;
    let next_cursor = waiting.last().filter(|_| more).map(|review| review.public_id.clone());
    let review = |review: &SignUpReview| {
        let signed_up = shown.iter().find(|shown| shown.person.id == review.person_id)?;
        Some(ReviewView {
            id: review.public_id.clone(),
            reasons: review.reasons.split(',').map(str::to_owned).collect(),
            opened_at: review.opened_at,
            person: view(&tree, signed_up, now),
        })
    };
    Ok(ReviewPage { items: waiting.iter().filter_map(review).collect(), next_cursor })
}

/// Accepts a sign-up, which then counts, or refuses it. The same decision twice is the same answer.
pub async fn review_decide(app: &App, context: &Context, id: &str, accept: bool) -> Result<(), AppError> {
    let tree = app.divisions.get(&app.store.db).await?;
    let (keyring, now, asker, id) = (app.store.keyring.clone(), app.now(), context.clone(), id.to_owned());
    app.write(move |connection| {
        let review = sign_up_review_find(connection, &id)?;
        let ids: Vec<i64> = review.iter().map(|review| review.person_id).collect();
        let person = persons_by_id(connection, &keyring, &ids)?.into_iter().next();
        let home = person.as_ref().and_then(|person: &StoredPerson| person.division);
        let served = home.is_some_and(|home| is_served(&asker, &tree, home));
        asker.authorize(Action::ReviewSignUps, if served { Scope::Served } else { Scope::Foreign })?;
        let (review, person) = review.zip(person).ok_or_else(AppError::not_found)?;
        let decision = if accept { "accepted" } else { "refused" };
        let officer = asker.officer()?.public_id.clone();
        if !sign_up_review_decide(connection, review.id, decision, &officer, now)? {
            return if review.decision.as_deref() == Some(decision) {
                Ok(())
            } else {
                Err(AppError::new(ErrorCode::Conflict, "这次登记已有人核对并作出另一个决定，请刷新后再看。"))
            };
        }
        let person = person_hold(connection, &keyring, &person.public_id.to_string(), None)?;
        person_review_set(connection, person.id, if accept { "clear" } else { "refused" })?;
        settle_one(connection, &keyring, &person, now)?;
        let purpose = if accept { "核对登记：通过" } else { "核对登记：不通过" };
        let person_id = person.public_id.to_string();
        audit_log_add(connection, &asker.audit(now, "sign_up.decided", "person", &person_id, asker.seen_by(purpose)))?;
        Ok(())
    })
    .await
}
