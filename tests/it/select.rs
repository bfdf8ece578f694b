//! `pushpull select`: the best candidates are found, and the answer does not depend on how its runs were made.

use std::fs;

use crate::sandbox::{CHEAP, Sandbox, cells};

/// Push needs no retry without loss; more attempts repair more losses, and take messages.
const TUNE: &str = r#"
[strategies.retry]
push = { wait = "ack", attempts = 2, timeout = "200ms" }
[[tune]]
"strategies.retry.push.attempts" = [1, 2, 3]
[[tune]]
"strategies.retry.push.timeout" = ["200ms", "200ms", "400ms"]
"#;

const BEST: &str = "tuned.toml --best late_rate --within 1% --set bus.loss=0.1 --quiet";

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("cheap.toml", CHEAP);
    sandbox.write("tuned.toml", &format!("{CHEAP}{TUNE}"));
    sandbox
}

/// The rows of `select.csv` as (strategy, own values, standing).
fn standings(sandbox: &Sandbox, folder: &str) -> Vec<String> {
    let rows = cells(&sandbox.path(folder).join("select.csv"));
    let column = |name: &str| rows[0].iter().position(|other| other == name).expect("a column");
    let (strategy, standing) = (column("strategy"), column("standing"));
    rows[1..].iter().map(|row| format!("{} {} {}", row[1..strategy].join(" "), row[strategy], row[standing])).collect()
}

#[test]
fn the_best_values_of_a_strategy_are_found_among_all_candidates_each_once() {
    let sandbox = sandbox();
    let printed = sandbox.run(&format!("select {BEST} --strategy push --strategy retry"));
    // One push, and three numbers of attempts with two timeouts; a value that stands twice counts once.
    let found = standings(&sandbox, "results/cheap.select");
    assert_eq!(found.len(), 7, "{found:?}");
    assert_eq!(found[0].trim(), "push worse");
    assert_eq!(found[1], "1 200ms retry worse");
    assert_eq!(found[3..5], ["2 200ms retry best", "2 400ms retry within"]);
    assert!(printed.contains("Of 7 candidates") && printed.contains("retry with push.attempts = 3"), "{printed}");
    let drawn = fs::read_to_string(sandbox.path("results/cheap.select/candidates.svg")).expect("a figure");
    assert!(drawn.contains("retry: 3, 200ms") && drawn.contains("attempts, timeout"), "{drawn}");
    // An ordinary run keeps the file's own values.
    sandbox.run("run tuned.toml --replications 1 --quiet --out runs");
    assert_eq!(cells(&sandbox.path("runs/summary.csv")).iter().filter(|row| row[0] == "1").count(), 0);
}

#[test]
fn limits_are_those_of_the_question_and_of_the_goals() {
    let sandbox = sandbox();
    // A timeout of 400 ms is too long; the second attempt after 200 ms is not.
    let line = "select tuned.toml --best late_rate --strategy retry --set bus.loss=0.1 --within 2% --quiet";
    sandbox.run(&format!("{line} --subject-to create_time_p99_s<1050ms --out asked"));
    sandbox.write("goal.toml", &format!("{CHEAP}{TUNE}[goal]\ncreate_time_p99_s = {{ at_most = '1050ms' }}\n"));
    sandbox.run(&format!("{} --out goal", line.replace("tuned", "goal")));
    for folder in ["asked", "goal"] {
        let found = standings(&sandbox, folder);
        assert!(found.contains(&"3 400ms retry infeasible".to_owned()), "{found:?}");
        assert!(found.contains(&"2 200ms retry best".to_owned()), "{found:?}");
    }
    let told = sandbox.run(&format!("{line} --subject-to create_time_p99_s<1ms --out none"));
    assert!(
        told.starts_with("None of 6 candidates is left within the limits")
            && told.contains("Limits: create time, 99th percentile, of at most 1 ms."),
        "{told}"
    );
}

