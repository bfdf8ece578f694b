//! `pushpull map`: a known line between two regimes is found, and the best of three strategies on a grid.

use std::fs;

use crate::sandbox::{CHEAP, HUMP, Sandbox, cells};

/// A single fetch fails with the probability `http.failure`, a push is lost with the probability `bus.loss`.
const LINE: &str = "cheap.toml bus.loss=1e-3..0.3log http.failure=0.01..0.1log --set strategies.pull.pull.attempts=1 \
                    --strategy push --strategy pull --rows 3 --precision 0.3 --quiet";

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("cheap.toml", CHEAP);
    sandbox
}

#[test]
fn the_line_between_two_strategies_is_where_both_lose_as_much() {
    let sandbox = sandbox();
    let printed = sandbox.run(&format!("map {LINE}"));
    assert!(printed.starts_with("The line goes from bus.loss = 0.0"), "{printed}");
    assert!(printed.contains("At a lower bus.loss, push has the lower stall rate (95 % at each point;"), "{printed}");
    let rows = cells(&sandbox.path("results/cheap.map/line.csv"));
    assert_eq!(rows.len(), 4, "{rows:?}");
    for row in &rows[1..] {
        let number = |column: usize| row[column].parse::<f64>().expect("a number");
        assert_eq!(row[1], "crossing", "{row:?}");
        assert!(number(3) <= number(0) && number(0) <= number(4), "{row:?}");
    }
    let points = cells(&sandbox.path("results/cheap.map/map.csv"));
    assert_eq!(points[0][2..], ["winner", "runner_up", "difference", "ci_low", "ci_high", "n", "leader"]);
    for row in points.iter().skip(1).filter(|row| !row[2].is_empty()) {
        assert!(row[4].parse::<f64>().expect("a difference") < 0.0, "a winner is lower: {row:?}");
    }
    let drawn = fs::read_to_string(sandbox.path("results/cheap.map/map.svg")).expect("a figure");
    assert!(drawn.contains("Message loss on the bus") && drawn.contains("push has the lower stall rate"), "{drawn}");
}

#[test]
fn rows_without_a_crossing_say_who_wins_there() {
    let sandbox = sandbox();
    // A fetch fails more often than any push is lost.
    let line = "map cheap.toml bus.loss=1e-4..1e-3log http.failure=0.05..0.5log --set strategies.pull.pull.attempts=1 \
                --strategy push --strategy pull --rows 2 --precision 0.5 --set horizon=3m --quiet";
    let printed = sandbox.run(&format!("{line} --out none"));
    assert!(printed.contains("in 2 of 2 rows push has the lower stall rate at any bus.loss"), "{printed}");
    let line = line.replace("1e-4..1e-3log", "1e-3..0.3log").replace("0.05..0.5log", "0.02..0.9log");
    let printed = sandbox.run(&format!("{line} --out one"));
    assert!(printed.starts_with("The only crossing in 2 rows is bus.loss = 0.0"), "{printed}");
    let all = "At a lower bus.loss, push has the lower stall rate; in 1 of 2 rows push has the lower stall rate at any bus.loss";
    assert!(printed.contains(all), "{printed}");
}

#[test]
fn a_row_with_more_than_one_crossing_is_no_row_with_a_single_one() {
    let sandbox = sandbox();
    sandbox.write("hump.toml", HUMP);
    // A fault of the bus costs push nothing before the runs are measured, and little at their end.
    let line = "map hump.toml faults.0.at=40s..2m59500ms http.failure=0.02..0.03log --rows 2 --precision 0.9 --quiet";
    let printed = sandbox.run(line);
    let sentence =
        "No row of 2 has a single crossing of faults.0.at: in 2 of 2 rows there is more than one crossing (95 %";
    assert!(printed.starts_with(sentence), "{printed}");
}

