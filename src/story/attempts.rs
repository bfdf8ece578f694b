//! Collects every attempt of a run, for selection.

use std::collections::BTreeMap;

use super::fact::Fact;
use super::replay::Witness;
use super::wait::ReplyWait;
use crate::model::{AttemptEnd, AttemptKind, Cause, GatewayId, Observation, PeerId};
use des::{Duration, Time};

/// A finished attempt.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Ended {
    /// The peer's number.
    pub peer: PeerId,
    /// Kind of the attempt.
    pub kind: AttemptKind,
    /// Index among the peer's attempts of this kind, from 0.
    pub nth: u32,
    /// Start: the create request of a first attempt, else the first initiation.
    pub started: Time,
    /// Time of the first initiation.
    pub first_sent: Time,
    /// Time of the end.
    pub at: Time,
    /// Result of the attempt.
    pub wait: ReplyWait,
    /// Whether the attempt counts in the result files.
    pub counted: bool,
    /// Fate of its first initiation.
    pub cause: Cause,
}

impl Ended {
    fn new(at: Time, nth: u32, end: &AttemptEnd) -> Self {
        Self {
            peer: end.peer,
            kind: end.kind,
            nth,
            started: end.started,
            first_sent: end.first_sent,
            at,
            wait: ReplyWait::of(at, end),
            counted: end.counted,
            cause: end.cause,
        }
    }

    /// Whether the attempt stalled.
    #[must_use]
    pub fn stalled(&self, stall_after: Duration) -> bool {
        self.wait.is_stall(stall_after)
    }
}

/// The witness that collects attempts, in order of their ends.
#[derive(Clone, Debug, Default)]
pub struct Attempts {
    ended: Vec<Ended>,
    /// For each peer: its gateway, the number of its attempts of each kind.
    peers: BTreeMap<PeerId, (GatewayId, [u32; 3])>,
}

impl Attempts {
    /// All attempts, in order of their ends.
    #[must_use]
    pub fn all(&self) -> &[Ended] {
        &self.ended
    }

    /// Number of peers.
    #[must_use]
    pub fn peers(&self) -> usize {
        self.peers.len()
    }

    /// The gateway of a peer; none: there is no such peer.
    #[must_use]
    pub fn gateway(&self, peer: PeerId) -> Option<GatewayId> {
        self.peers.get(&peer).map(|&(gateway, ..)| gateway)
    }

    /// The attempts of a peer, in order.
    #[must_use]
    pub fn of(&self, peer: PeerId) -> Vec<Ended> {
        self.ended.iter().filter(|ended| ended.peer == peer).copied().collect()
    }

    /// The `nth` attempt of `kind` of a peer.
    #[must_use]
    pub fn find(&self, peer: PeerId, kind: AttemptKind, nth: u32) -> Option<Ended> {
        self.ended.iter().find(|ended| (ended.peer, ended.kind, ended.nth) == (peer, kind, nth)).copied()
    }

    /// The counted attempts in descending order of handshake wait; attempts that never connected come first.
    #[must_use]
    pub fn worst(&self, count: usize) -> Vec<Ended> {
        let mut ended: Vec<Ended> =
            self.ended.iter().filter(|ended| ended.counted && ended.wait != ReplyWait::NoPeer).copied().collect();
        ended.sort_by(|one, other| other.wait.cmp(&one.wait).then(one.first_sent.cmp(&other.first_sent)));
        ended.truncate(count);
        ended
    }

    /// For each cause, the counted attempt that was the first to stall, by time of the first initiation.
    #[must_use]
    pub fn stalled(&self, stall_after: Duration) -> Vec<Ended> {
        let mut stalled: Vec<Ended> =
            self.ended.iter().filter(|ended| ended.counted && ended.stalled(stall_after)).copied().collect();
        stalled.sort_by_key(|ended| (ended.cause as u8, ended.first_sent, ended.peer));
        stalled.dedup_by_key(|ended| ended.cause);
        stalled
    }
}

impl Witness for Attempts {
    fn fact(&mut self, now: Time, fact: Fact) {
        let Fact::Observed(observation) = fact else { return };
        match observation {
            Observation::PeerArrived { peer, gateway } | Observation::DeviceAdded { peer, gateway } => {
                self.peers.insert(peer, (gateway, [0; 3]));
            }
            Observation::AttemptEnded(end) => {
                if let Some((.., kinds)) = self.peers.get_mut(&end.peer) {
                    let nth = kinds[end.kind as usize];
                    kinds[end.kind as usize] += 1;
                    self.ended.push(Ended::new(now, nth, &end));
                }
            }
            Observation::CreateFailed { peer, started } => {
                self.ended.push(Ended {
                    peer,
                    kind: AttemptKind::First,
                    nth: 0,
                    started,
                    first_sent: now,
                    at: now,
                    wait: ReplyWait::NoPeer,
                    counted: false,
                    cause: Cause::ConfigLost,
                });
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end(peer: u32, sent: u64, connected: bool, cause: Cause) -> AttemptEnd {
        AttemptEnd {
            peer: PeerId::new(peer),
            kind: AttemptKind::First,
            counted: true,
            started: Time::from_nanos(sent),
            first_sent: Time::from_nanos(sent),
            create_time: Duration::ZERO,
            connected,
            stale: false,
            cause,
        }
    }

    /// Peers 0 to 3 wait 10, 70, forever and 70 ns; the first two because of a lost packet.
    fn four() -> Attempts {
        let mut attempts = Attempts::default();
        let gateway = GatewayId::new(9);
        for peer in (0..4).map(PeerId::new) {
            attempts.fact(Time::ZERO, Fact::Observed(Observation::PeerArrived { peer, gateway }));
        }
        for (at, end) in [
            (15, end(0, 5, true, Cause::PathLoss)),
            (80, end(1, 10, true, Cause::PathLoss)),
            (90, end(3, 20, true, Cause::ConfigLost)),
            (95, end(2, 1, false, Cause::ConfigLost)),
        ] {
            attempts.fact(Time::from_nanos(at), Fact::Observed(Observation::AttemptEnded(end)));
        }
        attempts
    }

    #[test]
    fn the_worst_never_connected_then_waited_longest_then_came_first() {
        let peers: Vec<u32> = four().worst(3).iter().map(|ended| ended.peer.get()).collect();
        assert_eq!(peers, [2, 1, 3]);
    }

    #[test]
    fn the_first_stall_of_each_cause_is_reported() {
        let stalled = four().stalled(Duration::from_nanos(50));
        let causes: Vec<(Cause, u32)> = stalled.iter().map(|ended| (ended.cause, ended.peer.get())).collect();
        assert_eq!(causes, [(Cause::PathLoss, 1), (Cause::ConfigLost, 2)]);
    }
}
