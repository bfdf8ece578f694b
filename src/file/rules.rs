//! Rules that bind several keys together.
//!
//! A rule whose keys are wrong by themselves says nothing: that has been reported already.

use toml::{Table, Value};

use super::data::DataFiles;
use super::keys::BACKOFF;
use super::quantity::format_duration;
use super::read::{self, Findings};
use super::steps::{self, expected_peers};
use super::suggest::nearest;
use super::tree::{At, found, get, render};
use crate::model::{Arrivals, Scope};
use des::{Duration, Time};

/// The most bins of a time series.
const BINS_MAX: u64 = 100_000;

/// The most peers that a run may be expected to create.
const PEERS_MAX: f64 = 1e9;

/// Reports every rule that a complete experiment, or one point of it, breaks.
pub(crate) fn check(tree: &Table, data: &DataFiles, out: &mut Findings) {
    let value = get(tree, "clients.arrivals");
    let process = value.and_then(|value| read::arrivals(&At::ROOT, value, data, &mut Findings::default()));
    spans(tree, out);
    if let (Some(horizon), Some(value), Some(process)) = (duration(tree, "horizon"), value, &process) {
        arrivals(value, process, horizon, out);
        steps::check(tree, horizon, process, data, out);
    }
    gateways(tree, process.as_ref(), out);
    let faults = tree.get("faults").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    for (index, fault) in faults.iter().enumerate() {
        check_fault(&At::ROOT.key("faults").index(index), fault, out);
    }
    for (name, strategy) in tree.get("strategies").and_then(Value::as_table).into_iter().flatten() {
        check_strategy(&At::ROOT.key("strategies").key(name), strategy, out);
    }
}

/// Reports rules on the keys that no sweep changes.
pub(crate) fn check_fixed(tree: &Table, out: &mut Findings) {
    let strategies: Vec<&str> =
        tree.get("strategies").and_then(Value::as_table).into_iter().flatten().map(|(name, _)| name.as_str()).collect();
    let mut known = |at: &At<'_>, value: &Value| {
        let name = value.as_str().unwrap_or_default();
        if !strategies.contains(&name) {
            let meant = nearest(name, strategies.iter().copied());
            let meant = meant.map_or(String::new(), |name| format!("; did you mean {name:?}?"));
            out.value(at, value, format_args!("a strategy of this experiment: {}{meant}", strategies.join(", ")));
        }
    };
    if let Some(baseline) = tree.get("baseline").filter(|value| value.is_str()) {
        known(&At::ROOT.key("baseline"), baseline);
    }
    let only = At::ROOT.key("only");
    match tree.get("only").and_then(Value::as_array) {
        Some(list) if list.is_empty() => out.text(&only, "found [], accepted: at least one strategy".to_owned()),
        Some(list) => list.iter().enumerate().for_each(|(index, entry)| known(&only.index(index), entry)),
        None => {}
    }
    if let Some(precision) = tree.get("precision").and_then(Value::as_table) {
        let at = At::ROOT.key("precision");
        if precision.contains_key("relative") == precision.contains_key("absolute") {
            out.text(&at, "accepted: one of relative and absolute, and not both".to_owned());
        }
        if tree.contains_key("replications") {
            out.text(&at, "accepted: one of replications and precision, and not both".to_owned());
        }
    }
}

/// The duration under a top-level or nested key, if it is one.
fn duration(tree: &Table, path: &str) -> Option<Duration> {
    read::span(&At::ROOT, get(tree, path)?, true, false, &mut Findings::default())?.0
}

fn spans(tree: &Table, out: &mut Findings) {
    let Some(horizon) = duration(tree, "horizon") else { return };
    if let (Some(warmup), Some(value)) = (duration(tree, "warmup"), tree.get("warmup"))
        && warmup >= horizon
    {
        let most = format_duration(horizon);
        out.value(&At::ROOT.key("warmup"), value, format_args!("a duration below horizon, which is {most}"));
    }
    if let (Some(bin), Some(value)) = (duration(tree, "output.bin"), get(tree, "output.bin"))
        && horizon.as_nanos().div_ceil(bin.as_nanos().max(1)) > BINS_MAX
    {
        let least = format_duration(Duration::from_nanos(horizon.as_nanos().div_ceil(BINS_MAX)));
        let accepted = format!("a width of at least {least}, so that horizon has at most {BINS_MAX} bins");
        out.value(&At::ROOT.key("output").key("bin"), value, accepted);
    }
}

