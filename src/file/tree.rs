//! An experiment as written: a tree of TOML values, and the place of each.
//!
//! Values are addressed by dotted path (`path.delay.lognormal.p99`, `faults.0.for`). No name that is accepted
//! contains a dot, so paths are unambiguous.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use toml::de::{DeTable, DeValue};
use toml::{Spanned, Table, Value};

use super::problem::{InputPlace, Problem};
use text::{in_toml, is_shown};

/// A path while it is walked: a chain of names back to the root, so that a valid tree costs no allocation.
#[derive(Clone, Copy)]
pub(crate) struct At<'a> {
    parent: Option<&'a At<'a>>,
    name: PathStep<'a>,
}

#[derive(Clone, Copy)]
enum PathStep<'a> {
    Root,
    Path(&'a str),
    Key(&'a str),
    Index(usize),
}

impl<'a> At<'a> {
    /// The whole file.
    pub(crate) const ROOT: At<'static> = At { parent: None, name: PathStep::Root };

    /// The value at a dotted path from the root.
    pub(crate) fn path(path: &'a str) -> At<'a> {
        At { parent: None, name: PathStep::Path(path) }
    }

    /// The value under `key`.
    pub(crate) fn key(&'a self, key: &'a str) -> At<'a> {
        At { parent: Some(self), name: PathStep::Key(key) }
    }

    /// The `index`-th entry.
    pub(crate) fn index(&'a self, index: usize) -> At<'a> {
        At { parent: Some(self), name: PathStep::Index(index) }
    }

    /// The value there, if there is one.
    pub(crate) fn find<'t>(&self, table: &'t Table) -> Option<&'t Value> {
        let below = |name: &str| match self.parent {
            None | Some(At { name: PathStep::Root, .. }) => table.get(name),
            Some(parent) => step(parent.find(table)?, name),
        };
        match self.name {
            PathStep::Root => None,
            PathStep::Path(path) => get(table, path),
            PathStep::Key(key) => below(key),
            PathStep::Index(index) => below(&index.to_string()),
        }
    }
}

impl fmt::Display for At<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(parent) = self.parent {
            parent.fmt(f)?;
            if !matches!(parent.name, PathStep::Root) {
                f.write_str(".")?;
            }
        }
        match self.name {
            PathStep::Root => Ok(()),
            PathStep::Path(path) => f.write_str(path),
            PathStep::Key(key) if is_bare(key) => f.write_str(key),
            PathStep::Key(key) => write!(f, "{key:?}"),
            PathStep::Index(index) => write!(f, "{index}"),
        }
    }
}

/// Whether a key needs no quotes in TOML.
pub(crate) fn is_bare(key: &str) -> bool {
    !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
}

/// Where a value and its key stand.
#[derive(Clone)]
struct Spot {
    key: InputPlace,
    value: InputPlace,
}

/// The place of every value that was given; what has none is a default.
#[derive(Clone)]
pub(crate) struct Places {
    file: Arc<str>,
    spots: BTreeMap<String, Spot>,
}

impl Places {
    /// Nothing was given yet.
    pub(crate) fn new(file: &str) -> Self {
        Self { file: file.into(), spots: BTreeMap::new() }
    }

    /// Whether a value was given under exactly this path.
    pub(crate) fn given(&self, path: &str) -> bool {
        self.spots.contains_key(path)
    }

    /// The place of the value at `path`, or of the nearest table around it that was given.
    pub(crate) fn value(&self, path: &str) -> InputPlace {
        self.nearest(path).map_or_else(|| InputPlace::File(self.file.clone()), |spot| spot.value.clone())
    }

    /// The place of the key at `path`, or of the nearest table around it that was given.
    pub(crate) fn key(&self, path: &str) -> InputPlace {
        self.nearest(path).map_or_else(|| InputPlace::File(self.file.clone()), |spot| spot.key.clone())
    }

    fn nearest(&self, mut path: &str) -> Option<&Spot> {
        loop {
            if let Some(spot) = self.spots.get(path) {
                return Some(spot);
            }
            path = &path[..path.rfind('.')?];
        }
    }

