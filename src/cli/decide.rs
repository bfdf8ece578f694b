//! The common part of the commands that answer a question: folder, threads, progress, output.

use std::io::{BufWriter, Write, stdout};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use super::args::ReproduceArgs;
use super::args::question::QuestionArgs;
use super::execute::{ProgressShown, RunDisplay};
use super::progress::ProgressName;
use super::reproduce::{compare, private, warn_of_another_build};
use super::run::cores;
use super::screen::{self, Screen};
use super::underway::Underway;
use super::{Failure, Outcome, clock, machine, no_thread, signals};
use crate::decide::{Answer, Folder, Planner, Question, RUNS, Record, Trouble, answer};
use crate::folder::manifest::Manifest;
use crate::folder::place::Existing;
use crate::plan::{Overrides, Plan};
use crate::report::printed::wrap;
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

impl QuestionArgs {
    /// The changes of the command line to the file.
    pub(super) fn overrides(&self) -> Overrides {
        Overrides { set: self.set.clone(), seed: self.seed, ..Overrides::default() }
    }

    /// The same, with the confidence that `--confidence` gives in place of that of the file.
    pub(super) fn overrides_at(&self, confidence: Option<f64>) -> Overrides {
        let mut overrides = self.overrides();
        overrides.set.extend(confidence.map(|level| format!("confidence={level}")));
        overrides
    }
}

/// Answers a question about an experiment.
pub(super) fn main(plan: &Plan, question: &Question, args: &QuestionArgs) -> Outcome {
    if args.shard.is_some() {
        let text = "--shard: accepted by pushpull run; the runs of an answer are made in one folder, on --jobs threads";
        return Err(Failure::Usage(text.to_owned()));
    }
    let making = &args.making;
    if !making.quiet {
        super::warn(plan);
    }
    let planner = planner(plan, question)?;
    let jobs = machine::affordable(plan, making.jobs.map_or_else(cores, usize::from))?;
    let record = begin(plan, question, jobs);
    let out = args.out.clone().unwrap_or_else(|| default_out(plan, question));
    let folder = Folder::prepare(&out, &record, making.existing())?;
    let underway = Underway::default();
    let simulate = |scenario: &_, key| underway.simulate(scenario, key);
    let options = RunOptions { fail_fast: true, ..RunOptions::plain(jobs, signals::orderly(), &simulate) };
    let how = if making.quiet { ProgressName::None } else { making.progress };
    let mut display = RunDisplay::new(None, &ProgressShown { how, underway: &underway });
    let mut record = record;
    let (answer, paths) = answer(plan, &*planner, &folder, &mut record, &options, &mut display)?;
    record.manifest.ended = Some(clock::now());
    record.write(folder.path())?;
    print(&*answer, &paths, making.json)?;
    answer.failure().map_or(Ok(()), |text| Err(Failure::Failed(text)))
}

/// Prints the sentence and the files, or the answer as JSON.
fn print(answer: &dyn Answer, paths: &[PathBuf], as_json: bool) -> Outcome {
    if as_json {
        let mut out = Screen::json(BufWriter::new(stdout().lock()));
        writeln!(out, "{:#}", answer.json())?;
        return Ok(out.flush()?);
    }
    let mut out = screen::stdout();
    write_sentence(&mut out, &answer.sentence())?;
    Ok(paths.iter().try_for_each(|path| writeln!(out, "{}", path.display()))?)
}

/// Writes an answer, its lines as long as the terminal is wide; where there is none, as they are.
pub(super) fn write_sentence(out: &mut impl Write, sentence: &str) -> std::io::Result<()> {
    let width = screen::columns().unwrap_or(usize::MAX);
    sentence.lines().flat_map(|line| wrap(line, width)).try_for_each(|line| writeln!(out, "{line}"))
}

/// Answers the question of a result folder again, and compares the files.
pub(super) fn reproduce(args: &ReproduceArgs, record: &Record) -> Outcome {
    let original = &args.folder;
    let question = &record.question;
    let refused = |why: &str| Err(Failure::Usage(format!("{}: {why}", original.display())));
    if args.sample.is_some() {
        let command = question.command();
        let why = format!("is the answer of pushpull {command}, which is reproduced as a whole, without --sample");
        return refused(&why);
    }
    if record.manifest.ended.is_none() {
        return refused("is not finished; run it with --resume first");
    }
    let plan = Plan::from_table(&record.manifest.experiment, &record.manifest.data)?;
    warn_of_another_build(&record.manifest);
    let planner = planner(&plan, question)?;
    let jobs = machine::affordable(&plan, args.jobs.map_or_else(cores, usize::from))?;
    let private = private(original)?;
    let mut begun = begin(&plan, question, jobs);
    let folder = Folder::prepare(private.path(), &begun, Existing::Refuse)?;
    let underway = Underway::default();
    let (stop, simulate) = (AtomicBool::new(false), |scenario: &_, key| underway.simulate(scenario, key));
    let options = RunOptions { fail_fast: true, ..RunOptions::plain(jobs, &stop, &simulate) };
    let how = if args.quiet { ProgressName::None } else { ProgressName::Auto };
    let mut display = RunDisplay::new(None, &ProgressShown { how, underway: &underway });
    answer(&plan, &*planner, &folder, &mut begun, &options, &mut display)?;
    let files: Vec<&str> = [RUNS].iter().chain(question.files()).copied().collect();
    let compared = compare(original, private.path(), &files)?;
    drop(folder);
    drop(private);
    compared.conclude(begun.manifest.runs)
}

/// The function that answers a question.
fn planner<'a>(plan: &'a Plan, question: &'a Question) -> Result<Box<dyn Planner + 'a>, Failure> {
    question.planner(plan).map_err(Failure::Usage)
}

/// The default folder of an answer, without `--out`.
fn default_out(plan: &Plan, question: &Question) -> PathBuf {
    Path::new("results").join(format!("{}.{}", plan.name, question.command()))
}

/// The manifest of a question that begins.
fn begin(plan: &Plan, question: &Question, jobs: usize) -> Record {
    let manifest = Manifest::begin(plan, None, jobs, std::env::args().collect(), clock::now());
    Record { question: question.clone(), sentence: None, manifest }
}
