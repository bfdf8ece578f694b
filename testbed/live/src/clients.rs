//! Clients: each creates its peer by HTTP and makes a real handshake over a UDP socket of its own. The path's seeded
//! delays and losses are added here, both ways.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use boringtun::noise::errors::WireGuardError;
use boringtun::noise::rate_limiter::RateLimiter;
use boringtun::noise::{Tunn, TunnResult};
use boringtun::x25519::{PublicKey, StaticSecret};
use pushpull::model::{Arrivals, RetryTimer, Scenario, Target};
use rand::Rng as _;
use rand::rngs::StdRng;
use serde_json::json;
use tokio::net::UdpSocket;
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::bench::{Bench, Log, gateway_keys, purpose};
use crate::clock::{self, length, now, pause};
use crate::measure::changes;

/// How often a client of boringtun looks at its timers.
const LOOK: Duration = Duration::from_millis(250);

/// How late the machine is: each pause of this length is measured, ns.
const PROBE: u64 = 10_000_000;

/// A packet of an application: an IPv4 header and nothing else. The gateway sends it back.
const DATA: [u8; 20] = [0x45, 0, 0, 20, 0, 0, 0, 0, 64, 59, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2];

/// Why a session ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    /// Its length is over.
    Planned,
    /// The gateway has not answered for too long.
    Dead,
    /// So has the run.
    Horizon,
}

/// What a client keeps from attempt to attempt.
struct Client {
    gateway: usize,
    secret: StaticSecret,
    key: String,
    socket: Arc<UdpSocket>,
    arrivals: mpsc::UnboundedReceiver<Vec<u8>>,
    stream: StdRng,
    tunnel: Tunn,
}

struct Clients {
    bench: Bench,
    scenario: Scenario,
    log: Log,
    http: reqwest::Client,
    /// When the run's new attempts end.
    horizon: Instant,
}

impl Clients {
    /// When a packet sent now arrives; none: the path loses it.
    fn fate(&self, stream: &mut StdRng) -> Option<Duration> {
        let path = &self.scenario.path;
        let lost = stream.random::<f64>() < path.loss;
        let delay = clock::draw(&path.delay, stream);
        (!lost).then_some(delay)
    }

    /// Creates the peer. Whether the API said yes.
    async fn create(&self, key: &str, gateway: usize) -> bool {
        let url = format!("http://127.0.0.1:{}/peers", self.bench.api);
        for _ in 0..self.scenario.clients.create_attempts {
            let request = self.http.post(&url).body(format!("{key} {gateway}"));
            let reply = request.timeout(length(self.scenario.clients.create_timeout)).send().await;
            if reply.is_ok_and(|reply| reply.status() == reqwest::StatusCode::OK) {
                return true;
            }
        }
        false
    }

    /// One client, from its create until it leaves.
    async fn run(self: Arc<Self>, number: u64) {
        let mut stream = clock::stream(self.bench.seed, purpose::CLIENT, number);
        let gateway = stream.random_range(0..self.bench.gateways.len());
        let secret = StaticSecret::from(stream.random::<[u8; 32]>());
        let key = hex::encode(PublicKey::from(&secret).as_bytes());
        let started = now();
        if !self.create(&key, gateway).await {
            return self.log.line(&json!({ "kind": "first", "key": key, "started": started, "ended": now() }));
        }
        let created = now();
        let socket = Arc::new(UdpSocket::bind("127.0.0.1:0").await.expect("a free port"));
        socket.connect(("127.0.0.1", self.bench.gateways[gateway].0)).await.expect("an address");
        let (arrive, arrivals) = mpsc::unbounded_channel();
        let downlink = tokio::spawn(self.clone().receive(number, socket.clone(), arrive));
        let tunnel = tunnel(&secret, gateway);
        let mut client = Client { gateway, secret, key, socket, arrivals, stream, tunnel };
        self.live(&mut client, started, created).await;
        // What the client sent last is still on the path.
        tokio::time::sleep(Duration::from_millis(300)).await;
        downlink.abort();
    }

