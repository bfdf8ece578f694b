//! Replays a run for a witness, which receives every fact.
//!
//! All witnesses share one probe, so the model is compiled once for witnesses and once for measures.

use std::fmt::Debug;

use super::fact::Fact;
use crate::model::{self, Detail, Observation, Probe, RunEnd, Scenario};
use des::{RunKey, Time};

/// Receives the facts of a run.
pub trait Witness {
    /// A fact at `now`; calls are in order of time.
    fn fact(&mut self, now: Time, fact: Fact);

    /// An event is about to be handled, the `nth` of the run, from 1. The facts that it causes follow.
    fn event(&mut self, _now: Time, _nth: u64, _event: &dyn Debug) {}
}

struct Replay<'a>(&'a mut dyn Witness);

impl Probe for Replay<'_> {
    fn wants_details(&self) -> bool {
        true
    }

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

/// Simulates one run and passes every event and fact to `witness`.
///
/// # Panics
/// If the run handles more than `scenario.events_max` events.
pub fn replay(scenario: &Scenario, key: RunKey, witness: &mut dyn Witness) -> RunEnd {
    model::run(scenario, key, &mut Replay(witness))
}
