//! `pushpull sensitivity`: known indices are found, and the answer does not depend on how its runs were made.

use std::fs;

use crate::sandbox::{Sandbox, cells};

/// A push stalls with probability 1 − (1 − p)(1 − l)², where p is the loss of the bus and l that of the path: the message
/// and the two packets of a handshake. A pull over a network that never fails stalls with probability 1 − (1 − l)⁴.
const CHEAP: &str = r#"
name = "cheap"
seed = 1
horizon = "2m"
warmup = "1m"
[clients]
arrivals = { poisson = "4/s" }
session = { exponential = "1m" }
returns = { probability = 0.0, after = { exponential = "1m" } }
[http]
failure = 0.0
[gateways]
count = 3
[strategies.push]
push = {}
[strategies.pull]
pull = { answer = "initiate" }
"#;

const RANGES: &str = "[uncertain]\n\"bus.loss\" = { from = 0, to = 1 }\n\"path.loss\" = { from = 0, to = 1 }\n\
                      \"gateways.remove\" = { from = \"1ms\", to = \"100ms\", log = true }\n";

/// The files of an answer, the manifest apart.
const FILES: [&str; 5] = ["runs.csv", "sensitivity.csv", "tornado.csv", "tornado.svg", "indices.svg"];

fn sandbox(ranges: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("cheap.toml", &format!("{CHEAP}{ranges}"));
    sandbox
}

/// The cell of `sensitivity.csv` of a target and a key under this name.
fn cell(sandbox: &Sandbox, folder: &str, target: [&str; 2], key: &str, name: &str) -> String {
    let rows = cells(&sandbox.path(folder).join("sensitivity.csv"));
    let column = |name: &str| rows[0].iter().position(|other| other == name).expect("a column");
    let row = rows.iter().find(|row| {
        row[column("strategy")] == target[0] && row[column("against")] == target[1] && row[column("key")] == key
    });
    row.expect("a row")[column(name)].clone()
}

fn number(sandbox: &Sandbox, folder: &str, target: [&str; 2], key: &str, name: &str) -> f64 {
    cell(sandbox, folder, target, key, name).parse().expect("a number")
}

fn same(sandbox: &Sandbox, one: &str, other: &str) {
    for name in FILES {
        let bytes = |folder: &str| fs::read(sandbox.path(folder).join(name)).expect("a file");
        assert!(bytes(one) == bytes(other), "{one}/{name} and {other}/{name} differ");
    }
}

#[test]
fn the_indices_of_a_known_function_are_found_and_a_key_without_effect_has_none() {
    let sandbox = sandbox(RANGES);
    let printed = sandbox.run("sensitivity cheap.toml --strategy push --indices --rows 8 --quiet --out out");
    assert!(printed.contains("the stall rate of push hangs on path.loss (total index 0."), "{printed}");
    assert!(
        printed.contains("gateways.remove never moved it (in 64 rows; at most 4.6 % of the ranges do)"),
        "{printed}"
    );
    for (key, first, total) in [("bus.loss", 5.0 / 21.0, 3.0 / 7.0), ("path.loss", 4.0 / 7.0, 16.0 / 21.0)] {
        for (name, truth) in [("first", first), ("total", total)] {
            let limit = |side: &str| number(&sandbox, "out", ["push", ""], key, &format!("{name}_{side}"));
            assert!(
                limit("low") <= truth && truth <= limit("high"),
                "{key} {name}: {} {}",
                limit("low"),
                limit("high")
            );
            assert!(limit("high") - limit("low") < 0.9, "{key} {name}");
        }
    }
    for name in ["moved", "effect", "rms", "total", "total_low", "total_high", "first", "first_low", "first_high"] {
        assert_eq!(cell(&sandbox, "out", ["push", ""], "gateways.remove", name), "0", "{name}");
    }
    let moved = number(&sandbox, "out", ["push", ""], "path.loss", "moved");
    assert!(moved > 50.0 && number(&sandbox, "out", ["push", ""], "path.loss", "effect_low") > 0.0, "{moved}");
}

