//! Which characters of a text may be shown as they are, and how the others are written.
//!
//! Names, descriptions, paths and cells may come from untrusted files. A control character in them can clear a
//! terminal, a bidirectional one can make a line read backwards, and one without width can make two names look the
//! same. [`is_shown`] decides for every place where text leaves the program; each function below escapes the other
//! characters in the form of one such place.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Ranges of characters that are not shown, ascending: Unicode's `Default_Ignorable_Code_Point` (bidirectional
/// controls, characters without width, variation selectors, tags), the separators of lines and paragraphs, and the
/// marks around annotations. Control characters are not listed.
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
/// use text::is_shown;
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
/// use text::on_one_line;
/// assert_eq!(on_one_line("a\n\u{1b}[2J"), r"a\n\u{1b}[2J");
/// ```
#[must_use]
pub fn on_one_line(text: &str) -> Cow<'_, str> {
    escape(text, is_shown, write_for_people)
}

/// Like [`on_one_line`] for a text of several lines: line feeds and tabs stay.
#[must_use]
pub fn on_lines(text: &str) -> Cow<'_, str> {
    escape(text, |c| is_shown(c) || matches!(c, '\n' | '\t'), write_for_people)
}

/// Finished JSON. Hidden characters can occur only in its strings, and are escaped there.
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

/// Finished HTML. The caller has escaped the markup; hidden characters are escaped here.
#[must_use]
pub fn in_html(html: &str) -> Cow<'_, str> {
    on_lines(html)
}

/// A text in XML, within quotes and without.
///
/// ```
/// use text::in_xml;
/// assert_eq!(in_xml("<a href='x'>&\"\u{1}"), r"&lt;a href=&#39;x&#39;&gt;&amp;&quot;\u{1}");
/// ```
#[must_use]
pub fn in_xml(text: &str) -> Cow<'_, str> {
    let write = |c: char, out: &mut String| match c {
        '&' => out.push_str("&amp;"),
        '<' => out.push_str("&lt;"),
        '>' => out.push_str("&gt;"),
        '"' => out.push_str("&quot;"),
        '\'' => out.push_str("&#39;"),
        c => write_for_people(c, out),
    };
    let passes = |c: char| (is_shown(c) && !"&<>\"'".contains(c)) || matches!(c, '\n' | '\t');
    escape(text, passes, write)
}

/// A text of at most `most` letters, with `…` for the middle of a longer one. For names that a message repeats.
///
/// ```
/// use text::abridged;
/// assert_eq!(abridged("push-retry", 12), "push-retry");
/// assert_eq!(abridged("push-with-many-more-words", 11), "push-…words");
/// ```
#[must_use]
pub fn abridged(text: &str, most: usize) -> Cow<'_, str> {
    let count = text.chars().count();
    if count <= most {
        return Cow::Borrowed(text);
    }
    let kept = most.saturating_sub(1);
    let (head, tail) = (kept - kept / 2, kept / 2);
    let first = text.chars().take(head);
    let last = text.chars().skip(count - tail);
    Cow::Owned(first.chain(['…']).chain(last).collect())
}

/// Characters that a spreadsheet interprets as the beginning of a formula.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// A text as a cell of a CSV file, before quoting. Hidden characters are written as `\u{1b}`. A text that a spreadsheet
/// would interpret as a formula gets an apostrophe before it; a number does not. [`from_csv`] gives the text back.
///
/// ```
/// use text::{from_csv, in_csv};
/// assert_eq!(in_csv("=1+1.csv"), "'=1+1.csv");
/// assert_eq!(in_csv("-0.5"), "-0.5");
/// assert_eq!(from_csv("'=1+1.csv"), "=1+1.csv");
/// ```
#[must_use]
pub fn in_csv(text: &str) -> Cow<'_, str> {
    let escaped =
        if text.contains("\\u{") { Cow::Owned(text.replace("\\u{", "\\u{5c}u{")) } else { Cow::Borrowed(text) };
    let hidden = |c: char, out: &mut String| {
        let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
    };
    let formula = starts_formula(text) && text.parse::<f64>().is_err();
    // A text may begin with an apostrophe itself. The second apostrophe distinguishes it from a text that got one here.
    let quoted = text.strip_prefix('\'').is_some_and(|rest| rest.starts_with('\'') || starts_formula(rest));
    let cell = match escape(&escaped, is_shown, hidden) {
        Cow::Owned(cell) => Cow::Owned(cell),
        Cow::Borrowed(_) => escaped,
    };
    if formula || quoted { Cow::Owned(format!("'{cell}")) } else { cell }
}

/// The text of a cell that [`in_csv`] wrote.
#[must_use]
pub fn from_csv(cell: &str) -> Cow<'_, str> {
    let bare = match cell.strip_prefix('\'') {
        Some(rest) if rest.starts_with('\'') || starts_formula(rest) || starts_hidden_formula(rest) => rest,
        _ => cell,
    };
    let mut rest = bare;
    let mut text = String::new();
    while let Some(at) = rest.find("\\u{") {
        let (before, code) = rest.split_at(at);
        let character = code[3..].split_once('}').and_then(|(digits, after)| {
            let number = (digits.len() <= 6).then(|| u32::from_str_radix(digits, 16).ok()).flatten()?;
            Some((char::from_u32(number)?, after))
        });
        text.push_str(before);
        if let Some((character, after)) = character {
            text.push(character);
            rest = after;
        } else {
            text.push_str(&code[..3]);
            rest = &code[3..];
        }
    }
    if text.is_empty() && rest.len() == bare.len() {
        return Cow::Borrowed(bare);
    }
    Cow::Owned(text + rest)
}

fn starts_formula(text: &str) -> bool {
    text.starts_with(FORMULA)
}

