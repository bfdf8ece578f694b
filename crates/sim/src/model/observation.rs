//! What the model reports, as past-tense facts. What they mean is decided elsewhere.

use std::fmt::Debug;

use des::{Duration, Time};

use super::detail::Detail;
use super::field::{FieldValue, facts};
use super::id::{FaultId, GatewayId, PeerId, Version};
use super::words::{AttemptKind, Cause, Drop, FetchEnd, Leg, Loss, MessageKind, RequestKind};

/// Receives what happens.
pub trait Probe {
    /// Whether the world is compiled for this probe alone. Its runs take the fast ways: the world for scenarios which
    /// leave much out, and reading ahead. It receives observations, but neither details nor events. A probe of very many
    /// runs needs this. All other probes share one compiled world.
    const FAST: bool = false;

    /// Whether details and events are made for it, unless it is [`Probe::FAST`]. Asked once, before the run.
    fn wants_details(&self) -> bool {
        false
    }

    /// Something happened at `now`; calls come in order of time.
    fn observe(&mut self, now: Time, observation: Observation);

    /// A detail of what happens at `now`.
    fn trace(&mut self, _now: Time, _detail: Detail) {}

    /// An event is about to be handled, the `nth` of the run, from 1; what it brings about is reported next.
    fn event(&mut self, _now: Time, _nth: u64, _event: &dyn Debug) {}

    /// Asked every [`SLICE`](super::SLICE) events, when `events` have been handled: whether the run goes on. One that is
    /// cut short leaves nothing to measure.
    fn goes_on(&mut self, _now: Time, _events: u64) -> bool {
        true
    }
}

/// The methods of a probe of any type that are called in the course of a run.
pub(crate) trait AnyProbe {
    fn observe(&mut self, now: Time, observation: Observation);
    fn trace(&mut self, now: Time, detail: Detail);
    fn event(&mut self, now: Time, nth: u64, event: &dyn Debug);
    fn goes_on(&mut self, now: Time, events: u64) -> bool;
}

impl<P: Probe> AnyProbe for P {
    fn observe(&mut self, now: Time, observation: Observation) {
        Probe::observe(self, now, observation);
    }

    fn trace(&mut self, now: Time, detail: Detail) {
        Probe::trace(self, now, detail);
    }

    fn event(&mut self, now: Time, nth: u64, event: &dyn Debug) {
        Probe::event(self, now, nth, event);
    }

    fn goes_on(&mut self, now: Time, events: u64) -> bool {
        Probe::goes_on(self, now, events)
    }
}

/// The probe of the world that all probes share for which none is compiled.
pub(crate) struct Shared<'a> {
    probe: &'a mut dyn AnyProbe,
    wants_details: bool,
}

impl<'a> Shared<'a> {
    /// Stands for `probe`.
    pub(crate) fn new<P: Probe>(probe: &'a mut P) -> Self {
        Self { wants_details: probe.wants_details(), probe }
    }
}

impl Probe for Shared<'_> {
    #[inline(always)]
    fn wants_details(&self) -> bool {
        self.wants_details
    }

    fn observe(&mut self, now: Time, observation: Observation) {
        self.probe.observe(now, observation);
    }

    fn trace(&mut self, now: Time, detail: Detail) {
        self.probe.trace(now, detail);
    }

    fn event(&mut self, now: Time, nth: u64, event: &dyn Debug) {
        self.probe.event(now, nth, event);
    }

    fn goes_on(&mut self, now: Time, events: u64) -> bool {
        self.probe.goes_on(now, events)
    }
}

/// A probe that looks away.
impl Probe for () {
    fn observe(&mut self, _now: Time, _observation: Observation) {}
}

/// Two probes that see the same run.
impl<A: Probe, B: Probe> Probe for (A, B) {
    fn wants_details(&self) -> bool {
        self.0.wants_details() || self.1.wants_details()
    }

    fn observe(&mut self, now: Time, observation: Observation) {
        self.0.observe(now, observation);
        self.1.observe(now, observation);
    }

    fn trace(&mut self, now: Time, detail: Detail) {
        self.0.trace(now, detail);
        self.1.trace(now, detail);
    }

    fn event(&mut self, now: Time, nth: u64, event: &dyn Debug) {
        self.0.event(now, nth, event);
        self.1.event(now, nth, event);
    }

