//! Push: at most once, acknowledged with several attempts, over the bus and over HTTP.

use super::case::{Case, HERE, Run, Trials, point};
use super::formula::{geometric, power};
use super::handshake::{average, counted, share_of};
use crate::model::{AttemptEnd, AttemptKind, MessageKind, Version};
use des::{Duration, Time};

pub(super) fn cases() -> Vec<Case> {
    vec![
        immediate(),
        late(),
        lossy_bus(),
        lossy_path(),
        acknowledged(),
        refused(),
        over_http(),
        over_http_exact(),
        belated_replies(),
        reply_of_the_first(),
    ]
}

/// Nothing is random.
fn immediate() -> Case {
    Case::new(
        "push-exact",
        "constant delays, no loss: create 2·40 ms, bus 10 ms, path 10 ms",
        1,
        "horizon = '60s'\nclients.arrivals = { every = '20ms' }\nstrategies.push.push = {}",
    )
    .exact(HERE, "create time", "2·client_delay", 0.080, creates)
    .exact(HERE, "propagation", "bus.delay", 0.010, propagations)
    .exact(HERE, "handshake wait", "RTT", 0.020, waits)
    .exact(HERE, "time to connect", "2·client_delay + RTT", 0.100, |run| {
        let connected = run.log.attempts.iter().filter(|(_, end)| end.counted && end.connected);
        connected.map(|&(now, end)| now - end.started).collect()
    })
}

/// The config is installed after the first initiation and before the second.
fn late() -> Case {
    Case::new(
        "push-late",
        "bus.delay 200 ms > client_delay + path.delay, no jitter: the second initiation is answered",
        1,
        "horizon = '60s'\nbus.delay = '200ms'\nclients.arrivals = { every = '20ms' }\n\
         clients.handshake.retry_jitter = '0s'\nstrategies.push.push = {}",
    )
    .exact(HERE, "handshake wait", "retry_after + RTT", 5.020, waits)
    .share(HERE, "cause is config_late", "1", 1.0, |run| counted(run, "cause_config_late"))
}

/// Each lost push is one failed attempt.
fn lossy_bus() -> Case {
    let losses = [0.0, 0.001, 0.003, 0.01, 0.03, 0.1];
    let mut case = Case::new(
        "push-loss",
        "core, never sent again, bus loss p, no packet loss",
        30,
        "clients.arrivals = { poisson = '200/s' }\nstrategies.push.push = {}\n\
         [[sweep]]\n'bus.loss' = [0.0, 0.001, 0.003, 0.01, 0.03, 0.1]",
    );
    for (index, p) in losses.into_iter().enumerate() {
        case = case.share(point(index), format!("stall rate, p = {p}"), "p", p, |run| counted(run, "stalled"));
    }
    case.share(point(5), "failure rate, p = 0.1", "p", 0.1, |run| counted(run, "failed"))
}

/// A push can be lost, and each packet can be lost.
fn lossy_path() -> Case {
    let mut case = Case::new(
        "push-path",
        "core, never sent again, (bus loss p, packet loss ℓ)",
        60,
        "strategies.push.push = {}\n[[sweep]]\n'bus.loss' = [0.03, 0.1]\n'path.loss' = [0.02, 0.6]",
    );
    for (index, (p, loss)) in [(0.03, 0.02), (0.1, 0.6)].into_iter().enumerate() {
        let through = 1.0 - loss;
        let q = through * through;
        let at = |quantity: &str| format!("{quantity}, ({p}, {loss})");
        case = case
            .share(point(index), at("stall rate"), "1 − (1−p)(1−ℓ)²", 1.0 - (1.0 - p) * q, |run| {
                counted(run, "stalled")
            })
            .share(
                point(index),
                at("failure rate"),
                "p + (1−p)(1−(1−ℓ)²)²⁰",
                p + (1.0 - p) * power(1.0 - q, 20),
                |run| counted(run, "failed"),
            )
            .share(
                point(index),
                at("path_loss"),
                "ℓ + (1−ℓ)(1−p)ℓ",
                loss + through * (1.0 - p) * loss,
                |run| counted(run, "cause_path_loss"),
            )
            .share(point(index), at("config_lost"), "(1−ℓ)p", through * p, |run| counted(run, "cause_config_lost"));
    }
    case
}

