//! The parameters of one run, validated: what an experiment's point and strategy mean to the model.
//!
//! Plain data without a file format: reading and checking happen in `experiment`. Everything here is legal
//! (probabilities in [0, 1], counts at least one where one is needed), so the model never fails on it.
//! The key of each field in an experiment file is its name; defaults stand in `experiment`.

use std::sync::Arc;

use des::{Distribution, Duration, Time};

use super::detail::Party;
use super::id::{GatewayId, PeerId};
use super::mechanism::{Mechanism, MechanismTraits};
use super::words::MessageKind;

/// Everything that one run depends on, its key (seed and replication) apart.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// End of the span in which peers are created.
    pub horizon: Duration,
    /// Start of the counted span, < `horizon`.
    pub warmup: Duration,
    /// Handshake waits above this are stalls.
    pub stall_after: Duration,
    /// An attempt that is not connected so long after its start is late.
    pub late_after: Duration,
    /// Width of the sliding window in which recovery is judged.
    pub recovery_window: Duration,
    /// Width of the bins of the time series; none: no series.
    pub bin: Option<Duration>,
    /// A run that handles more events than this is stopped as a runaway, and fails.
    pub events_max: u64,
    /// The clients.
    pub clients: Clients,
    /// The path between clients and gateways.
    pub path: PacketPath,
    /// The API.
    pub api: Api,
    /// Requests between the API and the gateways.
    pub http: Http,
    /// The message bus between the API and the gateways.
    pub bus: Bus,
    /// The gateways.
    pub gateways: Gateways,
    /// The read replica beside each gateway.
    pub replica: Replica,
    /// Faults, in file order.
    pub faults: Vec<Fault>,
    /// The mechanisms in use.
    pub strategy: Strategy,
    /// Peers whose messages are lost more often; none: all peers are alike.
    pub rare: Option<Rare>,
}

/// Peers whose pushes and acknowledgements are lost more often than those of the others, so that rare losses are seen.
///
/// They draw the same uniforms as without it: a message is lost if its uniform is below the probability.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rare {
    /// One peer in so many, by number, ≥ 1.
    pub every: u32,
    /// Probability in (0, 1) that such a message is lost by chance.
    pub loss: f64,
    /// Whether a run is repeated with half as many such peers. The model does not look at it.
    pub check: bool,
}

impl Rare {
    /// Whether this peer is one of them.
    #[must_use]
    #[inline]
    pub fn tags(self, peer: PeerId) -> bool {
        peer.get().is_multiple_of(self.every)
    }

    /// Whether messages of this kind are lost more often: those whose loss can leave a peer without its config.
    #[must_use]
    pub const fn tilts(kind: MessageKind) -> bool {
        matches!(kind, MessageKind::Push | MessageKind::Acknowledgement)
    }
}

impl Scenario {
    /// Whether gateways may restart.
    #[must_use]
    pub fn restarts(&self) -> bool {
        self.faults.iter().any(|fault| fault.target == Target::Gateway)
    }

    /// Whether commit times of versions other than the latest are asked for.
    pub(crate) fn asks_for_old_commits(&self) -> bool {
        let replica = self.strategy.pull.as_ref().is_some_and(|pull| pull.source != FetchSource::Primary);
        self.clients.update_every.is_some() || self.clients.revoke_after.is_some() || replica
    }
}

/// How clients arrive, stay, come back and change.
#[derive(Clone, Debug, PartialEq)]
pub struct Clients {
    /// When new peers appear.
    pub arrivals: Arrivals,
    /// Length of a session once connected.
    pub session: Distribution,
    /// Probability in [0, 1] that a client comes back when its session ends.
    pub return_probability: f64,
    /// Gap before it comes back.
    pub return_after: Distribution,
    /// Gap between config changes of one peer; none: configs never change.
    pub update_every: Option<Distribution>,
    /// Time from creation to deletion at the API; none: never.
    pub revoke_after: Option<Distribution>,
    /// Peers that exist at time 0, in all.
    pub existing: u32,
    /// The gateways over which `existing` is spread evenly.
    pub existing_gateways: GatewayScope,
    /// Peers that exist at time 0 and whose clients come later.
    pub devices: u32,
    /// When each device's client first comes.
    pub device_first: Distribution,
    /// Attempts per second by keys that the API does not know, ≥ 0.
    pub strangers: f64,
    /// How long a client waits for the reply to a create.
    pub create_timeout: Duration,
    /// How often it asks, ≥ 1.
    pub create_attempts: u32,
    /// `WireGuard`'s timers.
    pub handshake: Handshake,
}

