//! Uniform numbers for the tests of this crate, which depends on no other.

/// xorshift64*. The state is not 0.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    /// A number of [0, 1).
    pub(crate) fn unit(&mut self) -> f64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 11) as f64 / (1_u64 << 53) as f64
    }
}
