//! Solutions of the single-hop model of hard-state and soft-state signaling: the cost of the five protocols of a
//! published comparison, and the share of time in which sender and receiver disagree.
//!
//! The comparison is P. Ji, Z. Ge, J. Kurose and D. Towsley, "A Comparison of Hard-state and Soft-state Signaling
//! Protocols" (SIGCOMM 2003; IEEE/ACM Transactions on Networking 15(2), 2007). A *sender* (here the API) holds a state
//! (a peer's config) for some time, changes it, and drops it; a *receiver* (the gateway) keeps a copy. Every message
//! between them takes time and may be lost. `studies/signaling/README.md` contains the derivations.
//!
//! Three solutions, all derived in this study, none of them a simulation:
//!
//! * [`lockstep`]: the chain of seven states of the published comparison, with one message under way at a time;
//! * [`exponential`]: every timer exponential, any number of messages under way: a Markov chain whose states the program
//!   enumerates, cut off where the number of messages under way is negligible;
//! * [`constant`]: constant timers, as in a real system: a renewal argument.
//!
//! Left out: more than one hop, the receiver's notice of a false removal, and hard state's failure detector for
//! senders.

mod constant;
mod exponential;
mod lockstep;
mod observed;
mod setting;
mod sojourn;

pub use constant::constant;
pub use exponential::exponential;
pub use lockstep::lockstep;
pub use observed::Observed;
pub use setting::{Setting, Timers};

/// One of the five protocols.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Protocol {
    /// Soft state: triggers and refreshes at best effort; a record without refreshes expires.
    Ss,
    /// Soft state with explicit removal, at best effort.
    SsEr,
    /// Soft state with reliable triggers.
    SsRt,
    /// Soft state with reliable triggers and reliable removal.
    SsRtr,
    /// Hard state: reliable triggers and removal, no refreshes, no expiry.
    Hs,
}

impl Protocol {
    /// All five, from the softest to the hardest.
    pub const ALL: [Self; 5] = [Self::Ss, Self::SsEr, Self::SsRt, Self::SsRtr, Self::Hs];

    /// Name of the protocol as a strategy; `ss-er` is the study's SS+ER.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ss => "ss",
            Self::SsEr => "ss-er",
            Self::SsRt => "ss-rt",
            Self::SsRtr => "ss-rtr",
            Self::Hs => "hs",
        }
    }

    /// Whether the sender refreshes and the receiver's records expire.
    #[must_use]
    pub const fn is_soft(self) -> bool {
        !matches!(self, Self::Hs)
    }

    /// Whether messages are acknowledged, and retransmitted until then.
    #[must_use]
    pub const fn is_reliable(self) -> bool {
        matches!(self, Self::SsRt | Self::SsRtr | Self::Hs)
    }

    /// Whether the sender sends a removal when it drops its state.
    #[must_use]
    pub const fn removes(self) -> bool {
        matches!(self, Self::SsEr | Self::SsRtr | Self::Hs)
    }
}

/// The parameters of the model; durations are means in seconds, > 0.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Parameters {
    /// Probability in [0, 1) that a message is lost, acknowledgements included.
    pub loss: f64,
    /// One-way delay D, exponential.
    pub delay: f64,
    /// Time between two changes of a state, exponential.
    pub update_every: f64,
    /// Time for which the sender holds a state, exponential.
    pub lifetime: f64,
    /// Time T from one sending of a state to its refresh; above `retransmit`.
    pub refresh: f64,
    /// Time X after the last arrival at which the receiver drops a state.
    pub expiry: f64,
    /// Time R after which an unacknowledged message is sent again.
    pub retransmit: f64,
}

/// The results of a solution for one protocol.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Prediction {
    /// Share of the time in which sender or receiver holds a state during which they differ.
    pub inconsistency: f64,
    /// Messages sent per second of a state's life at the sender, acknowledgements included.
    pub message_rate: f64,
    /// Seconds per life, before its end, during which the receiver lacks the state or holds an old version.
    pub astray: f64,
    /// Seconds per life, after its end, during which the receiver still holds the state.
    pub orphaned: f64,
}

impl Prediction {
    fn new(parameters: &Parameters, astray: f64, orphaned: f64, messages: f64) -> Self {
        let lifetime = parameters.lifetime;
        Self {
            inconsistency: (astray + orphaned) / (lifetime + orphaned),
            message_rate: messages / lifetime,
            astray,
            orphaned,
        }
    }
}

/// The distribution function of the exponential distribution of this mean.
fn exponential_cdf(mean: f64, x: f64) -> f64 {
    if x <= 0.0 { 0.0 } else { -libm::expm1(-x / mean) }
}

/// The distribution function of the sum of two exponential variates of this mean: a message and its acknowledgement.
fn round_trip_cdf(mean: f64, x: f64) -> f64 {
    if x <= 0.0 { 0.0 } else { 1.0 - (1.0 + x / mean) * libm::exp(-x / mean) }
}

/// Simpson's rule on [`from`, `to`] with `pairs` pairs of intervals.
fn integrate(from: f64, to: f64, pairs: u32, function: impl Fn(f64) -> f64) -> f64 {
    let step = (to - from) / f64::from(2 * pairs);
    let inner: f64 =
        (1..2 * pairs).map(|i| if i % 2 == 1 { 4.0 } else { 2.0 } * function(from + step * f64::from(i))).sum();
    (function(from) + inner + function(to)) * step / 3.0
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) const PLAIN: Parameters = Parameters {
        loss: 0.02,
        delay: 0.03,
        update_every: 20.0,
        lifetime: 600.0,
        refresh: 5.0,
        expiry: 15.0,
        retransmit: 0.12,
    };

    #[test]
    fn simpsons_rule_is_exact_for_cubics() {
        assert!((integrate(0.0, 2.0, 1, |x| x * x * x) - 4.0).abs() < 1e-15);
    }

    #[test]
    fn without_loss_hard_state_differs_only_while_a_message_flies() {
        // Each of 1 + 600/20 versions is missing for D, or until the next change or the end: 31·D·(1 + small); the
        // removal takes D. Every version and the removal cost a message and an acknowledgement, apart from
        // retransmissions.
        let parameters = Parameters { loss: 0.0, retransmit: 100.0, ..PLAIN };
        for solve in [lockstep, exponential, constant] {
            let found = solve(Protocol::Hs, &parameters);
            assert!((found.astray / (31.0 * 0.03) - 1.0).abs() < 2e-3, "{found:?}");
            assert!((found.orphaned / 0.03 - 1.0).abs() < 2e-3, "{found:?}");
            assert!((found.message_rate * 600.0 / 64.0 - 1.0).abs() < 2e-3, "{found:?}");
        }
    }

    #[test]
    fn a_silent_end_lasts_as_long_as_the_record_lives() {
        // Exponential expiry: X from the end on, if there is a record. Constant: X less the time since the last
        // arrival.
        let parameters = Parameters { loss: 0.0, ..PLAIN };
        let found = exponential(Protocol::Ss, &parameters);
        let held = 15.0 / 20.0; // expiry against refreshes and updates, roughly
        assert!((found.orphaned / (15.0 * held) - 1.0).abs() < 0.1, "{found:?}");
        let found = constant(Protocol::Ss, &parameters);
        assert!((10.0..15.1).contains(&found.orphaned), "{found:?}");
    }
}
