//! Faults: the time to load a table after a restart, the clients affected, the drain of a herd of fetches; messages
//! that a bus delays or drops, and clients that the API refuses.

use super::case::{Case, HERE, Run};
use super::soft_state::{STAYING, settlers};
use crate::model::AttemptKind;
use des::{Duration, Time};

pub(super) fn cases() -> Vec<Case> {
    vec![reload(), outage(), herd(), random_herd(), held_back(), dropped(), refused()]
}

fn reload() -> Case {
    Case::new(
        "reload",
        "a gateway of N = 1000 peers goes down at 60 s for 5 s and loads 10 ms a peer",
        1,
        "clients.arrivals = { every = '1h' }\nclients.existing = 1000\ngateways.reload_per_peer = '10ms'\n\
         strategies.push.push = {}\n[[faults]]\ntarget = 'gateway'\nat = '60s'\nfor = '5s'",
    )
    .exact(HERE, "is up again at", "60 + 5 + N·10 ms", 75.0, |run| {
        run.log.returns.iter().map(|&at| at - Time::ZERO).collect()
    })
}

fn outage() -> Case {
    let (lambda, down, per_peer) = (50.0, 2.0, 0.001);
    // Records installed by 60 s: the existing ones, and those of peers that arrived before 60 s − 50 ms.
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
        "attempts that find it down",
        "λ(L + (1000 + 59.95·λ)·1 ms)",
        lambda * (down + per_peer * records),
        |run| run.measure("cause_gateway_down"),
    )
}

/// Clients whose sessions end at the same instant reconnect at the same instant, because the timers have no jitter.
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
    // Without a queue: a round trip and 2·http.delay.
    let (direct, service, batches) = (0.060, 0.005, 250.0);
    herding("herd", "N = 2000 clients reconnect at one instant, c = 8 workers, a fetch takes s = 5 ms", 1, "'5ms'")
        .exact(HERE, "reconnect at", "60 s + dead_after", 75.0, |run| {
            let reconnects = run.log.attempts.iter().filter(|(_, end)| end.kind == AttemptKind::Reconnect);
            reconnects.map(|(_, end)| end.first_sent - Time::ZERO).collect()
        })
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

/// Messages that a fault delays leave when the fault ends.
fn held_back() -> Case {
    Case::new(
        "bus-held",
        "the bus holds messages back from 60 s to 65 s (effect = delay); a push every 20 ms",
        1,
        "clients.arrivals = { every = '20ms' }\nstrategies.push.push = {}\n\
         [[faults]]\ntarget = 'bus'\neffect = 'delay'\nat = '60s'\nfor = '5s'",
    )
    .exact(HERE, "committed within, installed at", "65 s + d", 65.010, |run| {
        let (from, to) = (Time::ZERO + Duration::from_secs(60), Time::ZERO + Duration::from_secs(65));
        let held = run.log.propagations.iter().filter(|version| from <= version.committed && version.committed < to);
        held.map(|version| version.effective - Time::ZERO).collect()
    })
}

fn dropped() -> Case {
    Case::new(
        "bus-dropped",
        "the same with effect = drop and Poisson creates, λ = 50/s, for L = 5 s",
        200,
        "clients.handshake.initiations_max = 1\nstrategies.push.push = {}\n\
         [[faults]]\ntarget = 'bus'\nat = '60s'\nfor = '5s'",
    )
    .mean(HERE, "lost in the fault", "λL", 250.0, |run| run.measure("bus_lost_fault"))
    .mean(HERE, "failed for it", "λL", 250.0, |run| run.measure("cause_config_lost"))
}

fn refused() -> Case {
    Case::new(
        "api-down",
        "the API is down for L = 5 s, creates at λ = 50/s, not repeated",
        200,
        "strategies.push.push = {}\n[[faults]]\ntarget = 'api'\nat = '60s'\nfor = '5s'",
    )
    .mean(HERE, "refused", "λL", 250.0, |run| run.measure("api_refused"))
    .mean(HERE, "creates that failed", "λL", 250.0, |run| run.measure("create_failed"))
}
