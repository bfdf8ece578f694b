//! A session: passes the results of a [`Runner`] to [`Results`], failed runs to the manifest, and progress to a
//! [`Watcher`].

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::error::Error;
use super::manifest::{FailedRun, Manifest};
use super::results::Results;
use crate::plan::{Group, Plan, Shard};
use crate::run::{
    Differing, DoubleCheck, Ending, Row, RunFailure, RunOptions, RunPool, Runner, Sink, Stored, differing,
};

/// Receives the progress of the runs.
pub(crate) trait Watcher {
    /// Runs of point `point` of `points` are under way.
    fn at(&mut self, point: usize, points: usize);
    /// `runs` runs were in the folder already.
    fn stored(&mut self, runs: usize);
    /// A run with this number of events has been made.
    fn made(&mut self, events: u64);
    /// Called several times a second.
    fn tick(&mut self);
    /// A run has failed, with this message.
    fn say(&mut self, text: &str);
    /// No more runs will be made.
    fn end(&mut self);
    /// A signal has stopped the runs. Ends the program without waiting for its threads, because runs may take hours.
    /// The text says how to continue.
    fn interrupted(&mut self, text: &str) -> !;
}

/// Runs of a plan, written into a folder.
pub(crate) struct Session<'a> {
    plan: &'a Plan,
    folder: &'a Path,
    results: Results<'a>,
    options: &'a RunOptions<'a>,
    watcher: &'a mut dyn Watcher,
    /// Updated as runs complete; saved at the first failed run so that `--resume` can detect the missing rows.
    manifest: Manifest,
    double_check: DoubleCheck,
}

impl<'a> Session<'a> {
    /// A session that continues from the contents of `results`.
    pub(crate) fn new(
        plan: &'a Plan,
        folder: &'a Path,
        manifest: Manifest,
        results: Results<'a>,
        options: &'a RunOptions<'a>,
        watcher: &'a mut dyn Watcher,
    ) -> Self {
        Self { plan, folder, results, options, watcher, manifest, double_check: DoubleCheck::default() }
    }

    /// Makes all missing runs.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub(crate) fn run(&mut self) -> Result<Ending, Error> {
        let (plan, options) = (self.plan, self.options);
        let shard = options.shard.unwrap_or(Shard::WHOLE);
        let of_round = |group| plan.dealt(group, shard).expect("a round has its replications");
        let runner = Runner {
            points: plan.points.len(),
            strategies: plan.strategies.len(),
            replications: &plan.replications,
            chosen: plan.round.is_some().then_some(&of_round),
            confidence: plan.confidence,
            seed: plan.seed,
            options,
            scenario: &|group| plan.scenario(group.point, group.strategy),
        };
        let ending = runner.run(self);
        self.watcher.end();
        ending
    }

    /// Repeats a sample of the runs if the options ask for it, and records their number; returns the runs that differ.
    pub(crate) fn check_twice(&mut self) -> Vec<Differing> {
        let (plan, options) = (self.plan, self.options);
        if !options.double_check {
            return Vec::new();
        }
        let rows = self.double_check.picked();
        let scenario = |group: Group| plan.scenario(group.point, group.strategy);
        let differing = differing(&rows, plan.seed, options.jobs, &scenario, options.simulate, options.stop);
        self.manifest.double_checked = rows.len() as u64;
        self.manifest.differing = differing.len() as u64;
        differing
    }

    /// Records the state of the runs; returns why they stopped and how to continue.
    ///
    /// # Errors
    /// If the manifest cannot be written.
    pub(crate) fn stopped(&self) -> Result<String, Error> {
        let manifest = &self.manifest;
        manifest.write(self.folder)?;
        let failed = manifest.failures.len();
        let why = if failed > 0 { format!("runs that failed: {failed}") } else { "interrupted".to_owned() };
        let how = if self.options.again.is_some() { "the same command with --resume" } else { "the same command" };
        Ok(format!("{why}; {} runs are in {}, and {how} goes on from there", manifest.runs, self.folder.display()))
    }

    /// Moves all files to their final places; returns the manifest and the paths.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub(crate) fn finish(self) -> Result<(Manifest, Vec<PathBuf>), Error> {
        Ok((self.manifest, self.results.finish()?))
    }
}

impl Sink for Session<'_> {
    type Error = Error;

    fn stored(&mut self, group: Group) -> Result<Stored, Error> {
        self.watcher.at(group.point, self.plan.points.len());
        let stored = self.results.stored(group);
        self.watcher.stored(stored.rows.len());
        Ok(stored)
    }

    fn rows(&mut self, rows: &[Row], pool: &RunPool) -> Result<(), Error> {
        for row in rows {
            self.manifest.runs += 1;
            self.manifest.events += row.events;
            self.double_check.see(row, self.plan.strategies.len());
        }
        self.results.rows(rows, pool)
    }

    fn group(&mut self, group: Group, rows: Vec<Row>, pool: RunPool) -> Result<(), Error> {
        self.results.group(group, rows, pool)
    }

    fn ran(&mut self, events: u64) {
        self.watcher.made(events);
    }

    fn tick(&mut self) {
        self.watcher.tick();
    }

    fn interrupted(&mut self) -> Result<(), Error> {
        self.watcher.end();
        let text = self.stopped()?;
        self.watcher.interrupted(&text)
    }

    fn failed(&mut self, failure: RunFailure) -> Result<(), Error> {
        let (point, replication) = (failure.group.point, failure.replication);
        let strategy = &self.plan.strategies[failure.group.strategy];
        let mut text = format!(
            "error: the run of point {point}, strategy {strategy}, replication {replication} failed: {}",
            failure.message
        );
        if let Some(again) = &self.options.again {
            let _ =
                write!(text, "\n  again: {again} --point {point} --strategy {strategy} --replication {replication}");
        }
        self.watcher.say(&text);
        self.manifest.failures.push(FailedRun::new(self.plan, &failure));
        if self.manifest.failures.len() == 1 { self.manifest.write(self.folder) } else { Ok(()) }
    }
}
