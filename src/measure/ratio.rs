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

/// What a part is spread over, and how it counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ratio {
    /// The whole.
    pub whole: Whole,
    /// Whether the part is a number of events among trials, rather than a total or a time average.
    pub trials: bool,
}

/// Events among trials.
pub(super) const fn trials(whole: Whole) -> Ratio {
    Ratio { whole, trials: true }
}

/// A total or a time average over another.
pub(super) const fn total(whole: Whole) -> Ratio {
    Ratio { whole, trials: false }
}

/// Attempts that sent an initiation.
pub(super) const ASKED: Whole = Whole::Less("attempts", "create_failed");

/// What a measure of the time series is spread over; none if it is no ratio. Its attempts are those that sent an initiation.
#[must_use]
pub fn series_ratio(name: &str) -> Option<Ratio> {
    match name {
        "stall_rate" => Some(trials(Whole::Of("attempts"))),
        "stale_fraction" => Some(total(Whole::Of("records_in_run_mean"))),
        "missing_fraction" => Some(total(Whole::Of("live_mean"))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::{MEASURES, SERIES, measure_index};

    #[test]
    fn the_whole_of_every_ratio_is_a_measure() {
        for name in MEASURES.iter().filter_map(|measure| measure.ratio).flat_map(|ratio| ratio.whole.measures()) {
            assert!(measure_index(name).is_some(), "{name}");
        }
        for name in SERIES.iter().filter_map(|series| series_ratio(series.0)).flat_map(|ratio| ratio.whole.measures()) {
            assert!(SERIES.iter().any(|series| series.0 == name), "{name}");
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
        let measures = MEASURES.iter().map(|measure| (measure.name, measure.unit, measure.ratio));
        let series = SERIES.iter().map(|(name, unit)| (*name, *unit, series_ratio(name)));
        for (name, unit, ratio) in measures.chain(series) {
            if unit == "1" || name.contains("_mean") {
                assert!(ratio.is_some() != over_span.contains(&name), "{name}");
            }
        }
    }
}
