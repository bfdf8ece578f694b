//! Warnings about results: one cause behind most stalls of every strategy, differences based on a handful of events,
//! creates that fail.

use std::collections::BTreeMap;

use crate::file::{Bound, Goal, Met};
use crate::folder::compare::Comparison;
use crate::folder::results::GroupSummary;
use crate::measure::measure_index;
use crate::model::{Cause, Schedule};
use crate::plan::Plan;
use draw::figure::Unit;

/// The rates that are compared, and the events that each counts.
const RATES: [(&str, &str, &str); 2] = [("stall_rate", "stalled", "stalls"), ("late_rate", "late", "late attempts")];

/// The fewest events that a comparison should rest on, and the fewest stalls of which a cause is most.
const EVENTS_MIN: f64 = 10.0;

/// The share of creates that may fail without a word.
const CREATES_FAIL: f64 = 0.001;

/// The share of attempts that stall by late configs from which there is a warning.
const OVERTAKEN_MIN: f64 = 0.01;

/// Names that a warning lists.
const NAMED_MAX: usize = 5;

/// Letters of the names that a warning lists.
const LETTERS_MAX: usize = 200;

/// A strategy that is compared with the baseline, and in which of [`RATES`] there is a difference to judge.
type ComparedRates = (usize, [bool; RATES.len()]);

/// The findings, which grow point by point.
#[derive(Default)]
pub struct Sanity {
    /// Goals that a cause which is the same for every strategy may put out of reach.
    goals: Vec<Goal>,
    /// By goal and cause: the points at which every strategy misses the goal and the cause alone is above its limit, and
    /// the least rate of that cause there.
    unreachable: BTreeMap<(usize, usize), (Vec<usize>, f64)>,
    points: usize,
    /// By cause: the points at which it makes up most stalls of every strategy, and the least rate there.
    causes: BTreeMap<usize, (Vec<usize>, f64, f64)>,
    /// By rate and strategy: points, and the most events that were seen at one of them.
    few: BTreeMap<(usize, usize), (Vec<usize>, f64)>,
    /// By strategy: points at which late configs are most of many stalls, and their highest share of the attempts.
    overtaken: BTreeMap<usize, (Vec<usize>, f64)>,
    /// By strategy: points at which creates fail, and the largest share that does.
    creates: BTreeMap<usize, (Vec<usize>, f64)>,
    /// By point: a digest of every measure of every strategy.
    results: BTreeMap<usize, [u8; 32]>,
}

impl Sanity {
    /// Nothing found yet in the results of a plan.
    #[must_use]
    pub fn new(plan: &Plan) -> Self {
        let scenario = plan.scenario(0, plan.baseline);
        // A stalled attempt is late unless attempts are late only after a longer time than they stall.
        let late_if_stalled = scenario.late_after <= scenario.stall_after;
        let has_floor = |goal: &Goal| match goal.measure.name {
            "stall_rate" => true,
            "late_rate" => late_if_stalled,
            _ => false,
        };
        let mut goals = plan.goals().to_vec();
        goals.retain(|goal| goal.bound == Bound::AtMost && has_floor(goal));
        Self { goals, ..Self::default() }
    }

    /// Looks at a finished point.
    pub fn push(&mut self, groups: &[GroupSummary], compared: &[(usize, Vec<Comparison>)]) {
        let indices = RATES.map(|(rate, ..)| measure_index(rate).expect("a measure"));
        let differ = |comparisons: &[Comparison]| indices.map(|index| comparisons[index].difference.mean.is_some());
        let compared: Vec<ComparedRates> = compared.iter().map(|(strategy, all)| (*strategy, differ(all))).collect();
        self.look(groups, &compared);
    }

    fn look(&mut self, groups: &[GroupSummary], compared: &[ComparedRates]) {
        let Some(point) = groups.first().map(|group| group.group.point) else { return };
        self.points = self.points.max(point + 1);
        self.causes(point, groups);
        self.unreachable(point, groups);
        self.creates(point, groups);
        self.overtaken(point, groups);
        self.few(point, groups, compared);
        let means = groups.iter().flat_map(|group| &group.estimates).map(|estimate| estimate.mean);
        let bytes: Vec<u8> = means.flat_map(|mean| mean.unwrap_or(f64::NAN).to_le_bytes()).collect();
        self.results.insert(point, *blake3::hash(&bytes).as_bytes());
    }

