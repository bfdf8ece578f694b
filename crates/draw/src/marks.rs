//! The marks of a panel.

use crate::figure::{Along, Kind, LinePath, Look, Mark, Panel, Place, Scale};
use crate::font::Weight;
use crate::legend;
use crate::scale;
use crate::scene::{Anchor, Room, Scene, Stroke, Xy};
use crate::theme::{Ink, on};

/// A panel and its position.
pub(super) struct PanelFrame<'a> {
    pub panel: &'a Panel,
    pub room: Room,
    /// Size of the words in cells.
    pub cells: f64,
}

/// Possible sizes of words in cells.
const SIZES: [f64; 6] = [17.0, 15.0, 13.0, 12.0, 11.0, 10.0];

/// Space around the words in a cell.
const CELL: (f64, f64) = (6.0, 4.0);

/// The largest size at which all words fit in the cells of panels of this width; the smallest size if none fits.
pub(super) fn cell_size(panels: &[Panel], width: f64) -> f64 {
    let cells = panels.iter().flat_map(|panel| {
        let room = width / (panel.x.high - panel.x.low) - CELL.0;
        panel
            .marks
            .iter()
            .filter_map(move |mark| if let Mark::Cell { text, .. } = mark { Some((text, room)) } else { None })
    });
    let fits = |size: &f64| cells.clone().all(|(text, room)| Weight::Regular.width(text, *size) <= room);
    SIZES.into_iter().find(fits).unwrap_or(SIZES[SIZES.len() - 1])
}

/// With more looks than this, intervals side by side are drawn faintly.
const CROWD: usize = 12;

/// Length of the arrow of an infinite value, and the distance of the marker from the end of the axis.
const ARROW: f64 = 18.0;
const ARROW_ROOM: f64 = ARROW + 4.0;

/// How far a note may reach beyond its panel.
const NOTE_BEYOND: f64 = 16.0;

impl PanelFrame<'_> {
    pub(super) fn x(&self, value: f64) -> f64 {
        self.room.left + scale::share(&self.panel.x, value) * self.room.width()
    }

    pub(super) fn y(&self, value: f64) -> f64 {
        let share = scale::share(&self.panel.y, value);
        match self.panel.y.scale {
            Scale::Categories(_) => self.room.top + share * self.room.height(),
            _ => self.room.bottom - share * self.room.height(),
        }
    }

    /// A place. That of an infinite value is so far from the end of the axis that its arrow stays in the panel.
    fn at(&self, place: &Place) -> Xy {
        let (x, y) = (self.x(place.x), self.y(place.y));
        match place.kind {
            Kind::Never if matches!(self.panel.y.scale, Scale::Categories(_)) => {
                let room = ARROW_ROOM.min(self.room.width() / 4.0);
                (x.clamp(self.room.left + room, self.room.right - room), y)
            }
            Kind::Never => {
                let room = ARROW_ROOM.min(self.room.height() / 4.0);
                (x, y.clamp(self.room.top + room, self.room.bottom - room))
            }
            Kind::Value | Kind::Open | Kind::Bare => (x, y),
        }
    }
}

