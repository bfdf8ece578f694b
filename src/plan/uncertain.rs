//! `[uncertain]` in a plan: checks of the ends of its ranges, keys without effect, and a section to start from.

use std::fmt::Write as _;

use toml::{Table, Value};

use super::Plan;
use super::listing::{SettingLine, ValueOrigin, listing};
use super::points;
use super::sweep::{Block, SweptColumn};
use crate::file::data::DataFiles;
use crate::file::keys::KeyKind;
use crate::file::problem::{InputPlace, Problem};
use crate::file::quantity::{format_duration, parse_duration, parse_rate};
use crate::file::read::number;
use crate::file::section::Experiment;
use crate::file::section::uncertain::{Uncertain, UncertainKey};
use crate::file::tree::{Places, get, quote, render};
use crate::file::validate::locate;
use crate::file::warnings::warnings;

/// The columns of all uncertain keys.
fn columns(uncertain: &Uncertain) -> Vec<SweptColumn> {
    let column = |key: &UncertainKey| SweptColumn::new(key.path.clone(), key.owner.clone(), key.source.clone());
    uncertain.keys.iter().map(column).collect()
}

/// Checks both ends of every range, each with all else as in the file.
pub(super) fn check_ends(
    uncertain: &Uncertain,
    tree: &Table,
    experiment: &Experiment,
    places: &Places,
    data: &DataFiles,
    problems: &mut Vec<Problem>,
) {
    for (group, keys) in uncertain.groups.iter().enumerate() {
        let column = |key: &usize| columns(uncertain).swap_remove(*key);
        let row = |place: &f64| keys.iter().map(|key| uncertain.keys[*key].value(*place)).collect();
        let rows = uncertain.ends(group).iter().map(row).collect();
        let block = Block { columns: keys.iter().map(column).collect(), rows, file: None };
        points::choose(tree, experiment, false, &[block], &[], places, data, problems);
    }
}

impl Plan {
    /// Why no strategy reads the key at a path; none if one may.
    pub(crate) fn unread(&self, path: &str) -> Option<String> {
        let mut places = self.places.clone();
        places.replace(path, &Value::Boolean(true), &InputPlace::Argument(path.to_owned()));
        let mut experiment = self.experiment.clone();
        experiment.strategies.retain(|(name, _)| self.strategies.contains(name));
        let found = warnings(&experiment, &self.tree, &self.keys, &places, &self.files);
        let why = "has no effect, as ";
        found
            .into_iter()
            .find(|problem| is_about(&problem.key, path))
            .and_then(|problem| problem.text.strip_prefix(why).map(str::to_owned))
    }

    /// Whether a path lies in a strategy that is not run.
    pub(crate) fn is_of_another_strategy(&self, path: &str) -> bool {
        let name = path.strip_prefix("strategies.").and_then(|rest| rest.split('.').next());
        name.is_some_and(|name| !self.strategies.iter().any(|run| run == name))
    }
}

/// Whether a warning is about a path, or about a key that holds it.
fn is_about(key: &str, path: &str) -> bool {
    path.strip_prefix(key).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// The factor from a default to either end of its range.
const FACTOR: f64 = 3.0;

/// An `[uncertain]` section with every assumed default that some strategy may read.
pub(crate) fn block(plan: &Plan) -> String {
    let mut text = String::from(
        "# Keys whose defaults are assumed, each from a third to three times the default; whole numbers from half to double.\n\
         # Replace each range by what may be true of your system.\n[uncertain]\n",
    );
    for line in listing(plan) {
        let SettingLine::Setting { path, value, origin: ValueOrigin::Assumed, effect, .. } = line else { continue };
        if plan.is_of_another_strategy(&path) || plan.unread(&path).is_some() {
            continue;
        }
        let Some((default, kind)) = get(&plan.resolved, &path).zip(locate(&plan.resolved, &path).ok()) else {
            continue;
        };
        match range(&path, default, kind.kind) {
            Some((path, range)) => {
                let setting = format!("{} = {range}", quote(&path));
                let _ = writeln!(text, "# {effect}\n{setting}");
            }
            None => {
                let _ = writeln!(text, "# {effect}\n# {} is {value} here: choose what else it may be", quote(&path));
            }
        }
    }
    text
}

/// The path of a key, or of a part of its value, and its range; none if the default gives none.
fn range(path: &str, default: &Value, kind: &KeyKind) -> Option<(String, String)> {
    let whole = |value: &Value| Some((path.to_owned(), factor(value, kind)?));
    let Value::Table(table) = default else { return whole(default) };
    if let Some(mean) = table.get("exponential") {
        return Some((path.to_owned(), format!("{{ exponential = {} }}", factor(mean, kind)?)));
    }
    if let Some(Value::Table(ends)) = table.get("lognormal") {
        let (median, p99) = (ends.get("median")?, ends.get("p99")?);
        let seconds = |value: &Value| Some(parse_duration(value.as_str()?).ok()?.as_secs_f64());
        let spread = seconds(p99)? / seconds(median)?;
        return Some((path.to_owned(), format!("{{ median = {}, spread = {spread} }}", factor(median, kind)?)));
    }
    let rate = table.get("poisson").filter(|_| table.len() == 1)?;
    Some((format!("{path}.poisson"), factor(rate, kind)?))
}

/// A range around a value.
fn factor(value: &Value, kind: &KeyKind) -> Option<String> {
    let three = |x: f64| format!("{x:.2e}").parse::<f64>().ok();
    if let (KeyKind::Integer(least, most), Some(x)) = (kind, value.as_integer().and_then(|x| u64::try_from(x).ok())) {
        let (from, to) = (x.div_ceil(2).max(*least), (2 * x).min(*most));
        return (from < to).then(|| format!("{{ from = {from}, to = {to} }}"));
    }
    let (from, to) = if let Some(x) = number(value) {
        let most = if matches!(kind, KeyKind::Probability) { 1.0 } else { f64::INFINITY };
        (render(&Value::Float(three(x / FACTOR)?)), render(&Value::Float(three(x * FACTOR)?.min(most))))
    } else if let Ok(duration) = parse_duration(value.as_str()?) {
        let written = |seconds: f64| Some(quote(&format_duration(des::Duration::from_secs_f64(three(seconds)?))));
        (written(duration.as_secs_f64() / FACTOR)?, written(duration.as_secs_f64() * FACTOR)?)
    } else {
        let rate = parse_rate(value.as_str()?).ok()?;
        let written = |rate: f64| Some(quote(&format!("{}/s", three(rate)?)));
        (written(rate / FACTOR)?, written(rate * FACTOR)?)
    };
    let is_zero =
        number(value) == Some(0.0) || parse_duration(value.as_str().unwrap_or("1s")).is_ok_and(|d| d.as_nanos() == 0);
    (!is_zero && from != to).then(|| format!("{{ from = {from}, to = {to}, log = true }}"))
}
