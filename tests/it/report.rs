//! The report: what it says of results that were made up so that the truth is known, and of results that were run.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use pushpull::experiment::{Estimator, Group, Row};
use pushpull::metrics::{MEASURES, measure_index};
use pushpull::output::reader::Reader;
use pushpull::output::{cell, compare, pairs, report};

use crate::sandbox::Sandbox;

/// Attempts and stalls of one replication.
type Run = (u32, u32);

/// Results that were made up: for each point, for each strategy, its replications.
struct MadeUp {
    strategies: &'static [&'static str],
    points: Vec<Vec<Vec<Run>>>,
    failures: &'static str,
}

/// Measures that the made-up results have.
const COLUMNS: [&str; 4] = ["attempts", "create_failed", "stalled", "stall_rate"];

impl MadeUp {
    fn new(strategies: &'static [&'static str], points: Vec<Vec<Vec<Run>>>) -> Self {
        Self { strategies, points, failures: "" }
    }

    fn rows(point: usize, strategy: usize, runs: &[Run]) -> Vec<Row> {
        let row = |(replication, &(attempts, stalled)): (usize, &Run)| {
            let mut measures = [None; MEASURES.len()];
            let mut set = |name: &str, value: Option<f64>| measures[measure_index(name).expect("a measure")] = value;
            set("attempts", Some(f64::from(attempts)));
            set("create_failed", Some(0.0));
            set("stalled", Some(f64::from(stalled)));
            set("stall_rate", (attempts > 0).then(|| f64::from(stalled) / f64::from(attempts)));
            let replication = u32::try_from(replication).expect("few");
            Row { group: Group { point, strategy }, replication, fingerprint: 0, events: 1, measures }
        };
        runs.iter().enumerate().map(row).collect()
    }

    /// Writes the folder as `run` does.
    fn write(&self, folder: &Path) {
        let swept = self.points.len() > 1;
        let key = if swept { "bus.loss," } else { "" };
        let at = |point: usize| if swept { format!("{point},{}", point as f64 / 100.0) } else { point.to_string() };
        let mut estimator = Estimator::new(0.95);
        let mut runs = format!("point,{key}strategy,replication,fingerprint,events,{}\n", COLUMNS.join(","));
        let mut summary = format!("point,{key}strategy,measure,unit,n,mean,ci_low,ci_high,method\n");
        let mut compared = format!(
            "point,{key}strategy,baseline,measure,unit,n,difference,ci_low,ci_high,p_adjusted,verdict,method,level\n"
        );
        let mut paired =
            format!("point,{key}strategy,other,measure,unit,n,difference,ci_low,ci_high,p_adjusted,verdict\n");
        let distributions = format!("point,{key}strategy,measure,count,quantile,value\n");
        for (point, groups) in self.points.iter().enumerate() {
            let rows: Vec<Vec<Row>> =
                groups.iter().enumerate().map(|(index, runs)| Self::rows(point, index, runs)).collect();
            for (strategy, rows) in rows.iter().enumerate() {
                let place = format!("{},{}", at(point), self.strategies[strategy]);
                for row in rows {
                    let cells = COLUMNS.map(|name| cell::number(row.measures[measure_index(name).expect("a measure")]));
                    let _ = writeln!(runs, "{place},{},{:016x},1,{}", row.replication, 0, cells.join(","));
                }
                for name in COLUMNS {
                    let index = measure_index(name).expect("a measure");
                    let estimate = estimator.measure(rows, index);
                    let limits = estimate.interval;
                    let _ = writeln!(
                        summary,
                        "{place},{name},{},{},{},{},{},{}",
                        MEASURES[index].unit,
                        estimate.n,
                        cell::number(estimate.mean),
                        cell::number(limits.map(|limits| limits.0)),
                        cell::number(limits.map(|limits| limits.1)),
                        estimate.method.name(),
                    );
                }
            }
            paired += &self.pairs(&at(point), &pairs::point(&mut estimator, &rows));
            for (strategy, comparisons) in compare::point(&mut estimator, &rows, 0) {
                for name in COLUMNS {
                    let index = measure_index(name).expect("a measure");
                    let comparison = comparisons[index];
                    let (difference, judged, limits) =
                        (comparison.difference, comparison.judged, comparison.interval());
                    let _ = writeln!(
                        compared,
                        "{},{},{},{name},{},{},{},{},{},{},{},{},{}",
                        at(point),
                        self.strategies[strategy],
                        self.strategies[0],
                        MEASURES[index].unit,
                        difference.n,
                        cell::number(difference.mean),
                        cell::number(limits.map(|limits| limits.0)),
                        cell::number(limits.map(|limits| limits.1)),
                        cell::number(judged.map(|judged| judged.adjusted)),
                        comparison.verdict().map_or("", compare::Verdict::name),
                        difference.method.name(),
                        cell::number(judged.map(|judged| judged.level)),
                    );
                }
            }
        }
        let replications = self.points[0][0].len();
        let manifest = format!(
            r#"{{"version":"0.1.0","commit":"","compiler":"","platform":"","command":["/bin/pushpull","run","a b.toml"],
            "jobs":1,"started":"","ended":"","seed":1,"digest":"0123456789abcdef","runs_digest":"","shard":null,
            "runs":{},"events":1,"failures":[{}],"double_checked":0,"imprecise":[],"replications":{replications},
            "experiment":{{"name":"made-up","description":"Is it so?","confidence":0.95,"baseline":"{}"}},"data":[]}}"#,
            self.points.iter().flatten().map(Vec::len).sum::<usize>(),
            self.failures,
            self.strategies[0],
        );
        std::fs::create_dir_all(folder).expect("a folder");
        for (name, text) in [
            ("manifest.json", manifest),
            ("runs.csv", runs),
            ("summary.csv", summary),
            ("compare.csv", compared),
            ("pairs.csv", paired),
            ("distributions.csv", distributions),
        ] {
            std::fs::write(folder.join(name), text).expect("a file");
        }
    }

    /// Lines of `pairs.csv`.
    fn pairs(&self, at: &str, pairs: &[pairs::Pair]) -> String {
        let mut lines = String::new();
        for &pairs::Pair { strategy, other, measure, comparison } in pairs {
            let limits = comparison.interval();
            let _ = writeln!(
                lines,
                "{at},{},{},{},{},{},{},{},{},{},{}",
                self.strategies[strategy],
                self.strategies[other],
                MEASURES[measure].name,
                MEASURES[measure].unit,
                comparison.difference.n,
                cell::number(comparison.difference.mean),
                cell::number(limits.map(|limits| limits.0)),
                cell::number(limits.map(|limits| limits.1)),
                cell::number(comparison.judged.map(|judged| judged.adjusted)),
                comparison.verdict().map_or("", compare::Verdict::name),
            );
        }
        lines
    }

    /// The words of the report.
    fn words(&self) -> String {
        let sandbox = Sandbox::new();
        let folder: PathBuf = sandbox.path("made-up");
        self.write(&folder);
        words(&report::page(&Reader::open(&folder).expect("a result folder")).expect("a report"))
    }

    /// Fails unless the report says each of these.
    fn says(&self, wanted: &[&str]) {
        let words = self.words();
        let answer = words.split("Question").nth(2).unwrap_or(&words);
        for wanted in wanted {
            assert!(words.contains(wanted), "{wanted:?} is not in\n{answer}");
        }
    }

    /// Fails if the report says any of these.
    fn never_says(&self, unwanted: &[&str]) {
        let words = self.words();
        for unwanted in unwanted {
            assert!(!words.contains(unwanted), "{unwanted:?} is in\n{words}");
        }
    }
}

