//! Reconcile: each gateway lists all its peers from the API and mends what differs from its table.
//!
//! A list shows the state as of the read; it is compared with the table as of the moment that the reply arrives. Only
//! peers that may differ are looked at: each change at the API and each record that goes is noted when it happens.
//!
//! Reaches: api (`send_request`), expire (`note_heard`), fault (`http_is_cut`), gateway (`enqueue`, `is_up`), watch
//! (`note_in_watch_list`).

use des::{Duration, Time};

use super::push::{lost_by, setup_round_trips};
use crate::model::actor::api::Caller;
use crate::model::actor::gateway::{Job, Origin};
use crate::model::detail::{Detail, Parcel};
use crate::model::event::Event;
use crate::model::id::{ByGateway, GatewayId, ListSlot, PeerId, PeerSlot, Slots, Version};
use crate::model::mechanism::MechanismTraits;
use crate::model::variant::WorldVariant;
use crate::model::words::{Carrier, Loss};
use crate::model::world::{Kept, World};

/// What the other parts of the program ask of it.
pub(crate) const TRAITS: MechanismTraits =
    MechanismTraits { installs: true, persists: true, lists: true, drops: false, shown_keys: &["every"] };

/// A list under way.
#[derive(Clone, Debug)]
struct List {
    gateway: GatewayId,
    /// Which of its gateway's lists: the name of its draws.
    number: u32,
    /// Requests sent, less one.
    nth: u8,
    /// Events and requests that name it.
    refs: u32,
    over: bool,
    /// When the API read it, once it has.
    read_at: Option<Time>,
    /// What the reply shows of peers whose record differed when it was read, or has gone since.
    entries: Vec<ListEntry>,
}

/// A gateway's lists.
struct Desk {
    /// The list under way.
    current: ListSlot,
    /// Lists asked for so far.
    asked: u32,
    /// Peers whose record may differ from the API's; kept where gateways list.
    differing: Vec<PeerSlot>,
    /// Peers that the API holds.
    held: u32,
}

/// The lists of a run.
pub(crate) struct Lists {
    lists: Slots<ListSlot, List>,
    desks: ByGateway<Desk>,
}

impl Lists {
    pub(crate) fn new(gateways: u32) -> Self {
        let desk = |_| Desk { current: ListSlot::NONE, asked: 0, differing: Vec::new(), held: 0 };
        Self { lists: Slots::default(), desks: ByGateway::new((0..gateways).map(desk).collect()) }
    }

    /// The API holds one peer more of a gateway.
    pub(crate) fn peer_added(&mut self, gateway: GatewayId) {
        self.desks[gateway].held += 1;
    }

    /// The API holds one peer less of a gateway.
    pub(crate) fn peer_removed(&mut self, gateway: GatewayId) {
        self.desks[gateway].held -= 1;
    }

    /// Peers of a gateway that the API holds: the length of its list.
    pub(crate) fn length(&self, gateway: GatewayId) -> u32 {
        self.desks[gateway].held
    }
}

/// One peer in a list, which it keeps alive.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ListEntry {
    pub(crate) peer: PeerSlot,
    pub(crate) version: Version,
    pub(crate) revoked: bool,
}

impl Kept for ListSlot {
    fn keep<S: WorldVariant>(self, world: &mut World<'_, S>) {
        world.lists.lists[self].refs += 1;
    }

    fn let_go<S: WorldVariant>(self, world: &mut World<'_, S>) {
        world.lists.lists[self].refs -= 1;
        if world.lists.lists[self].refs == 0 {
            world.forget_entries(self);
            world.lists.lists.remove(self);
        }
    }
}

