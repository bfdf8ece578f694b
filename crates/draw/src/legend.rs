//! The drawn form of each look (colour with marker and dashes, or colour with hatching), and the legend that names the
//! looks.

use crate::figure::{Entry, Look};
use crate::font::Weight;
use crate::scene::{Anchor, Room, Scene, Shape, Stroke, Xy};
use crate::shorten;
use crate::theme::{HUES, Ink, viridis};

/// Size of the legend's words.
pub(super) const SIZE: f64 = 16.0;

/// Height of a line of the legend.
pub(super) const LINE: f64 = 25.0;

/// The least height of a line of the legend.
pub(super) const LINE_MIN: f64 = 13.0;

/// Width of the sample before the words.
const SAMPLE: f64 = 40.0;

/// Space between the sample and the words.
const GAP: f64 = 8.0;

/// Radius of a marker.
const RADIUS: f64 = 5.0;

/// Distance from a place that a marker or the cap of an interval may cover.
pub(super) const REACH: f64 = RADIUS * 1.5;

const DASHES: [&[f64]; 8] = [
    &[],
    &[9.0, 5.0],
    &[2.5, 3.5],
    &[12.0, 4.0, 2.5, 4.0],
    &[5.0, 3.0],
    &[16.0, 5.0],
    &[9.0, 3.0, 2.5, 3.0, 2.5, 3.0],
    &[3.0, 7.0],
];

impl Look {
    /// Its colour.
    pub(super) fn ink(self) -> Ink {
        match self {
            Self::Series(index) | Self::Part(index) => Ink::Hue(index % HUES),
            Self::Shade(share) => Ink::Fixed(viridis(share)),
            Self::Blank | Self::Hatched => Ink::Ground,
            Self::Plain => Ink::Muted,
        }
    }

    /// The look's line. Beyond eight series the colours repeat with other dashes and markers.
    pub(super) fn stroke(self, width: f64) -> Stroke {
        let dashes = match self {
            Self::Series(index) => DASHES[(index + index / HUES) % DASHES.len()],
            _ => &[],
        };
        Stroke { ink: self.ink(), width, dashes, cover: 1.0 }
    }

    /// Draws the look's marker; if `hollow`, only the outline.
    pub(super) fn marker(self, scene: &mut Scene, at: Xy, hollow: bool) {
        let Self::Series(index) = self else {
            return circle(scene, at, RADIUS, self.ink(), hollow);
        };
        let r = RADIUS;
        match (index + index / HUES) % HUES {
            0 => circle(scene, at, r, self.ink(), hollow),
            1 => polygon(scene, at, &[(-r, -r), (r, -r), (r, r), (-r, r)], 0.92, self.ink(), hollow),
            2 => polygon(scene, at, &[(0.0, -r), (r, r * 0.8), (-r, r * 0.8)], 1.25, self.ink(), hollow),
            3 => polygon(scene, at, &[(0.0, -r), (r, 0.0), (0.0, r), (-r, 0.0)], 1.3, self.ink(), hollow),
            4 => polygon(scene, at, &bars(0.707), 1.25, self.ink(), hollow),
            5 => polygon(scene, at, &bars(0.0), 1.25, self.ink(), hollow),
            6 => polygon(scene, at, &[(0.0, r), (r, -r * 0.8), (-r, -r * 0.8)], 1.25, self.ink(), hollow),
            _ => {
                let star = |point: usize| {
                    let angle = std::f64::consts::PI * point as f64 / 5.0;
                    let length = if point.is_multiple_of(2) { r } else { r * 0.45 };
                    (length * libm::sin(angle), -length * libm::cos(angle))
                };
                let points: Vec<Xy> = (0..10).map(star).collect();
                polygon(scene, at, &points, 1.5, self.ink(), hollow);
            }
        }
    }
}

fn outline(ink: Ink, hollow: bool) -> Stroke {
    Stroke::solid(if hollow { ink } else { Ink::Ground }, if hollow { 2.0 } else { 1.0 })
}

fn circle(scene: &mut Scene, center: Xy, radius: f64, ink: Ink, hollow: bool) {
    let fill = if hollow { Ink::Ground } else { ink };
    scene.shapes.push(Shape::Circle { center, radius, ink: fill, outline: Some(outline(ink, hollow)) });
}

fn polygon(scene: &mut Scene, at: Xy, corners: &[Xy], scale: f64, ink: Ink, hollow: bool) {
    let points = corners.iter().map(|(x, y)| (at.0 + x * scale, at.1 + y * scale)).collect();
    let fill = if hollow { Ink::Ground } else { ink };
    scene.shapes.push(Shape::Area { points, ink: fill, cover: 1.0, outline: Some(outline(ink, hollow)) });
}

