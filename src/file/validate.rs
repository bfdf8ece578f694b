//! Holds an experiment against the table of keys: refuses what is unknown or out of range, writes out every default.

use toml::{Table, Value};

use super::data::DataFiles;
use super::keys::{Default, FILE, Key, Kind};
use super::read::{self, Findings};
use super::spelling::settle;
use super::suggest::nearest;
use super::tree::{self, At, is_bare, step};
use crate::measure::{MEASURES, measure_index};
use text::abridged;

/// The longest name of an experiment or a strategy, characters.
pub(crate) const NAME_MAX: usize = 100;

/// The most strategies or faults.
const ENTRIES_MAX: usize = 1_000;

/// The whole file (`sweep` apart) in the order of the table of keys, every default written out.
///
/// What is wrong is reported, and kept as it is.
pub(crate) fn complete(given: &Table, data: &DataFiles, out: &mut Findings) -> Table {
    complete_table(&FILE, &At::ROOT, given, data, out)
}

fn complete_table(keys: &[Key], at: &At<'_>, given: &Table, data: &DataFiles, out: &mut Findings) -> Table {
    for key in given.keys().filter(|key| !keys.iter().any(|known| known.name == *key)) {
        out.key(&at.key(key), unknown_key(key, keys));
    }
    let mut complete = Table::new();
    for key in keys {
        let below = at.key(key.name);
        let value = match (given.get(key.name), &key.default) {
            (Some(value), _) => complete_value(&key.kind, &below, value, data, out),
            (None, Default::Absent) => continue,
            (None, Default::Required) => {
                out.text(&below, format!("missing, accepted: {}", accepted(&key.kind)));
                continue;
            }
            (None, Default::Value(_)) if key.name == "replications" && given.contains_key("precision") => continue,
            (None, Default::Value(text)) => complete_value(&key.kind, &below, &default_value(text), data, out),
        };
        complete.insert(key.name.to_owned(), value);
    }
    complete
}

/// The value that a default's text means.
pub(crate) fn default_value(text: &str) -> Value {
    let table: Table = format!("x = {text}").parse().expect("defaults are TOML");
    table["x"].clone()
}

/// A value with every default below it written out.
pub(crate) fn complete_value(kind: &Kind, at: &At<'_>, value: &Value, data: &DataFiles, out: &mut Findings) -> Value {
    match (kind, value) {
        (Kind::Table(keys) | Kind::NeverOr(keys), Value::Table(table)) => {
            Value::Table(complete_table(keys, at, table, data, out))
        }
        (Kind::Map(keys), Value::Table(table)) => {
            if table.is_empty() || table.len() > ENTRIES_MAX {
                out.text(at, format!("found {} strategies, accepted: 1 to {ENTRIES_MAX}", table.len()));
            }
            let entries = table.iter().map(|(name, entry)| {
                let below = at.key(name);
                check_name(&below, name, true, out);
                check_installs(&below, entry, keys, out);
                (name.clone(), complete_entry(keys, &below, entry, "mechanisms such as { push = {} }", data, out))
            });
            Value::Table(entries.collect())
        }
        (Kind::List(keys), Value::Array(entries)) if entries.len() <= ENTRIES_MAX => {
            const EXAMPLE: &str = "{ target = \"api\", at = \"10m\", for = \"30s\" }";
            let complete = |(index, entry)| complete_entry(keys, &at.index(index), entry, EXAMPLE, data, out);
            Value::Array(entries.iter().enumerate().map(complete).collect())
        }
        _ => {
            check(kind, at, value, data, out);
            settle(kind, value)
        }
    }
}

/// One of several tables with the same keys.
fn complete_entry(
    keys: &[Key],
    at: &At<'_>,
    entry: &Value,
    example: &str,
    data: &DataFiles,
    out: &mut Findings,
) -> Value {
    if let Value::Table(table) = entry {
        return Value::Table(complete_table(keys, at, table, data, out));
    }
    out.value(at, entry, format_args!("a table of {example}"));
    entry.clone()
}

/// Reports what is wrong with a value that has no keys of its own.
pub(crate) fn check(kind: &Kind, at: &At<'_>, value: &Value, data: &DataFiles, out: &mut Findings) {
    match kind {
        Kind::Name => match value.as_str() {
            Some(name) => check_name(at, name, false, out),
            None => out.value(at, value, accepted(kind)),
        },
        Kind::Text if value.is_str() => {}
        Kind::NeverOr(_) if read::is_never(value) => {}
        Kind::Names => drop(read::names(at, value, out)),
        Kind::Integer(least, most) => drop(read::integer(at, value, *least, *most, out)),
        Kind::Probability => drop(read::probability(at, value, out)),
        Kind::Level => drop(read::level(at, value, out)),
        Kind::Real { least, above } => drop(read::real(at, value, *least, *above, out)),
        Kind::Flag => drop(read::flag(at, value, out)),
        Kind::Choice(words) => drop(read::word(at, value, words, out)),
        Kind::Measure => check_measure(at, value, out),
        Kind::Span { zero, never } => drop(read::span(at, value, *zero, *never, out)),
        Kind::Distribution { zero, never } => drop(read::distribution(at, value, *zero, *never, data, out)),
        Kind::Timer => drop(read::timer(at, value, data, out)),
        Kind::Rate { zero } => drop(read::rate(at, value, *zero, out)),
        Kind::Backoff => drop(read::backoff(at, value, out)),
        Kind::Scope => drop(read::scope(at, value, out)),
        Kind::Arrivals => drop(read::arrivals(at, value, data, out)),
        Kind::Text | Kind::NeverOr(_) | Kind::Table(_) | Kind::List(_) | Kind::Map(_) => {
            out.value(at, value, accepted(kind));
        }
    }
}

