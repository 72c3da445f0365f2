//! Looking up.

use std::{ops::ControlFlow, sync::Arc};

use arc_swap::Guard;
use domain::{
    ListKind, LookupKey, MatchRule, Subject, SubjectKind,
    candidates::{self, Candidate, Reaches},
    link::Link,
    lookalike::{self, Confirmed, ImitationKind, Probe, Protected},
};

use crate::{
    book::{Book, Named},
    lists::State,
    record::Record,
    sieve::Sieve,
    snapshot::Pages,
};

/// The lists at one moment.
#[derive(Debug)]
pub struct View {
    pub(crate) state: Guard<Arc<State>>,
}

/// The most specific listed rule that covers a subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Match {
    /// All that is listed at the rule's key.
    pub record: Record,
    /// The list that decides: blacklist or allowlist.
    pub list: ListKind,
    /// The rule that covers the subject.
    pub rule: MatchRule,
    /// The rule's key, for [`View::owner`].
    pub key: LookupKey,
}

/// What the lists say about a subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Finding {
    /// The rule that gives the verdict, if any does.
    pub matched: Option<Match>,
    /// Whether a guard list covers the subject; where something matched, only rules more specific than that were asked.
    pub guarded: bool,
}

/// Who a subject passes itself off as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imitation {
    /// How.
    pub kind: ImitationKind,
    /// The official site (`icbc.com.cn`) or number (`cn:95588`) imitated.
    pub what: String,
    /// Its owner, if known.
    pub owner: Option<String>,
    /// On an allowlist; else on a guard list.
    pub official: bool,
}

/// Looks up keys in a [`View`], for as long as that is held.
#[derive(Debug, Clone, Copy)]
pub struct Reader<'a> {
    pages: Pages<'a>,
    sieve: &'a Sieve,
    state: &'a State,
}

impl Reader<'_> {
    /// All that the lists say about one key.
    #[inline]
    pub fn get(&self, key: &LookupKey) -> Option<Record> {
        if self.sieve.may_hold(key) { self.changed(key) } else { self.pages.get(key) }
    }

    /// Whether the key changed since the snapshot.
    pub(crate) fn has_changed(&self, key: &LookupKey) -> bool {
        self.sieve.may_hold(key) && self.state.held(key).is_some()
    }

    /// Apart, to keep the usual way short.
    #[cold]
    fn changed(&self, key: &LookupKey) -> Option<Record> {
        match self.state.held(key) {
            Some(held) => held.record,
            None => self.pages.get(key),
        }
    }
}

impl View {
    pub(crate) const fn new(state: Guard<Arc<State>>) -> Self {
        Self { state }
    }

    /// All that the lists say about one key. For many keys, hold a [`Self::reader`].
    pub fn get(&self, key: &LookupKey) -> Option<Record> {
        self.reader().get(key)
    }

