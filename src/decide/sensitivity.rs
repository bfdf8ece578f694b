//! `sensitivity`: which of the uncertain keys does a measure, and the choice between two strategies, hang on?

mod answer;
mod design;
mod figure;
mod sentence;
mod study;
mod tornado;

use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use self::design::{BLOCKS, REPLICATIONS, ROWS_INDICES, ROWS_SCREEN};

use self::answer::SensitivityAnswer;
use self::design::{Design, PointPart, RowPoint};
use self::study::{SensitivityTarget, Study};
use self::tornado::Tornado;
use super::complaints::Complaints;
use super::judge::Judge;
use super::rounds::{Rounds, Trouble, Wish};
use super::solve::{FewHits, REFUSED};
use super::{Answer, Planner};
use crate::file::problem::InputError;
use crate::measure::measure_index;
use crate::model::Scenario;
use crate::plan::{Overrides, Plan};
use crate::run::{Estimator, RareStanding, Row};

/// Effects and indices, a row for each strategy or difference and key.
const TABLE: &str = "sensitivity.csv";

/// What changes at the ends of each range.
const ENDS: &str = "tornado.csv";

/// The ends, drawn.
const TORNADO: &str = "tornado.svg";

/// The indices, drawn.
const INDICES: &str = "indices.svg";

/// The least precision that may be asked for.
const PRECISION_MIN: f64 = 1e-3;

/// The most rows of a block.
const ROWS_MAX: u32 = 4_096;

/// How much is asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Depth {
    /// The ends of each range, all else as in the file.
    Tornado,
    /// Also which keys move the measure over all ranges, and total indices.
    Screen,
    /// Also first-order indices.
    Indices,
}

/// A question as the command line puts it.
#[derive(Clone, Debug)]
pub struct SensitivityRequest {
    /// The measure.
    pub measure: String,
    /// The strategy with which the others are compared; none: the baseline.
    pub against: Option<String>,
    /// How much is asked.
    pub depth: Depth,
    /// Rows of each of the [`BLOCKS`] blocks; none: as the depth has it.
    pub rows: Option<u32>,
    /// Wanted half-width of every total index.
    pub precision: Option<f64>,
    /// The most runs.
    pub budget: u64,
}

/// A valid question.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct SensitivityQuestion {
    /// The measure.
    pub measure: String,
    /// The strategy with which the others are compared.
    pub against: String,
    /// How much is asked.
    pub depth: Depth,
    /// Rows of each block at first.
    pub rows: u32,
    /// Wanted half-width of every total index: the rows are doubled until it is reached.
    pub precision: Option<f64>,
    /// The most runs.
    pub budget: u64,
}

/// The files of an answer with indices; a tornado has some of them.
pub(super) const FILES: &[&str] = &[TABLE, ENDS, INDICES, TORNADO];

impl SensitivityQuestion {
    /// The files of an answer.
    pub(super) const fn files(&self) -> &'static [&'static str] {
        match self.depth {
            Depth::Tornado => &[ENDS, TORNADO],
            Depth::Screen | Depth::Indices => FILES,
        }
    }
}

