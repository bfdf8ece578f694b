//! `testbed calibrate`: each piece alone, at the rate that it sees in a run.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use boringtun::noise::TunnResult;
use boringtun::x25519::{PublicKey, StaticSecret};
use futures::StreamExt as _;
use rand::Rng as _;
use serde_json::json;
use tokio::net::UdpSocket;

use crate::api::{Version, connect, subject};
use crate::bench::{Bench, purpose};
use crate::clients::tunnel;
use crate::clock::{now, pause, stream};
use crate::gateway::ECHO;
use crate::machine::Machine;
use crate::run::{Part, free_ports, start_nats};

/// Samples of each piece, and their rate, 1/s.
const SAMPLES: u32 = 800;
const RATE: f64 = 80.0;

/// The pieces that are measured. Each has a CSV file, and a summary in `meta.json`.
pub(crate) const PIECES: [&str; 8] = ["bus", "http", "path", "timers", "service", "fetch", "install", "answer"];

/// An experiment whose parts take constant times, so that a spread is the machine's.
const EXPERIMENT: &str = r#"name = "calibration"
horizon = "1m"
warmup = "0s"
[api]
create_service = "20ms"
fetch_service = "5ms"
[bus]
loss = 0.0
[gateways]
count = 1
install = "5ms"
[strategies.push]
push = {}
"#;

/// Waits until the next sample.
async fn next(draws: &mut rand::rngs::StdRng) {
    let gap = -(1.0 - draws.random::<f64>()).ln() / RATE;
    tokio::time::sleep(Duration::from_secs_f64(gap)).await;
}

/// The version that the server says it has.
async fn nats_version(bench: &Bench) -> String {
    let client = connect(bench, 1).await;
    let _ = client.flush().await;
    client.server_info().version
}

/// Delays of messages from one connection to another, ns.
async fn bus(bench: &Bench) -> Result<Vec<u64>, String> {
    let (here, there) = (connect(bench, 65_536).await, connect(bench, 65_536).await);
    let mut messages = there.subscribe("calibrate").await.map_err(|error| error.to_string())?;
    there.flush().await.map_err(|error| error.to_string())?;
    let send = async {
        let mut draws = stream(0, purpose::CALIBRATION, 0);
        for _ in 0..SAMPLES {
            next(&mut draws).await;
            let _ = here.publish("calibrate", format!("{} {}", now(), "0".repeat(64)).into()).await;
        }
    };
    let receive = async {
        let mut delays = Vec::new();
        while delays.len() < SAMPLES as usize
            && let Ok(Some(message)) = tokio::time::timeout(Duration::from_secs(5), messages.next()).await
        {
            let text = String::from_utf8_lossy(&message.payload).into_owned();
            let sent = text.split(' ').next().and_then(|sent| sent.parse::<u64>().ok());
            delays.extend(sent.map(|sent| now().saturating_sub(sent)));
        }
        delays
    };
    Ok(tokio::join!(send, receive).1)
}

/// Delays of requests and of replies, ns.
async fn http(bench: &Bench) -> Result<Vec<u64>, String> {
    let client = reqwest::Client::builder().no_proxy().build().map_err(|error| error.to_string())?;
    let mut draws = stream(0, purpose::CALIBRATION, 1);
    let mut delays = Vec::new();
    for _ in 0..SAMPLES / 2 {
        next(&mut draws).await;
        let request = client.get(format!("http://127.0.0.1:{}/measure", bench.api)).header("x-sent", now().to_string());
        let reply = request.send().await.map_err(|error| error.to_string())?;
        let text = reply.text().await.map_err(|error| error.to_string())?;
        let back = now();
        let numbers = text.split_once(' ').and_then(|(up, left)| Some((up.parse().ok()?, left.parse::<u64>().ok()?)));
        let (up, left) = numbers.ok_or("the API does not measure")?;
        delays.extend([up, back.saturating_sub(left)]);
    }
    Ok(delays)
}

/// Delays of packets between a socket and the gateway, without the injected delay, ns.
async fn path(bench: &Bench) -> Result<Vec<u64>, String> {
    let socket = UdpSocket::bind("127.0.0.1:0").await.map_err(|error| error.to_string())?;
    socket.connect(("127.0.0.1", bench.gateways[0].0)).await.map_err(|error| error.to_string())?;
    let mut draws = stream(0, purpose::CALIBRATION, 2);
    let mut delays = Vec::new();
    for _ in 0..SAMPLES / 2 {
        next(&mut draws).await;
        let mut packet = [0; 32];
        packet[0] = ECHO;
        packet[8..16].copy_from_slice(&now().to_le_bytes());
        socket.send(&packet).await.map_err(|error| error.to_string())?;
        let received = tokio::time::timeout(Duration::from_secs(2), socket.recv(&mut packet)).await;
        received.map_err(|_| "the gateway does not echo")?.map_err(|error| error.to_string())?;
        let back = now();
        let number = |from: usize| u64::from_le_bytes(packet[from..from + 8].try_into().expect("8 bytes"));
        delays.extend([number(16), back.saturating_sub(number(24))]);
    }
    Ok(delays)
}

