//! Where something holds: points by their values, or by their numbers where the values are long.

use crate::figure::list;
use crate::folder::reader::Reader;

/// Letters of a point's values that are written out.
const PLACE_MAX: usize = 90;

/// Values of a single swept key that are written in a row.
const VALUES_MAX: usize = 4;

/// Ranges of numbers that are written in a row.
const RANGES_MAX: usize = 8;

/// Before numbers of points: `point 3`, `points 0 to 2`. The space does not break.
const POINT: &str = "point\u{a0}";
const POINTS: &str = "points\u{a0}";

/// Points, with the words that name them.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct NamedPoints {
    /// `at bus.loss = 0.1`; empty if nothing is swept.
    text: String,
    /// The points; none where the text only counts them.
    points: Vec<usize>,
    /// The points that the text names by their numbers.
    numbered: Vec<usize>,
}

impl NamedPoints {
    fn by_values(text: String, points: &[usize]) -> Self {
        Self { text, points: points.to_vec(), numbered: Vec::new() }
    }

    /// Points that are counted and not named: `at all 6 points`.
    fn counted(text: String) -> Self {
        Self { text, ..Self::default() }
    }

    /// The words.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The points that the text names by their numbers.
    pub(super) fn numbered(&self) -> &[usize] {
        &self.numbered
    }

    /// Whether this point alone is named.
    pub(super) fn is_only(&self, point: usize) -> bool {
        self.points == [point]
    }

    /// Whether points are named, and not this point alone.
    pub(super) fn is_elsewhere(&self, point: Option<usize>) -> bool {
        !self.points.is_empty() && point.is_none_or(|point| !self.is_only(point))
    }

    fn letters(&self) -> usize {
        self.text.chars().count()
    }
}

/// The values of a point: `bus.loss = 0.1`, never broken at the sign; empty if nothing is swept.
pub(super) fn values(reader: &Reader, point: usize) -> String {
    let pairs = reader.keys().iter().zip(&reader.points()[point]);
    pairs.map(|(key, value)| format!("{key}\u{a0}=\u{a0}{value}")).collect::<Vec<_>>().join(", ")
}

/// The values of a point, or its number where the values have more than so many letters: `point 3`.
pub(crate) fn point(reader: &Reader, point: usize, letters_max: usize) -> String {
    let values = values(reader, point);
    if values.chars().count() > letters_max { format!("{POINT}{point}") } else { values }
}

/// Whether the values of a point are too long to be written out.
fn is_long(reader: &Reader, point: usize) -> bool {
    values(reader, point).chars().count() > PLACE_MAX
}

/// `at bus.loss = 0.1`; `at point 3` where the values are long; no words if nothing is swept.
pub(super) fn at(reader: &Reader, point: usize) -> NamedPoints {
    let values = values(reader, point);
    match values.chars().count() {
        0 => NamedPoints::default(),
        letters if letters > PLACE_MAX => numbers(reader, &[point]),
        _ => NamedPoints::by_values(format!("at {values}"), &[point]),
    }
}

/// `at bus.loss = 0`, `from bus.loss = 0.01 to 0.1`, `at points 0 to 2 and 7`.
pub(super) fn points(reader: &Reader, points: &[usize]) -> NamedPoints {
    match spans(reader, points) {
        Spans::Range { first, last } => {
            let text = format!("from {} to {}", values(reader, first), value(reader, last));
            NamedPoints::by_values(text, points)
        }
        Spans::Row => NamedPoints::by_values(format!("at {}", row(reader, points, true)), points),
        Spans::Points => match points {
            [only] => at(reader, *only),
            [first, last] if !is_long(reader, *first) => {
                let (first, last) = (at(reader, *first), at(reader, *last));
                let numbered = last.numbered.clone();
                NamedPoints { text: format!("{} and {}", first.text, last.text), points: points.to_vec(), numbered }
            }
            points => numbers(reader, points),
        },
    }
}

/// How points of a single swept key are named together.
enum Spans {
    /// Neighbours whose values are numbers.
    Range { first: usize, last: usize },
    /// A few values in a row.
    Row,
    /// None of these: each point by itself.
    Points,
}

fn spans(reader: &Reader, points: &[usize]) -> Spans {
    let neighbours = points.windows(2).all(|pair| pair[0] + 1 == pair[1]);
    // Words have no range.
    let is_number =
        |point: &usize| value(reader, *point).starts_with(|first: char| first.is_ascii_digit() || first == '-');
    match points {
        [first, .., last] if reader.keys().len() == 1 && !is_long(reader, *first) => {
            if neighbours && points.iter().all(is_number) {
                Spans::Range { first: *first, last: *last }
            } else if points.len() <= VALUES_MAX {
                Spans::Row
            } else {
                Spans::Points
            }
        }
        _ => Spans::Points,
    }
}

/// The value of the single swept key.
fn value(reader: &Reader, point: usize) -> &str {
    &reader.points()[point][0]
}

/// The values of the single swept key in a row, the first of them with its key if that `is_named`.
fn row(reader: &Reader, points: &[usize], is_named: bool) -> String {
    let first = if is_named { values(reader, points[0]) } else { value(reader, points[0]).to_owned() };
    let rest = points[1..].iter().map(|point| value(reader, *point));
    list(&[first.as_str()].into_iter().chain(rest).collect::<Vec<_>>())
}

