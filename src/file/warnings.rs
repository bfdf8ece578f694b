//! What is valid but has no effect: a key that was given although another makes it meaningless.
//!
//! A person who writes such a key expects something of it. What a sweep decides is left alone.

use toml::{Table, Value};

use super::data::DataFiles;
use super::problem::Problem;
use super::quantity::format_duration;
use super::read::{self, Findings, OrNever};
use super::section::{
    Experiment, FetchOrigin, PullSection, PushSection, StrategySection, Struck, Transport, WatchSection, Word as _,
};
use super::tree::{At, Places, get, render, walk};
use crate::model::{Arrivals, Mechanism, PullAnswer, PullTransport, PushTransport, RetryTimer, Wait};
use des::{Distribution, Duration, Time};

/// Keys of a mechanism that mean nothing while `decider` has one of `values`.
struct Idle {
    mechanism: &'static str,
    keys: &'static [&'static str],
    decider: &'static str,
    values: &'static [&'static str],
}

const fn idle(
    mechanism: &'static str,
    keys: &'static [&'static str],
    decider: &'static str,
    values: &'static [&'static str],
) -> Idle {
    Idle { mechanism, keys, decider, values }
}

/// Values are compared as TOML writes them.
const IDLE: [Idle; 6] = [
    idle("push", &["attempts", "timeout", "backoff_max", "exhausted"], "transport", &["\"jetstream\""]),
    idle("push", &["ack_wait", "max_deliver"], "transport", &["\"core\"", "\"http\""]),
    idle("push", &["exhausted"], "wait", &["\"none\""]),
    idle("pull", &["fallback"], "source", &["\"primary\""]),
    idle("pull", &["stale"], "ttl", &["\"never\""]),
    idle("pull", &["backoff", "backoff_max"], "attempts", &["1"]),
];

/// Every key that was given in vain, in a complete and valid experiment.
pub(crate) fn warnings(
    experiment: &Experiment,
    tree: &Table,
    swept: &[String],
    places: &Places,
    data: &DataFiles,
) -> Vec<Problem> {
    let mut warner = Warner { experiment, tree, swept, places, data, warnings: Vec::new() };
    warner.seed();
    for (name, strategy) in &experiment.strategies {
        for Idle { mechanism, keys, decider, values } in &IDLE {
            let path = format!("strategies.{name}.{mechanism}");
            warner.idle(&path, keys, decider, values);
        }
        for mechanism in Mechanism::ALL {
            let path = format!("strategies.{name}.{}", mechanism.word());
            match mechanism {
                Mechanism::Push => warner.push(&path),
                Mechanism::Pull => warner.pull(&path),
                Mechanism::Watch => warner.watch(&path, strategy.watch.as_ref()),
                Mechanism::Reconcile | Mechanism::Evict | Mechanism::Expire => {}
            }
        }
        warner.persists(name, strategy);
    }
    warner.clients();
    warner.links();
    warner.stations();
    warner.faults();
    warner.trace();
    warner.quantiles();
    warner.rare();
    warner.warnings.sort();
    warner.warnings.dedup_by(|a, b| a.key == b.key && a.place == b.place);
    warner.warnings
}

/// A number to two decimals.
fn round(value: f64) -> f64 {
    libm::round(value * 100.0) / 100.0
}

struct Warner<'a> {
    experiment: &'a Experiment,
    tree: &'a Table,
    swept: &'a [String],
    places: &'a Places,
    data: &'a DataFiles,
    warnings: Vec<Problem>,
}

impl<'a> Warner<'a> {
    /// Whether a sweep decides the value at `path`, or a part of it.
    fn is_swept(&self, path: &str) -> bool {
        let within = |a: &str, b: &str| a.strip_prefix(b).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
        self.swept.iter().any(|swept| within(path, swept) || within(swept, path))
    }

