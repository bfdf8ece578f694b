//! From a valid experiment to the scenario of one run.
//!
//! Everything here has been checked; what cannot be read all the same is a fault of the program and panics.

use toml::{Table, Value};

use super::data::DataFiles;
use super::read::{self, Findings, Timer};
use super::tree::{At, get};
use crate::model::{
    Answer, Api, Arrivals, Burst, Bus, BusEffect, Clients, Evict, Exhausted, Fault, Gateways, Handshake, Http,
    Inflight, Path, Pull, PullTransport, Push, PushTransport, RateLimit, Reconcile, Replica, Retry, RetryTimer,
    Scenario, Schedule, Scope, Source, Stale, Strategy, Target, Wait, Watch,
};
use des::{Distribution, Duration};

/// The mechanisms of a strategy whose table survives a restart, unless it says otherwise.
pub(crate) const PERSISTING: [&str; 2] = ["push", "reconcile"];

/// What a run of `strategy` simulates, by a complete and valid `tree`.
///
/// # Panics
/// If the tree is not valid.
pub(crate) fn scenario(tree: &Table, strategy: &str, data: &DataFiles) -> Scenario {
    let root = Reader { table: tree, data };
    Scenario {
        horizon: root.span("horizon"),
        warmup: root.span("warmup"),
        stall_after: root.span("stall_after"),
        late_after: root.span("late_after"),
        recovery_window: root.span("recovery_window"),
        bin: root.span_never("output.bin"),
        events_max: root.integer("events_max"),
        clients: clients(&root),
        path: path(&root),
        api: api(&root),
        http: http(&root),
        bus: bus(&root),
        gateways: gateways(&root),
        replica: replica(&root),
        faults: faults(&root),
        strategy: named(&root, strategy),
    }
}

/// Reads again what the top-level key `section` of `tree` says, of which no other key is needed.
///
/// # Panics
/// If it is not valid, or no such key is part of a scenario.
pub(crate) fn renew(scenario: &mut Scenario, section: &str, tree: &Table, strategy: &str, data: &DataFiles) {
    let root = Reader { table: tree, data };
    match section {
        "horizon" => scenario.horizon = root.span("horizon"),
        "warmup" => scenario.warmup = root.span("warmup"),
        "stall_after" => scenario.stall_after = root.span("stall_after"),
        "late_after" => scenario.late_after = root.span("late_after"),
        "recovery_window" => scenario.recovery_window = root.span("recovery_window"),
        "events_max" => scenario.events_max = root.integer("events_max"),
        "clients" => scenario.clients = clients(&root),
        "path" => scenario.path = path(&root),
        "api" => scenario.api = api(&root),
        "http" => scenario.http = http(&root),
        "bus" => scenario.bus = bus(&root),
        "gateways" => scenario.gateways = gateways(&root),
        "replica" => scenario.replica = replica(&root),
        "faults" => scenario.faults = faults(&root),
        "strategies" => scenario.strategy = named(&root, strategy),
        _ => panic!("a scenario has no {section}"),
    }
}

fn path(root: &Reader<'_>) -> Path {
    Path {
        delay: root.distribution("path.delay"),
        loss: root.probability("path.loss"),
        setup: root.distribution("path.setup"),
    }
}

fn api(root: &Reader<'_>) -> Api {
    Api {
        workers: root.count("api.workers"),
        queue_limit: root.count("api.queue_limit"),
        create_service: root.distribution("api.create_service"),
        fetch_service: root.distribution("api.fetch_service"),
        list_service: root.distribution("api.list_service"),
        list_entry_service: root.span("api.list_entry_service"),
        client_delay: root.distribution("api.client_delay"),
    }
}

fn http(root: &Reader<'_>) -> Http {
    Http {
        delay: root.distribution("http.delay"),
        failure: root.probability("http.failure"),
        setup_rtts: root.count("http.setup_rtts"),
    }
}

fn bus(root: &Reader<'_>) -> Bus {
    Bus {
        delay: root.distribution("bus.delay"),
        loss: root.probability("bus.loss"),
        burst: root.table("bus.burst").map(|burst| Burst {
            good: burst.span("good"),
            bad: burst.span("bad"),
            loss: burst.probability("loss"),
        }),
        pending_limit: root.count("bus.pending_limit"),
        no_responders: root.flag("bus.no_responders"),
    }
}

fn gateways(root: &Reader<'_>) -> Gateways {
    Gateways {
        count: root.count("gateways.count"),
        install: root.distribution("gateways.install"),
        install_per_peer: root.span("gateways.install_per_peer"),
        remove: root.distribution("gateways.remove"),
        reload_per_peer: root.span("gateways.reload_per_peer"),
        handshake_limit: root.count("gateways.handshake_limit"),
    }
}

