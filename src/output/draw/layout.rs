//! Where everything of a figure stands.
//!
//! From the top: headline, subtitle, the vertical axis' name, the panels in a grid, the horizontal axis' name, the
//! caption, and the source in small print; at the right the legend. Panels whose axes agree share their names.

use super::font::Weight;
use super::legend;
use super::marks::{self, Frame};
use super::scale;
use super::scene::{Anchor, Room, Scene, Stroke, Text};
use super::theme::Ink;
use super::{HEIGHT, WIDTH};
use crate::output::figure::{Along, Axis, Figure, Mark, Panel, Scale};

/// Space at the left and right edges.
const EDGE: f64 = 36.0;

/// Size of the names of ticks.
pub(super) const TICK: f64 = 15.0;

/// Height of a row of names above a panel.
const NAMES: f64 = 19.0;

/// Lays a figure out.
pub(super) fn scene(figure: &Figure) -> Scene {
    let mut scene = Scene::new(WIDTH, HEIGHT);
    let top = head(&mut scene, figure);
    let bottom = foot(&mut scene, figure);
    let legend = legend::width(&figure.legend, 360.0);
    let right = WIDTH - EDGE - if legend > 0.0 { legend + if figure.at_ends { 34.0 } else { 26.0 } } else { 0.0 };
    let frames = panels(&mut scene, figure, Room { left: EDGE, top, right, bottom });
    let room = Room { left: WIDTH - EDGE - legend, top: frames[0].room.top, right: WIDTH - EDGE, bottom };
    if figure.at_ends {
        at_ends(&mut scene, figure, &frames[0], room);
    } else {
        let between = legend::LINE.min((bottom - room.top) / figure.legend.len().max(1) as f64);
        for (index, entry) in figure.legend.iter().enumerate() {
            let y = room.top + between * (index as f64 + 0.5);
            legend::entry(&mut scene, entry, room.left, y, room.width());
        }
    }
    scene
}

/// Headline and subtitle; gives where they end.
fn head(scene: &mut Scene, figure: &Figure) -> f64 {
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

/// Caption and source; gives where they begin.
fn foot(scene: &mut Scene, figure: &Figure) -> f64 {
    let room = WIDTH - 2.0 * EDGE;
    let source = &figure.source;
    let small = format!(
        "{} · experiment {} · seed {} · pushpull {}",
        source.experiment,
        source.digest.get(..16).unwrap_or(&source.digest),
        source.seed,
        source.version
    );
    let small = Weight::Regular.fit(&small, 11.5, room);
    scene.text((EDGE, HEIGHT - 14.0), &small, 11.5, Anchor::Start, Ink::Muted);
    let lines = Weight::Regular.wrap(&figure.caption, 14.0, room);
    let first = HEIGHT - 38.0 - 19.0 * (lines.len() as f64 - 1.0);
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
fn panels<'a>(scene: &mut Scene, figure: &'a Figure, room: Room) -> Vec<Frame<'a>> {
    let panels = &figure.panels;
    let columns = columns(panels.len());
    let rows = panels.len().div_ceil(columns);
    let same = |axis: fn(&Panel) -> &Axis| panels.iter().all(|panel| axis(panel) == axis(&panels[0]));
    let (same_x, same_y) = (same(|panel| &panel.x), same(|panel| &panel.y));
    let titled = panels.iter().any(|panel| !panel.title.is_empty());
    // the names of the axes
    let mut top = room.top;
    let y_name = name(&panels[0].y);
    if !y_name.is_empty() {
        scene.text((room.left, top + 15.0), &y_name, 15.0, Anchor::Start, Ink::Muted);
        top += 29.0;
    }
    let x_name = name(&panels[0].x);
    let mut bottom = room.bottom;
    if !x_name.is_empty() {
        bottom -= 22.0;
    }
    let names = panels.iter().map(|panel| tick_width(&panel.y)).fold(0.0, f64::max).min(room.width() * 0.2);
    let margin = names + 12.0;
    scene.text(((room.left + margin + room.right) / 2.0, room.bottom), &x_name, 15.0, Anchor::Middle, Ink::Muted);
    let gap = if columns > 1 { 26.0 } else { 0.0 };
    let own = if same_y { 0.0 } else { margin };
    let width = (room.width() - margin - (gap + own) * (columns as f64 - 1.0)) / columns as f64;
    let cells = marks::cell_size(panels, width);
    let alone = Room { left: 0.0, top: 0.0, right: width, bottom: 1.0 };
    let rows_of = |panel| annotations(&Frame { panel, room: alone, cells });
    let rows_max = panels.iter().flat_map(rows_of).map(|note| note.row + 1).max().unwrap_or(0);
    let strip = rows_max as f64 * NAMES;
    let above = strip + if titled { 24.0 } else { 0.0 };
    let below = 24.0;
    let row_gap = 14.0;
    let height = (bottom - top - row_gap * (rows as f64 - 1.0)) / rows as f64 - above - below;
    let mut frames = Vec::new();
    for (index, panel) in panels.iter().enumerate() {
        let (column, row) = (index % columns, index / columns);
        let left = room.left + margin + (width + gap + own) * column as f64;
        let top = top + above + (height + above + below + row_gap) * row as f64;
        let frame = Frame { panel, room: Room { left, top, right: left + width, bottom: top + height }, cells };
        if !panel.title.is_empty() {
            let words = Weight::Bold.fit(&panel.title, 15.0, width);
            let at = (left, top - strip - 9.0);
            scene.words(Text { at, words, size: 15.0, weight: Weight::Bold, anchor: Anchor::Start, ink: Ink::Text });
        }
        let names_y = column == 0 || !same_y;
        // the lowest panel of each column names the ticks
        let names_x = index + columns >= panels.len() || !same_x;
        axes(scene, &frame, names_x, names_y, names);
        marks::draw(scene, &frame);
        annotate(scene, &frame);
        frames.push(frame);
    }
    frames
}

