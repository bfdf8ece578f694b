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
use pushpull::model::{Pull, PullAnswer, PullTransport, PushTransport, Scenario};
use rand::Rng as _;
use rand::rngs::StdRng;
use serde_json::json;
use tokio::net::UdpSocket;
use tokio::sync::{mpsc, oneshot, watch};

use crate::api::{FETCH, STREAM, backoff, connect, subject};
use crate::bench::{Bench, Log, gateway_keys, purpose};
use crate::clock::{self, length, now, pause};

type Key = [u8; 32];

/// The first byte of a packet that only `calibrate` sends.
pub(crate) const ECHO: u8 = 0xEE;

#[derive(Default)]
struct Table {
    peers: BTreeMap<Key, Tunn>,
    by_index: BTreeMap<u32, Key>,
    /// For each peer whose config is being fetched its latest initiation, and where that came from.
    fetching: BTreeMap<Key, (Vec<u8>, SocketAddr)>,
}

/// A config for the installer, and who waits for it.
type Job = (Key, oneshot::Sender<()>);

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

    /// Adds a peer to the table.
    fn add(&self, key: Key, save: bool) {
        let mut table = self.table.lock().expect("no panic");
        if table.peers.contains_key(&key) {
            return;
        }
        let index = u32::try_from(table.peers.len() + 1).expect("few peers");
        let limiter = Some(self.no_limit.clone());
        let tunnel = Tunn::new(self.secret.clone(), PublicKey::from(key), None, None, index, limiter);
        table.peers.insert(key, tunnel);
        table.by_index.insert(index, key);
        if let (true, Some(saved)) = (save, &self.saved) {
            writeln!(saved.lock().expect("no panic"), "{}", hex::encode(key)).expect("room on the disk");
        }
    }

    /// Hands a config to the installer and waits until it is in the table.
    async fn install(&self, key: Key) {
        let (done, installed) = oneshot::channel();
        if self.jobs.send((key, done)).is_ok() {
            let _ = installed.await;
        }
    }

    /// Lets the peer's tunnel act, and returns what it sends.
    fn tunnel(
        &self,
        key: &Key,
        act: impl for<'b> FnOnce(&mut Tunn, &'b mut [u8]) -> TunnResult<'b>,
    ) -> Option<Vec<u8>> {
        let mut table = self.table.lock().expect("no panic");
        match act(table.peers.get_mut(key)?, &mut [0; 2048]) {
            TunnResult::WriteToNetwork(bytes) => Some(bytes.to_vec()),
            TunnResult::Done
            | TunnResult::Err(_)
            | TunnResult::WriteToTunnelV4(..)
            | TunnResult::WriteToTunnelV6(..) => None,
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
        if is_initiation {
            let mut table = self.table.lock().expect("no panic");
            if !table.peers.contains_key(&key) {
                if self.scenario.strategy.pull.is_some() {
                    let is_new = table.fetching.insert(key, (bytes.to_vec(), from)).is_none();
                    if is_new {
                        tokio::spawn(self.clone().pull(key));
                    }
                }
                return;
            }
        }
        let reply = self.tunnel(&key, |tunnel, buffer| tunnel.decapsulate(None, bytes, buffer));
        self.send(reply, from).await;
    }

    /// Asks the API for a config, until there is an answer. Whether the peer exists.
    async fn fetch(&self, pull: &Pull, key: &str) -> bool {
        let timeout = length(pull.timeout);
        for nth in 0..pull.retry.attempts {
            let found = match pull.transport {
                PullTransport::Http => {
                    let url = format!("http://127.0.0.1:{}/peers/{key}", self.bench.api);
                    let reply = self.http.get(url).timeout(timeout).send().await;
                    match reply.map(|reply| reply.status()) {
                        Ok(StatusCode::OK) => Some(true),
                        Ok(StatusCode::NOT_FOUND) => Some(false),
                        Ok(_) | Err(_) => None,
                    }
                }
                PullTransport::Bus => {
                    let nats = self.nats.as_ref().expect("fetches go over the bus");
                    let reply = tokio::time::timeout(timeout, nats.request(FETCH, key.to_owned().into())).await;
                    reply.ok().and_then(Result::ok).map(|message| !message.payload.is_empty())
                }
            };
            if let Some(found) = found {
                return found;
            }
            pause(backoff(&pull.retry, nth).mul_f64(self.chance())).await;
        }
        false
    }

    /// Fetches a config, installs it, and answers the initiation that waits.
    async fn pull(self: Arc<Self>, key: Key) {
        let pull = self.scenario.strategy.pull.as_ref().expect("the strategy pulls");
        let identify = clock::draw(&pull.identify, &mut self.stream.lock().expect("no panic"));
        pause(identify).await;
        let found = self.fetch(pull, &hex::encode(key)).await;
        if found {
            self.install(key).await;
        }
        let waiting = self.table.lock().expect("no panic").fetching.remove(&key);
        let (Some((initiation, from)), true) = (waiting, found) else { return };
        let reply = match pull.answer {
            PullAnswer::Retry => None,
            PullAnswer::Inline => self.tunnel(&key, |tunnel, buffer| tunnel.decapsulate(None, &initiation, buffer)),
            PullAnswer::Initiate => {
                self.tunnel(&key, |tunnel, buffer| tunnel.format_handshake_initiation(buffer, false))
            }
        };
        self.send(reply, from).await;
    }

    /// A pushed config has arrived. Whether it was taken: the bus's losses are drawn here.
    async fn pushed(&self, message: &[u8], loss: f64) -> bool {
        let text = String::from_utf8_lossy(message);
        let Some((sent, key)) = text.split_once(' ') else { return false };
        let Ok(sent) = sent.parse::<u64>() else { return false };
        let Some(key) = hex::decode(key).ok().and_then(|key| Key::try_from(key).ok()) else { return false };
        let lost = self.chance() < loss;
        self.log.line(&json!({ "what": "push", "delay": now().saturating_sub(sent), "lost": lost }));
        if !lost {
            self.install(key).await;
        }
        !lost
    }

    /// A core subscription: one push after the other; without a subscription while it is told to have none.
    async fn subscribe(self: Arc<Self>, nats: async_nats::Client, mut on: watch::Receiver<bool>) {
        let loss = self.scenario.bus.loss;
        loop {
            let mut pushes = nats.subscribe(subject(self.number)).await.expect("a subject");
            loop {
                let message = tokio::select! {
                    message = pushes.next() => message,
                    changed = on.changed() => {
                        if changed.is_err() { return }
                        break;
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
            if on.wait_for(|on| *on).await.is_err() {
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

async fn install(State(gateway): State<Arc<Gateway>>, body: String) -> StatusCode {
    if gateway.pushed(body.as_bytes(), 0.0).await { StatusCode::OK } else { StatusCode::BAD_REQUEST }
}

/// The serial installer.
async fn install_all(gateway: Arc<Gateway>, mut jobs: mpsc::UnboundedReceiver<Job>) {
    while let Some((key, done)) = jobs.recv().await {
        let time = clock::draw(&gateway.scenario.gateways.install, &mut gateway.stream.lock().expect("no panic"));
        pause(time).await;
        gateway.add(key, true);
        let _ = done.send(());
    }
}

/// The role `gateway`: serves until it is killed. While `on` is false it has no subscription.
pub(crate) async fn main(bench: Bench, number: usize, on: watch::Receiver<bool>) {
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
    let nats = if bus_push || bus_pull { Some(connect(&bench, pending).await) } else { None };
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
    for key in old.lines().filter_map(|line| Key::try_from(hex::decode(line).ok()?).ok()) {
        gateway.add(key, false);
    }
    tokio::spawn(install_all(gateway.clone(), queue));
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
