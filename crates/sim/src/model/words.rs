//! The closed lists of kinds that observations and details carry, each with all its words: for machines (JSON, result
//! files, traces) and for readers (diagrams and sentences of stories). A new kind is spelled here and nowhere else.

/// An enum without fields, and one function for each column of words. A row has a word for every column.
macro_rules! kinds {
    (
        $(#[$about:meta])+
        $name:ident { $($column:ident $column_about:literal),+ }
        $($(#[$variant_about:meta])+ $variant:ident $($word:literal)+;)+
    ) => {
        $(#[$about])+
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum $name {
            $($(#[$variant_about])+ $variant,)+
        }

        impl $name {
            /// Every kind, in the order of their numbers.
            pub const ALL: &[Self] = &[$(Self::$variant),+];
        }

        $crate::model::words::columns! { $name [$($column $column_about)+] $($variant [$($word)+])+ }
    };
}

/// One function for the first column, then those for the rest.
macro_rules! columns {
    ($name:ident [] $($variant:ident [])+) => {};
    (
        $name:ident [$column:ident $column_about:literal $($columns:tt)*]
        $($variant:ident [$word:literal $($words:literal)*])+
    ) => {
        impl $name {
            #[doc = $column_about]
            #[must_use]
            pub const fn $column(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }
        }

        $crate::model::words::columns! { $name [$($columns)*] $($variant [$($words)*])+ }
    };
}

pub(super) use {columns, kinds};

kinds! {
    /// Which kind of attempt.
    AttemptKind { word "In one word." }
    /// A new client's, with a create.
    First "first";
    /// A returning client's.
    Return "return";
    /// One of a client whose session was dead.
    Reconnect "reconnect";
}

kinds! {
    /// Why an attempt stalled.
    Cause {
        word "In one word.",
        column "The column of `runs.csv` that counts it.",
        label "What it is called beside a bar.",
        subject "As the subject of a sentence about a strategy.",
        meaning "What held the attempt up, as a sentence without its end."
    }
    /// A packet of its first exchange was lost.
    PathLoss "path_loss" "cause_path_loss" "packet lost"
        "packet loss on the path" "a packet of the first exchange was lost";
    /// The gateway was down.
    GatewayDown "gateway_down" "cause_gateway_down" "gateway down"
        "gateways that are down" "the gateway was down";
    /// Its config was lost, and no other message with it is under way.
    ConfigLost "config_lost" "cause_config_lost" "config lost"
        "lost configs" "the config was lost on its way";
    /// Its config is under way, queued, or to be sent again.
    ConfigLate "config_late" "cause_config_late" "config late"
        "late configs" "the config was still on its way";
    /// Its config had been installed and removed again.
    ConfigRemoved "config_removed" "cause_config_removed" "config removed"
        "removed configs" "the config had been removed";
    /// The fetch took longer, or the answer was left to the client's retry.
    PullLate "pull_late" "cause_pull_late" "pull late"
        "late fetches" "the fetch, or the answer after it, took too long";
    /// The fetch was refused, rejected, timed out, rate-limited or negative.
    PullFailed "pull_failed" "cause_pull_failed" "pull failed"
        "failed fetches" "the fetch failed";
    /// The gateway answered with a cookie.
    HandshakeLimit "handshake_limit" "cause_handshake_limit" "handshake limit"
        "gateways' limits of handshakes" "the gateway had too many initiations, and answered with a cookie";
}

impl Cause {
    /// Whether every strategy suffers from it alike.
    #[must_use]
    pub const fn is_common(self) -> bool {
        match self {
            Self::PathLoss | Self::GatewayDown | Self::HandshakeLimit => true,
            Self::ConfigLost | Self::ConfigLate | Self::ConfigRemoved | Self::PullLate | Self::PullFailed => false,
        }
    }
}

kinds! {
    /// A packet between client and gateway.
    Leg { word "In one word.", subject "As the subject of a sentence about an attempt." }
    /// The client's initiation.
    Initiation "initiation" "its initiation";
    /// The gateway's response.
    Response "response" "the gateway's response";
    /// The gateway's own initiation.
    Invitation "invitation" "the gateway's own initiation";
    /// The client's response to the gateway's initiation.
    Acceptance "acceptance" "its response to the gateway's initiation";
    /// The gateway's confirmation.
    Confirmation "confirmation" "the gateway's confirmation";
    /// The gateway's cookie.
    Cookie "cookie" "the gateway's cookie";
}

kinds! {
    /// A message over the bus, or a request that takes its place.
    MessageKind { word "In one word.", label "On an arrow of a diagram." }
    /// A version or a removal, from the API or the stream to the gateway.
    Push "push" "push";
    /// The acknowledgement of a push.
    Acknowledgement "acknowledgement" "ack";
    /// A publication to the stream, or the stream's acknowledgement of a publication.
    Publication "publication" "publish";
    /// An invalidation.
    Invalidation "invalidation" "invalidation";
    /// The request of a fetch.
    FetchRequest "fetch_request" "fetch";
    /// The reply to a fetch.
    FetchReply "fetch_reply" "config";
}

kinds! {
    /// Why a message was lost.
    Loss {
        word "In one word, as the columns of `runs.csv` name it.",
        note "In a row of a diagram.",
        adverb "After \"was lost\"."
    }
    /// Independent loss.
    Random "random" "lost by chance" "by chance";
    /// The link was in its bad state.
    Burst "burst" "lost in a burst" "in a burst of loss";
    /// A fault of the bus, or of the network between the API and the gateway.
    Fault "fault" "lost in the fault" "in a fault";
    /// Too many pushes were pending at the gateway.
    SlowConsumer "slow_consumer" "dropped: too many are pending" "to a slow consumer";
    /// The gateway was down.
    GatewayDown "gateway_down" "lost: the gateway is down" "as the gateway was down";
}

kinds! {
    /// A request to the API.
    RequestKind { word "In one word: both kinds of list have the same." }
    /// A client's create.
    Create "create";
    /// A gateway's fetch.
    Fetch "fetch";
    /// A gateway's list, by `reconcile`.
    List "list";
    /// A gateway's list, by `watch`.
    Relist "list";
    /// A gateway's request to watch.
    Watch "watch";
}

kinds! {
    /// Why an initiation was not answered.
    Drop { word "In one word.", note "In a row of a diagram, with the gateway as the subject." }
    /// The gateway was down.
    GatewayDown "gateway_down" "is down: the initiation is lost";
    /// There was no record, and the gateway does not pull.
    NotInstalled "not_installed" "no record: drops the initiation";
    /// A negative entry.
    Negative "negative" "drops the initiation: negative entry";
    /// An empty token bucket.
    RateLimited "rate_limited" "drops the initiation: rate limit";
    /// Too many initiations in this second: the gateway answered with a cookie.
    HandshakeLimit "handshake_limit" "too many initiations in this second: answers with a cookie";
}

kinds! {
    /// How a fetch ended.
    FetchEnd { word "In one word.", failure "In a row of a diagram; empty where nothing failed." }
    /// With a config.
    Found "found" "";
    /// There is no such peer.
    NotFound "not_found" "there is no such peer";
    /// Without an answer.
    Failed "failed" "the fetch has failed";
    /// The gateway went down.
    Gone "gone" "the fetch is gone";
}

kinds! {
    /// What carries a parcel.
    Carrier { word "In one word." }
    /// The network between clients and the API.
    Internet "internet";
    /// The message bus.
    Bus "bus";
    /// A request of its own between API and gateway.
    Http "http";
    /// The path between client and gateway.
    Path "path";
}

kinds! {
    /// What an installer's job is about.
    JobKind {
        word "In one word.",
        install "The install in a row of a diagram.",
        removal "The removal in a row of a diagram."
    }
    /// A pushed version or removal.
    Push "push" "takes the push" "takes the removal";
    /// A fetched config, or the removal of a peer that the fetch did not find.
    Fetch "fetch" "has the fetched config" "removes what the fetch did not find";
    /// An invalidation.
    Invalidation "invalidation" "takes the invalidation" "takes the invalidation";
    /// An eviction.
    Eviction "eviction" "its sweep finds the record idle" "its sweep finds the record idle";
    /// A peer that a list showed.
    List "list" "the list shows the peer" "the list shows it revoked";
    /// A change on the gateway's stream.
    Watch "watch" "takes the change" "takes the removal";
}

kinds! {
    /// Why a record left a table.
    Removal {
        word "In one word.",
        note "In a row of a diagram.",
        part "As a part of a summary.",
        past "The beginning of a sentence that says how long ago.",
        before "The end of this sentence."
    }
    /// The API asked for the removal: by a removal, an invalidation or a list.
    Told "told" "removes the record" "record removed" "its record had been removed on the API's word" "before";
    /// The record was idle.
    Evicted "evicted" "evicts the idle record" "record evicted" "its record had been evicted as idle"
        "before it came back";
    /// Nothing had confirmed the record for too long.
    Expired "expired" "the record expires" "record expired" "its record had expired" "before its initiation came";
    /// The gateway went down.
    Restart "restart" "its table is gone" "record gone in a restart" "its record was lost in the gateway's restart"
        "before its initiation came";
}

kinds! {
    /// Why a message or a request is sent again, or given up.
    Unanswered {
        word "In one word.",
        push "Of a push, in a row of a diagram.",
        fetch "Of a fetch, in a row of a diagram."
    }
    /// Nothing came back in time.
    TimedOut "timed_out" "no acknowledgement" "no answer";
    /// An error came back.
    Refused "refused" "nobody is subscribed" "an error";
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn are_apart(words: impl Iterator<Item = &'static str>) -> bool {
        let mut seen = BTreeSet::new();
        words.into_iter().all(|word| !word.is_empty() && seen.insert(word))
    }

    #[test]
    fn each_kind_has_a_word_of_its_own_but_the_two_lists() {
        assert!(are_apart(AttemptKind::ALL.iter().map(|kind| kind.word())));
        assert!(are_apart(Cause::ALL.iter().map(|cause| cause.word())));
        assert!(are_apart(Leg::ALL.iter().map(|leg| leg.word())));
        assert!(are_apart(MessageKind::ALL.iter().map(|kind| kind.word())));
        assert!(are_apart(MessageKind::ALL.iter().map(|kind| kind.label())));
        assert!(are_apart(Loss::ALL.iter().map(|loss| loss.word())));
        assert!(are_apart(Drop::ALL.iter().map(|reason| reason.word())));
        assert!(are_apart(FetchEnd::ALL.iter().map(|end| end.word())));
        assert!(are_apart(Carrier::ALL.iter().map(|carrier| carrier.word())));
        assert!(are_apart(JobKind::ALL.iter().map(|job| job.word())));
        assert!(are_apart(Removal::ALL.iter().map(|why| why.word())));
        assert!(are_apart(Unanswered::ALL.iter().map(|why| why.word())));
        let requests = RequestKind::ALL.iter().filter(|&&kind| kind != RequestKind::Relist);
        assert!(are_apart(requests.map(|kind| kind.word())));
        assert_eq!(RequestKind::Relist.word(), RequestKind::List.word());
    }
}
