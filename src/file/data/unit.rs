//! Times and durations in the cells of a file: numbers in a unit, durations with their unit, clock times.

use std::fmt;

use toml::value::{Datetime, Offset};

use super::super::quantity::{DURATION_MAX, parse_duration};
use des::{Duration, NANOS_PER_SECOND};

/// The unit of a column.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum ColumnUnit {
    Nanoseconds,
    Microseconds,
    Milliseconds,
    Seconds,
    /// Dates with a time of day, as RFC 3339 writes them; without an offset they are UTC.
    Iso8601,
}

impl ColumnUnit {
    /// Their names in an experiment file.
    pub(crate) const NAMES: [(&'static str, Self); 5] = [
        ("ns", Self::Nanoseconds),
        ("us", Self::Microseconds),
        ("ms", Self::Milliseconds),
        ("s", Self::Seconds),
        ("iso8601", Self::Iso8601),
    ];

    /// What the name of a column says about its unit.
    pub(crate) fn of_column(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        let end = name.rsplit('_').next().filter(|end| *end != name || *end == "seconds")?;
        match end {
            "seconds" => Some(Self::Seconds),
            end => Self::NAMES[..4].iter().find(|(unit, _)| *unit == end).map(|(_, unit)| *unit),
        }
    }

    /// How many of it make a second.
    const fn per_second(self) -> u64 {
        match self {
            Self::Nanoseconds => 1_000_000_000,
            Self::Microseconds => 1_000_000,
            Self::Milliseconds => 1_000,
            Self::Seconds | Self::Iso8601 => 1,
        }
    }
}

impl fmt::Display for ColumnUnit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nanoseconds => "nanoseconds",
            Self::Microseconds => "microseconds",
            Self::Milliseconds => "milliseconds",
            Self::Seconds => "seconds",
            Self::Iso8601 => "a time such as 2024-01-31T12:00:00.5Z",
        })
    }
}

/// What was found in a cell, and what is accepted.
pub(crate) fn refused(cell: &str, accepted: impl fmt::Display) -> String {
    let shown: String = cell.chars().take(60).collect();
    format!("found {shown:?}, accepted: {accepted}")
}

/// A duration in seconds: a number in `unit`, or without one a duration that carries its own.
pub(crate) fn seconds(cell: &str, unit: Option<ColumnUnit>) -> Result<f64, String> {
    let Some(unit) = unit else {
        return parse_duration(cell).map(Duration::as_secs_f64).map_err(|_| {
            refused(
                cell,
                "a duration with its unit such as 12ms, or a number if the experiment says unit = \"ms\" (ns us ms s)",
            )
        });
    };
    let most = DURATION_MAX.as_secs_f64();
    let read = cell.parse::<f64>().ok().map(|number| number / unit.per_second() as f64);
    read.filter(|seconds| (0.0..=most).contains(seconds))
        .ok_or_else(|| refused(cell, format_args!("{unit}, from 0 to {}", most * unit.per_second() as f64)))
}

/// An instant in nanoseconds from some origin, exactly.
pub(crate) fn instant(cell: &str, unit: ColumnUnit) -> Result<i128, String> {
    if unit == ColumnUnit::Iso8601 {
        return clock(cell).ok_or_else(|| refused(cell, unit));
    }
    let nanos = i128::from(NANOS_PER_SECOND / unit.per_second());
    decimal(cell, nanos).ok_or_else(|| refused(cell, format_args!("{unit}, as a number")))
}

/// `text`, digits possibly with decimals and an exponent, times `nanos`, rounded to the nearest whole.
fn decimal(text: &str, nanos: i128) -> Option<i128> {
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (whole, decimals) = digits.split_once('.').unwrap_or((digits, ""));
    let plain = |text: &str| text.len() <= 20 && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = |text: &str| if text.is_empty() { Some(0) } else { text.parse::<i128>().ok() };
    let value = if plain(whole) && plain(decimals) && !(whole.is_empty() && decimals.is_empty()) {
        let denominator = 10_i128.pow(u32::try_from(decimals.len()).ok()?);
        number(whole)? * nanos + (number(decimals)? * nanos * 2 + denominator) / (2 * denominator)
    } else {
        // with an exponent, as spreadsheets write large numbers
        let number = digits.parse::<f64>().ok().filter(|number| number.is_finite() && *number < 1e20)?;
        #[expect(clippy::cast_possible_truncation, reason = "below 1e29")]
        let rounded = libm::round(number * nanos as f64) as i128;
        rounded
    };
    Some(if negative { -value } else { value })
}

