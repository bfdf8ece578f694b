//! The accepted range of a number in a result file, by its unit. The reader enforces the ranges of the writer.
//!
//! No run produces values outside these ranges, so figures and statistics need not handle them.

use std::sync::LazyLock;

use crate::measure::{MEASURES, Measure, NumberKind, measure_index};
use des::Duration;

/// The largest count: beyond it, whole numbers are no longer exact in a cell.
const COUNT_MAX: f64 = 9_007_199_254_740_992.0;

/// The largest limit of an interval.
const LIMIT_MAX: f64 = 1e30;

/// The smallest positive number.
const SIZE_MIN: f64 = 1e-100;

/// The kind of value in a column.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum CellRange {
    /// A number of things, or a mean of such numbers.
    Count,
    /// A whole number of things.
    Whole,
    /// A fraction of one.
    Share,
    /// A duration; infinite: never.
    Seconds,
    /// A finite duration.
    Finite,
    /// A value of a measure that this version does not know.
    Unknown,
}

impl CellRange {
    /// The range of one run's value of a measure.
    pub(crate) fn of_run(measure: &str) -> Self {
        match MEASURES.iter().find(|known| known.name == measure) {
            Some(known) => Self::of_measure(known),
            None => Self::Unknown,
        }
    }

    fn of_measure(measure: &Measure) -> Self {
        match measure.number {
            NumberKind::Events | NumberKind::Largest => Self::Whole,
            // A total of finite durations, divided by a count.
            NumberKind::Ratio(_) if measure.unit == "s" => Self::Finite,
            NumberKind::Ratio(_) | NumberKind::Average | NumberKind::Time => {
                Self::of_unit(measure.unit).unwrap_or(Self::Unknown)
            }
        }
    }

    /// The range of a mean in this unit; none if there is no such unit.
    pub(crate) fn of_unit(unit: &str) -> Option<Self> {
        match unit {
            "count" => Some(Self::Count),
            "1" => Some(Self::Share),
            "s" => Some(Self::Seconds),
            _ => None,
        }
    }

    /// Checks that `value` is in the range.
    ///
    /// # Errors
    /// If not: the accepted values.
    pub(crate) fn check(self, value: f64) -> Result<(), String> {
        let size = value.abs();
        let fits = match self {
            Self::Count => (0.0..=COUNT_MAX).contains(&value) && is_sized(value),
            Self::Whole => (0.0..=COUNT_MAX).contains(&value) && value.fract() == 0.0,
            Self::Share => (0.0..=1.0).contains(&value) && is_sized(value),
            Self::Seconds => value >= 0.0 && (value <= seconds_max() || value.is_infinite()) && is_sized(value),
            Self::Finite => value >= 0.0 && value <= seconds_max() && is_sized(value),
            Self::Unknown => (size <= LIMIT_MAX || size.is_infinite()) && is_sized(value),
        };
        if fits { Ok(()) } else { Err(self.accepted()) }
    }

    /// Checks that `value` can be a difference of two values in the range.
    ///
    /// # Errors
    /// If not: the accepted values.
    pub(crate) fn check_difference(self, value: f64) -> Result<(), String> {
        let largest = match self {
            Self::Count | Self::Whole => COUNT_MAX,
            Self::Share => 1.0,
            Self::Seconds | Self::Finite => seconds_max(),
            Self::Unknown => LIMIT_MAX,
        };
        let infinite = matches!(self, Self::Seconds | Self::Unknown) && value.is_infinite();
        if infinite || (value.abs() <= largest && is_sized(value)) {
            return Ok(());
        }
        let infinite = if matches!(self, Self::Seconds | Self::Unknown) { ", inf or -inf" } else { "" };
        Err(format!("a difference from -{largest} to {largest}{infinite}"))
    }

    fn accepted(self) -> String {
        match self {
            Self::Count => format!("a number from 0 to {COUNT_MAX}"),
            Self::Whole => format!("a whole number from 0 to {COUNT_MAX}"),
            Self::Share => "a number from 0 to 1".to_owned(),
            Self::Seconds => format!("seconds from 0 to {}, or inf", seconds_max()),
            Self::Finite => format!("seconds from 0 to {}", seconds_max()),
            Self::Unknown => format!("a number from -{LIMIT_MAX:e} to {LIMIT_MAX:e}, inf or -inf"),
        }
    }
}

/// Measures that count a part of another measure's count.
const PARTS: [(&str, &str); 8] = [
    ("attempts_first", "attempts"),
    ("attempts_return", "attempts"),
    ("attempts_reconnect", "attempts"),
    ("connected", "attempts"),
    ("failed", "attempts"),
    ("create_failed", "attempts"),
    ("stalled", "attempts"),
    ("bus_delivered", "bus_sent"),
];

