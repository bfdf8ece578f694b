//! Attempts that never connect, and faults without recovery.

use super::super::sentence::Sentence;
use super::super::standing::highest;
use super::Teller;
use crate::figure::{PointFault, faults, unfinished};
use draw::figure::Unit;

/// The most strategies that are named with their share of attempts that never connect.
const NEVER_MAX: usize = 3;

impl Teller<'_> {
    /// Attempts that never connect: the strategies with the highest shares, each at its worst point. Also strategies that do
    /// not recover from a fault.
    pub(super) fn never(&self) -> Option<Sentence> {
        let strategies = 0..self.facts.reader.strategies().len();
        let most = |measure: &str, strategy: usize| {
            let means = self
                .points
                .iter()
                .filter_map(|point| Some((point.late.point, self.facts.mean(point.late.point, strategy, measure)?)));
            highest(means, |mean| mean.1)
        };
        let mut worst: Vec<(usize, usize, f64)> = strategies
            .clone()
            .filter_map(|strategy| most("failure_rate", strategy).map(|(point, share)| (strategy, point, share)))
            .filter(|(.., share)| *share > 0.0)
            .collect();
        worst.sort_by(|a, b| b.2.total_cmp(&a.2));
        let more = worst.len().saturating_sub(NEVER_MAX);
        worst.truncate(NEVER_MAX);
        let mut sentence = Sentence::default();
        for (index, (strategy, point, share)) in worst.iter().enumerate() {
            let opening = if index == 0 { "Attempts that never connect, without failed creates: " } else { ", " };
            sentence = sentence
                .text(format!("{opening}{} under ", Unit::Share.write(*share)))
                .name(self.facts.name(*strategy));
            // Strategies in a row with the same point name it once.
            if worst.get(index + 1).is_none_or(|next| next.1 != *point) {
                sentence = sentence.place(self.at(*point));
            }
        }
        if more > 0 {
            sentence = sentence.text(format!("; not higher under {more} other{}", if more == 1 { "" } else { "s" }));
        }
        if !worst.is_empty() {
            sentence = sentence.text(".");
        }
        let glue = |sentence: &Sentence| if sentence.is_empty() { "" } else { " " };
        let (stuck, open) = self.not_back();
        if !stuck.is_empty() {
            let space = glue(&sentence);
            sentence = sentence
                .text(format!("{space}Under "))
                .then(self.named(&stuck))
                .text(" stalls are in some run not back to normal before the run ends.");
        }
        if !open.is_empty() {
            let space = glue(&sentence);
            // Points with the same faults have one sentence.
            let mut groups: Vec<(String, Vec<usize>)> = Vec::new();
            for point in &open {
                let text = unfinished(&faults(self.facts.reader, *point)).unwrap_or_default();
                match groups.iter_mut().find(|one| one.0 == text) {
                    Some(one) => one.1.push(*point),
                    None => groups.push((text, vec![*point])),
                }
            }
            for (index, (text, points)) in groups.iter().enumerate() {
                sentence = sentence.text(if index == 0 { space } else { ". " }).text(text);
                if points.len() < self.points.len() {
                    sentence = sentence.place(self.range(points));
                }
            }
            sentence = sentence.text(".");
        }
        (!sentence.is_empty()).then_some(sentence)
    }

    /// Strategies whose stalls are in some run not back to normal after a fault. Also the points at which the run ends too
    /// soon after a fault to see a recovery.
    fn not_back(&self) -> (Vec<usize>, Vec<usize>) {
        let is_back = |point: usize, strategy: usize| {
            // If no attempt is counted after the fault, there is neither a recovery nor a stall.
            let stalls = self.facts.mean(point, strategy, "stalled").is_some_and(|stalled| stalled > 0.0);
            !stalls || self.facts.mean(point, strategy, "recovery_max_s").is_none_or(f64::is_finite)
        };
        let strategies = 0..self.facts.reader.strategies().len();
        let points = self.points.iter().map(|point| point.late.point);
        let points = points.filter(|point| strategies.clone().any(|strategy| !is_back(*point, strategy)));
        let (open, over): (Vec<usize>, Vec<usize>) =
            points.partition(|point| faults(self.facts.reader, *point).iter().any(PointFault::hides_recovery));
        let stuck = strategies.filter(|strategy| over.iter().any(|point| !is_back(*point, *strategy)));
        (stuck.collect(), open)
    }
}
