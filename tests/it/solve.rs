//! `pushpull solve`: known roots are found, and the answer does not depend on how its runs were made.

use std::fs;

use crate::sandbox::{CHEAP, HUMP, Sandbox, cells};

const ONE_PERCENT: &str = "cheap.toml bus.loss=1e-4..0.1log --strategy push --at-most 1% --precision 0.3 --quiet";

/// The files of an answer, the manifest apart.
const FILES: [&str; 4] = ["runs.csv", "solve.csv", "curve.csv", "curve.svg"];

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("cheap.toml", CHEAP);
    sandbox
}

/// The cell of the first row of `solve.csv` under this name.
fn cell(sandbox: &Sandbox, folder: &str, name: &str) -> String {
    let rows = cells(&sandbox.path(folder).join("solve.csv"));
    let column = rows[0].iter().position(|other| other == name).expect("a column");
    rows[1][column].clone()
}

fn number(sandbox: &Sandbox, folder: &str, name: &str) -> f64 {
    cell(sandbox, folder, name).parse().expect("a number")
}

fn same(sandbox: &Sandbox, one: &str, other: &str) {
    for name in FILES {
        let bytes = |folder: &str| fs::read(sandbox.path(folder).join(name)).expect("a file");
        assert!(bytes(one) == bytes(other), "{one}/{name} and {other}/{name} differ");
    }
}

#[test]
fn the_loss_that_a_limit_allows_is_found() {
    let sandbox = sandbox();
    let printed = sandbox.run(&format!("solve {ONE_PERCENT}"));
    assert!(printed.starts_with("push has a stall rate of at most 1 % up to bus.loss = 0.0"), "{printed}");
    let (low, high) =
        (number(&sandbox, "results/cheap.solve", "ci_low"), number(&sandbox, "results/cheap.solve", "ci_high"));
    assert!(low <= 0.01 && 0.01 <= high && high / low < 1.3 * 1.3, "{low} {high}");
    assert_eq!(cell(&sandbox, "results/cheap.solve", "answer"), "crossing");
    assert!(number(&sandbox, "results/cheap.solve", "runs") <= 200.0);
    assert!(printed.contains("results/cheap.solve/curve.csv") && printed.contains("results/cheap.solve/manifest.json"));
    // A lower limit asks for the other side.
    let printed = sandbox.run(
        "solve cheap.toml bus.loss=1e-4..0.1log --strategy push --at-least 0.01 --precision 0.3 --quiet --out least",
    );
    assert!(printed.starts_with("push has a stall rate of at least 1 % from bus.loss = 0.0"), "{printed}");
    assert_eq!(cell(&sandbox, "least", "root"), cell(&sandbox, "results/cheap.solve", "root"));
}

#[test]
fn the_break_even_of_two_strategies_is_found() {
    let sandbox = sandbox();
    let line = "break-even cheap.toml bus.loss=1e-4..0.1log --better push --than pull --set http.failure=0.02 \
                --set strategies.pull.pull.attempts=1 --precision 0.3 --quiet --json --out even";
    let answer: serde_json::Value = serde_json::from_str(&sandbox.run(line)).expect("JSON");
    let sentence = answer["sentence"].as_str().expect("a sentence");
    assert!(sentence.starts_with("push has a lower stall rate than pull up to bus.loss = 0."), "{sentence}");
    let crossing = &answer["crossings"][0];
    let limit = |name: &str| crossing[name].as_f64().expect("a number");
    // The only fetch of an attempt fails with probability 0.02.
    assert!(limit("ci_low") < 0.02 && 0.02 < limit("ci_high"), "{crossing}");
    assert_eq!((answer["answer"].as_str(), answer["answered"].as_bool()), (Some("crossing"), Some(true)));
}

#[test]
fn roots_that_a_formula_gives_are_within_their_intervals() {
    let sandbox = sandbox();
    // Push loses what the bus loses, pull the initiation or the answer of a handshake: 1 − (1 − 0.01)².
    let even = "solve cheap.toml bus.loss=1e-3..0.3log --better push --than pull --set path.loss=0.01 --precision 0.3";
    // 1 % of the 540 s that count.
    sandbox.write("fault.toml", &format!("{CHEAP}[[faults]]\ntarget = \"bus\"\nat = \"5m\"\nfor = \"5s\"\n"));
    let fault = "solve fault.toml faults.0.for=1s..20s --strategy push --at-most 1%";
    for (line, root) in [(even, 0.0199), (fault, 5.4)] {
        sandbox.run(&format!("{line} --quiet --overwrite --out root"));
        let (low, high) = (number(&sandbox, "root", "ci_low"), number(&sandbox, "root", "ci_high"));
        assert!(low <= root && root <= high, "{line}: {low} {high}");
    }
}

