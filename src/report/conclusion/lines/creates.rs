//! Creates that fail.

use super::super::best::create_failures;
use super::super::sentence::Sentence;
use super::super::standing::highest;
use super::{Teller, from_to};
use draw::figure::Unit;

impl Teller<'_> {
    /// Creates that fail: the point with the most, and the strategies there.
    pub(super) fn creates(&self) -> Option<Sentence> {
        let strategies = 0..self.facts.reader.strategies().len();
        let failing = |point: usize| {
            strategies.clone().map(move |strategy| (strategy, create_failures(self.facts, point, strategy)))
        };
        let most = |point: &usize| failing(*point).map(|(_, share)| share).fold(0.0, f64::max);
        let points: Vec<usize> = self.points.iter().map(|point| point.late.point).collect();
        let point = highest(points.iter().copied(), most)?;
        let most_here = most(&point);
        if most_here <= 0.0 {
            return None;
        }
        let (mut many, few): (Vec<_>, Vec<_>) = failing(point).partition(|(_, share)| *share > most_here / 10.0);
        many.sort_by(|a, b| b.1.total_cmp(&a.1));
        let lowest = many.last().map_or(most_here, |last| last.1);
        let from_to = from_to(lowest, most_here);
        // Of several points with the same share, none has the most.
        let is_equal = |other: &&usize| Unit::Share.write(most(other)) == Unit::Share.write(most_here);
        let lead = Sentence::new("Creates fail");
        let lead = match points.iter().filter(is_equal).count() {
            0 | 1 => lead.place_or_there(self.at(point)),
            _ => lead.text(", for example").place_or_there(self.at(point)).text(","),
        };
        let is_all = few.is_empty() && many.len() > 1;
        // For each strategy that is not named yet, the other point with its largest share of failed creates. If creates fail
        // under all strategies at the first point, only points where they do not fail under all.
        let elsewhere = |strategy: usize| {
            let own = |point: usize| create_failures(self.facts, point, strategy);
            let fails_for_all = |point: usize| failing(point).all(|(_, share)| share > 0.0);
            let others = points.iter().copied().filter(|other| *other != point && own(*other) > 0.0);
            let candidates =
                others.filter(|other| if is_all { !fails_for_all(*other) } else { own(*other) > own(point) });
            highest(candidates, |other| own(*other)).map(|most| (strategy, most, own(most)))
        };
        let is_named = |strategy: &usize| !is_all && many.iter().any(|(named, _)| named == strategy);
        let mut more: Vec<(usize, usize, f64)> =
            strategies.clone().filter(|strategy| !is_named(strategy)).filter_map(elsewhere).collect();
        more.sort_by(|a, b| b.2.total_cmp(&a.2));
        let is_elsewhere = |strategy: usize| more.iter().any(|(other, ..)| *other == strategy);
        let others = few.iter().filter(|(other, _)| !is_elsewhere(*other)).map(|(_, share)| *share).fold(0.0, f64::max);
        let lead = lead.text(" under ");
        let lead = if is_all {
            lead.text("every strategy")
        } else {
            lead.then(self.named(&many.iter().map(|(strategy, _)| *strategy).collect::<Vec<_>>()))
        };
        let mut sentence = lead.text(format!(": {from_to}"));
        if others > 0.0 {
            sentence = sentence.text(format!("; others{} at most {}", self.there_again(), Unit::Share.write(others)));
        }
        if let Some((_, first, most)) = more.first().copied() {
            let named = self.named(&more.iter().map(|(strategy, ..)| *strategy).collect::<Vec<_>>());
            let is_one = more.iter().all(|(_, at, _)| *at == first);
            let place = if is_one { Sentence::at(self.at(first)) } else { Sentence::new("at other points") };
            let up_to = if more.len() > 1 { "up to " } else { "" };
            let share = Unit::Share.write(most);
            sentence = sentence.text("; ").then(place).text(" under ").then(named).text(format!(": {up_to}{share}"));
        }
        Some(sentence.text("."))
    }
}
