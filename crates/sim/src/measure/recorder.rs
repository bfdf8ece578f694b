//! The probe that turns observations into measures.

use crate::model::{
    AttemptEnd, AttemptKind, Drop, FetchEnd, GatewayId, Observation, PeerView, Probe, RunEnd, Scenario, Version,
};
use des::{Span, Time};

use super::level::Level;
use super::outcome::{Distributions, RunOutcome};
use super::rare::RareTallies;
use super::recovery::Recovery;
use super::sampler::Sampler;
use super::series::Series;
use super::stale_age::StaleAge;
use super::table::MEASURES;
use super::totals::{PROPAGATION, Tally, Totals};

/// Tallies, levels and distributions of one run.
pub struct Recorder {
    warmup: Time,
    horizon: Time,
    span: Span,
    stall_after: des::Duration,
    late_after: des::Duration,
    gateways: u32,
    workers: u32,
    watches: bool,
    tally: Tally,
    levels: Levels,
    samplers: [Sampler; 4],
    stale_age: StaleAge,
    recovery: Recovery,
    series: Option<Box<Series>>,
    /// Next time at which `levels_run` must check again: the start of the counted span, when the maxima begin; then
    /// [`Time::NEVER`]; and [`Time::ZERO`] after the end of the levels.
    look_from: Time,
    /// Whether time averages are still being taken.
    open: bool,
}

// Properties of a peer that levels distinguish: the flags of its view and, above them, two further bits.
const STALE: u8 = 1 << 4;
/// The peer's record stayed after a counted revocation.
const EXPOSED: u8 = 1 << 5;
const STATES: usize = 1 << 6;

/// Quantities with a time average.
struct Levels {
    /// Records of each gateway, for the maximum.
    tables: Vec<u32>,
    table_max: u32,
    /// Peers in each state, minus those that were in it at their first observation. Every level is a sum of some
    /// states.
    states: [Level; STATES],
    busy: Level,
    waiting: Level,
    /// Gateways whose stream is open.
    streams: Level,
}

impl Levels {
    /// ∫ peers in the states for which `is` is true, up to `end`, in peer·nanoseconds.
    fn integral(&self, end: Time, is: fn(&PeerView) -> bool) -> i128 {
        (0..)
            .zip(&self.states)
            .filter(|&(state, _)| is(&PeerView::undated(GatewayId::new(0), state)))
            .map(|(_, level)| level.integral(end))
            .sum()
    }
}

impl Recorder {
    /// A recorder for one run of `scenario`.
    #[must_use]
    pub fn new(scenario: &Scenario) -> Self {
        let start = Time::ZERO + scenario.warmup;
        let horizon = Time::ZERO + scenario.horizon;
        let level = Level::default();
        Self {
            warmup: start,
            horizon,
            span: Span::new(start, horizon),
            stall_after: scenario.stall_after,
            late_after: scenario.late_after,
            gateways: scenario.gateways.count,
            workers: scenario.api.workers,
            tally: Tally::default(),
            levels: Levels {
                tables: vec![0; scenario.gateways.count as usize],
                table_max: 0,
                states: [level; STATES],
                busy: level,
                waiting: level,
                streams: level,
            },
            watches: scenario.strategy.watch.is_some(),
            samplers: Default::default(),
            stale_age: StaleAge::default(),
            recovery: Recovery::new(scenario),
            series: scenario.bin.map(|bin| Box::new(Series::new(bin, horizon))),
            look_from: start,
            open: true,
        }
    }

    fn counted(&self, now: Time) -> bool {
        self.span.contains(now)
    }

    #[inline(always)]
    fn attempt_ended(&mut self, now: Time, end: AttemptEnd) {
        let wait = now - end.first_sent;
        let stalled = !end.connected || wait > self.stall_after;
        let late = !end.connected || now - end.started > self.late_after;
        if let Some(series) = &mut self.series {
            series.attempt(end.first_sent, end.connected, stalled);
            series.start(end.started, late);
        }
        if !end.counted {
            return;
        }
        let kind = end.kind as usize;
        self.tally.asked[kind] += 1;
        self.tally.late_asked += u64::from(late);
        let [waits, connects, creates, _] = &mut self.samplers;
        if end.connected {
            self.tally.connected += 1;
            self.tally.stale_connects += u64::from(end.stale);
            waits.record(wait);
            connects.record(now - end.started);
        } else {
            self.tally.failed += 1;
            waits.record_infinite();
            connects.record_infinite();
        }
        if end.kind == AttemptKind::First {
            creates.record(end.create_time);
        }
        if stalled {
            self.tally.stalled[kind] += 1;
            self.tally.causes[end.cause as usize] += 1;
        }
        self.recovery.attempt(end.first_sent, stalled);
    }

