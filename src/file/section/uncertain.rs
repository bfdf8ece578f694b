//! `[uncertain]`: keys whose values are not known, each with its range; and the value at a place of a range.

use serde_json::json;
use toml::{Table, Value};

use super::super::keys::{KeyKind, is_fixed};
use super::super::range::SweepRange;
use super::super::read::{Findings, number};
use super::super::tree::{At, found, get, is_bare, render};
use super::super::validate::{Owner, locate};

/// What is accepted under `[uncertain]`.
pub(crate) const ACCEPTED: &str =
    "a key and its range such as { \"bus.loss\" = { from = 1e-3, to = 1e-1, log = true } }";

/// What is accepted as the range of a key.
const FORMS: &str = "a range such as { from = \"1ms\", to = \"100ms\", log = true }, optionally with likely; \
                     { median = RANGE, spread = 5 }; { exponential = RANGE }; or a list of values";

/// The word for keys that vary together.
const CORRELATED: &str = "correlated";

/// The most keys: a design has two places for each, and the sequence has 256 dimensions.
pub(crate) const KEYS_MAX: usize = 128;

/// What is uncertain in an experiment.
#[derive(Clone, Default, Debug)]
pub(crate) struct Uncertain {
    /// The keys, in the order of the file.
    pub(crate) keys: Vec<UncertainKey>,
    /// Indices of `keys` that vary together. A key of its own is a group of one.
    pub(crate) groups: Vec<Vec<usize>>,
}

/// A key and what its value may be.
#[derive(Clone, Debug)]
pub(crate) struct UncertainKey {
    /// Its dotted path.
    pub(crate) path: String,
    /// The key of the file that contains it.
    pub(crate) owner: Owner,
    /// The path that identifies the place of its range.
    pub(crate) source: String,
    form: UncertainForm,
}

/// What a value may be.
#[derive(Clone, Debug)]
enum UncertainForm {
    /// Uniform over a range or over its logarithm, or triangular with the highest density at a place of it.
    Range(SweepRange, Option<f64>),
    /// A lognormal distribution: its median over a range, and its 99 % quantile so many times the median.
    Lognormal(SweepRange, f64),
    /// An exponential distribution: its mean over a range.
    Exponential(SweepRange),
    /// One of these, with equal probability.
    List(Vec<Value>),
}

impl Uncertain {
    /// Reads the section of a complete experiment, `whole`, in which its keys are found; what is wrong is reported.
    pub(crate) fn read(root: &At<'_>, value: &Value, whole: &Table, out: &mut Findings) -> Option<Self> {
        let Some(table) = value.as_table().filter(|table| !table.is_empty()) else {
            out.value(root, value, ACCEPTED);
            return None;
        };
        let mut uncertain = Self::default();
        let mut named = Vec::new();
        for (key, value) in table.iter().filter(|(key, _)| *key != CORRELATED) {
            uncertain.flatten(key, value, root.key(key).to_string(), whole, &mut named, out);
        }
        if uncertain.keys.len() > KEYS_MAX {
            out.text(root, format!("found {} keys, accepted: at most {KEYS_MAX}", uncertain.keys.len()));
        }
        if let Some(value) = table.get(CORRELATED) {
            uncertain.groups = uncertain.correlated(&root.key(CORRELATED), value, &named, out);
        }
        let alone =
            (0..uncertain.keys.len()).filter(|key| !uncertain.groups.iter().flatten().any(|other| other == key));
        let mut groups: Vec<Vec<usize>> = alone.map(|key| vec![key]).chain(uncertain.groups.iter().cloned()).collect();
        groups.sort();
        uncertain.groups = groups;
        Some(uncertain)
    }

    /// A key without quotes, `bus.loss = …`, is parsed as nested tables. `named` takes every key, also one that is refused.
    fn flatten(
        &mut self,
        key: &str,
        value: &Value,
        source: String,
        whole: &Table,
        named: &mut Vec<String>,
        out: &mut Findings,
    ) {
        if let Value::Table(table) = value
            && !is_form(table)
            && !table.is_empty()
        {
            for (name, value) in table {
                let below = if is_bare(name) { name.clone() } else { format!("{name:?}") };
                self.flatten(&format!("{key}.{name}"), value, format!("{source}.{below}"), whole, named, out);
            }
            return;
        }
        named.push(key.to_owned());
        let at = At::path(&source);
        let first = key.split('.').next().unwrap_or_default();
        let owner = if is_fixed(first) || key == "strategies" {
            Err(format!("{first} cannot be uncertain: it is the same for all points"))
        } else {
            locate(whole, key)
        };
        let owner = match owner {
            Ok(owner) => owner,
            Err(text) => return out.key(&at, text),
        };
        if let Some(other) = self.keys.iter().find(|other| is_within(key, &other.path) || is_within(&other.path, key)) {
            return out.key(&at, format!("{} is in the list already, and one holds the other", other.path));
        }
        match UncertainForm::read(value, owner.kind) {
            Ok(form) => self.keys.push(UncertainKey { path: key.to_owned(), owner, source, form }),
            Err(text) => out.text(&at, text),
        }
    }

