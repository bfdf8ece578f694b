//! Values of the command line: `--set`, `--vary` with its forms of values, `--strategy`, `--seed`, `--shard`.

use std::path::Path;

use clap::Parser as _;
use pushpull::cli::args::{Arguments, Command};
use pushpull::cli::shard;

use super::{Target, experiment};
use crate::mutate;
use crate::random::Random;

pub(super) const TARGET: Target = Target { name: "values", seeds, mutate, run, expects: None };

const EXPERIMENT: &str = "name = \"x\"\nseed = 1\nhorizon = \"10m\"\nwarmup = \"1m\"\n[clients]\narrivals = { poisson = \"5/s\" }\n[strategies.push]\npush = {}\n[strategies.jit]\npull = { answer = \"initiate\" }\n[[faults]]\ntarget = \"api\"\nat = \"2m\"\nfor = \"1m\"\n[[sweep]]\n\"bus.loss\" = [0.0, 0.1]\n";

/// Maximum number of arguments used.
const WORDS_MAX: usize = 40;

/// Arguments, one per line.
const SEEDS: [&str; 14] = [
    "--set\nbus.loss=0.1",
    "--set\nclients.session={ exponential = \"5m\" }",
    "--set\nfaults=[\"1s\",\"2s\"]",
    "--set\nfaults.0.for=10s",
    "--set\nstrategies.push.push.attempts=3",
    "--vary\nbus.loss=0,0.01,0.02",
    "--vary\nbus.loss=0..0.1:11",
    "--vary\npath.loss=1e-4..1e-1:7log",
    "--vary\nbus.delay=1ms..1s:4log",
    "--vary\nclients.arrivals.poisson=1/s,60/min",
    "--strategy\njit",
    "--seed\n18446744073709551615\n--replications\n3",
    "--shard\n2/7",
    "--shard\nauto\n--jobs\n4",
];

const PARTS: &[&str] = &[
    "..",
    ":",
    ",",
    "=",
    "log",
    "0",
    "-",
    "e",
    ".",
    "1e308",
    "1e-320",
    "999999999999",
    "ns",
    "s",
    "/s",
    "%",
    "{",
    "}",
    "[",
    "]",
    "\"",
    "--set\n",
    "--vary\n",
    "--strategy\n",
    "--shard\n",
    "--replications\n",
    "--seed\n",
    "bus.loss",
    "clients",
    "strategies",
    "faults.0",
    "4294967295",
    "1/4294967295",
    "never",
    "36500d",
    "\u{202e}",
    "\0",
    "é",
    "\n",
];

fn seeds() -> Vec<Vec<u8>> {
    SEEDS.iter().map(|seed| seed.as_bytes().to_vec()).collect()
}

fn mutate(random: &mut Random, base: &[u8], other: &[u8]) -> Vec<u8> {
    let mut bytes = base.to_vec();
    for _ in 0..=random.below(4) {
        match random.below(5) {
            0 => bytes = mutate::bytes(random, &bytes),
            1 => bytes = mutate::toml(random, &bytes, other),
            2 => {
                bytes.push(b'\n');
                bytes.extend_from_slice(other);
            }
            _ => {
                let at = random.below(bytes.len() + 1);
                let end = (at + random.below(4)).min(bytes.len());
                bytes.splice(at..end, random.pick(PARTS).bytes());
            }
        }
    }
    bytes
}

fn run(folder: &Path, input: &[u8]) -> bool {
    let file = folder.join("x.toml");
    if !file.exists() {
        std::fs::write(&file, EXPERIMENT).expect("a file can be written");
    }
    let text = String::from_utf8_lossy(input);
    let words = text.lines().take(WORDS_MAX);
    if experiment::asks_for_many(words.flat_map(|word| experiment::sizes(word).chain(word.split(':').skip(1)))) {
        return false;
    }
    let words = text.split('\n').take(WORDS_MAX);
    let line = ["pushpull", "run", file.to_str().expect("a path of ours is text")].into_iter().chain(words);
    match Arguments::try_parse_from(line) {
        Ok(Arguments { command: Command::Run(args), .. }) => {
            if let Some(text) = &args.shard {
                let _ = std::hint::black_box(shard::parse(text));
            }
            // Another file may be a device without an end.
            args.experiment.file == file && experiment::read(&file, &args.experiment.overrides())
        }
        Ok(_) => false,
        Err(error) => {
            std::hint::black_box(error.to_string());
            false
        }
    }
}
