//! An error about a file.

use std::any::Any;
use std::fmt;
use std::io::{self, ErrorKind};
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
    /// Whether the cause is the state of the machine, such as a full disk, so that another attempt may succeed.
    pub passing: bool,
}

impl Error {
    /// An error about `path`.
    pub fn new(path: &Path, attempt: &'static str, cause: impl fmt::Display) -> Self {
        Self { path: path.to_owned(), attempt, cause: cause.to_string(), passing: false }
    }

    /// Converts an input or output error about `path`.
    pub fn at<E: fmt::Display + 'static>(path: &Path, attempt: &'static str) -> impl FnOnce(E) -> Self {
        move |cause| Self { passing: is_passing(&cause), ..Self::new(path, attempt, cause) }
    }
}

/// Whether an error is one of the machine: no space, no memory, a disk or network that does not answer.
pub(crate) fn is_passing(cause: &dyn Any) -> bool {
    let of_csv = cause.downcast_ref::<csv::Error>().and_then(|error| match error.kind() {
        csv::ErrorKind::Io(error) => Some(error),
        _ => None,
    });
    cause.downcast_ref::<io::Error>().or(of_csv).is_some_and(|error| match error.kind() {
        ErrorKind::StorageFull
        | ErrorKind::QuotaExceeded
        | ErrorKind::FileTooLarge
        | ErrorKind::OutOfMemory
        | ErrorKind::TimedOut
        | ErrorKind::Interrupted
        | ErrorKind::WouldBlock
        | ErrorKind::StaleNetworkFileHandle
        | ErrorKind::HostUnreachable
        | ErrorKind::NetworkUnreachable
        | ErrorKind::NetworkDown => true,
        // EIO has no kind of its own.
        _ => error.raw_os_error() == Some(5),
    })
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: {}", self.path.display(), self.attempt, self.cause)
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_may_pass_and_a_damaged_file_does_not() {
        let of = |cause: io::Error| Error::at(Path::new("runs.csv"), "cannot write")(cause).passing;
        assert!(of(io::Error::from(ErrorKind::StorageFull)) && of(io::Error::from_raw_os_error(5)));
        assert!(!of(io::Error::from(ErrorKind::PermissionDenied)) && !of(io::Error::from(ErrorKind::InvalidData)));
        let in_csv = csv::Error::from(io::Error::from(ErrorKind::StorageFull));
        assert!(Error::at(Path::new("runs.csv"), "cannot write")(in_csv).passing);
        assert!(!Error::new(Path::new("runs.csv"), "cannot read", "it is damaged").passing);
    }
}
