//! Decisions on top of experiments: at which value of a key does a strategy stop to keep a limit, or to be the better one?
//!
//! A question ([`Question`]) is asked of an experiment. It is searched ([`search`]) over points of the experiment with
//! runs of the ordinary runner, and the intervals are those of `run`. An answer ([`Answer`]) is a sentence, two CSV files
//! and a figure.

mod answer;
mod axis;
mod figure;
mod judge;
mod question;
mod record;
mod rounds;
pub mod search;

use std::path::PathBuf;

pub use self::answer::Answer;
pub use self::question::{Asked, Question, Wanted, read};
pub use self::record::{ANSWER, CURVE, FIGURE, Folder, Record};
pub use self::rounds::Trouble;

use self::axis::SearchAxis;
use self::rounds::Rounds;
use crate::folder::aside;
use crate::folder::manifest::MANIFEST;
use crate::folder::session::Watcher;
use crate::plan::Plan;
use crate::run::RunOptions;

/// The files of an answer that depend on nothing but the question and the experiment.
pub const FILES: [&str; 4] = [rounds::RUNS, ANSWER, CURVE, FIGURE];

/// The range of a question's key, as it was read with the experiment.
#[derive(Debug)]
pub struct Scope(SearchAxis);

impl Scope {
    /// The range of a valid question.
    ///
    /// # Errors
    /// If the question is not one about this experiment.
    pub fn new(plan: &Plan, question: &Question) -> Result<Self, String> {
        SearchAxis::new(plan, &question.range).map(Self)
    }
}

/// Makes the runs that the answer takes, and writes it into a folder; gives the paths of its files.
///
/// # Errors
/// If a run fails or a file cannot be written.
pub(crate) fn solve<'a>(
    plan: &'a Plan,
    question: &'a Question,
    scope: &'a Scope,
    folder: &'a Folder,
    mut record: Record,
    options: &'a RunOptions<'a>,
    watcher: &'a mut dyn Watcher,
) -> Result<(Answer<'a>, Record, Vec<PathBuf>), Trouble> {
    let path = folder.path();
    let axis = &scope.0;
    let mut rounds = Rounds::open(plan, question, axis, path, options, watcher)?;
    let searched = search::search(&mut rounds, question.rules(axis))?;
    record.manifest.runs = searched.runs;
    record.manifest.events = rounds.events();
    let mut paths = vec![rounds.finish()?];
    let answer = Answer { plan, question, axis, searched };
    let figure = draw::svg(&answer.figure(), draw::Theme::Light).into_bytes();
    for (name, bytes) in [(ANSWER, answer.csv()), (CURVE, answer.curve()), (FIGURE, figure)] {
        aside::write(&path.join(name), &bytes)?;
        paths.push(path.join(name));
    }
    paths.push(path.join(MANIFEST));
    Ok((answer, record, paths))
}
