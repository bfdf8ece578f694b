//! Expectations about an experiment's results before a run: a lower bound on a rate for every strategy, creates that
//! must fail, rates that will rest on few attempts.

use std::collections::BTreeMap;

use super::{Plan, Replications};
use crate::file::goal::{Bound, Goal};
use crate::file::quantity::format_duration;
use crate::model::{Arrivals, PushTransport, Scenario, Schedule, Target, Wait};
use des::{Distribution, Duration};

/// Least stall rate by packet loss alone that is reported to the user.
const FLOOR_MIN: f64 = 0.01;

/// With fewer attempts per point and strategy, the user gets a message about the basis of a rate.
const ATTEMPTS_MIN: f64 = 1000.0;

/// The fewest events that a rate should rest on.
const EVENTS_MIN: f64 = 10.0;

/// Maximum number of points examined.
const POINTS_MAX: usize = 1000;

/// Expectations about the results of a plan, one sentence each.
#[must_use]
pub fn expectations(plan: &Plan) -> Vec<String> {
    let mut found: BTreeMap<(usize, String), Vec<usize>> = BTreeMap::new();
    let goals = plan.goals();
    let step = plan.points.len().div_ceil(POINTS_MAX).max(1);
    for point in (0..plan.points.len()).step_by(step) {
        let scenario = plan.scenario(point, plan.baseline);
        let sentences = [
            floor(&scenario),
            unreachable(goals, &scenario),
            creates(&scenario),
            load(&scenario),
            attempts(plan, &scenario),
            recovery(goals, &scenario),
            overtaken(plan, point),
        ];
        for (kind, text) in sentences.into_iter().enumerate() {
            if let Some(text) = text {
                found.entry((kind, text)).or_default().push(point);
            }
        }
    }
    // A sentence that differs between points is given once, for the last of them.
    let mut last: BTreeMap<usize, (String, usize)> = BTreeMap::new();
    let mut points: BTreeMap<usize, usize> = BTreeMap::new();
    for ((kind, text), at) in found {
        *points.entry(kind).or_default() += at.len();
        let newest = at[at.len() - 1];
        if last.get(&kind).is_none_or(|(_, other)| *other < newest) {
            last.insert(kind, (text, newest));
        }
    }
    let sentences = last.into_iter().map(|(kind, (text, point))| match (plan.points.len(), points[&kind]) {
        (1, _) => text,
        (_, 1) => format!("{text} (point {point})"),
        _ => format!("{text} (point {point}, and others alike)"),
    });
    sentences.collect()
}

/// The least share of attempts that packet loss alone prevents from connecting within `span` of their first initiation:
/// all initiations that could be answered in time, or their responses, are lost. A client sends the i-th initiation no
/// earlier than i times the shortest interval after the first.
fn lost(scenario: &Scenario, span: Duration) -> f64 {
    let lost = 1.0 - (1.0 - scenario.path.loss) * (1.0 - scenario.path.loss);
    let handshake = &scenario.clients.handshake;
    let (first, later) = (handshake.retry.first.quantile(0.0), handshake.retry.later.quantile(0.0));
    let earliest = |i: u32| i.checked_sub(1).map_or(Duration::ZERO, |more| first + later.times(more.into()));
    let in_time = |i: &u32| earliest(*i) < span;
    let tries = (0..handshake.retry.initiations_max).take_while(in_time).count().max(1);
    libm::pow(lost, tries as f64)
}

/// The stall rate by packet loss.
fn floor(scenario: &Scenario) -> Option<String> {
    let floor = lost(scenario, scenario.stall_after);
    (floor >= FLOOR_MIN).then(|| {
        format!(
            "path.loss alone stalls about {} of the attempts, whatever the strategy: no stall rate can be below",
            percent(floor)
        )
    })
}

/// A goal that packet loss alone makes unreachable for every strategy.
fn unreachable(goals: &[Goal], scenario: &Scenario) -> Option<String> {
    let missed =
        |goal: &&Goal| goal.bound == Bound::AtMost && floor_of(goal, scenario).is_some_and(|floor| floor > goal.limit);
    let goal = goals.iter().find(missed)?;
    let name = goal.measure.name;
    Some(format!(
        "no strategy can meet the goal {name} at most {}: path.loss alone brings it to about {}",
        percent(goal.limit),
        percent(floor_of(goal, scenario)?)
    ))
}

/// The least value of a goal's measure due to packet loss alone; none for a measure without such a bound. A late
/// attempt counts from its start, so its first initiation has even less time.
fn floor_of(goal: &Goal, scenario: &Scenario) -> Option<f64> {
    match goal.measure.name {
        "stall_rate" => Some(lost(scenario, scenario.stall_after)),
        "late_rate" => Some(lost(scenario, scenario.late_after)),
        _ => None,
    }
}

