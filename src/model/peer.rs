//! One peer: its key pair as the API, its gateway and its client know it.

use crate::engine::Time;

/// No handle.
pub(crate) const NONE: u32 = u32::MAX;

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

/// One peer.
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
    /// Publications of the current version.
    pub(crate) publications: u16,
    /// When its version was last sent (with refreshes).
    pub(crate) last_sent: Time,
    /// Sendings so far.
    pub(crate) sendings: u32,
    /// When its refresh event fires.
    pub(crate) refresh_timer_at: Time,

    // At the gateway.
    pub(crate) record: Record,
    /// Pushes of it under way, queued, or still to be sent again.
    pub(crate) coming: u32,
    /// Installer jobs so far.
    pub(crate) jobs: u16,
    /// Fetches so far.
    pub(crate) fetches: u16,
    /// The fetch under way.
    pub(crate) fetch: u32,
    pub(crate) negative_until: Time,

    // At the client.
    pub(crate) phase: Phase,
    /// Whether its session died with the gateway.
    pub(crate) dead: bool,
    /// Attempts so far.
    pub(crate) attempts: u16,
    /// Rekeys so far.
    pub(crate) rekeys: u16,
    /// The attempt, or the rekey, under way.
    pub(crate) attempt: u32,
    /// When its next physical timer event fires.
    pub(crate) timer_at: Time,
    pub(crate) session_end: Time,
    pub(crate) next_rekey: Time,
    pub(crate) dead_at: Time,
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
    /// Whether its revocation found nothing installed, so that there is nothing to propagate.
    pub(crate) moot: bool,
    /// When its expiry event fires.
    pub(crate) expiry_timer_at: Time,
    pub(crate) version: u32,
    /// The greatest version of a removal seen.
    pub(crate) removed: u32,
    /// The greatest version that took effect.
    pub(crate) propagated: u32,
    /// When a push, refresh or fetched config last arrived.
    pub(crate) heard_at: Time,
    /// How often one has.
    pub(crate) hearings: u32,
    /// End of its last session, or its install.
    pub(crate) idle_since: Time,
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
            publications: 0,
            last_sent: Time::ZERO,
            sendings: 0,
            refresh_timer_at: Time::NEVER,
            record: Record {
                installed: false,
                saved: false,
                known: false,
                evicting: false,
                moot: false,
                expiry_timer_at: Time::NEVER,
                version: 0,
                removed: 0,
                propagated: 0,
                heard_at: Time::ZERO,
                hearings: 0,
                idle_since: Time::ZERO,
            },
            coming: 0,
            jobs: 0,
            fetches: 0,
            fetch: NONE,
            negative_until: Time::ZERO,
            phase: Phase::Creating,
            dead: false,
            attempts: 0,
            rekeys: 0,
            attempt: NONE,
            timer_at: Time::NEVER,
            session_end: Time::NEVER,
            next_rekey: Time::NEVER,
            dead_at: Time::NEVER,
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
}
