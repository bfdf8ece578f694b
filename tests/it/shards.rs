//! Merged shards of several machines equal the folder that one machine writes.

use crate::sandbox::{SMALL, Sandbox};

#[test]
fn any_number_of_shards_merges_to_the_same_bytes() {
    let sandbox = Sandbox::new();
    sandbox.run("run small.toml --out whole --quiet");
    for count in [1, 3, 7] {
        let mut folders = Vec::new();
        for index in (1..=count).rev() {
            sandbox.run(&format!("run small.toml --shard {index}/{count} --quiet"));
            folders.push(format!("results/small.shard-{index}-of-{count}"));
        }
        sandbox.run(&format!("merge {} --out merged-{count}", folders.join(" ")));
        sandbox.assert_same("whole", &format!("merged-{count}"));
    }
}

#[test]
fn shards_of_a_wanted_precision_merge_to_the_same_bytes() {
    let sandbox = Sandbox::new();
    let precision = "precision = { measure = \"handshake_wait_mean_s\", relative = 0.1, at_most = 15 }";
    sandbox.write("precise.toml", &SMALL.replace("replications = 4", precision));
    sandbox.run("run precise.toml --out whole --quiet");
    for index in 1..=2 {
        sandbox.run(&format!("run precise.toml --shard {index}/2 --out part-{index} --quiet"));
    }
    sandbox.run("merge part-1 part-2 --out merged");
    sandbox.assert_same("whole", "merged");
}

#[test]
fn rounds_of_a_wanted_precision_spread_a_hot_point_and_merge_to_the_same_bytes() {
    let sandbox = Sandbox::new();
    let precision = "precision = { measure = \"handshake_wait_mean_s\", relative = 0.06, at_most = 40 }";
    sandbox.write("precise.toml", &SMALL.replace("replications = 4", precision));
    sandbox.run("run precise.toml --out whole --quiet");
    sandbox.write("plan.json", &sandbox.run("plan precise.toml"));
    let mut rounds = 0;
    let last = loop {
        let place = format!("rounds/round-{}", rounds + 1);
        std::fs::create_dir_all(sandbox.path(&place)).expect("a folder");
        sandbox.write(&format!("{place}/plan.json"), "");
        let text = sandbox.run("plan plan.json --after rounds");
        let round: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        if round["runs"] == 0 {
            break round;
        }
        rounds += 1;
        sandbox.write(&format!("{place}/plan.json"), &text);
        assert!(sandbox.fail(&format!("run {place}/plan.json"), 2).contains("accepted: --shard I/N"));
        for index in 1..=4 {
            let words = format!("run {place}/plan.json --shard {index}/4 --out {place}/{index}-of-4 --quiet");
            sandbox.run(&words);
            sandbox.run(&words);
        }
        let has_hot = |index: &u32| {
            let runs = sandbox.read(&format!("{place}/{index}-of-4/runs.csv"));
            runs.lines().skip(1).any(|line| line.starts_with("0,") && line.contains(",jit,"))
        };
        let shards = (1..=4).filter(has_hot).count();
        assert!(shards >= 2, "round {rounds}: {shards} of 4 shards have replications of the point that needs many");
    };
    assert!(rounds > 2 && last["round"]["groups"].as_array().is_some_and(Vec::is_empty), "{rounds}");
    let runs = sandbox.read("whole/runs.csv");
    let of = |strategy: &str| runs.lines().filter(|line| line.starts_with("0,") && line.contains(strategy)).count();
    assert!(of(",jit,") > of(",push,"), "jit needs more replications than push");
    sandbox.run("merge rounds --out merged");
    sandbox.assert_same("whole", "merged");
    std::fs::rename(sandbox.path(&format!("rounds/round-{rounds}")), sandbox.path("last")).expect("a folder");
    assert!(sandbox.fail("merge rounds --out m", 1).contains("are missing: another round follows"));
    std::fs::rename(sandbox.path("rounds/round-2/3-of-4"), sandbox.path("third")).expect("a folder");
    assert!(sandbox.fail("merge rounds --out m", 1).contains("shards of round 2 are missing: 3/4"));
    let error = sandbox.fail("plan small.toml --after rounds", 2);
    assert!(error.contains("--after: the experiment has 4 replications, accepted:"), "{error}");
}

