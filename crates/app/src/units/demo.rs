//! Units for the demo: made up over the tree that is there, and named as such.

use chrono::{DateTime, Utc};
use domain::{division::Level, unit::UnitKind};
use store::{Db, DbConnection, StoreError};

use super::{
    UnitsReport,
    import::{UnitRow, UnitsFile, import},
};
use crate::{
    Context,
    divisions::{Node, Tree},
    error::AppError,
};

/// What every name ends with.
const MARK: &str = "（演示）";
/// Counties that the dissuasion centre serves.
const DISSUASION_COUNTIES: usize = 4;
/// Police stations in a county.
const STATIONS: usize = 2;
/// Townships of a station.
const TOWNSHIPS: usize = 3;
/// Community teams of a station.
const TEAMS: usize = 2;

/// Makes up units for each city with counties: a centre, a dissuasion centre for several counties, a centre for each
/// county, a few stations for several townships each, a team for some villages. The same tree gives the same units; those
/// that are there stay.
pub fn make_up(db: &Db, now: DateTime<Utc>) -> Result<UnitsReport, AppError> {
    Ok(db.write_blocking(|connection| make_up_in(connection, now))?)
}

pub(super) fn make_up_in(connection: &mut DbConnection, now: DateTime<Utc>) -> Result<UnitsReport, StoreError> {
    let tree = Tree::load(connection)?;
    let cities = tree.nodes().filter(|node| node.is_open() && node.stored.division.level == Level::City);
    let rows: Vec<UnitRow> = cities.flat_map(|city| city_units(&tree, city)).collect();
    import(connection, &Context::operator(), UnitsFile::of(rows), now)
}

fn city_units(tree: &Tree, city: &Node) -> Vec<UnitRow> {
    let counties: Vec<&Node> =
        open_children(tree, city).filter(|node| node.stored.division.level == Level::County).collect();
    let name = &city.stored.division.name;
    let centre = format!("{name}反诈中心{MARK}");
    let mut rows = vec![row(centre.clone(), UnitKind::CityCentre, None, &[city])];
    if let Some(some) = counties.get(..DISSUASION_COUNTIES.min(counties.len())).filter(|some| !some.is_empty()) {
        rows.push(row(format!("{name}预警劝阻中心{MARK}"), UnitKind::DissuasionCentre, Some(&centre), some));
    }
    for county in counties {
        rows.extend(county_units(tree, county, &centre));
    }
    rows
}

fn county_units(tree: &Tree, county: &Node, city_centre: &str) -> Vec<UnitRow> {
    let name = &county.stored.division.name;
    let centre = format!("{name}反诈中心{MARK}");
    let mut rows = vec![row(centre.clone(), UnitKind::CountyCentre, Some(city_centre), &[county])];
    let townships: Vec<&Node> = open_children(tree, county).collect();
    for served in townships.chunks(TOWNSHIPS).take(STATIONS) {
        let Some(first) = served.first() else { continue };
        let township = &first.stored.division.name;
        let station = format!("{name}{}派出所{MARK}", domain::division::stem(township));
        rows.push(row(station.clone(), UnitKind::PoliceStation, Some(&centre), served));
        for village in open_children(tree, first).take(TEAMS) {
            let team = format!("{name}{township}{}工作队{MARK}", domain::division::stem(&village.stored.division.name));
            rows.push(row(team, UnitKind::CommunityTeam, Some(&station), &[village]));
        }
    }
    rows
}

fn open_children<'a>(tree: &'a Tree, node: &'a Node) -> impl Iterator<Item = &'a Node> {
    tree.children(node).filter(|child| child.is_open())
}

fn row(name: String, kind: UnitKind, parent: Option<&str>, served: &[&Node]) -> UnitRow {
    let divisions = super::rules::in_order(served.iter().map(|node| node.code()));
    UnitRow { line: 0, name, kind, parent: parent.map(str::to_owned), divisions }
}
