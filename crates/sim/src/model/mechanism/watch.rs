//! Watch: each gateway lists its peers once, then holds a stream on which the API sends every change, in order.
//!
//! A stream has two ends. The API closes it when its lifetime is over or when the API goes down. A long cut of the network
//! or a restart of the gateway breaks both ends. The gateway then asks to watch again. The API resumes where the last
//! stream ended if it still has the changes since then. Otherwise it answers *gone*, and the gateway lists.
//!
//! A stream that the API has opened is *confirmed* when its answer has reached the gateway in time. What an unconfirmed
//! stream carried counts as not sent if the gateway gives up.
//!
//! Reaches: api (`send_request`), expire (`note_heard`), fault (`http_is_cut`, `latest_cut`), gateway (`enqueue`),
//! reconcile (`length`, `mend`, `read_list`).

use std::collections::VecDeque;

use des::{Duration, Time};

use super::push::{lost_by, setup_round_trips};
use super::reconcile::ListEntry;
use crate::model::actor::api::Caller;
use crate::model::actor::gateway::{Job, Origin};
use crate::model::detail::{Detail, Parcel};
use crate::model::event::{Event, WatchAnswer};
use crate::model::id::{
    AskNumber, AskSlot, ByGateway, CutNumber, GatewayId, Generation, ParcelSlot, PeerId, PeerSlot, Slots, Version,
};
use crate::model::mechanism::MechanismTraits;
use crate::model::observation::Observation;
use crate::model::scenario::{Scenario, Watch};
use crate::model::variant::WorldVariant;
use crate::model::words::{Carrier, Loss, RequestKind};
use crate::model::world::World;

/// What the other parts of the program ask of it.
pub(crate) const TRAITS: MechanismTraits =
    MechanismTraits { installs: true, persists: false, lists: true, drops: false, shown_keys: &["lifetime"] };

/// A version or a removal that the API sends on a stream. It keeps its peer alive.
#[derive(Clone, Copy, Debug)]
struct StreamChange {
    peer: PeerSlot,
    version: Version,
    removal: bool,
    /// Sendings so far.
    sends: u8,
}

/// What travels on a stream.
#[derive(Clone, Copy, Debug)]
enum Cargo {
    StreamChange(StreamChange),
    /// The notice that the API has closed the stream.
    Closed,
}

/// Something on its way on a stream.
#[derive(Clone, Copy, Debug)]
struct StreamParcel {
    gateway: GatewayId,
    generation: Generation,
    cargo: Cargo,
}

/// A gateway's request to watch or to list.
#[derive(Clone, Copy, Debug)]
struct Ask {
    gateway: GatewayId,
    number: AskNumber,
    listing: bool,
}

/// What the gateway is doing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Mode {
    Watching,
    /// Waiting for the answer to its latest request.
    Asking {
        listing: bool,
    },
    /// Waiting before its next request.
    Resting {
        listing: bool,
    },
    /// The gateway is down.
    Down,
}

/// A gateway's stream, at both ends.
#[derive(Debug)]
struct Stream {
    // At the API.
    open: bool,
    /// The number of the latest stream.
    generation: Generation,
    opened: Time,
    /// When it ended; never: it is open.
    ended: Time,
    /// Opening and end of the last confirmed stream, or the read of a list that came after it.
    last: (Time, Time),
    /// Arrival of what was sent last.
    last_arrival: Time,
    /// Changes since the last confirmed stream, or list, that were not sent.
    pending: VecDeque<StreamChange>,
    /// What the latest stream has sent before it is confirmed.
    unconfirmed: Vec<StreamChange>,
    /// What waits for the end of a cut.
    held: VecDeque<Cargo>,

    // At the gateway.
    mode: Mode,
    confirmed: bool,
    /// Streams below this number are void.
    void_below: Generation,
    /// The number of the latest request.
    number: AskNumber,
    /// Failures in a row.
    failures: u32,
    /// When the API read the list that is on its way, and what it shows of peers that differ.
    listing: Option<(Time, Vec<ListEntry>)>,
}

