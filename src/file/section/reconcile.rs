//! `[strategies.NAME.reconcile]`: each gateway compares its table with the API's list.

use super::accept::{PositiveSpan, TryCount};
use super::{Channel, ConfigChanges, MechanismSection};
use crate::file::steps::StepCount;
use crate::file::tree::At;
use crate::file::warnings::Warner;

section! {
    /// The keys of `reconcile`.
    ReconcileSection means model::Reconcile {
        /// Period of the lists.
        every: PositiveSpan = "5m" (assumed),
            title: "Gap between reconciliations",
            effect: "A lost push is repaired half a period later in the mean, mostly after the client has stalled.",
            example: "strategies.listed = { push = {}, reconcile = { every = \"1m\" } }";
        /// Wait for the reply.
        timeout: PositiveSpan = "30s" (assumed),
            title: "Wait for the reply to a list",
            effect: "A list that takes longer, as from a loaded API or of a long table, is wasted.",
            example: "strategies.listed = { push = {}, reconcile = { timeout = \"1m\" } }";
        /// Requests in all.
        attempts: TryCount = 1,
            title: "Requests of a list, at most",
            effect: "With 1 a lost list is made good in the next period.",
            example: "strategies.listed = { push = {}, reconcile = { attempts = 3 } }";
    }
}

impl MechanismSection for ReconcileSection {
    fn warn(&self, _: &str, _: &mut Warner<'_>) {}

    fn count_steps(&self, at: &At<'_>, steps: &mut StepCount<'_, '_>) {
        steps.periodic(at, self.every, "lists");
    }

    fn uses(&self, channel: Channel, _: bool) -> bool {
        channel == Channel::Http
    }

    fn variant_keys(&self) -> &'static [&'static str] {
        &[]
    }

    fn removes(&self, _: ConfigChanges) -> bool {
        true
    }
}
