//! Every mechanism has its section in an experiment file.

use std::fs;

use pushpull::model::Mechanism;
use pushpull::plan::{Overrides, Plan};

use crate::program::folder;

/// The shortest section that enables a mechanism. A new mechanism needs an entry here.
const fn section(mechanism: Mechanism) -> &'static str {
    match mechanism {
        Mechanism::Push | Mechanism::Pull | Mechanism::Watch => "{}",
        Mechanism::Reconcile | Mechanism::Evict => "{ every = '1m' }",
        Mechanism::Expire => "{ after = '1m' }",
    }
}

/// A plan whose only strategy has these lines.
fn plan(lines: &str) -> Result<Plan, String> {
    let file = folder("mechanisms").join("a.toml");
    fs::write(&file, format!("name = 'a'\nseed = 1\n[strategies.a]\n{lines}\n")).unwrap();
    Plan::read(&file, &Overrides::default()).map_err(|error| error.to_string())
}

#[test]
fn the_section_of_a_mechanism_turns_on_this_mechanism_alone() {
    for &mechanism in Mechanism::ALL {
        let own = format!("{} = {}", mechanism.word(), section(mechanism));
        let (lines, expected) = if mechanism.provides() {
            (own, vec![mechanism])
        } else {
            let refused = plan(&own).err().expect("a strategy that never installs a peer");
            assert!(refused.contains("never installs a peer"), "{refused}");
            (format!("{own}\npush = {{}}"), vec![Mechanism::Push, mechanism])
        };
        let scenario = plan(&lines).unwrap_or_else(|error| panic!("{error}")).scenario(0, 0);
        let used = Mechanism::ALL.iter().copied().filter(|used| used.is_used(&scenario.strategy));
        assert_eq!(used.collect::<Vec<_>>(), expected, "{lines}");
    }
}
