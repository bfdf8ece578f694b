//! What each key does to each mechanism, where its default comes from, and an example.
//!
//! A key is named by its path, without the name of a strategy and without the number of a fault. Its meaning, its default
//! and what it accepts stand in the table of keys. A test fails where a key has no text, where a text has no key, and
//! where an example is not accepted.

/// What is said of a key beside its meaning.
#[derive(Clone, Copy, Debug)]
pub(super) struct Text {
    /// The key.
    pub(super) path: &'static str,
    /// What it does to each mechanism that it concerns.
    pub(super) effect: &'static str,
    /// Where the default comes from; empty where it is a setting of the experiment.
    pub(super) source: &'static str,
    /// A line of an experiment file.
    pub(super) example: &'static str,
}

const fn text(path: &'static str, effect: &'static str, example: &'static str) -> Text {
    Text { path, effect, source: "", example }
}

const fn sourced(path: &'static str, effect: &'static str, source: &'static str, example: &'static str) -> Text {
    Text { path, effect, source, example }
}

/// Said of a default that nobody has published.
const NOBODY: &str = "nobody has published a figure; vary it before relying on it";

const WHITEPAPER: &str =
    "WireGuard's constants, the same in Linux (messages.h) and in wireguard-go (device/constants.go)";
const REFLECTOR: &str = "the reflector of Kubernetes' client-go (tools/cache/reflector.go)";
const REGIONS: &str = "round trips between cloud regions as published (80.6 ms from Virginia to Ireland), halved";

