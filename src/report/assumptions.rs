//! The assumptions behind the answer: the model's view of the system with the values of this experiment, and its limits.

use serde::Serialize;
use toml::Value;

use crate::figure::{PointFault, faults};
use crate::folder::reader::Reader;
use crate::report::conclusion::facts::Facts;

/// The assumptions behind the answer, and its limits.
#[derive(Serialize, Debug)]
pub(super) struct Assumptions {
    /// The model's view of the system, with the values of this experiment.
    rests_on: Vec<String>,
    /// What is not modelled.
    left_out: Vec<&'static str>,
}

/// What no experiment of this model can show.
const LEFT_OUT: [&str; 8] = [
    "Gateways do not share load, and a client never changes to another one: a gateway that is down or slow keeps its clients.",
    "Processor, memory and disk of a gateway or of the API are no resource: work takes the time that the parameters say, however much else is done.",
    "The inside of the bus: its servers, routes, reconnects and memory. It is links with a delay and a probability of loss.",
    "The inside of a transport: no congestion, no head-of-line blocking, no dependence of the delay on the load.",
    "A client's patience beyond its timers: nobody restarts a tool, opens a ticket or goes elsewhere because the last attempt was slow.",
    "Attackers, but for strangers whose keys the API does not know.",
    "Bugs, bad configs and deployments, but for what is written as a fault.",
    "More than one region of the API, and consistency between its replicas, but for the read replica beside a gateway.",
];

/// Said for the experiment of this folder.
pub(super) fn assumptions(facts: &Facts<'_>) -> Assumptions {
    let reader = facts.reader;
    let given = |path: &str| reader.setting(path).map_or_else(String::new, inline);
    let is = |path: &str, text: &str| reader.setting(path).and_then(Value::as_str) == Some(text);
    let swept = |prefix: &str| reader.keys().iter().any(|key| key.starts_with(prefix));
    let value = |path: &str| if swept(path) { "swept".to_owned() } else { given(path) };
    let mut rests_on = vec![
        format!(
            "New peers come by themselves ({}), each to a gateway at random ({} of them), whatever happened to earlier attempts.",
            value("clients.arrivals"),
            value("gateways.count"),
        ),
        format!(
            "An attempt has stalled when its handshake takes longer than {}. WireGuard's client tries again after {} and up to {} more, {} times in all.",
            value("stall_after"),
            value("clients.handshake.retry_after"),
            value("clients.handshake.retry_jitter"),
            value("clients.handshake.initiations_max"),
        ),
        if is("bus.burst", "never") && !swept("bus.burst") {
            format!(
                "Each message on the bus is lost by itself (probability: {}). Losses of real links come in bursts, which are not part of this experiment.",
                value("bus.loss"),
            )
        } else {
            format!(
                "A gateway's link to the bus is good and bad by turns ({}); in either state messages are lost by themselves.",
                value("bus.burst"),
            )
        },
        format!(
            "Delays are drawn for each packet and message by itself, whatever the load. On the bus: {}. Per HTTP request, one way: {}. Between client and gateway: {}.",
            value("bus.delay"),
            value("http.delay"),
            value("path.delay"),
        ),
        format!(
            "The API is one queue, first come first served (servers: {}); updates and revocations take none of its time.",
            value("api.workers"),
        ),
        if is("gateways.install_per_peer", "0s") && !swept("gateways.install_per_peer") {
            format!(
                "A gateway installs one record after the other ({} each), however large its table.",
                value("gateways.install")
            )
        } else {
            format!(
                "A gateway installs one record after the other ({} each, and {} for every record in its table).",
                value("gateways.install"),
                value("gateways.install_per_peer"),
            )
        },
    ];
    rests_on.push(what_breaks(reader));
    if is("clients.update_every", "never") && is("clients.revoke_after", "never") && !swept("clients.") {
        rests_on.push(
            "No peer's config changes after its creation, and none is revoked: nothing is said about freshness."
                .to_owned(),
        );
    }
    Assumptions { rests_on, left_out: LEFT_OUT.to_vec() }
}

/// How many faults strike in a run.
fn what_breaks(reader: &Reader) -> String {
    let points: Vec<Vec<PointFault>> = (0..reader.points().len()).map(|point| faults(reader, point)).collect();
    let most = |strikes: bool| {
        let counts = points.iter().map(|faults| faults.iter().filter(|fault| fault.strikes() == strikes).count());
        counts.max().unwrap_or(0)
    };
    let at_points = if points.len() > 1 { " at a point, at most" } else { "" };
    let strike = match most(true) {
        0 => "Nothing breaks: API, bus and gateways are up for the whole run.".to_owned(),
        1 => format!("One fault strikes{at_points}, as its parameters say; nothing else breaks."),
        faults => format!("{faults} faults strike{at_points}, as their parameters say; nothing else breaks."),
    };
    match most(false) {
        0 => strike,
        1 => format!("{strike} One fault of the file is at or after the end of the run, and never strikes in it."),
        out => format!("{strike} {out} faults of the file are at or after the end of the run, and never strike in it."),
    }
}

/// A value in words: a distribution by its name and numbers, a text without quotes.
fn inline(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Table(table) => {
            let pairs = table.iter().map(|(key, value)| match value {
                Value::Array(items) => {
                    format!("{key} {}", items.iter().map(inline).collect::<Vec<_>>().join(" to "))
                }
                Value::Table(inner) => {
                    let inner = inner.iter().map(|(key, value)| format!("{key} {}", inline(value)));
                    format!("{key}, {}", inner.collect::<Vec<_>>().join(", "))
                }
                other => format!("{key} {}", inline(other)),
            });
            pairs.collect::<Vec<_>>().join("; ")
        }
        other => other.to_string(),
    }
}
