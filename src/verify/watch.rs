//! Watch: delay and order of changes, how often streams are opened, the cost of cuts of the network and of a failure of
//! the API; and devices, which watching gateways know from the start.

use super::case::{Case, HERE, Run, Trials, point};
use super::handshake::{average, counted};
use super::push::{propagations, waits};
use des::{Duration, Time};

/// One way between API and gateway, s.
const DELAY: f64 = 0.020;

pub(super) fn cases() -> Vec<Case> {
    vec![immediate(), order(), lifetimes(), random_lifetimes(), held(), cut(), herd(), devices()]
}

/// A count, encoded as seconds.
fn count(run: &Run, measure: &str) -> Vec<Duration> {
    vec![Duration::from_secs_f64(run.measure(measure))]
}

/// Nothing is random.
fn immediate() -> Case {
    Case::new(
        "watch-exact",
        "a stream without end: http 20 ms, install 2 ms, a create every 20 ms",
        1,
        "horizon = '60s'\nclients.arrivals = { every = '20ms' }\ngateways.install = '2ms'\n\
         strategies.watch.watch = { lifetime = 'never' }",
    )
    .exact(HERE, "propagation", "http.delay + install", DELAY + 0.002, propagations)
    .exact(HERE, "handshake wait", "RTT", 0.020, waits)
}

/// Pairs of changes, far apart. The second change of a pair never arrives before the first.
fn order() -> Case {
    const PAIRS: u32 = 1_000;
    let (gap, width, limit) = (0.050, 0.200, 0.100);
    let times = (0..PAIRS).flat_map(move |pair| [f64::from(pair) + 0.5, f64::from(pair) + 0.5 + gap]);
    Case::new(
        "watch-order",
        "two changes g = 50 ms apart, each delayed uniformly by X up to W = 200 ms",
        20,
        "horizon = '1001s'\nhttp.delay = { uniform = ['0s', '200ms'] }\n\
         strategies.watch.watch = { lifetime = 'never' }",
    )
    .arriving(times, 1)
    .share(HERE, "the first within y = 100 ms", "y/W", limit / width, move |run| within(run, 0, limit))
    .share(
        HERE,
        "the second within y",
        "P(X₂ ≤ y)·P(X₁ ≤ y+g) = y(y+g)/W²",
        limit * (limit + gap) / (width * width),
        move |run| within(run, 1, limit),
    )
    .share(
        HERE,
        "both at one instant",
        "P(X₁ ≥ X₂ + g) = (1−g/W)²/2",
        (1.0 - gap / width) * (1.0 - gap / width) / 2.0,
        |run| pairs(run, |first, second| first == second),
    )
    .share(HERE, "the second before the first", "0", 0.0, |run| pairs(run, |first, second| second < first))
}

/// Time at which the first version of each peer took effect, by number.
fn effective(run: &Run) -> Vec<Time> {
    let mut times: Vec<_> = run.log.propagations.iter().map(|version| (version.peer, version.effective)).collect();
    times.sort_unstable();
    times.into_iter().map(|(_, time)| time).collect()
}

fn pairs(run: &Run, is: impl Fn(Time, Time) -> bool) -> Trials {
    let times = effective(run);
    let pairs = times.chunks_exact(2);
    (pairs.clone().filter(|pair| is(pair[0], pair[1])).count() as u64, pairs.count() as u64)
}

/// The first or the second changes of the pairs that took effect within `limit` seconds.
fn within(run: &Run, place: u32, limit: f64) -> Trials {
    let limit = Duration::from_secs_f64(limit);
    let changes = run.log.propagations.iter().filter(|version| version.peer.get() % 2 == place);
    let in_time = changes.clone().filter(|version| version.effective - version.committed <= limit);
    (in_time.count() as u64, changes.count() as u64)
}

