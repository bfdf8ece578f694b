//! Forecasts the cost of an experiment from short pilot runs.
//!
//! Each pilot is a run of the experiment, replication 0, with a bound on its events. A pilot that reaches its end gives
//! its events exactly. Any other is extrapolated from the later half of the part that was run. So the forecast is good
//! if a run continues as it began, and too low if a costly part comes later (a fault, a morning after a night).

use super::catch::catching;
use crate::model::{SLICE, Scenario};
use crate::plan::Group;
use crate::plan::{Plan, Replications};
use crate::run::simulate_while;
use des::RunKey;

/// Maximum number of points examined: the first, the middle one and the last.
const POINTS_MAX: usize = 3;

/// Maximum number of strategies examined, spread over all.
const STRATEGIES_MAX: usize = 24;

/// Maximum number of peers that all pilots together may have at their start: setting up a peer is not an event.
const PEERS_MAX: u64 = 3_000_000;

/// One pilot.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pilot {
    /// Point and strategy.
    pub group: Group,
    /// Events handled.
    pub events: u64,
    /// Whether the pilot reached its end.
    pub whole: bool,
    /// Expected events of the whole run.
    pub expected: f64,
    /// Duration of the pilot by the clock, s.
    pub seconds: f64,
}

/// The expected cost of the whole experiment.
#[derive(Clone, Debug, PartialEq)]
pub struct Forecast {
    /// The pilots, in canonical order.
    pub pilots: Vec<Pilot>,
    /// Number of runs; an upper bound if precision decides.
    pub runs: f64,
    /// Events in all.
    pub events: f64,
    /// Seconds in all, by the same clock.
    pub seconds: f64,
}

impl Forecast {
    /// Whether every pilot reached its end.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.pilots.iter().all(|pilot| pilot.whole)
    }
}

/// Forecasts `plan` by pilots of about `events` events in all; `clock` returns the seconds so far. None if setting up a
/// pilot would cost too much, or if every pilot failed.
pub fn forecast(plan: &Plan, events: u64, clock: &mut dyn FnMut() -> f64) -> Option<Forecast> {
    let strategies = plan.strategies.len();
    let points = spread(plan.points.len(), POINTS_MAX);
    let looked_at = spread(strategies, STRATEGIES_MAX);
    let groups = points.iter().flat_map(|&point| looked_at.iter().map(move |&strategy| Group { point, strategy }));
    let scenarios: Vec<(Group, Scenario)> =
        groups.map(|group| (group, plan.scenario(group.point, group.strategy))).collect();
    let pilots = pilots(&scenarios, plan.seed, events, clock);
    let count = pilots.len() as f64;
    let (Replications::Fixed(replications) | Replications::Precision { at_most: replications, .. }) = plan.replications;
    let runs = plan.points.len() as f64 * strategies as f64 * f64::from(replications);
    let mean = |of: fn(&Pilot) -> f64| pilots.iter().map(of).sum::<f64>() / count;
    let (events, seconds) = (mean(|pilot| pilot.expected) * runs, mean(Pilot::expected_seconds) * runs);
    (count > 0.0).then_some(Forecast { pilots, runs, events, seconds })
}

/// The expected mean duration of a run of some scenarios by the same clock, from pilots of about `events` events in all;
/// none if there are no pilots.
pub fn mean_seconds(scenarios: Vec<Scenario>, seed: u64, events: u64, clock: &mut dyn FnMut() -> f64) -> Option<f64> {
    let alone = |(point, scenario)| (Group { point, strategy: 0 }, scenario);
    let scenarios: Vec<(Group, Scenario)> = scenarios.into_iter().enumerate().map(alone).collect();
    let pilots = pilots(&scenarios, seed, events, clock);
    let seconds = pilots.iter().map(Pilot::expected_seconds).sum::<f64>();
    (!pilots.is_empty()).then(|| seconds / pilots.len() as f64)
}

/// Pilots of about `events` events in all, as far as setting them up allows.
fn pilots(scenarios: &[(Group, Scenario)], seed: u64, events: u64, clock: &mut dyn FnMut() -> f64) -> Vec<Pilot> {
    let bound = events / scenarios.len().max(1) as u64;
    let mut peers = PEERS_MAX;
    let mut pilots = Vec::new();
    for (group, scenario) in scenarios {
        let clients = &scenario.clients;
        let there = u64::from(clients.existing) + u64::from(clients.devices);
        if let Some(left) = peers.checked_sub(there) {
            peers = left;
            pilots.extend(pilot(scenario, *group, seed, bound, clock));
        }
    }
    pilots
}

/// At most `most` of the indices below `count`, from the first to the last.
fn spread(count: usize, most: usize) -> Vec<usize> {
    if count <= most { (0..count).collect() } else { (0..most).map(|nth| nth * (count - 1) / (most - 1)).collect() }
}

