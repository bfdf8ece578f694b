//! The statistics for each measure: estimates of a group, and its differences from the baseline.
//!
//! | measure | interval | difference |
//! |---|---|---|
//! | events among trials ([`PartOfWhole::trials`]) | [`proportion`]: exact on the effective number of pooled trials | [`paired::proportions`] |
//! | other ratios | [`ratio`]: sum over sum, the jackknife over replications | [`paired::ratios`] |
//! | numbers of events ([`NumberKind::Events`]) | [`count`]: t from 50 effective events on, exact below | [`paired::counts`] |
//! | weighted rare events | [`ratio`], from 50 events on and unless [`rare`] refuses it | [`paired::ratios`], likewise |
//! | everything else | [`mean`]: t over replications | [`paired::means`]: t, or the sign test where values are infinite or all the same |
//!
//! A quantile of pooled values has an interval where each run's own quantile is a measure: [`quantile`].
//!
//! Limits are cut to the range of the measure: shares to [0, 1], everything else to values of at least 0.

use std::collections::BTreeMap;

use super::rare::{self, RareStanding};
use super::row::Row;
use crate::measure::{MEASURES, NumberKind, SERIES, SeriesBin, Whole, measure_index};
use stats::{Difference, Estimate, Method, Student, count, mean, paired, proportion, quantile, ratio, unpaired};

/// The kind of number of a measure. It determines the statistics.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Statistic {
    /// Events over trials.
    Proportion(WholeColumns),
    /// A part over a whole, with the largest possible ratio.
    Ratio(WholeColumns, f64),
    /// A number of events.
    Events,
    /// A share that is not a ratio of sums.
    Share,
    /// Any other number, at least 0.
    Level,
}

/// The columns that make up a whole.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum WholeColumns {
    Of(usize),
    Less(usize, usize),
    LessShare(usize, usize),
}

impl WholeColumns {
    fn value(self, columns: &[Option<f64>]) -> Option<f64> {
        match self {
            Self::Of(of) => columns[of],
            Self::Less(of, but) => Some(columns[of]? - columns[but]?),
            Self::LessShare(of, but) => Some(columns[of]? - (columns[of]? * columns[but]?).round()),
        }
    }
}

impl Statistic {
    /// The statistics of a measure of this kind; `index` finds the columns of the whole.
    fn of(number: NumberKind, unit: &str, index: impl Fn(&str) -> usize) -> Self {
        let is_share = unit == "1";
        match number {
            NumberKind::Ratio(ratio) => {
                let whole = match ratio.whole {
                    Whole::Of(of) => WholeColumns::Of(index(of)),
                    Whole::Less(of, but) => WholeColumns::Less(index(of), index(but)),
                    Whole::LessShare(of, but) => WholeColumns::LessShare(index(of), index(but)),
                };
                if ratio.trials {
                    Self::Proportion(whole)
                } else {
                    Self::Ratio(whole, if is_share { 1.0 } else { f64::INFINITY })
                }
            }
            NumberKind::Events => Self::Events,
            NumberKind::Average if is_share => Self::Share,
            NumberKind::Average | NumberKind::Largest | NumberKind::Time => Self::Level,
        }
    }

    const fn upper(self) -> f64 {
        match self {
            Self::Proportion(_) | Self::Share => 1.0,
            Self::Ratio(_, upper) => upper,
            Self::Events | Self::Level => f64::INFINITY,
        }
    }

    /// A run's value, or the part of a ratio, and its whole.
    fn read(self, index: usize, columns: &[Option<f64>]) -> Option<(f64, f64)> {
        let value = columns[index]?;
        match self {
            Self::Proportion(whole) | Self::Ratio(whole, _) => {
                let whole = whole.value(columns).filter(|whole| *whole > 0.0)?;
                let part = value * whole;
                Some((if matches!(self, Self::Proportion(_)) { part.round() } else { part }, whole))
            }
            Self::Events | Self::Share | Self::Level => Some((value, 1.0)),
        }
    }
}