#[test]
fn the_choice_of_a_strategy_has_shares_and_a_worth_of_knowing_each_key() {
    let ranges = RANGES.replace("0, to = 1 }", "0, to = 0.2 }");
    let sandbox = sandbox(&ranges);
    let printed = sandbox.run("sensitivity cheap.toml --against push --rows 4 --quiet --json --out out");
    let answer: serde_json::Value = serde_json::from_str(&printed).expect("JSON");
    let found = &answer["found"][0];
    assert_eq!((found["strategy"].as_str(), found["against"].as_str()), (Some("pull"), Some("push")));
    let share = |name: &str| found[name]["mean"].as_f64().expect("a number");
    assert!((share("higher") + share("lower") + share("same") - 1.0).abs() < 1e-9, "{found}");
    assert!(share("higher") > 0.1 && share("lower") > 0.1, "{found}");
    let worth = |key: &str| number(&sandbox, "out", ["pull", "push"], key, "evppi");
    assert!(worth("bus.loss") > 0.003 && worth("path.loss") > 0.003, "{} {}", worth("bus.loss"), worth("path.loss"));
    assert!(worth("gateways.remove").abs() < f64::MIN_POSITIVE);
    // Integral of min(0, (1 − p)(1 − l)² − (1 − l)⁴) over both ranges: all keys are worth so much at the most.
    let limit = |side: &str| number(&sandbox, "out", ["pull", "push"], "bus.loss", &format!("evpi_{side}"));
    let exact = 0.016_241;
    assert!(limit("low") <= exact && exact <= limit("high"), "{} {}", limit("low"), limit("high"));
    assert!(found["evpi"]["ci_low"].as_f64().is_some_and(|low| low > 0.0), "{found}");
    assert_eq!(cell(&sandbox, "out", ["push", ""], "bus.loss", "evppi"), "");
    let sentence = answer["sentence"].as_str().expect("a sentence");
    assert!(
        sentence.contains("Over the ranges, chance of two runs included, pull has the higher stall rate in "),
        "{sentence}"
    );
    assert!(sentence.contains("Knowing all keys before the choice would lower the stall rate by "), "{sentence}");
}

#[test]
fn the_ends_of_each_range_are_compared_with_the_file_and_say_where_the_comparison_turns() {
    let ranges = RANGES.replace("0, to = 1 }", "0, to = 0.3 }");
    let sandbox = sandbox(&ranges);
    let printed = sandbox.run(
        "sensitivity cheap.toml --tornado --set bus.loss=0.1 --set path.loss=0.01 --against push --quiet --out out",
    );
    assert!(printed.contains("Its sign turns at bus.loss = 0, path.loss = 0.3."), "{printed}");
    assert!(!sandbox.path("out/sensitivity.csv").exists());
    // Where either loses all, every push stalls.
    let whole = self::sandbox(RANGES);
    let printed = whole.run("sensitivity cheap.toml --tornado --strategy push --quiet --out out");
    let equal =
        "bus.loss and path.loss change the stall rate of push most, and none of them is shown to change it more";
    assert!(printed.contains(equal), "{printed}");
    assert!(printed.contains("to 100 % at bus.loss = 1 and 100 % at path.loss = 1"), "{printed}");
    let rows = cells(&sandbox.path("out/tornado.csv"));
    let column = |name: &str| rows[0].iter().position(|other| other == name).expect("a column");
    let remove: Vec<_> = rows.iter().filter(|row| row[column("key")] == "gateways.remove").collect();
    assert_eq!(remove.len(), 2 * 3);
    assert!(remove.iter().filter(|row| row[0] == "push").all(|row| row[column("change")] == "0"), "{remove:?}");
}

#[test]
fn the_answer_does_not_depend_on_how_its_runs_were_made() {
    // A key of two values makes points of a row coincide: such a point is run once.
    let ranges = RANGES.replace("to = 1 }", "to = 0.5 }");
    let ranges = format!("{ranges}\"strategies.push.push.wait\" = [\"none\", \"ack\"]\n");
    let sandbox = sandbox(&ranges);
    let line = "sensitivity cheap.toml --strategy push --rows 2 --quiet";
    sandbox.run(&format!("{line} --jobs 1 --out one"));
    sandbox.run(&format!("{line} --jobs 2 --out two"));
    same(&sandbox, "one", "two");
    let printed = sandbox.run("reproduce one --quiet");
    assert!(printed.contains("the same, byte for byte: runs.csv, sensitivity.csv, tornado.csv"), "{printed}");
    sandbox.run("report one");
    let page = fs::read_to_string(sandbox.path("one/report.html")).expect("a report");
    assert!(page.contains("Of 4 uncertain keys "), "the sentence");
    let whole = fs::read(sandbox.path("one/runs.csv")).expect("runs");
    let runs = String::from_utf8(whole.clone()).expect("text").lines().count() - 1;
    let most = 9 * 10 + 16 * 5 * 2;
    assert!(runs < most, "{runs} of at most {most} runs: some points coincide");
    for part in [0, 1, 3, 7] {
        // A program that was killed has written so much.
        for name in &FILES[1..] {
            fs::remove_file(sandbox.path("two").join(name)).expect("a file");
        }
        fs::write(sandbox.path("two/runs.csv"), &whole[..whole.len() * part / 8]).expect("a file");
        sandbox.run(&format!("{line} --resume --out two"));
        same(&sandbox, "one", "two");
    }
    let other = ranges.replace("100ms", "90ms");
    sandbox.write("cheap.toml", &format!("{CHEAP}{other}"));
    let refused = sandbox.fail(&format!("{line} --resume --out two"), 2);
    assert!(refused.contains("cannot resume: its experiment is another one"), "{refused}");
}

