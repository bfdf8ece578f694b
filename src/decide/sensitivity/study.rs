//! What the rows of the radial design say of each target: effects, indices, shares, the worth of knowing a key.

use super::design::{BLOCKS, Design, PointPart, REPLICATIONS, RowPoint};
use crate::run::Row;
use stats::worth::{self, InputKind};
use stats::{Estimate, Method, Student, mean, sobol};

/// The most values of a key that are treated one by one.
const LEVELS_MAX: usize = 4;

/// A measure of a strategy, or its difference to that of another one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct SensitivityTarget {
    pub(super) strategy: usize,
    pub(super) against: Option<usize>,
}

impl SensitivityTarget {
    /// The value in each replication, from the rows of each strategy.
    pub(super) fn values(self, rows: &[Vec<Row>], measure: usize) -> Vec<Option<f64>> {
        let of = |row: &Row| row.measures[measure].filter(|value| value.is_finite());
        let mine = rows[self.strategy].iter().map(of);
        match self.against {
            None => mine.collect(),
            Some(against) => {
                let theirs = rows[against].iter().map(of);
                mine.zip(theirs).map(|(mine, theirs)| Some(mine? - theirs?)).collect()
            }
        }
    }
}

/// What is found for a target.
pub(super) struct KeyStudy {
    pub(super) target: SensitivityTarget,
    pub(super) effects: sobol::Effects,
    /// Of a difference: the shares of the ranges in which it is above, below and at zero.
    pub(super) shares: Option<[Estimate; 3]>,
    /// Of a difference: what knowing each group is worth.
    pub(super) worth: Option<Vec<Estimate>>,
    /// Of a difference: what knowing all groups is worth.
    pub(super) worth_of_all: Option<Estimate>,
}

impl KeyStudy {
    /// The widest half-width of a total index.
    fn half_width(&self) -> f64 {
        self.effects.keys.iter().map(|key| key.total.half_width().unwrap_or(f64::INFINITY)).fold(0.0, f64::max)
    }
}

/// What is found for all targets.
pub(super) struct Study(pub(super) Vec<KeyStudy>);

impl Study {
    /// From the rows of each point, for each strategy. The measure has a finite value in each.
    pub(super) fn new(
        design: &Design<'_>,
        points: &[RowPoint],
        rows: &[Vec<Vec<Row>>],
        targets: &[SensitivityTarget],
        measure: usize,
        confidence: f64,
        has_other: bool,
    ) -> Self {
        let mut student = Student::new(confidence);
        let of = |target: &SensitivityTarget| {
            let values: Vec<Vec<f64>> =
                rows.iter().map(|rows| target.values(rows, measure).into_iter().flatten().collect()).collect();
            found(design, points, &values, *target, has_other, &mut student)
        };
        Self(targets.iter().map(of).collect())
    }

    /// The targets of the question: the differences, or the measure of the one strategy.
    pub(super) fn asked(&self) -> Vec<&KeyStudy> {
        let differences: Vec<&KeyStudy> = self.0.iter().filter(|found| found.target.against.is_some()).collect();
        if differences.is_empty() { self.0.iter().collect() } else { differences }
    }

    /// The widest half-width of a total index of these targets.
    pub(super) fn half_width(&self) -> f64 {
        self.asked().iter().map(|found| found.half_width()).fold(0.0, f64::max)
    }
}