#[test]
fn a_shard_run_twice_is_the_same_shard_and_a_later_extension_keeps_it() {
    let sandbox = Sandbox::new();
    sandbox.run("run small.toml --shard 2/3 --out part --quiet");
    sandbox.copy("part", "before");
    sandbox.run("run small.toml --shard 2/3 --out part --quiet");
    sandbox.assert_same("before", "part");
    for index in 1..=3 {
        sandbox.run(&format!("run small.toml --shard {index}/3 --out part-{index} --quiet"));
        sandbox.run(&format!("run small.toml --shard {index}/3 --out part-{index} --quiet --replications 6"));
    }
    sandbox.run("run small.toml --out six --quiet --replications 6");
    sandbox.run("merge part-1 part-2 part-3 --out merged");
    sandbox.assert_same("six", "merged");
}

#[test]
fn merge_refuses_holes_strangers_and_duplicates_that_differ() {
    let sandbox = Sandbox::new();
    for index in 1..=3 {
        sandbox.run(&format!("run small.toml --shard {index}/3 --out part-{index} --quiet"));
    }
    let error = sandbox.fail("merge part-1 part-3 --out m", 1);
    assert!(error.contains("shards are missing: 2/3"), "{error}");
    sandbox.run("run small.toml --shard 2/3 --out other --quiet --seed 8");
    let error = sandbox.fail("merge part-1 other part-3 --out m", 1);
    assert!(error.contains("other: does not belong to part-1"), "{error}");
    sandbox.run("run small.toml --out whole --quiet");
    assert!(sandbox.fail("merge part-1 whole --out m", 1).contains("whole: is no shard"));
    sandbox.copy("part-2", "twin");
    sandbox.run("merge part-1 part-2 part-3 twin --out with-twin");
    let runs = sandbox.read("twin/runs.csv");
    let (head, _) = runs.rsplit_once(',').expect("a last cell");
    sandbox.write("twin/runs.csv", &format!("{head},99\n"));
    let error = sandbox.fail("merge part-1 part-2 part-3 twin --out m", 1);
    assert!(error.contains("are the same shard, but differ: line 9"), "{error}");
    assert!(!sandbox.path("m").exists());
}

#[test]
fn merge_reads_everything_before_it_writes_anything() {
    let sandbox = Sandbox::new();
    for index in 1..=2 {
        sandbox.run(&format!("run small.toml --shard {index}/2 --out part-{index} --quiet"));
    }
    sandbox.run("merge part-1 part-2 --out m");
    let before = sandbox.read("m/manifest.json");
    let error = sandbox.fail("merge part-1 part-2 --out m", 2);
    assert!(error.contains("m: holds results already; --overwrite replaces them"), "{error}");
    assert!(!error.contains("--resume"), "merge has no such option: {error}");
    sandbox.write("m/report.html", "mine");
    let error = sandbox.fail("merge part-1 part-2 --out m --overwrite", 2);
    assert!(error.contains("m/report.html: not made by pushpull"), "{error}");
    std::fs::remove_file(sandbox.path("m/report.html")).expect("a file");
    let error = sandbox.fail("merge part-1 part-2 --out part-1 --overwrite", 2);
    assert!(error.contains("part-1 is the shard part-1"), "{error}");
    let runs = sandbox.read("part-2/runs.csv");
    sandbox.write("part-2/runs.csv", &runs[..runs.len() - 40]);
    let error = sandbox.fail("merge part-1 part-2 --out m --overwrite", 1);
    assert!(error.contains("part-2: cannot merge: it should have 12 runs, and has"), "{error}");
    assert_eq!(sandbox.read("m/manifest.json"), before);
}

