//! Measures in the sentences of answers: `a stall rate of at most 1 %`, `fewer stalled attempts`.

use crate::figure::words;
use crate::file::{Bound, Goal};
use crate::measure::Measure;
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
            format!("{word} {}", Unit::of(goal.measure.unit).write(goal.limit))
        }
    };
    if is_count {
        return format!("{amount} {measure}");
    }
    let article = if measure.starts_with(['a', 'e', 'i', 'o', 'u', 'A']) { "an" } else { "a" };
    format!("{article} {measure}{} {amount}", comma(&measure))
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
    fn of_numbers_there_are_more_or_fewer_and_other_measures_are_higher_or_lower() {
        assert_eq!(compared(measure("stall_rate"), -1, "a"), "a lower stall rate");
        assert_eq!(compared(measure("stalled"), 1, "the"), "more stalled attempts");
        assert_eq!(lowest(measure("late")), "the fewest late attempts");
    }
}
