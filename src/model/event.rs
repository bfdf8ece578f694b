//! Everything that can happen: one closed list, each entry eight bytes.

/// One exchange of handshake packets: that of one initiation of a peer's attempt or rekey.
///
/// 24 bits: whether it belongs to a rekey (1), the number of the attempt or rekey (15), and the number of the initiation
/// within it, from 0 (8; after 255 comes 0).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Exchange([u8; 3]);

impl Exchange {
    /// No exchange.
    pub(crate) const NONE: Self = Self([u8::MAX; 3]);
    const REKEY: u32 = 1 << 23;

    /// Initiation `nth` of a peer's attempt `number`.
    #[inline(always)]
    pub(crate) const fn of_attempt(number: u16, nth: u32) -> Self {
        Self::from_index((number as u32 & 0x7fff) << 8 | nth & 0xff)
    }

    /// Initiation `nth` of a peer's rekey `number`.
    #[inline(always)]
    pub(crate) const fn of_rekey(number: u16, nth: u32) -> Self {
        Self::from_index(Self::of_attempt(number, nth).index() | Self::REKEY)
    }

    /// The number of the attempt or rekey that follows `number`; 0 follows the greatest but one, which names none.
    #[inline(always)]
    pub(crate) const fn next(number: u16) -> u16 {
        if number >= 0x7ffe { 0 } else { number + 1 }
    }

    #[inline(always)]
    pub(crate) const fn is_rekey(self) -> bool {
        self.index() & Self::REKEY != 0
    }

    /// Its initiation's number within its attempt or rekey.
    #[inline(always)]
    pub(crate) const fn nth(self) -> u8 {
        self.0[0]
    }

    /// Whether both belong to the same attempt, or to the same rekey.
    #[inline(always)]
    pub(crate) const fn same_series(self, other: Self) -> bool {
        self.index() >> 8 == other.index() >> 8
    }

    /// Its 24 bits, the index of its draws.
    #[inline(always)]
    pub(crate) const fn index(self) -> u32 {
        u32::from_le_bytes([self.0[0], self.0[1], self.0[2], 0])
    }

    /// The exchange of these 24 bits.
    #[inline(always)]
    const fn from_index(index: u32) -> Self {
        let [nth, low, high, _] = index.to_le_bytes();
        Self([nth, low, high])
    }
}

