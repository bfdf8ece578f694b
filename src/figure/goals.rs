//! The goals of a measure, as lines across the panels of its figures.

use crate::file::{Goal, goals};
use crate::folder::reader::Reader;
use draw::figure::{Along, Axis, Mark, Panel, Scale, Unit};

/// How far the axis goes beyond a goal: this factor where it is logarithmic.
const FACTOR: f64 = 1.5;

/// The goals on a measure.
pub(super) fn of(reader: &Reader, measure: &str) -> Vec<Goal> {
    let mut goals = goals(&reader.manifest().experiment);
    goals.retain(|goal| goal.measure.name == measure);
    goals
}

/// The axis of the measure, wide enough to show its goals.
pub(super) fn within(mut axis: Axis, goals: &[Goal]) -> Axis {
    let logarithmic = matches!(axis.scale, Scale::Log | Scale::LogZero);
    for limit in goals.iter().map(|goal| goal.limit).filter(|limit| *limit > 0.0 || !logarithmic) {
        let (below, above) = if logarithmic { (limit / FACTOR, limit * FACTOR) } else { (limit, limit * 1.1) };
        let most = if axis.unit == Unit::Share { 1.0 } else { f64::INFINITY };
        axis.low = axis.low.min(below);
        axis.high = axis.high.max(above.min(most));
    }
    axis
}

/// Adds a line for each goal to each panel, behind all other marks. A goal at zero has no place on a logarithmic axis.
pub(super) fn draw(panels: &mut [Panel], goals: &[Goal]) {
    for panel in panels {
        let logarithmic = matches!(panel.y.scale, Scale::Log | Scale::LogZero);
        let shown = goals.iter().filter(|goal| goal.limit > 0.0 || !logarithmic);
        let rule = |goal: &Goal| Mark::Rule {
            along: Along::Y,
            at: goal.limit,
            label: format!("goal: {}", goal.limit_in_words()),
        };
        panel.marks.splice(0..0, shown.map(rule).collect::<Vec<_>>());
    }
}
