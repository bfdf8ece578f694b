//! `pushpull explain`: one key, all keys, and the document made from them.

use crate::sandbox::Sandbox;

#[test]
fn a_key_is_explained_with_meaning_default_effect_and_example() {
    let text = Sandbox::new().run("explain clients.handshake.retry_after");
    for wanted in ["meaning", "accepts", "\"5s\", published: WireGuard", "effect", "clients.handshake.retry_after = "] {
        assert!(text.contains(wanted), "{wanted:?} is not in\n{text}");
    }
}

#[test]
fn a_mechanism_is_explained_with_its_keys() {
    let text = Sandbox::new().run("explain evict");
    assert!(text.contains("evict.idle_after") && text.contains("evict.every"), "{text}");
}

#[test]
fn a_key_that_does_not_exist_is_refused_with_near_names() {
    let error = Sandbox::new().fail("explain bus.los", 2);
    assert!(error.contains("there is no key and no measure bus.los; did you mean bus.loss"), "{error}");
    assert!(Sandbox::new().fail("explain qqqqqqqqqq", 2).contains("pushpull explain lists all keys"));
}

#[test]
fn a_measure_is_explained_as_such_also_as_the_key_of_a_goal() {
    let sandbox = Sandbox::new();
    for name in ["late_rate", "goal.late_rate"] {
        let text = sandbox.run(&format!("explain {name}"));
        assert!(text.starts_with("late_rate is a measure") && text.contains("Late over attempts"), "{text}");
    }
    let error = sandbox.fail("explain lat_rate", 2);
    assert!(error.contains("did you mean late_rate"), "{error}");
}

#[test]
fn docs_keys_md_is_what_the_program_writes() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/keys.md");
    let document = std::fs::read_to_string(path).expect("docs/keys.md");
    let written = Sandbox::new().run("explain --format markdown");
    assert!(document == written, "docs/keys.md is old: pushpull explain --format markdown > docs/keys.md");
}

#[test]
fn every_key_of_a_file_that_check_prints_is_explained() {
    let sandbox = Sandbox::new();
    let all = sandbox.run("explain");
    for key in
        ["clients.arrivals", "push.ack_wait", "pull.rate_limit.burst", "faults.for", "output.bin", "watch.lifetime"]
    {
        assert!(all.lines().any(|line| line.starts_with(&format!("{key} ")) || line == key), "{key}");
    }
}

#[test]
fn the_schema_says_what_a_key_does() {
    let schema: serde_json::Value = serde_json::from_str(&Sandbox::new().run("schema")).expect("JSON");
    let about = schema["properties"]["bus"]["properties"]["loss"]["description"].as_str().expect("a text");
    assert!(about.contains("Probability that a message is lost") && about.contains("Push over core loses the config"));
}
