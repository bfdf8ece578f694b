//! What knowing an input is worth to a choice between two alternatives: the expected value of partial perfect
//! information, from given data.
//!
//! D is the difference of the two alternatives' losses at a point of the inputs. Without further knowledge the choice
//! saves min(0, E D); with an input x known, E min(0, E[D | x]). The worth of x is the first less the second, never
//! below zero. E[D | x] is a regression on points that were made for other purposes (Strong, Oakley and Brennan 2014):
//! a cubic in the input's place in [0, 1], or the mean of each level of an input with few levels. As places are uniform,
//! the expectation over x is an integral and not a mean over points.
//!
//! The error of the regression can change the choice, which makes the estimate too large where the choice hangs in the
//! balance. The jackknife over independent blocks removes the larger part of this bias and gives the interval.
//!
//! With all inputs known, E min(0, D): the expected value of perfect information. It needs no regression, but D is
//! observed with chance. Choosing by one replication and counting another one saves too little; choosing by the mean
//! that is counted saves too much. The interval reaches from the lower limit of the one to the upper limit of the
//! other.

use crate::sobol::jackknife;
use crate::{Estimate, Method, Student, mean};

/// Intervals of [0, 1] over which the cubic is integrated, by their midpoints.
const STEPS: usize = 512;

/// What an input is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum InputKind {
    /// It varies over a range, by its place in [0, 1].
    Range,
    /// It has n levels of equal probability; the place of level i is in [i, i + 1) / n.
    Levels(usize),
}

/// The worth of knowing an input, from the input's place and the difference D at the points of each block.
///
/// # Panics
/// If a block has no points.
#[must_use]
pub fn estimate(blocks: &[Vec<(f64, f64)>], input: InputKind, student: &mut Student) -> Estimate {
    assert!(blocks.iter().all(|points| !points.is_empty()), "each block has points");
    let of_blocks: Vec<Sums> = blocks.iter().map(|points| Sums::of(points, input)).collect();
    corrected(&of_blocks, student, |blocks| worth(blocks, input))
}

/// The worth of knowing all inputs, from the difference D in two replications at the points of each block.
///
/// The estimate counts the mean of D times the share of the replications in which D is negative. Half of this is a
/// replication chosen by itself, half one chosen by the other. To the first order in the variance of chance the errors of
/// the two halves cancel.
///
/// # Panics
/// If a block has no points.
#[must_use]
pub fn of_all(blocks: &[Vec<[f64; 2]>], student: &mut Student) -> Estimate {
    assert!(blocks.iter().all(|points| !points.is_empty()), "each block has points");
    let mut worth = |saved: fn([f64; 2]) -> f64| {
        let means = blocks.iter().map(|points| {
            let mean = |of: fn([f64; 2]) -> f64| points.iter().copied().map(of).sum::<f64>() / points.len() as f64;
            [mean(middle), mean(saved)]
        });
        corrected(&means.collect::<Vec<[f64; 2]>>(), student, |blocks| {
            let mean = |place: usize| blocks.iter().map(|means| means[place]).sum::<f64>() / blocks.len() as f64;
            Some(mean(0).min(0.0) - mean(1))
        })
    };
    let least = worth(|[one, other]| middle([one * negative(other), other * negative(one)]));
    let most = worth(|both| middle(both).min(0.0));
    let found = worth(|both| middle(both) * middle(both.map(negative)));
    let (Some((low, _)), Some((_, high))) = (least.interval, most.interval) else { return found };
    Estimate { mean: found.mean.map(|mean| mean.clamp(low, high)), interval: Some((low, high)), ..found }
}

/// The mean of two replications.
fn middle([one, other]: [f64; 2]) -> f64 {
    f64::midpoint(one, other)
}

/// 1 if a difference is negative, else 0.
fn negative(difference: f64) -> f64 {
    f64::from(u8::from(difference < 0.0))
}

/// A worth of blocks less the bias that the jackknife finds, with its interval; both are at least zero.
fn corrected<B>(blocks: &[B], student: &mut Student, statistic: impl Fn(&[&B]) -> Option<f64>) -> Estimate {
    let all: Vec<&B> = blocks.iter().collect();
    let found = jackknife(&all, student, &statistic);
    // The mean of the pseudo-values is the whole less the estimated bias.
    let (Some(whole), Some((low, high))) = (found.mean, found.interval) else { return found };
    let n = all.len();
    let without = (0..n).filter_map(|left_out| {
        let rest: Vec<&B> = all.iter().enumerate().filter(|(index, _)| *index != left_out).map(|(_, b)| *b).collect();
        statistic(&rest)
    });
    let rest = mean::moments(&without.collect::<Vec<f64>>()).0;
    let corrected = (n as f64 * whole - (n - 1) as f64 * rest).max(0.0);
    let half = (high - low) / 2.0;
    let interval = Some(((corrected - half).max(0.0), corrected + half));
    Estimate { n, mean: Some(corrected), interval, method: Method::Jackknife }
}