#[test]
fn merge_refuses_shards_of_another_build() {
    let sandbox = Sandbox::new();
    sandbox.run("run small.toml --shard 1/1 --out part --quiet");
    let mut manifest: serde_json::Value = serde_json::from_str(&sandbox.read("part/manifest.json")).expect("JSON");
    manifest["commit"] = "0123abc".into();
    sandbox.write("part/manifest.json", &manifest.to_string());
    let error = sandbox.fail("merge part --out m", 1);
    assert!(error.contains("part: was made by version") && error.contains("0123abc"), "{error}");
}

#[test]
fn a_merge_that_was_cut_short_is_done_again_without_being_told() {
    let sandbox = Sandbox::new();
    for index in 1..=2 {
        sandbox.run(&format!("run small.toml --shard {index}/2 --out part-{index} --quiet"));
    }
    sandbox.run("merge part-1 part-2 --out whole");
    sandbox.copy("whole", "m");
    let mut manifest: serde_json::Value = serde_json::from_str(&sandbox.read("m/manifest.json")).expect("JSON");
    manifest["ended"] = serde_json::Value::Null;
    sandbox.write("m/manifest.json", &manifest.to_string());
    std::fs::remove_file(sandbox.path("m/summary.csv")).expect("a file");
    sandbox.run("merge part-1 part-2 --out m");
    sandbox.assert_same("whole", "m");
}

#[test]
fn a_shard_finds_its_number_in_the_environment_of_a_job_array() {
    let sandbox = Sandbox::new();
    sandbox.run("run small.toml --shard 2/3 --out named --quiet");
    let arrays: [(&str, &[(&str, &str)]); 5] = [
        ("slurm", &[("SLURM_ARRAY_TASK_ID", "11"), ("SLURM_ARRAY_TASK_MIN", "10"), ("SLURM_ARRAY_TASK_COUNT", "3")]),
        ("kubernetes", &[("JOB_COMPLETION_INDEX", "1"), ("PUSHPULL_SHARDS", "3")]),
        ("aws", &[("AWS_BATCH_JOB_ARRAY_INDEX", "1"), ("AWS_BATCH_JOB_ARRAY_SIZE", "3")]),
        ("hyperqueue", &[("HQ_TASK_ID", "2"), ("PUSHPULL_SHARDS", "3"), ("PUSHPULL_SHARD_FIRST", "1")]),
        ("pbs", &[("PBS_ARRAY_INDEX", "1"), ("PUSHPULL_SHARDS", "3")]),
    ];
    for (name, variables) in arrays {
        let output = sandbox.try_run_with(&format!("run small.toml --shard auto --out {name} --quiet"), variables);
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
        sandbox.assert_same("named", name);
    }
    let error = sandbox.fail("run small.toml --shard auto --out none", 2);
    assert!(error.contains("SLURM_ARRAY_TASK_ID"), "{error}");
    for wrong in ["0/3", "4/3", "1", "a/b"] {
        assert!(sandbox.fail(&format!("run small.toml --shard {wrong}"), 2).contains("accepted are I/N"));
    }
}

