//! The files that `run` writes, its output and its errors.

use std::fs;

use pushpull::measure::{DISTRIBUTIONS, SERIES, measures};

use crate::sandbox::{Sandbox, cells};

#[test]
fn the_files_have_the_documented_columns() {
    let sandbox = Sandbox::new();
    sandbox.run("run small.toml --out r --quiet");
    let header = |name: &str| cells(&sandbox.path(&format!("r/{name}")))[0].join(" ");
    let measures: Vec<&str> = measures(false).iter().map(|measure| measure.name).collect();
    let runs = format!("point bus.loss strategy replication fingerprint events {}", measures.join(" "));
    assert_eq!(header("runs.csv"), runs);
    assert_eq!(header("summary.csv"), "point bus.loss strategy measure unit n mean ci_low ci_high method");
    assert_eq!(
        header("compare.csv"),
        "point bus.loss strategy baseline measure unit n difference ci_low ci_high p_adjusted verdict method level"
    );
    assert_eq!(
        header("pairs.csv"),
        "point bus.loss strategy other measure unit n difference ci_low ci_high p_adjusted verdict method level"
    );
    assert_eq!(header("distributions.csv"), "point bus.loss strategy measure count quantile value ci_low ci_high");
    assert_eq!(header("timeseries.csv"), "point bus.loss strategy t_s measure mean ci_low ci_high");
}

#[test]
fn rows_stand_in_canonical_order_and_every_group_has_every_measure() {
    let sandbox = Sandbox::new();
    sandbox.run("run small.toml --out r --quiet --jobs 2");
    let runs = cells(&sandbox.path("r/runs.csv"));
    let keys: Vec<String> = runs[1..].iter().map(|row| row[..4].join(" ")).collect();
    let mut expected = Vec::new();
    for (point, loss) in [(0, "0.0"), (1, "0.1")] {
        for strategy in ["push", "push-retry", "jit"] {
            expected.extend((0..4).map(|replication| format!("{point} {loss} {strategy} {replication}")));
        }
    }
    assert_eq!(keys, expected);
    assert_eq!(cells(&sandbox.path("r/summary.csv")).len() - 1, 2 * 3 * measures(false).len());
    assert_eq!(cells(&sandbox.path("r/compare.csv")).len() - 1, 2 * 2 * measures(false).len());
    let pairs = cells(&sandbox.path("r/pairs.csv"));
    let pairs: Vec<String> =
        pairs[1..].iter().map(|row| format!("{} {} {} {}", row[0], row[2], row[3], row[4])).collect();
    let mut expected = Vec::new();
    for point in 0..2 {
        for pair in ["push push-retry", "push jit", "push-retry jit"] {
            expected.extend(["stall_rate", "late_rate"].map(|measure| format!("{point} {pair} {measure}")));
        }
    }
    assert_eq!(pairs, expected);
    assert_eq!(cells(&sandbox.path("r/timeseries.csv")).len() - 1, 2 * 3 * 4 * SERIES.len());
    let distributions = cells(&sandbox.path("r/distributions.csv"));
    assert!(distributions[1..].iter().all(|row| DISTRIBUTIONS.contains(&row[3].as_str())));
}

#[test]
fn the_summary_pools_the_rows_and_averages_what_is_no_ratio() {
    let sandbox = Sandbox::new();
    sandbox.run("run small.toml --out r --quiet");
    let runs = cells(&sandbox.path("r/runs.csv"));
    let values = |name: &str| -> Vec<f64> {
        let column = runs[0].iter().position(|column| column == name).expect("a column");
        runs[1..5].iter().map(|row| row[column].parse().expect("a number")).collect()
    };
    let sum = |name: &str| values(name).iter().sum::<f64>();
    let summary = cells(&sandbox.path("r/summary.csv"));
    let told = |name: &str| {
        let line = summary.iter().find(|row| row[3] == name).expect("a line");
        assert_eq!(line[5], "4");
        line[6].parse::<f64>().expect("a number")
    };
    let (waits, connected) = (values("handshake_wait_mean_s"), values("connected"));
    let waited: f64 = waits.iter().zip(&connected).map(|(wait, connected)| wait * connected).sum();
    assert!(connected.windows(2).any(|pair| pair[0] < pair[1]), "runs of one size would not tell: {connected:?}");
    assert!((told("handshake_wait_mean_s") - waited / sum("connected")).abs() < 1e-15);
    assert!((told("stall_rate") - sum("stalled") / (sum("attempts") - sum("create_failed"))).abs() < 1e-15);
    assert!((told("late_rate") - sum("late") / sum("attempts")).abs() < 1e-15);
    assert!((told("table_max") - sum("table_max") / 4.0).abs() < 1e-12);
}

