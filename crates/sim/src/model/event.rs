//! Everything that can happen: one closed list. From it the macro `events` makes the enum, its 64 bits in the queue and
//! in the fingerprint, the references that a waiting event keeps, and the call of the handler.
//!
//! An entry reads: its number, its name, its fields, what it keeps alive, and the method that handles it. Numbers are
//! part of the fingerprint, so they do not change. `keeps peer`: the event holds a reference to the peer from its
//! scheduling until it has been handled. `passes publication`: the same, but the method takes the reference over.
//!
//! The bits, from the highest: the number (6), bits that no fingerprint takes in (2), 24 bits, and 32 bits. A field of
//! 32 bits, or an only field, has the low 32; the others share the 24, the last one lowest.

use super::id::{
    AskNumber, CutNumber, Epoch, FaultId, FetchSlot, GatewayId, Generation, ListSlot, ParcelSlot, PeerSlot,
    PublicationSlot, RequestSlot, StrangerSlot,
};
use super::variant::WorldVariant;
use super::words::Unanswered;
use super::world::World;

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

/// A field of an event.
trait Field: Copy {
    /// Its width, at most 32.
    const BITS: u32;
    /// Whether the fingerprint takes it in. At most one field of an event is not taken in; it has two bits.
    const NOTED: bool = true;

    fn pack(self) -> u32;
    fn unpack(bits: u32) -> Self;
}

macro_rules! fields {
    ($($type:ty: $width:literal, |$value:ident| $pack:expr, |$bits:ident| $unpack:expr;)+) => {$(
        impl Field for $type {
            const BITS: u32 = $width;

            #[inline(always)]
            fn pack(self) -> u32 {
                let $value = self;
                $pack
            }

            #[inline(always)]
            fn unpack($bits: u32) -> Self {
                $unpack
            }
        }
    )+};
}

fields! {
    Epoch: 32, |epoch| epoch.get(), |bits| Self::new(bits);
    Generation: 32, |generation| generation.get(), |bits| Self::new(bits);
    AskNumber: 32, |number| number.get(), |bits| Self::new(bits);
    CutNumber: 32, |number| number.get(), |bits| Self::new(bits);
    PeerSlot: 32, |peer| peer.get(), |bits| Self::new(bits);
    StrangerSlot: 32, |stranger| stranger.get(), |bits| Self::new(bits);
    RequestSlot: 32, |request| request.get(), |bits| Self::new(bits);
    PublicationSlot: 32, |publication| publication.get(), |bits| Self::new(bits);
    FetchSlot: 32, |fetch| fetch.get(), |bits| Self::new(bits);
    ListSlot: 32, |list| list.get(), |bits| Self::new(bits);
    ParcelSlot: 32, |parcel| parcel.get(), |bits| Self::new(bits);
    FaultId: 32, |fault| fault.get(), |bits| Self::new(bits);
    Exchange: 24, |exchange| exchange.index(), |bits| Self::from_index(bits);
    GatewayId: 16, |gateway| gateway.get().into(), |bits| Self::new((bits & 0xffff) as u16);
    u8: 8, |number| number.into(), |bits| (bits & 0xff) as u8;
    bool: 1, |yes| yes.into(), |bits| bits & 1 == 1;
    Reply: 2, |reply| reply as u32, |bits| REPLIES[bits as usize & 3];
    WatchAnswer: 2, |answer| answer as u32, |bits| ANSWERS[bits as usize & 3];
}

/// Replies by their number.
const REPLIES: [Reply; 4] = [Reply::Found, Reply::NotFound, Reply::Error, Reply::Error];
/// Answers by their number.
const ANSWERS: [WatchAnswer; 4] = [WatchAnswer::Opened, WatchAnswer::Gone, WatchAnswer::List, WatchAnswer::Error];
/// Values of `Option<bool>` by their number.
const COUNTED: [Option<bool>; 4] = [None, Some(false), Some(true), None];