#[test]
fn no_crossing_and_open_ends_are_answers() {
    let sandbox = sandbox();
    let nowhere = "solve cheap.toml bus.loss=0.01..0.1log --better push --than pull --quiet --out nowhere";
    let printed = sandbox.run(nowhere);
    let sentence = "No crossing: push has a higher stall rate than pull at 5 values from bus.loss = 0.01 to 0.1 (95 %;";
    assert!(printed.starts_with(sentence), "{printed}");
    assert_eq!(
        (cell(&sandbox, "nowhere", "answer"), cell(&sandbox, "nowhere", "root")),
        ("none".into(), String::new())
    );
    // Without loss both never stall.
    let open = "solve cheap.toml bus.loss=0..0.1 --better push --than pull --budget 2000 --quiet --out open";
    let printed = sandbox.run(open);
    assert!(printed.starts_with("push has a higher stall rate than pull from bus.loss = 0.0"), "{printed}");
    assert!(printed.contains("on; below that it is undecided"), "{printed}");
    assert_eq!((cell(&sandbox, "open", "answer"), cell(&sandbox, "open", "ci_low")), ("open".into(), String::new()));
}

#[test]
fn what_is_undecided_at_an_end_of_the_range_is_said_beside_a_crossing() {
    let sandbox = sandbox();
    sandbox.write("hump.toml", HUMP);
    // Of a fault that begins half a second before the end, push loses as much as fetches fail.
    let line =
        "solve hump.toml faults.0.at=40s..2m59500ms --better push --than pull --precision 0.3 --budget 2000 --quiet";
    let answer: serde_json::Value = serde_json::from_str(&sandbox.run(&format!("{line} --json"))).expect("JSON");
    let sentence = answer["sentence"].as_str().expect("a sentence");
    assert!(sentence.starts_with("push has a lower stall rate than pull up to faults.0.at = 50"), "{sentence}");
    assert!(sentence.contains("; beyond faults.0.at = 2.41 min it is undecided (95 %;"), "{sentence}");
    assert_eq!(
        (&answer["undecided_below"], answer["undecided_beyond"].as_f64()),
        (&serde_json::Value::Null, Some(144.625))
    );
    let points = answer["points"].as_array().expect("points");
    let end = points.last().expect("points");
    assert!(end["sign"] == 0 && end["n"].as_u64() > points[0]["n"].as_u64(), "{end}");
}

#[test]
fn nothing_lies_beyond_the_end_of_the_range() {
    let sandbox = sandbox();
    let printed = sandbox.run("solve cheap.toml bus.loss=0..1 --strategy push --at-most 99.9% --budget 500 --quiet");
    assert!(printed.starts_with("push has a stall rate of at most 99.9 % up to bus.loss = "), "{printed}");
}

#[test]
fn a_value_without_a_mean_has_an_arrow_on_its_side_of_the_limit_and_no_line() {
    let sandbox = sandbox();
    let line = "solve cheap.toml bus.loss=1e-4..0.1log --strategy push --at-most 1s --measure time_to_connect_p99_s \
                --precision 0.5 --quiet --out curve";
    sandbox.run(line);
    let curve = crate::sandbox::cells(&sandbox.path("curve/curve.csv"));
    let column = |name: &str| curve[0].iter().position(|other| other == name).expect("a column");
    let figure = sandbox.read("curve/curve.svg");
    // The points of the first line after a place in the file.
    let points = |from: usize| -> Vec<(f64, f64)> {
        let text = figure[from..].split("points=\"").nth(1).and_then(|text| text.split('"').next()).expect("points");
        let point = |pair: &str| pair.split_once(',').map(|(x, y)| (x.parse().expect("x"), y.parse().expect("y")));
        text.split(' ').filter_map(point).collect()
    };
    let dashed = figure.match_indices("<polyline").filter(|(at, _)| {
        let line = figure[*at..].lines().next().expect("a line");
        line.contains("stroke-dasharray=\"6 4\"")
    });
    let limit =
        dashed.map(|(at, _)| points(at)).find(|line| line[0].1.total_cmp(&line[1].1).is_eq()).expect("the limit")[0].1;
    let without = curve[1..].iter().filter(|row| row[column("mean")].is_empty()).count();
    for (side, is_above) in [("above", true), ("below", false)] {
        let told = format!("infinite in some runs, more than half are {side} 1 s");
        let at = figure.find(&told).expect("a value without a mean");
        assert!(points(at).iter().all(|(_, y)| (*y < limit) == is_above), "{side}: {figure}");
    }
    let lines = figure.lines().filter(|line| line.contains("stroke-width=\"2.5\"") && line.contains("<polyline"));
    let joined: usize = lines.map(|line| line.split("points=\"").nth(1).expect("points").matches(',').count()).sum();
    // The legend has a line too.
    assert!((1..=curve.len() - 1 - without + 2).contains(&joined), "{joined} points are joined: {figure}");
    assert_eq!(figure.matches("infinite in some runs, more than half are").count(), without);
    assert!(figure.contains("Arrows: in some runs"), "{figure}");
}

