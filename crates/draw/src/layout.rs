//! Positions of all parts of a figure.
//!
//! From the top: headline, subtitle, the vertical axis' name, the panels in a grid, the horizontal axis' name, the
//! caption, and the source in small print; at the right the legend. Panels whose axes agree share their names.

use crate::figure::{Along, Axis, Figure, Mark, Panel, Scale};
use crate::font::Weight;
use crate::legend::{self, Legend};
use crate::marks::{self, PanelFrame};
use crate::scale;
use crate::scene::{Anchor, Room, Scene, Stroke, Text};
use crate::shorten;
use crate::theme::Ink;
use crate::{HEIGHT, WIDTH};

/// Space at the left and right edges.
const EDGE: f64 = 36.0;

/// Size of the names of ticks.
pub(super) const TICK: f64 = 15.0;

/// Size of the titles of panels, and the distance of their lines.
const TITLE: f64 = 15.0;
const TITLE_LINE: f64 = 18.0;

/// Lines of a title.
const TITLE_LINES: usize = 2;

/// How far a tick label may reach beyond a panel that has no neighbour.
const REACH: f64 = 40.0;

/// Height of a row of names above a panel.
const NAMES: f64 = 19.0;

/// The least height of a category's row and of a legend's line. A canvas with more rows is made higher.
const ROW: f64 = 15.0;

/// The highest canvas.
const HEIGHT_MAX: f64 = 2.0 * HEIGHT;

/// Lines of the caption. The rest is left out: the page and the figure's description contain the whole caption.
const CAPTION_LINES: usize = 5;

/// Rows of names above a panel.
const NOTE_ROWS: usize = 4;

/// A figure laid out.
pub(super) struct Layout {
    pub scene: Scene,
    /// The rooms of the panels, and the shapes within them and at their axes.
    pub panels: Vec<Room>,
    pub inner: std::ops::Range<usize>,
}

/// Lays a figure out.
pub(super) fn scene(figure: &Figure) -> Scene {
    lay(figure).scene
}

/// Lays a figure out.
pub(super) fn lay(figure: &Figure) -> Layout {
    let mut scene = Scene::new(WIDTH, height(figure));
    let top = head(&mut scene, figure);
    let bottom = foot(&mut scene, figure);
    // The legend begins at the top of the panels. The lowest panel leaves room for its ticks and the axis' name.
    let above = panels_top(figure, top) - top;
    let legend = Legend::new(&figure.legend, 360.0, bottom - top - above - 30.0);
    let right =
        WIDTH - EDGE - if legend.width > 0.0 { legend.width + if figure.at_ends { 34.0 } else { 26.0 } } else { 0.0 };
    let first = scene.shapes.len();
    let frames = panels(&mut scene, figure, Room { left: EDGE, top, right, bottom });
    let inner = first..scene.shapes.len();
    let room = Room { left: WIDTH - EDGE - legend.width, top: frames[0].room.top, right: WIDTH - EDGE, bottom };
    if figure.at_ends && legend.left_out == 0 {
        at_ends(&mut scene, &legend, &frames[0], room);
    } else {
        let lines = legend.looks.len() + usize::from(legend.left_out > 0);
        let between = legend.line.min((bottom - room.top) / lines.max(1) as f64);
        let y = |index: usize| room.top + between * (index as f64 + 0.5);
        for index in 0..legend.looks.len() {
            legend.entry(&mut scene, index, room.left, y(index));
        }
        legend.rest(&mut scene, room.left, y(legend.looks.len()));
    }
    let panels = frames.iter().map(|frame| frame.room).collect();
    Layout { scene, panels, inner }
}

/// The height of the canvas: higher if many categories or a long legend need the room.
fn height(figure: &Figure) -> f64 {
    let rows_of = |panel: &Panel| match &panel.y.scale {
        Scale::Categories(names) => names.len(),
        _ => 0,
    };
    let grid = figure.panels.len().div_ceil(columns(figure.panels.len()));
    let rows = figure.panels.iter().map(rows_of).max().unwrap_or(0) * grid;
    let needed = ROW * rows.max(figure.legend.len()) as f64;
    let caption = Weight::Regular.wrap(&figure.caption, 14.0, WIDTH - 2.0 * EDGE).len().min(CAPTION_LINES);
    // Head, foot, and for each row of panels its titles and ticks.
    let beside = 200.0 + 19.0 * caption as f64 + 62.0 * grid as f64;
    (needed + beside).ceil().clamp(HEIGHT, HEIGHT_MAX)
}

