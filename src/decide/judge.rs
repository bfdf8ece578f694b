//! What the runs of a point say of the function that is searched: a measure less its limit, or the difference of two
//! strategies. The intervals are those of `summary.csv` and `compare.csv`.

use super::search::Judged;
use crate::run::{Estimator, RareStanding, Row};
use stats::{Difference, Student, paired};

/// The level of the checks of `[rare]`. A question looks at some fifty groups of runs, again and again; at the level of a
/// single result one of them would be refused by chance.
const CHECK: f64 = 0.001;

/// Why nothing is known of a measure.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Unjudged {
    /// No run has a value.
    Undefined,
    /// A check of `[rare]` refuses the value.
    Refused,
}

/// Judges points at one confidence level.
pub(super) struct Judge {
    estimator: Estimator,
    /// At the level of the checks.
    check: Estimator,
}

impl Judge {
    pub(super) fn new(confidence: f64) -> Self {
        Self { estimator: Estimator::new(confidence), check: Estimator::new(1.0 - CHECK) }
    }

    /// Whether the value of a measure is shown.
    pub(super) fn standing(&mut self, rows: &[Row], measure: usize) -> RareStanding {
        self.check.standing(rows, measure)
    }

    /// The difference of two sets of runs in a measure. Where some values are infinite it is the sign that most pairs of
    /// runs show.
    pub(super) fn difference(&mut self, mine: &[Row], theirs: &[Row], measure: usize) -> Result<Judged, Unjudged> {
        let has_few = self.has_few(mine, measure)? | self.has_few(theirs, measure)?;
        let difference = self.estimator.unchecked_difference(mine, theirs, measure);
        let judged = match self.of_difference(&difference) {
            Ok(judged) => judged,
            // Infinite on both sides in every pair: none is lower.
            Err(Unjudged::Undefined) if self.are_valued(mine, theirs, measure) => {
                Judged { by_signs: true, ..Judged::unlimited(0.0) }
            }
            Err(why) => return Err(why),
        };
        Ok(match (Self::are_same(mine, theirs), has_few) {
            (true, _) => Judged::within(0.0, 0.0, 0.0),
            (false, true) => Judged { by_signs: judged.by_signs, ..Judged::unlimited(judged.mean) },
            (false, false) => judged,
        })
    }

    /// Whether both sides have a value in some run.
    fn are_valued(&mut self, mine: &[Row], theirs: &[Row], measure: usize) -> bool {
        self.estimate(mine, measure).is_some() && self.estimate(theirs, measure).is_some()
    }

    /// Whether the runs of each pair are the same in every event.
    fn are_same(mine: &[Row], theirs: &[Row]) -> bool {
        let is_same =
            |(one, other): (&Row, &Row)| (one.replication, one.fingerprint) == (other.replication, other.fingerprint);
        mine.len() == theirs.len() && mine.iter().zip(theirs).all(is_same)
    }

    /// A measure less its limit.
    pub(super) fn excess(&mut self, rows: &[Row], measure: usize, limit: f64) -> Result<Judged, Unjudged> {
        let has_few = self.has_few(rows, measure)?;
        let estimate = self.estimator.unchecked(rows, measure);
        let mean = estimate.mean.ok_or(Unjudged::Undefined)?;
        if has_few {
            return Ok(Judged::unlimited(mean - limit));
        }
        if let (Some((low, high)), true) = (estimate.interval, mean.is_finite()) {
            return Ok(Judged::within(mean - limit, low - limit, high - limit));
        }
        // Some values are infinite, or there is one: the signs alone.
        let values = rows.iter().filter_map(|row| row.measures[measure]);
        let pairs: Vec<(f64, f64)> = values.map(|value| (value, limit)).collect();
        let difference = paired::means(&pairs, &mut Student::beside(self.estimator.alpha()));
        self.of_difference(&difference)
    }

    /// The estimate of a measure, also of one that is refused; none if it is undefined in all runs.
    pub(super) fn estimate(&mut self, rows: &[Row], measure: usize) -> Option<f64> {
        self.estimator.unchecked(rows, measure).mean
    }

    /// Whether an estimate comes from too few events for an interval.
    fn has_few(&mut self, rows: &[Row], measure: usize) -> Result<bool, Unjudged> {
        match self.standing(rows, measure) {
            RareStanding::Shown => Ok(false),
            RareStanding::Few { .. } => Ok(true),
            RareStanding::Refused => Err(Unjudged::Refused),
        }
    }

