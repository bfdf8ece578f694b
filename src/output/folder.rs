//! A result folder: whether it may be written, and what becomes of what it holds.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use super::aside;
use super::error::Error;
use super::manifest::{MANIFEST, Manifest, Wanted, runs_digest};
use super::report::REPORT;
use super::store::{RUNS, SAMPLES, Store};
use crate::experiment::Plan;

/// Files that are written when all runs have been made.
pub const SIDES: [&str; 4] = ["summary.csv", "compare.csv", "distributions.csv", "timeseries.csv"];

/// Where the runs of an earlier, smaller version of the experiment wait while it is extended.
const EARLIER: &str = "earlier";

/// Held while a program writes the folder.
const LOCK: &str = ".lock";

/// What to do with a folder that holds results.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Existing {
    /// Refuse.
    Refuse,
    /// Keep its runs and make what is missing.
    Resume,
    /// Remove its results.
    Overwrite,
}

/// Why a folder cannot be used.
#[derive(Debug)]
pub enum Unusable {
    /// It must not be touched as things are: the command was wrong.
    Refused(String),
    /// It cannot be written or read.
    Failed(Error),
}

impl From<Error> for Unusable {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// A folder that may be written, held against other programs until this is dropped.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    lock: Option<File>,
}

impl Folder {
    /// Makes `path` ready for the results of `plan`, or of its `shard`.
    ///
    /// # Errors
    /// If it holds results and `existing` does not allow for them, or the world fails; then nothing was changed.
    pub fn prepare(path: &Path, plan: &Plan, shard: Option<&str>, existing: Existing) -> Result<Self, Unusable> {
        look(path, plan, shard, existing)?;
        fs::create_dir_all(path).map_err(Error::at(path, "cannot make the result folder"))?;
        let folder = Self { path: path.to_owned(), lock: Some(lock(path)?) };
        // Another program may have written it until the lock was ours.
        match (look(path, plan, shard, existing)?, existing) {
            (Some(_), Existing::Overwrite) => folder.clear()?,
            (Some(manifest), _) => folder.keep(&manifest, plan)?,
            (None, _) => {}
        }
        Ok(folder)
    }

    /// Its path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The runs of an earlier version of the experiment.
    ///
    /// # Errors
    /// If they cannot be read.
    pub fn earlier<'a>(&self, plan: &'a Plan) -> Result<Option<Store<'a>>, Error> {
        Store::open(plan, &self.path.join(EARLIER))
    }

    /// Removes the runs of an earlier version, now that all are in their place.
    ///
    /// # Errors
    /// If they cannot be removed.
    pub fn forget_earlier(&self) -> Result<(), Error> {
        let earlier = self.path.join(EARLIER);
        remove(&earlier.join(RUNS))?;
        remove(&earlier.join(SAMPLES))?;
        if earlier.exists() {
            fs::remove_dir(&earlier).map_err(Error::at(&earlier, "cannot remove"))?;
        }
        Ok(())
    }

    /// Makes room for a new experiment. The manifest goes last, so that a folder is known as one of ours to the end.
    fn clear(&self) -> Result<(), Error> {
        self.forget_earlier()?;
        self.drop_sides()?;
        for name in [RUNS, SAMPLES, MANIFEST] {
            remove(&self.path.join(name))?;
        }
        Ok(())
    }

    /// Leaves runs where they can grow, or puts them by where others come between them.
    fn keep(&self, manifest: &Manifest, plan: &Plan) -> Result<(), Error> {
        self.drop_sides()?;
        let grows = manifest.failures.is_empty() && manifest.replications == Wanted::of(plan);
        if grows {
            return Ok(());
        }
        let earlier = self.path.join(EARLIER);
        if earlier.join(SAMPLES).exists() {
            // An extension was interrupted and another one asked for: what is put by still serves.
            remove(&self.path.join(RUNS))?;
            return remove(&self.path.join(SAMPLES));
        }
        fs::create_dir_all(&earlier).map_err(Error::at(&earlier, "cannot make"))?;
        for name in [RUNS, SAMPLES] {
            let (from, to) = (self.path.join(name), earlier.join(name));
            if from.exists() {
                fs::rename(&from, &to).map_err(Error::at(&from, "cannot put by"))?;
            }
        }
        Ok(())
    }

    /// Removes what is made from all runs, and what was written aside.
    fn drop_sides(&self) -> Result<(), Error> {
        for name in SIDES {
            remove(&self.path.join(name))?;
            remove(&aside::part(&self.path.join(name)))?;
        }
        remove(&self.path.join(REPORT))?;
        remove(&aside::part(&self.path.join(MANIFEST)))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Removed while it is held, so that whoever opened it before finds out and makes a new one.
        let _ = fs::remove_file(self.path.join(LOCK));
        self.lock = None;
    }
}