    fn causes(&mut self, point: usize, groups: &[GroupSummary]) {
        let stalled = |group: &GroupSummary| total(group, "stalled");
        if groups.iter().any(|group| stalled(group) < EVENTS_MIN) {
            return;
        }
        for (cause, kind) in Cause::ALL.iter().enumerate() {
            let measure = kind.column();
            let most = |group: &GroupSummary| total(group, measure) > stalled(group) / 2.0;
            if !groups.iter().all(most) {
                continue;
            }
            let rate = |group: &GroupSummary| total(group, measure) / sent(group);
            let least = groups.iter().map(rate).fold(f64::INFINITY, f64::min);
            let found = self.causes.entry(cause).or_insert((Vec::new(), f64::INFINITY, 0.0));
            found.0.push(point);
            (found.1, found.2) = (found.1.min(least), found.2.max(least));
        }
    }

    fn unreachable(&mut self, point: usize, groups: &[GroupSummary]) {
        for (index, goal) in self.goals.iter().enumerate() {
            let measure = measure_index(goal.measure.name).expect("a measure");
            let missed = |group: &GroupSummary| goal.judge(group.estimates[measure].interval) == Met::No;
            if !groups.iter().all(missed) {
                continue;
            }
            for (cause, kind) in Cause::ALL.iter().enumerate().filter(|(_, kind)| kind.is_common()) {
                let name = kind.column();
                let rate = |group: &GroupSummary| total(group, name) / total(group, "attempts");
                let least = groups.iter().map(rate).fold(f64::INFINITY, f64::min);
                if least > goal.limit {
                    let found = self.unreachable.entry((index, cause)).or_insert((Vec::new(), f64::INFINITY));
                    found.0.push(point);
                    found.1 = found.1.min(least);
                }
            }
        }
    }

    fn creates(&mut self, point: usize, groups: &[GroupSummary]) {
        for group in groups {
            let (failed, first) = (total(group, "create_failed"), total(group, "attempts_first"));
            if failed > first * CREATES_FAIL {
                let found = self.creates.entry(group.group.strategy).or_default();
                found.0.push(point);
                found.1 = found.1.max(failed / first);
            }
        }
    }

    fn overtaken(&mut self, point: usize, groups: &[GroupSummary]) {
        for group in groups {
            let (late, stalled) = (total(group, Cause::ConfigLate.column()), total(group, "stalled"));
            let share = late / sent(group).max(1.0);
            if late > stalled / 2.0 && share >= OVERTAKEN_MIN {
                let found = self.overtaken.entry(group.group.strategy).or_default();
                found.0.push(point);
                found.1 = found.1.max(share);
            }
        }
    }

    fn few(&mut self, point: usize, groups: &[GroupSummary], compared: &[ComparedRates]) {
        let of = |strategy: usize| groups.iter().find(|group| group.group.strategy == strategy);
        let baseline = groups.iter().find(|group| compared.iter().all(|(other, _)| *other != group.group.strategy));
        let Some(baseline) = baseline else { return };
        for (own, differ) in compared.iter().filter_map(|(strategy, differ)| of(*strategy).zip(Some(differ))) {
            for (rate, (_, events, _)) in RATES.iter().enumerate().filter(|(rate, _)| differ[*rate]) {
                let seen = total(own, events) + total(baseline, events);
                if seen > 0.0 && seen < EVENTS_MIN {
                    let found = self.few.entry((rate, own.group.strategy)).or_default();
                    found.0.push(point);
                    found.1 = found.1.max(seen);
                }
            }
        }
    }