/// When new peers appear.
#[derive(Clone, Debug, PartialEq)]
pub enum Arrivals {
    /// A Poisson process of `rate` per second, > 0 or 0 for none, possibly with a daily shape.
    Poisson {
        /// Base rate, per second.
        rate: f64,
        /// r(t) = rate · (1 + (factor − 1)·(1 − cos 2πt/period)/2).
        peak: Option<Peak>,
        /// Time from one arrival to the next at the highest rate.
        gap: Distribution,
    },
    /// One at each multiple of this, > 0.
    Every(Duration),
    /// At these instants, ascending.
    Trace(Arc<[TraceArrival]>),
}

impl Arrivals {
    /// A Poisson process of base `rate` per second, ≥ 0.
    #[must_use]
    pub fn poisson(rate: f64, peak: Option<Peak>) -> Self {
        let highest = rate * peak.map_or(1.0, |peak| peak.factor);
        Self::Poisson { rate, peak, gap: Distribution::exponential(1.0 / highest) }
    }
}

/// The rise and fall of a Poisson rate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Peak {
    /// Rate at the peak over the base rate, ≥ 1.
    pub factor: f64,
    /// From trough to trough, > 0.
    pub period: Duration,
}

/// One line of an arrival trace.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TraceArrival {
    /// When the client asks for its peer.
    pub at: Time,
    /// Its gateway; none: drawn uniformly.
    pub gateway: Option<u32>,
}

/// `WireGuard`'s handshake timers, as the client keeps them.
#[derive(Clone, Debug, PartialEq)]
pub struct Handshake {
    /// When an initiation that brings no session is sent again.
    pub retry: RetryTimer,
    /// Gap between two packets of the client's application, which start with an attempt's first initiation; zero: it
    /// sends all the time.
    pub traffic_every: Duration,
    /// Age of a session's keys at which the client begins a rekey; [`Duration::MAX`]: never.
    pub rekey_after: Duration,
    /// Age of a session's keys at which they are rejected; [`Duration::MAX`]: never.
    pub reject_after: Duration,
    /// Time after its gateway went down at which a client finds its session dead, before jitter.
    pub dead_after: Duration,
    /// Upper end of the uniform jitter added to it.
    pub dead_jitter: Duration,
    /// Time after its first initiation at which a client gives up; none: it does not.
    pub patience: Option<Duration>,
}

/// The timer of initiations that bring no session.
#[derive(Clone, Debug, PartialEq)]
pub struct RetryTimer {
    /// Time from the first initiation to the second, before jitter.
    pub first: Distribution,
    /// Time from any later one to the next, before jitter.
    pub later: Distribution,
    /// Upper end of the uniform jitter added to both.
    pub jitter: Duration,
    /// Time after a handshake message of the client in which it sends no initiation; none: the interval that was drawn.
    pub quiet: Option<Duration>,
    /// Initiations in all before an attempt has failed, ≥ 1.
    pub initiations_max: u32,
}

impl RetryTimer {
    /// The time from one initiation to the next that `WireGuard`'s protocol asks for.
    const REKEY_TIMEOUT: Duration = Duration::from_secs(5);

    /// Initiations of `boringtun` in the 90 s after which it gives up.
    pub const BORINGTUN_MAX: u32 = 18;

    /// A timer that treats all initiations alike.
    #[must_use]
    pub fn alike(after: Distribution, jitter: Duration, initiations_max: u32) -> Self {
        Self { first: after.clone(), later: after, jitter, quiet: None, initiations_max }
    }

