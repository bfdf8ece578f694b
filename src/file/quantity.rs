//! Durations and rates as text: `"20ms"`, `"1h30m"`, `"5/s"`.
//!
//! Inside the program types carry the unit; it is written out only here, where text enters or leaves.

use std::fmt::Write as _;

use des::{Duration, NANOS_PER_SECOND};

/// The longest duration that a file may hold: 36500 days, a hundred years, a sixth of what the clock can count.
pub(crate) const DURATION_MAX: Duration = Duration::from_secs(36_500 * 86_400);

const TOO_LONG: &str = "it is longer than 36500d";

/// The largest rate that a file may hold, per second.
pub(crate) const RATE_MAX: f64 = 1e9;

/// Units of a duration, largest first, with their nanoseconds.
const UNITS: [(&str, u64); 7] = [
    ("d", 86_400 * NANOS_PER_SECOND),
    ("h", 3_600 * NANOS_PER_SECOND),
    ("m", 60 * NANOS_PER_SECOND),
    ("s", NANOS_PER_SECOND),
    ("ms", 1_000_000),
    ("us", 1_000),
    ("ns", 1),
];

/// Reads a duration: one or more numbers, each with a unit (`ns us ms s m h d`), larger units first.
///
/// A number may have decimals; what they add is rounded to the nearest nanosecond.
///
/// ```
/// use pushpull::file::parse_duration;
/// assert_eq!(parse_duration("1h30m").unwrap().as_nanos(), 5_400_000_000_000);
/// assert_eq!(parse_duration("1.5ms").unwrap().as_nanos(), 1_500_000);
/// assert!(parse_duration("5").is_err());
/// ```
///
/// # Errors
/// What is wrong, as the end of a sentence: `it has no unit`.
pub fn parse_duration(text: &str) -> Result<Duration, &'static str> {
    let mut rest = text;
    let mut total: u128 = 0;
    let mut smallest = u64::MAX;
    if rest.is_empty() {
        return Err("it is empty");
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (number, tail) = rest.split_at(digits);
        if number.is_empty() {
            return Err(if tail.starts_with('-') { "it is negative" } else { "a number is missing before a unit" });
        }
        let end = tail.find(|c: char| !c.is_alphabetic()).unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(end);
        if unit.is_empty() {
            return Err("it has no unit");
        }
        // µ as the micro sign and as the Greek letter
        let unit = if unit == "µs" || unit == "μs" { "us" } else { unit };
        let Some(&(_, nanos)) = UNITS.iter().find(|(name, _)| *name == unit) else {
            return Err("its unit is unknown");
        };
        if nanos >= smallest {
            return Err("larger units come first, each once");
        }
        smallest = nanos;
        total += scaled(number, nanos)?;
        rest = tail;
    }
    let nanos = u64::try_from(total).map_err(|_| TOO_LONG)?;
    if nanos > DURATION_MAX.as_nanos() {
        return Err(TOO_LONG);
    }
    Ok(Duration::from_nanos(nanos))
}

/// `number` (digits, possibly with decimals) times `nanos`, rounded to the nearest whole.
fn scaled(number: &str, nanos: u64) -> Result<u128, &'static str> {
    const MALFORMED: &str = "it is not a number with a unit";
    let (whole, decimals) = number.split_once('.').unwrap_or((number, ""));
    if (whole.is_empty() && decimals.is_empty()) || decimals.contains('.') || number.ends_with('.') {
        return Err(MALFORMED);
    }
    if whole.len() > 19 || decimals.len() > 18 {
        return Err("it has more than 19 digits, or 18 decimals");
    }
    let parse = |digits: &str| if digits.is_empty() { Ok(0) } else { digits.parse::<u128>().map_err(|_| MALFORMED) };
    let denominator = 10_u128.pow(u32::try_from(decimals.len()).map_err(|_| MALFORMED)?);
    let numerator = parse(whole)? * denominator + parse(decimals)?;
    let twice = numerator.checked_mul(u128::from(nanos) * 2).and_then(|twice| twice.checked_add(denominator));
    Ok(twice.ok_or(TOO_LONG)? / (2 * denominator))
}

