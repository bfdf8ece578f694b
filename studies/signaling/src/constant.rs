//! Constant timers: refresh, expiry and retransmission always take the same time; other times stay exponential.
//!
//! Between two changes the sender sends at known ages of the version. So the probability that the version has not
//! arrived is a product over these sendings. The sendings are a renewal process: after each, the next one comes at the
//! next change or at the next tick, independent of the past. Neglected: a message that overtakes a message of an older
//! version, the effect of the delay on the receiver's copy when the sender drops the state, and, with reliable
//! triggers, expiry of a live state.

use super::{Parameters, Prediction, Protocol, exponential_cdf, integrate, round_trip_cdf};

/// Number of means beyond which an exponential tail is neglected.
const TAIL: f64 = 40.0;

/// Solves the model with constant timers. `refresh` must be above `retransmit`.
#[must_use]
pub fn constant(protocol: Protocol, parameters: &Parameters) -> Prediction {
    if protocol.is_reliable() { reliable(protocol, parameters) } else { best_effort(protocol, parameters) }
}

/// Rate at which a version ends by a change or a drop of the state, 1/s.
fn version_end(parameters: &Parameters) -> f64 {
    1.0 / parameters.update_every + 1.0 / parameters.lifetime
}

fn best_effort(protocol: Protocol, parameters: &Parameters) -> Prediction {
    let Parameters { loss, delay, lifetime, refresh, expiry, .. } = *parameters;
    let through = 1.0 - loss;
    let arrived = |age: f64| exponential_cdf(delay, age);
    // A version of age a is held if a sending of it arrived within the last X.
    let missed = |age: f64| {
        let mut product = 1.0;
        let mut since = age - refresh * libm::floor(age / refresh);
        while since <= age * (1.0 + 1e-12) && since < expiry + TAIL * delay {
            product *= 1.0 - through * (arrived(since) - arrived(since - expiry));
            since += refresh;
        }
        product
    };
    let astray = lifetime * over_age(parameters, missed);

    let sendings = sendings_per_life(parameters, &[(1.0, refresh)]);
    let (silence, step) = silence(parameters);
    let (mut held, mut orphaned) = (0.0, 0.0);
    for (index, silence) in silence.iter().enumerate() {
        let since = (index as f64 + 0.5) * step;
        let weight = sendings * through * step / lifetime * libm::exp(-since / lifetime) * silence;
        if since < expiry {
            held += weight;
            orphaned += weight * (expiry - since + delay);
        } else {
            orphaned += weight * delay * libm::exp(-(since - expiry) / delay);
        }
    }
    let mut messages = sendings;
    if protocol.removes() {
        orphaned = loss * orphaned + through * held * delay;
        messages += 1.0;
    }
    Prediction::new(parameters, astray, orphaned, messages)
}

/// ∫ s·exp(−s·a)·`missed`(a) da over the age a of a version, s the rate at which it ends, in pieces of one tick.
fn over_age(parameters: &Parameters, missed: impl Fn(f64) -> f64) -> f64 {
    let (rate, tick) = (version_end(parameters), parameters.refresh);
    let (mut from, mut total) = (0.0, 0.0);
    while from < TAIL / rate {
        total += integrate_tick(parameters, from, tick, |age| rate * libm::exp(-rate * age) * missed(age));
        from += tick;
    }
    total
}

/// The integral from one sending to the next, a `tick` later: fine steps while the message is under way, coarse ones
/// after.
fn integrate_tick(parameters: &Parameters, from: f64, tick: f64, function: impl Fn(f64) -> f64) -> f64 {
    let landed = from + (TAIL * parameters.delay).min(tick);
    integrate(from, landed, 100, &function) + integrate(landed, from + tick, 100, &function)
}

/// Number of sendings per life: after each sending comes another, unless the state is dropped before the next change or
/// tick.
///
/// `ticks` lists the possible times to the next tick with their probabilities.
fn sendings_per_life(parameters: &Parameters, ticks: &[(f64, f64)]) -> f64 {
    let (update, end) = (1.0 / parameters.update_every, 1.0 / parameters.lifetime);
    let rate = update + end;
    let ticked: f64 = ticks.iter().map(|(probability, tick)| probability * libm::exp(-rate * tick)).sum();
    1.0 / (1.0 - (update / rate * (1.0 - ticked) + ticked))
}

