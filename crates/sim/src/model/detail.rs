//! Details that stories need and measures do not: where each message went, and who waited where.
//!
//! They are reported beside the observations, to a probe that asks for them ([`Probe::TRACES`](super::Probe::TRACES)),
//! and cost nothing otherwise. With the observations they are enough to draw every message of a run.

use des::Time;

use super::field::{FieldValue, facts};
use super::id::{GatewayId, PeerId, RequestSlot, Version};
use super::words::{AttemptKind, Carrier, JobKind, Leg, Loss, MessageKind, Removal, RequestKind, Unanswered};

/// Who sends and receives.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Party {
    /// A client.
    Client,
    /// The API.
    Api,
    /// The message bus, which sends for itself where it stores messages in a stream.
    Bus,
    /// A gateway.
    Gateway,
}

/// What is sent from one place to another, whatever carries it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Parcel {
    /// A client's create.
    Create,
    /// The API's reply to it.
    CreateReply {
        /// Whether it says that there is no peer.
        error: bool,
    },
    /// A push, an acknowledgement, an invalidation, a fetch or its reply, over the bus or by request.
    Message(MessageKind),
    /// The stream's acknowledgement of a publication.
    Stored,
    /// A gateway's request for its list.
    ListRequest,
    /// The API's reply to it.
    ListReply {
        /// Whether it says that there is no list.
        error: bool,
    },
    /// A gateway's request to watch.
    WatchRequest,
    /// The API's reply to it.
    WatchReply {
        /// Whether the gateway has to list first.
        gone: bool,
        /// Whether it says that the API cannot answer.
        error: bool,
    },
    /// A version or a removal on a gateway's stream.
    Change {
        /// The version.
        version: Version,
        /// Whether it is a removal.
        removal: bool,
    },
    /// The notice that the API has closed a stream.
    StreamClosed,
    /// A packet between client and gateway.
    Packet {
        /// Which.
        leg: Leg,
        /// Whether it belongs to a rekey.
        rekey: bool,
    },
}

impl Parcel {
    /// Where it comes from and where it goes; `pusher` is where pushes come from, see [`Strategy::pusher`].
    ///
    /// [`Strategy::pusher`]: super::Strategy::pusher
    #[must_use]
    pub const fn ends(self, pusher: Party) -> (Party, Party) {
        match self {
            Self::Create => (Party::Client, Party::Api),
            Self::Message(MessageKind::Push) => (pusher, Party::Gateway),
            Self::Message(MessageKind::Acknowledgement) => (Party::Gateway, pusher),
            Self::Message(MessageKind::Publication) => (Party::Api, Party::Bus),
            Self::Stored => (Party::Bus, Party::Api),
            Self::CreateReply { .. } => (Party::Api, Party::Client),
            Self::Message(MessageKind::FetchRequest) | Self::ListRequest | Self::WatchRequest => {
                (Party::Gateway, Party::Api)
            }
            Self::Message(MessageKind::FetchReply | MessageKind::Invalidation)
            | Self::ListReply { .. }
            | Self::WatchReply { .. }
            | Self::Change { .. }
            | Self::StreamClosed => (Party::Api, Party::Gateway),
            Self::Packet { leg: Leg::Initiation | Leg::Acceptance, .. } => (Party::Client, Party::Gateway),
            Self::Packet { leg: Leg::Response | Leg::Invitation | Leg::Confirmation | Leg::Cookie, .. } => {
                (Party::Gateway, Party::Client)
            }
        }
    }

    /// Whether it is about all peers of a gateway.
    #[must_use]
    pub const fn is_of_gateway(self) -> bool {
        match self {
            Self::ListRequest
            | Self::ListReply { .. }
            | Self::WatchRequest
            | Self::WatchReply { .. }
            | Self::StreamClosed => true,
            Self::Create
            | Self::CreateReply { .. }
            | Self::Message(_)
            | Self::Stored
            | Self::Change { .. }
            | Self::Packet { .. } => false,
        }
    }
}