/// Three attempts, half of a second exchange lost in four.
fn acknowledged() -> Case {
    const P: f64 = 0.2;
    const K: u32 = 3;
    // An attempt is acknowledged if both push and acknowledgement arrive.
    let f = 1.0 - power(1.0 - P, 2);
    let sends = geometric(f, K);
    let delivered = 1.0 - power(P, K);
    let (timeout, backoff, round_trip) = (1.0, 0.25, 0.020);
    let waited = |attempts: u32| -> f64 { (0..attempts).map(|i| timeout + backoff * power(2.0, i) / 2.0).sum::<f64>() };
    let success: f64 = (0..K).map(|j| power(f, j) * (1.0 - f) * (waited(j) + round_trip)).sum();
    let create = 0.080 + success + power(f, K) * (waited(K - 1) + timeout);
    Case::new(
        "push-ack",
        "core, wait = ack, k = 3 attempts, each message lost with p = 0.2; f = 1 − (1−p)²",
        60,
        "clients.create_timeout = '60s'\nbus.loss = 0.2\n\
         [strategies.push]\npush = { wait = 'ack', attempts = 3, timeout = '1s', backoff = '250ms', exhausted = 'reply' }",
    )
    .share(HERE, "delivered", "1 − pᵏ", delivered, |run| propagated(run, Duration::MAX))
    .mean(HERE, "pushes per create", "(1−fᵏ)/(1−f)", sends, |run| messages(run, MessageKind::Push))
    .mean(HERE, "acks per create", "(1−p)(1−fᵏ)/(1−f)", (1.0 - P) * sends, |run| {
        messages(run, MessageKind::Acknowledgement)
    })
    .mean(
        HERE,
        "duplicates per create",
        "(1−p)(1−fᵏ)/(1−f) − (1−pᵏ)",
        (1.0 - P) * sends - delivered,
        duplicates,
    )
    .mean(HERE, "create time, mean", "Σ fʲ(1−f)·tⱼ + fᵏ·tₖ s", create, |run| {
        average(&creates(run).iter().map(|time| time.as_secs_f64()).collect::<Vec<_>>())
    })
    .share(HERE, "create time at most 100 ms", "1 − f", 1.0 - f, |run| created_within(run, 0.100))
    .share(
        HERE,
        "create time at most 1.2 s",
        "(1−f)(1 + f·100/250)",
        (1.0 - f) * (1.0 + f * 0.4),
        |run| created_within(run, 1.200),
    )
    .share(HERE, "stall rate", "pᵏ", power(P, K), stalled)
}

/// A client whose create failed sends another create, which pushes again.
fn refused() -> Case {
    let f = 1.0 - 0.6 * 0.6;
    Case::new(
        "push-error",
        "the same with p = 0.4, k = 2, exhausted = error, and three creates before a client gives up",
        60,
        "warmup = '20s'\nclients.create_timeout = '60s'\nclients.create_attempts = 3\nbus.loss = 0.4\n\
         [strategies.push]\npush = { wait = 'ack', attempts = 2, timeout = '1s', backoff = '250ms', exhausted = 'error' }",
    )
    .share(HERE, "create failed", "f³ᵏ", power(f, 6), |run| {
        share_of(run.measure("create_failed"), run.measure("attempts"))
    })
}

/// Requests can be lost, replies cannot.
fn over_http() -> Case {
    const H: f64 = 0.3;
    let waited = |attempts: u32| -> f64 { (0..attempts).map(|i| 1.0 + 0.25 * power(2.0, i) / 2.0).sum::<f64>() };
    let round_trips = 3.0 * 0.040;
    let success: f64 = (0..3).map(|j| power(H, j) * (1.0 - H) * (waited(j) + round_trips)).sum();
    Case::new(
        "push-http",
        "http, wait = ack, k = 3 attempts, requests lost with h = 0.3, setup_rtts = 2, RTT 40 ms",
        60,
        "clients.create_timeout = '60s'\nhttp.failure = 0.3\nhttp.setup_rtts = 2\n\
         [strategies.push]\n\
         push = { transport = 'http', wait = 'ack', attempts = 3, timeout = '1s', backoff = '250ms', exhausted = 'reply' }",
    )
    .share(HERE, "delivered", "1 − hᵏ", 1.0 - power(H, 3), |run| propagated(run, Duration::MAX))
    .share(HERE, "create time at most 200 ms", "1 − h", 1.0 - H, |run| created_within(run, 0.200))
    .mean(
        HERE,
        "create time, mean",
        "Σ hʲ(1−h)·tⱼ + hᵏ·tₖ s",
        0.080 + success + power(H, 3) * (waited(2) + 1.0),
        |run| average(&creates(run).iter().map(|time| time.as_secs_f64()).collect::<Vec<_>>()),
    )
}

