//! One peer: the tunnel of its client and the tunnel of its gateway.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::sync::Arc;

use boringtun::noise::errors::WireGuardError;
use boringtun::noise::handshake::parse_handshake_anon;
use boringtun::noise::rate_limiter::RateLimiter;
use boringtun::noise::{Packet, Tunn, TunnResult};
use boringtun::x25519::{PublicKey, StaticSecret};
use des::{Duration, Time};
use mock_instant::MockClock;
use pushpull::model::{Detail, Drop, Leg, Observation, Parcel, PeerId};
use pushpull::story::{Fact, TapeEntry};

use crate::Preset;
use crate::tally::{Count, Disagreement, Tally};

/// How often a client of boringtun looks at its timers.
const LOOK: Duration = Duration::from_millis(250);

/// The time from an initiation to the next.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// The age at which keys are rejected.
const REJECT_AFTER: Duration = Duration::from_secs(180);

/// Any IPv4 packet without content.
const DATA: [u8; 20] = [0x45, 0, 0, 20, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2];

/// The first byte of each kind of packet of `WireGuard`.
const INITIATION: u8 = 1;
const RESPONSE: u8 = 2;
const TRANSPORT: u8 = 4;

type Bytes = Vec<u8>;

/// What a tunnel did.
enum Did {
    Nothing,
    Sent(Bytes),
    Received,
    Expired,
    Refused(String),
}

impl From<TunnResult<'_>> for Did {
    fn from(result: TunnResult<'_>) -> Self {
        match result {
            TunnResult::Done => Self::Nothing,
            TunnResult::WriteToNetwork(bytes) => Self::Sent(bytes.to_vec()),
            TunnResult::WriteToTunnelV4(..) | TunnResult::WriteToTunnelV6(..) => Self::Received,
            TunnResult::Err(WireGuardError::ConnectionExpired) => Self::Expired,
            TunnResult::Err(error) => Self::Refused(format!("{error:?}")),
        }
    }
}

impl Did {
    /// The packet, if one of this kind was sent.
    fn packet(self, kind: u8) -> Option<Bytes> {
        match self {
            Self::Sent(bytes) if bytes.first() == Some(&kind) => Some(bytes),
            Self::Sent(_) | Self::Nothing | Self::Received | Self::Expired | Self::Refused(_) => None,
        }
    }
}

/// Calls the tunnel with a buffer for what it sends.
fn with(tunnel: &mut Tunn, call: impl for<'b> FnOnce(&mut Tunn, &'b mut [u8]) -> TunnResult<'b>) -> Did {
    let mut buffer = [0; 256];
    call(tunnel, &mut buffer).into()
}

/// A packet under way.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Delivery {
    at: Time,
    /// In the order of sending.
    number: usize,
    leg: u8,
    bytes: Bytes,
    /// Whether the model says that it comes too late.
    belated: bool,
}

/// How the client's present session or attempt began.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
#[expect(clippy::struct_excessive_bools, reason = "facts of the handshake that vary independently")]
struct Ways {
    /// It has a session.
    session: bool,
    /// The gateway had initiated it.
    inverted: bool,
    /// The client has answered an initiation of the gateway since its own latest.
    answered: bool,
    /// The attempt began as a rekey.
    from_rekey: bool,
    /// A rekey is under way.
    rekeys: bool,
}

