//! After a restart: how long a table takes to load, whom that hits, and how a herd of fetches drains.

use super::case::{Case, HERE, Run};
use super::soft_state::{STAYING, settlers};
use crate::engine::Duration;
use crate::model::AttemptKind;

pub(super) fn cases() -> Vec<Case> {
    vec![reload(), outage(), herd(), random_herd()]
}

fn reload() -> Case {
    Case::new(
        "reload",
        "a gateway of N = 1000 peers goes down at 60 s for 5 s and loads 10 ms a peer",
        1,
        "clients.arrivals = { every = '1h' }\nclients.existing = 1000\ngateways.reload_per_peer = '10ms'\n\
         strategies.push.push = {}\n[[faults]]\ntarget = 'gateway'\nat = '60s'\nfor = '5s'",
    )
    .exact(HERE, "hears again at", "60 + 5 + N·10 ms", 75.0, |run| {
        run.log.returns.iter().map(|&at| at - crate::engine::Time::ZERO).collect()
    })
}

fn outage() -> Case {
    let (lambda, down, per_peer) = (50.0, 2.0, 0.001);
    // Installed by 60 s: the existing and those that arrived before 60 s − 50 ms.
    let records = 1000.0 + lambda * (60.0 - 0.050);
    Case::new(
        "reload-stalls",
        "λ = 50/s, a gateway of 1000 existing peers goes down at 60 s for L = 2 s and loads 1 ms a peer",
        400,
        "clients.session = '0s'\nclients.existing = 1000\ngateways.reload_per_peer = '1ms'\n\
         strategies.push.push = {}\n[[faults]]\ntarget = 'gateway'\nat = '60s'\nfor = '2s'",
    )
    .mean(
        HERE,
        "attempts that find it deaf",
        "λ(L + (1000 + 59.95·λ)·1 ms)",
        lambda * (down + per_peer * records),
        |run| run.measure("cause_gateway_down"),
    )
}

/// Clients whose sessions died at once reconnect at once, where the timers have no jitter.
fn herding(name: &'static str, about: &'static str, replications: u32, service: &str) -> Case {
    Case::new(
        name,
        about,
        replications,
        &format!(
            "horizon = '100s'\n{STAYING}clients.handshake.retry_jitter = '0s'\napi.workers = 8\n\
             api.fetch_service = {service}\n[strategies.pull]\npull = {{ answer = 'inline', identify = '0s' }}\n\
             [[faults]]\ntarget = 'gateway'\nat = '60s'\nfor = '1s'"
        ),
    )
    .arriving(settlers(2000), 1)
}

/// Handshake waits of the clients that lost their sessions.
fn reconnects(run: &Run) -> Vec<Duration> {
    let reconnects = run.log.attempts.iter().filter(|(_, end)| end.kind == AttemptKind::Reconnect && end.connected);
    reconnects.map(|&(now, end)| now - end.first_sent).collect()
}

fn slowest(run: &Run) -> Duration {
    reconnects(run).into_iter().max().unwrap_or_default()
}

fn herd() -> Case {
    // Without a queue: RTT and 2·http.delay.
    let (direct, service, batches) = (0.060, 0.005, 250.0);
    herding("herd", "N = 2000 clients reconnect at one instant, c = 8 workers, a fetch takes s = 5 ms", 1, "'5ms'")
        .exact(HERE, "last wait", "RTT + 2·http.delay + sN/c", direct + service * batches, |run| vec![slowest(run)])
        .exact(HERE, "mean wait", "RTT + 2·http.delay + s(N/c+1)/2", direct + service * (batches + 1.0) / 2.0, |run| {
            let waits = reconnects(run);
            let total: u64 = waits.iter().map(|wait| wait.as_nanos()).sum();
            vec![Duration::from_nanos(total / waits.len() as u64)]
        })
}

fn random_herd() -> Case {
    let (direct, mean, clients, workers) = (0.060, 0.005, 2000, 8);
    let busy = f64::from(clients - workers) / f64::from(workers);
    let end: f64 = (1..=workers).map(|left| 1.0 / f64::from(left)).sum();
    herding("herd-random", "the same with exponential services of mean s = 5 ms", 400, "{ exponential = '5ms' }").mean(
        HERE,
        "last wait, mean",
        "RTT+2·http.delay+s((N−c)/c+H) s",
        direct + mean * (busy + end),
        |run| slowest(run).as_secs_f64(),
    )
}
