//! The closed forms, as a quick check: the cases of `pushpull verify` with fewer replications. `docs/verification.md`
//! has the derivations, with a section for every case, and `docs/verification.txt` the table.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use des::Duration;
use pushpull::verify::{Case, Effort, HERE, Report, Run, cases, examine};
use serde_json::Value;

use crate::program::{folder, pushpull};

/// Every case with an eighth of its replications.
static GLANCE: LazyLock<Report> = LazyLock::new(|| examine(&cases(), 1, Effort::OneIn(8), 2, &|_| ()));

fn document(name: &str) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(name);
    fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

fn case(name: &str) -> Case {
    cases().into_iter().find(|case| case.name == name).unwrap_or_else(|| panic!("there is a case {name}"))
}

/// The rows that do not agree, for a message.
fn outside(report: &Report) -> Vec<String> {
    let rows = report.rows.iter().filter(|row| !row.agrees);
    rows.map(|row| format!("{} {}: {} expected, {} simulated", row.case, row.quantity, row.expected, row.simulated))
        .collect()
}

/// A tenth of all pushes is lost; the question is whether the share is `expected`.
fn a_tenth_lost(expected: f64) -> Case {
    let stalled = |run: &Run| {
        let count = |measure| format!("{:.0}", run.measure(measure)).parse().expect("a count");
        (count("stalled"), count("attempts"))
    };
    Case::new("lost", "a tenth", 8, "bus.loss = 0.1\nstrategies.push.push = {}").share(
        HERE,
        "stall rate",
        "p",
        expected,
        stalled,
    )
}

#[test]
fn every_closed_form_holds() {
    assert!(GLANCE.agrees(), "{:#?}", outside(&GLANCE));
    assert!(GLANCE.rows.iter().all(|row| row.n > 0 && row.expected.is_finite()));
}

#[test]
fn what_stands_in_the_document_is_what_is_run() {
    let (derivations, table) = (document("verification.md"), document("verification.txt"));
    for (name, about) in &GLANCE.cases {
        assert!(derivations.contains(&format!("### {name}\n")), "no section derives {name}");
        assert!(table.contains(&format!("{name}: {about}\n")), "docs/verification.txt lacks {name}: {about}");
    }
    for row in &GLANCE.rows {
        let found = table.lines().any(|line| line.contains(&row.quantity) && line.contains(&row.formula));
        assert!(found, "docs/verification.txt lacks {}: {}", row.quantity, row.formula);
    }
    let cases = format!("Each of {} cases", GLANCE.cases.len());
    assert!(derivations.contains(&cases), "docs/verification.md does not say: {cases}");
    let rows = format!("{} rows", GLANCE.rows.len());
    assert!(derivations.contains(&rows), "docs/verification.md does not say: {rows}");
}

#[test]
fn names_of_cases_differ_and_each_asks_something() {
    let cases = cases();
    let names: BTreeSet<&str> = cases.iter().map(|case| case.name).collect();
    assert_eq!(names.len(), cases.len());
    let asked: BTreeSet<&str> = GLANCE.rows.iter().map(|row| row.case).collect();
    assert_eq!(names, asked);
}

#[test]
fn a_wrong_expectation_falls_outside() {
    let seen = |expected| examine(&[a_tenth_lost(expected)], 1, Effort::Full, 1, &|_| ());
    assert!(seen(0.1).agrees());
    for wrong in [0.09, 0.11] {
        let report = seen(wrong);
        assert!(!report.agrees(), "{wrong} is believed");
        assert_eq!(outside(&report).len(), 1);
    }
}

#[test]
fn an_exact_row_allows_not_one_nanosecond() {
    let asked = |expected| {
        let case = Case::new("wait", "constant", 1, "horizon = '2s'\nstrategies.push.push = {}");
        let waits = |run: &Run| run.log.waits().map(|wait| wait.unwrap_or(Duration::MAX)).collect::<Vec<_>>();
        examine(&[case.exact(HERE, "handshake wait", "RTT", expected, waits)], 1, Effort::Full, 1, &|_| ())
    };
    assert!(asked(0.020).agrees());
    assert!(!asked(0.020_000_001).agrees());
}

