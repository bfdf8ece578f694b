//! The points of a sweep: blocks crossed, conditions applied, each point checked. No point is stored as a whole.

use std::collections::BTreeSet;

use toml::Table;

use super::sweep::Block;
use crate::file::condition::Condition;
use crate::file::data::DataFiles;
use crate::file::problem::{InputPlace, Problem};
use crate::file::read::Findings;
use crate::file::rules;
use crate::file::schema::POINTS_MAX;
use crate::file::section::{Experiment, Section as _, SectionReader};
use crate::file::tree::{At, Places, render, set};

/// Maximum number of combinations examined, including those that a condition leaves out.
const COMBINATIONS_MAX: usize = 20_000_000;

/// Maximum number of points checked if the experiment has other problems.
const BROKEN_MAX: usize = 10_000;

/// Maximum number of problems that points report.
const PROBLEMS_MAX: usize = 20;

/// The points of an experiment, by number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Points {
    /// Combinations that meet every condition, ascending; none: all combinations.
    chosen: Option<Vec<usize>>,
    /// Number of rows of each block.
    lengths: Vec<usize>,
}

impl Points {
    /// Number of points.
    pub(crate) fn len(&self) -> usize {
        self.chosen.as_ref().map_or_else(|| self.lengths.iter().product(), Vec::len)
    }

    /// The row of each block at a point; the last block varies fastest.
    pub(crate) fn rows(&self, point: usize) -> Vec<usize> {
        decode(self.chosen.as_ref().map_or(point, |chosen| chosen[point]), &self.lengths)
    }
}

fn decode(mut combination: usize, lengths: &[usize]) -> Vec<usize> {
    let mut rows = vec![0; lengths.len()];
    for (row, length) in rows.iter_mut().zip(lengths).rev() {
        *row = combination % length;
        combination /= length;
    }
    rows
}

/// Writes the values of a point into a complete experiment.
pub(crate) fn put(tree: &mut Table, blocks: &[Block], rows: &[usize]) {
    for (block, row) in blocks.iter().zip(rows) {
        put_row(tree, block, *row);
    }
}

/// Reads again the swept parts of a complete experiment that has the values of a point.
pub(crate) fn renew(experiment: &mut Experiment, tree: &Table, blocks: &[Block], reader: &mut SectionReader<'_>) {
    for column in blocks.iter().flat_map(|block| &block.columns) {
        experiment.renew(&column.owner.path, &At::ROOT, tree, reader);
    }
}

fn put_row(tree: &mut Table, block: &Block, row: usize) {
    for (column, value) in block.columns.iter().zip(&block.rows[row]) {
        let there = set(tree, &column.path, value.clone());
        debug_assert!(there, "{} was located", column.path);
    }
}

/// Checks every point of a complete experiment, and selects those that meet every condition. If the experiment is
/// `broken` already, the first [`BROKEN_MAX`] points are checked and none is selected.
#[expect(clippy::too_many_arguments, reason = "an experiment, its sweep, and where problems go")]
pub(crate) fn choose(
    tree: &Table,
    experiment: &Experiment,
    broken: bool,
    blocks: &[Block],
    conditions: &[(Condition, InputPlace)],
    places: &Places,
    data: &DataFiles,
    problems: &mut Vec<Problem>,
) -> Option<Points> {
    let lengths: Vec<usize> = blocks.iter().map(|block| block.rows.len()).collect();
    let combinations = lengths.iter().try_fold(1_usize, |product, length| product.checked_mul(*length));
    let most = if conditions.is_empty() { POINTS_MAX } else { COMBINATIONS_MAX };
    let Some(combinations) = combinations.filter(|count| *count <= most) else {
        let factors: Vec<String> = lengths.iter().map(ToString::to_string).collect();
        let text = format!("found {} points, accepted: at most {most}", factors.join(" × "));
        problems.push(Problem { place: places.key("sweep"), key: "sweep".to_owned(), text });
        return None;
    };
    let mut judge = Checker {
        tree: tree.clone(),
        experiment: experiment.clone(),
        blocks,
        places,
        data,
        seen: BTreeSet::new(),
        problems,
    };
    let mut chosen = (!conditions.is_empty()).then(Vec::new);
    // Rows in the tree, and rows of the point checked last; the two may differ.
    let (mut there, mut checked): (Option<Vec<usize>>, Option<Vec<usize>>) = (None, None);
    let differs =
        |before: &Option<Vec<usize>>, block: usize, row: usize| before.as_ref().is_none_or(|b| b[block] != row);
    let checkable = if broken { combinations.min(BROKEN_MAX) } else { combinations };
    for combination in 0..checkable {
        let rows = decode(combination, &lengths);
        for (block, row) in rows.iter().enumerate().filter(|(block, row)| differs(&there, *block, **row)) {
            put_row(&mut judge.tree, &blocks[block], *row);
        }
        if judge.meets(conditions, &rows) {
            judge.check(&rows, |block| differs(&checked, block, rows[block]));
            if let Some(chosen) = &mut chosen {
                chosen.push(combination);
            }
            checked = Some(rows.clone());
        }
        there = Some(rows);
        if judge.seen.len() >= PROBLEMS_MAX {
            break;
        }
    }
    if broken {
        return None;
    }
    if judge.seen.is_empty() && chosen.as_ref().is_some_and(Vec::is_empty) {
        let text = "no point meets it, accepted: a condition that leaves at least one".to_owned();
        let place = conditions.last()?.1.clone();
        problems.push(Problem { place, key: "where".to_owned(), text });
        return None;
    }
    if chosen.as_ref().is_some_and(|chosen| chosen.len() > POINTS_MAX) {
        let text = format!("found {} points, accepted: at most {POINTS_MAX}", chosen.map_or(0, |chosen| chosen.len()));
        problems.push(Problem { place: places.key("sweep"), key: "sweep".to_owned(), text });
        return None;
    }
    Some(Points { chosen, lengths })
}

