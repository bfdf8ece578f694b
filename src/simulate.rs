//! One run, from scenario and key to outcome: pure, without I/O, and it cannot fail.

use crate::engine::{RunKey, Time};
use crate::metrics::{Recorder, RunOutcome};
use crate::model::{self, Observation, Probe, Scenario};

/// Simulates one run and measures it.
///
/// # Panics
/// If the run handles more than `scenario.events_max` events.
#[must_use]
pub fn simulate(scenario: &Scenario, key: RunKey) -> RunOutcome {
    simulate_while(scenario, key, &mut |_, _| true).expect("nobody cuts it short")
}

/// The same, as long as `goes_on` says so of the time that the run has reached and the events that it has handled; it is
/// asked every [`model::SLICE`] events. None if the run was cut short. What `goes_on` does changes no outcome.
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

/// A recorder, and who is asked whether the run goes on.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::Plan;

    fn scenario(events_max: u64) -> Scenario {
        let text = format!(
            "name = \"s\"\nseed = 1\nhorizon = \"30m\"\nwarmup = \"1m\"\nevents_max = {events_max}\n[strategies.p]\npush = {{}}"
        );
        Plan::from_table(&text.parse().expect("TOML"), &[]).expect("a valid experiment").scenario(0, 0)
    }

    const KEY: RunKey = RunKey { seed: 1, replication: 0 };

    #[test]
    fn a_run_is_asked_in_equal_steps_and_watching_it_changes_nothing() {
        let scenario = scenario(1_000_000_000);
        let mut asked = Vec::new();
        let watched = simulate_while(&scenario, KEY, &mut |now, events| {
            asked.push((now, events));
            true
        });
        let (watched, alone) = (watched.expect("it was not cut short"), simulate(&scenario, KEY));
        assert_eq!((watched.fingerprint, watched.events), (alone.fingerprint, alone.events));
        assert_eq!(watched.measures, alone.measures);
        assert!(asked.len() > 3);
        for (nth, pair) in asked.windows(2).enumerate() {
            assert!(pair[0].0 <= pair[1].0);
            assert_eq!(pair[0].1, nth as u64 * model::SLICE);
        }
    }

    #[test]
    fn a_run_that_is_cut_short_has_no_outcome() {
        let mut last = 0;
        let cut = simulate_while(&scenario(1_000_000_000), KEY, &mut |_, events| {
            last = events;
            events < 2 * model::SLICE
        });
        assert!(cut.is_none());
        assert_eq!(last, 2 * model::SLICE);
    }

    #[test]
    fn a_run_may_handle_exactly_as_many_events_as_it_is_allowed() {
        let events = simulate(&scenario(1_000_000_000), KEY).events;
        assert_ne!(events % model::SLICE, 0);
        assert_eq!(simulate(&scenario(events), KEY).events, events);
        let runaway = crate::experiment::catching(|| simulate(&scenario(events - 1), KEY).events);
        let message = runaway.expect_err("one event too many");
        assert!(message.contains(&format!("a runaway: more than {} events by", events - 1)), "{message}");
    }
}