#[test]
fn a_plan_file_holds_the_experiment_with_its_data_and_stands_for_it_anywhere() {
    let sandbox = Sandbox::new();
    sandbox.write("delays.csv", "seconds\n0.01\n0.02\n0.4\n");
    sandbox
        .write("data.toml", &SMALL.replace("[gateways]", "[bus]\ndelay = { empirical = \"delays.csv\" }\n[gateways]"));
    sandbox.run("run data.toml --replications 3 --set path.loss=0.02 --out whole --quiet");
    let plan = sandbox.run("plan data.toml --replications 3 --set path.loss=0.02");
    std::fs::create_dir(sandbox.path("elsewhere")).expect("a folder");
    sandbox.write("elsewhere/plan.json", &plan);
    std::fs::remove_file(sandbox.path("delays.csv")).expect("a file");
    for index in 1..=2 {
        sandbox.run(&format!("run elsewhere/plan.json --shard {index}/2 --out part-{index} --quiet"));
    }
    sandbox.run("merge part-1 part-2 --out merged");
    sandbox.assert_same("whole", "merged");
    let planned: serde_json::Value = serde_json::from_str(&plan).expect("JSON");
    let manifest: serde_json::Value = serde_json::from_str(&sandbox.read("whole/manifest.json")).expect("JSON");
    for key in ["version", "commit", "digest", "runs_digest", "replications", "experiment", "data"] {
        assert_eq!(planned[key], manifest[key], "{key}");
    }
    assert_eq!((planned["runs"].as_u64(), planned["points"].as_u64()), (Some(18), Some(2)));
    assert!(sandbox.run("check elsewhere/plan.json").contains("path"), "the experiment of the plan");
}

#[test]
fn a_plan_of_another_build_or_a_changed_one_runs_nothing() {
    let sandbox = Sandbox::new();
    let plan = sandbox.run("plan small.toml");
    let changed = |change: &dyn Fn(&mut serde_json::Value)| {
        let mut value: serde_json::Value = serde_json::from_str(&plan).expect("JSON");
        change(&mut value);
        sandbox.write("plan.json", &value.to_string());
        let error = sandbox.fail("run plan.json --out out", 2);
        assert!(!sandbox.path("out").exists(), "{error}");
        error
    };
    let error = changed(&|plan| plan["commit"] = "0123abc".into());
    assert!(error.contains("plan.json: was made by version") && error.contains("0123abc, this is"), "{error}");
    let error = changed(&|plan| plan["experiment"]["seed"] = 8.into());
    assert!(error.contains("does not have the digest that it names"), "{error}");
    let error = changed(&|plan| plan["runs"] = 7.into());
    assert!(error.contains("plan.json: runs: found 7, accepted: 24"), "{error}");
    let error = changed(&|plan| plan["shards"] = 7.into());
    assert!(error.contains("unknown field `shards`"), "{error}");
    let error = changed(&|plan| plan["experiment"] = 8.into());
    assert!(error.contains("plan.json: is no plan file"), "{error}");
    sandbox.write("plan.json", &plan);
    let error = sandbox.fail("run plan.json --seed 8 --out out", 2);
    assert!(error.contains("a plan cannot be changed; --set"), "{error}");
    let error = sandbox.fail("run none.json --out out", 2);
    assert!(error.contains("none.json"), "{error}");
}

#[test]
fn the_version_names_the_build_that_shards_must_share() {
    let sandbox = Sandbox::new();
    let plan: serde_json::Value = serde_json::from_str(&sandbox.run("plan small.toml")).expect("JSON");
    let of = |key: &str| plan[key].as_str().expect("a text").to_owned();
    assert_eq!(sandbox.run("--version").trim(), format!("pushpull {} {}", of("version"), of("commit")));
}

#[test]
fn a_folder_of_shards_stands_for_them_and_the_sample_is_made_again_once_at_the_merge() {
    let sandbox = Sandbox::new();
    sandbox.run("run small.toml --out whole --quiet");
    let checked = |folder: &str| {
        let manifest: serde_json::Value =
            serde_json::from_str(&sandbox.read(&format!("{folder}/manifest.json"))).expect("JSON");
        manifest["double_checked"].as_u64().expect("a number")
    };
    for index in 1..=3 {
        sandbox.run(&format!("run small.toml --shard {index}/3 --out parts/{index}-of-3 --quiet"));
        assert_eq!(checked(&format!("parts/{index}-of-3")), 0);
    }
    sandbox.run("merge parts --out merged");
    sandbox.assert_same("whole", "merged");
    assert_eq!(checked("merged"), checked("whole"));
    sandbox.run("merge parts --out quick --no-double-check");
    assert_eq!(checked("quick"), 0);
}

