//! A gateway: a table of real tunnels behind a UDP socket. It answers the peers of its table only, and finds out whose
//! key an initiation carries as real gateways do.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_nats::jetstream;
use axum::extract::State;
use axum::http::StatusCode;
use boringtun::noise::handshake::parse_handshake_anon;
use boringtun::noise::rate_limiter::RateLimiter;
use boringtun::noise::{Packet, Tunn, TunnResult};
use boringtun::x25519::{PublicKey, StaticSecret};
use futures::StreamExt as _;
use pushpull::model::{Gateways, Pull, PullAnswer, PullTransport, PushTransport, Scenario, Stale, Watch};
use rand::Rng as _;
use rand::rngs::StdRng;
use serde_json::json;
use tokio::net::UdpSocket;
use tokio::sync::{mpsc, oneshot, watch};

use crate::api::{FETCH, STREAM, Version, backoff, connect, subject};
use crate::bench::{Bench, Log, gateway_keys, purpose};
use crate::clock::{self, length, now, pause};

type Key = [u8; 32];

/// The first byte of a packet that only `calibrate` sends.
pub(crate) const ECHO: u8 = 0xEE;

/// What a gateway's subscription does.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Subscription {
    On,
    /// It is ended.
    Off,
    /// The thread of its connection stands still: nothing is read from the socket.
    Frozen,
}

/// A peer that the gateway holds.
struct Record {
    version: u32,
    /// When its config came, ns.
    since: u64,
    tunnel: Tunn,
}

#[derive(Default)]
struct Table {
    peers: BTreeMap<Key, Record>,
    by_index: BTreeMap<u32, Key>,
    /// Indices given so far.
    indices: u32,
    /// Versions that were seen removed.
    removed: BTreeMap<Key, u32>,
    /// For each peer whose config is being fetched its latest initiation that waits for it, and where that came from.
    fetching: BTreeMap<Key, Option<(Vec<u8>, SocketAddr)>>,
}

/// A version for the installer, and who waits for it.
struct Job {
    key: Key,
    version: Version,
    /// When it came, ns.
    since: u64,
    done: Option<oneshot::Sender<()>>,
}

/// The version of a removal that brings none: of a fetch that finds no peer, or of a list that lacks it.
const GONE: Version = Version { number: u32::MAX, revoked: true };

struct Gateway {
    bench: Bench,
    scenario: Scenario,
    number: usize,
    secret: StaticSecret,
    public: PublicKey,
    /// Checks the packets of clients before they are decrypted.
    limiter: RateLimiter,
    /// The limiter of the tunnels, which never refuses: packets were checked before.
    no_limit: Arc<RateLimiter>,
    table: Mutex<Table>,
    socket: UdpSocket,
    jobs: mpsc::UnboundedSender<Job>,
    stream: Mutex<StdRng>,
    log: Log,
    http: reqwest::Client,
    nats: Option<async_nats::Client>,
    saved: Option<Mutex<std::fs::File>>,
}

impl Gateway {
    fn chance(&self) -> f64 {
        self.stream.lock().expect("no panic").random()
    }

    /// Installs or removes a version. An older one than the record's, or than a removal already seen, changes nothing.
    fn put(&self, key: Key, version: Version, since: u64, save: bool) {
        let mut table = self.table.lock().expect("no panic");
        let table = &mut *table;
        let seen = table.removed.get(&key).copied().max(table.peers.get(&key).map(|record| record.version));
        let Version { number, revoked } = version;
        if number < seen.unwrap_or(0) {
            return;
        }
        if revoked {
            table.peers.remove(&key);
            table.removed.insert(key, number);
        } else if let Some(record) = table.peers.get_mut(&key) {
            (record.version, record.since) = (number, since);
        } else {
            table.indices += 1;
            let limiter = Some(self.no_limit.clone());
            let tunnel = Tunn::new(self.secret.clone(), PublicKey::from(key), None, None, table.indices, limiter);
            table.peers.insert(key, Record { version: number, since, tunnel });
            table.by_index.insert(table.indices, key);
        }
        let key = hex::encode(key);
        if let (true, Some(saved)) = (save, &self.saved) {
            writeln!(saved.lock().expect("no panic"), "{}", version.write(&key)).expect("room on the disk");
        }
        let what = if revoked { "removed" } else { "took" };
        self.log.line(&json!({ "what": what, "key": key, "version": number, "at": now() }));
    }

    /// Hands a version to the installer.
    fn enqueue(&self, key: Key, version: Version, done: Option<oneshot::Sender<()>>) {
        let _ = self.jobs.send(Job { key, version, since: now(), done });
    }

