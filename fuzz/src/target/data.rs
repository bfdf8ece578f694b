//! Data files named by an experiment: measured values, traces, and points.

use std::path::Path;

use pushpull::plan::Overrides;

use super::{Target, experiment};
use crate::bundle::Bundle;
use crate::mutate;
use crate::random::Random;

pub(super) const TARGET: Target = Target { name: "data", seeds, mutate, run, expects: None };

/// The end of an experiment with the file `data.csv`.
const EXPERIMENTS: [&str; 3] = [
    "[path]\ndelay = { empirical = \"data.csv\" }\n",
    "[clients]\narrivals = { trace = \"data.csv\" }\n",
    "[[sweep]]\ncsv = \"data.csv\"\n",
];

const FILES: [&str; 3] = [
    "seconds\n0.1\n0.2\n# a comment\n3\n1e-9\n\"5\"\n",
    "t_s,gateway\n0.1,0\n0.2,\n\n3,1\n3, 2\n",
    "bus.loss,bus.delay,path.delay\n0,1ms,1s\n0.1,\"2ms\",\"{ exponential = \"\"1s\"\" }\"\n",
];

fn seeds() -> Vec<Vec<u8>> {
    let all = EXPERIMENTS.iter().zip(FILES);
    let seeds = all.map(|(end, data)| {
        let head = "name = \"x\"\nseed = 1\nhorizon = \"10m\"\nwarmup = \"1m\"\n[strategies.push]\npush = {}\n";
        let files = [("x.toml", format!("{head}{end}")), ("data.csv", data.to_owned())];
        Bundle(files.map(|(name, text)| (name.to_owned(), text.into_bytes())).to_vec()).to_bytes()
    });
    seeds.collect()
}

fn mutate(random: &mut Random, base: &[u8], other: &[u8]) -> Vec<u8> {
    let (mut bundle, other) = (Bundle::from_bytes(base), Bundle::from_bytes(other));
    if let Some(data) = bundle.get_mut("data.csv") {
        *data = match random.below(8) {
            0 => mutate::bytes(random, data),
            1 => other.get("data.csv").unwrap_or_default().to_vec(),
            2 => [b"\xef\xbb\xbf", data.as_slice()].concat(),
            _ => mutate::csv(random, data),
        };
    }
    if random.one_in(8)
        && let Some(file) = bundle.get_mut("x.toml")
    {
        *file = mutate::toml(random, file, other.get("x.toml").unwrap_or_default());
    }
    bundle.to_bytes()
}

fn run(folder: &Path, input: &[u8]) -> bool {
    let bundle = Bundle::from_bytes(input);
    bundle.write(folder);
    bundle.get("x.toml").is_some() && experiment::read(&folder.join("x.toml"), &Overrides::default())
}