/// The mean of samples, ns.
fn mean(nanos: &[u64]) -> u64 {
    nanos.iter().sum::<u64>() / (nanos.len() as u64).max(1)
}

/// The services of creates and of fetches, ns: their round trips, one at a time so that none waits for a worker, less the mean
/// ones of HTTP. Each peer that is created is then fetched. `way`: the mean way of HTTP, ns.
async fn services(bench: &Bench, way: u64) -> Result<[Vec<u64>; 2], String> {
    let client = reqwest::Client::builder().no_proxy().build().map_err(|error| error.to_string())?;
    let url = format!("http://127.0.0.1:{}/peers", bench.api);
    let mut draws = stream(0, purpose::CALIBRATION, 5);
    let mut times = [Vec::new(), Vec::new()];
    for _ in 0..SAMPLES / 2 {
        let key = hex::encode(draws.random::<[u8; 32]>());
        let create = client.post(&url).body(format!("{key} 0"));
        let fetch = client.get(format!("{url}/{key}"));
        for (request, times) in [create, fetch].into_iter().zip(&mut times) {
            next(&mut draws).await;
            let sent = now();
            let reply = request.send().await.map_err(|error| error.to_string())?;
            reply.error_for_status().map_err(|error| error.to_string())?;
            times.push((now() - sent).saturating_sub(2 * way));
        }
    }
    Ok(times)
}

/// From each push's arrival until its config was in the table, ns. `lines`: the gateway's log; `pushed`: when each push was sent,
/// and its key.
fn arrival_to_table(lines: &[serde_json::Value], pushed: &[(u64, String)]) -> Vec<u64> {
    let came: BTreeMap<u64, u64> =
        lines.iter().filter_map(|line| Some((line["sent"].as_u64()?, line["delay"].as_u64()?))).collect();
    let took: BTreeMap<&str, u64> = lines
        .iter()
        .filter(|line| line["what"] == "took")
        .filter_map(|line| Some((line["key"].as_str()?, line["at"].as_u64()?)))
        .collect();
    let times = pushed.iter().filter_map(|(sent, key)| took.get(key.as_str())?.checked_sub(sent + came.get(sent)?));
    times.collect()
}

/// Pushes a config for each client, the next when the last is acknowledged: from a config's arrival at the gateway until it
/// is in the table, ns.
async fn install(bench: &Bench, clients: &[StaticSecret]) -> Result<Vec<u64>, String> {
    let nats = connect(bench, 65_536).await;
    let mut draws = stream(0, purpose::CALIBRATION, 6);
    let mut pushed = Vec::new();
    for secret in clients {
        next(&mut draws).await;
        let key = hex::encode(PublicKey::from(secret).as_bytes());
        let sent = now();
        let text = format!("{sent} {} ", Version { number: 1, revoked: false }.write(&key));
        nats.request(subject(0), text.into()).await.map_err(|error| error.to_string())?;
        pushed.push((sent, key));
    }
    Ok(arrival_to_table(&crate::history::lines(&bench.folder.join("gateway0.jsonl"))?, &pushed))
}

/// Handshakes of clients whose configs the gateway holds: from the arrival of the initiation until the response leaves, ns.
/// It is the round trip less the mean one of the path. `way`: the mean way of the path, ns.
async fn answer(bench: &Bench, clients: &[StaticSecret], way: u64) -> Result<Vec<u64>, String> {
    let socket = UdpSocket::bind("127.0.0.1:0").await.map_err(|error| error.to_string())?;
    socket.connect(("127.0.0.1", bench.gateways[0].0)).await.map_err(|error| error.to_string())?;
    let mut draws = stream(0, purpose::CALIBRATION, 7);
    let mut times = Vec::new();
    for secret in clients {
        next(&mut draws).await;
        let mut buffer = [0; 2048];
        let mut tunnel = tunnel(secret, 0);
        let TunnResult::WriteToNetwork(initiation) = tunnel.format_handshake_initiation(&mut buffer, true) else {
            return Err("boringtun does not initiate".to_owned());
        };
        let sent = now();
        socket.send(initiation).await.map_err(|error| error.to_string())?;
        let received = tokio::time::timeout(Duration::from_secs(2), socket.recv(&mut buffer)).await;
        received.map_err(|_| "the gateway does not answer")?.map_err(|error| error.to_string())?;
        times.push((now() - sent).saturating_sub(2 * way));
    }
    Ok(times)
}

