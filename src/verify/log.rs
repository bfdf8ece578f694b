//! What happened in one run, fact by fact, where the measures say too little.

use crate::model::{AttemptEnd, GatewayId, MessageKind, Observation, PeerId, Probe};
use des::{Duration, Time};

/// A message over the bus.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Message {
    /// When it was sent.
    pub sent: Time,
    /// The peer that it concerns.
    pub peer: PeerId,
    /// What it says.
    pub kind: MessageKind,
    /// Whether it was lost on the way.
    pub lost: bool,
}

/// A version that took effect at its gateway.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Propagation {
    /// The peer.
    pub peer: PeerId,
    /// The version.
    pub version: u32,
    /// When the API committed it.
    pub committed: Time,
    /// When it, or a later one, was installed.
    pub effective: Time,
}

/// The facts of one run that a [`Case`](super::Case) may ask for, in order of time.
#[derive(Clone, Debug, Default)]
pub struct Log {
    /// When each peer's first create was sent, by number.
    pub arrivals: Vec<Time>,
    /// Attempts that have ended, and when.
    pub attempts: Vec<(Time, AttemptEnd)>,
    /// Versions that took effect.
    pub propagations: Vec<Propagation>,
    /// Messages sent.
    pub messages: Vec<Message>,
    /// Peers of deliveries of a version that the gateway had been given before.
    pub duplicates: Vec<PeerId>,
    /// When gateways heard again after a restart.
    pub returns: Vec<Time>,
    /// When streams were opened, and for which gateway.
    pub streams: Vec<(Time, GatewayId)>,
}

impl Log {
    /// How many peers sent their first create before `time`: these are the peers below that number.
    #[must_use]
    pub fn peers_before(&self, time: Time) -> u32 {
        u32::try_from(self.arrivals.partition_point(|&arrival| arrival < time)).expect("peers have 32-bit numbers")
    }

    /// Handshake waits of the counted attempts; none: never connected.
    pub fn waits(&self) -> impl Iterator<Item = Option<Duration>> + '_ {
        let counted = self.attempts.iter().filter(|(_, end)| end.counted);
        counted.map(|&(now, end)| end.connected.then(|| now - end.first_sent))
    }
}

impl Probe for Log {
    fn observe(&mut self, now: Time, observation: Observation) {
        match observation {
            Observation::PeerArrived { .. } => self.arrivals.push(now),
            Observation::AttemptEnded(end) => self.attempts.push((now, end)),
            Observation::VersionPropagated { peer, version, committed } => {
                self.propagations.push(Propagation { peer, version, committed, effective: now });
            }
            Observation::MessageSent { peer, kind, .. } => {
                self.messages.push(Message { sent: now, peer, kind, lost: false });
            }
            // Chance decides a message's fate when it is sent: a loss follows its sending at once.
            Observation::MessageLost { peer, kind, .. } => {
                if let Some(message) = self.messages.last_mut()
                    && (message.sent, message.peer, message.kind) == (now, peer, kind)
                {
                    message.lost = true;
                }
            }
            Observation::PushDelivered { peer, duplicate: true, .. } => self.duplicates.push(peer),
            Observation::GatewayBack { .. } => self.returns.push(now),
            Observation::StreamOpened { gateway } => self.streams.push((now, gateway)),
            _ => {}
        }
    }
}
