//! Counts of the protected population.

use std::collections::BTreeMap;

use actix_web::get;
use app::statistics::{self, Counts, Events, PopulationNode};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use web::{ApiResult, AppData, Caller, Problem, Query};

/// Of what, and when.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PopulationQuery {
    /// Code of a division one serves; the first of them if absent.
    division: Option<String>,
    /// First day of the period (Beijing); today if absent.
    #[param(value_type = Option<String>, format = Date)]
    from: Option<NaiveDate>,
    /// Last day; today if absent.
    #[param(value_type = Option<String>, format = Date)]
    to: Option<NaiveDate>,
}

/// Counts of a division.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PopulationNodeReply {
    /// Its code.
    code: String,
    /// Its name.
    name: String,
    /// `province`, `city`, `county`, `township` or `village`.
    level: &'static str,
    /// False for one that is closed.
    open: bool,
    /// People who live there, where known.
    population: Option<i64>,
    /// Registered residents.
    residents: i64,
    /// Protected persons, each once.
    protected: i64,
    /// Of these, known through a family alone.
    family_members: i64,
    /// Of these, reached within thirty days.
    reachable: i64,
    /// Protected persons of each risk group, by its code.
    tags: BTreeMap<String, i64>,
    /// Became protected in the period.
    joined: i64,
    /// Are no longer protected since the period.
    left: i64,
    /// Came across its border in the period.
    moved_in: i64,
    /// Went across its border in the period.
    moved_out: i64,
}

impl From<PopulationNode> for PopulationNodeReply {
    fn from(node: PopulationNode) -> Self {
        let PopulationNode { code, name, level, open, population, counts, events } = node;
        let Counts { residents, protected, family_members, reachable, tags } = counts;
        let Events { joined, left, moved_in, moved_out } = events;
        Self {
            code,
            name,
            level: level.as_str(),
            open,
            population,
            residents,
            protected,
            family_members,
            reachable,
            tags,
            joined,
            left,
            moved_in,
            moved_out,
        }
    }
}

/// A division and those directly below it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PopulationReply {
    /// First day of the period.
    #[schema(value_type = String, format = Date)]
    from: NaiveDate,
    /// Last day.
    #[schema(value_type = String, format = Date)]
    to: NaiveDate,
    /// The division.
    node: PopulationNodeReply,
    /// The divisions directly below it.
    children: Vec<PopulationNodeReply>,
}

/// The protected population of a division one serves, and of those directly below it.
#[utoipa::path(tag = "statistics", operation_id = "population_get", params(PopulationQuery),
    responses((status = 200, body = PopulationReply), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("access_token" = [])))]
#[get("/console/statistics/population")]
pub(crate) async fn population_get(
    caller: Caller,
    app: AppData,
    query: Query<PopulationQuery>,
) -> ApiResult<PopulationReply> {
    let PopulationQuery { division, from, to } = query.0;
    let tree = statistics::population(&app, &caller.0, division.as_deref(), from, to).await?;
    let children = tree.children.into_iter().map(PopulationNodeReply::from).collect();
    Ok(actix_web::web::Json(PopulationReply { from: tree.from, to: tree.to, node: tree.node.into(), children }))
}