    /// Attempts and sessions of a client whose peer is created.
    async fn live(&self, client: &mut Client, started: u64, created: u64) {
        let clients = &self.scenario.clients;
        let (mut kind, mut started, mut created) = ("first", started, Some(created));
        loop {
            pause(clock::draw(&self.scenario.path.setup, &mut client.stream)).await;
            let first_sent = now();
            let session = self.handshake(client).await;
            self.log.line(&json!({
                "kind": kind, "key": client.key, "started": started, "created": created, "first_sent": first_sent,
                "session": session,
            }));
            let Some(session) = session else { return self.leave(client, now()).await };
            let length = clock::draw(&clients.session, &mut client.stream);
            if clients.return_probability <= 0.0 && !self.stays() && !changes(&self.scenario) {
                return self.leave(client, session + u64::try_from(length.as_nanos()).unwrap_or(u64::MAX / 2)).await;
            }
            match self.session(client, length).await {
                End::Horizon => return,
                End::Dead => kind = "reconnect",
                End::Planned => {
                    if client.stream.random::<f64>() >= clients.return_probability {
                        return self.leave(client, now()).await;
                    }
                    let gap = clock::draw(&clients.return_after, &mut client.stream);
                    kind = "return";
                    client.tunnel = tunnel(&client.secret, client.gateway);
                    tokio::time::sleep_until((Instant::now() + gap).min(self.horizon)).await;
                }
            }
            if Instant::now() >= self.horizon {
                return;
            }
            if changes(&self.scenario) && !self.is_there(&client.key).await {
                return self.leave(client, now()).await;
            }
            (started, created) = (now(), None);
        }
    }

    /// Whether sessions may outlive their gateway: then clients send data and look for answers.
    fn stays(&self) -> bool {
        self.scenario.faults.iter().any(|fault| fault.target == Target::Gateway)
            && self.scenario.clients.session.mean() > length(self.scenario.clients.handshake.dead_after).as_secs_f64()
    }

    /// Lets a session go on for a length, or until the client finds it dead.
    async fn session(&self, client: &mut Client, lasts: Duration) -> End {
        let handshake = &self.scenario.clients.handshake;
        let start = Instant::now();
        let (end, why) =
            if start + lasts < self.horizon { (start + lasts, End::Planned) } else { (self.horizon, End::Horizon) };
        let every = length(handshake.traffic_every);
        let far = Instant::now() + Duration::from_hours(1);
        let mut next = if self.stays() { start + every.mul_f64(client.stream.random()) } else { far };
        // Since when a packet is without an answer.
        let mut silent: Option<Instant> = None;
        let mut buffer = [0; 2048];
        loop {
            let dead = silent.map_or(far, |silent| silent + length(handshake.dead_after));
            let bytes = tokio::select! {
                () = tokio::time::sleep_until(end) => return why,
                () = tokio::time::sleep_until(dead) => return End::Dead,
                () = tokio::time::sleep_until(next) => {
                    next += every;
                    silent = silent.or(Some(Instant::now()));
                    if let TunnResult::WriteToNetwork(bytes) = client.tunnel.encapsulate(&DATA, &mut buffer) {
                        self.send(&client.socket, bytes.to_vec(), &mut client.stream);
                    }
                    continue;
                }
                Some(bytes) = client.arrivals.recv() => bytes,
            };
            match client.tunnel.decapsulate(None, &bytes, &mut buffer) {
                TunnResult::WriteToTunnelV4(..) | TunnResult::WriteToTunnelV6(..) => silent = None,
                TunnResult::WriteToNetwork(reply) => {
                    let reply = reply.to_vec();
                    self.send(&client.socket, reply, &mut client.stream);
                }
                TunnResult::Done | TunnResult::Err(_) => {}
            }
        }
    }

