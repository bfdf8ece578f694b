//! What is asked: two keys and their ranges, a measure, and the strategies that are compared or the limit of one.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::decide::axis::{SearchAxis, WrittenRange};
use crate::decide::complaints::Complaints;
use crate::decide::solve::{PRECISION_EVEN, PRECISION_LOG, PRECISION_MIN, Wanted};
use crate::file::Bound;
use crate::file::problem::InputError;
use crate::plan::{Overrides, Plan};

/// Rows of a line unless the question says otherwise, and the most.
const ROWS: usize = 9;
const ROWS_MAX: usize = 100;

/// Halvings of a cell unless the question says otherwise, and the most.
const DEPTH: u32 = 3;
const DEPTH_MAX: u32 = 6;

/// A question as the command line puts it.
#[derive(Clone, Default, Debug)]
pub struct MapRequest {
    /// The key and the range of the horizontal axis.
    pub across: String,
    /// Those of the vertical axis.
    pub up: String,
    /// The upper limit of one strategy.
    pub at_most: Option<String>,
    /// The measure.
    pub measure: String,
    /// Rows of a line; none: nine.
    pub rows: Option<usize>,
    /// Halvings of a cell; none: three.
    pub depth: Option<u32>,
    /// Wanted half-width of a root.
    pub precision: Option<f64>,
    /// The most runs.
    pub budget: u64,
}

/// A valid question.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct MapQuestion {
    /// The key and the range of the horizontal axis.
    pub across: String,
    /// Those of the vertical axis.
    pub up: String,
    /// The strategies that are compared.
    pub strategies: Vec<String>,
    /// The upper limit of one strategy, in the measure's unit.
    pub limit: Option<f64>,
    /// The measure.
    pub measure: String,
    /// Rows of a line.
    pub rows: usize,
    /// Halvings of a cell.
    pub depth: u32,
    /// Wanted half-width of a root: relative by equal factors, else as a share of the range.
    pub precision: f64,
    /// The most runs.
    pub budget: u64,
}

impl MapQuestion {
    /// Whether a line is searched: for two strategies, or for one and a limit.
    pub(super) const fn is_line(&self) -> bool {
        self.strategies.len() <= 2
    }

    /// What is asked in each row.
    pub(super) fn wanted(&self) -> Wanted {
        match (&self.strategies[..], self.limit) {
            ([strategy], Some(limit)) => Wanted::AtMost { strategy: strategy.clone(), limit },
            ([strategy, than, ..], _) => Wanted::Better { strategy: strategy.clone(), than: than.clone() },
            _ => unreachable!("a valid question compares strategies or has a limit"),
        }
    }
}

/// Reads an experiment and a question about it. The keys have the lower ends of their ranges in the plan.
///
/// # Errors
/// Everything that is wrong with either, at once.
pub fn read(file: &Path, overrides: &Overrides, asked: &MapRequest) -> Result<(Plan, MapQuestion), InputError> {
    let mut complaints = Complaints::default();
    let mut overrides = overrides.clone();
    let mut ends = Vec::new();
    for argument in [&asked.across, &asked.up] {
        match WrittenRange::parse(argument) {
            Ok(range) => {
                overrides.set.push(range.setting(range.from));
                ends.push((argument, range));
            }
            Err(text) => complaints.add(argument, text),
        }
    }
    if let [(_, one), (argument, other)] = &ends[..]
        && (one.key == other.key)
    {
        complaints.add(argument.as_str(), "accepted: another key than that of the horizontal axis");
    }
    let measure = complaints.measure("--measure", &asked.measure);
    let limit = asked.at_most.as_ref().zip(measure);
    let limit = limit.and_then(|(text, measure)| complaints.limit("--at-most", text, &measure, Bound::AtMost));
    if let Some(rows) = asked.rows.filter(|rows| !(2..=ROWS_MAX).contains(rows)) {
        complaints.add(format!("--rows {rows}"), format!("accepted: from 2 to {ROWS_MAX}"));
    }
    if let Some(depth) = asked.depth.filter(|depth| *depth > DEPTH_MAX) {
        complaints.add(format!("--depth {depth}"), format!("accepted: from 0 to {DEPTH_MAX}"));
    }
    if let Some(precision) = asked.precision.filter(|precision| !(PRECISION_MIN..1.0).contains(precision)) {
        complaints.add(format!("--precision {precision}"), format!("accepted: from {PRECISION_MIN} to below 1"));
    }
    let plan = Plan::read(file, &overrides).map_err(|error| {
        complaints.blame(&error, &[&asked.across, &asked.up]);
        for (argument, range) in &ends {
            range.check_ends(argument, &mut complaints);
        }
    });
    let is_log = plan.as_ref().ok().and_then(|plan| check(plan, asked, &ends, &mut complaints));
    match (plan, is_log, measure) {
        (Ok(plan), Some(is_log), Some(measure)) if complaints.0.is_empty() => {
            let question = MapQuestion {
                across: asked.across.clone(),
                up: asked.up.clone(),
                strategies: plan.strategies.clone(),
                limit,
                measure: measure.name.to_owned(),
                rows: asked.rows.unwrap_or(ROWS),
                depth: asked.depth.unwrap_or(DEPTH),
                precision: asked.precision.unwrap_or(if is_log { PRECISION_LOG } else { PRECISION_EVEN }),
                budget: asked.budget,
            };
            Ok((plan, question))
        }
        _ => Err(InputError::new(complaints.0)),
    }
}

/// What is wrong with the question only for this experiment; whether the horizontal axis goes by equal factors.
fn check(
    plan: &Plan,
    asked: &MapRequest,
    ends: &[(&String, WrittenRange<'_>)],
    complaints: &mut Complaints,
) -> Option<bool> {
    complaints.one_point(plan, &asked.across);
    complaints.rare(plan, &asked.measure);
    let count = plan.strategies.len();
    match (&asked.at_most, count) {
        (Some(_), 1) | (None, 2..) => {}
        (Some(_), _) => {
            complaints.add("--at-most", format!("found {count} strategies, accepted: one; --strategy NAME chooses it"));
        }
        (None, _) => complaints.add("--strategy", "found one strategy, accepted: two or more, or one and --at-most"),
    }
    let is_line = count <= 2;
    let cells = "a map of two strategies, or of one and a limit, has no cells: accepted with three strategies or more";
    let line =
        format!("a map of {count} strategies has no line: accepted with two strategies, or with one and a limit");
    if let Some(depth) = asked.depth.filter(|_| is_line) {
        complaints.add(format!("--depth {depth}"), cells);
    }
    if let Some(rows) = asked.rows.filter(|_| !is_line) {
        complaints.add(format!("--rows {rows}"), line.as_str());
    }
    if let Some(precision) = asked.precision.filter(|_| !is_line) {
        complaints.add(format!("--precision {precision}"), line.as_str());
    }
    for (argument, range) in ends {
        range.check(plan, argument, complaints);
    }
    let axes: Vec<SearchAxis> = ends
        .iter()
        .filter_map(|(argument, _)| {
            SearchAxis::new(plan, argument).map_err(|text| complaints.add(argument.as_str(), text)).ok()
        })
        .collect();
    if axes.len() == 2 {
        let first = u64::from(stats::stopping::FIRST) * count as u64;
        // Each row has five places to look at; a grid has five times five.
        let looks = if is_line { 5 * asked.rows.unwrap_or(ROWS) } else { 25 };
        complaints.budget(asked.budget, first * looks as u64);
    }
    Some(axes.first()?.is_log())
}
