//! Converts a story's facts to the rows of a diagram: one for each parcel sent, one for each of its effects.

use super::sheet::{Drawing, SheetRow};
use crate::model::{
    AttemptKind, BusEffect, Carrier, Detail, FaultId, FetchEnd, JobKind, Leg, Loss, MessageKind, Observation, Parcel,
    Party, RequestKind, Scenario, Target, Version,
};
use crate::story::{Fact, Story, TapeEntry, length};
use des::{Duration, Time};

/// The rows of a story.
pub(super) fn rows(story: &Story, scenario: &Scenario) -> Vec<SheetRow> {
    let mut builder = Builder { story, scenario, rows: Vec::new(), now: Time::ZERO, state: RowWriter::default() };
    let answered = answered_rekeys(&story.entries);
    for (entry, skip) in story.entries.iter().zip(answered) {
        builder.now = entry.at;
        match entry.fact {
            Fact::Detailed(Detail::RekeyAnswered { .. }) => builder.state.rekeys += 1,
            _ if skip => {}
            Fact::Observed(observation) => builder.observed(observation),
            Fact::Detailed(detail) => builder.detailed(detail),
        }
    }
    builder.rows
}

/// For each entry, whether it belongs to a rekey that was answered.
fn answered_rekeys(entries: &[TapeEntry]) -> Vec<bool> {
    let mut skip = vec![false; entries.len()];
    let mut open: Vec<usize> = Vec::new();
    for (index, entry) in entries.iter().enumerate() {
        match entry.fact {
            Fact::Detailed(
                Detail::Sent { parcel: Parcel::Packet { rekey: true, .. }, .. }
                | Detail::InitiationArrived { rekey: true, .. },
            ) => open.push(index),
            Fact::Detailed(Detail::RekeyAnswered { .. }) => open.drain(..).for_each(|index| skip[index] = true),
            Fact::Detailed(Detail::RekeyFailed { .. }) => open.clear(),
            _ => {}
        }
    }
    skip
}

struct Builder<'a> {
    story: &'a Story,
    scenario: &'a Scenario,
    rows: Vec<SheetRow>,
    now: Time,
    state: RowWriter,
}

/// Values of earlier facts that later rows mention.
#[derive(Default)]
struct RowWriter {
    /// Version, removal flag and number of the push about to be sent.
    push: Option<(Version, bool, u32)>,
    /// Start of the last service.
    service: Time,
    /// Duration of the last service, until a row mentions it.
    served: Option<Duration>,
    /// Time at which the last job was queued.
    queued: Option<Time>,
    /// Answered rekeys that no row has mentioned yet.
    rekeys: u32,
}

