//! One run, from scenario and key to outcome: pure, without I/O, and it cannot fail.

use crate::measure::{RareRecorder, Recorder, RunOutcome};
use crate::model::{self, Observation, Probe, Rare, Scenario};
use des::{Duration, RunKey, Time};

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
    if let Some(rare) = scenario.rare {
        return simulate_rare(scenario, rare, key, goes_on);
    }
    let mut watched = Watched { recorder: Recorder::new(scenario), goes_on, is_cut: false };
    let end = model::run(scenario, key, &mut watched);
    (!watched.is_cut).then(|| watched.recorder.finish(end))
}

/// A run without tagged peers, which gives all ordinary measures, and the same with tagged peers; to check them, with
/// half as many too.
fn simulate_rare(
    scenario: &Scenario,
    rare: Rare,
    key: RunKey,
    goes_on: &mut dyn FnMut(Time, u64) -> bool,
) -> Option<RunOutcome> {
    let half = rare.check.then(|| Rare { every: rare.every.saturating_mul(2), ..rare });
    let mut parts =
        Parts { horizon: scenario.horizon, of: if rare.check { 3 } else { 2 }, done: 0, events: 0, goes_on };

    let ordinary = Scenario { rare: None, ..scenario.clone() };
    let mut is_cut = false;
    let mut watched = Watched {
        recorder: Recorder::new(&ordinary),
        goes_on: &mut |now, events| {
            is_cut = !parts.goes_on(now, events);
            !is_cut
        },
        is_cut: false,
    };
    let end = model::run(&ordinary, key, &mut watched);
    let recorder = watched.recorder;
    if is_cut {
        return None;
    }
    parts.end(end.events);

    let mut tilted = |rare: Rare| {
        let scenario = Scenario { rare: Some(rare), ..ordinary.clone() };
        let recorder = RareRecorder::new(scenario.bus.loss, scenario.stall_after, rare);
        let mut tilted = Tilted { recorder, parts: &mut parts, is_cut: false };
        let end = model::run(&scenario, key, &mut tilted);
        let Tilted { recorder, is_cut, .. } = tilted;
        parts.end(end.events);
        (!is_cut).then_some(recorder)
    };
    let all = tilted(rare)?;
    let half = match half {
        Some(half) => Some(tilted(half)?),
        None => None,
    };
    Some(recorder.finish_beside(end, Some(RareRecorder::join(&all, half.as_ref()))))
}

/// Runs that are made one after another and whose progress is that of one.
struct Parts<'a> {
    horizon: Duration,
    /// How many there are.
    of: u64,
    done: u64,
    /// Events of those that are done.
    events: u64,
    goes_on: &'a mut dyn FnMut(Time, u64) -> bool,
}

impl Parts<'_> {
    fn goes_on(&mut self, now: Time, events: u64) -> bool {
        let horizon = self.horizon.as_nanos();
        let reached = (horizon / self.of) * self.done + now.as_nanos().min(horizon) / self.of;
        (self.goes_on)(Time::from_nanos(reached), self.events + events)
    }

    fn end(&mut self, events: u64) {
        self.done += 1;
        self.events += events;
    }
}

/// The recorder of a run with tagged peers.
struct Tilted<'a, 'b> {
    recorder: RareRecorder,
    parts: &'a mut Parts<'b>,
    is_cut: bool,
}

impl Probe for Tilted<'_, '_> {
    fn observe(&mut self, now: Time, observation: Observation) {
        self.recorder.observe(now, observation);
    }

    fn goes_on(&mut self, now: Time, events: u64) -> bool {
        self.is_cut = !self.parts.goes_on(now, events);
        !self.is_cut
    }
}

/// A recorder, and the callback that may end the run.
struct Watched<'a> {
    recorder: Recorder,
    goes_on: &'a mut dyn FnMut(Time, u64) -> bool,
    is_cut: bool,
}

impl Probe for Watched<'_> {
    const FAST: bool = Recorder::FAST;

    #[inline(always)]
    fn observe(&mut self, now: Time, observation: Observation) {
        self.recorder.observe(now, observation);
    }

    fn goes_on(&mut self, now: Time, events: u64) -> bool {
        self.is_cut = !(self.goes_on)(now, events);
        !self.is_cut
    }
}
