//! Estimates the memory of an experiment before its first run: quantities without a bound, and the key behind each.
//!
//! The estimate gives the order of magnitude, rather too high than too low. Its purpose is to refuse an experiment that
//! no machine can hold, with the name of the key; otherwise the system would kill the program without a message.
//! `docs/promises.md` compares the estimate with measured peaks.

use super::row::Row;
use crate::measure::SeriesBin;
use crate::model::{Arrivals, PushTransport, Scenario};
use crate::plan::{Group, Plan, Replications};
use des::Distribution;

/// Bytes of a peer with its events, and with the state that mechanisms, levels and samples keep of it. Measured with
/// every mechanism in use, rounded up; with push alone it is a third.
const PEER: f64 = 350.0;

/// Bytes of a message or request under way: its event, its publication, its place in a queue.
const MESSAGE: f64 = 100.0;

/// Bytes of a gateway with its queues and streams.
const GATEWAY: f64 = 2_000.0;

/// Bytes of a stranger's handshake.
const STRANGER: f64 = 150.0;

/// Bytes of every run: the tables of its distributions, its queue, its counters.
const RUN: f64 = 4e6;

/// Bytes of the program before its first run.
const PROGRAM: f64 = 1.5e7;

/// Upper bound of the bytes of one outcome's exact values: five distributions of at most 65,536 values of 8 bytes.
const OUTCOME: f64 = 5.0 * 65_536.0 * 8.0;

/// Typical number of outcomes per thread that wait to be put in order.
const WAITING: f64 = 4.0;

/// Factor on the size of series for the bytes written of them.
const WRITTEN: f64 = 1.5;

/// Maximum number of groups examined; of more, this number, spread from the first to the last.
const LOOKED_AT: usize = 5_000;

/// Estimated memory of an experiment.
#[derive(Clone, Debug, PartialEq)]
pub struct Memory {
    /// Bytes for each run at a time.
    pub run: f64,
    /// Bytes apart from the runs.
    pub fixed: f64,
    /// The key with the largest share.
    pub key: String,
    /// The group with the largest estimate.
    pub group: Group,
}

impl Memory {
    /// Bytes with `jobs` runs at once.
    #[must_use]
    pub fn with(&self, jobs: usize) -> f64 {
        self.fixed + self.run * jobs as f64
    }
}

/// The estimate for the group of `plan` that needs most.
#[must_use]
pub fn memory(plan: &Plan) -> Memory {
    let strategies = plan.strategies.len();
    let groups = plan.points.len() * strategies;
    let step = groups.div_ceil(LOOKED_AT).max(1);
    let (Replications::Fixed(replications) | Replications::Precision { at_most: replications, .. }) = plan.replications;
    let mut most: Option<Memory> = None;
    for index in (0..groups).step_by(step).chain(groups.checked_sub(1)) {
        let group = Group::at(index, strategies);
        let scenario = plan.scenario(group.point, group.strategy);
        let runs = f64::from(replications);
        let mut shares = of_run(&scenario, &plan.strategies[group.strategy]);
        let run = shares.iter().map(|share| share.1).sum::<f64>() + RUN + OUTCOME.min(shares[0].1) * WAITING;
        let rows = runs * (size_of::<Row>() + size_of::<u32>()) as f64 * strategies as f64;
        let mut fixed = vec![("replications".to_owned(), rows)];
        if let Some(bin) = scenario.bin {
            let bins = scenario.horizon.as_secs_f64() / bin.as_secs_f64();
            let series = runs * bins * size_of::<SeriesBin>() as f64 * strategies as f64;
            fixed.push(("output.bin".to_owned(), series * WRITTEN));
        }
        let beside = fixed.iter().map(|share| share.1).sum::<f64>() + PROGRAM;
        shares.extend(fixed);
        let largest = shares.into_iter().max_by(|one, other| one.1.total_cmp(&other.1));
        let here = Memory { run, fixed: beside, key: largest.map_or_else(String::new, |share| share.0), group };
        if most.as_ref().is_none_or(|most| most.with(1) < here.with(1)) {
            most = Some(here);
        }
    }
    most.unwrap_or(Memory { run: RUN, fixed: PROGRAM, key: String::new(), group: Group { point: 0, strategy: 0 } })
}

