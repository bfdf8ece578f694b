//! The output and the errors of `plot`, and whether the figures in `plots` are those of the experiments.

use std::fs;
use std::path::{Path, PathBuf};

use draw::figure::Numbers;

use crate::sandbox::{SMALL, Sandbox, cells};

/// The value of an attribute of a figure's metadata.
fn attribute<'a>(svg: &'a str, name: &str) -> &'a str {
    let start = svg.find(&format!(" {name}=\"")).unwrap_or_else(|| panic!("{name} in {}", &svg[..400]));
    let rest = &svg[start + name.len() + 3..];
    &rest[..rest.find('"').expect("a closing quote")]
}

/// The numbers in a figure's metadata.
fn numbers(svg: &str) -> Vec<Vec<String>> {
    let start = svg.find("<data ").expect("metadata");
    let start = start + svg[start..].find(">\n").expect("the end of a tag") + 2;
    let text = &svg[start..start + svg[start..].find("</data>").expect("its end")];
    let text = text
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&amp;", "&");
    let reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    reader.into_records().map(|record| record.expect("a line").iter().map(str::to_owned).collect()).collect()
}

/// The digest of a figure's numbers, computed again.
fn digest(numbers: &[Vec<String>]) -> String {
    let mut table = Numbers::new(numbers[0].iter().map(String::as_str));
    for row in &numbers[1..] {
        table.push(row.iter().cloned());
    }
    table.digest()
}

#[test]
fn all_figures_that_fit_are_drawn_and_their_paths_printed() {
    let sandbox = Sandbox::new();
    sandbox.run("run small.toml --out r --quiet");
    let before = fs::read(sandbox.path("r/manifest.json")).expect("a manifest");
    let printed = sandbox.run("plot r");
    let paths: Vec<&str> = printed.lines().collect();
    for name in ["late-rate", "waits", "late-rate-differences", "causes", "late-rate-timeline", "table-size"] {
        for extension in ["svg", "png"] {
            let path = format!("r/figures/{name}.{extension}");
            assert!(paths.contains(&path.as_str()), "{path} in {printed}");
            assert!(sandbox.path(&path).exists());
        }
    }
    assert_eq!(paths.len(), 12, "{printed}");
    assert_eq!(fs::read(sandbox.path("r/manifest.json")).expect("a manifest"), before);
}

#[test]
fn a_figure_carries_words_digests_and_its_numbers() {
    let sandbox = Sandbox::new();
    sandbox.run("run small.toml --out r --quiet");
    sandbox.run("plot r --figure sweep --measure handshake_wait_mean_s --format svg --out f --prefix a-");
    let svg = sandbox.read("f/a-handshake-wait-mean.svg");
    assert!(svg.contains("role=\"img\"") && svg.contains("<title id=") && svg.contains("<desc id="), "{}", &svg[..500]);
    let manifest: serde_json::Value = serde_json::from_str(&sandbox.read("r/manifest.json")).expect("JSON");
    assert_eq!(attribute(&svg, "experiment-digest"), manifest["digest"]);
    let carried = numbers(&svg);
    assert_eq!(attribute(&svg, "data-digest"), digest(&carried));
    assert_eq!(carried[0], ["point", "bus.loss", "strategy", "n", "handshake_wait_mean_s", "low", "high"]);
    let summary = cells(&sandbox.path("r/summary.csv"));
    let means = summary.iter().filter(|row| row[3] == "handshake_wait_mean_s").map(|row| row[6].clone());
    let drawn = carried[1..].iter().map(|row| row[4].clone());
    assert_eq!(drawn.collect::<Vec<_>>(), means.collect::<Vec<_>>());
}

#[test]
fn plotting_twice_writes_the_same_bytes_and_no_date() {
    let sandbox = Sandbox::new();
    sandbox.run("run small.toml --out r --quiet");
    for theme in ["light", "dark"] {
        sandbox.run(&format!("plot r --figure sweep --figure waits --theme {theme} --out one"));
        sandbox.run(&format!("plot r --figure sweep --figure waits --theme {theme} --out two"));
    }
    for name in ["late-rate.svg", "late-rate.png", "late-rate-dark.svg", "waits-dark.png"] {
        let bytes = |folder: &str| fs::read(sandbox.path(folder).join(name)).expect("a figure");
        assert!(bytes("one") == bytes("two"), "{name}");
    }
    let png = fs::read(sandbox.path("one/waits.png")).expect("a figure");
    let size = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().expect("4 bytes"));
    assert_eq!((size(16), size(20)), (2560, 1440));
    assert!(!png.windows(4).any(|chunk| chunk == b"tIME"));
}

#[test]
fn an_outage_of_the_api_shows_in_the_timeline_that_is_drawn_by_default() {
    let sandbox = Sandbox::new();
    let outage = SMALL.replace("arrivals =", "create_timeout = \"2s\"\ncreate_attempts = 2\narrivals =");
    let text = format!("{outage}[[faults]]\ntarget = \"api\"\nat = \"10s\"\nfor = \"20s\"\n");
    sandbox.write("outage.toml", &text);
    sandbox.run("run outage.toml --out r --quiet");
    sandbox.run("plot r --figure timeline --format svg --out f");
    let carried = numbers(&sandbox.read("f/late-rate-timeline.svg"));
    assert_eq!(carried[0], ["strategy", "t_s", "late_rate", "low", "high"]);
    // Of the first attempts that start in this bin, each create fails before the API is back.
    let rates = carried.iter().filter(|row| row[1] == "10").map(|row| row[2].parse::<f64>().expect("a rate"));
    let rates: Vec<f64> = rates.collect();
    assert_eq!(rates.len(), 3);
    assert!(rates.iter().all(|rate| *rate > 0.8), "{rates:?}");
    let before = carried.iter().find(|row| row[0] == "jit" && row[1] == "0").expect("a bin before");
    assert!(before[2].parse::<f64>().expect("a rate") < 0.3, "{before:?}");
}

