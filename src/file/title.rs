//! What a key is called on an axis and in a headline: a few words for each key that can be swept.

use super::keys::{FILE, Key, Kind};

/// Keys, the names of strategies and the numbers of faults left out as `*`, and what they are called.
const TITLES: [(&str, &str); 125] = [
    ("horizon", "Length of a run"),
    ("warmup", "Warm-up"),
    ("stall_after", "Wait from which a handshake has stalled"),
    ("late_after", "Time after which an attempt is late"),
    ("recovery_window", "Window in which recovery is judged"),
    ("events_max", "Most events of a run"),
    ("clients", "Clients"),
    ("clients.arrivals", "Arrivals of new clients"),
    ("clients.session", "Length of a session"),
    ("clients.returns", "Clients that come back"),
    ("clients.returns.probability", "Clients that come back after a session"),
    ("clients.returns.after", "Gap before a client comes back"),
    ("clients.update_every", "Gap between the config changes of a peer"),
    ("clients.revoke_after", "Time from a peer's creation to its deletion"),
    ("clients.existing", "Peers that exist at the start"),
    ("clients.existing_gateways", "Gateways of the peers that exist at the start"),
    ("clients.devices", "Devices that exist at the start"),
    ("clients.devices.count", "Devices that exist at the start"),
    ("clients.devices.first", "When a device comes for the first time"),
    ("clients.strangers", "Attempts by unknown keys"),
    ("clients.create_timeout", "Wait of a client for the reply to a create"),
    ("clients.create_attempts", "Tries of a create"),
    ("clients.handshake", "The client's timers"),
    ("clients.handshake.retry_after", "Time between initiations"),
    ("clients.handshake.retry_jitter", "Jitter between initiations, at most"),
    ("clients.handshake.initiations_max", "Initiations of an attempt, at most"),
    ("clients.handshake.traffic_every", "Gap between packets of the application"),
    ("clients.handshake.rekey_after", "Age of keys at a rekey"),
    ("clients.handshake.reject_after", "Age at which keys are rejected"),
    ("clients.handshake.dead_after", "Time until a client finds its gateway down"),
    ("clients.handshake.patience", "Time after which a client gives up"),
    ("path", "Path between client and gateway"),
    ("path.delay", "Delay between client and gateway"),
    ("path.loss", "Packet loss between client and gateway"),
    ("path.setup", "Time before an attempt's first initiation"),
    ("api", "The API"),
    ("api.workers", "Workers of the API"),
    ("api.queue_limit", "Requests that may wait at the API"),
    ("api.create_service", "Time that the API takes for a create"),
    ("api.fetch_service", "Time that the API takes for a fetch"),
    ("api.list_service", "Time that the API takes for a list, before its entries"),
    ("api.list_entry_service", "Time that the API takes for an entry of a list"),
    ("api.client_delay", "Delay between client and API"),
    ("http", "HTTP between API and gateways"),
    ("http.delay", "Delay of HTTP between API and gateways"),
    ("http.failure", "HTTP requests lost"),
    ("http.setup_rtts", "Round trips to set up an HTTP request"),
    ("bus", "The bus"),
    ("bus.delay", "Message delay on the bus"),
    ("bus.loss", "Message loss on the bus"),
    ("bus.burst", "Bursts of message loss on the bus"),
    ("bus.burst.good", "Mean time between bursts of loss on the bus"),
    ("bus.burst.bad", "Mean length of a burst of loss on the bus"),
    ("bus.burst.loss", "Message loss on the bus in a burst"),
    ("bus.pending_limit", "Pushes that may wait at a gateway"),
    ("bus.no_responders", "Whether the bus says that nobody is subscribed"),
    ("gateways", "The gateways"),
    ("gateways.count", "Gateways"),
    ("gateways.install", "Time to install a record"),
    ("gateways.install_per_peer", "Time to install a record, per record in the table"),
    ("gateways.remove", "Time to remove a record"),
    ("gateways.reload_per_peer", "Time to reload a record after a restart"),
    ("gateways.handshake_limit", "Initiations a second without a cookie, at most"),
    ("replica", "The read replica"),
    ("replica.service", "Time to read a record of the replica"),
    ("replica.sync_every", "Gap between writes to the replica"),
    ("replica.transfer", "Time from a write until the replica shows it"),
    ("faults", "Faults"),
    ("faults.*.target", "What breaks"),
    ("faults.*.at", "When the fault strikes"),
    ("faults.*.every", "Gap between faults"),
    ("faults.*.for", "Length of the fault"),
    ("faults.*.effect", "What the fault does to messages"),
    ("faults.*.inflight", "What becomes of requests under way"),
    ("faults.*.gateways", "Gateways that the fault concerns"),
    ("strategies", "Strategies"),
    ("strategies.*.push", "Push"),
    ("strategies.*.push.transport", "Transport of pushes"),
    ("strategies.*.push.wait", "What the reply to a create waits for"),
    ("strategies.*.push.attempts", "Sendings of a push, at most"),
    ("strategies.*.push.timeout", "Wait for the acknowledgement of a push"),
    ("strategies.*.push.backoff", "Backoff of a push"),
    ("strategies.*.push.backoff_max", "Backoff of a push, at most"),
    ("strategies.*.push.exhausted", "What a client is told after the last sending"),
    ("strategies.*.push.refresh_every", "Time after which a push is sent again"),
    ("strategies.*.push.removals", "Whether removals are pushed"),
    ("strategies.*.push.ack_wait", "Wait of JetStream before it delivers again"),
    ("strategies.*.push.max_deliver", "Deliveries of JetStream, at most"),
    ("strategies.*.pull", "Pull"),
    ("strategies.*.pull.transport", "Transport of fetches"),
    ("strategies.*.pull.source", "Where configs are fetched"),
    ("strategies.*.pull.fallback", "Whether the primary is asked after the replica"),
    ("strategies.*.pull.timeout", "Wait for the reply to a fetch"),
    ("strategies.*.pull.attempts", "Requests of a fetch, at most"),
    ("strategies.*.pull.backoff", "Backoff of a fetch"),
    ("strategies.*.pull.backoff_max", "Backoff of a fetch, at most"),
    ("strategies.*.pull.identify", "Time to find out whose initiation it is"),
    ("strategies.*.pull.answer", "What follows a fetched record"),
    ("strategies.*.pull.negative_ttl", "Life of a negative entry"),
    ("strategies.*.pull.rate_limit", "Limit of the rate of fetches"),
    ("strategies.*.pull.rate_limit.rate", "Rate of fetches, at most"),
    ("strategies.*.pull.rate_limit.burst", "Fetches at once, before the limit of their rate"),
    ("strategies.*.pull.concurrency", "Fetches under way at once, at most"),
    ("strategies.*.pull.ttl", "Age at which a record is fetched again"),
    ("strategies.*.pull.stale", "Whether an old record answers"),
    ("strategies.*.pull.invalidate", "Whether gateways are told of changed records"),
    ("strategies.*.reconcile", "Reconciliation"),
    ("strategies.*.reconcile.every", "Gap between reconciliations"),
    ("strategies.*.reconcile.timeout", "Wait for the reply to a list"),
    ("strategies.*.reconcile.attempts", "Requests of a list, at most"),
    ("strategies.*.watch", "Watch"),
    ("strategies.*.watch.lifetime", "Life of a stream"),
    ("strategies.*.watch.history", "Time for which a stream can be resumed"),
    ("strategies.*.watch.forgets", "Whether a restarted API has forgotten its streams"),
    ("strategies.*.watch.keepalive", "Cut that a stream outlives"),
    ("strategies.*.watch.timeout", "Wait for the answer to a watch or a list"),
    ("strategies.*.watch.backoff", "Backoff of a watch"),
    ("strategies.*.watch.backoff_max", "Backoff of a watch, at most"),
    ("strategies.*.watch.reset_after", "Time after which a stream ends a row of failures"),
    ("strategies.*.evict", "Eviction"),
    ("strategies.*.evict.idle_after", "Idle time after which a record goes"),
    ("strategies.*.evict.every", "Gap between sweeps for idle records"),
    ("strategies.*.expire", "Expiry"),
    ("strategies.*.expire.after", "Life of a record"),
    ("strategies.*.persists", "Whether the table survives a restart"),
];

