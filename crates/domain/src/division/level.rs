//! Levels of the tree.

use serde::{Deserialize, Serialize};

/// Level of a division, the highest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// 省, 自治区, 直辖市.
    Province,
    /// 地级市, 自治州, 盟.
    City,
    /// 县, 区, 县级市.
    County,
    /// 乡, 镇, 街道.
    Township,
    /// 村, 社区: what everything is counted by.
    Village,
}

impl Level {
    /// Every level, the highest first.
    pub const ALL: [Self; 5] = [Self::Province, Self::City, Self::County, Self::Township, Self::Village];

    /// The stable word used in files, replies and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Province => "province",
            Self::City => "city",
            Self::County => "county",
            Self::Township => "township",
            Self::Village => "village",
        }
    }

    /// The level named by its stable word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.as_str() == word)
    }
}
