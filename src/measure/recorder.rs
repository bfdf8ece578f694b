//! The probe that turns observations into measures.

use crate::model::{
    AttemptEnd, AttemptKind, Cause, Drop, FetchEnd, Loss, Observation, PeerView, Probe, RequestKind, RunEnd, Scenario,
};
use des::{Span, Time};

use super::level::Level;
use super::outcome::{Distributions, RunOutcome};
use super::recovery::Recovery;
use super::sampler::Sampler;
use super::samples::Samples;
use super::series::Series;
use super::stale_age::StaleAge;
use super::table::{MEASURES, measure_index};

/// Handshake wait, time to connect, create time, propagation: the order of the sampled distributions.
const WAIT: usize = 0;
const CONNECT: usize = 1;
const CREATE: usize = 2;
const PROPAGATION: usize = 3;

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
    /// From when on levels need a second look: the start of the counted span, when the maxima begin; then never; and
    /// zero when they have ended.
    look_from: Time,
    /// Whether the time averages still run.
    open: bool,
}

// What the levels tell apart of peers: the flags of their view and, above these, two bits more.
const STALE: u8 = 1 << 4;
/// Its record stayed after a counted revocation.
const EXPOSED: u8 = 1 << 5;
const STATES: usize = 1 << 6;

/// Counts of the counted span.
#[derive(Default)]
struct Tally {
    peers_created: u64,
    attempts: [u64; 3],
    stalled: [u64; 3],
    connected: u64,
    failed: u64,
    create_failed: u64,
    /// Of the attempts that sent an initiation.
    late: u64,
    causes: [u64; 8],
    stale_connects: u64,
    versions: u64,
    propagated: u64,
    moot: u64,
    revocations: u64,
    sent: u64,
    redelivered: u64,
    duplicates: u64,
    lost: [u64; 5],
    requests: [u64; 5],
    changes: u64,
    breaks: u64,
    rejected: u64,
    refused: u64,
    wasted: u64,
    served: u64,
    waited: u128,
    queue_max: u32,
    fetches: u64,
    not_found: u64,
    fetches_failed: u64,
    joined: u64,
    rate_limited: u64,
    negative: u64,
    cookies: u64,
    installs: u64,
    removals: u64,
}

impl Tally {
    /// What became of attempts.
    fn attempts(&self, values: &mut Values) {
        let attempts: u64 = self.attempts.iter().sum();
        let stalled: u64 = self.stalled.iter().sum();
        values.count("peers_created", self.peers_created);
        values.count("attempts", attempts + self.create_failed);
        values.count("attempts_first", self.attempts[AttemptKind::First as usize] + self.create_failed);
        values.count("attempts_return", self.attempts[AttemptKind::Return as usize]);
        values.count("attempts_reconnect", self.attempts[AttemptKind::Reconnect as usize]);
        values.count("connected", self.connected);
        values.count("failed", self.failed);
        values.count("create_failed", self.create_failed);
        values.count("stalled", stalled);
        values.ratio("stall_rate", stalled, attempts);
        values.ratio("failure_rate", self.failed, attempts);
        values.count("stalled_first", self.stalled[AttemptKind::First as usize]);
        values.count("stalled_return", self.stalled[AttemptKind::Return as usize]);
        values.count("stalled_reconnect", self.stalled[AttemptKind::Reconnect as usize]);
        values.count("late", self.late + self.create_failed);
        values.ratio("late_rate", self.late + self.create_failed, attempts + self.create_failed);
        values.count("cause_path_loss", self.causes[Cause::PathLoss as usize]);
        values.count("cause_gateway_down", self.causes[Cause::GatewayDown as usize]);
        values.count("cause_config_lost", self.causes[Cause::ConfigLost as usize]);
        values.count("cause_config_late", self.causes[Cause::ConfigLate as usize]);
        values.count("cause_config_removed", self.causes[Cause::ConfigRemoved as usize]);
        values.count("cause_pull_late", self.causes[Cause::PullLate as usize]);
        values.count("cause_pull_failed", self.causes[Cause::PullFailed as usize]);
        values.count("cause_handshake_limit", self.causes[Cause::HandshakeLimit as usize]);
    }

    /// Versions that could take effect at a gateway.
    fn expected(&self) -> u64 {
        self.versions - self.moot
    }

    /// Those of them that did not.
    fn unpropagated(&self) -> u64 {
        self.expected().checked_sub(self.propagated).expect("a version propagates at most once")
    }
}

