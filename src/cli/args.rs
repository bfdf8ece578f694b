//! The arguments of every command.

pub mod question;

use std::path::PathBuf;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Parser, Subcommand, ValueEnum, value_parser};
use clap_complete::Shell;

use question::{MapArgs, SelectArgs, SensitivityArgs, SolveArgs};

pub use super::progress::ProgressName;
use crate::figure::{KINDS, MEASURE};
use crate::folder::place::Existing;
use crate::plan::Overrides;

#[expect(clippy::doc_markdown, reason = "it is also what --help says")]
/// Simulates how configs reach WireGuard gateways: pushed ahead over a lossy bus, or pulled on handshake.
#[derive(Parser, Debug)]
#[command(
    name = "pushpull",
    version = concat!(env!("CARGO_PKG_VERSION"), " ", env!("PUSHPULL_COMMIT")),
    after_help = "Exit code: 0 done, 1 a run, an output or a check failed, 2 wrong usage or experiment file, \
                  3 goals not met (--check-goal), \
                  75 the machine failed or a signal came: another attempt may succeed."
)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Run every point, strategy and replication, write the results, print the comparison
    Run(RunArgs),
    /// Find the value of a key at which a strategy ceases to keep a limit, or to be better than another
    #[command(visible_alias = "break-even")]
    Solve(SolveArgs),
    /// Find the best strategies, and the best values of their keys among those of the tune blocks
    Select(SelectArgs),
    /// Find where over two keys which strategy is the best
    Map(MapArgs),
    /// Say which uncertain keys the measure and the choice of a strategy hang on
    Sensitivity(SensitivityArgs),
    /// Compare two result folders: which points, strategies and measures differ, and by how much
    Diff(DiffArgs),
    /// Draw the figures of a result folder
    Plot(PlotArgs),
    /// Write the report of a result folder: one HTML page that opens offline
    Report(ReportArgs),
    /// Write one HTML page that holds the experiment and the simulator, with sliders; it opens offline
    Explore(ExploreArgs),
    /// Say how far the shards of a result folder are
    Status(StatusArgs),
    /// Join the shards of one experiment
    Merge(MergeArgs),
    /// Run a result folder's manifest again and compare every byte
    Reproduce(ReproduceArgs),
    /// Replay one run and show what happened to one peer
    Trace(TraceArgs),
    /// Run the model in corners where the answer is known in closed form, and compare
    Verify(VerifyArgs),
    /// Read and validate an experiment; print its points, its runs, and every default in effect
    Check(CheckArgs),
    /// Print an experiment with all that it needs as one JSON file, which stands for the experiment file on any machine
    Plan(PlanArgs),
    /// Write a commented experiment file to start from
    Init(InitArgs),
    /// Say what a key of an experiment file means, accepts and does; without a key: all of them
    Explain(ExplainArgs),
    /// Print the JSON schema of experiment files, for an editor
    Schema,
    /// Print a completion script for a shell
    Completions(CompletionsArgs),
    /// Print the manual pages
    Man,
}

/// An experiment file, and what the command line changes in it.
#[derive(Args, Debug)]
pub struct ExperimentArgs {
    /// The experiment file (TOML), or a plan file (JSON)
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Set a key of the file to a TOML value (text needs no quotes): --set bus.delay=20ms
    #[arg(long, value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    /// Sweep a key: 0,0.01,0.02 or 0..0.1:11 (evenly, both ends) or 1e-4..1e-1:7log (by equal factors)
    #[arg(long, value_name = "KEY=VALUES")]
    pub vary: Vec<String>,
    /// Run only this strategy (may be repeated)
    #[arg(long, value_name = "NAME")]
    pub strategy: Vec<String>,
    /// Independent repetitions of each point and strategy
    #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(1..))]
    pub replications: Option<u32>,
    /// Seed of every random stream
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Estimate stalls too rare to be seen, as a table `rare` of the file does
    #[arg(long)]
    pub rare: bool,
}

impl ExperimentArgs {
    /// What the command line changes in the file.
    #[must_use]
    pub fn overrides(&self) -> Overrides {
        Overrides {
            set: self.set.clone(),
            vary: self.vary.clone(),
            strategies: self.strategy.clone(),
            seed: self.seed,
            replications: self.replications,
            rare: self.rare,
        }
    }
}

/// Arguments of `pushpull check`.
#[derive(Args, Debug)]
pub struct CheckArgs {
    /// The experiment.
    #[command(flatten)]
    pub experiment: ExperimentArgs,
    /// Make pilot runs and say whether the warm-up is long enough
    #[arg(long)]
    pub warmup: bool,
}

