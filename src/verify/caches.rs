//! Gateways as caches: time to live, expiry, eviction, invalidation, and negative entries.
//!
//! Each client sends initiations at the times of a Poisson process of rate r: sessions and delays take no time.

use super::case::{Case, HERE, Run};
use super::formula::exp;
use super::push::waits;
use super::soft_state::settlers;

/// Rate at which each client sends initiations, 1/s.
const R: f64 = 1.0 / 20.0;
/// Rate at which each config changes, 1/s.
const LAMBDA: f64 = 1.0 / 50.0;
/// Number of clients.
const CLIENTS: u32 = 200;

/// The clients, and pull without delays.
const KNOCKING: &str = "warmup = '1000s'\nhorizon = '6000s'\nclients.session = '0s'\n\
    clients.returns = { probability = 1.0, after = { exponential = '20s' } }\n\
    clients.update_every = { exponential = '50s' }\npath.delay = '0s'\nhttp.delay = '0s'\nbus.delay = '0s'\n";

pub(super) fn cases() -> Vec<Case> {
    vec![time_to_live(), blocking(), blocked_by_the_installer(), expiry(), eviction(), invalidation(), unknown_keys()]
}

/// The record has the age of the last installed version until the next install ends.
fn blocked_by_the_installer() -> Case {
    Case::new(
        "ttl-install",
        "ttl 10 s, block; sessions of 5 s, gaps of 20 s; an install takes 3 s and the client tries again every second",
        1,
        "horizon = '300s'\nclients.arrivals = { every = '200s' }\nclients.session = '5s'\n\
         clients.returns = { probability = 1.0, after = '20s' }\nclients.handshake.retry_after = '1s'\n\
         clients.handshake.retry_jitter = '0s'\ngateways.install = '3s'\n\
         [strategies.pull]\npull = { answer = 'inline', ttl = '10s', stale = 'block', identify = '0s' }",
    )
    .exact(HERE, "wait", "RTT + http RTT + install", 3.060, waits)
}

fn initiating(name: &'static str, about: &'static str, experiment: &str) -> Case {
    Case::new(name, about, 40, &format!("{KNOCKING}{experiment}")).arriving(settlers(CLIENTS), 1)
}

/// Share of attempts that needed no fetch.
fn hits(run: &Run) -> f64 {
    1.0 - run.measure("fetches") / run.measure("attempts")
}

/// Share of clients whose record is installed.
fn occupancy(run: &Run) -> f64 {
    run.measure("table_mean") / f64::from(CLIENTS)
}

/// Records stay; a record that is too old is served and fetched again.
fn time_to_live() -> Case {
    let ttl = 60.0;
    let cycle = ttl + 1.0 / R;
    // E[e^(−λX)] until the first initiation after the time to live.
    let next = R / (R + LAMBDA);
    let fresh = (1.0 - exp(-LAMBDA * ttl) * next) / LAMBDA;
    initiating(
        "cache-ttl",
        "200 clients initiate at r = 1/(20 s), changes at λ = 1/(50 s); ttl T = 60 s, stale = serve",
        "[strategies.pull]\npull = { answer = 'inline', identify = '0s', ttl = '60s', stale = 'serve' }",
    )
    .mean(HERE, "hit ratio", "rT/(1 + rT)", R * ttl / (1.0 + R * ttl), hits)
    .mean(HERE, "fetches per client, 1000 s", "1000/(T + 1/r)", 1000.0 / cycle, |run| {
        1000.0 * run.measure("fetches") / f64::from(CLIENTS) / run.span()
    })
    .mean(HERE, "stale records, share", "1 − (1−e^(−λT)r/(r+λ))/(λ(T+1/r))", 1.0 - fresh / cycle, |run| {
        run.measure("stale_fraction")
    })
    .mean(HERE, "sessions on a stale record", "the same, by PASTA", 1.0 - fresh / cycle, |run| {
        run.measure("stale_connect_fraction")
    })
}

/// A client whose initiation finds a record that is too old waits for a new one.
fn blocking() -> Case {
    let ttl = 60.0;
    let stale_hits = R * (ttl - (1.0 - exp(-LAMBDA * ttl)) / LAMBDA);
    initiating(
        "cache-block",
        "the same with stale = block: sessions at the end of a cycle are on a fresh record",
        "[strategies.pull]\npull = { answer = 'inline', identify = '0s', ttl = '60s', stale = 'block' }",
    )
    .mean(HERE, "hit ratio", "rT/(1 + rT)", R * ttl / (1.0 + R * ttl), hits)
    .mean(
        HERE,
        "sessions on a stale record",
        "r(T − (1−e^(−λT))/λ)/(1+rT)",
        stale_hits / (1.0 + R * ttl),
        |run| run.measure("stale_connect_fraction"),
    )
}

