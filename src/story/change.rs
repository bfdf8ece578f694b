//! Changes of the experiment that might have prevented a stall, and whether they would have.
//!
//! Each change is a setting of the experiment file, and is tried: the run is repeated with the change, until a minute
//! after the attempt's end. Common random numbers give the same peer the same delays and losses. So the answer is exact
//! for that client in that run, including the effect of the change on all other clients.

use super::attempt::Story;
use super::attempts::{Attempts, Ended};
use super::length::length;
use super::replay::replay;
use super::wait::ReplyWait;
use super::why::StallFacts;
use crate::file::format_duration;
use crate::model::{AttemptKind, Cause, Drop, FetchSource, Loss, PullAnswer, PushTransport, Removal, Scenario, Wait};
use crate::run::catching;
use des::{Distribution, Duration, RunKey, Time};

/// A change to an experiment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Change {
    /// The change in words, as the subject of a sentence: "a second push after 1s".
    pub words: String,
    /// The arguments of `--set` for the change.
    pub set: Vec<String>,
}

/// A change that was tried.
#[derive(Clone, PartialEq, Debug)]
pub struct Trial {
    /// The change.
    pub change: Change,
    /// The same attempt under the change; none: there is no such attempt then.
    pub ended: Option<Ended>,
    /// Whether the attempt does not stall under the change.
    pub saves: bool,
}

/// Time for which a replay continues after the attempt's end.
const MARGIN: Duration = Duration::from_secs(60);

/// The same attempt in another scenario; none: there is no such attempt.
#[must_use]
pub fn attempt_in(scenario: &Scenario, key: RunKey, ended: &Ended) -> Option<Ended> {
    let end = (ended.at + MARGIN).saturating_since(Time::ZERO);
    let horizon = scenario.horizon.min(end);
    let scenario = Scenario { warmup: Duration::ZERO, horizon, bin: None, ..scenario.clone() };
    let mut attempts = Attempts::default();
    catching(|| replay(&scenario, key, &mut attempts)).ok()?;
    attempts.find(ended.peer, ended.kind, ended.nth)
}

/// Tries changes until one saves the attempt. Returns all changes tried; one that saves the attempt is the last.
///
/// `scenario` makes the scenario with the given keys set.
pub fn try_until_saved(
    changes: Vec<Change>,
    ended: &Ended,
    stall_after: Duration,
    key: RunKey,
    scenario: &dyn Fn(&[String]) -> Option<Scenario>,
) -> Vec<Trial> {
    let mut trials = Vec::new();
    for change in changes {
        let Some(changed) = scenario(&change.set) else { continue };
        let other = attempt_in(&changed, key, ended);
        let saves = match other {
            Some(other) => matches!(other.wait, ReplyWait::Connected(_)) && !other.stalled(stall_after),
            None => ended.kind == AttemptKind::Reconnect,
        };
        trials.push(Trial { change, ended: other, saves });
        if saves {
            break;
        }
    }
    trials
}

/// The result of the trials, as the end of a sentence.
#[must_use]
pub fn verdict(trials: &[Trial]) -> String {
    let Some(last) = trials.last() else { return "no change was tried".to_owned() };
    let mut failed: Vec<String> =
        trials.iter().filter(|trial| !trial.saves).map(|trial| with_setting(&trial.change)).collect();
    let saved = last
        .saves
        .then(|| format!("{} would have saved it{}", with_setting(&last.change), outcome(last.ended.as_ref())));
    let most = failed.pop();
    let failed = match (most, failed.len()) {
        (None, _) => None,
        (Some(only), 0) => Some(format!("{only} would not have been enough")),
        (Some(last), 1) => Some(format!("neither {} nor {last} would have been enough", failed[0])),
        (Some(last), _) => Some(format!("none of {} and {last} would have been enough", failed.join(", "))),
    };
    failed.into_iter().chain(saved).collect::<Vec<String>>().join("; ")
}