#[test]
fn whole_numbers_are_told_by_the_last_that_does_and_the_first_that_does_not() {
    let sandbox = sandbox();
    // Six creates a second of 500 ms each: three workers are busy, and four wait little.
    let line = "solve cheap.toml api.workers=1..16 --strategy push --at-most 1s --measure api_wait_mean_s \
                --set api.create_service=500ms --set clients.arrivals.poisson=6/s --quiet --out workers";
    let printed = sandbox.run(line);
    assert!(printed.starts_with("push has an API wait, mean, of at most 1 s from api.workers = "), "{printed}");
    assert_eq!(cell(&sandbox, "workers", "answer"), "step");
    assert!((number(&sandbox, "workers", "ci_high") - number(&sandbox, "workers", "ci_low") - 1.0).abs() < 1e-12);
}

#[test]
fn the_answer_does_not_depend_on_how_its_runs_were_made() {
    let sandbox = sandbox();
    sandbox.run(&format!("solve {ONE_PERCENT} --jobs 1 --out one"));
    sandbox.run(&format!("solve {ONE_PERCENT} --jobs 2 --out two"));
    same(&sandbox, "one", "two");
    let printed = sandbox.run("reproduce one --quiet");
    assert!(printed.contains("the same, byte for byte: runs.csv, solve.csv, curve.csv, curve.svg"), "{printed}");
    let sentence = sandbox.run(&format!("solve {ONE_PERCENT} --resume --out one"));
    sandbox.run("report one");
    let page = sandbox.read("one/report.html");
    let lead = format!("<p class=\"lead\">{}</p>", sentence.lines().next().expect("a sentence"));
    assert!(page.contains(&lead) && page.contains("svg+xml,%3C"), "{page}");
    assert!(page.contains("<td>push</td>"), "{page}");
    let whole = fs::read(sandbox.path("one/runs.csv")).expect("runs");
    for part in [0, 1, 3, 7] {
        // A program that was killed has written so much.
        for name in &FILES[1..] {
            fs::remove_file(sandbox.path("two").join(name)).expect("a file");
        }
        fs::write(sandbox.path("two/runs.csv"), &whole[..whole.len() * part / 8]).expect("a file");
        sandbox.run(&format!("solve {ONE_PERCENT} --resume --out two"));
        same(&sandbox, "one", "two");
    }
}

#[test]
fn a_folder_is_kept_for_its_own_question() {
    let sandbox = sandbox();
    sandbox.run(&format!("solve {ONE_PERCENT} --out one"));
    let refused = sandbox.fail(&format!("solve {ONE_PERCENT} --out one"), 2);
    assert!(refused.contains("holds an answer already"), "{refused}");
    let refused = sandbox.fail(&format!("solve {ONE_PERCENT} --seed 2 --resume --out one"), 2);
    assert!(refused.contains("cannot resume: its seed is another one"), "{refused}");
    let refused = sandbox.fail(&format!("solve {} --resume --out one", ONE_PERCENT.replace("1%", "2%")), 2);
    assert!(refused.contains("cannot resume: its question is another one"), "{refused}");
    for line in ["plot one", "run small.toml --overwrite --out one"] {
        let refused = sandbox.fail(line, 1);
        assert!(refused.contains("it is of an answer, drawn in curve.svg; accepted"), "{line}: {refused}");
    }
    sandbox.run("run small.toml --quiet --out runs");
    let refused = sandbox.fail(&format!("solve {ONE_PERCENT} --overwrite --out runs"), 2);
    assert!(refused.contains("is not empty and holds no answer"), "{refused}");
}

