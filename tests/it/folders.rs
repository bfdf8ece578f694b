//! User files are never lost: which files may be replaced, which are left alone, and which are checked before a
//! removal.

use std::fs;
use std::path::Path;

use crate::sandbox::Sandbox;

/// Names in a folder, sorted.
fn names(path: &Path) -> Vec<String> {
    let entries = fs::read_dir(path).expect("a folder");
    let mut names: Vec<String> =
        entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("a name")).collect();
    names.sort();
    names
}

/// Every file of a folder with its bytes.
fn everything(path: &Path) -> Vec<(String, Vec<u8>)> {
    let bytes = |name: String| fs::read(path.join(&name)).map(|bytes| (name, bytes)).ok();
    names(path).into_iter().filter_map(bytes).collect()
}

#[test]
fn reproduce_leaves_folders_alone_whose_names_look_temporary() {
    let sandbox = Sandbox::new();
    sandbox.run("run small.toml --out r --quiet");
    sandbox.run("run small.toml --seed 99 --out r.again --quiet");
    for folder in ["r.again", ".r.0.again"] {
        fs::create_dir_all(sandbox.path(folder)).expect("a folder");
        sandbox.write(&format!("{folder}/notes.txt"), "precious");
    }
    let before = names(&sandbox.path(""));
    let (again, hidden) = (everything(&sandbox.path("r.again")), everything(&sandbox.path(".r.0.again")));
    let said = sandbox.run("reproduce r --quiet");
    assert!(said.starts_with("runs made again: 24; files that are the same, byte for byte: runs.csv"), "{said}");
    assert_eq!(names(&sandbox.path("")), before);
    assert!(everything(&sandbox.path("r.again")) == again && everything(&sandbox.path(".r.0.again")) == hidden);
}

#[test]
fn a_resume_that_is_refused_touches_nothing() {
    let sandbox = Sandbox::new();
    sandbox.run("run small.toml --out whole --quiet");
    sandbox.run("report whole");
    let runs = sandbox.read("whole/runs.csv");
    let lines: Vec<&str> = runs.split_inclusive('\n').collect();
    let without_a_line = [&lines[..3], &lines[4..]].concat().concat();
    for (damaged, why) in [
        (runs.replacen("point", "pooint", 1), "its columns are not those of this experiment"),
        (runs.replacen("fingerprint,", "", 1), "its columns are not those of this experiment"),
    ] {
        sandbox.copy("whole", "r");
        sandbox.write("r/runs.csv", &damaged);
        let before = everything(&sandbox.path("r"));
        let error = sandbox.fail("run small.toml --out r --quiet --resume", 1);
        assert!(error.contains("r/runs.csv") && error.contains(why), "{error}");
        assert!(everything(&sandbox.path("r")) == before, "{why}");
    }
    // A missing line leaves the runs before it; a resume continues from these.
    sandbox.copy("whole", "r");
    fs::remove_file(sandbox.path("r/report.html")).expect("the report");
    fs::remove_file(sandbox.path("whole/report.html")).expect("the report");
    sandbox.write("r/runs.csv", &without_a_line);
    sandbox.run("run small.toml --out r --quiet --resume");
    sandbox.assert_same("whole", "r");
}

#[test]
fn resuming_what_is_complete_keeps_report_and_figures() {
    let sandbox = Sandbox::new();
    sandbox.run("run small.toml --out r --quiet");
    sandbox.run("report r");
    sandbox.run("plot r --figure waits --format svg");
    let before = everything(&sandbox.path("r"));
    sandbox.run("run small.toml --out r --quiet --resume");
    let after = everything(&sandbox.path("r"));
    let without_manifest = |files: &[(String, Vec<u8>)]| -> Vec<(String, Vec<u8>)> {
        files.iter().filter(|file| file.0 != "manifest.json").cloned().collect()
    };
    assert!(without_manifest(&before) == without_manifest(&after));
    assert!(sandbox.path("r/figures/waits.svg").exists());
}

#[test]
fn figures_and_report_go_with_the_results_that_they_show_and_nobody_elses_file_does() {
    let sandbox = Sandbox::new();
    for (begin, more) in [("--seed 8", "--overwrite"), ("--replications 2", "--resume")] {
        sandbox.run(&format!("run small.toml --out r --quiet {begin} --overwrite"));
        sandbox.run("report r");
        sandbox.run("plot r --figure waits");
        sandbox.run("plot r --figure waits --prefix slide- --theme dark");
        sandbox.write("r/notes.txt", "mine");
        sandbox.write("r/figures/waits-annotated.svg", "<svg>mine</svg>");
        sandbox.write("r/figures/.waits.svg.3.part", "what a killed program left");
        sandbox.run(&format!("run small.toml --out r --quiet {more}"));
        assert_eq!(names(&sandbox.path("r/figures")), ["waits-annotated.svg"], "{more}");
        assert!(!sandbox.path("r/report.html").exists() && sandbox.read("r/notes.txt") == "mine", "{more}");
    }
}

