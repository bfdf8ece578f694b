//! A second account of a run, independent of the measures: the balances that hold in every run.

use std::collections::BTreeMap;

use des::{Distribution, Duration, Time};
use pushpull::model::{
    AttemptEnd, AttemptKind, BusEffect, Drop, FaultId, GatewayId, Leg, Loss, MessageKind, Observation, PeerId,
    PeerView, Probe, RequestKind, Scenario, Target, Version,
};

/// The observations of one peer.
#[derive(Default)]
struct Peer {
    /// Commit of each version, from version 1 on.
    commits: Vec<Time>,
    revoked: bool,
    /// Whether each version has taken effect.
    propagated: Vec<bool>,
    view: Option<PeerView>,
    gateway: Option<GatewayId>,
    arrived: bool,
    arrived_at: Time,
    first_attempt_ended: bool,
    /// Fetches that have begun and not ended.
    fetching: u32,
    /// Instant at which an install or removal of the peer's record last ended.
    served_at: Option<Time>,
}

/// Messages of one kind to or from one peer.
#[derive(Default)]
struct Messages {
    sent: u64,
    lost: u64,
    delivered: u64,
    last_sent: Time,
    /// Earliest possible sending times of the messages under way; only for pushes.
    under_way: Vec<Time>,
}

/// The account.
pub(crate) struct Ledger<'a> {
    scenario: &'a Scenario,
    now: Time,
    pub(crate) observations: u64,
    peers: BTreeMap<PeerId, Peer>,
    messages: BTreeMap<(PeerId, u8), Messages>,
    /// Number of records in each gateway's table.
    tables: Vec<u32>,
    /// For each gateway's installer, the peer in service, and whether the job is a removal.
    installers: Vec<Option<(PeerId, bool)>>,
    /// Number of requests waiting and in service.
    waiting: u32,
    busy: u32,
    last_served_arrival: Time,
    /// Time at which the API last served a request to watch whose gateway was still waiting.
    watch_served_at: Option<Time>,
    /// Start of each gateway's open stream, if it has one.
    streams: Vec<Option<Time>>,
    /// The peer of a version just committed, which an open stream must carry.
    change_due: Option<PeerId>,
    /// Whether each gateway is down.
    deaf: Vec<bool>,
    /// Number of API faults in force.
    api_down: u32,
    closed: bool,
    /// The instant of the last restart or reload of a gateway.
    restarted_at: Option<Time>,
    // Counts of the counted span, by this account.
    pub(crate) sent: u64,
    pub(crate) lost: [u64; 5],
    pub(crate) installs: u64,
    pub(crate) removals: u64,
    pub(crate) creates: u64,
    pub(crate) requests: [u64; 5],
    pub(crate) fetches: u64,
    /// Sendings of changes on streams, and streams that ended before their lifetime.
    pub(crate) changes: u64,
    pub(crate) breaks: u64,
    /// ∫ open streams dt over the counted span, in stream-seconds.
    pub(crate) stream_seconds: f64,
    pub(crate) attempts: u64,
    pub(crate) connected: u64,
    pub(crate) create_failed: u64,
    /// Of the attempts that sent an initiation.
    pub(crate) late: u64,
    pub(crate) cookies: u64,
    /// The peer to which a cookie is due, and the time of the decision; none if no cookie is due.
    cookie_due: Option<(Time, PeerId)>,
    pub(crate) fetches_outstanding: i64,
    /// ∫ records dt over the counted span, in record-seconds.
    pub(crate) record_seconds: f64,
    records: u32,
    records_since: Time,
}

impl<'a> Ledger<'a> {
    pub(crate) fn new(scenario: &'a Scenario) -> Self {
        let gateways = scenario.gateways.count as usize;
        Self {
            scenario,
            now: Time::ZERO,
            observations: 0,
            peers: BTreeMap::new(),
            messages: BTreeMap::new(),
            tables: vec![0; gateways],
            installers: vec![None; gateways],
            waiting: 0,
            busy: 0,
            last_served_arrival: Time::ZERO,
            watch_served_at: None,
            streams: vec![None; gateways],
            change_due: None,
            deaf: vec![false; gateways],
            api_down: 0,
            closed: false,
            restarted_at: None,
            sent: 0,
            lost: [0; 5],
            installs: 0,
            removals: 0,
            creates: 0,
            requests: [0; 5],
            fetches: 0,
            changes: 0,
            breaks: 0,
            stream_seconds: 0.0,
            attempts: 0,
            connected: 0,
            create_failed: 0,
            late: 0,
            cookies: 0,
            cookie_due: None,
            fetches_outstanding: 0,
            record_seconds: 0.0,
            records: 0,
            records_since: Time::ZERO,
        }
    }