/// A goal on the recovery that is below the window over which a recovery is judged.
fn recovery(goals: &[Goal], scenario: &Scenario) -> Option<String> {
    let window = scenario.recovery_window;
    let below = |goal: &&Goal| {
        goal.measure.name == "recovery_max_s" && goal.bound == Bound::AtMost && goal.limit < window.as_secs_f64()
    };
    goals.iter().find(below).map(|_| {
        format!(
            "the goal recovery_max_s is below recovery_window, {}: a strategy whose stalls end with the fault may take the \
             whole window",
            format_duration(window)
        )
    })
}

/// Pushes that the first initiation overtakes as a rule, where nothing comes before it.
fn overtaken(plan: &Plan, point: usize) -> Option<String> {
    let median = |distribution: &Distribution| distribution.quantile(0.5);
    let mut names: Vec<&str> = Vec::new();
    let mut latest = None;
    for (strategy, name) in plan.strategies.iter().enumerate() {
        let scenario = plan.scenario(point, strategy);
        let Some(push) = scenario.strategy.push.as_ref().filter(|push| push.wait == Wait::None) else { continue };
        let (way, key) = match push.transport {
            PushTransport::Core(_) | PushTransport::Jetstream { .. } => (median(&scenario.bus.delay), "bus.delay"),
            PushTransport::Http(_) => {
                let ways = 1 + 2 * u64::from(scenario.http.setup_rtts);
                (median(&scenario.http.delay).times(ways), "http.delay")
            }
        };
        let arrives = way + median(&scenario.gateways.install);
        let asks = median(&scenario.api.client_delay) + median(&scenario.path.delay);
        if median(&scenario.path.setup) == Duration::ZERO && arrives > asks {
            names.push(name);
            latest = Some((arrives, key, asks));
        }
    }
    let (arrives, key, asks) = latest?;
    Some(format!(
        "the first initiation overtakes most pushes under {}: path.setup is 0s, so it arrives about {} after the commit \
         (api.client_delay, path.delay), a push {} ({key}, gateways.install)",
        names.join(", "),
        format_duration(asks),
        format_duration(arrives)
    ))
}

/// Creates while the API is down for longer than a client keeps asking.
fn creates(scenario: &Scenario) -> Option<String> {
    let asked = scenario.clients.create_timeout.times(u64::from(scenario.clients.create_attempts));
    let longest = scenario.faults.iter().filter_map(|fault| {
        let scheduled = match fault.schedule {
            Schedule::At(at) => at < scenario.horizon,
            Schedule::Every(_) => true,
        };
        (matches!(fault.target, Target::Api(_)) && scheduled).then(|| fault.length.quantile(0.5))
    });
    let longest = longest.max().filter(|length| *length > asked)?;
    Some(format!(
        "creates will fail: the API is down for {}, and a client asks for {} (clients.create_attempts × create_timeout); \
         late_rate counts such attempts, stall_rate does not",
        format_duration(longest),
        format_duration(asked)
    ))
}

/// Creates that need more than the API's workers.
fn load(scenario: &Scenario) -> Option<String> {
    let load = rate(scenario)? * scenario.api.create_service.mean() / f64::from(scenario.api.workers);
    (load >= 1.0).then(|| {
        format!(
            "creates will fail: they ask for {} of the API's workers (api.workers, api.create_service)",
            percent(load)
        )
    })
}

/// First attempts of one point and strategy over all replications, if there are few.
fn attempts(plan: &Plan, scenario: &Scenario) -> Option<String> {
    let Replications::Fixed(replications) = plan.replications else { return None };
    let span = scenario.horizon.as_secs_f64() - scenario.warmup.as_secs_f64();
    // Returns and reconnects are not counted. Devices count, whenever they arrive.
    let each = rate(scenario)? * span + f64::from(scenario.clients.devices);
    let all = each * f64::from(replications);
    (all < ATTEMPTS_MIN && all > 0.0).then(|| {
        format!(
            "about {all:.0} first attempts per point and strategy: a rate below {} rests on fewer than ten events",
            percent((EVENTS_MIN / all).min(1.0))
        )
    })
}

/// New clients per second, as the mean over a day; none if the arrivals come from a file.
fn rate(scenario: &Scenario) -> Option<f64> {
    match &scenario.clients.arrivals {
        // The mean of 1 + (factor − 1)·(1 − cos)/2 over a period.
        Arrivals::Poisson { rate, peak, .. } => Some(rate * peak.map_or(1.0, |peak| f64::midpoint(1.0, peak.factor))),
        Arrivals::Every(gap) => Some(1.0 / gap.max(&Duration::from_nanos(1)).as_secs_f64()),
        Arrivals::Trace(_) => None,
    }
}

