//! Where the program's words leave it: stdout and stderr behind a guard that lets no hidden character through.
//!
//! Whatever is printed may hold a name, a path or a cell that somebody else wrote. What is not shown as it is
//! ([`crate::text`]) is escaped here, so that no command has to think of it.

use std::borrow::Cow;
use std::io::{self, StderrLock, StdoutLock, Write};

use crate::text::{in_json, on_lines};

/// A writer of text that escapes what is hidden.
pub(super) struct Screen<W> {
    out: W,
    escape: fn(&str) -> Cow<'_, str>,
}

/// Lines for a person on stdout.
pub(super) fn stdout() -> Screen<StdoutLock<'static>> {
    Screen::lines(io::stdout().lock())
}

/// Lines for a person on stderr.
pub(super) fn stderr() -> Screen<StderrLock<'static>> {
    Screen::lines(io::stderr().lock())
}

/// Columns of a line on stdout: the terminal's, or 100 where there is none.
pub(super) fn width() -> usize {
    terminal_size::terminal_size_of(io::stdout()).map_or(100, |(width, _)| usize::from(width.0))
}

impl<W: Write> Screen<W> {
    /// Lines for a person.
    pub(super) fn lines(out: W) -> Self {
        Self { out, escape: on_lines }
    }

    /// JSON, which stays JSON.
    pub(super) fn json(out: W) -> Self {
        Self { out, escape: in_json }
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
        let mut out = Vec::new();
        serde_json::to_writer(Screen::json(&mut out), "\u{1b}\u{202e}").unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), r#""\u001b\u202e""#);
    }
}