#[test]
fn two_strategies_that_are_the_same_in_every_run_are_said_to_be() {
    let sandbox = sandbox();
    sandbox.write("twice.toml", &format!("{CHEAP}[strategies.push2]\npush = {{}}\n"));
    let line = "map twice.toml bus.loss=1e-3..0.1log http.failure=0.01..0.1log --set horizon=3m --quiet --json";
    let json = |more: &str| {
        let printed = sandbox.run(&format!("{line} {more}"));
        serde_json::from_str::<serde_json::Value>(&printed[printed.find('{').expect("JSON")..]).expect("JSON")
    };
    let answer = json("--strategy push --strategy push2 --rows 2 --out two");
    let sentence = answer["sentence"].as_str().expect("a sentence");
    let same = "push and push2 have the same stall rate in every run, at 10 points from bus.loss = 0.001 to 0.1 and from \
                http.failure = 0.01 to 0.1 (95 % at each point;";
    assert!(sentence.starts_with(same), "{sentence}");
    assert_eq!((answer["same"].as_f64(), answer["undecided"].as_f64()), (Some(1.0), Some(0.0)));
    let drawn = fs::read_to_string(sandbox.path("two/map.svg")).expect("a figure");
    assert!(drawn.contains("have the same stall rate") && !drawn.contains(">undecided<"), "{drawn}");
}

#[test]
fn rows_that_show_one_side_alone_name_no_winner_on_the_other() {
    let sandbox = sandbox();
    // No fetch fails, so that push is never better; without loss it is as good.
    let line = "map cheap.toml bus.loss=0..0.05 http.failure=0..1e-5 --strategy push --strategy pull --rows 3 \
                --precision 0.1 --budget 2000 --set horizon=2m --quiet --out open";
    let printed = sandbox.run(line);
    let sentence = "No crossing of bus.loss is shown in 3 rows of http.failure: in 3 of 3 rows pull has the lower stall rate \
                    at a high bus.loss, and at a low one it is undecided";
    assert!(printed.starts_with(sentence), "{printed}");
    let rows = cells(&sandbox.path("open/line.csv"));
    assert!(rows.iter().skip(1).all(|row| row[1] == "open" && row[2].is_empty() && row[3].is_empty()), "{rows:?}");
}

#[test]
fn two_of_three_that_are_the_same_share_what_they_win() {
    let sandbox = sandbox();
    sandbox.write("twice.toml", &format!("{CHEAP}[strategies.push2]\npush = {{}}\n"));
    let line = "map twice.toml bus.loss=1e-3..0.3log http.failure=1e-3..0.3log --set strategies.pull.pull.attempts=1 \
                --set horizon=3m --depth 0 --quiet --json --out three";
    let printed = sandbox.run(line);
    let answer: serde_json::Value = serde_json::from_str(&printed[printed.find('{').expect("JSON")..]).expect("JSON");
    let share = answer["same"].as_f64().expect("a share");
    assert!(share > 0.1 && answer["shares"]["pull"].as_f64().is_some_and(|pull| pull > 0.1), "{answer}");
    let sentence = answer["sentence"].as_str().expect("a sentence");
    assert!(sentence.contains("push and push2 have the lowest stall rate, the same in every run"), "{sentence}");
    // At a tie both limits of the difference are 0, and at every point one strategy leads.
    for row in cells(&sandbox.path("three/map.csv")).iter().skip(1) {
        assert!(!row[8].is_empty() && (row[2].is_empty() || row[2] == row[8]), "{row:?}");
    }
}

#[test]
fn a_map_says_where_more_than_half_of_the_runs_decide() {
    let sandbox = sandbox();
    let line = "map cheap.toml bus.loss=1e-3..0.3log http.failure=1e-3..0.01log --set horizon=3m --rows 2 --quiet \
                --measure time_to_connect_p99_s --precision 0.9 --out signs";
    let printed = sandbox.run(line);
    assert!(
        printed.contains(" points some runs have no finite time to connect, 99th percentile; there the winner"),
        "{printed}"
    );
    let rows = cells(&sandbox.path("signs/map.csv"));
    assert!(rows.iter().any(|row| row[2] == "pull" && row[4..7].iter().all(String::is_empty)), "{rows:?}");
}

