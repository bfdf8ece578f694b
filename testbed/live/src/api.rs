//! The API: a queue before workers, behind real HTTP; it pushes over a real bus.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_nats::jetstream::{self, consumer, stream};
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use des::Distribution;
use futures::StreamExt as _;
use pushpull::model::{PullTransport, PushTransport, Retry, Scenario, Wait};
use rand::Rng as _;
use rand::rngs::StdRng;
use serde_json::json;
use tokio::sync::{Semaphore, watch};

use crate::bench::{Bench, Log, purpose};
use crate::clock::{self, length, now, pause};

/// The stream of `JetStream` that keeps configs.
pub(crate) const STREAM: &str = "CONFIGS";

/// Where the fetches of gateways arrive.
pub(crate) const FETCH: &str = "api.fetch";

/// Where the pushes to a gateway go.
pub(crate) fn subject(gateway: usize) -> String {
    format!("gateway.{gateway}.install")
}

/// A connection to the NATS server that comes back by itself.
pub(crate) async fn connect(bench: &Bench, queue: usize) -> async_nats::Client {
    async_nats::ConnectOptions::new()
        .subscription_capacity(queue)
        .retry_on_initial_connect()
        .connect(&bench.nats)
        .await
        .expect("an address")
}

/// A version of a peer, as it is sent and saved: `key version live`, or `gone` for a revocation.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Version {
    pub(crate) number: u32,
    pub(crate) revoked: bool,
}

impl Version {
    pub(crate) fn write(self, key: &str) -> String {
        format!("{key} {} {}", self.number, if self.revoked { "gone" } else { "live" })
    }

    /// The key and version that a text begins with.
    pub(crate) fn read(text: &str) -> Option<(&str, Self)> {
        let mut words = text.split_ascii_whitespace();
        let (key, number) = (words.next()?, words.next()?.parse().ok()?);
        Some((key, Self { number, revoked: words.next()? == "gone" }))
    }
}

/// A peer as the API knows it.
struct Peer {
    gateway: usize,
    version: Version,
    /// Its client has left for good.
    abandoned: bool,
}

/// What a commit changes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Change {
    Create,
    Update,
    Revoke,
}

/// The state that the API commits.
struct Book {
    peers: BTreeMap<String, Peer>,
    /// For each gateway its changes since the API's start, in order.
    changes: Vec<Vec<String>>,
}

struct Api {
    bench: Bench,
    scenario: Scenario,
    workers: Semaphore,
    waiting: AtomicU32,
    stream: Mutex<StdRng>,
    book: Mutex<Book>,
    saved: Mutex<std::fs::File>,
    log: Log,
    /// Starts of the API so far, this one included: positions of streams before it are forgotten.
    epoch: u64,
    /// For each gateway how many changes there are. Open streams look at it.
    changes: Vec<watch::Sender<usize>>,
    streams: AtomicU64,
    /// When the run's changes end, ns: its horizon.
    until: AtomicU64,
    nats: Option<async_nats::Client>,
    http: reqwest::Client,
}

impl Api {
    fn draw(&self, distribution: &Distribution) -> Duration {
        clock::draw(distribution, &mut self.stream.lock().expect("no panic"))
    }

    /// Waits for a worker and its service. False: the queue is full.
    async fn serve(&self, service: &Distribution) -> bool {
        self.serve_for(|api| api.draw(service)).await
    }

    /// Waits for a worker and a service that is drawn when it begins. False: the queue is full.
    async fn serve_for(&self, service: impl FnOnce(&Self) -> Duration) -> bool {
        let limit = self.scenario.api.queue_limit.saturating_add(self.scenario.api.workers);
        if self.waiting.fetch_add(1, Ordering::SeqCst) >= limit {
            self.waiting.fetch_sub(1, Ordering::SeqCst);
            return false;
        }
        let worker = self.workers.acquire().await.expect("never closed");
        pause(service(self)).await;
        drop(worker);
        self.waiting.fetch_sub(1, Ordering::SeqCst);
        true
    }

