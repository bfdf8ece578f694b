//! The regular check whether a run continues has no effect on its outcome.

use des::RunKey;
use pushpull::model::{SLICE, Scenario};
use pushpull::plan::Plan;
use pushpull::run::{catching, simulate, simulate_while};

fn scenario(events_max: u64) -> Scenario {
    let text = format!(
        "name = \"s\"\nseed = 1\nhorizon = \"30m\"\nwarmup = \"1m\"\nevents_max = {events_max}\n[strategies.p]\npush = {{}}"
    );
    Plan::from_table(&text.parse().expect("TOML"), &[]).expect("a valid experiment").scenario(0, 0)
}

const KEY: RunKey = RunKey { seed: 1, replication: 0 };

#[test]
fn a_run_is_asked_in_equal_steps_and_watching_it_changes_nothing() {
    let scenario = scenario(1_000_000_000);
    let mut asked = Vec::new();
    let watched = simulate_while(&scenario, KEY, &mut |now, events| {
        asked.push((now, events));
        true
    });
    let (watched, alone) = (watched.expect("it was not cut short"), simulate(&scenario, KEY));
    assert_eq!((watched.fingerprint, watched.events), (alone.fingerprint, alone.events));
    assert_eq!(watched.measures, alone.measures);
    assert!(asked.len() > 3);
    for (nth, pair) in asked.windows(2).enumerate() {
        assert!(pair[0].0 <= pair[1].0);
        assert_eq!(pair[0].1, nth as u64 * SLICE);
    }
}

#[test]
fn a_run_that_is_cut_short_has_no_outcome() {
    let mut last = 0;
    let cut = simulate_while(&scenario(1_000_000_000), KEY, &mut |_, events| {
        last = events;
        events < 2 * SLICE
    });
    assert!(cut.is_none());
    assert_eq!(last, 2 * SLICE);
}

#[test]
fn a_run_may_handle_exactly_as_many_events_as_it_is_allowed() {
    let events = simulate(&scenario(1_000_000_000), KEY).events;
    assert_ne!(events % SLICE, 0);
    assert_eq!(simulate(&scenario(events), KEY).events, events);
    let runaway = catching(|| simulate(&scenario(events - 1), KEY).events);
    let message = runaway.expect_err("one event too many");
    assert!(message.contains(&format!("a runaway: more than {} events by", events - 1)), "{message}");
}