fn with_setting(change: &Change) -> String {
    format!("{} (--set {})", change.words, change.set.join(" --set "))
}

fn outcome(ended: Option<&Ended>) -> String {
    match ended {
        Some(Ended { wait: ReplyWait::Connected(wait), kind: AttemptKind::First, at, started, .. }) => {
            format!(
                ": a session {} after its first initiation, {} after its create",
                length(*wait),
                length(*at - *started)
            )
        }
        Some(Ended { wait: ReplyWait::Connected(wait), .. }) => {
            format!(": a session {} after its first initiation", length(*wait))
        }
        _ => ": it would not have had to connect again".to_owned(),
    }
}

/// Changes that might have saved an attempt, the smallest first.
#[must_use]
pub fn changes(story: &Story, scenario: &Scenario, strategy: &str) -> Vec<Change> {
    let mut list = Changes { key: format!("strategies.{strategy}."), list: Vec::new() };
    let facts = StallFacts::of(story);
    if facts.revoked().is_some() {
        list.world("a peer that is never revoked", &["clients.revoke_after=never"]);
    }
    match story.ended.cause {
        Cause::PathLoss => list.of_the_path(scenario),
        Cause::GatewayDown => list.of_the_gateway(&facts, scenario),
        Cause::ConfigLost | Cause::ConfigLate => {
            list.of_the_push(&facts, scenario);
            list.of_the_list(scenario);
            list.pull_too(scenario);
            if story.ended.cause == Cause::ConfigLate {
                list.of_the_installer(scenario);
            }
            list.of_the_bus(&facts, scenario);
        }
        Cause::ConfigRemoved => list.of_the_removal(&facts, story, scenario),
        Cause::PullLate => list.of_a_late_pull(&facts, scenario),
        Cause::PullFailed => list.of_a_failed_pull(&facts, scenario),
        Cause::HandshakeLimit => {
            let limit = scenario.gateways.handshake_limit.saturating_mul(2).min(1_000_000_000);
            list.world("gateways that take twice as many handshakes", &[&format!("gateways.handshake_limit={limit}")]);
            list.world("gateways without a limit", &["gateways.handshake_limit=0"]);
        }
    }
    list.list
}

struct Changes {
    key: String,
    list: Vec<Change>,
}

impl Changes {
    /// A change of the strategy's keys.
    fn own(&mut self, words: impl Into<String>, set: &[(&str, &str)]) {
        let set = set.iter().map(|(key, value)| format!("{}{key}={value}", self.key)).collect();
        self.list.push(Change { words: words.into(), set });
    }

    /// A change of keys outside the strategy.
    fn world(&mut self, words: &str, set: &[&str]) {
        let set = set.iter().map(|&set| set.to_owned()).collect();
        self.list.push(Change { words: words.to_owned(), set });
    }

    fn of_the_push(&mut self, facts: &StallFacts<'_>, scenario: &Scenario) {
        let Some(push) = &scenario.strategy.push else { return };
        if facts.push_lost(Time::NEVER).is_none() {
            // Nothing was lost, so a second sending would not help.
            if push.wait == Wait::None {
                self.own("a reply that waits for the acknowledgement", &[("push.wait", "ack")]);
            }
            return;
        }
        match &push.transport {
            PushTransport::Core(retry) | PushTransport::Http(retry) => {
                let attempts = (retry.attempts + 1).to_string();
                let nth = ordinal(retry.attempts + 1);
                let timeout = typical(&push.timeout);
                self.own(format!("a {nth} push {timeout} later"), &[("push.attempts", &attempts)]);
                if push.wait == Wait::None {
                    self.own(
                        format!("a {nth} push and a reply that waits for the acknowledgement"),
                        &[("push.attempts", &attempts), ("push.wait", "ack")],
                    );
                }
            }
            PushTransport::Jetstream { waits, .. } => {
                if waits[0] > Duration::from_secs(1) {
                    let words = format!("a redelivery after 1s, not {}", format_duration(waits[0]));
                    self.own(words, &[("push.backoff", "[\"1s\"]")]);
                }
                if push.wait == Wait::None {
                    self.own("a reply that waits until the stream has stored it", &[("push.wait", "ack")]);
                }
            }
        }
    }

