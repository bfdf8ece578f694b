//! One JSON object per line: every fact of a run, or the facts about some peers.
//!
//! The fields are listed in `docs/trace.md`. Times are whole nanoseconds from the start of the run.

use std::collections::BTreeSet;
use std::io::{self, Write};

use serde_json::{Map, Value, json};

use crate::model::{FieldValue, Loss, Parcel, PeerId, PeerView, Version};
use crate::story::{Fact, Witness};
use des::Time;

/// The witness that writes the lines.
pub struct JsonLines<W> {
    out: W,
    /// Only facts about these peers; none: all facts.
    peers: Option<BTreeSet<PeerId>>,
    result: io::Result<()>,
}

impl<W: Write> JsonLines<W> {
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

impl<W: Write> Witness for JsonLines<W> {
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
    let mut object = Map::new();
    object.insert("t_ns".to_owned(), now.as_nanos().into());
    object.insert("event".to_owned(), fact.word().into());
    let mut parcel = None;
    fact.visit(&mut |name, value| {
        let mut add = |name: &str, value: Value| object.insert(name.to_owned(), value);
        match value {
            FieldValue::Peer(PeerId::NOBODY) => add(name, Value::Null),
            FieldValue::Peer(peer) => add(name, peer.get().into()),
            FieldValue::Gateway(gateway) => add(name, gateway.get().into()),
            FieldValue::Number(number) => add(name, number.into()),
            FieldValue::Version(version) => add(name, version.map(Version::get).into()),
            FieldValue::Flag(flag) => add(name, flag.into()),
            FieldValue::Word(word) => add(name, word.into()),
            FieldValue::Nanos(nanos) => add(&format!("{name}_ns"), nanos.into()),
            FieldValue::View(seen) => {
                if name == "before" {
                    add("gateway", seen.gateway.get().into());
                }
                add(name, view(&seen))
            }
            FieldValue::Parcel(sent) => {
                parcel = Some(sent);
                add(name, parcel_word(sent).into())
            }
            FieldValue::Fate(fate) => {
                add("arrival_ns", fate.ok().map(Time::as_nanos).into());
                add("loss", fate.err().map(Loss::word).into())
            }
        };
    });
    if let Some((_, rekey, error)) = parcel.map(parcel_name) {
        let added = [("rekey", rekey), ("error", error)];
        object.extend(added.into_iter().filter_map(|(name, flag)| Some((name.to_owned(), flag?.into()))));
    }
    Value::Object(object)
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
