//! Soft state, repaired periodically: polling, push with reconcile, refresh and expiry.

use super::case::{Case, HERE, Run, Trials};
use super::formula::{WIREGUARD, exp, power};
use super::handshake::{average, counted};
use super::push::{early, propagated};
use des::{Duration, Time};

pub(super) fn cases() -> Vec<Case> {
    vec![polling_delay(), polling_freshness(), push_and_reconcile(), refresh(), expiry(), revocation()]
}

/// Peers that stay in session for the whole run, so that only the mechanism under test changes their records.
pub(super) const STAYING: &str = "clients.session = '1000h'\nclients.handshake.rekey_after = 'never'\n\
    clients.handshake.reject_after = 'never'\n";

/// Arrivals that end after 20 s.
pub(super) fn settlers(count: u32) -> impl Iterator<Item = f64> {
    (0..count).map(move |i| 20.0 * (f64::from(i) + 0.5) / f64::from(count))
}

/// Of the versions committed in [`from`, `to`), s: the number that took effect within `limit`, and the number in all.
fn versions(run: &Run, from: f64, to: f64, limit: f64) -> Trials {
    let (mut hits, mut all) = (0, 0);
    let span = Time::ZERO + Duration::from_secs_f64(from)..Time::ZERO + Duration::from_secs_f64(to);
    let limit = Duration::from_secs_f64(limit);
    for version in run.log.propagations.iter().filter(|version| span.contains(&version.committed)) {
        all += 1;
        hits += u64::from(version.effective - version.committed <= limit);
    }
    (hits, all)
}

fn polling_delay() -> Case {
    let (period, reply) = (10.0, 0.020);
    let mut case = Case::new(
        "poll-delay",
        "each gateway lists its peers every T = 10 s at a random phase, http delay d = 20 ms",
        40,
        "horizon = '120s'\ngateways.count = 20\n[strategies.reconcile]\nreconcile = { every = '10s' }",
    )
    .mean(HERE, "propagation, mean", "T/2 + d s", period / 2.0 + reply, |run| {
        let until = Time::ZERO + Duration::from_secs(100);
        let versions = run.log.propagations.iter().filter(|version| version.committed < until);
        average(&versions.map(|version| (version.effective - version.committed).as_secs_f64()).collect::<Vec<_>>())
    });
    for x in [0.1, 0.5, 0.9] {
        case = case.share(HERE, format!("at most d + {x}·T"), "uniform on [d, d + T)", x, move |run| {
            versions(run, 0.040, 100.040, reply + x * period)
        });
    }
    case.share(HERE, "at most d + T", "1", 1.0, move |run| versions(run, 0.040, 100.040, reply + period))
}

fn polling_freshness() -> Case {
    let (lambda, period, d) = (0.125, 10.0, 0.020);
    let fresh = exp(-lambda * d) * (1.0 - exp(-lambda * period)) / (lambda * period);
    // ∫ y − (1 − e^(−λy))/λ over [d, d + T], over T
    let integral = |y: f64| y * y / 2.0 - y / lambda - exp(-lambda * y) / (lambda * lambda);
    let age = (integral(d + period) - integral(d)) / period;
    Case::new(
        "poll-fresh",
        "the same with 200 peers whose configs change at rate λ = 1/(8 s)",
        60,
        &format!(
            "warmup = '100s'\nhorizon = '400s'\n{STAYING}clients.update_every = {{ exponential = '8s' }}\n\
             gateways.count = 20\n[strategies.reconcile]\nreconcile = {{ every = '10s' }}"
        ),
    )
    .arriving(settlers(200), 20)
    .mean(HERE, "stale records, share", "1 − e^(−λd)(1−e^(−λT))/(λT)", 1.0 - fresh, |run| {
        run.measure("stale_fraction")
    })
    .mean(HERE, "stale age, mean", "1/T·∫ y − (1−e^(−λy))/λ dy s", age, |run| {
        run.measure("stale_age_mean_s")
    })
}

