//! `pushpull merge`: joins the shards of one experiment into the folder that one machine would have written.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::args::MergeArgs;
use super::execute::{Done, Gathered};
use super::run::{caution, default_out, print};
use super::{Failure, Outcome, clock};
use crate::folder::manifest::{MANIFEST, Manifest};
use crate::folder::place::{self, Existing, Folder};
use crate::folder::{self, Results, Store};
use crate::plan::Group;
use crate::plan::{Plan, Replications};
use crate::run::{Row, Stored};

/// A finished shard.
struct Part {
    folder: PathBuf,
    manifest: Manifest,
}

/// Joins the folders that `args` name.
pub(super) fn main(args: &MergeArgs) -> Outcome {
    let parts = read_parts(&args.folders)?;
    let first = &parts[0].manifest;
    let plan = Plan::from_table(&first.experiment, &first.data)?;
    let out = args.out.clone().unwrap_or_else(|| default_out(&plan.name, None));
    let place = out.canonicalize().ok();
    if let Some(part) = parts.iter().find(|part| place.is_some() && part.folder.canonicalize().ok() == place) {
        let part = part.folder.display();
        return Err(Failure::Usage(format!("--out: {} is the shard {part}, accepted: another folder", out.display())));
    }
    // Everything is read before anything is written.
    Stores::open(&plan, &parts)?.each(|_, _| Ok(()))?;
    let existing = match place::manifest(&out)? {
        // A merge that was cut short: a job that is run again goes on without being told.
        Some(begun) if begun.ended.is_none() && is_merge(&begun) && begun.digest == plan.digest => Existing::Overwrite,
        _ if args.overwrite => Existing::Overwrite,
        Some(_) => {
            let why = "holds results already; --overwrite replaces them, --out DIR writes elsewhere";
            return Err(Failure::Usage(format!("{}: {why}", out.display())));
        }
        None => Existing::Refuse,
    };
    let folder = Folder::prepare(&out, &plan, None, existing)?;
    let done = merge(&plan, &parts, &folder)?;
    print(&done, false)?;
    caution(&done)?;
    done.verdict(&plan)
}

/// Whether the folder was begun by this command, so that it holds nothing that is not in the shards.
fn is_merge(begun: &Manifest) -> bool {
    begun.shard.is_none() && begun.command.get(1).is_some_and(|command| command == "merge")
}

/// Reads the manifests; refuses what is not a whole set of finished shards of one experiment.
fn read_parts(folders: &[PathBuf]) -> Result<Vec<Part>, Failure> {
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
            // The statistics would be this build's, and the manifest could name only one.
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
    if problems.is_empty() { Ok(parts.into_values().collect()) } else { Err(Failure::Failed(problems.join("\n"))) }
}

/// Missing shards that are named.
const NAMED_MAX: usize = 5;

/// Which shards are missing; there may be billions.
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

/// Why two shards are not of one experiment.
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

/// Why two folders of the same shard are not the same.
fn unlike(one: &Part, other: &Part) -> Result<Option<String>, folder::Error> {
    let (a, b) = (one.folder.display(), other.folder.display());
    Ok(folder::first_differing_line(&one.folder.join("runs.csv"), &other.folder.join("runs.csv"))?
        .map(|difference| format!("{a} and {b} are the same shard, but differ: {difference}")))
}

/// The shards' runs, side by side.
struct Stores<'a> {
    plan: &'a Plan,
    /// With the number of runs that have been taken from each.
    stores: Vec<(&'a Part, Store<'a>, u64)>,
}

impl<'a> Stores<'a> {
    fn open(plan: &'a Plan, parts: &'a [Part]) -> Result<Self, Failure> {
        let mut stores = Vec::new();
        for part in parts {
            let hole = || folder::Error::new(&part.folder, "cannot merge", "it has no runs");
            stores.push((part, Store::open(plan, &part.folder)?.ok_or_else(hole)?, 0));
        }
        Ok(Self { plan, stores })
    }

    /// Gives the runs of each group, in canonical order, to `take`; then every run of every shard has been taken.
    fn each(mut self, mut take: impl FnMut(Group, Stored) -> Result<(), Failure>) -> Outcome {
        let strategies = self.plan.strategies.len();
        for group in (0..self.plan.points.len() * strategies).map(|index| Group::at(index, strategies)) {
            let mut all = Stored::default();
            for (part, store, taken) in &mut self.stores {
                let Stored { rows, pool } = store.take(group);
                if let Some(twice) = pool.replications().find(|run| all.pool.series.contains_key(run)) {
                    let why = format!("replication {twice} of point {} is in another shard, too", group.point);
                    return Err(folder::Error::new(&part.folder, "cannot merge", why).into());
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
                return Err(folder::Error::new(&part.folder, "cannot merge", why).into());
            }
        }
        Ok(())
    }
}

fn merge<'a>(plan: &'a Plan, parts: &[Part], folder: &Folder) -> Result<Done<'a>, Failure> {
    let jobs = parts.iter().map(|part| part.manifest.jobs).max().unwrap_or(1);
    let mut manifest = Manifest::begin(plan, None, jobs, std::env::args().collect(), clock::now());
    manifest.write(folder.path())?;
    let mut gathered = Gathered::new(plan);
    let mut results = Results::open(plan, folder.path(), None, Some(&mut gathered))?;
    Stores::open(plan, parts)?.each(|group, Stored { rows, pool }| {
        manifest.runs += rows.len() as u64;
        manifest.events += rows.iter().map(|row| row.events).sum::<u64>();
        results.rows(&rows, &pool)?;
        Ok(results.group(group, rows, pool)?)
    })?;
    let mut paths = results.finish()?;
    manifest.double_checked = parts.iter().map(|part| part.manifest.double_checked).sum();
    manifest.imprecise = std::mem::take(&mut gathered.imprecise);
    manifest.ended = Some(clock::now());
    manifest.write(folder.path())?;
    paths.push(folder.path().join(MANIFEST));
    Ok(Done::merged(manifest, gathered, paths))
}

/// Refuses holes: every replication from 0 on must be there, once.
fn check_whole(plan: &Plan, group: Group, rows: &[Row]) -> Result<(), Failure> {
    let expected = match plan.replications {
        Replications::Fixed(count) => count as usize,
        Replications::Precision { .. } => rows.len().max(1),
    };
    let whole = rows.len() == expected && (0..).zip(rows).all(|(replication, row)| row.replication == replication);
    if whole {
        return Ok(());
    }
    let strategy = &plan.strategies[group.strategy];
    Err(Failure::Failed(format!("runs of point {}, strategy {strategy} are missing or there twice", group.point)))
}
