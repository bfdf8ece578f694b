//! Expire: a gateway drops, at once, a record of which it has not heard for a while.
//!
//! One event per record, which finds the clock restarted and is then armed again.

use super::event::Event;
use super::observation::Probe;
use super::world::World;

impl<P: Probe> World<'_, P> {
    /// Sees to it that an installed record's expiry is looked at in time.
    pub(crate) fn arm_expiry(&mut self, peer: u32) {
        let Some(after) = self.scenario.strategy.expire else { return };
        let record = &mut self.peers[peer].record;
        if record.installed && !record.expiry_armed {
            record.expiry_armed = true;
            let at = (record.heard_at + after).max(self.now);
            self.schedule_for(peer, at, Event::ExpiryDue { peer });
        }
    }

    pub(crate) fn expiry_due(&mut self, peer: u32) {
        let after = self.scenario.strategy.expire.expect("a record expires");
        let record = &mut self.peers[peer].record;
        record.expiry_armed = false;
        if !record.installed {
            return;
        }
        if record.heard_at + after <= self.now {
            self.remove_record(peer);
        } else {
            self.arm_expiry(peer);
        }
    }
}
