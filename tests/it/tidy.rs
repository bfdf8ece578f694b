//! The order of the code: what each room of `src` and `crates/sim` may use, according to ARCHITECTURE.md, and that a name means one thing.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The folders whose files lie in rooms: the simulation of one run, and what makes an experiment of runs.
const HOUSES: [&str; 2] = ["crates/sim/src", "src"];

/// The rooms of a folder of sources, in the order in which its library declares them: the way of the data.
fn rooms(house: &str) -> Vec<String> {
    let text = fs::read_to_string(root().join(house).join("lib.rs")).expect("the library");
    let module = |line: &str| Some(line.trim_start_matches("pub ").strip_prefix("mod ")?.strip_suffix(';')?.to_owned());
    text.lines().filter_map(module).collect()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Names that give a run access to the outside world.
const OUTSIDE: [&str; 9] =
    ["std::env", "std::fs", "std::io", "std::net", "std::process", "std::thread", "std::time", "println!", "serde"];

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder of sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files.extend(sources(&path));
        } else {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// The files of a room or a crate with their text, without comments and unit tests.
fn code(files: Vec<PathBuf>) -> Vec<(PathBuf, String)> {
    let code = |path: PathBuf| {
        let text = fs::read_to_string(&path).expect("a source");
        let program = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
        let lines: Vec<&str> = program.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
        (path, lines.join("\n"))
    };
    files.into_iter().map(code).collect()
}

fn room(house: &str, name: &str) -> Vec<(PathBuf, String)> {
    let source = root().join(house);
    let own = |path: &PathBuf| *path == source.join(format!("{name}.rs")) || path.starts_with(source.join(name));
    let files: Vec<PathBuf> = sources(&source).into_iter().filter(own).collect();
    assert!(!files.is_empty(), "there is no room {name} in {house}");
    code(files)
}

#[test]
fn no_room_names_one_that_is_declared_after_it() {
    let both = HOUSES.map(|house| (house, rooms(house)));
    let all = both.iter().flat_map(|(house, rooms)| rooms.iter().map(move |room| (*house, room)));
    let all: Vec<(&str, &String)> = all.collect();
    for (place, (house, name)) in all.iter().enumerate() {
        for (path, text) in room(house, name) {
            for part in text.split("crate::").skip(1) {
                assert!(!part.starts_with('{'), "{}: name one room a line", path.display());
                let word: String = part.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect();
                if let Some(other) = all.iter().position(|(_, room)| **room == word) {
                    assert!(other <= place, "{} names crate::{word}, which comes after {name}", path.display());
                }
            }
        }
    }
}

#[test]
fn every_source_is_in_a_room_and_the_code_map_has_the_rooms_in_order() {
    let text = fs::read_to_string(root().join("ARCHITECTURE.md")).expect("the architecture");
    for house in HOUSES {
        let (source, rooms) = (root().join(house), rooms(house));
        for path in sources(&source) {
            let inside = path.strip_prefix(&source).expect("a path below").to_string_lossy().into_owned();
            let first = inside.split('/').next().unwrap_or_default().trim_end_matches(".rs").to_owned();
            assert!(matches!(first.as_str(), "lib" | "main") || rooms.contains(&first), "{inside} is in no room");
        }
        let row = format!("| `{house}/");
        let rows = text.lines().filter_map(|line| line.strip_prefix(&row)?.split(['/', '`', '.']).next());
        assert_eq!(rows.collect::<Vec<_>>(), rooms, "the code map of ARCHITECTURE.md: {house}");
    }
}

#[test]
fn a_run_has_no_way_to_the_world_outside() {
    for folder in ["crates/des/src", "crates/sim/src"] {
        for (path, text) in code(sources(&root().join(folder))) {
            for word in OUTSIDE {
                assert!(!text.contains(word), "{} names {word}", path.display());
            }
        }
    }
}

#[test]
fn the_other_crates_know_nothing_of_the_domain() {
    // The compiler prevents crates from using the program; this check keeps the program's words out of them. The names of
    // the packages begin with the program's name, and the bytes of a key must stay as they are. `sim` is the domain itself.
    let domain = root().join("crates/sim");
    let is_checked =
        |path: &PathBuf| path.extension().is_some_and(|extension| extension == "rs") && !path.starts_with(&domain);
    for path in sources(&root().join("crates")).into_iter().filter(is_checked) {
        let text = fs::read_to_string(&path).expect("a source").to_lowercase();
        let text = text.replace("--package pushpull-", "").replace("b\"pushpull streams\"", "");
        for word in ["gateway", "handshake", "wireguard", "stall", "peer", "strateg", "client", "pushpull"] {
            let found = text.lines().find(|line| line.contains(word));
            assert!(found.is_none(), "{}: {}", path.display(), found.unwrap_or_default());
        }
    }
}

/// The types that a file defines, those of macros included: names that a macro makes stand at the beginning of a row, or
/// before the braces of the row.
fn types<'a>(text: &'a str) -> Vec<&'a str> {
    const WORDS: [&str; 5] = ["struct ", "enum ", "trait ", "union ", "type "];
    const MACROS: [&str; 4] = ["section! {", "kinds! {", "names! {", "values! {"];
    let mut names = Vec::new();
    let mut in_macro = false;
    for line in text.lines() {
        let indented = line.starts_with(' ');
        let shown = line.trim_start();
        let shown = shown.strip_prefix("pub").map_or(shown, |rest| {
            let rest = rest.strip_prefix('(').and_then(|rest| rest.split_once(')')).map_or(rest, |(_, rest)| rest);
            rest.trim_start()
        });
        let defined = WORDS.iter().find_map(|word| shown.strip_prefix(word).filter(|_| !indented || *word != "type "));
        let made = (in_macro && line.starts_with("    ") && !line.starts_with("     ")).then_some(shown);
        let name = |rest: &'a str| {
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
            rest.split_at_checked(end).filter(|(name, _)| name.starts_with(|c: char| c.is_ascii_uppercase()))
        };
        names.extend(defined.and_then(name).map(|(name, _)| name));
        let is_made = |rest: &str| {
            [" {", " means ", "(u"].iter().any(|next| rest.starts_with(next)) || rest.contains(": KeyKind::")
        };
        names.extend(made.and_then(name).filter(|(_, rest)| is_made(rest)).map(|(name, _)| name));
        in_macro = MACROS.contains(&line) || in_macro && line != "}";
    }
    names
}

