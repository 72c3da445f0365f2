//! The risk groups (易受骗人群) of residents: a versioned code table kept as data, like the fraud types.

use std::sync::LazyLock;

use serde::Deserialize;

/// Tags a person has at most.
pub const MOST_TAGS: usize = 8;

/// One group.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RiskGroup {
    /// Its code, e.g. `G01`.
    pub code: String,
    /// What it is called.
    pub name_zh: String,
    /// Sensitive personal information (PIPL article 28).
    #[serde(default)]
    pub sensitive: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: String,
    group: Vec<RiskGroup>,
}

/// The version of the table.
pub fn version() -> &'static str {
    &table().version
}

/// Every group, in the order of their codes.
pub fn all() -> &'static [RiskGroup] {
    &table().group
}

/// The group that a word in a request or a file means: its code, or its name.
pub fn named(word: &str) -> Option<&'static RiskGroup> {
    let word = word.trim();
    all().iter().find(|group| group.code.eq_ignore_ascii_case(word) || group.name_zh == word)
}

fn table() -> &'static File {
    static TABLE: LazyLock<File> = LazyLock::new(read);
    &TABLE
}

#[expect(clippy::expect_used, reason = "the file is part of the program, and a test reads it")]
fn read() -> File {
    toml::from_str(include_str!("../data/risk_groups.toml")).expect("data/risk_groups.toml is well formed")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_found_by_code_and_name() {
        assert_eq!(all().len(), 15);
        assert_eq!(named("g14").unwrap().name_zh, "曾受骗者");
        assert!(named("曾受骗者").unwrap().sensitive);
        assert!(named("G99").is_none());
        let mut codes: Vec<_> = all().iter().map(|group| &group.code).collect();
        codes.dedup();
        assert_eq!(codes.len(), 15);
        assert!(!version().is_empty());
    }
}
