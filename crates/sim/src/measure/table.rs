//! The measures of a run, in the order of the columns of `runs.csv`: one row each, with name, unit, definition and
//! value.

use super::ratio::{ASKED, NumberKind, PartOfWhole, Whole, total, trials};
use super::totals::{CONNECT, CREATE, PROPAGATION, Totals, WAIT, number, part, seconds_each};
use crate::model::AttemptKind::{First, Reconnect, Return};
use crate::model::{Cause, Loss, RequestKind};

/// One measure.
#[derive(Clone, Copy, Debug)]
pub struct Measure {
    /// Column name, unit last.
    pub name: &'static str,
    /// Unit: `s`, `1` (a fraction) or `count`.
    pub unit: &'static str,
    /// Definition, one sentence.
    pub about: &'static str,
    /// The kind of its number in a run.
    pub number: NumberKind,
    /// What the measure counts the load of, if it does.
    pub load: Option<Load>,
    value: MeasureValue,
}

/// What carries load: a message or a request counts once, however long.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Load {
    /// Messages over the bus.
    Bus,
    /// Versions and removals on the streams of watching gateways.
    Stream,
    /// Requests of clients that reach the API.
    Create,
    /// Requests of gateways that reach the API.
    Request,
}

impl Load {
    /// The load that the choice of a mechanism decides; every design has creates.
    pub const OF_MECHANISMS: [Self; 3] = [Self::Bus, Self::Stream, Self::Request];

    /// The measures that add up to the load of these carriers, in canonical order.
    ///
    /// ```
    /// use sim::measure::Load;
    /// assert_eq!(Load::measures(&[Load::Bus]).collect::<Vec<_>>(), ["bus_sent"]);
    /// ```
    pub fn measures(carriers: &[Self]) -> impl Iterator<Item = &'static str> {
        let counts = |measure: &&Measure| measure.load.is_some_and(|load| carriers.contains(&load));
        MEASURES.iter().filter(counts).map(|measure| measure.name)
    }
}

/// How a measure takes its value from the totals of a finished run.
#[derive(Clone, Copy, Debug)]
enum MeasureValue {
    /// By this function; none if undefined.
    Of(fn(&mut Totals) -> Option<f64>),
    /// A quantile of the distribution with this index in [`DISTRIBUTIONS`], over ten thousand.
    Quantile(usize, u64),
}

type Value = fn(&mut Totals) -> Option<f64>;

const fn count(name: &'static str, about: &'static str, value: Value) -> Measure {
    Measure { name, unit: "count", about, number: NumberKind::Events, load: None, value: MeasureValue::Of(value) }
}

const fn share(name: &'static str, about: &'static str, value: Value) -> Measure {
    Measure { name, unit: "1", about, number: NumberKind::Average, load: None, value: MeasureValue::Of(value) }
}

const fn seconds(name: &'static str, about: &'static str, value: Value) -> Measure {
    Measure { name, unit: "s", about, number: NumberKind::Time, load: None, value: MeasureValue::Of(value) }
}

const fn quantile(name: &'static str, about: &'static str, distribution: usize, numerator: u64) -> Measure {
    Measure {
        name,
        unit: "s",
        about,
        number: NumberKind::Time,
        load: None,
        value: MeasureValue::Quantile(distribution, numerator),
    }
}

impl PartialEq for Measure {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Measure {
    /// The measure as a ratio.
    const fn over(self, ratio: PartOfWhole) -> Self {
        Self { number: NumberKind::Ratio(ratio), ..self }
    }

    /// The measure as an average over the counted span.
    const fn averaged(self) -> Self {
        Self { number: NumberKind::Average, ..self }
    }

    /// The measure as a count of load.
    const fn loads(self, load: Load) -> Self {
        Self { load: Some(load), ..self }
    }

    /// The measure as the largest number of things at once.
    const fn largest(self) -> Self {
        Self { number: NumberKind::Largest, ..self }
    }

    /// The value for a finished run; none if undefined.
    pub(super) fn value(&self, totals: &mut Totals) -> Option<f64> {
        match self.value {
            MeasureValue::Of(value) => value(totals),
            MeasureValue::Quantile(distribution, numerator) => totals.quantile(distribution, numerator),
        }
    }