/// Checks points one after another in one tree.
struct Checker<'a> {
    tree: Table,
    /// The point checked last, then the point in the tree.
    experiment: Experiment,
    blocks: &'a [Block],
    places: &'a Places,
    data: &'a DataFiles,
    /// Problems reported so far: path and place. For the values of a range, and for points that a rule refuses, one
    /// report is enough.
    seen: BTreeSet<(String, InputPlace)>,
    problems: &'a mut Vec<Problem>,
}

impl Checker<'_> {
    /// Whether the point in the tree meets every condition; a condition that cannot be evaluated is reported.
    fn meets(&mut self, conditions: &[(Condition, InputPlace)], rows: &[usize]) -> bool {
        for (condition, place) in conditions {
            match condition.holds(&self.tree) {
                Ok(true) => {}
                Ok(false) => return false,
                Err(text) => {
                    let text = format!("{text}{}", self.describe(rows));
                    self.report(Problem { place: place.clone(), key: "where".to_owned(), text });
                    return false;
                }
            }
        }
        true
    }

    /// Checks the point in the tree: the values of blocks that changed, and every rule that binds several keys.
    fn check(&mut self, rows: &[usize], changed: impl Fn(usize) -> bool) {
        let mut findings = Findings::default();
        for (block, row) in self.blocks.iter().zip(rows).enumerate().filter(|(i, _)| changed(*i)).map(|(_, pair)| pair)
        {
            for (number, column) in block.columns.iter().enumerate() {
                let mut reader = SectionReader { whole: &self.tree, data: self.data, out: &mut findings };
                self.experiment.renew(&column.owner.path, &At::ROOT, &self.tree, &mut reader);
                // Other keys can contribute to the value only if the value is not swept as a whole.
                let alone = column.path == column.owner.path;
                for finding in findings.list.drain(..) {
                    let place = self.places.value(&block.source(*row, number));
                    let point = match &block.file {
                        Some(file) => format!(" (row {} of {file})", row + 1),
                        None if alone => String::new(),
                        None => self.describe(rows),
                    };
                    self.report(Problem { place, key: finding.path, text: finding.text + &point });
                }
            }
        }
        rules::check(&self.experiment, &self.tree, &mut findings);
        for finding in findings.list {
            let mut problem = match self.source(&finding.path, rows) {
                Some(source) => Problem { place: self.places.value(&source), key: finding.path, text: finding.text },
                None => finding.at(self.places),
            };
            problem.text.push_str(&self.describe(rows));
            self.report(problem);
        }
    }

    fn report(&mut self, problem: Problem) {
        if self.seen.insert((problem.key.clone(), problem.place.clone())) {
            self.problems.push(problem);
        }
    }

    /// The path that identifies the place of a swept value.
    fn source(&self, path: &str, rows: &[usize]) -> Option<String> {
        self.blocks.iter().zip(rows).find_map(|(block, row)| {
            let column = block.columns.iter().position(|column| column.owner.path == path)?;
            Some(block.source(*row, column))
        })
    }

    /// The point in words, if there is more than one.
    fn describe(&self, rows: &[usize]) -> String {
        let values: Vec<String> = self
            .blocks
            .iter()
            .zip(rows)
            .flat_map(|(block, row)| block.columns.iter().zip(&block.rows[*row]))
            .map(|(column, value)| format!("{} = {}", column.path, render(value)))
            .collect();
        if values.is_empty() { String::new() } else { format!("{FIRST_AT}{})", values.join(", ")) }
    }
}

/// How a problem begins to name the first point that has it.
const FIRST_AT: &str = " (first at the point ";

/// Whether two problems differ at most in the point that is named.
pub(super) fn is_alike(one: &Problem, other: &Problem) -> bool {
    let bare = |problem: &Problem| problem.text.split(FIRST_AT).next().map(str::to_owned);
    one.place == other.place && one.key == other.key && bare(one) == bare(other)
}
