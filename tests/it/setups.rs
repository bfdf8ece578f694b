//! A scenario that leaves much out runs in a world that was compiled without it. Watched step by step it runs in the world
//! that has everything, and goes the same way.

use pushpull::engine::{RunKey, Time};
use pushpull::metrics::{Recorder, RunOutcome};
use pushpull::model::{Observation, Probe, PushTransport, Scenario, Source, Wait, run};

use super::scenarios::{random, retry};

/// Keeps all that it sees, and records it as well.
struct Watch<const STEP_BY_STEP: bool> {
    recorder: Recorder,
    seen: Vec<(Time, Observation)>,
}

impl<const STEP_BY_STEP: bool> Probe for Watch<STEP_BY_STEP> {
    const TRACES: bool = STEP_BY_STEP;

    fn observe(&mut self, now: Time, observation: Observation) {
        self.recorder.observe(now, observation);
        self.seen.push((now, observation));
    }
}

fn watch<const STEP_BY_STEP: bool>(scenario: &Scenario) -> (Vec<(Time, Observation)>, RunOutcome) {
    let mut watch = Watch::<STEP_BY_STEP> { recorder: Recorder::new(scenario), seen: Vec::new() };
    let end = run(scenario, RunKey { seed: 7, replication: 0 }, &mut watch);
    (watch.seen, watch.recorder.finish(end))
}

/// The random scenario of this number, less what a plain one may not have.
fn plain(number: u32) -> Scenario {
    let mut scenario = random(number);
    scenario.faults.clear();
    scenario.bus.burst = None;
    scenario.clients.update_every = None;
    scenario.clients.revoke_after = None;
    scenario.clients.existing = 0;
    scenario.clients.devices = 0;
    scenario.clients.handshake.patience = None;
    let strategy = &mut scenario.strategy;
    strategy.reconcile = None;
    strategy.watch = None;
    strategy.expire = None;
    if let Some(push) = &mut strategy.push {
        push.transport = PushTransport::Core(retry(1, 250, 10_000));
        push.wait = Wait::None;
        push.refresh_every = None;
    }
    if let Some(pull) = &mut strategy.pull {
        pull.source = Source::Primary;
        pull.ttl = None;
    }
    scenario
}

#[test]
fn every_setup_goes_the_same_way() {
    let (mut pushed, mut pulled, mut evicted, mut events) = (0, 0, 0, 0);
    for number in 0..400 {
        let scenario = plain(number);
        pushed += u32::from(scenario.strategy.push.is_some() && scenario.strategy.pull.is_none());
        pulled += u32::from(scenario.strategy.pull.is_some());
        evicted += u32::from(scenario.strategy.evict.is_some());
        let ((seen, outcome), (whole, expected)) = (watch::<false>(&scenario), watch::<true>(&scenario));
        assert_eq!(outcome.fingerprint, expected.fingerprint, "scenario {number}");
        assert_eq!(outcome.measures, expected.measures, "scenario {number}");
        assert!(seen == whole, "scenario {number}");
        events += outcome.events;
    }
    assert!(pushed > 50 && pulled > 50 && evicted > 50 && events > 500_000, "{pushed} {pulled} {evicted} {events}");
}
