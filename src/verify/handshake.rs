//! `WireGuard`'s retry grid: when initiations are sent, when the client gives up, and the effect of packet loss.

use super::case::{Case, HERE, Run, Trials};
use super::formula::{WIREGUARD, power};
use des::Duration;

/// Packet loss that is heavy enough for the whole grid to be used: an exchange succeeds with probability 0.16.
const LOSS: f64 = 0.6;
/// From client to gateway and back, s.
const ROUND_TRIP: f64 = 0.020;

pub(super) fn cases() -> Vec<Case> {
    vec![giving_up(), retrying(), losing_patience()]
}

/// No config ever arrives, so every attempt runs to its end.
fn giving_up() -> Case {
    let mean = 20.0 * WIREGUARD.step();
    Case::new(
        "grid-end",
        "every push is lost, so every initiation is dropped: 20 intervals of 5 s + uniform[0, 333 ms]",
        100,
        "horizon = '20s'\nbus.loss = 1.0\nstrategies.push.push = {}",
    )
    .mean(HERE, "gives up after, mean", "20·(5 + 0.333/2) s", mean, |run| average(&ends(run)))
    .mean(HERE, "gives up after, variance", "20·0.333²/12 s²", 20.0 * 0.333 * 0.333 / 12.0, move |run| {
        let squares: Vec<f64> = ends(run).iter().map(|end| (end - mean) * (end - mean)).collect();
        average(&squares)
    })
    .share(HERE, "gives up within 102.8 s", "Irwin–Hall, n = 20", WIREGUARD.reached(20, 102.8), |run| {
        let ends = ends(run);
        (ends.iter().filter(|&&end| end <= 102.8).count() as u64, ends.len() as u64)
    })
}

/// The config is installed; packets are lost.
fn retrying() -> Case {
    let q = power(1.0 - LOSS, 2);
    let mean = WIREGUARD.step() * WIREGUARD.failures_before_success(q) + ROUND_TRIP;
    let mut case = Case::new(
        "grid",
        "installed in time, packet loss ℓ = 0.6: an exchange succeeds with q = (1−ℓ)²",
        60,
        "horizon = '60s'\nclients.arrivals = { poisson = '100/s' }\npath.loss = 0.6\nstrategies.push.push = {}",
    )
    .share(HERE, "stall rate", "1 − q", 1.0 - q, |run| counted(run, "stalled"))
    .share(HERE, "failure rate", "(1−q)²⁰", power(1.0 - q, 20), |run| counted(run, "failed"))
    .mean(HERE, "wait if connected, mean", "5.1665·E[K | K < 20] + RTT s", mean, |run| {
        run.measure("handshake_wait_mean_s")
    });
    for t in [5.2, 31.2, 62.4] {
        let expected = WIREGUARD.connected_by(q, ROUND_TRIP, t);
        case = case.share(
            HERE,
            format!("wait at most {t} s"),
            "Σ q(1−q)ᵏ P(gₖ + RTT ≤ t)",
            expected,
            move |run| within(run, t),
        );
    }
    case
}

/// The client gives up in the middle of the grid.
fn losing_patience() -> Case {
    let q = power(1.0 - LOSS, 2);
    Case::new(
        "patience",
        "the same with clients that give up 12 s after their first initiation",
        40,
        "horizon = '60s'\nclients.handshake.patience = '12s'\npath.loss = 0.6\nstrategies.push.push = {}",
    )
    .share(
        HERE,
        "failure rate",
        "1 − P(wait ≤ 12 s)",
        1.0 - WIREGUARD.connected_by(q, ROUND_TRIP, 12.0),
        |run| counted(run, "failed"),
    )
}

/// Time from the first initiation to giving up, s, of the counted attempts that failed.
pub(super) fn ends(run: &Run) -> Vec<f64> {
    let failed = run.log.attempts.iter().filter(|(_, end)| end.counted && !end.connected);
    failed.map(|&(now, end)| (now - end.first_sent).as_secs_f64()).collect()
}

/// The mean of some values.
pub(super) fn average(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Number of events among the counted attempts that sent an initiation.
pub(super) fn counted(run: &Run, measure: &str) -> Trials {
    share_of(run.measure(measure), run.measure("attempts") - run.measure("create_failed"))
}

/// Two counts as trials.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "counts are whole and not negative")]
pub(super) fn share_of(part: f64, whole: f64) -> Trials {
    (part as u64, whole as u64)
}

/// Counted attempts that connected within `t` seconds.
pub(super) fn within(run: &Run, t: f64) -> Trials {
    let limit = Duration::from_secs_f64(t);
    let (mut hits, mut all) = (0, 0);
    for wait in run.log.waits() {
        all += 1;
        hits += u64::from(wait.is_some_and(|wait| wait <= limit));
    }
    (hits, all)
}