/// A name that is also a folder's, a column's or a part of a path.
fn check_name(at: &At<'_>, name: &str, on_key: bool, out: &mut Findings) {
    if is_bare(name) && !name.starts_with('-') && name.len() <= NAME_MAX {
        return;
    }
    let accepted = format!("letters, digits, - and _, not starting with -, at most {NAME_MAX} of them");
    let text = format!("found {:?}, accepted: a name of {accepted}", abridged(name, NAME_MAX));
    if on_key { out.key(at, text) } else { out.text(at, text) }
}

/// A strategy that can never install a peer is a mistake, unless it is one of spelling, which is reported as such.
fn check_installs(at: &At<'_>, strategy: &Value, keys: &[Key], out: &mut Findings) {
    let Some(strategy) = strategy.as_table() else { return };
    let known = strategy.keys().all(|name| keys.iter().any(|key| key.name == *name));
    if known && !["push", "pull", "reconcile", "watch"].iter().any(|mechanism| strategy.contains_key(*mechanism)) {
        out.text(at, "it never installs a peer, accepted: at least one of push, pull, reconcile and watch".to_owned());
    }
}

fn check_measure(at: &At<'_>, value: &Value, out: &mut Findings) {
    let name = value.as_str().unwrap_or_default();
    if measure_index(name).is_none() {
        let meant = nearest(name, MEASURES.iter().map(|measure| measure.name));
        let meant = meant.map_or(String::new(), |name| format!("; did you mean {name:?}?"));
        out.value(at, value, format_args!("the name of a column of runs.csv, such as \"stall_rate\"{meant}"));
    }
}

/// What a kind of value accepts, where there is no value yet.
pub(crate) fn accepted(kind: &Kind) -> String {
    match kind {
        Kind::Name => "a name such as \"incident\"".to_owned(),
        Kind::Text => "text in quotes".to_owned(),
        Kind::Names => "a list of strategies".to_owned(),
        Kind::Integer(least, most) => format!("a whole number from {least} to {most}"),
        Kind::Probability => "a probability from 0 to 1".to_owned(),
        Kind::Level => "a number above 0 and below 1".to_owned(),
        Kind::Real { least, above } => format!("a number {} {least}", if *above { "above" } else { "of at least" }),
        Kind::Flag => "true or false".to_owned(),
        Kind::Choice(words) => words.iter().map(|word| format!("{word:?}")).collect::<Vec<_>>().join(", "),
        Kind::Measure => "the name of a measure such as \"stall_rate\"".to_owned(),
        Kind::Span { never: false, .. } | Kind::Backoff => "a duration such as \"20ms\"".to_owned(),
        Kind::Span { never: true, .. } => "\"never\" or a duration such as \"20ms\"".to_owned(),
        Kind::Distribution { .. } => "a duration or a distribution such as { exponential = \"3s\" }".to_owned(),
        Kind::Timer => {
            "\"linux\", \"boringtun\", a duration, or a distribution such as { exponential = \"3s\" }".to_owned()
        }
        Kind::Rate { .. } => "a rate such as \"5/s\"".to_owned(),
        Kind::Scope => "\"all\", a fraction, or a list of gateways".to_owned(),
        Kind::Arrivals => "arrivals such as { poisson = \"5/s\" }".to_owned(),
        Kind::Table(keys) => format!("a table with {}", names(keys)),
        Kind::NeverOr(keys) => format!("\"never\", or a table with {}", names(keys)),
        Kind::List(keys) => format!("a list of at most {ENTRIES_MAX} tables with {}", names(keys)),
        Kind::Map(_) => "at least one strategy, such as [strategies.push] with push = {}".to_owned(),
    }
}

fn names(keys: &[Key]) -> String {
    keys.iter().map(|key| key.name).collect::<Vec<_>>().join(", ")
}

/// The message on a key that is not in its table.
fn unknown_key(found: &str, keys: &[Key]) -> String {
    let homes = homes(found);
    let meant = nearest(found, keys.iter().map(|key| key.name));
    let hint = match (homes.is_empty(), meant) {
        (false, _) => format!(" here, it belongs {}", homes.join(" or ")),
        (true, Some(name)) => format!(", did you mean {name}?"),
        (true, None) => String::new(),
    };
    let stop = if hint.ends_with('?') { "" } else { "." };
    format!("unknown key{hint}{stop} Accepted here: {}", names(keys))
}

