//! Attempts with common random numbers, without a simulation: what the searches are tested on.

/// Attempts of a replication.
pub(super) const ATTEMPTS: usize = 2_000;

/// The draws of a replication, `SplitMix64` from a state that is mixed itself.
pub(super) struct SyntheticDraws(u64);

impl SyntheticDraws {
    pub(super) const fn new(seed: u64, replication: usize) -> Self {
        Self(mix(mix(seed + 1) ^ replication as u64))
    }

    /// The next draw, below 1.
    pub(super) const fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        (mix(self.0) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

const fn mix(number: u64) -> u64 {
    let mixed = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// The draws below `most` of the attempts of a replication, ascending. An attempt is lost if its draw is below the
/// probability.
pub(super) fn draws(seed: u64, replication: usize, most: f64) -> Vec<f64> {
    let mut all = SyntheticDraws::new(seed, replication);
    let mut draws: Vec<f64> = (0..ATTEMPTS).map(|_| all.next()).filter(|draw| *draw < most).collect();
    draws.sort_by(f64::total_cmp);
    draws
}
