//! Every parameter of the experiment, with where its value comes from; and the experiment as a file.

use serde::Serialize;
use toml::Value;

use crate::file::section::{FetchOrigin, Word as _};
use crate::model;
use crate::plan::{SettingLine, ValueOrigin, file_text, settings};
use crate::report::conclusion::facts::Facts;

/// Values of a swept key that are named.
const VALUES_MAX: usize = 40;

/// All parameters.
#[derive(Serialize, Debug)]
pub(super) struct Parameters {
    sections: Vec<ParameterSection>,
    /// Values that are set, at their default, and at a default that nobody has published.
    set: usize,
    default: usize,
    assumed: usize,
    /// Dotted paths of the assumed ones that this experiment uses; those of strategies without the strategy's name.
    assumptions: Vec<String>,
    /// The experiment as a file that can be run.
    file: String,
    /// Data files that it names.
    data: Vec<String>,
    strategies: Vec<StrategySettings>,
    sweep: Vec<SweptKey>,
}

/// A strategy in short: its mechanisms, each with what is set.
#[derive(Serialize, Debug)]
struct StrategySettings {
    name: String,
    mechanisms: Vec<MechanismRow>,
}

#[derive(Serialize, Debug)]
struct MechanismRow {
    name: String,
    settings: Vec<String>,
}

/// A swept key and its values, in the order of the points.
#[derive(Serialize, Debug)]
struct SweptKey {
    key: String,
    values: Vec<String>,
}

/// A table of the file.
#[derive(Serialize, Debug)]
struct ParameterSection {
    header: String,
    /// How many are set, at their default, assumed: `3 set, 2 default, 1 assumed`.
    summary: String,
    rows: Vec<ParameterRow>,
}

impl ParameterSection {
    fn new(header: String) -> Self {
        Self { header, summary: String::new(), rows: Vec::new() }
    }

    fn summarise(&mut self) {
        let count = |wanted: &[&str]| self.rows.iter().filter(|row| wanted.contains(&row.origin)).count();
        let counts = [
            ("set", count(&["set"])),
            ("swept", count(&["swept"])),
            ("default", count(&["default", "published"])),
            ("assumed", count(&["assumed"])),
        ];
        let counted = counts.iter().filter(|(_, count)| *count > 0).map(|(name, count)| format!("{count} {name}"));
        self.summary = counted.collect::<Vec<_>>().join(", ");
    }
}

#[derive(Serialize, Debug)]
struct ParameterRow {
    key: String,
    value: String,
    /// `set`, `swept`, `default`, `published` or `assumed`.
    origin: &'static str,
    about: &'static str,
    effect: &'static str,
}

/// The parameters of the resolved experiment.
pub(super) fn parameters(facts: &Facts<'_>) -> Parameters {
    let reader = facts.reader;
    let is_swept = |path: &str| reader.keys().iter().any(|key| key == path || key.starts_with(&format!("{path}.")));
    let mut sections = vec![ParameterSection::new("experiment".to_owned())];
    let lines = settings(&reader.manifest().experiment);
    let file = file_text(&lines);
    let (mut set, mut default, mut assumed, mut assumptions) = (0, 0, 0, Vec::new());
    let mut strategies: Vec<StrategySettings> = reader
        .strategies()
        .iter()
        .map(|name| StrategySettings { name: name.clone(), mechanisms: mechanisms(facts, name) })
        .collect();
    for line in lines {
        match line {
            SettingLine::Header(header) => {
                sections.push(ParameterSection::new(header));
            }
            SettingLine::Setting { path, key, value, origin, about, effect } => {
                let origin = match origin {
                    _ if is_swept(&path) => "swept",
                    ValueOrigin::Given => "set",
                    ValueOrigin::Default => "default",
                    ValueOrigin::Published => "published",
                    ValueOrigin::Assumed => "assumed",
                };
                match origin {
                    "swept" | "set" => set += 1,
                    "assumed" => assumed += 1,
                    _ => default += 1,
                }
                for strategy in &mut strategies {
                    strategy.note(&path, &key, &value, origin);
                }
                if origin == "assumed" && is_used(facts, &path) {
                    let name = in_any_strategy(&path);
                    if !assumptions.contains(&name) {
                        assumptions.push(name);
                    }
                }
                sections.last_mut().expect("there is a first").rows.push(ParameterRow {
                    key,
                    value,
                    origin,
                    about,
                    effect,
                });
            }
        }
    }
    sections.retain(|section| !section.rows.is_empty());
    sections.iter_mut().for_each(ParameterSection::summarise);
    let data = reader.manifest().data.iter().map(|file| file.name.clone()).collect();
    Parameters { sections, set, default, assumed, assumptions, file, data, strategies, sweep: sweep(facts) }
}

