//! The mechanisms that a strategy is made of, and which part of a [`Strategy`] turns each on.
//!
//! A new mechanism begins here. Code that treats mechanisms one by one matches this list without a catch-all, so a new one
//! does not compile before it has its place: in the variant of the world ([`variant`](super::variant)), in reports, and in
//! the study of signaling protocols. Its own file says the rest in [`MechanismTraits`]. `tests/it/mechanisms.rs` asks for its
//! section in an experiment file.

pub(crate) mod evict;
pub(crate) mod expire;
pub(crate) mod pull;
pub(crate) mod push;
pub(crate) mod reconcile;
pub(crate) mod replica;
pub(crate) mod watch;

use super::scenario::Strategy;
use super::words::kinds;

kinds! {
    /// A mechanism of a strategy.
    Mechanism {
        word "The name of its section in an experiment file."
    }
    /// See [`Push`](super::Push).
    Push "push";
    /// See [`Pull`](super::Pull).
    Pull "pull";
    /// See [`Reconcile`](super::Reconcile).
    Reconcile "reconcile";
    /// See [`Watch`](super::Watch).
    Watch "watch";
    /// See [`Evict`](super::Evict).
    Evict "evict";
    /// See [`Strategy::expire`].
    Expire "expire";
}

impl Mechanism {
    /// Whether a strategy uses it.
    #[must_use]
    pub fn is_used(self, strategy: &Strategy) -> bool {
        // Field by field, so that a new one has to be placed.
        let Strategy { push, pull, reconcile, watch, evict, expire, persists: _ } = strategy;
        match self {
            Self::Push => push.is_some(),
            Self::Pull => pull.is_some(),
            Self::Reconcile => reconcile.is_some(),
            Self::Watch => watch.is_some(),
            Self::Evict => evict.is_some(),
            Self::Expire => expire.is_some(),
        }
    }

    /// What the other parts of the program ask of it.
    #[must_use]
    pub const fn traits(self) -> &'static MechanismTraits {
        match self {
            Self::Push => &push::TRAITS,
            Self::Pull => &pull::TRAITS,
            Self::Reconcile => &reconcile::TRAITS,
            Self::Watch => &watch::TRAITS,
            Self::Evict => &evict::TRAITS,
            Self::Expire => &expire::TRAITS,
        }
    }
}

/// What the other parts of the program ask of a mechanism. Its file says this in its `TRAITS`.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is one question, asked at one place")]
pub struct MechanismTraits {
    /// Whether configs come to gateways by it. A strategy has at least one mechanism that installs.
    pub installs: bool,
    /// Whether a gateway's table survives a restart, unless the strategy says otherwise.
    pub persists: bool,
    /// Whether gateways list their peers by it.
    pub lists: bool,
    /// Whether gateways drop records by it that the API still holds.
    pub drops: bool,
    /// Keys that a report names also at their default, because they tell variants of the mechanism apart.
    pub shown_keys: &'static [&'static str],
}
