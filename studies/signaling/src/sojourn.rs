//! Expected sojourns: the mean time that a terminating Markov chain spends in each of its states.

use std::collections::BTreeMap;

/// Maximum number of states of a chain.
const STATES_MAX: usize = 200_000;

/// Maximum number of sweeps of the iteration.
const SWEEPS_MAX: usize = 200_000;

/// A chain in continuous time. Its states are found by following its moves.
pub(super) struct Chain<S> {
    states: Vec<S>,
    /// For each state, the states that lead to it, with their rates, 1/s.
    incoming: Vec<Vec<(usize, f64)>>,
    outgoing: Vec<f64>,
    start: Vec<f64>,
}

impl<S: Ord + Clone> Chain<S> {
    /// The chain that starts in one of `starts` with the given probability. `moves` lists the next states and their
    /// rates; none: the chain ends. Moves from a state to itself are ignored.
    pub(super) fn explore(starts: &[(S, f64)], moves: impl Fn(&S) -> Vec<(Option<S>, f64)>) -> Self {
        let mut chain = Self { states: Vec::new(), incoming: Vec::new(), outgoing: Vec::new(), start: Vec::new() };
        let mut indices = BTreeMap::new();
        for (state, probability) in starts {
            let index = chain.index(&mut indices, state);
            chain.start[index] += probability;
        }
        let mut next = 0;
        while next < chain.states.len() {
            for (target, rate) in moves(&chain.states[next]) {
                if rate <= 0.0 || target.as_ref() == Some(&chain.states[next]) {
                    continue;
                }
                chain.outgoing[next] += rate;
                if let Some(target) = target {
                    let target = chain.index(&mut indices, &target);
                    chain.incoming[target].push((next, rate));
                }
            }
            next += 1;
        }
        chain
    }

    /// The index of `state`, which may be new.
    fn index(&mut self, indices: &mut BTreeMap<S, usize>, state: &S) -> usize {
        *indices.entry(state.clone()).or_insert_with(|| {
            assert!(self.states.len() < STATES_MAX, "a chain of more than {STATES_MAX} states");
            self.states.push(state.clone());
            self.incoming.push(Vec::new());
            self.outgoing.push(0.0);
            self.start.push(0.0);
            self.states.len() - 1
        })
    }

    /// Expected time in each state until the chain ends, by Gauss–Seidel iteration on xᵢ·outᵢ = startᵢ + Σ xⱼ·rateⱼᵢ.
    ///
    /// The states of `class` together last `total`. Using this known sum avoids the slowest part of the iteration.
    ///
    /// # Panics
    /// If the iteration does not converge.
    pub(super) fn sojourns(&self, class: impl Fn(&S) -> bool, total: f64) -> Vec<f64> {
        let member: Vec<bool> = self.states.iter().map(class).collect();
        let mut times = self.start.iter().zip(&self.outgoing).map(|(start, out)| start / out).collect::<Vec<f64>>();
        for _ in 0..SWEEPS_MAX {
            let mut change = 0.0_f64;
            for state in 0..times.len() {
                let inflow: f64 = self.incoming[state].iter().map(|&(from, rate)| times[from] * rate).sum();
                let time = (self.start[state] + inflow) / self.outgoing[state];
                change = change.max((time - times[state]).abs());
                times[state] = time;
            }
            let sum: f64 = times.iter().zip(&member).filter(|(_, member)| **member).map(|(time, _)| time).sum();
            for (time, _) in times.iter_mut().zip(&member).filter(|(_, member)| **member) {
                *time *= total / sum;
            }
            if change < 1e-13 * total && (sum / total - 1.0).abs() < 1e-13 {
                return times;
            }
        }
        panic!("no fixed point of {} states after {SWEEPS_MAX} sweeps", times.len());
    }

    /// The states, in the order of [`Chain::sojourns`].
    pub(super) fn states(&self) -> &[S] {
        &self.states
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_that_breaks_and_is_mended_until_it_is_scrapped() {
        // Up: breaks at 2/s, scrapped at 1/s. Down: repaired at 4/s. It is up for 1 s in all, so it breaks twice and is
        // down for 2/4 s.
        let moves = |up: &bool| if *up { vec![(Some(false), 2.0), (None, 1.0)] } else { vec![(Some(true), 4.0)] };
        let chain = Chain::explore(&[(true, 1.0)], moves);
        let times = chain.sojourns(|up| *up, 1.0);
        assert_eq!(chain.states(), [true, false]);
        assert!((times[0] - 1.0).abs() < 1e-12 && (times[1] - 0.5).abs() < 1e-12, "{times:?}");
    }
}