/// Quantities with a time average.
struct Levels {
    /// Records of each gateway, for the maximum.
    tables: Vec<u32>,
    table_max: u32,
    /// Peers in each state, less those that were in it when first heard of: every level is a sum of some.
    states: [Level; STATES],
    busy: Level,
    waiting: Level,
    /// Gateways whose stream is open.
    streams: Level,
}

impl Levels {
    /// ∫ peers in those states that `is` names, up to `end`, in nanoseconds.
    fn integral(&self, end: Time, is: fn(&PeerView) -> bool) -> i128 {
        (0..)
            .zip(&self.states)
            .filter(|&(state, _)| is(&PeerView::undated(0, state)))
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
        if let Some(series) = &mut self.series {
            series.attempt(end.first_sent, end.connected, stalled);
        }
        if !end.counted {
            return;
        }
        let kind = end.kind as usize;
        self.tally.attempts[kind] += 1;
        self.tally.late += u64::from(!end.connected || now - end.started > self.late_after);
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

    /// Whether the levels still run. The maxima are those of the counted span: they begin with what there is at its start.
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
            let table = &mut levels.tables[after.gateway as usize];
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
        // Staleness before the counted span counts from its start.
        let at = now.max(self.warmup);
        if before.stale() {
            self.stale_age.end(at.saturating_since(before.superseded));
        }
        if after.stale() {
            self.stale_age.begin(at.saturating_since(after.superseded));
        }
    }

    /// The state of a peer, as the levels tell it from others.
    #[inline(always)]
    fn state(&self, view: &PeerView) -> u8 {
        let exposed = view.revoked != Time::NEVER && view.record_in_run() && self.counted(view.revoked);
        view.flags | (u8::from(view.stale()) * STALE) | (u8::from(exposed) * EXPOSED)
    }