    fn goes_on(&mut self, now: Time, events: u64) -> bool {
        let goes_on = self.0.goes_on(now, events);
        self.1.goes_on(now, events) && goes_on
    }
}

/// The part of a peer's state that levels are made of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PeerView {
    /// Its gateway.
    pub gateway: GatewayId,
    /// [`PeerView::INSTALLED`] and the other bits.
    pub flags: u8,
    /// When the record's version was superseded; [`Time::NEVER`] if it is current.
    pub superseded: Time,
    /// When the peer was revoked; [`Time::NEVER`] if it was not.
    pub revoked: Time,
}

impl PeerView {
    /// Its gateway holds its record.
    pub const INSTALLED: u8 = 1;
    /// It was created in the run.
    pub const IN_RUN: u8 = 2;
    /// A client may use the record again.
    pub const HAS_CLIENT: u8 = 4;
    /// Created, not revoked, not abandoned.
    pub const LIVE: u8 = 8;

    /// A peer that is not revoked and whose record, if held, is current.
    #[must_use]
    #[inline]
    pub const fn undated(gateway: GatewayId, flags: u8) -> Self {
        Self { gateway, flags, superseded: Time::NEVER, revoked: Time::NEVER }
    }

    /// Whether its gateway holds its record.
    #[must_use]
    #[inline]
    pub const fn installed(&self) -> bool {
        self.flags & Self::INSTALLED != 0
    }

    /// Whether it is created, not revoked and not abandoned.
    #[must_use]
    #[inline]
    pub const fn live(&self) -> bool {
        self.flags & Self::LIVE != 0
    }

    /// Whether its record is held and its version superseded, of a peer created in the run.
    #[must_use]
    #[inline]
    pub fn stale(&self) -> bool {
        self.record_in_run() && self.superseded != Time::NEVER
    }

    /// Whether its record is held, of a peer created in the run.
    #[must_use]
    #[inline]
    pub const fn record_in_run(&self) -> bool {
        self.flags & (Self::INSTALLED | Self::IN_RUN) == Self::INSTALLED | Self::IN_RUN
    }

    /// Whether its record is held and no client will use it again.
    #[must_use]
    #[inline]
    pub const fn orphan(&self) -> bool {
        self.flags & (Self::INSTALLED | Self::HAS_CLIENT) == Self::INSTALLED
    }

    /// Whether it is live and its record is not held.
    #[must_use]
    #[inline]
    pub const fn missing(&self) -> bool {
        self.flags & (Self::INSTALLED | Self::LIVE) == Self::LIVE
    }
}

