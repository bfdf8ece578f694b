//! What is wrong with a question, argument by argument.

use crate::file::nearest;
use crate::file::problem::{InputError, InputPlace, Problem};
use crate::measure::{MEASURES, Measure, is_rare, measure_index};
use crate::plan::Plan;

/// The most runs that a question may cost.
const BUDGET_MAX: u64 = 10_000_000;

/// The problems of a question, each with the argument that it is about.
#[derive(Default)]
pub(super) struct Complaints(pub(super) Vec<Problem>);

impl Complaints {
    pub(super) fn add(&mut self, argument: impl Into<String>, text: impl Into<String>) {
        self.0.push(Problem { place: InputPlace::Argument(argument.into()), key: String::new(), text: text.into() });
    }

    /// The problems of an experiment. Those of the ends of a range, which were set, are problems of the range.
    pub(super) fn blame(&mut self, error: &InputError, range: &str) {
        let key = range.split('=').next().unwrap_or_default();
        let own = |place: &InputPlace| matches!(place, InputPlace::Argument(text) if text.starts_with(&format!("--set {key}=")));
        for problem in error.problems() {
            let place =
                if own(&problem.place) { InputPlace::Argument(range.to_owned()) } else { problem.place.clone() };
            self.0.push(Problem { place, ..problem.clone() });
        }
    }

    /// The measure of this name.
    pub(super) fn measure(&mut self, option: &str, name: &str) -> Option<Measure> {
        let found = measure_index(name).map(|index| MEASURES[index]);
        if found.is_none() {
            let meant = nearest(name, MEASURES.iter().map(|measure| measure.name));
            let meant = meant.map_or(String::new(), |name| format!("; did you mean {name}?"));
            let text =
                format!("there is no such measure, accepted: a measure of summary.csv such as stall_rate{meant}");
            self.add(format!("{option} {name}"), text);
        }
        found
    }

    /// Whether a strategy is one of the experiment.
    pub(super) fn strategy(&mut self, plan: &Plan, option: &str, name: &str) {
        if plan.strategies.iter().any(|other| other == name) {
            return;
        }
        let names: Vec<&str> = plan.strategies.iter().map(String::as_str).collect();
        let meant = nearest(name, names.iter().copied());
        let meant = meant.map_or(String::new(), |name| format!("; did you mean {name}?"));
        let text = format!("there is no such strategy, accepted: {}{meant}", names.join(", "));
        self.add(format!("{option} {name}"), text);
    }

    /// Whether the budget allows for the first look.
    pub(super) fn budget(&mut self, budget: u64, first_look: u64) {
        if !(first_look..=BUDGET_MAX).contains(&budget) {
            let text = format!("accepted: from {first_look} runs, which the first look takes, to {BUDGET_MAX}");
            self.add(format!("--budget {budget}"), text);
        }
    }

    /// A measure that only runs with `[rare]` have needs them.
    pub(super) fn rare(&mut self, plan: &Plan, measure: &str) {
        if is_rare(measure) && !plan.is_rare() {
            self.add(format!("--measure {measure}"), "only runs with [rare] have it: --set rare.every=50");
        }
    }

    /// Whether the experiment has one point.
    pub(super) fn one_point(&mut self, plan: &Plan, argument: &str) {
        if plan.points.len() > 1 {
            let (keys, points) = (plan.keys.join(" and "), plan.points.len());
            let text = format!(
                "the experiment sweeps {keys}, found {points} points, accepted: one; --set {}=VALUE fixes a key",
                plan.keys[0]
            );
            self.add(argument, text);
        }
    }
}