    /// Notes that `value`, with all below it, was given at `place`, and so were tables around it that are new.
    pub(crate) fn replace(&mut self, path: &str, value: &Value, place: &InputPlace) {
        let below = format!("{path}.");
        self.spots.retain(|other, _| !other.starts_with(&below));
        let spot = Spot { key: place.clone(), value: place.clone() };
        for (end, _) in path.match_indices('.') {
            self.spots.entry(path[..end].to_owned()).or_insert_with(|| spot.clone());
        }
        let spots = &mut self.spots;
        walk(&mut path.to_owned(), value, &mut |path, _| {
            spots.insert(path.to_owned(), spot.clone());
        });
    }
}

/// Lines of a text, by byte offset.
struct Lines<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    fn new(text: &'a str) -> Self {
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { text, starts }
    }

    /// Line and column of a byte, from 1; columns count characters.
    fn position(&self, offset: usize) -> (usize, usize) {
        let offset = offset.min(self.text.len());
        let line = self.starts.partition_point(|start| *start <= offset) - 1;
        let column = self.text.get(self.starts[line]..offset).map_or(0, |before| before.chars().count());
        (line + 1, column + 1)
    }
}

/// A file as written.
pub(crate) struct Written {
    /// Its values.
    pub(crate) table: Table,
    /// Their places.
    pub(crate) places: Places,
    /// What is not TOML; the rest of the tree is sound all the same.
    pub(crate) problems: Vec<Problem>,
}

/// Parses a file. What is not TOML is reported and left out.
pub(crate) fn parse(file: &str, text: &str) -> Written {
    let lines = Lines::new(text);
    let mut places = Places::new(file);
    let (root, errors) = DeTable::parse_recoverable(text);
    let mut problems: Vec<Problem> = errors
        .iter()
        .map(|error| {
            let span = error.span().or_else(|| deep_key(text)).unwrap_or(0..0);
            let (line, column) = lines.position(span.start);
            let place = InputPlace::At(places.file.clone(), line, column);
            Problem { place, key: String::new(), text: explain(error.message(), text, span) }
        })
        .collect();
    let mut table = Table::new();
    let mut reader = TreeReader { lines: &lines, places: &mut places, problems: &mut problems };
    reader.table(&At::ROOT, root.get_ref(), &mut table);
    Written { table, places, problems }
}

/// The deepest nesting that the parser follows.
const DEPTH_MAX: usize = 80;

/// Where a key of more names than the parser follows begins, which it refuses without a place.
fn deep_key(text: &str) -> Option<std::ops::Range<usize>> {
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let key = if line.trim_start().starts_with('[') { line } else { line.split('=').next().unwrap_or_default() };
        if key.matches('.').count() >= DEPTH_MAX {
            let begin = start + (line.len() - line.trim_start().len());
            return Some(begin..begin);
        }
        start += line.len();
    }
    None
}

/// The parser's message in words for somebody who has not read TOML's grammar.
fn explain(message: &str, text: &str, span: std::ops::Range<usize>) -> String {
    let rest = text.get(span.start..).unwrap_or_default();
    let found = rest.split(['\n', '\r', '#', ',', ']', '}']).next().unwrap_or_default().trim();
    if message.starts_with("string values must be quoted") {
        if found.is_empty() {
            return "a value is missing after the equals sign".to_owned();
        }
        return format!("found {found}, accepted: a number, true, false, or text in quotes: \"{found}\"");
    }
    if message.contains("recurs") {
        return format!("it is nested too deeply, accepted: at most {DEPTH_MAX} levels");
    }
    if ["invalid date", "invalid time", "invalid datetime"].iter().any(|start| message.starts_with(start)) {
        let length = found.chars().take(60).collect::<String>();
        return format!("found {length}, accepted: a number, or text in quotes: \"{length}\"");
    }
    match text.get(span) {
        Some(key) if message == "duplicate key" => {
            let bare = ['"', '\''].iter().find_map(|quote| key.strip_prefix(*quote)?.strip_suffix(*quote));
            format!("{:?} is set twice in this table", bare.unwrap_or(key))
        }
        _ => format!("not valid TOML: {message}"),
    }
}

