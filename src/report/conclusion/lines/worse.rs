//! Strategies that are worse than the baseline.

use super::super::best::margin;
use super::super::sentence::Sentence;
use super::super::standing::{AgainstBaseline, Standings};
use super::{Teller, from_to};
use draw::figure::Unit;

/// The highest rate of a group over its lowest, at most.
const ALIKE: f64 = 1.5;

impl Teller<'_> {
    /// Strategies that are shown to have more late attempts than the baseline: where that is most.
    pub(super) fn worse(&self) -> Option<Sentence> {
        let baseline = self.baseline();
        let worse = |point: &Standings| -> Vec<(usize, f64)> {
            let higher = point
                .late
                .rates
                .iter()
                .filter(|rate| point.late.verdict(rate.strategy) == Some(AgainstBaseline::Higher));
            let near = point.late.mean(baseline).unwrap_or(0.0) + margin(&point.late, baseline);
            higher.filter(|rate| rate.mean > near).map(|rate| (rate.strategy, rate.mean)).collect()
        };
        let peak = |point: &Standings| worse(point).iter().map(|(_, rate)| *rate).fold(0.0, f64::max);
        let point = self.points.iter().copied().min_by(|a, b| peak(b).total_cmp(&peak(a)))?;
        let mut found = worse(point);
        found.sort_by(|a, b| b.1.total_cmp(&a.1));
        let mut groups = alike(&found).into_iter();
        let (named, lowest, highest) = groups.next()?;
        let have = if named.len() == 1 { "has" } else { "have" };
        let theirs = Unit::Share.write(point.late.mean(baseline)?);
        let lead = self.named(&named).text(format!(" {have} more late attempts than "));
        // At how many points each of them is worse.
        let count = |strategy: &usize| {
            let is_so = |point: &&&Standings| worse(point).iter().any(|(other, _)| other == strategy);
            self.points.iter().filter(is_so).count()
        };
        let counts = || named.iter().map(count);
        let (fewest, most) = (counts().min().unwrap_or(0), counts().max().unwrap_or(0));
        // Between equals, none has most, nor where one of them has it elsewhere.
        let alike_at = self.points.iter().filter(|other| Unit::Share.write(peak(other)) == Unit::Share.write(highest));
        let rate = |at: &Standings, one: usize| worse(at).iter().find(|(other, _)| *other == one).map(|found| found.1);
        let has_more = |one: &usize| self.points.iter().any(|other| rate(other, *one) > rate(point, *one));
        let is_most = alike_at.count() == 1 && !named.iter().any(has_more);
        let mostly = if is_most { ", most" } else { ", for example" };
        let at_points = match (fewest, most, self.points.len()) {
            (_, 0 | 1, _) => String::new(),
            (fewest, _, all) if fewest == all => format!("{}{mostly}", self.everywhere()),
            (fewest, most, all) if fewest == most => {
                let each = if named.len() == 1 { "" } else { " each" };
                format!("{each} at {most} of the {all} points{mostly}")
            }
            (_, _, 2) => format!(" at one or both points{mostly}"),
            (fewest, most, all) => format!(" at {fewest} to {most} of the {all} points{mostly}"),
        };
        let lead = lead
            .name(self.facts.name(baseline))
            .text(at_points)
            .place_or_there(self.at(point.late.point))
            .text(format!(": {} against {theirs}", from_to(lowest, highest)));
        let told = groups.fold(lead, |sentence, (named, lowest, highest)| {
            sentence.text("; ").then(self.named(&named)).text(format!(" {}", from_to(lowest, highest)))
        });
        // Those that are worse at other points only.
        let is_here = |strategy: usize| found.iter().any(|(other, _)| *other == strategy);
        let elsewhere = self.points.iter().copied().flat_map(|at| {
            let others = worse(at).into_iter().filter(|(strategy, _)| !is_here(*strategy));
            others.map(move |(strategy, rate)| (strategy, rate, at)).collect::<Vec<_>>()
        });
        let mut elsewhere: Vec<(usize, f64, &Standings)> = elsewhere.collect();
        elsewhere.sort_by(|a, b| b.1.total_cmp(&a.1));
        let Some((_, rate, at)) = elsewhere.first().copied() else { return Some(told.text(".")) };
        let mut others: Vec<usize> = Vec::new();
        for (strategy, ..) in &elsewhere {
            if !others.contains(strategy) {
                others.push(*strategy);
            }
        }
        let (rate, theirs) = (Unit::Share.write(rate), Unit::Share.write(at.late.mean(baseline)?));
        let is_equal =
            |one: &&(usize, f64, &Standings)| one.2.late.point != at.late.point && Unit::Share.write(one.1) == rate;
        let mostly = if elsewhere.iter().any(|one| is_equal(&one)) { ", for example" } else { ", most" };
        let at_points = match elsewhere.iter().filter(|one| one.2.late.point != at.late.point).count() {
            0 => String::new(),
            _ => format!(" at other points{mostly}"),
        };
        let up_to = if others.len() > 1 { "up to " } else { "" };
        let told = told.text("; ").then(self.named(&others)).text(at_points).place(self.at(at.late.point));
        Some(told.text(format!(": {up_to}{rate} against {theirs}.")))
    }
}

/// Strategies by their rates, the highest first, in groups of rates that are near each other: their names, the lowest and
/// the highest rate. A near-tie and a rate many times as high do not stand in one group.
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
