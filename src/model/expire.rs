//! Expire: a gateway drops, at once, a record of which it has not heard for a while.
//!
//! One event per record, which finds the clock restarted and is then armed again. Where the time is drawn, each hearing
//! draws anew; one that shortens it arms an earlier event.

use crate::engine::Time;

use super::detail::Removal;
use super::event::Event;
use super::observation::Probe;
use super::peer::Peer;
use super::world::World;

impl<P: Probe> World<'_, P> {
    /// A push, a refresh or a fetched config of a peer has arrived: the clock of its record restarts.
    #[inline(always)]
    pub(crate) fn hear(&mut self, peer: u32) {
        let record = &mut self.peers[peer].record;
        record.heard_at = self.now;
        record.hearings = record.hearings.wrapping_add(1);
        self.arm_expiry(peer);
    }

    /// When a record expires; never where none does.
    fn expires_at(&self, peer: u32) -> Time {
        let Peer { number, record, .. } = &self.peers[peer];
        let Some(after) = &self.scenario.strategy.expire else { return Time::NEVER };
        record.heard_at + self.draws.expiry.duration(*number, record.hearings, after)
    }

    /// Sees to it that an installed record's expiry is looked at in time.
    pub(crate) fn arm_expiry(&mut self, peer: u32) {
        if self.scenario.strategy.expire.is_none() || !self.peers[peer].record.installed {
            return;
        }
        let at = self.expires_at(peer).max(self.now);
        let record = &mut self.peers[peer].record;
        if at < record.expiry_timer_at {
            record.expiry_timer_at = at;
            self.schedule_for(peer, at, Event::ExpiryDue { peer });
        }
    }

    pub(crate) fn expiry_due(&mut self, peer: u32) {
        let record = &mut self.peers[peer].record;
        if record.expiry_timer_at != self.now {
            return;
        }
        record.expiry_timer_at = Time::NEVER;
        if !record.installed {
            return;
        }
        if self.expires_at(peer) <= self.now {
            self.remove_record(peer, Removal::Expired);
        } else {
            self.arm_expiry(peer);
        }
    }
}
