//! Push: on create, update and revocation the API sends the new version, or the removal, to the peer's gateway.
//!
//! One [`Publication`] is one version on its way, however often it is sent. The API repeats core messages and HTTP
//! requests; the stream repeats its own deliveries, see [`jetstream`]. Refreshes send current versions again.
//!
//! Reaches: bus (`send_message`), client (`reply_to_create`), expire (`note_heard`), fault (`http_is_cut`), gateway
//! (`enqueue`, `install_record`, `remove_older`), peer (`publish`, `push_comes`, `push_ends`).

mod jetstream;

use crate::model::actor::bus::MessageDraws;
use crate::model::actor::gateway::{Job, Origin};
use crate::model::detail::{Detail, Parcel};
use crate::model::event::Event;
use crate::model::id::{ByGateway, GatewayId, PeerId, PeerSlot, PublicationSlot, Slots, Version};
use crate::model::mechanism::MechanismTraits;
use crate::model::observation::Observation;
use crate::model::peer::Beside;
use crate::model::scenario::{Exhausted, PushTransport, Retry, Scenario};
use crate::model::variant::WorldVariant;
use crate::model::words::{Carrier, Loss, MessageKind, Unanswered};
use crate::model::world::{Kept, World};
use des::{Duration, Time};

/// What the other parts of the program ask of it.
pub(crate) const TRAITS: MechanismTraits =
    MechanismTraits { installs: true, persists: true, lists: false, drops: false, shown_keys: &["transport", "wait"] };

/// When a peer's version was last sent; kept if the strategy refreshes.
#[derive(Clone, Copy)]
pub(crate) struct Refresh {
    last_sent: Time,
    /// Sendings so far.
    sendings: u32,
    /// When its refresh event fires.
    timer_at: Time,
}

impl Refresh {
    pub(crate) const NEW: Self = Self { last_sent: Time::ZERO, sendings: 0, timer_at: Time::NEVER };
}

/// The pushes of one gateway.
#[derive(Default)]
struct Inbox {
    /// Pushes waiting or in service at the installer.
    pending: u32,
    /// Publications of the stream that wait until the gateway is up again.
    held: Vec<PublicationSlot>,
}

/// The publications of a run.
pub(crate) struct Pushes {
    publications: Slots<PublicationSlot, Publication>,
    refreshes: Beside<Refresh>,
    inboxes: ByGateway<Inbox>,
}

impl Pushes {
    pub(crate) fn new(scenario: &Scenario) -> Self {
        let refreshes = scenario.strategy.push.as_ref().is_some_and(|push| push.refresh_every.is_some());
        Self {
            publications: Slots::default(),
            refreshes: Beside::new(refreshes, Refresh::NEW),
            inboxes: ByGateway::new((0..scenario.gateways.count).map(|_| Inbox::default()).collect()),
        }
    }

    /// A peer begins under this slot.
    #[inline(always)]
    pub(crate) fn begin(&mut self, peer: PeerSlot) {
        self.refreshes.begin(peer);
    }

    /// The peer of a publication.
    #[inline(always)]
    pub(crate) fn peer(&self, publication: PublicationSlot) -> PeerSlot {
        self.publications[publication].peer
    }
}

/// A version, a removal or an invalidation on its way to a gateway.
#[expect(clippy::struct_excessive_bools, reason = "independent facts, read one at a time")]
#[derive(Clone, Debug)]
struct Publication {
    peer: PeerSlot,
    version: Version,
    removal: bool,
    /// The create request whose reply waits for it.
    waiter: Option<u8>,
    /// References: events and jobs.
    refs: u32,
    /// Sendings so far.
    sends: u32,
    /// The draw of its first sending: version, publication of that version, sending.
    first_index: u32,
    /// Acknowledgements sent.
    acks: u32,
    /// Deliveries so far.
    deliveries: u32,
    /// Whether it may be sent again.
    hopeful: bool,
    /// Whether its latest sending has timed out.
    timed_out: bool,
    /// Acknowledged, or given up.
    over: bool,
}