/// The same by their indices.
static PART_INDICES: LazyLock<Vec<[usize; 2]>> = LazyLock::new(|| {
    let index = |name| measure_index(name).expect("each is a measure");
    PARTS.iter().map(|&(part, whole)| [index(part), index(whole)]).collect()
});

/// Checks the values of one run, one for each of [`MEASURES`].
///
/// # Errors
/// If a run cannot have them: the column, the value found, and the accepted values.
pub(crate) fn check_run(values: &[Option<f64>]) -> Result<(), String> {
    for (measure, value) in MEASURES.iter().zip(values) {
        let Some(value) = value else { continue };
        let accepted = CellRange::of_measure(measure).check(*value);
        accepted.map_err(|accepted| format!("{}: found {value}, accepted: {accepted}", measure.name))?;
    }
    for &indices in PART_INDICES.iter() {
        if let [Some(part_value), Some(whole_value)] = indices.map(|index| *values.get(index)?)
            && part_value > whole_value
        {
            let [part, whole] = indices.map(|index| MEASURES[index].name);
            return Err(format!("{part}: found {part_value}, accepted: at most {whole}, {whole_value}"));
        }
    }
    Ok(())
}

/// Checks that the limits of an interval are in order and within the range of a limit.
///
/// # Errors
/// If not: the accepted values.
pub(crate) fn check_limits(low: Option<f64>, high: Option<f64>) -> Result<(), String> {
    for limit in [low, high].into_iter().flatten() {
        if !((limit.abs() <= LIMIT_MAX || limit.is_infinite()) && is_sized(limit)) {
            return Err(format!("limits from -{LIMIT_MAX:e} to {LIMIT_MAX:e}, inf or -inf"));
        }
    }
    match (low, high) {
        (None, None) => Ok(()),
        (Some(low), Some(high)) if low <= high => Ok(()),
        (Some(_), Some(_)) => Err("a lower limit that is not above the upper one".to_owned()),
        _ => Err("both limits, or neither".to_owned()),
    }
}

/// Whether `value` is zero or not too small for a run.
fn is_sized(value: f64) -> bool {
    value == 0.0 || value.abs() >= SIZE_MIN
}

/// The longest duration of the program, s.
fn seconds_max() -> f64 {
    Duration::MAX.as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_no_run_has_are_refused() {
        for (range, good, bad) in [
            (CellRange::Whole, vec![0.0, 3.0, COUNT_MAX], vec![-1.0, 0.5, 1e17, f64::INFINITY]),
            (CellRange::Count, vec![0.0, 0.5], vec![-0.5, f64::INFINITY, 1e-200]),
            (CellRange::Share, vec![0.0, 0.3, 1.0], vec![-0.1, 1.000_001, f64::INFINITY]),
            (CellRange::Seconds, vec![0.0, 5e-9, f64::INFINITY], vec![-1.0, 1e308, 5e-324, f64::NEG_INFINITY]),
            (CellRange::Finite, vec![0.0, 60.0], vec![-1.0, f64::INFINITY]),
        ] {
            assert!(good.iter().all(|value| range.check(*value).is_ok()), "{range:?}");
            assert!(bad.iter().all(|value| range.check(*value).is_err()), "{range:?}");
            assert!(range.check(f64::NAN).is_err() && range.check_difference(f64::NAN).is_err(), "{range:?}");
        }
        assert!(CellRange::Share.check_difference(-1.0).is_ok() && CellRange::Share.check_difference(-1.1).is_err());
        assert!(CellRange::Seconds.check_difference(f64::NEG_INFINITY).is_ok());
    }

    #[test]
    fn limits_come_in_pairs_and_in_order() {
        assert!(check_limits(None, None).is_ok() && check_limits(Some(1.0), Some(f64::INFINITY)).is_ok());
        assert!(check_limits(Some(2.0), Some(1.0)).is_err() && check_limits(Some(2.0), None).is_err());
        assert!(check_limits(Some(1e300), Some(f64::INFINITY)).is_err());
    }

    #[test]
    fn each_measure_has_a_range() {
        assert_eq!(CellRange::of_run("attempts"), CellRange::Whole);
        assert_eq!(CellRange::of_run("table_mean"), CellRange::Count);
        assert_eq!(CellRange::of_run("stall_rate"), CellRange::Share);
        assert_eq!(CellRange::of_run("recovery_max_s"), CellRange::Seconds);
        assert_eq!(CellRange::of_run("handshake_wait_p99_s"), CellRange::Seconds);
        assert_eq!(CellRange::of_run("api_wait_mean_s"), CellRange::Finite);
        assert_eq!(CellRange::of_run("of_another_version"), CellRange::Unknown);
    }
}
