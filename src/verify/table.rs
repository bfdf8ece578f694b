//! The number of records at gateways, with and without eviction, and the number of orphans among them.

use super::case::{Case, HERE};
use super::formula::exp;

/// Times from the commit: the client gets the reply after 40 ms and connects 20 ms later; the config is installed after
/// 10 ms.
const INSTALLED_BEFORE_SESSION: f64 = 0.050;

pub(super) fn cases() -> Vec<Case> {
    vec![evicted(), returning(), growing()]
}

/// Mean time in the table after the last session: `idle_after` and half a period.
const IDLE: f64 = 60.0 + 15.0;

fn evicted() -> Case {
    let time = INSTALLED_BEFORE_SESSION + 20.0 + IDLE;
    Case::new(
        "table-evict",
        "λ = 20/s on 4 gateways, sessions of 20 s, idle_after τ = 60 s, looked at every C = 30 s; M/G/∞",
        40,
        "warmup = '400s'\nhorizon = '1400s'\nclients.arrivals = { poisson = '20/s' }\n\
         clients.session = { exponential = '20s' }\ngateways.count = 4\n\
         [strategies.push]\npush = {}\nevict = { idle_after = '60s', every = '30s' }",
    )
    .mean(HERE, "records per gateway", "λ/4·(0.05 + E[S] + τ + C/2)", 5.0 * time, |run| run.measure("table_mean"))
    .mean(HERE, "orphans, share", "(τ + C/2)/E[time in table]", IDLE / time, |run| run.measure("orphan_fraction"))
}

fn returning() -> Case {
    // Half of all sessions are followed by another one 30 s later, while the record is still installed.
    let time = INSTALLED_BEFORE_SESSION + 2.0 * 20.0 + 30.020 + IDLE;
    Case::new(
        "table-return",
        "the same with returns of probability r = 1/2, in session again after G = 30.02 s; 1/(1−r) sessions",
        40,
        "warmup = '600s'\nhorizon = '1600s'\nclients.arrivals = { poisson = '20/s' }\n\
         clients.session = { exponential = '20s' }\nclients.returns = { probability = 0.5, after = '30s' }\n\
         gateways.count = 4\n\
         [strategies.push]\npush = {}\nevict = { idle_after = '60s', every = '30s' }",
    )
    .mean(HERE, "records per gateway", "λ/4·(0.05+(E[S]+rG)/(1−r)+τ+C/2)", 5.0 * time, |run| {
        run.measure("table_mean")
    })
    .mean(HERE, "orphans, share", "(τ + C/2)/E[time in table]", IDLE / time, |run| run.measure("orphan_fraction"))
}

fn growing() -> Case {
    let (lambda, from, to, session) = (20.0, 100.0, 400.0, 20.0);
    // The record of a peer that arrives at a is installed at a + 0.05 and abandoned by its client at a + 0.1 + S.
    let records = 1000.0 * (to - from) + lambda * ((to * to - from * from) / 2.0 - 0.050 * (to - from));
    let left = |t: f64| {
        let x = t - 0.100;
        x * x / 2.0 - session * x - session * session * exp(-x / session)
    };
    let orphans = 1000.0 * (to - from) + lambda * (left(to) - left(from));
    Case::new(
        "table-grow",
        "λ = 20/s at one gateway, 1000 existing peers, sessions of 20 s, no eviction; from 100 s to 400 s",
        40,
        "warmup = '100s'\nhorizon = '400s'\nclients.arrivals = { poisson = '20/s' }\nclients.existing = 1000\n\
         clients.session = { exponential = '20s' }\nstrategies.push.push = {}",
    )
    .mean(HERE, "records, mean", "1000 + λ·(250 − 0.05)", records / (to - from), |run| run.measure("table_mean"))
    .mean(HERE, "orphans, share", "∫1000+λE[(t−0.1−S)⁺] / ∫records", orphans / records, |run| {
        run.measure("orphan_fraction")
    })
}
