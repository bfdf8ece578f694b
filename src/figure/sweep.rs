//! A measure against a swept key: a line for each strategy, an interval at each place.

use std::collections::BTreeMap;

use super::caption::{
    bars, capital, cut_bars, definition, effort, estimate, estimate_cells, failed_creates, list, stem, words,
};
use super::goals;
use super::swept::{self, DECADES, Head, Swept, at, head, plain};
use super::{Refusal, Request, about, design, row, source, strategies};
use crate::folder::reader::{Reader, SummaryRow};
use draw::figure::{Along, Axis, Figure, Kind, LinePath, Look, Mark, Numbers, Panel, Place, Scale, Unit};

/// Most panels: the combinations of the keys that are not on the axis.
const PANELS_MAX: usize = 9;

/// Draws the measure against the key with the most values; a panel for each combination of the others.
pub(super) fn figure(reader: &Reader, request: &Request) -> Result<Figure, Refusal> {
    let keys = swept::axes(reader);
    let Some((key, others)) = keys.split_first() else {
        return Err(Refusal::Nothing("no key is swept".to_owned()));
    };
    let measure = request.measure.as_str();
    let rows = reader.summary(|name| name == measure)?;
    let unit = rows.first().map_or(Unit::None, |row| Unit::of(&row.unit));
    if rows.iter().all(|row| row.estimate.mean.is_none()) {
        return Err(Refusal::Nothing(format!("{measure} is undefined throughout")));
    }
    if !key.free.is_empty() {
        return design::figure(reader, measure, key, &rows);
    }
    let groups = combinations(reader, others);
    let left_out = groups.len().saturating_sub(PANELS_MAX);
    let goals = goals::of(reader, measure);
    let y = goals::within(axis(&rows, measure, unit), &goals);
    let mut panels: Vec<Panel> =
        groups.iter().take(PANELS_MAX).map(|group| panel(reader, key, group, &rows, &y)).collect();
    goals::draw(&mut panels, &goals);
    let name = words(measure);
    let mut caption: Vec<String> = definition(reader, measure).into_iter().collect();
    caption.extend(failed_creates(reader, measure, &(0..reader.points().len()).collect::<Vec<_>>())?);
    caption.push(format!("{}. {}", effort(reader, None, measure)?, bars(reader, &rows)));
    caption.extend(zeros(&panels));
    caption.extend(cut_bars(&panels));
    if has(&panels, Kind::Never) {
        caption.push("Marks with an arrow up: infinite, in at least one replication.".to_owned());
    }
    if panels.iter().any(|panel| panel.apart) {
        caption.push("Marks at the same place are moved apart sideways a little.".to_owned());
    }
    if left_out > 0 {
        caption.push(format!("{left_out} more combinations of {} are not shown.", keys_of(others)));
    }
    let mut numbers = Numbers::new(["point", &key.key, "strategy", "n", measure, "low", "high"]);
    for row in &rows {
        let place = [row.group.point.to_string(), plain(&reader.points()[row.group.point][key.column])];
        numbers.push(place.into_iter().chain(estimate_cells(reader, row)));
    }
    Ok(Figure {
        name: stem(measure),
        title: format!("{} against {}", capital(&name), key.named()),
        subtitle: about(reader),
        caption: caption.join(" "),
        alternative: alternative(reader, key, &rows, &name, unit),
        source: source(reader),
        at_ends: panels.len() == 1 && !matches!(panels[0].x.scale, Scale::Categories(_)),
        panels,
        legend: strategies(reader),
        numbers,
    })
}

/// How to read places at zero, where an axis has a place for zero and something stands there.
pub(super) fn zeros(panels: &[Panel]) -> Option<String> {
    let has_place = panels.iter().any(|panel| panel.y.scale == Scale::LogZero);
    (has_place && has(panels, Kind::Open)).then(|| {
        "Hollow marks at zero, below the break: none was seen; the bar ends at the interval's upper limit.".to_owned()
    })
}

fn has(panels: &[Panel], kind: Kind) -> bool {
    panels
        .iter()
        .flat_map(|panel| &panel.marks)
        .any(|mark| matches!(mark, Mark::Estimates { places, .. } if places.iter().any(|place| place.kind == kind)))
}

fn keys_of(keys: &[Swept]) -> String {
    list(&keys.iter().map(|key| key.key.as_str()).collect::<Vec<_>>())
}

/// The points of each combination of keys, with what it is called.
pub(super) fn combinations(reader: &Reader, keys: &[Swept]) -> Vec<(Head, Vec<usize>)> {
    let mut groups: Vec<(Head, Vec<usize>)> = Vec::new();
    let mut places: BTreeMap<Vec<&str>, usize> = BTreeMap::new();
    for (index, point) in reader.points().iter().enumerate() {
        let values: Vec<&str> = keys.iter().map(|key| point[key.column].as_str()).collect();
        let place = *places.entry(values).or_insert_with_key(|values| {
            let pairs = keys.iter().map(|key| key.key.as_str()).zip(values.iter().copied());
            groups.push((head(reader, pairs), Vec::new()));
            groups.len() - 1
        });
        groups[place].1.push(index);
    }
    groups
}