fn found(
    design: &Design<'_>,
    points: &[RowPoint],
    values: &[Vec<f64>],
    target: SensitivityTarget,
    has_other: bool,
    student: &mut Student,
) -> KeyStudy {
    let groups = design.groups();
    let row_length = 1 + groups + usize::from(has_other);
    let mut blocks: Vec<Vec<sobol::DesignRow>> = vec![Vec::new(); BLOCKS as usize];
    let chunks = points.chunks(row_length).zip(values.chunks(row_length));
    for (points, values) in chunks.clone() {
        let direction = |group: usize| match points[1 + group].places[group].total_cmp(&points[0].places[group]) {
            std::cmp::Ordering::Less => -1,
            std::cmp::Ordering::Equal => 0,
            std::cmp::Ordering::Greater => 1,
        };
        blocks[points[0].block as usize].push(sobol::DesignRow {
            base: values[0].clone(),
            moved: values[1..=groups].to_vec(),
            other: has_other.then(|| values[1 + groups].clone()),
            directions: (0..groups).map(direction).collect(),
        });
    }
    let effects = sobol::effects(&blocks, groups, student);
    let is_difference = target.against.is_some();
    let shares = is_difference.then(|| shares(points, values, student));
    let worth = is_difference.then(|| {
        (0..groups)
            .map(|group| {
                if effects.keys[group].moved == 0 {
                    return Estimate {
                        n: BLOCKS as usize,
                        mean: Some(0.0),
                        interval: Some((0.0, 0.0)),
                        method: Method::Constant,
                    };
                }
                let mut blocks: Vec<Vec<(f64, f64)>> = vec![Vec::new(); BLOCKS as usize];
                for (point, values) in points.iter().zip(values) {
                    blocks[point.block as usize].push((point.places[group], mean::moments(values).0));
                }
                let levels = design.uncertain.levels(group).filter(|levels| *levels <= LEVELS_MAX);
                worth::estimate(&blocks, levels.map_or(InputKind::Range, InputKind::Levels), student)
            })
            .collect()
    });
    let worth_of_all = is_difference.then(|| {
        let mut blocks: Vec<Vec<[f64; REPLICATIONS as usize]>> = vec![Vec::new(); BLOCKS as usize];
        for (point, values) in points.iter().zip(values) {
            let pair = values.as_slice().try_into().expect("two replications of each point");
            blocks[point.block as usize].push(pair);
        }
        worth::of_all(&blocks, student)
    });
    KeyStudy { target, effects, shares, worth, worth_of_all }
}

