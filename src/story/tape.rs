//! The facts about the peers whose stories are wanted.

use std::collections::BTreeMap;

use super::fact::{Fact, TapeEntry};
use super::replay::Witness;
use crate::model::{Detail, GatewayId, Observation, PeerId};
use des::Time;

/// The witness that records these facts.
#[derive(Clone, Debug, Default)]
pub struct Tape {
    /// For each peer its gateway and its facts.
    peers: BTreeMap<PeerId, (GatewayId, Vec<TapeEntry>)>,
}

impl Tape {
    /// A tape for these peers, each with its gateway.
    #[must_use]
    pub fn of(peers: impl IntoIterator<Item = (PeerId, GatewayId)>) -> Self {
        Self { peers: peers.into_iter().map(|(peer, gateway)| (peer, (gateway, Vec::new()))).collect() }
    }

    /// The facts about a peer, in order: about the peer itself, its gateway, the gateway's lists, and the faults.
    #[must_use]
    pub fn entries(&self, peer: PeerId) -> &[TapeEntry] {
        self.peers.get(&peer).map_or(&[], |(_, entries)| entries)
    }

    fn record(&mut self, at: Time, fact: Fact) {
        match (fact.peer(), fact.gateway()) {
            (Some(PeerId::NOBODY), None) => {}
            (Some(PeerId::NOBODY) | None, Some(gateway)) => {
                // A fact about a stranger concerns no recorded peer. A list or a stream concerns all peers of its
                // gateway.
                let shared = matches!(fact, Fact::Detailed(Detail::Sent { parcel, .. }) if parcel.is_of_gateway());
                let shared = shared || fact.peer().is_none();
                for (_, entries) in self.peers.values_mut().filter(|(home, _)| shared && *home == gateway) {
                    entries.push(TapeEntry { at, fact });
                }
            }
            (Some(peer), _) => {
                if let Some((_, entries)) = self.peers.get_mut(&peer) {
                    entries.push(TapeEntry { at, fact });
                }
            }
            (None, None) => {
                if matches!(fact, Fact::Observed(Observation::FaultStarted { .. } | Observation::FaultEnded { .. })) {
                    for (_, entries) in self.peers.values_mut() {
                        entries.push(TapeEntry { at, fact });
                    }
                }
            }
        }
    }
}

impl Witness for Tape {
    fn fact(&mut self, now: Time, fact: Fact) {
        self.record(now, fact);
    }
}
