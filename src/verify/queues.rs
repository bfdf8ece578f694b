//! Queues: the serial installer, the API's workers, slow consumers, and fetches of limited concurrency.

use super::case::{Case, HERE, Run};
use super::formula::{erlang_c, power, turned_away};
use super::handshake::average;
use des::Time;

/// Pushes arrive long before the client's initiations, so no attempt depends on them.
const INSTALLER: &str = "warmup = '20s'\nhorizon = '60s'\nclients.arrivals = { poisson = '700/s' }\n\
    api.client_delay = '2s'\nstrategies.push.push = {}\n";

pub(super) fn cases() -> Vec<Case> {
    let mut cases = vec![installer_mm1(), installer_md1()];
    cases.extend([
        api(
            "api-mm1",
            "λ = 700/s, one worker, exponential service, mean 1 ms",
            700.0,
            1,
            "{ exponential = '1ms' }",
            1.0,
        ),
        api("api-md1", "λ = 700/s, one worker, constant service of 1 ms", 700.0, 1, "'1ms'", 0.5),
        api(
            "api-mmc",
            "λ = 3200/s, four workers, exponential service, mean 1 ms",
            3200.0,
            4,
            "{ exponential = '1ms' }",
            1.0,
        ),
    ]);
    cases.extend([measured_service(), full_api(), slow_consumer(), limited_fetches()]);
    cases
}

/// Time from commit to install, s, of the counted versions.
fn delays(run: &Run) -> Vec<f64> {
    let (from, to) = (Time::ZERO + run.scenario.warmup, Time::ZERO + run.scenario.horizon);
    let counted = run.log.propagations.iter().filter(|version| from <= version.committed && version.committed < to);
    counted.map(|version| (version.effective - version.committed).as_secs_f64()).collect()
}

fn installer_mm1() -> Case {
    let (lambda, mu) = (700.0, 1000.0);
    let mut case = Case::new(
        "installer-mm1",
        "λ = 700/s, one gateway, exponential installs, mean 1/μ = 1 ms, bus delay d",
        60,
        &format!("{INSTALLER}gateways.install = {{ exponential = '1ms' }}"),
    )
    .mean(HERE, "propagation, mean", "d + 1/(μ−λ) s", 0.010 + 1.0 / (mu - lambda), |run| average(&delays(run)));
    for t in [0.001, 0.005, 0.015] {
        let expected = 1.0 - super::formula::exp(-(mu - lambda) * t);
        case =
            case.mean(HERE, format!("at most d + {} ms", t * 1e3), "1 − exp(−(μ−λ)t)", expected, move |run| {
                let delays = delays(run);
                delays.iter().filter(|&&delay| delay <= 0.010 + t).count() as f64 / delays.len() as f64
            });
    }
    case
}

fn installer_md1() -> Case {
    let rho = 0.7;
    Case::new(
        "installer-md1",
        "the same with constant installs, s = 1 ms",
        60,
        &format!("{INSTALLER}gateways.install = '1ms'"),
    )
    .mean(
        HERE,
        "propagation, mean",
        "d + s + ρs/(2(1−ρ)) s",
        0.010 + 0.001 + rho * 0.001 / (2.0 * (1.0 - rho)),
        |run| average(&delays(run)),
    )
}

/// Creates at the API. `halving` is the wait relative to that of exponential service, by Pollaczek and Khinchine.
fn api(name: &'static str, about: &'static str, lambda: f64, workers: u32, service: &str, halving: f64) -> Case {
    let mu = 1000.0;
    let load = lambda / mu;
    let wait = halving * erlang_c(workers, load) / (f64::from(workers) * mu - lambda);
    let formula = match (workers, halving < 1.0) {
        (1, false) => "ρ/(μ−λ) s",
        (1, true) => "ρ/(2μ(1−ρ)) s",
        _ => "C(c, λ/μ)/(cμ−λ) s",
    };
    Case::new(
        name,
        about,
        60,
        &format!(
            "warmup = '10s'\nhorizon = '40s'\nclients.arrivals = {{ poisson = '{lambda}/s' }}\n\
             api.workers = {workers}\napi.create_service = {service}\nstrategies.push.push = {{}}"
        ),
    )
    .mean(HERE, "wait in the queue, mean", formula, wait, |run| run.measure("api_wait_mean_s"))
    .mean(HERE, "utilization", "λ/(cμ)", load / f64::from(workers), |run| run.measure("api_utilization"))
}