/// Draws all marks of a panel, back to front.
pub(super) fn draw(scene: &mut Scene, frame: &PanelFrame) {
    let looks: Vec<Look> = frame.panel.marks.iter().filter_map(estimated).collect();
    let margin = margin(frame);
    for (place, mark) in frame.panel.marks.iter().enumerate() {
        match mark {
            Mark::Estimates { look, along, path, places } => {
                let shift = if frame.panel.apart { apart(frame, &looks, *look, margin) } else { 0.0 };
                line(scene, frame, *look, *path, places, shift);
                // Many intervals side by side would hide the marks.
                let cover = if frame.panel.apart && looks.len() > CROWD { 0.25 } else { 1.0 };
                for place in places {
                    estimate(scene, frame, *look, *along, place, (shift, cover));
                }
            }
            Mark::Band { look, places, wide } => band(scene, frame, *look, places, *wide),
            Mark::Floor { look, x, y, description } => {
                let (from, y) = (frame.x(*x), frame.y(*y));
                scene.group(description, |scene| {
                    let stroke = look.stroke(3.0);
                    scene.line(vec![(from, y), (frame.room.right, y)], stroke);
                    // Floors at the same height have their markers at different places.
                    let share = if let Look::Series(index) = look { 0.3 + 0.08 * (index % 8) as f64 } else { 0.5 };
                    look.marker(scene, (from + (frame.room.right - from) * share, y), false);
                });
            }
            Mark::Span { from, to, label } => {
                let (from, to) = (frame.x(*from), frame.x(*to).max(frame.x(*from) + 1.0));
                let room = Room { left: from, right: to, ..frame.room };
                scene.group(label, |scene| {
                    scene.area(room.corners(), Ink::Shaded, 1.0);
                    for x in hidden_edges(frame, place, (from, to)).into_iter().chain([from, to]) {
                        let stroke = Stroke { dashes: &[2.0, 3.0], ..Stroke::solid(Ink::Muted, 1.0) };
                        scene.line(vec![(x, room.top), (x, room.bottom)], stroke);
                    }
                });
            }
            Mark::Rule { along, at, label } => rule(scene, frame, *along, *at, label),
            Mark::Bar { look, row, from, to, text, description } => {
                bar(scene, frame, *look, *row, (*from, *to), text, description);
            }
            Mark::Cell { look, column, row, text, description } => {
                cell(scene, frame, *look, *column, *row, text, description);
            }
            Mark::Area { look, x, y, description } => area(scene, frame, *look, *x, *y, description),
            Mark::Note { x, y, text } => {
                // In rows lower than this size, words would touch.
                let size = row(frame).map_or(13.0, |row| (row * 0.95).min(13.0));
                if size >= 8.0 {
                    let at = (frame.x(*x) + 8.0, frame.y(*y) + 4.5 / 13.0 * size);
                    let text = Weight::Regular.fit(text, size, (frame.room.right - at.0 + NOTE_BEYOND).max(0.0));
                    scene.text(at, &text, size, Anchor::Start, Ink::Text);
                }
            }
        }
    }
    // In front of all marks, so that no line strikes a label through.
    for mark in &frame.panel.marks {
        if let Mark::Rule { along: Along::Y, at, label } = mark {
            name(scene, frame, frame.y(*at), label);
        }
    }
}

/// The edges of spans before that at `place` which its area, from `from` to `to`, would hide.
fn hidden_edges(frame: &PanelFrame, place: usize, (from, to): Xy) -> Vec<f64> {
    let edges = frame.panel.marks[..place].iter().filter_map(|mark| match mark {
        Mark::Span { from, to, .. } => Some([frame.x(*from), frame.x(*to).max(frame.x(*from) + 1.0)]),
        _ => None,
    });
    edges.flatten().filter(|edge| from < *edge && *edge < to).collect()
}

fn estimated(mark: &Mark) -> Option<Look> {
    match mark {
        Mark::Estimates { look, .. } => Some(*look),
        _ => None,
    }
}

/// The sideways shift of a look's estimates, if the panel has the space.
fn apart(frame: &PanelFrame, looks: &[Look], look: Look, margin: f64) -> f64 {
    let index = looks.iter().position(|other| *other == look).unwrap_or(0);
    let step = match &frame.panel.x.scale {
        Scale::Categories(names) => frame.room.width() / names.len() as f64 * 0.6 / looks.len() as f64,
        _ => (frame.room.width() * 0.09).min(42.0).min(2.0 * margin).min(nearest(frame) * APART) / looks.len() as f64,
    };
    (index as f64 - (looks.len() as f64 - 1.0) / 2.0) * step
}

/// The part of the distance between two values over which the marks of a value are spread: the marks of two values do not
/// mix.
const APART: f64 = 0.6;

/// The shortest distance between two values at which there are estimates; infinite where there is one value.
fn nearest(frame: &PanelFrame) -> f64 {
    let mut all: Vec<f64> = Vec::new();
    for mark in &frame.panel.marks {
        if let Mark::Estimates { places, .. } = mark {
            all.extend(places.iter().map(|place| frame.x(place.x)));
        }
    }
    all.sort_by(f64::total_cmp);
    all.dedup();
    all.windows(2).map(|pair| pair[1] - pair[0]).fold(f64::INFINITY, f64::min)
}

