//! How the strategies of a point stand to each other in the share of attempts that stall.
//!
//! `compare.csv` has each strategy's difference from the baseline. Which strategies are best is another question: it
//! asks for all pairs. The differences of all pairs of a point are made from `runs.csv` as those of `compare.csv` are,
//! and adjusted together after Holm, so that the best may be picked after looking. A strategy is beaten at a point if
//! another one is shown to stall less. Pairs with the baseline are also beaten where `compare.csv`, whose families are
//! smaller, shows it: the report never shows less than the file.

use super::facts::Facts;
use crate::experiment::{Estimator, Group, Row};
use crate::metrics::{MEASURES, measure_index};
use crate::output::error::Error;
use crate::output::reader::Estimate;
use crate::stats::holm;

/// The measure.
pub(super) const STALL_RATE: &str = "stall_rate";

/// What is read of each run.
const COLUMNS: [&str; 4] = [STALL_RATE, "attempts", "create_failed", "stalled"];

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
/// If `runs.csv` cannot be read.
pub(super) fn standings(facts: &Facts<'_>) -> Result<Vec<Standing>, Error> {
    let reader = facts.reader;
    let wanted = |name: &str| COLUMNS.contains(&name);
    let names: Vec<String> = reader.run_measures()?.into_iter().filter(|name| wanted(name)).collect();
    let columns: Vec<usize> = names.iter().filter_map(|name| measure_index(name)).collect();
    let mut runs = reader.runs(wanted)?.into_iter().peekable();
    let mut estimator = Estimator::new(reader.confidence());
    let mut standings = Vec::with_capacity(reader.points().len());
    for point in 0..reader.points().len() {
        let mut rows: Vec<Vec<Row>> = vec![Vec::new(); reader.strategies().len()];
        while let Some(run) = runs.next_if(|run| run.group.point == point) {
            let mut measures = [None; MEASURES.len()];
            for (column, value) in columns.iter().zip(&run.measures) {
                measures[*column] = *value;
            }
            let Group { strategy, .. } = run.group;
            rows[strategy].push(Row {
                group: run.group,
                replication: run.replication,
                fingerprint: 0,
                events: run.events,
                measures,
            });
        }
        standings.push(standing(facts, point, &rows, &mut estimator));
    }
    Ok(standings)
}

fn standing(facts: &Facts<'_>, point: usize, rows: &[Vec<Row>], estimator: &mut Estimator) -> Standing {
    let column = |name: &str| measure_index(name).expect("a measure");
    let total = |rows: &[Row], name: &str| rows.iter().filter_map(|row| row.measures[column(name)]).sum::<f64>();
    let rates: Vec<Rate> = (0..rows.len())
        .filter_map(|strategy| {
            let row = facts.summary(point, strategy, STALL_RATE)?;
            let Estimate { mean, low, high } = row.estimate;
            let attempts = total(&rows[strategy], "attempts") - total(&rows[strategy], "create_failed");
            Some(Rate {
                strategy,
                mean: mean?,
                limits: low.zip(high),
                replications: row.n,
                attempts: whole(attempts),
                stalled: whole(total(&rows[strategy], "stalled")),
            })
        })
        .collect();
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
    let mut shown = pairs(&rates, rows, estimator);
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

/// All pairs of which the first is shown to stall less than the second.
fn pairs(rates: &[Rate], rows: &[Vec<Row>], estimator: &mut Estimator) -> Vec<(usize, usize)> {
    let stall_rate = measure_index(STALL_RATE).expect("a measure");
    let (mut pairs, mut p_values) = (Vec::new(), Vec::new());
    for (index, one) in rates.iter().enumerate() {
        for other in &rates[index + 1..] {
            let difference = estimator.difference(&rows[one.strategy], &rows[other.strategy], stall_rate);
            if let Some(p) = difference.p_value {
                p_values.push(p);
                pairs.push(match difference.sign {
                    -1 => Some((one.strategy, other.strategy)),
                    1 => Some((other.strategy, one.strategy)),
                    _ => None,
                });
            }
        }
    }
    let adjusted = holm::adjust(&p_values);
    pairs.into_iter().zip(adjusted).filter(|(_, p)| *p < estimator.alpha()).filter_map(|(pair, _)| pair).collect()
}

/// A number of things that was read as a float.
fn whole(number: f64) -> u64 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "counts are whole and not negative")]
    let whole = number.max(0.0) as u64;
    whole
}
