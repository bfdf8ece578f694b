//! The reason of a stall in words: the cause given by the model, and the facts behind it.

use super::attempt::Story;
use super::fact::{Fact, TapeEntry};
use super::length::length;
use crate::model::{
    Cause, Detail, Drop, FetchEnd, JobKind, Loss, MessageKind, Observation, Parcel, Removal, Unanswered,
};
use des::{Duration, Time};

/// The reason as a clause: "its push was lost on the bus, and nothing sent it again".
#[must_use]
pub fn why(story: &Story) -> String {
    let facts = StallFacts::of(story);
    let may_be_revoked = matches!(story.ended.cause, Cause::ConfigRemoved | Cause::PullFailed);
    if let Some(ago) = facts.revoked().filter(|_| may_be_revoked) {
        return format!("the API had revoked the peer {} before its first initiation was judged", length(ago));
    }
    match story.ended.cause {
        Cause::PathLoss => facts.path_loss(),
        Cause::GatewayDown => facts.gateway_down(),
        Cause::ConfigLost => facts.config_lost(),
        Cause::ConfigLate => facts.config_late(),
        Cause::ConfigRemoved => facts.config_removed(),
        Cause::PullLate => facts.pull_late(),
        Cause::PullFailed => facts.pull_failed(),
        Cause::HandshakeLimit => {
            "the gateway had too many initiations in that second, and answered with a cookie".to_owned()
        }
    }
}

/// The story's facts, in order.
pub(crate) struct StallFacts<'a> {
    entries: &'a [TapeEntry],
    first_sent: Time,
}

impl<'a> StallFacts<'a> {
    pub(crate) fn of(story: &'a Story) -> Self {
        Self { entries: &story.entries, first_sent: story.ended.first_sent }
    }