/// The largest sideways shift of estimates that the panel's edge does not cut off.
fn margin(frame: &PanelFrame) -> f64 {
    let places = frame.panel.marks.iter().filter_map(|mark| match mark {
        Mark::Estimates { places, .. } => Some(places),
        _ => None,
    });
    let space = |place: &Place| {
        let x = frame.x(place.x);
        (x - frame.room.left).min(frame.room.right - x)
    };
    (places.flatten().map(space).fold(f64::INFINITY, f64::min) - legend::REACH).max(0.0)
}

/// The right end of a look's line; none if the look has no line.
pub(super) fn end(frame: &PanelFrame, look: Look) -> Option<Xy> {
    frame.panel.marks.iter().rev().find_map(|mark| match mark {
        Mark::Estimates { look: of, places, .. } | Mark::Band { look: of, places, .. } if *of == look => {
            places.last().map(|place| frame.at(place))
        }
        Mark::Floor { look: of, y, .. } if *of == look => Some((frame.room.right, frame.y(*y))),
        _ => None,
    })
}

/// A line through places. Consecutive parts with the same style are one line, so that the dashes are continuous.
fn line(scene: &mut Scene, frame: &PanelFrame, look: Look, path: LinePath, places: &[Place], shift: f64) {
    let stroke = look.stroke(2.5);
    let mut parts: Vec<(bool, Vec<Xy>)> = Vec::new();
    for pair in places.windows(2) {
        let (from, to) = (frame.at(&pair[0]), frame.at(&pair[1]));
        let (from, to) = ((from.0 + shift, from.1), (to.0 + shift, to.1));
        // A segment to a bound, or over a break, is fainter than a segment from value to value.
        let bound = pair.iter().any(|place| place.kind == Kind::Never);
        let over_x = scale::broken(&frame.panel.x).is_some() && pair[0].x <= 0.0 && pair[1].x > 0.0;
        let over_y = scale::broken(&frame.panel.y).is_some() && (pair[0].y <= 0.0) != (pair[1].y <= 0.0);
        let faint = bound || over_x || over_y;
        if parts.last().is_none_or(|(alike, _)| *alike != faint) {
            parts.push((faint, vec![from]));
        }
        let (_, points) = parts.last_mut().expect("it was just added");
        match path {
            LinePath::None => return,
            LinePath::Straight => points.push(to),
            LinePath::Steps => points.extend([(to.0, from.1), to]),
        }
    }
    for (faint, points) in parts {
        scene.line(points, Stroke { cover: if faint { 0.4 } else { 1.0 }, ..stroke });
    }
}

/// A place with its interval and marker.
fn estimate(
    scene: &mut Scene,
    frame: &PanelFrame,
    look: Look,
    along: Along,
    place: &Place,
    (shift, cover): (f64, f64),
) {
    if place.kind == Kind::Bare {
        return;
    }
    let at = frame.at(place);
    let at = (at.0 + shift, at.1);
    let stroke = Stroke::solid(look.ink(), 2.0);
    scene.group(&place.description, |scene| {
        if let Some((low, high)) = place.interval.filter(|_| place.kind.has_bar()) {
            whisker(scene, frame, along, at, (low, high), Stroke { cover, ..stroke });
        }
        match place.kind {
            Kind::Never if along == Along::Y && place.y <= frame.panel.y.low => arrow(scene, at, (0.0, 1.0), stroke),
            Kind::Never if along == Along::Y => arrow(scene, at, (0.0, -1.0), stroke),
            Kind::Never if place.x < 0.0 => arrow(scene, at, (-1.0, 0.0), stroke),
            Kind::Never => arrow(scene, at, (1.0, 0.0), stroke),
            Kind::Value | Kind::Open | Kind::Bare => {}
        }
        look.marker(scene, at, place.kind != Kind::Value);
    });
}

