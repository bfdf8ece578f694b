//! `pushpull run`: makes the runs of an experiment and writes its results.

use std::io::{BufWriter, Write, stdout};
use std::path::{Path, PathBuf};

use super::args::{ExperimentArgs, RunArgs};
use super::execute::{Done, ProgressShown, execute};
use super::progress::ProgressName;
use super::screen::{self, Screen};
use super::underway::Underway;
use super::{Failure, Outcome, forecast, machine, on, plan, shard, signals};
use crate::folder::json;
use crate::folder::place::{Existing, ResultFolder};
use crate::folder::reader::Reader;
use crate::plan::Shard;
use crate::report::conclusion::{Conclusion, Goals};
use crate::run::RunOptions;

/// Runs the experiment that `args` name.
pub(super) fn main(args: &RunArgs) -> Outcome {
    let plan = plan::read(&args.experiment)?;
    if !args.making.quiet {
        super::warn(&plan);
    }
    if args.check_goal && plan.goals().is_empty() {
        return Err(no_goal(&args.experiment.file));
    }
    if let Some(engine) = args.cluster.on.as_ref().filter(|_| plan.round.is_none()) {
        return on::main(args, engine, &plan);
    }
    if let (Some(round), None) = (&plan.round, &args.shard) {
        let (file, number) = (args.experiment.file.display(), round.number);
        return Err(Failure::Usage(format!("{file}: is round {number} of a wanted precision, accepted: --shard I/N")));
    }
    if args.cluster.end_with_stdin {
        signals::end_with_stdin()?;
    }
    let shard = args.shard.as_deref().map(shard::parse).transpose()?;
    let jobs = machine::affordable(&plan, args.making.jobs.map_or_else(cores, usize::from))?;
    let making = &args.making;
    // A shard resumes.
    let existing = match making.existing() {
        Existing::Refuse if shard.is_some() => Existing::Resume,
        existing => existing,
    };
    let out = args.out.clone().unwrap_or_else(|| default_out(&plan.name, shard));
    let folder = ResultFolder::prepare(&out, &plan, shard, existing)?;
    if !args.making.quiet
        && shard.is_none()
        && let Some(line) = forecast::of_long(&plan)
    {
        writeln!(screen::stderr(), "{line}")?;
    }
    let underway = Underway::default();
    let options = RunOptions {
        jobs,
        shard,
        fail_fast: args.fail_fast,
        double_check: !args.no_double_check && shard.is_none(),
        again: Some(again(&args.experiment)),
        stop: signals::orderly(),
        simulate: &|scenario, key| underway.simulate(scenario, key),
    };
    let how = if args.making.quiet { ProgressName::None } else { args.making.progress };
    let done = execute(&plan, &folder, &options, &ProgressShown { how, underway: &underway })?;
    print(&done, args.making.json)?;
    if !args.making.quiet {
        caution(&done)?;
    }
    done.verdict(&plan)?;
    if !args.check_goal {
        return Ok(());
    }
    let reader = Reader::open(folder.path())?;
    // The conclusion says it, and JSON has no conclusion.
    if args.making.json
        && !args.making.quiet
        && let Some(sentence) = Goals::read(&reader)?.sentence(&reader, &[])
    {
        writeln!(screen::stderr(), "goal: {sentence}")?;
    }
    check_goal(&reader)
}

/// Goals are to be checked, and there are none.
pub(super) fn no_goal(file: &Path) -> Failure {
    let file = file.display();
    Failure::Usage(format!("--check-goal: {file} has no [goal], such as late_rate = {{ at_most = 0.001 }}"))
}

/// Fails unless at every point some strategy is shown to meet all goals.
pub(super) fn check_goal(reader: &Reader) -> Outcome {
    let goals = Goals::read(reader)?;
    if let Some(caution) = goals.caution(reader) {
        screen::stderr().warning(&caution)?;
    }
    goals.failure(reader).map_or(Ok(()), |text| Err(Failure::Goal(text)))
}