/// Probability that after a sending that arrived none of the sendings within w arrives, at the midpoints of steps: S(w)
/// = P(no sending within w) + loss·∫ S(w − g) dG(g), where G is the distribution of the gap min(exponential, T).
fn silence(parameters: &Parameters) -> (Vec<f64>, f64) {
    const STEPS: usize = 500;
    let Parameters { loss, delay, refresh, expiry, update_every, .. } = *parameters;
    let step = refresh / STEPS as f64;
    let survives = |time: f64| if time < refresh { libm::exp(-time.max(0.0) / update_every) } else { 0.0 };
    // Probability that the gap lies within half a step of k steps, without the probability of the tick itself.
    let gap: Vec<f64> = (0..=STEPS)
        .map(|k| {
            let (low, high) = ((k as f64 - 0.5) * step, ((k as f64 + 0.5) * step).min(refresh));
            libm::exp(-low.max(0.0) / update_every) - libm::exp(-high / update_every)
        })
        .collect();
    let tick = libm::exp(-refresh / update_every);
    let mut silence: Vec<f64> = Vec::new();
    loop {
        let k = silence.len();
        let time = (k as f64 + 0.5) * step;
        if time > expiry + TAIL * delay {
            return (silence, step);
        }
        let mut earlier = 0.0;
        for (back, probability) in gap.iter().enumerate().take(k + 1).skip(1) {
            earlier += probability * silence[k - back];
        }
        if k >= STEPS {
            earlier += tick * silence[k - STEPS];
        }
        // A gap of less than half a step leads to the same step.
        silence.push((survives(time) + loss * earlier) / (1.0 - loss * gap[0]));
    }
}

fn reliable(protocol: Protocol, parameters: &Parameters) -> Prediction {
    let Parameters { loss, delay, lifetime, refresh, expiry, retransmit, .. } = *parameters;
    let through = 1.0 - loss;
    // Sendings every R, at least until the first has arrived.
    let missed = |age: f64| {
        let mut product = 1.0;
        let mut since = age;
        while since >= 0.0 && product > 1e-18 {
            product *= 1.0 - through * exponential_cdf(delay, since);
            since -= retransmit;
        }
        product
    };
    let rate = version_end(parameters);
    let astray = lifetime * rate * integrate_missed(parameters, rate, missed);
    let first_arrival = integrate_missed(parameters, 0.0, missed);

    // Probability that sending n is made: no earlier sending has been acknowledged by then.
    let answered = through * through;
    let mut made = vec![1.0];
    while *made.last().expect("never empty") > 1e-12 {
        let n = made.len();
        made.push((1..=n).map(|k| 1.0 - answered * round_trip_cdf(delay, k as f64 * retransmit)).product());
    }
    let sendings: f64 = made.iter().sum();
    let ticks: Vec<(f64, f64)> = made
        .windows(2)
        .enumerate()
        .map(|(n, pair)| {
            (pair[0] - pair[1], if protocol.is_soft() { refresh + n as f64 * retransmit } else { f64::MAX })
        })
        .collect();
    let mut contents = sendings_per_life(parameters, &ticks);
    let orphaned = if protocol.removes() {
        let absent = integrate_missed(parameters, 1.0 / lifetime, missed) / lifetime;
        (1.0 - absent) * first_arrival
    } else {
        // Expiry starts from the last arrival of the last message: the time since the start of that message.
        let since: f64 = ticks
            .iter()
            .map(|(probability, tick)| {
                let whole = 1.0 - libm::exp(-rate * tick) * (1.0 + rate * tick);
                probability * whole / (rate * rate) / lifetime
            })
            .sum();
        expiry + last_arrival(parameters, &made) - contents * since
    };
    if protocol.removes() {
        contents += 1.0;
    }
    Prediction::new(parameters, astray, orphaned, contents * sendings * (1.0 + through))
}

/// ∫ `missed`(t)·exp(−`rate`·t) dt, in pieces of the retransmission.
fn integrate_missed(parameters: &Parameters, rate: f64, missed: impl Fn(f64) -> f64) -> f64 {
    let tick = parameters.retransmit;
    let (mut from, mut total) = (0.0, 0.0);
    while missed(from) > 1e-16 {
        total += integrate_tick(parameters, from, tick, |t| missed(t) * libm::exp(-rate * t));
        from += tick;
    }
    total
}

/// Mean time from the first sending of a reliable message to the arrival of its last copy. Sendings after those in
/// `made` have negligible probability.
fn last_arrival(parameters: &Parameters, made: &[f64]) -> f64 {
    let Parameters { loss, delay, retransmit, .. } = *parameters;
    let through = 1.0 - loss;
    // A copy is lost or arrives within `within`, and in both cases is not acknowledged within `silent`.
    let copy = |silent: f64, within: f64| {
        let early = within.min(silent).max(0.0);
        let acknowledged = exponential_cdf(delay, early) - early / delay * libm::exp(-silent.max(0.0) / delay);
        loss + through * exponential_cdf(delay, within) - through * through * acknowledged
    };
    // All copies of exactly n sendings have arrived by t.
    let by = |t: f64| -> f64 {
        (1_u32..)
            .zip(made)
            .map(|(n, _)| {
                let all = |until: f64| -> f64 {
                    (0..n).map(|i| copy((until - f64::from(i)) * retransmit, t - f64::from(i) * retransmit)).product()
                };
                all(f64::from(n - 1)) - all(f64::from(n))
            })
            .sum()
    };
    let reach = made.len() as f64 * retransmit + TAIL * delay;
    integrate(0.0, reach, 2000, |t| 1.0 - by(t))
}
