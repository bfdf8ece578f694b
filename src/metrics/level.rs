//! A quantity that holds a value between changes: its exact time integral over the counted span.

use crate::engine::Time;

/// A level and its integral. All arithmetic is on integers, so time averages are exact.
#[derive(Clone, Copy, Debug)]
pub struct Level {
    value: i64,
    since: Time,
    integral: i128,
}

impl Level {
    /// Zero, integrated from `start` on; changes before it set the value only.
    #[must_use]
    pub fn new(start: Time) -> Self {
        Self { value: 0, since: start, integral: 0 }
    }

    /// The current value.
    #[must_use]
    pub fn value(&self) -> i64 {
        self.value
    }

    /// Changes the value by `change` at `now`.
    #[inline]
    pub fn add(&mut self, now: Time, change: i64) {
        self.settle(now);
        self.value += change;
    }

    /// Sets the value at `now`.
    pub fn set(&mut self, now: Time, value: i64) {
        self.settle(now);
        self.value = value;
    }

    /// ∫ value dt up to `now`, in value·nanoseconds.
    pub fn integral(&mut self, now: Time) -> i128 {
        self.settle(now);
        self.integral
    }

    fn settle(&mut self, now: Time) {
        if now > self.since {
            self.integral += i128::from(self.value) * i128::from((now - self.since).as_nanos());
            self.since = now;
        }
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
