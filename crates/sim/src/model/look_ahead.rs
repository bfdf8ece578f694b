//! Reads what the next events are about before the first of them is handled.
//!
//! What: when the queue opens a slot, it has up to 48 events in their order (more only of one instant). [`touch`] reads
//! the peer, the attempt, the request or the publication of each. Nothing is changed and nothing is decided by what was
//! read.
//!
//! Why: with very many clients at once, the state of an event's peer is no longer in the near caches. Events that are
//! handled one by one wait for memory one by one. These reads do not depend on each other, so the processor waits for
//! all of them at the same time.
//!
//! When: only while more events wait than [`MANY`], which the queue counts now and then. Every active peer has a pending
//! timer, so waiting events say how much state is in use; a stale peer that is not in use has none. With less state in
//! use, the caches hold it, and reading ahead would be work for nothing.
//!
//! Gain: docs/performance.md, "Reading ahead". Tests: `tests/it/setups.rs` compares a crowded run with and without.

use super::actor::api::ApiActor;
use super::actor::client::ClientsActor;
use super::event::Event;
use super::id::AttemptSlot;
use super::mechanism::push::Pushes;
use super::peer::Peers;

/// With more events waiting than this, what they are about is too much for the near caches.
pub(crate) const MANY: usize = 1 << 15;

/// Reads what `events` are about.
#[inline(never)]
pub(crate) fn touch(
    events: impl Iterator<Item = u64>,
    peers: &Peers,
    clients: &ClientsActor,
    api: &ApiActor,
    pushes: &Pushes,
) {
    let mut read = 0;
    for bits in events {
        let peer = match Event::from_bits(bits) {
            Event::RequestArrived { request } | Event::RequestServed { request } => api.peer(request),
            Event::PushArrived { publication, .. } => Some(pushes.peer(publication)),
            Event::CreateReplied { peer, .. }
            | Event::InitiationArrived { peer, .. }
            | Event::ResponseArrived { peer, .. }
            | Event::ReturnDue { peer }
            | Event::ClientDue { peer } => Some(peer),
            _ => None,
        };
        let Some(peer) = peer else { continue };
        // Eighty bytes lie in two lines of the cache: one field of either end.
        let peer = &peers[peer];
        read ^= u64::from(peer.id().get()) ^ peer.keys_from().as_nanos();
        if peer.attempt() != AttemptSlot::NONE {
            read ^= clients.due(peer.attempt()).as_nanos();
        }
    }
    // Without this, the compiler would remove the reads, as their result is not used.
    std::hint::black_box(read);
}
