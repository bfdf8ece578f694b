//! How fresh records are.

use super::super::facts::Facts;
use super::super::sentence::Sentence;
use super::super::standing::{Standings, highest};
use super::Teller;

/// Measures of freshness: the gap from which a difference matters, and how the sentence begins.
const FRESHNESS: [(&str, f64, &str); 2] =
    [("stale_fraction", 0.001, "Records are out of date"), ("revoked_exposure_mean_s", 1.0, "A revoked record stays")];

impl Teller<'_> {
    /// How fresh records are, at the point with the widest gap, if strategies are shown to differ.
    pub(super) fn fresh(&self) -> Option<Sentence> {
        let mut sentence = Sentence::default();
        for (measure, least, what) in FRESHNESS {
            let Some((point, freshest, stalest)) = self.widest(measure, least) else { continue };
            let value = |strategy: usize| {
                let mean = self.facts.mean(point, strategy, measure).unwrap_or(0.0);
                Facts::unit(measure).write(mean)
            };
            let glue = if sentence.is_empty() { "" } else { " " };
            sentence = sentence
                .text(format!("{glue}{what}"))
                .place(self.at(point))
                .text(format!(": {} under ", value(freshest)))
                .name(self.facts.name(freshest))
                .text(format!(", {} under ", value(stalest)))
                .name(self.facts.name(stalest))
                .text(".");
        }
        (!sentence.is_empty()).then_some(sentence)
    }

    /// The point at which a measure's values are furthest apart, with the strategies of the lowest and the highest value.
    /// None if no difference of at least `least` from the baseline is shown.
    fn widest(&self, measure: &str, least: f64) -> Option<(usize, usize, usize)> {
        let baseline = self.baseline();
        let strategies = 0..self.facts.reader.strategies().len();
        let of_point = |point: &Standings| {
            let point = point.late.point;
            let mean = |strategy: usize| self.facts.mean(point, strategy, measure).filter(|mean| mean.is_finite());
            let is_shown = |strategy: &usize| {
                let row = self.facts.compare(point, *strategy, measure);
                let verdict = row.map_or("", |row| row.verdict.as_str());
                let gap = mean(*strategy).zip(mean(baseline)).map_or(0.0, |(mine, theirs)| (mine - theirs).abs());
                matches!(verdict, "lower" | "higher") && gap >= least
            };
            if !strategies.clone().any(|strategy| is_shown(&strategy)) {
                return None;
            }
            let known = || strategies.clone().filter_map(|strategy| Some((strategy, mean(strategy)?)));
            let low = known().min_by(|a, b| a.1.total_cmp(&b.1))?;
            let high = highest(known(), |known| known.1)?;
            Some((point, low, high))
        };
        let gaps = self.points.iter().copied().filter_map(of_point);
        let (point, low, high) = highest(gaps, |(_, low, high)| high.1 - low.1)?;
        Some((point, low.0, high.0))
    }
}
