//! Damaged result folders: each command that reads one reports the file, the line, the value found and the accepted
//! values, and exits with 1.

use crate::sandbox::Sandbox;

/// Changes one cell: the cell in `column` of the first line after the header that begins with `start`.
fn change(text: &str, start: &str, column: &str, value: &str) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let place = lines[0].split(',').position(|name| name == column).unwrap_or_else(|| panic!("{column}: {}", lines[0]));
    let line = lines.iter_mut().skip(1).find(|line| line.starts_with(start)).expect("a line that begins so");
    let mut cells: Vec<&str> = line.split(',').collect();
    cells[place] = value;
    *line = cells.join(",");
    lines.join("\n") + "\n"
}

/// A folder with finished runs.
fn folder() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.run("run small.toml --out good --replications 2 --quiet");
    sandbox
}

#[test]
fn cells_that_no_run_writes_are_refused_with_line_and_range() {
    let sandbox = folder();
    let wait = "0,0.0,push,handshake_wait_s";
    for (file, start, column, value, told) in [
        ("distributions.csv", wait, "quantile", "1.5", "quantile: found 1.5, accepted: a number from 0 to 1"),
        ("distributions.csv", wait, "quantile", "nan", "quantile: \"nan\" is not a number"),
        ("distributions.csv", wait, "quantile", "0.9999", "accepted: more than 0.9999"),
        ("distributions.csv", wait, "value", "1e308", "value: found 1e308, accepted: seconds from 0 to 18446744073"),
        ("distributions.csv", wait, "value", "inf", "accepted: at least inf, the quantile before it"),
        ("distributions.csv", wait, "count", "0", "count: found 0, accepted: at least 1"),
        ("distributions.csv", wait, "count", "-3", "count: \"-3\" is no whole number"),
        ("runs.csv", "0,0.0,push,0", "attempts", "inf", "attempts: found inf, accepted: a whole number from 0"),
        ("runs.csv", "0,0.0,push,0", "attempts", "0.5", "attempts: found 0.5, accepted: a whole number from 0"),
        (
            "runs.csv",
            "0,0.0,push,0",
            "fingerprint",
            "xyz",
            "fingerprint: found \"xyz\", accepted: 16 hexadecimal digits",
        ),
        ("runs.csv", "0,0.0,push,1", "replication", "0", "replication: found 0, accepted: more than 0"),
        ("summary.csv", "0,0.0,push,stall_rate", "mean", "1.5", "mean: found 1.5, accepted: a number from 0 to 1"),
        ("summary.csv", "0,0.0,push,stall_rate", "unit", "kg", "unit: found \"kg\", accepted: s, 1 or count"),
        (
            "summary.csv",
            "0,0.0,push,stall_rate",
            "ci_low",
            "0.9",
            "accepted: a lower limit that is not above the upper one",
        ),
        ("summary.csv", "0,0.0,push,stall_rate", "n", "1e3", "n: \"1e3\" is no whole number"),
        (
            "compare.csv",
            "0,0.0,jit,push,stall_rate",
            "p_adjusted",
            "2",
            "p_adjusted: found 2, accepted: a number from 0 to 1",
        ),
        (
            "compare.csv",
            "0,0.0,jit,push,stall_rate",
            "verdict",
            "better",
            "verdict: found \"better\", accepted: lower, higher",
        ),
        ("compare.csv", "0,0.0,jit,push,stall_rate", "baseline", "none", "baseline: found \"none\", accepted: push"),
        ("timeseries.csv", "0,0.0,push,10,stall_rate", "t_s", "0", "t_s: found 0, accepted: more than 0"),
        ("timeseries.csv", "0,0.0,push,10,stall_rate", "mean", "-1", "mean: found -1, accepted: a number from 0"),
    ] {
        sandbox.copy("good", "bad");
        sandbox.write(&format!("bad/{file}"), &change(&sandbox.read(&format!("good/{file}")), start, column, value));
        let errors = sandbox.fail("plot bad --measure stall_rate", 1);
        assert!(errors.contains(file) && errors.contains(": line ") && errors.contains(told), "{told}:\n{errors}");
    }
}

