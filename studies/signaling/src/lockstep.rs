//! The chain of seven states of the published comparison, with one message under way at a time.
//!
//! A change restarts the message under way. Refreshes and retransmissions arrive without delay. The receiver drops a
//! live state by mistake only if every refresh within its timeout is lost.

use super::sojourn::Chain;
use super::{Parameters, Prediction, Protocol};

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum State {
    /// The receiver holds nothing; the first message is under way, or was lost.
    SetupFlies,
    SetupLost,
    /// The receiver holds an old version; the message with the new one is under way, or was lost.
    UpdateFlies,
    UpdateLost,
    Consistent,
    /// The sender has dropped the state; its removal is under way, or was lost or never sent.
    RemovalFlies,
    Orphaned,
}

/// Solves the chain of one message at a time.
///
/// States, moves and the count of messages: `studies/signaling/README.md`.
#[must_use]
pub fn lockstep(protocol: Protocol, parameters: &Parameters) -> Prediction {
    let Parameters { loss, delay, update_every, lifetime, refresh, expiry, retransmit } = *parameters;
    let (through, update, end) = (1.0 - loss, 1.0 / update_every, 1.0 / lifetime);
    let (soft, reliable) = (protocol.is_soft(), protocol.is_reliable());
    let per = |condition: bool, time: f64| if condition { 1.0 / time } else { 0.0 };
    let repair = through * (per(soft, refresh) + per(reliable, retransmit));
    let expire = per(soft, expiry);
    // All of about X/T refreshes in a row are lost, once per X. With retransmission this is negligible.
    let forget = if soft && !reliable { libm::pow(loss, expiry / refresh) / expiry } else { 0.0 };
    let orphan = if protocol.removes() { State::RemovalFlies } else { State::Orphaned };
    let moves = |state: &State| match state {
        State::SetupFlies => {
            vec![(Some(State::Consistent), through / delay), (Some(State::SetupLost), loss / delay), (None, end)]
        }
        State::SetupLost => vec![(Some(State::Consistent), repair), (Some(State::SetupFlies), update), (None, end)],
        State::Consistent => {
            vec![(Some(State::UpdateFlies), update), (Some(State::SetupLost), forget), (Some(orphan), end)]
        }
        State::UpdateFlies => vec![
            (Some(State::Consistent), through / delay),
            (Some(State::UpdateLost), loss / delay),
            (Some(orphan), end),
        ],
        State::UpdateLost => vec![
            (Some(State::Consistent), repair),
            (Some(State::UpdateFlies), update),
            (Some(State::SetupLost), forget),
            (Some(orphan), end),
        ],
        State::RemovalFlies => {
            vec![(None, through / delay + expire), (Some(State::Orphaned), loss / delay)]
        }
        State::Orphaned => {
            vec![(None, expire + if protocol.removes() { through * per(reliable, retransmit) } else { 0.0 })]
        }
    };
    let chain = Chain::explore(&[(State::SetupFlies, 1.0)], moves);
    let live = |state: &State| !matches!(state, State::RemovalFlies | State::Orphaned);
    let times = chain.sojourns(live, lifetime);
    let time_in = |wanted: &[State]| -> f64 {
        chain.states().iter().zip(&times).filter(|(state, _)| wanted.contains(state)).map(|(_, time)| time).sum()
    };
    let orphaned = time_in(&[State::RemovalFlies, State::Orphaned]);
    let astray = lifetime - time_in(&[State::Consistent]);
    let mut sent = 1.0 + lifetime / update_every + lifetime * per(soft, refresh);
    if protocol.removes() {
        sent += 1.0;
    }
    if reliable {
        let lost = [State::SetupLost, State::UpdateLost];
        sent += time_in(&lost) / retransmit;
        if protocol.removes() {
            sent += time_in(&[State::Orphaned]) / retransmit;
        }
        // Lost refreshes, and messages whose acknowledgement is lost, are retransmitted too.
        sent += lifetime * per(soft, refresh) * loss / through;
        sent *= 1.0 + through;
    }
    Prediction::new(parameters, astray, orphaned, sent)
}
