//! One run on its way from one instance of the program to another: its line of `runs.csv` and its frame of
//! `samples.bin`, with the length of the line before them (4 bytes, little-endian).

use super::{runs, samples};
use crate::plan::Plan;
use crate::run::{Row, RunPool};

/// The bytes of a run.
#[must_use]
pub(crate) fn pack(plan: &Plan, row: &Row, pool: &RunPool) -> Vec<u8> {
    let line = runs::lines(plan, std::slice::from_ref(row));
    let length = u32::try_from(line.len()).expect("a line is short");
    let mut bytes = length.to_le_bytes().to_vec();
    bytes.extend_from_slice(&line);
    bytes.extend_from_slice(&samples::encode(row.group, &line, pool));
    bytes
}

/// The run of these bytes; none if they are not of a run of this plan.
#[must_use]
pub(crate) fn unpack(plan: &Plan, bytes: &[u8]) -> Option<(Row, RunPool)> {
    let (length, rest) = bytes.split_first_chunk()?;
    let (line, frame) = rest.split_at_checked(usize::try_from(u32::from_le_bytes(*length)).ok()?)?;
    let row = runs::of_line(plan, line)?;
    let frame = samples::of_bytes(frame)?;
    (frame.group == row.group && frame.lines == samples::checksum(line)).then_some((row, frame.pool))
}
