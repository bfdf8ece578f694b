//! A sensitivity as CSV files and JSON.

use serde_json::{Value, json};

use super::Sensitivity;
use super::study::{KeyStudy, SensitivityTarget, Study};
use super::tornado::Tornado;
use crate::decide::number;
use crate::decide::solve::FewHits;
use crate::folder::columns::CsvLines;
use crate::measure::{MEASURES, Measure};
use stats::Estimate;

/// How the indices were found, as `sensitivity.csv` names it.
const METHOD: &str = "radial-u-statistics";

/// What was asked and what was found.
pub(super) struct SensitivityAnswer<'a> {
    pub(super) of: &'a Sensitivity<'a>,
    pub(super) tornado: Tornado,
    /// Where rare losses have too few hits at the ends of the ranges.
    pub(super) few: Option<FewHits>,
    /// None if only the ends were asked for.
    pub(super) study: Option<Study>,
    /// Whether the precision was reached, if one was asked for.
    pub(super) precise: bool,
    pub(super) runs: usize,
}

impl Sensitivity<'_> {
    pub(super) const fn measure(&self) -> Measure {
        MEASURES[self.measure]
    }
}

impl SensitivityAnswer<'_> {
    /// What a group of keys is called.
    pub(super) fn group(&self, group: usize) -> String {
        self.of.design.uncertain.name(group)
    }

    /// The names of a target's strategy and of the other one.
    fn strategies(&self, target: SensitivityTarget) -> [&str; 2] {
        let names = &self.of.plan.strategies;
        [&names[target.strategy], target.against.map_or("", |against| &names[against])]
    }

    /// `sensitivity.csv`: a row for each target and group of keys.
    pub(super) fn table(&self, study: &Study) -> Vec<u8> {
        let mut lines = CsvLines::new();
        lines.push([
            "strategy",
            "against",
            "measure",
            "key",
            "rows",
            "moved",
            "effect",
            "effect_low",
            "effect_high",
            "rms",
            "total",
            "total_low",
            "total_high",
            "first",
            "first_low",
            "first_high",
            "evppi",
            "evppi_low",
            "evppi_high",
            "evpi",
            "evpi_low",
            "evpi_high",
            "noise_share",
            "method",
        ]);
        for found in &study.0 {
            for (group, effect) in found.effects.keys.iter().enumerate() {
                let [strategy, against] = self.strategies(found.target);
                for field in [strategy, against, &self.of.question.measure, &self.group(group)] {
                    lines.field(text::in_csv(field).as_ref());
                }
                lines.whole(found.effects.rows as u64);
                lines.whole(effect.moved as u64);
                let mut estimate = |estimate: Option<&Estimate>| {
                    lines.number(estimate.and_then(|estimate| estimate.mean));
                    lines.limits(estimate.and_then(|estimate| estimate.interval));
                };
                estimate(Some(&effect.mean));
                lines.number(Some(effect.rms));
                let mut estimate = |estimate: Option<&Estimate>| {
                    lines.number(estimate.and_then(|estimate| estimate.mean));
                    lines.limits(estimate.and_then(|estimate| estimate.interval));
                };
                estimate(Some(&effect.total));
                estimate(effect.first.as_ref());
                estimate(found.worth.as_ref().map(|worth| &worth[group]));
                estimate(found.worth_of_all.as_ref());
                lines.number(found.effects.noise_share());
                lines.field(METHOD);
                lines.end();
            }
        }
        lines.into_bytes()
    }

    /// `tornado.csv`: a row for each target and end; the first of a target has the values of the file.
    pub(super) fn ends(&self) -> Vec<u8> {
        let mut lines = CsvLines::new();
        lines.push([
            "strategy",
            "against",
            "measure",
            "key",
            "value",
            "n",
            "mean",
            "ci_low",
            "ci_high",
            "change",
            "change_low",
            "change_high",
            "p_adjusted",
            "flips",
        ]);
        let n = u64::from(super::tornado::REPLICATIONS);
        for bars in &self.tornado.0 {
            let begin = |lines: &mut CsvLines, key: &str, value: &str| {
                let [strategy, against] = self.strategies(bars.target);
                for field in [strategy, against, &self.of.question.measure, key, value] {
                    lines.field(text::in_csv(field).as_ref());
                }
                lines.whole(n);
            };
            begin(&mut lines, "", "");
            lines.number(bars.now.mean);
            lines.limits(bars.now.interval);
            lines.push(["", "", "", "", ""]);
            for bar in &bars.ends {
                begin(&mut lines, &self.group(bar.group), &bar.value);
                for level in [bar.there, bar.change] {
                    lines.number(level.mean);
                    lines.limits(level.interval);
                }
                lines.number(bar.p_adjusted);
                lines.field(bar.flips.to_string());
                lines.end();
            }
        }
        lines.into_bytes()
    }

    /// The answer as one JSON object.
    pub(super) fn json(&self) -> Value {
        let ends = self.tornado.0.iter().flat_map(|bars| {
            bars.ends.iter().map(|bar| {
                let [strategy, against] = self.strategies(bars.target);
                json!({
                    "strategy": strategy,
                    "against": against,
                    "key": self.group(bar.group),
                    "value": bar.value,
                    "mean": number(bar.there.mean),
                    "change": number(bar.change.mean),
                    "change_low": number(bar.change.interval.map(|limits| limits.0)),
                    "change_high": number(bar.change.interval.map(|limits| limits.1)),
                    "p_adjusted": number(bar.p_adjusted),
                    "flips": bar.flips,
                })
            })
        });
        let found = self.study.iter().flat_map(|study| &study.0).map(|found| self.found(found));
        json!({
            "experiment": self.of.plan.name,
            "question": self.of.question,
            "answered": self.precise,
            "sentence": self.sentence(),
            "confidence": self.of.plan.confidence,
            "runs": self.runs,
            "ends": ends.collect::<Vec<_>>(),
            "found": found.collect::<Vec<_>>(),
        })
    }

    fn found(&self, found: &KeyStudy) -> Value {
        let [strategy, against] = self.strategies(found.target);
        let keys = found.effects.keys.iter().enumerate().map(|(group, effect)| {
            json!({
                "key": self.group(group),
                "moved": effect.moved,
                "effect": estimate(Some(&effect.mean)),
                "rms": number(Some(effect.rms)),
                "total": estimate(Some(&effect.total)),
                "first": estimate(effect.first.as_ref()),
                "evppi": estimate(found.worth.as_ref().map(|worth| &worth[group])),
            })
        });
        json!({
            "strategy": strategy,
            "against": against,
            "rows": found.effects.rows,
            "noise_share": number(found.effects.noise_share()),
            "higher": estimate(found.shares.as_ref().map(|shares| &shares[0])),
            "lower": estimate(found.shares.as_ref().map(|shares| &shares[1])),
            "same": estimate(found.shares.as_ref().map(|shares| &shares[2])),
            "evpi": estimate(found.worth_of_all.as_ref()),
            "keys": keys.collect::<Vec<_>>(),
        })
    }
}

fn estimate(estimate: Option<&Estimate>) -> Value {
    let Some(estimate) = estimate else { return Value::Null };
    json!({
        "mean": number(estimate.mean),
        "ci_low": number(estimate.interval.map(|limits| limits.0)),
        "ci_high": number(estimate.interval.map(|limits| limits.1)),
    })
}