    /// Keys that vary together, by index. One of the section that was refused has its own problem.
    fn correlated(&self, at: &At<'_>, value: &Value, named: &[String], out: &mut Findings) -> Vec<Vec<usize>> {
        let accepted = "lists of keys that vary together such as [[\"bus.loss\", \"http.failure\"]]";
        let Some(lists) = value.as_array().filter(|lists| lists.iter().all(Value::is_array)) else {
            out.value(at, value, accepted);
            return Vec::new();
        };
        let mut groups: Vec<Vec<usize>> = Vec::new();
        for (index, list) in lists.iter().enumerate() {
            let at = at.index(index);
            let names = list.as_array().map(Vec::as_slice).unwrap_or_default();
            if names.len() < 2 {
                out.value(&at, list, "at least two keys");
            }
            let mut group = Vec::new();
            for (index, name) in names.iter().enumerate() {
                let at = at.index(index);
                let place = self.keys.iter().position(|key| name.as_str() == Some(&key.path));
                match place {
                    None if named.iter().any(|key| name.as_str() == Some(key)) => {}
                    None => out.value(&at, name, "a key of [uncertain]"),
                    Some(key) if group.contains(&key) || groups.iter().flatten().any(|other| *other == key) => {
                        out.text(&at, format!("{} is in a group already, accepted: each key once", found(name)));
                    }
                    Some(key) => group.push(key),
                }
            }
            group.sort_unstable();
            groups.push(group);
        }
        groups
    }

    /// What a group is called: its key, or all its keys.
    pub(crate) fn name(&self, group: usize) -> String {
        let keys: Vec<&str> = self.groups[group].iter().map(|key| self.keys[*key].path.as_str()).collect();
        keys.join(" + ")
    }

    /// How many values a group can have; none: a range.
    pub(crate) fn levels(&self, group: usize) -> Option<usize> {
        let keys: Vec<Option<usize>> = self.groups[group].iter().map(|key| self.keys[*key].levels()).collect();
        let first = *keys.first()?;
        first.filter(|_| keys.iter().all(|levels| *levels == first))
    }

    /// Places of a group at which its effect is shown: both ends, or all values of a list.
    pub(crate) fn ends(&self, group: usize) -> Vec<f64> {
        let keys = || self.groups[group].iter().map(|key| &self.keys[*key]);
        let values = keys().filter_map(|key| match &key.form {
            UncertainForm::List(values) => Some(values.len()),
            UncertainForm::Range(..) | UncertainForm::Lognormal(..) | UncertainForm::Exponential(_) => None,
        });
        let count = values.max().unwrap_or(2);
        (0..count).map(|index| if count == 1 { 0.0 } else { index as f64 / (count - 1) as f64 }).collect()
    }
}

