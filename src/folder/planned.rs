//! A plan file: a whole experiment in one JSON file, written by `pushpull plan` and accepted where an experiment file is.
//!
//! The file holds the resolved experiment and the text of its data files, so a machine without them can run a shard. It
//! names the build, because only shards of one build can be merged.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::bounded;
use super::error::Error;
use super::manifest::{WantedReplications, runs_digest};
use crate::file::DataFile;
use crate::plan::{Plan, PrecisionRound, Shard};

/// Maximum size of the file, bytes.
const BYTES_MAX: u64 = 64 << 20;

/// Ending of the file's name.
const ENDING: &str = "json";

/// The contents of the file.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Planned {
    /// Version of the program that wrote the file.
    pub version: String,
    /// Commit of that program.
    pub commit: String,
    /// Name of the experiment.
    pub name: String,
    /// Digest of the resolved experiment and its data files.
    pub digest: String,
    /// The digest without the number of replications.
    pub runs_digest: String,
    /// Number of points.
    pub points: usize,
    /// Strategies that are run.
    pub strategies: Vec<String>,
    /// Number of replications, or the wanted precision.
    pub replications: WantedReplications,
    /// Number of runs; none if the results decide.
    pub runs: Option<u64>,
    /// The round that is to be run; none: the whole experiment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub round: Option<PrecisionRound>,
    /// The resolved experiment.
    pub experiment: toml::Table,
    /// The data files of the experiment.
    pub data: Vec<DataFile>,
}

impl Planned {
    /// The plan file of a plan.
    #[must_use]
    pub fn of(plan: &Plan) -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            commit: env!("PUSHPULL_COMMIT").to_owned(),
            name: plan.name.clone(),
            digest: plan.digest.clone(),
            runs_digest: runs_digest(plan),
            points: plan.points.len(),
            strategies: plan.strategies.clone(),
            replications: WantedReplications::of(plan),
            runs: Shard::WHOLE.runs(plan),
            round: plan.round.clone(),
            experiment: plan.resolved.clone(),
            data: plan.data.clone(),
        }
    }

    /// Whether a file is a plan file, by the ending of its name.
    #[must_use]
    pub fn is_named(file: &Path) -> bool {
        file.extension().is_some_and(|extension| extension == ENDING)
    }

    /// Reads a plan file.
    ///
    /// # Errors
    /// If it cannot be read, or is no plan file.
    pub fn read(file: &Path) -> Result<Self, Error> {
        let text = bounded::text(file, BYTES_MAX)?;
        serde_json::from_str(&text).map_err(Error::at(file, "is no plan file, as pushpull plan writes it"))
    }

    /// What the file says of its experiment, and is not so: the first such field with its value, and the accepted one.
    #[must_use]
    pub fn differing(&self, plan: &Plan) -> Option<(&'static str, String, String)> {
        let own = Self::of(plan);
        field("digest", &self.digest, &own.digest)
            .or_else(|| field("runs_digest", &self.runs_digest, &own.runs_digest))
            .or_else(|| field("name", &self.name, &own.name))
            .or_else(|| field("points", &self.points, &own.points))
            .or_else(|| field("strategies", &self.strategies, &own.strategies))
            .or_else(|| field("replications", &self.replications, &own.replications))
            .or_else(|| field("runs", &self.runs, &own.runs))
    }

    /// The build that wrote the file, if it is not this one.
    #[must_use]
    pub fn other_build(&self) -> Option<String> {
        let same = self.version == env!("CARGO_PKG_VERSION") && self.commit == env!("PUSHPULL_COMMIT");
        (!same).then(|| format!("{} {}", self.version, self.commit))
    }
}

/// A field with its value and the accepted one, as JSON, if they differ.
fn field<T: Serialize>(name: &'static str, found: &T, accepted: &T) -> Option<(&'static str, String, String)> {
    let text = |value: &T| serde_json::to_string(value).expect("numbers and texts");
    let (found, accepted) = (text(found), text(accepted));
    (found != accepted).then_some((name, found, accepted))
}
