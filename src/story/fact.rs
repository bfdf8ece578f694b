//! A fact: an observation or a detail, with its time.

use crate::model::{Detail, FieldValue, GatewayId, Observation, PeerId};
use des::Time;

/// Something that the model reported.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Fact {
    /// An observation: measures are made of these.
    Observed(Observation),
    /// A detail, which only stories use.
    Detailed(Detail),
}

/// A fact with its time.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct TapeEntry {
    /// The time.
    pub at: Time,
    /// The fact.
    pub fact: Fact,
}

impl Fact {
    /// What happened, in one word.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Observed(observation) => observation.word(),
            Self::Detailed(detail) => detail.word(),
        }
    }

    /// Shows each field: its name and its value, in their order.
    pub fn visit(&self, see: &mut dyn FnMut(&'static str, FieldValue)) {
        match self {
            Self::Observed(observation) => observation.visit(see),
            Self::Detailed(detail) => detail.visit(see),
        }
    }

    /// The peer of the fact. None: the fact is about no peer. [`PeerId::NOBODY`]: about a peer that has no number.
    #[must_use]
    pub fn peer(&self) -> Option<PeerId> {
        let mut found = None;
        self.visit(&mut |_, value| {
            if let FieldValue::Peer(peer) = value {
                found = Some(peer);
            }
        });
        found
    }

    /// The gateway that it is about, where it names one.
    #[must_use]
    pub fn gateway(&self) -> Option<GatewayId> {
        let mut found = None;
        self.visit(&mut |_, value| {
            if let FieldValue::Gateway(gateway) = value {
                found = Some(gateway);
            }
        });
        found
    }
}