    /// The findings, a sentence each.
    #[must_use]
    pub fn warnings(&self, plan: &Plan) -> Vec<String> {
        let mut warnings = Vec::new();
        let idle = self.idle(plan);
        if !idle.is_empty() {
            let many = if idle.len() == 1 { "has" } else { "have" };
            warnings.push(format!("{} {many} no effect: the results do not change with it", listed(idle.into_iter())));
        }
        let outside = outside(plan);
        if !outside.is_empty() {
            warnings.push(format!("a fault never strikes{}: it is at or after horizon", self.at(&outside)));
        }
        for (cause, (points, least, most)) in &self.causes {
            let (name, of_all) = (Cause::ALL[*cause].subject(), Cause::ALL[*cause].is_common());
            let rates = match (Unit::Share.write(*least), Unit::Share.write(*most)) {
                (least, most) if least == most => least,
                (least, most) => format!("{least} to {most}"),
            };
            let is_one = plan.strategies.len() == 1;
            let so = if of_all && !is_one { "; no strategy is below that in these runs" } else { "" };
            let everyone = if is_one { "" } else { " under every strategy" };
            warnings.push(format!(
                "{rates} of the attempts stall because of {name}{}; that is most of the stalls{everyone}{so}",
                self.at(points)
            ));
        }
        for ((goal, cause), (points, least)) in &self.unreachable {
            let goal = &self.goals[*goal];
            warnings.push(format!(
                "no strategy meets the goal {} at most {}{} in these runs: stalls because of {} alone are {} of the attempts",
                goal.measure.name,
                Unit::Share.write(goal.limit),
                self.at(points),
                Cause::ALL[*cause].subject(),
                Unit::Share.write(*least)
            ));
        }
        for (rate, (_, _, what)) in RATES.iter().enumerate() {
            let few: Vec<_> = self.few.iter().filter(|((of, _), _)| *of == rate).collect();
            if few.is_empty() {
                continue;
            }
            let each = |(key, (points, seen)): &(&(usize, usize), &(Vec<usize>, f64))| {
                // All words of the events have a plural in s.
                let what = if *seen > 1.0 { what } else { what.trim_end_matches('s') };
                format!("{}{} (at most {seen} {what} in both)", plan.strategies[key.1], self.at(points))
            };
            warnings.push(format!(
                "differences in {} rest on fewer than ten events: {}; more replications or a longer horizon would tell more",
                RATES[rate].0,
                listed(few.iter().map(each))
            ));
        }
        let at_once = plan.scenario(0, plan.baseline).path.setup.mean() <= 0.0;
        if !self.overtaken.is_empty() && at_once && !plan.keys.iter().any(|key| key.starts_with("path.setup")) {
            let each = |(strategy, (points, share)): (&usize, &(Vec<usize>, f64))| {
                let most = if points.len() > 1 { "up to " } else { "" };
                format!(
                    "{} ({most}{} of the attempts{})",
                    plan.strategies[*strategy],
                    Unit::Share.write(*share),
                    self.at(points)
                )
            };
            warnings.push(format!(
                "most stalls are late configs under {}: path.setup is 0s, so the first initiation may overtake its config",
                listed(self.overtaken.iter().map(each))
            ));
        }
        if !self.creates.is_empty() {
            let each = |(strategy, (points, share)): (&usize, &(Vec<usize>, f64))| {
                let most = if points.len() > 1 { "up to " } else { "" };
                format!("{} {most}{}{}", plan.strategies[*strategy], Unit::Share.write(*share), self.at(points))
            };
            warnings.push(format!(
                "creates fail: {}; such an attempt sends no initiation: late_rate counts it, stall_rate does not",
                listed(self.creates.iter().map(each))
            ));
        }
        warnings
    }

    /// Swept keys that change no result: points that differ in such a key alone have the same ones.
    fn idle(&self, plan: &Plan) -> Vec<String> {
        let all_alike = self.results.len() > 1 && self.results.values().all(|one| Some(one) == self.results.get(&0));
        if all_alike {
            return plan.keys.clone();
        }
        let is_idle = |column: usize| {
            let mut known: BTreeMap<Vec<&str>, &[u8; 32]> = BTreeMap::new();
            let mut is_compared = false;
            for (point, result) in &self.results {
                let others = plan.points[*point].iter().enumerate().filter(|(other, _)| *other != column);
                let others: Vec<&str> = others.map(|(_, value)| value.as_str()).collect();
                match known.get(&others) {
                    Some(first) if *first != result => return false,
                    Some(_) => is_compared = true,
                    None => drop(known.insert(others, result)),
                }
            }
            is_compared
        };
        (0..plan.keys.len()).filter(|column| is_idle(*column)).map(|column| plan.keys[column].clone()).collect()
    }

