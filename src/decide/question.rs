//! What is asked: a key and its range, a measure, and a limit on it or a comparison of two strategies.

use std::path::Path;

use serde::{Deserialize, Serialize};
use toml::{Table, Value};

use super::axis::SearchAxis;
use super::search::Rules;
use crate::file::goal::{accepted_limit, limit};
use crate::file::keys::is_fixed;
use crate::file::nearest;
use crate::file::problem::{InputError, InputPlace, Problem};
use crate::measure::{MEASURES, Measure, measure_index};
use crate::plan::overrides::parse_value;
use crate::plan::{Overrides, Plan};

/// Replications of the first look, for each of five points.
const FIRST_LOOK: u64 = 5 * stats::stopping::FIRST as u64;

/// The most runs that a question may cost.
const BUDGET_MAX: u64 = 10_000_000;

/// The least precision that may be asked for.
const PRECISION_MIN: f64 = 1e-3;

/// The precision unless another one is asked for: of the root, or of the range where it is evenly spaced.
const PRECISION_LOG: f64 = 0.1;
const PRECISION_EVEN: f64 = 0.05;

/// A question as the command line puts it.
#[derive(Clone, Default, Debug)]
pub struct Asked {
    /// `KEY=FROM..TO` or `KEY=FROM..TOlog`.
    pub range: String,
    /// The strategy that must keep a limit.
    pub strategy: Option<String>,
    /// The upper limit.
    pub at_most: Option<String>,
    /// The lower limit.
    pub at_least: Option<String>,
    /// The strategy that is compared.
    pub better: Option<String>,
    /// What it is compared with.
    pub than: Option<String>,
    /// The measure.
    pub measure: String,
    /// Wanted half-width.
    pub precision: Option<f64>,
    /// The most runs.
    pub budget: u64,
    /// Which of several crossings, from 1.
    pub crossing: Option<usize>,
}

/// A valid question.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Question {
    /// The key that is varied, as `KEY=FROM..TO` or `KEY=FROM..TOlog`.
    pub range: String,
    /// The measure.
    pub measure: String,
    /// What is asked of it.
    pub wanted: Wanted,
    /// Wanted half-width of the answer: relative where the range goes by equal factors, else as a share of the range.
    pub precision: f64,
    /// The most runs.
    pub budget: u64,
    /// Which of several crossings, from 1.
    pub crossing: Option<usize>,
}

/// What is asked of a measure.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wanted {
    /// Where does a strategy keep an upper limit?
    AtMost {
        /// The strategy.
        strategy: String,
        /// The limit, in the measure's unit.
        limit: f64,
    },
    /// Where does a strategy keep a lower limit?
    AtLeast {
        /// The strategy.
        strategy: String,
        /// The limit, in the measure's unit.
        limit: f64,
    },
    /// Where is the measure of one strategy lower than that of another?
    Better {
        /// The one.
        strategy: String,
        /// The other.
        than: String,
    },
}

impl Wanted {
    /// The strategies that are run.
    #[must_use]
    pub fn strategies(&self) -> Vec<&str> {
        match self {
            Self::AtMost { strategy, .. } | Self::AtLeast { strategy, .. } => vec![strategy],
            Self::Better { strategy, than } => vec![strategy, than],
        }
    }

    /// The limit; of a comparison, none.
    #[must_use]
    pub const fn limit(&self) -> Option<f64> {
        match self {
            Self::AtMost { limit, .. } | Self::AtLeast { limit, .. } => Some(*limit),
            Self::Better { .. } => None,
        }
    }
}

/// The problems of a question, each with the argument that it is about.
struct Complaints(Vec<Problem>);

impl Complaints {
    fn add(&mut self, argument: impl Into<String>, text: impl Into<String>) {
        self.0.push(Problem { place: InputPlace::Argument(argument.into()), key: String::new(), text: text.into() });
    }
}

/// Reads an experiment and a question about it. The key has the lower end of its range in the plan.
///
/// # Errors
/// Everything that is wrong with either, at once.
pub fn read(file: &Path, overrides: &Overrides, asked: &Asked) -> Result<(Plan, Question), InputError> {
    let mut complaints = Complaints(Vec::new());
    let range = Range::parse(&asked.range);
    let mut overrides = overrides.clone();
    match &range {
        Ok(range) => overrides.set.push(range.setting(range.from)),
        Err(text) => complaints.add(&asked.range, text),
    }
    let measure = find_measure(&asked.measure, &mut complaints);
    let wanted = measure.and_then(|measure| wanted(asked, &measure, &mut complaints));
    check_numbers(asked, &mut complaints);
    let plan = Plan::read(file, &overrides).map_err(|error| complaints.0.extend(blame(&error, &asked.range)));
    let axis = plan.as_ref().ok().zip(range.as_ref().ok()).and_then(|(plan, range)| {
        check_plan(plan, asked, range, &mut complaints);
        SearchAxis::new(plan, &asked.range).map_err(|text| complaints.add(&asked.range, text)).ok()
    });
    match (plan, axis, measure, wanted) {
        (Ok(plan), Some(axis), Some(measure), Some(wanted)) if complaints.0.is_empty() => {
            let precision = if axis.is_log() { PRECISION_LOG } else { PRECISION_EVEN };
            let question = Question {
                range: asked.range.clone(),
                measure: measure.name.to_owned(),
                wanted,
                precision: asked.precision.unwrap_or(precision),
                budget: asked.budget,
                crossing: asked.crossing,
            };
            Ok((plan, question))
        }
        _ => Err(InputError::new(complaints.0)),
    }
}

