//! Refuses experiments with periodic processes of far too many steps.
//!
//! A key such as `replica.sync_every = "1ns"` makes a run of hours, part of it in loops that handle no event. Such
//! steps can be counted from the file, so they are refused before anything runs. The estimates are off by less than a factor of two.

use super::quantity::format_duration;
use super::read::OrNever;
use super::rules::CrossChecks;
use super::section::{Experiment, Struck};
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
    let Experiment { clients, gateways, .. } = experiment;
    let mut steps = StepCount {
        experiment,
        rules,
        horizon,
        gateways: count(gateways.count),
        peers: expected_peers(process, horizon),
        existing: count(clients.existing) + count(clients.devices.count),
        most: most as f64,
    };
    steps.all();
}

/// How many peers a run of `horizon` seconds is expected to create, at its highest rate throughout.
pub(crate) fn expected_peers(process: &Arrivals, horizon: f64) -> f64 {
    match process {
        Arrivals::Poisson { rate, peak, .. } => rate * peak.map_or(1.0, |peak| peak.factor) * horizon,
        Arrivals::Every(gap) => horizon / gap.as_secs_f64(),
        Arrivals::Trace(arrivals) => arrivals.len() as f64,
    }
}

/// The processes of an experiment, as far as they have been counted.
pub(crate) struct StepCount<'a, 'r> {
    pub(crate) experiment: &'a Experiment,
    rules: &'a mut CrossChecks<'r>,
    /// Length of a run, s.
    pub(crate) horizon: f64,
    pub(crate) gateways: f64,
    /// Peers that clients are expected to create.
    pub(crate) peers: f64,
    /// Peers that exist at the start.
    pub(crate) existing: f64,
    /// Events that a run may handle.
    most: f64,
}

impl StepCount<'_, '_> {
    fn all(&mut self) {
        let Experiment { clients, bus, strategies, .. } = self.experiment;
        let Self { gateways, peers, .. } = *self;
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
            let lives = peers * session + count(clients.devices.count) * self.horizon;
            self.bound(&At::path("clients.update_every"), lives / gap, "updates");
        }
        let all = At::ROOT.key("strategies");
        for (name, strategy) in strategies {
            let at = all.key(name);
            for (mechanism, section) in strategy.mechanisms() {
                section.count_steps(&at.key(mechanism.word()), self);
            }
        }
        self.faults();
    }

    /// What each gateway of a mechanism does every so often.
    pub(crate) fn periodic(&mut self, at: &At<'_>, every: Option<Duration>, what: &str) {
        if let Some(every) = every {
            self.bound(&at.key("every"), self.gateways * self.horizon / every.as_secs_f64(), what);
        }
    }

    /// For how long faults of this target may be in force, s.
    pub(crate) fn outage(&self, target: Struck) -> f64 {
        let faults = self.experiment.faults.iter().flatten().filter(|fault| fault.target == Some(target));
        let lengths = faults.map(|fault| match &fault.every {
            Some(_) => self.horizon,
            None => self.mean(fault.length.as_ref()).unwrap_or(0.0),
        });
        lengths.sum::<f64>().min(self.horizon)
    }

    /// Each read of a replica looks back over the writes that have not shown yet.
    pub(crate) fn replica(&mut self) {
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
            self.bound(&at, writes * self.peers, "writes that its reads look through");
        }
    }

    /// A fault looks at each gateway, one of gateways also at each peer.
    fn faults(&mut self) {
        let faults = At::ROOT.key("faults");
        for (index, fault) in self.experiment.faults.iter().flatten().enumerate() {
            let Some(every) = self.mean(fault.every.as_ref().and_then(Option::as_ref)) else { continue };
            let length = self.mean(fault.length.as_ref()).unwrap_or(0.0);
            let each = match fault.target {
                Some(Struck::Gateway) => self.gateways + self.existing + self.peers / 2.0,
                Some(Struck::Api) => 1.0,
                Some(Struck::Http | Struck::Bus | Struck::Path) | None => self.gateways,
            };
            let steps = each * self.horizon / (every + length);
            self.bound(&faults.index(index).key("every"), steps, "steps of this fault");
        }
    }

    /// Refuses the value at `at` if it makes more steps than the run may handle events.
    pub(crate) fn bound(&mut self, at: &At<'_>, steps: f64, what: &str) {
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
    pub(crate) fn mean(&self, distribution: Option<&Distribution>) -> Option<f64> {
        distribution.map(Distribution::mean).filter(|mean| *mean > 0.0).map(|mean| mean.min(self.horizon))
    }
}

/// A count as a number; none of a wrong one.
pub(crate) fn count(count: Option<u32>) -> f64 {
    count.map_or(0.0, f64::from)
}
