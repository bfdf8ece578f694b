//! A fact: an observation or a detail.

use crate::model::{Detail, GatewayId, Observation, PeerId};
use des::Time;

/// A report of the model.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Fact {
    /// An observation, from which measures are computed.
    Observed(Observation),
    /// A detail, which only stories use.
    Detailed(Detail),
}

/// A fact with its time.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Entry {
    /// Time of the fact.
    pub at: Time,
    /// The fact.
    pub fact: Fact,
}

impl Fact {
    /// Number of the peer that the fact concerns. None: the fact concerns no peer. [`PeerId::NOBODY`]: a peer without a
    /// number.
    #[must_use]
    pub const fn peer(&self) -> Option<PeerId> {
        match *self {
            Self::Observed(observation) => observed_peer(&observation),
            Self::Detailed(detail) => detailed_peer(&detail),
        }
    }

    /// The gateway that the fact names, if any.
    #[must_use]
    pub const fn gateway(&self) -> Option<GatewayId> {
        match *self {
            Self::Observed(
                Observation::PeerArrived { gateway, .. }
                | Observation::DeviceAdded { gateway, .. }
                | Observation::ChangeSent { gateway, .. }
                | Observation::StreamOpened { gateway }
                | Observation::StreamEnded { gateway, .. }
                | Observation::FetchStarted { gateway, .. }
                | Observation::FetchEnded { gateway, .. }
                | Observation::JobStarted { gateway, .. }
                | Observation::JobEnded { gateway, .. }
                | Observation::GatewayBack { gateway },
            )
            | Self::Detailed(
                Detail::Sent { gateway, .. }
                | Detail::RequestQueued { gateway, .. }
                | Detail::RequestTaken { gateway, .. }
                | Detail::RequestServed { gateway, .. }
                | Detail::RequestLost { gateway, .. }
                | Detail::InitiationArrived { gateway, .. }
                | Detail::FetchQueued { gateway, .. }
                | Detail::FetchTaken { gateway, .. }
                | Detail::FetchUnanswered { gateway, .. }
                | Detail::ReplicaRead { gateway, .. }
                | Detail::JobQueued { gateway, .. }
                | Detail::JobLost { gateway, .. }
                | Detail::RecordInstalled { gateway, .. }
                | Detail::RecordRemoved { gateway, .. }
                | Detail::GatewayDown { gateway }
                | Detail::GatewayLoading { gateway, .. },
            ) => Some(gateway),
            Self::Observed(_) | Self::Detailed(_) => None,
        }
    }
}

const fn observed_peer(observation: &Observation) -> Option<PeerId> {
    match *observation {
        Observation::PeerArrived { peer, .. }
        | Observation::DeviceAdded { peer, .. }
        | Observation::ChangeSent { peer, .. }
        | Observation::CreateSent { peer, .. }
        | Observation::CreateReplied { peer, .. }
        | Observation::CreateTimedOut { peer, .. }
        | Observation::CreateFailed { peer }
        | Observation::VersionCommitted { peer, .. }
        | Observation::PeerRevoked { peer, .. }
        | Observation::VersionPropagated { peer, .. }
        | Observation::PeerChanged { peer, .. }
        | Observation::PacketSent { peer, .. }
        | Observation::InitiationDropped { peer, .. }
        | Observation::SessionEnded { peer }
        | Observation::MessageSent { peer, .. }
        | Observation::MessageLost { peer, .. }
        | Observation::PushDelivered { peer, .. }
        | Observation::RequestArrived { peer, .. }
        | Observation::RequestRejected { peer }
        | Observation::RequestRefused { peer }
        | Observation::ServiceStarted { peer, .. }
        | Observation::ServiceEnded { peer, .. }
        | Observation::FetchStarted { peer, .. }
        | Observation::FetchJoined { peer }
        | Observation::FetchEnded { peer, .. }
        | Observation::JobStarted { peer, .. }
        | Observation::JobEnded { peer, .. } => Some(peer),
        Observation::AttemptEnded(end) => Some(end.peer),
        Observation::ApiLoadChanged { .. }
        | Observation::StreamOpened { .. }
        | Observation::StreamEnded { .. }
        | Observation::FaultStarted { .. }
        | Observation::FaultEnded { .. }
        | Observation::HorizonReached
        | Observation::GatewayBack { .. } => None,
    }
}

const fn detailed_peer(detail: &Detail) -> Option<PeerId> {
    match *detail {
        Detail::Sent { peer, .. }
        | Detail::PushPrepared { peer, .. }
        | Detail::AttemptStarted { peer, .. }
        | Detail::RekeyAnswered { peer }
        | Detail::RekeyFailed { peer }
        | Detail::SessionDied { peer }
        | Detail::RequestQueued { peer, .. }
        | Detail::RequestTaken { peer, .. }
        | Detail::RequestServed { peer, .. }
        | Detail::RequestLost { peer, .. }
        | Detail::PublicationStored { peer, .. }
        | Detail::PublicationHeld { peer, .. }
        | Detail::PushUnanswered { peer, .. }
        | Detail::PushAcknowledged { peer, .. }
        | Detail::InitiationArrived { peer, .. }
        | Detail::ResponseBelated { peer }
        | Detail::FetchQueued { peer, .. }
        | Detail::FetchTaken { peer, .. }
        | Detail::FetchUnanswered { peer, .. }
        | Detail::ReplicaRead { peer, .. }
        | Detail::JobQueued { peer, .. }
        | Detail::JobLost { peer, .. }
        | Detail::RecordInstalled { peer, .. }
        | Detail::RecordRemoved { peer, .. } => Some(peer),
        Detail::GatewayDown { .. } | Detail::GatewayLoading { .. } => None,
    }
}
