//! The folder of an experiment that is run on a cluster, beside its result folder: `DIR.shards`.
//!
//! It holds the plan file, the shards (`2-of-7`), and what an engine writes for itself.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::error::Error;
use super::manifest::{MANIFEST, Manifest};
use super::merge::{rounds_in, shards_in};
use super::planned::Planned;
use super::store::RUNS;
use super::{aside, bounded, place};

/// Name of the plan file.
pub(crate) const PLAN: &str = "plan.json";

/// Name of the file that has the number of shards.
pub(crate) const COUNT: &str = "count";

/// Name of the file that has the numbers of the jobs that were sent.
pub(crate) const JOBS: &str = "jobs";

/// Name of the job array of Slurm. Once it is written, it may be in the queue.
const ARRAY: &str = "array.sh";

/// Ending of the name of the mark of a shard whose task ended for good without it.
const FAILED: &str = "failed";

/// Ending of the name of the folder of shards.
const ENDING: &str = ".shards";

/// The folder of shards of a result folder; a folder with a plan is one itself.
#[must_use]
pub(crate) fn beside(out: &Path) -> PathBuf {
    if out.join(PLAN).is_file() {
        return out.to_owned();
    }
    let mut name = out.file_name().unwrap_or_default().to_owned();
    name.push(ENDING);
    out.with_file_name(name)
}

/// The result folder of a folder of shards; none if the name of the folder does not name one.
#[must_use]
pub(crate) fn merged_of(folder: &Path) -> Option<PathBuf> {
    let name = folder.file_name()?.to_str()?.strip_suffix(ENDING)?;
    Some(folder.with_file_name(name))
}

/// Writes the plan, and the number of shards if it is known. Shards of the same plan and number stay.
///
/// # Errors
/// If another command makes its shards, if it has shards, or an array that may be in the queue, of another plan or number
/// and they shall not be removed, or if a file cannot be written.
pub(crate) fn prepare(folder: &Path, planned: &Planned, count: Option<u32>, overwrite: bool) -> Result<(), Error> {
    fs::create_dir_all(folder).map_err(Error::at(folder, "cannot make"))?;
    // Another command may be making these shards.
    let _lock = place::lock(folder)?;
    let mut found = shards_in(folder)?;
    found.extend(rounds_in(folder));
    let same_plan = folder.join(PLAN).is_file() && Planned::read(&folder.join(PLAN))?.digest == planned.digest;
    let same_count = count.is_none() || self::count(folder)? == count;
    let of_others = !same_plan || !same_count;
    let array = folder.join(ARRAY);
    if of_others && (!found.is_empty() || array.is_file()) {
        if !overwrite {
            let what = if same_plan { "number" } else { "experiment" };
            let whose = if found.is_empty() { "a job array for shards" } else { "shards" };
            let cause =
                format!("it has {whose} of another {what}; --overwrite removes them, --out DIR writes elsewhere");
            return Err(Error::new(folder, "cannot use it", cause));
        }
        for shard in found {
            fs::remove_dir_all(&shard).map_err(Error::at(&shard, "cannot remove"))?;
        }
        // What a failed attempt, or another engine, has left.
        for file in failed_in(folder)?.into_iter().chain([array]).filter(|file| file.exists()) {
            fs::remove_file(&file).map_err(Error::at(&file, "cannot remove"))?;
        }
    }
    let text = serde_json::to_vec_pretty(planned).map_err(Error::at(folder, "cannot write the plan"))?;
    aside::write(&folder.join(PLAN), &text)?;
    match count {
        Some(count) => aside::write(&folder.join(COUNT), format!("{count}\n").as_bytes()),
        None => Ok(()),
    }
}

/// The number of shards; none before it is known.
///
/// # Errors
/// If the file is there and has no number.
pub(crate) fn count(folder: &Path) -> Result<Option<u32>, Error> {
    let path = folder.join(COUNT);
    if !path.exists() {
        return Ok(None);
    }
    let text = bounded::text(&path, 100)?;
    text.trim().parse().map(Some).map_err(|_| Error::new(&path, "cannot read", "accepted: a whole number"))
}

/// The marks of failed shards, `2-of-7.failed`: an engine puts them where a task ended for good without its shard.
fn failed_in(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(Error::at(folder, "cannot read"))? {
        let path = entry.map_err(Error::at(folder, "cannot read"))?.path();
        if path.extension().is_some_and(|ending| ending == FAILED) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// How far the shards are.
#[derive(Serialize, PartialEq, Eq, Debug, Default)]
pub(crate) struct ShardsStanding {
    /// Number of shards; none before it is known.
    pub shards: Option<u32>,
    /// Finished shards.
    pub finished: u32,
    /// Begun shards.
    pub begun: u32,
    /// Shards whose last attempt failed, and is not made again by itself.
    pub failed: usize,
    /// Runs in all; none if the results decide.
    pub runs_total: Option<u64>,
    /// Runs of finished and begun shards.
    pub runs: u64,
    /// Runs that failed.
    pub failures: usize,
}

/// How far the shards of a folder are.
///
/// # Errors
/// If a file cannot be read.
pub(crate) fn standing(folder: &Path) -> Result<ShardsStanding, Error> {
    let planned = Planned::read(&folder.join(PLAN))?;
    let mut standing = ShardsStanding { shards: count(folder)?, runs_total: planned.runs, ..ShardsStanding::default() };
    let mut marks = failed_in(folder)?;
    let mut found = shards_in(folder)?;
    let rounds = rounds_in(folder);
    if !rounds.is_empty() {
        standing.shards = Some(0);
    }
    for round in rounds {
        standing.shards = standing.shards.zip(count(&round)?).map(|(all, more)| all + more);
        found.extend(shards_in(&round)?);
        marks.extend(failed_in(&round)?);
    }
    for shard in found {
        // A shard that is not there yet, or is being put in its place.
        if !shard.join(MANIFEST).exists() {
            continue;
        }
        let Some(manifest) = Manifest::read(&shard)? else { continue };
        standing.failures += manifest.failures.len();
        let mark = marks.iter().position(|mark| *mark == shard.with_extension(FAILED));
        let is_whole = manifest.ended.is_some() && manifest.failures.is_empty();
        // A shard that was made by hand since then has a mark of the past.
        if let Some(past) = mark.filter(|_| is_whole) {
            marks.remove(past);
        }
        match (mark, manifest.ended.is_some()) {
            (Some(_), _) if !is_whole => {}
            (_, true) => standing.finished += 1,
            (_, false) => standing.begun += 1,
        }
        if manifest.ended.is_some() {
            standing.runs += manifest.runs;
        } else {
            // The manifest has their number at the end only.
            let rows = fs::read(shard.join(RUNS)).unwrap_or_default();
            standing.runs += rows.split(|byte| *byte == b'\n').skip(1).filter(|line| !line.is_empty()).count() as u64;
        }
    }
    standing.failed = marks.len();
    Ok(standing)
}
