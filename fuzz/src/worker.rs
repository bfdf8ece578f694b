//! The loop of one target: inputs are mutated, run, and judged.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::coverage::Coverage;
use crate::random::Random;
use crate::target::Target;
use crate::{allocator, files, root, watch};

/// Maximum length of an input, bytes.
const INPUT_MAX: usize = 1 << 20;

/// Maximum number of inputs kept for further mutation, and of their bytes in all.
const CORPUS_MAX: usize = 4_000;
const CORPUS_BYTES_MAX: usize = 256 << 20;

/// Maximum number of saved inputs per kind of failure.
const SAVED_MAX: u32 = 2;

/// Message and place of the last panic.
static PANIC: Mutex<String> = Mutex::new(String::new());

/// When a target stops.
#[derive(Clone, Copy)]
pub(crate) enum Limit {
    Seconds(u64),
    Executions(u64),
}

/// The task of a target.
pub(crate) struct Work {
    pub(crate) limit: Limit,
    pub(crate) seed: u64,
    /// Keep inputs with new coverage for the next session, under `grown/`.
    pub(crate) keep: bool,
}

/// File to which the present input is written before it is run.
pub(crate) fn current(target: &str) -> PathBuf {
    root().join("target").join("under-way").join(target)
}

/// Saves an input that failed; returns the path.
pub(crate) fn save(target: &str, input: &[u8]) -> PathBuf {
    let folder = root().join("failed").join(target);
    let path = folder.join(&blake3::hash(input).to_hex()[..16]);
    std::fs::create_dir_all(&folder).expect("the folder of failures can be made");
    std::fs::write(&path, input).expect("an input can be saved");
    path
}

/// Runs one saved input.
pub(crate) fn replay(target: &'static Target, path: &Path) -> ExitCode {
    let input = std::fs::read(path).expect("a saved input can be read");
    let mut judge = Judge::new(target);
    match judge.run(&input) {
        Ok(()) => ExitCode::SUCCESS,
        Err(panic) => {
            eprintln!("{}: {panic}", target.name);
            ExitCode::FAILURE
        }
    }
}