/// Turns the parser's tree into values and places.
struct TreeReader<'a> {
    lines: &'a Lines<'a>,
    places: &'a mut Places,
    problems: &'a mut Vec<Problem>,
}

impl TreeReader<'_> {
    fn place(&self, offset: usize) -> InputPlace {
        let (line, column) = self.lines.position(offset);
        InputPlace::At(self.places.file.clone(), line, column)
    }

    fn table(&mut self, at: &At<'_>, from: &DeTable<'_>, into: &mut Table) {
        for (key, value) in from {
            let below = at.key(key.get_ref());
            let key_place = self.place(key.span().start);
            if let Some(value) = self.value(&below, value, Some(key_place)) {
                into.insert(key.get_ref().to_string(), value);
            }
        }
    }

    fn value(&mut self, at: &At<'_>, from: &Spanned<DeValue<'_>>, key: Option<InputPlace>) -> Option<Value> {
        let place = self.place(from.span().start);
        let spot = Spot { key: key.unwrap_or_else(|| place.clone()), value: place.clone() };
        self.places.spots.insert(at.to_string(), spot);
        let refuse = |this: &mut Self, text: String| {
            this.problems.push(Problem { place, key: at.to_string(), text });
            None
        };
        Some(match from.get_ref() {
            DeValue::String(text) => Value::String(text.to_string()),
            DeValue::Boolean(flag) => Value::Boolean(*flag),
            // what the parser could not read it has reported, and left an empty one
            DeValue::Datetime(datetime) if datetime.date.is_none() && datetime.time.is_none() => return None,
            DeValue::Datetime(datetime) => Value::Datetime(*datetime),
            DeValue::Integer(integer) => match i64::from_str_radix(integer.as_str(), integer.radix()) {
                Ok(number) => Value::Integer(number),
                Err(_) => return refuse(self, format!("found {integer}, accepted: at most {}", i64::MAX)),
            },
            DeValue::Float(float) => match float.as_str().parse::<f64>() {
                Ok(number) if number.is_finite() => Value::Float(number),
                _ => return refuse(self, format!("found {float}, accepted: a finite number")),
            },
            DeValue::Array(array) => {
                let values = array.iter().enumerate().filter_map(|(i, value)| self.value(&at.index(i), value, None));
                Value::Array(values.collect())
            }
            DeValue::Table(table) => {
                let mut values = Table::new();
                self.table(at, table, &mut values);
                Value::Table(values)
            }
        })
    }
}

/// The value at a dotted path.
pub(crate) fn get<'a>(table: &'a Table, path: &str) -> Option<&'a Value> {
    let mut names = path.split('.');
    let first = table.get(names.next()?)?;
    names.try_fold(first, step)
}

/// The value one step below.
pub(crate) fn step<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    match value {
        Value::Table(table) => table.get(name),
        Value::Array(array) => array.get(name.parse::<usize>().ok()?),
        _ => None,
    }
}

/// Shows a value and everything below it, with their paths.
pub(crate) fn walk(path: &mut String, value: &Value, see: &mut impl FnMut(&str, &Value)) {
    see(path, value);
    let length = path.len();
    let mut descend = |name: &str, value: &Value| {
        path.push('.');
        path.push_str(name);
        walk(path, value, see);
        path.truncate(length);
    };
    match value {
        Value::Table(table) => table.iter().for_each(|(name, value)| descend(name, value)),
        Value::Array(entries) => entries.iter().enumerate().for_each(|(i, value)| descend(&i.to_string(), value)),
        _ => {}
    }
}

