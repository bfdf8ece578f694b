//! `[strategies.NAME.pull]`: an initiation from an unknown peer makes the gateway fetch its config.

use super::accept::{
    Choice, Count, CountOrZero, DistributionOrZero, Flag, NeverOr, PositiveRate, PositiveSpan, SpanOrNever, SpanOrZero,
    TryCount, Word,
};
use super::{Channel, ConfigChanges, MechanismSection, whole};
use crate::file::read::NEVER;
use crate::file::steps::StepCount;
use crate::file::tree::At;
use crate::file::warnings::Warner;
use crate::model::{self, FetchSource, PullAnswer, PullTransport, Retry, Stale};

section! {
    /// The keys of `pull`.
    PullSection {
        /// What carries requests and replies.
        transport: Choice<PullTransport> = "http",
            title: "Transport of fetches",
            effect: "Over the bus a fetch shares the losses and faults of the pushes.",
            example: "strategies.jit.pull = { transport = \"bus\" }";
        /// Where configs are read.
        source: Choice<FetchOrigin> = "primary",
            title: "Where configs are fetched",
            effect: "A replica answers without the API and outlasts its outages, but does not know what came since its last write.",
            example: "strategies.jit.pull = { source = \"replica\" }";
        /// Replica: ask the primary for a peer that it does not know.
        fallback: Flag = true,
            title: "Whether the primary is asked after the replica",
            effect: "Without it a new peer waits until the replica has it.",
            example: "strategies.jit.pull = { source = \"replica\", fallback = false }";
        /// Wait for a reply.
        timeout: PositiveSpan = "5s" (assumed),
            title: "Wait for the reply to a fetch",
            effect: "A lost request costs this much; near stall_after each loss is a stall.",
            example: "strategies.jit.pull = { timeout = \"1s\" }";
        /// Requests in all.
        attempts: TryCount = 3 (assumed),
            title: "Requests of a fetch, at most",
            effect: "After the last one the client's next initiation starts anew.",
            example: "strategies.jit.pull = { attempts = 5 }";
        /// Base of the backoff.
        backoff: SpanOrZero = "100ms" (assumed),
            title: "Backoff of a fetch",
            effect: "It delays repeated fetches, and spares an API that is overloaded.",
            example: "strategies.jit.pull = { backoff = \"500ms\" }";
        /// Cap of the backoff.
        backoff_max: SpanOrZero = "5s" (assumed),
            title: "Backoff of a fetch, at most",
            effect: "It bounds the wait between repeated fetches.",
            example: "strategies.jit.pull = { backoff_max = \"2s\" }";
        /// Time to find out whose initiation it is.
        identify: DistributionOrZero = "200us" (assumed),
            title: "Time to find out whose initiation it is",
            effect: "Every initiation of an unknown peer costs it, those of strangers too.",
            example: "strategies.jit.pull = { identify = \"1ms\" }";
        /// What follows the install: the client's retry, a handshake by the gateway, an answer.
        answer: Choice<PullAnswer> = "initiate",
            title: "What follows a fetched record",
            effect: "retry: the client's next initiation is answered, 5 s later. initiate: the gateway starts a handshake itself. inline: the waiting initiation is answered, one round trip sooner.",
            example: "strategies.jit.pull = { answer = \"inline\" }";
        /// Life of an entry that says: no such peer.
        negative_ttl: SpanOrZero = "5s" (assumed),
            title: "Life of a negative entry",
            effect: "It keeps strangers from the API, and a peer that was asked for too early from its config for as long.",
            example: "strategies.jit.pull = { negative_ttl = \"1m\" }";
        /// A token bucket before the fetches.
        rate_limit: NeverOr<RateLimitSection> = "never",
            title: "Limit of the rate of fetches",
            effect: "It protects the API from a herd of clients or strangers, and makes real clients wait for their retry.",
            example: "strategies.jit.pull = { rate_limit = { rate = \"500/s\", burst = 100 } }";
        /// Fetches under way at once; 0: no limit.
        concurrency: CountOrZero = 0,
            title: "Fetches under way at once, at most",
            effect: "A slow API then blocks all new peers of a gateway, also those that it could answer.",
            example: "strategies.jit.pull = { concurrency = 10 }";
        /// Age of a record at which an initiation makes the gateway fetch again.
        ttl: SpanOrNever = "never",
            title: "Age at which a record is fetched again",
            effect: "It bounds how long a record may be out of date, at the price of a fetch at initiations and rekeys.",
            example: "strategies.jit.pull = { ttl = \"5m\" }";
        /// With ttl: answer first, or after the fetch.
        stale: Choice<Stale> = "serve",
            title: "Whether an old record answers",
            effect: "serve answers with the old record while the API is away; block turns an outage of the API into stalls of clients in session.",
            example: "strategies.jit.pull = { ttl = \"5m\", stale = \"block\" }";
        /// Whether the API invalidates changed records at the gateways.
        invalidate: Flag = false,
            title: "Whether changed records are invalidated",
            effect: "Changed records are fetched anew at the next initiation; a lost invalidation leaves the old one.",
            example: "strategies.jit.pull = { invalidate = true }";
    }
}

