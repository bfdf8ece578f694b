//! `check`, `init`, `schema`, `completions` and `man` from a user's view.

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
            // The time of pilots depends on the clock.
            let lines = text.lines().filter(|line| !line.starts_with("# processor"));
            lines.map(|line| line.split("  # ").next().unwrap().trim_end().to_owned()).collect::<Vec<_>>()
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
    assert_eq!(printed.code, Some(0));
    assert!(printed.err.starts_with("warning: path.loss alone stalls about 19 %"), "{}", printed.err);
    assert_eq!(printed.err.lines().count(), 1, "{}", printed.err);
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
fn check_forecasts_the_events_of_a_whole_experiment() {
    let folder = folder("check-forecast");
    fs::write(
        folder.join("a.toml"),
        "name = 'a'\nseed = 7\nreplications = 2\nhorizon = '2m'\nwarmup = '0s'\n[strategies.x]\npush = {}\n[strategies.y]\npull = {}\n",
    )
    .unwrap();
    let printed = pushpull(&folder, &["check", "a.toml"]).out;
    let line = |name: &str| printed.lines().find(|line| line.starts_with(name)).map(str::to_owned);
    let events = line("# events      about ").unwrap_or_else(|| panic!("{printed}"));
    assert!(events.ends_with("; from 2 pilot runs"), "{events}");
    assert_eq!(line("# processor").as_deref(), Some("# processor   less than a second of processor time"));
    let (forecast, unit) = events["# events      about ".len()..].split_once(' ').expect("a number and a unit");
    assert!(unit.starts_with("k in all"), "{events}");
    let forecast = forecast.parse::<f64>().expect("a number") * 1e3;
    let run = pushpull(&folder, &["run", "a.toml", "--quiet"]).out;
    let real = run.lines().find_map(|line| line.split_once("events: ")).expect("the events").1;
    let share = forecast / real.parse::<f64>().expect("a number");
    assert!((0.8..1.25).contains(&share), "{forecast} of {real}");
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
            "warning: a.toml:8:1: faults.0.at: never strikes in the run: 2h is at or after horizon, 1h",
        ]
    );
}

