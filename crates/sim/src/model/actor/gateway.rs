//! Gateways: who is in the table, what happens to an initiation, and the serial installer.
//!
//! Reaches: client (`cookie_arrives`, `exchange_failed`, `packet`, `respond`), evict (`begins`, `evict_if_idle`),
//! expire (`arm_expiry`), peer (`begin_job`, `install`, `remove`, `set_evicting`, `take_effect`), pull
//! (`fetch_installed`, `fetch_job_lost`, `pull_for`, `revalidate`), push (`push_installed`, `push_job_lost`), reconcile
//! (`note_difference`, `note_in_list`).

use std::collections::VecDeque;
use std::ops::{Index, IndexMut};

use crate::model::detail::Detail;
use crate::model::event::{Event, Exchange};
use crate::model::id::{ByGateway, Epoch, FetchSlot, GatewayId, PeerSlot, PublicationSlot, Version};
use crate::model::mechanism::pull::MissedInitiation;
use crate::model::observation::Observation;
use crate::model::peer::{Beside, Peer};
use crate::model::scenario::{PullAnswer, Scenario, Stale};
use crate::model::variant::WorldVariant;
use crate::model::words::{Cause, Drop, JobKind, Leg, Removal};
use crate::model::world::World;
use des::{Duration, Time};

/// One gateway: whether it is up, its installer, the size of its table.
pub(crate) struct Gateway {
    /// Restarts in force.
    down: u32,
    /// Whether it reloads its table.
    loading: bool,
    /// Restarts so far. An event of an earlier epoch has no effect.
    epoch: Epoch,
    /// Records in the table.
    table: u32,
    installer: Installer,
    handshakes: Handshakes,
}

/// The serial installer of a gateway.
#[derive(Default)]
struct Installer {
    jobs: VecDeque<Job>,
    serving: Option<Job>,
    /// When each job arrived, in their order; kept where records have a time to live.
    job_arrivals: VecDeque<Time>,
}

/// The gateways of a run.
pub(crate) struct GatewaysActor {
    all: ByGateway<Gateway>,
    /// When what each record was last installed from arrived, for its time to live.
    arrived: Beside<Time>,
    /// The greatest version of a removal that each peer's gateway has seen.
    removed: Beside<Version>,
}

impl GatewaysActor {
    /// `remembers`: whether a peer may have more than one version.
    pub(crate) fn new(scenario: &Scenario, remembers: bool) -> Self {
        let gateways = (0..scenario.gateways.count).map(|_| Gateway::new());
        let ages = scenario.strategy.pull.as_ref().is_some_and(|pull| pull.ttl.is_some());
        Self {
            all: ByGateway::new(gateways.collect()),
            arrived: Beside::new(ages, Time::ZERO),
            removed: Beside::new(remembers, Version::NONE),
        }
    }

    /// A peer begins under this slot.
    #[inline(always)]
    pub(crate) fn begin(&mut self, peer: PeerSlot) {
        self.arrived.begin(peer);
        self.removed.begin(peer);
    }

    /// When what a record was last installed from arrived.
    pub(crate) fn arrived(&self, peer: PeerSlot) -> Time {
        self.arrived.get(peer)
    }
}

impl Index<GatewayId> for GatewaysActor {
    type Output = Gateway;
    #[inline(always)]
    fn index(&self, gateway: GatewayId) -> &Gateway {
        &self.all[gateway]
    }
}

impl IndexMut<GatewayId> for GatewaysActor {
    #[inline(always)]
    fn index_mut(&mut self, gateway: GatewayId) -> &mut Gateway {
        &mut self.all[gateway]
    }
}

/// Initiations of the present second.
#[derive(Clone, Copy, Default)]
struct Handshakes {
    second: u64,
    count: u32,
}

/// A job of the installer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Job {
    /// The peer that the job concerns. The job keeps it alive.
    pub(crate) peer: PeerSlot,
    /// Whether the job removes a record; otherwise it installs one.
    pub(crate) removal: bool,
    pub(crate) origin: Origin,
}

/// Where a job comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Origin {
    /// A pushed version or removal, by sending `nth`.
    Push { publication: PublicationSlot, nth: u8 },
    /// A fetched config, or the removal of a peer that a refetch did not find.
    Fetch { fetch: FetchSlot },
    /// The removal of a record older than the version that the invalidation names.
    Invalidation { version: Version },
    /// The removal of an idle record.
    Eviction,
    /// A version that a list showed.
    List { version: Version },
    /// A version or removal that came on the gateway's stream.
    Watch { version: Version },
}

