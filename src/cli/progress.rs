//! How far a command has come: a bar on a terminal's stderr, a plain line every ten seconds on any other, or nothing.

use std::fmt::Write as _;
use std::io::{IsTerminal, Write as _, stderr};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::screen;

/// Between two plain lines.
const PLAIN_EVERY: Duration = Duration::from_secs(10);

/// Counts runs and tells about them.
pub(super) struct Progress {
    shown: Shown,
    /// Runs in all, where that is known.
    total: Option<u64>,
    /// Runs that were there already.
    stored: u64,
    made: u64,
    events: u64,
    began: Instant,
}

enum Shown {
    Nothing,
    Bar(ProgressBar),
    Lines(Instant),
}

impl Progress {
    /// Progress of `total` runs, or of as many as it takes.
    #[expect(clippy::disallowed_methods, reason = "progress is told by the clock")]
    pub(super) fn new(total: Option<u64>, quiet: bool) -> Self {
        let began = Instant::now();
        let shown = if quiet {
            Shown::Nothing
        } else if stderr().is_terminal() {
            let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::stderr());
            let template = if total.is_some() { "{bar:30} {msg}" } else { "{spinner} {msg}" };
            bar.set_style(ProgressStyle::with_template(template).expect("a template that never changes"));
            Shown::Bar(bar)
        } else {
            Shown::Lines(began)
        };
        Self { shown, total, stored: 0, made: 0, events: 0, began }
    }

    /// Runs that need not be made.
    pub(super) fn stored(&mut self, runs: usize) {
        self.stored += runs as u64;
    }

    /// A run of `events` events has been made.
    pub(super) fn made(&mut self, events: u64) {
        self.made += 1;
        self.events += events;
    }

    /// Shows it, if it is time.
    #[expect(clippy::disallowed_methods, reason = "progress is told by the clock")]
    pub(super) fn tick(&mut self) {
        match &mut self.shown {
            Shown::Bar(bar) => {
                bar.set_position(self.stored + self.made);
                bar.set_message(told(self.total, self.stored, self.made, self.events, self.began.elapsed()));
            }
            Shown::Lines(last) if last.elapsed() >= PLAIN_EVERY => {
                *last = Instant::now();
                let line = told(self.total, self.stored, self.made, self.events, self.began.elapsed());
                let _ = writeln!(stderr(), "{line}");
            }
            Shown::Nothing | Shown::Lines(_) => {}
        }
    }

    /// Writes a line to stderr without disturbing the bar, also if progress is not shown.
    pub(super) fn say(&self, line: &str) {
        match &self.shown {
            Shown::Bar(bar) => bar.suspend(|| drop(writeln!(screen::stderr(), "{line}"))),
            Shown::Nothing | Shown::Lines(_) => drop(writeln!(screen::stderr(), "{line}")),
        }
    }

    /// Takes the bar away.
    pub(super) fn end(&self) {
        if let Shown::Bar(bar) = &self.shown {
            bar.finish_and_clear();
        }
    }
}

/// `420 of 840 runs, 14.2 runs/s, 3.10 M events/s, 30 s left`
fn told(total: Option<u64>, stored: u64, made: u64, events: u64, elapsed: Duration) -> String {
    let seconds = elapsed.as_secs_f64().max(1e-3);
    let (runs, rate) = (stored + made, made as f64 / seconds);
    let mut text = total.map_or_else(|| format!("{runs} runs"), |total| format!("{runs} of {total} runs"));
    if made > 0 {
        let _ = write!(text, ", {} runs/s, {} events/s", short(rate), short(events as f64 / seconds));
        if let Some(left) = total.map(|total| total.saturating_sub(runs)) {
            let _ = write!(text, ", {} left", clock(left as f64 / rate));
        }
    }
    text
}

/// Three significant digits, with k or M.
fn short(value: f64) -> String {
    let (value, unit) = match value {
        v if v >= 1e6 => (v / 1e6, " M"),
        v if v >= 1e4 => (v / 1e3, " k"),
        v => (v, ""),
    };
    let digits = if value >= 100.0 { 0 } else { usize::from(value < 100.0) + usize::from(value < 10.0) };
    format!("{value:.digits$}{unit}")
}

/// `45 s`, `3 min 20 s`, `2 h 5 min`.
fn clock(seconds: f64) -> String {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a float-to-integer cast saturates")]
    let seconds = seconds.ceil() as u64;
    match seconds {
        0..100 => format!("{seconds} s"),
        100..6_000 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3_600, seconds / 60 % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_tells_rate_and_time_left_without_counting_what_was_stored() {
        let line = told(Some(840), 400, 20, 4_400_000, Duration::from_secs(2));
        assert_eq!(line, "420 of 840 runs, 10.0 runs/s, 2.20 M events/s, 42 s left");
        assert_eq!(told(None, 0, 0, 0, Duration::ZERO), "0 runs");
        assert_eq!(clock(7_500.0), "2 h 5 min");
    }
}
