//! The remark of an answer whose measures leave failed creates out: a strategy that lets creates fail looks better than
//! the strategy is.

use serde_json::Value;

use super::{Answer, Question, Rounds, select};
use crate::figure::{capital, creates_that_fail, list, omits_failed_creates};
use crate::measure::measure_index;
use crate::plan::Plan;
use crate::run::Row;

/// An answer with the remark.
pub(super) struct Remarked<'a> {
    pub(super) answer: Box<dyn Answer + 'a>,
    /// None where hardly any create fails, or where each measure counts failed creates.
    pub(super) creates: Option<String>,
}

impl Answer for Remarked<'_> {
    fn sentence(&self) -> String {
        let sentence = self.answer.sentence();
        self.creates.as_ref().map_or_else(|| sentence.clone(), |creates| format!("{sentence} {creates}"))
    }

    fn failure(&self) -> Option<String> {
        self.answer.failure()
    }

    fn json(&self) -> Value {
        let mut json = self.answer.json();
        json["sentence"] = Value::String(self.sentence());
        json["creates"] = self.creates.clone().map_or(Value::Null, Value::String);
        json
    }

    fn files(&self) -> Vec<(&'static str, Vec<u8>)> {
        self.answer.files()
    }
}

/// The measures that a question judges by, each once.
fn measures(plan: &Plan, question: &Question) -> Vec<String> {
    let mut measures = match question {
        Question::Solve(question) => vec![question.measure.clone()],
        Question::Map(question) => vec![question.measure.clone()],
        Question::Sensitivity(question) => vec![question.measure.clone()],
        Question::Select(question) => {
            let limits = question.subject_to.iter().filter_map(select::Constraint::goal);
            let limits = limits.chain(plan.goals().iter().copied()).map(|goal| goal.measure.name.to_owned());
            std::iter::once(&question.best).chain(&question.and).cloned().chain(limits).collect()
        }
    };
    let all = measures.clone();
    let mut index = 0;
    measures.retain(|name| {
        index += 1;
        !all[..index - 1].contains(name)
    });
    measures
}

/// `Up to 13.4 % of creates failed under push-retry; such an attempt sends no initiation: late_rate counts it, stall_rate
/// does not.`
pub(super) fn remark(plan: &Plan, question: &Question, rounds: &Rounds<'_>) -> Option<String> {
    let measures = measures(plan, question);
    let omitting: Vec<&str> = measures.iter().map(String::as_str).filter(|name| omits_failed_creates(name)).collect();
    if omitting.is_empty() {
        return None;
    }
    let total = |rows: &[&Row], name: &str| -> f64 {
        let index = measure_index(name).expect("a measure of every run");
        rows.iter().filter_map(|row| row.measures[index]).sum()
    };
    let places = rounds.places().into_iter().map(|(strategy, rows)| {
        (plan.strategies[strategy].as_str(), total(&rows, "create_failed"), total(&rows, "attempts_first"))
    });
    let told = creates_that_fail(&places.collect::<Vec<_>>())?;
    let do_not = if omitting.len() == 1 { "does not" } else { "do not" };
    let omitting = list(&omitting);
    Some(format!("{}; such an attempt sends no initiation: late_rate counts it, {omitting} {do_not}.", capital(&told)))
}
