//! What the logs of a run on real parts say: attempts, versions, records, streams.

use std::collections::BTreeMap;
use std::path::Path;

use pushpull::model::{Scenario, Target};
use serde_json::Value;

use crate::measure::{Attempt, RecordState, Records, Seen, span};
use crate::run::{Injected, scoped};

/// A file of JSON lines.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn lines(path: &Path) -> Result<Vec<Value>, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let parse = |(number, line): (usize, &str)| {
        serde_json::from_str(line).map_err(|error| format!("{}: line {}: {error}", path.display(), number + 1))
    };
    text.lines().enumerate().map(parse).collect()
}

/// A file of one JSON value.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn json<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))
}

/// For each gateway of a run how long pushes took from the API to it, s. None for gateways that no push reached by a bus or
/// by HTTP.
///
/// # Errors
/// What is wrong with the logs.
pub(crate) fn push_delays(folder: &Path, gateways: u32) -> Result<Vec<Vec<f64>>, String> {
    let delay = |line: &Value| line["delay"].as_f64().map(|nanos| nanos / 1e9);
    let of = |gateway| Ok(lines(&folder.join(format!("gateway{gateway}.jsonl")))?.iter().filter_map(delay).collect());
    (0..gateways).map(of).collect()
}

/// What happened to a peer. Times are in s since the clients' start.
#[derive(Default)]
struct Life {
    /// Its gateway.
    gateway: usize,
    /// When each version was committed, in order; whether it was a revocation.
    commits: Vec<(f64, u64, bool)>,
    /// What its gateway's table did.
    table: Vec<(f64, Act)>,
    /// When its client left for good.
    left: Option<f64>,
}

/// What a gateway's table did with a peer.
#[derive(Clone, Copy)]
enum Act {
    /// It took a version, from elsewhere or from its file.
    Took(u64),
    /// It removed the record, by a version.
    Removed(u64),
    /// The gateway went down.
    Lost,
}

impl Life {
    fn revoked(&self) -> Option<f64> {
        self.commits.iter().find(|(.., revoked)| *revoked).map(|(at, ..)| *at)
    }

    /// The version that its gateway held at a time.
    fn held(&self, at: f64) -> Option<u64> {
        let act = self.table.iter().rev().find(|(when, _)| *when <= at)?.1;
        if let Act::Took(version) = act { Some(version) } else { None }
    }

    fn state(&self, at: f64, span: (f64, f64)) -> RecordState {
        let held = self.held(at);
        let version = self.commits.iter().rev().find(|(when, ..)| *when <= at).map_or(0, |(_, version, _)| *version);
        let revoked = self.revoked().filter(|revoked| *revoked <= at);
        RecordState {
            held: held.is_some(),
            stale: held.is_some_and(|held| held < version),
            live: version > 0 && revoked.is_none() && self.left.is_none_or(|left| at < left),
            exposed: held.is_some() && revoked.is_some_and(|revoked| span.0 <= revoked && revoked < span.1),
        }
    }

    /// Adds what became of its versions. A table that persists is in its file while the gateway is down.
    fn count(&self, seen: &mut Seen, span: (f64, f64), persists: bool) {
        for (at, version, revoked) in self.commits.iter().filter(|(at, ..)| span.0 <= *at && *at < span.1) {
            if *revoked {
                seen.revocations += 1;
                let acts = self.table.iter().filter(|(when, _)| when <= at).map(|(_, act)| act);
                let last = acts.rev().find(|act| !(persists && matches!(act, Act::Lost)));
                if !matches!(last, Some(Act::Took(_))) {
                    continue;
                }
            }
            seen.versions += 1;
            let arrived = self.table.iter().find(|(when, act)| match act {
                Act::Took(taken) | Act::Removed(taken) => when >= at && taken >= version,
                Act::Lost => false,
            });
            seen.propagations.extend(arrived.map(|(when, _)| when - at));
        }
    }

    /// The times at which its state may change.
    fn turns(&self) -> Vec<f64> {
        let commits = self.commits.iter().map(|(at, ..)| *at);
        let mut turns: Vec<f64> = commits.chain(self.table.iter().map(|(at, _)| *at)).chain(self.left).collect();
        turns.sort_unstable_by(f64::total_cmp);
        turns
    }
}