/// A cycle is a lifetime, the notice of the end, the next request and its service. The span holds 100 cycles.
fn lifetimes() -> Case {
    let cycle = 60.0 + 2.0 * DELAY + 0.010;
    Case::new(
        "watch-cycle",
        "10 gateways, lifetime L = 60 s, service s = 10 ms, cycle C = L + 2·http.delay + s; 100 cycles",
        1,
        "horizon = '6105s'\nwarmup = '100s'\nclients.arrivals = { every = '1d' }\napi.fetch_service = '10ms'\n\
         gateways.count = 10\nstrategies.watch.watch = { lifetime = '60s' }",
    )
    .exact(HERE, "from one stream to the next", "C", cycle, |run| {
        let mut last: Vec<Option<Time>> = vec![None; run.scenario.gateways.count as usize];
        let opened = run.log.streams.iter().filter(|(at, _)| *at > Time::ZERO);
        opened.filter_map(|&(at, gateway)| last[gateway.index()].replace(at).map(|before| at - before)).collect()
    })
    .exact(HERE, "requests to watch", "10·100", 1_000.0, |run| count(run, "api_watches"))
    .exact(HERE, "time without a stream", "100·(C−L)", 100.0 * (cycle - 60.0), |run| {
        vec![Duration::from_secs_f64(run.measure("stream_down_fraction") * run.span())]
    })
}

fn random_lifetimes() -> Case {
    let cycle = 60.0 + 2.0 * DELAY + 0.010;
    Case::new(
        "watch-rate",
        "the same for an hour with lifetimes uniform on [30 s, 90 s], after half an hour",
        40,
        "horizon = '5400s'\nwarmup = '1800s'\nclients.arrivals = { every = '1d' }\napi.fetch_service = '10ms'\n\
         gateways.count = 10\nstrategies.watch.watch = { lifetime = { uniform = ['30s', '90s'] } }",
    )
    .mean(HERE, "requests to watch an hour", "10·3600/C", 10.0 * 3600.0 / cycle, |run| run.measure("api_watches"))
    .exact(HERE, "streams that broke", "0", 0.0, |run| count(run, "watch_breaks"))
}

/// Times at which versions committed in [`from`, `to`) took effect, s.
fn effective_of(run: &Run, from: f64, to: f64) -> Vec<Duration> {
    let (from, to) = (Duration::from_secs_f64(from), Duration::from_secs_f64(to));
    let versions = run.log.propagations.iter();
    let within = versions.filter(|version| (from..to).contains(&(version.committed - Time::ZERO)));
    within.map(|version| version.effective - Time::ZERO).collect()
}

/// A cut shorter than `keepalive`: the stream survives it.
fn held() -> Case {
    Case::new(
        "watch-held",
        "the network is cut from 60 to 65 s, keepalive 45 s; a create every 20 ms",
        1,
        "clients.arrivals = { every = '20ms' }\nstrategies.watch.watch = { lifetime = 'never' }\n\
         [[faults]]\ntarget = 'http'\nat = '60s'\nfor = '5s'",
    )
    .exact(HERE, "committed within, installed at", "65 s + http.delay", 65.0 + DELAY, |run| {
        effective_of(run, 60.0, 65.0)
    })
    .exact(HERE, "streams that broke", "0", 0.0, |run| count(run, "watch_breaks"))
}