fn replica(root: &Reader<'_>) -> Replica {
    Replica {
        service: root.distribution("replica.service"),
        sync_every: root.span("replica.sync_every"),
        transfer: root.distribution("replica.transfer"),
    }
}

fn faults(root: &Reader<'_>) -> Vec<Fault> {
    root.list("faults").map(|fault| read_fault(&fault)).collect()
}

fn named(root: &Reader<'_>, strategy: &str) -> Strategy {
    read_strategy(&root.table(&format!("strategies.{strategy}")).expect("a strategy is a table"))
}

fn clients(root: &Reader<'_>) -> Clients {
    Clients {
        arrivals: root.arrivals("clients.arrivals"),
        session: root.distribution("clients.session"),
        return_probability: root.probability("clients.returns.probability"),
        return_after: root.distribution("clients.returns.after"),
        update_every: root.law_never("clients.update_every"),
        revoke_after: root.law_never("clients.revoke_after"),
        existing: root.count("clients.existing"),
        existing_gateways: root.scope("clients.existing_gateways"),
        devices: root.count("clients.devices.count"),
        device_first: root.distribution("clients.devices.first"),
        strangers: root.rate("clients.strangers"),
        create_timeout: root.span("clients.create_timeout"),
        create_attempts: root.count("clients.create_attempts"),
        handshake: Handshake {
            retry: retry_timer(root),
            traffic_every: root.span("clients.handshake.traffic_every"),
            rekey_after: root.span_never("clients.handshake.rekey_after").unwrap_or(Duration::MAX),
            reject_after: root.span_never("clients.handshake.reject_after").unwrap_or(Duration::MAX),
            dead_after: root.span("clients.handshake.dead_after"),
            dead_jitter: root.span("clients.handshake.retry_jitter"),
            patience: root.span_never("clients.handshake.patience"),
        },
    }
}

fn retry_timer(root: &Reader<'_>) -> RetryTimer {
    let path = "clients.handshake.retry_after";
    let jitter = root.span("clients.handshake.retry_jitter");
    let most = root.count("clients.handshake.initiations_max");
    match root.read(path, |at, value, out| read::timer(at, value, root.data, out)) {
        Timer::After(distribution) => RetryTimer::alike(distribution, jitter, most),
        Timer::Linux => RetryTimer::linux(most),
        Timer::Boringtun => RetryTimer::boringtun(most),
    }
}

fn read_fault(fault: &Reader<'_>) -> Fault {
    let effect = if fault.word("effect") == "delay" { BusEffect::Delay } else { BusEffect::Drop };
    let inflight = if fault.word("inflight") == "reset" { Inflight::Reset } else { Inflight::Lost };
    Fault {
        target: match fault.word("target") {
            "api" => Target::Api(inflight),
            "bus" => Target::Bus(effect),
            "http" => Target::Http,
            "path" => Target::Path,
            _ => Target::Gateway,
        },
        schedule: if fault.has("at") {
            Schedule::At(fault.span("at"))
        } else {
            Schedule::Every(fault.distribution("every"))
        },
        length: fault.distribution("for"),
        gateways: fault.scope("gateways"),
    }
}

fn read_strategy(strategy: &Reader<'_>) -> Strategy {
    let push = strategy.table("push").map(|push| read_push(&push));
    let reconcile = strategy.table("reconcile").map(|reconcile| Reconcile {
        every: reconcile.span("every"),
        timeout: reconcile.span("timeout"),
        attempts: reconcile.count("attempts"),
    });
    let persists =
        if strategy.has("persists") { strategy.flag("persists") } else { push.is_some() || reconcile.is_some() };
    Strategy {
        push,
        pull: strategy.table("pull").map(|pull| read_pull(&pull)),
        reconcile,
        evict: strategy
            .table("evict")
            .map(|evict| Evict { idle_after: evict.span("idle_after"), every: evict.span("every") }),
        watch: strategy.table("watch").map(|watch| Watch {
            lifetime: watch.law_never("lifetime"),
            history: watch.span_never("history"),
            forgets: watch.flag("forgets"),
            keepalive: watch.span_never("keepalive"),
            timeout: watch.span("timeout"),
            backoff: watch.span("backoff"),
            backoff_max: watch.span("backoff_max"),
            reset_after: watch.span_never("reset_after"),
        }),
        expire: strategy.table("expire").map(|expire| expire.distribution("after")),
        persists,
    }
}

