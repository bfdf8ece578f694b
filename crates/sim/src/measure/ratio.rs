//! The kinds of numbers that measures are, and the wholes of those that are a part over a whole, so that runs are pooled
//! as sum over sum.
//!
//! The part of a run is the measure times its whole. Every other measure is one number per run: a maximum, a quantile,
//! or a time average over the counted span, which all runs have in common. These are averaged over the runs.

/// The whole of a ratio.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Whole {
    /// The measure of this name.
    Of(&'static str),
    /// The first of these measures less the second.
    Less(&'static str, &'static str),
    /// The first of these measures, less the share of it that the second measure gives.
    LessShare(&'static str, &'static str),
}

impl Whole {
    /// The measures that make up the whole.
    #[must_use]
    pub const fn measures(self) -> [&'static str; 2] {
        match self {
            Self::Of(of) => [of, of],
            Self::Less(of, but) | Self::LessShare(of, but) => [of, but],
        }
    }
}

/// The whole of a measure, and the kind of its part.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PartOfWhole {
    /// The whole.
    pub whole: Whole,
    /// Whether the part is a number of events among trials, rather than a total or a time average.
    pub trials: bool,
}

/// Events among trials.
pub(super) const fn trials(whole: Whole) -> PartOfWhole {
    PartOfWhole { whole, trials: true }
}

/// A total or a time average over another.
pub(super) const fn total(whole: Whole) -> PartOfWhole {
    PartOfWhole { whole, trials: false }
}

/// Attempts that sent an initiation.
pub(super) const ASKED: Whole = Whole::Less("attempts", "create_failed");

/// The kind of a measure's number. It determines how the measure is estimated over runs, and which values it can have.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NumberKind {
    /// A number of events.
    Events,
    /// The largest number of things at once.
    Largest,
    /// An average over the counted span, of a number of things or of a share; or a sum of weights.
    Average,
    /// A time of the run as a whole: a quantile, a maximum or a recovery. Infinite: never.
    Time,
    /// A part over a whole.
    Ratio(PartOfWhole),
}

impl NumberKind {
    /// The part and whole of a ratio.
    #[must_use]
    pub const fn ratio(self) -> Option<PartOfWhole> {
        match self {
            Self::Ratio(ratio) => Some(ratio),
            Self::Events | Self::Largest | Self::Average | Self::Time => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::{MEASURES, SERIES, measure_index};

    #[test]
    fn the_whole_of_every_ratio_is_a_measure() {
        for name in
            MEASURES.iter().filter_map(|measure| measure.number.ratio()).flat_map(|ratio| ratio.whole.measures())
        {
            assert!(measure_index(name).is_some(), "{name}");
        }
        let ratios = SERIES.iter().filter_map(|series| series.number.ratio());
        for name in ratios.flat_map(|ratio| ratio.whole.measures()) {
            assert!(SERIES.iter().any(|series| series.name == name), "{name}");
        }
    }

    #[test]
    fn what_is_called_a_mean_or_a_share_is_a_ratio_or_an_average_over_the_span() {
        // The wholes of these measures are the counted span and the workers.
        let over_span = [
            "table_mean",
            "records_in_run_mean",
            "live_mean",
            "api_utilization",
            "api_queue_mean",
            "stream_down_fraction",
        ];
        let measures = MEASURES.iter().map(|measure| (measure.name, measure.unit, measure.number));
        let series = SERIES.iter().map(|series| (series.name, series.unit, series.number));
        for (name, unit, number) in measures.chain(series) {
            if unit == "1" || name.contains("_mean") {
                let expected = over_span.contains(&name);
                assert_eq!((number == NumberKind::Average, number.ratio().is_some()), (expected, !expected), "{name}");
            }
        }
    }
}
