//! The phrase files, and their compiled form: one automaton for every phrase of every rule and cue.

use std::{
    collections::{BTreeMap, HashMap},
    sync::LazyLock,
};

use aho_corasick::{AhoCorasick, BuildError};
use serde::Deserialize;

use super::folded::{FoldRules, LINK};
use crate::fraud_type::FraudCode;

/// The file as it is laid out; `docs/wording.md` explains each field.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: String,
    fold: FoldSection,
    warning: WarningSection,
    negation: NegationSection,
    learned: LearnedRules,
    groups: BTreeMap<String, Vec<String>>,
    rule: Vec<RuleSection>,
}

/// How learned weights and phrases are weighed together, in hundredths of the logarithm of odds.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LearnedRules {
    /// What a suspicious message must reach.
    pub(super) threshold: i64,
    /// What the strongest rule that fired, or the cues, add for each point of strength.
    pub(super) per_strength: i64,
    /// Distinct known pieces of a long message; what is longer weighs less in proportion.
    pub(super) pieces: i64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FoldSection {
    from: String,
    to: String,
    numbers: Vec<String>,
    official_hosts: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WarningSection {
    limit: u32,
    direct_limit: u32,
    strong: Vec<String>,
    weak: Vec<String>,
    neutral: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NegationSection {
    reach: usize,
    words: Vec<String>,
    except: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleSection {
    fraud_type: FraudCode,
    /// For people who read the file.
    #[serde(rename = "about")]
    _about: String,
    strength: u32,
    all: Vec<Vec<String>>,
    #[serde(default = "usual_distance")]
    within: usize,
    #[serde(default)]
    unless: Vec<String>,
    #[serde(default)]
    direct: bool,
}

const fn usual_distance() -> usize {
    60
}

/// The second file: signs that decide only together.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CueFile {
    threshold: i32,
    telling: i32,
    threshold_of_telling: i32,
    own: i32,
    window: usize,
    cue: Vec<CueSection>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CueSection {
    fraud_type: FraudCode,
    #[serde(rename = "about")]
    _about: String,
    points: i32,
    words: Vec<String>,
}

/// One idea, compiled; its phrases are in the automaton.
#[derive(Debug)]
pub(super) struct Cue {
    /// The type it speaks for; [`crate::fraud_type::UNKNOWN`] for a sign shared by all, good or bad.
    pub(super) fraud_type: FraudCode,
    /// Below zero for a sign of an ordinary message.
    pub(super) points: i32,
}

/// One rule, compiled; its phrases are in the automaton.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) fraud_type: FraudCode,
    /// 1 to 5; the sum over the rules that fired orders the types.
    pub(super) strength: u32,
    /// Number of word groups that must all be there.
    pub(super) slots: usize,
    /// The longest stretch of folded characters that may hold them.
    pub(super) within: usize,
    /// Holds also in a message that seems to warn.
    pub(super) direct: bool,
}

/// What a phrase is there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Role {
    /// Fills a slot of a rule.
    Slot { rule: usize, slot: usize },
    /// Says a cue.
    Cue { cue: usize },
    /// Switches a rule off.
    Unless { rule: usize },
    /// Adds to the warning weight; 0 only covers the warning words inside it.
    Warning { weight: u32 },
    /// Turns the phrase after it into its opposite, or, not `active`, covers such a word.
    Negation { active: bool },
}

/// The compiled file.
#[derive(Debug)]
pub(super) struct Rules {
    version: String,
    pub(super) fold: FoldRules,
    pub(super) rules: Vec<Rule>,
    pub(super) cues: Vec<Cue>,
    /// Points that the cues of a type and the shared ones must reach together.
    pub(super) cue_threshold: i32,
    /// A cue of the type with so many points is a telling one.
    pub(super) cue_telling: i32,
    /// The threshold where one of those speaks.
    pub(super) cue_threshold_of_telling: i32,
    /// Points that the cues of the type alone must reach.
    pub(super) cue_own: i32,
    /// The stretch of folded characters within which they are counted.
    pub(super) cue_window: usize,
    pub(super) automaton: AhoCorasick,
    /// Of each pattern of the automaton, what it is there for.
    pub(super) roles: Vec<Vec<Role>>,
    pub(super) warning_limit: u32,
    pub(super) warning_direct_limit: u32,
    pub(super) negation_reach: usize,
    pub(super) learned: LearnedRules,
}

/// What is wrong with a phrase file.
#[derive(Debug, thiserror::Error)]
pub(super) enum FileError {
    #[error("not the layout of the file: {0}")]
    Layout(#[from] toml::de::Error),
    #[error("`from` and `to` of [fold] differ in length")]
    FoldLength,
    #[error("no group `{0}`")]
    NoGroup(String),
    #[error("an empty phrase, group or rule")]
    Empty,
    #[error("automaton: {0}")]
    Automaton(#[from] BuildError),
}

impl Rules {
    /// The version written in the file.
    pub(super) fn version(&self) -> &str {
        &self.version
    }

    fn compile(rules: &str, cues: &str) -> Result<Self, FileError> {
        let file: File = toml::from_str(rules)?;
        let cue_file: CueFile = toml::from_str(cues)?;
        let mut phrases = Phrases { groups: file.groups, roles: HashMap::new() };
        for (words, weight) in [(&file.warning.strong, 2), (&file.warning.weak, 1), (&file.warning.neutral, 0)] {
            phrases.add(words, Role::Warning { weight })?;
        }
        phrases.add(&file.negation.words, Role::Negation { active: true })?;
        phrases.add(&file.negation.except, Role::Negation { active: false })?;
        let rules = compile_rules(file.rule, &mut phrases)?;
        let mut compiled_cues = Vec::with_capacity(cue_file.cue.len());
        for (cue, section) in cue_file.cue.into_iter().enumerate() {
            phrases.add(&section.words, Role::Cue { cue })?;
            compiled_cues.push(Cue { fraud_type: section.fraud_type, points: section.points });
        }
        let (words, roles): (Vec<_>, Vec<_>) = phrases.roles.into_iter().unzip();
        Ok(Self {
            version: file.version,
            fold: fold_rules(file.fold)?,
            rules,
            cues: compiled_cues,
            cue_threshold: cue_file.threshold,
            cue_telling: cue_file.telling,
            cue_threshold_of_telling: cue_file.threshold_of_telling,
            cue_own: cue_file.own,
            cue_window: cue_file.window,
            automaton: AhoCorasick::new(words)?,
            roles,
            warning_limit: file.warning.limit,
            warning_direct_limit: file.warning.direct_limit,
            negation_reach: file.negation.reach,
            learned: file.learned,
        })
    }
}

fn compile_rules(sections: Vec<RuleSection>, phrases: &mut Phrases) -> Result<Vec<Rule>, FileError> {
    let mut rules = Vec::with_capacity(sections.len());
    for (rule, section) in sections.into_iter().enumerate() {
        for (slot, words) in section.all.iter().enumerate() {
            phrases.add(words, Role::Slot { rule, slot })?;
        }
        if section.all.is_empty() {
            return Err(FileError::Empty);
        }
        if !section.unless.is_empty() {
            phrases.add(&section.unless, Role::Unless { rule })?;
        }
        let RuleSection { fraud_type, strength, within, direct, .. } = section;
        rules.push(Rule { fraud_type, strength, slots: section.all.len(), within, direct });
    }
    Ok(rules)
}

struct Phrases {
    groups: BTreeMap<String, Vec<String>>,
    roles: HashMap<String, Vec<Role>>,
}

impl Phrases {
    /// Gives every phrase of `words`, groups taken in, the role.
    fn add(&mut self, words: &[String], role: Role) -> Result<(), FileError> {
        if words.is_empty() {
            return Err(FileError::Empty);
        }
        for word in words {
            let phrases = match word.strip_prefix('@') {
                Some(group) => self.groups.get(group).ok_or_else(|| FileError::NoGroup(group.to_owned()))?.as_slice(),
                None => std::slice::from_ref(word),
            };
            for phrase in phrases {
                let phrase = phrase.replace("<link>", LINK.encode_utf8(&mut [0; 4]));
                if phrase.is_empty() {
                    return Err(FileError::Empty);
                }
                let roles = self.roles.entry(phrase).or_default();
                if !roles.contains(&role) {
                    roles.push(role);
                }
            }
        }
        Ok(())
    }
}

fn fold_rules(section: FoldSection) -> Result<FoldRules, FileError> {
    if section.from.chars().count() != section.to.chars().count() {
        return Err(FileError::FoldLength);
    }
    let letters = section.from.chars().zip(section.to.chars()).collect();
    Ok(FoldRules { letters, numbers: section.numbers, official_hosts: section.official_hosts })
}

const RULES: &str = include_str!("../../data/wording.toml");
const CUES: &str = include_str!("../../data/wording_cues.toml");

/// The rules of this program, compiled once.
pub(super) fn rules() -> &'static Rules {
    static COMPILED: LazyLock<Rules> = LazyLock::new(embedded);
    &COMPILED
}

#[expect(clippy::expect_used, reason = "the files are part of the program, and a test compiles them")]
fn embedded() -> Rules {
    Rules::compile(RULES, CUES).expect("data/wording.toml and data/wording_cues.toml are well formed")
}

#[cfg(test)]
mod tests {
    use super::{
        super::folded::{DIGITS, Folded},
        *,
    };
    use crate::fraud_type;

    #[test]
    fn every_rule_is_of_a_known_type_and_of_a_sane_strength() {
        for rule in &rules().rules {
            assert!(fraud_type::table().get(rule.fraud_type).is_some(), "{}", rule.fraud_type);
            assert!((1..=5).contains(&rule.strength) && (1..=4).contains(&rule.slots) && rule.within >= 10);
        }
    }

    /// A phrase with a space or a capital letter in it could never be found.
    #[test]
    fn every_phrase_is_written_in_folded_form() {
        let file: File = toml::from_str(RULES).unwrap();
        let cues: CueFile = toml::from_str(CUES).unwrap();
        let lists =
            [file.warning.strong, file.warning.weak, file.warning.neutral, file.negation.words, file.negation.except];
        let of_rules = file.rule.into_iter().flat_map(|rule| rule.all.into_iter().flatten().chain(rule.unless));
        let of_cues = cues.cue.into_iter().flat_map(|cue| cue.words);
        for phrase in
            lists.into_iter().flatten().chain(file.groups.into_values().flatten()).chain(of_rules).chain(of_cues)
        {
            let probe = phrase.replace("<link>", "").replace(DIGITS, "7");
            if !phrase.starts_with('@') {
                let expected = phrase.replace("<link>", "");
                assert_eq!(Folded::new(&rules().fold, &probe).text, expected, "{phrase}");
            }
        }
    }

    #[test]
    fn a_broken_file_is_refused_with_its_reason() {
        let broken = RULES.replace("\"@authority\"", "\"@autority\"");
        assert!(matches!(Rules::compile(&broken, CUES), Err(FileError::NoGroup(name)) if name == "autority"));
        assert!(matches!(Rules::compile("version = 1", CUES), Err(FileError::Layout(_))));
        let empty = format!("{RULES}\n[[rule]]\nfraud_type = \"T01\"\nabout = \"\"\nstrength = 1\nall = [[]]\n");
        assert!(matches!(Rules::compile(&empty, CUES), Err(FileError::Empty)));
    }
}
