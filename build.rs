//! Tells the program which compiler and which commit it was built from.

use std::path::{Path, PathBuf};
use std::process::Command;

/// What the program is made of.
const SOURCES: [&str; 5] = ["build.rs", "Cargo.lock", "Cargo.toml", "crates", "src"];

fn main() {
    // The module of the explorer is compared byte by byte, so no commit is in it.
    let is_module = std::env::var("CARGO_CFG_TARGET_FAMILY").is_ok_and(|family| family == "wasm");
    println!("cargo:rustc-env=PUSHPULL_COMMIT={}", if is_module { String::new() } else { commit() });
    let compiler = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    println!("cargo:rustc-env=PUSHPULL_COMPILER={}", said(&compiler, &["--version"]));
    println!("cargo:rustc-env=PUSHPULL_PLATFORM={}", std::env::var("TARGET").unwrap_or_default());
    for file in SOURCES {
        println!("cargo:rerun-if-changed={file}");
    }
    println!("cargo:rerun-if-env-changed={GIVEN}");
    // Not the index: looking at the tree rewrites it, and every build would begin anew.
    let git = said("git", &["rev-parse", "--absolute-git-dir"]);
    for file in ["HEAD", "logs/HEAD"] {
        let path = std::path::Path::new(&git).join(file);
        if path.exists() {
            println!("cargo:rerun-if-changed={}", path.display());
        }
    }
}

/// Names the commit where there is no repository, as in an image.
const GIVEN: &str = "PUSHPULL_COMMIT";

/// The commit; where the sources are not those of a commit, they are told apart by a hash.
fn commit() -> String {
    let commit = said("git", &["describe", "--always", "--dirty"]);
    if let (true, Some(given)) = (commit.is_empty(), std::env::var(GIVEN).ok().filter(|given| !given.is_empty())) {
        return given;
    }
    if commit.is_empty() || commit.ends_with("-dirty") {
        let name = if commit.is_empty() { "unknown" } else { &commit };
        return format!("{name}-{:016x}", hash_of_sources());
    }
    commit
}

/// FNV-1a over names and contents, in the order of the names.
fn hash_of_sources() -> u64 {
    let mut files = Vec::new();
    for source in SOURCES {
        collect(Path::new(source), &mut files);
    }
    files.sort();
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for file in files {
        let text = std::fs::read(&file).unwrap_or_default();
        let name = file.to_string_lossy().replace('\\', "/");
        for byte in name.bytes().chain([0]).chain(text).chain([0]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
    hash
}

/// Adds a file, or all files below a folder.
fn collect(path: &Path, files: &mut Vec<PathBuf>) {
    match std::fs::read_dir(path) {
        Ok(entries) => entries.flatten().for_each(|entry| collect(&entry.path(), files)),
        Err(_) => files.push(path.to_owned()),
    }
}

/// What a command printed, or nothing if it failed.
fn said(command: &str, arguments: &[&str]) -> String {
    let output = Command::new(command).args(arguments).output();
    output
        .ok()
        .filter(|output| output.status.success())
        .and_then(|output| String::from_utf8(output.stdout).ok())
        .map(|text| text.trim().to_owned())
        .unwrap_or_default()
}