#[test]
fn wrong_folders_and_names_are_refused_and_nothing_is_written() {
    let sandbox = Sandbox::new();
    let error = sandbox.fail("plot nowhere", 2);
    assert!(error.contains("nowhere: is no result folder, it has no manifest.json"), "{error}");
    sandbox.run("run small.toml --out r --quiet");
    let error = sandbox.fail("plot r --figure weights", 2);
    assert!(error.contains("no figure weights") && error.contains("did you mean waits?"), "{error}");
    let error = sandbox.fail("plot r --measure stall-rate", 2);
    assert!(error.contains("no measure stall-rate") && error.contains("did you mean stall_rate?"), "{error}");
    let error = sandbox.fail("plot r --point 2", 2);
    assert!(error.contains("no point 2; the last is 1"), "{error}");
    let error = sandbox.fail("plot r --figure heatmap", 2);
    assert!(error.contains("heatmap: it takes two keys"), "{error}");
    assert!(!sandbox.path("r/figures").exists());
    sandbox.write("file", "");
    let error = sandbox.fail("plot r --out file", 2);
    assert!(error.contains("file: is no folder; figures go into one"), "{error}");
}

#[test]
fn a_folder_that_holds_nothing_to_draw_says_why() {
    let sandbox = Sandbox::new();
    let quiet = SMALL.replace("[[sweep]]\n\"bus.loss\" = [0.0, 0.1]\n[output]\nbin = \"10s\"\n", "");
    assert_ne!(quiet, SMALL);
    let lines: Vec<&str> = quiet.lines().filter(|line| !line.starts_with("arrivals")).collect();
    let text =
        format!("{}\n", lines.join("\n")).replace("[clients]", "[clients]\narrivals = { poisson = \"0.0001/s\" }");
    sandbox.write("quiet.toml", &text);
    sandbox.run("run quiet.toml --out r --quiet --strategy push");
    let error = sandbox.fail("plot r", 2);
    for expected in [
        "nothing to draw",
        "sweep: no key is swept",
        "waits: no attempt connected",
        "timeline: there is no timeseries.csv",
    ] {
        assert!(error.contains(expected), "{expected} in {error}");
    }
    sandbox.run("run quiet.toml --out two --quiet");
    let error = sandbox.fail("plot two", 2);
    let expected = "differences: there are no differences: late rate has no value, as nothing was counted for it";
    assert!(error.contains(expected), "{error}");
}

#[test]
fn a_broken_line_is_told_with_file_and_line() {
    let sandbox = Sandbox::new();
    sandbox.run("run small.toml --out r --quiet");
    let broken = sandbox.read("r/distributions.csv").replacen(",handshake_wait_s,", ",handshake_wait_s,many", 1);
    sandbox.write("r/distributions.csv", &broken);
    let error = sandbox.fail("plot r", 1);
    assert!(error.contains("distributions.csv: cannot read: line 2: count: \"many"), "{error}");
}

/// The figures in `plots` that this program drew.
fn gallery() -> Vec<(PathBuf, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("plots");
    let mut figures = Vec::new();
    for entry in fs::read_dir(folder).expect("there are figures") {
        let path = entry.expect("the folder can be read").path();
        if path.extension().is_some_and(|extension| extension == "svg") {
            let svg = fs::read_to_string(&path).expect("a figure");
            figures.push((path, svg));
        }
    }
    figures.sort();
    assert!(!figures.is_empty());
    figures
}

#[test]
fn figures_of_the_gallery_are_of_the_experiments_as_they_are() {
    use pushpull::plan::{Overrides, Plan};
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut digests = std::collections::BTreeMap::new();
    for (path, svg) in gallery() {
        let name = attribute(&svg, "experiment").to_owned();
        let expected = digests.entry(name.clone()).or_insert_with(|| {
            let file = root.join("experiments").join(format!("{name}.toml"));
            Plan::read(&file, &Overrides::default()).expect("a valid experiment").digest
        });
        let path = path.display();
        assert_eq!(attribute(&svg, "experiment-digest"), expected, "{path}: draw it again: plots/gallery.sh {name}");
        assert_eq!(attribute(&svg, "data-digest"), digest(&numbers(&svg)), "{path} was changed by hand");
    }
}

#[test]
fn figures_of_the_gallery_hold_what_the_program_simulates() {
    let sandbox = Sandbox::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let file = root.join("experiments/incident.toml");
    // One point and strategy of the experiment: common random numbers give the same results alone and among others.
    sandbox.run(&format!("run {} --out r --quiet --strategy push --vary bus.loss=0.1", file.display()));
    let summary = cells(&sandbox.path("r/summary.csv"));
    let row = summary.iter().find(|row| row[2] == "push" && row[3] == "stall_rate").expect("a line");
    let svg = fs::read_to_string(root.join("plots/incident-stall-rate.svg")).expect("a figure");
    let carried = numbers(&svg);
    let drawn = carried.iter().find(|line| line[1] == "0.1" && line[2] == "push").expect("a line");
    assert_eq!(drawn[3..], row[5..9], "draw it again: plots/gallery.sh incident");
}
