//! `[rare]`: losses too rare to be seen, by weighting peers whose messages are lost more often.

use super::accept::{ConfidenceLevel, CountOf, Flag};
use crate::file::warnings::Warner;
use crate::model::{self, Arrivals, PushTransport};

section! {
    /// Losses too rare to be seen.
    RareSection {
        /// One peer in so many has its pushes and acknowledgements lost more often.
        every: CountOf<10, 1_000_000> = 50,
            effect: "Fewer such peers disturb the others less, and give fewer hits.",
            example: "rare = { every = 100 }";
        /// Probability that such a message is lost, instead of bus.loss.
        loss: ConfidenceLevel = 0.5,
            effect: "It changes no expected value. An attempt needs as many losses as its push has attempts: a higher one gives more hits with smaller weights. A loss so high that hardly a message survives loses the attempts with the large weights: an estimate whose mean weight is shown to be below 0.9, or is below 0.5, is refused.",
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

    /// Warns of tagged peers that are so many that their retries meet.
    pub(crate) fn warn(&self, warner: &mut Warner<'_>) {
        let Some(every) = self.every else { return };
        let rate = match &warner.experiment.clients.arrivals {
            Some(Arrivals::Poisson { rate, peak, .. }) => rate * peak.map_or(1.0, |peak| peak.factor),
            Some(Arrivals::Every(gap)) => 1.0 / gap.as_secs_f64(),
            Some(Arrivals::Trace(_)) | None => return,
        };
        let mut retries: f64 = 0.0;
        for (name, _) in &warner.experiment.strategies {
            let Some(push) = warner.experiment.scenario(name).and_then(|scenario| scenario.strategy.push) else {
                continue;
            };
            if let PushTransport::Core(retry) = push.transport {
                let waits = f64::from(retry.attempts - 1) * push.timeout.mean();
                let backoffs = (0..retry.attempts - 1).map(|nth| retry.backoff_cap(nth).as_secs_f64() / 2.0);
                retries = retries.max(waits + backoffs.sum::<f64>());
            }
        }
        let enough = libm::ceil(10.0 * rate * retries);
        if f64::from(every) < enough {
            warner.warn(
                "rare.every",
                format!(
                    "{every} lets the retries of tagged peers meet: {} arrivals a second, and retries for {} s; {enough} suits, ten times their product",
                    round(rate),
                    round(retries)
                ),
            );
        }
    }
}

/// A number to two decimals.
fn round(value: f64) -> f64 {
    libm::round(value * 100.0) / 100.0
}
