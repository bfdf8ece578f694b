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

    /// Its letters.
    pub(crate) fn letters(&self) -> usize {
        self.0.iter().map(|word| word.text.chars().count()).sum()
    }

    /// The same with a capital letter at its beginning.
    pub(crate) fn capital(mut self) -> Self {
        if let Some(first) = self.0.first_mut().filter(|first| !first.name) {
            first.text = crate::figure::capital(&first.text);
        }
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

    /// Goes on with no more names than fit a sentence: `a, b, c and 5 more`.
    pub(crate) fn few_names(self, names: &[&str]) -> Self {
        let mut letters = 0;
        let fit = names.iter().take_while(|name| {
            letters += name.chars().count();
            letters <= LETTERS_MAX
        });
        let shown = fit.count().max(1);
        if names.len() <= NAMES_MAX && names.len() <= shown {
            return self.names(names);
        }
        let shown = shown.min(NAMES_MAX - 1).min(names.len() - 1).max(1);
        let more = names.len().saturating_sub(shown);
        if more == 0 {
            return self.names(names);
        }
        let row = names[..shown]
            .iter()
            .enumerate()
            .fold(self, |sentence, (index, name)| sentence.text(if index == 0 { "" } else { ", " }).name(name));
        row.text(format!(" and {more} more"))
    }
}

/// Names in a row, and their letters, that fit a sentence.
const NAMES_MAX: usize = 4;
const LETTERS_MAX: usize = 90;

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

    #[test]
    fn no_more_names_are_joined_than_fit_a_sentence() {
        let joined = |names: &[&str]| Sentence::default().few_names(names).to_string();
        assert_eq!(joined(&["a", "b", "c", "d"]), "a, b, c and d");
        assert_eq!(joined(&["a", "b", "c", "d", "e"]), "a, b, c and 2 more");
        let long = "l".repeat(40);
        assert_eq!(joined(&[&long, &long, &long, "d"]), format!("{long}, {long} and 2 more"));
        let longer = "l".repeat(100);
        assert_eq!(joined(&[&longer]), longer);
        assert_eq!(joined(&[&longer, "b"]), format!("{longer} and 1 more"));
    }
}
