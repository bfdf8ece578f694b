//! Faults: when they begin and end, and what they do to the API, the bus, the path and the gateways.
//!
//! Reaches: api (`api_went_down`, `come_up`), bus (`disturb`), client (`session_died`), gateway (`arrived`, `come_up`,
//! `go_down`, `install_record`, `is_in`, `load`, `loaded`, `lose_jobs`, `remove_record`), peer (`reload`, `save`), pull
//! (`forget_refusals`, `lose_fetches`), push (`deliver_held`), reconcile (`lose_list`), watch (`lose_stream`,
//! `release_held`, `watch_after_restart`).

use crate::model::detail::Detail;
use crate::model::draws;
use crate::model::event::Event;
use crate::model::id::{ByGateway, CutNumber, Epoch, FaultId, GatewayId};
use crate::model::observation::Observation;
use crate::model::scenario::{Schedule, Target};
use crate::model::variant::WorldVariant;
use crate::model::words::Removal;
use crate::model::world::World;
use des::{Sequence, Time};

/// One fault's times.
struct FaultState {
    sequence: Sequence,
    /// When the fault begins next; never while that is not known.
    next: Time,
}

/// Faults of the network and of the path to one gateway.
#[derive(Clone, Copy)]
struct Outage {
    /// When the last of the path faults in force ends.
    path_until: Time,
    cut: Cut,
}

/// The latest fault that cuts the network between the API and a gateway; faults that touch or overlap are one.
#[derive(Clone, Copy)]
struct Cut {
    /// Its number.
    window: CutNumber,
    until: Time,
}

/// The faults of a run.
pub(crate) struct Faults {
    states: Vec<FaultState>,
    outages: ByGateway<Outage>,
}

impl Faults {
    pub(crate) fn new(gateways: u32) -> Self {
        let outage = Outage { path_until: Time::ZERO, cut: Cut { window: CutNumber::NONE, until: Time::ZERO } };
        Self { states: Vec::new(), outages: ByGateway::new(vec![outage; gateways as usize]) }
    }

    /// Whether a path fault is in force.
    #[inline(always)]
    fn path_is_down(&self, gateway: GatewayId, now: Time) -> bool {
        now < self.outages[gateway].path_until
    }

    /// The number of the latest cut of the network between the API and a gateway.
    pub(crate) fn latest_cut(&self, gateway: GatewayId) -> CutNumber {
        self.outages[gateway].cut.window
    }
}

