//! The world of one run: the clock, the queue of events, the state of all actors and mechanisms, and the loop.
//!
//! - Each actor (`actor/`) and each mechanism (`mechanism/`) has a struct for its state, with private fields. [`World`]
//!   has one of each. A file changes the state of another one only through methods.
//! - Whatever happens later is an [`Event`]. The list in `event.rs` names the method that handles each. The loop here
//!   takes the next event, sets the clock, adds the event to the fingerprint, and calls that method.
//! - Handlers are methods of [`World`] that stand in the file of their actor or mechanism. They change state, schedule
//!   events, and report facts to the probe. An actor reaches another one at a later time only through an event.
//!   What it reaches at once stands at the end of its file's header, as `Reaches`, with the changes that it makes to a
//!   peer; a test keeps that list.
//! - An event keeps what it names alive ([`Kept`]): peers, publications and the like are removed when the last
//!   reference is let go.
//! - A random number is named by its purpose, its instance and an index ([`DrawStreams`]), so no draw depends on the
//!   order of events.
//! - [`WorldVariant`] says which parts of the model are compiled in.

use std::num::NonZeroU64;

use des::{EventQueue, Fingerprint, RunKey, Span, Time};

use super::actor::api::ApiActor;
use super::actor::bus::BusActor;
use super::actor::client::ClientsActor;
use super::actor::fault::Faults;
use super::actor::gateway::GatewaysActor;
use super::actor::stranger::Strangers;
use super::detail::Detail;
use super::draws::DrawStreams;
use super::event::Event;
use super::id::{AttemptSlot, PeerSlot, Version};
use super::look_ahead;
use super::mechanism::evict::Idleness;
use super::mechanism::expire::Expiry;
use super::mechanism::pull::Pulls;
use super::mechanism::push::Pushes;
use super::mechanism::reconcile::Lists;
use super::mechanism::watch::Watches;
use super::observation::{Observation, PeerView, Probe, Shared};
use super::peer::{Peer, Peers};
use super::scenario::Scenario;
use super::variant::{PlainWorld, Variant, WholeWorld, WorldVariant, is_plain};

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
    // The constant comes first: no world is compiled for a probe that never sees it.
    if !P::FAST {
        run_shared(scenario, key, &mut Shared::new(probe))
    } else if is_plain(scenario) {
        World::<PlainWorld<P>>::new(scenario, key, probe).run()
    } else {
        World::<WholeWorld<P>>::new(scenario, key, probe).run()
    }
}

/// A run of the world that many probes share. It is compiled once, in this crate.
fn run_shared(scenario: &Scenario, key: RunKey, probe: &mut Shared<'_>) -> RunEnd {
    World::<WholeWorld<Shared<'_>>>::new(scenario, key, probe).run()
}

/// The state of one run.
pub(crate) struct World<'a, S: WorldVariant> {
    pub(crate) scenario: &'a Scenario,
    pub(crate) key: RunKey,
    pub(crate) draws: DrawStreams,
    pub(crate) probe: &'a mut S::Probe,
    pub(crate) now: Time,
    pub(crate) horizon: Time,
    counted: Span,
    /// Events as their bits.
    queue: EventQueue<u64>,
    /// An event at this very instant that comes before all in the queue: most chains without a delay never enter it.
    /// The bits of an event are never zero, as kinds are counted from one.
    next: Option<NonZeroU64>,
    /// Whether the horizon has not been reached: peers are still created.
    creating: bool,
    /// Slots of the queue for which the loop read ahead.
    looked_ahead: u64,
    fingerprint: Fingerprint,
    /// Events that may be handled before the probe is asked whether the run goes on, so that the loop counts one thing.
    events_left: u64,
    /// Events that may be handled after these.
    events_beyond: u64,

    // The actors.
    pub(crate) peers: Peers,
    pub(crate) clients: ClientsActor,
    pub(crate) strangers: Strangers,
    pub(crate) api: ApiActor,
    pub(crate) bus: BusActor,
    pub(crate) gateways: GatewaysActor,
    pub(crate) faults: Faults,

    // State that only one mechanism needs.
    pub(crate) pushes: Pushes,
    pub(crate) pulls: Pulls,
    pub(crate) lists: Lists,
    pub(crate) watches: Watches,
    pub(crate) idleness: Idleness,
    pub(crate) expiry: Expiry,
}

