//! Conservation laws on random scenarios: nothing is created or lost without a cause, nothing is counted twice.
//!
//! The release check runs more of them: `PUSHPULL_CONSERVATION=10000 cargo test --release --test it conservation`.

use std::panic::{AssertUnwindSafe, catch_unwind};

use des::RunKey;
use pushpull::measure::{MEASURES, Recorder, RunOutcome, SERIES, SeriesMeasure, measure_index};
use pushpull::model::{self, Scenario};

use crate::ledger::Ledger;
use crate::scenarios;

/// Number of scenarios in the everyday check.
const SCENARIOS: u32 = 1_000;

#[test]
fn nothing_appears_or_vanishes_in_random_scenarios() {
    let count = match std::env::var("PUSHPULL_CONSERVATION") {
        Ok(count) => count.parse().expect("PUSHPULL_CONSERVATION is a number of scenarios"),
        Err(_) => SCENARIOS,
    };
    let (mut events, mut observations, mut failed) = (0, 0, Vec::new());
    for number in 0..count {
        let scenario = scenarios::random(number);
        let key = RunKey { seed: 1, replication: number };
        if let Ok((more_events, more_observations)) = catch_unwind(AssertUnwindSafe(|| check(&scenario, key))) {
            events += more_events;
            observations += more_observations;
        } else {
            eprintln!("scenario {number} fails: PUSHPULL_SCENARIO={number} shows it alone");
            failed.push(number);
        }
    }
    assert!(failed.is_empty(), "scenarios that fail, by number: {failed:?}");
    assert!(events > u64::from(count) * 1_000, "{events} events are too few to show anything");
    println!("{count} scenarios, {events} events, {observations} observations: everything adds up");
}

/// One scenario by its number, for debugging: `PUSHPULL_SCENARIO=17 cargo test --test it one_scenario -- --nocapture`.
#[test]
fn one_scenario_by_its_number() {
    let number = std::env::var("PUSHPULL_SCENARIO").map_or(0, |text| text.parse().expect("a scenario's number"));
    let scenario = scenarios::random(number);
    println!("{scenario:#?}");
    check(&scenario, RunKey { seed: 1, replication: number });
}

/// Runs `scenario` with two probes and compares their observations; returns the numbers of events and observations.
fn check(scenario: &Scenario, key: RunKey) -> (u64, u64) {
    let mut probes = (Recorder::new(scenario), Ledger::new(scenario));
    let end = model::run(scenario, key, &mut probes);
    let (recorder, mut ledger) = probes;
    ledger.close(end.end);
    assert_eq!(model::run(scenario, key, &mut ()), end, "a probe changes nothing");
    let outcome = recorder.finish(end);
    check_measures(&outcome);
    check_series(&outcome);
    let of = |name| value(&outcome, name);
    for (name, expected) in [
        ("bus_sent", ledger.sent),
        ("bus_lost_random", ledger.lost[0]),
        ("bus_lost_burst", ledger.lost[1]),
        ("bus_lost_fault", ledger.lost[2]),
        ("bus_lost_slow_consumer", ledger.lost[3]),
        ("bus_lost_gateway_down", ledger.lost[4]),
        ("installs", ledger.installs),
        ("removals", ledger.removals),
        ("peers_created", ledger.creates),
        ("api_creates", ledger.requests[0]),
        ("api_fetches", ledger.requests[1]),
        ("api_lists", ledger.requests[2] + ledger.requests[3]),
        ("relists", ledger.requests[3]),
        ("api_watches", ledger.requests[4]),
        ("watch_events", ledger.changes),
        ("watch_breaks", ledger.breaks),
        ("fetches", ledger.fetches),
        ("attempts", ledger.attempts + ledger.create_failed),
        ("connected", ledger.connected),
        ("create_failed", ledger.create_failed),
        ("late", ledger.late + ledger.create_failed),
        ("cookies", ledger.cookies),
    ] {
        assert_eq!(of(name), Some(expected as f64), "{name}");
    }
    let span = (scenario.horizon.as_nanos() - scenario.warmup.as_nanos()) as f64 / 1e9;
    let mean = ledger.record_seconds / span / f64::from(scenario.gateways.count);
    let table_mean = of("table_mean").expect("the span is not empty");
    assert!((table_mean - mean).abs() <= 1e-6 * (1.0 + mean), "table_mean {table_mean}, by the ledger {mean}");
    let down = of("stream_down_fraction").expect("the span is not empty");
    let up = ledger.stream_seconds / span / f64::from(scenario.gateways.count);
    let expected = if scenario.strategy.watch.is_some() { 1.0 - up } else { 0.0 };
    assert!((down - expected).abs() <= 1e-6, "stream_down_fraction {down}, by the ledger {expected}");
    (end.events, ledger.observations)
}

