//! Draws figures: first as a scene of lines, areas and words with their places, then as SVG or PNG.
//!
//! The scene is laid out once. A slide is 1280 units wide and 720 units high, up to twice as high if many labels need
//! it. Widths are those of the font in which the PNG is drawn and which an SVG requests first. So no label is outside
//! the canvas or over another one; a test checks this on the scene.
//!
//! The SVG is written here and not by a plotting library, because it carries more than the picture: a title and a
//! description for readers who cannot see it, a text for each mark to hover over, the origin of the numbers as the
//! caller describes it, the numbers with their digest, and, within a page, colours that follow the page's theme. The PNG
//! is drawn by `tiny-skia`, with anti-aliasing. Neither file contains a date, a path or anything else that differs from
//! run to run.

pub mod figure;
mod font;
mod layout;
mod legend;
mod marks;
#[cfg(not(target_family = "wasm"))]
mod png;
mod scale;
mod scene;
mod shorten;
mod svg;
mod theme;

pub use theme::Theme;

use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::figure::Figure;

/// A figure identifies itself within this number of bytes.
const HEAD_BYTES: u64 = 1 << 16;

/// Width of a figure.
pub const WIDTH: f64 = 1280.0;

/// The usual height of a figure.
pub const HEIGHT: f64 = 720.0;

/// A figure as an SVG file.
#[must_use]
pub fn svg(figure: &Figure, theme: Theme) -> String {
    svg::file(figure, &layout::scene(figure), theme)
}

/// A figure as an `<svg>` element within a page, in the colours of the properties from [`style`]. All ids begin with
/// the figure's name. Title and description are included. Headline, subtitle and caption are not drawn: the page has
/// them as text, which wraps on a narrow screen.
#[must_use]
pub fn element(figure: &Figure) -> String {
    let (title, subtitle, caption) = (String::new(), String::new(), String::new());
    svg::element(figure, &layout::scene(&Figure { title, subtitle, caption, ..figure.clone() }))
}

/// The legend for a page that is too narrow to show it beside the panels: of each entry a sample as an `<svg>` element in
/// the page's colours, and what it stands for.
#[must_use]
pub fn legend(figure: &Figure) -> Vec<(String, String)> {
    let entry = |entry: &figure::Entry| (svg::sample(&legend::alone(entry.look)), entry.label.clone());
    figure.legend.iter().map(entry).collect()
}

/// The custom properties that give [`element`] its colours, as declarations for a rule of a style sheet:
/// `--figure-text: #1a1d21; …`.
#[must_use]
pub fn style(theme: Theme) -> String {
    svg::style(theme)
}

#[cfg(not(target_family = "wasm"))]
/// A figure as a PNG file, 2560 pixels wide, and 1440 high or more where many lines need it.
#[must_use]
pub fn png(figure: &Figure, theme: Theme) -> Vec<u8> {
    png::file(figure, &layout::scene(figure), theme)
}

/// Whether this is a valid name for a figure.
#[must_use]
pub fn is_name(name: &str) -> bool {
    let extension = Path::new(name).extension().and_then(|extension| extension.to_str());
    matches!(extension, Some("svg" | "png"))
}

/// Whether the file is a figure whose metadata contain a mark: for an SVG the first of `marks`, such as a namespace, for a
/// PNG the second, such as a keyword.
#[must_use]
pub fn is_figure(path: &Path, marks: (&str, &str)) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    let mark = match extension {
        Some("svg") => marks.0,
        Some("png") => marks.1,
        _ => return false,
    };
    let mut head = Vec::new();
    let read = File::open(path).and_then(|file| file.take(HEAD_BYTES).read_to_end(&mut head));
    read.is_ok() && head.windows(mark.len()).any(|bytes| bytes == mark.as_bytes())
}

/// Checks that every label of a figure is readable.
///
/// # Errors
/// If a label is not wholly on the canvas, is over another one, or is over a panel to which it does not belong.
pub fn check(figure: &Figure) -> Result<(), String> {
    let layout::Layout { scene, panels, inner } = layout::lay(figure);
    let texts = scene.texts();
    let rooms: Vec<scene::Room> = texts.iter().map(|text| text.room()).collect();
    for (text, room) in texts.iter().zip(&rooms) {
        if room.left < 0.0 || room.top < 0.0 || room.right > scene.width || room.bottom > scene.height {
            return Err(format!("{:?} is not on the canvas: {room:?}", text.words));
        }
    }
    let over = |one: &scene::Room, other: &scene::Room| {
        one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom
    };
    for (index, room) in rooms.iter().enumerate() {
        if let Some(other) = rooms[index + 1..].iter().position(|other| over(room, other)) {
            return Err(format!("{:?} is over {:?}", texts[index].words, texts[index + 1 + other].words));
        }
    }
    for (index, panel) in panels.iter().enumerate() {
        if panel.width() < 100.0 || panel.height() < 60.0 {
            return Err(format!("there is no room for panel {index}: {panel:?}"));
        }
        let outer = |at: &usize| !inner.contains(at);
        for shape in (0..scene.shapes.len()).filter(outer).map(|at| &scene.shapes[at]) {
            if let scene::Shape::Text(text) = shape
                && over(&text.room(), panel)
            {
                return Err(format!("{:?} is over panel {index}", text.words));
            }
        }
    }
    Ok(())
}

/// The words of a figure as drawn, with long names shortened.
#[must_use]
pub fn words(figure: &Figure) -> Vec<String> {
    layout::scene(figure).texts().into_iter().map(|text| text.words.clone()).collect()
}
