//! A result folder: whether it may be written, and the fate of its present contents.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::aside::remove;
use super::bounded;
use super::error::Error;
use super::manifest::{MANIFEST, Manifest, WantedReplications, runs_digest};
use super::pages::{self, EXPLORER, PAGES, REPORT, SHEET};
use super::store::{RUNS, SAMPLES, Store};
use super::temporary::{self, Temporary, whole_of};
use crate::plan::Group;
use crate::plan::{Plan, Shard};
use draw;

/// Files that are written after all runs have been made.
pub(crate) const SIDES: [&str; 7] =
    ["summary.csv", "compare.csv", "pairs.csv", "distributions.csv", TIMESERIES, RARE, MONTHS];

/// Those that only some experiments have: with bins, with rare losses, with faults that come so often in a month.
const TIMESERIES: &str = "timeseries.csv";
const RARE: &str = "rare.csv";
const MONTHS: &str = "months.csv";

/// Default folder of the figures.
pub(crate) const FIGURES: &str = "figures";

/// Holds the runs of an earlier, smaller version of the experiment while the experiment is extended.
const EARLIER: &str = "earlier";

/// Lock file, held while a program writes the folder.
const LOCK: &str = ".lock";

/// What to do with a folder that holds results.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Existing {
    /// Refuse.
    Refuse,
    /// Keep its runs and make the missing ones.
    Resume,
    /// Remove its results.
    Overwrite,
}

/// Why a folder cannot be used.
#[derive(Debug)]
pub enum Unusable {
    /// The command was wrong: the folder must not be changed.
    Refused(String),
    /// A file or folder cannot be written or read.
    Failed(Error),
}

impl From<Error> for Unusable {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// A folder that may be written; locked against other programs until dropped.
#[derive(Debug)]
pub(crate) struct ResultFolder {
    path: PathBuf,
    /// Removed before the lock is released. A program that has opened this lock file meanwhile notices and makes a new
    /// one.
    _sign: Temporary,
    _lock: File,
}

impl ResultFolder {
    /// Prepares `path` for the results of `plan`, or of its `shard`.
    ///
    /// The present contents are marked as unfinished before any of them is removed.
    ///
    /// # Errors
    /// If the folder holds results and `existing` does not allow them, or if a file operation fails. If the
    /// folder is refused, nothing was changed.
    pub(crate) fn prepare(
        path: &Path,
        plan: &Plan,
        shard: Option<Shard>,
        existing: Existing,
    ) -> Result<Self, Unusable> {
        look(path, plan, shard, existing)?;
        fs::create_dir_all(path).map_err(Error::at(path, "cannot make the result folder"))?;
        let (sign, lock) = lock(path)?;
        let folder = Self { path: path.to_owned(), _sign: sign, _lock: lock };
        // Another program may have written the folder before the lock was acquired.
        let manifest = look(path, plan, shard, existing)?;
        drop_parts(path, &is_ours)?;
        let Some(manifest) = manifest else { return Ok(folder) };
        if manifest.ended.is_some() {
            Manifest { ended: None, ..manifest.clone() }.write(path)?;
        }
        match existing {
            Existing::Overwrite => folder.clear()?,
            Existing::Refuse | Existing::Resume => folder.keep(&manifest, plan)?,
        }
        Ok(folder)
    }

