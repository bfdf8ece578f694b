//! How runs are made: what the command line says about runs, passed on as a whole.

use std::sync::atomic::AtomicBool;

use crate::measure::RunOutcome;
use crate::model::Scenario;
use crate::plan::Shard;
use des::RunKey;

/// One run: a pure function, except in tests of what happens if it is not.
pub type Simulate<'a> = dyn Fn(&Scenario, RunKey) -> RunOutcome + Sync + 'a;

/// How runs are made.
pub struct RunOptions<'a> {
    /// Runs at once, ≥ 1; fewer if the system does not give so many threads.
    pub jobs: usize,
    /// Which share of the runs; none: all.
    pub shard: Option<Shard>,
    /// Stop at the first run that panics.
    pub fail_fast: bool,
    /// Make a few runs twice.
    pub double_check: bool,
    /// The command that replays one run, without its key; none: there is no such command.
    pub again: Option<String>,
    /// Set from outside to stop: no more runs are begun.
    pub stop: &'a AtomicBool,
    /// One run.
    pub simulate: &'a Simulate<'a>,
}

impl<'a> RunOptions<'a> {
    /// All runs, each made once.
    #[must_use]
    pub fn plain(jobs: usize, stop: &'a AtomicBool, simulate: &'a Simulate<'a>) -> Self {
        Self { jobs, shard: None, fail_fast: false, double_check: false, again: None, stop, simulate }
    }
}
