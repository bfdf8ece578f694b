//! Runs the cases and judges every answer.
//!
//! The rows are one family. An exact row allows no deviation. Every other row has an interval of confidence 1 −
//! 0.001/m, where m is the number of such rows, and agrees if the interval contains the expected value. By Bonferroni's
//! inequality a correct program is rejected with a probability of at most 0.001, for every dependence between rows.
//! (Holm's procedure rejects the family in exactly the same event.)

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::case::{Case, CaseAnswer, CaseQuestion, Run, Trials};
use super::log::Log;
use crate::measure::Recorder;
use crate::model::{self, Scenario};
use crate::plan::Group;
use crate::run::crew;
use des::Duration;
use des::RunKey;
use stats::{Student, mean, proportion};

/// Probability of rejecting a correct program, over all rows.
pub const FAMILY_ALPHA: f64 = 0.001;

/// The amount of simulation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effort {
    /// Every replication of every case.
    Full,
    /// One of this many replications, but at least eight: a quick check.
    OneIn(u32),
}

impl Effort {
    fn replications(self, full: u32) -> u32 {
        match self {
            Self::Full => full,
            Self::OneIn(share) => (full / share).max(8).min(full),
        }
    }
}

/// The method of a row's judgement.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CaseMethod {
    /// Every value equals the expected one, to the nanosecond.
    Exact,
    /// Clopper and Pearson's interval for independent trials.
    Binomial,
    /// Student's interval for the mean over replications.
    Student,
}

impl CaseMethod {
    /// The method's name in the JSON output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Binomial => "binomial",
            Self::Student => "student",
        }
    }
}

/// One question and its answer.
#[derive(Clone, Debug, PartialEq)]
pub struct VerifiedRow {
    /// Name of the case.
    pub case: &'static str,
    /// The quantity examined.
    pub quantity: String,
    /// The closed form.
    pub formula: String,
    /// The value of the closed form.
    pub expected: f64,
    /// The simulated value; for an exact row the first value that differs, if there is one.
    pub simulated: f64,
    /// The interval; none for an exact row.
    pub interval: Option<(f64, f64)>,
    /// Distance from the expected value in standard errors; none if no randomness is involved.
    pub z: Option<f64>,
    /// Number of values, trials or replications.
    pub n: u64,
    /// Method of the judgement.
    pub method: CaseMethod,
    /// Whether simulation and closed form agree.
    pub agrees: bool,
}

/// The whole table.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// Name and description of each case, in order.
    pub cases: Vec<(&'static str, &'static str)>,
    /// The rows, in order of cases.
    pub rows: Vec<VerifiedRow>,
    /// Confidence of each interval.
    pub confidence: f64,
    /// The seed of every case.
    pub seed: u64,
    /// Number of runs.
    pub runs: u64,
    /// Events of all runs.
    pub events: u64,
}

impl Report {
    /// Whether every row agrees.
    #[must_use]
    pub fn agrees(&self) -> bool {
        self.rows.iter().all(|row| row.agrees)
    }
}

/// The answer of a run to a question.
enum CaseFinding {
    Values(Vec<Duration>),
    Trials(Trials),
    Value(f64),
}

/// One run to make.
struct CaseTask<'a> {
    case: usize,
    scenario: &'a Scenario,
    replication: u32,
    /// The questions about this run: index of the question, place of the run's group in the question.
    questions: Vec<(usize, usize)>,
}

/// Number of runs of all cases.
#[must_use]
pub fn runs(cases: &[Case], effort: Effort) -> u64 {
    let of = |case: &Case| {
        let plan = case.plan(0);
        (plan.points.len() * plan.strategies.len()) as u64 * u64::from(effort.replications(case.replications))
    };
    cases.iter().map(of).sum()
}

