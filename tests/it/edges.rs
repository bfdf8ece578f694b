//! Edge cases: probabilities of 0 and 1, no clients, all clients at once, spans that just touch, numbers at their
//! limit.

#![expect(clippy::float_cmp, reason = "counts, zeros and ones are exact")]

use des::RunKey;
use des::{Distribution, Duration, Time};
use pushpull::measure::{RunOutcome, measure_index};
use pushpull::model::{
    Arrivals, Burst, BusEffect, Evict, Fault, FetchSource, GatewayScope, Inflight, Observation, PeerId, Probe,
    PullAnswer, Reconcile, Scenario, Schedule, Strategy, Target, TraceArrival,
};
use pushpull::run::simulate;

use crate::scenarios::{always, core_push, http_pull, ms, plain, plain_watch, pulling, pushing, watching};

const KEY: RunKey = RunKey { seed: 9, replication: 2 };

/// A measure of one run of `scenario`; −1 where it is undefined.
fn run(scenario: &Scenario) -> impl Fn(&str) -> f64 + use<> {
    let outcome: RunOutcome = simulate(scenario, KEY);
    move |name| outcome.measures[measure_index(name).expect("a measure")].unwrap_or(-1.0)
}

fn push() -> Scenario {
    plain(pushing(core_push()))
}

fn pull() -> Scenario {
    plain(pulling(http_pull(PullAnswer::Inline)))
}

fn assert_all_stall(of: &dyn Fn(&str) -> f64, cause: &str) {
    assert!(of("attempts") > 100.0);
    assert_eq!((of("stall_rate"), of("connected"), of(cause)), (1.0, 0.0, of("attempts")), "{cause}");
    assert_eq!(of("handshake_wait_p50_s"), f64::INFINITY);
    assert_eq!(of("handshake_wait_mean_s"), -1.0);
}

#[test]
fn where_nothing_is_lost_nobody_stalls() {
    for scenario in [push(), pull()] {
        let of = run(&scenario);
        assert!(of("attempts") > 100.0);
        assert_eq!((of("stall_rate"), of("failure_rate"), of("bus_lost_random")), (0.0, 0.0, 0.0));
        // One round trip. A pull also asks the API: 0.2 + 40 + 5 + 40 + 1 ms for the first attempt.
        let expected = if scenario.strategy.pull.is_some() { 0.126_2 } else { 0.040 };
        assert!((of("handshake_wait_max_s") - expected).abs() < 1e-3, "{}", of("handshake_wait_max_s"));
    }
}

#[test]
fn where_everything_is_lost_everybody_stalls_and_the_cause_says_where() {
    let mut scenario = push();
    scenario.bus.loss = 1.0;
    assert_all_stall(&run(&scenario), "cause_config_lost");
    scenario.bus.loss = 0.0;
    scenario.bus.burst = Some(Burst { good: Duration::from_nanos(1), bad: ms(86_400_000), loss: 1.0 });
    assert_all_stall(&run(&scenario), "cause_config_lost");
    scenario.bus.burst = None;
    scenario.bus.pending_limit = 0;
    let of = run(&scenario);
    assert_all_stall(&of, "cause_config_lost");
    assert_eq!(of("bus_lost_slow_consumer"), of("bus_sent"));
    let mut scenario = push();
    scenario.path.loss = 1.0;
    assert_all_stall(&run(&scenario), "cause_path_loss");
    let mut scenario = pull();
    scenario.http.failure = 1.0;
    assert_all_stall(&run(&scenario), "cause_pull_failed");
    let mut scenario = pull();
    scenario.strategy.pull.as_mut().expect("a pull").source = FetchSource::Replica { fallback: false };
    scenario.replica.transfer = always(86_400_000);
    assert_all_stall(&run(&scenario), "cause_pull_failed");
}

#[test]
fn a_certain_return_brings_everybody_back_and_an_impossible_one_nobody() {
    let mut scenario = push();
    scenario.clients.return_probability = 0.0;
    assert_eq!(run(&scenario)("attempts_return"), 0.0);
    scenario.clients.return_probability = 1.0;
    scenario.clients.session = always(1_000);
    scenario.clients.return_after = always(1_000);
    let of = run(&scenario);
    // Every two seconds and 40 ms during the whole run: 132 times in the span for clients that exist at its start.
    assert!(of("attempts_return") > 50.0 * of("attempts_first"), "{}", of("attempts_return"));
    assert_eq!(of("orphan_fraction"), 0.0);
}