    /// Commits a change of a peer. Its gateway and version; none: there is nothing to change.
    fn commit(&self, key: &str, gateway: usize, change: Change) -> Option<(usize, Version)> {
        if change != Change::Create && now() >= self.until.load(Ordering::SeqCst) {
            return None;
        }
        let mut book = self.book.lock().expect("no panic");
        let book = &mut *book;
        let version = match (change, book.peers.get_mut(key)) {
            (Change::Create, None) => {
                let version = Version { number: 1, revoked: false };
                book.peers.insert(key.to_owned(), Peer { gateway, version, abandoned: false });
                version
            }
            // A create that is served again.
            (Change::Create, Some(peer)) => return Some((peer.gateway, peer.version)),
            (Change::Update, Some(peer)) if !peer.version.revoked && !peer.abandoned => {
                peer.version.number += 1;
                peer.version
            }
            (Change::Revoke, Some(peer)) if !peer.version.revoked => {
                peer.version = Version { number: peer.version.number + 1, revoked: true };
                peer.version
            }
            (Change::Update | Change::Revoke, _) => return None,
        };
        let text = version.write(key);
        writeln!(self.saved.lock().expect("no panic"), "{gateway} {text}").expect("room on the disk");
        let Version { number, revoked } = version;
        let what = json!({ "what": "commit", "key": key, "gateway": gateway, "version": number, "revoked": revoked,
            "at": now() });
        self.log.line(&what);
        book.changes[gateway].push(text + "\n");
        self.changes[gateway].send_replace(book.changes[gateway].len());
        Some((gateway, version))
    }

    /// Commits a change and pushes it.
    async fn change(self: &Arc<Self>, key: &str, gateway: usize, change: Change) {
        if let Some((gateway, version)) = self.commit(key, gateway, change) {
            self.clone().push(gateway, key.to_owned(), version).await;
        }
    }

    /// Updates and revokes a peer that was created now, as the experiment says.
    fn schedule_changes(self: &Arc<Self>, key: &str, gateway: usize) {
        let clients = &self.scenario.clients;
        if let Some(after) = &clients.revoke_after {
            let (api, key, after) = (self.clone(), key.to_owned(), self.draw(after));
            tokio::spawn(async move {
                pause(after).await;
                api.change(&key, gateway, Change::Revoke).await;
            });
        }
        if clients.update_every.is_some() {
            let (api, key) = (self.clone(), key.to_owned());
            tokio::spawn(async move {
                while let Some(every) = &api.scenario.clients.update_every {
                    pause(api.draw(every)).await;
                    let Some((gateway, version)) = api.commit(&key, gateway, Change::Update) else { return };
                    tokio::spawn(api.clone().push(gateway, key.clone(), version));
                }
            });
        }
    }

    /// Pushes a config, as often as the strategy says.
    async fn push(self: Arc<Self>, gateway: usize, key: String, version: Version) {
        let Some(push) = &self.scenario.strategy.push else { return };
        if version.revoked && !push.removals {
            return;
        }
        let message = || format!("{} {} {:.<width$}", now(), version.write(&key), "", width = self.bench.push_bytes);
        match &push.transport {
            PushTransport::Jetstream { .. } => {
                let context = jetstream::new(self.nats.clone().expect("pushes go over the bus"));
                if let Ok(stored) = context.publish(subject(gateway), message().into()).await {
                    // Publications are not repeated.
                    let _ = stored.await;
                }
            }
            PushTransport::Core(retry) if push.wait == Wait::None && retry.attempts == 1 => {
                let nats = self.nats.as_ref().expect("pushes go over the bus");
                let _ = nats.publish(subject(gateway), message().into()).await;
            }
            PushTransport::Core(retry) | PushTransport::Http(retry) => {
                let by_http = matches!(push.transport, PushTransport::Http(_));
                for nth in 0..retry.attempts {
                    let timeout = self.draw(&push.timeout);
                    let started = tokio::time::Instant::now();
                    if self.ask(by_http, gateway, message(), timeout).await {
                        return;
                    }
                    // A refusal comes at once where the model waits for the timeout.
                    tokio::time::sleep_until(started + timeout).await;
                    let part = self.stream.lock().expect("no panic").random::<f64>();
                    pause(backoff(retry, nth).mul_f64(part)).await;
                }
            }
        }
    }

