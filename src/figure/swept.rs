//! A swept key as an axis: numbers, durations or rates where all its values are such, else names.

use std::collections::{BTreeMap, BTreeSet};

use crate::file::{is_probability, parse_duration, parse_rate, title, title_of_fault};
use crate::folder::reader::Reader;
use draw::figure::{Axis, Scale, Tick, Unit};

/// Factor between the lowest and the highest value from which an axis is logarithmic.
pub(super) const DECADES: f64 = 20.0;

/// Most letters of the values at a point with whole keys.
const NAME_MAX: usize = 32;

/// Most values that are all named on an axis.
const NAMED_MAX: usize = 12;

/// A swept key.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Swept {
    /// Its column.
    pub column: usize,
    /// Its name, as the file has it.
    pub key: String,
    /// Its name in words; none if it has none.
    title: Option<String>,
    /// Its values, as written, ascending where they are numbers, else in the order of the points.
    pub values: Vec<String>,
    /// Where each value stands among them.
    places: BTreeMap<String, usize>,
    /// Their numbers, where all have one.
    pub numbers: Option<Vec<f64>>,
    /// The unit of the numbers.
    pub unit: Unit,
    /// How many other keys follow from it.
    pub followers: usize,
    /// Followers that neither rise nor fall with it throughout. With any, the points are a design over several keys.
    pub free: Vec<Self>,
}

impl Swept {
    /// The key in `column`.
    pub(super) fn new(reader: &Reader, column: usize) -> Self {
        let mut values: Vec<String> = Vec::new();
        let mut seen = BTreeSet::new();
        for point in reader.points() {
            if seen.insert(&point[column]) {
                values.push(point[column].clone());
            }
        }
        let parsed: Option<Vec<(f64, Unit)>> = values.iter().map(|value| number(value)).collect();
        let parsed = parsed.filter(|parsed| parsed.iter().all(|(_, unit)| *unit == parsed[0].1));
        let key = reader.keys()[column].clone();
        let unit = parsed.as_ref().map_or(Unit::None, |parsed| parsed[0].1);
        let unit = if unit == Unit::None && is_probability(&key) { Unit::Share } else { unit };
        let numbers = parsed.map(|parsed| {
            let mut pairs: Vec<(f64, String)> = parsed.iter().map(|(value, _)| *value).zip(values.clone()).collect();
            pairs.sort_by(|one, other| one.0.total_cmp(&other.0));
            values = pairs.iter().map(|(_, name)| name.clone()).collect();
            pairs.into_iter().map(|(value, _)| value).collect()
        });
        let places = values.iter().cloned().enumerate().map(|(index, value)| (value, index)).collect();
        let title = titled(reader, &key);
        Self { column, key, title, values, places, numbers, unit, followers: 0, free: Vec::new() }
    }

    /// Where a point stands on the axis.
    pub(super) fn place(&self, point: &[String]) -> f64 {
        let index = self.index(point);
        self.numbers.as_ref().map_or(index as f64, |numbers| numbers[index])
    }

    /// Position of a point's value among the values.
    pub(super) fn index(&self, point: &[String]) -> usize {
        self.places.get(&point[self.column]).copied().unwrap_or(0)
    }

    /// The title of the key: `Message loss on the bus`.
    pub(super) fn label(&self) -> String {
        self.title.clone().unwrap_or_else(|| self.key.clone())
    }

    /// The title within a sentence: `message loss on the bus`.
    pub(super) fn named(&self) -> String {
        let label = self.label();
        let mut letters = label.chars();
        match (letters.next(), letters.next()) {
            (Some(first), Some(second)) if second.is_lowercase() && self.title.is_some() => {
                first.to_lowercase().chain(label.chars().skip(1)).collect()
            }
            _ => label,
        }
    }

    /// Its key as the file has it, and how many keys vary with it.
    pub(super) fn small(&self) -> String {
        match self.followers {
            0 => self.key.clone(),
            1 => format!("{} (another key varies with it)", self.key),
            count => format!("{} ({count} other keys vary with it)", self.key),
        }
    }

