//! Files and folders that exist only while the program works.
//!
//! Each is created, never opened: if a name is taken, the next name is tried. Each is removed when its owner is
//! dropped, so also after an error. A signal ends the program without dropping anything, so the paths are also kept in
//! one list, which [`remove_all`] clears. After that call nothing is created or renamed.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};

/// Paths of the existing temporary files and folders.
static THERE: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// Number of names tried before the attempt fails.
const NAMES_MAX: u32 = 10_000;

fn there() -> MutexGuard<'static, BTreeSet<PathBuf>> {
    THERE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A file or folder that is removed when this value is dropped.
#[derive(Debug)]
pub(crate) struct Temporary {
    path: PathBuf,
}

impl Temporary {
    /// Creates the temporary file beside `path`: `.summary.csv.0.part`.
    ///
    /// # Errors
    /// If it cannot be created.
    pub(crate) fn file(path: &Path) -> io::Result<(Self, File)> {
        let make = |path: &Path| OpenOptions::new().write(true).create_new(true).open(path);
        Self::make(path, "part", &make)
    }

    /// Creates an empty folder beside `path`: `.incident.0.again`.
    ///
    /// # Errors
    /// If it cannot be created.
    pub(crate) fn folder(path: &Path) -> io::Result<Self> {
        let make = |path: &Path| fs::create_dir(path);
        Self::make(path, "again", &make).map(|(made, ())| made)
    }

    fn make<T>(path: &Path, extension: &str, make: &dyn Fn(&Path) -> io::Result<T>) -> io::Result<(Self, T)> {
        let mut there = there();
        for number in 0..NAMES_MAX {
            let path = path.with_file_name(name(path, number, extension));
            match make(&path) {
                Ok(made) => {
                    there.insert(path.clone());
                    return Ok((Self { path }, made));
                }
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        Err(io::Error::new(ErrorKind::AlreadyExists, "its temporary names are all taken; remove what is left of them"))
    }

    /// Path of the file or folder.
    #[must_use]
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Renames it to its final name. An existing file of that name is replaced; if that is a link, the link is
    /// replaced.
    ///
    /// # Errors
    /// If it cannot be renamed; then it is removed.
    pub(crate) fn stay(self, name: &Path) -> io::Result<()> {
        let mut there = there();
        fs::rename(&self.path, name)?;
        there.remove(&self.path);
        Ok(())
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let mut there = there();
        if there.remove(&self.path) {
            remove(&self.path);
        }
    }
}

/// While this value exists, [`remove_all`] cannot end the program after a signal.
pub(crate) struct Held(MutexGuard<'static, BTreeSet<PathBuf>>);

/// Blocks [`remove_all`] until a file has been created and adopted.
pub(crate) fn hold() -> Held {
    Held(there())
}

impl Held {
    /// Takes ownership of an existing file.
    pub(crate) fn adopt(mut self, path: PathBuf) -> Temporary {
        self.0.insert(path.clone());
        Temporary { path }
    }
}

/// Removes all temporary files, and blocks every thread that would create or rename more: the program is about to end.
pub(crate) fn remove_all() {
    remove_these(there());
}

/// Like [`remove_all`], unless a file is being created, renamed or removed at this moment. Returns whether it was done.
pub(crate) fn try_remove_all() -> bool {
    match THERE.try_lock() {
        Ok(there) => remove_these(there),
        Err(TryLockError::Poisoned(error)) => remove_these(error.into_inner()),
        Err(TryLockError::WouldBlock) => return false,
    }
    true
}

fn remove_these(there: MutexGuard<'static, BTreeSet<PathBuf>>) {
    for path in there.iter() {
        remove(path);
    }
    std::mem::forget(there);
}

/// Maximum number of attempts to remove a folder.
const REMOVALS_MAX: u32 = 1_000;

/// Removes a temporary file or folder. Failures are ignored, because there is no caller to report them to.
///
/// When a signal ends the program, other threads still run, and may create a file in a folder while it is being
/// emptied. The folder is then emptied again.
fn remove(path: &Path) {
    if !fs::symlink_metadata(path).is_ok_and(|found| found.is_dir()) {
        let _ = fs::remove_file(path);
        return;
    }
    for _ in 0..REMOVALS_MAX {
        match fs::remove_dir_all(path) {
            Err(error) if matches!(error.kind(), ErrorKind::DirectoryNotEmpty | ErrorKind::NotFound) => {
                if !path.exists() {
                    return;
                }
            }
            Ok(()) | Err(_) => return,
        }
    }
}

/// `.summary.csv.0.part`
fn name(path: &Path, number: u32, extension: &str) -> std::ffi::OsString {
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{number}.{extension}"));
    name
}

/// The final name of the file with the temporary name `part`; none if `part` is not a temporary name.
pub(crate) fn whole_of(part: &str) -> Option<&str> {
    let (whole, number) = part.strip_prefix('.')?.strip_suffix(".part")?.rsplit_once('.')?;
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    (is_number && !whole.is_empty()).then_some(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_taken_is_left_alone() {
        let folder = Temporary::folder(&std::env::temp_dir().join("pushpull-temporary")).expect("a folder");
        let target = folder.path().join("page.html");
        let taken = folder.path().join(".page.html.0.part");
        fs::write(&taken, "notes").expect("a file");
        let (part, _) = Temporary::file(&target).expect("another name");
        let made = part.path().to_owned();
        assert_eq!(made, folder.path().join(".page.html.1.part"));
        drop(part);
        assert!(!made.exists());
        assert_eq!(fs::read_to_string(&taken).expect("still there"), "notes");
        let path = folder.path().to_owned();
        drop(folder);
        assert!(!path.exists());
    }

    #[test]
    fn the_names_of_parts_are_known_again() {
        assert_eq!(whole_of(".summary.csv.12.part"), Some("summary.csv"));
        for other in ["summary.csv.part", ".summary.csv..part", ".summary.csv.x.part", "..0.part", ".0.part"] {
            assert_eq!(whole_of(other), None, "{other}");
        }
    }
}
