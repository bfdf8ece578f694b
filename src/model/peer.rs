//! One peer: its key pair as the API, its gateway and its client know it.

use des::Time;

use super::id::{AttemptSlot, FetchSlot, GatewayId, PeerId, PeerSlot};
use super::observation::PeerView;

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
    /// Never to be seen again.
    Gone,
}

/// One peer: what every mechanism needs of it. The rest lies beside it, see [`Beside`].
#[derive(Clone, Debug)]
pub(crate) struct Peer {
    pub(crate) id: PeerId,
    pub(crate) gateway: GatewayId,
    /// Events, messages and jobs that name it.
    pub(crate) refs: u32,

    // At the API.
    /// Current version; 0: not created.
    pub(crate) version: u32,
    /// When it was committed.
    pub(crate) committed: Time,
    pub(crate) revoked: bool,
    /// Whether its revocation found nothing installed, so that there is nothing to propagate.
    pub(crate) moot: bool,
    /// Publications of the current version.
    pub(crate) publications: u16,

    // At the gateway.
    pub(crate) record: Record,
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
pub(crate) struct Record {
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
            moot: false,
            publications: 0,
            record: Record { installed: false, saved: false, known: false, evicting: false, version: 0, propagated: 0 },
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
    pub(crate) fn dated(&self) -> bool {
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

/// What one mechanism needs of each peer, under the peers' handles; nothing where the mechanism is not in use.
pub(crate) struct Beside<T> {
    fresh: T,
    items: Vec<T>,
    used: bool,
}

impl<T: Copy> Beside<T> {
    /// `fresh` of each peer, or nothing at all if it is not `used`.
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

    /// A peer's, fresh where the mechanism is not in use.
    #[inline(always)]
    pub(crate) fn get(&self, peer: PeerSlot) -> T {
        self.items.get(peer.index()).copied().unwrap_or(self.fresh)
    }

    /// A peer's, to be changed; none where the mechanism is not in use.
    #[inline(always)]
    pub(crate) fn get_mut(&mut self, peer: PeerSlot) -> Option<&mut T> {
        self.items.get_mut(peer.index())
    }
}

/// Commit times of the versions of new peers and devices; nothing where no mechanism asks for old ones.
pub(crate) struct Commits {
    used: bool,
    /// By peer: the time of version 1, then of version 2, and so on.
    times: Vec<Vec<Time>>,
}

impl Commits {
    pub(crate) fn new(used: bool) -> Self {
        Self { used, times: Vec::new() }
    }

    /// A peer begins under this slot.
    #[inline(always)]
    pub(crate) fn begin(&mut self, peer: PeerSlot) {
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
    pub(crate) fn push(&mut self, peer: PeerSlot, id: PeerId, now: Time) {
        if self.used && id.has_client() {
            self.times[peer.index()].push(now);
        }
    }

    /// When `version` was committed.
    pub(crate) fn time_of(&self, peer: PeerSlot, version: u32) -> Time {
        self.times[peer.index()][version as usize - 1]
    }

    /// Versions committed until `then`; none where none are remembered.
    pub(crate) fn until(&self, peer: PeerSlot, then: Time) -> Option<u32> {
        let times = self.times.get(peer.index())?;
        Some(u32::try_from(times.partition_point(|&commit| commit <= then)).expect("versions fit"))
    }
}

/// Soft state: when a peer's version was last sent.
#[derive(Clone, Copy)]
pub(crate) struct Refresh {
    /// With refreshes.
    pub(crate) last_sent: Time,
    /// Sendings so far.
    pub(crate) sendings: u32,
    /// When its refresh event fires.
    pub(crate) timer_at: Time,
}

impl Refresh {
    pub(crate) const NEW: Self = Self { last_sent: Time::ZERO, sendings: 0, timer_at: Time::NEVER };
}

/// Expiry: when a gateway last heard of a peer.
#[derive(Clone, Copy)]
pub(crate) struct Hearing {
    /// When a push, refresh or fetched config last arrived.
    pub(crate) at: Time,
    /// How often one has.
    pub(crate) count: u32,
    /// When the record's expiry event fires.
    pub(crate) timer_at: Time,
}

impl Hearing {
    pub(crate) const NEW: Self = Self { at: Time::ZERO, count: 0, timer_at: Time::NEVER };
}

/// Pull: what a gateway does about a peer.
#[derive(Clone, Copy)]
pub(crate) struct Asking {
    /// Fetches so far.
    pub(crate) fetches: u16,
    /// The fetch under way.
    pub(crate) fetch: FetchSlot,
    /// End of its negative entry.
    pub(crate) negative_until: Time,
}

impl Asking {
    pub(crate) const NEW: Self = Self { fetches: 0, fetch: FetchSlot::NONE, negative_until: Time::ZERO };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_takes_eighty_bytes() {
        assert_eq!(size_of::<Peer>(), 80);
    }
}
