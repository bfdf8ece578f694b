//! Runs under way: the progress of each.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::measure::RunOutcome;
use crate::model::Scenario;
use crate::run::simulate_while;
use des::RunKey;
use des::Time;

/// The runs that threads are making at this moment.
#[derive(Default)]
pub(super) struct Underway {
    runs: Mutex<RunsUnderWay>,
}

#[derive(Default)]
struct RunsUnderWay {
    /// By the order in which they were begun.
    under_way: BTreeMap<u64, RunUnderWay>,
    begun: u64,
}

struct RunUnderWay {
    began: Instant,
    horizon: Time,
    reached: Time,
    events: u64,
}

/// The progress of the runs under way.
#[derive(Clone, Copy, Default)]
pub(super) struct Far {
    /// The sum of their shares of the horizon.
    pub(super) runs: f64,
    /// Their events.
    pub(super) events: u64,
    /// The run that began first.
    pub(super) oldest: Option<Oldest>,
}

/// The run that has been under way for longest.
#[derive(Clone, Copy)]
pub(super) struct Oldest {
    pub(super) reached: Time,
    pub(super) horizon: Time,
    pub(super) elapsed: Duration,
}

impl Underway {
    /// Makes a run that is seen in [`Underway::far`] meanwhile; its outcome is that of [`crate::run::simulate`].
    #[expect(clippy::disallowed_methods, reason = "progress shows the time that has passed")]
    pub(super) fn simulate(&self, scenario: &Scenario, key: RunKey) -> RunOutcome {
        let horizon = Time::ZERO + scenario.horizon;
        let run = RunUnderWay { began: Instant::now(), horizon, reached: Time::ZERO, events: 0 };
        let place = self.begin(run);
        let outcome = simulate_while(scenario, key, &mut |now, events| {
            if let Some(run) = self.runs().under_way.get_mut(&place.number) {
                (run.reached, run.events) = (now.min(horizon), events);
            }
            true
        });
        outcome.expect("nobody cuts it short")
    }

    /// Their progress.
    pub(super) fn far(&self) -> Far {
        let runs = self.runs();
        let oldest = runs.under_way.values().next().map(|run| Oldest {
            reached: run.reached,
            horizon: run.horizon,
            elapsed: run.began.elapsed(),
        });
        let all = runs.under_way.values();
        let share = |run: &RunUnderWay| run.reached.as_nanos() as f64 / (run.horizon.as_nanos() as f64).max(1.0);
        Far { runs: all.clone().map(share).sum(), events: all.map(|run| run.events).sum(), oldest }
    }

    fn begin(&self, run: RunUnderWay) -> Ticket<'_> {
        let mut runs = self.runs();
        runs.begun += 1;
        let number = runs.begun;
        runs.under_way.insert(number, run);
        Ticket { underway: self, number }
    }

    fn runs(&self) -> MutexGuard<'_, RunsUnderWay> {
        self.runs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The entry of a run among those under way. It is removed when the run ends in any way.
struct Ticket<'a> {
    underway: &'a Underway,
    number: u64,
}

impl Drop for Ticket<'_> {
    fn drop(&mut self) {
        self.underway.runs().under_way.remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Plan;
    use crate::run::catching;
    use crate::run::simulate;

    fn scenario(more: &str) -> Scenario {
        let text =
            format!("name = \"u\"\nseed = 1\nhorizon = \"20m\"\nwarmup = \"0s\"\n{more}[strategies.p]\npush = {{}}");
        Plan::from_table(&text.parse().expect("TOML"), &[]).expect("a valid experiment").scenario(0, 0)
    }

    const KEY: RunKey = RunKey { seed: 1, replication: 0 };

    #[test]
    fn a_run_is_under_way_until_it_ends_and_comes_out_the_same() {
        let (underway, scenario) = (Underway::default(), scenario(""));
        let seen = std::thread::scope(|scope| {
            let run = scope.spawn(|| underway.simulate(&scenario, KEY));
            let mut most = 0.0_f64;
            while !run.is_finished() {
                most = most.max(underway.far().runs);
                std::thread::yield_now();
            }
            (most, run.join().expect("it does not panic").fingerprint)
        });
        assert!(seen.0 > 0.0 && seen.0 <= 1.0, "{}", seen.0);
        assert_eq!(seen.1, simulate(&scenario, KEY).fingerprint);
        assert!(underway.far().oldest.is_none());
    }

    #[test]
    fn a_run_that_panics_is_no_longer_under_way() {
        let underway = Underway::default();
        let scenario = scenario("events_max = 20000\n");
        assert!(catching(|| underway.simulate(&scenario, KEY)).is_err());
        assert!(underway.far().oldest.is_none());
    }
}
