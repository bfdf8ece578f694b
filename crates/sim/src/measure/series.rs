//! The time series: the run divided into bins.

use crate::model::{Observation, PeerView};
use des::{Duration, Time};

use super::outcome::SeriesBin;

/// Counts and levels per bin.
pub(crate) struct Series {
    clock: Clock,
    attempts: Vec<u64>,
    stalled: Vec<u64>,
    connected: Vec<u64>,
    started: Vec<u64>,
    late: Vec<u64>,
    fetches: Vec<u64>,
    sent: Vec<u64>,
    records: BinnedLevel,
    in_run: BinnedLevel,
    stale: BinnedLevel,
    live: BinnedLevel,
    missing: BinnedLevel,
    busy: BinnedLevel,
    waiting: BinnedLevel,
}

/// The limits of the bins.
#[derive(Clone, Copy)]
struct Clock {
    bin: Duration,
    horizon: Time,
}

impl Clock {
    fn bins(self) -> usize {
        usize::try_from(self.horizon.as_nanos().div_ceil(self.bin.as_nanos())).expect("bins are few")
    }

    fn index(self, at: Time) -> usize {
        usize::try_from(at.as_nanos() / self.bin.as_nanos()).expect("bins are few")
    }

    fn start(self, index: usize) -> Time {
        Time::ZERO + self.bin.times(index as u64)
    }

    /// Length of a bin; the last may be shorter.
    fn length(self, index: usize) -> i128 {
        (self.start(index + 1).min(self.horizon) - self.start(index)).as_nanos().into()
    }
}

/// A level and its integral over each bin.
struct BinnedLevel {
    value: i64,
    since: Time,
    integrals: Vec<i128>,
}

impl BinnedLevel {
    fn new(clock: Clock) -> Self {
        Self { value: 0, since: Time::ZERO, integrals: vec![0; clock.bins()] }
    }

    fn set(&mut self, clock: Clock, now: Time, value: i64) {
        let now = now.min(clock.horizon);
        while self.since < now {
            let index = clock.index(self.since);
            let until = clock.start(index + 1).min(now);
            self.integrals[index] += i128::from(self.value) * i128::from((until - self.since).as_nanos());
            self.since = until;
        }
        self.value = value;
    }

    fn add(&mut self, clock: Clock, now: Time, change: i64) {
        if change != 0 {
            self.set(clock, now, self.value + change);
        }
    }
}

impl Series {
    pub(crate) fn new(bin: Duration, horizon: Time) -> Self {
        let clock = Clock { bin, horizon };
        let counts = vec![0; clock.bins()];
        let level = || BinnedLevel::new(clock);
        Self {
            clock,
            attempts: counts.clone(),
            stalled: counts.clone(),
            connected: counts.clone(),
            started: counts.clone(),
            late: counts.clone(),
            fetches: counts.clone(),
            sent: counts,
            records: level(),
            in_run: level(),
            stale: level(),
            live: level(),
            missing: level(),
            busy: level(),
            waiting: level(),
        }
    }

    /// Counts an attempt that sent an initiation in the bin of its first one.
    pub(crate) fn attempt(&mut self, first_sent: Time, connected: bool, stalled: bool) {
        if first_sent < self.clock.horizon {
            let index = self.clock.index(first_sent);
            self.attempts[index] += 1;
            self.stalled[index] += u64::from(stalled);
            self.connected[index] += u64::from(connected);
        }
    }

    /// Counts an attempt, with or without an initiation, in the bin of its start.
    pub(crate) fn start(&mut self, started: Time, late: bool) {
        if started < self.clock.horizon {
            let index = self.clock.index(started);
            self.started[index] += 1;
            self.late[index] += u64::from(late);
        }
    }

    #[inline(always)]
    pub(crate) fn observe(&mut self, now: Time, observation: Observation) {
        let counts = match observation {
            Observation::FetchStarted { .. } => &mut self.fetches,
            Observation::MessageSent { .. } => &mut self.sent,
            _ => return,
        };
        if now < self.clock.horizon {
            counts[self.clock.index(now)] += 1;
        }
    }

    pub(crate) fn peer_changed(&mut self, now: Time, before: PeerView, after: PeerView) {
        let change = |of: fn(&PeerView) -> bool| i64::from(of(&after)) - i64::from(of(&before));
        let clock = self.clock;
        self.records.add(clock, now, change(PeerView::installed));
        self.live.add(clock, now, change(PeerView::live));
        self.missing.add(clock, now, change(PeerView::missing));
        self.in_run.add(clock, now, change(PeerView::record_in_run));
        self.stale.add(clock, now, change(PeerView::stale));
    }

    pub(crate) fn api_load(&mut self, now: Time, waiting: u32, busy: u32) {
        self.waiting.set(self.clock, now, waiting.into());
        self.busy.set(self.clock, now, busy.into());
    }

    /// The bins, in order of time.
    pub(crate) fn finish(mut self, gateways: u32, workers: u32) -> Vec<SeriesBin> {
        let clock = self.clock;
        for level in [
            &mut self.records,
            &mut self.in_run,
            &mut self.stale,
            &mut self.live,
            &mut self.missing,
            &mut self.busy,
            &mut self.waiting,
        ] {
            let value = level.value;
            level.set(clock, clock.horizon, value);
        }
        let ratio = |part: i128, whole: i128| (whole > 0).then(|| part as f64 / whole as f64);
        (0..clock.bins())
            .map(|bin| {
                let length = clock.length(bin);
                let mean = |level: &BinnedLevel, parts: u32| ratio(level.integrals[bin], length * i128::from(parts));
                [
                    Some(self.attempts[bin] as f64),
                    Some(self.stalled[bin] as f64),
                    ratio(self.stalled[bin].into(), self.attempts[bin].into()),
                    Some(self.connected[bin] as f64),
                    Some(self.started[bin] as f64),
                    Some(self.late[bin] as f64),
                    ratio(self.late[bin].into(), self.started[bin].into()),
                    mean(&self.records, gateways),
                    mean(&self.in_run, 1),
                    ratio(self.stale.integrals[bin], self.in_run.integrals[bin]),
                    mean(&self.stale, 1),
                    mean(&self.live, 1),
                    ratio(self.missing.integrals[bin], self.live.integrals[bin]),
                    mean(&self.busy, workers),
                    mean(&self.waiting, 1),
                    Some(self.fetches[bin] as f64),
                    Some(self.sent[bin] as f64),
                ]
            })
            .collect()
    }
}
