//! `pushpull check --warmup`: advice of pilot runs on the warm-up, as comments of an experiment file.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::run::cores;
use super::{Failure, machine, no_thread, screen};
use crate::file::format_duration;
use crate::plan::Plan;
use crate::report::printed::hung;
use crate::run::{Advice, NoThread, PILOTS, advise};
use des::Duration;

/// Runs the pilots and describes their advice.
pub(super) fn describe(plan: &Plan) -> Result<String, Failure> {
    let advice = advise(plan, machine::affordable(plan, cores())?).map_err(|NoThread| no_thread())?;
    let width = screen::columns().unwrap_or(usize::MAX);
    let lines = advice_text(plan, &advice);
    let wrapped = lines.lines().flat_map(|line| match line.strip_prefix('#') {
        Some(text) => hung(text, width.saturating_sub(1), 2).into_iter().map(|part| format!("#{part}\n")).collect(),
        None => vec![format!("{line}\n")],
    });
    Ok(wrapped.collect())
}

/// The advice as text: the measures that never become steady, those that become steady after the warm-up, and a verdict.
fn advice_text(plan: &Plan, advice: &[Advice]) -> String {
    let mut text = String::new();
    let _ = writeln!(text, "# warm-up, by MSER-5 on the average of {PILOTS} pilot runs from an empty start:");
    if advice.is_empty() {
        text.push_str("#   nothing to judge: no measure changes over time, or the horizon is too short\n");
        return text;
    }
    let drifting: Vec<&Advice> = advice.iter().filter(|one| one.steady_from.is_none()).collect();
    for measure in measures(&drifting) {
        let _ = writeln!(
            text,
            "#   {measure} drifts through half of the horizon or more ({}): its averages depend on the horizon",
            groups(plan, drifting.iter().filter(|one| one.measure == measure))
        );
    }
    let late = |one: &&Advice| one.steady_from.is_some_and(|from| from > warmup(plan, one));
    let late: Vec<&Advice> = advice.iter().filter(late).collect();
    for measure in measures(&late) {
        let own = || late.iter().filter(|one| one.measure == measure);
        let from = own().filter_map(|one| one.steady_from).max().unwrap_or(Duration::ZERO);
        let _ = writeln!(
            text,
            "#   {measure} is steady from {} on at the latest ({})",
            format_duration(whole_seconds(from)),
            groups(plan, own())
        );
    }
    // The verdict names the groups whose warm-up is too short, or says that every warm-up is long enough.
    let judged: Vec<&Advice> = if late.is_empty() { advice.iter().collect() } else { late.clone() };
    let warmups: BTreeSet<Duration> = judged.iter().map(|one| warmup(plan, one)).collect();
    let warmups: Vec<String> = warmups.into_iter().map(|span| format!("\"{}\"", format_duration(span))).collect();
    let named = format!("warmup = {}", warmups.join(" or "));
    let latest = judged.iter().filter_map(|one| one.steady_from).max();
    let verdict = match (late.is_empty(), drifting.is_empty(), latest) {
        (false, drifts, Some(from)) => {
            let also = if drifts { "" } else { ". Where a measure drifts, no warm-up is long enough" };
            format!("{named} is too short: at least \"{}\"{also}", format_duration(whole_seconds(from)))
        }
        (true, true, Some(from)) => {
            format!("{named} is long enough: all is steady from {} on", format_duration(whole_seconds(from)))
        }
        (true, false, Some(from)) => format!(
            "{named} is long enough where a measure gets steady, which is from {} on. Where a measure drifts, no warm-up is \
             long enough",
            format_duration(whole_seconds(from))
        ),
        (_, _, None) => "every measure that was judged drifts: no warm-up is long enough".to_owned(),
    };
    let _ = writeln!(text, "#   {verdict}");
    if !(late.is_empty() && drifting.is_empty()) {
        let _ = writeln!(text, "#   {}", consequence(&late, &drifting));
    }
    text
}

/// The consequence of a warm-up that is too short for some measures.
fn consequence(late: &[&Advice], drifting: &[&Advice]) -> String {
    let rate = late.iter().chain(drifting).any(|one| one.measure == "stall_rate");
    let rates = if rate {
        "stall_rate is among these measures: its level depends on the warm-up, too"
    } else {
        "stall_rate is not among them: a comparison of rates does not rest on the warm-up"
    };
    format!(
        "averages of these measures depend on the warm-up and the horizon. All strategies are counted over the same span, \
         so a comparison may stand all the same; {rates}. To see it, run once with a longer warm-up and horizon, and compare \
         with pushpull diff."
    )
}

/// The warm-up of the point and strategy that an advice is about.
fn warmup(plan: &Plan, one: &Advice) -> Duration {
    plan.scenario(one.group.point, one.group.strategy).warmup
}

/// The measures of some advice, each once.
fn measures<'a>(advice: &[&Advice]) -> BTreeSet<&'a str> {
    advice.iter().map(|one| one.measure).collect()
}

