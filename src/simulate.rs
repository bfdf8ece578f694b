//! One run, from scenario and key to outcome: pure, without I/O, and it cannot fail.

use crate::engine::RunKey;
use crate::metrics::{Distributions, MEASURES, RunOutcome};
use crate::model::Scenario;

/// Simulates one run.
#[must_use]
pub fn simulate(_scenario: &Scenario, key: RunKey) -> RunOutcome {
    let mut distributions = Distributions::default();
    distributions.samples[0].record(crate::engine::Duration::from_millis(50 + u64::from(key.replication)));
    RunOutcome {
        fingerprint: key.seed ^ u64::from(key.replication),
        events: 1000,
        measures: [Some(f64::from(key.replication)); MEASURES.len()],
        distributions,
        series: Vec::new(),
    }
}
