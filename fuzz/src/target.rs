//! The targets: each with its seeds, its mutation, and its test of an input.

mod data;
mod experiment;
mod folder;
mod rows;
mod samples;
mod scenario;
mod values;

use std::path::{Path, PathBuf};

use crate::random::Random;
use crate::{files, root};

/// A reader of the program.
pub(crate) struct Target {
    pub(crate) name: &'static str,
    /// Initial inputs.
    pub(crate) seeds: fn() -> Vec<Vec<u8>>,
    /// Mutates an input; parts may be taken from the second input.
    pub(crate) mutate: fn(&mut Random, &[u8], &[u8]) -> Vec<u8>,
    /// Runs an input in a folder for its files. Returns whether the input was accepted.
    pub(crate) run: fn(&Path, &[u8]) -> bool,
    /// Text of a panic that is expected.
    pub(crate) expects: Option<&'static str>,
}

/// All targets.
pub(crate) const TARGETS: [Target; 7] =
    [experiment::TARGET, data::TARGET, values::TARGET, folder::TARGET, rows::TARGET, samples::TARGET, scenario::TARGET];

/// The target of this name.
pub(crate) fn find(name: &str) -> Option<&'static Target> {
    static ALL: [Target; 7] = TARGETS;
    ALL.iter().find(|target| target.name == name)
}

/// The experiments that come with the program, and the small ones of this package.
fn experiments() -> Vec<Vec<u8>> {
    let folders = [root().join("../experiments"), root().join("seeds")];
    let paths = folders.iter().flat_map(|folder| files(folder));
    let paths = paths.filter(|path| path.extension().is_some_and(|extension| extension == "toml"));
    paths.filter_map(|path| std::fs::read(path).ok()).collect()
}

/// The result folders of the small experiments, made by `run.sh`.
fn folders() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(root().join("target").join("seeds")).into_iter().flatten().flatten();
    let mut folders: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}
