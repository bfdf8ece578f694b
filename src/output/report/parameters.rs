//! Every parameter of the experiment, with where its value comes from; and the experiment as a file.

use std::fmt::Write as _;

use serde::Serialize;
use toml::Value;

use super::facts::Facts;
use crate::experiment::{Line, Origin, settings};

/// Values of a swept key that are named.
const VALUES_MAX: usize = 40;

/// All parameters.
#[derive(Serialize, Debug)]
pub(super) struct Parameters {
    sections: Vec<Section>,
    /// Values that are set, at their default, and at a default that nobody has published.
    set: usize,
    default: usize,
    assumed: usize,
    /// Dotted paths of the assumed ones.
    assumptions: Vec<String>,
    /// The experiment as a file that can be run.
    file: String,
    /// Data files that it names.
    data: Vec<String>,
    strategies: Vec<Strategy>,
    sweep: Vec<Axis>,
}

/// A strategy in short: its mechanisms, each with what is set.
#[derive(Serialize, Debug)]
struct Strategy {
    name: String,
    mechanisms: Vec<Mechanism>,
}

#[derive(Serialize, Debug)]
struct Mechanism {
    name: String,
    settings: Vec<String>,
}

/// A swept key and its values, in the order of the points.
#[derive(Serialize, Debug)]
struct Axis {
    key: String,
    values: Vec<String>,
}

/// A table of the file.
#[derive(Serialize, Debug)]
struct Section {
    header: String,
    rows: Vec<Row>,
}

#[derive(Serialize, Debug)]
struct Row {
    key: String,
    value: String,
    /// `set`, `swept`, `default`, `published` or `assumed`.
    origin: &'static str,
    about: &'static str,
}

/// The parameters of the resolved experiment.
pub(super) fn parameters(facts: &Facts<'_>) -> Parameters {
    let reader = facts.reader;
    let is_swept = |path: &str| reader.keys().iter().any(|key| key == path || key.starts_with(&format!("{path}.")));
    let mut sections = vec![Section { header: "experiment".to_owned(), rows: Vec::new() }];
    let mut file = String::new();
    let (mut set, mut default, mut assumptions) = (0, 0, Vec::new());
    let mut strategies: Vec<Strategy> = reader
        .strategies()
        .iter()
        .map(|name| Strategy { name: name.clone(), mechanisms: mechanisms(facts, name) })
        .collect();
    for line in settings(&reader.manifest().experiment) {
        match line {
            Line::Header(header) => {
                let _ = writeln!(file, "\n{header}");
                sections.push(Section { header, rows: Vec::new() });
            }
            Line::Setting { path, key, value, origin, about } => {
                let _ = writeln!(file, "{key} = {value}");
                let origin = match origin {
                    _ if is_swept(&path) => "swept",
                    Origin::Given => "set",
                    Origin::Default => "default",
                    Origin::Published => "published",
                    Origin::Assumed => "assumed",
                };
                match origin {
                    "swept" => set += 1,
                    "set" => {
                        set += 1;
                        strategies.iter_mut().for_each(|strategy| strategy.note(&path, &key, &value));
                    }
                    "assumed" => assumptions.push(path),
                    _ => default += 1,
                }
                sections.last_mut().expect("there is a first").rows.push(Row { key, value, origin, about });
            }
        }
    }
    sections.retain(|section| !section.rows.is_empty());
    let data = reader.manifest().data.iter().map(|file| file.name.clone()).collect();
    let assumed = assumptions.len();
    Parameters { sections, set, default, assumed, assumptions, file, data, strategies, sweep: sweep(facts) }
}

/// The mechanisms of a strategy, without their settings.
fn mechanisms(facts: &Facts<'_>, strategy: &str) -> Vec<Mechanism> {
    let strategies = facts.reader.manifest().experiment.get("strategies");
    let table = strategies.and_then(|strategies| strategies.get(strategy)).and_then(Value::as_table);
    let tables = table.into_iter().flatten().filter(|(_, value)| value.is_table());
    tables.map(|(name, _)| Mechanism { name: name.clone(), settings: Vec::new() }).collect()
}

impl Strategy {
    /// Notes a setting that belongs to one of its mechanisms.
    fn note(&mut self, path: &str, key: &str, value: &str) {
        let name = &self.name;
        for mechanism in &mut self.mechanisms {
            let own = [
                format!("strategies.{name}.{}.{key}", mechanism.name),
                format!("strategies.{name:?}.{}.{key}", mechanism.name),
            ];
            if own.iter().any(|own| own == path) {
                mechanism.settings.push(format!("{key} = {value}"));
            }
        }
    }
}

/// The swept keys; a value that many points share is named once.
fn sweep(facts: &Facts<'_>) -> Vec<Axis> {
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
        Axis { key: key.clone(), values }
    };
    facts.reader.keys().iter().enumerate().map(axis).collect()
}
