//! Gilbert–Elliott loss: the amount, the lengths of bursts, and the correlation of two sendings some time apart.

use super::case::{Case, HERE, Run};
use super::formula::exp;
use super::push::{early, propagated};
use des::Duration;

/// Mean sojourn in the good and in the bad state, s.
const GOOD: f64 = 10.0;
const BAD: f64 = 2.0;
/// Probability of the bad state.
const PI: f64 = BAD / (GOOD + BAD);
/// Time between two messages, s.
const GAP: f64 = 0.5;

/// One gateway that gets a message every half second; clients do not retry.
const MESSAGES: &str = "horizon = '20000s'\nclients.arrivals = { every = '500ms' }\n\
    clients.handshake.initiations_max = 1\n";

pub(super) fn cases() -> Vec<Case> {
    vec![certain(), mixed(), retried()]
}

/// P(bad at t | bad at 0): the correlation of the two-state chain decays at rate 1/good + 1/bad.
fn still_bad(t: f64) -> f64 {
    PI + (1.0 - PI) * exp(-t * (1.0 / GOOD + 1.0 / BAD))
}

/// Whether each message was lost, in order.
fn fates(run: &Run) -> Vec<bool> {
    run.log.messages.iter().map(|message| message.lost).collect()
}

/// Every message is lost in the bad state, none in the good state.
fn certain() -> Case {
    let mut case = Case::new(
        "bursts",
        "good 10 s, bad 2 s, loss 1 in the bad state, a push every 0.5 s; π = 2/12, τ = 1/(1/10 + 1/2) s",
        60,
        &format!("{MESSAGES}bus.burst = {{ good = '10s', bad = '2s', loss = 1.0 }}\nstrategies.push.push = {{}}"),
    )
    .mean(HERE, "lost", "π = bad/(good + bad)", PI, |run| run.measure("bus_lost_burst") / run.measure("bus_sent"))
    .mean(
        HERE,
        "lost in a row, mean",
        "1/(1 − π − (1−π)exp(−0.5/τ))",
        1.0 / (1.0 - still_bad(GAP)),
        |run| {
            let fates = fates(run);
            let lost = fates.iter().filter(|&&lost| lost).count();
            let ends = fates.windows(2).filter(|pair| pair[0] && !pair[1]).count();
            lost as f64 / ends as f64
        },
    );
    for steps in [1_usize, 4, 10] {
        let seconds = GAP * steps as f64;
        let expected = PI * still_bad(seconds);
        case = case.mean(
            HERE,
            format!("lost twice, {seconds} s apart"),
            "π(π + (1−π)exp(−s/τ))",
            expected,
            move |run| {
                let fates = fates(run);
                let both = fates.iter().zip(&fates[steps..]).filter(|(first, second)| **first && **second).count();
                both as f64 / (fates.len() - steps) as f64
            },
        );
    }
    case
}

/// Independent loss and loss in bursts.
fn mixed() -> Case {
    let (p, h) = (0.02, 0.9);
    Case::new(
        "bursts-mixed",
        "the same with h = 0.9 in the bad state and an independent loss of p = 0.02",
        60,
        &format!(
            "{MESSAGES}bus.loss = 0.02\nbus.burst = {{ good = '10s', bad = '2s', loss = 0.9 }}\nstrategies.push.push = {{}}"
        ),
    )
    .mean(HERE, "lost", "1 − (1−p)(1−πh)", 1.0 - (1.0 - p) * (1.0 - PI * h), |run| {
        (run.measure("bus_lost_random") + run.measure("bus_lost_burst")) / run.measure("bus_sent")
    })
}

/// A retry soon after the first sending is likely to share its fate.
fn retried() -> Case {
    Case::new(
        "bursts-retry",
        "loss 1 in the bad state; two attempts, the second 2 s after the first",
        60,
        &format!(
            "{MESSAGES}bus.burst = {{ good = '10s', bad = '2s', loss = 1.0 }}\n\
             [strategies.push]\npush = {{ attempts = 2, timeout = '2s', backoff = '0s' }}"
        ),
    )
    .mean(HERE, "never delivered", "π(π + (1−π)exp(−2/τ))", PI * still_bad(2.0), |run| {
        let (delivered, _) = propagated(run, Duration::MAX);
        1.0 - delivered as f64 / f64::from(early(run))
    })
}