    /// Path of the folder.
    #[must_use]
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The runs of an earlier version of the experiment.
    ///
    /// # Errors
    /// If they cannot be read.
    pub(crate) fn earlier<'a>(&self, plan: &'a Plan) -> Result<Option<Store<'a>>, Error> {
        Store::open(plan, &self.path.join(EARLIER))
    }

    /// Removes the runs of an earlier version, after all of them have been copied.
    ///
    /// # Errors
    /// If they cannot be removed.
    pub(crate) fn forget_earlier(&self) -> Result<(), Error> {
        let earlier = self.path.join(EARLIER);
        remove(&earlier.join(RUNS))?;
        remove(&earlier.join(SAMPLES))?;
        remove_if_empty(&earlier)
    }

    /// Removes the results of another experiment. The manifest stays until the new manifest replaces it, so that the
    /// folder remains recognisable as a result folder.
    fn clear(&self) -> Result<(), Error> {
        self.forget_earlier()?;
        self.drop_sides()?;
        remove(&self.path.join(RUNS))?;
        remove(&self.path.join(SAMPLES))
    }

    /// Leaves the runs in place if new runs can be appended, or moves them to `earlier/` if new runs come between them.
    fn keep(&self, manifest: &Manifest, plan: &Plan) -> Result<(), Error> {
        if grows(manifest, plan) {
            // Files made from all runs are right, or will be replaced.
            return Ok(());
        }
        self.drop_sides()?;
        let earlier = self.path.join(EARLIER);
        if earlier.join(SAMPLES).exists() {
            // A previous extension was interrupted. The runs in `earlier/` are still valid; the partial new files are
            // discarded.
            remove(&self.path.join(RUNS))?;
            return remove(&self.path.join(SAMPLES));
        }
        fs::create_dir_all(&earlier).map_err(Error::at(&earlier, "cannot make"))?;
        for name in [RUNS, SAMPLES] {
            let (from, to) = (self.path.join(name), earlier.join(name));
            if from.exists() {
                fs::rename(&from, &to).map_err(Error::at(&from, "cannot set aside"))?;
            }
        }
        Ok(())
    }

    /// Removes files made from all runs, with figures and report, and temporary files that a killed program left.
    fn drop_sides(&self) -> Result<(), Error> {
        for name in SIDES.iter().chain(&PAGES) {
            remove(&self.path.join(name))?;
        }
        let figures = self.path.join(FIGURES);
        if !figures.is_dir() {
            return Ok(());
        }
        for path in files(&figures)? {
            if pages::is_figure(&path) {
                remove(&path)?;
            }
        }
        drop_parts(&figures, &draw::is_name)?;
        remove_if_empty(&figures)
    }
}

/// Removes temporary files that a killed program left in `folder`.
pub(crate) fn drop_parts(folder: &Path, is_ours: &dyn Fn(&str) -> bool) -> Result<(), Error> {
    for path in files(folder)? {
        if path.file_name().and_then(|name| name.to_str()).and_then(whole_of).is_some_and(is_ours) {
            remove(&path)?;
        }
    }
    Ok(())
}

/// Whether the program writes a file of this name into a result folder by a temporary file.
fn is_ours(name: &str) -> bool {
    SIDES.contains(&name) || PAGES.contains(&name) || name == MANIFEST
}

/// Whether the runs of `manifest` are the first runs of `plan`, without a gap.
fn grows(manifest: &Manifest, plan: &Plan) -> bool {
    manifest.failures.is_empty() && manifest.replications == WantedReplications::of(plan)
}

/// The manifest of a folder that is to be written; none if there is none.
///
/// # Errors
/// If the manifest cannot be read: it is then unknown whether the contents may be removed.
pub(crate) fn manifest(path: &Path) -> Result<Option<Manifest>, Error> {
    if !path.is_dir() {
        return Ok(None);
    }
    Manifest::read(path).map_err(|mut error| {
        error.cause.push_str("; remove the folder yourself or use another --out");
        error
    })
}

/// The manifest of the folder, if `existing` allows its contents.
///
/// # Errors
/// If it does not, or the folder cannot be read.
pub(crate) fn look(
    path: &Path,
    plan: &Plan,
    shard: Option<Shard>,
    existing: Existing,
) -> Result<Option<Manifest>, Unusable> {
    let refused = |why: &str| Err(Unusable::Refused(format!("{}: {why}", path.display())));
    if fs::symlink_metadata(path).is_ok() && !path.is_dir() {
        return refused("is no folder; --out names the folder that results go into");
    }
    let manifest = manifest(path)?;
    match (&manifest, existing) {
        (Some(_), Existing::Refuse) => refused(
            "holds results already; --resume makes what is missing, --overwrite replaces them, --out DIR writes elsewhere",
        ),
        (Some(manifest), Existing::Resume) => {
            if let Some(why) = differs(manifest, plan, shard) {
                return refused(&format!("cannot resume: {why}; use another --out, or --overwrite"));
            }
            refuse_links(path)?;
            let grows = grows(manifest, plan);
            let is_written = |name: &str| {
                shard.is_none()
                    && match name {
                        TIMESERIES => plan.scenario(0, 0).bin.is_some(),
                        RARE => plan.is_rare(),
                        MONTHS => plan.monthly_faults().is_some(),
                        _ => false,
                    }
            };
            // If new runs are appended the report stays, and only files that will be written again are replaced.
            refuse_strangers(path, |name| !grows || is_written(name))?;
            check_whole(path, plan, shard, grows)?;
            Ok(Some(manifest.clone()))
        }
        (None, _) if path.is_dir() && !is_empty(path)? => {
            // Another run may have begun the folder in between.
            if self::manifest(path)?.is_some() {
                return look(path, plan, shard, existing);
            }
            refused("is not empty and holds no results of this program; use another --out")
        }
        _ => {
            refuse_links(path)?;
            refuse_strangers(path, |_| true)?;
            Ok(manifest)
        }
    }
}

