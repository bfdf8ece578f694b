//! A duration as text for readers.

use des::Duration;

/// Three to five digits and a unit: `340 µs`, `71.2 ms`, `5.316 s`, `12m04s`.
#[must_use]
pub fn length(duration: Duration) -> String {
    let nanos = duration.as_nanos();
    match nanos {
        0 => "0 s".to_owned(),
        1..1_000_000 => format!("{:.0} µs", nanos as f64 / 1e3),
        1_000_000..999_950_000 => format!("{:.1} ms", nanos as f64 / 1e6),
        999_950_000..120_000_000_000 => format!("{:.3} s", nanos as f64 / 1e9),
        _ => {
            let seconds = (nanos + 500_000_000) / 1_000_000_000;
            format!("{}m{:02}s", seconds / 60, seconds % 60)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_has_the_unit_that_suits_it() {
        for (nanos, text) in [
            (0, "0 s"),
            (340_499, "340 µs"),
            (71_240_000, "71.2 ms"),
            (999_960_000, "1.000 s"),
            (5_316_400_000, "5.316 s"),
            (724_400_000_000, "12m04s"),
        ] {
            assert_eq!(length(Duration::from_nanos(nanos)), text);
        }
    }
}
