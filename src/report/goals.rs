//! How the strategies stand to the goals: a table for the sheet, and one with every point.

use serde::Serialize;

use crate::figure::capital;
use crate::file::Met;
use crate::folder::reader::Reader;
use crate::report::conclusion::goals::{self, goal_in_words};
use crate::report::conclusion::place;
use draw::figure::Unit;

/// Rows in the table of the sheet: strategies that stand alike share one.
const ROWS_MAX: usize = 6;

/// Goals in the table of the sheet.
const GOALS_MAX: usize = 4;

/// Strategies that a row of the sheet names.
const NAMES_MAX: usize = 8;

/// Letters of a point's values that are written out.
const PLACE_MAX: usize = 40;

/// Points of the table that has every point.
const POINTS_MAX: usize = 100;

/// The goals and who meets them.
#[derive(Serialize, Debug)]
pub(super) struct GoalTable {
    /// The goals in words.
    limits: Vec<String>,
    /// Whether nothing is decided because there is one replication.
    has_no_interval: bool,
    /// Whether a measure has no value somewhere.
    is_undefined: bool,
    /// What the goals do not count: creates that fail.
    caution: Option<String>,
    rows: Vec<GoalRow>,
    /// Rows and goals that are left out.
    more: Vec<String>,
    strategies: Vec<String>,
    /// Every point, if there is more than one: whether each strategy meets all goals there.
    points: Vec<GoalPoint>,
    points_left_out: usize,
}

impl GoalTable {
    /// Letters of the table on the sheet.
    pub(super) fn letters(&self) -> usize {
        let cells = self.rows.iter().flat_map(|row| &row.cells).map(|cell| &cell.text);
        let names = self.rows.iter().flat_map(|row| row.strategies.iter().take(NAMES_MAX));
        let texts = cells.chain(names).chain(&self.limits).chain(&self.more).chain(&self.caution);
        texts.map(|text| text.chars().count()).sum()
    }
}

#[derive(Serialize, Debug)]
struct GoalRow {
    /// Strategies that stand alike at every point.
    strategies: Vec<String>,
    cells: Vec<GoalCell>,
}

/// How a strategy stands to a goal.
#[derive(Serialize, PartialEq, Eq, Debug)]
struct GoalCell {
    /// `met`, `undecided`, `not met`; with several points, at how many of them or where.
    text: String,
    /// The style: that of the only or the worst standing.
    look: &'static str,
}

#[derive(Serialize, Debug)]
struct GoalPoint {
    label: String,
    cells: Vec<GoalCell>,
}