    fn of_the_list(&mut self, scenario: &Scenario) {
        let strategy = &scenario.strategy;
        if strategy.push.is_some() || strategy.reconcile.is_none() && strategy.watch.is_none() {
            return;
        }
        if strategy.reconcile.is_some_and(|reconcile| reconcile.every > Duration::from_secs(1)) {
            self.own("a list every second", &[("reconcile.every", "1s")]);
        }
        self.own("a push as well", &[("push", "{ transport = \"core\" }")]);
    }

    fn pull_too(&mut self, scenario: &Scenario) {
        if scenario.strategy.pull.is_none() {
            self.own("a pull on handshake as well", &[("pull", "{ answer = \"initiate\" }")]);
        }
    }

    fn push_too(&mut self, scenario: &Scenario) {
        if scenario.strategy.push.is_none() {
            self.own("a push as well", &[("push", "{ transport = \"core\" }")]);
        }
    }

    fn of_the_installer(&mut self, scenario: &Scenario) {
        if scenario.gateways.install_per_peer > Duration::ZERO {
            self.world("an install whose time does not grow with the table", &["gateways.install_per_peer=0s"]);
        }
        self.world("an install that takes no time", &["gateways.install=0s", "gateways.install_per_peer=0s"]);
    }

    fn of_the_bus(&mut self, facts: &StallFacts<'_>, scenario: &Scenario) {
        match facts.push_lost(Time::NEVER) {
            Some((_, Loss::Random | Loss::Burst)) if scenario.bus.loss > 0.0 || scenario.bus.burst.is_some() => {
                self.world("a bus that loses nothing", &["bus.loss=0", "bus.burst=never"]);
            }
            Some((_, Loss::Fault | Loss::GatewayDown)) => self.world("a day without faults", &["faults=[]"]),
            Some((_, Loss::SlowConsumer)) => {
                self.world("a longer queue of pending pushes", &["bus.pending_limit=500000"]);
            }
            _ => {}
        }
    }

    fn of_the_path(&mut self, scenario: &Scenario) {
        if let Some(pull) = &scenario.strategy.pull
            && pull.answer == PullAnswer::Initiate
        {
            self.own("an answer to the initiation itself, three packets fewer", &[("pull.answer", "inline")]);
        }
        self.world("a path that loses no packet, such as one over TCP,", &["path.loss=0"]);
        if !scenario.faults.is_empty() {
            self.world("a day without faults", &["faults=[]", "path.loss=0"]);
        }
    }

    fn of_the_gateway(&mut self, facts: &StallFacts<'_>, scenario: &Scenario) {
        if facts.reloaded() {
            self.world("a table that is reloaded at once", &["gateways.reload_per_peer=0s"]);
            if scenario.strategy.pull.is_none() {
                self.own(
                    "a pull on handshake and a table that does not outlive a restart",
                    &[("pull", "{ answer = \"initiate\" }"), ("persists", "false")],
                );
            }
        }
        if !scenario.strategy.persists && scenario.strategy.pull.is_none() {
            self.own("a table that survives a restart", &[("persists", "true")]);
            self.pull_too(scenario);
        }
        self.world("a day without restarts", &["faults=[]"]);
    }

