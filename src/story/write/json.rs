//! One JSON object per line: every fact of a run, or the facts about some peers.
//!
//! The fields are listed in `docs/trace.md`. Times are whole nanoseconds from the start of the run.

use std::collections::BTreeSet;
use std::io::{self, Write};

use serde::{Serialize, Serializer};
use serde_json::{Map, Value, json};

use crate::model::{Detail, FaultId, GatewayId, Loss, Observation, Parcel, PeerId, PeerView, RequestSlot};
use crate::story::{Fact, Witness};
use des::Time;

/// The witness that writes the lines.
pub struct Lines<W> {
    out: W,
    /// Only facts about these peers; none: all facts.
    peers: Option<BTreeSet<PeerId>>,
    result: io::Result<()>,
}

impl<W: Write> Lines<W> {
    /// Writes to `out` the facts about `peers`, or all.
    pub const fn new(out: W, peers: Option<BTreeSet<PeerId>>) -> Self {
        Self { out, peers, result: Ok(()) }
    }

    /// Writes a line that is not a fact.
    pub fn line(&mut self, value: &Value) {
        if self.result.is_ok() {
            self.result = writeln!(self.out, "{value}");
        }
    }

    /// Reports whether everything could be written.
    ///
    /// # Errors
    /// The first failure.
    pub fn finish(mut self) -> io::Result<()> {
        self.result?;
        self.out.flush()
    }
}

impl<W: Write> Witness for Lines<W> {
    fn fact(&mut self, now: Time, fact: Fact) {
        let wanted = match (&self.peers, fact.peer()) {
            (None, _) => true,
            (Some(peers), Some(peer)) => peers.contains(&peer),
            (Some(_), None) => false,
        };
        if wanted {
            self.line(&to_json(now, &fact));
        }
    }
}

/// A fact as an object: its time, its kind, and its fields.
#[must_use]
pub fn to_json(now: Time, fact: &Fact) -> Value {
    let (event, fields) = match fact {
        Fact::Observed(observation) => observed(observation),
        Fact::Detailed(detail) => detailed(detail),
    };
    let mut object = Map::new();
    object.insert("t_ns".to_owned(), now.as_nanos().into());
    object.insert("event".to_owned(), event.into());
    if let Value::Object(fields) = fields {
        object.extend(fields.into_iter().map(|(key, value)| match (key.as_str(), value.as_u64()) {
            // A stranger, or no peer.
            ("peer", Some(0xffff_ffff)) => (key, Value::Null),
            _ => (key, value),
        }));
    }
    Value::Object(object)
}

