//! The statistics of a result folder: `summary.csv`, `compare.csv`, `pairs.csv`, `distributions.csv`,
//! `rare.csv`, `months.csv` and `timeseries.csv`, which grow as groups and points are finished. They go to files, or stay in memory.

use super::aside::Aside;
use super::error::Error;
use super::months::Months;
use super::{GroupSummary, OnPoint};
use super::{compare, distributions, pairs, rare, summary, timeseries};
use crate::plan::{Group, Plan};
use crate::run::{Estimator, Row, RunPool};
use des::Duration;
use stats::Estimate;

/// Where the lines of one file go.
pub(crate) trait LineSink {
    /// Adds whole lines.
    ///
    /// # Errors
    /// If they cannot be written.
    fn add(&mut self, bytes: &[u8]) -> Result<(), Error>;
}

impl LineSink for Aside {
    fn add(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.write(bytes)
    }
}

impl LineSink for Vec<u8> {
    fn add(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.extend_from_slice(bytes);
        Ok(())
    }
}

/// The files, and the present point.
pub(crate) struct Sides<'a, L> {
    plan: &'a Plan,
    estimator: Estimator,
    summary: L,
    compare: L,
    pairs: L,
    distributions: L,
    rare: Option<L>,
    months: Option<(L, Months<'a>)>,
    timeseries: Option<(L, Duration)>,
    groups: Vec<GroupSummary>,
    rows: Vec<Vec<Row>>,
    on_point: &'a mut (dyn OnPoint + 'a),
}

impl<'a, L: LineSink> Sides<'a, L> {
    /// The files with their headers; `begin` makes each by its name.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub(crate) fn new(
        plan: &'a Plan,
        begin: impl Fn(&str) -> Result<L, Error>,
        on_point: &'a mut (dyn OnPoint + 'a),
    ) -> Result<Self, Error> {
        let begin = |name: &str, header: Vec<u8>| {
            let mut lines = begin(name)?;
            lines.add(&header)?;
            Ok(lines)
        };
        let timeseries = match plan.scenario(0, 0).bin {
            Some(bin) => Some((begin("timeseries.csv", timeseries::header(plan))?, bin)),
            None => None,
        };
        Ok(Self {
            plan,
            estimator: Estimator::new(plan.confidence),
            summary: begin("summary.csv", summary::header(plan))?,
            compare: begin("compare.csv", compare::header(plan))?,
            pairs: begin("pairs.csv", pairs::header(plan))?,
            distributions: begin("distributions.csv", distributions::header(plan))?,
            rare: if plan.is_rare() { Some(begin("rare.csv", rare::header(plan))?) } else { None },
            months: match Months::new(plan) {
                Some(months) => Some((begin("months.csv", months.header())?, months)),
                None => None,
            },
            timeseries,
            groups: Vec::new(),
            rows: Vec::new(),
            on_point,
        })
    }

    /// Adds all runs of the next group, with their pool.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub(crate) fn group(&mut self, group: Group, rows: Vec<Row>, mut pool: RunPool) -> Result<(), Error> {
        let measures = 0..self.plan.measures().len();
        let estimates: Vec<Estimate> = measures.map(|index| self.estimator.measure(&rows, index)).collect();
        if let Some(lines) = &mut self.rare {
            lines.add(&rare::lines(self.plan, group, &rows, &mut self.estimator))?;
        }
        self.summary.add(&summary::lines(self.plan, group, &estimates))?;
        self.distributions.add(&distributions::lines(
            self.plan,
            group,
            &rows,
            &mut pool.distributions,
            &mut self.estimator,
        ))?;
        if let Some((lines, bin)) = &mut self.timeseries {
            lines.add(&timeseries::lines(self.plan, group, &pool, *bin, &mut self.estimator))?;
        }
        self.groups.push(GroupSummary {
            group,
            replications: rows.len(),
            estimates,
            distributions: pool.distributions,
        });
        self.rows.push(rows);
        if self.rows.len() == self.plan.strategies.len() { self.point(group.point) } else { Ok(()) }
    }

    fn point(&mut self, point: usize) -> Result<(), Error> {
        let compared = compare::point(&mut self.estimator, &self.rows, self.plan.baseline);
        for (strategy, comparisons) in &compared {
            let group = Group { point, strategy: *strategy };
            self.compare.add(&compare::lines(self.plan, group, comparisons))?;
        }
        let pairs = pairs::point(&mut self.estimator, &self.rows);
        self.pairs.add(&pairs::lines(self.plan, point, &pairs))?;
        if let Some((lines, months)) = &mut self.months {
            lines.add(&months.point(point, &self.rows))?;
        }
        self.on_point.point(&mut self.groups, &compared);
        self.groups.clear();
        self.rows.clear();
        Ok(())
    }

    /// The files, by name.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub(crate) fn finish(mut self) -> Result<Vec<(&'static str, L)>, Error> {
        if let Some((lines, months)) = &mut self.months {
            lines.add(&months.finish())?;
        }
        let files = [
            ("summary.csv", self.summary),
            ("compare.csv", self.compare),
            ("pairs.csv", self.pairs),
            ("distributions.csv", self.distributions),
        ];
        let rare = self.rare.map(|lines| ("rare.csv", lines));
        let months = self.months.map(|(lines, _)| ("months.csv", lines));
        let timeseries = self.timeseries.map(|(lines, _)| ("timeseries.csv", lines));
        Ok(files.into_iter().chain(rare).chain(months).chain(timeseries).collect())
    }
}