    /// Sends one push and waits for its acknowledgement.
    async fn ask(&self, by_http: bool, gateway: usize, message: String, timeout: Duration) -> bool {
        if by_http {
            let url = format!("http://127.0.0.1:{}/install", self.bench.gateways[gateway].1);
            let sent = self.http.post(url).body(message).timeout(timeout).send().await;
            return sent.is_ok_and(|reply| reply.status() == StatusCode::OK);
        }
        let nats = self.nats.as_ref().expect("pushes go over the bus");
        let reply = tokio::time::timeout(timeout, nats.request(subject(gateway), message.into())).await;
        matches!(reply, Ok(Ok(_)))
    }
}

/// The longest pause before sending `nth` + 1.
pub(crate) fn backoff(retry: &Retry, nth: u32) -> Duration {
    let doubled = length(retry.backoff).saturating_mul(1 << nth.min(30));
    doubled.min(length(retry.backoff_max))
}

async fn create(State(api): State<Arc<Api>>, body: String) -> StatusCode {
    let Some((key, gateway)) = body.split_once(' ') else { return StatusCode::BAD_REQUEST };
    let Ok(gateway) = gateway.parse::<usize>() else { return StatusCode::BAD_REQUEST };
    let key = key.to_owned();
    if !api.serve(&api.scenario.api.create_service).await {
        return StatusCode::SERVICE_UNAVAILABLE;
    }
    let is_new = !api.book.lock().expect("no panic").peers.contains_key(&key);
    let Some((gateway, version)) = api.commit(&key, gateway, Change::Create) else { return StatusCode::CONFLICT };
    if is_new {
        api.schedule_changes(&key, gateway);
    }
    let waits = api.scenario.strategy.push.as_ref().is_some_and(|push| push.wait == Wait::Ack);
    let pushed = tokio::spawn(api.clone().push(gateway, key, version));
    if waits {
        let _ = pushed.await;
    }
    StatusCode::OK
}

/// The version of a peer that is not revoked.
fn current(api: &Api, key: &str) -> Option<u32> {
    let book = api.book.lock().expect("no panic");
    book.peers.get(key).map(|peer| peer.version).filter(|version| !version.revoked).map(|version| version.number)
}

async fn fetch(State(api): State<Arc<Api>>, Path(key): Path<String>) -> (StatusCode, String) {
    if !api.serve(&api.scenario.api.fetch_service).await {
        return (StatusCode::SERVICE_UNAVAILABLE, String::new());
    }
    match current(&api, &key) {
        Some(version) => (StatusCode::OK, version.to_string()),
        None => (StatusCode::NOT_FOUND, String::new()),
    }
}

/// For clients that think of coming back: whether their peer is there. It needs no worker.
async fn ask(State(api): State<Arc<Api>>, Path(key): Path<String>) -> StatusCode {
    if current(&api, &key).is_some() { StatusCode::OK } else { StatusCode::NOT_FOUND }
}

/// The clients have started: the horizon is now known.
async fn start(State(api): State<Arc<Api>>) {
    api.until.store(now() + api.scenario.horizon.as_nanos(), Ordering::SeqCst);
}

/// A client has left for good: its peer is updated no more.
async fn leave(State(api): State<Arc<Api>>, Path(key): Path<String>) {
    if let Some(peer) = api.book.lock().expect("no panic").peers.get_mut(&key) {
        peer.abandoned = true;
    }
}

/// All peers of a gateway that are not revoked, after the position from which to watch.
async fn list(State(api): State<Arc<Api>>, Path(gateway): Path<usize>) -> (StatusCode, String) {
    let held = |peer: &Peer| peer.gateway == gateway && !peer.version.revoked;
    let entries = api.book.lock().expect("no panic").peers.values().filter(|peer| held(peer)).count();
    let service = &api.scenario.api;
    let entries = length(service.list_entry_service) * u32::try_from(entries).expect("few");
    if !api.serve_for(|api| api.draw(&service.list_service) + entries).await {
        return (StatusCode::SERVICE_UNAVAILABLE, String::new());
    }
    let book = api.book.lock().expect("no panic");
    let mut text = format!("{} {}\n", api.epoch, book.changes[gateway].len());
    for (key, peer) in book.peers.iter().filter(|(_, peer)| held(peer)) {
        text += &peer.version.write(key);
        text.push('\n');
    }
    (StatusCode::OK, text)
}

