//! `pushpull trace`: the choice of stories, their truth, and the agreement of its formats with the result files.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use des::Duration;
use serde_json::Value;

use crate::sandbox::{Sandbox, cells};

/// An experiment with every traceable fact: every mechanism, every fault.
const EVERYTHING: &str = r#"
name = "everything"
seed = 3
replications = 1
horizon = "70s"
warmup = "10s"
[clients]
arrivals = { poisson = "4/s" }
session = { exponential = "15s" }
returns = { probability = 0.5, after = { exponential = "10s" } }
update_every = { exponential = "20s" }
revoke_after = { exponential = "60s" }
existing = 100
devices = { count = 20, first = { uniform = ["0s", "60s"] } }
strangers = "1/s"
create_timeout = "400ms"
[clients.handshake]
rekey_after = "10s"
[path]
loss = 0.05
[api]
workers = 2
queue_limit = 4
create_service = { exponential = "150ms" }
[bus]
loss = 0.1
burst = { good = "20s", bad = "2s", loss = 0.9 }
[http]
failure = 0.05
[gateways]
count = 3
install = "50ms"
[[faults]]
target = "gateway"
every = "12s"
for = "2s"
gateways = [0, 1]
[[faults]]
target = "bus"
effect = "delay"
at = "30s"
for = "2s"
[[faults]]
target = "api"
at = "40s"
for = "1s"
[[faults]]
target = "path"
at = "45s"
for = "1s"
[[faults]]
target = "http"
at = "50s"
for = "4s"
[strategies.core]
push = { transport = "core", wait = "ack", attempts = 3, refresh_every = "10s" }
expire = { after = "15s" }
[strategies.stream]
push = { transport = "jetstream", wait = "ack", ack_wait = "2s" }
evict = { idle_after = "5s", every = "2s" }
[strategies.request]
push = { transport = "http", wait = "ack", attempts = 2 }
reconcile = { every = "10s" }
[strategies.pull]
pull = { transport = "bus", source = "replica", concurrency = 1, rate_limit = { rate = "3/s", burst = 2 }, ttl = "5s", stale = "block", invalidate = true, timeout = "1s" }
evict = { idle_after = "5s", every = "2s" }
[strategies.open]
pull = { answer = "initiate", timeout = "3s" }
[strategies.watch]
watch = { lifetime = "6s", history = "3s", keepalive = "1s", timeout = "1s", backoff_max = "2s" }
"#;

const STRATEGIES: [&str; 6] = ["core", "stream", "request", "pull", "open", "watch"];

fn everything() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("everything.toml", EVERYTHING);
    sandbox
}

/// The lines of a trace after the first line, which describes the run.
fn lines(text: &str) -> Vec<Value> {
    let mut values = text.lines().map(|line| serde_json::from_str(line).expect("a line of JSON"));
    assert_eq!(values.next().map(|run: Value| run["event"].clone()), Some("run".into()));
    values.collect()
}

/// One run's measures, by name.
fn measures(sandbox: &Sandbox, folder: &str, strategy: &str) -> BTreeMap<String, String> {
    let rows = cells(&sandbox.path(&format!("{folder}/runs.csv")));
    let row = rows.iter().find(|row| row.iter().any(|cell| cell == strategy)).expect("the strategy's row");
    rows[0].iter().cloned().zip(row.iter().cloned()).collect()
}

fn is(event: &Value, name: &str) -> bool {
    event["event"] == name
}

