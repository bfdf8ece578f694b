//! One peer: its key pair as the API, its gateway and its client know it.

use std::ops::{Index, IndexMut};

use des::Time;

use super::event::Exchange;
use super::id::{AttemptSlot, GatewayId, PeerId, PeerSlot, Slots, Version};
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
///
/// Its fields are private. A method says what happens to the peer, so the calls of a file say what the file changes.
#[derive(Clone, Debug)]
pub(crate) struct Peer {
    id: PeerId,
    gateway: GatewayId,
    /// References: events, messages and jobs.
    refs: u32,

    // At the API.
    /// Current version.
    version: Version,
    /// When it was committed.
    committed: Time,
    revoked: bool,
    /// Whether its revocation found nothing installed, so that there is nothing to propagate.
    never_installed: bool,
    /// Publications of the current version.
    publications: u16,

    // At the gateway.
    record: PeerRecord,
    /// Pushes of it under way, queued, or still to be sent again.
    coming: u32,
    /// Installer jobs so far.
    jobs: u16,

    // At the client.
    phase: Phase,
    /// Whether its session died with the gateway.
    dead: bool,
    /// Attempts so far, modulo 2^15.
    attempts: u16,
    /// Rekeys so far, modulo 2^15.
    rekeys: u16,
    /// The attempt, or the rekey, under way.
    attempt: AttemptSlot,
    /// When its next physical timer event fires.
    timer_at: Time,
    session_end: Time,
    /// When its session's keys were made.
    keys_from: Time,
}

/// A peer's record in its gateway's table.
#[expect(clippy::struct_excessive_bools, reason = "independent facts, read one at a time")]
#[derive(Clone, Debug)]
struct PeerRecord {
    installed: bool,
    /// Whether a table that is being reloaded holds it.
    saved: bool,
    /// Whether it was installed before.
    known: bool,
    /// Whether a job to evict it is queued.
    evicting: bool,
    version: Version,
    /// The greatest version that took effect.
    propagated: Version,
}

/// Its names, and who refers to it.
impl Peer {
    /// A new peer, whose client asks for it in `attempt`.
    pub(crate) fn arriving(id: PeerId, gateway: GatewayId, attempt: AttemptSlot) -> Self {
        Self {
            id,
            gateway,
            refs: 0,
            version: Version::NONE,
            committed: Time::ZERO,
            revoked: false,
            never_installed: false,
            publications: 0,
            record: PeerRecord {
                installed: false,
                saved: false,
                known: false,
                evicting: false,
                version: Version::NONE,
                propagated: Version::NONE,
            },
            coming: 0,
            jobs: 0,
            phase: Phase::Creating,
            dead: false,
            attempts: 0,
            rekeys: 0,
            attempt,
            timer_at: Time::NEVER,
            session_end: Time::NEVER,
            keys_from: Time::ZERO,
        }
    }

    /// A peer that exists at time 0, with a client that comes later (`Phase::Away`) or with none (`Phase::Gone`).
    ///
    /// It was created before the run, so the propagation of its first version is not measured.
    pub(crate) fn existing(id: PeerId, gateway: GatewayId, phase: Phase) -> Self {
        let mut peer = Self::arriving(id, gateway, AttemptSlot::NONE);
        peer.phase = phase;
        peer.version = Version::FIRST;
        peer.record.propagated = Version::FIRST;
        peer
    }

    #[inline(always)]
    pub(crate) fn id(&self) -> PeerId {
        self.id
    }

    #[inline(always)]
    pub(crate) fn gateway(&self) -> GatewayId {
        self.gateway
    }

    /// Its number and its gateway.
    #[inline(always)]
    pub(crate) fn names(&self) -> (PeerId, GatewayId) {
        (self.id, self.gateway)
    }

    /// Something refers to it.
    #[inline(always)]
    pub(crate) fn keep(&mut self) {
        self.refs += 1;
    }

