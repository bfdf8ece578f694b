//! boringtun under mocked time, driven by the simulator's events.
//!
//! A run of the model is recorded. Then each of its peers gets two real tunnels, the client's and the gateway's, and
//! a clock that only this program moves. Every packet that the model sends is made by a tunnel, and every packet that
//! arrives in the model is given to one. What the tunnels make of it must be what the model says: accepted, refused
//! or repeated.
//!
//! Real: the states of both ends of each handshake, keys, timestamps, and, with the timers of boringtun, when the
//! client initiates, gives up and rejects its keys. From the model: losses, delays, which records the gateway holds,
//! when sessions end and, with the timers of Linux, when the client initiates. Nothing here reads a clock.

mod peer;
mod tally;

pub use tally::{Count, Disagreement, Tally};

use std::collections::BTreeMap;

use des::{RunKey, Time};
use pushpull::model::{PeerId, Scenario};
use pushpull::story::{Fact, TapeEntry, Witness, replay};

/// Whose timers the clients have.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Preset {
    /// The kernel's: the model's client says when to initiate.
    Linux,
    /// boringtun's: the tunnel itself says when.
    Boringtun,
}

/// Records all facts about each new peer.
#[derive(Default)]
struct Tapes(BTreeMap<PeerId, Vec<TapeEntry>>);

impl Witness for Tapes {
    fn fact(&mut self, at: Time, fact: Fact) {
        if let Some(peer) = fact.peer().filter(|peer| peer.is_new()) {
            self.0.entry(peer).or_default().push(TapeEntry { at, fact });
        }
    }
}

/// Simulates one run, repeats its handshakes with real tunnels, and adds what was seen to `tally`.
///
/// `lose_installs` is for tests of this program: gateways then keep no peer that they install.
pub fn drive(scenario: &Scenario, key: RunKey, preset: Preset, lose_installs: bool, tally: &mut Tally) {
    let mut tapes = Tapes::default();
    replay(scenario, key, &mut tapes);
    for (peer, tape) in &tapes.0 {
        peer::drive(*peer, tape, preset, lose_installs, tally);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pushpull::plan::{Overrides, Plan};
    use std::path::Path;

    /// All strategies of the experiment with a few seeds. `point`: the timers of the model's clients.
    fn run(point: usize, preset: Preset, lose_installs: bool) -> Tally {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("handshakes.toml");
        let plan = Plan::read(&file, &Overrides::default()).expect("a valid experiment");
        let mut tally = Tally::default();
        for strategy in 0..plan.strategies.len() {
            let scenario = plan.scenario(point, strategy);
            for replication in 0..5 {
                drive(&scenario, RunKey { seed: plan.seed, replication }, preset, lose_installs, &mut tally);
            }
        }
        tally
    }

    #[test]
    fn a_few_seeds_agree_and_see_each_kind_of_handshake() {
        for (point, preset) in [Preset::Linux, Preset::Boringtun].into_iter().enumerate() {
            let tally = run(point, preset, false);
            assert_eq!(tally.disagreements, [], "{preset:?}");
            for count in
                [Count::Accepted, Count::Stranger, Count::Confirmed, Count::Inverted, Count::Rekeyed, Count::Data]
            {
                assert!(tally.get(count) > 0, "{preset:?}: {count:?}");
            }
        }
    }

    #[test]
    fn the_model_with_the_timers_of_linux_disagrees_with_those_of_boringtun() {
        assert_ne!(run(0, Preset::Boringtun, false).disagreements, []);
    }

    #[test]
    fn gateways_that_lose_what_they_install_are_found_out() {
        assert_ne!(run(0, Preset::Linux, true).disagreements, []);
    }

    #[test]
    fn the_same_seeds_give_the_same_counts() {
        assert_eq!(run(1, Preset::Boringtun, false), run(1, Preset::Boringtun, false));
    }
}
