//! Compile-time configuration of the world: two variants are compiled from one source, and a run takes one of them.
//!
//! What: every handler of the model is generic over a [`WorldVariant`]. In [`WholeWorld`], the accessors below look up what
//! the scenario asks for. In [`PlainWorld`], they answer with a constant, so the compiler drops the code behind them.
//!
//! Why: most events of a simple scenario would ask several times whether there are faults, refreshes, revocations or
//! acknowledgements, only to find that there are none.
//!
//! Gain: docs/performance.md, "Compiled worlds". Price: three compiled worlds. The [`Recorder`] has both variants of its own
//! ([`Probe::FAST`]). All other probes share a third, whole, which calls them behind a pointer (`Shared`), so a further
//! probe compiles none.
//!
//! Tests: `tests/it/setups.rs` runs random scenarios in both variants and in the shared world, and compares every
//! observation. `tests/it/mechanisms.rs` sees which variant a measured run takes, for each mechanism.
//!
//! [`Recorder`]: crate::measure::Recorder

use std::marker::PhantomData;

use des::{Distribution, Duration};

use super::id::{GatewayId, PeerId, PeerSlot};
use super::observation::Probe;
use super::peer::Peer;
use super::scenario::{
    Burst, Bus, Clients, Evict, FetchSource, Gateways, Handshake, Pull, Push, PushTransport, Rare, Reconcile, Retry,
    Scenario, Strategy, Wait, Watch,
};
use super::words::MessageKind;
use super::world::World;

/// Which of the compiled worlds a run takes. The result is the same.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Variant {
    /// Clients, pushes that are sent once, pull from the API, and eviction.
    Plain,
    /// Everything.
    Whole,
}

/// Probe and parts of a world.
pub(crate) trait WorldVariant {
    /// Who watches.
    type Probe: Probe;
    /// Which world it is.
    const VARIANT: Variant;
    /// Whether there may be anything beyond what [`is_plain`] allows.
    const MORE: bool = matches!(Self::VARIANT, Variant::Whole);
}

/// See [`Variant::Plain`].
pub(crate) struct PlainWorld<P>(PhantomData<P>);

/// See [`Variant::Whole`].
pub(crate) struct WholeWorld<P>(PhantomData<P>);

impl<P: Probe> WorldVariant for PlainWorld<P> {
    type Probe = P;
    const VARIANT: Variant = Variant::Plain;
}

impl<P: Probe> WorldVariant for WholeWorld<P> {
    type Probe = P;
    const VARIANT: Variant = Variant::Whole;
}

/// How a push is sent that is sent once.
const ONCE: PushTransport =
    PushTransport::Core(Retry { attempts: 1, backoff: Duration::ZERO, backoff_max: Duration::ZERO });

/// Whether a scenario has nothing but clients without patience, pushes that are sent once, eviction, and pull from the
/// API without time to live: configs do not change, nothing breaks, and no request is repeated.
///
/// The structures are destructured field by field, so a new field does not compile before it is decided whether the plain
/// world supports it.
pub(crate) fn is_plain(scenario: &Scenario) -> bool {
    let Scenario {
        faults,
        clients,
        bus,
        strategy,
        horizon: _,
        warmup: _,
        stall_after: _,
        late_after: _,
        recovery_window: _,
        bin: _,
        events_max: _,
        path: _,
        api: _,
        http: _,
        gateways,
        replica: _,
        rare,
    } = scenario;
    let Gateways { handshake_limit, count: _, install: _, install_per_peer: _, remove: _, reload_per_peer: _ } =
        gateways;
    let unlimited = *handshake_limit == 0;
    let calm = faults.is_empty() && rare.is_none() && unlimited;
    calm && has_plain_clients(clients) && has_plain_bus(bus) && is_plain_strategy(strategy)
}