/// The shares of the points that are uniform over the ranges at which a difference is above, below and at zero.
fn shares(points: &[RowPoint], values: &[Vec<f64>], student: &mut Student) -> [Estimate; 3] {
    let signs: Vec<(u32, f64)> = points
        .iter()
        .zip(values)
        .filter(|(point, _)| !matches!(point.part, PointPart::Moved(_)))
        .map(|(point, values)| (point.block, mean::moments(values).0))
        .collect();
    let mut share = |has: fn(f64) -> bool| {
        let of = |block: u32| {
            let signs: Vec<f64> = signs.iter().filter(|(other, _)| *other == block).map(|(_, sign)| *sign).collect();
            signs.iter().filter(|sign| has(**sign)).count() as f64 / signs.len() as f64
        };
        let blocks: Vec<f64> = (0..BLOCKS).map(of).collect();
        mean::estimate(&blocks, student).within(0.0, 1.0)
    };
    [share(|difference| difference > 0.0), share(|difference| difference < 0.0), share(|difference| difference == 0.0)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::synthetic::SyntheticDraws;
    use crate::plan::Plan;

    /// Attempts of a replication.
    const ATTEMPTS: usize = 100;

    /// A push fails with probability 1 − (1 − p)(1 − l)², a pull with 1 − (1 − l)⁴: the difference over ranges of p, l and a
    /// key without effect.
    struct Case {
        ranges: &'static str,
        first: [f64; 2],
        total: [f64; 2],
        /// Where push fails more.
        higher: f64,
        worth: [f64; 2],
        worth_of_all: f64,
    }

    const CASES: [Case; 2] = [
        Case {
            ranges: "'bus.loss' = { from = 1e-3, to = 0.1, log = true }\n'path.loss' = { from = 1e-3, to = 0.1, log = true }",
            first: [0.24611, 0.75327],
            total: [0.24673, 0.75389],
            higher: 0.3620,
            worth: [0.004_952, 0.006_823],
            worth_of_all: 0.009_494,
        },
        Case {
            ranges: "'bus.loss' = { from = 0, to = 0.1 }\n'path.loss' = { from = 0, to = 0.05 }",
            first: [0.51154, 0.48801],
            total: [0.51199, 0.48846],
            higher: 0.5083,
            worth: [0.011_106, 0.010_811],
            worth_of_all: 0.014_871,
        },
    ];

    /// The two losses at a point.
    fn losses(point: &RowPoint) -> [f64; 2] {
        [0, 1].map(|key| point.values[key].parse().expect("a number"))
    }

    /// The difference in a run: all points of a replication have the same draws.
    fn difference(seed: u64, point: &RowPoint, replication: u32) -> f64 {
        let [p, l] = losses(point);
        let mut draws = SyntheticDraws::new(seed, replication as usize);
        let lost = (0..ATTEMPTS).map(|_| {
            let [message, there, back, request, reply] = [(); 5].map(|()| draws.next());
            let handshake = there < l || back < l;
            f64::from(u8::from(message < p || handshake)) - f64::from(u8::from(handshake || request < l || reply < l))
        });
        lost.sum::<f64>() / ATTEMPTS as f64
    }

    /// What is found of the difference, with its value in each replication of a point.
    fn study(case: &Case, seed: u64, difference: impl Fn(&RowPoint, u32) -> f64) -> KeyStudy {
        let text = format!(
            "name = 'x'\nseed = {seed}\n[strategies.push]\npush = {{}}\n[strategies.pull]\npull = {{}}\n[uncertain]\n{}\n\
             'api.workers' = {{ from = 1, to = 16 }}",
            case.ranges
        );
        let plan = Plan::from_table(&text.parse().expect("TOML"), &[]).expect("a plan");
        let design = Design::new(&plan);
        let points = design.points(32, true);
        let values: Vec<Vec<f64>> =
            points.iter().map(|point| point.replications().map(|number| difference(point, number)).collect()).collect();
        let target = SensitivityTarget { strategy: 0, against: Some(1) };
        found(&design, &points, &values, target, true, &mut Student::new(0.95))
    }

    #[test]
    fn indices_and_worths_of_a_known_difference_are_in_their_intervals_and_a_key_without_effect_has_none() {
        const DESIGNS: u64 = 20;
        for case in CASES {
            let truths = [&case.first[..], &case.total, &case.worth, &[case.worth_of_all]].concat();
            let (mut held, mut means) = (0, [0.0; 7]);
            for seed in 1..=DESIGNS {
                let study = study(&case, seed, |point, replication| difference(seed, point, replication));
                let (keys, worth) = (&study.effects.keys, study.worth.expect("of a difference"));
                let all = study.worth_of_all.expect("of a difference");
                let first = |key: usize| keys[key].first.expect("an index");
                let estimates = [first(0), first(1), keys[0].total, keys[1].total, worth[0], worth[1], all];
                for ((estimate, truth), mean) in estimates.iter().zip(&truths).zip(&mut means) {
                    let (low, high) = estimate.interval.expect("an interval");
                    held += u32::from(low <= *truth && *truth <= high);
                    *mean += estimate.mean.expect("a mean") / DESIGNS as f64;
                }
                assert_eq!((keys[2].moved, keys[2].total.mean, first(2).mean), (0, Some(0.0), Some(0.0)));
                assert_eq!(worth[2].interval, Some((0.0, 0.0)));
            }
            assert!(held >= 120, "{held} of 140 intervals hold what they should");
            for (mean, truth) in means.iter().zip(&truths) {
                // Indices as shares, worths relative.
                let within = if *truth > 0.1 { 0.05 } else { 0.05 * truth };
                assert!((mean - truth).abs() < within, "{mean}, not {truth}");
            }
        }
    }

    #[test]
    fn the_share_of_the_ranges_in_which_a_strategy_is_worse_is_found() {
        for case in CASES {
            let exact = |point: &RowPoint, _| {
                let [p, l] = losses(point);
                let kept = (1.0 - l) * (1.0 - l);
                kept * kept - (1.0 - p) * kept
            };
            let [higher, lower, same] = study(&case, 1, exact).shares.expect("of a difference");
            let (mean, (low, high)) = (higher.mean.expect("a share"), higher.interval.expect("an interval"));
            assert!(low <= case.higher && case.higher <= high, "{low} to {high}, not {}", case.higher);
            assert!((mean - case.higher).abs() < 0.01, "{mean}, not {}", case.higher);
            assert!((lower.mean.expect("a share") + mean - 1.0).abs() < 1e-12 && same.mean == Some(0.0));
        }
    }
}
