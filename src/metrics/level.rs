//! A quantity that holds a value between changes: its exact time integral over the counted span.

use crate::engine::Time;

/// A level and its integral. All arithmetic is on integers, so time averages are exact.
///
/// The integral up to T of changes cᵢ at tᵢ is Σ cᵢ·(T − tᵢ) = value·T − Σ cᵢ·tᵢ, so a change costs one product.
#[derive(Clone, Copy, Debug)]
pub struct Level {
    start: Time,
    value: i64,
    moment: i128,
}

impl Level {
    /// Zero, integrated from `start` on; changes before it set the value only.
    #[must_use]
    pub fn new(start: Time) -> Self {
        Self { start, value: 0, moment: 0 }
    }

    /// The current value.
    #[must_use]
    pub fn value(&self) -> i64 {
        self.value
    }

    /// Changes the value by `change` at `now`.
    #[inline]
    pub fn add(&mut self, now: Time, change: i64) {
        self.value += change;
        self.moment += i128::from(change) * i128::from(now.max(self.start).as_nanos());
    }

    /// Sets the value at `now`.
    #[inline]
    pub fn set(&mut self, now: Time, value: i64) {
        if value != self.value {
            self.add(now, value - self.value);
        }
    }

    /// ∫ value dt up to `end`, after every change, in value·nanoseconds.
    #[must_use]
    pub fn integral(&self, end: Time) -> i128 {
        i128::from(self.value) * i128::from(end.as_nanos()) - self.moment
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_integral_is_that_of_the_steps_after_the_start() {
        let at = Time::from_nanos;
        let mut level = Level::new(at(10));
        level.add(at(4), 3);
        level.add(at(12), -1);
        level.set(at(15), 10);
        assert_eq!(level.integral(at(16)), 3 * 2 + 2 * 3 + 10);
        assert_eq!(level.value(), 10);
    }
}
