//! Stalled and late connections in a month, by how often each fault comes.

use super::facts::Facts;
use super::place::{self, NamedPoints};
use super::sentence::Sentence;
use super::write;
use crate::figure::{PointFault, faults};
use crate::folder::months::{ALL, BASE};
use crate::folder::reader::{MonthRow, ReadEstimate};
use draw::figure::Unit;

/// Strategies that a sentence names.
const NAMES_MAX: usize = 3;

/// The events of one kind of a strategy in a month.
#[derive(Debug)]
pub(crate) struct Month<'a> {
    /// Index of the strategy.
    pub(crate) strategy: usize,
    /// The point without the faults of the month.
    pub(crate) point: usize,
    pub(crate) base: ReadEstimate,
    pub(crate) all: ReadEstimate,
    /// What each fault adds, in the order of the points.
    pub(crate) faults: Vec<&'a MonthRow>,
}

/// The events of one kind in a month: of each point without the month's faults, every strategy.
pub(crate) fn months<'a>(facts: &'a Facts<'_>, measure: &str) -> Vec<Month<'a>> {
    let rows: Vec<&MonthRow> = facts.months.iter().filter(|row| row.measure == measure).collect();
    let mut months: Vec<Month<'_>> = Vec::new();
    for row in &rows {
        let is_of = |month: &&mut Month<'_>| {
            month.strategy == row.group.strategy && other_keys(facts, month.point) == other_keys(facts, row.group.point)
        };
        match row.part.as_str() {
            BASE => months.push(Month {
                strategy: row.group.strategy,
                point: row.group.point,
                base: row.estimate,
                all: row.estimate,
                faults: Vec::new(),
            }),
            part => {
                let Some(month) = months.iter_mut().find(is_of) else { continue };
                if part == ALL {
                    month.all = row.estimate;
                } else {
                    month.faults.push(row);
                }
            }
        }
    }
    months
}

/// The keys of a point but the fault, with their values.
pub(crate) fn other_keys<'a>(facts: &'a Facts<'_>, point: usize) -> Vec<(&'a str, &'a str)> {
    let keys = facts.reader.keys().iter().map(String::as_str);
    keys.zip(facts.reader.points()[point].iter().map(String::as_str)).filter(|(key, _)| *key != FAULT).collect()
}

/// The key that says which fault happens.
const FAULT: &str = "fault";

/// The name of the fault at a point.
pub(crate) fn fault<'a>(facts: &'a Facts<'_>, point: usize) -> &'a str {
    let column = facts.reader.keys().iter().position(|key| key == FAULT);
    column.map_or("", |column| &facts.reader.points()[point][column])
}

/// [`rounded`] for a number that cannot be below zero.
pub(crate) fn rounded_total(estimate: ReadEstimate) -> String {
    rounded(ReadEstimate { low: estimate.low.map(|low| low.max(0.0)), ..estimate })
}

/// `13,200 [12,900, 13,500]`: each to three digits.
pub(crate) fn rounded(estimate: ReadEstimate) -> String {
    let short = |value: f64| {
        let step = libm::pow(10.0, (libm::floor(libm::log10(value.abs().max(1.0))) - 2.0).max(0.0));
        libm::round(value / step) * step
    };
    let count = |value: f64| Unit::Count.write(short(value));
    match (estimate.mean, estimate.low, estimate.high) {
        (Some(mean), Some(low), Some(high)) => format!("{} [{}, {}]", count(mean), count(low), count(high)),
        (Some(mean), ..) => count(mean),
        (None, ..) => write::UNDEFINED.to_owned(),
    }
}

/// The sentence about the other keys of `telling`; none if no fault says how often it comes.
pub(super) fn sentence(facts: &Facts<'_>, telling: usize) -> Option<Sentence> {
    // The answer goes by late attempts, and so does a month: a create that fails is late, and is no stall.
    let late = family(facts, "late", telling);
    let first = late.first()?;
    let often = |row: &&MonthRow| {
        format!("{} {}", fault(facts, row.group.point), row.per_month.map_or_else(String::new, times))
    };
    let faults: Vec<String> = first.faults.iter().map(often).collect();
    let keys = other_keys(facts, telling);
    let at = if keys.is_empty() { NamedPoints::default() } else { place::at(facts.reader, first.point) };
    // What is shown stands first: where there is no room, the end is cut.
    let month = |lead: Sentence| lead.text(" a month").place(at).text(format!(" (assumed: {})", faults.join(", ")));
    let lead = match (fewest(&late), &late[..]) {
        (_, [_]) => month(Sentence::new("Late connections")).text(": "),
        (Some(fewest), _) => {
            let name = Sentence::default().name(facts.name(fewest.strategy));
            month(name.text(" has the fewest late connections")).text(": ")
        }
        (None, _) => month(Sentence::new("Which strategy has the fewest late connections")).text(" is not shown: "),
    };
    let more = late.len().saturating_sub(NAMES_MAX);
    let sentence = lead.then(each(facts, &named(facts, &late)));
    Some(sentence.text(if more > 0 { format!("; and {more} more.") } else { ".".to_owned() }))
}

