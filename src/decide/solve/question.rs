//! What is asked: a key and its range, a measure, and a limit on it or a comparison of two strategies.

use std::path::Path;

use crate::decide::axis::{SearchAxis, WrittenRange};
use crate::decide::complaints::{Complaints, of_range};
use crate::decide::search::Rules;
use crate::file::Bound;
use crate::file::problem::{InputError, InputPlace, Problem};
use crate::measure::Measure;
use crate::plan::{Overrides, Plan};
use serde::{Deserialize, Serialize};

/// Replications of the first look, for each of five points.
const FIRST_LOOK: u64 = 5 * stats::stopping::FIRST as u64;

/// The least precision that may be asked for.
pub(in crate::decide) const PRECISION_MIN: f64 = 1e-3;

/// The precision unless another one is asked for: of the root, or of the range where it is evenly spaced.
pub(in crate::decide) const PRECISION_LOG: f64 = 0.1;
pub(in crate::decide) const PRECISION_EVEN: f64 = 0.05;

/// A question as the command line puts it.
#[derive(Clone, Default, Debug)]
pub struct SolveRequest {
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

impl SolveRequest {
    /// The strategies that are named, each with its option.
    fn strategies(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let named = [("--strategy", &self.strategy), ("--better", &self.better), ("--than", &self.than)];
        named.into_iter().filter_map(|(option, name)| Some((option, name.as_deref()?)))
    }
}

/// A valid question.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct SolveQuestion {
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

/// Reads an experiment and a question about it. The key has the lower end of its range in the plan.
///
/// # Errors
/// Everything that is wrong with either, at once.
pub fn read(file: &Path, overrides: &Overrides, asked: &SolveRequest) -> Result<(Plan, SolveQuestion), InputError> {
    let mut complaints = Complaints::default();
    let mut overrides = overrides.clone();
    let names = Plan::strategy_names(file);
    if !names.is_empty() {
        asked.strategies().for_each(|(option, name)| complaints.named(&names, option, name));
        // The others are not run, and need not be fit for it.
        if complaints.0.is_empty() {
            overrides.strategies = asked.strategies().map(|(_, name)| name.to_owned()).collect();
        }
    }
    let range = WrittenRange::parse(&asked.range);
    match &range {
        Ok(range) => {
            complaints.hidden(file, &overrides, range);
            overrides.set.push(range.setting(range.from));
        }
        Err(text) => complaints.add(&asked.range, text),
    }
    let measure = complaints.measure("--measure", &asked.measure);
    let wanted = measure.and_then(|measure| wanted(asked, &measure, &mut complaints));
    check_numbers(asked, &mut complaints);
    let ranges = [asked.range.as_str()];
    let plan = Plan::read(file, &overrides).map_err(|error| {
        complaints.blame(&error, &ranges);
        if let Ok(range) = &range {
            range.check_ends(&asked.range, &mut complaints);
        }
    });
    let plan = plan.map(|mut plan| {
        plan.warnings = plan.warnings.iter().map(|warning| of_range(warning, &ranges)).collect();
        let place = InputPlace::Argument(asked.range.clone());
        let unread = range.as_ref().ok().and_then(|range| plan.unread(range.key));
        if let Some(why) = unread.filter(|_| plan.warnings.iter().all(|warning| warning.place != place)) {
            plan.warnings.push(Problem { place, key: String::new(), text: format!("has no effect, as {why}") });
        }
        plan
    });
    let axis = plan.as_ref().ok().zip(range.as_ref().ok()).and_then(|(plan, range)| {
        check_plan(plan, asked, range, &mut complaints);
        if names.is_empty() {
            asked.strategies().for_each(|(option, name)| complaints.strategy(plan, option, name));
        }
        SearchAxis::new(plan, &asked.range).map_err(|text| complaints.add(&asked.range, text)).ok()
    });
    match (plan, axis, measure, wanted) {
        (Ok(plan), Some(axis), Some(measure), Some(wanted)) if complaints.0.is_empty() => {
            let precision = if axis.is_log() { PRECISION_LOG } else { PRECISION_EVEN };
            let question = SolveQuestion {
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

impl SolveQuestion {
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

/// What is asked, with its limit read.
fn wanted(asked: &SolveRequest, measure: &Measure, complaints: &mut Complaints) -> Option<Wanted> {
    if let (Some(strategy), Some(than)) = (asked.better.clone(), asked.than.clone()) {
        if strategy == than {
            complaints.add(format!("--than {than}"), "accepted: another strategy than that of --better");
        }
        return Some(Wanted::Better { strategy, than });
    }
    let strategy = asked.strategy.clone()?;
    match (&asked.at_most, &asked.at_least) {
        (Some(text), _) => {
            let limit = complaints.limit("--at-most", text, measure, Bound::AtMost)?;
            Some(Wanted::AtMost { strategy, limit })
        }
        (None, Some(text)) => {
            let limit = complaints.limit("--at-least", text, measure, Bound::AtLeast)?;
            Some(Wanted::AtLeast { strategy, limit })
        }
        (None, None) => {
            complaints.add(format!("--strategy {strategy}"), "accepted: beside it --at-most or --at-least");
            None
        }
    }
}

fn check_numbers(asked: &SolveRequest, complaints: &mut Complaints) {
    if let Some(precision) = asked.precision
        && !(PRECISION_MIN..1.0).contains(&precision)
    {
        complaints.add(format!("--precision {precision}"), format!("accepted: from {PRECISION_MIN} to below 1"));
    }
    if asked.crossing == Some(0) {
        complaints.add("--crossing 0", format!("accepted: from 1 to {}", u16::MAX));
    }
    let least = FIRST_LOOK * if asked.better.is_some() { 2 } else { 1 };
    complaints.budget(asked.budget, least);
}

/// What is wrong with the question only for this experiment.
fn check_plan(plan: &Plan, asked: &SolveRequest, range: &WrittenRange<'_>, complaints: &mut Complaints) {
    range.check(plan, &asked.range, complaints);
    complaints.one_point(plan, &asked.range);
    complaints.rare(plan, &asked.measure);
}
