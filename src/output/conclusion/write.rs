//! How numbers are written in the conclusion and the report.

use crate::output::figure::Unit;

/// What stands for an undefined value.
pub(in crate::output) const UNDEFINED: &str = "–";

/// A value, or a dash.
pub(in crate::output) fn value(unit: Unit, value: Option<f64>) -> String {
    value.map_or_else(|| UNDEFINED.to_owned(), |value| unit.write(value))
}

/// The limits of an interval in brackets, to the last digit of the value `beside` them, and without the unit where that
/// has the same: `[1.05, 1.27]`; nothing if there is no interval.
pub(in crate::output) fn limits(unit: Unit, beside: Option<f64>, low: Option<f64>, high: Option<f64>) -> String {
    let (Some(low), Some(high)) = (low, high) else { return String::new() };
    let place = beside.filter(|value| *value != 0.0 && value.is_finite()).map_or(0.0, last_digit);
    // a larger limit shows fewer decimals than the value anyway, and must not be rounded twice
    let is_finer = |limit: f64| place > 0.0 && limit.abs() < beside.map_or(0.0, f64::abs);
    let rounded = |limit: f64| if is_finer(limit) { libm::round(limit / place) * place } else { limit };
    // A limit of a difference that is not zero does not read as zero beside a verdict.
    let rounded = |limit: f64| if unit.is_difference() && rounded(limit) == 0.0 { limit } else { rounded(limit) };
    let texts = [Some(rounded(low)), Some(rounded(high)), beside].map(|value| value.map(|value| unit.write(value)));
    let unit_of = |text: &str| text.rsplit_once(' ').map(|(_, unit)| unit.to_owned());
    let units: Vec<_> = texts.iter().flatten().map(|text| unit_of(text)).collect();
    let [low, high, _] = texts.map(Option::unwrap_or_default);
    match &units[0] {
        Some(shared) if units.iter().all(|unit| unit.as_deref() == Some(shared)) => {
            let bare = |text: &str| text.strip_suffix(&format!(" {shared}")).unwrap_or(text).to_owned();
            format!("[{}, {}]", bare(&low), bare(&high))
        }
        _ => format!("[{low}, {high}]"),
    }
}

/// The place of the last digit that is written: of the third, or of whole things.
fn last_digit(value: f64) -> f64 {
    libm::pow(10.0, libm::floor(libm::log10(value.abs())) - 2.0).min(1.0)
}

/// A value with its interval: `1.16 % [1.05, 1.27]`.
pub(in crate::output) fn estimate(unit: Unit, mean: Option<f64>, low: Option<f64>, high: Option<f64>) -> String {
    let (value, limits) = (value(unit, mean), limits(unit, mean, low, high));
    if limits.is_empty() { value } else { format!("{value} {limits}") }
}

/// A whole number of things, thousands set apart.
pub(in crate::output) fn count(number: u64) -> String {
    Unit::Count.write(number as f64)
}

/// `1 point`, `2 points`.
pub(in crate::output) fn plural(number: usize, one: &str, many: &str) -> String {
    format!("{} {}", count(number as u64), if number == 1 { one } else { many })
}

/// A number as it stands in the files, for what is sorted or shown on hovering; empty if undefined.
pub(in crate::output) fn exact(value: Option<f64>) -> String {
    crate::output::cell::number(value)
}

/// `stall_rate` as one would say it; names that are not here are said as they are.
pub(in crate::output) fn measure(name: &str) -> &str {
    match name {
        "stall_rate" => "Stall rate",
        "late_rate" => "Late rate",
        "create_failed" => "Creates that failed",
        "failure_rate" => "Attempts that never connected",
        "create_time_mean_s" => "Mean time of a create",
        "handshake_wait_p50_s" => "Median handshake wait",
        "handshake_wait_p99_s" => "99th percentile of the handshake wait",
        "time_to_connect_p50_s" => "Median time to connect",
        "time_to_connect_p99_s" => "99th percentile of the time to connect",
        "missing_fraction" => "Live peers that their gateway does not have",
        "stale_fraction" => "Records out of date",
        "revoked_exposure_mean_s" => "Time a revoked record stays, mean",
        "recovery_max_s" => "Time to recover from a fault, longest",
        "bus_sent" => "Messages sent over the bus",
        "api_fetches" => "Fetches served by the API",
        "api_lists" => "Lists served by the API",
        "table_mean" => "Records per gateway, mean",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_repeats_the_unit_only_where_it_changes() {
        let told = |mean, low, high| estimate(Unit::Seconds, Some(mean), Some(low), Some(high));
        assert_eq!(told(0.5, 0.4, 0.6), "500 ms [400, 600]");
        assert_eq!(told(0.98, 0.95, 1.02), "980 ms [950 ms, 1.02 s]");
        assert_eq!(told(1.02, 0.9972, 1.04), "1.02 s [1, 1.04]");
        assert_eq!(estimate(Unit::Share, Some(0.0116), Some(0.0105), Some(0.0127)), "1.16 % [1.05, 1.27]");
        assert_eq!(estimate(Unit::Count, Some(7448.0), Some(7377.4), Some(7518.2)), "7,448 [7,377, 7,518]");
        assert_eq!(estimate(Unit::Share, Some(1.89e-5), Some(4.68e-8), Some(1.57e-4)), "0.00189 % [0, 0.0157]");
        assert_eq!(estimate(Unit::Share, Some(0.0), Some(0.0), Some(6.92e-5)), "0 % [0, 0.00692]");
        assert_eq!(estimate(Unit::Share, Some(0.5), None, None), "50 %");
        assert_eq!(estimate(Unit::Share, None, None, None), "–");
        assert_eq!(estimate(Unit::Seconds, Some(f64::INFINITY), None, None), "never");
    }
}
