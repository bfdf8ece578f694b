//! Push over `JetStream`: every step of the redelivery delay, with a backoff list, and with a limit.

use super::case::{Case, HERE};
use super::formula::{exp, geometric, power};
use super::handshake::average;
use super::push::{creates, duplicates, early, failed_creates, messages, propagated};
use crate::model::MessageKind;
use des::Duration;

/// Each message is lost with this probability.
const P: f64 = 0.3;
/// Probability that a delivery is not acknowledged: it, or its acknowledgement, is lost.
const F: f64 = 1.0 - (1.0 - P) * (1.0 - P);
/// Delay of publish and delivery, s.
const DIRECT: f64 = 0.020;

pub(super) fn cases() -> Vec<Case> {
    vec![redelivered(), backed_off(), limited(), stored(), published_again()]
}

/// The stream stops redelivering long before the publisher gets the stream's acknowledgement.
fn stored() -> Case {
    Case::new(
        "jetstream-ack",
        "wait = ack, bus.delay 1 s, ack_wait 100 ms: only the stream's acknowledgement answers the client",
        1,
        "clients.arrivals = { every = '1s' }\nbus.delay = '1s'\n\
         [strategies.push]\npush = { transport = 'jetstream', wait = 'ack', ack_wait = '100ms', max_deliver = 1 }",
    )
    .exact(HERE, "create time", "2·client_delay + 2·bus.delay", 2.08, creates)
}

/// A repeated create publishes again, with its own delays.
fn published_again() -> Case {
    let (mean, left) = (0.1, 0.2);
    let late = (1.0 + left / mean) * exp(-left / mean);
    Case::new(
        "jetstream-again",
        "wait = ack, exponential bus.delay of mean D = 100 ms; two creates, each with a timeout of 2·client_delay + 2·D",
        20,
        "clients.create_attempts = 2\nclients.create_timeout = '280ms'\nbus.delay = { exponential = '100ms' }\n\
         [strategies.push]\npush = { transport = 'jetstream', wait = 'ack', ack_wait = '10m' }",
    )
    .share(HERE, "creates that fail", "(3e⁻²)², Erlang's law of two delays", late * late, failed_creates)
}

/// Asks for each step of the delay: `steps` are the delays before redelivery 1, 2, …
fn with_steps(mut case: Case, steps: &[f64]) -> Case {
    let mut delay = 0.0;
    for j in 0..=steps.len() {
        let expected = 1.0 - power(P, u32::try_from(j).expect("few steps") + 1);
        let exponent = ["", "²", "³", "⁴"][j];
        // The step and half a second, which is less than the next step.
        let limit = Duration::from_secs_f64(DIRECT + delay + 0.5);
        case = case.share(
            HERE,
            format!("installed by {:.2} s", DIRECT + delay),
            format!("1 − p{exponent}"),
            expected,
            move |run| propagated(run, limit),
        );
        delay += steps.get(j).copied().unwrap_or(0.0);
    }
    case
}

fn redelivered() -> Case {
    let case = Case::new(
        "jetstream",
        "every message lost with p = 0.3, ack_wait W = 5 s; f = 1 − (1−p)²",
        40,
        "horizon = '200s'\nclients.arrivals = { poisson = '100/s' }\nbus.loss = 0.3\n\
         [strategies.push]\npush = { transport = 'jetstream', wait = 'ack', ack_wait = '5s' }",
    )
    .exact(HERE, "create time", "2·client_delay + 2·bus.delay", 0.100, creates);
    with_steps(case, &[5.0, 5.0])
        .mean(HERE, "propagation, mean", "2d + W·p/(1−p) s", DIRECT + 5.0 * P / (1.0 - P), |run| {
            let early = early(run);
            let versions = run.log.propagations.iter().filter(|version| version.peer.get() < early);
            let delays = versions.map(|version| (version.effective - version.committed).as_secs_f64());
            average(&delays.collect::<Vec<_>>())
        })
        .mean(HERE, "deliveries per create", "1/(1−f)", 1.0 / (1.0 - F), |run| messages(run, MessageKind::Push))
        .mean(HERE, "duplicates per create", "(1−p)/(1−f) − 1", (1.0 - P) / (1.0 - F) - 1.0, duplicates)
}

fn backed_off() -> Case {
    let case = Case::new(
        "jetstream-backoff",
        "the same with backoff = [1 s, 4 s], whose last entry repeats",
        20,
        "horizon = '200s'\nclients.arrivals = { poisson = '100/s' }\nbus.loss = 0.3\n\
         [strategies.push]\npush = { transport = 'jetstream', backoff = ['1s', '4s'] }",
    );
    with_steps(case, &[1.0, 4.0, 4.0])
}

fn limited() -> Case {
    Case::new(
        "jetstream-limit",
        "the same with ack_wait = 5 s and max_deliver k = 3",
        20,
        "horizon = '200s'\nclients.arrivals = { poisson = '100/s' }\nbus.loss = 0.3\n\
         [strategies.push]\npush = { transport = 'jetstream', ack_wait = '5s', max_deliver = 3 }",
    )
    .share(HERE, "delivered", "1 − pᵏ", 1.0 - power(P, 3), |run| propagated(run, Duration::MAX))
    .mean(HERE, "deliveries per create", "(1−fᵏ)/(1−f)", geometric(F, 3), |run| messages(run, MessageKind::Push))
    .mean(
        HERE,
        "duplicates per create",
        "(1−p)(1−fᵏ)/(1−f) − (1−pᵏ)",
        (1.0 - P) * geometric(F, 3) - (1.0 - power(P, 3)),
        duplicates,
    )
}