/// Lines of a file, a key in them, and the reason why the key has no effect.
const VAIN: &[(&str, &str, &str)] = &[
    (
        "[clients]\ndevices = { count = 5, first = { uniform = ['2h', '3h'] } }\n[strategies.x]\nwatch = {}",
        "clients.devices.first",
        "every device comes at or after horizon, when no attempt begins any more",
    ),
    (
        "[bus]\npending_limit = 0\n[strategies.x]\npush = {}",
        "bus.pending_limit",
        "drops every push over core, as none may wait or be in service",
    ),
    (
        "[[faults]]\ntarget = 'path'\nat = '10m'\nfor = '0s'\n[strategies.x]\npush = {}",
        "faults.0.for",
        "has no effect: a link that is cut for no time loses nothing",
    ),
    (
        "[strategies.x]\npush = { transport = 'jetstream', backoff = ['2s', '3s'], ack_wait = '7s' }",
        "strategies.x.push.ack_wait",
        "has no effect, as backoff is a list, which stands in its place",
    ),
    (
        "[strategies.x]\npush = { transport = 'jetstream', backoff = ['1s', '2s', '3s'], max_deliver = 2 }",
        "strategies.x.push.backoff",
        "has 3 waits for 2 deliveries, as max_deliver says: the last 1 have no effect, and a server refuses such a list",
    ),
    (
        "[strategies.x]\npush = { transport = 'jetstream', backoff = ['1s', '2s'], max_deliver = 1 }",
        "strategies.x.push.backoff",
        "has no effect, as max_deliver = 1: nothing is delivered again",
    ),
    (
        "[strategies.x]\npush = { transport = 'jetstream', max_deliver = 1, ack_wait = '7s' }",
        "strategies.x.push.ack_wait",
        "has no effect, as max_deliver = 1: nothing is delivered again",
    ),
    (
        "[strategies.x]\npush = { transport = 'jetstream', wait = 'ack', exhausted = 'reply' }",
        "strategies.x.push.exhausted",
        "has no effect, as transport = \"jetstream\"",
    ),
    (
        "[strategies.x]\npush = { transport = 'jetstream', attempts = 3 }",
        "strategies.x.push.attempts",
        "has no effect, as transport = \"jetstream\"",
    ),
    ("[strategies.x]\npush = { backoff = '1s' }", "strategies.x.push.backoff", "has no effect, as attempts = 1"),
    (
        "[strategies.x]\npush = { backoff_max = '1s' }",
        "strategies.x.push.backoff_max",
        "has no effect, as attempts = 1",
    ),
    (
        "[strategies.x]\npush = { timeout = '2s' }",
        "strategies.x.push.timeout",
        "has no effect, as attempts = 1 and wait = \"none\"",
    ),
    (
        "[strategies.x]\npush = { transport = 'http', max_deliver = 3 }",
        "strategies.x.push.max_deliver",
        "has no effect, as transport = \"http\"",
    ),
    (
        "[strategies.x]\npush = { removals = false }",
        "strategies.x.push.removals",
        "has no effect, as clients.revoke_after = \"never\"",
    ),
    (
        "[strategies.x]\npull = { source = 'replica', fallback = false, timeout = '1s' }",
        "strategies.x.pull.timeout",
        "has no effect, as the replica alone is asked, without timeout: fallback = false",
    ),
    (
        "[strategies.x]\npull = { attempts = 1, backoff = '1s' }",
        "strategies.x.pull.backoff",
        "has no effect, as attempts = 1",
    ),
    (
        "[strategies.x]\npull = { invalidate = true }",
        "strategies.x.pull.invalidate",
        "has no effect, as no config changes: clients.update_every and clients.revoke_after are \"never\"",
    ),
    (
        "[strategies.x]\npush = {}\npersists = false",
        "strategies.x.persists",
        "has no effect, as no gateway restarts, and clients.existing and clients.devices.count are 0",
    ),
    ("[clients]\nexisting_gateways = [0]", "clients.existing_gateways", "has no effect, as existing = 0"),
    ("[clients]\ndevices.first = '9s'", "clients.devices.first", "has no effect, as count = 0"),
    (
        "[clients.handshake]\nrekey_after = '200s'",
        "clients.handshake.rekey_after",
        "has no effect, as keys are rejected at reject_after = \"3m\", before a rekey",
    ),
    (
        "[strategies.x]\nwatch = { keepalive = '9s' }",
        "strategies.x.watch.keepalive",
        "has no effect, as no fault has target = \"http\"",
    ),
    (
        "[strategies.x]\nwatch = { forgets = true }",
        "strategies.x.watch.forgets",
        "has no effect, as no fault has target = \"api\"",
    ),
    (
        "[strategies.x]\nwatch = { lifetime = 'never', reset_after = '9s' }",
        "strategies.x.watch.reset_after",
        "has no effect, as no stream ends: lifetime = \"never\", and no fault ends one",
    ),
    (
        "[strategies.x]\nwatch = { history = '50ms' }",
        "strategies.x.watch.history",
        "is shorter than the way from a list to the end of the request that follows it, as a rule 84ms: the API has \
         forgotten by then, and the gateway lists again",
    ),
    (
        "[strategies.x]\nwatch = {}\npersists = true",
        "strategies.x.persists",
        "has no effect, as no gateway restarts, and what exists at time 0 is installed under a watch",
    ),
    (
        "[[faults]]\ntarget = 'http'\nat = '1m'\nfor = '1s'",
        "faults.0.target",
        "has no effect, as no strategy uses http",
    ),
    (
        "[clients]\nreturns = { probability = 0, after = '1s' }",
        "clients.returns.after",
        "has no effect, as probability = 0",
    ),
    (
        "[clients.handshake]\ndead_after = '9s'",
        "clients.handshake.dead_after",
        "has no effect, as no fault has target = \"gateway\"",
    ),
    (
        "[gateways]\nreload_per_peer = '9s'",
        "gateways.reload_per_peer",
        "has no effect, as no fault has target = \"gateway\"",
    ),
    ("[gateways]\nremove = '9s'", "gateways.remove", "has no effect, as no strategy removes a record"),
    ("[http]\ndelay = '9s'", "http.delay", "has no effect, as no strategy uses http"),
    (
        "[api]\nfetch_service = '9s'",
        "api.fetch_service",
        "has no effect, as no strategy fetches from the API, and none has watch",
    ),
    ("[api]\nlist_service = '9s'", "api.list_service", "has no effect, as no strategy has reconcile or watch"),
    ("[replica]\nservice = '9s'", "replica.service", "has no effect, as no strategy pulls with source = \"replica\""),
    ("recovery_window = '9s'", "recovery_window", "has no effect, as no fault has a time at which it strikes"),
    (
        "[[faults]]\ntarget = 'api'\nat = '1m'\nfor = '1s'\ngateways = 'all'",
        "faults.0.gateways",
        "has no effect, as target = \"api\"",
    ),
    (
        "[[faults]]\ntarget = 'path'\nat = '1m'\nfor = '1s'\neffect = 'drop'",
        "faults.0.effect",
        "has no effect, as target = \"path\"",
    ),
    (
        "[clients]\narrivals = { every = '1h' }",
        "clients.arrivals",
        "the first client comes at or after horizon, when no peer is created any more",
    ),
    (
        "[clients]\narrivals = { trace = 'late.csv' }",
        "clients.arrivals",
        "1 of 3 arrivals are at or after horizon, 1h, and are left out",
    ),
    (
        "[clients]\narrivals = { trace = 'early.csv' }",
        "clients.arrivals",
        "the last arrival is at 16m40s, horizon is 1h: in more than half of the run nobody arrives",
    ),
    (
        "[clients]\narrivals = { trace = 'warm.csv' }",
        "clients.arrivals",
        "the last arrival is at 1m40s, before warmup ends: no first attempt is counted",
    ),
    (
        "[path]\ndelay = { quantiles = 'q.csv' }",
        "path.delay",
        "the table reaches from quantile 0.5 to 0.99: below and above, the values at these ends hold",
    ),
];