#[test]
fn a_pareto_front_holds_what_no_other_beats_in_both_measures() {
    let sandbox = sandbox();
    let line = "select tuned.toml --strategy retry --set bus.loss=0.1 --best late_rate --and create_time_p99_s --within \
                0.1% --within 50ms --quiet --json";
    let answer: serde_json::Value = serde_json::from_str(&sandbox.run(line)).expect("JSON");
    let sentence = answer["sentence"].as_str().expect("a sentence");
    assert!(
        sentence.starts_with("Of 6 candidates the Pareto front of late rate and create time, 99th percentile, has 2: "),
        "{sentence}"
    );
    let found = standings(&sandbox, "results/cheap.select");
    // More attempts lose less and take longer. A longer wait for the same number of attempts is never better.
    assert!(found.contains(&"3 400ms retry worse".to_owned()), "{found:?}");
    assert!(found.contains(&"1 200ms retry best".to_owned()), "{found:?}");
    assert!(found.contains(&"2 200ms retry best".to_owned()), "{found:?}");
    // The front is named in the figure, and intervals go both ways.
    let figure = sandbox.read("results/cheap.select/candidates.svg");
    for text in [">1, 200ms<", ">2, 200ms<", ">on the Pareto front, or as good<"] {
        assert_eq!(figure.matches(text).count(), 1, "{text}\n{figure}");
    }
    let bars = figure.lines().filter(|line| line.contains("<polyline") && line.contains("stroke-width=\"2\""));
    let ends = bars.filter_map(|line| {
        let (from, to) = line.split("points=\"").nth(1)?.split('"').next()?.split_once(' ')?;
        let point = |pair: &str| pair.split_once(',').map(|(x, y)| (x.parse::<f64>(), y.parse::<f64>()));
        let ((Ok(x), Ok(y)), (Ok(right), Ok(end))) = (point(from)?, point(to)?) else { return None };
        Some((right - x, end - y))
    });
    // Caps are 8 long.
    let long: Vec<(f64, f64)> = ends.filter(|(across, up)| across.abs().max(up.abs()) > 8.5).collect();
    assert!(long.iter().any(|(across, _)| *across != 0.0) && long.iter().any(|(_, up)| *up != 0.0), "{long:?}");
}

#[test]
fn the_answer_does_not_depend_on_how_its_runs_were_made() {
    let sandbox = sandbox();
    sandbox.run(&format!("select {BEST} --jobs 1 --out one"));
    sandbox.run(&format!("select {BEST} --jobs 2 --out two"));
    let files = ["runs.csv", "select.csv", "candidates.svg"];
    let same = |one: &str, other: &str| {
        for name in files {
            let bytes = |folder: &str| fs::read(sandbox.path(folder).join(name)).expect("a file");
            assert!(bytes(one) == bytes(other), "{one}/{name} and {other}/{name} differ");
        }
    };
    same("one", "two");
    let printed = sandbox.run("reproduce one --quiet");
    assert!(printed.contains("the same, byte for byte: runs.csv, select.csv, candidates.svg"), "{printed}");
    let whole = fs::read(sandbox.path("one/runs.csv")).expect("runs");
    for part in [0, 3, 7] {
        for name in &files[1..] {
            fs::remove_file(sandbox.path("two").join(name)).expect("a file");
        }
        fs::write(sandbox.path("two/runs.csv"), &whole[..whole.len() * part / 8]).expect("a file");
        sandbox.run(&format!("select {BEST} --resume --out two"));
        same("one", "two");
    }
}

#[test]
fn what_a_kill_at_the_very_start_of_a_question_leaves_is_taken_up() {
    let sandbox = sandbox();
    fs::create_dir(sandbox.path("one")).expect("a folder");
    for name in [".lock", ".manifest.json.0.part"] {
        fs::write(sandbox.path("one").join(name), "").expect("a file");
    }
    sandbox.run(&format!("select {BEST} --resume --out one"));
    assert!(sandbox.path("one/select.csv").exists());
    assert!(!sandbox.path("one/.manifest.json.0.part").exists());
    fs::create_dir(sandbox.path("two")).expect("a folder");
    fs::write(sandbox.path("two/.notes.txt.0.part"), "").expect("a file");
    let told = sandbox.fail(&format!("select {BEST} --resume --out two"), 2);
    assert!(told.contains("is not empty and holds no answer of this program"), "{told}");
}

#[test]
fn a_measure_that_no_candidate_has_answers_nothing_and_keeps_no_limit() {
    let sandbox = sandbox();
    let line = "select tuned.toml --strategy retry --quiet --json";
    let json = |text: &str| serde_json::from_str::<serde_json::Value>(&text[text.find('{').expect("JSON")..]);
    let out = sandbox.try_run(&format!("{line} --best recovery_max_s --out none"));
    assert_eq!(out.status.code(), Some(1));
    let answer = json(&String::from_utf8_lossy(&out.stdout)).expect("JSON");
    assert_eq!(answer["answered"], false);
    let sentence = answer["sentence"].as_str().expect("a sentence");
    assert!(sentence.starts_with("None of 6 candidates has a value of "), "{sentence}");
    // Whether a limit is broken as well changes nothing.
    let out = sandbox.try_run(&format!("{line} --best recovery_max_s --subject-to attempts<10 --out both"));
    let answer = json(&String::from_utf8_lossy(&out.stdout)).expect("JSON");
    assert_eq!(
        (out.status.code(), &answer["sentence"].as_str().expect("a sentence")[..17]),
        (Some(1), "None of 6 candida")
    );
    let answer = json(&sandbox.run(&format!("{line} --best late_rate --subject-to recovery_max_s<10s --out limit")));
    let sentence = answer.expect("JSON")["sentence"].as_str().expect("a sentence").to_owned();
    assert!(sentence.contains("of 6 candidates is undefined in all runs, so a limit on it is not kept"), "{sentence}");
}

