//! `[clients]`: how clients arrive, stay, come back and change.

use std::sync::LazyLock;

use super::super::read;
use super::accept::{
    ArrivalsKey, CountOf, DistributionOrNever, DistributionOrZero, DistributionOrZeroOrNever, InitiationTimer,
    PositiveSpan, Probability, RateOrZero, ScopeKey, SpanOrNever, SpanOrZero, TableOf, TryCount,
};
use super::{Struck, WHITEPAPER};
use crate::file::quantity::format_duration;
use crate::file::read::OrNever;
use crate::file::warnings::Warner;
use crate::model::{self, Arrivals, PullAnswer, RetryTimer};
use des::{Duration, Time};

section! {
    /// How clients arrive, stay, come back and change.
    ClientsSection {
        /// When new peers appear.
        arrivals: ArrivalsKey = { poisson = "5/s" } (assumed),
            title: "Arrivals of new clients",
            effect: "Every new peer is a create at the API. Push sends one config for each, pull fetches one for each; tables grow with the rate unless something evicts.",
            example: "clients.arrivals = { poisson = \"10/s\" }";
        /// Length of a session once connected.
        session: DistributionOrZero = { exponential = "10m" } (assumed),
            title: "Length of a session",
            effect: "Sessions longer than rekey_after rekey, which pull with ttl may turn into a fetch. A record is idle for evict once the session has ended.",
            example: "clients.session = { exponential = \"3m\" }";
        /// Whether and when a client comes back after a session.
        returns: TableOf<ReturnsSection> = {},
            title: "Clients that come back",
            effect: "A return needs no create. Push still has its record; under pull with evict it is fetched again after idle_after.",
            example: "clients.returns = { probability = 0.5, after = { exponential = \"15m\" } }";
        /// Gap between config changes of one peer.
        update_every: DistributionOrNever = "never",
            title: "Gap between the config changes of a peer",
            effect: "Each update is a push or an event of a watch. A pulled record stays out of date until ttl, invalidate or evict removes it.",
            example: "clients.update_every = { exponential = \"10m\" }";
        /// Time from creation to deletion at the API.
        revoke_after: DistributionOrZeroOrNever = "never",
            title: "Time from a peer's creation to its deletion",
            effect: "Push and watch send a removal, which can be lost under push. Without them a revoked record stays until reconcile, ttl, evict or expire.",
            example: "clients.revoke_after = { exponential = \"30m\" }";
        /// Peers that exist at time 0, with no client behind them.
        existing: CountOf<0, 100_000_000> = 0,
            title: "Peers that exist at the start",
            effect: "They fill tables under push, reconcile and watch: reloads, lists and installs with a share per record take longer. Pull alone does not hold them.",
            example: "clients.existing = 100000";
        /// The gateways over which they are spread evenly.
        existing_gateways: ScopeKey = "all",
            title: "Gateways of the peers that exist at the start",
            effect: "It concentrates the table of existing peers on some gateways, whose reloads and lists then take longest.",
            example: "clients.existing_gateways = [0]";
        /// Peers that exist at time 0 and whose clients come later.
        devices: TableOf<DevicesSection> = {},
            title: "Devices that exist at the start",
            effect: "Unlike existing peers they have clients, who come as returns: push finds their records, pull fetches each.",
            example: "clients.devices = { count = 1000, first = { uniform = [\"0s\", \"10m\"] } }";
        /// Rate of attempts by keys that the API does not know.
        strangers: RateOrZero = "0/s",
            title: "Attempts by unknown keys",
            effect: "Under pull each unknown key costs identify and a fetch, unless negative_ttl or rate_limit holds it back. Push drops them for nothing.",
            example: "clients.strangers = \"50/s\"";
        /// How long a client waits for the reply to a create.
        create_timeout: PositiveSpan = "10s" (assumed),
            title: "Wait of a client for the reply to a create",
            effect: "With push.wait = \"ack\" the create lasts as long as the acknowledgement: a short timeout turns waiting into failed creates.",
            example: "clients.create_timeout = \"30s\"";
        /// How often it asks.
        create_attempts: TryCount = 3 (assumed),
            title: "Tries of a create",
            effect: "Each further create is served again by the API, and is pushed again under push.",
            example: "clients.create_attempts = 1";
        /// WireGuard's timers, as the client keeps them.
        handshake: TableOf<HandshakeSection> = {},
            title: "The client's timers",
            effect: "The clients' timers are the same under all strategies.",
            example: "clients.handshake.patience = \"30s\"";
    }
}

section! {
    /// Whether and when a client comes back after a session.
    ReturnsSection {
        /// Probability that the client comes back.
        probability: Probability = 0.2 (assumed),
            title: "Clients that come back after a session",
            effect: "More returns favour strategies that keep records: push, and pull with a long evict.idle_after.",
            example: "clients.returns.probability = 0.5";
        /// Gap before it comes back.
        after: DistributionOrZero = { exponential = "30m" } (assumed),
            title: "Gap before a client comes back",
            effect: "Returns after evict.idle_after or expire.after find no record: pull fetches, push alone stalls.",
            example: "clients.returns.after = { exponential = \"1h\" }";
    }
}

