//! `[[sweep]]` and `[[tune]]` as written: blocks of keys that vary together, and the rows of values of each block.
//!
//! Blocks are crossed in file order; the last block varies fastest. A block is one of: lists and ranges of equal length
//! (in lockstep), a Latin hypercube or Sobol' design over ranges, or the rows of a CSV file.

use std::collections::BTreeSet;

use crate::file::schema::{POINTS_MAX, SOBOL_POINTS_MAX};
use toml::{Table, Value};

use super::design;
use super::overrides::parse_value;
use crate::file::data::DataFiles;
use crate::file::keys::{KeyKind, is_fixed};
use crate::file::problem::Problem;
use crate::file::range::SweepRange;
use crate::file::read::Findings;
use crate::file::spelling::meaning;
use crate::file::suggest::nearest;
use crate::file::tree::{At, Places, found, render};
use crate::file::validate::{Owner, complete_value, locate};

/// The blocks whose points are run.
pub(crate) const SWEEP: &str = "sweep";

/// The blocks whose points are candidates of `select`.
pub(crate) const TUNE: &str = "tune";

/// Keys of a block that are not swept keys.
const WORDS: [&str; 4] = ["where", "csv", "latin_hypercube", "sobol"];

/// Accepted values of a part of a value, such as the median of a distribution: any quantity.
const PART: KeyKind = KeyKind::Distribution { never: true };

/// A block as written.
pub(crate) struct RawBlock {
    /// `sweep` or `tune`.
    pub(crate) list: &'static str,
    /// Number of the block, from 0.
    pub(crate) index: usize,
    /// Swept keys with their lists or ranges, and the path that identifies their place in the file.
    entries: Vec<(String, Value, String)>,
    /// `where`, `csv`, `latin_hypercube`, `sobol`.
    words: Table,
}

impl RawBlock {
    /// A block of one key.
    pub(crate) fn of_one_key(path: &str, key: &str, values: Value) -> Self {
        let index = path.rsplit('.').next().and_then(|index| index.parse().ok()).unwrap_or(0);
        Self { list: SWEEP, index, entries: vec![(key.to_owned(), values, path.to_owned())], words: Table::new() }
    }

    /// Removes a key that is given elsewhere. The other columns of a CSV file become lists.
    pub(crate) fn drop_key(&mut self, key: &str, data: &DataFiles) {
        let csv = self.words.get("csv").and_then(Value::as_str);
        // A file that cannot be read is a problem of the block.
        let table = csv.filter(|_| self.entries.is_empty()).map(|file| data.table(file, POINTS_MAX, parse_value));
        if let Some(Ok((header, rows))) = table
            && header.iter().any(|column| column == key)
        {
            self.words.remove("csv");
            self.entries.extend(header.into_iter().enumerate().map(|(at, column)| {
                let path = At::ROOT.key(self.list).index(self.index).key(&column).to_string();
                (column, Value::Array(rows.iter().map(|row| row[at].clone()).collect()), path)
            }));
        }
        self.entries.retain(|(other, _, _)| other != key);
    }

    /// Whether the block itself names this key.
    pub(crate) fn sweeps(&self, key: &str) -> bool {
        self.entries.iter().any(|(other, _, _)| other == key)
    }

    /// Whether the block neither varies a key nor holds a condition.
    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty() && !self.words.contains_key("csv") && !self.words.contains_key("where")
    }

    /// Whether the block makes points. False for a block with only a condition.
    pub(crate) fn varies(&self) -> bool {
        !self.entries.is_empty() || self.words.keys().any(|word| word != "where")
    }

    /// The condition on points.
    pub(crate) fn condition(&self) -> Option<&Value> {
        self.words.get("where")
    }

    /// The block as a table of the resolved experiment.
    pub(crate) fn to_value(&self) -> Value {
        let swept = self.entries.iter().map(|(key, value, _)| (key.clone(), value.clone()));
        Value::Table(self.words.clone().into_iter().chain(swept).collect())
    }
}