/// How much longer than asked injected delays take, ns; negative ones are written as such.
async fn timers() -> Vec<i64> {
    let mut draws = stream(0, purpose::CALIBRATION, 3);
    let mut over = Vec::new();
    for _ in 0..SAMPLES {
        let asked = Duration::from_secs_f64(draws.random_range(0.005..0.03));
        let start = now();
        pause(asked).await;
        let took = i64::try_from(now() - start).expect("short");
        over.push(took - i64::try_from(asked.as_nanos()).expect("short"));
    }
    over
}

/// Pushes in this calibration: their rate, 1/s, and what fills them, bytes; the bytes that the server keeps at most.
const PUSH_RATE: f64 = 25.0;
const PUSH_BYTES: usize = 60_000;
const MAX_PENDING: usize = 1 << 20;

/// What becomes of the pushes to a gateway whose subscription is frozen until the server cuts it off.
struct Frozen {
    /// Bytes of those before the first that is lost. They come late: receivers' buffers hold them.
    held: f64,
    /// Bytes of those that are lost: in the sender's buffers, and what the server keeps at most.
    lost: f64,
}

/// Freezes a gateway's subscription under pushes, and counts.
///
/// # Errors
/// What is wrong with the folder or the machine.
fn frozen(folder: &Path) -> Result<Frozen, String> {
    let parts = folder.join("frozen");
    if parts.is_dir() {
        std::fs::remove_dir_all(&parts).map_err(|error| format!("{}: {error}", parts.display()))?;
    }
    std::fs::create_dir_all(&parts).map_err(|error| format!("{}: {error}", parts.display()))?;
    let parts = parts.canonicalize().map_err(|error| error.to_string())?;
    std::fs::write(parts.join("experiment.toml"), EXPERIMENT).map_err(|error| error.to_string())?;
    let (nats, api, gateways) = free_ports(1)?;
    let nats = format!("127.0.0.1:{nats}");
    let max_pending = Some(MAX_PENDING);
    let bench =
        Bench { seed: 0, folder: parts, nats, api, gateways, push_bytes: PUSH_BYTES, max_pending, freeze: false };
    bench.write().map_err(|error| error.to_string())?;
    let _nats = start_nats(&bench)?;
    let mut gateway = Part::role(&bench, &["gateway", "0"])?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.map_err(|error| error.to_string())?;
    let sent = runtime.block_on(async {
        let nats = connect(&bench, 65_536).await;
        let mut draws = stream(0, purpose::CALIBRATION, 4);
        let version = Version { number: 1, revoked: false };
        let begin = now() + 1_500_000_000;
        let [mut frozen, mut thawed] = [0, 0];
        let mut sent = Vec::new();
        tokio::time::sleep(Duration::from_millis(1500)).await;
        while now() < begin + 20_000_000_000 {
            if frozen == 0 && now() > begin + 8_000_000_000 {
                gateway.say("freeze");
                frozen = now();
            }
            if thawed == 0 && now() > begin + 18_000_000_000 {
                gateway.say("on");
                thawed = now();
            }
            let gap = -(1.0 - draws.random::<f64>()).ln() / PUSH_RATE;
            tokio::time::sleep(Duration::from_secs_f64(gap)).await;
            let key = hex::encode(draws.random::<[u8; 32]>());
            let at = now();
            if frozen > 0 && thawed == 0 {
                sent.push(at);
            }
            let text = format!("{at} {} {:.<PUSH_BYTES$}", version.write(&key), "");
            let _ = nats.publish(subject(0), text.into()).await;
        }
        sent
    });
    let pushes = crate::history::lines(&bench.folder.join("gateway0.jsonl"))?;
    let came: BTreeSet<u64> = pushes.iter().filter_map(|line| line["sent"].as_u64()).collect();
    let held = sent.iter().take_while(|sent| came.contains(sent)).count();
    let lost = sent.iter().filter(|sent| !came.contains(sent)).count();
    let [held, lost] = [held, lost].map(|pushes| (pushes * PUSH_BYTES) as f64);
    println!("frozen subscription: {:.1} MB late, {:.1} MB lost", held / 1e6, lost / 1e6);
    Ok(Frozen { held, lost })
}

fn write(folder: &Path, name: &str, mut nanos: Vec<i64>) -> Result<(serde_json::Value, f64), String> {
    nanos.sort_unstable();
    let mut text = "seconds\n".to_owned();
    for nanos in &nanos {
        let _ = writeln!(text, "{:.9}", *nanos as f64 / 1e9);
    }
    let path = folder.join(format!("{name}.csv"));
    std::fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))?;
    let last = nanos.len().checked_sub(1).ok_or_else(|| format!("{name}: no samples"))?;
    // Three digits: whole microseconds.
    let at = |share: f64| (nanos[(last as f64 * share) as usize] as f64 / 1e3).round() / 1e3;
    let mean = (nanos.iter().sum::<i64>() as f64 / nanos.len() as f64 / 1e3).round() / 1e3;
    let [p50, p99, max] = [0.5, 0.99, 1.0].map(at);
    println!("{name}: {} samples, mean {mean:.3} ms, p50 {p50:.3} ms, p99 {p99:.3} ms, max {max:.3} ms", nanos.len());
    Ok((json!({ "samples": nanos.len(), "mean_ms": mean, "p50_ms": p50, "p99_ms": p99, "max_ms": max }), p99))
}

