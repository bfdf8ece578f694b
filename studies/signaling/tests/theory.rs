//! Compares theory and simulation of the five signaling protocols.

use std::path::Path;

use des::{Duration, RunKey};
use pushpull::model::Watch;
use pushpull::plan::{Overrides, Plan};
use pushpull::run::simulate;
use rayon::prelude::*;
use signaling::{Observed, Parameters, Prediction, Protocol, Setting, Timers, constant, exponential, lockstep};
use stats::{Student, mean};

/// Probability that all comparisons pass if theory and simulation agree.
const CONFIDENCE: f64 = 0.999;
const REPLICATIONS: u32 = 12;

/// The shipped experiment with shorter lives, so that beginnings and ends have more weight and a shorter span is
/// enough.
fn plan() -> Plan {
    let settings =
        ["horizon=40m", "warmup=12m", "clients.revoke_after.exponential=2m", "clients.arrivals.poisson=1.5/s"];
    let overrides = Overrides { set: settings.map(str::to_owned).to_vec(), ..Overrides::default() };
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("signaling.toml");
    Plan::read(&file, &overrides).unwrap_or_else(|error| panic!("{error}"))
}

/// The point of the sweep with this refresh timer and loss.
fn point(plan: &Plan, refresh: &str, loss: &str) -> usize {
    let loss_key = plan.keys.iter().position(|key| key == "bus.loss").expect("the sweep of the loss");
    let found = |values: &Vec<String>| values[0] == refresh && values[loss_key] == loss;
    plan.points.iter().position(found).expect("a point of the sweep")
}

/// The settings and runs of every strategy at one point.
fn observe(plan: &Plan, point: usize) -> Vec<(Setting, Vec<Observed>)> {
    let runs = |strategy: usize| {
        let scenario = plan.scenario(point, strategy);
        let setting = Setting::of(&scenario).unwrap_or_else(|why| panic!("{}: {why}", plan.strategies[strategy]));
        let run = |replication| {
            let outcome = simulate(&scenario, RunKey { seed: plan.seed, replication });
            Observed::of(&outcome.measures, &setting).expect("a run with records")
        };
        (setting, (0..REPLICATIONS).map(run).collect())
    };
    (0..plan.strategies.len()).into_par_iter().map(runs).collect()
}

#[test]
fn simulation_agrees_with_theory_for_all_protocols_and_timers() {
    let plan = plan();
    let observed = observe(&plan, point(&plan, "5s", "0.1"));
    assert_eq!(observed.len(), 10);
    let comparisons = 2.0 * observed.len() as f64;
    let mut student = Student::new(1.0 - (1.0 - CONFIDENCE) / comparisons);
    let mut disagrees = |prediction: Prediction, runs: &[Observed]| {
        let inconsistencies: Vec<f64> = runs.iter().map(|run| run.inconsistency).collect();
        let rates: Vec<f64> = runs.iter().map(|run| run.message_rate).collect();
        [(prediction.inconsistency, inconsistencies), (prediction.message_rate, rates)].map(|(predicted, values)| {
            let estimate = mean::estimate(&values, &mut student);
            let (low, high) = estimate.interval.expect("an interval");
            // Precise enough to distinguish the theories.
            assert!(high - low < 0.2 * low, "{low} to {high}");
            (!(low..=high).contains(&predicted)).then(|| format!("{predicted}, not {low} to {high}"))
        })
    };
    for (setting, runs) in &observed {
        let found = disagrees(setting.prediction(), runs);
        assert_eq!(found, [None, None], "{:?} {:?}", setting.protocol, setting.timers);
    }
    // Check that the comparison can fail: for every soft protocol, the theory with the other timers is rejected.
    for (setting, runs) in observed.iter().filter(|(setting, _)| setting.protocol.is_soft()) {
        let other = match setting.timers {
            Timers::Constant => exponential(setting.protocol, &setting.parameters),
            Timers::Exponential => constant(setting.protocol, &setting.parameters),
        };
        let found = disagrees(other, runs);
        assert!(found.iter().all(Option::is_some), "{:?} {:?}", setting.protocol, setting.timers);
    }
}

#[test]
fn the_findings_of_the_study_hold_for_timers_that_tick() {
    let parameters = Parameters {
        loss: 0.02,
        delay: 0.03,
        update_every: 20.0,
        lifetime: 600.0,
        refresh: 5.0,
        expiry: 15.0,
        retransmit: 0.12,
    };
    for solve in [constant, lockstep] {
        let [ss, er, rt, rtr, hs] = Protocol::ALL.map(|protocol| solve(protocol, &parameters));
        // Explicit removal gains much at a low cost.
        assert!(er.inconsistency < 0.3 * ss.inconsistency && er.message_rate < 1.01 * ss.message_rate);
        // Reliable triggers alone do not, because orphans stay; with reliable removal soft state is as good as hard
        // state.
        assert!(rt.inconsistency > 0.7 * ss.inconsistency);
        assert!((rtr.inconsistency / hs.inconsistency - 1.0).abs() < 0.01);
        assert!(rtr.message_rate > 4.0 * hs.message_rate);
    }
}

#[test]
fn a_scenario_that_the_theory_does_not_describe_is_refused() {
    let plan = plan();
    let scenario = plan.scenario(0, 0);
    assert_eq!(Setting::of(&scenario).map(|setting| setting.protocol), Ok(Protocol::Ss));
    let mut other = scenario.clone();
    other.path.loss = 0.1;
    assert_eq!(Setting::of(&other), Err("the path takes time or loses packets"));
    let mut other = scenario.clone();
    other.strategy.expire = None;
    assert_eq!(Setting::of(&other), Err("soft state expires, hard state does not"));
    let mut other = scenario.clone();
    other.strategy.watch = Some(Watch {
        lifetime: None,
        history: None,
        forgets: false,
        keepalive: None,
        timeout: Duration::from_secs(5),
        backoff: Duration::from_secs(1),
        backoff_max: Duration::from_secs(30),
        reset_after: None,
    });
    assert_eq!(Setting::of(&other), Err("only push and expire are signaling"));
    let mut other = scenario.clone();
    other.clients.devices = 1;
    assert_eq!(Setting::of(&other), Err("clients.devices.count is not 0"));
    let mut other = scenario;
    other.strategy.expire = Some(des::Distribution::exponential(15.0));
    assert_eq!(Setting::of(&other), Err("the timers are neither all constant nor all exponential"));
}