/// Removes `[[sweep]]`, or the list of another name, from a file as written, and returns its blocks.
pub(crate) fn take(list: &'static str, table: &mut Table, out: &mut Findings) -> Vec<RawBlock> {
    let Some(sweep) = table.remove(list) else { return Vec::new() };
    let at = At::ROOT.key(list);
    let Value::Array(entries) = sweep else {
        let form = format!("a list of blocks: [[{list}]] in double brackets, and below it \"bus.loss\" = [0.0, 0.01]");
        out.value(&at, &sweep, form);
        return Vec::new();
    };
    let mut blocks = Vec::new();
    for (index, entry) in entries.into_iter().enumerate() {
        let at = at.index(index);
        let Value::Table(table) = entry else {
            out.value(&at, &entry, "a table such as { \"bus.loss\" = [0.0, 0.01] }");
            continue;
        };
        let mut block = RawBlock { list, index, entries: Vec::new(), words: Table::new() };
        for (key, value) in table {
            if WORDS.contains(&key.as_str()) {
                block.words.insert(key, value);
            } else {
                flatten(&key, value, at.key(&key).to_string(), &mut block.entries);
            }
        }
        if block.is_empty() {
            out.text(
                &at,
                "the block is empty, accepted: a key and its values such as \"bus.loss\" = [0.0, 0.01]".to_owned(),
            );
        }
        blocks.push(block);
    }
    blocks
}

/// A swept key without quotes, `bus.loss = [0, 0.1]`, is parsed as nested tables.
fn flatten(key: &str, value: Value, path: String, entries: &mut Vec<(String, Value, String)>) {
    match value {
        Value::Table(table) if !SweepRange::looks_like(&table) && !table.is_empty() => {
            for (name, value) in table {
                let below = if crate::file::tree::is_bare(&name) { name.clone() } else { format!("{name:?}") };
                flatten(&format!("{key}.{name}"), value, format!("{path}.{below}"), entries);
            }
        }
        value => entries.push((key.to_owned(), value, path)),
    }
}

/// A swept key.
pub(crate) struct SweptColumn {
    /// Dotted path of the key.
    pub(crate) path: String,
    /// The key of the file that contains the swept value.
    pub(crate) owner: Owner,
    /// The path that identifies the place of its values.
    source: String,
}

impl SweptColumn {
    /// A column of values from another place of the file.
    pub(crate) const fn new(path: String, owner: Owner, source: String) -> Self {
        Self { path, owner, source }
    }
}

/// A block with its values written out.
pub(crate) struct Block {
    /// The swept keys.
    pub(crate) columns: Vec<SweptColumn>,
    /// One row of values, in the order of the columns, for each step of the block.
    pub(crate) rows: Vec<Vec<Value>>,
    /// The CSV file with the values.
    pub(crate) file: Option<String>,
}

impl Block {
    /// The path that identifies the place of a value.
    pub(crate) fn source(&self, row: usize, column: usize) -> String {
        format!("{}.{row}", self.columns[column].source)
    }
}

/// Finds the keys and writes out the values of each block of a complete experiment.
pub(crate) fn expand(
    raw: &[&RawBlock],
    tree: &Table,
    places: &Places,
    data: &DataFiles,
    seed: u64,
    problems: &mut Vec<Problem>,
) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    for block in raw.iter().copied().filter(|block| block.varies()) {
        let mut expansion = Expansion { raw: block, tree, places, data, problems };
        let Some(expanded) = expansion.block(seed) else { continue };
        for (number, column) in expanded.columns.iter().enumerate() {
            let earlier = blocks.iter().flat_map(|block| &block.columns).chain(&expanded.columns[..number]);
            if let Some(other) = earlier.into_iter().find(|other| overlap(&other.path, &column.path)) {
                let text = if other.path == column.path {
                    format!("it is swept already, at {}", places.key(&other.source))
                } else {
                    format!(
                        "{} is swept already, at {}, and one holds the other",
                        other.path,
                        places.key(&other.source)
                    )
                };
                problems.push(Problem { place: places.key(&column.source), key: column.path.clone(), text });
            }
        }
        blocks.push(expanded);
    }
    blocks
}

/// Whether one path equals the other or is a prefix of it.
fn overlap(a: &str, b: &str) -> bool {
    let (short, long) = if a.len() < b.len() { (a, b) } else { (b, a) };
    long.strip_prefix(short).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// One block while its text is expanded into rows.
struct Expansion<'a> {
    raw: &'a RawBlock,
    tree: &'a Table,
    places: &'a Places,
    data: &'a DataFiles,
    problems: &'a mut Vec<Problem>,
}