    /// Hands a version to the installer and waits until it is in the table.
    async fn install(&self, key: Key, version: Version) {
        let (done, installed) = oneshot::channel();
        self.enqueue(key, version, Some(done));
        let _ = installed.await;
    }

    /// Lets the peer's tunnel act, and returns what it sends.
    fn tunnel(
        &self,
        key: &Key,
        act: impl for<'b> FnOnce(&mut Tunn, &'b mut [u8]) -> TunnResult<'b>,
    ) -> Option<Vec<u8>> {
        let mut table = self.table.lock().expect("no panic");
        let tunnel = &mut table.peers.get_mut(key)?.tunnel;
        match act(tunnel, &mut [0; 2048]) {
            TunnResult::WriteToNetwork(bytes) => Some(bytes.to_vec()),
            // Data: it is sent back.
            TunnResult::WriteToTunnelV4(data, _) => match tunnel.encapsulate(data, &mut [0; 2048]) {
                TunnResult::WriteToNetwork(bytes) => Some(bytes.to_vec()),
                TunnResult::Done
                | TunnResult::Err(_)
                | TunnResult::WriteToTunnelV4(..)
                | TunnResult::WriteToTunnelV6(..) => None,
            },
            TunnResult::Done | TunnResult::Err(_) | TunnResult::WriteToTunnelV6(..) => None,
        }
    }

    async fn send(&self, bytes: Option<Vec<u8>>, to: SocketAddr) {
        if let Some(bytes) = bytes {
            // What does not leave is lost, as on the path.
            let _ = self.socket.send_to(&bytes, to).await;
        }
    }

    /// Whose packet it is, and whether it is an initiation; none: nobody's, or it was answered with a cookie.
    async fn identify(&self, bytes: &[u8], from: SocketAddr) -> Option<(Key, bool)> {
        let mut buffer = [0; 64];
        let packet = match self.limiter.verify_packet(Some(from.ip()), bytes, &mut buffer) {
            Ok(packet) => packet,
            Err(TunnResult::WriteToNetwork(cookie)) => {
                let cookie = cookie.to_vec();
                self.send(Some(cookie), from).await;
                return None;
            }
            Err(_) => return None,
        };
        let index = match packet {
            Packet::HandshakeInit(initiation) => {
                let sender = parse_handshake_anon(&self.secret, &self.public, &initiation).ok()?;
                return Some((sender.peer_static_public, true));
            }
            Packet::HandshakeResponse(packet) => packet.receiver_idx,
            Packet::PacketCookieReply(packet) => packet.receiver_idx,
            Packet::PacketData(packet) => packet.receiver_idx,
        };
        let key = *self.table.lock().expect("no panic").by_index.get(&(index >> 8))?;
        Some((key, false))
    }

    async fn packet(self: &Arc<Self>, bytes: &[u8], from: SocketAddr) {
        if bytes.first() == Some(&ECHO) && bytes.len() == 32 {
            let here = now();
            let sent = u64::from_le_bytes(bytes[8..16].try_into().expect("8 bytes"));
            let mut reply = bytes.to_vec();
            reply[16..24].copy_from_slice(&(here - sent).to_le_bytes());
            reply[24..].copy_from_slice(&now().to_le_bytes());
            return self.send(Some(reply), from).await;
        }
        let Some((key, is_initiation)) = self.identify(bytes, from).await else { return };
        if is_initiation && !self.may_answer(key, bytes, from) {
            return;
        }
        let reply = self.tunnel(&key, |tunnel, buffer| tunnel.decapsulate(None, bytes, buffer));
        self.send(reply, from).await;
    }

    /// Whether an initiation is answered at once. A fetch begins if its record is missing or too old.
    fn may_answer(self: &Arc<Self>, key: Key, initiation: &[u8], from: SocketAddr) -> bool {
        let mut table = self.table.lock().expect("no panic");
        let since = table.peers.get(&key).map(|record| record.since);
        let Some(pull) = &self.scenario.strategy.pull else { return since.is_some() };
        let is_old = |since: u64| pull.ttl.is_some_and(|ttl| now().saturating_sub(since) > ttl.as_nanos());
        let answers = since.is_some_and(|since| !is_old(since) || pull.stale == Stale::Serve);
        if since.is_some_and(|since| !is_old(since)) {
            return true;
        }
        let waiting = (!answers).then(|| (initiation.to_vec(), from));
        let is_new = !table.fetching.contains_key(&key);
        let fetching = table.fetching.entry(key).or_default();
        *fetching = waiting.or(fetching.take());
        if is_new {
            tokio::spawn(self.clone().pull(key, since.is_some()));
        }
        answers
    }

    /// Asks the API for a config, until there is an answer. The version of the peer, or that it is gone; none: no answer.
    async fn fetch(&self, pull: &Pull, key: &str) -> Option<Version> {
        let timeout = length(pull.timeout);
        for nth in 0..pull.retry.attempts {
            let found = match pull.transport {
                PullTransport::Http => {
                    let url = format!("http://127.0.0.1:{}/peers/{key}", self.bench.api);
                    match self.http.get(url).timeout(timeout).send().await {
                        Ok(reply) if reply.status() == StatusCode::OK => reply.text().await.ok(),
                        Ok(reply) if reply.status() == StatusCode::NOT_FOUND => Some(String::new()),
                        Ok(_) | Err(_) => None,
                    }
                }
                PullTransport::Bus => {
                    let nats = self.nats.as_ref().expect("fetches go over the bus");
                    let reply = tokio::time::timeout(timeout, nats.request(FETCH, key.to_owned().into())).await;
                    let message = reply.ok().and_then(Result::ok);
                    message.map(|message| String::from_utf8_lossy(&message.payload).into_owned())
                }
            };
            if let Some(found) = found {
                return Some(found.parse().map_or(GONE, |number| Version { number, revoked: false }));
            }
            pause(backoff(&pull.retry, nth).mul_f64(self.chance())).await;
        }
        None
    }

    /// Fetches a config, installs it, and answers the initiation that waits. `held`: there is a record, which is too old.
    async fn pull(self: Arc<Self>, key: Key, held: bool) {
        let pull = self.scenario.strategy.pull.as_ref().expect("the strategy pulls");
        let identify = clock::draw(&pull.identify, &mut self.stream.lock().expect("no panic"));
        pause(identify).await;
        let found = self.fetch(pull, &hex::encode(key)).await;
        if let Some(version) = found
            && (held || !version.revoked)
        {
            self.install(key, version).await;
        }
        let waiting = self.table.lock().expect("no panic").fetching.remove(&key).flatten();
        let Some((initiation, from)) = waiting.filter(|_| found.is_some_and(|version| !version.revoked)) else {
            return;
        };
        let reply = match if held { PullAnswer::Inline } else { pull.answer } {
            PullAnswer::Retry => None,
            PullAnswer::Inline => self.tunnel(&key, |tunnel, buffer| tunnel.decapsulate(None, &initiation, buffer)),
            PullAnswer::Initiate => {
                self.tunnel(&key, |tunnel, buffer| tunnel.format_handshake_initiation(buffer, false))
            }
        };
        self.send(reply, from).await;
    }

    /// Lists, then watches, for ever: as an informer does.
    async fn watch(self: Arc<Self>) {
        let watch = self.scenario.strategy.watch.as_ref().expect("the strategy watches");
        let base = format!("http://127.0.0.1:{}", self.bench.api);
        let number = self.number;
        let mut failures = 0;
        // The API's epoch, and how many of its changes have come; none: a list comes first.
        let mut position: Option<(u64, usize)> = None;
        loop {
            let url = match position {
                None => format!("{base}/list/{number}"),
                Some((epoch, sent)) => format!("{base}/watch/{number}/{epoch}/{sent}"),
            };
            self.log.line(&json!({ "what": "ask", "list": position.is_none(), "at": now() }));
            let reply = tokio::time::timeout(length(watch.timeout), self.http.get(url).send()).await;
            let reply = reply.ok().and_then(Result::ok);
            match (reply.as_ref().map(reqwest::Response::status), &mut position) {
                (Some(StatusCode::OK), Some((_, sent))) => {
                    let opened = tokio::time::Instant::now();
                    self.follow(reply.expect("it has a status"), sent).await;
                    if watch.reset_after.is_some_and(|after| opened.elapsed() >= length(after)) {
                        failures = 0;
                    }
                    continue;
                }
                (Some(StatusCode::OK), None) => {
                    let list =
                        tokio::time::timeout(length(watch.timeout), reply.expect("it has a status").text()).await;
                    if let Ok(Ok(list)) = list {
                        position = self.mend(&list);
                        continue;
                    }
                }
                (Some(StatusCode::GONE), Some(_)) => {
                    position = None;
                    pause(length(watch.backoff).mul_f64(1.0 + self.chance())).await;
                    continue;
                }
                _ => {}
            }
            pause(wait_after(watch, failures).mul_f64(1.0 + self.chance())).await;
            failures += 1;
        }
    }

    /// Takes what comes on a stream, until it ends.
    async fn follow(&self, mut reply: reqwest::Response, sent: &mut usize) {
        let mut text = Vec::new();
        while let Ok(Some(bytes)) = reply.chunk().await {
            text.extend_from_slice(&bytes);
            while let Some(end) = text.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = text.drain(..=end).collect();
                *sent += 1;
                if let Some((key, version)) = read_version(&String::from_utf8_lossy(&line)) {
                    self.enqueue(key, version, None);
                }
            }
        }
    }

    /// Repairs what differs from a list. The position after which to watch.
    fn mend(&self, list: &str) -> Option<(u64, usize)> {
        let mut lines = list.lines();
        let (epoch, sent) = lines.next()?.split_once(' ')?;
        let position = (epoch.parse().ok()?, sent.parse().ok()?);
        let listed: BTreeMap<Key, Version> = lines.filter_map(read_version).collect();
        let held: BTreeMap<Key, u32> = {
            let table = self.table.lock().expect("no panic");
            table.peers.iter().map(|(key, record)| (*key, record.version)).collect()
        };
        for (key, version) in &listed {
            if held.get(key).is_none_or(|held| *held < version.number) {
                self.enqueue(*key, *version, None);
            }
        }
        for key in held.keys().filter(|key| !listed.contains_key(*key)) {
            self.enqueue(*key, GONE, None);
        }
        Some(position)
    }

    /// A pushed config has arrived. Whether it was taken: the bus's losses are drawn here.
    async fn pushed(&self, message: &[u8], loss: f64) -> bool {
        let text = String::from_utf8_lossy(message);
        let Some((sent, text)) = text.split_once(' ') else { return false };
        let Ok(sent) = sent.parse::<u64>() else { return false };
        let Some((key, version)) = read_version(text) else { return false };
        let lost = self.chance() < loss;
        self.log.line(&json!({ "what": "push", "sent": sent, "delay": now().saturating_sub(sent), "lost": lost }));
        if !lost {
            self.install(key, version).await;
        }
        !lost
    }

    /// A core subscription: one push after the other; without a subscription while it is told to have none.
    async fn subscribe(self: Arc<Self>, nats: async_nats::Client, mut on: watch::Receiver<Subscription>) {
        let loss = self.scenario.bus.loss;
        loop {
            let mut pushes = nats.subscribe(subject(self.number)).await.expect("a subject");
            loop {
                let message = tokio::select! {
                    message = pushes.next() => message,
                    changed = on.changed() => {
                        if changed.is_err() { return }
                        if *on.borrow_and_update() == Subscription::Off { break }
                        continue;
                    }
                };
                let Some(message) = message else { return };
                if self.pushed(&message.payload, loss).await
                    && let Some(reply) = message.reply
                    && self.chance() >= loss
                {
                    let _ = nats.publish(reply, "installed".into()).await;
                }
            }
            drop(pushes);
            if on.wait_for(|on| *on == Subscription::On).await.is_err() {
                return;
            }
        }
    }

    /// A durable consumer: each push is acknowledged when it is installed.
    async fn consume(self: Arc<Self>, nats: async_nats::Client) {
        let loss = self.scenario.bus.loss;
        let context = jetstream::new(nats);
        let consumer: jetstream::consumer::PullConsumer = loop {
            match context.get_consumer_from_stream(format!("gateway{}", self.number), STREAM).await {
                Ok(consumer) => break consumer,
                Err(_) => pause(Duration::from_millis(50)).await,
            }
        };
        let mut pushes = consumer.messages().await.expect("a consumer");
        while let Some(message) = pushes.next().await {
            if let Ok(message) = message
                && self.pushed(&message.payload, loss).await
            {
                let _ = message.ack().await;
            }
        }
    }
}