#[test]
fn the_best_of_three_strategies_is_found_on_a_grid_whatever_makes_its_runs() {
    let sandbox = sandbox();
    let mixed = format!("{CHEAP}[strategies.acked]\npush = {{ wait = \"ack\", attempts = 2, timeout = \"1s\" }}\n");
    sandbox.write("three.toml", &mixed);
    let line = "map three.toml bus.loss=0.05..0.3log http.failure=0.05..0.3log --set horizon=2m \
                --set strategies.pull.pull.attempts=1 --depth 0 --quiet";
    let printed = sandbox.run(&format!("{line} --jobs 1 --out one"));
    assert!(printed.contains("Lowest stall rate over bus.loss and http.failure: "), "{printed}");
    sandbox.run(&format!("{line} --jobs 2 --out two"));
    for name in ["runs.csv", "map.csv", "map.svg"] {
        let bytes = |folder: &str| fs::read(sandbox.path(folder).join(name)).expect("a file");
        assert!(bytes("one") == bytes("two"), "{name} differs");
    }
    let rows = cells(&sandbox.path("one/map.csv"));
    let winners: Vec<&str> = rows[1..].iter().map(|row| row[2].as_str()).collect();
    assert!(winners.contains(&"acked") && !winners.contains(&"push"), "{winners:?}");
    let printed = sandbox.run("reproduce one --quiet");
    assert!(printed.contains("the same, byte for byte: runs.csv, map.csv, map.svg"), "{printed}");
}

#[test]
fn everything_that_is_wrong_with_a_map_is_said_at_once() {
    let sandbox = sandbox();
    let told = sandbox.fail(
        "map cheap.toml bus.loss=0.1..2 bus.loss=0..0.1 --strategy push --rows 1 --depth 9 --precision 2 --budget 1",
        2,
    );
    for line in [
        "bus.loss=0.1..2: found 2, accepted: a probability from 0 to 1",
        "bus.loss=0..0.1: accepted: another key than that of the horizontal axis",
        "--strategy: found one strategy, accepted: two or more, or one and --at-most",
        "--rows 1: accepted: from 2 to 100",
        "--depth 9: accepted: from 0 to 6",
        "--precision 2: accepted: from 0.001 to below 1",
    ] {
        assert!(told.contains(line), "{line}\n{told}");
    }
    let told = sandbox.fail("map cheap.toml bus.loss=0..0.1 http.failure=0..0.1 --at-most 0.1", 2);
    assert!(told.contains("--at-most: found 2 strategies, accepted: one; --strategy NAME chooses it"), "{told}");
    assert!(!sandbox.path("results").exists());
}

#[test]
fn what_belongs_to_the_other_kind_of_map_is_refused() {
    let sandbox = sandbox();
    let mixed = format!("{CHEAP}[strategies.acked]\npush = {{ wait = \"ack\" }}\n");
    sandbox.write("three.toml", &mixed);
    let ranges = "bus.loss=0.05..0.3log http.failure=0.05..0.3log";
    let told = sandbox.fail(&format!("map cheap.toml {ranges} --strategy push --strategy pull --depth 2"), 2);
    assert!(
        told.contains("--depth 2: a map of two strategies, or of one and a limit, has no cells: accepted with three")
    );
    let told = sandbox.fail(&format!("map three.toml {ranges} --rows 5 --precision 0.2"), 2);
    for argument in ["--rows 5", "--precision 0.2"] {
        let line = "a map of 3 strategies has no line: accepted with two strategies, or with one and a limit";
        assert!(told.contains(&format!("{argument}: {line}")), "{told}");
    }
    assert!(!sandbox.path("results").exists());
}