    fn of_difference(&mut self, difference: &Difference) -> Result<Judged, Unjudged> {
        let alpha = self.estimator.alpha();
        let interval = self.estimator.interval(difference, alpha);
        match (difference.mean.filter(|mean| mean.is_finite()), interval) {
            (Some(mean), Some((low, high))) => Ok(Judged::within(mean, low, high)),
            _ if difference.n == 0 => Err(Unjudged::Undefined),
            (mean, _) => {
                let sign = f64::from(difference.sign);
                let is_shown = difference.p_value.is_some_and(|p_value| p_value < alpha);
                let towards = |direction: f64| if is_shown { sign } else { direction } * f64::INFINITY;
                let median = if difference.sign == 0 { 0.0 } else { sign * f64::INFINITY };
                let by_signs = mean.is_none();
                Ok(Judged { mean: mean.unwrap_or(median), low: towards(-1.0), high: towards(1.0), by_signs })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::{MEASURES, measure_index};
    use crate::plan::Group;

    fn rows(name: &str, values: &[f64]) -> Vec<Row> {
        let row = |(replication, &value): (usize, &f64)| {
            let mut measures = [None; MEASURES.len()];
            measures[measure_index(name).expect("a measure")] = Some(value);
            let replication = u32::try_from(replication).expect("few");
            Row {
                group: Group { point: 0, strategy: 0 },
                replication,
                fingerprint: value.to_bits(),
                events: 0,
                measures,
            }
        };
        values.iter().enumerate().map(row).collect()
    }

    fn judge(limit: Option<f64>, rows: &[Vec<Row>]) -> Result<Judged, Unjudged> {
        let (mut judge, measure) = (Judge::new(0.95), measure_index("recovery_max_s").expect("a measure"));
        match limit {
            Some(limit) => judge.excess(&rows[0], measure, limit),
            None => judge.difference(&rows[0], &rows[1], measure),
        }
    }

    #[test]
    fn a_measure_is_judged_by_its_distance_from_the_limit() {
        let judged = judge(Some(2.0), &[rows("recovery_max_s", &[3.0, 3.5, 4.0])]).expect("defined");
        assert!((judged.mean - 1.5).abs() < 1e-12 && judged.low > 0.0 && judged.sign() == 1, "{judged:?}");
        assert_eq!(judge(Some(3.5), &[rows("recovery_max_s", &[3.0, 3.5, 4.0])]).expect("defined").sign(), 0);
        assert_eq!(judge(Some(2.0), &[rows("stall_rate", &[0.1])]), Err(Unjudged::Undefined));
    }

    #[test]
    fn an_estimate_of_few_hits_has_no_limits() {
        let at = |name: &str| measure_index(name).expect("a measure");
        let of = |hits: f64| {
            let mut rows = rows("stall_rate_rare", &[1e-6, 2e-6, 1.5e-6]);
            for row in &mut rows {
                row.measures[at("rare_weight_sum")] = Some(100.0);
                row.measures[at("rare_hits")] = Some(hits);
            }
            Judge::new(0.95).excess(&rows, at("stall_rate_rare"), 0.0).expect("an estimate")
        };
        let (few, enough) = (of(2.0), of(20.0));
        assert!((few.mean - 1.5e-6).abs() < 1e-15 && few.low.is_infinite() && few.high.is_infinite(), "{few:?}");
        assert!(few.sign() == 0 && enough.sign() == 1 && enough.high < 1e-5, "{enough:?}");
    }

    #[test]
    fn infinite_values_leave_the_signs() {
        let inf = f64::INFINITY;
        let often = [inf, 5.0, 6.0, inf, 7.0, 5.0, 8.0, 9.0];
        let judged = judge(Some(2.0), &[rows("recovery_max_s", &often)]).expect("defined");
        assert_eq!((judged.sign(), judged.low), (1, inf));
        let judged = judge(Some(6.5), &[rows("recovery_max_s", &often)]).expect("defined");
        assert_eq!((judged.sign(), judged.low, judged.high), (0, -inf, inf));
    }

    #[test]
    fn strategies_are_compared_in_pairs() {
        let mine = rows("recovery_max_s", &[1.0, 2.0, 3.0, 4.0]);
        let theirs = rows("recovery_max_s", &[1.5, 2.4, 3.6, 4.5]);
        assert_eq!(judge(None, &[mine.clone(), theirs.clone()]).expect("defined").sign(), -1);
        assert_eq!(judge(None, &[theirs, mine]).expect("defined").sign(), 1);
    }

    #[test]
    fn what_is_infinite_on_both_sides_shows_no_difference_and_runs_that_are_alike_are_the_same() {
        let inf = f64::INFINITY;
        let never = rows("recovery_max_s", &[inf; 12]);
        let mut other = never.clone();
        other[0].fingerprint += 1;
        let judged = judge(None, &[never.clone(), other]).expect("values");
        assert_eq!((judged.sign(), judged.low, judged.high), (0, -inf, inf));
        let judged = judge(None, &[never.clone(), never]).expect("values");
        assert_eq!(judged, Judged::within(0.0, 0.0, 0.0));
        // Lower in most pairs, though infinite in some, as a limit is judged.
        let mine: Vec<f64> = (0..24).map(|run| if run % 8 == 0 { inf } else { 1.0 }).collect();
        let judged = judge(None, &[rows("recovery_max_s", &mine), rows("recovery_max_s", &[2.0; 24])]).expect("values");
        assert_eq!((judged.sign(), judged.mean), (-1, -inf));
    }
}
