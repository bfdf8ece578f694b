//! `[[faults]]`: what breaks, and when.

use super::Channel;
use super::accept::{
    AnyText, Choice, DistributionOrZero, Optional, Positive, PositiveDistribution, ScopeKey, SpanOrZero, Word,
};
use crate::file::quantity::format_duration;
use crate::file::warnings::Warner;
use crate::model::{self, BusEffect, Inflight, Schedule, Target};
use des::{Distribution, Duration};

/// The value of `fault` with which all faults happen.
pub(crate) const ALL_FAULTS: &str = "all";

/// The value of `fault` with which none happens that has a frequency.
pub(crate) const NO_FAULT: &str = "none";

/// A month: the twelfth part of 365.25 days.
pub(crate) const MONTH: Duration = Duration::from_secs(2_629_800);

section! {
    /// Something that breaks for a while, or again and again.
    FaultSection {
        /// What breaks.
        target: Choice<Struck>,
            title: "What breaks",
            effect: "api: no creates, and pull, reconcile and watch get no answer. http: pull, reconcile and watch are cut off. bus: push is. path: everybody is. gateway: tables and sessions are gone.",
            example: "faults = [{ target = \"gateway\", at = \"15m\", for = \"10s\" }]";
        /// When it strikes, once.
        at: Optional<SpanOrZero>,
            title: "When the fault strikes",
            effect: "It should leave a counted span before it, from which the normal stall rate is taken.",
            example: "faults = [{ target = \"bus\", at = \"15m\", for = \"30s\" }]";
        /// Gap from one end to the next start.
        every: Optional<PositiveDistribution>,
            title: "Gap between faults",
            effect: "Instead of at: repeated faults show a mean effect rather than one recovery.",
            example: "faults = [{ target = \"bus\", every = { exponential = \"10m\" }, for = \"5s\" }]";
        /// How often such a fault comes in a month: each fault is then run alone, and a month is made of the runs.
        per_month: Optional<Positive>,
            title: "How often the fault comes in a month",
            effect: "It changes no run. months.csv and the report say how many connections stall and are late in a month. The fault needs at, and begins and ends within the counted span.",
            example: "faults = [{ target = \"bus\", at = \"15m\", for = \"30s\", per_month = 1 }]";
        /// What the fault is called where each fault is run alone; default: its target.
        name: Optional<AnyText>,
            title: "Name of the fault",
            effect: "It changes no result.",
            example: "faults = [{ name = \"broker restart\", target = \"bus\", at = \"15m\", for = \"30s\", per_month = 1 }]";
        /// How long each time.
        length as "for": DistributionOrZero,
            title: "Length of the fault",
            effect: "Push with retries outlasts short faults of the bus, and JetStream long ones; pull outlasts faults of the API that its records outlast.",
            example: "faults = [{ target = \"bus\", at = \"15m\", for = \"5m\" }]";
        /// Bus only: lose messages, or hold them to the end.
        effect: Choice<BusEffect> = "drop",
            title: "What the fault does to messages",
            effect: "drop: push over core loses its messages. delay: they arrive together at the end, and meet the installer's queue.",
            example: "faults = [{ target = \"bus\", at = \"15m\", for = \"30s\", effect = \"delay\" }]";
        /// Api only: callers under way time out, or get an error at once.
        inflight: Choice<Inflight> = "lost",
            title: "What becomes of requests under way",
            effect: "lost: a fetch or a create that the API had begun costs its timeout. reset: its caller tries again at once, as after a process was killed.",
            example: "faults = [{ target = \"api\", at = \"15m\", for = \"30s\", inflight = \"reset\" }]";
        /// Http, bus, path and gateway only: which gateways.
        gateways: ScopeKey = "all",
            title: "Gateways that the fault concerns",
            effect: "The others go on; only clients of these gateways are hit.",
            example: "faults = [{ target = \"gateway\", at = \"15m\", for = \"10s\", gateways = [0] }]";
    }
}

/// What a fault strikes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Struck {
    /// The API.
    Api,
    /// Requests between the API and the gateways.
    Http,
    /// The bus.
    Bus,
    /// Packets between clients and gateways.
    Path,
    /// Gateways.
    Gateway,
}

words! { Struck {
    Struck::Api = "api",
    Struck::Http = "http",
    Struck::Bus = "bus",
    Struck::Path = "path",
    Struck::Gateway = "gateway",
} }

