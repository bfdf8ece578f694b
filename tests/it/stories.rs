//! The stories in `docs/stories.md` are the output of their commands, and every further command prints a story.
//!
//! `UPDATE_STORIES=1 cargo test --test it stories` updates them.

use std::fs;
use std::path::Path;
use std::process::Command;

const OPEN: &str = "```console\n$ pushpull ";
const CLOSE: &str = "```\n";

/// What the program prints for the arguments `command`.
fn printed(root: &Path, command: &str) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_pushpull"))
        .args(command.split_whitespace())
        .current_dir(root)
        .output()
        .expect("the program starts");
    assert!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn every_story_is_what_its_command_prints() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = root.join("docs/stories.md");
    let text = fs::read_to_string(&path).expect("the stories");
    let mut parts = text.split(OPEN);
    let mut expected = parts.next().expect("the head").to_owned();
    let mut count = 0;
    for part in parts {
        let (command, rest) = part.split_once('\n').expect("a command on a line");
        let (_, rest) = rest.split_once(CLOSE).expect("the end of the block");
        for piece in [OPEN, command, "\n", &printed(root, command), CLOSE, rest] {
            expected.push_str(piece);
        }
        count += 1;
    }
    for row in text.split("| `pushpull ").skip(1) {
        let (command, _) = row.split_once("` |").expect("a command in a cell");
        assert!(printed(root, command).contains("\npeer "), "{command} tells no story");
        count += 1;
    }
    assert_eq!(count, 23, "one story for each mechanism");
    if std::env::var_os("UPDATE_STORIES").is_some() {
        fs::write(&path, &expected).expect("the stories can be written");
    }
    assert!(text == expected, "docs/stories.md is not what its commands print; UPDATE_STORIES=1 writes it anew");
}