    /// Distribution (its index in [`DISTRIBUTIONS`]) and numerator over ten thousand, if the measure is a quantile.
    #[must_use]
    pub const fn quantile(&self) -> Option<(usize, u64)> {
        match self.value {
            MeasureValue::Of(_) => None,
            MeasureValue::Quantile(distribution, numerator) => Some((distribution, numerator)),
        }
    }
}

/// Measures of every run. Those that follow them in [`MEASURES`] are of runs with `[rare]` alone.
const ORDINARY: usize = 85;

/// The measures of an experiment, with or without `[rare]`.
#[must_use]
pub fn measures(rare: bool) -> &'static [Measure] {
    if rare { &MEASURES } else { &MEASURES[..ORDINARY] }
}

/// Whether only runs with `[rare]` have the measure of this name.
#[must_use]
pub fn is_rare(name: &str) -> bool {
    measure_index(name).is_some_and(|index| index >= ORDINARY)
}

/// Every measure, in canonical order.
pub const MEASURES: [Measure; ORDINARY + 12] = [
    count("peers_created", "Creates that the API committed for the first time.", |run| number(run.tally.peers_created)),
    count("attempts", "Counted attempts, failed creates included.", |run| number(run.tally.attempts())),
    count("attempts_first", "First attempts, failed creates included.", |run| {
        number(run.tally.asked[First as usize] + run.tally.create_failed)
    }),
    count("attempts_return", "Attempts of clients that came back.", |run| number(run.tally.asked[Return as usize])),
    count("attempts_reconnect", "Attempts of clients whose session was dead.", |run| {
        number(run.tally.asked[Reconnect as usize])
    }),
    count("connected", "Attempts that ended in a session.", |run| number(run.tally.connected)),
    count("failed", "Attempts that sent their last initiation, or lost patience, without a session.", |run| {
        number(run.tally.failed)
    }),
    count("create_failed", "First attempts that ended before their first initiation: no create was answered.", |run| {
        number(run.tally.create_failed)
    }),
    count("stalled", "Attempts whose handshake wait exceeded stall_after, or that failed.", |run| {
        number(run.tally.all_stalled())
    }),
    share("stall_rate", "Stalled over attempts that sent an initiation.", |run| {
        part(run.tally.all_stalled(), run.tally.all_asked())
    })
    .over(trials(ASKED)),
    share("failure_rate", "Failed over attempts that sent an initiation.", |run| {
        part(run.tally.failed, run.tally.all_asked())
    })
    .over(trials(ASKED)),
    count("stalled_first", "Stalled first attempts.", |run| number(run.tally.stalled[First as usize])),
    count("stalled_return", "Stalled return attempts.", |run| number(run.tally.stalled[Return as usize])),
    count("stalled_reconnect", "Stalled reconnect attempts.", |run| number(run.tally.stalled[Reconnect as usize])),
    count("late", "Attempts not connected late_after after their start, or never; failed creates included.", |run| {
        number(run.tally.late())
    }),
    share("late_rate", "Late over attempts, failed creates included.", |run| {
        part(run.tally.late(), run.tally.attempts())
    })
    .over(trials(Whole::Of("attempts"))),
    count("cause_path_loss", "Stalls whose first exchange lost a packet.", |run| {
        number(run.tally.causes[Cause::PathLoss as usize])
    }),
    count("cause_gateway_down", "Stalls whose first initiation found the gateway down.", |run| {
        number(run.tally.causes[Cause::GatewayDown as usize])
    }),
    count("cause_config_lost", "Stalls whose config was lost on its way, with none following.", |run| {
        number(run.tally.causes[Cause::ConfigLost as usize])
    }),
    count("cause_config_late", "Stalls whose config was still under way, queued or to be sent again.", |run| {
        number(run.tally.causes[Cause::ConfigLate as usize])
    }),
    count("cause_config_removed", "Stalls whose config had been installed and was gone.", |run| {
        number(run.tally.causes[Cause::ConfigRemoved as usize])
    }),
    count("cause_pull_late", "Stalls whose fetch took longer, or whose answer waited for the client's retry.", |run| {
        number(run.tally.causes[Cause::PullLate as usize])
    }),
    count(
        "cause_pull_failed",
        "Stalls whose fetch was refused, rejected, timed out, rate-limited or negative.",
        |run| number(run.tally.causes[Cause::PullFailed as usize]),
    ),
    count("cause_handshake_limit", "Stalls whose first initiation was answered with a cookie.", |run| {
        number(run.tally.causes[Cause::HandshakeLimit as usize])
    }),
    seconds(
        "create_time_mean_s",
        "Mean time from the create request to the reply, over first attempts that sent an initiation.",
        |run| run.samples(CREATE).mean_s(),
    )
    .over(total(Whole::Less("attempts_first", "create_failed"))),
    quantile("create_time_p99_s", "Its 99th percentile.", CREATE, 9_900),
    seconds(
        "handshake_wait_mean_s",
        "Mean time from the first initiation to the session, over the connected.",
        |run| run.samples(WAIT).mean_s(),
    )
    .over(total(Whole::Of("connected"))),
    quantile("handshake_wait_p50_s", "Its median; attempts that failed count as infinite.", WAIT, 5_000),
    quantile("handshake_wait_p90_s", "Its 90th percentile; attempts that failed count as infinite.", WAIT, 9_000),
    quantile("handshake_wait_p99_s", "Its 99th percentile; attempts that failed count as infinite.", WAIT, 9_900),
    quantile("handshake_wait_p999_s", "Its 99.9th percentile; attempts that failed count as infinite.", WAIT, 9_990),
    seconds("handshake_wait_max_s", "Its maximum over the connected.", |run| run.samples(WAIT).max_s()),
    seconds(
        "time_to_connect_mean_s",
        "Mean time from the start of the attempt to the session, over the connected.",
        |run| run.samples(CONNECT).mean_s(),
    )
    .over(total(Whole::Of("connected"))),
    quantile("time_to_connect_p50_s", "Its median; attempts that failed count as infinite.", CONNECT, 5_000),
    quantile("time_to_connect_p99_s", "Its 99th percentile; attempts that failed count as infinite.", CONNECT, 9_900),
    count("records_in_run_mean", "Time-averaged records of peers created in the run, over all gateways.", |run| {
        part(run.records_in_run, run.span)
    })
    .averaged(),
    share("stale_fraction", "Stale record-time over record-time, of peers created in the run.", |run| {
        run.distributions.stale_age.fraction()
    })
    .over(total(Whole::Of("records_in_run_mean"))),
    seconds(
        "stale_age_mean_s",
        "Mean over record-time of the time since the record's version was superseded, 0 when fresh.",
        |run| run.distributions.stale_age.mean_s(),
    )
    .over(total(Whole::Of("records_in_run_mean"))),
    share("stale_connect_fraction", "Connected attempts whose record was stale at that moment.", |run| {
        part(run.tally.stale_connects, run.tally.connected)
    })
    .over(trials(Whole::Of("connected"))),
    count("live_mean", "Time-averaged live peers: created, neither revoked nor abandoned.", |run| {
        part(run.live, run.span)
    })
    .averaged(),
    share("missing_fraction", "Live peer-time without a record at the peer's gateway, over live peer-time.", |run| {
        part(run.missing, run.live)
    })
    .over(total(Whole::Of("live_mean"))),
    seconds(
        "propagation_mean_s",
        "Mean time from a version's commit to its (or a later one's) install, or to the removal.",
        |run| run.samples(PROPAGATION).mean_s(),
    )
    .over(total(Whole::LessShare("versions", "unpropagated_fraction"))),
    quantile("propagation_p50_s", "Its median.", PROPAGATION, 5_000),
    quantile("propagation_p99_s", "Its 99th percentile.", PROPAGATION, 9_900),
    count(
        "versions",
        "Versions that were to reach their gateway; a revocation of what was never installed is none.",
        |run| number(run.tally.expected()),
    ),
    share("unpropagated_fraction", "Versions that no install had reached by the end of the run.", |run| {
        part(run.tally.unpropagated(), run.tally.expected())
    })
    .over(trials(Whole::Of("versions"))),
    count("revocations", "Revocations of peers.", |run| number(run.tally.revocations)),
    seconds(
        "revoked_exposure_mean_s",
        "Mean time that a record stayed installed after its revocation, per revocation.",
        |run| seconds_each(run.exposed, run.tally.revocations),
    )
    .over(total(Whole::Of("revocations"))),
    count("bus_sent", "Messages sent over the bus, publishes and acknowledgements included.", |run| {
        number(run.tally.sent)
    })
    .loads(Load::Bus),
    count("bus_delivered", "Messages that were not lost.", |run| {
        number(run.tally.sent - run.tally.lost.iter().sum::<u64>())
    }),
    count("bus_lost_random", "Messages lost by independent loss.", |run| number(run.tally.lost[Loss::Random as usize])),
    count("bus_lost_burst", "Messages lost in the bad state of a link.", |run| {
        number(run.tally.lost[Loss::Burst as usize])
    }),
    count("bus_lost_fault", "Messages lost in a bus fault.", |run| number(run.tally.lost[Loss::Fault as usize])),
    count("bus_lost_slow_consumer", "Pushes dropped because too many were pending at the gateway.", |run| {
        number(run.tally.lost[Loss::SlowConsumer as usize])
    }),
    count("bus_lost_gateway_down", "Messages that reached a gateway that was down.", |run| {
        number(run.tally.lost[Loss::GatewayDown as usize])
    }),
    count("bus_redelivered", "Sendings of a version after the first, by retry or redelivery.", |run| {
        number(run.tally.redelivered)
    }),
    count("bus_duplicates", "Deliveries of a version that the gateway had been given before.", |run| {
        number(run.tally.duplicates)
    }),
    count("api_creates", "Create requests that reached the API.", |run| {
        number(run.tally.requests[RequestKind::Create as usize])
    })
    .loads(Load::Create),
    count("api_fetches", "Fetch requests that reached the API.", |run| {
        number(run.tally.requests[RequestKind::Fetch as usize])
    })
    .loads(Load::Request),
    count("api_lists", "List requests that reached the API.", |run| {
        number(run.tally.requests[RequestKind::List as usize] + run.tally.requests[RequestKind::Relist as usize])
    })
    .loads(Load::Request),
    count("api_rejected", "Requests turned away by a full queue.", |run| number(run.tally.rejected)),
    count("api_refused", "Requests turned away while the API was down.", |run| number(run.tally.refused)),
    count("api_wasted", "Requests served whose caller had timed out or gone.", |run| number(run.tally.wasted)),
    share("api_utilization", "Mean share of the API's workers that were busy.", |run| part(run.busy, run.worker_time)),
    count("api_served", "Requests whose service began.", |run| number(run.tally.served)),
    seconds("api_wait_mean_s", "Mean time in the API's queue, over the requests whose service began.", |run| {
        seconds_each(run.tally.waited, run.tally.served)
    })
    .over(total(Whole::Of("api_served"))),
    count("api_queue_max", "Largest number of requests waiting at the API.", |run| number(run.tally.queue_max.into()))
        .largest(),
    count("fetches", "Fetches begun by gateways.", |run| number(run.tally.fetches)),
    count("fetches_not_found", "Fetches that found no such peer.", |run| number(run.tally.not_found)),
    count("fetches_failed", "Fetches that ended without an answer.", |run| number(run.tally.fetches_failed)),
    count("fetches_coalesced", "Initiations that joined a fetch under way.", |run| number(run.tally.joined)),
    count("fetches_rate_limited", "Initiations dropped by an empty token bucket.", |run| {
        number(run.tally.rate_limited)
    }),
    count("fetches_negative", "Initiations dropped by a negative entry.", |run| number(run.tally.negative)),
    count("installs", "Install jobs served, effective or not.", |run| number(run.tally.installs)),
    count("removals", "Removal jobs served, effective or not.", |run| number(run.tally.removals)),
    count("table_mean", "Time-averaged records per gateway.", |run| part(run.records, run.gateway_time)).averaged(),
    count("table_max", "Most records that any gateway held.", |run| number(run.table_max.into())).largest(),
    share("orphan_fraction", "Record-time of records that no client will use again, over record-time.", |run| {
        part(run.orphans, run.records)
    })
    .over(total(Whole::Of("table_mean"))),
    seconds(
        "recovery_max_s",
        "Longest time from a scheduled fault's end, and that of all that overlap it, until the stall rate was back; infinite: never.",
        |run| run.recovery_s,
    ),
    count("api_watches", "Requests to watch that reached the API.", |run| {
        number(run.tally.requests[RequestKind::Watch as usize])
    })
    .loads(Load::Request),
    count("watch_events", "Versions and removals sent on streams, each sending of one.", |run| {
        number(run.tally.changes)
    })
    .loads(Load::Stream),
    count("watch_breaks", "Streams that ended other than by their lifetime.", |run| number(run.tally.breaks)),
    count("relists", "List requests of watching gateways that reached the API.", |run| {
        number(run.tally.requests[RequestKind::Relist as usize])
    }),
    share("stream_down_fraction", "Time-averaged share of gateways without an open stream; 0 without watch.", |run| {
        part(run.stream_down, run.gateway_time)
    }),
    count("cookies", "Initiations that gateways answered with a cookie, those of strangers included.", |run| {
        number(run.tally.cookies)
    }),
    count("rare_attempts", "Attempts of tagged peers that sent an initiation, in the run with tags.", |run| {
        number(run.rare?.all.attempts)
    }),
    count("rare_hits", "Stalled attempts of tagged peers whose config was lost on its way, with none following.", |run| {
        number(run.rare?.all.hits)
    }),
    count("rare_weight_sum", "Sum of the weights of the attempts of tagged peers.", |run| Some(run.rare?.all.weights))
        .averaged(),
    count("rare_weight_mean", "Mean weight of the attempts of tagged peers; 1 but for chance.", |run| run.rare?.all.weight())
        .over(total(Whole::Of("rare_attempts"))),
    share(
        "stall_rate_rare",
        "Stalls by lost configs, weighted: weights of the hits over those of all attempts of tagged peers; no mean where a check shows a difference or the mean weight is far below 1, no interval below 50 hits.",
        |run| run.rare?.all.stall_rate(),
    )
    .over(total(Whole::Of("rare_weight_sum"))),
    share(
        "stall_rate_other",
        "Share of the attempts that sent an initiation, in the run without tags, and stalled by any cause but a lost config.",
        |run| {
            run.rare?;
            part(run.tally.all_stalled() - run.tally.causes[Cause::ConfigLost as usize], run.tally.all_asked())
        },
    )
    .over(trials(ASKED)),
    count("rare_untagged", "Attempts of untagged peers that sent an initiation, in the run with tags.", |run| {
        number(run.rare?.all.untagged)
    }),
    share("stall_rate_untagged", "Share of the attempts of untagged peers that stalled, in the run with tags.", |run| {
        let rare = run.rare?.all;
        part(rare.untagged_stalled, rare.untagged)
    })
    .over(trials(Whole::Of("rare_untagged"))),
    count("rare_half_weight_sum", "Sum of the weights of the attempts of tagged peers, in the run with half the tags.", |run| {
        Some(run.rare?.half?.weights)
    })
    .averaged(),
    share("stall_rate_rare_half", "Stalls by lost configs, weighted, in the run with half the tags.", |run| {
        run.rare?.half?.stall_rate()
    })
    .over(total(Whole::Of("rare_half_weight_sum"))),
    count("rare_half_untagged", "Attempts of untagged peers that sent an initiation, in the run with half the tags.", |run| {
        number(run.rare?.half?.untagged)
    }),
    share("stall_rate_untagged_half", "Share of the attempts of untagged peers that stalled, in the run with half the tags.", |run| {
        let half = run.rare?.half?;
        part(half.untagged_stalled, half.untagged)
    })
    .over(trials(Whole::Of("rare_half_untagged"))),
];

/// The index of a measure in [`MEASURES`].
///
/// ```
/// assert_eq!(sim::measure::measure_index("peers_created"), Some(0));
/// assert_eq!(sim::measure::measure_index("stall rate"), None);
/// ```
#[must_use]
pub fn measure_index(name: &str) -> Option<usize> {
    MEASURES.iter().position(|measure| measure.name == name)
}

/// The pooled distributions of `distributions.csv`, in canonical order; all in seconds.
pub const DISTRIBUTIONS: [&str; 5] =
    ["handshake_wait_s", "time_to_connect_s", "create_time_s", "propagation_s", "stale_age_s"];