/// A pilot of `bound` events; none if it panics.
fn pilot(scenario: &Scenario, group: Group, seed: u64, bound: u64, clock: &mut dyn FnMut() -> f64) -> Option<Pilot> {
    let began = clock();
    // Progress of the run: simulated seconds and events.
    let mut way: Vec<(f64, u64)> = Vec::new();
    let run = || {
        simulate_while(scenario, RunKey { seed, replication: 0 }, &mut |now, events| {
            way.push((now.as_nanos() as f64 / 1e9, events));
            events < bound.max(2 * SLICE)
        })
    };
    let outcome = catching(run).ok()?;
    let seconds = clock() - began;
    let (end, last) = way.last().copied().unwrap_or_default();
    let events = outcome.as_ref().map_or(last, |outcome| outcome.events);
    let expected = if outcome.is_some() {
        events as f64
    } else {
        let half = way.iter().rev().find(|reached| reached.0 <= end / 2.0).copied().unwrap_or_default();
        let rate = if end > half.0 { (last - half.1) as f64 / (end - half.0) } else { 0.0 };
        events as f64 + rate * (scenario.horizon.as_secs_f64() - end).max(0.0)
    };
    Some(Pilot { group, events, whole: outcome.is_some(), expected, seconds })
}

impl Pilot {
    fn expected_seconds(&self) -> f64 {
        self.seconds * self.expected / self.events.max(1) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::simulate;

    fn plan(text: &str) -> Plan {
        let head = "name = \"p\"\nseed = 3\nreplications = 10\nwarmup = \"1m\"\n";
        Plan::from_table(&format!("{head}{text}").parse().expect("TOML"), &[]).expect("a valid experiment")
    }

    /// Mean events of the first three replications of every group.
    fn real(plan: &Plan) -> f64 {
        let strategies = plan.strategies.len();
        let events = (0..plan.points.len() * strategies).map(|index| {
            let group = Group::at(index, strategies);
            let scenario = plan.scenario(group.point, group.strategy);
            let of = |replication| simulate(&scenario, RunKey { seed: plan.seed, replication }).events as f64;
            (of(0) + of(1) + of(2)) / 3.0
        });
        let all: Vec<f64> = events.collect();
        all.iter().sum::<f64>() / all.len() as f64
    }

    const THREE: &str = "[strategies.push]\npush = {}\n[strategies.pull]\npull = {}\n[strategies.watch]\nwatch = {}\n";

    #[test]
    fn pilots_that_reach_their_end_tell_the_events_of_runs_exactly() {
        let plan = plan(&format!("horizon = \"3m\"\n{THREE}[[sweep]]\n\"bus.loss\" = [0.0, 0.1]"));
        let forecast = forecast(&plan, 1_000_000, &mut || 0.0).expect("a forecast");
        assert!(forecast.is_whole() && forecast.pilots.len() == 6);
        for pilot in &forecast.pilots {
            let scenario = plan.scenario(pilot.group.point, pilot.group.strategy);
            assert_eq!(pilot.events, simulate(&scenario, RunKey { seed: 3, replication: 0 }).events);
        }
        assert!((forecast.runs - 60.0).abs() < 1e-9);
        assert!((forecast.events / (real(&plan) * 60.0) - 1.0).abs() < 0.1, "{forecast:?}");
    }

    #[test]
    fn pilots_that_are_cut_short_foresee_the_events_of_long_runs() {
        let plan = plan(&format!("horizon = \"10h\"\n[clients]\narrivals = {{ poisson = \"2/s\" }}\n{THREE}"));
        let forecast = forecast(&plan, 400_000, &mut || 0.0).expect("a forecast");
        assert!(forecast.pilots.iter().all(|pilot| !pilot.whole && pilot.events < 200_000), "{forecast:?}");
        let share = forecast.events / (real(&plan) * 30.0);
        assert!((0.8..1.25).contains(&share), "{share}");
    }

    #[test]
    fn the_clock_scales_with_the_events() {
        let mut ticks = 0.0;
        let mut clock = || {
            ticks += 1.0;
            ticks
        };
        // Each pilot takes one second by this clock, and there are ten replications.
        let plan = plan(&format!("horizon = \"3m\"\n{THREE}"));
        let forecast = forecast(&plan, 1_000_000, &mut clock).expect("a forecast");
        assert!((forecast.seconds - 30.0).abs() < 1e-9, "{forecast:?}");
    }

    #[test]
    fn what_takes_long_to_set_up_has_no_pilot() {
        let set_up = |existing: u64| {
            let plan =
                plan(&format!("horizon = \"2m\"\nclients.existing = {existing}\n[strategies.push]\npush = {{}}"));
            forecast(&plan, 100_000, &mut || 0.0)
        };
        assert!(set_up(PEERS_MAX + 1).is_none());
        assert!(set_up(1000).is_some());
    }

    #[test]
    fn many_points_and_strategies_are_looked_at_from_the_first_to_the_last() {
        assert_eq!(spread(2, 3), [0, 1]);
        assert_eq!(spread(100_000, 3), [0, 49_999, 99_999]);
        assert_eq!(spread(0, 3), [0; 0]);
    }
}
