//! How far a command has come: a bar on a terminal's stderr, a plain line every ten seconds on any other, or nothing.

use std::fmt::Write as _;
use std::io::{IsTerminal, Write as _, stderr};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::screen;
use super::underway::{Far, Oldest};
use crate::engine::Time;

/// Between two plain lines.
const PLAIN_EVERY: Duration = Duration::from_secs(10);

/// A run that takes longer is told of by itself.
const LONG_RUN: Duration = Duration::from_secs(5);

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

    /// Shows it, if it is time; `far` tells of the runs under way.
    #[expect(clippy::disallowed_methods, reason = "progress is told by the clock")]
    pub(super) fn tick(&mut self, far: impl FnOnce() -> Far) {
        let is_time = match &self.shown {
            Shown::Nothing => false,
            Shown::Bar(_) => true,
            Shown::Lines(last) => last.elapsed() >= PLAIN_EVERY,
        };
        if !is_time {
            return;
        }
        let line = self.told(&far(), self.began.elapsed());
        match &mut self.shown {
            Shown::Nothing => {}
            Shown::Bar(bar) => {
                bar.set_position(self.stored + self.made);
                bar.set_message(line);
            }
            Shown::Lines(last) => {
                *last = Instant::now();
                let _ = writeln!(stderr(), "{line}");
            }
        }
    }

    /// `420 of 840 runs, 14.2 runs/s, 3.10 M events/s, 30 s left`, and how far a long run has come.
    fn told(&self, far: &Far, elapsed: Duration) -> String {
        let seconds = elapsed.as_secs_f64().max(1e-3);
        let runs = self.stored + self.made;
        let mut text = self.total.map_or_else(|| format!("{runs} runs"), |total| format!("{runs} of {total} runs"));
        // A run under way counts by its share of the horizon.
        let done = self.made as f64 + far.runs;
        if self.made > 0 {
            let _ = write!(text, ", {} runs/s", short(self.made as f64 / seconds));
        }
        if done > 0.0 {
            let _ = write!(text, ", {} events/s", short((self.events + far.events) as f64 / seconds));
        }
        if let Some(oldest) = far.oldest.filter(|oldest| oldest.elapsed >= LONG_RUN) {
            let _ = write!(text, ", {}", described(&oldest));
        }
        if let Some(total) = self.total.filter(|_| done > 0.0) {
            let left = (total.saturating_sub(self.stored) as f64 - done).max(0.0);
            let _ = write!(text, ", {} left", clock(left * seconds / done));
        }
        text
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

/// `a run at 5 h 20 min of 24 h 0 min, 3.40 k simulated s/s`
fn described(oldest: &Oldest) -> String {
    let of = |time: Time| clock(time.as_nanos() as f64 / 1e9);
    let rate = oldest.reached.as_nanos() as f64 / 1e9 / oldest.elapsed.as_secs_f64().max(1e-3);
    format!("a run at {} of {}, {} simulated s/s", of(oldest.reached), of(oldest.horizon), short(rate))
}

/// Three significant digits, with k or M.
pub(super) fn short(value: f64) -> String {
    let (value, unit) = match value {
        v if v >= 1e6 => (v / 1e6, " M"),
        v if v >= 1e4 => (v / 1e3, " k"),
        v => (v, ""),
    };
    let digits = if value >= 100.0 { 0 } else { usize::from(value < 100.0) + usize::from(value < 10.0) };
    format!("{value:.digits$}{unit}")
}

/// `45 s`, `3 min 20 s`, `2 h 5 min`.
pub(super) fn clock(seconds: f64) -> String {
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
        let mut progress = Progress::new(Some(840), true);
        progress.stored(400);
        (0..20).for_each(|_| progress.made(220_000));
        let line = progress.told(&Far::default(), Duration::from_secs(2));
        assert_eq!(line, "420 of 840 runs, 10.0 runs/s, 2.20 M events/s, 42 s left");
        assert_eq!(Progress::new(None, true).told(&Far::default(), Duration::ZERO), "0 runs");
        assert_eq!(clock(7_500.0), "2 h 5 min");
    }

    #[test]
    fn a_long_run_tells_its_simulated_time_and_counts_by_its_share() {
        let at = |seconds| Time::ZERO + crate::engine::Duration::from_secs(seconds);
        let oldest = Oldest { reached: at(21_600), horizon: at(86_400), elapsed: Duration::from_secs(10) };
        let far = Far { runs: 0.25, events: 30_000_000, oldest: Some(oldest) };
        let line = Progress::new(Some(1), true).told(&far, Duration::from_secs(10));
        assert_eq!(
            line,
            "0 of 1 runs, 3.00 M events/s, a run at 6 h 0 min of 24 h 0 min, 2160 simulated s/s, 30 s left"
        );
        let short = Far { oldest: Some(Oldest { elapsed: Duration::from_secs(1), ..oldest }), ..far };
        let line = Progress::new(Some(2), true).told(&short, Duration::from_secs(10));
        assert_eq!(line, "0 of 2 runs, 3.00 M events/s, 70 s left");
    }
}
