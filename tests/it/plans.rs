//! The meaning of an experiment file: defaults, points, overrides, digests.

use std::fs;
use std::path::Path;

use des::{Distribution, Duration};
use pushpull::model::{Arrivals, GatewayScope, PushTransport};
use pushpull::plan::{Overrides, Plan, Replications, WantedPrecision};

use crate::program::{folder, shipped};

const HEAD: &str = "name = 'a'\nseed = 1\n[strategies.push]\npush = {}\n[strategies.jit]\npull = {}\n";

fn plan(name: &str, text: &str) -> Plan {
    plan_with(name, text, &Overrides::default())
}

fn plan_with(name: &str, text: &str, overrides: &Overrides) -> Plan {
    let file = folder(&format!("plans-{name}")).join("a.toml");
    fs::write(&file, text).unwrap();
    Plan::read(&file, overrides).unwrap_or_else(|error| panic!("{error}"))
}

fn set(arguments: &[&str]) -> Overrides {
    Overrides { set: arguments.iter().map(|text| (*text).to_owned()).collect(), ..Overrides::default() }
}

fn vary(arguments: &[&str]) -> Overrides {
    Overrides { vary: arguments.iter().map(|text| (*text).to_owned()).collect(), ..Overrides::default() }
}

fn points(plan: &Plan) -> Vec<String> {
    plan.points.iter().map(|values| values.join(" ")).collect()
}

#[test]
fn a_point_is_what_its_keys_set_by_hand_would_be() {
    let vary = vary(&[
        "horizon=30m,1h",
        "bus.loss=0,0.1",
        "clients.session.exponential=1m,2m",
        "path.delay=20ms,30ms",
        "gateways.install=1ms,2ms",
        "strategies.push.push.transport=core,jetstream",
        "strategies.jit.pull.source=primary,replica",
    ]);
    let plan = plan_with("by-hand", HEAD, &vary);
    for point in 0..plan.points.len() {
        for strategy in 0..plan.strategies.len() {
            let by_hand = plan.changed(point, strategy, &[]).unwrap();
            assert_eq!(plan.scenario(point, strategy), by_hand, "{:?}", plan.points[point]);
        }
    }
}

/// Each line: a path and its default value, as in the reference of the file's keys.
const DEFAULTS: &str = r#"
replications = 20
horizon = "1h"
warmup = "5m"
stall_after = "5s"
confidence = 0.95
recovery_window = "1m"
[clients]
arrivals = { poisson = "5/s" }
session = { exponential = "10m" }
returns = { probability = 0.2, after = { exponential = "30m" } }
update_every = "never"
revoke_after = "never"
existing = 0
strangers = "0/s"
create_timeout = "10s"
create_attempts = 3
[clients.handshake]
retry_after = "5s"
retry_jitter = "333ms"
initiations_max = 20
rekey_after = "120s"
dead_after = "15s"
patience = "never"
[path]
delay = { lognormal = { median = "20ms", p99 = "100ms" } }
loss = 0.001
setup = "0s"
[api]
workers = 8
queue_limit = 1000
create_service = { exponential = "20ms" }
fetch_service = { exponential = "5ms" }
list_service = { exponential = "20ms" }
list_entry_service = "10us"
client_delay = "40ms"
[http]
delay = "40ms"
failure = 0.0001
setup_rtts = 0
[bus]
delay = "40ms"
loss = 0.0
burst = "never"
pending_limit = 500000
[gateways]
count = 30
install = "1ms"
install_per_peer = "0s"
remove = "10ms"
reload_per_peer = "100us"
[replica]
service = "1ms"
sync_every = "1s"
transfer = "500ms"
[strategies.all]
push = { transport = "core", wait = "none", attempts = 1, timeout = "1s", backoff = "250ms", backoff_max = "10s", exhausted = "error", refresh_every = "never", removals = true, ack_wait = "30s", max_deliver = 0 }
pull = { transport = "http", source = "primary", fallback = true, timeout = "5s", attempts = 3, backoff = "100ms", backoff_max = "5s", identify = "200us", answer = "initiate", negative_ttl = "5s", rate_limit = "never", concurrency = 0, ttl = "never", stale = "serve", invalidate = false }
reconcile = { every = "5m", timeout = "30s", attempts = 1 }
evict = { idle_after = "10m", every = "1m" }
expire = { after = "3m" }
"#;

