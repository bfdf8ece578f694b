//! Which inputs a noisy function depends on: effects, first-order and total Sobol' indices from a radial design.
//!
//! A row of the design has a base point A, another point B, and for each key the point C that is A with this one key
//! from B. Each point is evaluated with the same few replications; rows share no replication. The function is the
//! expectation f over replications. With V = Var f(A),
//!
//! - the total index of a key is E (f(C) − f(A))² / 2V (Jansen 1999): what is left of the variance if all others are known;
//! - the first-order index is E (f(B) − E f) (f(C) − f(A)) / V (Saltelli et al. 2010): what this key alone explains.
//!
//! The square of a mean over replications contains the variance of chance, so no mean is squared: squares and products
//! are taken over *different* replications, which makes every numerator and V unbiased for any number of replications
//! from 2 on (Hart, Alexanderian and Gremaud 2017; Kouye and Mazo 2022). The square of E f is a product over different
//! blocks. A key that changes no value has the index 0 exactly, because all points of a row share their replications.
//!
//! Rows come in independently scrambled blocks of a low-discrepancy sequence. Rows of one block depend on each other, so
//! intervals are Student's t over blocks: of the pseudo-values of the delete-one-block jackknife for a ratio. Bootstrap
//! over rows would ignore the dependence, which reduces the variance, and give intervals that are too wide.

use crate::{Estimate, Method, Student, mean};

/// The values at the points of a row, one for each replication.
#[derive(Clone, PartialEq, Debug)]
pub struct DesignRow {
    /// At the base point A.
    pub base: Vec<f64>,
    /// For each key, at the base point with this key from the other point.
    pub moved: Vec<Vec<f64>>,
    /// At the other point B; none: there are no first-order indices.
    pub other: Option<Vec<f64>>,
    /// For each key, whether it grows (1), shrinks (−1) or stays (0) when it is moved.
    pub directions: Vec<i8>,
}

/// What a key does to the function.
#[derive(Clone, PartialEq, Debug)]
pub struct Effect {
    /// Rows in which some replication has another value with the key moved.
    pub moved: usize,
    /// Mean change of the function when the key grows.
    pub mean: Estimate,
    /// Root mean square of the change.
    pub rms: f64,
    /// Total index.
    pub total: Estimate,
    /// First-order index; none without the other point.
    pub first: Option<Estimate>,
}

/// What all keys do.
#[derive(Clone, PartialEq, Debug)]
pub struct Effects {
    /// Number of rows.
    pub rows: usize,
    /// The keys, in their order.
    pub keys: Vec<Effect>,
    /// Variance of the function over the ranges; may be below zero where chance is large.
    pub variance: f64,
    /// Mean variance of a single value at a fixed point: chance.
    pub noise: f64,
}

impl Effects {
    /// The share of a single value's variance that is chance; none if nothing varies.
    #[must_use]
    pub fn noise_share(&self) -> Option<f64> {
        let all = self.variance.max(0.0) + self.noise;
        (all > 0.0).then(|| self.noise / all)
    }
}

/// What one block contributes; its means are over rows.
#[derive(Clone, Debug)]
struct BlockMeans {
    /// Mean of the function.
    mean: f64,
    /// Mean of its square.
    square: f64,
    noise: f64,
    /// For each key: mean of the squared change, mean product with the other point, mean change when the key grows.
    squared: Vec<f64>,
    products: Vec<f64>,
    changes: Vec<f64>,
}

/// Effects and indices of `keys` keys. Each block has the rows of one scramble.
///
/// # Panics
/// If there are fewer than two blocks, a block is empty, a point has fewer than two replications, or a row has another
/// number of keys.
#[must_use]
pub fn effects(blocks: &[Vec<DesignRow>], keys: usize, student: &mut Student) -> Effects {
    assert!(blocks.len() > 1 && blocks.iter().all(|rows| !rows.is_empty()), "at least two blocks of rows");
    let centre = centre(blocks);
    let of_blocks: Vec<BlockMeans> = blocks.iter().map(|rows| summarize(rows, keys, centre)).collect();
    let variance = variance(&of_blocks.iter().collect::<Vec<_>>());
    let has_other = blocks.iter().flatten().all(|row| row.other.is_some());
    let keys = (0..keys).map(|key| {
        let rows = blocks.iter().flatten();
        let squared: Vec<f64> = of_blocks.iter().map(|block| block.squared[key]).collect();
        let changes: Vec<f64> = of_blocks.iter().map(|block| block.changes[key]).collect();
        Effect {
            moved: rows.filter(|row| row.moved[key] != row.base).count(),
            mean: mean::estimate(&changes, student),
            rms: libm::sqrt(mean::moments(&squared).0.max(0.0)),
            total: index(&of_blocks, student, |block| block.squared[key] / 2.0),
            first: has_other.then(|| index(&of_blocks, student, |block| block.products[key])),
        }
    });
    Effects {
        rows: blocks.iter().map(Vec::len).sum(),
        keys: keys.collect(),
        variance,
        noise: of_blocks.iter().map(|block| block.noise).sum::<f64>() / of_blocks.len() as f64,
    }
}