    fn of_the_removal(&mut self, facts: &StallFacts<'_>, story: &Story, scenario: &Scenario) {
        let strategy = &scenario.strategy;
        match facts.removed() {
            Some((_, Removal::Restart)) if !strategy.persists => {
                self.own("a table that survives a restart", &[("persists", "true")]);
            }
            Some((at, Removal::Evicted)) => {
                if let Some(evict) = strategy.evict {
                    let gap = story.ended.first_sent.saturating_since(at);
                    let minutes = (gap + evict.idle_after + evict.every).as_nanos() / 60_000_000_000 + 1;
                    let after = format!("{minutes}m");
                    self.own(format!("a record kept idle for {after}"), &[("evict.idle_after", &after)]);
                }
            }
            Some((_, Removal::Expired)) => {
                if let (Some(after), Some(push)) = (&strategy.expire, &strategy.push) {
                    if push.refresh_every.as_ref().is_none_or(|every| every.mean() * 3.0 > after.mean()) {
                        let every = seconds(after.mean() / 3.0);
                        self.own(format!("a refresh every {every}"), &[("push.refresh_every", &every)]);
                    }
                    let twice = seconds(after.mean() * 2.0);
                    self.own(format!("a life of {twice}"), &[("expire.after", &twice)]);
                }
            }
            _ => {}
        }
        self.pull_too(scenario);
    }

    fn of_a_late_pull(&mut self, facts: &StallFacts<'_>, scenario: &Scenario) {
        let Some(pull) = &scenario.strategy.pull else { return };
        if pull.answer == PullAnswer::Retry {
            self.own("an initiation by the gateway itself", &[("pull.answer", "initiate")]);
            self.own("an answer as soon as the config is there", &[("pull.answer", "inline")]);
        }
        if facts.fetch_timed_out() && pull.timeout > Duration::from_millis(500) {
            let attempts = pull.retry.attempts.max(3).to_string();
            let words = "asking again after 500ms";
            self.own(words, &[("pull.timeout", "500ms"), ("pull.attempts", &attempts)]);
        }
        if pull.concurrency > 0 {
            self.own("fetching without a limit", &[("pull.concurrency", "0")]);
        }
        if facts.api_wait() > Duration::ZERO {
            let workers = format!("api.workers={}", scenario.api.workers.saturating_mul(2));
            self.world("twice as many API workers", &[&workers]);
        }
        if pull.source == FetchSource::Primary {
            self.own("a replica beside the gateway", &[("pull.source", "replica")]);
        }
        self.push_too(scenario);
    }

    fn of_a_failed_pull(&mut self, facts: &StallFacts<'_>, scenario: &Scenario) {
        let Some(pull) = &scenario.strategy.pull else { return };
        match facts.dropped() {
            Some(Drop::Negative) => self.own("remembering no absence", &[("pull.negative_ttl", "0s")]),
            Some(Drop::RateLimited) => self.own("fetching without a limit", &[("pull.rate_limit", "never")]),
            _ => {}
        }
        if pull.source == (FetchSource::Replica { fallback: false }) {
            self.own("asking the API about what the replica does not know", &[("pull.fallback", "true")]);
        }
        let attempts = (pull.retry.attempts * 2).to_string();
        let words = format!("asking up to {attempts} times, again after 500ms");
        self.own(words, &[("pull.attempts", &attempts), ("pull.timeout", "500ms")]);
        self.push_too(scenario);
        if !scenario.faults.is_empty() {
            self.world("a day without faults", &["faults=[]"]);
        }
    }
}

/// A distribution in words: its constant value, or about its mean.
fn typical(distribution: &Distribution) -> String {
    match distribution {
        Distribution::Constant(duration) => format_duration(*duration),
        _ => format!("about {}", seconds(distribution.mean())),
    }
}

/// Whole seconds as a duration of the experiment file, at least one.
fn seconds(seconds: f64) -> String {
    let whole = Duration::from_secs_f64(seconds).as_nanos() / 1_000_000_000;
    format_duration(Duration::from_secs(whole.max(1)))
}

fn ordinal(n: u32) -> String {
    match n {
        2 => "second".to_owned(),
        3 => "third".to_owned(),
        4 => "fourth".to_owned(),
        _ => format!("{n}th"),
    }
}