/// The shortest wait after so many failures in a row.
fn wait_after(watch: &Watch, failures: u32) -> Duration {
    length(watch.backoff).saturating_mul(1 << failures.min(30)).min(length(watch.backoff_max))
}

/// The key and version that a text begins with.
fn read_version(text: &str) -> Option<(Key, Version)> {
    let (key, version) = Version::read(text)?;
    Some((Key::try_from(hex::decode(key).ok()?).ok()?, version))
}

async fn install(State(gateway): State<Arc<Gateway>>, body: String) -> StatusCode {
    if gateway.pushed(body.as_bytes(), 0.0).await { StatusCode::OK } else { StatusCode::BAD_REQUEST }
}

/// The serial installer.
async fn install_all(gateway: Arc<Gateway>, mut jobs: mpsc::UnboundedReceiver<Job>) {
    while let Some(Job { key, version, since, done }) = jobs.recv().await {
        let Gateways { install, remove, install_per_peer, .. } = &gateway.scenario.gateways;
        let time =
            clock::draw(if version.revoked { remove } else { install }, &mut gateway.stream.lock().expect("no panic"));
        let held = u32::try_from(gateway.table.lock().expect("no panic").peers.len()).expect("few peers");
        let more = if version.revoked { Duration::ZERO } else { length(*install_per_peer) * held };
        pause(time + more).await;
        gateway.put(key, version, since, true);
        if let Some(done) = done {
            let _ = done.send(());
        }
    }
}

