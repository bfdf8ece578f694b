//! The layers: what each part of `src` may know, as ARCHITECTURE.md says.

use std::fs;
use std::path::{Path, PathBuf};

/// Each layer and the layers that it may name.
const LAYERS: [(&str, &[&str]); 12] = [
    ("engine", &[]),
    ("text", &[]),
    ("stats", &[]),
    ("model", &["engine"]),
    ("metrics", &["engine", "model"]),
    ("simulate", &["engine", "model", "metrics"]),
    ("signaling", &["engine", "model", "metrics", "stats"]),
    ("experiment", &["engine", "model", "metrics", "stats", "simulate", "text"]),
    ("trace", &["engine", "model", "experiment"]),
    ("output", &["engine", "model", "metrics", "stats", "experiment", "trace", "text"]),
    ("verify", &["engine", "model", "metrics", "stats", "experiment", "simulate", "signaling"]),
    (
        "cli",
        &[
            "engine",
            "model",
            "metrics",
            "stats",
            "experiment",
            "output",
            "simulate",
            "signaling",
            "text",
            "trace",
            "verify",
        ],
    ),
];

/// What gives a run a way to the world outside.
const OUTSIDE: [&str; 9] =
    ["std::env", "std::fs", "std::io", "std::net", "std::process", "std::thread", "std::time", "println!", "serde"];

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder of sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files.extend(sources(&path));
        } else {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// The files of a layer with their text, comments left out.
fn layer(name: &str) -> Vec<(PathBuf, String)> {
    let source = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src");
    let file = source.join(format!("{name}.rs"));
    let own = |path: &PathBuf| *path == file || path.starts_with(source.join(name));
    let files: Vec<PathBuf> = sources(&source).into_iter().filter(own).collect();
    assert!(!files.is_empty(), "there is no layer {name}");
    let code = |path: PathBuf| {
        let text = fs::read_to_string(&path).expect("a source");
        let lines: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
        (path, lines.join("\n"))
    };
    files.into_iter().map(code).collect()
}

#[test]
fn no_layer_names_a_higher_one() {
    for (name, below) in LAYERS {
        for (path, text) in layer(name) {
            for part in text.split("crate::").skip(1) {
                let word: String = part.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect();
                assert!(!word.is_empty() || !part.starts_with('{'), "{}: name one layer a line", path.display());
                let legal = word.is_empty() || word == name || below.contains(&word.as_str());
                assert!(legal, "{} names crate::{word}; {name} may name {below:?}", path.display());
            }
        }
    }
}

#[test]
fn the_list_of_layers_is_that_of_the_library() {
    let text = fs::read_to_string(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).expect("the library");
    let declared = text.lines().filter_map(|line| line.trim_start_matches("pub ").strip_prefix("mod "));
    let mut declared: Vec<&str> = declared.map(|name| name.trim_end_matches(';')).collect();
    declared.sort_unstable();
    let mut listed = LAYERS.map(|(name, _)| name).to_vec();
    listed.sort_unstable();
    assert_eq!(declared, listed);
}

#[test]
fn a_run_has_no_way_to_the_world_outside() {
    for name in ["engine", "model", "metrics", "simulate"] {
        for (path, text) in layer(name) {
            for word in OUTSIDE {
                assert!(!text.contains(word), "{} names {word}", path.display());
            }
        }
    }
}