/// Draws headline and subtitle; returns the bottom of them.
fn head(scene: &mut Scene, figure: &Figure) -> f64 {
    if figure.title.is_empty() && figure.subtitle.is_empty() {
        return 8.0;
    }
    let room = WIDTH - 2.0 * EDGE;
    let size = [26.0, 23.0, 20.0].into_iter().find(|size| Weight::Bold.width(&figure.title, *size) <= room);
    let size = size.unwrap_or(20.0);
    let words = Weight::Bold.fit(&figure.title, size, room);
    scene.words(Text { at: (EDGE, 46.0), words, size, weight: Weight::Bold, anchor: Anchor::Start, ink: Ink::Text });
    let mut lines = Weight::Regular.wrap(&figure.subtitle, 16.0, room);
    if lines.len() > 2 {
        let rest = lines.split_off(1).join(" ");
        lines.push(Weight::Regular.fit(&rest, 16.0, room));
    }
    for (index, line) in lines.iter().enumerate() {
        scene.text((EDGE, 73.0 + 21.0 * index as f64), line, 16.0, Anchor::Start, Ink::Muted);
    }
    65.0 + 21.0 * lines.len() as f64
}

/// Draws caption and source; returns the top of them.
fn foot(scene: &mut Scene, figure: &Figure) -> f64 {
    let room = WIDTH - 2.0 * EDGE;
    let small = Weight::Regular.fit(&figure.source.line, 11.5, room);
    scene.text((EDGE, scene.height - 14.0), &small, 11.5, Anchor::Start, Ink::Muted);
    let mut lines = Weight::Regular.wrap(&figure.caption, 14.0, room);
    if lines.len() > CAPTION_LINES {
        let rest = lines.split_off(CAPTION_LINES - 1).join(" ");
        lines.push(Weight::Regular.fit(&rest, 14.0, room));
    }
    let first = scene.height - 38.0 - 19.0 * (lines.len() as f64 - 1.0);
    for (index, line) in lines.iter().enumerate() {
        scene.text((EDGE, first + 19.0 * index as f64), line, 14.0, Anchor::Start, Ink::Text);
    }
    first - 26.0
}

/// Columns of the grid.
fn columns(panels: usize) -> usize {
    match panels {
        0..=1 => 1,
        2 | 4 => 2,
        3 | 5..=9 => 3,
        _ => 4,
    }
}

