//! The purposes of the model's random draws: each is a stream of its own.
//!
//! The instance of a peer's draw is the peer's number; the index tells the draws of one purpose apart. Appending a
//! purpose changes no other; reordering would change results.

use des::{Draws, RunKey, Sequence};

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
pub(crate) fn link(key: RunKey, gateway: u32) -> Sequence {
    Sequence::new(key, LINK, gateway)
}

/// The times of one fault.
pub(crate) fn fault(key: RunKey, fault: u32) -> Sequence {
    Sequence::new(key, FAULT, fault)
}

macro_rules! purposes {
    ($($(#[$about:meta])+ $name:ident,)+) => {
        /// The draws of every purpose that is addressed by instance and index.
        #[derive(Clone, Debug)]
        pub(crate) struct Purposes {
            $($(#[$about])+ pub(crate) $name: Draws,)+
        }

        impl Purposes {
            /// The draws of one run.
            pub(crate) fn new(key: RunKey) -> Self {
                let mut purpose = FIRST_OF_DRAWS;
                let mut next = || { purpose += 1; Draws::new(key, purpose - 1) };
                Self { $($name: next(),)+ }
            }
        }
    };
}

purposes! {
    /// A peer's gateway.
    gateway,
    /// Length of a session; index: attempt.
    session,
    /// Whether the client returns; index: attempt.
    return_coin,
    /// Gap before it does; index: attempt.
    return_gap,
    /// Gap before a config change; index: version.
    update_gap,
    /// Time from creation to revocation.
    revocation,
    /// Delay between client and API; index: create request, leg.
    client_delay,
    /// Service of a create; index: create request.
    create_service,
    /// Extra time before an attempt's first initiation; index: attempt.
    setup,
    /// Jitter of the retry timer; index: attempt, initiation.
    retry_jitter,
    /// Jitter of the discovery of a dead session; index: attempt.
    dead_jitter,
    /// Loss of a handshake packet; index: attempt, initiation, leg.
    path_loss,
    /// Delay of a handshake packet; index: attempt, initiation, leg.
    path_delay,
    /// Loss of a rekey's packet; index: rekey, initiation, leg.
    rekey_loss,
    /// Delay of a rekey's packet; index: rekey, initiation, leg.
    rekey_delay,
    /// Loss of a push; index: version, sending.
    push_loss,
    /// Loss of a push in a burst; index: version, sending.
    push_burst,
    /// Delay of a push; index: version, sending.
    push_delay,
    /// Backoff before a push is sent again; index: version, sending.
    push_backoff,
    /// Loss of a push's acknowledgement; index: version, sending.
    ack_loss,
    /// Its loss in a burst; index: version, sending.
    ack_burst,
    /// Its delay; index: version, sending.
    ack_delay,
    /// Delay of a publish to the stream and of the stream's acknowledgement; index: version, publication, leg.
    publish_delay,
    /// Loss of an invalidation; index: version.
    invalidation_loss,
    /// Its loss in a burst; index: version.
    invalidation_burst,
    /// Its delay; index: version.
    invalidation_delay,
    /// Phase of an existing peer's refreshes.
    refresh_phase,
    /// Service of an install; index: the peer's job.
    install,
    /// Service of a removal; index: the peer's job.
    remove,
    /// Time to identify an initiator; index: fetch.
    identify,
    /// Loss of a fetch's request; index: fetch, sending, leg.
    fetch_loss,
    /// Its loss in a burst; index: fetch, sending, leg.
    fetch_burst,
    /// Delay of a fetch's request and reply; index: fetch, sending, leg and round trip.
    fetch_delay,
    /// Service of a fetch; index: fetch, sending.
    fetch_service,
    /// Backoff before a fetch is sent again; index: fetch, sending.
    fetch_backoff,
    /// Time to read a record at the replica; index: fetch, sending.
    replica_service,
    /// Phase of a replica's writes; instance: gateway.
    replica_phase,
    /// Transfer of a replica's write; instance: gateway, index: write.
    replica_transfer,
    /// Phase of a gateway's lists; instance: gateway.
    list_phase,
    /// Loss of a list's request; instance: gateway, index: list, sending.
    list_loss,
    /// Delay of a list's request and reply; instance: gateway, index: list, sending, leg and round trip.
    list_delay,
    /// Service of a list; instance: gateway, index: list, sending.
    list_service,
    /// Phase of a gateway's sweeps for idle records; instance: gateway.
    sweep_phase,
    /// A stranger's gateway; instance: stranger.
    stranger_gateway,
    /// Extra time before a stranger's first initiation; instance: stranger.
    stranger_setup,
    /// Jitter of a stranger's retry timer; instance: stranger, index: initiation.
    stranger_jitter,
    /// Loss of a stranger's packet; instance: stranger, index: initiation.
    stranger_loss,
    /// Delay of a stranger's packet; instance: stranger, index: initiation.
    stranger_delay,
    /// Fetches for strangers; instance: stranger. Index as for peers.
    stranger_identify,
    /// Loss of a fetch's request for a stranger.
    stranger_fetch_loss,
    /// Its loss in a burst.
    stranger_fetch_burst,
    /// Its delays.
    stranger_fetch_delay,
    /// Its service.
    stranger_fetch_service,
    /// Its backoff.
    stranger_fetch_backoff,
    /// Time to look a stranger up at the replica.
    stranger_replica_service,
    /// Wait for a push's acknowledgement; index: version, sending.
    push_timeout,
    /// Gap before a refresh; index: the peer's sending.
    refresh_gap,
    /// Life of a record since its gateway heard of it; index: the peer's hearing.
    expiry,
    /// Lifetime of a stream; instance: gateway, index: stream.
    watch_lifetime,
    /// Share of its first stream's lifetime that is left at time 0; instance: gateway.
    watch_phase,
    /// Loss of a request to watch or to list; instance: gateway, index: request.
    watch_loss,
    /// Delay of such a request and of its reply; instance: gateway, index: request, leg.
    watch_delay,
    /// Its service; instance: gateway, index: request.
    watch_service,
    /// Spread of the backoff after it; instance: gateway, index: request.
    watch_backoff,
    /// Delay of a change on a stream; index: version, sending.
    change_delay,
    /// Delay of the notice that a stream is closed; instance: gateway, index: stream.
    notice_delay,
    /// When a device first comes.
    device_first,
    /// Time from one initiation to the next; index: attempt, initiation.
    retry_after,
    /// The same of a stranger; instance: stranger, index: initiation.
    stranger_retry,
}
