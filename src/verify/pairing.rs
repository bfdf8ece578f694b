//! Common random numbers: the variance of a paired difference, compared with that of a difference of independent runs.

use super::case::{Case, point, strategy};

/// Attempts of a run. Arrivals come every 20 ms from 20 ms on. Counted are those whose first initiation, 80 ms after
/// the arrival, is sent before 10.07 s.
const N: f64 = 499.0;

pub(super) fn cases() -> Vec<Case> {
    vec![losses(), retries()]
}

/// Per replication, the squared deviation of the difference of two counts (second minus first) from `expected`.
fn paired(groups: &[&[f64]], expected: f64) -> Vec<f64> {
    groups[0].iter().zip(groups[1]).map(|(first, second)| square(second - first - expected)).collect()
}

/// Like [`paired`], for counts of different replications. No value is used twice.
fn unpaired(groups: &[&[f64]], expected: f64) -> Vec<f64> {
    let (first, second) = (groups[0].chunks_exact(2), groups[1].chunks_exact(2));
    first.zip(second).map(|(first, second)| square(second[1] - first[0] - expected)).collect()
}

fn square(x: f64) -> f64 {
    x * x
}

/// The same peers have the same draws at both losses: a push lost at 0.10 is lost at 0.12 too.
fn losses() -> Case {
    const P: f64 = 0.10;
    const Q: f64 = 0.12;
    let groups = [point(0), point(1)];
    Case::new(
        "pairing",
        "n = 499 pushes a run, loss p = 0.10 against q = 0.12",
        3000,
        "horizon = '10070ms'\nclients.arrivals = { every = '20ms' }\nclients.handshake.initiations_max = 1\n\
         strategies.push.push = {}\n[[sweep]]\n'bus.loss' = [0.10, 0.12]",
    )
    .mean(point(0), "attempts", "n", N, |run| run.measure("attempts"))
    .combined(
        &groups,
        "stalls at q − at p, mean",
        "n(q−p)",
        N * (Q - P),
        |run| run.measure("stalled"),
        |groups| groups[0].iter().zip(groups[1]).map(|(first, second)| second - first).collect(),
    )
    .combined(
        &groups,
        "variance, paired",
        "n(q−p)(1−(q−p))",
        N * (Q - P) * (1.0 - (Q - P)),
        |run| run.measure("stalled"),
        |groups| paired(groups, N * (Q - P)),
    )
    .combined(
        &groups,
        "variance, independent runs",
        "n(p(1−p) + q(1−q)): 10 times",
        N * (P * (1.0 - P) + Q * (1.0 - Q)),
        |run| run.measure("stalled"),
        |groups| unpaired(groups, N * (Q - P)),
    )
}

/// The first sending has the same draws under both strategies.
fn retries() -> Case {
    const P: f64 = 0.1;
    // Probability that the second attempt succeeds after a lost first one.
    const S: f64 = P * (1.0 - P);
    let groups = [strategy(0), strategy(1)];
    Case::new(
        "pairing-retry",
        "the same with p = 0.1, one attempt against two",
        3000,
        "horizon = '10070ms'\nclients.arrivals = { every = '20ms' }\nclients.handshake.initiations_max = 2\n\
         bus.loss = 0.1\n[strategies.once]\npush = {}\n\
         [strategies.twice]\npush = { attempts = 2, timeout = '1s', backoff = '0s' }",
    )
    .combined(
        &groups,
        "failures, two − one, mean",
        "−np(1−p)",
        -N * S,
        |run| run.measure("failed"),
        |groups| groups[0].iter().zip(groups[1]).map(|(first, second)| second - first).collect(),
    )
    .combined(
        &groups,
        "variance, paired",
        "ns(1−s), s = p(1−p)",
        N * S * (1.0 - S),
        |run| run.measure("failed"),
        |groups| paired(groups, -N * S),
    )
    .combined(
        &groups,
        "variance, independent runs",
        "n(p(1−p) + p²(1−p²))",
        N * (P * (1.0 - P) + P * P * (1.0 - P * P)),
        |run| run.measure("failed"),
        |groups| unpaired(groups, -N * S),
    )
}
