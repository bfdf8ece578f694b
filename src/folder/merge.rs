//! Merges the shards of one experiment: checks that the set is complete, and gives their runs in canonical order.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::error::Error;
use super::manifest::{MANIFEST, Manifest};
use super::store::{RUNS, SAMPLES};
use super::{Store, first_differing_line};
use crate::plan::{Group, Plan, Replications};
use crate::run::{Row, Stored};

/// A finished shard.
pub(crate) struct Part {
    /// Result folder of the shard.
    pub folder: PathBuf,
    /// Manifest of the shard.
    pub manifest: Manifest,
}

impl Part {
    /// Size of its runs, bytes; 0 if a file is not there.
    pub(crate) fn bytes(&self) -> u64 {
        let size = |name| std::fs::metadata(self.folder.join(name)).map_or(0, |file| file.len());
        size(RUNS) + size(SAMPLES)
    }
}

/// Why shards cannot be merged.
pub enum Unmergeable {
    /// Problems of the set, one line each.
    Refused(String),
    /// A file cannot be read.
    Failed(Error),
}

impl From<Error> for Unmergeable {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// The folders of shards that `folders` name: a folder that holds shards stands for them.
///
/// # Errors
/// If a folder cannot be read.
pub(crate) fn shard_folders(folders: &[PathBuf]) -> Result<Vec<PathBuf>, Error> {
    let mut all = Vec::new();
    for folder in folders {
        let inside = if folder.join(MANIFEST).exists() { Vec::new() } else { shards_in(folder)? };
        if inside.is_empty() {
            all.push(folder.clone());
        }
        all.extend(inside);
    }
    Ok(all)
}

/// The shards that a folder holds, by name.
///
/// # Errors
/// If the folder cannot be read.
pub(crate) fn shards_in(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let is_shard = |name: &str| numbers(&name.replacen("-of-", "/", 1)).is_some();
    let Ok(entries) = std::fs::read_dir(folder) else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.map_err(Error::at(folder, "cannot read"))?.path();
        if path.file_name().and_then(|name| name.to_str()).is_some_and(is_shard) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// Reads the manifests of shards.
///
/// # Errors
/// If the folders are not a complete set of finished shards of one experiment, made by this build.
pub(crate) fn read_parts(folders: &[PathBuf]) -> Result<Vec<Part>, Unmergeable> {
    let mut problems = Vec::new();
    let mut parts: BTreeMap<(u32, u32), Part> = BTreeMap::new();
    for folder in folders {
        let name = folder.display();
        let Some(manifest) = Manifest::read(folder)? else {
            problems.push(format!("{name}: is no result folder, it has no {MANIFEST}"));
            continue;
        };
        let Some(key) = manifest.shard.as_deref().and_then(numbers) else {
            problems.push(format!("{name}: is no shard; run with --shard I/N"));
            continue;
        };
        let (version, commit) = (env!("CARGO_PKG_VERSION"), env!("PUSHPULL_COMMIT"));
        if manifest.version != version || manifest.commit != commit {
            // The statistics would be computed by this build, and the manifest can name only one build.
            let theirs = format!("{} {}", manifest.version, manifest.commit);
            problems.push(format!("{name}: was made by version {}, this is {version} {commit}", theirs.trim_end()));
        } else if manifest.ended.is_none() {
            problems.push(format!("{name}: is not finished; run shard {}/{} again with --resume", key.1, key.0));
        } else if !manifest.failures.is_empty() {
            problems.push(format!("{name}: has runs that failed: {}", manifest.failures.len()));
        } else if manifest.differing > 0 {
            problems
                .push(format!("{name}: has runs that came out differently when made twice: {}", manifest.differing));
        }
        let part = Part { folder: folder.clone(), manifest };
        if let Some(other) = parts.values().next() {
            problems.extend(disagreement(other, &part));
        }
        match parts.get(&key) {
            Some(twin) => problems.extend(unlike(twin, &part)?),
            None => drop(parts.insert(key, part)),
        }
    }
    if problems.is_empty() {
        problems.extend(missing(&parts));
    }
    if problems.is_empty() { Ok(parts.into_values().collect()) } else { Err(Unmergeable::Refused(problems.join("\n"))) }
}

/// Maximum number of missing shards in a message.
const NAMED_MAX: usize = 5;

/// The missing shards; there may be billions.
fn missing(parts: &BTreeMap<(u32, u32), Part>) -> Option<String> {
    let &(count, _) = parts.keys().next()?;
    let missing = u64::from(count) - parts.len() as u64;
    let absent = (1..=count).filter(|&index| !parts.contains_key(&(count, index)));
    let names: Vec<String> = absent.take(NAMED_MAX).map(|index| format!("{index}/{count}")).collect();
    let more = missing - names.len() as u64;
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    (missing > 0).then(|| format!("shards are missing: {}{rest}", names.join(", ")))
}

/// `2/7` as (7, 2).
fn numbers(shard: &str) -> Option<(u32, u32)> {
    let (index, count) = shard.split_once('/')?;
    let (index, count): (u32, u32) = (index.parse().ok()?, count.parse().ok()?);
    (1..=count).contains(&index).then_some((count, index))
}

/// Why two shards belong to different experiments; none if they agree.
fn disagreement(one: &Part, other: &Part) -> Option<String> {
    let (a, b) = (&one.manifest, &other.manifest);
    let count = |manifest: &Manifest| manifest.shard.as_deref().and_then(numbers).map_or(0, |numbers| numbers.0);
    let what = if a.digest != b.digest {
        "another experiment, by its digest".to_owned()
    } else if count(a) != count(b) {
        format!("one of {} shards, not of {}", count(b), count(a))
    } else {
        return None;
    };
    Some(format!("{}: does not belong to {}: {what}", other.folder.display(), one.folder.display()))
}

/// How two folders of the same shard differ; none if they are the same.
fn unlike(one: &Part, other: &Part) -> Result<Option<String>, Error> {
    let (a, b) = (one.folder.display(), other.folder.display());
    Ok(first_differing_line(&one.folder.join("runs.csv"), &other.folder.join("runs.csv"))?
        .map(|difference| format!("{a} and {b} are the same shard, but differ: {difference}")))
}

/// The runs of all shards.
pub(crate) struct Stores<'a> {
    plan: &'a Plan,
    /// Each with the number of runs taken so far.
    stores: Vec<(&'a Part, Store<'a>, u64)>,
}

impl<'a> Stores<'a> {
    /// Opens the runs of all shards.
    ///
    /// # Errors
    /// If a file cannot be read.
    pub(crate) fn open(plan: &'a Plan, parts: &'a [Part]) -> Result<Self, Error> {
        let mut stores = Vec::new();
        for part in parts {
            let hole = || Error::new(&part.folder, "cannot merge", "it has no runs");
            stores.push((part, Store::open(plan, &part.folder)?.ok_or_else(hole)?, 0));
        }
        Ok(Self { plan, stores })
    }

