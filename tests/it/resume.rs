//! After any interruption, `--resume` completes the same folder as an undisturbed run.

use std::fs::{self, OpenOptions};
use std::process::{Child, Command};
use std::time::Duration;

use crate::sandbox::Sandbox;

fn truncate(sandbox: &Sandbox, name: &str, length: u64) {
    let file = OpenOptions::new().write(true).open(sandbox.path(name)).expect("a file");
    file.set_len(length).expect("a shorter file");
}

/// A scattered number in [0, below) that is the same each time.
fn scattered(step: u64, below: u64) -> u64 {
    let mixed = (step + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    (mixed ^ (mixed >> 27)) % below
}

#[test]
fn a_folder_cut_anywhere_is_completed_to_the_same_bytes() {
    let sandbox = Sandbox::new();
    sandbox.run("run small.toml --out whole --quiet");
    let length = |name: &str| fs::metadata(sandbox.path(name)).expect("a file").len();
    let (runs, samples) = (length("whole/runs.csv"), length("whole/samples.bin"));
    for step in 0..24 {
        sandbox.copy("whole", "cut");
        for name in ["summary.csv", "compare.csv", "pairs.csv", "distributions.csv", "timeseries.csv"] {
            fs::remove_file(sandbox.path("cut").join(name)).expect("a file");
        }
        truncate(&sandbox, "cut/runs.csv", scattered(step, runs + 1));
        truncate(&sandbox, "cut/samples.bin", scattered(step + 1000, samples + 1));
        sandbox.run("run small.toml --out cut --quiet --resume");
        sandbox.assert_same("whole", "cut");
    }
}

/// Kills in `cargo test`; `PUSHPULL_KILLS=100 cargo test --test it killed -- --nocapture` makes more, and reports them.
const KILLS: u64 = 12;

/// Sends a signal, like a user or a scheduler.
#[cfg(unix)]
fn kill(child: &Child, signal: &str) {
    let sent = Command::new("kill").args(["-s", signal, &child.id().to_string()]).status().expect("kill is there");
    assert!(sent.success(), "no process to send {signal} to");
}

#[test]
#[cfg(unix)]
fn a_run_killed_at_any_moment_is_completed_to_the_same_bytes() {
    let kills = std::env::var("PUSHPULL_KILLS").map_or(KILLS, |text| text.parse().expect("a number of kills"));
    let sandbox = Sandbox::new();
    let longer = "run small.toml --quiet --set horizon=3m --set replications=12";
    #[expect(clippy::disallowed_methods, reason = "only how long a run takes tells when to kill the next")]
    let began = std::time::Instant::now();
    sandbox.run(&format!("{longer} --out whole"));
    let span = u64::try_from(began.elapsed().as_micros()).expect("a short time");
    sandbox.run("run small.toml --quiet --set horizon=3m --set replications=5 --out fewer");
    let rows = || fs::read_to_string(sandbox.path("killed/runs.csv")).map_or(0, |text| text.matches('\n').count());
    let (mut done, mut step, mut folders) = (0, 0, 0);
    while done < kills {
        // One, two or three kills in a row, of a run that starts with an empty folder or with fewer replications.
        let _ = fs::remove_dir_all(sandbox.path("killed"));
        if folders % 3 == 2 {
            sandbox.copy("fewer", "killed");
        }
        for _ in 0..=folders % 3 {
            let signal = ["INT", "TERM", "KILL"][usize::try_from(step % 3).expect("small")];
            let moment = Duration::from_micros(scattered(step, span));
            step += 1;
            let mut child = sandbox.start(&format!("{longer} --out killed --resume"));
            std::thread::sleep(moment);
            if child.try_wait().expect("a child").is_none() {
                kill(&child, signal);
            }
            if !child.wait().expect("its end").success() {
                done += 1;
                println!("kill {done}: SIG{signal} after {moment:.0?}, {} lines in runs.csv", rows());
            }
        }
        sandbox.run(&format!("{longer} --out killed --resume"));
        sandbox.assert_same("whole", "killed");
        folders += 1;
    }
    println!("{done} kills in {folders} folders, each resumed; every folder is byte for byte the undisturbed one");
}

#[test]
fn what_a_kill_at_the_very_start_leaves_is_taken_up() {
    let sandbox = Sandbox::new();
    sandbox.run("run small.toml --out whole --quiet");
    fs::create_dir(sandbox.path("r")).expect("a folder");
    sandbox.write("r/.lock", "");
    sandbox.write("r/.manifest.json.0.part", "{ \"vers");
    sandbox.run("run small.toml --out r --quiet --resume");
    sandbox.assert_same("whole", "r");
}

#[test]
#[cfg(unix)]
fn a_full_disk_is_an_error_that_names_the_file_and_leaves_a_folder_to_resume() {
    let sandbox = Sandbox::new();
    sandbox.run("run small.toml --out whole --quiet");
    // A limit on the size of files simulates a full disk: the write fails in the same place.
    for blocks in [4, 8, 16, 32] {
        let program = env!("CARGO_BIN_EXE_pushpull");
        let script = format!(
            "trap '' XFSZ; ulimit -f {blocks} || exit 99; exec '{program}' run small.toml --out full --quiet --jobs 1"
        );
        let shell = Command::new("sh").args(["-c", &script]).current_dir(sandbox.path("")).output().expect("a shell");
        if shell.status.code() == Some(99) {
            println!("skipped: this shell cannot limit the size of files");
            return;
        }
        let errors = String::from_utf8(shell.stderr).expect("text");
        assert_eq!(shell.status.code(), Some(75), "{errors}");
        assert!(errors.contains("full/") && errors.contains("cannot write: File too large"), "{errors}");
        sandbox.run("run small.toml --out full --quiet --resume");
        sandbox.assert_same("whole", "full");
        fs::remove_dir_all(sandbox.path("full")).expect("a folder");
    }
}

#[test]
fn a_folder_that_another_program_writes_is_left_to_it() {
    let sandbox = Sandbox::new();
    let mut first = sandbox.start("run small.toml --quiet --set horizon=20m --replications 40 --out r");
    while !sandbox.path("r/samples.bin").exists() {
        std::thread::sleep(Duration::from_millis(1));
    }
    let error = sandbox.fail("run small.toml --quiet --set horizon=20m --replications 40 --out r --resume", 1);
    assert!(error.contains("another run is writing it"), "{error}");
    first.kill().expect("a process to kill");
    first.wait().expect("its end");
}

#[test]
fn another_build_does_not_go_on_with_a_folder() {
    let sandbox = Sandbox::new();
    sandbox.run("run small.toml --out r --quiet");
    let text = sandbox.read("r/manifest.json");
    let mut manifest: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    manifest["commit"] = "0123abc".into();
    sandbox.write("r/manifest.json", &manifest.to_string());
    let error = sandbox.fail("run small.toml --out r --quiet --resume", 2);
    assert!(error.contains("it was made by version") && error.contains("0123abc"), "{error}");
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
