//! Every key of an experiment file: its name, what it accepts, its default, its meaning.
//!
//! One table from which everything else follows: what is read and refused, the defaults that `check` prints,
//! the JSON schema, the starting file. The model's own documentation says what each mechanism does.

/// What a key accepts.
#[derive(Debug)]
pub(crate) enum Kind {
    /// A name that can also be a folder's.
    Name,
    /// Any text.
    Text,
    /// Names of strategies.
    Names,
    /// A whole number in this closed range.
    Integer(u64, u64),
    /// A number in [0, 1].
    Probability,
    /// A number in (0, 1).
    Level,
    /// A number of at least this, or above it.
    Real {
        /// The bound.
        least: f64,
        /// Whether the bound itself is refused.
        above: bool,
    },
    /// `true` or `false`.
    Flag,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// The name of a measure.
    Measure,
    /// A duration, possibly zero, possibly `"never"`.
    Span {
        /// Whether zero is accepted.
        zero: bool,
        /// Whether `"never"` is accepted.
        never: bool,
    },
    /// A distribution of a duration, possibly zero, possibly `"never"`.
    Distribution {
        /// Whether a distribution that is always zero is accepted.
        zero: bool,
        /// Whether `"never"` is accepted.
        never: bool,
    },
    /// The timer of initiations: a distribution above zero, or a name of [`TIMERS`](super::read::TIMERS).
    Timer,
    /// A rate, possibly zero.
    Rate {
        /// Whether zero is accepted.
        zero: bool,
    },
    /// The backoff of a push: a duration, or for `JetStream` a list of them.
    Backoff,
    /// `"all"`, a fraction, or a list of gateways.
    Scope,
    /// A process of arrivals.
    Arrivals,
    /// A table with these keys.
    Table(&'static [Key]),
    /// `"never"`, or a table with these keys.
    NeverOr(&'static [Key]),
    /// A list of tables with these keys.
    List(&'static [Key]),
    /// Tables with these keys, each under a name of its own.
    Map(&'static [Key]),
}

/// What holds when a key is not given.
#[derive(Debug)]
pub(crate) enum Default {
    /// It must be given.
    Required,
    /// Nothing: it may be left out.
    Absent,
    /// This TOML value.
    Value(&'static str),
}

/// Where a default comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Basis {
    /// A setting of the experiment, not a fact about a system.
    Choice,
    /// A published figure.
    Published,
    /// Plausible, but nobody has published it.
    Assumed,
}

/// One key.
#[derive(Debug)]
pub(crate) struct Key {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) default: Default,
    pub(crate) basis: Basis,
    pub(crate) about: &'static str,
}

const fn required(name: &'static str, kind: Kind, about: &'static str) -> Key {
    Key { name, kind, default: Default::Required, basis: Basis::Choice, about }
}

const fn optional(name: &'static str, kind: Kind, about: &'static str) -> Key {
    Key { name, kind, default: Default::Absent, basis: Basis::Choice, about }
}

const fn choice(name: &'static str, kind: Kind, default: &'static str, about: &'static str) -> Key {
    Key { name, kind, default: Default::Value(default), basis: Basis::Choice, about }
}

const fn published(name: &'static str, kind: Kind, default: &'static str, about: &'static str) -> Key {
    Key { name, kind, default: Default::Value(default), basis: Basis::Published, about }
}

const fn assumed(name: &'static str, kind: Kind, default: &'static str, about: &'static str) -> Key {
    Key { name, kind, default: Default::Value(default), basis: Basis::Assumed, about }
}

const fn table(name: &'static str, keys: &'static [Key], about: &'static str) -> Key {
    Key { name, kind: Kind::Table(keys), default: Default::Value("{}"), basis: Basis::Choice, about }
}

/// A duration above zero.
const SPAN: Kind = Kind::Span { zero: false, never: false };
/// A duration, zero included.
const SPAN_0: Kind = Kind::Span { zero: true, never: false };
/// A duration above zero, or `"never"`.
const SPAN_NEVER: Kind = Kind::Span { zero: false, never: true };
/// A distribution above zero.
const LAW: Kind = Kind::Distribution { zero: false, never: false };
/// A distribution, zero included.
const LAW_0: Kind = Kind::Distribution { zero: true, never: false };
/// A distribution above zero, or `"never"`.
const LAW_NEVER: Kind = Kind::Distribution { zero: false, never: true };
/// A count that may be zero.
const COUNT_0: Kind = Kind::Integer(0, 1_000_000_000);
/// A count that may not.
const COUNT: Kind = Kind::Integer(1, 1_000_000_000);
/// How often something is tried.
const ATTEMPTS: Kind = Kind::Integer(1, 250);

/// The keys that describe the experiment rather than the system: they cannot be swept.
pub(crate) const FIXED: [&str; 9] =
    ["name", "description", "seed", "replications", "precision", "confidence", "baseline", "only", "output"];

/// The whole file, `[[sweep]]` apart.
pub(crate) static FILE: [Key; 24] = [
    required("name", Kind::Name, "Name of the experiment, also of its result folder."),
    choice("description", Kind::Text, "\"\"", "The question that it answers."),
    choice("seed", Kind::Integer(0, i64::MAX as u64), "1", "Seed of every random stream."),
    choice("replications", Kind::Integer(1, 1_000_000), "20", "Independent repetitions of each point and strategy."),
    optional("precision", Kind::Table(&PRECISION), "Instead of replications: as many as this precision takes."),
    choice("horizon", SPAN, "\"1h\"", "Span in which peers are created."),
    choice("warmup", SPAN_0, "\"5m\"", "Start of the counted span; below horizon."),
    published("stall_after", SPAN, "\"5s\"", "A handshake that takes longer has stalled (flyctl's probe)."),
    choice("late_after", SPAN, "\"5s\"", "An attempt that is not connected so long after its start is late."),
    choice("recovery_window", SPAN, "\"1m\"", "Width of the sliding window in which recovery is judged."),
    choice("confidence", Kind::Level, "0.95", "Level of every confidence interval."),
    optional("baseline", Kind::Text, "The strategy with which the others are compared; default: the first."),
    optional("only", Kind::Names, "Run only these strategies; default: all."),
    choice(
        "events_max",
        Kind::Integer(1, i64::MAX as u64),
        "10000000000",
        "A run that handles more events is a runaway, and fails.",
    ),
    table("clients", &CLIENTS, "How clients arrive, stay, come back and change."),
    table("path", &PATH, "Packets between a client and its gateway, one way."),
    table("api", &API, "The API: one queue before a number of servers."),
    table("http", &HTTP, "Requests between the API and the gateways."),
    table("bus", &BUS, "The message bus between the API and the gateways."),
    table("gateways", &GATEWAYS, "The gateways, each with one serial installer."),
    table("replica", &REPLICA, "The read replica beside each gateway."),
    choice("faults", Kind::List(&FAULT), "[]", "What breaks, and when."),
    required("strategies", Kind::Map(&STRATEGY), "The ways to provision that are compared."),
    table("output", &OUTPUT, "What is written besides the tables."),
];

static PRECISION: [Key; 4] = [
    required("measure", Kind::Measure, "The measure that must be precise."),
    optional("relative", Kind::Real { least: 0.0, above: true }, "Wanted half-width over the absolute mean."),
    optional("absolute", Kind::Real { least: 0.0, above: true }, "Wanted half-width in the measure's unit."),
    choice("at_most", Kind::Integer(2, 1_000_000), "1000", "Replications after which to stop all the same."),
];

static CLIENTS: [Key; 12] = [
    assumed("arrivals", Kind::Arrivals, "{ poisson = \"5/s\" }", "When new peers appear."),
    assumed("session", LAW_0, "{ exponential = \"10m\" }", "Length of a session once connected."),
    table("returns", &RETURNS, "Whether and when a client comes back after a session."),
    choice("update_every", LAW_NEVER, "\"never\"", "Gap between config changes of one peer."),
    choice(
        "revoke_after",
        Kind::Distribution { zero: true, never: true },
        "\"never\"",
        "Time from creation to deletion at the API.",
    ),
    choice("existing", Kind::Integer(0, 100_000_000), "0", "Peers that exist at time 0, with no client behind them."),
    choice("existing_gateways", Kind::Scope, "\"all\"", "The gateways over which they are spread evenly."),
    table("devices", &DEVICES, "Peers that exist at time 0 and whose clients come later."),
    choice("strangers", Kind::Rate { zero: true }, "\"0/s\"", "Rate of attempts by keys that the API does not know."),
    assumed("create_timeout", SPAN, "\"10s\"", "How long a client waits for the reply to a create."),
    assumed("create_attempts", ATTEMPTS, "3", "How often it asks."),
    table("handshake", &HANDSHAKE, "WireGuard's timers, as the client keeps them."),
];

static DEVICES: [Key; 2] = [
    choice("count", Kind::Integer(0, 100_000_000), "0", "How many, each at a random gateway."),
    choice("first", LAW_0, "\"0s\"", "When each comes for the first time."),
];

static RETURNS: [Key; 2] = [
    assumed("probability", Kind::Probability, "0.2", "Probability that the client comes back."),
    assumed("after", LAW_0, "{ exponential = \"30m\" }", "Gap before it comes back."),
];

static HANDSHAKE: [Key; 8] = [
    published(
        "retry_after",
        Kind::Timer,
        "\"5s\"",
        "Time from one initiation to the next, before jitter; \"linux\", \"boringtun\": as these do it.",
    ),
    published("retry_jitter", SPAN_0, "\"333ms\"", "Upper end of the uniform jitter added to it."),
    published("initiations_max", ATTEMPTS, "20", "Initiations before an attempt has failed."),
    assumed(
        "traffic_every",
        SPAN_0,
        "\"0s\"",
        "Gap between the packets of the client's application; 0s: all the time.",
    ),
    published("rekey_after", SPAN_NEVER, "\"120s\"", "Age of a session's keys at which the client begins a rekey."),
    published("reject_after", SPAN_NEVER, "\"180s\"", "Age of a session's keys at which they are rejected."),
    published("dead_after", SPAN_0, "\"15s\"", "Time after its gateway went down until a client finds out."),
    choice("patience", SPAN_NEVER, "\"never\"", "Time after its first initiation at which a client gives up."),
];

static PATH: [Key; 3] = [
    assumed("delay", LAW_0, "{ lognormal = { median = \"20ms\", p99 = \"100ms\" } }", "Delay of one packet."),
    assumed("loss", Kind::Probability, "0.001", "Probability that a packet is lost."),
    choice("setup", LAW_0, "\"0s\"", "Extra time before an attempt's first initiation."),
];

static API: [Key; 7] = [
    assumed("workers", Kind::Integer(1, 1_000_000), "8", "Servers."),
    assumed("queue_limit", COUNT_0, "1000", "Requests that may wait; one that finds this many is rejected."),
    assumed("create_service", LAW_0, "{ exponential = \"20ms\" }", "Service of a create."),
    assumed("fetch_service", LAW_0, "{ exponential = \"5ms\" }", "Service of a fetch."),
    assumed("list_service", LAW_0, "{ exponential = \"20ms\" }", "Service of a list, before its entries."),
    assumed("list_entry_service", SPAN_0, "\"10us\"", "Service of each entry of a list."),
    assumed("client_delay", LAW_0, "\"40ms\"", "One way between a client and the API."),
];

static HTTP: [Key; 3] = [
    published("delay", LAW_0, "\"40ms\"", "One way (half the round trip from Virginia to Ireland)."),
    assumed(
        "failure",
        Kind::Probability,
        "0.0001",
        "Probability that a request is lost, so that its caller times out.",
    ),
    choice(
        "setup_rtts",
        Kind::Integer(0, 100),
        "0",
        "Extra round trips per request: 0 kept alive, 2 fresh TCP and TLS.",
    ),
];

static BUS: [Key; 5] = [
    published("delay", LAW_0, "\"40ms\"", "One way (half the round trip from Virginia to Ireland)."),
    choice("loss", Kind::Probability, "0.0", "Probability that a message is lost, independent of all else."),
    choice("burst", Kind::NeverOr(&BURST), "\"never\"", "Bursts of loss on each gateway's link."),
    published(
        "pending_limit",
        COUNT_0,
        "500000",
        "A push that finds this many waiting or in service at the gateway is dropped.",
    ),
    choice(
        "no_responders",
        Kind::Flag,
        "false",
        "Whether a core push that waits for an acknowledgement fails at once if its gateway is down.",
    ),
];

static BURST: [Key; 3] = [
    required("good", SPAN, "Mean time in the good state."),
    required("bad", SPAN, "Mean time in the bad state."),
    required("loss", Kind::Probability, "Probability that a message sent in the bad state is lost."),
];

static GATEWAYS: [Key; 6] = [
    published("count", Kind::Integer(1, 65_536), "30", "How many (\"dozens\")."),
    assumed("install", LAW_0, "\"1ms\"", "Service of an install, before the table's share."),
    assumed("install_per_peer", SPAN_0, "\"0s\"", "Service added per record in the table."),
    assumed("remove", LAW_0, "\"10ms\"", "Service of a removal."),
    assumed("reload_per_peer", SPAN_0, "\"100us\"", "Time per record to reload a table after a restart."),
    choice(
        "handshake_limit",
        COUNT_0,
        "0",
        "Initiations a second above which a gateway answers with a cookie; 0: no limit.",
    ),
];

static REPLICA: [Key; 3] = [
    assumed("service", LAW_0, "\"1ms\"", "Time to read one record."),
    published("sync_every", SPAN, "\"1s\"", "Gap between the starts of two writes (Litestream's)."),
    assumed("transfer", LAW_0, "\"500ms\"", "Time from the start of a write until it shows."),
];

static FAULT: [Key; 7] = [
    required("target", Kind::Choice(&["api", "http", "bus", "path", "gateway"]), "What breaks."),
    optional("at", SPAN_0, "When it strikes, once."),
    optional("every", Kind::Distribution { zero: false, never: false }, "Gap from one end to the next start."),
    required("for", LAW_0, "How long each time."),
    choice("effect", Kind::Choice(&["drop", "delay"]), "\"drop\"", "Bus only: lose messages, or hold them to the end."),
    choice(
        "inflight",
        Kind::Choice(&["lost", "reset"]),
        "\"lost\"",
        "Api only: callers under way time out, or get an error at once.",
    ),
    choice("gateways", Kind::Scope, "\"all\"", "Http, bus, path and gateway only: which gateways."),
];

static OUTPUT: [Key; 1] = [choice("bin", SPAN_NEVER, "\"never\"", "Width of a bin of timeseries.csv.")];

/// The keys of one strategy.
pub(crate) static STRATEGY: [Key; 7] = [
    optional("push", Kind::Table(&PUSH), "The API sends each change to the peer's gateway."),
    optional("pull", Kind::Table(&PULL), "An initiation from an unknown peer makes the gateway fetch its config."),
    optional("reconcile", Kind::Table(&RECONCILE), "Each gateway compares its table with the API's list."),
    optional("watch", Kind::Table(&WATCH), "Each gateway lists its peers, then holds a stream of changes."),
    optional("evict", Kind::Table(&EVICT), "Each gateway removes idle records."),
    optional("expire", Kind::Table(&EXPIRE), "A gateway drops records of which it has not heard."),
    optional("persists", Kind::Flag, "Whether the table survives a restart; default: if it pushes or reconciles."),
];

/// The default base of a push's backoff. As one duration it means nothing to `JetStream`, which then waits `ack_wait`.
pub(crate) const BACKOFF: &str = "\"250ms\"";

static PUSH: [Key; 11] = [
    choice("transport", Kind::Choice(&["core", "jetstream", "http"]), "\"core\"", "What carries it."),
    choice("wait", Kind::Choice(&["none", "ack"]), "\"none\"", "Whether the client's reply waits for the gateway."),
    choice("attempts", ATTEMPTS, "1", "Core and http: sendings in all."),
    assumed("timeout", LAW, "\"1s\"", "Core and http: wait for an acknowledgement."),
    assumed("backoff", Kind::Backoff, BACKOFF, "Core and http: base of the backoff; JetStream: a list of waits."),
    assumed("backoff_max", SPAN_0, "\"10s\"", "Core and http: cap of the backoff."),
    choice("exhausted", Kind::Choice(&["reply", "error"]), "\"error\"", "With wait: what a client is told at the end."),
    choice("refresh_every", LAW_NEVER, "\"never\"", "Time after which a current version is sent again."),
    choice("removals", Kind::Flag, "true", "Whether a revocation is sent; if not, its record has to expire."),
    published("ack_wait", SPAN, "\"30s\"", "JetStream: wait before it delivers again."),
    published("max_deliver", COUNT_0, "0", "JetStream: deliveries in all; 0: no limit."),
];

static PULL: [Key; 15] = [
    choice("transport", Kind::Choice(&["http", "bus"]), "\"http\"", "What carries requests and replies."),
    choice("source", Kind::Choice(&["primary", "replica"]), "\"primary\"", "Where configs are read."),
    choice("fallback", Kind::Flag, "true", "Replica: ask the primary for a peer that it does not know."),
    assumed("timeout", SPAN, "\"5s\"", "Wait for a reply."),
    assumed("attempts", ATTEMPTS, "3", "Requests in all."),
    assumed("backoff", SPAN_0, "\"100ms\"", "Base of the backoff."),
    assumed("backoff_max", SPAN_0, "\"5s\"", "Cap of the backoff."),
    assumed("identify", LAW_0, "\"200us\"", "Time to find out whose initiation it is."),
    choice(
        "answer",
        Kind::Choice(&["retry", "initiate", "inline"]),
        "\"initiate\"",
        "What follows the install: the client's retry, a handshake by the gateway, an answer.",
    ),
    assumed("negative_ttl", SPAN_0, "\"5s\"", "Life of an entry that says: no such peer."),
    choice("rate_limit", Kind::NeverOr(&RATE_LIMIT), "\"never\"", "A token bucket before the fetches."),
    choice("concurrency", COUNT_0, "0", "Fetches under way at once; 0: no limit."),
    choice("ttl", SPAN_NEVER, "\"never\"", "Age of a record at which an initiation makes the gateway fetch again."),
    choice("stale", Kind::Choice(&["serve", "block"]), "\"serve\"", "With ttl: answer first, or after the fetch."),
    choice("invalidate", Kind::Flag, "false", "Whether the API tells gateways to drop changed records."),
];

static RATE_LIMIT: [Key; 2] = [
    required("rate", Kind::Rate { zero: false }, "Tokens per unit of time."),
    required("burst", COUNT, "Size of the bucket; it starts full."),
];

static RECONCILE: [Key; 3] = [
    assumed("every", SPAN, "\"5m\"", "Period of the lists."),
    assumed("timeout", SPAN, "\"30s\"", "Wait for the reply."),
    choice("attempts", ATTEMPTS, "1", "Requests in all."),
];

static WATCH: [Key; 8] = [
    published("lifetime", LAW_NEVER, "{ uniform = [\"5m\", \"10m\"] }", "How long the API keeps a stream open."),
    published("history", SPAN_NEVER, "\"5m\"", "How long after a stream's end the API can resume it."),
    published("forgets", Kind::Flag, "true", "Whether the API cannot resume what it opened before it went down."),
    published("keepalive", SPAN_NEVER, "\"45s\"", "How long a cut of the network a gateway's stream outlives."),
    assumed("timeout", SPAN, "\"30s\"", "Wait for the answer to a request to watch or to list."),
    published(
        "backoff",
        SPAN_0,
        "\"800ms\"",
        "First backoff after a failure; it doubles, and is spread up to twofold.",
    ),
    published("backoff_max", SPAN_0, "\"30s\"", "Cap of the backoff, before it is spread."),
    published("reset_after", SPAN_NEVER, "\"2m\"", "A stream open for this long ends a row of failures."),
];

static EVICT: [Key; 2] = [
    assumed("idle_after", SPAN_0, "\"10m\"", "Time without a session after which a record goes."),
    assumed("every", SPAN, "\"1m\"", "Period of the sweep."),
];

static EXPIRE: [Key; 1] = [assumed("after", LAW, "\"3m\"", "Time since its last push, refresh or fetch.")];
