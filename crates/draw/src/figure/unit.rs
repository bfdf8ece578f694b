//! Units of axes and values, and how a value is written in them.

/// A unit. A value is held in the base unit and written in the unit of a suitable size.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unit {
    /// No unit.
    None,
    /// A fraction of one, written in percent.
    Share,
    /// A difference of two fractions, written in percentage points with its sign.
    SharePoints,
    /// Seconds, written in µs, ms, s, min or h.
    Seconds,
    /// A difference of two durations, written with its sign.
    SecondsDifference,
    /// A number of things.
    Count,
    /// A difference of two numbers, written with its sign.
    CountDifference,
}

impl Unit {
    /// The unit of a measure's column: `s`, `1` or `count`.
    #[must_use]
    pub fn of(column: &str) -> Self {
        match column {
            "s" => Self::Seconds,
            "1" => Self::Share,
            "count" => Self::Count,
            _ => Self::None,
        }
    }

    /// The unit of a difference of two values.
    #[must_use]
    pub const fn difference(self) -> Self {
        match self {
            Self::Share => Self::SharePoints,
            Self::Seconds => Self::SecondsDifference,
            Self::Count | Self::None => Self::CountDifference,
            signed => signed,
        }
    }

    /// Whether this is the unit of a difference.
    #[must_use]
    pub const fn is_difference(self) -> bool {
        matches!(self, Self::SharePoints | Self::SecondsDifference | Self::CountDifference)
    }