#[test]
fn a_pair_of_strategies_that_cannot_be_is_told_with_its_line() {
    let sandbox = folder();
    for (start, column, value, told) in [
        ("0,0.0,push,jit,stall_rate", "other", "push", "other: found \"push\", accepted: push-retry, jit"),
        ("0,0.0,push-retry,jit,stall_rate", "other", "push-retry", "other: found \"push-retry\", accepted: jit"),
        ("0,0.0,push,jit,stall_rate", "other", "push-retry", "measure: found \"stall_rate\" a second time"),
        ("0,0.0,push,jit,stall_rate", "verdict", "better", "verdict: found \"better\", accepted: lower, higher"),
        ("0,0.0,push,jit,stall_rate", "difference", "2", "difference: found 2, accepted: a difference from -1 to 1"),
        ("0,0.0,push-retry,jit,stall_rate", "p_adjusted", "-1", "accepted: a number from 0 to 1"),
    ] {
        sandbox.copy("good", "bad");
        sandbox.write("bad/pairs.csv", &change(&sandbox.read("good/pairs.csv"), start, column, value));
        let errors = sandbox.fail("report bad", 1);
        assert!(errors.contains("pairs.csv: cannot read: line ") && errors.contains(told), "{told}:\n{errors}");
    }
    let good = sandbox.read("good/pairs.csv");
    let mut lines: Vec<&str> = good.lines().collect();
    assert!(
        lines[1].starts_with("0,0.0,push,push-retry,stall_rate") && lines[3].starts_with("0,0.0,push,jit,stall_rate")
    );
    lines.swap(1, 3);
    sandbox.write("bad/pairs.csv", &(lines.join("\n") + "\n"));
    let errors = sandbox.fail("report bad", 1);
    assert!(errors.contains("line 3: other: found a strategy before the one of the last line"), "{errors}");
}

#[test]
fn a_confidence_outside_its_range_is_refused_by_every_reader() {
    let sandbox = folder();
    let manifest = sandbox.read("good/manifest.json");
    for confidence in ["0.0", "5.0", "-0.5", "\"x\""] {
        sandbox.copy("good", "bad");
        let changed = manifest.replace("\"confidence\": 0.95", &format!("\"confidence\": {confidence}"));
        assert_ne!(changed, manifest);
        sandbox.write("bad/manifest.json", &changed);
        for line in ["plot bad", "report bad", "diff bad good", "diff good bad", "run small.toml --out bad --resume"] {
            let errors = sandbox.fail(line, 1);
            assert!(errors.contains("experiment.confidence: found") && errors.contains("between 0 and 1"), "{errors}");
        }
    }
}

#[test]
fn runs_that_contradict_themselves_are_refused_by_diff() {
    let sandbox = folder();
    let runs = sandbox.read("good/runs.csv");
    for (column, value, told) in [
        ("stalled", "999999", "stalled: found 999999, accepted: at most attempts"),
        ("stall_rate", "1.5", "stall_rate: found 1.5, accepted: a number from 0 to 1"),
        ("table_max", "inf", "table_max: found inf, accepted: a whole number"),
    ] {
        sandbox.copy("good", "bad");
        sandbox.write("bad/runs.csv", &change(&runs, "0,0.0,push,0", column, value));
        let errors = sandbox.fail("diff good bad", 1);
        assert!(errors.contains("runs.csv") && errors.contains("line 2") && errors.contains(told), "{told}:\n{errors}");
    }
}

#[test]
fn a_line_that_stands_twice_or_out_of_order_is_refused() {
    let sandbox = folder();
    let summary = sandbox.read("good/summary.csv");
    let rate = summary.lines().find(|line| line.contains(",stall_rate,")).expect("a line");
    sandbox.copy("good", "bad");
    sandbox.write("bad/summary.csv", &summary.replacen(rate, &format!("{rate}\n{rate}"), 1));
    assert!(sandbox.fail("plot bad", 1).contains("found \"stall_rate\" a second time"));
    let late = summary.lines().rfind(|line| line.starts_with("0,") && line.contains(",stall_rate,"));
    sandbox.write("bad/summary.csv", &format!("{summary}{}\n", late.expect("a line")));
    assert!(sandbox.fail("plot bad", 1).contains("accepted: the order of summary.csv"));
}