fn read_push(push: &Reader<'_>) -> Push {
    let retry = || retry(push, push.backoff("backoff")[0]);
    Push {
        transport: match push.word("transport") {
            "core" => PushTransport::Core(retry()),
            "http" => PushTransport::Http(retry()),
            _ => PushTransport::Jetstream {
                waits: if push.value("backoff").is_array() {
                    push.backoff("backoff")
                } else {
                    vec![push.span("ack_wait")]
                },
                max_deliver: push.count("max_deliver"),
            },
        },
        wait: if push.word("wait") == "ack" { Wait::Ack } else { Wait::None },
        timeout: push.distribution("timeout"),
        exhausted: if push.word("exhausted") == "reply" { Exhausted::Reply } else { Exhausted::Error },
        refresh_every: push.law_never("refresh_every"),
        removals: push.flag("removals"),
    }
}

fn read_pull(pull: &Reader<'_>) -> Pull {
    Pull {
        transport: if pull.word("transport") == "bus" { PullTransport::Bus } else { PullTransport::Http },
        source: if pull.word("source") == "replica" {
            Source::Replica { fallback: pull.flag("fallback") }
        } else {
            Source::Primary
        },
        retry: retry(pull, pull.span("backoff")),
        timeout: pull.span("timeout"),
        identify: pull.distribution("identify"),
        answer: match pull.word("answer") {
            "retry" => Answer::Retry,
            "initiate" => Answer::Initiate,
            _ => Answer::Inline,
        },
        negative_ttl: pull.span("negative_ttl"),
        rate_limit: pull
            .table("rate_limit")
            .map(|limit| RateLimit { rate: limit.rate("rate"), burst: limit.count("burst") }),
        concurrency: pull.count("concurrency"),
        ttl: pull.span_never("ttl"),
        stale: if pull.word("stale") == "block" { Stale::Block } else { Stale::Serve },
        invalidate: pull.flag("invalidate"),
    }
}

fn retry(mechanism: &Reader<'_>, backoff: Duration) -> Retry {
    Retry { attempts: mechanism.count("attempts"), backoff, backoff_max: mechanism.span("backoff_max") }
}

/// Reads the values of a table that is known to be valid.
struct Reader<'a> {
    table: &'a Table,
    data: &'a DataFiles,
}

impl<'a> Reader<'a> {
    fn has(&self, path: &str) -> bool {
        get(self.table, path).is_some()
    }

    fn value(&self, path: &str) -> &'a Value {
        get(self.table, path).unwrap_or_else(|| panic!("a valid experiment has {path}"))
    }

    /// What `read` makes of the value at `path`.
    fn read<T>(&self, path: &str, read: impl FnOnce(&At<'_>, &Value, &mut Findings) -> Option<T>) -> T {
        let value = self.value(path);
        read(&At::ROOT, value, &mut Findings::default())
            .unwrap_or_else(|| panic!("a valid experiment has no {path} = {value}"))
    }

    fn table(&self, path: &str) -> Option<Reader<'a>> {
        let table = get(self.table, path)?.as_table()?;
        Some(Reader { table, data: self.data })
    }

    fn list(&self, path: &str) -> impl Iterator<Item = Reader<'a>> {
        let entries = self.value(path).as_array().map_or(&[][..], Vec::as_slice);
        entries.iter().filter_map(|entry| Some(Reader { table: entry.as_table()?, data: self.data }))
    }

    fn integer(&self, path: &str) -> u64 {
        self.read(path, |at, value, out| read::integer(at, value, 0, u64::MAX, out))
    }

    fn count(&self, path: &str) -> u32 {
        u32::try_from(self.integer(path)).expect("counts are below 2^32")
    }

    fn probability(&self, path: &str) -> f64 {
        self.read(path, read::probability)
    }

    fn rate(&self, path: &str) -> f64 {
        self.read(path, |at, value, out| read::rate(at, value, true, out))
    }

    fn flag(&self, path: &str) -> bool {
        self.read(path, read::flag)
    }

    fn word(&self, path: &str) -> &'a str {
        self.value(path).as_str().unwrap_or_default()
    }

    fn span_never(&self, path: &str) -> Option<Duration> {
        self.read(path, |at, value, out| read::span(at, value, true, true, out)).0
    }

    fn span(&self, path: &str) -> Duration {
        self.span_never(path).expect("a duration that is never absent")
    }

    fn law_never(&self, path: &str) -> Option<Distribution> {
        self.read(path, |at, value, out| read::distribution(at, value, true, true, self.data, out)).0
    }

    fn distribution(&self, path: &str) -> Distribution {
        self.law_never(path).expect("a distribution that is never absent")
    }

    fn backoff(&self, path: &str) -> Vec<Duration> {
        self.read(path, read::backoff)
    }

    fn scope(&self, path: &str) -> Scope {
        self.read(path, read::scope)
    }

    fn arrivals(&self, path: &str) -> Arrivals {
        self.read(path, |at, value, out| read::arrivals(at, value, self.data, out))
    }
}
