//! `map`: over two keys, where is which strategy the best?
//!
//! Of two strategies, or of one and a limit, a root is searched in each of some rows of the second key: the line between
//! two regimes, with its interval. A search begins around the root of the row before. Of more strategies, the best one at
//! the corners of cells is found by elimination, and cells with different corners are halved.

mod answer;
mod figure;
mod grid;
mod line;
mod question;

use std::collections::BTreeSet;

pub use self::question::{MapQuestion, MapRequest, read};

use self::answer::Mapped;
use super::axis::SearchAxis;
use super::rounds::{Rounds, Trouble};
use super::search::Judged;
use super::solve::FewHits;
use super::{Answer, Planner};
use crate::plan::Plan;

/// Every point that was looked at, with its winner.
const POINTS: &str = "map.csv";

/// The line between two regimes.
const LINE: &str = "line.csv";

/// The map, drawn.
const FIGURE: &str = "map.svg";

/// The files of an answer.
pub(super) const FILES: &[&str] = &[POINTS, LINE, FIGURE];

/// A question about this experiment, with the ranges of its keys.
pub(super) struct Map<'a> {
    plan: &'a Plan,
    question: &'a MapQuestion,
    across: SearchAxis,
    up: SearchAxis,
}

impl<'a> Map<'a> {
    /// # Errors
    /// If the question is not one about this experiment.
    pub(super) fn new(plan: &'a Plan, question: &'a MapQuestion) -> Result<Self, String> {
        let (across, up) = (SearchAxis::new(plan, &question.across)?, SearchAxis::new(plan, &question.up)?);
        Ok(Self { plan, question, across, up })
    }

    /// The strategies that are compared, by their index in the plan.
    fn strategies(&self) -> Vec<usize> {
        let index = |name: &String| self.plan.strategies.iter().position(|other| other == name);
        self.question.strategies.iter().map(|name| index(name).expect("a strategy of the plan")).collect()
    }
}

impl Planner for Map<'_> {
    fn keys(&self) -> Vec<String> {
        vec![self.across.key.clone(), self.up.key.clone()]
    }

    fn answer<'b>(&'b self, rounds: &mut Rounds<'_>) -> Result<Box<dyn Answer + 'b>, Trouble> {
        let regimes = if self.question.is_line() { self.line(rounds)? } else { self.grid(rounds)? };
        let runs = rounds.runs() as u64;
        Ok(Box::new(Mapped {
            plan: self.plan,
            question: self.question,
            across: &self.across,
            up: &self.up,
            regimes,
            runs,
        }))
    }
}

/// What was found.
pub(super) struct Regimes {
    /// Every point that was looked at, in the order of the search.
    pub(super) points: Vec<Looked>,
    /// The line between two regimes, row by row; none for more than two strategies.
    pub(super) rows: Vec<line::LineRow>,
    /// The parts of the map.
    pub(super) parts: Vec<MapPart>,
    /// Whether the budget allowed for all of it.
    pub(super) complete: bool,
    /// If it did not: about the budget that the rest takes.
    pub(super) needed: u64,
    /// Points at which the value of a strategy is refused.
    pub(super) refused: usize,
    /// Points at which it is undefined in all runs.
    pub(super) undefined: usize,
    /// Where rare losses have too few hits.
    pub(super) few: Vec<FewHits>,
    /// Points at which the measure is infinite in some runs.
    pub(super) by_signs: usize,
    /// The strategies that share the first place somewhere, since they are the same in every run: each set once.
    pub(super) ties: BTreeSet<Vec<usize>>,
}

impl Regimes {
    fn new() -> Self {
        Self {
            points: Vec::new(),
            rows: Vec::new(),
            parts: Vec::new(),
            complete: true,
            needed: 0,
            refused: 0,
            undefined: 0,
            few: Vec::new(),
            by_signs: 0,
            ties: BTreeSet::new(),
        }
    }
}

/// A point that was looked at.
pub(super) struct Looked {
    /// Its places on both axes.
    pub(super) at: (f64, f64),
    /// The winner; none: undecided. Of one strategy and a limit, whether it is kept.
    pub(super) winner: Option<usize>,
    /// The one with the lowest estimate, also if it is not shown to win.
    pub(super) leader: Option<usize>,
    /// The next best.
    pub(super) runner_up: Option<usize>,
    /// The measure of the leader less that of the next best, or less the limit.
    pub(super) difference: Judged,
    pub(super) n: u32,
}

/// Who has a part of the map.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Winner {
    /// The strategy with this index; of one strategy and a limit, whether it is kept (0) or broken (1).
    Of(usize),
    /// The best are the same in every run.
    Same,
    /// Undecided.
    Undecided,
}

/// A rectangle of the map.
pub(super) struct MapPart {
    /// Its ends on the first axis, in places.
    pub(super) x: (f64, f64),
    /// Its ends on the second.
    pub(super) y: (f64, f64),
    pub(super) winner: Winner,
}
