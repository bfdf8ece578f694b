//! `manifest.json`: the origin of a result folder. The only file with a wall-clock time.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::error::Error;
use super::{aside, bounded};
use crate::file::{DataFile, Problem};
use crate::plan::{Plan, Replications};
use crate::run::RunFailure;

/// Name of the file in a result folder.
pub const MANIFEST: &str = "manifest.json";

mod rules;

/// Maximum size of the file, bytes.
const BYTES_MAX: u64 = 64 << 20;

/// The contents of the file.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of the program.
    pub version: String,
    /// Commit of the build, as Git describes it; `-dirty` or `unknown` are followed by a hash of the sources.
    pub commit: String,
    /// Compiler of the build.
    pub compiler: String,
    /// Platform of the build.
    pub platform: String,
    /// Command line.
    pub command: Vec<String>,
    /// Runs at once.
    pub jobs: usize,
    /// Start, UTC.
    pub started: String,
    /// End, UTC; none while runs are missing.
    pub ended: Option<String>,
    /// Seed.
    pub seed: u64,
    /// Digest of the resolved experiment and its data files.
    pub digest: String,
    /// The digest without the number of replications: folders with the same value hold the same runs, more or fewer.
    pub runs_digest: String,
    /// The share of the runs in this folder, `2/7`; none: all.
    pub shard: Option<String>,
    /// Runs in the folder.
    pub runs: u64,
    /// Events in these runs.
    pub events: u64,
    /// Runs that failed.
    pub failures: Vec<FailedRun>,
    /// Number of runs that were repeated at the end to compare their fingerprints.
    pub double_checked: u64,
    /// Number of these runs that differed. If it is not 0, no result in the folder is reliable.
    #[serde(default)]
    pub differing: u64,
    /// Points and strategies that reached the cap on replications before the wanted precision.
    pub imprecise: Vec<Imprecise>,
    /// What a reader should know before believing the results: keys without effect, and what the results show.
    #[serde(default)]
    pub warnings: Vec<String>,
    /// Number of replications, or the wanted precision.
    pub replications: WantedReplications,
    /// The resolved experiment.
    pub experiment: toml::Table,
    /// The data files of the experiment.
    pub data: Vec<DataFile>,
}

/// The share of the runs that a manifest names: `2/7`, or `2/7 of round 3`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Share {
    /// The round; 0: there are no rounds.
    pub round: u32,
    /// Number of shards.
    pub count: u32,
    /// The shard, from 1.
    pub index: u32,
}

impl Share {
    /// The share that a text names; none if it names none.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse::<u32>().ok())?;
        let (shard, round) = match text.split_once(" of round ") {
            Some((shard, round)) => (shard, number(round).filter(|round| *round > 0)?),
            None => (text, 0),
        };
        let (index, count) = shard.split_once('/')?;
        let (index, count) = (number(index)?, number(count)?);
        (1..=count).contains(&index).then_some(Self { round, count, index })
    }
}

/// A run that failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedRun {
    /// The point.
    pub point: usize,
    /// The strategy's name.
    pub strategy: String,
    /// The replication.
    pub replication: u32,
    /// Message of the failure.
    pub message: String,
}

impl FailedRun {
    /// The form in the manifest.
    #[must_use]
    pub fn new(plan: &Plan, failure: &RunFailure) -> Self {
        Self {
            point: failure.group.point,
            strategy: plan.strategies[failure.group.strategy].clone(),
            replication: failure.replication,
            message: failure.message.clone(),
        }
    }
}

/// A point and strategy whose wanted precision was not reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Imprecise {
    /// The point.
    pub point: usize,
    /// The strategy's name.
    pub strategy: String,
    /// Number of replications made.
    pub replications: usize,
}

/// The wanted number of replications.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum WantedReplications {
    /// This many.
    Fixed(u32),
    /// As many as the precision needs.
    Precision {
        /// The measure.
        measure: String,
        /// Half-width over the absolute mean.
        #[serde(skip_serializing_if = "Option::is_none")]
        relative: Option<f64>,
        /// Half-width.
        #[serde(skip_serializing_if = "Option::is_none")]
        absolute: Option<f64>,
        /// The cap.
        at_most: u32,
    },
}

impl WantedReplications {
    /// The replications of `plan`.
    #[must_use]
    pub fn of(plan: &Plan) -> Self {
        use crate::plan::WantedPrecision;
        match &plan.replications {
            Replications::Fixed(count) => Self::Fixed(*count),
            Replications::Precision { measure, target, at_most } => {
                let (relative, absolute) = match *target {
                    WantedPrecision::Relative(share) => (Some(share), None),
                    WantedPrecision::Absolute(width) => (None, Some(width)),
                };
                Self::Precision { measure: measure.clone(), relative, absolute, at_most: *at_most }
            }
        }
    }