/// What a key is called, its first letter a capital; for a part of its value, the part behind a comma. None if there is
/// no such key.
///
/// ```
/// use pushpull::file::title;
/// assert_eq!(title("bus.loss").as_deref(), Some("Message loss on the bus"));
/// assert_eq!(title("strategies.jit.pull.timeout").as_deref(), Some("Wait for the reply to a fetch"));
/// assert_eq!(title("bus.delay.lognormal.p99").as_deref(), Some("Message delay on the bus, p99"));
/// assert_eq!(title("bus.los"), None);
/// ```
#[must_use]
pub fn title(path: &str) -> Option<String> {
    let found = find(path)?;
    let (_, text) = TITLES.iter().find(|(pattern, _)| *pattern == found.pattern)?;
    let part = found.rest.last().copied().filter(|part| !DISTRIBUTIONS_ACCEPTED.contains(part));
    Some(part.map_or_else(|| (*text).to_owned(), |part| format!("{text}, {}", part.replace('_', " "))))
}

/// Whether the values of a key are probabilities.
///
/// ```
/// use pushpull::file::is_probability;
/// assert!(is_probability("bus.loss") && !is_probability("api.workers"));
/// ```
#[must_use]
pub fn is_probability(path: &str) -> bool {
    find(path).is_some_and(|found| found.rest.is_empty() && matches!(found.kind, Kind::Probability))
}

