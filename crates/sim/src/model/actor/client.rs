//! Clients: arrivals, attempts, handshakes and sessions. All of this is the same for all strategies.
//!
//! Each client has one deadline, computed from its state. Timers are lazy: a timer event that fires before the current
//! deadline is scheduled again. While an exchange is known to end before the deadline, no timer is queued; code that
//! discovers otherwise must call `arm`.
//!
//! Reaches: api (`request_create`), fault (`path_is_down`), gateway (`set_idle`), peer (`begin_attempt`,
//! `begin_handshake`, `begin_rekey`, `connect`, `die`, `end_attempt`, `establish`, `go_away`, `leave`,
//! `rekey_becomes_attempt`, `renew_keys`, `revive`, `set_timer`, `timer_fires`).

use crate::model::detail::{Detail, Parcel};
use crate::model::draws;
use crate::model::event::{Event, Exchange};
use crate::model::id::{AttemptSlot, GatewayId, PeerId, PeerSlot, Slots};
use crate::model::observation::{AttemptEnd, Observation};
use crate::model::peer::{Beside, Peer, Phase};
use crate::model::scenario::{Arrivals, Peak};
use crate::model::variant::WorldVariant;
use crate::model::words::{AttemptKind, Carrier, Cause, Leg, Loss};
use crate::model::world::World;
use des::{Duration, RunKey, Sequence, Time};

/// One attempt to connect, or one rekey that may become one.
#[derive(Clone, Debug)]
struct Attempt {
    kind: AttemptKind,
    /// Whether it is a rekey of a session that goes on with its old keys.
    rekey: bool,
    counted: bool,
    /// Create requests sent, less one.
    create: u8,
    /// Initiations sent; of an attempt that was a rekey, the last of that rekey is the first.
    sent: u32,
    /// The exchange whose fate is the cause: the first of an attempt, the latest of a rekey.
    decisive: Exchange,
    /// The exchange of the latest initiation: only its response is good.
    latest: Exchange,
    cause: Option<Cause>,
    started: Time,
    first_sent: Time,
    create_time: Duration,
    /// When the next initiation is sent, or the attempt ends if that was the last; of a create, when it times out.
    due: Time,
}

impl Attempt {
    fn new(kind: AttemptKind, now: Time) -> Self {
        Self {
            kind,
            rekey: false,
            counted: false,
            create: 0,
            sent: 0,
            decisive: Exchange::NONE,
            latest: Exchange::NONE,
            cause: None,
            started: now,
            first_sent: now,
            create_time: Duration::ZERO,
            due: now,
        }
    }

    /// Its first initiation is sent now, or a rekey becomes an attempt now.
    #[inline(always)]
    fn begin(&mut self, now: Time, counted: bool) {
        self.first_sent = now;
        if self.kind != AttemptKind::First {
            self.started = now;
        }
        self.counted = counted;
    }
}

/// The process of new peers.
///
/// Arrivals are generated outside the event queue and win ties: at equal times an arrival precedes every queued event.
struct ArrivalProcess {
    sequence: Sequence,
    /// Peers so far.
    seen: u32,
    /// The last candidate drawn.
    drawn: Time,
    /// The next arrival, at most the horizon; zero when arrivals have ended.
    next: Time,
}

impl ArrivalProcess {
    fn new(key: RunKey) -> Self {
        Self { sequence: draws::arrivals(key), seen: 0, drawn: Time::ZERO, next: Time::ZERO }
    }

    /// Draws the next arrival.
    #[inline(always)]
    fn advance(&mut self, arrivals: &Arrivals, horizon: Time) {
        self.next = self.draw(arrivals, horizon).map_or(horizon, |at| at.min(horizon));
    }

