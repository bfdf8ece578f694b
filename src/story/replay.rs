//! Replays a run for a witness, who hears of every fact.
//!
//! All witnesses go through one probe, so the model is compiled once for them and once for the measures.

use std::fmt::Debug;

use super::fact::Fact;
use crate::model::{self, Detail, Observation, Probe, RunEnd, Scenario};
use des::{RunKey, Time};

/// Hears what happens in a run.
pub trait Witness {
    /// Something happened at `now`; calls come in order of time.
    fn fact(&mut self, now: Time, fact: Fact);

    /// An event is about to be handled, the `nth` of the run, from 1; the facts that it brings about come next.
    fn event(&mut self, _now: Time, _nth: u64, _event: &dyn Debug) {}
}

struct Replay<'a>(&'a mut dyn Witness);

impl Probe for Replay<'_> {
    const TRACES: bool = true;

    fn observe(&mut self, now: Time, observation: Observation) {
        self.0.fact(now, Fact::Observed(observation));
    }

    fn trace(&mut self, now: Time, detail: Detail) {
        self.0.fact(now, Fact::Detailed(detail));
    }

    fn event(&mut self, now: Time, nth: u64, event: &dyn Debug) {
        self.0.event(now, nth, event);
    }
}

/// Simulates one run and tells `witness`.
///
/// # Panics
/// If the run handles more than `scenario.events_max` events.
pub fn replay(scenario: &Scenario, key: RunKey, witness: &mut dyn Witness) -> RunEnd {
    model::run(scenario, key, &mut Replay(witness))
}
