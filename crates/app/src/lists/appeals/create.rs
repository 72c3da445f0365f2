//! An owner objects.

use std::time::Duration;

use domain::{
    ListKind, LookupKey, MatchRule, Subject, SubjectKind,
    authorization::{Action, Scope},
};
use keyring::PublicId;
use serde_json::json;
use store::{
    appeals::{NewAppeal, appeal_add},
    audit_log::audit_log_add,
    persons::person_find,
};

use super::own::{self, AppealView};
use crate::{App, AppError, Context, error::ErrorCode};

/// Appeals one person may make in a day.
const PER_PERSON_DAY: u32 = 5;
/// Longest statement, in characters.
const LONGEST_STATEMENT: usize = 1_000;

/// Keeps an objection to what the blacklist says of a subject. Nothing moves before ownership is proved.
///
/// # Errors
/// `conflict` for what is not on the blacklist, or where the caller's objection to it is open already.
pub async fn appeal_create(
    app: &App,
    context: &Context,
    kind: SubjectKind,
    value: &str,
    statement: &str,
) -> Result<AppealView, AppError> {
    context.authorize(Action::AppealListing, Scope::Own)?;
    let resident = context.resident()?.public_id.clone();
    let subject = Subject::parse(kind, value).map_err(|error| AppError::invalid("/value", error.detail))?;
    let statement = statement.trim().to_owned();
    if !(1..=LONGEST_STATEMENT).contains(&statement.chars().count()) {
        return Err(AppError::invalid("/statement", format!("请写明理由，最多{LONGEST_STATEMENT}个字。")));
    }
    let matched = app.lists.view().find(&subject).matched.filter(|found| found.list == ListKind::Blacklist);
    let Some(matched) = matched else {
        return Err(AppError::new(ErrorCode::Conflict, "它现在不在黑名单上，不需要申诉。"));
    };
    let day = Duration::from_secs(24 * 3600);
    app.within("appeals", &resident, PER_PERSON_DAY, day).await?;
    let (key, list) = target(&subject, matched.key, matched.rule);
    let (keyring, now, asker) = (app.store.keyring.clone(), app.now(), context.clone());
    let public_id = PublicId::random();
    app.write(move |connection| {
        let person = person_find(connection, &keyring, &resident)?.ok_or_else(AppError::unauthenticated)?;
        let token = format!("golden-bell-{}", PublicId::random());
        let canonical = subject.canonical();
        let new = NewAppeal { public_id, key, list, kind, canonical, statement: &statement, token: &token, now };
        if !appeal_add(connection, &keyring, &person, &new)? {
            return Err(AppError::new(ErrorCode::Conflict, "您对它的申诉还在办理中，请查看已有的申诉。"));
        }
        let id = public_id.to_string();
        audit_log_add(connection, &asker.audit(now, "appeal.created", "appeal", &id, json!({ "kind": kind })))?;
        Ok(())
    })
    .await?;
    own::own_appeal(app, context, public_id.to_string()).await
}

/// What a decision changes: the listed entry where it is about the subject itself; where a wider rule covers others too, an
/// entry of the subject's own on the allowlist, which goes before it.
fn target(subject: &Subject, key: LookupKey, rule: MatchRule) -> (LookupKey, ListKind) {
    let of_host = |host: &str| LookupKey::of_parts(SubjectKind::Link, &[host, "/"]);
    match (subject, rule) {
        (_, MatchRule::Exact) => (key, ListKind::Blacklist),
        (Subject::Link(link), MatchRule::HostSuffix) if key == of_host(link.host()) => (key, ListKind::Blacklist),
        (Subject::Link(link), MatchRule::PathPrefix)
            if link
                .prefixes()
                .any(|prefix| key == LookupKey::of_parts(SubjectKind::Link, &[link.host(), prefix, "*"])) =>
        {
            (key, ListKind::Blacklist)
        }
        (Subject::Link(link), _) => (of_host(link.host()), ListKind::Allowlist),
        _ => (subject.key(), ListKind::Allowlist),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(kind: SubjectKind, value: &str, canonical: &str, rule: MatchRule) -> ListKind {
        let subject = Subject::parse(kind, value).unwrap();
        target(&subject, LookupKey::of(kind, canonical), rule).1
    }

    #[test]
    fn a_rule_about_the_subject_is_lifted_and_a_wider_one_has_an_exception() {
        use ListKind::{Allowlist, Blacklist};
        use MatchRule::{Exact, HostSuffix, NumberPrefix, PathPrefix};
        let (phone, link) = (SubjectKind::Phone, SubjectKind::Link);
        assert_eq!(of(phone, "17012345678", "+8617012345678", Exact), Blacklist);
        assert_eq!(of(phone, "17012345678", "+8617012*", NumberPrefix), Allowlist);
        assert_eq!(of(link, "https://shop.evil.top/a", "shop.evil.top/", HostSuffix), Blacklist);
        assert_eq!(of(link, "https://shop.evil.top/a", "evil.top/", HostSuffix), Allowlist);
        assert_eq!(of(link, "https://evil.top/a/b", "evil.top/a/*", PathPrefix), Blacklist);
        assert_eq!(of(link, "https://www.evil.top/a/b", "evil.top/a/*", PathPrefix), Allowlist);
    }
}