/// The tables of a file that have a key of this name.
fn homes(found: &str) -> Vec<String> {
    let mut homes = Vec::new();
    collect_homes(found, &FILE, &mut String::new(), &mut homes);
    homes
}

/// The tables that have a key of this name, as paths; a strategy stands as `strategies.NAME`.
fn collect_homes(found: &str, keys: &'static [Key], path: &mut String, homes: &mut Vec<String>) {
    for key in keys {
        if key.name == found {
            homes.push(if path.is_empty() { "at the top of the file".to_owned() } else { format!("in [{path}]") });
        }
        let length = path.len();
        if !path.is_empty() {
            path.push('.');
        }
        path.push_str(key.name);
        match key.kind {
            Kind::Table(below) | Kind::NeverOr(below) | Kind::List(below) => {
                collect_homes(found, below, path, homes);
            }
            Kind::Map(below) => {
                path.push_str(".NAME");
                collect_homes(found, below, path, homes);
            }
            _ => {}
        }
        path.truncate(length);
    }
}

/// The key in the table of keys that a swept path leads to: itself, or a part of its value.
pub(crate) struct Owner {
    /// The key's dotted path.
    pub(crate) path: String,
    /// What it accepts.
    pub(crate) kind: &'static Kind,
}

/// Finds what a dotted path addresses in a complete experiment.
///
/// # Errors
/// What is wrong with the path, with the nearest one that would do.
pub(crate) fn locate(tree: &Table, path: &str) -> Result<Owner, String> {
    let mut keys: &'static [Key] = &FILE;
    let mut parent: Option<&Value> = None;
    let mut walked = String::new();
    let mut names = path.split('.');
    while let Some(name) = names.next() {
        let Some(key) = keys.iter().find(|key| key.name == name) else {
            return Err(no_key(&walked, name, keys.iter().map(|key| key.name)));
        };
        extend(&mut walked, name);
        let node = parent.map_or_else(|| tree.get(name), |value| step(value, name));
        if names.clone().next().is_none() {
            return Ok(Owner { path: walked, kind: &key.kind });
        }
        match (&key.kind, node) {
            (Kind::Table(below) | Kind::NeverOr(below), Some(value @ Value::Table(_))) => {
                keys = below;
                parent = Some(value);
            }
            (Kind::Table(_), _) => return Err(format!("there is no {walked} here, add it first")),
            (Kind::NeverOr(_), _) => return Err(format!("{walked} is \"never\" here, give it a table first")),
            (Kind::Map(below) | Kind::List(below), Some(value)) => {
                let name = names.next().unwrap_or_default();
                let Some(entry) = step(value, name) else {
                    return Err(match value {
                        Value::Table(entries) => no_key(&walked, name, entries.keys().map(String::as_str)),
                        _ => format!("there is no {walked}.{name}, as {walked} has {} entries", count(value)),
                    });
                };
                extend(&mut walked, name);
                if !entry.is_table() {
                    return Err(format!("{walked} is {} here, accepted: a table", tree::found(entry)));
                }
                if names.clone().next().is_none() {
                    let example = format!("{walked}.{}", below[0].name);
                    return Err(format!("accepted: a key of it, such as {example}"));
                }
                keys = below;
                parent = Some(entry);
            }
            // a part of a value, such as path.delay.lognormal.p99
            (kind, Some(value)) => {
                let there = names.try_fold(value, step).is_some();
                let owner = Owner { path: walked, kind };
                let text = || format!("{} is {} here, which has no such part", owner.path, tree::found(value));
                return if there { Ok(owner) } else { Err(text()) };
            }
            (_, None) => return Err(format!("there is no {walked} here, add it first")),
        }
    }
    Err("accepted: the name of a key such as bus.loss".to_owned())
}

fn extend(path: &mut String, name: &str) {
    if !path.is_empty() {
        path.push('.');
    }
    path.push_str(name);
}

fn count(value: &Value) -> usize {
    value.as_array().map_or(0, Vec::len)
}

/// The message on a path that leads nowhere.
fn no_key<'a>(walked: &str, name: &str, known: impl Iterator<Item = &'a str>) -> String {
    let full = |name: &str| if walked.is_empty() { name.to_owned() } else { format!("{walked}.{name}") };
    let known: Vec<&str> = known.collect();
    let hint = match (nearest(name, known.iter().copied()), homes(name)) {
        (Some(name), _) => format!(", did you mean {}?", full(name)),
        (None, homes) if homes.is_empty() => format!(", accepted: {}", known.join(", ")),
        (None, homes) => format!(", it belongs {}", homes.join(" or ")),
    };
    format!("there is no key {}{hint}", full(name))
}