/// What an axis measures, and in which unit where its ticks do not say so.
fn name(axis: &Axis) -> String {
    let log = match axis.scale {
        Scale::Log | Scale::LogZero | Scale::SignedLog { .. } => "log scale",
        Scale::Linear | Scale::Categories(_) => "",
    };
    let notes: Vec<&str> = [axis.unit.suffix(), log].into_iter().filter(|note| !note.is_empty()).collect();
    match (axis.label.is_empty(), notes.is_empty()) {
        (true, _) => String::new(),
        (false, true) => axis.label.clone(),
        (false, false) => format!("{} ({})", axis.label, notes.join(", ")),
    }
}

/// Width of the widest tick's name.
fn tick_width(axis: &Axis) -> f64 {
    let marks = scale::ticks(axis, 8.0);
    marks.iter().map(|mark| Weight::Regular.width(&mark.label, TICK)).fold(0.0, f64::max)
}

/// Grid, lines, ticks and names of both axes.
fn axes(scene: &mut Scene, frame: &Frame, names_x: bool, names_y: bool, width: f64) {
    let room = frame.room;
    let (x, y) = (&frame.panel.x, &frame.panel.y);
    let bars = frame.panel.marks.iter().any(|mark| matches!(mark, Mark::Bar { .. }));
    let grid = Stroke::solid(Ink::Grid, 1.0);
    let line = Stroke::solid(Ink::Axis, 1.2);
    let cells = frame.panel.marks.iter().any(|mark| matches!(mark, Mark::Cell { .. }));
    for mark in scale::ticks(y, room.height() / 42.0) {
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
            let lines = Weight::Regular.wrap(&mark.label, TICK, width);
            let first = at + TICK * 0.36 - 9.0 * (lines.len() as f64 - 1.0);
            for (index, line) in lines.iter().enumerate() {
                let at = (room.left - 10.0, first + 18.0 * index as f64);
                scene.text(at, line, TICK, Anchor::End, Ink::Text);
            }
        }
    }
    let (marks, size) = named(frame, x);
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

