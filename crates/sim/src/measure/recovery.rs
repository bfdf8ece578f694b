//! Recovery: the time after a scheduled fault until the stall rate is back to its level before the fault.

use crate::model::{FaultId, Observation, Scenario, Schedule};
use des::{Duration, Time};

/// The normal quantile of a two-sided 99 % interval.
const Z_995: f64 = 2.575_829_303_548_900_4;
/// Interval between the checks for recovery after a fault.
const STEP: Duration = Duration::from_secs(1);

/// The counted attempts around scheduled faults.
pub(crate) struct Recovery {
    faults: Vec<Occurrence>,
    /// Number of faults under way, of any schedule.
    under_way: u32,
    /// Start of the last fault that began while no other was under way.
    alone_since: Time,
    /// End of the last fault.
    all_over: Time,
    window: Duration,
    horizon: Time,
    /// For each counted attempt its first initiation, and whether it stalled.
    attempts: Vec<(Time, bool)>,
}

/// A scheduled fault together with all faults, of any schedule, that overlap it directly or through others. Recovery is
/// measured from the end of the whole group, because a fault still under way may hide or prevent it.
#[derive(Clone, Copy)]
struct Occurrence {
    fault: FaultId,
    /// Start of the first fault of the group.
    start: Time,
    /// End of the last fault of the group.
    end: Time,
    /// Whether the scheduled fault has begun and a fault of the group is still under way.
    under_way: bool,
}

impl Recovery {
    pub(crate) fn new(scenario: &Scenario) -> Self {
        let scheduled =
            scenario.faults.iter().zip((0..).map(FaultId::new)).filter_map(|(fault, id)| match fault.schedule {
                Schedule::At(at) => {
                    Some(Occurrence { fault: id, start: Time::ZERO + at, end: Time::NEVER, under_way: false })
                }
                Schedule::Every(_) => None,
            });
        Self {
            faults: scheduled.collect(),
            under_way: 0,
            alone_since: Time::ZERO,
            all_over: Time::NEVER,
            window: scenario.recovery_window,
            horizon: Time::ZERO + scenario.horizon,
            attempts: Vec::new(),
        }
    }

    pub(crate) fn observe(&mut self, now: Time, observation: Observation) {
        match observation {
            Observation::FaultStarted { fault } => self.started(now, fault),
            Observation::FaultEnded { .. } => self.ended(now),
            _ => {}
        }
    }

    fn started(&mut self, now: Time, fault: FaultId) {
        if self.under_way == 0 {
            if self.all_over == now {
                // A fault that begins at the instant at which others end: the group is not over.
                for occurrence in self.faults.iter_mut().filter(|occurrence| occurrence.end == now) {
                    occurrence.end = Time::NEVER;
                    occurrence.under_way = true;
                }
            } else {
                self.alone_since = now;
            }
        }
        self.under_way += 1;
        for occurrence in self.faults.iter_mut().filter(|occurrence| occurrence.fault == fault) {
            occurrence.start = self.alone_since;
            occurrence.under_way = true;
        }
    }

    fn ended(&mut self, now: Time) {
        self.under_way -= 1;
        if self.under_way > 0 {
            return;
        }
        self.all_over = now;
        for occurrence in self.faults.iter_mut().filter(|occurrence| occurrence.under_way) {
            occurrence.end = now;
            occurrence.under_way = false;
        }
    }

    /// Adds a counted attempt.
    pub(crate) fn attempt(&mut self, first_sent: Time, stalled: bool) {
        if !self.faults.is_empty() {
            self.attempts.push((first_sent, stalled));
        }
    }

    /// The longest recovery of a scheduled fault, s. Infinite if one does not end within the run; none without a fault
    /// that has attempts before it.
    pub(crate) fn longest_s(&mut self) -> Option<f64> {
        self.attempts.sort_unstable();
        self.faults.iter().filter_map(|fault| self.recovery_s(fault)).reduce(f64::max)
    }

    /// None, too, for a fault that begins at or after the horizon: no attempt begins then that could stall.
    fn recovery_s(&self, fault: &Occurrence) -> Option<f64> {
        if fault.start >= self.horizon {
            return None;
        }
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

/// Whether the 99 % Wilson interval of `k` in `n` contains `p`: |k/n − p| ≤ z·√(p(1 − p)/n). True for n = 0.
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
        let recovery = Recovery { attempts: attempts.collect(), ..of_faults(0) };
        let fault = occurrence(10, 20);
        // No attempt stalled before, so the window must be free of stalls: the last is at 19.9 s.
        assert_eq!(recovery.recovery_s(&fault), Some(5.0));
        let late = Occurrence { end: Time::NEVER, ..fault };
        assert_eq!(recovery.recovery_s(&late), Some(f64::INFINITY));
        assert_eq!(recovery.recovery_s(&occurrence(0, 1)), None);
    }