#[test]
fn everything_that_is_wrong_with_a_question_is_said_at_once() {
    let sandbox = sandbox();
    let told = sandbox.fail(
        "solve cheap.toml bus.loss=0.1..2 --strategy pusj --at-most 3 --precision -1 --budget 9 --measure stall_rate \
         --crossing 0",
        2,
    );
    for line in [
        "bus.loss=0.1..2: found 2, accepted: a probability from 0 to 1",
        "--strategy pusj: there is no such strategy, accepted: push, pull; did you mean push?",
        "--at-most: found 3, accepted for stall_rate: a share from 0 to 1",
        "--precision -1: accepted: from 0.001 to below 1",
        "--crossing 0: accepted: from 1 to 65535",
        "--budget 9: accepted: from 50 runs",
    ] {
        assert!(told.contains(line), "{line}\n{told}");
    }
    for (range, line) in [
        ("bus.los=0..1", "bus.los=0..1: unknown key, did you mean loss?"),
        ("bus.loss=0..1log", "found from = 0, accepted with log = true: an end above zero"),
        ("bus.loss=1..0.5", "found 1 to 0.5, accepted: the smaller end first"),
        ("bus.loss=0.5", "accepted: KEY=FROM..TO such as"),
        ("seed=1..5", "seed cannot be varied: it is the same for all points"),
        ("api.workers=1..16log", "api.workers is a whole number, accepted: FROM..TO without log"),
    ] {
        let told = sandbox.fail(&format!("solve cheap.toml {range} --strategy push --at-most 0.1"), 2);
        assert!(told.contains(line), "{range}\n{told}");
    }
    let told = sandbox.fail("solve small.toml http.failure=0..0.1 --better push --than jit", 2);
    assert!(told.contains("the experiment sweeps bus.loss, found 2 points, accepted: one"), "{told}");
    sandbox.fail("solve cheap.toml bus.loss=0..1 --strategy push", 2);
    sandbox.fail("solve cheap.toml bus.loss=0..1 --strategy push --at-most 0.1 --better push --than pull", 2);
    sandbox.fail("solve cheap.toml bus.loss=0..1", 2);
    for limit in ["--at-most 0.1", "--at-least 0.1"] {
        let told =
            sandbox.fail(&format!("solve cheap.toml bus.loss=0..1 {limit} --better push --than pull --quiet"), 2);
        assert!(told.contains("cannot be used with"), "{told}");
    }
    assert!(!sandbox.path("results").exists());
}

#[test]
fn a_budget_that_ends_too_early_is_no_success_and_leaves_its_answer() {
    let sandbox = sandbox();
    let line =
        "solve cheap.toml bus.loss=1e-4..0.1log --strategy push --at-most 1% --precision 0.01 --budget 400 --quiet";
    let told = sandbox.fail(line, 1);
    assert!(
        told.contains(
            "of 400 runs were made before the precision was reached, and the next step takes more than are left"
        ),
        "{told}"
    );
    assert_eq!(cell(&sandbox, "results/cheap.solve", "answered"), "false");
    assert!(number(&sandbox, "results/cheap.solve", "runs") <= 400.0);
}

#[test]
fn a_budget_that_ends_in_the_first_stage_leaves_the_bracket() {
    let sandbox = sandbox();
    let line = "solve cheap.toml bus.loss=1e-4..0.1log --strategy push --at-most 1% --budget 50 --quiet --out early";
    let told = sandbox.fail(line, 1);
    let sentence = "push has a stall rate of at most 1 % up to bus.loss = 0.00316, and not at 0.0178 (95 %; 10 \
                    replications, 50 runs). The budget ended before the precision was reached.";
    assert!(told.contains("50 of 50 runs were made before the precision was reached"), "{told}");
    let manifest = sandbox.read("early/manifest.json");
    assert!(manifest.contains(sentence), "{manifest}");
    assert_eq!((cell(&sandbox, "early", "answer"), cell(&sandbox, "early", "root")), ("bracket".into(), String::new()));
    let limits = (number(&sandbox, "early", "ci_low"), number(&sandbox, "early", "ci_high"));
    assert!(limits.0 < 0.01 && 0.01 < limits.1, "{limits:?}");
}

#[test]
fn an_answer_agrees_with_the_signs_of_its_curve_whenever_the_budget_ends() {
    let sandbox = sandbox();
    let mut has_interval = false;
    for budget in [150, 250, 400, 700] {
        let line = "solve cheap.toml bus.loss=1e-4..0.1log --strategy push --at-most 1% --precision 0.03 --overwrite \
                    --quiet --out cut --seed 9 --budget";
        let told = sandbox.fail(&format!("{line} {budget}"), 1);
        let needed =
            told.split("than are left: --budget ").nth(1).and_then(|rest| rest.split(' ').next()?.parse().ok());
        assert!(needed.is_some_and(|needed: u64| needed > budget), "{told}");
        let (low, high) = (number(&sandbox, "cut", "ci_low"), number(&sandbox, "cut", "ci_high"));
        has_interval |= cell(&sandbox, "cut", "answer") == "crossing";
        for row in cells(&sandbox.path("cut/curve.csv")).iter().skip(1) {
            let at: f64 = row[0].parse().expect("a place");
            match row[6].as_str() {
                "-" => assert!(at <= low, "{row:?} {low}"),
                "+" => assert!(at >= high, "{row:?} {high}"),
                _ => {}
            }
        }
    }
    assert!(has_interval);
}