#[test]
fn everything_that_is_wrong_with_a_question_is_said_at_once() {
    let sandbox = sandbox();
    let told = sandbox.fail(
        "select tuned.toml --best stal_rate --and late_rate --subject-to late_rate --subject-to late_rate<2 \
         --subject-to late_rate<>3 --confidence 1 --budget 5 --within 1",
        2,
    );
    for line in [
        "--best stal_rate: there is no such measure, accepted: a measure of summary.csv such as stall_rate; did you mean stall_rate?",
        "--subject-to late_rate: accepted: MEASURE < LIMIT",
        "--subject-to late_rate<2: found 2, accepted for late_rate: a share from 0 to 1",
        "--subject-to late_rate<>3: found <>, accepted: <, <=, > or >=",
        "--confidence 1: accepted: from 0.5 to below 1",
        "--budget 5: accepted: from 80 runs",
        "--within 1: found 1 difference, accepted: one for each measure",
    ] {
        assert!(told.contains(line), "{line}\n{told}");
    }
    for line in [
        "select cheap.toml --best stall_rate",
        "solve cheap.toml bus.loss=0.01..0.1log --strategy push --at-most 1%",
        "map cheap.toml bus.loss=0.01..0.1log http.failure=0.01..0.1log",
    ] {
        let told = sandbox.fail(&format!("{line} --shard 0/2 --out shards"), 2);
        assert!(told.contains("--shard: accepted by pushpull run; the runs of an answer"), "{told}");
    }
    assert!(!sandbox.path("shards").exists());
    let told = sandbox.fail("select cheap.toml --strategy push", 2);
    assert!(told.contains("found 1 candidate (strategies × points), accepted: from 2 to 10000"), "{told}");
    sandbox.write("many.toml", &format!("{CHEAP}[[tune]]\n\"bus.loss\" = {{ from = 0.0, to = 0.1, steps = 6000 }}\n"));
    let told = sandbox.fail("select many.toml", 2);
    assert!(told.contains("found 12000 candidates"), "{told}");
    sandbox.write("wrong.toml", &format!("{CHEAP}[[tune]]\n\"bus.los\" = [0.1]\n[[tune]]\n\"http.failure\" = [2.0]\n"));
    let told = sandbox.fail("check wrong.toml", 2);
    assert!(told.contains("wrong.toml:22:1: bus.los: there is no key bus.los, did you mean bus.loss?"), "{told}");
    let told = sandbox.fail("check cheap.toml --set tune=1", 2);
    assert!(told.contains("candidates are given in the file, by [[tune]]"), "{told}");
    assert!(!sandbox.path("results").exists());
}

#[test]
fn a_tie_ends_with_the_budget_and_says_what_to_do() {
    let sandbox = sandbox();
    let told = sandbox.fail("select cheap.toml --set bus.loss=0 --budget 100 --quiet", 1);
    assert!(
        told.contains("of 100 runs left 1 candidate undecided, and the next stage takes more than are left: --budget "),
        "{told}"
    );
    sandbox.run("select cheap.toml --set bus.loss=0 --within 1% --quiet --overwrite");
}

#[test]
fn faults_of_a_month_are_no_candidates() {
    let sandbox = sandbox();
    let fault = "[[faults]]\ntarget = 'bus'\nat = '1m'\nfor = '2s'\nper_month = 1\n";
    sandbox.write("month.toml", &format!("{CHEAP}{fault}"));
    let told = sandbox.fail("select month.toml --quiet", 2);
    assert!(told.contains("select: each fault with per_month would be a candidate"), "{told}");
    assert!(told.contains("--set fault=NAME fixes it: none, all, bus"), "{told}");
    sandbox.run("select month.toml --set fault=none --set bus.loss=0.2 --within 5% --quiet");
}

