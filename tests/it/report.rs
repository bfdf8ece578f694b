//! The report about made-up results with a known truth, and about results of runs.

use crate::made_up::{FEW, MANY, MadeUp, NONE, runs, words};
use crate::sandbox::Sandbox;

#[test]
fn of_very_many_points_some_are_shown_and_the_rest_is_summed_up() {
    let points = vec![vec![runs(1000, &MANY), runs(1000, &FEW)]; 90];
    let case = MadeUp::new(&["push", "pull"], points);
    let words = case.words();
    for wanted in ["40 of the 90 points, evenly spread over them", "Point 0: bus.loss = 0", "Point 89: bus.loss = 0.89"]
    {
        assert!(words.contains(wanted), "{wanted}");
    }
    case.says(&["pull is best at all 90 points"]);
    case.never_says(&["Point 1: "]);
}

#[test]
fn failed_runs_are_said_before_anything_else() {
    let mut case = MadeUp::new(&["push", "pull"], vec![vec![runs(1000, &MANY), runs(1000, &FEW)]]);
    case.failures = r#"{"point":0,"strategy":"pull","replication":6,"message":"too many events"}"#;
    let words = case.words();
    let note = words.find("1 of 13 runs failed. What follows rests on the others.").expect("a note");
    assert!(note < words.find("pull is best").expect("an answer"));
    assert!(words.contains("point 0, pull, replication 6: too many events"));
}

#[test]
fn the_command_can_be_typed_again() {
    let words = MadeUp::new(&["push"], vec![vec![runs(10, &[1, 2])]]).words();
    assert!(words.contains("pushpull run 'a b.toml'"));
}

