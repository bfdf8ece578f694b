//! What a world is set up with, known before it is compiled: a run does not ask again and again for what its scenario
//! leaves out.
//!
//! Every world is the same code. What a setup leaves out, the accessors below answer with a constant, and the compiler
//! drops what hangs on it. The tests run scenarios under two setups and compare what happens.

use std::marker::PhantomData;

use crate::engine::{Duration, Law, Time};

use super::gateway::Cut;
use super::observation::Probe;
use super::peer::{NONE, Peer};
use super::scenario::{Burst, Evict, Pull, Push, PushTransport, Reconcile, Retry, Scenario, Source, Wait, Watch};
use super::world::World;

/// Probe and parts of a world.
pub(crate) trait Setup {
    /// Who watches.
    type Probe: Probe;
    /// Whether gateways may fetch, and drop idle records.
    const PULL: bool;
    /// Whether there may be anything beyond these, clients, and pushes that are sent once: see [`is_plain`]. If so, gateways
    /// may fetch, too.
    const MORE: bool;
}

/// Pushes that are sent once, or nothing.
pub(crate) struct PlainPush<P>(PhantomData<P>);

/// Pull from the API, eviction, and pushes that are sent once.
pub(crate) struct PlainPull<P>(PhantomData<P>);

/// Everything.
pub(crate) struct Whole<P>(PhantomData<P>);

impl<P: Probe> Setup for PlainPush<P> {
    type Probe = P;
    const PULL: bool = false;
    const MORE: bool = false;
}

impl<P: Probe> Setup for PlainPull<P> {
    type Probe = P;
    const PULL: bool = true;
    const MORE: bool = false;
}

impl<P: Probe> Setup for Whole<P> {
    type Probe = P;
    const PULL: bool = true;
    const MORE: bool = true;
}

/// How a push is sent that is sent once.
const ONCE: PushTransport =
    PushTransport::Core(Retry { attempts: 1, backoff: Duration::ZERO, backoff_max: Duration::ZERO });

/// Whether a scenario has nothing but clients without patience, pushes that are sent once, eviction, and pull from the
/// API without time to live: configs do not change, nothing breaks, nobody asks again.
pub(crate) fn is_plain(scenario: &Scenario) -> bool {
    let clients = &scenario.clients;
    let strategy = &scenario.strategy;
    let quiet = scenario.faults.is_empty() && scenario.bus.burst.is_none() && scenario.gateways.handshake_limit == 0;
    let constant = clients.update_every.is_none() && clients.revoke_after.is_none();
    let settled = clients.existing == 0 && clients.devices == 0;
    let untended = strategy.reconcile.is_none() && strategy.watch.is_none() && strategy.expire.is_none();
    let sent_once = strategy.push.as_ref().is_none_or(|push| {
        matches!(push.transport, PushTransport::Core(Retry { attempts: 1, .. }))
            && push.wait == Wait::None
            && push.refresh_every.is_none()
    });
    let direct = strategy.pull.as_ref().is_none_or(|pull| pull.source == Source::Primary && pull.ttl.is_none());
    quiet && constant && settled && untended && sent_once && direct && clients.handshake.patience.is_none()
}