    /// The timer wheel of the Linux kernel at 250 jiffies a second.
    ///
    /// The kernel sets a timer of 1250 jiffies (5 s) and a whole number from 0 to 82 more (a third of a second). At that
    /// distance its wheel has slots of 64 jiffies, and a timer fires at the first slot after its time. A retry is sent at a
    /// slot, so the next one follows 1280 or 1344 jiffies later: 5.12 s (30 of 83) or 5.376 s (53 of 83). The first
    /// initiation is sent at any place between two slots.
    ///
    /// ```
    /// use sim::model::RetryTimer;
    /// let later = RetryTimer::linux(20).later;
    /// assert_eq!((later.quantile(0.2).as_nanos(), later.quantile(0.8).as_nanos()), (5_120_000_000, 5_376_000_000));
    /// ```
    #[must_use]
    pub fn linux(initiations_max: u32) -> Self {
        const SECOND: u32 = 250;
        const SLOT: u32 = 64;
        let jiffies = |place: u32, jitter: u32| ((place + 5 * SECOND + jitter) / SLOT + 1) * SLOT - place;
        let distribution = |places: u32| {
            let drawn = (0..places).flat_map(|place| (0..SECOND / 3).map(move |jitter| jiffies(place, jitter)));
            let mut seconds: Vec<f64> = drawn.map(|jiffies| f64::from(jiffies) / f64::from(SECOND)).collect();
            seconds.sort_unstable_by(f64::total_cmp);
            Distribution::Empirical(seconds.into())
        };
        Self {
            first: distribution(SLOT),
            later: distribution(1),
            jitter: Duration::ZERO,
            quiet: Some(Self::REKEY_TIMEOUT),
            initiations_max,
        }
    }

    /// `boringtun`, which looks at its timers every 250 ms, adds no jitter, and gives up after 90 s: at most 18 initiations.
    ///
    /// The first is sent at any place between two looks, the others at a look.
    #[must_use]
    pub fn boringtun(initiations_max: u32) -> Self {
        let later = Distribution::Constant(Duration::from_secs(5));
        let first = Distribution::Uniform { low: 5.0, high: 5.25 };
        let initiations_max = initiations_max.min(Self::BORINGTUN_MAX);
        Self { first, later, jitter: Duration::ZERO, quiet: Some(Self::REKEY_TIMEOUT), initiations_max }
    }

    /// The time from initiation `nth`, from 0, to the next, before jitter.
    #[inline]
    pub(crate) fn after(&self, nth: u8) -> &Distribution {
        if nth == 0 { &self.first } else { &self.later }
    }

    /// The mean time from a first initiation to the end of an attempt that brings no session, s.
    #[must_use]
    pub fn mean_in_all(&self) -> f64 {
        let all = f64::from(self.initiations_max);
        self.first.mean() + (all - 1.0) * self.later.mean() + all * self.jitter.as_secs_f64() / 2.0
    }
}

/// The path between a client and its gateway, one way.
#[derive(Clone, Debug, PartialEq)]
pub struct PacketPath {
    /// Delay of one packet.
    pub delay: Distribution,
    /// Probability in [0, 1] that a packet is lost.
    pub loss: f64,
    /// Extra time before the first initiation of an attempt.
    pub setup: Distribution,
}

/// The API: one first-come-first-served queue before `workers` servers.
#[derive(Clone, Debug, PartialEq)]
pub struct Api {
    /// Servers, ≥ 1.
    pub workers: u32,
    /// Requests that may wait; one that finds this many waiting is rejected.
    pub queue_limit: u32,
    /// Service of a create.
    pub create_service: Distribution,
    /// Service of a fetch.
    pub fetch_service: Distribution,
    /// Service of a list, before its entries.
    pub list_service: Distribution,
    /// Service of each entry of a list.
    pub list_entry_service: Duration,
    /// One way between a client and the API.
    pub client_delay: Distribution,
}

/// Requests between the API and the gateways.
#[derive(Clone, Debug, PartialEq)]
pub struct Http {
    /// One way.
    pub delay: Distribution,
    /// Probability in [0, 1] that one request is lost, so that its caller times out.
    pub failure: f64,
    /// Extra round trips for each request.
    pub setup_rtts: u32,
}

