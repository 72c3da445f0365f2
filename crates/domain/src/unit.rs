//! Units (机构): who answers for which divisions.

use serde::{Deserialize, Serialize};

/// What a unit is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnitKind {
    /// City centre (市反诈中心).
    CityCentre,
    /// Dissuasion centre (预警劝阻中心): may serve several counties.
    DissuasionCentre,
    /// County centre (县级反诈中心).
    CountyCentre,
    /// Police station (派出所): may serve several townships.
    PoliceStation,
    /// Community team (社区工作队).
    CommunityTeam,
}

impl UnitKind {
    /// Every kind.
    pub const ALL: [Self; 5] =
        [Self::CityCentre, Self::DissuasionCentre, Self::CountyCentre, Self::PoliceStation, Self::CommunityTeam];

    /// The stable word used in files, replies and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CityCentre => "city_centre",
            Self::DissuasionCentre => "dissuasion_centre",
            Self::CountyCentre => "county_centre",
            Self::PoliceStation => "police_station",
            Self::CommunityTeam => "community_team",
        }
    }

    /// The kind named by its stable word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}
