//! Whatever happens to a run, `--resume` ends with the folder that an undisturbed run writes.

use std::fs::{self, OpenOptions};
use std::time::Duration;

use crate::sandbox::Sandbox;

fn truncate(sandbox: &Sandbox, name: &str, length: u64) {
    let file = OpenOptions::new().write(true).open(sandbox.path(name)).expect("a file");
    file.set_len(length).expect("a shorter file");
}

/// A number in [0, below) that looks random and is the same each time.
fn scattered(step: u64, below: u64) -> u64 {
    (step.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20) % below
}

#[test]
fn a_folder_cut_anywhere_is_completed_to_the_same_bytes() {
    let sandbox = Sandbox::new();
    sandbox.run("run small.toml --out whole --quiet");
    let length = |name: &str| fs::metadata(sandbox.path(name)).expect("a file").len();
    let (runs, samples) = (length("whole/runs.csv"), length("whole/samples.bin"));
    for step in 0..24 {
        sandbox.copy("whole", "cut");
        for name in ["summary.csv", "compare.csv", "distributions.csv", "timeseries.csv"] {
            fs::remove_file(sandbox.path("cut").join(name)).expect("a file");
        }
        truncate(&sandbox, "cut/runs.csv", scattered(step, runs + 1));
        truncate(&sandbox, "cut/samples.bin", scattered(step + 1000, samples + 1));
        sandbox.run("run small.toml --out cut --quiet --resume");
        sandbox.assert_same("whole", "cut");
    }
}

#[test]
fn a_run_killed_at_any_moment_is_completed_to_the_same_bytes() {
    let sandbox = Sandbox::new();
    let longer = "run small.toml --quiet --set horizon=4m --no-double-check";
    sandbox.run(&format!("{longer} --out whole"));
    for step in 0..4 {
        let out = format!("killed-{step}");
        for kill in 0..3 {
            let mut child = sandbox.start(&format!("{longer} --out {out} --resume"));
            std::thread::sleep(Duration::from_millis(5 + scattered(step * 10 + kill, 120)));
            child.kill().expect("a process to kill, or one that has ended");
            child.wait().expect("its end");
        }
        sandbox.run(&format!("{longer} --out {out} --resume"));
        sandbox.assert_same("whole", &out);
    }
}

#[test]
fn more_replications_later_keep_the_first_ones() {
    let sandbox = Sandbox::new();
    sandbox.run("run small.toml --out seven --quiet --replications 7");
    sandbox.run("run small.toml --out grown --quiet --replications 3");
    let line = sandbox.read("grown/runs.csv").lines().nth(1).expect("a run").to_owned();
    sandbox.run("run small.toml --out grown --quiet --replications 7 --resume");
    sandbox.assert_same("seven", "grown");
    assert!(sandbox.read("grown/runs.csv").contains(&line));
    let error = sandbox.fail("run small.toml --out grown --quiet --replications 5 --resume", 2);
    assert!(error.contains("7 replications"), "{error}");
}

#[test]
fn a_folder_of_another_experiment_or_seed_is_refused() {
    let sandbox = Sandbox::new();
    sandbox.run("run small.toml --out r --quiet");
    let error = sandbox.fail("run small.toml --out r --quiet --resume --seed 8", 2);
    assert!(error.contains("its seed is 7, not 8"), "{error}");
    let error = sandbox.fail("run small.toml --out r --quiet --resume --set bus.delay=1ms", 2);
    assert!(error.contains("bus.delay was \"40ms\", is \"1ms\""), "{error}");
    let error = sandbox.fail("run small.toml --out r --quiet --resume --strategy jit", 2);
    assert!(error.contains("another one"), "{error}");
}

#[test]
fn resuming_what_is_complete_changes_nothing_and_resuming_nothing_starts() {
    let sandbox = Sandbox::new();
    sandbox.run("run small.toml --out r --quiet --resume");
    sandbox.copy("r", "before");
    sandbox.run("run small.toml --out r --quiet --resume");
    sandbox.assert_same("before", "r");
}

#[test]
fn a_run_that_panics_is_told_with_the_command_that_repeats_it_and_the_others_go_on() {
    let sandbox = Sandbox::new();
    let error = sandbox.fail("run small.toml --out r --quiet --strategy push --set events_max=900", 1);
    if error.contains("events_max: ") {
        return; // the limit is no key of the file: nothing in a valid experiment panics
    }
    assert!(error.contains("again: pushpull trace small.toml"), "{error}");
}