/// Sums of a regression.
#[derive(Clone, Debug)]
struct Sums {
    /// Products of the terms.
    terms: Vec<Vec<f64>>,
    /// Products of the terms and the differences.
    differences: Vec<f64>,
}

impl Sums {
    fn of(points: &[(f64, f64)], input: InputKind) -> Self {
        let size = terms(0.0, input).len();
        let mut sums = Self { terms: vec![vec![0.0; size]; size], differences: vec![0.0; size] };
        for (place, difference) in points {
            let terms = terms(*place, input);
            for (row, a) in terms.iter().enumerate() {
                sums.differences[row] += a * difference;
                for (column, b) in terms.iter().enumerate() {
                    sums.terms[row][column] += a * b;
                }
            }
        }
        sums
    }
}

/// The terms of the regression at a place: Legendre's polynomials, which are orthogonal on [0, 1], or one term for each
/// level.
fn terms(place: f64, input: InputKind) -> Vec<f64> {
    match input {
        InputKind::Range => {
            let x = 2.0 * place - 1.0;
            vec![1.0, x, (3.0 * x * x - 1.0) / 2.0, (5.0 * x * x * x - 3.0 * x) / 2.0]
        }
        InputKind::Levels(count) => {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the place is in [0, 1)")]
            let level = ((place * count as f64) as usize).min(count.saturating_sub(1));
            (0..count).map(|other| f64::from(u8::from(other == level))).collect()
        }
    }
}

/// The worth from the sums of some blocks; none if there are too few different places for the regression.
fn worth(blocks: &[&Sums], input: InputKind) -> Option<f64> {
    let size = blocks.first()?.differences.len();
    let mut matrix = vec![vec![0.0; size]; size];
    let mut right = vec![0.0; size];
    for block in blocks {
        for (sum, difference) in right.iter_mut().zip(&block.differences) {
            *sum += difference;
        }
        for (entry, term) in matrix.iter_mut().flatten().zip(block.terms.iter().flatten()) {
            *entry += term;
        }
    }
    let fit = solve(matrix, right)?;
    let places: Vec<f64> = match input {
        InputKind::Range => (0..STEPS).map(|step| (step as f64 + 0.5) / STEPS as f64).collect(),
        InputKind::Levels(count) => (0..count).map(|level| (level as f64 + 0.5) / count as f64).collect(),
    };
    let at = |place: &f64| terms(*place, input).iter().zip(&fit).map(|(term, weight)| term * weight).sum::<f64>();
    let values: Vec<f64> = places.iter().map(at).collect();
    let n = values.len() as f64;
    let known = values.iter().map(|value| value.min(0.0)).sum::<f64>() / n;
    let unknown = (values.iter().sum::<f64>() / n).min(0.0);
    // Rounding aside, it is never below zero.
    Some((unknown - known).max(0.0))
}

