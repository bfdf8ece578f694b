//! The study's two measures, computed from the measures of a run.

use super::Setting;
use pushpull::measure::{MEASURES, measure_index};

/// Results of a run for one protocol; the counterparts of [`Prediction`](super::Prediction).
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Observed {
    /// Share of the time in which API or gateway holds a peer during which they differ.
    pub inconsistency: f64,
    /// Messages sent per second of a peer's life at the API.
    pub message_rate: f64,
}

impl Observed {
    /// Computes the results from the measures of a run that [`Setting::of`] accepts; none if the run had no records.
    ///
    /// With m = `missing_fraction`, s = `stale_fraction`, o = `orphan_fraction` and N = `table_mean` · gateways, the
    /// mean number of records: o·N records are of revoked peers, because every client of such a run stays exactly until
    /// its peer is revoked. So L = N·(1 − o)/(1 − m) peers are live on average. Of these, m·L have no record, and s·N
    /// records are stale, including those of revoked peers:
    ///
    /// inconsistency = (m·L + s·N) / (N + m·L), message rate = `bus_sent` / (span · L).
    #[must_use]
    pub fn of(measures: &[Option<f64>; MEASURES.len()], setting: &Setting) -> Option<Self> {
        let value = |name: &str| measures[measure_index(name).expect("a measure of the table")];
        let missing = value("missing_fraction")?;
        let records = value("table_mean")? * f64::from(setting.gateways);
        let live = records * (1.0 - value("orphan_fraction")?) / (1.0 - missing);
        let differing = missing * live + value("stale_fraction")? * records;
        (records > 0.0).then(|| Self {
            inconsistency: differing / (records + missing * live),
            message_rate: value("bus_sent").unwrap_or(0.0) / (setting.span * live),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::PLAIN;
    use crate::{Protocol, Timers};

    #[test]
    fn measures_of_a_small_run_can_be_checked_by_hand() {
        // Ten live peers, one without a record, two with an old version; one record of a revoked peer: 4 of 11 differ.
        let mut measures = [None; MEASURES.len()];
        let mut set = |name: &str, value: f64| measures[measure_index(name).expect("a measure")] = Some(value);
        set("missing_fraction", 0.1);
        set("table_mean", 5.0);
        set("orphan_fraction", 0.1);
        set("stale_fraction", 0.3);
        set("bus_sent", 400.0);
        let setting =
            Setting { protocol: Protocol::Ss, timers: Timers::Constant, parameters: PLAIN, gateways: 2, span: 20.0 };
        let observed = Observed::of(&measures, &setting).expect("records");
        assert!((observed.inconsistency - 4.0 / 11.0).abs() < 1e-12, "{observed:?}");
        assert!((observed.message_rate - 2.0).abs() < 1e-12, "{observed:?}");
    }
}
