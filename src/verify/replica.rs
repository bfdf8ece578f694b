//! The read replica: its lag behind the primary.

use super::case::{Case, HERE, point};
use super::handshake::counted;
use super::push::waits;

/// A write starts every second at a random phase and is visible half a second later. So at a random time the lag of a
/// replica is uniform between 0.5 s and 1.5 s.
fn lag_at_most(y: f64) -> f64 {
    (y - 0.5).clamp(0.0, 1.0)
}

pub(super) fn cases() -> Vec<Case> {
    // The initiation reaches the gateway client_delay + path.delay after the commit.
    let ages = [0.4, 0.6, 0.9, 1.3, 1.6];
    let mut case = Case::new(
        "replica",
        "read replica only, written every S = 1 s, transfer X = 0.5 s; read y after the commit; inline",
        40,
        "gateways.count = 50\nreplica.sync_every = '1s'\nreplica.transfer = '500ms'\n\
         [strategies.pull]\npull = { answer = 'inline', source = 'replica', fallback = false, identify = '0s' }\n\
         [[sweep]]\n'api.client_delay' = ['390ms', '590ms', '890ms', '1290ms', '1590ms']",
    );
    for (index, y) in ages.into_iter().enumerate() {
        case = case.share(
            point(index),
            format!("not known yet, y = {y} s"),
            "1 − P(X + uniform[0, S) ≤ y)",
            1.0 - lag_at_most(y),
            |run| counted(run, "stalled"),
        );
    }
    vec![case, slow()]
}

/// The result of a read is the content of the replica at the end of the read. The read has no timeout.
fn slow() -> Case {
    Case::new(
        "replica-slow",
        "read replica only, a read takes 3 s; written every 100 ms, 100 ms later; timeout 1 s",
        1,
        "clients.arrivals = { every = '1s' }\nreplica.service = '3s'\nreplica.sync_every = '100ms'\n\
         replica.transfer = '100ms'\n[strategies.pull]\n\
         pull = { answer = 'inline', source = 'replica', fallback = false, identify = '0s', timeout = '1s' }",
    )
    .exact(HERE, "wait", "RTT + service", 3.020, waits)
}