/// Puts a value at a dotted path, making tables on the way. False if the way leads through something else.
pub(crate) fn set(table: &mut Table, path: &str, value: Value) -> bool {
    let Some((first, rest)) = path.split_once('.') else {
        table.insert(path.to_owned(), value);
        return true;
    };
    let mut node = table.entry(first).or_insert_with(|| Value::Table(Table::new()));
    let mut names = rest.split('.').peekable();
    while let Some(name) = names.next() {
        let last = names.peek().is_none();
        match node {
            Value::Table(table) if last => {
                table.insert(name.to_owned(), value);
                return true;
            }
            Value::Table(table) => node = table.entry(name).or_insert_with(|| Value::Table(Table::new())),
            Value::Array(array) => match name.parse::<usize>().ok().and_then(|index| array.get_mut(index)) {
                Some(entry) if last => {
                    *entry = value;
                    return true;
                }
                Some(entry) => node = entry,
                None => return false,
            },
            _ => return false,
        }
    }
    false
}

/// A value as one line of TOML: what `check` prints, result files name points by, and digests cover.
pub(crate) fn render(value: &Value) -> String {
    match value {
        Value::String(text) => quote(text),
        Value::Float(number) => format!("{number:?}"),
        Value::Array(values) => format!("[{}]", values.iter().map(render).collect::<Vec<_>>().join(", ")),
        Value::Table(table) if table.is_empty() => "{}".to_owned(),
        Value::Table(table) => {
            let pairs: Vec<String> = table
                .iter()
                .map(|(key, value)| {
                    let key = if is_bare(key) { key.clone() } else { quote(key) };
                    format!("{key} = {}", render(value))
                })
                .collect();
            format!("{{ {} }}", pairs.join(", "))
        }
        Value::Integer(number) => number.to_string(),
        Value::Boolean(flag) => flag.to_string(),
        Value::Datetime(datetime) => datetime.to_string(),
    }
}

/// A string in TOML's quotes, on one line.
pub(crate) fn quote(text: &str) -> String {
    if text.chars().all(is_shown) { Value::String(text.to_owned()).to_string() } else { in_toml(text) }
}

/// A value as a message shows it: one line, cut when long.
pub(crate) fn found(value: &Value) -> String {
    const LENGTH_MAX: usize = 60;
    let text = render(value);
    match text.char_indices().nth(LENGTH_MAX) {
        Some((cut, _)) => format!("{}…", &text[..cut]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_value_knows_its_line_and_column() {
        let written = parse("a.toml", "name = \"é\"\n[bus]\nburst = { loss = 0.5 }\n[[faults]]\nfor = \"1s\"\n");
        assert!(written.problems.is_empty());
        assert_eq!(written.places.value("bus.burst.loss").to_string(), "a.toml:3:18");
        assert_eq!(written.places.key("bus.burst.loss").to_string(), "a.toml:3:11");
        assert_eq!(written.places.value("faults.0.for").to_string(), "a.toml:5:7");
        assert_eq!(written.places.value("bus.delay").to_string(), "a.toml:2:1");
        assert_eq!(written.places.value("horizon").to_string(), "a.toml");
    }

    #[test]
    fn all_syntax_errors_are_reported() {
        let written = parse("a.toml", "seed = \ndelay = 20ms\nloss = nan\n\"loss\" = 1\nbig = 99999999999999999999\n");
        let mut lines: Vec<String> = written.problems.iter().map(ToString::to_string).collect();
        lines.sort();
        assert_eq!(
            lines,
            [
                "a.toml:1:8: a value is missing after the equals sign",
                "a.toml:2:9: found 20ms, accepted: a number, true, false, or text in quotes: \"20ms\"",
                "a.toml:3:8: loss: found nan, accepted: a finite number",
                "a.toml:4:1: \"loss\" is set twice in this table",
                "a.toml:5:7: big: found 99999999999999999999, accepted: at most 9223372036854775807",
            ]
        );
    }

    #[test]
    fn values_are_rendered_on_one_line() {
        let table: Table = "a = { b = [1, 2.0, \"x\\\"y\"], \"c d\" = 1e-5 }".parse().unwrap();
        let text = render(&table["a"]);
        assert_eq!(text, "{ b = [1, 2.0, 'x\"y'], \"c d\" = 1e-5 }");
        assert_eq!(format!("a = {text}").parse::<Table>().unwrap(), table);
    }
}