/// The words of a page, as one would read them.
fn words(page: &str) -> String {
    let body = &page[page.find("<body>").expect("a body")..page.find("<script>").expect("a script")];
    let mut text = String::new();
    let mut inside = false;
    for letter in body.chars() {
        match letter {
            '<' => inside = true,
            '>' => inside = false,
            letter if !inside => text.push(if letter == '\u{a0}' { ' ' } else { letter }),
            _ => {}
        }
    }
    text.replace("&#x27;", "'")
        .replace("&#x2f;", "/")
        .replace("&quot;", "\"")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}

/// Replications with the same number of attempts and these stalls.
fn runs(attempts: u32, stalls: &[u32]) -> Vec<Run> {
    stalls.iter().map(|stalled| (attempts, *stalled)).collect()
}

const MANY: [u32; 6] = [101, 97, 108, 98, 103, 99];
const FEW: [u32; 6] = [21, 18, 24, 20, 19, 23];
const NONE: [u32; 6] = [0; 6];

#[test]
fn a_clear_winner_is_named_with_both_rates_and_the_difference() {
    let case = MadeUp::new(&["push", "pull"], vec![vec![runs(1000, &MANY), runs(1000, &FEW)]]);
    case.says(&[
        "pull stalls less often than every other strategy.",
        "Under pull 2.08 % [",
        "] of attempts stall, under push 10.1 % [",
        "a difference of −8.02 percentage points [",
        "pull stalls less often than push.",
    ]);
    case.never_says(&[" at all", "points at which"]);
}

