//! Rare losses, by importance sampling: a run in which the messages of tagged peers are lost more often, and weights
//! that undo it.
//!
//! The weight of a peer is its likelihood ratio: the probability of what became of its messages so far, over the
//! probability of the same in this run. A message that was lost contributes p/p′, one that was not (1−p)/(1−p′).
//! docs/statistics.md shows that weighted sums are unbiased.

use std::collections::BTreeMap;

use crate::model::{AttemptEnd, Cause, Loss, MessageKind, Observation, PeerId, Probe, Rare};
use des::{Duration, Time};

/// The smallest weight: less than that is zero, as in a result file.
const WEIGHT_MIN: f64 = 1e-60;

/// Messages of a tagged peer that could be lost by chance.
#[derive(Clone, Copy, Default)]
struct Fates {
    lost: u32,
    kept: u32,
}

/// Sums over the counted attempts of one run with tagged peers that sent an initiation.
#[derive(Clone, Copy, Default, PartialEq, Debug)]
pub(super) struct RareTally {
    /// Attempts of tagged peers.
    pub(super) attempts: u64,
    /// Those that stalled because their config was lost.
    pub(super) hits: u64,
    /// Sum of the weights of `attempts`.
    pub(super) weights: f64,
    /// Sum of the weights of `hits`.
    pub(super) weighted_hits: f64,
    /// Attempts of the other peers.
    pub(super) untagged: u64,
    /// Those that stalled, of any cause.
    pub(super) untagged_stalled: u64,
}

/// What the tilted repetitions of a run have found.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct RareTallies {
    /// With the wanted number of tagged peers.
    pub(super) all: RareTally,
    /// With half as many.
    pub(super) half: Option<RareTally>,
}

/// The probe of a run with tagged peers.
pub(crate) struct RareRecorder {
    rare: Rare,
    /// ln(p/p′) and ln((1−p)/(1−p′)).
    ratios: [f64; 2],
    stall_after: Duration,
    fates: BTreeMap<PeerId, Fates>,
    tally: RareTally,
}

impl RareRecorder {
    /// A recorder for one run in which `rare` tags peers and the messages of others are lost with the probability `loss`.
    pub(crate) fn new(loss: f64, stall_after: Duration, rare: Rare) -> Self {
        Self {
            rare,
            ratios: [libm::log(loss / rare.loss), libm::log((1.0 - loss) / (1.0 - rare.loss))],
            stall_after,
            fates: BTreeMap::new(),
            tally: RareTally::default(),
        }
    }

    /// Joins the tallies of two runs: with all tagged peers, and with half as many.
    pub(crate) fn join(all: &Self, half: Option<&Self>) -> RareTallies {
        RareTallies { all: all.tally, half: half.map(|half| half.tally) }
    }

    /// The likelihood ratio of a tagged peer so far.
    fn weight(&self, peer: PeerId) -> f64 {
        let Fates { lost, kept } = self.fates.get(&peer).copied().unwrap_or_default();
        let [of_lost, of_kept] = self.ratios;
        // A loss that is impossible without tags has the logarithm −∞: none of them is not a number times −∞.
        let part = |count: u32, log: f64| if count == 0 { 0.0 } else { f64::from(count) * log };
        let weight = libm::exp(part(lost, of_lost) + part(kept, of_kept));
        if weight < WEIGHT_MIN { 0.0 } else { weight }
    }

    fn attempt_ended(&mut self, now: Time, end: AttemptEnd) {
        if !end.counted {
            return;
        }
        let stalled = !end.connected || now - end.first_sent > self.stall_after;
        if !self.rare.tags(end.peer) {
            self.tally.untagged += 1;
            self.tally.untagged_stalled += u64::from(stalled);
            return;
        }
        let weight = self.weight(end.peer);
        self.tally.attempts += 1;
        self.tally.weights += weight;
        if stalled && end.cause == Cause::ConfigLost {
            self.tally.hits += 1;
            self.tally.weighted_hits += weight;
        }
    }

