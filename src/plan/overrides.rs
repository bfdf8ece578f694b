//! Changes of an experiment by the command line: `--set`, `--vary`, `--strategy`, `--seed`, `--replications`.
//!
//! Every change has the same effect as writing it in the file: it is checked like the file and is part of the digest.

use toml::de::DeValue;
use toml::{Table, Value};

use super::sweep::{RawBlock, SWEEP, TUNE};
use crate::file::data::DataFiles;
use crate::file::problem::{InputPlace, Problem};
use crate::file::read::Findings;
use crate::file::suggest::nearest;
use crate::file::tree::{Places, found, get, parse, set};
use crate::file::validate::{complete, locate};
use text::abridged;

/// Maximum number of characters of an argument in a message.
const ARGUMENT_SHOWN_MAX: usize = 200;

/// Maximum number of letters of a name in a message.
const NAME_SHOWN_MAX: usize = 100;

/// Changes to an experiment file, as given on the command line.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Overrides {
    /// `KEY=VALUE`: a key of the file and its value in TOML; text needs no quotes. Ends a sweep of that key.
    pub set: Vec<String>,
    /// `KEY=VALUES`: an axis to sweep: `0,0.01,0.02` · `0..0.1:11` · `1e-4..1e-1:7log`. Replaces the file's sweep of it.
    pub vary: Vec<String>,
    /// Run only these strategies; none: all.
    pub strategies: Vec<String>,
    /// Another seed.
    pub seed: Option<u64>,
    /// Another number of replications, instead of the file's number or precision.
    pub replications: Option<u32>,
    /// Estimate rare losses, as `[rare]` in the file does.
    pub rare: bool,
}

/// Applies the changes to a file as written, in the order: set, strategies, seed, replications, vary.
pub(crate) fn apply(
    overrides: &Overrides,
    table: &mut Table,
    blocks: &mut Vec<RawBlock>,
    places: &mut Places,
    data: &DataFiles,
    problems: &mut Vec<Problem>,
) {
    for argument in &overrides.set {
        let place = InputPlace::Argument(format!("--set {argument}"));
        if let Err(text) = apply_set(argument, &place, table, blocks, places, data) {
            problems.push(Problem { place, key: String::new(), text });
        }
    }
    let mut put = |table: &mut Table, key: &str, value: Value, argument: String| {
        places.replace(key, &value, &InputPlace::Argument(argument));
        table.insert(key.to_owned(), value);
    };
    if !overrides.strategies.is_empty() {
        let names = overrides.strategies.iter().cloned().map(Value::String).collect();
        put(table, "only", Value::Array(names), format!("--strategy {}", overrides.strategies.join(" --strategy ")));
    }
    if let Some(seed) = overrides.seed {
        let value = i64::try_from(seed).map_or_else(|_| Value::String(seed.to_string()), Value::Integer);
        put(table, "seed", value, format!("--seed {seed}"));
    }
    if let Some(replications) = overrides.replications {
        table.remove("precision");
        put(table, "replications", Value::Integer(replications.into()), format!("--replications {replications}"));
    }
    if overrides.rare && !table.contains_key("rare") {
        put(table, "rare", Value::Table(Table::new()), "--rare".to_owned());
    }
    let mut varied: Vec<String> = Vec::new();
    for argument in &overrides.vary {
        let place = InputPlace::Argument(format!("--vary {}", beginning(argument)));
        match apply_vary(argument, &place, overrides, &varied, blocks, places, data) {
            Ok(key) => varied.push(key),
            Err(text) => problems.push(Problem { place, key: String::new(), text }),
        }
    }
}

/// The beginning of an argument, as far as a message shows it; every value of a list keeps a copy.
fn beginning(argument: &str) -> String {
    match argument.char_indices().nth(ARGUMENT_SHOWN_MAX) {
        Some((end, _)) => format!("{}…", &argument[..end]),
        None => argument.to_owned(),
    }
}

