//! The command line: arguments in, exit code out. Results go to stdout; progress, warnings and errors to stderr.

pub mod args;
mod check;
mod clock;
mod completions;
mod decide;
mod diff;
mod execute;
mod explain;
mod explore;
mod forecast;
mod init;
mod machine;
mod map;
mod merge;
mod on;
mod plan;
mod plot;
mod progress;
mod report;
mod reproduce;
mod run;
mod screen;
mod select;
mod sensitivity;
pub mod shard;
mod signals;
mod solve;
mod status;
mod stories;
mod trace;
mod underway;
mod verify;
mod warmup;

use std::borrow::Cow;
use std::fmt::Display;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;

use crate::file::InputError;
use crate::folder::error::is_passing;
use crate::folder::pages::is_report;
use crate::plan::Plan;
use crate::report::printed::{Line, Tone};
use args::{Arguments, Command};
use text::on_lines;

/// Why a command ended without its result.
#[derive(Debug)]
pub enum Failure {
    /// The experiment is wrong: exit 2.
    Input(InputError),
    /// The command was used wrongly: exit 2.
    Usage(String),
    /// A run, an output or a check failed, with this message: exit 1.
    Failed(String),
    /// The machine failed, or a signal ended the command; another attempt may succeed: exit 75.
    Passing(String),
    /// The results are there, and the goals are not met: exit 3.
    Goal(String),
    /// Another program failed, and has said why: this exit code.
    Said(u8),
    /// The reader of stdout is gone, which is no failure: exit 0.
    Closed,
}

impl From<InputError> for Failure {
    fn from(error: InputError) -> Self {
        Self::Input(error)
    }
}

impl From<io::Error> for Failure {
    /// A failure to write to stdout.
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::Closed,
            _ if is_passing(&error) => Self::Passing(format!("cannot write the result: {error}")),
            _ => Self::world("cannot write the result", error),
        }
    }
}

impl Failure {
    /// A failure of the world outside: what was tried, and the cause.
    #[must_use]
    pub fn world(what: impl Display, cause: impl Display) -> Self {
        Self::Failed(format!("{what}: {cause}"))
    }
}

/// Exit code of a failure that may pass: `EX_TEMPFAIL` of the BSDs' sysexits.h.
const PASSING: u8 = 75;

/// What a command ends with.
pub type Outcome = Result<(), Failure>;

/// Runs the command that the process was given.
#[must_use]
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // help and version are results, anything else is a wrong usage
            let plain = error.render().to_string();
            let _ = match on_lines(&plain) {
                Cow::Borrowed(_) => error.print(),
                Cow::Owned(escaped) => write!(io::stderr(), "{escaped}"),
            };
            let asked = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
            return ExitCode::from(if asked { 0 } else { 2 });
        }
    };
    conclude(signals::install().and_then(|()| dispatch(arguments.command)))
}

fn dispatch(command: Command) -> Outcome {
    match command {
        Command::Check(args) => check::main(&args),
        Command::Plan(args) => plan::main(&args),
        Command::Init(args) => init::init(&args),
        Command::Explain(args) => explain::main(&args),
        Command::Schema => init::schema(),
        Command::Completions(args) => completions::completions(&args),
        Command::Man => completions::man(),
        Command::Run(args) => run::main(&args),
        Command::Solve(args) => solve::main(&args),
        Command::Map(args) => map::main(&args),
        Command::Select(args) => select::main(&args),
        Command::Sensitivity(args) => sensitivity::main(&args),
        Command::Diff(args) => diff::main(&args),
        Command::Trace(args) => trace::main(&args),
        Command::Status(args) => status::main(&args),
        Command::Merge(args) => merge::main(&args),
        Command::Plot(args) => plot::main(&args),
        Command::Report(args) => report::main(&args),
        Command::Explore(args) => explore::main(&args),
        Command::Reproduce(args) => reproduce::main(&args),
        Command::Verify(args) => verify::main(&args),
    }
}

/// Prints why a command failed; gives its exit code.
fn conclude(outcome: Outcome) -> ExitCode {
    let (text, code) = match outcome {
        Ok(()) | Err(Failure::Closed) => return ExitCode::SUCCESS,
        Err(Failure::Failed(text)) => (text, 1),
        Err(Failure::Said(code)) => return ExitCode::from(code),
        Err(Failure::Passing(text)) => (text, PASSING),
        Err(Failure::Goal(text)) => (text, 3),
        Err(Failure::Usage(text)) => (text, 2),
        Err(Failure::Input(error)) => (describe(&error), 2),
    };
    let _ = screen::stderr().line(&Line::default().then("error:", Tone::Worse).then(format!(" {text}"), Tone::Plain));
    ExitCode::from(code)
}

/// Nothing can be run.
fn no_thread() -> Failure {
    Failure::Passing("the system gives no thread to run on; what limits threads or memory, such as ulimit?".to_owned())
}

/// Refuses to replace a file that `ours` does not know as the program's. A link is replaced itself; what it leads to stays.
fn refuse_foreign(path: &Path, ours: fn(&Path) -> bool) -> Outcome {
    if std::fs::symlink_metadata(path).is_ok_and(|found| found.is_file()) && !ours(path) {
        let text = format!("{}: not made by pushpull; move it away or use another --out", path.display());
        return Err(Failure::Usage(text));
    }
    Ok(())
}

/// Refuses a place for a page: a file that is no page of this program, or a folder that does not exist.
fn refuse_page(out: &Path) -> Outcome {
    if out == Path::new("-") {
        return Ok(());
    }
    if let Some(folder) = out.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.is_dir()) {
        let (out, folder) = (out.display(), folder.display());
        return Err(Failure::Usage(format!("{out}: there is no folder {folder}; make it, or use another --out")));
    }
    refuse_foreign(out, is_report)
}

/// Prints what an experiment says in vain.
pub(crate) fn warn(plan: &Plan) {
    for warning in &plan.warnings {
        let _ = screen::stderr().warning(&warning.to_string());
    }
}

/// All problems of an experiment, one a line.
fn describe(error: &InputError) -> String {
    match error.problems() {
        [only] => only.to_string(),
        problems => format!("{} problems, so nothing was done:\n{error}", problems.len()),
    }
}