#[test]
fn the_point_of_the_largest_and_of_the_smallest_gain_are_named() {
    let points = vec![
        vec![runs(1000, &FEW), runs(1000, &NONE)],
        vec![runs(1000, &MANY), runs(1000, &NONE)],
        vec![runs(1000, &MANY), runs(1000, &FEW)],
    ];
    MadeUp::new(&["push", "pull"], points).says(&[
        "pull stalls less often than every other strategy, at each of the 3 points.",
        "The gain over the baseline is largest at bus.loss = 0.01: under pull none of 6,000 attempts stalled (at most 0.0615 %)",
        "It is smallest at bus.loss = 0: under pull none of 6,000",
        "pull stalls less often than push at all 3 points.",
    ]);
}

#[test]
fn where_nothing_differs_that_is_the_answer() {
    let alike = vec![runs(1000, &MANY), runs(1000, &[99, 103, 101, 99, 97, 104])];
    let one = MadeUp::new(&["push", "pull"], vec![alike.clone()]);
    one.says(&[
        "No difference in stalls between the strategies is shown.",
        "The intervals of the differences from push reach from −",
        "percentage points. Under push 10.1 % [",
        "pull is not shown to differ from push.",
    ]);
    one.never_says(&["What else changes", "less often than every", "stalls least"]);
    let two = MadeUp::new(&["push", "pull"], vec![alike.clone(), alike]);
    two.says(&["No difference in stalls between the strategies is shown at any of the 2 points."]);
}

#[test]
fn a_baseline_that_is_best_is_said_to_be_the_baseline() {
    let case = MadeUp::new(&["push", "pull"], vec![vec![runs(1000, &FEW), runs(1000, &MANY)]]);
    case.says(&[
        "push stalls less often than every other strategy.",
        "push is the baseline. Under push 2.08 % [",
        "pull stalls more often than push.",
    ]);
    case.never_says(&["What else changes", "gain over the baseline"]);
}

#[test]
fn several_that_nobody_beats_are_named_together() {
    let points = vec![vec![runs(1000, &MANY), runs(1000, &NONE), runs(1000, &NONE)]; 2];
    MadeUp::new(&["push", "pull", "both"], points).says(&[
        "pull and both stall least: no strategy is shown to stall less often than either of them, at any of the 2 points.",
        "Of these, pull has the lowest rates on average.",
        "pull and both stall less often than push at both points.",
    ]);
}

#[test]
fn a_verdict_that_turns_over_the_points_is_told_point_by_point() {
    let points = vec![
        vec![runs(1000, &FEW), runs(1000, &MANY)],
        vec![runs(1000, &MANY), runs(1000, &FEW)],
        vec![runs(1000, &MANY), runs(1000, &FEW)],
    ];
    MadeUp::new(&["push", "pull"], points).says(&[
        "No strategy stalls least everywhere: pull is unbeaten at 2 of the 3 points, push at 1.",
        "Yet at bus.loss = 0 it stalls more often: under pull 10.1 %",
        "pull stalls less often than push at 2 of the 3 points and stalls more often than push at 1 of the 3 points.",
    ]);
}