/// Solves a small symmetric system by elimination with pivots; none if it is singular.
fn solve(mut matrix: Vec<Vec<f64>>, mut right: Vec<f64>) -> Option<Vec<f64>> {
    let size = right.len();
    for column in 0..size {
        let largest = |a: &usize, b: &usize| matrix[*a][column].abs().total_cmp(&matrix[*b][column].abs());
        let pivot = (column..size).max_by(largest)?;
        if matrix[pivot][column].abs() < 1e-9 {
            return None;
        }
        matrix.swap(column, pivot);
        right.swap(column, pivot);
        for row in column + 1..size {
            let factor = matrix[row][column] / matrix[column][column];
            let (above, below) = matrix.split_at_mut(row);
            for (entry, pivot) in below[0].iter_mut().zip(&above[column]).skip(column) {
                *entry -= factor * pivot;
            }
            right[row] -= factor * right[column];
        }
    }
    for column in (0..size).rev() {
        let known: f64 = (column + 1..size).map(|other| matrix[column][other] * right[other]).sum();
        right[column] = (right[column] - known) / matrix[column][column];
    }
    Some(right)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    /// The two losses at a place of their ranges.
    type Losses = fn(f64) -> [f64; 2];

    /// Blocks of a design over two inputs, with the difference (1 − l)⁴ − (1 − p)(1 − l)² in losses: two alternatives
    /// that fail with four packets, and with a message and two packets.
    fn blocks(input: usize, range: Losses, scrambles: u32) -> Vec<Vec<(f64, f64)>> {
        let point = |scramble: u32, index: u32| {
            let u = [0, 1, 2].map(|dimension| f64::from(sobol_burley::sample(index, dimension, scramble)));
            let ([p, _], [_, l]) = (range(u[0]), range(u[1]));
            let kept = (1.0 - l) * (1.0 - l);
            (u[input], kept * kept - (1.0 - p) * kept)
        };
        (0..scrambles).map(|scramble| (0..64).map(|index| point(scramble, index)).collect()).collect()
    }

    fn factors(u: f64) -> [f64; 2] {
        [1e-3 * libm::pow(100.0, u); 2]
    }

    fn even(u: f64) -> [f64; 2] {
        [0.1 * u, 0.05 * u]
    }

    #[test]
    fn intervals_hold_the_exact_worth() {
        // Integrals of min(0, E[D | x]) by quadrature; the third input does nothing.
        let cases = [(factors as Losses, [0.004_952, 0.006_823]), (even, [0.011_106, 0.010_811])];
        for (range, truth) in cases {
            for (input, truth) in truth.into_iter().enumerate() {
                let found = estimate(&blocks(input, range, 8), InputKind::Range, &mut Student::new(0.95));
                let mean = found.mean.expect("points");
                assert!((mean - truth).abs() < 0.06 * truth, "{mean}, not {truth}");
            }
        }
        let nothing = estimate(&blocks(2, factors, 8), InputKind::Range, &mut Student::new(0.95));
        let (low, high) = nothing.interval.expect("8 blocks");
        assert!(low.abs() < f64::MIN_POSITIVE && high < 0.001, "{nothing:?}");
    }

    /// The worth of knowing both losses: integrals of min(0, D) by quadrature.
    const ALL: [(Losses, f64); 2] = [(factors, 0.009_494), (even, 0.014_871)];

    /// The difference at the points of a design, in two replications with something on top of each.
    fn replicated(range: Losses, mut chance: impl FnMut() -> f64) -> Vec<Vec<[f64; 2]>> {
        let of = |points: Vec<(f64, f64)>| points.into_iter().map(|(_, d)| [d + chance(), d + chance()]).collect();
        blocks(0, range, 8).into_iter().map(of).collect()
    }

    #[test]
    fn intervals_hold_the_exact_worth_of_all_inputs() {
        for (range, truth) in ALL {
            let found = of_all(&replicated(range, || 0.0), &mut Student::new(0.95));
            let (mean, (low, high)) = (found.mean.expect("points"), found.interval.expect("8 blocks"));
            assert!((mean - truth).abs() < 0.02 * truth, "{mean}, not {truth}");
            assert!(low <= truth && truth <= high && high - low < 0.1 * truth, "{found:?}");
        }
    }

    #[test]
    fn chance_of_the_runs_is_no_worth_of_knowing() {
        for (range, truth) in ALL {
            let (mut held, mut mean, mut plain) = (0, 0.0, 0.0);
            for seed in 1..=40 {
                let mut random = Random(seed * 0x9E37_79B9);
                let noisy = replicated(range, || 0.1 * (random.unit() - 0.5));
                let found = of_all(&noisy, &mut Student::new(0.95));
                let (low, high) = found.interval.expect("8 blocks");
                held += u32::from(low <= truth && truth <= high);
                mean += found.mean.expect("points") / 40.0;
                let means = noisy.iter().flatten().map(|d| middle(*d));
                let (sum, saved) = means.fold((0.0, 0.0), |(sum, saved), d| (sum + d, saved + d.min(0.0)));
                plain += (f64::min(sum, 0.0) - saved) / 512.0 / 40.0;
            }
            assert!(held >= 38, "{held} of 40 intervals hold {truth}");
            assert!(plain > 1.1 * truth, "the mean of two runs alone says more than there is: {plain}");
            assert!((mean - truth).abs() < (plain - truth) / 2.0, "{mean}, not {truth}");
        }
        // Nothing but chance: the interval begins at zero.
        let mut random = Random(7);
        let nothing: Vec<Vec<[f64; 2]>> =
            (0..8).map(|_| (0..64).map(|_| [random.unit() - 0.5, random.unit() - 0.5]).collect()).collect();
        let (low, high) = of_all(&nothing, &mut Student::new(0.95)).interval.expect("8 blocks");
        assert!(low.abs() < f64::MIN_POSITIVE && high > 0.0, "{low} {high}");
    }

    #[test]
    fn levels_are_known_exactly() {
        // D is −1 at one of two levels and 3 at the other: 1/2 is saved where the level is known, nothing otherwise.
        let points: Vec<(f64, f64)> = (0..10).map(|i| (f64::from(i) / 10.0, if i < 5 { -1.0 } else { 3.0 })).collect();
        let found = estimate(&vec![points; 3], InputKind::Levels(2), &mut Student::new(0.95));
        assert!((found.mean.expect("points") - 0.5).abs() < 1e-12, "{found:?}");
    }

    #[test]
    fn a_choice_that_no_value_turns_is_worth_nothing() {
        let points: Vec<(f64, f64)> = (0..16).map(|i| (f64::from(i) / 16.0, 1.0 + f64::from(i))).collect();
        let found = estimate(&vec![points; 4], InputKind::Range, &mut Student::new(0.95));
        assert_eq!((found.mean, found.interval), (Some(0.0), Some((0.0, 0.0))));
    }

    #[test]
    fn too_few_places_have_no_worth() {
        let found = estimate(&vec![vec![(0.5, 1.0); 9]; 4], InputKind::Range, &mut Student::new(0.95));
        assert_eq!(found.mean, None);
    }
}
