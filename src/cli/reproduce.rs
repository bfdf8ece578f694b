//! `pushpull reproduce`: runs the manifest of a result folder again and compares every byte.

use std::fs;
use std::io::{Write, stdout};
use std::path::Path;
use std::sync::atomic::AtomicBool;

use super::args::ReproduceArgs;
use super::execute::{ProgressShown, execute, how_it_differs};
use super::progress::ProgressName;
use super::run::cores;
use super::underway::Underway;
use super::{Failure, Outcome, decide, machine, screen, shard};
use crate::decide::Record;
use crate::folder::manifest::{MANIFEST, Manifest};
use crate::folder::place::{Existing, ResultFolder};
use crate::folder::runs::RunsReader;
use crate::folder::temporary::Temporary;
use crate::folder::{self, first_differing_line};
use crate::plan::Group;
use crate::plan::Plan;
use crate::run::{DoubleCheck, RunOptions, differing, simulate};

/// Files whose bytes are compared.
const FILES: [&str; 9] = [
    "runs.csv",
    "summary.csv",
    "compare.csv",
    "pairs.csv",
    "distributions.csv",
    "rare.csv",
    "months.csv",
    "timeseries.csv",
    "samples.bin",
];

/// Reproduces the folder that `args` name, or a sample of its runs.
pub(super) fn main(args: &ReproduceArgs) -> Outcome {
    let folder = &args.folder;
    if let Some(record) = Record::read(folder)? {
        return decide::reproduce(args, &record);
    }
    let Some(manifest) = Manifest::read(folder)? else {
        return Err(Failure::Usage(format!("{}: is no result folder, it has no {MANIFEST}", folder.display())));
    };
    if manifest.ended.is_none() {
        return Err(Failure::Usage(format!("{}: is not finished; run it with --resume first", folder.display())));
    }
    let plan = Plan::from_table(&manifest.experiment, &manifest.data)?;
    warn_of_another_build(&manifest);
    let jobs = machine::affordable(&plan, args.jobs.map_or_else(cores, usize::from))?;
    match &args.sample {
        Some(share) => sample(&plan, folder, &manifest, share, jobs),
        None => whole(&plan, folder, &manifest, jobs, args.quiet),
    }
}

pub(super) fn warn_of_another_build(manifest: &Manifest) {
    let (version, commit) = (env!("CARGO_PKG_VERSION"), env!("PUSHPULL_COMMIT"));
    if manifest.version != version || manifest.commit != commit {
        let _ = writeln!(
            screen::stderr(),
            "warning: the folder was made by version {} {}, this is {version} {commit}",
            manifest.version,
            manifest.commit
        );
    }
}

/// Makes all runs again in a folder of its own, and compares the files.
fn whole(plan: &Plan, original: &Path, manifest: &Manifest, jobs: usize, quiet: bool) -> Outcome {
    let shard = manifest.shard.as_deref().map(shard::parse).transpose()?;
    let private = private(original)?;
    let again = private.path();
    let folder = ResultFolder::prepare(again, plan, shard, Existing::Refuse)?;
    let underway = Underway::default();
    let (stop, simulate) = (AtomicBool::new(false), |scenario: &_, key| underway.simulate(scenario, key));
    let options = RunOptions { shard, ..RunOptions::plain(jobs, &stop, &simulate) };
    let how = if quiet { ProgressName::None } else { ProgressName::Auto };
    let done = execute(plan, &folder, &options, &ProgressShown { how, underway: &underway })?;
    let compared = compare(original, again, &FILES)?;
    drop(folder);
    drop(private);
    compared.conclude(done.manifest.runs)
}

/// Files of two folders, compared byte for byte.
pub(super) struct Compared {
    same: Vec<String>,
    problems: Vec<String>,
}

impl Compared {
    /// Prints which files are the same. Fails if one differs.
    pub(super) fn conclude(self, runs: u64) -> Outcome {
        let Self { same, problems } = self;
        writeln!(stdout(), "runs made again: {runs}; files that are the same, byte for byte: {}", same.join(", "))?;
        if problems.is_empty() { Ok(()) } else { Err(Failure::Failed(problems.join("\n"))) }
    }
}