#[test]
fn every_key_that_is_given_in_vain_is_warned_of() {
    let folder = folder("check-vain");
    fs::write(folder.join("late.csv"), "t_s\n1\n3599\n3600\n").unwrap();
    fs::write(folder.join("early.csv"), "t_s\n1\n1000\n").unwrap();
    fs::write(folder.join("warm.csv"), "t_s\n1\n100\n").unwrap();
    fs::write(folder.join("q.csv"), "quantile,seconds\n0.5,1\n0.99,2\n").unwrap();
    for (lines, key, text) in VAIN {
        let head = if lines.starts_with('[') { "" } else { lines };
        let rest = if head.is_empty() { lines } else { "" };
        fs::write(
            folder.join("a.toml"),
            format!("name = 'a'\nseed = 7\n{head}\n[strategies.push]\npush = {{}}\n{rest}\n"),
        )
        .unwrap();
        let printed = pushpull(&folder, &["check", "a.toml"]);
        assert_eq!(printed.code, Some(0), "{lines}: {}", printed.err);
        let warnings: Vec<&str> = printed.err.lines().filter(|line| line.starts_with("warning: a.toml:")).collect();
        assert_eq!(warnings.len(), 1, "{lines}: {warnings:#?}");
        assert!(warnings[0].ends_with(&format!(": {key}: {text}")), "{lines}: {}", warnings[0]);
    }
    // Without a bus, every key of the bus.
    fs::write(folder.join("a.toml"), "name = 'a'\nseed = 7\n[strategies.x]\npull = {}\n[bus]\nloss = 0.1\n").unwrap();
    let printed = pushpull(&folder, &["check", "a.toml"]);
    assert_eq!(printed.err, "warning: a.toml:6:1: bus.loss: has no effect, as no strategy uses the bus\n");
}

#[test]
fn nothing_that_ships_has_a_key_in_vain() {
    let folder = folder("check-shipped");
    for file in shipped() {
        let file = file.to_str().unwrap();
        let err = pushpull(&folder, &["check", file]).err;
        assert!(!err.contains(file), "{err}");
    }
}

#[test]
fn what_to_expect_of_the_results_is_said_before_a_run() {
    let folder = folder("check-expected");
    let text = "name = 'a'\nseed = 7\nhorizon = '1h'\nwarmup = '5m'\n[path]\nloss = 0.03\n[strategies.x]\npush = {}\n\
                [[faults]]\ntarget = 'api'\nat = '20m'\nfor = '10m'\n";
    fs::write(folder.join("a.toml"), text).unwrap();
    let printed = pushpull(&folder, &["check", "a.toml"]);
    assert_eq!(printed.code, Some(0));
    let warnings: Vec<&str> = printed.err.lines().collect();
    assert_eq!(
        warnings,
        [
            "warning: path.loss alone stalls about 5.9 % of the attempts, whatever the strategy: no stall rate can be below",
            "warning: creates will fail: the API is down for 10m, and a client asks for 30s (clients.create_attempts × \
             create_timeout); late_rate counts such attempts, stall_rate does not",
        ]
    );
}

