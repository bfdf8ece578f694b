//! Extreme scenarios, each run for a fixed number of events.

use std::path::Path;

use des::RunKey;
use pushpull::plan::{Overrides, Plan};

use super::{Target, experiments};
use crate::mutate;
use crate::random::Random;

pub(super) const TARGET: Target =
    Target { name: "scenario", seeds: experiments, mutate, run, expects: Some("a runaway: more than") };

/// Events of a run.
const EVENTS: &str = "events_max=10000";

/// Keys that make a run large before its first event, with their maximum. The cost of each is known.
const LARGE: [(&str, &str, i64); 3] =
    [("clients", "existing", 100_000), ("gateways", "count", 10_000), ("api", "workers", 100_000)];

/// Values that are mostly valid, and far from those of a usual experiment.
const EXTREMES: &[&str] = &[
    "\"1ns\"",
    "\"0s\"",
    "\"36500d\"",
    "\"100ms\"",
    "\"1s\"",
    "\"never\"",
    "{ pareto = { min = \"1ns\", shape = 0.01 } }",
    "{ pareto = { min = \"36500d\", shape = 1e-9 } }",
    "{ exponential = \"36500d\" }",
    "{ exponential = \"1ns\" }",
    "{ lognormal = { median = \"1ns\", p99 = \"36500d\" } }",
    "{ uniform = [\"0s\", \"36500d\"] }",
    "0",
    "1",
    "250",
    "10000",
    "1.0",
    "0.0",
    "0.5",
    "\"1000000/s\"",
    "\"1/h\"",
    "true",
    "false",
    "\"replica\"",
    "\"block\"",
    "\"ack\"",
    "\"retry\"",
    "\"inline\"",
];

fn mutate(random: &mut Random, base: &[u8], other: &[u8]) -> Vec<u8> {
    if random.one_in(8) {
        return mutate::toml(random, base, other);
    }
    let mut lines: Vec<String> = String::from_utf8_lossy(base).split('\n').map(str::to_owned).collect();
    for _ in 0..=random.below(5) {
        let fits = |line: &String| line.contains(" = ") && !line.starts_with(['"', '#']) && !line.starts_with("name");
        let settings: Vec<usize> = (0..lines.len()).filter(|index| fits(&lines[*index])).collect();
        if settings.is_empty() {
            break;
        }
        let line = &mut lines[settings[random.below(settings.len())]];
        let places: Vec<usize> = line.match_indices(" = ").map(|(at, _)| at + 3).collect();
        let at = places[random.below(places.len())];
        let end =
            if places.len() == 1 { line.len() } else { line[at..].find([',', '}']).map_or(line.len(), |end| at + end) };
        *line = format!("{}{}{}", &line[..at], random.pick(EXTREMES), &line[end..]);
    }
    lines.join("\n").into_bytes()
}

fn run(folder: &Path, input: &[u8]) -> bool {
    let file = folder.join("x.toml");
    std::fs::write(&file, input).expect("a file can be written");
    let overrides = Overrides { set: vec![EVENTS.to_owned()], ..Overrides::default() };
    let Ok(plan) = Plan::read(&file, &overrides) else { return false };
    let large = |(section, key, most): &(&str, &str, i64)| {
        let value = plan.resolved.get(*section).and_then(|section| section.get(*key)).and_then(toml::Value::as_integer);
        value.is_some_and(|value| value > *most)
    };
    if LARGE.iter().any(large) {
        return false;
    }
    let hash = usize::from(input.last().copied().unwrap_or_default()) + input.len();
    for strategy in 0..plan.strategies.len().min(4) {
        let scenario = plan.scenario(hash % plan.points.len(), strategy);
        let replication = u32::try_from(hash % 5).expect("it is small");
        std::hint::black_box(pushpull::run::simulate(&scenario, RunKey { seed: plan.seed, replication }));
    }
    true
}