    /// Whether the peer is not revoked.
    async fn is_there(&self, key: &str) -> bool {
        let url = format!("http://127.0.0.1:{}/peers/{key}/there", self.bench.api);
        self.http.get(url).send().await.is_ok_and(|reply| reply.status() == reqwest::StatusCode::OK)
    }

    /// The client leaves for good. The API is told if that matters.
    async fn leave(&self, client: &Client, at: u64) {
        self.log.line(&json!({ "key": client.key, "left": at }));
        if changes(&self.scenario) {
            let url = format!("http://127.0.0.1:{}/peers/{}", self.bench.api, client.key);
            let _ = self.http.delete(url).send().await;
        }
    }

    /// Brings packets of the gateway over the path.
    async fn receive(self: Arc<Self>, number: u64, socket: Arc<UdpSocket>, arrive: mpsc::UnboundedSender<Vec<u8>>) {
        let mut stream = clock::stream(self.bench.seed, purpose::DOWNLINK, number);
        let mut buffer = [0; 2048];
        loop {
            let size = match socket.recv(&mut buffer).await {
                Ok(size) => size,
                // Nobody has the gateway's port: it is down.
                Err(error) if error.kind() == std::io::ErrorKind::ConnectionRefused => continue,
                Err(_) => return,
            };
            if let Some(delay) = self.fate(&mut stream) {
                let (arrive, bytes) = (arrive.clone(), buffer[..size].to_vec());
                tokio::spawn(async move {
                    pause(delay).await;
                    let _ = arrive.send(bytes);
                });
            }
        }
    }

    fn send(&self, socket: &Arc<UdpSocket>, bytes: Vec<u8>, stream: &mut StdRng) {
        if let Some(delay) = self.fate(stream) {
            let socket = socket.clone();
            tokio::spawn(async move {
                pause(delay).await;
                let _ = socket.send(&bytes).await;
            });
        }
    }

    /// Initiates until there is a session. When there is one; none: the client has given up.
    async fn handshake(&self, client: &mut Client) -> Option<u64> {
        let Client { socket, arrivals, stream, tunnel, .. } = client;
        let handshake = &self.scenario.clients.handshake;
        let retry = &handshake.retry;
        let own_timers = *retry == RetryTimer::boringtun(retry.initiations_max);
        let mut buffer = [0; 2048];
        let start = Instant::now();
        let patience = handshake.patience.map_or(Duration::from_mins(10), length);
        let (mut next, mut sent) = (start, 0);
        loop {
            if sent == retry.initiations_max {
                return None;
            }
            let act = if !own_timers {
                tunnel.format_handshake_initiation(&mut buffer, true)
            } else if sent == 0 {
                tunnel.encapsulate(&DATA, &mut buffer)
            } else {
                tunnel.update_timers(&mut buffer)
            };
            match act {
                TunnResult::WriteToNetwork(bytes) => {
                    let bytes = bytes.to_vec();
                    self.send(socket, bytes, stream);
                    sent += 1;
                }
                TunnResult::Err(WireGuardError::ConnectionExpired) => return None,
                TunnResult::Done
                | TunnResult::Err(_)
                | TunnResult::WriteToTunnelV4(..)
                | TunnResult::WriteToTunnelV6(..) => {}
            }
            next += if own_timers {
                if next == start { LOOK.mul_f64(stream.random()) } else { LOOK }
            } else {
                let after = if sent == 1 { &retry.first } else { &retry.later };
                clock::draw(after, stream) + length(retry.jitter).mul_f64(stream.random())
            };
            loop {
                let bytes = tokio::select! {
                    () = tokio::time::sleep_until(next) => break,
                    () = tokio::time::sleep_until(start + patience) => return None,
                    Some(bytes) = arrivals.recv() => bytes,
                };
                match tunnel.decapsulate(None, &bytes, &mut buffer) {
                    TunnResult::WriteToNetwork(reply) => {
                        let is_response = bytes[0] == 2;
                        let reply = reply.to_vec();
                        self.send(socket, reply, stream);
                        if is_response {
                            return Some(now());
                        }
                    }
                    TunnResult::Done if bytes[0] == 4 => return Some(now()),
                    TunnResult::Done
                    | TunnResult::Err(_)
                    | TunnResult::WriteToTunnelV4(..)
                    | TunnResult::WriteToTunnelV6(..) => {}
                }
            }
        }
    }
}

