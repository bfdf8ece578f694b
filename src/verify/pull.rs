//! Pull: the three kinds of answer, and retries of fetches with full jitter.

use super::case::{Case, HERE, strategy};
use super::formula::{WIREGUARD, geometric, power};
use super::handshake::{counted, within};
use super::push::waits;

/// From client to gateway and back, s.
const ROUND_TRIP: f64 = 0.020;

/// The three kinds of answer as strategies, in this order.
const ANSWERS: &str = "[strategies.initiate]\npull = { answer = 'initiate' }\n\
    [strategies.inline]\npull = { answer = 'inline' }\n[strategies.retry]\npull = { answer = 'retry' }\n";

pub(super) fn cases() -> Vec<Case> {
    vec![
        answers(),
        joined(),
        lossy_answers(),
        retries("fetch-http", "requests lost with f = 0.3 over http", "http.failure = 0.3", "", 0.3, 0.0402),
        retries(
            "fetch-bus",
            "request and reply each lost with p = 0.2 over the bus: f = 1 − (1−p)²",
            "bus.loss = 0.2",
            "transport = 'bus', ",
            1.0 - 0.8 * 0.8,
            0.0202,
        ),
    ]
}

/// Nothing is random: A is the time from the initiation's arrival to the install.
fn answers() -> Case {
    // identify 0.2 ms, request and reply 2·20 ms, service 5 ms, install 1 ms
    let a = 0.046_2;
    Case::new(
        "pull-exact",
        "constant delays, no loss; A = identify + 2·http.delay + fetch_service + install = 46.2 ms",
        1,
        &format!(
            "horizon = '60s'\nclients.arrivals = {{ every = '20ms' }}\nclients.handshake.retry_jitter = '0s'\n\
             api.fetch_service = '5ms'\ngateways.install = '1ms'\n{ANSWERS}"
        ),
    )
    .exact(strategy(0), "wait, answer = initiate", "A + 2·RTT", a + 2.0 * ROUND_TRIP, waits)
    .exact(strategy(1), "wait, answer = inline", "A + RTT", a + ROUND_TRIP, waits)
    .exact(strategy(2), "wait, answer = retry", "retry_after + RTT", 5.0 + ROUND_TRIP, waits)
}

/// A fetch takes so long that the client's second initiation joins it. The answer goes to the latest initiation.
fn joined() -> Case {
    Case::new(
        "pull-slow",
        "the same with a service of 6 s, inline: A = 6.0402 s > retry_after, so the second initiation joins the fetch",
        1,
        "horizon = '60s'\nclients.arrivals = { every = '20ms' }\nclients.handshake.retry_jitter = '0s'\n\
         api.fetch_service = '6s'\n[strategies.pull]\npull = { answer = 'inline', timeout = '20s' }",
    )
    .exact(HERE, "wait", "A + RTT", 6.040_2 + ROUND_TRIP, waits)
    .share(HERE, "cause is pull_late", "1", 1.0, |run| counted(run, "cause_pull_late"))
}

/// The end of a client's attempt under packet loss. Until the config is installed, an initiation may be answered by the
/// exchange of the strategy; afterwards by a response.
struct Fate {
    failed: f64,
    wait: f64,
}

/// `through`: probability that an initiation which arrives without a record leads to a session, which then takes
/// `exchange`.
fn fate(loss: f64, through: f64, exchange: f64) -> Fate {
    let response = power(1.0 - loss, 2);
    let (mut without, mut with) = (1.0, 0.0);
    let (mut connected, mut wait) = (0.0, 0.0);
    for k in 0..20 {
        let sent = WIREGUARD.step() * f64::from(k);
        let (pulled, answered) = (without * (1.0 - loss) * through, with * response);
        connected += pulled + answered;
        wait += pulled * (sent + exchange) + answered * (sent + ROUND_TRIP);
        with += without * (1.0 - loss) * (1.0 - through) - answered;
        without *= loss;
    }
    Fate { failed: 1.0 - connected, wait: wait / connected }
}

/// Every packet can be lost; the fetch succeeds.
fn lossy_answers() -> Case {
    const LOSS: f64 = 0.5;
    let a = 0.040_2;
    let mut case = Case::new(
        "pull-path",
        "packet loss ℓ = 0.5: four packets for initiate, two for inline, two of the next exchange for retry",
        80,
        &format!("path.loss = 0.5\n{ANSWERS}"),
    )
    .share(strategy(0), "stall rate, initiate", "1 − (1−ℓ)⁴", 1.0 - power(1.0 - LOSS, 4), |run| {
        counted(run, "stalled")
    })
    .share(strategy(1), "stall rate, inline", "1 − (1−ℓ)²", 1.0 - power(1.0 - LOSS, 2), |run| {
        counted(run, "stalled")
    })
    .share(strategy(2), "stall rate, retry", "1", 1.0, |run| counted(run, "stalled"));
    let fates = [
        ("initiate", fate(LOSS, power(1.0 - LOSS, 3), a + 2.0 * ROUND_TRIP)),
        ("inline", fate(LOSS, 1.0 - LOSS, a + ROUND_TRIP)),
        ("retry", fate(LOSS, 0.0, 0.0)),
    ];
    for (index, (name, fate)) in fates.into_iter().enumerate() {
        case = case
            .share(
                strategy(index),
                format!("failure rate, {name}"),
                "chain: not installed, installed",
                fate.failed,
                |run| counted(run, "failed"),
            )
            .mean(
                strategy(index),
                format!("wait, mean, {name}"),
                "chain: not installed, installed",
                fate.wait,
                |run| run.measure("handshake_wait_mean_s"),
            );
    }
    case
}

/// Three requests per fetch with full jitter, all between two initiations. `f`: probability that a request gets no
/// answer. `a`: time from the initiation's arrival to the install if the first request gets one.
fn retries(name: &'static str, about: &'static str, loss: &str, transport: &str, f: f64, a: f64) -> Case {
    let (timeout, backoff) = (0.5, 0.4);
    let direct = a + ROUND_TRIP;
    let failed = power(f, 3);
    let second = timeout + backoff / 2.0;
    let third = 2.0 * timeout + 1.5 * backoff;
    let retried = (f * second + f * f * third) / geometric(f, 3);
    let mean = WIREGUARD.step() * failed / (1.0 - failed) + retried + direct;
    Case::new(
        name,
        about,
        40,
        &format!(
            "clients.arrivals = {{ poisson = '100/s' }}\n{loss}\n[strategies.pull]\n\
             pull = {{ {transport}answer = 'inline', timeout = '500ms', attempts = 3, backoff = '400ms' }}"
        ),
    )
    .share(HERE, "wait of one request", "1 − f", 1.0 - f, move |run| within(run, direct + 0.001))
    .share(HERE, "a second within 0.6 s more", "(1−f)(1 + f·0.1/0.4)", (1.0 - f) * (1.0 + f * 0.25), move |run| {
        within(run, direct + 0.6)
    })
    .share(
        HERE,
        "a third within 1.4 s more",
        "(1−f)(1 + f + f²·P(B₁+B₂ ≤ 0.4))",
        // The triangle below 0.4 in the rectangle 0.4 × 0.8.
        (1.0 - f) * (1.0 + f + f * f * 0.25),
        move |run| within(run, direct + 1.4),
    )
    .share(HERE, "stall rate", "f³", failed, |run| counted(run, "stalled"))
    .mean(HERE, "wait, mean", "5.1665·f³/(1−f³)+E[R]+A+RTT s", mean, |run| run.measure("handshake_wait_mean_s"))
}