/// Runs `cases` on `jobs` threads, calling `ran` with the number of events after each run, and judges the answers.
///
/// # Panics
/// If a case is not a valid experiment, or a run lacks the data of a question.
#[must_use]
pub fn examine(cases: &[Case], seed: u64, effort: Effort, jobs: usize, ran: &(dyn Fn(u64) + Sync)) -> Report {
    let scenarios: Vec<Vec<Vec<Scenario>>> = cases.iter().map(|case| scenarios(case, seed)).collect();
    let mut tasks = Vec::new();
    for (index, case) in cases.iter().enumerate() {
        for (point, strategies) in scenarios[index].iter().enumerate() {
            for (strategy, scenario) in strategies.iter().enumerate() {
                let here = |group: &Group| *group == Group { point, strategy };
                let asks = |(number, question): (usize, &CaseQuestion)| {
                    question.groups.iter().position(here).map(|group| (number, group))
                };
                let questions: Vec<_> = case.questions.iter().enumerate().filter_map(asks).collect();
                for replication in 0..effort.replications(case.replications) {
                    tasks.push(CaseTask { case: index, scenario, replication, questions: questions.clone() });
                }
            }
        }
    }
    let made = make(cases, &tasks, seed, jobs, ran);
    let events = made.iter().map(|(events, _)| events).sum();
    let mut gathered: Vec<Vec<Vec<Vec<CaseFinding>>>> = cases
        .iter()
        .map(|case| {
            case.questions.iter().map(|question| question.groups.iter().map(|_| Vec::new()).collect()).collect()
        })
        .collect();
    for (task, (_, found)) in tasks.iter().zip(made) {
        for (&(question, group), finding) in task.questions.iter().zip(found) {
            gathered[task.case][question][group].push(finding);
        }
    }
    let questions = cases.iter().zip(gathered).flat_map(|(case, gathered)| {
        case.questions.iter().zip(gathered).map(|(question, findings)| (case.name, question, findings))
    });
    let questions: Vec<_> = questions.collect();
    let chances = questions.iter().filter(|(_, question, _)| !matches!(question.answer, CaseAnswer::Exact(_))).count();
    let confidence = 1.0 - FAMILY_ALPHA / chances.max(1) as f64;
    let mut student = Student::new(confidence);
    let rows = questions.into_iter().map(|(case, question, findings)| judge(case, question, findings, &mut student));
    Report {
        cases: cases.iter().map(|case| (case.name, case.about)).collect(),
        rows: rows.collect(),
        confidence,
        seed,
        runs: tasks.len() as u64,
        events,
    }
}

/// The scenario of each strategy at each point.
fn scenarios(case: &Case, seed: u64) -> Vec<Vec<Scenario>> {
    let plan = case.plan(seed);
    let at = |point| (0..plan.strategies.len()).map(|strategy| plan.scenario(point, strategy)).collect();
    (0..plan.points.len()).map(at).collect()
}

/// Makes all runs; returns the number of events, and the answers of each run in order of the tasks.
fn make(
    cases: &[Case],
    tasks: &[CaseTask<'_>],
    seed: u64,
    jobs: usize,
    ran: &(dyn Fn(u64) + Sync),
) -> Vec<(u64, Vec<CaseFinding>)> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut made = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(task) = tasks.get(index) else { return made };
            let run = simulate(task.scenario, RunKey { seed, replication: task.replication });
            let questions = &cases[task.case].questions;
            let found = task.questions.iter().map(|&(question, _)| find(&questions[question], &run)).collect();
            made.push((index, (run.outcome.events, found)));
            ran(run.outcome.events);
        }
    };
    let staff = OnceLock::new();
    let mut made: Vec<(usize, (u64, Vec<CaseFinding>))> = std::thread::scope(|scope| {
        let Ok(workers) = crew(scope, jobs.min(tasks.len()), &staff, work) else { return work() };
        let join = |worker: std::thread::ScopedJoinHandle<'_, Option<_>>| match worker.join() {
            Ok(made) => made.unwrap_or_default(),
            Err(panic) => std::panic::resume_unwind(panic),
        };
        workers.into_iter().flat_map(join).collect()
    });
    made.sort_by_key(|(index, _)| *index);
    made.into_iter().map(|(_, made)| made).collect()
}

/// One run, with measures and facts.
fn simulate(scenario: &Scenario, key: RunKey) -> Run {
    let mut probe = (Recorder::new(scenario), Log::default());
    let end = model::run(scenario, key, &mut probe);
    let (recorder, log) = probe;
    Run { scenario: scenario.clone(), outcome: recorder.finish(end), log }
}

