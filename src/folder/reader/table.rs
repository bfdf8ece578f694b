//! A CSV file of a result folder, read line by line, with bounds. Cells are found by column name and typed.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use csv::{Position, Reader as CsvReader, StringRecord};

use super::ReadEstimate;
use crate::folder::bounded::{self, Bounded};
use crate::folder::cell;
use crate::folder::error::Error;
use crate::folder::range::{self, CellRange};
use crate::plan::Group;
use text::{from_csv, on_one_line};

/// Maximum number of columns.
const COLUMNS_MAX: usize = 2_000;

/// Maximum number of letters of a cell in a message.
const SHOWN_MAX: usize = 100;

/// A CSV file of the folder, line by line.
pub(super) struct CsvTable {
    path: PathBuf,
    reader: CsvReader<Bounded>,
    names: Vec<String>,
    pub(super) columns: BTreeMap<String, usize>,
    /// Index of the columns `point` and `strategy`; the swept keys are between them.
    point: usize,
    strategy: usize,
    pub(super) record: StringRecord,
}

impl CsvTable {
    pub(super) fn open(path: &Path) -> Result<Self, Error> {
        Self::of(path, bounded::csv(path)?)
    }

    /// A file in memory; `path` stands for it in messages.
    pub(super) fn held(path: &Path, bytes: Arc<[u8]>) -> Result<Self, Error> {
        Self::of(path, bounded::held(bytes))
    }

    fn of(path: &Path, mut reader: CsvReader<Bounded>) -> Result<Self, Error> {
        let header = reader.headers().map_err(Error::at(path, "cannot read"))?;
        let names: Vec<String> = header.iter().map(str::to_owned).collect();
        let wrong = |cause: &str| Error::new(path, "cannot read", format!("line 1: {cause}"));
        if names.len() > COLUMNS_MAX {
            return Err(wrong(&format!("found {} columns, accepted: at most {COLUMNS_MAX}", names.len())));
        }
        // Of two equal names, the column after the strategy wins over a swept key.
        let mut columns = BTreeMap::new();
        for (index, name) in names.iter().enumerate() {
            columns.insert(name.clone(), index);
        }
        let place = |wanted: &str| {
            let at = names.iter().position(|name| name == wanted);
            at.ok_or_else(|| wrong(&format!("there is no column {wanted}")))
        };
        let (point, strategy) = (place("point")?, place("strategy")?);
        if point > strategy {
            return Err(wrong("found the column strategy before point, accepted: point, the swept keys, strategy"));
        }
        let mut behind = BTreeSet::new();
        if let Some(twice) = names[strategy..].iter().find(|name| !behind.insert(name.as_str())) {
            return Err(wrong(&format!("there are two columns {}", shown(twice))));
        }
        Ok(Self { path: path.to_owned(), reader, names, columns, point, strategy, record: StringRecord::new() })
    }

    /// The swept keys, in printable form.
    pub(super) fn keys(&self) -> Vec<String> {
        let names = &self.names[self.point + 1..self.strategy];
        names.iter().map(|name| on_one_line(&from_csv(name)).into_owned()).collect()
    }

    /// Names of the columns after the strategy.
    pub(super) fn rest(&self) -> impl Iterator<Item = &str> {
        self.names[self.strategy + 1..].iter().map(String::as_str)
    }

    pub(super) fn advance(&mut self) -> Result<bool, Error> {
        self.reader.get_mut().next_line();
        self.reader.read_record(&mut self.record).map_err(Error::at(&self.path, "cannot read"))
    }

    /// Point, swept values and strategy of the current line.
    pub(super) fn place(&self) -> Result<(usize, Vec<String>, String), Error> {
        let cell = |index: usize| self.record.get(index).unwrap_or_default().to_owned();
        let number = whole(&cell(self.point)).map_err(|cause| self.wrong(format!("point: {cause}")))?;
        let value = |index: usize| on_one_line(&from_csv(&cell(index))).into_owned();
        Ok((number, (self.point + 1..self.strategy).map(value).collect(), cell(self.strategy)))
    }

