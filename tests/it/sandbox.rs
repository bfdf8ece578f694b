//! A folder for each test, and the program to run in it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

/// A folder that is removed when the test ends.
pub(crate) struct Sandbox {
    path: PathBuf,
}

/// The result files that must be the same for every way of running an experiment.
pub(crate) const FILES: [&str; 7] =
    ["runs.csv", "summary.csv", "compare.csv", "pairs.csv", "distributions.csv", "timeseries.csv", "samples.bin"];

/// A small experiment: two points, three strategies, replications of about a thousand events.
pub(crate) const SMALL: &str = r#"
name = "small"
seed = 7
replications = 4
horizon = "40s"
warmup = "5s"
[clients]
arrivals = { poisson = "2/s" }
[gateways]
count = 3
[strategies.push]
push = {}
[strategies.push-retry]
push = { wait = "ack", attempts = 3 }
[strategies.jit]
pull = { answer = "initiate" }
[[sweep]]
"bus.loss" = [0.0, 0.1]
[output]
bin = "10s"
"#;

/// An experiment with known roots.
pub(crate) const CHEAP: &str = include_str!("cheap.toml");

/// An experiment with a fault whose time may be varied.
pub(crate) const HUMP: &str = include_str!("hump.toml");

impl Sandbox {
    /// A new folder with `small.toml` in it.
    pub(crate) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("pushpull-test-{}-{count}", std::process::id()));
        fs::create_dir_all(&path).expect("a temporary folder");
        let sandbox = Self { path };
        sandbox.write("small.toml", SMALL);
        sandbox
    }

    /// A path in the folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).expect("a file in the sandbox");
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    fn command(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pushpull"));
        command.args(line.split_whitespace()).current_dir(&self.path);
        command
    }

    /// Runs `pushpull` with the words of `line`.
    pub(crate) fn try_run(&self, line: &str) -> Output {
        self.command(line).output().expect("the program starts")
    }

    /// Like [`Self::try_run`], with environment variables.
    pub(crate) fn try_run_with(&self, line: &str, variables: &[(&str, &str)]) -> Output {
        self.command(line).envs(variables.iter().copied()).output().expect("the program starts")
    }

    /// Runs `pushpull`, which must succeed; returns its stdout.
    pub(crate) fn run(&self, line: &str) -> String {
        let output = self.try_run(line);
        assert!(output.status.success(), "pushpull {line}:\n{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text")
    }

    /// Runs `pushpull`, which must fail with this exit code; returns its stderr.
    pub(crate) fn fail(&self, line: &str, code: i32) -> String {
        let output = self.try_run(line);
        let errors = String::from_utf8(output.stderr).expect("text");
        assert_eq!(output.status.code(), Some(code), "pushpull {line}:\n{errors}");
        errors
    }

    /// Starts `pushpull` without waiting for its end.
    pub(crate) fn start(&self, line: &str) -> Child {
        self.command(line).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program starts")
    }

    /// Fails unless two result folders hold the same files with the same bytes, except for the manifest.
    pub(crate) fn assert_same(&self, one: &str, other: &str) {
        let names = |folder: &str| -> Vec<String> {
            let mut names: Vec<String> = fs::read_dir(self.path(folder))
                .expect("a result folder")
                .map(|entry| entry.expect("an entry").file_name().into_string().expect("a name"))
                .collect();
            names.sort();
            names
        };
        assert_eq!(names(one), names(other));
        for name in FILES {
            let bytes = |folder: &str| fs::read(self.path(folder).join(name)).ok();
            assert!(bytes(one) == bytes(other), "{one}/{name} and {other}/{name} differ");
        }
    }

    /// Copies a result folder.
    pub(crate) fn copy(&self, from: &str, to: &str) {
        let target = self.path(to);
        let _ = fs::remove_dir_all(&target);
        fs::create_dir_all(&target).expect("a folder");
        for entry in fs::read_dir(self.path(from)).expect("a result folder") {
            let entry = entry.expect("an entry");
            fs::copy(entry.path(), target.join(entry.file_name())).expect("a copy");
        }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// The cells of a CSV file, header first.
pub(crate) fn cells(path: &Path) -> Vec<Vec<String>> {
    let reader = csv::ReaderBuilder::new().has_headers(false).from_path(path).expect("a CSV file");
    reader.into_records().map(|record| record.expect("a line").iter().map(str::to_owned).collect()).collect()
}
