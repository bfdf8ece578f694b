//! The API: workers behind one first-come-first-served queue, and the state that the workers commit.
//!
//! Creates, fetches and lists need a worker. Updates and revocations take effect at their own time, without service.
//!
//! Reaches: client (`arm_create_timeout`, `reply_to_create`), gateway (`install_record`), peer (`commit`,
//! `note_commit`, `revoke`), pull (`answer_fetch`, `fetch_gateway`, `fetch_has_gone`, `fetch_number`, `fetch_service`,
//! `reply_to_fetch`), push (`invalidate`, `publish`, `start_refresh_of_existing`), reconcile (`answer_list`,
//! `list_gateway`, `list_has_gone`, `list_service`, `note_difference`, `peer_added`, `peer_removed`, `reply_to_list`),
//! watch (`answer_ask`, `ask_gateway`, `ask_has_gone`, `ask_kind`, `ask_service`, `close_streams`, `end_ask`,
//! `reply_to_ask`, `watch_change`).

use std::collections::VecDeque;

use crate::model::detail::Detail;
use crate::model::event::{Event, Reply, WatchAnswer};
use crate::model::id::{AskSlot, FetchSlot, GatewayId, ListSlot, PeerId, PeerSlot, RequestSlot, Slots, Version};
use crate::model::observation::{Observation, PeerView};
use crate::model::peer::{Peer, Phase};
use crate::model::scenario::{self, Inflight};
use crate::model::variant::WorldVariant;
use crate::model::words::RequestKind;
use crate::model::world::World;
use des::Time;

/// The API's queue and workers.
#[derive(Default)]
pub(crate) struct ApiActor {
    /// Faults in force.
    down: u32,
    /// Requests on their way, waiting and in service.
    requests: Slots<RequestSlot, ApiRequest>,
    queue: VecDeque<RequestSlot>,
    busy: u32,
}

impl ApiActor {
    /// The peer of a client's create; none: the request is a gateway's.
    pub(crate) fn peer(&self, request: RequestSlot) -> Option<PeerSlot> {
        match self.requests[request].caller {
            Caller::Client { peer } => Some(peer),
            Caller::Fetch { .. } | Caller::List { .. } | Caller::Watch { .. } => None,
        }
    }

    /// Takes a request, puts it into the queue, or turns it away. `faults`: whether faults of the API are possible.
    #[inline(always)]
    fn admit(&mut self, request: RequestSlot, limits: &scenario::Api, faults: bool) -> Admission {
        if faults && self.down > 0 {
            Admission::Refused
        } else if self.busy < limits.workers {
            Admission::Served
        } else if self.queue.len() >= limits.queue_limit as usize {
            Admission::Rejected
        } else {
            self.queue.push_back(request);
            Admission::Queued
        }
    }

    /// A fault of the API ends.
    pub(crate) fn come_up(&mut self) {
        self.down -= 1;
    }

    /// Requests waiting and in service.
    #[inline(always)]
    fn load(&self) -> (u32, u32) {
        (u32::try_from(self.queue.len()).expect("bounded by queue_limit"), self.busy)
    }
}

/// What happens to a request that reaches the API.
enum Admission {
    /// The API is down.
    Refused,
    /// A worker is free.
    Served,
    /// The queue is full.
    Rejected,
    /// The request waits in the queue.
    Queued,
}

/// Who asks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Caller {
    Client { peer: PeerSlot },
    Fetch { fetch: FetchSlot },
    List { list: ListSlot },
    Watch { ask: AskSlot },
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum RequestState {
    /// On its way or waiting.
    Pending,
    InService,
    Lost,
    Over,
}

/// A request to the API.
#[derive(Clone, Debug)]
struct ApiRequest {
    caller: Caller,
    /// Which sending of it.
    nth: u8,
    /// Kept up to date only if the API may go down.
    state: RequestState,
    /// When the caller stops waiting.
    deadline: Time,
    /// When it arrived.
    arrived: Time,
}

