//! A range of numbers, durations or rates: evenly spaced, or by equal factors.

use toml::{Table, Value};

use super::keys::KeyKind;
use super::quantity::{format_duration, parse_duration, parse_rate};
use super::read::{number, percent};
use super::suggest::nearest;
use super::tree::found;
use des::Duration;

/// The keys of a range.
const KEYS: [&str; 4] = ["from", "to", "steps", "log"];

/// What is counted between the ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum EndKind {
    Integer,
    Number,
    Duration,
    Rate,
}

/// A range between two ends, both included.
#[derive(Clone, Debug)]
pub(crate) struct SweepRange {
    scale: EndKind,
    from: (f64, Value),
    to: (f64, Value),
    steps: usize,
    log: bool,
}

impl SweepRange {
    /// Whether a table is meant as a range.
    pub(crate) fn looks_like(table: &Table) -> bool {
        ["from", "to", "steps"].iter().any(|key| table.contains_key(*key))
    }

    /// Reads `{ from, to, steps, log }`; a design has no `steps`.
    ///
    /// # Errors
    /// What is wrong and what is accepted.
    pub(crate) fn read(table: &Table, stepped: bool) -> Result<Self, String> {
        if let Some(key) = table.keys().find(|key| !KEYS.contains(&key.as_str())) {
            let meant = nearest(key, KEYS).map_or(String::new(), |name| format!(", did you mean {name}?"));
            return Err(format!("unknown key {key} in a range{meant} Accepted here: {}", KEYS.join(", ")));
        }
        let end = |key: &str| {
            let value = table.get(key).ok_or(format!("a range has no {key}, accepted: from, to, steps, and log"))?;
            let (scale, x) = measure(value)
                .ok_or_else(|| format!("found {key} = {}, accepted: a number, a duration or a rate", found(value)))?;
            Ok::<_, String>((scale, (x, value.clone())))
        };
        let ((from_scale, from), (to_scale, to)) = (end("from")?, end("to")?);
        let scale = match (from_scale, to_scale) {
            (a, b) if a == b => a,
            (EndKind::Integer | EndKind::Number, EndKind::Integer | EndKind::Number) => EndKind::Number,
            _ => return Err(format!("found {} to {}, accepted: two ends of one kind", found(&from.1), found(&to.1))),
        };
        if from.0 >= to.0 {
            return Err(format!("found {} to {}, accepted: the smaller end first", found(&from.1), found(&to.1)));
        }
        let log = match table.get("log") {
            None => false,
            Some(Value::Boolean(log)) => *log,
            Some(other) => return Err(format!("found log = {}, accepted: true or false", found(other))),
        };
        if log && from.0 <= 0.0 {
            return Err(format!("found from = {}, accepted with log = true: an end above zero", found(&from.1)));
        }
        let steps = match table.get("steps") {
            Some(_) if !stepped => return Err("a design says how many points there are: leave out steps".to_owned()),
            None if !stepped => 0,
            value => {
                let steps = value.and_then(Value::as_integer).and_then(|steps| usize::try_from(steps).ok());
                let text = value.map_or("no steps".to_owned(), |value| format!("steps = {}", found(value)));
                steps.filter(|steps| *steps >= 2).ok_or(format!("found {text}, accepted: steps of at least 2"))?
            }
        };
        Ok(Self { scale, from, to, steps, log })
    }

    /// The values of the range, both ends as written.
    ///
    /// # Errors
    /// If there are too many, or two fall together.
    pub(crate) fn steps(&self, kind: Option<&KeyKind>, most: usize) -> Result<Vec<Value>, String> {
        if self.steps > most {
            return Err(format!("found steps = {}, accepted: at most {most}", self.steps));
        }
        let last = self.steps - 1;
        let values: Vec<Value> = (0..self.steps)
            .map(|step| match step {
                0 => self.from.1.clone(),
                step if step == last => self.to.1.clone(),
                step => kind.map_or(Value::Boolean(false), |kind| self.at(step as f64 / last as f64, kind)),
            })
            .collect();
        match kind.and_then(|_| values.windows(2).find(|pair| pair[0] == pair[1])) {
            Some(pair) => Err(format!("steps fall together at {}, accepted: fewer steps", found(&pair[0]))),
            None => Ok(values),
        }
    }

    /// The number at `u` in [0, 1] of the way: seconds of a duration, and of a rate how many a second.
    pub(crate) fn number(&self, u: f64) -> f64 {
        let (from, to) = (self.from.0, self.to.0);
        if self.log {
            libm::exp(libm::log(from) + u * (libm::log(to) - libm::log(from)))
        } else {
            from + u * (to - from)
        }
    }

    /// Whether it counts by equal factors.
    pub(crate) const fn is_log(&self) -> bool {
        self.log
    }

    /// Both ends as written.
    pub(crate) const fn ends(&self) -> [&Value; 2] {
        [&self.from.1, &self.to.1]
    }

    /// The place of a value: its share of the way from the first end to the other.
    ///
    /// # Errors
    /// If it is not of the kind of the ends.
    pub(crate) fn place(&self, value: &Value) -> Result<f64, String> {
        let (from, to) = (self.from.0, self.to.0);
        let whole = |scale| if scale == EndKind::Integer { EndKind::Number } else { scale };
        match measure(value) {
            Some((scale, x)) if whole(scale) == whole(self.scale) && (x > 0.0 || !self.log) => Ok(if self.log {
                (libm::log(x) - libm::log(from)) / (libm::log(to) - libm::log(from))
            } else {
                (x - from) / (to - from)
            }),
            _ => Err(format!("found {}, accepted: a value of the kind of {}", found(value), found(&self.from.1))),
        }
    }