fn over_http_exact() -> Case {
    Case::new(
        "push-http-exact",
        "the same without losses: the reply follows the install",
        1,
        "horizon = '60s'\nclients.arrivals = { every = '20ms' }\nhttp.setup_rtts = 2\ngateways.install = '1ms'\n\
         [strategies.push]\npush = { transport = 'http', wait = 'ack' }",
    )
    .exact(HERE, "create time", "2·client_delay + 3·RTT + install", 0.201, creates)
    .exact(HERE, "propagation", "2·RTT + delay + install", 0.101, propagations)
}

/// Every reply arrives after the timeout of its sending, the first reply during the backoff.
fn belated_replies() -> Case {
    Case::new(
        "push-http-late",
        "http, wait = ack, k = 2 attempts, a reply after 1.2 s, timeout 1 s, then a backoff of up to 100 s",
        1,
        "horizon = '300s'\nclients.arrivals = { every = '1s' }\nclients.create_timeout = '10m'\nhttp.delay = '600ms'\n\
         [strategies.push]\npush = { transport = 'http', wait = 'ack', attempts = 2, timeout = '1s', \
         backoff = '100s', backoff_max = '100s' }",
    )
    .share(HERE, "creates that fail", "1", 1.0, failed_creates)
}

/// Two sendings wait for the installer. Each is served after its own timeout.
fn reply_of_the_first() -> Case {
    Case::new(
        "push-http-served",
        "http, wait = ack, k = 2 attempts, timeout 1 s, an install of 1.5 s: replies after 1.54 s and 2.04 s",
        1,
        "horizon = '300s'\nclients.arrivals = { every = '20s' }\nclients.create_timeout = '10m'\n\
         gateways.install = '1500ms'\n[strategies.push]\npush = { transport = 'http', wait = 'ack', attempts = 2, \
         timeout = '1s', backoff = '1ms', backoff_max = '1ms' }",
    )
    .share(HERE, "creates that fail", "1", 1.0, failed_creates)
}

/// Number of attempts whose create failed, and number of attempts that ended.
pub(super) fn failed_creates(run: &Run) -> Trials {
    share_of(run.measure("create_failed"), run.measure("attempts"))
}

/// Handshake waits of the counted attempts; for a failed attempt the longest duration.
pub(super) fn waits(run: &Run) -> Vec<Duration> {
    run.log.waits().map(|wait| wait.unwrap_or(Duration::MAX)).collect()
}

/// First attempts of early peers. They are selected by their start, so that long creates are not missing at the edges.
fn first_attempts(run: &Run) -> impl Iterator<Item = &(Time, AttemptEnd)> {
    let early = early(run);
    run.log.attempts.iter().filter(move |(_, end)| end.kind == AttemptKind::First && end.peer.get() < early)
}

/// Create times of the first attempts of early peers.
pub(super) fn creates(run: &Run) -> Vec<Duration> {
    first_attempts(run).map(|(_, end)| end.create_time).collect()
}

/// First attempts of early peers that stalled.
fn stalled(run: &Run) -> Trials {
    let (mut hits, mut all) = (0, 0);
    for &(now, end) in first_attempts(run) {
        all += 1;
        hits += u64::from(!end.connected || now - end.first_sent > run.scenario.stall_after);
    }
    (hits, all)
}

fn created_within(run: &Run, t: f64) -> Trials {
    let limit = Duration::from_secs_f64(t);
    let creates = creates(run);
    (creates.iter().filter(|&&time| time <= limit).count() as u64, creates.len() as u64)
}

/// Time from commit to install, for every version that took effect.
pub(super) fn propagations(run: &Run) -> Vec<Duration> {
    run.log.propagations.iter().map(|version| version.effective - version.committed).collect()
}

/// Number of peers that arrived in the first half: all of their events are before the horizon.
pub(super) fn early(run: &Run) -> u32 {
    run.log.peers_before(Time::ZERO + Duration::from_secs_f64(run.scenario.horizon.as_secs_f64() / 2.0))
}

/// Early peers whose first version took effect within `limit`.
pub(super) fn propagated(run: &Run, limit: Duration) -> Trials {
    let early = early(run);
    let in_time = run.log.propagations.iter().filter(|version| {
        version.peer.get() < early
            && version.version == Version::FIRST
            && version.effective - version.committed <= limit
    });
    (in_time.count() as u64, early.into())
}

/// Messages of a kind per early peer.
pub(super) fn messages(run: &Run, kind: MessageKind) -> f64 {
    let early = early(run);
    let sent = run.log.messages.iter().filter(|message| message.peer.get() < early && message.kind == kind);
    sent.count() as f64 / f64::from(early)
}

/// Duplicate deliveries per early peer.
pub(super) fn duplicates(run: &Run) -> f64 {
    let early = early(run);
    run.log.duplicates.iter().filter(|peer| peer.get() < early).count() as f64 / f64::from(early)
}
