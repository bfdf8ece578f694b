//! The best of several strategies at the corners of cells; cells with different corners are halved.

use std::collections::BTreeMap;

use super::{Looked, Map, MapPart, Regimes, Winner};
use crate::decide::Trouble;
use crate::decide::eliminate::{CandidateStanding, Contest as _, Eliminated, EliminationRules, eliminate};
use crate::decide::rounds::Rounds;
use crate::decide::search::Judged;
use crate::decide::select::{Candidate, Competition};
use crate::measure::measure_index;
use stats::stopping::FIRST;

/// Cells along each axis before any is halved.
const CELLS: u32 = 4;

/// The most replications at a corner: what is undecided then is drawn as undecided.
const REPLICATIONS_MAX: u32 = 80;

/// A corner: its place in steps of the finest cell.
type Corner = (u32, u32);

impl Map<'_> {
    pub(super) fn grid(&self, rounds: &mut Rounds<'_>) -> Result<Regimes, Trouble> {
        let depth = self.question.depth;
        let finest = CELLS << depth;
        let mut regimes = Regimes::new();
        let mut winners: BTreeMap<Corner, Winner> = BTreeMap::new();
        let mut cells: Vec<(Corner, u32)> = Vec::new();
        let step = 1 << depth;
        for column in 0..CELLS {
            cells.extend((0..CELLS).map(|row| ((column * step, row * step), step)));
        }
        let mut spent = 0;
        while !cells.is_empty() {
            let mut halved = Vec::new();
            for ((column, row), step) in cells {
                let corners = [(column, row), (column + step, row), (column, row + step), (column + step, row + step)];
                for corner in corners {
                    if winners.contains_key(&corner) {
                        continue;
                    }
                    let left = self.question.budget - spent;
                    if left < u64::from(FIRST) * self.question.strategies.len() as u64 {
                        regimes.complete = false;
                        // The corners of the first cells may all take as many replications as a corner takes at most.
                        let corners = u64::from(CELLS + 1) * u64::from(CELLS + 1);
                        let most = u64::from(REPLICATIONS_MAX) * self.question.strategies.len() as u64;
                        regimes.needed = (self.question.budget * 2).max(corners * most);
                        continue;
                    }
                    let at = (self.place(corner.0, finest, true), self.place(corner.1, finest, false));
                    let (winner, runs) = self.corner(rounds, at, left, &mut regimes)?;
                    spent += runs;
                    winners.insert(corner, winner);
                }
                let found: Vec<Option<Winner>> = corners.iter().map(|corner| winners.get(corner).copied()).collect();
                let alike = found.iter().all(|winner| *winner == found[0]);
                if !alike && step > 1 && regimes.complete {
                    let half = step / 2;
                    for (dx, dy) in [(0, 0), (half, 0), (0, half), (half, half)] {
                        halved.push(((column + dx, row + dy), half));
                    }
                } else {
                    let x = (self.place(column, finest, true), self.place(column + step, finest, true));
                    let y = (self.place(row, finest, false), self.place(row + step, finest, false));
                    let winner = found[0].filter(|_| alike).unwrap_or(Winner::Undecided);
                    regimes.parts.push(MapPart { x, y, winner });
                }
            }
            cells = halved;
        }
        Ok(regimes)
    }

    fn place(&self, steps: u32, finest: u32, across: bool) -> f64 {
        let axis = if across { &self.across } else { &self.up };
        let place = axis.last() * f64::from(steps) / f64::from(finest);
        if axis.is_whole() { place.round() } else { place }
    }

    /// Who wins at a point, and the runs that it took.
    fn corner(
        &self,
        rounds: &mut Rounds<'_>,
        at: (f64, f64),
        budget: u64,
        regimes: &mut Regimes,
    ) -> Result<(Winner, u64), Trouble> {
        let point = vec![self.across.value(at.0), self.up.value(at.1)];
        let candidate = |strategy: usize| Candidate { point: point.clone(), strategy, own: Vec::new() };
        let candidates: Vec<Candidate> = self.strategies().into_iter().map(candidate).collect();
        let measure = measure_index(&self.question.measure).expect("a valid question names a measure");
        let rules = EliminationRules {
            candidates: candidates.len(),
            within: vec![0.0],
            constraints: 0,
            alpha: 1.0 - self.plan.confidence,
            budget,
            replications: REPLICATIONS_MAX,
        };
        let mut field = Competition::new(&candidates, vec![measure], &[], rounds);
        let Eliminated { candidates: found, decided, runs, .. } = eliminate(&mut field, &rules)?;
        let has = |wanted| found.iter().any(|(standing, _)| *standing == wanted);
        regimes.refused += usize::from(has(CandidateStanding::Refused));
        regimes.undefined += usize::from(has(CandidateStanding::Undefined));
        let known = (0..found.len()).filter(|index| found[*index].0 != CandidateStanding::Refused);
        let mut means: Vec<(f64, usize)> =
            known.filter_map(|index| field.mean(index, 0).map(|mean| (mean, index))).collect();
        let by_signs = means.iter().any(|(mean, _)| mean.is_infinite());
        regimes.by_signs += usize::from(by_signs);
        // The best one first: an infinite mean ranks nothing.
        let is_behind = |index: usize| found[index].0 != CandidateStanding::Best;
        means.sort_by(|one, other| {
            let order = is_behind(one.1).cmp(&is_behind(other.1)).then(one.0.total_cmp(&other.0));
            order.then(one.1.cmp(&other.1))
        });
        let leader = means.first().map(|(_, index)| *index);
        let runner_up = means.get(1).map(|(_, index)| *index);
        let difference = leader.zip(runner_up).map_or(Judged::unlimited(0.0), |(leader, other)| {
            field.judged(leader, other, 0, 1.0 - self.plan.confidence)
        });
        // Every difference matters here, so those that are as good as the best are the same in every run. One without a
        // value may be the best.
        let first: Vec<usize> = (0..found.len()).filter(|index| found[*index].0.is_left()).collect();
        let is_known = decided && !has(CandidateStanding::Undefined);
        let winner = match first[..] {
            [only] if is_known => Winner::Of(only),
            [_, _, ..] if is_known => Winner::Same,
            _ => Winner::Undecided,
        };
        if winner == Winner::Same {
            regimes.ties.insert(first);
        }
        let n = leader.map_or(0, |index| found[index].1);
        let single = if let Winner::Of(winner) = winner { Some(winner) } else { None };
        regimes.points.push(Looked { at, winner: single, leader, runner_up, difference, n });
        Ok((winner, runs))
    }
}