    /// Something refers to it no more.
    #[inline(always)]
    pub(crate) fn let_go(&mut self) {
        self.refs -= 1;
    }

    /// Whether its client has left for good and nothing refers to it.
    #[inline(always)]
    pub(crate) fn is_unused(&self) -> bool {
        self.refs == 0 && self.phase == Phase::Gone
    }
}

/// At the API.
impl Peer {
    /// Its current version.
    #[inline(always)]
    pub(crate) fn version(&self) -> Version {
        self.version
    }

    #[inline(always)]
    pub(crate) fn is_created(&self) -> bool {
        self.version != Version::NONE
    }

    #[inline(always)]
    pub(crate) fn is_revoked(&self) -> bool {
        self.revoked
    }

    /// When its current version was committed.
    #[inline(always)]
    pub(crate) fn committed(&self) -> Time {
        self.committed
    }

    /// The API commits its next version.
    #[inline(always)]
    pub(crate) fn commit(&mut self, now: Time) {
        self.version = self.version.next();
        self.committed = now;
        self.publications = 0;
    }

    /// The API deletes it, which is a version too. A client that is between two sessions does not return.
    #[inline(always)]
    pub(crate) fn revoke(&mut self, now: Time) {
        self.never_installed = !self.is_in_table();
        self.commit(now);
        self.revoked = true;
        if self.phase == Phase::Away {
            self.phase = Phase::Gone;
        }
    }

    /// The version that takes effect when the record of a revoked peer is removed: the revocation, or the one before it
    /// if the revocation found nothing installed.
    pub(crate) fn version_to_remove(&self) -> Version {
        if self.never_installed { self.version.before() } else { self.version }
    }

    /// Publications of its current version so far.
    #[inline(always)]
    pub(crate) fn publications(&self) -> u16 {
        self.publications
    }

    /// Its current version is published once more. Returns the publications of that version before this one.
    #[inline(always)]
    pub(crate) fn publish(&mut self) -> u16 {
        let before = self.publications;
        self.publications = before.wrapping_add(1);
        before
    }
}

/// At the gateway.
impl Peer {
    /// Whether its gateway's table holds its record.
    #[inline(always)]
    pub(crate) fn is_installed(&self) -> bool {
        self.record.installed
    }

    /// Whether its record is installed, or saved for a restart.
    #[inline(always)]
    pub(crate) fn is_in_table(&self) -> bool {
        self.record.installed || self.record.saved
    }

    /// Whether its record was installed at some time.
    #[inline(always)]
    pub(crate) fn was_installed(&self) -> bool {
        self.record.known
    }

    /// The version that its record carries, or carried last.
    #[inline(always)]
    pub(crate) fn installed_version(&self) -> Version {
        self.record.version
    }

    /// Whether its record is held and older than `version`.
    #[inline(always)]
    pub(crate) fn is_older_than(&self, version: Version) -> bool {
        self.record.installed && self.record.version < version
    }

    /// Whether its record is not what it has to be for a peer with `version`, or for one that is `revoked`.
    #[inline(always)]
    pub(crate) fn differs(&self, version: Version, revoked: bool) -> bool {
        if revoked { self.record.installed } else { !self.record.installed || self.record.version < version }
    }

    /// Its record takes its place in the table.
    #[inline(always)]
    pub(crate) fn install(&mut self, version: Version) {
        self.record.installed = true;
        self.record.known = true;
        self.record.version = version;
    }

    /// Its record leaves the table.
    #[inline(always)]
    pub(crate) fn remove(&mut self) {
        self.record.installed = false;
    }

    /// Every version up to `version` has taken effect. Returns the last that had before; none: `version` had.
    #[inline(always)]
    pub(crate) fn take_effect(&mut self, version: Version) -> Option<Version> {
        let before = self.record.propagated;
        if before >= version {
            return None;
        }
        self.record.propagated = version;
        Some(before)
    }

    /// Its gateway goes down: its record is read again from a table that `persists`.
    pub(crate) fn save(&mut self, persists: bool) {
        self.record.saved = persists;
    }