impl Kept for PublicationSlot {
    #[inline(always)]
    fn keep<S: WorldVariant>(self, world: &mut World<'_, S>) {
        world.pushes.publications[self].refs += 1;
    }

    #[inline(always)]
    fn let_go<S: WorldVariant>(self, world: &mut World<'_, S>) {
        let state = &mut world.pushes.publications[self];
        state.refs -= 1;
        if state.refs == 0 {
            let peer = state.peer;
            world.set_hopeful(self, false);
            world.pushes.publications.remove(self);
            world.let_go(peer);
        }
    }
}

impl<S: WorldVariant> World<'_, S> {
    /// Publishes a peer's current state, if the strategy pushes; a client's create `waiter` may wait for it.
    pub(crate) fn publish(&mut self, peer: PeerSlot, waiter: Option<u8>) {
        let Some(push) = self.push() else { return };
        if S::MORE && self.peers[peer].is_revoked() && !push.removals {
            return;
        }
        let publication = self.new_publication(peer, waiter);
        match self.transport() {
            PushTransport::Core(retry) | PushTransport::Http(retry) => {
                self.set_hopeful(publication, retry.attempts > 1);
                self.send_push(publication);
            }
            PushTransport::Jetstream { .. } => {
                self.set_hopeful(publication, true);
                self.publish_to_stream(publication);
            }
        }
        if self.refresh_every().is_some() {
            let state = &self.peers[peer];
            if state.id().is_new() && state.version() == Version::FIRST && state.publications() == 1 {
                self.arm_refresh(peer);
            }
        }
        self.let_go(publication);
    }

    /// A publication of a peer's current state, held by the caller.
    #[inline(always)]
    fn new_publication(&mut self, peer: PeerSlot, waiter: Option<u8>) -> PublicationSlot {
        self.keep(peer);
        let before = u32::from(self.peers[peer].publish());
        let state = &self.peers[peer];
        let version = state.version();
        self.pushes.publications.insert(Publication {
            peer,
            version,
            removal: state.is_revoked(),
            waiter,
            refs: 1,
            sends: 0,
            first_index: (version.get() & 0xfff) << 20 | (before & 0xfff) << 8,
            acks: 0,
            deliveries: 0,
            hopeful: false,
            timed_out: false,
            over: false,
        })
    }

    /// Sets whether a publication may be sent again. If it may, it counts as coming for its peer.
    #[inline(always)]
    fn set_hopeful(&mut self, publication: PublicationSlot, hopeful: bool) {
        let state = &mut self.pushes.publications[publication];
        if state.hopeful != hopeful {
            state.hopeful = hopeful;
            let peer = state.peer;
            if hopeful {
                self.peers[peer].push_comes();
            } else {
                self.peers[peer].push_ends();
            }
        }
    }

    /// Whether the API waits for the acknowledgement of a push.
    fn acknowledges(&self, retry: Retry) -> bool {
        retry.attempts > 1 || self.waits_for_acknowledgement()
    }

    /// Counts a sending that is about to be made; its draw index.
    #[inline(always)]
    fn count_sending(&mut self, publication: PublicationSlot) -> u32 {
        let state = &mut self.pushes.publications[publication];
        let index = state.first_index + (state.sends & 0xff);
        state.sends += 1;
        state.timed_out = false;
        index
    }

    /// The draws of a push, for its sending `index`.
    fn push_draws(&self, peer: PeerId, index: u32) -> MessageDraws {
        let draws = &self.draws;
        MessageDraws {
            loss: draws.push_loss.by_number(),
            burst: draws.push_burst.by_number(),
            delay: draws.push_delay.by_number(),
            instance: peer.get(),
            index,
        }
    }

    /// The draws of the acknowledgement of sending `index`.
    fn ack_draws(&self, peer: PeerId, index: u32) -> MessageDraws {
        let draws = &self.draws;
        MessageDraws {
            loss: draws.ack_loss.by_number(),
            burst: draws.ack_burst.by_number(),
            delay: draws.ack_delay.by_number(),
            instance: peer.get(),
            index,
        }
    }

    /// Sends a publication by core message or HTTP request, the first time or again.
    #[inline(always)]
    fn send_push(&mut self, publication: PublicationSlot) {
        let (retry, over_http) = match *self.transport() {
            PushTransport::Core(retry) => (retry, false),
            PushTransport::Http(retry) => (retry, true),
            PushTransport::Jetstream { .. } => unreachable!("the stream sends for itself"),
        };
        let index = self.count_sending(publication);
        let Publication { peer, sends, .. } = self.pushes.publications[publication];
        let again = sends > 1;
        let (id, gateway) = self.peers[peer].names();
        self.note_sending(peer);
        if sends >= retry.attempts {
            self.set_hopeful(publication, false);
        }
        if over_http {
            let fate = self.http_push_fate(id, gateway, index);
            self.trace_push(publication);
            self.trace_request(id, gateway, MessageKind::Push, fate);
            if let Ok(at) = fate {
                self.push_departed(publication, peer, at);
            }
        } else {
            self.send_push_message(publication, peer, index, again);
        }
        if self.acknowledges(retry) {
            let nth = sending(sends);
            let push = self.push().expect("a publication is pushed");
            let timeout = self.draws.push_timeout.duration(id, index, &push.timeout);
            self.schedule(self.now + timeout, Event::PushTimedOut { publication, nth });
        }
    }

    /// Sends the message of a push over the bus.
    #[inline(always)]
    fn send_push_message(&mut self, publication: PublicationSlot, peer: PeerSlot, index: u32, again: bool) {
        let (id, gateway) = self.peers[peer].names();
        let draws = self.push_draws(id, index);
        self.trace_push(publication);
        if let Some(at) = self.send_message(gateway, id, MessageKind::Push, again, draws) {
            self.push_departed(publication, peer, at);
        }
    }

    fn trace_push(&mut self, publication: PublicationSlot) {
        self.trace(|world| {
            let Publication { peer, version, removal, sends, .. } = world.pushes.publications[publication];
            Detail::PushPrepared { peer: world.peers[peer].id(), version, removal, nth: sends - 1 }
        });
    }

    /// Reports a message that is sent as a request, or the reply to one.
    pub(crate) fn trace_request(
        &mut self,
        peer: PeerId,
        gateway: GatewayId,
        kind: MessageKind,
        fate: Result<Time, Loss>,
    ) {
        self.trace(|_| {
            let (parcel, carrier) = (Parcel::Message(kind), Carrier::Http);
            Detail::Sent { peer, gateway, parcel, carrier, nth: 0, fate }
        });
    }

    /// A push is on its way and arrives at `at`.
    #[inline(always)]
    fn push_departed(&mut self, publication: PublicationSlot, peer: PeerSlot, at: Time) {
        self.peers[peer].push_comes();
        let counted = self.counted();
        let nth = sending(self.pushes.publications[publication].sends);
        self.schedule(at, Event::PushArrived { publication, nth, counted });
    }

    /// When a push sent as a request reaches its gateway, or why it does not.
    fn http_push_fate(&self, id: PeerId, gateway: GatewayId, index: u32) -> Result<Time, Loss> {
        let http = &self.scenario.http;
        let cut = self.http_is_cut(gateway);
        if cut || self.draws.push_loss.happens(id, index, http.failure) {
            return Err(lost_by(cut));
        }
        let delay = self.draws.push_delay.duration(id, index, &http.delay);
        Ok(self.now + delay + setup_round_trips(http.setup_rtts, delay))
    }

    /// A push has reached its gateway. The event's reference passes to the job. The push still counts as coming.
    #[inline(always)]
    pub(crate) fn push_arrived(&mut self, publication: PublicationSlot, nth: u8, counted: bool) {
        let transport = self.transport();
        let over_bus = !matches!(transport, PushTransport::Http(_));
        let at_most_once = matches!(transport, PushTransport::Core(_));
        let Publication { peer, version, removal, deliveries, .. } = self.pushes.publications[publication];
        let (id, gateway) = self.peers[peer].names();
        let is_up = self.is_up(gateway);
        let inbox = &mut self.pushes.inboxes[gateway];
        let loss = if !is_up {
            Some(Loss::GatewayDown)
        } else if at_most_once && inbox.pending >= self.scenario.bus.pending_limit {
            Some(Loss::SlowConsumer)
        } else {
            None
        };
        if let Some(loss) = loss {
            if over_bus {
                self.observe(Observation::MessageLost { peer: id, kind: MessageKind::Push, loss, counted });
            }
            self.peers[peer].push_ends();
            if loss == Loss::GatewayDown && over_bus && self.scenario.bus.no_responders {
                self.push_found_nobody(publication, nth);
            }
            return self.let_go(publication);
        }
        inbox.pending += 1;
        if !removal {
            self.note_heard(peer);
        }
        self.pushes.publications[publication].deliveries += 1;
        if over_bus {
            self.observe(Observation::PushDelivered { peer: id, version, duplicate: deliveries > 0, counted });
        }
        self.enqueue(gateway, Job { peer, removal, origin: Origin::Push { publication, nth } });
    }

    /// The installer has served a push: it takes effect and is acknowledged.
    #[inline(always)]
    pub(crate) fn push_installed(
        &mut self,
        gateway: GatewayId,
        peer: PeerSlot,
        publication: PublicationSlot,
        nth: u8,
        arrived: Time,
    ) {
        self.push_job_ended(gateway, peer);
        let Publication { version, removal, .. } = self.pushes.publications[publication];
        if S::MORE && removal {
            self.remove_older(peer, version);
        } else {
            self.install_record(peer, version, arrived);
        }
        let transport = self.transport();
        let acknowledged = match transport {
            PushTransport::Core(retry) | PushTransport::Http(retry) => self.acknowledges(*retry),
            PushTransport::Jetstream { .. } => true,
        };
        if acknowledged {
            self.acknowledge_push(peer, publication, nth, matches!(transport, PushTransport::Http(_)));
        }
        self.let_go(publication);
    }

    /// Sends the acknowledgement of sending `nth` of a push.
    fn acknowledge_push(&mut self, peer: PeerSlot, publication: PublicationSlot, nth: u8, over_http: bool) {
        let (id, gateway) = self.peers[peer].names();
        let state = &mut self.pushes.publications[publication];
        let index = state.first_index + (state.acks & 0xff);
        state.acks += 1;
        let arrival = if over_http {
            let at = self.now + self.draws.ack_delay.duration(id, index, &self.scenario.http.delay);
            let fate = if self.http_is_cut(gateway) { Err(Loss::Fault) } else { Ok(at) };
            self.trace_request(id, gateway, MessageKind::Acknowledgement, fate);
            fate.ok()
        } else {
            self.send_message(gateway, id, MessageKind::Acknowledgement, false, self.ack_draws(id, index))
        };
        if let Some(at) = arrival {
            self.schedule(at, Event::PushAcknowledged { publication, nth });
        }
    }

    /// A restart lost a push that was queued or in service.
    pub(crate) fn push_job_lost(&mut self, gateway: GatewayId, peer: PeerSlot, publication: PublicationSlot) {
        self.push_job_ended(gateway, peer);
        self.let_go(publication);
    }

    #[inline(always)]
    fn push_job_ended(&mut self, gateway: GatewayId, peer: PeerSlot) {
        self.peers[peer].push_ends();
        self.pushes.inboxes[gateway].pending -= 1;
    }

    pub(crate) fn push_acknowledged(&mut self, publication: PublicationSlot, nth: u8) {
        let Publication { over, sends, timed_out, .. } = self.pushes.publications[publication];
        // A reply belongs to one request. A reply that comes after the timeout of its request is ignored.
        let late = timed_out || nth != sending(sends);
        let belated = matches!(self.transport(), PushTransport::Http(_)) && late;
        if !over && !belated {
            self.trace(|world| {
                let Publication { peer, version, .. } = world.pushes.publications[publication];
                Detail::PushAcknowledged { peer: world.peers[peer].id(), version }
            });
            self.end_publication(publication, false);
        }
    }

    /// The gateway has no subscription: the bus answers a core request at once, which ends the wait as a timeout does.
    ///
    /// The answer comes when the push would have arrived: half of that time is the way there, half the way back.
    fn push_found_nobody(&mut self, publication: PublicationSlot, nth: u8) {
        if let PushTransport::Core(retry) = self.transport()
            && self.acknowledges(*retry)
        {
            self.push_unanswered(publication, nth, Unanswered::Refused);
        }
    }

    /// A sending was not acknowledged. Nothing happens if that is known already.
    pub(crate) fn push_unanswered(&mut self, publication: PublicationSlot, nth: u8, why: Unanswered) {
        let Publication { peer, over, sends, first_index, timed_out, .. } = self.pushes.publications[publication];
        if over || timed_out || nth != sending(sends) {
            return;
        }
        self.pushes.publications[publication].timed_out = true;
        let retry = match self.transport() {
            PushTransport::Core(retry) | PushTransport::Http(retry) => *retry,
            PushTransport::Jetstream { max_deliver, .. } => {
                let max_deliver = *max_deliver;
                self.trace_unanswered(publication, why, max_deliver == 0 || sends < max_deliver);
                return self.redeliver(publication, max_deliver);
            }
        };
        self.trace_unanswered(publication, why, sends < retry.attempts);
        if sends >= retry.attempts {
            let error = self.push().is_some_and(|push| push.exhausted == Exhausted::Error);
            return self.end_publication(publication, error);
        }
        let id = self.peers[peer].id();
        let cap = retry.backoff_cap(sends - 1);
        let backoff = self.draws.push_backoff.jitter(id, first_index + ((sends - 1) & 0xff), cap);
        self.schedule(self.now + backoff, Event::PushRetryDue { publication });
    }

    fn trace_unanswered(&mut self, publication: PublicationSlot, why: Unanswered, again: bool) {
        self.trace(|world| {
            let Publication { peer, version, sends, .. } = world.pushes.publications[publication];
            Detail::PushUnanswered { peer: world.peers[peer].id(), version, sendings: sends, why, again }
        });
    }

    pub(crate) fn push_retry_due(&mut self, publication: PublicationSlot) {
        if !self.pushes.publications[publication].over {
            self.send_push(publication);
        }
    }

    /// A publication has been acknowledged or given up. The client that waits for it gets its reply; over `JetStream` only
    /// the stream's own acknowledgement has this effect.
    fn end_publication(&mut self, publication: PublicationSlot, error: bool) {
        self.set_hopeful(publication, false);
        self.pushes.publications[publication].over = true;
        if !matches!(self.transport(), PushTransport::Jetstream { .. }) {
            self.tell_waiter(publication, error);
        }
    }

    /// Replies to the create that waits for a publication.
    fn tell_waiter(&mut self, publication: PublicationSlot, error: bool) {
        let state = &mut self.pushes.publications[publication];
        if let Some(nth) = state.waiter.take() {
            let peer = state.peer;
            self.reply_to_create(peer, nth, error);
        }
    }

    // Soft state.

    /// Existing peers and devices were last sent before the run: their first refreshes are spread evenly.
    pub(crate) fn start_refresh_of_existing(&mut self, peer: PeerSlot) {
        let Some(every) = self.refresh_every() else { return };
        let id = self.peers[peer].id();
        // A uniform share is left of the gap that began before the run.
        let gap = self.draws.refresh_gap.duration(id, 0, every);
        let at = Time::ZERO + self.draws.refresh_phase.jitter(id, 0, gap);
        self.pushes.refreshes.get_mut(peer).expect("it is refreshed").timer_at = at;
        self.schedule(at, Event::RefreshDue { peer });
    }

    /// When a peer's current version is sent again; never without refreshes.
    fn refresh_at(&self, peer: PeerSlot) -> Time {
        let Some(every) = self.refresh_every() else { return Time::NEVER };
        let Refresh { last_sent, sendings, .. } = self.pushes.refreshes.get(peer);
        last_sent + self.draws.refresh_gap.duration(self.peers[peer].id(), sendings, every)
    }

    /// Schedules a refresh event no later than the refresh is due.
    fn arm_refresh(&mut self, peer: PeerSlot) {
        let at = self.refresh_at(peer);
        let refresh = self.pushes.refreshes.get_mut(peer).expect("it is refreshed");
        if at < refresh.timer_at {
            refresh.timer_at = at;
            self.schedule(at, Event::RefreshDue { peer });
        }
    }

    /// A peer's version is sent now: the clock of its refresh restarts.
    #[inline(always)]
    fn note_sending(&mut self, peer: PeerSlot) {
        if !S::MORE {
            return;
        }
        let Some(refresh) = self.pushes.refreshes.get_mut(peer) else { return };
        refresh.last_sent = self.now;
        refresh.sendings = refresh.sendings.wrapping_add(1);
        // After the first sending the caller schedules the event.
        if refresh.timer_at != Time::NEVER {
            self.arm_refresh(peer);
        }
    }

    pub(crate) fn refresh_due(&mut self, peer: PeerSlot) {
        let state = &self.peers[peer];
        let refresh = self.pushes.refreshes.get_mut(peer).expect("it is refreshed");
        if refresh.timer_at != self.now || state.is_revoked() {
            return;
        }
        refresh.timer_at = Time::NEVER;
        // The peer was not sent in this run yet: its first refresh is due at its phase.
        let first_of_existing = !state.id().is_new() && state.version() == Version::FIRST && state.publications() == 0;
        if first_of_existing || self.refresh_at(peer) <= self.now {
            self.publish(peer, None);
        }
        self.arm_refresh(peer);
    }

    // Invalidations.

    /// Sends an invalidation, if the strategy does: the fetched record is out of date.
    pub(crate) fn invalidate(&mut self, peer: PeerSlot) {
        if !self.pull().is_some_and(|pull| pull.invalidate) {
            return;
        }
        let publication = self.new_publication(peer, None);
        let (id, gateway) = self.peers[peer].names();
        let draws = MessageDraws {
            loss: self.draws.invalidation_loss.by_number(),
            burst: self.draws.invalidation_burst.by_number(),
            delay: self.draws.invalidation_delay.by_number(),
            instance: id.get(),
            index: self.peers[peer].version().get(),
        };
        if let Some(at) = self.send_message(gateway, id, MessageKind::Invalidation, false, draws) {
            let counted = self.counted();
            self.schedule(at, Event::InvalidationArrived { publication, counted });
        }
        self.let_go(publication);
    }

    pub(crate) fn invalidation_arrived(&mut self, publication: PublicationSlot, counted: bool) {
        let Publication { peer, version, .. } = self.pushes.publications[publication];
        let (id, gateway) = self.peers[peer].names();
        if self.is_up(gateway) {
            self.enqueue(gateway, Job { peer, removal: true, origin: Origin::Invalidation { version } });
        } else {
            let loss = Loss::GatewayDown;
            self.observe(Observation::MessageLost { peer: id, kind: MessageKind::Invalidation, loss, counted });
        }
    }
}

/// The number of the last of `sends` sendings, as events name it.
#[expect(clippy::cast_possible_truncation, reason = "only compared with numbers near it")]
const fn sending(sends: u32) -> u8 {
    sends as u8
}

/// Why a request is lost: in a cut of the network, or by chance.
pub(crate) const fn lost_by(cut: bool) -> Loss {
    if cut { Loss::Fault } else { Loss::Random }
}

/// The time that `round_trips` round trips at `delay` one way take.
pub(crate) const fn setup_round_trips(round_trips: u32, delay: Duration) -> Duration {
    delay.times(2 * round_trips as u64)
}