/// A cut longer than `keepalive`. The stream breaks at 105 s. Two requests are lost and time out after 10 s each; the
/// third arrives at 125.02 s. With a history of 10 s the API does not have the changes any more, and the gateway lists.
fn cut() -> Case {
    let (open, read) = (125.020, 125.060);
    Case::new(
        "watch-cut",
        "the network is cut from 60 to 120 s, keepalive 45 s, timeout 10 s, no backoff; history 10 s or 5 min",
        1,
        "horizon = '140s'\nclients.arrivals = { every = '30ms' }\n\
         strategies.watch.watch = { lifetime = 'never', timeout = '10s', backoff = '0s' }\n\
         [[faults]]\ntarget = 'http'\nat = '60s'\nfor = '60s'\n\
         [[sweep]]\n'strategies.watch.watch.history' = ['10s', '5m']",
    )
    .exact(point(1), "resumed at", "125 s + http.delay", open, reopened)
    .exact(point(1), "committed from 60 s to then, installed at", "125 s + 2·http.delay", open + DELAY, move |run| {
        effective_of(run, 60.0, open)
    })
    .exact(point(0), "listed: open at", "125 s + 5·http.delay", read + 2.0 * DELAY, reopened)
    .exact(
        point(0),
        "committed from 60 s to the list, installed at",
        "125 s + 4·http.delay",
        read + DELAY,
        move |run| effective_of(run, 60.0, read),
    )
    .exact(
        point(0),
        "committed from the list to the stream, installed at",
        "125 s + 6·http.delay",
        read + 3.0 * DELAY,
        move |run| effective_of(run, read, read + 2.0 * DELAY),
    )
    .exact(point(0), "requests to watch that arrived", "2", 2.0, |run| count(run, "api_watches"))
    .exact(point(0), "lists", "1", 1.0, |run| count(run, "relists"))
    .exact(point(1), "requests to watch that arrived", "1", 1.0, |run| count(run, "api_watches"))
    .exact(point(1), "lists", "0", 0.0, |run| count(run, "relists"))
    .exact(point(1), "streams that broke", "1", 1.0, |run| count(run, "watch_breaks"))
}

/// Times after 0 at which streams were opened.
fn reopened(run: &Run) -> Vec<Duration> {
    run.log.streams.iter().map(|&(at, _)| at - Time::ZERO).filter(|&at| at > Duration::ZERO).collect()
}

/// An API without its history, so every gateway lists. Requests are refused every 40 ms; all arrive at 65 s, 10 ms
/// after the end of the failure. The answer *gone*, the request to list, the reply and the request to watch take one
/// way each.
fn herd() -> Case {
    let (gateways, service, workers) = (100.0, 0.100, 4.0);
    Case::new(
        "watch-herd",
        "the API is down from 60 to 64.99 s and forgets; G = 100 gateways list, s = 100 ms, c = 4 workers, no backoff",
        1,
        "clients.arrivals = { every = '1d' }\napi.workers = 4\napi.list_service = '100ms'\ngateways.count = 100\n\
         strategies.watch.watch = { lifetime = 'never', backoff = '0s' }\n\
         [[faults]]\ntarget = 'api'\nat = '60s'\nfor = '4990ms'",
    )
    .exact(
        HERE,
        "the last stream is open at",
        "65 s + 4·http.delay + sG/c",
        65.0 + 4.0 * DELAY + service * gateways / workers,
        |run| vec![reopened(run).into_iter().max().unwrap_or_default()],
    )
    .exact(HERE, "lists", "G", gateways, |run| count(run, "relists"))
    .exact(HERE, "streams that broke", "G", gateways, |run| count(run, "watch_breaks"))
}

/// Devices arrive once each.
fn devices() -> Case {
    Case::new(
        "devices",
        "N = 200 devices, each comes once, uniformly between 0 and W = 60 s; their gateways watch",
        60,
        "clients.arrivals = { every = '1d' }\nclients.devices = { count = 200, first = { uniform = ['0s', '60s'] } }\n\
         strategies.watch.watch = {}",
    )
    .mean(HERE, "first attempt at, mean", "W/2", 30.0, |run| {
        average(&run.log.attempts.iter().map(|(_, end)| (end.started - Time::ZERO).as_secs_f64()).collect::<Vec<_>>())
    })
    .exact(HERE, "attempts", "N", 200.0, |run| count(run, "attempts_return"))
    .share(HERE, "connect", "1", 1.0, |run| counted(run, "connected"))
    .exact(HERE, "handshake wait", "RTT", 0.020, waits)
}
