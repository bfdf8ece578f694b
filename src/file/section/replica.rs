//! `[replica]`: the read replica beside each gateway.

use super::FetchOrigin;
use super::accept::{DistributionOrZero, PositiveSpan};
use crate::file::warnings::Warner;

section! {
    /// The read replica beside each gateway.
    ReplicaSection means model::Replica {
        /// Time to read one record.
        service: DistributionOrZero = "1ms" (assumed),
            title: "Time to read a record of the replica",
            effect: "Pull from a replica waits for it instead of for the API.",
            example: "replica.service = \"5ms\"";
        /// Gap between the starts of two writes (Litestream's).
        sync_every: PositiveSpan = "1s" (published "the sync interval of Litestream"),
            title: "Gap between writes to the replica",
            effect: "A peer that came since the last write is not in the replica: pull falls back to the primary, or fails without fallback.",
            example: "replica.sync_every = \"10s\"";
        /// Time from the start of a write until it shows.
        transfer: DistributionOrZero = "500ms" (assumed),
            title: "Time from a write until the replica shows it",
            effect: "It adds to the age of what the replica shows.",
            example: "replica.transfer = \"2s\"";
    }
}

impl ReplicaSection {
    /// Warns of its keys that have no effect.
    pub(super) fn warn(warner: &mut Warner<'_>) {
        if !warner.pulls(|pull| pull.source == Some(FetchOrigin::Replica)) {
            let why = "no strategy pulls with source = \"replica\"";
            warner.vain("replica", &["service", "sync_every", "transfer"], why);
        }
    }
}
