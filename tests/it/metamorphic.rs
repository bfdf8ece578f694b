//! Metamorphic relations: how a run must change, or must not, when its scenario changes. The relations hold peer by
//! peer, because all strategies and all points use the same draws.

use std::collections::BTreeMap;

use des::RunKey;
use des::{Distribution, Duration, Time};
use pushpull::measure::{RunOutcome, measure_index};
use pushpull::model::{
    self, AttemptEnd, AttemptKind, Burst, Evict, Observation, PeerId, Probe, PullAnswer, PushTransport, Retry,
    Scenario, Strategy, Version, Wait,
};
use pushpull::run::simulate;

use crate::scenarios::{always, core_push, http_pull, ms, plain, pulling, pushing, retry};

const KEYS: [RunKey; 3] =
    [RunKey { seed: 5, replication: 0 }, RunKey { seed: 5, replication: 1 }, RunKey { seed: 77, replication: 3 }];

/// The history of each client and each peer.
#[derive(Default, PartialEq, Debug)]
struct Stories {
    /// Time of each create's commit.
    commits: BTreeMap<PeerId, Time>,
    /// Every attempt of each peer, with the time of its end.
    attempts: BTreeMap<PeerId, Vec<(Time, AttemptEnd)>>,
}

impl Stories {
    /// The handshake wait of each first attempt; infinite for failed ones.
    fn first_waits(&self) -> BTreeMap<PeerId, Duration> {
        let first = |ends: &Vec<(Time, AttemptEnd)>| {
            let (at, end) = ends.iter().find(|(_, end)| end.kind == AttemptKind::First)?;
            Some(if end.connected { *at - end.first_sent } else { Duration::MAX })
        };
        self.attempts.iter().filter_map(|(&peer, ends)| Some((peer, first(ends)?))).collect()
    }
}

impl Probe for Stories {
    fn observe(&mut self, now: Time, observation: Observation) {
        match observation {
            Observation::VersionCommitted { peer, version: Version::FIRST } => {
                self.commits.insert(peer, now);
            }
            Observation::AttemptEnded(end) => self.attempts.entry(end.peer).or_default().push((now, end)),
            _ => {}
        }
    }
}

fn stories(scenario: &Scenario, key: RunKey) -> Stories {
    let mut stories = Stories::default();
    model::run(scenario, key, &mut stories);
    assert!(stories.attempts.len() > 100, "{} peers are too few", stories.attempts.len());
    stories
}

fn value(outcome: &RunOutcome, name: &str) -> Option<f64> {
    outcome.measures[measure_index(name).expect("a measure")]
}

/// A scenario without scarce resources, so that peers do not affect each other.
fn roomy(strategy: Strategy) -> Scenario {
    let mut scenario = plain(strategy);
    scenario.api.workers = 10_000;
    scenario.gateways.install = always(0);
    scenario.gateways.remove = always(0);
    scenario
}

/// A scenario with delays and losses everywhere.
fn rough(strategy: Strategy) -> Scenario {
    let mut scenario = roomy(strategy);
    scenario.path.delay = Distribution::lognormal(0.020, 0.100);
    scenario.path.loss = 0.03;
    scenario.bus.delay = Distribution::lognormal(0.030, 0.400);
    scenario.bus.loss = 0.1;
    scenario.http.delay = Distribution::exponential(0.040);
    scenario.http.failure = 0.02;
    scenario.api.create_service = Distribution::exponential(0.020);
    scenario.api.fetch_service = Distribution::exponential(0.005);
    scenario
}

/// Fails unless first attempts never wait less in a later of these scenarios, and some wait more in the last than the
/// first.
fn waits_rise(scenarios: &[Scenario]) {
    for key in KEYS {
        let waits: Vec<BTreeMap<PeerId, Duration>> =
            scenarios.iter().map(|scenario| stories(scenario, key).first_waits()).collect();
        for (step, pair) in waits.windows(2).enumerate() {
            for (peer, wait) in &pair[0] {
                let later = pair[1].get(peer).copied().unwrap_or(Duration::MAX);
                assert!(later >= *wait, "{key:?}, peer {peer}: {wait:?} at step {step}, then {later:?}");
            }
        }
        let (first, last) = (&waits[0], &waits[waits.len() - 1]);
        assert!(first.iter().any(|(peer, wait)| last.get(peer) > Some(wait)), "{key:?}: nobody waited longer");
    }
}

