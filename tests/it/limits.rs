//! Limits of the machine and interruptions by the user: memory, threads, time.

use std::fs;
#[cfg(unix)]
use std::process::{Command, Output};

use crate::sandbox::Sandbox;

/// Runs `pushpull` with a limit of its address space, in kB.
#[cfg(unix)]
fn under(sandbox: &Sandbox, kilobytes: u32, line: &str) -> Output {
    let script = format!("ulimit -v {kilobytes} && exec \"$@\"");
    let mut shell = Command::new("sh");
    shell.args(["-c", &script, "sh", env!("CARGO_BIN_EXE_pushpull")]).args(line.split_whitespace());
    shell.current_dir(sandbox.path("")).output().expect("a shell")
}

#[test]
#[cfg(target_os = "linux")]
fn threads_that_cannot_be_had_are_fewer_threads() {
    let sandbox = Sandbox::new();
    sandbox.run("run small.toml --out whole --quiet --replications 40");
    for kilobytes in [300_000, 600_000, 2_000_000] {
        let _ = fs::remove_dir_all(sandbox.path("r"));
        let output = under(&sandbox, kilobytes, "run small.toml --out r --quiet --replications 40 --jobs 10000");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{kilobytes} kB: {errors}");
        assert!(errors.contains("runs at once, not 10000"), "{kilobytes} kB: {errors}");
        sandbox.assert_same("whole", "r");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn memory_that_cannot_be_had_is_refused_with_the_key_that_asks_for_it() {
    let sandbox = Sandbox::new();
    for (change, said) in [
        ("--set clients.existing=20000000", "clients.existing = 20000000: point 0, strategy push asks"),
        ("--vary clients.existing=0,20000000", "clients.existing = 20000000: point 1, strategy push asks"),
        (
            "--set strategies.push.push={refresh_every=\"1ns\"} --set events_max=9000000000000000000",
            "strategies.push.push.refresh_every = \"1ns\": point 0",
        ),
        (
            "--set clients.arrivals={poisson=\"90000000/s\"} --set horizon=10s --set warmup=1s",
            "clients.arrivals = { poisson = \"90000000/s\" }: point 0",
        ),
    ] {
        for command in ["run small.toml --out r", "trace small.toml", "check small.toml --warmup"] {
            let output = under(&sandbox, 4_000_000, &format!("{command} {change}"));
            let errors = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(2), "{command} {change}: {errors}");
            let last = errors.lines().last().unwrap_or_default();
            assert!(last.starts_with(&format!("error: {said}")), "{command} {change}: {errors}");
            assert!(last.contains("GB with one run at a time, and"), "{command} {change}: {errors}");
        }
        assert!(!sandbox.path("r").exists());
    }
}

#[cfg(unix)]
mod signals {
    use std::process::{Child, Command};
    use std::thread::sleep;
    use std::time::Duration;

    use super::*;

    fn kill(child: &Child, signal: &str) {
        let sent = Command::new("kill").args(["-s", signal, &child.id().to_string()]).status().expect("kill is there");
        assert!(sent.success(), "no process to send {signal} to");
    }

    /// Waits at most a second and a half for the end of a program after a signal. Returns the exit code; none if the
    /// program has not ended, or was ended by the signal.
    fn end(child: &mut Child) -> Option<i32> {
        for _ in 0..150 {
            if let Some(status) = child.try_wait().expect("a child") {
                return status.code();
            }
            sleep(Duration::from_millis(10));
        }
        let _ = child.kill();
        let _ = child.wait();
        None
    }

    #[test]
    fn a_signal_ends_whatever_is_under_way_within_a_second() {
        let sandbox = Sandbox::new();
        sandbox.run("run small.toml --out r --quiet --set horizon=20m --replications 40 --set bus.delay=41ms");
        // One run of each takes hours.
        let endless = "small.toml --set horizon=4000h --set warmup=1h --set output.bin=1h --set clients.arrivals={poisson=\"50/s\"}";
        for (command, signal) in [
            (format!("run {endless} --out endless-1"), "INT"),
            (format!("run {endless} --out endless-2 --jobs 5"), "TERM"),
            (format!("run {endless} --out endless-3 --shard 1/2"), "HUP"),
            (format!("trace {endless}"), "INT"),
            (format!("check {endless} --warmup"), "TERM"),
            ("verify --quiet".to_owned(), "HUP"),
            ("reproduce r --quiet".to_owned(), "INT"),
        ] {
            let mut child = sandbox.start(&command);
            sleep(Duration::from_millis(400));
            // On a busy machine the program may not have begun by then.
            while command.contains("endless-1") && !sandbox.path("endless-1/manifest.json").exists() {
                sleep(Duration::from_millis(10));
            }
            kill(&child, signal);
            assert_eq!(end(&mut child), Some(75), "{signal}: {command}");
        }
        let entries = fs::read_dir(sandbox.path("")).expect("a folder").flatten();
        let mut names: Vec<String> = entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
        names.sort();
        assert_eq!(names, ["endless-1", "endless-2", "endless-3", "r", "small.toml"]);
        assert!(sandbox.read("endless-1/manifest.json").contains("\"ended\": null"));
        assert!(!sandbox.path("endless-1/.lock").exists());
    }

    #[test]
    fn an_interrupted_run_keeps_what_is_whole_and_a_resume_goes_on() {
        let sandbox = Sandbox::new();
        let longer = "run small.toml --quiet --set horizon=4m --replications 20";
        sandbox.run(&format!("{longer} --out whole"));
        let mut child = sandbox.start(&format!("{longer} --out r"));
        while fs::read_to_string(sandbox.path("r/runs.csv")).map_or(0, |text| text.lines().count()) < 3 {
            sleep(Duration::from_millis(1));
        }
        kill(&child, "INT");
        assert_eq!(end(&mut child), Some(75));
        assert!(sandbox.read("r/runs.csv").lines().count() >= 3);
        sandbox.run(&format!("{longer} --out r --resume"));
        sandbox.assert_same("whole", "r");
    }
}