impl Question {
    /// The rules of the search over an axis.
    pub(crate) fn rules(&self, axis: &SearchAxis) -> Rules {
        Rules {
            last: axis.last(),
            whole: axis.is_whole(),
            half_width: axis.half_width(self.precision),
            budget: self.budget,
            runs: self.wanted.strategies().len() as u64,
            crossing: self.crossing,
        }
    }
}

/// `KEY=FROM..TO` in its parts.
pub(crate) struct Range<'a> {
    pub(crate) key: &'a str,
    from: &'a str,
    to: &'a str,
    log: bool,
}

impl<'a> Range<'a> {
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

    fn setting(&self, value: &str) -> String {
        format!("{}={value}", self.key)
    }
}

fn find_measure(name: &str, complaints: &mut Complaints) -> Option<Measure> {
    let found = measure_index(name).map(|index| MEASURES[index]);
    if found.is_none() {
        let meant = nearest(name, MEASURES.iter().map(|measure| measure.name));
        let meant = meant.map_or(String::new(), |name| format!(", did you mean {name}?"));
        complaints.add(format!("--measure {name}"), format!("there is no such measure{meant}"));
    }
    found
}

/// What is asked, with its limit read.
fn wanted(asked: &Asked, measure: &Measure, complaints: &mut Complaints) -> Option<Wanted> {
    if let (Some(strategy), Some(than)) = (asked.better.clone(), asked.than.clone()) {
        if strategy == than {
            complaints.add(format!("--than {than}"), "accepted: another strategy than that of --better");
        }
        return Some(Wanted::Better { strategy, than });
    }
    let strategy = asked.strategy.clone()?;
    let (option, text) = match (&asked.at_most, &asked.at_least) {
        (Some(text), _) => ("--at-most", text),
        (None, Some(text)) => ("--at-least", text),
        (None, None) => {
            complaints.add(format!("--strategy {strategy}"), "accepted: beside it --at-most or --at-least");
            return None;
        }
    };
    let Some(limit) = parse_value(text).ok().and_then(|value| limit(measure, &value)) else {
        let text = format!("found {text}, accepted for {}: {}", measure.name, accepted_limit(measure));
        complaints.add(option, text);
        return None;
    };
    let strategy = strategy.clone();
    Some(if option == "--at-most" { Wanted::AtMost { strategy, limit } } else { Wanted::AtLeast { strategy, limit } })
}

fn check_numbers(asked: &Asked, complaints: &mut Complaints) {
    if let Some(precision) = asked.precision
        && !(PRECISION_MIN..1.0).contains(&precision)
    {
        complaints.add(format!("--precision {precision}"), format!("accepted: from {PRECISION_MIN} to below 1"));
    }
    let least = FIRST_LOOK * if asked.better.is_some() { 2 } else { 1 };
    if !(least..=BUDGET_MAX).contains(&asked.budget) {
        let text = format!("accepted: from {least} runs, which the first look takes, to {BUDGET_MAX}");
        complaints.add(format!("--budget {}", asked.budget), text);
    }
}

/// What is wrong with the question only for this experiment.
fn check_plan(plan: &Plan, asked: &Asked, range: &Range<'_>, complaints: &mut Complaints) {
    let first = range.key.split('.').next().unwrap_or_default();
    if is_fixed(first) {
        complaints.add(&asked.range, format!("{first} cannot be varied: it is the same for all points"));
    } else if let Err(error) = plan.changed(0, 0, &[range.setting(range.to)]) {
        complaints.0.extend(blame(&error, &asked.range));
    }
    if plan.points.len() > 1 {
        let (keys, points) = (plan.keys.join(" and "), plan.points.len());
        let text = format!(
            "the experiment sweeps {keys}, found {points} points, accepted: one; --set {}=VALUE fixes a key",
            plan.keys[0]
        );
        complaints.add(&asked.range, text);
    }
    for (option, name) in [("--strategy", &asked.strategy), ("--better", &asked.better), ("--than", &asked.than)] {
        let Some(name) = name.as_ref().filter(|name| !plan.strategies.contains(name)) else { continue };
        let names = || plan.strategies.iter().map(String::as_str);
        let meant = nearest(name, names()).map_or(String::new(), |name| format!("; did you mean {name}?"));
        let names: Vec<&str> = names().collect();
        complaints.add(
            format!("{option} {name}"),
            format!("there is no such strategy, accepted: {}{meant}", names.join(", ")),
        );
    }
}

/// The problems of an experiment; those of an end of the range are problems of the range.
fn blame(error: &InputError, range: &str) -> Vec<Problem> {
    let key = range.split('=').next().unwrap_or_default();
    let own =
        |place: &InputPlace| matches!(place, InputPlace::Argument(text) if text.starts_with(&format!("--set {key}=")));
    let put = |problem: &Problem| {
        let place = if own(&problem.place) { InputPlace::Argument(range.to_owned()) } else { problem.place.clone() };
        Problem { place, ..problem.clone() }
    };
    error.problems().iter().map(put).collect()
}