/// Refuses a folder in which one of the program's names is not a file or folder of the expected kind. Through a link
/// the program would write outside the folder.
fn refuse_links(path: &Path) -> Result<(), Unusable> {
    let ours = SIDES.iter().chain(&PAGES).chain(&[RUNS, SAMPLES, MANIFEST, LOCK]).map(|name| (*name, false));
    for (name, is_folder) in ours.chain([(EARLIER, true), (FIGURES, true)]) {
        let path = path.join(name);
        let Ok(found) = fs::symlink_metadata(&path) else { continue };
        let right = if is_folder { found.is_dir() } else { found.is_file() };
        if !right {
            let what = if found.is_symlink() { "is a symbolic link" } else { "is something else" };
            let wanted = if is_folder { "a folder" } else { "a file" };
            let text = format!("{}: {what}, and must be {wanted}; remove it, or use another --out", path.display());
            return Err(Unusable::Refused(text));
        }
    }
    Ok(())
}

/// Refuses a folder with a file that would be removed (`goes`) and that this program did not make: the names are
/// common.
fn refuse_strangers(path: &Path, goes: impl Fn(&str) -> bool) -> Result<(), Unusable> {
    type IsOurs = fn(&Path) -> bool;
    let ours: [(&str, IsOurs); 6] = [
        (REPORT, pages::is_report),
        (SHEET, pages::is_report),
        (EXPLORER, pages::is_report),
        (TIMESERIES, |path| has_columns(path, &["strategy", "t_s", "measure", "mean"])),
        (RARE, |path| has_columns(path, &["strategy", "against", "measure", "unit"])),
        (MONTHS, |path| has_columns(path, &["strategy", "part", "per_month", "measure"])),
    ];
    for (name, is_ours) in ours {
        let path = path.join(name);
        if goes(name) && path.is_file() && !is_ours(&path) {
            let text = format!("{}: not made by pushpull; move it away or use another --out", path.display());
            return Err(Unusable::Refused(text));
        }
    }
    Ok(())
}

/// Whether the file is a table of points with these columns beside each other, as any version writes it.
fn has_columns(path: &Path, columns: &[&str]) -> bool {
    let Ok(mut reader) = bounded::csv(path) else { return false };
    let Ok(header) = reader.headers() else { return false };
    let names: Vec<&str> = header.iter().collect();
    names.first() == Some(&"point") && names.windows(columns.len()).any(|names| names == columns)
}

/// Refuses runs to which no runs can be appended: runs with other columns, or with gaps.
fn check_whole(path: &Path, plan: &Plan, shard: Option<Shard>, grows: bool) -> Result<(), Error> {
    Store::open(plan, &path.join(EARLIER))?;
    let Some(mut store) = Store::open(plan, path)?.filter(|_| grows) else { return Ok(()) };
    let shard = shard.unwrap_or(Shard::WHOLE);
    let strategies = plan.strategies.len();
    let mut whole = true;
    for group in (0..plan.points.len() * strategies).map(|index| Group::at(index, strategies)) {
        let rows = store.take(group).rows;
        let mut replications = rows.iter().map(|row| row.replication);
        let (in_order, complete) = if let Some(wanted) = plan.dealt(group.index(strategies), shard) {
            let mut wanted = wanted.into_iter();
            let in_order = replications.all(|replication| wanted.next() == Some(replication));
            (in_order, wanted.next().is_none())
        } else {
            let in_order = (0..).zip(replications).all(|(wanted, replication)| wanted == replication);
            (in_order, !rows.is_empty() || !shard.has_group(group, strategies))
        };
        if !in_order || !whole && !rows.is_empty() {
            let cause = "runs are missing before others; use another --out, or --overwrite";
            return Err(Error::new(&path.join(RUNS), "cannot go on with it", cause));
        }
        whole &= complete;
    }
    Ok(())
}