    /// The run has ended: its measures.
    #[must_use]
    pub fn finish(mut self, end: RunEnd) -> RunOutcome {
        let (span, horizon) = ((self.horizon - self.warmup).as_nanos(), self.horizon);
        let integral = |is| self.levels.integral(horizon, is);
        let (records, orphans) = (integral(PeerView::installed), integral(PeerView::orphan));
        let (live, missing) = (integral(PeerView::live), integral(PeerView::missing));
        let (in_run, stale) = (integral(PeerView::record_in_run), integral(|view| view.flags & STALE != 0));
        let exposed = integral(|view| view.flags & EXPOSED != 0);
        self.stale_age.record_fresh(u128::try_from(in_run - stale).expect("stale records are records"));
        let mut distributions =
            Distributions { samples: self.samplers.map(Sampler::finish), stale_age: self.stale_age };

        let tally = &self.tally;
        let mut values = Values::new();
        tally.attempts(&mut values);

        let samples = &mut distributions.samples;
        let quantile = |samples: &mut Samples, per_mille| samples.quantile_s(per_mille, 1000);
        values.set("create_time_mean_s", samples[CREATE].mean_s());
        values.set("create_time_p99_s", quantile(&mut samples[CREATE], 990));
        values.set("handshake_wait_mean_s", samples[WAIT].mean_s());
        values.set("handshake_wait_p50_s", quantile(&mut samples[WAIT], 500));
        values.set("handshake_wait_p90_s", quantile(&mut samples[WAIT], 900));
        values.set("handshake_wait_p99_s", quantile(&mut samples[WAIT], 990));
        values.set("handshake_wait_p999_s", quantile(&mut samples[WAIT], 999));
        values.set("handshake_wait_max_s", samples[WAIT].max_s());
        values.set("time_to_connect_mean_s", samples[CONNECT].mean_s());
        values.set("time_to_connect_p50_s", quantile(&mut samples[CONNECT], 500));
        values.set("time_to_connect_p99_s", quantile(&mut samples[CONNECT], 990));

        values.integral_ratio("records_in_run_mean", in_run, span.into());
        values.set("stale_fraction", distributions.stale_age.fraction());
        values.set("stale_age_mean_s", distributions.stale_age.mean_s());
        values.ratio("stale_connect_fraction", tally.stale_connects, tally.connected);
        values.integral_ratio("live_mean", live, span.into());
        values.integral_ratio("missing_fraction", missing, live);
        let samples = &mut distributions.samples;
        values.set("propagation_mean_s", samples[PROPAGATION].mean_s());
        values.set("propagation_p50_s", quantile(&mut samples[PROPAGATION], 500));
        values.set("propagation_p99_s", quantile(&mut samples[PROPAGATION], 990));
        values.count("versions", tally.expected());
        values.ratio("unpropagated_fraction", tally.unpropagated(), tally.expected());
        values.count("revocations", tally.revocations);
        let exposure = (tally.revocations > 0).then(|| exposed as f64 / 1e9 / tally.revocations as f64);
        values.set("revoked_exposure_mean_s", exposure);

        values.count("bus_sent", tally.sent);
        values.count("bus_delivered", tally.sent - tally.lost.iter().sum::<u64>());
        values.count("bus_lost_random", tally.lost[Loss::Random as usize]);
        values.count("bus_lost_burst", tally.lost[Loss::Burst as usize]);
        values.count("bus_lost_fault", tally.lost[Loss::Fault as usize]);
        values.count("bus_lost_slow_consumer", tally.lost[Loss::SlowConsumer as usize]);
        values.count("bus_lost_gateway_down", tally.lost[Loss::GatewayDown as usize]);
        values.count("bus_redelivered", tally.redelivered);
        values.count("bus_duplicates", tally.duplicates);

        values.count("api_creates", tally.requests[RequestKind::Create as usize]);
        values.count("api_fetches", tally.requests[RequestKind::Fetch as usize]);
        let relists = tally.requests[RequestKind::Relist as usize];
        values.count("api_lists", tally.requests[RequestKind::List as usize] + relists);
        values.count("api_rejected", tally.rejected);
        values.count("api_refused", tally.refused);
        values.count("api_wasted", tally.wasted);
        let capacity = i128::from(span) * i128::from(self.workers);
        values.integral_ratio("api_utilization", self.levels.busy.integral(horizon), capacity);
        let waited = tally.waited as f64 / 1e9;
        values.count("api_served", tally.served);
        values.set("api_wait_mean_s", (tally.served > 0).then(|| waited / tally.served as f64));
        values.count("api_queue_max", tally.queue_max.into());

        values.count("fetches", tally.fetches);
        values.count("fetches_not_found", tally.not_found);
        values.count("fetches_failed", tally.fetches_failed);
        values.count("fetches_coalesced", tally.joined);
        values.count("fetches_rate_limited", tally.rate_limited);
        values.count("fetches_negative", tally.negative);
        values.count("installs", tally.installs);
        values.count("removals", tally.removals);
        let table_time = i128::from(span) * i128::from(self.gateways);
        values.integral_ratio("table_mean", records, table_time);
        values.count("table_max", self.levels.table_max.into());
        values.integral_ratio("orphan_fraction", orphans, records);
        values.set("recovery_max_s", self.recovery.longest_s());
        values.count("api_watches", tally.requests[RequestKind::Watch as usize]);
        values.count("watch_events", tally.changes);
        values.count("watch_breaks", tally.breaks);
        values.count("relists", relists);
        let up = if self.watches { self.levels.streams.integral(horizon) } else { table_time };
        values.integral_ratio("stream_down_fraction", table_time - up, table_time);
        values.count("cookies", tally.cookies);

        RunOutcome {
            fingerprint: end.fingerprint,
            events: end.events,
            measures: values.0,
            distributions,
            series: self.series.map_or_else(Vec::new, |series| series.finish(self.gateways, self.workers)),
        }
    }
}

/// The values of the measures, set by name.
struct Values([Option<f64>; MEASURES.len()]);

impl Values {
    fn new() -> Self {
        Self([None; MEASURES.len()])
    }

    fn set(&mut self, name: &str, value: Option<f64>) {
        self.0[measure_index(name).expect("a measure of the table")] = value;
    }

    fn count(&mut self, name: &str, value: u64) {
        self.set(name, Some(value as f64));
    }

    fn ratio(&mut self, name: &str, part: u64, whole: u64) {
        self.set(name, (whole > 0).then(|| part as f64 / whole as f64));
    }

    fn integral_ratio(&mut self, name: &str, part: i128, whole: i128) {
        self.set(name, (whole > 0).then(|| part as f64 / whole as f64));
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
    /// Counts a fact of the counted span.
    #[inline(always)]
    fn count(&mut self, observation: Observation) {
        let tally = &mut self.tally;
        match observation {
            Observation::CreateFailed { .. } => tally.create_failed += 1,
            Observation::VersionCommitted { version, .. } => {
                tally.versions += 1;
                tally.peers_created += u64::from(version == 1);
            }
            Observation::PeerRevoked { installed, .. } => {
                tally.revocations += 1;
                tally.moot += u64::from(!installed);
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
                tally.waited += u128::from(waited.as_nanos());
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
