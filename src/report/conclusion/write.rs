//! How numbers are written in the conclusion and the report.

use draw::figure::Unit;

/// The sign for an undefined value.
pub(crate) const UNDEFINED: &str = "–";

/// A value, or a dash.
pub(crate) fn value(unit: Unit, value: Option<f64>) -> String {
    value.map_or_else(|| UNDEFINED.to_owned(), |value| unit.write(value))
}

/// The limits of an interval in brackets, to the decimals of the value `beside` them: `[1.05, 1.27]`; nothing if there is
/// no interval.
pub(crate) fn limits(unit: Unit, beside: Option<f64>, low: Option<f64>, high: Option<f64>) -> String {
    let (Some(beside), Some(low), Some(high)) = (beside, low, high) else { return String::new() };
    unit.limits(beside, low, high)
}

/// A value with its interval: `1.16 % [1.05, 1.27]`.
pub(crate) fn estimate(unit: Unit, mean: Option<f64>, low: Option<f64>, high: Option<f64>) -> String {
    match (mean, low, high) {
        (Some(mean), Some(low), Some(high)) => unit.with_limits(mean, low, high),
        _ => value(unit, mean),
    }
}

/// A difference of shares in percentage points, without the unit. It has `decimals`. If there are none, or if it would
/// read as zero, it has three significant digits.
pub(crate) fn points(value: f64, decimals: Option<usize>) -> String {
    match decimals.map(|decimals| format!("{:.decimals$}", (value * 100.0).abs())) {
        Some(text) if text.contains(|digit| ('1'..='9').contains(&digit)) => {
            format!("{}{text}", if value < 0.0 { "−" } else { "+" })
        }
        _ => Unit::SharePoints.tick(value),
    }
}

/// A whole number of things, thousands set apart.
pub(crate) fn count(number: u64) -> String {
    Unit::Count.write(number as f64)
}

/// `1 point`, `2 points`.
pub(crate) fn plural(number: usize, one: &str, many: &str) -> String {
    format!("{} {}", count(number as u64), if number == 1 { one } else { many })
}

/// A number as it stands in the files, for what is sorted or shown on hovering; empty if undefined.
pub(crate) fn exact(value: Option<f64>) -> String {
    crate::folder::cell::number(value)
}

/// `stall_rate` as one would say it; names that are not here are said as they are.
pub(crate) fn measure(name: &str) -> &str {
    match name {
        "stall_rate" => "Stall rate",
        "late_rate" => "Late rate",
        "create_failed" => "Creates that failed",
        "failure_rate" => "Attempts that never connected, without failed creates",
        "create_time_mean_s" => "Mean time of a create",
        "handshake_wait_p50_s" => "Median handshake wait",
        "handshake_wait_p99_s" => "99th percentile of the handshake wait",
        "time_to_connect_p50_s" => "Median time to connect",
        "time_to_connect_p99_s" => "99th percentile of the time to connect",
        "missing_fraction" => "Live peers that their gateway does not have",
        "stale_fraction" => "Records out of date",
        "revoked_exposure_mean_s" => "Time a revoked record stays, mean",
        "recovery_max_s" => "Time until stalls are back after a fault, longest",
        "bus_sent" => "Messages sent over the bus",
        "watch_events" => "Versions and removals sent on streams",
        "api_creates" => "Creates that reached the API",
        "api_watches" => "Requests to watch that reached the API",
        "api_fetches" => "Fetches that reached the API",
        "api_lists" => "Lists that reached the API",
        "table_mean" => "Records per gateway, mean",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::MEASURES;

    #[test]
    fn every_measure_of_load_is_said_in_words() {
        for name in MEASURES.iter().filter(|measure| measure.load.is_some()).map(|measure| measure.name) {
            assert_ne!(measure(name), name);
        }
    }

    #[test]
    fn a_difference_is_written_with_the_decimals_of_the_one_before_it() {
        assert_eq!(points(-0.014, Some(2)), "−1.40");
        assert_eq!(points(-0.00334, Some(2)), "−0.33");
        assert_eq!(points(0.00002, Some(2)), "+0.002", "no difference reads as zero");
        assert_eq!(points(-0.00934, Some(0)), "−1");
        assert_eq!(points(-0.00334, None), "−0.334");
    }

    #[test]
    fn limits_keep_their_zeros() {
        let seconds = |mean, low, high| estimate(Unit::Seconds, Some(mean), Some(low), Some(high));
        assert_eq!(seconds(0.5, 0.4, 0.6), "500 ms [400, 600]");
        assert_eq!(seconds(1.02, 0.9972, 1.04), "1.02 s [1.00, 1.04]");
        assert_eq!(estimate(Unit::Share, Some(0.0874), Some(0.0858), Some(0.089)), "8.74 % [8.58, 8.90]");
        assert_eq!(limits(Unit::Share, Some(0.0874), Some(0.0858), Some(0.089)), "[8.58, 8.90]");
        assert_eq!(estimate(Unit::Count, Some(7448.0), Some(7377.4), Some(7518.2)), "7,448 [7,377, 7,518]");
        assert_eq!(estimate(Unit::Share, Some(0.5), None, None), "50 %");
        assert_eq!(estimate(Unit::Share, None, None, None), "–");
        assert_eq!(estimate(Unit::Seconds, Some(f64::INFINITY), None, None), "never");
    }
}