fn compare(path: &str, expected: &toml::Table, found: &toml::Table) {
    for (key, value) in expected {
        match (value, &found[key]) {
            (toml::Value::Table(expected), toml::Value::Table(found)) => {
                compare(&format!("{path}.{key}"), expected, found);
            }
            (expected, found) => assert_eq!(expected, found, "{path}.{key}"),
        }
    }
}

#[test]
fn every_default_is_the_one_of_the_reference() {
    let text = "name = 'a'\nseed = 1\n[strategies.all]\npush = {}\npull = {}\nreconcile = {}\nevict = {}\nexpire = {}\n[[faults]]\ntarget = 'bus'\nat = '1m'\nfor = '1s'";
    let plan = plan("defaults", text);
    compare("", &DEFAULTS.parse().unwrap(), &plan.resolved);
    assert_eq!(plan.resolved["faults"][0]["effect"].as_str(), Some("drop"));
    assert_eq!(plan.resolved["faults"][0]["gateways"].as_str(), Some("all"));
    assert_eq!(plan.replications, Replications::Fixed(20));
    assert_eq!(plan.baseline, 0);
    let scenario = plan.scenario(0, 0);
    assert_eq!(scenario.warmup, Duration::from_secs(300));
    assert_eq!(scenario.clients.handshake.retry.jitter, Duration::from_millis(333));
    assert_eq!(scenario.path.delay, Distribution::lognormal(0.020, 0.100));
    assert_eq!(scenario.clients.existing_gateways, GatewayScope::All);
    assert!(scenario.strategy.persists);
}

#[test]
fn blocks_are_crossed_and_keys_of_a_block_vary_together() {
    let plan = plan(
        "crossing",
        &format!(
            "{HEAD}[[sweep]]\n'bus.loss' = [0.0, 0.5]\n'bus.delay' = ['1ms', '2ms']\n[[sweep]]\n'path.loss' = {{ from = 0.0, to = 0.1, steps = 3 }}\n"
        ),
    );
    assert_eq!(plan.keys, ["bus.loss", "bus.delay", "path.loss"]);
    assert_eq!(
        points(&plan),
        ["0.0 1ms 0.0", "0.0 1ms 0.05", "0.0 1ms 0.1", "0.5 2ms 0.0", "0.5 2ms 0.05", "0.5 2ms 0.1"]
    );
    let scenario = plan.scenario(4, 1);
    assert_eq!((scenario.bus.loss, scenario.path.loss), (0.5, 0.05));
    assert_eq!(scenario.bus.delay, Distribution::Constant(Duration::from_millis(2)));
    assert!(scenario.strategy.push.is_none() && !scenario.strategy.persists);
}

#[test]
fn a_condition_leaves_out_points_and_keeps_the_order() {
    let text = format!(
        "{HEAD}[[sweep]]\n'bus.loss' = [0.1, 0.2, 0.3]\n[[sweep]]\n'path.loss' = [0.1, 0.2, 0.3]\n[[sweep]]\nwhere = 'bus.loss > path.loss or path.loss == 0.3'\n"
    );
    let plan = plan("condition", &text);
    assert_eq!(points(&plan), ["0.1 0.3", "0.2 0.1", "0.2 0.3", "0.3 0.1", "0.3 0.2", "0.3 0.3"]);
    assert_eq!(plan.scenario(4, 0).path.loss.to_string(), "0.2");
}

#[test]
fn points_may_come_from_a_file_or_a_design() {
    let folder = folder("plans-sources");
    fs::write(folder.join("points.csv"), "bus.loss, bus.delay\n0.1, 20ms\n0, never mind\n0.2, 30ms\n").unwrap();
    let read = |text: &str| {
        fs::write(folder.join("a.toml"), format!("{HEAD}{text}")).unwrap();
        Plan::read(&folder.join("a.toml"), &Overrides::default())
    };
    let error = read("[[sweep]]\ncsv = 'points.csv'\n").err().expect("a duration that is none").to_string();
    assert!(error.contains("found \"never mind\"") && error.contains("(row 2 of points.csv)"), "{error}");
    fs::write(folder.join("points.csv"), "bus.loss, bus.delay\n0.1, 20ms\n0.2, 30ms\n").unwrap();
    assert_eq!(points(&read("[[sweep]]\ncsv = 'points.csv'\n").unwrap()), ["0.1 20ms", "0.2 30ms"]);
    for design in ["latin_hypercube", "sobol"] {
        let text = format!(
            "[[sweep]]\n{design} = 16\n'bus.loss' = {{ from = 1e-3, to = 0.1, log = true }}\n'gateways.count' = {{ from = 1, to = 160 }}\n"
        );
        let plan = read(&text).unwrap();
        assert_eq!(points(&plan), points(&read(&text).unwrap()), "the seed decides");
        let mut slices: Vec<u32> = (0..16).map(|point| (plan.scenario(point, 0).gateways.count - 1) / 10).collect();
        slices.sort_unstable();
        slices.dedup();
        assert!(slices.len() >= 15, "{design} covers the range: {slices:?}");
        assert!(plan.points.iter().all(|values| (1e-3..=0.1).contains(&values[0].parse::<f64>().unwrap())));
    }
}