#[test]
fn the_json_of_a_run_has_what_its_row_counts() {
    let sandbox = everything();
    sandbox.run("run everything.toml --out r --quiet");
    for strategy in STRATEGIES {
        let events = lines(&sandbox.run(&format!("trace r --strategy {strategy} --format json")));
        let row = measures(&sandbox, "r", strategy);
        let counted = |event: &Value| {
            let t = event["t_ns"].as_u64().expect("a time");
            (10_000_000_000..70_000_000_000).contains(&t)
        };
        let count = |test: &dyn Fn(&Value) -> bool| {
            events.iter().filter(|event| counted(event) && test(event)).count().to_string()
        };
        // A fact that is counted by the time of an earlier one has a flag of its own.
        let flagged = |test: &dyn Fn(&Value) -> bool| {
            events.iter().filter(|event| event["counted"] == true && test(event)).count().to_string()
        };
        for (measure, found) in [
            ("bus_sent", count(&|event| is(event, "message_sent"))),
            ("bus_sent", count(&|event| is(event, "sent") && event["carrier"] == "bus")),
            (
                "bus_lost_random",
                count(&|event| is(event, "sent") && event["loss"] == "random" && event["carrier"] == "bus"),
            ),
            ("bus_lost_burst", count(&|event| is(event, "sent") && event["loss"] == "burst")),
            ("api_creates", count(&|event| is(event, "request_arrived") && event["kind"] == "create")),
            ("api_lists", count(&|event| is(event, "request_arrived") && event["kind"] == "list")),
            ("api_watches", count(&|event| is(event, "request_arrived") && event["kind"] == "watch")),
            ("watch_events", count(&|event| is(event, "change_sent"))),
            ("watch_breaks", count(&|event| is(event, "stream_ended") && event["broken"] == true)),
            ("api_refused", count(&|event| is(event, "request_refused"))),
            ("fetches", count(&|event| is(event, "fetch_started"))),
            ("installs", count(&|event| is(event, "job_ended") && event["removal"] == false)),
            ("removals", count(&|event| is(event, "job_ended") && event["removal"] == true)),
            ("bus_duplicates", flagged(&|event| is(event, "push_delivered") && event["duplicate"] == true)),
            ("attempts_reconnect", flagged(&|event| is(event, "attempt_ended") && event["kind"] == "reconnect")),
        ] {
            assert_eq!(found, row[measure], "{strategy}: {measure}");
        }
    }
}

#[test]
fn every_push_that_left_arrives_is_lost_or_is_under_way_at_the_end() {
    let sandbox = everything();
    for strategy in ["core", "stream"] {
        let events = lines(&sandbox.run(&format!("trace everything.toml --strategy {strategy} --format json")));
        let end = events.last().expect("an event")["t_ns"].as_u64().expect("a time");
        let pushes: Vec<&Value> =
            events.iter().filter(|event| is(event, "sent") && event["parcel"] == "push").collect();
        let lost_on_the_way = pushes.iter().filter(|push| !push["loss"].is_null()).count();
        let under_way = pushes.iter().filter(|push| push["arrival_ns"].as_u64().is_some_and(|at| at > end)).count();
        let delivered = events.iter().filter(|event| is(event, "push_delivered")).count();
        let lost_there = events
            .iter()
            .filter(|event| is(event, "message_lost") && event["kind"] == "push")
            .filter(|event| ["gateway_down", "slow_consumer"].iter().any(|loss| event["loss"] == *loss))
            .count();
        // At the very last instant, some may have arrived and others not.
        let at_the_end = pushes.iter().filter(|push| push["arrival_ns"].as_u64() == Some(end)).count();
        let missing = pushes.len() - lost_on_the_way - lost_there - delivered;
        assert!((under_way..=under_way + at_the_end).contains(&missing), "{strategy}: {missing}, {under_way}");
        assert!(delivered > 200 && lost_on_the_way > 20, "{strategy}: {delivered} {lost_on_the_way}");
        assert!(strategy != "core" || lost_there > 0, "a core message can meet a gateway that is down");
    }
}

#[test]
fn every_event_and_field_of_the_json_is_documented() {
    let document = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/trace.md")).expect("the document");
    let words = |text: &str| -> BTreeSet<String> { text.split('`').skip(1).step_by(2).map(str::to_owned).collect() };
    let mut fields: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for row in document.lines().filter(|line| line.starts_with("| `")) {
        for event in words(row.split('|').nth(1).unwrap_or_default()) {
            fields.insert(event, words(row));
        }
    }
    let known: BTreeSet<String> = fields.values().flatten().cloned().collect();
    let sandbox = everything();
    let mut seen = BTreeSet::new();
    for strategy in STRATEGIES {
        for event in lines(&sandbox.run(&format!("trace everything.toml --strategy {strategy} --format json"))) {
            let name = event["event"].as_str().expect("a name").to_owned();
            let row = fields.get(&name).unwrap_or_else(|| panic!("{name} is not documented"));
            for (field, value) in event.as_object().into_iter().flatten() {
                let common = ["t_ns", "event", "peer", "gateway"].contains(&field.as_str());
                assert!(common || row.contains(field), "{name}: {field} is not documented");
                let word = value.as_str().filter(|_| field != "cause");
                assert!(word.is_none_or(|word| known.contains(word)), "{name}: {value} is not documented");
            }
            seen.insert(name);
        }
    }
    let rare = ["response_belated"];
    let events = fields.into_keys().filter(|word| word.contains('_') && !word.ends_with("_ns"));
    let unseen: Vec<String> = events.filter(|word| !seen.contains(word) && !rare.contains(&word.as_str())).collect();
    assert!(unseen.is_empty(), "documented, but never seen: {unseen:?}");
}

