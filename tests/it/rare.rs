//! Rare losses: the weighted estimate against closed forms, its refusals, and what `[rare]` leaves alone.

use pushpull::measure::measure_index;
use pushpull::model::{Rare, Scenario};
use pushpull::plan::{Group, Plan};
use pushpull::run::{Estimator, Row, simulate};

use des::RunKey;

use crate::sandbox::{Sandbox, cells};

/// Push with three attempts whose reply waits for the acknowledgement: an attempt stalls if all three pushes are lost, with
/// probability p³.
const CLOSED: &str = r#"
name = "closed"
seed = 3
horizon = "310s"
warmup = "10s"
path = { loss = 0.0, delay = "20ms" }
http.failure = 0.0
gateways.count = 4
clients = { arrivals = { poisson = "40/s" }, session = "1s", returns.probability = 0.0, handshake.initiations_max = 3 }
[strategies.push-retry]
push = { attempts = 3, wait = "ack", exhausted = "reply", backoff = "0s" }
"#;

/// One installer, 30 creates a second, and pushes that are repeated after a second although they only wait in its queue:
/// from some load on the queue feeds itself.
const INTERACTING: &str = r#"
name = "interacting"
seed = 5
horizon = "410s"
warmup = "10s"
bus.loss = 0.01
path = { loss = 0.0, delay = "20ms" }
http.failure = 0.0
gateways = { count = 1, install = { exponential = "28ms" } }
clients = { arrivals = { poisson = "30/s" }, session = "1s", returns.probability = 0.0, handshake.initiations_max = 3 }
[strategies.push-retry]
push = { attempts = 3, wait = "ack", exhausted = "reply", backoff = "0s" }
"#;

fn scenario(text: &str, loss: f64, rare: Rare) -> Scenario {
    let mut table: toml::Table = text.parse().expect("TOML");
    let bus = [("loss".to_owned(), toml::Value::Float(loss))];
    table.insert("bus".to_owned(), toml::Value::Table(bus.into_iter().collect()));
    let plan = Plan::from_table(&table, &[]).expect("a valid experiment");
    Scenario { rare: Some(rare), ..plan.scenario(0, 0) }
}

fn row(scenario: &Scenario, replication: u32) -> Row {
    let outcome = simulate(scenario, RunKey { seed: 3, replication });
    let (fingerprint, events, measures) = (outcome.fingerprint, outcome.events, outcome.measures);
    Row { group: Group { point: 0, strategy: 0 }, replication, fingerprint, events, measures }
}

fn rows(scenario: &Scenario, replications: u32) -> Vec<Row> {
    (0..replications).map(|replication| row(scenario, replication)).collect()
}

fn at(name: &str) -> usize {
    measure_index(name).expect("a measure")
}

/// The total of a count over the runs.
fn total(rows: &[Row], name: &str) -> f64 {
    rows.iter().filter_map(|row| row.measures[at(name)]).sum()
}

fn estimates_are_near(every: u32, replications: u32, precision: f64) {
    for (loss, truth) in [(0.01, 1e-6), (0.004_641_589, 1e-7), (0.001, 1e-9)] {
        let rows = rows(&scenario(CLOSED, loss, Rare { every, loss: 0.5, check: false }), replications);
        let mut estimator = Estimator::new(0.95);
        let estimate = estimator.measure(&rows, at("stall_rate_rare"));
        let (mean, (low, high)) = (estimate.mean.expect("a mean"), estimate.interval.expect("an interval"));
        assert!((mean / truth - 1.0).abs() < precision, "{loss}: {mean} [{low}, {high}], truth {truth}");
        assert!(low < truth && truth < high, "{loss}: {mean} [{low}, {high}], truth {truth}");
        assert!(high - mean < 3.0 * precision * truth, "{loss}: {mean} [{low}, {high}]");
        // The weights have the mean 1.
        let (low, high) = estimator.measure(&rows, at("rare_weight_mean")).interval.expect("an interval");
        assert!(low < 1.0 && 1.0 < high, "{low} {high}");
        // Seen by counting: none.
        assert!(total(&rows, "stalled") < 0.5);
    }
}

#[test]
fn stalls_of_one_in_a_million_to_one_in_a_billion_are_estimated_within_four_percent() {
    estimates_are_near(1, 6, 0.04);
}

