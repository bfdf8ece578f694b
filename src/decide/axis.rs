//! The range of a key: its places, the value at each, and how a place is written.

use toml::{Table, Value};

use super::complaints::Complaints;
use crate::file::keys::{KeyKind, is_fixed};
use crate::file::range::{SweepRange, six_digits};
use crate::file::tree::render;
use crate::file::validate::locate;
use crate::file::{is_probability, title, title_of_fault};
use crate::plan::Plan;
use crate::plan::overrides::parse_value;
use draw::figure::{Scale, Unit};

/// The range of a key.
///
/// The place of a value is its share of the way, from 0 to 1, by equal factors if the range is. Whole numbers are
/// counted: the place of the first is 0, that of the second 1.
#[derive(Debug)]
pub(crate) struct SearchAxis {
    pub(crate) key: String,
    range: SweepRange,
    kind: &'static KeyKind,
}

impl SearchAxis {
    /// The range that `argument` names, for a key of the experiment.
    ///
    /// # Errors
    /// What is wrong with it and what is accepted.
    pub(crate) fn new(plan: &Plan, argument: &str) -> Result<Self, String> {
        let written = WrittenRange::parse(argument)?;
        let range = SweepRange::read(&written.table()?, false)?;
        let kind = locate(&plan.resolved, written.key)?.kind;
        if range.is_log() && range.is_whole(kind) {
            return Err(format!("{} is a whole number, accepted: FROM..TO without log", written.key));
        }
        Ok(Self { key: written.key.to_owned(), range, kind })
    }

    pub(crate) const fn is_log(&self) -> bool {
        self.range.is_log()
    }

    pub(crate) const fn is_whole(&self) -> bool {
        self.range.is_whole(self.kind)
    }

    /// The last place.
    pub(crate) fn last(&self) -> f64 {
        if self.is_whole() { self.range.number(1.0) - self.range.number(0.0) } else { 1.0 }
    }

    /// The half-width of an interval, in places: relative by equal factors, else a share of the range.
    pub(crate) fn half_width(&self, precision: f64) -> f64 {
        let ratio = self.range.number(1.0) / self.range.number(0.0);
        if self.is_log() { libm::log1p(precision) / libm::log(ratio) } else { precision }
    }

    fn share(&self, place: f64) -> f64 {
        place / self.last()
    }

    /// The number at a place, to six significant digits as in its value: seconds of a duration, and of a rate how many a second.
    pub(crate) fn number(&self, place: f64) -> f64 {
        six_digits(self.range.number(self.share(place)))
    }

    /// The value at a place, as it is set.
    pub(crate) fn value(&self, place: f64) -> String {
        let value: Value = self.range.at(self.share(place), self.kind);
        value.as_str().map_or_else(|| render(&value), str::to_owned)
    }

    /// The unit of its numbers.
    pub(crate) const fn unit(&self) -> Unit {
        if self.range.is_of_durations() { Unit::Seconds } else { Unit::None }
    }

