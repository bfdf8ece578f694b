//! Draws figures: first as a scene of lines, areas and words with their places, then as SVG or PNG.
//!
//! The scene is laid out once, in units of which a slide is 1280 wide and 720 high, with the widths of the font that
//! the PNG is drawn in and that an SVG asks for first; so no label is outside the canvas or over another one, which a
//! test asks of the scene. The SVG is written here and not by a plotting library, as it carries what a picture alone
//! does not: a title and a description for those who do not see it, words for each mark to hover over, the digests of
//! experiment and data, the numbers, and, within a page, colours that follow the page's theme. The PNG is drawn by
//! `plotters`' bitmap backend at four times the size and brought down to twice the size, as the backend knows whole
//! pixels only. Neither contains a date, a path or anything else that differs from run to run.

mod font;
mod layout;
mod legend;
mod marks;
mod png;
mod scale;
mod scene;
mod svg;
mod theme;

pub use theme::Theme;

use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::figure::Figure;

/// A figure says what it is within its first bytes.
const HEAD_BYTES: u64 = 1 << 16;

/// Width of a figure.
pub const WIDTH: f64 = 1280.0;

/// Height of a figure.
pub const HEIGHT: f64 = 720.0;

/// A figure as an SVG file.
#[must_use]
pub fn svg(figure: &Figure, theme: Theme) -> String {
    svg::file(figure, &layout::scene(figure), theme)
}

/// A figure as an `<svg>` element within a page, in the colours that the page gives the properties of [`style`]. All
/// of its ids begin with the name of the figure; its title and description are within.
#[must_use]
pub fn element(figure: &Figure) -> String {
    svg::element(figure, &layout::scene(figure))
}

/// The custom properties that [`element`] takes its colours from, as declarations for a rule of a style sheet:
/// `--figure-text: #1a1d21; …`.
#[must_use]
pub fn style(theme: Theme) -> String {
    svg::style(theme)
}

/// A figure as a PNG file of 2560 × 1440 pixels.
#[must_use]
pub fn png(figure: &Figure, theme: Theme) -> Vec<u8> {
    png::file(figure, &layout::scene(figure), theme)
}

/// Whether a figure may have this name.
#[must_use]
pub fn is_name(name: &str) -> bool {
    let extension = Path::new(name).extension().and_then(|extension| extension.to_str());
    matches!(extension, Some("svg" | "png"))
}

/// Whether the file is a figure that this program drew, by what it says of itself.
#[must_use]
pub fn is_figure(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    let mark = match extension {
        Some("svg") => svg::NAMESPACE,
        Some("png") => png::DIGEST,
        _ => return false,
    };
    let mut head = Vec::new();
    let read = File::open(path).and_then(|file| file.take(HEAD_BYTES).read_to_end(&mut head));
    read.is_ok() && head.windows(mark.len()).any(|bytes| bytes == mark.as_bytes())
}

/// Fails if a label is not wholly on the canvas, or over another one.
#[cfg(test)]
pub(crate) fn check(figure: &Figure) -> Result<(), String> {
    let scene = layout::scene(figure);
    let texts = scene.texts();
    let rooms: Vec<scene::Room> = texts.iter().map(|text| text.room()).collect();
    for (text, room) in texts.iter().zip(&rooms) {
        if room.left < 0.0 || room.top < 0.0 || room.right > WIDTH || room.bottom > HEIGHT {
            return Err(format!("{:?} is not on the canvas: {room:?}", text.words));
        }
    }
    for (index, room) in rooms.iter().enumerate() {
        let over = |other: &scene::Room| {
            room.left < other.right && other.left < room.right && room.top < other.bottom && other.top < room.bottom
        };
        if let Some(other) = rooms[index + 1..].iter().position(over) {
            return Err(format!("{:?} is over {:?}", texts[index].words, texts[index + 1 + other].words));
        }
    }
    Ok(())
}
