//! `[strategies.NAME.expire]`: a gateway drops records that nothing has confirmed for a while.

use super::accept::PositiveDistribution;

section! {
    /// A gateway drops records that nothing has confirmed for a while.
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
