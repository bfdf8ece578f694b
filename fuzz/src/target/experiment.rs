//! Experiment files: `check`, and the experiment in a manifest.

use std::path::Path;

use pushpull::plan::{Overrides, Plan, listing};

use super::{Target, experiments};
use crate::mutate;

pub(super) const TARGET: Target =
    Target { name: "experiment", seeds: experiments, mutate: mutate::toml, run, expects: None };

/// Maximum length of an error, bytes.
const MESSAGE_MAX: usize = 5_000_000;

/// Maximum number of points for which scenarios are built.
const POINTS_MAX: usize = 20;

/// Maximum number of points of a sweep whose time is limited.
const TIMED_MAX: f64 = 20_000.0;

/// Whether a design has more points than are timed. Each text begins with a number of points; the numbers are
/// multiplied. Checking a million points takes seconds, which is not a failure.
pub(super) fn asks_for_many<'a>(sizes: impl Iterator<Item = &'a str>) -> bool {
    let number = |text: &str| {
        let from = text.chars().skip_while(|c| !c.is_ascii_digit());
        let digits: String = from.take_while(|c| c.is_ascii_digit() || *c == '_').filter(|c| *c != '_').collect();
        digits.parse::<f64>().ok()
    };
    sizes.filter_map(number).filter(|size| (2.0..=20_000_000.0).contains(size)).product::<f64>() > TIMED_MAX
}

/// The texts after the keys that give a number of points.
pub(super) fn sizes(line: &str) -> impl Iterator<Item = &str> {
    ["steps", "latin_hypercube", "sobol"].into_iter().flat_map(move |key| line.split(key).skip(1))
}

fn run(folder: &Path, input: &[u8]) -> bool {
    let text = String::from_utf8_lossy(input);
    if asks_for_many(text.lines().flat_map(sizes)) {
        return false;
    }
    let file = folder.join("x.toml");
    std::fs::write(&file, input).expect("a file can be written");
    for (name, text) in [
        ("d.csv", "seconds\n0.1\n0.2\n3\n"),
        ("t.csv", "t_s,gateway\n0.1,0\n0.2,\n3,1\n"),
        ("p.csv", "bus.loss,bus.delay\n0,1ms\n0.1,2ms\n"),
    ] {
        let path = folder.join(name);
        if !path.exists() {
            std::fs::write(path, text).expect("a file can be written");
        }
    }
    read(&file, &Overrides::default())
}

/// Reads an experiment and uses everything derived from it.
pub(super) fn read(file: &Path, overrides: &Overrides) -> bool {
    match Plan::read(file, overrides) {
        Ok(plan) => {
            std::hint::black_box(listing(&plan));
            for warning in &plan.warnings {
                std::hint::black_box(warning.to_string());
            }
            if plan.points.len() <= POINTS_MAX {
                for point in 0..plan.points.len() {
                    std::hint::black_box(plan.scenario(point, point % plan.strategies.len()));
                }
                let json = serde_json::to_string(&plan.resolved).expect("a resolved experiment is JSON");
                let table: toml::Table = serde_json::from_str(&json).expect("JSON that was just written");
                let again = Plan::from_table(&table, &plan.data);
                let again = again.unwrap_or_else(|error| panic!("a resolved experiment is refused: {error}"));
                assert_eq!(again.digest, plan.digest, "the digest changes on the way through a manifest");
                assert_eq!(again.points, plan.points, "the points change on the way through a manifest");
            }
            true
        }
        Err(error) => {
            let text = error.to_string();
            assert!(!text.is_empty() && text.len() < MESSAGE_MAX, "a message of {} bytes", text.len());
            false
        }
    }
}
