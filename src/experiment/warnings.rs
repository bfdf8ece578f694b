//! What is valid but has no effect: a key that was given although another makes it meaningless.
//!
//! A person who writes such a key expects something of it. What a sweep decides is left alone.

use toml::{Table, Value};

use super::problem::Problem;
use super::quantity::parse_duration;
use super::read::NEVER;
use super::tree::{Places, get, render};

/// Keys of a mechanism that mean nothing while `decider` has one of `values`.
struct Idle {
    mechanism: &'static str,
    keys: &'static [&'static str],
    decider: &'static str,
    values: &'static [&'static str],
}

const fn idle(
    mechanism: &'static str,
    keys: &'static [&'static str],
    decider: &'static str,
    values: &'static [&'static str],
) -> Idle {
    Idle { mechanism, keys, decider, values }
}

/// Values are compared as TOML writes them.
const IDLE: [Idle; 6] = [
    idle("push", &["attempts", "timeout", "backoff_max"], "transport", &["\"jetstream\""]),
    idle("push", &["ack_wait", "max_deliver"], "transport", &["\"core\"", "\"http\""]),
    idle("push", &["exhausted"], "wait", &["\"none\""]),
    idle("pull", &["fallback"], "source", &["\"primary\""]),
    idle("pull", &["stale"], "ttl", &["\"never\""]),
    idle("pull", &["backoff", "backoff_max"], "attempts", &["1"]),
];

/// Every key that was given in vain, in a complete and valid experiment.
pub(super) fn warnings(tree: &Table, swept: &[String], places: &Places) -> Vec<Problem> {
    let mut warner = Warner { tree, swept, places, warnings: Vec::new() };
    for (name, _) in tree.get("strategies").and_then(Value::as_table).into_iter().flatten() {
        for Idle { mechanism, keys, decider, values } in &IDLE {
            let path = format!("strategies.{name}.{mechanism}");
            warner.idle(&path, keys, decider, values);
        }
    }
    warner.idle("clients", &["existing_gateways"], "existing", &["0"]);
    warner.late_faults();
    warner.warnings.sort();
    warner.warnings
}

struct Warner<'a> {
    tree: &'a Table,
    swept: &'a [String],
    places: &'a Places,
    warnings: Vec<Problem>,
}

impl Warner<'_> {
    /// Whether a sweep decides the value at `path`.
    fn is_swept(&self, path: &str) -> bool {
        self.swept.iter().any(|swept| path == swept || path.starts_with(&format!("{swept}.")))
    }

    fn warn(&mut self, path: &str, text: String) {
        self.warnings.push(Problem { place: self.places.key(path), key: path.to_owned(), text });
    }

    /// Warns of `keys` of the table at `path`, if `decider` has one of `values`.
    fn idle(&mut self, path: &str, keys: &[&str], decider: &str, values: &[&str]) {
        let decides = format!("{path}.{decider}");
        let Some(value) = get(self.tree, &decides).map(render) else { return };
        if self.is_swept(&decides) || !values.contains(&value.as_str()) {
            return;
        }
        for key in keys.iter().map(|key| format!("{path}.{key}")).filter(|key| self.places.given(key)) {
            self.warn(&key, format!("has no effect, as {decider} = {value}"));
        }
    }

    /// Warns of faults that strike when no peer is created any more.
    fn late_faults(&mut self) {
        let span = |value: Option<&Value>| parse_duration(value.and_then(Value::as_str).unwrap_or(NEVER)).ok();
        let Some(horizon) = span(self.tree.get("horizon")).filter(|_| !self.is_swept("horizon")) else { return };
        let faults = self.tree.get("faults").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        for (index, fault) in faults.iter().enumerate() {
            let path = format!("faults.{index}.at");
            if span(fault.get("at")).is_some_and(|at| at >= horizon) && !self.is_swept(&path) {
                self.warn(&path, "strikes at or after horizon, when no peer is created any more".to_owned());
            }
        }
    }
}