/// An open stream. Its end is logged, also when the gateway ends it.
struct Stream {
    api: Arc<Api>,
    gateway: usize,
    number: u64,
    /// Changes that were sent.
    sent: usize,
    changes: watch::Receiver<usize>,
    /// When its lifetime is over; none: never.
    ends: Option<tokio::time::Instant>,
}

impl Stream {
    /// The next changes; none: its lifetime is over.
    async fn next(mut self) -> Option<(Result<String, std::convert::Infallible>, Self)> {
        loop {
            let text = self.api.book.lock().expect("no panic").changes[self.gateway][self.sent..].concat();
            if !text.is_empty() {
                self.sent += text.lines().count();
                return Some((Ok(text), self));
            }
            let sent = self.sent;
            let ends = self.ends;
            let over = async {
                match ends {
                    Some(ends) => tokio::time::sleep_until(ends).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = over => return None,
                changed = self.changes.wait_for(|count| *count > sent) => drop(changed.ok()?),
            }
        }
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.api.log.line(&json!({ "what": "closed", "stream": stream_name(&self.api, self.number), "at": now() }));
    }
}

/// The name of a stream among all of a run.
fn stream_name(api: &Api, number: u64) -> String {
    format!("{}-{number}", api.epoch)
}

/// Opens a stream behind a position, or says that the API has forgotten what came after it.
async fn watch_changes(
    State(api): State<Arc<Api>>,
    Path((gateway, epoch, sent)): Path<(usize, u64, usize)>,
) -> Response {
    if !api.serve(&api.scenario.api.fetch_service).await {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    if epoch != api.epoch {
        return StatusCode::GONE.into_response();
    }
    let number = api.streams.fetch_add(1, Ordering::SeqCst);
    let lifetime = api.scenario.strategy.watch.as_ref().and_then(|watch| watch.lifetime.as_ref());
    // At the start of a run each gateway's stream is at a random point of its lifetime.
    let is_first = api.epoch == 1 && number < api.bench.gateways.len() as u64;
    let share = if is_first { api.stream.lock().expect("no panic").random::<f64>() } else { 1.0 };
    let ends = lifetime.map(|lifetime| tokio::time::Instant::now() + api.draw(lifetime).mul_f64(share));
    let name = stream_name(&api, number);
    api.log.line(&json!({ "what": "opened", "stream": name, "gateway": gateway, "at": now() }));
    let changes = api.changes[gateway].subscribe();
    let stream = Stream { api, gateway, number, sent, changes, ends };
    Body::from_stream(futures::stream::unfold(stream, Stream::next)).into_response()
}

/// For `calibrate`: the time of the way here, and when the reply left.
async fn measure(headers: HeaderMap) -> String {
    let here = now();
    let sent = headers.get("x-sent").and_then(|value| value.to_str().ok()).and_then(|value| value.parse().ok());
    format!("{} {}", here - sent.unwrap_or(here), now())
}

async fn answer_fetches(api: Arc<Api>, nats: async_nats::Client) {
    let mut fetches = nats.subscribe(FETCH).await.expect("a subject");
    while let Some(message) = fetches.next().await {
        let (api, nats) = (api.clone(), nats.clone());
        tokio::spawn(async move {
            let key = String::from_utf8_lossy(&message.payload).into_owned();
            if api.serve(&api.scenario.api.fetch_service).await
                && let Some(reply) = message.reply
            {
                let version = current(&api, &key).map_or_else(String::new, |version| version.to_string());
                let _ = nats.publish(reply, version.into()).await;
            }
        });
    }
}

/// Makes the stream and one durable consumer for each gateway.
async fn make_stream(bench: &Bench, nats: async_nats::Client, wait: Duration) {
    let context = jetstream::new(nats);
    let config = stream::Config {
        name: STREAM.into(),
        subjects: vec!["gateway.*.install".into()],
        storage: stream::StorageType::Memory,
        ..Default::default()
    };
    let stream = context.get_or_create_stream(config).await.expect("a server with JetStream");
    for gateway in 0..bench.gateways.len() {
        let name = format!("gateway{gateway}");
        let config = consumer::pull::Config {
            durable_name: Some(name.clone()),
            filter_subject: subject(gateway),
            ack_wait: wait,
            ..Default::default()
        };
        stream.get_or_create_consumer(&name, config).await.expect("a consumer");
    }
}

/// A line of the API's file: a peer at a version. Later lines of a peer hold.
fn saved_peer(line: &str) -> Option<(String, Peer)> {
    let (gateway, text) = line.split_once(' ')?;
    let (key, version) = Version::read(text)?;
    Some((key.to_owned(), Peer { gateway: gateway.parse().ok()?, version, abandoned: false }))
}

/// The role `api`: serves until it is killed.
pub(crate) async fn main(bench: Bench) {
    let scenario = bench.scenario();
    let (push, pull) = (&scenario.strategy.push, &scenario.strategy.pull);
    let bus_push = push.as_ref().is_some_and(|push| !matches!(push.transport, PushTransport::Http(_)));
    let bus_pull = pull.as_ref().is_some_and(|pull| matches!(pull.transport, PullTransport::Bus));
    let nats = if bus_push || bus_pull { Some(connect(&bench, 65_536).await) } else { None };
    if let Some(PushTransport::Jetstream { waits, .. }) = push.as_ref().map(|push| &push.transport) {
        make_stream(&bench, nats.clone().expect("pushes go over the bus"), length(waits[0])).await;
    }
    let path = bench.folder.join("api.peers");
    let text = std::fs::read_to_string(&path).unwrap_or_default();
    let peers: BTreeMap<String, Peer> = text.lines().filter_map(saved_peer).collect();
    let starts = bench.folder.join("api.starts");
    let epoch = std::fs::read_to_string(&starts).unwrap_or_default().lines().count() as u64 + 1;
    let mut file = std::fs::OpenOptions::new().create(true).append(true).open(&starts).expect("a folder to write in");
    writeln!(file, "{}", now()).expect("room on the disk");
    let gateways = bench.gateways.len();
    let saved = std::fs::OpenOptions::new().create(true).append(true).open(&path).expect("a folder to write in");
    let workers = usize::try_from(scenario.api.workers).expect("few workers");
    let api = Arc::new(Api {
        workers: Semaphore::new(workers),
        waiting: AtomicU32::new(0),
        stream: Mutex::new(clock::stream(bench.seed, purpose::API, peers.len() as u64)),
        book: Mutex::new(Book { peers, changes: vec![Vec::new(); gateways] }),
        saved: Mutex::new(saved),
        log: bench.log("api.jsonl"),
        epoch,
        changes: (0..gateways).map(|_| watch::channel(0).0).collect(),
        streams: AtomicU64::new(0),
        until: AtomicU64::new(u64::MAX),
        nats: nats.clone(),
        http: reqwest::Client::builder().no_proxy().build().expect("a client"),
        scenario,
        bench,
    });
    if let (true, Some(nats)) = (bus_pull, nats) {
        tokio::spawn(answer_fetches(api.clone(), nats));
    }
    let address = ("127.0.0.1", api.bench.api);
    let routes = axum::Router::new()
        .route("/start", post(start))
        .route("/peers", post(create))
        .route("/peers/{key}", get(fetch).delete(leave))
        .route("/peers/{key}/there", get(ask))
        .route("/list/{gateway}", get(list))
        .route("/watch/{gateway}/{epoch}/{sent}", get(watch_changes))
        .route("/measure", get(measure))
        .with_state(api);
    let listener = tokio::net::TcpListener::bind(address).await.expect("a free port");
    println!("ready");
    axum::serve(listener, routes).await.expect("a listener");
}