/// The logs of a run.
struct Logs {
    /// The clients' start, ns.
    start: u64,
    span: (f64, f64),
    lives: BTreeMap<String, Life>,
    seen: Seen,
}

impl Logs {
    /// A time of a line, s since the start.
    fn time(&self, line: &Value, field: &str) -> Option<f64> {
        Some((line[field].as_u64()? as f64 - self.start as f64) / 1e9)
    }

    fn life(&mut self, line: &Value) -> &mut Life {
        self.lives.entry(line["key"].as_str().unwrap_or_default().to_owned()).or_default()
    }

    fn commits(&mut self, lines: &[Value]) {
        for line in lines.iter().filter(|line| line["what"] == "commit") {
            let (Some(at), Some(version), Some(gateway)) =
                (self.time(line, "at"), line["version"].as_u64(), line["gateway"].as_u64())
            else {
                continue;
            };
            let revoked = line["revoked"] == true;
            let life = self.life(line);
            life.gateway = usize::try_from(gateway).expect("few");
            life.commits.push((at, version, revoked));
        }
    }

    /// Streams that the API opened. One without an end ended with the API.
    fn streams(&mut self, lines: &[Value], api_down: &[f64]) {
        let (start, end) = self.span;
        for opened in lines.iter().filter(|line| line["what"] == "opened") {
            let Some(at) = self.time(opened, "at") else { continue };
            let closed = lines.iter().find(|line| line["what"] == "closed" && line["stream"] == opened["stream"]);
            let closed = closed.and_then(|line| self.time(line, "at"));
            let down = api_down.iter().copied().filter(|down| *down >= at).fold(end, f64::min);
            let closed = closed.unwrap_or(down);
            let gateway = usize::try_from(opened["gateway"].as_u64().unwrap_or(0)).expect("few");
            self.seen.streams[gateway].open += closed.clamp(start, end) - at.clamp(start, end);
        }
    }

    fn gateway(&mut self, number: usize, lines: &[Value]) {
        let (start, end) = self.span;
        for line in lines {
            let Some(at) = self.time(line, "at") else { continue };
            let version = line["version"].as_u64().unwrap_or(0);
            match line["what"].as_str() {
                Some("took") => self.life(line).table.push((at, Act::Took(version))),
                Some("removed") => self.life(line).table.push((at, Act::Removed(version))),
                Some("ask") if start <= at && at < end => {
                    let stream = &mut self.seen.streams[number];
                    if line["list"] == true { stream.lists += 1.0 } else { stream.watches += 1.0 }
                }
                _ => {}
            }
        }
    }

    /// Takes the clients' lines. Records must be known.
    fn clients(&mut self, lines: &[Value]) {
        for line in lines.iter().filter(|line| !line["left"].is_null()) {
            let left = self.time(line, "left");
            self.life(line).left = left;
        }
        let counted = |at: f64| self.span.0 <= at && at < self.span.1;
        for line in lines.iter().filter(|line| !line["started"].is_null()) {
            let first = line["kind"] == "first";
            let (started, created) = (self.time(line, "started"), self.time(line, "created"));
            let (first_sent, session) = (self.time(line, "first_sent"), self.time(line, "session"));
            let Some(first_sent) = first_sent else {
                if self.time(line, "ended").is_some_and(counted) {
                    self.seen.create_failed += 1;
                }
                continue;
            };
            if !counted(first_sent) {
                continue;
            }
            let create = created.zip(started).map(|(created, started)| created - started).filter(|_| first);
            let key = line["key"].as_str().unwrap_or_default();
            let stale =
                session.zip(self.lives.get(key)).is_some_and(|(session, life)| life.state(session, self.span).stale);
            let wait = session.map_or(f64::INFINITY, |session| session - first_sent);
            self.seen.attempts.push(Attempt { create, wait, stale });
        }
    }
}