    fn warmup(&self) -> Time {
        Time::ZERO + self.scenario.warmup
    }

    fn horizon(&self) -> Time {
        Time::ZERO + self.scenario.horizon
    }

    fn counted(&self) -> bool {
        self.warmup() <= self.now && self.now < self.horizon()
    }

    fn peer(&mut self, id: PeerId) -> &mut Peer {
        self.peers.entry(id).or_default()
    }

    fn committed(&mut self, peer: PeerId, version: Version) {
        let (now, counted, horizon) = (self.now, self.counted(), self.horizon());
        let state = self.peer(peer);
        assert!(peer.has_client(), "an existing peer does not change");
        assert_eq!(version.index(), state.commits.len() + 1, "versions rise by one");
        assert!(version == Version::FIRST || now < horizon, "nothing changes after the horizon");
        assert!(!state.revoked, "nothing follows a revocation");
        state.commits.push(now);
        state.propagated.push(false);
        let gateway = state.gateway.expect("what is committed has come before");
        self.creates += u64::from(counted && version == Version::FIRST);
        assert_eq!(self.change_due, None, "a change that no open stream carried");
        if self.streams[gateway.index()].is_some() {
            self.change_due = Some(peer);
        }
    }

    /// A peer that existed before the run, with its client.
    fn device_added(&mut self, peer: PeerId, gateway: GatewayId) {
        assert!(!peer.is_new() && peer.has_client() && self.now == Time::ZERO);
        let state = self.peer(peer);
        assert!(state.commits.is_empty(), "a device is added once");
        state.commits.push(Time::ZERO);
        state.propagated.push(true);
        state.gateway = Some(gateway);
        state.arrived = true;
    }

    fn change_sent(&mut self, peer: PeerId, gateway: GatewayId) {
        assert!(self.streams[gateway.index()].is_some(), "a change of {peer} on no stream");
        let state = self.peer(peer);
        assert!(!state.commits.is_empty(), "a change of a peer that was never committed");
        assert_eq!(state.gateway, Some(gateway), "each stream carries its own gateway's peers");
        if self.change_due.is_some() {
            assert_eq!(self.change_due.take(), Some(peer), "each change is sent when it is committed");
        }
        self.changes += u64::from(self.counted());
    }

    fn stream_opened(&mut self, gateway: GatewayId) {
        let watch = self.scenario.strategy.watch.as_ref();
        assert!(watch.is_some(), "a stream that nobody asked for");
        let served = self.watch_served_at == Some(self.now);
        assert!(served || self.now == Time::ZERO, "a stream that no service of the API explains");
        assert!(self.api_down == 0 || self.now == Time::ZERO, "the API is down and opens a stream");
        assert!(!self.deaf[gateway.index()], "the API opens a stream to a gateway that is down");
        assert!(self.streams[gateway.index()].replace(self.now).is_none(), "a gateway has one stream");
    }

    fn stream_ended(&mut self, gateway: GatewayId, broken: bool) {
        let watch = self.scenario.strategy.watch.as_ref().expect("a stream is watched");
        assert!(broken || watch.lifetime.is_some(), "a stream without a lifetime does not end by it");
        self.breaks += u64::from(broken && self.counted());
        let opened = self.streams[gateway.index()].take().expect("an open stream ends");
        self.add_stream(opened);
    }

    fn add_stream(&mut self, opened: Time) {
        let (from, to) = (opened.max(self.warmup()), self.now.min(self.horizon()));
        self.stream_seconds += to.saturating_since(from).as_secs_f64();
    }

    fn propagated(&mut self, peer: PeerId, version: Version, committed: Time) {
        let state = self.peer(peer);
        let index = version.index() - 1;
        assert!(index < state.commits.len(), "version {version} took effect and was never committed");
        assert_eq!(committed, state.commits[index], "it was committed when it was committed");
        assert!(!std::mem::replace(&mut state.propagated[index], true), "version {version} took effect twice");
    }