/// Runs a target until its limit.
pub(crate) fn run(target: &'static Target, work: &Work) -> ExitCode {
    let grown = root().join("grown").join(target.name);
    let mut corpus = (target.seeds)();
    for folder in [root().join("failed").join(target.name), grown.clone()] {
        corpus.extend(files(&folder).iter().filter_map(|path| std::fs::read(path).ok()));
    }
    assert!(!corpus.is_empty(), "{}: there are no seeds; run.sh makes them", target.name);
    let mut held: usize = corpus.iter().map(Vec::len).sum();
    let mut random = Random::new(work.seed);
    let mut judge = Judge::new(target);
    let mut failures: BTreeMap<String, u32> = BTreeMap::new();
    let seeds = corpus.len();
    let start = Instant::now();
    loop {
        let done = match work.limit {
            Limit::Seconds(seconds) => start.elapsed() >= Duration::from_secs(seconds),
            Limit::Executions(executions) => judge.executions >= executions,
        };
        if done {
            break;
        }
        // First every unchanged seed; then mutated inputs, with a preference for those added last.
        let number = usize::try_from(judge.executions).unwrap_or(usize::MAX);
        let mut input = match corpus.get(number).filter(|_| number < seeds) {
            Some(seed) => seed.clone(),
            None => {
                // A third each: seeds, which are accepted; inputs added last; any input.
                let added = corpus.len() - seeds;
                let index = match random.below(3) {
                    0 => random.below(seeds),
                    1 if added > 0 => corpus.len() - 1 - random.below(added.min(64)),
                    _ => random.below(corpus.len()),
                };
                let other = random.below(corpus.len());
                (target.mutate)(&mut random, &corpus[index], &corpus[other])
            }
        };
        input.truncate(INPUT_MAX);
        match judge.run(&input) {
            Ok(()) => {
                if judge.new && corpus.len() < CORPUS_MAX && held + input.len() < CORPUS_BYTES_MAX {
                    held += input.len();
                    if work.keep {
                        std::fs::create_dir_all(&grown).expect("the folder of grown inputs can be made");
                        let name = &blake3::hash(&input).to_hex()[..16];
                        std::fs::write(grown.join(name), &input).expect("an input can be kept");
                    }
                    corpus.push(input);
                }
            }
            Err(panic) => {
                let count = failures.entry(panic.clone()).or_default();
                *count += 1;
                if *count <= SAVED_MAX {
                    eprintln!("{}: {panic}: {}", target.name, save(target.name, &input).display());
                }
            }
        }
    }
    println!(
        "{:<10} seed {}: {} executions, {} accepted, {} panics; edges passed {} of {}, inputs kept {}; longest {:.2} s, most memory {} MiB, {:.0} s",
        target.name,
        work.seed,
        judge.executions,
        judge.accepted,
        failures.values().sum::<u32>(),
        judge.coverage.passed(),
        judge.coverage.edges(),
        corpus.len() - seeds,
        judge.longest.as_secs_f64(),
        judge.most >> 20,
        start.elapsed().as_secs_f64(),
    );
    for (panic, count) in &failures {
        println!("  {count} × {panic}");
    }
    if failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Runs inputs of a target and reports the results.
struct Judge {
    target: &'static Target,
    coverage: Coverage,
    under_way: File,
    folder: PathBuf,
    executions: u64,
    accepted: u64,
    longest: Duration,
    most: usize,
    /// Whether the last input has new coverage.
    new: bool,
}

impl Judge {
    fn new(target: &'static Target) -> Self {
        std::panic::set_hook(Box::new(|info| {
            *PANIC.lock().expect("nobody panics while holding it") = info.to_string();
        }));
        let path = current(target.name);
        std::fs::create_dir_all(path.parent().expect("it is in a folder")).expect("the folder can be made");
        let under_way = File::create(&path).expect("the input under way can be written");
        let memory = Path::new("/dev/shm");
        let beside = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
        let folder = beside.join(format!("pushpull-fuzz-{}-{}", target.name, std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder for files can be made");
        watch::start(target.name);
        allocator::tested();
        let (longest, coverage) = (Duration::ZERO, Coverage::new());
        Self { target, coverage, under_way, folder, executions: 0, accepted: 0, longest, most: 0, new: false }
    }

    /// Runs an input. The error is the message and the place of a panic.
    fn run(&mut self, input: &[u8]) -> Result<(), String> {
        self.executions += 1;
        self.write(input);
        allocator::begin();
        watch::begin(self.executions);
        self.coverage.begin();
        let start = Instant::now();
        let outcome = catch_unwind(AssertUnwindSafe(|| (self.target.run)(&self.folder, input)));
        self.longest = self.longest.max(start.elapsed());
        self.new = self.coverage.end();
        watch::end();
        self.most = self.most.max(allocator::peak());
        match outcome {
            Ok(accepted) => {
                self.accepted += u64::from(accepted);
                Ok(())
            }
            Err(_) => {
                let panic = PANIC.lock().expect("nobody panics while holding it").clone();
                if self.target.expects.is_some_and(|expected| panic.contains(expected)) {
                    self.accepted += 1;
                    return Ok(());
                }
                Err(short(&panic))
            }
        }
    }

    fn write(&mut self, input: &[u8]) {
        let file = &mut self.under_way;
        let written = file
            .seek(SeekFrom::Start(0))
            .and_then(|_| file.write_all(input))
            .and_then(|()| file.set_len(input.len() as u64));
        written.expect("the input under way can be written");
    }
}

impl Drop for Judge {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// The first two lines of a message, without parts that differ from input to input.
fn short(panic: &str) -> String {
    let mut lines = panic.lines();
    let place = lines.next().unwrap_or_default().trim_start_matches(|c: char| c != ' ').trim().to_owned();
    let message: String = lines.next().unwrap_or_default().chars().filter(|c| !c.is_ascii_digit()).take(120).collect();
    format!("{place} {message}")
}