impl<S: WorldVariant> World<'_, S> {
    /// Whether a fault of the path swallows packets between a gateway and its clients.
    #[inline(always)]
    pub(crate) fn path_is_down(&self, gateway: GatewayId) -> bool {
        S::MORE && self.faults.path_is_down(gateway, self.now)
    }

    /// Whether a fault cuts the network between the API and a gateway.
    #[inline(always)]
    pub(crate) fn http_is_cut(&self, gateway: GatewayId) -> bool {
        if !S::MORE {
            return false;
        }
        let Cut { window, until } = self.faults.outages[gateway].cut;
        self.now < until || window != CutNumber::NONE && self.now == until && self.cut_begins(gateway)
    }

    /// Schedules the first occurrence of each fault.
    pub(crate) fn start_faults(&mut self) {
        for (fault, id) in self.scenario.faults.iter().zip((0..).map(FaultId::new)) {
            let mut sequence = draws::fault(self.key, id);
            let at = match &fault.schedule {
                Schedule::At(at) => *at,
                Schedule::Every(gap) => sequence.duration(gap),
            };
            let next = Time::ZERO + at;
            self.faults.states.push(FaultState { sequence, next });
            self.schedule(next, Event::FaultStarted { fault: id });
        }
    }

    /// The gateways that a fault concerns.
    fn concerned(&self, fault: FaultId) -> Vec<GatewayId> {
        self.scenario.faults[fault.index()].gateways.of(self.scenario.gateways.count).collect()
    }

    pub(crate) fn fault_started(&mut self, fault: FaultId) {
        self.observe(Observation::FaultStarted { fault });
        let specification = &self.scenario.faults[fault.index()];
        let state = &mut self.faults.states[fault.index()];
        state.next = Time::NEVER;
        let length = state.sequence.duration(&specification.length);
        let end = self.now + length;
        self.schedule(end, Event::FaultEnded { fault });
        match specification.target {
            Target::Api(inflight) => {
                self.api_went_down(inflight);
            }
            Target::Bus(effect) => {
                for gateway in self.concerned(fault) {
                    self.bus.disturb(gateway, effect, end);
                }
            }
            Target::Http => {
                for gateway in self.concerned(fault) {
                    self.cut_started(gateway, end);
                }
            }
            Target::Path => {
                for gateway in self.concerned(fault) {
                    let until = &mut self.faults.outages[gateway].path_until;
                    *until = (*until).max(end);
                }
            }
            Target::Gateway => {
                for gateway in self.concerned(fault) {
                    self.gateway_went_down(gateway);
                }
            }
        }
    }

    pub(crate) fn fault_ended(&mut self, fault: FaultId) {
        self.observe(Observation::FaultEnded { fault });
        match self.scenario.faults[fault.index()].target {
            Target::Api(_) => self.api.come_up(),
            Target::Gateway => {
                for gateway in self.concerned(fault) {
                    self.gateway_came_up(gateway);
                }
            }
            Target::Http | Target::Bus(_) | Target::Path => {}
        }
        if let Schedule::Every(gap) = &self.scenario.faults[fault.index()].schedule {
            let state = &mut self.faults.states[fault.index()];
            let next = self.now + state.sequence.duration(gap);
            state.next = next;
            self.schedule(next, Event::FaultStarted { fault });
        }
    }

    /// A restart begins: the gateway loses its queue, fetches, table, sessions and all other state in memory.
    fn gateway_went_down(&mut self, gateway: GatewayId) {
        self.gateways[gateway].go_down();
        self.trace(|_| Detail::GatewayDown { gateway });
        self.lose_jobs(gateway);
        self.lose_fetches(gateway);
        self.lose_list(gateway);
        self.lose_stream(gateway);
        self.forget_refusals(gateway);
        for peer in self.peers.all() {
            let state = &self.peers[peer];
            if state.gateway() != gateway || !(state.is_installed() || state.in_session()) {
                continue;
            }
            self.keep(peer);
            if self.peers[peer].is_installed() {
                self.peers[peer].save(self.scenario.strategy.persists);
                self.remove_record(peer, Removal::Restart);
            }
            if self.peers[peer].in_session() {
                self.session_died(peer);
            }
            self.let_go(peer);
        }
    }

    /// A restart ends. A table that persisted is loaded before the gateway is up.
    fn gateway_came_up(&mut self, gateway: GatewayId) {
        if !self.gateways[gateway].come_up() {
            return;
        }
        let saved =
            self.peers.all().filter(|&peer| self.peers[peer].gateway() == gateway && self.peers[peer].is_saved());
        let saved = saved.count() as u64;
        if saved == 0 {
            return self.gateway_is_up(gateway);
        }
        let epoch = self.gateways[gateway].load();
        let reload = self.scenario.gateways.reload_per_peer.times(saved);
        self.trace(|world| Detail::GatewayLoading { gateway, records: saved, until: world.now + reload });
        self.schedule(self.now + reload, Event::TableReloaded { gateway, epoch });
    }

    pub(crate) fn table_reloaded(&mut self, gateway: GatewayId, epoch: Epoch) {
        if !self.gateways[gateway].is_in(epoch) {
            return;
        }
        for peer in self.peers.all() {
            if self.peers[peer].gateway() == gateway
                && let Some(version) = self.peers[peer].reload()
            {
                self.install_record(peer, version, self.gateways.arrived(peer));
            }
        }
        self.gateways[gateway].loaded();
        self.gateway_is_up(gateway);
    }

    fn gateway_is_up(&mut self, gateway: GatewayId) {
        self.observe(Observation::GatewayBack { gateway });
        self.deliver_held(gateway);
        self.watch_after_restart(gateway);
    }

    /// The network between the API and a gateway is cut until `end`.
    fn cut_started(&mut self, gateway: GatewayId, end: Time) {
        let now = self.now;
        let cut = &mut self.faults.outages[gateway].cut;
        let first = cut.window == CutNumber::NONE || cut.until < now;
        cut.until = if first { end } else { cut.until.max(end) };
        if first {
            cut.window = cut.window.next();
        }
        let window = cut.window;
        if first && let Some(keepalive) = self.watch().and_then(|watch| watch.keepalive) {
            self.schedule(now + keepalive, Event::KeepaliveOver { gateway, window });
        }
        if self.watch().is_some() {
            self.schedule(end, Event::CutEnded { gateway });
        }
    }

    /// Whether a cut of the network of `gateway` begins at this very instant. It continues a cut that ends now.
    fn cut_begins(&self, gateway: GatewayId) -> bool {
        let count = self.scenario.gateways.count;
        self.scenario.faults.iter().zip(&self.faults.states).any(|(fault, state)| {
            fault.target == Target::Http
                && state.next == self.now
                && fault.gateways.contains(gateway.get().into(), count)
        })
    }

    pub(crate) fn cut_ended(&mut self, gateway: GatewayId) {
        if !self.http_is_cut(gateway) {
            self.release_held(gateway);
        }
    }
}
