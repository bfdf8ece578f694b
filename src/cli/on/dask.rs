//! Dask: starts the Python package's `pushpull.dask`, which sends shards to workers and merges them.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use super::Prepared;
use crate::cli::progress::ProgressName;
use crate::cli::{Failure, Outcome};

/// Names another Python.
const PYTHON: &str = "PUSHPULL_PYTHON";

/// Starts the package's command. Ctrl-C ends Python without a trace of its calls while it reads its modules.
const START: &str = "import signal; signal.signal(signal.SIGINT, signal.SIG_DFL); \
                     import runpy; runpy.run_module('pushpull.dask', run_name='__main__', alter_sys=True)";

/// Runs the experiment on the workers of a scheduler, or of this machine (`local`).
pub(super) fn run(prepared: &Prepared<'_>, address: &str) -> Outcome {
    let python = python();
    let name = python.display();
    let get = format!("pip install 'WHEEL[dask]' there (python/README.md), or set {PYTHON} to a Python that has it");
    // Finding the modules is a tenth of the time of importing them.
    let find = "import sys, importlib.util as u; sys.exit(' and '.join(m for m in ('pushpull', 'distributed') if not u.find_spec(m)) or 0)";
    let mut test = Command::new(&python);
    test.args(["-c", find]).stdout(Stdio::null());
    let tested =
        test.output().map_err(|error| Failure::Usage(format!("--on dask: cannot start {name}: {error}; {get}")))?;
    if !tested.status.success() {
        let said = String::from_utf8_lossy(&tested.stderr);
        let why = match said.trim().lines().last() {
            Some(missing) if tested.status.code() == Some(1) => format!("does not find {missing}"),
            Some(other) => format!("fails: {other}"),
            None => format!("is no Python: it ends with {}", tested.status),
        };
        return Err(Failure::Usage(format!("--on dask: {name} {why}; {get}")));
    }
    let passed = &prepared.passed;
    let plan = prepared.write_plan()?;
    let mut command = Command::new(&python);
    command.args(["-c", START]).arg(plan).arg("--out").arg(&prepared.out).args(["--scheduler", address]);
    let options = [
        ("--shards", prepared.count.map(|count| count.to_string())),
        ("--store", prepared.cluster.store.clone()),
        ("--jobs", passed.jobs.map(|jobs| jobs.to_string())),
    ];
    for (option, value) in options {
        command.args(value.into_iter().flat_map(|value| [option.to_owned(), value]));
    }
    let how = match passed.progress {
        ProgressName::None => "none",
        ProgressName::Json => "json",
        ProgressName::Auto => "auto",
    };
    command.args(["--progress", how]);
    for (given, option) in [(passed.overwrite, "--overwrite"), (passed.no_double_check, "--no-double-check")] {
        command.args(given.then_some(option));
    }
    command.env("PUSHPULL", super::program()?);
    start(command, &name.to_string())
}

/// Puts Python in the place of this process, so that signals reach it, and its exit code is that of the command.
#[cfg(unix)]
fn start(mut command: Command, name: &str) -> Outcome {
    use std::os::unix::process::CommandExt;
    Err(Failure::world(format!("cannot start {name}"), command.exec()))
}

/// Waits for Python, whose exit code is that of the command.
#[cfg(not(unix))]
fn start(mut command: Command, name: &str) -> Outcome {
    let status = command.status().map_err(|error| Failure::world(format!("cannot start {name}"), error))?;
    match status.code() {
        Some(0) => Ok(()),
        // The package has said why.
        code => Err(Failure::Said(code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1))),
    }
}

/// The Python that has the package: the one that is named, else the one beside the program, else `python3`.
fn python() -> PathBuf {
    let beside = || std::env::current_exe().ok().map(|program| program.with_file_name("python3"));
    let named = std::env::var_os(PYTHON).map(PathBuf::from);
    named.or_else(|| beside().filter(|path| path.is_file())).unwrap_or_else(|| "python3".into())
}
