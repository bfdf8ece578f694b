//! What changes at the ends of each range, all else as in the file.

use super::design::End;
use super::study::SensitivityTarget;
use crate::decide::judge::Judge;
use crate::run::{Estimator, RareStanding, Row};
use stats::{Difference, Student, holm, paired};

/// Replications of each point.
pub(super) const REPLICATIONS: u32 = stats::stopping::FIRST;

/// A value with its interval.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct EndValue {
    pub(super) mean: Option<f64>,
    pub(super) interval: Option<(f64, f64)>,
}

impl EndValue {
    /// The sign that the interval shows.
    pub(super) fn sign(self) -> i8 {
        match self.interval {
            Some((low, _)) if low > 0.0 => 1,
            Some((_, high)) if high < 0.0 => -1,
            _ => 0,
        }
    }
}

/// What a target is at an end.
pub(super) struct Bar {
    pub(super) group: usize,
    /// The value of the group, as in the file.
    pub(super) value: String,
    /// The target there.
    pub(super) there: EndValue,
    /// The target there less the target with the values of the file, with an interval that agrees with Holm's adjustment.
    pub(super) change: EndValue,
    pub(super) p_adjusted: Option<f64>,
    /// Whether the difference of two strategies is shown there, and shown to have the other sign than in the file.
    pub(super) flips: bool,
}

/// A target at all ends.
pub(super) struct Bars {
    pub(super) target: SensitivityTarget,
    /// With the values of the file.
    pub(super) now: EndValue,
    pub(super) ends: Vec<Bar>,
}

/// All targets at all ends.
pub(super) struct Tornado(pub(super) Vec<Bars>);

impl Tornado {
    /// From the rows of each point, for each strategy; the first point has the values of the file. No check of `[rare]` refuses
    /// a value; one of too few hits has no interval.
    pub(super) fn new(
        points: &[End],
        rows: &[Vec<Vec<Row>>],
        targets: &[SensitivityTarget],
        measure: usize,
        estimator: &mut Estimator,
    ) -> Self {
        let of = |target: &SensitivityTarget| {
            let level = |rows: &[Vec<Row>], estimator: &mut Estimator| match target.against {
                None => {
                    let estimate = estimator.unchecked(&rows[target.strategy], measure);
                    let interval = estimate.interval.filter(|_| has_hits(*target, rows, measure));
                    EndValue { mean: estimate.mean, interval }
                }
                Some(against) => {
                    let difference = estimator.unchecked_difference(&rows[target.strategy], &rows[against], measure);
                    let alpha = estimator.alpha();
                    let interval = estimator.interval(&difference, alpha);
                    EndValue { mean: difference.mean, interval: interval.filter(|_| has_hits(*target, rows, measure)) }
                }
            };
            let mut estimator = estimator.clone();
            let now = level(&rows[0], &mut estimator);
            let changes: Vec<Difference> =
                rows[1..].iter().map(|there| change(*target, there, &rows[0], measure, &mut estimator)).collect();
            let p_values: Vec<f64> = changes.iter().filter_map(|change| change.p_value).collect();
            let (adjusted, levels) = (holm::adjust(&p_values), holm::levels(&p_values, estimator.alpha()));
            let mut family = adjusted.into_iter().zip(levels);
            let bars = points[1..].iter().zip(&rows[1..]).zip(&changes).map(|((point, there), change)| {
                let there = level(there, &mut estimator);
                let tested = change.p_value.and_then(|_| family.next());
                let alpha = tested.map_or(estimator.alpha(), |(_, alpha)| alpha);
                Bar {
                    group: point.group.unwrap_or_default(),
                    value: point.value.clone(),
                    there,
                    change: EndValue { mean: change.mean, interval: estimator.interval(change, alpha) },
                    p_adjusted: tested.map(|(p_value, _)| p_value),
                    flips: target.against.is_some() && there.sign() * now.sign() < 0,
                }
            });
            Bars { target: *target, now, ends: bars.collect() }
        };
        Self(targets.iter().map(of).collect())
    }
}

/// Whether the runs of a target have enough hits of rare losses for an interval, if the measure is one of these.
fn has_hits(target: SensitivityTarget, rows: &[Vec<Row>], measure: usize) -> bool {
    let strategies = std::iter::once(target.strategy).chain(target.against);
    // Only the checks are asked, whose level is not this one.
    let mut judge = Judge::new(0.95);
    strategies.into_iter().all(|strategy| judge.standing(&rows[strategy], measure) == RareStanding::Shown)
}

/// The change of a target between two points with the same replications.
fn change(
    target: SensitivityTarget,
    there: &[Vec<Row>],
    now: &[Vec<Row>],
    measure: usize,
    estimator: &mut Estimator,
) -> Difference {
    let values = |rows: &[Vec<Row>]| target.values(rows, measure);
    let pairs: Vec<(f64, f64)> =
        values(there).into_iter().zip(values(now)).filter_map(|(there, now)| Some((there?, now?))).collect();
    // Equal in every run, the change has no width, however few the events are.
    let is_none = !pairs.is_empty() && pairs.iter().all(|(there, now)| there.total_cmp(now).is_eq());
    let is_shown = is_none || has_hits(target, there, measure) && has_hits(target, now, measure);
    if !is_shown {
        return paired::means(&[], &mut Student::beside(estimator.alpha()));
    }
    if target.against.is_none() && !is_none {
        return estimator.unchecked_difference(&there[target.strategy], &now[target.strategy], measure);
    }
    paired::means(&pairs, &mut Student::beside(estimator.alpha()))
}
