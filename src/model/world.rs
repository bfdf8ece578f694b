//! The world of one run: everybody's state, the clock, and the loop that hands each event to its actor.

use std::num::NonZeroU64;

use des::{EventQueue, Fingerprint, Pool, RunKey, Span, Time};

use super::api::{Api, Request};
use super::client::{Arrivals, Attempt};
use super::detail::{Detail, Unanswered};
use super::event::Event;
use super::fault::FaultState;
use super::gateway::Gateway;
use super::look_ahead;
use super::observation::{Observation, PeerView, Probe};
use super::peer::{Asking, Beside, Hearing, NONE, Peer, Phase, Refresh};
use super::pull::Fetch;
use super::purpose::Purposes;
use super::push::Publication;
use super::reconcile::List;
use super::scenario::{Scenario, Target};
use super::setup::{Plain, Setup, Variant, Whole, is_plain};
use super::stranger::{Stranger, Strangers};
use super::watch::{Ask, Stream, StreamParcel};

/// Events between two questions whether a run goes on ([`Probe::goes_on`]): a few milliseconds.
pub const SLICE: u64 = 1 << 14;

/// What a run leaves behind besides what its probe saw.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RunEnd {
    /// Running hash of the event history.
    pub fingerprint: u64,
    /// Events handled.
    pub events: u64,
    /// When the last event was handled.
    pub end: Time,
    /// Which of the compiled worlds ran.
    pub variant: Variant,
    /// Slots of the queue for which it read ahead.
    pub looked_ahead: u64,
}

/// Simulates one run of `scenario` under `key` and reports to `probe`.
///
/// # Panics
/// If the run handles more than `scenario.events_max` events: a runaway.
pub fn run<P: Probe>(scenario: &Scenario, key: RunKey, probe: &mut P) -> RunEnd {
    // The constant comes first: the plain world is not compiled for a probe that never sees it.
    if P::FAST && is_plain(scenario) {
        World::<Plain<P>>::new(scenario, key, probe).run()
    } else {
        World::<Whole<P>>::new(scenario, key, probe).run()
    }
}

/// Everything that one run knows.
#[expect(clippy::struct_excessive_bools, reason = "independent facts of the scenario, looked up once")]
pub(crate) struct World<'a, S: Setup> {
    pub(crate) scenario: &'a Scenario,
    pub(crate) key: RunKey,
    pub(crate) draws: Purposes,
    pub(crate) probe: &'a mut S::Probe,
    pub(crate) now: Time,
    pub(crate) horizon: Time,
    counted: Span,
    /// Events as their bits.
    queue: EventQueue<u64>,
    /// An event at this very instant that comes before all in the queue: most chains without a delay never enter it.
    /// The bits of an event are never zero, as kinds are counted from one.
    next: Option<NonZeroU64>,
    /// Whether the horizon is still ahead.
    creating: bool,
    /// Slots of the queue for which it read ahead.
    looked_ahead: u64,
    fingerprint: Fingerprint,
    /// Events that may be handled before the probe is asked whether the run goes on, so that the loop counts one thing.
    events_left: u64,
    /// Events that may be handled after these.
    events_beyond: u64,
    /// Counted attempts that have not ended: the run goes on for them.
    pub(crate) open: u64,

    pub(crate) peers: Pool<Peer>,
    pub(crate) refreshes: Beside<Refresh>,
    pub(crate) hearings: Beside<Hearing>,
    /// When what each record was last installed from arrived: for its time to live.
    pub(crate) arrived: Beside<Time>,
    pub(crate) askings: Beside<Asking>,
    /// End of each peer's last session, or its install: for eviction.
    pub(crate) idle_since: Beside<Time>,
    /// The greatest version of a removal that each peer's gateway has seen.
    pub(crate) removed: Beside<u32>,
    /// When each client finds out that its session died with its gateway.
    pub(crate) dead_at: Beside<Time>,
    /// When each client's cookie reached it.
    pub(crate) cookies: Beside<Time>,
    /// Commit times of each peer's versions, where somebody asks for old ones.
    pub(crate) commits: Vec<Vec<Time>>,
    pub(crate) remembers_commits: bool,
    /// Whether the API speaks of every peer that it holds, again and again.
    api_sends_again: bool,
    /// Whether nothing but the API's own word takes records out of tables.
    records_stay: bool,
    pub(crate) attempts: Pool<Attempt>,
    pub(crate) arrivals: Arrivals,
    pub(crate) strangers: Strangers,
    pub(crate) stranger_pool: Pool<Stranger>,
    pub(crate) api: Api,
    pub(crate) requests: Pool<Request>,
    pub(crate) publications: Pool<Publication>,
    pub(crate) gateways: Vec<Gateway>,
    pub(crate) fetches: Pool<Fetch>,
    pub(crate) lists: Pool<List>,
    pub(crate) faults: Vec<FaultState>,
    /// Each gateway's stream; none where nobody watches.
    pub(crate) streams: Vec<Stream>,
    pub(crate) stream_parcels: Pool<StreamParcel>,
    pub(crate) asks: Pool<Ask>,
    /// When the API last went down.
    pub(crate) api_went_down_at: Option<Time>,
}