    fn changed(&mut self, peer: PeerId, before: PeerView, after: PeerView) {
        let (now, closed) = (self.now, self.closed);
        let restarted = self.restarted_at == Some(now);
        let expires = self.scenario.strategy.expire.is_some();
        let restarts = self.scenario.faults.iter().any(|fault| fault.target == Target::Gateway);
        let reloads = restarts && self.scenario.strategy.persists;
        if closed {
            return;
        }
        let closing = now == self.horizon();
        let state = self.peer(peer);
        match state.view {
            Some(view) => assert_eq!(before, view, "a state follows from the one before"),
            None => assert!(!before.installed() && !before.live(), "a peer begins with nothing: {before:?}"),
        }
        assert_eq!(before.gateway, after.gateway, "a peer keeps its gateway");
        state.view = Some(after);
        if before.installed() == after.installed() {
            return;
        }
        let served = state.served_at == Some(now);
        assert!(!peer.has_client() || !state.commits.is_empty(), "an install without a commit");
        let table = &mut self.tables[after.gateway.index()];
        if after.installed() {
            let at_start = !peer.is_new() && now == Time::ZERO;
            assert!(served || at_start || reloads, "an install that no job, start or reload explains");
            *table += 1;
        } else {
            assert!(served || expires || restarted || closing, "a removal that nothing explains");
            *table = table.checked_sub(1).expect("more removals than installs");
        }
        self.integrate(if after.installed() { 1 } else { -1 });
    }

    fn integrate(&mut self, change: i32) {
        let (from, to) = (self.records_since.max(self.warmup()), self.now.min(self.horizon()));
        self.record_seconds += to.saturating_since(from).as_secs_f64() * f64::from(self.records);
        self.records = self.records.checked_add_signed(change).expect("records are never negative");
        self.records_since = self.now;
    }

    fn messages(&mut self, peer: PeerId, kind: MessageKind) -> &mut Messages {
        self.messages.entry((peer, kind as u8)).or_default()
    }

    fn message_sent(&mut self, peer: PeerId, kind: MessageKind) {
        let now = self.now;
        self.sent += u64::from(self.counted());
        let messages = self.messages(peer, kind);
        messages.sent += 1;
        messages.last_sent = now;
        if kind == MessageKind::Push {
            messages.under_way.push(now);
        }
    }

    fn message_lost(&mut self, peer: PeerId, kind: MessageKind, loss: Loss, counted: bool) {
        self.lost[loss as usize] += u64::from(counted);
        let now = self.now;
        let messages = self.messages(peer, kind);
        messages.lost += 1;
        assert!(messages.lost + messages.delivered <= messages.sent, "more {kind:?} of {peer} lost than sent");
        if matches!(loss, Loss::Random | Loss::Burst | Loss::Fault) {
            assert_eq!(messages.last_sent, now, "chance and faults of the bus strike at the sending");
        }
        if kind == MessageKind::Push {
            let lost = if matches!(loss, Loss::Random | Loss::Burst | Loss::Fault) {
                messages.under_way.pop()
            } else {
                Some(messages.under_way.remove(0))
            };
            assert!(lost.is_some());
        }
        assert!(
            loss != Loss::SlowConsumer || kind == MessageKind::Push,
            "only pushes are dropped by a slow consumer, not {kind:?}"
        );
    }

    fn push_delivered(&mut self, peer: PeerId, version: Version) {
        let messages = self.messages(peer, MessageKind::Push);
        messages.delivered += 1;
        assert!(messages.lost + messages.delivered <= messages.sent, "more pushes of {peer} arrived than were sent");
        messages.under_way.remove(0);
        let commits = self.peer(peer).commits.len();
        assert!(!peer.has_client() || version.index() <= commits, "a version arrived that was never committed");
    }

    fn load_changed(&mut self, waiting: u32, busy: u32) {
        assert_eq!((waiting, busy), (self.waiting, self.busy), "requests waiting and in service");
        assert!(waiting <= self.scenario.api.queue_limit && busy <= self.scenario.api.workers);
        assert!(waiting == 0 || busy == self.scenario.api.workers, "a request waits beside an idle worker");
    }