/// The answer of a run to a question.
fn find(question: &CaseQuestion, run: &Run) -> CaseFinding {
    match &question.answer {
        CaseAnswer::Exact(values) => CaseFinding::Values(values(run)),
        CaseAnswer::Share(trials) => CaseFinding::Trials(trials(run)),
        CaseAnswer::Mean { value, .. } => CaseFinding::Value(value(run)),
    }
}

/// Judges a question by the answers of each group's replications.
fn judge(
    case: &'static str,
    question: &CaseQuestion,
    findings: Vec<Vec<CaseFinding>>,
    student: &mut Student,
) -> VerifiedRow {
    let (quantity, formula, expected) = (question.quantity.clone(), question.formula.clone(), question.expected);
    let row = VerifiedRow {
        case,
        quantity,
        formula,
        expected,
        simulated: f64::NAN,
        interval: None,
        z: None,
        n: 0,
        method: CaseMethod::Exact,
        agrees: false,
    };
    match &question.answer {
        CaseAnswer::Exact(_) => exact(row, findings.into_iter().flatten()),
        CaseAnswer::Share(_) => share(row, findings.into_iter().flatten(), student),
        CaseAnswer::Mean { combine, .. } => {
            let value = |finding| if let CaseFinding::Value(value) = finding { value } else { f64::NAN };
            let groups: Vec<Vec<f64>> =
                findings.into_iter().map(|group| group.into_iter().map(value).collect()).collect();
            let values = match combine {
                Some(combine) => combine(&groups.iter().map(Vec::as_slice).collect::<Vec<_>>()),
                None => groups.into_iter().flatten().collect(),
            };
            over_replications(row, &values, student)
        }
    }
}

fn exact(row: VerifiedRow, findings: impl Iterator<Item = CaseFinding>) -> VerifiedRow {
    let wanted = Duration::from_secs_f64(row.expected);
    let values =
        findings.flat_map(|finding| if let CaseFinding::Values(values) = finding { values } else { Vec::new() });
    let (mut n, mut other) = (0, None);
    for value in values {
        n += 1;
        other = other.or((value != wanted).then_some(value));
    }
    let simulated = if n == 0 { f64::NAN } else { other.unwrap_or(wanted).as_secs_f64() };
    VerifiedRow { simulated, n, agrees: n > 0 && other.is_none(), ..row }
}

fn share(row: VerifiedRow, findings: impl Iterator<Item = CaseFinding>, student: &Student) -> VerifiedRow {
    let (mut successes, mut trials) = (0, 0);
    for finding in findings {
        if let CaseFinding::Trials((hits, of)) = finding {
            successes += hits;
            trials += of;
        }
    }
    if trials == 0 {
        return VerifiedRow { method: CaseMethod::Binomial, ..row };
    }
    let simulated = successes as f64 / trials as f64;
    let (low, high) = proportion::clopper_pearson(successes as f64, trials as f64, student.alpha());
    let error = libm::sqrt(row.expected * (1.0 - row.expected) / trials as f64);
    VerifiedRow {
        simulated,
        interval: Some((low, high)),
        z: (error > 0.0).then(|| (simulated - row.expected) / error),
        n: trials,
        method: CaseMethod::Binomial,
        agrees: low <= row.expected && row.expected <= high,
        ..row
    }
}

fn over_replications(row: VerifiedRow, values: &[f64], student: &mut Student) -> VerifiedRow {
    let estimate = mean::estimate(values, student);
    let (Some(simulated), Some((low, high))) = (estimate.mean, estimate.interval) else {
        return VerifiedRow { method: CaseMethod::Student, n: values.len() as u64, ..row };
    };
    let (_, variance) = mean::moments(values);
    let error = libm::sqrt(variance / values.len() as f64);
    VerifiedRow {
        simulated,
        interval: Some((low, high)),
        z: (error > 0.0).then(|| (simulated - row.expected) / error),
        n: values.len() as u64,
        method: CaseMethod::Student,
        agrees: low <= row.expected && row.expected <= high,
        ..row
    }
}
