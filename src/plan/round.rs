//! A round: the next replications of the groups whose wanted precision is not reached yet.

use serde::{Deserialize, Serialize};

use super::Shard;

/// A part of the runs of a plan with a wanted precision. All groups pass through the same stages, so those of a round
/// need the same replications.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrecisionRound {
    /// Its number, from 1.
    pub number: u32,
    /// First replication.
    pub from: u32,
    /// End of the replications.
    pub to: u32,
    /// Indices of the groups in canonical order, ascending.
    pub groups: Vec<usize>,
}

impl PrecisionRound {
    /// Number of runs.
    #[must_use]
    pub fn runs(&self) -> u64 {
        self.groups.len() as u64 * u64::from(self.to - self.from)
    }

    /// The replications of a group that a shard of the round has. The runs of the round are dealt as those of a whole
    /// experiment, so the replications of one group are spread over many shards.
    pub(super) fn dealt(&self, group: usize, shard: Shard) -> Vec<u32> {
        let Ok(place) = self.groups.binary_search(&group) else { return Vec::new() };
        let is_dealt = |replication: &u32| shard.has_run(place, self.groups.len(), replication - self.from);
        (self.from..self.to).filter(is_dealt).collect()
    }

    /// Why the round is none of an experiment with this number of groups, and at most this many replications; none if it
    /// may be one.
    pub(crate) fn problem(&self, groups: usize, at_most: u32) -> Option<&'static str> {
        let sorted = self.groups.windows(2).all(|pair| pair[0] < pair[1]);
        if self.number == 0 {
            Some("number: accepted: at least 1")
        } else if self.from > self.to || self.to > at_most {
            Some("from, to: accepted: replications of the experiment")
        } else if !sorted || self.groups.last().is_some_and(|last| *last >= groups) {
            Some("groups: accepted: groups of the experiment, ascending")
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_run_of_a_round_belongs_to_one_shard_and_a_hot_group_is_spread() {
        let round = PrecisionRound { number: 3, from: 15, to: 23, groups: vec![2, 40] };
        let dealt = |round: &PrecisionRound, group: usize| -> Vec<Vec<u32>> {
            (0..8).map(|index| round.dealt(group, Shard { index, count: 8 })).collect()
        };
        for group in [2, 40] {
            let mut all = dealt(&round, group).concat();
            all.sort_unstable();
            assert_eq!(all, (15..23).collect::<Vec<_>>());
        }
        assert!(dealt(&round, 3).concat().is_empty());
        let alone = PrecisionRound { groups: vec![40], ..round };
        assert!(dealt(&alone, 40).iter().all(|of_shard| of_shard.len() == 1), "eight replications for eight shards");
    }
}