/// Two significant digits.
fn percent(share: f64) -> String {
    let value = share * 100.0;
    let mut decimals = 0;
    let mut scaled = value;
    while scaled < 9.95 && decimals < 6 {
        scaled *= 10.0;
        decimals += 1;
    }
    let text = format!("{value:.decimals$}");
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    format!("{text} %")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expected(lines: &str) -> Vec<String> {
        let text = format!(
            "name = 'small'\nseed = 1\nreplications = 20\nhorizon = '1h'\nwarmup = '5m'\n[strategies.push]\npush = {{}}\n{lines}"
        );
        expectations(&Plan::from_table(&text.parse().expect("TOML"), &[]).expect("a valid experiment"))
    }

    #[test]
    fn packet_loss_sets_a_floor_for_every_strategy() {
        // Lost with 3 % each way: 1 − 0.97² = 5.91 %.
        assert_eq!(
            expected("[path]\nloss = 0.03\n"),
            ["path.loss alone stalls about 5.9 % of the attempts, whatever the strategy: no stall rate can be below"]
        );
        assert!(expected("[path]\nloss = 0.001\n").is_empty());
        // Two initiations come in time: 0.0591² = 0.35 %.
        assert!(expected("[path]\nloss = 0.03\n[clients.handshake]\nretry_after = '4s'\n").is_empty());
        assert_eq!(
            expected("[[sweep]]\n'path.loss' = [0.0, 0.03, 0.06]\n"),
            [
                "path.loss alone stalls about 12 % of the attempts, whatever the strategy: no stall rate can be below (point 2, and \
              others alike)"
            ]
        );
    }

    #[test]
    fn a_goal_below_the_floor_of_packet_loss_cannot_be_met() {
        // Lost with 0.1 % each way: 1 − 0.999² = 0.2 %.
        let goal = |goal: &str| expected(&format!("[path]\nloss = 0.001\n[goal]\n{goal}\n"));
        assert_eq!(
            goal("late_rate = { at_most = 0.001 }"),
            ["no strategy can meet the goal late_rate at most 0.1 %: path.loss alone brings it to about 0.2 %"]
        );
        assert!(goal("late_rate = { at_most = 0.003 }").is_empty());
        assert!(goal("late_rate = { at_least = 0.001 }").is_empty());
        assert!(goal("failure_rate = { at_most = 0.001 }").is_empty());
    }

    #[test]
    fn pushes_that_the_first_initiation_overtakes_are_reported() {
        let sentence = "the first initiation overtakes most pushes under push: path.setup is 0s, so it arrives about 60ms after \
                    the commit (api.client_delay, path.delay), a push 81ms (bus.delay, gateways.install)";
        assert_eq!(expected("[bus]\ndelay = '80ms'\n"), [sentence]);
        assert!(expected("").is_empty(), "a push takes 41 ms by default");
        assert!(expected("[bus]\ndelay = '80ms'\n[path]\nsetup = '100ms'\n").is_empty());
        let ends = |line: &str| expected(&format!("[bus]\ndelay = '80ms'\n[strategies.other]\n{line}\n"));
        assert!(ends("push = { transport = 'http' }")[0].contains("under push:"), "http is faster here");
        assert!(ends("push = { wait = 'ack' }")[0].contains("under push:"), "the reply waits for the push");
        assert!(ends("push = { attempts = 3 }")[0].contains("under push, other:"));
    }

    #[test]
    fn creates_that_are_bound_to_fail_are_reported() {
        let outage = |length: &str| expected(&format!("[[faults]]\ntarget = 'api'\nat = '10m'\nfor = '{length}'\n"));
        assert!(outage("20m")[0].starts_with("creates will fail: the API is down for 20m, and a client asks for 30s"));
        assert!(outage("20s").is_empty());
        // 500/s · 20 ms = 10 workers; the API has 8.
        let load = expected("[clients]\narrivals = { poisson = '500/s' }\n");
        assert_eq!(
            load,
            ["creates will fail: they ask for 125 % of the API's workers (api.workers, api.create_service)"]
        );
    }

    #[test]
    fn a_goal_below_the_window_of_a_recovery_is_reported() {
        let goal = |limit: &str| {
            expected(&format!(
                "[[faults]]\ntarget = 'bus'\nat = '10m'\nfor = '1m'\n[goal]\nrecovery_max_s = {{ at_most = '{limit}' }}\n"
            ))
        };
        let sentences = goal("30s");
        assert!(
            sentences.iter().any(|one| one.starts_with("the goal recovery_max_s is below recovery_window, 1m:")),
            "{sentences:?}"
        );
        assert!(goal("1m").is_empty(), "the goal is at the window");
    }

    #[test]
    fn rates_that_will_rest_on_few_attempts_are_reported() {
        // 0.01/s over 55 min, 20 times: 660 attempts.
        assert_eq!(
            expected("[clients]\narrivals = { poisson = '0.01/s' }\n"),
            ["about 660 first attempts per point and strategy: a rate below 1.5 % rests on fewer than ten events"]
        );
    }
}