/// Whether a path is another one or lies within it.
fn is_within(path: &str, other: &str) -> bool {
    path.strip_prefix(other).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// Whether a table is meant as what a value may be, and not as keys below a key.
fn is_form(table: &Table) -> bool {
    let is_range = |name: &str| table.get(name).and_then(Value::as_table).is_some_and(SweepRange::looks_like);
    SweepRange::looks_like(table)
        || table.contains_key("likely")
        || table.contains_key("spread")
        || is_range("exponential")
}

impl UncertainForm {
    fn read(value: &Value, kind: &KeyKind) -> Result<Self, String> {
        let table = match value {
            Value::Array(values) if values.len() > 1 => {
                return match values.iter().enumerate().find(|(index, value)| values[..*index].contains(value)) {
                    Some((_, twice)) => Err(format!("found {} twice, accepted: each value once", found(twice))),
                    None => Ok(Self::List(values.clone())),
                };
            }
            Value::Table(table) if is_form(table) => table,
            other => return Err(format!("found {}, accepted: {FORMS}", found(other))),
        };
        let below = |name: &str, accepted: &[&str]| {
            if let Some(key) = table.keys().find(|key| !accepted.contains(&key.as_str())) {
                return Err(format!("unknown key {key}, accepted here: {}", accepted.join(", ")));
            }
            let range = table.get(name).and_then(Value::as_table).filter(|range| SweepRange::looks_like(range));
            let range = range.ok_or(format!("{name} must be a range such as {{ from = \"5ms\", to = \"80ms\" }}"))?;
            SweepRange::read(range, false)
        };
        if table.contains_key("exponential") {
            return Ok(Self::Exponential(below("exponential", &["exponential"])?));
        }
        if let Some(spread) = table.get("spread") {
            let range = below("median", &["median", "spread"])?;
            let factor = number(spread).filter(|factor| *factor > 1.0 && factor.is_finite());
            let factor = factor
                .ok_or_else(|| format!("found spread = {}, accepted: p99 over median, above 1", found(spread)))?;
            return Ok(Self::Lognormal(range, factor));
        }
        let mut ends = table.clone();
        let likely = ends.remove("likely");
        let range = SweepRange::read(&ends, false)?;
        if range.is_whole(kind) && (range.is_log() || likely.is_some()) {
            return Err(
                "a whole number has equal probabilities, accepted: from and to without log and likely".to_owned()
            );
        }
        let likely = likely.map(|value| {
            let place = range.place(&value)?;
            if (0.0..=1.0).contains(&place) {
                Ok(place)
            } else {
                Err(format!("found likely = {}, accepted: a value between from and to", found(&value)))
            }
        });
        Ok(Self::Range(range, likely.transpose()?))
    }
}

impl UncertainKey {
    /// The value at a place in [0, 1]: the quantile of that probability.
    pub(crate) fn value(&self, place: f64) -> Value {
        let kind = self.owner.kind;
        let one = |name: &str, value: Value| Value::Table([(name.to_owned(), value)].into_iter().collect());
        let level = |count: usize| {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the place is in [0, 1]")]
            let level = (place * count as f64) as usize;
            level.min(count - 1)
        };
        match &self.form {
            UncertainForm::Range(range, _) if range.is_whole(kind) => {
                let levels = self.levels().expect("whole numbers are counted");
                range.at(level(levels) as f64 / (levels - 1) as f64, kind)
            }
            // The ends as they are written.
            UncertainForm::Range(range, _) if place <= 0.0 => range.ends()[0].clone(),
            UncertainForm::Range(range, _) if place >= 1.0 => range.ends()[1].clone(),
            UncertainForm::Range(range, likely) => {
                range.at(likely.map_or(place, |likely| triangular(place, likely)), kind)
            }
            UncertainForm::Exponential(range) => one("exponential", range.at(place, kind)),
            UncertainForm::Lognormal(range, spread) => {
                let ends = [("median", range.at(place, kind)), ("p99", range.times(place, *spread))];
                let table = ends.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
                one("lognormal", Value::Table(table))
            }
            UncertainForm::List(values) => values[level(values.len())].clone(),
        }
    }

    /// The value at a place in words: of a distribution, its mean or its median.
    pub(crate) fn shown(&self, place: f64) -> String {
        let written = |value: &Value| value.as_str().map_or_else(|| render(value), str::to_owned);
        match &self.form {
            UncertainForm::Exponential(range) => format!("mean {}", written(&range.at(place, self.owner.kind))),
            UncertainForm::Lognormal(range, _) => format!("median {}", written(&range.at(place, self.owner.kind))),
            UncertainForm::Range(..) | UncertainForm::List(_) => written(&self.value(place)),
        }
    }

    /// How many values it can have; none: a range.
    pub(crate) fn levels(&self) -> Option<usize> {
        match &self.form {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "whole numbers, the smaller first"
            )]
            UncertainForm::Range(range, _) if range.is_whole(self.owner.kind) => {
                Some((range.number(1.0) - range.number(0.0)) as usize + 1)
            }
            UncertainForm::Range(..) | UncertainForm::Exponential(_) | UncertainForm::Lognormal(..) => None,
            UncertainForm::List(values) => Some(values.len()),
        }
    }

    /// What its value may be, in words: `0.001 to 0.1, by equal factors`.
    pub(crate) fn describe(&self) -> String {
        let written = |value: &Value| value.as_str().map_or_else(|| render(value), str::to_owned);
        let ends = |range: &SweepRange| {
            let log = if range.is_log() { ", by equal factors" } else { "" };
            let [from, to] = range.ends();
            format!("{} to {}{log}", written(from), written(to))
        };
        match &self.form {
            UncertainForm::Range(range, None) => ends(range),
            UncertainForm::Range(range, Some(likely)) => {
                format!("{}, most likely {}", ends(range), written(&range.at(*likely, self.owner.kind)))
            }
            UncertainForm::Exponential(range) => format!("exponential, mean {}", ends(range)),
            UncertainForm::Lognormal(range, spread) => {
                format!("lognormal, median {}; p99 {spread} times as long", ends(range))
            }
            UncertainForm::List(values) => values.iter().map(written).collect::<Vec<_>>().join(", "),
        }
    }

    /// The place of the value that a complete experiment has; none if it is not in the range.
    pub(crate) fn now<'a>(&self, tree: &'a Table) -> Option<&'a Value> {
        get(tree, &self.path)
    }
}

/// The quantile of a triangular distribution on [0, 1] with its highest density at `peak`.
fn triangular(u: f64, peak: f64) -> f64 {
    if u < peak { libm::sqrt(u * peak) } else { 1.0 - libm::sqrt((1.0 - u) * (1.0 - peak)) }
}