/// What happens at an instant. Handles name peers, strangers, requests, publications, fetches and gateways.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Event {
    /// A new client asks for its peer.
    PeerArrived,
    /// A client comes back.
    ReturnDue { peer: u32 },
    /// A client's next deadline: initiation, rekey, end of session, discovery of a dead session.
    ClientDue { peer: u32 },
    /// A client has waited long enough for the reply to its create.
    CreateTimedOut { peer: u32, attempt: u8 },
    /// The reply to a create is back.
    CreateReplied { peer: u32, attempt: u8, error: bool },
    /// A peer's config changes at the API.
    UpdateDue { peer: u32 },
    /// A peer is deleted at the API.
    RevocationDue { peer: u32 },
    /// An unknown key starts to knock.
    StrangerArrived,
    /// It knocks again.
    StrangerDue { stranger: u32 },

    /// An initiation reaches the gateway.
    InitiationArrived { peer: u32, exchange: Exchange },
    /// An initiation that carries the gateway's cookie reaches it.
    CookieCameBack { peer: u32, exchange: Exchange },
    /// A response reaches the client.
    ResponseArrived { peer: u32, exchange: Exchange },
    /// The gateway's own initiation reaches the client.
    InvitationArrived { peer: u32, exchange: Exchange },
    /// The client's response to it reaches the gateway.
    AcceptanceArrived { peer: u32, exchange: Exchange },
    /// The gateway's confirmation reaches the client.
    ConfirmationArrived { peer: u32, exchange: Exchange },
    /// A stranger's initiation reaches the gateway.
    StrangerKnocked { stranger: u32, cookie: bool },

    /// A request reaches the API.
    RequestArrived { request: u32 },
    /// An API worker has served a request.
    RequestServed { request: u32 },

    /// A push reaches its gateway.
    PushArrived { publication: u32, nth: u8, counted: bool },
    /// A pushed version's acknowledgement reaches the API or the stream.
    PushAcknowledged { publication: u32, nth: u8 },
    /// The API or the stream has waited long enough for an acknowledgement.
    PushTimedOut { publication: u32, nth: u8 },
    /// The API sends a version again.
    PushRetryDue { publication: u32 },
    /// The stream has stored a publication.
    PublicationStored { publication: u32 },
    /// The stream's own acknowledgement is back at the API.
    PublicationAcknowledged { publication: u32 },
    /// The API sends a peer's current version once more.
    RefreshDue { peer: u32 },
    /// An invalidation reaches its gateway.
    InvalidationArrived { publication: u32, counted: bool },

    /// The gateway knows whose initiation it is, and asks.
    FetchIdentified { fetch: u32 },
    /// The replica beside the gateway has been read.
    ReplicaServed { fetch: u32 },
    /// The answer to a fetch is back; `counted`: if by a bus message, whether that was sent in the counted span.
    FetchReplied { fetch: u32, nth: u8, reply: Reply, counted: Option<bool> },
    /// The gateway has waited long enough for it.
    FetchTimedOut { fetch: u32, nth: u8 },
    /// The gateway asks again.
    FetchRetryDue { fetch: u32 },

    /// The installer has served its job.
    JobServed { gateway: u16, epoch: u32 },
    /// A gateway asks for its list.
    ListDue { gateway: u16 },
    /// The list is back.
    ListReplied { list: u32, nth: u8, error: bool },
    /// The gateway has waited long enough for its list.
    ListTimedOut { list: u32, nth: u8 },
    /// A gateway looks for idle records.
    SweepDue { gateway: u16 },
    /// A record may have expired.
    ExpiryDue { peer: u32 },

    /// The lifetime of a stream is over.
    StreamExpired { gateway: u16, generation: u32 },
    /// A change, or the notice of its end, arrives on a stream.
    StreamParcelArrived { parcel: u32 },
    /// The answer to a gateway's request to watch or to list is back.
    WatchReplied { gateway: u16, number: u32, answer: WatchAnswer },
    /// The gateway has waited long enough for it.
    WatchTimedOut { gateway: u16, number: u32 },
    /// The gateway asks again.
    WatchRetryDue { gateway: u16, number: u32 },
    /// A gateway's network to the API may have been cut for too long.
    KeepaliveOver { gateway: u16, window: u32 },
    /// It may work again.
    CutEnded { gateway: u16 },

    /// A fault begins.
    FaultStarted { fault: u32 },
    /// It ends.
    FaultEnded { fault: u32 },
    /// A gateway has reloaded its table.
    TableReloaded { gateway: u16, epoch: u32 },
}

/// What comes back for a fetch.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Reply {
    /// The peer's config.
    Found,
    /// There is no such peer.
    NotFound,
    /// The API was down or its queue full.
    Error,
}

/// What comes back for a request to watch or to list.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum WatchAnswer {
    /// The stream is open.
    Opened,
    /// The API has forgotten too much to resume.
    Gone,
    /// The list.
    List,
    /// The API was down or its queue full.
    Error,
}

/// Answers by their number.
const ANSWERS: [WatchAnswer; 4] = [WatchAnswer::Opened, WatchAnswer::Gone, WatchAnswer::List, WatchAnswer::Error];

/// Replies by their number.
const REPLIES: [Reply; 4] = [Reply::Found, Reply::NotFound, Reply::Error, Reply::Error];
/// Where the bits of [`Event::FetchReplied`]'s `counted` stand, which no fingerprint takes in.
const COUNTED_SHIFT: u32 = 56;
/// Its values by their number.
const COUNTED: [Option<bool>; 4] = [None, Some(false), Some(true), None];

impl Event {
    /// Bits that no fingerprint takes in.
    pub(crate) const UNNOTED: u64 = 3 << COUNTED_SHIFT;