#[test]
fn an_experiment_without_clients_measures_nothing_and_says_so() {
    for mut scenario in [push(), pull(), plain(Strategy::default())] {
        scenario.clients.arrivals = Arrivals::poisson(0.0, None);
        let of = run(&scenario);
        for name in ["attempts", "peers_created", "bus_sent", "fetches", "table_mean", "table_max", "api_queue_max"] {
            assert_eq!(of(name), 0.0, "{name}");
        }
        for name in ["stall_rate", "handshake_wait_p50_s", "stale_fraction", "missing_fraction", "propagation_p50_s"] {
            assert_eq!(of(name), -1.0, "{name} is undefined");
        }
    }
}

#[test]
fn a_thousand_clients_at_one_instant_are_served_in_the_order_of_their_coming() {
    let at = Time::ZERO + ms(60_000);
    let crowd: Vec<TraceArrival> = (0..1_000).map(|_| TraceArrival { at, gateway: Some(0) }).collect();
    let mut scenario = push();
    scenario.clients.arrivals = Arrivals::Trace(crowd.into());
    scenario.clients.return_probability = 0.0;
    let of = run(&scenario);
    assert_eq!((of("peers_created"), of("connected"), of("stalled")), (1_000.0, 1_000.0, 0.0));
    // Eight workers start at once, 992 wait.
    assert_eq!(of("api_queue_max"), 992.0);
    // Customer n of 0…999 waits ⌊n/8⌋ rounds of 20 ms: the mean is 20 ms · (0 + … + 124)/125 = 1.24 s.
    assert!((of("api_wait_mean_s") - 1.24).abs() < 1e-9, "{}", of("api_wait_mean_s"));
    assert_eq!(of("table_max"), 1_000.0);
}

#[test]
fn the_counted_span_holds_its_start_and_not_its_end() {
    let mut scenario = push();
    scenario.clients.arrivals = Arrivals::Every(ms(10_000));
    (scenario.warmup, scenario.horizon) = (ms(50_000), ms(100_000));
    scenario.clients.return_probability = 0.0;
    scenario.path.delay = always(0);
    scenario.api.client_delay = always(0);
    scenario.api.create_service = always(0);
    scenario.bus.delay = always(0);
    scenario.gateways.install = always(0);
    let of = run(&scenario);
    // At 50, 60, 70, 80 and 90 s; the peer due at 100 s is not created.
    assert_eq!((of("peers_created"), of("attempts"), of("installs")), (5.0, 5.0, 5.0));
    scenario.warmup = Duration::from_nanos(scenario.horizon.as_nanos() - 1);
    let of = run(&scenario);
    assert_eq!((of("attempts"), of("stall_rate"), of("table_mean")), (0.0, -1.0, 9.0 / 4.0));
    assert!(of("table_max") >= 3.0, "nine records on four gateways");
}

#[test]
fn the_table_at_the_start_of_the_span_counts_though_it_never_changes() {
    let mut scenario = plain(Strategy { persists: true, ..Strategy::default() });
    scenario.clients.arrivals = Arrivals::poisson(0.0, None);
    scenario.clients.existing = 4_001;
    let of = run(&scenario);
    assert_eq!((of("table_max"), of("table_mean"), of("orphan_fraction")), (1_001.0, 1_000.25, 1.0));
}

#[test]
fn existing_peers_have_nothing_to_propagate() {
    let mut scenario = push();
    scenario.warmup = Duration::ZERO;
    scenario.clients.existing = 50;
    scenario.clients.arrivals = Arrivals::poisson(0.0, None);
    scenario.strategy.reconcile = Some(Reconcile { every: ms(10_000), timeout: ms(5_000), attempts: 1 });
    scenario.strategy.persists = false;
    let of = run(&scenario);
    assert_eq!((of("installs"), of("propagation_p50_s"), of("unpropagated_fraction")), (50.0, -1.0, -1.0));
}

#[test]
fn one_gateway_and_as_many_as_there_can_be() {
    for count in [1, 65_536] {
        let mut scenario = push();
        scenario.gateways.count = count;
        scenario.strategy.evict = Some(Evict { idle_after: ms(3_600_000), every: ms(200_000) });
        let of = run(&scenario);
        assert_eq!(of("stall_rate"), 0.0);
        assert!(of("connected") > 100.0 && of("table_max") >= 1.0);
    }
}