    /// Whether levels are still recorded. Maxima are those of the counted span: they begin with the values at its
    /// start.
    #[inline(always)]
    fn levels_run(&mut self, now: Time) -> bool {
        now < self.look_from || self.look_at_levels()
    }

    #[cold]
    fn look_at_levels(&mut self) -> bool {
        if !self.open {
            return false;
        }
        self.look_from = Time::NEVER;
        self.levels.table_max = self.levels.tables.iter().copied().max().unwrap_or(0);
        self.tally.queue_max = u32::try_from(self.levels.waiting.value()).expect("a queue is never shorter than empty");
        true
    }

    #[inline(always)]
    fn peer_changed(&mut self, now: Time, before: PeerView, after: PeerView) {
        if !self.levels_run(now) {
            return;
        }
        let (was, is) = (self.state(&before), self.state(&after));
        let levels = &mut self.levels;
        let at = now.max(self.warmup);
        levels.states[was as usize % STATES].add(at, -1);
        levels.states[is as usize % STATES].add(at, 1);
        if (was ^ is) & PeerView::INSTALLED != 0 {
            let table = &mut levels.tables[after.gateway.index()];
            *table = if after.installed() { *table + 1 } else { *table - 1 };
            levels.table_max = levels.table_max.max(*table);
        }
        if (was | is) & STALE != 0 {
            self.staleness_changed(now, before, after);
        }
        if let Some(series) = &mut self.series {
            series.peer_changed(now, before, after);
        }
    }

    fn stream_changed(&mut self, now: Time, change: i64) {
        if self.levels_run(now) {
            self.levels.streams.add(now.max(self.warmup), change);
        }
    }

    #[cold]
    fn staleness_changed(&mut self, now: Time, before: PeerView, after: PeerView) {
        if before.stale() == after.stale() && before.superseded == after.superseded {
            return;
        }
        // Staleness from before the counted span counts from the start of the span.
        let at = now.max(self.warmup);
        if before.stale() {
            self.stale_age.end(at.saturating_since(before.superseded));
        }
        if after.stale() {
            self.stale_age.begin(at.saturating_since(after.superseded));
        }
    }

    /// The state of a peer, as the levels distinguish it.
    #[inline(always)]
    fn state(&self, view: &PeerView) -> u8 {
        let exposed = view.revoked != Time::NEVER && view.record_in_run() && self.counted(view.revoked);
        view.flags | (u8::from(view.stale()) * STALE) | (u8::from(exposed) * EXPOSED)
    }

    /// Ends the run and returns its measures.
    #[must_use]
    pub fn finish(self, end: RunEnd) -> RunOutcome {
        self.finish_beside(end, None)
    }

    /// Ends the run and returns its measures, with those of its repetitions with tagged peers.
    #[must_use]
    pub(crate) fn finish_beside(mut self, end: RunEnd, rare: Option<RareTallies>) -> RunOutcome {
        let horizon = self.horizon;
        let span = i128::from((horizon - self.warmup).as_nanos());
        let integral = |is| self.levels.integral(horizon, is);
        let (records_in_run, stale) = (integral(PeerView::record_in_run), integral(|view| view.flags & STALE != 0));
        self.stale_age.record_fresh(u128::try_from(records_in_run - stale).expect("stale records are records"));
        let gateway_time = span * i128::from(self.gateways);
        let mut totals = Totals {
            span,
            gateway_time,
            worker_time: span * i128::from(self.workers),
            records: integral(PeerView::installed),
            records_in_run,
            orphans: integral(PeerView::orphan),
            live: integral(PeerView::live),
            missing: integral(PeerView::missing),
            exposed: integral(|view| view.flags & EXPOSED != 0),
            busy: self.levels.busy.integral(horizon),
            stream_down: if self.watches { gateway_time - self.levels.streams.integral(horizon) } else { 0 },
            table_max: self.levels.table_max,
            recovery_s: self.recovery.longest_s(),
            rare,
            tally: self.tally,
            distributions: Distributions { samples: self.samplers.map(Sampler::finish), stale_age: self.stale_age },
        };
        RunOutcome {
            fingerprint: end.fingerprint,
            events: end.events,
            variant: end.variant,
            measures: MEASURES.map(|measure| measure.value(&mut totals)),
            distributions: totals.distributions,
            series: self.series.map_or_else(Vec::new, |series| series.finish(self.gateways, self.workers)),
        }
    }
}

