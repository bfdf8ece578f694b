//! The keys of an experiment that a page can change, each with its control: a slider, a choice of words, or a text.

use std::collections::BTreeSet;

use serde::Serialize;
use toml::{Table, Value};

use crate::file::explain;
use crate::file::keys::{Basis, Fallback, Key, KeyKind};
use crate::file::title::{known, title};
use crate::file::tree::{is_bare, render};
use crate::file::validate::default_value;
use crate::plan::Plan;

/// How far a slider reaches from a value, as a factor to either side.
const REACH: f64 = 30.0;

/// How far a slider reaches beyond the values of a sweep, as a factor.
const BEYOND: f64 = 3.0;

/// Values that span this factor have a logarithmic slider.
const DECADE: f64 = 10.0;

/// The least positive probability of a slider.
const LEAST_PROBABILITY: f64 = 1e-4;

/// Most values of a sweep that are offered as words.
const WORDS_MAX: usize = 40;

/// A key that a page can change.
#[derive(Clone, PartialEq, Serialize, Debug)]
pub struct Knob {
    /// Its path, as for `--set`.
    pub path: String,
    /// What it is called.
    pub title: String,
    /// What it means, accepts and does.
    pub about: String,
    /// Why it is offered.
    pub reason: KnobReason,
    /// Its value, as for `--set`.
    pub value: String,
    /// How it is changed.
    #[serde(flatten)]
    pub control: KnobControl,
}

/// Why a key is offered. The first four are shown at once, the others on demand.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Debug)]
#[serde(rename_all = "lowercase")]
pub enum KnobReason {
    /// The experiment sweeps it.
    Swept,
    /// It is a limit of a goal.
    Goal,
    /// `[[tune]]` has values of it.
    Tuned,
    /// `[uncertain]` has a range for it.
    Uncertain,
    /// Its value is a default that nobody has published.
    Assumed,
    /// The experiment or the command line gives it.
    Given,
    /// Its value is a default that is published, or a setting of the experiment.
    Default,
}

/// How a key is changed.
#[derive(Clone, PartialEq, Serialize, Debug)]
#[serde(tag = "control", rename_all = "lowercase")]
pub enum KnobControl {
    /// A slider over numbers with one unit.
    Slider {
        /// The unit behind the number: `ms`, `/s`; empty for none.
        unit: String,
        /// The lowest number of the slider, above zero if it is logarithmic.
        low: f64,
        /// The highest.
        high: f64,
        /// Whether equal steps are equal factors.
        log: bool,
        /// Whether zero is a place at the left end.
        zero: bool,
        /// Whether only whole numbers are accepted.
        whole: bool,
    },
    /// One of these words.
    Words {
        /// The words, as for `--set`.
        words: Vec<String>,
    },
    /// Any value in TOML.
    Text,
}

/// The keys of a plan that a page can change: those that are swept first, each with its value at `point`.
#[must_use]
pub fn knobs(plan: &Plan, point: usize) -> Vec<Knob> {
    let mut all: Vec<Knob> = Vec::new();
    for (column, path) in plan.keys.iter().enumerate() {
        let values = values_of(column, &plan.points);
        all.push(knob(path, KnobReason::Swept, plan.points[point][column].clone(), &values));
    }
    let swept: BTreeSet<&str> = plan.keys.iter().map(String::as_str).collect();
    let (candidate_keys, candidates) = plan.candidates();
    let uncertain: Vec<&str> = plan.uncertain.keys.iter().map(|key| key.path.as_str()).collect();
    let mut rest = Vec::new();
    leaves(&plan.resolved, "", &mut |path, value| {
        let is_swept = swept.iter().any(|key| is_part(path, key) || is_part(key, path));
        let Some((key, whole)) = known(path).filter(|_| !is_swept) else { return };
        let tuned = candidate_keys.iter().position(|key| key == path);
        let values = tuned.map_or_else(Vec::new, |column| values_of(column, candidates));
        let reason = if path.starts_with("goal.") {
            KnobReason::Goal
        } else if key.title.is_none() {
            return;
        } else if tuned.is_some() {
            KnobReason::Tuned
        } else if uncertain.iter().any(|key| is_part(path, key)) {
            KnobReason::Uncertain
        } else if is_assumed(plan, path, key, whole, value) {
            KnobReason::Assumed
        } else if plan.given(path) {
            KnobReason::Given
        } else {
            KnobReason::Default
        };
        let value = value.as_str().map_or_else(|| render(value), str::to_owned);
        rest.push(knob(path, reason, value, &values));
    });
    rest.sort_by_key(|knob| knob.reason);
    all.extend(rest);
    all
}

/// The different values of a column, in the order of the points.
fn values_of(column: usize, points: &[Vec<String>]) -> Vec<String> {
    let mut values: Vec<String> = Vec::new();
    for point in points {
        if !values.contains(&point[column]) {
            values.push(point[column].clone());
        }
    }
    values
}