    #[test]
    fn a_fault_outside_the_run_has_no_recovery_and_leaves_that_of_another_one() {
        // One attempt each 100 ms until 60 s, the horizon; none stalls.
        let attempts = (0..600).map(|i| (Time::ZERO + Duration::from_millis(100 * i), false));
        let mut recovery = Recovery { attempts: attempts.collect(), ..of_faults(2) };
        recovery.faults = vec![occurrence(60, 70), occurrence(80, 90)];
        assert_eq!(recovery.longest_s(), None);
        recovery.faults[0] = occurrence(10, 20);
        assert_eq!(recovery.longest_s(), Some(0.0));
        recovery.faults[0] = occurrence(50, 70);
        assert_eq!(recovery.longest_s(), Some(f64::INFINITY), "it begins in the run and does not end in it");
    }

    fn at(secs: u64) -> Time {
        Time::ZERO + Duration::from_secs(secs)
    }

    fn occurrence(start: u64, end: u64) -> Occurrence {
        Occurrence { fault: FaultId::new(0), start: at(start), end: at(end), under_way: false }
    }

    /// No events yet; `scheduled` faults are scheduled.
    fn of_faults(scheduled: u32) -> Recovery {
        let fault = |fault| Occurrence { fault, start: at(0), end: Time::NEVER, under_way: false };
        Recovery {
            faults: (0..scheduled).map(FaultId::new).map(fault).collect(),
            under_way: 0,
            alone_since: Time::ZERO,
            all_over: Time::NEVER,
            window: Duration::from_secs(5),
            horizon: at(60),
            attempts: Vec::new(),
        }
    }

    /// Start and end of each scheduled fault's group. Events are (time in s, index of the fault, whether it starts).
    fn spans(scheduled: u32, events: &[(u64, u32, bool)]) -> Vec<(Time, Time)> {
        let mut recovery = of_faults(scheduled);
        for &(time, fault, starts) in events {
            let fault = FaultId::new(fault);
            let observation =
                if starts { Observation::FaultStarted { fault } } else { Observation::FaultEnded { fault } };
            recovery.observe(at(time), observation);
        }
        recovery.faults.iter().map(|occurrence| (occurrence.start, occurrence.end)).collect()
    }

    #[test]
    fn recovery_is_counted_from_the_end_of_the_last_fault_that_overlaps() {
        // 10…20 and 15…30 overlap; 40…50 overlaps none.
        let events = [(10, 0, true), (15, 1, true), (20, 0, false), (30, 1, false), (40, 2, true), (50, 2, false)];
        assert_eq!(spans(3, &events), [(at(10), at(30)), (at(10), at(30)), (at(40), at(50))]);
        // 10…20 and 20…30 touch; so does a random fault, the third, at 30…35.
        let events = [(10, 0, true), (20, 0, false), (20, 1, true), (30, 1, false), (30, 2, true), (35, 2, false)];
        assert_eq!(spans(2, &events), [(at(10), at(35)), (at(10), at(35))]);
        // A group under way at the end of the run has no end.
        assert_eq!(spans(2, &events[..3]), [(at(10), Time::NEVER), (at(10), Time::NEVER)]);
    }

    #[test]
    fn an_outage_that_is_still_open_is_no_part_of_a_recovery() {
        // One attempt each 100 ms; all of 10 s…30 s stall. The faults last from 10 s to 12 s and from 11 s to 30 s.
        let attempts = (0..600).map(|i| (Time::ZERO + Duration::from_millis(100 * i), (100..300).contains(&i)));
        let mut recovery = Recovery { attempts: attempts.collect(), ..of_faults(2) };
        for (time, fault, starts) in [(10, 0, true), (11, 1, true), (12, 0, false), (30, 1, false)] {
            let fault = FaultId::new(fault);
            let observation =
                if starts { Observation::FaultStarted { fault } } else { Observation::FaultEnded { fault } };
            recovery.observe(at(time), observation);
        }
        assert_eq!(recovery.longest_s(), Some(5.0));
    }
}