fn with_bus_loss(scenario: &Scenario, loss: f64) -> Scenario {
    let mut scenario = scenario.clone();
    scenario.bus.loss = loss;
    scenario
}

#[test]
fn more_loss_on_the_bus_never_helps_a_push() {
    let once = core_push();
    let again = pushpull::model::Push {
        transport: PushTransport::Core(Retry { attempts: 3, ..retry(3, 250, 10_000) }),
        ..core_push()
    };
    let stored = pushpull::model::Push {
        transport: PushTransport::Jetstream { waits: vec![ms(2_000)], max_deliver: 4 },
        ..core_push()
    };
    for push in [once, again, stored] {
        let scenario = roomy(pushing(push));
        waits_rise(&[0.0, 0.01, 0.1, 0.5, 0.9, 1.0].map(|loss| with_bus_loss(&scenario, loss)));
    }
}

#[test]
fn a_bus_without_loss_and_delay_makes_a_push_immediate() {
    let mut scenario = roomy(pushing(core_push()));
    scenario.bus.delay = always(0);
    scenario.path.delay = always(0);
    scenario.api.client_delay = always(0);
    scenario.api.create_service = always(0);
    for key in KEYS {
        let outcome = simulate(&scenario, key);
        for name in
            ["handshake_wait_max_s", "propagation_p99_s", "missing_fraction", "stall_rate", "unpropagated_fraction"]
        {
            assert_eq!(value(&outcome, name), Some(0.0), "{name}");
        }
    }
}

/// Fails if a change has any effect on a run.
fn nothing_changes(what: &str, scenario: &Scenario, change: impl Fn(&mut Scenario)) {
    let mut changed = scenario.clone();
    change(&mut changed);
    assert_ne!(&changed, scenario, "{what} changes the scenario");
    for key in KEYS {
        let (before, after) = (simulate(scenario, key), simulate(&changed, key));
        assert_eq!(before.fingerprint, after.fingerprint, "{what}");
        assert_eq!(before.measures, after.measures, "{what}");
    }
}

#[test]
fn a_pull_over_http_does_not_care_for_the_bus() {
    let scenario = rough(pulling(http_pull(PullAnswer::Initiate)));
    nothing_changes("a lossy bus", &scenario, |scenario| scenario.bus.loss = 0.7);
    nothing_changes("bursts", &scenario, |scenario| {
        scenario.bus.burst = Some(Burst { good: ms(9_000), bad: ms(3_000), loss: 0.9 });
    });
    nothing_changes("a slow bus", &scenario, |scenario| scenario.bus.delay = Distribution::exponential(2.0));
    nothing_changes("a full bus", &scenario, |scenario| scenario.bus.pending_limit = 0);
}

#[test]
fn a_push_over_the_bus_does_not_care_for_fetches_and_strangers() {
    let scenario = rough(pushing(core_push()));
    nothing_changes("failing requests", &scenario, |scenario| scenario.http.failure = 0.9);
    nothing_changes("slow fetches", &scenario, |scenario| scenario.api.fetch_service = always(900));
    nothing_changes("a late replica", &scenario, |scenario| scenario.replica.transfer = always(60_000));
    nothing_changes("strangers", &scenario, |scenario| scenario.clients.strangers = 5.0);
}

#[test]
fn without_faults_it_does_not_matter_what_a_fault_would_do() {
    for strategy in [pushing(core_push()), pulling(http_pull(PullAnswer::Inline))] {
        let scenario = rough(strategy);
        nothing_changes("a table that survives", &scenario, |scenario| {
            scenario.strategy.persists = !scenario.strategy.persists;
        });
        nothing_changes("a slow reload", &scenario, |scenario| scenario.gateways.reload_per_peer = ms(9_000));
        nothing_changes("late detection", &scenario, |scenario| scenario.clients.handshake.dead_after = ms(90_000));
    }
}

#[test]
fn another_gateway_changes_no_client() {
    // Ten times the gateways: each peer is at another gateway, and has the same history to the nanosecond.
    for strategy in
        [pushing(core_push()), pulling(http_pull(PullAnswer::Inline)), pulling(http_pull(PullAnswer::Retry))]
    {
        let few = rough(strategy);
        let mut many = few.clone();
        many.gateways.count = 40;
        for key in KEYS {
            assert_eq!(stories(&few, key), stories(&many, key));
        }
    }
}

