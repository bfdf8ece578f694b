//! Fuzzes every reader of `pushpull`: experiment files, data files, values of the command line, result folders,
//! `samples.bin`; and runs extreme scenarios. See `docs/promises.md`, "Fuzzing".
//!
//! ```text
//! pushpull-fuzz run TARGET|all [--seconds S | --executions N] [--seed K] [--keep]
//! pushpull-fuzz replay
//! ```
//!
//! Each target runs in its own process, so that an input that ends the process is detected. An input fails if it
//! panics, takes more than two seconds of processor time or more than 1 GiB of memory, or kills the process. It is then
//! saved under `failed/`, and `replay` runs it again. One seed gives one sequence of inputs. With coverage (built by
//! `run.sh`) an input with new coverage is kept and mutated further.

mod allocator;
mod bundle;
mod coverage;
mod mutate;
mod random;
mod target;
mod watch;
mod worker;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use target::TARGETS;
use worker::{Limit, Work};

/// Message about wrong arguments.
const USAGE: &str = "usage: pushpull-fuzz run TARGET|all [--seconds S | --executions N] [--seed K] [--keep] | replay";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let passed = match words.as_slice() {
        ["run", "all", options @ ..] => {
            // All targets run to their end, so that a failure does not hide others.
            let failed = TARGETS.iter().filter(|target| !child(target.name, options)).count();
            failed == 0
        }
        ["run", name, options @ ..] if target::find(name).is_some() => child(name, options),
        ["child", name, options @ ..] => match (target::find(name), options_of(options)) {
            (Some(target), Some(work)) => return worker::run(target, &work),
            _ => return usage(),
        },
        ["replay"] => replay(),
        ["replay-one", name, path] => match target::find(name) {
            Some(target) => return worker::replay(target, Path::new(path)),
            None => return usage(),
        },
        _ => return usage(),
    };
    if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn usage() -> ExitCode {
    let names: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
    eprintln!("{USAGE}\ntargets: {}", names.join(", "));
    ExitCode::from(2)
}

fn options_of(words: &[&str]) -> Option<Work> {
    let mut work = Work { limit: Limit::Seconds(10), seed: 1, keep: false };
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match *word {
            "--seconds" => work.limit = Limit::Seconds(words.next()?.parse().ok()?),
            "--executions" => work.limit = Limit::Executions(words.next()?.parse().ok()?),
            "--seed" => work.seed = words.next()?.parse().ok()?,
            "--keep" => work.keep = true,
            _ => return None,
        }
    }
    Some(work)
}

/// Runs one target in its own process. Returns whether it found nothing.
fn child(name: &str, options: &[&str]) -> bool {
    let program = std::env::current_exe().expect("this program has a path");
    let status = Command::new(program).arg("child").arg(name).args(options).status().expect("this program starts");
    if status.code().is_none() {
        // The process was killed, for example by a stack overflow: the present input is in the worker's folder.
        let from = worker::current(name);
        match std::fs::read(&from) {
            Ok(input) => eprintln!("{name}: {status}: {}", worker::save(name, &input).display()),
            Err(error) => eprintln!("{name}: {status}, and its input cannot be read: {error}"),
        }
    }
    status.success()
}

/// Runs every saved input. Returns whether all pass.
fn replay() -> bool {
    let program = std::env::current_exe().expect("this program has a path");
    let mut passed = true;
    let mut count = 0;
    for target in &TARGETS {
        for path in files(&root().join("failed").join(target.name)) {
            count += 1;
            let mut command = Command::new(&program);
            let status = command.arg("replay-one").arg(target.name).arg(&path).status().expect("this program starts");
            if !status.success() {
                eprintln!("{}: fails again: {status}", path.display());
                passed = false;
            }
        }
    }
    println!("replayed inputs that once failed: {count}");
    passed
}

/// The folder of this package.
fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The files in a folder, by name; none if there is no such folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(|path| path.is_file()).collect();
    files.sort();
    files
}
