//! One peer: its key pair as the API, its gateway and its client know it.

use des::Time;

use super::observation::PeerView;

/// No handle.
pub(crate) const NONE: u32 = u32::MAX;

/// Numbers of devices start here, so that new peers have the same numbers with and without them.
pub(crate) const DEVICES: u32 = 1 << 30;

/// Numbers of existing peers start here, so that new peers have the same numbers with and without them.
pub(crate) const EXISTING: u32 = 1 << 31;

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
    /// Order of arrival: the instance of its draws.
    pub(crate) number: u32,
    pub(crate) gateway: u32,
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
    pub(crate) attempt: u32,
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
    pub(crate) fn new(number: u32, gateway: u32) -> Self {
        Self {
            number,
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
            attempt: NONE,
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
            | (u8::from(self.number < EXISTING) * PeerView::IN_RUN)
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
    pub(crate) fn begin(&mut self, peer: u32) {
        if self.used {
            self.begin_used(peer);
        }
    }

    fn begin_used(&mut self, peer: u32) {
        let place = peer as usize;
        if place == self.items.len() {
            self.items.push(self.fresh);
        } else {
            self.items[place] = self.fresh;
        }
    }

    /// A peer's, fresh where the mechanism is not in use.
    #[inline(always)]
    pub(crate) fn get(&self, peer: u32) -> T {
        self.items.get(peer as usize).copied().unwrap_or(self.fresh)
    }

    /// A peer's, to be changed; none where the mechanism is not in use.
    #[inline(always)]
    pub(crate) fn get_mut(&mut self, peer: u32) -> Option<&mut T> {
        self.items.get_mut(peer as usize)
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
    pub(crate) fetch: u32,
    /// End of its negative entry.
    pub(crate) negative_until: Time,
}

impl Asking {
    pub(crate) const NEW: Self = Self { fetches: 0, fetch: NONE, negative_until: Time::ZERO };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_takes_eighty_bytes() {
        assert_eq!(size_of::<Peer>(), 80);
    }
}
