//! The explanation of each key: meaning, accepted values, effect. For `pushpull explain`, the schema, the report and
//! `docs/keys.md`.
//!
//! All of it comes from the rows of the sections. A key is named by its path in the file, without the name of a strategy
//! and without the number of a fault: `push.timeout`, `faults.for`.

use std::fmt::Write as _;

use super::keys::{Basis, FILE, Fallback, Key, KeyKind};
use super::suggest::near;
use super::validate::accepted;

/// Names that are suggested for an unknown one.
const SUGGESTED: usize = 3;

/// One key, explained.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Explanation {
    /// Its path: `clients.handshake.retry_after`.
    pub path: String,
    /// What it means.
    pub meaning: &'static str,
    /// What it accepts, its unit among that.
    pub accepts: String,
    /// Its default, as TOML, or what holds without it.
    pub default: String,
    /// Where that comes from.
    pub source: String,
    /// What it does to each mechanism.
    pub effect: &'static str,
    /// A line of an experiment file.
    pub example: &'static str,
    /// Whether it is a table with keys of its own.
    pub is_table: bool,
}

/// Every key, in the order of the file.
#[must_use]
pub fn explanations() -> Vec<Explanation> {
    let mut all = Vec::new();
    walk(FILE, "", &mut |path, key| all.push(explanation(path, key)));
    all
}

/// The keys that `name` means: a path, the end of one, or a path with the name of a strategy or the number of a fault.
///
/// # Errors
/// If there is none: names that are near.
pub fn explain(name: &str) -> Result<Vec<Explanation>, Vec<String>> {
    let all = explanations();
    let path = canonical(name);
    let exact = all.iter().filter(|one| one.path == path);
    let exact: Vec<Explanation> = exact.cloned().collect();
    if !exact.is_empty() {
        return Ok(exact);
    }
    let end = format!(".{path}");
    let ends: Vec<Explanation> = all.iter().filter(|one| one.path.ends_with(&end)).cloned().collect();
    if !ends.is_empty() {
        return Ok(ends);
    }
    let last = |path: &str| path.rsplit('.').next().unwrap_or_default().to_owned();
    let mut suggested = near(&path, all.iter().map(|one| one.path.as_str()), SUGGESTED);
    let by_end = all.iter().map(|one| last(&one.path)).collect::<Vec<_>>();
    for found in near(&last(&path), by_end.iter().map(String::as_str), SUGGESTED) {
        let full = all.iter().filter(|one| last(&one.path) == found).map(|one| one.path.clone());
        suggested.extend(full.filter(|path| !suggested.contains(path)).collect::<Vec<_>>());
    }
    suggested.truncate(SUGGESTED);
    Err(suggested)
}

/// The explanations as a document: one table for each part of the file.
#[must_use]
pub fn document() -> String {
    let mut out = String::from(
        "# Keys\n\n\
         Every key of an experiment file: what it means, what it accepts, its default and where that comes from, what it\n\
         does to each mechanism, an example. `pushpull explain KEY` says the same. This file is written by\n\
         `pushpull explain --format markdown`.\n\n\
         Keys of a mechanism stand below a strategy: `push.timeout` is `strategies.NAME.push.timeout` in a file.\n\
         *Assumed*: a default that is plausible, but that nobody has published.\n",
    );
    for one in explanations() {
        let depth = if one.is_table && !one.path.contains('.') { "##" } else { "###" };
        let _ = write!(
            out,
            "\n{depth} `{}`\n\n{} {}\n\n- Accepts: {}\n- Default: {}\n- Example: `{}`\n",
            one.path,
            one.meaning,
            one.effect,
            one.accepts,
            one.default_text(true),
            one.example
        );
    }
    out
}

impl Explanation {
    /// The default and its source, as one would say it.
    #[must_use]
    pub fn default_text(&self, code: bool) -> String {
        let tick = if code && self.source != "none" { "`" } else { "" };
        match self.source.as_str() {
            "none" => self.default.clone(),
            "" => format!("{tick}{}{tick}", self.default),
            source => format!("{tick}{}{tick}, {source}", self.default),
        }
    }
}

