//! How a number stands in a CSV file, and how it is read back.

use std::io::Write as _;

/// The shortest decimal that reads back as the same number; `inf` for infinite; empty for none.
///
/// ```
/// use pushpull::output::cell;
/// assert_eq!(cell::number(Some(0.1)), "0.1");
/// assert_eq!(cell::number(Some(20.0)), "20");
/// assert_eq!(cell::number(Some(1.5e-7)), "1.5e-7");
/// assert_eq!(cell::number(Some(f64::INFINITY)), "inf");
/// assert_eq!(cell::number(None), "");
/// ```
///
/// # Panics
/// If `value` is not a number: an undefined value is none.
#[must_use]
pub fn number(value: Option<f64>) -> String {
    let mut text = Vec::new();
    put(&mut text, value);
    String::from_utf8(text).expect("a number is ASCII")
}

/// Appends what [`number`] gives.
pub(super) fn put(text: &mut Vec<u8>, value: Option<f64>) {
    let Some(value) = value else { return };
    assert!(!value.is_nan(), "an undefined value is an empty cell, never NaN");
    let size = value.abs();
    if value == 0.0 {
        text.push(b'0');
    } else if let Some(billionths) = billionths(size) {
        if value < 0.0 {
            text.push(b'-');
        }
        put_billionths(text, billionths);
    } else if value.is_infinite() || (1e-5..1e16).contains(&size) {
        write!(text, "{value}").expect("memory takes every number");
    } else {
        write!(text, "{value:e}").expect("memory takes every number");
    }
}

/// How many billionths a number is, if it is the float that is nearest to so many and has fifteen digits at most.
///
/// Most cells are counts or times to the nanosecond. No two decimals of at most fifteen digits share a float, so these
/// digits are the shortest that read back as it, and nobody need search for them.
#[expect(clippy::float_cmp, reason = "a quotient is rounded as a decimal that is read")]
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "positive and below 1e15")]
fn billionths(size: f64) -> Option<u64> {
    if !(1e-5..1e6).contains(&size) {
        return None;
    }
    let billionths = (size * 1e9 + 0.5) as u64;
    (billionths as f64 / 1e9 == size).then_some(billionths)
}

fn put_billionths(text: &mut Vec<u8>, billionths: u64) {
    put_whole(text, billionths / 1_000_000_000);
    let mut rest = billionths % 1_000_000_000;
    if rest == 0 {
        return;
    }
    let mut decimals = *b".000000000";
    let mut end = decimals.len();
    while rest.is_multiple_of(10) {
        rest /= 10;
        end -= 1;
    }
    for decimal in decimals[1..end].iter_mut().rev() {
        *decimal = digit(rest % 10);
        rest /= 10;
    }
    text.extend_from_slice(&decimals[..end]);
}

/// Appends a whole number.
pub(super) fn put_whole(text: &mut Vec<u8>, mut value: u64) {
    if value < 10 {
        return text.push(digit(value));
    }
    let mut digits = [0; 20];
    let mut first = digits.len();
    loop {
        first -= 1;
        digits[first] = digit(value % 10);
        value /= 10;
        if value == 0 {
            break;
        }
    }
    text.extend_from_slice(&digits[first..]);
}

#[expect(clippy::cast_possible_truncation, reason = "below ten")]
const fn digit(value: u64) -> u8 {
    b'0' + value as u8
}

/// Reads what [`number`] wrote.
///
/// # Errors
/// If `cell` is neither empty nor a number.
pub fn read_number(cell: &str) -> Result<Option<f64>, String> {
    if cell.is_empty() {
        return Ok(None);
    }
    match cell.parse::<f64>() {
        Ok(value) if !value.is_nan() => Ok(Some(value)),
        _ => Err(format!("\"{cell}\" is not a number")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_with_few_digits_are_written_as_the_standard_library_writes_them() {
        let mut mixed = 1_u64;
        for _ in 0..200_000 {
            mixed = mixed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let whole = mixed >> 13;
            for billionths in [whole >> 1, whole >> (mixed % 48), whole / 1000 * 1000, whole / 1_000_000_000] {
                for value in [billionths as f64 / 1e9, -(billionths as f64 / 1e9), billionths as f64 * 1e-9] {
                    let expected = if value.abs() >= 1e-5 { format!("{value}") } else { format!("{value:e}") };
                    assert!(value == 0.0 || number(Some(value)) == expected, "{expected}");
                }
            }
        }
        for whole in [0, 9, 10, 12_345, u64::MAX] {
            let mut text = Vec::new();
            put_whole(&mut text, whole);
            assert_eq!(String::from_utf8(text), Ok(whole.to_string()));
        }
    }

    #[test]
    fn every_number_reads_back_as_itself() {
        for value in [0.0, 1.0, -2.5, 0.1 + 0.2, 1e-300, 123_456_789.123, 1e15, 1e16, 1e300, 5e-324, f64::INFINITY] {
            let text = number(Some(value));
            assert_eq!(read_number(&text), Ok(Some(value)), "{text}");
        }
        assert_eq!(number(Some(-0.0)), "0");
        assert_eq!(read_number(""), Ok(None));
        assert!(read_number("nan").is_err() && read_number("x").is_err());
    }
}