/// Arrivals that are too many, or of which none is within the horizon.
fn arrivals(value: &Value, process: &Arrivals, horizon: Duration, out: &mut Findings) {
    let at = At::path("clients.arrivals");
    let span = format_duration(horizon);
    let expected = expected_peers(process, horizon.as_secs_f64());
    if expected > PEERS_MAX {
        out.value(&at, value, format_args!("at most {PEERS_MAX:e} peers in a horizon of {span}, not {expected:.1e}"));
    }
    if let Arrivals::Trace(trace) = process
        && let Some(first) = trace.first()
        && first.at >= Time::ZERO + horizon
    {
        let first = format_duration(first.at - Time::ZERO);
        let hint = if value.get("unit").is_some() {
            ""
        } else {
            "; of clock times say the unit, then they count from the first row"
        };
        out.value(
            &at,
            value,
            format_args!("a trace that begins before horizon, which is {span}; its first arrival is at {first}{hint}"),
        );
    }
}

fn gateways(tree: &Table, process: Option<&Arrivals>, out: &mut Findings) {
    let count = get(tree, "gateways.count").and_then(Value::as_integer).and_then(|count| u32::try_from(count).ok());
    let Some(count) = count.filter(|count| *count > 0) else { return };
    let mut within = |at: &At<'_>, value: Option<&Value>| {
        let Some(value) = value else { return };
        if let Some(Scope::List(list)) = read::scope(at, value, &mut Findings::default())
            && list.last().is_some_and(|last| *last >= count)
        {
            out.value(at, value, format_args!("gateways from 0 to {}, as gateways.count is {count}", count - 1));
        }
    };
    within(&At::ROOT.key("clients").key("existing_gateways"), get(tree, "clients.existing_gateways"));
    let faults = tree.get("faults").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    for (index, fault) in faults.iter().enumerate() {
        within(&At::ROOT.key("faults").index(index).key("gateways"), fault.get("gateways"));
    }
    let at = At::ROOT.key("clients");
    let at = at.key("arrivals");
    let Some(value) = get(tree, "clients.arrivals") else { return };
    if let Some(file) = value.get("trace").and_then(Value::as_str)
        && let Some(Arrivals::Trace(trace)) = process
        && let Some(gateway) = trace.iter().filter_map(|arrival| arrival.gateway).find(|gateway| *gateway >= count)
    {
        let most = count - 1;
        out.text(
            &at,
            format!("{file}: found gateway {gateway}, accepted: from 0 to {most}, as gateways.count is {count}"),
        );
    }
}

fn check_fault(at: &At<'_>, fault: &Value, out: &mut Findings) {
    let Some(fault) = fault.as_table() else { return };
    if fault.contains_key("at") == fault.contains_key("every") {
        out.text(at, "accepted: one of at (once) and every (again and again), and not both".to_owned());
    }
    let Some(target) = fault.get("target").and_then(Value::as_str) else { return };
    let all = |value: &Value| value.as_str() == Some("all");
    if target == "api" && !fault.get("gateways").is_none_or(all) {
        out.text(&at.key("gateways"), "has no meaning for target = \"api\": leave it out".to_owned());
    }
    if target != "bus" && fault.get("effect").and_then(Value::as_str) == Some("delay") {
        out.text(&at.key("effect"), format!("only a bus holds messages, target is {target:?}: leave it out"));
    }
}

fn check_strategy(at: &At<'_>, strategy: &Value, out: &mut Findings) {
    let Some(strategy) = strategy.as_table() else { return };
    let Some(push) = strategy.get("push").and_then(Value::as_table) else { return };
    let (Some(transport), Some(backoff)) = (push.get("transport").and_then(Value::as_str), push.get("backoff")) else {
        return;
    };
    let push = at.key("push");
    let at = push.key("backoff");
    match (transport, backoff) {
        ("jetstream", Value::String(_)) if render(backoff) != BACKOFF => {
            out.value(
                &at,
                backoff,
                format_args!("a list of durations, as transport is \"jetstream\": [{}]", found(backoff)),
            );
        }
        ("core" | "http", Value::Array(_)) => {
            out.value(&at, backoff, format_args!("one duration, as transport is {transport:?}"));
        }
        _ => {}
    }
}
