//! One peer: its key pair as the API, its gateway and its client know it.

use std::ops::{Index, IndexMut};

use des::Time;

use super::id::{AttemptSlot, GatewayId, PeerId, PeerSlot, Slots};
use super::observation::PeerView;
use super::scenario::Scenario;

/// What a peer's client is doing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Phase {
    /// Waiting for the reply to its create.
    Creating,
    /// Sending initiations.
    Connecting,
    /// In session.
    Connected,
    /// Between two sessions.
    Away,
    /// Left for good.
    Gone,
}

/// One peer: the state that every mechanism needs. State that a single mechanism needs lies in side tables ([`Beside`]).
#[derive(Clone, Debug)]
pub(crate) struct Peer {
    pub(crate) id: PeerId,
    pub(crate) gateway: GatewayId,
    /// References: events, messages and jobs.
    pub(crate) refs: u32,

    // At the API.
    /// Current version; 0: not created.
    pub(crate) version: u32,
    /// When it was committed.
    pub(crate) committed: Time,
    pub(crate) revoked: bool,
    /// Whether its revocation found nothing installed, so that there is nothing to propagate.
    pub(crate) never_installed: bool,
    /// Publications of the current version.
    pub(crate) publications: u16,

    // At the gateway.
    pub(crate) record: PeerRecord,
    /// Pushes of it under way, queued, or still to be sent again.
    pub(crate) coming: u32,
    /// Installer jobs so far.
    pub(crate) jobs: u16,

    // At the client.
    pub(crate) phase: Phase,
    /// Whether its session died with the gateway.
    pub(crate) dead: bool,
    /// Attempts so far, modulo 2^15.
    pub(crate) attempts: u16,
    /// Rekeys so far, modulo 2^15.
    pub(crate) rekeys: u16,
    /// The attempt, or the rekey, under way.
    pub(crate) attempt: AttemptSlot,
    /// When its next physical timer event fires.
    pub(crate) timer_at: Time,
    pub(crate) session_end: Time,
    /// When its session's keys were made.
    pub(crate) keys_from: Time,
}

/// A peer's record in its gateway's table.
#[expect(clippy::struct_excessive_bools, reason = "independent facts, read one at a time")]
#[derive(Clone, Debug)]
pub(crate) struct PeerRecord {
    pub(crate) installed: bool,
    /// Whether a table that is being reloaded holds it.
    pub(crate) saved: bool,
    /// Whether it was installed before.
    pub(crate) known: bool,
    /// Whether a job to evict it is queued.
    pub(crate) evicting: bool,
    pub(crate) version: u32,
    /// The greatest version that took effect.
    pub(crate) propagated: u32,
}

impl Peer {
    pub(crate) fn new(id: PeerId, gateway: GatewayId) -> Self {
        Self {
            id,
            gateway,
            refs: 0,
            version: 0,
            committed: Time::ZERO,
            revoked: false,
            never_installed: false,
            publications: 0,
            record: PeerRecord {
                installed: false,
                saved: false,
                known: false,
                evicting: false,
                version: 0,
                propagated: 0,
            },
            coming: 0,
            jobs: 0,
            phase: Phase::Creating,
            dead: false,
            attempts: 0,
            rekeys: 0,
            attempt: AttemptSlot::NONE,
            timer_at: Time::NEVER,
            session_end: Time::NEVER,
            keys_from: Time::ZERO,
        }
    }

    /// Whether the gateway holds a session of it.
    pub(crate) fn in_session(&self) -> bool {
        self.phase == Phase::Connected && !self.dead
    }

    /// Created, not revoked, not abandoned.
    pub(crate) fn live(&self) -> bool {
        self.version > 0 && !self.revoked && self.phase != Phase::Gone
    }

    /// Whether its record is held and its version superseded.
    #[inline(always)]
    pub(crate) fn stale(&self) -> bool {
        self.record.installed && self.record.version < self.version
    }

    /// Whether it matters when it was revoked, or when its record's version was superseded.
    #[inline(always)]
    pub(crate) fn has_timestamps(&self) -> bool {
        self.revoked || self.stale()
    }

    /// The flags of what levels see of it.
    #[inline(always)]
    pub(crate) fn flags(&self) -> u8 {
        (u8::from(self.record.installed) * PeerView::INSTALLED)
            | (u8::from(self.id.has_client()) * PeerView::IN_RUN)
            | (u8::from(self.phase != Phase::Gone) * PeerView::HAS_CLIENT)
            | (u8::from(self.live()) * PeerView::LIVE)
    }
}

/// A side table: state that one mechanism needs for each peer, by the peer's slot; empty unless the mechanism is used.
pub(crate) struct Beside<T> {
    fresh: T,
    items: Vec<T>,
    used: bool,
}

impl<T: Copy> Beside<T> {
    /// A table with `fresh` for each new peer, or an empty one if it is not `used`.
    pub(crate) fn new(used: bool, fresh: T) -> Self {
        Self { fresh, items: Vec::new(), used }
    }

    /// Whether the mechanism is in use.
    #[inline(always)]
    pub(crate) fn is_used(&self) -> bool {
        self.used
    }

    /// A peer begins under this handle.
    #[inline(always)]
    pub(crate) fn begin(&mut self, peer: PeerSlot) {
        if self.used {
            self.begin_used(peer);
        }
    }

