//! The measures of a run: their names, units and definitions, in the order of the columns of `runs.csv`.

/// One measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Measure {
    /// Column name, unit last.
    pub name: &'static str,
    /// Unit: `s`, `1` (a fraction) or `count`.
    pub unit: &'static str,
    /// Definition, one sentence.
    pub about: &'static str,
}

const fn count(name: &'static str, about: &'static str) -> Measure {
    Measure { name, unit: "count", about }
}

const fn share(name: &'static str, about: &'static str) -> Measure {
    Measure { name, unit: "1", about }
}

const fn seconds(name: &'static str, about: &'static str) -> Measure {
    Measure { name, unit: "s", about }
}

/// Every measure, in canonical order.
pub const MEASURES: [Measure; 85] = [
    count("peers_created", "Creates that the API committed for the first time."),
    count("attempts", "Counted attempts, failed creates included."),
    count("attempts_first", "First attempts, failed creates included."),
    count("attempts_return", "Attempts of clients that came back."),
    count("attempts_reconnect", "Attempts of clients whose session was dead."),
    count("connected", "Attempts that ended in a session."),
    count("failed", "Attempts that sent their last initiation, or lost patience, without a session."),
    count("create_failed", "First attempts that ended before their first initiation: no create was answered."),
    count("stalled", "Attempts whose handshake wait exceeded stall_after, or that failed."),
    share("stall_rate", "Stalled over attempts that sent an initiation."),
    share("failure_rate", "Failed over attempts that sent an initiation."),
    count("stalled_first", "Stalled first attempts."),
    count("stalled_return", "Stalled return attempts."),
    count("stalled_reconnect", "Stalled reconnect attempts."),
    count("late", "Attempts not connected late_after after their start, or never; failed creates included."),
    share("late_rate", "Late over attempts, failed creates included."),
    count("cause_path_loss", "Stalls whose first exchange lost a packet."),
    count("cause_gateway_down", "Stalls whose first initiation found the gateway not hearing."),
    count("cause_config_lost", "Stalls whose config was lost on its way, with none following."),
    count("cause_config_late", "Stalls whose config was still under way, queued or to be sent again."),
    count("cause_config_removed", "Stalls whose config had been installed and was gone."),
    count("cause_pull_late", "Stalls whose fetch took longer, or whose answer waited for the client's retry."),
    count("cause_pull_failed", "Stalls whose fetch was refused, rejected, timed out, rate-limited or negative."),
    count("cause_handshake_limit", "Stalls whose first initiation was answered with a cookie."),
    seconds(
        "create_time_mean_s",
        "Mean time from the create request to the reply, over first attempts that sent an initiation.",
    ),
    seconds("create_time_p99_s", "Its 99th percentile."),
    seconds("handshake_wait_mean_s", "Mean time from the first initiation to the session, over the connected."),
    seconds("handshake_wait_p50_s", "Its median; attempts that failed count as infinite."),
    seconds("handshake_wait_p90_s", "Its 90th percentile; attempts that failed count as infinite."),
    seconds("handshake_wait_p99_s", "Its 99th percentile; attempts that failed count as infinite."),
    seconds("handshake_wait_p999_s", "Its 99.9th percentile; attempts that failed count as infinite."),
    seconds("handshake_wait_max_s", "Its maximum over the connected."),
    seconds("time_to_connect_mean_s", "Mean time from the start of the attempt to the session, over the connected."),
    seconds("time_to_connect_p50_s", "Its median; attempts that failed count as infinite."),
    seconds("time_to_connect_p99_s", "Its 99th percentile; attempts that failed count as infinite."),
    count("records_in_run_mean", "Time-averaged records of peers created in the run, over all gateways."),
    share("stale_fraction", "Stale record-time over record-time, of peers created in the run."),
    seconds(
        "stale_age_mean_s",
        "Mean over record-time of the time since the record's version was superseded, 0 when fresh.",
    ),
    share("stale_connect_fraction", "Connected attempts whose record was stale at that moment."),
    count("live_mean", "Time-averaged live peers: created, neither revoked nor abandoned."),
    share("missing_fraction", "Live peer-time without a record at the peer's gateway, over live peer-time."),
    seconds(
        "propagation_mean_s",
        "Mean time from a version's commit to its (or a later one's) install, or to the removal.",
    ),
    seconds("propagation_p50_s", "Its median."),
    seconds("propagation_p99_s", "Its 99th percentile."),
    count("versions", "Versions that were to reach their gateway; a revocation of what was never installed is none."),
    share("unpropagated_fraction", "Versions that no install had reached by the end of the run."),
    count("revocations", "Revocations of peers."),
    seconds(
        "revoked_exposure_mean_s",
        "Mean time that a record stayed installed after its revocation, per revocation.",
    ),
    count("bus_sent", "Messages sent over the bus, publishes and acknowledgements included."),
    count("bus_delivered", "Messages that were not lost."),
    count("bus_lost_random", "Messages lost by independent loss."),
    count("bus_lost_burst", "Messages lost in the bad state of a link."),
    count("bus_lost_fault", "Messages lost in a bus fault."),
    count("bus_lost_slow_consumer", "Pushes dropped because too many were pending at the gateway."),
    count("bus_lost_gateway_down", "Messages that reached a gateway which did not hear."),
    count("bus_redelivered", "Sendings of a version after the first, by retry or redelivery."),
    count("bus_duplicates", "Deliveries of a version that the gateway had been given before."),
    count("api_creates", "Create requests that reached the API."),
    count("api_fetches", "Fetch requests that reached the API."),
    count("api_lists", "List requests that reached the API."),
    count("api_rejected", "Requests turned away by a full queue."),
    count("api_refused", "Requests turned away while the API was down."),
    count("api_wasted", "Requests served whose caller had timed out or gone."),
    share("api_utilization", "Mean share of the API's workers that were busy."),
    count("api_served", "Requests whose service began."),
    seconds("api_wait_mean_s", "Mean time in the API's queue, over the requests whose service began."),
    count("api_queue_max", "Largest number of requests waiting at the API."),
    count("fetches", "Fetches begun by gateways."),
    count("fetches_not_found", "Fetches that found no such peer."),
    count("fetches_failed", "Fetches that ended without an answer."),
    count("fetches_coalesced", "Initiations that joined a fetch under way."),
    count("fetches_rate_limited", "Initiations dropped by an empty token bucket."),
    count("fetches_negative", "Initiations dropped by a negative entry."),
    count("installs", "Install jobs served, effective or not."),
    count("removals", "Removal jobs served, effective or not."),
    count("table_mean", "Time-averaged records per gateway."),
    count("table_max", "Most records that any gateway held."),
    share("orphan_fraction", "Record-time of records that no client will use again, over record-time."),
    seconds(
        "recovery_max_s",
        "Longest time from a scheduled fault's end, and that of all that overlap it, until the stall rate was back; infinite: never.",
    ),
    count("api_watches", "Requests to watch that reached the API."),
    count("watch_events", "Versions and removals sent on streams, each sending of one."),
    count("watch_breaks", "Streams that ended other than by their lifetime."),
    count("relists", "List requests of watching gateways that reached the API."),
    share("stream_down_fraction", "Time-averaged share of gateways without an open stream; 0 without watch."),
    count("cookies", "Initiations that gateways answered with a cookie, those of strangers included."),
];

/// The index of a measure in [`MEASURES`].
///
/// ```
/// assert_eq!(pushpull::measure::measure_index("peers_created"), Some(0));
/// assert_eq!(pushpull::measure::measure_index("stall rate"), None);
/// ```
#[must_use]
pub fn measure_index(name: &str) -> Option<usize> {
    MEASURES.iter().position(|measure| measure.name == name)
}

/// The pooled distributions of `distributions.csv`, in canonical order; all in seconds.
pub const DISTRIBUTIONS: [&str; 5] =
    ["handshake_wait_s", "time_to_connect_s", "create_time_s", "propagation_s", "stale_age_s"];