fn explanation(path: &str, key: &'static Key) -> Explanation {
    let (default, source) = match (&key.default, key.basis) {
        (Fallback::Required, _) => ("none: it must be given".to_owned(), "none".to_owned()),
        (Fallback::Absent, _) => ("none: it may be left out".to_owned(), "none".to_owned()),
        (Fallback::Value("{}"), _) => ("the defaults of its keys".to_owned(), "none".to_owned()),
        (Fallback::Value(value), Basis::Choice) => ((*value).to_owned(), String::new()),
        (Fallback::Value(value), Basis::Published) => ((*value).to_owned(), format!("published: {}", key.source)),
        (Fallback::Value(value), Basis::Assumed) => ((*value).to_owned(), format!("assumed: {}", key.source)),
    };
    Explanation {
        path: path.to_owned(),
        meaning: key.about,
        accepts: accepted(&key.kind),
        default,
        source,
        effect: key.effect,
        example: key.example,
        is_table: key.kind.below().is_some(),
    }
}

/// A path without what differs from file to file: `strategies.NAME.`, numbers in lists.
fn canonical(path: &str) -> String {
    let parts = path.split('.').filter(|part| part.is_empty() || part.parse::<usize>().is_err());
    let mut parts: Vec<&str> = parts.collect();
    if parts.len() > 2 && parts[0] == "strategies" {
        parts.drain(..2);
    }
    parts.join(".")
}

/// Each key and those below it, with their paths.
fn walk(keys: &'static [Key], above: &str, each: &mut dyn FnMut(&str, &'static Key)) {
    for key in keys {
        let path = if above.is_empty() { key.name.to_owned() } else { format!("{above}.{}", key.name) };
        each(&path, key);
        let above = if matches!(key.kind, KeyKind::Map(_)) { "" } else { &path };
        walk(key.kind.below().unwrap_or_default(), above, each);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Plan;

    fn paths() -> Vec<(String, &'static Key)> {
        let mut all = Vec::new();
        walk(FILE, "", &mut |path, key| all.push((path.to_owned(), key)));
        all
    }

    #[test]
    fn a_default_with_a_source_says_which_and_no_other_does() {
        for (path, key) in paths() {
            assert_eq!(!key.source.is_empty(), key.basis != Basis::Choice, "{path}");
            assert!(key.effect.ends_with('.') && key.effect.len() > 20, "{path}");
        }
    }

    #[test]
    fn every_example_is_accepted_and_is_about_its_key() {
        for (path, key) in paths() {
            assert!(key.example.contains(key.name), "{path}");
            let mut lines = vec!["seed = 1", "name = \"x\"", "horizon = \"1h\"", "strategies.push.push = {}"];
            let own = key.example.split(['=', '.', ' ']).next().unwrap_or_default();
            lines.retain(|line| own == "strategies" || !line.starts_with(own));
            lines.push(key.example);
            let table = lines.join("\n").parse().unwrap_or_else(|error| panic!("{path}: {error}"));
            if let Err(error) = Plan::from_table(&table, &[]) {
                panic!("{path}: {error}");
            }
        }
    }

    #[test]
    fn a_key_is_found_by_its_path_its_end_and_its_place_in_a_file() {
        let found = |name: &str| explain(name).map(|all| all.into_iter().map(|one| one.path).collect::<Vec<_>>());
        assert_eq!(found("bus.loss").unwrap(), ["bus.loss"]);
        assert_eq!(found("retry_after").unwrap(), ["clients.handshake.retry_after"]);
        assert_eq!(found("strategies.jit.pull.answer").unwrap(), ["pull.answer"]);
        assert_eq!(found("faults.0.for").unwrap(), ["faults.for"]);
        assert_eq!(found("timeout").unwrap(), ["push.timeout", "pull.timeout", "reconcile.timeout", "watch.timeout"]);
        assert_eq!(found("bus.los").unwrap_err()[0], "bus.loss");
        assert!(found("retry_afer").unwrap_err().contains(&"clients.handshake.retry_after".to_owned()));
        assert!(found("zzzzzzzzzzzz").unwrap_err().is_empty());
    }

    #[test]
    fn a_default_says_where_it_comes_from() {
        let default = |name: &str| explain(name).unwrap()[0].default_text(false);
        assert!(default("api.workers").starts_with("8, assumed: "), "{}", default("api.workers"));
        assert!(default("rekey_after").starts_with("\"120s\", published: WireGuard"));
        assert_eq!(default("horizon"), "\"1h\"");
        assert_eq!(default("faults.target"), "none: it must be given");
    }
}
