//! The sheet of a sequence diagram: four lifelines, a line of text for each row, 120 columns in all.

use std::fmt::Write as _;

use crate::model::{GatewayId, Party};
use text::wrap;

/// The content of a row.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Drawing {
    /// An event at one place.
    Mark { place: Party, good: bool },
    /// A parcel from one place to another.
    Arrow { from: Party, to: Party, by_bus: bool, label: String, lost: bool },
    /// Lifelines only.
    Gap,
}

/// One row of a diagram.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct SheetRow {
    /// Absolute time, as text.
    pub(super) time: String,
    /// Time from the start of the attempt, as text.
    pub(super) offset: String,
    pub(super) drawing: Drawing,
    pub(super) note: String,
}

const PITCH: usize = 17;
const WIDTH: usize = 3 * PITCH + 1;
/// Columns before the first lifeline.
const MARGIN: usize = 25;
/// Columns of a note.
const NOTE: usize = 120 - MARGIN - WIDTH - 2;

const RED: &str = "\x1b[31m";
const GREEN: &str = "\x1b[32m";
const BOLD: &str = "\x1b[1m";
const PLAIN: &str = "\x1b[0m";

/// The column of a place's lifeline, from the first lifeline.
const fn column(place: Party) -> usize {
    place as usize * PITCH
}

/// The names above the lifelines.
pub(super) fn heading(gateway: GatewayId, colour: bool) -> String {
    let mut line = format!("{:>12} {:>10}  ", "time, s", "offset");
    let names = ["client".to_owned(), "API".to_owned(), "bus".to_owned(), format!("gateway {gateway}")];
    for (name, place) in names.iter().zip([Party::Client, Party::Api, Party::Bus, Party::Gateway]) {
        let start = (MARGIN + column(place)).saturating_sub(name.chars().count() / 2);
        while line.chars().count() < start {
            line.push(' ');
        }
        line.push_str(name);
    }
    if colour { format!("{BOLD}{line}{PLAIN}\n") } else { format!("{line}\n") }
}

/// A row as lines, each with a line feed.
pub(super) fn draw(row: &SheetRow, colour: bool) -> String {
    let mut out = String::new();
    for (index, note) in wrap(&row.note, NOTE).iter().enumerate() {
        let (time, offset) = if index == 0 { (row.time.as_str(), row.offset.as_str()) } else { ("", "") };
        let cells = if index == 0 { cells(&row.drawing) } else { cells(&Drawing::Gap) };
        let mut line = format!("{time:>12} {offset:>10}  ");
        line.extend(cells);
        if !note.is_empty() {
            let _ = write!(line, "  {note}");
        }
        let line = line.trim_end();
        let paint = match &row.drawing {
            Drawing::Mark { good: true, .. } => GREEN,
            Drawing::Mark { good: false, .. } | Drawing::Arrow { lost: true, .. } => RED,
            Drawing::Arrow { .. } | Drawing::Gap => "",
        };
        if colour && index == 0 && !paint.is_empty() {
            let _ = writeln!(out, "{paint}{line}{PLAIN}");
        } else {
            let _ = writeln!(out, "{line}");
        }
    }
    out
}

fn cells(drawing: &Drawing) -> Vec<char> {
    let mut cells = vec![' '; WIDTH];
    for place in [Party::Client, Party::Api, Party::Bus, Party::Gateway] {
        cells[column(place)] = '│';
    }
    match drawing {
        Drawing::Gap => {}
        Drawing::Mark { place, good } => cells[column(*place)] = if *good { '●' } else { '✗' },
        Drawing::Arrow { from, to, by_bus, label, lost } => arrow(&mut cells, *from, *to, *by_bus, label, *lost),
    }
    cells
}

fn arrow(cells: &mut [char], from: Party, to: Party, by_bus: bool, label: &str, lost: bool) {
    let (start, mut end) = (column(from), column(to));
    let bus = column(Party::Bus);
    if lost {
        // A lost parcel ends on the bus, or half way if there is nothing between its ends.
        let middle = usize::midpoint(start, end);
        let past_middle = if start < end { middle + 4 } else { middle - 4 };
        end = if by_bus && start != bus { bus } else { past_middle };
    }
    let (low, high) = (start.min(end) + 1, start.max(end));
    cells[low..high].fill('─');
    if by_bus && low < bus && bus < high {
        cells[bus] = '┼';
    }
    if lost {
        cells[end] = '✗';
    } else {
        cells[if end > start { end - 1 } else { end + 1 }] = if end > start { '>' } else { '<' };
    }
    // If the arrow crosses the bus, the label stands before the bus.
    let (from_label, to_label) = match (by_bus && low < bus && bus < high, start < end) {
        (false, _) => (low, high),
        (true, true) => (low, bus),
        (true, false) => (bus + 1, high),
    };
    let label: Vec<char> = label.chars().collect();
    let room = to_label - from_label;
    let at = from_label + room.saturating_sub(label.len()) / 2;
    for (cell, c) in cells[at..to_label].iter_mut().zip(label) {
        *cell = c;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(drawing: &Drawing) -> String {
        cells(drawing).into_iter().collect::<String>().trim_end().to_owned()
    }

    fn sent(from: Party, to: Party, by_bus: bool, label: &str, lost: bool) -> String {
        drawn(&Drawing::Arrow { from, to, by_bus, label: label.to_owned(), lost })
    }

    #[test]
    fn arrows_run_from_sender_to_receiver() {
        let lines = [
            sent(Party::Client, Party::Api, false, "create", false),
            sent(Party::Api, Party::Gateway, true, "push v1", false),
            sent(Party::Gateway, Party::Api, true, "ack", false),
            sent(Party::Api, Party::Gateway, false, "push v1", false),
            sent(Party::Client, Party::Gateway, false, "initiation 1", false),
        ];
        assert_eq!(
            lines.join("\n"),
            "\
│─────create────>│                │                │
│                │────push v1─────┼───────────────>│
│                │<───────────────┼──────ack───────│
│                │─────────────push v1────────────>│
│───────────────────initiation 1──────────────────>│"
        );
    }

    #[test]
    fn a_lost_parcel_ends_where_it_was_lost() {
        let lines = [
            sent(Party::Api, Party::Gateway, true, "push v1", true),
            sent(Party::Bus, Party::Gateway, true, "push v1", true),
            sent(Party::Client, Party::Gateway, false, "initiation 1", true),
            sent(Party::Gateway, Party::Client, false, "response", true),
        ];
        assert_eq!(
            lines.join("\n"),
            "\
│                │────push v1─────✗                │
│                │                │──push v1──✗    │
│────────initiation 1────────✗    │                │
│                │   ✗──────────response───────────│"
        );
    }

    #[test]
    fn no_line_is_wider_than_120_columns() {
        let note = "a note of many words ".repeat(9);
        let row =
            SheetRow { time: "1".into(), offset: "2".into(), drawing: Drawing::Gap, note: note.trim_end().into() };
        for line in draw(&row, false).lines() {
            assert!(line.chars().count() <= 120, "{line}");
        }
    }
}
