//! The streams of the model's random draws: one for each purpose.
//!
//! A draw is named by its instance (a peer, a gateway or a stranger) and an index that tells the draws of one instance
//! apart. The type of the instance belongs to the stream. A stream that is appended changes no other; another order would
//! change results.

use std::marker::PhantomData;

use des::{Distribution, Draws, Duration, RunKey, Sequence};

use super::id::{FaultId, GatewayId, PeerId, StrangerId};

/// Gap between one new peer and the next, and thinning under a daily peak: a sequence.
const ARRIVALS: u32 = 1;
/// Gap between one stranger and the next: a sequence.
const STRANGERS: u32 = 2;
/// Sojourns of a link in its good and bad state: a sequence per gateway.
const LINK: u32 = 3;
/// Gaps and lengths of a fault: a sequence per fault.
const FAULT: u32 = 4;
/// First of the purposes below, one each, in their order.
const FIRST_OF_DRAWS: u32 = 16;

/// The new peers' process.
pub(crate) fn arrivals(key: RunKey) -> Sequence {
    Sequence::new(key, ARRIVALS, 0)
}

/// The strangers' process.
pub(crate) fn strangers(key: RunKey) -> Sequence {
    Sequence::new(key, STRANGERS, 0)
}

/// The state of one gateway's link.
pub(crate) fn link(key: RunKey, gateway: GatewayId) -> Sequence {
    Sequence::new(key, LINK, gateway.get().into())
}

/// The times of one fault.
pub(crate) fn fault(key: RunKey, fault: FaultId) -> Sequence {
    Sequence::new(key, FAULT, fault.get())
}

/// What a draw belongs to: a peer, a gateway or a stranger.
pub(crate) trait Instance: Copy {
    fn number(self) -> u32;
}

impl Instance for PeerId {
    #[inline(always)]
    fn number(self) -> u32 {
        self.get()
    }
}

impl Instance for GatewayId {
    #[inline(always)]
    fn number(self) -> u32 {
        self.get().into()
    }
}

impl Instance for StrangerId {
    #[inline(always)]
    fn number(self) -> u32 {
        self.get()
    }
}

/// The draws of one purpose, each named by its instance and an index.
#[derive(Debug)]
pub(crate) struct DrawStream<I> {
    draws: Draws,
    instance: PhantomData<I>,
}

impl<I> Clone for DrawStream<I> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<I> Copy for DrawStream<I> {}

impl<I: Instance> DrawStream<I> {
    fn new(draws: Draws) -> Self {
        Self { draws, instance: PhantomData }
    }

    /// The same draws for instances of several kinds, named by their numbers.
    #[inline(always)]
    pub(crate) fn by_number(self) -> Draws {
        self.draws
    }

    /// See [`Draws::happens`].
    #[inline(always)]
    pub(crate) fn happens(self, instance: I, index: u32, probability: f64) -> bool {
        self.draws.happens(instance.number(), index, probability)
    }

    /// See [`Draws::below`].
    #[inline(always)]
    pub(crate) fn below(self, instance: I, index: u32, bound: u32) -> u32 {
        self.draws.below(instance.number(), index, bound)
    }

    /// See [`Draws::duration`].
    #[inline(always)]
    pub(crate) fn duration(self, instance: I, index: u32, distribution: &Distribution) -> Duration {
        self.draws.duration(instance.number(), index, distribution)
    }

    /// See [`Draws::jitter`].
    #[inline(always)]
    pub(crate) fn jitter(self, instance: I, index: u32, max: Duration) -> Duration {
        self.draws.jitter(instance.number(), index, max)
    }
}