/// Keys of a run and the bytes behind each; the first key is that of the peers.
fn of_run(scenario: &Scenario, strategy: &str) -> Vec<(String, f64)> {
    let horizon = scenario.horizon.as_secs_f64();
    let handled = scenario.events_max as f64;
    let clients = &scenario.clients;
    let arrivals = arrivals(scenario);
    let existing = f64::from(clients.existing);
    let devices = f64::from(clients.devices);
    let arrived = (arrivals / horizon * life(scenario)).min(created(scenario, arrivals)).min(arrivals);
    let peers = arrived.min(handled) + existing + devices;
    let peers_key = if existing.max(devices) <= peers / 2.0 {
        "clients.arrivals"
    } else if devices > existing {
        "clients.devices.count"
    } else {
        "clients.existing"
    };
    let retries = clients.handshake.retry.mean_in_all();
    let patience = clients.handshake.patience.map_or(retries, |patience| patience.as_secs_f64().min(retries));
    let strangers = (clients.strangers * patience.min(horizon)).min(handled);
    let gateways = f64::from(scenario.gateways.count);
    let mut shares = vec![
        (peers_key.to_owned(), peers * PEER),
        ("clients.strangers".to_owned(), strangers * STRANGER),
        ("gateways.count".to_owned(), gateways * GATEWAY),
    ];
    if let Some(push) = &scenario.strategy.push
        && let Some(every) = &push.refresh_every
    {
        let rate = peers / every.mean().max(1e-9);
        let (delay, limit) = match push.transport {
            PushTransport::Core(_) => (&scenario.bus.delay, f64::from(scenario.bus.pending_limit)),
            PushTransport::Jetstream { .. } => (&scenario.bus.delay, f64::INFINITY),
            PushTransport::Http(_) => (&scenario.http.delay, f64::INFINITY),
        };
        let on_its_way = rate * delay.mean().min(horizon);
        let served = gateways / scenario.gateways.install.mean().max(1e-9);
        let waiting = ((rate - served).max(0.0) * horizon).min(limit * gateways);
        let messages = (on_its_way + waiting).min(handled);
        shares.push((format!("strategies.{strategy}.push.refresh_every"), messages * MESSAGE));
    }
    let api = &scenario.api;
    let served = f64::from(api.workers) / api.create_service.mean().max(1e-9);
    let waiting = (arrivals - served * horizon).clamp(0.0, f64::from(api.queue_limit));
    shares.push(("api.queue_limit".to_owned(), waiting * MESSAGE));
    shares
}

/// Number of peers that arrive.
fn arrivals(scenario: &Scenario) -> f64 {
    let horizon = scenario.horizon.as_secs_f64();
    match &scenario.clients.arrivals {
        Arrivals::Poisson { rate, peak, .. } => {
            // Over whole periods the mean rate is halfway between the lowest and the highest.
            let factor = peak.map_or(1.0, |peak| {
                let is_long = peak.period.as_secs_f64() <= horizon;
                if is_long { f64::midpoint(1.0, peak.factor) } else { peak.factor }
            });
            rate * factor * horizon
        }
        Arrivals::Every(gap) => horizon / gap.as_secs_f64().max(1e-9),
        Arrivals::Trace(trace) => trace.len() as f64,
    }
}

/// Number of peers remembered at once that the API can have created, plus the clients that are still asking. If clients
/// arrive faster than the API can serve them, the others give up.
fn created(scenario: &Scenario, arrivals: f64) -> f64 {
    let horizon = scenario.horizon.as_secs_f64();
    let (api, clients) = (&scenario.api, &scenario.clients);
    // A mean that is due to few long services does not limit the number of short ones.
    let service = api.create_service.mean().min(api.create_service.quantile(0.5).as_secs_f64());
    let served = f64::from(api.workers) / service.max(1e-9);
    let held = f64::from(api.workers) + f64::from(api.queue_limit);
    let asks = clients.create_timeout.as_secs_f64() * f64::from(clients.create_attempts) + api.client_delay.mean();
    served * life(scenario) + held + arrivals / horizon * asks.min(horizon)
}