#[test]
fn the_command_line_wins_over_the_file() {
    let text = format!(
        "{HEAD}[bus]\nloss = 0.3\n[[sweep]]\n'path.loss' = [0.1, 0.2]\n[[sweep]]\n'bus.loss' = [0.1, 0.2]\n'api.workers' = [1, 2]\n"
    );
    let fixed = plan_with("set", &text, &set(&["bus.loss=0.7", "path.delay.lognormal.p99=80ms", "clients.session=2m"]));
    assert_eq!(fixed.keys, ["path.loss", "api.workers"], "what is set is swept no more");
    let scenario = fixed.scenario(0, 0);
    assert_eq!(scenario.bus.loss.to_string(), "0.7");
    assert_eq!(scenario.path.delay, Distribution::lognormal(0.020, 0.080), "the rest of a default stays");
    assert_eq!(scenario.clients.session, Distribution::Constant(Duration::from_secs(120)));
    let varied = plan_with("vary", &text, &vary(&["path.loss=0..0.1:3", "strategies.jit.pull.ttl=never,1s,5s"]));
    assert_eq!(varied.keys, ["bus.loss", "api.workers", "path.loss", "strategies.jit.pull.ttl"]);
    assert_eq!(varied.points.len(), 2 * 3 * 3);
    assert_eq!(points(&varied)[1], "0.1 1 0 1s");
    assert_eq!(varied.scenario(1, 1).strategy.pull.unwrap().ttl, Some(Duration::from_secs(1)));
    let more = Overrides { seed: Some(9), replications: Some(3), ..Overrides::default() };
    let precise = format!("{}{text}", "precision = { measure = 'stall_rate', relative = 0.05, at_most = 500 }\n");
    let without = plan("precision", &precise);
    let target = WantedPrecision::Relative(0.05);
    assert_eq!(
        without.replications,
        Replications::Precision { measure: "stall_rate".to_owned(), target, at_most: 500 }
    );
    let with = plan_with("replications", &precise, &more);
    assert_eq!((with.seed, with.replications), (9, Replications::Fixed(3)));
}

#[test]
fn a_strategy_run_alone_is_the_same_strategy() {
    let text = format!("{HEAD}[[sweep]]\n'strategies.push.push.attempts' = [1, 2]\n");
    let all = plan("all", &text);
    let only = Overrides { strategies: vec!["jit".to_owned()], ..Overrides::default() };
    let alone = plan_with("alone", &text, &only);
    assert_eq!(alone.strategies, ["jit"]);
    assert_eq!(alone.baseline, 0);
    assert_eq!(alone.points, all.points);
    for point in 0..2 {
        assert_eq!(alone.scenario(point, 0), all.scenario(point, 1));
    }
    assert_ne!(alone.digest, all.digest);
}

