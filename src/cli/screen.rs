//! Stdout and stderr, behind a guard that escapes hidden characters.
//!
//! A printed text may contain names, paths or cells from files of others. Characters that may not be shown ([`text`]) are
//! escaped here, so commands need not escape anything.

use std::borrow::Cow;
use std::io::{self, StderrLock, StdoutLock, Write};

use console::{Style, Term};

use crate::report::printed::{Line, Tone, hung};
use text::{in_json, on_lines};

/// A writer of text that escapes what is hidden.
pub(super) struct Screen<W> {
    out: W,
    escape: fn(&str) -> Cow<'_, str>,
    /// Whether tones have colours.
    colored: bool,
}

/// Lines for a person on stdout; in colour on a terminal, unless `NO_COLOR` is set.
pub(super) fn stdout() -> Screen<StdoutLock<'static>> {
    Screen { colored: console::colors_enabled(), ..Screen::lines(io::stdout().lock()) }
}

/// Lines for a person on stderr; in colour likewise.
pub(super) fn stderr() -> Screen<StderrLock<'static>> {
    Screen { colored: console::colors_enabled_stderr(), ..Screen::lines(io::stderr().lock()) }
}

/// Letters of a line of text where there is no terminal.
pub(super) const PAGE: usize = 100;

/// Columns by which a warning's further lines are indented.
const WARNING_INDENT: usize = 2;

/// Letters of a line of stdout; none if it is no terminal.
pub(super) fn columns() -> Option<usize> {
    Term::stdout().size_checked().map(|(_, columns)| usize::from(columns))
}

/// How a tone looks.
fn style(tone: Tone) -> Style {
    let style = Style::new().force_styling(true);
    match tone {
        Tone::Plain => style,
        Tone::Strong => style.bold(),
        Tone::Faint => style.dim(),
        Tone::Better => style.green(),
        Tone::Worse => style.red(),
    }
}

impl<W: Write> Screen<W> {
    /// Lines for a person.
    pub(super) fn lines(out: W) -> Self {
        Self { out, escape: on_lines, colored: false }
    }

    /// JSON, whose escapes keep it valid.
    pub(super) fn json(out: W) -> Self {
        Self { out, escape: in_json, colored: false }
    }

    /// Writes a line, each piece in the colour of its tone.
    pub(super) fn line(&mut self, line: &Line) -> io::Result<()> {
        if !self.colored {
            return writeln!(self, "{line}");
        }
        for span in &line.0 {
            let text = (self.escape)(&span.text);
            match span.tone {
                Tone::Plain => self.out.write_all(text.as_bytes())?,
                tone => write!(self.out, "{}", style(tone).apply_to(text))?,
            }
        }
        self.out.write_all(b"\n")
    }

    /// `warning: …`, in lines that fit the terminal; on one line where there is none.
    pub(super) fn warning(&mut self, text: &str) -> io::Result<()> {
        let width = Term::stderr().size_checked().map_or(usize::MAX, |(_, columns)| usize::from(columns));
        for (index, part) in hung(&format!("warning: {text}"), width, WARNING_INDENT).iter().enumerate() {
            let line = match part.strip_prefix("warning:").filter(|_| index == 0) {
                Some(rest) => Line::default().then("warning:", Tone::Worse).then(rest, Tone::Plain),
                None => Line::of(part.as_str()),
            };
            self.line(&line)?;
        }
        Ok(())
    }
}

impl<W: Write> Write for Screen<W> {
    /// Takes whole pieces of text, as the formatting macros write them.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(bytes);
        self.out.write_all((self.escape)(&text).as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_hidden_is_escaped_on_the_way_out() {
        let mut out = Vec::new();
        Screen::lines(&mut out).write_all("a\u{1b}[2J\u{202e}b\n".as_bytes()).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "a\\u{1b}[2J\\u{202e}b\n");
        let line = Line::of("a\u{1b}[2J").then("b\u{202e}", Tone::Better);
        let mut out = Vec::new();
        Screen::lines(&mut out).line(&line).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "a\\u{1b}[2Jb\\u{202e}\n");
        let mut out = Vec::new();
        Screen { colored: true, ..Screen::lines(&mut out) }.line(&line).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "a\\u{1b}[2J\u{1b}[32mb\\u{202e}\u{1b}[0m\n");
        let mut out = Vec::new();
        serde_json::to_writer(Screen::json(&mut out), "\u{1b}\u{202e}").unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), r#""\u001b\u202e""#);
    }
}
