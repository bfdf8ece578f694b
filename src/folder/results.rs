//! Writes a result folder while the runs are made.
//!
//! `runs.csv` and `samples.bin` grow by whole lines and frames in canonical order. If the program is killed at any
//! moment, the folder holds a prefix of them, from which [`Results`] continues. All other files are written under
//! temporary names and appear after the last run. Data stays in memory only until its point is finished.

use std::collections::VecDeque;
use std::fs::{File, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::aside::Aside;
use super::compare::Comparison;
use super::error::Error;
use super::place::is_at;
use super::sides::Sides;
use super::store::{Position, RUNS, SAMPLES, Store};
use super::{runs, samples};
use crate::measure::Distributions;
use crate::plan::Group;
use crate::plan::Plan;
use crate::run::{Row, RunPool, Stored};
use stats::Estimate;

/// The summary of a group whose point is finished.
pub struct GroupSummary {
    /// Point and strategy.
    pub group: Group,
    /// Number of replications made.
    pub replications: usize,
    /// One estimate for each of [`Plan::measures`].
    pub estimates: Vec<Estimate>,
    /// The pooled distributions.
    pub distributions: Distributions,
}

/// Receives finished points, for the terminal's table and the report of precision.
pub trait OnPoint {
    /// All groups of a point are finished: their summaries, and the comparisons of each strategy with the baseline.
    fn point(&mut self, groups: &mut [GroupSummary], compared: &[(usize, Vec<Comparison>)]);
}

/// A result folder being written.
pub struct Results<'a> {
    plan: &'a Plan,
    folder: PathBuf,
    /// Runs that are in the folder's files already.
    main: Option<Store<'a>>,
    /// Runs of an earlier, smaller version of this experiment.
    earlier: Option<Store<'a>>,
    /// Groups read from `main` that have not been passed to [`Results::group`] yet.
    placed: VecDeque<(Group, Position)>,
    runs: Growing,
    samples: Growing,
    front: Option<Front>,
    /// Whether all stored rows have been passed back, so that the files may grow.
    growing: bool,
    sides: Option<Sides<'a, Aside>>,
}

/// The present group, as it is in the files.
struct Front {
    group: Group,
    place: Position,
    /// Whether the files hold rows of the group that have not been passed back yet.
    on_disk: bool,
}

