//! The first events of a run, each with what it brought about: for debugging.

use std::fmt::Debug;
use std::io::{self, Write};

use crate::engine::Time;
use crate::model::{Detail, Observation, Probe};

/// The probe that writes them.
pub struct Events<W> {
    out: W,
    /// How many are written.
    count: u64,
    open: bool,
    result: io::Result<()>,
}

impl<W: Write> Events<W> {
    /// Writes the first `count` events to `out`.
    pub const fn new(out: W, count: u64) -> Self {
        Self { out, count, open: true, result: Ok(()) }
    }

    /// Whether everything could be written.
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

impl<W: Write> Probe for Events<W> {
    const TRACES: bool = true;

    fn observe(&mut self, _now: Time, observation: Observation) {
        if self.open {
            self.line(format_args!("                        {observation:?}\n"));
        }
    }

    fn trace(&mut self, _now: Time, detail: Detail) {
        if self.open {
            self.line(format_args!("                        {detail:?}\n"));
        }
    }

    fn event(&mut self, now: Time, nth: u64, event: &dyn Debug) {
        self.open = nth <= self.count;
        if self.open {
            self.line(format_args!("{nth:>8} {now:>22}  {event:?}\n"));
        }
    }
}

/// The probe that remembers the last events of a run that fails.
pub struct LastEvents {
    lines: std::collections::VecDeque<String>,
    count: usize,
}

impl LastEvents {
    /// Remembers `count` events.
    #[must_use]
    pub fn new(count: usize) -> Self {
        Self { lines: std::collections::VecDeque::with_capacity(count + 1), count }
    }

    /// The last events, one a line.
    pub fn lines(&self) -> impl Iterator<Item = &str> {
        self.lines.iter().map(String::as_str)
    }
}

impl Probe for LastEvents {
    const TRACES: bool = true;

    fn observe(&mut self, _now: Time, _observation: Observation) {}

    fn event(&mut self, now: Time, nth: u64, event: &dyn Debug) {
        self.lines.push_back(format!("{nth:>8} {:>22}  {event:?}", now.to_string()));
        if self.lines.len() > self.count {
            self.lines.pop_front();
        }
    }
}