/// The bar of an interval. An end within the axis has a cap, an end beyond it an arrowhead.
fn whisker(scene: &mut Scene, frame: &PanelFrame, along: Along, at: Xy, ends: (f64, f64), stroke: Stroke) {
    let (cap, axis) = (4.0, if along == Along::X { &frame.panel.x } else { &frame.panel.y });
    let point = |value: f64, aside: f64| match along {
        Along::X => (frame.x(value), at.1 + aside),
        Along::Y => (at.0 + aside, frame.y(value)),
    };
    scene.line(vec![point(ends.0, 0.0), point(ends.1, 0.0)], stroke);
    // A step away from the other end of the bar, in pixels.
    for (end, step) in [(ends.0, -1.0), (ends.1, 1.0)] {
        if axis.holds(end) {
            scene.line(vec![point(end, -cap), point(end, cap)], stroke);
        } else {
            let step = if along == Along::X { (step, 0.0) } else { (0.0, -step) };
            head(scene, point(end, 0.0), step, stroke);
        }
    }
}

/// An arrow from `at` in a direction.
fn arrow(scene: &mut Scene, at: Xy, (dx, dy): Xy, stroke: Stroke) {
    let tip = (at.0 + dx * ARROW, at.1 + dy * ARROW);
    scene.line(vec![at, tip], stroke);
    head(scene, tip, (dx, dy), stroke);
}

/// The head of an arrow with its tip at `tip`.
fn head(scene: &mut Scene, tip: Xy, (dx, dy): Xy, stroke: Stroke) {
    let size = 5.0;
    let back = (tip.0 - dx * size, tip.1 - dy * size);
    scene.line(vec![(back.0 + dy * size, back.1 - dx * size), tip, (back.0 - dy * size, back.1 + dx * size)], stroke);
}

/// A line of levels with its band. From level to level it is vertical, so nothing rises before its time.
fn band(scene: &mut Scene, frame: &PanelFrame, look: Look, places: &[Place], wide: f64) {
    let ends = |place: &Place| [place.x - wide / 2.0, place.x + wide / 2.0].map(|x| frame.x(x));
    // Places without an interval interrupt the band. Otherwise the band would not enclose the line there.
    for part in places.split(|place| place.interval.is_none()) {
        let side = |place: &Place| {
            let (low, high) = place.interval?;
            Some(ends(place).map(|x| ((x, frame.y(high)), (x, frame.y(low)))))
        };
        let (upper, lower): (Vec<Xy>, Vec<Xy>) = part.iter().filter_map(side).flatten().unzip();
        if upper.len() > 1 {
            scene.area(upper.into_iter().chain(lower.into_iter().rev()).collect(), look.ink(), 0.2);
        }
    }
    let points: Vec<Xy> = places.iter().map(|place| frame.at(place)).collect();
    let level = |(place, point): (&Place, &Xy)| ends(place).map(|x| (x, point.1));
    scene.line(places.iter().zip(&points).flat_map(level).collect(), look.stroke(2.2));
    // Markers distinguish the lines; those of different looks are at different places.
    let share = if let Look::Series(index) = look { (index % MARKERS) as f64 / MARKERS as f64 } else { 0.5 };
    let first = frame.room.left + BETWEEN * (0.15 + 0.7 * share);
    let mut next = first;
    for (point, place) in points.iter().zip(places) {
        if point.0 < next {
            continue;
        }
        scene.group(&place.description, |scene| look.marker(scene, *point, false));
        next = first + BETWEEN * (((point.0 - first) / BETWEEN).floor() + 1.0);
    }
}

/// Distance between the markers of a long line.
const BETWEEN: f64 = 170.0;

/// Number of looks whose markers have different places.
const MARKERS: usize = 8;

fn rule(scene: &mut Scene, frame: &PanelFrame, along: Along, at: f64, label: &str) {
    let room = frame.room;
    let zero = label.is_empty();
    let stroke = if zero {
        Stroke::solid(Ink::Text, 1.6)
    } else {
        Stroke { dashes: &[6.0, 4.0], ..Stroke::solid(Ink::Muted, 1.4) }
    };
    match along {
        Along::X => scene.line(vec![(frame.x(at), room.top), (frame.x(at), room.bottom)], stroke),
        Along::Y => {
            let y = frame.y(at);
            scene.line(vec![(room.left, y), (room.right, y)], stroke);
        }
    }
}