impl Origin {
    const fn kind(self) -> JobKind {
        match self {
            Self::Push { .. } => JobKind::Push,
            Self::Fetch { .. } => JobKind::Fetch,
            Self::Invalidation { .. } => JobKind::Invalidation,
            Self::Eviction => JobKind::Eviction,
            Self::List { .. } => JobKind::List,
            Self::Watch { .. } => JobKind::Watch,
        }
    }
}

impl Gateway {
    fn new() -> Self {
        Self {
            down: 0,
            loading: false,
            epoch: Epoch::new(0),
            table: 0,
            installer: Installer::default(),
            handshakes: Handshakes::default(),
        }
    }

    /// Whether packets, messages and requests reach it: it is up, and its table is loaded.
    pub(crate) fn is_up(&self) -> bool {
        self.down == 0 && !self.loading
    }

    /// A restart begins.
    pub(crate) fn go_down(&mut self) {
        self.down += 1;
        self.epoch = self.epoch.next();
        self.loading = false;
    }

    /// A restart ends. Returns whether no other restart is in force.
    pub(crate) fn come_up(&mut self) -> bool {
        self.down -= 1;
        self.down == 0
    }

    /// The gateway begins to load its table. Returns its epoch.
    pub(crate) fn load(&mut self) -> Epoch {
        self.loading = true;
        self.epoch
    }

    /// Whether it is still in this epoch.
    pub(crate) fn is_in(&self, epoch: Epoch) -> bool {
        self.epoch == epoch
    }

    /// Its table is loaded.
    pub(crate) fn loaded(&mut self) {
        self.loading = false;
    }
}