    /// The same lists, ready for many keys.
    pub fn reader(&self) -> Reader<'_> {
        let pages = self.state.snapshot.as_ref().map(|snapshot| snapshot.pages()).unwrap_or_default();
        Reader { pages, sieve: &self.state.sieve, state: &self.state }
    }

    /// The owner of what stands at `key`, if known.
    pub fn owner(&self, key: &LookupKey) -> Option<&str> {
        let changed = self.state.layers.iter().rev().find(|layer| layer.get(key).is_some());
        let book = match changed {
            Some(layer) => layer.book(),
            None => self.state.snapshot.as_ref().and_then(|snapshot| snapshot.book()),
        };
        book?.name(key)?.owner
    }

    /// The number of the newest change in it.
    pub fn version(&self) -> u64 {
        self.state.version
    }

    /// Which lengths of prefix rules the lists hold.
    pub fn prefix_lengths(&self) -> Reaches {
        self.state.reaches
    }

    /// The verdict of the lists: the most specific rule that covers the subject and stands on the blacklist or the allowlist; the
    /// allowlist wins where both have the same rule.
    pub fn find(&self, subject: &Subject) -> Finding {
        let reader = self.reader();
        let mut guarded = false;
        let found = candidates::search(subject, self.state.reaches, |candidate| {
            weigh(&candidate, reader.get(&candidate.key), &mut guarded)
        });
        Finding { matched: found.break_value(), guarded }
    }

    /// [`Self::find`] for each of many subjects, in their order.
    ///
    /// All keys are looked up one right after the other: waiting for memory is nearly all that a look-up does, and so the
    /// processor waits for several of them at once.
    pub fn find_all<'s>(&self, subjects: impl Iterator<Item = &'s Subject>) -> Vec<Finding> {
        let mut candidates = Vec::with_capacity(4 * subjects.size_hint().0);
        let mut counts = Vec::with_capacity(subjects.size_hint().0);
        for subject in subjects {
            let before = candidates.len();
            let _: ControlFlow<()> = candidates::search(subject, self.state.reaches, |candidate| {
                candidates.push(candidate);
                ControlFlow::Continue(())
            });
            counts.push(candidates.len() - before);
        }
        let reader = self.reader();
        let records: Vec<Option<Record>> = candidates.iter().map(|candidate| reader.get(&candidate.key)).collect();
        let mut looked_up = candidates.iter().zip(records);
        let findings = counts.into_iter().map(|count| {
            let (mut guarded, mut matched) = (false, None);
            for (candidate, record) in looked_up.by_ref().take(count) {
                if matched.is_none() {
                    matched = weigh(candidate, record, &mut guarded).break_value();
                }
            }
            Finding { matched, guarded }
        });
        findings.collect()
    }

    /// Whether a guard list holds this host or one above it. False for what is no host.
    pub fn guards_host(&self, host: &str) -> bool {
        let guards = |name: &str| {
            let record = self.get(&LookupKey::of_parts(SubjectKind::Link, &[name, "/"]));
            record.is_some_and(|record| record.is_on(ListKind::Guardlist))
        };
        guards(host) || Link::parse(host).is_ok_and(|link| guards(link.host()) || link.hosts().any(guards))
    }

    /// Who the subject passes itself off as. To be asked when [`Self::find`] matched nothing and no guard list covers the
    /// subject: a listed or guarded subject resembles others by right.
    pub fn imitated_by(&self, subject: &Subject) -> Option<Imitation> {
        let books: Vec<Book<'_>> = self.books().collect();
        let mut imitation = None;
        let _ = lookalike::probes(subject, &mut |probe| match self.answer(&books, subject, probe) {
            Some(Answer::Itself) => ControlFlow::Break(()),
            Some(Answer::Imitates(found)) => {
                imitation = Some(found);
                ControlFlow::Break(())
            }
            None => ControlFlow::Continue(()),
        });
        imitation
    }

    pub(crate) fn books(&self) -> impl Iterator<Item = Book<'_>> {
        let changed = self.state.layers.iter().rev().filter_map(|layer| layer.book());
        changed.chain(self.state.snapshot.iter().filter_map(|snapshot| snapshot.book()))
    }

    /// What the names under one hash say, an official one before others.
    fn answer(&self, books: &[Book<'_>], subject: &Subject, probe: Probe) -> Option<Answer> {
        let mut answer = None;
        for named in books.iter().flat_map(|book| book.variants(probe.hash)) {
            let Some(found) = self.compare(subject, probe, &named) else { continue };
            if matches!(&found, Answer::Itself) || matches!(&found, Answer::Imitates(imitation) if imitation.official) {
                return Some(found);
            }
            answer.get_or_insert(found);
        }
        answer
    }

    /// A book may be older than the layers over it: what counts is whether the name is on a list now.
    fn compare(&self, subject: &Subject, probe: Probe, named: &Named<'_>) -> Option<Answer> {
        let text = named.text?;
        let record = self.get(&named.key)?;
        let official = record.is_on(ListKind::Allowlist);
        if !official && !record.is_on(ListKind::Guardlist) {
            return None;
        }
        match lookalike::confirm(subject, probe, Protected { kind: named.kind, text, official })? {
            Confirmed::Itself => Some(Answer::Itself),
            Confirmed::Imitation(kind) => Some(Answer::Imitates(Imitation {
                kind,
                what: text.to_owned(),
                owner: self.owner(&named.key).map(str::to_owned),
                official,
            })),
        }
    }
}

/// Whether what is listed at a candidate's key decides; notes whether it guards.
fn weigh(candidate: &Candidate, record: Option<Record>, guarded: &mut bool) -> ControlFlow<Match> {
    let Some(record) = record else { return ControlFlow::Continue(()) };
    *guarded |= !candidate.allowlist_only && record.rule_on(ListKind::Guardlist) == Some(candidate.rule);
    match record.verdict_list(candidate.rule) {
        Some(list) if list == ListKind::Allowlist || !candidate.allowlist_only => {
            ControlFlow::Break(Match { record, list, rule: candidate.rule, key: candidate.key })
        }
        _ => ControlFlow::Continue(()),
    }
}

enum Answer {
    Itself,
    Imitates(Imitation),
}
