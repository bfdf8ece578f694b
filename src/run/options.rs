//! The options of the command line about runs.

use std::sync::atomic::AtomicBool;

use crate::measure::RunOutcome;
use crate::model::Scenario;
use crate::plan::Shard;
use des::RunKey;

/// One run: a pure function. Tests may pass a function that is not pure.
pub type Simulate<'a> = dyn Fn(&Scenario, RunKey) -> RunOutcome + Sync + 'a;

/// Options of the runs.
pub struct RunOptions<'a> {
    /// Runs at once, ≥ 1; fewer if the system provides fewer threads.
    pub jobs: usize,
    /// The share of the runs to make; none: all.
    pub shard: Option<Shard>,
    /// Stop at the first run that panics.
    pub fail_fast: bool,
    /// Make a sample of the runs twice.
    pub double_check: bool,
    /// The command that replays one run, without the run's key; none: no such command.
    pub again: Option<String>,
    /// Set from outside to stop: no further run is started.
    pub stop: &'a AtomicBool,
    /// Makes one run.
    pub simulate: &'a Simulate<'a>,
}

impl<'a> RunOptions<'a> {
    /// Options for all runs, each made once.
    #[must_use]
    pub fn plain(jobs: usize, stop: &'a AtomicBool, simulate: &'a Simulate<'a>) -> Self {
        Self { jobs, shard: None, fail_fast: false, double_check: false, again: None, stop, simulate }
    }
}