/// Whether a message was sent in the counted span; none: it was no message. Only statistics depend on it.
impl Field for Option<bool> {
    const BITS: u32 = 2;
    const NOTED: bool = false;

    #[inline(always)]
    fn pack(self) -> u32 {
        self.map_or(0, |counted| 1 + u32::from(counted))
    }

    #[inline(always)]
    fn unpack(bits: u32) -> Self {
        COUNTED[bits as usize & 3]
    }
}

/// Where an event's number stands.
const KIND_SHIFT: u32 = 58;
/// Where the bits stand that no fingerprint takes in.
const UNNOTED_SHIFT: u32 = 56;
/// Where the 24 bits of the narrow fields stand.
const NARROW_SHIFT: u32 = 32;

/// Puts the fields of an event into its bits, in their order.
struct Packer {
    bits: u64,
    narrow: u32,
    /// Whether the event has but one field.
    only: bool,
}

impl Packer {
    #[inline(always)]
    fn put<F: Field>(&mut self, field: F) {
        if !F::NOTED {
            self.bits |= u64::from(field.pack()) << UNNOTED_SHIFT;
        } else if self.only || F::BITS == 32 {
            self.bits |= u64::from(field.pack());
        } else {
            self.narrow = self.narrow << F::BITS | field.pack();
        }
    }

    #[inline(always)]
    fn finish(self) -> u64 {
        self.bits | u64::from(self.narrow) << NARROW_SHIFT
    }
}

/// Takes the fields of an event out of its bits, in their order.
struct Unpacker {
    bits: u64,
    /// Width of the narrow fields that are still to be taken.
    left: u32,
    /// Whether the event has but one field.
    only: bool,
}

impl Unpacker {
    #[expect(clippy::cast_possible_truncation, reason = "taking fields out of their bits")]
    #[inline(always)]
    fn take<F: Field>(&mut self) -> F {
        if !F::NOTED {
            return F::unpack((self.bits >> UNNOTED_SHIFT) as u32 & 3);
        }
        if self.only || F::BITS == 32 {
            return F::unpack(self.bits as u32);
        }
        self.left -= F::BITS;
        F::unpack((self.bits >> (NARROW_SHIFT + self.left)) as u32 & ((1 << F::BITS) - 1))
    }
}

/// Bits that a field takes of the 24.
const fn narrow<F: Field>() -> u32 {
    if F::NOTED && F::BITS < 32 { F::BITS } else { 0 }
}

/// The bits of an event with this number and these fields.
macro_rules! packed {
    ($kind:literal $($field:ident)*) => {{
        const FIELDS: &[&str] = &[$(stringify!($field)),*];
        #[allow(unused_mut, reason = "an event may have no field")]
        let mut packer = Packer { bits: $kind << KIND_SHIFT, narrow: 0, only: FIELDS.len() == 1 };
        $(packer.put($field);)*
        packer.finish()
    }};
}

/// The event of this name whose fields are taken out of `bits`.
macro_rules! unpacked {
    ($bits:expr, $name:ident) => {
        Event::$name
    };
    ($bits:expr, $name:ident $($field:ident: $type:ty),+) => {{
        const FIELDS: usize = [$(stringify!($field)),+].len();
        const NARROW: u32 = 0 $(+ narrow::<$type>())+;
        const { assert!(FIELDS == 1 || NARROW <= 24, "the narrow fields of an event have 24 bits") };
        let mut unpacker = Unpacker { bits: $bits, left: NARROW, only: FIELDS == 1 };
        Event::$name { $($field: unpacker.take()),+ }
    }};
}