/// A connection to the NATS server that a thread of its own serves, which stands still while it is told to.
async fn connect_beside(bench: &Bench, pending: usize, mut on: watch::Receiver<Subscription>) -> async_nats::Client {
    let (give, take) = oneshot::channel();
    let bench = bench.clone();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let _ = give.send(connect(&bench, pending).await);
            while on.changed().await.is_ok() {
                while *on.borrow_and_update() == Subscription::Frozen {
                    std::thread::sleep(Duration::from_millis(1));
                }
            }
        });
    });
    take.await.expect("a connection")
}

/// The role `gateway`: serves until it is killed. While `on` is false it has no subscription.
pub(crate) async fn main(bench: Bench, number: usize, on: watch::Receiver<Subscription>) {
    let scenario = bench.scenario();
    let (udp, tcp) = bench.gateways[number];
    let (secret, public) = gateway_keys(number);
    let (jobs, queue) = mpsc::unbounded_channel();
    let strategy = &scenario.strategy;
    let transport = strategy.push.as_ref().map(|push| push.transport.clone());
    let bus_pull = strategy.pull.as_ref().is_some_and(|pull| matches!(pull.transport, PullTransport::Bus));
    let bus_push = matches!(transport, Some(PushTransport::Core(_) | PushTransport::Jetstream { .. }));
    // The push in service has left the library's queue.
    let pending = usize::try_from(scenario.bus.pending_limit).expect("few").saturating_sub(1).max(1);
    let nats = if bus_push || bus_pull { Some(connect_beside(&bench, pending, on.clone()).await) } else { None };
    let limit =
        if scenario.gateways.handshake_limit == 0 { u64::MAX } else { scenario.gateways.handshake_limit.into() };
    let path = bench.folder.join(format!("gateway{number}.peers"));
    let old = std::fs::read_to_string(&path).unwrap_or_default();
    let saved = strategy.persists.then(|| {
        let file = std::fs::OpenOptions::new().create(true).append(true).open(&path);
        Mutex::new(file.expect("a folder to write in"))
    });
    let gateway = Arc::new(Gateway {
        number,
        limiter: RateLimiter::new(&public, limit),
        no_limit: Arc::new(RateLimiter::new(&public, u64::MAX)),
        secret,
        public,
        table: Mutex::default(),
        socket: UdpSocket::bind(("127.0.0.1", udp)).await.expect("a free port"),
        jobs,
        stream: Mutex::new(clock::stream(bench.seed, purpose::GATEWAY, (old.lines().count() * 256 + number) as u64)),
        log: bench.log(&format!("gateway{number}.jsonl")),
        http: reqwest::Client::builder().no_proxy().build().expect("a client"),
        nats: nats.clone(),
        saved,
        scenario,
        bench,
    });
    for (key, version) in old.lines().filter_map(read_version) {
        gateway.put(key, version, now(), false);
    }
    tokio::spawn(install_all(gateway.clone(), queue));
    if gateway.scenario.strategy.watch.is_some() {
        tokio::spawn(gateway.clone().watch());
    }
    let counted = gateway.clone();
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(Duration::from_secs(1)).await;
            counted.limiter.reset_count();
        }
    });
    match (transport, nats) {
        (Some(PushTransport::Core(_)), Some(nats)) => drop(tokio::spawn(gateway.clone().subscribe(nats, on))),
        (Some(PushTransport::Jetstream { .. }), Some(nats)) => drop(tokio::spawn(gateway.clone().consume(nats))),
        (Some(PushTransport::Http(_)), _) => {
            let routes =
                axum::Router::new().route("/install", axum::routing::post(install)).with_state(gateway.clone());
            let listener = tokio::net::TcpListener::bind(("127.0.0.1", tcp)).await.expect("a free port");
            tokio::spawn(async move { axum::serve(listener, routes).await });
        }
        (Some(PushTransport::Core(_) | PushTransport::Jetstream { .. }) | None, _) => {}
    }
    println!("ready");
    let mut buffer = [0; 2048];
    loop {
        if let Ok((size, from)) = gateway.socket.recv_from(&mut buffer).await {
            gateway.packet(&buffer[..size], from).await;
        }
    }
}