section! {
    /// A token bucket before the fetches.
    RateLimitSection means model::RateLimit {
        /// Tokens per unit of time.
        rate: PositiveRate,
            title: "Rate of fetches, at most",
            effect: "Each gateway has a bucket of its own.",
            example: "strategies.jit.pull = { rate_limit = { rate = \"50/s\", burst = 100 } }";
        /// Size of the bucket; it starts full.
        burst: Count,
            title: "Fetches at once, before the limit of their rate",
            effect: "It lets a herd of this size through at once.",
            example: "strategies.jit.pull = { rate_limit = { rate = \"50/s\", burst = 500 } }";
    }
}

/// Where a fetch reads.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum FetchOrigin {
    /// The API.
    Primary,
    /// The replica beside the gateway.
    Replica,
}

words! { FetchOrigin { FetchOrigin::Primary = "primary", FetchOrigin::Replica = "replica" } }

words! { PullTransport { PullTransport::Http = "http", PullTransport::Bus = "bus" } }

words! { PullAnswer { PullAnswer::Retry = "retry", PullAnswer::Initiate = "initiate", PullAnswer::Inline = "inline" } }

words! { Stale { Stale::Serve = "serve", Stale::Block = "block" } }

impl PullSection {
    /// What it means to the model; none where a key is wrong.
    pub(super) fn whole(&self) -> Option<model::Pull> {
        Some(model::Pull {
            transport: self.transport?,
            source: match self.source? {
                FetchOrigin::Primary => FetchSource::Primary,
                FetchOrigin::Replica => FetchSource::Replica { fallback: self.fallback? },
            },
            retry: Retry { attempts: self.attempts?, backoff: self.backoff?, backoff_max: self.backoff_max? },
            timeout: self.timeout?,
            identify: self.identify.clone()?,
            answer: self.answer?,
            negative_ttl: self.negative_ttl?,
            rate_limit: whole(self.rate_limit.as_ref()?.0.as_ref(), RateLimitSection::whole)?,
            concurrency: self.concurrency?,
            ttl: self.ttl?.0,
            stale: self.stale?,
            invalidate: self.invalidate?,
        })
    }

    /// Whether it ever asks the API.
    pub(crate) fn asks_primary(&self) -> bool {
        self.source == Some(FetchOrigin::Primary) || self.fallback == Some(true)
    }
}

impl MechanismSection for PullSection {
    fn warn(&self, path: &str, warner: &mut Warner<'_>) {
        let key = |name: &str| format!("{path}.{name}");
        warner.idle(path, &["fallback"], "source", &[FetchOrigin::Primary.word()]);
        warner.idle(path, &["stale"], "ttl", &[NEVER]);
        warner.idle(path, &["backoff", "backoff_max"], "attempts", &[1]);
        if warner.is(&key("source"), FetchOrigin::Replica.word()) && warner.is(&key("fallback"), false) {
            let keys = ["transport", "timeout", "attempts", "backoff", "backoff_max"];
            warner.vain(path, &keys, "the replica alone is asked, without timeout: fallback = false");
        }
        if warner.is("clients.update_every", NEVER) && warner.is("clients.revoke_after", NEVER) {
            warner.vain(
                path,
                &["invalidate"],
                "no config changes: clients.update_every and clients.revoke_after are \"never\"",
            );
        }
    }

    fn count_steps(&self, _: &At<'_>, steps: &mut StepCount<'_, '_>) {
        if self.source == Some(FetchOrigin::Replica) {
            steps.replica();
        }
    }

    fn uses(&self, channel: Channel, is_swept: bool) -> bool {
        let fetches = |transport| self.transport == Some(transport) && self.asks_primary();
        match channel {
            Channel::Bus => is_swept || fetches(PullTransport::Bus) || self.invalidate == Some(true),
            Channel::Http => is_swept || fetches(PullTransport::Http),
        }
    }

    fn variant_keys(&self) -> &'static [&'static str] {
        &["transport", "source", "fallback", "answer", "invalidate"]
    }

    fn removes(&self, changes: ConfigChanges) -> bool {
        changes.update || changes.revoke
    }
}