#[test]
fn a_seed_that_is_left_out_is_one_and_the_program_says_so() {
    let folder = folder("check-seed");
    fs::write(
        folder.join("a.toml"),
        "name = 'a'\nhorizon = '1m'\nwarmup = '0s'\nreplications = 5\n[strategies.x]\npush = {}\n",
    )
    .unwrap();
    let printed = pushpull(&folder, &["check", "a.toml"]);
    assert_eq!(printed.code, Some(0));
    assert_eq!(printed.err, "warning: a.toml: seed: is not given, so it is 1\n");
    assert!(
        printed.out.lines().any(|line| line.starts_with("seed = 1 ") && line.ends_with("# default")),
        "{}",
        printed.out
    );
    let run = pushpull(&folder, &["run", "a.toml", "--out", "r"]);
    assert!(run.err.contains("seed: is not given, so it is 1"), "{}", run.err);
    assert_eq!(pushpull(&folder, &["check", "a.toml", "--seed", "1"]).err, "");
}

#[test]
fn a_probability_may_be_in_percent_wherever_it_is_given() {
    let folder = folder("check-percent");
    fs::write(folder.join("p.csv"), "path.loss\n0.3%\n1 %\n").unwrap();
    let text = "name = 'a'\nseed = 7\nconfidence = '99%'\n[bus]\nloss = '0.5%'\n[strategies.x]\npush = {}\n[[sweep]]\ncsv = 'p.csv'\n\
                [[sweep]]\n'http.failure' = { from = '1%', to = '3%', steps = 3 }\n";
    fs::write(folder.join("a.toml"), text).unwrap();
    let printed = pushpull(&folder, &["check", "a.toml", "--vary", "clients.returns.probability=10%,20%"]);
    assert_eq!(printed.code, Some(0), "{}", printed.err);
    for line in [
        "confidence = 0.99",
        "loss = 0.005",
        "#             0: path.loss = 0.003, http.failure = 0.01, clients.returns.probability = 0.1",
        "#             11: path.loss = 0.01, http.failure = 0.03, clients.returns.probability = 0.2",
    ] {
        assert!(printed.out.lines().any(|printed| printed == line), "{line}\nis not in\n{}", printed.out);
    }
    let set = pushpull(&folder, &["check", "a.toml", "--set", "bus.loss=2.5%"]);
    assert!(set.out.contains("\nloss = 0.025\n"), "{}", set.out);
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
    // A line that is TOML without its comment sign: a header, or a bare key and an equals sign.
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
    // A table that fills and empties with sessions of one minute: steady after a few minutes.
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
        let verdict = |line: &&str| line.starts_with("#   ") && line.contains("warmup = ");
        printed.out.lines().find(verdict).unwrap_or_default().to_owned()
    };
    let (none, ample) = (last("0s"), last("15m"));
    assert!(none.contains("warmup = \"0s\" is too short: at least "), "{none}");
    assert!(ample.contains("warmup = \"15m\" is long enough"), "{ample}");
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
    let raw = |text: &str| text.chars().find(|c| *c != '\n' && !text::is_shown(*c));
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
    // The printed text is an experiment with the same meaning, so its strings are escaped as in TOML.
    let line = r#"description = "\u001B[2J\u001B[31mhello\u202Eolleh\nsecond""#;
    assert!(printed.out.contains(line), "{}", printed.out);
    fs::write(folder.join("again.toml"), &printed.out).unwrap();
    let digest = |text: &str| text.lines().find(|line| line.starts_with("# digest")).map(str::to_owned);
    assert_eq!(digest(&pushpull(&folder, &["check", "again.toml"]).out), digest(&printed.out));
    let problems = pushpull(&folder, &["check", "bad.toml"]).err;
    assert!(problems.contains(r"\u001B[2J\u200B\nx"), "{problems}");
}

#[test]
fn the_longest_way_from_a_list_to_its_watch_is_told_as_the_longest_duration() {
    let folder = folder("check-longest-way");
    fs::write(
        folder.join("a.toml"),
        "name = 'a'\nseed = 7\n[http]\ndelay = '36500d'\nsetup_rtts = 100\n[strategies.x]\nwatch = { history = '1s' }\n",
    )
    .unwrap();
    let printed = pushpull(&folder, &["check", "a.toml"]);
    assert_eq!(printed.code, Some(0), "{}", printed.err);
    assert!(printed.err.contains("is shorter than the way from a list"), "{}", printed.err);
}
