//! A shard: one machine's share of an experiment.

use super::{Group, Plan, Replications};

/// Shard `index` (from 0) of `count`: every machine makes its own runs, and together they make each run once.
///
/// Replication r of group g belongs to shard (g + r) mod count. So all shards share long points, and additional
/// replications do not move others to another shard. If the number of replications depends on the results, a whole
/// group belongs to shard g mod count.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Shard {
    /// Index, from 0.
    pub index: u32,
    /// Number of shards, ≥ 1.
    pub count: u32,
}

impl Shard {
    /// The only shard: everything.
    pub const WHOLE: Self = Self { index: 0, count: 1 };

    /// Whether this shard runs `replication` of a group.
    #[must_use]
    pub const fn has_run(self, group: Group, strategies: usize, replication: u32) -> bool {
        (group.index(strategies) as u64 + replication as u64) % self.count as u64 == self.index as u64
    }

    /// Number of runs of `plan` in this shard; none if it depends on the results.
    #[must_use]
    pub fn runs(self, plan: &Plan) -> Option<u64> {
        let Replications::Fixed(replications) = plan.replications else { return None };
        let (groups, replications) = (plan.points.len() * plan.strategies.len(), u64::from(replications));
        Some((0..groups as u64).map(|group| self.runs_of_group(group, replications)).sum())
    }

    /// Number of replications, of the group at this index, for which [`Self::has_run`] is true.
    fn runs_of_group(self, group: u64, replications: u64) -> u64 {
        let (count, index) = (u64::from(self.count), u64::from(self.index));
        let first = (index + count - group % count) % count;
        if first < replications { (replications - first).div_ceil(count) } else { 0 }
    }

    /// Whether this shard runs the whole of a group.
    #[must_use]
    pub const fn has_group(self, group: Group, strategies: usize) -> bool {
        group.index(strategies) as u64 % self.count as u64 == self.index as u64
    }
}

impl std::fmt::Display for Shard {
    /// As on the command line, from 1: `2/7`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.index + 1, self.count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_run_belongs_to_exactly_one_shard() {
        for count in [1, 3, 7] {
            for index in 0..20_usize {
                let group = Group::at(index, 4);
                for replication in 0..10 {
                    let owners = (0..count).filter(|&index| Shard { index, count }.has_run(group, 4, replication));
                    assert_eq!(owners.count(), 1);
                }
                assert_eq!((0..count).filter(|&index| Shard { index, count }.has_group(group, 4)).count(), 1);
                for shard in (0..count).map(|index| Shard { index, count }) {
                    let has = (0..10).filter(|&replication| shard.has_run(group, 4, replication)).count();
                    assert_eq!(shard.runs_of_group(index as u64, 10), has as u64);
                }
            }
        }
    }
}