    fn begin_used(&mut self, peer: PeerSlot) {
        let place = peer.index();
        if place == self.items.len() {
            self.items.push(self.fresh);
        } else {
            self.items[place] = self.fresh;
        }
    }

    /// The state of a peer; fresh if the mechanism is not used.
    #[inline(always)]
    pub(crate) fn get(&self, peer: PeerSlot) -> T {
        self.items.get(peer.index()).copied().unwrap_or(self.fresh)
    }

    /// The state of a peer, to be changed; none if the mechanism is not used.
    #[inline(always)]
    pub(crate) fn get_mut(&mut self, peer: PeerSlot) -> Option<&mut T> {
        self.items.get_mut(peer.index())
    }
}

/// Commit times of the versions of new peers and devices; nothing where no mechanism asks for old ones.
struct Commits {
    used: bool,
    /// By peer: the time of version 1, then of version 2, and so on.
    times: Vec<Vec<Time>>,
}

impl Commits {
    fn new(used: bool) -> Self {
        Self { used, times: Vec::new() }
    }

    /// A peer begins under this slot.
    #[inline(always)]
    fn begin(&mut self, peer: PeerSlot) {
        if self.used {
            let place = peer.index();
            if place == self.times.len() {
                self.times.push(Vec::new());
            } else {
                self.times[place].clear();
            }
        }
    }

    /// The API commits the next version of a peer.
    #[inline(always)]
    fn push(&mut self, peer: PeerSlot, id: PeerId, now: Time) {
        if self.used && id.has_client() {
            self.times[peer.index()].push(now);
        }
    }

    /// When `version` was committed.
    fn time_of(&self, peer: PeerSlot, version: u32) -> Time {
        self.times[peer.index()][version as usize - 1]
    }

    /// Versions committed until `then`; none where none are remembered.
    fn until(&self, peer: PeerSlot, then: Time) -> Option<u32> {
        let times = self.times.get(peer.index())?;
        Some(u32::try_from(times.partition_point(|&commit| commit <= then)).expect("versions fit"))
    }
}

/// The table of peers.
pub(crate) struct Peers {
    table: Slots<PeerSlot, Peer>,
    commits: Commits,
    /// Whether a mechanism looks at every peer that the API holds, again and again.
    api_sends_again: bool,
    /// Whether records leave tables only because the API removes their peers.
    records_stay: bool,
}

impl Peers {
    /// `remembers`: whether commit times of old versions are asked for.
    pub(crate) fn new(scenario: &Scenario, remembers: bool) -> Self {
        let strategy = &scenario.strategy;
        Self {
            table: Slots::default(),
            commits: Commits::new(remembers),
            api_sends_again: strategy.sends_again(),
            records_stay: !strategy.has(|traits| traits.drops) && !scenario.restarts(),
        }
    }

    /// Adds a peer; `dated`: its commit times may be asked for.
    #[inline(always)]
    pub(crate) fn insert(&mut self, peer: Peer, dated: bool) -> PeerSlot {
        let slot = self.table.insert(peer);
        if dated {
            self.commits.begin(slot);
        }
        slot
    }

    /// Gives a peer's place back.
    #[inline(always)]
    pub(crate) fn remove(&mut self, peer: PeerSlot) {
        self.table.remove(peer);
    }

    /// Every place so far; those given back still show their last peer.
    pub(crate) fn all(&self) -> impl Iterator<Item = PeerSlot> + use<> {
        self.table.all()
    }

    /// Notes that the API commits the next version of a peer.
    #[inline(always)]
    pub(crate) fn note_commit(&mut self, peer: PeerSlot, now: Time) {
        self.commits.push(peer, self.table[peer].id, now);
    }

    /// When an old version was committed.
    pub(crate) fn old_commit(&self, peer: PeerSlot, version: u32) -> Time {
        self.commits.time_of(peer, version)
    }

    /// A peer's version at the API at a past instant and whether it was revoked then; none: it was not created yet.
    pub(crate) fn state_at(&self, peer: PeerSlot, then: Time) -> Option<(u32, bool)> {
        let state = &self.table[peer];
        let version = if state.version > 0 && state.committed <= then {
            state.version
        } else {
            self.commits.until(peer, then)?
        };
        let revoked = state.revoked && version == state.version;
        (version > 0).then_some((version, revoked))
    }

    /// Whether nothing can ask any more for a peer that is gone and that nothing refers to.
    ///
    /// A record that nothing can touch any more stays in the levels, which need no peer for it.
    #[inline(always)]
    pub(crate) fn is_over(&self, peer: PeerSlot, is_fetching: bool) -> bool {
        let state = &self.table[peer];
        let record = &state.record;
        let over = !is_fetching && !record.saved;
        let remembered = self.api_sends_again && state.version > 0 && !state.revoked;
        let inert = self.records_stay && record.version == state.version;
        over && !remembered && (inert || !record.installed)
    }
}

impl Index<PeerSlot> for Peers {
    type Output = Peer;
    #[inline(always)]
    fn index(&self, peer: PeerSlot) -> &Peer {
        &self.table[peer]
    }
}

impl IndexMut<PeerSlot> for Peers {
    #[inline(always)]
    fn index_mut(&mut self, peer: PeerSlot) -> &mut Peer {
        &mut self.table[peer]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_takes_eighty_bytes() {
        assert_eq!(size_of::<Peer>(), 80);
    }
}