    /// Whether `other` grows or falls with it, or has each of its values over one part of it.
    fn in_step(&self, other: &Self, points: &[Vec<String>]) -> bool {
        if self.numbers.is_none() {
            return true;
        }
        let mut pairs: Vec<(usize, usize)> =
            points.iter().map(|point| (self.index(point), other.index(point))).collect();
        pairs.sort_unstable();
        pairs.dedup();
        let changes = || pairs.windows(2).filter(|pair| pair[0].1 != pair[1].1);
        match other.numbers {
            Some(_) => changes().all(|pair| pair[0].1 < pair[1].1) || changes().all(|pair| pair[0].1 > pair[1].1),
            None => changes().count() < other.values.len(),
        }
    }

    /// Its values as an axis names them.
    pub(super) fn axis_names(&self) -> Vec<String> {
        match &self.numbers {
            Some(numbers) if self.unit == Unit::Share => numbers.iter().map(|value| self.unit.tick(*value)).collect(),
            _ => self.values.iter().map(|value| rounded(value)).collect(),
        }
    }

    /// The axis.
    pub(super) fn axis(&self) -> Axis {
        let Some(numbers) = &self.numbers else {
            return Axis { small: self.small(), ..Axis::categories(&self.label(), self.axis_names()) };
        };
        let positive: Vec<f64> = numbers.iter().copied().filter(|value| *value > 0.0).collect();
        let (lowest, highest) = (positive.first().copied().unwrap_or(1.0), numbers[numbers.len() - 1]);
        let negative = numbers[0] < 0.0;
        let log = !negative && positive.len() > 1 && (highest / lowest >= DECADES || grows(&positive));
        let (scale, low, high) = if log {
            let room = libm::pow(highest / lowest, 0.05);
            let scale = if numbers[0] == 0.0 { Scale::LogZero } else { Scale::Log };
            (scale, lowest / room, highest * room)
        } else {
            let span = highest - numbers[0];
            let room = if span > 0.0 { span * 0.06 } else { highest.abs().max(1.0) * 0.5 };
            (Scale::Linear, numbers[0] - room, highest + room)
        };
        let named = numbers.len() <= NAMED_MAX;
        let tick = |(value, label): (&f64, String)| Tick { value: *value, label };
        let ticks = if named { numbers.iter().zip(self.axis_names()).map(tick).collect() } else { Vec::new() };
        Axis { label: self.label(), small: self.small(), unit: self.unit, scale, low, high, ticks }
    }
}

/// A value without TOML's quotes and braces, a number without a decimal that says nothing.
///
/// ```text
/// 0.0 → 0; { good = "297s", loss = 1.0 } → good 297s, loss 1
/// ```
pub(super) fn plain(value: &str) -> String {
    if let Some(inner) = value.strip_prefix("{ ").and_then(|rest| rest.strip_suffix(" }")) {
        let pairs = inner.split(", ").map(|pair| match pair.split_once(" = ") {
            Some((key, value)) => format!("{key} {}", plain(value)),
            None => pair.to_owned(),
        });
        return pairs.collect::<Vec<_>>().join(", ");
    }
    let value = value.trim_matches(['"', '\'']);
    value.strip_suffix(".0").unwrap_or(value).to_owned()
}

/// The same for a label: of a number, as many digits as a person reads.
///
/// ```text
/// 0.00031622776601683794 → 0.000316; 0.0125 → 0.0125; 12.345678901s → 12.3s
/// ```
pub(super) fn rounded(value: &str) -> String {
    let text = plain(value);
    let end = text.find(|c: char| !(c.is_ascii_digit() || ".-+".contains(c))).unwrap_or(text.len());
    let (number, unit) = match text.parse::<f64>() {
        Ok(number) => (Some(number), ""),
        Err(_) => (text[..end].parse::<f64>().ok(), &text[end..]),
    };
    let digits = text.chars().filter(char::is_ascii_digit).collect::<String>();
    match number.filter(|_| text.contains('.') && digits.trim_start_matches('0').len() > LABEL_DIGITS) {
        Some(number) => format!("{}{unit}", Unit::None.write(number)),
        None => text,
    }
}