    fn attempt_ended(&mut self, end: &AttemptEnd) {
        let now = self.now;
        let (warmup, horizon) = (self.warmup(), self.horizon());
        assert!(end.started <= end.first_sent && end.first_sent <= now, "{end:?}");
        assert_eq!(end.counted, warmup <= end.first_sent && end.first_sent < horizon, "{end:?}");
        assert!(end.kind != AttemptKind::Return || end.first_sent >= Time::ZERO);
        let state = self.peer(end.peer);
        assert!(state.arrived, "an attempt of a client that never came");
        if end.kind == AttemptKind::First {
            assert!(!std::mem::replace(&mut state.first_attempt_ended, true), "two first attempts: {end:?}");
            assert!(!state.commits.is_empty(), "a first attempt without a create");
        }
        assert!(!end.stale || end.kind != AttemptKind::First || state.commits.len() > 1);
        let started = if end.kind == AttemptKind::First { state.arrived_at } else { end.first_sent };
        assert_eq!(end.started, started, "{end:?}");
        let late = !end.connected || now - started > self.scenario.late_after;
        self.late += u64::from(end.counted && late);
        self.attempts += u64::from(end.counted);
        self.connected += u64::from(end.counted && end.connected);
    }

    /// A gateway fault begins: installers and tables of the gateways concerned lose their contents.
    fn fault_started(&mut self, fault: FaultId) {
        let fault = &self.scenario.faults[fault.index()];
        let count = self.scenario.gateways.count;
        match fault.target {
            Target::Api(_) => {
                (self.waiting, self.busy) = (0, 0);
                self.api_down += 1;
            }
            Target::Gateway => {
                self.restarted_at = Some(self.now);
                for gateway in
                    GatewayId::all(count).filter(|gateway| fault.gateways.contains(gateway.get().into(), count))
                {
                    self.installers[gateway.index()] = None;
                    self.deaf[gateway.index()] = true;
                }
            }
            Target::Http | Target::Bus(_) | Target::Path => {}
        }
    }

    fn fetch_ended(&mut self, peer: PeerId) {
        self.fetches_outstanding -= 1;
        if peer != PeerId::NOBODY {
            let fetching = &mut self.peer(peer).fetching;
            *fetching = fetching.checked_sub(1).expect("a fetch ends once");
        }
        assert!(self.fetches_outstanding >= 0, "more fetches ended than begun");
    }

    /// Ends the run: checks that everything still under way may be so.
    pub(crate) fn close(&mut self, end: Time) {
        self.integrate(0);
        for opened in self.streams.clone().into_iter().flatten() {
            self.add_stream(opened);
        }
        assert!(
            self.tables.iter().all(|&records| self.closed && records <= self.scenario_peers()),
            "{:?}",
            self.tables
        );
        let longest = largest(&self.scenario.bus.delay);
        let held = self.scenario.faults.iter().any(|fault| fault.target == Target::Bus(BusEffect::Delay));
        if let (Some(longest), false) = (longest, held) {
            for ((peer, _), messages) in &self.messages {
                for &sent in &messages.under_way {
                    assert!(sent + longest >= end, "a push of {peer} sent at {sent} has vanished by {end}");
                }
            }
        }
    }

    fn scenario_peers(&self) -> u32 {
        u32::try_from(self.peers.len()).expect("few peers")
    }
}

/// The largest value of a distribution; none if it has no largest value.
fn largest(distribution: &Distribution) -> Option<Duration> {
    match distribution {
        Distribution::Constant(duration) => Some(*duration),
        Distribution::Uniform { high, .. } => Some(Duration::from_secs_f64(*high)),
        Distribution::Empirical(values) => values.last().map(|&last| Duration::from_secs_f64(last)),
        Distribution::Weighted(values) => values.last().map(|&(last, _)| Duration::from_secs_f64(last)),
        Distribution::Quantiles(points) => points.last().map(|&(_, last)| Duration::from_secs_f64(last)),
        Distribution::Smooth(_) => None,
    }
}