/// ` at both points`, ` at all 6 points`; nothing if there is one.
pub(super) fn everywhere(points: usize) -> String {
    if points == 1 { String::new() } else { format!(" at {}", all(points)) }
}

/// `both points`, `all 6 points`.
fn all(points: usize) -> String {
    if points == 2 { "both points".to_owned() } else { format!("all {points} points") }
}

/// ` at either point`, ` at any of the 6 points`; nothing if there is one.
pub(super) fn anywhere(points: usize) -> String {
    match points {
        1 => String::new(),
        2 => " at either point".to_owned(),
        points => format!(" at any of the {points} points"),
    }
}

/// Letters of a place that stands beside other places. If one place is longer, all places are named by numbers of points.
const BESIDE_MAX: usize = 60;

/// How a sentence names several places: all by values, or all by numbers of points.
#[derive(Debug)]
pub(super) struct PlaceStyle<'a> {
    reader: &'a Reader,
    is_numbered: bool,
}

impl<'a> PlaceStyle<'a> {
    /// The style of a sentence with these places: by numbers if one of the places is named by them in any case, or is long.
    pub(super) fn of(reader: &'a Reader, places: &[&Vec<usize>]) -> Self {
        let some = places.iter().filter(|place| place.len() < reader.points().len());
        let needs_numbers = |place: NamedPoints| !place.numbered.is_empty() || place.letters() > BESIDE_MAX;
        let is_numbered = some.map(|place| points(reader, place)).any(needs_numbers);
        Self { reader, is_numbered }
    }

    /// `from bus.loss = 0 to 0.03`, `at points 0 to 2`, `at all 6 points`; no words if there is one point.
    pub(super) fn place(&self, at: &[usize]) -> NamedPoints {
        match self.reader.points().len() {
            1 => NamedPoints::default(),
            points if points == at.len() => NamedPoints::counted(format!("at {}", all(points))),
            _ if self.is_numbered => numbers(self.reader, at),
            _ => points(self.reader, at),
        }
    }

    /// The place behind `from push`: `at bus.loss = 0 to 0.03`. It has no key where the sentence has just named the key. A
    /// long place is counted: `at 13 of the 20 points`.
    pub(super) fn tie(&self, at: &[usize], is_key_known: bool) -> NamedPoints {
        let (place, all) = (self.place(at), self.reader.points().len());
        // The space before the place counts.
        if place.letters() + 1 > BESIDE_MAX {
            return NamedPoints::counted(format!("at {} of the {all} points", at.len()));
        }
        if self.is_numbered || at.len() == all || self.reader.keys().len() != 1 {
            return place;
        }
        let named =
            |point: usize| if is_key_known { value(self.reader, point).to_owned() } else { values(self.reader, point) };
        let text = match (spans(self.reader, at), at) {
            (Spans::Range { first, last }, _) => format!("at {} to {}", named(first), value(self.reader, last)),
            (Spans::Row, _) => format!("at {}", row(self.reader, at, !is_key_known)),
            (Spans::Points, [only]) => format!("at {}", named(*only)),
            (Spans::Points, _) => return place,
        };
        NamedPoints::by_values(text, at)
    }
}

/// `at point 3`, `at points 0 to 2 and 7`: by their numbers.
fn numbers(reader: &Reader, points: &[usize]) -> NamedPoints {
    let mut ranges = ranges(points);
    let more = ranges.len().saturating_sub(RANGES_MAX);
    ranges.truncate(RANGES_MAX);
    let names: Vec<String> = ranges.iter().copied().map(range_name).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let text = match (points, more) {
        ([only], _) => format!("at {POINT}{only}"),
        (_, 0) => format!("at {POINTS}{}", list(&names)),
        _ => {
            let of = reader.points().len();
            format!("at {} of the {of} points, {POINTS}{} among them", points.len(), names.join(", "))
        }
    };
    let numbered = ranges.iter().flat_map(|(first, last)| *first..=*last).collect();
    NamedPoints { text, points: points.to_vec(), numbered }
}

/// Neighbours in one range. Two neighbours are two ranges.
fn ranges(points: &[usize]) -> Vec<(usize, usize)> {
    let mut ranges: Vec<(usize, usize)> = Vec::new();
    for &point in points {
        match ranges.last_mut() {
            Some(last) if last.1 + 1 == point => last.1 = point,
            _ => ranges.push((point, point)),
        }
    }
    let split = ranges.into_iter().flat_map(|(first, last)| match last - first {
        1 => vec![(first, first), (last, last)],
        _ => vec![(first, last)],
    });
    split.collect()
}

/// `0 to 2`, `7`.
fn range_name((first, last): (usize, usize)) -> String {
    if first == last { first.to_string() } else { format!("{first}\u{a0}to\u{a0}{last}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_are_named_as_ranges() {
        let names: Vec<String> = ranges(&[0, 1, 2, 5, 7, 8]).into_iter().map(range_name).collect();
        assert_eq!(names, ["0\u{a0}to\u{a0}2", "5", "7", "8"]);
    }
}