/// The axis of a measure: from zero, or logarithmic where its positive values span decades.
pub(super) fn axis(rows: &[SummaryRow], measure: &str, unit: Unit) -> Axis {
    let values = || rows.iter().flat_map(|row| [row.estimate.mean, row.estimate.high]).flatten();
    let finite = || values().filter(|value| value.is_finite());
    let highest = finite().fold(0.0, f64::max);
    // what is next to zero would leave no room for the rest of a logarithmic axis
    let lowest = finite().filter(|value| *value > highest * NEXT_TO_ZERO).fold(f64::INFINITY, f64::min);
    let negative = finite().any(|value| value < 0.0);
    let zero = rows.iter().any(|row| row.estimate.mean == Some(0.0));
    let infinite = values().any(f64::is_infinite);
    let means = || {
        rows.iter()
            .filter_map(|row| row.estimate.mean)
            .filter(|mean| *mean > highest * NEXT_TO_ZERO && mean.is_finite())
    };
    let (smallest, largest) = (means().fold(f64::INFINITY, f64::min), means().fold(0.0, f64::max));
    let label = words(measure);
    let ticks = Vec::new();
    if !negative && largest / smallest.min(lowest) >= DECADES {
        let full = unit == Unit::Share;
        let high = highest * if infinite { 3.0 } else { 1.5 };
        let high = if full { high.min(1.0) } else { high };
        let scale = if zero { Scale::LogZero } else { Scale::Log };
        return Axis { small: String::new(), label, unit, scale, low: lowest.min(smallest) / 2.5, high, ticks };
    }
    let lowest = finite().fold(0.0, f64::min);
    let high = if highest > lowest { highest + (highest - lowest) * if infinite { 0.25 } else { 0.06 } } else { 1.0 };
    let high = if unit == Unit::Share && highest <= 1.0 { high.min(1.0) } else { high };
    Axis { small: String::new(), label, unit, scale: Scale::Linear, low: lowest, high, ticks }
}

/// The share of the highest value below which a value is next to zero.
const NEXT_TO_ZERO: f64 = 1e-12;

fn panel(reader: &Reader, key: &Swept, group: &(Head, Vec<usize>), rows: &[SummaryRow], y: &Axis) -> Panel {
    let x = key.axis();
    let categories = matches!(x.scale, Scale::Categories(_));
    let mut marks = Vec::new();
    for (index, strategy) in reader.strategies().iter().enumerate() {
        let mut places: Vec<Place> = Vec::new();
        for &point in &group.1 {
            let Some(row) = row(rows, point, index) else { continue };
            let description = format!("{strategy}, {}: {}", at(reader, point), estimate(y.unit, &row.estimate));
            places.extend(place(row, key.place(&reader.points()[point]), y, description));
        }
        places.sort_by(|one, other| one.x.total_cmp(&other.x));
        let path = if categories { LinePath::None } else { LinePath::Straight };
        marks.push(Mark::Estimates { look: Look::Series(index), along: Along::Y, path, places });
    }
    let Head { words, small } = group.0.clone();
    Panel { title: words, small, x, y: y.clone(), apart: true, marks }
}

/// An estimate's place above `x`; none if it is undefined.
pub(super) fn place(row: &SummaryRow, x: f64, axis: &Axis, description: String) -> Option<Place> {
    let mean = row.estimate.mean?;
    let interval = row.estimate.low.zip(row.estimate.high);
    let log = matches!(axis.scale, Scale::Log | Scale::LogZero);
    let (y, kind) = match interval {
        _ if mean.is_infinite() => (axis.high, Kind::Never),
        _ if mean == 0.0 && log => (0.0, Kind::Open),
        _ => (mean, Kind::Value),
    };
    Some(Place { x, y, interval: interval.filter(|(low, high)| low < high), kind, description })
}

fn alternative(reader: &Reader, key: &Swept, rows: &[SummaryRow], name: &str, unit: Unit) -> String {
    let ends = |strategy: usize| {
        let mut points: Vec<usize> = (0..reader.points().len()).collect();
        points.sort_by(|&one, &other| {
            let place = |point: usize| key.place(&reader.points()[point]);
            place(one).total_cmp(&place(other))
        });
        let description = |point: Option<&usize>| {
            let row = row(rows, *point?, strategy)?;
            Some(match (row.estimate.mean?, row.estimate.high) {
                (0.0, Some(high)) if high > 0.0 => format!("below {}", unit.write(high)),
                (mean, _) => unit.write(mean),
            })
        };
        Some((description(points.first())?, description(points.last())?))
    };
    let (from, to) = (plain(&key.values[0]), plain(&key.values[key.values.len() - 1]));
    let lines = reader.strategies().iter().enumerate().filter_map(|(index, strategy)| {
        let (first, last) = ends(index)?;
        Some(if first == last {
            format!("{strategy} {first} at both ends")
        } else {
            format!("{strategy} from {first} to {last}")
        })
    });
    let lines: Vec<String> = lines.collect();
    format!(
        "Lines of {name} against {} for each strategy, from {} = {from} to {to}: {}.",
        key.key,
        key.key,
        lines.join("; ")
    )
}