#[test]
fn what_is_infinite_in_every_run_of_both_is_said_to_be() {
    let sandbox = sandbox();
    let twice =
        "[strategies.acked]\npush = { wait = \"ack\", attempts = 2, timeout = \"1s\", exhausted = \"reply\" }\n";
    sandbox.write("never.toml", &format!("{CHEAP}{twice}"));
    let line = "solve never.toml --set horizon=3m --better push --than acked --measure time_to_connect_p99_s --quiet \
                --json --overwrite --out never";
    let out = sandbox.try_run(&format!("{line} bus.loss=0.5..0.9"));
    assert_eq!(out.status.code(), Some(1));
    let (printed, error) = (String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
    let sentence = "Undecided from bus.loss = 0.5 to 0.9: the time to connect, 99th percentile, of push and acked is \
                    infinite in every run, at 5 values";
    assert!(printed.contains(sentence), "{printed}");
    assert!(error.contains("another measure, or a range in which it is finite, can decide"), "{error}");
    let out = sandbox.try_run(&format!("{line} bus.loss=0..0.9"));
    let printed = String::from_utf8_lossy(&out.stdout);
    assert!(
        printed.contains("of these no run of both has one; there the answer speaks of more than half"),
        "{printed}"
    );
    // A value by signs has no mean in the table.
    let rows = cells(&sandbox.path("never/curve.csv"));
    assert!(rows.last().is_some_and(|row| row[3..6].iter().all(String::is_empty) && row[6] == "0"), "{rows:?}");
}

#[test]
fn infinite_times_are_no_means_and_the_answer_says_what_it_speaks_of() {
    let sandbox = sandbox();
    let line = "solve cheap.toml bus.loss=1e-3..0.1log --strategy push --at-most 1s --measure time_to_connect_p99_s \
                --precision 0.5 --quiet --out never";
    let printed = sandbox.run(line);
    assert!(printed.contains("values some runs have no finite time to connect"), "{printed}");
    assert!(printed.contains("there the answer speaks of more than half of the runs"), "{printed}");
    let rows = cells(&sandbox.path("never/curve.csv"));
    assert!(rows.iter().flatten().all(|cell| !cell.contains("inf")), "{rows:?}");
    assert!(rows.iter().any(|row| row[3].is_empty()), "{rows:?}");
}

#[test]
fn a_new_question_leaves_nothing_of_the_old_one_in_its_folder() {
    let sandbox = sandbox();
    sandbox.run(&format!("solve {ONE_PERCENT} --out one"));
    sandbox.run("report one");
    // What another command and another page have left.
    sandbox.write("one/tornado.csv", "strategy\n");
    sandbox.write("one/page.html", &sandbox.read("one/report.html"));
    sandbox.run(&format!("solve {} --overwrite --out one", ONE_PERCENT.replace("1%", "2%")));
    for name in ["report.html", "page.html", "tornado.csv"] {
        assert!(!sandbox.path("one").join(name).exists(), "{name}");
    }
    sandbox.write("one/report.html", "<p>mine</p>");
    let told = sandbox.fail(&format!("solve {ONE_PERCENT} --overwrite --out one"), 2);
    assert!(told.contains("report.html: not made by pushpull"), "{told}");
    assert!(sandbox.path("one/solve.csv").exists());
}

#[test]
fn one_of_several_crossings_is_named_by_its_number() {
    let sandbox = sandbox();
    // A fault that strikes within the 540 s that count, and wholly only from the end of the warm-up to the horizon.
    sandbox.write("fault.toml", &format!("{CHEAP}[[faults]]\ntarget = \"bus\"\nat = \"5m\"\nfor = \"30s\"\n"));
    let line = "solve fault.toml faults.0.at=1s..9m59s --strategy push --at-most 3% --quiet --overwrite --out at";
    let told = sandbox.fail(line, 1);
    assert!(told.contains("there are 2 crossings; --crossing N, from 1, looks for one of them"), "{told}");
    for number in [1, 2] {
        let printed = sandbox.run(&format!("{line} --crossing {number}"));
        assert!(printed.starts_with(&format!("Crossing {number} of 2: push has a stall rate")), "{printed}");
    }
    let told = sandbox.fail(&format!("{line} --crossing 3"), 1);
    assert!(told.contains("--crossing 3: found 2 crossings"), "{told}");
    let told = sandbox.fail(&format!("solve {ONE_PERCENT} --crossing 2 --out two"), 1);
    let manifest = sandbox.read("two/manifest.json");
    assert!(manifest.contains("push has a stall rate of at most 1 % up to bus.loss = 0.0"), "{manifest}");
    assert!(!manifest.contains("budget ended"), "{manifest}");
    assert_eq!(cell(&sandbox, "two", "answer"), "bracket");
    assert!(told.contains("--crossing 2: found 1 crossing, accepted"), "{told}");
}

#[test]
fn a_jump_is_told_by_its_two_sides() {
    let sandbox = sandbox();
    // With fixed delays every config is at its gateway before the handshake, or none is.
    let line = "solve cheap.toml bus.delay=10ms..2s --set path.delay=20ms --set path.setup=50ms --set http.delay=20ms \
                --set api.client_delay=100ms --strategy push --at-most 50% --quiet --out jump";
    let printed = sandbox.run(line);
    let sentence = "push has a stall rate of at most 50 % up to bus.delay = 169 ms, and not at 170 ms; between them the stall \
                    rate jumps from 0.148 % to 100 % (95 %; 10 replications, 150 runs).";
    assert!(printed.starts_with(sentence), "{printed}");
    assert_eq!((cell(&sandbox, "jump", "answer"), cell(&sandbox, "jump", "root")), ("bracket".into(), String::new()));
    let (low, high) = (number(&sandbox, "jump", "ci_low"), number(&sandbox, "jump", "ci_high"));
    assert!(low < high && high - low < 2e-3, "{low} {high}");
}

#[test]
fn runs_are_kept_for_a_larger_budget_and_a_finer_precision() {
    let sandbox = sandbox();
    let line = "solve cheap.toml bus.loss=1e-4..0.1log --strategy push --at-most 1% --quiet";
    sandbox.fail(&format!("{line} --precision 0.1 --budget 120 --out kept"), 1);
    sandbox.run("report kept");
    for cost in ["--precision 0.1 --budget 2000", "--precision 0.3 --budget 2000", "--precision 0.2"] {
        sandbox.run(&format!("{line} {cost} --resume --out kept"));
        sandbox.run(&format!("{line} {cost} --overwrite --out fresh"));
        same(&sandbox, "kept", "fresh");
        assert!(!sandbox.path("kept/report.html").exists());
        let runs = |folder: &str| {
            let manifest: serde_json::Value =
                serde_json::from_str(&sandbox.read(&format!("{folder}/manifest.json"))).expect("JSON");
            (manifest["runs"].clone(), manifest["events"].clone())
        };
        assert_eq!(runs("kept"), runs("fresh"));
    }
    // No run is made again: the precision before was finer.
    let before = sandbox.read("kept/runs.csv");
    let told = sandbox.run(&format!("{line} --precision 0.3 --resume --out kept"));
    assert!(told.starts_with("push has a stall rate of at most 1 %"), "{told}");
    let kept = sandbox.read("kept/runs.csv");
    let run = |line: &str| line.split_once(',').map(|(_, rest)| rest.to_owned());
    let before: Vec<_> = before.lines().map(run).collect();
    assert!(kept.lines().map(run).all(|line| before.contains(&line)), "{kept}");
}

#[test]
fn a_search_that_decides_nothing_says_which_budget_goes_on() {
    let sandbox = sandbox();
    let line =
        "solve cheap.toml bus.loss=0.0118..0.0128 --strategy push --at-most 1.23% --quiet --overwrite --out near";
    let told = sandbox.fail(&format!("{line} --budget 400"), 1);
    assert!(told.contains("runs decide nothing: an end of the range gets more replications from --budget "), "{told}");
    let budget: u32 =
        told.split("from --budget ").nth(1).and_then(|rest| rest.split(' ').next()?.parse().ok()).expect("a budget");
    let runs = number(&sandbox, "near", "runs");
    sandbox.try_run(&format!("{line} --budget {}", budget - 1));
    assert!((number(&sandbox, "near", "runs") - runs).abs() < 0.5);
    sandbox.try_run(&format!("{line} --budget {budget}"));
    assert!(number(&sandbox, "near", "runs") > runs);
}

#[test]
fn one_problem_of_a_question_does_not_hide_another() {
    let sandbox = sandbox();
    let told = sandbox.fail(
        "solve cheap.toml bus.los=0.1..0.01 --strategy pushh --at-most 1% --measure latte_rate --set bus.dealy=3",
        2,
    );
    for line in [
        "bus.los=0.1..0.01: unknown key, did you mean loss?",
        "bus.los=0.1..0.01: found 0.1 to 0.01, accepted: the smaller end first",
        "--strategy pushh: there is no such strategy, accepted: push, pull; did you mean push?",
        "--measure latte_rate: there is no such measure",
        "--set bus.dealy=3: unknown key, did you mean delay?",
    ] {
        assert!(told.contains(line), "{line}\n{told}");
    }
    let told = sandbox.fail("map cheap.toml bus.loss=0.1..0.01 http.failur=0..1log --strategy push --at-most 1%", 2);
    for line in [
        "bus.loss=0.1..0.01: found 0.1 to 0.01, accepted: the smaller end first",
        "http.failur=0..1log: unknown key, did you mean failure?",
    ] {
        assert!(told.contains(line) && !told.contains("--set"), "{line}\n{told}");
    }
    // The range replaces the value, and a wrong value is told all the same.
    let told = sandbox.fail("solve cheap.toml --set bus.loss=3 bus.loss=1e-4..0.1log --strategy push --at-most 1%", 2);
    assert!(told.contains("--set bus.loss=3: found 3, accepted: a probability from 0 to 1"), "{told}");
}

#[test]
fn a_key_that_no_strategy_reads_is_named_as_it_was_typed() {
    let sandbox = sandbox();
    let line = "solve cheap.toml clients.handshake.traffic_every=1s..5s --strategy push --at-most 50% --out unread";
    let told = String::from_utf8_lossy(&sandbox.try_run(line).stderr).into_owned();
    assert!(told.contains("clients.handshake.traffic_every=1s..5s: has no effect, as no strategy pulls"), "{told}");
    assert!(!told.contains("--set"), "{told}");
}

#[test]
fn a_measure_that_is_undefined_says_why_and_leaves_no_answer() {
    let sandbox = sandbox();
    let line = "solve cheap.toml api.workers=1..4 --strategy push --at-most 1% --quiet --out none \
                --measure stall_rate --set clients.create_timeout=1ms";
    let told = sandbox.fail(line, 1);
    assert!(
        told.contains("stall_rate is undefined in all 10 runs at api.workers = 1: nothing that it counts"),
        "{told}"
    );
    let told = sandbox.fail(line, 2);
    assert!(told.contains("holds a question that has no answer yet"), "{told}");
}

#[test]
fn strategies_that_are_not_asked_about_need_not_fit() {
    let sandbox = sandbox();
    // [rare] weighs lost pushes, and a pull has none.
    sandbox.write("rare.toml", &format!("{CHEAP}[rare]\nevery = 200\n"));
    let line = "rare.toml bus.loss=1e-3..0.1log --strategy push --at-most 1% --precision 0.5 --quiet";
    let printed = sandbox.run(&format!("solve {line}"));
    assert!(printed.starts_with("push has a stall rate of at most 1 %"), "{printed}");
    // The runs are those of a file with all strategies.
    sandbox
        .run("solve cheap.toml bus.loss=1e-3..0.1log --strategy push --at-most 1% --precision 0.5 --quiet --out all");
    assert_eq!(cell(&sandbox, "all", "root"), cell(&sandbox, "results/cheap.solve", "root"));
}

#[test]
fn the_confidence_of_an_answer_can_be_chosen() {
    let sandbox = sandbox();
    let widths = [0.8, 0.999].map(|level| {
        let printed = sandbox.run(&format!("solve {ONE_PERCENT} --confidence {level} --overwrite --out level"));
        assert!(printed.contains(&format!("({} %;", level * 100.0)), "{printed}");
        assert_eq!(cell(&sandbox, "level", "confidence"), level.to_string());
        let rows = cells(&sandbox.path("level/curve.csv"));
        let limit = |column: usize| -> f64 { rows[rows.len() - 1][column].parse().expect("a number") };
        limit(5) - limit(4)
    });
    assert!(widths[0] < widths[1], "{widths:?}");
    let told = sandbox.fail(&format!("solve {ONE_PERCENT} --confidence 1"), 2);
    assert!(told.contains("accepted: above 0 and below 1"), "{told}");
}

#[test]
fn shards_are_refused_for_a_true_reason() {
    let sandbox = sandbox();
    let told = sandbox.fail(&format!("solve {ONE_PERCENT} --shard 1/2"), 2);
    assert!(told.contains("--shard: accepted by pushpull run; the runs of an answer are made in one folder"), "{told}");
}

#[test]
fn known_roots_are_held_at_their_price() {
    let sandbox = sandbox();
    let mut runs = 0.0;
    for seed in 1..=4 {
        let line = format!(
            "solve cheap.toml bus.loss=1e-5..0.1log --strategy push --at-most 0.01 --precision 0.2 --seed {seed} --quiet"
        );
        sandbox.run(&format!("{line} --overwrite --out known"));
        let (low, high) = (number(&sandbox, "known", "ci_low"), number(&sandbox, "known", "ci_high"));
        assert!(low <= 0.01 && 0.01 <= high, "{seed}: {low} {high}");
        runs += number(&sandbox, "known", "runs") / 4.0;
    }
    assert!(runs <= 120.0, "{runs}");
    // The only fetch of an attempt fails with probability 0.01; then a handshake fails if it loses either packet.
    for (set, root) in [("http.failure=0.01", 0.01), ("path.loss=0.01", 0.0199), ("path.loss=0.003", 0.005_991)] {
        sandbox.run(&format!(
            "solve cheap.toml bus.loss=1e-3..0.3log --better push --than pull --set {set} \
             --set strategies.pull.pull.attempts=1 --precision 0.3 --quiet --overwrite --out known"
        ));
        let (low, high) = (number(&sandbox, "known", "ci_low"), number(&sandbox, "known", "ci_high"));
        assert!(low <= root && root <= high && high / low < 2.0, "{set}: {low} {high}");
    }
}

#[test]
fn a_key_without_effect_has_no_crossing_and_the_same_difference_everywhere() {
    let sandbox = sandbox();
    let line = "solve cheap.toml gateways.remove=1ms..1s --better push --than pull --set bus.loss=0.05 --quiet";
    let told = sandbox.run(line);
    let sentence = "No crossing: push has a higher stall rate than pull at 5 values from gateways.remove = 1 ms to 1 s, with the \
                    same difference at each (95 %; 100 runs).";
    assert!(told.starts_with(sentence), "{told}");
}

#[test]
fn an_end_that_is_the_same_in_every_run_is_no_side_of_a_crossing() {
    let sandbox = sandbox();
    let twice = "[strategies.acked]\npush = { wait = \"ack\", attempts = 2, timeout = \"1s\" }\n";
    sandbox.write(
        "twice.toml",
        &format!("{CHEAP}{twice}[strategies.once]\npush = {{ wait = \"ack\", attempts = 1, timeout = \"1s\" }}\n"),
    );
    // Without loss no create is sent twice: both are the same in every run. With losses the one that sends again is slower.
    let line = "solve twice.toml bus.loss=0..0.05 --better acked --than once --measure create_time_mean_s --budget 3000 \
                --set horizon=3m --quiet --overwrite --out same";
    let printed = sandbox.run(line);
    assert!(printed.starts_with("acked has a higher create time, mean, than once from bus.loss = 0.0"), "{printed}");
    assert!(printed.contains(" on; below that it is undecided"), "{printed}");
    assert_eq!((cell(&sandbox, "same", "answer"), cell(&sandbox, "same", "root")), ("open".into(), String::new()));
    let high = number(&sandbox, "same", "ci_high");
    let rows = cells(&sandbox.path("same/curve.csv"));
    assert!(high > 0.0 && rows[1][3..7] == ["0", "0", "0", "0"], "{high} {rows:?}");
    // A limit at which nothing was seen is not above that limit.
    let printed = sandbox.run(
        "solve cheap.toml http.failure=1e-4..0.2log --strategy pull --at-most 0 --precision 0.3 --budget 400 --set horizon=2m --quiet \
         --overwrite --out same",
    );
    assert!(printed.starts_with("pull has a stall rate above 0 % from http.failure = 0.0"), "{printed}");
    let high = number(&sandbox, "same", "ci_high");
    let rows = cells(&sandbox.path("same/curve.csv"));
    assert!(rows.iter().skip(1).all(|row| row[6] == "+" || row[0].parse::<f64>().expect("a place") < high), "{rows:?}");
}

#[test]
fn no_crossing_is_no_answer_where_both_ends_are_undecided() {
    let sandbox = sandbox();
    sandbox.write("hump.toml", HUMP);
    let line = "solve hump.toml faults.0.at=0s..3m --better pull --than push --set http.failure=0.003 --seed 5 --quiet \
                --overwrite --out ends --budget";
    let told = sandbox.fail(&format!("{line} 200"), 1);
    assert!(told.contains("runs were made before both ends of the range were decided"), "{told}");
    let budget = told.split("--budget ").nth(1).and_then(|rest| rest.split(' ').next()?.parse().ok());
    let budget: u32 = budget.expect("a budget");
    let told = sandbox.fail(&format!("{line} {budget}"), 1);
    assert!(!told.contains("runs were made before both ends of the range were decided: --budget {budget} "), "{told}");
    assert!(number(&sandbox, "ends", "runs") > 100.0);
}

#[test]
fn a_limit_that_every_value_keeps_is_refused() {
    let sandbox = sandbox();
    let told = sandbox.fail("solve cheap.toml bus.loss=0..0.1 --strategy push --at-least 0", 2);
    assert!(told.contains("--at-least: found 0, accepted for stall_rate: above 0, as no value is below 0"), "{told}");
    let told = sandbox.fail("solve cheap.toml bus.loss=0..0.1 --strategy push --at-most 100%", 2);
    assert!(told.contains("--at-most: found 100%, accepted for stall_rate: below 1, as no share is above 1"), "{told}");
}