/// Arguments of `pushpull plan`.
#[derive(Args, Debug)]
pub struct PlanArgs {
    /// The experiment.
    #[command(flatten)]
    pub experiment: ExperimentArgs,
    /// Print the next round of a wanted precision, after the rounds whose shards are in this folder (round-1, round-2, …)
    ///
    /// A round has the replications that are wanted next, and can be run with --shard alone. It has no runs when every point
    /// and strategy is precise enough or at its cap.
    #[arg(long, value_name = "DIR")]
    pub after: Option<PathBuf>,
}

/// Arguments of `pushpull explain`.
#[derive(Args, Debug)]
pub struct ExplainArgs {
    /// The key, by its path or the end of it: bus.loss, timeout, push
    #[arg(value_name = "KEY")]
    pub key: Option<String>,
    /// How it is written
    #[arg(long, value_enum, default_value = "text", conflicts_with = "key")]
    pub format: ExplainFormat,
}

/// How explanations are written.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub enum ExplainFormat {
    /// For a terminal
    Text,
    /// As docs/keys.md
    Markdown,
}

/// How runs are made and reported.
#[derive(Args, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own on the command line")]
pub struct MakingArgs {
    /// Threads [default: all cores]
    #[arg(long, value_name = "N", value_parser = value_parser!(u16).range(1..))]
    pub jobs: Option<u16>,
    /// Run what is missing in an existing result folder
    #[arg(long, conflicts_with = "overwrite")]
    pub resume: bool,
    /// Replace an existing result folder
    #[arg(long)]
    pub overwrite: bool,
    /// How progress is shown on stderr
    #[arg(long, value_enum, value_name = "HOW", default_value = "auto")]
    pub progress: ProgressName,
    /// No progress and no warnings on stderr
    #[arg(long)]
    pub quiet: bool,
    /// Print the result as JSON
    #[arg(long)]
    pub json: bool,
}

impl MakingArgs {
    /// What becomes of a result folder that is there.
    #[must_use]
    pub(crate) const fn existing(&self) -> Existing {
        match (self.overwrite, self.resume) {
            (true, _) => Existing::Overwrite,
            (false, true) => Existing::Resume,
            (false, false) => Existing::Refuse,
        }
    }
}

/// Arguments of `pushpull run`.
#[derive(Args, Debug)]
#[command(mut_arg("jobs", |jobs| jobs.help("Threads [default: all cores; with --on, 1 for each shard]")))]
#[expect(clippy::doc_markdown, reason = "it is also what --help says")]
pub struct RunArgs {
    /// The experiment.
    #[command(flatten)]
    pub experiment: ExperimentArgs,
    /// The result folder [default: results/NAME]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Run only this part of the experiment, from 1/N to N/N, or auto: from a job array's environment
    ///
    /// auto reads SLURM_ARRAY_TASK_ID, JOB_COMPLETION_INDEX, AWS_BATCH_JOB_ARRAY_INDEX, HQ_TASK_ID or PBS_ARRAY_INDEX.
    /// Slurm and AWS Batch also say how many tasks there are; elsewhere PUSHPULL_SHARDS does, and PUSHPULL_SHARD_FIRST
    /// the first index, if it is not 0.
    #[arg(long, value_name = "I/N")]
    pub shard: Option<String>,
    /// Where the runs are made.
    #[command(flatten)]
    pub cluster: ClusterArgs,
    /// Exit 3 unless at every point some strategy is shown to meet all goals of the file
    #[arg(long, conflicts_with = "shard")]
    pub check_goal: bool,
    /// Stop at the first run that fails
    #[arg(long)]
    pub fail_fast: bool,
    /// Do not rerun a sample at the end to see that fingerprints agree; a shard leaves that to merge
    #[arg(long)]
    pub no_double_check: bool,
    /// How runs are made and reported.
    #[command(flatten)]
    pub making: MakingArgs,
}