impl Expansion<'_> {
    /// Path of the block.
    fn path(&self) -> String {
        format!("{}.{}", self.raw.list, self.raw.index)
    }

    fn problem(&mut self, source: &str, key: &str, text: String) {
        self.problems.push(Problem { place: self.places.value(source), key: key.to_owned(), text });
    }

    fn block(&mut self, seed: u64) -> Option<Block> {
        let modes: Vec<&str> = WORDS[1..].iter().copied().filter(|word| self.raw.words.contains_key(*word)).collect();
        match modes[..] {
            [] => self.lockstep(),
            ["csv"] => self.csv(),
            [design] => self.design(design, seed),
            _ => {
                self.problem(&self.path(), &self.path(), format!("accepted: one of {}", modes.join(", ")));
                None
            }
        }
    }

    /// The key of the file that contains a swept key.
    fn column(&mut self, key: &str, source: &str) -> Option<SweptColumn> {
        let first = key.split('.').next().unwrap_or_default();
        let located = if is_fixed(first) || key == "strategies" {
            Err(format!("{first} cannot be swept: it is the same for all points"))
        } else if first == "faults" && [".per_month", ".name"].iter().any(|end| key.ends_with(end)) {
            Err(format!("{key} cannot be swept: it is the same for all points"))
        } else {
            locate(self.tree, key).map_err(|text| match nearest(key, WORDS) {
                Some(word) => format!("{text} (or the word {word})"),
                None => text,
            })
        };
        match located {
            Ok(owner) => Some(SweptColumn { path: key.to_owned(), owner, source: source.to_owned() }),
            Err(text) => {
                let place = self.places.key(source);
                self.problems.push(Problem { place, key: key.to_owned(), text });
                None
            }
        }
    }

    /// Lists and ranges in lockstep.
    fn lockstep(&mut self) -> Option<Block> {
        let mut columns = Vec::new();
        let mut lists: Vec<Vec<Value>> = Vec::new();
        for (key, value, source) in &self.raw.entries {
            let column = self.column(key, source);
            let kind = column.as_ref().map(|column| column.owner.kind);
            if let (Some(list), Some(column)) = (self.values(key, value, source, kind), column) {
                columns.push(column);
                lists.push(list);
            }
        }
        if columns.len() < self.raw.entries.len() {
            return None;
        }
        let length = lists.first().map_or(1, Vec::len);
        if lists.iter().any(|list| list.len() != length) {
            let counts: Vec<String> = columns
                .iter()
                .zip(&lists)
                .map(|(column, list)| format!("{} has {}", column.path, list.len()))
                .collect();
            let text = "keys of one block vary together and need as many values each; put them in blocks of their own \
                        to cross them";
            self.problem(&self.path(), &self.path(), format!("{}; {text}", counts.join(", ")));
            return None;
        }
        let rows = (0..length).map(|row| lists.iter().map(|list| list[row].clone()).collect()).collect();
        self.finish(columns, rows)
    }

    /// The values of one key: a list, or a range written out.
    fn values(&mut self, key: &str, value: &Value, source: &str, kind: Option<&KeyKind>) -> Option<Vec<Value>> {
        match value {
            Value::Array(list) if list.is_empty() => {
                self.problem(source, key, "found [], accepted: at least one value".to_owned());
                None
            }
            Value::Array(list) if list.len() > POINTS_MAX => {
                self.problem(source, key, format!("found {} values, accepted: at most {POINTS_MAX}", list.len()));
                None
            }
            Value::Array(list) => Some(list.clone()),
            Value::Table(table) => {
                let range = SweepRange::read(table, true).and_then(|range| range.steps(kind, POINTS_MAX));
                range.map_err(|text| self.problem(source, key, text)).ok()
            }
            _ => {
                let form =
                    "a list such as [0.0, 0.01] or a range such as { from = 1e-4, to = 1e-1, steps = 7, log = true }";
                self.problem(source, key, format!("found {}, accepted: {form}", found(value)));
                None
            }
        }
    }

    /// A space-filling design over ranges.
    fn design(&mut self, word: &str, seed: u64) -> Option<Block> {
        let path = format!("{}.{word}", self.path());
        let most = if word == "sobol" { SOBOL_POINTS_MAX } else { POINTS_MAX };
        let wanted = &self.raw.words[word];
        let Some(count) = wanted.as_integer().and_then(|n| usize::try_from(n).ok()).filter(|n| (1..=most).contains(n))
        else {
            self.problem(
                &path,
                &path,
                format!("found {}, accepted: a number of points from 1 to {most}", found(wanted)),
            );
            return None;
        };
        let mut columns = Vec::new();
        let mut ranges = Vec::new();
        for (key, value, source) in &self.raw.entries {
            let column = self.column(key, source);
            let range = match value {
                Value::Table(table) => SweepRange::read(table, false),
                _ => Err(format!(
                    "found {}, accepted with {word}: a range such as {{ from = 0.0, to = 0.1 }}",
                    found(value)
                )),
            };
            let range = range.map_err(|text| self.problem(source, key, text)).ok();
            if let (Some(column), Some(range)) = (column, range) {
                columns.push(column);
                ranges.push(range);
            }
        }
        if columns.len() < self.raw.entries.len() {
            return None;
        }
        if columns.is_empty() || columns.len() > design::DIMENSIONS_MAX {
            let text = format!("found {} keys, accepted with {word}: 1 to {}", columns.len(), design::DIMENSIONS_MAX);
            self.problem(&path, &path, text);
            return None;
        }
        let unit = if word == "sobol" {
            design::sobol(count, columns.len(), seed)
        } else {
            design::latin_hypercube(count, columns.len(), seed, self.raw.index as u64)
        };
        let rows = unit
            .into_iter()
            .map(|row| {
                let cells = row.iter().zip(&ranges).zip(&columns);
                cells.map(|((u, range), column)| range.at(*u, column.owner.kind)).collect()
            })
            .collect();
        Some(Block { columns, rows, file: None })
    }

    /// The rows of a CSV file; the header names the keys.
    fn csv(&mut self) -> Option<Block> {
        let path = format!("{}.csv", self.path());
        let name = &self.raw.words["csv"];
        if !self.raw.entries.is_empty() {
            self.problem(
                &self.path(),
                &self.path(),
                "a block with csv takes its keys from the file's header".to_owned(),
            );
            return None;
        }
        let Some(name) = name.as_str() else {
            self.problem(&path, &path, format!("found {}, accepted: the name of a CSV file", found(name)));
            return None;
        };
        let (header, rows) = match self.data.table(name, POINTS_MAX, parse_value) {
            Ok(table) => table,
            Err(why) => {
                self.problem(&path, "", why);
                return None;
            }
        };
        let wanted = header.len();
        let columns: Vec<SweptColumn> = header.iter().filter_map(|key| self.column(key, &path)).collect();
        if columns.len() < wanted {
            return None;
        }
        let mut block = self.finish(columns, rows)?;
        block.file = Some(name.to_owned());
        Some(block)
    }

    /// Writes out defaults within values that are tables. Duplicate rows of a sweep are refused; candidates are merged.
    fn finish(&mut self, columns: Vec<SweptColumn>, mut rows: Vec<Vec<Value>>) -> Option<Block> {
        for row in &mut rows {
            for (column, value) in columns.iter().zip(row) {
                if column.path == column.owner.path {
                    // Problems of the value are reported when its point is checked.
                    *value = complete_value(column.owner.kind, &At::ROOT, value, &mut Findings::default());
                }
            }
        }
        let meanings = |row: &Vec<Value>| -> Vec<String> {
            let kind = |column: &SweptColumn| if column.path == column.owner.path { column.owner.kind } else { &PART };
            columns.iter().zip(row).map(|(column, value)| meaning(kind(column), value)).collect()
        };
        let mut order: Vec<(Vec<String>, usize)> =
            rows.iter().enumerate().map(|(index, row)| (meanings(row), index)).collect();
        order.sort();
        if self.raw.list == TUNE {
            let mut seen = BTreeSet::new();
            rows.retain(|row| seen.insert(meanings(row)));
        } else if let Some(pair) = order.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            let written = |index: usize| rows[index].iter().map(render).collect::<Vec<_>>().join(", ");
            let (first, again) = (written(pair[0].1), written(pair[1].1));
            let found =
                if first == again { format!("{again} twice") } else { format!("{again}, which is {first} again") };
            let source = columns.first().map_or(self.path(), |column| format!("{}.{}", column.source, pair[1].1));
            let key = columns.iter().map(|column| column.path.as_str()).collect::<Vec<_>>().join(", ");
            self.problem(&source, &key, format!("found {found}, accepted: each value once"));
            return None;
        }
        Some(Block { columns, rows, file: None })
    }
}
