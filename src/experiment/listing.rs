//! The resolved experiment, line by line, with where each value comes from: what `check` prints.

use toml::{Table, Value};

use super::keys::{Basis, FILE, Key, Kind};
use super::plan::Plan;
use super::tree::{At, is_bare, quote, render};

/// Where a value comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Origin {
    /// The file or the command line.
    Given,
    /// A default that is a setting of the experiment.
    Default,
    /// A default that somebody has published.
    Published,
    /// A default that is plausible, but that nobody has published.
    Assumed,
}

/// One line of the resolved experiment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Line {
    /// The header of a table: `[clients.handshake]`, `[[faults]]`.
    Header(String),
    /// A key and its value, as TOML.
    Setting {
        /// `key = value`.
        text: String,
        /// Where the value comes from.
        origin: Origin,
        /// What the key means.
        about: &'static str,
    },
}

/// The resolved experiment as lines of TOML, in the order of the file's keys.
#[must_use]
pub fn listing(plan: &Plan) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut lister = Lister { plan, lines: &mut lines };
    lister.table(&FILE, &At::ROOT, &plan.resolved, "");
    for block in plan.resolved.get("sweep").and_then(Value::as_array).into_iter().flatten() {
        lines.push(Line::Header("[[sweep]]".to_owned()));
        for (key, value) in block.as_table().into_iter().flatten() {
            let key = if is_bare(key) { key.clone() } else { quote(key) };
            let text = format!("{key} = {}", render(value));
            lines.push(Line::Setting { text, origin: Origin::Given, about: "" });
        }
    }
    lines
}

struct Lister<'a> {
    plan: &'a Plan,
    lines: &'a mut Vec<Line>,
}

impl Lister<'_> {
    /// The plain keys of a table, then its tables: a key after a table's header would belong to that table.
    fn table(&mut self, keys: &'static [Key], at: &At<'_>, table: &Table, header: &str) {
        if !header.is_empty() {
            self.lines.push(Line::Header(header.to_owned()));
        }
        let known = || keys.iter().filter_map(|key| Some((key, table.get(key.name)?)));
        for (key, value) in known().filter(|(key, value)| !is_section(key, value)) {
            let path = at.key(key.name).to_string();
            let origin = if self.plan.given(&path) {
                Origin::Given
            } else {
                match key.basis {
                    Basis::Choice => Origin::Default,
                    Basis::Published => Origin::Published,
                    Basis::Assumed => Origin::Assumed,
                }
            };
            let text = format!("{} = {}", key.name, render(value));
            self.lines.push(Line::Setting { text, origin, about: key.about });
        }
        for (key, value) in known().filter(|(key, value)| is_section(key, value)) {
            let at = at.key(key.name);
            match (&key.kind, value) {
                (Kind::Table(keys) | Kind::NeverOr(keys), Value::Table(table)) => {
                    self.table(keys, &at, table, &format!("[{at}]"));
                }
                (Kind::Map(keys), Value::Table(entries)) => {
                    for (name, entry) in entries {
                        let at = at.key(name);
                        let empty = Table::new();
                        self.table(keys, &at, entry.as_table().unwrap_or(&empty), &format!("[{at}]"));
                    }
                }
                (Kind::List(keys), Value::Array(entries)) => {
                    for (index, entry) in entries.iter().enumerate() {
                        let empty = Table::new();
                        let below = at.index(index);
                        self.table(keys, &below, entry.as_table().unwrap_or(&empty), &format!("[[{at}]]"));
                    }
                }
                _ => {}
            }
        }
    }
}

/// Whether a value has a header of its own.
fn is_section(key: &Key, value: &Value) -> bool {
    match key.kind {
        Kind::Table(_) | Kind::Map(_) | Kind::NeverOr(_) => value.is_table(),
        Kind::List(_) => value.as_array().is_some_and(|entries| !entries.is_empty()),
        _ => false,
    }
}
