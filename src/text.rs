//! Which characters of a text may be shown as they are, and how the others are written.
//!
//! Names, descriptions, paths and cells come from files that somebody else may have written. A control character in
//! them can clear a terminal, a bidirectional one can make a line read backwards, and one without width can make two
//! names look the same. [`is_shown`] decides for every place where text leaves the program; each function below writes
//! what may not pass in the form of one such place.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Ranges of characters that are not shown, ascending: Unicode's `Default_Ignorable_Code_Point` (bidirectional controls,
/// characters without width, variation selectors, tags), the separators of lines and paragraphs, and the marks around
/// annotations. Control characters are not listed.
const HIDDEN: [(char, char); 17] = [
    ('\u{ad}', '\u{ad}'),
    ('\u{34f}', '\u{34f}'),
    ('\u{61c}', '\u{61c}'),
    ('\u{115f}', '\u{1160}'),
    ('\u{17b4}', '\u{17b5}'),
    ('\u{180b}', '\u{180f}'),
    ('\u{200b}', '\u{200f}'),
    ('\u{2028}', '\u{202e}'),
    ('\u{2060}', '\u{206f}'),
    ('\u{3164}', '\u{3164}'),
    ('\u{fe00}', '\u{fe0f}'),
    ('\u{feff}', '\u{feff}'),
    ('\u{ffa0}', '\u{ffa0}'),
    ('\u{fff0}', '\u{fffb}'),
    ('\u{1bca0}', '\u{1bca3}'),
    ('\u{1d173}', '\u{1d17a}'),
    ('\u{e0000}', '\u{e0fff}'),
];

/// Whether a character may be shown as it is, on a line of text.
///
/// ```
/// use pushpull::text::is_shown;
/// assert!(is_shown('é') && is_shown(' '));
/// assert!(!is_shown('\u{1b}') && !is_shown('\u{202e}') && !is_shown('\n'));
/// ```
#[must_use]
pub fn is_shown(c: char) -> bool {
    if c.is_ascii() {
        return !c.is_ascii_control();
    }
    !c.is_control() && !HIDDEN.iter().any(|(first, last)| (*first..=*last).contains(&c))
}

/// A text on one line of a terminal: `\u{1b}`, `\n`.
///
/// ```
/// use pushpull::text::on_one_line;
/// assert_eq!(on_one_line("a\n\u{1b}[2J"), r"a\n\u{1b}[2J");
/// ```
#[must_use]
pub fn on_one_line(text: &str) -> Cow<'_, str> {
    escape(text, is_shown, write_for_people)
}

/// The same for a text of several lines: line feeds and tabs stay.
#[must_use]
pub fn on_lines(text: &str) -> Cow<'_, str> {
    escape(text, |c| is_shown(c) || matches!(c, '\n' | '\t'), write_for_people)
}

/// JSON that has been written already: what is hidden can only stand in its strings, and is escaped there.
#[must_use]
pub fn in_json(json: &str) -> Cow<'_, str> {
    let write = |c: char, out: &mut String| {
        for unit in c.encode_utf16(&mut [0; 2]) {
            let _ = write!(out, "\\u{unit:04x}");
        }
    };
    escape(json, |c| is_shown(c) || matches!(c, '\n' | '\t' | '\r'), write)
}

/// A basic string of TOML, on one line, quotes included.
#[must_use]
pub fn in_toml(text: &str) -> String {
    let write = |c: char, out: &mut String| {
        let _ = match c {
            '"' | '\\' => write!(out, "\\{c}"),
            '\n' => write!(out, "\\n"),
            '\t' => write!(out, "\\t"),
            '\r' => write!(out, "\\r"),
            c if u32::from(c) <= 0xffff => write!(out, "\\u{:04X}", u32::from(c)),
            c => write!(out, "\\U{:08X}", u32::from(c)),
        };
    };
    format!("\"{}\"", escape(text, |c| is_shown(c) && c != '"' && c != '\\', write))
}

fn write_for_people(c: char, out: &mut String) {
    let _ = match c {
        '\n' => write!(out, "\\n"),
        '\t' => write!(out, "\\t"),
        '\r' => write!(out, "\\r"),
        c => write!(out, "\\u{{{:x}}}", u32::from(c)),
    };
}

/// A text in which characters that may not pass are written by `write`.
fn escape(text: &str, passes: impl Fn(char) -> bool, write: impl Fn(char, &mut String)) -> Cow<'_, str> {
    let Some(first) = text.find(|c| !passes(c)) else { return Cow::Borrowed(text) };
    let mut out = text[..first].to_owned();
    for c in text[first..].chars() {
        if passes(c) { out.push(c) } else { write(c, &mut out) }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_and_bidirectional_and_zero_width_characters_are_escaped() {
        for (text, line) in [
            ("\u{1b}[2J\u{1b}[31mhello", r"\u{1b}[2J\u{1b}[31mhello"),
            ("a\u{202e}b\u{2066}c", r"a\u{202e}b\u{2066}c"),
            ("a\u{200b}b\u{feff}", r"a\u{200b}b\u{feff}"),
            ("\u{9b}31m\u{7f}\0", r"\u{9b}31m\u{7f}\u{0}"),
            ("a\r\n\tb\u{2028}", r"a\r\n\tb\u{2028}"),
            ("\u{e0041}", r"\u{e0041}"),
        ] {
            assert_eq!(on_one_line(text), line);
        }
    }

    #[test]
    fn what_may_be_shown_stays_as_it_is() {
        for text in ["", "plain", "päth/日本語 ✓ 🙂", "50 % × 3 − 1", "\\n \"quoted\""] {
            assert!(matches!(on_one_line(text), Cow::Borrowed(same) if same == text), "{text}");
        }
        assert_eq!(on_lines("a\n\tb\r"), "a\n\tb\\r");
    }

    #[test]
    fn an_escaped_text_is_read_back_by_its_own_format() {
        let text = "a\"\\\n\t\r\u{1b}\u{202e}\u{e0041}é\u{7f}";
        let json = in_json(&serde_json::to_string(text).unwrap()).into_owned();
        assert!(json.chars().all(is_shown), "{json}");
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
        let toml = in_toml(text);
        assert!(toml.chars().all(is_shown), "{toml}");
        assert_eq!(format!("x = {toml}").parse::<toml::Table>().unwrap()["x"].as_str(), Some(text));
    }

    #[test]
    fn the_ranges_ascend() {
        assert!(HIDDEN.windows(2).all(|pair| pair[0].1 < pair[1].0));
        assert!(HIDDEN.iter().all(|(first, last)| first <= last));
    }
}
