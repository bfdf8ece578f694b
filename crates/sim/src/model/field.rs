//! The fields of observations and details, to be shown one by one: writers of traces need no list of their own.

use des::{Duration, Time};

use super::detail::Parcel;
use super::id::{FaultId, GatewayId, PeerId, RequestSlot, Version};
use super::observation::PeerView;
use super::words::{
    AttemptKind, Carrier, Cause, Drop, FetchEnd, JobKind, Leg, Loss, MessageKind, Removal, RequestKind, Unanswered,
};

/// The value of a field.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum FieldValue {
    /// A peer.
    Peer(PeerId),
    /// A gateway.
    Gateway(GatewayId),
    /// A count or another name.
    Number(u64),
    /// A version; none: there is none.
    Version(Option<Version>),
    /// Yes or no.
    Flag(bool),
    /// A kind, in one word.
    Word(&'static str),
    /// A time since the start of the run, or a length of time, ns.
    Nanos(u64),
    /// What is measured of a peer.
    View(PeerView),
    /// What is sent.
    Parcel(Parcel),
    /// When a parcel arrives, or why it does not.
    Fate(Result<Time, Loss>),
}

macro_rules! values {
    ($($type:ty: |$value:ident| $shown:expr;)+) => {$(
        impl From<$type> for FieldValue {
            fn from($value: $type) -> Self {
                $shown
            }
        }
    )+};
}

values! {
    PeerId: |peer| Self::Peer(peer);
    GatewayId: |gateway| Self::Gateway(gateway);
    FaultId: |fault| Self::Number(fault.get().into());
    RequestSlot: |request| Self::Number(request.get().into());
    u8: |number| Self::Number(number.into());
    u32: |number| Self::Number(number.into());
    u64: |number| Self::Number(number);
    Version: |version| Self::Number(version.get().into());
    Option<Version>: |version| Self::Version(version);
    bool: |flag| Self::Flag(flag);
    Time: |time| Self::Nanos(time.as_nanos());
    Duration: |length| Self::Nanos(length.as_nanos());
    PeerView: |view| Self::View(view);
    Parcel: |parcel| Self::Parcel(parcel);
    Result<Time, Loss>: |fate| Self::Fate(fate);
    AttemptKind: |kind| Self::Word(kind.word());
    Carrier: |carrier| Self::Word(carrier.word());
    Cause: |cause| Self::Word(cause.word());
    Drop: |reason| Self::Word(reason.word());
    FetchEnd: |end| Self::Word(end.word());
    JobKind: |job| Self::Word(job.word());
    Leg: |leg| Self::Word(leg.word());
    Loss: |loss| Self::Word(loss.word());
    MessageKind: |kind| Self::Word(kind.word());
    Removal: |why| Self::Word(why.word());
    RequestKind: |kind| Self::Word(kind.word());
    Unanswered: |why| Self::Word(why.word());
}

/// An enum of facts. Each has a word and fields, or one structure with a `visit` of its own.
macro_rules! facts {
    (
        $(#[$about:meta])+
        $name:ident {$(
            $(#[$variant_about:meta])+
            $variant:ident $word:literal $({ $($field:ident: $type:ty),+ })? $(($inner:ident: $inner_type:ty))?;
        )+}
    ) => {
        $(#[$about])+
        #[derive(Clone, Copy, PartialEq, Debug)]
        pub enum $name {
            $($(#[$variant_about])+ $variant $({ $($field: $type),+ })? $(($inner_type))?,)+
        }

        impl $name {
            /// What happened, in one word.
            #[must_use]
            pub const fn word(&self) -> &'static str {
                match self {
                    $(Self::$variant { .. } => $word,)+
                }
            }

            /// Shows each field: its name and its value, in their order.
            pub fn visit(&self, see: &mut dyn FnMut(&'static str, FieldValue)) {
                match *self {
                    $(Self::$variant $({ $($field),+ })? $({ 0: $inner })? => {
                        $($(see(stringify!($field), $field.into());)+)?
                        $($inner.visit(see);)?
                    })+
                }
            }
        }
    };
}

pub(super) use facts;