macro_rules! draw_streams {
    ($($(#[$about:meta])+ $name:ident: $instance:ident,)+) => {
        /// The draws of every purpose that is addressed by instance and index.
        #[derive(Clone, Debug)]
        pub(crate) struct DrawStreams {
            $($(#[$about])+ pub(crate) $name: DrawStream<$instance>,)+
        }

        impl DrawStreams {
            /// The draws of one run.
            pub(crate) fn new(key: RunKey) -> Self {
                let mut purpose = FIRST_OF_DRAWS;
                let mut next = || { purpose += 1; Draws::new(key, purpose - 1) };
                Self { $($name: DrawStream::new(next()),)+ }
            }
        }
    };
}

draw_streams! {
    /// A peer's gateway.
    gateway: PeerId,
    /// Length of a session; index: attempt.
    session: PeerId,
    /// Whether the client returns; index: attempt.
    return_coin: PeerId,
    /// Gap before it does; index: attempt.
    return_gap: PeerId,
    /// Gap before a config change; index: version.
    update_gap: PeerId,
    /// Time from creation to revocation.
    revocation: PeerId,
    /// Delay between client and API; index: create request, leg.
    client_delay: PeerId,
    /// Service of a create; index: create request.
    create_service: PeerId,
    /// Extra time before an attempt's first initiation; index: attempt.
    setup: PeerId,
    /// Jitter of the retry timer; index: attempt, initiation.
    retry_jitter: PeerId,
    /// Jitter of the discovery of a dead session; index: attempt.
    dead_jitter: PeerId,
    /// Loss of a handshake packet; index: attempt, initiation, leg.
    path_loss: PeerId,
    /// Delay of a handshake packet; index: attempt, initiation, leg.
    path_delay: PeerId,
    /// Loss of a rekey's packet; index: rekey, initiation, leg.
    rekey_loss: PeerId,
    /// Delay of a rekey's packet; index: rekey, initiation, leg.
    rekey_delay: PeerId,
    /// Loss of a push; index: version, sending.
    push_loss: PeerId,
    /// Loss of a push in a burst; index: version, sending.
    push_burst: PeerId,
    /// Delay of a push; index: version, sending.
    push_delay: PeerId,
    /// Backoff before a push is sent again; index: version, sending.
    push_backoff: PeerId,
    /// Loss of a push's acknowledgement; index: version, sending.
    ack_loss: PeerId,
    /// Its loss in a burst; index: version, sending.
    ack_burst: PeerId,
    /// Its delay; index: version, sending.
    ack_delay: PeerId,
    /// Delay of a publish to the stream and of the stream's acknowledgement; index: version, publication, leg.
    publish_delay: PeerId,
    /// Loss of an invalidation; index: version.
    invalidation_loss: PeerId,
    /// Its loss in a burst; index: version.
    invalidation_burst: PeerId,
    /// Its delay; index: version.
    invalidation_delay: PeerId,
    /// Phase of an existing peer's refreshes.
    refresh_phase: PeerId,
    /// Service of an install; index: the peer's job.
    install: PeerId,
    /// Service of a removal; index: the peer's job.
    remove: PeerId,
    /// Time to identify an initiator; index: fetch.
    identify: PeerId,
    /// Loss of a fetch's request; index: fetch, sending, leg.
    fetch_loss: PeerId,
    /// Its loss in a burst; index: fetch, sending, leg.
    fetch_burst: PeerId,
    /// Delay of a fetch's request and reply; index: fetch, sending, leg and round trip.
    fetch_delay: PeerId,
    /// Service of a fetch; index: fetch, sending.
    fetch_service: PeerId,
    /// Backoff before a fetch is sent again; index: fetch, sending.
    fetch_backoff: PeerId,
    /// Time to read a record at the replica; index: fetch, sending.
    replica_service: PeerId,
    /// Phase of a replica's writes; instance: gateway.
    replica_phase: GatewayId,
    /// Transfer of a replica's write; instance: gateway, index: write.
    replica_transfer: GatewayId,
    /// Phase of a gateway's lists; instance: gateway.
    list_phase: GatewayId,
    /// Loss of a list's request; instance: gateway, index: list, sending.
    list_loss: GatewayId,
    /// Delay of a list's request and reply; instance: gateway, index: list, sending, leg and round trip.
    list_delay: GatewayId,
    /// Service of a list; instance: gateway, index: list, sending.
    list_service: GatewayId,
    /// Phase of a gateway's sweeps for idle records; instance: gateway.
    sweep_phase: GatewayId,
    /// A stranger's gateway; instance: stranger.
    stranger_gateway: StrangerId,
    /// Extra time before a stranger's first initiation; instance: stranger.
    stranger_setup: StrangerId,
    /// Jitter of a stranger's retry timer; instance: stranger, index: initiation.
    stranger_jitter: StrangerId,
    /// Loss of a stranger's packet; instance: stranger, index: initiation.
    stranger_loss: StrangerId,
    /// Delay of a stranger's packet; instance: stranger, index: initiation.
    stranger_delay: StrangerId,
    /// Fetches for strangers; instance: stranger. Index as for peers.
    stranger_identify: StrangerId,
    /// Loss of a fetch's request for a stranger.
    stranger_fetch_loss: StrangerId,
    /// Its loss in a burst.
    stranger_fetch_burst: StrangerId,
    /// Its delays.
    stranger_fetch_delay: StrangerId,
    /// Its service.
    stranger_fetch_service: StrangerId,
    /// Its backoff.
    stranger_fetch_backoff: StrangerId,
    /// Time to look a stranger up at the replica.
    stranger_replica_service: StrangerId,
    /// Wait for a push's acknowledgement; index: version, sending.
    push_timeout: PeerId,
    /// Gap before a refresh; index: the peer's sending.
    refresh_gap: PeerId,
    /// Life of a record since its gateway heard of it; index: the peer's hearing.
    expiry: PeerId,
    /// Lifetime of a stream; instance: gateway, index: stream.
    watch_lifetime: GatewayId,
    /// Share of its first stream's lifetime that is left at time 0; instance: gateway.
    watch_phase: GatewayId,
    /// Loss of a request to watch or to list; instance: gateway, index: request.
    watch_loss: GatewayId,
    /// Delay of such a request and of its reply; instance: gateway, index: request, leg.
    watch_delay: GatewayId,
    /// Its service; instance: gateway, index: request.
    watch_service: GatewayId,
    /// Spread of the backoff after it; instance: gateway, index: request.
    watch_backoff: GatewayId,
    /// Delay of a change on a stream; index: version, sending.
    change_delay: PeerId,
    /// Delay of the notice that a stream is closed; instance: gateway, index: stream.
    notice_delay: GatewayId,
    /// When a device first comes.
    device_first: PeerId,
    /// Time from one initiation to the next; index: attempt, initiation.
    retry_after: PeerId,
    /// The same of a stranger; instance: stranger, index: initiation.
    stranger_retry: StrangerId,
}
