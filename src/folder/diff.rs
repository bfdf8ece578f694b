//! Two result folders beside each other: the points and strategies of both, the measures whose means differ, and whether
//! the differences are shown.

use std::collections::BTreeSet;
use std::fmt;

use super::compare::{Comparison, Verdict};
use super::error::Error;
use super::foreign::{ForeignRuns, SideName};
use crate::measure::MEASURES;
use crate::run::{Estimator, Row};
use stats::Difference;

/// One measure of one point and strategy that is not the same in both folders.
pub(crate) struct MeasureChange {
    pub(crate) name: usize,
    pub(crate) measure: usize,
    pub(crate) before: Option<f64>,
    pub(crate) after: Option<f64>,
    pub(crate) difference: Difference,
}

/// The fewest and the most replications of a point and strategy.
#[derive(Default)]
pub(crate) struct CountRange(Option<(usize, usize)>);

impl CountRange {
    pub(crate) fn add(&mut self, count: usize) {
        let (least, most) = self.0.unwrap_or((count, count));
        self.0 = Some((least.min(count), most.max(count)));
    }
}

impl fmt::Display for CountRange {
    /// `20`, `3 to 20`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (least, most) = self.0.unwrap_or_default();
        if least == most { write!(f, "{most}") } else { write!(f, "{least} to {most}") }
    }
}

/// Replications of one folder at the points and strategies of both.
#[derive(Default)]
pub(crate) struct Extent {
    pub(crate) held: CountRange,
    pub(crate) compared: CountRange,
    /// Whether some replication has no counterpart in the other folder.
    pub(crate) more: bool,
}

/// What was found at the points and strategies of both folders.
#[derive(Default)]
pub(crate) struct Differences {
    pub(crate) a: Extent,
    pub(crate) b: Extent,
    /// Points and strategies of which runs were compared.
    pub(crate) compared: usize,
    /// Those of them with the same runs.
    pub(crate) same: usize,
    /// Measures compared.
    pub(crate) measured: usize,
    pub(crate) changes: Vec<MeasureChange>,
}

impl Differences {
    /// Whether some replication has no counterpart.
    pub(crate) const fn is_uneven(&self) -> bool {
        self.a.more || self.b.more
    }
}

/// Whether a difference is shown.
pub(crate) fn is_shown(comparison: &Comparison) -> bool {
    matches!(comparison.verdict(), Some(Verdict::Lower | Verdict::Higher))
}

/// What the comparison comes to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Likeness {
    /// The same runs throughout, and the same points and strategies.
    Same,
    /// Other runs, and no measure is shown to differ.
    NotShown,
    /// Measures are shown to differ.
    Differ,
    /// What both have is the same, but one has more.
    More,
}

impl Likeness {
    pub(crate) fn of(found: &Differences, names: &SharedNames, judged: &[(&MeasureChange, Comparison)]) -> Self {
        if judged.iter().any(|(_, comparison)| is_shown(comparison)) {
            Self::Differ
        } else if found.same < found.compared {
            Self::NotShown
        } else if found.is_uneven()
            || found.compared < names.both.len()
            || names.only().iter().any(|only| !only.is_empty())
        {
            Self::More
        } else {
            Self::Same
        }
    }

    /// As `--json` has it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::NotShown => "no difference shown",
            Self::Differ => "differ",
            Self::More => "same where both have runs",
        }
    }
}

/// Points and strategies: of both folders, and of one only.
pub(crate) struct SharedNames {
    pub(crate) both: Vec<SideName>,
    pub(crate) only_a: Vec<SideName>,
    pub(crate) only_b: Vec<SideName>,
}

