//! One experiment in memory: its plan, the runs that were made of it, and the requests of the page.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::run::{fits, within};
use super::view;
use crate::file::DataFile;
use crate::folder::{parcel, runs};
use crate::measure::measure_index;
use crate::plan::{Group, Overrides, Plan, Replications};
use crate::run::{Row, RunPool};
use crate::story::first_stalled;

/// An experiment, and its runs by group and replication.
#[derive(Default)]
pub struct Explorer {
    loaded: Option<LoadedPlan>,
}

struct LoadedPlan {
    plan: Plan,
    rows: BTreeMap<(Group, u32), Row>,
    pools: BTreeMap<(Group, u32), RunPool>,
}

/// What a request is answered with.
#[derive(Debug)]
pub enum PageAnswer {
    /// A value.
    Json(Value),
    /// The text of a file, or a story.
    Text(String),
    /// A run, for [`Explorer::take`] of another session.
    Run(Vec<u8>),
    /// What is wrong with the request.
    Refused(String),
}

/// What the page asks for.
#[derive(Deserialize, Debug)]
#[serde(tag = "op", rename_all = "lowercase")]
enum PageRequest {
    /// Another setting of the experiment. Forgets all runs.
    Load {
        name: String,
        text: String,
        #[serde(default)]
        data: Vec<DataFile>,
        #[serde(default)]
        set: Vec<String>,
        #[serde(default)]
        vary: Vec<String>,
        #[serde(default)]
        strategies: Vec<String>,
        seed: Option<u64>,
        replications: Option<u32>,
        #[serde(default)]
        rare: bool,
    },
    /// One run, of at most `budget` events.
    Run { point: usize, strategy: usize, replication: u32, budget: u64 },
    /// The results of the replications that are complete.
    View { figures: Vec<view::WantedFigure> },
    /// `runs.csv`.
    Csv,
    /// The story of the first stalled client of a strategy.
    Story { point: usize, strategy: usize },
}

impl Explorer {
    /// Answers a request in JSON.
    pub fn ask(&mut self, request: &[u8]) -> PageAnswer {
        let request = match serde_json::from_slice(request) {
            Ok(request) => request,
            Err(error) => return PageAnswer::Refused(error.to_string()),
        };
        self.answer(request).unwrap_or_else(PageAnswer::Refused)
    }

    /// Takes a run that another session made of the same plan; says how many replications are complete.
    pub fn take(&mut self, run: &[u8]) -> PageAnswer {
        let Some(loaded) = &mut self.loaded else { return PageAnswer::Refused(NOTHING.to_owned()) };
        match parcel::unpack(&loaded.plan, run) {
            Some((row, pool)) => {
                let key = (row.group, row.replication);
                loaded.rows.insert(key, row);
                loaded.pools.insert(key, pool);
                PageAnswer::Json(json!({ "complete": loaded.complete(), "runs": loaded.rows.len() }))
            }
            None => PageAnswer::Refused("the run is of another plan".to_owned()),
        }
    }

    fn answer(&mut self, request: PageRequest) -> Result<PageAnswer, String> {
        if let PageRequest::Load { name, text, data, set, vary, strategies, seed, replications, rare } = request {
            let overrides = Overrides { set, vary, strategies, seed, replications, rare };
            let plan = Plan::from_text(&name, &text, &data, &overrides).map_err(|error| error.to_string())?;
            fits(&plan)?;
            let about = about(&plan);
            self.loaded = Some(LoadedPlan { plan, rows: BTreeMap::new(), pools: BTreeMap::new() });
            return Ok(PageAnswer::Json(about));
        }
        let loaded = self.loaded.as_ref().ok_or(NOTHING)?;
        let plan = &loaded.plan;
        match request {
            PageRequest::Load { .. } => Err(NOTHING.to_owned()),
            PageRequest::Run { point, strategy, replication, budget } => {
                let group = group(plan, point, strategy)?;
                let outcome = within(plan, (point, strategy), replication, budget).ok_or_else(|| {
                    let name = &plan.strategies[strategy];
                    format!("a run of {name} has more than {budget} events, the budget of this page")
                })?;
                let row = Row::new(group, replication, &outcome);
                Ok(PageAnswer::Run(parcel::pack(plan, &row, &RunPool::of(replication, outcome))))
            }
            PageRequest::View { figures } => {
                let complete = loaded.complete();
                let groups = plan.points.len() * plan.strategies.len();
                if complete == 0 {
                    return Err(format!("none of {groups} groups has a complete replication"));
                }
                view::view(plan, &figures, complete, |group| loaded.group(group, complete)).map(PageAnswer::Json)
            }
            PageRequest::Csv => {
                let rows: Vec<Row> = loaded.rows.values().cloned().collect();
                let mut bytes = runs::header(plan);
                bytes.extend(runs::lines(plan, &rows));
                Ok(PageAnswer::Text(String::from_utf8(bytes).map_err(|error| error.to_string())?))
            }
            PageRequest::Story { point, strategy } => {
                let group = group(plan, point, strategy)?;
                let stalled = measure_index("stalled").expect("a measure");
                let runs = loaded.rows.range((group, 0)..=(group, u32::MAX)).map(|(_, row)| row);
                let with = |row: &&Row| row.measures[stalled].is_some_and(|count| count > 0.0);
                let Some(row) = runs.into_iter().find(with) else {
                    return Ok(PageAnswer::Json(json!({ "none": "no counted attempt stalled in these runs" })));
                };
                let text = first_stalled(plan, (point, strategy), row.replication)
                    .ok_or("the replay has no stall, although the run has")?;
                Ok(PageAnswer::Json(json!({ "text": text, "replication": row.replication })))
            }
        }
    }
}

/// What is said of a request that needs an experiment.
const NOTHING: &str = "no experiment is loaded";

fn group(plan: &Plan, point: usize, strategy: usize) -> Result<Group, String> {
    if point < plan.points.len() && strategy < plan.strategies.len() {
        Ok(Group { point, strategy })
    } else {
        Err(format!("there is no point {point} with a strategy {strategy}"))
    }
}

/// What the page shows of a plan before its runs.
fn about(plan: &Plan) -> Value {
    let replications = match plan.replications {
        Replications::Fixed(count) | Replications::Precision { at_most: count, .. } => count,
    };
    json!({
        "name": plan.name, "digest": plan.digest, "seed": plan.seed, "replications": replications,
        "strategies": plan.strategies, "baseline": plan.strategies[plan.baseline], "keys": plan.keys, "points": plan.points,
        "warnings": plan.warnings.iter().map(ToString::to_string).collect::<Vec<_>>(),
    })
}

impl LoadedPlan {
    /// Replications from 0 on that every group has.
    fn complete(&self) -> u32 {
        let groups = self.plan.points.len() * self.plan.strategies.len();
        let mut counts: BTreeMap<u32, usize> = BTreeMap::new();
        for (_, replication) in self.rows.keys() {
            *counts.entry(*replication).or_default() += 1;
        }
        let whole = (0..).take_while(|replication| counts.get(replication) == Some(&groups));
        u32::try_from(whole.count()).expect("replications are counted in 32 bits")
    }

    /// The runs of a group up to a replication, with their pool.
    fn group(&self, group: Group, complete: u32) -> (Vec<Row>, RunPool) {
        let range = (group, 0)..(group, complete);
        let rows = self.rows.range(range.clone()).map(|(_, row)| row.clone()).collect();
        let mut pool = RunPool::default();
        self.pools.range(range).for_each(|(_, one)| pool.merge(one.clone()));
        (rows, pool)
    }
}
