//! Expire: a gateway drops, at once, a record that nothing has confirmed for a while.
//!
//! A record has one event, which ends its time. If the record was confirmed since, the event is scheduled again for the new
//! end. Where the time is drawn, each confirmation draws a new one. If the new end is earlier, an earlier event is
//! scheduled.
//!
//! Reaches: gateway (`remove_record`).

use crate::model::event::Event;
use crate::model::id::PeerSlot;
use crate::model::mechanism::MechanismTraits;
use crate::model::peer::Beside;
use crate::model::variant::WorldVariant;
use crate::model::words::Removal;
use crate::model::world::World;
use des::Time;

/// What the other parts of the program ask of it.
pub(crate) const TRAITS: MechanismTraits =
    MechanismTraits { installs: false, persists: false, lists: false, drops: true, shown_keys: &["after"] };

/// When a gateway last heard of a peer.
#[derive(Clone, Copy)]
struct Hearing {
    /// When a push, refresh or fetched config last arrived.
    at: Time,
    /// How often one has.
    count: u32,
    /// When the record's expiry event fires.
    timer_at: Time,
}

impl Hearing {
    const NEW: Self = Self { at: Time::ZERO, count: 0, timer_at: Time::NEVER };
}

/// The clocks of the records; empty where no record expires.
pub(crate) struct Expiry {
    hearings: Beside<Hearing>,
}

impl Expiry {
    pub(crate) fn new(used: bool) -> Self {
        Self { hearings: Beside::new(used, Hearing::NEW) }
    }

    /// A peer begins under this slot.
    #[inline(always)]
    pub(crate) fn begin(&mut self, peer: PeerSlot) {
        self.hearings.begin(peer);
    }
}

impl<S: WorldVariant> World<'_, S> {
    /// A push, a refresh or a fetched config of a peer has arrived: the clock of its record restarts.
    #[inline(always)]
    pub(crate) fn note_heard(&mut self, peer: PeerSlot) {
        if S::MORE
            && let Some(hearing) = self.expiry.hearings.get_mut(peer)
        {
            hearing.at = self.now;
            hearing.count = hearing.count.wrapping_add(1);
            self.arm_expiry(peer);
        }
    }

    /// When a record expires; never where none does.
    fn expires_at(&self, peer: PeerSlot) -> Time {
        let Some(after) = self.expire() else { return Time::NEVER };
        let Hearing { at, count, .. } = self.expiry.hearings.get(peer);
        at + self.draws.expiry.duration(self.peers[peer].id(), count, after)
    }

    /// Sees to it that an installed record's expiry is looked at in time.
    pub(crate) fn arm_expiry(&mut self, peer: PeerSlot) {
        if self.expire().is_none() || !self.peers[peer].is_installed() {
            return;
        }
        let at = self.expires_at(peer).max(self.now);
        if let Some(hearing) = self.expiry.hearings.get_mut(peer)
            && at < hearing.timer_at
        {
            hearing.timer_at = at;
            self.schedule(at, Event::ExpiryDue { peer });
        }
    }

    pub(crate) fn expiry_due(&mut self, peer: PeerSlot) {
        let hearing = self.expiry.hearings.get_mut(peer).expect("a record expires");
        if hearing.timer_at != self.now {
            return;
        }
        hearing.timer_at = Time::NEVER;
        if !self.peers[peer].is_installed() {
            return;
        }
        if self.expires_at(peer) <= self.now {
            self.remove_record(peer, Removal::Expired);
        } else {
            self.arm_expiry(peer);
        }
    }
}