#[test]
fn a_hundred_thousand_stale_peers_and_the_longest_retry_schedule() {
    let mut scenario = push();
    scenario.clients.existing = 100_000;
    scenario.clients.existing_gateways = GatewayScope::List(vec![3]);
    scenario.clients.handshake.retry.initiations_max = 250;
    scenario.bus.loss = 0.5;
    let of = run(&scenario);
    assert!(of("table_max") >= 100_000.0 && of("orphan_fraction") > 0.99);
    assert_eq!(of("failed"), of("cause_config_lost"));
    assert!(of("failed") > 50.0);
}

#[test]
fn a_fraction_of_the_gateways_is_rounded_up_and_not_beyond() {
    let first =
        |fraction: f64, count| (0..count).filter(|&g| GatewayScope::Fraction(fraction).contains(g, count)).count();
    for percent in 0..=100_u32 {
        assert_eq!(first(f64::from(percent) / 100.0, 100), percent as usize, "{percent} %");
    }
    assert_eq!((first(0.5, 5), first(0.0, 5), first(1.0, 5), first(0.01, 5)), (3, 0, 5, 1));
}

#[test]
fn faults_may_be_empty_touch_overlap_and_outlast_the_run() {
    let fault = |target, at, length| Fault {
        target,
        schedule: Schedule::At(ms(at)),
        length: always(length),
        gateways: GatewayScope::All,
    };
    let targets = [
        Target::Api(Inflight::Lost),
        Target::Api(Inflight::Reset),
        Target::Http,
        Target::Bus(BusEffect::Drop),
        Target::Bus(BusEffect::Delay),
        Target::Path,
        Target::Gateway,
    ];
    for mut scenario in [push(), pull(), plain(watching(plain_watch()))] {
        for target in targets {
            scenario.faults.extend([
                fault(target, 60_000, 0),
                fault(target, 70_000, 10_000),
                fault(target, 80_000, 10_000),
                fault(target, 85_000, 30_000),
                fault(target, 299_999, 10_000_000),
                fault(target, 300_000, 1_000),
            ]);
        }
        let of = run(&scenario);
        assert!(of("cause_gateway_down") + of("cause_path_loss") > 0.0);
        assert!(of("connected") > 100.0, "what is over is over");
    }
}

#[test]
fn waiting_that_moves_into_the_create_makes_no_stall_but_makes_late_attempts() {
    // A create takes 3 s there, 20 ms of service and 3 s back: 6.06 s until the session.
    let mut scenario = push();
    scenario.clients.return_probability = 0.0;
    scenario.api.client_delay = always(3_000);
    let of = run(&scenario);
    assert!(of("attempts") > 100.0);
    assert_eq!((of("stall_rate"), of("late"), of("late_rate")), (0.0, of("attempts"), 1.0));
    // A wait of exactly `late_after` is not late.
    scenario.late_after = ms(6_060);
    assert_eq!(run(&scenario)("late"), 0.0);
    scenario.late_after = Duration::from_nanos(6_059_999_999);
    assert_eq!(run(&scenario)("late_rate"), 1.0);
    // Return attempts start at their first initiation, so their wait is a round trip.
    scenario.clients.return_probability = 0.5;
    let of = run(&scenario);
    assert!(of("attempts_return") > 50.0);
    assert_eq!(of("late"), of("attempts_first"));
}

#[test]
fn a_failed_create_is_late_and_no_stall() {
    let mut scenario = push();
    scenario.clients.create_timeout = ms(10);
    scenario.clients.create_attempts = 1;
    let of = run(&scenario);
    assert!(of("create_failed") > 100.0);
    assert_eq!((of("late"), of("late_rate"), of("stall_rate")), (of("create_failed"), 1.0, -1.0));
}

#[test]
fn a_lost_packet_of_a_rekey_hurts_nobody() {
    // One session of two hours. Every rekey has a minute to succeed.
    let mut scenario = push();
    scenario.horizon = ms(7_200_000);
    scenario.warmup = Duration::ZERO;
    scenario.clients.arrivals =
        Arrivals::Trace([TraceArrival { at: Time::from_nanos(1), gateway: None }].into_iter().collect());
    scenario.clients.session = always(100_000_000);
    scenario.path.loss = 0.05;
    let of = run(&scenario);
    assert_eq!((of("attempts"), of("connected"), of("stalled")), (1.0, 1.0, 0.0));
}

