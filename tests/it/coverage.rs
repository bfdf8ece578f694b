//! Whether 95 % intervals hold what they say: small experiments whose truth is known in closed form are repeated with
//! other seeds, and the intervals that hold the truth are counted.
//!
//! `cargo test` repeats each [`REPETITIONS`] times. The table of `docs/statistics.md` is made by
//! `PUSHPULL_REPETITIONS=1000 cargo test --test it coverage -- --nocapture`.

use std::collections::BTreeMap;

use pushpull::experiment::{Estimator, Group, Plan, Pool, Replications, Row};
use pushpull::metrics::{DISTRIBUTIONS, measure_index};
use pushpull::stats::{Estimate, Method, proportion};
use pushpull::{RunKey, simulate};

/// Repetitions unless the environment asks for others.
const REPETITIONS: u64 = 60;

/// What all cases share: about a hundred clients in 100 s, who send their first initiation at once, as
/// no create takes any time. Nobody returns, no rekey comes before the end, and a wait is one packet there and one back.
const BASE: &str = r#"
name = "coverage"
replications = 20
horizon = "100s"
warmup = "0s"
[clients]
arrivals = { poisson = "1/s" }
returns = { probability = 0.0, after = "1s" }
[path]
delay = { exponential = "50ms" }
loss = 0.0
[api]
create_service = "0s"
client_delay = "0s"
[bus]
delay = "0s"
[gateways]
count = 1
install = "0s"
[strategies.push]
push = {}
"#;

/// One small experiment.
struct Case {
    what: &'static str,
    /// Lines of the experiment beside [`BASE`], as dotted keys.
    lines: &'static str,
    truth: f64,
    /// The interval of one repetition.
    interval: fn(&mut Estimator, &Runs) -> Estimate,
    /// The least coverage that the method promises or is known to have, in percent, the noise of the count apart.
    least: f64,
}

/// The runs of one repetition: rows of each strategy, and the first one's pool.
struct Runs {
    rows: Vec<Vec<Row>>,
    pool: Pool,
}

fn index(name: &str) -> usize {
    measure_index(name).expect("a measure")
}

fn stall_rate(estimator: &mut Estimator, runs: &Runs) -> Estimate {
    estimator.measure(&runs.rows[0], index("stall_rate"))
}

/// A handshake takes two packets, so a loss of l stalls 1 − (1 − l)² of the attempts: the next initiation comes 5 s later.
const fn stalls(loss: f64) -> f64 {
    1.0 - (1.0 - loss) * (1.0 - loss)
}

fn cases() -> Vec<Case> {
    vec![
        Case {
            what: "mean handshake wait",
            lines: "",
            truth: 0.1, // two exponential delays of 50 ms
            interval: |estimator, runs| estimator.measure(&runs.rows[0], index("handshake_wait_mean_s")),
            least: 95.0,
        },
        Case {
            what: "90 % quantile of the handshake wait",
            lines: "",
            truth: 0.194_486_008_492_6, // of the sum of two exponential delays: 1 − e⁻ˣ(1 + x) = 0.9 at x = 3.88972
            interval: |estimator, runs| {
                let waits = DISTRIBUTIONS.iter().position(|name| *name == "handshake_wait_s").expect("a distribution");
                let pooled = runs.pool.distributions.clone().quantile_s(waits, 9_000, 10_000).expect("attempts");
                estimator.quantile(&runs.rows[0], waits, 9_000, pooled).expect("a measure of each run")
            },
            least: 95.0,
        },
        Case {
            what: "stall rate of 1e-3, two stalls in 2,000 attempts",
            lines: "path.loss = 0.000500125",
            truth: stalls(0.000_500_125),
            interval: stall_rate,
            least: 95.0,
        },
        Case {
            what: "stall rate of 1e-5, no stalls in 98 % of the repetitions",
            lines: "path.loss = 0.000005",
            truth: stalls(0.000_005),
            interval: stall_rate,
            least: 95.0,
        },
        Case {
            what: "stall rate of 0.1, 200 stalls",
            lines: "path.loss = 0.051316702",
            truth: stalls(0.051_316_702),
            interval: stall_rate,
            least: 95.0,
        },
        Case {
            what: "stall rate of 0.02 in bursts, 40 stalls in 8 of them",
            lines: "bus.burst = { good = \"245s\", bad = \"5s\", loss = 1.0 }",
            truth: 5.0 / 250.0, // a push is lost in the bad state, and never made good
            interval: stall_rate,
            least: 90.0,
        },
        Case {
            what: "the same, were the stalls taken as independent",
            lines: "bus.burst = { good = \"245s\", bad = \"5s\", loss = 1.0 }",
            truth: 5.0 / 250.0,
            interval: |_, runs| {
                let sum = |name| runs.rows[0].iter().filter_map(|row| row.measures[index(name)]).sum::<f64>();
                let interval = Some(proportion::clopper_pearson(sum("stalled"), sum("attempts"), 0.05));
                Estimate { n: 20, mean: None, interval, method: Method::ClopperPearson }
            },
            least: 0.0, // it is here to show what is missing
        },
        Case {
            what: "number of stalls, 0.1 a run",
            lines: "path.loss = 0.000500125",
            truth: 100.0 * stalls(0.000_500_125), // thinned Poisson arrivals
            interval: |estimator, runs| estimator.measure(&runs.rows[0], index("stalled")),
            least: 95.0,
        },
        Case {
            what: "difference of stall rates, 2e-3 against none",
            lines: "bus.loss = 0.002\nstrategies.jit.pull = { answer = \"inline\" }\nhttp.failure = 0.0",
            truth: -0.002, // a lost push stalls; what is pulled does not
            interval: |estimator, runs| {
                let difference = estimator.difference(&runs.rows[1], &runs.rows[0], index("stall_rate"));
                let (n, mean, interval, method) =
                    (difference.n, difference.mean, difference.interval, difference.method);
                Estimate { n, mean, interval, method }
            },
            least: 95.0,
        },
        Case {
            what: "difference of stall rates, 0.1 against none",
            lines: "bus.loss = 0.1\nstrategies.jit.pull = { answer = \"inline\" }\nhttp.failure = 0.0",
            truth: -0.1,
            interval: |estimator, runs| {
                let difference = estimator.difference(&runs.rows[1], &runs.rows[0], index("stall_rate"));
                let (n, mean, interval, method) =
                    (difference.n, difference.mean, difference.interval, difference.method);
                Estimate { n, mean, interval, method }
            },
            least: 95.0,
        },
    ]
}