/// What the logs in a result folder say of its run.
///
/// # Errors
/// What is wrong with the folder.
pub(crate) fn read(folder: &Path, scenario: &Scenario) -> Result<Seen, String> {
    let lateness: Value = json(&folder.join("lateness.json"))?;
    let start = lateness["start_ns"].as_u64().ok_or_else(|| format!("{}: no start_ns", folder.display()))?;
    let injected: Vec<Injected> = json(&folder.join("faults.json"))?;
    let gateways = scenario.gateways.count as usize;
    let seen = Seen::of_gateways(gateways);
    let mut logs = Logs { start, span: span(scenario), lives: BTreeMap::new(), seen };
    let api = lines(&folder.join("api.jsonl"))?;
    logs.commits(&api);
    let target = |injected: &Injected| scenario.faults.get(injected.fault).map(|fault| fault.target);
    let api_down: Vec<f64> = injected
        .iter()
        .filter(|injected| matches!(target(injected), Some(Target::Api(_))))
        .map(|injected| injected.at)
        .collect();
    logs.streams(&api, &api_down);
    for number in 0..gateways {
        logs.gateway(number, &lines(&folder.join(format!("gateway{number}.jsonl")))?);
    }
    for injected in injected.iter().filter(|injected| target(injected) == Some(Target::Gateway)) {
        let hit = scoped(&scenario.faults[injected.fault].gateways, scenario.gateways.count);
        for life in logs.lives.values_mut().filter(|life| hit.contains(&life.gateway)) {
            life.table.push((injected.at, Act::Lost));
        }
    }
    for life in logs.lives.values_mut() {
        life.table.sort_by(|one, other| one.0.total_cmp(&other.0));
    }
    logs.clients(&lines(&folder.join("clients.jsonl"))?);
    let mut records = Records::new(logs.span);
    for (number, life) in (0..).zip(logs.lives.values()) {
        for turn in life.turns() {
            records.set(number, turn, life.state(turn, logs.span));
        }
        life.count(&mut logs.seen, logs.span, scenario.strategy.persists);
    }
    Ok(logs.seen.of_run(records))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPAN: (f64, f64) = (0.0, 40.0);

    /// A peer of three versions whose second never arrives, and which is revoked.
    fn life() -> Life {
        Life {
            gateway: 0,
            commits: vec![(1.0, 1, false), (5.0, 2, false), (9.0, 3, false), (20.0, 4, true)],
            table: vec![(1.5, Act::Took(1)), (10.0, Act::Took(3)), (25.0, Act::Removed(4))],
            left: Some(30.0),
        }
    }

    #[test]
    fn a_later_version_propagates_those_before_it() {
        let mut seen = Seen::default();
        life().count(&mut seen, SPAN, false);
        assert_eq!((seen.versions, seen.revocations), (4, 1));
        assert_eq!(format!("{:?}", seen.propagations), "[0.5, 5.0, 1.0, 5.0]");
    }

    #[test]
    fn a_record_is_stale_from_a_commit_to_the_install() {
        let life = life();
        let stale = |at| life.state(at, SPAN).stale;
        assert_eq!([4.9, 5.0, 9.5, 10.0, 20.0, 25.0].map(stale), [false, true, true, false, true, false]);
        let exposed = |at| life.state(at, SPAN).exposed;
        assert_eq!([19.0, 21.0, 25.0].map(exposed), [false, true, false]);
        let live = |at| life.state(at, SPAN).live;
        assert_eq!([0.5, 1.0, 20.0].map(live), [false, true, false]);
    }

    #[test]
    fn the_revocation_of_what_was_never_installed_is_no_version() {
        let life = Life { commits: vec![(1.0, 1, false), (2.0, 2, true)], ..Life::default() };
        let mut seen = Seen::default();
        life.count(&mut seen, SPAN, false);
        assert_eq!((seen.versions, seen.revocations, seen.propagations.len()), (1, 1, 0));
    }

    #[test]
    fn a_gateway_that_went_down_holds_nothing_until_it_has_read_its_file() {
        let mut life = life();
        life.table.insert(2, (12.0, Act::Lost));
        life.table.insert(3, (15.0, Act::Took(3)));
        assert_eq!([11.0, 13.0, 15.0].map(|at| life.held(at)), [Some(3), None, Some(3)]);
    }
}