fn push_and_reconcile() -> Case {
    let (p, period, reply) = (0.2, 30.0, 0.020);
    // The first initiation arrives 50 ms after the commit; a list that was read at the commit arrives after 20 ms.
    let head_start = 0.050 - reply;
    let steps: f64 = (0..6).map(|k| 1.0 - (WIREGUARD.step() * f64::from(k) + head_start) / period).sum();
    Case::new(
        "push-reconcile",
        "core, bus loss p = 0.2, d = 10 ms; lists every T = 30 s at a random phase, delay h = 20 ms",
        60,
        "horizon = '300s'\nbus.loss = 0.2\ngateways.count = 20\n\
         [strategies.both]\npush = {}\nreconcile = { every = '30s' }",
    )
    .mean(HERE, "propagation, mean", "(1−p)d + p(T/2 + h) s", (1.0 - p) * 0.010 + p * (period / 2.0 + reply), |run| {
        let until = Time::ZERO + Duration::from_secs(240);
        let versions = run.log.propagations.iter().filter(|version| version.committed < until);
        average(&versions.map(|version| (version.effective - version.committed).as_secs_f64()).collect::<Vec<_>>())
    })
    .share(HERE, "at most h + T/2", "1 − p/2", 1.0 - p / 2.0, move |run| {
        versions(run, 0.040, 240.040, reply + period / 2.0)
    })
    .share(HERE, "stall rate", "p(1 − 0.03/T)", p * (1.0 - head_start / period), |run| counted(run, "stalled"))
    .mean(
        HERE,
        "handshake wait, mean",
        "RTT+5.1665·p·Σ(1−(gₖ+0.03)/T)⁺ s",
        0.020 + p * WIREGUARD.step() * steps,
        |run| run.measure("handshake_wait_mean_s"),
    )
}

fn refresh() -> Case {
    let (p, period, delay) = (0.3, 10.0, 0.010);
    let mut case = Case::new(
        "refresh",
        "core, bus loss p = 0.3, delay d = 10 ms, sent again every T = 10 s",
        60,
        "horizon = '200s'\nclients.arrivals = { poisson = '20/s' }\nbus.loss = 0.3\n\
         [strategies.push]\npush = { refresh_every = '10s' }",
    )
    .mean(HERE, "propagation, mean", "d + T·p/(1−p) s", delay + period * p / (1.0 - p), |run| {
        let early = early(run);
        let versions = run.log.propagations.iter().filter(|version| version.peer.get() < early);
        average(&versions.map(|version| (version.effective - version.committed).as_secs_f64()).collect::<Vec<_>>())
    });
    for j in 0..3 {
        let exponent = ["", "²", "³"][j as usize];
        let limit = Duration::from_secs_f64(delay + period * f64::from(j) + 1.0);
        case = case.share(
            HERE,
            format!("at most d + {j}·T"),
            format!("1 − p{exponent}"),
            1.0 - power(p, j + 1),
            move |run| propagated(run, limit),
        );
    }
    case
}

/// A record is missing once three refreshes in a row were lost. After two lost refreshes it is missing in the second
/// half of the period.
fn expiry() -> Case {
    let p = 0.3;
    Case::new(
        "expiry",
        "the same with 400 peers that stay, and records that expire after 2.5·T without a message",
        100,
        &format!(
            "warmup = '60s'\nhorizon = '560s'\n{STAYING}bus.loss = 0.3\n\
             [strategies.push]\npush = {{ refresh_every = '10s' }}\nexpire = {{ after = '25s' }}"
        ),
    )
    .arriving(settlers(400), 1)
    .mean(HERE, "live, without a record", "p³ + p²(1−p)/2", p * p * p + p * p * (1.0 - p) / 2.0, |run| {
        run.measure("missing_fraction")
    })
}

/// The expiry removes a record whose removal message was lost.
fn revocation() -> Case {
    let (p, period): (f64, f64) = (0.3, 10.0);
    // E[(2.5·T − iT − xT)⁺], x uniform on [0, 1), i refreshes lost before the revocation
    let left = [2.0, 1.0, 0.125].map(|periods| periods * period);
    let mean = p * (0..3).map(|i| (1.0 - p) * power(p, i) * left[i as usize]).sum::<f64>();
    Case::new(
        "revocation",
        "the same without delay, revoked after uniform[200 s, 300 s]; a removal is sent once",
        400,
        &format!(
            "horizon = '400s'\n{STAYING}clients.revoke_after = {{ uniform = ['200s', '300s'] }}\n\
             bus.loss = 0.3\nbus.delay = '0s'\n\
             [strategies.push]\npush = {{ refresh_every = '10s' }}\nexpire = {{ after = '25s' }}"
        ),
    )
    .arriving(settlers(400), 1)
    .mean(HERE, "revoked exposure, mean", "pT·Σ (1−p)pⁱE[(2.5−i−x)⁺] s", mean, |run| {
        run.measure("revoked_exposure_mean_s")
    })
}