#[test]
fn a_plan_is_rebuilt_from_what_a_manifest_keeps() {
    let folder = folder("plans-manifest");
    fs::write(folder.join("latency.csv"), "seconds\n0.2\n0.1\n").unwrap();
    fs::write(folder.join("arrivals.csv"), "t_s,gateway\n1,3\n2,\n").unwrap();
    fs::write(folder.join("points.csv"), "bus.loss\n0.1\n0.25\n").unwrap();
    let text = format!(
        "{HEAD}persists = true\n[clients]\narrivals = {{ trace = 'arrivals.csv' }}\n[bus]\ndelay = {{ empirical = 'latency.csv' }}\n\
         [[faults]]\ntarget = 'path'\nevery = {{ exponential = '1m' }}\nfor = '3s'\ngateways = [2, 1]\n[[sweep]]\ncsv = 'points.csv'\n\
         [[sweep]]\n'faults.0.for' = ['1s', '2s']\n'strategies.push.push' = [{{}}, {{ transport = 'jetstream', backoff = ['1s', '5s'] }}]\n"
    );
    fs::write(folder.join("a.toml"), text).unwrap();
    let plan = Plan::read(&folder.join("a.toml"), &vary(&["path.loss=1e-3..1e-1:3log"]))
        .unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(
        plan.data.iter().map(|file| file.name.as_str()).collect::<Vec<_>>(),
        ["arrivals.csv", "latency.csv", "points.csv"]
    );
    // Through JSON, like a manifest, and without the files.
    let json = serde_json::to_string(&plan.resolved).unwrap();
    let resolved: toml::Table = serde_json::from_str(&json).unwrap();
    fs::remove_dir_all(&folder).unwrap();
    let again = Plan::from_table(&resolved, &plan.data).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(again.digest, plan.digest);
    assert_eq!(again.resolved, plan.resolved);
    assert_eq!((&again.keys, &again.points, &again.strategies), (&plan.keys, &plan.points, &plan.strategies));
    for point in 0..plan.points.len() {
        for strategy in 0..plan.strategies.len() {
            assert_eq!(again.scenario(point, strategy), plan.scenario(point, strategy));
        }
    }
    let scenario = plan.scenario(11, 0);
    assert_eq!(scenario.bus.delay, Distribution::Empirical([0.1, 0.2].into()));
    assert!(matches!(&scenario.clients.arrivals, Arrivals::Trace(trace) if trace.len() == 2));
    assert_eq!(scenario.faults[0].gateways, GatewayScope::List(vec![1, 2]));
    let waits = vec![Duration::from_secs(1), Duration::from_secs(5)];
    assert_eq!(scenario.strategy.push.unwrap().transport, PushTransport::Jetstream { waits, max_deliver: 0 });
}

#[test]
fn a_digest_follows_the_meaning_and_nothing_else() {
    let text = "name = 'a'\nseed = 1\n[strategies.push]\npush = {}\n[bus]\ndelay = { empirical = 'd.csv' }\n";
    let folder = folder("plans-digest");
    let read = |text: &str, data: &str, overrides: &Overrides| {
        fs::write(folder.join("a.toml"), text).unwrap();
        fs::write(folder.join("d.csv"), data).unwrap();
        Plan::read(&folder.join("a.toml"), overrides).unwrap_or_else(|error| panic!("{error}")).digest
    };
    let none = Overrides::default();
    let digest = read(text, "seconds\n1\n", &none);
    assert_eq!(digest.len(), 64);
    let reordered = "seed = 1 # the same\nbus.delay = { empirical = 'd.csv' }\nbaseline = 'push'\nname = 'a'\nhorizon = '1h'\nstrategies.push.push = {}\n";
    assert_eq!(read(reordered, "seconds\n1\n", &none), digest);
    assert_ne!(read(text, "seconds\n2\n", &none), digest, "the data changed");
    assert_ne!(read(text, "seconds\n1\n", &set(&["bus.loss=0.1"])), digest);
    assert_ne!(read(text, "seconds\n1\n", &vary(&["bus.loss=0.1"])), digest);
}

#[test]
fn a_hundred_thousand_points_are_rows_of_blocks() {
    let plan = plan_with("many", HEAD, &vary(&["bus.loss=0..0.1:1000", "gateways.count=1..100:100"]));
    assert_eq!(plan.points.len(), 100_000);
    assert_eq!(plan.points[99_999], ["0.1", "100"]);
    assert_eq!(plan.scenario(99_998, 0).gateways.count, 99);
}

#[test]
fn every_shipped_experiment_is_valid_at_every_point() {
    for file in shipped() {
        let plan = Plan::read(&file, &Overrides::default()).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(Path::new(&plan.name), Path::new(file.file_stem().unwrap()), "a file is named after its experiment");
        for point in 0..plan.points.len() {
            for strategy in 0..plan.strategies.len() {
                assert!(plan.scenario(point, strategy).horizon > Duration::ZERO);
            }
        }
    }
}

#[test]
fn plans_are_shared_between_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<Plan>();
}
