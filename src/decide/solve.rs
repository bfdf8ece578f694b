//! `solve`: at which value of a key does a strategy cease to keep a limit, or to be better than another?

mod answer;
mod figure;
mod question;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

pub use self::answer::Solved;
pub(super) use self::question::{PRECISION_EVEN, PRECISION_LOG, PRECISION_MIN};
pub use self::question::{SolveQuestion, SolveRequest, Wanted, read};

use super::axis::SearchAxis;
use super::judge::{Judge, Unjudged};
use super::rounds::{Rounds, Trouble, Wish};
use super::search::{self, Judged, Oracle};
use super::{Answer, Planner};
use crate::measure::measure_index;
use crate::plan::Plan;
use crate::run::{HITS_MIN, RareStanding, Row};

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
        let (few, never) = (asked.few(), asked.never.len());
        Ok(Box::new(Solved { plan: self.plan, question: self.question, axis: &self.axis, searched, few, never }))
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

/// What is told of a value that a check of `[rare]` refuses.
pub(super) const REFUSED: &str = "refused by the check of [rare]: tagged peers change more than their own attempts, or \
                                  hardly a message of theirs survives, so their weights do not give the rate; a larger \
                                  rare.every tags fewer of them, a lower rare.loss lets more messages through";

/// Places at which rare losses have too few hits for an interval.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct FewHits {
    places: usize,
    /// The most hits at one of them.
    most: f64,
}

impl FewHits {
    /// So many hits at one place.
    pub(super) const fn at_one(most: f64) -> Self {
        Self { places: 1, most }
    }

    /// Together with those of another search.
    pub(super) fn with(self, other: Self) -> Self {
        Self { places: self.places + other.places, most: self.most.max(other.most) }
    }

    /// ` At 2 values fewer than 50 tagged peers stalled (37 at most), so these values decide nothing: …`
    pub(super) fn told(self) -> String {
        let values = if self.places == 1 { "1 value" } else { &format!("{} values", self.places) };
        format!(
            " At {values} fewer than {HITS_MIN} attempts of tagged peers stalled ({} at most), too few for an interval: \
             more runs, a smaller rare.every or a larger rare.loss give more.",
            self.most
        )
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
    /// The hits at places with too few of them for an interval, by the bits of the place.
    hits: BTreeMap<u64, f64>,
    /// The bits of places at which the measure is infinite in every run of both strategies.
    never: BTreeSet<u64>,
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
            hits: BTreeMap::new(),
            never: BTreeSet::new(),
        }
    }

    /// Where rare losses have too few hits for an interval: at how many places, and the most hits at one of them.
    pub(super) fn few(&self) -> Option<FewHits> {
        let most = self.hits.values().copied().reduce(f64::max)?;
        Some(FewHits { places: self.hits.len(), most })
    }

    /// The function at a place, from the runs of each strategy there.
    fn at(&mut self, place: f64, rows: &[Vec<Row>]) -> Result<Judged, Unjudged> {
        let hits = |rows: &Vec<Row>| match self.judge.standing(rows, self.measure) {
            RareStanding::Few { hits } => Some(hits),
            RareStanding::Shown | RareStanding::Refused => None,
        };
        match rows.iter().filter_map(hits).reduce(f64::min) {
            Some(hits) => self.hits.insert(place.to_bits(), hits),
            None => self.hits.remove(&place.to_bits()),
        };
        let mut values = rows.iter().flatten().filter_map(|row| row.measures[self.measure]);
        if rows.len() > 1 && values.all(f64::is_infinite) {
            self.never.insert(place.to_bits());
        } else {
            self.never.remove(&place.to_bits());
        }
        match (self.question.wanted.limit(), rows) {
            (Some(limit), [rows]) => self.judge.excess(rows, self.measure, limit),
            (None, [mine, theirs]) => self.judge.difference(mine, theirs, self.measure),
            _ => unreachable!("a limit is on one strategy, and a comparison is of two"),
        }
    }

    /// Why there is no answer.
    fn refusal(&self, why: Unjudged, value: &str, n: u32) -> Trouble {
        let (measure, key) = (&self.question.measure, &self.axis.key);
        Trouble::Failed(match why {
            Unjudged::Undefined => format!(
                "{measure} is undefined in all {n} runs at {key} = {value}: nothing that it counts happens there, as \
                 where every create fails; accepted: another measure, or a range without this value"
            ),
            Unjudged::Refused => format!("{measure} at {key} = {value} is {REFUSED}"),
        })
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
        let judged = places.iter().zip(&values).zip(rows.chunks(self.strategies.len()));
        let judged =
            judged.map(|((place, value), rows)| self.at(*place, rows).map_err(|why| self.refusal(why, value, n)));
        judged.collect()
    }
}
