//! Sentences in which names stand out.

use std::fmt;

use serde::Serialize;

use text::with_units;

/// A sentence.
#[derive(Serialize, Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Sentence(Vec<SentenceWord>);

/// A piece of a sentence.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
struct SentenceWord {
    text: String,
    /// Whether it is a name, which is set apart.
    name: bool,
}

impl Sentence {
    /// A sentence that begins with `text`.
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self::default().text(text)
    }

    /// Goes on with `text`.
    pub(crate) fn text(mut self, text: impl Into<String>) -> Self {
        let text = text.into();
        if !text.is_empty() {
            self.0.push(SentenceWord { text: with_units(&text), name: false });
        }
        self
    }

    /// Goes on with a name.
    pub(crate) fn name(mut self, name: &str) -> Self {
        self.0.push(SentenceWord { text: name.to_owned(), name: true });
        self
    }

    /// Goes on with another sentence or a part of one.
    pub(crate) fn then(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// Goes on with names: `a`, `a and b`, `a, b and c`.
    pub(crate) fn names(mut self, names: &[&str]) -> Self {
        for (index, name) in names.iter().enumerate() {
            let glue = match index {
                0 => "",
                index if index + 1 == names.len() => " and ",
                _ => ", ",
            };
            self = self.text(glue).name(name);
        }
        self
    }
}

impl fmt::Display for Sentence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|word| f.write_str(&word.text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_joined_as_one_would_say_them() {
        let joined = |names: &[&str]| Sentence::default().names(names).to_string();
        assert_eq!(joined(&["a"]), "a");
        assert_eq!(joined(&["a", "b"]), "a and b");
        assert_eq!(joined(&["a", "b", "c"]), "a, b and c");
    }
}
