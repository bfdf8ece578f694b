//! The points of a sensitivity: the ends of each range, and a radial design over all ranges.
//!
//! A row of the radial design has a base point A, for each group of keys the point C that is A with this group from B,
//! and for first-order indices B (F. Campolongo, A. Saltelli, J. Cariboni, Comput. Phys. Commun. 182 (2011) 978–988). A and
//! B are the two halves of a point of the scrambled Sobol' sequence in twice as many dimensions as there are groups. All
//! points of a row have the same replications; every row has replications of its own, so that chance is independent
//! between rows and every interval includes it.

use std::ops::Range;

use toml::Value;

use super::{Depth, SensitivityQuestion, tornado};
use crate::file::section::uncertain::Uncertain;
use crate::file::tree::render;
use crate::plan::Plan;
use crate::plan::design::{scramble, sobol};

/// Independently scrambled blocks of rows.
pub const BLOCKS: u32 = 8;

/// Rows of a block in a screening.
pub const ROWS_SCREEN: u32 = 8;

/// Rows of a block for first-order indices.
pub const ROWS_INDICES: u32 = 32;

/// Replications of each point of a row.
pub const REPLICATIONS: u32 = 2;

/// Which point of a row.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum PointPart {
    /// A.
    Base,
    /// C: A with this group from B.
    Moved(usize),
    /// B.
    Other,
}

/// A point of a row.
pub(super) struct RowPoint {
    pub(super) block: u32,
    /// The number of the row in its block.
    pub(super) index: u32,
    pub(super) part: PointPart,
    /// The place of each group.
    pub(super) places: Vec<f64>,
    /// The value of each key.
    pub(super) values: Vec<String>,
}

impl RowPoint {
    /// Its replications. A row keeps its replications when blocks get more rows.
    pub(super) const fn replications(&self) -> Range<u32> {
        let row = self.index * BLOCKS + self.block;
        row * REPLICATIONS..(row + 1) * REPLICATIONS
    }
}

/// An end of a range, or the values of the file.
pub(super) struct End {
    /// The group that is at an end; none: the values of the file.
    pub(super) group: Option<usize>,
    /// The value of each key.
    pub(super) values: Vec<String>,
    /// What the group is there, in words.
    pub(super) value: String,
}

/// The points of an experiment.
pub(super) struct Design<'a> {
    pub(super) uncertain: &'a Uncertain,
    seed: u64,
    strategies: u64,
    /// The value of each key in the file.
    now: Vec<String>,
}

/// A value as `--set` takes it.
fn written(value: &Value) -> String {
    value.as_str().map_or_else(|| render(value), str::to_owned)
}

impl<'a> Design<'a> {
    pub(super) fn new(plan: &'a Plan) -> Self {
        let uncertain = &plan.uncertain;
        let now = uncertain.keys.iter().map(|key| key.now(&plan.resolved).map_or_else(String::new, written)).collect();
        Self { uncertain, seed: plan.seed, strategies: plan.strategies.len() as u64, now }
    }

    /// Number of groups.
    pub(super) const fn groups(&self) -> usize {
        self.uncertain.groups.len()
    }

    /// The most runs: points that coincide are run once.
    pub(super) fn runs(&self, question: &SensitivityQuestion) -> u64 {
        let ends: u64 = (0..self.groups()).map(|group| self.uncertain.ends(group).len() as u64).sum();
        let tornado = (1 + ends) * u64::from(tornado::REPLICATIONS);
        let points = 1 + self.groups() as u64 + u64::from(question.depth == Depth::Indices);
        let rows = u64::from(BLOCKS) * u64::from(question.rows) * points * u64::from(REPLICATIONS);
        self.strategies * if question.depth == Depth::Tornado { tornado } else { tornado + rows }
    }

    /// The values of the file, with a group at a place.
    fn with(&self, group: usize, place: f64) -> Vec<String> {
        let mut values = self.now.clone();
        for key in &self.uncertain.groups[group] {
            values[*key] = written(&self.uncertain.keys[*key].value(place));
        }
        values
    }

