//! Problems of an experiment: each with its place, its key, the value found and the values accepted.

use std::fmt;
use std::sync::Arc;

use text::{abridged, on_one_line};

/// Where something was written.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum InputPlace {
    /// A file as a whole.
    File(Arc<str>),
    /// A line and column of a file, both from 1.
    At(Arc<str>, usize, usize),
    /// An argument of the command line, as given: `--set bus.loss=2`.
    Argument(String),
}

impl fmt::Display for InputPlace {
    /// `incident.toml:12:8`, or the argument.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(file) => f.write_str(file),
            Self::At(file, line, column) => write!(f, "{file}:{line}:{column}"),
            Self::Argument(text) => f.write_str(&abridged(text, ARGUMENT_MAX)),
        }
    }
}

/// Letters of an argument, and of a key, that a message repeats.
const ARGUMENT_MAX: usize = 200;
const KEY_MAX: usize = 120;

/// One thing that is wrong with the input.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Problem {
    /// Where.
    pub place: InputPlace,
    /// The key's dotted path, empty where no key is concerned.
    pub key: String,
    /// What was found, what is accepted, what may have been meant.
    pub text: String,
}

impl fmt::Display for Problem {
    /// `incident.toml:12:8: bus.loss: found 1.2, accepted: a probability from 0 to 1`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { place, key, text } = self;
        let said = matches!(place, InputPlace::Argument(argument) if argument.contains(key.as_str()));
        let key = abridged(key, KEY_MAX);
        let line = if key.is_empty() || said { format!("{place}: {text}") } else { format!("{place}: {key}: {text}") };
        f.write_str(&on_one_line(&line))
    }
}

impl Problem {
    /// Without its place, which says nothing where the file is not: `bus.loss: found 1.2, accepted: …`.
    pub(crate) fn without_place(&self) -> String {
        let key = abridged(&self.key, KEY_MAX);
        let line = if key.is_empty() { self.text.clone() } else { format!("{key}: {}", self.text) };
        on_one_line(&line).into_owned()
    }
}

/// Everything that is wrong with the input, in order of place; never empty.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InputError {
    problems: Vec<Problem>,
}

impl InputError {
    /// The error of these problems, sorted, each once.
    pub(crate) fn new(mut problems: Vec<Problem>) -> Self {
        problems.sort();
        problems.dedup();
        Self { problems }
    }

    /// An error of one problem that concerns no key.
    pub(crate) fn one(place: InputPlace, text: impl Into<String>) -> Self {
        Self::new(vec![Problem { place, key: String::new(), text: text.into() }])
    }

    /// The problems, in order of place.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }
}

impl fmt::Display for InputError {
    /// One problem a line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for InputError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_repeats_a_long_key_or_argument_in_part() {
        let long = "x".repeat(5000);
        let problem = |place| Problem { place, key: format!("strategies.{long}"), text: "unknown key".to_owned() };
        for place in [InputPlace::Argument(format!("--set {long}=1")), InputPlace::At("a.toml".into(), 2, 3)] {
            let text = problem(place).to_string();
            assert!(text.chars().count() < 400 && text.contains('…') && text.ends_with(": unknown key"), "{text}");
        }
    }
}
