//! The runs that a result folder holds: `runs.csv` and `samples.bin` read side by side.

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

/// Reads groups in canonical order, as far as both files agree.
pub struct Store<'a> {
    plan: &'a Plan,
    runs: RunsReader<'a>,
    samples: SamplesReader,
    /// Ends of what has been taken and found good.
    runs_end: u64,
    samples_end: u64,
    exhausted: bool,
}

/// Where a stored group lies in `samples.bin`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Place {
    /// Where its first frame starts.
    pub start: u64,
    /// How many frames it has.
    pub frames: usize,
    /// How many rows it has.
    pub rows: usize,
}

impl<'a> Store<'a> {
    /// Opens the files in `folder`, which must be of this experiment; none if there are none.
    ///
    /// # Errors
    /// If one cannot be read, or has other columns.
    pub fn open(plan: &'a Plan, folder: &Path) -> Result<Option<Self>, Error> {
        let (runs, samples) = (folder.join(RUNS), folder.join(SAMPLES));
        let header = runs::header(plan).len() as u64;
        // A file shorter than its header was torn when it was begun.
        if !samples.exists() || std::fs::metadata(&runs).map_or(0, |file| file.len()) < header {
            return Ok(None);
        }
        let (runs, samples) = (RunsReader::open(plan, &runs)?, SamplesReader::open(&samples)?);
        Ok(Some(Self { plan, runs_end: runs.end(), samples_end: 0, runs, samples, exhausted: false }))
    }

    /// The group that comes next.
    pub fn peek(&mut self) -> Option<Group> {
        if self.exhausted { None } else { self.samples.peek() }
    }

    /// Takes what there is of `group`, which must not lie before the last one taken.
    pub fn take(&mut self, group: Group) -> Stored {
        self.take_placed(group).map(|(stored, _)| stored).unwrap_or_default()
    }

    pub(crate) fn take_placed(&mut self, group: Group) -> Option<(Stored, Place)> {
        let mut place = Place { start: self.samples_end, frames: 0, rows: 0 };
        let mut stored = Stored::default();
        while !self.exhausted
            && let Some(frame) = self.samples.next_of(group)
        {
            let rows: Vec<_> = frame.pool.replications().map_while(|_| self.runs.next_of(group)).collect();
            let follow =
                stored.rows.last().zip(rows.first()).is_none_or(|(a, b): (&Row, &Row)| a.replication < b.replication);
            let same = follow
                && rows.iter().map(|row| row.replication).eq(frame.pool.replications())
                && samples::checksum(&runs::lines(self.plan, &rows)) == frame.lines;
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

    /// Ends of what has been taken, in `runs.csv` and `samples.bin`.
    pub(crate) const fn ends(&self) -> (u64, u64) {
        (self.runs_end, self.samples_end)
    }
}