impl<'a, S: WorldVariant> World<'a, S> {
    fn new(scenario: &'a Scenario, key: RunKey, probe: &'a mut S::Probe) -> Self {
        let count = scenario.gateways.count;
        let remembers = scenario.asks_for_old_commits();
        Self {
            scenario,
            key,
            draws: DrawStreams::new(key),
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
            peers: Peers::new(scenario, remembers),
            clients: ClientsActor::new(key, scenario.restarts(), scenario.gateways.handshake_limit > 0),
            strangers: Strangers::new(key),
            api: ApiActor::default(),
            bus: BusActor::new(key, scenario),
            gateways: GatewaysActor::new(scenario, remembers),
            faults: Faults::new(count),
            pushes: Pushes::new(scenario),
            pulls: Pulls::new(scenario),
            lists: Lists::new(count),
            watches: Watches::new(scenario),
            idleness: Idleness::new(scenario.strategy.evict.is_some(), count),
            expiry: Expiry::new(scenario.strategy.expire.is_some()),
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
            if self.wants_details() {
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
        let arrival = self.clients.next_arrival();
        let taken = self.queue.pop_before_seeing(arrival, |near| {
            if S::Probe::FAST && near.waiting_about() > look_ahead::MANY {
                self.looked_ahead += 1;
                look_ahead::touch(near.events(), &self.peers, &self.clients, &self.api, &self.pushes);
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
            self.clients.end_arrivals();
        }
        // The horizon has passed: there are counted attempts to wait for.
        if self.clients.have_ended() {
            return None;
        }
        let (time, event) = self.queue.pop()?;
        self.now = time;
        Some(event)
    }

    /// Reports a fact.
    #[inline(always)]
    pub(crate) fn observe(&mut self, observation: Observation) {
        self.probe.observe(self.now, observation);
    }

    /// Whether details and events are made. The constant comes first, so that the fast worlds have no code for them.
    #[inline(always)]
    fn wants_details(&self) -> bool {
        !S::Probe::FAST && self.probe.wants_details()
    }

    /// Reports a detail, which is made only for a probe that wants it.
    #[inline]
    pub(crate) fn trace(&mut self, detail: impl FnOnce(&Self) -> Detail) {
        if self.wants_details() {
            let detail = detail(self);
            self.probe.trace(self.now, detail);
        }
    }

    /// Whether this instant lies in the counted span.
    pub(crate) fn counted(&self) -> bool {
        self.counted.contains(self.now)
    }

    /// Schedules an event; what it keeps stays alive until it has been handled.
    #[inline(always)]
    pub(crate) fn schedule(&mut self, time: Time, event: Event) {
        self.keep_for(event);
        if time == self.now && self.next.is_none() && self.queue.is_clear_at(time) && time < self.clients.next_arrival()
        {
            self.next = NonZeroU64::new(event.bits());
        } else {
            self.queue.push(time, event.bits());
        }
    }

    /// Takes a reference: the item stays alive until it is let go.
    #[inline(always)]
    pub(crate) fn keep<N: Kept>(&mut self, name: N) {
        name.keep(self);
    }

    /// Lets go of one reference. An item without references is removed.
    #[inline(always)]
    pub(crate) fn let_go<N: Kept>(&mut self, name: N) {
        name.let_go(self);
    }

    /// Adds a peer.
    #[inline(always)]
    pub(crate) fn add_peer(&mut self, peer: Peer) -> PeerSlot {
        let peer = self.peers.insert(peer, S::MORE);
        self.pulls.begin(peer);
        self.idleness.begin(peer);
        if S::MORE {
            self.clients.begin(peer);
            self.gateways.begin(peer);
            self.pushes.begin(peer);
            self.expiry.begin(peer);
        }
        peer
    }

    /// Gives a peer's place back when nothing can ask for the peer again.
    pub(crate) fn forget_if_over(&mut self, peer: PeerSlot) {
        if self.peers[peer].is_unused() {
            self.forget(peer);
        }
    }

    /// Gives the place back of a peer that is gone and that nothing refers to, unless its record can still be used.
    #[inline(always)]
    fn forget(&mut self, peer: PeerSlot) {
        if self.peers.is_over(peer, self.is_fetching(peer)) {
            debug_assert_eq!(self.peers[peer].attempt(), AttemptSlot::NONE, "{:?}", self.peers[peer]);
            self.peers.remove(peer);
        }
    }

    /// Changes a peer and reports what that does to the levels.
    #[inline(always)]
    pub(crate) fn change(&mut self, peer: PeerSlot, mutate: impl FnOnce(&mut Peer)) {
        let state = &mut self.peers[peer];
        let (id, gateway) = state.names();
        if !Self::has_timestamps(state) {
            // Nearly always: what levels see is in the flags.
            let before = state.flags();
            mutate(state);
            let after = state.flags();
            if !Self::has_timestamps(state) {
                if before != after {
                    let (before, after) = (PeerView::undated(gateway, before), PeerView::undated(gateway, after));
                    self.observe(Observation::PeerChanged { peer: id, before, after });
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
    fn changed(&mut self, peer: PeerSlot, before: PeerView) {
        let after = self.view(peer);
        if before != after {
            self.observe(Observation::PeerChanged { peer: self.peers[peer].id(), before, after });
        }
    }

    /// What levels see of a peer.
    pub(crate) fn view(&self, peer: PeerSlot) -> PeerView {
        let state = &self.peers[peer];
        PeerView {
            superseded: if state.stale() {
                self.commit_time(peer, state.installed_version().next())
            } else {
                Time::NEVER
            },
            revoked: if state.is_revoked() { state.committed() } else { Time::NEVER },
            ..PeerView::undated(state.gateway(), state.flags())
        }
    }

    /// When the API committed `version` of a peer.
    pub(crate) fn commit_time(&self, peer: PeerSlot, version: Version) -> Time {
        let state = &self.peers[peer];
        if !S::MORE || version == state.version() {
            return state.committed();
        }
        self.peers.old_commit(peer, version)
    }

    /// At the horizon the time averages end: every record leaves them.
    fn close_levels(&mut self) {
        self.now = self.horizon;
        for peer in self.peers.all() {
            let before = self.view(peer);
            if before.installed() || before.live() {
                let flags = before.flags & !(PeerView::INSTALLED | PeerView::LIVE);
                let after = PeerView { flags, superseded: Time::NEVER, ..before };
                self.observe(Observation::PeerChanged { peer: self.peers[peer].id(), before, after });
            }
        }
        self.observe(Observation::HorizonReached);
    }
}

/// What is counted by references: from an event that waits, a message, a request or a job.
pub(crate) trait Kept {
    fn keep<S: WorldVariant>(self, world: &mut World<'_, S>);
    fn let_go<S: WorldVariant>(self, world: &mut World<'_, S>);
}

impl Kept for PeerSlot {
    #[inline(always)]
    fn keep<S: WorldVariant>(self, world: &mut World<'_, S>) {
        world.peers[self].keep();
    }

    #[inline(always)]
    fn let_go<S: WorldVariant>(self, world: &mut World<'_, S>) {
        let state = &mut world.peers[self];
        state.let_go();
        if state.is_unused() {
            world.forget(self);
        }
    }
}
