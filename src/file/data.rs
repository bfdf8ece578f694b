//! The data files that an experiment names: measured durations and arrival traces.
//!
//! A file is read once, when the experiment is; its text stays with the plan, so that a result folder can hold all
//! that its runs depended on.

mod arrivals;
mod measured;
mod sheet;
mod unit;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

use super::files::read_text;
use crate::model::TraceArrival;
use des::Distribution;
use sheet::DataSheet;

pub(crate) use arrivals::Trace;
pub(crate) use measured::Measured;
pub(crate) use sheet::Pick;
pub(crate) use unit::ColumnUnit;

/// The largest data file, bytes.
const BYTES_MAX: u64 = 64 << 20;

/// A data file that an experiment names.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct DataFile {
    /// Its name, as the experiment gives it.
    pub name: String,
    /// BLAKE3 of its text, 64 hex digits.
    pub digest: String,
    /// Its text.
    pub text: Arc<str>,
}

/// The data files of one experiment, read when they are first asked for.
#[derive(Default)]
pub(crate) struct DataFiles {
    /// Against which names are resolved; none: only what is there already.
    folder: Option<PathBuf>,
    known: Mutex<Known>,
}

/// The arrivals of a trace, or what is wrong with it.
type TraceArrivals = Result<Arc<[TraceArrival]>, String>;

#[derive(Default)]
struct Known {
    texts: BTreeMap<String, Result<DataFile, String>>,
    distributions: BTreeMap<(String, Measured), Result<Distribution, String>>,
    traces: BTreeMap<(String, Trace), TraceArrivals>,
}

impl DataFiles {
    /// Files beside an experiment file.
    pub(crate) fn beside(file: &Path) -> Self {
        Self { folder: Some(file.parent().unwrap_or(Path::new("")).to_owned()), known: Mutex::default() }
    }

    /// Files that were kept with a result.
    pub(crate) fn kept(files: &[DataFile]) -> Self {
        let texts = files.iter().map(|file| (file.name.clone(), Ok(file.clone()))).collect();
        Self { folder: None, known: Mutex::new(Known { texts, ..Known::default() }) }
    }

    /// Every file that was read, by name.
    pub(crate) fn all(&self) -> Vec<DataFile> {
        self.lock().texts.values().filter_map(|file| file.as_ref().ok().cloned()).collect()
    }

    /// The distribution of a file of durations.
    pub(crate) fn distribution(&self, name: &str, form: &Measured) -> Result<Distribution, String> {
        let mut known = self.lock();
        let key = (name.to_owned(), form.clone());
        if let Some(distribution) = known.distributions.get(&key) {
            return distribution.clone();
        }
        let distribution = self.text(&mut known, name).and_then(|text| measured::read(name, &text, form));
        known.distributions.insert(key, distribution.clone());
        distribution
    }

    /// The arrivals of a trace.
    pub(crate) fn trace(&self, name: &str, form: &Trace) -> TraceArrivals {
        let mut known = self.lock();
        let key = (name.to_owned(), form.clone());
        if let Some(arrivals) = known.traces.get(&key) {
            return arrivals.clone();
        }
        let arrivals = self.text(&mut known, name).and_then(|text| arrivals::read(name, &text, form));
        known.traces.insert(key, arrivals.clone());
        arrivals
    }

    /// Header and rows of a file of at most `rows_max` rows, each cell as `read` makes it.
    pub(crate) fn table<T>(
        &self,
        name: &str,
        rows_max: usize,
        read: impl Fn(&str) -> Result<T, String>,
    ) -> Result<(Vec<String>, Vec<Vec<T>>), String> {
        let text = self.text(&mut self.lock(), name)?;
        let sheet = DataSheet::open(name, &text, false)?;
        let (line, header) = sheet.first.clone();
        for (index, key) in header.iter().enumerate() {
            if key.is_empty() {
                return Err(format!("{name}:{line}: found a column without a name, accepted: the name of a key"));
            }
            if header[..index].contains(key) {
                return Err(format!("{name}:{line}: found the column {key} twice, accepted: each key once"));
            }
        }
        let rows = sheet.rows(true, rows_max, |record| record.iter().map(&read).collect())?;
        Ok((header, rows))
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn text(&self, known: &mut Known, name: &str) -> Result<Arc<str>, String> {
        if let Some(file) = known.texts.get(name) {
            return file.as_ref().map(|file| file.text.clone()).map_err(Clone::clone);
        }
        let read = if let Some(folder) = &self.folder {
            read_text(&folder.join(name), BYTES_MAX).map_err(|why| format!("{} {why}", folder.join(name).display()))
        } else {
            let has = known.texts.iter().filter_map(|(name, file)| file.is_ok().then_some(name.as_str()));
            let has = has.collect::<Vec<_>>().join(", ");
            let has = if has.is_empty() { "none" } else { &has };
            Err(format!("there is no data file {name:?} with this experiment, which has {has}"))
        };
        let file = read.map(|text| DataFile {
            name: name.to_owned(),
            digest: blake3::hash(text.as_bytes()).to_hex().to_string(),
            text: text.into(),
        });
        let text = file.as_ref().map(|file| file.text.clone()).map_err(Clone::clone);
        known.texts.insert(name.to_owned(), file);
        text
    }
}
