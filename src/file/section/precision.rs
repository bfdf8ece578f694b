//! `[precision]`: as many replications as a precision takes.

use super::super::replications::{Replications, WantedPrecision};
use super::accept::{CountOf, MeasureName, Optional, Positive};

section! {
    /// Instead of replications: as many as this precision takes.
    PrecisionSection {
        /// The measure that must be precise.
        measure: MeasureName,
            effect: "Only its precision decides when to stop; all other measures are as precise as they come.",
            example: "precision = { measure = \"late_rate\", relative = 0.1 }";
        /// Wanted half-width over the absolute mean.
        relative: Optional<Positive>,
            effect: "Rare events take many runs: half of the width means four times the runs.",
            example: "precision = { measure = \"stall_rate\", relative = 0.05 }";
        /// Wanted half-width in the measure's unit.
        absolute: Optional<Positive>,
            effect: "It suits rates near zero, whose relative width never narrows.",
            example: "precision = { measure = \"stall_rate\", absolute = 0.001 }";
        /// Replications after which to stop all the same.
        at_most: CountOf<2, 1_000_000> = 1000,
            effect: "What is not precise by then is named at the end of the run and in the manifest.",
            example: "precision = { measure = \"stall_rate\", relative = 0.05, at_most = 200 }";
    }
}

impl PrecisionSection {
    /// What it means to the plan; none where a key is wrong.
    pub(super) fn whole(&self) -> Option<Replications> {
        let target = match (self.relative, self.absolute) {
            (Some(relative), None) => WantedPrecision::Relative(relative?),
            (None, Some(absolute)) => WantedPrecision::Absolute(absolute?),
            (None, None) | (Some(_), Some(_)) => return None,
        };
        Some(Replications::Precision { measure: self.measure.clone()?, target, at_most: self.at_most? })
    }
}
