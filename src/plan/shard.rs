//! A shard: one machine's share of an experiment.

use super::{Group, Plan, Replications};

/// Shard `index` (from 0) of `count`: every machine makes its own runs, and together they make each run once.
///
/// Runs are dealt in blocks of `count`, replication by replication: each shard has one run of every block. So shards
/// differ by at most one run, none is empty while there are as many runs as shards, and additional replications do not
/// move others to another shard. Each block begins at another shard, so that all shards share long points. If the number
/// of replications depends on the results, a whole group belongs to shard g mod count.
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

    /// Whether this shard runs `replication` of a group, of `groups` in all.
    #[must_use]
    pub const fn has_run(self, group: usize, groups: usize, replication: u32) -> bool {
        let (run, count) = (replication as u64 * groups as u64 + group as u64, self.count as u64);
        (run % count + self.begin(run / count)) % count == self.index as u64
    }

    /// The shard that has the first run of a block: multiples of the golden ratio, which are spread evenly.
    const fn begin(self, block: u64) -> u64 {
        let fraction = block.wrapping_mul(0x9e37_79b9_7f4a_7c15) as u128;
        ((fraction * self.count as u128) >> 64) as u64
    }

    /// Number of runs of `plan` in this shard; none if it depends on the results.
    #[must_use]
    pub fn runs(self, plan: &Plan) -> Option<u64> {
        match (&plan.round, &plan.replications) {
            (Some(round), _) => Some(self.runs_of(round.runs())),
            (None, Replications::Fixed(replications)) => {
                Some(self.runs_of(plan.groups() as u64 * u64::from(*replications)))
            }
            (None, Replications::Precision { .. }) => None,
        }
    }

    /// Number of runs of this shard, of `runs` in all.
    const fn runs_of(self, runs: u64) -> u64 {
        let count = self.count as u64;
        let (blocks, rest) = (runs / count, runs % count);
        let place = (self.index as u64 + count - self.begin(blocks)) % count;
        blocks + (place < rest) as u64
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

    fn shards(count: u32) -> impl Iterator<Item = Shard> {
        (0..count).map(move |index| Shard { index, count })
    }

    /// Number of runs of each shard.
    fn loads(count: u32, groups: usize, replications: u32) -> Vec<u64> {
        let runs = |shard: Shard| {
            let own = |group| (0..replications).filter(move |&r| shard.has_run(group, groups, r)).count() as u64;
            (0..groups).map(own).sum()
        };
        shards(count).map(runs).collect()
    }

    #[test]
    fn every_run_belongs_to_exactly_one_shard() {
        for count in [1, 3, 7, 64] {
            for group in 0..20 {
                for replication in 0..10 {
                    let owners = shards(count).filter(|shard| shard.has_run(group, 20, replication));
                    assert_eq!(owners.count(), 1);
                }
                assert_eq!(shards(count).filter(|shard| shard.has_group(Group::at(group, 4), 4)).count(), 1);
            }
        }
    }

    #[test]
    fn no_shard_is_empty_or_has_more_than_one_run_more_than_another() {
        for (count, groups, replications) in
            [(64, 16, 16), (64, 64, 4), (7, 20, 10), (16, 256, 5), (31, 1, 31), (9, 2, 3)]
        {
            let loads = loads(count, groups, replications);
            let runs = groups as u64 * u64::from(replications);
            let least = runs / u64::from(count);
            assert!(loads.iter().all(|&load| load == least || load == least + 1), "{count} of {groups}: {loads:?}");
            assert_eq!(loads.iter().sum::<u64>(), runs);
            let dealt: Vec<u64> = shards(count).map(|shard| shard.runs_of(runs)).collect();
            assert_eq!(dealt, loads);
        }
    }

    #[test]
    fn a_long_point_is_shared_by_many_shards() {
        // Groups that are a multiple of the shards, and of their square: the worst cases of a plain remainder.
        for (count, groups) in [(16, 16), (16, 256), (8, 512), (10, 100)] {
            for group in 0..groups {
                let of_group = |shard: &Shard| (0..count).any(|r| shard.has_run(group, groups, r));
                let owners = shards(count).filter(of_group).count();
                assert!(owners * 2 >= count as usize, "{owners} of {count} shards have group {group} of {groups}");
            }
        }
    }
}
