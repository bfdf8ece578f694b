//! Details that no measure needs but a story does: where each message went, who waited where, what was told to whom.
//!
//! They are reported beside the observations, to a probe that asks for them ([`Probe::TRACES`](super::Probe::TRACES)),
//! and cost nothing otherwise. With the observations they are enough to draw every message of a run.

use des::Time;

use super::observation::{AttemptKind, Leg, Loss, MessageKind, RequestKind};

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
        version: u32,
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

/// What carries it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Carrier {
    /// The network between clients and the API.
    Internet,
    /// The message bus.
    Bus,
    /// A request of its own between API and gateway.
    Http,
    /// The path between client and gateway.
    Path,
}

/// What an installer's job is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum JobKind {
    /// A pushed version or removal.
    Push,
    /// A fetched config, or the removal of a peer that is gone.
    Fetch,
    /// An invalidation.
    Invalidation,
    /// An eviction.
    Eviction,
    /// What a list showed.
    List,
    /// What came on the gateway's stream.
    Watch,
}

/// Why a record left a table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Removal {
    /// The API said so: a removal, an invalidation or a list.
    Told,
    /// It was idle.
    Evicted,
    /// Nothing had been heard of it.
    Expired,
    /// The gateway went down.
    Restart,
}

/// Why a message or a request is sent again, or given up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unanswered {
    /// Nothing came back in time.
    TimedOut,
    /// An error came back.
    Refused,
}

/// A detail. `peer` is as in an [`Observation`](super::Observation); `nth` counts from 0; `position` from 1: the first
/// in the queue has 1; `request` names a request to the API as long as it lives.
#[expect(missing_docs, reason = "the fields are named and explained above")]
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Detail {
    /// A parcel left its sender and arrives at `arrival`, unless it is lost by then.
    Sent { peer: u32, gateway: u32, parcel: Parcel, carrier: Carrier, nth: u32, fate: Result<Time, Loss> },
    /// The version, or the removal, that the push sent next carries.
    PushPrepared { peer: u32, version: u32, removal: bool, nth: u32 },
    /// An attempt that is no first one began.
    AttemptStarted { peer: u32, kind: AttemptKind },
    /// A rekey was answered.
    RekeyAnswered { peer: u32 },
    /// A client found its session dead during a rekey, which became the exchange of a reconnect attempt.
    RekeyFailed { peer: u32 },
    /// A session died with its gateway, which its client does not know yet.
    SessionDied { peer: u32 },

    /// A request waits for an API worker.
    RequestQueued { peer: u32, gateway: u32, request: u32, position: u32 },
    /// A worker began to serve it.
    RequestTaken { peer: u32, gateway: u32, request: u32, kind: RequestKind },
    /// A worker has served it.
    RequestServed { peer: u32, gateway: u32, request: u32 },
    /// The API went down with it.
    RequestLost { peer: u32, gateway: u32, request: u32 },

    /// The stream has stored a publication.
    PublicationStored { peer: u32, version: u32 },
    /// The stream keeps it until its gateway hears.
    PublicationHeld { peer: u32, version: u32 },
    /// A push was not acknowledged, or nobody was subscribed; `nth` sendings have been made.
    PushUnanswered { peer: u32, version: u32, nth: u32, why: Unanswered, again: bool },
    /// A push was acknowledged.
    PushAcknowledged { peer: u32, version: u32 },

    /// An initiation reached a gateway that hears.
    InitiationArrived { peer: u32, gateway: u32, nth: u8, rekey: bool },
    /// A response will come after its client has sent another initiation, or has stopped: it is good for nothing.
    ResponseBelated { peer: u32 },
    /// A fetch waits for a slot.
    FetchQueued { peer: u32, gateway: u32, position: u32 },
    /// A fetch has its slot: the initiator is identified.
    FetchTaken { peer: u32, gateway: u32 },
    /// Request `nth` of a fetch brought no answer.
    FetchUnanswered { peer: u32, gateway: u32, nth: u32, why: Unanswered, again: bool },
    /// The replica was read; it shows this version, or none.
    ReplicaRead { peer: u32, gateway: u32, version: Option<u32> },

    /// A job waits for the installer, or is served at once.
    JobQueued { peer: u32, gateway: u32, job: JobKind, removal: bool, position: u32 },
    /// A restart lost a job.
    JobLost { peer: u32, gateway: u32 },
    /// A version took its place in the table.
    RecordInstalled { peer: u32, gateway: u32, version: u32 },
    /// A record left the table.
    RecordRemoved { peer: u32, gateway: u32, why: Removal },

    /// A gateway went down.
    GatewayDown { gateway: u32 },
    /// It reloads its table until `until`.
    GatewayLoading { gateway: u32, records: u64, until: Time },
}