/// The values, or the parts and wholes, of the runs of a group.
#[derive(Default)]
struct Values {
    parts: Vec<f64>,
    wholes: Vec<f64>,
}

impl Values {
    fn push(&mut self, (part, whole): (f64, f64)) {
        self.parts.push(part);
        self.wholes.push(whole);
    }

    fn ratio(&self) -> stats::ratio::Ratio<'_> {
        stats::ratio::Ratio { parts: &self.parts, wholes: &self.wholes }
    }
}

/// The statistics of an experiment at its confidence level.
#[derive(Clone, Debug)]
pub struct Estimator {
    student: Student,
    /// Quantiles for families of comparisons, by the bits of the probability outside.
    families: BTreeMap<u64, Student>,
    measures: Vec<Statistic>,
    series: Vec<Statistic>,
}

impl Estimator {
    /// An estimator with this confidence.
    ///
    /// # Panics
    /// If `confidence` is not in (0, 1).
    #[must_use]
    pub fn new(confidence: f64) -> Self {
        let column = |name: &str| measure_index(name).expect("a measure's own name");
        let bin = |name: &str| SERIES.iter().position(|series| series.name == name).expect("a measure of the series");
        Self {
            student: Student::new(confidence),
            families: BTreeMap::new(),
            measures: MEASURES.iter().map(|measure| Statistic::of(measure.number, measure.unit, column)).collect(),
            series: SERIES.iter().map(|series| Statistic::of(series.number, series.unit, bin)).collect(),
        }
    }

    /// The allowed probability of a false claim in a family of verdicts, 1 − confidence.
    #[must_use]
    pub const fn alpha(&self) -> f64 {
        self.student.alpha()
    }

    /// The measures of [`MEASURES`] that the estimate of measure `index` needs, including `index` itself.
    ///
    /// # Panics
    /// If there is no such measure.
    #[must_use]
    pub fn columns(&self, index: usize) -> Vec<usize> {
        let whole = match self.measures[index] {
            Statistic::Proportion(whole) | Statistic::Ratio(whole, _) => Some(whole),
            Statistic::Events | Statistic::Share | Statistic::Level => None,
        };
        let mut columns = vec![index];
        match whole {
            None => {}
            Some(WholeColumns::Of(of)) => columns.push(of),
            Some(WholeColumns::Less(of, but) | WholeColumns::LessShare(of, but)) => columns.extend([of, but]),
        }
        columns
    }

    /// The estimate of measure `index` of [`MEASURES`] over the runs of a group.
    ///
    /// # Panics
    /// If there is no such measure.
    pub fn measure(&mut self, rows: &[Row], index: usize) -> Estimate {
        let estimate = self.unchecked(rows, index);
        match self.standing(rows, index) {
            RareStanding::Shown => estimate,
            RareStanding::Few { .. } => Estimate { interval: None, method: Method::None, ..estimate },
            RareStanding::Refused => Estimate::bare(0, None),
        }
    }

    /// The same without the checks of `[rare]`, for callers that use [`Estimator::standing`] themselves.
    ///
    /// # Panics
    /// If there is no such measure.
    pub fn unchecked(&mut self, rows: &[Row], index: usize) -> Estimate {
        self.estimate(self.measures[index], index, rows.iter().map(|row| row.measures.as_slice()))
    }