/// What the folder holds, if `existing` allows for it.
fn look(path: &Path, plan: &Plan, shard: Option<&str>, existing: Existing) -> Result<Option<Manifest>, Unusable> {
    let manifest = if path.is_dir() { Manifest::read(path)? } else { None };
    let refused = |why: &str| Err(Unusable::Refused(format!("{}: {why}", path.display())));
    match (&manifest, existing) {
        (Some(_), Existing::Refuse) => refused(
            "holds results already; --resume makes what is missing, --overwrite replaces them, --out DIR writes elsewhere",
        ),
        (Some(manifest), Existing::Resume) => match differs(manifest, plan, shard) {
            Some(why) => refused(&format!("cannot resume: {why}; use another --out, or --overwrite")),
            None => Ok(Some(manifest.clone())),
        },
        (None, _) if path.is_dir() && !is_empty(path)? => {
            refused("is not empty and holds no results of this program; use another --out")
        }
        _ => Ok(manifest),
    }
}

/// What keeps the runs of `manifest` from being runs of `plan`.
fn differs(manifest: &Manifest, plan: &Plan, shard: Option<&str>) -> Option<String> {
    let (version, commit) = (env!("CARGO_PKG_VERSION"), env!("PUSHPULL_COMMIT"));
    let share =
        |shard: Option<&str>| shard.map_or_else(|| "the whole experiment".to_owned(), |shard| format!("shard {shard}"));
    let wanted = Wanted::of(plan);
    if manifest.version != version || manifest.commit != commit {
        let theirs = format!("{} {}", manifest.version, manifest.commit);
        Some(format!("it was made by version {}, this is {version} {commit}", theirs.trim_end()))
    } else if manifest.seed != plan.seed {
        Some(format!("its seed is {}, not {}", manifest.seed, plan.seed))
    } else if manifest.runs_digest != runs_digest(plan) {
        Some(format!("its experiment is another one{}", first_difference(&manifest.experiment, &plan.resolved)))
    } else if manifest.shard.as_deref() != shard {
        Some(format!("it holds {}, not {}", share(manifest.shard.as_deref()), share(shard)))
    } else if !manifest.replications.is_within(&wanted) {
        Some(format!("it was made for {}, and {wanted} may need fewer", manifest.replications))
    } else {
        None
    }
}

/// Names the first key that two resolved experiments differ in.
fn first_difference(before: &toml::Table, now: &toml::Table) -> String {
    fn walk(path: &str, before: Option<&toml::Value>, now: Option<&toml::Value>) -> Option<String> {
        if let (Some(toml::Value::Table(before)), Some(toml::Value::Table(now))) = (before, now) {
            return below(&format!("{path}."), before, now);
        }
        let told = |value: Option<&toml::Value>| value.map_or_else(|| "nothing".to_owned(), ToString::to_string);
        (before != now).then(|| format!(": {path} was {}, is {}", told(before), told(now)))
    }
    fn below(prefix: &str, before: &toml::Table, now: &toml::Table) -> Option<String> {
        let keys = before.keys().chain(now.keys().filter(|key| !before.contains_key(*key)));
        let mut keys = keys.filter(|key| !["replications", "precision"].contains(&key.as_str()));
        keys.find_map(|key| walk(&format!("{prefix}{key}"), before.get(key), now.get(key)))
    }
    below("", before, now).unwrap_or_default()
}

fn lock(path: &Path) -> Result<File, Error> {
    let lock = path.join(LOCK);
    loop {
        let file = File::create(&lock).map_err(Error::at(path, "cannot write into the result folder"))?;
        match file.try_lock() {
            Ok(()) if !is_at(&file, &lock) => {} // its holder has just removed it
            Ok(()) | Err(TryLockError::Error(_)) => return Ok(file), // a file system without locks is used without
            Err(TryLockError::WouldBlock) => return Err(Error::new(path, "cannot write", "another run is writing it")),
        }
    }
}

/// Whether `file` is the one that stands at `path`.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let identity = |metadata: fs::Metadata| (metadata.dev(), metadata.ino());
    let there = fs::metadata(path).ok().map(identity);
    there.is_some() && there == file.metadata().ok().map(identity)
}

#[cfg(not(unix))]
const fn is_at(_file: &File, _path: &Path) -> bool {
    true
}

/// Whether there is nothing in a folder but what a program that was killed at its start leaves.
fn is_empty(path: &Path) -> Result<bool, Error> {
    let begun = aside::part(&path.join(MANIFEST));
    let entries = fs::read_dir(path).map_err(Error::at(path, "cannot read"))?;
    Ok(entries.flatten().all(|entry| entry.file_name() == LOCK || entry.path() == begun))
}

fn remove(path: &Path) -> Result<(), Error> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(Error::new(path, "cannot remove", error)),
        _ => Ok(()),
    }
}