#[test]
fn correlated_keys_have_one_index_and_rows_are_doubled_until_the_precision_is_reached() {
    let sandbox = sandbox(&format!("{RANGES}correlated = [[\"bus.loss\", \"path.loss\"]]\n"));
    let line = "sensitivity cheap.toml --strategy push --rows 2 --quiet";
    sandbox.run(&format!("{line} --precision 0.9 --out out"));
    let total = number(&sandbox, "out", ["push", ""], "bus.loss + path.loss", "total");
    assert!((total - 1.0).abs() < 0.3, "nothing else moves it: {total}");
    let told = sandbox.fail(&format!("{line} --precision 0.001 --budget 300 --out short"), 1);
    assert!(told.contains("the budget of 300 runs ended before the precision was reached"), "{told}");
    assert!(sandbox.path("short/sensitivity.csv").exists());
}

#[test]
fn everything_that_is_wrong_with_a_range_is_said_with_its_place() {
    for (ranges, line) in [
        ("\"bus.loss\" = { from = 0.1, to = 0.01 }", "found 0.1 to 0.01, accepted: the smaller end first"),
        ("\"bus.loss\" = { from = 0, to = 0.1, log = true }", "found from = 0, accepted with log = true"),
        ("\"bus.loss\" = { from = 0.1, to = 2 }", "found 2, accepted: a probability from 0 to 1"),
        ("\"bus.los\" = { from = 0.1, to = 0.2 }", "there is no key bus.los, did you mean bus.loss?"),
        ("\"bus.loss\" = 0.1", "found 0.1, accepted: a range such as"),
        ("\"bus.loss\" = [0.1]", "found [0.1], accepted: a range such as"),
        ("\"seed\" = { from = 1, to = 2 }", "seed cannot be uncertain: it is the same for all points"),
        ("\"bus.loss\" = { from = 0.1, to = 0.2, likely = 0.3 }", "found likely = 0.3, accepted: a value between"),
        ("\"path.delay\" = { median = { from = \"1ms\", to = \"2ms\" }, spread = 1 }", "found spread = 1, accepted"),
        ("\"api.workers\" = { from = 1, to = 4, log = true }", "a whole number has equal probabilities"),
        (
            "\"bus.loss\" = { from = 0, to = 1 }\ncorrelated = [[\"bus.loss\", \"x\"]]",
            "found \"x\", accepted: a key of",
        ),
        ("\"strategies.push.push.wait\" = [\"none\", \"asck\"]", "found \"asck\", accepted:"),
    ] {
        let sandbox = sandbox(&format!("[uncertain]\n{ranges}\n"));
        let told = sandbox.fail("check cheap.toml", 2);
        let is_placed = told.contains("cheap.toml:19:") || told.contains("cheap.toml:20:");
        assert!(told.contains(line) && is_placed, "{ranges}\n{told}");
    }
    let sandbox = sandbox("");
    let told = sandbox.fail("sensitivity cheap.toml --measure stal_rate --rows 3", 2);
    for line in [
        "there is no such measure, accepted: a measure of summary.csv such as stall_rate; did you mean stall_rate?",
        "--rows 3: accepted: a power of two",
        "has no [uncertain] section",
    ] {
        assert!(told.contains(line), "{line}\n{told}");
    }
    // A range that is refused is still a key of the section, which correlated may name.
    let reversed = "[uncertain]\n\"bus.loss\" = { from = 1, to = 0 }\n\"path.loss\" = [0.1, 0.2]\n\
                    correlated = [[\"bus.loss\", \"path.loss\"]]\n";
    let told = self::sandbox(reversed).fail("check cheap.toml", 2);
    assert!(told.contains("the smaller end first") && !told.contains("accepted: a key of"), "{told}");
    let ranges = self::sandbox(RANGES);
    let told = ranges
        .fail("sensitivity cheap.toml --measure zz --against qq --strategy yy --budget 1 --precision -1 --set a=1", 2);
    for argument in ["--measure zz", "--against qq", "--strategy yy", "--budget 1", "--precision -1", "--set a=1"] {
        assert_eq!(told.matches(&format!("{argument}: ")).count(), 1, "{argument}\n{told}");
    }
    let told = ranges.fail("sensitivity cheap.toml --strategy pull --against push", 2);
    let line = "--against push: push is a strategy of the experiment that is not run, accepted: pull; --strategy pull \
                --strategy push runs it too";
    assert!(told.contains(line), "{told}");
    let twice = self::sandbox("[uncertain]\n\"bus.loss\" = { from = 0.01, to = 0.1 }\n\"http.failure\" = [0.1, 0.2]\n");
    let told = twice.fail("check cheap.toml --set warmup=9h", 2);
    assert_eq!(told.matches("found \"9h\"").count(), 1, "{told}");
    let uncertain = self::sandbox("[uncertain]\n\"bus.loss\" = { from = 0.01, to = 0.1 }\n");
    let told = uncertain.fail("sensitivity cheap.toml --shard 1/2", 2);
    assert!(told.contains("--shard: accepted by pushpull run; the runs of an answer"), "{told}");
}

