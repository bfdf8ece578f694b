//! A file that appears whole or not at all: written aside, then renamed.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use super::error::Error;

/// A file under way beside the place where it will appear.
pub struct Aside {
    path: PathBuf,
    part: PathBuf,
    writer: BufWriter<File>,
}

impl Aside {
    /// Begins the file that will be `path`, as `path` with `.part` added.
    ///
    /// # Errors
    /// If it cannot be made.
    pub fn new(path: &Path) -> Result<Self, Error> {
        let part = part(path);
        let file = File::create(&part).map_err(Error::at(&part, "cannot write"))?;
        Ok(Self { path: path.to_owned(), part, writer: BufWriter::new(file) })
    }

    /// Adds `bytes`.
    ///
    /// # Errors
    /// If they cannot be written, as when the disk is full.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.writer.write_all(bytes).map_err(Error::at(&self.part, "cannot write"))
    }

    /// Puts the file in its place.
    ///
    /// # Errors
    /// If the last bytes cannot be written, or the file cannot be renamed.
    pub fn finish(mut self) -> Result<PathBuf, Error> {
        self.writer.flush().map_err(Error::at(&self.part, "cannot write"))?;
        self.writer.get_ref().sync_all().map_err(Error::at(&self.part, "cannot write"))?;
        fs::rename(&self.part, &self.path).map_err(Error::at(&self.path, "cannot put it in its place"))?;
        Ok(self.path)
    }
}

/// Writes a whole file aside and puts it in its place.
///
/// # Errors
/// If it cannot be written or renamed.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let mut aside = Aside::new(path)?;
    aside.write(bytes)?;
    aside.finish().map(drop)
}

/// Where `path` is written aside.
pub(super) fn part(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".part");
    path.with_file_name(name)
}
