//! How the strategies of a point stand to each other in a rate: of late attempts, or of stalls.
//!
//! `compare.csv` has each strategy's difference from the baseline. Which strategies are best is another question: it
//! asks for all pairs. The differences of all pairs of a point are made from `runs.csv` as those of `compare.csv` are,
//! and adjusted together after Holm, so that the best may be picked after looking. A strategy is beaten at a point if
//! another one is shown to have a lower rate. Pairs with the baseline are also beaten where `compare.csv`, whose families
//! are smaller, shows it: what is said never shows less than the file.

use super::facts::Facts;
use crate::experiment::{Estimator, Group, Row};
use crate::metrics::{MEASURES, measure_index};
use crate::output::error::Error;
use crate::output::reader::Estimate;
use crate::stats::holm;

/// A rate that strategies are judged by: its measure, the number of events, and what is no trial among the attempts.
#[derive(Clone, Copy, Debug)]
pub(in crate::output) struct Judged {
    /// The measure.
    pub(in crate::output) rate: &'static str,
    /// The number of events.
    events: &'static str,
    /// Attempts that are no trials.
    apart: Option<&'static str>,
}

/// Late attempts: the create included, so that waiting there counts.
pub(in crate::output) const LATE: Judged = Judged { rate: "late_rate", events: "late", apart: None };

/// Stalls: of attempts that sent an initiation.
pub(in crate::output) const STALL: Judged =
    Judged { rate: "stall_rate", events: "stalled", apart: Some("create_failed") };

/// What is read of each run.
const COLUMNS: [&str; 6] = ["attempts", "create_failed", "stalled", "stall_rate", "late", "late_rate"];

/// Strategies up to which all pairs are compared; of more, those with the baseline.
const PAIRED_MAX: usize = 64;

/// A strategy's rate at a point.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(in crate::output) struct Rate {
    /// The strategy.
    pub(in crate::output) strategy: usize,
    /// Events over trials, pooled over the replications.
    pub(in crate::output) mean: f64,
    /// The interval.
    pub(in crate::output) limits: Option<(f64, f64)>,
    /// Trials in all replications.
    pub(in crate::output) trials: u64,
    /// Events among them.
    pub(in crate::output) events: u64,
}

/// What `compare.csv` says of a strategy against the baseline.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::output) enum Verdict {
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
pub(in crate::output) struct Standing {
    /// The point.
    pub(in crate::output) point: usize,
    /// Strategies whose rate is defined.
    pub(in crate::output) rates: Vec<Rate>,
    /// Pairs of strategies, the first of which is shown to have the lower rate.
    pub(in crate::output) shown: Vec<(usize, usize)>,
    /// Each strategy but the baseline against it.
    pub(in crate::output) verdicts: Vec<(usize, Verdict)>,
}

/// A point, judged by both rates.
#[derive(Clone, PartialEq, Debug)]
pub(in crate::output) struct Standings {
    /// By late attempts.
    pub(in crate::output) late: Standing,
    /// By stalls.
    pub(in crate::output) stall: Standing,
}

impl Standing {
    /// The rate of a strategy.
    pub(in crate::output) fn rate(&self, strategy: usize) -> Option<&Rate> {
        self.rates.iter().find(|rate| rate.strategy == strategy)
    }

    /// The mean of a strategy's rate.
    pub(in crate::output) fn mean(&self, strategy: usize) -> Option<f64> {
        self.rate(strategy).map(|rate| rate.mean)
    }

    /// The verdict on a strategy; none on the baseline.
    pub(in crate::output) fn verdict(&self, strategy: usize) -> Option<Verdict> {
        self.verdicts.iter().find(|(other, _)| *other == strategy).map(|(_, verdict)| *verdict)
    }

    /// Whether a strategy is shown to have a higher rate than another one.
    pub(in crate::output) fn is_beaten(&self, strategy: usize) -> bool {
        self.shown.iter().any(|(_, above)| *above == strategy)
    }

    /// Whether any pair of strategies could be tested.
    pub(in crate::output) fn is_tested(&self) -> bool {
        self.verdicts.iter().any(|(_, verdict)| *verdict != Verdict::Untested)
    }
}

/// How the strategies stand at every point.
///
/// # Errors
/// If `runs.csv` cannot be read.
pub(in crate::output) fn standings(facts: &Facts<'_>) -> Result<Vec<Standings>, Error> {
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
        standings.push(Standings {
            late: standing(facts, point, LATE, &rows, &mut estimator),
            stall: standing(facts, point, STALL, &rows, &mut estimator),
        });
    }
    Ok(standings)
}

fn standing(facts: &Facts<'_>, point: usize, judged: Judged, rows: &[Vec<Row>], estimator: &mut Estimator) -> Standing {
    let column = |name: &str| measure_index(name).expect("a measure");
    let total = |rows: &[Row], name: &str| rows.iter().filter_map(|row| row.measures[column(name)]).sum::<f64>();
    let rates: Vec<Rate> = (0..rows.len())
        .filter_map(|strategy| {
            let row = facts.summary(point, strategy, judged.rate)?;
            let Estimate { mean, low, high } = row.estimate;
            let of = |name: &str| total(&rows[strategy], name);
            let trials = of("attempts") - judged.apart.map_or(0.0, of);
            Some(Rate {
                strategy,
                mean: mean?,
                limits: low.zip(high),
                trials: whole(trials),
                events: whole(of(judged.events)),
            })
        })
        .collect();
    let baseline = facts.baseline();
    let verdicts: Vec<(usize, Verdict)> = rates
        .iter()
        .filter(|rate| rate.strategy != baseline)
        .map(|rate| {
            let row = facts.compare(point, rate.strategy, judged.rate);
            let verdict = match row.map_or("", |row| row.verdict.as_str()) {
                "lower" => Verdict::Lower,
                "higher" => Verdict::Higher,
                "" => Verdict::Untested,
                _ => Verdict::NotShown,
            };
            (rate.strategy, verdict)
        })
        .collect();
    let mut shown = if rates.len() > PAIRED_MAX { Vec::new() } else { pairs(&rates, judged, rows, estimator) };
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

/// All pairs of which the first is shown to have the lower rate.
fn pairs(rates: &[Rate], judged: Judged, rows: &[Vec<Row>], estimator: &mut Estimator) -> Vec<(usize, usize)> {
    let index_of_rate = measure_index(judged.rate).expect("a measure");
    let (mut pairs, mut p_values) = (Vec::new(), Vec::new());
    for (index, one) in rates.iter().enumerate() {
        for other in &rates[index + 1..] {
            let difference = estimator.difference(&rows[one.strategy], &rows[other.strategy], index_of_rate);
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