    /// The event as a number: kind, then its fields.
    #[must_use]
    #[inline(always)]
    pub(crate) fn bits(self) -> u64 {
        const fn pack(kind: u64, handle: u32, rest: u32) -> u64 {
            kind << 58 ^ (rest as u64) << 32 ^ handle as u64
        }
        match self {
            Self::PeerArrived => pack(1, 0, 0),
            Self::ReturnDue { peer } => pack(2, peer, 0),
            Self::ClientDue { peer } => pack(3, peer, 0),
            Self::CreateTimedOut { peer, attempt } => pack(4, peer, attempt.into()),
            Self::CreateReplied { peer, attempt, error } => pack(5, peer, u32::from(attempt) << 1 | u32::from(error)),
            Self::UpdateDue { peer } => pack(6, peer, 0),
            Self::RevocationDue { peer } => pack(7, peer, 0),
            Self::StrangerArrived => pack(8, 0, 0),
            Self::StrangerDue { stranger } => pack(9, stranger, 0),
            Self::InitiationArrived { peer, exchange } => pack(10, peer, exchange.index()),
            Self::CookieCameBack { peer, exchange } => pack(11, peer, exchange.index()),
            Self::ResponseArrived { peer, exchange } => pack(12, peer, exchange.index()),
            Self::InvitationArrived { peer, exchange } => pack(13, peer, exchange.index()),
            Self::AcceptanceArrived { peer, exchange } => pack(14, peer, exchange.index()),
            Self::ConfirmationArrived { peer, exchange } => pack(15, peer, exchange.index()),
            Self::StrangerKnocked { stranger, cookie } => pack(16, stranger, cookie.into()),
            Self::RequestArrived { request } => pack(17, request, 0),
            Self::RequestServed { request } => pack(18, request, 0),
            Self::PushArrived { publication, nth, counted } => {
                pack(19, publication, u32::from(nth) << 1 | u32::from(counted))
            }
            Self::PushAcknowledged { publication, nth } => pack(20, publication, nth.into()),
            Self::PushTimedOut { publication, nth } => pack(21, publication, nth.into()),
            Self::PushRetryDue { publication } => pack(22, publication, 0),
            Self::PublicationStored { publication } => pack(23, publication, 0),
            Self::PublicationAcknowledged { publication } => pack(24, publication, 0),
            Self::RefreshDue { peer } => pack(25, peer, 0),
            Self::InvalidationArrived { publication, counted } => pack(26, publication, counted.into()),
            Self::FetchIdentified { fetch } => pack(27, fetch, 0),
            Self::FetchReplied { fetch, nth, reply, counted } => {
                let counted = counted.map_or(0, |counted| 1 + u64::from(counted));
                pack(28, fetch, u32::from(nth) << 2 | reply as u32) | counted << COUNTED_SHIFT
            }
            Self::FetchTimedOut { fetch, nth } => pack(29, fetch, nth.into()),
            Self::FetchRetryDue { fetch } => pack(30, fetch, 0),
            Self::JobServed { gateway, epoch } => pack(31, epoch, gateway.into()),
            Self::ListDue { gateway } => pack(32, gateway.into(), 0),
            Self::ListReplied { list, nth, error } => pack(33, list, u32::from(nth) << 1 | u32::from(error)),
            Self::ListTimedOut { list, nth } => pack(34, list, nth.into()),
            Self::SweepDue { gateway } => pack(35, gateway.into(), 0),
            Self::ExpiryDue { peer } => pack(36, peer, 0),
            Self::FaultStarted { fault } => pack(37, fault, 0),
            Self::FaultEnded { fault } => pack(38, fault, 0),
            Self::TableReloaded { gateway, epoch } => pack(39, epoch, gateway.into()),
            Self::ReplicaServed { fetch } => pack(40, fetch, 0),
            Self::StreamExpired { gateway, generation } => pack(41, generation, gateway.into()),
            Self::StreamParcelArrived { parcel } => pack(42, parcel, 0),
            Self::WatchReplied { gateway, number, answer } => pack(43, number, u32::from(gateway) << 2 | answer as u32),
            Self::WatchTimedOut { gateway, number } => pack(44, number, gateway.into()),
            Self::WatchRetryDue { gateway, number } => pack(45, number, gateway.into()),
            Self::KeepaliveOver { gateway, window } => pack(46, window, gateway.into()),
            Self::CutEnded { gateway } => pack(47, gateway.into(), 0),
        }
    }