impl<'a, S: Setup> World<'a, S> {
    fn new(scenario: &'a Scenario, key: RunKey, probe: &'a mut S::Probe) -> Self {
        let strategy = &scenario.strategy;
        let refreshes = strategy.push.as_ref().is_some_and(|push| push.refresh_every.is_some());
        let restarts = scenario.faults.iter().any(|fault| fault.target == Target::Gateway);
        let ages = strategy.pull.as_ref().is_some_and(|pull| pull.ttl.is_some());
        let replica = matches!(&scenario.strategy.pull, Some(pull) if pull.source != super::Source::Primary);
        let versions = scenario.clients.update_every.is_some() || scenario.clients.revoke_after.is_some() || replica;
        Self {
            scenario,
            key,
            draws: Purposes::new(key),
            probe,
            now: Time::ZERO,
            horizon: Time::ZERO + scenario.horizon,
            counted: Span::new(Time::ZERO + scenario.warmup, Time::ZERO + scenario.horizon),
            queue: EventQueue::new(),
            next: None,
            creating: true,
            looked_ahead: 0,
            fingerprint: Fingerprint::new(),
            events_left: 0,
            events_beyond: scenario.events_max,
            open: 0,
            peers: Pool::default(),
            refreshes: Beside::new(refreshes, Refresh::NEW),
            hearings: Beside::new(strategy.expire.is_some(), Hearing::NEW),
            arrived: Beside::new(ages, Time::ZERO),
            askings: Beside::new(strategy.pull.is_some(), Asking::NEW),
            idle_since: Beside::new(strategy.evict.is_some(), Time::ZERO),
            removed: Beside::new(versions, 0),
            dead_at: Beside::new(restarts, Time::NEVER),
            cookies: Beside::new(scenario.gateways.handshake_limit > 0, Time::NEVER),
            commits: Vec::new(),
            remembers_commits: versions,
            api_sends_again: strategy.reconcile.is_some() || strategy.watch.is_some() || refreshes,
            records_stay: strategy.evict.is_none() && strategy.expire.is_none() && !restarts,
            attempts: Pool::default(),
            arrivals: Arrivals::new(key),
            strangers: Strangers::new(key),
            stranger_pool: Pool::default(),
            api: Api::default(),
            requests: Pool::default(),
            publications: Pool::default(),
            gateways: (0..scenario.gateways.count).map(|gateway| Gateway::new(key, gateway, scenario)).collect(),
            fetches: Pool::default(),
            lists: Pool::default(),
            faults: Vec::new(),
            streams: Vec::new(),
            stream_parcels: Pool::default(),
            asks: Pool::default(),
            api_went_down_at: None,
        }
    }

    fn run(mut self) -> RunEnd {
        self.start_faults();
        self.add_existing_peers();
        self.add_devices();
        self.start_lists();
        self.start_sweeps();
        self.start_watches();
        self.start_arrivals();
        self.start_strangers();
        while let Some(bits) = self.next_event() {
            let (left, is_over) = self.events_left.overflowing_sub(1);
            self.events_left = left;
            if is_over && !self.next_slice() {
                break;
            }
            // Only fetches have bits that are not taken in.
            self.fingerprint.add(self.now.as_nanos(), bits & !Event::UNNOTED);
            if S::Probe::TRACES {
                self.probe.event(self.now, self.events(), &Event::from_bits(bits));
            }
            self.handle(bits);
        }
        RunEnd {
            fingerprint: self.fingerprint.value(),
            events: self.events(),
            end: self.now,
            variant: S::VARIANT,
            looked_ahead: self.looked_ahead,
        }
    }

    /// Events so far.
    fn events(&self) -> u64 {
        self.scenario.events_max - self.events_beyond - self.events_left
    }

