//! `pushpull solve`: known roots are found, and the answer does not depend on how its runs were made.

use std::fs;

use crate::sandbox::{CHEAP, Sandbox, cells};

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
        assert!(refused.contains("it is of an answer, such as that of pushpull solve"), "{line}: {refused}");
    }
    sandbox.run("run small.toml --quiet --out runs");
    let refused = sandbox.fail(&format!("solve {ONE_PERCENT} --overwrite --out runs"), 2);
    assert!(refused.contains("is not empty and holds no answer"), "{refused}");
}

#[test]
fn everything_that_is_wrong_with_a_question_is_said_at_once() {
    let sandbox = sandbox();
    let told = sandbox.fail(
        "solve cheap.toml bus.loss=0.1..2 --strategy pusj --at-most 3 --precision 2 --budget 9 --measure stall_rate",
        2,
    );
    for line in [
        "bus.loss=0.1..2: found 2, accepted: a probability from 0 to 1",
        "--strategy pusj: there is no such strategy, accepted: push, pull; did you mean push?",
        "--at-most: found 3, accepted for stall_rate: a share from 0 to 1",
        "--precision 2: accepted: from 0.001 to below 1",
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
    assert!(!sandbox.path("results").exists());
}

#[test]
fn a_budget_that_ends_too_early_is_no_success_and_leaves_its_answer() {
    let sandbox = sandbox();
    let line =
        "solve cheap.toml bus.loss=1e-4..0.1log --strategy push --at-most 1% --precision 0.01 --budget 400 --quiet";
    let told = sandbox.fail(line, 1);
    assert!(told.contains("the budget of 400 runs ended before the precision was reached"), "{told}");
    assert_eq!(cell(&sandbox, "results/cheap.solve", "answered"), "false");
    assert!(number(&sandbox, "results/cheap.solve", "runs") <= 400.0);
}