impl Probe for Recorder {
    const FAST: bool = true;

    #[inline(always)]
    fn observe(&mut self, now: Time, observation: Observation) {
        match observation {
            Observation::PeerChanged { before, after, .. } => self.peer_changed(now, before, after),
            Observation::AttemptEnded(end) => self.attempt_ended(now, end),
            Observation::VersionPropagated { committed, .. } => {
                if self.counted(committed) {
                    self.tally.propagated += 1;
                    self.samplers[PROPAGATION].record(now - committed);
                }
            }
            Observation::HorizonReached => {
                self.levels_run(now);
                self.open = false;
                self.look_from = Time::ZERO;
            }
            Observation::MessageLost { loss, counted: true, .. } => {
                self.tally.lost[loss as usize] += 1;
            }
            Observation::PushDelivered { duplicate: true, counted: true, .. } => self.tally.duplicates += 1,
            Observation::ApiLoadChanged { waiting, busy } => {
                if self.levels_run(now) {
                    let at = now.max(self.warmup);
                    self.levels.busy.set(at, busy.into());
                    self.levels.waiting.set(at, waiting.into());
                    self.tally.queue_max = self.tally.queue_max.max(waiting);
                    if let Some(series) = &mut self.series {
                        series.api_load(now, waiting, busy);
                    }
                }
            }
            Observation::StreamOpened { .. } => self.stream_changed(now, 1),
            Observation::StreamEnded { broken, .. } => {
                self.stream_changed(now, -1);
                self.tally.breaks += u64::from(broken && self.counted(now));
            }
            Observation::FaultStarted { .. } | Observation::FaultEnded { .. } => {
                self.recovery.observe(now, observation);
            }
            Observation::CreateFailed { started, .. } => {
                if let Some(series) = &mut self.series {
                    series.start(started, true);
                }
                self.tally.create_failed += u64::from(self.counted(now));
            }
            _ => {
                if let Some(series) = &mut self.series {
                    series.observe(now, observation);
                }
                if self.counted(now) {
                    self.count(observation);
                }
            }
        }
    }
}

impl Recorder {
    /// Counts an observation of the counted span.
    #[inline(always)]
    fn count(&mut self, observation: Observation) {
        let tally = &mut self.tally;
        match observation {
            Observation::VersionCommitted { version, .. } => {
                tally.versions += 1;
                tally.peers_created += u64::from(version == Version::FIRST);
            }
            Observation::PeerRevoked { installed, .. } => {
                tally.revocations += 1;
                tally.never_installed += u64::from(!installed);
            }
            Observation::MessageSent { again, .. } => {
                tally.sent += 1;
                tally.redelivered += u64::from(again);
            }
            Observation::RequestArrived { kind, .. } => tally.requests[kind as usize] += 1,
            Observation::ChangeSent { .. } => tally.changes += 1,
            Observation::RequestRejected { .. } => tally.rejected += 1,
            Observation::RequestRefused { .. } => tally.refused += 1,
            Observation::ServiceStarted { waited, .. } => {
                tally.served += 1;
                tally.waited += i128::from(waited.as_nanos());
            }
            Observation::ServiceEnded { wasted, .. } => tally.wasted += u64::from(wasted),
            Observation::FetchStarted { .. } => tally.fetches += 1,
            Observation::FetchJoined { .. } => tally.joined += 1,
            Observation::FetchEnded { end, .. } => match end {
                FetchEnd::NotFound => tally.not_found += 1,
                FetchEnd::Failed => tally.fetches_failed += 1,
                FetchEnd::Found | FetchEnd::Gone => {}
            },
            Observation::InitiationDropped { reason, .. } => match reason {
                Drop::RateLimited => tally.rate_limited += 1,
                Drop::Negative => tally.negative += 1,
                Drop::HandshakeLimit => tally.cookies += 1,
                Drop::GatewayDown | Drop::NotInstalled => {}
            },
            Observation::JobEnded { removal: true, .. } => tally.removals += 1,
            Observation::JobEnded { removal: false, .. } => tally.installs += 1,
            _ => {}
        }
    }
}