/// Ten measured services, one of them a hundred times as long. Each of the ten is drawn equally often.
fn measured_service() -> Case {
    let (lambda, short, long) = (10.0, 0.005, 0.5);
    let mean = 0.9 * short + 0.1 * long;
    let square = 0.9 * short * short + 0.1 * long * long;
    let load = lambda * mean;
    Case::new(
        "api-empirical",
        "λ = 10/s, one worker, nine measured services of 5 ms and one of 500 ms: M/G/1",
        60,
        "warmup = '1m'\nhorizon = '11m'\nclients.arrivals = { poisson = '10/s' }\nclients.create_timeout = '10m'\n\
         api.workers = 1\napi.create_service = { empirical = 'service.csv' }\nstrategies.push.push = {}",
    )
    .with_file("service.csv", &format!("seconds\n{}{long}\n", format!("{short}\n").repeat(9)))
    .mean(HERE, "utilization", "λ·E[S]", load, |run| run.measure("api_utilization"))
    .mean(
        HERE,
        "wait in the queue, mean",
        "λE[S²]/(2(1−ρ)) s",
        lambda * square / (2.0 * (1.0 - load)),
        |run| run.measure("api_wait_mean_s"),
    )
}

fn full_api() -> Case {
    Case::new(
        "api-mmck",
        "λ = 1600/s, two workers, mean service 1 ms, three may wait: M/M/2/5; a rejected create is not repeated",
        60,
        "warmup = '5s'\nhorizon = '35s'\nclients.arrivals = { poisson = '1600/s' }\n\
         api.workers = 2\napi.queue_limit = 3\napi.create_service = { exponential = '1ms' }\nstrategies.push.push = {}",
    )
    .mean(HERE, "rejected", "P(5 at the API)", turned_away(2, 5, 1.6), |run| {
        run.measure("api_rejected") / run.measure("api_creates")
    })
}

fn slow_consumer() -> Case {
    let (rho, places) = (0.9, 10);
    let expected = (1.0 - rho) * power(rho, places) / (1.0 - power(rho, places + 1));
    Case::new(
        "slow-consumer",
        "λ = 900/s, exponential installs, mean 1 ms, pending_limit K = 10: M/M/1/K",
        60,
        "warmup = '5s'\nhorizon = '35s'\nclients.arrivals = { poisson = '900/s' }\nclients.handshake.initiations_max = 1\n\
         bus.pending_limit = 10\ngateways.install = { exponential = '1ms' }\nstrategies.push.push = {}",
    )
    .mean(HERE, "pushes dropped", "(1−ρ)ρᴷ/(1−ρᴷ⁺¹)", expected, |run| {
        run.measure("bus_lost_slow_consumer") / run.measure("bus_sent")
    })
}

fn limited_fetches() -> Case {
    let (lambda, mu, slots) = (800.0, 250.0, 4);
    let wait = erlang_c(slots, lambda / mu) / (f64::from(slots) * mu - lambda);
    Case::new(
        "fetch-slots",
        "λ = 800/s, concurrency c = 4, a slot is held for an exponential service, mean 1/μ = 4 ms; inline",
        60,
        "warmup = '10s'\nhorizon = '40s'\nclients.arrivals = { poisson = '800/s' }\n\
         api.fetch_service = { exponential = '4ms' }\nhttp.delay = '0s'\n\
         [strategies.pull]\npull = { answer = 'inline', identify = '0s', concurrency = 4 }",
    )
    .mean(HERE, "handshake wait, mean", "RTT + C(c, λ/μ)/(cμ−λ) + 1/μ s", 0.020 + wait + 1.0 / mu, |run| {
        run.measure("handshake_wait_mean_s")
    })
}