    /// Whether its record is saved for a restart.
    #[inline(always)]
    pub(crate) fn is_saved(&self) -> bool {
        self.record.saved
    }

    /// Its gateway has read the saved table. Returns the version of its record there, if it has one.
    pub(crate) fn reload(&mut self) -> Option<Version> {
        std::mem::take(&mut self.record.saved).then_some(self.record.version)
    }

    /// Whether a job to evict its record can be queued: it is held, not in session, and no such job is queued.
    #[inline(always)]
    pub(crate) fn is_evictable(&self) -> bool {
        self.record.installed && !self.record.evicting && !self.in_session()
    }

    /// A job to evict its record is queued, or is no more.
    #[inline(always)]
    pub(crate) fn set_evicting(&mut self, evicting: bool) {
        self.record.evicting = evicting;
    }

    /// Whether a push of it is under way, queued, or still to be sent again.
    #[inline(always)]
    pub(crate) fn has_push_coming(&self) -> bool {
        self.coming > 0
    }

    /// One push more of it is coming.
    #[inline(always)]
    pub(crate) fn push_comes(&mut self) {
        self.coming += 1;
    }

    /// A push of it has been served, is lost, or is not sent again.
    #[inline(always)]
    pub(crate) fn push_ends(&mut self) {
        self.coming -= 1;
    }

    /// The installer begins a job of it. Returns the jobs before this one.
    #[inline(always)]
    pub(crate) fn begin_job(&mut self) -> u16 {
        let before = self.jobs;
        self.jobs = before.wrapping_add(1);
        before
    }
}

/// At the client.
impl Peer {
    /// What its client is doing.
    #[inline(always)]
    pub(crate) fn phase(&self) -> Phase {
        self.phase
    }

    /// The attempt, or the rekey, under way; [`AttemptSlot::NONE`] if there is none.
    #[inline(always)]
    pub(crate) fn attempt(&self) -> AttemptSlot {
        self.attempt
    }

    /// The number of its latest attempt, modulo 2^15.
    #[inline(always)]
    pub(crate) fn attempts(&self) -> u16 {
        self.attempts
    }

    /// The number of its latest rekey, modulo 2^15.
    #[inline(always)]
    pub(crate) fn rekeys(&self) -> u16 {
        self.rekeys
    }

    /// When its session ends as planned.
    #[inline(always)]
    pub(crate) fn session_end(&self) -> Time {
        self.session_end
    }

    /// When its session's keys were made.
    #[inline(always)]
    pub(crate) fn keys_from(&self) -> Time {
        self.keys_from
    }

    /// Whether its session died with the gateway.
    #[inline(always)]
    pub(crate) fn is_dead(&self) -> bool {
        self.dead
    }

    /// The API has answered its create: the client begins to connect.
    #[inline(always)]
    pub(crate) fn connect(&mut self) {
        self.phase = Phase::Connecting;
    }

    /// The client begins an attempt that is not its first.
    pub(crate) fn begin_attempt(&mut self, attempt: AttemptSlot) {
        self.attempt = attempt;
        self.phase = Phase::Connecting;
    }

    /// The handshake of an attempt begins. Returns the attempt's number.
    #[inline(always)]
    pub(crate) fn begin_handshake(&mut self) -> u16 {
        self.attempts = Exchange::next(self.attempts);
        self.attempts
    }

    /// The client begins a rekey.
    pub(crate) fn begin_rekey(&mut self, attempt: AttemptSlot) {
        self.rekeys = Exchange::next(self.rekeys);
        self.attempt = attempt;
    }

    /// The client finds its session dead: the rekey under way becomes an attempt.
    pub(crate) fn rekey_becomes_attempt(&mut self) {
        self.phase = Phase::Connecting;
        self.attempts = Exchange::next(self.attempts);
    }

