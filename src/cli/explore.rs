//! `pushpull explore`: writes the page of an experiment, with the simulator in it.

use std::fs;
use std::io::{Write, stdout};
use std::path::{Path, PathBuf};

use super::args::ExploreArgs;
use super::{Failure, Outcome, screen};
use crate::explore::{MODULE, UnfitForPage, contents, page};
use crate::folder::aside;
use crate::folder::pages::is_report;
use crate::plan::{Overrides, Plan};

/// Writes the page of the experiment that `args` name.
pub(super) fn main(args: &ExploreArgs) -> Outcome {
    let experiment = &args.experiment;
    let plan = Plan::read(&experiment.file, &experiment.overrides())?;
    super::warn(&plan);
    let html = written(&plan, &experiment.file, &experiment.overrides(), args.budget)?;
    let out = args.out.clone().unwrap_or_else(|| PathBuf::from(format!("{}.html", plan.name)));
    if out == Path::new("-") {
        return Ok(stdout().lock().write_all(html.as_bytes())?);
    }
    super::refuse_foreign(&out, is_report)?;
    aside::write(&out, html.as_bytes())?;
    Ok(writeln!(screen::stdout(), "{}", out.display())?)
}

/// The page of a plan that was read from `file`.
fn written(plan: &Plan, file: &Path, overrides: &Overrides, budget: u64) -> Result<String, Failure> {
    let Some(module) = MODULE else {
        return Err(Failure::Usage(
            "this program was built without the explorer; build it with the feature explorer, which is a default"
                .to_owned(),
        ));
    };
    let name = file.display().to_string();
    let text = fs::read_to_string(file).map_err(|error| Failure::world(format!("{name}: cannot be read"), error))?;
    let contents = contents(plan, &name, &text, overrides, budget).map_err(|unfit| match unfit {
        UnfitForPage::Input(error) => Failure::Input(error),
        UnfitForPage::Large(why) => Failure::Usage(format!("{name}: {why}")),
    })?;
    Ok(page(&contents, module))
}