/// The mechanisms of a strategy, without their settings.
fn mechanisms(facts: &Facts<'_>, strategy: &str) -> Vec<MechanismRow> {
    let strategies = facts.reader.manifest().experiment.get("strategies");
    let table = strategies.and_then(|strategies| strategies.get(strategy)).and_then(Value::as_table);
    let tables = table.into_iter().flatten().filter(|(_, value)| value.is_table());
    tables.map(|(name, _)| MechanismRow { name: name.clone(), settings: Vec::new() }).collect()
}

impl StrategySettings {
    /// Notes a setting that belongs to one of its mechanisms, if it is set, or if reports always name it.
    fn note(&mut self, path: &str, key: &str, value: &str, origin: &str) {
        let name = &self.name;
        for mechanism in &mut self.mechanisms {
            let kind = mechanism.name.as_str();
            let is_own = [format!("strategies.{name}.{kind}.{key}"), format!("strategies.{name:?}.{kind}.{key}")]
                .iter()
                .any(|own| own == path);
            let known = model::Mechanism::ALL.iter().find(|known| known.word() == kind);
            let is_shown = known.is_some_and(|known| known.traits().shown_keys.contains(&key));
            if is_own && (origin == "set" || is_shown) {
                mechanism.settings.push(format!("{key} = {value}"));
            }
        }
    }
}

/// Whether the experiment uses what a path names: a replica and lists are used by some strategies only.
fn is_used(facts: &Facts<'_>, path: &str) -> bool {
    let strategies = facts.reader.manifest().experiment.get("strategies").and_then(Value::as_table);
    let any = |uses: &dyn Fn(&Value) -> bool| strategies.into_iter().flatten().any(|(_, strategy)| uses(strategy));
    if path.starts_with("replica.") {
        return any(&|strategy| {
            let source = strategy.get("pull").and_then(|pull| pull.get("source"));
            source.and_then(Value::as_str) == Some(FetchOrigin::Replica.word())
        });
    }
    let mut lists = model::Mechanism::ALL.iter().filter(|mechanism| mechanism.traits().lists);
    !path.starts_with("api.list_") || lists.any(|lists| any(&|strategy| strategy.get(lists.word()).is_some()))
}

/// `push.timeout` for `strategies.push-ack.push.timeout`: names may be quoted, but hold no dot.
fn in_any_strategy(path: &str) -> String {
    let below = path.strip_prefix("strategies.").and_then(|rest| rest.split_once('.'));
    below.map_or(path, |(_, rest)| rest).to_owned()
}

/// The swept keys; a value that many points share is named once.
fn sweep(facts: &Facts<'_>) -> Vec<SweptKey> {
    let axis = |(index, key): (usize, &String)| {
        let mut values: Vec<String> = Vec::new();
        for point in facts.reader.points() {
            if !values.contains(&point[index]) {
                values.push(point[index].clone());
            }
        }
        if values.len() > VALUES_MAX {
            let rest = values.len() - VALUES_MAX;
            values.truncate(VALUES_MAX);
            values.push(format!("and {rest} more"));
        }
        SweptKey { key: key.clone(), values }
    };
    facts.reader.keys().iter().enumerate().map(axis).collect()
}
