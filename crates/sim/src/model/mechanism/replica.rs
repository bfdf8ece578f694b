//! The read replica beside each gateway: what it shows at a given time.
//!
//! The replica is written every `sync_every` from a random phase on. Each write takes one `transfer` and shows the state
//! as of its start. Nothing can observe a write before a read, so writes are no events: a read looks for the latest write
//! that has come through.

use crate::model::draws::DrawStreams;
use crate::model::id::GatewayId;
use crate::model::scenario::Replica;
use des::Time;

/// The instant whose state the replica of `gateway` shows `now`: the start of the latest write that has come through;
/// before the first, the start of the run.
pub(crate) fn shown(gateway: GatewayId, now: Time, replica: &Replica, draws: &DrawStreams) -> Time {
    let phase = draws.replica_phase.jitter(gateway, 0, replica.sync_every);
    let started = now.saturating_since(Time::ZERO + phase).as_nanos() / replica.sync_every.as_nanos();
    let mut write = if now < Time::ZERO + phase { return Time::ZERO } else { started };
    loop {
        let start = Time::ZERO + phase + replica.sync_every.times(write);
        let index = u32::try_from(write & u64::from(u32::MAX)).expect("32 bits");
        if start + draws.replica_transfer.duration(gateway, index, &replica.transfer) <= now {
            return start;
        }
        if write == 0 {
            return Time::ZERO;
        }
        write -= 1;
    }
}