impl SharedNames {
    pub(crate) fn new(a: &ForeignRuns, b: &ForeignRuns) -> Self {
        let set = |runs: &ForeignRuns| runs.names().iter().cloned().collect::<BTreeSet<SideName>>();
        let (in_a, in_b) = (set(a), set(b));
        let split = |names: &[SideName], others: &BTreeSet<SideName>| -> (Vec<SideName>, Vec<SideName>) {
            names.iter().cloned().partition(|name| others.contains(name))
        };
        let (both, only_a) = split(a.names(), &in_b);
        let (_, only_b) = split(b.names(), &in_a);
        Self { both, only_a, only_b }
    }

    /// Those of A only, and of B only.
    pub(crate) const fn only(&self) -> [&Vec<SideName>; 2] {
        [&self.only_a, &self.only_b]
    }
}

/// Compares the runs of the points and strategies of `both` folders.
pub(crate) fn find(
    a: &mut ForeignRuns,
    b: &mut ForeignRuns,
    both: &[SideName],
    paired: bool,
    estimator: &mut Estimator,
) -> Result<Differences, Error> {
    let mut found = Differences::default();
    for (index, name) in both.iter().enumerate() {
        let (mut rows, mut others) = (a.rows(name)?, b.rows(name)?);
        found.a.held.add(rows.len());
        found.b.held.add(others.len());
        let held = (rows.len(), others.len());
        if paired {
            keep_common(&mut rows, &mut others);
        }
        found.a.compared.add(rows.len());
        found.b.compared.add(others.len());
        found.a.more |= held.0 > rows.len() || (!paired && held.0 > held.1);
        found.b.more |= held.1 > others.len() || (!paired && held.1 > held.0);
        if rows.is_empty() || others.is_empty() {
            continue;
        }
        found.compared += 1;
        if rows == others {
            found.same += 1;
            continue;
        }
        let has = |measure: usize| a.has(measure) && b.has(measure);
        for measure in 0..MEASURES.len() {
            if !estimator.columns(measure).into_iter().all(has) {
                continue;
            }
            found.measured += 1;
            found.changes.extend(change(estimator, index, measure, &rows, &others, paired));
        }
    }
    Ok(found)
}

/// A key with its values in both folders.
pub(crate) type DifferingKey = (String, Option<toml::Value>, Option<toml::Value>);

/// Settings that are not the same, by key.
pub(crate) fn settings(before: &toml::Table, after: &toml::Table) -> Vec<DifferingKey> {
    let mut all = Vec::new();
    let keys: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    for key in keys {
        match (before.get(key), after.get(key)) {
            (Some(toml::Value::Table(before)), Some(toml::Value::Table(after))) => {
                all.extend(settings(before, after).into_iter().map(|(inner, a, b)| (format!("{key}.{inner}"), a, b)));
            }
            (before, after) if before != after => all.push((key.clone(), before.cloned(), after.cloned())),
            _ => {}
        }
    }
    all
}

/// Leaves the replications that both sides have: only these are paired.
pub(crate) fn keep_common(rows: &mut Vec<Row>, others: &mut Vec<Row>) {
    let replications = |rows: &[Row]| rows.iter().map(|row| row.replication).collect::<BTreeSet<u32>>();
    let common: BTreeSet<u32> = replications(rows).intersection(&replications(others)).copied().collect();
    rows.retain(|row| common.contains(&row.replication));
    others.retain(|row| common.contains(&row.replication));
}

/// The change of one measure; none if it has the same values in both.
pub(crate) fn change(
    estimator: &mut Estimator,
    name: usize,
    measure: usize,
    before: &[Row],
    after: &[Row],
    paired: bool,
) -> Option<MeasureChange> {
    let values = |rows: &[Row]| rows.iter().map(|row| row.measures[measure]).collect::<Vec<_>>();
    if values(before) == values(after) {
        return None;
    }
    let difference = if paired {
        estimator.difference(after, before, measure)
    } else {
        estimator.independent(after, before, measure)
    };
    let mean = |estimator: &mut Estimator, rows| estimator.measure(rows, measure).mean;
    let (before, after) = (mean(estimator, before), mean(estimator, after));
    Some(MeasureChange { name, measure, before, after, difference })
}