    /// The current line, for a group that is known.
    pub(super) fn line(&self, group: Group) -> CsvLine<'_> {
        CsvLine { group, columns: &self.columns, record: &self.record }
    }

    pub(super) fn wrong(&self, cause: impl Display) -> Error {
        let line = self.record.position().map_or(1, Position::line);
        Error::new(&self.path, "cannot read", format!("line {line}: {cause}"))
    }
}

/// One line; cells are found by name.
pub(super) struct CsvLine<'a> {
    pub(super) group: Group,
    columns: &'a BTreeMap<String, usize>,
    record: &'a StringRecord,
}

impl CsvLine<'_> {
    pub(super) fn text(&self, name: &str) -> Result<&str, String> {
        let column = self.columns.get(name).ok_or_else(|| format!("there is no column {name}"))?;
        self.record.get(*column).ok_or_else(|| "it ends early".to_owned())
    }

    pub(super) fn whole<T: std::str::FromStr>(&self, name: &str) -> Result<T, String> {
        whole(self.text(name)?).map_err(|cause| format!("{name}: {cause}"))
    }

    /// A number within `range`.
    pub(super) fn number(&self, name: &str, range: CellRange) -> Result<Option<f64>, String> {
        self.checked(name, |value| range.check(value))
    }

    /// A number that `check` accepts; the error of `check` gives the accepted values.
    pub(super) fn checked(&self, name: &str, check: impl Fn(f64) -> Result<(), String>) -> Result<Option<f64>, String> {
        let text = self.text(name)?;
        let value = cell::read_number(text).map_err(|_| format!("{name}: \"{}\" is not a number", shown(text)))?;
        if let Some(value) = value {
            check(value).map_err(|accepted| format!("{name}: found {}, accepted: {accepted}", shown(text)))?;
        }
        Ok(value)
    }

    pub(super) fn known(&self, name: &str, range: CellRange) -> Result<f64, String> {
        self.number(name, range)?.ok_or_else(|| format!("{name}: found nothing, accepted: a number"))
    }

    /// The range of numbers with the line's unit.
    pub(super) fn range(&self) -> Result<CellRange, String> {
        let unit = self.text("unit")?;
        CellRange::of_unit(unit).ok_or_else(|| format!("unit: found \"{}\", accepted: s, 1 or count", shown(unit)))
    }

    /// A mean that `check` accepts, and the limits of its interval.
    pub(super) fn estimate(
        &self,
        mean: &str,
        check: impl Fn(f64) -> Result<(), String>,
    ) -> Result<ReadEstimate, String> {
        let limit = |name: &str| self.checked(name, |_| Ok(()));
        let estimate =
            ReadEstimate { mean: self.checked(mean, check)?, low: limit("ci_low")?, high: limit("ci_high")? };
        range::check_limits(estimate.low, estimate.high).map_err(|accepted| {
            let found = |name: &str| shown(self.text(name).unwrap_or_default());
            format!("ci_low, ci_high: found \"{}\", \"{}\", accepted: {accepted}", found("ci_low"), found("ci_high"))
        })?;
        Ok(estimate)
    }
}

/// A whole number, written with digits only.
fn whole<T: std::str::FromStr>(cell: &str) -> Result<T, String> {
    let digits = !cell.is_empty() && cell.bytes().all(|byte| byte.is_ascii_digit());
    let number = digits.then(|| cell.parse().ok()).flatten();
    number.ok_or_else(|| format!("\"{}\" is no whole number that is in range", shown(cell)))
}

/// A cell in the form for messages.
pub(super) fn shown(cell: &str) -> String {
    match cell.char_indices().nth(SHOWN_MAX) {
        Some((end, _)) => format!("{}…", &cell[..end]),
        None => cell.to_owned(),
    }
}