impl<S: WorldVariant> World<'_, S> {
    // Initiations.

    #[inline(always)]
    pub(crate) fn initiation_arrived(&mut self, peer: PeerSlot, exchange: Exchange, cookie: bool) {
        let state = &self.peers[peer];
        let (id, installed) = (state.id(), state.is_installed());
        if !self.is_up(state.gateway()) {
            self.observe(Observation::InitiationDropped { peer: id, reason: Drop::GatewayDown });
            return self.exchange_failed(peer, exchange, Cause::GatewayDown);
        }
        self.trace(|world| {
            let gateway = world.peers[peer].gateway();
            Detail::InitiationArrived { peer: id, gateway, nth: exchange.nth(), rekey: exchange.is_rekey() }
        });
        let gateway = self.peers[peer].gateway();
        if self.above_limit(gateway) && !cookie {
            return self.send_cookie(peer, exchange);
        }
        let missed = MissedInitiation::Peer { peer, exchange };
        if installed {
            let overdue = self.overdue(peer);
            if overdue == Some(Stale::Block) {
                return self.pull_for(missed);
            }
            self.respond(peer, exchange);
            if overdue.is_some() {
                self.revalidate(peer);
            }
        } else if self.pull().is_some() {
            self.pull_for(missed);
        } else {
            self.observe(Observation::InitiationDropped { peer: id, reason: Drop::NotInstalled });
            let cause = self.cause_without_pull(peer);
            self.exchange_failed(peer, exchange, cause);
        }
    }

    /// Counts an initiation; whether it is above the limit of its second.
    #[inline(always)]
    pub(crate) fn above_limit(&mut self, gateway: GatewayId) -> bool {
        let Some(limit) = self.handshake_limit() else { return false };
        let second = self.now.as_nanos() / Duration::from_secs(1).as_nanos();
        let handshakes = &mut self.gateways[gateway].handshakes;
        if handshakes.second != second {
            *handshakes = Handshakes { second, count: 0 };
        }
        handshakes.count += 1;
        handshakes.count > limit
    }

    /// Answers an initiation with a cookie, which the client's next ones carry.
    fn send_cookie(&mut self, peer: PeerSlot, exchange: Exchange) {
        let (id, gateway) = self.peers[peer].names();
        self.observe(Observation::InitiationDropped { peer: id, reason: Drop::HandshakeLimit });
        let cause = match self.packet(id, gateway, exchange, Leg::Cookie) {
            Some(at) => {
                self.clients.cookie_arrives(peer, at);
                Cause::HandshakeLimit
            }
            None => Cause::PathLoss,
        };
        self.exchange_failed(peer, exchange, cause);
    }

    /// How an initiation is treated whose record is past its time to live; none: the record is young enough.
    fn overdue(&self, peer: PeerSlot) -> Option<Stale> {
        if !S::MORE {
            return None;
        }
        let pull = self.pull()?;
        let age = self.now - self.gateways.arrived.get(peer);
        (age > pull.ttl?).then_some(pull.stale)
    }

    /// Why a config is missing at a gateway that does not pull.
    fn cause_without_pull(&self, peer: PeerSlot) -> Cause {
        let state = &self.peers[peer];
        if state.was_installed() {
            Cause::ConfigRemoved
        } else if state.has_push_coming() || self.watch().is_some() || self.push().is_none() {
            Cause::ConfigLate
        } else {
            Cause::ConfigLost
        }
    }

    /// Follows the install of a fetched config: the client that waits is answered.
    pub(crate) fn answer_after_fetch(&mut self, peer: PeerSlot, exchange: Exchange, answer: PullAnswer) {
        match answer {
            PullAnswer::Retry => {}
            PullAnswer::Inline => self.respond(peer, exchange),
            PullAnswer::Initiate => {
                let (id, gateway) = self.peers[peer].names();
                match self.packet(id, gateway, exchange, Leg::Invitation) {
                    Some(at) => self.schedule(at, Event::InvitationArrived { peer, exchange }),
                    None => self.exchange_failed(peer, exchange, Cause::PathLoss),
                }
            }
        }
    }

    /// The client's response to the gateway's initiation: the gateway confirms.
    pub(crate) fn acceptance_arrived(&mut self, peer: PeerSlot, exchange: Exchange) {
        let (id, gateway) = self.peers[peer].names();
        if !self.is_up(gateway) {
            return self.exchange_failed(peer, exchange, Cause::GatewayDown);
        }
        match self.packet(id, gateway, exchange, Leg::Confirmation) {
            Some(at) => self.schedule(at, Event::ConfirmationArrived { peer, exchange }),
            None => self.exchange_failed(peer, exchange, Cause::PathLoss),
        }
    }

    // The installer.

    /// Queues a job; it begins at once if the installer is idle. The job keeps its peer alive.
    #[inline(always)]
    pub(crate) fn enqueue(&mut self, gateway: GatewayId, job: Job) {
        self.keep(job.peer);
        self.trace(|world| {
            let state = &world.gateways[gateway];
            let ahead = state.installer.jobs.len() + 1 + usize::from(state.installer.serving.is_some());
            let (position, peer) = (u32::try_from(ahead).unwrap_or(u32::MAX), world.peers[job.peer].id());
            Detail::JobQueued { peer, gateway, job: job.origin.kind(), removal: job.removal, position }
        });
        let now = self.now;
        let dated = S::MORE && self.gateways.arrived.is_used();
        let state = &mut self.gateways[gateway];
        if dated {
            state.installer.job_arrivals.push_back(now);
        }
        let idle = state.installer.serving.is_none();
        if idle && state.installer.jobs.is_empty() {
            self.begin_job(gateway, job);
        } else {
            state.installer.jobs.push_back(job);
        }
        if idle {
            self.serve_jobs(gateway);
        }
    }

    /// Takes jobs from the queue until one takes time.
    #[inline(always)]
    fn serve_jobs(&mut self, gateway: GatewayId) {
        loop {
            let state = &mut self.gateways[gateway];
            if state.installer.serving.is_some() {
                return;
            }
            let Some(job) = state.installer.jobs.pop_front() else { return };
            self.begin_job(gateway, job);
        }
    }

    /// Begins a job, and finishes it where it takes no time.
    #[inline(always)]
    fn begin_job(&mut self, gateway: GatewayId, job: Job) {
        let service = self.job_service(gateway, job);
        if service == Duration::ZERO {
            return self.finish_job(gateway, job);
        }
        let state = &mut self.gateways[gateway];
        state.installer.serving = Some(job);
        let epoch = state.epoch;
        self.schedule(self.now + service, Event::JobServed { gateway, epoch });
    }

    #[inline(always)]
    fn job_service(&mut self, gateway: GatewayId, job: Job) -> Duration {
        let Job { peer, removal, .. } = job;
        let gateways = &self.scenario.gateways;
        let (id, index) = (self.peers[peer].id(), self.peers[peer].begin_job().into());
        let Gateway { installer: Installer { ref jobs, .. }, table, .. } = self.gateways[gateway];
        let waiting = u32::try_from(jobs.len()).unwrap_or(u32::MAX);
        let service = if removal {
            self.draws.remove.duration(id, index, &gateways.remove)
        } else {
            self.draws.install.duration(id, index, &gateways.install) + gateways.install_per_peer.times(table.into())
        };
        self.observe(Observation::JobStarted { peer: id, gateway, removal, waiting });
        service
    }

    pub(crate) fn job_served(&mut self, gateway: GatewayId, epoch: Epoch) {
        let state = &mut self.gateways[gateway];
        if state.epoch == epoch {
            let job = state.installer.serving.take().expect("a job is in service");
            self.finish_job(gateway, job);
            self.serve_jobs(gateway);
        }
    }

    /// A job that has been served takes effect.
    #[inline(always)]
    fn finish_job(&mut self, gateway: GatewayId, job: Job) {
        let Job { peer, removal, origin } = job;
        let id = self.peers[peer].id();
        let dated = S::MORE && self.gateways.arrived.is_used();
        let arrived = dated.then(|| self.gateways[gateway].installer.job_arrivals.pop_front()).flatten();
        let arrived = arrived.unwrap_or(self.now);
        self.observe(Observation::JobEnded { peer: id, gateway, removal });
        match origin {
            Origin::Push { publication, nth } => self.push_installed(gateway, peer, publication, nth, arrived),
            Origin::Fetch { fetch } => self.fetch_installed(fetch, arrived),
            Origin::Eviction => self.evict_if_idle(peer),
            Origin::Invalidation { version } => self.remove_older(peer, version),
            Origin::List { version } | Origin::Watch { version } if removal => self.remove_older(peer, version),
            Origin::List { version } | Origin::Watch { version } => self.install_record(peer, version, arrived),
        }
        self.let_go(peer);
    }

    /// A restart loses what was queued and in service.
    pub(crate) fn lose_jobs(&mut self, gateway: GatewayId) {
        let state = &mut self.gateways[gateway];
        state.installer.job_arrivals.clear();
        let lost: Vec<Job> = state.installer.serving.take().into_iter().chain(state.installer.jobs.drain(..)).collect();
        for Job { peer, origin, .. } in lost {
            self.trace(|world| Detail::JobLost { peer: world.peers[peer].id(), gateway });
            match origin {
                Origin::Push { publication, .. } => self.push_job_lost(gateway, peer, publication),
                Origin::Fetch { fetch } => self.fetch_job_lost(fetch),
                Origin::Eviction => self.peers[peer].set_evicting(false),
                Origin::Invalidation { .. } | Origin::List { .. } | Origin::Watch { .. } => {}
            }
            self.let_go(peer);
        }
    }

    // The table.

    /// Installs `version` of a peer, which reached the gateway at `arrived`, unless the gateway has seen a later one.
    #[inline(always)]
    pub(crate) fn install_record(&mut self, peer: PeerSlot, version: Version, arrived: Time) {
        let state = &self.peers[peer];
        let was_installed = state.is_installed();
        let is_later = was_installed && version < state.installed_version();
        if is_later || (S::MORE && version < self.gateways.removed.get(peer)) {
            return;
        }
        if S::MORE
            && let Some(clock) = self.gateways.arrived.get_mut(peer)
        {
            *clock = arrived;
        }
        self.change(peer, |state| state.install(version));
        self.trace(|world| {
            let (id, gateway) = world.peers[peer].names();
            Detail::RecordInstalled { peer: id, gateway, version }
        });
        if !was_installed {
            self.gateways[self.peers[peer].gateway()].table += 1;
            self.set_idle(peer);
        }
        self.arm_expiry(peer);
        self.propagate(peer, version);
    }

    /// Reports that every version up to `version` has taken effect that had not before.
    #[inline(always)]
    fn propagate(&mut self, peer: PeerSlot, version: Version) {
        let Some(before) = self.peers[peer].take_effect(version) else { return };
        let id = self.peers[peer].id();
        for version in version.since(before) {
            let committed = self.commit_time(peer, version);
            self.observe(Observation::VersionPropagated { peer: id, version, committed });
        }
    }

    /// A removal that carries `version`: the record goes if it is older.
    pub(crate) fn remove_older(&mut self, peer: PeerSlot, version: Version) {
        if let Some(removed) = self.gateways.removed.get_mut(peer) {
            *removed = version.max(*removed);
        }
        if self.peers[peer].is_older_than(version) {
            self.remove_record(peer, Removal::Told);
        }
    }

    /// Takes a record out of the table.
    pub(crate) fn remove_record(&mut self, peer: PeerSlot, why: Removal) {
        self.change(peer, Peer::remove);
        let (id, gateway) = self.peers[peer].names();
        self.trace(|_| Detail::RecordRemoved { peer: id, gateway, why });
        self.gateways[gateway].table -= 1;
        let state = &self.peers[peer];
        if state.is_revoked() && !state.is_saved() {
            // A revocation has propagated when the record is removed. A table that is saved for a restart removes nothing.
            let version = state.version_to_remove();
            self.propagate(peer, version);
        }
        self.note_difference(peer);
        self.note_in_list(peer);
    }

    /// A session of the peer has ended, or its record is new: it is idle from now on.
    #[inline(always)]
    pub(crate) fn set_idle(&mut self, peer: PeerSlot) {
        self.idleness.begins(peer, self.peers[peer].gateway(), self.now);
    }
}