    fn details(&self) -> impl DoubleEndedIterator<Item = (Time, Detail)> + '_ {
        self.entries.iter().filter_map(|entry| match entry.fact {
            Fact::Detailed(detail) => Some((entry.at, detail)),
            Fact::Observed(_) => None,
        })
    }

    fn observations(&self) -> impl DoubleEndedIterator<Item = (Time, Observation)> + '_ {
        self.entries.iter().filter_map(|entry| match entry.fact {
            Fact::Observed(observation) => Some((entry.at, observation)),
            Fact::Detailed(_) => None,
        })
    }

    /// The time at which the gateway handled the first initiation; the time of its sending, if it never arrived.
    fn judged(&self) -> Time {
        let arrived = self.details().find_map(|(at, detail)| {
            matches!(detail, Detail::InitiationArrived { .. }).then_some(at).filter(|&at| at >= self.first_sent)
        });
        let dropped = self.observations().find_map(|(at, observation)| {
            matches!(observation, Observation::InitiationDropped { .. })
                .then_some(at)
                .filter(|&at| at >= self.first_sent)
        });
        [arrived, dropped].into_iter().flatten().min().unwrap_or(self.first_sent)
    }

    /// Time from the peer's revocation to the handling of the first initiation; none if the peer was not revoked.
    pub(crate) fn revoked(&self) -> Option<Duration> {
        let judged = self.judged();
        self.observations().find_map(|(at, observation)| match observation {
            Observation::PeerRevoked { .. } if at <= judged => Some(judged - at),
            _ => None,
        })
    }

    /// The time at which a record was installed after `judged`.
    fn installed_after(&self, judged: Time) -> Option<Time> {
        self.details()
            .find_map(|(at, detail)| (matches!(detail, Detail::RecordInstalled { .. }) && at >= judged).then_some(at))
    }

    /// The last loss of a push before `until`: the time of sending or giving up, and the kind of loss.
    pub(crate) fn push_lost(&self, until: Time) -> Option<(Time, Loss)> {
        let earlier = self.entries.iter().rev().filter(|entry| entry.at <= until);
        earlier.copied().find_map(|entry| match entry.fact {
            Fact::Observed(Observation::MessageLost { kind: MessageKind::Push, loss, .. })
            | Fact::Detailed(Detail::Sent { parcel: Parcel::Message(MessageKind::Push), fate: Err(loss), .. }) => {
                Some((entry.at, loss))
            }
            Fact::Detailed(Detail::JobLost { .. }) => Some((entry.at, Loss::GatewayDown)),
            _ => None,
        })
    }

    /// The last removal of the record from the table: time and reason.
    pub(crate) fn removed(&self) -> Option<(Time, Removal)> {
        let judged = self.judged();
        self.details().rev().find_map(|(at, detail)| match detail {
            Detail::RecordRemoved { why, .. } if at <= judged => Some((at, why)),
            _ => None,
        })
    }

    /// Whether the gateway reloaded its table at any time in the story.
    pub(crate) fn reloaded(&self) -> bool {
        self.details().any(|(_, detail)| matches!(detail, Detail::GatewayLoading { .. }))
    }

    /// Number of records of the table that the gateway was reloading when the initiation arrived, if it was.
    fn loading(&self) -> Option<u64> {
        let judged = self.judged();
        self.details().rev().find_map(|(at, detail)| match detail {
            Detail::GatewayLoading { records, until, .. } if at <= judged && judged <= until => Some(records),
            _ => None,
        })
    }

    /// The reason for which the gateway dropped the first initiation.
    pub(crate) fn dropped(&self) -> Option<Drop> {
        self.observations().find_map(|(at, observation)| match observation {
            Observation::InitiationDropped { reason, .. } if at >= self.first_sent => Some(reason),
            _ => None,
        })
    }

    /// Whether a request of the fetch timed out.
    pub(crate) fn fetch_timed_out(&self) -> bool {
        self.details().any(|(at, detail)| {
            at >= self.first_sent && matches!(detail, Detail::FetchUnanswered { why: Unanswered::TimedOut, .. })
        })
    }

    /// Time for which the fetch waited for an API worker.
    pub(crate) fn api_wait(&self) -> Duration {
        let waits = self.observations().filter_map(|(at, observation)| match observation {
            Observation::ServiceStarted { waited, .. } if at >= self.first_sent => Some(waited),
            _ => None,
        });
        waits.max().unwrap_or_default()
    }

    fn path_loss(&self) -> String {
        let found = self.details().find_map(|(at, detail)| match detail {
            Detail::Sent { parcel: Parcel::Packet { leg, .. }, fate: Err(loss), .. } if at >= self.first_sent => {
                Some(format!("{} was lost on the path {}", leg.subject(), loss.adverb()))
            }
            Detail::ResponseBelated { .. } if at >= self.first_sent => Some(
                "the response would have come after the client's next initiation, too late to be any good".to_owned(),
            ),
            _ => None,
        });
        found.unwrap_or_else(|| "a packet of its first exchange was too long on its way".to_owned())
    }

    fn gateway_down(&self) -> String {
        if let Some(records) = self.loading() {
            return format!("the gateway was reloading its table of {records} records and answered nothing");
        }
        let judged = self.judged();
        let down = self
            .details()
            .rev()
            .find_map(|(at, detail)| (matches!(detail, Detail::GatewayDown { .. }) && at <= judged).then_some(at));
        match down {
            Some(at) => format!("the gateway was down, for {} when the initiation came", length(judged - at)),
            None => "the gateway was down".to_owned(),
        }
    }

    fn config_lost(&self) -> String {
        match self.push_lost(self.judged()) {
            Some((at, loss)) => format!(
                "the push of its config was lost {}, {} before the first initiation came, and nothing sent it again",
                match loss {
                    Loss::Random | Loss::Burst | Loss::Fault => format!("on the bus {}", loss.adverb()),
                    Loss::SlowConsumer | Loss::GatewayDown => loss.adverb().to_owned(),
                },
                length(self.judged().saturating_since(at))
            ),
            None => "no push of its config was under way".to_owned(),
        }
    }

    fn config_late(&self) -> String {
        let judged = self.judged();
        let late = match self.installed_after(judged) {
            Some(at) => format!("the config was installed {} after the first initiation came", length(at - judged)),
            None => "the config was not installed in time".to_owned(),
        };
        let job = self.details().find_map(|(_, detail)| match detail {
            Detail::JobQueued { job: JobKind::Push, position, .. } if position > 1 => Some(position),
            _ => None,
        });
        let lost = self.push_lost(self.installed_after(judged).unwrap_or(Time::NEVER));
        let by_list = self.details().any(|(_, detail)| matches!(detail, Detail::JobQueued { job: JobKind::List, .. }));
        let by_change =
            self.details().any(|(_, detail)| matches!(detail, Detail::JobQueued { job: JobKind::Watch, .. }));
        let held = self.details().any(|(_, detail)| matches!(detail, Detail::PublicationHeld { .. }));
        match (lost, job) {
            (Some((_, loss)), _) => {
                format!("{late}: its push had been lost {} and was to be sent again", loss.adverb())
            }
            (None, _) if held => format!("{late}: the stream had kept it while the gateway was down"),
            (None, _) if by_change => format!("{late}, by its gateway's stream"),
            (None, _) if by_list => format!("{late}, by the gateway's next list"),
            (None, Some(position)) => format!("{late}: the installer had {} jobs before it", position - 1),
            (None, None) => format!("{late}: it was still under way"),
        }
    }

    fn config_removed(&self) -> String {
        match self.removed() {
            Some((at, why)) => format!("{} {} {}", why.past(), length(self.judged() - at), why.before()),
            None => "its record had been removed before".to_owned(),
        }
    }

    fn pull_late(&self) -> String {
        let judged = self.judged();
        let Some(installed) = self.installed_after(judged) else {
            return "the fetch of its config had not ended".to_owned();
        };
        let fetch = length(installed - judged);
        if self.fetch_timed_out() {
            return format!("the fetch of its config took {fetch}, as a request or its reply was lost and timed out");
        }
        let slot = self.details().find_map(|(at, detail)| match detail {
            Detail::FetchTaken { .. } if at >= judged => Some(at - judged),
            _ => None,
        });
        if let Some(slot) = slot.filter(|slot| slot.times(2) > installed - judged) {
            return format!("the fetch of its config took {fetch}, of which it waited {} for a slot", length(slot));
        }
        let waited = self.api_wait();
        if waited.times(2) > installed - judged {
            return format!("the fetch of its config took {fetch}, of which {} in the API's queue", length(waited));
        }
        format!("the fetch of its config took {fetch}, and the answer was left to the client's next initiation")
    }

    fn pull_failed(&self) -> String {
        match self.dropped() {
            Some(Drop::Negative) => return "the gateway remembered that there was no such peer".to_owned(),
            Some(Drop::RateLimited) => return "the gateway's rate limit allowed no fetch".to_owned(),
            _ => {}
        }
        let ended = self.observations().find_map(|(at, observation)| match observation {
            Observation::FetchEnded { end, .. } if at >= self.first_sent => Some(end),
            _ => None,
        });
        let refused = self.observations().any(|(at, observation)| {
            at >= self.first_sent && matches!(observation, Observation::RequestRefused { .. })
        });
        let rejected = self.observations().any(|(at, observation)| {
            at >= self.first_sent && matches!(observation, Observation::RequestRejected { .. })
        });
        match ended {
            Some(FetchEnd::NotFound) => "the fetch found no such peer where it looked".to_owned(),
            Some(FetchEnd::Failed) if refused => "the API was down and refused the fetch's requests".to_owned(),
            Some(FetchEnd::Failed) if rejected => {
                "the API's queue was full and rejected the fetch's requests".to_owned()
            }
            Some(FetchEnd::Failed) => "no request of the fetch was answered in time".to_owned(),
            _ => "the fetch of its config failed".to_owned(),
        }
    }
}