#[test]
fn a_perfetto_trace_is_well_formed_and_agrees_with_the_row() {
    let sandbox = everything();
    sandbox.run("run everything.toml --out r --quiet");
    for strategy in STRATEGIES {
        let text = sandbox.run(&format!("trace r --strategy {strategy} --worst 5 --format perfetto"));
        let trace: Value = serde_json::from_str(&text).expect("JSON");
        let events = trace["traceEvents"].as_array().expect("events");
        well_formed(events);
        let row = measures(&sandbox, "r", strategy);
        assert_eq!(trace["otherData"]["fingerprint"], row["fingerprint"].as_str());
        let in_span = |t: f64| (10e6..70e6).contains(&t);
        let count = |category: &str, phase: &str, name: Option<&str>, at_end: bool| {
            let found = events.iter().filter(|event| {
                event["cat"] == category
                    && event["ph"] == phase
                    && name.is_none_or(|name| event["name"] == name)
                    && event["args"]["lost"] != true
                    && in_span(time(event) + if at_end { event["dur"].as_f64().unwrap_or(0.0) } else { 0.0 })
            });
            found.count().to_string()
        };
        assert_eq!(count("bus", "b", None, false), row["bus_sent"], "{strategy}");
        assert_eq!(count("fetch", "b", None, false), row["fetches"], "{strategy}");
        assert_eq!(count("installer", "X", Some("install"), true), row["installs"], "{strategy}");
        assert_eq!(count("installer", "X", Some("remove"), true), row["removals"], "{strategy}");
    }
}

fn time(event: &Value) -> f64 {
    event["ts"].as_f64().expect("a time")
}

/// Rules of the Trace Event Format: fields of each phase, pairs, nesting within threads, arrows with two ends.
fn well_formed(events: &[Value]) {
    let key = |event: &Value| (event["pid"].as_u64().expect("a process"), event["tid"].as_u64().expect("a thread"));
    let mut pairs: BTreeMap<(String, String), Vec<(String, f64)>> = BTreeMap::new();
    let mut arrows: BTreeMap<String, Vec<(bool, f64)>> = BTreeMap::new();
    let mut threads: BTreeMap<(u64, u64), Vec<(u64, u64)>> = BTreeMap::new();
    let mut processes = BTreeSet::new();
    for event in events {
        let phase = event["ph"].as_str().expect("a phase");
        assert!(event["name"].is_string() && time(event) >= 0.0, "{event}");
        match phase {
            "M" => {
                processes.insert(key(event).0);
            }
            "X" => {
                let length = event["dur"].as_f64().expect("a length");
                assert!(length >= 0.0, "{event}");
                let nanos = |micros: f64| Duration::from_secs_f64(micros / 1e6).as_nanos();
                let start = nanos(time(event));
                threads.entry(key(event)).or_default().push((start, start + nanos(length)));
                if let Some(id) = event["bind_id"].as_str() {
                    assert!(event["flow_in"] == true || event["flow_out"] == true, "{event}");
                    arrows.entry(id.to_owned()).or_default().push((event["flow_out"] == true, time(event)));
                }
            }
            "b" | "e" => {
                let text = |field: &str| event[field].as_str().expect("text").to_owned();
                pairs.entry((text("cat"), text("id"))).or_default().push((phase.to_owned(), time(event)));
            }
            "i" => assert_eq!(event["s"], "t"),
            "C" => {
                let args = event["args"].as_object().expect("values");
                assert!(
                    args.len() == 1 && args.values().all(|value| value.as_i64().is_some_and(|n| n >= 0)),
                    "{event}"
                );
            }
            _ => panic!("phase {phase}"),
        }
    }
    for event in events {
        assert!(processes.contains(&key(event).0), "a process without a name: {event}");
    }
    for (id, pair) in &pairs {
        assert!(pair.len() == 2 && pair[0].0 == "b" && pair[1].0 == "e" && pair[0].1 <= pair[1].1, "{id:?} {pair:?}");
    }
    for (id, ends) in &arrows {
        assert!(ends.len() == 2 && ends[0].0 && !ends[1].0 && ends[0].1 <= ends[1].1, "{id} {ends:?}");
    }
    assert!(pairs.len() > 1000 && arrows.len() > 20, "{} {}", pairs.len(), arrows.len());
    for (thread, mut slices) in threads {
        slices.sort_by_key(|&(start, end)| (start, u64::MAX - end));
        let mut open: Vec<u64> = Vec::new();
        for (start, end) in slices {
            while open.last().is_some_and(|&last| last <= start && (last < end || last < start)) {
                open.pop();
            }
            assert!(open.last().is_none_or(|&last| end <= last), "overlap on thread {thread:?} at {start} ns");
            open.push(end);
        }
    }
}

