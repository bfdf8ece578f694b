//! Attempts, measured or simulated, and what is measured of them: one code for both.

use std::path::Path;

use des::{RunKey, Time};
use pushpull::model::{AttemptKind, Observation, Scenario};
use pushpull::story::{Fact, Witness, replay};

/// Normal quantile of a two-sided interval of 99.9 %.
pub(crate) const Z: f64 = 3.290_526_731_491_894;

/// One first attempt, s.
#[derive(Clone, Copy)]
pub(crate) struct Attempt {
    /// From the first create request to the reply.
    create: f64,
    /// From the first initiation to the session; infinite: there was none.
    wait: f64,
}

/// The first attempts of a run.
#[derive(Clone, Default)]
pub(crate) struct Attempts {
    pub(crate) connected_or_failed: Vec<Attempt>,
    /// Attempts whose create failed.
    pub(crate) create_failed: u64,
}

/// A measure with its interval of 99.9 %.
#[derive(Clone, Copy)]
pub(crate) struct Measured {
    /// The column of `runs.csv`.
    pub(crate) name: &'static str,
    pub(crate) value: f64,
    pub(crate) low: f64,
    pub(crate) high: f64,
    /// Whether it is a share; else it is a time, s.
    pub(crate) is_share: bool,
}

struct Simulated(Attempts);

impl Witness for Simulated {
    fn fact(&mut self, now: Time, fact: Fact) {
        match fact {
            Fact::Observed(Observation::AttemptEnded(end)) if end.counted && end.kind == AttemptKind::First => {
                let wait = if end.connected { (now - end.first_sent).as_secs_f64() } else { f64::INFINITY };
                let create = end.create_time.as_secs_f64();
                self.0.connected_or_failed.push(Attempt { create, wait });
            }
            Fact::Observed(Observation::CreateFailed { .. }) => self.0.create_failed += 1,
            Fact::Observed(_) | Fact::Detailed(_) => {}
        }
    }
}

impl Attempts {
    /// The attempts of one simulated run.
    pub(crate) fn simulate(scenario: &Scenario, key: RunKey) -> Self {
        let mut seen = Simulated(Self::default());
        replay(scenario, key, &mut seen);
        seen.0
    }

    /// The attempts that clients have logged.
    ///
    /// # Errors
    /// A text, if the log cannot be read.
    pub(crate) fn read(folder: &Path) -> Result<Self, String> {
        let path = folder.join("clients.jsonl");
        let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let mut attempts = Self::default();
        for (number, line) in text.lines().enumerate() {
            let value: serde_json::Value = serde_json::from_str(line)
                .map_err(|error| format!("{}: line {}: {error}", path.display(), number + 1))?;
            let time = |field: &str| value[field].as_u64();
            let seconds = |from: u64, to: u64| (to.saturating_sub(from)) as f64 / 1e9;
            let (Some(started), Some(created), Some(first)) = (time("started"), time("created"), time("first_sent"))
            else {
                attempts.create_failed += 1;
                continue;
            };
            let wait = time("session").map_or(f64::INFINITY, |session| seconds(first, session));
            attempts.connected_or_failed.push(Attempt { create: seconds(started, created), wait });
        }
        Ok(attempts)
    }

    pub(crate) fn extend(&mut self, other: &Self) {
        self.connected_or_failed.extend(&other.connected_or_failed);
        self.create_failed += other.create_failed;
    }

    /// All waits in order, s.
    pub(crate) fn waits(&self) -> Vec<f64> {
        let mut waits: Vec<f64> = self.connected_or_failed.iter().map(|attempt| attempt.wait).collect();
        waits.sort_unstable_by(f64::total_cmp);
        waits
    }