#[test]
#[ignore = "a minute"]
fn stalls_of_one_in_a_billion_are_estimated_with_every_tenth_peer_tagged() {
    estimates_are_near(10, 20, 0.04);
}

/// A push that is lost with probability 0.01, without a retry: the rate of stalls.
const SINGLE: &str = r#"
name = "single"
seed = 3
horizon = "70s"
warmup = "10s"
path = { loss = 0.0, delay = "20ms" }
http.failure = 0.0
gateways.count = 4
clients = { arrivals = { poisson = "RATE/s" }, session = "1s", returns.probability = 0.0 }
[strategies.push]
push = {}
"#;

#[test]
#[ignore = "a long check"]
fn the_ratio_is_too_high_by_one_part_in_the_tagged_attempts_that_lose_no_message() {
    const TRUTH: f64 = 0.01;
    for rate in ["10", "20", "40", "80"] {
        let rare = Rare { every: 10, loss: 0.9, check: false };
        let rows = rows(&scenario(&SINGLE.replace("RATE", rate), TRUTH, rare), 4_000);
        let estimates: Vec<f64> = rows.iter().filter_map(|row| row.measures[at("stall_rate_rare")]).collect();
        let mean = stats::mean::estimate(&estimates, &mut stats::Student::new(0.95));
        let (low, high) = mean.interval.expect("an interval");
        let attempts = total(&rows, "rare_attempts") / rows.len() as f64;
        let bias = mean.mean.expect("a mean") / TRUTH - 1.0;
        let percent = [bias, low / TRUTH - 1.0, high / TRUTH - 1.0].map(|share| 100.0 * share);
        println!("{attempts:.0} tagged attempts: {:+.1} % [{:+.1}, {:+.1}]", percent[0], percent[1], percent[2]);
        let kept = attempts * (1.0 - rare.loss);
        if kept > 10.0 {
            assert!((0.7..1.4).contains(&(bias * kept)), "{attempts}: {bias}");
        }
    }
}

#[test]
fn an_estimate_agrees_with_counting_where_counting_sees_enough() {
    let rows = rows(&scenario(CLOSED, 0.1, Rare { every: 10, loss: 0.5, check: true }), 4);
    let mut estimator = Estimator::new(0.99);
    let (low, high) = estimator.measure(&rows, at("stall_rate_rare")).interval.expect("an interval");
    assert!(low < 1e-3 && 1e-3 < high, "{low} {high}");
    let (low, high) = estimator.measure(&rows, at("stall_rate")).interval.expect("an interval");
    assert!(low < 1e-3 && 1e-3 < high, "{low} {high}");
}

#[test]
fn with_less_than_fifty_hits_there_is_no_interval() {
    let rows = rows(&scenario(CLOSED, 0.01, Rare { every: 1_000, loss: 0.5, check: true }), 2);
    let hits = total(&rows, "rare_hits");
    assert!(hits > 0.0 && hits < 50.0, "{hits}");
    let estimate = Estimator::new(0.95).measure(&rows, at("stall_rate_rare"));
    assert!(estimate.mean.is_some() && estimate.interval.is_none(), "{estimate:?}");
}

#[test]
fn without_a_hit_no_estimate_is_told() {
    let sandbox = Sandbox::new();
    sandbox.write("x.toml", &CLOSED.replace("310s", "40s").replace("seed = 3", "seed = 3\nreplications = 2"));
    let told = sandbox.run("run x.toml --out r --quiet --set bus.loss=0.001 --set rare={every=200,loss=0.002}");
    let told = told.split_whitespace().collect::<Vec<_>>().join(" ");
    let said = "Share of attempts that stall by lost configs, weighted: push-retry no hit, no estimate.";
    assert!(told.contains(said), "{told}");
}

/// The weighted estimate of `CLOSED`, whose truth is 1e-6, with one peer in ten tagged.
fn with_tagged_loss(loss: f64, replications: u32) -> Option<f64> {
    let rows = rows(&scenario(CLOSED, 0.01, Rare { every: 10, loss, check: false }), replications);
    Estimator::new(0.95).measure(&rows, at("stall_rate_rare")).mean
}

#[test]
fn an_estimate_is_refused_if_hardly_a_message_of_tagged_peers_survives() {
    for (loss, replications) in [(0.999, 1), (0.999, 6)] {
        assert_eq!(with_tagged_loss(loss, replications), None, "{loss}");
    }
    let estimate = with_tagged_loss(0.5, 3).expect("an estimate");
    assert!((estimate / 1e-6 - 1.0).abs() < 0.5, "{estimate}");
}