    /// Passes the runs of each group, in canonical order, to `take`. Afterwards every run of every shard has been
    /// taken.
    ///
    /// # Errors
    /// If runs are missing, incomplete, or present twice.
    pub(crate) fn each(mut self, mut take: impl FnMut(Group, Stored) -> Result<(), Error>) -> Result<(), Unmergeable> {
        let strategies = self.plan.strategies.len();
        for group in (0..self.plan.points.len() * strategies).map(|index| Group::at(index, strategies)) {
            let mut all = Stored::default();
            for (part, store, taken) in &mut self.stores {
                let Stored { rows, pool } = store.take(group);
                if let Some(twice) = pool.replications().find(|run| all.pool.series.contains_key(run)) {
                    let why = format!("replication {twice} of point {} is in another shard, too", group.point);
                    return Err(Error::new(&part.folder, "cannot merge", why).into());
                }
                *taken += rows.len() as u64;
                all.rows.extend(rows);
                all.pool.merge(pool);
            }
            all.rows.sort_by_key(|row| row.replication);
            check_whole(self.plan, group, &all.rows)?;
            take(group, all)?;
        }
        for (part, _, taken) in &self.stores {
            if *taken != part.manifest.runs {
                let why = format!("it should have {} runs, and has {taken} that are whole", part.manifest.runs);
                return Err(Error::new(&part.folder, "cannot merge", why).into());
            }
        }
        Ok(())
    }
}

/// Refuses gaps: every replication from 0 on must be present once.
fn check_whole(plan: &Plan, group: Group, rows: &[Row]) -> Result<(), Unmergeable> {
    let expected = match plan.replications {
        Replications::Fixed(count) => count as usize,
        Replications::Precision { .. } => rows.len().max(1),
    };
    let whole = rows.len() == expected && (0..).zip(rows).all(|(replication, row)| row.replication == replication);
    if whole {
        return Ok(());
    }
    let strategy = &plan.strategies[group.strategy];
    Err(Unmergeable::Refused(format!("runs of point {}, strategy {strategy} are missing or there twice", group.point)))
}
