//! The documents agree with the tree and the program: paths exist, links have targets, every folder is on the map, every
//! measure and every kind of figure is described.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use pushpull::figure::KINDS;
use pushpull::measure::{MEASURES, SERIES, SeriesMeasure};
use pushpull::model::Mechanism;

use crate::sandbox::Sandbox;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every document of the project: those at the top, and those in `docs`.
fn documents() -> Vec<PathBuf> {
    let mut files = Vec::new();
    for folder in [root(), root().join("docs")] {
        let entries = fs::read_dir(folder).expect("a folder of the project");
        files.extend(entries.map(|entry| entry.expect("an entry").path()));
    }
    files.retain(|path| path.extension().is_some_and(|extension| extension == "md"));
    files.sort();
    assert!(files.len() > 3);
    files
}

/// The parts of `text` between `open` and `close`, on one line each.
fn between<'a>(text: &'a str, open: &str, close: char) -> Vec<&'a str> {
    text.split(open).skip(1).filter_map(|part| part.split_once(close)).map(|(inside, _)| inside).collect()
}

#[test]
fn links_between_documents_lead_to_files() {
    for document in documents() {
        let text = read(&document);
        for link in between(&text, "](", ')').into_iter().chain(between(&text, "src=\"", '"')) {
            let target = link.split('#').next().unwrap_or_default();
            if target.is_empty() || target.contains("://") || target.contains(char::is_whitespace) {
                continue;
            }
            let path = document.parent().expect("a folder").join(target);
            assert!(path.exists(), "{}: there is no {target}", document.display());
        }
    }
}

#[test]
fn the_code_map_names_only_files_that_exist() {
    let architecture = read(&root().join("ARCHITECTURE.md"));
    let map = architecture.split("## Code map").nth(1).and_then(|rest| rest.split("## Invariants").next());
    let map = map.expect("a code map before the invariants");
    let is_room = |line: &&str| line.starts_with("| `src/") || line.starts_with("| `crates/sim/src/");
    for row in map.lines().filter(is_room) {
        let named: Vec<&str> = row.split('`').skip(1).step_by(2).collect();
        let (folder, files) = named.split_first().expect("a room");
        assert!(root().join(folder).exists(), "there is no {folder}");
        for file in files.iter().filter(|name| Path::new(name).extension().is_some_and(|extension| extension == "rs")) {
            assert!(root().join(folder).join(file).is_file(), "there is no {folder}/{file}");
        }
    }
}

#[test]
fn every_folder_and_every_part_of_the_tests_is_on_the_code_map() {
    let architecture = read(&root().join("ARCHITECTURE.md"));
    let ignored = read(&root().join(".gitignore"));
    let mut found = 0;
    for (folder, only_folders) in [("", true), ("tests", false)] {
        for entry in fs::read_dir(root().join(folder)).expect("a folder of the project") {
            let path = entry.expect("an entry").path();
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            let is_ignored = ignored.lines().any(|line| line.trim_matches('/') == name);
            if is_ignored || name.starts_with('.') || (only_folders && !path.is_dir()) {
                continue;
            }
            let place = Path::new(folder).join(&name);
            let named = format!("`{}", place.display());
            let is_named = |rest: &str| rest.starts_with(['/', '`']);
            assert!(
                architecture.split(&named).skip(1).any(is_named),
                "ARCHITECTURE.md does not name {}",
                place.display()
            );
            found += 1;
        }
    }
    assert!(found > 15, "{found} entries");
}

#[test]
fn every_experiment_says_what_it_asks() {
    for path in crate::program::shipped() {
        let text = read(&path);
        assert!(text.contains("\ndescription = "), "{}: no description", path.display());
        assert!(text.starts_with("# "), "{}: no word of what it is for", path.display());
    }
}

#[test]
fn the_column_reference_names_every_measure_as_the_program_does() {
    let text = read(&root().join("docs/results.md"));
    let rows: Vec<&str> = text.split("## Measures\n").nth(1).expect("the measures").lines().collect();
    let rows: Vec<&str> = rows.into_iter().filter(|line| line.starts_with("| `")).collect();
    let expected: Vec<String> = MEASURES
        .iter()
        .map(|measure| format!("| `{}` | {} | {} |", measure.name, measure.unit, measure.about))
        .collect();
    assert_eq!(rows, expected);
    for SeriesMeasure { name, .. } in SERIES {
        assert!(text.contains(&format!("`{name}`")), "{name}");
    }
}

