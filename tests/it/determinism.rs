//! The same bytes for every way of running an experiment.

use des::RunKey;
use pushpull::measure::RunOutcome;
use pushpull::run::simulate;

use crate::sandbox::{Sandbox, cells};
use crate::scenarios;

#[test]
fn runs_in_another_order_and_in_another_thread_are_the_same_runs() {
    let run = |number: u32| {
        let RunOutcome { fingerprint, events, measures, .. } =
            simulate(&scenarios::random(number), RunKey { seed: 2, replication: number });
        (fingerprint, events, measures)
    };
    let forwards: Vec<_> = (0..40).map(run).collect();
    let mut backwards = std::thread::spawn(move || (0..40).rev().map(run).collect::<Vec<_>>()).join().expect("runs");
    backwards.reverse();
    assert_eq!(forwards, backwards);
}

#[test]
fn a_point_alone_has_the_runs_that_it_has_among_others() {
    let sandbox = Sandbox::new();
    sandbox.run("run small.toml --out all --quiet");
    sandbox.run("run small.toml --out alone --quiet --vary bus.loss=0.1");
    let of_point = |folder: &str| -> Vec<Vec<String>> {
        let rows = cells(&sandbox.path(&format!("{folder}/runs.csv")));
        rows.into_iter().filter(|row| row[1] == "0.1").map(|row| row[1..].to_vec()).collect()
    };
    assert_eq!(of_point("all"), of_point("alone"));
    assert_eq!(of_point("alone").len(), 12);
}

#[test]
fn one_thread_and_four_write_the_same_files() {
    let sandbox = Sandbox::new();
    sandbox.run("run small.toml --out one --quiet --jobs 1");
    sandbox.run("run small.toml --out four --quiet --jobs 4");
    sandbox.assert_same("one", "four");
}

#[test]
fn a_strategy_alone_has_the_rows_that_it_has_among_others() {
    let sandbox = Sandbox::new();
    sandbox.run("run small.toml --out all --quiet");
    sandbox.run("run small.toml --out alone --quiet --strategy jit");
    let of_jit = |folder: &str| -> Vec<Vec<String>> {
        let rows = cells(&sandbox.path(&format!("{folder}/runs.csv")));
        rows.into_iter().filter(|row| row[2] == "jit").collect()
    };
    assert_eq!(of_jit("all"), of_jit("alone"));
    assert_eq!(of_jit("alone").len(), 8);
}

#[test]
fn fewer_replications_are_the_first_of_more() {
    let sandbox = Sandbox::new();
    sandbox.run("run small.toml --out few --quiet --replications 2");
    sandbox.run("run small.toml --out more --quiet --replications 5");
    let rows = |folder: &str| cells(&sandbox.path(&format!("{folder}/runs.csv")));
    let first: Vec<Vec<String>> =
        rows("more").into_iter().filter(|row| row[3].as_str() < "2" || row[3] == "replication").collect();
    assert_eq!(rows("few"), first);
}

#[test]
fn a_folder_reproduces_itself_and_an_altered_one_is_found_out() {
    let sandbox = Sandbox::new();
    sandbox.run("run small.toml --out r --quiet");
    let said = sandbox.run("reproduce r --quiet");
    assert!(said.contains("runs made again: 24"), "{said}");
    assert!(sandbox.run("reproduce r --sample 50%").contains("the same:"));
    let text = sandbox.read("r/runs.csv");
    let line = text.lines().nth(3).expect("a third run").to_owned();
    let fingerprint = line.split(',').nth(4).expect("a fingerprint");
    sandbox.write("r/runs.csv", &text.replace(fingerprint, "0123456789abcdef"));
    let error = sandbox.fail("reproduce r --quiet", 1);
    assert!(error.contains("runs.csv: line 4 (point 0, bus.loss 0.0, strategy push, replication 2)"), "{error}");
    assert!(error.contains("column fingerprint: 0123456789abcdef, then"), "{error}");
    let error = sandbox.fail("reproduce r --sample 100%", 1);
    assert!(error.contains("came out differently: 1"), "{error}");
    sandbox.write("r/runs.csv", &text[..text.len() / 2]);
    let error = sandbox.fail("reproduce r --sample 1%", 1);
    assert!(error.contains("r/runs.csv: is damaged: of 24 runs the first"), "{error}");
}
