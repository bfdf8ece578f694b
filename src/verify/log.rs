//! The facts of one run, for questions that the measures do not answer.

use crate::model::{AttemptEnd, GatewayId, MessageKind, Observation, PeerId, Probe, Version};
use des::{Duration, Time};

/// A message over the bus.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Message {
    /// Time of the sending.
    pub sent: Time,
    /// The peer that it concerns.
    pub peer: PeerId,
    /// Kind of the message.
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
    pub version: Version,
    /// Time of the API's commit.
    pub committed: Time,
    /// Time at which this version, or a later one, was installed.
    pub effective: Time,
}

/// Facts of one run that a [`Case`](super::Case) may need, in order of time.
#[derive(Clone, Debug, Default)]
pub struct Log {
    /// Time of each peer's first create, by number.
    pub arrivals: Vec<Time>,
    /// Finished attempts with their ends.
    pub attempts: Vec<(Time, AttemptEnd)>,
    /// Versions that took effect.
    pub propagations: Vec<Propagation>,
    /// Messages sent.
    pub messages: Vec<Message>,
    /// Peers of deliveries of a version that the gateway had already received.
    pub duplicates: Vec<PeerId>,
    /// Times at which gateways were up again after a restart.
    pub returns: Vec<Time>,
    /// Times at which streams were opened, with the gateway.
    pub streams: Vec<(Time, GatewayId)>,
}

impl Log {
    /// Number of peers that sent their first create before `time`: the peers with a lower number.
    #[must_use]
    pub fn peers_before(&self, time: Time) -> u32 {
        u32::try_from(self.arrivals.partition_point(|&arrival| arrival < time)).expect("peers have 32-bit numbers")
    }

    /// Handshake waits of the counted attempts; none for an attempt that never connected.
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
            // The fate of a message is drawn when it is sent: a loss follows the sending at once.
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
