//! The answer where no strategy is best: one strategy alone, one replication, no late attempt, or an answer that changes from
//! point to point.

use super::super::best;
use super::super::holding::Holding;
use super::super::place;
use super::super::sentence::Sentence;
use super::super::standing::Standings;
use super::{Teller, late_share};
use draw::figure::Unit;

/// The most parts of an answer that changes from point to point.
const PARTS_MAX: usize = 3;

impl Teller<'_> {
    pub(super) fn only(&self) -> Sentence {
        let strategy = self.facts.name(0);
        let Some((point, rate)) = self.highest(0) else { return Sentence::default() };
        let sentence = Sentence::default().name(strategy);
        let sentence = sentence.text(format!(" is the only strategy, so nothing is compared: {}", late_share(rate)));
        sentence.then(self.at_most(0, point)).text(".")
    }

    /// No attempt was late or stalled.
    pub(super) fn nothing_seen(&self) -> Sentence {
        let limit = self.points.iter().flat_map(|point| &point.late.rates).filter_map(|rate| rate.limits);
        let most = limit.map(|limits| limits.1).fold(0.0, f64::max);
        Sentence::new(format!(
            "No attempt was late or stalled under any strategy{} (at most {} of them), so nothing tells the strategies \
             apart. A harder case is needed.",
            self.anywhere(),
            Unit::Share.write(most)
        ))
    }

    /// Nothing can be tested with a single replication.
    pub(super) fn untested(&self) -> Sentence {
        let lowest = |strategy: usize| {
            let is_lowest = |point: &&&Standings| {
                let mean = point.late.mean(strategy);
                mean.is_some_and(|mean| point.late.rates.iter().all(|rate| mean <= rate.mean))
            };
            self.points.iter().filter(is_lowest).count()
        };
        let strategies = 0..self.facts.reader.strategies().len();
        let most = strategies.clone().map(lowest).max().unwrap_or(0);
        let names: Vec<usize> = strategies.filter(|strategy| lowest(*strategy) == most).collect();
        let verb = if names.len() == 1 { "has" } else { "have" };
        let share = match self.points.len() {
            1 => String::new(),
            points if points == most => self.everywhere(),
            points => format!(" at {most} of the {points} points"),
        };
        self.named(&names).text(format!(
            " {verb} the fewest late attempts{share}, but nothing could be tested: that takes at least two replications with attempts."
        ))
    }

    /// No strategy is among the best everywhere: groups of strategies with the points at which they are among the best.
    pub(super) fn crossing(&self) -> Sentence {
        let tested: Vec<&Standings> =
            self.points.iter().copied().filter(|point| !self.best.at[point.late.point].is_empty()).collect();
        let strategies = 0..self.facts.reader.strategies().len();
        let groups = Holding::groups(strategies, |strategy| self.best.points(strategy));
        let open = tested.iter().map(|point| point.late.point).collect();
        let (mut parts, _) = Holding::cover_first(groups, open);
        let others = parts.split_off(parts.len().min(PARTS_MAX));
        for part in &mut parts {
            best::sort(self.facts, &self.points, &mut part.strategies);
        }
        parts.sort_by_key(|part| part.points[0]);
        let places: Vec<&Vec<usize>> = parts.iter().map(|part| &part.points).collect();
        let say = place::PlaceStyle::of(self.facts.reader, &places);
        let is_best = |point: &&Standings| best::beat(self.facts, point, &self.best.at[point.late.point]);
        let is_worse = |point: &&Standings| self.best.at[point.late.point].iter().any(|one| point.late.is_beaten(*one));
        let mut sentence = Sentence::new(match (tested.iter().all(is_best), tested.iter().any(is_worse)) {
            (true, _) => "No single best: ",
            (false, false) => "No single best. Not shown to be worse than any other: ",
            (false, true) => "No single best. Not shown to be worse than any other by more than the tolerance: ",
        });
        for (index, Holding { strategies, points }) in parts.iter().enumerate() {
            let glue = if index == 0 { "" } else { "; " };
            sentence = sentence.text(glue).then(self.named(strategies)).place(say.place(points));
        }
        let more: usize = others.iter().map(|group| group.strategies.len()).sum();
        let sentence = match more {
            0 => sentence.text("."),
            1 => sentence.text("; 1 other strategy at some points."),
            more => sentence.text(format!("; {more} other strategies at some points.")),
        };
        let left_open = self.left_open(&tested);
        let left_open = left_open.map(|gap| Sentence::new(" ").then(self.not_shown_to_differ(gap).capital()));
        sentence.then(left_open.unwrap_or_default())
    }
}