impl<'a> Results<'a> {
    /// Opens `folder`, which must exist, and continues from its contents. With `on_point`, all groups are finished here
    /// and statistics are written; `on_point` is called for each finished point. Without it, the folder is a shard.
    ///
    /// # Errors
    /// If a file cannot be created or read, or belongs to another experiment.
    pub fn open(
        plan: &'a Plan,
        folder: &Path,
        earlier: Option<Store<'a>>,
        on_point: Option<&'a mut (dyn OnPoint + 'a)>,
    ) -> Result<Self, Error> {
        let main = Store::open(plan, folder)?;
        let mut results = Self {
            plan,
            folder: folder.to_owned(),
            earlier,
            placed: VecDeque::new(),
            runs: Growing::open(&folder.join(RUNS))?,
            samples: Growing::open(&folder.join(SAMPLES))?,
            front: None,
            growing: false,
            sides: on_point.map(|point| Sides::new(plan, |name| Aside::new(&folder.join(name)), point)).transpose()?,
            main,
        };
        if results.main.is_none() {
            results.runs.cut(0)?;
            results.samples.cut(0)?;
            results.runs.append(&runs::header(plan))?;
            results.growing = true;
        }
        Ok(results)
    }

    /// Runs of `group` that are stored and need not be made again.
    pub fn stored(&mut self, group: Group) -> Stored {
        let earlier = self.earlier.as_mut().map(|earlier| earlier.take(group));
        match self.main.as_mut().and_then(|main| main.take_placed(group)) {
            Some((stored, place)) => {
                self.placed.push_back((group, place));
                stored
            }
            None => earlier.unwrap_or_default(),
        }
    }

    /// Adds the next rows of the present group, with the pool of exactly these runs.
    ///
    /// # Errors
    /// If they cannot be written.
    pub fn rows(&mut self, rows: &[Row], pool: &RunPool) -> Result<(), Error> {
        let Some(group) = rows.first().map(|row| row.group) else { return Ok(()) };
        let mut front = self.enter(group);
        let known = if front.on_disk { front.place.rows } else { 0 };
        if known < rows.len() {
            self.grow()?;
            if front.on_disk {
                // The frame contains all these rows, including those that are in the files already.
                self.samples.cut(front.place.start)?;
                front.place.frames = 0;
            } else if front.place.frames == 0 {
                front.place.start = self.samples.length;
            }
            let lines = runs::lines(self.plan, rows);
            let added = if known == 0 { &lines } else { &runs::lines(self.plan, &rows[known..]) };
            self.runs.append(added)?;
            self.samples.append(&samples::encode(group, &lines, pool))?;
            front.place.frames += 1;
        }
        front.on_disk = false;
        self.front = Some(front);
        Ok(())
    }

    /// Adds all rows of the present group. The group is finished after this call.
    ///
    /// # Errors
    /// If the group cannot be written.
    pub fn group(&mut self, group: Group, rows: Vec<Row>, pool: RunPool) -> Result<(), Error> {
        let front = self.enter(group);
        if front.place.frames > 1 {
            self.grow()?;
            self.samples.cut(front.place.start)?;
            self.samples.append(&samples::encode(group, &runs::lines(self.plan, &rows), &pool))?;
        }
        self.sides.as_mut().map_or(Ok(()), |sides| sides.group(group, rows, pool))
    }

    /// Moves the temporary files to their final places; returns the paths of the result files.
    ///
    /// # Errors
    /// If a file cannot be written or renamed.
    pub fn finish(mut self) -> Result<Vec<PathBuf>, Error> {
        self.grow()?;
        self.runs.sync()?;
        self.samples.sync()?;
        let mut paths = vec![self.folder.join(RUNS)];
        if let Some(sides) = self.sides {
            let asides = sides.finish()?.into_iter();
            paths.extend(asides.map(|(_, aside)| aside.finish()).collect::<Result<Vec<PathBuf>, Error>>()?);
        }
        paths.push(self.folder.join(SAMPLES));
        Ok(paths)
    }

    /// The part of `group` that is in the files.
    fn enter(&mut self, group: Group) -> Front {
        if let Some(front) = self.front.take_if(|front| front.group == group) {
            return front;
        }
        if self.placed.front().is_some_and(|placed| placed.0 == group)
            && let Some((_, place)) = self.placed.pop_front()
        {
            return Front { group, place, on_disk: true };
        }
        Front { group, place: Position { start: 0, frames: 0, rows: 0 }, on_disk: false }
    }

    /// Cuts off incomplete data once; the files grow from now on.
    fn grow(&mut self) -> Result<(), Error> {
        if self.growing {
            return Ok(());
        }
        let Some(main) = &mut self.main else { return Ok(()) };
        if main.peek().is_some() || !self.placed.is_empty() {
            let cause = "runs are missing in the middle; use another --out, or --overwrite";
            return Err(Error::new(&self.folder.join(RUNS), "cannot go on with it", cause));
        }
        let (runs, samples) = main.ends();
        self.runs.cut(runs)?;
        self.samples.cut(samples)?;
        self.growing = true;
        Ok(())
    }
}

/// A file that grows by whole lines or frames.
pub(crate) struct Growing {
    path: PathBuf,
    file: File,
    length: u64,
}

impl Growing {
    /// Opens or makes it; what is in it stays until it is cut.
    pub(crate) fn open(path: &Path) -> Result<Self, Error> {
        let options = OpenOptions::new().create(true).truncate(false).write(true).open(path);
        let file = options.map_err(Error::at(path, "cannot write"))?;
        // Checked before the first write: nothing is written through a link.
        if !is_at(&file, path) {
            return Err(Error::new(path, "cannot write", "it is a symbolic link, or was replaced just now"));
        }
        Ok(Self { path: path.to_owned(), file, length: 0 })
    }

    /// Cuts the file to `length` and continues there.
    pub(crate) fn cut(&mut self, length: u64) -> Result<(), Error> {
        let cut = self.file.set_len(length).and_then(|()| self.file.seek(SeekFrom::Start(length)));
        cut.map_err(Error::at(&self.path, "cannot write"))?;
        self.length = length;
        Ok(())
    }

    /// Adds whole lines or frames.
    pub(crate) fn append(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.file.write_all(bytes).map_err(Error::at(&self.path, "cannot write"))?;
        self.length += bytes.len() as u64;
        Ok(())
    }

    /// Has the system write it to the disk.
    pub(crate) fn sync(&self) -> Result<(), Error> {
        self.file.sync_all().map_err(Error::at(&self.path, "cannot write"))
    }
}