#[test]
fn an_undecided_limit_is_said_and_not_called_a_tie() {
    let sandbox = sandbox();
    // The stall rate of push is the loss, so the limit is at its value.
    let line = "select cheap.toml --best api_creates --within 100000 --subject-to stall_rate<0.05 --set bus.loss=0.05";
    let ended = sandbox.try_run(&format!("{line} --budget 100 --quiet"));
    assert_eq!(ended.status.code(), Some(1));
    let flat = |text: &[u8]| String::from_utf8_lossy(text).split_whitespace().collect::<Vec<_>>().join(" ");
    let (printed, told) = (flat(&ended.stdout), flat(&ended.stderr));
    assert!(told.contains("1 is so near a limit that it is undecided whether it is kept"), "{told}");
    assert!(!told.contains("--within D"), "{told}");
    assert!(printed.contains("Of 1 it is undecided whether it keeps the limits."), "{printed}");
}

#[test]
fn an_answer_that_leaves_failed_creates_out_says_how_many_fail() {
    let sandbox = sandbox();
    let fails =
        "--set bus.loss=0.3 --set strategies.retry.push.attempts=1 --set horizon=3m --quiet --overwrite --out fails";
    let remark = " of creates failed under retry; such an attempt sends no initiation: late_rate counts it, stall_rate \
                  does not.";
    sandbox.write("retry.toml", &format!("{CHEAP}{}", TUNE.split("[[tune]]").next().expect("a strategy")));
    let flat = |text: String| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let told = flat(sandbox.run(&format!("select retry.toml --strategy retry --strategy pull --within 100% {fails}")));
    assert!(told.contains(remark) && !told.contains("p to "), "{told}");
    let page = sandbox.run("report fails");
    assert!(page.contains("report.html"), "{page}");
    let page = fs::read_to_string(sandbox.path("fails/report.html")).expect("a page");
    assert!(flat(page).contains(remark));
    // Each answer, at its worst point.
    for question in [
        "solve retry.toml http.failure=0..0.2 --better retry --than pull --precision 0.5 --budget 200",
        "map retry.toml http.failure=0..0.2 gateways.count=2..3 --strategy retry --strategy pull --rows 2 --precision 0.5 --budget 200",
    ] {
        let ended = sandbox.try_run(&format!("{question} --json {fails}"));
        let answer: serde_json::Value = serde_json::from_slice(&ended.stdout).expect("JSON");
        let told = answer["creates"].as_str().expect("a remark");
        assert!(told.starts_with("Up to ") && told.contains(remark), "{told}");
        assert!(answer["sentence"].as_str().is_some_and(|sentence| sentence.ends_with(told)));
    }
    // None where no create fails, and none where failed creates are counted.
    for question in ["--strategy push --strategy pull", "--strategy retry --strategy pull --best late_rate"] {
        let line = format!("select retry.toml {question} --within 100% --json {fails}");
        let answer: serde_json::Value = serde_json::from_str(&sandbox.run(&line)).expect("JSON");
        assert!(answer["creates"].is_null(), "{answer}");
    }
}

/// Under push the 99th percentile is infinite in less than half of the runs, and otherwise below that of pull.
const SOMETIMES: &str = r#"
name = "sometimes"
seed = 11
replications = 8
horizon = "5m"
warmup = "1m"
baseline = "push"
clients = { arrivals = { poisson = "8/s" }, session = { exponential = "1m" }, returns = { probability = 0.0 } }
path = { loss = 0.0 }
bus = { loss = 0.008 }
http = { failure = 0.003 }
gateways = { count = 4 }
strategies = { push = { push = {} }, pull = { pull = { answer = "initiate" } } }
"#;

#[test]
fn a_candidate_that_is_infinite_in_a_minority_of_runs_is_judged_as_solve_judges_it() {
    let sandbox = sandbox();
    sandbox.write("sometimes.toml", SOMETIMES);
    let line = "sometimes.toml --quiet --overwrite --out found";
    let measure = "time_to_connect_p99_s";
    let printed = sandbox.run(&format!("select {line} --best {measure} --budget 800"));
    let sentence = "Of 2 candidates one has the lowest time to connect, 99th percentile: push: infinite in ";
    assert!(printed.starts_with(sentence), "{printed}");
    let note =
        "In some runs of push the time to connect, 99th percentile, is infinite: a candidate is then lower if it is";
    assert!(printed.contains(note), "{printed}");
    let range = "bus.loss=0.001..0.1log --better push --than pull --precision 0.9";
    let printed = sandbox.run(&format!("solve {line} {range} --measure {measure}"));
    let sentence =
        "push has a lower time to connect, 99th percentile, than pull up to bus.loss = 0.00562, and not at 0.0133";
    assert!(printed.starts_with(sentence), "{printed}");
    // Two that are infinite in different runs are never shown to be as good.
    let told =
        sandbox.fail(&format!("select {line} --best {measure} --set bus.loss=0.0097 --budget 200 --within 1s"), 1);
    assert!(told.contains("two candidates are never shown to be as good: a measure that is finite can tell"), "{told}");
}
