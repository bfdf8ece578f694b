//! `pushpull run --on ENGINE`: an experiment on many machines. The program starts Dask itself. For Slurm and
//! Kubernetes it writes the jobs.
//!
//! Every engine works on `DIR.shards`, which holds the plan file and the shards, and ends with a merge into `DIR`.

mod dask;
mod kubernetes;
mod slurm;

use std::fs;
use std::path::{Path, PathBuf};

use super::args::{ClusterArgs, MakingArgs, ProgressName, RunArgs};
use super::merge::is_merge;
use super::run::{conclude, default_out};
use super::{Failure, Outcome, screen};
use crate::folder::manifest::runs_digest;
use crate::folder::place::{self, Existing};
use crate::folder::planned::Planned;
use crate::folder::reader::Reader;
use crate::folder::shards;
use crate::plan::{Plan, Shard};
use crate::run::first_stage;

/// Number of shards of Slurm and Kubernetes, unless the experiment has fewer runs.
const SHARDS: u32 = 32;

/// An experiment that is prepared for an engine.
struct Prepared<'a> {
    cluster: &'a ClusterArgs,
    passed: PassedFlags,
    plan: &'a Plan,
    /// The result folder, absolute.
    out: PathBuf,
    /// Its folder of shards, absolute.
    folder: PathBuf,
    /// Number of shards; with Dask none if its workers decide.
    count: Option<u32>,
}

/// The flags that the jobs get beside the plan.
struct PassedFlags {
    jobs: Option<u16>,
    overwrite: bool,
    no_double_check: bool,
    /// How progress is shown on stderr, where an engine shows stderr.
    progress: ProgressName,
}

impl PassedFlags {
    /// Lists all fields, so that the compiler asks for each new flag of `run` whether the jobs get it.
    fn of(args: &RunArgs) -> Self {
        let RunArgs {
            // The plan has it.
            experiment: _,
            // `main` and `count` heed them.
            out: _,
            cluster: _,
            // They are refused beside `--on`.
            shard: _,
            check_goal: _,
            fail_fast: _,
            no_double_check,
            making,
        } = args;
        // `main` heeds `resume`; `json` is refused beside `--on`.
        let MakingArgs { jobs, resume: _, overwrite, progress, quiet, json: _ } = making;
        Self {
            jobs: *jobs,
            overwrite: *overwrite,
            no_double_check: *no_double_check,
            progress: if *quiet { ProgressName::None } else { *progress },
        }
    }
}

/// Prepares the shards of `plan`, and starts them if the engine can.
pub(super) fn main(args: &RunArgs, engine: &str, plan: &Plan) -> Outcome {
    let accepted = "accepted: dask:tcp://HOST:PORT, dask:local, slurm, kubernetes";
    let dask = engine.strip_prefix("dask:").filter(|address| is_address(address));
    if dask.is_none() && !["slurm", "kubernetes"].contains(&engine) {
        return Err(Failure::Usage(format!("--on {engine}: {accepted}")));
    }
    let own = [
        ("--store", args.cluster.store.is_some(), dask.is_some(), "dask:ADDRESS"),
        ("--submit", args.cluster.submit, engine == "slurm", "slurm"),
        ("--image", args.cluster.image.is_some(), engine == "kubernetes", "kubernetes"),
    ];
    for (option, given, goes, only) in own {
        if given && !goes {
            return Err(Failure::Usage(format!("{option}: does not go with --on {engine}, accepted: --on {only}")));
        }
    }
    let out = args.out.clone().unwrap_or_else(|| default_out(&plan.name, None));
    let out = std::path::absolute(&out).map_err(|error| Failure::world(out.display(), error))?;
    match place::manifest(&out)? {
        Some(there) if args.making.resume && there.ended.is_some() && there.digest == plan.digest => {
            return conclude(&out, &Reader::open(&out)?, &mut screen::stdout());
        }
        // A merge that was cut short is made again.
        Some(there) if is_merge(&there) && there.ended.is_none() && there.digest == plan.digest => {}
        Some(there) if !args.making.overwrite => {
            let why = match &there {
                _ if !args.making.resume => "holds results already",
                // Only the number of replications differs.
                there if there.runs_digest == runs_digest(plan) => {
                    "holds another number of replications; --resume adds them without --on, on this machine"
                }
                _ => "holds results of another experiment",
            };
            let choices = "--overwrite replaces them, --out DIR writes elsewhere";
            return Err(Failure::Usage(format!("{}: {why}; {choices}", out.display())));
        }
        Some(_) | None => {}
    }
    // Otherwise the merge would refuse it after all runs.
    place::look(&out, plan, None, Existing::Overwrite)?;
    let count = count(args, plan, dask.is_some())?;
    let folder = shards::beside(&out);
    let prepared = Prepared { cluster: &args.cluster, passed: PassedFlags::of(args), plan, out, folder, count };
    slurm::refuse_queued(&prepared, dask.is_some())?;
    match (dask, engine) {
        (Some(address), _) => dask::run(&prepared, address),
        (None, "slurm") => slurm::write(&prepared),
        (None, _) => kubernetes::write(&prepared),
    }
}

/// Whether Dask knows such an address: `local`, or `PROTOCOL://HOST:PORT`.
fn is_address(address: &str) -> bool {
    let remote = address.split_once("://").and_then(|(_, place)| place.rsplit_once(':'));
    address == "local" || remote.is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok())
}

/// The number of shards. More shards than runs would be empty.
fn count(args: &RunArgs, plan: &Plan, of_workers: bool) -> Result<Option<u32>, Failure> {
    // Dask makes the runs of a wanted precision in rounds, of which the first has all points and strategies.
    let first = if of_workers { first_stage(&plan.replications).map_or(1, u64::from) } else { 1 };
    let runs = Shard::WHOLE.runs(plan).unwrap_or(plan.groups() as u64 * first);
    let most = u32::try_from(runs).unwrap_or(u32::MAX);
    match args.cluster.shards {
        Some(count) if count > most => {
            Err(Failure::Usage(format!("--shards {count}: accepted: 1 to {most}, because each needs a run")))
        }
        None if of_workers => Ok(None),
        given => Ok(Some(given.unwrap_or(SHARDS.min(most)))),
    }
}

impl Prepared<'_> {
    /// Writes the plan into the folder of shards.
    fn write_plan(&self) -> Result<PathBuf, Failure> {
        shards::prepare(&self.folder, &Planned::of(self.plan), self.count, self.passed.overwrite).map_err(|error| {
            if error.attempt == "cannot use it" { Failure::Usage(error.to_string()) } else { error.into() }
        })?;
        Ok(self.folder.join(shards::PLAN))
    }

    /// Writes a file for a person or an engine into the folder of shards.
    fn write(&self, name: &str, text: &str) -> Result<PathBuf, Failure> {
        let path = self.folder.join(name);
        crate::folder::aside::write(&path, text.as_bytes())?;
        Ok(path)
    }
}

/// The path of this program for another process.
fn program() -> Result<PathBuf, Failure> {
    std::env::current_exe().map_err(|error| Failure::world("cannot find the program itself", error))
}

/// A path, quoted for a shell.
fn word(path: &Path) -> String {
    super::run::quoted(&path.display().to_string())
}

/// Creates a folder and its parents.
fn make(folder: &Path) -> Outcome {
    Ok(fs::create_dir_all(folder).map_err(crate::folder::Error::at(folder, "cannot make"))?)
}