    /// The attempt, or the rekey, under way is over. Returns it.
    #[inline(always)]
    pub(crate) fn end_attempt(&mut self) -> AttemptSlot {
        std::mem::replace(&mut self.attempt, AttemptSlot::NONE)
    }

    /// The client has a session, with new keys, until `end`.
    #[inline(always)]
    pub(crate) fn establish(&mut self, now: Time, end: Time) {
        self.phase = Phase::Connected;
        self.session_end = end;
        self.keys_from = now;
        self.dead = false;
    }

    /// Its session has new keys, which count from `at`.
    #[inline(always)]
    pub(crate) fn renew_keys(&mut self, at: Time) {
        self.keys_from = at;
    }

    /// Its session dies with the gateway.
    pub(crate) fn die(&mut self) {
        self.dead = true;
    }

    /// The gateway, which has restarted, has a session of it again.
    pub(crate) fn revive(&mut self) {
        self.dead = false;
    }

    /// The client is between two sessions.
    #[inline(always)]
    pub(crate) fn go_away(&mut self) {
        self.phase = Phase::Away;
    }

    /// The client leaves for good.
    #[inline(always)]
    pub(crate) fn leave(&mut self) {
        self.phase = Phase::Gone;
    }

    /// Sets the timer to `deadline` unless it fires before. Returns whether it was set.
    #[inline(always)]
    pub(crate) fn set_timer(&mut self, deadline: Time) -> bool {
        let sooner = deadline < self.timer_at;
        if sooner {
            self.timer_at = deadline;
        }
        sooner
    }

    /// A timer event fires. Returns whether it is the one that the timer is set to; the timer is unset then.
    #[inline(always)]
    pub(crate) fn timer_fires(&mut self, now: Time) -> bool {
        let set = self.timer_at == now;
        if set {
            self.timer_at = Time::NEVER;
        }
        set
    }

    /// Whether the gateway holds a session of it.
    #[inline(always)]
    pub(crate) fn in_session(&self) -> bool {
        self.phase == Phase::Connected && !self.dead
    }
}

/// What is measured of it.
impl Peer {
    /// Created, not revoked, not abandoned.
    pub(crate) fn live(&self) -> bool {
        self.is_created() && !self.revoked && self.phase != Phase::Gone
    }

    /// Whether its record is held and its version superseded.
    #[inline(always)]
    pub(crate) fn stale(&self) -> bool {
        self.is_older_than(self.version)
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
    fn time_of(&self, peer: PeerSlot, version: Version) -> Time {
        self.times[peer.index()][version.index() - 1]
    }

    /// The latest version that was committed until `then`; none where none are remembered.
    fn until(&self, peer: PeerSlot, then: Time) -> Option<Version> {
        let times = self.times.get(peer.index())?;
        let count = times.partition_point(|&commit| commit <= then);
        Some(Version::new(u32::try_from(count).expect("versions fit")))
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
    pub(crate) fn old_commit(&self, peer: PeerSlot, version: Version) -> Time {
        self.commits.time_of(peer, version)
    }

    /// A peer's version at the API at a past instant and whether it was revoked then; none: it was not created yet.
    pub(crate) fn state_at(&self, peer: PeerSlot, then: Time) -> Option<(Version, bool)> {
        let state = &self.table[peer];
        let version = if state.is_created() && state.committed <= then {
            state.version
        } else {
            self.commits.until(peer, then)?
        };
        let revoked = state.revoked && version == state.version;
        (version != Version::NONE).then_some((version, revoked))
    }

    /// Whether nothing can ask any more for a peer that is gone and that nothing refers to.
    ///
    /// A record that nothing can touch any more stays in the levels, which need no peer for it.
    #[inline(always)]
    pub(crate) fn is_over(&self, peer: PeerSlot, is_fetching: bool) -> bool {
        let state = &self.table[peer];
        let record = &state.record;
        let over = !is_fetching && !record.saved;
        let remembered = self.api_sends_again && state.is_created() && !state.revoked;
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
