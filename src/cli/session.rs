//! One experiment under way: runs go to the result folder, progress to stderr.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use crate::cli::execute::stopped;
use crate::cli::progress::{Progress, ProgressName};
use crate::cli::signals;
use crate::cli::underway::Underway;
use crate::folder::manifest::{FailedRun, Manifest};
use crate::folder::{self, Results};
use crate::measure::RunOutcome;
use crate::model::Scenario;
use crate::plan::Group;
use crate::plan::{Plan, Replications, Shard};
use crate::run::{DoubleCheck, Ending, Failure, Pool, Row, Runner, Sink, Stored};
use des::RunKey;

/// Takes results as they come.
pub(crate) struct Session<'a> {
    plan: &'a Plan,
    folder: &'a Path,
    results: Results<'a>,
    way: &'a Way<'a>,
    progress: Progress,
    /// Grows with what is made; written when a run fails, so that whoever resumes knows of the hole.
    pub(crate) manifest: Manifest,
    pub(crate) double_check: DoubleCheck,
}

/// One run; a pure function, but in tests of what happens if it is not.
pub(crate) type Simulate<'a> = dyn Fn(&Scenario, RunKey) -> RunOutcome + Sync + 'a;

/// How a session is run.
pub(crate) struct Way<'a> {
    /// Runs at once.
    pub(crate) jobs: usize,
    /// Which share of the runs; none: all.
    pub(crate) shard: Option<Shard>,
    /// Stop at the first run that fails.
    pub(crate) fail_fast: bool,
    /// Make a few runs twice.
    pub(crate) double_check: bool,
    /// How progress is told.
    pub(crate) progress: ProgressName,
    /// The command that replays one run, its key apart; none: there is no such command.
    pub(crate) again: Option<String>,
    /// Set by a signal: what is whole is written, and the program ends.
    pub(crate) stop: &'a AtomicBool,
    /// Where runs under way tell how far they have come.
    pub(crate) underway: &'a Underway,
    /// One run.
    pub(crate) simulate: &'a Simulate<'a>,
}

impl<'a> Session<'a> {
    pub(crate) fn new(
        plan: &'a Plan,
        folder: &'a Path,
        manifest: Manifest,
        results: Results<'a>,
        way: &'a Way<'a>,
    ) -> Self {
        let progress = Progress::new(total(plan, way.shard), way.progress);
        let double_check = DoubleCheck::default();
        Self { plan, folder, results, way, progress, manifest, double_check }
    }

    /// Makes all runs that are missing.
    pub(crate) fn run(&mut self) -> Result<Ending, folder::Error> {
        let (plan, way) = (self.plan, self.way);
        let runner = Runner {
            points: plan.points.len(),
            strategies: plan.strategies.len(),
            replications: &plan.replications,
            confidence: plan.confidence,
            seed: plan.seed,
            shard: way.shard.unwrap_or(Shard::WHOLE),
            jobs: way.jobs,
            fail_fast: way.fail_fast,
            stop: way.stop,
            scenario: &|group| plan.scenario(group.point, group.strategy),
            simulate: way.simulate,
        };
        let ending = runner.run(self);
        self.progress.end();
        ending
    }

    /// Puts all files in their place; gives the manifest and their paths.
    pub(crate) fn finish(self) -> Result<(Manifest, Vec<PathBuf>), folder::Error> {
        Ok((self.manifest, self.results.finish()?))
    }
}

impl Sink for Session<'_> {
    type Error = folder::Error;

    fn stored(&mut self, group: Group) -> Result<Stored, Self::Error> {
        self.progress.at(group.point, self.plan.points.len());
        let stored = self.results.stored(group);
        self.progress.stored(stored.rows.len());
        Ok(stored)
    }

    fn rows(&mut self, rows: &[Row], pool: &Pool) -> Result<(), Self::Error> {
        for row in rows {
            self.manifest.runs += 1;
            self.manifest.events += row.events;
            self.double_check.see(row, self.plan.strategies.len());
        }
        self.results.rows(rows, pool)
    }

    fn group(&mut self, group: Group, rows: Vec<Row>, pool: Pool) -> Result<(), Self::Error> {
        self.results.group(group, rows, pool)
    }

    fn ran(&mut self, events: u64) {
        self.progress.made(events);
    }

    fn tick(&mut self) {
        self.progress.tick(|| self.way.underway.far());
    }

    /// Runs under way are given up: they may take hours, and `--resume` makes them again.
    fn interrupted(&mut self) -> Result<(), Self::Error> {
        self.progress.end();
        signals::conclude(&stopped(&self.manifest, self.folder, self.way)?)
    }

    fn failed(&mut self, failure: Failure) -> Result<(), Self::Error> {
        let (point, replication) = (failure.group.point, failure.replication);
        let strategy = &self.plan.strategies[failure.group.strategy];
        let mut text = format!(
            "error: the run of point {point}, strategy {strategy}, replication {replication} failed: {}",
            failure.message
        );
        if let Some(again) = &self.way.again {
            let _ =
                write!(text, "\n  again: {again} --point {point} --strategy {strategy} --replication {replication}");
        }
        self.progress.say(&text);
        self.manifest.failures.push(FailedRun::new(self.plan, &failure));
        if self.manifest.failures.len() == 1 { self.manifest.write(self.folder) } else { Ok(()) }
    }
}

/// How many runs `shard` of `plan` has; none if that depends on the results.
pub(crate) fn total(plan: &Plan, shard: Option<Shard>) -> Option<u64> {
    let Replications::Fixed(replications) = plan.replications else { return None };
    let (groups, replications) = (plan.points.len() as u64 * plan.strategies.len() as u64, u64::from(replications));
    let Some(shard) = shard else { return Some(groups * replications) };
    // Replication r of group g belongs to shard (g + r) mod count.
    let (count, index) = (u64::from(shard.count), u64::from(shard.index));
    let of_group = |group: u64| {
        let first = (index + count - group % count) % count;
        if first < replications { (replications - first).div_ceil(count) } else { 0 }
    };
    Some((0..groups).map(of_group).sum())
}
