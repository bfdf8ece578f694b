//! Limits of a page: a budget of events for one run, and a plan within the memory of a browser.

use crate::measure::RunOutcome;
use crate::plan::Plan;
use crate::run::{memory, simulate_while};
use des::RunKey;

/// The most memory of a run in a page, bytes: each core of the reader's machine has a run.
const MEMORY_MAX: f64 = 5e8;

/// Refuses a plan with a run of more memory than a page affords.
pub(super) fn fits(plan: &Plan) -> Result<(), String> {
    let asked = memory(plan);
    if asked.with(1) <= MEMORY_MAX {
        return Ok(());
    }
    let megabytes = |bytes: f64| (bytes / 1e6).round();
    Err(format!(
        "a run of {} asks for about {} MB, accepted for a page: at most {} MB; lower {}",
        plan.strategies[asked.group.strategy],
        megabytes(asked.with(1)),
        megabytes(MEMORY_MAX),
        asked.key
    ))
}

/// A run of a plan; none if it has more than `budget` events.
pub(super) fn within(
    plan: &Plan,
    (point, strategy): (usize, usize),
    replication: u32,
    budget: u64,
) -> Option<RunOutcome> {
    let scenario = plan.scenario(point, strategy);
    let key = RunKey { seed: plan.seed, replication };
    // A run asks every so many events, a short one never.
    let outcome = simulate_while(&scenario, key, &mut |_, events| events <= budget);
    outcome.filter(|outcome| outcome.events <= budget)
}
