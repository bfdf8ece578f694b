//! `pushpull merge`: joins the shards of one experiment into the folder that one machine would have written.

use std::sync::atomic::AtomicBool;

use super::args::MergeArgs;
use super::execute::{Done, Gathered};
use super::run::{caution, cores, default_out, print};
use super::{Failure, Outcome, clock, machine};
use crate::folder::manifest::Manifest;
use crate::folder::merge::{Part, Stores, Unmergeable, WantedRounds, read_parts, shard_folders};
use crate::folder::place::{self, Existing, ResultFolder};
use crate::folder::{self, Results};
use crate::plan::{Group, Plan};
use crate::run::{DoubleCheck, Stored, differing, simulate};

impl From<Unmergeable> for Failure {
    fn from(unmergeable: Unmergeable) -> Self {
        match unmergeable {
            Unmergeable::Refused(why) => Self::Failed(why),
            Unmergeable::Failed(error) => error.into(),
        }
    }
}

/// The most runs of a sample, evenly spread, so that a merge of many machines does not take long.
const CHECKED_MAX: usize = 1_000;

/// Shards of at most this many bytes in all are kept in memory, where they take a few times as much.
const HELD_MAX: u64 = 64 << 20;

/// Joins the folders that `args` name.
pub(super) fn main(args: &MergeArgs) -> Outcome {
    let parts = read_parts(&shard_folders(&args.folders)?)?;
    let first = &parts[0].manifest;
    let plan = Plan::from_table(&first.experiment, &first.data)?;
    let out = args.out.clone().unwrap_or_else(|| default_out(&plan.name, None));
    let place = out.canonicalize().ok();
    if let Some(part) = parts.iter().find(|part| place.is_some() && part.folder.canonicalize().ok() == place) {
        let part = part.folder.display();
        return Err(Failure::Usage(format!("--out: {} is the shard {part}, accepted: another folder", out.display())));
    }
    // Everything is read before anything is written. Shards that fit into memory are read once.
    let fits = parts.iter().map(Part::bytes).sum::<u64>() <= HELD_MAX;
    let mut held = Vec::new();
    Stores::open(&plan, &parts)?.each(WantedRounds::All, |group, stored| {
        held.extend(fits.then_some((group, stored)));
        Ok(())
    })?;
    let existing = match place::manifest(&out)? {
        // A merge was cut short: a job that runs again resumes without a flag.
        Some(begun) if begun.ended.is_none() && is_merge(&begun) && begun.digest == plan.digest => Existing::Overwrite,
        _ if args.overwrite => Existing::Overwrite,
        Some(_) => {
            let why = "holds results already; --overwrite replaces them, --out DIR writes elsewhere";
            return Err(Failure::Usage(format!("{}: {why}", out.display())));
        }
        None => Existing::Refuse,
    };
    let folder = ResultFolder::prepare(&out, &plan, None, existing)?;
    let jobs = machine::affordable(&plan, args.jobs.map_or_else(cores, usize::from))?;
    let runs = if fits { ReadRuns::Held(held) } else { ReadRuns::Again(&parts) };
    let done = merge(&plan, &parts, runs, &folder, (!args.no_double_check).then_some(jobs))?;
    print(&done, false)?;
    caution(&done)?;
    done.verdict(&plan)
}

/// Whether this command began the folder, so that the shards hold all its contents.
pub(super) fn is_merge(begun: &Manifest) -> bool {
    begun.shard.is_none() && begun.command.get(1).is_some_and(|command| command == "merge")
}

/// The runs of all shards, which have been read once.
enum ReadRuns<'a> {
    Held(Vec<(Group, Stored)>),
    Again(&'a [Part]),
}

impl ReadRuns<'_> {
    /// Passes the runs of each group, in canonical order, to `take`.
    fn each(self, plan: &Plan, mut take: impl FnMut(Group, Stored) -> Result<(), folder::Error>) -> Outcome {
        match self {
            Self::Held(held) => Ok(held.into_iter().try_for_each(|(group, stored)| take(group, stored))?),
            Self::Again(parts) => Ok(Stores::open(plan, parts)?.each(WantedRounds::All, take)?),
        }
    }
}

/// `check`: threads of the sample that is made again; none for no sample.
fn merge<'a>(
    plan: &'a Plan,
    parts: &[Part],
    runs: ReadRuns<'_>,
    folder: &ResultFolder,
    check: Option<usize>,
) -> Result<Done<'a>, Failure> {
    let jobs = parts.iter().map(|part| part.manifest.jobs).max().unwrap_or(1);
    let mut manifest = Manifest::begin(plan, None, jobs, std::env::args().collect(), clock::now());
    manifest.write(folder.path())?;
    let mut gathered = Gathered::new(plan);
    let mut results = Results::open(plan, folder.path(), None, Some(&mut gathered))?;
    let mut double_check = DoubleCheck::default();
    runs.each(plan, |group, Stored { rows, pool }| {
        manifest.runs += rows.len() as u64;
        manifest.events += rows.iter().map(|row| row.events).sum::<u64>();
        for row in &rows {
            double_check.see(row, plan.strategies.len());
        }
        results.rows(&rows, &pool)?;
        results.group(group, rows, pool)
    })?;
    let paths = results.finish()?;
    let mut found = Vec::new();
    if let Some(jobs) = check {
        let picked = double_check.picked();
        let every = picked.len().div_ceil(CHECKED_MAX).max(1);
        let rows: Vec<_> = picked.into_iter().step_by(every).collect();
        let scenario = |group: Group| plan.scenario(group.point, group.strategy);
        found = differing(&rows, plan.seed, jobs, &scenario, &simulate, &AtomicBool::new(false));
        (manifest.double_checked, manifest.differing) = (rows.len() as u64, found.len() as u64);
    }
    for warning in parts.iter().flat_map(|part| &part.manifest.warnings) {
        if !manifest.warnings.contains(warning) {
            manifest.warnings.push(warning.clone());
        }
    }
    let mut done = gathered.end(manifest, folder.path(), paths, found)?;
    // None of them was printed here before.
    done.warnings.clone_from(&done.manifest.warnings);
    Ok(done)
}
