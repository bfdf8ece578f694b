//! What is wrong with a question, argument by argument.

use std::path::Path;

use super::axis::WrittenRange;
use crate::file::problem::{InputError, InputPlace, Problem};
use crate::file::{Bound, goal, nearest};
use crate::measure::{MEASURES, Measure, is_rare, measure_index};
use crate::plan::overrides::parse_value;
use crate::plan::{Overrides, Plan};

/// The most runs that a question may cost.
const BUDGET_MAX: u64 = 10_000_000;

/// The problems of a question, each with the argument that it is about.
#[derive(Default)]
pub(super) struct Complaints(pub(super) Vec<Problem>);

impl Complaints {
    pub(super) fn add(&mut self, argument: impl Into<String>, text: impl Into<String>) {
        self.0.push(Problem { place: InputPlace::Argument(argument.into()), key: String::new(), text: text.into() });
    }

    /// The problems of an experiment. Those of the ends of ranges, which were set, are problems of the ranges.
    pub(super) fn blame(&mut self, error: &InputError, ranges: &[&str]) {
        self.0.extend(error.problems().iter().map(|problem| of_range(problem, ranges)));
    }

    /// The problems of what `--set` gives the key of a range, which the range hides.
    pub(super) fn hidden(&mut self, file: &Path, overrides: &Overrides, range: &WrittenRange<'_>) {
        let sets_key = |set: &&String| set.split('=').next().is_some_and(|key| key.trim() == range.key);
        let places: Vec<InputPlace> =
            overrides.set.iter().filter(sets_key).map(|set| InputPlace::Argument(format!("--set {set}"))).collect();
        if places.is_empty() {
            return;
        }
        if let Err(error) = Plan::read(file, overrides) {
            self.0.extend(error.problems().iter().filter(|problem| places.contains(&problem.place)).cloned());
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

    /// A limit in the measure's unit. One that every value keeps asks nothing.
    pub(super) fn limit(&mut self, option: &str, text: &str, measure: &Measure, bound: Bound) -> Option<f64> {
        let Some(limit) = parse_value(text).ok().and_then(|value| goal::limit(measure, &value)) else {
            let accepted = goal::accepted_limit(measure);
            self.add(option, format!("found {text}, accepted for {}: {accepted}", measure.name));
            return None;
        };
        let kept = match bound {
            Bound::AtLeast if limit <= 0.0 => "above 0, as no value is below 0",
            Bound::AtMost if limit >= 1.0 && measure.unit == "1" => "below 1, as no share is above 1",
            _ => return Some(limit),
        };
        self.add(option, format!("found {text}, accepted for {}: {kept}", measure.name));
        None
    }

    /// Whether a strategy is one of those that are run.
    pub(super) fn strategy(&mut self, plan: &Plan, option: &str, name: &str) {
        let is_left_out = !plan.strategies.iter().any(|other| other == name) && plan.has_strategy(name);
        if !is_left_out {
            return self.named(&plan.strategies, option, name);
        }
        let all: Vec<String> =
            plan.strategies.iter().map(String::as_str).chain([name]).map(|name| format!("--strategy {name}")).collect();
        let text = format!(
            "{name} is a strategy of the experiment that is not run, accepted: {}; {} runs it too",
            plan.strategies.join(", "),
            all.join(" ")
        );
        self.add(format!("{option} {name}"), text);
    }

    /// Whether a strategy is one of these.
    pub(super) fn named(&mut self, names: &[String], option: &str, name: &str) {
        if names.iter().any(|other| other == name) {
            return;
        }
        let meant = nearest(name, names.iter().map(String::as_str));
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
        let monthly = plan.monthly_faults();
        if let Some((_, faults)) = &monthly {
            self.add(argument, one_case("is run alone, and an answer is about one case", faults));
        }
        let is_swept = |column: &usize| monthly.as_ref().is_none_or(|(fault, _)| fault != column);
        let swept: Vec<usize> = (0..plan.keys.len()).filter(is_swept).collect();
        let keys: Vec<&str> = swept.iter().map(|column| plan.keys[*column].as_str()).collect();
        if let (Some(first), 2..) = (keys.first(), plan.points.len()) {
            let points = plan.points.len() / monthly.as_ref().map_or(1, |(_, faults)| faults.len() + 1);
            let text = format!(
                "the experiment sweeps {}, found {points} points, accepted: one; --set {first}=VALUE fixes a key",
                keys.join(" and ")
            );
            self.add(argument, text);
        }
    }
}

/// What is accepted where faults of a month are run one by one: `each fault with per_month is run alone, …`
pub(super) fn one_case(why: &str, faults: &[(String, f64)]) -> String {
    let names: Vec<&str> = faults.iter().map(|(name, _)| name.as_str()).collect();
    format!(
        "each fault with per_month {why}, accepted: one case; --set fault=NAME fixes it: none, all, {}",
        names.join(", ")
    )
}

/// A problem of an end of a range, which was set, as one of the range.
pub(super) fn of_range(problem: &Problem, ranges: &[&str]) -> Problem {
    let is_of = |range: &&&str| {
        let Ok(written) = WrittenRange::parse(range) else { return false };
        let ends = [written.from, written.to].map(|end| format!("--set {}", written.setting(end)));
        matches!(&problem.place, InputPlace::Argument(argument) if ends.contains(argument))
    };
    let range = ranges.iter().find(is_of).map(|range| InputPlace::Argument((*range).to_owned()));
    Problem { place: range.unwrap_or_else(|| problem.place.clone()), ..problem.clone() }
}
