//! `[bus]`: the message bus between the API and the gateways.

use super::accept::{CountOrZero, DistributionOrZero, Flag, NeverOr, PositiveSpan, Probability};
use super::{Channel, PushSection, REGIONS, Struck, Transport, whole};
use crate::file::warnings::Warner;
use crate::model;

section! {
    /// The message bus between the API and the gateways.
    BusSection {
        /// One way (half the round trip from Virginia to Ireland).
        delay: DistributionOrZero = "40ms" (published REGIONS),
            title: "Message delay on the bus",
            effect: "A push that is slower than the reply to the client arrives after the first initiation and makes it stall.",
            example: "bus.delay = \"20ms\"";
        /// Probability that a message is lost, independent of all else.
        loss: Probability = 0.0,
            title: "Message loss on the bus",
            effect: "Push over core loses the config, and without retry or repair its client never connects. JetStream delivers again after ack_wait. Pull over http does not notice.",
            example: "bus.loss = 0.01";
        /// Bursts of loss on each gateway's link.
        burst: NeverOr<BurstSection> = "never",
            title: "Bursts of message loss on the bus",
            effect: "Losses in bursts defeat quick retries of push: they are sent into the same burst. Pull over http does not notice.",
            example: "bus.burst = { good = \"10m\", bad = \"3s\", loss = 0.9 }";
        /// A push that finds this many waiting or in service at the gateway is dropped.
        pending_limit: CountOrZero = 500000 (published "the default of nats.go for one subscription"),
            title: "Pushes that may wait at a gateway",
            effect: "Push over core and http-less invalidations are dropped by a gateway that is this far behind; JetStream keeps them.",
            example: "bus.pending_limit = 1000";
        /// Whether a core push that waits for an acknowledgement fails at once if its gateway is down.
        no_responders: Flag = false,
            title: "Whether the bus says that nobody is subscribed",
            effect: "Push over core with wait = \"ack\" or attempts above 1 tries again at once while a gateway restarts, and gives up sooner. NATS answers so; other brokers may not.",
            example: "bus.no_responders = true";
    }
}

section! {
    /// Bursts of loss on each gateway's link.
    BurstSection means model::Burst {
        /// Mean time in the good state.
        good: PositiveSpan,
            title: "Mean time between bursts of loss on the bus",
            effect: "The rarer the bursts, the fewer pushes are hit.",
            example: "bus.burst = { good = \"1h\", bad = \"3s\", loss = 0.9 }";
        /// Mean time in the bad state.
        bad: PositiveSpan,
            title: "Mean length of a burst of loss on the bus",
            effect: "Push with retries survives bursts that are shorter than its attempts, timeout and backoff together.",
            example: "bus.burst = { good = \"10m\", bad = \"30s\", loss = 0.9 }";
        /// Probability that a message sent in the bad state is lost.
        loss: Probability,
            title: "Message loss on the bus in a burst",
            effect: "It is added to bus.loss while the link is bad, for every message of a gateway.",
            example: "bus.burst = { good = \"10m\", bad = \"3s\", loss = 1.0 }";
    }
}

impl BusSection {
    /// What it means to the model; none where a key is wrong.
    pub(super) fn whole(&self) -> Option<model::Bus> {
        Some(model::Bus {
            delay: self.delay.clone()?,
            loss: self.loss?,
            burst: whole(self.burst.as_ref()?.0.as_ref(), BurstSection::whole)?,
            pending_limit: self.pending_limit?,
            no_responders: self.no_responders?,
        })
    }

    /// Warns of its keys that have no effect.
    pub(super) fn warn(warner: &mut Warner<'_>) {
        if !warner.uses(Channel::Bus) {
            warner.vain(
                "bus",
                &["delay", "loss", "burst", "pending_limit", "no_responders"],
                "no strategy uses the bus",
            );
        }
        let over_core = |push: &PushSection| push.transport == Some(Transport::Core);
        if warner.pushes(over_core) && warner.is("bus.pending_limit", 0) {
            warner
                .warn("bus.pending_limit", "drops every push over core, as none may wait or be in service".to_owned());
        }
        if !warner.pushes(over_core) {
            warner.vain("bus", &["pending_limit", "no_responders"], "no strategy pushes over core");
        } else if !warner.has_fault(Struck::Gateway) {
            warner.vain("bus", &["no_responders"], "no fault has target = \"gateway\"");
        } else if !warner.pushes(|push| over_core(push) && push.is_acknowledged()) {
            warner.vain("bus", &["no_responders"], "no strategy waits for the acknowledgement of a push over core");
        }
    }
}
