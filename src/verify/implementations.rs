//! Details of implementations: the timers of Linux and `boringtun`, a client's silence after its own response,
//! connections that are reset, requests to a gateway that is down, cookies.

use super::case::{Case, HERE, point};
use super::handshake::{average, ends};
use super::push::{propagations, waits};
use des::Duration;

pub(super) fn cases() -> Vec<Case> {
    vec![linux(), boringtun(), drawn(), silence(), silence_of_linux(), reset(), nobody(), cookies()]
}

/// Attempts that end with the timer of their last initiation.
fn timer(name: &'static str, about: &'static str, retry_after: &str, rest: &str) -> Case {
    Case::new(
        name,
        about,
        100,
        &format!(
            "horizon = '20s'\nbus.loss = 1.0\nclients.handshake.retry_after = {retry_after}\nstrategies.push.push = {{}}\n{rest}"
        ),
    )
}

/// The share of attempts that gave up within `limit` seconds.
fn given_up(run: &super::case::Run, limit: f64) -> super::case::Trials {
    let ends = ends(run);
    (ends.iter().filter(|&&end| end <= limit).count() as u64, ends.len() as u64)
}

/// A timer of 1250 + U jiffies of 4 ms, U from 0 to 82, fires at a slot of 64: R from 1 to 64 later.
fn linux() -> Case {
    let first = (1250.0 + 41.0 + 32.5) / 250.0;
    let later = (30.0 * 5.12 + 53.0 * 5.376) / 83.0;
    // U + R at most 50: 50 + 49 + … + 1 of 83·64 pairs.
    let early = 1275.0 / (83.0 * 64.0);
    timer(
        "timer-linux",
        "every push is lost, so every initiation is dropped; the timers of Linux at 250 Hz, 1 or 20 initiations",
        "'linux'",
        "[[sweep]]\n'clients.handshake.initiations_max' = [1, 20]",
    )
    .share(point(0), "first interval at most 5.2 s", "P(U + R ≤ 50)", early, |run| given_up(run, 5.2))
    .mean(point(0), "first interval, mean", "(1250 + 41 + 32.5)·4 ms", first, |run| average(&ends(run)))
    .mean(
        point(1),
        "gives up after, mean",
        "first + 19·(30·5.12 + 53·5.376)/83 s",
        first + 19.0 * later,
        |run| average(&ends(run)),
    )
}

/// `boringtun` checks its timers every 250 ms: the first interval is rounded up to a check, the others start at a
/// check.
fn boringtun() -> Case {
    timer("timer-boringtun", "the same with the timers of boringtun: 18 initiations", "'boringtun'", "")
        .mean(HERE, "gives up after, mean", "18·5 s + 250 ms/2", 90.125, |run| average(&ends(run)))
        .share(HERE, "gives up within 90.1 s", "0.1/0.25", 0.4, |run| given_up(run, 90.1))
}

fn drawn() -> Case {
    let (mean, sends) = (3.0, 20.0);
    timer(
        "timer-drawn",
        "the same with exponential intervals of mean 3 s and no jitter",
        "{ exponential = '3s' }",
        "clients.handshake.retry_jitter = '0s'",
    )
    .mean(HERE, "gives up after, mean", "20·3 s", sends * mean, |run| average(&ends(run)))
    .mean(HERE, "gives up after, variance", "20·3² s²", sends * mean * mean, move |run| {
        let squares: Vec<f64> = ends(run).iter().map(|end| (end - sends * mean) * (end - sends * mean)).collect();
        average(&squares)
    })
}

/// A client arrives at 10 s and sends its first initiation at 10.080 s. The gateway's initiation arrives A = 40.2 ms
/// plus a round trip later. The client's response to it, sent at 10.1402 s, is lost in a fault of the path.
fn silence() -> Case {
    let response = 0.020 + 0.040_2;
    Case::new(
        "silence",
        "the client's response to the gateway's initiation is lost; its application sends all the time, or every 7 s",
        1,
        "horizon = '20s'\nclients.handshake.retry_jitter = '0s'\n[strategies.pull]\npull = { answer = 'initiate' }\n\
         [[faults]]\ntarget = 'path'\nat = '10140ms'\nfor = '1ms'\n\
         [[sweep]]\n'clients.handshake.traffic_every' = ['0s', '7s']",
    )
    .arriving([10.0], 1)
    .exact(point(0), "wait", "RTT + A + retry_after + RTT", response + 5.0 + 0.020, waits)
    .exact(point(1), "wait, a packet every 7 s", "7 s + RTT", 7.020, waits)
}

