//! How the strategies of a point stand to each other in a rate: of late attempts, or of stalls.
//!
//! Each pair of strategies has its verdict from one file. Against the baseline that is `compare.csv`, adjusted after Holm
//! over the strategies of the point: the verdict that tables and figures show. Between two others it is `pairs.csv`,
//! adjusted over all pairs of the point, so that a strategy may be picked after looking. `pairs.csv` has the pairs with
//! the baseline, too; its larger family shows no difference of these that `compare.csv` does not show.

use super::facts::Facts;
use crate::figure::MEASURE;
use crate::folder::error::Error;
use crate::folder::reader::{PairRow, ReadEstimate};

/// A rate that strategies are judged by: its measure, the number of events, and the attempts that are no trials.
#[derive(Clone, Copy, Debug)]
pub(crate) struct JudgedRate {
    /// The measure.
    pub(crate) rate: &'static str,
    /// The number of events.
    events: &'static str,
    /// Attempts that are no trials.
    apart: Option<&'static str>,
}

/// Late attempts: the create included, so that waiting there counts.
pub(crate) const LATE: JudgedRate = JudgedRate { rate: MEASURE, events: "late", apart: None };

/// Stalls: of attempts that sent an initiation.
pub(crate) const STALL: JudgedRate = JudgedRate { rate: "stall_rate", events: "stalled", apart: Some("create_failed") };

/// A strategy's rate at a point.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Rate {
    /// The strategy.
    pub(crate) strategy: usize,
    /// Events over trials, pooled over the replications.
    pub(crate) mean: f64,
    /// The interval.
    pub(crate) limits: Option<(f64, f64)>,
    /// Trials in all replications.
    pub(crate) trials: u64,
    /// Events among them.
    pub(crate) events: u64,
}

/// The verdict of `compare.csv` on a strategy against the baseline.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum AgainstBaseline {
    /// Its rate is lower.
    Lower,
    /// Its rate is higher.
    Higher,
    /// No difference is shown.
    NotShown,
    /// Nothing could be tested.
    Untested,
}

/// A point.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Standing {
    /// The point.
    pub(crate) point: usize,
    /// Strategies whose rate is defined.
    pub(crate) rates: Vec<Rate>,
    /// Pairs of strategies, the first of which is shown to have the lower rate.
    pub(crate) shown: Vec<(usize, usize)>,
    /// The verdict on each strategy except the baseline.
    pub(crate) verdicts: Vec<(usize, AgainstBaseline)>,
}

/// A point, judged by both rates.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Standings {
    /// By late attempts.
    pub(crate) late: Standing,
    /// By stalls.
    pub(crate) stall: Standing,
}

impl Standing {
    /// The rate of a strategy.
    pub(crate) fn rate(&self, strategy: usize) -> Option<&Rate> {
        self.rates.iter().find(|rate| rate.strategy == strategy)
    }

    /// The mean of a strategy's rate.
    pub(crate) fn mean(&self, strategy: usize) -> Option<f64> {
        self.rate(strategy).map(|rate| rate.mean)
    }

    /// The gap between the highest and the lowest mean of some strategies.
    pub(crate) fn gap(&self, strategies: &[usize]) -> f64 {
        let means = || strategies.iter().filter_map(|strategy| self.mean(*strategy));
        (means().fold(0.0, f64::max) - means().fold(f64::INFINITY, f64::min)).max(0.0)
    }

    /// The verdict on a strategy; none on the baseline.
    pub(crate) fn verdict(&self, strategy: usize) -> Option<AgainstBaseline> {
        self.verdicts.iter().find(|(other, _)| *other == strategy).map(|(_, verdict)| *verdict)
    }

    /// Whether a strategy is shown to have a higher rate than another one.
    pub(crate) fn is_beaten(&self, strategy: usize) -> bool {
        self.shown.iter().any(|(_, above)| *above == strategy)
    }

    /// Whether any pair of strategies could be tested.
    pub(crate) fn is_tested(&self) -> bool {
        self.verdicts.iter().any(|(_, verdict)| *verdict != AgainstBaseline::Untested)
    }
}

/// The first of the items with the highest value.
pub(crate) fn highest<T>(items: impl Iterator<Item = T>, value: impl Fn(&T) -> f64) -> Option<T> {
    // `max_by` returns the last one.
    items.min_by(|a, b| value(b).total_cmp(&value(a)))
}

/// How the strategies stand at every point.
///
/// # Errors
/// If `pairs.csv` cannot be read.
pub(crate) fn standings(facts: &Facts<'_>) -> Result<Vec<Standings>, Error> {
    let rows = facts.reader.pairs(|name| [LATE.rate, STALL.rate].contains(&name))?;
    let mut rest = rows.as_slice();
    let of_point = |point| {
        let (pairs, later) = rest.split_at(rest.partition_point(|row| row.group.point <= point));
        rest = later;
        Standings { late: standing(facts, point, LATE, pairs), stall: standing(facts, point, STALL, pairs) }
    };
    Ok((0..facts.reader.points().len()).map(of_point).collect())
}

fn standing(facts: &Facts<'_>, point: usize, judged: JudgedRate, pairs: &[PairRow]) -> Standing {
    let rates: Vec<Rate> =
        (0..facts.reader.strategies().len()).filter_map(|strategy| rate(facts, point, judged, strategy)).collect();
    let baseline = facts.baseline();
    let verdicts: Vec<(usize, AgainstBaseline)> = rates
        .iter()
        .filter(|rate| rate.strategy != baseline)
        .map(|rate| {
            let row = facts.compare(point, rate.strategy, judged.rate);
            let verdict = match row.map_or("", |row| row.verdict.as_str()) {
                "lower" => AgainstBaseline::Lower,
                "higher" => AgainstBaseline::Higher,
                "" => AgainstBaseline::Untested,
                _ => AgainstBaseline::NotShown,
            };
            (rate.strategy, verdict)
        })
        .collect();
    let of_others = pairs.iter().filter(|row| ![row.group.strategy, row.other].contains(&baseline));
    let shown = of_others.filter(|row| row.measure == judged.rate).filter_map(|row| match row.verdict.as_str() {
        "lower" => Some((row.group.strategy, row.other)),
        "higher" => Some((row.other, row.group.strategy)),
        _ => None,
    });
    let against = verdicts.iter().filter_map(|(strategy, verdict)| match verdict {
        AgainstBaseline::Lower => Some((*strategy, baseline)),
        AgainstBaseline::Higher => Some((baseline, *strategy)),
        AgainstBaseline::NotShown | AgainstBaseline::Untested => None,
    });
    let shown = shown.chain(against).collect();
    Standing { point, rates, shown, verdicts }
}

/// A strategy's rate; none where it is undefined.
fn rate(facts: &Facts<'_>, point: usize, judged: JudgedRate, strategy: usize) -> Option<Rate> {
    let row = facts.summary(point, strategy, judged.rate)?;
    let ReadEstimate { mean, low, high } = row.estimate;
    let total = |measure: &str| {
        let row = facts.summary(point, strategy, measure);
        row.map_or(0.0, |row| row.estimate.mean.unwrap_or(0.0) * row.n as f64)
    };
    Some(Rate {
        strategy,
        mean: mean?,
        limits: low.zip(high),
        trials: whole(total("attempts") - judged.apart.map_or(0.0, total)),
        events: whole(total(judged.events)),
    })
}

/// A number of things, from their mean over the replications.
fn whole(number: f64) -> u64 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "counts are not negative")]
    let whole = number.max(0.0).round() as u64;
    whole
}
