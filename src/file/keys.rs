//! The description of each key of an experiment file: its name, accepted values, default, meaning.
//!
//! The rows stand with the sections (`section/`). From them follow the defaults that `check` prints, the JSON schema,
//! `pushpull explain`, the key reference and the titles of axes.

use super::section::{Experiment, Section as _};

/// What a key accepts.
#[derive(Debug)]
pub(crate) enum KeyKind {
    /// A name that can also be a folder's.
    Name,
    /// Any text.
    Text,
    /// Names of strategies.
    Names,
    /// A whole number in this closed range.
    Integer(u64, u64),
    /// A number in [0, 1].
    Probability,
    /// A number in (0, 1).
    Level,
    /// A number of at least this, or above it.
    Real {
        /// The bound.
        least: f64,
        /// Whether the bound itself is refused.
        above: bool,
    },
    /// `true` or `false`.
    Flag,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// The name of a measure.
    Measure,
    /// Limits on measures.
    Goals,
    /// Keys and what their values may be.
    Uncertain,
    /// A duration, possibly `"never"`.
    Span {
        /// Whether `"never"` is accepted.
        never: bool,
    },
    /// A distribution of a duration, possibly `"never"`.
    Distribution {
        /// Whether `"never"` is accepted.
        never: bool,
    },
    /// The timer of initiations: a distribution above zero, or a name of [`TIMERS`](super::read::TIMERS).
    Timer,
    /// A rate.
    Rate,
    /// The backoff of a push: a duration, or for `JetStream` a list of them.
    Backoff,
    /// `"all"`, a fraction, or a list of gateways.
    Scope,
    /// A process of arrivals.
    Arrivals,
    /// A table with these keys.
    Table(&'static [Key]),
    /// `"never"`, or a table with these keys.
    NeverOr(&'static [Key]),
    /// A list of tables with these keys.
    List(&'static [Key]),
    /// Tables with these keys, each under a name of its own.
    Map(&'static [Key]),
}

/// What holds when a key is not given.
#[derive(Debug)]
pub(crate) enum Fallback {
    /// It must be given.
    Required,
    /// Nothing: it may be left out.
    Absent,
    /// This TOML value.
    Value(&'static str),
}

/// Where a default comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Basis {
    /// A setting of the experiment, not a fact about a system.
    Choice,
    /// A published figure.
    Published,
    /// Assumed: plausible, but not published.
    Assumed,
}

/// One key.
#[derive(Debug)]
pub(crate) struct Key {
    /// Its name in the file.
    pub(crate) name: &'static str,
    /// What it accepts.
    pub(crate) kind: KeyKind,
    /// What holds where it is not given.
    pub(crate) default: Fallback,
    /// Where the default comes from.
    pub(crate) basis: Basis,
    /// The source of the default; empty where it is a setting of the experiment.
    pub(crate) source: &'static str,
    /// What it means, in a sentence.
    pub(crate) about: &'static str,
    /// What it is called on an axis; none if it cannot be swept.
    pub(crate) title: Option<&'static str>,
    /// What it does to each mechanism that it concerns.
    pub(crate) effect: &'static str,
    /// A line of an experiment file.
    pub(crate) example: &'static str,
}

impl KeyKind {
    /// The keys of a table of this kind; none where the value has no keys of its own.
    pub(crate) fn below(&self) -> Option<&'static [Key]> {
        match self {
            Self::Table(keys) | Self::NeverOr(keys) | Self::List(keys) | Self::Map(keys) => Some(keys),
            _ => None,
        }
    }
}

/// The keys of the whole file, `[[sweep]]` apart.
pub(crate) const FILE: &[Key] = Experiment::KEYS;

/// Whether a key of the top of the file describes the experiment rather than the system: it cannot be swept.
pub(crate) fn is_fixed(name: &str) -> bool {
    FILE.iter().any(|key| key.name == name && key.title.is_none())
}