    /// Begins the next slice with the event at hand; false: the run is cut short.
    #[cold]
    fn next_slice(&mut self) -> bool {
        self.events_left = 0;
        assert!(self.events_beyond > 0, "a runaway: more than {} events by {}", self.scenario.events_max, self.now);
        let goes_on = self.probe.goes_on(self.now, self.events());
        let slice = SLICE.min(self.events_beyond);
        self.events_beyond -= slice;
        self.events_left = slice - 1;
        goes_on
    }

    /// The next event, to whose time the clock is set; none: the run is over.
    #[inline(always)]
    fn next_event(&mut self) -> Option<u64> {
        if let Some(event) = self.next {
            self.next = None;
            return Some(event.get());
        }
        let arrival = self.arrivals.next_at();
        let taken = self.queue.pop_before_seeing(arrival, |near| {
            if S::Probe::FAST && near.waiting_about() > look_ahead::MANY {
                self.looked_ahead += 1;
                let (peers, attempts) = (&self.peers, &self.attempts);
                look_ahead::touch(near.events(), peers, attempts, &self.requests, &self.publications);
            }
        });
        if let Some((time, event)) = taken {
            self.now = time;
            return Some(event);
        }
        if self.creating {
            if arrival < self.horizon {
                self.now = arrival;
                return Some(Event::PeerArrived.bits());
            }
            self.close_levels();
            self.creating = false;
            self.arrivals.end();
        }
        // The horizon has passed: there are counted attempts to wait for.
        if self.open == 0 {
            return None;
        }
        let (time, event) = self.queue.pop()?;
        self.now = time;
        Some(event)
    }

    /// Hands an event to its actor: here those that every client brings about.
    #[inline(always)]
    fn handle(&mut self, bits: u64) {
        match Event::from_bits(bits) {
            Event::PeerArrived => self.peer_arrived(),
            Event::RequestArrived { request } => self.request_arrived(request),
            Event::RequestServed { request } => self.request_served(request),
            Event::CreateReplied { peer, attempt, error } => {
                self.with_peer(peer, |world, peer| world.create_replied(peer, attempt, error));
            }
            Event::PushArrived { publication, nth, counted } => self.push_arrived(publication, nth, counted),
            Event::JobServed { gateway, epoch } => self.job_served(gateway.into(), epoch),
            Event::InitiationArrived { peer, exchange } => {
                self.with_peer(peer, |world, peer| world.initiation_arrived(peer, exchange, false));
            }
            Event::ResponseArrived { peer, exchange } => {
                self.with_peer(peer, |world, peer| world.response_arrived(peer, exchange));
            }
            Event::ClientDue { peer } => self.with_peer(peer, Self::client_due),
            _ => self.handle_other(bits),
        }
    }