/// Whether `part` is `whole` or a part of it.
fn is_part(part: &str, whole: &str) -> bool {
    part.strip_prefix(whole).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// Whether a value is a default that nobody has published. A file may write such a default out.
fn is_assumed(plan: &Plan, path: &str, key: &Key, whole: bool, value: &Value) -> bool {
    let same = match key.default {
        Fallback::Value(text) => whole && default_value(text) == *value,
        Fallback::Required | Fallback::Absent => false,
    };
    key.basis == Basis::Assumed && (same || !plan.given(path))
}

/// Every value that is no table, with its path. Lists of tables are left out: `--set` has no place for their entries.
fn leaves(table: &Table, above: &str, each: &mut dyn FnMut(&str, &Value)) {
    for (name, value) in table.iter().filter(|(name, _)| is_bare(name)) {
        let path = if above.is_empty() { name.clone() } else { format!("{above}.{name}") };
        match value {
            Value::Table(inner) => leaves(inner, &path, each),
            Value::Array(values) if values.iter().any(Value::is_table) => {}
            _ => each(&path, value),
        }
    }
}

fn knob(path: &str, reason: KnobReason, value: String, values: &[String]) -> Knob {
    // A part of a value is explained by its key.
    let ends = path.rmatch_indices('.').map(|(end, _)| &path[..end]);
    let explained = std::iter::once(path).chain(ends).find_map(|path| explain(path).ok()?.into_iter().next());
    let about = explained.map_or_else(String::new, |one| {
        format!("{} {} Accepts: {}. Default: {}.", one.meaning, one.effect, one.accepts, one.default_text(false))
    });
    let control = control(path, &value, values);
    let title = match reason {
        KnobReason::Goal => goal_title(path),
        _ => title(path).unwrap_or_else(|| path.to_owned()),
    };
    Knob { path: path.to_owned(), title, about, reason, value, control }
}

/// `Goal: late rate at most`
fn goal_title(path: &str) -> String {
    let words = path.trim_start_matches("goal.").replace(['.', '_'], " ");
    format!("Goal: {words}")
}

fn control(path: &str, value: &str, values: &[String]) -> KnobControl {
    let key = known(path);
    let whole_value = key.is_some_and(|(_, whole)| whole);
    match key.filter(|_| whole_value).map(|(key, _)| &key.kind) {
        Some(KeyKind::Choice(words)) => {
            return KnobControl::Words { words: words.iter().map(|&word| word.to_owned()).collect() };
        }
        Some(KeyKind::Flag) => return KnobControl::Words { words: vec!["false".to_owned(), "true".to_owned()] },
        _ => {}
    }
    let numbers: Option<Vec<(f64, &str)>> =
        std::iter::once(value).chain(values.iter().map(String::as_str)).map(number).collect();
    if let Some(numbers) = numbers
        && let Some(slider) = slider(path, &numbers, !values.is_empty())
    {
        return slider;
    }
    if (2..=WORDS_MAX).contains(&values.len()) {
        return KnobControl::Words { words: values.to_vec() };
    }
    KnobControl::Text
}

/// A number and its unit.
fn number(text: &str) -> Option<(f64, &str)> {
    let end = text.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(text.len());
    let (digits, unit) = text.split_at(end);
    let plain = unit.chars().all(|c| c.is_ascii_alphabetic() || c == '/' || c == 'µ');
    Some((digits.parse().ok()?, unit)).filter(|_| plain)
}

/// A slider over these numbers and beyond; none if they have several units, or only zero is known.
fn slider(path: &str, numbers: &[(f64, &str)], swept: bool) -> Option<KnobControl> {
    let unit = numbers.iter().map(|(_, unit)| *unit).find(|unit| !unit.is_empty()).unwrap_or_default();
    if numbers.iter().any(|(value, other)| *other != unit && *value != 0.0) {
        return None;
    }
    let key = known(path);
    let is_kind = |is: fn(&KeyKind) -> bool| key.is_some_and(|(key, whole)| whole && is(&key.kind));
    let is_share = is_kind(|kind| matches!(kind, KeyKind::Probability | KeyKind::Level)) || is_limit_of_rate(path);
    let (least, most, whole) = match key {
        Some((Key { kind: KeyKind::Integer(least, most), .. }, true)) => (*least as f64, *most as f64, true),
        _ => (0.0, if is_share { 1.0 } else { f64::INFINITY }, false),
    };
    let positive = || numbers.iter().map(|(value, _)| *value).filter(|value| *value > 0.0);
    let (low, high) = (positive().fold(f64::INFINITY, f64::min), positive().fold(0.0, f64::max));
    let (low, high) = match (high > 0.0, is_share) {
        (false, false) => return None,
        (false, true) => (LEAST_PROBABILITY, 1.0),
        (true, true) if !swept => (low.min(LEAST_PROBABILITY), 1.0),
        (true, _) => {
            let reach = if swept { BEYOND } else { REACH };
            (low / reach, high * reach)
        }
    };
    let floor = if whole { least.max(1.0) } else { 0.0 };
    let (low, high) = (low.max(floor), high.min(most));
    let zero = least == 0.0 && (numbers.iter().any(|(value, _)| *value == 0.0) || is_share);
    (low < high).then(|| KnobControl::Slider {
        unit: unit.to_owned(),
        low,
        high,
        log: high / low >= DECADE,
        zero,
        whole,
    })
}

/// Whether a key is a limit on a rate, which is a share.
fn is_limit_of_rate(path: &str) -> bool {
    path.starts_with("goal.") && path.contains("_rate.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Overrides;

    fn of(text: &str) -> Vec<Knob> {
        let text = format!("name = \"x\"\nhorizon = \"10s\"\nwarmup = \"0s\"\nseed = 1\n{text}");
        let plan = Plan::from_text("x.toml", &text, &[], &Overrides::default()).expect("a valid experiment");
        knobs(&plan, 0)
    }

    fn find<'a>(knobs: &'a [Knob], path: &str) -> &'a Knob {
        knobs.iter().find(|knob| knob.path == path).unwrap_or_else(|| panic!("there is no knob {path}"))
    }

    #[test]
    fn swept_keys_come_first_then_goals_and_each_has_the_control_that_fits() {
        let all = of("[goal]\nlate_rate = { at_most = 0.001 }\n[strategies.a]\npush = { wait = \"none\" }\n\
             [[sweep]]\n\"bus.loss\" = [0.0, 0.001, 0.1]\n[[sweep]]\n\"strategies.a.push.wait\" = [\"none\", \"ack\"]");
        assert_eq!(all[0].path, "bus.loss");
        assert_eq!(all[0].reason, KnobReason::Swept);
        let KnobControl::Slider { low, high, log, zero, .. } = all[0].control.clone() else { panic!("{:?}", all[0]) };
        assert!(log && zero && (low - 0.001 / 3.0).abs() < 1e-12 && (high - 0.3).abs() < 1e-12, "{low} {high}");
        assert!(all[0].about.contains("Probability that a message is lost"), "{}", all[0].about);
        assert!(matches!(&all[1].control, KnobControl::Words { words } if words.contains(&"ack".to_owned())));
        let goal = find(&all, "goal.late_rate.at_most");
        assert_eq!((goal.reason, goal.title.as_str()), (KnobReason::Goal, "Goal: late rate at most"));
        assert_eq!(find(&all, "api.workers").reason, KnobReason::Assumed);
        let KnobControl::Slider { low, whole: true, .. } = find(&all, "api.workers").control else { panic!("a count") };
        assert!(low >= 1.0, "{low}");
        assert!(all.windows(2).all(|pair| pair[0].reason <= pair[1].reason));
    }

    #[test]
    fn tuned_and_uncertain_keys_are_offered_with_those_of_the_sweep() {
        let all = of("[strategies.a]\npush = { wait = \"ack\" }\n[[tune]]\n\"strategies.a.push.attempts\" = [1, 3]\n\
             [uncertain]\n\"api.fetch_service\" = { exponential = { from = \"1ms\", to = \"10ms\" } }\n\
             \"bus.loss\" = { from = 0.001, to = 0.1 }");
        let tuned = find(&all, "strategies.a.push.attempts");
        assert_eq!((tuned.reason, tuned.value.as_str()), (KnobReason::Tuned, "1"));
        assert!(
            matches!(tuned.control, KnobControl::Slider { high, whole: true, .. } if (high - 9.0).abs() < 1e-12),
            "{tuned:?}"
        );
        for path in ["api.fetch_service.exponential", "bus.loss"] {
            assert_eq!(find(&all, path).reason, KnobReason::Uncertain, "{path}");
        }
        assert!(all.windows(2).all(|pair| pair[0].reason <= pair[1].reason));
    }

    #[test]
    fn numbers_of_several_units_are_no_slider_and_what_describes_the_experiment_is_no_knob() {
        let all = of("[strategies.a]\npush = {}\n[[sweep]]\n\"bus.delay\" = [\"20ms\", \"1s\"]");
        assert!(matches!(&all[0].control, KnobControl::Words { words } if words.len() == 2), "{:?}", all[0]);
        for path in ["name", "seed", "replications", "baseline"] {
            assert!(all.iter().all(|knob| knob.path != path), "{path}");
        }
        assert_eq!(number("1h30m"), None);
        assert_eq!(number("2.5/s"), Some((2.5, "/s")));
        assert_eq!(number("never"), None);
    }
}