/// Draws all panels into `room`.
fn panels<'a>(scene: &mut Scene, figure: &'a Figure, room: Room) -> Vec<PanelFrame<'a>> {
    let panels = &figure.panels;
    let columns = columns(panels.len());
    let rows = panels.len().div_ceil(columns);
    let same = |axis: fn(&Panel) -> &Axis| panels.iter().all(|panel| axis(panel) == axis(&panels[0]));
    let (same_x, same_y) = (same(|panel| &panel.x), same(|panel| &panel.y));
    let titled = panels.iter().any(|panel| !panel.title.is_empty());
    // the names of the axes
    let y_name = AxisName::new(&panels[0].y, room.width());
    y_name.draw(scene, (room.left, room.top + 15.0));
    let top = panels_top(figure, room.top);
    let x_name = AxisName::new(&panels[0].x, WIDTH - 2.0 * EDGE);
    let mut bottom = room.bottom;
    if !x_name.words.is_empty() {
        bottom -= 22.0;
    }
    let names = panels.iter().map(|panel| tick_width(&panel.y)).fold(0.0, f64::max).min(room.width() * 0.2);
    let margin = names + 12.0;
    let half = x_name.width() / 2.0;
    let middle = ((room.left + margin + room.right) / 2.0).min(WIDTH - EDGE - half).max(EDGE + half);
    x_name.draw(scene, (middle - half, room.bottom));
    let gap = if columns > 1 { 26.0 } else { 0.0 };
    let own = if same_y { 0.0 } else { margin };
    let width = (room.width() - margin - (gap + own) * (columns as f64 - 1.0)) / columns as f64;
    let cells = marks::cell_size(panels, width);
    let alone = Room { left: 0.0, top: 0.0, right: width, bottom: 1.0 };
    let rows_of = |panel| annotations(&PanelFrame { panel, room: alone, cells });
    let rows_max = panels.iter().flat_map(rows_of).map(|note| note.row + 1).max().unwrap_or(0);
    let strip = rows_max as f64 * NAMES;
    let titles = titles(panels, width);
    let title_lines = titles.iter().map(Vec::len).max().unwrap_or(0);
    let above = strip + if titled { 24.0 + TITLE_LINE * title_lines.saturating_sub(1) as f64 } else { 0.0 };
    let below = 24.0;
    let row_gap = 14.0;
    let height = (bottom - top - row_gap * (rows as f64 - 1.0)) / rows as f64 - above - below;
    let mut frames = Vec::new();
    for (index, panel) in panels.iter().enumerate() {
        let (column, row) = (index % columns, index / columns);
        let left = room.left + margin + (width + gap + own) * column as f64;
        let top = top + above + (height + above + below + row_gap) * row as f64;
        let frame = PanelFrame { panel, room: Room { left, top, right: left + width, bottom: top + height }, cells };
        if !panel.title.is_empty() {
            let mut at = (left, top - strip - 9.0);
            let mut behind = left;
            for (before, words) in titles[index].iter().rev().enumerate() {
                at.1 = top - strip - 9.0 - TITLE_LINE * before as f64;
                behind = behind.max(left + Weight::Bold.width(words, TITLE) + AxisName::GAP);
                let (words, size, weight) = (words.clone(), TITLE, Weight::Bold);
                scene.words(Text { at, words, size, weight, anchor: Anchor::Start, ink: Ink::Text });
            }
            // Keys without room are left out: the words have the same meaning.
            if Weight::Regular.width(&panel.small, AxisName::SMALL) <= left + width - behind {
                scene.text((behind, at.1), &panel.small, AxisName::SMALL, Anchor::Start, Ink::Muted);
            }
        }
        let names_y = column == 0 || !same_y;
        // The lowest panel of each column has the tick labels.
        let names_x = index + columns >= panels.len() || !same_x;
        let reach = if columns > 1 { gap / 2.0 - 3.0 } else { REACH };
        axes(scene, &frame, (names_x, reach), (names_y, names));
        marks::draw(scene, &frame);
        annotate(scene, &frame);
        frames.push(frame);
    }
    frames
}

/// The titles of panels of this width: those that are too wide take two lines, and are shortened if that is not enough.
fn titles(panels: &[Panel], width: f64) -> Vec<Vec<String>> {
    let lines: Vec<Vec<String>> = panels.iter().map(|panel| title_lines(&panel.title, width)).collect();
    let is_whole = |lines: &Vec<String>| {
        lines.len() <= TITLE_LINES && lines.iter().all(|line| Weight::Bold.width(line, TITLE) <= width)
    };
    if lines.iter().all(is_whole) {
        return lines;
    }
    let titles: Vec<&str> = panels.iter().map(|panel| panel.title.as_str()).collect();
    shorten::distinct(Weight::Bold, &titles, TITLE, width).into_iter().map(|title| vec![title]).collect()
}

/// A title in lines, broken behind commas.
fn title_lines(title: &str, width: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for part in title.split_inclusive(", ") {
        match lines.last_mut() {
            Some(line) if Weight::Bold.width(format!("{line}{part}").trim_end(), TITLE) <= width => line.push_str(part),
            _ => lines.push(part.to_owned()),
        }
    }
    lines.iter().map(|line| line.trim_end().to_owned()).collect()
}

/// The top of the panels with their titles: below the name of the vertical axis.
fn panels_top(figure: &Figure, top: f64) -> f64 {
    if name(&figure.panels[0].y).is_empty() { top } else { top + 29.0 }
}

/// The name of an axis, and behind it its key in small print.
struct AxisName {
    words: String,
    small: String,
}

impl AxisName {
    const SIZE: f64 = 15.0;
    const SMALL: f64 = 11.5;
    const GAP: f64 = 9.0;

    /// The name, shortened to the room.
    fn new(axis: &Axis, room: f64) -> Self {
        let words = shorten::middle(Weight::Regular, &name(axis), Self::SIZE, room);
        let left = room - Weight::Regular.width(&words, Self::SIZE) - Self::GAP;
        let small = if words.is_empty() { String::new() } else { axis.small.clone() };
        Self { words, small: shorten::middle(Weight::Regular, &small, Self::SMALL, left.max(0.0)) }
    }

    fn width(&self) -> f64 {
        let small =
            if self.small.is_empty() { 0.0 } else { Self::GAP + Weight::Regular.width(&self.small, Self::SMALL) };
        Weight::Regular.width(&self.words, Self::SIZE) + small
    }

