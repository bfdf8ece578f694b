//! Exponential timers: the Markov chain of all messages under way.
//!
//! A state of the chain says whether the sender holds its state, which copy the receiver holds, and which messages and
//! acknowledgements are under way. The moves are the protocol's rules, exactly as in the simulator; the states are
//! found by following the moves. The only approximation: states with more messages under way than [`LIMITS`] are left
//! out.

use super::sojourn::Chain;
use super::{Parameters, Prediction, Protocol, integrate, round_trip_cdf};

/// Limits on messages under way at once.
#[derive(Clone, Copy)]
struct Limits {
    /// Messages and acknowledgements under way.
    flying: u8,
    /// Messages that are retransmitted until acknowledged.
    open: usize,
}

/// Wider limits change no result by a ten-thousandth (tested).
const LIMITS: Limits = Limits { flying: 4, open: 2 };

/// The copy at the receiver.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Record {
    Absent,
    Old,
    Current,
}

/// The content of a message.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Content {
    Current,
    Old,
    Removal,
}

/// The copies of one message.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Flight {
    content: Content,
    /// Whether it is retransmitted.
    open: bool,
    /// Copies that will arrive.
    copies: u8,
    /// Acknowledgements that will arrive; irrelevant for a closed flight.
    acks: u8,
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct State {
    live: bool,
    record: Record,
    flights: Vec<Flight>,
}

impl State {
    /// The canonical form of the state: closed flights of equal content are merged and sorted.
    fn tidy(mut self) -> Self {
        let mut closed = [0; 3];
        self.flights.retain(|flight| {
            if !flight.open {
                closed[flight.content as usize] += flight.copies;
            }
            flight.open
        });
        for content in [Content::Current, Content::Old, Content::Removal] {
            let copies = closed[content as usize];
            if copies > 0 {
                self.flights.push(Flight { content, open: false, copies, acks: 0 });
            }
        }
        self.flights.sort_unstable();
        self
    }

    /// Removals have limits of their own, so that many other messages never prevent the end of a state.
    fn is_within(&self, limits: Limits) -> bool {
        let (mut flying, mut removals, mut open) = (0, 0, 0);
        for flight in &self.flights {
            if flight.content == Content::Removal {
                removals += flight.copies;
            } else {
                flying += flight.copies + flight.acks;
                open += usize::from(flight.open);
            }
        }
        flying <= limits.flying && removals <= limits.flying && open <= limits.open
    }

    /// Whether the receiver holds nothing and will never hold anything again.
    fn is_over(&self) -> bool {
        !self.live
            && self.record == Record::Absent
            && !self.flights.iter().any(|flight| flight.content != Content::Removal)
    }

    /// Marks current content as old: the sender has changed or dropped the state.
    fn supersede(&mut self) {
        for flight in &mut self.flights {
            flight.content = Content::Old;
        }
        if self.record == Record::Current {
            self.record = Record::Old;
        }
    }

    /// This state with one more message under way, which arrives or is lost.
    fn sending(&self, protocol: Protocol, content: Content, arrives: bool) -> Self {
        let mut state = self.clone();
        let (open, copies) = (protocol.is_reliable(), u8::from(arrives));
        state.flights.push(Flight { content, open, copies, acks: 0 });
        state
    }
}

/// Solves the chain in which every timer and every delay is exponential.
///
/// Expiry is exponential too: the risk that a record expires does not depend on the last arrival, so a receiver loses
/// live states all the time. No real timer behaves like this; see [`constant`](super::constant).
#[must_use]
pub fn exponential(protocol: Protocol, parameters: &Parameters) -> Prediction {
    solve(protocol, parameters, LIMITS)
}

fn solve(protocol: Protocol, parameters: &Parameters, limits: Limits) -> Prediction {
    let mut starts = Vec::new();
    let empty = State { live: true, record: Record::Absent, flights: Vec::new() };
    for (arrives, probability) in [(true, 1.0 - parameters.loss), (false, parameters.loss)] {
        starts.push((empty.sending(protocol, Content::Current, arrives).tidy(), probability));
    }
    let chain = Chain::explore(&starts, |state| moves(protocol, parameters, limits, state));
    let times = chain.sojourns(|state| state.live, parameters.lifetime);
    let (mut astray, mut orphaned) = (0.0, 0.0);
    for (state, time) in chain.states().iter().zip(&times) {
        if state.live && state.record != Record::Current {
            astray += time;
        } else if !state.live && state.record != Record::Absent {
            orphaned += time;
        }
    }
    Prediction::new(parameters, astray, orphaned, messages(protocol, parameters))
}

