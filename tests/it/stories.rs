//! The stories in `docs/stories.md` are the output of their commands.
//!
//! `UPDATE_STORIES=1 cargo test --test it stories` updates them.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

const OPEN: &str = "```console\n$ pushpull ";
const CLOSE: &str = "```\n";

#[test]
fn every_story_is_what_its_command_prints() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let path = root.join("docs/stories.md");
    let text = fs::read_to_string(&path).expect("the stories");
    let mut parts = text.split(OPEN);
    let mut expected = parts.next().expect("the head").to_owned();
    let mut count = 0;
    for part in parts {
        let (command, rest) = part.split_once('\n').expect("a command on a line");
        let (_, rest) = rest.split_once(CLOSE).expect("the end of the block");
        let output = Command::new(env!("CARGO_BIN_EXE_pushpull"))
            .args(command.split_whitespace())
            .current_dir(&root)
            .output()
            .expect("the program starts");
        assert!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
        let story = String::from_utf8(output.stdout).expect("text");
        for piece in [OPEN, command, "\n", &story, CLOSE, rest] {
            expected.push_str(piece);
        }
        count += 1;
    }
    assert_eq!(count, 23, "one story for each mechanism");
    if std::env::var_os("UPDATE_STORIES").is_some() {
        fs::write(&path, &expected).expect("the stories can be written");
    }
    assert!(text == expected, "docs/stories.md is not what its commands print; UPDATE_STORIES=1 writes it anew");
}
