//! `[http]`: requests between the API and the gateways.

use super::accept::{CountOf, DistributionOrZero, Probability};
use super::{Channel, REGIONS};
use crate::file::warnings::Warner;

section! {
    /// Requests between the API and the gateways.
    HttpSection means model::Http {
        /// One way (half the round trip from Virginia to Ireland).
        delay: DistributionOrZero = "40ms" (published REGIONS),
            title: "Delay of HTTP between API and gateways",
            effect: "A fetch takes two of them, and so does a push over http with its acknowledgement; an event of a watch takes one.",
            example: "http.delay = { uniform = [\"40ms\", \"115ms\"] }";
        /// Probability that a request is lost, so that its caller times out.
        failure: Probability = 0.0001 (assumed),
            title: "HTTP requests lost",
            effect: "Pull waits for its timeout and asks again, within its attempts; reconcile misses a list. Nothing is lost on an open watch.",
            example: "http.failure = 0.01";
        /// Extra round trips per request: 0 kept alive, 2 fresh TCP and TLS.
        setup_rtts: CountOf<0, 100> = 0,
            title: "Round trips to set up an HTTP request",
            effect: "Each adds two delays to every fetch, list and push over http.",
            example: "http.setup_rtts = 2";
    }
}

impl HttpSection {
    /// Warns of its keys that have no effect.
    pub(super) fn warn(warner: &mut Warner<'_>) {
        if !warner.uses(Channel::Http) {
            warner.vain("http", &["delay", "failure", "setup_rtts"], "no strategy uses http");
        }
    }
}
