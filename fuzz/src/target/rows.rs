//! Result folders as `--resume`, `merge`, `reproduce` and `diff` read them: `runs.csv` with `samples.bin`, and all
//! statistics of their runs.

use std::path::Path;

use pushpull::run::{Estimator, Row};

use pushpull::plan::Group;
use pushpull::plan::Plan;
use pushpull::measure::MEASURES;
use pushpull::folder::foreign::ForeignRuns;
use pushpull::folder::manifest::Manifest;
use pushpull::folder::{Store, compare, distributions, pairs, runs, summary, timeseries};

use super::{Target, folders};
use crate::bundle::Bundle;
use crate::mutate;
use crate::random::Random;

pub(super) const TARGET: Target = Target { name: "rows", seeds, mutate, run, expects: None };

/// The files that are read.
pub(super) const FILES: [&str; 3] = ["manifest.json", "runs.csv", "samples.bin"];

/// Bytes before a frame's body: its length, and the checksum of the body.
const HEAD: usize = 12;

/// Maximum number of groups examined.
const GROUPS_MAX: usize = 50;

/// Unchanged folders.
pub(super) fn seeds() -> Vec<Vec<u8>> {
    folders().iter().map(|folder| Bundle::of_folder(folder, &FILES).to_bytes()).collect()
}

fn mutate(random: &mut Random, base: &[u8], _other: &[u8]) -> Vec<u8> {
    let mut bundle = Bundle::from_bytes(base);
    match random.below(8) {
        0 => change(random, &mut bundle, "manifest.json", mutate::json),
        1 => change(random, &mut bundle, "samples.bin", mutate::bytes),
        _ => change(random, &mut bundle, "runs.csv", mutate::csv),
    }
    if !random.one_in(4) {
        seal(&mut bundle);
    }
    bundle.to_bytes()
}

fn change(random: &mut Random, bundle: &mut Bundle, name: &str, by: fn(&mut Random, &[u8]) -> Vec<u8>) {
    if let Some(content) = bundle.get_mut(name) {
        *content = by(random, content);
    }
}

/// Corrects the checksums in `samples.bin`, of its frames and of the lines of `runs.csv`, as far as possible, so that
/// mutated data passes the checksums and is read.
pub(super) fn seal(bundle: &mut Bundle) {
    let rows = bundle.get("runs.csv").unwrap_or_default().to_vec();
    let mut rows = rows.split_inclusive(|byte| *byte == b'\n').skip(1);
    let Some(samples) = bundle.get_mut("samples.bin") else { return };
    let mut at = 0;
    while let Some(head) = samples.get(at..at + HEAD) {
        let length = u32::from_le_bytes(*head.first_chunk().expect("a head is longer")) as usize;
        let end = at.saturating_add(HEAD).saturating_add(length).min(samples.len());
        let body = &mut samples[at + HEAD..end];
        // Point, strategy, checksum of the lines, number of runs.
        let places = take(body, 0).and_then(|(_, at)| take(body, at)).map(|(_, at)| at);
        if let Some(place) = places.filter(|place| place + 8 <= body.len())
            && let Some((count, _)) = take(body, place + 8)
        {
            let lines: Vec<u8> = rows.by_ref().take(count.min(1000)).flatten().copied().collect();
            body[place..place + 8].copy_from_slice(&blake3::hash(&lines).as_bytes()[..8]);
        }
        let length = u32::try_from(body.len()).expect("inputs are short");
        let sum = blake3::hash(body);
        samples[at..at + 4].copy_from_slice(&length.to_le_bytes());
        samples[at + 4..at + HEAD].copy_from_slice(&sum.as_bytes()[..8]);
        at = end;
    }
}

/// A number with seven bits per byte, and the position after it.
fn take(bytes: &[u8], mut at: usize) -> Option<(usize, usize)> {
    let mut value = 0;
    for shift in (0..56).step_by(7) {
        let byte = *bytes.get(at)?;
        at += 1;
        value |= usize::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some((value, at));
        }
    }
    None
}

/// Reads a folder as far as it is valid, with all statistics of its rows. Returns whether it holds runs.
fn run(folder: &Path, input: &[u8]) -> bool {
    Bundle::from_bytes(input).write(folder);
    let compared = compared(folder);
    stored(folder, true) || compared
}

/// Reads the runs of a folder and their pool, with the statistics of the rows if `statistics`. Returns whether the
/// folder holds runs.
pub(super) fn stored(folder: &Path, statistics: bool) -> bool {
    let Ok(Some(manifest)) = Manifest::read(folder) else { return false };
    let Ok(plan) = Plan::from_table(&manifest.experiment, &manifest.data) else { return false };
    let Ok(Some(mut store)) = Store::open(&plan, folder) else { return false };
    let mut accepted = false;
    let mut estimator = Estimator::new(plan.confidence);
    let strategies = plan.strategies.len();
    let mut point: Vec<Vec<Row>> = Vec::new();
    for index in 0..(plan.points.len() * strategies).min(GROUPS_MAX) {
        let group = Group::at(index, strategies);
        let mut stored = store.take(group);
        accepted |= !stored.rows.is_empty();
        let bin = pushpull::file::parse_duration("10s").expect("a duration");
        std::hint::black_box(timeseries::lines(&plan, group, &stored.pool, bin, &mut estimator));
        let pooled = &mut stored.pool.distributions;
        std::hint::black_box(distributions::lines(&plan, group, &stored.rows, pooled, &mut estimator));
        if !statistics {
            continue;
        }
        let estimates: Vec<_> = (0..MEASURES.len()).map(|index| estimator.measure(&stored.rows, index)).collect();
        std::hint::black_box(summary::lines(&plan, group, &estimates));
        std::hint::black_box(runs::lines(&plan, &stored.rows));
        point.push(stored.rows);
        if point.len() == strategies {
            for (strategy, comparisons) in compare::point(&mut estimator, &point, plan.baseline) {
                std::hint::black_box(compare::lines(&plan, Group { strategy, ..group }, &comparisons));
            }
            let pairs = pairs::point(&mut estimator, &point);
            std::hint::black_box(pairs::lines(&plan, group.point, &pairs));
            point.clear();
        }
    }
    accepted
}

/// The work of `diff`. Returns whether there was something to compare.
fn compared(folder: &Path) -> bool {
    let (Ok(mut one), Ok(mut other)) = (ForeignRuns::open(folder), ForeignRuns::open(folder)) else { return false };
    let mut estimator = Estimator::new(0.95);
    let names = one.names().to_vec();
    for pair in names.windows(2).take(GROUPS_MAX) {
        let (Ok(before), Ok(after)) = (one.rows(&pair[0]), other.rows(&pair[1])) else { return false };
        for index in 0..MEASURES.len() {
            std::hint::black_box(estimator.difference(&after, &before, index));
            std::hint::black_box(estimator.independent(&after, &before, index));
        }
    }
    !names.is_empty()
}
