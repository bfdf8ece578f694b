//! A whole run for a trace viewer: the Perfetto UI, or Chrome's tracing page.
//!
//! The format is the JSON of the Trace Event Format. Every parcel is a slice from its sending to its arrival (of zero
//! length if it is lost), on the track of its carrier. API workers, installers and the chosen peers are threads.
//! Fetches and waits in the API's queue are slices beside the threads. Queues, tables and stale records are counters.
//! Each parcel of a chosen peer is also an arrow from sender to receiver. Events are not in order of time; viewers do
//! not require it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::io::{self, Write};

use serde_json::{Map, Value, json};

use super::json::parcel_word;
use crate::model::{
    AttemptEnd, AttemptKind, Carrier, Detail, FaultId, FetchEnd, GatewayId, Loss, Observation, Parcel, Party, PeerId,
    RequestKind, RequestSlot, Scenario, Target,
};
use crate::story::{Fact, Witness};
use des::Time;

/// Processes, by number.
const RUN: u32 = 1;
const PEERS: u32 = 2;
const API: u32 = 3;
const INTERNET: u32 = 4;
const PATH: u32 = 5;
const BUS: u32 = 6;
const HTTP: u32 = 7;
/// Gateway g is process `GATEWAYS` + g.
const GATEWAYS: u32 = 100;

/// Threads of a gateway.
const INSTALLER: u32 = 1;
const MESSAGES: u32 = 2;

/// The witness that writes the trace.
pub struct Perfetto<'a, W> {
    out: W,
    scenario: &'a Scenario,
    /// The chosen peers, each with its thread.
    peers: BTreeMap<PeerId, PeerTrack>,
    result: io::Result<()>,
    first: bool,
    /// Number of slices beside threads, and of arrows, so far.
    ids: u64,
    api: ApiTracks,
    gateways: Vec<GatewayTracks>,
    fetches: BTreeMap<(GatewayId, PeerId), VecDeque<Time>>,
    faults: BTreeMap<FaultId, Time>,
    stale: i64,
    records: i64,
    now: Time,
}

struct PeerTrack {
    thread: u32,
    created: Option<Time>,
    /// Start of the present session, if there is one.
    session: Option<Time>,
}

/// The API's workers and queue.
struct ApiTracks {
    /// For each worker: its request, start of the service, kind of the request, and peer.
    workers: Vec<Option<(RequestSlot, Time, RequestKind, PeerId)>>,
    waiting: BTreeMap<RequestSlot, (Time, GatewayId)>,
}

#[derive(Clone, Default)]
struct GatewayTracks {
    /// The job in service: start, peer, whether it is a removal.
    job: Option<(Time, PeerId, bool)>,
    queue: i64,
    table: i64,
}

impl<'a, W: Write> Perfetto<'a, W> {
    /// Begins a trace of a run of `scenario` with tracks for `peers`; `about` describes the run.
    pub fn new(out: W, scenario: &'a Scenario, peers: &BTreeSet<PeerId>, about: &Value) -> Self {
        let threads = peers.iter().zip(1..);
        let mut perfetto = Self {
            out,
            scenario,
            peers: threads.map(|(&peer, thread)| (peer, PeerTrack { thread, created: None, session: None })).collect(),
            result: Ok(()),
            first: true,
            ids: 0,
            api: ApiTracks { workers: vec![None; scenario.api.workers as usize], waiting: BTreeMap::new() },
            gateways: vec![GatewayTracks::default(); scenario.gateways.count as usize],
            fetches: BTreeMap::new(),
            faults: BTreeMap::new(),
            stale: 0,
            records: 0,
            now: Time::ZERO,
        };
        perfetto.text(format_args!("{{\"displayTimeUnit\":\"ms\",\"otherData\":{about},\"traceEvents\":[\n"));
        perfetto.name_tracks();
        perfetto
    }

    fn name_tracks(&mut self) {
        for (pid, name) in [
            (RUN, "run"),
            (PEERS, "peers"),
            (API, "API"),
            (INTERNET, "client to API"),
            (PATH, "client to gateway"),
            (BUS, "bus"),
            (HTTP, "requests between API and gateways"),
        ] {
            self.name_process(pid, name);
        }
        let threads: Vec<(PeerId, u32)> = self.peers.iter().map(|(&peer, track)| (peer, track.thread)).collect();
        for (peer, thread) in threads {
            self.name_thread(PEERS, thread, &format!("peer {peer}"));
        }
        for worker in 0..self.scenario.api.workers {
            self.name_thread(API, worker + 1, &format!("worker {}", worker + 1));
        }
        self.name_thread(API, 0, "messages of the peers");
        self.name_thread(BUS, 0, "stream");
        for gateway in GatewayId::all(self.scenario.gateways.count) {
            self.name_process(process(gateway), &format!("gateway {gateway}"));
            self.name_thread(process(gateway), INSTALLER, "installer");
            self.name_thread(process(gateway), MESSAGES, "messages of the peers");
        }
    }

