//! How often each point and strategy is run.

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
        target: WantedPrecision,
        /// At most this many.
        at_most: u32,
    },
}

/// A wanted half-width of a confidence interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum WantedPrecision {
    /// Half-width over the absolute mean.
    Relative(f64),
    /// Half-width in the measure's unit.
    Absolute(f64),
}