/// Measures the pieces and writes a CSV file for each, and `meta.json`. The greatest 99th percentile of those that `compare`
/// uses, ms. `whole`: also those that it does not use, and what buffers hold for a frozen subscription, if the server is one
/// that is started. `nats`: the address of another.
///
/// # Errors
/// What is wrong with the machine.
pub(crate) fn calibrate(folder: &Path, whole: bool, nats: Option<String>) -> Result<f64, String> {
    std::fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let folder = folder.canonicalize().map_err(|error| error.to_string())?;
    let machine = Machine::now();
    let frozen = (whole && nats.is_none()).then(|| frozen(&folder)).transpose()?;
    let parts = folder.join("parts");
    if parts.is_dir() {
        std::fs::remove_dir_all(&parts).map_err(|error| format!("{}: {error}", parts.display()))?;
    }
    std::fs::create_dir_all(&parts).map_err(|error| error.to_string())?;
    std::fs::write(parts.join("experiment.toml"), EXPERIMENT).map_err(|error| error.to_string())?;
    let (port, api, gateways) = free_ports(1)?;
    let is_own = nats.is_none();
    let nats = nats.unwrap_or_else(|| format!("127.0.0.1:{port}"));
    let bench = Bench { seed: 0, folder: parts, nats, api, gateways, push_bytes: 0, max_pending: None, freeze: false };
    bench.write().map_err(|error| error.to_string())?;
    let _nats = is_own.then(|| start_nats(&bench)).transpose()?;
    let _api = Part::role(&bench, &["api"])?;
    let _gateway = Part::role(&bench, &["gateway", "0"])?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.map_err(|error| error.to_string())?;
    let version = runtime.block_on(nats_version(&bench));
    let mut meta = json!({
        "frozen_held_bytes": frozen.as_ref().map(|frozen| frozen.held),
        "frozen_lost_bytes": frozen.as_ref().map(|frozen| frozen.lost),
        "nats_server": version,
        "kernel": machine.kernel,
        "processors": machine.processors,
        "load": machine.load,
        "real_time_priority": machine.real_time_priority,
        "boringtun": "0.7.1",
    });
    let mut piece = |name: &str, nanos: Vec<i64>| {
        let (summary, late) = write(&folder, name, nanos)?;
        meta[name] = summary;
        Ok::<f64, String>(late)
    };
    let signed = |nanos: &[u64]| nanos.iter().map(|nanos| i64::try_from(*nanos).unwrap_or(i64::MAX)).collect();
    let (http, path) = (runtime.block_on(http(&bench))?, runtime.block_on(path(&bench))?);
    let late = [
        piece("bus", signed(&runtime.block_on(bus(&bench))?))?,
        piece("http", signed(&http))?,
        piece("path", signed(&path))?,
        piece("timers", runtime.block_on(timers()))?,
    ];
    if whole {
        let mut draws = stream(0, purpose::CALIBRATION, 8);
        let clients: Vec<StaticSecret> =
            (0..SAMPLES / 2).map(|_| StaticSecret::from(draws.random::<[u8; 32]>())).collect();
        let [creates, fetches] = runtime.block_on(services(&bench, mean(&http)))?;
        piece("service", signed(&creates))?;
        piece("fetch", signed(&fetches))?;
        piece("install", signed(&runtime.block_on(install(&bench, &clients))?))?;
        piece("answer", signed(&runtime.block_on(answer(&bench, &clients, mean(&path)))?))?;
    }
    let text = serde_json::to_string_pretty(&meta).expect("numbers and texts");
    std::fs::write(folder.join("meta.json"), text + "\n").map_err(|error| error.to_string())?;
    Ok(late.into_iter().fold(0.0, f64::max))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_install_counts_from_the_arrival_of_its_push() {
        let lines = [
            json!({ "what": "took", "key": "of a create before", "at": 50 }),
            json!({ "what": "push", "sent": 100, "delay": 7, "lost": false }),
            json!({ "what": "took", "key": "a", "at": 137 }),
            json!({ "what": "push", "sent": 200, "delay": 9, "lost": true }),
        ];
        let pushed = [(100, "a".to_owned()), (200, "b".to_owned())];
        assert_eq!(arrival_to_table(&lines, &pushed), [30]);
    }
}