    /// Ends the trace at the end of the run.
    ///
    /// # Errors
    /// The first failure of writing.
    pub fn finish(mut self) -> io::Result<()> {
        let end = self.now;
        let open: Vec<(u32, Time)> =
            self.peers.values().filter_map(|track| Some((track.thread, track.session?))).collect();
        for (thread, from) in open {
            self.slice(PEERS, thread, "session", "peer", from, end, &json!({ "ended": false }));
        }
        self.text(format_args!("\n]}}\n"));
        self.result?;
        self.out.flush()
    }

    // Writing.

    fn text(&mut self, text: std::fmt::Arguments<'_>) {
        if self.result.is_ok() {
            self.result = self.out.write_fmt(text);
        }
    }

    /// Writes an event: its phase, process and thread, time, name, and further fields.
    fn event(&mut self, phase: char, track: (u32, u32), at: Time, name: &str, rest: &str) {
        let comma = if std::mem::take(&mut self.first) { "" } else { ",\n" };
        let (pid, tid) = track;
        let name = Value::from(name);
        let at = micros(at.as_nanos());
        self.text(format_args!(
            "{comma}{{\"ph\":\"{phase}\",\"pid\":{pid},\"tid\":{tid},\"ts\":{at},\"name\":{name}{rest}}}"
        ));
    }

    fn name_process(&mut self, pid: u32, name: &str) {
        let rest = format!(",\"args\":{}", json!({ "name": name }));
        self.event('M', (pid, 0), Time::ZERO, "process_name", &rest);
        let rest = format!(",\"args\":{}", json!({ "sort_index": pid }));
        self.event('M', (pid, 0), Time::ZERO, "process_sort_index", &rest);
    }

    fn name_thread(&mut self, pid: u32, tid: u32, name: &str) {
        let rest = format!(",\"args\":{}", json!({ "name": name }));
        self.event('M', (pid, tid), Time::ZERO, "thread_name", &rest);
    }

    #[expect(clippy::too_many_arguments, reason = "a slice has this many fields")]
    fn slice(&mut self, pid: u32, tid: u32, name: &str, category: &str, from: Time, to: Time, args: &Value) {
        let length = micros((to - from).as_nanos());
        let rest = format!(",\"cat\":\"{category}\",\"dur\":{length},\"args\":{args}");
        self.event('X', (pid, tid), from, name, &rest);
    }

    /// Writes a slice that may overlap others of its process.
    fn beside(&mut self, pid: u32, name: &str, category: &str, from: Time, to: Time, args: &Value) {
        self.ids += 1;
        let id = self.ids;
        self.event('b', (pid, 0), from, name, &format!(",\"cat\":\"{category}\",\"id\":\"0x{id:x}\",\"args\":{args}"));
        self.event('e', (pid, 0), to, name, &format!(",\"cat\":\"{category}\",\"id\":\"0x{id:x}\""));
    }

    fn instant(&mut self, track: (u32, u32), name: &str, category: &str, args: &Value) {
        let rest = format!(",\"s\":\"t\",\"cat\":\"{category}\",\"args\":{args}");
        self.event('i', track, self.now, name, &rest);
    }

    fn counter(&mut self, pid: u32, name: &str, value: i64) {
        let mut args = Map::new();
        args.insert(name.to_owned(), value.into());
        self.event('C', (pid, 0), self.now, name, &format!(",\"args\":{}", Value::Object(args)));
    }

    /// Writes an arrow between two points of threads.
    fn arrow(&mut self, from: (u32, u32), sent: Time, to: Option<((u32, u32), Time)>, name: &str) {
        self.ids += 1;
        let id = self.ids;
        let rest = |side: &str| format!(",\"cat\":\"parcel\",\"dur\":0,\"bind_id\":\"0x{id:x}\",\"{side}\":true");
        match to {
            None => self.event('X', from, sent, &format!("{name} lost"), ",\"cat\":\"parcel\",\"dur\":0"),
            Some((to, arrival)) => {
                self.event('X', from, sent, name, &rest("flow_out"));
                self.event('X', to, arrival, name, &rest("flow_in"));
            }
        }
    }

    // What happened.