/// The label of a level rule, on a plain background where it cannot avoid the other marks.
fn name(scene: &mut Scene, frame: &PanelFrame, y: f64, label: &str) {
    if label.is_empty() {
        return;
    }
    let (words, is_free) = free(frame, y, label);
    if !is_free {
        scene.area(words.corners(), Ink::Ground, 0.85);
    }
    scene.text((words.left + 2.0, words.bottom - 3.0), label, RULE, Anchor::Start, Ink::Muted);
}

/// Size of the label of a level rule.
const RULE: f64 = 13.0;

/// Places of a label along its rule, beside both ends.
const ALONG_RULE: usize = 12;

/// Where the label of a level rule hides the fewest marks, and whether it hides none: above or below the rule, at its
/// ends if there is room.
fn free(frame: &PanelFrame, y: f64, label: &str) -> (Room, bool) {
    let room = frame.room;
    let width = Weight::Regular.width(label, RULE) + 4.0;
    let (first, last) = (room.left + 2.0, (room.right - width - 2.0).max(room.left + 2.0));
    let between = (1..=ALONG_RULE).map(|step| last + (first - last) * step as f64 / (ALONG_RULE + 1) as f64);
    let ends = [(last, true), (first, true), (last, false), (first, false)];
    let places = ends.into_iter().chain(between.flat_map(|left| [(left, true), (left, false)]));
    let words = |(left, is_above): (f64, bool)| {
        let base = if is_above { y - 6.0 } else { y + RULE + 3.0 };
        Room { left, top: base - RULE, right: left + width, bottom: base + 3.0 }
    };
    let marked: Vec<Room> = frame.panel.marks.iter().flat_map(|mark| covered(frame, mark, y)).collect();
    let hidden = |words: &Room| {
        let over = |other: &&Room| {
            words.left < other.right && other.left < words.right && words.top < other.bottom && other.top < words.bottom
        };
        let is_out = words.top < room.top || words.bottom > room.bottom;
        (is_out, marked.iter().filter(over).count())
    };
    let best = places.map(words).min_by_key(hidden).expect("there are places");
    let is_free = hidden(&best) == (false, 0);
    (best, is_free)
}

/// The rooms of a mark: of its places with their intervals, and of its lines. The rule at `own` is not counted.
fn covered(frame: &PanelFrame, mark: &Mark, own: f64) -> Vec<Room> {
    let level = |y: f64| Room { left: frame.room.left, top: y - 1.0, right: frame.room.right, bottom: y + 1.0 };
    let (places, path) = match mark {
        Mark::Estimates { places, path, .. } => (places, *path),
        Mark::Band { places, .. } => (places, LinePath::Straight),
        Mark::Floor { x, y, .. } => return vec![Room { left: frame.x(*x), ..level(frame.y(*y)) }],
        Mark::Rule { along: Along::Y, at, .. } => {
            let y = frame.y(*at);
            return if (y - own).abs() > 0.5 { vec![level(y)] } else { Vec::new() };
        }
        Mark::Rule { .. }
        | Mark::Span { .. }
        | Mark::Bar { .. }
        | Mark::Cell { .. }
        | Mark::Area { .. }
        | Mark::Note { .. } => return Vec::new(),
    };
    let room_of = |place: &Place| {
        let (x, y) = frame.at(place);
        let (low, high) = place.interval.map_or((y, y), |(low, high)| (frame.y(low), frame.y(high)));
        let reach = legend::REACH;
        Room { left: x - reach, top: high.min(y) - reach, right: x + reach, bottom: low.max(y) + reach }
    };
    let mut rooms: Vec<Room> = places.iter().map(room_of).collect();
    for pair in places.windows(2) {
        let (from, to) = (frame.at(&pair[0]), frame.at(&pair[1]));
        match path {
            LinePath::None => {}
            LinePath::Straight => stretch(from, to, &mut rooms),
            LinePath::Steps => {
                stretch(from, (to.0, from.1), &mut rooms);
                stretch((to.0, from.1), to, &mut rooms);
            }
        }
    }
    rooms
}

