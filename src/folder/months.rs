//! `months.csv`: what each strategy's faults do in a month, by how often they come.
//!
//! The points of an experiment with `per_month` come in families: one point without these faults, then one for
//! each of them alone.

use super::columns::{self, CsvLines};
use crate::plan::{Group, NO_FAULT, Plan};
use crate::run::{COUNTED, Faulty, Monthly, Row, monthly};
use des::Duration;
use stats::Estimate;

/// What a line is about: runs without the faults of the month, what a fault adds, a whole month.
pub(super) const PARTS: [&str; 3] = [BASE, FAULT, ALL];
pub(crate) const BASE: &str = "base";
const FAULT: &str = "fault";
pub(crate) const ALL: &str = "all";

/// Collects the rows of a family.
pub(super) struct Months<'a> {
    plan: &'a Plan,
    /// The column of the key `fault`.
    column: usize,
    faults: Vec<(String, f64)>,
    /// Points with the rows of each strategy.
    family: Vec<(usize, Vec<Vec<Row>>)>,
}

impl<'a> Months<'a> {
    /// Nothing yet; none if no fault says how often it comes.
    pub(super) fn new(plan: &'a Plan) -> Option<Self> {
        let (column, faults) = plan.monthly_faults()?;
        Some(Self { plan, column, faults, family: Vec::new() })
    }

    /// The header.
    pub(super) fn header(&self) -> Vec<u8> {
        columns::header(self.plan, &["part", "per_month", "measure", "n", "mean", "ci_low", "ci_high", "method"])
    }

    /// Takes the rows of a finished point; the lines of the family before it, if it begins another.
    pub(super) fn point(&mut self, point: usize, rows: &[Vec<Row>]) -> Vec<u8> {
        let lines = match self.family.last() {
            Some((last, _)) if self.others(*last) != self.others(point) => self.finish(),
            Some(_) | None => Vec::new(),
        };
        self.family.push((point, rows.to_vec()));
        lines
    }

    /// The values of the other keys.
    fn others(&self, point: usize) -> Vec<&String> {
        let values = self.plan.points[point].iter().enumerate();
        values.filter(|(column, _)| *column != self.column).map(|(_, value)| value).collect()
    }

    /// The lines of the last family. A family that lacks a point has none: a condition left the point out.
    pub(super) fn finish(&mut self) -> Vec<u8> {
        let family = std::mem::take(&mut self.family);
        let of = |fault: &str| family.iter().find(|(point, _)| self.plan.points[*point][self.column] == fault);
        let (Some(base), Some(struck)) =
            (of(NO_FAULT), self.faults.iter().map(|(fault, _)| of(fault)).collect::<Option<Vec<_>>>())
        else {
            return Vec::new();
        };
        let mut lines = CsvLines::new();
        let months: Vec<Vec<Monthly>> = (0..self.plan.strategies.len())
            .map(|strategy| COUNTED.iter().map(|measure| self.month(measure, strategy, base, &struck)).collect())
            .collect();
        let line = |lines: &mut CsvLines, group, part: &str, per_month, measure, estimate: &Estimate| {
            lines.begin(&columns::shared(self.plan, group));
            lines.field(part);
            lines.number(per_month);
            lines.field(measure);
            lines.whole(estimate.n as u64);
            lines.number(estimate.mean);
            lines.limits(estimate.interval);
            lines.field(estimate.method.name());
            lines.end();
        };
        for (strategy, months) in months.iter().enumerate() {
            let group = Group { point: base.0, strategy };
            for (measure, month) in COUNTED.iter().zip(months) {
                line(&mut lines, group, BASE, None, measure, &month.base);
                line(&mut lines, group, ALL, None, measure, &month.all);
            }
        }
        for (index, (point, _)) in struck.iter().enumerate() {
            for (strategy, months) in months.iter().enumerate() {
                let group = Group { point: *point, strategy };
                for (measure, month) in COUNTED.iter().zip(months) {
                    line(&mut lines, group, FAULT, Some(self.faults[index].1), measure, &month.faults[index]);
                }
            }
        }
        lines.into_bytes()
    }

    fn month(
        &self,
        measure: &str,
        strategy: usize,
        base: &(usize, Vec<Vec<Row>>),
        struck: &[&(usize, Vec<Vec<Row>>)],
    ) -> Monthly {
        let scenario = self.plan.scenario(base.0, strategy);
        let counted = Duration::from_nanos(scenario.horizon.as_nanos() - scenario.warmup.as_nanos());
        let faults = self.faults.iter().zip(struck);
        let faults = faults.map(|((_, per_month), (_, rows))| Faulty { per_month: *per_month, rows: &rows[strategy] });
        monthly(self.plan.confidence, measure, counted, &base.1[strategy], &faults.collect::<Vec<_>>())
    }
}
