//! Arguments of the commands that answer a question: `solve`, `select`, `map` and `sensitivity`.

use std::path::PathBuf;

use clap::Args;

use super::MakingArgs;

/// What the commands that answer a question have in common.
#[derive(Args, Debug)]
pub struct QuestionArgs {
    /// Set a key of the file to a TOML value (text needs no quotes): --set bus.delay=20ms
    #[arg(long, value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    /// Seed of every random stream
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// The result folder [default: results/NAME.COMMAND]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// The most runs
    #[arg(long, value_name = "RUNS", default_value_t = 20_000)]
    pub budget: u64,
    /// Refused, with the reason.
    #[arg(long, value_name = "I/N", hide = true)]
    pub shard: Option<String>,
    /// How runs are made and reported.
    #[command(flatten)]
    pub making: MakingArgs,
}

/// Arguments of `pushpull solve`.
#[derive(Args, Debug)]
#[command(group = clap::ArgGroup::new("question").required(true).args(["strategy", "better"]))]
pub struct SolveArgs {
    /// The experiment file (TOML), with one point beside the range
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The key and its range: api.workers=1..16, or by equal factors bus.loss=1e-5..0.1log
    #[arg(value_name = "KEY=FROM..TO")]
    pub range: String,
    /// The strategy that is to keep a limit
    #[arg(long, value_name = "NAME")]
    pub strategy: Option<String>,
    /// The most that the measure may be: 0.001, 0.1%, 500ms
    #[arg(long, value_name = "X", requires = "strategy", conflicts_with_all = ["at_least", "better"])]
    pub at_most: Option<String>,
    /// The least that the measure may be
    #[arg(long, value_name = "X", requires = "strategy", conflicts_with = "better")]
    pub at_least: Option<String>,
    /// The strategy whose measure is to be lower
    #[arg(long, value_name = "NAME", requires = "than")]
    pub better: Option<String>,
    /// The strategy that it is compared with
    #[arg(long, value_name = "NAME", requires = "better")]
    pub than: Option<String>,
    /// The measure
    #[arg(long, value_name = "NAME", default_value = "stall_rate")]
    pub measure: String,
    /// Wanted half-width of the answer: relative if the range is log, else a share of the range [default: 0.1, else 0.05]
    #[arg(long, value_name = "P", allow_negative_numbers = true)]
    pub precision: Option<f64>,
    /// Level of every confidence interval [default: that of the file]
    #[arg(long, value_name = "P", value_parser = confidence)]
    pub confidence: Option<f64>,
    /// Where there are several crossings, look for this one, from 1
    #[arg(long, value_name = "N")]
    pub crossing: Option<u16>,
    /// What such commands have in common.
    #[command(flatten)]
    pub question: QuestionArgs,
}

/// Arguments of `pushpull select`.
#[derive(Args, Debug)]
#[expect(clippy::doc_markdown, reason = "it is also what --help says")]
pub struct SelectArgs {
    /// The experiment file (TOML); candidates are its strategies at all points of its sweep and tune blocks, so every swept
    /// key counts as a choice: --set fixes a key that nobody chooses
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The measure whose lowest value is looked for
    #[arg(long, value_name = "MEASURE", default_value = "stall_rate")]
    pub best: String,
    /// A further measure that is to be low: what no other candidate beats in both is the Pareto front (may be repeated)
    #[arg(long, value_name = "MEASURE")]
    pub and: Vec<String>,
    /// A limit beside the goals of the file: 'create_time_p99_s < 500ms', 'connected > 100' (may be repeated)
    #[arg(long, value_name = "MEASURE<LIMIT")]
    pub subject_to: Vec<String>,
    /// The difference that does not matter: 0.01%, 5ms; with --and one for each measure [default: 0]
    #[arg(long, value_name = "D")]
    pub within: Vec<String>,
    /// The probability that the best candidate is kept
    #[arg(long, value_name = "P", default_value_t = 0.99)]
    pub confidence: f64,
    /// Compare only this strategy (may be repeated)
    #[arg(long, value_name = "NAME")]
    pub strategy: Vec<String>,
    /// What such commands have in common.
    #[command(flatten)]
    pub question: QuestionArgs,
}

/// Arguments of `pushpull map`.
#[derive(Args, Debug)]
pub struct MapArgs {
    /// The experiment file (TOML), with one point beside the ranges
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The key of the horizontal axis and its range, as of solve: path.loss=1e-4..0.1log
    #[arg(value_name = "X=FROM..TO")]
    pub across: String,
    /// That of the vertical axis
    #[arg(value_name = "Y=FROM..TO")]
    pub up: String,
    /// Compare only this strategy (may be repeated)
    #[arg(long, value_name = "NAME")]
    pub strategy: Vec<String>,
    /// Of one strategy: where is the measure at most this? 0.001, 0.1%, 500ms
    #[arg(long, value_name = "LIMIT")]
    pub at_most: Option<String>,
    /// The measure
    #[arg(long, value_name = "NAME", default_value = "stall_rate")]
    pub measure: String,
    /// Of two strategies, or of one and a limit: values of Y at which the line is searched [default: 9]
    #[arg(long, value_name = "N")]
    pub rows: Option<u16>,
    /// Of more strategies: how often cells with different corners are halved [default: 3]
    #[arg(long, value_name = "N")]
    pub depth: Option<u32>,
    /// Wanted half-width of the line, as --rows: relative if the range of X is log, else a share of it [default: 0.1, else 0.05]
    #[arg(long, value_name = "P", allow_negative_numbers = true)]
    pub precision: Option<f64>,
    /// Level of every confidence interval [default: that of the file]
    #[arg(long, value_name = "P", value_parser = confidence)]
    pub confidence: Option<f64>,
    /// What such commands have in common.
    #[command(flatten)]
    pub question: QuestionArgs,
}

/// Arguments of `pushpull sensitivity`.
#[derive(Args, Debug)]
pub struct SensitivityArgs {
    /// The experiment file (TOML), with one point and a section for uncertain keys
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The measure
    #[arg(long, value_name = "NAME", default_value = "stall_rate")]
    pub measure: String,
    /// The strategy with which the others are compared [default: the baseline]
    #[arg(long, value_name = "NAME")]
    pub against: Option<String>,
    /// Run only this strategy (may be repeated)
    #[arg(long, value_name = "NAME")]
    pub strategy: Vec<String>,
    /// Only the ends of each range, all else as in the file
    #[arg(long, conflicts_with_all = ["screen", "indices", "rows", "precision"])]
    pub tornado: bool,
    /// Also which keys move the measure over all ranges, and total indices (the default)
    #[arg(long, conflicts_with = "indices")]
    pub screen: bool,
    /// Also first-order indices
    #[arg(long)]
    pub indices: bool,
    /// Rows in each of 8 blocks, a power of two [default: 8, with --indices 32]
    #[arg(long, value_name = "N")]
    pub rows: Option<u32>,
    /// Double the rows until the half-width of each total index is at most this
    #[arg(long, value_name = "P", allow_negative_numbers = true)]
    pub precision: Option<f64>,
    /// Level of every confidence interval [default: that of the file]
    #[arg(long, value_name = "P", value_parser = confidence)]
    pub confidence: Option<f64>,
    /// What such commands have in common.
    #[command(flatten)]
    pub question: QuestionArgs,
}

/// A level of confidence, as the key of the file accepts it.
fn confidence(text: &str) -> Result<f64, String> {
    let level = text.parse().ok().filter(|level| *level > 0.0 && *level < 1.0);
    level.ok_or_else(|| "accepted: above 0 and below 1".to_owned())
}