#[test]
fn status_tells_how_far_the_shards_are() {
    let sandbox = Sandbox::new();
    let error = sandbox.fail("status out", 2);
    assert!(error.contains("no shards in") && error.contains("run --on ENGINE makes them"), "{error}");
    sandbox.run("run small.toml --on slurm --shards 4 --out out");
    assert_eq!(sandbox.run("status out"), "out: 0 of 4 shards finished, 0 begun; 0 of 24 runs; not merged\n");
    sandbox.run("run out.shards/plan.json --shard 3/4 --out out.shards/3-of-4 --quiet");
    let told: serde_json::Value = serde_json::from_str(&sandbox.run("status out --json")).expect("JSON");
    assert_eq!(
        (told["finished"].as_u64(), told["runs"].as_u64(), told["merged"].as_bool()),
        (Some(1), Some(6), Some(false))
    );
    sandbox.write("out.shards/2-of-4.failed", "1");
    let failed = "out.shards: 1 of 4 shards finished, 0 begun, 1 failed; 6 of 24 runs; not merged\n";
    assert_eq!(sandbox.run("status out.shards"), failed);
    for index in [1, 2, 4] {
        sandbox.run(&format!("run out.shards/plan.json --shard {index}/4 --out out.shards/{index}-of-4 --quiet"));
    }
    sandbox.run("merge out.shards --out out");
    for folder in ["out", "out.shards"] {
        let told = format!("{folder}: 4 of 4 shards finished, 0 begun; 24 of 24 runs; merged\n");
        assert_eq!(sandbox.run(&format!("status {folder}")), told);
    }
    sandbox.run("run small.toml --out whole --quiet");
    sandbox.assert_same("whole", "out");
}

#[test]
fn help_says_how_many_threads_there_are_by_default() {
    let sandbox = Sandbox::new();
    let words = |command: &str| {
        let help = sandbox.run(&format!("{command} --help"));
        help.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert!(words("run").contains("Threads [default: all cores; with --on, 1 for each shard]"));
    assert!(words("solve").contains("Threads [default: all cores]"));
}

#[test]
fn what_an_engine_cannot_do_is_said_before_anything_is_written() {
    let sandbox = Sandbox::new();
    for (words, told) in [
        ("--on ray", "--on ray: accepted: dask:tcp://HOST:PORT, dask:local, slurm, kubernetes"),
        ("--on dask:", "accepted: dask:tcp://HOST:PORT"),
        ("--on dask:foo", "accepted: dask:tcp://HOST:PORT"),
        ("--on dask:tcp://host", "accepted: dask:tcp://HOST:PORT"),
        ("--on slurm --shards 99", "--shards 99: accepted: 1 to 24, because each needs a run"),
        ("--on slurm --store s3://bucket", "--store: does not go with --on slurm, accepted: --on dask:ADDRESS"),
        ("--on kubernetes --submit", "--submit: does not go with --on kubernetes, accepted: --on slurm"),
        ("--on slurm --image x", "--image: does not go with --on slurm, accepted: --on kubernetes"),
        ("--shards 3", "--on"),
    ] {
        let error = sandbox.fail(&format!("run small.toml --out out {words}"), 2);
        assert!(error.contains(told), "{words}: {error}");
        assert!(!sandbox.path("out").exists() && !sandbox.path("out.shards").exists(), "{words}");
    }
    let python = [("PUSHPULL_PYTHON", "/none/python3")];
    let output = sandbox.try_run_with("run small.toml --out out --on dask:local", &python);
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{error}");
    assert!(error.contains("cannot start /none/python3") && error.contains("pip install 'WHEEL[dask]'"), "{error}");
    assert!(!sandbox.path("out.shards").exists());
}