fn has_plain_clients(clients: &Clients) -> bool {
    let Clients {
        update_every,
        revoke_after,
        existing,
        devices,
        handshake:
            Handshake {
                patience,
                retry: _,
                traffic_every: _,
                rekey_after: _,
                reject_after: _,
                dead_after: _,
                dead_jitter: _,
            },
        arrivals: _,
        session: _,
        return_probability: _,
        return_after: _,
        existing_gateways: _,
        device_first: _,
        strangers: _,
        create_timeout: _,
        create_attempts: _,
    } = clients;
    update_every.is_none() && revoke_after.is_none() && *existing == 0 && *devices == 0 && patience.is_none()
}

fn has_plain_bus(bus: &Bus) -> bool {
    let Bus { burst, delay: _, loss: _, pending_limit: _, no_responders: _ } = bus;
    burst.is_none()
}

fn is_plain_strategy(strategy: &Strategy) -> bool {
    let Strategy { push, pull, reconcile, watch, expire, evict: _, persists: _ } = strategy;
    let sent_once = push.as_ref().is_none_or(|push| {
        let Push { transport, wait, refresh_every, timeout: _, exhausted: _, removals: _ } = push;
        matches!(transport, PushTransport::Core(Retry { attempts: 1, .. }))
            && *wait == Wait::None
            && refresh_every.is_none()
    });
    let direct = pull.as_ref().is_none_or(|pull| {
        let Pull {
            source,
            ttl,
            transport: _,
            retry: _,
            timeout: _,
            identify: _,
            answer: _,
            negative_ttl: _,
            rate_limit: _,
            concurrency: _,
            stale: _,
            invalidate: _,
        } = pull;
        *source == FetchSource::Primary && ttl.is_none()
    });
    reconcile.is_none() && watch.is_none() && expire.is_none() && sent_once && direct
}

impl<'a, S: WorldVariant> World<'a, S> {
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
    pub(crate) fn refresh_every(&self) -> Option<&'a Distribution> {
        if S::MORE { self.push()?.refresh_every.as_ref() } else { None }
    }

    /// The `pull` mechanism, if in use.
    pub(crate) fn pull(&self) -> Option<&'a Pull> {
        self.scenario.strategy.pull.as_ref()
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
        self.scenario.strategy.evict
    }

    /// How long a record lasts without being confirmed, if that ends it.
    pub(crate) fn expire(&self) -> Option<&'a Distribution> {
        if S::MORE { self.scenario.strategy.expire.as_ref() } else { None }
    }

    /// Bursts of loss on the links, if there are any.
    pub(crate) fn burst(&self) -> Option<&'a Burst> {
        if S::MORE { self.scenario.bus.burst.as_ref() } else { None }
    }

    /// Probability that a message about a peer is lost by chance.
    #[inline(always)]
    pub(crate) fn message_loss(&self, peer: PeerId, kind: MessageKind) -> f64 {
        let rare = if S::MORE { self.scenario.rare } else { None };
        match rare {
            Some(rare) if Rare::tilts(kind) && rare.tags(peer) => rare.loss,
            Some(_) | None => self.scenario.bus.loss,
        }
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
    pub(crate) fn update_every(&self) -> Option<&'a Distribution> {
        if S::MORE { self.scenario.clients.update_every.as_ref() } else { None }
    }

    /// Time from creation to deletion, if there is one.
    pub(crate) fn revoke_after(&self) -> Option<&'a Distribution> {
        if S::MORE { self.scenario.clients.revoke_after.as_ref() } else { None }
    }

    /// Whether a gateway is up, so that packets, messages and requests reach it.
    #[inline(always)]
    pub(crate) fn is_up(&self, gateway: GatewayId) -> bool {
        !S::MORE || self.gateways[gateway].is_up()
    }

    /// Whether it matters when a peer was revoked, or when its record's version was superseded.
    #[inline(always)]
    pub(crate) fn has_timestamps(peer: &Peer) -> bool {
        S::MORE && peer.has_timestamps()
    }

    /// Whether a fetch of a peer is under way.
    #[inline(always)]
    pub(crate) fn is_fetching(&self, peer: PeerSlot) -> bool {
        self.pulls.is_fetching(peer)
    }
}
