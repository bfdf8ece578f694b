//! `select`: which strategies, and which values of their keys, are the best?

mod answer;
mod figure;
mod question;

use std::collections::{BTreeMap, BTreeSet};

pub use self::question::{Constraint, SelectQuestion, SelectRequest, read};

use self::answer::Selected;
use super::eliminate::{Contest, EliminationRules, eliminate};
use super::judge::{Judge, Unjudged};
use super::rounds::{Rounds, Trouble, Wish};
use super::search::Judged;
use super::{Answer, Planner};
use crate::file::{Bound, Goal};
use crate::measure::measure_index;
use crate::plan::Plan;
use crate::run::{RareStanding, Row};

/// Every candidate, and where it stands.
const ANSWER: &str = "select.csv";

/// The candidates, drawn.
const FIGURE: &str = "candidates.svg";

/// The files of an answer.
pub(super) const FILES: &[&str] = &[ANSWER, FIGURE];

/// The most candidates.
pub const CANDIDATES_MAX: usize = 10_000;

/// A strategy at a point.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Candidate {
    /// The value of each key; of keys of other strategies, any.
    pub(super) point: Vec<String>,
    /// The index of the strategy.
    pub(super) strategy: usize,
    /// Which keys are its own.
    pub(super) own: Vec<bool>,
}

/// The candidates of an experiment: a strategy at a point, each once. Keys of one strategy do not tell another's
/// candidates apart.
pub(super) fn candidates(plan: &Plan) -> Vec<Candidate> {
    let (keys, points) = plan.candidates();
    let mut seen = BTreeSet::new();
    let mut candidates = Vec::new();
    for point in points {
        for (strategy, name) in plan.strategies.iter().enumerate() {
            let is_own = |key: &String| match key.strip_prefix("strategies.") {
                Some(rest) => {
                    rest.strip_prefix(name.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
                }
                None => true,
            };
            let own: Vec<bool> = keys.iter().map(is_own).collect();
            let values: Vec<&String> =
                point.iter().zip(&own).filter(|(_, own)| **own).map(|(value, _)| value).collect();
            if seen.insert((strategy, values)) {
                candidates.push(Candidate { point: point.clone(), strategy, own });
            }
        }
    }
    candidates
}

/// A question about this experiment.
pub(super) struct Select<'a> {
    plan: &'a Plan,
    question: &'a SelectQuestion,
    candidates: Vec<Candidate>,
    /// The limits of the question and of `[goal]`.
    limits: Vec<Goal>,
}

impl<'a> Select<'a> {
    pub(super) fn new(plan: &'a Plan, question: &'a SelectQuestion) -> Self {
        let mut limits = plan.goals().to_vec();
        limits.extend(question.subject_to.iter().filter_map(Constraint::goal));
        Self { plan, question, candidates: candidates(plan), limits }
    }
}

impl Planner for Select<'_> {
    fn keys(&self) -> Vec<String> {
        self.plan.candidates().0.to_vec()
    }

    fn answer<'b>(&'b self, rounds: &mut Rounds<'_>) -> Result<Box<dyn Answer + 'b>, Trouble> {
        let objectives = self.question.objectives();
        let rules = EliminationRules {
            candidates: self.candidates.len(),
            within: self.question.within.clone(),
            constraints: self.limits.len(),
            alpha: 1.0 - self.question.confidence,
            budget: self.question.budget,
            replications: u32::MAX,
        };
        let mut field = Competition::new(&self.candidates, objectives.clone(), &self.limits, rounds);
        let eliminated = eliminate(&mut field, &rules)?;
        let mut judge = Judge::new(self.question.confidence);
        let measures: Vec<usize> = objectives.iter().copied().chain(self.limits.iter().map(limited)).collect();
        let of = |rows: &Vec<Row>| measures.iter().map(|measure| judge.excess(rows, *measure, 0.0).ok()).collect();
        let estimates = field.rows.iter().map(of).collect();
        let hits = |rows: &Vec<Row>| {
            let hits = measures.iter().filter_map(|measure| match judge.standing(rows, *measure) {
                RareStanding::Few { hits } => Some(hits),
                RareStanding::Shown | RareStanding::Refused => None,
            });
            hits.reduce(f64::min)
        };
        let few = field.rows.iter().map(hits).collect();
        let never = |rows: &Vec<Row>, measure: usize| {
            rows.iter().filter(|row| row.measures[measure].is_some_and(f64::is_infinite)).count()
        };
        let infinite =
            field.rows.iter().map(|rows| objectives.iter().map(|measure| never(rows, *measure)).collect()).collect();
        Ok(Box::new(Selected {
            plan: self.plan,
            question: self.question,
            candidates: &self.candidates,
            limits: &self.limits,
            eliminated,
            estimates,
            infinite,
            few,
        }))
    }
}

