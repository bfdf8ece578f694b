//! Strangers: keys that the API does not know, each knocking through the full retry schedule, never answered.
//!
//! They matter only where gateways pull: elsewhere an unknown initiation is dropped without a trace, so none is made.

use des::{RunKey, Sequence, Time};

use super::client::carries;
use super::event::Event;
use super::observation::{Drop, Observation};
use super::peer::NONE;
use super::pull::Knock;
use super::purpose;
use super::setup::Setup;
use super::world::World;

/// What tells the draws of a cookie from those of an initiation.
const COOKIE: u32 = 1 << 8;

/// One unknown key.
#[derive(Clone, Debug)]
pub(crate) struct Stranger {
    /// Order of arrival: the instance of its draws.
    pub(crate) number: u32,
    pub(crate) gateway: u32,
    /// Initiations sent.
    sent: u8,
    /// Events and fetches that name it.
    refs: u32,
    /// The fetch under way.
    pub(crate) fetch: u32,
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
        let number = self.strangers.seen;
        self.strangers.seen += 1;
        let gateway = self.draws.stranger_gateway.below(number, 0, self.scenario.gateways.count);
        let stranger = self.stranger_pool.insert(Stranger {
            number,
            gateway,
            sent: 0,
            refs: 0,
            fetch: NONE,
            fetches: 0,
            negative_until: Time::ZERO,
            cookie: Time::NEVER,
        });
        let setup = self.draws.stranger_setup.duration(number, 0, &self.scenario.path.setup);
        self.schedule_for_stranger(stranger, self.now + setup, Event::StrangerDue { stranger });
        self.schedule_stranger();
    }

    fn schedule_for_stranger(&mut self, stranger: u32, time: Time, event: Event) {
        self.stranger_pool[stranger].refs += 1;
        self.schedule(time, event);
    }

    /// Keeps a stranger alive for a fetch.
    pub(crate) fn hold_stranger(&mut self, stranger: u32) {
        self.stranger_pool[stranger].refs += 1;
    }

    /// Lets go of one reference.
    pub(crate) fn release_stranger(&mut self, stranger: u32) {
        let state = &mut self.stranger_pool[stranger];
        state.refs -= 1;
        if state.refs == 0 {
            self.stranger_pool.remove(stranger);
        }
    }

    pub(crate) fn stranger_due(&mut self, stranger: u32) {
        let handshake = &self.scenario.clients.handshake;
        let state = &mut self.stranger_pool[stranger];
        let (number, nth, gateway) = (state.number, u32::from(state.sent), state.gateway);
        if nth < handshake.retry.initiations_max {
            state.sent += 1;
            let cookie = carries(state.cookie, self.now);
            let faulty = self.path_is_down(gateway);
            let lost = self.draws.stranger_loss.happens(number, nth, self.scenario.path.loss) || faulty;
            if !lost {
                let at = self.now + self.draws.stranger_delay.duration(number, nth, &self.scenario.path.delay);
                self.schedule_for_stranger(stranger, at, Event::StrangerKnocked { stranger, cookie });
            }
            let jitter = self.draws.stranger_jitter.jitter(number, nth, handshake.retry.jitter);
            let distribution = if nth == 0 { &handshake.retry.first } else { &handshake.retry.later };
            let due = self.now + self.draws.stranger_retry.duration(number, nth, distribution) + jitter;
            self.schedule_for_stranger(stranger, due, Event::StrangerDue { stranger });
        }
        self.release_stranger(stranger);
    }

    pub(crate) fn stranger_knocked(&mut self, stranger: u32, cookie: bool) {
        let gateway = self.stranger_pool[stranger].gateway;
        if self.hears(gateway) {
            if self.above_limit(gateway) && !cookie {
                self.send_cookie_to_stranger(stranger);
            } else {
                self.pull_for(Knock::Stranger { stranger });
            }
        }
        self.release_stranger(stranger);
    }

    fn send_cookie_to_stranger(&mut self, stranger: u32) {
        self.observe(Observation::InitiationDropped { peer: NONE, reason: Drop::HandshakeLimit });
        let Stranger { number, gateway, sent, .. } = self.stranger_pool[stranger];
        let index = COOKIE | u32::from(sent);
        let path = &self.scenario.path;
        if !self.draws.stranger_loss.happens(number, index, path.loss) && !self.path_is_down(gateway) {
            let at = self.now + self.draws.stranger_delay.duration(number, index, &path.delay);
            self.stranger_pool[stranger].cookie = at;
        }
    }
}