    /// Whether the value of measure `index` is shown. Only weighted measures can be refused or have too few events.
    ///
    /// # Panics
    /// If there is no such measure.
    pub fn standing(&mut self, rows: &[Row], index: usize) -> RareStanding {
        if rare::WEIGHTED.contains(&index) { rare::standing(self, rows) } else { RareStanding::Shown }
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
    /// if the quantile of each run is not a measure.
    pub fn quantile(&mut self, rows: &[Row], distribution: usize, numerator: u64, pooled: f64) -> Option<Estimate> {
        let index = MEASURES.iter().position(|measure| measure.quantile() == Some((distribution, numerator)))?;
        let sections: Vec<f64> = rows.iter().filter_map(|row| row.measures[index]).collect();
        Some(quantile::estimate(pooled, &sections, &mut self.student).within(0.0, f64::INFINITY))
    }

    fn estimate<'a>(
        &mut self,
        kind: Statistic,
        index: usize,
        columns: impl Iterator<Item = &'a [Option<f64>]>,
    ) -> Estimate {
        let mut values = Values::default();
        columns.filter_map(|row| kind.read(index, row)).for_each(|value| values.push(value));
        match kind {
            Statistic::Proportion(_) => proportion::estimate(&values.ratio(), &mut self.student),
            Statistic::Ratio(..) => ratio::estimate(&values.ratio(), &mut self.student),
            Statistic::Events => count::estimate(&values.parts, &mut self.student),
            Statistic::Share | Statistic::Level => mean::estimate(&values.parts, &mut self.student),
        }
        .within(0.0, kind.upper())
    }

    /// The difference in measure `index` of [`MEASURES`] between the runs of a group and those of the baseline at the
    /// same point, paired by replication.
    ///
    /// # Panics
    /// If there is no such measure.
    pub fn difference(&mut self, mine: &[Row], theirs: &[Row], index: usize) -> Difference {
        let shown = [mine, theirs].map(|rows| self.standing(rows, index) == RareStanding::Shown);
        self.paired(if shown == [true; 2] { mine } else { &[] }, theirs, [index; 2])
    }

    /// The same without the checks of `[rare]`.
    ///
    /// # Panics
    /// If there is no such measure.
    pub fn unchecked_difference(&mut self, mine: &[Row], theirs: &[Row], index: usize) -> Difference {
        self.paired(mine, theirs, [index; 2])
    }

    /// The paired difference between one measure of the first runs and one of the second, which are of one kind.
    pub(super) fn paired(&mut self, mine: &[Row], theirs: &[Row], indices: [usize; 2]) -> Difference {
        let (a, b) = self.sides(mine, theirs, indices);
        let pairs = || a.parts.iter().copied().zip(b.parts.iter().copied()).collect::<Vec<_>>();
        match self.measures[indices[0]] {
            Statistic::Proportion(_) => paired::proportions(&a.ratio(), &b.ratio(), &mut self.student),
            Statistic::Ratio(..) => paired::ratios(&a.ratio(), &b.ratio()),
            Statistic::Events => paired::counts(&pairs(), &mut self.student),
            Statistic::Share | Statistic::Level => paired::means(&pairs(), &mut self.student),
        }
    }

    /// The difference between the proportion among most trials of these runs and that among all trials.
    pub(super) fn most_of(&mut self, rows: &[Row], [most, all]: [usize; 2]) -> Difference {
        let (most, all) = self.sides(rows, rows, [most, all]);
        paired::most_of(&most.ratio(), &all.ratio(), &mut self.student)
    }

    /// The values of two measures in pairs of runs that both have one.
    fn sides(&self, mine: &[Row], theirs: &[Row], indices: [usize; 2]) -> (Values, Values) {
        let kinds = indices.map(|index| self.measures[index]);
        let (mut a, mut b) = (Values::default(), Values::default());
        for (mine, theirs) in pairs_of(mine, theirs) {
            let values = (kinds[0].read(indices[0], &mine.measures), kinds[1].read(indices[1], &theirs.measures));
            if let (Some(mine), Some(theirs)) = values {
                a.push(mine);
                b.push(theirs);
            }
        }
        (a, b)
    }

    /// The difference in measure `index` of [`MEASURES`] between two independent groups (no common random numbers).
    ///
    /// # Panics
    /// If there is no such measure.
    pub fn independent(&mut self, mine: &[Row], theirs: &[Row], index: usize) -> Difference {
        let kind = self.measures[index];
        let values = |rows: &[Row]| {
            let mut values = Values::default();
            rows.iter().filter_map(|row| kind.read(index, &row.measures)).for_each(|value| values.push(value));
            values
        };
        let (a, b) = (values(mine), values(theirs));
        match kind {
            Statistic::Proportion(_) => unpaired::proportions(&a.ratio(), &b.ratio(), &mut self.student),
            Statistic::Ratio(..) => unpaired::ratios(&a.ratio(), &b.ratio()),
            Statistic::Events => unpaired::counts(&a.parts, &b.parts, &mut self.student),
            Statistic::Share | Statistic::Level => unpaired::means(&a.parts, &b.parts, &mut self.student),
        }
    }