/// The outline of two crossed bars, turned by 0 or, with a sine of √½, by 45 degrees.
fn bars(sine: f64) -> Vec<Xy> {
    let (long, thin) = (RADIUS, RADIUS * 0.36);
    let arm = [(thin, -thin), (long, -thin), (long, thin), (thin, thin)];
    let cosine = libm::sqrt(1.0 - sine * sine);
    let turned = |(x, y): Xy| (x * cosine - y * sine, x * sine + y * cosine);
    let quarter = |(x, y): Xy, times: usize| match times {
        0 => (x, y),
        1 => (-y, x),
        2 => (-x, -y),
        _ => (y, -x),
    };
    (0..4).flat_map(|times| arm[1..].iter().map(move |&corner| turned(quarter(corner, times)))).collect()
}

/// Fills a room with a look: colour, and hatching where the look has one.
pub(super) fn fill(scene: &mut Scene, look: Look, room: Room) {
    scene.area(room.corners(), look.ink(), 1.0);
    let (index, ink) = match look {
        Look::Part(index) => (index, Ink::Ground),
        Look::Hatched => (1, Ink::Muted),
        Look::Series(_) | Look::Shade(_) | Look::Blank | Look::Plain => return,
    };
    // Rising, falling, both, vertical, horizontal, wide: neighbouring patterns differ.
    let (rising, falling, upright, level) = match index % 7 {
        0 => (false, false, false, false),
        1 => (true, false, false, false),
        2 => (false, true, false, false),
        3 => (true, true, false, false),
        4 => (false, false, true, false),
        5 => (false, false, false, true),
        _ => (false, false, true, true),
    };
    let stroke = Stroke { ink, width: 1.2, dashes: &[], cover: 0.75 };
    let gap = 9.0;
    if rising || falling {
        let reach = room.height();
        let mut start = (room.left / gap).floor() * gap - (reach / gap).ceil() * gap;
        while start < room.right {
            if rising {
                slanted(scene, room, start, false, stroke);
            }
            if falling {
                slanted(scene, room, start, true, stroke);
            }
            start += gap;
        }
    }
    if upright {
        let mut x = (room.left / gap).ceil() * gap;
        while x < room.right {
            scene.line(vec![(x, room.top), (x, room.bottom)], stroke);
            x += gap;
        }
    }
    if level {
        let mut y = room.top + gap * 0.5;
        while y < room.bottom {
            scene.line(vec![(room.left, y), (room.right, y)], stroke);
            y += gap;
        }
    }
}

/// Draws an empty frame.
pub(super) fn blank(scene: &mut Scene, room: Room) {
    let outline = Some(Stroke { dashes: &[3.0, 3.0], ..Stroke::solid(Ink::Axis, 1.0) });
    scene.shapes.push(Shape::Area { points: room.corners(), ink: Ink::Ground, cover: 1.0, outline });
}

/// A line at 45 degrees, clipped to the room. Extended, it meets the room's bottom (falling: the top) at `start`.
fn slanted(scene: &mut Scene, room: Room, start: f64, falling: bool, stroke: Stroke) {
    let from = start.max(room.left);
    let to = (start + room.height()).min(room.right);
    if from < to {
        let y = |x: f64| if falling { room.top + (x - start) } else { room.bottom - (x - start) };
        scene.line(vec![(from, y(from)), (to, y(to))], stroke);
    }
}

/// The legend as drawn: labels are shortened so that they fit and differ; lines are as close as the room requires.
pub(super) struct Legend {
    pub looks: Vec<Look>,
    pub labels: Vec<String>,
    /// Size of the words.
    pub size: f64,
    /// Height of a line.
    pub line: f64,
    /// Width of the widest line.
    pub width: f64,
    /// Number of entries without room.
    pub left_out: usize,
}

impl Legend {
    /// The legend in a room of this height, `most` wide.
    pub(super) fn new(legend: &[Entry], most: f64, height: f64) -> Self {
        let count = legend.len().max(1) as f64;
        let line = (height / count).clamp(LINE_MIN, LINE);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a canvas has few lines")]
        let room = (height / line + 1e-9) as usize;
        // The last line gives the number of entries left out.
        let shown = if legend.len() > room { room.saturating_sub(1) } else { legend.len() };
        let size = (line * 0.9).min(SIZE);
        let all: Vec<&str> = legend.iter().map(|entry| entry.label.as_str()).collect();
        let mut labels = shorten::distinct(Weight::Regular, &all, size, most - SAMPLE - GAP);
        labels.truncate(shown);
        let left_out = legend.len() - shown;
        let widest = labels.iter().map(|label| Weight::Regular.width(label, size)).fold(0.0, f64::max);
        let width =
            if legend.is_empty() { 0.0 } else { (widest + SAMPLE + GAP).max(if left_out > 0 { 130.0 } else { 0.0 }) };
        let looks = legend.iter().take(shown).map(|entry| entry.look).collect();
        Self { looks, labels, size, line, width, left_out }
    }

