//! Which measures are a part over a whole, and what their whole is: so that runs are pooled as sum over sum.
//!
//! The part of a run is the measure times its whole. Every other measure is a number per run, a maximum or a quantile of
//! its own, or a time average over the counted span, which all runs have in common: of these the mean over the runs is
//! meant.

/// What a ratio's part is spread over.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Whole {
    /// The measure of this name.
    Of(&'static str),
    /// The first of these measures less the second.
    Less(&'static str, &'static str),
    /// The first of these measures less the share of it that the second one is.
    LessShare(&'static str, &'static str),
}

impl Whole {
    /// The measures that it is made of.
    #[must_use]
    pub const fn measures(self) -> [&'static str; 2] {
        match self {
            Self::Of(of) => [of, of],
            Self::Less(of, but) | Self::LessShare(of, but) => [of, but],
        }
    }
}

/// A measure that is a part over a whole.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ratio {
    /// The measure.
    pub measure: &'static str,
    /// Its whole.
    pub whole: Whole,
    /// Whether it is a number of events among trials, rather than a total or a time average.
    pub trials: bool,
}

const fn share(measure: &'static str, whole: Whole) -> Ratio {
    Ratio { measure, whole, trials: true }
}

const fn mean(measure: &'static str, whole: Whole) -> Ratio {
    Ratio { measure, whole, trials: false }
}

/// Attempts that sent an initiation.
const ASKED: Whole = Whole::Less("attempts", "create_failed");

/// The ratios among the measures of a run.
pub const RATIOS: [Ratio; 15] = [
    share("stall_rate", ASKED),
    share("failure_rate", ASKED),
    share("late_rate", Whole::Of("attempts")),
    share("stale_connect_fraction", Whole::Of("connected")),
    share("unpropagated_fraction", Whole::Of("versions")),
    mean("create_time_mean_s", Whole::Less("attempts_first", "create_failed")),
    mean("handshake_wait_mean_s", Whole::Of("connected")),
    mean("time_to_connect_mean_s", Whole::Of("connected")),
    mean("propagation_mean_s", Whole::LessShare("versions", "unpropagated_fraction")),
    mean("revoked_exposure_mean_s", Whole::Of("revocations")),
    mean("api_wait_mean_s", Whole::Of("api_served")),
    mean("stale_fraction", Whole::Of("records_in_run_mean")),
    mean("stale_age_mean_s", Whole::Of("records_in_run_mean")),
    mean("missing_fraction", Whole::Of("live_mean")),
    mean("orphan_fraction", Whole::Of("table_mean")),
];

/// The ratios among the measures over time, where attempts are those that sent an initiation.
pub const SERIES_RATIOS: [Ratio; 3] = [
    share("stall_rate", Whole::Of("attempts")),
    mean("stale_fraction", Whole::Of("records_in_run_mean")),
    mean("missing_fraction", Whole::Of("live_mean")),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::{MEASURES, SERIES, measure_index};

    #[test]
    fn every_ratio_and_its_whole_are_measures() {
        for ratio in RATIOS {
            for name in [ratio.measure].into_iter().chain(ratio.whole.measures()) {
                assert!(measure_index(name).is_some(), "{name}");
            }
        }
        for ratio in SERIES_RATIOS {
            for name in [ratio.measure].into_iter().chain(ratio.whole.measures()) {
                assert!(SERIES.iter().any(|series| series.0 == name), "{name}");
            }
        }
    }

    #[test]
    fn what_is_called_a_mean_or_a_share_is_a_ratio_or_an_average_over_the_span() {
        // Their wholes are the counted span, and the workers.
        let over_span = [
            "table_mean",
            "records_in_run_mean",
            "live_mean",
            "api_utilization",
            "api_queue_mean",
            "stream_down_fraction",
        ];
        let names = MEASURES.iter().map(|measure| (measure.name, measure.unit));
        let is_ratio = |name: &str| RATIOS.iter().any(|ratio| ratio.measure == name);
        for (name, unit) in names {
            if unit == "1" || name.contains("_mean") {
                assert!(is_ratio(name) != over_span.contains(&name), "{name}");
            }
        }
        for (name, _) in SERIES.iter().filter(|(name, unit)| *unit == "1" || name.contains("_mean")) {
            assert!(SERIES_RATIOS.iter().any(|ratio| ratio.measure == *name) != over_span.contains(name), "{name}");
        }
    }
}