/// Lays dotted keys over a table.
fn lay(over: toml::Table, base: &mut toml::Table) {
    for (key, value) in over {
        match (value, base.get_mut(&key)) {
            (toml::Value::Table(over), Some(toml::Value::Table(base))) if !base.is_empty() => lay(over, base),
            (value, _) => drop(base.insert(key, value)),
        }
    }
}

fn repeat(case: &Case, seed: u64) -> Runs {
    let mut table: toml::Table = BASE.parse().expect("TOML");
    lay(case.lines.parse().expect("TOML"), &mut table);
    table.insert("seed".to_owned(), i64::try_from(seed).expect("a small seed").into());
    let plan = Plan::from_table(&table, &[]).unwrap_or_else(|error| panic!("{}: {error:?}", case.what));
    let Replications::Fixed(replications) = plan.replications else { panic!("a fixed number") };
    let mut runs = Runs { rows: Vec::new(), pool: Pool::default() };
    for strategy in 0..plan.strategies.len() {
        let group = Group { point: 0, strategy };
        let scenario = plan.scenario(0, strategy);
        let mut rows = Vec::new();
        for replication in 0..replications {
            let outcome = simulate(&scenario, RunKey { seed, replication });
            rows.push(Row::new(group, replication, &outcome));
            if strategy == 0 {
                runs.pool.merge(Pool::of(replication, outcome));
            }
        }
        runs.rows.push(rows);
    }
    runs
}

#[test]
fn intervals_of_95_percent_hold_the_truth_as_often_as_they_say() {
    let repetitions = std::env::var("PUSHPULL_REPETITIONS").map_or(REPETITIONS, |text| text.parse().expect("a number"));
    let mut estimator = Estimator::new(0.95);
    println!("| what | truth | intervals that hold it, of {repetitions} | mean half-width | methods |");
    println!("|---|---|---|---|---|");
    let mut short = Vec::new();
    for case in cases() {
        let (mut held, mut widths, mut methods) = (0_u64, 0.0, BTreeMap::new());
        for seed in 0..repetitions {
            let estimate = (case.interval)(&mut estimator, &repeat(&case, seed));
            let (low, high) = estimate.interval.expect("twenty replications have an interval");
            held += u64::from(low <= case.truth && case.truth <= high);
            widths += (high - low) / 2.0;
            *methods.entry(estimate.method.name()).or_insert(0) += 1;
        }
        let share = held as f64 / repetitions as f64;
        let methods: Vec<String> = methods.iter().map(|(name, count)| format!("{name} {count}")).collect();
        println!(
            "| {} | {:.4e} | {held}: {:.1} % | {:.2e} | {} |",
            case.what,
            case.truth,
            share * 100.0,
            widths / repetitions as f64,
            methods.join(", ")
        );
        // Fewer than promised, beyond what the number of repetitions leaves to chance.
        let (_, highest) = proportion::clopper_pearson(held as f64, repetitions as f64, 0.001);
        if highest < case.least / 100.0 {
            short.push(case.what);
        }
    }
    assert!(short.is_empty(), "intervals that hold the truth too rarely: {short:?}");
}