/// The mean at the base points, subtracted from all values: products with the other point then vary less. Values that
/// are all the same become exactly zero.
fn centre(blocks: &[Vec<DesignRow>]) -> f64 {
    let values: Vec<f64> = blocks.iter().flatten().flat_map(|row| row.base.iter().copied()).collect();
    if values.iter().all(|value| value.total_cmp(&values[0]).is_eq()) { values[0] } else { mean::moments(&values).0 }
}

fn summarize(rows: &[DesignRow], keys: usize, centre: f64) -> BlockMeans {
    let mut block = BlockMeans {
        mean: 0.0,
        square: 0.0,
        noise: 0.0,
        squared: vec![0.0; keys],
        products: vec![0.0; keys],
        changes: vec![0.0; keys],
    };
    let share = 1.0 / rows.len() as f64;
    for row in rows {
        assert!(row.moved.len() == keys && row.directions.len() == keys, "a row of {keys} keys");
        let points = std::iter::once(&row.base).chain(&row.moved).chain(&row.other);
        let weight = share / (1 + keys + usize::from(row.other.is_some())) as f64;
        for point in points {
            let point: Vec<f64> = point.iter().map(|value| value - centre).collect();
            let (mean, noise) = mean::moments(&point);
            block.mean += weight * mean;
            block.noise += weight * noise;
            block.square += weight * product(&point, &point);
        }
        for key in 0..keys {
            let change: Vec<f64> = row.moved[key].iter().zip(&row.base).map(|(moved, base)| moved - base).collect();
            block.squared[key] += share * product(&change, &change);
            block.changes[key] += share * f64::from(row.directions[key]) * mean::moments(&change).0;
            if let Some(other) = &row.other {
                let other: Vec<f64> = other.iter().map(|value| value - centre).collect();
                block.products[key] += share * product(&other, &change);
            }
        }
    }
    block
}

/// The mean product of two values over different replications.
fn product(a: &[f64], b: &[f64]) -> f64 {
    assert!(a.len() > 1 && a.len() == b.len(), "products over different replications take two of them");
    let n = a.len() as f64;
    let same: f64 = a.iter().zip(b).map(|(a, b)| a * b).sum();
    (a.iter().sum::<f64>() * b.iter().sum::<f64>() - same) / (n * (n - 1.0))
}

/// The variance of the function: the mean of its square less the product of its means in different blocks.
fn variance(blocks: &[&BlockMeans]) -> f64 {
    let n = blocks.len() as f64;
    let sum: f64 = blocks.iter().map(|block| block.mean).sum();
    let squares: f64 = blocks.iter().map(|block| block.mean * block.mean).sum();
    let square = blocks.iter().map(|block| block.square).sum::<f64>() / n;
    square - (sum * sum - squares) / (n * (n - 1.0))
}

/// A ratio to the variance, with its interval from the jackknife over blocks. None where the variance is not above zero.
fn index(blocks: &[BlockMeans], student: &mut Student, numerator: impl Fn(&BlockMeans) -> f64) -> Estimate {
    let ratio = |blocks: &[&BlockMeans]| {
        let above = blocks.iter().map(|block| numerator(block)).sum::<f64>() / blocks.len() as f64;
        let below = variance(blocks);
        if above == 0.0 { Some(0.0) } else { (below > 0.0).then(|| above / below) }
    };
    let all: Vec<&BlockMeans> = blocks.iter().collect();
    jackknife(&all, student, ratio)
}

