//! The best of several strategies at the corners of cells; cells with different corners are halved.

use std::collections::BTreeMap;

use super::{Looked, Map, MapPart, Regimes, Winner};
use crate::decide::Trouble;
use crate::decide::eliminate::{CandidateStanding, Contest as _, Eliminated, EliminationRules, eliminate};
use crate::decide::rounds::Rounds;
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
                    let (looked, eliminated) = self.corner(rounds, at, left)?;
                    let has = |wanted| eliminated.candidates.iter().any(|(standing, _)| *standing == wanted);
                    regimes.refused += usize::from(has(CandidateStanding::Refused));
                    regimes.undefined += usize::from(has(CandidateStanding::Undefined));
                    spent += eliminated.runs;
                    // Nothing does not matter here, so one that is as good is the same in every run.
                    let is_same =
                        eliminated.decided && eliminated.candidates.iter().all(|(standing, _)| standing.is_left());
                    let unwon = if is_same { Winner::Same } else { Winner::Undecided };
                    winners.insert(corner, looked.winner.map_or(unwon, Winner::Of));
                    regimes.points.push(looked);
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

    /// The best strategy at a point, and how it was found.
    fn corner(&self, rounds: &mut Rounds<'_>, at: (f64, f64), budget: u64) -> Result<(Looked, Eliminated), Trouble> {
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
        let eliminated = eliminate(&mut field, &rules)?;
        let is_refused = |index: &usize| eliminated.candidates[*index].0 == CandidateStanding::Refused;
        let known = (0..candidates.len()).filter(|index| !is_refused(index));
        let mut means: Vec<(f64, usize)> =
            known.filter_map(|index| field.mean(index, 0).map(|mean| (mean, index))).collect();
        // The best one first: an infinite mean ranks nothing.
        let is_behind = |index: usize| eliminated.candidates[index].0 != CandidateStanding::Best;
        means.sort_by(|one, other| {
            let order = is_behind(one.1).cmp(&is_behind(other.1)).then(one.0.total_cmp(&other.0));
            order.then(one.1.cmp(&other.1))
        });
        let best = means.first().map(|(_, index)| *index);
        let runner_up = means.get(1).map(|(_, index)| *index);
        let n = best.map_or(0, |index| eliminated.candidates[index].1);
        // One that all others are shown to be worse than: none is as good, and each has a value.
        let is_worse = |index: &usize| eliminated.candidates[*index].0 == CandidateStanding::Worse;
        let is_single = eliminated.decided
            && (0..candidates.len()).all(|index| best == Some(index) || is_worse(&index))
            && best.is_some_and(|best| eliminated.candidates[best].0 == CandidateStanding::Best);
        let difference = best.zip(runner_up).map_or((0.0, 0.0, 0.0), |(best, other)| {
            let (low, high) = field.difference(best, other, 0, 1.0 - self.plan.confidence);
            (means[0].0 - means[1].0, low, high)
        });
        Ok((Looked { at, winner: best.filter(|_| is_single), runner_up, difference, n }, eliminated))
    }
}