fn apply_set(
    argument: &str,
    place: &InputPlace,
    table: &mut Table,
    blocks: &mut Vec<RawBlock>,
    places: &mut Places,
    data: &DataFiles,
) -> Result<(), String> {
    let (key, text) = split(argument).ok_or("accepted: KEY=VALUE, such as bus.loss=0.01")?;
    match key.split('.').next() {
        Some(SWEEP) => return Err("a sweep is given with --vary, such as --vary bus.loss=0,0.01,0.1".to_owned()),
        Some(TUNE) => return Err("candidates are given in the file, by [[tune]]".to_owned()),
        _ => {}
    }
    let value = parse_value(text)?;
    known_strategy(key, table)?;
    end_sweep(key, blocks, data);
    // A part of a value that was not given is a part of the default.
    if let Ok(owner) = locate(&complete(table, &mut Findings::default()), key)
        && owner.path != key
        && get(table, &owner.path).is_none()
        && let Some(default) = get(&complete(table, &mut Findings::default()), &owner.path)
    {
        set(table, &owner.path, default.clone());
    }
    if !set(table, key, value.clone()) {
        let complete = complete(table, &mut Findings::default());
        return Err(locate(&complete, key).err().unwrap_or_else(|| "there is no such key".to_owned()));
    }
    places.replace(key, &value, place);
    Ok(())
}

fn apply_vary(
    argument: &str,
    place: &InputPlace,
    overrides: &Overrides,
    varied: &[String],
    blocks: &mut Vec<RawBlock>,
    places: &mut Places,
    data: &DataFiles,
) -> Result<String, String> {
    let accepted =
        "accepted: KEY=VALUES, such as bus.loss=0,0.01,0.1 or bus.loss=0..0.1:11 or bus.loss=1e-4..1e-1:7log";
    let (key, text) = split(argument).ok_or(accepted)?;
    if varied.iter().any(|other| other == key) {
        return Err(format!("{key} is varied twice"));
    }
    if overrides.set.iter().any(|set| split(set).is_some_and(|(other, _)| other == key)) {
        return Err(format!("{key} is both set and varied"));
    }
    let values = parse_values(text)?;
    end_sweep(key, blocks, data);
    let path = format!("{SWEEP}.{}", blocks.iter().map(|block| block.index + 1).max().unwrap_or(0));
    places.replace(&path, &values, place);
    blocks.push(RawBlock::of_one_key(&path, key, values));
    Ok(key.to_owned())
}

/// Refuses a misspelt strategy, which would create a new one.
fn known_strategy(key: &str, table: &Table) -> Result<(), String> {
    let Some(name) = key.strip_prefix("strategies.").and_then(|rest| rest.split('.').next()) else { return Ok(()) };
    let strategies = table.get("strategies").and_then(Value::as_table);
    let names: Vec<&str> = strategies.into_iter().flatten().map(|(name, _)| name.as_str()).collect();
    if names.contains(&name) {
        return Ok(());
    }
    let meant = nearest(name, names.iter().copied()).map_or(String::new(), |name| format!("; did you mean {name}?"));
    let name = abridged(name, NAME_SHOWN_MAX);
    Err(format!("there is no strategy {name}, accepted: {}{meant}", names.join(", ")))
}

/// Removes `key` from the blocks that sweep it.
fn end_sweep(key: &str, blocks: &mut Vec<RawBlock>, data: &DataFiles) {
    for block in blocks.iter_mut() {
        block.drop_key(key, data);
    }
    blocks.retain(|block| !block.is_empty());
}

/// Key and value of `KEY=VALUE`.
fn split(argument: &str) -> Option<(&str, &str)> {
    let (key, value) = argument.split_once('=')?;
    let (key, value) = (key.trim().trim_matches('"'), value.trim());
    (!key.is_empty() && !value.is_empty()).then_some((key, value))
}

/// A value in TOML. Text that is not TOML and does not look like TOML is a string.
pub(crate) fn parse_value(text: &str) -> Result<Value, String> {
    let text = text.trim();
    if let Some(value) = plain_value(text) {
        return Ok(value);
    }
    let bare = !text.starts_with(['"', '\'', '[', '{']);
    if bare && DeValue::parse(text).is_err() {
        return Ok(Value::String(text.to_owned()));
    }
    // Parsed as a document, so that numbers are checked as in a file.
    let mut written = parse("", &format!("x = {text}\n"));
    match (written.table.remove("x"), written.problems.first()) {
        (Some(value), None) if written.table.is_empty() => Ok(value),
        (_, Some(problem)) if problem.text.contains(text) => Err(problem.text.clone()),
        (_, Some(problem)) => Err(format!("{text}: {}", problem.text)),
        _ => Err(format!("found {text}, accepted: one value in TOML")),
    }
}

