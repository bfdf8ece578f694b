//! The resolved experiment, line by line, with the origin of each value. Printed by `check` and shown in a report.

use toml::{Table, Value};

use super::Plan;
use super::sweep::{SWEEP, TUNE};
use crate::file::keys::{Basis, FILE, Fallback, Key, KeyKind};
use crate::file::section::StrategySection;
use crate::file::tree::{At, is_bare, quote, render};
use crate::file::validate::default_value;

/// Where a value comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ValueOrigin {
    /// The file or the command line.
    Given,
    /// A default that is a setting of the experiment.
    Default,
    /// A default from a publication.
    Published,
    /// A plausible default without a publication.
    Assumed,
}

/// One line of the resolved experiment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SettingLine {
    /// The header of a table: `[clients.handshake]`, `[[faults]]`.
    Header(String),
    /// A key and its value.
    Setting {
        /// Dotted path of the key: `clients.handshake.retry_after`.
        path: String,
        /// The key, as TOML.
        key: String,
        /// The value, as TOML.
        value: String,
        /// Where the value comes from.
        origin: ValueOrigin,
        /// Meaning of the key.
        about: &'static str,
        /// Effect of the key on each mechanism.
        effect: &'static str,
    },
}

/// The resolved experiment as lines of TOML, in the order of the file's keys.
#[must_use]
pub fn listing(plan: &Plan) -> Vec<SettingLine> {
    list(&plan.resolved, &|path, _, _, _| plan.given(path))
}

/// Lines of a resolved experiment alone, as a manifest contains it. The manifest does not record which values were
/// given: a value other than the default was given, a value equal to the default may have been given.
#[must_use]
pub fn settings(resolved: &Table) -> Vec<SettingLine> {
    list(resolved, &|_, key, value, around| match key.default {
        Fallback::Value(text) => default_value(text) != *value,
        Fallback::Absent if key.name == "persists" => {
            let settled = StrategySection::has_persisting(|mechanism| around.contains_key(mechanism.word()));
            value.as_bool() != Some(settled)
        }
        Fallback::Required | Fallback::Absent => true,
    })
}

/// Lines as the text of an experiment file.
#[must_use]
pub fn file_text<'a>(lines: impl IntoIterator<Item = &'a SettingLine>) -> String {
    let mut text = String::new();
    for line in lines {
        match line {
            SettingLine::Header(header) => text.extend(["\n", header.as_str(), "\n"]),
            SettingLine::Setting { key, value, .. } => text.extend([key.as_str(), " = ", value, "\n"]),
        }
    }
    text
}

/// Whether the value at a path was given. Arguments: the path, the key, the value and the table around it.
type Given<'a> = dyn Fn(&str, &Key, &Value, &Table) -> bool + 'a;

fn list(resolved: &Table, given: &Given<'_>) -> Vec<SettingLine> {
    let mut lines = Vec::new();
    let mut lister = Lister { given, lines: &mut lines };
    lister.table(FILE, &At::ROOT, resolved, "");
    let blocks = |list: &'static str| {
        let blocks = resolved.get(list).and_then(Value::as_array).into_iter().flatten();
        blocks.enumerate().map(move |(index, block)| (list, index, block))
    };
    for (list, index, block) in blocks(SWEEP).chain(blocks(TUNE)) {
        lines.push(SettingLine::Header(format!("[[{list}]]")));
        for (key, value) in block.as_table().into_iter().flatten() {
            let path = format!("{list}.{index}.{key}");
            let key = if is_bare(key) { key.clone() } else { quote(key) };
            lines.push(SettingLine::Setting {
                path,
                key,
                value: render(value),
                origin: ValueOrigin::Given,
                about: "",
                effect: "",
            });
        }
    }
    lines
}

struct Lister<'a> {
    given: &'a Given<'a>,
    lines: &'a mut Vec<SettingLine>,
}

impl Lister<'_> {
    /// The plain keys of a table, then its tables: a key after the header of a table would belong to that table.
    fn table(&mut self, keys: &'static [Key], at: &At<'_>, table: &Table, header: &str) {
        if !header.is_empty() {
            self.lines.push(SettingLine::Header(header.to_owned()));
        }
        let known = || keys.iter().filter_map(|key| Some((key, table.get(key.name)?)));
        for (key, value) in known().filter(|(key, value)| !is_section(key, value)) {
            let path = at.key(key.name).to_string();
            let origin = if (self.given)(&path, key, value, table) {
                ValueOrigin::Given
            } else {
                match key.basis {
                    Basis::Choice => ValueOrigin::Default,
                    Basis::Published => ValueOrigin::Published,
                    Basis::Assumed => ValueOrigin::Assumed,
                }
            };
            let (name, value) = (key.name.to_owned(), render(value));
            self.lines.push(SettingLine::Setting {
                path,
                key: name,
                value,
                origin,
                about: key.about,
                effect: key.effect,
            });
        }
        for (key, value) in known().filter(|(key, value)| is_section(key, value)) {
            let at = at.key(key.name);
            match (&key.kind, value) {
                (KeyKind::Table(keys) | KeyKind::NeverOr(keys), Value::Table(table)) => {
                    self.table(keys, &at, table, &format!("[{at}]"));
                }
                (KeyKind::Map(keys), Value::Table(entries)) => {
                    for (name, entry) in entries {
                        let at = at.key(name);
                        let empty = Table::new();
                        self.table(keys, &at, entry.as_table().unwrap_or(&empty), &format!("[{at}]"));
                    }
                }
                (KeyKind::List(keys), Value::Array(entries)) => {
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
        KeyKind::Table(_) | KeyKind::Map(_) | KeyKind::NeverOr(_) => value.is_table(),
        KeyKind::List(_) => value.as_array().is_some_and(|entries| !entries.is_empty()),
        _ => false,
    }
}