    /// A duration or a number at a place, multiplied by a factor; to six significant digits.
    pub(crate) fn times(&self, u: f64, factor: f64) -> Value {
        let x = six_digits(six_digits(self.number(u)).clamp(self.from.0, self.to.0) * factor);
        match self.scale {
            EndKind::Duration => Value::String(format_duration(Duration::from_secs_f64(x))),
            EndKind::Rate => Value::String(format!("{x}/s")),
            EndKind::Integer | EndKind::Number => Value::Float(x),
        }
    }

    /// Whether its numbers are whole, for a key of this kind.
    pub(crate) const fn is_whole(&self, kind: &KeyKind) -> bool {
        matches!((self.scale, kind), (EndKind::Integer, KeyKind::Integer(..)))
    }

    /// Whether it is one of durations.
    pub(crate) const fn is_of_durations(&self) -> bool {
        matches!(self.scale, EndKind::Duration)
    }

    /// Whether it is one of rates.
    pub(crate) const fn is_of_rates(&self) -> bool {
        matches!(self.scale, EndKind::Rate)
    }

    /// The value at `u` in [0, 1] of the way, to six significant digits; whole where `kind` is.
    pub(crate) fn at(&self, u: f64, kind: &KeyKind) -> Value {
        let exact = self.number(u);
        let x = six_digits(exact).clamp(self.from.0, self.to.0);
        match self.scale {
            EndKind::Duration => Value::String(format_duration(Duration::from_secs_f64(x))),
            EndKind::Rate => Value::String(format!("{x}/s")),
            #[expect(clippy::cast_possible_truncation, reason = "between the ends, which are 64-bit integers")]
            EndKind::Integer if matches!(kind, KeyKind::Integer(..)) => Value::Integer(libm::round(exact) as i64),
            EndKind::Integer | EndKind::Number => Value::Float(x),
        }
    }
}

/// An end of a range, in its unit.
fn measure(value: &Value) -> Option<(EndKind, f64)> {
    let text = value.as_str().unwrap_or_default();
    match value {
        Value::Integer(_) => Some((EndKind::Integer, number(value)?)),
        Value::Float(x) => Some((EndKind::Number, *x)),
        _ => match (parse_duration(text), parse_rate(text), percent(text)) {
            (Ok(duration), _, _) => Some((EndKind::Duration, duration.as_secs_f64())),
            (_, Ok(rate), _) => Some((EndKind::Rate, rate)),
            (_, _, Some(share)) => Some((EndKind::Number, share)),
            _ => None,
        },
    }
}

/// `x` rounded to six significant digits, so that what a column shows is what was simulated.
pub(crate) fn six_digits(x: f64) -> f64 {
    format!("{x:.5e}").parse().expect("a number as written by format")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file::tree::render;

    fn steps(range: &str, kind: &KeyKind) -> Result<String, String> {
        let table: Table = range.parse().unwrap();
        SweepRange::read(&table, true)?.steps(Some(kind), 100).map(|values| render(&Value::Array(values)))
    }

    #[test]
    fn both_ends_are_in_a_range() {
        let real = KeyKind::Probability;
        let count = KeyKind::Integer(0, 1000);
        let span = KeyKind::Span { never: false };
        for (range, kind, values) in [
            ("from = 0\nto = 0.1\nsteps = 5", &real, "[0, 0.025, 0.05, 0.075, 0.1]"),
            ("from = 0\nto = 1\nsteps = 3", &real, "[0, 0.5, 1]"),
            ("from = 1e-3\nto = 1e-1\nsteps = 5\nlog = true", &real, "[0.001, 0.00316228, 0.01, 0.0316228, 0.1]"),
            ("from = 1\nto = 10\nsteps = 4", &count, "[1, 4, 7, 10]"),
            ("from = 1\nto = 100\nsteps = 3\nlog = true", &count, "[1, 10, 100]"),
            (
                "from = '10ms'\nto = '1s'\nsteps = 5\nlog = true",
                &span,
                "[\"10ms\", \"31.6228ms\", \"100ms\", \"316.228ms\", \"1s\"]",
            ),
            ("from = '1/s'\nto = '3/s'\nsteps = 3", &KeyKind::Rate, "[\"1/s\", \"2/s\", \"3/s\"]"),
        ] {
            assert_eq!(steps(range, kind).as_deref(), Ok(values), "{range}");
        }
    }

    #[test]
    fn a_range_that_makes_no_sense_says_why() {
        let count = KeyKind::Integer(0, 1000);
        for (range, why) in [
            ("from = 1\nsteps = 3", "a range has no to, accepted: from, to, steps, and log"),
            ("from = 1\nto = 1\nsteps = 3", "found 1 to 1, accepted: the smaller end first"),
            ("from = 1\nto = 3\nsteps = 1", "found steps = 1, accepted: steps of at least 2"),
            ("from = 1\nto = 3", "found no steps, accepted: steps of at least 2"),
            ("from = 0\nto = 3\nsteps = 3\nlog = true", "found from = 0, accepted with log = true: an end above zero"),
            ("from = 1\nto = '3s'\nsteps = 3", "found 1 to \"3s\", accepted: two ends of one kind"),
            (
                "from = 1\nto = 3\nstep = 3",
                "unknown key step in a range, did you mean steps? Accepted here: from, to, steps, log",
            ),
            ("from = 1\nto = 3\nsteps = 9", "steps fall together at 1, accepted: fewer steps"),
            ("from = 1\nto = 3000\nsteps = 900", "found steps = 900, accepted: at most 100"),
        ] {
            assert_eq!(steps(range, &count).unwrap_err(), why, "{range}");
        }
    }
}
