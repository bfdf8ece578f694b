//! How a story ends: what stalled the client, and what would have saved it. And a whole story of a run.

use super::write::text::diagram;
use super::{Attempts, Story, Tape, changes, replay, stories, summary, try_until_saved, verdict, why};
use crate::model::Scenario;
use crate::plan::Plan;
use des::RunKey;

/// The sentence that closes a story of a run of this point and strategy.
#[must_use]
pub fn closing(
    plan: &Plan,
    (point, strategy): (usize, usize),
    scenario: &Scenario,
    key: RunKey,
    story: &Story,
) -> String {
    let ended = &story.ended;
    if !ended.stalled(scenario.stall_after) {
        return format!("It did not stall: {}.", summary(story));
    }
    let changed = |set: &[String]| plan.changed(point, strategy, set).ok();
    let candidates = changes(story, scenario, &plan.strategies[strategy]);
    let trials = try_until_saved(candidates, ended, scenario.stall_after, key, &changed);
    format!("It stalled because {}; {}.", why(story), verdict(&trials))
}

/// The story of the first client that stalled in a run, as a sequence diagram; none if no counted attempt stalled.
#[must_use]
pub fn first_stalled(plan: &Plan, (point, strategy): (usize, usize), replication: u32) -> Option<String> {
    let scenario = plan.scenario(point, strategy);
    let key = RunKey { seed: plan.seed, replication };
    let mut attempts = Attempts::default();
    replay(&scenario, key, &mut attempts);
    let first = attempts.all().iter().find(|ended| ended.counted && ended.stalled(scenario.stall_after)).copied()?;
    let mut tape = Tape::of(attempts.gateway(first.peer).map(|gateway| (first.peer, gateway)));
    replay(&scenario, key, &mut tape);
    let story = stories(&[first], &attempts, &tape).pop()?;
    Some(diagram(&story, &scenario, &closing(plan, (point, strategy), &scenario, key, &story), false))
}