    fn draw(&self, scene: &mut Scene, (left, y): (f64, f64)) {
        scene.text((left, y), &self.words, Self::SIZE, Anchor::Start, Ink::Muted);
        let behind = left + Weight::Regular.width(&self.words, Self::SIZE) + Self::GAP;
        scene.text((behind, y), &self.small, Self::SMALL, Anchor::Start, Ink::Muted);
    }
}

/// The quantity of an axis, with the unit if the ticks do not carry units.
fn name(axis: &Axis) -> String {
    let log = match axis.scale {
        Scale::Log | Scale::LogZero => "log scale",
        Scale::SignedLog { .. } => "log scale on both sides of 0",
        Scale::Linear | Scale::Categories(_) => "",
    };
    let notes: Vec<&str> = [axis.unit.suffix(), log].into_iter().filter(|note| !note.is_empty()).collect();
    match (axis.label.is_empty(), notes.is_empty()) {
        (true, _) => String::new(),
        (false, true) => axis.label.clone(),
        (false, false) => format!("{} ({})", axis.label, notes.join(", ")),
    }
}

/// Width of the widest tick label.
fn tick_width(axis: &Axis) -> f64 {
    let marks = scale::ticks(axis, 8.0);
    marks.iter().map(|mark| Weight::Regular.width(&mark.label, TICK)).fold(0.0, f64::max)
}

/// Grid, lines, ticks and names of both axes.
///
/// `reach` is how far tick labels of the horizontal axis may stand out of the panel, `width` the room of those of the
/// vertical axis.
fn axes(scene: &mut Scene, frame: &PanelFrame, (names_x, reach): (bool, f64), (names_y, width): (bool, f64)) {
    let room = frame.room;
    let (x, y) = (&frame.panel.x, &frame.panel.y);
    let bars = frame.panel.marks.iter().any(|mark| matches!(mark, Mark::Bar { .. }));
    let grid = Stroke::solid(Ink::Grid, 1.0);
    let line = Stroke::solid(Ink::Axis, 1.2);
    let cells = frame.panel.marks.iter().any(|mark| matches!(mark, Mark::Cell { .. }));
    let marks = scale::ticks(y, room.height() / 42.0);
    let rows = rows(&marks, matches!(y.scale, Scale::Categories(_)), width, room.height());
    for (index, mark) in marks.iter().enumerate() {
        let at = frame.y(mark.value);
        let categories = matches!(y.scale, Scale::Categories(_));
        if !mark.label.is_empty() && !cells && !bars {
            scene.line(vec![(room.left, at), (room.right, at)], grid);
        }
        if !categories {
            let length = if mark.label.is_empty() { 3.0 } else { 6.0 };
            scene.line(vec![(room.left - length, at), (room.left, at)], line);
        }
        if names_y {
            let (lines, size) = (&rows.lines[index], rows.size);
            let first = at + size * 0.36 - 9.0 * (lines.len() as f64 - 1.0);
            for (index, line) in lines.iter().enumerate() {
                let at = (room.left - 10.0, first + 18.0 * index as f64);
                scene.text(at, line, size, Anchor::End, Ink::Text);
            }
        }
    }
    let (marks, size) = named(frame, x, reach);
    for mark in marks {
        let at = frame.x(mark.value);
        if !mark.label.is_empty() && !cells && !matches!(x.scale, Scale::Categories(_)) {
            scene.line(vec![(at, room.top), (at, room.bottom)], grid);
        }
        if !cells {
            let length = if mark.label.is_empty() { 3.0 } else { 6.0 };
            scene.line(vec![(at, room.bottom), (at, room.bottom + length)], line);
        }
        if names_x {
            scene.text((at, room.bottom + 8.0 + TICK * 0.8), &mark.label, size, Anchor::Middle, Ink::Text);
        }
    }
    if !cells {
        scene.line(vec![(room.left, room.top), (room.left, room.bottom), (room.right, room.bottom)], line);
    }
    breaks(scene, frame);
}

/// The tick labels of the vertical axis, each as lines.
struct Rows {
    lines: Vec<Vec<String>>,
    size: f64,
}