    /// The arrival after the last one drawn; none: never again.
    #[inline(always)]
    fn draw(&mut self, arrivals: &Arrivals, horizon: Time) -> Option<Time> {
        match arrivals {
            Arrivals::Every(gap) => self.drawn = self.drawn + *gap,
            Arrivals::Trace(times) => self.drawn = times.get(self.seen as usize)?.at,
            Arrivals::Poisson { rate, .. } if *rate <= 0.0 => return None,
            Arrivals::Poisson { gap, peak: None, .. } => self.drawn = self.drawn + self.sequence.duration(gap),
            Arrivals::Poisson { gap, peak: Some(peak), .. } => loop {
                // Thinning: candidates at the highest rate, each kept with the share of the rate at its time.
                self.drawn = self.drawn + self.sequence.duration(gap);
                if self.sequence.uniform() * peak.factor < rise(*peak, self.drawn) || self.drawn >= horizon {
                    break;
                }
            },
        }
        Some(self.drawn)
    }
}

/// The clients of a run.
pub(crate) struct ClientsActor {
    arrivals: ArrivalProcess,
    attempts: Slots<AttemptSlot, Attempt>,
    /// Counted attempts that have not ended.
    open: u64,
    /// When each client finds out that its session died with its gateway; empty where gateways do not restart.
    dead_at: Beside<Time>,
    /// When each client's cookie reached it; empty where gateways send none.
    cookies: Beside<Time>,
}

impl ClientsActor {
    pub(crate) fn new(key: RunKey, restarts: bool, cookies: bool) -> Self {
        Self {
            arrivals: ArrivalProcess::new(key),
            attempts: Slots::default(),
            open: 0,
            dead_at: Beside::new(restarts, Time::NEVER),
            cookies: Beside::new(cookies, Time::NEVER),
        }
    }

    /// A peer begins under this slot.
    #[inline(always)]
    pub(crate) fn begin(&mut self, peer: PeerSlot) {
        self.dead_at.begin(peer);
        self.cookies.begin(peer);
    }

    /// Whether no counted attempt is open: no result depends on what comes next.
    #[inline(always)]
    pub(crate) fn have_ended(&self) -> bool {
        self.open == 0
    }

    /// When the next peer arrives; the horizon if none does before, and zero after the end.
    #[inline(always)]
    pub(crate) fn next_arrival(&self) -> Time {
        self.arrivals.next
    }

    /// The horizon has passed: there are no more arrivals.
    pub(crate) fn end_arrivals(&mut self) {
        self.arrivals.next = Time::ZERO;
    }

    /// When an attempt is next to do something of its own.
    #[inline(always)]
    pub(crate) fn due(&self, attempt: AttemptSlot) -> Time {
        self.attempts[attempt].due
    }

    /// A gateway's cookie reaches the peer's client at `at`.
    pub(crate) fn cookie_arrives(&mut self, peer: PeerSlot, at: Time) {
        *self.cookies.get_mut(peer).expect("gateways send cookies") = at;
    }
}

/// Rate over base rate at `t`.
fn rise(peak: Peak, t: Time) -> f64 {
    let phase = 2.0 * std::f64::consts::PI * (t.as_secs_f64() / peak.period.as_secs_f64());
    1.0 + (peak.factor - 1.0) * (1.0 - libm::cos(phase)) / 2.0
}

/// How long a gateway accepts a cookie that it has made.
const COOKIE_LIFE: Duration = Duration::from_secs(120);

/// Whether an initiation sent `now` carries a cookie that reached its sender at `since`.
pub(crate) fn carries(since: Time, now: Time) -> bool {
    since <= now && now < since + COOKIE_LIFE
}

/// When an application sends its first packet at `from` or later that sends one at `start` and one each `every`.
fn next_packet(start: Time, every: Duration, from: Time) -> Time {
    match (from - start).as_nanos().checked_next_multiple_of(every.as_nanos()) {
        Some(gap) => start + Duration::from_nanos(gap),
        None => from,
    }
}

