//! Names of what a run simulates. Each kind of name is a type of its own, so none can stand for another.
//!
//! An *id* is a number for the whole run: observations report it, and it names random draws. A *slot* is a place in a
//! table ([`Slots`]). When its item is removed, the next item takes the place, so a slot names an item only while that
//! item is alive. Others are counted: a peer's versions, a gateway's epochs.
//!
//! ```compile_fail,E0308
//! use sim::model::{GatewayId, Observation, PeerId};
//! let (peer, gateway) = (PeerId::new(0), GatewayId::new(0));
//! Observation::PeerArrived { peer: gateway, gateway: peer }; // the other way round
//! ```

use std::fmt;
use std::marker::PhantomData;
use std::ops::{Index, IndexMut};

use des::Pool;

macro_rules! names {
    ($($(#[$about:meta])+ $visibility:vis $name:ident($width:ty);)+) => {$(
        $(#[$about])+
        #[repr(transparent)]
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        $visibility struct $name($width);

        #[allow(dead_code, unreachable_pub, reason = "not every kind of name needs every method")]
        impl $name {
            /// The name with this number.
            #[must_use]
            #[inline(always)]
            pub const fn new(number: $width) -> Self {
                Self(number)
            }

            /// Its number.
            #[must_use]
            #[inline(always)]
            pub const fn get(self) -> $width {
                self.0
            }

            /// Its number as an index.
            #[must_use]
            #[inline(always)]
            pub const fn index(self) -> usize {
                self.0 as usize
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }
    )+};
}

names! {
    /// A peer's number. It names the peer's random draws. New peers count from 0 in their order of arrival, devices
    /// from 2^30, existing peers from 2^31, so a new peer has the same number with and without the others.
    pub PeerId(u32);
    /// A gateway, from 0.
    pub GatewayId(u16);
    /// A fault by its place in the experiment file, from 0.
    pub FaultId(u32);
    /// A stranger's number: the order of arrival, from 0. It names the stranger's random draws.
    pub(crate) StrangerId(u32);

    /// A peer's place in the table of peers.
    pub(crate) PeerSlot(u32);
    /// The place of an attempt, or of a rekey.
    pub(crate) AttemptSlot(u32);
    /// A stranger's place.
    pub(crate) StrangerSlot(u32);
    /// The place of a request to the API.
    pub RequestSlot(u32);
    /// A publication's place.
    pub(crate) PublicationSlot(u32);
    /// A fetch's place.
    pub(crate) FetchSlot(u32);
    /// The place of a list that a gateway asked for.
    pub(crate) ListSlot(u32);
    /// The place of a gateway's request to watch or to list.
    pub(crate) AskSlot(u32);
    /// The place of something on its way on a stream.
    pub(crate) ParcelSlot(u32);

    /// A version of a peer's config, from 1. A revocation is a version too.
    pub Version(u32);
    /// Restarts of a gateway so far.
    pub(crate) Epoch(u32);
    /// Streams of a gateway so far, apart from the one that is open at time 0: the number of the latest.
    pub(crate) Generation(u32);
    /// Requests of a gateway to watch or to list so far: the number of the latest.
    pub(crate) AskNumber(u32);
    /// Cuts of the network between the API and a gateway so far: the number of the latest.
    pub(crate) CutNumber(u32);
}

macro_rules! counted {
    ($($name:ident)+) => {$(
        #[allow(unreachable_pub, reason = "not every count is public")]
        impl $name {
            /// The one after it.
            #[must_use]
            #[inline(always)]
            pub const fn next(self) -> Self {
                Self(self.0 + 1)
            }
        }
    )+};
}

counted! { Version Epoch Generation AskNumber CutNumber }

impl Version {
    /// None: the peer is not created.
    pub const NONE: Self = Self(0);
    /// The create.
    pub const FIRST: Self = Self(1);

    /// The one before it.
    pub(crate) const fn before(self) -> Self {
        Self(self.0 - 1)
    }

    /// The versions after `before`, up to this one.
    pub(crate) fn since(self, before: Self) -> impl Iterator<Item = Self> + use<> {
        (before.0..self.0).map(|number| Self(number + 1))
    }
}

impl PeerId {
    /// No peer, or a stranger, which the API does not know.
    pub const NOBODY: Self = Self(u32::MAX);
    const FIRST_DEVICE: u32 = 1 << 30;
    const FIRST_EXISTING: u32 = 1 << 31;

    /// The device with this index.
    #[must_use]
    pub const fn device(index: u32) -> Self {
        Self(Self::FIRST_DEVICE + index)
    }

    /// The peer with this index among those that exist at time 0 and have no client.
    #[must_use]
    pub const fn existing(index: u32) -> Self {
        Self(Self::FIRST_EXISTING + index)
    }

    /// Whether its client has created it in the run: it is neither a device nor an existing peer.
    #[must_use]
    #[inline(always)]
    pub const fn is_new(self) -> bool {
        self.0 < Self::FIRST_DEVICE
    }

    /// Whether it has a client: it is a new peer or a device.
    #[must_use]
    #[inline(always)]
    pub const fn has_client(self) -> bool {
        self.0 < Self::FIRST_EXISTING
    }
}

impl GatewayId {
    /// The gateways of a run with `count` of them.
    ///
    /// # Panics
    /// With more than 65,536 gateways.
    pub fn all(count: u32) -> impl Iterator<Item = Self> {
        (0..count).map(Self::of)
    }

    /// The gateway with this number.
    ///
    /// # Panics
    /// If the number is 65,536 or more.
    #[must_use]
    #[inline(always)]
    pub fn of(number: u32) -> Self {
        Self(u16::try_from(number).expect("at most 65,536 gateways"))
    }
}

impl AttemptSlot {
    /// No attempt.
    pub(crate) const NONE: Self = Self(u32::MAX);
}

impl FetchSlot {
    /// No fetch.
    pub(crate) const NONE: Self = Self(u32::MAX);
}

impl CutNumber {
    /// No cut.
    pub(crate) const NONE: Self = Self(0);
}

impl ListSlot {
    /// No list.
    pub(crate) const NONE: Self = Self(u32::MAX);
}

/// A name that is a place in a table.
pub(crate) trait Slot: Copy {
    fn of_handle(handle: u32) -> Self;
    fn handle(self) -> u32;
}

macro_rules! slots {
    ($($name:ident)+) => {$(
        impl Slot for $name {
            #[inline(always)]
            fn of_handle(handle: u32) -> Self {
                Self(handle)
            }

            #[inline(always)]
            fn handle(self) -> u32 {
                self.0
            }
        }
    )+};
}

slots! { PeerSlot AttemptSlot StrangerSlot RequestSlot PublicationSlot FetchSlot ListSlot AskSlot ParcelSlot }

/// A [`Pool`] whose places are named by slots of one kind.
pub(crate) struct Slots<S, T> {
    pool: Pool<T>,
    kind: PhantomData<S>,
}

impl<S, T> Default for Slots<S, T> {
    fn default() -> Self {
        Self { pool: Pool::default(), kind: PhantomData }
    }
}

impl<S: Slot, T> Slots<S, T> {
    /// Adds an item.
    #[inline(always)]
    pub(crate) fn insert(&mut self, item: T) -> S {
        S::of_handle(self.pool.insert(item))
    }

    /// Gives an item's place back.
    #[inline(always)]
    pub(crate) fn remove(&mut self, slot: S) {
        self.pool.remove(slot.handle());
    }

    /// Every place so far; those given back still show their last item.
    pub(crate) fn all(&self) -> impl Iterator<Item = S> + use<S, T> {
        (0..self.pool.handles()).map(S::of_handle)
    }
}

impl<S: Slot, T> Index<S> for Slots<S, T> {
    type Output = T;
    #[inline(always)]
    fn index(&self, slot: S) -> &T {
        &self.pool[slot.handle()]
    }
}

impl<S: Slot, T> IndexMut<S> for Slots<S, T> {
    #[inline(always)]
    fn index_mut(&mut self, slot: S) -> &mut T {
        &mut self.pool[slot.handle()]
    }
}

/// One item for each gateway.
#[derive(Debug)]
pub(crate) struct ByGateway<T>(Vec<T>);

impl<T> ByGateway<T> {
    /// The items of gateways 0, 1 and so on, in this order.
    pub(crate) fn new(items: Vec<T>) -> Self {
        Self(items)
    }

    /// The gateways that have an item.
    pub(crate) fn all(&self) -> impl Iterator<Item = GatewayId> + use<T> {
        (0..self.0.len()).map(|index| GatewayId::new(u16::try_from(index).expect("at most 65,536 gateways")))
    }
}

impl<T> Index<GatewayId> for ByGateway<T> {
    type Output = T;
    #[inline(always)]
    fn index(&self, gateway: GatewayId) -> &T {
        &self.0[gateway.index()]
    }
}

impl<T> IndexMut<GatewayId> for ByGateway<T> {
    #[inline(always)]
    fn index_mut(&mut self, gateway: GatewayId) -> &mut T {
        &mut self.0[gateway.index()]
    }
}
