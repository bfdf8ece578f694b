//! Text for a terminal: lines of words, each with a tone (better, worse, faint). The code that prints chooses the colours.

/// The tone of a piece of text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tone {
    /// No tone.
    Plain,
    /// A headline.
    Strong,
    /// Less important.
    Faint,
    /// Better than what it is compared with.
    Better,
    /// Worse than that, or wrong.
    Worse,
}

/// A piece of text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stretch {
    /// The text.
    pub text: String,
    /// The tone.
    pub tone: Tone,
}

/// A line.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Line(pub Vec<Stretch>);

impl Line {
    /// A line of one text.
    #[must_use]
    pub fn of(text: impl Into<String>) -> Self {
        Self::default().then(text, Tone::Plain)
    }

    /// Goes on with a text.
    #[must_use]
    pub fn then(mut self, text: impl Into<String>, tone: Tone) -> Self {
        let text = text.into();
        if !text.is_empty() {
            self.0.push(Stretch { text, tone });
        }
        self
    }

    /// Its letters.
    #[must_use]
    pub fn width(&self) -> usize {
        self.0.iter().map(|span| span.text.chars().count()).sum()
    }
}

impl std::fmt::Display for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text: String = self.0.iter().map(|span| span.text.as_str()).collect();
        f.write_str(text.trim_end())
    }
}

/// A line in lines no longer than `width`: spaces at its beginning stay, and what follows the first line begins `indent`
/// columns further to the right.
///
/// ```
/// use pushpull::report::printed::hung;
/// let text = "  a push that was lost on its way to a gateway";
/// assert_eq!(hung(text, 26, 2), ["  a push that was lost", "    on its way to a", "    gateway"]);
/// ```
#[must_use]
pub fn hung(text: &str, width: usize, indent: usize) -> Vec<String> {
    let body = text.trim_start_matches(' ');
    let first = " ".repeat(text.len() - body.len());
    let further = format!("{first}{}", " ".repeat(indent));
    if first.len() + body.chars().count() <= width {
        return vec![text.to_owned()];
    }
    let parts = wrap(body, width.saturating_sub(further.len()).max(HUNG_MIN)).into_iter().enumerate();
    parts.map(|(index, part)| format!("{}{part}", if index == 0 { &first } else { &further })).collect()
}

/// Columns that a line has at least behind its indentation.
const HUNG_MIN: usize = 20;

/// A text over lines of at most `width` letters, broken between words; a word that is longer than a line is broken
/// within.
///
/// ```
/// use pushpull::report::printed::wrap;
/// assert_eq!(wrap("push over a lossy bus", 10), ["push over", "a lossy", "bus"]);
/// assert_eq!(wrap("unbreakable", 6), ["unbrea", "kable"]);
/// ```
#[must_use]
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let width = width.max(1);
    let mut lines = Vec::new();
    let (mut line, mut length) = (String::new(), 0);
    for word in text.split(' ') {
        let letters: Vec<char> = word.chars().collect();
        if length > 0 && length + 1 + letters.len() > width {
            lines.push(std::mem::take(&mut line));
            length = 0;
        }
        if length > 0 {
            line.push(' ');
            length += 1;
        }
        for letter in letters {
            if length == width {
                lines.push(std::mem::take(&mut line));
                length = 0;
            }
            line.push(letter);
            length += 1;
        }
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_is_too_long_and_no_word_is_broken_that_fits() {
        let text = "Late: not connected 5.00 s after the start of the attempt, its create included.";
        for width in [12, 20, 40, 79, 200] {
            let lines = wrap(text, width);
            assert!(lines.iter().all(|line| line.chars().count() <= width), "{lines:?}");
            assert_eq!(lines.join(" "), text, "{width}");
        }
    }
}