#[test]
fn a_refusal_for_missing_weights_says_what_helps() {
    let sandbox = Sandbox::new();
    sandbox.write("x.toml", &CLOSED.replace("310s", "40s").replace("seed = 3", "seed = 3\nreplications = 3"));
    let told = sandbox.run("run x.toml --out r --quiet --set bus.loss=0.01 --set rare={every=100,loss=0.999}");
    let told = told.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(told.contains("push-retry refused: the mean weight is far below 1, a lower rare.loss"), "{told}");
    let line = "solve x.toml http.failure=0..0.1 --measure stall_rate_rare --strategy push-retry --at-most 1%";
    let told = sandbox.fail(&format!("{line} --quiet --set bus.loss=0.01 --set rare={{every=100,loss=0.999}}"), 1);
    assert!(told.contains(REFUSED) && told.contains("a lower rare.loss lets more messages through"), "{told}");
}

/// `INTERACTING` in short runs, and push without an acknowledgement beside it: its tagged peers lose most of their pushes,
/// which leaves the installer to the others.
fn refusing() -> String {
    let text = INTERACTING.replace("410s", "30s").replace("28ms", "25ms");
    format!("{text}[strategies.push]\npush = {{}}\n[rare]\nevery = 10\nloss = 0.9\n")
}

const REFUSED: &str = "refused by the check of [rare]";

#[test]
fn no_candidate_is_the_best_while_the_value_of_another_is_refused() {
    let sandbox = Sandbox::new();
    sandbox.write("x.toml", &refusing());
    let standings = |folder: &str| -> Vec<String> {
        let rows = cells(&sandbox.path(folder).join("select.csv"));
        let column = |name: &str| rows[0].iter().position(|other| other == name).expect("a column");
        let (strategy, standing) = (column("strategy"), column("standing"));
        rows[1..].iter().map(|row| format!("{} {}", row[strategy], row[standing])).collect()
    };
    let told = sandbox.fail("select x.toml --best stall_rate_rare --quiet --out best", 1);
    assert!(told.contains("the best is not known while the value of 1 candidate is refused"), "{told}");
    let sentence = sandbox.read("best/manifest.json");
    assert!(sentence.contains(&format!("Of push the value is {REFUSED}")), "{sentence}");
    assert!(sentence.contains("Of 2 candidates 1 may have") && !sentence.contains("one has"), "{sentence}");
    assert_eq!(standings("best"), ["push-retry undecided", "push refused"]);
    // A limit on a value that is refused is neither kept nor broken.
    sandbox.fail("select x.toml --best stall_rate --subject-to stall_rate_rare<1e-4 --quiet --out limit", 1);
    let sentence = sandbox.read("limit/manifest.json");
    assert!(sentence.contains(REFUSED) && !sentence.contains("None of"), "{sentence}");
    assert_eq!(standings("limit"), ["push-retry undecided", "push refused"]);
}

#[test]
fn solve_and_map_name_a_value_that_is_refused() {
    let sandbox = Sandbox::new();
    sandbox.write("x.toml", &refusing());
    let line = "x.toml bus.loss=0.001..0.1log --measure stall_rate_rare --quiet";
    let told = sandbox.fail(&format!("solve {line} --strategy push --at-most 1% --out limit"), 1);
    assert!(told.contains(&format!("stall_rate_rare at bus.loss = 0.001 is {REFUSED}")), "{told}");
    let told = sandbox.fail(&format!("solve {line} --better push-retry --than push --out pair"), 1);
    assert!(told.contains(REFUSED) && !told.contains("undefined"), "{told}");
    let map = line.replace(" --measure", " http.failure=0.01..0.1 --measure");
    let told = sandbox.fail(&format!("map {map} --strategy push --at-most 1% --rows 2 --out map"), 1);
    assert!(told.contains(REFUSED), "{told}");
}

#[test]
fn untagged_peers_that_are_nearly_all_peers_do_not_refuse_by_chance() {
    let text = INTERACTING.replace("exponential = \"28ms\"", "exponential = \"1ms\"");
    let text = text.replace("410s", "70s").replace("loss = 0.0, ", "loss = 0.05, ");
    let scenario = scenario(&text, 0.01, Rare { every: 150, loss: 0.5, check: true });
    let refused = (0..6).filter(|first| {
        let rows: Vec<Row> = (0..5).map(|replication| row(&scenario, first * 5 + replication)).collect();
        Estimator::new(0.95).measure(&rows, at("stall_rate_rare")).mean.is_none()
    });
    assert_eq!(refused.count(), 0);
}