    /// The unit behind the label of an axis, if the ticks do not carry units.
    #[must_use]
    pub const fn suffix(self) -> &'static str {
        match self {
            Self::SharePoints => "percentage points",
            _ => "",
        }
    }

    /// Writes a value with its unit to three significant digits: `1.19 %`, `82.3 ms`.
    ///
    /// ```
    /// use draw::figure::Unit;
    /// assert_eq!(Unit::Share.write(0.011_94), "1.19 %");
    /// assert_eq!(Unit::Share.write(2.06e-5), "0.00206 %");
    /// assert_eq!(Unit::Share.write(0.999_581), "99.9581 %");
    /// assert_eq!(Unit::Seconds.write(0.0823), "82.3 ms");
    /// assert_eq!(Unit::Seconds.write(90.0), "90 s");
    /// assert_eq!(Unit::Seconds.write(f64::INFINITY), "never");
    /// assert_eq!(Unit::SharePoints.write(-0.0047), "−0.47 pp");
    /// assert_eq!(Unit::Count.write(12_345.0), "12,345");
    /// assert_eq!(Unit::Count.write(-40.2), "−40.2");
    /// ```
    #[must_use]
    pub fn write(self, value: f64) -> String {
        if value.is_infinite() && matches!(self, Self::Seconds) {
            return "never".to_owned();
        }
        match self {
            Self::None => digits(value),
            Self::Count => grouped(value),
            Self::Share => format!("{} %", percent(value)),
            Self::SharePoints => format!("{} pp", signed(value, digits(value.abs() * 100.0))),
            Self::Seconds => seconds(value),
            Self::SecondsDifference => signed(value, seconds(value.abs())),
            Self::CountDifference => signed(value, grouped(value.abs())),
        }
    }

    /// Writes a value for a narrow place: a share in percent without the sign, and to two digits.
    ///
    /// ```
    /// use draw::figure::Unit;
    /// assert_eq!(Unit::Share.brief(0.011_94), "1.2");
    /// assert_eq!(Unit::Share.brief(0.851_1), "85");
    /// assert_eq!(Unit::Share.brief(2.06e-5), "0.0021");
    /// assert_eq!(Unit::Seconds.brief(0.0823), "82.3 ms");
    /// ```
    #[must_use]
    pub fn brief(self, value: f64) -> String {
        match self {
            Self::Share => significant(value * 100.0, 2),
            other => other.write(value),
        }
    }

    /// Writes a value with the limits of its interval, all with the same number of decimals, so that limits keep their
    /// zeros. The value has three significant digits; if the value is zero, the larger limit has three. Near 100 % the
    /// distance to 100 % has three instead. A limit of a difference that is not zero does not read as zero.
    ///
    /// ```
    /// use draw::figure::Unit;
    /// assert_eq!(Unit::Share.with_limits(0.087, 0.0858, 0.089), "8.70 % [8.58, 8.90]");
    /// assert_eq!(Unit::Share.with_limits(0.0, 0.0, 1.234e-4), "0.0000 % [0.0000, 0.0123]");
    /// assert_eq!(Unit::Share.with_limits(1.0, 0.999_58, 1.0), "100.0000 % [99.9580, 100.0000]");
    /// assert_eq!(Unit::Share.with_limits(0.999_9, 0.999_8, 1.0), "99.9900 % [99.9800, 100.0000]");
    /// assert_eq!(Unit::Share.with_limits(0.995, 0.99, 1.0), "99.5 % [99.0, 100.0]");
    /// assert_eq!(Unit::Share.with_limits(1.0, 1.0, 1.0), "100 % [100, 100]");
    /// assert_eq!(Unit::Seconds.with_limits(0.0823, 0.08, 0.1), "82.3 ms [80.0, 100.0]");
    /// assert_eq!(Unit::SharePoints.with_limits(-0.0047, -0.0093, -0.00001), "−0.470 pp [−0.930, −0.001]");
    /// assert_eq!(Unit::SharePoints.with_limits(-0.0047, -0.0093, -1e-192), "−0.470 pp [−0.930, −1e-190]");
    /// assert_eq!(Unit::Share.with_limits(0.1, 1e-192, 0.2), "10.0 % [0.0, 20.0]");
    /// assert_eq!(Unit::Count.with_limits(12_345.0, 999.0, 20_000.0), "12,345 [999, 20,000]");
    /// assert_eq!(Unit::Seconds.with_limits(f64::INFINITY, 2.0, f64::INFINITY), "never [2 s, never]");
    /// ```
    #[must_use]
    pub fn with_limits(self, value: f64, low: f64, high: f64) -> String {
        let (value, limits) = self.value_and_limits(value, low, high);
        format!("{value} {limits}")
    }

    /// The limits alone, as [`with_limits`](Self::with_limits) writes them beside a value.
    ///
    /// ```
    /// use draw::figure::Unit;
    /// assert_eq!(Unit::Share.limits(0.087, 0.0858, 0.089), "[8.58, 8.90]");
    /// ```
    #[must_use]
    pub fn limits(self, value: f64, low: f64, high: f64) -> String {
        self.value_and_limits(value, low, high).1
    }

    /// The number of decimals with which [`with_limits`](Self::with_limits) writes a value and its limits, all of them
    /// finite.
    ///
    /// ```
    /// use draw::figure::Unit;
    /// assert_eq!(Unit::SharePoints.decimals_with_limits(-0.0873, -0.0895, -0.085), 2);
    /// ```
    #[must_use]
    pub fn decimals_with_limits(self, value: f64, low: f64, high: f64) -> usize {
        let size = size_with_limits(value, low, high);
        let (factor, _) = self.scale(size);
        let from_whole = if value < 1.0 { 1.0 - value } else { 1.0 - low };
        let fewest = if matches!(self, Self::Share) && is_next_to_whole(value) && from_whole > ROUNDING {
            decimals(from_whole * factor)
        } else {
            decimals(size * factor)
        };
        let mut decimals = fewest;
        while self.is_difference()
            && decimals < 12
            && [low, high].into_iter().any(|limit| reads_as_zero(limit * factor, decimals))
        {
            decimals += 1;
        }
        // A limit that would take many more decimals is written by its power of ten instead.
        if decimals > fewest + DECIMALS_MORE { fewest } else { decimals }
    }

    /// A value with its unit, and the limits of its interval in brackets.
    fn value_and_limits(self, value: f64, low: f64, high: f64) -> (String, String) {
        if ![value, low, high].into_iter().all(f64::is_finite) {
            return (self.write(value), format!("[{}, {}]", self.write(low), self.write(high)));
        }
        let (factor, unit) = self.scale(size_with_limits(value, low, high));
        let decimals = self.decimals_with_limits(value, low, high);
        let write = |value: f64| {
            if self.is_difference() && reads_as_zero(value * factor, decimals) {
                return format!("{}{:.0e}", if value < 0.0 { "−" } else { "+" }, value.abs() * factor);
            }
            let text = thousands(&format!("{:.decimals$}", value.abs() * factor));
            match value {
                value if is_zero(value * factor, decimals) => text,
                value if value < 0.0 => format!("−{text}"),
                _ if self.is_difference() => format!("+{text}"),
                _ => text,
            }
        };
        (format!("{}{unit}", write(value)), format!("[{}, {}]", write(low), write(high)))
    }

    /// Writes values that stand side by side: durations in the unit of the shortest, unless they are too far apart for one.
    ///
    /// ```
    /// use draw::figure::Unit;
    /// assert_eq!(Unit::Seconds.write_alike(&[60.0, 269.4]), ["60 s", "269 s"]);
    /// assert_eq!(Unit::Seconds.write_alike(&[0.0, 0.5, 1.5]), ["0 ms", "500 ms", "1500 ms"]);
    /// assert_eq!(Unit::Seconds.write_alike(&[0.001, 300.0]), ["1 ms", "5 min"]);
    /// assert_eq!(Unit::Share.write_alike(&[0.01, 0.1]), ["1 %", "10 %"]);
    /// ```
    #[must_use]
    pub fn write_alike(self, values: &[f64]) -> Vec<String> {
        let sizes = || values.iter().map(|value| value.abs()).filter(|size| size.is_finite() && *size > 0.0);
        let (least, most) = (sizes().fold(f64::INFINITY, f64::min), sizes().fold(0.0, f64::max));
        let (factor, unit) = self.scale(least);
        let in_unit = |value: f64| {
            let text = format!("{}{unit}", digits(value.abs() * factor));
            if self.is_difference() { signed(value, text) } else { text }
        };
        let is_alike = matches!(self, Self::Seconds | Self::SecondsDifference) && most < ALIKE * least;
        let write = |value: &f64| if is_alike && value.is_finite() { in_unit(*value) } else { self.write(*value) };
        values.iter().map(write).collect()
    }

    /// The factor with which a value of this size is multiplied to be written, and the unit's text.
    const fn scale(self, size: f64) -> (f64, &'static str) {
        match self {
            Self::None | Self::Count | Self::CountDifference => (1.0, ""),
            Self::Share => (100.0, " %"),
            Self::SharePoints => (100.0, " pp"),
            Self::Seconds | Self::SecondsDifference => match size {
                0.0 => (1.0, " s"),
                size if size < 0.999_5e-6 => (1e9, " ns"),
                size if size < 0.999_5e-3 => (1e6, " µs"),
                size if size < 0.999_5 => (1e3, " ms"),
                size if size < 120.0 => (1.0, " s"),
                size if size < 7200.0 => (1.0 / 60.0, " min"),
                _ => (1.0 / 3600.0, " h"),
            },
        }
    }

    /// Writes a value as a tick of an axis.
    #[must_use]
    pub fn tick(self, value: f64) -> String {
        match self {
            Self::SharePoints => signed(value, digits(value.abs() * 100.0)),
            other => other.write(value),
        }
    }
}

