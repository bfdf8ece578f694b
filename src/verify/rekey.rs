//! Rekeys: a session continues with its old keys until they are rejected. A client that finds its session dead during a
//! rekey continues with the schedule of that rekey.

use std::collections::BTreeSet;

use super::case::{Case, HERE, Run, Trials};
use super::formula::{WIREGUARD, power};
use super::handshake::average;
use crate::model::AttemptKind;
use des::{Duration, Time};

/// Packet loss; both packets of an exchange arrive with probability q = (1 − ℓ)².
const LOSS: f64 = 0.5;
/// Initiations before the keys are rejected, 60 s after the first: the twelfth is sent after at most 11·5.333 = 58.7 s,
/// the thirteenth after at least 60 s.
const INITIATIONS: u32 = 12;
/// From client to gateway and back, s.
const ROUND_TRIP: f64 = 0.020;
/// Age of keys at which they are rejected.
const REJECTED: Duration = Duration::from_secs(180);

pub(super) fn cases() -> Vec<Case> {
    vec![
        rejected_keys(),
        found_dead(
            "rekey-dead",
            "keys made at 100.1 s, rekey from 220.1 s on, gateway down from 210.1 to 240.1 s, found dead at 223.1 s",
            100.0,
            17.02,
        ),
        found_dead("dead", "the same with keys made at 200.1 s: no rekey is under way", 200.0, 20.02),
    ]
}

/// Rekeys with all exchanges lost.
fn rejected_keys() -> Case {
    let q = power(1.0 - LOSS, 2);
    // The attempt starts 60 s after the rekey's first initiation. The thirteenth initiation is the next.
    let next = f64::from(INITIATIONS) * WIREGUARD.step() - 60.0;
    let wait = next + WIREGUARD.step() * (1.0 - q) / q + ROUND_TRIP;
    Case::new(
        "rekey-loss",
        "sessions without end, packet loss ℓ = 0.5, rekey at 120 s, keys rejected at 180 s; q = (1−ℓ)²",
        20,
        "horizon = '400s'\nclients.session = '1000h'\nclients.arrivals = { poisson = '20/s' }\n\
         clients.handshake.initiations_max = 200\npath.loss = 0.5\nstrategies.push.push = {}",
    )
    .share(HERE, "first keys are rejected", "(1−q)¹²", power(1.0 - q, INITIATIONS), rejections)
    .mean(HERE, "wait of reconnects, mean", "12·5.1665 − 60 + 5.1665·(1−q)/q + RTT s", wait, |run| {
        average(&reconnects(run).map(Duration::as_secs_f64).collect::<Vec<f64>>())
    })
}

/// A session ends with a failure of its gateway. Initiations follow each other every 5 s: on the grid of the rekey
/// under way, or else from the moment at which the client notices.
fn found_dead(name: &'static str, about: &'static str, arrival: f64, wait: f64) -> Case {
    Case::new(
        name,
        about,
        1,
        "horizon = '230s'\nclients.session = '1000h'\nclients.handshake.retry_jitter = '0s'\n\
         clients.handshake.dead_after = '13s'\nstrategies.push.push = {}\n\
         [[faults]]\ntarget = 'gateway'\nat = '210.1s'\nfor = '30s'",
    )
    .arriving([arrival], 1)
    .exact(HERE, "wait of the reconnect", "first initiation from 240.1 s on, + RTT − 223.1 s", wait, |run| {
        reconnects(run).collect()
    })
}

/// Number of clients whose first keys are old enough before the horizon, and number of those whose keys were rejected.
fn rejections(run: &Run) -> Trials {
    let horizon = Time::ZERO + run.scenario.horizon;
    let attempts = || run.log.attempts.iter().map(|&(now, end)| (now + REJECTED, end));
    let reconnected: BTreeSet<_> = attempts()
        .filter(|(_, end)| end.kind == AttemptKind::Reconnect)
        .map(|(_, end)| (end.peer, end.started))
        .collect();
    let first = attempts().filter(|(at, end)| end.kind == AttemptKind::First && end.connected && *at < horizon);
    first.fold((0, 0), |(hits, all), (at, end)| (hits + u64::from(reconnected.contains(&(end.peer, at))), all + 1))
}

/// Waits of the counted reconnect attempts. The run lasts until all of them have connected.
fn reconnects(run: &Run) -> impl Iterator<Item = Duration> + '_ {
    let counted = run.log.attempts.iter().filter(|(_, end)| end.counted);
    counted.filter(|(_, end)| end.kind == AttemptKind::Reconnect).map(|&(now, end)| now - end.first_sent)
}
