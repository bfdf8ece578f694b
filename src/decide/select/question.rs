//! What is asked: one measure or several, limits on others, and which differences do not matter.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::decide::complaints::{Complaints, one_case};
use crate::decide::eliminate::first_look;
use crate::decide::select::{CANDIDATES_MAX, candidates};
use crate::file::goal::{accepted_limit, limit};
use crate::file::problem::InputError;
use crate::file::{Bound, Goal};
use crate::measure::{MEASURES, Measure, measure_index};
use crate::plan::overrides::parse_value;
use crate::plan::{Overrides, Plan};

/// A question as the command line puts it.
#[derive(Clone, Default, Debug)]
pub struct SelectRequest {
    /// The measure whose lowest value is looked for.
    pub best: String,
    /// Further measures, for a Pareto front.
    pub and: Vec<String>,
    /// `MEASURE < LIMIT` or `MEASURE > LIMIT`.
    pub subject_to: Vec<String>,
    /// The difference that does not matter, for each measure.
    pub within: Vec<String>,
    /// The probability that the best one is kept.
    pub confidence: f64,
    /// The most runs.
    pub budget: u64,
}

/// A valid question.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct SelectQuestion {
    /// The measure whose lowest value is looked for.
    pub best: String,
    /// Further measures.
    pub and: Vec<String>,
    /// Limits on measures, beside those of `[goal]`.
    pub subject_to: Vec<Constraint>,
    /// For each measure, the difference that does not matter.
    pub within: Vec<f64>,
    /// The probability that the best one is kept.
    pub confidence: f64,
    /// The most runs.
    pub budget: u64,
}

impl SelectQuestion {
    /// The indices of the measures that are to be low.
    pub(super) fn objectives(&self) -> Vec<usize> {
        let names = std::iter::once(&self.best).chain(&self.and);
        names.map(|name| measure_index(name).expect("a valid question names measures")).collect()
    }
}

/// A limit on a measure.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Constraint {
    /// An upper limit.
    AtMost {
        /// The measure.
        measure: String,
        /// In its unit.
        limit: f64,
    },
    /// A lower limit.
    AtLeast {
        /// The measure.
        measure: String,
        /// In its unit.
        limit: f64,
    },
}

/// The letters that comparisons are written with, here or elsewhere.
const COMPARING: [char; 4] = ['<', '>', '=', '!'];

impl Constraint {
    /// As a goal; none if there is no such measure.
    pub(in crate::decide) fn goal(&self) -> Option<Goal> {
        let (name, bound, limit) = match self {
            Self::AtMost { measure, limit } => (measure, Bound::AtMost, *limit),
            Self::AtLeast { measure, limit } => (measure, Bound::AtLeast, *limit),
        };
        Some(Goal { measure: MEASURES[measure_index(name)?], bound, limit })
    }

    /// Reads `create_time_p99_s < 500ms`.
    fn read(text: &str, complaints: &mut Complaints) -> Option<Self> {
        let argument = format!("--subject-to {text}");
        let Some(place) = text.find(COMPARING) else {
            complaints.add(argument, "accepted: MEASURE < LIMIT or MEASURE > LIMIT, such as create_time_p99_s < 500ms");
            return None;
        };
        let (name, rest) = (text[..place].trim(), &text[place..]);
        let value = rest.trim_start_matches(COMPARING);
        let comparison = &rest[..rest.len() - value.len()];
        if !["<", "<=", ">", ">="].contains(&comparison) {
            complaints.add(argument, format!("found {comparison}, accepted: <, <=, > or >="));
            return None;
        }
        let value = value.trim();
        let measure = complaints.measure("--subject-to", name)?;
        let Some(limit) = amount(&measure, value) else {
            let text = format!("found {value}, accepted for {name}: {}", accepted_limit(&measure));
            complaints.add(argument, text);
            return None;
        };
        let measure = measure.name.to_owned();
        Some(if comparison.starts_with('<') {
            Self::AtMost { measure, limit }
        } else {
            Self::AtLeast { measure, limit }
        })
    }
}

