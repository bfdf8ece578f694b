//! Recovery: how long after a scheduled fault the stall rate is back.

use crate::engine::{Duration, Time};
use crate::model::{Observation, Scenario, Schedule};

/// The normal quantile of a two-sided 99 % interval.
const Z_995: f64 = 2.575_829_303_548_900_4;
/// How often recovery is looked for after a fault.
const STEP: Duration = Duration::from_secs(1);

/// The counted attempts around the scheduled faults.
pub(super) struct Recovery {
    faults: Vec<Occurrence>,
    window: Duration,
    horizon: Time,
    /// First initiation of each counted attempt, and whether it stalled.
    attempts: Vec<(Time, bool)>,
}

/// A scheduled fault.
#[derive(Clone, Copy)]
struct Occurrence {
    fault: u32,
    start: Time,
    end: Time,
}

impl Recovery {
    pub(super) fn new(scenario: &Scenario) -> Self {
        let scheduled = scenario.faults.iter().zip(0..).filter_map(|(fault, index)| match fault.schedule {
            Schedule::At(at) => Some(Occurrence { fault: index, start: Time::ZERO + at, end: Time::NEVER }),
            Schedule::Every(_) => None,
        });
        Self {
            faults: scheduled.collect(),
            window: scenario.recovery_window,
            horizon: Time::ZERO + scenario.horizon,
            attempts: Vec::new(),
        }
    }

    pub(super) fn observe(&mut self, now: Time, observation: Observation) {
        if let Observation::FaultEnded { fault } = observation {
            for occurrence in self.faults.iter_mut().filter(|occurrence| occurrence.fault == fault) {
                occurrence.end = now;
            }
        }
    }

    /// Notes a counted attempt.
    pub(super) fn attempt(&mut self, first_sent: Time, stalled: bool) {
        if !self.faults.is_empty() {
            self.attempts.push((first_sent, stalled));
        }
    }

    /// The longest recovery of a scheduled fault, s; infinite if one is not over within the run; none without a fault
    /// that has attempts before it.
    pub(super) fn longest_s(&mut self) -> Option<f64> {
        self.attempts.sort_unstable();
        self.faults.iter().filter_map(|fault| self.recovery_s(fault)).reduce(f64::max)
    }

    fn recovery_s(&self, fault: &Occurrence) -> Option<f64> {
        let before = self.attempts.partition_point(|&(sent, _)| sent < fault.start);
        if before == 0 {
            return None;
        }
        let rate = stalled(&self.attempts[..before]) as f64 / before as f64;
        let (mut from, mut to, mut stalls) = (0, 0, 0_usize);
        let mut at = fault.end;
        while at <= self.horizon {
            while to < self.attempts.len() && self.attempts[to].0 <= at {
                stalls += usize::from(self.attempts[to].1);
                to += 1;
            }
            while from < to && self.attempts[from].0 + self.window <= at {
                stalls -= usize::from(self.attempts[from].1);
                from += 1;
            }
            if wilson_holds(stalls, to - from, rate) {
                return Some((at - fault.end).as_secs_f64());
            }
            at = at + STEP;
        }
        Some(f64::INFINITY)
    }
}

fn stalled(attempts: &[(Time, bool)]) -> usize {
    attempts.iter().filter(|&&(_, stalled)| stalled).count()
}

/// Whether the 99 % Wilson interval of `k` in `n` holds `p`: |k/n − p| ≤ z·√(p(1 − p)/n). With nothing seen, it does.
fn wilson_holds(k: usize, n: usize, p: f64) -> bool {
    let (k, n) = (k as f64, n as f64);
    n == 0.0 || (k - n * p).abs() <= Z_995 * libm::sqrt(n * p * (1.0 - p)) + 1e-9
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wilson_interval_is_the_score_test() {
        // Wilson's 99 % interval of 5 in 10: ½ ± z/(1 + z²/10)·√(0.25/10 + z²/400) = ½ ± 0.31577, with z = 2.57583.
        assert!(wilson_holds(5, 10, 0.185) && wilson_holds(5, 10, 0.815));
        assert!(!wilson_holds(5, 10, 0.184) && !wilson_holds(5, 10, 0.816));
        assert!(wilson_holds(0, 0, 0.5));
    }

    #[test]
    fn recovery_is_the_first_second_at_which_the_window_is_back() {
        // One attempt each 100 ms; all of 10 s…20 s stall, none else; window 5 s.
        let attempts = (0..600).map(|i| (Time::ZERO + Duration::from_millis(100 * i), (100..200).contains(&i)));
        let recovery = Recovery {
            faults: vec![],
            window: Duration::from_secs(5),
            horizon: Time::ZERO + Duration::from_secs(60),
            attempts: attempts.collect(),
        };
        let at = |secs| Time::ZERO + Duration::from_secs(secs);
        let fault = Occurrence { fault: 0, start: at(10), end: at(20) };
        // No attempt stalled before, so the window must be free of stalls: the last is at 19.9 s.
        assert_eq!(recovery.recovery_s(&fault), Some(5.0));
        let late = Occurrence { fault: 0, start: at(10), end: Time::NEVER };
        assert_eq!(recovery.recovery_s(&late), Some(f64::INFINITY));
        let early = Occurrence { fault: 0, start: at(0), end: at(1) };
        assert_eq!(recovery.recovery_s(&early), None);
    }
}
