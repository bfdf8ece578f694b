//! The coverage of 95 % intervals: small experiments with a known closed form are repeated with other seeds, and the
//! intervals that contain the true value are counted.
//!
//! `cargo test` repeats each [`REPETITIONS`] times. The table of `docs/statistics.md` comes from
//! `PUSHPULL_REPETITIONS=1000 cargo test --test it coverage -- --nocapture`.

use std::collections::BTreeMap;

use des::RunKey;
use pushpull::folder::compare;
use pushpull::measure::{DISTRIBUTIONS, MEASURES, measure_index};
use pushpull::plan::Group;
use pushpull::plan::{Plan, Replications};
use pushpull::run::simulate;
use pushpull::run::{Estimator, Row, RunPool};
use stats::{Estimate, Method, Student, proportion};

/// Repetitions, unless the environment sets another number.
const REPETITIONS: u64 = 60;

/// Common to all cases: about a hundred clients in 100 s, which send their first initiation at once, because creates
/// take no time. No client returns, no rekey comes before the end, and a wait is one packet there and one back.
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
    /// Lines of the experiment in addition to [`BASE`], as dotted keys.
    lines: &'static str,
    truth: f64,
    /// The interval of one repetition.
    interval: fn(&mut Estimator, &Runs) -> Estimate,
    /// The least coverage that the method promises, or is known to have, in percent, without the noise of the count.
    least: f64,
}

/// The runs of one repetition: rows of each strategy, and the pool of the first strategy.
struct Runs {
    rows: Vec<Vec<Row>>,
    pool: RunPool,
}

fn index(name: &str) -> usize {
    measure_index(name).expect("a measure")
}

fn stall_rate(estimator: &mut Estimator, runs: &Runs) -> Estimate {
    estimator.measure(&runs.rows[0], index("stall_rate"))
}

/// The difference between the second strategy and the first, as a single comparison.
fn difference(estimator: &mut Estimator, runs: &Runs, name: &str) -> Estimate {
    let difference = estimator.difference(&runs.rows[1], &runs.rows[0], index(name));
    let outside = estimator.alpha();
    let interval = estimator.interval(&difference, outside);
    Estimate { n: difference.n, mean: difference.mean, interval, method: difference.method }
}

/// A handshake takes two packets, so a loss of l stalls 1 − (1 − l)² of the attempts: the next initiation comes 5 s
/// later.
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
            truth: 5.0 / 250.0, // a push is lost in the bad state, and never repeated
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
            least: 0.0, // no promise: the case shows the problem
        },
        Case {
            what: "number of stalls, 0.1 a run",
            lines: "path.loss = 0.000500125",
            truth: 100.0 * stalls(0.000_500_125), // thinned Poisson arrivals
            interval: |estimator, runs| estimator.measure(&runs.rows[0], index("stalled")),
            least: 95.0,
        },
        Case {
            what: "stall rate of 0.3, runs of 1 to 10 attempts",
            lines: "clients.arrivals.poisson = \"0.05/s\"\npath.loss = 0.163339973",
            truth: stalls(0.163_339_973),
            interval: stall_rate,
            least: 95.0,
        },
        Case {
            what: "late rate of 0.1, 200 late",
            lines: "path.loss = 0.051316702",
            truth: stalls(0.051_316_702), // stalled attempts are late, as a create takes no time
            interval: |estimator, runs| estimator.measure(&runs.rows[0], index("late_rate")),
            least: 95.0,
        },
        Case {
            what: "difference of stall rates, 2e-3 against none",
            lines: "bus.loss = 0.002\nstrategies.jit.pull = { answer = \"inline\" }\nhttp.failure = 0.0",
            truth: -0.002, // a lost push stalls; pull does not
            interval: |estimator, runs| difference(estimator, runs, "stall_rate"),
            least: 95.0,
        },
        Case {
            what: "difference of stall rates, 0.1 against none",
            lines: "bus.loss = 0.1\nstrategies.jit.pull = { answer = \"inline\" }\nhttp.failure = 0.0",
            truth: -0.1,
            interval: |estimator, runs| difference(estimator, runs, "stall_rate"),
            least: 95.0,
        },
    ]
}

/// Merges dotted keys into a table.
fn lay(over: toml::Table, base: &mut toml::Table) {
    for (key, value) in over {
        match (value, base.get_mut(&key)) {
            (toml::Value::Table(over), Some(toml::Value::Table(base))) if !base.is_empty() => lay(over, base),
            (value, _) => drop(base.insert(key, value)),
        }
    }
}

fn repetitions() -> u64 {
    std::env::var("PUSHPULL_REPETITIONS").map_or(REPETITIONS, |text| text.parse().expect("a number"))
}