#[test]
fn one_strategy_is_not_compared() {
    let case = MadeUp::new(&["push"], vec![vec![runs(1000, &MANY)], vec![runs(1000, &NONE)]]);
    case.says(&[
        "Under push none of 6,000 attempts stalled (at most 0.0615 %) at bus.loss = 0.01, 10.1 % [",
        "It is the only strategy of this experiment, so nothing is compared.",
    ]);
    case.never_says(&["the baseline", "Holm", "unbeaten", "Difference"]);
}

#[test]
fn one_replication_tests_nothing() {
    let case = MadeUp::new(&["push", "pull"], vec![vec![runs(1000, &[100]), runs(1000, &[0])]]);
    case.says(&["pull has the lowest stall rate, but nothing could be tested: that takes at least two replications."]);
    case.never_says(&["unbeaten", "less often than push", "at most"]);
}

#[test]
fn without_attempts_there_is_no_rate() {
    let case = MadeUp::new(&["push", "pull"], vec![vec![runs(0, &[0, 0]), runs(0, &[0, 0])]]);
    case.says(&["No attempt sent an initiation in the counted span, so there is no stall rate to compare."]);
}

#[test]
fn of_very_many_points_some_are_shown_and_the_rest_is_summed_up() {
    let points = vec![vec![runs(1000, &MANY), runs(1000, &FEW)]; 90];
    let case = MadeUp::new(&["push", "pull"], points);
    case.says(&["40 of the 90 points, evenly spread over them", "Point 0: bus.loss = 0", "Point 89: bus.loss = 0.89"]);
    case.says(&["pull stalls less often than push at all 90 points."]);
    case.never_says(&["Point 1: "]);
}

#[test]
fn failed_runs_are_said_before_anything_else() {
    let mut case = MadeUp::new(&["push", "pull"], vec![vec![runs(1000, &MANY), runs(1000, &FEW)]]);
    case.failures = r#"{"point":0,"strategy":"pull","replication":6,"message":"too many events"}"#;
    let words = case.words();
    let note = words.find("1 of 13 runs failed. What follows rests on the others.").expect("a note");
    assert!(note < words.find("stalls less often than every").expect("an answer"));
    assert!(words.contains("point 0, pull, replication 6: too many events"));
}

#[test]
fn the_command_can_be_typed_again() {
    MadeUp::new(&["push"], vec![vec![runs(10, &[1, 2])]]).says(&["pushpull run 'a b.toml'"]);
}

/// An experiment whose names try to become part of the page.
const HOSTILE: &str = r#"
name = "hostile"
description = "<script>alert(1)</script> & \"quotes\" </title><img src=x onerror=alert(2)>"
seed = 7
replications = 3
horizon = "40s"
warmup = "5s"
[clients]
arrivals = { poisson = "2/s" }
[gateways]
count = 3
[strategies.push]
push = {}
[strategies."<script>alert(3)</script>"]
pull = { answer = "initiate" }
[[sweep]]
"bus.loss" = [0.0, 0.5]
"#;

#[test]
fn names_from_the_file_stay_text() {
    let sandbox = Sandbox::new();
    sandbox.write("hostile.toml", HOSTILE);
    let accepted = sandbox.try_run("run hostile.toml --out r --quiet").status.success();
    if !accepted {
        // such a name is refused when it is read: then the description alone has to be harmless
        let harmless = HOSTILE.replace("\"<script>alert(3)</script>\"", "pull");
        sandbox.write("hostile.toml", &harmless);
        sandbox.run("run hostile.toml --out r --quiet");
    }
    sandbox.run("report r");
    let page = sandbox.read("r/report.html");
    assert_eq!(page.matches("<script>").count(), 1, "the page's own");
    assert_eq!(page.matches("</title>").count(), 1 + page.matches("<svg").count() + page.matches("<g><title>").count());
    assert!(!page.contains("<img") && page.contains("&lt;script&gt;alert(1)&lt;"), "the description is text");
}

