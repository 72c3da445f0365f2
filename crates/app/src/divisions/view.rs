//! What replies say of a division.

use domain::division::{DivisionCode, Level};

use super::{Node, Totals, Tree};

/// A division as everybody who is signed in may see it.
#[derive(Debug, Clone, PartialEq)]
pub struct DivisionView {
    /// Its code.
    pub code: DivisionCode,
    /// Its name.
    pub name: String,
    /// Its level.
    pub level: Level,
    /// Code of the division above it.
    pub parent: Option<DivisionCode>,
    /// Names from the top down to it.
    pub path: Vec<String>,
    /// Year of the newest file that held it.
    pub year: i32,
    /// Year of the file from which it was missing; none while it is in use.
    pub closed_year: Option<i32>,
    /// What a closed one became.
    pub successor: Option<DivisionCode>,
    /// True if its place, or that of a community below it, is known; others are shown beside the map.
    pub on_map: bool,
    /// Degrees north (GCJ-02), of a community whose place is known.
    pub latitude: Option<f64>,
    /// Degrees east (GCJ-02).
    pub longitude: Option<f64>,
    /// True if its facts, or some below it, are made up for the demo.
    pub made_up: bool,
}

impl DivisionView {
    pub(crate) fn of(tree: &Tree, node: &Node) -> Self {
        let division = &node.stored.division;
        let place = node.facts.as_ref().and_then(|facts| facts.place);
        Self {
            code: division.code,
            name: division.name.clone(),
            level: division.level,
            parent: division.parent,
            path: tree.path(node),
            year: node.stored.year,
            closed_year: node.stored.closed_year,
            successor: node.stored.successor,
            on_map: place.is_some() || node.totals.placed > 0,
            latitude: place.map(|place| place.latitude()),
            longitude: place.map(|place| place.longitude()),
            made_up: node.totals.made_up || node.facts.as_ref().is_some_and(|facts| facts.made_up),
        }
    }
}

/// A community near a place.
#[derive(Debug, Clone, PartialEq)]
pub struct NearView {
    /// The community.
    pub division: DivisionView,
    /// How far it is, in metres, rounded.
    pub distance_m: u32,
}

/// A division with what officers may know of it.
#[derive(Debug, Clone, PartialEq)]
pub struct DivisionFactsView {
    /// The division.
    pub division: DivisionView,
    /// Sums over the communities at and below it.
    pub totals: Totals,
}