    /// Draws the line with this index, its middle at `y`.
    pub(super) fn entry(&self, scene: &mut Scene, index: usize, left: f64, y: f64) {
        sample(scene, self.looks[index], (left, y), (self.line * 0.4).min(HALF));
        self.words(scene, &self.labels[index], left, y);
    }

    /// Writes the number of entries left out, in the line after the others.
    pub(super) fn rest(&self, scene: &mut Scene, left: f64, y: f64) {
        if self.left_out > 0 {
            self.words(scene, &format!("and {} more", self.left_out), left, y);
        }
    }

    fn words(&self, scene: &mut Scene, words: &str, left: f64, y: f64) {
        scene.text((left + SAMPLE + GAP, y + self.size * 0.36), words, self.size, Anchor::Start, Ink::Text);
    }
}

/// Half the height of the sample of an area.
const HALF: f64 = 8.0;

/// Draws the sample of a look from `left` on, its middle at `y`.
fn sample(scene: &mut Scene, look: Look, (left, y): Xy, half: f64) {
    let room = Room { left, top: y - half, right: left + SAMPLE - 8.0, bottom: y + half };
    match look {
        Look::Part(_) | Look::Shade(_) | Look::Hatched => fill(scene, look, room),
        Look::Blank => blank(scene, room),
        Look::Plain => scene.line(vec![(left, y), (left + SAMPLE, y)], look.stroke(2.5)),
        Look::Series(_) => {
            scene.line(vec![(left, y), (left + SAMPLE, y)], look.stroke(2.5));
            look.marker(scene, (left + SAMPLE / 2.0, y), false);
        }
    }
}

/// The sample of a look alone.
pub(super) fn alone(look: Look) -> Scene {
    let mut scene = Scene::new(SAMPLE, 2.0 * HALF);
    sample(&mut scene, look, (0.0, HALF), HALF - 1.0);
    scene
}

/// Positions for lines of the legend: each as near as possible to its wanted position, without overlap.
///
/// ```text
/// wanted 10, 12, 50 with 25 between and room from 0 to 100  →  0, 25, 50
/// ```
pub(super) fn spread(wanted: &[f64], between: f64, top: f64, bottom: f64) -> Vec<f64> {
    let mut order: Vec<usize> = (0..wanted.len()).collect();
    order.sort_by(|&one, &other| wanted[one].total_cmp(&wanted[other]).then(one.cmp(&other)));
    // Groups of touching lines, each centred on the mean of the wanted positions; groups that meet are merged.
    let mut runs: Vec<(f64, Vec<usize>)> = Vec::new();
    let place = |members: &[usize]| {
        let count = members.len() as f64;
        let mean = members.iter().map(|&index| wanted[index]).sum::<f64>() / count;
        let first = mean - between * (count - 1.0) / 2.0;
        first.min(bottom - between * (count - 1.0)).max(top)
    };
    for index in order {
        let mut members = vec![index];
        let mut first = place(&members);
        while let Some((start, before)) = runs.last() {
            if start + between * before.len() as f64 <= first {
                break;
            }
            let mut joined = before.clone();
            joined.append(&mut members);
            members = joined;
            first = place(&members);
            runs.pop();
        }
        runs.push((first, members));
    }
    let mut places = vec![0.0; wanted.len()];
    for (first, members) in runs {
        for (position, index) in members.into_iter().enumerate() {
            places[index] = first + between * position as f64;
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_keep_their_distance_and_their_order() {
        let places = spread(&[10.0, 12.0, 90.0], 25.0, 0.0, 100.0);
        assert_eq!(places, [0.0, 25.0, 90.0]);
        let places = spread(&[50.0, 50.0, 50.0], 20.0, 0.0, 100.0);
        assert_eq!(places, [30.0, 50.0, 70.0]);
        let places = spread(&[100.0, 100.0, 0.0], 25.0, 0.0, 100.0);
        assert_eq!(places, [75.0, 100.0, 0.0]);
    }
}
