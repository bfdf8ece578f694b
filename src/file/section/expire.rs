//! `[strategies.NAME.expire]`: a gateway drops records that nothing has confirmed for a while.

use super::accept::PositiveDistribution;
use super::{Channel, ConfigChanges, MechanismSection};
use crate::file::steps::StepCount;
use crate::file::tree::At;
use crate::file::warnings::Warner;

section! {
    /// The keys of `expire`.
    ExpireSection {
        /// Time since its last push, refresh or fetch.
        after: PositiveDistribution = "3m" (assumed),
            title: "Life of a record",
            effect: "Below about three refreshes, lost refreshes remove records of live peers.",
            example: "strategies.soft = { push = { refresh_every = \"1m\" }, expire = { after = \"5m\" } }";
    }
}

impl ExpireSection {
    /// What it means to the model; none where a key is wrong.
    pub(super) fn whole(&self) -> Option<des::Distribution> {
        self.after.clone()
    }
}

impl MechanismSection for ExpireSection {
    fn warn(&self, _: &str, _: &mut Warner<'_>) {}

    fn count_steps(&self, _: &At<'_>, _: &mut StepCount<'_, '_>) {}

    fn uses(&self, _: Channel, _: bool) -> bool {
        false
    }

    /// A record that expires is dropped by a timer, without the installer.
    fn variant_keys(&self) -> &'static [&'static str] {
        &[]
    }

    fn removes(&self, _: ConfigChanges) -> bool {
        false
    }
}
