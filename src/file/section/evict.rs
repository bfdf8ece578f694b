//! `[strategies.NAME.evict]`: each gateway removes idle records.

use super::accept::{PositiveSpan, SpanOrZero};
use super::{Channel, ConfigChanges, MechanismSection};
use crate::file::steps::StepCount;
use crate::file::tree::At;
use crate::file::warnings::Warner;

section! {
    /// The keys of `evict`.
    EvictSection means model::Evict {
        /// Time without a session after which a record goes.
        idle_after: SpanOrZero = "10m" (assumed),
            title: "Idle time after which a record goes",
            effect: "Longer: more returns find their record, and outages of the API hurt fewer; tables are longer, and revoked records stay longer.",
            example: "strategies.jit = { pull = {}, evict = { idle_after = \"1h\" } }";
        /// Period of the sweep.
        every: PositiveSpan = "1m" (assumed),
            title: "Gap between sweeps for idle records",
            effect: "A record goes up to one period after it has become idle.",
            example: "strategies.jit = { pull = {}, evict = { every = \"5m\" } }";
    }
}

impl MechanismSection for EvictSection {
    fn warn(&self, _: &str, _: &mut Warner<'_>) {}

    fn count_steps(&self, at: &At<'_>, steps: &mut StepCount<'_, '_>) {
        steps.periodic(at, self.every, "sweeps");
    }

    fn uses(&self, _: Channel, _: bool) -> bool {
        false
    }

    fn variant_keys(&self) -> &'static [&'static str] {
        &[]
    }

    fn removes(&self, _: ConfigChanges) -> bool {
        true
    }
}
