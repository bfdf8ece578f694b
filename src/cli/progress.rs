//! The progress of a command: a bar if stderr is a terminal, else a plain line every ten seconds, or nothing.

use std::fmt::Write as _;
use std::io::{IsTerminal, Write as _, stderr};
use std::time::{Duration, Instant};

use clap::ValueEnum;
use console::Term;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::screen;
use super::underway::{Far, Oldest};
use des::Time;

/// Between two plain lines.
const PLAIN_EVERY: Duration = Duration::from_secs(10);

/// A run that takes longer has a line of its own.
const LONG_RUN: Duration = Duration::from_secs(5);

/// Between two lines for a program.
const JSON_EVERY: Duration = Duration::from_secs(1);

/// Columns of the bar.
const BAR: usize = 12;

/// How progress is shown.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub enum ProgressName {
    /// A bar on a terminal, else a line every ten seconds
    Auto,
    /// A JSON object a second, and one at the end, each on a line of its own, for programs
    Json,
    /// Nothing
    None,
}

/// Counts runs and shows how many are done.
pub(super) struct Progress {
    shown: Display,
    state: Counts,
    began: Instant,
}

enum Display {
    Nothing,
    Bar(ProgressBar),
    Lines(Instant),
    Json(Instant),
}

/// How far it has come.
#[derive(Clone, Copy, Default)]
struct Counts {
    /// Runs in all, where that is known.
    total: Option<u64>,
    /// Runs that were there already.
    stored: u64,
    made: u64,
    events: u64,
    /// The point under way, and how many there are, where points are shown.
    point: Option<(usize, usize)>,
}

impl Progress {
    /// Progress of `total` runs, or of an unknown number.
    #[expect(clippy::disallowed_methods, reason = "progress shows the time that has passed")]
    pub(super) fn new(total: Option<u64>, how: ProgressName) -> Self {
        let began = Instant::now();
        let shown = match how {
            ProgressName::None => Display::Nothing,
            ProgressName::Json => Display::Json(began),
            ProgressName::Auto if stderr().is_terminal() => {
                let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::stderr());
                let template = if total.is_some() {
                    format!("{{bar:{BAR}}} {{wide_msg}}")
                } else {
                    "{spinner} {wide_msg}".to_owned()
                };
                bar.set_style(ProgressStyle::with_template(&template).expect("a template that never changes"));
                Display::Bar(bar)
            }
            ProgressName::Auto => Display::Lines(began),
        };
        Self { shown, state: Counts { total, ..Counts::default() }, began }
    }

    /// Runs that need not be made.
    pub(super) fn stored(&mut self, runs: usize) {
        self.state.stored += runs as u64;
    }

    /// A run of `events` events has been made.
    pub(super) fn made(&mut self, events: u64) {
        self.state.made += 1;
        self.state.events += events;
    }

    /// Runs of this point, of `points` points, are under way.
    pub(super) fn at(&mut self, point: usize, points: usize) {
        self.state.point = Some((point, points));
    }

    /// Shows the progress if the time for the next display has come. `far`: the progress of the runs under way.
    #[expect(clippy::disallowed_methods, reason = "progress shows the time that has passed")]
    pub(super) fn tick(&mut self, far: impl FnOnce() -> Far) {
        let is_time = match &self.shown {
            Display::Nothing => false,
            Display::Bar(_) => true,
            Display::Lines(last) => last.elapsed() >= PLAIN_EVERY,
            Display::Json(last) => last.elapsed() >= JSON_EVERY,
        };
        if !is_time {
            return;
        }
        let (state, far, elapsed) = (&self.state, far(), self.began.elapsed());
        match &mut self.shown {
            Display::Nothing => {}
            Display::Bar(bar) => {
                bar.set_position(state.runs());
                let columns = Term::stderr().size_checked().map_or(usize::MAX, |(_, columns)| usize::from(columns));
                bar.set_message(state.line(&far, elapsed, columns.saturating_sub(BAR + 1)));
            }
            Display::Lines(last) => {
                *last = Instant::now();
                let _ = writeln!(stderr(), "{}", state.line(&far, elapsed, usize::MAX));
            }
            Display::Json(last) => {
                *last = Instant::now();
                let _ = writeln!(stderr(), "{}", state.json(&far, elapsed));
            }
        }
    }

    /// Writes a line to stderr without disturbing the bar, also if progress is not shown.
    pub(super) fn say(&self, line: &str) {
        match &self.shown {
            Display::Bar(bar) => bar.suspend(|| drop(writeln!(screen::stderr(), "{line}"))),
            Display::Nothing | Display::Lines(_) | Display::Json(_) => drop(writeln!(screen::stderr(), "{line}")),
        }
    }

    /// Removes the bar, or writes the last line for a program.
    pub(super) fn end(&self) {
        match &self.shown {
            Display::Bar(bar) => bar.finish_and_clear(),
            Display::Json(_) => drop(writeln!(stderr(), "{}", self.state.json(&Far::default(), self.began.elapsed()))),
            Display::Nothing | Display::Lines(_) => {}
        }
    }
}

impl Counts {
    /// Runs that are stored or made.
    const fn runs(&self) -> u64 {
        self.stored + self.made
    }

    /// Seconds until all runs are made; none if unknown. A run under way counts by its share of the horizon.
    fn left(&self, far: &Far, elapsed: Duration) -> Option<f64> {
        let done = self.made as f64 + far.runs;
        let left = self.total?.saturating_sub(self.stored) as f64 - done;
        // Runs that are past their horizon wait for their last attempts, for an unknown time.
        let is_known = left > 1e-9 || far.runs == 0.0;
        (done > 0.0 && is_known).then(|| left.max(0.0) * seconds(elapsed) / done)
    }

