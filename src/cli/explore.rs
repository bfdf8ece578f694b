//! `pushpull explore`: writes the page of an experiment, which contains the simulator.

use std::io::{Write, stdout};
use std::path::{Path, PathBuf};

use toml::{Table, Value};

use super::args::ExploreArgs;
use super::{Failure, Outcome, plan, screen};
use crate::explore::{MODULE, UnfitForPage, contents, page};
use crate::file::DataFile;
use crate::file::files::read_text;
use crate::folder::aside;
use crate::folder::planned::Planned;
use crate::plan::{FILE_BYTES_MAX, Overrides, Plan, SettingLine, ValueOrigin, file_text, settings};

/// Writes the page of the experiment that `args` name.
pub(super) fn main(args: &ExploreArgs) -> Outcome {
    let experiment = &args.experiment;
    let plan = plan::read(experiment)?;
    super::warn(&plan);
    let html = if Planned::is_named(&experiment.file) {
        of_table(&plan.resolved, &plan.data, args.budget)?
    } else {
        let name = experiment.file.display().to_string();
        let text = read_text(&experiment.file, FILE_BYTES_MAX);
        let text = text.map_err(|why| Failure::Failed(format!("{name}: the experiment file {why}")))?;
        written(&plan, &name, &text, &experiment.overrides(), args.budget)?
    };
    let out = args.out.clone().unwrap_or_else(|| PathBuf::from(format!("{}.html", plan.name)));
    if out == Path::new("-") {
        return Ok(stdout().lock().write_all(html.as_bytes())?);
    }
    super::refuse_page(&out)?;
    aside::write(&out, html.as_bytes())?;
    Ok(writeln!(screen::stdout(), "{}", out.display())?)
}

/// The page of a resolved experiment without its file. The page's file has the values that are not at a default.
pub(super) fn of_table(resolved: &Table, data: &[DataFile], budget: u64) -> Result<String, Failure> {
    let plan = Plan::from_table(resolved, data)?;
    let single = resolved.get("strategies").and_then(Value::as_table).is_some_and(|all| all.len() == 1);
    // A page warns of a file without a seed, and of a baseline beside a single strategy.
    let is_given = |line: &SettingLine| match line {
        SettingLine::Header(_) => true,
        SettingLine::Setting { path, origin, .. } => match path.as_str() {
            "seed" => true,
            "baseline" => !single,
            _ => *origin == ValueOrigin::Given,
        },
    };
    let text = file_text(settings(&plan.resolved).iter().filter(|line| is_given(line)));
    let text = text.trim_start();
    let name = format!("{}.toml", plan.name);
    let again = Plan::from_text(&name, text, data, &Overrides::default())?;
    if again.digest != plan.digest {
        return Err(Failure::Failed(format!("{name}: the file that the page would have is another experiment")));
    }
    written(&again, &name, text, &Overrides::default(), budget)
}

/// The page of a plan that was read from the text of a file.
fn written(plan: &Plan, name: &str, text: &str, overrides: &Overrides, budget: u64) -> Result<String, Failure> {
    let Some(module) = MODULE else {
        return Err(Failure::Usage(
            "this program was built without the explorer; build it with the feature explorer, which is a default"
                .to_owned(),
        ));
    };
    let contents = contents(plan, name, text, overrides, budget).map_err(|unfit| match unfit {
        UnfitForPage::Input(error) => Failure::Input(error),
        UnfitForPage::Large(why) => Failure::Usage(format!("{name}: {why}")),
    })?;
    Ok(page(&contents, module))
}
