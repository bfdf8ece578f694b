//! Sentences. Their words know which of them are names or places, and which can be left out where room is short.

use std::cmp::Reverse;
use std::fmt;

use serde::Serialize;

use super::place::NamedPoints;
use text::with_units;

/// A sentence.
#[derive(Serialize, Clone, PartialEq, Eq, Debug, Default)]
#[serde(transparent)]
pub(crate) struct Sentence {
    words: Vec<SentenceWord>,
    /// The end of a form from which words with a [`Spare::Rival`] are left out.
    #[serde(skip)]
    rivals: String,
}

/// A piece of a sentence.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
struct SentenceWord {
    text: String,
    /// Whether it is a name. The report prints names in bold.
    name: bool,
    /// Why the word can be left out; none if it cannot.
    #[serde(skip)]
    spare: Option<Spare>,
    /// Whether a sentence can be cut within it. A name or a place never is.
    #[serde(skip)]
    is_cut: bool,
    /// The place that it names, if any.
    #[serde(skip)]
    place: Option<NamedPoints>,
    /// Whether `there` may stand for the place.
    #[serde(skip)]
    may_be_there: bool,
}

impl SentenceWord {
    fn new(text: String) -> Self {
        Self { text, name: false, spare: None, is_cut: false, place: None, may_be_there: false }
    }
}

/// A part that a sentence does not need, in the order in which parts are left out.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Spare {
    /// A remark on the order of names.
    Order,
    /// The range of a difference over the points.
    Range,
    /// The narrower of two gaps.
    NarrowerGap,
    /// A rival of the best, by its place in the sentence; the last one first.
    Rival(Reverse<usize>),
}

/// The marks at which a clause of a sentence, or a part of a list, begins.
const CLAUSES: [&str; 4] = ["; ", ". ", ", by ", ", for "];

/// Words that begin with a mark of [`CLAUSES`] and begin no clause.
const EXAMPLE: &str = ", for example";