    /// The event that [`Event::bits`] packed.
    #[expect(clippy::cast_possible_truncation, reason = "taking fields out of their bits")]
    #[inline(always)]
    pub(crate) fn from_bits(bits: u64) -> Self {
        let (handle, rest) = (bits as u32, (bits >> 32) as u32 & 0xff_ffff);
        let counted = COUNTED[(bits >> COUNTED_SHIFT) as usize & 3];
        match bits >> 58 {
            1 => Self::PeerArrived,
            2 => Self::ReturnDue { peer: handle },
            3 => Self::ClientDue { peer: handle },
            4 => Self::CreateTimedOut { peer: handle, attempt: rest as u8 },
            5 => Self::CreateReplied { peer: handle, attempt: (rest >> 1) as u8, error: rest & 1 == 1 },
            6 => Self::UpdateDue { peer: handle },
            7 => Self::RevocationDue { peer: handle },
            8 => Self::StrangerArrived,
            9 => Self::StrangerDue { stranger: handle },
            10 => Self::InitiationArrived { peer: handle, exchange: Exchange::from_index(rest) },
            11 => Self::CookieCameBack { peer: handle, exchange: Exchange::from_index(rest) },
            12 => Self::ResponseArrived { peer: handle, exchange: Exchange::from_index(rest) },
            13 => Self::InvitationArrived { peer: handle, exchange: Exchange::from_index(rest) },
            14 => Self::AcceptanceArrived { peer: handle, exchange: Exchange::from_index(rest) },
            15 => Self::ConfirmationArrived { peer: handle, exchange: Exchange::from_index(rest) },
            16 => Self::StrangerKnocked { stranger: handle, cookie: rest & 1 == 1 },
            17 => Self::RequestArrived { request: handle },
            18 => Self::RequestServed { request: handle },
            19 => Self::PushArrived { publication: handle, nth: (rest >> 1) as u8, counted: rest & 1 == 1 },
            20 => Self::PushAcknowledged { publication: handle, nth: rest as u8 },
            21 => Self::PushTimedOut { publication: handle, nth: rest as u8 },
            22 => Self::PushRetryDue { publication: handle },
            23 => Self::PublicationStored { publication: handle },
            24 => Self::PublicationAcknowledged { publication: handle },
            25 => Self::RefreshDue { peer: handle },
            26 => Self::InvalidationArrived { publication: handle, counted: rest & 1 == 1 },
            27 => Self::FetchIdentified { fetch: handle },
            28 => {
                Self::FetchReplied { fetch: handle, nth: (rest >> 2) as u8, reply: REPLIES[rest as usize & 3], counted }
            }
            29 => Self::FetchTimedOut { fetch: handle, nth: rest as u8 },
            30 => Self::FetchRetryDue { fetch: handle },
            31 => Self::JobServed { gateway: rest as u16, epoch: handle },
            32 => Self::ListDue { gateway: handle as u16 },
            33 => Self::ListReplied { list: handle, nth: (rest >> 1) as u8, error: rest & 1 == 1 },
            34 => Self::ListTimedOut { list: handle, nth: rest as u8 },
            35 => Self::SweepDue { gateway: handle as u16 },
            36 => Self::ExpiryDue { peer: handle },
            37 => Self::FaultStarted { fault: handle },
            38 => Self::FaultEnded { fault: handle },
            39 => Self::TableReloaded { gateway: rest as u16, epoch: handle },
            40 => Self::ReplicaServed { fetch: handle },
            41 => Self::StreamExpired { gateway: rest as u16, generation: handle },
            42 => Self::StreamParcelArrived { parcel: handle },
            43 => {
                Self::WatchReplied { gateway: (rest >> 2) as u16, number: handle, answer: ANSWERS[rest as usize & 3] }
            }
            44 => Self::WatchTimedOut { gateway: rest as u16, number: handle },
            45 => Self::WatchRetryDue { gateway: rest as u16, number: handle },
            46 => Self::KeepaliveOver { gateway: rest as u16, window: handle },
            47 => Self::CutEnded { gateway: handle as u16 },
            kind => unreachable!("no event has kind {kind}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_takes_eight_bytes() {
        assert_eq!(size_of::<Event>(), 8);
    }
}
