//! Rare stalls: those by lost configs, weighted, and those by any other cause, counted. They are two figures, and never
//! one sum: weights say nothing of queues and collapses, of which counting gives only a limit.

use serde::Serialize;

use super::facts::Facts;
use super::sentence::Sentence;
use super::{place, write};
use crate::folder::reader::ReadEstimate;
use crate::run::{HITS_MIN, WEIGHT_NEAR};
use draw::figure::Unit;

/// The measures behind the sentence and the table.
pub(super) const NEEDED: [&str; 5] =
    ["stall_rate_rare", "stall_rate_other", "rare_hits", "rare_attempts", "rare_weight_mean"];

/// Strategies that a sentence names.
const NAMES_MAX: usize = 3;

/// The rare stalls of a strategy at a point.
#[derive(Serialize, Debug)]
pub(crate) struct RareStalls {
    pub(crate) strategy: String,
    /// Stalls by lost configs, or why there is no number.
    pub(crate) lost: String,
    /// Stalls by any other cause.
    pub(crate) other: String,
    /// Stalls of tagged peers that the estimate is based on.
    pub(crate) hits: String,
    /// The mean weight.
    pub(crate) weight: String,
}

/// The rare stalls of every strategy at a point; none without `[rare]`.
pub(crate) fn rare(facts: &Facts<'_>, point: usize) -> Vec<RareStalls> {
    let strategies = 0..facts.reader.strategies().len();
    strategies.filter_map(|strategy| of(facts, point, strategy)).collect()
}

fn of(facts: &Facts<'_>, point: usize, strategy: usize) -> Option<RareStalls> {
    let total = |measure| {
        let row = facts.summary(point, strategy, measure)?;
        Some(row.estimate.mean? * row.n as f64)
    };
    let tagged = total("rare_attempts")?;
    let hits = total("rare_hits")?;
    let rate = facts.estimate(point, strategy, "stall_rate_rare");
    let weight = facts.estimate(point, strategy, "rare_weight_mean");
    let lost = match rate {
        ReadEstimate { mean: None, .. } if weight.mean.is_some_and(|mean| mean < WEIGHT_NEAR) => {
            "refused: the mean weight is far below 1, a lower rare.loss lets more messages of tagged peers through"
                .to_owned()
        }
        ReadEstimate { mean: None, .. } if tagged > 0.0 => "refused: the number of tagged peers changes it".to_owned(),
        ReadEstimate { mean: None, .. } => "no tagged peer".to_owned(),
        ReadEstimate { mean: Some(_), .. } if hits == 0.0 => "no hit, no estimate".to_owned(),
        ReadEstimate { mean: Some(_), low: None, .. } if hits < HITS_MIN => {
            format!("{}, of {} hits: too few for an interval", tiny(rate.mean), Unit::Count.write(hits.round()))
        }
        rate => interval(rate),
    };
    let other = facts.estimate(point, strategy, "stall_rate_other");
    let sent = total("attempts")? - total("create_failed").unwrap_or(0.0);
    let other = match other {
        ReadEstimate { mean: Some(0.0), high: Some(high), .. } => {
            format!("none in {} attempts, below {}", Unit::Count.write(sent.round()), tiny(Some(high)))
        }
        other => interval(other),
    };
    let digits = |value: Option<f64>| value.map_or_else(|| write::UNDEFINED.to_owned(), |value| format!("{value:.3}"));
    Some(RareStalls {
        strategy: facts.name(strategy).to_owned(),
        lost,
        other,
        hits: Unit::Count.write(hits.round()),
        weight: format!("{} [{}, {}]", digits(weight.mean), digits(weight.low), digits(weight.high)),
    })
}

/// The sentence at a point; none without `[rare]`.
pub(super) fn sentence(facts: &Facts<'_>, point: usize) -> Option<Sentence> {
    let rare = rare(facts, point);
    if rare.is_empty() {
        return None;
    }
    let part = |words_of: fn(&RareStalls) -> &str| {
        let mut sentence = Sentence::new("");
        for (index, one) in rare.iter().take(NAMES_MAX).enumerate() {
            sentence = sentence.text(if index == 0 { "" } else { "; " }).name(&one.strategy);
            sentence = sentence.text(format!(" {}", words_of(one)));
        }
        sentence
    };
    let more = rare.len().saturating_sub(NAMES_MAX);
    let more = if more > 0 { format!(" {more} more in the report.") } else { String::new() };
    let sentence = Sentence::new("Share of attempts that stall").place(place::at(facts.reader, point));
    let sentence = sentence.text(" by lost configs, weighted: ").then(part(|rare| &rare.lost));
    let sentence = sentence.text(". By any other cause, counted: ").then(part(|rare| &rare.other));
    Some(sentence.text(".").text(more))
}

/// `1.01e-7 [9.70e-8, 1.04e-7]`.
fn interval(estimate: ReadEstimate) -> String {
    match (estimate.low, estimate.high) {
        (Some(low), Some(high)) => format!("{} [{}, {}]", tiny(estimate.mean), tiny(Some(low)), tiny(Some(high))),
        _ => tiny(estimate.mean),
    }
}

/// A share that may be very small.
fn tiny(value: Option<f64>) -> String {
    value.map_or_else(
        || write::UNDEFINED.to_owned(),
        |value| if value == 0.0 { "0".to_owned() } else { format!("{value:.2e}") },
    )
}
