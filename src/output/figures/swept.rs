//! A swept key as an axis: numbers, durations or rates where all its values are such, else names.

use crate::experiment::{parse_duration, parse_rate};
use crate::output::figure::{Axis, Scale, Tick, Unit};
use crate::output::reader::Reader;

/// Factor between the lowest and the highest value from which an axis is logarithmic.
pub(super) const DECADES: f64 = 20.0;

/// Most values that are all named on an axis.
const NAMED_MAX: usize = 12;

/// A swept key.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Swept {
    /// Its column.
    pub column: usize,
    /// Its name, as the file has it.
    pub key: String,
    /// Its values, as written, ascending where they are numbers, else in the order of the points.
    pub values: Vec<String>,
    /// Their numbers, where all have one.
    pub numbers: Option<Vec<f64>>,
    /// What the numbers are of.
    pub unit: Unit,
}

impl Swept {
    /// The key in `column`.
    pub(super) fn new(reader: &Reader, column: usize) -> Self {
        let mut values: Vec<String> = Vec::new();
        for point in reader.points() {
            if !values.contains(&point[column]) {
                values.push(point[column].clone());
            }
        }
        let parsed: Option<Vec<(f64, Unit)>> = values.iter().map(|value| number(value)).collect();
        let parsed = parsed.filter(|parsed| parsed.iter().all(|(_, unit)| *unit == parsed[0].1));
        let unit = parsed.as_ref().map_or(Unit::None, |parsed| parsed[0].1);
        let numbers = parsed.map(|parsed| {
            let mut pairs: Vec<(f64, String)> = parsed.iter().map(|(value, _)| *value).zip(values.clone()).collect();
            pairs.sort_by(|one, other| one.0.total_cmp(&other.0));
            values = pairs.iter().map(|(_, name)| name.clone()).collect();
            pairs.into_iter().map(|(value, _)| value).collect()
        });
        Self { column, key: reader.keys()[column].clone(), values, numbers, unit }
    }

    /// Where a point stands on the axis.
    pub(super) fn place(&self, point: &[String]) -> f64 {
        let index = self.values.iter().position(|value| *value == point[self.column]).unwrap_or(0);
        self.numbers.as_ref().map_or(index as f64, |numbers| numbers[index])
    }

    /// Position of a point's value among the values.
    pub(super) fn index(&self, point: &[String]) -> usize {
        self.values.iter().position(|value| *value == point[self.column]).unwrap_or(0)
    }

    /// The axis.
    pub(super) fn axis(&self) -> Axis {
        let Some(numbers) = &self.numbers else {
            return Axis::categories(&self.key, self.values.iter().map(|value| plain(value)).collect());
        };
        let positive: Vec<f64> = numbers.iter().copied().filter(|value| *value > 0.0).collect();
        let (lowest, highest) = (positive.first().copied().unwrap_or(1.0), numbers[numbers.len() - 1]);
        let negative = numbers[0] < 0.0;
        let log = !negative && positive.len() > 1 && highest / lowest >= DECADES;
        let (scale, low, high) = if log {
            let room = libm::pow(highest / lowest, 0.02);
            let scale = if numbers[0] == 0.0 { Scale::LogZero } else { Scale::Log };
            (scale, lowest / room, highest * room)
        } else {
            let span = highest - numbers[0];
            let room = if span > 0.0 { span * 0.03 } else { highest.abs().max(1.0) * 0.5 };
            (Scale::Linear, numbers[0] - room, highest + room)
        };
        let named = numbers.len() <= NAMED_MAX;
        let tick = |(value, name): (&f64, &String)| Tick { value: *value, label: plain(name) };
        let ticks = if named { numbers.iter().zip(&self.values).map(tick).collect() } else { Vec::new() };
        Axis { label: self.key.clone(), unit: self.unit, scale, low, high, ticks }
    }
}

/// A value without TOML's quotes, a number without a decimal that says nothing.
pub(super) fn plain(value: &str) -> String {
    let value = value.trim_matches(['"', '\'']);
    value.strip_suffix(".0").unwrap_or(value).to_owned()
}

fn number(value: &str) -> Option<(f64, Unit)> {
    let value = value.trim_matches(['"', '\'']);
    if let Ok(number) = value.parse::<f64>() {
        return number.is_finite().then_some((number, Unit::None));
    }
    if let Ok(duration) = parse_duration(value) {
        return Some((duration.as_secs_f64(), Unit::Seconds));
    }
    parse_rate(value).ok().map(|rate| (rate, Unit::None))
}

/// The keys of a folder as axes: those that vary on their own, those of more values first; a key that follows from
/// another (in lockstep, or in a design) is left to it.
pub(super) fn axes(reader: &Reader) -> Vec<Swept> {
    let columns = 0..reader.keys().len();
    let mut keys: Vec<Swept> =
        columns.map(|column| Swept::new(reader, column)).filter(|key| key.values.len() > 1).collect();
    keys.sort_by_key(|key| (std::cmp::Reverse(key.values.len()), key.column));
    let mut kept: Vec<Swept> = Vec::new();
    for key in keys {
        let follows = kept.iter().any(|other| {
            other.values.iter().all(|value| {
                let mut here = reader.points().iter().filter(|point| point[other.column] == *value);
                let first = here.next().map(|point| &point[key.column]);
                here.all(|point| Some(&point[key.column]) == first)
            })
        });
        if !follows {
            kept.push(key);
        }
    }
    kept
}