/// Nanoseconds from 1970 of a date with a time of day.
fn clock(text: &str) -> Option<i128> {
    let Datetime { date: Some(date), time: Some(time), offset } = text.trim().parse().ok()? else { return None };
    let minutes = match offset {
        None | Some(Offset::Z) => 0,
        Some(Offset::Custom { minutes }) => i128::from(minutes),
    };
    let days = days_from_civil(i128::from(date.year), i128::from(date.month), i128::from(date.day));
    let second = time.second.unwrap_or_default();
    let of_day = (i128::from(time.hour) * 60 + i128::from(time.minute) - minutes) * 60 + i128::from(second);
    let nanosecond = time.nanosecond.unwrap_or_default();
    Some((days * 86_400 + of_day) * i128::from(NANOS_PER_SECOND) + i128::from(nanosecond))
}

/// Days from 1970-01-01 in the Gregorian calendar: years are counted from March, so that the leap day is the last.
fn days_from_civil(year: i128, month: i128, day: i128) -> i128 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clock_times_are_counted_from_1970() {
        let second = i128::from(NANOS_PER_SECOND);
        for (text, nanos) in [
            ("1970-01-01T00:00:00Z", 0),
            ("1970-01-01 00:00:01", second),
            ("2000-03-01T00:00:00Z", 951_868_800 * second),
            ("2024-02-29T23:59:59.25Z", 1_709_251_199 * second + 250_000_000),
            ("2024-02-29T23:59:59.000000001+02:00", 1_709_243_999 * second + 1),
            ("1969-12-31T23:59:59Z", -second),
        ] {
            assert_eq!(instant(text, ColumnUnit::Iso8601), Ok(nanos), "{text}");
        }
        for text in [
            "2024-02-30T00:00:00Z",
            "2023-02-29T00:00:00Z",
            "2024-01-01",
            "12:00:00",
            "2024-13-01T00:00:00Z",
            "now",
            "",
        ] {
            assert!(instant(text, ColumnUnit::Iso8601).is_err(), "{text}");
        }
    }

    #[test]
    fn instants_keep_every_nanosecond() {
        assert_eq!(instant("1709251199250000001", ColumnUnit::Nanoseconds), Ok(1_709_251_199_250_000_001));
        assert_eq!(instant("1709251199.250000001", ColumnUnit::Seconds), Ok(1_709_251_199_250_000_001));
        assert_eq!(instant("1.5e3", ColumnUnit::Milliseconds), Ok(1_500_000_000));
        assert_eq!(instant("99999999999999999999.99999999999999999999", ColumnUnit::Seconds), Ok(10_i128.pow(29)));
        assert_eq!(instant(".0000000005", ColumnUnit::Seconds), Ok(1));
        assert_eq!(instant("-2", ColumnUnit::Seconds), Ok(-2_000_000_000));
        for text in ["", "-", ".", "1.2.3", "nan", "inf", "1e300", "x", "0x10"] {
            assert!(instant(text, ColumnUnit::Seconds).is_err(), "{text}");
        }
    }

    #[test]
    fn a_column_may_name_its_unit() {
        for (name, unit) in [
            ("seconds", Some(ColumnUnit::Seconds)),
            ("t_s", Some(ColumnUnit::Seconds)),
            ("latency_ms", Some(ColumnUnit::Milliseconds)),
            ("rpc_duration_seconds", Some(ColumnUnit::Seconds)),
            ("Latency_US", Some(ColumnUnit::Microseconds)),
            ("ms", None),
            ("latency", None),
            ("", None),
        ] {
            assert_eq!(ColumnUnit::of_column(name), unit, "{name}");
        }
    }

    #[test]
    fn durations_are_numbers_in_a_unit_or_carry_their_own() {
        assert_eq!(seconds("5", Some(ColumnUnit::Milliseconds)), Ok(0.005));
        assert_eq!(seconds("635.91us", None), Ok(0.000_635_91));
        assert_eq!(
            seconds("x", Some(ColumnUnit::Seconds)).unwrap_err(),
            "found \"x\", accepted: seconds, from 0 to 3153600000"
        );
        let words = seconds("5", None).unwrap_err();
        assert!(words.contains("unit = \"ms\""), "{words}");
    }
}
