//! Merges the shards of one experiment: checks that the set is complete, and gives their runs in canonical order.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::error::Error;
use super::manifest::{MANIFEST, Manifest, Share};
use super::store::{RUNS, SAMPLES};
use super::{Store, first_differing_line};
use crate::plan::{Group, Plan, PrecisionRound, Replications};
use crate::run::{Estimator, Row, Stored, first_stage, next_stage};

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

/// The folders of shards that `folders` name: a folder that holds shards, or rounds of shards, stands for them.
///
/// # Errors
/// If a folder cannot be read.
pub(crate) fn shard_folders(folders: &[PathBuf]) -> Result<Vec<PathBuf>, Error> {
    let mut all = Vec::new();
    for folder in folders {
        let mut inside = Vec::new();
        if !folder.join(MANIFEST).exists() {
            inside.extend(shards_in(folder)?);
            for round in rounds_in(folder) {
                inside.extend(shards_in(&round)?);
            }
        }
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
    let is_shard = |name: &str| Share::parse(&name.replacen("-of-", "/", 1)).is_some_and(|share| share.round == 0);
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

/// The rounds that a folder holds, from the first on: `round-1`, `round-2` and so on.
pub(crate) fn rounds_in(folder: &Path) -> Vec<PathBuf> {
    (1..=u32::MAX).map(|number| folder.join(format!("round-{number}"))).take_while(|round| round.is_dir()).collect()
}

/// Reads the manifests of shards.
///
/// # Errors
/// If the folders are not a complete set of finished shards of one experiment, made by this build.
pub(crate) fn read_parts(folders: &[PathBuf]) -> Result<Vec<Part>, Unmergeable> {
    let mut problems = Vec::new();
    let mut parts: BTreeMap<Share, Part> = BTreeMap::new();
    for folder in folders {
        let name = folder.display();
        let Some(manifest) = Manifest::read(folder)? else {
            let looked = if folder.is_dir() { ", and holds no shards, folders such as 1-of-8" } else { "" };
            problems.push(format!("{name}: is no result folder, it has no {MANIFEST}{looked}"));
            continue;
        };
        let Some(key) = manifest.shard.as_deref().and_then(Share::parse) else {
            problems.push(format!("{name}: is no shard; run with --shard I/N"));
            continue;
        };
        let (version, commit) = (env!("CARGO_PKG_VERSION"), env!("PUSHPULL_COMMIT"));
        if manifest.version != version || manifest.commit != commit {
            // The statistics would be computed by this build, and the manifest can name only one build.
            let theirs = format!("{} {}", manifest.version, manifest.commit);
            problems.push(format!("{name}: was made by version {}, this is {version} {commit}", theirs.trim_end()));
        } else if manifest.ended.is_none() {
            problems
                .push(format!("{name}: is not finished; run shard {}/{} again with --resume", key.index, key.count));
        } else if !manifest.failures.is_empty() {
            problems.push(format!("{name}: has runs that failed: {}", manifest.failures.len()));
        } else if manifest.differing > 0 {
            problems
                .push(format!("{name}: has runs that came out differently when made twice: {}", manifest.differing));
        }
        let part = Part { folder: folder.clone(), manifest };
        let alike = parts.iter().find(|(share, _)| share.round == key.round).or_else(|| parts.iter().next());
        problems.extend(alike.and_then(|(share, other)| disagreement((*share, other), (key, &part))));
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

/// The missing shards, and rounds before the last; there may be billions.
fn missing(parts: &BTreeMap<Share, Part>) -> Option<String> {
    let (first, last) = (parts.keys().next()?.round.min(1), parts.keys().next_back()?.round);
    for round in first..=last {
        let of_round = || parts.keys().filter(move |share| share.round == round);
        let named = if round > 0 { format!("shards of round {round}") } else { "shards".to_owned() };
        let Some(&Share { count, .. }) = of_round().next() else { return Some(format!("{named} are missing")) };
        let missing = u64::from(count) - of_round().count() as u64;
        let absent = (1..=count).filter(|&index| !parts.contains_key(&Share { round, count, index }));
        let names: Vec<String> = absent.take(NAMED_MAX).map(|index| format!("{index}/{count}")).collect();
        let more = missing - names.len() as u64;
        let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
        if missing > 0 {
            return Some(format!("{named} are missing: {}{rest}", names.join(", ")));
        }
    }
    None
}

/// Why two shards belong to different experiments; none if they agree.
fn disagreement((mine, one): (Share, &Part), (theirs, other): (Share, &Part)) -> Option<String> {
    let what = if one.manifest.digest != other.manifest.digest {
        "another experiment, by its digest".to_owned()
    } else if (mine.round == 0) != (theirs.round == 0) {
        "only one of them is of a round".to_owned()
    } else if mine.round == theirs.round && mine.count != theirs.count {
        format!("one of {} shards, not of {}", theirs.count, mine.count)
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
    pub(crate) fn each(
        mut self,
        rounds: WantedRounds,
        mut take: impl FnMut(Group, Stored) -> Result<(), Error>,
    ) -> Result<(), Unmergeable> {
        let mut estimator = Estimator::new(self.plan.confidence);
        let strategies = self.plan.strategies.len();
        let mut gap = None;
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
            // The other runs are read all the same: they show which shard is damaged.
            if gap.is_some() {
                continue;
            }
            match check_whole(self.plan, group, &all.rows, rounds, &mut estimator) {
                Ok(()) => take(group, all)?,
                Err(why) => gap = Some(why),
            }
        }
        for (part, _, taken) in &self.stores {
            if *taken != part.manifest.runs {
                let why = format!("it should have {} runs, and has {taken} that are whole", part.manifest.runs);
                return Err(Error::new(&part.folder, "cannot merge", why).into());
            }
        }
        gap.map_or(Ok(()), Err)
    }
}

/// Which rounds of a wanted precision must be there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum WantedRounds {
    /// All: every group is precise enough or at its cap.
    All,
    /// The first ones.
    First,
}

/// Refuses gaps: every replication from 0 on must be present once.
fn check_whole(
    plan: &Plan,
    group: Group,
    rows: &[Row],
    rounds: WantedRounds,
    estimator: &mut Estimator,
) -> Result<(), Unmergeable> {
    let expected = match plan.replications {
        Replications::Fixed(count) => count as usize,
        Replications::Precision { .. } => rows.len().max(1),
    };
    let named = || format!("runs of point {}, strategy {}", group.point, plan.strategies[group.strategy]);
    let whole = rows.len() == expected && (0..).zip(rows).all(|(replication, row)| row.replication == replication);
    if !whole {
        return Err(Unmergeable::Refused(format!("{} are missing or there twice", named())));
    }
    if rounds == WantedRounds::All && following(plan, estimator, rows).is_some() {
        return Err(Unmergeable::Refused(format!("{} are missing: another round follows", named())));
    }
    Ok(())
}

/// The stage that follows these rows of a group; none if there is none.
fn following(plan: &Plan, estimator: &mut Estimator, rows: &[Row]) -> Option<u32> {
    next_stage(
        &plan.replications,
        estimator,
        rows,
        u32::try_from(rows.len()).expect("replications are counted in 32 bits"),
    )
}

/// The round that follows those whose shards are `parts`; the first one if there are none. A round without groups: every
/// group is precise enough or at its cap.
///
/// # Errors
/// If the parts are no rounds of this plan, or cannot be read.
pub(crate) fn next_round(plan: &Plan, parts: &[Part]) -> Result<PrecisionRound, Unmergeable> {
    let share = |part: &Part| part.manifest.shard.as_deref().and_then(Share::parse).map_or(0, |share| share.round);
    let number = parts.iter().map(share).max().unwrap_or(0) + 1;
    let mut round = PrecisionRound { number, from: 0, to: 0, groups: Vec::new() };
    if parts.is_empty() {
        round.to = first_stage(&plan.replications).unwrap_or(0);
        round.groups = (0..plan.groups()).collect();
        return Ok(round);
    }
    let mut estimator = Estimator::new(plan.confidence);
    Stores::open(plan, parts)?.each(WantedRounds::First, |group, Stored { rows, .. }| {
        if let Some(stage) = following(plan, &mut estimator, &rows) {
            (round.from, round.to) = (u32::try_from(rows.len()).expect("as above"), stage);
            round.groups.push(group.index(plan.strategies.len()));
        }
        Ok(())
    })?;
    Ok(round)
}
