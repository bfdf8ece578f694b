//! What a run would take: processes of an experiment whose steps are beyond all reason.
//!
//! A key such as `replica.sync_every = "1ns"` makes a run of hours, part of it in loops that handle no event. What can be
//! foreseen from the file is refused before anything runs. The estimates are off by less than a factor of two.

use toml::{Table, Value};

use super::data::DataFiles;
use super::quantity::format_duration;
use super::read::{self, Findings};
use super::tree::{At, found, get};
use crate::model::Arrivals;
use des::{Distribution, Duration};

/// By how much an estimate may be off.
const MARGIN: f64 = 2.0;

/// The most writes of a replica that may be on their way at once: a read looks through them one by one.
const WRITES_MAX: f64 = 100_000.0;

/// Reports every process that takes more steps than a run may handle events.
pub(crate) fn check(tree: &Table, horizon: Duration, process: &Arrivals, data: &DataFiles, out: &mut Findings) {
    let Some(most) = tree.get("events_max").and_then(Value::as_integer).filter(|most| *most > 0) else { return };
    let horizon = horizon.as_secs_f64();
    let mut estimate = Estimate { tree, data, out, horizon, most: most as f64 };
    estimate.all(expected_peers(process, horizon));
}

/// How many peers a run of `horizon` seconds is expected to create, at its highest rate throughout.
pub(crate) fn expected_peers(process: &Arrivals, horizon: f64) -> f64 {
    match process {
        Arrivals::Poisson { rate, peak, .. } => rate * peak.map_or(1.0, |peak| peak.factor) * horizon,
        Arrivals::Every(gap) => horizon / gap.as_secs_f64(),
        Arrivals::Trace(arrivals) => arrivals.len() as f64,
    }
}

struct Estimate<'a> {
    tree: &'a Table,
    data: &'a DataFiles,
    out: &'a mut Findings,
    /// Seconds.
    horizon: f64,
    /// Events that a run may handle.
    most: f64,
}

