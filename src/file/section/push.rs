//! `[strategies.NAME.push]`: the API sends each change to the peer's gateway.

use super::accept::{
    Backoff, BaseOrWaits, Choice, CountOrZero, DistributionOrNever, Flag, PositiveDistribution, PositiveSpan,
    SpanOrZero, TryCount, Word,
};
use super::{Channel, ConfigChanges, MechanismSection, Section as _};
use crate::file::keys::Fallback;
use crate::file::quantity::parse_duration;
use crate::file::read::NEVER;
use crate::file::steps::StepCount;
use crate::file::tree::At;
use crate::file::validate::default_value;
use crate::file::warnings::Warner;
use crate::model::{self, Exhausted, PushTransport, Retry, Wait};
use des::Duration;
use toml::Value;

section! {
    /// The keys of `push`.
    PushSection {
        /// What carries it.
        transport: Choice<Transport> = "core",
            title: "Transport of pushes",
            effect: "core is lost at most once and for good; jetstream is stored and delivered until acknowledged; http is a request with a reply.",
            example: "strategies.stream.push = { transport = \"jetstream\" }";
        /// Whether the client's reply waits for the gateway.
        wait: Choice<Wait> = "none",
            title: "What the reply to a create waits for",
            effect: "With ack the create lasts until the gateway (JetStream: the stream) has acknowledged: fewer stalls, later and failed creates. Judge it by late_rate.",
            example: "strategies.acked.push = { wait = \"ack\" }";
        /// Core and http: sendings in all.
        attempts: TryCount = 1,
            title: "Sendings of a push, at most",
            effect: "Above 1 a push that is not acknowledged is sent again: independent losses are cured, bursts only where the retries outlast them.",
            example: "strategies.retried.push = { attempts = 3 }";
        /// Core and http: wait for an acknowledgement.
        timeout: PositiveDistribution = "1s" (assumed),
            title: "Wait for the acknowledgement of a push",
            effect: "It delays each retry; with wait = \"ack\" it delays the create.",
            example: "strategies.retried.push = { attempts = 3, timeout = \"2s\" }";
        /// Core and http: base of the backoff; JetStream: a list of waits.
        backoff: BaseOrWaits = "250ms" (assumed),
            title: "Backoff of a push",
            effect: "It spreads retries over longer bursts. Under JetStream it is a list that replaces ack_wait.",
            example: "strategies.retried.push = { attempts = 5, backoff = \"1s\" }";
        /// Core and http: cap of the backoff.
        backoff_max: SpanOrZero = "10s" (assumed),
            title: "Backoff of a push, at most",
            effect: "It bounds how far apart late retries are.",
            example: "strategies.retried.push = { attempts = 8, backoff_max = \"30s\" }";
        /// With wait: what a client is answered at the end.
        exhausted: Choice<Exhausted> = "error",
            title: "What a client is answered after the last sending",
            effect: "error: the client's create fails, and it may create again. reply: the client is sent to a gateway that may not know it.",
            example: "strategies.acked.push = { wait = \"ack\", exhausted = \"reply\" }";
        /// Time after which a current version is sent again.
        refresh_every: DistributionOrNever = "never",
            title: "Time after which a push is sent again",
            effect: "Soft state: a lost push is repaired by the next refresh, at the price of a message per live peer each time.",
            example: "strategies.soft.push = { refresh_every = \"1m\" }";
        /// Whether a revocation is sent; if not, its record has to expire.
        removals: Flag = true,
            title: "Whether removals are pushed",
            effect: "Without removals a revoked record stays until expire, evict or reconcile takes it out.",
            example: "strategies.soft = { push = { removals = false, refresh_every = \"1m\" }, expire = { after = \"3m\" } }";
        /// JetStream: wait before it delivers again.
        ack_wait: PositiveSpan = "30s" (published "the default of nats-server"),
            title: "Wait of JetStream before it delivers again",
            effect: "A lost delivery is repaired after it, which is later than any client's patience for a stall of 5 s.",
            example: "strategies.stream.push = { transport = \"jetstream\", ack_wait = \"2s\" }";
        /// JetStream: deliveries in all; 0: no limit.
        max_deliver: CountOrZero = 0 (published "the default of nats-server (no limit)"),
            title: "Deliveries of JetStream, at most",
            effect: "With a limit a config may be given up, as under core.",
            example: "strategies.stream.push = { transport = \"jetstream\", max_deliver = 5 }";
    }
}

/// What carries a push.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Transport {
    /// Core NATS.
    Core,
    /// `JetStream`.
    Jetstream,
    /// A request.
    Http,
}

words! { Transport { Transport::Core = "core", Transport::Jetstream = "jetstream", Transport::Http = "http" } }

words! { Wait { Wait::None = "none", Wait::Ack = "ack" } }

words! { Exhausted { Exhausted::Reply = "reply", Exhausted::Error = "error" } }