/// Reads an experiment and a question about it.
///
/// # Errors
/// Everything that is wrong with either, at once.
pub fn read(
    file: &Path,
    overrides: &Overrides,
    asked: &SensitivityRequest,
) -> Result<(Plan, SensitivityQuestion), InputError> {
    let mut complaints = Complaints::default();
    complaints.measure("--measure", &asked.measure);
    if let Some(rows) = asked.rows
        && !is_accepted(rows)
    {
        complaints.add(format!("--rows {rows}"), format!("accepted: a power of two from 2 to {ROWS_MAX}"));
    }
    if let Some(precision) = asked.precision
        && !(PRECISION_MIN..1.0).contains(&precision)
    {
        complaints.add(format!("--precision {precision}"), format!("accepted: from {PRECISION_MIN} to below 1"));
    }
    let mut overrides = overrides.clone();
    let names = Plan::strategy_names(file);
    if !names.is_empty() {
        overrides.strategies.iter().for_each(|name| complaints.named(&names, "--strategy", name));
        overrides.strategies.retain(|name| names.contains(name));
    }
    // A number of rows that is refused has its own problem.
    let rows = asked.rows.filter(|rows| is_accepted(*rows)).unwrap_or(match asked.depth {
        Depth::Tornado | Depth::Screen => ROWS_SCREEN,
        Depth::Indices => ROWS_INDICES,
    });
    let question = |plan: &Plan| SensitivityQuestion {
        measure: asked.measure.clone(),
        against: asked.against.clone().unwrap_or_else(|| plan.strategies[plan.baseline].clone()),
        depth: asked.depth,
        rows,
        precision: asked.precision,
        budget: asked.budget,
    };
    let plan = Plan::read(file, &overrides).map_err(|error| complaints.0.extend(error.problems().iter().cloned()));
    let Ok(plan) = plan else {
        // What the file alone can tell of the other arguments.
        if let Some(against) = asked.against.as_ref().filter(|_| !names.is_empty()) {
            complaints.named(&names, "--against", against);
        }
        let file_alone = Overrides { strategies: overrides.strategies, ..Overrides::default() };
        if let Ok(plan) = Plan::read(file, &file_alone) {
            complaints.design(&plan, &question(&plan));
        }
        return Err(InputError::new(complaints.0));
    };
    complaints.one_point(&plan, "sensitivity");
    complaints.rare(&plan, &asked.measure);
    if let Some(against) = &asked.against {
        complaints.strategy(&plan, "--against", against);
    }
    let name = file.display();
    if plan.uncertain.keys.is_empty() {
        let text = format!("has no [uncertain] section; pushpull init --uncertain {name} writes one to begin with");
        complaints.add(name.to_string(), text);
    }
    for key in plan.uncertain.keys.iter().filter(|key| key.now(&plan.resolved).is_none()) {
        complaints
            .add(name.to_string(), format!("{} has no value in the file, accepted: a key that has one", key.path));
    }
    let question = question(&plan);
    complaints.design(&plan, &question);
    if complaints.0.is_empty() { Ok((plan, question)) } else { Err(InputError::new(complaints.0)) }
}

impl Complaints {
    /// Whether the budget allows for the design.
    fn design(&mut self, plan: &Plan, question: &SensitivityQuestion) {
        let is_whole = plan.uncertain.keys.iter().all(|key| key.now(&plan.resolved).is_some());
        if !plan.uncertain.keys.is_empty() && is_whole {
            self.budget(question.budget, Design::new(plan).runs(question));
        }
    }
}

/// Whether a block can have so many rows.
fn is_accepted(rows: u32) -> bool {
    rows.is_power_of_two() && (2..=ROWS_MAX).contains(&rows)
}

/// The most runs that a question takes unless a precision is asked for; none where nothing is uncertain.
#[must_use]
pub fn runs(plan: &Plan, depth: Depth) -> Option<u64> {
    let rows = if depth == Depth::Indices { ROWS_INDICES } else { ROWS_SCREEN };
    let question = SensitivityQuestion {
        measure: String::new(),
        against: String::new(),
        depth,
        rows,
        precision: None,
        budget: u64::MAX,
    };
    (!plan.uncertain.keys.is_empty()).then(|| Design::new(plan).runs(&question))
}

/// Rows whose base points are examples of the runs.
const EXAMPLES: usize = 4;

/// Some of the runs that a question takes, of each strategy: what they cost tells what all cost.
#[must_use]
pub fn examples(plan: &Plan) -> Vec<Scenario> {
    let rows = Design::new(plan).points(1, false);
    let bases = rows.iter().filter(|point| point.part == PointPart::Base).take(EXAMPLES);
    let settings = |point: &RowPoint| -> Vec<String> {
        plan.uncertain.keys.iter().zip(&point.values).map(|(key, value)| format!("{}={value}", key.path)).collect()
    };
    let runs = bases.flat_map(|point| {
        let set = settings(point);
        (0..plan.strategies.len()).filter_map(move |strategy| plan.changed(0, strategy, &set).ok())
    });
    runs.collect()
}

