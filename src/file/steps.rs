//! What a run would take: processes of an experiment whose steps are beyond all reason.
//!
//! A key such as `replica.sync_every = "1ns"` makes a run of hours, part of it in loops that handle no event. What can be
//! foreseen from the file is refused before anything runs. The estimates are off by less than a factor of two.

use super::quantity::format_duration;
use super::read::OrNever;
use super::rules::CrossChecks;
use super::section::{Experiment, FetchOrigin, StrategySection, Struck, WatchSection};
use super::tree::At;
use crate::model::Arrivals;
use des::{Distribution, Duration};

/// By how much an estimate may be off.
const MARGIN: f64 = 2.0;

/// The most writes of a replica that may be on their way at once: a read looks through them one by one.
const WRITES_MAX: f64 = 100_000.0;

/// Reports every process that takes more steps than a run may handle events.
pub(crate) fn check(experiment: &Experiment, horizon: Duration, process: &Arrivals, rules: &mut CrossChecks<'_>) {
    let Some(most) = experiment.events_max else { return };
    let horizon = horizon.as_secs_f64();
    let mut estimate = StepCount { experiment, rules, horizon, most: most as f64 };
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

struct StepCount<'a, 'r> {
    experiment: &'a Experiment,
    rules: &'a mut CrossChecks<'r>,
    /// Seconds.
    horizon: f64,
    /// Events that a run may handle.
    most: f64,
}

impl StepCount<'_, '_> {
    fn all(&mut self, peers: f64) {
        let Experiment { clients, bus, strategies, .. } = self.experiment;
        let devices = count(clients.devices.count);
        let existing = count(clients.existing) + devices;
        let gateways = count(self.experiment.gateways.count);
        self.bound(&At::path("clients.arrivals"), peers, "arrivals");
        let strangers = clients.strangers.unwrap_or(0.0) * self.horizon;
        self.bound(&At::path("clients.strangers"), strangers, "arrivals of strangers");
        if let Some(OrNever(Some(burst))) = &bus.burst
            && let (Some(good), Some(bad)) = (burst.good, burst.bad)
        {
            let sojourn = f64::midpoint(good.as_secs_f64(), bad.as_secs_f64());
            let changes = gateways * self.horizon / sojourn;
            self.bound(&At::path("bus.burst"), changes, "changes of the links between good and bad");
        }
        if let Some(gap) = self.mean(clients.update_every.as_ref().and_then(|distribution| distribution.0.as_ref())) {
            let session = self.mean(clients.session.as_ref()).unwrap_or(0.0);
            let lives = peers * session + devices * self.horizon;
            self.bound(&At::path("clients.update_every"), lives / gap, "updates");
        }
        let all = At::ROOT.key("strategies");
        for (name, strategy) in strategies {
            let at = all.key(name);
            // Field by field, so that a new mechanism has to say what it does how often.
            let StrategySection { push, pull, reconcile, watch, evict, expire: _, persists: _ } = strategy;
            let lists = reconcile.as_ref().and_then(|reconcile| reconcile.every);
            self.periodic(&at.key("reconcile"), lists, gateways, "lists");
            let sweeps = evict.as_ref().and_then(|evict| evict.every);
            self.periodic(&at.key("evict"), sweeps, gateways, "sweeps");
            let refresh = push.as_ref().and_then(|push| push.refresh_every.as_ref()?.0.as_ref());
            if let Some(gap) = self.mean(refresh) {
                let refreshes = (existing + peers / 2.0).max(1.0) * self.horizon / gap;
                self.bound(&at.key("push").key("refresh_every"), refreshes, "refreshes");
            }
            if let Some(watch) = watch {
                self.watch(&at.key("watch"), watch, gateways);
            }
            if pull.as_ref().is_some_and(|pull| pull.source == Some(FetchOrigin::Replica)) {
                self.replica(peers);
            }
        }
        self.faults(gateways, existing + peers / 2.0);
    }

    /// What each gateway of a mechanism does every so often.
    fn periodic(&mut self, at: &At<'_>, every: Option<Duration>, gateways: f64, what: &str) {
        if let Some(every) = every {
            self.bound(&at.key("every"), gateways * self.horizon / every.as_secs_f64(), what);
        }
    }

    /// Streams that end and open again, and requests that fail, one after another.
    fn watch(&mut self, at: &At<'_>, watch: &WatchSection, gateways: f64) {
        let Experiment { api, http, .. } = self.experiment;
        let time = |span: Option<Duration>| span.map_or(0.0, Duration::as_secs_f64);
        let way = self.mean(http.delay.as_ref()).unwrap_or(0.0);
        let round_trip = way * (2.0 + 2.0 * count(http.setup_rtts));
        let answer = round_trip + self.mean(api.fetch_service.as_ref()).unwrap_or(0.0);
        if let Some(lifetime) = self.mean(watch.lifetime.as_ref().and_then(|distribution| distribution.0.as_ref())) {
            let each = lifetime + way + answer;
            self.bound(&at.key("lifetime"), gateways * self.horizon / each, "streams");
        }
        let (backoff, backoff_max) = (time(watch.backoff), time(watch.backoff_max));
        // A wait that doubles is soon its cap; one of zero stays so. Its spread makes it half as long again.
        let wait = 1.5 * if backoff > 0.0 { backoff_max } else { 0.0 };
        // An API that is down or full turns a request away at once.
        let refused = round_trip + wait;
        let outage = if refused > 0.0 { self.outage(Struck::Api) } else { self.horizon };
        let waits = at.key(if backoff > 0.0 { "backoff_max" } else { "backoff" });
        self.bound(&waits, gateways * outage / refused, "requests that the API turns away");
        let timeout = time(watch.timeout);
        let failure = http.failure.unwrap_or(0.0);
        let unanswered =
            if timeout <= answer { self.horizon } else { failure * self.horizon + self.outage(Struck::Http) };
        self.bound(&at.key("timeout"), gateways * unanswered / (timeout + wait), "requests without an answer");
        if let Some(OrNever(Some(history))) = watch.history
            && history.as_secs_f64() < answer
        {
            let list = self.mean(api.list_service.as_ref()).unwrap_or(0.0);
            let each = answer + round_trip + list + 1.5 * backoff;
            self.bound(&at.key("history"), gateways * self.horizon / each, "lists");
        }
    }

    /// For how long faults of this target may be in force, s.
    fn outage(&self, target: Struck) -> f64 {
        let faults = self.experiment.faults.iter().flatten().filter(|fault| fault.target == Some(target));
        let lengths = faults.map(|fault| match &fault.every {
            Some(_) => self.horizon,
            None => self.mean(fault.length.as_ref()).unwrap_or(0.0),
        });
        lengths.sum::<f64>().min(self.horizon)
    }

    /// Each read of a replica looks back over the writes that have not shown yet.
    fn replica(&mut self, reads: f64) {
        let replica = &self.experiment.replica;
        let (Some(every), Some(transfer)) = (replica.sync_every, &replica.transfer) else { return };
        let transfer = transfer.quantile(0.99).as_secs_f64().min(self.horizon);
        let writes = transfer / every.as_secs_f64();
        let at = At::path("replica.sync_every");
        if writes > WRITES_MAX && !self.is_reported(&at) {
            let least = format_duration(Duration::from_secs_f64(transfer / WRITES_MAX));
            let found = self.rules.found(&at);
            self.rules.out.text(
                &at,
                format!(
                    "found {found}, with {writes:.1e} writes under way at once, accepted: at least {least}, so that \
                     replica.transfer holds at most {WRITES_MAX}"
                ),
            );
        } else {
            self.bound(&at, writes * reads, "writes that its reads look through");
        }
    }

    /// A fault looks at each gateway, one of gateways also at each peer.
    fn faults(&mut self, gateways: f64, peers: f64) {
        let faults = At::ROOT.key("faults");
        for (index, fault) in self.experiment.faults.iter().flatten().enumerate() {
            let Some(every) = self.mean(fault.every.as_ref().and_then(Option::as_ref)) else { continue };
            let length = self.mean(fault.length.as_ref()).unwrap_or(0.0);
            let each = match fault.target {
                Some(Struck::Gateway) => gateways + peers,
                Some(Struck::Api) => 1.0,
                Some(Struck::Http | Struck::Bus | Struck::Path) | None => gateways,
            };
            let steps = each * self.horizon / (every + length);
            self.bound(&faults.index(index).key("every"), steps, "steps of this fault");
        }
    }

    /// Refuses the value at `at` if it makes more steps than the run may handle events.
    fn bound(&mut self, at: &At<'_>, steps: f64, what: &str) {
        if steps <= self.most * MARGIN || self.is_reported(at) {
            return;
        }
        let (found, most) = (self.rules.found(at), self.most);
        let steps = if steps.is_finite() { format!("{steps:.1e}") } else { "endless".to_owned() };
        self.rules.out.text(
            at,
            format!("found {found}, with {steps} {what} in a run, accepted: at most events_max, which is {most}"),
        );
    }

    /// Whether something is known to be wrong with the value at `at`.
    fn is_reported(&self, at: &At<'_>) -> bool {
        let path = at.to_string();
        self.rules.out.list.iter().any(|finding| finding.path == path)
    }

    /// The mean of a distribution above zero, s, at most the horizon.
    fn mean(&self, distribution: Option<&Distribution>) -> Option<f64> {
        distribution.map(Distribution::mean).filter(|mean| *mean > 0.0).map(|mean| mean.min(self.horizon))
    }
}

fn count(count: Option<u32>) -> f64 {
    count.map_or(0.0, f64::from)
}
