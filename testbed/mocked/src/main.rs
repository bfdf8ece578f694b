//! Repeats the handshakes of many simulated runs with boringtun under mocked time, and prints the counts.
//!
//! ```text
//! mocked [SEEDS]      1000 if not given
//! ```

use std::num::NonZero;
use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU32, Ordering};

use des::RunKey;
use mocked::{Preset, Tally, drive};
use pushpull::plan::{Overrides, Plan};

/// Disagreements that are shown.
const SHOWN: usize = 10;

fn main() -> ExitCode {
    let seeds = match std::env::args().nth(1).map(|seeds| seeds.parse::<u32>()) {
        None => 1000,
        Some(Ok(seeds)) if seeds > 0 => seeds,
        Some(_) => {
            eprintln!("usage: mocked [SEEDS]\nSEEDS: a whole number from 1 on; 1000 if not given");
            return ExitCode::from(2);
        }
    };
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("handshakes.toml");
    let plan = match Plan::read(&file, &Overrides::default()) {
        Ok(plan) => plan,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::from(2);
        }
    };
    let mut agreed = true;
    for (point, preset) in [Preset::Linux, Preset::Boringtun].into_iter().enumerate() {
        let mut tally = Tally::default();
        for strategy in 0..plan.strategies.len() {
            let of_strategy = all_seeds(&plan, point, strategy, preset, seeds);
            for shown in of_strategy.disagreements.iter().take(SHOWN) {
                let name = &plan.strategies[strategy];
                let (peer, at) = (shown.peer, shown.at.as_secs_f64());
                println!("{preset:?} {name}: peer {peer} at {at:.3} s: {}", shown.what);
            }
            tally.merge(of_strategy);
        }
        println!("timers of {preset:?}: {seeds} seeds, {} strategies, {} clients", plan.strategies.len(), tally.peers);
        for (count, number) in &tally.counts {
            println!("{number:>9} {}", count.words());
        }
        println!("{:>9} disagreements\n", tally.disagreements.len());
        agreed &= tally.disagreements.is_empty();
    }
    if agreed { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Every seed of one strategy, spread over threads. Each thread has a clock of its own.
fn all_seeds(plan: &Plan, point: usize, strategy: usize, preset: Preset, seeds: u32) -> Tally {
    let scenario = plan.scenario(point, strategy);
    let next = AtomicU32::new(0);
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
    std::thread::scope(|scope| {
        let work = || {
            let mut tally = Tally::default();
            loop {
                let replication = next.fetch_add(1, Ordering::Relaxed);
                if replication >= seeds {
                    return tally;
                }
                drive(&scenario, RunKey { seed: plan.seed, replication }, preset, false, &mut tally);
            }
        };
        let all: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        let mut tally = Tally::default();
        for thread in all {
            tally.merge(thread.join().expect("a thread that counts does not fail"));
        }
        tally
    })
}
