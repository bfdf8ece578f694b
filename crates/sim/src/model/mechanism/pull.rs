//! Pull: an initiation from a peer that is not installed makes the gateway fetch its config.
//!
//! A peer has one fetch at a time, which later initiations join. A new fetch must pass the negative entries and the token
//! bucket. If concurrency is limited, it waits for a slot and keeps the slot until it is answered or has failed.
//!
//! Reaches: api (`send_request`), bus (`send_message`), client (`arm`, `exchange_failed`, `set_cause`), expire
//! (`note_heard`), fault (`http_is_cut`), gateway (`answer_after_fetch`, `enqueue`, `install_record`, `remove_older`),
//! push (`trace_request`), stranger (`all`, `asking`, `gateway`, `id`).

use std::collections::VecDeque;

use des::{Draws, Duration, Time};

use super::push::{lost_by, setup_round_trips};
use super::replica;
use crate::model::actor::api::Caller;
use crate::model::actor::bus::MessageDraws;
use crate::model::actor::gateway::{Job, Origin};
use crate::model::detail::Detail;
use crate::model::event::{Event, Exchange, Reply};
use crate::model::id::{ByGateway, FetchSlot, GatewayId, PeerId, PeerSlot, Slots, StrangerSlot, Version};
use crate::model::mechanism::MechanismTraits;
use crate::model::observation::{Observation, Probe};
use crate::model::peer::Beside;
use crate::model::scenario::{FetchSource, Pull, PullAnswer, PullTransport, RateLimit, Scenario, Stale};
use crate::model::variant::WorldVariant;
use crate::model::words::{Cause, Drop, FetchEnd, Loss, MessageKind, Unanswered};
use crate::model::world::{Kept, World};

/// What the other parts of the program ask of it.
pub(crate) const TRAITS: MechanismTraits =
    MechanismTraits { installs: true, persists: false, lists: false, drops: false, shown_keys: &["answer"] };

/// An initiation that the gateway cannot answer from its table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum MissedInitiation {
    Peer { peer: PeerSlot, exchange: Exchange },
    Stranger { stranger: StrangerSlot },
}

/// For whom a fetch is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum FetchSubject {
    Peer(PeerSlot),
    Stranger(StrangerSlot),
}

/// A fetch, from the initiation that started it to the install.
#[derive(Clone, Debug)]
struct Fetch {
    subject: FetchSubject,
    gateway: GatewayId,
    /// Which of its subject's fetches: the name of its draws.
    number: u16,
    /// The latest initiation that waits for it; none: no initiation waits.
    waiting: Option<Exchange>,
    /// The first initiation of an attempt, or the latest of a rekey, that waits for it.
    decisive: Option<Exchange>,
    /// How the waiting client is answered.
    answer: PullAnswer,
    /// Requests sent, less one.
    nth: u8,
    /// References: events, requests and jobs.
    refs: u32,
    state: FetchState,
    /// The version that was read; of a revoked peer, that of its revocation.
    version: Version,
    /// Whether it found its peer revoked or unknown.
    gone: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum FetchState {
    /// Waiting for a slot.
    Queued,
    /// Identifying, asking, or backing off.
    Asking,
    /// The answer waits for the installer.
    Installing,
    Over,
}

impl Fetch {
    /// The peer that it is for.
    fn peer(&self) -> PeerSlot {
        match self.subject {
            FetchSubject::Peer(peer) => peer,
            FetchSubject::Stranger(_) => unreachable!("nothing is installed for a stranger"),
        }
    }
}

/// What a gateway does about a peer or a stranger.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asking {
    /// Fetches so far.
    fetches: u16,
    /// The fetch under way.
    fetch: FetchSlot,
    /// End of its negative entry.
    negative_until: Time,
}

impl Asking {
    pub(crate) const NEW: Self = Self { fetches: 0, fetch: FetchSlot::NONE, negative_until: Time::ZERO };
}

/// A gateway's limits: slots for fetches at once, and a token bucket.
struct Gate {
    /// Fetches that hold a slot.
    taken: u32,
    /// Fetches that wait for one.
    queue: VecDeque<FetchSlot>,
    bucket: TokenBucket,
}