/// An amount in a measure's unit: as in the file, or seconds as a number.
fn amount(measure: &Measure, text: &str) -> Option<f64> {
    let value = parse_value(text).ok()?;
    let plain = value.as_float().or_else(|| value.as_integer().map(|whole| whole as f64));
    limit(measure, &value).or_else(|| plain.filter(|number| measure.unit == "s" && *number >= 0.0))
}

/// Reads an experiment and a question about it.
///
/// # Errors
/// Everything that is wrong with either, at once.
pub fn read(file: &Path, overrides: &Overrides, asked: &SelectRequest) -> Result<(Plan, SelectQuestion), InputError> {
    let mut complaints = Complaints::default();
    let best = complaints.measure("--best", &asked.best);
    let and: Vec<Measure> = asked.and.iter().filter_map(|name| complaints.measure("--and", name)).collect();
    let subject_to: Vec<Constraint> =
        asked.subject_to.iter().filter_map(|text| Constraint::read(text, &mut complaints)).collect();
    let measures: Vec<Measure> = best.into_iter().chain(and.iter().copied()).collect();
    for (index, measure) in measures.iter().enumerate().filter(|(index, _)| *index > 0) {
        if measures[..index].iter().any(|other| other.name == measure.name) {
            complaints.add(format!("--and {}", measure.name), "accepted: another measure than those before");
        }
    }
    let within = within(asked, &measures, &mut complaints);
    if !(0.5..1.0).contains(&asked.confidence) {
        complaints.add(format!("--confidence {}", asked.confidence), "accepted: from 0.5 to below 1");
    }
    let plan = Plan::read(file, overrides).map_err(|error| complaints.blame(&error, &[]));
    if let Ok(plan) = &plan {
        if let Some((_, faults)) = plan.monthly_faults() {
            let why = "would be a candidate, and which one happens is no choice";
            complaints.add("select", one_case(why, &faults));
        }
        let count = candidates(plan).len();
        if (2..=CANDIDATES_MAX).contains(&count) {
            complaints.budget(asked.budget, first_look(count));
        } else {
            let candidates = if count == 1 { "candidate" } else { "candidates" };
            let text =
                format!("found {count} {candidates} (strategies × points), accepted: from 2 to {CANDIDATES_MAX}");
            complaints.add(format!("--best {}", asked.best), text);
        }
    }
    match (plan, best, within) {
        (Ok(plan), Some(best), Some(within)) if complaints.0.is_empty() => {
            let question = SelectQuestion {
                best: best.name.to_owned(),
                and: and.iter().map(|measure| measure.name.to_owned()).collect(),
                subject_to,
                within,
                confidence: asked.confidence,
                budget: asked.budget,
            };
            Ok((plan, question))
        }
        _ => Err(InputError::new(complaints.0)),
    }
}

/// The difference that does not matter, for each measure: zero unless it is given.
fn within(asked: &SelectRequest, measures: &[Measure], complaints: &mut Complaints) -> Option<Vec<f64>> {
    if asked.within.is_empty() {
        return Some(vec![0.0; measures.len()]);
    }
    let mut amounts = Vec::new();
    for (text, measure) in asked.within.iter().zip(measures) {
        if let Some(amount) = amount(measure, text) {
            amounts.push(amount);
        } else {
            let accepted = format!("accepted for {}: {}", measure.name, accepted_limit(measure));
            complaints.add(format!("--within {text}"), accepted);
        }
    }
    if asked.within.len() != 1 + asked.and.len() {
        let count = asked.within.len();
        let differences = if count == 1 { "difference" } else { "differences" };
        let text = format!("found {count} {differences}, accepted: one for each measure, in their order");
        complaints.add(format!("--within {}", asked.within.join(" ")), text);
        return None;
    }
    (amounts.len() == 1 + asked.and.len()).then_some(amounts)
}