fn observed(observation: &Observation) -> (&'static str, Value) {
    match *observation {
        Observation::PeerArrived { peer, gateway } => ("peer_arrived", json!({ "peer": peer, "gateway": gateway })),
        Observation::CreateSent { peer, nth } => ("create_sent", json!({ "peer": peer, "nth": nth })),
        Observation::CreateReplied { peer, nth, error } => {
            ("create_replied", json!({ "peer": peer, "nth": nth, "error": error }))
        }
        Observation::CreateTimedOut { peer, nth } => ("create_timed_out", json!({ "peer": peer, "nth": nth })),
        Observation::CreateFailed { peer } => ("create_failed", json!({ "peer": peer })),
        Observation::VersionCommitted { peer, version } => {
            ("version_committed", json!({ "peer": peer, "version": version }))
        }
        Observation::PeerRevoked { peer, installed } => {
            ("peer_revoked", json!({ "peer": peer, "installed": installed }))
        }
        Observation::VersionPropagated { peer, version, committed } => {
            ("version_propagated", json!({ "peer": peer, "version": version, "committed_ns": committed.as_nanos() }))
        }
        Observation::PeerChanged { peer, before, after } => (
            "peer_changed",
            json!({ "peer": peer, "gateway": after.gateway, "before": view(&before), "after": view(&after) }),
        ),
        Observation::PacketSent { peer, leg, rekey, lost } => {
            ("packet_sent", json!({ "peer": peer, "leg": leg.word(), "rekey": rekey, "lost": lost }))
        }
        Observation::InitiationDropped { peer, reason } => {
            ("initiation_dropped", json!({ "peer": peer, "reason": reason.word() }))
        }
        Observation::AttemptEnded(end) => (
            "attempt_ended",
            json!({
                "peer": end.peer, "kind": end.kind.word(), "counted": end.counted,
                "started_ns": end.started.as_nanos(), "first_sent_ns": end.first_sent.as_nanos(),
                "create_time_ns": end.create_time.as_nanos(), "connected": end.connected, "stale": end.stale,
                "cause": end.cause.word(),
            }),
        ),
        Observation::SessionEnded { peer } => ("session_ended", json!({ "peer": peer })),
        Observation::MessageSent { peer, kind, again } => {
            ("message_sent", json!({ "peer": peer, "kind": kind.word(), "again": again }))
        }
        Observation::MessageLost { peer, kind, loss, counted } => {
            ("message_lost", json!({ "peer": peer, "kind": kind.word(), "loss": loss.word(), "counted": counted }))
        }
        Observation::PushDelivered { peer, version, duplicate, counted } => {
            ("push_delivered", json!({ "peer": peer, "version": version, "duplicate": duplicate, "counted": counted }))
        }
        Observation::RequestArrived { peer, kind } => ("request_arrived", json!({ "peer": peer, "kind": kind.word() })),
        Observation::RequestRejected { peer } => ("request_rejected", json!({ "peer": peer })),
        Observation::RequestRefused { peer } => ("request_refused", json!({ "peer": peer })),
        Observation::ServiceStarted { peer, waited } => {
            ("service_started", json!({ "peer": peer, "waited_ns": waited.as_nanos() }))
        }
        Observation::ServiceEnded { peer, kind, wasted } => {
            ("service_ended", json!({ "peer": peer, "kind": kind.word(), "wasted": wasted }))
        }
        Observation::ApiLoadChanged { waiting, busy } => {
            ("api_load_changed", json!({ "waiting": waiting, "busy": busy }))
        }
        Observation::FetchStarted { peer, gateway } => ("fetch_started", json!({ "peer": peer, "gateway": gateway })),
        Observation::FetchJoined { peer } => ("fetch_joined", json!({ "peer": peer })),
        Observation::FetchEnded { peer, gateway, end } => {
            ("fetch_ended", json!({ "peer": peer, "gateway": gateway, "end": end.word() }))
        }
        Observation::JobStarted { peer, gateway, removal, waiting } => {
            ("job_started", json!({ "peer": peer, "gateway": gateway, "removal": removal, "waiting": waiting }))
        }
        Observation::JobEnded { peer, gateway, removal } => {
            ("job_ended", json!({ "peer": peer, "gateway": gateway, "removal": removal }))
        }
        Observation::DeviceAdded { peer, gateway } => ("device_added", json!({ "peer": peer, "gateway": gateway })),
        Observation::ChangeSent { peer, gateway } => ("change_sent", json!({ "peer": peer, "gateway": gateway })),
        Observation::StreamOpened { gateway } => ("stream_opened", json!({ "gateway": gateway })),
        Observation::StreamEnded { gateway, broken } => {
            ("stream_ended", json!({ "gateway": gateway, "broken": broken }))
        }
        Observation::FaultStarted { fault } => ("fault_started", json!({ "fault": fault })),
        Observation::FaultEnded { fault } => ("fault_ended", json!({ "fault": fault })),
        Observation::HorizonReached => ("horizon_reached", json!({})),
        Observation::GatewayBack { gateway } => ("gateway_back", json!({ "gateway": gateway })),
    }
}

