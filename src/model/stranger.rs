//! Strangers: keys that the API does not know, each knocking through the full retry schedule, never answered.
//!
//! They matter only where gateways pull: elsewhere an unknown initiation is dropped without a trace, so none is made.

use des::{RunKey, Sequence, Time};

use super::client::carries;
use super::event::Event;
use super::id::{FetchSlot, GatewayId, PeerId, StrangerId, StrangerSlot};
use super::observation::Observation;
use super::pull::Knock;
use super::purpose;
use super::setup::Setup;
use super::words::Drop;
use super::world::{Kept, World};

/// What tells the draws of a cookie from those of an initiation.
const COOKIE: u32 = 1 << 8;

/// One unknown key.
#[derive(Clone, Debug)]
pub(crate) struct Stranger {
    pub(crate) id: StrangerId,
    pub(crate) gateway: GatewayId,
    /// Initiations sent.
    sent: u8,
    /// Events and fetches that name it.
    refs: u32,
    /// The fetch under way.
    pub(crate) fetch: FetchSlot,
    /// Fetches so far.
    pub(crate) fetches: u16,
    pub(crate) negative_until: Time,
    /// When its cookie reached it.
    cookie: Time,
}

/// The process of strangers.
pub(crate) struct Strangers {
    sequence: Sequence,
    seen: u32,
    next: Time,
}

impl Strangers {
    pub(crate) fn new(key: RunKey) -> Self {
        Self { sequence: purpose::strangers(key), seen: 0, next: Time::ZERO }
    }
}

impl Kept for StrangerSlot {
    fn keep<S: Setup>(self, world: &mut World<'_, S>) {
        world.stranger_pool[self].refs += 1;
    }

    fn let_go<S: Setup>(self, world: &mut World<'_, S>) {
        let state = &mut world.stranger_pool[self];
        state.refs -= 1;
        if state.refs == 0 {
            world.stranger_pool.remove(self);
        }
    }
}

impl<S: Setup> World<'_, S> {
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
        let stranger = self.stranger_pool.insert(Stranger {
            id,
            gateway,
            sent: 0,
            refs: 0,
            fetch: FetchSlot::NONE,
            fetches: 0,
            negative_until: Time::ZERO,
            cookie: Time::NEVER,
        });
        let setup = self.draws.stranger_setup.duration(id, 0, &self.scenario.path.setup);
        self.schedule(self.now + setup, Event::StrangerDue { stranger });
        self.schedule_stranger();
    }

    pub(crate) fn stranger_due(&mut self, stranger: StrangerSlot) {
        let handshake = &self.scenario.clients.handshake;
        let state = &mut self.stranger_pool[stranger];
        let (id, nth, gateway) = (state.id, u32::from(state.sent), state.gateway);
        if nth < handshake.retry.initiations_max {
            state.sent += 1;
            let cookie = carries(state.cookie, self.now);
            let faulty = self.path_is_down(gateway);
            let lost = self.draws.stranger_loss.happens(id, nth, self.scenario.path.loss) || faulty;
            if !lost {
                let at = self.now + self.draws.stranger_delay.duration(id, nth, &self.scenario.path.delay);
                self.schedule(at, Event::StrangerKnocked { stranger, cookie });
            }
            let jitter = self.draws.stranger_jitter.jitter(id, nth, handshake.retry.jitter);
            let distribution = if nth == 0 { &handshake.retry.first } else { &handshake.retry.later };
            let due = self.now + self.draws.stranger_retry.duration(id, nth, distribution) + jitter;
            self.schedule(due, Event::StrangerDue { stranger });
        }
    }

    pub(crate) fn stranger_knocked(&mut self, stranger: StrangerSlot, cookie: bool) {
        let gateway = self.stranger_pool[stranger].gateway;
        if self.hears(gateway) {
            if self.above_limit(gateway) && !cookie {
                self.send_cookie_to_stranger(stranger);
            } else {
                self.pull_for(Knock::Stranger { stranger });
            }
        }
    }

    fn send_cookie_to_stranger(&mut self, stranger: StrangerSlot) {
        self.observe(Observation::InitiationDropped { peer: PeerId::NOBODY, reason: Drop::HandshakeLimit });
        let Stranger { id, gateway, sent, .. } = self.stranger_pool[stranger];
        let index = COOKIE | u32::from(sent);
        let path = &self.scenario.path;
        if !self.draws.stranger_loss.happens(id, index, path.loss) && !self.path_is_down(gateway) {
            let at = self.now + self.draws.stranger_delay.duration(id, index, &path.delay);
            self.stranger_pool[stranger].cookie = at;
        }
    }
}