    /// The values of the file, and each group at each of its ends.
    pub(super) fn ends(&self) -> Vec<End> {
        let mut ends = vec![End { group: None, values: self.now.clone(), value: String::new() }];
        for group in 0..self.groups() {
            for place in self.uncertain.ends(group) {
                let values = self.with(group, place);
                let keys = &self.uncertain.groups[group];
                let shown = keys.iter().map(|key| self.uncertain.keys[*key].shown(place));
                let value = shown.collect::<Vec<_>>().join(" + ");
                ends.push(End { group: Some(group), values, value });
            }
        }
        ends
    }

    /// The points of so many rows a block, row by row; a row of every block before the next one.
    pub(super) fn points(&self, rows: u32, has_other: bool) -> Vec<RowPoint> {
        let groups = self.groups();
        let dimensions = 2 * groups;
        let blocks: Vec<Vec<Vec<f64>>> =
            (0..BLOCKS).map(|block| sobol(rows as usize, dimensions, scramble(self.seed, block))).collect();
        let mut points = Vec::new();
        for index in 0..rows {
            for (block, places) in (0..BLOCKS).zip(&blocks) {
                let (base, other) = places[index as usize].split_at(groups);
                let mut push = |part: PointPart, places: Vec<f64>| {
                    points.push(RowPoint { block, index, part, values: self.values(&places), places });
                };
                push(PointPart::Base, base.to_vec());
                for group in 0..groups {
                    let mut places = base.to_vec();
                    places[group] = other[group];
                    push(PointPart::Moved(group), places);
                }
                if has_other {
                    push(PointPart::Other, other.to_vec());
                }
            }
        }
        points
    }

    /// The value of each key with every group at a place.
    fn values(&self, places: &[f64]) -> Vec<String> {
        let mut values = self.now.clone();
        for (keys, place) in self.uncertain.groups.iter().zip(places) {
            for key in keys {
                values[*key] = written(&self.uncertain.keys[*key].value(*place));
            }
        }
        values
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan() -> Plan {
        let text = "name = 'x'\nseed = 7\n[strategies.push]\npush = {}\n[uncertain]\n\
                    'bus.loss' = { from = 0, to = 1 }\n'path.loss' = { from = 0, to = 1 }\n'api.workers' = { from = 1, to = 4 }";
        Plan::from_table(&text.parse().expect("TOML"), &[]).expect("a plan")
    }

    #[test]
    fn a_point_of_a_row_differs_from_the_base_in_its_key_alone_which_is_that_of_the_other_point() {
        let plan = plan();
        let design = Design::new(&plan);
        for row in design.points(4, true).chunks(5) {
            let (base, other) = (&row[0], &row[4]);
            assert!(base.part == PointPart::Base && other.part == PointPart::Other);
            for (group, point) in row[1..4].iter().enumerate() {
                let places = (0..3).map(|key| if key == group { other.places[key] } else { base.places[key] });
                assert_eq!(point.places, places.collect::<Vec<_>>());
                let values = (0..3).map(|key| if key == group { &other.values[key] } else { &base.values[key] });
                assert_eq!(point.values, values.cloned().collect::<Vec<_>>());
            }
        }
    }

    #[test]
    fn points_of_a_row_share_their_replications_and_rows_share_none() {
        let plan = plan();
        let points = Design::new(&plan).points(8, false);
        let mut starts = Vec::new();
        for row in points.chunks(4) {
            assert!(row.iter().all(|point| point.replications() == row[0].replications()));
            starts.push(row[0].replications().start);
        }
        let expected: Vec<u32> = (0..64).map(|row| row * REPLICATIONS).collect();
        assert_eq!(starts, expected);
    }

    #[test]
    fn more_rows_begin_with_the_rows_of_fewer_and_blocks_are_scrambled_apart() {
        let plan = plan();
        let design = Design::new(&plan);
        let (few, many) = (design.points(4, true), design.points(8, true));
        for (few, many) in few.iter().zip(&many) {
            assert_eq!((few.block, few.index, &few.values), (many.block, many.index, &many.values));
        }
        let mut bases: Vec<&Vec<String>> =
            many.iter().filter(|point| point.part == PointPart::Base).map(|p| &p.values).collect();
        bases.sort();
        bases.dedup();
        assert_eq!(bases.len(), 64);
    }
}
