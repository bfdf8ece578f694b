//! The explorer: what a session in memory makes of an experiment is what the command line makes of it, byte for byte.

use std::fs;

use pushpull::explore::{Explorer, PageAnswer};
use serde_json::{Value, json};

use crate::experiments::shortened;
use crate::program::{folder, pushpull, shipped};
use crate::sandbox::Sandbox;

/// Events of a run that no run of these tests has.
const PLENTY: u64 = 1 << 40;

fn asked(session: &mut Explorer, request: &Value) -> PageAnswer {
    session.ask(request.to_string().as_bytes())
}

fn value(answer: PageAnswer) -> Value {
    match answer {
        PageAnswer::Json(value) => value,
        other => panic!("{other:?}"),
    }
}

fn refused(answer: PageAnswer) -> String {
    match answer {
        PageAnswer::Refused(why) => why,
        other => panic!("{other:?}"),
    }
}

fn load(text: &str, set: &[String], replications: u32) -> Value {
    json!({ "op": "load", "name": "x.toml", "text": text, "set": set, "replications": replications })
}

/// All runs, made by one session and taken by another, as workers of a page share them. And what the plan is.
fn explored(load: &Value) -> (Explorer, Value) {
    let (mut teller, mut runner) = (Explorer::default(), Explorer::default());
    let plan = value(asked(&mut teller, load));
    value(asked(&mut runner, load));
    let count = |name: &str| plan[name].as_array().map_or(0, Vec::len);
    for replication in 0..plan["replications"].as_u64().unwrap_or_default() {
        for (point, strategy) in
            (0..count("points")).flat_map(|point| (0..count("strategies")).map(move |s| (point, s)))
        {
            let run = json!({
                "op": "run", "point": point, "strategy": strategy, "replication": replication, "budget": PLENTY,
            });
            match asked(&mut runner, &run) {
                PageAnswer::Run(run) => drop(value(teller.take(&run))),
                other => panic!("{other:?}"),
            }
        }
    }
    (teller, plan)
}