#[test]
fn a_mechanism_beside_it_changes_no_push() {
    // An eviction that never happens draws its phase; a pull that is never needed draws nothing.
    let alone = rough(pushing(core_push()));
    let mut beside = alone.clone();
    beside.strategy.evict = Some(Evict { idle_after: ms(3_600_000), every: ms(7_000) });
    for key in KEYS {
        assert_eq!(stories(&alone, key), stories(&beside, key));
    }
    let lossless = with_bus_loss(&alone, 0.0);
    let mut sure = lossless.clone();
    sure.bus.delay = always(0);
    let mut both = sure.clone();
    both.strategy.pull = Some(http_pull(PullAnswer::Inline));
    for key in KEYS {
        assert_eq!(stories(&sure, key), stories(&both, key));
    }
}

#[test]
fn more_patience_never_loses_a_connection() {
    let patient = |patience: Option<u64>| {
        let mut scenario = rough(pushing(core_push()));
        scenario.path.loss = 0.3;
        scenario.clients.handshake.patience = patience.map(ms);
        scenario
    };
    waits_rise(&[None, Some(30_000), Some(12_000), Some(6_000), Some(30)].map(patient));
    let stubborn = |initiations_max| {
        let mut scenario = patient(None);
        scenario.clients.handshake.retry.initiations_max = initiations_max;
        scenario
    };
    waits_rise(&[20, 5, 2, 1].map(stubborn));
}

#[test]
fn a_longer_wait_for_the_api_never_fails_a_create() {
    let waiting = |timeout| {
        let mut scenario = rough(pushing(core_push()));
        scenario.api.create_service = Distribution::exponential(0.5);
        scenario.clients.create_timeout = ms(timeout);
        scenario
    };
    for key in KEYS {
        let made: Vec<BTreeMap<PeerId, Duration>> =
            [200, 500, 1_000, 5_000].iter().map(|&timeout| stories(&waiting(timeout), key).first_waits()).collect();
        for pair in made.windows(2) {
            assert!(pair[0].keys().all(|peer| pair[1].contains_key(peer)), "{key:?}");
            assert!(pair[0].len() < pair[1].len(), "{key:?}: nobody was helped");
        }
    }
}

#[test]
fn another_worker_never_delays_a_create() {
    // First come, first served with the same arrivals and services: no customer starts later with one more server
    // (J. Kiefer and J. Wolfowitz, "On the theory of queues with many servers", Trans. AMS 78 (1955) 1–18).
    let with = |workers| {
        let mut scenario = rough(pushing(core_push()));
        scenario.api.workers = workers;
        scenario.api.queue_limit = 1_000_000;
        scenario.api.create_service = Distribution::exponential(0.450);
        scenario.clients.create_timeout = ms(3_600_000);
        scenario
    };
    for key in KEYS {
        let commits: Vec<BTreeMap<PeerId, Time>> =
            [1, 2, 3, 9].iter().map(|&workers| stories(&with(workers), key).commits).collect();
        for pair in commits.windows(2) {
            assert!(pair[0].iter().all(|(peer, at)| pair[1][peer] <= *at), "{key:?}");
        }
        assert!(commits[0].iter().any(|(peer, at)| commits[1][peer] < *at), "{key:?}: one worker is enough");
    }
}

#[test]
fn an_answer_at_once_is_never_later_than_a_handshake_of_the_gateway_nor_that_than_the_clients_retry() {
    let answering = |answer| roomy(pulling(http_pull(answer)));
    waits_rise(&[PullAnswer::Inline, PullAnswer::Initiate, PullAnswer::Retry].map(answering));
}

#[test]
fn a_client_that_waits_for_the_acknowledgement_never_handshakes_in_vain() {
    // The config is installed before the client gets the reply, so the first initiation is answered in one round trip
    // of 2 · 20 ms.
    let push = pushpull::model::Push { wait: Wait::Ack, ..core_push() };
    let mut scenario = roomy(pushing(push));
    scenario.bus.loss = 0.2;
    scenario.clients.return_probability = 0.0;
    for key in KEYS {
        let waits = stories(&scenario, key).first_waits();
        assert!(waits.values().all(|&wait| wait == ms(40)), "{key:?}");
    }
}