/// The engine that makes the runs in place of this process.
#[derive(Args, Debug)]
#[expect(clippy::doc_markdown, reason = "it is also what --help says")]
pub struct ClusterArgs {
    /// Run on a cluster: dask:ADDRESS, dask:local, slurm or kubernetes
    ///
    /// dask:ADDRESS, such as dask:tcp://host:8786, uses the workers of a scheduler, dask:local those of this machine; both
    /// need the Python package. slurm and kubernetes write the jobs into DIR.shards.
    #[arg(long, value_name = "ENGINE", conflicts_with_all = ["shard", "check_goal", "fail_fast", "json"])]
    pub on: Option<String>,
    /// Number of shards [default: 32; with dask, 8 for each thread of the workers]
    #[arg(long, value_name = "N", requires = "on", value_parser = value_parser!(u32).range(1..))]
    pub shards: Option<u32>,
    /// Where the workers of dask leave shards, such as s3://BUCKET/FOLDER [default: sent to this machine]
    #[arg(long, value_name = "URL", requires = "on", value_parser = NonEmptyStringValueParser::new())]
    pub store: Option<String>,
    /// Send the jobs of slurm to the queue
    #[arg(long, requires = "on")]
    pub submit: bool,
    /// The image of kubernetes [default: pushpull:VERSION]
    #[arg(long, value_name = "NAME", requires = "on", value_parser = NonEmptyStringValueParser::new())]
    pub image: Option<String>,
    /// End as at a signal when stdin ends: when the program that has its other end is gone
    #[arg(long, hide = true)]
    pub end_with_stdin: bool,
}

/// Arguments of `pushpull plot`.
#[derive(Args, Debug)]
pub struct PlotArgs {
    /// The result folder
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
    /// Which figures.
    #[arg(long, value_name = "NAME", help = figure_help())]
    pub figure: Vec<String>,
    /// The measure of the figures that show any one
    #[arg(long, value_name = "NAME", default_value = MEASURE)]
    pub measure: String,
    /// The point, from 0, of the figures that show one [default: that of the conclusion]
    #[arg(long, value_name = "N")]
    pub point: Option<usize>,
    /// How it is written (may be repeated) [default: both]
    #[arg(long, value_enum)]
    pub format: Vec<Format>,
    /// The ground that is drawn on
    #[arg(long, value_enum, default_value = "light")]
    pub theme: ThemeName,
    /// Where the figures are written [default: DIR/figures]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// What the names of the files begin with
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    pub prefix: String,
}

fn figure_help() -> String {
    let names = KINDS.map(|kind| kind.name).join(", ");
    format!("Draw this figure (may be repeated): {names} [default: all that the folder has numbers for]")
}

/// How a figure is written.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub enum Format {
    /// Lines and words, for pages
    Svg,
    /// Pixels, 2560 × 1440, for slides
    Png,
}

/// The ground that a figure is drawn on.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub enum ThemeName {
    /// Dark on light
    Light,
    /// Light on dark
    Dark,
}

/// Arguments of `pushpull report`.
#[derive(Args, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "flags of a command line")]
pub struct ReportArgs {
    /// The result folder
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
    /// The file to write, - for stdout [default: report.html, or page.html, in the result folder]
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Also write explorer.html beside it, the page of pushpull explore for this experiment, and link to it
    #[arg(long)]
    pub explore: bool,
    /// The most events of one run in that page; a run of a million takes about half a second
    #[arg(long, value_name = "EVENTS", default_value_t = BUDGET, value_parser = value_parser!(u64).range(1..=BUDGET_MAX), requires = "explore")]
    pub budget: u64,
    /// Write one page only: question, conclusion, one figure, main risk, how to reproduce
    #[arg(long)]
    pub page: bool,
    /// Print the conclusion alone, and write nothing
    #[arg(long, conflicts_with_all = ["page", "out", "explore"])]
    pub conclusion: bool,
    /// Exit 3 unless at every point some strategy is shown to meet all goals of the file
    #[arg(long)]
    pub check_goal: bool,
}

/// Events of a run that a page of the explorer makes, by default.
const BUDGET: u64 = 5_000_000;

/// The most that a page can count, as its script has no greater whole numbers.
const BUDGET_MAX: u64 = (1 << 53) - 1;

/// Arguments of `pushpull explore`.
#[derive(Args, Debug)]
pub struct ExploreArgs {
    /// The experiment. What the command line sets is part of the page.
    #[command(flatten)]
    pub experiment: ExperimentArgs,
    /// The file to write, - for stdout [default: NAME.html]
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// The most events of one run in the page; a run of a million takes about half a second
    #[arg(long, value_name = "EVENTS", default_value_t = BUDGET, value_parser = value_parser!(u64).range(1..=BUDGET_MAX))]
    pub budget: u64,
}