impl Stream {
    /// Open and in step, as at time 0.
    fn new() -> Self {
        Self {
            open: true,
            generation: Generation::new(0),
            opened: Time::ZERO,
            ended: Time::NEVER,
            last: (Time::ZERO, Time::NEVER),
            last_arrival: Time::ZERO,
            pending: VecDeque::new(),
            unconfirmed: Vec::new(),
            held: VecDeque::new(),
            mode: Mode::Watching,
            confirmed: true,
            void_below: Generation::new(0),
            number: AskNumber::new(0),
            failures: 0,
            listing: None,
        }
    }
}

/// The streams of a run; empty unless the strategy watches.
pub(crate) struct Watches {
    streams: ByGateway<Stream>,
    parcels: Slots<ParcelSlot, StreamParcel>,
    asks: Slots<AskSlot, Ask>,
    /// When the API last went down.
    api_went_down_at: Option<Time>,
}

impl Watches {
    pub(crate) fn new(scenario: &Scenario) -> Self {
        let count = if scenario.strategy.watch.is_some() { scenario.gateways.count } else { 0 };
        Self {
            streams: ByGateway::new((0..count).map(|_| Stream::new()).collect()),
            parcels: Slots::default(),
            asks: Slots::default(),
            api_went_down_at: None,
        }
    }
}