section! {
    /// Peers that exist at time 0 and whose clients come later.
    DevicesSection {
        /// How many, each at a random gateway.
        count: CountOf<0, 100_000_000> = 0,
            title: "Devices that exist at the start",
            effect: "Records in tables under push, reconcile and watch from time 0 on; fetches under pull when they come.",
            example: "clients.devices.count = 5000";
        /// When each comes for the first time.
        first: DistributionOrZero = "0s",
            title: "When a device comes for the first time",
            effect: "When all come at once, pull sends that many fetches to the API at once.",
            example: "clients.devices.first = { uniform = [\"0s\", \"10m\"] }";
    }
}

section! {
    /// `WireGuard`'s timers, as the client keeps them.
    HandshakeSection {
        /// Time from one initiation to the next, before jitter; "linux", "boringtun": as these do it.
        retry_after: InitiationTimer = "5s" (published WHITEPAPER),
            title: "Time between initiations",
            effect: "The grid of all waits: who misses the first initiation waits at least this long, unless pull has answer = \"initiate\" or \"inline\". \"linux\": 5.12 s or 5.376 s, as the kernel's timer wheel at 250 Hz makes it; \"boringtun\": 5 s without jitter, and 18 initiations at most.",
            example: "clients.handshake.retry_after = \"linux\"";
        /// Upper end of the uniform jitter added to it.
        retry_jitter: SpanOrZero = "333ms" (published WHITEPAPER),
            title: "Jitter between initiations, at most",
            effect: "It spreads the retries of clients that were stopped together, for all strategies alike.",
            example: "clients.handshake.retry_jitter = \"100ms\"";
        /// Initiations before an attempt has failed.
        initiations_max: TryCount = 20 (published WHITEPAPER),
            title: "Initiations of an attempt, at most",
            effect: "It decides when an attempt fails: under push a lost config without repair fails after this many.",
            example: "clients.handshake.initiations_max = 10";
        /// Gap between the packets of the client's application; 0s: all the time.
        traffic_every: SpanOrZero = "0s" (assumed),
            title: "Gap between packets of the application",
            effect: "Pull with answer = \"initiate\": a client whose response was lost is silent for retry_after and then until its next packet. No other strategy notices.",
            example: "clients.handshake.traffic_every = \"10s\"";
        /// Age of a session's keys at which the client begins a rekey.
        rekey_after: SpanOrNever = "120s" (published WHITEPAPER),
            title: "Age of keys at a rekey",
            effect: "Each rekey is an initiation, which makes pull with ttl fetch records that are too old, and keeps a record from being idle.",
            example: "clients.handshake.rekey_after = \"never\"";
        /// Age of a session's keys at which they are rejected.
        reject_after: SpanOrNever = "180s" (published WHITEPAPER),
            title: "Age at which keys are rejected",
            effect: "A session whose rekey is never answered, as after a removed record, ends at this age with a reconnect.",
            example: "clients.handshake.reject_after = \"240s\"";
        /// Time after its gateway went down until a client finds out.
        dead_after: SpanOrZero = "15s" (published "WireGuard starts a handshake 15 s after data without an answer (KEEPALIVE_TIMEOUT + REKEY_TIMEOUT)"),
            title: "Time until a client finds its gateway down",
            effect: "After a restart of a gateway its clients come back together this much later: under pull each is a fetch unless the table persists.",
            example: "clients.handshake.dead_after = \"30s\"";
        /// Time after its first initiation at which a client gives up.
        patience: SpanOrNever = "never",
            title: "Time after which a client gives up",
            effect: "Clients that give up early turn long stalls into failures, for all strategies alike.",
            example: "clients.handshake.patience = \"30s\"";
    }
}

impl ClientsSection {
    /// What it means to the model; none where a key is wrong.
    pub(super) fn whole(&self) -> Option<model::Clients> {
        Some(model::Clients {
            arrivals: self.arrivals.clone()?,
            session: self.session.clone()?,
            return_probability: self.returns.probability?,
            return_after: self.returns.after.clone()?,
            update_every: self.update_every.clone()?.0,
            revoke_after: self.revoke_after.clone()?.0,
            existing: self.existing?,
            existing_gateways: self.existing_gateways.clone()?,
            devices: self.devices.count?,
            device_first: self.devices.first.clone()?,
            strangers: self.strangers?,
            create_timeout: self.create_timeout?,
            create_attempts: self.create_attempts?,
            handshake: self.handshake.whole()?,
        })
    }

