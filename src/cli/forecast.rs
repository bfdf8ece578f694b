//! The expected cost of an experiment, printed before its first run.

use std::fs;
use std::time::Instant;

use super::progress::{clock, short};
use crate::decide::sensitivity::examples;
use crate::plan::Plan;
use crate::run::{Forecast, forecast, mean_seconds};

/// Events of the pilots of `check` in all: about a fifth of a second.
const CHECKED: u64 = 1_000_000;

/// Events of the pilots of `run` in all.
const ASIDE: u64 = 200_000;

/// Processor time from which on `run` prints its forecast.
const LONG_SECONDS: f64 = 10.0;

/// Processor time of a run beside its events, for its rows (`docs/experiments.md`, "What it costs").
const RUN_SECONDS: f64 = 3e-4;

/// The lines of `check` on events and processor time: names and values.
pub(super) fn lines(plan: &Plan) -> Vec<(&'static str, String)> {
    let Some(forecast) = of(plan, CHECKED) else {
        return vec![("events", "not known: no pilot run could be made".to_owned())];
    };
    let events = format!("about {} in all, {} a run", rough(forecast.events), rough(forecast.events / forecast.runs));
    vec![("events", format!("{events}; {}", pilots(&forecast))), ("processor", seconds_in_words(forecast.seconds))]
}

/// The line of `run` about an experiment that takes long; none for a short one.
pub(super) fn of_long(plan: &Plan) -> Option<String> {
    let forecast = of(plan, ASIDE).filter(|forecast| forecast.seconds >= LONG_SECONDS)?;
    Some(format!("expected: {} events, {}", rough(forecast.events), seconds_in_words(forecast.seconds)))
}

/// The expected time of these numbers of runs over the ranges of the uncertain keys, in words.
pub(super) fn of_sensitivity<const N: usize>(plan: &Plan, runs: [u64; N]) -> Option<[String; N]> {
    let seconds = mean_seconds(examples(plan), plan.seed, CHECKED, &mut watch())? + RUN_SECONDS;
    Some(runs.map(|runs| seconds_in_words(seconds * runs as f64)))
}

fn of(plan: &Plan, events: u64) -> Option<Forecast> {
    let mut forecast = forecast(plan, events, &mut watch())?;
    forecast.seconds += forecast.runs * RUN_SECONDS;
    Some(forecast)
}

/// The clock of pilots.
#[expect(clippy::disallowed_methods, reason = "the time that pilots took")]
fn watch() -> impl FnMut() -> f64 {
    let began = Instant::now();
    move || processor_seconds().unwrap_or_else(|| began.elapsed().as_secs_f64())
}

/// Processor time of this thread, where the system says so in a file, as Linux does.
fn processor_seconds() -> Option<f64> {
    let text = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    Some(text.split_whitespace().next()?.parse::<u64>().ok()? as f64 / 1e9)
}

fn pilots(forecast: &Forecast) -> String {
    let count = forecast.pilots.len();
    let runs = if count == 1 { "pilot run" } else { "pilot runs" };
    if forecast.is_whole() {
        format!("from {count} {runs}")
    } else {
        format!("from {count} {runs} cut short, so more if the load comes later")
    }
}

fn seconds_in_words(seconds: f64) -> String {
    if seconds < 1.0 {
        return "less than a second of processor time".to_owned();
    }
    format!("about {} of processor time on one core", clock(rounded(seconds)))
}

/// Two significant digits.
fn rounded(value: f64) -> f64 {
    let digits = libm::floor(libm::log10(value.max(1.0))) - 1.0;
    let unit = libm::pow(10.0, digits.max(0.0));
    libm::round(value / unit) * unit
}

fn rough(events: f64) -> String {
    short(rounded(events))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forecast_has_two_digits_that_count() {
        assert_eq!(rough(123_456_789.0), "120 M");
        assert_eq!(rough(7.0), "7.00");
        assert!((rounded(9_876.0) - 9_900.0).abs() < 1e-9);
        assert!((rounded(0.0) - 0.0).abs() < 1e-9);
    }
}