#[test]
fn a_type_name_stands_for_one_thing() {
    let sample = "pub(crate) struct A<'a> {\nenum B {\n    C,\n    type D = u8;\nkinds! {\n    /// Of it.\n    E {\n    F \"f\";\n}\nG {\n\
        names! {\n    pub H(u32);\n}\nvalues! {\n    I<const LEAST: u64>: KeyKind::Integer(LEAST) => u64,\n}\ntype J = u8;";
    assert_eq!(types(sample), ["A", "B", "E", "H", "I", "J"]);
    let of_crates = sources(&root().join("crates")).into_iter().filter(|path| path.to_string_lossy().contains("/src/"));
    let mut files = sources(&root().join("src"));
    files.extend(of_crates);
    let is_program = |path: &PathBuf| path.extension().is_some_and(|e| e == "rs") && !path.ends_with("tests.rs");
    files.retain(is_program);
    let mut defined: BTreeMap<String, PathBuf> = BTreeMap::new();
    for (path, text) in code(files) {
        for name in types(&text) {
            if let Some(other) = defined.insert(name.to_owned(), path.clone()) {
                panic!(
                    "{name} is a type in {} and in {}: one of them needs another name",
                    other.display(),
                    path.display()
                );
            }
        }
    }
    assert!(defined.len() > 500, "{} types", defined.len());
}

/// The fields of `World` that hold the state of an actor or a mechanism, with the file of each.
const STATE: [(&str, &str); 13] = [
    ("api", "api"),
    ("bus", "bus"),
    ("clients", "client"),
    ("expiry", "expire"),
    ("faults", "fault"),
    ("gateways", "gateway"),
    ("idleness", "evict"),
    ("lists", "reconcile"),
    ("peers", "peer"),
    ("pulls", "pull"),
    ("pushes", "push"),
    ("strangers", "stranger"),
    ("watches", "watch"),
];

/// The word with which a text begins, and what follows.
fn word(text: &str) -> (&str, &str) {
    text.split_at(text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len()))
}