impl Builder<'_> {
    fn push(&mut self, drawing: Drawing, note: impl Into<String>) {
        if self.state.rekeys > 0 {
            let note = match std::mem::take(&mut self.state.rekeys) {
                1 => "one rekey was answered".to_owned(),
                count => format!("{count} rekeys were answered"),
            };
            self.rows.push(SheetRow { time: String::new(), offset: String::new(), drawing: Drawing::Gap, note });
        }
        let (after, offset) = self.story.since(self.now);
        let sign = match (after, offset == Duration::ZERO) {
            (_, true) => "",
            (true, false) => "+",
            (false, false) => "-",
        };
        self.rows.push(SheetRow {
            time: format!("{:.6}", self.now.as_secs_f64()),
            offset: format!("{sign}{}", length(offset)),
            drawing,
            note: note.into(),
        });
    }

    fn mark(&mut self, place: Party, note: impl Into<String>) {
        self.push(Drawing::Mark { place, good: true }, note);
    }

    fn bad(&mut self, place: Party, note: impl Into<String>) {
        self.push(Drawing::Mark { place, good: false }, note);
    }

    /// The place that repeats a push until it is acknowledged.
    fn pusher(&self) -> Party {
        self.scenario.strategy.pusher()
    }

    fn observed(&mut self, observation: Observation) {
        match observation {
            Observation::CreateReplied { error: true, .. } => self.bad(Party::Client, "gets an error"),
            Observation::CreateReplied { .. } => {
                let waited = length(self.now.saturating_since(self.story.ended.started));
                self.mark(Party::Client, format!("has its config, {waited} after asking"));
            }
            Observation::CreateTimedOut { .. } => self.bad(Party::Client, "gives up waiting for the reply"),
            Observation::CreateFailed { .. } => self.bad(Party::Client, "gives up: it has no peer"),
            Observation::VersionCommitted { version, .. } => {
                let service = self.state.served.take();
                let after = service.map_or_else(String::new, |service| format!(", served in {}", length(service)));
                self.mark(Party::Api, format!("commits version {version}{after}"));
            }
            Observation::PeerRevoked { .. } => self.mark(Party::Api, "the peer is revoked"),
            Observation::MessageLost { kind, loss: loss @ (Loss::SlowConsumer | Loss::GatewayDown), .. } => {
                self.bad(Party::Gateway, format!("{} {}", kind.label(), loss.note()));
            }
            Observation::InitiationDropped { reason, .. } => {
                self.bad(Party::Gateway, reason.note());
            }
            Observation::AttemptEnded(end) => {
                if end.connected {
                    let wait = length(self.now - end.first_sent);
                    self.mark(Party::Client, format!("in session, after {wait}"));
                } else {
                    self.bad(Party::Client, "gives up");
                }
            }
            Observation::SessionEnded { .. } => self.mark(Party::Client, "its session ends"),
            Observation::RequestRejected { .. } => self.bad(Party::Api, "queue full: rejects the request"),
            Observation::RequestRefused { .. } => self.bad(Party::Api, "down: refuses the request"),
            Observation::ServiceStarted { waited, .. } => {
                self.state.service = self.now;
                if waited > Duration::ZERO {
                    self.mark(Party::Api, format!("takes the request after {}", length(waited)));
                }
            }
            Observation::ServiceEnded { wasted, kind, .. } => {
                let service = self.now - self.state.service;
                if kind == RequestKind::Create && !wasted {
                    self.state.served = Some(service);
                } else {
                    let nobody = if wasted { "; nobody waits any more" } else { "" };
                    self.mark(Party::Api, format!("served in {}{nobody}", length(service)));
                }
            }
            Observation::FetchStarted { .. } => self.mark(Party::Gateway, "no fresh record: fetches the config"),
            Observation::FetchJoined { .. } => self.mark(Party::Gateway, "the initiation joins the fetch"),
            Observation::FetchEnded { end: end @ (FetchEnd::NotFound | FetchEnd::Failed | FetchEnd::Gone), .. } => {
                self.bad(Party::Gateway, end.failure());
            }
            Observation::FaultStarted { fault } => self.fault(fault, true),
            Observation::FaultEnded { fault } => self.fault(fault, false),
            Observation::GatewayBack { .. } => self.mark(Party::Gateway, "is up again"),
            Observation::StreamOpened { .. } => self.mark(Party::Api, "opens the gateway's stream"),
            Observation::StreamEnded { broken: false, .. } => {
                self.mark(Party::Api, "ends the stream: its lifetime is over");
            }
            Observation::StreamEnded { broken: true, .. } => self.bad(Party::Api, "the gateway's stream breaks"),
            Observation::PeerArrived { .. }
            | Observation::DeviceAdded { .. }
            | Observation::ChangeSent { .. }
            | Observation::CreateSent { .. }
            | Observation::VersionPropagated { .. }
            | Observation::PeerChanged { .. }
            | Observation::PacketSent { .. }
            | Observation::MessageSent { .. }
            | Observation::MessageLost { .. }
            | Observation::PushDelivered { .. }
            | Observation::RequestArrived { .. }
            | Observation::ApiLoadChanged { .. }
            | Observation::JobStarted { .. }
            | Observation::JobEnded { .. }
            | Observation::FetchEnded { end: FetchEnd::Found, .. }
            | Observation::HorizonReached => {}
        }
    }

    fn fault(&mut self, fault: FaultId, starts: bool) {
        let specification = &self.scenario.faults[fault.index()];
        let count = self.scenario.gateways.count;
        let concerned = specification.gateways.contains(self.story.gateway.get().into(), count);
        match (specification.target, starts) {
            (Target::Api(_), true) => self.bad(Party::Api, "goes down"),
            (Target::Api(_), false) => self.mark(Party::Api, "is back"),
            (Target::Http | Target::Bus(_) | Target::Path, _) if !concerned => {}
            (Target::Bus(BusEffect::Drop), true) => self.bad(Party::Bus, "loses every message from now on"),
            (Target::Bus(BusEffect::Delay), true) => self.bad(Party::Bus, "holds every message from now on"),
            (Target::Bus(_), false) => self.mark(Party::Bus, "works again"),
            (Target::Http, true) => self.bad(Party::Api, "its network to the gateway is cut from now on"),
            (Target::Http, false) => self.mark(Party::Api, "its network to the gateway works again"),
            (Target::Path, true) => self.bad(Party::Client, "its path loses every packet from now on"),
            (Target::Path, false) => self.mark(Party::Client, "its path works again"),
            // The gateway's own facts report this fault.
            (Target::Gateway, _) => {}
        }
    }

    fn detailed(&mut self, detail: Detail) {
        match detail {
            Detail::Sent { parcel, carrier, nth, fate, .. } => self.sent(parcel, carrier, nth, fate),
            Detail::PushPrepared { version, removal, nth, .. } => self.state.push = Some((version, removal, nth)),
            Detail::AttemptStarted { kind: AttemptKind::Return, .. } => self.mark(Party::Client, "comes back"),
            Detail::AttemptStarted { .. } => self.bad(Party::Client, "finds its session dead"),
            Detail::RekeyFailed { .. } => {
                self.bad(Party::Client, "finds its session dead, and its rekey unanswered: it reconnects");
            }
            Detail::SessionDied { .. } => self.bad(Party::Gateway, "its session is gone"),
            Detail::RequestQueued { position, .. } => {
                self.mark(Party::Api, format!("the request queues, {}", nth_of(position)));
            }
            Detail::RequestLost { .. } => self.bad(Party::Api, "the request is lost"),
            Detail::PublicationStored { version, .. } => {
                self.mark(Party::Bus, format!("the stream stores version {version}"));
            }
            Detail::PublicationHeld { .. } => self.bad(Party::Bus, "keeps it: the gateway is down"),
            Detail::PushUnanswered { why, again, .. } => {
                let place = self.pusher();
                self.bad(place, format!("{}: {}", why.push(), if again { "sends again" } else { "gives up" }));
            }
            Detail::PushAcknowledged { .. } => {
                let place = self.pusher();
                self.mark(place, "the push is acknowledged");
            }
            Detail::ResponseBelated { .. } => self.bad(Party::Gateway, "which will come too late"),
            Detail::FetchQueued { position, .. } => {
                self.mark(Party::Gateway, format!("the fetch waits for a slot, {}", nth_of(position)));
            }
            Detail::FetchUnanswered { why, again, .. } => {
                self.bad(Party::Gateway, format!("{}: {}", why.fetch(), if again { "asks again" } else { "gives up" }));
            }
            Detail::ReplicaRead { version, .. } => {
                let shows =
                    version.map_or_else(|| "does not know it".to_owned(), |version| format!("shows version {version}"));
                self.mark(Party::Gateway, format!("the replica {shows}"));
            }
            Detail::JobQueued { job, removal, position, .. } => self.job_queued(job, removal, position),
            Detail::JobLost { .. } => self.bad(Party::Gateway, "the job is lost"),
            Detail::RecordInstalled { version, .. } => {
                let note = match self.state.queued.take() {
                    Some(queued) => format!("installs version {version}, in {}", length(self.now - queued)),
                    None => format!("has version {version} again"),
                };
                self.mark(Party::Gateway, note);
            }
            Detail::RecordRemoved { why, .. } => self.bad(Party::Gateway, why.note()),
            Detail::GatewayDown { .. } => self.bad(Party::Gateway, "goes down"),
            Detail::GatewayLoading { records, until, .. } => {
                let took = length(until.saturating_since(self.now));
                self.bad(Party::Gateway, format!("reloads {records} records for {took}"));
            }
            Detail::RekeyAnswered { .. }
            | Detail::RequestTaken { .. }
            | Detail::RequestServed { .. }
            | Detail::InitiationArrived { .. }
            | Detail::FetchTaken { .. } => {}
        }
    }

    fn job_queued(&mut self, job: JobKind, removal: bool, position: u32) {
        self.state.queued = Some(self.now);
        let what = if removal { job.removal() } else { job.install() };
        let queue = if position > 1 { format!("; {} at the installer", nth_of(position)) } else { String::new() };
        self.mark(Party::Gateway, format!("{what}{queue}"));
    }

    fn sent(&mut self, parcel: Parcel, carrier: Carrier, nth: u32, fate: Result<Time, Loss>) {
        let (from, to) = parcel.ends(self.pusher());
        let label = self.label(parcel, nth);
        let note = match fate {
            Ok(arrival) => length(arrival.saturating_since(self.now)),
            Err(loss) => loss.note().to_owned(),
        };
        let by_bus = carrier == Carrier::Bus;
        self.push(Drawing::Arrow { from, to, by_bus, label, lost: fate.is_err() }, note);
    }

    fn label(&mut self, parcel: Parcel, nth: u32) -> String {
        match parcel {
            Parcel::Create if nth > 0 => format!("create {}", nth + 1),
            Parcel::Create => "create".to_owned(),
            Parcel::CreateReply { error: true }
            | Parcel::ListReply { error: true }
            | Parcel::WatchReply { error: true, .. } => "error".to_owned(),
            Parcel::CreateReply { .. } => "created".to_owned(),
            Parcel::Message(MessageKind::Push) => match self.state.push.take() {
                Some((version, false, 0)) => format!("push v{version}"),
                Some((version, false, _)) => format!("push v{version} again"),
                Some((_, true, 0)) => "removal".to_owned(),
                Some((_, true, _)) => "removal again".to_owned(),
                None => "push".to_owned(),
            },
            Parcel::Message(kind) => kind.label().to_owned(),
            Parcel::Stored => "stored".to_owned(),
            Parcel::ListRequest => "list request".to_owned(),
            Parcel::ListReply { .. } => "list".to_owned(),
            Parcel::WatchRequest => "watch request".to_owned(),
            Parcel::WatchReply { gone: true, .. } => "gone".to_owned(),
            Parcel::WatchReply { .. } => "stream open".to_owned(),
            Parcel::Change { version, removal: false } => format!("change v{version}"),
            Parcel::Change { removal: true, .. } => "removal".to_owned(),
            Parcel::StreamClosed => "stream closed".to_owned(),
            Parcel::Packet { rekey: true, leg: Leg::Initiation } => "rekey".to_owned(),
            Parcel::Packet { leg, .. } => match leg {
                Leg::Initiation => format!("initiation {}", nth + 1),
                Leg::Response | Leg::Acceptance => "response".to_owned(),
                Leg::Invitation => "gateway's initiation".to_owned(),
                Leg::Confirmation => "confirmation".to_owned(),
                Leg::Cookie => "cookie".to_owned(),
            },
        }
    }
}

/// A place in a queue: `1st in line`.
fn nth_of(position: u32) -> String {
    let suffix = match (position % 10, position % 100) {
        (1, rest) if rest != 11 => "st",
        (2, rest) if rest != 12 => "nd",
        (3, rest) if rest != 13 => "rd",
        _ => "th",
    };
    format!("{position}{suffix} in line")
}
