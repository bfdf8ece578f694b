//! Strategies that only seem good.

use super::super::best::{create_failures, margin};
use super::super::sentence::Sentence;
use super::super::standing::{Standings, highest};
use super::{Teller, from_to};
use draw::figure::Unit;

/// The factor by which the mean time of a create must be above another one to count as longer.
const WAITS: f64 = 1.05;

impl Teller<'_> {
    /// Strategies whose stalls are as few as those of the best, but whose clients wait in the create, or fail there.
    pub(super) fn beware(&self) -> Option<Sentence> {
        let baseline = self.baseline();
        let seeming = |point: &Standings| -> Vec<(usize, f64)> {
            let set = &self.best.at[point.late.point];
            let lowest = |of: &dyn Fn(usize) -> Option<f64>| set.iter().filter_map(|best| of(*best)).reduce(f64::min);
            let create = |strategy: usize| self.facts.mean(point.late.point, strategy, "create_time_mean_s");
            let fails = |strategy: usize| Some(create_failures(self.facts, point.late.point, strategy));
            let Some(fewest) = lowest(&|best| point.stall.mean(best)) else { return Vec::new() };
            let near = margin(&point.stall, baseline);
            let waits = |strategy: usize| {
                let longer = create(strategy).zip(lowest(&create)).is_some_and(|(own, best)| own > best * WAITS);
                longer || fails(strategy) > lowest(&fails).map(|best| best + near)
            };
            let late = point.late.rates.iter().filter(|rate| !set.contains(&rate.strategy));
            let alike = late.filter(|rate| {
                point
                    .stall
                    .mean(rate.strategy)
                    .is_some_and(|stalls| stalls <= fewest + near && rate.mean > stalls + near)
            });
            alike.filter(|rate| waits(rate.strategy)).map(|rate| (rate.strategy, rate.mean)).collect()
        };
        let worst = |point: &Standings| seeming(point).iter().map(|(_, late)| *late).fold(0.0, f64::max);
        let point = highest(self.points.iter().copied(), |point| worst(point))?;
        let found = seeming(point);
        let (most, least) = found
            .iter()
            .fold((0.0, f64::INFINITY), |(most, least), (_, late)| (f64::max(most, *late), f64::min(least, *late)));
        if found.is_empty() {
            return None;
        }
        let named: Vec<usize> = found.iter().map(|(strategy, _)| *strategy).collect();
        let does = if named.len() == 1 { ["stalls", "waits", "fails"] } else { ["stall", "wait", "fail"] };
        let [stall, wait, fail] = does;
        let range = from_to(least, most);
        let set = &self.best.at[point.late.point];
        let stalls = |strategy: &usize| point.stall.mean(*strategy).unwrap_or(f64::INFINITY);
        let fewest = set.iter().copied().min_by(|a, b| stalls(a).total_cmp(&stalls(b)))?;
        let theirs = point.stall.mean(fewest)?;
        let is_less = |strategy: &usize| {
            point.stall.shown.contains(&(*strategy, fewest))
                && stalls(strategy) < theirs - margin(&point.stall, baseline)
        };
        let (how, against) = match named.iter().filter(|strategy| is_less(strategy)).count() {
            0 => ("as seldom as", String::new()),
            some if some == named.len() => {
                let means = || named.iter().map(stalls);
                let own = from_to(means().fold(f64::INFINITY, f64::min), means().fold(0.0, f64::max));
                ("less often than", format!(" ({own} against {})", Unit::Share.write(theirs)))
            }
            _ => ("no more often than", String::new()),
        };
        let sentence = self.named(&named).text(format!(" {stall} {how} ")).name(self.facts.name(fewest));
        let sentence = sentence.place_or_there(self.at(point.late.point));
        Some(sentence.text(format!("{against}, but {wait} or {fail} in the create: {range} of attempts are late.")))
    }
}
