//! One experiment under way: runs go to the result folder, progress to stderr.

use std::sync::atomic::AtomicBool;

use super::progress::Progress;
use crate::RunKey;
use crate::experiment::{
    DoubleCheck, Ending, Failure, Group, Plan, Pool, Replications, Row, Runner, Shard, Sink, Stored,
};
use crate::metrics::RunOutcome;
use crate::model::Scenario;
use crate::output::{self, Results};

/// Takes results as they come.
pub(super) struct Session<'a> {
    plan: &'a Plan,
    results: Results<'a>,
    pub(super) progress: Progress,
    pub(super) failures: Vec<Failure>,
    pub(super) double_check: DoubleCheck,
    pub(super) runs: u64,
    pub(super) events: u64,
    /// What reproduces a run, its key apart.
    reproduce: String,
}

/// One run; a pure function, but in tests of what happens if it is not.
pub(super) type Simulate = dyn Fn(&Scenario, RunKey) -> RunOutcome + Sync;

/// How a session is run.
pub(super) struct Way<'a> {
    /// Runs at once.
    pub(super) jobs: usize,
    /// Which share of the runs; none: all.
    pub(super) shard: Option<Shard>,
    /// Stop at the first run that fails.
    pub(super) fail_fast: bool,
    /// Make a few runs twice.
    pub(super) double_check: bool,
    /// Tell nothing.
    pub(super) quiet: bool,
    /// The command that replays one run, its key apart.
    pub(super) again: String,
    /// Stop, as soon as this is set.
    pub(super) stop: &'a AtomicBool,
    /// One run.
    pub(super) simulate: &'a Simulate,
}

impl<'a> Session<'a> {
    pub(super) fn new(plan: &'a Plan, results: Results<'a>, progress: Progress, reproduce: String) -> Self {
        Self {
            plan,
            results,
            progress,
            failures: Vec::new(),
            double_check: DoubleCheck::default(),
            runs: 0,
            events: 0,
            reproduce,
        }
    }

    /// Makes all runs that are missing.
    pub(super) fn run(&mut self, way: &Way<'_>) -> Result<Ending, output::Error> {
        let plan = self.plan;
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

    /// Puts all files in their place; gives their paths.
    pub(super) fn finish(self) -> Result<Vec<std::path::PathBuf>, output::Error> {
        self.results.finish()
    }
}

impl Sink for Session<'_> {
    type Error = output::Error;

    fn stored(&mut self, group: Group) -> Result<Stored, Self::Error> {
        let stored = self.results.stored(group);
        self.progress.stored(stored.rows.len());
        Ok(stored)
    }

    fn rows(&mut self, rows: &[Row], pool: &Pool) -> Result<(), Self::Error> {
        for row in rows {
            self.runs += 1;
            self.events += row.events;
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
        self.progress.tick();
    }

    fn failed(&mut self, failure: Failure) {
        let (group, strategy) = (failure.group, &self.plan.strategies[failure.group.strategy]);
        self.progress.say(&format!(
            "error: the run of point {}, strategy {strategy}, replication {} failed: {}\n  again: {} --point {} --strategy {strategy} --replication {}",
            group.point, failure.replication, failure.message, self.reproduce, group.point, failure.replication,
        ));
        self.failures.push(failure);
    }
}

/// How many runs `shard` of `plan` has; none if that depends on the results.
pub(super) fn total(plan: &Plan, shard: Option<Shard>) -> Option<u64> {
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
