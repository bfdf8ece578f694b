//! `[strategies.NAME.watch]`: each gateway lists its peers, then holds a stream of changes.

use super::REFLECTOR;
use super::accept::{DistributionOrNever, Flag, PositiveSpan, SpanOrNever, SpanOrZero};

section! {
    /// Each gateway lists its peers, then holds a stream of changes.
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