    /// Hands any other event to its actor, apart, so that the loop stays small: docs/performance.md, "What made the
    /// difference". Which of both has an event's arm does not change what happens; the compiler asks for an arm in both,
    /// and the fingerprints of the golden files pass through both.
    #[inline(never)]
    fn handle_other(&mut self, bits: u64) {
        match Event::from_bits(bits) {
            Event::PeerArrived
            | Event::RequestArrived { .. }
            | Event::RequestServed { .. }
            | Event::CreateReplied { .. }
            | Event::PushArrived { .. }
            | Event::JobServed { .. }
            | Event::InitiationArrived { .. }
            | Event::ResponseArrived { .. }
            | Event::ClientDue { .. } => unreachable!("the loop handles it"),
            Event::ReturnDue { peer } => self.with_peer(peer, Self::return_due),
            Event::CreateTimedOut { peer, attempt } => {
                self.with_peer(peer, |world, peer| world.create_timed_out(peer, attempt));
            }
            Event::UpdateDue { peer } => self.with_peer(peer, Self::update_due),
            Event::RevocationDue { peer } => self.with_peer(peer, Self::revocation_due),
            Event::StrangerArrived => self.stranger_arrived(),
            Event::StrangerDue { stranger } => self.stranger_due(stranger),
            Event::CookieCameBack { peer, exchange } => {
                self.with_peer(peer, |world, peer| world.initiation_arrived(peer, exchange, true));
            }
            Event::InvitationArrived { peer, exchange } => {
                self.with_peer(peer, |world, peer| world.invitation_arrived(peer, exchange));
            }
            Event::AcceptanceArrived { peer, exchange } => {
                self.with_peer(peer, |world, peer| world.acceptance_arrived(peer, exchange));
            }
            Event::ConfirmationArrived { peer, exchange } => {
                self.with_peer(peer, |world, peer| world.confirmation_arrived(peer, exchange));
            }
            Event::StrangerKnocked { stranger, cookie } => self.stranger_knocked(stranger, cookie),
            Event::PushAcknowledged { publication, nth } => {
                self.with_publication(publication, |world, publication| world.push_acknowledged(publication, nth));
            }
            Event::PushTimedOut { publication, nth } => {
                self.with_publication(publication, |world, publication| {
                    world.push_unanswered(publication, nth, Unanswered::TimedOut);
                });
            }
            Event::PushRetryDue { publication } => self.with_publication(publication, Self::push_retry_due),
            Event::PublicationStored { publication } => self.with_publication(publication, Self::publication_stored),
            Event::PublicationAcknowledged { publication } => {
                self.with_publication(publication, Self::publication_acknowledged);
            }
            Event::RefreshDue { peer } => self.with_peer(peer, Self::refresh_due),
            Event::InvalidationArrived { publication, counted } => {
                self.with_publication(publication, |world, publication| {
                    world.invalidation_arrived(publication, counted);
                });
            }
            Event::FetchIdentified { fetch } => self.with_fetch(fetch, Self::fetch_identified),
            Event::ReplicaServed { fetch } => self.with_fetch(fetch, Self::replica_served),
            Event::FetchReplied { fetch, nth, reply, counted } => {
                self.with_fetch(fetch, |world, fetch| world.fetch_replied(fetch, nth, reply, counted));
            }
            Event::FetchTimedOut { fetch, nth } => {
                self.with_fetch(fetch, |world, fetch| world.fetch_timed_out(fetch, nth));
            }
            Event::FetchRetryDue { fetch } => self.with_fetch(fetch, Self::fetch_retry_due),
            Event::ListDue { gateway } => self.list_due(gateway.into()),
            Event::ListReplied { list, nth, error } => self.list_replied(list, nth, error),
            Event::ListTimedOut { list, nth } => self.list_timed_out(list, nth),
            Event::SweepDue { gateway } => self.sweep_due(gateway.into()),
            Event::ExpiryDue { peer } => self.with_peer(peer, Self::expiry_due),
            Event::StreamExpired { gateway, generation } => self.stream_expired(gateway.into(), generation),
            Event::StreamParcelArrived { parcel } => self.stream_parcel_arrived(parcel),
            Event::WatchReplied { gateway, number, answer } => self.watch_replied(gateway.into(), number, answer),
            Event::WatchTimedOut { gateway, number } => self.watch_timed_out(gateway.into(), number),
            Event::WatchRetryDue { gateway, number } => self.watch_retry_due(gateway.into(), number),
            Event::KeepaliveOver { gateway, window } => self.keepalive_over(gateway.into(), window),
            Event::CutEnded { gateway } => self.cut_ended(gateway.into()),
            Event::FaultStarted { fault } => self.fault_started(fault),
            Event::FaultEnded { fault } => self.fault_ended(fault),
            Event::TableReloaded { gateway, epoch } => self.table_reloaded(gateway.into(), epoch),
        }
    }

    /// Reports a fact.
    #[inline(always)]
    pub(crate) fn observe(&mut self, observation: Observation) {
        self.probe.observe(self.now, observation);
    }

    /// Reports a detail, which is made only for a probe that wants it.
    #[inline]
    pub(crate) fn trace(&mut self, detail: impl FnOnce(&Self) -> Detail) {
        if S::Probe::TRACES {
            let detail = detail(self);
            self.probe.trace(self.now, detail);
        }
    }

    /// Whether this instant lies in the counted span.
    pub(crate) fn counted(&self) -> bool {
        self.counted.contains(self.now)
    }

    /// Schedules an event that names no peer.
    #[inline(always)]
    pub(crate) fn schedule(&mut self, time: Time, event: Event) {
        if time == self.now && self.next.is_none() && self.queue.is_clear_at(time) && time < self.arrivals.next_at() {
            self.next = NonZeroU64::new(event.bits());
        } else {
            self.queue.push(time, event.bits());
        }
    }

    /// Schedules an event that names `peer`, which stays alive until then.
    #[inline(always)]
    pub(crate) fn schedule_for(&mut self, peer: u32, time: Time, event: Event) {
        self.peers[peer].refs += 1;
        self.schedule(time, event);
    }