/// The goals of a folder; none if there are none.
pub(super) fn goals(reader: &Reader, met: &goals::Goals) -> Option<GoalTable> {
    if met.is_empty() {
        return None;
    }
    let points = reader.points().len();
    let strategies = reader.strategies();
    let shown = met.limits.len().min(GOALS_MAX);
    let at = |strategy: usize, goal: usize| -> Vec<Met> {
        (0..points).map(|point| met.met(point, strategy, goal)).collect()
    };
    let mut alike: Vec<(Vec<usize>, Vec<Vec<Met>>)> = Vec::new();
    for strategy in 0..strategies.len() {
        let standings = (0..met.limits.len()).map(|goal| at(strategy, goal)).collect();
        match alike.iter_mut().find(|row| row.1 == standings) {
            Some(row) => row.0.push(strategy),
            None => alike.push((vec![strategy], standings)),
        }
    }
    let label = |point: usize| place::point(reader, point, PLACE_MAX);
    let row = |(alike, standings): (Vec<usize>, Vec<Vec<Met>>)| {
        let cell = |goal: usize| {
            let left_out = alike
                .iter()
                .flat_map(|strategy| (0..points).filter_map(move |point| met.left_out(point, *strategy, goal)));
            GoalCell::of(&standings[goal], &label, left_out.reduce(f64::max))
        };
        GoalRow {
            cells: (0..shown).map(cell).collect(),
            strategies: alike.iter().map(|strategy| strategies[*strategy].clone()).collect(),
        }
    };
    let rows: Vec<GoalRow> = alike.into_iter().map(row).collect();
    let is_undefined = (0..points).any(|point| {
        (0..strategies.len()).any(|strategy| {
            met.limits.iter().enumerate().any(|(goal, _)| met.met(point, strategy, goal) == Met::Undefined)
        })
    });
    let more = [(rows.len().saturating_sub(ROWS_MAX), "rows"), (met.limits.len().saturating_sub(GOALS_MAX), "goals")];
    let every = |point: usize| GoalPoint {
        label: reader.describe(point),
        cells: (0..strategies.len()).map(|strategy| GoalCell::of(&[met.all(point, strategy)], &label, None)).collect(),
    };
    Some(GoalTable {
        limits: met.limits.iter().map(goal_in_words).collect(),
        has_no_interval: met.has_no_interval,
        is_undefined,
        caution: met.caution(reader).map(|caution| capital(&caution)),
        rows: rows.into_iter().take(ROWS_MAX).collect(),
        more: more.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} more {what}")).collect(),
        strategies: strategies.to_vec(),
        points: if points > 1 { (0..points.min(POINTS_MAX)).map(every).collect() } else { Vec::new() },
        points_left_out: points.saturating_sub(POINTS_MAX),
    })
}

impl GoalCell {
    /// One word if all points agree, else each standing with its points. `creates`: the share of creates that fail where
    /// the goal is met, which it does not count.
    fn of(standings: &[Met], label: &dyn Fn(usize) -> String, creates: Option<f64>) -> Self {
        let at = |met: Met| -> Vec<usize> { (0..standings.len()).filter(|point| standings[*point] == met).collect() };
        let worst = standings.iter().copied().min().unwrap_or(Met::Undecided);
        let parts = [Met::Yes, Met::Undecided, Met::Undefined, Met::No].map(|met| (met, at(met)));
        let parts: Vec<(Met, Vec<usize>)> = parts.into_iter().filter(|(_, points)| !points.is_empty()).collect();
        let fail = creates.map(|share| format!(" ({} of creates fail)", Unit::Share.write(share))).unwrap_or_default();
        let each = parts.iter().map(|(met, points)| {
            let place = match points.as_slice() {
                _ if parts.len() == 1 => String::new(),
                [only] => format!(" at {}", label(*only)),
                many => format!(" at {}\u{a0}of\u{a0}{}\u{a0}points", many.len(), standings.len()),
            };
            format!("{}{place}{}", met.word(), if *met == Met::Yes { fail.as_str() } else { "" })
        });
        let text = each.collect::<Vec<_>>().join("; ");
        let look = match worst {
            _ if creates.is_some() => "none",
            Met::Yes => "good",
            Met::Undecided | Met::Undefined => "none",
            Met::No => "bad",
        };
        Self { text, look }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_says_where_a_goal_is_met_and_looks_like_the_worst() {
        let label = |point: usize| format!("x = {point}");
        let cell = |standings: &[Met]| {
            let GoalCell { text, look } = GoalCell::of(standings, &label, None);
            (text.replace('\u{a0}', " "), look)
        };
        let of = |text: &str, look| (text.to_owned(), look);
        assert_eq!(cell(&[Met::Yes, Met::Yes, Met::No]), of("met at 2 of 3 points; not met at x = 2", "bad"));
        assert_eq!(cell(&[Met::Undecided, Met::Yes, Met::Yes]), of("met at 2 of 3 points; undecided at x = 0", "none"));
        assert_eq!(cell(&[Met::Yes, Met::Yes]), of("met", "good"));
        assert_eq!(cell(&[Met::Undecided]), of("undecided", "none"));
        assert_eq!(cell(&[Met::Undefined, Met::Undefined]), of("not defined", "none"));
    }
}
