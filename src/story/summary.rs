//! A story in one line: losses, sendings and fetches until the session was up.

use super::fact::Fact;
use super::length::length;
use super::stories::Story;
use crate::model::{Detail, FetchEnd, Leg, Loss, MessageKind, Observation, Parcel};
use des::Time;

/// The events in a few words: `push lost by chance; pushed again; installed 1.2 s after the commit; 1 initiation`.
#[must_use]
pub fn summary(story: &Story) -> String {
    let mut parts = Vec::new();
    let (mut pushes, mut lost, mut initiations, mut packets_lost) = (0, 0, 0, 0);
    let mut committed: Option<Time> = None;
    let (mut fetched, mut installed): (Option<Time>, Option<Time>) = (None, None);
    let mut removed = None;
    let mut fetch_failed = false;
    for entry in &story.entries {
        match entry.fact {
            Fact::Detailed(Detail::Sent { parcel: Parcel::Message(MessageKind::Push), fate, .. }) => {
                pushes += 1;
                lost += u32::from(fate.is_err());
            }
            Fact::Observed(Observation::MessageLost { kind: MessageKind::Push, loss, .. }) => {
                lost += u32::from(matches!(loss, Loss::SlowConsumer | Loss::GatewayDown));
            }
            Fact::Observed(Observation::VersionCommitted { .. }) => committed = Some(entry.at),
            Fact::Observed(Observation::FetchStarted { .. }) => fetched = Some(entry.at),
            Fact::Observed(Observation::FetchEnded { end, .. }) => fetch_failed |= end != FetchEnd::Found,
            Fact::Detailed(Detail::RecordInstalled { .. }) if installed.is_none() => installed = Some(entry.at),
            Fact::Detailed(Detail::RecordRemoved { why, .. }) => removed = Some(why),
            Fact::Detailed(Detail::Sent { parcel: Parcel::Packet { leg, rekey: false }, fate, .. }) => {
                initiations += u32::from(leg == Leg::Initiation);
                packets_lost += u32::from(fate.is_err());
            }
            _ => {}
        }
    }
    if let Some(why) = removed {
        parts.push(why.part().to_owned());
    }
    match (pushes, lost) {
        (0, _) => {}
        (sent, 0) => parts.push(counted(sent, "push", "pushes")),
        (1, _) => parts.push("push lost".to_owned()),
        (sent, lost) => parts.push(format!("{}, {lost} lost", counted(sent, "push", "pushes"))),
    }
    match (fetched, committed, installed) {
        (Some(from), _, Some(at)) if from <= at => {
            parts.push(format!("fetched and installed in {}", length(at - from)));
        }
        (Some(_), ..) if fetch_failed => parts.push("fetch without a config".to_owned()),
        (Some(_), ..) => parts.push("a fetch under way".to_owned()),
        (None, Some(from), Some(at)) if from <= at => {
            parts.push(format!("installed {} after the commit", length(at - from)));
        }
        _ => {}
    }
    parts.push(counted(initiations, "initiation", "initiations"));
    if packets_lost > 0 {
        parts.push(counted(packets_lost, "packet lost", "packets lost"));
    }
    parts.join("; ")
}

fn counted(count: u32, one: &str, many: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {many}") }
}