/// Whether a cell begins with a tab or a carriage return that is written as an escape.
fn starts_hidden_formula(cell: &str) -> bool {
    cell.starts_with("\\u{9}") || cell.starts_with("\\u{d}")
}

/// The most letters of a file's name.
const FILE_NAME_MAX: usize = 120;

/// A text as the name of a file in a folder: letters, digits, `-`, `_` and `.` stay, other characters become `-`. The
/// name never leads out of the folder, is not hidden, and is never empty.
///
/// ```
/// use text::in_file_name;
/// assert_eq!(in_file_name("error-rate"), "error-rate");
/// assert_eq!(in_file_name("../a b\u{202e}"), "-.-a-b-");
/// ```
#[must_use]
pub fn in_file_name(text: &str) -> String {
    let safe = |c: char| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '-' };
    let name: String = text.chars().take(FILE_NAME_MAX).map(safe).collect();
    match name.strip_prefix('.') {
        Some(rest) => format!("-{rest}"),
        None if name.is_empty() => "-".to_owned(),
        None => name,
    }
}

fn write_for_people(c: char, out: &mut String) {
    let _ = match c {
        '\n' => write!(out, "\\n"),
        '\t' => write!(out, "\\t"),
        '\r' => write!(out, "\\r"),
        c => write!(out, "\\u{{{:x}}}", u32::from(c)),
    };
}

/// A text in which `write` writes the characters that `passes` rejects.
fn escape(text: &str, passes: impl Fn(char) -> bool, write: impl Fn(char, &mut String)) -> Cow<'_, str> {
    let Some(first) = text.find(|c| !passes(c)) else { return Cow::Borrowed(text) };
    let mut out = text[..first].to_owned();
    for c in text[first..].chars() {
        if passes(c) { out.push(c) } else { write(c, &mut out) }
    }
    Cow::Owned(out)
}

/// Text in lines of at most `width` characters, broken between words; at least one line.
///
/// ```
/// use text::wrap;
/// assert_eq!(wrap("a lost push", 7), ["a lost", "push"]);
/// ```
#[must_use]
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let last = lines.last_mut().expect("there is a line");
        if last.is_empty() {
            last.push_str(word);
        } else if last.chars().count() + 1 + word.chars().count() <= width {
            last.push(' ');
            last.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}

/// A text in which no line is broken between a number and its unit: `8.7 %`, `5 min`.
///
/// ```
/// use text::with_units;
/// assert_eq!(with_units("8.7 % of 5 runs in 3 min"), "8.7\u{a0}% of 5 runs in 3\u{a0}min");
/// ```
#[must_use]
pub fn with_units(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut words = text.split(' ').peekable();
    while let Some(word) = words.next() {
        out.push_str(word);
        let Some(next) = words.peek() else { break };
        let unit = next.trim_end_matches(|c: char| !c.is_alphanumeric() && c != '%');
        let bound = word.ends_with(|c: char| c.is_ascii_digit()) && UNITS.contains(&unit);
        out.push(if bound { '\u{a0}' } else { ' ' });
    }
    out
}

/// Words and signs that count as a unit behind a number.
const UNITS: [&str; 10] = ["%", "pp", "ns", "µs", "ms", "s", "min", "h", "percentage", "million"];

/// A text beside its label, in lines of at most `width` columns; the text begins at column `margin`.
///
/// ```
/// use text::beside;
/// assert_eq!(beside("gain", "8.7 points at 0.1", 20, 6), "gain  8.7 points at\n      0.1\n");
/// ```
#[must_use]
pub fn beside(label: &str, text: &str, width: usize, margin: usize) -> String {
    let mut out = String::new();
    for (index, line) in wrap(&with_units(text), width.saturating_sub(margin).max(BESIDE_MIN)).iter().enumerate() {
        let label = if index == 0 { label } else { "" };
        let _ = writeln!(out, "{}", format!("{label:<margin$}{}", line.replace('\u{a0}', " ")).trim_end());
    }
    out
}

/// Minimum number of columns for a text beside its label.
const BESIDE_MIN: usize = 12;

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
    fn every_text_comes_back_from_a_cell_and_no_cell_is_a_formula() {
        let parts = [
            "=", "+", "-", "@", "\t", "\r", "'", "\\", "\\u{", "\\u{9}", "1", "a", "\n", "\u{1b}", "}", "é", "\u{202e}",
        ];
        for a in parts {
            for b in parts {
                for c in parts {
                    let text = format!("{a}{b}{c}");
                    let cell = in_csv(&text);
                    assert_eq!(from_csv(&cell), text, "{text:?} as {cell:?}");
                    assert!(cell.chars().all(is_shown), "{cell:?}");
                    assert!(!starts_formula(&cell) || cell.parse::<f64>().is_ok(), "{cell:?}");
                }
            }
        }
        for plain in ["", "0.1", "-1e-5", "20ms", "{ exponential = \"40ms\" }", "inf", "it's", "'quoted'"] {
            assert!(matches!(in_csv(plain), Cow::Borrowed(same) if same == plain), "{plain}");
        }
    }

    #[test]
    fn names_of_files_stay_in_their_folder() {
        for text in ["", ".", "..", "../x", "/etc/passwd", "a/b", "a\0b", "\u{202e}gnp.x", &"x".repeat(500)] {
            let name = in_file_name(text);
            assert!(!name.is_empty() && !name.starts_with('.') && !name.contains('/') && name.len() <= 120, "{name}");
            assert!(name.is_ascii(), "{name}");
        }
    }

    #[test]
    fn the_ranges_ascend() {
        assert!(HIDDEN.windows(2).all(|pair| pair[0].1 < pair[1].0));
        assert!(HIDDEN.iter().all(|(first, last)| first <= last));
    }
}