/// Mean time for which a peer is remembered, at most the horizon.
fn life(scenario: &Scenario) -> f64 {
    let horizon = scenario.horizon.as_secs_f64();
    let (clients, strategy) = (&scenario.clients, &scenario.strategy);
    let again = 1.0 / (1.0 - clients.return_probability).max(1e-9);
    let mut life = clients.session.mean() * again + clients.return_after.mean() * (again - 1.0) + 1.0;
    let revoked = clients.revoke_after.as_ref().map_or(f64::INFINITY, Distribution::mean);
    if strategy.sends_again() || revoked.is_finite() {
        life = life.max(revoked);
    }
    if let Some(kept) = strategy.keeps_record() {
        life += kept;
    } else if scenario.restarts() || strategy.pull.is_some() && clients.update_every.is_some() {
        // Later events of a record may refer to its peer.
        life = horizon;
    }
    life.min(horizon)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Memory {
        // A high bound on events, so that the bound does not limit the memory.
        let head = "name = \"m\"\nseed = 1\nhorizon = \"1s\"\nwarmup = \"0s\"\nevents_max = 9000000000000000000\n";
        let plan = Plan::from_table(&format!("{head}{text}").parse().expect("TOML"), &[]);
        memory(&plan.unwrap_or_else(|error| panic!("{text}: {error}")))
    }

    #[test]
    fn what_no_machine_can_hold_is_known_by_the_key_that_asks_for_it() {
        for (text, key, least) in [
            (
                "[clients]\narrivals = { poisson = \"900000000/s\" }\n[strategies.p]\npush = {}",
                "clients.arrivals",
                1e11,
            ),
            ("[clients]\narrivals = { every = \"1ns\" }\n[strategies.p]\npull = {}", "clients.arrivals", 1e11),
            ("[clients]\nexisting = 100000000\n[strategies.p]\npush = {}", "clients.existing", 3e10),
            ("[clients]\ndevices.count = 100000000\n[strategies.p]\nwatch = {}", "clients.devices.count", 3e10),
            (
                "[clients]\nexisting = 1000\n[strategies.p]\npush = { refresh_every = \"1ns\" }",
                "strategies.p.push.refresh_every",
                1e11,
            ),
            ("replications = 1000000\n[strategies.p]\npull = {}", "replications", 1e9),
        ] {
            let memory = of(text);
            assert_eq!(memory.key, key, "{text}");
            assert!(memory.with(1) > least, "{text}: {memory:?}");
        }
    }

    #[test]
    fn peers_that_the_api_cannot_create_are_not_remembered() {
        let with = |change: &str| {
            let text = format!(
                "name = \"m\"\nseed = 1\nhorizon = \"10h\"\nwarmup = \"0s\"\n\
                 [clients]\narrivals = {{ poisson = \"1000/s\" }}\n\
                 session = \"8h\"\n[api]\nclient_delay = \"0s\"\n{change}\n[strategies.p]\npush = {{}}"
            );
            let plan = Plan::from_table(&text.parse().expect("TOML"), &[]);
            let plan = plan.unwrap_or_else(|error| panic!("{text}: {error}"));
            let scenario = plan.scenario(0, 0);
            (of_run(&scenario, "p")[0].1 / PEER, life(&scenario))
        };
        // 10 a second are created; 1000 a second ask three times for 10 s; 2 are in service and 500 wait.
        let service = "workers = 2\nqueue_limit = 500\ncreate_service =";
        let (peers, life) = with(&format!("{service} \"200ms\""));
        assert!((peers - (10.0 * life + 30_000.0 + 502.0)).abs() < 1e-3, "{peers}, {life} s");
        // Fast services create all of them.
        for fast in ["\"1ms\"", "\"0s\"", "{ pareto = { min = \"500us\", shape = 0.9 } }"] {
            let (peers, life) = with(&format!("{service} {fast}"));
            assert!((peers - 1000.0 * life).abs() < 1e-3, "{fast}: {peers}, {life} s");
        }
    }

    #[test]
    fn the_point_that_asks_for_most_counts() {
        let memory = of("[strategies.p]\npush = {}\n[[sweep]]\n\"clients.existing\" = [0, 4000000, 10]");
        assert_eq!((memory.group.point, memory.key.as_str()), (1, "clients.existing"));
        assert!(memory.with(2) > 1.9 * (memory.with(1) - memory.fixed), "{memory:?}");
    }
}