#[test]
fn a_rekey_is_repeated_until_it_is_answered_and_patience_is_no_part_of_it() {
    // Rekeys every 300 ms over a path of 400 ms: each rekey is answered before its initiation is repeated.
    let mut scenario = push();
    scenario.clients.handshake.rekey_after = ms(300);
    scenario.path.delay = always(400);
    let of = run(&scenario);
    assert_eq!((of("attempts_reconnect"), of("stall_rate")), (0.0, 0.0));
    // If keys are never rejected, a client whose rekeys never succeed keeps its session for ever.
    let mut scenario = push();
    scenario.clients.session = always(100_000_000);
    scenario.clients.handshake.rekey_after = ms(10_000);
    scenario.clients.handshake.patience = Some(ms(2_000));
    scenario.strategy.expire = Some(always(5_000));
    scenario.clients.handshake.reject_after = Duration::MAX;
    let of = run(&scenario);
    assert_eq!((of("attempts_reconnect"), of("stalled")), (0.0, 0.0));
    // If keys are rejected after 12 s, the client reconnects, and gives up 2 s later.
    scenario.clients.handshake.reject_after = ms(12_000);
    let of = run(&scenario);
    assert!(of("attempts_reconnect") > 100.0);
    assert_eq!((of("stalled_reconnect"), of("failed")), (of("attempts_reconnect"), of("attempts_reconnect")));
    assert_eq!(of("cause_config_removed"), of("attempts_reconnect"));
}

/// Ends of the last attempt and of the last session.
#[derive(Default)]
struct Ends {
    connected: Time,
    ended: Time,
}

impl Probe for Ends {
    fn observe(&mut self, now: Time, observation: Observation) {
        match observation {
            Observation::AttemptEnded(_) => self.connected = now,
            Observation::SessionEnded { .. } => self.ended = now,
            _ => {}
        }
    }
}

#[test]
fn a_revoked_client_leaves_at_its_next_rekey_and_during_one_at_its_next_initiation() {
    for (revoked, reject, leaves) in [(50, 180, 120), (123, 180, 125), (123, 124, 124)] {
        let mut scenario = push();
        scenario.horizon = ms(300_000);
        scenario.warmup = Duration::ZERO;
        scenario.clients.arrivals =
            Arrivals::Trace([TraceArrival { at: Time::from_nanos(1), gateway: None }].into_iter().collect());
        scenario.clients.session = always(100_000_000);
        scenario.clients.handshake.retry.jitter = Duration::ZERO;
        scenario.clients.handshake.reject_after = ms(reject * 1000);
        // The record is installed for the first handshake only.
        scenario.strategy.expire = Some(always(10_000));
        scenario.clients.revoke_after = Some(always(revoked * 1000));
        let mut ends = Ends::default();
        pushpull::model::run(&scenario, KEY, &mut ends);
        assert_eq!(ends.ended - ends.connected, ms(leaves * 1000), "revoked after {revoked} s");
    }
}

/// The jobs of each list, as sequences without a pause: whether a job removes, and its peer.
#[derive(Default)]
struct Jobs {
    lists: Vec<Vec<(bool, PeerId)>>,
    ended: Time,
}

impl Probe for Jobs {
    fn observe(&mut self, now: Time, observation: Observation) {
        match observation {
            Observation::JobStarted { peer, removal, .. } => {
                if self.lists.is_empty() || now > self.ended {
                    self.lists.push(Vec::new());
                }
                self.lists.last_mut().expect("a list").push((removal, peer));
            }
            Observation::JobEnded { .. } => self.ended = now,
            _ => {}
        }
    }
}

#[test]
fn a_list_installs_before_it_removes_each_in_order_of_creation() {
    let mut scenario = plain(Strategy {
        reconcile: Some(Reconcile { every: ms(10_000), timeout: ms(30_000), attempts: 1 }),
        persists: true,
        ..Strategy::default()
    });
    scenario.gateways.count = 1;
    scenario.clients.existing = 5;
    scenario.clients.revoke_after = Some(Distribution::exponential(20.0));
    let mut jobs = Jobs::default();
    pushpull::model::run(&scenario, KEY, &mut jobs);
    let both = jobs.lists.iter().filter(|list| list[0].0 != list[list.len() - 1].0).count();
    assert!(both > 5, "lists that install and remove");
    for list in jobs.lists {
        assert!(list.is_sorted(), "{list:?}");
    }
}

#[test]
fn a_law_with_the_heaviest_tail_saturates_and_does_not_wrap() {
    let mut scenario = push();
    scenario.clients.session = Distribution::pareto(1.0, 0.01);
    scenario.path.delay = Distribution::pareto(0.001, 0.05);
    let of = run(&scenario);
    assert!(of("attempts") > 100.0 && of("stall_rate") > 0.0);
}