    /// The unit as a column of a result file has it.
    pub(crate) const fn unit_name(&self) -> &'static str {
        match (self.range.is_of_durations(), self.range.is_of_rates()) {
            (true, _) => "s",
            (false, true) => "1/s",
            (false, false) => "",
        }
    }

    /// What its key is called: `Message loss on the bus`, `Length of the API outage`.
    pub(crate) fn title(&self, plan: &Plan) -> String {
        let target = || {
            let (index, _) = self.key.strip_prefix("faults.")?.split_once('.')?;
            let fault = plan.resolved.get("faults")?.as_array()?.get(index.parse::<usize>().ok()?)?;
            title_of_fault(&self.key, fault.get("target")?.as_str()?)
        };
        target().or_else(|| title(&self.key)).unwrap_or_else(|| self.key.clone())
    }

    /// The same in the midst of a sentence: `message loss on the bus`.
    pub(crate) fn named(&self, plan: &Plan) -> String {
        let title = self.title(plan);
        let mut letters = title.chars();
        match (letters.next(), letters.next()) {
            (Some(first), Some(second)) if second.is_lowercase() => {
                first.to_lowercase().chain(title.chars().skip(1)).collect()
            }
            _ => title,
        }
    }

    /// The axis of a figure.
    pub(crate) fn drawn(&self, plan: &Plan) -> draw::figure::Axis {
        draw::figure::Axis {
            label: self.title(plan),
            small: self.key.clone(),
            unit: if is_probability(&self.key) { Unit::Share } else { self.unit() },
            scale: if self.is_log() { Scale::Log } else { Scale::Linear },
            low: self.number(0.0),
            high: self.number(self.last()),
            ticks: Vec::new(),
        }
    }

    /// A place in words: `0.00122`, `48 s`, `5/s`.
    pub(crate) fn write(&self, place: f64) -> String {
        self.with_rate(self.unit().write(self.number(place)))
    }

    /// Places that stand side by side, in one unit.
    pub(crate) fn write_alike(&self, places: &[f64]) -> Vec<String> {
        let numbers: Vec<f64> = places.iter().map(|place| self.number(*place)).collect();
        self.unit().write_alike(&numbers).into_iter().map(|text| self.with_rate(text)).collect()
    }

    /// Two places: `60 s and 269 s`.
    pub(crate) fn write_both(&self, one: f64, word: &str, other: f64) -> String {
        self.write_alike(&[one, other]).join(&format!(" {word} "))
    }

    /// A place with its interval: `0.00122 [0.00113, 0.00132]`.
    pub(crate) fn with_limits(&self, place: f64, low: f64, high: f64) -> String {
        let text = self.unit().with_limits(self.number(place), self.number(low), self.number(high));
        self.with_rate(text)
    }

    fn with_rate(&self, text: String) -> String {
        if self.range.is_of_rates() { format!("{text} a second") } else { text }
    }
}

/// `KEY=FROM..TO` in its parts.
pub(crate) struct WrittenRange<'a> {
    pub(crate) key: &'a str,
    pub(crate) from: &'a str,
    pub(crate) to: &'a str,
    log: bool,
}

impl<'a> WrittenRange<'a> {
    /// # Errors
    /// What is accepted.
    pub(crate) fn parse(argument: &'a str) -> Result<Self, String> {
        let form = "accepted: KEY=FROM..TO such as api.workers=1..16, or KEY=FROM..TOlog by equal factors such as \
                    bus.loss=1e-5..0.1log";
        let (key, ends) = argument.split_once('=').ok_or(form)?;
        let (from, to) = ends.split_once("..").ok_or(form)?;
        let (to, log) = to.strip_suffix("log").map_or((to, false), |to| (to, true));
        let (key, from, to) = (key.trim().trim_matches('"'), from.trim(), to.trim());
        if [key, from, to].contains(&"") || to.contains("..") {
            return Err(form.to_owned());
        }
        Ok(Self { key, from, to, log })
    }

    /// As a table of the experiment file.
    ///
    /// # Errors
    /// If an end is no value.
    pub(crate) fn table(&self) -> Result<Table, String> {
        let ends =
            [("from", parse_value(self.from)?), ("to", parse_value(self.to)?), ("log", Value::Boolean(self.log))];
        Ok(ends.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
    }

    /// Whether the ends are a range, whatever the experiment is.
    pub(super) fn check_ends(&self, argument: &str, complaints: &mut Complaints) {
        if let Err(text) = self.table().and_then(|table| SweepRange::read(&table, false)) {
            complaints.add(argument, text);
        }
    }

    /// Whether the experiment has the key, and takes the upper end.
    pub(super) fn check(&self, plan: &Plan, argument: &str, complaints: &mut Complaints) {
        let first = self.key.split('.').next().unwrap_or_default();
        if is_fixed(first) {
            complaints.add(argument, format!("{first} cannot be varied: it is the same for all points"));
        } else if let Err(error) = plan.changed(0, 0, &[self.setting(self.to)]) {
            complaints.blame(&error, &[argument]);
        }
    }

    pub(crate) fn setting(&self, value: &str) -> String {
        format!("{}={value}", self.key)
    }
}
