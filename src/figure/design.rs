//! A measure over a design: points at which several keys vary at once, so that no line leads from one to the next.

use super::caption::{
    bars, capital, cut_bars, definition, effort, estimate, estimate_cells, failed_creates, list, stem, words,
};
use super::goals;
use super::sweep::{axis, place, zeros};
use super::swept::{Swept, at, plain};
use super::{Refusal, about, row, source, strategies};
use crate::folder::reader::{Reader, SummaryRow};
use draw::figure::{Along, Axis, Figure, LinePath, Look, Mark, Numbers, Panel, Place, Scale, Unit};

/// Most panels.
const PANELS_MAX: usize = 9;

/// Most places of a panel that are drawn with their intervals.
const INTERVALS_MAX: usize = 150;

/// Draws every point of a design in a panel for each of its keys.
pub(super) fn figure(reader: &Reader, measure: &str, key: &Swept, rows: &[SummaryRow]) -> Result<Figure, Refusal> {
    let keys: Vec<&Swept> = std::iter::once(key).chain(&key.free).collect();
    let unit = rows.first().map_or(Unit::None, |row| Unit::of(&row.unit));
    let goals = goals::of(reader, measure);
    let y = goals::within(axis(rows, measure, unit), &goals);
    let mut panels: Vec<Panel> = keys.iter().take(PANELS_MAX).map(|key| panel(reader, key, rows, &y)).collect();
    goals::draw(&mut panels, &goals);
    let names: Vec<&str> = keys.iter().map(|key| key.key.as_str()).collect();
    let mut caption: Vec<String> = definition(reader, measure).into_iter().collect();
    caption.extend(failed_creates(reader, measure, &(0..reader.points().len()).collect::<Vec<_>>())?);
    caption.push(format!("{}.", effort(reader, None, measure)?));
    caption.push(
        "Each panel has all points, against one key. The other keys vary from point to point too, so places are not joined."
            .to_owned(),
    );
    if intervals(reader) {
        caption.push(bars(reader, rows));
    }
    caption.extend(zeros(&panels));
    caption.extend(cut_bars(&panels));
    if names.len() > PANELS_MAX {
        caption.push(format!("Without a panel: {}.", list(&names[PANELS_MAX..])));
    }
    let columns =
        std::iter::once("point").chain(names.iter().copied()).chain(["strategy", "n", measure, "low", "high"]);
    let mut numbers = Numbers::new(columns);
    for row in rows {
        let point = &reader.points()[row.group.point];
        let values = keys.iter().map(|key| plain(&point[key.column]));
        let cells = std::iter::once(row.group.point.to_string()).chain(values);
        numbers.push(cells.chain(estimate_cells(reader, row)));
    }
    Ok(Figure {
        name: stem(measure),
        title: format!("{} over a design of {} keys", capital(&words(measure)), names.len()),
        subtitle: about(reader),
        caption: caption.join(" "),
        alternative: alternative(reader, measure, &names, rows, unit),
        source: source(reader),
        panels,
        legend: strategies(reader),
        at_ends: false,
        numbers,
    })
}

/// Whether intervals are drawn: not where they would cover the places.
fn intervals(reader: &Reader) -> bool {
    reader.points().len() * reader.strategies().len() <= INTERVALS_MAX
}

fn panel(reader: &Reader, key: &Swept, rows: &[SummaryRow], y: &Axis) -> Panel {
    let mut marks = Vec::new();
    for (index, strategy) in reader.strategies().iter().enumerate() {
        let mut places: Vec<Place> = Vec::new();
        for (point, values) in reader.points().iter().enumerate() {
            let Some(row) = row(rows, point, index) else { continue };
            let description = format!("{strategy}, {}: {}", at(reader, point), estimate(y.unit, &row.estimate));
            places.extend(place(row, key.place(values), y, description));
        }
        places.sort_by(|one, other| one.x.total_cmp(&other.x));
        if !intervals(reader) {
            for place in &mut places {
                place.interval = None;
            }
        }
        marks.push(Mark::Estimates { look: Look::Series(index), along: Along::Y, path: LinePath::None, places });
    }
    let axis = key.axis();
    let log = if matches!(axis.scale, Scale::Log | Scale::LogZero) { " (log scale)" } else { "" };
    let title = format!("{}{log}", key.label());
    let small = if key.label() == key.key { String::new() } else { key.key.clone() };
    let x = Axis { label: String::new(), small: String::new(), ..axis };
    Panel { title, small, x, y: y.clone(), apart: false, marks }
}

fn alternative(reader: &Reader, measure: &str, names: &[&str], rows: &[SummaryRow], unit: Unit) -> String {
    let descriptions = reader.strategies().iter().enumerate().map(|(index, strategy)| {
        let means = || rows.iter().filter(|row| row.group.strategy == index).filter_map(|row| row.estimate.mean);
        let (low, high) = (means().fold(f64::INFINITY, f64::min), means().fold(f64::NEG_INFINITY, f64::max));
        match means().count() {
            0 => format!("{strategy} undefined"),
            _ => format!("{strategy} from {} to {}", unit.write(low), unit.write(high)),
        }
    });
    format!(
        "Places of {} for each strategy at {} points, a panel for each of {}: {}.",
        words(measure),
        reader.points().len(),
        list(names),
        descriptions.collect::<Vec<_>>().join("; ")
    )
}
