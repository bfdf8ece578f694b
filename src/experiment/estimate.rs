//! Which statistics fit which measure: estimates of a group, and its differences from the baseline.
//!
//! | measure | interval | difference |
//! |---|---|---|
//! | `stall_rate`, `failure_rate`, `stale_connect_fraction`, `unpropagated_fraction` | [`proportion`]: exact on the effective number of trials | [`paired::proportions`] |
//! | numbers of events (unit `count`, but means and maxima) | [`count`]: t from 50 effective events on, exact below | [`paired::counts`] |
//! | everything else | [`mean`]: t over replications | [`paired::means`]: t, or the sign test where values are infinite or all the same |
//!
//! A quantile of pooled values has an interval where each run's own quantile is a measure: [`quantile`].
//!
//! Limits are cut to the range of the measure: shares to [0, 1], everything else to values of at least 0.

use super::row::Row;
use crate::metrics::{DISTRIBUTIONS, MEASURES, SERIES, SeriesBin, measure_index};
use crate::stats::paired::{self, Difference, Trials};
use crate::stats::{Estimate, Student, count, mean, proportion, quantile, unpaired};

/// What kind of number a measure is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    /// Events over trials; the number of trials is column `of` less column `but`.
    Proportion { of: usize, but: Option<usize> },
    /// A number of events.
    Events,
    /// A share that is no ratio of counts.
    Share,
    /// Any other number, at least 0.
    Level,
}

impl Kind {
    const fn upper(self) -> f64 {
        match self {
            Self::Proportion { .. } | Self::Share => 1.0,
            Self::Events | Self::Level => f64::INFINITY,
        }
    }
}

/// The statistics of an experiment at its confidence level.
#[derive(Clone, Debug)]
pub struct Estimator {
    student: Student,
    measures: Vec<Kind>,
    series: Vec<Kind>,
    /// For each distribution, the measures that are each run's own [`QUANTILES`].
    quantiles: Vec<[Option<usize>; QUANTILES.len()]>,
}

/// Quantiles that may be measures of a run: numerators over ten thousand, and how a measure's name ends.
const QUANTILES: [(u64, &str); 4] = [(5_000, "p50_s"), (9_000, "p90_s"), (9_900, "p99_s"), (9_990, "p999_s")];

impl Estimator {
    /// For intervals of this confidence.
    ///
    /// # Panics
    /// If `confidence` is not in (0, 1).
    #[must_use]
    pub fn new(confidence: f64) -> Self {
        let column = |name| measure_index(name).expect("a measure's own name");
        let measures = MEASURES.iter().map(|measure| match measure.name {
            "stall_rate" | "failure_rate" => {
                Kind::Proportion { of: column("attempts"), but: Some(column("create_failed")) }
            }
            "stale_connect_fraction" => Kind::Proportion { of: column("connected"), but: None },
            "unpropagated_fraction" => Kind::Proportion { of: column("versions"), but: None },
            name => kind(name, measure.unit),
        });
        let series = SERIES.iter().map(|&(name, unit)| match name {
            "stall_rate" => Kind::Proportion { of: 0, but: None },
            _ => kind(name, unit),
        });
        let quantiles = DISTRIBUTIONS.iter().map(|name| {
            let stem = name.trim_end_matches('s');
            QUANTILES.map(|(_, suffix)| measure_index(&format!("{stem}{suffix}")))
        });
        Self {
            student: Student::new(confidence),
            measures: measures.collect(),
            series: series.collect(),
            quantiles: quantiles.collect(),
        }
    }

    /// The probability of a false claim that a family of verdicts may carry, 1 − confidence.
    #[must_use]
    pub fn alpha(&self) -> f64 {
        self.student.alpha()
    }

    /// The estimate of measure `index` of [`MEASURES`] over the runs of a group.
    ///
    /// # Panics
    /// If there is no such measure.
    pub fn measure(&mut self, rows: &[Row], index: usize) -> Estimate {
        let kind = self.measures[index];
        self.estimate(kind, index, rows.iter().map(|row| row.measures.as_slice()))
    }

