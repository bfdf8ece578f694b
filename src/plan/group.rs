//! A group: a point under a strategy, run in replications.

/// One point × strategy, run in replications.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Group {
    /// Index of the point.
    pub point: usize,
    /// Index of the strategy.
    pub strategy: usize,
}

impl Group {
    /// The group at `index` in canonical order, with `strategies` groups per point.
    #[must_use]
    pub const fn at(index: usize, strategies: usize) -> Self {
        Self { point: index / strategies, strategy: index % strategies }
    }

    /// Index of the group in canonical order.
    #[must_use]
    pub const fn index(self, strategies: usize) -> usize {
        self.point * strategies + self.strategy
    }
}