impl PushSection {
    /// What it means to the model; none where a key is wrong.
    pub(super) fn whole(&self) -> Option<model::Push> {
        Some(model::Push {
            transport: match self.transport? {
                Transport::Core => PushTransport::Core(self.retry()?),
                Transport::Http => PushTransport::Http(self.retry()?),
                Transport::Jetstream => PushTransport::Jetstream {
                    waits: match self.backoff.clone()? {
                        Backoff::Base(_) => vec![self.ack_wait?],
                        Backoff::Waits(waits) => waits,
                    },
                    max_deliver: self.max_deliver?,
                },
            },
            wait: self.wait?,
            timeout: self.timeout.clone()?,
            exhausted: self.exhausted?,
            refresh_every: self.refresh_every.clone()?.0,
            removals: self.removals?,
        })
    }

    /// The default base of the backoff. As one duration it means nothing to `JetStream`, which then waits `ack_wait`.
    pub(crate) fn default_backoff() -> Duration {
        let key = Self::KEYS.iter().find(|key| key.name == "backoff").expect("a key of the section");
        let Fallback::Value(text) = key.default else { unreachable!("the backoff has a default") };
        let value = default_value(text);
        value.as_str().and_then(|text| parse_duration(text).ok()).expect("the default is a duration")
    }

    /// Whether somebody waits for the acknowledgement of a push.
    pub(super) fn is_acknowledged(&self) -> bool {
        self.wait == Some(Wait::Ack) || self.attempts.is_some_and(|attempts| attempts > 1)
    }

    /// How core and http try again; none also where the backoff is a list.
    fn retry(&self) -> Option<Retry> {
        let backoff = match self.backoff.as_ref()? {
            Backoff::Base(base) => *base,
            Backoff::Waits(_) => return None,
        };
        Some(Retry { attempts: self.attempts?, backoff, backoff_max: self.backoff_max? })
    }
}

impl MechanismSection for PushSection {
    fn warn(&self, path: &str, warner: &mut Warner<'_>) {
        let key = |name: &str| format!("{path}.{name}");
        let of_core = ["attempts", "timeout", "backoff_max", "exhausted"];
        warner.idle(path, &of_core, "transport", &[Transport::Jetstream.word()]);
        warner.idle(path, &["ack_wait", "max_deliver"], "transport", &[Transport::Core.word(), Transport::Http.word()]);
        warner.idle(path, &["exhausted"], "wait", &[Wait::None.word()]);
        if warner.is(&key("transport"), Transport::Jetstream.word()) {
            warn_of_stream(path, warner);
        } else if warner.fixed(&key("transport")).is_some() && warner.is(&key("attempts"), 1) {
            warner.vain(path, &["backoff", "backoff_max"], "attempts = 1");
            if warner.is(&key("wait"), Wait::None.word()) {
                warner.vain(path, &["timeout"], "attempts = 1 and wait = \"none\"");
            }
        }
        if warner.is("clients.revoke_after", NEVER) {
            warner.vain(path, &["removals"], "clients.revoke_after = \"never\"");
        }
    }

    fn count_steps(&self, at: &At<'_>, steps: &mut StepCount<'_, '_>) {
        let Some(gap) = steps.mean(self.refresh_every.as_ref().and_then(|every| every.0.as_ref())) else { return };
        let refreshes = (steps.existing + steps.peers / 2.0).max(1.0) * steps.horizon / gap;
        steps.bound(&at.key("refresh_every"), refreshes, "refreshes");
    }

    fn uses(&self, channel: Channel, is_swept: bool) -> bool {
        match channel {
            Channel::Bus => is_swept || matches!(self.transport, Some(Transport::Core | Transport::Jetstream)),
            Channel::Http => is_swept || self.transport == Some(Transport::Http),
        }
    }

    fn variant_keys(&self) -> &'static [&'static str] {
        &["transport", "wait", "attempts"]
    }

    fn removes(&self, changes: ConfigChanges) -> bool {
        changes.revoke
    }
}

/// Warns of keys of a push over `JetStream`.
fn warn_of_stream(path: &str, warner: &mut Warner<'_>) {
    let waits = warner.fixed(&format!("{path}.backoff")).and_then(Value::as_array).map(Vec::len);
    if waits.is_some() {
        warner.vain(path, &["ack_wait"], "backoff is a list, which stands in its place");
    }
    let Some(deliveries) = warner.fixed(&format!("{path}.max_deliver")).and_then(Value::as_integer) else { return };
    if deliveries == 1 {
        warner.vain(path, &["ack_wait", "backoff"], "max_deliver = 1: nothing is delivered again");
    } else if let (Some(waits), Ok(deliveries @ 1..)) = (waits, usize::try_from(deliveries))
        && waits > deliveries
    {
        let text = format!(
            "has {waits} waits for {deliveries} deliveries, as max_deliver says: the last {} have no effect, and a \
             server refuses such a list",
            waits - deliveries
        );
        warner.warn(&format!("{path}.backoff"), text);
    }
}