    /// The estimate of measure `index` of [`SERIES`] over one bin of each replication.
    ///
    /// # Panics
    /// If there is no such measure.
    pub fn bin(&mut self, bins: &[&SeriesBin], index: usize) -> Estimate {
        let kind = self.series[index];
        self.estimate(kind, index, bins.iter().map(|bin| bin.as_slice()))
    }

    /// The estimate of a quantile of a pooled distribution, `numerator` over ten thousand, from its pooled value; none
    /// where the quantile of each run is no measure.
    ///
    /// # Panics
    /// If there is no such distribution.
    pub fn quantile(&mut self, rows: &[Row], distribution: usize, numerator: u64, pooled: f64) -> Option<Estimate> {
        let place = QUANTILES.iter().position(|quantile| quantile.0 == numerator)?;
        let index = self.quantiles[distribution][place]?;
        let sections: Vec<f64> = rows.iter().filter_map(|row| row.measures[index]).collect();
        Some(quantile::estimate(pooled, &sections, &mut self.student).within(0.0, f64::INFINITY))
    }

    fn estimate<'a>(&mut self, kind: Kind, index: usize, columns: impl Iterator<Item = &'a [Option<f64>]>) -> Estimate {
        let (values, trials) = columns.filter_map(|row| defined(kind, index, row)).unzip::<_, _, Vec<f64>, Vec<f64>>();
        match kind {
            Kind::Proportion { .. } => proportion::estimate(&values, &trials, &mut self.student),
            Kind::Events => count::estimate(&values, &mut self.student),
            Kind::Share | Kind::Level => mean::estimate(&values, &mut self.student),
        }
        .within(0.0, kind.upper())
    }

    /// The difference in measure `index` of [`MEASURES`] between the runs of a group and those of the baseline at the
    /// same point, paired by replication.
    ///
    /// # Panics
    /// If there is no such measure.
    pub fn difference(&mut self, mine: &[Row], theirs: &[Row], index: usize) -> Difference {
        let kind = self.measures[index];
        let (mut pairs, mut my_trials, mut their_trials) = (Vec::new(), Vec::new(), Vec::new());
        for (mine, theirs) in pairs_of(mine, theirs) {
            if let (Some((a, m)), Some((b, n))) =
                (defined(kind, index, &mine.measures), defined(kind, index, &theirs.measures))
            {
                pairs.push((a, b));
                my_trials.push(m);
                their_trials.push(n);
            }
        }
        match kind {
            Kind::Proportion { .. } => {
                let (a, b): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
                let (mine, theirs) =
                    (Trials { rates: &a, trials: &my_trials }, Trials { rates: &b, trials: &their_trials });
                paired::proportions(&mine, &theirs, &mut self.student)
            }
            Kind::Events => paired::counts(&pairs, &mut self.student),
            Kind::Share | Kind::Level => paired::means(&pairs, &mut self.student),
        }
    }

    /// The difference in measure `index` of [`MEASURES`] between two groups that share no luck.
    ///
    /// # Panics
    /// If there is no such measure.
    pub fn independent(&mut self, mine: &[Row], theirs: &[Row], index: usize) -> Difference {
        let kind = self.measures[index];
        let columns = |rows: &[Row]| -> (Vec<f64>, Vec<f64>) {
            rows.iter().filter_map(|row| defined(kind, index, &row.measures)).unzip()
        };
        let ((a, m), (b, n)) = (columns(mine), columns(theirs));
        let (mine, theirs) = (Trials { rates: &a, trials: &m }, Trials { rates: &b, trials: &n });
        match kind {
            Kind::Proportion { .. } => unpaired::proportions(&mine, &theirs, &mut self.student),
            Kind::Events => unpaired::counts(&a, &b, &mut self.student),
            Kind::Share | Kind::Level => unpaired::means(&a, &b, &mut self.student),
        }
    }
}

fn kind(name: &str, unit: &str) -> Kind {
    match unit {
        "count" if !name.ends_with("_mean") && !name.ends_with("_max") && name != "stale_records" => Kind::Events,
        "1" => Kind::Share,
        _ => Kind::Level,
    }
}

/// A value and, for a proportion, its number of trials.
fn defined(kind: Kind, index: usize, columns: &[Option<f64>]) -> Option<(f64, f64)> {
    let value = columns[index]?;
    match kind {
        Kind::Proportion { of, but } => {
            let trials = columns[of]? - but.map_or(Some(0.0), |but| columns[but])?;
            (trials > 0.0).then_some((value, trials))
        }
        _ => Some((value, 0.0)),
    }
}