/// A tunnel without a session.
pub(crate) fn tunnel(secret: &StaticSecret, gateway: usize) -> Tunn {
    // The limiter checks packets with the key of their receiver.
    let limiter = Arc::new(RateLimiter::new(&PublicKey::from(secret), u64::MAX));
    Tunn::new(secret.clone(), gateway_keys(gateway).1, None, None, 1, Some(limiter))
}

/// The gaps between arrivals.
fn gap(arrivals: &Arrivals, stream: &mut StdRng) -> Duration {
    match arrivals {
        Arrivals::Poisson { gap, .. } => clock::draw(gap, stream),
        Arrivals::Every(gap) => length(*gap),
        Arrivals::Trace(_) => panic!("the testbed takes no trace of arrivals"),
    }
}

/// The role `clients`: ends when the last client has.
pub(crate) async fn main(bench: Bench) {
    let scenario = bench.scenario();
    let lateness = Arc::new(Mutex::new(Vec::<u64>::new()));
    let seen = lateness.clone();
    tokio::spawn(async move {
        loop {
            let asked = now();
            tokio::time::sleep(Duration::from_nanos(PROBE)).await;
            seen.lock().expect("no panic").push((now() - asked).saturating_sub(PROBE));
        }
    });
    let mut stream = clock::stream(bench.seed, purpose::ARRIVALS, 0);
    let horizon = length(scenario.horizon);
    println!("ready");
    let (start, start_ns) = (Instant::now(), now());
    let clients = Arc::new(Clients {
        log: bench.log("clients.jsonl"),
        http: reqwest::Client::builder().no_proxy().build().expect("a client"),
        horizon: start + horizon,
        scenario,
        bench,
    });
    let told = clients.http.post(format!("http://127.0.0.1:{}/start", clients.bench.api)).send();
    drop(tokio::spawn(told));
    let (mut at, mut all) = (Duration::ZERO, Vec::new());
    loop {
        at += gap(&clients.scenario.clients.arrivals, &mut stream);
        if at >= horizon {
            break;
        }
        tokio::time::sleep_until(start + at).await;
        all.push(tokio::spawn(clients.clone().run(all.len() as u64)));
    }
    for client in all {
        client.await.expect("a client that does not panic");
    }
    let lateness = lateness.lock().expect("no panic").clone();
    let [p50, p99, max] = [0.5, 0.99, 1.0].map(|share| late_at(&lateness, share));
    let text = json!({ "start_ns": start_ns, "lateness_p50_ms": p50, "lateness_p99_ms": p99, "lateness_max_ms": max });
    std::fs::write(clients.bench.folder.join("lateness.json"), format!("{text}\n")).expect("room on the disk");
}

/// A quantile over time of how late pauses were, ms. A long pause counts as long as it is: in it many clients waited.
fn late_at(lateness: &[u64], share: f64) -> f64 {
    let mut sorted = lateness.to_vec();
    sorted.sort_unstable();
    let mut left = sorted.iter().map(|late| PROBE + late).sum::<u64>() as f64 * share;
    let found = sorted.iter().find(|late| {
        left -= (PROBE + **late) as f64;
        left <= 0.0
    });
    found.or(sorted.last()).map_or(0.0, |late| *late as f64 / 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_long_pause_makes_the_machine_late_for_its_whole_length() {
        let mut lateness = vec![1_000_000; 3000];
        lateness[1500] = 2_000_000_000;
        assert!((late_at(&lateness, 0.5) - 1.0).abs() < 1e-9);
        assert!((late_at(&lateness, 0.99) - 2000.0).abs() < 1e-9);
    }
}