impl Estimate<'_> {
    fn all(&mut self, peers: f64) {
        let devices = self.count("clients.devices.count");
        let existing = self.count("clients.existing") + devices;
        let gateways = self.count("gateways.count");
        self.bound("clients.arrivals", peers, "arrivals");
        let strangers = get(self.tree, "clients.strangers");
        let strangers = strangers.and_then(|value| read::rate(&At::ROOT, value, true, &mut Findings::default()));
        self.bound("clients.strangers", strangers.unwrap_or(0.0) * self.horizon, "arrivals of strangers");
        if let (Some(good), Some(bad)) = (self.span("bus.burst.good"), self.span("bus.burst.bad")) {
            let sojourn = f64::midpoint(good.as_secs_f64(), bad.as_secs_f64());
            self.bound("bus.burst", gateways * self.horizon / sojourn, "changes of the links between good and bad");
        }
        if let Some(gap) = self.mean("clients.update_every") {
            let session = self.mean("clients.session").unwrap_or(0.0);
            let lives = peers * session + devices * self.horizon;
            self.bound("clients.update_every", lives / gap, "updates");
        }
        let strategies = self.tree.get("strategies").and_then(Value::as_table);
        for (name, strategy) in strategies.into_iter().flatten() {
            for (mechanism, what) in [("reconcile", "lists"), ("evict", "sweeps")] {
                let path = format!("strategies.{name}.{mechanism}.every");
                if let Some(every) = self.span(&path) {
                    self.bound(&path, gateways * self.horizon / every.as_secs_f64(), what);
                }
            }
            let path = format!("strategies.{name}.push.refresh_every");
            if let Some(gap) = self.mean(&path) {
                self.bound(&path, (existing + peers / 2.0).max(1.0) * self.horizon / gap, "refreshes");
            }
            if strategy.get("watch").is_some() {
                self.watch(&format!("strategies.{name}.watch"), gateways);
            }
            let source = strategy.get("pull").and_then(|pull| pull.get("source")).and_then(Value::as_str);
            if source == Some("replica") {
                self.replica(peers);
            }
        }
        self.faults(gateways, existing + peers / 2.0);
    }

    /// Streams that end and open again, and requests that fail, one after another.
    fn watch(&mut self, path: &str, gateways: f64) {
        let key = |name: &str| format!("{path}.{name}");
        let time = |span: Option<Duration>| span.map_or(0.0, Duration::as_secs_f64);
        let way = self.mean("http.delay").unwrap_or(0.0);
        let round_trip = way * (2.0 + 2.0 * self.count("http.setup_rtts"));
        let answer = round_trip + self.mean("api.fetch_service").unwrap_or(0.0);
        if let Some(lifetime) = self.mean(&key("lifetime")) {
            let each = lifetime + way + answer;
            self.bound(&key("lifetime"), gateways * self.horizon / each, "streams");
        }
        let (backoff, backoff_max) = (time(self.span(&key("backoff"))), time(self.span(&key("backoff_max"))));
        // A wait that doubles is soon its cap; one of zero stays so. Its spread makes it half as long again.
        let wait = 1.5 * if backoff > 0.0 { backoff_max } else { 0.0 };
        // An API that is down or full turns a request away at once.
        let refused = round_trip + wait;
        let outage = if refused > 0.0 { self.outage("api") } else { self.horizon };
        let waits = key(if backoff > 0.0 { "backoff_max" } else { "backoff" });
        self.bound(&waits, gateways * outage / refused, "requests that the API turns away");
        let timeout = time(self.span(&key("timeout")));
        let failure = get(self.tree, "http.failure").and_then(read::number).unwrap_or(0.0);
        let unanswered = if timeout <= answer { self.horizon } else { failure * self.horizon + self.outage("http") };
        self.bound(&key("timeout"), gateways * unanswered / (timeout + wait), "requests without an answer");
        if let Some(history) = self.span(&key("history"))
            && history.as_secs_f64() < answer
        {
            let list = self.mean("api.list_service").unwrap_or(0.0);
            let each = answer + round_trip + list + 1.5 * backoff;
            self.bound(&key("history"), gateways * self.horizon / each, "lists");
        }
    }

    /// For how long faults of this target may be in force, s.
    fn outage(&self, target: &str) -> f64 {
        let faults = self.tree.get("faults").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let lengths = faults.iter().enumerate().map(|(index, fault)| {
            match (fault.get("target").and_then(Value::as_str) == Some(target), fault.get("every")) {
                (false, _) => 0.0,
                (true, Some(_)) => self.horizon,
                (true, None) => self.mean(&format!("faults.{index}.for")).unwrap_or(0.0),
            }
        });
        lengths.sum::<f64>().min(self.horizon)
    }

    /// Each read of a replica looks back over the writes that have not shown yet.
    fn replica(&mut self, reads: f64) {
        let (Some(every), Some(transfer)) = (self.span("replica.sync_every"), self.distribution("replica.transfer"))
        else {
            return;
        };
        let transfer = transfer.quantile(0.99).as_secs_f64().min(self.horizon);
        let writes = transfer / every.as_secs_f64();
        let at = At::path("replica.sync_every");
        let value = get(self.tree, "replica.sync_every");
        if writes > WRITES_MAX && !self.out.list.iter().any(|finding| finding.path == "replica.sync_every") {
            let least = format_duration(Duration::from_secs_f64(transfer / WRITES_MAX));
            let found = value.map_or(String::new(), found);
            self.out.text(
                &at,
                format!(
                    "found {found}, with {writes:.1e} writes under way at once, accepted: at least {least}, so that \
                     replica.transfer holds at most {WRITES_MAX}"
                ),
            );
        } else {
            self.bound("replica.sync_every", writes * reads, "writes that its reads look through");
        }
    }

    /// A fault looks at each gateway, one of gateways also at each peer.
    fn faults(&mut self, gateways: f64, peers: f64) {
        let faults = self.tree.get("faults").and_then(Value::as_array).map_or(0, Vec::len);
        for index in 0..faults {
            let path = format!("faults.{index}");
            let Some(every) = self.mean(&format!("{path}.every")) else { continue };
            let length = self.mean(&format!("{path}.for")).unwrap_or(0.0);
            let target = get(self.tree, &path).and_then(|fault| fault.get("target")).and_then(Value::as_str);
            let each = match target {
                Some("gateway") => gateways + peers,
                Some("api") => 1.0,
                _ => gateways,
            };
            self.bound(&format!("{path}.every"), each * self.horizon / (every + length), "steps of this fault");
        }
    }

    /// Refuses the value at `path` if it makes more steps than the run may handle events.
    fn bound(&mut self, path: &str, steps: f64, what: &str) {
        if steps <= self.most * MARGIN || self.out.list.iter().any(|finding| finding.path == path) {
            return;
        }
        let found = get(self.tree, path).map_or(String::new(), found);
        let most = self.most;
        let steps = if steps.is_finite() { format!("{steps:.1e}") } else { "endless".to_owned() };
        self.out.text(
            &At::path(path),
            format!("found {found}, with {steps} {what} in a run, accepted: at most events_max, which is {most}"),
        );
    }

    fn count(&self, path: &str) -> f64 {
        get(self.tree, path).and_then(Value::as_integer).map_or(0.0, |count| count as f64)
    }

    fn span(&self, path: &str) -> Option<Duration> {
        let span = read::span(&At::ROOT, get(self.tree, path)?, false, true, &mut Findings::default())?.0;
        span.filter(|span| *span > Duration::ZERO)
    }

    fn distribution(&self, path: &str) -> Option<Distribution> {
        read::distribution(&At::ROOT, get(self.tree, path)?, true, true, self.data, &mut Findings::default())?.0
    }

    /// The mean of a distribution above zero, s, at most the horizon.
    fn mean(&self, path: &str) -> Option<f64> {
        self.distribution(path)
            .map(|distribution| distribution.mean())
            .filter(|mean| *mean > 0.0)
            .map(|mean| mean.min(self.horizon))
    }
}