    /// Warns of its keys that have no effect, and of arrivals that do not fit the horizon.
    pub(super) fn warn(&self, warner: &mut Warner<'_>) {
        let first = "clients.devices.first";
        let shortest =
            warner.unswept(first, self.devices.first.as_ref()).map(|distribution| distribution.quantile(0.0));
        let is_beyond = shortest.zip(warner.horizon()).is_some_and(|(shortest, horizon)| shortest >= horizon);
        if warner.places.given(first) && !warner.is("clients.devices.count", 0) && is_beyond {
            warner.warn(first, "every device comes at or after horizon, when no attempt begins any more".to_owned());
        }
        warner.idle("clients", &["existing_gateways"], "existing", &[0]);
        warner.idle("clients.devices", &["first"], "count", &[0]);
        let age = |key: &str, age: Option<OrNever<Duration>>| {
            warner.unswept(&format!("clients.handshake.{key}"), age).and_then(|age| age.0)
        };
        let (rekey, reject) = (self.handshake.rekey_after, self.handshake.reject_after);
        if let (Some(rekey), Some(reject)) = (age("rekey_after", rekey), age("reject_after", reject))
            && reject <= rekey
        {
            let why = format!("keys are rejected at reject_after = \"{}\", before a rekey", format_duration(reject));
            warner.vain("clients.handshake", &["rekey_after"], &why);
        }
        if warner.unswept("clients.returns.probability", self.returns.probability) == Some(0.0) {
            warner.vain("clients.returns", &["after"], "probability = 0");
        }
        if let Some(Arrivals::Poisson { peak: Some(peak), .. }) = &self.arrivals
            && warner.unswept("clients.arrivals.peak.factor", Some(peak.factor)) == Some(1.0)
        {
            warner.vain("clients.arrivals", &["peak"], "its factor is 1");
        }
        if !warner.has_fault(Struck::Gateway) {
            warner.vain("clients.handshake", &["dead_after"], "no fault has target = \"gateway\"");
            warner.idle("clients.handshake", &["retry_jitter"], "retry_after", &read::TIMERS);
        }
        if warner.is("clients.handshake.retry_after", read::BORINGTUN)
            && let Some(most) = warner.unswept("clients.handshake.initiations_max", self.handshake.initiations_max)
            && most > RetryTimer::BORINGTUN_MAX
            && warner.places.given("clients.handshake.initiations_max")
        {
            let text = "has no effect above 18, as retry_after = \"boringtun\" gives up after so many";
            warner.warn("clients.handshake.initiations_max", text.to_owned());
        }
        if !warner.pulls(|pull| pull.answer == Some(PullAnswer::Initiate)) {
            let why = "no strategy pulls with answer = \"initiate\"";
            warner.vain("clients.handshake", &["traffic_every"], why);
        }
        self.warn_of_arrivals(warner);
    }

    /// Warns of arrivals that do not fit the horizon.
    fn warn_of_arrivals(&self, warner: &mut Warner<'_>) {
        let Some(horizon) = warner.horizon() else { return };
        let path = "clients.arrivals";
        let end = Time::ZERO + horizon;
        match warner.unswept(path, self.arrivals.as_ref()) {
            Some(Arrivals::Every(gap)) if *gap >= horizon => {
                warner.warn(
                    path,
                    "the first client comes at or after horizon, when no peer is created any more".to_owned(),
                );
            }
            Some(Arrivals::Trace(arrivals)) => {
                let within = arrivals.partition_point(|arrival| arrival.at < end);
                let Some(last) = within.checked_sub(1).map(|index| arrivals[index].at - Time::ZERO) else { return };
                let (shown, all) = (format_duration(horizon), arrivals.len());
                if within < all {
                    let text = format!(
                        "{} of {all} arrivals are at or after horizon, {shown}, and are left out",
                        all - within
                    );
                    warner.warn(path, text);
                } else if warner.unswept("warmup", warner.experiment.warmup).is_some_and(|warmup| last < warmup) {
                    warner.warn(
                        path,
                        format!(
                            "the last arrival is at {}, before warmup ends: no first attempt is counted",
                            format_duration(last)
                        ),
                    );
                } else if last.as_nanos() < horizon.as_nanos() / 2 {
                    let text = "in more than half of the run nobody arrives";
                    warner.warn(
                        path,
                        format!("the last arrival is at {}, horizon is {shown}: {text}", format_duration(last)),
                    );
                }
            }
            Some(Arrivals::Every(_) | Arrivals::Poisson { .. }) | None => {}
        }
    }
}

impl HandshakeSection {
    fn whole(&self) -> Option<model::Handshake> {
        Some(model::Handshake {
            retry: self.timer()?,
            traffic_every: self.traffic_every?,
            rekey_after: self.rekey_after?.0.unwrap_or(Duration::MAX),
            reject_after: self.reject_after?.0.unwrap_or(Duration::MAX),
            dead_after: self.dead_after?,
            dead_jitter: self.retry_jitter?,
            patience: self.patience?.0,
        })
    }

    /// The timer of initiations.
    fn timer(&self) -> Option<RetryTimer> {
        /// The kernel's timer with the most initiations, made once: its distributions are tables.
        static LINUX: LazyLock<RetryTimer> = LazyLock::new(|| RetryTimer::linux(u32::MAX));
        let initiations_max = self.initiations_max?;
        Some(match self.retry_after.clone()? {
            read::Timer::After(distribution) => RetryTimer::alike(distribution, self.retry_jitter?, initiations_max),
            read::Timer::Linux => RetryTimer { initiations_max, ..LINUX.clone() },
            read::Timer::Boringtun => RetryTimer::boringtun(initiations_max),
        })
    }
}