impl<'a, S: WorldVariant> World<'a, S> {
    fn watching(&self) -> &'a Watch {
        self.watch().expect("a stream is watched")
    }

    fn stream(&mut self, gateway: GatewayId) -> &mut Stream {
        &mut self.watches.streams[gateway]
    }

    /// Opens every gateway's stream at time 0, each at a random point of its lifetime.
    pub(crate) fn start_watches(&mut self) {
        let Some(watch) = self.watch() else { return };
        for gateway in GatewayId::all(self.scenario.gateways.count) {
            self.observe(Observation::StreamOpened { gateway });
            if let Some(lifetime) = &watch.lifetime {
                let whole = self.draws.watch_lifetime.duration(gateway, 0, lifetime);
                let share = self.draws.watch_phase.jitter(gateway, 0, whole);
                self.schedule_stream_end(gateway, Generation::new(0), share);
            }
        }
    }

    fn schedule_stream_end(&mut self, gateway: GatewayId, generation: Generation, lifetime: Duration) {
        self.schedule(self.now + lifetime, Event::StreamExpired { gateway, generation });
    }

    // Changes.

    /// A peer's version was committed: it is sent on its gateway's stream.
    #[inline(always)]
    pub(crate) fn watch_change(&mut self, peer: PeerSlot) {
        if self.watch().is_none() {
            return;
        }
        self.keep(peer);
        let state = &self.peers[peer];
        let gateway = state.gateway();
        let change = StreamChange { peer, version: state.version(), removal: state.is_revoked(), sends: 0 };
        if self.stream(gateway).open {
            self.send_change(gateway, change);
        } else {
            self.stream(gateway).pending.push_back(change);
        }
    }

    /// Sends a change on the open stream of `gateway`.
    fn send_change(&mut self, gateway: GatewayId, mut change: StreamChange) {
        self.observe(Observation::ChangeSent { peer: self.peers[change.peer].id(), gateway });
        change.sends = change.sends.wrapping_add(1);
        if !self.stream(gateway).confirmed {
            self.keep(change.peer);
            self.stream(gateway).unconfirmed.push(change);
        }
        self.send_on_stream(gateway, Cargo::StreamChange(change));
    }

    /// Sends something on a stream, or holds it until the network works again.
    fn send_on_stream(&mut self, gateway: GatewayId, cargo: Cargo) {
        // When a cut ends, held changes are sent first.
        if self.http_is_cut(gateway) || !self.stream(gateway).held.is_empty() {
            self.stream(gateway).held.push_back(cargo);
        } else {
            self.dispatch(gateway, cargo);
        }
    }

    fn dispatch(&mut self, gateway: GatewayId, cargo: Cargo) {
        let generation = self.stream(gateway).generation;
        let delay = &self.scenario.http.delay;
        let (peer, parcel, delay) = match cargo {
            Cargo::StreamChange(StreamChange { peer, version, removal, sends }) => {
                let number = self.peers[peer].id();
                let delay = self.draws.change_delay.duration(number, version.get() << 8 | u32::from(sends), delay);
                (number, Parcel::Change { version, removal }, delay)
            }
            Cargo::Closed => (
                PeerId::NOBODY,
                Parcel::StreamClosed,
                self.draws.notice_delay.duration(gateway, generation.get(), delay),
            ),
        };
        let now = self.now;
        let stream = self.stream(gateway);
        let at = (now + delay).max(stream.last_arrival);
        stream.last_arrival = at;
        self.trace_stream(peer, gateway, parcel, Ok(at));
        let parcel = self.watches.parcels.insert(StreamParcel { gateway, generation, cargo });
        self.schedule(at, Event::StreamParcelArrived { parcel });
    }

    fn trace_stream(&mut self, peer: PeerId, gateway: GatewayId, parcel: Parcel, fate: Result<Time, Loss>) {
        self.trace(|_| Detail::Sent { peer, gateway, parcel, carrier: Carrier::Http, nth: 0, fate });
    }

    pub(crate) fn stream_parcel_arrived(&mut self, parcel: ParcelSlot) {
        let StreamParcel { gateway, generation, cargo } = self.watches.parcels[parcel];
        self.watches.parcels.remove(parcel);
        let stream = self.stream(gateway);
        let latest = generation == stream.generation;
        let heard = generation >= stream.void_below && (!latest || stream.confirmed);
        let watching = stream.mode == Mode::Watching;
        match cargo {
            Cargo::Closed if heard && latest && watching => self.ask_to_watch(gateway),
            Cargo::Closed => {}
            Cargo::StreamChange(StreamChange { peer, version, removal, .. }) => {
                if heard {
                    if !removal {
                        self.note_heard(peer);
                    }
                    self.enqueue(gateway, Job { peer, removal, origin: Origin::Watch { version } });
                }
                self.let_go(peer);
            }
        }
    }

    // Ends.

    pub(crate) fn stream_expired(&mut self, gateway: GatewayId, generation: Generation) {
        let stream = self.stream(gateway);
        if stream.open && stream.generation == generation {
            self.close_stream(gateway, false);
        }
    }

    /// The API goes down, and every stream with it.
    pub(crate) fn close_streams(&mut self) {
        self.watches.api_went_down_at = Some(self.now);
        for gateway in self.watches.streams.all() {
            if self.stream(gateway).open {
                self.close_stream(gateway, true);
            }
        }
    }

    /// The API closes a stream and says so.
    fn close_stream(&mut self, gateway: GatewayId, broken: bool) {
        self.end_stream(gateway, broken);
        self.send_on_stream(gateway, Cargo::Closed);
    }

    /// A stream ends at the API.
    fn end_stream(&mut self, gateway: GatewayId, broken: bool) {
        let (now, reset_after) = (self.now, self.watching().reset_after);
        let stream = self.stream(gateway);
        stream.open = false;
        stream.ended = now;
        if stream.confirmed {
            stream.last.1 = now;
        }
        if reset_after.is_some_and(|reset_after| now - stream.opened >= reset_after) {
            stream.failures = 0;
        }
        self.observe(Observation::StreamEnded { gateway, broken });
    }

    /// A gateway goes down: both ends of its stream are gone, and what was on its way.
    pub(crate) fn lose_stream(&mut self, gateway: GatewayId) {
        if self.watch().is_none() {
            return;
        }
        if self.stream(gateway).open {
            self.end_stream(gateway, true);
        }
        let stream = self.stream(gateway);
        stream.mode = Mode::Down;
        stream.confirmed = true;
        stream.void_below = stream.generation.next();
        stream.failures = 0;
        self.forget_unsent(gateway);
        self.forget_listing(gateway);
    }

    /// A gateway is up after a restart: it lists first.
    pub(crate) fn watch_after_restart(&mut self, gateway: GatewayId) {
        if self.watch().is_some() {
            self.ask_api(gateway, true);
        }
    }

    /// The network between the API and a gateway has been cut for as long as the gateway keeps a silent stream.
    pub(crate) fn keepalive_over(&mut self, gateway: GatewayId, window: CutNumber) {
        let over = self.faults.latest_cut(gateway) != window || !self.http_is_cut(gateway);
        if over || self.stream(gateway).mode != Mode::Watching {
            return;
        }
        let stream = self.stream(gateway);
        // Held changes count as not sent.
        let held = std::mem::take(&mut stream.held);
        for cargo in held.into_iter().rev() {
            if let Cargo::StreamChange(change) = cargo {
                stream.pending.push_front(change);
            }
        }
        if stream.open {
            self.end_stream(gateway, true);
        }
        self.ask_to_watch(gateway);
    }

    /// The network between the API and a gateway works again: a stream sends what it held.
    pub(crate) fn release_held(&mut self, gateway: GatewayId) {
        if self.watch().is_none() {
            return;
        }
        for cargo in std::mem::take(&mut self.stream(gateway).held) {
            self.dispatch(gateway, cargo);
        }
    }

    // Requests.

    fn ask_to_watch(&mut self, gateway: GatewayId) {
        self.ask_api(gateway, false);
    }

    /// Sends a request to watch, or to list.
    fn ask_api(&mut self, gateway: GatewayId, listing: bool) {
        let stream = self.stream(gateway);
        stream.number = stream.number.next();
        stream.mode = Mode::Asking { listing };
        let number = stream.number;
        let deadline = self.now + self.watching().timeout;
        self.schedule(deadline, Event::WatchTimedOut { gateway, number });
        let http = &self.scenario.http;
        let cut = self.http_is_cut(gateway);
        let lost = self.draws.watch_loss.happens(gateway, number.get(), http.failure) || cut;
        let delay = self.draws.watch_delay.duration(gateway, number.get() << 1, &http.delay);
        let at = self.now + delay + setup_round_trips(http.setup_rtts, delay);
        let parcel = if listing { Parcel::ListRequest } else { Parcel::WatchRequest };
        self.trace_stream(PeerId::NOBODY, gateway, parcel, if lost { Err(lost_by(cut)) } else { Ok(at) });
        if !lost {
            let ask = self.watches.asks.insert(Ask { gateway, number, listing });
            self.send_request(Caller::Watch { ask }, 0, at, deadline);
        }
    }

    /// The API has done with a request.
    pub(crate) fn end_ask(&mut self, ask: AskSlot) {
        self.watches.asks.remove(ask);
    }

    pub(crate) fn ask_kind(&self, ask: AskSlot) -> RequestKind {
        if self.watches.asks[ask].listing { RequestKind::Relist } else { RequestKind::Watch }
    }

    pub(crate) fn ask_gateway(&self, ask: AskSlot) -> GatewayId {
        self.watches.asks[ask].gateway
    }

    /// The API's service of a request; the length of a list is taken now.
    pub(crate) fn ask_service(&self, ask: AskSlot) -> Duration {
        let Ask { gateway, number, listing } = self.watches.asks[ask];
        let api = &self.scenario.api;
        if !listing {
            return self.draws.watch_service.duration(gateway, number.get(), &api.fetch_service);
        }
        let held = self.lists.length(gateway);
        let base = self.draws.watch_service.duration(gateway, number.get(), &api.list_service);
        base + api.list_entry_service.times(held.into())
    }

    /// Whether the gateway no longer waits for the answer to a request.
    pub(crate) fn ask_has_gone(&self, ask: AskSlot) -> bool {
        let Ask { gateway, number, .. } = self.watches.asks[ask];
        let stream = &self.watches.streams[gateway];
        stream.number != number || !matches!(stream.mode, Mode::Asking { .. })
    }

    /// The API has served a request: it lists, resumes a stream, or has forgotten too much.
    pub(crate) fn answer_ask(&mut self, ask: AskSlot) {
        if self.ask_has_gone(ask) {
            return;
        }
        let Ask { gateway, listing, .. } = self.watches.asks[ask];
        if listing {
            self.forget_unsent(gateway);
            self.forget_listing(gateway);
            let entries = self.read_list(gateway);
            let now = self.now;
            self.stream(gateway).listing = Some((now, entries));
            self.reply_to_ask(ask, WatchAnswer::List);
        } else if self.can_resume(gateway) {
            self.open_stream(ask);
        } else {
            self.reply_to_ask(ask, WatchAnswer::Gone);
        }
    }

    /// Whether the API still has every change since the last confirmed stream of `gateway`.
    fn can_resume(&self, gateway: GatewayId) -> bool {
        let Watch { history, forgets, .. } = self.watching();
        let (opened, ended) = self.watches.streams[gateway].last;
        let kept = history.is_none_or(|history| ended + history >= self.now);
        let remembered = !forgets || self.watches.api_went_down_at.is_none_or(|down| down < opened);
        kept && remembered
    }

    /// Opens a stream, and sends what it missed.
    fn open_stream(&mut self, ask: AskSlot) {
        let gateway = self.watches.asks[ask].gateway;
        let now = self.now;
        let stream = self.stream(gateway);
        stream.open = true;
        stream.confirmed = false;
        stream.generation = stream.generation.next();
        stream.opened = now;
        stream.ended = Time::NEVER;
        stream.last_arrival = now;
        let generation = stream.generation;
        let missed = std::mem::take(&mut stream.pending);
        self.observe(Observation::StreamOpened { gateway });
        if let Some(lifetime) = &self.watching().lifetime {
            let lifetime = self.draws.watch_lifetime.duration(gateway, generation.get(), lifetime);
            self.schedule_stream_end(gateway, generation, lifetime);
        }
        if let Some(at) = self.reply_to_ask(ask, WatchAnswer::Opened) {
            self.stream(gateway).last_arrival = at;
        }
        for change in missed {
            self.send_change(gateway, change);
        }
    }

    /// Sends a reply to a request back to its gateway; none: a cut of the network loses it.
    pub(crate) fn reply_to_ask(&mut self, ask: AskSlot, answer: WatchAnswer) -> Option<Time> {
        let Ask { gateway, number, listing } = self.watches.asks[ask];
        let at = self.now + self.draws.watch_delay.duration(gateway, number.get() << 1 | 1, &self.scenario.http.delay);
        let cut = self.http_is_cut(gateway);
        let parcel = match answer {
            WatchAnswer::List => Parcel::ListReply { error: false },
            WatchAnswer::Error if listing => Parcel::ListReply { error: true },
            WatchAnswer::Error => Parcel::WatchReply { gone: false, error: true },
            WatchAnswer::Gone => Parcel::WatchReply { gone: true, error: false },
            WatchAnswer::Opened => Parcel::WatchReply { gone: false, error: false },
        };
        self.trace_stream(PeerId::NOBODY, gateway, parcel, if cut { Err(Loss::Fault) } else { Ok(at) });
        if cut {
            return None;
        }
        self.schedule(at, Event::WatchReplied { gateway, number, answer });
        Some(at)
    }

    pub(crate) fn watch_replied(&mut self, gateway: GatewayId, number: AskNumber, answer: WatchAnswer) {
        if !self.waits_for(gateway, number) {
            return;
        }
        match answer {
            WatchAnswer::Opened => {
                let stream = self.stream(gateway);
                stream.mode = Mode::Watching;
                stream.confirmed = true;
                stream.last = (stream.opened, stream.ended);
                for change in std::mem::take(&mut stream.unconfirmed) {
                    self.let_go(change.peer);
                }
            }
            WatchAnswer::Gone => {
                let wait = self.spread(gateway, self.watching().backoff);
                self.rest(gateway, true, wait);
            }
            WatchAnswer::List => {
                let (read_at, entries) = self.stream(gateway).listing.take().expect("a list was read");
                self.mend(gateway, entries);
                self.stream(gateway).last = (read_at, read_at);
                self.ask_to_watch(gateway);
            }
            WatchAnswer::Error => self.ask_failed(gateway),
        }
    }

    pub(crate) fn watch_timed_out(&mut self, gateway: GatewayId, number: AskNumber) {
        if !self.waits_for(gateway, number) {
            return;
        }
        if !self.stream(gateway).confirmed {
            // The answer was lost or is late: both ends close, and what the stream carried counts as not sent.
            if self.stream(gateway).open {
                self.end_stream(gateway, true);
            }
            let stream = self.stream(gateway);
            stream.confirmed = true;
            stream.void_below = stream.generation.next();
            let held = std::mem::take(&mut stream.held);
            for change in std::mem::take(&mut stream.unconfirmed).into_iter().rev() {
                stream.pending.push_front(change);
            }
            self.release_cargo(held);
        }
        self.ask_failed(gateway);
    }

    /// Whether a gateway waits for the answer to its request `number`.
    fn waits_for(&self, gateway: GatewayId, number: AskNumber) -> bool {
        let stream = &self.watches.streams[gateway];
        stream.number == number && matches!(stream.mode, Mode::Asking { .. })
    }

    /// A request was refused, rejected, or not answered in time: the same is asked again after a backoff.
    fn ask_failed(&mut self, gateway: GatewayId) {
        let Watch { backoff, backoff_max, .. } = *self.watching();
        let stream = self.stream(gateway);
        let doubled = backoff.times(1_u64.checked_shl(stream.failures).unwrap_or(u64::MAX));
        stream.failures = stream.failures.saturating_add(1);
        let listing = stream.mode == Mode::Asking { listing: true };
        let wait = self.spread(gateway, doubled.min(backoff_max));
        self.rest(gateway, listing, wait);
    }

    /// b·(1 + u), u uniform on [0, 1).
    fn spread(&self, gateway: GatewayId, backoff: Duration) -> Duration {
        let number = self.watches.streams[gateway].number;
        backoff + self.draws.watch_backoff.jitter(gateway, number.get(), backoff)
    }

    fn rest(&mut self, gateway: GatewayId, listing: bool, wait: Duration) {
        let stream = self.stream(gateway);
        stream.mode = Mode::Resting { listing };
        let number = stream.number;
        self.schedule(self.now + wait, Event::WatchRetryDue { gateway, number });
    }

    pub(crate) fn watch_retry_due(&mut self, gateway: GatewayId, number: AskNumber) {
        let stream = self.stream(gateway);
        if let Mode::Resting { listing } = stream.mode
            && stream.number == number
        {
            self.ask_api(gateway, listing);
        }
    }

    // What lists show.

    /// A record has gone: a list on its way back that shows its peer differs from the table now.
    pub(crate) fn note_in_watch_list(&mut self, peer: PeerSlot) {
        if self.watch().is_none() {
            return;
        }
        let gateway = self.peers[peer].gateway();
        let Some((read_at, entries)) = &self.watches.streams[gateway].listing else { return };
        if let Some((version, revoked)) = self.peers.state_at(peer, *read_at)
            && !revoked
            && entries.iter().all(|entry| entry.peer != peer)
        {
            self.keep(peer);
            let (_, entries) = self.watches.streams[gateway].listing.as_mut().expect("as before");
            entries.push(ListEntry { peer, version, revoked });
        }
    }

    fn forget_listing(&mut self, gateway: GatewayId) {
        if let Some((_, entries)) = self.stream(gateway).listing.take() {
            for ListEntry { peer, .. } in entries {
                self.let_go(peer);
            }
        }
    }

    /// Forgets what no stream will send any more.
    fn forget_unsent(&mut self, gateway: GatewayId) {
        let stream = self.stream(gateway);
        let pending = std::mem::take(&mut stream.pending);
        let unconfirmed = std::mem::take(&mut stream.unconfirmed);
        let held = std::mem::take(&mut stream.held);
        for change in pending.into_iter().chain(unconfirmed) {
            self.let_go(change.peer);
        }
        self.release_cargo(held);
    }

    fn release_cargo(&mut self, held: VecDeque<Cargo>) {
        for cargo in held {
            if let Cargo::StreamChange(change) = cargo {
                self.let_go(change.peer);
            }
        }
    }
}
