//! What was counted.

use std::collections::BTreeMap;

use des::Time;
use pushpull::model::PeerId;

/// What is counted: what both did alike, and known differences, each with its words.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Count {
    /// A client's initiation at the model's time, or with boringtun's timers at the look of that time.
    Initiated,
    /// The tunnel initiated one look at its timers, 250 ms, before the model.
    InitiatedOneLookBefore,
    /// The client initiated with the next packet of its application, as the model says.
    InitiatedWithData,
    /// An initiation that boringtun's timers do not make: a rekey of a session that the gateway had initiated, or of
    /// one that was found dead. The tunnel was told to send it.
    InitiatedWhenTold,
    /// The gateway answered an initiation of an installed peer.
    Answered,
    /// The gateway knew no such peer: the initiation was dropped.
    Stranger,
    /// The client accepted a response.
    Accepted,
    /// The client refused a late response.
    Refused,
    /// The client answered the gateway's initiation, and the gateway confirmed.
    Confirmed,
    /// The client had new keys by the gateway's confirmation.
    Inverted,
    /// Data went there and back with the new keys.
    Data,
    /// A rekey was answered.
    Rekeyed,
    /// Keys were rejected at 180 s.
    Rejected,
    /// The client gave up when the model's did.
    GaveUp,
    /// It gave up one look before.
    GaveUpOneLookBefore,
    /// Known: boringtun accepts a response to the initiation before its latest; the model refuses it, as the kernel
    /// does. The peer is not followed further.
    AcceptedLate,
    /// Two handshakes crossed, one begun by either end, and both were answered. In the model the first to end counts.
    Crossed,
    /// Known: a reconnect whose first exchange was a rekey; boringtun gives up 90 s after that rekey began, and its
    /// count starts again with the next packet.
    CountRestarted,
}

impl Count {
    /// What is said about it.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Initiated => "initiations",
            Self::InitiatedOneLookBefore => "of these one look (250 ms) before the model",
            Self::InitiatedWithData => "of these with the application's next packet",
            Self::InitiatedWhenTold => "of these ordered by the model: session initiated by the gateway, or found dead",
            Self::Answered => "answered by the gateway",
            Self::Stranger => "dropped: no such peer",
            Self::Accepted => "responses accepted by the client",
            Self::Refused => "late responses refused by the client",
            Self::Confirmed => "initiations of the gateway answered and confirmed",
            Self::Inverted => "sessions by the gateway's confirmation",
            Self::Data => "sessions with data there and back",
            Self::Rekeyed => "rekeys answered",
            Self::Rejected => "sessions rejected at 180 s",
            Self::GaveUp => "attempts given up",
            Self::GaveUpOneLookBefore => "of these one look before the model",
            Self::AcceptedLate => "known difference: a late response accepted",
            Self::Crossed => "crossed handshakes: one begun by either end, both answered",
            Self::CountRestarted => "known difference: the count of initiations began again",
        }
    }
}

/// Something that a tunnel did otherwise than the model.
#[derive(Clone, PartialEq, Debug)]
pub struct Disagreement {
    /// Whose tunnel.
    pub peer: PeerId,
    /// When.
    pub at: Time,
    /// What.
    pub what: String,
}

/// All counts.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct Tally {
    /// How often each was seen.
    pub counts: BTreeMap<Count, u64>,
    /// What was otherwise.
    pub disagreements: Vec<Disagreement>,
    /// Peers followed.
    pub peers: u64,
}

impl Tally {
    pub(crate) fn add(&mut self, count: Count) {
        *self.counts.entry(count).or_default() += 1;
    }

    /// How often something was seen.
    #[must_use]
    pub fn get(&self, count: Count) -> u64 {
        self.counts.get(&count).copied().unwrap_or(0)
    }

    /// Adds another tally to this one.
    pub fn merge(&mut self, other: Self) {
        for (count, number) in other.counts {
            *self.counts.entry(count).or_default() += number;
        }
        self.disagreements.extend(other.disagreements);
        self.peers += other.peers;
    }
}