/// A statistic of blocks, with Student's t interval about the jackknife's pseudo-values. There is no interval if the
/// statistic has no value without some block.
pub(crate) fn jackknife<B>(blocks: &[&B], student: &mut Student, statistic: impl Fn(&[&B]) -> Option<f64>) -> Estimate {
    let n = blocks.len();
    let Some(whole) = statistic(blocks) else { return Estimate::bare(n, None) };
    let without = (0..n).map(|left_out| {
        let rest: Vec<&B> =
            blocks.iter().enumerate().filter(|(index, _)| *index != left_out).map(|(_, b)| *b).collect();
        Some(n as f64 * whole - (n - 1) as f64 * statistic(&rest)?)
    });
    match without.collect::<Option<Vec<f64>>>() {
        Some(values) if n > 2 => {
            let (_, variance) = mean::moments(&values);
            let half = student.quantile((n - 1) as f64) * libm::sqrt(variance / n as f64);
            Estimate { n, mean: Some(whole), interval: Some((whole - half, whole + half)), method: Method::Jackknife }
        }
        _ => Estimate::bare(n, Some(whole)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    /// Blocks of a design.
    const BLOCKS: usize = 8;

    /// Attempts that fail with probability 1 − (1 − p)(1 − l)²: a message with loss p and two packets with loss l. The
    /// uniforms of an attempt are the same at every point of a replication.
    struct Attempts(Vec<[f64; 2]>);

    impl Attempts {
        fn new(count: usize, random: &mut Random) -> Self {
            let mut one = || [random.unit(), random.unit().min(random.unit())];
            Self((0..count).map(|_| one()).collect())
        }

        fn failed(&self, p: f64, l: f64) -> f64 {
            self.0.iter().filter(|[message, packet]| *message < p || *packet < l).count() as f64 / self.0.len() as f64
        }
    }

    /// A case: the ranges of p and l, attempts of a run, and the exact indices.
    struct Case {
        p: fn(f64) -> f64,
        l: fn(f64) -> f64,
        attempts: usize,
        first: [f64; 2],
        total: [f64; 2],
    }

    const UNIT: Case =
        Case { p: |u| u, l: |u| u, attempts: 200, first: [5.0 / 21.0, 4.0 / 7.0], total: [3.0 / 7.0, 16.0 / 21.0] };

    const EVEN: Case =
        Case { p: |u| 0.1 * u, l: |u| 0.05 * u, attempts: 500, first: [0.51285, 0.48670], total: [0.51330, 0.48715] };

    const FACTORS: Case = Case {
        p: |u| 1e-3 * libm::pow(100.0, u),
        l: |u| 1e-3 * libm::pow(100.0, u),
        attempts: 500,
        first: [0.20603, 0.79345],
        total: [0.20655, 0.79397],
    };

    /// Chance has three times the variance of the signal.
    const NOISY: Case =
        Case { p: |u| 0.02 * u, l: |u| 0.005 * u, attempts: 100, first: [0.8024, 0.1976], total: [0.8024, 0.1976] };

    /// A design of 8 blocks of `rows` rows with two replications, over p, l and a key that does nothing.
    fn design(case: &Case, rows: u32, seed: u64) -> Vec<Vec<DesignRow>> {
        let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        let block = |scramble: u32, random: &mut Random| {
            let row = |index: u32| {
                let at = |dimension| f64::from(sobol_burley::sample(index, dimension, scramble));
                let (a, b): ([f64; 3], [f64; 3]) = ([at(0), at(1), at(2)], [at(3), at(4), at(5)]);
                let chance: Vec<Attempts> = (0..2).map(|_| Attempts::new(case.attempts, random)).collect();
                let values = |point: [f64; 3]| -> Vec<f64> {
                    chance.iter().map(|attempts| attempts.failed((case.p)(point[0]), (case.l)(point[1]))).collect()
                };
                let moved = |key: usize| {
                    let mut point = a;
                    point[key] = b[key];
                    values(point)
                };
                DesignRow {
                    base: values(a),
                    moved: (0..3).map(moved).collect(),
                    other: Some(values(b)),
                    directions: (0..3).map(|key| if b[key] > a[key] { 1 } else { -1 }).collect(),
                }
            };
            (0..rows).map(row).collect()
        };
        let mut scrambles = Random(seed.wrapping_add(77).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "below 2^32")]
        let scramble = |scrambles: &mut Random| (scrambles.unit() * 4_294_967_296.0) as u32;
        (0..BLOCKS).map(|_| block(scramble(&mut scrambles), &mut random)).collect()
    }

    /// How often the intervals hold the truth, over so many designs: first-order and total indices of p and l; and the
    /// mean estimates and half-widths in the same order.
    fn coverage(case: &Case, rows: u32, designs: u64) -> ([f64; 4], [f64; 4], [f64; 4]) {
        let mut student = Student::new(0.95);
        let (mut held, mut means, mut halves) = ([0.0; 4], [0.0; 4], [0.0; 4]);
        for seed in 1..=designs {
            let found = effects(&design(case, rows, seed), 3, &mut student);
            assert_eq!(found.keys[2].moved, 0);
            for estimate in [found.keys[2].first.expect("a first-order index"), found.keys[2].total] {
                assert_eq!((estimate.mean, estimate.interval), (Some(0.0), Some((0.0, 0.0))));
            }
            for (place, truth) in [case.first[0], case.first[1], case.total[0], case.total[1]].into_iter().enumerate() {
                let key = &found.keys[place % 2];
                let estimate = if place < 2 { key.first.expect("a first-order index") } else { key.total };
                let (low, high) = estimate.interval.unwrap_or((f64::NEG_INFINITY, f64::INFINITY));
                held[place] += f64::from(u8::from(low <= truth && truth <= high)) / designs as f64;
                means[place] += estimate.mean.unwrap_or(0.0) / designs as f64;
                halves[place] += (high - low) / 2.0 / designs as f64;
            }
        }
        (held, means, halves)
    }

    #[test]
    fn intervals_hold_the_exact_indices_and_a_key_that_does_nothing_has_none() {
        for case in [&UNIT, &EVEN, &FACTORS] {
            let (held, means, _) = coverage(&Case { attempts: 100, ..*case }, 16, 60);
            assert!(held.iter().all(|held| *held >= 0.85), "{held:?}");
            let truth = [case.first[0], case.first[1], case.total[0], case.total[1]];
            assert!(means.iter().zip(truth).all(|(mean, truth)| (mean - truth).abs() < 0.06), "{means:?}");
        }
    }

    /// Indices with the means over replications squared, as for a function without chance.
    fn naive(blocks: &[Vec<DesignRow>], key: usize) -> f64 {
        let at = |point: &[f64]| mean::moments(point).0;
        let changes = blocks.iter().flatten().map(|row| at(&row.moved[key]) - at(&row.base));
        let squares: Vec<f64> = changes.map(|change| change * change / 2.0).collect();
        let values: Vec<f64> = blocks.iter().flatten().map(|row| at(&row.base)).collect();
        mean::moments(&squares).0 / mean::moments(&values).1
    }

    #[test]
    fn chance_at_three_times_the_signal_leaves_the_indices_and_ruins_the_naive_ones() {
        let mut student = Student::new(0.95);
        let designs: Vec<Vec<Vec<DesignRow>>> = (1..=40).map(|seed| design(&NOISY, 64, seed)).collect();
        let found: Vec<Effects> = designs.iter().map(|blocks| effects(blocks, 3, &mut student)).collect();
        let noise = found.iter().filter_map(Effects::noise_share).sum::<f64>() / 40.0;
        assert!((0.7..0.8).contains(&noise), "{noise}");
        let mean = |key: usize| found.iter().filter_map(|found| found.keys[key].total.mean).sum::<f64>() / 40.0;
        assert!((mean(0) - NOISY.total[0]).abs() < 0.08 && (mean(1) - NOISY.total[1]).abs() < 0.04);
        let ruined = designs.iter().map(|blocks| naive(blocks, 0)).sum::<f64>() / 40.0;
        assert!((ruined - 0.44).abs() < 0.08, "{ruined}");
    }

    #[test]
    fn a_screening_has_the_same_total_indices_without_the_other_point() {
        let blocks = design(&UNIT, 8, 3);
        let bare: Vec<Vec<DesignRow>> = blocks
            .iter()
            .map(|rows| rows.iter().map(|row| DesignRow { other: None, ..row.clone() }).collect())
            .collect();
        let mut student = Student::new(0.95);
        let (whole, bare) = (effects(&blocks, 3, &mut student), effects(&bare, 3, &mut student));
        assert_eq!(bare.keys[0].first, None);
        for key in 0..3 {
            let (a, b) =
                (whole.keys[key].total.mean.expect("a variance"), bare.keys[key].total.mean.expect("a variance"));
            assert!((a - b).abs() < 0.2, "{a} {b}");
            assert_eq!((whole.keys[key].moved, whole.keys[key].mean), (bare.keys[key].moved, bare.keys[key].mean));
        }
        assert!(whole.keys[0].mean.interval.expect("8 blocks").0 > 0.0, "it grows with the loss");
    }

    #[test]
    fn a_function_that_never_changes_has_no_variance_and_indices_of_zero() {
        let row = || DesignRow {
            base: vec![0.3; 2],
            moved: vec![vec![0.3; 2]],
            other: Some(vec![0.3; 2]),
            directions: vec![1],
        };
        let blocks: Vec<Vec<DesignRow>> = (0..8).map(|_| vec![row(), row()]).collect();
        let found = effects(&blocks, 1, &mut Student::new(0.95));
        assert_eq!((found.noise_share(), found.keys[0].moved, found.keys[0].total.mean), (None, 0, Some(0.0)));
    }

    #[test]
    #[ignore = "seconds if optimized; docs/statistics.md has its table"]
    fn coverage_of_the_indices() {
        let cases =
            [("[0, 1]^2", &UNIT), ("[0, .1] x [0, .05]", &EVEN), ("log [.001, .1]^2", &FACTORS), ("noisy", &NOISY)];
        for (name, case) in cases {
            for rows in [8, 32] {
                let (held, means, halves) = coverage(case, rows, 1000);
                println!("{name}, 8 x {rows} rows: held {held:.3?}, means {means:.3?}, half-widths {halves:.3?}");
                // Sixty-four rows are too few where chance has three times the variance of the keys.
                let least = if name == "noisy" && rows == 8 { 0.88 } else { 0.91 };
                assert!(held.iter().all(|held| *held > least), "{held:?}");
            }
        }
    }
}