/// How many times the shortest of some durations the longest may be, for one unit.
const ALIKE: f64 = 100.0;

/// How far from one a share reads as 100 %: half of the last of three digits.
const WHOLE: f64 = 0.000_5;

/// A distance from one that is an error of rounding.
const ROUNDING: f64 = 1e-10;

/// Whether a share reads as 100 % in three digits.
fn is_next_to_whole(share: f64) -> bool {
    (1.0 - WHOLE..=1.0).contains(&share)
}

/// A share in percent to three significant digits; below 100 % its distance from 100 % has three.
fn percent(share: f64) -> String {
    if !is_next_to_whole(share) || 1.0 - share <= ROUNDING {
        return digits(share * 100.0);
    }
    let decimals = decimals((1.0 - share) * 100.0);
    let text = format!("{:.decimals$}", share * 100.0);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Decimals beyond those of the value that limits may have, so that they do not read as zero.
const DECIMALS_MORE: usize = 6;

/// The number of decimals that gives three significant digits to a number of this size.
fn decimals(size: f64) -> usize {
    let mut decimals = 0;
    let mut scaled = size;
    while scaled > 0.0 && scaled < 99.95 && decimals < 12 {
        scaled *= 10.0;
        decimals += 1;
    }
    decimals
}

/// Whether a value reads as zero with this number of decimals.
fn is_zero(value: f64, decimals: usize) -> bool {
    format!("{:.decimals$}", value.abs()).bytes().all(|digit| matches!(digit, b'0' | b'.'))
}

/// Whether a value that is not zero reads as zero with this number of decimals.
fn reads_as_zero(value: f64, decimals: usize) -> bool {
    value != 0.0 && is_zero(value, decimals)
}

/// The size that decides how a value is written with its limits: that of the larger limit if the value is zero.
const fn size_with_limits(value: f64, low: f64, high: f64) -> f64 {
    if value == 0.0 { low.abs().max(high.abs()) } else { value.abs() }
}

/// A number's text with its thousands set apart, if it is whole.
fn thousands(text: &str) -> String {
    if text.contains('.') {
        return text.to_owned();
    }
    let mut grouped = String::new();
    for (index, figure) in text.chars().enumerate() {
        if index > 0 && (text.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(figure);
    }
    grouped
}

fn signed(value: f64, size: String) -> String {
    match value {
        value if value > 0.0 => format!("+{size}"),
        value if value < 0.0 => format!("−{size}"),
        _ => size,
    }
}

/// Three significant digits, without zeros at the end.
fn digits(value: f64) -> String {
    significant(value, 3)
}

/// At most `count` significant digits, or a whole number; without zeros at the end.
fn significant(value: f64, count: i32) -> String {
    if value < 0.0 {
        return format!("−{}", significant(-value, count));
    }
    if value == 0.0 || !value.is_finite() {
        return if value.is_finite() { "0".to_owned() } else { "∞".to_owned() };
    }
    if !(1e-7..1e9).contains(&value) {
        return format!("{value:.2e}");
    }
    let mut decimals = 0;
    let mut scaled = value;
    // The least number with `count` digits, less half of its last digit.
    let enough = libm::exp10(f64::from(count - 1)) - 0.05;
    while scaled < enough && decimals < 10 {
        scaled *= 10.0;
        decimals += 1;
    }
    let text = format!("{value:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// Three significant digits or whole, thousands set apart.
fn grouped(value: f64) -> String {
    if value.abs() < 999.5 {
        return digits(value);
    }
    let sign = if value < 0.0 { "−" } else { "" };
    format!("{sign}{}", thousands(&format!("{:.0}", value.abs())))
}

/// A duration in a suitable unit; from two minutes on in minutes, from two hours on in hours.
fn seconds(value: f64) -> String {
    let (factor, unit) = Unit::Seconds.scale(value.abs());
    format!("{}{unit}", digits(value * factor))
}