/// The ticks of the horizontal axis and the size of their names; a name that would touch the one before is left out, or
/// smaller and at last cut where all are needed.
fn named(frame: &Frame, axis: &Axis) -> (Vec<scale::Mark>, f64) {
    let room = frame.room.width();
    let mut marks = scale::ticks(axis, room / if matches!(axis.scale, Scale::Linear) { 95.0 } else { 66.0 });
    let categories = matches!(axis.scale, Scale::Categories(_));
    let each = room / (axis.high - axis.low) - 6.0;
    let fits = |size: &f64| marks.iter().all(|mark| Weight::Regular.width(&mark.label, *size) <= each);
    let size = if categories { [TICK, 13.0, 11.5].into_iter().find(fits).unwrap_or(11.5) } else { TICK };
    let (mut end, edge) = (f64::NEG_INFINITY, frame.room.left - 40.0);
    for mark in &mut marks {
        if categories {
            mark.label = Weight::Regular.fit(&mark.label, size, each);
        }
        let half = Weight::Regular.width(&mark.label, size) / 2.0;
        let at = frame.x(mark.value);
        if mark.label.is_empty() {
            continue;
        }
        if at - half < end + if categories { 4.0 } else { 10.0 } || at - half < edge {
            mark.label.clear();
        } else {
            end = at + half;
        }
    }
    (marks, size)
}

/// Two strokes across an axis where it is broken.
fn breaks(scene: &mut Scene, frame: &Frame) {
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

/// Names of spans and upright rules, with their places: what stands above the panel.
fn annotation(mark: &Mark) -> Option<(f64, &str)> {
    let (at, label) = match mark {
        Mark::Span { from, to, label } => ((from + to) / 2.0, label),
        Mark::Rule { along: Along::X, at, label } => (*at, label),
        _ => return None,
    };
    (!label.is_empty()).then_some((at, label))
}

/// A name above a panel.
struct Note<'a> {
    label: &'a str,
    middle: f64,
    row: usize,
}

/// The names above a panel, each in the lowest row where it does not touch another.
fn annotations<'a>(frame: &Frame<'a>) -> Vec<Note<'a>> {
    let mut notes: Vec<Note> = Vec::new();
    let half = |label: &str| Weight::Regular.width(label, 13.5) / 2.0;
    for (at, label) in frame.panel.marks.iter().filter_map(annotation) {
        let (left, right) = (frame.room.left + half(label), frame.room.right - half(label));
        let middle = frame.x(at).min(right).max(left);
        let free = |row: usize| {
            let near = |note: &Note| (note.middle - middle).abs() < half(note.label) + half(label) + 12.0;
            notes.iter().all(|note| note.row != row || !near(note))
        };
        let row = (0..=notes.len()).find(|&row| free(row)).unwrap_or_default();
        notes.push(Note { label, middle, row });
    }
    notes
}

/// Writes them.
fn annotate(scene: &mut Scene, frame: &Frame) {
    for note in annotations(frame) {
        let at = (note.middle, frame.room.top - 6.0 - NAMES * note.row as f64);
        scene.text(at, note.label, 13.5, Anchor::Middle, Ink::Muted);
    }
}

/// The legend at the ends of the lines.
fn at_ends(scene: &mut Scene, figure: &Figure, frame: &Frame, room: Room) {
    let nowhere = (frame.room.right, room.bottom);
    let ends: Vec<_> = figure.legend.iter().map(|entry| marks::end(frame, entry.look).unwrap_or(nowhere)).collect();
    let wanted: Vec<f64> = ends.iter().map(|end| end.1).collect();
    let between = legend::LINE.min(frame.room.height() / figure.legend.len().max(1) as f64);
    let places = legend::spread(&wanted, between, frame.room.top + 8.0, frame.room.bottom - 8.0);
    let words = matches!(frame.panel.y.scale, Scale::Categories(_));
    for ((entry, end), place) in figure.legend.iter().zip(ends).zip(places) {
        if words {
            // in the row of its category a label needs neither a sample nor a line that leads to it
            let label = Weight::Regular.fit(&entry.label, TICK, room.width());
            scene.text((room.left, place + TICK * 0.36), &label, TICK, Anchor::Start, Ink::Text);
            continue;
        }
        let stroke = Stroke { cover: 0.6, ..Stroke::solid(entry.look.ink(), 1.0) };
        let (from, bend, to) = ((end.0 + 24.0).min(frame.room.right), frame.room.right + 8.0, room.left - 5.0);
        scene.line(vec![(from, end.1), (bend, end.1), (to - 3.0, place), (to, place)], stroke);
        legend::entry(scene, entry, room.left, place, room.width());
    }
}
