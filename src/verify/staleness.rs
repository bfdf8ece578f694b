//! Ages of configs at gateways under push: stale records, and age of information.

use super::case::{Case, HERE, Run};
use super::formula::exp;
use super::push::propagations;
use super::soft_state::{STAYING, settlers};
use des::Time;

pub(super) fn cases() -> Vec<Case> {
    let mut cases = vec![constant_delay(), exponential_delay(), lossy()];
    cases.extend(ages());
    cases
}

/// Configs of 200 peers change at rate 1/(10 s).
fn changing(delay: &str) -> String {
    format!(
        "warmup = '200s'\nhorizon = '1200s'\n{STAYING}clients.update_every = {{ exponential = '10s' }}\n\
         bus.delay = {delay}\nstrategies.push.push = {{}}\n"
    )
}

fn constant_delay() -> Case {
    let (lambda, d) = (0.1, 2.0);
    let on_its_way = 1.0 - exp(-lambda * d);
    Case::new("stale-push", "200 peers, changes at rate λ = 1/(10 s), bus.delay d = 2 s", 60, &changing("'2s'"))
        .arriving(settlers(200), 1)
        .exact(HERE, "propagation", "d", d, propagations)
        .mean(HERE, "stale records, share", "1 − e^(−λd)", on_its_way, |run| run.measure("stale_fraction"))
        .mean(HERE, "stale age, mean", "d − (1−e^(−λd))/λ s", d - on_its_way / lambda, |run| {
            run.measure("stale_age_mean_s")
        })
}

fn exponential_delay() -> Case {
    let (lambda, mean) = (0.1, 2.0);
    Case::new(
        "stale-overtaken",
        "the same with exponential delays of mean m = 2 s, so that a version may overtake another",
        60,
        &changing("{ exponential = '2s' }"),
    )
    .arriving(settlers(200), 1)
    .mean(HERE, "stale records, share", "λm/(1 + λm)", lambda * mean / (1.0 + lambda * mean), |run| {
        run.measure("stale_fraction")
    })
}

fn lossy() -> Case {
    let (lambda, d, p) = (0.1, 2.0, 0.2);
    Case::new(
        "stale-lost",
        "the first with bus loss p = 0.2: a version that was lost is made good by the next",
        60,
        &format!("{}bus.loss = 0.2", changing("'2s'")),
    )
    .arriving(settlers(200), 1)
    .mean(HERE, "stale records, share", "1 − (1−p)e^(−λd)", 1.0 - (1.0 - p) * exp(-lambda * d), |run| {
        run.measure("stale_fraction")
    })
}

/// Age of information: time since the commit of the version at the gateway, averaged over the counted span and over
/// peers. Each peer has its own gateway.
fn ages() -> Vec<Case> {
    const D: f64 = 0.010;
    let rho: f64 = 0.5;
    let one_each = |name, about, updates: &str, rest: &str| {
        let experiment = format!(
            "warmup = '100s'\nhorizon = '4100s'\n{STAYING}gateways.count = 50\nclients.update_every = {updates}\n\
             {rest}\nstrategies.push.push = {{}}"
        );
        Case::new(name, about, 40, &experiment).arriving(settlers(50), 50)
    };
    let asked = |case: Case, formula: &str, expected: f64| {
        case.mean(HERE, "age of information, mean", formula, expected, age_of_information)
    };
    // β = e^(−(1−β)/ρ) by iteration: the probability that an arrival finds the server busy.
    let beta = (0..200).fold(0.5, |beta, _| exp(-(1.0 - beta) / rho));
    let (exponential, constant) = ("gateways.install = { exponential = '1s' }", "gateways.install = '1s'");
    let (period, p, late) = (5.0, 0.3, 2.0);
    vec![
        asked(
            one_each(
                "age-mm1",
                "changes at rate λ = 1/(2 s), exponential installs, μ = 1/s, ρ = λ/μ",
                "{ exponential = '2s' }",
                exponential,
            ),
            "d + (1 + 1/ρ + ρ²/(1−ρ))/μ s",
            D + 1.0 + 1.0 / rho + rho * rho / (1.0 - rho),
        ),
        asked(
            one_each("age-md1", "the same with constant installs of 1 s", "{ exponential = '2s' }", constant),
            "d+(1/2+1/(2(1−ρ))+(1−ρ)e^ρ/ρ)/μ s",
            D + 0.5 + 1.0 / (2.0 * (1.0 - rho)) + (1.0 - rho) * exp(rho) / rho,
        ),
        asked(
            one_each("age-dm1", "changes every 2 s, exponential installs", "'2s'", exponential),
            "d + (1/(2ρ) + 1/(1−β))/μ s",
            D + 1.0 / (2.0 * rho) + 1.0 / (1.0 - beta),
        ),
        asked(
            one_each(
                "age-lost",
                "changes every T = 5 s, bus.delay d = 2 s, bus loss p = 0.3",
                "'5s'",
                "bus.delay = '2s'\nbus.loss = 0.3",
            ),
            "d + T(1+p)/(2(1−p)) s",
            late + period * (1.0 + p) / (2.0 * (1.0 - p)),
        ),
    ]
}

fn age_of_information(run: &Run) -> f64 {
    let (from, to) = (Time::ZERO + run.scenario.warmup, Time::ZERO + run.scenario.horizon);
    let peers = run.log.arrivals.len();
    // Commit of the version at each gateway, and the time up to which its age has been integrated.
    let mut newest = vec![Time::ZERO; peers];
    let mut since = vec![from; peers];
    let mut total = 0.0;
    let mut add = |newest: Time, since: Time, until: Time| {
        if since < until {
            let age = |now: Time| now.as_secs_f64() - newest.as_secs_f64();
            total += f64::midpoint(age(since), age(until)) * (until - since).as_secs_f64();
        }
    };
    for version in &run.log.propagations {
        let peer = version.peer.index();
        let now = version.effective.max(from).min(to);
        add(newest[peer], since[peer], now);
        newest[peer] = newest[peer].max(version.committed);
        since[peer] = since[peer].max(now);
    }
    for peer in 0..peers {
        add(newest[peer], since[peer], to);
    }
    total / (run.span() * peers as f64)
}