impl Sentence {
    /// A sentence that begins with `text`.
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self::default().text(text)
    }

    /// Goes on with `text`.
    pub(crate) fn text(mut self, text: impl Into<String>) -> Self {
        let text = text.into();
        if !text.is_empty() {
            self.words.push(SentenceWord { is_cut: true, ..SentenceWord::new(with_units(&text)) });
        }
        self
    }

    /// Goes on with a name.
    pub(crate) fn name(mut self, name: &str) -> Self {
        self.words.push(SentenceWord { name: true, ..SentenceWord::new(name.to_owned()) });
        self
    }

    /// A sentence that begins with a place.
    pub(crate) fn at(place: NamedPoints) -> Self {
        let mut sentence = Self::default();
        if !place.text().is_empty() {
            let text = with_units(place.text());
            sentence.words.push(SentenceWord { place: Some(place), ..SentenceWord::new(text) });
        }
        sentence
    }

    /// Goes on with a place and a space before it, or with nothing if the place has no words.
    pub(crate) fn place(self, place: NamedPoints) -> Self {
        let mut part = Self::at(place);
        for word in &mut part.words {
            word.text.insert(0, ' ');
        }
        self.then(part)
    }

    /// Goes on with a place for which [`with_there`](Self::with_there) may write `there`.
    pub(crate) fn place_or_there(self, place: NamedPoints) -> Self {
        let mut part = Self::default().place(place);
        for word in &mut part.words {
            word.may_be_there = true;
        }
        self.then(part)
    }

    /// The same with `there` for a point, wherever [`place_or_there`](Self::place_or_there) named the point.
    pub(crate) fn with_there(mut self, point: usize) -> Self {
        for word in &mut self.words {
            if word.may_be_there && word.place.as_ref().is_some_and(|place| place.is_only(point)) {
                *word = SentenceWord::new(" there".to_owned());
            }
        }
        self
    }

    /// Whether it names a place other than this point alone.
    pub(crate) fn is_elsewhere(&self, point: Option<usize>) -> bool {
        let mut places = self.words.iter().filter_map(|word| word.place.as_ref());
        places.any(|place| place.is_elsewhere(point))
    }

    /// The points that it names by their numbers.
    pub(crate) fn numbered(&self) -> impl Iterator<Item = usize> {
        self.words.iter().filter_map(|word| word.place.as_ref()).flat_map(|place| place.numbered().iter().copied())
    }

    /// Whether it has no words.
    pub(crate) const fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// The same, never cut within.
    pub(crate) fn whole(mut self) -> Self {
        for word in &mut self.words {
            word.is_cut = false;
        }
        self
    }

    /// The same as a part that can be left out.
    pub(crate) fn spare(mut self, spare: Spare) -> Self {
        for word in &mut self.words {
            word.spare = Some(spare);
        }
        self
    }

    /// The same with the end of a form from which rivals are left out.
    pub(crate) fn without_rivals(mut self, text: impl Into<String>) -> Self {
        self.rivals = text.into();
        self
    }

    /// Its shorter forms: one part after another is left out. The longest form comes first.
    pub(crate) fn spared(&self) -> Vec<String> {
        let mut spares: Vec<Spare> = self.words.iter().filter_map(|word| word.spare).collect();
        spares.sort_unstable();
        spares.dedup();
        let form = |count: usize| {
            let gone = &spares[..count];
            let left = self.words.iter().filter(|word| word.spare.is_none_or(|spare| !gone.contains(&spare)));
            let text: String = left.map(|word| word.text.as_str()).collect();
            let is_fewer = gone.iter().any(|spare| matches!(spare, Spare::Rival(_)));
            if is_fewer { text + &self.rivals } else { text }
        };
        (1..=spares.len()).map(form).collect()
    }

    /// Its shorter forms that end behind a clause, the longest first.
    pub(crate) fn cut(&self) -> Vec<String> {
        let mut text = String::new();
        let mut ends: Vec<usize> = Vec::new();
        for word in &self.words {
            let marks = CLAUSES.iter().filter(|_| word.is_cut).flat_map(|mark| word.text.match_indices(mark));
            let ends_clause = |start: &usize| !word.text[*start..].starts_with(EXAMPLE);
            ends.extend(marks.map(|(start, _)| start).filter(ends_clause).map(|start| text.len() + start));
            text.push_str(&word.text);
        }
        ends.sort_unstable();
        // Never within brackets.
        let count = |end: usize, bracket: char| text[..end].matches(bracket).count();
        ends.retain(|end| count(*end, '(') == count(*end, ')'));
        ends.iter().rev().map(|end| format!("{} (more: report).", &text[..*end])).collect()
    }

    /// Its letters.
    pub(crate) fn letters(&self) -> usize {
        self.words.iter().map(|word| word.text.chars().count()).sum()
    }

    /// The same with a capital letter at its beginning.
    pub(crate) fn capital(mut self) -> Self {
        if let Some(first) = self.words.first_mut().filter(|first| !first.name) {
            first.text = crate::figure::capital(&first.text);
        }
        self
    }

    /// Goes on with another sentence or a part of one.
    pub(crate) fn then(mut self, other: Self) -> Self {
        self.words.extend(other.words);
        self.rivals.push_str(&other.rivals);
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
        self.words.iter().try_for_each(|word| f.write_str(&word.text))
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

    #[test]
    fn a_sentence_says_without_its_spare_parts_in_their_order_and_that_there_are_other_rivals() {
        let rival = |place: usize, text: &str| Sentence::new(text).spare(Spare::Rival(Reverse(place)));
        let sentence = Sentence::new("a and b are best at x = 0")
            .then(rival(0, "; c cannot be told from them at x = 0.5"))
            .then(rival(1, "; d cannot be told from them at x = 1").without_rivals(" Others cannot be told from them."))
            .text(". No difference is shown")
            .then(Sentence::new(", though they are far apart").spare(Spare::NarrowerGap))
            .then(Sentence::new("; a is named first").spare(Spare::Order))
            .text(".");
        let (best, others) = ("a and b are best at x = 0", "Others cannot be told from them.");
        let (c, d) = ("; c cannot be told from them at x = 0.5", "; d cannot be told from them at x = 1");
        let gap = ", though they are far apart";
        assert_eq!(
            sentence.spared(),
            [
                format!("{best}{c}{d}. No difference is shown{gap}."),
                format!("{best}{c}{d}. No difference is shown."),
                format!("{best}{c}. No difference is shown. {others}"),
                format!("{best}. No difference is shown. {others}"),
            ]
        );
        assert_eq!(Sentence::new("a; b. c, by d").spared(), [""; 0], "nothing else is spared");
    }

    #[test]
    fn a_sentence_is_cut_behind_a_clause_and_never_within_the_goals_or_a_name() {
        let sentence = Sentence::new("Goal a; goal b: ")
            .whole()
            .text("met by ")
            .name("pull; by bus")
            .text(" at x = 0, by 3 more, for example at x = 1; not met (a; b) by ")
            .name("push");
        let kept = "Goal a; goal b: met by pull; by bus at x = 0";
        assert_eq!(
            sentence.cut(),
            [format!("{kept}, by 3 more, for example at x = 1 (more: report)."), format!("{kept} (more: report).")]
        );
    }
}