/// The message bus.
#[derive(Clone, Debug, PartialEq)]
pub struct Bus {
    /// One way, per message.
    pub delay: Distribution,
    /// Probability in [0, 1] that a message is lost, independent of all else.
    pub loss: f64,
    /// Bursts of loss on each gateway's link; none: no bursts.
    pub burst: Option<Burst>,
    /// A push over an at-most-once transport that finds this many pushes waiting or in service is dropped.
    pub pending_limit: u32,
    /// Whether the bus answers a core request at once if its gateway has no subscription.
    pub no_responders: bool,
}

/// The two-state (Gilbert–Elliott) process of a gateway's link.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Burst {
    /// Mean of the exponential sojourn in the good state, > 0.
    pub good: Duration,
    /// Mean of the exponential sojourn in the bad state, > 0.
    pub bad: Duration,
    /// Probability in [0, 1] that a message sent in the bad state is lost.
    pub loss: f64,
}

/// The gateways, each with one serial installer.
#[derive(Clone, Debug, PartialEq)]
pub struct Gateways {
    /// How many, ≥ 1.
    pub count: u32,
    /// Service of an install, before the table's share.
    pub install: Distribution,
    /// Service added per record in the table.
    pub install_per_peer: Duration,
    /// Service of a removal.
    pub remove: Distribution,
    /// Time per record to reload a table that persisted.
    pub reload_per_peer: Duration,
    /// Initiations in one second above which a gateway answers with a cookie; 0: no limit.
    pub handshake_limit: u32,
}

/// The read replica beside each gateway.
#[derive(Clone, Debug, PartialEq)]
pub struct Replica {
    /// Time to read one record, without a queue.
    pub service: Distribution,
    /// Gap between the starts of two writes, > 0.
    pub sync_every: Duration,
    /// Time from the start of a write until it shows.
    pub transfer: Distribution,
}

/// Gateways that something concerns.
#[derive(Clone, Debug, PartialEq)]
pub enum GatewayScope {
    /// Every gateway.
    All,
    /// The first ⌈fraction · count⌉.
    Fraction(f64),
    /// These, ascending, each < count.
    List(Vec<u32>),
}

impl GatewayScope {
    /// Whether `gateway` of `count` is meant.
    #[must_use]
    pub fn contains(&self, gateway: u32, count: u32) -> bool {
        match self {
            Self::All => gateway < count,
            // 0.07 · 100 is a little more than 7 in binary, and means 7.
            Self::Fraction(fraction) => f64::from(gateway) < libm::ceil(fraction * f64::from(count) - 1e-9),
            Self::List(list) => list.binary_search(&gateway).is_ok(),
        }
    }

    /// The gateways of `count` that are meant.
    pub(crate) fn of(&self, count: u32) -> impl Iterator<Item = GatewayId> {
        GatewayId::all(count).filter(move |gateway| self.contains(gateway.get().into(), count))
    }
}

/// Something that breaks for a while.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    /// What breaks.
    pub target: Target,
    /// When.
    pub schedule: Schedule,
    /// How long each time.
    pub length: Distribution,
    /// Which gateways' share of the target.
    pub gateways: GatewayScope,
}

/// What a fault breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// Requests are refused; what is queued or in service is lost.
    Api(Inflight),
    /// Bus messages are dropped, or held until the end.
    Bus(BusEffect),
    /// Requests and replies between the API and the gateways are lost, and streams hold what they carry.
    Http,
    /// Packets between clients and gateways are lost.
    Path,
    /// The gateway restarts.
    Gateway,
}

/// What callers learn whose requests are queued or in service when the API goes down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inflight {
    /// Nothing: they time out.
    Lost,
    /// An error travels back at once: their connections are reset.
    Reset,
}

/// What happens to a message sent during a bus fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BusEffect {
    /// It is lost.
    Drop,
    /// It leaves when the fault ends.
    Delay,
}