/// The JSON schema of `[uncertain]`.
pub(crate) fn schema() -> serde_json::Value {
    let end = json!({ "type": ["number", "string"] });
    let ends = json!({ "from": end, "to": end, "log": { "type": "boolean" }, "likely": end });
    let range =
        json!({ "type": "object", "properties": ends, "required": ["from", "to"], "additionalProperties": false });
    let of = |name: &str, more: serde_json::Value| {
        let mut properties = json!({ name: range });
        for (key, value) in more.as_object().into_iter().flatten() {
            properties[key] = value.clone();
        }
        let required: Vec<String> = properties.as_object().into_iter().flatten().map(|(key, _)| key.clone()).collect();
        json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
    };
    let forms = json!([
        range,
        of("median", json!({ "spread": { "type": "number", "exclusiveMinimum": 1 } })),
        of("exponential", json!({})),
        { "type": "array", "minItems": 2 },
        { "type": "object" },
    ]);
    json!({
        "type": "object",
        "properties": {
            CORRELATED: { "type": "array", "items": { "type": "array", "items": { "type": "string" }, "minItems": 2 } },
        },
        "additionalProperties": { "anyOf": forms },
        "minProperties": 1,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file::validate::complete;

    fn read(section: &str) -> Uncertain {
        let text = format!("name = 'x'\n[strategies.push]\npush = {{}}\n[uncertain]\n{section}\n");
        let mut findings = Findings::default();
        let whole = complete(&text.parse().expect("TOML"), &mut findings);
        let uncertain = Uncertain::read(&At::ROOT.key("uncertain"), &whole["uncertain"], &whole, &mut findings);
        assert!(findings.list.is_empty(), "{section}");
        uncertain.expect("a section")
    }

    #[test]
    fn each_form_gives_the_value_at_a_place_of_its_range() {
        for (section, places, values) in [
            ("bus.loss = { from = 0, to = 0.1 }", [0.0, 0.5, 1.0], ["0", "0.05", "0.1"]),
            ("'bus.loss' = { from = 1e-3, to = 1e-1, log = true }", [0.0, 0.5, 1.0], ["0.001", "0.01", "0.1"]),
            ("'bus.loss' = { from = 0, to = 0.1, likely = 0.1 }", [0.0, 0.25, 1.0], ["0", "0.05", "0.1"]),
            ("'api.workers' = { from = 1, to = 4 }", [0.0, 0.5, 1.0], ["1", "3", "4"]),
            ("'bus.no_responders' = [false, true]", [0.0, 0.5, 1.0], ["false", "true", "true"]),
            (
                "'clients.session' = { exponential = { from = '1m', to = '4m', log = true } }",
                [0.0, 0.5, 1.0],
                ["{ exponential = \"1m\" }", "{ exponential = \"2m\" }", "{ exponential = \"4m\" }"],
            ),
            (
                "'path.delay' = { median = { from = '5ms', to = '80ms', log = true }, spread = 5 }",
                [0.0, 0.5, 1.0],
                [
                    "{ lognormal = { median = \"5ms\", p99 = \"25ms\" } }",
                    "{ lognormal = { median = \"20ms\", p99 = \"100ms\" } }",
                    "{ lognormal = { median = \"80ms\", p99 = \"400ms\" } }",
                ],
            ),
        ] {
            let uncertain = read(section);
            let got = places.map(|place| render(&uncertain.keys[0].value(place)));
            assert_eq!(got, values, "{section}");
        }
    }

    #[test]
    fn whole_numbers_and_words_have_equal_probabilities() {
        for section in ["'api.workers' = { from = 1, to = 4 }", "'strategies.push.push.exhausted' = ['reply', 'error']"]
        {
            let uncertain = read(section);
            let levels = uncertain.levels(0).expect("levels");
            let mut counts = std::collections::BTreeMap::new();
            for step in 0..120 {
                let value = render(&uncertain.keys[0].value((f64::from(step) + 0.5) / 120.0));
                *counts.entry(value).or_insert(0) += 1;
            }
            assert!(counts.len() == levels && counts.values().all(|count| count * levels == 120), "{counts:?}");
        }
    }

    #[test]
    fn correlated_keys_are_one_group_and_the_others_one_each() {
        let uncertain = read(
            "'bus.loss' = { from = 0, to = 1 }\n'path.loss' = { from = 0, to = 1 }\n\
             'http.failure' = { from = 0, to = 1 }\ncorrelated = [['http.failure', 'bus.loss']]",
        );
        assert_eq!(uncertain.groups, [vec![0, 2], vec![1]]);
        assert_eq!((uncertain.name(0).as_str(), uncertain.name(1).as_str()), ("bus.loss + http.failure", "path.loss"));
    }
}