    /// `420 of 840 runs, 30 s left, point 3 of 0 to 6, 14.2 runs/s, 3.10 M events/s`, and the progress of a long run. The most
    /// important part comes first. A part that does not fit the columns is left out.
    fn line(&self, far: &Far, elapsed: Duration, columns: usize) -> String {
        let runs = self.runs();
        let mut text = self.total.map_or_else(|| format!("{runs} runs"), |total| format!("{runs} of {total} runs"));
        let mut parts = Vec::new();
        if let Some(left) = self.left(far, elapsed) {
            parts.push(format!("{} left", clock(left)));
        }
        if let Some(oldest) = far.oldest.filter(|oldest| oldest.elapsed >= LONG_RUN) {
            parts.extend(described(&oldest));
        }
        if let Some((point, points)) = self.point.filter(|(_, points)| *points > 1) {
            parts.push(format!("point {point} of 0 to {}", points - 1));
        }
        let rate = |count: u64| short(count as f64 / seconds(elapsed));
        if self.made > 0 {
            parts.push(format!("{} runs/s", rate(self.made)));
        }
        if self.made > 0 || far.runs > 0.0 {
            parts.push(format!("{} events/s", rate(self.events + far.events)));
        }
        for part in parts {
            if text.chars().count() + 2 + part.chars().count() <= columns {
                let _ = write!(text, ", {part}");
            }
        }
        text
    }

    /// `{"runs":420,"runs_total":840,"point":3,"points":7,"events":4400000,"run_reached_s":5.0,"run_horizon_s":60.0,
    /// "elapsed_s":2.0,"left_s":42.0}`; unknown values are null.
    fn json(&self, far: &Far, elapsed: Duration) -> String {
        let round = |seconds: f64| (seconds * 10.0).round() / 10.0;
        let round_to = |time: Time| round(time.as_nanos() as f64 / 1e9);
        serde_json::json!({
            "runs": self.runs(),
            "runs_total": self.total,
            "point": self.point.map(|(point, _)| point),
            "points": self.point.map(|(_, points)| points),
            "events": self.events + far.events,
            "run_reached_s": far.oldest.map(|oldest| round_to(oldest.reached)),
            "run_horizon_s": far.oldest.map(|oldest| round_to(oldest.horizon)),
            "elapsed_s": round(elapsed.as_secs_f64()),
            "left_s": self.left(far, elapsed).map(round),
        })
        .to_string()
    }
}

/// `a run at 5 h 20 min of 24 h 0 min`, `3.40 k simulated s/s`
fn described(oldest: &Oldest) -> Vec<String> {
    if oldest.reached >= oldest.horizon {
        return vec!["a run past its horizon, which waits for its last attempts".to_owned()];
    }
    let of = |time: Time| clock(time.as_nanos() as f64 / 1e9);
    let rate = oldest.reached.as_nanos() as f64 / 1e9 / oldest.elapsed.as_secs_f64().max(1e-3);
    vec![format!("a run at {} of {}", of(oldest.reached), of(oldest.horizon)), format!("{} simulated s/s", short(rate))]
}

fn seconds(elapsed: Duration) -> f64 {
    elapsed.as_secs_f64().max(1e-3)
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
        let state = Counts { total: Some(840), stored: 400, made: 20, events: 4_400_000, point: Some((3, 7)) };
        let two = Duration::from_secs(2);
        assert_eq!(
            state.line(&Far::default(), two, usize::MAX),
            "420 of 840 runs, 42 s left, point 3 of 0 to 6, 10.0 runs/s, 2.20 M events/s"
        );
        assert_eq!(
            state.json(&Far::default(), two),
            r#"{"runs":420,"runs_total":840,"point":3,"points":7,"events":4400000,"run_reached_s":null,"run_horizon_s":null,"elapsed_s":2.0,"left_s":42.0}"#
        );
        assert_eq!(Counts::default().line(&Far::default(), Duration::ZERO, usize::MAX), "0 runs");
        assert_eq!(
            Counts::default().json(&Far::default(), Duration::ZERO),
            r#"{"runs":0,"runs_total":null,"point":null,"points":null,"events":0,"run_reached_s":null,"run_horizon_s":null,"elapsed_s":0.0,"left_s":null}"#
        );
        assert_eq!(clock(7_500.0), "2 h 5 min");
        // A terminal of 60 columns: no part is cut.
        assert_eq!(state.line(&Far::default(), two, 60 - BAR - 1), "420 of 840 runs, 42 s left, point 3 of 0 to 6");
        assert_eq!(state.line(&Far::default(), two, 40), "420 of 840 runs, 42 s left, 10.0 runs/s");
    }

    #[test]
    fn a_long_run_tells_its_simulated_time_and_counts_by_its_share() {
        let at = |seconds| Time::ZERO + des::Duration::from_secs(seconds);
        let oldest = Oldest { reached: at(21_600), horizon: at(86_400), elapsed: Duration::from_secs(10) };
        let far = Far { runs: 0.25, events: 30_000_000, oldest: Some(oldest) };
        let line = Counts { total: Some(1), ..Counts::default() }.line(&far, Duration::from_secs(10), usize::MAX);
        assert_eq!(
            line,
            "0 of 1 runs, 30 s left, a run at 6 h 0 min of 24 h 0 min, 2160 simulated s/s, 3.00 M events/s"
        );
        let short = Far { oldest: Some(Oldest { elapsed: Duration::from_secs(1), ..oldest }), ..far };
        let line = Counts { total: Some(2), ..Counts::default() }.line(&short, Duration::from_secs(10), usize::MAX);
        assert_eq!(line, "0 of 2 runs, 70 s left, 3.00 M events/s");
    }
}
