//! The first events of a run, each with its effects, for debugging.

use std::collections::VecDeque;
use std::fmt::Debug;
use std::io::{self, Write};

use crate::story::{Fact, Witness};
use des::Time;

/// The witness that writes them.
pub struct Events<W> {
    out: W,
    /// Number of events to write.
    count: u64,
    /// Whether the present event is to be written.
    open: bool,
    result: io::Result<()>,
}

impl<W: Write> Events<W> {
    /// Writes the first `count` events to `out`.
    pub const fn new(out: W, count: u64) -> Self {
        Self { out, count, open: false, result: Ok(()) }
    }

    /// Reports whether everything could be written.
    ///
    /// # Errors
    /// The first failure.
    pub fn finish(mut self) -> io::Result<()> {
        self.result?;
        self.out.flush()
    }

    fn line(&mut self, text: std::fmt::Arguments<'_>) {
        if self.result.is_ok() {
            self.result = self.out.write_fmt(text);
        }
    }
}

impl<W: Write> Witness for Events<W> {
    fn fact(&mut self, _now: Time, fact: Fact) {
        if self.open {
            match fact {
                Fact::Observed(observation) => self.line(format_args!("{:24}{observation:?}\n", "")),
                Fact::Detailed(detail) => self.line(format_args!("{:24}{detail:?}\n", "")),
            }
        }
    }

    fn event(&mut self, now: Time, nth: u64, event: &dyn Debug) {
        self.open = nth <= self.count;
        if self.open {
            self.line(format_args!("{nth:>8} {:>22}  {event:?}\n", now.to_string()));
        }
    }
}

/// The witness that keeps the last events of a run that fails.
pub struct LastEvents {
    lines: VecDeque<String>,
    count: usize,
}

impl LastEvents {
    /// Keeps the last `count` events.
    #[must_use]
    pub fn new(count: usize) -> Self {
        Self { lines: VecDeque::with_capacity(count + 1), count }
    }

    /// The last events, one per line.
    pub fn lines(&self) -> impl Iterator<Item = &str> {
        self.lines.iter().map(String::as_str)
    }
}

impl Witness for LastEvents {
    fn fact(&mut self, _now: Time, _fact: Fact) {}

    fn event(&mut self, now: Time, nth: u64, event: &dyn Debug) {
        self.lines.push_back(format!("{nth:>8} {:>22}  {event:?}", now.to_string()));
        if self.lines.len() > self.count {
            self.lines.pop_front();
        }
    }
}