fn repeat(case: &Case, seed: u64) -> Runs {
    let mut table: toml::Table = BASE.parse().expect("TOML");
    lay(case.lines.parse().expect("TOML"), &mut table);
    table.insert("seed".to_owned(), i64::try_from(seed).expect("a small seed").into());
    let plan = Plan::from_table(&table, &[]).unwrap_or_else(|error| panic!("{}: {error:?}", case.what));
    let Replications::Fixed(replications) = plan.replications else { panic!("a fixed number") };
    let mut runs = Runs { rows: Vec::new(), pool: RunPool::default() };
    for strategy in 0..plan.strategies.len() {
        let group = Group { point: 0, strategy };
        let scenario = plan.scenario(0, strategy);
        let mut rows = Vec::new();
        for replication in 0..replications {
            let outcome = simulate(&scenario, RunKey { seed, replication });
            rows.push(Row::new(group, replication, &outcome));
            if strategy == 0 {
                runs.pool.merge(RunPool::of(replication, outcome));
            }
        }
        runs.rows.push(rows);
    }
    runs
}

#[test]
fn intervals_of_95_percent_hold_the_truth_as_often_as_they_say() {
    let repetitions = repetitions();
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
        // Lower than promised, by more than the number of repetitions explains.
        let (_, highest) = proportion::clopper_pearson(held as f64, repetitions as f64, 0.001);
        if highest < case.least / 100.0 {
            short.push(case.what);
        }
    }
    assert!(short.is_empty(), "intervals that hold the truth too rarely: {short:?}");
}

/// A random generator for made-up runs: xorshift64*.
struct Dice(u64);

impl Dice {
    fn unit(&mut self) -> f64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        let radius = libm::sqrt(-2.0 * libm::log(1.0 - self.unit()));
        radius * libm::cos(std::f64::consts::TAU * self.unit())
    }

    /// A number of events in this number of trials.
    fn events(&mut self, trials: f64, probability: f64) -> f64 {
        let trial = (1..).map(f64::from).take_while(|number| *number <= trials);
        trial.map(|_| f64::from(self.unit() < probability)).sum()
    }

    /// The mean of this number of exponential values of mean 1.
    fn mean(&mut self, values: f64) -> f64 {
        let value = (1..).map(f64::from).take_while(|number| *number <= values);
        value.map(|_| -libm::log(1.0 - self.unit())).sum::<f64>() / values
    }
}

/// Sizes of made-up runs.
struct Sizes {
    what: &'static str,
    of: fn(&mut Dice, u32) -> f64,
}

const SIZES: [Sizes; 4] = [
    Sizes { what: "100 each", of: |_, _| 100.0 },
    Sizes { what: "40 and 160 in turn", of: |_, run| if run.is_multiple_of(2) { 40.0 } else { 160.0 } },
    Sizes { what: "lognormal, σ = 1", of: |dice, _| (100.0 * libm::exp(dice.normal() - 0.5)).ceil() },
    Sizes { what: "one of 500, others of 50", of: |_, run| if run == 0 { 500.0 } else { 50.0 } },
];

/// A made-up run with these numbers of attempts and stalls. Each connected attempt waits `wait`.
fn made_up(replication: u32, attempts: f64, stalled: f64, wait: f64) -> Row {
    let mut measures = [None; MEASURES.len()];
    for (name, value) in [
        ("attempts", attempts),
        ("create_failed", 0.0),
        ("connected", attempts),
        ("stall_rate", stalled / attempts),
        ("handshake_wait_mean_s", wait),
    ] {
        measures[index(name)] = Some(value);
    }
    Row { group: Group { point: 0, strategy: 0 }, replication, fingerprint: 0, events: 0, measures }
}

/// Made-up runs of strategies. The stall probability is the strategy's rate times a factor that all attempts of a run
/// share. Waits are exponential with mean 1 s.
fn unequal<const N: usize>(sizes: &Sizes, rates: [f64; N], spread: f64, dice: &mut Dice) -> [Vec<Row>; N] {
    let mut sides = [const { Vec::new() }; N];
    for replication in 0..20 {
        let attempts = (sizes.of)(dice, replication);
        let shared = libm::exp(spread * dice.normal() - spread * spread / 2.0);
        for (side, rate) in sides.iter_mut().zip(rates) {
            let stalled = dice.events(attempts, (rate * shared).min(1.0));
            let wait = shared * dice.mean(attempts);
            side.push(made_up(replication, attempts, stalled, wait));
        }
    }
    sides
}