/// The months that a sentence names: those with the fewest events, and always that of the baseline.
fn named<'a, 'b>(facts: &Facts<'_>, months: &'b [Month<'a>]) -> Vec<&'b Month<'a>> {
    let baseline = months.iter().position(|month| month.strategy == facts.baseline());
    let is_cut = baseline.is_some_and(|place| place >= NAMES_MAX);
    let first = months.iter().take(NAMES_MAX - usize::from(is_cut));
    first.chain(baseline.filter(|_| is_cut).map(|place| &months[place])).collect()
}

/// The strategy whose interval is below those of all others.
fn fewest<'a, 'b>(months: &'b [Month<'a>]) -> Option<&'b Month<'a>> {
    let is_below =
        |one: &Month<'_>, other: &Month<'_>| one.all.high.zip(other.all.low).is_some_and(|(high, low)| high < low);
    let rest = |one: &Month<'_>| {
        months.iter().filter(|other| other.strategy != one.strategy).all(|other| is_below(one, other))
    };
    months.iter().find(|month| rest(month))
}

/// The faults that strike in every run at a point without the month's faults: those without `per_month`.
pub(crate) fn of_every_run(facts: &Facts<'_>, point: usize) -> Vec<PointFault> {
    faults(facts.reader, point).into_iter().filter(PointFault::strikes).collect()
}

/// The name of the runs without the month's faults. `has_faults`: other faults strike in every run.
pub(crate) const fn base_words(has_faults: bool) -> &'static str {
    if has_faults { "with only the faults of every run" } else { "without faults" }
}

/// `, of them 157 by broker`: the largest part of a month; nothing where there are no events.
fn largest(facts: &Facts<'_>, month: &Month<'_>) -> String {
    let faults = month.faults.iter().map(|row| (row.estimate, Some(row.group.point)));
    let parts = std::iter::once((month.base, None)).chain(faults);
    let positive = parts.filter_map(|(estimate, point)| Some((estimate.mean.filter(|mean| *mean >= 0.5)?, point)));
    let Some((mean, point)) = positive.reduce(|one, other| if other.0 > one.0 { other } else { one }) else {
        return String::new();
    };
    let part = rounded(ReadEstimate { mean: Some(mean), low: None, high: None });
    point.map_or_else(
        || format!(", of them {part} {}", base_words(!of_every_run(facts, month.point).is_empty())),
        |point| format!(", of them {part} by {}", fault(facts, point)),
    )
}

/// The months of the strategies with the other keys of a point, the fewest events first.
fn family<'a>(facts: &'a Facts<'_>, measure: &str, point: usize) -> Vec<Month<'a>> {
    let keys = other_keys(facts, point);
    let mut family: Vec<Month<'a>> =
        months(facts, measure).into_iter().filter(|month| other_keys(facts, month.point) == keys).collect();
    let mean = |month: &Month<'_>| month.all.mean.unwrap_or(f64::INFINITY);
    family.sort_by(|one, other| mean(one).total_cmp(&mean(other)));
    family
}

/// `push 74,200 [70,600, 77,800], of them 73,900 by bus; pull 1,320 [710, 2,230], of them 1,320 without faults`.
fn each(facts: &Facts<'_>, months: &[&Month<'_>]) -> Sentence {
    let mut sentence = Sentence::new("");
    for (index, month) in months.iter().enumerate() {
        let between = if index == 0 { "" } else { "; " };
        sentence = sentence.text(between).name(facts.name(month.strategy)).text(format!(
            " {}{}",
            rounded_total(month.all),
            largest(facts, month)
        ));
    }
    sentence
}

/// `1`, `0.5`: how often.
pub(crate) fn times(per_month: f64) -> String {
    Unit::None.write(per_month)
}