impl<S: WorldVariant> World<'_, S> {
    /// Schedules each gateway's first list, at a random phase.
    pub(crate) fn start_lists(&mut self) {
        let Some(reconcile) = self.reconcile() else { return };
        for gateway in GatewayId::all(self.scenario.gateways.count) {
            let phase = self.draws.list_phase.jitter(gateway, 0, reconcile.every);
            self.schedule_list(gateway, Time::ZERO + phase);
        }
    }

    fn schedule_list(&mut self, gateway: GatewayId, at: Time) {
        self.schedule(at, Event::ListDue { gateway });
    }

    /// A peer's record and the API's state may have come apart.
    #[inline(always)]
    pub(crate) fn note_difference(&mut self, peer: PeerSlot) {
        if self.lists() {
            self.keep(peer);
            let gateway = self.peers[peer].gateway();
            self.lists.desks[gateway].differing.push(peer);
        }
    }

    /// A record has gone while a list that shows its peer may be on its way back: it differs from the table now.
    pub(crate) fn note_in_list(&mut self, peer: PeerSlot) {
        self.note_in_watch_list(peer);
        if self.reconcile().is_none() {
            return;
        }
        let list = self.lists.desks[self.peers[peer].gateway()].current;
        if list == ListSlot::NONE {
            return;
        }
        let List { read_at: Some(read_at), ref entries, .. } = self.lists.lists[list] else { return };
        if let Some((version, revoked)) = self.peers.state_at(peer, read_at)
            && !revoked
            && entries.iter().all(|entry| entry.peer != peer)
        {
            self.keep(peer);
            self.lists.lists[list].entries.push(ListEntry { peer, version, revoked });
        }
    }

    pub(crate) fn list_due(&mut self, gateway: GatewayId) {
        let reconcile = self.reconcile().expect("a list reconciles");
        self.schedule_list(gateway, self.now + reconcile.every);
        let desk = &mut self.lists.desks[gateway];
        if !self.gateways[gateway].is_up() || desk.current != ListSlot::NONE {
            return;
        }
        let number = desk.asked;
        desk.asked += 1;
        let list = self.lists.lists.insert(List {
            gateway,
            number,
            nth: 0,
            refs: 1,
            over: false,
            read_at: None,
            entries: Vec::new(),
        });
        self.lists.desks[gateway].current = list;
        self.ask_for_list(list);
    }

    fn ask_for_list(&mut self, list: ListSlot) {
        let reconcile = self.reconcile().expect("a list reconciles");
        let List { gateway, nth, .. } = self.lists.lists[list];
        let index = self.list_index(list, nth);
        let deadline = self.now + reconcile.timeout;
        self.lists.lists[list].read_at = None;
        self.schedule(deadline, Event::ListTimedOut { list, nth });
        let http = &self.scenario.http;
        let cut = self.http_is_cut(gateway);
        if self.draws.list_loss.happens(gateway, index, http.failure) || cut {
            self.trace_list(gateway, Parcel::ListRequest, nth, Err(lost_by(cut)));
        } else {
            let delay = self.draws.list_delay.duration(gateway, index, &http.delay);
            self.keep(list);
            let at = self.now + delay + setup_round_trips(http.setup_rtts, delay);
            self.trace_list(gateway, Parcel::ListRequest, nth, Ok(at));
            self.send_request(Caller::List { list }, nth, at, deadline);
        }
    }

    fn trace_list(&mut self, gateway: GatewayId, parcel: Parcel, nth: u8, fate: Result<Time, Loss>) {
        let (carrier, nth) = (Carrier::Http, nth.into());
        self.trace(|_| Detail::Sent { peer: PeerId::NOBODY, gateway, parcel, carrier, nth, fate });
    }

    /// The gateway that asks for a list.
    pub(crate) fn list_gateway(&self, list: ListSlot) -> GatewayId {
        self.lists.lists[list].gateway
    }

    fn list_index(&self, list: ListSlot, nth: u8) -> u32 {
        self.lists.lists[list].number << 10 | u32::from(nth) << 1
    }

    /// The API's service of a list: its length is taken now.
    pub(crate) fn list_service(&self, list: ListSlot, nth: u8) -> Duration {
        let api = &self.scenario.api;
        let gateway = self.lists.lists[list].gateway;
        let held = self.lists.length(gateway);
        let base = self.draws.list_service.duration(gateway, self.list_index(list, nth), &api.list_service);
        base + api.list_entry_service.times(held.into())
    }

    /// Whether a list is not awaited any more.
    pub(crate) fn list_has_gone(&self, list: ListSlot) -> bool {
        self.lists.lists[list].over
    }

    /// The API has read a gateway's peers.
    pub(crate) fn answer_list(&mut self, list: ListSlot, nth: u8) {
        let List { gateway, over, nth: current, .. } = self.lists.lists[list];
        if over || nth != current {
            return;
        }
        let entries = self.read_list(gateway);
        self.forget_entries(list);
        self.lists.lists[list].entries = entries;
        self.lists.lists[list].read_at = Some(self.now);
        self.reply_to_list(list, nth, false);
    }

    /// What a list of a gateway's peers shows now, of those whose record differs.
    pub(crate) fn read_list(&mut self, gateway: GatewayId) -> Vec<ListEntry> {
        let noted = std::mem::take(&mut self.lists.desks[gateway].differing);
        let mut entries = Vec::new();
        let mut differing = Vec::new();
        for peer in noted {
            let state = &self.peers[peer];
            let (version, revoked) = (state.version(), state.is_revoked());
            if state.differs(version, revoked) {
                entries.push(ListEntry { peer, version, revoked });
                self.keep(peer);
                differing.push(peer);
            } else {
                self.let_go(peer);
            }
        }
        // A peer may have been noted more than once.
        entries.sort_by_key(|entry| entry.peer);
        for pair in entries.windows(2) {
            if pair[0].peer == pair[1].peer {
                // It was noted twice and read twice.
                self.let_go(pair[0].peer);
                self.let_go(pair[0].peer);
            }
        }
        entries.dedup_by_key(|entry| entry.peer);
        differing.sort_unstable();
        differing.dedup();
        self.lists.desks[gateway].differing = differing;
        entries
    }

    /// Sends the reply to a list back to its gateway.
    pub(crate) fn reply_to_list(&mut self, list: ListSlot, nth: u8, error: bool) {
        let gateway = self.lists.lists[list].gateway;
        let delay = self.draws.list_delay.duration(gateway, self.list_index(list, nth) | 1, &self.scenario.http.delay);
        if self.http_is_cut(gateway) {
            return self.trace_list(gateway, Parcel::ListReply { error }, nth, Err(Loss::Fault));
        }
        self.trace_list(gateway, Parcel::ListReply { error }, nth, Ok(self.now + delay));
        self.schedule(self.now + delay, Event::ListReplied { list, nth, error });
    }

    pub(crate) fn list_replied(&mut self, list: ListSlot, nth: u8, error: bool) {
        let state = &self.lists.lists[list];
        if !state.over && state.nth == nth {
            if error {
                self.list_again(list);
            } else {
                let entries = std::mem::take(&mut self.lists.lists[list].entries);
                self.mend(self.lists.lists[list].gateway, entries);
                self.end_list(list);
            }
        }
    }

    /// Installs, updates and then removes what differs from the table as of now, in order of creation.
    pub(crate) fn mend(&mut self, gateway: GatewayId, mut entries: Vec<ListEntry>) {
        entries.sort_by_key(|&ListEntry { peer, revoked, .. }| {
            (revoked, self.commit_time(peer, Version::FIRST), self.peers[peer].id())
        });
        for ListEntry { peer, version, revoked } in entries {
            if self.peers[peer].differs(version, revoked) {
                if !revoked {
                    self.note_heard(peer);
                }
                self.enqueue(gateway, Job { peer, removal: revoked, origin: Origin::List { version } });
            }
            self.let_go(peer);
        }
    }

    pub(crate) fn list_timed_out(&mut self, list: ListSlot, nth: u8) {
        let state = &self.lists.lists[list];
        if !state.over && state.nth == nth {
            self.list_again(list);
        }
    }

    /// A request brought no list: another follows at once, or the next period's.
    fn list_again(&mut self, list: ListSlot) {
        let attempts = self.reconcile().expect("a list reconciles").attempts;
        self.lists.lists[list].nth += 1;
        if u32::from(self.lists.lists[list].nth) < attempts {
            self.ask_for_list(list);
        } else {
            self.end_list(list);
        }
    }

    fn end_list(&mut self, list: ListSlot) {
        self.lists.lists[list].over = true;
        self.lists.desks[self.lists.lists[list].gateway].current = ListSlot::NONE;
        self.let_go(list);
    }

    /// A restart ends its gateway's list.
    pub(crate) fn lose_list(&mut self, gateway: GatewayId) {
        let list = self.lists.desks[gateway].current;
        if list != ListSlot::NONE {
            self.end_list(list);
        }
    }

    fn forget_entries(&mut self, list: ListSlot) {
        for entry in std::mem::take(&mut self.lists.lists[list].entries) {
            self.let_go(entry.peer);
        }
    }
}