facts! {
    /// A fact. `peer` is [`PeerId::NOBODY`] for a stranger or where no single peer is concerned; `nth` counts sendings from 0.
    #[expect(missing_docs, reason = "the fields are named and explained above")]
    Observation {
        /// A client asked for its peer for the first time.
        PeerArrived "peer_arrived" { peer: PeerId, gateway: GatewayId };
        /// A device exists at time 0.
        DeviceAdded "device_added" { peer: PeerId, gateway: GatewayId };
        /// A client sent a create.
        CreateSent "create_sent" { peer: PeerId, nth: u8 };
        /// The reply to a create reached its client in time.
        CreateReplied "create_replied" { peer: PeerId, nth: u8, error: bool };
        /// A client gave up waiting for the reply to a create.
        CreateTimedOut "create_timed_out" { peer: PeerId, nth: u8 };
        /// A first attempt, which began at `started`, ended without a create.
        CreateFailed "create_failed" { peer: PeerId, started: Time };
        /// The API committed a version; 1 is the create.
        VersionCommitted "version_committed" { peer: PeerId, version: Version };
        /// The API deleted a peer, whose gateway held a record of it or not.
        PeerRevoked "peer_revoked" { peer: PeerId, installed: bool };
        /// A version, or one after it, took effect at the gateway.
        VersionPropagated "version_propagated" { peer: PeerId, version: Version, committed: Time };
        /// A peer's state changed.
        PeerChanged "peer_changed" { peer: PeerId, before: PeerView, after: PeerView };

        /// A packet was sent between client and gateway.
        PacketSent "packet_sent" { peer: PeerId, leg: Leg, rekey: bool, lost: bool };
        /// A packet was dropped at the gateway.
        InitiationDropped "initiation_dropped" { peer: PeerId, reason: Drop };
        /// An attempt ended.
        AttemptEnded "attempt_ended" (end: AttemptEnd);
        /// A session ended, as planned or by revocation.
        SessionEnded "session_ended" { peer: PeerId };

        /// A message was sent over the bus; again, if this version had been sent before by the same publication.
        MessageSent "message_sent" { peer: PeerId, kind: MessageKind, again: bool };
        /// A message that had been sent when `counted` was decided was lost.
        MessageLost "message_lost" { peer: PeerId, kind: MessageKind, loss: Loss, counted: bool };
        /// A push that had been sent when `counted` was decided reached its gateway, which had been given that version
        /// before or not.
        PushDelivered "push_delivered" { peer: PeerId, version: Version, duplicate: bool, counted: bool };

        /// A request reached the API.
        RequestArrived "request_arrived" { peer: PeerId, kind: RequestKind };
        /// It was turned away by a full queue.
        RequestRejected "request_rejected" { peer: PeerId };
        /// It was turned away because the API was down.
        RequestRefused "request_refused" { peer: PeerId };
        /// Its service began.
        ServiceStarted "service_started" { peer: PeerId, waited: Duration };
        /// Its service ended.
        ServiceEnded "service_ended" { peer: PeerId, kind: RequestKind, wasted: bool };
        /// Requests waiting and in service changed.
        ApiLoadChanged "api_load_changed" { waiting: u32, busy: u32 };

        /// A gateway began a fetch.
        FetchStarted "fetch_started" { peer: PeerId, gateway: GatewayId };
        /// An initiation joined a fetch under way.
        FetchJoined "fetch_joined" { peer: PeerId };
        /// A fetch ended.
        FetchEnded "fetch_ended" { peer: PeerId, gateway: GatewayId, end: FetchEnd };

        /// An installer's job began; `waiting` jobs stand behind it.
        JobStarted "job_started" { peer: PeerId, gateway: GatewayId, removal: bool, waiting: u32 };
        /// It ended.
        JobEnded "job_ended" { peer: PeerId, gateway: GatewayId, removal: bool };

        /// The API sent a version or a removal on a gateway's stream.
        ChangeSent "change_sent" { peer: PeerId, gateway: GatewayId };
        /// The API opened a gateway's stream.
        StreamOpened "stream_opened" { gateway: GatewayId };
        /// A stream ended at the API, by its lifetime or otherwise.
        StreamEnded "stream_ended" { gateway: GatewayId, broken: bool };

        /// A fault began.
        FaultStarted "fault_started" { fault: FaultId };
        /// It ended.
        FaultEnded "fault_ended" { fault: FaultId };
        /// The span of the time averages has ended; every record and live peer has left the levels.
        HorizonReached "horizon_reached";
        /// A gateway is up again after a restart.
        GatewayBack "gateway_back" { gateway: GatewayId };
    }
}

/// An attempt that has ended.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct AttemptEnd {
    /// The peer's number.
    pub peer: PeerId,
    /// Which kind.
    pub kind: AttemptKind,
    /// Whether its first initiation was sent in the counted span.
    pub counted: bool,
    /// The create request of a first attempt, else the first initiation.
    pub started: Time,
    /// The first initiation.
    pub first_sent: Time,
    /// From the first create request to the reply, of a first attempt.
    pub create_time: Duration,
    /// Whether it ended in a session.
    pub connected: bool,
    /// Whether the record was stale at that moment.
    pub stale: bool,
    /// What became of its first initiation.
    pub cause: Cause,
}

impl AttemptEnd {
    /// Shows each field: its name and its value, in their order.
    pub fn visit(&self, see: &mut dyn FnMut(&'static str, FieldValue)) {
        let Self { peer, kind, counted, started, first_sent, create_time, connected, stale, cause } = *self;
        see("peer", peer.into());
        see("kind", kind.into());
        see("counted", counted.into());
        see("started", started.into());
        see("first_sent", first_sent.into());
        see("create_time", create_time.into());
        see("connected", connected.into());
        see("stale", stale.into());
        see("cause", cause.into());
    }
}
