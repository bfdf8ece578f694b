//! `samples.bin`: the data behind `distributions.csv` and `timeseries.csv`. With it an experiment can be resumed,
//! extended and merged without repeating a run.
//!
//! A frame holds the pool of one or more runs of a group: its length (4 bytes, little-endian), a checksum of the body
//! (8 bytes of BLAKE3), and the body: group, replications, a checksum of these runs' lines in `runs.csv`,
//! distributions, series. Frames follow the order of `runs.csv`. A finished group has one frame. While a group is under
//! way, each delivery of rows has its own frame. A reader stops at a frame that is incomplete or does not match its
//! lines.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

use super::bounded;
use super::error::Error;
use super::range::CellRange;
use crate::measure::encoding::{put, take, take_as};
use crate::measure::{Distributions, SERIES, SeriesBin};
use crate::plan::Group;
use crate::run::RunPool;

/// Maximum size of the file, bytes.
const BYTES_MAX: u64 = 64 << 30;

/// Maximum number of bins of a series, as in an experiment.
const BINS_MAX: usize = 1_000_000;

/// Bytes before a frame's body.
const HEAD: usize = 12;

/// A frame: the pool of some runs of a group, and the checksum of their lines.
pub(crate) struct PoolFrame {
    pub group: Group,
    pub lines: [u8; 8],
    pub pool: RunPool,
}

/// The first 8 bytes of BLAKE3.
pub(crate) fn checksum(bytes: &[u8]) -> [u8; 8] {
    let hash = blake3::hash(bytes);
    hash.as_bytes()[..8].try_into().expect("a hash has 32 bytes")
}

/// A frame's bytes.
pub(crate) fn encode(group: Group, lines: &[u8], pool: &RunPool) -> Vec<u8> {
    let mut bytes = vec![0; HEAD];
    put(&mut bytes, group.point as u128);
    put(&mut bytes, group.strategy as u128);
    bytes.extend_from_slice(&checksum(lines));
    put(&mut bytes, pool.series.len() as u128);
    for (&replication, series) in &pool.series {
        put(&mut bytes, replication.into());
        put(&mut bytes, series.len() as u128);
        for &value in series.iter().flatten() {
            put_value(&mut bytes, value);
        }
    }
    pool.distributions.encode(&mut bytes);
    let length = u32::try_from(bytes.len() - HEAD).expect("a pool has less than 4 GiB");
    bytes[..4].copy_from_slice(&length.to_le_bytes());
    let sum = checksum(&bytes[HEAD..]);
    bytes[4..HEAD].copy_from_slice(&sum);
    bytes
}

/// The largest whole number that is encoded as itself: above, an `f64` cannot hold every whole number.
const WHOLE_MAX: f64 = 9_007_199_254_740_992.0;

/// None as 0, a whole number as itself + 2, any other number as 1 and its bits.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole, ≥ 0 and small, as was just asked")]
fn put_value(bytes: &mut Vec<u8>, value: Option<f64>) {
    match value {
        None => put(bytes, 0),
        Some(value) if value.is_sign_positive() && value < WHOLE_MAX && value.fract() == 0.0 => {
            put(bytes, value as u128 + 2);
        }
        Some(value) => {
            put(bytes, 1);
            bytes.extend_from_slice(&value.to_bits().to_le_bytes());
        }
    }
}

#[expect(clippy::option_option, reason = "a value may be absent, and so may the bytes")]
fn take_value(bytes: &mut &[u8]) -> Option<Option<f64>> {
    match take_as::<u64>(bytes)? {
        0 => Some(None),
        1 => {
            let (bits, rest) = bytes.split_first_chunk()?;
            *bytes = rest;
            let value = f64::from_bits(u64::from_le_bytes(*bits));
            Some(Some(value))
        }
        whole => Some(Some((whole - 2) as f64)),
    }
}

fn decode(mut bytes: &[u8]) -> Option<PoolFrame> {
    let bytes = &mut bytes;
    let group = Group { point: take_as(bytes)?, strategy: take_as(bytes)? };
    let (lines, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    let ranges = SERIES.map(|series| CellRange::of_unit(series.unit).unwrap_or(CellRange::Count));
    let mut pool = RunPool::default();
    for _ in 0..take(bytes)? {
        let replication = take_as(bytes)?;
        let mut series = Vec::new();
        for index in 0..take(bytes)? {
            if index >= BINS_MAX as u128 {
                return None;
            }
            let mut bin: SeriesBin = [None; SERIES.len()];
            for (value, range) in bin.iter_mut().zip(&ranges) {
                *value = take_value(bytes)?;
                if value.is_some_and(|value| range.check(value).is_err()) {
                    return None;
                }
            }
            series.push(bin);
        }
        // Replications ascend, each once.
        if pool.series.last_key_value().is_some_and(|(before, _)| *before >= replication) {
            return None;
        }
        pool.series.insert(replication, series);
    }
    pool.distributions = Distributions::decode(bytes)?;
    bytes.is_empty().then_some(PoolFrame { group, lines: *lines, pool })
}

/// The frame of exactly these bytes.
pub(crate) fn of_bytes(bytes: &[u8]) -> Option<PoolFrame> {
    let (head, body) = bytes.split_at_checked(HEAD)?;
    let length = u32::from_le_bytes(*head.first_chunk()?);
    let whole = body.len() as u64 == u64::from(length) && checksum(body) == head[4..];
    decode(body).filter(|_| whole)
}

/// Reads `samples.bin` from the front.
pub(crate) struct SamplesReader {
    reader: BufReader<File>,
    ahead: Option<(PoolFrame, u64)>,
    end: u64,
}

impl SamplesReader {
    pub(crate) fn open(path: &Path) -> Result<Self, Error> {
        let file = bounded::open(path, BYTES_MAX)?;
        Ok(Self { reader: BufReader::new(file), ahead: None, end: 0 })
    }

    /// End of the last frame taken, in bytes.
    pub(crate) const fn end(&self) -> u64 {
        self.end
    }

    /// The group of the next frame.
    pub(crate) fn peek(&mut self) -> Option<Group> {
        if self.ahead.is_none() {
            self.ahead = self.read();
        }
        self.ahead.as_ref().map(|(frame, _)| frame.group)
    }

    /// Takes the next frame if it belongs to `group`.
    pub(crate) fn next_of(&mut self, group: Group) -> Option<PoolFrame> {
        if self.peek()? != group {
            return None;
        }
        let (frame, length) = self.ahead.take()?;
        self.end += length;
        Some(frame)
    }

    fn read(&mut self) -> Option<(PoolFrame, u64)> {
        let mut head = [0; HEAD];
        self.reader.read_exact(&mut head).ok()?;
        let length = u32::from_le_bytes(*head.first_chunk()?);
        let mut body = Vec::new();
        let read = io::copy(&mut (&mut self.reader).take(length.into()), &mut body).ok()?;
        let whole = read == u64::from(length) && checksum(&body) == head[4..];
        Some((decode(&body).filter(|_| whole)?, HEAD as u64 + read))
    }
}