#[test]
fn the_table_of_figures_has_every_kind_and_says_which_show_one_point_and_which_the_sheet_may_show() {
    let text = read(&root().join("docs/figures.md"));
    let rows: Vec<&str> = text.lines().filter(|line| line.starts_with("| `") && !line.contains("`--figure`")).collect();
    assert_eq!(rows.len(), KINDS.len());
    for (row, kind) in rows.iter().zip(KINDS) {
        assert!(row.starts_with(&format!("| `{}` |", kind.name)), "{} is in the place of {row}", kind.name);
        assert_eq!(row.contains("at one point"), kind.of_a_point, "{row}");
    }
    let quoted =
        |kinds: &[&str], before: &str| kinds.iter().map(|kind| format!("`{kind}`")).collect::<Vec<_>>().join(before);
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let of_a_point: Vec<&str> = KINDS.iter().filter(|kind| kind.of_a_point).map(|kind| kind.name).collect();
    let listed = format!("Figures at one point ({})", quoted(&of_a_point, ", "));
    assert!(text.contains(&listed), "docs/figures.md does not say: {listed}");
    let mut sheet: Vec<_> = KINDS.iter().filter(|kind| kind.sheet.is_some()).collect();
    sheet.sort_by_key(|kind| kind.sheet);
    let sheet: Vec<&str> = sheet.iter().map(|kind| kind.name).collect();
    let listed = format!("The sheet has one figure: {}.", quoted(&sheet, ", else "));
    assert!(text.contains(&listed), "docs/figures.md does not say: {listed}");
}

#[test]
fn the_explorers_page_asks_for_figures_that_exist() {
    let page = read(&root().join("src/explore/page.js"));
    let list = page.split_once("const FIGURES = [").and_then(|(_, rest)| rest.split_once("];")).expect("a list").0;
    let kinds: Vec<&str> = list.split("kind: \"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert!(kinds.len() > 5, "{kinds:?}");
    for kind in kinds {
        // Rates along a sweep are the page's own.
        let is_known = kind == "rates" || KINDS.iter().any(|known| known.name == kind);
        assert!(is_known, "src/explore/page.js asks for a figure {kind}");
    }
}

#[test]
fn the_assumptions_name_every_default_that_nobody_has_published() {
    let everything = "name = 'a'\nseed = 1\n[strategies.all]\npush = {}\npull = {}\nreconcile = {}\nwatch = {}\nevict = {}\nexpire = {}\n";
    let folder = crate::program::folder("documents-assumed");
    fs::write(folder.join("a.toml"), everything).expect("a file");
    let listing = crate::program::pushpull(&folder, &["check", "a.toml"]).out;
    let document = read(&root().join("docs/assumptions.md"));
    let (mut table, mut assumed) = (String::new(), 0);
    for line in listing.lines() {
        if let Some(header) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            table = header.trim_start_matches("strategies.all").trim_start_matches('.').to_owned();
        } else if line.ends_with("# assumed") {
            let key = line.split(' ').next().expect("a key");
            assert!(document.contains(&format!("`{table}.{key}`")), "docs/assumptions.md does not name {table}.{key}");
            assumed += 1;
        }
    }
    assert!(assumed > 20, "{listing}");
}

/// The code of a source without comments, texts and unit tests, in small letters.
fn bare(text: &str) -> String {
    let program = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
    let lines = program.lines().filter(|line| !line.trim_start().starts_with("//"));
    let code = |line: &str| line.split('"').step_by(2).collect::<String>().to_lowercase();
    lines.map(code).collect::<Vec<_>>().join("\n")
}

/// Whether a word of some code begins like this: `expir` for `expire` and `expiry`.
fn names(code: &str, stem: &str) -> bool {
    code.match_indices(stem)
        .any(|(at, _)| !code[..at].ends_with(|before: char| before.is_alphanumeric() || before == '_'))
}

/// The sources below these folders that name a mechanism, apart from closed forms.
fn files_of(stem: &str, folders: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders: Vec<_> = folders.iter().map(|folder| root().join(folder)).collect();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder of sources") {
            let path = entry.expect("an entry").path();
            let name = path.strip_prefix(root()).expect("a path below").to_string_lossy().into_owned();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "rs")
                && !name.starts_with("src/verify")
                && names(&bare(&read(&path)), stem)
            {
                found.push(name);
            }
        }
    }
    found
}

#[test]
fn the_walk_of_a_mechanism_names_every_file_of_the_smallest_and_of_the_largest() {
    let text = read(&root().join("CONTRIBUTING.md"));
    let walk = text.split("\n## ").find(|part| part.starts_with("A mechanism")).expect("the walk");
    let smallest = files_of("expir", &["src", "crates/sim/src"]);
    let count = format!("apart from its closed form {}, each", smallest.len());
    assert!(walk.contains(&count), "the walk of CONTRIBUTING.md does not say: {count}");
    // In the other rooms a watcher is who looks at the runs.
    let rooms = ["src/file", "src/report", "src/story", "crates/sim/src/model", "crates/sim/src/measure"];
    let largest = files_of("watch", &rooms);
    assert!(largest.len() > smallest.len());
    for name in smallest.into_iter().chain(largest.iter().map(|name| name.replace("/watch.rs", "/expire.rs"))) {
        assert!(walk.contains(&format!("`{name}`")), "the walk of CONTRIBUTING.md does not name {name}");
    }
}