/// Records are removed at the end of their lifetime.
fn expiry() -> Case {
    let ttl = 60.0;
    let stale = 1.0 - (1.0 - exp(-LAMBDA * ttl)) / (LAMBDA * ttl);
    initiating(
        "cache-expire",
        "the same clients; records expire T = 60 s after they were fetched",
        "[strategies.pull]\npull = { answer = 'inline', identify = '0s' }\nexpire = { after = '60s' }",
    )
    .mean(HERE, "hit ratio", "rT/(1 + rT)", R * ttl / (1.0 + R * ttl), hits)
    .mean(HERE, "occupancy", "rT/(1 + rT)", R * ttl / (1.0 + R * ttl), occupancy)
    .mean(HERE, "stale records, share", "1 − (1−e^(−λT))/(λT)", stale, |run| run.measure("stale_fraction"))
    .mean(
        HERE,
        "sessions on a stale record",
        "that, times the hit ratio",
        stale * R * ttl / (1.0 + R * ttl),
        |run| run.measure("stale_connect_fraction"),
    )
}

/// Records are removed after a time without use.
fn eviction() -> Case {
    let (idle, period) = (30.0, 10.0);
    let miss = exp(-R * idle) * (1.0 - exp(-R * period)) / (R * period);
    initiating(
        "cache-evict",
        "the same with records that are evicted after τ = 30 s without use, looked at every C = 10 s",
        "[strategies.pull]\npull = { answer = 'inline', identify = '0s' }\nevict = { idle_after = '30s', every = '10s' }",
    )
    .mean(HERE, "hit ratio", "1 − e^(−rτ)(1−e^(−rC))/(rC)", 1.0 - miss, hits)
    .mean(HERE, "occupancy", "1 − e^(−rτ)(1−e^(−rC))/(rC)", 1.0 - miss, occupancy)
}

/// Records are removed by an invalidation message, unless the message is lost.
fn invalidation() -> Case {
    let p = 0.2;
    let there = 1.0 / (LAMBDA * (1.0 - p));
    let occupied = there / (there + 1.0 / R);
    initiating(
        "cache-invalidate",
        "the same with invalidations, lost with p = 0.2",
        "bus.loss = 0.2\n[strategies.pull]\npull = { answer = 'inline', identify = '0s', invalidate = true }",
    )
    .mean(HERE, "stale records, share", "p", p, |run| run.measure("stale_fraction"))
    .mean(HERE, "occupancy", "r/(r + λ(1−p))", occupied, occupancy)
    .mean(HERE, "hit ratio", "r/(r + λ(1−p))", occupied, hits)
    .mean(HERE, "sessions on a stale record", "p·r/(r + λ(1−p))", p * occupied, |run| {
        run.measure("stale_connect_fraction")
    })
}

/// Number of fetches among `left` initiations, the first of which causes a fetch. The initiation after a fetch is
/// dropped by the negative entry with probability `negative`; the one after that is not.
fn fetches_of_stranger(left: u32, negative: f64) -> f64 {
    let mut before_last = 0.0;
    let mut last = 0.0;
    for _ in 0..left {
        let next = 1.0 + (1.0 - negative) * last + negative * before_last;
        before_last = last;
        last = next;
    }
    last
}

fn unknown_keys() -> Case {
    let (rate, span) = (20.0, 200.0);
    // An entry of 5.2 s still exists 5 s + uniform[0, 333 ms] after the first initiation with this probability.
    let fetches = fetches_of_stranger(20, 0.2 / 0.333);
    Case::new(
        "negative-cache",
        "keys that the API does not know, 20/s, each with 20 initiations; negative_ttl 5.2 s, ν = 200/333",
        60,
        "warmup = '110s'\nhorizon = '310s'\nclients.arrivals = { every = '1h' }\nclients.strangers = '20/s'\n\
         http.delay = '0s'\n[strategies.pull]\npull = { identify = '0s', negative_ttl = '5200ms' }",
    )
    .mean(HERE, "fetches in 200 s", "200λ·f(20), f by recursion", rate * span * fetches, |run| run.measure("fetches"))
    .mean(HERE, "dropped as negative", "200λ·(20 − f(20))", rate * span * (20.0 - fetches), |run| {
        run.measure("fetches_negative")
    })
    .mean(HERE, "fetches that find nothing", "1", 1.0, |run| run.measure("fetches_not_found") / run.measure("fetches"))
}
