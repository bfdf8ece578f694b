//! Files and folders that are there only while the program works.
//!
//! Each is made new, never opened: a name that is taken, by whatever it is, is left alone and the next one is tried. Each
//! is removed when its owner is dropped, so after any error. A signal ends the program without dropping anything, so the
//! paths are also kept in one list, which [`remove_all`] clears. Nothing is made or renamed from then on.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};

/// What is there now.
static THERE: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// Names that are tried before it is an error that all are taken.
const NAMES_MAX: u32 = 10_000;

fn there() -> MutexGuard<'static, BTreeSet<PathBuf>> {
    THERE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A file or folder that is removed when this is dropped.
#[derive(Debug)]
pub struct Temporary {
    path: PathBuf,
}

impl Temporary {
    /// Makes the file beside `path` in which it is written until it is whole: `.summary.csv.0.part`.
    ///
    /// # Errors
    /// If it cannot be made.
    pub fn file(path: &Path) -> io::Result<(Self, File)> {
        let make = |path: &Path| OpenOptions::new().write(true).create_new(true).open(path);
        Self::make(path, "part", &make)
    }

    /// Makes an empty folder beside `path`: `.incident.0.again`.
    ///
    /// # Errors
    /// If it cannot be made.
    pub fn folder(path: &Path) -> io::Result<Self> {
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

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Gives it the name under which it stays. What has that name is replaced; if it is a link, the link is.
    ///
    /// # Errors
    /// If it cannot be renamed; then it is removed.
    pub fn stay(self, name: &Path) -> io::Result<()> {
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

/// While this is held, no signal ends the program by [`remove_all`].
pub(crate) struct Held(MutexGuard<'static, BTreeSet<PathBuf>>);

/// Holds up [`remove_all`] until a file has been made and adopted.
pub(crate) fn hold() -> Held {
    Held(there())
}

impl Held {
    /// Takes care of a file that is there.
    pub(crate) fn adopt(mut self, path: PathBuf) -> Temporary {
        self.0.insert(path.clone());
        Temporary { path }
    }
}

/// Removes everything that is there, and holds up whoever would make or rename more: the program is about to end.
pub fn remove_all() {
    remove_these(there());
}

/// The same, unless something is being made, renamed or removed in this moment; whether it was done.
pub fn try_remove_all() -> bool {
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

/// How often the removal of a folder is tried.
const REMOVALS_MAX: u32 = 1_000;

/// Removes a file or a folder of ours; what cannot be removed stays, as nobody is left to be told.
///
/// When a signal ends the program, other threads go on, and may put a file into a folder while it is being emptied. Then
/// the folder is emptied again.
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

/// The name of the file that is written under the name `part` until it is whole; none if it is no such name.
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