/// An experiment whose names contain markup.
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
        // Such a name is refused when it is read. Only the description remains to be escaped.
        let harmless = HOSTILE.replace("\"<script>alert(3)</script>\"", "pull");
        sandbox.write("hostile.toml", &harmless);
        sandbox.run("run hostile.toml --out r --quiet");
    }
    sandbox.run("report r");
    let page = sandbox.read("r/report.html");
    assert_eq!(page.matches("<script>").count(), 1, "the page's own");
    assert_eq!(page.matches("</title>").count(), page.matches("<title").count(), "every title ends once");
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
    for section in ["sheet", "question", "comparison", "assumptions", "parameters", "reproduce", "limits"] {
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
    assert_eq!(sandbox.run("report r --page").trim(), "r/page.html");
    sandbox.run("run small.toml --out r --quiet --overwrite --seed 8");
    assert!(!sandbox.path("r/report.html").exists(), "it told of other results");
    assert!(!sandbox.path("r/page.html").exists(), "it told of other results");
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

#[test]
fn the_page_says_question_conclusion_risk_and_how_to_reproduce_and_nothing_else() {
    let case = MadeUp::new(&["push", "pull"], vec![vec![runs(1000, &MANY), runs(1000, &NONE)]]);
    let words = case.sheet();
    for wanted in
        ["Is it so?", "pull is best", "Main risk", "How to reproduce", "pushpull run 'a b.toml'", "digest 0123456789ab"]
    {
        assert!(words.contains(wanted), "{wanted:?} is not in\n{words}");
    }
    for unwanted in ["Parameters", "Assumptions", "Every measure"] {
        assert!(!words.contains(unwanted), "{unwanted:?} is in\n{words}");
    }
}

#[test]
fn the_report_tells_the_story_of_a_stalled_client_of_each_cause() {
    let sandbox = Sandbox::new();
    sandbox.run("run small.toml --out r --quiet --set bus.loss=0.2 --set path.loss=0.1 --vary clients.existing=0,1");
    let page = sandbox.run("report r --out -");
    assert_eq!(sandbox.run("report r --out -"), page, "the same bytes whenever it is written");
    let told = words(&page);
    let causes = sandbox.read("r/runs.csv");
    let header: Vec<&str> = causes.lines().next().expect("a header").split(',').collect();
    let mut seen = 0;
    for (cause, meaning) in [
        ("cause_path_loss", "Stalled because a packet of the first exchange was lost"),
        ("cause_config_lost", "Stalled because the config was lost on its way"),
    ] {
        let column = header.iter().position(|name| *name == cause).expect("a column");
        let any = causes.lines().skip(1).any(|line| line.split(',').nth(column) != Some("0"));
        assert_eq!(told.contains(meaning), any, "{cause}");
        seen += usize::from(any);
    }
    assert_eq!(seen, 2, "both causes occur");
    let stories = told.matches("It stalled because ").count();
    assert!(stories >= 2 && !told.contains("No story is told"), "{stories}");
}

#[test]
fn a_story_that_cannot_be_told_says_why() {
    let sandbox = Sandbox::new();
    sandbox.run("run small.toml --out r --quiet --set bus.loss=0.2 --vary clients.existing=0,1");
    let runs = sandbox.read("r/runs.csv");
    let header: Vec<&str> = runs.lines().next().expect("a header").split(',').collect();
    let column = header.iter().position(|name| *name == "fingerprint").expect("a column");
    let other = runs.lines().enumerate().map(|(index, line)| {
        let mut cells: Vec<&str> = line.split(',').collect();
        if index > 0 {
            cells[column] = "0123456789abcdef";
        }
        cells.join(",") + "\n"
    });
    sandbox.write("r/runs.csv", &other.collect::<String>());
    let told = words(&sandbox.run("report r --out -"));
    assert!(told.contains("No story is told: this version of the program makes another run of it."));
    assert!(!told.contains("It stalled because "));
}

/// What `report r` says in three ways: the page, the report, and the conclusion with its warnings.
fn in_three_ways(sandbox: &Sandbox) -> [String; 3] {
    let page = words(&sandbox.run("report r --page --out -"));
    let report = words(&sandbox.run("report r --out -"));
    let conclusion = sandbox.try_run("report r --conclusion");
    let text = [conclusion.stdout, conclusion.stderr].map(|bytes| String::from_utf8(bytes).expect("text"));
    [page, report, text.concat()]
}

#[test]
fn a_fault_outside_the_run_is_said_to_strike_never_and_nothing_is_said_of_its_recovery() {
    let sandbox = Sandbox::new();
    let text = sandbox.read("small.toml");
    let faults = |at: &str, length: &str| {
        let fault = format!("\n[[faults]]\ntarget = 'bus'\nat = '{at}'\nfor = '{length}'\n");
        sandbox.write("fault.toml", &format!("{text}{fault}"));
    };
    faults("2h", "1m");
    sandbox.run("run fault.toml --out r --quiet");
    for told in in_three_ways(&sandbox) {
        assert!(told.contains("faults.0.at: never strikes in the run: 2h is at or after horizon,"), "{told}");
        assert!(!told.contains("back to normal") && !told.contains("recovery from it"), "{told}");
    }
    let report = words(&sandbox.run("report r --out -"));
    assert!(report.contains("Nothing breaks") && report.contains("and never strikes in it."), "{report}");
    assert!(!report.contains("Stalls back"), "{report}");
    let column = sandbox.read("r/summary.csv").lines().filter(|line| line.contains("recovery_max_s,s,0,,")).count();
    assert!(column > 0, "{}", sandbox.read("r/summary.csv"));
    // It strikes, and is not over when the run ends: that is another sentence.
    faults("20s", "1h");
    sandbox.run("run fault.toml --out r --quiet --overwrite");
    let ways = in_three_ways(&sandbox);
    // The conclusion in the terminal may leave this sentence to the report.
    for told in &ways[..2] {
        assert!(told.contains("The run ends before a recovery from "), "{told}");
    }
    for told in &ways {
        assert!(!told.contains("never strikes") && !told.contains("back to normal"), "{told}");
    }
}

#[test]
fn page_report_and_conclusion_carry_every_warning_of_the_run() {
    let sandbox = Sandbox::new();
    sandbox.write("vain.toml", &format!("{}\n[api]\nqueue_limit = 0\nworkers = 1\n", sandbox.read("small.toml")));
    let run = "run vain.toml --out r --progress none --set push.backoff=3s --vary api.fetch_service=5ms,6ms";
    let run = run.replace("push.backoff", "strategies.push.push.exhausted").replace("=3s", "=\"error\"");
    let told = sandbox.try_run(&run);
    let errors = String::from_utf8(told.stderr).expect("text");
    let warnings: Vec<&str> = errors.lines().filter_map(|line| line.strip_prefix("warning: ")).collect();
    assert!(warnings.len() >= 2, "{errors}");
    for place in in_three_ways(&sandbox) {
        let place = place.split_whitespace().collect::<Vec<_>>().join(" ");
        for warning in &warnings {
            // The place in the author's file is not for the reader of a page.
            let text =
                warning.split_once("--set ").map_or(*warning, |(_, rest)| rest.split_once(": ").expect("a text").1);
            assert!(place.contains(text), "{text:?} is not in\n{place}");
        }
    }
}

#[test]
fn a_swept_key_that_changes_no_result_is_said_to_have_no_effect() {
    let sandbox = Sandbox::new();
    let told = |vary: &str| {
        let output = sandbox.try_run(&format!("run small.toml --out r --overwrite --progress none --vary {vary}"));
        String::from_utf8(output.stderr).expect("text")
    };
    let same = told("api.list_service=1ms,2ms");
    assert!(same.contains("api.list_service has no effect: the results do not change with it"), "{same}");
    assert!(!same.contains("bus.loss has") && !told("bus.loss=0,0.5").contains("no effect"));
}
