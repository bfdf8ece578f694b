//! `pushpull solve`: at which value of a key a strategy ceases to keep a limit, or to be better than another.

use std::io::{BufWriter, Write, stdout};
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

use super::args::{ReproduceArgs, SolveArgs};
use super::execute::{ProgressShown, RunDisplay};
use super::progress::ProgressName;
use super::reproduce::{compare, private, warn_of_another_build};
use super::run::cores;
use super::screen::{self, Screen};
use super::underway::Underway;
use super::{Failure, Outcome, clock, machine, no_thread, signals};
use crate::decide::{Asked, FILES, Folder, Question, Record, Scope, Trouble, read, solve};
use crate::folder::manifest::Manifest;
use crate::folder::place::Existing;
use crate::plan::{Overrides, Plan};
use crate::run::RunOptions;

impl From<Trouble> for Failure {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::File(error) => error.into(),
            Trouble::Input(error) => error.into(),
            Trouble::Failed(text) => Self::Failed(text),
            Trouble::NoThread => no_thread(),
        }
    }
}

/// Answers the question that `args` ask.
pub(super) fn main(args: &SolveArgs) -> Outcome {
    let overrides = Overrides { set: args.set.clone(), seed: args.seed, ..Overrides::default() };
    let (plan, question) = read(&args.file, &overrides, &asked(args))?;
    if !args.quiet {
        super::warn(&plan);
    }
    let scope = scope(&plan, &question)?;
    let jobs = machine::affordable(&plan, args.jobs.map_or_else(cores, usize::from))?;
    let existing = match (args.overwrite, args.resume) {
        (true, _) => Existing::Overwrite,
        (false, true) => Existing::Resume,
        (false, false) => Existing::Refuse,
    };
    let record = begin(&plan, &question, jobs);
    let out = args.out.clone().unwrap_or_else(|| PathBuf::from("results").join(format!("{}.solve", plan.name)));
    let folder = Folder::prepare(&out, &record, existing)?;
    let underway = Underway::default();
    let simulate = |scenario: &_, key| underway.simulate(scenario, key);
    let options = RunOptions { fail_fast: true, ..RunOptions::plain(jobs, signals::orderly(), &simulate) };
    let how = if args.quiet { ProgressName::None } else { args.progress };
    let mut display = RunDisplay::new(None, &ProgressShown { how, underway: &underway });
    let (answer, mut record, paths) = solve(&plan, &question, &scope, &folder, record, &options, &mut display)?;
    record.manifest.ended = Some(clock::now());
    record.write(folder.path())?;
    if args.json {
        let mut out = Screen::json(BufWriter::new(stdout().lock()));
        writeln!(out, "{:#}", answer.json())?;
        out.flush()?;
    } else {
        let mut out = screen::stdout();
        writeln!(out, "{}", answer.sentence())?;
        paths.iter().try_for_each(|path| writeln!(out, "{}", path.display()))?;
    }
    answer.failure().map_or(Ok(()), |text| Err(Failure::Failed(text)))
}

/// Answers the question of a result folder again, and compares the files.
pub(super) fn reproduce(args: &ReproduceArgs, record: &Record) -> Outcome {
    let original = &args.folder;
    let refused = |why: &str| Err(Failure::Usage(format!("{}: {why}", original.display())));
    if args.sample.is_some() {
        return refused("is the answer of pushpull solve, which is reproduced as a whole, without --sample");
    }
    if record.manifest.ended.is_none() {
        return refused("is not finished; run it with --resume first");
    }
    let plan = Plan::from_table(&record.manifest.experiment, &record.manifest.data)?;
    warn_of_another_build(&record.manifest);
    let question = record.question.clone();
    let scope = scope(&plan, &question)?;
    let jobs = machine::affordable(&plan, args.jobs.map_or_else(cores, usize::from))?;
    let private = private(original)?;
    let begun = begin(&plan, &question, jobs);
    let folder = Folder::prepare(private.path(), &begun, Existing::Refuse)?;
    let underway = Underway::default();
    let (stop, simulate) = (AtomicBool::new(false), |scenario: &_, key| underway.simulate(scenario, key));
    let options = RunOptions { fail_fast: true, ..RunOptions::plain(jobs, &stop, &simulate) };
    let how = if args.quiet { ProgressName::None } else { ProgressName::Auto };
    let mut display = RunDisplay::new(None, &ProgressShown { how, underway: &underway });
    let (_, done, _) = solve(&plan, &question, &scope, &folder, begun, &options, &mut display)?;
    let compared = compare(original, private.path(), &FILES)?;
    drop(folder);
    drop(private);
    compared.conclude(done.manifest.runs)
}

fn asked(args: &SolveArgs) -> Asked {
    Asked {
        range: args.range.clone(),
        strategy: args.strategy.clone(),
        at_most: args.at_most.clone(),
        at_least: args.at_least.clone(),
        better: args.better.clone(),
        than: args.than.clone(),
        measure: args.measure.clone(),
        precision: args.precision,
        budget: args.budget,
        crossing: args.crossing.map(usize::from),
    }
}

fn scope(plan: &Plan, question: &Question) -> Result<Scope, Failure> {
    Scope::new(plan, question).map_err(|why| Failure::Usage(format!("{}: {why}", question.range)))
}

/// The manifest of a question that begins.
fn begin(plan: &Plan, question: &Question, jobs: usize) -> Record {
    let manifest = Manifest::begin(plan, None, jobs, std::env::args().collect(), clock::now());
    Record { question: question.clone(), manifest }
}