    /// The messages of a peer, if they are weighted.
    fn fates(&mut self, peer: PeerId, kind: MessageKind) -> Option<&mut Fates> {
        (Rare::tilts(kind) && self.rare.tags(peer)).then(|| self.fates.entry(peer).or_default())
    }
}

impl Probe for RareRecorder {
    fn observe(&mut self, now: Time, observation: Observation) {
        match observation {
            Observation::MessageSent { peer, kind, .. } => {
                if let Some(fates) = self.fates(peer, kind) {
                    fates.kept += 1;
                }
            }
            // Reported at the moment of sending. What is lost later was kept by the bus.
            Observation::MessageLost { peer, kind, loss, .. } => match loss {
                Loss::Random => {
                    if let Some(fates) = self.fates(peer, kind) {
                        fates.kept -= 1;
                        fates.lost += 1;
                    }
                }
                // A fault loses a message without a draw.
                Loss::Fault => {
                    if let Some(fates) = self.fates(peer, kind) {
                        fates.kept -= 1;
                    }
                }
                Loss::Burst | Loss::SlowConsumer | Loss::GatewayDown => {}
            },
            Observation::AttemptEnded(end) => self.attempt_ended(now, end),
            _ => {}
        }
    }
}

impl RareTally {
    /// Mean weight of the tagged attempts.
    pub(super) fn weight(&self) -> Option<f64> {
        (self.attempts > 0).then(|| self.weights / self.attempts as f64)
    }

    /// Weighted stalls over weighted attempts.
    pub(super) fn stall_rate(&self) -> Option<f64> {
        (self.weights > 0.0).then(|| self.weighted_hits / self.weights)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recorder(loss: f64) -> RareRecorder {
        RareRecorder::new(loss, Duration::from_secs(5), Rare { every: 10, loss: 0.5, check: false })
    }

    fn send(recorder: &mut RareRecorder, peer: u32, kind: MessageKind, loss: Option<Loss>) {
        let peer = PeerId::new(peer);
        recorder.observe(Time::ZERO, Observation::MessageSent { peer, kind, again: false });
        if let Some(loss) = loss {
            recorder.observe(Time::ZERO, Observation::MessageLost { peer, kind, loss, counted: true });
        }
    }

    #[test]
    fn a_weight_is_the_product_of_the_ratios_of_what_became_of_each_message() {
        let mut recorder = recorder(0.01);
        assert!((recorder.weight(PeerId::new(20)) - 1.0).abs() < 1e-12);
        send(&mut recorder, 20, MessageKind::Push, Some(Loss::Random));
        send(&mut recorder, 20, MessageKind::Push, None);
        send(&mut recorder, 20, MessageKind::Acknowledgement, Some(Loss::Random));
        let expected = 0.02 * (0.99 / 0.5) * 0.02;
        assert!((recorder.weight(PeerId::new(20)) / expected - 1.0).abs() < 1e-12);
        // No draw of independent loss decided these, or it was another's.
        for (peer, kind, loss) in [
            (20, MessageKind::Push, Some(Loss::Fault)),
            (20, MessageKind::Invalidation, Some(Loss::Random)),
            (21, MessageKind::Push, Some(Loss::Random)),
        ] {
            send(&mut recorder, peer, kind, loss);
        }
        assert!((recorder.weight(PeerId::new(20)) / expected - 1.0).abs() < 1e-12);
        assert_eq!(recorder.fates.len(), 1);
    }

    #[test]
    fn without_any_loss_a_loss_weighs_nothing_and_with_certain_loss_a_delivery() {
        for (loss, lost, kept) in [(0.0, 0.0, 2.0), (1.0, 2.0, 0.0)] {
            let mut recorder = recorder(loss);
            send(&mut recorder, 10, MessageKind::Push, Some(Loss::Random));
            send(&mut recorder, 20, MessageKind::Push, None);
            assert!((recorder.weight(PeerId::new(10)) - lost).abs() < 1e-12);
            assert!((recorder.weight(PeerId::new(20)) - kept).abs() < 1e-12);
        }
    }
}
