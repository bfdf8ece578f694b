//! Faults in a month: each is run alone, and the month is made of the runs.

use crate::sandbox::{Sandbox, cells};

/// Five creates a second; a push that is lost stalls its connection.
const FILE: &str = r#"
name = "month"
seed = 3
replications = 4
horizon = "110s"
warmup = "10s"
bus = { loss = 0.0, delay = "40ms" }
path = { loss = 0.0, delay = "20ms" }
http.failure = 0.0
api.create_service = "20ms"
clients = { arrivals = { every = "200ms" }, session = "1s", returns.probability = 0.0, handshake.initiations_max = 3 }
[strategies.push]
push = {}
[strategies.push-retry]
push = { attempts = 3, wait = "ack" }
[[faults]]
target = "path"
every = "20s"
for = "0s"
[[faults]]
target = "bus"
at = "60s"
for = "10s"
per_month = 2
[[faults]]
name = "blip"
target = "bus"
at = "30s"
for = "2s"
per_month = 0.5
"#;

/// Mean and limits of a line of `months.csv`; limits that are not there are the mean.
fn month(sandbox: &Sandbox, folder: &str, fault: &str, strategy: &str, part: &str, measure: &str) -> (f64, f64, f64) {
    let lines = cells(&sandbox.path(&format!("{folder}/months.csv")));
    let at = |name: &str| lines[0].iter().position(|column| column == name).expect("a column");
    let wanted = [("fault", fault), ("strategy", strategy), ("part", part), ("measure", measure)];
    let is_wanted = |line: &&Vec<String>| wanted.iter().all(|(column, value)| line[at(column)] == *value);
    let found: Vec<&Vec<String>> = lines[1..].iter().filter(is_wanted).collect();
    assert_eq!(found.len(), 1, "{wanted:?}");
    let mean: f64 = found[0][at("mean")].parse().unwrap_or_else(|_| panic!("{:?}", found[0]));
    let limit = |column: &str| found[0][at(column)].parse().unwrap_or(mean);
    (mean, limit("ci_low"), limit("ci_high"))
}

#[test]
fn a_bus_outage_stalls_the_connections_of_its_length_as_often_as_it_comes() {
    let sandbox = Sandbox::new();
    sandbox.write("x.toml", FILE);
    let told = sandbox.run("run x.toml --out r --quiet");
    let points: Vec<Vec<String>> =
        cells(&sandbox.path("r/summary.csv")).into_iter().map(|line| line[..2].to_vec()).collect();
    for point in [["0", "none"], ["1", "bus"], ["2", "blip"]] {
        assert!(points.iter().any(|found| found == &point), "{point:?}");
    }
    // Five connections a second, 10 s twice and 2 s every other month.
    assert!(month(&sandbox, "r", "none", "push", "base", "stalled").0.abs() < 1e-9);
    assert!((month(&sandbox, "r", "bus", "push", "fault", "stalled").0 - 2.0 * 50.0).abs() < 1e-9);
    assert!((month(&sandbox, "r", "blip", "push", "fault", "stalled").0 - 0.5 * 10.0).abs() < 1e-9);
    let (mean, low, high) = month(&sandbox, "r", "none", "push", "all", "stalled");
    assert!((mean - 105.0).abs() < 1e-9 && low <= 105.0 && high > 105.0, "{mean} {low} {high}");
    // 5/s for a twelfth of 365.25 days.
    let (mean, ..) = month(&sandbox, "r", "none", "push", "base", "attempts");
    assert!((mean / (5.0 * 2_629_800.0) - 1.0).abs() < 1e-9, "{mean}");
    // The third sending comes 3 s after the first: the blip of 2 s stalls nobody.
    assert!(month(&sandbox, "r", "blip", "push-retry", "fault", "stalled").0.abs() < 1e-9);
    assert!(told.contains("Which strategy has the fewest late connections a month (assumed: "), "{told}");
    let told = told.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(told.contains("push-retry 56 [51, 24,300], of them 56 by bus"), "{told}");
    // In 400 s without faults nobody stalled, which leaves room for thousands a month.
    assert!(told.contains("(assumed: bus 2, blip 0.5) is not shown: "), "{told}");
    let report = {
        sandbox.run("report r");
        sandbox.read("r/report.html")
    };
    // The terminal has no room for it.
    assert!(report.contains(" 105 [103, 24,400], of them 100 by bus."), "{report}");
    assert!(report.contains("<h2>A month</h2>") && report.contains("blip (0.5 a month)"));
    let json = sandbox.run("run x.toml --out r --quiet --overwrite --json --jobs 1");
    let lines: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert!(lines.as_array().expect("lines").iter().any(|line| line["part"] == "all" && line["measure"] == "stalled"));
    sandbox.run("reproduce r");
}

#[test]
fn a_month_with_losses_has_the_closed_form_within_its_limits() {
    let sandbox = Sandbox::new();
    sandbox.write("x.toml", FILE);
    sandbox.run("run x.toml --out r --quiet --set bus.loss=0.05 --strategy push --replications 10");
    // A push is lost with probability 0.05, and in an outage surely.
    let (second, outage) = (5.0, 0.95 * (2.0 * 50.0 + 0.5 * 10.0));
    let truth = 0.05 * second * 2_629_800.0 + outage;
    let (mean, low, high) = month(&sandbox, "r", "none", "push", "all", "stalled");
    assert!(low < truth && truth < high && high - low < 0.3 * truth, "{mean} [{low}, {high}], truth {truth}");
    // Runs with and without the fault share their draws, so what it adds is known far better than the sum.
    let (mean, low, high) = month(&sandbox, "r", "bus", "push", "fault", "stalled");
    assert!(low < 95.0 && 95.0 < high && high - low < 10.0, "{mean} [{low}, {high}]");
}

