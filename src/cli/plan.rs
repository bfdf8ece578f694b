//! `pushpull plan`: writes the plan file of an experiment. Every command that takes an experiment file reads plans here.

use std::io::{BufWriter, Write, stdout};

use super::args::{ExperimentArgs, PlanArgs};
use super::screen::Screen;
use super::{Failure, Outcome};
use crate::folder::planned::Planned;
use crate::plan::{Overrides, Plan};

/// Prints the plan file of the experiment that `args` name.
pub(super) fn main(args: &PlanArgs) -> Outcome {
    let plan = read(&args.experiment)?;
    super::warn(&plan);
    let mut out = Screen::json(BufWriter::new(stdout().lock()));
    serde_json::to_writer_pretty(&mut out, &Planned::of(&plan)).map_err(std::io::Error::from)?;
    writeln!(out)?;
    Ok(out.flush()?)
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
    let plan = Plan::from_table(&planned.experiment, &planned.data)?;
    if plan.digest != planned.digest {
        let why = "its experiment does not have the digest that it names; the file was changed";
        return Err(Failure::Usage(format!("{file}: {why}; pushpull plan writes another")));
    }
    Ok(plan)
}
