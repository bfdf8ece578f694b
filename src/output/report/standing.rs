//! How the strategies of a point stand to each other in the share of attempts that stall.
//!
//! `compare.csv` has each strategy's difference from the baseline. Which strategies are best is another question: it
//! asks for all pairs, which `pairs.csv` has. A strategy is beaten at a point if another one is shown to stall less.
//! Pairs with the baseline are also beaten where `compare.csv`, whose families are smaller, shows it: the report never
//! shows less than the file.

use super::facts::Facts;
use crate::output::error::Error;
use crate::output::reader::{Estimate, PairRow};

/// The measure.
pub(super) const STALL_RATE: &str = "stall_rate";

/// A strategy's stall rate at a point.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Rate {
    /// The strategy.
    pub(super) strategy: usize,
    /// Stalled over attempts, pooled over the replications.
    pub(super) mean: f64,
    /// The interval.
    pub(super) limits: Option<(f64, f64)>,
    /// Replications.
    pub(super) replications: u64,
    /// Attempts in all of them that sent an initiation.
    pub(super) attempts: u64,
    /// How many of these stalled.
    pub(super) stalled: u64,
}

/// What `compare.csv` says of a strategy against the baseline.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Verdict {
    /// It stalls less.
    Lower,
    /// It stalls more.
    Higher,
    /// No difference is shown.
    NotShown,
    /// Nothing could be tested.
    Untested,
}

/// A point.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Standing {
    /// The point.
    pub(super) point: usize,
    /// Strategies whose rate is defined.
    pub(super) rates: Vec<Rate>,
    /// Pairs of strategies, the first of which is shown to stall less than the second.
    pub(super) shown: Vec<(usize, usize)>,
    /// Each strategy but the baseline against it.
    pub(super) verdicts: Vec<(usize, Verdict)>,
}

impl Standing {
    /// The rate of a strategy.
    pub(super) fn rate(&self, strategy: usize) -> Option<&Rate> {
        self.rates.iter().find(|rate| rate.strategy == strategy)
    }

    /// The verdict on a strategy; none on the baseline.
    pub(super) fn verdict(&self, strategy: usize) -> Option<Verdict> {
        self.verdicts.iter().find(|(other, _)| *other == strategy).map(|(_, verdict)| *verdict)
    }

    /// Whether a strategy is shown to stall more than another.
    pub(super) fn is_beaten(&self, strategy: usize) -> bool {
        self.shown.iter().any(|(_, above)| *above == strategy)
    }

    /// Whether a strategy is shown to stall less than every other.
    pub(super) fn beats_all(&self, strategy: usize) -> bool {
        let others = self.rates.iter().map(|rate| rate.strategy).filter(|other| *other != strategy);
        others.into_iter().all(|other| self.shown.contains(&(strategy, other)))
    }

    /// Whether any pair of strategies could be tested.
    pub(super) fn is_tested(&self) -> bool {
        self.verdicts.iter().any(|(_, verdict)| *verdict != Verdict::Untested)
    }
}

/// How the strategies stand at every point.
///
/// # Errors
/// If `pairs.csv` cannot be read.
pub(super) fn standings(facts: &Facts<'_>) -> Result<Vec<Standing>, Error> {
    let rows = facts.reader.pairs(|name| name == STALL_RATE)?;
    let mut rest = rows.as_slice();
    let of_point = |point| {
        let (pairs, later) = rest.split_at(rest.partition_point(|row| row.group.point <= point));
        rest = later;
        standing(facts, point, pairs)
    };
    Ok((0..facts.reader.points().len()).map(of_point).collect())
}

fn standing(facts: &Facts<'_>, point: usize, pairs: &[PairRow]) -> Standing {
    let rates: Vec<Rate> =
        (0..facts.reader.strategies().len()).filter_map(|strategy| rate(facts, point, strategy)).collect();
    let baseline = facts.baseline();
    let verdicts: Vec<(usize, Verdict)> = rates
        .iter()
        .filter(|rate| rate.strategy != baseline)
        .map(|rate| {
            let row = facts.compare(point, rate.strategy, STALL_RATE);
            let verdict = match row.map_or("", |row| row.verdict.as_str()) {
                "lower" => Verdict::Lower,
                "higher" => Verdict::Higher,
                "" => Verdict::Untested,
                _ => Verdict::NotShown,
            };
            (rate.strategy, verdict)
        })
        .collect();
    let mut shown: Vec<(usize, usize)> = pairs
        .iter()
        .filter_map(|row| match row.verdict.as_str() {
            "lower" => Some((row.group.strategy, row.other)),
            "higher" => Some((row.other, row.group.strategy)),
            _ => None,
        })
        .collect();
    for (strategy, verdict) in &verdicts {
        let pair = match verdict {
            Verdict::Lower => (*strategy, baseline),
            Verdict::Higher => (baseline, *strategy),
            Verdict::NotShown | Verdict::Untested => continue,
        };
        if !shown.contains(&pair) {
            shown.push(pair);
        }
    }
    Standing { point, rates, shown, verdicts }
}

/// A strategy's rate; none where it is undefined.
fn rate(facts: &Facts<'_>, point: usize, strategy: usize) -> Option<Rate> {
    let row = facts.summary(point, strategy, STALL_RATE)?;
    let Estimate { mean, low, high } = row.estimate;
    let total = |measure: &str| {
        let row = facts.summary(point, strategy, measure);
        row.map_or(0.0, |row| row.estimate.mean.unwrap_or(0.0) * row.n as f64)
    };
    Some(Rate {
        strategy,
        mean: mean?,
        limits: low.zip(high),
        replications: row.n,
        attempts: whole(total("attempts") - total("create_failed")),
        stalled: whole(total("stalled")),
    })
}

/// A number of things, from their mean over the replications.
fn whole(number: f64) -> u64 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "counts are not negative")]
    let whole = number.max(0.0).round() as u64;
    whole
}
