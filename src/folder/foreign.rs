//! Reads `runs.csv` of any experiment and version by column names.
//!
//! [`super::runs`] requires the columns of one experiment. This reader accepts the columns that are present: swept keys
//! are the columns between `point` and `strategy`, measures are found by name, and a missing measure is undefined.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use csv::{Position, Reader, StringRecord};

use super::bounded::{self, Bounded};
use super::error::Error;
use super::{cell, range};
use crate::measure::MEASURES;
use crate::plan::Group;
use crate::run::Row;
use text::from_csv;

/// A point and a strategy by name: `bus.loss = 0.01`, `push`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct SideName {
    /// The swept keys and their values, as in the file.
    pub point: String,
    /// The strategy.
    pub strategy: String,
}

/// The runs of a folder by point and strategy; only their positions in the file are kept in memory.
pub struct ForeignRuns {
    path: PathBuf,
    reader: Reader<Bounded>,
    columns: ColumnPlaces,
    groups: BTreeMap<SideName, Position>,
    order: Vec<SideName>,
}

struct ColumnPlaces {
    keys: Vec<(usize, String)>,
    strategy: usize,
    replication: usize,
    fingerprint: usize,
    events: usize,
    measures: Vec<Option<usize>>,
}

impl ForeignRuns {
    /// Scans `runs.csv` in `folder`.
    ///
    /// # Errors
    /// If the file cannot be read, or lacks a column that every version has.
    pub fn open(folder: &Path) -> Result<Self, Error> {
        let path = folder.join("runs.csv");
        let mut reader = bounded::csv(&path)?;
        let names = reader.headers().map_err(Error::at(&path, "cannot read"))?.clone();
        let columns = ColumnPlaces::find(&names).map_err(Error::at(&path, "cannot read"))?;
        let (mut groups, mut order) = (BTreeMap::new(), Vec::new());
        let mut record = StringRecord::new();
        let mut last = None;
        loop {
            let position = reader.position().clone();
            reader.get_mut().next_line();
            if !reader.read_record(&mut record).map_err(Error::at(&path, "cannot read"))? {
                break;
            }
            let name = columns.name(&record);
            if last.as_ref() != Some(&name) {
                if groups.insert(name.clone(), position).is_some() {
                    let line = record.position().map_or(0, Position::line);
                    let cause = format!(
                        "line {line}: its point and strategy stand in another place before, accepted: all runs of a point and strategy together"
                    );
                    return Err(Error::new(&path, "cannot read", cause));
                }
                order.push(name.clone());
                last = Some(name);
            }
        }
        Ok(Self { path, reader, columns, groups, order })
    }

    /// Points and strategies, in the order of the file.
    #[must_use]
    pub fn names(&self) -> &[SideName] {
        &self.order
    }

    /// The runs of a point and strategy, ascending by replication; none if there are none.
    ///
    /// # Errors
    /// If the file cannot be read, or a cell is not a number.
    pub fn rows(&mut self, name: &SideName) -> Result<Vec<Row>, Error> {
        let Some(position) = self.groups.get(name) else { return Ok(Vec::new()) };
        let path = &self.path;
        self.reader.seek(position.clone()).map_err(Error::at(path, "cannot read"))?;
        let mut record = StringRecord::new();
        let mut rows: Vec<Row> = Vec::new();
        loop {
            self.reader.get_mut().next_line();
            let more = self.reader.read_record(&mut record).map_err(Error::at(path, "cannot read"))?;
            if !more || self.columns.name(&record) != *name {
                break;
            }
            let line = record.position().map_or(0, Position::line);
            let wrong = |cause: String| Error::new(path, "cannot read", format!("line {line}: {cause}"));
            let row = self.columns.row(&record).map_err(wrong)?;
            if rows.last().is_some_and(|before| before.replication >= row.replication) {
                return Err(wrong(format!("replication: found {}, accepted: ascending numbers", row.replication)));
            }
            rows.push(row);
        }
        Ok(rows)
    }

    /// Whether the file has the column of this measure.
    #[must_use]
    pub fn has(&self, measure: usize) -> bool {
        self.columns.measures[measure].is_some()
    }
}

impl ColumnPlaces {
    fn find(names: &StringRecord) -> Result<Self, String> {
        let column = |wanted: &str| names.iter().position(|name| name == wanted);
        let needed = |wanted: &str| column(wanted).ok_or_else(|| format!("there is no column {wanted}"));
        let strategy = needed("strategy")?;
        Ok(Self {
            keys: names.iter().enumerate().take(strategy).skip(1).map(|(i, name)| (i, name.to_owned())).collect(),
            strategy,
            replication: needed("replication")?,
            fingerprint: needed("fingerprint")?,
            events: needed("events")?,
            measures: MEASURES.iter().map(|measure| column(measure.name)).collect(),
        })
    }

    fn name(&self, record: &StringRecord) -> SideName {
        let cell = |index: usize| record.get(index).unwrap_or_default();
        // `0` and `0.0` are the same value.
        let value =
            |cell: &str| cell.parse::<f64>().map_or_else(|_| from_csv(cell).into_owned(), |value| value.to_string());
        let keys = self.keys.iter().map(|(index, name)| format!("{name} = {}", value(cell(*index))));
        let keys: Vec<String> = keys.collect();
        SideName { point: keys.join(", "), strategy: cell(self.strategy).to_owned() }
    }

    fn row(&self, record: &StringRecord) -> Result<Row, String> {
        let cell = |index: usize| record.get(index).unwrap_or_default();
        let wrong = |index: usize| format!("\"{}\" is not a whole number", cell(index));
        let mut measures = [None; MEASURES.len()];
        for (value, column) in measures.iter_mut().zip(&self.measures) {
            *value = column.map_or(Ok(None), |column| cell::read_number(cell(column)))?;
        }
        range::check_run(&measures)?;
        Ok(Row {
            group: Group { point: 0, strategy: 0 },
            replication: cell(self.replication).parse().map_err(|_| wrong(self.replication))?,
            fingerprint: u64::from_str_radix(cell(self.fingerprint), 16).map_err(|_| wrong(self.fingerprint))?,
            events: cell(self.events).parse().map_err(|_| wrong(self.events))?,
            measures,
        })
    }
}
