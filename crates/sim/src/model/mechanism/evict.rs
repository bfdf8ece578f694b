//! Evict: each gateway removes records that have had no session for a while. Removals go through the installer.
//!
//! Reaches: gateway (`enqueue`, `remove_record`), peer (`set_evicting`).

use std::collections::VecDeque;

use crate::model::actor::gateway::{Job, Origin};
use crate::model::event::Event;
use crate::model::id::{ByGateway, GatewayId, PeerSlot};
use crate::model::mechanism::MechanismTraits;
use crate::model::peer::Beside;
use crate::model::variant::WorldVariant;
use crate::model::words::Removal;
use crate::model::world::World;
use des::Time;

/// What the other parts of the program ask of it.
pub(crate) const TRAITS: MechanismTraits =
    MechanismTraits { installs: false, persists: false, lists: false, drops: true, shown_keys: &["idle_after"] };

/// Since when records are idle; empty unless the strategy evicts.
pub(crate) struct Idleness {
    /// The end of each peer's last session, or the install of its record.
    since: Beside<Time>,
    /// Of each gateway: records and the time since which they are idle, in order of that time. Entries may be out of
    /// date.
    queues: ByGateway<VecDeque<(Time, PeerSlot)>>,
}

impl Idleness {
    pub(crate) fn new(used: bool, gateways: u32) -> Self {
        let count = if used { gateways } else { 0 };
        Self {
            since: Beside::new(used, Time::ZERO),
            queues: ByGateway::new((0..count).map(|_| VecDeque::new()).collect()),
        }
    }

    /// A peer begins under this slot.
    #[inline(always)]
    pub(crate) fn begin(&mut self, peer: PeerSlot) {
        self.since.begin(peer);
    }

    /// A session of the peer has ended, or its record is new: it is idle from now on.
    #[inline(always)]
    pub(crate) fn begins(&mut self, peer: PeerSlot, gateway: GatewayId, now: Time) {
        if let Some(since) = self.since.get_mut(peer) {
            *since = now;
            self.queues[gateway].push_back((now, peer));
        }
    }
}

impl<S: WorldVariant> World<'_, S> {
    /// Schedules each gateway's first sweep, at a random phase.
    pub(crate) fn start_sweeps(&mut self) {
        let Some(evict) = self.evict() else { return };
        for gateway in GatewayId::all(self.scenario.gateways.count) {
            let phase = self.draws.sweep_phase.jitter(gateway, 0, evict.every);
            self.schedule_sweep(gateway, Time::ZERO + phase);
        }
    }

    fn schedule_sweep(&mut self, gateway: GatewayId, at: Time) {
        self.schedule(at, Event::SweepDue { gateway });
    }

    pub(crate) fn sweep_due(&mut self, gateway: GatewayId) {
        let evict = self.evict().expect("a sweep evicts");
        self.schedule_sweep(gateway, self.now + evict.every);
        if !self.is_up(gateway) {
            return;
        }
        while let Some(&(since, peer)) = self.idleness.queues[gateway].front()
            && since + evict.idle_after <= self.now
        {
            self.idleness.queues[gateway].pop_front();
            let state = &self.peers[peer];
            // The entry may be of an earlier idle time, or of a peer that had this place before.
            if state.gateway() == gateway && self.idleness.since.get(peer) == since && state.is_evictable() {
                self.peers[peer].set_evicting(true);
                self.enqueue(gateway, Job { peer, removal: true, origin: Origin::Eviction });
            }
        }
    }

    /// A job to evict a record has been served: it goes if it is still idle.
    pub(crate) fn evict_if_idle(&mut self, peer: PeerSlot) {
        let evict = self.evict().expect("a sweep evicts");
        self.peers[peer].set_evicting(false);
        let state = &self.peers[peer];
        let idle = !state.in_session() && self.idleness.since.get(peer) + evict.idle_after <= self.now;
        if state.is_installed() && idle {
            self.remove_record(peer, Removal::Evicted);
        }
    }
}