#[test]
fn intervals_hold_the_truth_for_runs_of_unequal_size_too() {
    let repetitions = repetitions();
    let mut estimator = Estimator::new(0.95);
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
    println!(
        "| attempts of a run | a run's probability of a stall | stall rate | mean wait | difference of stall rates | the delta method |"
    );
    println!("|---|---|---|---|---|---|");
    let mut short = Vec::new();
    for sizes in &SIZES {
        for (spread, told) in [(0.0, "0.1"), (0.5, "0.1, lognormal, σ = 0.5")] {
            let mut held = [0_u64; 4];
            for _ in 0..repetitions {
                let [mine, theirs] = unequal(sizes, [0.1; 2], spread, &mut dice);
                let difference = estimator.difference(&mine, &theirs, index("stall_rate"));
                let outside = estimator.alpha();
                let intervals = [
                    (estimator.measure(&mine, index("stall_rate")).interval, 0.1),
                    (estimator.measure(&mine, index("handshake_wait_mean_s")).interval, 1.0),
                    (estimator.interval(&difference, outside), 0.0),
                    (Some(delta(&mine)), 0.1),
                ];
                for (held, (interval, truth)) in held.iter_mut().zip(intervals) {
                    let (low, high) = interval.expect("twenty replications have an interval");
                    *held += u64::from(low <= truth && truth <= high);
                }
            }
            let shares = held.map(|held| format!("{:.1} %", held as f64 / repetitions as f64 * 100.0));
            println!("| {} | {told} | {} |", sizes.what, shares.join(" | "));
            for (held, what) in held.into_iter().zip(["stall rate", "mean wait", "difference"]) {
                if proportion::clopper_pearson(held as f64, repetitions as f64, 0.001).1 < 0.92 {
                    short.push((sizes.what, told, what));
                }
            }
        }
    }
    assert!(short.is_empty(), "intervals that hold the truth too rarely: {short:?}");
}

#[test]
fn intervals_of_a_family_hold_the_truth_together_and_false_claims_are_rare() {
    let repetitions = repetitions();
    let mut estimator = Estimator::new(0.95);
    let mut dice = Dice(0x2545_F491_4F6C_DD1D);
    println!(
        "| attempts of a run | at level 1 − α/3 all hold | as shown all hold | a false claim | the true one is shown |"
    );
    println!("|---|---|---|---|---|");
    for sizes in &SIZES {
        let (mut held, mut held_as_shown, mut falsely, mut shown) = (0_u64, 0_u64, 0_u64, 0_u64);
        for _ in 0..repetitions {
            let [baseline, others @ ..] = unequal(sizes, [0.1, 0.1, 0.1, 0.14], 0.0, &mut dice);
            let family =
                others.iter().map(|other| estimator.difference(other, &baseline, index("stall_rate"))).collect();
            let judged = compare::judge(&mut estimator, family);
            let truths = [0.0, 0.0, 0.04];
            let holds = |(interval, truth): (Option<(f64, f64)>, f64)| {
                let (low, high) = interval.expect("twenty replications have an interval");
                low <= truth && truth <= high
            };
            let outside = estimator.alpha() / 3.0;
            let joint = judged.iter().map(|comparison| estimator.interval(&comparison.difference, outside));
            held += u64::from(joint.zip(truths).all(holds));
            let as_shown = judged.iter().map(compare::Comparison::interval);
            held_as_shown += u64::from(as_shown.zip(truths).all(holds));
            let claimed = |comparison: &compare::Comparison| comparison.verdict() != Some(compare::Verdict::NotShown);
            falsely += u64::from(judged[..2].iter().any(claimed));
            shown += u64::from(claimed(&judged[2]));
        }
        let share = |count: u64| count as f64 / repetitions as f64 * 100.0;
        let told = [held, held_as_shown, falsely, shown].map(|count| format!("{:.1} %", share(count)));
        println!("| {} | {} |", sizes.what, told.join(" | "));
        let limits = |count: u64| proportion::clopper_pearson(count as f64, repetitions as f64, 0.001);
        assert!(limits(held).1 >= 0.95, "{}: {held} of {repetitions} families hold", sizes.what);
        assert!(limits(falsely).0 <= 0.05, "{}: {falsely} of {repetitions} families claim falsely", sizes.what);
    }
}

/// The stall rate's interval by linearization, t with n − 1 degrees of freedom: for comparison with the jackknife.
fn delta(rows: &[Row]) -> (f64, f64) {
    let trials: Vec<f64> = rows.iter().filter_map(|row| row.measures[index("attempts")]).collect();
    let events: Vec<f64> = rows
        .iter()
        .zip(&trials)
        .filter_map(|(row, trials)| Some(row.measures[index("stall_rate")]? * trials))
        .collect();
    let (n, whole) = (trials.len() as f64, trials.iter().sum::<f64>());
    let rate = events.iter().sum::<f64>() / whole;
    let deviations = events.iter().zip(&trials).map(|(events, trials)| events - rate * trials);
    let squares: f64 = deviations.map(|deviation| deviation * deviation).sum();
    let half = Student::new(0.95).quantile(n - 1.0) * (squares * n / (n - 1.0)).sqrt() / whole;
    (rate - half, rate + half)
}