/// Parts that say which distribution holds, and not which number of it.
const DISTRIBUTIONS_ACCEPTED: [&str; 6] = ["constant", "exponential", "poisson", "uniform", "empirical", "quantiles"];

/// A key, and the part of its value.
struct Found<'a> {
    pattern: String,
    kind: &'static Kind,
    rest: Vec<&'a str>,
}

/// The key that `path` names, or whose value it names a part of.
fn find(path: &str) -> Option<Found<'_>> {
    let mut words = path.split('.');
    let mut keys: &'static [Key] = &FILE;
    let mut pattern = String::new();
    loop {
        let word = words.next()?;
        let key = keys.iter().find(|key| key.name == word)?;
        if !pattern.is_empty() {
            pattern.push('.');
        }
        pattern.push_str(word);
        let below = below(&key.kind);
        let mut ahead = words.clone();
        let named = matches!(key.kind, Kind::List(_) | Kind::Map(_));
        match (below, ahead.next()) {
            (Some(inner), Some(_)) => {
                if named {
                    words.next();
                    if ahead.next().is_none() {
                        return Some(Found { pattern, kind: &key.kind, rest: Vec::new() });
                    }
                    pattern.push_str(".*");
                }
                keys = inner;
            }
            _ => return Some(Found { pattern, kind: &key.kind, rest: words.collect() }),
        }
    }
}

/// The keys of a table.
fn below(kind: &'static Kind) -> Option<&'static [Key]> {
    match kind {
        Kind::Table(keys) | Kind::NeverOr(keys) | Kind::List(keys) | Kind::Map(keys) => Some(keys),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file::keys::FIXED;

    /// Every key that can be swept.
    fn all(keys: &'static [Key], before: &str, into: &mut Vec<String>) {
        for key in keys.iter().filter(|key| !before.is_empty() || !FIXED.contains(&key.name)) {
            let path = format!("{before}{}", key.name);
            let named = if matches!(key.kind, Kind::List(_) | Kind::Map(_)) { ".*." } else { "." };
            if let Some(inner) = below(&key.kind) {
                all(inner, &format!("{path}{named}"), into);
            }
            into.push(path);
        }
    }

    #[test]
    fn every_key_that_can_be_swept_has_a_title_of_its_own_and_no_other_has() {
        let mut keys = Vec::new();
        all(&FILE, "", &mut keys);
        let titled: Vec<&str> = TITLES.iter().map(|(path, _)| *path).collect();
        let missing: Vec<&String> = keys.iter().filter(|key| !titled.contains(&key.as_str())).collect();
        assert!(missing.is_empty(), "no title: {missing:?}");
        let stray: Vec<&&str> = titled.iter().filter(|path| !keys.iter().any(|key| key == *path)).collect();
        assert!(stray.is_empty(), "no such key: {stray:?}");
        assert_eq!(titled.len(), keys.len(), "a key has two titles");
        for (path, text) in TITLES {
            assert!(text.chars().count() <= 60 && text.starts_with(char::is_uppercase), "{path}: {text}");
            assert_eq!(title(&path.replace('*', "0")).as_deref(), Some(text), "{path}");
        }
    }
}
