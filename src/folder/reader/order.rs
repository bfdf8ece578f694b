//! Checks the order of the lines of a file: groups in canonical order, and the order within a group that each file
//! needs.

use std::collections::{BTreeMap, BTreeSet};

use super::table::{CsvLine, shown};
use super::{DistributionRow, PairRow, RunRow, SeriesRow};
use crate::plan::Group;

/// Maximum number of measures of a group.
const MEASURES_MAX: usize = 10_000;

/// The lines seen of the present group.
#[derive(Default)]
pub(super) struct RowOrder {
    group: Option<Group>,
    /// Measures whose line, or whose last line, has been seen.
    measures: BTreeSet<String>,
    /// The last line of a pair of strategies.
    pair: Option<usize>,
    /// The last line of a distribution.
    quantile: Option<DistributionRow>,
    /// Start of each measure's last bin.
    bins: BTreeMap<String, f64>,
    replication: Option<u32>,
}

impl RowOrder {
    /// Begins a line of `group`.
    pub(super) fn group(&mut self, group: Group) -> Result<(), String> {
        match self.group {
            Some(before) if before == group => return Ok(()),
            Some(before) if before > group => {
                return Err(format!(
                    "found point {} after point {}, or its strategies in another order, accepted: the order of summary.csv",
                    group.point, before.point
                ));
            }
            _ => *self = Self { group: Some(group), ..Self::default() },
        }
        Ok(())
    }

    /// Each measure of a group has one line.
    pub(super) fn once(&mut self, line: &CsvLine) -> Result<(), String> {
        self.first(line.text("measure")?)
    }

    fn first(&mut self, measure: &str) -> Result<(), String> {
        if self.measures.len() == MEASURES_MAX {
            return Err(format!("found more measures, accepted: at most {MEASURES_MAX} of a point and strategy"));
        }
        if self.measures.insert(measure.to_owned()) {
            return Ok(());
        }
        Err(format!("measure: found \"{}\" a second time for this point and strategy", shown(measure)))
    }

    /// The other strategies in a strategy's pairs ascend, and each measure of a pair has one line.
    pub(super) fn pair(&mut self, row: &PairRow) -> Result<(), String> {
        match self.pair {
            Some(before) if before > row.other => {
                return Err(
                    "other: found a strategy before the one of the last line, accepted: the order of summary.csv"
                        .to_owned(),
                );
            }
            Some(before) if before == row.other => {}
            _ => self.measures.clear(),
        }
        self.pair = Some(row.other);
        self.first(&row.measure)
    }

    /// Quantiles ascend, and so do their values.
    pub(super) fn quantile(&mut self, row: &DistributionRow) -> Result<(), String> {
        if row.count == 0 {
            return Err("count: found 0, accepted: at least 1".to_owned());
        }
        match &self.quantile {
            Some(before) if before.measure == row.measure => {
                if row.count != before.count {
                    return Err(format!(
                        "count: found {}, accepted: {}, as in the line before",
                        row.count, before.count
                    ));
                }
                if row.quantile <= before.quantile {
                    return Err(format!("quantile: found {}, accepted: more than {}", row.quantile, before.quantile));
                }
                if row.value < before.value {
                    let number = |value: Option<f64>| value.unwrap_or_default();
                    let (found, least) = (number(row.value), number(before.value));
                    return Err(format!("value: found {found}, accepted: at least {least}, the quantile before it"));
                }
            }
            _ => self.first(&row.measure)?,
        }
        self.quantile = Some(row.clone());
        Ok(())
    }

    /// The bins of a measure ascend.
    pub(super) fn bin(&mut self, row: &SeriesRow) -> Result<(), String> {
        if let Some(before) = self.bins.get_mut(&row.measure) {
            if row.start <= *before {
                return Err(format!("t_s: found {}, accepted: more than {before}", row.start));
            }
            *before = row.start;
            return Ok(());
        }
        self.first(&row.measure)?;
        self.bins.insert(row.measure.clone(), row.start);
        Ok(())
    }

    /// Replications ascend.
    pub(super) fn run(&mut self, row: &RunRow) -> Result<(), String> {
        if let Some(before) = self.replication.filter(|before| row.replication <= *before) {
            return Err(format!("replication: found {}, accepted: more than {before}", row.replication));
        }
        self.replication = Some(row.replication);
        Ok(())
    }
}