    /// Whether `later` includes every run of `self`, for all possible results.
    #[must_use]
    pub fn is_within(&self, later: &Self) -> bool {
        match (self, later) {
            (Self::Fixed(few), Self::Fixed(many)) => few <= many,
            (Self::Precision { at_most, .. }, Self::Fixed(many)) => at_most <= many,
            (Self::Fixed(_), Self::Precision { .. }) => false,
            (
                Self::Precision { measure, relative, absolute, at_most },
                Self::Precision { measure: m, relative: r, absolute: a, at_most: most },
            ) => {
                let stricter = |mine: &Option<f64>, theirs: &Option<f64>| match (mine, theirs) {
                    (None, None) => true,
                    (Some(mine), Some(theirs)) => theirs <= mine,
                    _ => false,
                };
                measure == m && stricter(relative, r) && stricter(absolute, a) && at_most <= most
            }
        }
    }
}

impl std::fmt::Display for WantedReplications {
    /// `20 replications`, `a precision of …`
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Fixed(1) => write!(f, "1 replication"),
            Self::Fixed(count) => write!(f, "{count} replications"),
            Self::Precision { measure, relative, absolute, at_most } => {
                write!(f, "{measure} to ")?;
                match (relative, absolute) {
                    (Some(share), _) => write!(f, "{share} of its mean")?,
                    (None, width) => write!(f, "{}", width.unwrap_or_default())?,
                }
                write!(f, " with at most {at_most} replications")
            }
        }
    }
}

impl Manifest {
    /// The manifest of an experiment at its start.
    #[must_use]
    pub fn begin(plan: &Plan, shard: Option<String>, jobs: usize, command: Vec<String>, started: String) -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            commit: env!("PUSHPULL_COMMIT").to_owned(),
            compiler: env!("PUSHPULL_COMPILER").to_owned(),
            platform: env!("PUSHPULL_PLATFORM").to_owned(),
            command,
            jobs,
            started,
            ended: None,
            seed: plan.seed,
            digest: plan.digest.clone(),
            runs_digest: runs_digest(plan),
            shard,
            runs: 0,
            events: 0,
            failures: Vec::new(),
            double_checked: 0,
            differing: 0,
            imprecise: Vec::new(),
            warnings: plan.warnings.iter().map(Problem::without_place).collect(),
            replications: WantedReplications::of(plan),
            experiment: plan.resolved.clone(),
            data: plan.data.clone(),
        }
    }

    /// Reads the manifest in `folder`; none if there is none.
    ///
    /// # Errors
    /// If it cannot be read, is not a manifest, or violates the rules: all violations at once.
    pub fn read(folder: &Path) -> Result<Option<Self>, Error> {
        let path = folder.join(MANIFEST);
        if !path.exists() {
            return Ok(None);
        }
        if Self::is_of_question(folder) {
            let drawn = answer_figures(folder);
            let figures = if drawn.is_empty() { String::new() } else { format!(", drawn in {drawn}") };
            let cause = format!("it is of an answer{figures}; accepted: the results of pushpull run");
            return Err(Error::new(&path, "cannot read", cause));
        }
        let text = bounded::text(&path, BYTES_MAX)?;
        let manifest: Self = serde_json::from_str(&text).map_err(Error::at(&path, "is no manifest of this program"))?;
        let problems = manifest.problems();
        if problems.is_empty() {
            Ok(Some(manifest))
        } else {
            Err(Error::new(&path, "cannot read", problems.join("; ")))
        }
    }

    /// Whether the manifest in `folder` is that of a question (`pushpull solve`, `sensitivity`), and not of an experiment.
    #[must_use]
    pub fn is_of_question(folder: &Path) -> bool {
        #[derive(Deserialize)]
        struct QuestionManifest {
            #[serde(rename = "question")]
            _question: serde::de::IgnoredAny,
        }
        let text = bounded::text(&folder.join(MANIFEST), BYTES_MAX);
        text.is_ok_and(|text| serde_json::from_str::<QuestionManifest>(&text).is_ok())
    }

    /// Writes it into `folder`.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn write(&self, folder: &Path) -> Result<(), Error> {
        aside::write_json(&folder.join(MANIFEST), self)
    }
}

/// The digest of an experiment without its number of replications.
#[must_use]
pub fn runs_digest(plan: &Plan) -> String {
    let mut table = plan.resolved.clone();
    table.remove("replications");
    table.remove("precision");
    let mut text = toml::to_string(&table).expect("a resolved experiment is TOML");
    for file in &plan.data {
        text.push_str(&file.digest);
    }
    blake3::hash(text.as_bytes()).to_hex().to_string()
}

/// The figures of an answer that are in its folder, by name.
fn answer_figures(folder: &Path) -> String {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.retain(|name| Path::new(name).extension().is_some_and(|extension| extension == "svg"));
    names.sort();
    names.join(" and ")
}