/// A question about this experiment.
pub(super) struct Sensitivity<'a> {
    plan: &'a Plan,
    question: &'a SensitivityQuestion,
    design: Design<'a>,
    /// The index of the measure.
    measure: usize,
    targets: Vec<SensitivityTarget>,
}

impl<'a> Sensitivity<'a> {
    /// # Errors
    /// If the question is not one about this experiment.
    pub(super) fn new(plan: &'a Plan, question: &'a SensitivityQuestion) -> Result<Self, String> {
        let measure = measure_index(&question.measure).ok_or_else(|| format!("no measure {}", question.measure))?;
        let against = plan.strategies.iter().position(|name| *name == question.against);
        let against = against.ok_or_else(|| format!("there is no strategy {}", question.against))?;
        let alone = (0..plan.strategies.len()).map(|strategy| SensitivityTarget { strategy, against: None });
        let pairs = (0..plan.strategies.len()).filter(|strategy| *strategy != against);
        let pairs = pairs.map(|strategy| SensitivityTarget { strategy, against: Some(against) });
        Ok(Self { plan, question, design: Design::new(plan), measure, targets: pairs.chain(alone).collect() })
    }

    fn tornado(&self, rounds: &mut Rounds<'_>) -> Result<(Tornado, Option<FewHits>), Trouble> {
        let points = self.design.ends();
        // A measure that the first point does not have ends the question before the other runs.
        let first =
            self.rows(rounds, points[..1].iter().map(|point| (point.values.clone(), 0..tornado::REPLICATIONS)))?;
        self.has_values(&first)?;
        self.shown(&first[0], "with the values of the file")?;
        let rows = self.rows(rounds, points.iter().map(|point| (point.values.clone(), 0..tornado::REPLICATIONS)))?;
        self.has_values(&rows)?;
        let mut few: Option<FewHits> = None;
        for (point, rows) in points.iter().zip(&rows) {
            let place = point.group.map_or_else(
                || "with the values of the file".to_owned(),
                |group| format!("at {} = {}", self.design.uncertain.name(group), point.value),
            );
            if let Some(found) = self.shown(rows, &place)? {
                few = Some(few.map_or(found, |few| few.with(found)));
            }
        }
        let mut estimator = Estimator::new(self.plan.confidence);
        Ok((Tornado::new(&points, &rows, &self.targets, self.measure, &mut estimator), few))
    }

    /// Whether no check of `[rare]` refuses the measure of a strategy, from the runs of each; gives where there are too few
    /// hits.
    fn shown(&self, rows: &[Vec<Row>], place: &str) -> Result<Option<FewHits>, Trouble> {
        let mut judge = Judge::new(self.plan.confidence);
        let mut least: Option<f64> = None;
        for (strategy, rows) in rows.iter().enumerate() {
            match judge.standing(rows, self.measure) {
                RareStanding::Shown => {}
                RareStanding::Few { hits } => least = Some(least.map_or(hits, |least| least.min(hits))),
                RareStanding::Refused => {
                    let (measure, strategy) = (&self.question.measure, &self.plan.strategies[strategy]);
                    return Err(Trouble::Failed(format!("{measure} of {strategy} {place} is {REFUSED}")));
                }
            }
        }
        Ok(least.map(FewHits::at_one))
    }

    /// The rows of each point, for each strategy.
    fn rows(
        &self,
        rounds: &mut Rounds<'_>,
        points: impl Iterator<Item = (Vec<String>, std::ops::Range<u32>)>,
    ) -> Result<Vec<Vec<Vec<Row>>>, Trouble> {
        let strategies = self.plan.strategies.len();
        let wishes: Vec<Wish> = points
            .flat_map(|(point, replications)| {
                (0..strategies).map(move |strategy| Wish {
                    point: point.clone(),
                    strategy,
                    replications: replications.clone(),
                })
            })
            .collect();
        let rows = rounds.rows(&wishes)?;
        Ok(rows.chunks(strategies).map(<[Vec<Row>]>::to_vec).collect())
    }