/// Whether the estimate is refused.
fn is_refused(install: &str, rare: Rare, replications: u32) -> bool {
    let rows = rows(&scenario(&INTERACTING.replace("28ms", install), 0.01, rare), replications);
    let mean = |name| Estimator::new(0.95).measure(&rows, at(name)).mean;
    assert_eq!(mean("stall_rate_rare").is_none(), mean("stall_rate_rare_half").is_none());
    assert!(mean("stall_rate_other").is_some());
    mean("stall_rate_rare").is_none()
}

#[test]
fn an_estimate_is_refused_if_the_retries_of_tagged_peers_let_the_queue_collapse() {
    let rare = |every| Rare { every, loss: 0.3, check: true };
    assert!(is_refused("25ms", rare(1), 16));
    assert!(!is_refused("22ms", rare(100), 4));
}

#[test]
#[ignore = "a minute"]
fn an_estimate_with_every_peer_tagged_is_refused_at_a_loss_of_one_half_too() {
    assert!(is_refused("25ms", Rare { every: 1, loss: 0.5, check: true }, 60));
}

#[test]
fn rare_adds_columns_at_the_end_and_changes_no_other() {
    let sandbox = Sandbox::new();
    sandbox.write("x.toml", &CLOSED.replace("310s", "40s").replace("seed = 3", "seed = 3\nreplications = 2"));
    sandbox.run("run x.toml --out plain --quiet");
    sandbox.run("run x.toml --out rare --quiet --rare --jobs 1");
    sandbox.run("run x.toml --out set --quiet --set rare.every=50 --jobs 2");
    let lines = |path: &str| sandbox.read(path).lines().map(str::to_owned).collect::<Vec<_>>();
    let (plain, rare) = (lines("plain/runs.csv"), lines("rare/runs.csv"));
    assert_eq!(plain.len(), rare.len());
    for (plain, rare) in plain.iter().zip(&rare) {
        assert!(rare.strip_prefix(plain.as_str()).is_some_and(|rest| rest.starts_with(',')), "{plain}\n{rare}");
    }
    assert!(!sandbox.path("plain/rare.csv").exists());
    for file in ["runs.csv", "summary.csv", "rare.csv"] {
        assert_eq!(sandbox.read(&format!("rare/{file}")), sandbox.read(&format!("set/{file}")), "{file}");
    }
    assert_eq!(lines("rare/rare.csv").len(), 1 + 3);
    sandbox.run("reproduce rare");
    sandbox.run("report rare");
}

#[test]
fn what_rare_cannot_do_is_refused() {
    let sandbox = Sandbox::new();
    sandbox.write("x.toml", CLOSED);
    sandbox.write("pull.toml", &format!("{CLOSED}[strategies.jit]\npull = {{}}\n"));
    for (file, set, said) in [
        ("x.toml", "rare.every=9", "accepted: a whole number from 10 to 1000000"),
        ("x.toml", "rare.loss=1", "accepted: a number above 0 and below 1"),
        ("x.toml", "bus.loss=0.5", "accepted: a probability above bus.loss, which is 0.5"),
        ("x.toml", "bus.burst={good=\"10m\",bad=\"1s\",loss=0.9}", "has no meaning with bus.burst"),
        ("x.toml", "strategies.push-retry.push.transport=http", "push-retry does not"),
        ("pull.toml", "seed=1", "jit does not"),
    ] {
        let error = sandbox.fail(&format!("check {file} --rare --set {set}"), 2);
        assert!(error.contains(said), "{set}: {error}");
    }
    // 40 arrivals a second, and two waits of a second between three sendings.
    let warned = sandbox.try_run("check pull.toml --rare --strategy push-retry");
    assert!(warned.status.success());
    let warning = String::from_utf8_lossy(&warned.stderr).into_owned();
    assert!(warning.contains("800 suits"), "{warning}");
    let error = sandbox.fail("check x.toml --set goal={stall_rate_rare={at_most=1e-6}}", 2);
    assert!(error.contains("a measure of runs with [rare]"), "{error}");
}