impl Probe for Ledger<'_> {
    fn observe(&mut self, now: Time, observation: Observation) {
        assert!(now >= self.now, "time runs backwards: {now} after {}", self.now);
        if now > self.now {
            assert_eq!(self.change_due, None, "a change that no open stream carried at {}", self.now);
        }
        self.now = now;
        self.observations += 1;
        let counted = self.counted();
        match observation {
            Observation::PeerArrived { peer, gateway } => {
                assert!(gateway.index() < self.tables.len() && now < self.horizon());
                let state = self.peer(peer);
                assert!(!std::mem::replace(&mut state.arrived, true), "a peer arrives once");
                state.gateway = Some(gateway);
                state.arrived_at = now;
            }
            Observation::CreateFailed { peer, .. } => {
                self.create_failed += u64::from(counted);
                assert!(!std::mem::replace(&mut self.peer(peer).first_attempt_ended, true), "ended twice");
            }
            Observation::VersionCommitted { peer, version } => self.committed(peer, version),
            Observation::PeerRevoked { peer, .. } => {
                assert!(!std::mem::replace(&mut self.peer(peer).revoked, true), "a peer is revoked once");
            }
            Observation::VersionPropagated { peer, version, committed } => self.propagated(peer, version, committed),
            Observation::PeerChanged { peer, before, after } => self.changed(peer, before, after),
            Observation::AttemptEnded(end) => self.attempt_ended(&end),
            Observation::MessageSent { peer, kind, .. } => self.message_sent(peer, kind),
            Observation::MessageLost { peer, kind, loss, counted } => self.message_lost(peer, kind, loss, counted),
            Observation::PushDelivered { peer, version, .. } => self.push_delivered(peer, version),
            Observation::RequestArrived { kind, .. } => {
                self.requests[kind as usize] += u64::from(counted);
                self.waiting += 1;
            }
            Observation::RequestRejected { .. } | Observation::RequestRefused { .. } => self.waiting -= 1,
            Observation::ServiceStarted { waited, .. } => {
                let arrived = Time::from_nanos(now.as_nanos() - waited.as_nanos());
                assert!(arrived >= self.last_served_arrival, "first come, first served");
                self.last_served_arrival = arrived;
                self.waiting -= 1;
                self.busy += 1;
            }
            Observation::ServiceEnded { kind, wasted, .. } => {
                self.busy -= 1;
                if kind == RequestKind::Watch && !wasted {
                    self.watch_served_at = Some(now);
                }
            }
            Observation::DeviceAdded { peer, gateway } => self.device_added(peer, gateway),
            Observation::ChangeSent { peer, gateway } => self.change_sent(peer, gateway),
            Observation::StreamOpened { gateway } => self.stream_opened(gateway),
            Observation::StreamEnded { gateway, broken } => self.stream_ended(gateway, broken),
            Observation::GatewayBack { gateway } => self.deaf[gateway.index()] = false,
            Observation::FaultEnded { fault } => {
                let target = self.scenario.faults[fault.index()].target;
                self.api_down -= u32::from(matches!(target, Target::Api(_)));
            }
            Observation::ApiLoadChanged { waiting, busy } => self.load_changed(waiting, busy),
            Observation::FetchStarted { peer, .. } => {
                self.fetches += u64::from(counted);
                self.fetches_outstanding += 1;
                if peer != PeerId::NOBODY {
                    let fetching = &mut self.peer(peer).fetching;
                    *fetching += 1;
                    assert_eq!(*fetching, 1, "one fetch per peer at a time");
                }
            }
            Observation::FetchEnded { peer, .. } => self.fetch_ended(peer),
            Observation::JobStarted { peer, gateway, removal, .. } => {
                let serving = self.installers[gateway.index()].replace((peer, removal));
                assert_eq!(serving, None, "an installer serves one job at a time");
            }
            Observation::JobEnded { peer, gateway, removal } => {
                let serving = self.installers[gateway.index()].take();
                assert_eq!(serving, Some((peer, removal)), "a job ends that is in service");
                self.installs += u64::from(counted && !removal);
                self.removals += u64::from(counted && removal);
                self.peer(peer).served_at = Some(now);
            }
            Observation::InitiationDropped { peer, reason: Drop::HandshakeLimit } => {
                assert!(self.scenario.gateways.handshake_limit > 0, "a cookie without a limit");
                self.cookies += u64::from(counted);
                if peer != PeerId::NOBODY {
                    assert_eq!(self.cookie_due.replace((now, peer)), None, "a cookie that was not sent");
                }
            }
            Observation::PacketSent { peer, leg: Leg::Cookie, .. } => {
                assert_eq!(self.cookie_due.take(), Some((now, peer)), "a cookie that no initiation asked for");
            }
            Observation::FaultStarted { fault } => self.fault_started(fault),
            Observation::HorizonReached => {
                self.closed = true;
                self.tables.fill(0);
            }
            _ => {}
        }
    }
}
