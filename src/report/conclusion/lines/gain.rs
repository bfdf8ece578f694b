//! By how much a strategy is better than the baseline.

use super::super::sentence::{Sentence, Spare};
use super::super::standing::{AgainstBaseline, LATE, Rate, Standings};
use super::super::write;
use super::{Gained, Teller, late_share, share};
use crate::figure::capital;
use draw::figure::Unit;

impl Teller<'_> {
    /// By how much the leading strategy is better than the baseline.
    pub(super) fn gain(&self) -> Option<Sentence> {
        let baseline = self.baseline();
        let leader = self.leader?;
        match self.gained()? {
            Gained::Baseline(point) => {
                let rate = self.standing(point)?.late.rate(baseline)?;
                let is = Sentence::default().name(self.facts.name(baseline)).text(" is the baseline:");
                return Some(is.text(format!(" {}", late_share(rate))).then(self.at_most(baseline, point)).text("."));
            }
            Gained::Lost(point) => {
                let better = *self.best.at[point].first()?;
                return self.pair(better, self.standing(point)?, "").map(|(pair, _)| pair.text("."));
            }
            Gained::Leader(_) => {}
        }
        let telling = self.standing(self.telling)?;
        let (mut sentence, decimals) = self.pair(leader, telling, "")?;
        let verdict = |point: &Standings| point.late.verdict(leader);
        if verdict(telling) != Some(AgainstBaseline::Lower) {
            sentence = sentence.text(".");
            let is_shown =
                |point: &Standings| matches!(verdict(point), Some(AgainstBaseline::Higher | AgainstBaseline::Lower));
            if !self.points.iter().any(|point| is_shown(point)) {
                sentence = sentence.text(" No difference in late attempts");
                if self.facts.reader.strategies().len() > 2 {
                    let of_both = [leader, baseline].map(|strategy| self.facts.name(strategy));
                    sentence = sentence.text(" between ").names(&of_both);
                }
                sentence = sentence.text(format!(" is shown{}.", self.anywhere()));
            }
            return Some(self.fewer_stalls(leader).map_or(sentence.clone(), |stalls| sentence.text(" ").then(stalls)));
        }
        let rest = || self.points.iter().copied().filter(|point| point.late.point != self.telling);
        let gap = |point: &Standings| {
            let means = point.late.mean(leader).zip(point.late.mean(baseline));
            means.map_or(0.0, |(mine, theirs)| mine - theirs)
        };
        let shown = || self.points.iter().copied().filter(|point| verdict(point) == Some(AgainstBaseline::Lower));
        let (least, most) = shown()
            .map(gap)
            .fold((f64::NEG_INFINITY, f64::INFINITY), |(least, most), gap| (f64::max(least, gap), f64::min(most, gap)));
        let (low, high) = (write::points(most, decimals), write::points(least, decimals));
        if low != high {
            let all = shown().count() == self.points.len();
            let where_shown = if all { "over all points" } else { "where a difference is shown," };
            let range = Sentence::new(format!(" ({where_shown} {low} to {high} pp)"));
            sentence = sentence.then(range.spare(Spare::Range));
        }
        let worst = rest()
            .filter(|point| verdict(point) == Some(AgainstBaseline::Higher))
            .max_by(|a, b| gap(a).total_cmp(&gap(b)));
        sentence = sentence.text(".");
        if let Some(point) = worst {
            let (more, _) = self.pair(leader, point, "Yet ")?;
            return Some(sentence.text(" ").then(more).text("."));
        }
        let alike: Vec<usize> =
            rest().filter(|point| verdict(point) == Some(AgainstBaseline::NotShown)).map(|p| p.late.point).collect();
        if !alike.is_empty() {
            let at = Sentence::at(self.range(&alike)).capital();
            sentence = sentence.text(" ").then(at).text(" no difference is shown.");
        }
        Some(sentence)
    }

    /// The point at which a strategy stalls less than the baseline by the most, of those where this is shown.
    fn fewer_stalls(&self, strategy: usize) -> Option<Sentence> {
        let baseline = self.baseline();
        let rates = |point: &Standings| point.stall.rate(strategy).copied().zip(point.stall.rate(baseline).copied());
        let shown = self.points.iter().filter(|point| point.stall.verdict(strategy) == Some(AgainstBaseline::Lower));
        let gaps = shown.filter_map(|point| rates(point).map(|rates| (point.stall.point, rates)));
        let (point, (mine, theirs)) =
            gaps.min_by(|a, b| (a.1.0.mean - a.1.1.mean).total_cmp(&(b.1.0.mean - b.1.1.mean)))?;
        let sentence = Sentence::new("The clients of ").name(self.facts.name(strategy)).text(" stall less often");
        Some(sentence.place(self.at(point)).text(format!(": {} against {}.", share(&mine), share(&theirs))))
    }

    /// Both rates and their difference, without the end of the sentence:
    /// `Late at bus.loss = 0.1: pull 0.00837 %, push 8.74 %, −8.73 pp [−8.95, −8.50]`. Also the number of decimals of the
    /// difference, if it has an interval.
    fn pair(&self, strategy: usize, point: &Standings, opening: &str) -> Option<(Sentence, Option<usize>)> {
        let baseline = self.baseline();
        let (mine, theirs) = (point.late.rate(strategy)?, point.late.rate(baseline)?);
        let difference = self.facts.compare(point.late.point, strategy, LATE.rate).map(|row| row.difference);
        let difference = difference.filter(|difference| difference.mean.is_some());
        let decimals = difference.and_then(|difference| {
            let (mean, low, high) = (difference.mean?, difference.low?, difference.high?);
            Some(Unit::SharePoints.decimals_with_limits(mean, low, high))
        });
        let by = difference.map(|difference| {
            let text = write::estimate(Unit::SharePoints, difference.mean, difference.low, difference.high);
            format!(", {text}")
        });
        let value = |rate: &Rate| match (rate.events, rate.limits) {
            (0, Some((_, high))) => {
                format!(" none of {} (at most {})", write::count(rate.trials), Unit::Share.write(high))
            }
            (0, None) => format!(" none of {}", write::count(rate.trials)),
            // The interval of the difference stands for both intervals.
            (_, _) if by.is_some() => format!(" {}", Unit::Share.write(rate.mean)),
            (_, _) => format!(" {}", share(rate)),
        };
        let lead = Sentence::new(capital(&format!("{opening}late"))).place(self.at(point.late.point)).text(": ");
        let lead = lead.name(self.facts.name(strategy)).text(format!("{}, ", value(mine)));
        let by = by.as_deref().unwrap_or_default();
        Some((lead.name(self.facts.name(baseline)).text(format!("{}{by}", value(theirs))), decimals))
    }
}