fn value(outcome: &RunOutcome, name: &str) -> Option<f64> {
    outcome.measures[measure_index(name).expect("a measure")]
}

/// Relations between the measures of any run.
fn check_measures(outcome: &RunOutcome) {
    for (measure, value) in MEASURES.iter().zip(outcome.measures) {
        let Some(value) = value else { continue };
        assert!(value >= 0.0, "{} is {value}", measure.name);
        assert!(measure.unit != "1" || value <= 1.0, "{} is {value}", measure.name);
        assert!(measure.unit == "s" || value.is_finite(), "{} is {value}", measure.name);
    }
    let of = |name: &str| value(outcome, name);
    let sum = |names: &[&str]| names.iter().map(|name| of(name).expect("a count")).sum::<f64>();
    let causes = [
        "cause_path_loss",
        "cause_gateway_down",
        "cause_config_lost",
        "cause_config_late",
        "cause_config_removed",
        "cause_pull_late",
        "cause_pull_failed",
        "cause_handshake_limit",
    ];
    let losses =
        ["bus_lost_random", "bus_lost_burst", "bus_lost_fault", "bus_lost_slow_consumer", "bus_lost_gateway_down"];
    for (whole, parts) in [
        ("stalled", &causes[..]),
        ("stalled", &["stalled_first", "stalled_return", "stalled_reconnect"]),
        ("attempts", &["attempts_first", "attempts_return", "attempts_reconnect"]),
        ("attempts", &["connected", "failed", "create_failed"]),
        ("bus_sent", &[&losses[..], &["bus_delivered"]].concat()),
    ] {
        assert_eq!(of(whole), Some(sum(parts)), "{whole} is the sum of {parts:?}");
    }
    for rising in [
        &["handshake_wait_p50_s", "handshake_wait_p90_s", "handshake_wait_p99_s", "handshake_wait_p999_s"][..],
        &["time_to_connect_p50_s", "time_to_connect_p99_s"],
        &["handshake_wait_mean_s", "handshake_wait_max_s"],
        &["propagation_p50_s", "propagation_p99_s"],
        &["table_mean", "table_max"],
        &["failed", "stalled"],
        &["failed", "late", "attempts"],
        &["create_failed", "late"],
        &["bus_duplicates", "bus_sent"],
        &["bus_redelivered", "bus_sent"],
    ] {
        let values: Vec<f64> = rising.iter().filter_map(|name| of(name)).collect();
        let falls = values.windows(2).any(|pair| pair[0] > pair[1] * (1.0 + 1e-12));
        assert!(!falls, "{rising:?} fall: {values:?}");
    }
    let late = of("late").zip(of("late_rate"));
    if let Some((late, rate)) = late {
        let attempts = of("attempts").expect("a count");
        assert!((rate * attempts - late).abs() < 1e-6, "late_rate {rate} of {attempts} is not {late}");
    }
    let stalls = of("stalled").zip(of("stall_rate"));
    if let Some((stalled, rate)) = stalls {
        let asked = of("attempts").expect("a count") - of("create_failed").expect("a count");
        assert!((rate * asked - stalled).abs() < 1e-6, "stall_rate {rate} of {asked} is not {stalled}");
    }
}

/// The bins add up to the run.
fn check_series(outcome: &RunOutcome) {
    for bin in &outcome.series {
        for (SeriesMeasure { name, unit, .. }, value) in SERIES.iter().zip(bin) {
            let Some(value) = value else { continue };
            assert!(value.is_finite() && *value >= 0.0, "{name} is {value}");
            assert!(*unit != "1" || *value <= 1.0, "{name} is {value}");
        }
    }
    if outcome.series.is_empty() {
        return;
    }
    // The bins also have the attempts of the warm-up.
    for (series, whole) in [("attempts_started", "attempts"), ("late", "late"), ("stalled", "stalled")] {
        let place = SERIES.iter().position(|measure| measure.name == series).expect("a measure of the series");
        let sum: f64 = outcome.series.iter().filter_map(|bin| bin[place]).sum();
        let counted = value(outcome, whole).expect("a count");
        assert!(sum >= counted, "{series}: {sum} in the bins, {counted} in the run");
    }
}