#[test]
fn no_cell_is_nan_and_a_share_that_never_connected_is_infinite() {
    let sandbox = Sandbox::new();
    sandbox.run("run small.toml --out r --quiet --set bus.loss=1 --strategy push --vary clients.existing=0,1");
    for name in ["runs.csv", "summary.csv", "compare.csv", "pairs.csv", "distributions.csv", "timeseries.csv"] {
        assert!(!sandbox.read(&format!("r/{name}")).to_lowercase().contains("nan"), "{name}");
    }
    let distributions = cells(&sandbox.path("r/distributions.csv"));
    assert!(distributions.iter().any(|row| row[3] == "handshake_wait_s" && row[6] == "inf"));
}

#[test]
fn the_table_names_points_strategies_and_paths() {
    let sandbox = Sandbox::new();
    let table = sandbox.run("run small.toml --out r --quiet");
    for expected in ["point 1: bus.loss = 0.1", "push-retry", "baseline", "rate − that of push", "r/compare.csv"] {
        assert!(table.contains(expected), "{expected} in\n{table}");
    }
    assert!(table.lines().all(|line| line.chars().count() <= 120), "{table}");
}

#[test]
fn json_is_the_summary() {
    let sandbox = Sandbox::new();
    let text = sandbox.run("run small.toml --out r --quiet --json");
    let lines: Vec<serde_json::Value> = serde_json::from_str(&text).expect("JSON");
    assert_eq!(lines.len(), cells(&sandbox.path("r/summary.csv")).len() - 1);
    assert_eq!(lines[0]["strategy"], "push");
    assert_eq!(lines[0]["n"], 4);
    assert!(lines[0]["mean"].is_number());
}

#[test]
fn an_existing_folder_is_neither_overwritten_nor_touched_unasked() {
    let sandbox = Sandbox::new();
    sandbox.run("run small.toml --out r --quiet");
    let before = sandbox.read("r/manifest.json");
    let error = sandbox.fail("run small.toml --out r --quiet --seed 8", 2);
    assert!(error.contains("--resume") && error.contains("--overwrite"), "{error}");
    assert_eq!(sandbox.read("r/manifest.json"), before);
    sandbox.run("run small.toml --out r --quiet --seed 8 --overwrite");
    assert!(sandbox.read("r/manifest.json").contains("\"seed\": 8"));
}

#[test]
fn a_folder_that_is_not_ours_is_left_alone_even_when_asked() {
    let sandbox = Sandbox::new();
    fs::create_dir(sandbox.path("mine")).expect("a folder");
    sandbox.write("mine/thesis.txt", "years of work");
    let error = sandbox.fail("run small.toml --out mine --quiet --overwrite", 2);
    assert!(error.contains("holds no results of this program"), "{error}");
    assert_eq!(sandbox.read("mine/thesis.txt"), "years of work");
}

#[test]
fn a_folder_that_cannot_be_written_is_told_with_path_and_cause_before_anything_runs() {
    let sandbox = Sandbox::new();
    sandbox.write("file", "");
    let error = sandbox.fail("run small.toml --out file/r --quiet", 1);
    assert!(error.contains("file/r") && error.contains("Not a directory"), "{error}");
    assert!(sandbox.fail("run small.toml --out r --jobs 0", 2).contains("--jobs"));
    assert!(!sandbox.path("r").exists());
}