impl<S: WorldVariant> World<'_, S> {
    /// Draws the first arrival.
    pub(crate) fn start_arrivals(&mut self) {
        self.clients.arrivals.advance(&self.scenario.clients.arrivals, self.horizon);
    }

    #[inline(always)]
    pub(crate) fn peer_arrived(&mut self) {
        let id = PeerId::new(self.clients.arrivals.seen);
        self.clients.arrivals.seen += 1;
        let traced = match &self.scenario.clients.arrivals {
            Arrivals::Trace(arrivals) => arrivals[id.index()].gateway,
            Arrivals::Every(_) | Arrivals::Poisson { .. } => None,
        };
        let gateway = traced.unwrap_or_else(|| self.draws.gateway.below(id, 0, self.scenario.gateways.count));
        let gateway = GatewayId::of(gateway);
        let attempt = self.clients.attempts.insert(Attempt::new(AttemptKind::First, self.now));
        let peer = self.add_peer(Peer::arriving(id, gateway, attempt));
        self.observe(Observation::PeerArrived { peer: id, gateway });
        self.clients.arrivals.advance(&self.scenario.clients.arrivals, self.horizon);
        self.send_create(peer);
    }

    /// Whether gateways may restart.
    #[inline(always)]
    pub(crate) fn restarts(&self) -> bool {
        S::MORE && self.clients.dead_at.is_used()
    }

    /// When a client finds out that its session died.
    #[inline(always)]
    pub(crate) fn dead_at(&self, peer: PeerSlot) -> Time {
        if S::MORE { self.clients.dead_at.get(peer) } else { Time::NEVER }
    }

    // Creates.

    #[inline(always)]
    fn send_create(&mut self, peer: PeerSlot) {
        let id = self.peers[peer].id();
        let attempt = &mut self.clients.attempts[self.peers[peer].attempt()];
        let nth = attempt.create;
        let deadline = self.now + self.scenario.clients.create_timeout;
        attempt.due = deadline;
        self.observe(Observation::CreateSent { peer: id, nth });
        let delay = self.draws.client_delay.duration(id, u32::from(nth) << 1, &self.scenario.api.client_delay);
        self.trace_internet(peer, nth, Parcel::Create, self.now + delay);
        self.request_create(peer, nth, self.now + delay, deadline);
        if self.now + delay > deadline {
            self.arm_create_timeout(peer, nth);
        }
    }

    /// Schedules the timeout of create `nth`, unless the client has stopped waiting for it.
    ///
    /// Must be called when the reply may not be in time.
    pub(crate) fn arm_create_timeout(&mut self, peer: PeerSlot, nth: u8) {
        let state = &self.peers[peer];
        if state.phase() == Phase::Creating && self.clients.attempts[state.attempt()].create == nth {
            let deadline = self.clients.attempts[state.attempt()].due.max(self.now);
            self.schedule(deadline, Event::CreateTimedOut { peer, attempt: nth });
        }
    }

    /// Sends the API's reply to create `nth` on its way.
    #[inline(always)]
    pub(crate) fn reply_to_create(&mut self, peer: PeerSlot, nth: u8, error: bool) {
        let id = self.peers[peer].id();
        let delay = self.draws.client_delay.duration(id, u32::from(nth) << 1 | 1, &self.scenario.api.client_delay);
        let at = self.now + delay;
        self.trace_internet(peer, nth, Parcel::CreateReply { error }, at);
        let state = &self.peers[peer];
        if state.phase() == Phase::Creating && at >= self.clients.attempts[state.attempt()].due {
            self.arm_create_timeout(peer, nth);
        }
        self.schedule(at, Event::CreateReplied { peer, attempt: nth, error });
    }

    fn trace_internet(&mut self, peer: PeerSlot, nth: u8, parcel: Parcel, at: Time) {
        self.trace(|world| {
            let (id, gateway) = world.peers[peer].names();
            let (carrier, nth, fate) = (Carrier::Internet, nth.into(), Ok(at));
            Detail::Sent { peer: id, gateway, parcel, carrier, nth, fate }
        });
    }

    #[inline(always)]
    pub(crate) fn create_replied(&mut self, peer: PeerSlot, nth: u8, error: bool) {
        let state = &self.peers[peer];
        if state.phase() != Phase::Creating || self.clients.attempts[state.attempt()].create != nth {
            return;
        }
        let (id, attempt) = (state.id(), state.attempt());
        self.observe(Observation::CreateReplied { peer: id, nth, error });
        if error {
            return self.create_again(peer);
        }
        let attempt = &mut self.clients.attempts[attempt];
        attempt.create_time = self.now - attempt.started;
        self.peers[peer].connect();
        self.begin_handshake(peer);
    }

    pub(crate) fn create_timed_out(&mut self, peer: PeerSlot, nth: u8) {
        let state = &self.peers[peer];
        if state.phase() == Phase::Creating && self.clients.attempts[state.attempt()].create == nth {
            let id = state.id();
            self.observe(Observation::CreateTimedOut { peer: id, nth });
            self.create_again(peer);
        }
    }

    fn create_again(&mut self, peer: PeerSlot) {
        let attempt = &mut self.clients.attempts[self.peers[peer].attempt()];
        attempt.create += 1;
        if u32::from(attempt.create) < self.scenario.clients.create_attempts {
            return self.send_create(peer);
        }
        let started = attempt.started;
        let id = self.peers[peer].id();
        self.observe(Observation::CreateFailed { peer: id, started });
        self.end_attempt(peer);
        self.leave(peer);
    }

    // Handshakes.

    /// Starts the initiations of an attempt, after the path's setup.
    #[inline(always)]
    fn begin_handshake(&mut self, peer: PeerSlot) {
        let number = self.peers[peer].begin_handshake();
        let state = &self.peers[peer];
        let setup = self.draws.setup.duration(state.id(), number.into(), &self.scenario.path.setup);
        if setup == Duration::ZERO {
            self.send_initiation(peer);
        } else {
            self.clients.attempts[state.attempt()].due = self.now + setup;
            self.arm(peer);
        }
    }

    #[inline(always)]
    fn send_initiation(&mut self, peer: PeerSlot) {
        let (attempt, number) = (self.peers[peer].attempt(), self.peers[peer].attempts());
        let exchange = Exchange::of_attempt(number, self.clients.attempts[attempt].sent);
        let counted = self.counted();
        let state = &mut self.clients.attempts[attempt];
        if state.sent == 0 {
            state.decisive = exchange;
            state.begin(self.now, counted);
            self.clients.open += u64::from(counted);
        }
        self.initiate(peer, exchange);
    }

    /// Sends the initiation of `exchange`, which is the client's latest from now on.
    #[inline(always)]
    fn initiate(&mut self, peer: PeerSlot, exchange: Exchange) {
        let (id, gateway) = self.peers[peer].names();
        let handshake = &self.scenario.clients.handshake;
        let jitter = self.draws.retry_jitter.jitter(id, exchange.index(), handshake.retry.jitter);
        let due = self.now + self.retry_after(id, exchange) + jitter;
        let state = &mut self.clients.attempts[self.peers[peer].attempt()];
        state.sent += 1;
        state.latest = exchange;
        state.due = due;
        match self.packet(id, gateway, exchange, Leg::Initiation) {
            Some(at) => {
                let event = if S::MORE && carries(self.clients.cookies.get(peer), self.now) {
                    Event::CookieCameBack { peer, exchange }
                } else {
                    Event::InitiationArrived { peer, exchange }
                };
                self.schedule(at, event);
                if at >= self.deadline(peer) || self.patience().is_some() {
                    self.arm(peer);
                }
            }
            None => self.exchange_failed(peer, exchange, Cause::PathLoss),
        }
    }

    /// The time from the initiation of `exchange` to the next, jitter apart.
    #[inline(always)]
    fn retry_after(&self, id: PeerId, exchange: Exchange) -> Duration {
        let distribution = self.scenario.clients.handshake.retry.after(exchange.nth());
        self.draws.retry_after.duration(id, exchange.index(), distribution)
    }

    /// Sends a packet of an exchange between the client and its gateway; none: it is lost.
    pub(crate) fn packet(&mut self, id: PeerId, gateway: GatewayId, exchange: Exchange, leg: Leg) -> Option<Time> {
        let path = &self.scenario.path;
        let rekey = exchange.is_rekey();
        let (losses, delays) = if rekey {
            (self.draws.rekey_loss, self.draws.rekey_delay)
        } else {
            (self.draws.path_loss, self.draws.path_delay)
        };
        let index = exchange.index() << 3 | leg as u32;
        let faulty = self.path_is_down(gateway);
        let lost = losses.happens(id, index, path.loss) || faulty;
        self.observe(Observation::PacketSent { peer: id, leg, rekey, lost });
        let arrival = (!lost).then(|| self.now + delays.duration(id, index, &path.delay));
        self.trace(|_| {
            let fate = arrival.ok_or(if faulty { Loss::Fault } else { Loss::Random });
            let (parcel, carrier, nth) = (Parcel::Packet { leg, rekey }, Carrier::Path, exchange.nth().into());
            Detail::Sent { peer: id, gateway, parcel, carrier, nth, fate }
        });
        arrival
    }

    /// The attempt, or rekey, that an exchange belongs to, if it is still under way.
    #[inline(always)]
    pub(crate) fn attempt_of(&self, peer: PeerSlot, exchange: Exchange) -> Option<AttemptSlot> {
        let state = &self.peers[peer];
        if state.attempt() == AttemptSlot::NONE || state.phase() == Phase::Creating {
            return None;
        }
        let Attempt { decisive, latest, .. } = self.clients.attempts[state.attempt()];
        (exchange.same_series(latest) || exchange.same_series(decisive)).then_some(state.attempt())
    }

    /// An exchange failed: that may be the cause of a stall, and the timer is needed.
    pub(crate) fn exchange_failed(&mut self, peer: PeerSlot, exchange: Exchange, cause: Cause) {
        self.set_cause(peer, exchange, cause);
        self.arm(peer);
    }

    /// Notes how an exchange ended if that decides the cause of a stall. A lost packet overrules a late answer.
    pub(crate) fn set_cause(&mut self, peer: PeerSlot, exchange: Exchange, cause: Cause) {
        let state = &self.peers[peer];
        if state.attempt() == AttemptSlot::NONE || state.phase() == Phase::Creating {
            return;
        }
        let current = &mut self.clients.attempts[state.attempt()];
        if current.decisive == exchange && matches!(current.cause, None | Some(Cause::PullLate)) {
            current.cause = Some(cause);
        }
    }

    /// Sends a response; it is good only while its initiation is the client's latest.
    #[inline(always)]
    pub(crate) fn respond(&mut self, peer: PeerSlot, exchange: Exchange) {
        let (id, gateway) = self.peers[peer].names();
        let Some(at) = self.packet(id, gateway, exchange, Leg::Response) else {
            return self.exchange_failed(peer, exchange, Cause::PathLoss);
        };
        let Some(handle) = self.attempt_of(peer, exchange) else { return };
        let current = &self.clients.attempts[handle];
        if at >= current.due || current.latest != exchange {
            // Too late: the fetch took too long or, where there was none, the path did.
            let cause = current.cause.unwrap_or(Cause::PathLoss);
            self.trace(|_| Detail::ResponseBelated { peer: id });
            return self.exchange_failed(peer, exchange, cause);
        }
        if !current.rekey {
            self.schedule(at, Event::ResponseArrived { peer, exchange });
        } else if self.restarts() || at >= self.session_deadline(peer) {
            // A restart or the end of the session may come first.
            self.schedule(at, Event::ResponseArrived { peer, exchange });
            self.arm(peer);
        } else {
            self.rekey_answered(peer, at);
        }
    }

    #[inline(always)]
    pub(crate) fn response_arrived(&mut self, peer: PeerSlot, exchange: Exchange) {
        if let Some(handle) = self.attempt_of(peer, exchange)
            && self.clients.attempts[handle].latest == exchange
        {
            self.keys_made(peer, handle);
        }
    }

    /// The gateway's initiation reaches the client: a client that wants a session responds.
    pub(crate) fn invitation_arrived(&mut self, peer: PeerSlot, exchange: Exchange) {
        let Some(attempt) = self.attempt_of(peer, exchange) else { return };
        let (id, gateway) = self.peers[peer].names();
        self.hold_back(id, attempt);
        match self.packet(id, gateway, exchange, Leg::Acceptance) {
            Some(at) => self.schedule(at, Event::AcceptanceArrived { peer, exchange }),
            None => self.exchange_failed(peer, exchange, Cause::PathLoss),
        }
    }

    /// The client's response counts as its latest handshake message: an initiation that is due too soon after it is not
    /// sent. The next one comes with the application's first packet after that.
    fn hold_back(&mut self, id: PeerId, attempt: AttemptSlot) {
        let Attempt { latest, due, first_sent, .. } = self.clients.attempts[attempt];
        let quiet = self.scenario.clients.handshake.retry.quiet;
        let quiet_until = self.now + quiet.unwrap_or_else(|| self.retry_after(id, latest));
        if due < quiet_until {
            let every = self.scenario.clients.handshake.traffic_every;
            self.clients.attempts[attempt].due = next_packet(first_sent, every, quiet_until);
        }
    }

    pub(crate) fn confirmation_arrived(&mut self, peer: PeerSlot, exchange: Exchange) {
        if let Some(handle) = self.attempt_of(peer, exchange) {
            self.keys_made(peer, handle);
        }
    }

    /// An exchange has made new keys.
    #[inline(always)]
    fn keys_made(&mut self, peer: PeerSlot, handle: AttemptSlot) {
        if self.clients.attempts[handle].rekey {
            self.rekey_answered(peer, self.now);
        } else {
            self.establish(peer);
        }
    }

    // Attempts and sessions.

    #[inline(always)]
    fn establish(&mut self, peer: PeerSlot) {
        self.conclude_attempt(peer, true);
        let clients = &self.scenario.clients;
        let state = &self.peers[peer];
        let length = self.draws.session.duration(state.id(), state.attempts().into(), &clients.session);
        let is_down = !self.is_up(state.gateway());
        self.peers[peer].establish(self.now, self.now + length);
        self.session_lives(peer);
        if is_down {
            // The gateway went down while its response was on the way.
            self.session_died(peer);
        }
        self.arm_at(peer, self.session_deadline(peer).min(self.rekey_at(peer)));
    }

    /// The client's session is alive.
    #[inline(always)]
    fn session_lives(&mut self, peer: PeerSlot) {
        if S::MORE
            && let Some(dead_at) = self.clients.dead_at.get_mut(peer)
        {
            *dead_at = Time::NEVER;
        }
    }

    /// The client's session died with its gateway: it finds out later.
    pub(crate) fn session_died(&mut self, peer: PeerSlot) {
        let handshake = &self.scenario.clients.handshake;
        let state = &self.peers[peer];
        if state.is_dead() {
            return;
        }
        let jitter = self.draws.dead_jitter.jitter(state.id(), state.attempts().into(), handshake.dead_jitter);
        self.peers[peer].die();
        *self.clients.dead_at.get_mut(peer).expect("gateways restart") = self.now + handshake.dead_after + jitter;
        self.trace(|world| Detail::SessionDied { peer: world.peers[peer].id() });
        self.set_idle(peer);
        self.arm(peer);
    }

    /// The attempt under way has ended, with a session or without.
    #[inline(always)]
    fn conclude_attempt(&mut self, peer: PeerSlot, connected: bool) {
        let handle = self.peers[peer].end_attempt();
        let state = &self.peers[peer];
        let attempt = &self.clients.attempts[handle];
        let end = AttemptEnd {
            peer: state.id(),
            kind: attempt.kind,
            counted: attempt.counted,
            started: attempt.started,
            first_sent: attempt.first_sent,
            create_time: attempt.create_time,
            connected,
            stale: state.stale(),
            // No cause is known at the end: the client still waits for the fetch, or else for a packet.
            cause: attempt.cause.unwrap_or(if self.is_fetching(peer) { Cause::PullLate } else { Cause::PathLoss }),
        };
        self.clients.open -= u64::from(end.counted);
        self.clients.attempts.remove(handle);
        self.observe(Observation::AttemptEnded(end));
    }

    /// Forgets the attempt, or rekey, under way.
    #[inline(always)]
    fn end_attempt(&mut self, peer: PeerSlot) {
        let handle = self.peers[peer].end_attempt();
        self.clients.open -= u64::from(self.clients.attempts[handle].counted);
        self.clients.attempts.remove(handle);
    }

    fn fail(&mut self, peer: PeerSlot) {
        self.conclude_attempt(peer, false);
        self.leave(peer);
    }

    /// The client leaves for good.
    fn leave(&mut self, peer: PeerSlot) {
        self.change(peer, Peer::leave);
    }

    #[inline(always)]
    fn end_session(&mut self, peer: PeerSlot) {
        if self.peers[peer].attempt() != AttemptSlot::NONE {
            self.end_attempt(peer);
        }
        let id = self.peers[peer].id();
        self.observe(Observation::SessionEnded { peer: id });
        if self.peers[peer].in_session() {
            self.set_idle(peer);
        }
        let clients = &self.scenario.clients;
        let state = &self.peers[peer];
        let index = state.attempts().into();
        let returns = !state.is_revoked() && self.draws.return_coin.happens(id, index, clients.return_probability);
        if returns {
            let gap = self.draws.return_gap.duration(id, index, &clients.return_after);
            self.peers[peer].go_away();
            self.schedule(self.now + gap, Event::ReturnDue { peer });
        } else {
            self.leave(peer);
        }
    }

    pub(crate) fn return_due(&mut self, peer: PeerSlot) {
        if self.peers[peer].phase() == Phase::Away && self.now < self.horizon {
            self.begin_attempt(peer, AttemptKind::Return);
        }
    }

    fn begin_attempt(&mut self, peer: PeerSlot, kind: AttemptKind) {
        self.trace(|world| Detail::AttemptStarted { peer: world.peers[peer].id(), kind });
        let attempt = self.clients.attempts.insert(Attempt::new(kind, self.now));
        self.peers[peer].begin_attempt(attempt);
        self.begin_handshake(peer);
    }

    // Rekeys.

    /// When the client begins a rekey.
    #[inline(always)]
    fn rekey_at(&self, peer: PeerSlot) -> Time {
        self.peers[peer].keys_from() + self.scenario.clients.handshake.rekey_after
    }

    /// When the client finds its session dead: its keys are too old, or its gateway went down some time ago.
    #[inline(always)]
    fn found_dead_at(&self, peer: PeerSlot) -> Time {
        (self.peers[peer].keys_from() + self.scenario.clients.handshake.reject_after).min(self.dead_at(peer))
    }

    /// When a session ends or is found dead if no rekey is answered.
    #[inline(always)]
    fn session_deadline(&self, peer: PeerSlot) -> Time {
        self.peers[peer].session_end().min(self.found_dead_at(peer))
    }

    /// Begins a rekey, or sends the next initiation of the one under way.
    fn send_rekey(&mut self, peer: PeerSlot) {
        if self.peers[peer].attempt() == AttemptSlot::NONE {
            let rekey = Attempt { rekey: true, ..Attempt::new(AttemptKind::Reconnect, self.now) };
            self.peers[peer].begin_rekey(self.clients.attempts.insert(rekey));
        }
        let state = &self.peers[peer];
        let attempt = &mut self.clients.attempts[state.attempt()];
        let exchange = Exchange::of_rekey(state.rekeys(), attempt.sent);
        attempt.decisive = exchange;
        attempt.cause = None;
        self.initiate(peer, exchange);
    }

    /// A rekey is answered by a response that arrives `at`: the new keys count from then on.
    fn rekey_answered(&mut self, peer: PeerSlot, at: Time) {
        self.trace(|world| Detail::RekeyAnswered { peer: world.peers[peer].id() });
        self.end_attempt(peer);
        self.peers[peer].renew_keys(at);
        if self.peers[peer].is_dead() && self.is_up(self.peers[peer].gateway()) {
            // The gateway has restarted since the session died, and has a new one.
            self.peers[peer].revive();
            self.session_lives(peer);
        }
        self.arm(peer);
    }

    /// The client finds its session dead: a reconnect attempt starts now.
    ///
    /// The exchange of a rekey under way is its first.
    fn session_lost(&mut self, peer: PeerSlot) {
        if self.peers[peer].is_revoked() {
            return self.end_session(peer);
        }
        if self.peers[peer].in_session() {
            self.set_idle(peer);
        }
        if self.peers[peer].attempt() == AttemptSlot::NONE {
            return self.begin_attempt(peer, AttemptKind::Reconnect);
        }
        self.peers[peer].rekey_becomes_attempt();
        let (id, attempt) = (self.peers[peer].id(), self.peers[peer].attempt());
        let counted = self.counted();
        let attempt = &mut self.clients.attempts[attempt];
        attempt.rekey = false;
        attempt.sent = 1;
        attempt.begin(self.now, counted);
        self.clients.open += u64::from(counted);
        self.trace(|_| Detail::RekeyFailed { peer: id });
        self.arm(peer);
    }

    /// An initiation brought no session: another follows, unless there have been enough or patience is at its end.
    fn initiate_or_fail(&mut self, peer: PeerSlot) {
        let sent = self.clients.attempts[self.peers[peer].attempt()].sent;
        let exhausted = sent == self.scenario.clients.handshake.retry.initiations_max;
        if exhausted || self.patience_end(peer) <= self.now {
            self.fail(peer);
        } else {
            self.send_initiation(peer);
        }
    }

    // The timer.

    /// When the client must act next.
    #[inline(always)]
    fn deadline(&self, peer: PeerSlot) -> Time {
        let state = &self.peers[peer];
        if state.phase() == Phase::Connecting {
            self.clients.attempts[state.attempt()].due.min(self.patience_end(peer))
        } else if state.phase() != Phase::Connected {
            Time::NEVER
        } else if state.attempt() == AttemptSlot::NONE {
            self.session_deadline(peer).min(self.rekey_at(peer))
        } else {
            self.session_deadline(peer).min(self.clients.attempts[state.attempt()].due)
        }
    }

    fn patience_end(&self, peer: PeerSlot) -> Time {
        let attempt = &self.clients.attempts[self.peers[peer].attempt()];
        match self.patience() {
            Some(patience) if attempt.sent > 0 => attempt.first_sent + patience,
            _ => Time::NEVER,
        }
    }

    /// Schedules a timer event no later than the client's deadline.
    pub(crate) fn arm(&mut self, peer: PeerSlot) {
        self.arm_at(peer, self.deadline(peer));
    }

    /// Schedules a timer event no later than `deadline`, the client's.
    #[inline(always)]
    fn arm_at(&mut self, peer: PeerSlot, deadline: Time) {
        // A deadline that passed while no timer was queued is due at once.
        let deadline = deadline.max(self.now);
        if self.peers[peer].set_timer(deadline) {
            self.schedule(deadline, Event::ClientDue { peer });
        }
    }

    #[inline(always)]
    pub(crate) fn client_due(&mut self, peer: PeerSlot) {
        if !self.peers[peer].timer_fires(self.now) {
            return;
        }
        if self.deadline(peer) > self.now {
            return self.arm(peer);
        }
        if self.peers[peer].phase() == Phase::Connecting {
            return self.initiate_or_fail(peer);
        }
        let state = &self.peers[peer];
        if state.session_end() <= self.now {
            self.end_session(peer);
        } else if self.found_dead_at(peer) <= self.now {
            self.session_lost(peer);
        } else if state.is_revoked() {
            self.end_session(peer);
        } else {
            self.send_rekey(peer);
        }
    }
}
