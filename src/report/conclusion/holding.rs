//! Groups of strategies for which something holds at the same points.

use std::cmp::Reverse;

/// Strategies, and the points at which something holds for each of them.
#[derive(Debug)]
pub(super) struct Holding {
    /// The strategies.
    pub(super) strategies: Vec<usize>,
    /// The points.
    pub(super) points: Vec<usize>,
}

impl Holding {
    /// Groups of the strategies with the same points. A strategy without points is in no group.
    pub(super) fn groups(
        strategies: impl IntoIterator<Item = usize>,
        points: impl Fn(usize) -> Vec<usize>,
    ) -> Vec<Self> {
        let mut groups: Vec<Self> = Vec::new();
        for strategy in strategies {
            let points = points(strategy);
            match groups.iter_mut().find(|group| group.points == points) {
                Some(group) => group.strategies.push(strategy),
                None if points.is_empty() => {}
                None => groups.push(Self { strategies: vec![strategy], points }),
            }
        }
        groups
    }

    /// The groups with the most points first.
    pub(super) fn most_points_first(mut groups: Vec<Self>) -> Vec<Self> {
        groups.sort_by_key(|group| Reverse(group.points.len()));
        groups
    }

    /// First the groups that together cover the points of `open`, as far as any groups do, then the others, each with the
    /// most points first. Also the number of the first. The cover is greedy: each group covers the most of the points that
    /// are still open.
    pub(super) fn cover_first(groups: Vec<Self>, mut open: Vec<usize>) -> (Vec<Self>, usize) {
        let mut rest = Self::most_points_first(groups);
        let mut cover = Vec::new();
        while !open.is_empty() {
            let covered = |group: &Self| open.iter().filter(|point| group.points.contains(point)).count();
            // Of groups that cover equally many, the first.
            let most = (0..rest.len()).min_by_key(|index| Reverse(covered(&rest[*index])));
            let Some(most) = most.filter(|index| covered(&rest[*index]) > 0) else { break };
            let group = rest.remove(most);
            open.retain(|point| !group.points.contains(point));
            cover.push(group);
        }
        let count = cover.len();
        cover.append(&mut rest);
        (cover, count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cover_comes_first_and_then_the_groups_with_the_most_points() {
        let points: [&[usize]; 5] = [&[0, 1], &[1, 2, 3], &[0, 1], &[], &[4]];
        let groups = Holding::groups(0..5, |strategy| points[strategy].to_vec());
        let strategies = |groups: &[Holding]| groups.iter().map(|group| group.strategies.clone()).collect::<Vec<_>>();
        assert_eq!(strategies(&groups), [vec![0, 2], vec![1], vec![4]]);
        let (groups, count) = Holding::cover_first(groups, vec![1, 2, 4, 5]);
        assert_eq!((strategies(&groups), count), (vec![vec![1], vec![4], vec![0, 2]], 2), "no group covers point 5");
    }
}
