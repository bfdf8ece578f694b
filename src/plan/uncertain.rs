//! What `[uncertain]` means to a plan: points at places of the ranges, and the keys that nobody reads.

use toml::{Table, Value};

use super::Plan;
use super::points;
use super::sweep::{Block, SweptColumn};
use crate::file::data::DataFiles;
use crate::file::problem::Problem;
use crate::file::read::Findings;
use crate::file::section::Experiment;
use crate::file::tree::Places;
use crate::file::uncertain::{Uncertain, UncertainKey};
use crate::file::warnings::warnings;

/// The columns of all uncertain keys.
fn columns(uncertain: &Uncertain) -> Vec<SweptColumn> {
    let column = |key: &UncertainKey| SweptColumn::new(key.path.clone(), key.owner.clone(), key.source.clone());
    uncertain.keys.iter().map(column).collect()
}

/// Checks both ends of every range, each with all else as in the file.
pub(super) fn check_ends(
    uncertain: &Uncertain,
    tree: &Table,
    experiment: &Experiment,
    places: &Places,
    data: &DataFiles,
    problems: &mut Vec<Problem>,
) {
    for (group, keys) in uncertain.groups.iter().enumerate() {
        let column = |key: &usize| columns(uncertain).swap_remove(*key);
        let row = |place: &f64| keys.iter().map(|key| uncertain.keys[*key].value(*place)).collect();
        let rows = uncertain.ends(group).iter().map(row).collect();
        let block = Block { columns: keys.iter().map(column).collect(), rows, file: None };
        points::choose(tree, experiment, false, &[block], &[], places, data, problems);
    }
}

impl Plan {
    /// Why no strategy reads the key at a path; none if one may.
    pub(crate) fn unread(&self, path: &str) -> Option<String> {
        let mut places = self.places.clone();
        places.replace(path, &Value::Boolean(true), &Place::Argument(path.to_owned()));
        let found = warnings(&self.experiment, &self.tree, &self.keys, &places, &self.files);
        let why = "has no effect, as ";
        found.into_iter().find(|problem| is_about(&problem.key, path)).and_then(|problem| {
            problem.text.strip_prefix(why).map(str::to_owned)
        })
    }

    /// Whether a path lies in a strategy that is not run.
    pub(crate) fn is_of_another_strategy(&self, path: &str) -> bool {
        let name = path.strip_prefix("strategies.").and_then(|rest| rest.split('.').next());
        name.is_some_and(|name| !self.strategies.iter().any(|run| run == name))
    }
}

/// Whether a warning is about a path, or about a key that holds it.
fn is_about(key: &str, path: &str) -> bool {
    path.strip_prefix(key).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}
