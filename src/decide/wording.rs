//! Measures in the sentences of answers: `a stall rate of at most 1 %`, `fewer stalled attempts`.

use super::search::Judged;
use crate::figure::words;
use crate::file::{Bound, Goal};
use crate::measure::{Measure, is_rare};
use draw::figure::Unit;

/// The comma that closes a measure's name, if the name has one: `API wait, mean,`.
pub(super) fn comma(measure: &str) -> &'static str {
    if measure.contains(',') { "," } else { "" }
}

/// What a strategy has that keeps a limit or breaks it: `a stall rate of at most 1 %`, `more than 200 attempts`.
pub(super) fn limited(goal: &Goal, kept: bool) -> String {
    let measure = words(goal.measure.name);
    let is_count = goal.measure.unit == "count";
    let amount = match (kept, goal.bound, is_count) {
        (true, _, true) => goal.limit_in_words(),
        (true, _, false) => format!("of {}", goal.limit_in_words()),
        (false, bound, is_count) => {
            let word = match (bound, is_count) {
                (Bound::AtMost, true) => "more than",
                (Bound::AtMost, false) => "above",
                (Bound::AtLeast, true) => "fewer than",
                (Bound::AtLeast, false) => "below",
            };
            format!("{word} {}", goal.write(goal.limit))
        }
    };
    if is_count {
        return format!("{amount} {measure}");
    }
    let article = if measure.starts_with(['a', 'e', 'i', 'o', 'u', 'A']) { "an" } else { "a" };
    format!("{article} {measure}{} {amount}", comma(&measure))
}

/// An estimate with its limits: `0.12 % [0.1, 0.15]`; where nothing was seen, its upper limit alone; a rate by weighted
/// losses by its power of ten.
pub(super) fn estimated(measure: Measure, judged: Judged) -> String {
    let unit = Unit::of(measure.unit);
    let Judged { mean, low, high, .. } = judged;
    let is_share = measure.unit == "1";
    match (low.is_finite() && high.is_finite(), is_share && is_rare(measure.name)) {
        (true, true) => format!("{mean:.2e} [{low:.2e}, {high:.2e}]"),
        (false, true) => format!("{mean:.2e}"),
        (true, false) if is_share && mean == 0.0 && low == 0.0 && high > 0.0 => {
            format!("none seen, at most {}", unit.write(high))
        }
        (true, false) => unit.with_limits(mean, low, high),
        (false, false) => unit.write(mean),
    }
}

/// What the strategy has whose measure is lower (`-1`) or higher: `the lower stall rate`, `fewer attempts`.
pub(super) fn compared(measure: Measure, sign: i8, article: &str) -> String {
    let name = words(measure.name);
    match (measure.unit == "count", sign < 0) {
        (true, true) => format!("fewer {name}"),
        (true, false) => format!("more {name}"),
        (false, true) => format!("{article} lower {name}"),
        (false, false) => format!("{article} higher {name}"),
    }
}

/// What the best of several strategies has: `the lowest stall rate`, `the fewest attempts`.
pub(super) fn lowest(measure: Measure) -> String {
    let name = words(measure.name);
    if measure.unit == "count" { format!("the fewest {name}") } else { format!("the lowest {name}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::{MEASURES, measure_index};

    fn measure(name: &str) -> Measure {
        MEASURES[measure_index(name).expect("a measure")]
    }

    #[test]
    fn limits_read_as_english_whether_they_are_kept_or_not() {
        let told = |name: &str, bound, limit, kept| limited(&Goal { measure: measure(name), bound, limit }, kept);
        assert_eq!(told("stall_rate", Bound::AtMost, 0.01, true), "a stall rate of at most 1 %");
        assert_eq!(told("stall_rate", Bound::AtMost, 0.01, false), "a stall rate above 1 %");
        assert_eq!(told("stalled", Bound::AtMost, 3.0, true), "at most 3 stalled attempts");
        assert_eq!(told("attempts", Bound::AtLeast, 500.0, false), "fewer than 500 attempts");
        assert_eq!(told("api_wait_mean_s", Bound::AtMost, 0.005, true), "an API wait, mean, of at most 5 ms");
        assert_eq!(told("api_wait_mean_s", Bound::AtLeast, 0.005, false), "an API wait, mean, below 5 ms");
    }

    #[test]
    fn small_rates_are_told_by_their_power_of_ten_and_what_was_not_seen_by_its_upper_limit() {
        let told = |name: &str, mean, low, high| estimated(measure(name), Judged::within(mean, low, high));
        assert_eq!(told("stall_rate", 0.0, 0.0, 2.78e-4), "none seen, at most 0.0278 %");
        assert_eq!(told("stall_rate", 0.01, 0.0, 0.02), "1.00 % [0.00, 2.00]");
        assert_eq!(told("stall_rate_rare", 1.2e-6, 1e-6, 1.4e-6), "1.20e-6 [1.00e-6, 1.40e-6]");
        assert_eq!(told("stall_rate_rare", 1.2e-6, f64::NEG_INFINITY, f64::INFINITY), "1.20e-6");
        let goal = Goal { measure: measure("stall_rate_rare"), bound: Bound::AtMost, limit: 1e-5 };
        assert_eq!(limited(&goal, true), "a rate of stalls by lost configs of at most 1e-5");
    }

    #[test]
    fn of_numbers_there_are_more_or_fewer_and_other_measures_are_higher_or_lower() {
        assert_eq!(compared(measure("stall_rate"), -1, "a"), "a lower stall rate");
        assert_eq!(compared(measure("stalled"), 1, "the"), "more stalled attempts");
        assert_eq!(lowest(measure("late")), "the fewest late attempts");
    }
}
