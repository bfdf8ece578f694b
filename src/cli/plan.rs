//! `pushpull plan`: writes the plan file of an experiment. Every command that takes an experiment file reads plans here.

use std::io::{BufWriter, Write, stdout};
use std::path::Path;

use super::args::{ExperimentArgs, PlanArgs};
use super::screen::Screen;
use super::{Failure, Outcome};
use crate::folder::merge::{next_round, read_parts, rounds_in, shards_in};
use crate::folder::planned::Planned;
use crate::plan::{Overrides, Plan, PrecisionRound, Replications};

/// Prints the plan file of the experiment that `args` name.
pub(super) fn main(args: &PlanArgs) -> Outcome {
    let mut plan = read(&args.experiment)?;
    if let Some(folder) = &args.after {
        plan.round = Some(round_after(&plan, folder)?);
    } else {
        super::warn(&plan);
    }
    let mut out = Screen::json(BufWriter::new(stdout().lock()));
    serde_json::to_writer_pretty(&mut out, &Planned::of(&plan)).map_err(std::io::Error::from)?;
    writeln!(out)?;
    Ok(out.flush()?)
}

/// The round that follows those in `folder`.
fn round_after(plan: &Plan, folder: &Path) -> Result<PrecisionRound, Failure> {
    if let (Replications::Fixed(count), false) = (&plan.replications, plan.round.is_some()) {
        let why = format!("the experiment has {count} replications, accepted: precision = {{ … }}");
        return Err(Failure::Usage(format!("--after: {why}")));
    }
    // The last round has no shards yet if its plan file is being written there.
    let mut folders = Vec::new();
    for round in rounds_in(folder) {
        folders.extend(shards_in(&round)?);
    }
    if folders.is_empty() {
        return Ok(next_round(plan, &[])?);
    }
    let parts = read_parts(&folders)?;
    if let Some(other) = parts.iter().find(|part| part.manifest.digest != plan.digest) {
        let other = other.folder.display();
        return Err(Failure::Usage(format!("--after: {other}: has runs of another experiment, by its digest")));
    }
    Ok(next_round(plan, &parts)?)
}

/// The plan of an experiment file with the changes of the command line, or of a plan file.
pub(super) fn read(args: &ExperimentArgs) -> Result<Plan, Failure> {
    let file = args.file.display();
    if !Planned::is_named(&args.file) {
        return Ok(Plan::read(&args.file, &args.overrides())?);
    }
    if args.overrides() != Overrides::default() {
        let accepted = "--set, --vary, --strategy, --seed and --replications belong to pushpull plan";
        return Err(Failure::Usage(format!("{file}: is a plan, and a plan cannot be changed; {accepted}")));
    }
    let planned = Planned::read(&args.file).map_err(|error| Failure::Usage(error.to_string()))?;
    if let Some(other) = planned.other_build() {
        let (version, commit) = (env!("CARGO_PKG_VERSION"), env!("PUSHPULL_COMMIT"));
        return Err(Failure::Usage(format!("{file}: was made by version {other}, this is {version} {commit}")));
    }
    let mut plan = Plan::from_table(&planned.experiment, &planned.data)?;
    if plan.digest != planned.digest {
        let why = "its experiment does not have the digest that it names; the file was changed";
        return Err(Failure::Usage(format!("{file}: {why}; pushpull plan writes another")));
    }
    plan.round.clone_from(&planned.round);
    match (&plan.round, &plan.replications) {
        (Some(round), Replications::Precision { at_most, .. }) => {
            if let Some(why) = round.problem(plan.groups(), *at_most) {
                return Err(Failure::Usage(format!("{file}: round.{why}")));
            }
        }
        (Some(_), Replications::Fixed(_)) => {
            return Err(Failure::Usage(format!("{file}: round: only an experiment with precision has rounds")));
        }
        (None, _) => {}
    }
    if let Some((field, found, accepted)) = planned.differing(&plan) {
        let why = format!("{field}: found {found}, accepted: {accepted}, as its experiment has; the file was changed");
        return Err(Failure::Usage(format!("{file}: {why}; pushpull plan writes another")));
    }
    Ok(plan)
}
