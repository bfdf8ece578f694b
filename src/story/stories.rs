//! The story of one attempt: the facts about its peer, from the end of the previous attempt to its own end.

use super::attempts::{Attempts, Ended};
use super::fact::{Fact, TapeEntry};
use super::tape::Tape;
use crate::model::{Detail, GatewayId, Observation};
use des::{Duration, Time};

/// The story of one attempt.
#[derive(Clone, Debug)]
pub struct Story {
    /// The attempt.
    pub ended: Ended,
    /// The peer's gateway.
    pub gateway: GatewayId,
    /// The previous attempts of the peer, in order.
    pub before: Vec<Ended>,
    /// The facts about the peer since the end of the previous attempt.
    pub entries: Vec<TapeEntry>,
}

impl Story {
    /// Whether `at` is at or after the start of the attempt, and the time between the two.
    #[must_use]
    pub fn since(&self, at: Time) -> (bool, Duration) {
        let started = self.ended.started;
        if at < started { (false, started - at) } else { (true, at - started) }
    }
}

/// The stories of these attempts, from a tape of their peers.
#[must_use]
pub fn stories(chosen: &[Ended], attempts: &Attempts, tape: &Tape) -> Vec<Story> {
    chosen.iter().map(|ended| story(*ended, attempts, tape)).collect()
}

fn story(ended: Ended, attempts: &Attempts, tape: &Tape) -> Story {
    let before: Vec<Ended> = attempts.of(ended.peer).into_iter().filter(|other| other.at < ended.at).collect();
    let from = before.last().map_or(Time::ZERO, |last| last.at);
    let inside = |entry: &&TapeEntry| (from < entry.at || before.is_empty()) && entry.at <= ended.at;
    let gateway = attempts.gateway(ended.peer).unwrap_or(GatewayId::new(0));
    let entries = tape.entries(ended.peer);
    // Left out: facts about the gateway before the peer arrived, and lists between two attempts.
    let arrived = entries.iter().position(|entry| entry.fact.peer() == Some(ended.peer)).unwrap_or(0);
    let standing = standing(&entries[..arrived]);
    let idle_list = |entry: &&TapeEntry| entry.at < ended.started && is_of_gateway(&entry.fact);
    let own = entries[arrived..].iter().filter(|entry| !idle_list(entry)).copied();
    let mut entries: Vec<TapeEntry> = standing.into_iter().chain(own).filter(|entry| inside(&entry)).collect();
    // Left out: effects of the attempt's own end.
    let is_end =
        |entry: &TapeEntry| matches!(entry.fact, Fact::Observed(Observation::AttemptEnded(_))) && entry.at == ended.at;
    if let Some(end) = entries.iter().rposition(is_end) {
        entries.truncate(end + 1);
    }
    Story { ended, gateway, before, entries }
}

/// Conditions that began before a peer arrived and were not over: its gateway's restart, and faults.
fn standing(before: &[TapeEntry]) -> Vec<TapeEntry> {
    let mut standing: Vec<TapeEntry> = Vec::new();
    for entry in before {
        match entry.fact {
            Fact::Detailed(Detail::GatewayDown { .. } | Detail::GatewayLoading { .. })
            | Fact::Observed(Observation::FaultStarted { .. }) => standing.push(*entry),
            Fact::Observed(Observation::FaultEnded { fault }) => {
                standing.retain(|entry| entry.fact != Fact::Observed(Observation::FaultStarted { fault }));
            }
            Fact::Observed(Observation::GatewayBack { .. }) => {
                standing.retain(|entry| matches!(entry.fact, Fact::Observed(_)));
            }
            _ => {}
        }
    }
    standing
}

/// Whether a fact is about a parcel of a list or a stream.
fn is_of_gateway(fact: &Fact) -> bool {
    matches!(fact, Fact::Detailed(Detail::Sent { parcel, .. }) if parcel.is_of_gateway())
}