    /// ` at point 3`, ` at points 0 to 2 and 6`; nothing where that is all.
    fn at(&self, points: &[usize]) -> String {
        if points.len() == self.points {
            return String::new();
        }
        let mut parts: Vec<(usize, usize)> = Vec::new();
        for &point in points {
            match parts.last_mut() {
                Some(last) if last.1 + 1 == point => last.1 = point,
                _ => parts.push((point, point)),
            }
        }
        let names = parts.iter().map(|(first, last)| match last - first {
            0 => first.to_string(),
            1 => format!("{first}, {last}"),
            _ => format!("{first} to {last}"),
        });
        format!(" at point{} {}", if points.len() == 1 { "" } else { "s" }, listed(names))
    }
}

/// The points at which a fault is at or after the end of the run, where a sweep decides that.
fn outside(plan: &Plan) -> Vec<usize> {
    if !plan.keys.iter().any(|key| key == "horizon" || key.starts_with("faults")) {
        return Vec::new();
    }
    let never = |point: &usize| {
        let scenario = plan.scenario(*point, 0);
        let at = scenario.faults.iter().filter_map(|fault| match fault.schedule {
            Schedule::At(at) => Some(at),
            Schedule::Every(_) => None,
        });
        at.into_iter().any(|at| at >= scenario.horizon)
    };
    let outside: Vec<usize> = (0..plan.points.len()).filter(never).collect();
    // Where no sweep decides it, the file has been warned of.
    if outside.len() == plan.points.len() { Vec::new() } else { outside }
}

/// The first few in a list, and how many more there are.
fn listed(texts: impl Iterator<Item = String>) -> String {
    let all: Vec<String> = texts.collect();
    let mut letters = 0;
    let fit = all.iter().take(NAMED_MAX).take_while(|one| {
        letters += one.chars().count();
        letters <= LETTERS_MAX
    });
    let shown = fit.count().max(1).min(all.len());
    let (first, more) = (all[..shown].join(", "), all.len() - shown);
    if more > 0 { format!("{first} and {more} more") } else { first }
}

/// How often something was counted, over all replications.
fn total(group: &GroupSummary, measure: &str) -> f64 {
    let index = measure_index(measure).expect("a measure");
    (group.estimates[index].mean.unwrap_or(0.0) * group.estimates[index].n as f64).round()
}

