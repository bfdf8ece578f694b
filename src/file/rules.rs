//! Rules that bind several keys together.
//!
//! A rule reports nothing if one of its keys is wrong by itself, because that is reported already.

use std::fmt::Display;

use toml::{Table, Value};

use super::quantity::format_duration;
use super::read::{Findings, OrNever};
use super::section::{
    ALL_FAULTS, Backoff, Experiment, FaultSection, MONTH, NO_FAULT, PushSection, StrategySection, Struck, Transport,
    Word as _,
};
use super::steps::{self, expected_peers};
use super::suggest::nearest;
use super::tree::{At, found};
use crate::measure::is_rare;
use crate::model::{Arrivals, BusEffect, GatewayScope};
use des::{Duration, Time};

/// The most bins of a time series.
const BINS_MAX: u64 = 100_000;

/// The most peers that a run may be expected to create.
const PEERS_MAX: f64 = 1e9;

/// Reports every rule that an experiment, or one point of it, breaks. `tree` is what it was read from.
pub(crate) fn check(experiment: &Experiment, tree: &Table, out: &mut Findings) {
    let mut rules = CrossChecks { tree, out };
    rules.spans(experiment);
    if let (Some(horizon), Some(process)) = (experiment.horizon, &experiment.clients.arrivals) {
        rules.arrivals(process, horizon);
        steps::check(experiment, horizon, process, &mut rules);
    }
    let faults = experiment.faults.as_deref().unwrap_or_default();
    rules.gateways(experiment, faults);
    let at = At::ROOT.key("faults");
    for (index, fault) in faults.iter().enumerate() {
        rules.fault(&at.index(index), fault);
    }
    let at = At::ROOT.key("strategies");
    for (name, strategy) in &experiment.strategies {
        rules.strategy(&at.key(name), strategy);
    }
    rules.rare(experiment);
    rules.months(experiment, faults);
}

/// Reports rules on the keys that no sweep changes.
pub(crate) fn check_fixed(experiment: &Experiment, tree: &Table, out: &mut Findings) {
    let mut rules = CrossChecks { tree, out };
    let strategies: Vec<&str> = experiment.strategies.iter().map(|(name, _)| name.as_str()).collect();
    let mut known = |at: &At<'_>, name: &str| {
        if !strategies.contains(&name) {
            let meant = nearest(name, strategies.iter().copied());
            let meant = meant.map_or(String::new(), |name| format!("; did you mean {name:?}?"));
            rules.refuse(at, format_args!("a strategy of this experiment: {}{meant}", strategies.join(", ")));
        }
    };
    if let Some(Some(baseline)) = &experiment.baseline {
        known(&At::ROOT.key("baseline"), baseline);
    }
    if let Some(Some(only)) = &experiment.only {
        let at = At::ROOT.key("only");
        only.iter().enumerate().for_each(|(index, name)| known(&at.index(index), name));
        if only.is_empty() {
            rules.out.text(&at, "found [], accepted: at least one strategy".to_owned());
        }
    }
    let at = At::ROOT.key("precision");
    if let Some(precision) = experiment.precision.as_ref().filter(|_| rules.is_table(&at)) {
        if precision.relative.is_some() == precision.absolute.is_some() {
            rules.out.text(&at, "accepted: one of relative and absolute, and not both".to_owned());
        }
        if experiment.replications.is_some() {
            rules.out.text(&at, "accepted: one of replications and precision, and not both".to_owned());
        }
    }
}

/// Reports what breaks a rule.
pub(crate) struct CrossChecks<'a> {
    /// What was read, for messages to show.
    tree: &'a Table,
    /// What was found wrong.
    pub(crate) out: &'a mut Findings,
}