#[test]
fn a_report_is_one_file_that_asks_for_nothing_and_can_be_made_again() {
    let sandbox = Sandbox::new();
    sandbox.run("run small.toml --out r --quiet");
    assert_eq!(sandbox.run("report r").trim(), "r/report.html");
    let page = sandbox.read("r/report.html");
    assert_eq!(sandbox.run("report r --out -"), page);
    sandbox.run("report r --out elsewhere.html");
    assert_eq!(sandbox.read("elsewhere.html"), page);
    let without_names = page.replace("http://www.w3.org/2000/svg", "");
    for address in ["http://", "https://", "//cdn", "url(", "@import", "src="] {
        assert!(!without_names.contains(address), "{address}");
    }
    for section in ["answer", "question", "comparison", "assumptions", "parameters", "reproduce", "limits"] {
        assert!(page.contains(&format!("<section id=\"{section}\">")), "{section}");
    }
    assert!(page.contains("<svg") && !words(&page).contains("NaN"));
}

#[test]
fn the_experiment_in_a_report_runs_to_the_same_digest() {
    let sandbox = Sandbox::new();
    sandbox.run("run small.toml --out r --quiet");
    let page = sandbox.run("report r --out -");
    let file = &page[page.find("The experiment as a file").expect("it is there")..];
    let file = &file[file.find("<pre").expect("its text")..file.find("</pre>").expect("its end")];
    sandbox.write("again.toml", &words(&format!("<body>{file}<script>")));
    sandbox.run("run again.toml --out again --quiet");
    sandbox.assert_same("r", "again");
    let digest = |folder: &str| {
        let manifest: serde_json::Value =
            serde_json::from_str(&sandbox.read(&format!("{folder}/manifest.json"))).expect("JSON");
        manifest["digest"].as_str().expect("a digest").to_owned()
    };
    assert_eq!(digest("r"), digest("again"));
    assert!(page.contains(&digest("r")));
}

#[test]
fn parameters_say_where_they_come_from() {
    let sandbox = Sandbox::new();
    sandbox.run("run small.toml --out r --quiet --set api.workers=3");
    sandbox.run("report r");
    let page = sandbox.read("r/report.html");
    let origin = |key: &str, value: &str| {
        let row = format!("<th scope=\"row\"><code>{key}</code></th><td><code>{value}</code></td><td>");
        let at = page.find(&row).unwrap_or_else(|| panic!("{row}")) + row.len();
        words(&format!("<body>{}<script>", &page[at..at + page[at..].find("</td>").expect("its end")]))
    };
    assert_eq!(origin("workers", "3"), "set");
    assert_eq!(origin("queue_limit", "1000"), "default, assumed");
    assert_eq!(origin("loss", "0.0"), "swept");
    assert_eq!(origin("rekey_after", "&quot;120s&quot;"), "default, published");
    assert_eq!(origin("confidence", "0.95"), "default");
}

#[test]
fn a_share_that_never_connected_is_never() {
    let sandbox = Sandbox::new();
    sandbox.run("run small.toml --out r --quiet --set bus.loss=1 --strategy push --vary clients.existing=0,1");
    sandbox.run("report r");
    let page = sandbox.read("r/report.html");
    assert!(words(&page).contains("never"), "a wait without end");
}

#[test]
fn a_report_goes_when_its_results_do() {
    let sandbox = Sandbox::new();
    sandbox.run("run small.toml --out r --quiet");
    sandbox.run("report r");
    sandbox.run("run small.toml --out r --quiet --overwrite --seed 8");
    assert!(!sandbox.path("r/report.html").exists(), "it told of other results");
}

#[test]
fn what_is_no_result_folder_is_refused() {
    let sandbox = Sandbox::new();
    assert!(sandbox.fail("report nothing", 2).contains("nothing: is no result folder, it has no manifest.json"));
    sandbox.run("run small.toml --out r --quiet");
    std::fs::remove_file(sandbox.path("r/compare.csv")).expect("it was there");
    assert!(sandbox.fail("report r", 1).contains("compare.csv: cannot read"));
    assert!(!sandbox.path("r/report.html").exists());
}
