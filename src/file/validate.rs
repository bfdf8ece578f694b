//! Compares an experiment with the table of keys: refuses keys that do not exist, writes out every default, finds the
//! value at a path.

use toml::{Table, Value};

use super::goal;
use super::keys::{FILE, Fallback, Key, KeyKind};
use super::read::Findings;
use super::section::uncertain;
use super::section::{Section as _, StrategySection};
use super::spelling::settle;
use super::suggest::nearest;
use super::tree::{self, At, step};
use crate::model::Mechanism;

/// The longest name of an experiment or a strategy, characters.
pub(crate) const NAME_MAX: usize = 100;

/// The most strategies or faults.
pub(crate) const ENTRIES_MAX: usize = 1_000;

/// The whole file (`sweep` apart) in the order of the table of keys, every default written out.
///
/// Keys that do not exist are reported and left out. What is wrong with a value is kept as it is, for its reader.
pub(crate) fn complete(given: &Table, out: &mut Findings) -> Table {
    complete_table(FILE, &At::ROOT, given, out)
}

fn complete_table(keys: &[Key], at: &At<'_>, given: &Table, out: &mut Findings) -> Table {
    for key in given.keys().filter(|key| !keys.iter().any(|known| known.name == *key)) {
        out.key(&at.key(key), unknown_key(key, keys));
    }
    let mut complete = Table::new();
    for key in keys {
        let value = match (given.get(key.name), &key.default) {
            (Some(value), _) => complete_value(&key.kind, &at.key(key.name), value, out),
            (None, Fallback::Absent | Fallback::Required) => continue,
            (None, Fallback::Value(_)) if key.name == "replications" && given.contains_key("precision") => continue,
            (None, Fallback::Value(text)) => complete_value(&key.kind, &at.key(key.name), &default_value(text), out),
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
pub(crate) fn complete_value(kind: &KeyKind, at: &At<'_>, value: &Value, out: &mut Findings) -> Value {
    let mut entry = |keys: &[Key], at: &At<'_>, entry: &Value| match entry {
        Value::Table(table) => Value::Table(complete_table(keys, at, table, out)),
        other => other.clone(),
    };
    match (kind, value) {
        (KeyKind::Table(keys) | KeyKind::NeverOr(keys), table @ Value::Table(_)) => entry(keys, at, table),
        (KeyKind::Map(keys), Value::Table(table)) => {
            Value::Table(table.iter().map(|(name, one)| (name.clone(), entry(keys, &at.key(name), one))).collect())
        }
        (KeyKind::List(keys), Value::Array(entries)) if entries.len() <= ENTRIES_MAX => {
            Value::Array(entries.iter().enumerate().map(|(index, one)| entry(keys, &at.index(index), one)).collect())
        }
        _ => settle(kind, value),
    }
}

/// The names of the mechanisms that install a peer.
fn installing() -> impl Iterator<Item = &'static str> {
    Mechanism::ALL.iter().filter(|mechanism| mechanism.traits().installs).map(|mechanism| mechanism.word())
}

/// Reports strategies, as written, that can never install a peer, unless the mistake is one of spelling, which is reported
/// as such.
pub(crate) fn check_installs(given: &Table, out: &mut Findings) {
    let at = At::ROOT.key("strategies");
    for (name, strategy) in given.get("strategies").and_then(Value::as_table).into_iter().flatten() {
        let Some(strategy) = strategy.as_table() else { continue };
        let known = strategy.keys().all(|name| StrategySection::KEYS.iter().any(|key| key.name == *name));
        if known && !installing().any(|mechanism| strategy.contains_key(mechanism)) {
            let mechanisms: Vec<&str> = installing().collect();
            let (last, others) = mechanisms.split_last().expect("a mechanism that installs");
            let accepted = format!("at least one of {} and {last}", others.join(", "));
            out.text(&at.key(name), format!("it never installs a peer, accepted: {accepted}"));
        }
    }
}

/// What a kind of value accepts, where there is no value yet.
pub(crate) fn accepted(kind: &KeyKind) -> String {
    match kind {
        KeyKind::Name => "a name such as \"incident\"".to_owned(),
        KeyKind::Text => "text in quotes".to_owned(),
        KeyKind::Names => "a list of strategies".to_owned(),
        KeyKind::Integer(least, most) => format!("a whole number from {least} to {most}"),
        KeyKind::Probability => "a probability from 0 to 1".to_owned(),
        KeyKind::Level => "a number above 0 and below 1".to_owned(),
        KeyKind::Real { least, above } => format!("a number {} {least}", if *above { "above" } else { "of at least" }),
        KeyKind::Flag => "true or false".to_owned(),
        KeyKind::Choice(words) => words.iter().map(|word| format!("{word:?}")).collect::<Vec<_>>().join(", "),
        KeyKind::Measure => "the name of a measure such as \"stall_rate\"".to_owned(),
        KeyKind::Goals => goal::ACCEPTED.to_owned(),
        KeyKind::Uncertain => uncertain::ACCEPTED.to_owned(),
        KeyKind::Span { never: false } | KeyKind::Backoff => "a duration such as \"20ms\"".to_owned(),
        KeyKind::Span { never: true } => "\"never\" or a duration such as \"20ms\"".to_owned(),
        KeyKind::Distribution { .. } => "a duration or a distribution such as { exponential = \"3s\" }".to_owned(),
        KeyKind::Timer => {
            "\"linux\", \"boringtun\", a duration, or a distribution such as { exponential = \"3s\" }".to_owned()
        }
        KeyKind::Rate => "a rate such as \"5/s\"".to_owned(),
        KeyKind::Scope => "\"all\", a fraction, or a list of gateways".to_owned(),
        KeyKind::Arrivals => "arrivals such as { poisson = \"5/s\" }".to_owned(),
        KeyKind::Table(keys) => format!("a table with {}", names(keys)),
        KeyKind::NeverOr(keys) => format!("\"never\", or a table with {}", names(keys)),
        KeyKind::List(keys) => format!("a list of at most {ENTRIES_MAX} tables with {}", names(keys)),
        KeyKind::Map(_) => "at least one strategy, such as [strategies.push] with push = {}".to_owned(),
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
    collect_homes(found, FILE, &mut String::new(), &mut homes);
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
        if matches!(key.kind, KeyKind::Map(_)) {
            path.push_str(".NAME");
        }
        collect_homes(found, key.kind.below().unwrap_or_default(), path, homes);
        path.truncate(length);
    }
}

/// The key in the table of keys that a swept path leads to: itself, or a part of its value.
#[derive(Debug, Clone)]
pub(crate) struct Owner {
    /// The key's dotted path.
    pub(crate) path: String,
    /// What it accepts.
    pub(crate) kind: &'static KeyKind,
}

/// Finds what a dotted path addresses in a complete experiment.
///
/// # Errors
/// What is wrong with the path, with the nearest one that would do.
pub(crate) fn locate(tree: &Table, path: &str) -> Result<Owner, String> {
    let mut keys: &'static [Key] = FILE;
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
            (KeyKind::Table(below) | KeyKind::NeverOr(below), Some(value @ Value::Table(_))) => {
                keys = below;
                parent = Some(value);
            }
            (KeyKind::Table(_), _) => return Err(format!("there is no {walked} here, add it first")),
            (KeyKind::NeverOr(_), _) => return Err(format!("{walked} is \"never\" here, give it a table first")),
            (KeyKind::Map(below) | KeyKind::List(below), Some(value)) => {
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
