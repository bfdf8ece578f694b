//! Which strategies are best: a set at each point, of those that are not shown to be worse than any other by more than a
//! tolerance. They are called best only where each of them is shown to be better than every strategy outside the set.

use std::borrow::Borrow;

use toml::Value;

use super::facts::Facts;
use super::standing::{Standing, Standings};
use crate::folder::reader::Reader;

/// The least tolerance. A rate that is above the lowest rate by no more than the tolerance is as good as the lowest. One
/// attempt in ten thousand.
pub(super) const NEAR: f64 = 0.0001;

/// The tolerance as a share of the baseline's rate…
pub(super) const NEAR_SHARE: f64 = 0.02;

/// …and the highest tolerance.
pub(super) const NEAR_MOST: f64 = 0.0005;

/// The best.
#[derive(Debug)]
pub(super) struct Best {
    /// Of each point: the strategies that are not shown to be worse; none where nothing could be tested.
    pub(super) at: Vec<Vec<usize>>,
    /// Strategies that are in `at` at the largest number of points, by mechanisms, then by late rate.
    pub(super) leaders: Vec<usize>,
    /// At how many points that is.
    pub(super) covered: usize,
    /// Points where anything could be tested.
    pub(super) tested: usize,
}

impl Best {
    /// Judges every point.
    pub(super) fn of(facts: &Facts<'_>, standings: &[Standings]) -> Self {
        let baseline = facts.baseline();
        let at: Vec<Vec<usize>> = standings.iter().map(|point| set(facts, point, baseline)).collect();
        let tested = standings.iter().filter(|point| point.late.is_tested()).count();
        let covered = |strategy: usize| at.iter().filter(|set| set.contains(&strategy)).count();
        let most = (0..facts.reader.strategies().len()).map(covered).max().unwrap_or(0);
        let mut leaders: Vec<usize> =
            (0..facts.reader.strategies().len()).filter(|strategy| most > 0 && covered(*strategy) == most).collect();
        sort(facts, standings, &mut leaders);
        Self { at, leaders, covered: most, tested }
    }

    /// Whether the leaders are called best at a point: each is shown to be better than every other strategy, and no other
    /// is so near that the difference does not matter.
    pub(super) fn is_led(&self, facts: &Facts<'_>, point: &Standings) -> bool {
        let is_leader = |strategy: &usize| self.leaders.contains(strategy);
        self.at[point.late.point].iter().all(is_leader) && beat(facts, point, &self.leaders)
    }

    /// The points at which a strategy is among the best.
    pub(super) fn points(&self, strategy: usize) -> Vec<usize> {
        (0..self.at.len()).filter(|point| self.at[*point].contains(&strategy)).collect()
    }
}

/// Whether each of some strategies is shown to be better at a point than every other one, and none of them is far from
/// the others: a strategy with a high rate of which nothing is shown is not among the best.
pub(super) fn beat(facts: &Facts<'_>, point: &Standings, some: &[usize]) -> bool {
    let others = || point.late.rates.iter().map(|rate| rate.strategy).filter(|other| !some.contains(other));
    let is_shown =
        |one: usize, other: usize| point.late.shown.contains(&(one, other)) || stalls_less(facts, point, one, other);
    let are_close = point.late.gap(some) <= margin(&point.late, facts.baseline());
    are_close && others().next().is_some() && some.iter().all(|one| others().all(|other| is_shown(*one, other)))
}

/// By how much less a strategy stalls than another one, and by how much more of its creates fail. None if no difference
/// above the tolerance is shown.
fn fewer_stalls(facts: &Facts<'_>, point: &Standings, one: usize, other: usize) -> Option<(f64, f64)> {
    let stall = &point.stall;
    let gap = stall.mean(other)? - stall.mean(one)?;
    let fails = |strategy: usize| create_failures(facts, point.late.point, strategy);
    let is_fewer = stall.shown.contains(&(one, other)) && gap > margin(stall, facts.baseline());
    is_fewer.then(|| (gap, (fails(one) - fails(other)).max(0.0)))
}

