//! Identifies the protocol of a scenario and its parameters.

use super::{Parameters, Prediction, Protocol, constant, exponential};
use des::{Distribution, Duration};
use pushpull::model::{Mechanism, PushTransport, Scenario, Wait};

/// Distribution of the timers for refresh, expiry and retransmission.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Timers {
    /// Constant.
    Constant,
    /// Exponential.
    Exponential,
}

/// One of the five protocols, found in a scenario.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Setting {
    /// The protocol.
    pub protocol: Protocol,
    /// Distribution of its timers.
    pub timers: Timers,
    /// Loss and mean times. A timer that the protocol does not have is 1 s, without meaning.
    pub parameters: Parameters,
    /// Number of gateways.
    pub gateways: u32,
    /// Length of the counted span, s.
    pub span: f64,
}

impl Setting {
    /// Reads a scenario.
    ///
    /// # Errors
    /// The first difference from the theory's assumptions.
    pub fn of(scenario: &Scenario) -> Result<Self, &'static str> {
        let strategy = &scenario.strategy;
        let others = Mechanism::ALL.iter().filter(|&&mechanism| !is_signaling(mechanism));
        let alone = !others.copied().any(|mechanism| mechanism.is_used(strategy));
        let push = strategy.push.as_ref().filter(|_| alone).ok_or("only push and expire are signaling")?;
        let PushTransport::Core(retry) = push.transport else { return Err("the transport is not core") };
        let reliable = retry.attempts > 1;
        let protocol = match (push.refresh_every.is_some(), reliable, push.removals) {
            (true, false, false) => Protocol::Ss,
            (true, false, true) => Protocol::SsEr,
            (true, true, false) => Protocol::SsRt,
            (true, true, true) => Protocol::SsRtr,
            (false, true, true) => Protocol::Hs,
            (false, _, _) => return Err("hard state sends removals and again what is not acknowledged"),
        };
        if strategy.expire.is_some() != protocol.is_soft() {
            return Err("soft state expires, hard state does not");
        }
        if reliable && retry.backoff != Duration::ZERO {
            return Err("push.backoff is not zero");
        }
        if push.wait == Wait::Ack && !reliable {
            return Err("best effort has no acknowledgement to wait for");
        }
        check_surroundings(scenario)?;
        let timers: Vec<&Distribution> =
            [push.refresh_every.as_ref(), strategy.expire.as_ref(), reliable.then_some(&push.timeout)]
                .into_iter()
                .flatten()
                .collect();
        let timers = if timers.iter().all(|distribution| matches!(distribution, Distribution::Constant(_))) {
            Timers::Constant
        } else if timers.iter().all(|distribution| is_exponential(distribution)) {
            Timers::Exponential
        } else {
            return Err("the timers are neither all constant nor all exponential");
        };
        let mean = |distribution: Option<&Distribution>| distribution.map_or(1.0, Distribution::mean);
        let parameters = Parameters {
            loss: scenario.bus.loss,
            delay: scenario.bus.delay.mean(),
            update_every: mean(scenario.clients.update_every.as_ref()),
            lifetime: mean(scenario.clients.revoke_after.as_ref()),
            refresh: mean(push.refresh_every.as_ref()),
            expiry: mean(strategy.expire.as_ref()),
            retransmit: mean(reliable.then_some(&push.timeout)),
        };
        let span = scenario.horizon.as_secs_f64() - scenario.warmup.as_secs_f64();
        Ok(Self { protocol, timers, parameters, gateways: scenario.gateways.count, span })
    }

    /// The prediction of the theory.
    #[must_use]
    pub fn prediction(&self) -> Prediction {
        match self.timers {
            Timers::Constant => constant(self.protocol, &self.parameters),
            Timers::Exponential => exponential(self.protocol, &self.parameters),
        }
    }
}

/// Whether the theory covers a mechanism.
const fn is_signaling(mechanism: Mechanism) -> bool {
    match mechanism {
        Mechanism::Push | Mechanism::Expire => true,
        Mechanism::Pull | Mechanism::Reconcile | Mechanism::Watch | Mechanism::Evict => false,
    }
}

fn is_exponential(distribution: &Distribution) -> bool {
    // An exponential distribution is recognised by comparing it with that of the same mean.
    *distribution == Distribution::exponential(distribution.mean())
}

/// Checks everything apart from the protocol: only messages take time, only messages are lost, and clients have no
/// effect.
fn check_surroundings(scenario: &Scenario) -> Result<(), &'static str> {
    let never = |distribution: &Distribution| *distribution == Distribution::Constant(Duration::ZERO);
    let (clients, path, api, gateways) = (&scenario.clients, &scenario.path, &scenario.api, &scenario.gateways);
    let exponential = |distribution: Option<&Distribution>| distribution.is_some_and(is_exponential);
    let rules = [
        (exponential(Some(&scenario.bus.delay)), "bus.delay is not exponential"),
        (exponential(clients.update_every.as_ref()), "clients.update_every is not exponential"),
        (exponential(clients.revoke_after.as_ref()), "clients.revoke_after is not exponential"),
        (scenario.bus.burst.is_none() && scenario.faults.is_empty(), "there are bursts or faults"),
        (clients.existing == 0, "clients.existing is not 0"),
        (clients.devices == 0, "clients.devices.count is not 0"),
        (never(&clients.session) && clients.return_probability >= 1.0, "clients do more than wait for the revocation"),
        (never(&path.delay) && never(&path.setup) && path.loss <= 0.0, "the path takes time or loses packets"),
        (never(&api.create_service) && never(&api.client_delay), "creates take time"),
        (
            never(&gateways.install) && never(&gateways.remove) && gateways.install_per_peer == Duration::ZERO,
            "installs or removals take time",
        ),
    ];
    rules.iter().find(|(holds, _)| !holds).map_or(Ok(()), |(_, why)| Err(why))
}