/// When a fault strikes.
#[derive(Clone, Debug, PartialEq)]
pub enum Schedule {
    /// Once, at this instant: a scheduled fault, whose recovery is measured.
    At(Duration),
    /// Again and again, with this gap from one end to the next start.
    Every(Distribution),
}

/// One way to provision: any combination of mechanisms.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Strategy {
    /// The API sends each change to the peer's gateway.
    pub push: Option<Push>,
    /// The gateway fetches a config when an initiation needs it.
    pub pull: Option<Pull>,
    /// Each gateway compares its table with the API's list.
    pub reconcile: Option<Reconcile>,
    /// Each gateway holds a stream on which the API sends changes.
    pub watch: Option<Watch>,
    /// Each gateway removes idle records.
    pub evict: Option<Evict>,
    /// A gateway drops a record when no push or fetch has confirmed it for this long, drawn anew each time.
    pub expire: Option<Distribution>,
    /// Whether a table survives a restart.
    pub persists: bool,
}

impl Strategy {
    /// Whether it uses a mechanism for which `is` holds.
    #[must_use]
    pub fn has(&self, is: impl Fn(&MechanismTraits) -> bool) -> bool {
        Mechanism::ALL.iter().any(|mechanism| is(mechanism.traits()) && mechanism.is_used(self))
    }

    /// Whether the API sends or lists a config again long after its commit.
    #[must_use]
    pub fn sends_again(&self) -> bool {
        self.has(|traits| traits.lists) || self.push.as_ref().is_some_and(|push| push.refresh_every.is_some())
    }

    /// For how long after its last use a gateway keeps a record, at most or on average, s; none: until the API removes it.
    #[must_use]
    pub fn keeps_record(&self) -> Option<f64> {
        // Field by field, so that a new mechanism has to say how long it keeps a record.
        let Self { push: _, pull: _, reconcile: _, watch: _, evict, expire, persists: _ } = self;
        let evicted = evict.map(|evict| evict.idle_after.as_secs_f64() + evict.every.as_secs_f64());
        evicted.or_else(|| expire.as_ref().map(Distribution::mean))
    }

    /// Who sends a push until it is acknowledged: the API, or the stream.
    #[must_use]
    pub fn pusher(&self) -> Party {
        match self.push.as_ref().map(|push| &push.transport) {
            Some(PushTransport::Jetstream { .. }) => Party::Bus,
            Some(PushTransport::Core(_) | PushTransport::Http(_)) | None => Party::Api,
        }
    }
}

/// The `push` mechanism.
#[derive(Clone, Debug, PartialEq)]
pub struct Push {
    /// What carries it.
    pub transport: PushTransport,
    /// Whether the client's reply waits for the gateway.
    pub wait: Wait,
    /// Core and http: wait for the acknowledgement of a sending.
    pub timeout: Distribution,
    /// The reply to a client whose push was never acknowledged (with [`Wait::Ack`]).
    pub exhausted: Exhausted,
    /// Time after a sending at which a peer's current version is sent again; none: never.
    pub refresh_every: Option<Distribution>,
    /// Whether a revocation is sent; if not, a record goes by other mechanisms only.
    pub removals: bool,
}

/// What carries a push.
#[derive(Clone, Debug, PartialEq)]
pub enum PushTransport {
    /// Core NATS: a message, at most once, sent again by the API if it is not acknowledged.
    Core(Retry),
    /// A request to the gateway, whose reply follows the install.
    Http(Retry),
    /// Stored by the bus and redelivered until acknowledged.
    Jetstream {
        /// Wait for an acknowledgement before delivery n + 1: the n-th entry, the last repeating; never empty.
        waits: Vec<Duration>,
        /// Deliveries in all; 0: no limit.
        max_deliver: u32,
    },
}

/// Whether the client's reply waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// The API replies when it has committed.
    None,
    /// The API replies when the push is acknowledged.
    Ack,
}

/// The reply to a client whose push was never acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exhausted {
    /// The reply all the same.
    Reply,
    /// An error.
    Error,
}

