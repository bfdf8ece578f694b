//! A story as a sequence diagram, in lines of at most 120 columns.
//!
//! Time runs downwards. A row with an arrow is a parcel at the moment of its departure, with its delay. The effect on
//! arrival has a row of its own, at its own time.

use std::fmt::Write as _;

use super::rows::rows;
use super::sheet::{Drawing, SheetRow, draw, heading};
use crate::model::{AttemptKind, Scenario};
use crate::story::{Ended, ReplyWait, Story, length, summary};
use des::Duration;
use text::wrap;

/// Columns of a line.
const WIDTH: usize = 120;

/// Maximum number of rows before the attempt.
const BEFORE: usize = 12;

/// Maximum number of consecutive initiations with the same result that are shown.
const REPEATS: usize = 3;

/// A story as text: the peer, the diagram, and `end`, the closing sentence.
#[must_use]
pub fn diagram(story: &Story, scenario: &Scenario, end: &str, colour: bool) -> String {
    let mut out = String::new();
    let Ended { peer, started, .. } = story.ended;
    let attempt = attempt_name(&story.ended);
    let _ = writeln!(out, "peer {peer}, gateway {}: {attempt} from {:.6} s on", story.gateway, started.as_secs_f64());
    let _ = writeln!(out, "{}", outcome(&story.ended, scenario.stall_after));
    for before in &story.before {
        out.push_str(&folded(&format!("before: {}", one_line(before, scenario.stall_after))));
    }
    out.push_str(&heading(story.gateway, colour));
    for row in without_repeats(&shortened(rows(story, scenario), story)) {
        out.push_str(&draw(&row, colour));
    }
    out.push_str(&folded(end));
    out
}

/// Text wrapped to the width of a line.
#[must_use]
pub fn folded(text: &str) -> String {
    wrap(text, WIDTH).join("\n") + "\n"
}

/// The same attempt under another strategy: the name, then two lines.
#[must_use]
pub fn beside(strategy: &str, story: Option<&Story>, stall_after: Duration) -> String {
    let Some(story) = story else {
        return format!("  {strategy:<18} there is no such attempt\n");
    };
    let ended = &story.ended;
    let outcome = outcome(ended, stall_after);
    format!("  {strategy:<18} {outcome}\n  {:<18} {}\n", "", summary(story))
}

fn one_line(ended: &Ended, stall_after: Duration) -> String {
    format!("{} from {:.6} s on: {}", attempt_name(ended), ended.started.as_secs_f64(), outcome(ended, stall_after))
}

/// The attempt in words.
#[must_use]
pub fn attempt_name(ended: &Ended) -> String {
    let nth = ended.nth + 1;
    match ended.kind {
        AttemptKind::First => "first attempt".to_owned(),
        AttemptKind::Return if nth == 1 => "return".to_owned(),
        AttemptKind::Return => format!("return number {nth}"),
        AttemptKind::Reconnect if nth == 1 => "reconnect".to_owned(),
        AttemptKind::Reconnect => format!("reconnect number {nth}"),
    }
}

fn outcome(ended: &Ended, stall_after: Duration) -> String {
    let cause = ended.cause.word();
    match ended.wait {
        ReplyWait::NoPeer => "without a peer: its create failed".to_owned(),
        ReplyWait::Failed => {
            format!("failed ({cause}), {} after its first initiation", length(ended.at - ended.first_sent))
        }
        ReplyWait::Connected(wait) => {
            let stalled = if ended.stalled(stall_after) { format!("stalled ({cause}): ") } else { String::new() };
            let whole = match ended.kind {
                AttemptKind::First => format!(", {} after its create", length(ended.at - ended.started)),
                AttemptKind::Return | AttemptKind::Reconnect => String::new(),
            };
            format!("{stalled}in session {} after its first initiation{whole}", length(wait))
        }
    }
}

/// The rows without the middle part of those long before the attempt.
fn shortened(rows: Vec<SheetRow>, story: &Story) -> Vec<SheetRow> {
    let before = rows.iter().take_while(|row| row.time.is_empty() || row.offset.starts_with('-')).count();
    if before <= BEFORE || story.before.is_empty() {
        return rows;
    }
    let cut = before - BEFORE;
    let note = format!("({cut} rows left out)");
    let gap = SheetRow { time: String::new(), offset: String::new(), drawing: Drawing::Gap, note };
    let (head, tail) = (BEFORE / 2, before - BEFORE / 2);
    let mut kept: Vec<SheetRow> = Vec::new();
    for (index, row) in rows.into_iter().enumerate() {
        if index == head {
            kept.push(gap.clone());
        }
        if index < head || index >= tail {
            kept.push(row);
        }
    }
    kept
}

/// The rows without most of the initiations that have the same result.
fn without_repeats(rows: &[SheetRow]) -> Vec<SheetRow> {
    let mut kept: Vec<SheetRow> = Vec::new();
    let mut index = 0;
    while index < rows.len() {
        // Pairs of an initiation and its result that repeat.
        let same = rows[index..].chunks(2).take_while(|pair| are_alike(&rows[index..], pair)).count();
        if same > REPEATS + 1 {
            kept.extend_from_slice(&rows[index..index + 2 * (REPEATS - 1)]);
            let note = format!("({} more of the same)", same - REPEATS);
            kept.push(SheetRow { time: String::new(), offset: String::new(), drawing: Drawing::Gap, note });
            kept.extend_from_slice(&rows[index + 2 * (same - 1)..index + 2 * same]);
            index += 2 * same;
        } else {
            kept.push(rows[index].clone());
            index += 1;
        }
    }
    kept
}

/// Whether `pair` is an initiation and its result, and the result equals that of the initiation at the start of `rows`.
fn are_alike(rows: &[SheetRow], pair: &[SheetRow]) -> bool {
    let is_initiation = |row: &SheetRow| matches!(&row.drawing, Drawing::Arrow { label, lost: false, .. } if label.starts_with("initiation"));
    let [first, fate, ..] = rows else { return false };
    let [one, other] = pair else { return false };
    is_initiation(first) && is_initiation(one) && (&other.drawing, &other.note) == (&fate.drawing, &fate.note)
}