words! { BusEffect { BusEffect::Drop = "drop", BusEffect::Delay = "delay" } }

words! { Inflight { Inflight::Lost = "lost", Inflight::Reset = "reset" } }

impl FaultSection {
    /// What it is called: its name, or its target.
    pub(crate) fn called(&self) -> Option<&str> {
        match &self.name {
            Some(name) => name.as_deref(),
            None => Some(self.target?.word()),
        }
    }

    /// When it ends in the mean, in seconds from the start of a run; none where a key is wrong, or without `at`.
    pub(crate) fn mean_end(&self) -> Option<f64> {
        Some(self.at??.as_secs_f64() + self.length.as_ref()?.mean())
    }

    /// How many seconds of a month have it; none where a key is wrong, or without `per_month`.
    pub(crate) fn mean_in_month(&self) -> Option<f64> {
        Some(self.per_month?? * self.length.as_ref()?.mean())
    }

    /// Whether it happens where `only` does; none: all do. A fault that does not say how often it comes in a month is part
    /// of every run.
    pub(super) fn happens(&self, only: Option<&str>) -> bool {
        self.per_month.is_none() || only.is_none_or(|only| only == ALL_FAULTS || Some(only) == self.called())
    }

    /// What it means to the model; none where a key is wrong, or where both or neither of `at` and `every` are given.
    pub(super) fn whole(&self) -> Option<model::Fault> {
        Some(model::Fault {
            target: match self.target? {
                Struck::Api => Target::Api(self.inflight?),
                Struck::Http => Target::Http,
                Struck::Bus => Target::Bus(self.effect?),
                Struck::Path => Target::Path,
                Struck::Gateway => Target::Gateway,
            },
            schedule: match (&self.at, &self.every) {
                (Some(at), None) => Schedule::At((*at)?),
                (None, Some(every)) => Schedule::Every(every.clone()?),
                (None, None) | (Some(_), Some(_)) => return None,
            },
            length: self.length.clone()?,
            gateways: self.gateways.clone()?,
        })
    }

    /// Warns of a fault that never strikes in the run, when peers are created, and of what does not concern its target.
    pub(super) fn warn(&self, index: usize, warner: &mut Warner<'_>) {
        let horizon = warner.horizon();
        let path = format!("faults.{index}");
        let at = format!("{path}.at");
        if let (Some(strikes), Some(horizon)) = (warner.unswept(&at, self.at.flatten()), horizon)
            && strikes >= horizon
        {
            let (strikes, horizon) = (format_duration(strikes), format_duration(horizon));
            warner.warn(&at, format!("never strikes in the run: {strikes} is at or after horizon, {horizon}"));
        }
        let length = format!("{path}.for");
        if let (Some(end), Some(horizon), Some(window)) =
            (self.mean_end().filter(|_| self.per_month.is_some()), horizon, warner.experiment.recovery_window)
            && [&at, &length, "recovery_window"].iter().all(|key| !warner.is_swept(key))
            && end + window.as_secs_f64() > horizon.as_secs_f64()
        {
            let text = format!(
                "ends less than recovery_window, {}, before horizon, {}: a month misses what it does after that",
                format_duration(window),
                format_duration(horizon)
            );
            warner.warn(&path, text);
        }
        let Some(target) = warner.unswept(&format!("{path}.target"), self.target) else { return };
        let why = format!("target = {:?}", target.word());
        let is_short = warner.unswept(&length, self.length.as_ref()) == Some(&Distribution::Constant(Duration::ZERO));
        // An API or a gateway that is down for no time has restarted all the same.
        if is_short && matches!(target, Struck::Bus | Struck::Http | Struck::Path) {
            warner.warn(&length, "has no effect: a link that is cut for no time loses nothing".to_owned());
        }
        if target == Struck::Api {
            warner.vain(&path, &["gateways"], &why);
        }
        if target != Struck::Bus {
            warner.vain(&path, &["effect"], &why);
        }
        if target != Struck::Api {
            warner.vain(&path, &["inflight"], &why);
        }
        for (channel, used, why) in [
            (Struck::Bus, warner.uses(Channel::Bus), "no strategy uses the bus"),
            (Struck::Http, warner.uses(Channel::Http), "no strategy uses http"),
        ] {
            if target == channel && !used {
                warner.vain(&path, &["target"], why);
            }
        }
    }
}
