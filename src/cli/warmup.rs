//! `pushpull check --warmup`: what pilot runs say of the warm-up, as comments of an experiment file.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::run::cores;
use super::{Failure, machine, no_thread};
use crate::engine::Duration;
use crate::experiment::{Advice, NoThread, PILOTS, Plan, advise, format_duration};

/// Runs the pilots and describes what they say.
pub(super) fn describe(plan: &Plan) -> Result<String, Failure> {
    let advice = advise(plan, machine::affordable(plan, cores())?).map_err(|NoThread| no_thread())?;
    let scenario = plan.scenario(0, 0);
    let mut text = String::new();
    let _ = writeln!(
        text,
        "# warm-up, by MSER-5 on the average of {PILOTS} pilot runs from an empty start over {}:",
        format_duration(scenario.horizon)
    );
    let mut latest: Option<&Advice> = None;
    let mut drifting: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
    for one in &advice {
        match one.steady_from {
            None => drop(drifting.entry(one.measure).or_default().insert(one.group.strategy)),
            Some(from) if latest.is_none_or(|latest| Some(from) > latest.steady_from) => latest = Some(one),
            Some(_) => {}
        }
    }
    for (measure, strategies) in drifting {
        let names: Vec<&str> = strategies.into_iter().map(|index| plan.strategies[index].as_str()).collect();
        let _ = writeln!(
            text,
            "#   {measure} drifts through half of the horizon or more ({}): its averages depend on the horizon",
            names.join(", ")
        );
    }
    let Some((latest, from)) = latest.and_then(|latest| latest.steady_from.map(|from| (latest, from))) else {
        text.push_str("#   nothing to judge: no measure changes over time, or the horizon is too short\n");
        return Ok(text);
    };
    let (point, strategy, measure) = (latest.group.point, &plan.strategies[latest.group.strategy], latest.measure);
    let _ = writeln!(
        text,
        "#   all else is steady from {} on at the latest ({measure}, point {point}, {strategy}): warmup = \"{}\" is {}",
        format_duration(whole_seconds(from)),
        format_duration(scenario.warmup),
        if scenario.warmup >= from { "long enough" } else { "too short" }
    );
    Ok(text)
}

/// Rounded up to a second.
fn whole_seconds(duration: Duration) -> Duration {
    Duration::from_secs(duration.as_nanos().div_ceil(crate::engine::NANOS_PER_SECOND))
}