#[expect(clippy::struct_excessive_bools, reason = "facts of the handshake that vary independently")]
struct Pair<'a> {
    peer: PeerId,
    preset: Preset,
    lose_installs: bool,
    tally: &'a mut Tally,
    keys: [StaticSecret; 2],
    client: Option<Tunn>,
    gateway: Option<Tunn>,
    now: Time,
    /// The end of the client's last look at its timers.
    looked: Time,
    /// The initiation that the tunnel sent one look before the model.
    early: Option<Bytes>,
    /// Whether the tunnel gave up, and when.
    expired: Option<Time>,
    /// Initiations by kind and number, the latest of each.
    initiations: BTreeMap<(bool, u32), Bytes>,
    /// What a delivery at this instant made a tunnel send.
    reply: Option<Bytes>,
    under_way: BinaryHeap<Reverse<Delivery>>,
    number: usize,
    /// When the client accepted new keys of which the model has not yet spoken.
    accepted: Option<(Time, Leg)>,
    /// Whether the model has said that the next response answers a rekey.
    expects_rekey: bool,
    ways: Ways,
    /// When the client sent its latest initiation, until it has new keys.
    initiated: Option<Time>,
    /// When the client's present keys were made.
    keys_at: Time,
    /// Whether the application has data for the next look.
    has_data: bool,
    /// Whether a known difference has parted the two.
    parted: bool,
}

/// Follows one peer through its tape.
pub(crate) fn drive(peer: PeerId, tape: &[TapeEntry], preset: Preset, lose_installs: bool, tally: &mut Tally) {
    tally.peers += 1;
    MockClock::set_time(std::time::Duration::ZERO);
    let secret = |end: u8| {
        let mut bytes = [end; 32];
        bytes[..4].copy_from_slice(&peer.get().to_le_bytes());
        StaticSecret::from(bytes)
    };
    let mut pair = Pair {
        peer,
        preset,
        lose_installs,
        tally,
        keys: [secret(1), secret(2)],
        client: None,
        gateway: None,
        now: Time::ZERO,
        looked: Time::ZERO,
        early: None,
        expired: None,
        initiations: BTreeMap::new(),
        reply: None,
        under_way: BinaryHeap::new(),
        number: 0,
        accepted: None,
        expects_rekey: false,
        ways: Ways::default(),
        initiated: None,
        keys_at: Time::ZERO,
        has_data: false,
        parted: false,
    };
    for (place, entry) in tape.iter().enumerate() {
        while let Some(delivery) = pair.due(entry.at) {
            pair.proceed(delivery.at, tape, place);
            pair.deliver(&delivery);
            if pair.parted {
                return;
            }
        }
        pair.proceed(entry.at, tape, place);
        let follows = tape.get(place + 1).map(|next| (next.at, next.fact));
        pair.fact(&entry.fact, follows);
        if pair.parted {
            return;
        }
    }
}

/// Whether the client acts of its own accord.
fn is_timed(fact: &Fact) -> bool {
    match fact {
        // A revoked client ends its session instead of a rekey.
        Fact::Detailed(
            Detail::Sent { parcel: Parcel::Packet { leg: Leg::Initiation, .. }, .. } | Detail::RekeyFailed { .. },
        )
        | Fact::Observed(Observation::SessionEnded { .. }) => true,
        Fact::Observed(Observation::AttemptEnded(end)) => !end.connected,
        Fact::Observed(_) | Fact::Detailed(_) => false,
    }
}

/// Whether the model's client stops waiting for an answer: it has new keys, or has answered itself.
fn is_answer(fact: &Fact) -> bool {
    match fact {
        Fact::Detailed(
            Detail::Sent { parcel: Parcel::Packet { leg: Leg::Acceptance, .. }, .. } | Detail::RekeyAnswered { .. },
        ) => true,
        Fact::Observed(Observation::AttemptEnded(end)) => end.connected,
        Fact::Observed(_) | Fact::Detailed(_) => false,
    }
}