#[test]
fn a_report_or_time_series_that_is_a_users_own_is_refused_before_anything_goes() {
    let sandbox = Sandbox::new();
    sandbox.run("run small.toml --out whole --quiet");
    sandbox.run("report whole");
    for (name, text) in [
        ("report.html", "<!DOCTYPE html><title>mine, about pushpull</title>"),
        ("report.html", ""),
        ("timeseries.csv", "t_s,measure,mean\n0,load,1\n"),
        ("timeseries.csv", ""),
    ] {
        sandbox.copy("whole", "r");
        sandbox.write(&format!("r/{name}"), text);
        let before = everything(&sandbox.path("r"));
        for way in ["--overwrite", "--seed 8 --overwrite", "--replications 6 --resume"] {
            let error = sandbox.fail(&format!("run small.toml --out r --quiet {way}"), 2);
            let told = format!("r/{name}: not made by pushpull; move it away or use another --out");
            assert!(error.contains(&told), "{way}: {error}");
            assert!(everything(&sandbox.path("r")) == before, "{name} {way}");
        }
    }
    // A resume without missing runs leaves a report alone, and writes the time series again.
    sandbox.copy("whole", "r");
    sandbox.write("r/report.html", "mine");
    sandbox.run("run small.toml --out r --quiet --resume");
    assert_eq!(sandbox.read("r/report.html"), "mine");
    // Another report does not replace the file, and figures do not replace a file of their name.
    assert!(sandbox.fail("report r", 2).contains("r/report.html: not made by pushpull"));
    std::fs::create_dir(sandbox.path("own")).expect("a folder");
    sandbox.write("own/waits.svg", "mine");
    assert!(sandbox.fail("plot r --out own", 2).contains("own/waits.svg: not made by pushpull"));
    assert_eq!((sandbox.read("r/report.html"), sandbox.read("own/waits.svg")), ("mine".to_owned(), "mine".to_owned()));
    assert!(!sandbox.path("own/stall-rate.svg").exists());
    sandbox.write("r/timeseries.csv", "mine");
    assert!(sandbox.fail("run small.toml --out r --quiet --resume", 2).contains("r/timeseries.csv: not made by"));
    assert_eq!(sandbox.read("r/timeseries.csv"), "mine");
}

#[test]
fn a_folder_that_cannot_be_gone_on_with_is_told_what_can_be_done() {
    let sandbox = Sandbox::new();
    sandbox.run("run small.toml --out r --quiet --replications 2");
    let error = sandbox.fail("run small.toml --out r --quiet --resume --replications 1", 2);
    assert!(error.contains("it holds 2 replications; a folder cannot shrink to 1"), "{error}");
    sandbox.write("r/manifest.json", "{");
    let before = everything(&sandbox.path("r"));
    let error = sandbox.fail("run small.toml --out r --quiet --overwrite", 1);
    assert!(error.contains("r/manifest.json: is no manifest of this program"), "{error}");
    assert!(error.contains("remove the folder yourself or use another --out"), "{error}");
    assert!(everything(&sandbox.path("r")) == before);
}

#[test]
#[cfg(unix)]
fn nothing_is_written_or_removed_through_a_link() {
    use std::os::unix::fs::symlink;
    let sandbox = Sandbox::new();
    sandbox.run("run small.toml --out whole --quiet");
    fs::create_dir_all(sandbox.path("outside")).expect("a folder");
    for name in ["runs.csv", "samples.bin", "waits.svg", "target"] {
        sandbox.write(&format!("outside/{name}"), "precious");
    }
    let outside = everything(&sandbox.path("outside"));
    for name in ["runs.csv", "samples.bin", ".lock", "summary.csv", "manifest.json", "earlier", "figures"] {
        sandbox.copy("whole", "r");
        let link = sandbox.path("r").join(name);
        let target = if ["earlier", "figures"].contains(&name) { "../outside" } else { "../outside/target" };
        let manifest = sandbox.read("r/manifest.json");
        let _ = fs::remove_file(&link);
        if name == "manifest.json" {
            sandbox.write("outside/target", &manifest);
        }
        symlink(target, &link).expect("a link");
        for way in ["--resume --replications 6", "--overwrite"] {
            let error = sandbox.fail(&format!("run small.toml --out r --quiet {way}"), 2);
            assert!(error.contains(&format!("r/{name}: is a symbolic link")), "{name} {way}: {error}");
        }
        if name == "manifest.json" {
            sandbox.write("outside/target", "precious");
        }
        assert!(everything(&sandbox.path("outside")) == outside, "{name}");
    }
    // A page or figure replaces a link of its name; a link in place of the figures' folder is refused.
    sandbox.copy("whole", "r");
    symlink("../outside/target", sandbox.path("r/report.html")).expect("a link");
    symlink("../outside", sandbox.path("r/figures")).expect("a link");
    sandbox.run("report r");
    assert!(sandbox.fail("plot r --figure waits", 2).contains("r/figures: is a symbolic link"));
    assert!(everything(&sandbox.path("outside")) == outside);
    assert!(!sandbox.path("r/report.html").is_symlink());
}