fn csv(session: &mut Explorer) -> String {
    match asked(session, &json!({ "op": "csv" })) {
        PageAnswer::Text(text) => text,
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_shipped_experiment_has_the_bytes_of_the_command_line() {
    let place = folder("explore");
    for file in shipped() {
        let text = fs::read_to_string(&file).expect("an experiment");
        let name = file.file_stem().and_then(|name| name.to_str()).expect("a name");
        let mut set: Vec<String> = shortened(name).iter().map(|&set| set.to_owned()).collect();
        // One point of the sweep.
        let plan = value(asked(&mut Explorer::default(), &load(&text, &set, 1)));
        let keys = plan["keys"].as_array().expect("keys").iter().zip(plan["points"][0].as_array().expect("a point"));
        let text_of = |value: &Value| value.as_str().expect("a text").to_owned();
        set.extend(keys.map(|(key, value)| format!("{}={}", text_of(key), text_of(value))));
        let (mut teller, _) = explored(&load(&text, &set, 1));
        let file = file.display().to_string();
        let mut words = vec!["run", &file, "--quiet", "--overwrite", "--no-double-check", "--replications", "1"];
        words.extend(["--out", "results"]);
        words.extend(set.iter().flat_map(|set| ["--set", set]));
        let printed = pushpull(&place, &words);
        assert_eq!(printed.code, Some(0), "{file}: {}", printed.err);
        assert!(fs::read_to_string(place.join("results/runs.csv")).expect("runs.csv") == csv(&mut teller), "{file}");
    }
}

#[test]
fn a_view_draws_the_conclusion_and_the_figures_of_the_result_folder() {
    let sandbox = Sandbox::new();
    let printed = sandbox.run("run small.toml --quiet");
    let (mut teller, _) = explored(&load(&sandbox.read("small.toml"), &[], 4));
    assert_eq!(csv(&mut teller), sandbox.read("results/small/runs.csv"));
    let kinds = ["sweep", "rates", "waits", "differences", "causes", "timeline"];
    let figures: Vec<Value> =
        kinds.iter().map(|kind| json!({ "kind": kind, "measure": "late_rate", "point": 1 })).collect();
    let view = value(asked(&mut teller, &json!({ "op": "view", "figures": figures })));
    assert_eq!((&view["complete"], &view["runs"]), (&json!(4), &json!(24)));
    // The others may give way to the lines of a terminal.
    let stays = |line: &&Value| ["answer", "gain", "note"].iter().any(|label| line["label"] == *label);
    let lines: Vec<&Value> = view["conclusion"].as_array().expect("lines").iter().filter(stays).collect();
    assert!(lines.len() >= 2, "{view}");
    let sentences = lines.iter().map(|line| {
        let words = line["sentence"].as_array().expect("words").iter();
        words.map(|word| word["text"].as_str().expect("a text").replace('\u{a0}', " ")).collect::<String>()
    });
    let words = |text: &str| text.replace('\u{a0}', " ").split_whitespace().collect::<Vec<_>>().join(" ");
    let printed = words(&printed);
    for sentence in sentences {
        assert!(printed.contains(&words(&sentence)), "{sentence}\nis not in\n{printed}");
    }
    let report = sandbox.run("report results/small --out -");
    for (kind, figure) in kinds.iter().zip(view["figures"].as_array().expect("figures")) {
        assert!(figure["svg"].as_str().is_some_and(|svg| svg.starts_with("<svg")), "{kind}: {figure}");
    }
    // What the report draws of the folder is what the page draws of its memory.
    let sweep = view["figures"][0]["svg"].as_str().expect("a figure");
    assert!(report.contains(sweep.trim()), "the figure of the sweep");
}

#[test]
fn a_story_is_told_of_the_first_stall_and_none_where_nothing_stalled() {
    let sandbox = Sandbox::new();
    let (mut teller, plan) = explored(&load(&sandbox.read("small.toml"), &[], 2));
    let push = plan["strategies"].as_array().expect("names").iter().position(|name| name == "push").expect("push");
    let story = value(asked(&mut teller, &json!({ "op": "story", "point": 1, "strategy": push })));
    assert!(story["text"].as_str().is_some_and(|text| text.contains("stalled because")), "{story}");
    let story = value(asked(&mut teller, &json!({ "op": "story", "point": 0, "strategy": push })));
    assert!(story["none"].is_string(), "{story}");
}

#[test]
fn a_session_says_what_it_cannot_do() {
    let sandbox = Sandbox::new();
    let mut session = Explorer::default();
    assert_eq!(refused(asked(&mut session, &json!({ "op": "csv" }))), "no experiment is loaded");
    assert!(refused(session.ask(b"{")).contains("EOF"));
    let text = sandbox.read("small.toml");
    let wrong = refused(asked(&mut session, &load(&text, &["bus.loss=2".to_owned()], 1)));
    assert!(wrong.contains("--set bus.loss=2") && wrong.contains("accepted"), "{wrong}");
    let large = refused(asked(&mut session, &load(&text, &["clients.existing=5000000".to_owned()], 1)));
    assert!(large.contains("accepted for a page: at most 500 MB; lower clients.existing"), "{large}");
    let absent =
        refused(asked(&mut session, &load(&text, &["http.delay={empirical='other.csv',unit='s'}".to_owned()], 1)));
    assert!(absent.contains("there is no data file \"other.csv\" with this experiment, which has none"), "{absent}");
    value(asked(&mut session, &load(&text, &[], 1)));
    let wanted = json!([{ "kind": "freshness", "measure": "stall_rate", "point": 0 }]);
    let set = ["bus.loss=0.5".to_owned(), "clients.update_every=2s".to_owned()];
    let mut stale = explored(&load(&text, &set, 1)).0;
    let view = value(asked(&mut stale, &json!({ "op": "view", "figures": wanted })));
    let caption = view["figures"][0]["caption"].as_str().unwrap_or_else(|| panic!("{view}"));
    assert!(caption.contains("One replication gives no intervals. Cost") && !caption.contains("Bars"), "{caption}");
    let mut told = explored(&load(&text, &["bus.loss=0".to_owned()], 1)).0;
    let view = value(asked(&mut told, &json!({ "op": "view", "figures": wanted })));
    let none = view["figures"][0]["none"].as_str().expect("a reason");
    assert!(none.starts_with("no record was ever stale"), "{none}");
    let run = json!({ "op": "run", "point": 0, "strategy": 0, "replication": 0, "budget": 10 });
    assert!(refused(asked(&mut session, &run)).contains("more than 10 events"), "the budget");
    let run = json!({ "op": "run", "point": 9, "strategy": 0, "replication": 0, "budget": PLENTY });
    assert!(refused(asked(&mut session, &run)).contains("no point 9"), "the point");
    assert!(refused(session.take(b"nonsense")).contains("another plan"), "the bytes");
}

#[test]
fn a_page_is_written_once_and_no_foreign_file_is_replaced() {
    let sandbox = Sandbox::new();
    assert_eq!(sandbox.run("explore small.toml").trim(), "small.html");
    let page = sandbox.read("small.html");
    assert!(page.contains("pushpull ") && page.contains("bus.loss"), "the experiment is in the page");
    sandbox.run("explore small.toml");
    assert_eq!(page, sandbox.read("small.html"), "the same bytes again");
    sandbox.write("mine.html", "<p>mine</p>");
    assert!(sandbox.fail("explore small.toml --out mine.html", 2).contains("not made by pushpull"));
    let missing = sandbox.fail("explore small.toml --out none/x.html", 2);
    assert!(missing.contains("none/x.html: there is no folder none; make it, or use another --out"), "{missing}");
    let large = sandbox.fail("explore small.toml --budget 100", 2);
    assert!(
        large.contains("more than 100 events, the most that a page accepts")
            && large.contains("--set horizon, which is"),
        "{large}"
    );
    let text = format!("wait\n{}", "0.123456\n".repeat(300_000));
    sandbox.write("waits.csv", &text);
    let large = sandbox.fail("explore small.toml --set http.delay={empirical='waits.csv',unit='s'}", 2);
    assert!(large.contains("accepted for a page: at most 2000000; shorten waits.csv"), "{large}");
}

/// The JSON that a page holds.
fn held(page: &str) -> Value {
    let (_, rest) = page.split_once("id=\"data\">").expect("a page of the explorer");
    serde_json::from_str(rest.split_once("</script>").expect("its end").0).expect("JSON")
}

#[test]
fn the_page_of_a_result_folder_makes_the_runs_of_the_folder_and_the_report_links_to_it() {
    let sandbox = Sandbox::new();
    sandbox.write("waits.csv", "wait\n0.01\n0.02\n0.03\n");
    sandbox.write("rich.toml", RICH);
    for file in ["small.toml --set api.workers=3 --strategy jit --strategy push --seed 3", "rich.toml"] {
        sandbox.run(&format!("run {file} --vary http.failure=0,0.1 --replications 2 --out r --overwrite --quiet"));
        assert!(!sandbox.run("report r --out -").contains("explorer.html"), "without --explore there is no link");
        assert_eq!(sandbox.run("report r --explore"), "r/explorer.html\nr/report.html\n");
        assert!(sandbox.read("r/report.html").contains("<a href=\"explorer.html\">"));
        let page = held(&sandbox.read("r/explorer.html"));
        let load = json!({
            "op": "load", "name": page["file"], "text": page["text"], "data": page["data"],
            "strategies": [], "replications": 2,
        });
        let (mut teller, plan) = explored(&load);
        let manifest: Value = serde_json::from_str(&sandbox.read("r/manifest.json")).expect("JSON");
        assert_eq!(plan["digest"], manifest["digest"], "{file}");
        assert_eq!(csv(&mut teller), sandbox.read("r/runs.csv"), "{file}");
        let reasons = |path: &str| {
            let knobs = page["knobs"].as_array().expect("knobs");
            knobs.iter().find(|knob| knob["path"] == path).map(|knob| knob["reason"].clone())
        };
        assert_eq!(reasons("gateways.count"), Some("given".into()), "{file}");
        assert_eq!(reasons("path.delay.lognormal.median"), Some("assumed".into()), "{file}");
        assert_eq!(reasons("clients.handshake.rekey_after"), Some("default".into()), "{file}");
        assert_eq!(reasons("http.failure"), Some("swept".into()), "{file}");
    }
    assert_eq!(sandbox.run("report r --page --explore --out a#b.html"), "a#b-explorer.html\na#b.html\n");
    assert!(sandbox.read("a#b.html").contains("<a href=\"a%23b-explorer.html\">"));
}

/// What the shipped files have little of: a data file, rare losses, candidates, goals, uncertain keys, faults by name.
const RICH: &str = r#"
name = "rich"
seed = 7
horizon = "40s"
warmup = "5s"
baseline = "retry"
only = ["push", "retry"]
[clients]
arrivals = { poisson = "2/s" }
[gateways]
count = 3
[http]
delay = { empirical = "waits.csv", unit = "s" }
[goal]
late_rate = { at_most = 0.01 }
[strategies.push]
push = {}
[strategies.retry]
push = { wait = "ack", attempts = 3 }
[strategies.jit]
pull = {}
[rare]
[uncertain]
"api.fetch_service.exponential" = { from = "1ms", to = "10ms", log = true }
[[faults]]
name = "short"
target = "bus"
at = "20s"
for = "2s"
per_month = 3
[[tune]]
"strategies.retry.push.attempts" = [2, 3]
"#;

#[test]
fn an_experiment_that_does_not_fit_into_a_page_leaves_the_folder_as_it_was() {
    let sandbox = Sandbox::new();
    sandbox.run("run small.toml --replications 1 --out r --quiet");
    let large = sandbox.fail("report r --explore --budget 100", 2);
    assert!(large.contains("small.toml: a run of push has more than 100 events"), "{large}");
    assert!(large.contains("shorten the runs with --set horizon, which is"), "{large}");
    assert!(sandbox.fail("report r --explore --out -", 2).contains("--out names a file, not -"));
    assert!(sandbox.fail("report r --budget 9", 2).contains("--explore"));
    sandbox.write("r/explorer.html", "mine");
    assert!(sandbox.fail("report r --explore", 2).contains("r/explorer.html: not made by pushpull"));
    assert!(!sandbox.path("r/report.html").exists() && sandbox.read("r/explorer.html") == "mine");
    std::fs::remove_file(sandbox.path("r/explorer.html")).expect("a file");
    sandbox.write("r/report.html", "mine");
    assert!(sandbox.fail("report r --explore", 2).contains("r/report.html: not made by pushpull"));
    assert!(!sandbox.path("r/explorer.html").exists(), "neither page is written without the other");
    let memory = sandbox.fail("explore small.toml --set clients.existing=5000000", 2);
    assert!(memory.contains("MB, accepted for a page: at most 500 MB; lower clients.existing"), "{memory}");
}

#[test]
fn the_page_of_a_plan_file_has_its_experiment() {
    let sandbox = Sandbox::new();
    let plan = sandbox.run("plan small.toml --set bus.loss=0.2");
    sandbox.write("plan.json", &plan);
    assert_eq!(sandbox.run("explore plan.json").trim(), "small.html");
    let page = held(&sandbox.read("small.html"));
    let about = value(asked(&mut Explorer::default(), &load(page["text"].as_str().expect("text"), &[], 4)));
    let plan: Value = serde_json::from_str(&plan).expect("JSON");
    assert_eq!(about["digest"], plan["digest"]);
    let digest = plan["digest"].as_str().expect("a digest");
    assert_eq!(page["id"], format!("small-{}", &digest[..8]));
    // The same experiment as a file and as what changes it: two texts, so two names.
    sandbox.run("explore small.toml --set bus.loss=0.2");
    let other = held(&sandbox.read("small.html"));
    assert!(other["id"] == page["id"] && other["text"] != page["text"] && other["file"] != page["file"]);
    sandbox.run("explore small.toml --set bus.loss=0.3");
    assert_eq!(held(&sandbox.read("small.html"))["file"], other["file"], "the same text");
}

#[test]
fn the_points_of_a_csv_file_have_a_page_from_the_file_and_from_its_results() {
    let sandbox = Sandbox::new();
    sandbox.write("points.csv", "http.failure,api.workers\n0.0,3\n0.1,4\n");
    let small = sandbox.read("small.toml");
    sandbox.write("rows.toml", &format!("{small}\n[[sweep]]\ncsv = \"points.csv\"\n"));
    sandbox.run("explore rows.toml --set bus.loss=0.1 --out rows.html");
    sandbox.run("run rows.toml --set bus.loss=0.1 --replications 1 --out r --quiet");
    sandbox.run("report r --explore");
    for file in ["rows.html", "r/explorer.html"] {
        let page = held(&sandbox.read(file));
        let plan = |set: &[&str]| {
            let load = json!({
                "op": "load", "name": page["file"], "text": page["text"], "data": page["data"], "set": set,
                "replications": 1,
            });
            value(asked(&mut Explorer::default(), &load))
        };
        let first = page["knobs"][0].clone();
        assert_eq!((&first["reason"], &first["path"]), (&"swept".into(), &"http.failure".into()), "{file}");
        // One value of each key, as a page begins; one of both keys; all rows.
        assert_eq!(plan(&["bus.loss=0.1", "http.failure=0.1", "api.workers=4"])["keys"], json!([]), "{file}");
        assert_eq!(plan(&["bus.loss=0.1", "http.failure=0.1"])["points"], json!([["3"], ["4"]]), "{file}");
        assert_eq!(plan(&["bus.loss=0.1"])["points"], json!([["0.0", "3"], ["0.1", "4"]]), "{file}");
    }
}

#[test]
fn a_page_that_is_written_from_a_resolved_experiment_warns_of_nothing_that_its_file_does_not_do() {
    let sandbox = Sandbox::new();
    let text =
        "name = \"one\"\nseed = 1\nhorizon = \"20s\"\nwarmup = \"0s\"\nreplications = 1\n[strategies.a]\npush = {}\n";
    sandbox.write("one.toml", text);
    sandbox.write("plan.json", &sandbox.run("plan one.toml"));
    sandbox.run("run one.toml --out r --quiet");
    sandbox.run("report r --explore");
    sandbox.run("explore one.toml --out file.html");
    sandbox.run("explore plan.json --out plan.html");
    let warnings = |file: &str| {
        let page = held(&sandbox.read(file));
        value(asked(&mut Explorer::default(), &load(page["text"].as_str().expect("a text"), &[], 1)))["warnings"]
            .clone()
    };
    let own = warnings("file.html");
    assert!(!own.to_string().contains("seed") && !own.to_string().contains("baseline"), "{own}");
    for file in ["plan.html", "r/explorer.html"] {
        assert_eq!(warnings(file), own, "{file}");
    }
}

#[test]
fn a_page_begins_with_as_many_replications_as_the_command_line_asks_for() {
    let sandbox = Sandbox::new();
    let begins = |words: &str| {
        sandbox.run(&format!("explore small.toml {words}"));
        held(&sandbox.read("small.html"))["replications"].clone()
    };
    assert_eq!(begins("--replications 40"), 40);
    let refused = sandbox.fail("explore small.toml --replications 1001", 2);
    assert!(refused.contains("--replications 1001: accepted for a page: at most 1000"), "{refused}");
}
