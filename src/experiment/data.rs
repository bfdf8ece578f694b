//! The data files that an experiment names: measured durations and arrival traces.
//!
//! A file is read once, when the experiment is; its text stays with the plan, so that a result folder can hold all
//! that its runs depended on.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

use super::files::read_text;
use super::quantity::DURATION_MAX;
use crate::engine::{Duration, Time};
use crate::model::TraceArrival;

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
pub(super) struct DataFiles {
    /// Against which names are resolved; none: only what is there already.
    folder: Option<PathBuf>,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    texts: BTreeMap<String, Result<DataFile, String>>,
    empirical: BTreeMap<String, Result<Arc<[f64]>, String>>,
    traces: BTreeMap<String, Result<Arc<[TraceArrival]>, String>>,
}

impl DataFiles {
    /// Files beside an experiment file.
    pub(super) fn beside(file: &Path) -> Self {
        Self { folder: Some(file.parent().unwrap_or(Path::new("")).to_owned()), known: Mutex::default() }
    }

    /// Files that were kept with a result.
    pub(super) fn kept(files: &[DataFile]) -> Self {
        let texts = files.iter().map(|file| (file.name.clone(), Ok(file.clone()))).collect();
        Self { folder: None, known: Mutex::new(Known { texts, ..Known::default() }) }
    }

    /// Every file that was read, by name.
    pub(super) fn all(&self) -> Vec<DataFile> {
        self.lock().texts.values().filter_map(|file| file.as_ref().ok().cloned()).collect()
    }

    /// The sorted values of a column `seconds`.
    pub(super) fn empirical(&self, name: &str) -> Result<Arc<[f64]>, String> {
        let mut known = self.lock();
        if let Some(values) = known.empirical.get(name) {
            return values.clone();
        }
        let values = self.text(&mut known, name).and_then(|text| read_empirical(name, &text));
        known.empirical.insert(name.to_owned(), values.clone());
        values
    }

    /// The arrivals of a trace.
    pub(super) fn trace(&self, name: &str) -> Result<Arc<[TraceArrival]>, String> {
        let mut known = self.lock();
        if let Some(arrivals) = known.traces.get(name) {
            return arrivals.clone();
        }
        let arrivals = self.text(&mut known, name).and_then(|text| read_trace(name, &text));
        known.traces.insert(name.to_owned(), arrivals.clone());
        arrivals
    }

    /// Header and rows of a CSV file of at most `rows_max` rows, each cell as `read` makes it.
    pub(super) fn table<T>(
        &self,
        name: &str,
        rows_max: usize,
        read: impl Fn(&str) -> Result<T, String>,
    ) -> Result<(Vec<String>, Vec<Vec<T>>), String> {
        let text = self.text(&mut self.lock(), name)?;
        let header: Vec<String> = text.lines().next().unwrap_or_default().split(',').map(clean).collect();
        let fields: Vec<&str> = header.iter().map(String::as_str).collect();
        let mut count = 0;
        let rows = rows(name, &text, &[&fields], |record| {
            count += 1;
            if count > rows_max {
                return Err(format!("found more rows, accepted: at most {rows_max}"));
            }
            record.iter().map(&read).collect()
        })?;
        Ok((header, rows))
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn text(&self, known: &mut Known, name: &str) -> Result<Arc<str>, String> {
        if let Some(file) = known.texts.get(name) {
            return file.as_ref().map(|file| file.text.clone()).map_err(Clone::clone);
        }
        let read = match &self.folder {
            Some(folder) => {
                read_text(&folder.join(name), BYTES_MAX).map_err(|why| format!("{} {why}", folder.join(name).display()))
            }
            None => Err(format!("the data file {name:?} was not kept with the result")),
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

/// A field of a header without quotes and spaces.
fn clean(field: &str) -> String {
    field.trim().trim_matches('"').to_owned()
}

/// Reads rows of a CSV file with one of these headers, line by line.
fn rows<T>(
    name: &str,
    text: &str,
    headers: &[&[&str]],
    mut read: impl FnMut(&csv::StringRecord) -> Result<T, String>,
) -> Result<Vec<T>, String> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).comment(Some(b'#')).from_reader(text.as_bytes());
    let header: Vec<String> = match reader.headers() {
        Ok(header) => header.iter().map(str::to_owned).collect(),
        Err(error) => return Err(format!("{name}: {error}")),
    };
    if !headers.contains(&header.iter().map(String::as_str).collect::<Vec<_>>().as_slice()) {
        let accepted: Vec<String> = headers.iter().map(|header| header.join(",")).collect();
        return Err(format!("{name}:1: found header {:?}, accepted: {}", header.join(","), accepted.join(" or ")));
    }
    let mut values = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| {
            let line = line(text, error.position());
            format!("{name}:{line}: a row has as many fields as the header, {}", header.len())
        })?;
        let value = read(&record).map_err(|why| format!("{name}:{}: {why}", line(text, record.position())))?;
        values.push(value);
    }
    if values.is_empty() {
        return Err(format!("{name}: there is no row below the header"));
    }
    Ok(values)
}