    /// The interval of a difference with the probability `outside` outside the interval; see [`Difference::interval`].
    ///
    /// # Panics
    /// If `outside` is not in (0, 1).
    pub fn interval(&mut self, difference: &Difference, outside: f64) -> Option<(f64, f64)> {
        let student = self.families.entry(outside.to_bits()).or_insert_with(|| Student::beside(outside));
        difference.interval(student)
    }
}

/// Pairs of runs of the same replication; both sides are in ascending order.
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
    use crate::measure::DISTRIBUTIONS;
    use crate::plan::Group;

    fn rows(name: &str, values: &[f64], attempts: f64) -> Vec<Row> {
        let mut measures = [None; MEASURES.len()];
        measures[measure_index("attempts").expect("a measure")] = Some(attempts);
        for whole in ["connected", "live_mean", "api_served"] {
            measures[measure_index(whole).expect("a measure")] = Some(attempts);
        }
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
            ("missing_fraction", [0.1, 0.2, 0.1, 0.1, 0.1], Method::Jackknife),
            ("missing_fraction", [0.1; 5], Method::Constant),
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

    #[test]
    fn runs_of_unequal_size_are_pooled_and_not_averaged() {
        // Runs with 0 of 2, 5 of 8 and (for the proportion) 0 of 0.
        let mut estimator = Estimator::new(0.95);
        let index = |name: &str| measure_index(name).expect("a measure");
        let mut runs = rows("stall_rate", &[0.0, 0.625], 2.0);
        runs[1].measures[index("attempts")] = Some(9.0);
        runs[1].measures[index("create_failed")] = Some(1.0);
        let mut none = runs[0].clone();
        none.replication = 2;
        none.measures[index("attempts")] = Some(0.0);
        none.measures[index("stall_rate")] = None;
        runs.push(none);
        let estimate = estimator.measure(&runs, index("stall_rate"));
        assert_eq!((estimate.n, estimate.mean), (2, Some(0.5)));
        for row in &mut runs[..2] {
            row.measures[index("late_rate")] = Some(if row.replication == 0 { 1.0 } else { 1.0 / 3.0 });
            row.measures[index("handshake_wait_mean_s")] = Some(f64::from(row.replication) + 1.0);
            row.measures[index("connected")] = Some(if row.replication == 0 { 2.0 } else { 3.0 });
        }
        assert_eq!(estimator.measure(&runs, index("late_rate")).mean, Some(5.0 / 11.0));
        assert_eq!(estimator.measure(&runs, index("handshake_wait_mean_s")).mean, Some(8.0 / 5.0));
    }

    #[test]
    fn bins_of_unequal_size_are_pooled_too() {
        let mut estimator = Estimator::new(0.95);
        let place = |name: &str| SERIES.iter().position(|series| series.name == name).expect("a measure of the series");
        let bin = |attempts: f64, rate: f64, live: f64, missing: f64| {
            let mut bin = [None; SERIES.len()];
            bin[place("attempts")] = Some(attempts);
            bin[place("stall_rate")] = (attempts > 0.0).then_some(rate);
            bin[place("live_mean")] = Some(live);
            bin[place("missing_fraction")] = Some(missing);
            bin
        };
        let bins = [bin(2.0, 0.0, 1.0, 0.5), bin(8.0, 0.625, 9.0, 0.0), bin(0.0, 0.0, 0.0, 0.0)];
        let bins: Vec<&SeriesBin> = bins.iter().collect();
        assert_eq!(estimator.bin(&bins, place("stall_rate")).mean, Some(0.5));
        assert_eq!(estimator.bin(&bins, place("missing_fraction")).mean, Some(0.05));
    }
}
