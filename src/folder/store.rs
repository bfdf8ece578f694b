//! The runs in a result folder: `runs.csv` and `samples.bin`, read in parallel.

use std::path::Path;

use super::error::Error;
use super::runs::{self, RunsReader};
use super::samples::{self, SamplesReader};
use crate::plan::Group;
use crate::plan::Plan;
use crate::run::{Row, Stored};

/// Names of the two files.
pub(crate) const RUNS: &str = "runs.csv";
pub(crate) const SAMPLES: &str = "samples.bin";

/// Reads groups in canonical order, as long as both files agree.
pub struct Store<'a> {
    runs: RunsReader<'a>,
    samples: SamplesReader,
    /// End of the valid data taken so far, in bytes.
    runs_end: u64,
    samples_end: u64,
    exhausted: bool,
}

/// Position of a stored group in `samples.bin`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Position {
    /// Start of its first frame.
    pub start: u64,
    /// Number of frames.
    pub frames: usize,
    /// Number of rows.
    pub rows: usize,
}

impl<'a> Store<'a> {
    /// Opens the files in `folder`, which must belong to this experiment; none if there are none.
    ///
    /// # Errors
    /// If a file cannot be read, or has other columns.
    pub fn open(plan: &'a Plan, folder: &Path) -> Result<Option<Self>, Error> {
        let (runs, samples) = (folder.join(RUNS), folder.join(SAMPLES));
        let header = runs::header(plan).len() as u64;
        // A file shorter than its header is incomplete from the start.
        if !samples.exists() || std::fs::metadata(&runs).map_or(0, |file| file.len()) < header {
            return Ok(None);
        }
        let (runs, samples) = (RunsReader::open(plan, &runs)?, SamplesReader::open(&samples)?);
        Ok(Some(Self { runs_end: runs.end(), samples_end: 0, runs, samples, exhausted: false }))
    }

    /// The next group.
    pub fn peek(&mut self) -> Option<Group> {
        if self.exhausted { None } else { self.samples.peek() }
    }

    /// Takes all stored runs of `group`. Groups must be taken in canonical order.
    pub fn take(&mut self, group: Group) -> Stored {
        self.take_placed(group).map(|(stored, _)| stored).unwrap_or_default()
    }

    pub(crate) fn take_placed(&mut self, group: Group) -> Option<(Stored, Position)> {
        let mut place = Position { start: self.samples_end, frames: 0, rows: 0 };
        let mut stored = Stored::default();
        while !self.exhausted
            && let Some(frame) = self.samples.next_of(group)
        {
            let mut lines = Vec::new();
            let next = |_| self.runs.next_line_of(group, &mut lines);
            let rows: Vec<_> = frame.pool.replications().map_while(next).collect();
            let follow =
                stored.rows.last().zip(rows.first()).is_none_or(|(a, b): (&Row, &Row)| a.replication < b.replication);
            let same = follow
                && rows.iter().map(|row| row.replication).eq(frame.pool.replications())
                && samples::checksum(&lines) == frame.lines;
            if !same {
                self.exhausted = true;
                break;
            }
            self.runs_end = self.runs.end();
            self.samples_end = self.samples.end();
            place.frames += 1;
            place.rows += rows.len();
            stored.rows.extend(rows);
            stored.pool.merge(frame.pool);
        }
        (place.frames > 0).then_some((stored, place))
    }

    /// Ends of the data taken so far, in `runs.csv` and `samples.bin`.
    pub(crate) const fn ends(&self) -> (u64, u64) {
        (self.runs_end, self.samples_end)
    }
}