    fn sent(&mut self, peer: PeerId, gateway: GatewayId, parcel: Parcel, carrier: Carrier, fate: Result<Time, Loss>) {
        let pid = match carrier {
            Carrier::Internet => INTERNET,
            Carrier::Path => PATH,
            Carrier::Bus => BUS,
            Carrier::Http => HTTP,
        };
        let name = parcel_word(parcel);
        let mut args = json!({ "peer": number(peer), "gateway": gateway.get() });
        if let Err(loss) = fate {
            args["loss"] = loss.word().into();
        }
        self.beside(pid, name, carrier.word(), self.now, fate.unwrap_or(self.now), &args);
        if let Some(track) = self.peers.get(&peer) {
            let client = (PEERS, track.thread);
            let (from, to) = self.ends(parcel, client, (process(gateway), MESSAGES));
            self.arrow(from, self.now, fate.ok().map(|at| (to, at)), name);
        }
    }

    /// The threads of sender and receiver.
    fn ends(&self, parcel: Parcel, client: (u32, u32), gateway: (u32, u32)) -> ((u32, u32), (u32, u32)) {
        let thread = |place| match place {
            Party::Client => client,
            Party::Api => (API, 0),
            Party::Bus => (BUS, 0),
            Party::Gateway => gateway,
        };
        let (from, to) = parcel.ends(self.scenario.strategy.pusher());
        (thread(from), thread(to))
    }

    fn take(&mut self, request: RequestSlot, kind: RequestKind, peer: PeerId) {
        if let Some((since, gateway)) = self.api.waiting.remove(&request) {
            let args = json!({ "peer": number(peer), "gateway": gateway.get() });
            self.beside(API, &format!("{} waits", kind.word()), "api_queue", since, self.now, &args);
        }
        if let Some(worker) = self.api.workers.iter_mut().find(|worker| worker.is_none()) {
            *worker = Some((request, self.now, kind, peer));
        }
    }

    fn served(&mut self, request: RequestSlot, lost: bool) {
        self.api.waiting.remove(&request);
        let serving =
            |worker: &Option<(RequestSlot, Time, RequestKind, PeerId)>| worker.is_some_and(|(one, ..)| one == request);
        let Some(worker) = self.api.workers.iter().position(serving) else { return };
        let Some((_, since, kind, peer)) = self.api.workers[worker].take() else { return };
        let thread = u32::try_from(worker).expect("workers are 32-bit") + 1;
        let args = json!({ "peer": number(peer), "lost": lost });
        self.slice(API, thread, kind.word(), "api", since, self.now, &args);
    }

    fn job_ended(&mut self, gateway: GatewayId, lost: bool) {
        if let Some((since, peer, removal)) = self.gateways[gateway.index()].job.take() {
            let name = if removal { "remove" } else { "install" };
            let args = json!({ "peer": number(peer), "lost": lost });
            self.slice(process(gateway), INSTALLER, name, "installer", since, self.now, &args);
        }
    }

    fn queue_changed(&mut self, gateway: GatewayId, change: i64) {
        let queue = &mut self.gateways[gateway.index()].queue;
        *queue += change;
        let queue = *queue;
        self.counter(process(gateway), "installer queue", queue);
    }

    fn attempt_ended(&mut self, end: &AttemptEnd) {
        self.end_session(end.peer, end.started);
        let now = self.now;
        let Some(track) = self.peers.get_mut(&end.peer) else { return };
        let thread = track.thread;
        let created = track.created.take();
        if end.connected {
            track.session = Some(now);
        }
        let args = json!({ "connected": end.connected, "counted": end.counted, "cause": end.cause.word() });
        let name = format!("{} attempt", end.kind.word());
        self.slice(PEERS, thread, &name, "peer", end.started, now, &args);
        if let (AttemptKind::First, Some(created)) = (end.kind, created) {
            self.slice(PEERS, thread, "create", "peer", end.started, created, &json!({}));
        }
        self.slice(PEERS, thread, "handshake", "peer", end.first_sent, now, &json!({}));
    }

    fn end_session(&mut self, peer: PeerId, at: Time) {
        if let Some(track) = self.peers.get_mut(&peer)
            && let Some(from) = track.session.take()
        {
            let thread = track.thread;
            self.slice(PEERS, thread, "session", "peer", from, at, &json!({}));
        }
    }

    fn fetch_ended(&mut self, peer: PeerId, gateway: GatewayId, end: FetchEnd) {
        let Some(since) = self.fetches.get_mut(&(gateway, peer)).and_then(VecDeque::pop_front) else { return };
        let args = json!({ "peer": number(peer), "end": end.word() });
        self.beside(process(gateway), "fetch", "fetch", since, self.now, &args);
    }
}

/// Nanoseconds as microseconds, exactly.
fn micros(nanos: u64) -> String {
    format!("{}.{:03}", nanos / 1000, nanos % 1000)
}

/// A peer's number; null for a stranger.
fn number(peer: PeerId) -> Value {
    if peer == PeerId::NOBODY { Value::Null } else { peer.get().into() }
}