/// How a request or message that is not answered is sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    /// Sendings in all, ≥ 1.
    pub attempts: u32,
    /// Base of the exponential backoff.
    pub backoff: Duration,
    /// Its cap.
    pub backoff_max: Duration,
}

impl Retry {
    /// The longest backoff before retry `n` + 1, from 0: min(`backoff_max`, `backoff`·2^n); the wait is uniform below it.
    #[must_use]
    pub fn backoff_cap(&self, n: u32) -> Duration {
        let doubled = self.backoff.as_nanos().saturating_mul(1_u64.checked_shl(n).unwrap_or(u64::MAX));
        Duration::from_nanos(doubled).min(self.backoff_max)
    }
}

/// The `pull` mechanism.
#[derive(Clone, Debug, PartialEq)]
pub struct Pull {
    /// What carries requests and replies.
    pub transport: PullTransport,
    /// Where configs are read.
    pub source: FetchSource,
    /// How a fetch is retried.
    pub retry: Retry,
    /// Wait for an answer.
    pub timeout: Duration,
    /// Time to find out whose initiation it is.
    pub identify: Distribution,
    /// What follows the install.
    pub answer: PullAnswer,
    /// Life of a negative entry; zero: none is kept.
    pub negative_ttl: Duration,
    /// A token bucket before the fetches; none: no limit.
    pub rate_limit: Option<RateLimit>,
    /// Fetches under way at once; 0: no limit.
    pub concurrency: u32,
    /// Age of a record at which an initiation makes the gateway fetch again; none: never.
    pub ttl: Option<Duration>,
    /// What happens meanwhile.
    pub stale: Stale,
    /// Whether the API sends invalidations over the bus: gateways drop changed records.
    pub invalidate: bool,
}

/// What carries a fetch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PullTransport {
    /// A request to the API.
    Http,
    /// A message each way.
    Bus,
}

/// Where a fetch reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FetchSource {
    /// The API.
    Primary,
    /// The replica beside the gateway.
    Replica {
        /// Whether the API is asked about a peer that the replica does not know.
        fallback: bool,
    },
}

/// What follows the install of a fetched config.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PullAnswer {
    /// Nothing: the client's next initiation is answered.
    Retry,
    /// The gateway sends an initiation of its own.
    Initiate,
    /// The latest initiation is answered as if it had just arrived.
    Inline,
}

/// What happens to an initiation that finds its record past its time to live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stale {
    /// It is answered, and the record refreshed behind.
    Serve,
    /// It is answered when the record is fresh.
    Block,
}

/// A token bucket.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RateLimit {
    /// Tokens per second, > 0.
    pub rate: f64,
    /// Size of the bucket, ≥ 1; it starts full.
    pub burst: u32,
}

/// The `reconcile` mechanism.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reconcile {
    /// Period of the lists, > 0; each gateway has a random phase.
    pub every: Duration,
    /// Wait for the reply.
    pub timeout: Duration,
    /// Requests in all, ≥ 1.
    pub attempts: u32,
}

/// The `evict` mechanism.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Evict {
    /// Time without a session after which a record goes.
    pub idle_after: Duration,
    /// Period of the sweep, > 0; each gateway has a random phase.
    pub every: Duration,
}

/// The `watch` mechanism.
#[derive(Clone, Debug, PartialEq)]
pub struct Watch {
    /// How long the API keeps a stream open; none: for ever.
    pub lifetime: Option<Distribution>,
    /// How long after a stream's end the API can resume it; none: for ever.
    pub history: Option<Duration>,
    /// Whether the API can no longer resume what it opened before it went down.
    pub forgets: bool,
    /// How long a cut of the network a gateway's stream outlives; none: every cut.
    pub keepalive: Option<Duration>,
    /// Wait for the answer to a request to watch or to list.
    pub timeout: Duration,
    /// First backoff after a failure; it doubles with each failure in a row.
    pub backoff: Duration,
    /// Its cap.
    pub backoff_max: Duration,
    /// A stream that was open for this long ends a row of failures; none: no stream does.
    pub reset_after: Option<Duration>,
}
