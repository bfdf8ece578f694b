//! Runs the program as a user would, in a folder of the test.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

/// An empty folder, named after the test.
pub(crate) fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("the build's folder can be written");
    folder
}

/// Output and exit code of a command.
#[derive(Debug)]
pub(crate) struct Printed {
    pub(crate) out: String,
    pub(crate) err: String,
    pub(crate) code: Option<i32>,
}

/// Runs `pushpull` with `arguments` in `folder`.
pub(crate) fn pushpull(folder: &PathBuf, arguments: &[&str]) -> Printed {
    let command = Command::new(env!("CARGO_BIN_EXE_pushpull")).args(arguments).current_dir(folder).output();
    let Output { status, stdout, stderr } = command.expect("the program starts");
    let text = |bytes| String::from_utf8(bytes).expect("the program prints UTF-8");
    Printed { out: text(stdout), err: text(stderr), code: status.code() }
}

/// Every experiment shipped with the project.
pub(crate) fn shipped() -> Vec<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("experiments");
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .expect("there are experiments")
        .map(|entry| entry.expect("the folder can be read").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .collect();
    files.sort();
    assert!(!files.is_empty());
    files
}
