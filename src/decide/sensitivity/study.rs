//! What the rows of the radial design say of each target: effects, indices, shares, the worth of knowing a key.

use super::design::{BLOCKS, Design, PointPart, RowPoint};
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
    KeyStudy { target, effects, shares, worth }
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
