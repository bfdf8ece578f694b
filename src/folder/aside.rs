//! Atomic files: written under a temporary name, then renamed. A file appears whole or not at all.

use std::fs::{self, File};
use std::io::{BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::error::Error;
use super::temporary::Temporary;

/// A file being written beside its final place. If it is dropped before [`Aside::finish`], nothing remains.
pub(crate) struct Aside {
    path: PathBuf,
    part: Temporary,
    writer: BufWriter<File>,
}

impl Aside {
    /// Begins the file for the final place `path`.
    ///
    /// # Errors
    /// If it cannot be created, or `path` is a folder.
    pub(crate) fn new(path: &Path) -> Result<Self, Error> {
        if path.is_dir() {
            return Err(Error::new(path, "cannot write", "it is a folder, and a file is to be written"));
        }
        let (part, file) = Temporary::file(path).map_err(Error::at(path, "cannot write"))?;
        Ok(Self { path: path.to_owned(), part, writer: BufWriter::new(file) })
    }

    /// Adds `bytes`.
    ///
    /// # Errors
    /// If they cannot be written, for example because the disk is full.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.writer.write_all(bytes).map_err(Error::at(&self.path, "cannot write"))
    }

    /// Moves the file to its final place.
    ///
    /// # Errors
    /// If the last bytes cannot be written, or the file cannot be renamed.
    pub(crate) fn finish(mut self) -> Result<PathBuf, Error> {
        self.writer.flush().map_err(Error::at(&self.path, "cannot write"))?;
        self.writer.get_ref().sync_all().map_err(Error::at(&self.path, "cannot write"))?;
        self.part.stay(&self.path).map_err(Error::at(&self.path, "cannot put it in its place"))?;
        Ok(self.path)
    }
}

/// Writes a value as JSON, as [`write`] does.
///
/// # Errors
/// If it cannot be written or renamed.
pub(crate) fn write_json(path: &Path, value: &impl Serialize) -> Result<(), Error> {
    let mut text = serde_json::to_vec_pretty(value).map_err(Error::at(path, "cannot write"))?;
    text.push(b'\n');
    write(path, &text)
}

/// Removes a file, if it is there.
///
/// # Errors
/// If it is there and stays.
pub(crate) fn remove(path: &Path) -> Result<(), Error> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(Error::new(path, "cannot remove", error)),
        _ => Ok(()),
    }
}

/// Writes a whole file under a temporary name and moves it to its final place.
///
/// # Errors
/// If it cannot be written or renamed.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let mut aside = Aside::new(path)?;
    aside.write(bytes)?;
    aside.finish().map(drop)
}
