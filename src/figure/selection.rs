//! The points of a figure that has a panel for each point.

use super::swept::{Head, subtitle_at};
use super::{Request, about};
use crate::folder::reader::Reader;

/// Most panels of one figure.
const PANELS_MAX: usize = 6;

/// Points, and a sentence for the caption where some are left out.
pub(super) struct Selection {
    pub points: Vec<usize>,
    pub note: Option<String>,
}

/// The point that is asked for; else all; where they are too many, some from the first to the last.
pub(super) fn selected(reader: &Reader, request: &Request) -> Selection {
    let count = reader.points().len();
    if let Some(point) = request.point {
        return Selection { points: vec![point], note: None };
    }
    if count <= PANELS_MAX {
        return Selection { points: (0..count).collect(), note: None };
    }
    let steps = PANELS_MAX - 1;
    let points = (0..PANELS_MAX).map(|step| (step * (count - 1) + steps / 2) / steps).collect();
    Selection { points, note: Some(format!("{PANELS_MAX} of {count} points are shown; --point N draws another.")) }
}

/// `Message loss on the bus = 1 % (bus.loss) · incident: …`
pub(super) fn place(reader: &Reader, point: usize) -> String {
    beside_about(reader, &subtitle_at(reader, point))
}

/// A head before what the experiment is about.
pub(super) fn beside_about(reader: &Reader, head: &Head) -> String {
    match (head.words.as_str(), head.small.as_str()) {
        ("", _) => about(reader),
        (words, "") => format!("{words} · {}", about(reader)),
        (words, small) => format!("{words} ({small}) · {}", about(reader)),
    }
}