/// Writes a duration so that [`parse_duration`] reads it back exactly.
///
/// ```
/// use des::Duration;
/// use pushpull::file::format_duration;
/// assert_eq!(format_duration(Duration::from_secs(5_400)), "1h30m");
/// assert_eq!(format_duration(Duration::from_micros(31_622)), "31.622ms");
/// ```
#[must_use]
pub fn format_duration(duration: Duration) -> String {
    let nanos = duration.as_nanos();
    if nanos == 0 {
        return "0s".to_owned();
    }
    if nanos.is_multiple_of(NANOS_PER_SECOND) {
        let mut rest = nanos;
        let mut text = String::new();
        for (name, size) in &UNITS[..4] {
            if rest >= *size {
                let _ = write!(text, "{}{name}", rest / size);
                rest %= size;
            }
        }
        return text;
    }
    let (name, size) = UNITS[3..].iter().find(|(_, size)| nanos >= *size).unwrap_or(&UNITS[6]);
    let (whole, part) = (nanos / size, nanos % size);
    if part == 0 {
        return format!("{whole}{name}");
    }
    let width = size.ilog10() as usize;
    format!("{whole}.{}{name}", format!("{part:0width$}").trim_end_matches('0'))
}

/// Reads a rate, per second: a number, a slash and `s`, `min`, `h` or `d`.
///
/// ```
/// use pushpull::file::parse_rate;
/// assert_eq!(parse_rate("300/min"), Ok(5.0));
/// assert!(parse_rate("5").is_err());
/// ```
///
/// # Errors
/// What is wrong, as the end of a sentence.
pub fn parse_rate(text: &str) -> Result<f64, &'static str> {
    let (number, unit) = text.split_once('/').ok_or("it has no unit")?;
    let seconds = match unit.trim_start() {
        "s" => 1.0,
        "min" => 60.0,
        "h" => 3_600.0,
        "d" => 86_400.0,
        _ => return Err("its unit is unknown"),
    };
    let number = number.trim_end();
    if !number.starts_with(|c: char| c.is_ascii_digit() || c == '.' || c == '-' || c == '+') {
        return Err("it is not a number with a unit");
    }
    let rate = number.parse::<f64>().map_err(|_| "it is not a number with a unit")? / seconds;
    match rate {
        rate if rate < 0.0 => Err("it is negative"),
        rate if rate <= RATE_MAX => Ok(rate),
        _ => Err("it is above 1e9/s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_the_sum_of_its_parts() {
        for (text, nanos) in [
            ("0s", 0),
            ("1ns", 1),
            ("10us", 10_000),
            ("10µs", 10_000),
            ("333ms", 333_000_000),
            ("1h30m", 5_400 * NANOS_PER_SECOND),
            ("1d2h3m4s5ms6us7ns", 93_784_005_006_007),
            ("0.5s", 500_000_000),
            (".5s", 500_000_000),
            ("0.6ns", 1),
        ] {
            assert_eq!(parse_duration(text).map(Duration::as_nanos), Ok(nanos), "{text}");
        }
    }

    #[test]
    fn a_duration_that_cannot_be_read_says_why() {
        for (text, why) in [
            ("", "it is empty"),
            ("5", "it has no unit"),
            ("5.", "it has no unit"),
            ("1h30", "it has no unit"),
            ("-5s", "it is negative"),
            ("ms", "a number is missing before a unit"),
            ("5 s", "it has no unit"),
            ("5sec", "its unit is unknown"),
            ("5S", "its unit is unknown"),
            ("5.s", "it is not a number with a unit"),
            ("1.2.3s", "it is not a number with a unit"),
            ("30m1h", "larger units come first, each once"),
            ("9999999999999999999.999999999999999999d", "it is longer than 36500d"),
            ("1s1s", "larger units come first, each once"),
            ("36501d", "it is longer than 36500d"),
            ("99999999999999999999d", "it has more than 19 digits, or 18 decimals"),
        ] {
            assert_eq!(parse_duration(text), Err(why), "{text}");
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        for nanos in [0, 1, 999, 1_000, 1_500, 31_622_777, 1_000_000_000, 1_000_000_001, 5_400_000_000_000] {
            let text = format_duration(Duration::from_nanos(nanos));
            assert_eq!(parse_duration(&text).map(Duration::as_nanos), Ok(nanos), "{text}");
        }
        assert_eq!(format_duration(Duration::from_nanos(1_000_000_001)), "1.000000001s");
        assert_eq!(format_duration(Duration::from_secs(86_400)), "1d");
    }

    #[test]
    fn rates_are_per_second() {
        assert_eq!(parse_rate("5/s"), Ok(5.0));
        assert_eq!(parse_rate("7200/h"), Ok(2.0));
        assert_eq!(parse_rate("0/s"), Ok(0.0));
        assert_eq!(parse_rate("5/m"), Err("its unit is unknown"));
        assert_eq!(parse_rate("-1/s"), Err("it is negative"));
        assert_eq!(parse_rate("inf/s"), Err("it is not a number with a unit"));
        assert_eq!(parse_rate("1e12/s"), Err("it is above 1e9/s"));
        assert_eq!(parse_rate("x/s"), Err("it is not a number with a unit"));
    }
}