/// The runs of the same replication; both sides are in ascending order.
fn pairs_of<'a>(mine: &'a [Row], theirs: &'a [Row]) -> impl Iterator<Item = (&'a Row, &'a Row)> {
    let mut theirs = theirs.iter().peekable();
    mine.iter().filter_map(move |row| {
        while theirs.next_if(|their| their.replication < row.replication).is_some() {}
        theirs.next_if(|their| their.replication == row.replication).map(|their| (row, their))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::Group;
    use crate::stats::Method;

    fn rows(name: &str, values: &[f64], attempts: f64) -> Vec<Row> {
        let mut measures = [None; MEASURES.len()];
        measures[measure_index("attempts").expect("a measure")] = Some(attempts);
        measures[measure_index("create_failed").expect("a measure")] = Some(0.0);
        let row = |(replication, &value): (usize, &f64)| {
            let mut measures = measures;
            measures[measure_index(name).expect("a measure")] = Some(value);
            let replication = u32::try_from(replication).expect("few");
            Row { group: Group { point: 0, strategy: 0 }, replication, fingerprint: 0, events: 0, measures }
        };
        values.iter().enumerate().map(row).collect()
    }

    #[test]
    fn each_measure_gets_the_method_that_fits_it() {
        let mut estimator = Estimator::new(0.95);
        for (name, values, method) in [
            ("stall_rate", [0.0; 5], Method::ClopperPearson),
            ("stall_rate", [0.0, 0.0, 0.1, 0.0, 0.0], Method::KornGraubard),
            ("failed", [1.0, 0.0, 2.0, 0.0, 1.0], Method::Garwood),
            ("failed", [100.0, 90.0, 95.0, 99.0, 110.0], Method::T),
            ("table_max", [1.0; 5], Method::Constant),
            ("table_max", [1.0, 2.0, 1.0, 1.0, 1.0], Method::T),
            ("failed", [0.0, 0.0, 900.0, 0.0, 0.0], Method::Garwood),
            ("handshake_wait_p99_s", [1.0, 2.0, 3.0, 4.0, 5.0], Method::T),
            ("handshake_wait_p99_s", [1.0, 2.0, f64::INFINITY, 4.0, 5.0], Method::None),
        ] {
            let index = measure_index(name).expect("a measure");
            assert_eq!(estimator.measure(&rows(name, &values, 1000.0), index).method, method, "{name} {values:?}");
        }
    }

    #[test]
    fn differences_pair_only_replications_that_both_have() {
        let mut estimator = Estimator::new(0.95);
        let name = "handshake_wait_mean_s";
        let mine = rows(name, &[1.0, 2.0, 3.0, 4.0], 10.0);
        let mut theirs = rows(name, &[0.5, 1.0, 2.5, 9.0], 10.0);
        theirs.remove(1);
        theirs.pop();
        let difference = estimator.difference(&mine, &theirs, measure_index(name).expect("a measure"));
        assert_eq!((difference.n, difference.mean), (2, Some(0.5)));
    }

    #[test]
    fn quantiles_that_are_measures_of_each_run_have_an_interval() {
        let mut estimator = Estimator::new(0.95);
        let rows = rows("handshake_wait_p99_s", &[1.0, 2.0, 3.0], 10.0);
        let waits = DISTRIBUTIONS.iter().position(|name| *name == "handshake_wait_s").expect("a distribution");
        let estimate = estimator.quantile(&rows, waits, 9_900, 2.0).expect("a measure of each run");
        assert_eq!((estimate.n, estimate.mean, estimate.method), (3, Some(2.0), Method::Sectioning));
        assert!(estimator.quantile(&rows, waits, 9_800, 2.0).is_none());
    }

    #[test]
    fn limits_stay_in_the_range_of_the_measure() {
        let mut estimator = Estimator::new(0.95);
        let name = "missing_fraction";
        let estimate = estimator.measure(&rows(name, &[0.0, 0.9], 10.0), measure_index(name).expect("a measure"));
        assert_eq!(estimate.interval, Some((0.0, 1.0)));
    }
}