facts! {
    /// A detail. `peer` is as in an [`Observation`](super::Observation); `nth` counts from 0; `position` from 1: the first
    /// in the queue has 1; `request` names a request to the API as long as it lives.
    #[expect(missing_docs, reason = "the fields are named and explained above")]
    Detail {
        /// A parcel left its sender and arrives at `arrival`, unless it is lost by then.
        Sent "sent"
            { peer: PeerId, gateway: GatewayId, parcel: Parcel, carrier: Carrier, nth: u32, fate: Result<Time, Loss> };
        /// The version, or the removal, that the push sent next carries.
        PushPrepared "push_prepared" { peer: PeerId, version: Version, removal: bool, nth: u32 };
        /// An attempt that is no first one began.
        AttemptStarted "attempt_started" { peer: PeerId, kind: AttemptKind };
        /// A rekey was answered.
        RekeyAnswered "rekey_answered" { peer: PeerId };
        /// A client found its session dead during a rekey, which became the exchange of a reconnect attempt.
        RekeyFailed "rekey_failed" { peer: PeerId };
        /// A session died with its gateway, which its client does not know yet.
        SessionDied "session_died" { peer: PeerId };

        /// A request waits for an API worker.
        RequestQueued "request_queued" { peer: PeerId, gateway: GatewayId, request: RequestSlot, position: u32 };
        /// A worker began to serve it.
        RequestTaken "request_taken" { peer: PeerId, gateway: GatewayId, request: RequestSlot, kind: RequestKind };
        /// A worker has served it.
        RequestServed "request_served" { peer: PeerId, gateway: GatewayId, request: RequestSlot };
        /// The API went down with it.
        RequestLost "request_lost" { peer: PeerId, gateway: GatewayId, request: RequestSlot };

        /// The stream has stored a publication.
        PublicationStored "publication_stored" { peer: PeerId, version: Version };
        /// The stream keeps a publication until its gateway is up.
        PublicationHeld "publication_held" { peer: PeerId, version: Version };
        /// A push was not acknowledged, or had no subscriber; `sendings` have been made.
        PushUnanswered "push_unanswered" { peer: PeerId, version: Version, sendings: u32, why: Unanswered, again: bool };
        /// A push was acknowledged.
        PushAcknowledged "push_acknowledged" { peer: PeerId, version: Version };

        /// An initiation reached a gateway that is up.
        InitiationArrived "initiation_arrived" { peer: PeerId, gateway: GatewayId, nth: u8, rekey: bool };
        /// A response will come after its client has sent another initiation, or has stopped: it is good for nothing.
        ResponseBelated "response_belated" { peer: PeerId };
        /// A fetch waits for a slot.
        FetchQueued "fetch_queued" { peer: PeerId, gateway: GatewayId, position: u32 };
        /// A fetch has its slot: the initiator is identified.
        FetchTaken "fetch_taken" { peer: PeerId, gateway: GatewayId };
        /// Request `nth` of a fetch brought no answer.
        FetchUnanswered "fetch_unanswered" { peer: PeerId, gateway: GatewayId, nth: u32, why: Unanswered, again: bool };
        /// The replica was read; it shows this version, or none.
        ReplicaRead "replica_read" { peer: PeerId, gateway: GatewayId, version: Option<Version> };

        /// A job waits for the installer, or is served at once.
        JobQueued "job_queued" { peer: PeerId, gateway: GatewayId, job: JobKind, removal: bool, position: u32 };
        /// A restart lost a job.
        JobLost "job_lost" { peer: PeerId, gateway: GatewayId };
        /// A version took its place in the table.
        RecordInstalled "record_installed" { peer: PeerId, gateway: GatewayId, version: Version };
        /// A record left the table.
        RecordRemoved "record_removed" { peer: PeerId, gateway: GatewayId, why: Removal };

        /// A gateway went down.
        GatewayDown "gateway_down" { gateway: GatewayId };
        /// It reloads its table until `until`.
        GatewayLoading "gateway_loading" { gateway: GatewayId, records: u64, until: Time };
    }
}
