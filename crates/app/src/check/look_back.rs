//! Looking back from a change of the lists: who checked it lately, or was warned of it, learns what became of it, once.

use std::{collections::HashMap, ops::ControlFlow, sync::Arc};

use chrono::{DateTime, Days, NaiveDate, Utc};
use domain::{ListKind, LookupKey, Subject, candidates, fraud_type, standing::EntryState};
use keyring::Keyring;
use lookup::{Lists, View};
use store::{
    DbConnection,
    list_entries::EntryRow,
    own_checks::{look_back_done, look_back_next, own_checks_of},
    persons::persons_by_id,
    warnings::{NewWarning, WarningReason, last_told, warnings_add_to},
};

use crate::{App, AppError, beijing_day};

/// Changes in one transaction.
const PAGE: i64 = 500;
/// Persons told in one statement.
const PERSONS: usize = 500;

/// Tells who is concerned by the next changes. Returns whether there are more. Changes that this server does not follow yet
/// wait: what is told is what it answers.
pub async fn look_back(app: &App) -> Result<bool, AppError> {
    if !app.settings.look_back.enabled {
        return Ok(false);
    }
    let (keyring, lists, now) = (app.store.keyring.clone(), app.lists.clone(), app.now());
    let followed = i64::try_from(app.lists.version()).unwrap_or(i64::MAX);
    let since = beijing_day(now) - Days::new(app.settings.look_back.days.into());
    app.write(move |connection| {
        let part = look_back_next(connection, followed, PAGE)?;
        let keys: Vec<LookupKey> = part.entries.iter().map(|entry| entry.key).collect();
        let checks = own_checks_of(connection, &keyring, &keys, since)?;
        let telling = Telling { keyring: &keyring, lists: &lists, checks, since, now };
        for entry in &part.entries {
            telling.tell(connection, entry)?;
        }
        // Nothing is written every second where nothing happens.
        if part.covered > part.begun {
            look_back_done(connection, part.covered)?;
        }
        Ok(part.more)
    })
    .await
}

struct Telling<'a> {
    keyring: &'a Keyring,
    lists: &'a Arc<Lists>,
    /// Who checked under which key, and whether the answer was `fraud`.
    checks: HashMap<LookupKey, Vec<(i64, bool)>>,
    since: NaiveDate,
    now: DateTime<Utc>,
}

impl Telling<'_> {
    fn tell(&self, connection: &mut DbConnection, entry: &EntryRow) -> Result<(), AppError> {
        let Some(news) = self.news(entry) else { return Ok(()) };
        let told = last_told(connection, self.keyring, entry.kind, &entry.canonical, self.since)?;
        let persons = concerned(news, self.checks.get(&entry.key).map_or(&[], Vec::as_slice), &told);
        let warning = NewWarning {
            kind: entry.kind,
            canonical: entry.canonical.clone(),
            fraud_type: entry.fraud_type.clone().unwrap_or_else(|| fraud_type::UNKNOWN.to_string()),
            reason: news,
            day: beijing_day(self.now),
            created_at: self.now,
        };
        for ids in persons.chunks(PERSONS) {
            let persons = persons_by_id(connection, self.keyring, ids)?;
            warnings_add_to(connection, self.keyring, &persons, &warning)?;
        }
        Ok(())
    }

    /// What there is to tell: by what a check of it answers now, for another rule may still cover it.
    fn news(&self, entry: &EntryRow) -> Option<WarningReason> {
        let active = entry.state == EntryState::Active;
        if entry.list == ListKind::Allowlist {
            return active.then_some(WarningReason::Withdrawn);
        }
        // A range of numbers or pages is no subject.
        let Ok(subject) = Subject::parse(entry.kind, &entry.canonical) else {
            return Some(if active { WarningReason::TurnedBad } else { WarningReason::Withdrawn });
        };
        let view = self.lists.view();
        let matched = view.find(&subject).matched;
        let fraud = matched.is_some_and(|found| found.list == ListKind::Blacklist);
        match (active, fraud) {
            // Who checked it was told by the wider rule.
            (true, true) if wider_rule(&view, &subject, entry.key) => None,
            (true, true) => Some(WarningReason::TurnedBad),
            (false, false) => Some(WarningReason::Withdrawn),
            _ => None,
        }
    }
}

/// Whether another listed rule covers the subject beside the one under `key`, which is the most specific one.
fn wider_rule(view: &View, subject: &Subject, key: LookupKey) -> bool {
    let listed = candidates::search(subject, view.prefix_lengths(), |candidate| {
        let other = candidate.key != key && !candidate.allowlist_only;
        match other && view.get(&candidate.key).is_some_and(|record| record.is_on(ListKind::Blacklist)) {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    });
    listed.is_break()
}

/// Those for whom it is news: who was told the same last, by a warning or by the answer itself, is not told again.
fn concerned(news: WarningReason, checks: &[(i64, bool)], told: &HashMap<i64, WarningReason>) -> Vec<i64> {
    let holds_for_fraud = |person: i64, answered: bool| match told.get(&person) {
        Some(WarningReason::Withdrawn) => false,
        Some(_) => true,
        None => answered,
    };
    let wanted = news == WarningReason::Withdrawn;
    let checked = checks.iter().filter(|(person, fraud)| holds_for_fraud(*person, *fraud) == wanted);
    let mut persons: Vec<i64> = checked.map(|(person, _)| *person).collect();
    if news == WarningReason::Withdrawn {
        let warned = told.iter().filter(|(_, last)| **last != WarningReason::Withdrawn);
        persons.extend(warned.map(|(person, _)| *person));
    }
    persons.sort_unstable();
    persons.dedup();
    persons
}

#[cfg(test)]
mod tests {
    use WarningReason::{Checked, TurnedBad, Withdrawn};

    use super::*;

    #[test]
    fn each_is_told_what_they_do_not_know() {
        let told = HashMap::from([(1, Checked), (2, Withdrawn), (3, TurnedBad), (9, Checked)]);
        let checks = [(1, true), (2, true), (3, false), (4, false), (5, true)];
        assert_eq!(concerned(TurnedBad, &checks, &told), [2, 4]);
        assert_eq!(concerned(Withdrawn, &checks, &told), [1, 3, 5, 9]);
    }
}