    /// Everything that can be measured of these attempts; empty if there are none.
    pub(crate) fn measures(&self, stall_after: f64, late_after: f64) -> Vec<Measured> {
        let waits = self.waits();
        if waits.is_empty() {
            return Vec::new();
        }
        let mut totals: Vec<f64> =
            self.connected_or_failed.iter().map(|attempt| attempt.create + attempt.wait).collect();
        totals.sort_unstable_by(f64::total_cmp);
        let share = |name, found: usize, of: usize| {
            let (found, of) = (found as f64, of as f64);
            let (low, high) = stats::proportion::wilson(found, of, Z);
            Measured { name, value: found / of, low, high, is_share: true }
        };
        let waiting = |holds: &dyn Fn(f64) -> bool| waits.iter().filter(|wait| holds(**wait)).count();
        let failed = usize::try_from(self.create_failed).expect("few");
        let late = totals.iter().filter(|total| **total > late_after).count() + failed;
        let creates: Vec<f64> = self.connected_or_failed.iter().map(|attempt| attempt.create).collect();
        let (mean, variance) = stats::mean::moments(&creates);
        let half = Z * (variance / creates.len() as f64).sqrt();
        let mean =
            Measured { name: "create_time_mean_s", value: mean, low: mean - half, high: mean + half, is_share: false };
        vec![
            share("stall_rate", waiting(&|wait| wait > stall_after), waits.len()),
            share("failure_rate", waiting(&f64::is_infinite), waits.len()),
            share("late_rate", late, waits.len() + failed),
            quantile("handshake_wait_p50_s", &waits, 0.5),
            quantile("handshake_wait_p90_s", &waits, 0.9),
            quantile("handshake_wait_p99_s", &waits, 0.99),
            quantile("time_to_connect_p50_s", &totals, 0.5),
            mean,
        ]
    }
}

/// A quantile of sorted values, with the interval of its order statistics.
fn quantile(name: &'static str, sorted: &[f64], p: f64) -> Measured {
    let n = sorted.len() as f64;
    let half = Z * (n * p * (1.0 - p)).sqrt();
    let at = |place: f64| sorted[(place.max(1.0) as usize).min(sorted.len()) - 1];
    let (low, high) = (at((n * p - half).floor()), at((n * p + half).ceil() + 1.0));
    Measured { name, value: at((n * p).ceil()), low, high, is_share: false }
}

/// Whether a prediction lies in the interval, widened by a margin: a point for shares, 2 ms or 5 % for times.
pub(crate) fn agrees(measured: &Measured, predicted: f64) -> bool {
    let margin = if measured.is_share { 0.01 } else { (measured.value * 0.05).max(0.002) };
    let both_never = measured.high.is_infinite() && predicted.is_infinite();
    both_never || (measured.low - margin <= predicted && predicted <= measured.high + margin)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempts(waits: impl IntoIterator<Item = f64>) -> Attempts {
        let connected_or_failed = waits.into_iter().map(|wait| Attempt { create: 0.1, wait }).collect();
        Attempts { connected_or_failed, create_failed: 0 }
    }

    fn find(measures: &[Measured], name: &str) -> Measured {
        *measures.iter().find(|measured| measured.name == name).expect("a measure")
    }

    #[test]
    fn shares_and_quantiles_of_known_waits_are_right() {
        let waits = (1..=1000).map(|n| if n > 970 { f64::INFINITY } else { f64::from(n) / 1000.0 });
        let measures = attempts(waits).measures(5.0, 10.0);
        assert!((find(&measures, "stall_rate").value - 0.03).abs() < 1e-12);
        assert!((find(&measures, "failure_rate").value - 0.03).abs() < 1e-12);
        assert!((find(&measures, "late_rate").value - 0.03).abs() < 1e-12);
        let median = find(&measures, "handshake_wait_p50_s");
        assert!(median.low < 0.5 && 0.5 < median.high && (median.value - 0.5).abs() < 1e-12);
        assert!((find(&measures, "create_time_mean_s").value - 0.1).abs() < 1e-12);
    }

    #[test]
    fn a_prediction_far_outside_the_interval_disagrees() {
        let measures = attempts((0..1000).map(|n| if n < 30 { 6.0 } else { 0.04 })).measures(5.0, 10.0);
        let stalls = find(&measures, "stall_rate");
        assert!(agrees(&stalls, 0.03) && agrees(&stalls, 0.04) && !agrees(&stalls, 0.12) && !agrees(&stalls, 0.0));
        let median = find(&measures, "handshake_wait_p50_s");
        assert!(agrees(&median, 0.041) && !agrees(&median, 0.05));
    }

    #[test]
    fn failed_creates_are_late_and_do_not_wait() {
        let mut attempts = attempts((0..99).map(|_| 0.04));
        attempts.create_failed = 1;
        let measures = attempts.measures(5.0, 10.0);
        assert!((find(&measures, "late_rate").value - 0.01).abs() < 1e-12);
        assert_eq!(find(&measures, "stall_rate").value.to_bits(), 0.0_f64.to_bits());
    }

    #[test]
    fn nobody_measures_nothing() {
        assert!(Attempts::default().measures(5.0, 10.0).is_empty());
    }
}