/// The fetches of a run; empty where the strategy does not pull.
pub(crate) struct Pulls {
    fetches: Slots<FetchSlot, Fetch>,
    askings: Beside<Asking>,
    gates: ByGateway<Gate>,
}

impl Pulls {
    pub(crate) fn new(scenario: &Scenario) -> Self {
        let gates = scenario.strategy.pull.iter().flat_map(|pull| {
            let gate = || Gate { taken: 0, queue: VecDeque::new(), bucket: TokenBucket::new(pull.rate_limit) };
            std::iter::repeat_with(gate).take(scenario.gateways.count as usize)
        });
        Self {
            fetches: Slots::default(),
            askings: Beside::new(scenario.strategy.pull.is_some(), Asking::NEW),
            gates: ByGateway::new(gates.collect()),
        }
    }

    /// A peer begins under this slot.
    #[inline(always)]
    pub(crate) fn begin(&mut self, peer: PeerSlot) {
        self.askings.begin(peer);
    }

    /// Whether a fetch of a peer is under way.
    #[inline(always)]
    pub(crate) fn is_fetching(&self, peer: PeerSlot) -> bool {
        self.askings.get(peer).fetch != FetchSlot::NONE
    }
}

/// A token bucket that fills continuously.
#[derive(Clone, Debug)]
struct TokenBucket {
    limit: Option<RateLimit>,
    tokens: f64,
    filled_at: Time,
}

impl TokenBucket {
    fn new(limit: Option<RateLimit>) -> Self {
        Self { limit, tokens: limit.map_or(0.0, |limit| limit.burst.into()), filled_at: Time::ZERO }
    }

    /// Takes a token if there is one.
    fn take(&mut self, now: Time) -> bool {
        let Some(limit) = self.limit else { return true };
        let filled = self.tokens + (now - self.filled_at).as_secs_f64() * limit.rate;
        self.tokens = filled.min(limit.burst.into());
        self.filled_at = now;
        // Tokens are a sum of rounded fractions, so a whole token may lack the last bit.
        let whole = self.tokens >= 1.0 - 1e-9;
        if whole {
            self.tokens -= 1.0;
        }
        whole
    }
}

/// The draws of a fetch. Strangers have draws of their own.
struct FetchDraws {
    identify: Draws,
    loss: Draws,
    burst: Draws,
    delay: Draws,
    service: Draws,
    backoff: Draws,
    replica: Draws,
    instance: u32,
    /// Index of its first sending; the others follow at a distance of 8.
    index: u32,
}

impl Kept for FetchSlot {
    fn keep<S: WorldVariant>(self, world: &mut World<'_, S>) {
        world.pulls.fetches[self].refs += 1;
    }

    fn let_go<S: WorldVariant>(self, world: &mut World<'_, S>) {
        let state = &mut world.pulls.fetches[self];
        state.refs -= 1;
        if state.refs == 0 {
            let subject = state.subject;
            world.pulls.fetches.remove(self);
            match subject {
                FetchSubject::Peer(peer) => world.let_go(peer),
                FetchSubject::Stranger(stranger) => world.let_go(stranger),
            }
        }
    }
}

