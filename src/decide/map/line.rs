//! The line between two regimes: a root in each row of the second key.

use super::{Looked, Map, MapPart, Regimes, Winner};
use crate::decide::Trouble;
use crate::decide::rounds::Rounds;
use crate::decide::search::{self, Found, Judged, Oracle, Point, Rules, Searched};
use crate::decide::solve::{self, Function, Wanted};

/// How far around the root of the row before a search begins, as a factor, or as a share of the range.
const FACTOR: f64 = 8.0;
const SHARE: f64 = 0.125;

/// Slices of a strip between two rows.
const SLICES: u32 = 16;

/// The share of the space between two rows with different winners that is drawn as either of them.
const BESIDE: f64 = 0.1;

/// A part of a row.
#[derive(Clone, PartialEq)]
struct MapSegment {
    from: f64,
    to: f64,
    winner: Winner,
}

/// A row of the second key.
pub(in crate::decide) struct LineRow {
    /// Its place on the second axis.
    pub(super) at: f64,
    pub(super) found: Found,
    /// The places that were looked at on the first axis, ascending.
    looked: Vec<f64>,
    /// The places from which to the ends of the first axis nothing is shown.
    undecided_ends: (Option<f64>, Option<f64>),
}

impl LineRow {
    /// Whether both sides of a crossing are shown.
    pub(super) const fn is_crossed(&self) -> bool {
        matches!(self.found, Found::Root { low: Some(_), high: Some(_), .. } | Found::Step { .. })
    }

    /// Of a row that shows one side alone: its sign, and whether it is above the undecided part.
    pub(super) const fn open_side(&self) -> Option<(i8, bool)> {
        match self.found {
            Found::Root { low: None, high: Some(_), rises, .. } => Some((if rises { 1 } else { -1 }, true)),
            Found::Root { low: Some(_), high: None, rises, .. } => Some((if rises { -1 } else { 1 }, false)),
            _ => None,
        }
    }

    /// Whether there is a crossing, and an end of the range beyond it is undecided.
    pub(super) const fn has_undecided_end(&self) -> bool {
        self.is_crossed() && (self.undecided_ends.0.is_some() || self.undecided_ends.1.is_some())
    }
}

/// A row in which one sign is shown, from one end to the other: undecided from each place where it is not shown to its
/// neighbours.
fn decided(sign: i8, undecided: &[f64], looked: &[f64], last: f64) -> Vec<MapSegment> {
    let winner = Map::part_of(sign);
    let mut segments = vec![MapSegment { from: 0.0, to: last, winner }];
    if undecided.is_empty() {
        return segments;
    }
    segments.clear();
    for pair in looked.windows(2) {
        let is_shown = pair.iter().all(|place| !undecided.contains(place));
        let winner = if is_shown { winner } else { Winner::Undecided };
        match segments.last_mut() {
            Some(segment) if segment.winner == winner => segment.to = pair[1],
            _ => segments.push(MapSegment { from: pair[0], to: pair[1], winner }),
        }
    }
    segments
}

/// A part of the range as a range of its own.
struct SubRange<'a, O> {
    inner: &'a mut O,
    from: f64,
    to: f64,
}

impl<O> SubRange<'_, O> {
    fn place(&self, place: f64) -> f64 {
        self.from + place * (self.to - self.from)
    }
}

impl<O: Oracle> Oracle for SubRange<'_, O> {
    type Error = O::Error;

    fn judge(&mut self, places: &[f64], n: u32) -> Result<Vec<Judged>, O::Error> {
        let places: Vec<f64> = places.iter().map(|place| self.place(*place)).collect();
        self.inner.judge(&places, n)
    }
}

