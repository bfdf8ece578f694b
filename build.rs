//! Tells the program which compiler and which commit it was built from; without Git the commit is empty.

use std::process::Command;

fn main() {
    println!("cargo:rustc-env=PUSHPULL_COMMIT={}", said("git", &["describe", "--always", "--dirty"]));
    let compiler = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    println!("cargo:rustc-env=PUSHPULL_COMPILER={}", said(&compiler, &["--version"]));
    println!("cargo:rustc-env=PUSHPULL_PLATFORM={}", std::env::var("TARGET").unwrap_or_default());
    for file in ["build.rs", "Cargo.lock", "Cargo.toml", "assets", "src"] {
        println!("cargo:rerun-if-changed={file}");
    }
    // Not the index: looking at the tree rewrites it, and every build would begin anew.
    let git = said("git", &["rev-parse", "--absolute-git-dir"]);
    for file in ["HEAD", "logs/HEAD"] {
        let path = std::path::Path::new(&git).join(file);
        if path.exists() {
            println!("cargo:rerun-if-changed={}", path.display());
        }
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