/// What a file of the model reaches of others: for each file, the methods that it calls there, of the world or of the state.
/// `homes`: the file in which each method of the world stands. `changes`: the methods that change a peer. Every file
/// reads peers, so of peers only the changes are listed.
fn reached<'a>(
    own: &str,
    text: &'a str,
    homes: &BTreeMap<&'a str, String>,
    changes: &BTreeSet<&str>,
) -> BTreeMap<String, BTreeSet<&'a str>> {
    let mut reached: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    let calls = ["self.", "world."].iter().flat_map(|world| text.split(world).skip(1));
    for (name, rest) in calls.map(word) {
        if rest.starts_with('(') {
            if let Some(home) = homes.get(name).filter(|home| *home != own) {
                reached.entry(home.clone()).or_default().insert(name);
            }
        } else if let Some((_, home)) = STATE.iter().find(|(field, home)| *field == name && *home != own) {
            // Of one gateway's state: `gateways[gateway].is_up()`.
            let rest = rest.strip_prefix('[').and_then(|rest| rest.split_once(']')).map_or(rest, |(_, rest)| rest);
            if let Some((name, "(")) =
                rest.strip_prefix('.').map(word).map(|(name, rest)| (name, rest.get(..1).unwrap_or("")))
                && (*home != "peer" || changes.contains(name))
            {
                reached.entry((*home).to_owned()).or_default().insert(name);
            }
        }
    }
    // A change that levels see: `self.change(peer, Peer::leave)`.
    for change in ["change(peer, Peer::", "change(peer, |state| state."] {
        for (name, _) in text.split(change).skip(1).map(word) {
            reached.entry("peer".to_owned()).or_default().insert(name);
        }
    }
    assert!(!text.contains("&mut self.peers"), "{own}: a change of a peer is a call on `self.peers`");
    reached
}

#[test]
fn each_actor_and_mechanism_says_what_it_reaches_of_the_others() {
    let model = root().join("crates/sim/src/model");
    let mut files = sources(&model.join("actor"));
    files.extend(sources(&model.join("mechanism")));
    files.retain(|path| !path.ends_with("tests.rs"));
    // A file below a mechanism is a part of it.
    let home = |path: &Path| {
        let name =
            path.strip_prefix(&model).expect("a file of the model").components().nth(1).expect("a file in a folder");
        name.as_os_str().to_string_lossy().trim_end_matches(".rs").to_owned()
    };
    let mut files = code(files);
    for (_, text) in &mut files {
        // A chain of calls on one line.
        *text = text.lines().fold(String::new(), |all, line| match line.trim_start() {
            link if link.starts_with('.') => all + link,
            _ => all + "\n" + line,
        });
    }
    let mut homes = BTreeMap::new();
    for (path, text) in &files {
        let worlds =
            text.split("\nimpl<").filter(|block| block.lines().next().is_some_and(|line| line.contains("> World<'")));
        let worlds = worlds.filter_map(|block| block.split("\n}\n").next());
        let names = worlds.flat_map(|block| block.split("fn ").skip(1)).map(|rest| word(rest).0);
        homes.extend(names.map(|name| (name, home(path))));
    }
    assert!(homes.len() > 150, "{} methods of the world", homes.len());
    let peer = fs::read_to_string(model.join("peer.rs")).expect("the peer");
    let methods = peer.split("fn ").skip(1).map(word);
    let changes: BTreeSet<&str> =
        methods.filter(|(_, rest)| rest.starts_with("(&mut self")).map(|(name, _)| name).collect();
    assert!(changes.len() > 20, "{} changes of a peer", changes.len());
    let mut wrong = Vec::new();
    for (path, text) in &files {
        let reached = reached(&home(path), text, &homes, &changes);
        let names =
            |methods: &BTreeSet<&str>| methods.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        let all: Vec<String> = reached.iter().map(|(home, methods)| format!("{home} ({})", names(methods))).collect();
        let expected = if all.is_empty() { String::new() } else { format!("Reaches: {}.", all.join(", ")) };
        let whole = fs::read_to_string(path).expect("a source");
        let header =
            whole.lines().map_while(|line| line.strip_prefix("//!")).map(str::trim).collect::<Vec<_>>().join(" ");
        let found = header.find("Reaches: ").map_or("", |at| &header[at..]);
        if found.trim() != expected {
            wrong.push(format!("{}: found {found:?}, which should be\n{expected}", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
