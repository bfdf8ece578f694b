//! Watch in edge cases: the exact instant at which a cut of the network ends, or continues as another cut.

use des::{Duration, RunKey, Time};
use pushpull::measure::measure_index;
use pushpull::model::{
    Arrivals, Fault, GatewayScope, Observation, Probe, PullAnswer, Scenario, Schedule, Target, Version, Watch, run,
};
use pushpull::run::simulate;

use crate::scenarios::{always, http_pull, ms, plain, plain_watch, pulling, watching};

/// Times at which versions took effect, and at which streams broke.
#[derive(Default)]
struct Seen {
    effective: Vec<(Version, Time)>,
    broken: Vec<Time>,
}

impl Probe for Seen {
    fn observe(&mut self, now: Time, observation: Observation) {
        match observation {
            Observation::VersionPropagated { version, .. } => self.effective.push((version, now)),
            Observation::StreamEnded { broken: true, .. } => self.broken.push(now),
            _ => {}
        }
    }
}

fn seen(scenario: &Scenario) -> Seen {
    let mut seen = Seen::default();
    run(scenario, RunKey { seed: 1, replication: 0 }, &mut seen);
    seen
}

fn measures(scenario: &Scenario) -> impl Fn(&str) -> Option<f64> + use<> {
    let outcome = simulate(scenario, RunKey { seed: 1, replication: 0 });
    move |name| outcome.measures[measure_index(name).expect("a measure")]
}

fn at(millis: u64) -> Time {
    Time::ZERO + ms(millis)
}

fn cut(schedule: Schedule, length: u64) -> Fault {
    Fault { target: Target::Http, schedule, length: always(length), gateways: GatewayScope::All }
}

/// One device on one gateway, whose config changes every `update` milliseconds; its stream has no lifetime.
fn one_device(keepalive: Option<Duration>, update: u64) -> Scenario {
    let mut scenario = plain(watching(Watch { lifetime: None, keepalive, ..plain_watch() }));
    scenario.gateways.count = 1;
    scenario.clients.arrivals = Arrivals::poisson(0.0, None);
    scenario.clients.devices = 1;
    scenario.clients.return_probability = 0.0;
    scenario.clients.session = always(1_000_000);
    scenario.clients.update_every = Some(always(update));
    scenario
}

/// Cuts from 10 s to 15 s and from 25 s to 30 s, and between them another from 14 s to 25 s.
fn touching() -> Vec<Fault> {
    vec![cut(Schedule::Every(always(10_000)), 5_000), cut(Schedule::At(ms(14_000)), 11_000)]
}

#[test]
fn what_a_cut_held_goes_before_what_is_sent_at_the_instant_of_its_end() {
    // Changed at 7 s, in the cut, and revoked at 12 s, as it ends: an install of 1 ms, then a removal of 10 ms.
    let mut scenario = one_device(None, 7_000);
    scenario.clients.revoke_after = Some(always(12_000));
    scenario.faults = vec![cut(Schedule::At(ms(5_000)), 7_000)];
    assert_eq!(seen(&scenario).effective, [(Version::new(2), at(12_041)), (Version::new(3), at(12_051))]);
}

#[test]
fn cuts_that_touch_hold_what_is_sent_until_the_last_of_them_ends() {
    let mut scenario = one_device(None, 12_000);
    scenario.faults = touching();
    assert_eq!(seen(&scenario).effective[..2], [(Version::new(2), at(30_041)), (Version::new(3), at(30_042))]);
}

#[test]
fn cuts_that_touch_break_a_stream_that_each_alone_would_not() {
    let mut scenario = one_device(Some(ms(15_000)), 12_000);
    scenario.faults = touching();
    assert_eq!(seen(&scenario).broken.first(), Some(&at(25_000)));
    scenario.faults.truncate(1);
    assert_eq!(seen(&scenario).broken, []);
    // A cut from 10 s to 25 s, which is not longer than `keepalive`.
    scenario.faults = vec![cut(Schedule::At(ms(10_000)), 15_000)];
    assert_eq!(seen(&scenario).broken, []);
}

#[test]
fn devices_come_back_of_themselves_and_are_no_peers_created() {
    let mut scenario = one_device(None, 1_000_000);
    scenario.clients.devices = 50;
    scenario.clients.device_first = always(20_000);
    scenario.warmup = ms(0);
    let of = measures(&scenario);
    assert_eq!((of("peers_created"), of("attempts_return"), of("stalled")), (Some(0.0), Some(50.0), Some(0.0)));
    assert_eq!((of("table_mean"), of("missing_fraction")), (Some(50.0), Some(0.0)));
    // No client arrives before the horizon.
    scenario.clients.device_first = always(300_000);
    assert_eq!(measures(&scenario)("attempts"), Some(0.0));
    // With pull, and without a persistent table, no record is installed at time 0.
    scenario.strategy = pulling(http_pull(PullAnswer::Inline));
    assert_eq!(measures(&scenario)("missing_fraction"), Some(1.0));
}