macro_rules! events {
    (
        often {$(
            $(#[$often_about:meta])+
            $often_kind:literal $often:ident $({ $($often_field:ident: $often_type:ty),+ })?
            $(keeps $often_kept:ident)? $(passes $often_passed:ident)?
            => $often_method:ident($($often_argument:expr),*);
        )+}
        seldom {$(
            $(#[$about:meta])+
            $kind:literal $name:ident $({ $($field:ident: $type:ty),+ })?
            $(keeps $kept:ident)? => $method:ident($($argument:expr),*);
        )+}
    ) => {
        /// What happens at an instant.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub(crate) enum Event {
            $($(#[$often_about])+ $often $({ $($often_field: $often_type),+ })?,)+
            $($(#[$about])+ $name $({ $($field: $type),+ })?,)+
        }

        impl Event {
            /// Bits that no fingerprint takes in.
            pub(crate) const UNNOTED: u64 = 3 << UNNOTED_SHIFT;

            /// The event as a number, which is never zero.
            #[must_use]
            #[inline(always)]
            pub(crate) fn bits(self) -> u64 {
                match self {
                    $(Self::$often $({ $($often_field),+ })? => packed!($often_kind $($($often_field)+)?),)+
                    $(Self::$name $({ $($field),+ })? => packed!($kind $($($field)+)?),)+
                }
            }

            /// The event that [`Event::bits`] packed.
            #[must_use]
            #[inline(always)]
            pub(crate) fn from_bits(bits: u64) -> Self {
                match bits >> KIND_SHIFT {
                    $($often_kind => unpacked!(bits, $often $($($often_field: $often_type),+)?),)+
                    $($kind => unpacked!(bits, $name $($($field: $type),+)?),)+
                    kind => unreachable!("no event has the number {kind}"),
                }
            }

            /// An event of every kind, with fields made from `seed`.
            #[cfg(test)]
            fn samples(seed: u32) -> Vec<Self> {
                let mut last = seed;
                let mut sample = || {
                    last = last.wrapping_mul(0x9e37_79b1).rotate_left(13) ^ seed;
                    last
                };
                vec![
                    $(Self::$often $({ $($often_field: Field::unpack(sample())),+ })?,)+
                    $(Self::$name $({ $($field: Field::unpack(sample())),+ })?,)+
                ]
            }
        }

        impl<S: WorldVariant> World<'_, S> {
            /// Takes the references that a scheduled event keeps.
            #[allow(unused_variables, reason = "not every field is kept")]
            #[inline(always)]
            pub(crate) fn keep_for(&mut self, event: Event) {
                match event {
                    $(Event::$often $({ $($often_field),+ })? => {
                        $(self.keep($often_kept);)?
                        $(self.keep($often_passed);)?
                    })+
                    $(Event::$name $({ $($field),+ })? => { $(self.keep($kept);)? })+
                }
            }

            /// Hands an event to its actor: here those that every client brings about.
            #[inline(always)]
            pub(crate) fn handle(&mut self, bits: u64) {
                match Event::from_bits(bits) {
                    $(Event::$often $({ $($often_field),+ })? => {
                        self.$often_method($($often_argument),*);
                        $(self.let_go($often_kept);)?
                    })+
                    $(Event::$name { .. })|+ => self.handle_seldom(bits),
                }
            }

            /// Hands any other event to its actor, apart, so that the loop stays small: docs/performance.md, "What made
            /// the difference".
            #[inline(never)]
            fn handle_seldom(&mut self, bits: u64) {
                match Event::from_bits(bits) {
                    $(Event::$often { .. })|+ => unreachable!("the loop handles it"),
                    $(Event::$name $({ $($field),+ })? => {
                        self.$method($($argument),*);
                        $(self.let_go($kept);)?
                    })+
                }
            }
        }
    };
}

events! {
    often {
        /// A new client asks for its peer.
        1 PeerArrived => peer_arrived();
        /// A client's next deadline: initiation, rekey, end of session, discovery of a dead session.
        3 ClientDue { peer: PeerSlot } keeps peer => client_due(peer);
        /// The reply to a create is back.
        5 CreateReplied { peer: PeerSlot, attempt: u8, error: bool } keeps peer
            => create_replied(peer, attempt, error);
        /// An initiation reaches the gateway.
        10 InitiationArrived { peer: PeerSlot, exchange: Exchange } keeps peer
            => initiation_arrived(peer, exchange, false);
        /// A response reaches the client.
        12 ResponseArrived { peer: PeerSlot, exchange: Exchange } keeps peer
            => response_arrived(peer, exchange);
        /// A request reaches the API.
        17 RequestArrived { request: RequestSlot } => request_arrived(request);
        /// An API worker has served a request.
        18 RequestServed { request: RequestSlot } => request_served(request);
        /// A push reaches its gateway.
        19 PushArrived { publication: PublicationSlot, nth: u8, counted: bool } passes publication
            => push_arrived(publication, nth, counted);
        /// The installer has served its job.
        31 JobServed { gateway: GatewayId, epoch: Epoch } => job_served(gateway, epoch);
    }
    seldom {
        /// A client comes back.
        2 ReturnDue { peer: PeerSlot } keeps peer => return_due(peer);
        /// A client has waited long enough for the reply to its create.
        4 CreateTimedOut { peer: PeerSlot, attempt: u8 } keeps peer => create_timed_out(peer, attempt);
        /// A peer's config changes at the API.
        6 UpdateDue { peer: PeerSlot } keeps peer => update_due(peer);
        /// A peer is deleted at the API.
        7 RevocationDue { peer: PeerSlot } keeps peer => revocation_due(peer);
        /// A key that the API does not know begins to send initiations.
        8 StrangerArrived => stranger_arrived();
        /// A stranger sends its next initiation.
        9 StrangerDue { stranger: StrangerSlot } keeps stranger => stranger_due(stranger);
        /// An initiation that carries the gateway's cookie reaches it.
        11 CookieCameBack { peer: PeerSlot, exchange: Exchange } keeps peer
            => initiation_arrived(peer, exchange, true);
        /// The gateway's own initiation reaches the client.
        13 InvitationArrived { peer: PeerSlot, exchange: Exchange } keeps peer
            => invitation_arrived(peer, exchange);
        /// The client's response to it reaches the gateway.
        14 AcceptanceArrived { peer: PeerSlot, exchange: Exchange } keeps peer
            => acceptance_arrived(peer, exchange);
        /// The gateway's confirmation reaches the client.
        15 ConfirmationArrived { peer: PeerSlot, exchange: Exchange } keeps peer
            => confirmation_arrived(peer, exchange);
        /// A stranger's initiation reaches the gateway.
        16 StrangerInitiationArrived { stranger: StrangerSlot, cookie: bool } keeps stranger
            => stranger_initiation_arrived(stranger, cookie);
        /// A pushed version's acknowledgement reaches the API or the stream.
        20 PushAcknowledged { publication: PublicationSlot, nth: u8 } keeps publication
            => push_acknowledged(publication, nth);
        /// The API or the stream has waited long enough for an acknowledgement.
        21 PushTimedOut { publication: PublicationSlot, nth: u8 } keeps publication
            => push_unanswered(publication, nth, Unanswered::TimedOut);
        /// The API sends a version again.
        22 PushRetryDue { publication: PublicationSlot } keeps publication => push_retry_due(publication);
        /// The stream has stored a publication.
        23 PublicationStored { publication: PublicationSlot } keeps publication
            => publication_stored(publication);
        /// The stream's own acknowledgement is back at the API.
        24 PublicationAcknowledged { publication: PublicationSlot } keeps publication
            => publication_acknowledged(publication);
        /// The API sends a peer's current version once more.
        25 RefreshDue { peer: PeerSlot } keeps peer => refresh_due(peer);
        /// An invalidation reaches its gateway.
        26 InvalidationArrived { publication: PublicationSlot, counted: bool } keeps publication
            => invalidation_arrived(publication, counted);
        /// The gateway knows whose initiation it is, and asks.
        27 FetchIdentified { fetch: FetchSlot } keeps fetch => fetch_identified(fetch);
        /// The replica beside the gateway has been read.
        40 ReplicaServed { fetch: FetchSlot } keeps fetch => replica_served(fetch);
        /// The answer to a fetch is back; `counted`: if by a bus message, whether that was sent in the counted span.
        28 FetchReplied { fetch: FetchSlot, nth: u8, reply: Reply, counted: Option<bool> } keeps fetch
            => fetch_replied(fetch, nth, reply, counted);
        /// The gateway has waited long enough for it.
        29 FetchTimedOut { fetch: FetchSlot, nth: u8 } keeps fetch => fetch_timed_out(fetch, nth);
        /// The gateway asks again.
        30 FetchRetryDue { fetch: FetchSlot } keeps fetch => fetch_retry_due(fetch);
        /// A gateway asks for its list.
        32 ListDue { gateway: GatewayId } => list_due(gateway);
        /// The list is back.
        33 ListReplied { list: ListSlot, nth: u8, error: bool } keeps list => list_replied(list, nth, error);
        /// The gateway has waited long enough for its list.
        34 ListTimedOut { list: ListSlot, nth: u8 } keeps list => list_timed_out(list, nth);
        /// A gateway looks for idle records.
        35 SweepDue { gateway: GatewayId } => sweep_due(gateway);
        /// A record may have expired.
        36 ExpiryDue { peer: PeerSlot } keeps peer => expiry_due(peer);
        /// The lifetime of a stream is over.
        41 StreamExpired { gateway: GatewayId, generation: Generation } => stream_expired(gateway, generation);
        /// A change, or the notice of its end, arrives on a stream.
        42 StreamParcelArrived { parcel: ParcelSlot } => stream_parcel_arrived(parcel);
        /// The answer to a gateway's request to watch or to list is back.
        43 WatchReplied { gateway: GatewayId, number: AskNumber, answer: WatchAnswer }
            => watch_replied(gateway, number, answer);
        /// The gateway has waited long enough for it.
        44 WatchTimedOut { gateway: GatewayId, number: AskNumber } => watch_timed_out(gateway, number);
        /// The gateway asks again.
        45 WatchRetryDue { gateway: GatewayId, number: AskNumber } => watch_retry_due(gateway, number);
        /// A gateway's network to the API may have been cut for too long.
        46 KeepaliveOver { gateway: GatewayId, window: CutNumber } => keepalive_over(gateway, window);
        /// It may work again.
        47 CutEnded { gateway: GatewayId } => cut_ended(gateway);
        /// A fault begins.
        37 FaultStarted { fault: FaultId } => fault_started(fault);
        /// It ends.
        38 FaultEnded { fault: FaultId } => fault_ended(fault);
        /// A gateway has reloaded its table.
        39 TableReloaded { gateway: GatewayId, epoch: Epoch } => table_reloaded(gateway, epoch);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn an_event_takes_eight_bytes() {
        assert_eq!(size_of::<Event>(), 8);
    }

    #[test]
    fn every_event_comes_out_of_its_bits_as_it_went_in() {
        for seed in [0, 1, u32::MAX, 0x8000_0001, 0x1234_5678] {
            for event in Event::samples(seed) {
                assert_eq!(Event::from_bits(event.bits()), event);
            }
        }
    }

    #[test]
    fn every_event_has_a_number_of_its_own_that_is_not_zero() {
        let events = Event::samples(0);
        let numbers: BTreeSet<u64> = events.iter().map(|event| event.bits() >> KIND_SHIFT).collect();
        assert_eq!(numbers.len(), events.len());
        assert!(!numbers.contains(&0));
    }

    #[test]
    fn only_whether_a_message_is_counted_stays_out_of_the_fingerprint() {
        for seed in [0, u32::MAX, 0x1234_5678] {
            for event in Event::samples(seed) {
                let Event::FetchReplied { fetch, nth, reply, .. } = event else {
                    assert_eq!(event.bits() & Event::UNNOTED, 0, "{event:?}");
                    continue;
                };
                let bits = [None, Some(false), Some(true)]
                    .map(|counted| Event::FetchReplied { fetch, nth, reply, counted }.bits());
                assert_eq!(BTreeSet::from(bits).len(), 3);
                assert_eq!(BTreeSet::from(bits.map(|bits| bits & !Event::UNNOTED)).len(), 1);
            }
        }
    }
}
