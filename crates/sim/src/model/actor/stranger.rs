//! Strangers: keys that the API does not know. Each sends initiations through the full retry schedule and is never
//! answered.
//!
//! Strangers matter only if gateways pull. Other gateways drop unknown initiations without any effect, so none is made.
//!
//! Reaches: fault (`path_is_down`), gateway (`above_limit`), pull (`pull_for`).

use des::{RunKey, Sequence, Time};

use super::client::carries;
use crate::model::draws;
use crate::model::event::Event;
use crate::model::id::{GatewayId, PeerId, Slots, StrangerId, StrangerSlot};
use crate::model::mechanism::pull::{Asking, MissedInitiation};
use crate::model::observation::Observation;
use crate::model::variant::WorldVariant;
use crate::model::words::Drop;
use crate::model::world::{Kept, World};

/// The bit of the index that separates the draws of a cookie from those of an initiation.
const COOKIE: u32 = 1 << 8;

/// One unknown key.
#[derive(Clone, Debug)]
struct Stranger {
    id: StrangerId,
    gateway: GatewayId,
    /// Initiations sent.
    sent: u8,
    /// References: events and fetches.
    refs: u32,
    /// What its gateway does about it.
    asking: Asking,
    /// When its cookie reached it.
    cookie: Time,
}

/// The process of strangers.
pub(crate) struct Strangers {
    sequence: Sequence,
    seen: u32,
    next: Time,
    pool: Slots<StrangerSlot, Stranger>,
}

impl Strangers {
    pub(crate) fn new(key: RunKey) -> Self {
        Self { sequence: draws::strangers(key), seen: 0, next: Time::ZERO, pool: Slots::default() }
    }

    /// The gateway that a stranger tries.
    pub(crate) fn gateway(&self, stranger: StrangerSlot) -> GatewayId {
        self.pool[stranger].gateway
    }

    /// The number that names a stranger's draws.
    pub(crate) fn id(&self, stranger: StrangerSlot) -> StrangerId {
        self.pool[stranger].id
    }

    /// What a stranger's gateway does about it.
    pub(crate) fn asking(&mut self, stranger: StrangerSlot) -> &mut Asking {
        &mut self.pool[stranger].asking
    }

    /// Every place so far; those given back still show their last stranger.
    pub(crate) fn all(&self) -> impl Iterator<Item = StrangerSlot> + use<> {
        self.pool.all()
    }
}

impl Kept for StrangerSlot {
    fn keep<S: WorldVariant>(self, world: &mut World<'_, S>) {
        world.strangers.pool[self].refs += 1;
    }

    fn let_go<S: WorldVariant>(self, world: &mut World<'_, S>) {
        let state = &mut world.strangers.pool[self];
        state.refs -= 1;
        if state.refs == 0 {
            world.strangers.pool.remove(self);
        }
    }
}

impl<S: WorldVariant> World<'_, S> {
    /// Schedules the first stranger.
    pub(crate) fn start_strangers(&mut self) {
        if self.scenario.clients.strangers > 0.0 && self.pull().is_some() {
            self.schedule_stranger();
        }
    }

    fn schedule_stranger(&mut self) {
        let gap = self.strangers.sequence.exponential(1.0 / self.scenario.clients.strangers);
        self.strangers.next = self.strangers.next + gap;
        self.schedule(self.strangers.next, Event::StrangerArrived);
    }

    pub(crate) fn stranger_arrived(&mut self) {
        let id = StrangerId::new(self.strangers.seen);
        self.strangers.seen += 1;
        let gateway = GatewayId::of(self.draws.stranger_gateway.below(id, 0, self.scenario.gateways.count));
        let stranger = self.strangers.pool.insert(Stranger {
            id,
            gateway,
            sent: 0,
            refs: 0,
            asking: Asking::NEW,
            cookie: Time::NEVER,
        });
        let setup = self.draws.stranger_setup.duration(id, 0, &self.scenario.path.setup);
        self.schedule(self.now + setup, Event::StrangerDue { stranger });
        self.schedule_stranger();
    }

    pub(crate) fn stranger_due(&mut self, stranger: StrangerSlot) {
        let handshake = &self.scenario.clients.handshake;
        let state = &mut self.strangers.pool[stranger];
        let (id, nth, gateway) = (state.id, u32::from(state.sent), state.gateway);
        if nth < handshake.retry.initiations_max {
            state.sent += 1;
            let cookie = carries(state.cookie, self.now);
            let faulty = self.path_is_down(gateway);
            let lost = self.draws.stranger_loss.happens(id, nth, self.scenario.path.loss) || faulty;
            if !lost {
                let at = self.now + self.draws.stranger_delay.duration(id, nth, &self.scenario.path.delay);
                self.schedule(at, Event::StrangerInitiationArrived { stranger, cookie });
            }
            let jitter = self.draws.stranger_jitter.jitter(id, nth, handshake.retry.jitter);
            let distribution = if nth == 0 { &handshake.retry.first } else { &handshake.retry.later };
            let due = self.now + self.draws.stranger_retry.duration(id, nth, distribution) + jitter;
            self.schedule(due, Event::StrangerDue { stranger });
        }
    }

    pub(crate) fn stranger_initiation_arrived(&mut self, stranger: StrangerSlot, cookie: bool) {
        let gateway = self.strangers.pool[stranger].gateway;
        if self.is_up(gateway) {
            if self.above_limit(gateway) && !cookie {
                self.send_cookie_to_stranger(stranger);
            } else {
                self.pull_for(MissedInitiation::Stranger { stranger });
            }
        }
    }

    fn send_cookie_to_stranger(&mut self, stranger: StrangerSlot) {
        self.observe(Observation::InitiationDropped { peer: PeerId::NOBODY, reason: Drop::HandshakeLimit });
        let Stranger { id, gateway, sent, .. } = self.strangers.pool[stranger];
        let index = COOKIE | u32::from(sent);
        let path = &self.scenario.path;
        if !self.draws.stranger_loss.happens(id, index, path.loss) && !self.path_is_down(gateway) {
            let at = self.now + self.draws.stranger_delay.duration(id, index, &path.delay);
            self.strangers.pool[stranger].cookie = at;
        }
    }
}