    /// The value at `path`, if no sweep decides it.
    fn fixed(&self, path: &str) -> Option<&'a Value> {
        get(self.tree, path).filter(|_| !self.is_swept(path))
    }

    /// Whether the value at `path` is this one at every point.
    fn is(&self, path: &str, value: &str) -> bool {
        self.fixed(path).is_some_and(|fixed| render(fixed) == value)
    }

    fn warn(&mut self, path: &str, text: String) {
        self.warnings.push(Problem { place: self.places.key(path), key: path.to_owned(), text });
    }

    /// Warns of those of `keys`, below `path`, that were given.
    fn vain(&mut self, path: &str, keys: &[&str], why: &str) {
        for key in keys.iter().map(|key| format!("{path}.{key}")).filter(|key| self.places.given(key)) {
            self.warn(&key, format!("has no effect, as {why}"));
        }
    }

    /// Warns of `keys` of the table at `path`, if `decider` has one of `values`.
    fn idle(&mut self, path: &str, keys: &[&str], decider: &str, values: &[&str]) {
        let Some(value) = self.fixed(&format!("{path}.{decider}")).map(render) else { return };
        if values.contains(&value.as_str()) {
            self.vain(path, keys, &format!("{decider} = {value}"));
        }
    }

    /// Tagged peers that are so many that their retries meet.
    fn rare(&mut self) {
        let Some(every) = self.experiment.rare.as_ref().and_then(|rare| rare.every) else { return };
        let rate = match &self.experiment.clients.arrivals {
            Some(Arrivals::Poisson { rate, peak, .. }) => rate * peak.map_or(1.0, |peak| peak.factor),
            Some(Arrivals::Every(gap)) => 1.0 / gap.as_secs_f64(),
            Some(Arrivals::Trace(_)) | None => return,
        };
        let mut retries: f64 = 0.0;
        for (name, _) in &self.experiment.strategies {
            let Some(push) = self.experiment.scenario(name).and_then(|scenario| scenario.strategy.push) else {
                continue;
            };
            if let PushTransport::Core(retry) = push.transport {
                let waits = f64::from(retry.attempts - 1) * push.timeout.mean();
                let backoffs = (0..retry.attempts - 1).map(|nth| retry.backoff_cap(nth).as_secs_f64() / 2.0);
                retries = retries.max(waits + backoffs.sum::<f64>());
            }
        }
        let enough = libm::ceil(10.0 * rate * retries);
        if f64::from(every) < enough {
            self.warn(
                "rare.every",
                format!(
                    "{every} lets the retries of tagged peers meet: {} arrivals a second, and retries for {} s; {enough} suits, ten times their product",
                    round(rate),
                    round(retries)
                ),
            );
        }
    }

    /// Without a seed the experiment has one all the same, so that its result can be had again.
    fn seed(&mut self) {
        if !self.places.given("seed") {
            self.warn("seed", "is not given, so it is 1".to_owned());
        }
    }

    fn push(&mut self, path: &str) {
        let key = |name: &str| format!("{path}.{name}");
        if self.is(&key("transport"), "\"jetstream\"") {
            self.stream(path);
        } else if self.fixed(&key("transport")).is_some() && self.is(&key("attempts"), "1") {
            self.vain(path, &["backoff", "backoff_max"], "attempts = 1");
            if self.is(&key("wait"), "\"none\"") {
                self.vain(path, &["timeout"], "attempts = 1 and wait = \"none\"");
            }
        }
        if self.is("clients.revoke_after", "\"never\"") {
            self.vain(path, &["removals"], "clients.revoke_after = \"never\"");
        }
    }

    /// A push over `JetStream`.
    fn stream(&mut self, path: &str) {
        let waits = self.fixed(&format!("{path}.backoff")).and_then(Value::as_array).map(Vec::len);
        if waits.is_some() {
            self.vain(path, &["ack_wait"], "backoff is a list, which stands in its place");
        }
        let Some(deliveries) = self.fixed(&format!("{path}.max_deliver")).and_then(Value::as_integer) else { return };
        if deliveries == 1 {
            self.vain(path, &["ack_wait", "backoff"], "max_deliver = 1: nothing is delivered again");
        } else if let (Some(waits), Ok(deliveries @ 1..)) = (waits, usize::try_from(deliveries))
            && waits > deliveries
        {
            let text = format!(
                "has {waits} waits for {deliveries} deliveries, as max_deliver says: the last {} have no effect, and a \
                 server refuses such a list",
                waits - deliveries
            );
            self.warn(&format!("{path}.backoff"), text);
        }
    }

    fn pull(&mut self, path: &str) {
        let key = |name: &str| format!("{path}.{name}");
        if self.is(&key("source"), "\"replica\"") && self.is(&key("fallback"), "false") {
            let keys = ["transport", "timeout", "attempts", "backoff", "backoff_max"];
            self.vain(path, &keys, "the replica alone is asked, without timeout: fallback = false");
        }
        if self.is("clients.update_every", "\"never\"") && self.is("clients.revoke_after", "\"never\"") {
            self.vain(
                path,
                &["invalidate"],
                "no config changes: clients.update_every and clients.revoke_after are \"never\"",
            );
        }
    }

    /// A watch whose streams never end, or whose network or API never fails.
    fn watch(&mut self, path: &str, watch: Option<&WatchSection>) {
        let Some(watch) = watch else { return };
        for (key, target) in [("keepalive", Struck::Http), ("forgets", Struck::Api)] {
            if !self.has_fault(target) {
                self.vain(path, &[key], &format!("no fault has target = {:?}", target.word()));
            }
        }
        let breaks = [Struck::Api, Struck::Http, Struck::Gateway].iter().any(|target| self.has_fault(*target));
        if !breaks && self.is(&format!("{path}.lifetime"), "\"never\"") {
            let keys = ["history", "timeout", "backoff", "backoff_max", "reset_after"];
            self.vain(path, &keys, "no stream ends: lifetime = \"never\", and no fault ends one");
        }
        self.history(&format!("{path}.history"), watch);
    }

    /// A history that is over before a gateway that has listed can ask to watch.
    fn history(&mut self, path: &str, watch: &WatchSection) {
        let Experiment { api, http, .. } = self.experiment;
        let typical = |path: &str, distribution: &Option<Distribution>| {
            self.unswept(path, distribution.as_ref()).map(|distribution| distribution.quantile(0.5))
        };
        let (Some(OrNever(Some(history))), Some(delay), Some(service), Some(setup)) = (
            self.unswept(path, watch.history),
            typical("http.delay", &http.delay),
            typical("api.fetch_service", &api.fetch_service),
            self.unswept("http.setup_rtts", http.setup_rtts).map(u64::from),
        ) else {
            return;
        };
        let way = delay.times(2 + 2 * setup) + service;
        let shown = Duration::from_nanos(way.as_nanos().div_ceil(1_000_000).saturating_mul(1_000_000));
        if history < way {
            let text = format!(
                "is shorter than the way from a list to the end of the request that follows it, as a rule {}: the API has \
                 forgotten by then, and the gateway lists again",
                format_duration(shown)
            );
            self.warn(path, text);
        }
    }

    fn persists(&mut self, name: &str, strategy: &StrategySection) {
        let path = format!("strategies.{name}.persists");
        if !self.places.given(&path) || self.has_fault(Struck::Gateway) {
            return;
        }
        if strategy.watch.is_some() {
            let text = "has no effect, as no gateway restarts, and what exists at time 0 is installed under a watch";
            self.warn(&path, text.to_owned());
        } else if self.is("clients.existing", "0") && self.is("clients.devices.count", "0") {
            let text = "has no effect, as no gateway restarts, and clients.existing and clients.devices.count are 0";
            self.warn(&path, text.to_owned());
        }
    }

    /// What was read at `path`, if no sweep decides it.
    fn unswept<T>(&self, path: &str, read: Option<T>) -> Option<T> {
        read.filter(|_| !self.is_swept(path))
    }

    /// The horizon, if no sweep decides it.
    fn horizon(&self) -> Option<Duration> {
        self.unswept("horizon", self.experiment.horizon)
    }

    fn clients(&mut self) {
        let Experiment { clients, strategies, .. } = self.experiment;
        let first = "clients.devices.first";
        let shortest =
            self.unswept(first, clients.devices.first.as_ref()).map(|distribution| distribution.quantile(0.0));
        let is_beyond = shortest.zip(self.horizon()).is_some_and(|(shortest, horizon)| shortest >= horizon);
        if self.places.given(first) && !self.is("clients.devices.count", "0") && is_beyond {
            self.warn(first, "every device comes at or after horizon, when no attempt begins any more".to_owned());
        }
        self.idle("clients", &["existing_gateways"], "existing", &["0"]);
        self.idle("clients.devices", &["first"], "count", &["0"]);
        let age = |key: &str, age: Option<OrNever<Duration>>| {
            self.unswept(&format!("clients.handshake.{key}"), age).and_then(|age| age.0)
        };
        let (rekey, reject) = (clients.handshake.rekey_after, clients.handshake.reject_after);
        if let (Some(rekey), Some(reject)) = (age("rekey_after", rekey), age("reject_after", reject))
            && reject <= rekey
        {
            let why = format!("keys are rejected at reject_after = \"{}\", before a rekey", format_duration(reject));
            self.vain("clients.handshake", &["rekey_after"], &why);
        }
        if self.unswept("clients.returns.probability", clients.returns.probability) == Some(0.0) {
            self.vain("clients.returns", &["after"], "probability = 0");
        }
        if let Some(Arrivals::Poisson { peak: Some(peak), .. }) = &clients.arrivals
            && self.unswept("clients.arrivals.peak.factor", Some(peak.factor)) == Some(1.0)
        {
            self.vain("clients.arrivals", &["peak"], "its factor is 1");
        }
        if !self.has_fault(Struck::Gateway) {
            self.vain("clients.handshake", &["dead_after"], "no fault has target = \"gateway\"");
            for name in read::TIMERS.map(|name| format!("{name:?}")) {
                self.idle("clients.handshake", &["retry_jitter"], "retry_after", &[&name]);
            }
        }
        if self.is("clients.handshake.retry_after", "\"boringtun\"")
            && let Some(most) = self.unswept("clients.handshake.initiations_max", clients.handshake.initiations_max)
            && most > RetryTimer::BORINGTUN_MAX
            && self.places.given("clients.handshake.initiations_max")
        {
            let text = "has no effect above 18, as retry_after = \"boringtun\" gives up after so many";
            self.warn("clients.handshake.initiations_max", text.to_owned());
        }
        if !self.pulls(|pull| pull.answer == Some(PullAnswer::Initiate)) {
            let why = "no strategy pulls with answer = \"initiate\"";
            self.vain("clients.handshake", &["traffic_every"], why);
        }
        if !self.places.given("only") && strategies.len() == 1 && self.places.given("baseline") {
            self.warn("baseline", "has no effect, as there is one strategy".to_owned());
        }
    }

    /// What no strategy uses, of the bus, of http and of the replicas.
    fn links(&mut self) {
        if !self.uses_bus() {
            self.vain("bus", &["delay", "loss", "burst", "pending_limit", "no_responders"], "no strategy uses the bus");
        }
        let over_core = |push: &PushSection| push.transport == Some(Transport::Core);
        if self.pushes(over_core) && self.is("bus.pending_limit", "0") {
            self.warn("bus.pending_limit", "drops every push over core, as none may wait or be in service".to_owned());
        }
        if !self.pushes(over_core) {
            self.vain("bus", &["pending_limit", "no_responders"], "no strategy pushes over core");
        } else if !self.has_fault(Struck::Gateway) {
            self.vain("bus", &["no_responders"], "no fault has target = \"gateway\"");
        } else if !self.pushes(|push| over_core(push) && acknowledged(push)) {
            self.vain("bus", &["no_responders"], "no strategy waits for the acknowledgement of a push over core");
        }
        if !self.uses_http() {
            self.vain("http", &["delay", "failure", "setup_rtts"], "no strategy uses http");
        }
        if !self.pulls(|pull| pull.source == Some(FetchOrigin::Replica)) {
            let why = "no strategy pulls with source = \"replica\"";
            self.vain("replica", &["service", "sync_every", "transfer"], why);
        }
    }

    /// What no strategy uses, of the API and of the gateways.
    fn stations(&mut self) {
        let watches = self.watches();
        if !watches && !self.pulls(asks_primary) {
            self.vain("api", &["fetch_service"], "no strategy fetches from the API, and none has watch");
        }
        let lists = self.reconciles();
        if !lists && !watches {
            self.vain("api", &["list_service", "list_entry_service"], "no strategy has reconcile or watch");
        }
        let changes = !(self.is("clients.update_every", "\"never\"") && self.is("clients.revoke_after", "\"never\""));
        let revokes = !self.is("clients.revoke_after", "\"never\"");
        let removes = Mechanism::ALL.iter().any(|mechanism| match mechanism {
            Mechanism::Push => revokes && self.pushes(|_| true),
            Mechanism::Pull => changes && self.pulls(|_| true),
            Mechanism::Reconcile => lists,
            Mechanism::Watch => revokes && watches,
            Mechanism::Evict => self.any("evict", |strategy| strategy.evict.is_some()),
            // A record that expires is dropped by a timer, without the installer.
            Mechanism::Expire => false,
        });
        if !removes {
            self.vain("gateways", &["remove"], "no strategy removes a record");
        }
        if !self.has_fault(Struck::Gateway) {
            self.vain("gateways", &["reload_per_peer"], "no fault has target = \"gateway\"");
        }
    }

    /// Whether some strategy has a mechanism, of the kind that `has` asks for; what a sweep decides may be so.
    fn any(&self, mechanism: &str, has: impl Fn(&StrategySection) -> bool) -> bool {
        self.experiment.strategies.iter().any(|(name, strategy)| {
            let decided = ["transport", "source", "fallback", "invalidate", "answer", "wait", "attempts"]
                .iter()
                .any(|key| self.is_swept(&format!("strategies.{name}.{mechanism}.{key}")));
            decided || has(strategy)
        })
    }

    fn pushes(&self, kind: impl Fn(&PushSection) -> bool) -> bool {
        self.any("push", |strategy| strategy.push.as_ref().is_some_and(&kind))
    }

    fn pulls(&self, kind: impl Fn(&PullSection) -> bool) -> bool {
        self.any("pull", |strategy| strategy.pull.as_ref().is_some_and(&kind))
    }

    fn reconciles(&self) -> bool {
        self.any("reconcile", |strategy| strategy.reconcile.is_some())
    }

    fn watches(&self) -> bool {
        self.any("watch", |strategy| strategy.watch.is_some())
    }

    fn uses_bus(&self) -> bool {
        let over = |push: &PushSection| match push.transport {
            Some(Transport::Core | Transport::Jetstream) => true,
            Some(Transport::Http) | None => false,
        };
        let fetches = |pull: &PullSection| pull.transport == Some(PullTransport::Bus) && asks_primary(pull);
        Mechanism::ALL.iter().any(|mechanism| match mechanism {
            Mechanism::Push => self.pushes(over),
            Mechanism::Pull => self.pulls(|pull| fetches(pull) || pull.invalidate == Some(true)),
            Mechanism::Reconcile | Mechanism::Watch | Mechanism::Evict | Mechanism::Expire => false,
        })
    }

    fn uses_http(&self) -> bool {
        let fetches = |pull: &PullSection| pull.transport == Some(PullTransport::Http) && asks_primary(pull);
        Mechanism::ALL.iter().any(|mechanism| match mechanism {
            Mechanism::Push => self.pushes(|push| push.transport == Some(Transport::Http)),
            Mechanism::Pull => self.pulls(fetches),
            Mechanism::Reconcile => self.reconciles(),
            Mechanism::Watch => self.watches(),
            Mechanism::Evict | Mechanism::Expire => false,
        })
    }

    /// Whether there may be a fault of this target.
    fn has_fault(&self, target: Struck) -> bool {
        self.experiment
            .faults
            .iter()
            .flatten()
            .enumerate()
            .any(|(index, fault)| self.is_swept(&format!("faults.{index}.target")) || fault.target == Some(target))
    }

    /// Warns of faults that never strike in the run, when peers are created, and of what does not concern their target.
    fn faults(&mut self) {
        let faults = self.experiment.faults.as_deref().unwrap_or_default();
        let horizon = self.horizon();
        for (index, fault) in faults.iter().enumerate() {
            let path = format!("faults.{index}");
            let at = format!("{path}.at");
            if let (Some(strikes), Some(horizon)) = (self.unswept(&at, fault.at.flatten()), horizon)
                && strikes >= horizon
            {
                let (strikes, horizon) = (format_duration(strikes), format_duration(horizon));
                self.warn(&at, format!("never strikes in the run: {strikes} is at or after horizon, {horizon}"));
            }
            let length = format!("{path}.for");
            if let (Some(end), Some(horizon), Some(window)) =
                (fault.mean_end().filter(|_| fault.per_month.is_some()), horizon, self.experiment.recovery_window)
                && [&at, &length, "recovery_window"].iter().all(|key| !self.is_swept(key))
                && end + window.as_secs_f64() > horizon.as_secs_f64()
            {
                let text = format!(
                    "ends less than recovery_window, {}, before horizon, {}: a month misses what it does after that",
                    format_duration(window),
                    format_duration(horizon)
                );
                self.warn(&path, text);
            }
            let Some(target) = self.unswept(&format!("{path}.target"), fault.target) else { continue };
            let why = format!("target = {:?}", target.word());
            let is_short =
                self.unswept(&length, fault.length.as_ref()) == Some(&Distribution::Constant(Duration::ZERO));
            // An API or a gateway that is down for no time has restarted all the same.
            if is_short && matches!(target, Struck::Bus | Struck::Http | Struck::Path) {
                self.warn(&length, "has no effect: a link that is cut for no time loses nothing".to_owned());
            }
            if target == Struck::Api {
                self.vain(&path, &["gateways"], &why);
            }
            if target != Struck::Bus {
                self.vain(&path, &["effect"], &why);
            }
            if target != Struck::Api {
                self.vain(&path, &["inflight"], &why);
            }
            for (link, used, why) in [
                (Struck::Bus, self.uses_bus(), "no strategy uses the bus"),
                (Struck::Http, self.uses_http(), "no strategy uses http"),
            ] {
                if target == link && !used {
                    self.vain(&path, &["target"], why);
                }
            }
        }
        if !faults.iter().any(|fault| fault.at.is_some()) && self.places.given("recovery_window") {
            self.warn("recovery_window", "has no effect, as no fault has a time at which it strikes".to_owned());
        }
    }

    /// Warns of arrivals that do not fit the horizon.
    fn trace(&mut self) {
        let Some(horizon) = self.horizon() else { return };
        let path = "clients.arrivals";
        let end = Time::ZERO + horizon;
        match self.unswept(path, self.experiment.clients.arrivals.as_ref()) {
            Some(Arrivals::Every(gap)) if *gap >= horizon => {
                self.warn(
                    path,
                    "the first client comes at or after horizon, when no peer is created any more".to_owned(),
                );
            }
            Some(Arrivals::Trace(arrivals)) => {
                let within = arrivals.partition_point(|arrival| arrival.at < end);
                let Some(last) = within.checked_sub(1).map(|index| arrivals[index].at - Time::ZERO) else { return };
                let (shown, all) = (format_duration(horizon), arrivals.len());
                if within < all {
                    let text = format!(
                        "{} of {all} arrivals are at or after horizon, {shown}, and are left out",
                        all - within
                    );
                    self.warn(path, text);
                } else if self.unswept("warmup", self.experiment.warmup).is_some_and(|warmup| last < warmup) {
                    self.warn(
                        path,
                        format!(
                            "the last arrival is at {}, before warmup ends: no first attempt is counted",
                            format_duration(last)
                        ),
                    );
                } else if last.as_nanos() < horizon.as_nanos() / 2 {
                    let text = "in more than half of the run nobody arrives";
                    self.warn(
                        path,
                        format!("the last arrival is at {}, horizon is {shown}: {text}", format_duration(last)),
                    );
                }
            }
            Some(Arrivals::Every(_) | Arrivals::Poisson { .. }) | None => {}
        }
    }

    /// Warns of tables of quantiles that leave out an end of the distribution.
    fn quantiles(&mut self) {
        let mut tables = Vec::new();
        for (name, value) in self.tree {
            walk(&mut name.clone(), value, &mut |path, value| {
                if value.get("quantiles").is_some() {
                    tables.push((path.to_owned(), value.clone()));
                }
            });
        }
        for (path, value) in tables {
            let distribution = read::distribution(&At::ROOT, &value, true, false, self.data, &mut Findings::default());
            let Some(Distribution::Quantiles(points)) = distribution.and_then(|distribution| distribution.0) else {
                continue;
            };
            let (first, last) = (points[0].0, points[points.len() - 1].0);
            if first > 0.0 || last < 1.0 {
                let text = "below and above, the values at these ends hold";
                self.warn(&path, format!("the table reaches from quantile {first} to {last}: {text}"));
            }
        }
    }
}

/// Whether somebody waits for the acknowledgement of a push.
fn acknowledged(push: &PushSection) -> bool {
    push.wait == Some(Wait::Ack) || push.attempts.is_some_and(|attempts| attempts > 1)
}

/// Whether a pull ever asks the API.
fn asks_primary(pull: &PullSection) -> bool {
    pull.source == Some(FetchOrigin::Primary) || pull.fallback == Some(true)
}