#[test]
fn the_benchmark_of_mechanisms_has_each_of_them() {
    let strategies = read(&root().join("benches/micro/mechanisms.toml"));
    for word in Mechanism::ALL.iter().map(|mechanism| mechanism.word()) {
        let is_there = strategies.lines().any(|line| line.starts_with(&format!("{word} = {{")));
        assert!(is_there, "benches/micro/mechanisms.toml has no strategy with {word}");
    }
}

#[test]
fn the_walks_for_contributors_name_files_and_words_that_exist() {
    let text = read(&root().join("CONTRIBUTING.md"));
    let (mut files, mut words) = (0, 0);
    let sources = sources(&root().join("src")) + &sources(&root().join("crates/sim/src"));
    for walk in text.split("\n## ").filter(|part| part.starts_with("A ")) {
        for quoted in walk.split('`').skip(1).step_by(2) {
            let is_path = quoted.contains('/') && !quoted.contains(' ');
            if is_path || quoted.contains(".md") {
                assert!(root().join(quoted).exists(), "CONTRIBUTING.md names {quoted}, which does not exist");
                files += 1;
            } else if quoted.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
                assert!(sources.contains(quoted), "CONTRIBUTING.md names {quoted}, of which no source knows");
                words += 1;
            }
        }
    }
    assert!(files > 30 && words > 5, "{files} files and {words} words");
}

/// The text of all sources.
fn sources(folder: &Path) -> String {
    let mut text = String::new();
    for entry in fs::read_dir(folder).expect("a folder of sources") {
        let path = entry.expect("an entry").path();
        text += &if path.is_dir() { sources(&path) } else { read(&path) };
    }
    text
}

/// The value of a key at the beginning of a line: `version = "0.1.0"` or `version: 0.1.0`.
fn value<'a>(text: &'a str, key: &str, sign: &str) -> &'a str {
    let start = format!("{key}{sign}");
    let line = text.lines().find(|line| line.starts_with(&start)).unwrap_or_else(|| panic!("there is no {start}"));
    line[start.len()..].trim().trim_matches('"')
}

#[test]
fn what_is_said_of_version_compiler_and_image_is_the_same_everywhere() {
    let manifest = read(&root().join("Cargo.toml"));
    assert_eq!(value(&read(&root().join("CITATION.cff")), "version", ":"), value(&manifest, "version", " ="));
    let compiler = value(&manifest, "rust-version", " =");
    assert!(
        read(&root().join("README.md")).contains(&format!("Rust {compiler} or later")),
        "README.md names another Rust"
    );
    // The image that `run --on kubernetes` names unless it is told another.
    let image = format!("pushpull:{}", value(&manifest, "version", " ="));
    let build = format!("{COMMIT_OF_IMAGE} --tag {image} .");
    assert!(
        read(&root().join("Containerfile")).contains(&build),
        "the Containerfile builds another image than {image}"
    );
}

/// How an image gets the commit of the program that plans its shards.
const COMMIT_OF_IMAGE: &str = r#"--build-arg COMMIT="$(pushpull --version | cut -d ' ' -f 3)""#;

#[test]
fn an_image_has_the_commit_of_the_program_that_plans_its_shards() {
    let recipe = read(&root().join("docs/clusters.md"));
    assert!(recipe.contains(&format!("docker build --file Containerfile {COMMIT_OF_IMAGE} ")), "{recipe}");
    let container = read(&root().join("Containerfile"));
    assert!(container.contains("ARG COMMIT\nRUN PUSHPULL_COMMIT=\"$COMMIT\" cargo build"), "{container}");
    // The build script, where there is no repository.
    let sandbox = Sandbox::new();
    let script = sandbox.path("script");
    let mut rustc = Command::new("rustc");
    rustc.args(["--edition", "2024", "-o"]).arg(&script).arg(root().join("build.rs"));
    assert!(rustc.status().expect("rustc").success());
    let named = |given: &str| {
        let mut script = Command::new(&script);
        script.current_dir(sandbox.path(".")).env("PUSHPULL_COMMIT", given).env("GIT_DIR", sandbox.path("none"));
        let printed = String::from_utf8(script.output().expect("the script").stdout).expect("text");
        let line = printed.lines().find_map(|line| line.strip_prefix("cargo:rustc-env=PUSHPULL_COMMIT="));
        line.expect("a commit").to_owned()
    };
    assert_eq!(named("0123abc"), "0123abc");
    assert!(named("").starts_with("unknown-"), "{}", named(""));
}