/// The index of the measure of a limit.
fn limited(goal: &Goal) -> usize {
    measure_index(goal.measure.name).expect("a goal has a measure")
}

/// The candidates with their runs.
pub(super) struct Competition<'a, 'b> {
    candidates: &'a [Candidate],
    /// Indices of the measures.
    objectives: Vec<usize>,
    limits: &'a [Goal],
    rounds: &'a mut Rounds<'b>,
    rows: Vec<Vec<Row>>,
    /// By the bits of the probability outside.
    judges: BTreeMap<u64, Judge>,
}

impl<'a, 'b> Competition<'a, 'b> {
    pub(super) fn new(
        candidates: &'a [Candidate],
        objectives: Vec<usize>,
        limits: &'a [Goal],
        rounds: &'a mut Rounds<'b>,
    ) -> Self {
        let rows = vec![Vec::new(); candidates.len()];
        Self { candidates, objectives, limits, rounds, rows, judges: BTreeMap::new() }
    }

    fn judge(judges: &mut BTreeMap<u64, Judge>, outside: f64) -> &mut Judge {
        judges.entry(outside.to_bits()).or_insert_with(|| Judge::new(1.0 - outside))
    }

    /// The difference of two candidates; without limits if nothing is known of it.
    pub(super) fn judged(&mut self, mine: usize, theirs: usize, objective: usize, outside: f64) -> Judged {
        let measure = self.objectives[objective];
        let judge = Self::judge(&mut self.judges, outside);
        judge.difference(&self.rows[mine], &self.rows[theirs], measure).unwrap_or(Judged::unlimited(0.0))
    }

    fn excess(&mut self, candidate: usize, constraint: usize, outside: f64) -> Result<Judged, Unjudged> {
        let goal = &self.limits[constraint];
        let judged = Self::judge(&mut self.judges, outside).excess(&self.rows[candidate], limited(goal), goal.limit)?;
        Ok(match goal.bound {
            Bound::AtMost => judged,
            Bound::AtLeast => judged.negated(),
        })
    }
}

/// The level of an interval of which only the estimate is used.
const ANY: f64 = 0.05;

/// Nothing is known.
const UNKNOWN: (f64, f64) = (f64::NEG_INFINITY, f64::INFINITY);

impl Contest for Competition<'_, '_> {
    type Error = Trouble;

    fn extend(&mut self, candidates: &[usize], n: u32) -> Result<(), Trouble> {
        let wish = |index: &usize| {
            let Candidate { point, strategy, .. } = &self.candidates[*index];
            Wish { point: point.clone(), strategy: *strategy, replications: 0..n }
        };
        let wishes: Vec<Wish> = candidates.iter().map(wish).collect();
        let rows = self.rounds.rows(&wishes)?;
        for (index, rows) in candidates.iter().zip(rows) {
            self.rows[*index] = rows;
        }
        Ok(())
    }

    fn is_refused(&mut self, candidate: usize) -> bool {
        let judge = Self::judge(&mut self.judges, ANY);
        let mut measures = self.objectives.iter().copied().chain(self.limits.iter().map(limited));
        measures.any(|measure| judge.standing(&self.rows[candidate], measure) == RareStanding::Refused)
    }

    fn mean(&mut self, candidate: usize, objective: usize) -> Option<f64> {
        Self::judge(&mut self.judges, ANY).estimate(&self.rows[candidate], self.objectives[objective])
    }

    fn is_lower(&mut self, mine: usize, theirs: usize, objective: usize) -> bool {
        match (self.mean(mine, objective), self.mean(theirs, objective)) {
            (Some(mine), Some(theirs)) if mine.is_finite() && theirs.is_finite() => mine < theirs,
            // An infinite mean ranks nothing: lower in most pairs of runs, as the difference is judged.
            _ => self.judged(mine, theirs, objective, ANY).side() < 0,
        }
    }

    fn difference(&mut self, mine: usize, theirs: usize, objective: usize, outside: f64) -> (f64, f64) {
        let judged = self.judged(mine, theirs, objective, outside);
        (judged.low, judged.high)
    }

    fn excess(&mut self, candidate: usize, constraint: usize) -> Option<f64> {
        self.excess(candidate, constraint, ANY).ok().map(|judged| judged.mean)
    }

    fn excess_within(&mut self, candidate: usize, constraint: usize, outside: f64) -> (f64, f64) {
        match self.excess(candidate, constraint, outside) {
            Ok(judged) => (judged.low, judged.high),
            // A limit on a measure that is undefined is not kept.
            Err(Unjudged::Undefined) => (f64::INFINITY, f64::INFINITY),
            Err(Unjudged::Refused) => UNKNOWN,
        }
    }
}
