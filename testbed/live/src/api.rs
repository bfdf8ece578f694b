//! The API: a queue before workers, behind real HTTP; it pushes over a real bus.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_nats::jetstream::{self, consumer, stream};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use des::Distribution;
use futures::StreamExt as _;
use pushpull::model::{PullTransport, PushTransport, Retry, Scenario, Wait};
use rand::Rng as _;
use rand::rngs::StdRng;
use tokio::sync::Semaphore;

use crate::bench::{Bench, purpose};
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

struct Api {
    bench: Bench,
    scenario: Scenario,
    workers: Semaphore,
    waiting: AtomicU32,
    stream: Mutex<StdRng>,
    peers: Mutex<BTreeSet<String>>,
    saved: Mutex<std::fs::File>,
    nats: Option<async_nats::Client>,
    http: reqwest::Client,
}

impl Api {
    fn draw(&self, distribution: &Distribution) -> Duration {
        clock::draw(distribution, &mut self.stream.lock().expect("no panic"))
    }

    /// Waits for a worker and its service. False: the queue is full.
    async fn serve(&self, service: &Distribution) -> bool {
        let limit = self.scenario.api.queue_limit.saturating_add(self.scenario.api.workers);
        if self.waiting.fetch_add(1, Ordering::SeqCst) >= limit {
            self.waiting.fetch_sub(1, Ordering::SeqCst);
            return false;
        }
        let worker = self.workers.acquire().await.expect("never closed");
        pause(self.draw(service)).await;
        drop(worker);
        self.waiting.fetch_sub(1, Ordering::SeqCst);
        true
    }

    /// Pushes a config, as often as the strategy says.
    async fn push(self: Arc<Self>, gateway: usize, key: String) {
        let Some(push) = &self.scenario.strategy.push else { return };
        let message = || format!("{} {key}", now());
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
    api.peers.lock().expect("no panic").insert(key.clone());
    writeln!(api.saved.lock().expect("no panic"), "{key}").expect("room on the disk");
    let waits = api.scenario.strategy.push.as_ref().is_some_and(|push| push.wait == Wait::Ack);
    let pushed = tokio::spawn(api.clone().push(gateway, key));
    if waits {
        let _ = pushed.await;
    }
    StatusCode::OK
}

async fn fetch(State(api): State<Arc<Api>>, Path(key): Path<String>) -> StatusCode {
    if !api.serve(&api.scenario.api.fetch_service).await {
        return StatusCode::SERVICE_UNAVAILABLE;
    }
    if api.peers.lock().expect("no panic").contains(&key) { StatusCode::OK } else { StatusCode::NOT_FOUND }
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
                let known = api.peers.lock().expect("no panic").contains(&key);
                let _ = nats.publish(reply, if known { "found" } else { "" }.into()).await;
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
    let peers: BTreeSet<String> = text.lines().map(str::to_owned).collect();
    let saved = std::fs::OpenOptions::new().create(true).append(true).open(&path).expect("a folder to write in");
    let workers = usize::try_from(scenario.api.workers).expect("few workers");
    let api = Arc::new(Api {
        workers: Semaphore::new(workers),
        waiting: AtomicU32::new(0),
        stream: Mutex::new(clock::stream(bench.seed, purpose::API, peers.len() as u64)),
        peers: Mutex::new(peers),
        saved: Mutex::new(saved),
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
        .route("/peers", post(create))
        .route("/peers/{key}", get(fetch))
        .route("/measure", get(measure))
        .with_state(api);
    let listener = tokio::net::TcpListener::bind(address).await.expect("a free port");
    println!("ready");
    axum::serve(listener, routes).await.expect("a listener");
}