    /// Handles an event that names `peer`.
    #[inline(always)]
    fn with_peer(&mut self, peer: u32, handle: impl FnOnce(&mut Self, u32)) {
        handle(self, peer);
        self.release(peer);
    }

    /// Lets go of one reference to `peer`.
    #[inline(always)]
    pub(crate) fn release(&mut self, peer: u32) {
        let state = &mut self.peers[peer];
        state.refs -= 1;
        if state.refs == 0 && state.phase == Phase::Gone {
            self.forget(peer);
        }
    }

    /// Adds a peer.
    #[inline(always)]
    pub(crate) fn add_peer(&mut self, peer: Peer) -> u32 {
        let handle = self.peers.insert(peer);
        self.askings.begin(handle);
        self.idle_since.begin(handle);
        if S::MORE {
            self.refreshes.begin(handle);
            self.hearings.begin(handle);
            self.arrived.begin(handle);
            self.removed.begin(handle);
            self.dead_at.begin(handle);
            self.cookies.begin(handle);
        }
        handle
    }

    /// Gives a peer's place back when nobody can hear of it again.
    pub(crate) fn forget_if_over(&mut self, handle: u32) {
        let peer = &self.peers[handle];
        if peer.refs == 0 && peer.phase == Phase::Gone {
            self.forget(handle);
        }
    }

    /// Gives the place back of a peer that is gone and that nothing names, unless its record can still be heard of.
    ///
    /// A record that nothing can touch any more stays in the levels, which need no peer for it.
    #[inline(always)]
    fn forget(&mut self, handle: u32) {
        let peer = &self.peers[handle];
        let record = &peer.record;
        let over = !self.is_fetching(handle) && !record.saved;
        let remembered = S::MORE && self.api_sends_again && peer.version > 0 && !peer.revoked;
        let inert = self.records_stay && record.version == peer.version;
        if over && !remembered && (inert || !record.installed) {
            debug_assert_eq!(peer.attempt, NONE, "{peer:?}");
            self.peers.remove(handle);
        }
    }

    /// Changes a peer's state and reports what that does to the levels.
    #[inline(always)]
    pub(crate) fn change(&mut self, peer: u32, mutate: impl FnOnce(&mut Peer)) {
        let state = &mut self.peers[peer];
        let Peer { number, gateway, .. } = *state;
        if !Self::dated(state) {
            // Nearly always: what levels see is in the flags.
            let before = state.flags();
            mutate(state);
            let after = state.flags();
            if !Self::dated(state) {
                if before != after {
                    let (before, after) = (PeerView::undated(gateway, before), PeerView::undated(gateway, after));
                    self.observe(Observation::PeerChanged { peer: number, before, after });
                }
                return;
            }
            return self.changed(peer, PeerView::undated(gateway, before));
        }
        let before = self.view(peer);
        mutate(&mut self.peers[peer]);
        self.changed(peer, before);
    }

    /// Reports what became of a peer that was seen as `before`.
    #[inline(never)]
    fn changed(&mut self, peer: u32, before: PeerView) {
        let after = self.view(peer);
        if before != after {
            self.observe(Observation::PeerChanged { peer: self.peers[peer].number, before, after });
        }
    }

    /// What levels see of a peer.
    pub(crate) fn view(&self, handle: u32) -> PeerView {
        let peer = &self.peers[handle];
        PeerView {
            superseded: if peer.stale() { self.commit_time(handle, peer.record.version + 1) } else { Time::NEVER },
            revoked: if peer.revoked { peer.committed } else { Time::NEVER },
            ..PeerView::undated(peer.gateway, peer.flags())
        }
    }

    /// When the API committed `version` of a peer.
    pub(crate) fn commit_time(&self, handle: u32, version: u32) -> Time {
        let peer = &self.peers[handle];
        if !S::MORE || version == peer.version {
            return peer.committed;
        }
        self.commits[handle as usize][version as usize - 1]
    }

    /// At the horizon the time averages end: every record leaves them.
    fn close_levels(&mut self) {
        self.now = self.horizon;
        for handle in 0..self.peers.handles() {
            let before = self.view(handle);
            if before.installed() || before.live() {
                let flags = before.flags & !(PeerView::INSTALLED | PeerView::LIVE);
                let after = PeerView { flags, superseded: Time::NEVER, ..before };
                self.observe(Observation::PeerChanged { peer: self.peers[handle].number, before, after });
            }
        }
        self.observe(Observation::HorizonReached);
    }
}