/// The states that follow a state, with rates in 1/s.
fn moves(protocol: Protocol, parameters: &Parameters, limits: Limits, state: &State) -> Vec<(Option<State>, f64)> {
    let Parameters { loss, delay, update_every, lifetime, refresh, expiry, retransmit } = *parameters;
    let through = 1.0 - loss;
    let mut moves = Vec::new();
    // Moves beyond a limit are left out.
    let mut add = |next: State, rate: f64| {
        let next = next.tidy();
        if next.is_over() {
            moves.push((None, rate));
        } else if next.is_within(limits) {
            moves.push((Some(next), rate));
        }
    };
    let mut send = |from: &State, content: Content, rate: f64| {
        add(from.sending(protocol, content, true), rate * through);
        add(from.sending(protocol, content, false), rate * loss);
    };
    if state.live {
        if protocol.is_soft() {
            send(state, Content::Current, 1.0 / refresh);
        }
        let mut superseded = state.clone();
        superseded.supersede();
        send(&superseded, Content::Current, 1.0 / update_every);
        superseded.live = false;
        if protocol.removes() {
            send(&superseded, Content::Removal, 1.0 / lifetime);
        } else {
            add(superseded, 1.0 / lifetime);
        }
    }
    if protocol.is_soft() && state.record != Record::Absent {
        add(State { record: Record::Absent, ..state.clone() }, 1.0 / expiry);
    }
    for (index, flight) in state.flights.iter().enumerate() {
        let with = |change: &dyn Fn(&mut Flight)| {
            let mut next = state.clone();
            change(&mut next.flights[index]);
            next
        };
        if flight.open {
            add(with(&|flight| flight.copies += 1), through / retransmit);
        }
        if flight.copies > 0 {
            let rate = f64::from(flight.copies) / delay;
            for (answered, rate) in [(true, rate * through), (false, rate * loss)] {
                let mut next = with(&|flight| {
                    flight.copies -= 1;
                    flight.acks += u8::from(answered && flight.open);
                });
                match flight.content {
                    Content::Current => next.record = Record::Current,
                    Content::Old if state.record == Record::Absent => next.record = Record::Old,
                    Content::Old => {}
                    // Older messages have no further effect.
                    Content::Removal => next = State { live: false, record: Record::Absent, flights: Vec::new() },
                }
                add(next, rate);
            }
        }
        if flight.acks > 0 {
            add(with(&|flight| flight.open = false), f64::from(flight.acks) / delay);
        }
    }
    moves
}

/// Messages per life, acknowledgements included.
///
/// One message for each of 1 + `lifetime`/`update_every` versions, of `lifetime`/`refresh` refreshes (restarting a
/// memoryless clock has no effect) and for the removal; for a reliable message, the number of sendings until the
/// acknowledgement.
fn messages(protocol: Protocol, parameters: &Parameters) -> f64 {
    let Parameters { loss, delay, update_every, lifetime, refresh, retransmit, .. } = *parameters;
    let mut contents = 1.0 + lifetime / update_every;
    if protocol.is_soft() {
        contents += lifetime / refresh;
    }
    if protocol.removes() {
        contents += 1.0;
    }
    if !protocol.is_reliable() {
        return contents;
    }
    // Sendings at 0 and then at rate 1/R while unacknowledged: P(the first, and every one between, is not acknowledged
    // by t).
    let answered = (1.0 - loss) * (1.0 - loss);
    let unacknowledged = |t: f64| {
        let between = t - 2.0 * delay + (t + 2.0 * delay) * libm::exp(-t / delay);
        (1.0 - answered * round_trip_cdf(delay, t)) * libm::exp(-answered * between / retransmit)
    };
    // Beyond this time the probability decays at the rate of acknowledged sendings.
    let reach = 60.0 * retransmit.max(delay) / answered;
    let sendings = 1.0 + integrate(0.0, reach, 20_000, unacknowledged) / retransmit;
    contents * sendings * (2.0 - loss)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::PLAIN;

    #[test]
    fn wider_limits_change_next_to_nothing() {
        let parameters = Parameters { loss: 0.1, refresh: 2.0, expiry: 6.0, ..PLAIN };
        for protocol in Protocol::ALL {
            let (found, wide) =
                (exponential(protocol, &parameters), solve(protocol, &parameters, Limits { flying: 5, open: 3 }));
            assert!((found.inconsistency / wide.inconsistency - 1.0).abs() < 1e-4, "{found:?}, {wide:?}");
        }
    }

    #[test]
    fn best_effort_without_removal_is_a_formula() {
        // Without acknowledgements, arrivals are independent. A version of age a is held if it arrived after the last
        // expiry, a time y ago (exponential with mean X). The first sending did not arrive in that time with
        // probability 1 − (1 − p)(F(a) − F(b)), b = a − y; the refreshes that arrive are a Poisson process of rate (1 −
        // p)/T·F(u) at age u. F is the distribution of the delay.
        let Parameters { loss, delay, update_every, lifetime, refresh, expiry, .. } = PLAIN;
        let f = |u: f64| crate::exponential_cdf(delay, u);
        let sum_f = |u: f64| u - delay * f(u);
        let missed = |b: f64, a: f64| {
            (1.0 - (1.0 - loss) * (f(a) - f(b))) * libm::exp(-(1.0 - loss) / refresh * (sum_f(a) - sum_f(b)))
        };
        let at_age = |a: f64| {
            let recent = |b: f64| libm::exp((b - a) / expiry) / expiry * missed(b, a);
            let early = integrate(0.0, a.min(40.0 * delay), 100, recent);
            let late = if a > 40.0 * delay { integrate(40.0 * delay, a, 200, recent) } else { 0.0 };
            libm::exp(-a / expiry) * missed(0.0, a) + early + late
        };
        let rate = 1.0 / update_every + 1.0 / lifetime;
        let density = |a: f64| rate * libm::exp(-rate * a) * at_age(a);
        let share = integrate(0.0, 1.2, 400, density) + integrate(1.2, 40.0 / rate, 2000, density);
        let found = exponential(Protocol::Ss, &PLAIN);
        assert!((found.astray / lifetime / share - 1.0).abs() < 2e-5, "{found:?}, {share}");
    }
}
