//! How the strategies stand to the goals: a table for the sheet, and one with every point.

use serde::Serialize;

use crate::file::Met;
use crate::folder::reader::Reader;
use crate::report::conclusion::goals::{self, told};

/// Rows in the table of the sheet: strategies that stand alike share one.
const ROWS_MAX: usize = 6;

/// Goals in the table of the sheet.
const GOALS_MAX: usize = 4;

/// Points of the table that has every point.
const POINTS_MAX: usize = 100;

/// The goals and who meets them.
#[derive(Serialize, Debug)]
pub(super) struct Goals {
    /// The goals in words.
    limits: Vec<String>,
    /// Whether there is more than one point.
    swept: bool,
    rows: Vec<GoalRow>,
    /// Rows and goals that are left out.
    more: Vec<String>,
    strategies: Vec<String>,
    /// Every point, if there is more than one: whether each strategy meets all goals there.
    points: Vec<Point>,
    points_left_out: usize,
}

#[derive(Serialize, Debug)]
struct GoalRow {
    /// Strategies that stand alike.
    strategies: Vec<String>,
    cells: Vec<GoalCell>,
}

/// How a strategy stands to a goal.
#[derive(Serialize, PartialEq, Eq, Debug)]
struct GoalCell {
    /// `met`, `undecided`, `not met`; with several points, how often.
    text: String,
    /// The style: that of the only or the worst standing.
    look: &'static str,
}

#[derive(Serialize, Debug)]
struct Point {
    label: String,
    cells: Vec<GoalCell>,
}

/// The goals of a folder; none if there are none.
pub(super) fn goals(reader: &Reader, met: &goals::Goals) -> Option<Goals> {
    if met.is_empty() {
        return None;
    }
    let points = reader.points().len();
    let strategies = reader.strategies();
    let of = |strategy: usize| -> Vec<GoalCell> {
        let at = |goal: usize| (0..points).map(|point| met.met(point, strategy, goal)).collect::<Vec<_>>();
        (0..met.goals.len().min(GOALS_MAX)).map(|goal| GoalCell::of(&at(goal))).collect()
    };
    let mut rows: Vec<GoalRow> = Vec::new();
    for (strategy, name) in strategies.iter().enumerate() {
        let cells = of(strategy);
        match rows.iter_mut().find(|row| row.cells == cells) {
            Some(row) => row.strategies.push(name.clone()),
            None => rows.push(GoalRow { strategies: vec![name.clone()], cells }),
        }
    }
    let more = [(rows.len().saturating_sub(ROWS_MAX), "rows"), (met.goals.len().saturating_sub(GOALS_MAX), "goals")];
    let every = |point: usize| Point {
        label: reader.describe(point),
        cells: (0..strategies.len()).map(|strategy| GoalCell::of(&[met.all(point, strategy)])).collect(),
    };
    Some(Goals {
        limits: met.goals.iter().map(told).collect(),
        swept: points > 1,
        rows: rows.into_iter().take(ROWS_MAX).collect(),
        more: more.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} more {what}")).collect(),
        strategies: strategies.to_vec(),
        points: if points > 1 { (0..points.min(POINTS_MAX)).map(every).collect() } else { Vec::new() },
        points_left_out: points.saturating_sub(POINTS_MAX),
    })
}

impl GoalCell {
    /// A standing at each point: the standing itself if it is the same everywhere, else how often there is which.
    fn of(standings: &[Met]) -> Self {
        let count = |met: Met| standings.iter().filter(|other| **other == met).count();
        let worst = standings.iter().copied().min().unwrap_or(Met::Undecided);
        let parts = [Met::Yes, Met::Undecided, Met::No].into_iter().filter(|met| count(*met) > 0);
        let parts: Vec<Met> = parts.collect();
        let text = match parts.as_slice() {
            [only] => only.word().to_owned(),
            several => {
                let each = several.iter().map(|met| format!("{} at\u{a0}{}", met.word(), count(*met)));
                each.collect::<Vec<_>>().join(", ")
            }
        };
        let look = match worst {
            Met::Yes => "good",
            Met::Undecided => "none",
            Met::No => "bad",
        };
        Self { text, look }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_says_how_often_a_goal_is_met_and_looks_like_the_worst() {
        let cell = GoalCell::of(&[Met::Yes, Met::Yes, Met::No]);
        assert_eq!((cell.text.as_str(), cell.look), ("met at\u{a0}2, not met at\u{a0}1", "bad"));
        let cell = GoalCell::of(&[Met::Yes, Met::Yes]);
        assert_eq!((cell.text.as_str(), cell.look), ("met", "good"));
        let cell = GoalCell::of(&[Met::Undecided]);
        assert_eq!((cell.text.as_str(), cell.look), ("undecided", "none"));
    }
}