/// The line of a story with the outcome of the attempt.
fn outcome(story: &str) -> &str {
    story.lines().nth(1).expect("an outcome")
}

/// The cause in an outcome.
fn cause(outcome: &str) -> &str {
    outcome.split(['(', ')']).nth(1).expect("a cause")
}

#[test]
fn the_change_that_is_named_does_save_the_attempt_and_those_before_it_do_not() {
    let sandbox = everything();
    let mut saved = 0;
    for strategy in STRATEGIES {
        let told = sandbox.run(&format!("trace everything.toml --strategy {strategy} --stalled"));
        for story in told.split("\n\npeer ").skip(1) {
            let peer: u32 = story.split(',').next().and_then(|number| number.parse().ok()).expect("a peer");
            // Joined to one line.
            let sentence = story.split("It stalled because").nth(1).expect("a reason").replace('\n', " ");
            if !story.lines().next().is_some_and(|line| line.contains("first attempt")) {
                continue;
            }
            for part in sentence.split(';').skip(1) {
                let settings: Vec<&str> =
                    part.split("--set ").skip(1).map(|set| set.split([' ', ')']).next().unwrap()).collect();
                let plain = settings.iter().all(|set| !set.contains(['{', '[', '"']));
                let one = part.matches('(').count() == 1;
                let (saves, fails) = (part.contains("would have saved it"), part.contains("would not have"));
                if !plain || !one || settings.is_empty() || saves == fails {
                    continue;
                }
                let sets = format!(" --set {}", settings.join(" --set "));
                let again = sandbox.run(&format!("trace everything.toml --strategy {strategy} --peer {peer}{sets}"));
                let outcome = outcome(again.split("\n\npeer ").nth(1).expect("a first attempt"));
                assert_eq!(outcome.starts_with("in session"), saves, "{strategy}, peer {peer},{sets}: {outcome}");
                saved += u32::from(saves);
            }
        }
    }
    assert!(saved >= 3, "{saved} changes were checked");
}

#[test]
fn the_worst_have_the_longest_waits_and_stalls_come_once_a_cause() {
    let sandbox = Sandbox::new();
    let told = sandbox.run("trace small.toml --point 1 --worst 3");
    let titles: Vec<&str> = told.lines().filter(|line| line.starts_with("peer ")).collect();
    assert_eq!(titles.len(), 3, "{told}");
    let told = sandbox.run("trace small.toml --point 1");
    assert_eq!(told, sandbox.run("trace small.toml --point 1 --stalled"));
    let causes: Vec<&str> = told.split("\npeer ").skip(1).map(|story| cause(outcome(story))).collect();
    assert_eq!(causes.len(), causes.iter().collect::<BTreeSet<_>>().len(), "{told}");
    assert!(causes.contains(&"config_lost"), "{told}");
    assert!(told.lines().all(|line| line.chars().count() <= 120), "{told}");
    assert!(!told.contains('\x1b'), "colours are for terminals");
}