/// Whether a strategy is shown to stall less than another one, by more than the tolerance, even if each create that fails
/// more often under it had been a stall. A strategy with a higher late rate may have moved its waiting into the create: its
/// stalls do not count.
fn stalls_less(facts: &Facts<'_>, point: &Standings, one: usize, other: usize) -> bool {
    let near = margin(&point.stall, facts.baseline());
    let late = |strategy: usize| point.late.mean(strategy).unwrap_or(f64::INFINITY);
    let is_later = late(one) > late(other) + margin(&point.late, facts.baseline());
    !is_later && fewer_stalls(facts, point, one, other).is_some_and(|(gap, failed)| gap - failed > near)
}

/// Whether a strategy stalls less than another one, perhaps only because more of its creates fail or wait.
pub(super) fn trades(facts: &Facts<'_>, point: &Standings, one: usize, other: usize) -> bool {
    fewer_stalls(facts, point, one, other).is_some() && !stalls_less(facts, point, one, other)
}

/// Fewer mechanisms first; of equals, the lower rate of late attempts over all points.
pub(super) fn sort(facts: &Facts<'_>, standings: &[impl Borrow<Standings>], strategies: &mut [usize]) {
    let total = |strategy: usize| {
        let mean = |point: &Standings| point.late.mean(strategy);
        standings.iter().filter_map(|point| mean(point.borrow())).sum::<f64>()
    };
    strategies.sort_by(|a, b| {
        mechanisms(facts, *a).len().cmp(&mechanisms(facts, *b).len()).then(total(*a).total_cmp(&total(*b)))
    });
}

/// Fewer mechanisms first.
pub(super) fn sort_by_mechanisms(reader: &Reader, strategies: &mut [usize]) {
    strategies.sort_by_key(|strategy| mechanisms_of(reader, *strategy).len());
}

/// The names of a strategy's mechanisms.
pub(super) fn mechanisms(facts: &Facts<'_>, strategy: usize) -> Vec<String> {
    mechanisms_of(facts.reader, strategy)
}

fn mechanisms_of(reader: &Reader, strategy: usize) -> Vec<String> {
    let strategies = reader.manifest().experiment.get("strategies");
    let table = strategies.and_then(|all| all.get(&reader.strategies()[strategy])).and_then(Value::as_table);
    table.into_iter().flatten().filter(|(_, value)| value.is_table()).map(|(name, _)| name.clone()).collect()
}

/// The tolerance at a point: how far above the lowest rate a rate is still as good.
pub(super) fn margin(standing: &Standing, baseline: usize) -> f64 {
    standing.mean(baseline).map_or(NEAR, |rate| (rate * NEAR_SHARE).clamp(NEAR, NEAR_MOST))
}

/// The share of creates that fail.
pub(crate) fn create_failures(facts: &Facts<'_>, point: usize, strategy: usize) -> f64 {
    let mean = |measure: &str| facts.mean(point, strategy, measure).unwrap_or(0.0);
    let first = mean("attempts_first");
    if first > 0.0 { mean("create_failed") / first } else { 0.0 }
}

/// The strategies that are not shown to be worse at a point, by late attempts and then by stalls.
fn set(facts: &Facts<'_>, point: &Standings, baseline: usize) -> Vec<usize> {
    let late = &point.late;
    if !late.is_tested() {
        return Vec::new();
    }
    let lowest = late.rates.iter().map(|rate| rate.mean).fold(f64::INFINITY, f64::min);
    let near = margin(late, baseline);
    let seldom_late = late.rates.iter().filter(|rate| !late.is_beaten(rate.strategy) || rate.mean - lowest <= near);
    let mut seldom_late: Vec<usize> = seldom_late.map(|rate| rate.strategy).collect();
    // A strategy that no test could beat, for want of replications, is not better than one that was beaten.
    let beaten = late.rates.iter().filter(|rate| !seldom_late.contains(&rate.strategy));
    let lowest_beaten = beaten.map(|rate| rate.mean).fold(f64::INFINITY, f64::min);
    seldom_late.retain(|strategy| late.mean(*strategy).is_some_and(|mean| mean <= lowest_beaten));
    let beaten = |strategy: usize| seldom_late.iter().any(|other| stalls_less(facts, point, *other, strategy));
    seldom_late.iter().copied().filter(|strategy| !beaten(*strategy)).collect()
}