/// The line of a record, from 1: its position is the end of the one before, blank lines and comments not skipped.
fn line(text: &str, position: Option<&csv::Position>) -> usize {
    let mut start = position.and_then(|position| usize::try_from(position.byte()).ok()).unwrap_or(0).min(text.len());
    while let Some(rest) = text.get(start..).filter(|rest| rest.starts_with(['\n', '\r', '#'])) {
        start += if rest.starts_with('#') { rest.find('\n').unwrap_or(rest.len()) } else { 1 };
    }
    text[..start].lines().count() + 1
}

fn seconds(field: &str) -> Result<f64, String> {
    let most = DURATION_MAX.as_secs_f64();
    field
        .parse::<f64>()
        .ok()
        .filter(|value| (0.0..=most).contains(value))
        .ok_or_else(|| refused(field, format_args!("seconds, from 0 to {most}")))
}

fn refused(field: &str, accepted: impl Display) -> String {
    format!("found {field:?}, accepted: {accepted}")
}

fn read_empirical(name: &str, text: &str) -> Result<Arc<[f64]>, String> {
    let mut values = rows(name, text, &[&["seconds"]], |record| seconds(&record[0]))?;
    values.sort_by(f64::total_cmp);
    Ok(values.into())
}

fn read_trace(name: &str, text: &str) -> Result<Arc<[TraceArrival]>, String> {
    let mut last = Time::ZERO;
    let arrivals = rows(name, text, &[&["t_s"], &["t_s", "gateway"]], |record| {
        let at = Time::ZERO + Duration::from_secs_f64(seconds(&record[0])?);
        if at < last {
            return Err(refused(&record[0], "times in ascending order"));
        }
        last = at;
        let gateway = match record.get(1) {
            None | Some("") => None,
            Some(field) => Some(field.parse().map_err(|_| refused(field, "a gateway, from 0, or nothing"))?),
        };
        Ok(TraceArrival { at, gateway })
    })?;
    Ok(arrivals.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measured_durations_are_sorted() {
        assert_eq!(&*read_empirical("a.csv", "seconds\n0.3\n0.1\n0.2\n").unwrap(), [0.1, 0.2, 0.3]);
    }

    #[test]
    fn a_bad_line_is_named() {
        for (text, message) in [
            ("second\n1\n", "a.csv:1: found header \"second\", accepted: seconds"),
            ("seconds\n", "a.csv: there is no row below the header"),
            ("seconds\n1\n\nx\n", "a.csv:4: found \"x\", accepted: seconds, from 0 to 3153600000"),
            ("seconds\n-1\n", "a.csv:2: found \"-1\", accepted: seconds, from 0 to 3153600000"),
            ("seconds\nnan\n", "a.csv:2: found \"nan\", accepted: seconds, from 0 to 3153600000"),
            ("seconds\n1,2\n", "a.csv:2: a row has as many fields as the header, 1"),
        ] {
            assert_eq!(read_empirical("a.csv", text).unwrap_err(), message);
        }
        for (text, message) in [
            ("t_s\n2\n1\n", "t.csv:3: found \"1\", accepted: times in ascending order"),
            ("t_s,gateway\n2,-1\n", "t.csv:2: found \"-1\", accepted: a gateway, from 0, or nothing"),
        ] {
            assert_eq!(read_trace("t.csv", text).unwrap_err(), message);
        }
    }

    #[test]
    fn a_trace_may_leave_gateways_open() {
        let trace = read_trace("t.csv", "t_s,gateway\n0.5,3\n0.5,\n").unwrap();
        assert_eq!(trace[0], TraceArrival { at: Time::from_nanos(500_000_000), gateway: Some(3) });
        assert_eq!(trace[1].gateway, None);
    }
}
