//! What went wrong with a file.

use std::fmt;
use std::path::{Path, PathBuf};

/// The world failed: a file or folder, what was tried, and the cause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// The file or folder.
    pub path: PathBuf,
    /// What was tried: `cannot write`.
    pub attempt: &'static str,
    /// The cause, as the system or the check tells it.
    pub cause: String,
}

impl Error {
    /// An error about `path`.
    pub fn new(path: &Path, attempt: &'static str, cause: impl fmt::Display) -> Self {
        Self { path: path.to_owned(), attempt, cause: cause.to_string() }
    }

    /// Turns an input or output error about `path` into this.
    pub fn at<E: fmt::Display>(path: &Path, attempt: &'static str) -> impl FnOnce(E) -> Self {
        move |cause| Self::new(path, attempt, cause)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: {}", self.path.display(), self.attempt, self.cause)
    }
}

impl std::error::Error for Error {}
