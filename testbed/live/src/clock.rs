//! The clock that all processes of a machine share, waiting, and seeded draws.

use std::time::Duration;

use des::Distribution;
use nix::time::{ClockId, clock_gettime};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

/// How much later than asked a timer of tokio fires, on average: its wheel has steps of 1 ms, rounded up.
/// `testbed calibrate` measures it.
const LATE: Duration = Duration::from_micros(1100);

/// Nanoseconds of the monotonic clock. Its origin is the same for all processes of a machine, so delays of one way can
/// be measured.
pub(crate) fn now() -> u64 {
    let time = clock_gettime(ClockId::CLOCK_MONOTONIC).expect("every Linux has this clock");
    u64::try_from(time.tv_sec()).expect("after the start") * 1_000_000_000
        + u64::try_from(time.tv_nsec()).expect("positive")
}

/// Waits for a length of time, right on average.
pub(crate) async fn pause(length: Duration) {
    let length = length.saturating_sub(LATE);
    if !length.is_zero() {
        tokio::time::sleep(length).await;
    }
}

/// A stream of draws, named by seed, purpose and instance.
pub(crate) fn stream(seed: u64, purpose: u64, instance: u64) -> StdRng {
    let mut bytes = [0; 32];
    for (place, word) in [seed, purpose, instance].into_iter().enumerate() {
        bytes[place * 8..][..8].copy_from_slice(&word.to_le_bytes());
    }
    StdRng::from_seed(bytes)
}

/// A value of a distribution of the experiment.
pub(crate) fn draw(distribution: &Distribution, stream: &mut StdRng) -> Duration {
    Duration::from_nanos(distribution.quantile(stream.random()).as_nanos())
}

/// The same length in the type of the standard library.
pub(crate) fn length(length: des::Duration) -> Duration {
    Duration::from_nanos(length.as_nanos())
}
