//! The range of a key: its places, the value at each, and how a place is written.

use toml::Value;

use super::question::Range as Written;
use crate::file::keys::KeyKind;
use crate::file::range::{SweepRange, six_digits};
use crate::file::tree::render;
use crate::file::validate::locate;
use crate::plan::Plan;
use draw::figure::Unit;

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
        let written = Written::parse(argument)?;
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

    /// A place in words: `0.00122`, `48 s`, `5/s`.
    pub(crate) fn write(&self, place: f64) -> String {
        self.with_rate(self.unit().write(self.number(place)))
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