impl<'a, S: WorldVariant> World<'a, S> {
    fn fetching(&self) -> &'a Pull {
        self.pull().expect("a fetch is pulled")
    }

    /// An initiation needs a fetch: it joins one, is dropped, or starts one.
    pub(crate) fn pull_for(&mut self, missed: MissedInitiation) {
        match missed {
            MissedInitiation::Peer { peer, exchange } => {
                let stale = self.peers[peer].is_installed();
                let answer = if stale && self.fetching().stale == Stale::Block {
                    PullAnswer::Inline
                } else {
                    self.fetching().answer
                };
                self.arm(peer);
                if let Some(reason) = self.fetch_for_peer(peer, Some(exchange), answer) {
                    let id = self.peers[peer].id();
                    self.observe(Observation::InitiationDropped { peer: id, reason });
                    self.exchange_failed(peer, exchange, Cause::PullFailed);
                }
            }
            MissedInitiation::Stranger { stranger } => self.fetch_for_stranger(stranger),
        }
    }

    /// A record past its time to live was used for a response. It is fetched again; no initiation waits for this fetch.
    pub(crate) fn revalidate(&mut self, peer: PeerSlot) {
        let answer = self.fetching().answer;
        if let Some(reason) = self.fetch_for_peer(peer, None, answer) {
            let id = self.peers[peer].id();
            self.observe(Observation::InitiationDropped { peer: id, reason });
        }
    }

    /// Joins or starts a fetch for a peer. Returns the reason if it may not start.
    fn fetch_for_peer(&mut self, peer: PeerSlot, waiting: Option<Exchange>, answer: PullAnswer) -> Option<Drop> {
        let (id, gateway) = self.peers[peer].names();
        let Asking { fetch, fetches, negative_until } = self.pulls.askings.get(peer);
        let decisive = waiting.filter(|exchange| exchange.nth() == 0 || exchange.is_rekey());
        if fetch != FetchSlot::NONE {
            self.observe(Observation::FetchJoined { peer: id });
            let state = &mut self.pulls.fetches[fetch];
            state.waiting = waiting.or(state.waiting);
            state.decisive = decisive.or(state.decisive);
            return None;
        }
        if let Some(reason) = self.may_fetch(gateway, negative_until) {
            return Some(reason);
        }
        self.keep(peer);
        let fetch = self.new_fetch(FetchSubject::Peer(peer), gateway, fetches);
        let asking = self.pulls.askings.get_mut(peer).expect("the strategy pulls");
        asking.fetches = fetches.wrapping_add(1);
        asking.fetch = fetch;
        let state = &mut self.pulls.fetches[fetch];
        state.waiting = waiting;
        state.decisive = decisive;
        state.answer = answer;
        self.start_or_queue(fetch);
        None
    }

    fn fetch_for_stranger(&mut self, stranger: StrangerSlot) {
        let gateway = self.strangers.gateway(stranger);
        let Asking { fetch, fetches, negative_until } = *self.strangers.asking(stranger);
        if fetch != FetchSlot::NONE {
            return self.observe(Observation::FetchJoined { peer: PeerId::NOBODY });
        }
        if let Some(reason) = self.may_fetch(gateway, negative_until) {
            return self.observe(Observation::InitiationDropped { peer: PeerId::NOBODY, reason });
        }
        self.keep(stranger);
        let fetch = self.new_fetch(FetchSubject::Stranger(stranger), gateway, fetches);
        let asking = self.strangers.asking(stranger);
        asking.fetches = fetches.wrapping_add(1);
        asking.fetch = fetch;
        self.start_or_queue(fetch);
    }

    /// Why a new fetch may not start now; none: it may, and has taken its token.
    fn may_fetch(&mut self, gateway: GatewayId, negative_until: Time) -> Option<Drop> {
        if self.now < negative_until {
            return Some(Drop::Negative);
        }
        let now = self.now;
        (!self.pulls.gates[gateway].bucket.take(now)).then_some(Drop::RateLimited)
    }

    fn new_fetch(&mut self, subject: FetchSubject, gateway: GatewayId, number: u16) -> FetchSlot {
        let answer = self.fetching().answer;
        self.pulls.fetches.insert(Fetch {
            subject,
            gateway,
            number,
            waiting: None,
            decisive: None,
            answer,
            nth: 0,
            refs: 1,
            state: FetchState::Queued,
            version: Version::NONE,
            gone: false,
        })
    }

    fn start_or_queue(&mut self, fetch: FetchSlot) {
        let gateway = self.pulls.fetches[fetch].gateway;
        let peer = self.fetch_number(fetch);
        self.observe(Observation::FetchStarted { peer, gateway });
        let concurrency = self.fetching().concurrency;
        let gate = &mut self.pulls.gates[gateway];
        if concurrency != 0 && gate.taken >= concurrency {
            gate.queue.push_back(fetch);
            let position = u32::try_from(gate.queue.len()).unwrap_or(u32::MAX);
            self.trace(|_| Detail::FetchQueued { peer, gateway, position });
        } else {
            self.start_fetch(fetch);
        }
    }

    /// A fetch gets its slot: the initiator is identified first.
    fn start_fetch(&mut self, fetch: FetchSlot) {
        self.trace(|world| Detail::FetchTaken { peer: world.fetch_number(fetch), gateway: world.fetch_gateway(fetch) });
        self.pulls.fetches[fetch].state = FetchState::Asking;
        self.pulls.gates[self.pulls.fetches[fetch].gateway].taken += 1;
        let draws = self.fetch_draws(fetch);
        let identify = draws.identify.duration(draws.instance, draws.index, &self.fetching().identify);
        if identify == Duration::ZERO {
            self.begin_asking(fetch);
        } else {
            self.schedule(self.now + identify, Event::FetchIdentified { fetch });
        }
    }

    /// The number of the peer that a fetch is for; [`PeerId::NOBODY`] for a stranger's.
    pub(crate) fn fetch_number(&self, fetch: FetchSlot) -> PeerId {
        match self.pulls.fetches[fetch].subject {
            FetchSubject::Peer(peer) => self.peers[peer].id(),
            FetchSubject::Stranger(_) => PeerId::NOBODY,
        }
    }

    /// The gateway that fetches.
    pub(crate) fn fetch_gateway(&self, fetch: FetchSlot) -> GatewayId {
        self.pulls.fetches[fetch].gateway
    }

    fn fetch_draws(&self, fetch: FetchSlot) -> FetchDraws {
        let draws = &self.draws;
        let Fetch { subject, number, .. } = self.pulls.fetches[fetch];
        let index = u32::from(number) << 16;
        match subject {
            FetchSubject::Peer(peer) => FetchDraws {
                identify: draws.identify.by_number(),
                loss: draws.fetch_loss.by_number(),
                burst: draws.fetch_burst.by_number(),
                delay: draws.fetch_delay.by_number(),
                service: draws.fetch_service.by_number(),
                backoff: draws.fetch_backoff.by_number(),
                replica: draws.replica_service.by_number(),
                instance: self.peers[peer].id().get(),
                index,
            },
            FetchSubject::Stranger(stranger) => FetchDraws {
                identify: draws.stranger_identify.by_number(),
                loss: draws.stranger_fetch_loss.by_number(),
                burst: draws.stranger_fetch_burst.by_number(),
                delay: draws.stranger_fetch_delay.by_number(),
                service: draws.stranger_fetch_service.by_number(),
                backoff: draws.stranger_fetch_backoff.by_number(),
                replica: draws.stranger_replica_service.by_number(),
                instance: self.strangers.id(stranger).get(),
                index,
            },
        }
    }

    // Asking.

    pub(crate) fn fetch_identified(&mut self, fetch: FetchSlot) {
        if self.pulls.fetches[fetch].state == FetchState::Asking {
            self.begin_asking(fetch);
        }
    }

    /// Asks the source that the strategy reads first.
    fn begin_asking(&mut self, fetch: FetchSlot) {
        match self.fetching().source {
            FetchSource::Primary => self.ask(fetch),
            FetchSource::Replica { .. } => {
                let draws = self.fetch_draws(fetch);
                let service = draws.replica.duration(draws.instance, draws.index, &self.scenario.replica.service);
                self.schedule(self.now + service, Event::ReplicaServed { fetch });
            }
        }
    }

    /// The replica has been read. A peer that it does not know is asked of the API where the strategy says so.
    pub(crate) fn replica_served(&mut self, fetch: FetchSlot) {
        let Fetch { subject, gateway, state, .. } = self.pulls.fetches[fetch];
        if state != FetchState::Asking {
            return;
        }
        let known = match subject {
            FetchSubject::Peer(peer) => self
                .peers
                .state_at(peer, replica::shown(gateway, self.now, &self.scenario.replica, &self.draws))
                .map(|(version, revoked)| (peer, version, revoked)),
            FetchSubject::Stranger(_) => None,
        };
        self.trace(|world| {
            let version = known.map(|(_, version, _)| version);
            Detail::ReplicaRead { peer: world.fetch_number(fetch), gateway, version }
        });
        match known {
            None if self.fetching().source == (FetchSource::Replica { fallback: true }) => self.ask(fetch),
            None => self.not_found(fetch),
            Some((peer, version, revoked)) => {
                self.pulls.fetches[fetch].version = version;
                if revoked { self.not_found(fetch) } else { self.found(fetch, peer) }
            }
        }
    }

    /// Sends request `nth` of a fetch to the API.
    fn ask(&mut self, fetch: FetchSlot) {
        let Fetch { gateway, nth, .. } = self.pulls.fetches[fetch];
        let deadline = self.now + self.fetching().timeout;
        self.schedule(deadline, Event::FetchTimedOut { fetch, nth });
        let draws = self.fetch_draws(fetch);
        let index = draws.index + u32::from(nth) * 8;
        let arrival = match self.fetching().transport {
            PullTransport::Http => {
                let http = &self.scenario.http;
                let delay = draws.delay.duration(draws.instance, index, &http.delay);
                let cut = self.http_is_cut(gateway);
                let lost = draws.loss.happens(draws.instance, index, http.failure) || cut;
                let at = self.now + delay + setup_round_trips(http.setup_rtts, delay);
                let fate = if lost { Err(lost_by(cut)) } else { Ok(at) };
                self.trace_fetch(fetch, MessageKind::FetchRequest, fate);
                fate.ok()
            }
            PullTransport::Bus => {
                let peer = self.fetch_number(fetch);
                self.send_message(gateway, peer, MessageKind::FetchRequest, false, draws.message(index))
            }
        };
        if let Some(at) = arrival {
            self.keep(fetch);
            self.send_request(Caller::Fetch { fetch }, nth, at, deadline);
        }
    }

    /// The API's service of request `nth` of a fetch.
    pub(crate) fn fetch_service(&self, fetch: FetchSlot, nth: u8) -> Duration {
        let draws = self.fetch_draws(fetch);
        draws.service.duration(draws.instance, draws.index + u32::from(nth) * 8, &self.scenario.api.fetch_service)
    }

    /// Whether no request of a fetch is awaited any more.
    pub(crate) fn fetch_has_gone(&self, fetch: FetchSlot) -> bool {
        self.pulls.fetches[fetch].state != FetchState::Asking
    }

    /// The API has read a peer's state for request `nth`.
    pub(crate) fn answer_fetch(&mut self, fetch: FetchSlot, nth: u8) {
        let reply = match self.pulls.fetches[fetch].subject {
            FetchSubject::Peer(peer) => {
                let state = &self.peers[peer];
                let (version, revoked) = (state.version(), state.is_revoked());
                if self.pulls.fetches[fetch].nth == nth && self.pulls.fetches[fetch].state == FetchState::Asking {
                    self.pulls.fetches[fetch].version = version;
                }
                if version == Version::NONE || revoked { Reply::NotFound } else { Reply::Found }
            }
            FetchSubject::Stranger(_) => Reply::NotFound,
        };
        self.reply_to_fetch(fetch, nth, reply);
    }

    /// Sends a reply to request `nth` back to the gateway.
    pub(crate) fn reply_to_fetch(&mut self, fetch: FetchSlot, nth: u8, reply: Reply) {
        let draws = self.fetch_draws(fetch);
        let index = draws.index + u32::from(nth) * 8 + 1;
        let (arrival, counted) = match self.fetching().transport {
            PullTransport::Http => {
                let at = self.now + draws.delay.duration(draws.instance, index, &self.scenario.http.delay);
                let fate = if self.http_is_cut(self.pulls.fetches[fetch].gateway) { Err(Loss::Fault) } else { Ok(at) };
                self.trace_fetch(fetch, MessageKind::FetchReply, fate);
                (fate.ok(), None)
            }
            PullTransport::Bus => {
                let (gateway, peer) = (self.pulls.fetches[fetch].gateway, self.fetch_number(fetch));
                let sent = self.send_message(gateway, peer, MessageKind::FetchReply, false, draws.message(index));
                (sent, Some(self.counted()))
            }
        };
        if let Some(at) = arrival {
            self.schedule(at, Event::FetchReplied { fetch, nth, reply, counted });
        }
    }

    fn trace_fetch(&mut self, fetch: FetchSlot, kind: MessageKind, fate: Result<Time, Loss>) {
        if !S::Probe::FAST {
            let (peer, gateway) = (self.fetch_number(fetch), self.fetch_gateway(fetch));
            self.trace_request(peer, gateway, kind, fate);
        }
    }

    pub(crate) fn fetch_timed_out(&mut self, fetch: FetchSlot, nth: u8) {
        let state = &self.pulls.fetches[fetch];
        if state.state == FetchState::Asking && state.nth == nth {
            self.ask_again(fetch, Unanswered::TimedOut);
        }
    }

    /// A request brought no answer: another follows after a backoff, or the fetch has failed.
    fn ask_again(&mut self, fetch: FetchSlot, why: Unanswered) {
        let retry = self.fetching().retry;
        let nth = self.pulls.fetches[fetch].nth;
        self.trace(|world| {
            let (peer, gateway) = (world.fetch_number(fetch), world.fetch_gateway(fetch));
            let again = u32::from(nth) + 1 < retry.attempts;
            Detail::FetchUnanswered { peer, gateway, nth: nth.into(), why, again }
        });
        self.pulls.fetches[fetch].nth += 1;
        if u32::from(nth) + 1 >= retry.attempts {
            return self.fetch_failed(fetch);
        }
        let draws = self.fetch_draws(fetch);
        let cap = retry.backoff_cap(nth.into());
        let backoff = draws.backoff.jitter(draws.instance, draws.index + u32::from(nth) * 8, cap);
        self.schedule(self.now + backoff, Event::FetchRetryDue { fetch });
    }

    pub(crate) fn fetch_retry_due(&mut self, fetch: FetchSlot) {
        if self.pulls.fetches[fetch].state == FetchState::Asking {
            self.ask(fetch);
        }
    }

    // Answers.

    pub(crate) fn fetch_replied(&mut self, fetch: FetchSlot, nth: u8, reply: Reply, counted: Option<bool>) {
        let Fetch { state, nth: current, subject, gateway, .. } = self.pulls.fetches[fetch];
        if let Some(counted) = counted
            && !self.is_up(gateway)
        {
            let (peer, kind, loss) = (self.fetch_number(fetch), MessageKind::FetchReply, Loss::GatewayDown);
            return self.observe(Observation::MessageLost { peer, kind, loss, counted });
        }
        if state != FetchState::Asking || current != nth {
            return;
        }
        match (reply, subject) {
            (Reply::Error, _) => self.ask_again(fetch, Unanswered::Refused),
            (Reply::Found, FetchSubject::Peer(peer)) => self.found(fetch, peer),
            (Reply::NotFound | Reply::Found, _) => self.not_found(fetch),
        }
    }

    fn found(&mut self, fetch: FetchSlot, peer: PeerSlot) {
        self.note_heard(peer);
        self.answered(fetch, FetchEnd::Found);
        self.note_fate(fetch, Cause::PullLate);
        self.install_fetched(fetch, self.pulls.fetches[fetch].gateway);
    }

    fn not_found(&mut self, fetch: FetchSlot) {
        let until = self.now + self.fetching().negative_ttl;
        let Fetch { subject, gateway, .. } = self.pulls.fetches[fetch];
        self.answered(fetch, FetchEnd::NotFound);
        match subject {
            FetchSubject::Peer(peer) => {
                self.pulls.askings.get_mut(peer).expect("the strategy pulls").negative_until = until;
                self.note_fate(fetch, Cause::PullFailed);
                if self.peers[peer].is_installed() {
                    self.pulls.fetches[fetch].gone = true;
                    return self.install_fetched(fetch, gateway);
                }
            }
            FetchSubject::Stranger(stranger) => self.strangers.asking(stranger).negative_until = until,
        }
        self.end_fetch(fetch);
    }

    /// Hands the answer to the installer.
    fn install_fetched(&mut self, fetch: FetchSlot, gateway: GatewayId) {
        self.pulls.fetches[fetch].state = FetchState::Installing;
        let (peer, removal) = (self.pulls.fetches[fetch].peer(), self.pulls.fetches[fetch].gone);
        self.enqueue(gateway, Job { peer, removal, origin: Origin::Fetch { fetch } });
    }

    fn fetch_failed(&mut self, fetch: FetchSlot) {
        self.answered(fetch, FetchEnd::Failed);
        self.note_fate(fetch, Cause::PullFailed);
        self.end_fetch(fetch);
    }

    /// Notes the cause for the initiation that decides it and waits for a fetch.
    fn note_fate(&mut self, fetch: FetchSlot, cause: Cause) {
        if let Fetch { subject: FetchSubject::Peer(peer), decisive: Some(exchange), .. } = self.pulls.fetches[fetch] {
            self.set_cause(peer, exchange, cause);
        }
    }

    /// A fetch asks no more: its slot goes to the next.
    fn answered(&mut self, fetch: FetchSlot, end: FetchEnd) {
        let peer = self.fetch_number(fetch);
        let gateway = self.pulls.fetches[fetch].gateway;
        self.pulls.fetches[fetch].state = FetchState::Over;
        self.observe(Observation::FetchEnded { peer, gateway, end });
        let gate = &mut self.pulls.gates[gateway];
        gate.taken -= 1;
        if let Some(next) = gate.queue.pop_front() {
            self.start_fetch(next);
        }
    }

    /// A fetch is over; the next initiation starts anew.
    fn end_fetch(&mut self, fetch: FetchSlot) {
        self.pulls.fetches[fetch].state = FetchState::Over;
        match self.pulls.fetches[fetch].subject {
            FetchSubject::Peer(peer) => {
                self.pulls.askings.get_mut(peer).expect("the strategy pulls").fetch = FetchSlot::NONE;
            }
            FetchSubject::Stranger(stranger) => self.strangers.asking(stranger).fetch = FetchSlot::NONE,
        }
        self.let_go(fetch);
    }

    /// The installer has served a fetched config: it takes effect and the waiting client is answered.
    pub(crate) fn fetch_installed(&mut self, fetch: FetchSlot, arrived: Time) {
        let Fetch { version, gone, waiting, answer, .. } = self.pulls.fetches[fetch];
        let peer = self.pulls.fetches[fetch].peer();
        if gone {
            self.remove_older(peer, version);
        } else {
            self.install_record(peer, version, arrived);
        }
        let installed = self.peers[peer].is_installed();
        self.end_fetch(fetch);
        if let Some(exchange) = waiting {
            if installed && !gone {
                self.answer_after_fetch(peer, exchange, answer);
            } else {
                self.exchange_failed(peer, exchange, Cause::PullFailed);
            }
        }
    }

    /// A restart lost the job of a fetch.
    pub(crate) fn fetch_job_lost(&mut self, fetch: FetchSlot) {
        self.note_fate(fetch, Cause::GatewayDown);
        self.end_fetch(fetch);
    }

    /// A restart ends all fetches of a gateway that have no job yet.
    pub(crate) fn lose_fetches(&mut self, gateway: GatewayId) {
        if self.pull().is_none() {
            return;
        }
        self.pulls.gates[gateway].queue.clear();
        for fetch in self.pulls.fetches.all() {
            let state = &self.pulls.fetches[fetch];
            if state.gateway != gateway || !matches!(state.state, FetchState::Queued | FetchState::Asking) {
                continue;
            }
            let peer = self.fetch_number(fetch);
            self.observe(Observation::FetchEnded { peer, gateway, end: FetchEnd::Gone });
            self.note_fate(fetch, Cause::GatewayDown);
            self.end_fetch(fetch);
        }
        self.pulls.gates[gateway].taken = 0;
    }

    /// A restart forgets the negative entries, and its token bucket starts full.
    pub(crate) fn forget_refusals(&mut self, gateway: GatewayId) {
        let Some(pull) = self.pull() else { return };
        self.pulls.gates[gateway].bucket = TokenBucket::new(pull.rate_limit);
        for peer in self.peers.all() {
            if self.peers[peer].gateway() == gateway {
                self.pulls.askings.get_mut(peer).expect("the strategy pulls").negative_until = Time::ZERO;
            }
        }
        for stranger in self.strangers.all() {
            if self.strangers.gateway(stranger) == gateway {
                self.strangers.asking(stranger).negative_until = Time::ZERO;
            }
        }
    }
}

impl FetchDraws {
    /// The draws of the message at `index`.
    fn message(&self, index: u32) -> MessageDraws {
        MessageDraws { loss: self.loss, burst: self.burst, delay: self.delay, instance: self.instance, index }
    }
}
