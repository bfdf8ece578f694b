//! Where something holds: points by their values, or by their numbers where the values are long.

use crate::figure::list;
use crate::folder::reader::Reader;

/// Letters of a point's values that are written out.
const PLACE_MAX: usize = 90;

/// Values of a single swept key that are written in a row.
const VALUES_MAX: usize = 4;

/// Ranges of numbers that are written in a row.
const RANGES_MAX: usize = 8;

/// Before numbers of points: `point 3`, `points 0 to 2`. The space does not break, and marks them as numbers.
const POINT: &str = "point\u{a0}";
const POINTS: &str = "points\u{a0}";

/// `bus.loss = 0.1`, never broken at the sign; `point 3` where that is long; empty if nothing is swept.
pub(super) fn point(reader: &Reader, point: usize) -> String {
    let place = reader.describe(point);
    if place.chars().count() > PLACE_MAX { format!("{POINT}{point}") } else { place.replace(" = ", "\u{a0}=\u{a0}") }
}

/// `at bus.loss = 0`, `from bus.loss = 0.01 to 0.1`, `at points 0 to 2 and 7`.
pub(super) fn points(reader: &Reader, points: &[usize]) -> String {
    let neighbours = points.windows(2).all(|pair| pair[0] + 1 == pair[1]);
    let one_key = reader.keys().len() == 1;
    let value = |index: &usize| reader.points()[*index][0].as_str();
    // Words have no range.
    let is_number = |index: &usize| value(index).starts_with(|first: char| first.is_ascii_digit() || first == '-');
    match points {
        [only] => format!("at {}", point(reader, *only)),
        [first, .., last] if one_key && neighbours && points.iter().all(is_number) => {
            format!("from {} to {}", point(reader, *first), value(last))
        }
        [first, rest @ ..] if one_key && points.len() <= VALUES_MAX => {
            let rest: Vec<&str> = rest.iter().map(value).collect();
            format!("at {}", list(&[&[point(reader, *first).as_str()], rest.as_slice()].concat()))
        }
        [first, last] => match (point(reader, *first), point(reader, *last)) {
            (first, last) if first.starts_with(POINT) => {
                format!("at {POINTS}{} and {}", &first[POINT.len()..], last.trim_start_matches(POINT))
            }
            (first, last) => format!("at {first} and at {last}"),
        },
        points => numbers(reader, points),
    }
}

/// Letters of a place that stands beside others; where one is longer, all are said by numbers of points.
const BESIDE_MAX: usize = 60;

/// The one way in which a sentence says several places: by values, or by numbers of points where one of them would be.
#[derive(Debug)]
pub(super) struct Way<'a> {
    reader: &'a Reader,
    is_numbered: bool,
}

impl<'a> Way<'a> {
    /// The way of a sentence with these places.
    pub(super) fn of(reader: &'a Reader, places: &[&Vec<usize>]) -> Self {
        let is_long = |text: &str| text.chars().count() > BESIDE_MAX;
        let some = places.iter().filter(|place| place.len() < reader.points().len());
        let is_numbered = some.map(|place| points(reader, place)).any(|text| is_numbered(&text) || is_long(&text));
        Self { reader, is_numbered }
    }

    /// ` from bus.loss = 0 to 0.03`, ` at points 0 to 2`, ` at all 6 points`; nothing if there is one point.
    pub(super) fn place(&self, at: &[usize]) -> String {
        match (self.reader.points().len(), at.len()) {
            (1, _) => String::new(),
            (2, 2) => " at both points".to_owned(),
            (all, some) if all == some => format!(" at all {all} points"),
            _ if self.is_numbered => format!(" {}", numbers(self.reader, at)),
            _ => format!(" {}", points(self.reader, at)),
        }
    }

    /// The same behind `from push`: ` at bus.loss = 0 to 0.03`; without the key where it was just said; ` at 13 of the 20
    /// points` where that is long.
    pub(super) fn tie(&self, at: &[usize], is_key_known: bool) -> String {
        let place = self.place(at);
        if place.chars().count() > BESIDE_MAX {
            return format!(" at {} of the {} points", at.len(), self.reader.points().len());
        }
        let place = place.strip_prefix(" from ").map_or_else(|| place.clone(), |range| format!(" at {range}"));
        match self.reader.keys() {
            [key] if is_key_known => place.replace(&format!("{key}\u{a0}=\u{a0}"), ""),
            _ => place,
        }
    }
}

/// `at point 3`, `at points 0 to 2 and 7`: by their numbers.
pub(super) fn numbers(reader: &Reader, points: &[usize]) -> String {
    let mut ranges = ranges(points);
    let more = ranges.len().saturating_sub(RANGES_MAX);
    ranges.truncate(RANGES_MAX);
    let names: Vec<&str> = ranges.iter().map(String::as_str).collect();
    let (named, of) = (list(&names), reader.points().len());
    match (points, more) {
        ([only], _) => format!("at {POINT}{only}"),
        (_, 0) => format!("at {POINTS}{named}"),
        _ => format!("at {} of the {of} points, {POINTS}{} among them", points.len(), names.join(", ")),
    }
}

/// Whether a place is said by numbers of points.
pub(super) fn is_numbered(place: &str) -> bool {
    place.contains(POINT) || place.contains(POINTS)
}

/// `0 to 2`, `7`: neighbours in one.
fn ranges(points: &[usize]) -> Vec<String> {
    let mut ranges: Vec<(usize, usize)> = Vec::new();
    for &point in points {
        match ranges.last_mut() {
            Some(last) if last.1 + 1 == point => last.1 = point,
            _ => ranges.push((point, point)),
        }
    }
    let named = ranges.into_iter().flat_map(|(first, last)| match last - first {
        0 => vec![first.to_string()],
        1 => vec![first.to_string(), last.to_string()],
        _ => vec![format!("{first}\u{a0}to\u{a0}{last}")],
    });
    named.collect()
}

/// The points that a text names by their numbers.
pub(crate) fn numbered(text: &str) -> Vec<usize> {
    let mut found = Vec::new();
    for mark in [POINT, POINTS] {
        for (start, _) in text.match_indices(mark) {
            let mut from = None;
            for word in text[start + mark.len()..].split([' ', '\u{a0}']) {
                let number = word.trim_end_matches([',', ';', '.', ':']).parse::<usize>().ok();
                match (word, number) {
                    (_, Some(number)) => {
                        found.extend(from.take().map_or(number, |first: usize| first + 1)..=number);
                        if word.ends_with([';', '.', ':']) {
                            break;
                        }
                    }
                    ("to", None) => from = found.last().copied(),
                    ("and", None) => {}
                    (_, None) => break,
                }
            }
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_are_named_as_ranges() {
        assert_eq!(ranges(&[0, 1, 2, 5, 7, 8]), ["0\u{a0}to\u{a0}2", "5", "7", "8"]);
    }

    #[test]
    fn numbers_of_points_are_found_again_in_what_is_said() {
        let text = "a is best at points\u{a0}0\u{a0}to\u{a0}2, 5 and 9; b at point\u{a0}7: 3 % of 12 attempts, at 4 points 11.";
        assert_eq!(numbered(text), [0, 1, 2, 5, 7, 9]);
        assert_eq!(numbered("at bus.loss = 3"), Vec::<usize>::new());
    }
}
