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
    const FAST: bool = Recorder::FAST;
    const TRACES: bool = Recorder::TRACES;

    #[inline(always)]
    fn observe(&mut self, now: Time, observation: Observation) {
        self.recorder.observe(now, observation);
    }

    fn goes_on(&mut self, now: Time, events: u64) -> bool {
        self.is_cut = !(self.goes_on)(now, events);
        !self.is_cut
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Variant;
    use crate::plan::Plan;

    #[test]
    fn a_plain_scenario_that_is_measured_runs_in_the_plain_world() {
        let variant = |strategy: &str| {
            let text = format!("name = \"small\"\nhorizon = \"10s\"\nwarmup = \"0s\"\n[strategies.one]\n{strategy}");
            let plan = Plan::from_table(&text.parse().expect("TOML"), &[]).expect("a valid experiment");
            let scenario = plan.scenario(0, 0);
            let recorder = Recorder::new(&scenario);
            let mut watched = Watched { recorder, goes_on: &mut |_, _| true, is_cut: false };
            model::run(&scenario, RunKey { seed: 1, replication: 0 }, &mut watched).variant
        };
        assert_eq!(variant("push = {}"), Variant::Plain);
        assert_eq!(variant("watch = {}"), Variant::Whole);
    }
}