/// Adds small rooms along a line.
fn stretch(from: Xy, to: Xy, rooms: &mut Vec<Room>) {
    let length = (to.0 - from.0).abs().max((to.1 - from.1).abs());
    let steps = (length / LINE_STEP).ceil().clamp(1.0, 1_000.0);
    let mut step = 0.0;
    while step <= steps {
        let share = step / steps;
        let (x, y) = (from.0 + (to.0 - from.0) * share, from.1 + (to.1 - from.1) * share);
        rooms.push(Room { left: x - 2.0, top: y - 2.0, right: x + 2.0, bottom: y + 2.0 });
        step += 1.0;
    }
}

/// Distance between the rooms along a line, less than a letter.
const LINE_STEP: f64 = 5.0;

fn bar(
    scene: &mut Scene,
    frame: &PanelFrame,
    look: Look,
    row: usize,
    (from, to): (f64, f64),
    text: &str,
    description: &str,
) {
    let (top, bottom) = rows(frame, row, 0.72);
    let room = Room { left: frame.x(from), top, right: frame.x(to), bottom };
    if room.width() <= 0.0 {
        return;
    }
    scene.group(description, |scene| {
        legend::fill(scene, look, room);
        // The frame that separates neighbouring bars would hide a narrow one.
        if room.width() > 4.0 {
            scene.line(vec![(room.right, top), (room.right, bottom)], Stroke::solid(Ink::Ground, 1.0));
        }
    });
    let (size, middle) = (14.0, room.middle().0);
    let width = Weight::Bold.width(text, size);
    if !text.is_empty() && width + 12.0 < room.width() && bottom - top > size + 4.0 {
        // Words have a plain background, because there may be hatching below.
        let half = width / 2.0 + 4.0;
        let y = room.middle().1;
        let plate = Room { left: middle - half, top: y - 10.0, right: middle + half, bottom: y + 10.0 };
        scene.area(plate.corners(), Ink::Ground, 0.9);
        let at = (middle, y + size * 0.36);
        scene.text(at, text, size, Anchor::Middle, Ink::Text);
    }
}

/// How much of the ground the colour of an area covers: lines and words stay readable on it.
const AREA: f64 = 0.45;

fn area(scene: &mut Scene, frame: &PanelFrame, look: Look, x: (f64, f64), y: (f64, f64), description: &str) {
    let room = Room { left: frame.x(x.0), top: frame.y(y.1), right: frame.x(x.1), bottom: frame.y(y.0) };
    scene.group(description, |scene| match look {
        Look::Hatched => legend::fill(scene, look, room),
        look => scene.area(room.corners(), look.ink(), AREA),
    });
}

/// Height of a category's row, if the vertical axis has categories.
fn row(frame: &PanelFrame) -> Option<f64> {
    let Scale::Categories(names) = &frame.panel.y.scale else { return None };
    Some(frame.room.height() / names.len().max(1) as f64)
}

/// Top and bottom of a row of categories, `share` of its height.
fn rows(frame: &PanelFrame, row: usize, share: f64) -> (f64, f64) {
    let row = row as f64;
    (frame.y(row - share / 2.0), frame.y(row + share / 2.0))
}