#[test]
fn the_manifest_tells_where_the_results_come_from() {
    let sandbox = Sandbox::new();
    sandbox.run("run small.toml --out r --quiet --jobs 2 --set bus.delay=10ms");
    let manifest: serde_json::Value = serde_json::from_str(&sandbox.read("r/manifest.json")).expect("JSON");
    assert_eq!(manifest["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(manifest["seed"], 7);
    assert_eq!(manifest["jobs"], 2);
    assert_eq!(manifest["runs"], 24);
    assert_eq!(manifest["experiment"]["bus"]["delay"], "10ms");
    assert!(manifest["compiler"].as_str().expect("text").starts_with("rustc"));
    assert!(manifest["ended"].as_str().expect("text").ends_with('Z'));
}

#[test]
fn progress_is_plain_off_a_terminal_and_absent_when_quiet() {
    let sandbox = Sandbox::new();
    let output = sandbox.try_run("run small.toml --out r --quiet");
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    let output = sandbox.try_run("run small.toml --out s");
    assert!(!output.stderr.contains(&0x1b), "escape codes on a stderr that is no terminal");
}

#[test]
fn progress_for_a_program_is_one_object_a_line_and_the_last_tells_of_the_end() {
    let sandbox = Sandbox::new();
    let output = sandbox.try_run("run small.toml --out r --progress json");
    let text = String::from_utf8(output.stderr).expect("text");
    let objects = text.lines().filter(|line| line.starts_with('{'));
    let objects: Vec<serde_json::Value> = objects.map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let last = objects.last().expect("an object at the end");
    assert_eq!((&last["runs"], &last["runs_total"], &last["points"]), (&24.into(), &24.into(), &2.into()), "{last}");
    assert_eq!(last["left_s"], 0.0);
    assert!(last["events"].as_u64().expect("a number") > 1000);
}

#[test]
fn a_run_warns_of_results_that_rest_on_little() {
    let sandbox = Sandbox::new();
    let output = sandbox.try_run(
        "run small.toml --out r --set path.loss=0.0 --strategy push --strategy jit --vary bus.loss=0,0.005,0.01",
    );
    let text = String::from_utf8(output.stderr).expect("text");
    let few =
        "warning: differences in stall_rate rest on fewer than ten events: jit at point 2 (at most 3 stalls in both)";
    assert!(text.contains(few), "{text}");
    let output = sandbox.try_run("run small.toml --out s --set path.loss=0.3");
    let text = String::from_utf8(output.stderr).expect("text");
    let cause = "that is most of the stalls under every strategy; no strategy is below that in these runs";
    assert!(
        text.contains(" of the attempts stall because of packet loss on the path; ") && text.contains(cause),
        "{text}"
    );
}

#[test]
fn creates_that_fail_are_warned_of_and_the_table_shows_late_attempts_with_their_interval() {
    let sandbox = Sandbox::new();
    let down = "[[faults]]\ntarget = \"api\"\nat = \"5s\"\nfor = \"5m\"\n";
    sandbox.write("down.toml", &format!("{}{down}", crate::sandbox::SMALL));
    let output = sandbox.try_run("run down.toml --out r");
    let errors = String::from_utf8(output.stderr).expect("text");
    assert!(errors.contains("warning: creates fail: push "), "{errors}");
    assert!(errors.contains("late_rate counts it, stall_rate does not"), "{errors}");
    let table = String::from_utf8(output.stdout).expect("text");
    let late = table.lines().filter(|line| line.trim_start().starts_with("late "));
    assert_eq!(late.clone().count(), 6, "{table}");
    assert!(late.clone().all(|line| line.contains(" % [")), "{table}");
}

#[test]
fn more_precise_means_more_replications_up_to_the_cap() {
    let sandbox = Sandbox::new();
    let precise = |width: &str, out: &str| {
        let text = format!(
            "{}\n",
            crate::sandbox::SMALL.replace(
                "replications = 4",
                &format!("precision = {{ measure = \"handshake_wait_mean_s\", relative = {width}, at_most = 23 }}")
            )
        );
        sandbox.write("precise.toml", &text);
        let table = sandbox.run(&format!("run precise.toml --out {out} --quiet --jobs 2"));
        let rows = cells(&sandbox.path(&format!("{out}/runs.csv")));
        let of_push = rows.iter().filter(|row| row[0] == "0" && row[2] == "push").count();
        (of_push, table)
    };
    let (loose, _) = precise("0.9", "loose");
    let (strict, table) = precise("0.000001", "strict");
    assert_eq!((loose, strict), (10, 23));
    assert!(table.contains("not precise enough after 23 replications: point 0, push"), "{table}");
    sandbox.run("run precise.toml --out loose-again --quiet --jobs 1");
    sandbox.assert_same("strict", "loose-again");
}

#[test]
fn diff_says_what_differs_and_nothing_of_what_does_not() {
    let sandbox = Sandbox::new();
    sandbox.run("run small.toml --out a --quiet");
    sandbox.run("run small.toml --out b --quiet --replications 6");
    sandbox.run("run small.toml --out c --quiet --set path.loss=0.3");
    let same = sandbox.run("diff a b");
    assert!(
        same.starts_with("the same where both have runs: 6 points and strategies; B has runs that A lacks\n"),
        "{same}"
    );
    assert!(same.contains("points and strategies in both: 6; with the same runs: 6"), "{same}");
    for extent in [
        "4 replications; replications in its runs: 4, compared: 4\n",
        "6 replications; replications in its runs: 6, compared: 4\n",
    ] {
        assert!(same.contains(extent), "{extent}{same}");
    }
    let other = sandbox.run("diff a c");
    assert!(other.starts_with("A and B differ: 6 of 6 points and strategies have other runs, and "), "{other}");
    assert!(other.lines().nth(1).is_some_and(|line| line.starts_with("  stall_rate: higher in B at ")), "{other}");
    assert!(other.contains("path.loss: 0.001 in A, 0.3 in B"), "{other}");
    assert!(other.contains("with the same runs: 0") && other.contains("higher"), "{other}");
    assert!(!other.contains("replications in its runs"), "all are compared: {other}");
    assert!(
        sandbox.run("diff a a").starts_with("the same: A and B have the same runs at all 6 points and strategies\n")
    );
    sandbox.run("run small.toml --out one --quiet --strategy push --set path.loss=0.3 --replications 1");
    let one = sandbox.run("diff one one");
    assert!(one.contains(", 1 replication\n"), "{one}");
}

#[test]
fn diff_says_the_same_to_a_program() {
    let sandbox = Sandbox::new();
    sandbox.run("run small.toml --out a --quiet");
    sandbox.run("run small.toml --out c --quiet --set path.loss=0.3 --strategy push");
    let read = |line: &str| serde_json::from_str::<serde_json::Value>(&sandbox.run(line)).expect("JSON");
    let same = read("diff a a --json");
    assert_eq!((&same["verdict"], &same["compared"], &same["same_runs"]), (&"same".into(), &6.into(), &6.into()));
    assert_eq!(same["changes"], serde_json::json!([]));
    let other = read("diff a c --json");
    assert_eq!(other["verdict"], "differ");
    assert_eq!(other["only_in_a"].as_array().expect("a list").len(), 4);
    assert_eq!(other["paired"], true);
    let settings = other["settings"].as_array().expect("a list");
    assert!(settings.contains(&serde_json::json!({ "key": "path.loss", "a": "0.001", "b": "0.3" })), "{settings:?}");
    let changes = other["changes"].as_array().expect("a list");
    let shown = |change: &&serde_json::Value| matches!(change["verdict"].as_str(), Some("lower" | "higher"));
    assert_eq!(other["measures_shown_to_differ"], changes.iter().filter(shown).count());
    let stalls = changes.iter().find(|change| change["measure"] == "stall_rate").expect("it differs");
    let number = |key: &str| stalls[key].as_f64().expect("a number");
    assert!((number("b") - number("a") - number("difference")).abs() < 1e-9, "{stalls}");
    assert!(number("ci_low") <= number("difference") && number("difference") <= number("ci_high"), "{stalls}");
    assert_eq!((&stalls["strategy"], &stalls["unit"]), (&"push".into(), &"1".into()));
}

#[test]
fn diff_says_how_much_of_an_unfinished_folder_it_compares() {
    let sandbox = Sandbox::new();
    sandbox.run("run small.toml --out a --quiet");
    let runs = sandbox.read("a/runs.csv");
    let lines: Vec<&str> = runs.split_inclusive('\n').collect();
    sandbox.copy("a", "b");
    let mut manifest: serde_json::Value = serde_json::from_str(&sandbox.read("b/manifest.json")).expect("JSON");
    manifest["ended"] = serde_json::Value::Null;
    sandbox.write("b/manifest.json", &manifest.to_string());
    let said = sandbox.run("diff a b");
    assert!(said.contains("not finished; replications in its runs: 4, compared: 4\n"), "{said}");
    // Of the last point and strategy, one replication of four.
    sandbox.write("b/runs.csv", &lines[..22].concat());
    let said = sandbox.run("diff a b");
    assert!(said.contains("4 replications; replications in its runs: 4, compared: 1 to 4\n"), "{said}");
    assert!(said.contains("not finished; replications in its runs: 1 to 4, compared: 1 to 4\n"), "{said}");
    // No run, so none has a counterpart.
    sandbox.write("b/runs.csv", lines[0]);
    assert!(sandbox.fail("diff a b", 1).contains("nothing to compare"));
    sandbox.write("a/runs.csv", &[lines[0], lines[1]].concat());
    sandbox.write("b/runs.csv", &[lines[0], lines[2]].concat());
    assert!(sandbox.fail("diff a b", 1).contains("nothing to compare"));
    // One point and strategy with a counterpart, one without.
    sandbox.write("a/runs.csv", &[lines[0], lines[1], lines[5]].concat());
    sandbox.write("b/runs.csv", &[lines[0], lines[1], lines[6]].concat());
    let said = sandbox.run("diff a b");
    assert!(said.contains("points and strategies in both: 2; with the same runs: 1\n"), "{said}");
    assert!(said.contains("points and strategies without a replication to compare: 1\n"), "{said}");
}

#[test]
fn diff_refuses_a_shard() {
    let sandbox = Sandbox::new();
    sandbox.run("run small.toml --out a --quiet");
    sandbox.run("run small.toml --shard 1/2 --out part --quiet");
    for command in ["diff a part", "diff part a", "diff part part", "plot part"] {
        let error = sandbox.fail(command, 1);
        assert!(error.contains("part: cannot read the results: it holds only shard 1/2; join all shards"), "{error}");
    }
}
