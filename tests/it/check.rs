//! `check`, `init`, `schema`, `completions` and `man` as a person meets them.

use std::fs;

use crate::program::{folder, pushpull, shipped};

#[test]
fn what_check_prints_is_an_experiment_that_means_the_same() {
    let folder = folder("check-round-trip");
    for file in shipped() {
        let first = pushpull(
            &folder,
            &[
                "check",
                file.to_str().unwrap(),
                "--vary",
                "path.loss=0..0.01:3",
                "--set",
                "bus.burst={good=\"1m\",bad=\"1s\",loss=1}",
            ],
        );
        assert_eq!(first.code, Some(0), "{}", first.err);
        fs::write(folder.join("full.toml"), &first.out).unwrap();
        let second = pushpull(&folder, &["check", "full.toml"]);
        assert_eq!(second.code, Some(0), "{}", second.err);
        let without_marks = |text: &str| {
            text.lines().map(|line| line.split("  # ").next().unwrap().trim_end().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(without_marks(&first.out), without_marks(&second.out));
        assert!(!second.out.contains("# assumed"), "nothing is a default any more");
    }
}

#[test]
fn check_counts_points_and_runs_and_marks_defaults() {
    let folder = folder("check-text");
    fs::write(
        folder.join("a.toml"),
        "name = 'a'\nseed = 7\nreplications = 3\ndescription = 'Why?'\n[strategies.x]\npush = {}\n[strategies.y]\npull = {}\n\
         [[sweep]]\nbus.loss = [0.0, 0.5]\n'bus.delay' = ['1ms', '2ms']\n[[sweep]]\n'path.loss' = { from = 0.0, to = 0.1, steps = 3 }\n",
    )
    .unwrap();
    let printed = pushpull(&folder, &["check", "a.toml", "--set", "api.workers=4"]);
    assert_eq!((printed.code, printed.err.as_str()), (Some(0), ""));
    for line in [
        "# a: Why?",
        "# strategies  2: x (baseline), y",
        "# points      6",
        "#             0: bus.loss = 0.0, bus.delay = 1ms, path.loss = 0.0",
        "#             1: bus.loss = 0.0, bus.delay = 1ms, path.loss = 0.05",
        "#             5: bus.loss = 0.5, bus.delay = 2ms, path.loss = 0.1",
        "# runs        36: 6 points × 2 strategies × 3 replications",
        "horizon = \"1h\"                                              # default",
        "session = { exponential = \"10m\" }                           # assumed",
        "retry_after = \"5s\"                                          # published",
        "workers = 4",
        "[strategies.x.push]",
    ] {
        assert!(printed.out.lines().any(|printed| printed == line), "{line}\nis not in\n{}", printed.out);
    }
}

#[test]
fn check_warns_of_keys_that_have_no_effect() {
    let folder = folder("check-warnings");
    fs::write(
        folder.join("a.toml"),
        "name = 'a'\nseed = 7\n[strategies.x]\npush = { exhausted = 'reply', ack_wait = '1s' }\n\
         pull = { stale = 'block', fallback = false }\n[[faults]]\ntarget = 'bus'\nat = '2h'\nfor = '1s'\n\
         [[sweep]]\n'strategies.x.pull.ttl' = ['never', '1s']\n",
    )
    .unwrap();
    let printed = pushpull(&folder, &["check", "a.toml"]);
    assert_eq!(printed.code, Some(0));
    assert_eq!(
        printed.err.lines().collect::<Vec<_>>(),
        [
            "warning: a.toml:4:10: strategies.x.push.exhausted: has no effect, as wait = \"none\"",
            "warning: a.toml:4:31: strategies.x.push.ack_wait: has no effect, as transport = \"core\"",
            "warning: a.toml:5:27: strategies.x.pull.fallback: has no effect, as source = \"primary\"",
            "warning: a.toml:8:1: faults.0.at: strikes at or after horizon, when no peer is created any more",
        ]
    );
}

#[test]
fn init_writes_a_file_that_check_accepts_and_never_overwrites() {
    let folder = folder("init");
    let printed = pushpull(&folder, &["init"]);
    assert_eq!((printed.code, printed.out.as_str()), (Some(0), "experiment.toml\n"));
    assert_eq!(pushpull(&folder, &["check", "experiment.toml"]).code, Some(0));
    let text = fs::read_to_string(folder.join("experiment.toml")).unwrap();
    assert_eq!(pushpull(&folder, &["init", "-"]).out, text);
    fs::write(folder.join("experiment.toml"), "mine").unwrap();
    let again = pushpull(&folder, &["init"]);
    assert_eq!(again.code, Some(2));
    assert_eq!(again.err, "error: experiment.toml exists, accepted: the name of a new file, or - for the screen\n");
    assert_eq!(fs::read_to_string(folder.join("experiment.toml")).unwrap(), "mine");
    assert_eq!(pushpull(&folder, &["init", "no/such/folder.toml"]).code, Some(1));
}

#[test]
fn what_the_starting_file_leaves_in_comments_is_valid_too() {
    let folder = folder("init-comments");
    let text = pushpull(&folder, &["init", "-"]).out;
    // a line that would be TOML without its mark: a header, or a bare key and an equals sign
    let uncommented: Vec<&str> = text
        .lines()
        .map(|line| match line.strip_prefix("# ") {
            Some(rest) if rest.starts_with('[') || rest.starts_with('"') => rest,
            Some(rest)
                if rest
                    .split_once(" = ")
                    .is_some_and(|(key, _)| key.chars().all(|c| c.is_ascii_lowercase() || c == '_')) =>
            {
                rest
            }
            _ => line,
        })
        .collect();
    fs::write(folder.join("all.toml"), uncommented.join("\n")).unwrap();
    let printed = pushpull(&folder, &["check", "all.toml"]);
    assert_eq!(printed.code, Some(0), "{}", printed.err);
    for line in
        ["target = \"bus\"", "bin = \"10s\"", "burst = { good = \"10m\", bad = \"3s\", loss = 0.9 }", "# points      8"]
    {
        let found = printed.out.lines().any(|printed| printed.starts_with(line))
            || line.starts_with("burst") && printed.out.contains("[bus.burst]");
        assert!(found, "{line} is not in\n{}", printed.out);
    }
}

#[test]
fn completions_and_manual_name_every_command() {
    let folder = folder("completions");
    let man = pushpull(&folder, &["man"]);
    assert_eq!(man.code, Some(0));
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = pushpull(&folder, &["completions", shell]);
        assert_eq!(script.code, Some(0), "{shell}");
        for command in ["check", "init", "schema"] {
            assert!(script.out.contains(command), "{shell} does not know {command}");
            assert!(man.out.contains(command));
        }
    }
}

#[test]
fn the_warm_up_is_judged_by_pilot_runs() {
    let folder = folder("check-warmup");
    // A table that sessions of one minute fill, and that is emptied as they end: steady after a few minutes.
    fs::write(
        folder.join("a.toml"),
        "name = 'a'\nseed = 7\nhorizon = '30m'\nwarmup = '0s'\n[clients]\narrivals = { poisson = '5/s' }\n\
         session = { exponential = '1m' }\nreturns = { probability = 0.0, after = '1s' }\n[gateways]\ncount = 2\n\
         [strategies.x]\npull = {}\nevict = { idle_after = '10s', every = '5s' }\n",
    )
    .unwrap();
    let last = |warmup: &str| {
        let printed = pushpull(&folder, &["check", "a.toml", "--warmup", "--set", &format!("warmup={warmup}")]);
        assert_eq!(printed.code, Some(0), "{}", printed.err);
        printed.out.lines().last().unwrap_or_default().to_owned()
    };
    let (none, ample) = (last("0s"), last("15m"));
    assert!(none.starts_with("#   ") && none.ends_with("warmup = \"0s\" is too short"), "{none}");
    assert!(ample.ends_with("warmup = \"15m\" is long enough"), "{ample}");
}

#[test]
fn no_control_character_of_a_file_reaches_the_terminal() {
    let folder = folder("check-terminal");
    fs::write(folder.join("a\u{202e}.csv"), "seconds\n0.1\n").unwrap();
    let text = "name = 'a'\nseed = 7\nreplications = 1\nhorizon = '1m'\nwarmup = '0s'\n\
                description = \"\\u001b[2J\\u001b[31mhello\\u202Eolleh\\nsecond\"\n[strategies.x]\npush = {}\n\
                [[sweep]]\n'path.delay' = ['1ms', { empirical = \"a\\u202E.csv\" }]\n";
    fs::write(folder.join("a.toml"), text).unwrap();
    fs::write(folder.join("bad.toml"), format!("{text}[[sweep]]\n'bus.delay' = [\"\\u001b[2J\\u200b\\nx\"]\n"))
        .unwrap();
    let raw = |text: &str| text.chars().find(|c| *c != '\n' && !pushpull::text::is_shown(*c));
    for arguments in [
        &["check", "a.toml"][..],
        &["run", "a.toml"],
        &["plot", "results/a"],
        &["diff", "results/a", "results/a"],
        &["trace", "a.toml", "--point", "1", "--peer", "0"],
        &["trace", "a.toml", "--point", "1", "--peer", "0", "--format", "json"],
        &["check", "bad.toml"],
        &["check", "\u{1b}[2J.toml"],
        &["check", "a.toml", "--set", "bus.\u{9b}31m=1"],
        &["check", "a.toml", "--\u{1b}[2J"],
    ] {
        let printed = pushpull(&folder, arguments);
        assert_eq!(raw(&printed.out), None, "{arguments:?}: {:?}", printed.out);
        assert_eq!(raw(&printed.err), None, "{arguments:?}: {:?}", printed.err);
    }
    let printed = pushpull(&folder, &["check", "a.toml"]);
    assert!(printed.out.starts_with("# a: \\u{1b}[2J\\u{1b}[31mhello\\u{202e}olleh\\nsecond\n"), "{}", printed.out);
    // what is printed is an experiment that means the same, so its texts are escaped as TOML does
    let line = r#"description = "\u001B[2J\u001B[31mhello\u202Eolleh\nsecond""#;
    assert!(printed.out.contains(line), "{}", printed.out);
    fs::write(folder.join("again.toml"), &printed.out).unwrap();
    let digest = |text: &str| text.lines().find(|line| line.starts_with("# digest")).map(str::to_owned);
    assert_eq!(digest(&pushpull(&folder, &["check", "again.toml"]).out), digest(&printed.out));
    let problems = pushpull(&folder, &["check", "bad.toml"]).err;
    assert!(problems.contains(r"\u001B[2J\u200B\nx"), "{problems}");
}