impl CrossChecks<'_> {
    /// The value at `at` is not accepted.
    fn refuse(&mut self, at: &At<'_>, accepted: impl Display) {
        let text = format!("found {}, accepted: {accepted}", self.found(at));
        self.out.text(at, text);
    }

    /// The value at `at`, as a message shows it.
    pub(crate) fn found(&self, at: &At<'_>) -> String {
        at.find(self.tree).map_or(String::new(), found)
    }

    /// Whether there is a table at `at`.
    fn is_table(&self, at: &At<'_>) -> bool {
        at.find(self.tree).is_some_and(Value::is_table)
    }

    fn spans(&mut self, experiment: &Experiment) {
        let Some(horizon) = experiment.horizon else { return };
        if experiment.warmup.is_some_and(|warmup| warmup >= horizon) {
            let most = format_duration(horizon);
            self.refuse(&At::ROOT.key("warmup"), format_args!("a duration below horizon, which is {most}"));
        }
        if let Some(OrNever(Some(bin))) = experiment.output.bin
            && horizon.as_nanos().div_ceil(bin.as_nanos()) > BINS_MAX
        {
            let least = format_duration(Duration::from_nanos(horizon.as_nanos().div_ceil(BINS_MAX)));
            let accepted = format_args!("a width of at least {least}, so that horizon has at most {BINS_MAX} bins");
            self.refuse(&At::ROOT.key("output").key("bin"), accepted);
        }
    }

    /// Arrivals that are too many, or of which none is within the horizon.
    fn arrivals(&mut self, process: &Arrivals, horizon: Duration) {
        let at = At::path("clients.arrivals");
        let span = format_duration(horizon);
        let expected = expected_peers(process, horizon.as_secs_f64());
        if expected > PEERS_MAX {
            self.refuse(&at, format_args!("at most {PEERS_MAX:e} peers in a horizon of {span}, not {expected:.1e}"));
        }
        if let Arrivals::Trace(trace) = process
            && let Some(first) = trace.first()
            && first.at >= Time::ZERO + horizon
        {
            let first = format_duration(first.at - Time::ZERO);
            let has_unit = at.find(self.tree).is_some_and(|value| value.get("unit").is_some());
            let hint = if has_unit { "" } else { "; of clock times say the unit, then they count from the first row" };
            let accepted = "a trace that begins before horizon";
            self.refuse(&at, format_args!("{accepted}, which is {span}; its first arrival is at {first}{hint}"));
        }
    }

    /// Gateways that do not exist.
    fn gateways(&mut self, experiment: &Experiment, faults: &[FaultSection]) {
        let Some(count) = experiment.gateways.count else { return };
        let mut within = |at: &At<'_>, scope: Option<&GatewayScope>| {
            if let Some(GatewayScope::List(list)) = scope
                && list.last().is_some_and(|last| *last >= count)
            {
                self.refuse(at, format_args!("gateways from 0 to {}, as gateways.count is {count}", count - 1));
            }
        };
        let clients = At::ROOT.key("clients");
        within(&clients.key("existing_gateways"), experiment.clients.existing_gateways.as_ref());
        for (index, fault) in faults.iter().enumerate() {
            within(&At::ROOT.key("faults").index(index).key("gateways"), fault.gateways.as_ref());
        }
        let at = clients.key("arrivals");
        if let Some(Arrivals::Trace(trace)) = &experiment.clients.arrivals
            && let Some(gateway) = trace.iter().filter_map(|arrival| arrival.gateway).find(|gateway| *gateway >= count)
        {
            let file = at.find(self.tree).and_then(|value| value.get("trace")?.as_str()).unwrap_or_default();
            let most = count - 1;
            let text =
                format!("{file}: found gateway {gateway}, accepted: from 0 to {most}, as gateways.count is {count}");
            self.out.text(&at, text);
        }
    }

    fn fault(&mut self, at: &At<'_>, fault: &FaultSection) {
        if fault.at.is_some() == fault.every.is_some() && self.is_table(at) {
            self.out.text(at, "accepted: one of at (once) and every (again and again), and not both".to_owned());
        }
        let Some(target) = fault.target else { return };
        if target == Struck::Api && fault.gateways.as_ref().is_some_and(|gateways| *gateways != GatewayScope::All) {
            self.out.text(&at.key("gateways"), "has no meaning for target = \"api\": leave it out".to_owned());
        }
        if target != Struck::Bus && fault.effect == Some(BusEffect::Delay) {
            let target = target.word();
            let text = format!("only a bus holds messages, target is {target:?}: leave it out");
            self.out.text(&at.key("effect"), text);
        }
    }

    /// Faults that say how often they come in a month: each is run alone, once, and its runs count all that it does.
    fn months(&mut self, experiment: &Experiment, faults: &[FaultSection]) {
        let (Some(horizon), Some(warmup)) = (experiment.horizon, experiment.warmup) else { return };
        let mut names: Vec<&str> = Vec::new();
        for (index, fault) in faults.iter().enumerate().filter(|(_, fault)| fault.per_month.is_some()) {
            let at = At::ROOT.key("faults");
            let at = at.index(index);
            match fault.at {
                None => {
                    let text = "accepted: with at, as each run has the fault once";
                    self.out.text(&at.key("per_month"), text.to_owned());
                }
                Some(Some(start)) if start < warmup || start >= horizon => {
                    let (from, to) = (format_duration(warmup), format_duration(horizon));
                    self.refuse(
                        &at.key("at"),
                        format_args!("from warmup, {from}, and below horizon, {to}, with per_month"),
                    );
                }
                Some(Some(_)) if fault.mean_end().is_some_and(|end| end > horizon.as_secs_f64()) => {
                    let to = format_duration(horizon);
                    self.refuse(
                        &at.key("for"),
                        format_args!("a length after which at + for is at most horizon, {to}, as a month counts all that a fault does"),
                    );
                }
                Some(_) => {}
            }
            let Some(name) = fault.called() else { continue };
            if [ALL_FAULTS, NO_FAULT].contains(&name) || names.contains(&name) {
                let text =
                    format!("found {name:?}, accepted: a name for each fault with per_month, neither all nor none");
                self.out.text(&at.key("name"), text);
            }
            names.push(name);
        }
        let months = faults.iter().filter_map(FaultSection::mean_in_month).sum::<f64>() / MONTH.as_secs_f64();
        if months > 1.0 {
            let text = format!(
                "the faults of a month last {months:.3} months in all, per_month times for, accepted: at most one month"
            );
            self.out.text(&At::ROOT.key("faults"), text);
        }
        if let Some(Some(only)) = &experiment.fault
            && ![ALL_FAULTS, NO_FAULT].contains(&only.as_str())
            && !names.contains(&only.as_str())
        {
            let known: Vec<&str> = [ALL_FAULTS, NO_FAULT].into_iter().chain(names).collect();
            self.refuse(&At::ROOT.key("fault"), known.join(", "));
        }
    }

    /// Rare losses are those of pushes over the bus, and each link's bursts are common to all its peers.
    fn rare(&mut self, experiment: &Experiment) {
        if experiment.rare.is_none() {
            let mut needs = |at: &At<'_>, name: &str| {
                if is_rare(name) {
                    self.out
                        .text(at, format!("{name} is a measure of runs with [rare], accepted: any other, or [rare]"));
                }
            };
            if let Some(name) = experiment.precision.as_ref().and_then(|precision| precision.measure.as_ref()) {
                needs(&At::path("precision.measure"), name);
            }
            let mut names: Vec<&str> =
                experiment.goal.iter().flatten().flatten().map(|goal| goal.measure.name).collect();
            names.dedup();
            for name in names {
                needs(&At::ROOT.key("goal").key(name), name);
            }
            return;
        }
        let at = At::ROOT.key("rare");
        if matches!(&experiment.bus.burst, Some(OrNever(Some(_)))) {
            let text = "has no meaning with bus.burst: tagged peers share the state of a link with all others. Leave one of the two out";
            self.out.text(&at, text.to_owned());
        }
        let losses = experiment.rare.as_ref().and_then(|rare| rare.loss).zip(experiment.bus.loss);
        if let Some((_, loss)) = losses.filter(|(rare, loss)| rare <= loss) {
            let accepted =
                format_args!("a probability above bus.loss, which is {loss}: tagged peers lose more than others");
            self.refuse(&at.key("loss"), accepted);
        }
        let pushes = |strategy: &StrategySection| {
            strategy.push.as_ref().is_some_and(|push| push.transport.is_none_or(|by| by != Transport::Http))
        };
        let only: Vec<&String> = experiment.only.iter().flatten().flat_map(|only| only.iter()).collect();
        let is_run = |name: &String| only.is_empty() || only.contains(&name);
        let without = experiment.strategies.iter().filter(|(name, strategy)| is_run(name) && !pushes(strategy));
        let without: Vec<&str> = without.map(|(name, _)| name.as_str()).collect();
        if !without.is_empty() {
            let text = format!(
                "weights lost pushes, accepted: strategies that push over the bus; {} does not; name the others with only, or --strategy",
                without.join(", ")
            );
            self.out.text(&at, text);
        }
    }

    fn strategy(&mut self, at: &At<'_>, strategy: &StrategySection) {
        let Some(push) = &strategy.push else { return };
        let (Some(transport), Some(backoff)) = (push.transport, &push.backoff) else { return };
        let at = at.key("push");
        let at = at.key("backoff");
        match (transport, backoff) {
            (Transport::Jetstream, Backoff::Base(base)) if *base != PushSection::default_backoff() => {
                let found = self.found(&at);
                let accepted = format_args!("a list of durations, as transport is \"jetstream\": [{found}]");
                self.refuse(&at, accepted);
            }
            (Transport::Core | Transport::Http, Backoff::Waits(_)) => {
                self.refuse(&at, format_args!("one duration, as transport is {:?}", transport.word()));
            }
            (Transport::Jetstream, Backoff::Base(_) | Backoff::Waits(_))
            | (Transport::Core | Transport::Http, Backoff::Base(_)) => {}
        }
    }
}
