//! An error about a file.

use std::fmt;
use std::path::{Path, PathBuf};

/// A failed operation on a file or folder: the path, the operation, and the cause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// The file or folder.
    pub path: PathBuf,
    /// The operation: `cannot write`.
    pub attempt: &'static str,
    /// The cause, as reported by the system or the check.
    pub cause: String,
}

impl Error {
    /// An error about `path`.
    pub fn new(path: &Path, attempt: &'static str, cause: impl fmt::Display) -> Self {
        Self { path: path.to_owned(), attempt, cause: cause.to_string() }
    }

    /// Converts an input or output error about `path`.
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