/// Compares the files of these names.
pub(super) fn compare(original: &Path, again: &Path, names: &[&str]) -> Result<Compared, folder::Error> {
    let mut same = Vec::new();
    let mut problems = Vec::new();
    for &name in names {
        let (one, other) = (original.join(name), again.join(name));
        match (one.exists(), other.exists()) {
            (true, true) if is_same(&one, &other)? => same.push(name.to_owned()),
            (true, true) if Path::new(name).extension().is_some_and(|extension| extension == "csv") => {
                let difference = first_differing_line(&one, &other)?.unwrap_or_default();
                problems.push(format!("{name}: {difference}"));
            }
            (true, true) => problems.push(format!("{name}: differs")),
            (true, false) => problems.push(format!("{name}: is not made by this experiment")),
            (false, true) => problems.push(format!("{name}: is missing")),
            (false, false) => {}
        }
    }
    Ok(Compared { same, problems })
}

/// A new folder beside the original, where there is room for a copy, or else in the folder of temporary files.
pub(super) fn private(original: &Path) -> Result<Temporary, folder::Error> {
    let place = original.canonicalize().unwrap_or_else(|_| original.to_owned());
    let elsewhere = || std::env::temp_dir().join(place.file_name().unwrap_or_default());
    let made = Temporary::folder(&place).or_else(|_| Temporary::folder(&elsewhere()));
    made.map_err(folder::Error::at(&place, "cannot make a folder beside it, nor a temporary one"))
}

fn is_same(one: &Path, other: &Path) -> Result<bool, folder::Error> {
    let hash = |path: &Path| {
        let mut hasher = blake3::Hasher::new();
        let file = fs::File::open(path).map_err(folder::Error::at(path, "cannot read"))?;
        hasher.update_reader(file).map_err(folder::Error::at(path, "cannot read"))?;
        Ok(hasher.finalize())
    };
    Ok(hash(one)? == hash(other)?)
}

/// Makes about this share of the runs again, and compares their rows.
fn sample(plan: &Plan, folder: &Path, manifest: &Manifest, share: &str, jobs: usize) -> Outcome {
    let fraction = fraction(share)?;
    let mut reader = RunsReader::open(plan, &folder.join("runs.csv"))?;
    let (mut rows, mut first, mut read) = (Vec::new(), None, 0);
    while let Some(row) = reader.next_row() {
        read += 1;
        if DoubleCheck::is_among(&row, plan.strategies.len(), fraction) {
            rows.push(row);
        } else if first.is_none() {
            first = Some(row);
        }
    }
    if read != manifest.runs {
        let why =
            format!("of {} runs the first {read} can be read: line {} is torn or missing", manifest.runs, read + 2);
        return Err(folder::Error::new(reader.path(), "is damaged", why).into());
    }
    if rows.is_empty() {
        rows.extend(first);
    }
    let scenario = |group: Group| plan.scenario(group.point, group.strategy);
    let stop = AtomicBool::new(false);
    let differing = differing(&rows.iter().collect::<Vec<_>>(), plan.seed, jobs, &scenario, &simulate, &stop);
    writeln!(stdout(), "runs made again: {}; the same: {}", rows.len(), rows.len() - differing.len())?;
    match differing.first() {
        None => Ok(()),
        Some(first) => Err(Failure::Failed(format!(
            "runs that came out differently: {}; {}",
            differing.len(),
            how_it_differs(plan, first)
        ))),
    }
}

/// Reads `1%` or `0.01`.
fn fraction(share: &str) -> Result<f64, Failure> {
    let number = match share.strip_suffix('%') {
        Some(percent) => percent.trim().parse::<f64>().map(|percent| percent / 100.0),
        None => share.parse::<f64>(),
    };
    match number {
        Ok(number) if number > 0.0 && number <= 1.0 => Ok(number),
        _ => Err(Failure::Usage(format!("--sample {share}: accepted is a share from above 0% to 100%, such as 1%"))),
    }
}