/// How a trace is written.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub enum TraceFormat {
    /// A sequence diagram
    Text,
    /// One JSON object a line: all facts of the run, or those about the chosen peers
    Json,
    /// A file for Perfetto and for Chrome's tracing page: the whole run, with the chosen peers' own tracks
    Perfetto,
}

/// Arguments of `pushpull trace`.
#[derive(Args, Debug)]
pub struct TraceArgs {
    /// The experiment; a result folder stands for its manifest.
    #[command(flatten)]
    pub experiment: ExperimentArgs,
    /// The point, from 0
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub point: usize,
    /// The replication, from 0
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub replication: u32,
    /// The story of this peer
    #[arg(long, value_name = "N", group = "whose")]
    pub peer: Option<u32>,
    /// The stories of the N longest handshake waits
    #[arg(long, value_name = "N", group = "whose")]
    pub worst: Option<usize>,
    /// The story of the first stalled attempt of each cause: the default
    #[arg(long, group = "whose")]
    pub stalled: bool,
    /// The same peer's story under the other strategies, too
    #[arg(long)]
    pub compare: bool,
    /// Print the first N events of the run, for debugging
    #[arg(long, value_name = "N", conflicts_with_all = ["whose", "compare", "format"])]
    pub events: Option<u64>,
    /// How it is written
    #[arg(long, value_enum, default_value = "text")]
    pub format: TraceFormat,
}

/// Arguments of `pushpull reproduce`.
#[derive(Args, Debug)]
pub struct ReproduceArgs {
    /// The result folder
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
    /// Rerun only this share of the runs and compare fingerprints: 1%
    #[arg(long, value_name = "SHARE")]
    pub sample: Option<String>,
    /// Threads [default: all cores]
    #[arg(long, value_name = "N", value_parser = value_parser!(u16).range(1..))]
    pub jobs: Option<u16>,
    /// No progress on stderr
    #[arg(long)]
    pub quiet: bool,
}

/// Arguments of `pushpull merge`.
#[derive(Args, Debug)]
pub struct MergeArgs {
    /// The folders of all shards of one experiment, or a folder that holds them
    #[arg(value_name = "DIR", required = true)]
    pub folders: Vec<PathBuf>,
    /// The folder of the whole [default: results/NAME]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Replace an existing result folder
    #[arg(long)]
    pub overwrite: bool,
    /// Do not rerun a sample of the runs to see that fingerprints agree
    #[arg(long)]
    pub no_double_check: bool,
    /// Threads of the sample [default: all cores]
    #[arg(long, value_name = "N", value_parser = value_parser!(u16).range(1..))]
    pub jobs: Option<u16>,
}

/// Arguments of `pushpull status`.
#[derive(Args, Debug)]
pub struct StatusArgs {
    /// The result folder that run --on makes
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
    /// Print it as JSON
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `pushpull diff`.
#[derive(Args, Debug)]
pub struct DiffArgs {
    /// A result folder
    #[arg(value_name = "A")]
    pub before: PathBuf,
    /// The one to compare it with
    #[arg(value_name = "B")]
    pub after: PathBuf,
    /// Print the verdict and what differs as JSON
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `pushpull verify`.
#[derive(Args, Debug)]
pub struct VerifyArgs {
    /// Run only this case (may be repeated)
    #[arg(long, value_name = "NAME")]
    pub case: Vec<String>,
    /// Seed of every case
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = value_parser!(u64).range(..=i64::MAX as u64))]
    pub seed: u64,
    /// Threads [default: all cores]
    #[arg(long, value_name = "N", value_parser = value_parser!(u16).range(1..))]
    pub jobs: Option<u16>,
    /// Print the experiment of a case instead of running it
    #[arg(long, value_name = "NAME", conflicts_with_all = ["case", "json"])]
    pub experiment: Option<String>,
    /// No progress on stderr
    #[arg(long)]
    pub quiet: bool,
    /// Print the table as JSON
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `pushpull init`.
#[derive(Args, Debug)]
pub struct InitArgs {
    /// The file to write, - for stdout
    #[arg(value_name = "FILE", default_value = "experiment.toml")]
    pub file: PathBuf,
    /// Print a section for uncertain keys of an existing experiment file instead: each assumed key with a range
    #[arg(long)]
    pub uncertain: bool,
    /// With --uncertain: only keys that this strategy may read (may be repeated)
    #[arg(long, value_name = "NAME", requires = "uncertain")]
    pub strategy: Vec<String>,
}

/// Arguments of `pushpull completions`.
#[derive(Args, Debug)]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_enum, value_name = "SHELL")]
    pub shell: Shell,
}
