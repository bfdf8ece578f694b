//! One run, from scenario and key to outcome: pure, without I/O, and it cannot fail.

use crate::engine::RunKey;
use crate::metrics::{Recorder, RunOutcome};
use crate::model::{self, Scenario};

/// Simulates one run and measures it.
///
/// # Panics
/// If the run handles more than `scenario.events_max` events.
#[must_use]
pub fn simulate(scenario: &Scenario, key: RunKey) -> RunOutcome {
    let mut recorder = Recorder::new(scenario);
    let end = model::run(scenario, key, &mut recorder);
    recorder.finish(end)
}