/// Like [`silence`], with many clients and the timers of Linux: a retry is due 1250 + U + R jiffies after the first
/// initiation, and is not sent within 5 s of the response, that is before 5.0602 s. This means U + R ≤ 15, which is 15
/// + 14 + … + 1 of 83·64 pairs.
fn silence_of_linux() -> Case {
    Case::new(
        "silence-linux",
        "the same of 500 clients at once with the timers of Linux and a packet every 7 s",
        60,
        "horizon = '20s'\nclients.handshake.retry_after = 'linux'\nclients.handshake.traffic_every = '7s'\n\
         [strategies.pull]\npull = { answer = 'initiate' }\n\
         [[faults]]\ntarget = 'path'\nat = '10140ms'\nfor = '1ms'",
    )
    .arriving(vec![10.0; 500], 1)
    .share(HERE, "silent until the packet at 7 s", "P(U + R ≤ 15)", 120.0 / (83.0 * 64.0), |run| {
        let waits = waits(run);
        let silent = waits.iter().filter(|wait| **wait >= Duration::from_secs(7)).count();
        (silent as u64, waits.len() as u64)
    })
    .share(HERE, "wait at most 5.22 s", "P(15 < U + R ≤ 50)", (1275.0 - 120.0) / (83.0 * 64.0), |run| {
        let waits = waits(run);
        let early = waits.iter().filter(|wait| **wait <= Duration::from_millis(5_220)).count();
        (early as u64, waits.len() as u64)
    })
}

/// Two creates arrive at 50 s. The first is in service for 10 s, the second waits. The API is down for a moment at 60
/// s.
fn reset() -> Case {
    Case::new(
        "api-reset",
        "one worker, creates of 10 s: one in service and one in the queue at 60 s, when the API restarts; timeout 30 s",
        1,
        "horizon = '120s'\napi.workers = 1\napi.create_service = '10s'\nclients.create_timeout = '30s'\nclients.create_attempts = 2\n\
         strategies.push.push = {}\n[[faults]]\ntarget = 'api'\nat = '60s'\nfor = '1ms'\n\
         [[sweep]]\n'faults.0.inflight' = ['lost', 'reset']",
    )
    .arriving([50.0, 50.0], 1)
    .exact(point(0), "create, mean, lost", "30 s + 2·40 ms + 1.5·10 s", 45.080, |run| {
        vec![Duration::from_secs_f64(run.measure("create_time_mean_s"))]
    })
    .exact(point(1), "create, mean, reset", "10 s + 3·40 ms + 1.5·10 s", 25.120, |run| {
        vec![Duration::from_secs_f64(run.measure("create_time_mean_s"))]
    })
}

/// A push is sent at 60.040 s to a gateway that is down until 60.495 s.
fn nobody() -> Case {
    Case::new(
        "no-responders",
        "a gateway is down from 60 to 60.495 s; a push at 60.04 s, again after 1 s without an answer, at once after an error",
        1,
        "horizon = '70s'\n[strategies.push]\npush = { attempts = 100, backoff = '0s' }\n\
         [[faults]]\ntarget = 'gateway'\nat = '60s'\nfor = '495ms'\n\
         [[sweep]]\n'bus.no_responders' = [false, true]",
    )
    .arriving([60.0], 1)
    .exact(point(0), "propagation, by timeout", "timeout + d", 1.010, propagations)
    .exact(point(1), "propagation, by answers", "46·d: 45 answers", 0.460, propagations)
}

/// E[(N − `limit`)⁺] for a Poisson number N of this mean.
fn excess(mean: f64, limit: u32) -> f64 {
    let mut probability = libm::exp(-mean);
    let mut excess = 0.0;
    for n in 1..=10 * limit {
        probability *= mean / f64::from(n);
        excess += f64::from(n.saturating_sub(limit)) * probability;
    }
    excess
}

/// Delays are zero, so an initiation arrives in the second of its client, and no retry comes before the fifth second.
fn cookies() -> Case {
    let (rate, limit, seconds) = (110.0, 100, 4.0);
    Case::new(
        "cookies",
        "λ = 110/s for 4 s at one gateway that takes L = 100 initiations a second; no delays",
        400,
        "horizon = '4s'\nclients.arrivals = { poisson = '110/s' }\npath.delay = '0s'\nbus.delay = '0s'\n\
         api.client_delay = '0s'\ngateways.handshake_limit = 100\nstrategies.push.push = {}",
    )
    .mean(
        HERE,
        "stalls for a cookie",
        "4·E[(N − L)⁺], N Poisson of mean λ",
        seconds * excess(rate, limit),
        |run| run.measure("cause_handshake_limit"),
    )
    .mean(HERE, "cookies", "the same", seconds * excess(rate, limit), |run| run.measure("cookies"))
    .share(HERE, "failure rate", "0", 0.0, |run| super::handshake::counted(run, "failed"))
}
