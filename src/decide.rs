//! Decisions on top of experiments: questions that take as many runs as the answer needs.
//!
//! Every question is answered in the same way. A [`Planner`] asks for runs and looks at their rows, again and again,
//! until it has the answer; which runs it asks for follows from the question and the rows alone. [`rounds::Rounds`] is
//! the one runner: it makes what is missing with the ordinary runner, and keeps each run in `runs.csv` of the result
//! folder. So `--resume` and `reproduce` are the same plan over stored rows, and the bytes do not depend on `--jobs`.
//!
//! A command is: a module with its question (read from the command line, kept in the manifest), a `Planner`, an
//! [`Answer`]; a variant of [`Question`]; and a file in `src/cli` that reads the arguments and calls `decide::main`.
//! Statistics come from `src/run/estimate.rs` and `crates/stats`.

mod axis;
mod complaints;
mod creates;
pub mod eliminate;
mod judge;
pub mod map;
mod record;
mod rounds;
pub mod search;
pub mod select;
pub mod sensitivity;
pub mod solve;
#[cfg(test)]
mod synthetic;
mod wording;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::{Number, Value};

pub use self::record::{Folder, Record};
pub use self::rounds::{RUNS, Rounds, Trouble, Wish};

use crate::folder::aside;
use crate::folder::manifest::MANIFEST;
use crate::folder::session::Watcher;
use crate::plan::Plan;
use crate::run::RunOptions;

/// A valid question, as the manifest has it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "lowercase")]
pub enum Question {
    /// At which value of a key?
    Solve(solve::SolveQuestion),
    /// Which candidates are the best?
    Select(select::SelectQuestion),
    /// Which strategy is the best where?
    Map(map::MapQuestion),
    /// Which uncertain keys does it hang on?
    Sensitivity(sensitivity::SensitivityQuestion),
}

impl Question {
    /// The command that asks it.
    #[must_use]
    pub const fn command(&self) -> &'static str {
        match self {
            Self::Solve(_) => "solve",
            Self::Select(_) => "select",
            Self::Map(_) => "map",
            Self::Sensitivity(_) => "sensitivity",
        }
    }

    /// The files of an answer beside the runs and the manifest.
    #[must_use]
    pub const fn files(&self) -> &'static [&'static str] {
        match self {
            Self::Solve(_) => solve::FILES,
            Self::Select(_) => select::FILES,
            Self::Map(_) => map::FILES,
            Self::Sensitivity(question) => question.files(),
        }
    }

    /// The same question at the cost of another: with its budget and precision, and the crossing or the rows that it asks for.
    /// The runs of the one are runs of the other.
    #[must_use]
    fn at_cost_of(&self, other: &Self) -> Self {
        match (self.clone(), other) {
            (Self::Solve(question), Self::Solve(other)) => Self::Solve(solve::SolveQuestion {
                precision: other.precision,
                budget: other.budget,
                crossing: other.crossing,
                ..question
            }),
            (Self::Select(question), Self::Select(other)) => {
                Self::Select(select::SelectQuestion { budget: other.budget, ..question })
            }
            (Self::Map(question), Self::Map(other)) => {
                Self::Map(map::MapQuestion { precision: other.precision, budget: other.budget, ..question })
            }
            (Self::Sensitivity(question), Self::Sensitivity(other)) => {
                Self::Sensitivity(sensitivity::SensitivityQuestion {
                    rows: other.rows,
                    precision: other.precision,
                    budget: other.budget,
                    ..question
                })
            }
            (question @ (Self::Solve(_) | Self::Select(_) | Self::Map(_) | Self::Sensitivity(_)), _) => question,
        }
    }

    /// What answers it.
    ///
    /// # Errors
    /// If the question is not one about this experiment.
    pub fn planner<'a>(&'a self, plan: &'a Plan) -> Result<Box<dyn Planner + 'a>, String> {
        match self {
            Self::Solve(question) => solve::Solve::new(plan, question).map(|planner| Box::new(planner) as _),
            Self::Map(question) => map::Map::new(plan, question).map(|planner| Box::new(planner) as _),
            Self::Select(question) => Ok(Box::new(select::Select::new(plan, question))),
            Self::Sensitivity(question) => {
                sensitivity::Sensitivity::new(plan, question).map(|planner| Box::new(planner) as _)
            }
        }
    }
}

/// The files of any answer; some names come twice.
fn all_files() -> impl Iterator<Item = &'static str> {
    [solve::FILES, select::FILES, map::FILES, sensitivity::FILES].into_iter().flatten().copied()
}

/// Answers a question.
pub trait Planner {
    /// The keys that are set at each point, the same for all.
    fn keys(&self) -> Vec<String>;

    /// Asks for runs until the answer is found: a pure function of the question and the rows.
    ///
    /// # Errors
    /// If runs cannot be made, or give no answer.
    fn answer<'a>(&'a self, rounds: &mut Rounds<'_>) -> Result<Box<dyn Answer + 'a>, Trouble>;
}

/// An answer.
pub trait Answer {
    /// In a sentence or two.
    fn sentence(&self) -> String;

    /// Why the question is not answered, though there are results; none if it is.
    fn failure(&self) -> Option<String>;

    /// As one object.
    fn json(&self) -> Value;

    /// The files of the result folder: all of [`Question::files`], with their bytes.
    fn files(&self) -> Vec<(&'static str, Vec<u8>)>;
}

/// Makes the runs that the answer takes, and writes it into a folder; gives the paths of its files.
///
/// # Errors
/// If a run fails or a file cannot be written.
pub(crate) fn answer<'a>(
    plan: &'a Plan,
    planner: &'a dyn Planner,
    folder: &'a Folder,
    record: &mut Record,
    options: &'a RunOptions<'a>,
    watcher: &'a mut dyn Watcher,
) -> Result<(Box<dyn Answer + 'a>, Vec<PathBuf>), Trouble> {
    let path = folder.path();
    let mut rounds = Rounds::open(plan, planner.keys(), path, options, watcher)?;
    let answer = planner.answer(&mut rounds)?;
    rounds.settle()?;
    let creates = creates::remark(plan, &record.question, &rounds);
    let answer = Box::new(creates::Remarked { answer, creates });
    record.sentence = Some(answer.sentence());
    record.manifest.runs = rounds.runs() as u64;
    record.manifest.events = rounds.events();
    let mut paths = vec![rounds.finish()?];
    for (name, bytes) in answer.files() {
        aside::write(&path.join(name), &bytes)?;
        paths.push(path.join(name));
    }
    paths.push(path.join(MANIFEST));
    Ok((answer, paths))
}

/// A number as JSON has it: with the digits of a CSV file; null for one that is infinite or undefined.
fn number(value: Option<f64>) -> Value {
    value.and_then(Number::from_f64).map_or(Value::Null, Value::Number)
}
