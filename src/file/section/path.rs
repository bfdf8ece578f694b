//! `[path]`: packets between a client and its gateway.

use super::accept::{DistributionOrZero, Probability};

section! {
    /// Packets between a client and its gateway, one way.
    PathSection means model::PacketPath {
        /// Delay of one packet.
        delay: DistributionOrZero = { lognormal = { median = "20ms", p99 = "100ms" } } (assumed),
            title: "Delay between client and gateway",
            effect: "Push answers after one round trip, pull with answer = \"initiate\" after two and the fetch.",
            example: "path.delay = { lognormal = { median = \"40ms\", p99 = \"200ms\" } }";
        /// Probability that a packet is lost.
        loss: Probability = 0.001 (assumed),
            title: "Packet loss between client and gateway",
            effect: "A lost packet stalls under every strategy. Pull with answer = \"initiate\" has more packets to lose than push.",
            example: "path.loss = 0.01";
        /// Extra time before an attempt's first initiation.
        setup: DistributionOrZero = "0s",
            title: "Time before an attempt's first initiation",
            effect: "It comes before every attempt, for all strategies alike, and gives a push that much more time to arrive.",
            example: "path.setup = \"120ms\"";
    }
}