#[test]
fn a_peer_is_compared_with_itself_under_the_other_strategies() {
    let sandbox = Sandbox::new();
    let told = sandbox.run("trace small.toml --point 1 --worst 1 --compare");
    let (_, beside) = told.split_once("The same client under the other strategies:\n").expect("a comparison");
    assert!(beside.contains("push-retry") && beside.contains("jit"), "{beside}");
    assert!(beside.contains("in session"), "{beside}");
}

#[test]
fn a_run_that_is_not_there_is_refused() {
    let sandbox = Sandbox::new();
    for (options, message) in [
        ("--point 2", "--point 2: accepted is 0 to 1"),
        ("--replication 4", "--replication 4: accepted is 0 to 3"),
        ("--strategy jat", "--strategy jat: accepted is push, push-retry, jit; did you mean jit?"),
        ("--strategy jit --strategy push", "--strategy: one run is replayed, so only one is accepted"),
        ("--peer 99999", "--peer 99999: accepted is 0 to "),
        ("--worst 0", "--worst 0: accepted is a number from 1 on"),
        ("--set bus.los=1", "bus.los"),
        ("--peer 1 --worst 1", "cannot be used with"),
    ] {
        let error = sandbox.fail(&format!("trace small.toml {options}"), 2);
        assert!(error.contains(message), "{options}: {error}");
    }
    assert!(sandbox.fail("trace none.toml", 2).contains("none.toml"));
}

#[test]
fn a_folder_is_traced_if_its_fingerprint_is_that_of_the_replay() {
    let sandbox = Sandbox::new();
    sandbox.run("run small.toml --out r --quiet");
    let from_file = sandbox.run("trace small.toml --point 1 --strategy jit --replication 2");
    assert_eq!(sandbox.run("trace r --point 1 --strategy jit --replication 2"), from_file);
    let error = sandbox.fail("trace r --set bus.loss=0.5", 2);
    assert!(error.contains("a result folder is replayed as it is"), "{error}");
    let text = sandbox.read("r/runs.csv");
    let fingerprint = text.lines().nth(1).and_then(|line| line.split(',').nth(4)).expect("a fingerprint");
    sandbox.write("r/runs.csv", &text.replace(fingerprint, "0123456789abcdef"));
    let error = sandbox.fail("trace r", 1);
    assert!(error.contains("runs.csv says fingerprint 0123456789abcdef"), "{error}");
    assert!(error.contains(&format!("the replay has {fingerprint}")), "{error}");
    fs::remove_file(sandbox.path("r/manifest.json")).expect("a manifest");
    assert!(sandbox.fail("trace r", 2).contains("is no result folder"), "no manifest");
}

#[test]
fn the_first_events_are_numbered_and_no_more_are_printed() {
    let sandbox = Sandbox::new();
    let told = sandbox.run("trace small.toml --events 7");
    let numbers: Vec<u64> = told
        .lines()
        .filter(|line| !line.starts_with("            "))
        .map(|line| line.split_whitespace().next().and_then(|word| word.parse().ok()).expect("a number"))
        .collect();
    assert_eq!(numbers, (1..=7).collect::<Vec<u64>>(), "{told}");
    assert!(told.lines().next().is_some_and(|line| line.contains("PeerArrived")), "{told}");
}

#[test]
fn the_command_that_a_failed_run_prints_shows_its_last_events() {
    let sandbox = Sandbox::new();
    let output = sandbox.try_run("run small.toml --quiet --out r --set events_max=500 --strategy jit --replications 6");
    let said = String::from_utf8(output.stderr).expect("text");
    let again = said.lines().find_map(|line| line.trim().strip_prefix("again: pushpull ")).expect("a command");
    assert!(again.contains("--replications 6"), "{again}");
    let output = sandbox.try_run(again);
    assert_eq!(output.status.code(), Some(1));
    let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(err.contains("the run fails: a runaway"), "{err}");
    assert_eq!(out.lines().count(), 21, "{out}");
    assert!(out.lines().last().is_some_and(|line| line.trim_start().starts_with("500 ")), "{out}");
}