/// The process of a gateway's tracks.
fn process(gateway: GatewayId) -> u32 {
    GATEWAYS + u32::from(gateway.get())
}

impl<W: Write> Witness for Perfetto<'_, W> {
    fn fact(&mut self, now: Time, fact: Fact) {
        self.now = now;
        match fact {
            Fact::Observed(observation) => self.observed(observation),
            Fact::Detailed(detail) => self.detailed(detail),
        }
    }
}

impl<W: Write> Perfetto<'_, W> {
    fn observed(&mut self, observation: Observation) {
        let now = self.now;
        match observation {
            Observation::CreateReplied { peer, error: false, .. } => {
                if let Some(track) = self.peers.get_mut(&peer) {
                    track.created = Some(now);
                }
            }
            Observation::AttemptEnded(end) => self.attempt_ended(&end),
            Observation::SessionEnded { peer } => self.end_session(peer, now),
            Observation::InitiationDropped { peer, reason } => {
                if let Some(track) = self.peers.get(&peer) {
                    let track = (PEERS, track.thread);
                    self.instant(track, "initiation dropped", "peer", &json!({ "reason": reason.word() }));
                }
            }
            Observation::MessageLost { peer, kind, loss: loss @ (Loss::GatewayDown | Loss::SlowConsumer), .. } => {
                let args = json!({ "peer": number(peer), "kind": kind.word(), "loss": loss.word() });
                self.instant((BUS, 0), "lost at the gateway", "bus_lost", &args);
            }
            Observation::ApiLoadChanged { waiting, busy } => {
                self.counter(API, "requests waiting", waiting.into());
                self.counter(API, "workers busy", busy.into());
            }
            Observation::FetchStarted { peer, gateway } => {
                self.fetches.entry((gateway, peer)).or_default().push_back(now);
            }
            Observation::FetchEnded { peer, gateway, end } => self.fetch_ended(peer, gateway, end),
            Observation::JobStarted { peer, gateway, removal, .. } => {
                self.gateways[gateway.index()].job = Some((now, peer, removal));
                self.queue_changed(gateway, -1);
            }
            Observation::JobEnded { gateway, .. } => self.job_ended(gateway, false),
            Observation::PeerChanged { before, after, .. }
                if now.saturating_since(Time::ZERO) < self.scenario.horizon =>
            {
                let change = i64::from(after.installed()) - i64::from(before.installed());
                if change != 0 {
                    self.records += change;
                    self.gateways[after.gateway.index()].table += change;
                    let table = self.gateways[after.gateway.index()].table;
                    self.counter(process(after.gateway), "table", table);
                    self.counter(RUN, "records", self.records);
                }
                let change = i64::from(after.stale()) - i64::from(before.stale());
                if change != 0 {
                    self.stale += change;
                    self.counter(RUN, "stale records", self.stale);
                }
            }
            Observation::FaultStarted { fault } => {
                self.faults.insert(fault, now);
            }
            Observation::FaultEnded { fault } => {
                let since = self.faults.remove(&fault).unwrap_or(now);
                let name = match self.scenario.faults[fault.index()].target {
                    Target::Api(_) => "API down",
                    Target::Bus(_) => "bus fault",
                    Target::Http => "network cut",
                    Target::Path => "path fault",
                    Target::Gateway => "gateways down",
                };
                self.beside(RUN, name, "fault", since, now, &json!({ "fault": fault.get() }));
            }
            _ => {}
        }
    }

    fn detailed(&mut self, detail: Detail) {
        let now = self.now;
        match detail {
            Detail::Sent { peer, gateway, parcel, carrier, fate, .. } => {
                self.sent(peer, gateway, parcel, carrier, fate);
            }
            Detail::RequestQueued { gateway, request, .. } => {
                self.api.waiting.insert(request, (now, gateway));
            }
            Detail::RequestTaken { peer, request, kind, .. } => self.take(request, kind, peer),
            Detail::RequestServed { request, .. } => self.served(request, false),
            Detail::RequestLost { request, .. } => self.served(request, true),
            Detail::JobQueued { gateway, .. } => self.queue_changed(gateway, 1),
            Detail::GatewayDown { gateway } => {
                self.job_ended(gateway, true);
                let queue = self.gateways[gateway.index()].queue;
                if queue != 0 {
                    self.queue_changed(gateway, -queue);
                }
                self.instant((process(gateway), MESSAGES), "goes down", "gateway", &json!({}));
            }
            Detail::GatewayLoading { gateway, records, until } => {
                let args = json!({ "records": records });
                self.beside(process(gateway), "reloads its table", "gateway", now, until, &args);
            }
            _ => {}
        }
    }
}