#[test]
fn the_sentence_of_a_month_says_what_is_late_most_and_who_is_late_least() {
    let sandbox = Sandbox::new();
    sandbox.write("x.toml", FILE);
    let told = sandbox.run("run x.toml --out r --quiet --set bus.loss=0.3 --replications 10");
    let told = told.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        told.contains("push-retry has the fewest late connections a month (assumed: bus 2, blip 0.5): push-retry 5"),
        "{told}"
    );
    let base = "; push 3,980,000 [3,750,000, 4,220,000], of them 3,980,000 with only the faults of every run.";
    assert!(told.contains(base), "{told}");
    // Three digits: 0.3 of 13 million.
    assert!(told.contains("0,000 [3,"), "{told}");
}

#[test]
fn runs_are_called_without_faults_only_where_no_fault_is_part_of_every_run() {
    let sandbox = Sandbox::new();
    let told = |file: &str| {
        sandbox.write("x.toml", file);
        sandbox.run("run x.toml --out r --quiet --overwrite --set bus.loss=0.3 --replications 2");
        sandbox.run("report r");
        sandbox.read("r/report.html")
    };
    let (without, only) = ("without faults", "with only the faults of every run");
    let constant = "[[faults]]\ntarget = \"path\"\nevery = \"20s\"\nfor = \"0s\"\n";
    assert!(FILE.contains(constant));
    let free = told(&FILE.replace(constant, ""));
    let [sentence, head, base] = [",000 without faults", ">Without faults</th>", "the runs without faults, and"];
    assert!([sentence, head, base].iter().all(|words| free.contains(words)), "{free}");
    assert!(!free.contains(only) && !free.contains("Every run also has"), "{free}");
    let struck = told(&FILE.replace(constant, "[[faults]]\ntarget = \"http\"\nat = \"40s\"\nfor = \"5s\"\n"));
    for words in [
        ",000 with only the faults of every run",
        ">With only the faults of every run</th>",
        "the runs with only the faults of every run, and",
        "Every run also has: link to the API cut from 40 s on.",
    ] {
        assert!(struck.contains(words), "{words:?} is not in\n{struck}");
    }
    assert!(!struck.to_lowercase().contains(without), "{struck}");
    // A fault at the horizon never strikes.
    let never = told(&FILE.replace(constant, "[[faults]]\ntarget = \"http\"\nat = \"110s\"\nfor = \"5s\"\n"));
    assert!(never.contains(head) && !never.contains(only), "{never}");
}

#[test]
fn the_fault_that_the_main_risk_advises_is_one_of_the_month() {
    let sandbox = Sandbox::new();
    let file = FILE
        .replace("[strategies.push-retry]\npush = { attempts = 3, wait = \"ack\" }", "[strategies.pull]\npull = {}");
    sandbox.write("x.toml", &file);
    sandbox.run("run x.toml --out r --quiet --set bus.loss=0.3");
    sandbox.run("report r");
    let report = sandbox.read("r/report.html").replace("&quot;", "\"").replace('\u{a0}', " ");
    // In the middle of the counted span, 1m, the run would end before a recovery from 11 s is seen.
    let fault = ["target = \"api\"", "at = \"39s\"", "for = \"11s\"", "per_month = 1"];
    assert!(report.contains(&fault.join(", ")), "{report}");
    sandbox.write("x.toml", &format!("{file}[[faults]]\n{}\n", fault.join("\n")));
    let checked = sandbox.try_run("check x.toml");
    let warned = String::from_utf8_lossy(&checked.stderr).into_owned();
    assert!(checked.status.success() && !warned.contains("faults.3"), "{warned}");
    sandbox.run("run x.toml --out s --quiet --replications 2 --set bus.loss=0.3");
    assert!(month(&sandbox, "s", "api", "pull", "fault", "late").0 > 0.0);
}

#[test]
fn a_fault_that_cannot_be_told_apart_is_refused() {
    let sandbox = Sandbox::new();
    sandbox.write("x.toml", FILE);
    for (set, said) in [
        ("faults.0.per_month=1", "accepted: with at, as each run has the fault once"),
        ("faults.1.at=5s", "accepted: from warmup, 10s, and below horizon"),
        ("faults.2.name=bus", "accepted: a name for each fault with per_month"),
        ("faults.2.name=all", "accepted: a name for each fault with per_month"),
        ("fault=other", "accepted: all, none, bus, blip"),
        ("faults.1.per_month=0", "accepted: a number above 0"),
        ("faults.1.for=51s", "accepted: a length after which at + for is at most horizon, 1m50s"),
        ("faults.2.for={pareto={min=\"1s\",shape=1}}", "accepted: a length after which at + for is at most horizon"),
        ("faults.1.per_month=300000", "the faults of a month last 1.141 months in all"),
    ] {
        let error = sandbox.fail(&format!("check x.toml --set {set}"), 2);
        assert!(error.contains(said), "{set}: {error}");
    }
    // 40 s after its end are counted, and the recovery is judged in windows of 60 s.
    let warned = sandbox.try_run("check x.toml");
    let warning = String::from_utf8_lossy(&warned.stderr).into_owned();
    assert!(warning.contains("faults.1: ends less than recovery_window, 1m, before horizon, 1m50s"), "{warning}");
    assert!(!warning.contains("faults.2: ends"), "{warning}");
    let error = sandbox.fail("check x.toml --vary faults.1.per_month=1,2", 2);
    assert!(error.contains("cannot be swept"), "{error}");
    // One fault alone: one point, and no month.
    sandbox.run("run x.toml --out r --quiet --set fault=blip --replications 2");
    assert!(!sandbox.path("r/months.csv").exists());
}
