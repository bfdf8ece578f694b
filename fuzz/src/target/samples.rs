//! `samples.bin`: mutated frames with right checksums, beside their rows.

use std::path::Path;

use super::{Target, rows};
use crate::bundle::Bundle;
use crate::mutate;
use crate::random::Random;

pub(super) const TARGET: Target = Target { name: "samples", seeds: rows::seeds, mutate, run, expects: None };

fn mutate(random: &mut Random, base: &[u8], _other: &[u8]) -> Vec<u8> {
    let mut bundle = Bundle::from_bytes(base);
    if let Some(samples) = bundle.get_mut("samples.bin") {
        *samples = mutate::bytes(random, samples);
    }
    rows::seal(&mut bundle);
    bundle.to_bytes()
}

fn run(folder: &Path, input: &[u8]) -> bool {
    Bundle::from_bytes(input).write(folder);
    rows::stored(folder, false)
}
