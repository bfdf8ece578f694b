//! An experiment that has been read and found valid: its points, strategies and scenarios, in canonical order.

use crate::model::Scenario;

/// A valid experiment.
///
/// Canonical order of runs: point, then strategy, then replication.
pub struct Plan {
    /// Name of the experiment; also of its default result folder.
    pub name: String,
    /// The question that it answers.
    pub description: String,
    /// The seed.
    pub seed: u64,
    /// Replications of each point and strategy.
    pub replications: Replications,
    /// Confidence level of every interval, in (0, 1).
    pub confidence: f64,
    /// Index in `strategies` of the one with which the others are compared.
    pub baseline: usize,
    /// Swept keys, as named in the file, in file order.
    pub keys: Vec<String>,
    /// For each point, the value of each swept key, as text (`0.01`, `20ms`).
    pub points: Vec<Vec<String>>,
    /// Names of the strategies, in file order.
    pub strategies: Vec<String>,
    /// The experiment with every default written out, `--set` and `--vary` applied.
    pub resolved: toml::Table,
    /// BLAKE3 of the canonical text of `resolved`, 64 hex digits.
    pub digest: String,
}

/// How many replications.
#[derive(Clone, Debug, PartialEq)]
pub enum Replications {
    /// This many, ≥ 1.
    Fixed(u32),
    /// As many as a precision takes.
    Precision {
        /// The measure that must be precise.
        measure: String,
        /// Wanted half-width.
        target: Target,
        /// At most this many.
        at_most: u32,
    },
}

/// A wanted half-width of a confidence interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Target {
    /// Half-width over the absolute mean.
    Relative(f64),
    /// Half-width in the measure's unit.
    Absolute(f64),
}

impl Plan {
    /// What a run of `strategies[strategy]` at `points[point]` simulates.
    #[must_use]
    pub fn scenario(&self, point: usize, strategy: usize) -> Scenario {
        let _ = (point, strategy);
        unimplemented!("built from the resolved experiment")
    }
}
