//! A level: a quantity that is constant between changes, with its exact time integral over the counted span.

use des::Time;

/// A level and its integral. All arithmetic is on integers, so time averages are exact.
///
/// The integral up to T of changes cᵢ at tᵢ is Σ cᵢ·(T − tᵢ) = value·T − Σ cᵢ·tᵢ, so a change costs one product.
#[derive(Clone, Copy, Default, Debug)]
pub struct Level {
    value: i64,
    moment: i128,
}

impl Level {
    /// The current value.
    #[must_use]
    pub fn value(&self) -> i64 {
        self.value
    }

    /// Changes the value by `change` at `at`. For a change before the counted span, `at` is the start of the span.
    #[inline]
    pub fn add(&mut self, at: Time, change: i64) {
        self.value += change;
        self.moment += i128::from(change) * i128::from(at.as_nanos());
    }

    /// Sets the value at `at`.
    #[inline]
    pub fn set(&mut self, at: Time, value: i64) {
        if value != self.value {
            self.add(at, value - self.value);
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
        let mut level = Level::default();
        level.add(at(10), 3);
        level.add(at(12), -1);
        level.set(at(15), 10);
        assert_eq!(level.integral(at(16)), 3 * 2 + 2 * 3 + 10);
        assert_eq!(level.value(), 10);
    }
}
