//! Numbers as cells of a CSV file: writing and reading.

use std::io::Write as _;

/// The shortest decimal that reads back as the same number; `inf` for infinite; empty for none.
///
/// ```
/// use pushpull::folder::cell;
/// assert_eq!(cell::number(Some(0.1)), "0.1");
/// assert_eq!(cell::number(Some(20.0)), "20");
/// assert_eq!(cell::number(Some(1.5e-7)), "1.5e-7");
/// assert_eq!(cell::number(Some(f64::INFINITY)), "inf");
/// assert_eq!(cell::number(None), "");
/// ```
///
/// # Panics
/// If `value` is NaN: an undefined value is none.
#[must_use]
pub fn number(value: Option<f64>) -> String {
    let mut text = Vec::new();
    put(&mut text, value);
    String::from_utf8(text).expect("a number is ASCII")
}

/// Appends what [`number`] gives.
pub(crate) fn put(text: &mut Vec<u8>, value: Option<f64>) {
    let Some(value) = value else { return };
    assert!(!value.is_nan(), "an undefined value is an empty cell, never NaN");
    let size = value.abs();
    if value == 0.0 {
        text.push(b'0');
    } else if value.is_infinite() || (1e-5..1e16).contains(&size) {
        write!(text, "{value}").expect("memory takes every number");
    } else {
        write!(text, "{value:e}").expect("memory takes every number");
    }
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
        Ok(value) if value.is_finite() || matches!(cell, "inf" | "-inf") => Ok(Some(value)),
        _ => Err(format!("\"{cell}\" is not a number")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_reads_back_as_itself() {
        for value in [0.0, 1.0, -2.5, 0.1 + 0.2, 1e-300, 123_456_789.123, 1e15, 1e16, 1e300, 5e-324, f64::INFINITY] {
            let text = number(Some(value));
            assert_eq!(read_number(&text), Ok(Some(value)), "{text}");
        }
        assert_eq!(number(Some(-0.0)), "0");
        assert_eq!(read_number(""), Ok(None));
        for cell in ["nan", "x", "1e400", "infinity", "+inf"] {
            assert!(read_number(cell).is_err(), "{cell}");
        }
    }
}
