//! `solve`: at which value of a key does a strategy cease to keep a limit, or to be better than another?

mod answer;
mod figure;
mod question;

use serde_json::Value;

pub use self::answer::Solved;
pub(super) use self::question::{PRECISION_EVEN, PRECISION_LOG, PRECISION_MIN};
pub use self::question::{SolveQuestion, SolveRequest, Wanted, read};

use super::axis::SearchAxis;
use super::judge::Judge;
use super::rounds::{Rounds, Trouble, Wish};
use super::search::{self, Judged, Oracle};
use super::{Answer, Planner};
use crate::measure::measure_index;
use crate::plan::Plan;

/// The answer, a row for each crossing.
const ANSWER: &str = "solve.csv";

/// Every point that was looked at.
const CURVE: &str = "curve.csv";

/// The curve, drawn.
const FIGURE: &str = "curve.svg";

/// The files of an answer.
pub(super) const FILES: &[&str] = &[ANSWER, CURVE, FIGURE];

/// A question about this experiment, with the range of its key.
pub(super) struct Solve<'a> {
    plan: &'a Plan,
    question: &'a SolveQuestion,
    axis: SearchAxis,
}

impl<'a> Solve<'a> {
    /// # Errors
    /// If the question is not one about this experiment.
    pub(super) fn new(plan: &'a Plan, question: &'a SolveQuestion) -> Result<Self, String> {
        Ok(Self { plan, question, axis: SearchAxis::new(plan, &question.range)? })
    }
}

impl Planner for Solve<'_> {
    fn keys(&self) -> Vec<String> {
        vec![self.axis.key.clone()]
    }

    fn answer<'b>(&'b self, rounds: &mut Rounds<'_>) -> Result<Box<dyn Answer + 'b>, Trouble> {
        let rules = self.question.rules(&self.axis);
        let mut asked = Function::new(self.plan, self.question, &self.axis, rounds, Vec::new());
        let searched = search::search(&mut asked, rules)?;
        Ok(Box::new(Solved { plan: self.plan, question: self.question, axis: &self.axis, searched }))
    }
}

impl Answer for Solved<'_> {
    fn sentence(&self) -> String {
        self.sentence()
    }

    fn failure(&self) -> Option<String> {
        self.failure()
    }

    fn json(&self) -> Value {
        self.json()
    }

    fn files(&self) -> Vec<(&'static str, Vec<u8>)> {
        let figure = draw::svg(&self.figure(), draw::Theme::Light).into_bytes();
        vec![(ANSWER, self.csv()), (CURVE, self.curve()), (FIGURE, figure)]
    }
}

/// The function that is searched: the measure less its limit, or a difference, at places of the range.
pub(super) struct Function<'a, 'b> {
    question: &'a SolveQuestion,
    axis: &'a SearchAxis,
    /// The values of further keys.
    fixed: Vec<String>,
    rounds: &'a mut Rounds<'b>,
    /// The strategies that are run, by their index in the plan.
    strategies: Vec<usize>,
    judge: Judge,
    measure: usize,
}

impl<'a, 'b> Function<'a, 'b> {
    pub(super) fn new(
        plan: &Plan,
        question: &'a SolveQuestion,
        axis: &'a SearchAxis,
        rounds: &'a mut Rounds<'b>,
        fixed: Vec<String>,
    ) -> Self {
        let index =
            |name: &str| plan.strategies.iter().position(|other| other == name).expect("a strategy of the plan");
        let measure = measure_index(&question.measure).expect("a valid question names a measure");
        Self {
            question,
            axis,
            fixed,
            rounds,
            strategies: question.wanted.strategies().into_iter().map(index).collect(),
            judge: Judge::new(plan.confidence),
            measure,
        }
    }
}

impl Oracle for Function<'_, '_> {
    type Error = Trouble;

    fn judge(&mut self, places: &[f64], n: u32) -> Result<Vec<Judged>, Trouble> {
        let values: Vec<String> = places.iter().map(|place| self.axis.value(*place)).collect();
        let wish = |value: &String, strategy: usize| {
            let point = std::iter::once(value).chain(&self.fixed).cloned().collect();
            Wish { point, strategy, replications: 0..n }
        };
        let wishes: Vec<Wish> =
            values.iter().flat_map(|value| self.strategies.iter().map(|strategy| wish(value, *strategy))).collect();
        let rows = self.rounds.rows(&wishes)?;
        let judged = values.iter().zip(rows.chunks(self.strategies.len())).map(|(value, rows)| {
            let judged = match (self.question.wanted.limit(), rows) {
                (Some(limit), [rows]) => self.judge.excess(rows, self.measure, limit),
                (None, [mine, theirs]) => self.judge.difference(mine, theirs, self.measure),
                _ => unreachable!("a limit is on one strategy, and a comparison is of two"),
            };
            judged.ok_or_else(|| {
                let (measure, key) = (&self.question.measure, &self.axis.key);
                Trouble::Failed(format!(
                    "{measure} is undefined in all {n} runs at {key} = {value}: nothing that it counts happens there, as \
                     where every create fails; accepted: a range without this value"
                ))
            })
        });
        judged.collect()
    }
}
