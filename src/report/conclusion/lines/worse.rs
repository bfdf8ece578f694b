//! Strategies that are worse than the baseline.

use super::super::best::margin;
use super::super::sentence::Sentence;
use super::super::standing::{AgainstBaseline, Standings, highest};
use super::{Teller, from_to};
use draw::figure::Unit;

/// The largest ratio of the highest to the lowest rate of a group.
const ALIKE: f64 = 1.5;

impl Teller<'_> {
    /// Strategies that are shown to have more late attempts than the baseline, at the point with the highest rate.
    pub(super) fn worse(&self) -> Option<Sentence> {
        let point = highest(self.points.iter().copied(), |point| self.peak(point))?;
        let mut found = self.worse_at(point);
        found.sort_by(|a, b| b.1.total_cmp(&a.1));
        let mut groups = alike(&found).into_iter();
        let (named, lowest, highest) = groups.next()?;
        let have = if named.len() == 1 { "has" } else { "have" };
        let theirs = Unit::Share.write(point.late.mean(self.baseline())?);
        let lead = self.named(&named).text(format!(" {have} more late attempts than "));
        let lead = lead
            .name(self.facts.name(self.baseline()))
            .text(self.worse_points(point, &named, highest))
            .place_or_there(self.at(point.late.point))
            .text(format!(": {} against {theirs}", from_to(lowest, highest)));
        let sentence = groups.fold(lead, |sentence, (named, lowest, highest)| {
            sentence.text("; ").then(self.named(&named)).text(format!(" {}", from_to(lowest, highest)))
        });
        Some(sentence.then(self.worse_elsewhere(&found).unwrap_or_default()).text("."))
    }

    /// The strategies that have more late attempts than the baseline at a point, by more than the tolerance, with their rates.
    fn worse_at(&self, point: &Standings) -> Vec<(usize, f64)> {
        let late = &point.late;
        let near = late.mean(self.baseline()).unwrap_or(0.0) + margin(late, self.baseline());
        let is_higher = |strategy: usize| late.verdict(strategy) == Some(AgainstBaseline::Higher);
        let worse = late.rates.iter().filter(|rate| is_higher(rate.strategy) && rate.mean > near);
        worse.map(|rate| (rate.strategy, rate.mean)).collect()
    }

    /// The highest of these rates at a point.
    fn peak(&self, point: &Standings) -> f64 {
        self.worse_at(point).iter().map(|(_, rate)| *rate).fold(0.0, f64::max)
    }

    /// ` at 3 of the 5 points, most`: at how many points each of some strategies is worse, before the point where the highest
    /// of their rates is. No words if that is the only one.
    fn worse_points(&self, point: &Standings, named: &[usize], highest: f64) -> String {
        let count = |strategy: &usize| {
            let is_worse = |point: &&&Standings| self.worse_at(point).iter().any(|(other, _)| other == strategy);
            self.points.iter().filter(is_worse).count()
        };
        let counts = || named.iter().map(count);
        let (fewest, most) = (counts().min().unwrap_or(0), counts().max().unwrap_or(0));
        // `most` is wrong if another point has the same rate, or if one of the strategies has a higher rate elsewhere.
        let reads_equal = |other: &&&Standings| Unit::Share.write(self.peak(other)) == Unit::Share.write(highest);
        let rate =
            |at: &Standings, one: usize| self.worse_at(at).iter().find(|(other, _)| *other == one).map(|found| found.1);
        let has_more = |one: &usize| self.points.iter().any(|other| rate(other, *one) > rate(point, *one));
        let is_most = self.points.iter().filter(reads_equal).count() == 1 && !named.iter().any(has_more);
        let mostly = if is_most { ", most" } else { ", for example" };
        match (fewest, most, self.points.len()) {
            (_, 0 | 1, _) => String::new(),
            (fewest, _, all) if fewest == all => format!("{}{mostly}", self.everywhere()),
            (fewest, most, all) if fewest == most => {
                let each = if named.len() == 1 { "" } else { " each" };
                format!("{each} at {most} of the {all} points{mostly}")
            }
            (_, _, 2) => format!(" at one or both points{mostly}"),
            (fewest, most, all) => format!(" at {fewest} to {most} of the {all} points{mostly}"),
        }
    }

    /// `; pull at x = 1: 3 % against 2 %`: strategies that are worse at points other than that of `found` only.
    fn worse_elsewhere(&self, found: &[(usize, f64)]) -> Option<Sentence> {
        let is_here = |strategy: usize| found.iter().any(|(other, _)| *other == strategy);
        let elsewhere = self.points.iter().copied().flat_map(|at| {
            let others = self.worse_at(at).into_iter().filter(|(strategy, _)| !is_here(*strategy));
            others.map(move |(strategy, rate)| (strategy, rate, at)).collect::<Vec<_>>()
        });
        let mut elsewhere: Vec<(usize, f64, &Standings)> = elsewhere.collect();
        elsewhere.sort_by(|a, b| b.1.total_cmp(&a.1));
        let (_, rate, at) = elsewhere.first().copied()?;
        let mut others: Vec<usize> = Vec::new();
        for (strategy, ..) in &elsewhere {
            if !others.contains(strategy) {
                others.push(*strategy);
            }
        }
        let (rate, theirs) = (Unit::Share.write(rate), Unit::Share.write(at.late.mean(self.baseline())?));
        let more = || elsewhere.iter().filter(|other| other.2.late.point != at.late.point);
        let at_points = if more().any(|other| Unit::Share.write(other.1) == rate) {
            " at other points, for example"
        } else if more().next().is_some() {
            " at other points, most"
        } else {
            ""
        };
        let up_to = if others.len() > 1 { "up to " } else { "" };
        let sentence = Sentence::new("; ").then(self.named(&others)).text(at_points).place(self.at(at.late.point));
        Some(sentence.text(format!(": {up_to}{rate} against {theirs}")))
    }
}

/// Strategies by their rates, the highest first, in groups of rates that are near each other: their names, the lowest and
/// the highest rate. So a near-tie and a rate many times as high are in different groups.
fn alike(found: &[(usize, f64)]) -> Vec<(Vec<usize>, f64, f64)> {
    let mut groups: Vec<(Vec<usize>, f64, f64)> = Vec::new();
    for &(strategy, rate) in found {
        match groups.last_mut() {
            Some((named, lowest, highest)) if *highest <= rate * ALIKE => {
                named.push(strategy);
                *lowest = rate;
            }
            _ => groups.push((vec![strategy], rate, rate)),
        }
    }
    groups
}
