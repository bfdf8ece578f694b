//! Reruns a sample of the runs and compares fingerprint and every column, to detect a non-deterministic build.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, OnceLock};

use super::catch::catching;
use super::crew::crew;
use super::row::Row;
use crate::measure::RunOutcome;
use crate::model::Scenario;
use crate::plan::Group;
use des::RunKey;

/// Share of the runs in the sample.
const SHARE: f64 = 0.01;

/// Limit of the sample's share of all events, per thousand.
const BUDGET_PER_THOUSAND: u64 = 15;

/// Selects runs one by one; the selection depends on the runs alone.
#[derive(Clone, Debug, Default)]
pub struct DoubleCheck {
    picked: Vec<Row>,
    cheapest: Option<Row>,
    events: u64,
}

/// A run whose repetition differs.
#[derive(Clone, Debug, PartialEq)]
pub struct Differing {
    /// The first row.
    pub first: Row,
    /// The second row, or the message of a panic.
    pub second: Result<Row, String>,
}

impl DoubleCheck {
    /// Considers a run for the sample.
    pub fn see(&mut self, row: &Row, strategies: usize) {
        self.events += row.events;
        if self.cheapest.as_ref().is_none_or(|cheapest| row.events < cheapest.events) {
            self.cheapest = Some(row.clone());
        }
        if Self::is_among(row, strategies, SHARE) {
            self.picked.push(row.clone());
        }
    }

    /// Whether a run is in a sample of this share of all runs. The sample is always the same and is spread over all
    /// runs.
    #[must_use]
    pub fn is_among(row: &Row, strategies: usize, share: f64) -> bool {
        let index = row.group.index(strategies) as u64;
        (mixed(index.rotate_left(32) ^ u64::from(row.replication)) >> 11) as f64 / (1_u64 << 53) as f64 <= share
    }

    /// The selected runs: about one in a hundred, with at most 1.5 % of all events; the cheapest run if the limit
    /// leaves none.
    #[must_use]
    pub fn picked(&self) -> Vec<&Row> {
        let budget = self.events / 1000 * BUDGET_PER_THOUSAND;
        let mut spent = 0;
        let mut rows: Vec<&Row> = Vec::new();
        for row in &self.picked {
            if spent + row.events <= budget {
                spent += row.events;
                rows.push(row);
            }
        }
        if rows.is_empty() {
            rows.extend(&self.cheapest);
        }
        rows
    }
}

/// Repeats the runs of `rows`, `jobs` at once, until `stop` is set. Returns those that differ in any column.
///
/// # Panics
/// If a worker thread panics, which would be a bug.
pub fn differing(
    rows: &[&Row],
    seed: u64,
    jobs: usize,
    scenario: &(dyn Fn(Group) -> Scenario + Sync),
    simulate: &(dyn Fn(&Scenario, RunKey) -> RunOutcome + Sync),
    stop: &AtomicBool,
) -> Vec<Differing> {
    let left = Mutex::new(rows.iter());
    let found = Mutex::new(Vec::new());
    let work = || {
        while !stop.load(Ordering::Relaxed) {
            let next = left.lock().expect("no worker panics").next();
            let Some(&first) = next else { return };
            let key = RunKey { seed, replication: first.replication };
            let outcome = catching(|| simulate(&scenario(first.group), key));
            let second = outcome.map(|outcome| Row::new(first.group, first.replication, &outcome));
            if second.as_ref() != Ok(first) {
                found.lock().expect("no worker panics").push(Differing { first: first.clone(), second });
            }
        }
    };
    let staff = OnceLock::new();
    std::thread::scope(|scope| {
        if crew(scope, jobs.min(rows.len()), &staff, work).is_err() {
            work();
        }
    });
    let mut found = found.into_inner().expect("no worker panics");
    found.sort_by_key(|differing| (differing.first.group, differing.first.replication));
    found
}

/// Mixes a number so that neighbours are spread over the range (the finalizer of `SplitMix64`).
const fn mixed(mut z: u64) -> u64 {
    z = z.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