#[test]
fn a_file_where_a_folder_is_wanted_and_the_reverse_are_told() {
    let sandbox = Sandbox::new();
    sandbox.run("run small.toml --out r --quiet");
    sandbox.write("plain", "mine");
    for command in ["run small.toml --out plain", "run small.toml --out plain --overwrite", "plot r --out plain"] {
        assert!(sandbox.fail(command, 2).contains("plain: is no folder"), "{command}");
    }
    assert!(sandbox.fail("report r --out r", 1).contains("it is a folder, and a file is to be written"));
    assert_eq!(sandbox.read("plain"), "mine");
}

#[test]
fn a_file_that_looks_temporary_is_left_alone() {
    let sandbox = Sandbox::new();
    sandbox.run("run small.toml --out r --quiet");
    sandbox.write("page.html.part", "mine");
    sandbox.write(".page.html.0.part", "mine too");
    sandbox.run("report r --out page.html");
    assert!(sandbox.read("page.html").starts_with("<!DOCTYPE html>"));
    assert_eq!((sandbox.read("page.html.part"), sandbox.read(".page.html.0.part")), ("mine".into(), "mine too".into()));
}

#[test]
fn a_merge_does_not_replace_a_run_that_is_not_finished() {
    let sandbox = Sandbox::new();
    sandbox.run("run small.toml --shard 1/1 --out part --quiet");
    sandbox.run("run small.toml --out m --quiet");
    let text = sandbox.read("m/manifest.json");
    let mut manifest: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    manifest["ended"] = serde_json::Value::Null;
    sandbox.write("m/manifest.json", &manifest.to_string());
    let before = everything(&sandbox.path("m"));
    assert!(sandbox.fail("merge part --out m", 2).contains("holds results already"));
    assert!(everything(&sandbox.path("m")) == before);
    sandbox.run("merge part --out m --overwrite");
}

#[test]
fn a_merge_of_one_shard_of_billions_says_so_at_once() {
    let sandbox = Sandbox::new();
    sandbox.run("run small.toml --shard 1/4000000000 --out part --quiet");
    let error = sandbox.fail("merge part --out m", 1);
    let some = "shards are missing: 2/4000000000, 3/4000000000, 4/4000000000, 5/4000000000, 6/4000000000";
    assert_eq!(error.trim(), format!("error: {some} and 3999999994 more"));
}

#[test]
fn a_build_of_sources_that_are_no_commit_is_told_from_others() {
    let sandbox = Sandbox::new();
    sandbox.run("run small.toml --out r --quiet --replications 1");
    let manifest: serde_json::Value = serde_json::from_str(&sandbox.read("r/manifest.json")).expect("JSON");
    let commit = manifest["commit"].as_str().expect("text");
    let is_hash = |text: &str| text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    match commit.split_once("-dirty").or_else(|| commit.split_once("unknown")) {
        Some((_, rest)) => assert!(rest.strip_prefix('-').is_some_and(is_hash), "{commit}"),
        None => assert!(!commit.is_empty()),
    }
}

#[test]
fn a_measure_that_is_not_there_is_answered_with_those_that_are() {
    let sandbox = Sandbox::new();
    sandbox.run("run small.toml --out r --quiet");
    let error = sandbox.fail("plot r --measure stal_rate", 2);
    assert!(error.contains("there is no measure stal_rate in these results; did you mean stall_rate?"), "{error}");
    let error = sandbox.fail("plot r --measure nope", 2);
    assert!(error.contains("there are peers_created, attempts,") && error.contains("recovery_max_s"), "{error}");
}
