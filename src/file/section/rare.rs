//! `[rare]`: losses too rare to be seen, by weighting peers whose messages are lost more often.

use super::accept::{ConfidenceLevel, CountOf, Flag};
use crate::model;

section! {
    /// Losses too rare to be seen.
    RareSection {
        /// One peer in so many has its pushes and acknowledgements lost more often.
        every: CountOf<10, 1_000_000> = 50,
            effect: "Fewer such peers disturb the others less, and give fewer hits.",
            example: "rare = { every = 100 }";
        /// Probability that such a message is lost, instead of bus.loss.
        loss: ConfidenceLevel = 0.5,
            effect: "It changes no expected value. An attempt needs as many losses as its push has attempts: a higher one gives more hits with smaller weights.",
            example: "rare = { loss = 0.3 }";
        /// Repeat each run with half as many such peers, and refuse a result that their number changes.
        check: Flag = true,
            effect: "It costs a third run beside the two that [rare] needs.",
            example: "rare = { check = false }";
    }
}

impl RareSection {
    /// What it means to the model; none where a key is wrong.
    pub(super) fn whole(&self) -> Option<model::Rare> {
        Some(model::Rare { every: self.every?, loss: self.loss?, check: self.check? })
    }
}