fn cell(scene: &mut Scene, frame: &PanelFrame, look: Look, column: usize, row: usize, text: &str, description: &str) {
    let at = column as f64;
    let row = row as f64;
    let (above, below) = (frame.y(row - 0.5), frame.y(row + 0.5));
    let room = Room {
        left: frame.x(at - 0.5) + 1.0,
        top: above.min(below) + 1.0,
        right: frame.x(at + 0.5) - 1.0,
        bottom: above.max(below) - 1.0,
    };
    let ink = match look {
        Look::Blank => {
            scene.group(description, |scene| legend::blank(scene, room));
            Ink::Text
        }
        look => {
            scene.group(description, |scene| scene.area(room.corners(), look.ink(), 1.0));
            match look.ink() {
                Ink::Fixed(rgb) => Ink::Fixed(on(rgb)),
                _ => Ink::Text,
            }
        }
    };
    let size = frame.cells.min(room.height() - CELL.1);
    if Weight::Regular.width(text, size) <= room.width() - 2.0 && size >= SIZES[SIZES.len() - 1] {
        let at = (room.middle().0, room.middle().1 + size * 0.36);
        scene.text(at, text, size, Anchor::Middle, ink);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::{Axis, Unit};

    fn frame_of(panel: &Panel) -> PanelFrame<'_> {
        PanelFrame { panel, room: Room { left: 100.0, top: 50.0, right: 500.0, bottom: 350.0 }, cells: 10.0 }
    }

    fn panel(y: Axis, marks: Vec<Mark>) -> Panel {
        let x = Axis { ticks: Vec::new(), ..even() };
        Panel { title: String::new(), small: String::new(), x, y, apart: false, marks }
    }

    fn even() -> Axis {
        let (small, label, scale) = (String::new(), String::new(), Scale::Linear);
        Axis { small, label, unit: Unit::None, scale, low: -1.0, high: 1.0, ticks: Vec::new() }
    }

    fn place(x: f64, y: f64, kind: Kind) -> Place {
        Place { x, y, interval: None, kind, description: String::new() }
    }

    #[test]
    fn marks_of_two_values_do_not_mix() {
        let marks = |values: &[f64]| -> Vec<Mark> {
            let places = |_| values.iter().map(|x| place(*x, 0.0, Kind::Value)).collect();
            let of = |look| Mark::Estimates {
                look: Look::Series(look),
                along: Along::Y,
                path: LinePath::None,
                places: places(look),
            };
            (0..8).map(of).collect()
        };
        // The axis has 200 units to one.
        for (values, gap) in [(vec![-0.5, -0.4, 0.5], 20.0), (vec![0.0], f64::INFINITY)] {
            let panel = panel(even(), marks(&values));
            let frame = frame_of(&panel);
            let looks: Vec<Look> = (0..8).map(Look::Series).collect();
            let shift = |look| apart(&frame, &looks, Look::Series(look), 100.0);
            assert!(shift(7) > 0.0 && shift(7) - shift(0) < gap, "{values:?}: {} to {}", shift(0), shift(7));
            assert!(gap.is_finite() || shift(7) > 10.0, "one value has all the room: {}", shift(7));
        }
    }

    #[test]
    fn a_span_over_the_end_of_another_leaves_that_end_in_sight() {
        let span = |from, to| Mark::Span { from, to, label: String::new() };
        let panel = panel(even(), vec![span(-0.5, 0.0), span(-0.25, 0.5)]);
        let frame = frame_of(&panel);
        assert_eq!(hidden_edges(&frame, 1, (frame.x(-0.25), frame.x(0.5))), [frame.x(0.0)]);
        assert!(hidden_edges(&frame, 0, (frame.x(-0.5), frame.x(0.0))).is_empty());
    }

    #[test]
    fn the_arrow_of_an_infinite_value_stays_in_its_panel() {
        let upward = panel(even(), Vec::new());
        let (_, y) = frame_of(&upward).at(&place(0.0, 1.0, Kind::Never));
        assert!(y - ARROW >= 50.0, "{y}");
        let (_, y) = frame_of(&upward).at(&place(0.0, -1.0, Kind::Never));
        assert!(y + ARROW <= frame_of(&upward).room.bottom, "{y}");
        let rows = panel(Axis::categories("", vec!["a".to_owned()]), Vec::new());
        let frame = frame_of(&rows);
        let (right, left) = (frame.at(&place(1.0, 0.0, Kind::Never)).0, frame.at(&place(-1.0, 0.0, Kind::Never)).0);
        assert!(right + ARROW <= 500.0 && left - ARROW >= 100.0, "{right}, {left}");
    }

    #[test]
    fn the_label_of_a_level_rule_stands_where_no_mark_is() {
        let at = |x: f64| {
            let places = vec![place(x, 0.05, Kind::Value)];
            let marks = vec![Mark::Estimates { look: Look::Series(0), along: Along::Y, path: LinePath::None, places }];
            let panel = panel(even(), marks);
            let frame = frame_of(&panel);
            free(&frame, frame.y(0.0), "goal: at most 5")
        };
        let (right, is_free) = at(-0.9);
        assert!(right.left > 300.0 && is_free, "a mark at the left leaves the right end free: {right:?}");
        let (left, is_free) = at(0.9);
        assert!(left.right < 300.0 && is_free, "a mark at the right leaves the left end free: {left:?}");
    }
}