#[test]
fn a_section_to_begin_with_is_written_from_the_assumed_keys_and_check_says_what_it_costs() {
    let sandbox = sandbox("");
    let block = sandbox.run("init --uncertain cheap.toml --strategy push");
    assert!(block.contains("\"api.workers\" = { from = 4, to = 16 }\n"), "{block}");
    assert!(block.contains("\"path.loss\" = { from = 0.000333, to = 0.003, log = true }\n"), "{block}");
    assert!(block.contains("\"path.delay\" = { median = { from = "), "{block}");
    // Nobody removes a record under push, and nobody fetches.
    assert!(!block.contains("gateways.remove") && !block.contains("fetch_service"), "{block}");
    sandbox.write("cheap.toml", &format!("{CHEAP}{block}"));
    let told = sandbox.run("check cheap.toml --strategy push");
    assert!(told.contains("keys; pushpull sensitivity takes at most "), "{told}");
    assert!(told.contains("api.workers: 4 to 16"), "{told}");
    sandbox.write("cheap.toml", &format!("{CHEAP}{RANGES}"));
    let told = sandbox.run("check cheap.toml --strategy push");
    assert!(told.contains("gateways.remove: 1ms to 100ms, by equal factors"), "{told}");
}

#[test]
fn a_measure_that_is_infinite_in_some_runs_is_refused_after_the_first_point() {
    let sandbox = sandbox(RANGES);
    // More than one attempt in a hundred never connects.
    for depth in ["--tornado", "--screen"] {
        let line = format!("sensitivity cheap.toml --strategy push --set bus.loss=0.3 {depth} --quiet --overwrite");
        let told = sandbox.fail(&format!("{line} --measure time_to_connect_p99_s"), 1);
        let said = "time_to_connect_p99_s has no finite value in 10 of 10 runs, accepted: a measure that every run has";
        assert!(told.contains(said), "{told}");
        assert!(!sandbox.path("results/cheap.sensitivity/tornado.csv").exists());
    }
}

#[test]
fn a_key_that_changes_no_run_has_no_change_and_no_width_however_rare_the_events_are() {
    let sandbox = sandbox(RANGES);
    // A handful of stalls in 2,400 attempts.
    let few = "--set bus.loss=0.002 --set path.loss=0";
    sandbox.run(&format!("sensitivity cheap.toml --strategy push {few} --tornado --quiet --out t"));
    let rows = cells(&sandbox.path("t/tornado.csv"));
    let column = |name: &str| rows[0].iter().position(|other| other == name).expect("a column");
    let remove: Vec<_> = rows.iter().filter(|row| row[column("key")] == "gateways.remove").collect();
    assert_eq!(remove.len(), 2);
    for row in remove {
        assert!(row[column("mean")].parse::<f64>().is_ok_and(|mean| mean > 0.0), "{row:?}");
        for name in ["change", "change_low", "change_high"] {
            assert_eq!(row[column(name)], "0", "{name}: {row:?}");
        }
    }
}

#[test]
fn a_rate_that_the_checks_of_rare_losses_refuse_is_refused_here_too() {
    let sandbox = sandbox("[uncertain]\n\"bus.loss\" = { from = 0.005, to = 0.02 }\n[rare]\nevery = 20\nloss = 0.5\n");
    let line = "sensitivity cheap.toml --strategy push --measure stall_rate_rare --set bus.loss=0.01 --quiet";
    let told = sandbox.fail(&format!("{line} --tornado --set rare.loss=0.999"), 1);
    let words =
        "stall_rate_rare of push with the values of the file is refused by the check of [rare]: tagged peers change";
    assert!(told.contains(words), "{told}");
    let few = sandbox.run(&format!("{line} --tornado --set rare.every=200 --out few"));
    assert!(few.contains("fewer than 50 attempts of tagged peers stalled"), "{few}");
    sandbox.write("plain.toml", &format!("{CHEAP}{RANGES}"));
    let told = sandbox.fail("sensitivity plain.toml --measure stall_rate_rare", 2);
    assert!(told.contains("--measure stall_rate_rare: only runs with [rare] have it"), "{told}");
}
