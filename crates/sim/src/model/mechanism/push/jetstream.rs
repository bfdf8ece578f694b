//! Push over `JetStream`: the bus stores a publication and delivers it until it is acknowledged.
//!
//! A publication is never lost on its way to the stream. Each delivery is a message like any other, and its
//! acknowledgement is awaited from its sending on. The publications of a gateway that is down are delivered when the
//! gateway is up again.
//!
//! Reaches: bus (`send_to_stream`).

use crate::model::detail::Detail;
use crate::model::event::Event;
use crate::model::id::{GatewayId, PublicationSlot};
use crate::model::scenario::PushTransport;
use crate::model::variant::WorldVariant;
use crate::model::world::World;

use super::{Publication, sending};

impl<S: WorldVariant> World<'_, S> {
    pub(crate) fn publish_to_stream(&mut self, publication: PublicationSlot) {
        let Publication { peer, first_index, .. } = self.pushes.publications[publication];
        let (id, gateway) = self.peers[peer].names();
        let at = self.send_to_stream(gateway, id, first_index);
        self.note_sending(peer);
        self.schedule(at, Event::PublicationStored { publication });
    }

    pub(crate) fn publication_stored(&mut self, publication: PublicationSlot) {
        self.trace(|world| {
            let Publication { peer, version, .. } = world.pushes.publications[publication];
            Detail::PublicationStored { peer: world.peers[peer].id(), version }
        });
        if self.waits_for_acknowledgement() {
            let Publication { peer, first_index, .. } = self.pushes.publications[publication];
            let (id, gateway) = self.peers[peer].names();
            let at = self.send_to_stream(gateway, id, first_index | 1);
            self.schedule(at, Event::PublicationAcknowledged { publication });
        }
        self.deliver(publication);
    }

    pub(crate) fn publication_acknowledged(&mut self, publication: PublicationSlot) {
        self.tell_waiter(publication, false);
    }

    /// Sends a stored publication to its gateway, or keeps it until the gateway is up.
    pub(crate) fn deliver(&mut self, publication: PublicationSlot) {
        let Publication { peer, version, .. } = self.pushes.publications[publication];
        let (id, gateway) = self.peers[peer].names();
        if !self.is_up(gateway) {
            self.trace(|_| Detail::PublicationHeld { peer: id, version });
            self.keep(publication);
            self.pushes.inboxes[gateway].held.push(publication);
            return;
        }
        let PushTransport::Jetstream { waits, max_deliver } = self.transport() else {
            unreachable!("the stream delivers")
        };
        let again = self.pushes.publications[publication].sends > 0;
        let index = self.count_sending(publication);
        let sends = self.pushes.publications[publication].sends;
        if *max_deliver != 0 && sends >= *max_deliver {
            self.set_hopeful(publication, false);
        }
        self.send_push_message(publication, peer, index, again);
        let wait = waits[(sends as usize - 1).min(waits.len() - 1)];
        let nth = sending(sends);
        self.schedule(self.now + wait, Event::PushTimedOut { publication, nth });
    }

    /// A delivery was not acknowledged: it is made again, unless `max_deliver` is reached.
    pub(crate) fn redeliver(&mut self, publication: PublicationSlot, max_deliver: u32) {
        if max_deliver != 0 && self.pushes.publications[publication].sends >= max_deliver {
            self.end_publication(publication, false);
        } else {
            self.deliver(publication);
        }
    }

    /// A gateway is up again: the publications that the stream kept for it are delivered.
    pub(crate) fn deliver_held(&mut self, gateway: GatewayId) {
        for publication in std::mem::take(&mut self.pushes.inboxes[gateway].held) {
            if !self.pushes.publications[publication].over {
                self.deliver(publication);
            }
            self.let_go(publication);
        }
    }
}