/// The reason why the runs of `manifest` are not runs of `plan`; none if they are.
fn differs(manifest: &Manifest, plan: &Plan, shard: Option<Shard>) -> Option<String> {
    let (version, commit) = (env!("CARGO_PKG_VERSION"), env!("PUSHPULL_COMMIT"));
    let share =
        |shard: Option<&str>| shard.map_or_else(|| "the whole experiment".to_owned(), |shard| format!("shard {shard}"));
    let wanted = WantedReplications::of(plan);
    let shard = shard.map(|shard| plan.share(shard));
    let shard = shard.as_deref();
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
        Some(match (&manifest.replications, &wanted) {
            (held @ WantedReplications::Fixed(_), WantedReplications::Fixed(fewer)) => {
                format!("it holds {held}; a folder cannot shrink to {fewer}")
            }
            (held, _) => format!("it was made for {held}, and {wanted} may need fewer"),
        })
    } else {
        None
    }
}

/// Names the first key in which two resolved experiments differ.
fn first_difference(before: &toml::Table, now: &toml::Table) -> String {
    fn walk(path: &str, before: Option<&toml::Value>, now: Option<&toml::Value>) -> Option<String> {
        if let (Some(toml::Value::Table(before)), Some(toml::Value::Table(now))) = (before, now) {
            return below(&format!("{path}."), before, now);
        }
        let text = |value: Option<&toml::Value>| value.map_or_else(|| "nothing".to_owned(), ToString::to_string);
        (before != now).then(|| format!(": {path} was {}, is {}", text(before), text(now)))
    }
    fn below(prefix: &str, before: &toml::Table, now: &toml::Table) -> Option<String> {
        let keys = before.keys().chain(now.keys().filter(|key| !before.contains_key(*key)));
        let mut keys = keys.filter(|key| !["replications", "precision", "uncertain"].contains(&key.as_str()));
        keys.find_map(|key| walk(&format!("{prefix}{key}"), before.get(key), now.get(key)))
    }
    below("", before, now).unwrap_or_default()
}

/// Acquires the folder's lock. Also returns the guard that removes the lock file at the end.
pub(crate) fn lock(path: &Path) -> Result<(Temporary, File), Error> {
    let lock = path.join(LOCK);
    loop {
        let held = temporary::hold();
        let options = OpenOptions::new().write(true).create(true).truncate(false).open(&lock);
        let file = options.map_err(Error::at(path, "cannot write into the result folder"))?;
        match file.try_lock() {
            Ok(()) if !is_at(&file, &lock) => {} // the holder has just removed the lock file
            // On a file system without locks, the folder is used without a lock.
            Ok(()) | Err(TryLockError::Error(_)) => return Ok((held.adopt(lock), file)),
            Err(TryLockError::WouldBlock) => return Err(Error::new(path, "cannot write", "another run is writing it")),
        }
    }
}

/// Whether `file` is the file at `path` itself, and not the target of a link there.
#[cfg(unix)]
pub(crate) fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let identity = |metadata: fs::Metadata| (metadata.dev(), metadata.ino());
    let there = fs::symlink_metadata(path).ok().map(identity);
    there.is_some() && there == file.metadata().ok().map(identity)
}

#[cfg(not(unix))]
pub(crate) fn is_at(_file: &File, path: &Path) -> bool {
    !path.is_symlink()
}

/// Whether the folder is empty, apart from files of a program that was killed at its start.
pub(crate) fn is_empty(path: &Path) -> Result<bool, Error> {
    let is_left = |name: &str| name == LOCK || whole_of(name) == Some(MANIFEST);
    let mut entries = fs::read_dir(path).map_err(Error::at(path, "cannot read"))?.flatten();
    Ok(entries.all(|entry| entry.file_name().to_str().is_some_and(is_left)))
}

/// The regular files of a folder, without links.
fn files(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let entries = fs::read_dir(folder).map_err(Error::at(folder, "cannot read"))?.flatten();
    Ok(entries.filter(|entry| entry.file_type().is_ok_and(|found| found.is_file())).map(|entry| entry.path()).collect())
}

/// Removes a folder of the program, unless it holds files of others.
fn remove_if_empty(path: &Path) -> Result<(), Error> {
    match fs::remove_dir(path) {
        Err(error) if ![ErrorKind::NotFound, ErrorKind::DirectoryNotEmpty].contains(&error.kind()) => {
            Err(Error::new(path, "cannot remove", error))
        }
        _ => Ok(()),
    }
}