/// `push at point 3, pull`: strategies, with their points where there are several.
fn groups<'a>(plan: &Plan, advice: impl Iterator<Item = &'a &'a Advice>) -> String {
    let mut by_strategy: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    for one in advice {
        by_strategy.entry(one.group.strategy).or_default().insert(one.group.point);
    }
    let at = |points: &BTreeSet<usize>| {
        let points: Vec<String> = points.iter().map(ToString::to_string).collect();
        let word = if points.len() == 1 { "point" } else { "points" };
        if plan.points.len() > 1 { format!(" at {word} {}", points.join(", ")) } else { String::new() }
    };
    let first = by_strategy.values().next();
    if let Some(points) = first.filter(|first| by_strategy.values().all(|points| points == *first))
        && by_strategy.len() == plan.strategies.len()
        && by_strategy.len() > 1
    {
        return format!("every strategy{}", at(points));
    }
    let names = by_strategy.iter().map(|(strategy, points)| format!("{}{}", plan.strategies[*strategy], at(points)));
    names.collect::<Vec<_>>().join("; ")
}

/// Rounded up to a second.
fn whole_seconds(duration: Duration) -> Duration {
    Duration::from_secs(duration.as_nanos().div_ceil(des::NANOS_PER_SECOND))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Group;

    fn plan(warmup: &str, sweep: &str) -> Plan {
        let text = format!(
            "name = 'small'\nhorizon = '1h'\nwarmup = '{warmup}'\n[strategies.push]\npush = {{}}\n[strategies.pull]\npull = {{}}\n{sweep}"
        );
        Plan::from_table(&text.parse().expect("TOML"), &[]).expect("a valid experiment")
    }

    fn advice(point: usize, strategy: usize, measure: &'static str, from: Option<u64>) -> Advice {
        Advice { group: Group { point, strategy }, measure, steady_from: from.map(Duration::from_millis) }
    }

    /// The lines behind the first.
    fn lines(plan: &Plan, advice: &[Advice]) -> Vec<String> {
        let lines = advice_text(plan, advice)
            .lines()
            .skip(1)
            .map(|line| line.trim_start_matches("#   ").to_owned())
            .collect::<Vec<_>>();
        // What a warm-up that is too short means is the same in all cases.
        lines.into_iter().filter(|line| !line.starts_with("averages of these measures")).collect()
    }

    #[test]
    fn a_warm_up_of_exactly_what_is_advised_is_long_enough() {
        let steady = [advice(0, 0, "table_mean", Some(300_200))];
        assert_eq!(
            lines(&plan("5m", ""), &steady),
            [
                "table_mean is steady from 5m1s on at the latest (push)",
                "warmup = \"5m\" is too short: at least \"5m1s\""
            ]
        );
        assert_eq!(lines(&plan("5m1s", ""), &steady), ["warmup = \"5m1s\" is long enough: all is steady from 5m1s on"]);
    }

    #[test]
    fn what_a_short_warm_up_means_depends_on_whether_the_rate_is_among_the_measures() {
        let plan = plan("5m", "");
        let says = |advice: &[Advice], wanted: &str| advice_text(&plan, advice).contains(wanted);
        let table = [advice(0, 0, "table_mean", None), advice(0, 1, "table_mean", None)];
        assert!(says(&table, "(every strategy)") && says(&table, "stall_rate is not among them"));
        assert!(says(&[advice(0, 0, "stall_rate", Some(400_000))], "stall_rate is among these measures"));
        assert!(!says(&[advice(0, 0, "table_mean", Some(60_000))], "averages of these measures"));
    }

    #[test]
    fn what_drifts_is_not_called_steady() {
        let mixed = [advice(0, 0, "table_mean", None), advice(0, 1, "table_mean", Some(60_000))];
        assert_eq!(
            lines(&plan("5m", ""), &mixed),
            [
                "table_mean drifts through half of the horizon or more (push): its averages depend on the horizon",
                "warmup = \"5m\" is long enough where a measure gets steady, which is from 1m on. Where a measure drifts, no \
                 warm-up is long enough"
            ]
        );
        assert_eq!(
            lines(&plan("5m", ""), &mixed[..1])[1],
            "every measure that was judged drifts: no warm-up is long enough"
        );
    }

    #[test]
    fn each_point_is_judged_by_its_own_warm_up() {
        let plan = plan("5m", "[[sweep]]\nwarmup = ['1m', '10m']\n");
        let steady = [advice(0, 0, "table_mean", Some(120_000)), advice(1, 0, "table_mean", Some(300_000))];
        assert_eq!(
            lines(&plan, &steady),
            [
                "table_mean is steady from 2m on at the latest (push at point 0)",
                "warmup = \"1m\" is too short: at least \"2m\""
            ]
        );
        assert!(lines(&plan, &steady[1..])[0].ends_with("is long enough: all is steady from 5m on"));
    }
}
