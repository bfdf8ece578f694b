//! One run within a budget of events.

use crate::measure::RunOutcome;
use crate::plan::Plan;
use crate::run::simulate_while;
use des::RunKey;

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