impl<S: WorldVariant> World<'_, S> {
    /// A client's create is on its way.
    #[inline(always)]
    pub(crate) fn request_create(&mut self, peer: PeerSlot, nth: u8, at: Time, deadline: Time) {
        self.keep(peer);
        self.send_request(Caller::Client { peer }, nth, at, deadline);
    }

    /// A request is on its way and arrives at `at`; its caller waits until `deadline`.
    #[inline(always)]
    pub(crate) fn send_request(&mut self, caller: Caller, nth: u8, at: Time, deadline: Time) {
        let state = RequestState::Pending;
        let request = self.api.requests.insert(ApiRequest { caller, nth, state, deadline, arrived: at });
        self.schedule(at, Event::RequestArrived { request });
    }

    #[inline(always)]
    pub(crate) fn request_arrived(&mut self, request: RequestSlot) {
        let (peer, kind) = self.describe(self.api.requests[request].caller);
        self.observe(Observation::RequestArrived { peer, kind });
        match self.api.admit(request, &self.scenario.api, S::MORE) {
            Admission::Refused => {
                self.observe(Observation::RequestRefused { peer });
                self.turn_away(request);
            }
            Admission::Served => self.serve(request),
            Admission::Rejected => {
                self.observe(Observation::RequestRejected { peer });
                self.turn_away(request);
            }
            Admission::Queued => {
                self.trace(|world| {
                    let (peer, gateway) = world.concerns(request);
                    Detail::RequestQueued { peer, gateway, request, position: world.api.load().0 }
                });
                self.arm_caller(request);
                self.report_load();
            }
        }
    }

    /// The peer's number and the kind of a request.
    #[inline(always)]
    fn describe(&self, caller: Caller) -> (PeerId, RequestKind) {
        match caller {
            Caller::Client { peer } => (self.peers[peer].id(), RequestKind::Create),
            Caller::Fetch { fetch } => (self.fetch_number(fetch), RequestKind::Fetch),
            Caller::List { .. } => (PeerId::NOBODY, RequestKind::List),
            Caller::Watch { ask } => (PeerId::NOBODY, self.ask_kind(ask)),
        }
    }

    /// The peer's number and the gateway that a request is about.
    fn concerns(&self, request: RequestSlot) -> (PeerId, GatewayId) {
        let caller = self.api.requests[request].caller;
        let gateway = match caller {
            Caller::Client { peer } => self.peers[peer].gateway(),
            Caller::Fetch { fetch } => self.fetch_gateway(fetch),
            Caller::List { list } => self.list_gateway(list),
            Caller::Watch { ask } => self.ask_gateway(ask),
        };
        (self.describe(caller).0, gateway)
    }

    /// Schedules the timeout of a client whose reply may come too late. Other callers always have a timeout scheduled.
    fn arm_caller(&mut self, request: RequestSlot) {
        let ApiRequest { caller, nth, .. } = self.api.requests[request];
        if let Caller::Client { peer } = caller {
            self.arm_create_timeout(peer, nth);
        }
    }

    fn turn_away(&mut self, request: RequestSlot) {
        self.send_error(request);
        self.end_request(request, self.api.requests[request].caller);
    }

    /// An error travels back to the caller.
    fn send_error(&mut self, request: RequestSlot) {
        let ApiRequest { caller, nth, .. } = self.api.requests[request];
        match caller {
            Caller::Client { peer } => self.reply_to_create(peer, nth, true),
            Caller::Fetch { fetch } => self.reply_to_fetch(fetch, nth, Reply::Error),
            Caller::List { list } => self.reply_to_list(list, nth, true),
            Caller::Watch { ask } => {
                self.reply_to_ask(ask, WatchAnswer::Error);
            }
        }
    }

    #[inline(always)]
    fn serve(&mut self, request: RequestSlot) {
        let ApiRequest { caller, nth, arrived, deadline, .. } = self.api.requests[request];
        let api = &self.scenario.api;
        let service = match caller {
            Caller::Client { peer } => {
                self.draws.create_service.duration(self.peers[peer].id(), nth.into(), &api.create_service)
            }
            Caller::Fetch { fetch } => self.fetch_service(fetch, nth),
            Caller::List { list } => self.list_service(list, nth),
            Caller::Watch { ask } => self.ask_service(ask),
        };
        if S::MORE {
            self.api.requests[request].state = RequestState::InService;
        }
        self.api.busy += 1;
        let (peer, kind) = self.describe(caller);
        let waited = self.now - arrived;
        self.observe(Observation::ServiceStarted { peer, waited });
        self.trace(|world| {
            let gateway = world.concerns(request).1;
            Detail::RequestTaken { peer, gateway, request, kind }
        });
        self.report_load();
        let end = self.now + service;
        if end >= deadline {
            self.arm_caller(request);
        }
        self.schedule(end, Event::RequestServed { request });
    }

    #[inline(always)]
    pub(crate) fn request_served(&mut self, request: RequestSlot) {
        let ApiRequest { caller, nth, state, deadline, .. } = self.api.requests[request];
        if S::MORE && state == RequestState::Lost {
            return self.end_request(request, caller);
        }
        let (peer, kind) = self.describe(caller);
        let gone = match caller {
            Caller::Client { .. } => false,
            Caller::Fetch { fetch } => self.fetch_has_gone(fetch),
            Caller::List { list } => self.list_has_gone(list),
            Caller::Watch { ask } => self.ask_has_gone(ask),
        };
        self.observe(Observation::ServiceEnded { peer, kind, wasted: gone || self.now >= deadline });
        self.trace(|world| Detail::RequestServed { peer, gateway: world.concerns(request).1, request });
        match caller {
            Caller::Client { peer } => self.commit_create(peer, nth),
            Caller::Fetch { fetch } => self.answer_fetch(fetch, nth),
            Caller::List { list } => self.answer_list(list, nth),
            Caller::Watch { ask } => self.answer_ask(ask),
        }
        self.api.busy -= 1;
        self.end_request(request, caller);
        match self.api.queue.pop_front() {
            Some(next) => self.serve(next),
            None => self.report_load(),
        }
    }

    #[inline(always)]
    fn end_request(&mut self, request: RequestSlot, caller: Caller) {
        if S::MORE {
            self.api.requests[request].state = RequestState::Over;
        }
        match caller {
            Caller::Client { peer } => self.let_go(peer),
            Caller::Fetch { fetch } => self.let_go(fetch),
            Caller::List { list } => self.let_go(list),
            Caller::Watch { ask } => {
                self.end_ask(ask);
            }
        }
        self.api.requests.remove(request);
    }

    #[inline(always)]
    fn report_load(&mut self) {
        let (waiting, busy) = self.api.load();
        self.observe(Observation::ApiLoadChanged { waiting, busy });
    }

    /// The API goes down: what is queued or in service is lost. Its callers will time out, or are cut off at once.
    pub(crate) fn api_went_down(&mut self, inflight: Inflight) {
        self.api.down += 1;
        self.close_streams();
        let queued = std::mem::take(&mut self.api.queue);
        for request in self.api.requests.all() {
            if self.api.requests[request].state == RequestState::InService {
                self.api.requests[request].state = RequestState::Lost;
                self.trace_lost(request);
                match inflight {
                    Inflight::Lost => self.arm_caller(request),
                    Inflight::Reset => self.send_error(request),
                }
            }
        }
        for request in queued {
            self.trace_lost(request);
            if inflight == Inflight::Reset {
                self.send_error(request);
            }
            self.end_request(request, self.api.requests[request].caller);
        }
        self.api.busy = 0;
        self.report_load();
    }

    fn trace_lost(&mut self, request: RequestSlot) {
        self.trace(|world| {
            let (peer, gateway) = world.concerns(request);
            Detail::RequestLost { peer, gateway, request }
        });
    }

    // State.

    /// A create takes effect; a repeated one repeats the push.
    #[inline(always)]
    fn commit_create(&mut self, peer: PeerSlot, nth: u8) {
        if !self.peers[peer].is_created() {
            self.commit_version(peer, false);
            self.schedule_changes(peer);
        }
        if self.waits_for_acknowledgement() {
            self.arm_create_timeout(peer, nth);
            self.publish(peer, Some(nth));
        } else {
            self.publish(peer, None);
            self.reply_to_create(peer, nth, false);
        }
    }

    /// Raises a peer's version by one; a revocation is a version too.
    #[inline(always)]
    fn commit_version(&mut self, peer: PeerSlot, revocation: bool) {
        let now = self.now;
        if S::MORE {
            self.peers.note_commit(peer, now);
        }
        if revocation {
            self.change(peer, |state| state.revoke(now));
        } else {
            self.change(peer, |state| state.commit(now));
        }
        let (id, gateway) = self.peers[peer].names();
        let version = self.peers[peer].version();
        self.observe(Observation::VersionCommitted { peer: id, version });
        if S::MORE && version == Version::FIRST {
            self.lists.peer_added(gateway);
        }
        self.note_difference(peer);
        self.watch_change(peer);
    }

    /// Schedules the first update and the revocation of a peer just created.
    #[inline(always)]
    fn schedule_changes(&mut self, peer: PeerSlot) {
        let id = self.peers[peer].id();
        self.schedule_update(peer);
        if let Some(distribution) = self.revoke_after() {
            let at = self.now + self.draws.revocation.duration(id, 0, distribution);
            self.schedule(at, Event::RevocationDue { peer });
        }
    }

    #[inline(always)]
    fn schedule_update(&mut self, peer: PeerSlot) {
        if let Some(distribution) = self.update_every()
            && self.peers[peer].phase() != Phase::Gone
        {
            let (id, version) = (self.peers[peer].id(), self.peers[peer].version());
            let at = self.now + self.draws.update_gap.duration(id, version.get(), distribution);
            self.schedule(at, Event::UpdateDue { peer });
        }
    }

    pub(crate) fn update_due(&mut self, peer: PeerSlot) {
        let state = &self.peers[peer];
        if state.is_revoked() || state.phase() == Phase::Gone || self.now >= self.horizon {
            return;
        }
        self.commit_version(peer, false);
        self.publish(peer, None);
        self.invalidate(peer);
        self.schedule_update(peer);
    }

    pub(crate) fn revocation_due(&mut self, peer: PeerSlot) {
        if self.now >= self.horizon {
            return;
        }
        let (id, gateway) = self.peers[peer].names();
        let installed = self.peers[peer].is_in_table();
        self.lists.peer_removed(gateway);
        self.commit_version(peer, true);
        self.observe(Observation::PeerRevoked { peer: id, installed });
        self.publish(peer, None);
        self.invalidate(peer);
    }

    /// Whether peers that exist before the run are installed at time 0.
    fn starts_installed(&self) -> bool {
        self.scenario.strategy.persists || self.watch().is_some()
    }

    /// Devices: peers that exist at time 0 and whose clients come later, as returns.
    pub(crate) fn add_devices(&mut self) {
        let clients = &self.scenario.clients;
        for index in 0..clients.devices {
            let id = PeerId::device(index);
            let gateway = GatewayId::of(self.draws.gateway.below(id, 0, self.scenario.gateways.count));
            let peer = self.add_peer(Peer::existing(id, gateway, Phase::Away));
            self.lists.peer_added(gateway);
            self.peers.note_commit(peer, Time::ZERO);
            // The probe has not seen the peer yet: it becomes live now.
            let before = PeerView::undated(gateway, 0);
            self.observe(Observation::PeerChanged { peer: id, before, after: self.view(peer) });
            self.observe(Observation::DeviceAdded { peer: id, gateway });
            if self.starts_installed() {
                self.install_record(peer, Version::FIRST, Time::ZERO);
            }
            self.note_difference(peer);
            self.start_refresh_of_existing(peer);
            self.schedule_changes(peer);
            let first = self.draws.device_first.duration(id, 0, &clients.device_first);
            self.schedule(Time::ZERO + first, Event::ReturnDue { peer });
        }
    }

    /// Peers that exist at time 0: known to the API, with no client.
    pub(crate) fn add_existing_peers(&mut self) {
        let clients = &self.scenario.clients;
        let count = self.scenario.gateways.count;
        let homes: Vec<GatewayId> = clients.existing_gateways.of(count).collect();
        for index in 0..clients.existing {
            let gateway = homes[index as usize % homes.len()];
            let peer = self.add_peer(Peer::existing(PeerId::existing(index), gateway, Phase::Gone));
            self.lists.peer_added(gateway);
            if self.starts_installed() {
                self.install_record(peer, Version::FIRST, Time::ZERO);
            }
            self.note_difference(peer);
            self.start_refresh_of_existing(peer);
            self.forget_if_over(peer);
        }
    }
}