    /// The study with so many rows a block.
    fn study(&self, rounds: &mut Rounds<'_>, rows: u32) -> Result<Study, Trouble> {
        let has_other = self.question.depth == Depth::Indices;
        let points = self.design.points(rows, has_other);
        let made = self.rows(rounds, points.iter().map(|point| (point.values.clone(), point.replications())))?;
        self.has_values(&made)?;
        // A point has too few replications for a check. The base points have draws of their own, so their runs are checked as
        // one group.
        let is_base = |(point, rows)| matches!(point, &RowPoint { part: PointPart::Base, .. }).then_some(rows);
        let bases: Vec<&Vec<Vec<Row>>> = points.iter().zip(&made).filter_map(is_base).collect();
        let numbered = |strategy: usize| {
            let rows = bases.iter().flat_map(|rows| &rows[strategy]);
            (0..).zip(rows).map(|(replication, row)| Row { replication, ..row.clone() }).collect()
        };
        let pooled: Vec<Vec<Row>> = (0..self.plan.strategies.len()).map(numbered).collect();
        self.shown(&pooled, "over the ranges")?;
        let confidence = self.plan.confidence;
        Ok(Study::new(&self.design, &points, &made, &self.targets, self.measure, confidence, has_other))
    }

    /// Whether the measure has a finite value in every run.
    fn has_values(&self, made: &[Vec<Vec<Row>>]) -> Result<(), Trouble> {
        let runs: Vec<&Row> = made.iter().flatten().flatten().collect();
        let is_undefined = |row: &&&Row| row.measures[self.measure].is_none_or(|value| !value.is_finite());
        match runs.iter().filter(is_undefined).count() {
            0 => Ok(()),
            undefined => Err(Trouble::Failed(format!(
                "{} has no finite value in {undefined} of {} runs, accepted: a measure that every run has",
                self.question.measure,
                runs.len()
            ))),
        }
    }
}

impl Planner for Sensitivity<'_> {
    fn keys(&self) -> Vec<String> {
        self.plan.uncertain.keys.iter().map(|key| key.path.clone()).collect()
    }

    fn answer<'b>(&'b self, rounds: &mut Rounds<'_>) -> Result<Box<dyn Answer + 'b>, Trouble> {
        let (tornado, few) = self.tornado(rounds)?;
        let mut told = SensitivityAnswer { of: self, tornado, few, study: None, precise: true, runs: 0 };
        if self.question.depth != Depth::Tornado {
            let mut rows = self.question.rows;
            let mut study = self.study(rounds, rows)?;
            while let Some(precision) = self.question.precision.filter(|precision| study.half_width() > *precision) {
                let next = SensitivityQuestion { rows: 2 * rows, ..self.question.clone() };
                if self.design.runs(&next) > self.question.budget || next.rows > ROWS_MAX {
                    told.precise = study.half_width() <= precision;
                    break;
                }
                rows = next.rows;
                study = self.study(rounds, rows)?;
            }
            told.study = Some(study);
        }
        told.runs = rounds.runs();
        Ok(Box::new(told))
    }
}

impl Answer for SensitivityAnswer<'_> {
    fn sentence(&self) -> String {
        self.sentence()
    }

    fn failure(&self) -> Option<String> {
        let budget = self.of.question.budget;
        (!self.precise).then(|| format!("the budget of {budget} runs ended before the precision was reached"))
    }

    fn json(&self) -> Value {
        self.json()
    }

    fn files(&self) -> Vec<(&'static str, Vec<u8>)> {
        let drawn = |figure| draw::svg(&figure, draw::Theme::Light).into_bytes();
        let mut files = vec![(ENDS, self.ends()), (TORNADO, drawn(self.tornado_figure()))];
        if let Some(study) = &self.study {
            files.insert(0, (TABLE, self.table(study)));
            files.push((INDICES, drawn(self.indices_figure(study))));
        }
        files
    }
}
