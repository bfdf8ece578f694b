//! Untrusted names and texts: the form in which they reach files, pages and figures.

use std::fs;

use text::is_shown;

use crate::sandbox::{Sandbox, cells};

/// An experiment whose description and swept files are hostile.
const HOSTILE: &str = r#"
name = "hostile"
description = "red \u001b[31m and \u202e backwards <b>& \"quotes\""
seed = 1
replications = 2
horizon = "1m"
warmup = "10s"
[clients]
arrivals = { poisson = "2/s" }
[gateways]
count = 2
[path]
delay = { empirical = "=1+1.csv" }
[strategies.push]
push = {}
[strategies.jit]
pull = { answer = "initiate" }
[[sweep]]
"path.delay.empirical" = ["=1+1.csv", "a\u202eb.csv"]
[output]
bin = "10s"
"#;

/// A sandbox with the results of the hostile experiment in `r`.
fn results() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("hostile.toml", HOSTILE);
    for name in ["=1+1.csv", "a\u{202e}b.csv"] {
        sandbox.write(name, "seconds\n0.1\n0.2\n");
    }
    sandbox.run("run hostile.toml --out r --quiet");
    sandbox
}

#[test]
fn a_swept_name_that_a_spreadsheet_would_compute_is_no_formula_in_any_file() {
    let sandbox = results();
    for name in ["runs.csv", "summary.csv", "compare.csv", "pairs.csv", "distributions.csv", "timeseries.csv"] {
        let rows = cells(&sandbox.path(&format!("r/{name}")));
        assert!(rows.iter().any(|row| row[1] == "'=1+1.csv"), "{name}");
        assert!(rows.iter().any(|row| row[1] == r"a\u{202e}b.csv"), "{name}");
        for cell in rows.iter().flatten().filter(|cell| cell.parse::<f64>().is_err()) {
            assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{name}: {cell}");
            assert!(cell.chars().all(is_shown), "{name}: {cell:?}");
        }
    }
    // The original text is kept.
    let json = sandbox.run("run hostile.toml --out again --quiet --json");
    assert!(json.contains("\"=1+1.csv\"") && json.chars().all(|c| is_shown(c) || c == '\n'));
    sandbox.run("run hostile.toml --out r --resume --quiet");
    assert!(sandbox.run("diff r again").contains("with the same runs: 4"));
}

#[test]
fn no_hidden_character_reaches_a_page_or_a_figure() {
    let sandbox = results();
    sandbox.run("report r");
    let printed = sandbox.run("plot r --format svg");
    let figures = printed.lines().map(|path| sandbox.read(path));
    let mut texts: Vec<String> = figures.collect();
    assert!(texts.len() > 3, "{printed}");
    texts.push(sandbox.read("r/report.html"));
    for text in &texts {
        assert!(text.chars().all(|c| is_shown(c) || matches!(c, '\n' | '\t')));
        assert!(!text.contains("<b>"));
    }
    assert!(texts.iter().any(|text| text.contains(r"\u{1b}[31m and \u{202e} backwards")), "they are told");
}

#[test]
fn files_of_figures_have_plain_names() {
    let sandbox = results();
    sandbox.run("plot r");
    for entry in fs::read_dir(sandbox.path("r/figures")).expect("figures") {
        let name = entry.expect("an entry").file_name().into_string().expect("text");
        assert!(name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)), "{name}");
    }
}