/// The most digits of a number in a label that is not rounded.
const LABEL_DIGITS: usize = 4;

/// The values of some keys at a point: `bus.loss = 0.01, http.delay = 20ms`; where that is long, the last words of the
/// keys only.
pub(super) fn named<'a>(keys: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let keys: Vec<(&str, &str)> = keys.collect();
    let join = |word: fn(&str) -> &str| {
        let pairs = keys.iter().map(|(key, value)| format!("{} = {}", word(key), rounded(value)));
        pairs.collect::<Vec<_>>().join(", ")
    };
    let whole = join(|key| key);
    if whole.chars().count() <= NAME_MAX { whole } else { join(|key| key.rsplit('.').next().unwrap_or(key)) }
}

/// The values of all keys at a point, as [`named`].
pub(super) fn at(reader: &Reader, point: usize) -> String {
    let keys = reader.keys().iter().map(String::as_str);
    named(keys.zip(reader.points()[point].iter().map(String::as_str)))
}

/// What stands above a panel, or before a subtitle: where it is, in words, and the keys of the file for the small print.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Head {
    /// `Message loss on the bus = 1 %`; empty if there is only one place.
    pub words: String,
    /// `bus.loss`; empty where the words name the keys themselves.
    pub small: String,
}

/// The most letters in words of the head of a panel, and of a subtitle; a longer one names the keys as the file does.
const HEAD_MAX: usize = 60;
const SUBTITLE_MAX: usize = 100;

/// What a key is called in the experiment of a folder: that of a fault, with its target.
fn titled(reader: &Reader, key: &str) -> Option<String> {
    let target = || {
        let (index, _) = key.strip_prefix("faults.")?.split_once('.')?;
        // A sweep over targets leaves the fault without a name.
        if reader.keys().contains(&format!("faults.{index}.target")) {
            return None;
        }
        let fault = reader.setting("faults")?.as_array()?.get(index.parse::<usize>().ok()?)?;
        title_of_fault(key, fault.get("target")?.as_str()?)
    };
    target().or_else(|| title(key))
}

/// The values of some keys at a point in words, for the head of a panel.
pub(super) fn head<'a>(reader: &Reader, keys: impl Iterator<Item = (&'a str, &'a str)>) -> Head {
    head_within(keys, HEAD_MAX, |key| titled(reader, key))
}

fn head_within<'a>(
    keys: impl Iterator<Item = (&'a str, &'a str)>,
    most: usize,
    title: impl Fn(&str) -> Option<String>,
) -> Head {
    let keys: Vec<(&str, &str)> = keys.collect();
    let titles: Vec<Option<String>> = keys.iter().map(|(key, _)| title(key)).collect();
    let pair = |((key, value), title): (&(&str, &str), &Option<String>)| {
        let share = value.parse::<f64>().ok().filter(|_| is_probability(key));
        let value = share.map_or_else(|| rounded(value), |share| Unit::Share.write(share));
        format!("{} = {value}", title.as_deref().unwrap_or(key))
    };
    let words = keys.iter().zip(&titles).map(pair).collect::<Vec<_>>().join(", ");
    if words.chars().count() > most || titles.iter().all(Option::is_none) {
        return Head { words: named(keys.into_iter()), small: String::new() };
    }
    let small = keys.iter().map(|(key, _)| *key).collect::<Vec<_>>().join(", ");
    Head { words, small }
}

/// The head of a point: the values of all keys.
pub(super) fn head_at(reader: &Reader, point: usize) -> Head {
    let keys = reader.keys().iter().map(String::as_str);
    head(reader, keys.zip(reader.points()[point].iter().map(String::as_str)))
}