/// The labels, fitted. High rows get several lines, other rows one line. If rows are lower than the smallest words,
/// only some rows are labelled.
fn rows(marks: &[scale::TickMark], categories: bool, width: f64, height: f64) -> Rows {
    let lines: Vec<Vec<String>> = marks.iter().map(|mark| Weight::Regular.wrap(&mark.label, TICK, width)).collect();
    let row = height / marks.len().max(1) as f64;
    let cut = |line: &String| line.ends_with('…');
    let whole = lines.iter().all(|lines| 18.0 * lines.len() as f64 <= row.max(18.1) && !lines.iter().any(cut));
    if !categories || (whole && row >= 18.0) {
        return Rows { lines, size: TICK };
    }
    let size = (row * 0.95).clamp(9.0, TICK);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a canvas has few rows")]
    let every = (size * 1.02 / row).ceil().max(1.0) as usize;
    let labels: Vec<&str> = marks.iter().map(|mark| mark.label.as_str()).collect();
    let labels = shorten::distinct(Weight::Regular, &labels, size, width);
    let lines = labels.into_iter().enumerate();
    let lines = lines.map(|(index, label)| if index % every == 0 { vec![label] } else { Vec::new() });
    Rows { lines: lines.collect(), size }
}

/// The ticks of the horizontal axis and the size of their labels: as many labels as do not touch. If all labels are
/// needed, they become smaller and are shortened at last.
fn named(frame: &PanelFrame, axis: &Axis, reach: f64) -> (Vec<scale::TickMark>, f64) {
    if axis.ticks.is_empty() && matches!(axis.scale, Scale::SignedLog { .. }) {
        return signed(frame, axis, reach);
    }
    let room = frame.room.width();
    let each = match axis.scale {
        Scale::Linear | Scale::SignedLog { .. } => 95.0,
        Scale::Log | Scale::LogZero | Scale::Categories(_) => 66.0,
    };
    let mut count = room / each;
    let mut marks = scale::ticks(axis, count);
    while axis.ticks.is_empty() && count > LABELS_MIN && touch(frame, &marks) {
        count -= 1.0;
        marks = scale::ticks(axis, count);
    }
    // One label gives no scale.
    let edges = (frame.room.left - reach, frame.room.right + reach);
    let is_out = |at: f64, half: f64| at - half < edges.0 || at + half > edges.1;
    let is_read = |mark: &&scale::TickMark| {
        let half = Weight::Regular.width(&mark.label, TICK) / 2.0;
        !mark.label.is_empty() && !is_out(frame.x(mark.value), half)
    };
    let labels = |marks: &[scale::TickMark]| marks.iter().filter(is_read).count();
    while axis.ticks.is_empty() && labels(&marks) < 2 && count < room / EACH_LABEL {
        count += 1.0;
        let more = scale::ticks(axis, count);
        if touch(frame, &more) {
            break;
        }
        marks = more;
    }
    let categories = matches!(axis.scale, Scale::Categories(_));
    let each = room / (axis.high - axis.low) - 6.0;
    let fits = |size: &f64| marks.iter().all(|mark| Weight::Regular.width(&mark.label, *size) <= each);
    let size = if categories { [TICK, 13.0, 11.5].into_iter().find(fits).unwrap_or(11.5) } else { TICK };
    let mut end = f64::NEG_INFINITY;
    if categories {
        let labels: Vec<&str> = marks.iter().map(|mark| mark.label.as_str()).collect();
        let labels = shorten::distinct(Weight::Regular, &labels, size, each);
        for (mark, label) in marks.iter_mut().zip(labels) {
            mark.label = label;
        }
    }
    for mark in &mut marks {
        let half = Weight::Regular.width(&mark.label, size) / 2.0;
        let at = frame.x(mark.value);
        if mark.label.is_empty() {
            continue;
        }
        let between = if categories || !axis.ticks.is_empty() { 4.0 } else { BETWEEN_LABELS };
        if at - half < end + between || (!categories && is_out(at, half)) {
            mark.label.clear();
        } else {
            end = at + half;
        }
    }
    (marks, size)
}

/// The ticks of a horizontal axis that is logarithmic on both sides of zero, and the size of their labels: the largest
/// with the most labels.
fn signed(frame: &PanelFrame, axis: &Axis, reach: f64) -> (Vec<scale::TickMark>, f64) {
    let named = |size: f64| {
        let marks = with_room(frame, scale::ticks(axis, f64::INFINITY), reach, size);
        (marks.iter().filter(|mark| !mark.label.is_empty()).count(), marks, size)
    };
    let (_, marks, size) = [13.0, 11.5]
        .into_iter()
        .map(named)
        .fold(named(TICK), |best, smaller| if smaller.0 > best.0 { smaller } else { best });
    (marks, size)
}

