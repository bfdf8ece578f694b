//! `[api]`: the API.

use super::PullSection;
use super::accept::{CountOf, CountOrZero, DistributionOrZero, SpanOrZero};
use crate::file::warnings::Warner;

section! {
    /// The API: one queue before a number of servers.
    ApiSection means model::Api {
        /// Servers.
        workers: CountOf<1, 1_000_000> = 8 (assumed),
            title: "Workers of the API",
            effect: "Push loads it with creates only. Pull adds fetches, reconcile and watch add lists: with few workers these wait.",
            example: "api.workers = 2";
        /// Requests that may wait; one that finds this many is rejected.
        queue_limit: CountOrZero = 1000 (assumed),
            title: "Requests that may wait at the API",
            effect: "A rejected create is retried by the client, a rejected fetch by pull after its backoff.",
            example: "api.queue_limit = 100";
        /// Service of a create.
        create_service: DistributionOrZero = { exponential = "20ms" } (assumed),
            title: "Time that the API takes for a create",
            effect: "It delays every create, under all strategies.",
            example: "api.create_service = { exponential = \"50ms\" }";
        /// Service of a fetch.
        fetch_service: DistributionOrZero = { exponential = "5ms" } (assumed),
            title: "Time that the API takes for a fetch",
            effect: "Pull waits for it at every fetch; push alone never fetches.",
            example: "api.fetch_service = { exponential = \"20ms\" }";
        /// Service of a list, before its entries.
        list_service: DistributionOrZero = { exponential = "20ms" } (assumed),
            title: "Time that the API takes for a list, before its entries",
            effect: "Reconcile and watch wait for it at every list; during it a worker is taken from creates and fetches.",
            example: "api.list_service = { exponential = \"100ms\" }";
        /// Service of each entry of a list.
        list_entry_service: SpanOrZero = "10us" (assumed),
            title: "Time that the API takes for an entry of a list",
            effect: "Long tables make the lists of reconcile and watch slow, and block workers.",
            example: "api.list_entry_service = \"50us\"";
        /// One way between a client and the API.
        client_delay: DistributionOrZero = "40ms" (assumed),
            title: "Delay between client and API",
            effect: "It lies on the create's way there and back; on the way back a push that is not waited for gains this time.",
            example: "api.client_delay = \"80ms\"";
    }
}

impl ApiSection {
    /// Warns of its keys that have no effect.
    pub(super) fn warn(warner: &mut Warner<'_>) {
        let watches = warner.watches();
        if !watches && !warner.pulls(PullSection::asks_primary) {
            warner.vain("api", &["fetch_service"], "no strategy fetches from the API, and none has watch");
        }
        let lists = warner.reconciles();
        if !lists && !watches {
            warner.vain("api", &["list_service", "list_entry_service"], "no strategy has reconcile or watch");
        }
    }
}
