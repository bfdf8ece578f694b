//! The read replica beside each gateway: what it shows at a given time.
//!
//! It is written every `sync_every` from a random phase on, one `transfer` later, and shows the state as of that
//! write's start. Nothing happens at a write that anybody could notice before a read, so writes are no events:
//! a read looks for the latest one that has come through.

use des::Time;

use crate::model::id::{GatewayId, PeerSlot};
use crate::model::variant::WorldVariant;
use crate::model::world::World;

impl<S: WorldVariant> World<'_, S> {
    /// What the replica of `gateway` shows now of a peer: version and whether it is revoked; none: nothing.
    pub(crate) fn replica_version(&self, gateway: GatewayId, peer: PeerSlot) -> Option<(u32, bool)> {
        self.peers.state_at(peer, self.replica_state(gateway))
    }

    /// The start of the latest write that the replica of `gateway` shows; before the first, the start of the run.
    fn replica_state(&self, gateway: GatewayId) -> Time {
        let replica = &self.scenario.replica;
        let phase = self.draws.replica_phase.jitter(gateway, 0, replica.sync_every);
        let started = self.now.saturating_since(Time::ZERO + phase).as_nanos() / replica.sync_every.as_nanos();
        let mut write = if self.now < Time::ZERO + phase { return Time::ZERO } else { started };
        loop {
            let start = Time::ZERO + phase + replica.sync_every.times(write);
            let index = u32::try_from(write & u64::from(u32::MAX)).expect("32 bits");
            if start + self.draws.replica_transfer.duration(gateway, index, &replica.transfer) <= self.now {
                return start;
            }
            if write == 0 {
                return Time::ZERO;
            }
            write -= 1;
        }
    }
}
