//! What faults do in a month: runs with each fault alone, against runs without, weighted by how often the fault comes.
//!
//! With the counts B of a run without faults and F of the same run with a fault, a month of length M has
//!
//! E = (M/T)·E\[B\] + Σ k·E\[F − B\]
//!
//! events, where T is the counted span and k how often the fault comes in a month. docs/statistics.md says what is assumed.

use std::collections::BTreeMap;

use super::row::Row;
use crate::file::section::MONTH;
use crate::measure::measure_index;
use des::Duration;
use stats::{Estimate, Method, Student, count, mean, paired};

/// What is counted in a month.
pub const COUNTED: [&str; 3] = ["attempts", "stalled", "late"];

/// Runs with one fault alone.
pub struct Faulty<'a> {
    /// How often the fault comes in a month.
    pub per_month: f64,
    /// Its runs.
    pub rows: &'a [Row],
}

/// The events of one kind in a month.
pub struct Monthly {
    /// Without the faults of the month.
    pub base: Estimate,
    /// What each fault adds.
    pub faults: Vec<Estimate>,
    /// All together.
    pub all: Estimate,
}

/// The events of `measure`, one of [`COUNTED`], in a month. Runs count a span of `counted` each.
///
/// # Panics
/// If there is no such measure.
#[must_use]
pub fn monthly(confidence: f64, measure: &str, counted: Duration, base: &[Row], faults: &[Faulty<'_>]) -> Monthly {
    let mut student = Student::new(confidence);
    let index = measure_index(measure).expect("a measure");
    let months = MONTH.as_secs_f64() / counted.as_secs_f64();
    let counts = |rows: &[Row]| -> BTreeMap<u32, f64> {
        rows.iter().filter_map(|row| Some((row.replication, row.measures[index]?))).collect()
    };
    let calm = counts(base);
    let struck: Vec<BTreeMap<u32, f64>> = faults.iter().map(|fault| counts(fault.rows)).collect();

    let without = scaled(&count::estimate(&calm.values().copied().collect::<Vec<_>>(), &mut student), months);
    let mut each = Vec::new();
    for (fault, with) in faults.iter().zip(&struck) {
        let pairs: Vec<(f64, f64)> = with.iter().filter_map(|(key, with)| Some((*with, *calm.get(key)?))).collect();
        let difference = paired::counts(&pairs, &mut student);
        let estimate = Estimate {
            n: difference.n,
            mean: difference.mean,
            interval: difference.interval(&mut student),
            method: difference.method,
        };
        each.push(scaled(&estimate, fault.per_month));
    }

    // One number for each replication that all kinds of run have.
    let month = |(key, calm): (&u32, &f64)| {
        let excess = faults.iter().zip(&struck).map(|(fault, with)| Some(fault.per_month * (with.get(key)? - calm)));
        Some(months * calm + excess.sum::<Option<f64>>()?)
    };
    let whole: Vec<f64> = calm.iter().filter_map(month).collect();
    let mut all = mean::estimate(&whole, &mut student);
    // Too few events for Student's t: the parts have exact limits, which are added.
    let parts = || each.iter().chain([&without]);
    if parts().any(|part| matches!(part.method, Method::Garwood | Method::Mover)) {
        // What every replication adds alike has no width.
        let limits = |part: &Estimate| part.interval.or(part.mean.map(|mean| (mean, mean)));
        all.interval = parts().map(limits).try_fold((0.0, 0.0), |(low, high), limits| {
            let (more_low, more_high) = limits?;
            Some((low + more_low, high + more_high))
        });
        all.method = if all.interval.is_some() { Method::Sum } else { Method::None };
    }
    Monthly { base: without, faults: each, all }
}

/// An estimate in other units.
fn scaled(estimate: &Estimate, by: f64) -> Estimate {
    let interval = estimate.interval.map(|(low, high)| (low * by, high * by));
    Estimate { mean: estimate.mean.map(|mean| mean * by), interval, ..*estimate }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::MEASURES;
    use crate::plan::Group;

    fn rows(counts: &[f64]) -> Vec<Row> {
        let row = |(replication, count): (u32, &f64)| {
            let mut measures = [None; MEASURES.len()];
            measures[measure_index("stalled").expect("a measure")] = Some(*count);
            Row { group: Group { point: 0, strategy: 0 }, replication, fingerprint: 0, events: 0, measures }
        };
        (0..).zip(counts).map(row).collect()
    }

    #[test]
    fn a_month_is_the_base_and_what_each_fault_adds_as_often_as_it_comes() {
        let counted = Duration::from_nanos(MONTH.as_nanos() / 100);
        let (base, one, other) = (rows(&[60.0, 62.0]), rows(&[160.0, 166.0]), rows(&[61.0, 62.0]));
        let faults = [Faulty { per_month: 0.5, rows: &one }, Faulty { per_month: 4.0, rows: &other }];
        let month = monthly(0.95, "stalled", counted, &base, &faults);
        let mean = |estimate: &Estimate| estimate.mean.expect("a mean");
        assert!((mean(&month.base) - 6_100.0).abs() < 1e-9);
        assert_eq!(month.faults.iter().map(mean).collect::<Vec<_>>(), [51.0, 2.0]);
        assert!((mean(&month.all) - 6_153.0).abs() < 1e-9);
    }

    #[test]
    fn without_any_event_the_limits_are_exact_and_add_up() {
        let counted = Duration::from_nanos(MONTH.as_nanos() / 100);
        let (none, one) = (rows(&[0.0; 10]), rows(&[1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]));
        let month = monthly(0.95, "stalled", counted, &none, &[Faulty { per_month: 1.0, rows: &one }]);
        let (low, high) = month.all.interval.expect("limits");
        let (_, base) = month.base.interval.expect("limits");
        // −ln 0.025 / 10 a run, a hundred runs a month.
        assert!((base - 36.888_79).abs() < 1e-4 && high > base && low <= 0.2, "{low} {base} {high}");
    }
}
