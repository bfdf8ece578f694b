//! Every mechanism has its section in an experiment file and its place in the compiled worlds.

use des::{Duration, RunKey};
use pushpull::model::{Mechanism, Scenario, Variant};
use pushpull::plan::Plan;
use pushpull::simulate;

/// The shortest section that enables a mechanism. A new mechanism needs an entry here.
const fn section(mechanism: Mechanism) -> &'static str {
    match mechanism {
        Mechanism::Push | Mechanism::Pull | Mechanism::Watch => "{}",
        Mechanism::Reconcile | Mechanism::Evict => "{ every = '1m' }",
        Mechanism::Expire => "{ after = '1m' }",
    }
}

/// Whether the plain world has it.
const fn is_in_the_plain_world(mechanism: Mechanism) -> bool {
    match mechanism {
        Mechanism::Push | Mechanism::Pull | Mechanism::Evict => true,
        Mechanism::Reconcile | Mechanism::Watch | Mechanism::Expire => false,
    }
}

/// A plan whose only strategy has these lines.
fn plan(lines: &str) -> Result<Plan, String> {
    let text = format!("name = 'a'\nseed = 1\n[strategies.a]\n{lines}\n");
    Plan::from_table(&text.parse().expect("TOML"), &[]).map_err(|error| error.to_string())
}

/// The mechanisms of the only strategy of a plan.
fn used(scenario: &Scenario) -> Vec<Mechanism> {
    Mechanism::ALL.iter().copied().filter(|mechanism| mechanism.is_used(&scenario.strategy)).collect()
}

#[test]
fn a_mechanism_that_the_plain_world_does_not_have_asks_for_the_whole_one() {
    for &mechanism in Mechanism::ALL {
        let own = format!("{} = {}", mechanism.word(), section(mechanism));
        let lines = if mechanism == Mechanism::Push { own } else { format!("push = {{}}\n{own}") };
        let mut scenario = plan(&lines).unwrap_or_else(|error| panic!("{error}")).scenario(0, 0);
        (scenario.horizon, scenario.warmup) = (Duration::from_secs(10), Duration::ZERO);
        let measured = simulate(&scenario, RunKey { seed: 7, replication: 0 });
        assert_eq!(measured.variant == Variant::Plain, is_in_the_plain_world(mechanism), "{lines}");
    }
}

#[test]
fn the_section_of_a_mechanism_turns_on_this_mechanism_alone() {
    for &mechanism in Mechanism::ALL {
        let own = format!("{} = {}", mechanism.word(), section(mechanism));
        let (lines, expected) = if mechanism.traits().installs {
            (own, vec![mechanism])
        } else {
            let refused = plan(&own).err().expect("a strategy that never installs a peer");
            assert!(refused.contains("never installs a peer"), "{refused}");
            (format!("{own}\npush = {{}}"), vec![Mechanism::Push, mechanism])
        };
        let scenario = plan(&lines).unwrap_or_else(|error| panic!("{error}")).scenario(0, 0);
        assert_eq!(used(&scenario), expected, "{lines}");
    }
}