/// Ticks with the labels that have room: zero, then from both ends inwards what touches none before it.
fn with_room(frame: &PanelFrame, mut marks: Vec<scale::TickMark>, reach: f64, size: f64) -> Vec<scale::TickMark> {
    let mut order: Vec<usize> = (0..marks.len()).collect();
    let rank = |index: &usize| if marks[*index].value == 0.0 { f64::INFINITY } else { marks[*index].value.abs() };
    order.sort_by(|one, other| rank(other).total_cmp(&rank(one)));
    let mut taken: Vec<(f64, f64)> = Vec::new();
    for index in order {
        let half = Weight::Regular.width(&marks[index].label, size) / 2.0;
        let at = frame.x(marks[index].value);
        let (from, to) = (at - half, at + half);
        let is_within = from >= frame.room.left - reach && to <= frame.room.right + reach;
        let is_free = |(left, right): &(f64, f64)| to + BETWEEN_SIGNED <= *left || right + BETWEEN_SIGNED <= from;
        if is_within && taken.iter().all(is_free) {
            taken.push((from, to));
        } else {
            marks[index].label.clear();
        }
    }
    marks
}

/// Whether labels of the horizontal axis touch.
fn touch(frame: &PanelFrame, marks: &[scale::TickMark]) -> bool {
    let named = || marks.iter().filter(|mark| !mark.label.is_empty());
    let half = |mark: &scale::TickMark| Weight::Regular.width(&mark.label, TICK) / 2.0;
    let near = |(one, other): (&scale::TickMark, &scale::TickMark)| {
        frame.x(other.value) - half(other) < frame.x(one.value) + half(one) + BETWEEN_LABELS
    };
    named().zip(named().skip(1)).any(near)
}

/// The least distance of labels of the horizontal axis.
const BETWEEN_LABELS: f64 = 10.0;

/// The least distance of labels of an axis that is logarithmic on both sides of zero, where signs begin the labels.
const BETWEEN_SIGNED: f64 = 5.0;

/// The room of a short label of the horizontal axis with what is between labels.
const EACH_LABEL: f64 = 40.0;

/// With so few labels touching ones are left out one by one.
const LABELS_MIN: f64 = 3.0;

/// Two strokes across an axis where it is broken.
fn breaks(scene: &mut Scene, frame: &PanelFrame) {
    let room = frame.room;
    let strokes = |scene: &mut Scene, x: f64, y: f64, upright: bool| {
        for shift in [-3.0, 3.0] {
            let ends = if upright {
                vec![(x - 6.0, y + shift + 3.0), (x + 6.0, y + shift - 3.0)]
            } else {
                vec![(x + shift - 3.0, y + 6.0), (x + shift + 3.0, y - 6.0)]
            };
            scene.line(ends, Stroke::solid(Ink::Axis, 1.4));
        }
    };
    if let Some(share) = scale::broken(&frame.panel.x) {
        let at = room.left + share * room.width();
        scene.area(
            vec![
                (at - 3.0, room.bottom - 2.0),
                (at + 3.0, room.bottom - 2.0),
                (at + 3.0, room.bottom + 2.0),
                (at - 3.0, room.bottom + 2.0),
            ],
            Ink::Ground,
            1.0,
        );
        strokes(scene, at, room.bottom, false);
    }
    if let Some(share) = scale::broken(&frame.panel.y) {
        let at = room.bottom - share * room.height();
        scene.area(
            vec![
                (room.left - 2.0, at - 3.0),
                (room.left + 2.0, at - 3.0),
                (room.left + 2.0, at + 3.0),
                (room.left - 2.0, at + 3.0),
            ],
            Ink::Ground,
            1.0,
        );
        strokes(scene, room.left, at, true);
    }
}

/// The label of a span or a vertical rule, with its position above the panel.
fn annotation(mark: &Mark) -> Option<(f64, &str)> {
    let (at, label) = match mark {
        Mark::Span { from, to, label } => ((from + to) / 2.0, label),
        Mark::Rule { along: Along::X, at, label } => (*at, label),
        _ => return None,
    };
    (!label.is_empty()).then_some((at, label))
}

/// A name above a panel.
struct Note {
    label: String,
    middle: f64,
    row: usize,
}

