//! One of several machines' share of an experiment.

use super::{Group, Plan, Replications};

/// Shard `index` (from 0) of `count`: every machine takes its own runs, and together they take each run once.
///
/// Runs are dealt out like cards: replication r of group g goes to shard (g + r) mod count, so that long points are
/// shared by all, and more replications later stay where they are. Where the number of replications depends on the
/// results, a whole group goes to shard g mod count.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Shard {
    /// Which, from 0.
    pub index: u32,
    /// Of how many, ≥ 1.
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

    /// How many runs of `plan` this shard makes; none if that depends on the results.
    #[must_use]
    pub fn runs(self, plan: &Plan) -> Option<u64> {
        let Replications::Fixed(replications) = plan.replications else { return None };
        let (groups, replications) = (plan.points.len() * plan.strategies.len(), u64::from(replications));
        Some((0..groups as u64).map(|group| self.runs_of_group(group, replications)).sum())
    }

    /// How many of the replications of the group at this index this shard makes: those that [`Self::has_run`] names.
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
