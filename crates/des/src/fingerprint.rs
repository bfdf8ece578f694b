//! A running hash of a run's event history. Runs with equal fingerprints had the same events in the same order.

/// The running hash.
///
/// Each step multiplies and folds (the 64×64→128-bit product, high half into low), so every bit of the history moves
/// every bit of the result. It guards against accidents, not against forgery.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Fingerprint(u64);

impl Fingerprint {
    /// The fingerprint of no events.
    #[must_use]
    #[inline]
    pub const fn new() -> Self {
        Self(0x9e37_79b9_7f4a_7c15)
    }

    /// Adds an event: its time in nanoseconds and its kind.
    #[inline]
    pub fn add(&mut self, time: u64, event: u64) {
        let product = u128::from(self.0 ^ time) * u128::from(event ^ 0xa076_1d64_78bd_642f);
        #[expect(clippy::cast_possible_truncation, reason = "folding the two halves is the point")]
        let folded = (product >> 64) as u64 ^ product as u64;
        self.0 = folded.wrapping_add(time.rotate_left(32)) ^ event;
    }

    /// The hash so far.
    #[must_use]
    #[inline]
    pub const fn value(self) -> u64 {
        self.0
    }
}

impl Default for Fingerprint {
    #[inline]
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_time_and_content_all_matter() {
        let of = |events: &[(u64, u64)]| {
            let mut fingerprint = Fingerprint::new();
            for &(time, event) in events {
                fingerprint.add(time, event);
            }
            fingerprint.value()
        };
        let base = of(&[(1, 2), (3, 4)]);
        assert_eq!(base, of(&[(1, 2), (3, 4)]));
        for other in [&[(3, 4), (1, 2)][..], &[(1, 2), (3, 5)], &[(1, 2), (4, 4)], &[(1, 2)], &[(1, 2), (3, 4), (0, 0)]]
        {
            assert_ne!(base, of(other));
        }
    }
}