/// The names above a panel, each in the lowest row where it does not touch another.
fn annotations(frame: &PanelFrame) -> Vec<Note> {
    let mut notes: Vec<Note> = Vec::new();
    let half = |label: &str| Weight::Regular.width(label, 13.5) / 2.0;
    for (at, label) in frame.panel.marks.iter().filter_map(annotation) {
        let label = shorten::middle(Weight::Regular, label, 13.5, frame.room.width());
        let (left, right) = (frame.room.left + half(&label), frame.room.right - half(&label));
        let middle = frame.x(at).min(right).max(left);
        let free = |row: usize| {
            let near = |note: &Note| (note.middle - middle).abs() < half(&note.label) + half(&label) + 12.0;
            notes.iter().all(|note| note.row != row || !near(note))
        };
        // A label without room is left out: it appears when the pointer is over the mark.
        if let Some(row) = (0..NOTE_ROWS).find(|&row| free(row)) {
            notes.push(Note { label, middle, row });
        }
    }
    notes
}

/// Writes them.
fn annotate(scene: &mut Scene, frame: &PanelFrame) {
    for note in annotations(frame) {
        let at = (note.middle, frame.room.top - 6.0 - NAMES * note.row as f64);
        scene.text(at, &note.label, 13.5, Anchor::Middle, Ink::Muted);
    }
}

/// The legend at the ends of the lines.
fn at_ends(scene: &mut Scene, legend: &Legend, frame: &PanelFrame, room: Room) {
    let nowhere = (frame.room.right, room.bottom);
    let ends: Vec<_> = legend.looks.iter().map(|look| marks::end(frame, *look).unwrap_or(nowhere)).collect();
    let wanted: Vec<f64> = ends.iter().map(|end| end.1).collect();
    let between = legend.line.min(frame.room.height() / legend.looks.len().max(1) as f64);
    let places = legend::spread(&wanted, between, frame.room.top + 8.0, frame.room.bottom - 8.0);
    let words = matches!(frame.panel.y.scale, Scale::Categories(_));
    for (index, (end, place)) in ends.into_iter().zip(places).enumerate() {
        if words {
            // In the row of its category a label needs no sample and no line that leads to it.
            let size = legend.size.min(TICK);
            let label = Weight::Regular.fit(&legend.labels[index], size, room.width());
            scene.text((room.left, place + size * 0.36), &label, size, Anchor::Start, Ink::Text);
            continue;
        }
        let stroke = Stroke { cover: 0.6, ..Stroke::solid(legend.looks[index].ink(), 1.0) };
        let (from, bend, to) = ((end.0 + 24.0).min(frame.room.right), frame.room.right + 8.0, room.left - 5.0);
        scene.line(vec![(from, end.1), (bend, end.1), (to - 3.0, place), (to, place)], stroke);
        legend.entry(scene, index, room.left, place);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::Unit;

    /// The labels of differences of −30 to +95 percentage points on an axis of this width, in their order.
    fn signed_labels(width: f64) -> Vec<String> {
        let (small, label, ticks) = (String::new(), String::new(), Vec::new());
        let scale = Scale::SignedLog { linear: 0.001 };
        let x = Axis { small, label, unit: Unit::SharePoints, scale, low: -0.5, high: 2.2, ticks };
        let y = Axis::categories("", vec!["pull".to_owned()]);
        let panel = Panel { title: String::new(), small: String::new(), x, y, apart: false, marks: Vec::new() };
        let room = Room { left: 100.0, top: 0.0, right: 100.0 + width, bottom: 100.0 };
        let (marks, size) = named(&PanelFrame { panel: &panel, room, cells: 10.0 }, &panel.x, 10.0);
        assert!((11.0..=TICK).contains(&size), "words that can be read: {size}");
        marks.into_iter().map(|mark| mark.label).filter(|label| !label.is_empty()).collect()
    }

    #[test]
    fn every_power_of_ten_on_both_sides_of_zero_is_named_where_it_has_room() {
        for width in [310.0, 350.0, 550.0, 1200.0] {
            assert_eq!(signed_labels(width), ["−10", "−1", "−0.1", "0", "+0.1", "+1", "+10", "+100"], "{width}");
        }
        let narrow = signed_labels(170.0);
        assert!(narrow.len() < 8 && narrow.contains(&"0".to_owned()), "{narrow:?}");
        assert_eq!(narrow.last().map(String::as_str), Some("+100"), "the end is named before what is within");
    }
}
