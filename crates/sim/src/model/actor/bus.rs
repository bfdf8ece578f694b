//! The message bus between the API and the gateways: what becomes of a message is decided when it is sent.
//!
//! Every message that concerns a gateway crosses that gateway's link, whatever its direction. A fault overrules chance:
//! it drops the message, or holds it until the fault ends. Then independent loss is looked at, then the link's state.

use crate::model::detail::{Detail, Parcel};
use crate::model::draws;
use crate::model::id::{ByGateway, GatewayId, PeerId};
use crate::model::observation::Observation;
use crate::model::scenario::{Burst, BusEffect, Scenario};
use crate::model::variant::WorldVariant;
use crate::model::words::{Carrier, Loss, MessageKind};
use crate::model::world::World;
use des::{Distribution, Draws, RunKey, Sequence, Time};

/// The state of one gateway's link.
struct Link {
    sequence: Sequence,
    bad: bool,
    /// When the state changes.
    until: Time,
    /// When the last of the drop faults in force ends.
    dropping_until: Time,
    /// When the last of the delay faults in force ends.
    held_until: Time,
}

impl Link {
    fn new(key: RunKey, gateway: GatewayId, burst: Option<&Burst>) -> Self {
        let mut link = Self {
            sequence: draws::link(key, gateway),
            bad: false,
            until: Time::NEVER,
            dropping_until: Time::ZERO,
            held_until: Time::ZERO,
        };
        if let Some(burst) = burst {
            let (good, bad) = (burst.good.as_secs_f64(), burst.bad.as_secs_f64());
            link.bad = link.sequence.uniform() * (good + bad) < bad;
            link.until = Time::ZERO;
            link.sojourn(burst);
        }
        link
    }

    fn sojourn(&mut self, burst: &Burst) {
        let mean = if self.bad { burst.bad } else { burst.good };
        self.until = self.until + self.sequence.exponential(mean.as_secs_f64());
    }

    /// Whether the link is in its bad state at `now`; calls must not go back in time.
    fn is_bad(&mut self, now: Time, burst: &Burst) -> bool {
        while self.until <= now {
            self.bad = !self.bad;
            self.sojourn(burst);
        }
        self.bad
    }
}

/// The draws of one message (loss, loss in a burst, delay), and their instance and index.
#[derive(Clone, Copy)]
pub(crate) struct MessageDraws {
    pub(crate) loss: Draws,
    pub(crate) burst: Draws,
    pub(crate) delay: Draws,
    pub(crate) instance: u32,
    pub(crate) index: u32,
}

/// How a message may be lost by chance.
#[derive(Clone, Copy)]
struct Chances<'a> {
    /// Probability of independent loss.
    loss: f64,
    /// The link's bursts of loss, if it has any.
    burst: Option<&'a Burst>,
}

/// The bus of a run: the link of each gateway.
pub(crate) struct BusActor {
    links: ByGateway<Link>,
}

impl BusActor {
    pub(crate) fn new(key: RunKey, scenario: &Scenario) -> Self {
        let burst = scenario.bus.burst.as_ref();
        let links = GatewayId::all(scenario.gateways.count).map(|gateway| Link::new(key, gateway, burst));
        Self { links: ByGateway::new(links.collect()) }
    }

    /// A fault disturbs the link of a gateway until `end`.
    pub(crate) fn disturb(&mut self, gateway: GatewayId, effect: BusEffect, end: Time) {
        let link = &mut self.links[gateway];
        let until = match effect {
            BusEffect::Drop => &mut link.dropping_until,
            BusEffect::Delay => &mut link.held_until,
        };
        *until = end.max(*until);
    }

    /// What becomes of a message sent `now` on the link of a gateway: when it arrives, or why it does not.
    ///
    /// `chances`: how messages are lost. `faults`: whether faults of the bus are possible.
    #[inline(always)]
    fn send(
        &mut self,
        gateway: GatewayId,
        now: Time,
        draws: MessageDraws,
        delay: &Distribution,
        chances: Chances<'_>,
        faults: bool,
    ) -> Result<Time, Loss> {
        let MessageDraws { instance, index, .. } = draws;
        let link = &mut self.links[gateway];
        if faults && now < link.dropping_until {
            return Err(Loss::Fault);
        }
        if draws.loss.happens(instance, index, chances.loss) {
            return Err(Loss::Random);
        }
        if let Some(burst) = chances.burst
            && link.is_bad(now, burst)
            && draws.burst.happens(instance, index, burst.loss)
        {
            return Err(Loss::Burst);
        }
        let departure = if faults { now.max(link.held_until) } else { now };
        Ok(departure + draws.delay.duration(instance, index, delay))
    }

    /// When a message between the API and the stream leaves that is sent `now`: it waits for the end of a fault.
    fn departure_to_stream(&self, gateway: GatewayId, now: Time) -> Time {
        let link = &self.links[gateway];
        now.max(link.held_until).max(link.dropping_until)
    }
}

impl<S: WorldVariant> World<'_, S> {
    /// Sends a message that concerns `gateway` and `peer`; none: it is lost. `again`: a redelivery.
    #[inline(always)]
    pub(crate) fn send_message(
        &mut self,
        gateway: GatewayId,
        peer: PeerId,
        kind: MessageKind,
        again: bool,
        draws: MessageDraws,
    ) -> Option<Time> {
        self.observe(Observation::MessageSent { peer, kind, again });
        let chances = Chances { loss: self.message_loss(peer, kind), burst: self.burst() };
        let fate = self.bus.send(gateway, self.now, draws, &self.scenario.bus.delay, chances, S::MORE);
        if let Err(loss) = fate {
            let counted = self.counted();
            self.observe(Observation::MessageLost { peer, kind, loss, counted });
        }
        self.trace_message(gateway, peer, Parcel::Message(kind), fate);
        fate.ok()
    }

    /// Sends a message between the API and the stream: it is never lost, and waits for the end of a fault.
    pub(crate) fn send_to_stream(&mut self, gateway: GatewayId, peer: PeerId, index: u32) -> Time {
        self.observe(Observation::MessageSent { peer, kind: MessageKind::Publication, again: false });
        let arrival = self.bus.departure_to_stream(gateway, self.now)
            + self.draws.publish_delay.duration(peer, index, &self.scenario.bus.delay);
        let parcel = if index & 1 == 0 { Parcel::Message(MessageKind::Publication) } else { Parcel::Stored };
        self.trace_message(gateway, peer, parcel, Ok(arrival));
        arrival
    }

    fn trace_message(&mut self, gateway: GatewayId, peer: PeerId, parcel: Parcel, fate: Result<Time, Loss>) {
        self.trace(|_| Detail::Sent { peer, gateway, parcel, carrier: Carrier::Bus, nth: 0, fate });
    }
}