/// Attempts that sent an initiation.
fn sent(group: &GroupSummary) -> f64 {
    total(group, "attempts") - total(group, "create_failed")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::{Distributions, MEASURES};
    use crate::plan::Group;
    use stats::Estimate;

    fn plan() -> Plan {
        let text = "name = 'small'\nreplications = 1\n[strategies.push]\npush = {}\n[strategies.pull]\npull = {}\n\
                    [[sweep]]\n'bus.loss' = [0.0, 0.1, 0.2]\n";
        Plan::from_table(&text.parse().expect("TOML"), &[]).expect("a valid experiment")
    }

    /// A group of ten replications with these totals, of 1000 attempts.
    fn group(point: usize, strategy: usize, totals: &[(&str, f64)]) -> GroupSummary {
        let mut estimates = vec![Estimate::bare(10, Some(0.0)); MEASURES.len()];
        for (measure, total) in [("attempts", 1000.0), ("attempts_first", 1000.0)].iter().chain(totals) {
            estimates[measure_index(measure).expect("a measure")] = Estimate::bare(10, Some(total / 10.0));
        }
        let distributions = Distributions::default();
        GroupSummary { group: Group { point, strategy }, replications: 10, estimates, distributions }
    }

    fn warnings(points: &[[GroupSummary; 2]]) -> Vec<String> {
        let mut sanity = Sanity::default();
        for groups in points {
            sanity.look(groups, &[(1, [true, true])]);
        }
        sanity.warnings(&plan())
    }

    #[test]
    fn a_cause_behind_most_stalls_of_every_strategy_is_reported() {
        let lossy = |point, other| {
            let totals = |other| [("stalled", 60.0 + other), ("cause_path_loss", 60.0), ("late", 60.0 + other)];
            [group(point, 0, &totals(other)), group(point, 1, &totals(0.0))]
        };
        assert_eq!(
            warnings(&[lossy(0, 0.0), lossy(1, 59.0), lossy(2, 61.0)]),
            [
                "6 % of the attempts stall because of packet loss on the path at points 0, 1; that is most of the stalls \
                 under every strategy; no strategy is below that in these runs"
            ]
        );
    }

    #[test]
    fn a_single_strategy_is_not_called_every_strategy() {
        let text = "name = 'small'\nreplications = 1\n[strategies.push]\npush = {}\n";
        let plan = Plan::from_table(&text.parse().expect("TOML"), &[]).expect("a valid experiment");
        let mut sanity = Sanity::new(&plan);
        sanity.look(&[group(0, 0, &[("stalled", 60.0), ("cause_path_loss", 60.0), ("late", 60.0)])], &[]);
        assert_eq!(
            sanity.warnings(&plan),
            ["6 % of the attempts stall because of packet loss on the path; that is most of the stalls"]
        );
    }

    #[test]
    fn a_goal_that_one_cause_alone_puts_out_of_reach_is_reported() {
        let text = "name = 'small'\n[strategies.push]\npush = {}\n[strategies.pull]\npull = {}\n\
                    [goal]\nlate_rate = { at_most = 0.001 }\n";
        let goal = Plan::from_table(&text.parse().expect("TOML"), &[]).expect("a valid experiment");
        let warned = |lost: f64, low: f64| {
            let mut sanity = Sanity::new(&goal);
            let mut groups = [0, 1].map(|strategy| group(0, strategy, &[("cause_path_loss", lost), ("stalled", lost)]));
            for group in &mut groups {
                group.estimates[measure_index("late_rate").expect("a measure")].interval = Some((low, 0.01));
            }
            sanity.look(&groups, &[]);
            sanity.warnings(&goal)
        };
        let warning = "no strategy meets the goal late_rate at most 0.1 % in these runs: stalls because of packet loss on the \
                       path alone are 0.6 % of the attempts";
        assert_eq!(warned(6.0, 0.002), [warning]);
        assert!(warned(6.0, 0.0005).is_empty(), "the interval holds the limit");
        assert!(warned(1.0, 0.002).is_empty(), "the cause alone is at the limit, not above");
    }

    #[test]
    fn differences_that_rest_on_few_events_are_reported() {
        let seen = |point, stalls: f64| {
            let totals = [("stalled", stalls), ("late", 50.0), ("cause_config_late", stalls)];
            [group(point, 0, &totals), group(point, 1, &totals)]
        };
        assert_eq!(
            warnings(&[seen(0, 4.0), seen(1, 5.0)]),
            [
                "differences in stall_rate rest on fewer than ten events: pull at point 0 (at most 8 stalls in both); more \
              replications or a longer horizon would tell more"
            ]
        );
    }

    #[test]
    fn configs_that_the_first_initiation_overtakes_are_reported_where_no_setup_comes_before_it() {
        let late = |late: f64| {
            let totals =
                [("stalled", 60.0), ("late", 60.0), ("cause_config_late", late), ("cause_path_loss", 60.0 - late)];
            [group(0, 0, &totals), group(0, 1, &[("stalled", 20.0), ("late", 20.0), ("cause_pull_late", 20.0)])]
        };
        let warning = "most stalls are late configs under push (5 % of the attempts): path.setup is 0s, so the first initiation \
                    may overtake its config";
        assert_eq!(warnings(&[late(50.0)]), [warning]);
        assert!(warnings(&[late(25.0)]).is_empty(), "most stalls have another cause");
        let text = "name = 'small'\nreplications = 1\n[path]\nsetup = '1s'\n[strategies.push]\npush = {}\n\
                    [strategies.pull]\npull = {}\n";
        let plan = Plan::from_table(&text.parse().expect("TOML"), &[]).expect("a valid experiment");
        let mut sanity = Sanity::default();
        sanity.look(&late(50.0), &[(1, [true, true])]);
        assert!(sanity.warnings(&plan).is_empty(), "something comes before the first initiation");
    }

    #[test]
    fn creates_that_fail_are_reported() {
        let failing = |failed: f64| {
            let totals = [("stalled", 5.0), ("late", 50.0)];
            let more: Vec<_> = totals.into_iter().chain([("create_failed", failed)]).collect();
            [group(0, 0, &totals), group(0, 1, &more)]
        };
        let warning =
            "creates fail: pull 16.7 %; such an attempt sends no initiation: late_rate counts it, stall_rate does not";
        assert_eq!(warnings(&[failing(167.0)]), [warning]);
        assert!(warnings(&[failing(1.0)]).is_empty());
    }
}