/// Prints the conclusion of a result folder.
pub(super) fn conclude(folder: &Path, reader: &Reader, out: &mut impl Write) -> Outcome {
    let next = format!("pushpull report {}", quoted(&folder.display().to_string()));
    let columns = screen::columns().unwrap_or(screen::PAGE);
    Ok(writeln!(out, "{}", Conclusion::of(reader)?.text(columns, &next))?)
}

/// The number of cores that the program may use.
pub(super) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// The default result folder, without `--out`.
pub(super) fn default_out(name: &str, shard: Option<Shard>) -> PathBuf {
    let part = shard.map(|shard| format!(".shard-{}-of-{}", shard.index + 1, shard.count));
    Path::new("results").join(format!("{name}{}", part.unwrap_or_default()))
}

/// A word, quoted for a shell.
pub(super) fn quoted(text: &str) -> String {
    let plain = text.chars().all(|c| c.is_ascii_alphanumeric() || "/._-=,:%".contains(c));
    if plain { text.to_owned() } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

/// The command that replays one run, without the key of the run.
fn again(args: &ExperimentArgs) -> String {
    let mut words = vec!["pushpull trace".to_owned(), quoted(&args.file.display().to_string())];
    let mut option = |name: &str, value: &str| words.push(format!("--{name} {}", quoted(value)));
    args.set.iter().for_each(|set| option("set", set));
    args.vary.iter().for_each(|vary| option("vary", vary));
    args.seed.iter().for_each(|seed| option("seed", &seed.to_string()));
    args.replications.iter().for_each(|replications| option("replications", &replications.to_string()));
    if args.rare {
        words.push("--rare".to_owned());
    }
    words.join(" ")
}

/// Prints the warnings about the results.
pub(super) fn caution(done: &Done<'_>) -> Outcome {
    warn(&done.warnings)
}

/// Prints each of these warnings.
pub(super) fn warn(warnings: &[String]) -> Outcome {
    Ok(warnings.iter().try_for_each(|warning| screen::stderr().warning(warning))?)
}

/// Prints the comparison and the paths, or the summary as JSON.
pub(super) fn print(done: &Done<'_>, as_json: bool) -> Outcome {
    let mut out = screen::stdout();
    if as_json {
        let is_printed = |path: &&PathBuf| path.ends_with("summary.csv") || path.ends_with("months.csv");
        let files: Vec<&Path> = done.paths.iter().filter(is_printed).map(PathBuf::as_path).collect();
        if !files.is_empty() {
            json::print(files.into_iter(), &mut Screen::json(BufWriter::new(stdout().lock())))?;
        }
        return Ok(());
    }
    if let Some(table) = &done.table {
        table.lines(screen::columns()).iter().try_for_each(|line| out.line(line))?;
        writeln!(out)?;
        let folder = done.paths.last().and_then(|path| path.parent()).unwrap_or(Path::new(""));
        match Reader::open(folder).map_err(Failure::from).and_then(|reader| conclude(folder, &reader, &mut out)) {
            // The results are complete even so.
            Err(Failure::Failed(error) | Failure::Passing(error)) => {
                writeln!(screen::stderr(), "warning: no conclusion: {error}")?;
            }
            other => other?,
        }
    }
    let manifest = &done.manifest;
    for group in manifest.imprecise.iter().take(10) {
        let (point, strategy) = (group.point, &group.strategy);
        writeln!(out, "not precise enough after {} replications: point {point}, {strategy}", group.replications)?;
    }
    if manifest.imprecise.len() > 10 {
        writeln!(out, "and {} more, all in manifest.json", manifest.imprecise.len() - 10)?;
    }
    writeln!(out, "runs: {} ({} made twice), events: {}", manifest.runs, manifest.double_checked, manifest.events)?;
    for path in &done.paths {
        writeln!(out, "{}", path.display())?;
    }
    Ok(())
}