/// The same before a subtitle, which has more room.
pub(super) fn subtitle_at(reader: &Reader, point: usize) -> Head {
    let keys = reader.keys().iter().map(String::as_str);
    head_within(keys.zip(reader.points()[point].iter().map(String::as_str)), SUBTITLE_MAX, |key| titled(reader, key))
}

/// Whether values grow by factors rather than by steps: 1, 2, 4, 8 or 2, 5, 10, but not 1, 2, 3.
fn grows(values: &[f64]) -> bool {
    let pairs = || values.windows(2).map(|pair| (pair[0], pair[1]));
    let steps = || pairs().map(|(low, high)| high - low);
    let widest = steps().fold(0.0, f64::max) / steps().fold(f64::INFINITY, f64::min);
    values.len() > 2 && widest >= 2.0 && pairs().all(|(low, high)| (1.5..=5.0).contains(&(high / low)))
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
        let leader = kept.iter_mut().find(|other| {
            let mut first: BTreeMap<&String, &String> = BTreeMap::new();
            let mut points = reader.points().iter().map(|point| (&point[other.column], &point[key.column]));
            points.all(|(theirs, mine)| *first.entry(theirs).or_insert(mine) == mine)
        });
        match leader {
            Some(leader) => {
                leader.followers += 1;
                if !leader.in_step(&key, reader.points()) {
                    leader.free.push(key);
                }
            }
            None => kept.push(key),
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_lose_what_only_toml_needs() {
        assert_eq!(plain("0.0"), "0");
        assert_eq!(plain("\"20ms\""), "20ms");
        assert_eq!(plain("{ good = \"297s\", loss = 1.0 }"), "good 297s, loss 1");
    }

    #[test]
    fn numbers_of_labels_have_the_digits_that_a_person_reads() {
        for (value, label) in [
            ("0.00031622776601683794", "0.000316"),
            ("0.0125", "0.0125"),
            ("1.0", "1"),
            ("100000", "100000"),
            ("\"12.345678901s\"", "12.3s"),
            ("\"20ms\"", "20ms"),
            ("{ good = \"297s\", loss = 1.0 }", "good 297s, loss 1"),
            ("1e-6", "1e-6"),
        ] {
            assert_eq!(rounded(value), label);
        }
    }

    #[test]
    fn long_names_of_points_keep_the_last_words_of_keys() {
        assert_eq!(named([("bus.loss", "0.0")].into_iter()), "bus.loss = 0");
        let long = [("faults.0.effect", "drop"), ("faults.0.for", "30s")];
        assert_eq!(named(long.into_iter()), "effect = drop, for = 30s");
    }

    #[test]
    fn a_head_says_what_keys_mean_and_leaves_the_keys_to_the_small_print() {
        let of = |keys: &[(&'static str, &'static str)]| head_within(keys.iter().copied(), HEAD_MAX, title);
        let one = of(&[("bus.loss", "0.01")]);
        assert_eq!((one.words.as_str(), one.small.as_str()), ("Message loss on the bus = 1 %", "bus.loss"));
        let long = of(&[("faults.0.effect", "drop"), ("faults.0.for", "30s"), ("http.failure", "0.0001")]);
        assert_eq!((long.words.as_str(), long.small.as_str()), ("effect = drop, for = 30s, failure = 0.0001", ""));
        assert_eq!(of(&[]), Head::default());
    }

    #[test]
    fn an_axis_is_logarithmic_where_values_grow_by_factors() {
        assert!(grows(&[1.0, 2.0, 4.0, 8.0]) && grows(&[2.5, 5.0, 10.0, 20.0, 40.0]) && grows(&[1.0, 2.0, 5.0, 10.0]));
        assert!(!grows(&[1.0, 2.0, 3.0, 4.0]) && !grows(&[0.1, 0.5]) && !grows(&[10.0, 12.0, 18.0]));
    }
}