/// A plain number or word, without a parser: a CSV file may hold a million.
fn plain_value(text: &str) -> Option<Value> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, decimals) = digits.split_once('.').map_or((digits, None), |(whole, decimals)| (whole, Some(decimals)));
    let all_digits = |text: &str| !text.is_empty() && text.len() < 18 && text.bytes().all(|byte| byte.is_ascii_digit());
    if !all_digits(whole) || (whole.len() > 1 && whole.starts_with('0')) {
        return None;
    }
    match decimals {
        None => text.parse().ok().map(Value::Integer),
        Some(decimals) if all_digits(decimals) => text.parse().ok().map(Value::Float),
        Some(_) => None,
    }
}

/// The values of an axis: a list as an array, a range as a table.
fn parse_values(text: &str) -> Result<Value, String> {
    let parts = split_list(text);
    if let ([range], Some((from, rest))) = (parts.as_slice(), text.split_once("..")) {
        let form = || {
            format!(
                "found {range}, accepted: FROM..TO:STEPS with both ends, such as 0..0.1:11, or 1e-4..1e-1:7log by equal factors"
            )
        };
        let (to, steps) = rest.split_once(':').ok_or_else(form)?;
        let (steps, log) = steps.strip_suffix("log").map_or((steps, false), |steps| (steps, true));
        let steps: i64 = steps.trim().parse().map_err(|_| form())?;
        let mut table = Table::new();
        table.insert("from".to_owned(), parse_value(from)?);
        table.insert("to".to_owned(), parse_value(to)?);
        table.insert("steps".to_owned(), Value::Integer(steps));
        if log {
            table.insert("log".to_owned(), Value::Boolean(true));
        }
        return Ok(Value::Table(table));
    }
    if parts.iter().any(|part| part.trim().is_empty()) {
        return Err(format!(
            "found {}, accepted: values with commas between them",
            found(&Value::String(text.to_owned()))
        ));
    }
    parts.into_iter().map(parse_value).collect::<Result<_, _>>().map(Value::Array)
}

/// The parts of a list, split at commas outside of brackets and quotes.
fn split_list(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut depth, mut quote, mut start) = (0_usize, None, 0);
    for (index, c) in text.char_indices() {
        match (quote, c) {
            (Some(open), c) => quote = Some(open).filter(|open| *open != c),
            (None, '"' | '\'') => quote = Some(c),
            (None, '[' | '{') => depth += 1,
            (None, ']' | '}') => depth = depth.saturating_sub(1),
            (None, ',') if depth == 0 => {
                parts.push(&text[start..index]);
                start = index + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file::tree::render;

    #[test]
    fn words_that_are_not_toml_are_text() {
        for (text, value) in [
            ("20ms", "\"20ms\""),
            ("never", "\"never\""),
            ("5/s", "\"5/s\""),
            ("0.01", "0.01"),
            ("1_000", "1000"),
            ("true", "true"),
            ("\"a b\"", "\"a b\""),
            ("{ exponential = \"3s\" }", "{ exponential = \"3s\" }"),
            ("[1, 2]", "[1, 2]"),
        ] {
            assert_eq!(render(&parse_value(text).unwrap()), value, "{text}");
        }
        for text in ["[1,", "\"a", "{ a = }", "1e400", "nan", "99999999999999999999", "[1] \ny = 2"] {
            assert!(parse_value(text).is_err(), "{text}");
        }
    }

    #[test]
    fn of_a_long_argument_only_the_beginning_is_kept() {
        assert_eq!(beginning("bus.loss=0,1"), "bus.loss=0,1");
        assert_eq!(beginning(&"ö".repeat(300)), format!("{}…", "ö".repeat(200)));
    }

    #[test]
    fn values_are_a_list_or_a_range() {
        for (text, values) in [
            ("0,0.01,0.02", "[0, 0.01, 0.02]"),
            ("1s, 5s", "[\"1s\", \"5s\"]"),
            ("0..0.1:11", "{ from = 0, to = 0.1, steps = 11 }"),
            ("1e-4..1e-1:7log", "{ from = 0.0001, to = 0.1, steps = 7, log = true }"),
            ("10ms..1s:5log", "{ from = \"10ms\", to = \"1s\", steps = 5, log = true }"),
            (
                "{ exponential = \"1s\" },{ uniform = [\"1s\", \"2s\"] }",
                "[{ exponential = \"1s\" }, { uniform = [\"1s\", \"2s\"] }]",
            ),
        ] {
            assert_eq!(render(&parse_values(text).unwrap()), values, "{text}");
        }
        for text in ["0..1", "0..1:x", "1,,2", "0..1:3lin"] {
            assert!(parse_values(text).is_err(), "{text}");
        }
    }
}