impl Map<'_> {
    pub(super) fn line(&self, rounds: &mut Rounds<'_>) -> Result<Regimes, Trouble> {
        let question = solve::SolveQuestion {
            range: self.question.across.clone(),
            measure: self.question.measure.clone(),
            wanted: self.question.wanted(),
            precision: self.question.precision,
            budget: self.question.budget,
            crossing: None,
        };
        let count = self.question.rows;
        let mut regimes = Regimes::new();
        let (mut before, mut spent) = (None, 0);
        for row in 0..count {
            let place = self.up.last() * row as f64 / (count - 1) as f64;
            let at = if self.up.is_whole() { place.round() } else { place };
            if regimes.rows.last().is_some_and(|row| row.at.total_cmp(&at).is_eq()) {
                continue;
            }
            // What is left is shared by the rows that are left.
            let budget = (self.question.budget - spent) / (count - row) as u64;
            let rules = Rules { budget, ..question.rules(&self.across) };
            let fixed = vec![self.up.value(at)];
            let mut function = Function::new(self.plan, &question, &self.across, rounds, fixed);
            let searched = self.row(&mut function, rules, before)?;
            regimes.few.extend(function.few());
            if let Some(needed) = searched.needed {
                // Each row that is left has the same share.
                regimes.needed = regimes.needed.max(spent + needed.max(searched.likely) * (count - row) as u64);
            }
            spent += searched.runs.min(budget);
            before = match searched.found {
                Found::Root { root, low: Some(low), high: Some(high), .. } => {
                    Some(root.unwrap_or(f64::midpoint(low, high)))
                }
                _ => None,
            };
            regimes.complete &= match searched.found {
                Found::Root { precise, .. } | Found::Step { precise, .. } => precise,
                Found::Several(_) | Found::Nowhere { .. } => searched.needed.is_none(),
                Found::Undecided | Found::Zero => true,
            };
            regimes.by_signs += searched.points.iter().filter(|point| point.judged.by_signs).count();
            regimes.points.extend(searched.points.iter().map(|point| self.looked(point, at)));
            let looked = searched.points.iter().map(|point| point.at).collect();
            let undecided_ends = searched.undecided_ends();
            regimes.rows.push(LineRow { at, found: searched.found, looked, undecided_ends });
        }
        regimes.parts = self.strips(&regimes.rows);
        Ok(regimes)
    }

    /// A search around the root of the row before, and if it shows no root there, over the range.
    fn row(&self, function: &mut Function<'_, '_>, rules: Rules, before: Option<f64>) -> Result<Searched, Trouble> {
        let Some(root) = before.filter(|_| !rules.whole) else { return search::search(function, rules) };
        let reach = if self.across.is_log() { self.across.half_width(FACTOR - 1.0) } else { SHARE };
        let (from, to) = ((root - reach).max(0.0), (root + reach).min(1.0));
        let mut window = SubRange { inner: function, from, to };
        let narrow = Rules { half_width: rules.half_width / (to - from), ..rules };
        let mut searched = search::search(&mut window, narrow)?;
        let Found::Root { root, low: Some(low), high: Some(high), rises, n, precise } = searched.found else {
            let whole = Rules { budget: rules.budget.saturating_sub(searched.runs), ..rules };
            let again = search::search(function, whole)?;
            let needed = again.needed.map(|needed| needed + searched.runs);
            return Ok(Searched { runs: again.runs + searched.runs, needed, ..again });
        };
        let (root, low, high) =
            (root.map(|root| window.place(root)), Some(window.place(low)), Some(window.place(high)));
        for point in &mut searched.points {
            point.at = window.place(point.at);
        }
        Ok(Searched { found: Found::Root { root, low, high, rises, n, precise }, ..searched })
    }

    /// Which strategy a sign speaks for: of one strategy, 0 keeps its limit and 1 does not.
    pub(super) const fn winner(sign: i8) -> Option<usize> {
        match sign {
            -1 => Some(0),
            1 => Some(1),
            _ => None,
        }
    }

    /// What a sign makes of a part of the map.
    fn part_of(sign: i8) -> Winner {
        Self::winner(sign).map_or(Winner::Undecided, Winner::Of)
    }

    fn looked(&self, point: &Point, row: f64) -> Looked {
        let is_limit = matches!(self.question.wanted(), Wanted::AtMost { .. });
        let (winner, leader) = (Self::winner(point.judged.sign()), Self::winner(point.judged.side()));
        // The measure of the strategy with the lower estimate less that of the other.
        let difference = if leader == Some(1) && !is_limit { point.judged.negated() } else { point.judged };
        let runner_up = leader.filter(|_| !is_limit).map(|leader| 1 - leader);
        Looked { at: (point.at, row), winner, leader, runner_up, difference, n: point.n }
    }

    /// The map as strips: between two rows with the same winners, interpolated as the line is; between others only beside
    /// each row.
    fn strips(&self, rows: &[LineRow]) -> Vec<MapPart> {
        let mut parts = Vec::new();
        let mut fill = |y: (f64, f64), segments: &[MapSegment]| {
            let visible = segments.iter().filter(|segment| segment.from < segment.to);
            parts.extend(visible.map(|segment| MapPart { x: (segment.from, segment.to), y, winner: segment.winner }));
        };
        let segments: Vec<Vec<MapSegment>> = rows.iter().map(|row| self.segments(row)).collect();
        if let [only] = &segments[..] {
            fill((0.0, self.up.last()), only);
        }
        for (rows, pair) in rows.windows(2).zip(segments.windows(2)) {
            let (below, above, height) = (&pair[0], &pair[1], rows[1].at - rows[0].at);
            let winners = |segments: &[MapSegment]| segments.iter().map(|segment| segment.winner).collect::<Vec<_>>();
            if winners(below) != winners(above) {
                fill((rows[0].at, rows[0].at + BESIDE * height), below);
                fill((rows[1].at - BESIDE * height, rows[1].at), above);
                continue;
            }
            let slices = if below == above { 1 } else { SLICES };
            for slice in 0..slices {
                let share = |slice: f64| slice / f64::from(slices);
                let middle = share(f64::from(slice) + 0.5);
                let between = |(one, other): (&MapSegment, &MapSegment)| MapSegment {
                    from: one.from + middle * (other.from - one.from),
                    to: one.to + middle * (other.to - one.to),
                    winner: one.winner,
                };
                let segments: Vec<MapSegment> = below.iter().zip(above).map(between).collect();
                let y = |slice: f64| rows[0].at + share(slice) * height;
                fill((y(f64::from(slice)), y(f64::from(slice + 1))), &segments);
            }
        }
        parts
    }

    /// A row from one end to the other: one side, the interval of the root, the other side; undecided towards an end that
    /// shows nothing.
    fn segments(&self, row: &LineRow) -> Vec<MapSegment> {
        let last = self.across.last();
        let whole = |winner| vec![MapSegment { from: 0.0, to: last, winner }];
        let (left, right, rises) = match row.found {
            Found::Root { low, high, rises, .. } => (low.unwrap_or(0.0), high.unwrap_or(last), rises),
            Found::Step { below, above, rises, .. } => (below, above, rises),
            Found::Nowhere { sign, ref undecided } => return decided(sign, undecided, &row.looked, last),
            Found::Several(_) | Found::Undecided => return whole(Winner::Undecided),
            Found::Zero => return whole(Winner::Same),
        };
        let behind = if rises { 1 } else { -1 };
        let (first, end) = row.undecided_ends;
        let (first, end) = (first.unwrap_or(0.0).min(left), end.unwrap_or(last).max(right));
        let segment = |from, to, winner| MapSegment { from, to, winner };
        vec![
            segment(0.0, first, Winner::Undecided),
            segment(first, left, Self::part_of(-behind)),
            segment(left, right, Winner::Undecided),
            segment(right, end, Self::part_of(behind)),
            segment(end, last, Winner::Undecided),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_of_one_winner_is_undecided_around_the_places_that_show_none() {
        let told = |undecided: &[f64]| -> Vec<(f64, f64, Winner)> {
            let segments = decided(-1, undecided, &[0.0, 0.25, 0.5, 0.75, 1.0], 1.0);
            segments.iter().map(|segment| (segment.from, segment.to, segment.winner)).collect()
        };
        let (won, open) = (Winner::Of(0), Winner::Undecided);
        assert_eq!(told(&[]), [(0.0, 1.0, won)]);
        assert_eq!(told(&[1.0]), [(0.0, 0.75, won), (0.75, 1.0, open)]);
        assert_eq!(told(&[0.5]), [(0.0, 0.25, won), (0.25, 0.75, open), (0.75, 1.0, won)]);
    }
}