/// All texts, in the order of the file's keys.
pub(super) const TEXTS: &[Text] = &[
    text("name", "It names the result folder and the report, and changes no result.", "name = \"incident\""),
    text(
        "description",
        "The report shows it as the question, and it changes no result.",
        "description = \"Does pull cure lost pushes?\"",
    ),
    text(
        "seed",
        "All strategies and points share it, so that they face the same clients, delays and losses.",
        "seed = 42",
    ),
    text(
        "replications",
        "More replications narrow every interval; a strategy's mean does not depend on their number.",
        "replications = 50",
    ),
    text(
        "precision",
        "Each pair of point and strategy is repeated until its measure is precise, so strategies may have different numbers of runs.",
        "precision = { measure = \"stall_rate\", relative = 0.05 }",
    ),
    text(
        "precision.measure",
        "Only its precision decides when to stop; all other measures are as precise as they come.",
        "precision = { measure = \"late_rate\", relative = 0.1 }",
    ),
    text(
        "precision.relative",
        "Rare events take many runs: half of the width means four times the runs.",
        "precision = { measure = \"stall_rate\", relative = 0.05 }",
    ),
    text(
        "precision.absolute",
        "It suits rates near zero, whose relative width never narrows.",
        "precision = { measure = \"stall_rate\", absolute = 0.001 }",
    ),
    text(
        "precision.at_most",
        "What is not precise by then is named at the end of the run and in the manifest.",
        "precision = { measure = \"stall_rate\", relative = 0.05, at_most = 200 }",
    ),
    text(
        "horizon",
        "A longer one has more attempts and shows slower effects: growing tables under push, evictions, refreshes.",
        "horizon = \"2h\"",
    ),
    text(
        "warmup",
        "What happens before is not counted. Tables that fill slowly (push, evict) need a longer one; `check --warmup` judges it.",
        "warmup = \"10m\"",
    ),
    sourced(
        "stall_after",
        "Under pull with answer = \"retry\" every connection of an unknown peer waits for WireGuard's second initiation and so crosses 5s.",
        "the probe of flyctl gives up after 5 s (agent/server/server.go)",
        "stall_after = \"15s\"",
    ),
    text(
        "late_after",
        "It counts from the create on: waiting for an acknowledged push, an API queue and failed creates make attempts late.",
        "late_after = \"10s\"",
    ),
    text(
        "recovery_window",
        "Recovery is told once a window's stall rate is back; a wider one is surer and later.",
        "recovery_window = \"2m\"",
    ),
    text("confidence", "It sets the width of all intervals and how easily a difference is shown.", "confidence = 0.99"),
    text("baseline", "Differences, verdicts and the conclusion are told against this strategy.", "baseline = \"push\""),
    text("only", "The others are not run, and results of those that are do not change.", "only = [\"push\"]"),
    text("events_max", "It changes no result; a run that reaches it is listed as failed.", "events_max = 100000000"),
    text("clients", "All strategies face the same clients.", "clients.arrivals = { poisson = \"2/s\" }"),
    sourced(
        "clients.arrivals",
        "Every new peer is a create at the API. Push sends one config for each, pull fetches one for each; tables grow with the rate unless something evicts.",
        NOBODY,
        "clients.arrivals = { poisson = \"10/s\" }",
    ),
    sourced(
        "clients.session",
        "Sessions longer than rekey_after rekey, which pull with ttl may turn into a fetch. A record is idle for evict once the session has ended.",
        NOBODY,
        "clients.session = { exponential = \"3m\" }",
    ),
    text(
        "clients.returns",
        "A return needs no create. Push still has its record; under pull with evict it is fetched again after idle_after.",
        "clients.returns = { probability = 0.5, after = { exponential = \"15m\" } }",
    ),
    sourced(
        "clients.returns.probability",
        "More returns favour strategies that keep records: push, and pull with a long evict.idle_after.",
        NOBODY,
        "clients.returns.probability = 0.5",
    ),
    sourced(
        "clients.returns.after",
        "Returns after evict.idle_after or expire.after find no record: pull fetches, push alone stalls.",
        NOBODY,
        "clients.returns.after = { exponential = \"1h\" }",
    ),
    text(
        "clients.update_every",
        "Each update is a push or an event of a watch. A pulled record stays out of date until ttl, invalidate or evict removes it.",
        "clients.update_every = { exponential = \"10m\" }",
    ),
    text(
        "clients.revoke_after",
        "Push and watch send a removal, which can be lost under push. Without them a revoked record stays until reconcile, ttl, evict or expire.",
        "clients.revoke_after = { exponential = \"30m\" }",
    ),
    text(
        "clients.existing",
        "They fill tables under push, reconcile and watch: reloads, lists and installs with a share per record take longer. Pull alone does not hold them.",
        "clients.existing = 100000",
    ),
    text(
        "clients.existing_gateways",
        "It concentrates the table of existing peers on some gateways, whose reloads and lists then take longest.",
        "clients.existing_gateways = [0]",
    ),
    text(
        "clients.devices",
        "Unlike existing peers they have clients, who come as returns: push finds their records, pull fetches each.",
        "clients.devices = { count = 1000, first = { uniform = [\"0s\", \"10m\"] } }",
    ),
    text(
        "clients.devices.count",
        "Records in tables under push, reconcile and watch from time 0 on; fetches under pull when they come.",
        "clients.devices.count = 5000",
    ),
    text(
        "clients.devices.first",
        "When all come at once, pull sends that many fetches to the API at once.",
        "clients.devices.first = { uniform = [\"0s\", \"10m\"] }",
    ),
    text(
        "clients.strangers",
        "Under pull each unknown key costs identify and a fetch, unless negative_ttl or rate_limit holds it back. Push drops them for nothing.",
        "clients.strangers = \"50/s\"",
    ),
    sourced(
        "clients.create_timeout",
        "With push.wait = \"ack\" the create lasts as long as the acknowledgement: a short timeout turns waiting into failed creates.",
        NOBODY,
        "clients.create_timeout = \"30s\"",
    ),
    sourced(
        "clients.create_attempts",
        "Each further create is served again by the API, and is pushed again under push.",
        NOBODY,
        "clients.create_attempts = 1",
    ),
    text(
        "clients.handshake",
        "The clients' timers are the same under all strategies.",
        "clients.handshake.patience = \"30s\"",
    ),
    sourced(
        "clients.handshake.retry_after",
        "The grid of all waits: who misses the first initiation waits at least this long, unless pull has answer = \"initiate\" or \"inline\". \"linux\": 5.12 s or 5.376 s, as the kernel's timer wheel at 250 Hz makes it; \"boringtun\": 5 s without jitter, and 18 initiations at most.",
        WHITEPAPER,
        "clients.handshake.retry_after = \"linux\"",
    ),
    sourced(
        "clients.handshake.retry_jitter",
        "It spreads the retries of clients that were stopped together, for all strategies alike.",
        WHITEPAPER,
        "clients.handshake.retry_jitter = \"100ms\"",
    ),
    sourced(
        "clients.handshake.initiations_max",
        "It decides when an attempt fails: under push a lost config without repair fails after this many.",
        WHITEPAPER,
        "clients.handshake.initiations_max = 10",
    ),
    sourced(
        "clients.handshake.traffic_every",
        "Pull with answer = \"initiate\": a client whose response was lost is silent for retry_after and then until its next packet. No other strategy notices.",
        NOBODY,
        "clients.handshake.traffic_every = \"10s\"",
    ),
    sourced(
        "clients.handshake.rekey_after",
        "Each rekey is an initiation, which makes pull with ttl fetch records that are too old, and keeps a record from being idle.",
        WHITEPAPER,
        "clients.handshake.rekey_after = \"never\"",
    ),
    sourced(
        "clients.handshake.reject_after",
        "A session whose rekey is never answered, as after a removed record, ends at this age with a reconnect.",
        WHITEPAPER,
        "clients.handshake.reject_after = \"240s\"",
    ),
    sourced(
        "clients.handshake.dead_after",
        "After a restart of a gateway its clients come back together this much later: under pull each is a fetch unless the table persists.",
        "WireGuard starts a handshake 15 s after data without an answer (KEEPALIVE_TIMEOUT + REKEY_TIMEOUT)",
        "clients.handshake.dead_after = \"30s\"",
    ),
    text(
        "clients.handshake.patience",
        "Clients that give up early turn long stalls into failures, for all strategies alike.",
        "clients.handshake.patience = \"30s\"",
    ),
    text(
        "path",
        "Initiations and responses travel here. Pull with answer = \"initiate\" needs three packets more after the install.",
        "path.loss = 0.01",
    ),
    sourced(
        "path.delay",
        "Push answers after one round trip, pull with answer = \"initiate\" after two and the fetch.",
        NOBODY,
        "path.delay = { lognormal = { median = \"40ms\", p99 = \"200ms\" } }",
    ),
    sourced(
        "path.loss",
        "A lost packet stalls under every strategy. Pull with answer = \"initiate\" has more packets to lose than push.",
        NOBODY,
        "path.loss = 0.01",
    ),
    text(
        "path.setup",
        "It comes before every attempt, for all strategies alike, and gives a push that much more time to arrive.",
        "path.setup = \"120ms\"",
    ),
    text(
        "api",
        "Creates, fetches and lists share one queue: what pull and reconcile ask for delays creates.",
        "api.workers = 4",
    ),
    sourced(
        "api.workers",
        "Push loads it with creates only. Pull adds fetches, reconcile and watch add lists: with few workers these wait.",
        NOBODY,
        "api.workers = 2",
    ),
    sourced(
        "api.queue_limit",
        "A rejected create is retried by the client, a rejected fetch by pull after its backoff.",
        NOBODY,
        "api.queue_limit = 100",
    ),
    sourced(
        "api.create_service",
        "It delays every create, under all strategies.",
        NOBODY,
        "api.create_service = { exponential = \"50ms\" }",
    ),
    sourced(
        "api.fetch_service",
        "Pull waits for it at every fetch; push alone never fetches.",
        NOBODY,
        "api.fetch_service = { exponential = \"20ms\" }",
    ),
    sourced(
        "api.list_service",
        "Reconcile and watch wait for it at every list; during it a worker is taken from creates and fetches.",
        NOBODY,
        "api.list_service = { exponential = \"100ms\" }",
    ),
    sourced(
        "api.list_entry_service",
        "Long tables make the lists of reconcile and watch slow, and block workers.",
        NOBODY,
        "api.list_entry_service = \"50us\"",
    ),
    sourced(
        "api.client_delay",
        "It lies on the create's way there and back; on the way back a push that is not waited for gains this time.",
        NOBODY,
        "api.client_delay = \"80ms\"",
    ),
    text("http", "Pull, reconcile, watch and push over http use it.", "http.failure = 0.001"),
    sourced(
        "http.delay",
        "A fetch takes two of them, and so does a push over http with its acknowledgement; an event of a watch takes one.",
        REGIONS,
        "http.delay = { uniform = [\"40ms\", \"115ms\"] }",
    ),
    sourced(
        "http.failure",
        "Pull waits for its timeout and asks again, within its attempts; reconcile misses a list. Nothing is lost on an open watch.",
        NOBODY,
        "http.failure = 0.01",
    ),
    text("http.setup_rtts", "Each adds two delays to every fetch, list and push over http.", "http.setup_rtts = 2"),
    text("bus", "Push over core and JetStream, pull over the bus and invalidations use it.", "bus.loss = 0.01"),
    sourced(
        "bus.delay",
        "A push that is slower than the reply to the client arrives after the first initiation and makes it stall.",
        REGIONS,
        "bus.delay = \"20ms\"",
    ),
    text(
        "bus.loss",
        "Push over core loses the config, and without retry or repair its client never connects. JetStream delivers again after ack_wait. Pull over http does not notice.",
        "bus.loss = 0.01",
    ),
    text(
        "bus.burst",
        "Losses in bursts defeat quick retries of push: they are sent into the same burst. Pull over http does not notice.",
        "bus.burst = { good = \"10m\", bad = \"3s\", loss = 0.9 }",
    ),
    text(
        "bus.burst.good",
        "The rarer the bursts, the fewer pushes are hit.",
        "bus.burst = { good = \"1h\", bad = \"3s\", loss = 0.9 }",
    ),
    text(
        "bus.burst.bad",
        "Push with retries survives bursts that are shorter than its attempts, timeout and backoff together.",
        "bus.burst = { good = \"10m\", bad = \"30s\", loss = 0.9 }",
    ),
    text(
        "bus.burst.loss",
        "It is added to bus.loss while the link is bad, for every message of a gateway.",
        "bus.burst = { good = \"10m\", bad = \"3s\", loss = 1.0 }",
    ),
    sourced(
        "bus.pending_limit",
        "Push over core and http-less invalidations are dropped by a gateway that is this far behind; JetStream keeps them.",
        "the default of nats.go for one subscription",
        "bus.pending_limit = 1000",
    ),
    text(
        "bus.no_responders",
        "Push over core with wait = \"ack\" or attempts above 1 tries again at once while a gateway restarts, and gives up sooner. NATS answers so; other brokers may not.",
        "bus.no_responders = true",
    ),
    text(
        "gateways",
        "Each has one installer: pushes, fetched configs, lists and removals wait for each other.",
        "gateways.count = 10",
    ),
    sourced(
        "gateways.count",
        "The fewer there are, the more clients each serves: longer tables, and more clients hit by a restart.",
        "\"dozens\" of gateways worldwide (https://fly.io/blog/jit-wireguard-peers/)",
        "gateways.count = 10",
    ),
    sourced(
        "gateways.install",
        "A push installs before the client comes; under pull the client waits for it.",
        NOBODY,
        "gateways.install = \"5ms\"",
    ),
    sourced(
        "gateways.install_per_peer",
        "Long tables, as under push without evict, slow every install.",
        NOBODY,
        "gateways.install_per_peer = \"10ns\"",
    ),
    sourced(
        "gateways.remove",
        "Removals of evict, reconcile and revocations delay installs behind them.",
        NOBODY,
        "gateways.remove = \"20ms\"",
    ),
    sourced(
        "gateways.reload_per_peer",
        "After a restart a strategy that persists is deaf until its table is loaded: long under push, short under pull.",
        NOBODY,
        "gateways.reload_per_peer = \"500us\"",
    ),
    text(
        "gateways.handshake_limit",
        "Under every strategy a client above it waits for its next initiation; rekeys count, too. boringtun answers with cookies above 100 a second.",
        "gateways.handshake_limit = 100",
    ),
    text("replica", "Only pull with source = \"replica\" reads it.", "replica.transfer = \"1s\""),
    sourced(
        "replica.service",
        "Pull from a replica waits for it instead of for the API.",
        NOBODY,
        "replica.service = \"5ms\"",
    ),
    sourced(
        "replica.sync_every",
        "A peer that came since the last write is not in the replica: pull falls back to the primary, or fails without fallback.",
        "the sync interval of Litestream",
        "replica.sync_every = \"10s\"",
    ),
    sourced("replica.transfer", "It adds to the age of what the replica shows.", NOBODY, "replica.transfer = \"2s\""),
    text(
        "faults",
        "The conclusion names a fault that no experiment has tried as its main risk. Recovery is measured from each fault's end.",
        "faults = [{ target = \"api\", at = \"15m\", for = \"5m\" }]",
    ),
    text(
        "faults.target",
        "api: no creates, and pull, reconcile and watch get no answer. http: pull, reconcile and watch are cut off. bus: push is. path: everybody is. gateway: tables and sessions are gone.",
        "faults = [{ target = \"gateway\", at = \"15m\", for = \"10s\" }]",
    ),
    text(
        "faults.at",
        "It should leave a counted span before it, from which the normal stall rate is taken.",
        "faults = [{ target = \"bus\", at = \"15m\", for = \"30s\" }]",
    ),
    text(
        "faults.every",
        "Instead of at: repeated faults show a mean effect rather than one recovery.",
        "faults = [{ target = \"bus\", every = { exponential = \"10m\" }, for = \"5s\" }]",
    ),
    text(
        "faults.for",
        "Push with retries outlasts short faults of the bus, and JetStream long ones; pull outlasts faults of the API that its records outlast.",
        "faults = [{ target = \"bus\", at = \"15m\", for = \"5m\" }]",
    ),
    text(
        "faults.effect",
        "drop: push over core loses its messages. delay: they arrive together at the end, and meet the installer's queue.",
        "faults = [{ target = \"bus\", at = \"15m\", for = \"30s\", effect = \"delay\" }]",
    ),
    text(
        "faults.inflight",
        "lost: a fetch or a create that the API had begun costs its timeout. reset: its caller tries again at once, as after a process was killed.",
        "faults = [{ target = \"api\", at = \"15m\", for = \"30s\", inflight = \"reset\" }]",
    ),
    text(
        "faults.gateways",
        "The others go on; only clients of these gateways are hit.",
        "faults = [{ target = \"gateway\", at = \"15m\", for = \"10s\", gateways = [0] }]",
    ),
    text(
        "strategies",
        "A strategy is any combination of push, pull, reconcile, watch, evict and expire.",
        "strategies.jit = { pull = {}, evict = {} }",
    ),
    text(
        "push",
        "A config is there before its client comes, if the message arrives. A loss is repaired by retries, refreshes, reconcile or pull, or not at all.",
        "strategies.ahead.push = { transport = \"core\" }",
    ),
    text(
        "push.transport",
        "core is lost at most once and for good; jetstream is stored and delivered until acknowledged; http is a request with a reply.",
        "strategies.stream.push = { transport = \"jetstream\" }",
    ),
    text(
        "push.wait",
        "With ack the create lasts until the gateway (JetStream: the stream) has acknowledged: fewer stalls, later and failed creates. Judge it by late_rate.",
        "strategies.acked.push = { wait = \"ack\" }",
    ),
    text(
        "push.attempts",
        "Above 1 a push that is not acknowledged is sent again: independent losses are cured, bursts only where the retries outlast them.",
        "strategies.retried.push = { attempts = 3 }",
    ),
    sourced(
        "push.timeout",
        "It delays each retry; with wait = \"ack\" it delays the create.",
        NOBODY,
        "strategies.retried.push = { attempts = 3, timeout = \"2s\" }",
    ),
    sourced(
        "push.backoff",
        "It spreads retries over longer bursts. Under JetStream it is a list that replaces ack_wait.",
        NOBODY,
        "strategies.retried.push = { attempts = 5, backoff = \"1s\" }",
    ),
    sourced(
        "push.backoff_max",
        "It bounds how far apart late retries are.",
        NOBODY,
        "strategies.retried.push = { attempts = 8, backoff_max = \"30s\" }",
    ),
    text(
        "push.exhausted",
        "error: the client's create fails, and it may create again. reply: the client is sent to a gateway that may not know it.",
        "strategies.acked.push = { wait = \"ack\", exhausted = \"reply\" }",
    ),
    text(
        "push.refresh_every",
        "Soft state: a lost push is repaired by the next refresh, at the price of a message per live peer each time.",
        "strategies.soft.push = { refresh_every = \"1m\" }",
    ),
    text(
        "push.removals",
        "Without removals a revoked record stays until expire, evict or reconcile takes it out.",
        "strategies.soft = { push = { removals = false, refresh_every = \"1m\" }, expire = { after = \"3m\" } }",
    ),
    sourced(
        "push.ack_wait",
        "A lost delivery is repaired after it, which is later than any client's patience for a stall of 5 s.",
        "the default of nats-server",
        "strategies.stream.push = { transport = \"jetstream\", ack_wait = \"2s\" }",
    ),
    sourced(
        "push.max_deliver",
        "With a limit a config may be given up, as under core.",
        "the default of nats-server (no limit)",
        "strategies.stream.push = { transport = \"jetstream\", max_deliver = 5 }",
    ),
    text(
        "pull",
        "A lost message is no loss, but every connection of an unknown peer waits for a fetch and needs the API.",
        "strategies.jit.pull = { answer = \"initiate\" }",
    ),
    text(
        "pull.transport",
        "Over the bus a fetch shares the losses and faults of the pushes.",
        "strategies.jit.pull = { transport = \"bus\" }",
    ),
    text(
        "pull.source",
        "A replica answers without the API and outlasts its outages, but does not know what came since its last write.",
        "strategies.jit.pull = { source = \"replica\" }",
    ),
    text(
        "pull.fallback",
        "Without it a new peer waits until the replica has it.",
        "strategies.jit.pull = { source = \"replica\", fallback = false }",
    ),
    sourced(
        "pull.timeout",
        "A lost request costs this much; near stall_after each loss is a stall.",
        NOBODY,
        "strategies.jit.pull = { timeout = \"1s\" }",
    ),
    sourced(
        "pull.attempts",
        "After the last one the client's next initiation starts anew.",
        NOBODY,
        "strategies.jit.pull = { attempts = 5 }",
    ),
    sourced(
        "pull.backoff",
        "It delays repeated fetches, and spares an API that is overloaded.",
        NOBODY,
        "strategies.jit.pull = { backoff = \"500ms\" }",
    ),
    sourced(
        "pull.backoff_max",
        "It bounds the wait between repeated fetches.",
        NOBODY,
        "strategies.jit.pull = { backoff_max = \"2s\" }",
    ),
    sourced(
        "pull.identify",
        "Every initiation of an unknown peer costs it, those of strangers too.",
        NOBODY,
        "strategies.jit.pull = { identify = \"1ms\" }",
    ),
    text(
        "pull.answer",
        "retry: the client's next initiation is answered, 5 s later. initiate: the gateway starts a handshake itself. inline: the waiting initiation is answered, one round trip sooner.",
        "strategies.jit.pull = { answer = \"inline\" }",
    ),
    sourced(
        "pull.negative_ttl",
        "It keeps strangers from the API, and a peer that was asked for too early from its config for as long.",
        NOBODY,
        "strategies.jit.pull = { negative_ttl = \"1m\" }",
    ),
    text(
        "pull.rate_limit",
        "It protects the API from a herd of clients or strangers, and makes real clients wait for their retry.",
        "strategies.jit.pull = { rate_limit = { rate = \"500/s\", burst = 100 } }",
    ),
    text(
        "pull.rate_limit.rate",
        "Each gateway has a bucket of its own.",
        "strategies.jit.pull = { rate_limit = { rate = \"50/s\", burst = 100 } }",
    ),
    text(
        "pull.rate_limit.burst",
        "It lets a herd of this size through at once.",
        "strategies.jit.pull = { rate_limit = { rate = \"50/s\", burst = 500 } }",
    ),
    text(
        "pull.concurrency",
        "A slow API then blocks all new peers of a gateway, also those that it could answer.",
        "strategies.jit.pull = { concurrency = 10 }",
    ),
    text(
        "pull.ttl",
        "It bounds how long a record may be out of date, at the price of a fetch at initiations and rekeys.",
        "strategies.jit.pull = { ttl = \"5m\" }",
    ),
    text(
        "pull.stale",
        "serve answers with the old record while the API is away; block turns an outage of the API into stalls of clients in session.",
        "strategies.jit.pull = { ttl = \"5m\", stale = \"block\" }",
    ),
    text(
        "pull.invalidate",
        "Changed records are fetched anew at the next initiation; a lost invalidation leaves the old one.",
        "strategies.jit.pull = { invalidate = true }",
    ),
    text(
        "reconcile",
        "It repairs what a push lost, and installs by itself where nothing pushes; each list loads the API.",
        "strategies.listed = { push = {}, reconcile = { every = \"1m\" } }",
    ),
    sourced(
        "reconcile.every",
        "A lost push is repaired half a period later in the mean, mostly after the client has stalled.",
        NOBODY,
        "strategies.listed = { push = {}, reconcile = { every = \"1m\" } }",
    ),
    sourced(
        "reconcile.timeout",
        "A list that takes longer, as from a loaded API or of a long table, is wasted.",
        NOBODY,
        "strategies.listed = { push = {}, reconcile = { timeout = \"1m\" } }",
    ),
    text(
        "reconcile.attempts",
        "With 1 a lost list is made good in the next period.",
        "strategies.listed = { push = {}, reconcile = { attempts = 3 } }",
    ),
    text(
        "watch",
        "Nothing is lost on an open stream; what came while it was broken is resumed from the history, or listed anew.",
        "strategies.watched.watch = {}",
    ),
    sourced(
        "watch.lifetime",
        "Each end costs a request, and a list where the API cannot resume.",
        REFLECTOR,
        "strategies.watched.watch = { lifetime = \"30m\" }",
    ),
    sourced(
        "watch.history",
        "A stream that was away for longer costs a list of all peers of the gateway.",
        "the compaction interval of Kubernetes' API server for etcd",
        "strategies.watched.watch = { history = \"1m\" }",
    ),
    sourced(
        "watch.forgets",
        "With true every stream lists anew after an outage of the API: a herd of lists.",
        "the watch cache of Kubernetes' API server is in memory",
        "strategies.watched.watch = { forgets = false }",
    ),
    sourced(
        "watch.keepalive",
        "A shorter cut of the network delays events; a longer one breaks the stream.",
        "health checks of HTTP/2 in Kubernetes' client: 30 s idle and 15 s for the answer",
        "strategies.watched.watch = { keepalive = \"10s\" }",
    ),
    sourced(
        "watch.timeout",
        "A list that takes longer counts as failed and is asked for again after the backoff.",
        NOBODY,
        "strategies.watched.watch = { timeout = \"1m\" }",
    ),
    sourced(
        "watch.backoff",
        "It spares an API that just came back, and leaves gateways without news for as long.",
        REFLECTOR,
        "strategies.watched.watch = { backoff = \"2s\" }",
    ),
    sourced(
        "watch.backoff_max",
        "After a long outage a gateway is back at most this (spread up to twofold) after the API.",
        REFLECTOR,
        "strategies.watched.watch = { backoff_max = \"10s\" }",
    ),
    sourced(
        "watch.reset_after",
        "A stream that breaks sooner makes the next backoff longer.",
        REFLECTOR,
        "strategies.watched.watch = { reset_after = \"30s\" }",
    ),
    text(
        "evict",
        "It keeps tables short. Pull fetches a returning peer again; under push alone such a peer stalls.",
        "strategies.jit = { pull = {}, evict = { idle_after = \"10m\" } }",
    ),
    sourced(
        "evict.idle_after",
        "Longer: more returns find their record, and outages of the API hurt fewer; tables are longer, and revoked records stay longer.",
        NOBODY,
        "strategies.jit = { pull = {}, evict = { idle_after = \"1h\" } }",
    ),
    sourced(
        "evict.every",
        "A record goes up to one period after it has become idle.",
        NOBODY,
        "strategies.jit = { pull = {}, evict = { every = \"5m\" } }",
    ),
    text(
        "expire",
        "With push.refresh_every it is soft state: what is no longer refreshed goes by itself.",
        "strategies.soft = { push = { refresh_every = \"1m\" }, expire = { after = \"3m\" } }",
    ),
    sourced(
        "expire.after",
        "Below about three refreshes, lost refreshes remove records of live peers.",
        NOBODY,
        "strategies.soft = { push = { refresh_every = \"1m\" }, expire = { after = \"5m\" } }",
    ),
    text(
        "persists",
        "After a restart a table that persists is loaded again before the gateway hears; one that does not is fetched, listed or lost.",
        "strategies.cached = { pull = {}, persists = true }",
    ),
    text("output", "It changes no result of the other files.", "output.bin = \"10s\""),
    text("output.bin", "The timeline and the table size are drawn from it.", "output.bin = \"10s\""),
];