#[test]
fn a_question_without_an_answer_does_not_agree() {
    let case = Case::new(
        "none",
        "nobody comes",
        8,
        "horizon = '2s'\nclients.arrivals = { every = '1h' }\nstrategies.push.push = {}",
    )
    .exact(HERE, "handshake wait", "RTT", 0.020, |run| run.log.waits().flatten().collect())
    .share(HERE, "stall rate", "0", 0.0, |_| (0, 0));
    let report = examine(&[case], 1, Effort::Full, 1, &|_| ());
    assert!(report.rows.iter().all(|row| !row.agrees), "{report:#?}");
}

#[test]
fn another_model_is_found_out() {
    for (name, key, value) in [
        ("jetstream", "bus.loss", "0.33"),
        ("installer-mm1", "gateways.install", "{ exponential = '1100us' }"),
        ("pull-exact", "http.delay", "'20001us'"),
        ("table-evict", "strategies.push.evict.idle_after", "'63s'"),
        ("cache-ttl", "strategies.pull.pull.ttl", "'66s'"),
        ("replica", "replica.transfer", "'520ms'"),
        ("negative-cache", "strategies.pull.pull.negative_ttl", "'5150ms'"),
    ] {
        let mut case = case(name);
        set(&mut case.experiment, key, value);
        let report = examine(&[case], 1, Effort::OneIn(2), 2, &|_| ());
        assert!(!report.agrees(), "{name} holds with {key} = {value}");
    }
}

/// Sets a dotted key.
fn set(table: &mut toml::Table, key: &str, value: &str) {
    let (parents, name) = key.rsplit_once('.').expect("a dotted key");
    let table = parents.split('.').fold(table, |table, parent| table[parent].as_table_mut().expect("a table"));
    let value: toml::Table = format!("x = {value}").parse().expect("TOML");
    assert!(table.contains_key(name), "{key} is not in the experiment");
    table.insert(name.to_owned(), value["x"].clone());
}

#[test]
fn the_table_does_not_depend_on_threads() {
    let report = |jobs| examine(&[case("push-ack"), case("push-exact")], 7, Effort::OneIn(4), jobs, &|_| ());
    assert_eq!(report(1), report(3));
}

#[test]
fn the_command_prints_the_cases_that_it_is_asked_for() {
    let folder = folder("verify");
    let printed = pushpull(&folder, &["verify", "--case", "push-exact", "--case", "reload", "--quiet"]);
    assert_eq!(printed.code, Some(0), "{printed:?}");
    assert!(printed.out.starts_with("  case "), "{}", printed.out);
    assert!(printed.out.contains("\nreload: ") && !printed.out.contains("\nherd: "), "{}", printed.out);
    assert!(printed.out.ends_with("Verdict: the model agrees with every closed form.\n"), "{}", printed.out);
    assert!(printed.out.lines().all(|line| line.chars().count() <= 122), "{}", printed.out);
    let printed = pushpull(&folder, &["verify", "--case", "push-exact", "--json", "--quiet", "--seed", "9"]);
    let json: Value = serde_json::from_str(&printed.out).expect("JSON");
    assert_eq!((&json["agrees"], &json["seed"]), (&Value::Bool(true), &Value::from(9)));
    assert_eq!(json["rows"][0]["method"], "exact");
}

#[test]
fn an_unknown_case_is_a_wrong_usage() {
    let printed = pushpull(&folder("verify-unknown"), &["verify", "--case", "push-exakt"]);
    assert_eq!(printed.code, Some(2));
    assert!(printed.err.contains("there is no case push-exakt; did you mean push-exact?"), "{}", printed.err);
    assert!(printed.out.is_empty());
}

#[test]
fn the_experiment_of_a_case_is_one_that_can_be_run() {
    let folder = folder("verify-experiment");
    for name in ["push-ack", "push-path", "reload"] {
        let printed = pushpull(&folder, &["verify", "--experiment", name]);
        assert_eq!(printed.code, Some(0), "{printed:?}");
        fs::write(folder.join("case.toml"), printed.out).expect("a file");
        let checked = pushpull(&folder, &["check", "case.toml"]);
        assert_eq!(checked.code, Some(0), "{name}: {}", checked.err);
        // A case sets every key, including keys without effect: there may be warnings.
        assert!(checked.err.lines().all(|line| line.starts_with("warning: ")), "{name}: {}", checked.err);
    }
}
