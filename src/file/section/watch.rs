//! `[strategies.NAME.watch]`: each gateway lists its peers, then holds a stream of changes.

use super::accept::{DistributionOrNever, Flag, PositiveSpan, SpanOrNever, SpanOrZero};
use super::{Channel, ConfigChanges, Experiment, MechanismSection, REFLECTOR, Struck, Word as _};
use crate::file::quantity::format_duration;
use crate::file::read::{NEVER, OrNever};
use crate::file::steps::{StepCount, count};
use crate::file::tree::At;
use crate::file::warnings::Warner;
use des::{Distribution, Duration};

section! {
    /// The keys of `watch`.
    WatchSection means model::Watch {
        /// How long the API keeps a stream open.
        lifetime: DistributionOrNever = { uniform = ["5m", "10m"] } (published REFLECTOR),
            title: "Life of a stream",
            effect: "Each end costs a request, and a list where the API cannot resume.",
            example: "strategies.watched.watch = { lifetime = \"30m\" }";
        /// How long after a stream's end the API can resume it.
        history: SpanOrNever = "5m" (published "the compaction interval of Kubernetes' API server for etcd"),
            title: "Time for which a stream can be resumed",
            effect: "A stream that was away for longer costs a list of all peers of the gateway.",
            example: "strategies.watched.watch = { history = \"1m\" }";
        /// Whether the API cannot resume what it opened before it went down.
        forgets: Flag = true (published "the watch cache of Kubernetes' API server is in memory"),
            title: "Whether a restarted API has forgotten its streams",
            effect: "With true every stream lists anew after an outage of the API: a herd of lists.",
            example: "strategies.watched.watch = { forgets = false }";
        /// How long a cut of the network a gateway's stream outlives.
        keepalive: SpanOrNever = "45s" (published "health checks of HTTP/2 in Kubernetes' client: 30 s idle and 15 s for the answer"),
            title: "Cut that a stream outlives",
            effect: "A shorter cut of the network delays events; a longer one breaks the stream.",
            example: "strategies.watched.watch = { keepalive = \"10s\" }";
        /// Wait for the answer to a request to watch or to list.
        timeout: PositiveSpan = "30s" (assumed),
            title: "Wait for the answer to a watch or a list",
            effect: "A list that takes longer counts as failed and is asked for again after the backoff.",
            example: "strategies.watched.watch = { timeout = \"1m\" }";
        /// First backoff after a failure; it doubles, and is spread up to twofold.
        backoff: SpanOrZero = "800ms" (published REFLECTOR),
            title: "Backoff of a watch",
            effect: "It spares an API that just came back, and leaves gateways without news for as long.",
            example: "strategies.watched.watch = { backoff = \"2s\" }";
        /// Cap of the backoff, before it is spread.
        backoff_max: SpanOrZero = "30s" (published REFLECTOR),
            title: "Backoff of a watch, at most",
            effect: "After a long outage a gateway is back at most this (spread up to twofold) after the API.",
            example: "strategies.watched.watch = { backoff_max = \"10s\" }";
        /// A stream open for this long ends a row of failures.
        reset_after: SpanOrNever = "2m" (published REFLECTOR),
            title: "Time after which a stream ends a row of failures",
            effect: "A stream that breaks sooner makes the next backoff longer.",
            example: "strategies.watched.watch = { reset_after = \"30s\" }";
    }
}

impl MechanismSection for WatchSection {
    /// Streams that never end, and a network or an API that never fails.
    fn warn(&self, path: &str, warner: &mut Warner<'_>) {
        for (key, target) in [("keepalive", Struck::Http), ("forgets", Struck::Api)] {
            if !warner.has_fault(target) {
                warner.vain(path, &[key], &format!("no fault has target = {:?}", target.word()));
            }
        }
        let breaks = [Struck::Api, Struck::Http, Struck::Gateway].iter().any(|target| warner.has_fault(*target));
        if !breaks && warner.is(&format!("{path}.lifetime"), NEVER) {
            let keys = ["history", "timeout", "backoff", "backoff_max", "reset_after"];
            warner.vain(path, &keys, "no stream ends: lifetime = \"never\", and no fault ends one");
        }
        self.warn_of_history(&format!("{path}.history"), warner);
    }

    /// Streams that end and open again, and requests that fail, one after another.
    fn count_steps(&self, at: &At<'_>, steps: &mut StepCount<'_, '_>) {
        let Experiment { api, http, .. } = steps.experiment;
        let time = |span: Option<Duration>| span.map_or(0.0, Duration::as_secs_f64);
        let way = steps.mean(http.delay.as_ref()).unwrap_or(0.0);
        let round_trip = way * (2.0 + 2.0 * count(http.setup_rtts));
        let answer = round_trip + steps.mean(api.fetch_service.as_ref()).unwrap_or(0.0);
        if let Some(lifetime) = steps.mean(self.lifetime.as_ref().and_then(|distribution| distribution.0.as_ref())) {
            let each = lifetime + way + answer;
            steps.bound(&at.key("lifetime"), steps.gateways * steps.horizon / each, "streams");
        }
        let (backoff, backoff_max) = (time(self.backoff), time(self.backoff_max));
        // A wait that doubles is soon its cap; one of zero stays so. Its spread makes it half as long again.
        let wait = 1.5 * if backoff > 0.0 { backoff_max } else { 0.0 };
        // An API that is down or full turns a request away at once.
        let refused = round_trip + wait;
        let outage = if refused > 0.0 { steps.outage(Struck::Api) } else { steps.horizon };
        let waits = at.key(if backoff > 0.0 { "backoff_max" } else { "backoff" });
        steps.bound(&waits, steps.gateways * outage / refused, "requests that the API turns away");
        let timeout = time(self.timeout);
        let failure = http.failure.unwrap_or(0.0);
        let unanswered =
            if timeout <= answer { steps.horizon } else { failure * steps.horizon + steps.outage(Struck::Http) };
        steps.bound(&at.key("timeout"), steps.gateways * unanswered / (timeout + wait), "requests without an answer");
        if let Some(OrNever(Some(history))) = self.history
            && history.as_secs_f64() < answer
        {
            let list = steps.mean(api.list_service.as_ref()).unwrap_or(0.0);
            let each = answer + round_trip + list + 1.5 * backoff;
            steps.bound(&at.key("history"), steps.gateways * steps.horizon / each, "lists");
        }
    }

    fn uses(&self, channel: Channel, _: bool) -> bool {
        channel == Channel::Http
    }

    fn variant_keys(&self) -> &'static [&'static str] {
        &[]
    }

    fn removes(&self, changes: ConfigChanges) -> bool {
        changes.revoke
    }
}

impl WatchSection {
    /// Warns of a history that is over before a gateway that has listed can ask to watch.
    fn warn_of_history(&self, path: &str, warner: &mut Warner<'_>) {
        let Experiment { api, http, .. } = warner.experiment;
        let typical = |path: &str, distribution: &Option<Distribution>| {
            warner.unswept(path, distribution.as_ref()).map(|distribution| distribution.quantile(0.5))
        };
        let (Some(OrNever(Some(history))), Some(delay), Some(service), Some(setup)) = (
            warner.unswept(path, self.history),
            typical("http.delay", &http.delay),
            typical("api.fetch_service", &api.fetch_service),
            warner.unswept("http.setup_rtts", http.setup_rtts).map(u64::from),
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
            warner.warn(path, text);
        }
    }
}
