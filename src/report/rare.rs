//! The report's table of rare stalls.

use serde::Serialize;

use super::conclusion::facts::Facts;
use super::conclusion::rare::{RareStalls, rare};

/// Points that are shown.
const POINTS_MAX: usize = 100;

/// The section of rare stalls.
#[derive(Serialize, Debug)]
pub(super) struct RareTable {
    /// Whether there are several points.
    points: bool,
    rows: Vec<RareRow>,
    left_out: usize,
}

#[derive(Serialize, Debug)]
struct RareRow {
    point: String,
    #[serde(flatten)]
    rare: RareStalls,
}

/// The rare stalls of a folder; none without `[rare]`.
pub(super) fn section(facts: &Facts<'_>) -> Option<RareTable> {
    let points = facts.reader.points().len();
    let rows = |point: usize| {
        let described = facts.reader.describe(point);
        rare(facts, point).into_iter().map(move |rare| RareRow { point: described.clone(), rare })
    };
    let rows: Vec<RareRow> = (0..points.min(POINTS_MAX)).flat_map(rows).collect();
    (!rows.is_empty()).then(|| RareTable { points: points > 1, rows, left_out: points.saturating_sub(POINTS_MAX) })
}
