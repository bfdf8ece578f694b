//! The fast paths of a run: the world compiled for scenarios with few mechanisms, and reading ahead. A probe that
//! requests neither sees the same facts.

use des::{Distribution, RunKey, Time};
use pushpull::measure::{Recorder, RunOutcome};
use pushpull::model::{
    Arrivals, Burst, Fault, FetchSource, GatewayScope, Observation, Probe, PullAnswer, PushTransport, Rare, Reconcile,
    RunEnd, Scenario, Schedule, Target, Variant, Wait, run,
};

use super::scenarios::{always, core_push, http_pull, ms, plain, pushing, random, retry};

/// Keeps all facts, and passes them to a recorder.
struct Watch<const FAST: bool> {
    recorder: Recorder,
    seen: Vec<(Time, Observation)>,
}

impl<const FAST: bool> Probe for Watch<FAST> {
    const FAST: bool = FAST;

    fn observe(&mut self, now: Time, observation: Observation) {
        self.recorder.observe(now, observation);
        self.seen.push((now, observation));
    }
}

pub(crate) fn watch<const FAST: bool>(scenario: &Scenario) -> (Vec<(Time, Observation)>, RunOutcome, RunEnd) {
    let mut watch = Watch::<FAST> { recorder: Recorder::new(scenario), seen: Vec::new() };
    let end = run(scenario, RunKey { seed: 7, replication: 0 }, &mut watch);
    (watch.seen, watch.recorder.finish(end), end)
}

/// Runs a scenario with and without the fast paths, and compares all facts. Returns the end of the fast run.
fn goes_the_same_way(scenario: &Scenario, name: &str) -> RunEnd {
    let ((seen, outcome, fast), (whole, expected, slow)) = (watch::<true>(scenario), watch::<false>(scenario));
    assert_eq!(outcome.fingerprint, expected.fingerprint, "{name}");
    assert_eq!(outcome.measures, expected.measures, "{name}");
    assert!(seen == whole, "{name}");
    assert_eq!((slow.variant, slow.looked_ahead), (Variant::Whole, 0), "{name}");
    fast
}

/// The random scenario of this number, without the features that a plain scenario excludes.
fn less(number: u32) -> Scenario {
    let mut scenario = random(number);
    scenario.faults.clear();
    scenario.bus.burst = None;
    scenario.clients.update_every = None;
    scenario.clients.revoke_after = None;
    scenario.clients.existing = 0;
    scenario.clients.devices = 0;
    scenario.clients.handshake.patience = None;
    scenario.gateways.handshake_limit = 0;
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
        pull.source = FetchSource::Primary;
        pull.ttl = None;
    }
    scenario
}

#[test]
fn both_worlds_go_the_same_way() {
    let (mut pushed, mut pulled, mut evicted, mut events) = (0, 0, 0, 0);
    for number in 0..400 {
        let scenario = less(number);
        pushed += u32::from(scenario.strategy.push.is_some() && scenario.strategy.pull.is_none());
        pulled += u32::from(scenario.strategy.pull.is_some());
        evicted += u32::from(scenario.strategy.evict.is_some());
        let end = goes_the_same_way(&scenario, &format!("scenario {number}"));
        assert_eq!(end.variant, Variant::Plain, "scenario {number}");
        events += end.events;
    }
    assert!(pushed > 50 && pulled > 50 && evicted > 50 && events > 500_000, "{pushed} {pulled} {evicted} {events}");
}

/// An addition to a plain scenario, with its name.
type Addition<'a> = (&'a str, &'a dyn Fn(&mut Scenario));

#[test]
fn a_setting_that_the_plain_world_does_not_have_asks_for_the_whole_one() {
    // Of mechanisms, `mechanisms.rs` asks the same.
    let mut base = plain(pushing(core_push()));
    base.horizon = ms(60_000);
    base.strategy.pull = Some(http_pull(PullAnswer::Initiate));
    let variant = |scenario: &Scenario| watch::<true>(scenario).2.variant;
    assert_eq!(variant(&base), Variant::Plain);
    let fault = Fault {
        target: Target::Gateway,
        schedule: Schedule::At(ms(40_000)),
        length: always(1_000),
        gateways: GatewayScope::All,
    };
    let additions: [Addition; 16] = [
        ("a fault", &|scenario| scenario.faults.push(fault.clone())),
        ("bursts", &|scenario| scenario.bus.burst = Some(Burst { good: ms(1_000), bad: ms(100), loss: 0.5 })),
        ("updates", &|scenario| scenario.clients.update_every = Some(always(10_000))),
        ("revocations", &|scenario| scenario.clients.revoke_after = Some(always(10_000))),
        ("existing peers", &|scenario| scenario.clients.existing = 10),
        ("devices", &|scenario| scenario.clients.devices = 10),
        ("a limit of handshakes", &|scenario| scenario.gateways.handshake_limit = 10),
        ("patience", &|scenario| scenario.clients.handshake.patience = Some(ms(10_000))),
        ("pushes over HTTP", &|scenario| push(scenario).transport = PushTransport::Http(retry(1, 250, 10_000))),
        ("a second sending", &|scenario| push(scenario).transport = PushTransport::Core(retry(2, 250, 10_000))),
        ("replies that wait", &|scenario| push(scenario).wait = Wait::Ack),
        ("refreshes", &|scenario| push(scenario).refresh_every = Some(always(10_000))),
        ("a replica", &|scenario| pull(scenario).source = FetchSource::Replica { fallback: true }),
        ("a time to live", &|scenario| pull(scenario).ttl = Some(ms(10_000))),
        ("tagged peers", &|scenario| scenario.rare = Some(Rare { every: 10, loss: 0.5, check: false })),
        ("another fault", &|scenario| scenario.faults.push(Fault { target: Target::Path, ..fault.clone() })),
    ];
    for (name, add) in additions {
        let mut scenario = base.clone();
        add(&mut scenario);
        assert_eq!(variant(&scenario), Variant::Whole, "{name}");
    }
}

fn push(scenario: &mut Scenario) -> &mut pushpull::model::Push {
    scenario.strategy.push.as_mut().expect("it pushes")
}

fn pull(scenario: &mut Scenario) -> &mut pushpull::model::Pull {
    scenario.strategy.pull.as_mut().expect("it pulls")
}

#[test]
fn reading_ahead_changes_nothing_and_happens_only_where_very_many_events_wait() {
    let mut crowd = plain(pushing(core_push()));
    crowd.horizon = ms(4_000);
    crowd.warmup = ms(0);
    crowd.clients.arrivals = Arrivals::poisson(20_000.0, None);
    crowd.clients.session = Distribution::exponential(10.0);
    crowd.api.workers = 1_000_000;
    crowd.strategy.pull = Some(http_pull(PullAnswer::Initiate));
    for reconcile in [None, Some(Reconcile { every: ms(2_000), timeout: ms(1_000), attempts: 2 })] {
        crowd.strategy.reconcile = reconcile;
        let end = goes_the_same_way(&crowd, "a crowd");
        assert_eq!(end.variant == Variant::Plain, reconcile.is_none());
        assert!(end.looked_ahead > 1_000, "{end:?}");
    }
    // A large number of stale peers does not count as a crowd: no event waits for them.
    let mut stale = plain(pushing(core_push()));
    stale.clients.existing = 100_000;
    let end = goes_the_same_way(&stale, "stale peers");
    assert!(end.looked_ahead == 0 && end.events > 1_000, "{end:?}");
}