impl<'a, S: Setup> World<'a, S> {
    /// The `push` mechanism, if in use.
    pub(crate) fn push(&self) -> Option<&'a Push> {
        self.scenario.strategy.push.as_ref()
    }

    /// What carries pushes.
    pub(crate) fn transport(&self) -> &'a PushTransport {
        if S::MORE { &self.push().expect("a publication is pushed").transport } else { &ONCE }
    }

    /// Whether a client's reply waits for the gateway.
    pub(crate) fn waits_for_acknowledgement(&self) -> bool {
        S::MORE && self.push().is_some_and(|push| push.wait == Wait::Ack)
    }

    /// When a version is sent again, if it is.
    pub(crate) fn refresh_every(&self) -> Option<&'a Law> {
        if S::MORE { self.push()?.refresh_every.as_ref() } else { None }
    }

    /// The `pull` mechanism, if in use.
    pub(crate) fn pull(&self) -> Option<&'a Pull> {
        if S::PULL { self.scenario.strategy.pull.as_ref() } else { None }
    }

    /// The `reconcile` mechanism, if in use.
    pub(crate) fn reconcile(&self) -> Option<Reconcile> {
        if S::MORE { self.scenario.strategy.reconcile } else { None }
    }

    /// The `watch` mechanism, if in use.
    pub(crate) fn watch(&self) -> Option<&'a Watch> {
        if S::MORE { self.scenario.strategy.watch.as_ref() } else { None }
    }

    /// Whether gateways ever list their peers.
    pub(crate) fn lists(&self) -> bool {
        self.reconcile().is_some() || self.watch().is_some()
    }

    /// The `evict` mechanism, if in use.
    pub(crate) fn evict(&self) -> Option<Evict> {
        if S::PULL { self.scenario.strategy.evict } else { None }
    }

    /// How long a record lasts of which its gateway does not hear, if that ends it.
    pub(crate) fn expire(&self) -> Option<&'a Law> {
        if S::MORE { self.scenario.strategy.expire.as_ref() } else { None }
    }

    /// Bursts of loss on the links, if there are any.
    pub(crate) fn burst(&self) -> Option<&'a Burst> {
        if S::MORE { self.scenario.bus.burst.as_ref() } else { None }
    }

    /// How long a client tries, if it gives up.
    pub(crate) fn patience(&self) -> Option<Duration> {
        if S::MORE { self.scenario.clients.handshake.patience } else { None }
    }

    /// Initiations in one second above which gateways answer with a cookie, if there is such a number.
    pub(crate) fn handshake_limit(&self) -> Option<u32> {
        if !S::MORE {
            return None;
        }
        Some(self.scenario.gateways.handshake_limit).filter(|&limit| limit > 0)
    }

    /// Gap before a config changes, if it does.
    pub(crate) fn update_every(&self) -> Option<&'a Law> {
        if S::MORE { self.scenario.clients.update_every.as_ref() } else { None }
    }

    /// Time from creation to deletion, if there is one.
    pub(crate) fn revoke_after(&self) -> Option<&'a Law> {
        if S::MORE { self.scenario.clients.revoke_after.as_ref() } else { None }
    }

    /// Whether packets, messages and requests to a gateway are heard.
    #[inline(always)]
    pub(crate) fn hears(&self, gateway: u32) -> bool {
        !S::MORE || self.gateways[gateway as usize].hears()
    }

    /// Whether a fault of the path swallows packets between a gateway and its clients.
    #[inline(always)]
    pub(crate) fn path_is_down(&self, gateway: u32) -> bool {
        S::MORE && self.now < self.gateways[gateway as usize].path_down_until
    }

    /// Whether a fault cuts the network between the API and a gateway.
    #[inline(always)]
    pub(crate) fn http_is_cut(&self, gateway: u32) -> bool {
        if !S::MORE {
            return false;
        }
        let Cut { window, until } = self.gateways[gateway as usize].cut;
        self.now < until || window > 0 && self.now == until && self.cut_begins(gateway)
    }

    /// Whether it matters when a peer was revoked, or when its record's version was superseded.
    #[inline(always)]
    pub(crate) fn dated(peer: &Peer) -> bool {
        S::MORE && peer.dated()
    }

    /// Whether a fetch of a peer is under way.
    #[inline(always)]
    pub(crate) fn is_fetching(&self, peer: u32) -> bool {
        S::PULL && self.askings.get(peer).fetch != NONE
    }

    /// Whether gateways may restart.
    #[inline(always)]
    pub(crate) fn restarts(&self) -> bool {
        S::MORE && self.dead_at.is_used()
    }

    /// When a client finds out that its session died.
    #[inline(always)]
    pub(crate) fn dead_at(&self, peer: u32) -> Time {
        if S::MORE { self.dead_at.get(peer) } else { Time::NEVER }
    }
}
