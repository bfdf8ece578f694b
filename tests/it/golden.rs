//! A tiny experiment gives exactly the files in `tests/golden`. The files show that results are unchanged, not that
//! they are right.

use std::fs;
use std::path::PathBuf;

use crate::sandbox::Sandbox;

const GOLDEN: [&str; 6] =
    ["runs.csv", "summary.csv", "compare.csv", "pairs.csv", "distributions.csv", "timeseries.csv"];

fn golden(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
}

#[test]
fn a_tiny_experiment_gives_the_golden_files() {
    let sandbox = Sandbox::new();
    sandbox.run(&format!("run {} --out r --quiet", golden("tiny.toml").display()));
    if std::env::var("PUSHPULL_GOLDEN").is_ok_and(|word| word == "renew") {
        for name in GOLDEN {
            fs::copy(sandbox.path(&format!("r/{name}")), golden(name)).expect("a golden file");
        }
    }
    for name in GOLDEN {
        let expected = fs::read_to_string(golden(name)).expect("a golden file");
        let got = sandbox.read(&format!("r/{name}"));
        let line = expected.lines().zip(got.lines()).position(|(old, new)| old != new);
        let line = line.unwrap_or_else(|| expected.lines().count().min(got.lines().count()));
        assert!(
            expected == got,
            "{name} has changed from line {} on:\n{}\n{}\nif that is meant, see tests/golden/README.md",
            line + 1,
            expected.lines().nth(line).unwrap_or("(end of the golden file)"),
            got.lines().nth(line).unwrap_or("(end of the new file)")
        );
    }
}
