//! One run, from scenario and key to outcome: pure, without I/O, and it cannot fail.

use crate::measure::{Recorder, RunOutcome};
use crate::model::{self, Observation, Probe, Scenario};
use des::{RunKey, Time};

/// Simulates one run and measures it.
///
/// # Panics
/// If the run handles more than `scenario.events_max` events.
#[must_use]
pub fn simulate(scenario: &Scenario, key: RunKey) -> RunOutcome {
    simulate_while(scenario, key, &mut |_, _| true).expect("nobody cuts it short")
}

/// Like [`simulate`], while `goes_on` returns true. Every [`model::SLICE`] events `goes_on` gets the time that the run
/// has reached and the events handled. None if the run was cut short. `goes_on` cannot change an outcome.
///
/// # Panics
/// If the run handles more than `scenario.events_max` events.
pub fn simulate_while(
    scenario: &Scenario,
    key: RunKey,
    goes_on: &mut dyn FnMut(Time, u64) -> bool,
) -> Option<RunOutcome> {
    let mut watched = Watched { recorder: Recorder::new(scenario), goes_on, is_cut: false };
    let end = model::run(scenario, key, &mut watched);
    (!watched.is_cut).then(|| watched.recorder.finish(end))
}

/// A recorder, and the callback that may end the run.
struct Watched<'a> {
    recorder: Recorder,
    goes_on: &'a mut dyn FnMut(Time, u64) -> bool,
    is_cut: bool,
}

impl Probe for Watched<'_> {
    #[inline(always)]
    fn observe(&mut self, now: Time, observation: Observation) {
        self.recorder.observe(now, observation);
    }

    fn goes_on(&mut self, now: Time, events: u64) -> bool {
        self.is_cut = !(self.goes_on)(now, events);
        !self.is_cut
    }
}