fn detailed(detail: &Detail) -> (&'static str, Value) {
    match *detail {
        Detail::Sent { peer, gateway, parcel, carrier, nth, fate } => {
            let (name, rekey, error) = parcel_name(parcel);
            let carrier = carrier.word();
            let mut fields = json!({
                "peer": peer, "gateway": gateway, "parcel": name, "carrier": carrier, "nth": nth,
                "arrival_ns": fate.ok().map(Time::as_nanos), "loss": fate.err().map(Loss::word),
            });
            if let Some(rekey) = rekey {
                fields["rekey"] = rekey.into();
            }
            if let Some(error) = error {
                fields["error"] = error.into();
            }
            ("sent", fields)
        }
        Detail::PushPrepared { peer, version, removal, nth } => {
            ("push_prepared", json!({ "peer": peer, "version": version, "removal": removal, "nth": nth }))
        }
        Detail::AttemptStarted { peer, kind } => ("attempt_started", json!({ "peer": peer, "kind": kind.word() })),
        Detail::RekeyAnswered { peer } => ("rekey_answered", json!({ "peer": peer })),
        Detail::RekeyFailed { peer } => ("rekey_failed", json!({ "peer": peer })),
        Detail::SessionDied { peer } => ("session_died", json!({ "peer": peer })),
        Detail::RequestQueued { peer, gateway, request, position } => {
            ("request_queued", json!({ "peer": peer, "gateway": gateway, "request": request, "position": position }))
        }
        Detail::RequestTaken { peer, gateway, request, kind } => {
            ("request_taken", json!({ "peer": peer, "gateway": gateway, "request": request, "kind": kind.word() }))
        }
        Detail::RequestServed { peer, gateway, request } => {
            ("request_served", json!({ "peer": peer, "gateway": gateway, "request": request }))
        }
        Detail::RequestLost { peer, gateway, request } => {
            ("request_lost", json!({ "peer": peer, "gateway": gateway, "request": request }))
        }
        Detail::PublicationStored { peer, version } => {
            ("publication_stored", json!({ "peer": peer, "version": version }))
        }
        Detail::PublicationHeld { peer, version } => ("publication_held", json!({ "peer": peer, "version": version })),
        Detail::PushUnanswered { peer, version, nth, why, again } => {
            let why = why.word();
            (
                "push_unanswered",
                json!({ "peer": peer, "version": version, "sendings": nth, "why": why, "again": again }),
            )
        }
        Detail::PushAcknowledged { peer, version } => {
            ("push_acknowledged", json!({ "peer": peer, "version": version }))
        }
        Detail::InitiationArrived { peer, gateway, nth, rekey } => {
            ("initiation_arrived", json!({ "peer": peer, "gateway": gateway, "nth": nth, "rekey": rekey }))
        }
        Detail::ResponseBelated { peer } => ("response_belated", json!({ "peer": peer })),
        Detail::FetchQueued { peer, gateway, position } => {
            ("fetch_queued", json!({ "peer": peer, "gateway": gateway, "position": position }))
        }
        Detail::FetchTaken { peer, gateway } => ("fetch_taken", json!({ "peer": peer, "gateway": gateway })),
        Detail::FetchUnanswered { peer, gateway, nth, why, again } => {
            let why = why.word();
            ("fetch_unanswered", json!({ "peer": peer, "gateway": gateway, "nth": nth, "why": why, "again": again }))
        }
        Detail::ReplicaRead { peer, gateway, version } => {
            ("replica_read", json!({ "peer": peer, "gateway": gateway, "version": version }))
        }
        Detail::JobQueued { peer, gateway, job, removal, position } => (
            "job_queued",
            json!({
                "peer": peer, "gateway": gateway, "job": job.word(), "removal": removal, "position": position,
            }),
        ),
        Detail::JobLost { peer, gateway } => ("job_lost", json!({ "peer": peer, "gateway": gateway })),
        Detail::RecordInstalled { peer, gateway, version } => {
            ("record_installed", json!({ "peer": peer, "gateway": gateway, "version": version }))
        }
        Detail::RecordRemoved { peer, gateway, why } => {
            ("record_removed", json!({ "peer": peer, "gateway": gateway, "why": why.word() }))
        }
        Detail::GatewayDown { gateway } => ("gateway_down", json!({ "gateway": gateway })),
        Detail::GatewayLoading { gateway, records, until } => {
            ("gateway_loading", json!({ "gateway": gateway, "records": records, "until_ns": until.as_nanos() }))
        }
    }
}

fn view(view: &PeerView) -> Value {
    let time = |time: Time| (time != Time::NEVER).then(|| time.as_nanos());
    json!({
        "installed": view.installed(), "live": view.live(), "orphan": view.orphan(),
        "superseded_ns": time(view.superseded), "revoked_ns": time(view.revoked),
    })
}

/// Name of a parcel; whether it belongs to a rekey, and whether it reports an error, for parcels that can.
fn parcel_name(parcel: Parcel) -> (&'static str, Option<bool>, Option<bool>) {
    match parcel {
        Parcel::Create => ("create", None, None),
        Parcel::CreateReply { error } => ("create_reply", None, Some(error)),
        Parcel::Message(kind) => (kind.word(), None, None),
        Parcel::Stored => ("stored", None, None),
        Parcel::ListRequest => ("list_request", None, None),
        Parcel::ListReply { error } => ("list_reply", None, Some(error)),
        Parcel::WatchRequest => ("watch_request", None, None),
        Parcel::WatchReply { gone: true, .. } => ("gone", None, None),
        Parcel::WatchReply { gone: false, error } => ("watch_reply", None, Some(error)),
        Parcel::Change { removal: false, .. } => ("change", None, None),
        Parcel::Change { removal: true, .. } => ("change_removal", None, None),
        Parcel::StreamClosed => ("stream_closed", None, None),
        Parcel::Packet { leg, rekey } => (leg.word(), Some(rekey), None),
    }
}

/// Name of a parcel, in one word.
pub(super) fn parcel_word(parcel: Parcel) -> &'static str {
    parcel_name(parcel).0
}

macro_rules! as_numbers {
    ($($name:ident)+) => {$(
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                self.get().serialize(serializer)
            }
        }
    )+};
}

as_numbers! { PeerId GatewayId FaultId RequestSlot }