impl Pair<'_> {
    fn new_tunnel(&self, own: usize) -> Tunn {
        let secret = self.keys[own].clone();
        // The limiter checks packets with the key of their receiver.
        let limiter = Arc::new(RateLimiter::new(&PublicKey::from(&secret), u64::MAX));
        let other = PublicKey::from(&self.keys[1 - own]);
        Tunn::new(secret, other, None, None, u32::try_from(own).expect("0 or 1") + 1, Some(limiter))
    }

    fn disagree(&mut self, what: impl Into<String>) {
        self.tally.disagreements.push(Disagreement { peer: self.peer, at: self.now, what: what.into() });
        // What follows would disagree for the same reason.
        self.parted = true;
    }

    /// The next packet that arrives by `end`.
    fn due(&mut self, end: Time) -> Option<Delivery> {
        let is_due = self.under_way.peek().is_some_and(|Reverse(first)| first.at <= end);
        if is_due { self.under_way.pop().map(|Reverse(delivery)| delivery) } else { None }
    }

    fn set(&mut self, now: Time) {
        self.now = now;
        MockClock::set_time(std::time::Duration::from_nanos(now.as_nanos()));
    }

    /// Moves the clock to `at`. On the way the client looks at its timers, every 250 ms counted back from its next
    /// act in the model.
    fn proceed(&mut self, at: Time, tape: &[TapeEntry], place: usize) {
        if at > self.now {
            self.judge_acceptance();
        }
        if self.preset == Preset::Boringtun && self.client.is_some() {
            let rest = &tape[place..];
            let act = rest.iter().position(|entry| is_timed(&entry.fact));
            // Where the present exchange is answered first, at no look within its 5 to 5.25 s was the timer over.
            let answered =
                self.expects_rekey || rest[..act.unwrap_or(rest.len())].iter().any(|entry| is_answer(&entry.fact));
            let patient = self.initiated.filter(|_| answered).map(|at| at + RETRY_AFTER);
            // Without an act its looks are at any time.
            let (act, kind) = act.map_or((at, None), |act| (rest[act].at, Some(rest[act].fact)));
            let grid = LOOK.as_nanos();
            loop {
                let ahead = act.as_nanos().saturating_sub(self.looked.as_nanos());
                let Some(steps) = ahead.checked_sub(1).map(|ahead| ahead / grid) else { break };
                let look = Time::from_nanos(act.as_nanos() - steps * grid);
                // The look at the act itself belongs to the act.
                if look >= act || look > at {
                    break;
                }
                self.set(look);
                self.looked = look;
                if patient.is_none_or(|end| look < end) {
                    self.look(steps, kind.as_ref());
                }
                if self.parted {
                    return;
                }
            }
        }
        self.set(at);
    }

    /// The client looks at its timers, `left` looks before its next act in the model.
    fn look(&mut self, left: u64, act: Option<&Fact>) {
        let client = self.client.as_mut().expect("who looks is there");
        let rejects = matches!(act, Some(Fact::Detailed(Detail::RekeyFailed { .. })))
            && self.now + LOOK + LOOK >= self.keys_at + REJECT_AFTER;
        match with(client, Tunn::update_timers) {
            Did::Sent(bytes) if bytes[0] == INITIATION => {
                let initiates = matches!(
                    act,
                    Some(Fact::Detailed(Detail::Sent { .. }) | Fact::Observed(Observation::SessionEnded { .. }))
                );
                if left == 1 && initiates && self.early.is_none() {
                    self.early = Some(bytes);
                } else if self.expired.is_none() {
                    self.disagree(format!("the tunnel initiates {left} looks before the model acts"));
                }
            }
            Did::Expired => {
                if self.ways.from_rekey || (left == 1 && !rejects) {
                    self.expired = self.expired.or(Some(self.now));
                } else if self.expired.is_none() {
                    self.disagree(format!("the tunnel gives up {left} looks before the model acts"));
                }
            }
            Did::Sent(_) | Did::Nothing | Did::Received => {}
            Did::Refused(error) => self.disagree(format!("a look at the timers brings {error}")),
        }
        if self.has_data {
            self.exchange_data();
        }
        if rejects && left == 2 && !self.ways.inverted {
            let client = self.client.as_mut().expect("who looks is there");
            if with(client, |tunnel, buffer| tunnel.encapsulate(&DATA, buffer)).packet(TRANSPORT).is_none() {
                self.disagree("the keys are rejected before 180 s");
            }
        }
    }

    /// Data goes there and back with the client's present keys, if its gateway has the peer.
    fn exchange_data(&mut self) {
        let (Some(client), Some(gateway)) = (&mut self.client, &mut self.gateway) else { return };
        self.has_data = false;
        let send =
            |tunnel: &mut Tunn| with(tunnel, |tunnel, buffer| tunnel.encapsulate(&DATA, buffer)).packet(TRANSPORT);
        let take = |tunnel: &mut Tunn, bytes: &[u8]| {
            matches!(with(tunnel, |tunnel, buffer| tunnel.decapsulate(None, bytes, buffer)), Did::Received)
        };
        let there = send(client).is_some_and(|bytes| take(gateway, &bytes));
        if there && send(gateway).is_some_and(|bytes| take(client, &bytes)) {
            self.tally.add(Count::Data);
        } else {
            self.disagree("no data passes with the new keys");
        }
    }

    fn deliver(&mut self, delivery: &Delivery) {
        self.reply = None;
        let bytes = &delivery.bytes;
        let take = |tunnel: &mut Option<Tunn>| {
            tunnel.as_mut().map(|tunnel| with(tunnel, |tunnel, buffer| tunnel.decapsulate(None, bytes, buffer)))
        };
        match Leg::ALL[usize::from(delivery.leg)] {
            // The model says below whether its gateway hears it.
            Leg::Initiation | Leg::Cookie => {}
            Leg::Response => match take(&mut self.client) {
                Some(Did::Sent(_)) if delivery.belated => {
                    self.tally.add(Count::AcceptedLate);
                    self.parted = true;
                }
                Some(Did::Sent(_)) => {
                    self.tally.add(Count::Accepted);
                    self.keys_made(Leg::Response);
                }
                Some(_) if delivery.belated => self.tally.add(Count::Refused),
                Some(Did::Refused(error)) => self.disagree(format!("the client refuses a response: {error}")),
                Some(Did::Nothing | Did::Received | Did::Expired) => self.disagree("the client ignores a response"),
                None => {}
            },
            Leg::Invitation => match take(&mut self.client) {
                Some(Did::Sent(_)) if self.ways.session && !self.ways.rekeys => {
                    self.ways.inverted = true;
                    self.tally.add(Count::Crossed);
                }
                Some(Did::Sent(reply)) => self.reply = Some(reply),
                Some(_) => self.disagree("the client does not answer the gateway's initiation"),
                None => {}
            },
            Leg::Acceptance => match take(&mut self.gateway) {
                Some(Did::Sent(reply)) => self.reply = Some(reply),
                Some(_) => self.disagree("the gateway refuses the client's response"),
                None => {}
            },
            Leg::Confirmation => match take(&mut self.client) {
                Some(Did::Nothing) => self.keys_made(Leg::Confirmation),
                Some(_) => self.disagree("the client does not take the gateway's confirmation"),
                None => {}
            },
        }
    }

    fn keys_made(&mut self, leg: Leg) {
        if std::mem::take(&mut self.expects_rekey) {
            self.begin_session(leg);
        } else {
            self.accepted = Some((self.now, leg));
        }
    }

    fn begin_session(&mut self, leg: Leg) {
        let inverted = leg == Leg::Confirmation;
        if inverted {
            self.tally.add(Count::Inverted);
        }
        self.ways = Ways { session: true, inverted, ..Ways::default() };
        self.keys_at = self.now;
        self.initiated = None;
        self.early = None;
        self.expired = None;
        self.has_data = true;
        if self.preset == Preset::Linux {
            self.exchange_data();
        }
    }

    /// Time goes on: what the client has accepted must be what the model accepted.
    fn judge_acceptance(&mut self) {
        match self.accepted.take() {
            Some(_) if self.ways.session && !self.ways.rekeys => self.tally.add(Count::Crossed),
            Some((_, leg)) => self.disagree(format!("the client accepts a {}, the model does not", leg.word())),
            None => {}
        }
    }

    fn fact(&mut self, fact: &Fact, follows: Option<(Time, Fact)>) {
        match *fact {
            Fact::Observed(Observation::PeerChanged { before, after, .. })
                if before.installed() != after.installed() =>
            {
                let is_held = after.installed() && !self.lose_installs;
                self.gateway = is_held.then(|| self.new_tunnel(1));
                // A session ends with its gateway's tunnel.
                self.has_data = false;
            }
            Fact::Observed(Observation::InitiationDropped { reason, .. }) => self.initiation_dropped(reason),
            Fact::Observed(Observation::AttemptEnded(end)) if end.connected => match self.accepted.take() {
                Some((_, leg)) => self.begin_session(leg),
                None => self.disagree("the model's client is connected, the tunnel is not"),
            },
            Fact::Observed(Observation::AttemptEnded(_)) => self.gave_up(),
            Fact::Observed(Observation::SessionEnded { .. }) => self.client = None,
            Fact::Detailed(Detail::RekeyAnswered { .. }) => {
                self.tally.add(Count::Rekeyed);
                match self.accepted.take() {
                    Some((_, leg)) => self.begin_session(leg),
                    None => self.expects_rekey = true,
                }
            }
            Fact::Detailed(Detail::RekeyFailed { .. }) => self.rejected(),
            Fact::Detailed(Detail::Sent { parcel: Parcel::Packet { leg, rekey }, nth, fate, .. }) => {
                let Some(bytes) = self.sent(leg, rekey, nth) else { return };
                let belated =
                    matches!(follows, Some((at, Fact::Detailed(Detail::ResponseBelated { .. }))) if at == self.now);
                if let Ok(at) = fate {
                    self.number += 1;
                    let leg = Leg::ALL.iter().position(|each| *each == leg).expect("all are listed");
                    let leg = u8::try_from(leg).expect("few");
                    self.under_way.push(Reverse(Delivery { at, number: self.number, leg, bytes, belated }));
                }
            }
            Fact::Observed(_) | Fact::Detailed(_) => {}
        }
    }

    fn initiation_dropped(&mut self, reason: Drop) {
        if reason == Drop::NotInstalled {
            if self.gateway.is_some() {
                self.disagree("the gateway knows a peer that the model's does not");
            } else {
                self.tally.add(Count::Stranger);
            }
        }
    }

    /// The packet that the model sends now, from a tunnel; none if the tunnels have parted from the model.
    fn sent(&mut self, leg: Leg, rekey: bool, nth: u32) -> Option<Bytes> {
        let bytes = match leg {
            Leg::Initiation => {
                let bytes = self.initiate(rekey);
                self.initiations.extend(bytes.clone().map(|bytes| ((rekey, nth), bytes)));
                bytes
            }
            Leg::Response => {
                let bytes = self.respond(rekey, nth);
                self.tally.add(Count::Answered);
                bytes
            }
            Leg::Invitation => self.gateway.as_mut().and_then(|gateway| {
                with(gateway, |tunnel, buffer| tunnel.format_handshake_initiation(buffer, true)).packet(INITIATION)
            }),
            Leg::Acceptance => {
                self.ways.answered = true;
                self.reply.take().filter(|bytes| bytes[0] == RESPONSE)
            }
            Leg::Confirmation => {
                self.tally.add(Count::Confirmed);
                self.reply.take().filter(|bytes| bytes[0] == TRANSPORT)
            }
            Leg::Cookie => None,
        };
        if bytes.is_none() && !self.parted {
            self.disagree(format!("the model sends a {}, the tunnel does not", leg.word()));
        }
        bytes
    }

    /// The gateway identifies who initiated, finds its tunnel, and answers.
    fn respond(&mut self, rekey: bool, nth: u32) -> Option<Bytes> {
        let initiation = self.initiations.get(&(rekey, nth))?;
        let Ok(Packet::HandshakeInit(packet)) = Tunn::parse_incoming_packet(initiation) else { return None };
        let [client, own] = &self.keys;
        let who = parse_handshake_anon(own, &PublicKey::from(own), &packet).ok()?;
        if who.peer_static_public != PublicKey::from(client).to_bytes() {
            return None;
        }
        let gateway = self.gateway.as_mut()?;
        with(gateway, |tunnel, buffer| tunnel.decapsulate(None, initiation, buffer)).packet(RESPONSE)
    }

    /// The client initiates: by its own timers if it has them.
    fn initiate(&mut self, rekey: bool) -> Option<Bytes> {
        self.tally.add(Count::Initiated);
        self.ways.rekeys |= rekey;
        self.initiated = Some(self.now);
        let is_new = self.client.is_none();
        if is_new {
            self.looked = self.now;
            self.client = Some(self.new_tunnel(0));
        }
        let found_dead = self.ways.session && !rekey;
        let ways = self.ways;
        if found_dead {
            self.ways.session = false;
        }
        let told = is_new || self.preset == Preset::Linux;
        if !told {
            if let Some(bytes) = self.early.take() {
                self.tally.add(Count::InitiatedOneLookBefore);
                self.looked = self.now;
                self.ways.answered = false;
                return Some(bytes);
            }
            self.looked = self.now;
            let client = self.client.as_mut()?;
            match with(client, Tunn::update_timers) {
                Did::Sent(bytes) if bytes[0] == INITIATION => {
                    self.ways.answered = false;
                    return Some(bytes);
                }
                Did::Expired if ways.from_rekey => self.expired = Some(self.now),
                Did::Expired => return None,
                Did::Sent(_) | Did::Nothing | Did::Received | Did::Refused(_) => {}
            }
            let with_data = with(client, |tunnel, buffer| tunnel.encapsulate(&DATA, buffer)).packet(INITIATION);
            if let Some(bytes) = with_data {
                if ways.from_rekey && self.expired.take().is_some() {
                    self.tally.add(Count::CountRestarted);
                } else {
                    self.tally.add(Count::InitiatedWithData);
                }
                self.ways.answered = false;
                return Some(bytes);
            }
            if !(ways.inverted || found_dead || ways.answered) {
                return None;
            }
            self.tally.add(Count::InitiatedWhenTold);
        }
        self.ways.answered = false;
        let client = self.client.as_mut()?;
        with(client, |tunnel, buffer| tunnel.format_handshake_initiation(buffer, true)).packet(INITIATION)
    }

    /// The keys are too old.
    fn rejected(&mut self) {
        // Else the session was found dead after its gateway went down.
        let by_age = !self.ways.inverted && self.now >= self.keys_at + REJECT_AFTER;
        self.ways = Ways { from_rekey: true, ..Ways::default() };
        if self.preset == Preset::Boringtun && by_age {
            let Some(client) = &mut self.client else { return };
            self.looked = self.now;
            // The model rejects keys that are 180 s old, boringtun those that are older.
            MockClock::advance(std::time::Duration::from_nanos(1));
            let repeated = with(client, Tunn::update_timers).packet(INITIATION);
            let data = with(client, |tunnel, buffer| tunnel.encapsulate(&DATA, buffer));
            if data.packet(TRANSPORT).is_some() {
                self.disagree("the keys are still used at 180 s");
            } else {
                self.tally.add(Count::Rejected);
            }
            self.early = self.early.take().or(repeated);
        }
    }

    /// The model's client has failed.
    fn gave_up(&mut self) {
        if self.preset == Preset::Linux || self.ways.from_rekey {
            self.client = None;
            return self.tally.add(Count::GaveUp);
        }
        let Some(client) = &mut self.client else { return self.disagree("the model gives up, and there is no tunnel") };
        if self.expired.take().is_some() {
            self.tally.add(Count::GaveUpOneLookBefore);
        } else if matches!(with(client, Tunn::update_timers), Did::Expired) || self.ways.answered {
            self.tally.add(Count::GaveUp);
        } else {
            self.disagree("the model gives up, the tunnel goes on");
        }
        self.client = None;
    }
}
